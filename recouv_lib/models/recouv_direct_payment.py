from odoo import api, fields, models
from odoo.tools import SQL


class RecouvDirectPayment(models.Model):
    """What a debtor paid straight to the practice after the hand-over.

    The agency's own record of a day and a sum, read from the practice's books; nothing
    else crosses. A fee is due on it where the mandate says so. What stands no more (a
    bounced cheque, a reconciliation undone) is marked so and gives its fee back; what
    is reconciled again is the same payment, and is not billed again.
    """

    _name = "recouv.direct.payment"
    _description = "Payment made straight to the practice"
    _order = "date desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        related="claim_id.company_id", store=True, index=True, precompute=True
    )
    claim_id = fields.Many2one(
        "recouv.claim",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    partner_id = fields.Many2one(related="claim_id.partner_id")
    creditor_partner_id = fields.Many2one(
        related="claim_id.creditor_partner_id", store=True, precompute=True
    )
    # of the day on which it was paid: an amendment reprices no money of before
    mandate_id = fields.Many2one(
        "recouv.mandate",
        compute="_compute_mandate_id",
        store=True,
        index=True,
        precompute=True,
    )
    currency_id = fields.Many2one(related="claim_id.currency_id")
    date = fields.Date("Paid on", required=True, readonly=True)
    amount = fields.Monetary(readonly=True)
    # which item of the practice paid, as a number: the same is found once, however
    # often it is reconciled anew
    item_source = fields.Integer(readonly=True, groups=fields.NO_ACCESS)
    # which reconciliation it was: how earlier versions told payments apart
    source = fields.Integer(readonly=True, groups=fields.NO_ACCESS)
    ended_on = fields.Date(
        "Taken back on",
        readonly=True,
        help="The practice's books show this payment no more; its fee is given back.",
    )
    fee_amount = fields.Monetary("Fee before tax", readonly=True)
    fee_move_id = fields.Many2one(
        "account.move",
        "Fee invoice",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    fee_change_move_id = fields.Many2one(
        "account.move",
        "Fee changed in",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="An earlier payment of the claim bounced: what this one adds was computed "
        "anew.",
    )
    fee_credit_move_id = fields.Many2one(
        "account.move",
        "Fee given back in",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    _source_uniq = models.UniqueIndex(
        "(claim_id, item_source) WHERE fee_move_id IS NULL AND ended_on IS NULL"
        " AND item_source IS NOT NULL",
        "This payment is known already.",
    )

    # not on the claim's mandate: the claim follows amendments, its money does not
    @api.depends("claim_id", "date")
    def _compute_mandate_id(self):
        for payment in self:
            payment.mandate_id = payment.claim_id.mandate_id._on_day(payment.date)

    @api.model
    def _find(self, agency):
        """Record what was paid at practices since the hand-over, and what of it stands
        no more.

        One statement for all claims: money only (no credit note, no transfer of ours),
        dated from the day of placement on. It tells only where the practice's books
        and these records differ.

        :return: the new ones
        """
        self._adopt(agency)
        self.env.flush_all()
        found = self.browse()
        for claim, item, day, amount in self.env.execute_query(self._find_sql(agency)):
            found |= self._follow(claim, item, day, amount)
        return found

    @api.model
    def _adopt(self, agency):
        """Give records of earlier versions, one for each reconciliation, the item that
        paid; what is reconciled no more has none, and ends."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE recouv_direct_payment d
                      SET item_source = p.credit_move_id
                     FROM account_partial_reconcile p
                    WHERE d.company_id = %s AND d.item_source IS NULL
                      AND d.ended_on IS NULL AND p.id = d.source""",
                agency.id,
            )
        )
        self.invalidate_model(["item_source"])

    @api.model
    def _follow(self, claim, item, day, amount):
        """Make the records of one payment add up to what stands of it.

        :param claim: id of the mirror
        :param item: id of the practice's item, none where no item is known
        :param amount: what it pays of the claim today
        :return: the new record, or none
        """
        # sudo: the tie to the practice's books is read by these methods only
        payments = self.sudo()
        known = payments.search([("claim_id", "=", claim)]).filtered(
            lambda one: one.item_source == (item or 0)
        )
        standing = known.filtered(lambda one: not one.ended_on)
        ended = {"ended_on": fields.Date.context_today(self)}
        billed = standing.filtered("fee_move_id")
        open_ = standing - billed
        round_ = (known[:1].currency_id or self.env.company.currency_id).round
        rest = round_(amount - sum(billed.mapped("amount")))
        if rest < 0:
            billed.write(ended)
            rest = amount
        if open_ or not rest:
            kept = open_[:1] if rest else open_.browse()
            (open_ - kept).write(ended)
            kept.write({"amount": rest, "date": day})
            return payments.browse()
        if again := known._billed_and_gone(rest):
            again.write({"ended_on": False})
            return payments.browse()
        return payments.create(
            {"claim_id": claim, "item_source": item, "date": day, "amount": rest}
        )

    def _billed_and_gone(self, amount):
        """Return one that was billed and stands no more, whose fee was not given back
        yet: where it stands again, nothing is billed and nothing given back."""
        return self.filtered(
            lambda one: (
                one.ended_on
                and one.fee_move_id
                and not one.fee_credit_move_id
                and one.amount == amount
            )
        )[:1]

    @api.model
    def _find_sql(self, agency):
        return SQL(
            """WITH standing AS (
               SELECT c.id AS claim, cl.id AS item, max(p.max_date) AS day,
                      sum(p.debit_amount_currency) AS amount
                 FROM recouv_claim c
                 JOIN recouv_placement_line pl ON pl.agency_claim_id = c.id
                 JOIN recouv_claim pc ON pc.id = pl.claim_id
                 JOIN account_partial_reconcile p ON p.debit_move_id = pc.move_line_id
                 JOIN account_move_line cl ON cl.id = p.credit_move_id
                 JOIN account_move m ON m.id = cl.move_id
                 JOIN account_journal j ON j.id = m.journal_id
                WHERE c.company_id = %(agency)s AND c.placed_on IS NOT NULL
                  AND m.state = 'posted' AND p.max_date >= c.placed_on
                  AND (pl.state IN ('proposed', 'accepted')
                       OR p.max_date <= pl.answered_on)
                  AND (m.origin_payment_id IS NOT NULL
                       OR m.statement_line_id IS NOT NULL
                       OR j.type IN ('bank', 'cash', 'credit'))
                GROUP BY c.id, cl.id),
               told AS (
               SELECT claim_id AS claim, item_source AS item, sum(amount) AS amount
                 FROM recouv_direct_payment
                WHERE company_id = %(agency)s AND ended_on IS NULL
                GROUP BY claim_id, item_source)
               SELECT COALESCE(s.claim, t.claim), COALESCE(s.item, t.item), s.day,
                      COALESCE(s.amount, 0)
                 FROM standing s
                 FULL JOIN told t ON t.claim = s.claim AND t.item = s.item
                WHERE s.amount IS DISTINCT FROM t.amount
                ORDER BY s.day, 1, 2""",
            agency=agency.id,
        )

    @api.model
    def _cron_find(self):
        """Look through the agencies, one after the other (daily)."""
        # sudo: every company's own settings
        companies = self.env["res.company"].sudo().search([])
        for agency in companies.filtered("recouv_dedicated_journal_id"):
            self._find(agency)
