from odoo import api, fields, models
from odoo.tools import SQL


class RecouvFactoringLimits(models.Model):
    """What a contract still lets in (D09): per debtor of the practice, per practice,
    per month and under the contract, consumed by what is offered and bought, released
    when it ends.

    Exposure is what the buyer may lose: what it was offered and has not refused, then
    what is still owed on what it bought. A month counts what was offered in it. A
    contract that follows another one of the same two parties does not begin at nothing:
    debtor, practice and month count what stands under all of them; only the limit of
    the contract is its own.
    """

    _inherit = "recouv.factoring.contract"

    exposure_total = fields.Monetary(
        "At risk now",
        compute="_compute_exposure",
        help="What is offered, and what is still owed on what was bought.",
    )
    exposure_practice = fields.Monetary(
        "At risk, all contracts",
        compute="_compute_exposure",
        help="The same, under all contracts of the same two parties.",
    )
    exposure_month = fields.Monetary(
        "Offered this month",
        compute="_compute_exposure",
        help="Under all contracts of the same two parties.",
    )

    def _compute_exposure(self):
        today = fields.Date.context_today(self)
        for contract in self:
            used = contract._exposures(today)
            contract.exposure_total = sum(own for _risk, own, _month in used.values())
            contract.exposure_practice = sum(
                risk for risk, _own, _month in used.values()
            )
            contract.exposure_month = sum(month for *_risks, month in used.values())

    def _same_parties(self):
        """Return the contracts that the two parties of these have signed, the oldest
        first: what they share is what their limits count.

        Elevated: which contracts they are, of parties that each signed itself.
        """
        # sudo: see the docstring
        contracts = self.sudo()
        found = contracts.browse()
        for company, agency in {(c.company_id, c.agency_id) for c in contracts}:
            found |= contracts.search(
                [
                    ("company_id", "=", company.id),
                    ("agency_id", "=", agency.id),
                    ("state", "!=", "draft"),
                ]
            )
        return (found | contracts._origin).sorted("id")

    def _lock_limits(self):
        """Let one transaction at a time consume the limits of these contracts.

        The rows of all contracts of the same parties, since they share limits, always
        in the same order. Each is written, not only locked: who waited here with an
        older view of the database is turned away by PostgreSQL and tried again by
        Odoo, so that it sees what the first has consumed.
        """
        contracts = self._same_parties()
        contracts.flush_recordset()
        for contract in contracts:
            self.env.cr.execute(
                SQL(
                    "UPDATE recouv_factoring_contract SET write_date = %s "
                    "WHERE id = %s",
                    self.env.cr.now(),
                    contract.id,
                )
            )
        contracts.invalidate_recordset(["write_date"])

    def _has_limits(self):
        return bool(
            self.limit_debtor
            or self.limit_month
            or self.limit_total
            or self.limit_practice
        )

    def _exposure(self):
        """Return what is at risk under this contract alone, in its currency."""
        today = fields.Date.context_today(self)
        return sum(own for _risk, own, _month in self._exposures(today).values())

    def _exposures(self, day):
        """Return {id of the buyer's contact: (at risk, of it under this contract,
        offered in the month)}, under all contracts of the same parties.

        Elevated: sums of the buyer's records, which limit what the practice offers.

        :param day: a day of the month; what was offered in it counts, paid or not
        """
        self.ensure_one()
        purchases = self.env["recouv.purchase"]
        purchases.sudo().flush_model()
        self.env["account.move.line"].flush_model(["amount_residual_currency"])
        first = day.replace(day=1)
        rows = self.env.execute_query(
            SQL(
                """SELECT pu.partner_id, SUM(%(risk)s),
                          COALESCE(SUM(%(risk)s)
                                   FILTER (WHERE pu.contract_id = %(own)s), 0),
                          COALESCE(SUM(pu.amount)
                                   FILTER (WHERE pu.offered_on >= %(first)s
                                             AND pu.offered_on < %(next)s), 0)
                     FROM recouv_purchase pu
                     LEFT JOIN account_move_line pi ON pi.id = pu.item_id
                    WHERE pu.contract_id = ANY(%(contracts)s)
                      AND pu.state IN %(exposed)s
                    GROUP BY pu.partner_id""",
                risk=purchases._risk_sql("pu", "pi"),
                own=self._origin.id or None,
                first=first,
                next=fields.Date.add(first, months=1),
                contracts=self._same_parties().ids,
                exposed=purchases._exposed_states(),
            )
        )
        return {debtor: tuple(map(float, sums)) for debtor, *sums in rows}

    def _over_limits(self, wanted, day):
        """Return {key: code} of what no longer fits, taken in the order given.

        :param wanted: list of (key, the buyer's contact or its id or None, amount)
        :param day: the day of the offer
        """
        self.ensure_one()
        if not self._has_limits():
            return {}
        compare = self.currency_id.compare_amounts
        used = self._exposures(day)
        debtors = {debtor: risk for debtor, (risk, *_others) in used.items()}
        practice, total, month = map(sum, zip(*used.values(), (0, 0, 0), strict=True))
        over = {}
        for key, debtor, amount in wanted:
            known = debtors.get(debtor, 0.0)
            for code, taken, limit in (
                ("limit_debtor", known, self.limit_debtor),
                ("limit_month", month, self.limit_month),
                ("limit_total", total, self.limit_total),
                ("limit_practice", practice, self.limit_practice),
            ):
                if limit and compare(taken + amount, limit) > 0:
                    over[key] = code
                    break
            else:
                debtors[debtor] = known + amount
                month, total = month + amount, total + amount
                practice += amount
        return over

    @api.model
    def _limit_messages(self):
        """Return {code: sentence} of :meth:`_over_limits`."""
        _ = self.env._
        return {
            "limit_debtor": _("The limit for this debtor is reached."),
            "limit_month": _("The limit of the month is reached."),
            "limit_total": _("The limit of the contract is reached."),
            "limit_practice": _("The limit of the practice is reached."),
        }
