from odoo import api, fields, models

from ..lib.matching import Evidence


class RecouvBankMatcher(models.AbstractModel):
    """What the banks show of money held for others: orders debited, sums remitted."""

    _inherit = "recouv.bank.matcher"

    @api.model
    def _rules(self):
        return [*super()._rules(), "_evidence_funds"]

    @api.model
    def _evidence_funds(self, batch):
        """Open items of the same sum that an order, a bounce or a remittance left.

        At the agency: transfers ordered and bounced payments, on the dedicated account.
        At a practice: what the agency transferred to it.
        """
        found = self._funds_items(batch)
        for line in batch.lines:
            same = found.filtered(
                lambda item, line=line: (
                    not line.currency_id.compare_amounts(
                        item.amount_residual_currency, line.amount
                    )
                    and item.currency_id == line.currency_id
                )
            )
            named = same.filtered(
                lambda item, line=line: _number(item) in (line.payment_ref or "")
            )
            for item in named or same[:1] if len(named or same) else ():
                yield Evidence(
                    line.id,
                    "funds",
                    (item.id,),
                    item.partner_id.id,
                    {"number": item.name or ""},
                    weight=85 if named else 70,
                )

    @api.model
    def _funds_items(self, batch):
        company = batch.company
        accounts = company.transfer_account_id
        own = batch.lines.journal_id == company.recouv_dedicated_journal_id
        if own:
            accounts = company.recouv_ordered_account_id
            accounts |= company.recouv_receipts_account_id
        return self.env["account.move.line"].search(
            [
                ("company_id", "=", company.id),
                ("account_id", "in", accounts.ids),
                ("reconciled", "=", False),
                ("parent_state", "=", "posted"),
                ("move_id.recouv_funds", "in", self._awaited_funds()),
            ],
            order="date, id",
        )

    @api.model
    def _awaited_funds(self):
        """Return the kinds of entries whose transfer the bank has still to show."""
        return ["remittance", "sweep", "refund", "back"]


def _number(item):
    """Return the number that the order bears in its label, last in it."""
    return (item.name or "").split(" ")[-1] or "?"


class RecouvBankMatch(models.Model):
    _inherit = "recouv.bank.match"

    @api.model
    def _reason_sentences(self):
        return super()._reason_sentences() | {
            "funds": self.env._("the sum of “%(number)s”, which was awaited"),
        }


class RecouvSweep(models.Model):
    """The agency's fees leave the dedicated account for its own: an act of its own.

    Or come back to it, where a fee that was swept is given back (``is_return``).
    """

    _name = "recouv.sweep"
    _description = "Fees swept from the dedicated account"
    _order = "date desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        "Agency",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    amount = fields.Monetary(required=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    is_return = fields.Boolean(
        "Paid back to the dedicated account",
        readonly=True,
        help="From the agency's own account: fees swept before their payment bounced.",
    )
    move_id = fields.Many2one(
        "account.move", "Entry", readonly=True, index="btree_not_null"
    )

    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "There is nothing to sweep."
    )
