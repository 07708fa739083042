from odoo import fields, models


class RecouvInsurancePayment(models.Model):
    """A credit note on what the insurer took over is owed back to it.

    It paid for a claim that does not exist to that extent: the credit follows the
    receivable to the insurer's account (``recouv_transfer_credit.py``), lessens what it
    took over, and is paid back like any sum beyond its indemnity.
    """

    _inherit = "recouv.insurance.payment"

    amount_credited = fields.Monetary("Credited since", readonly=True)

    def _follow_credits(self):
        """Note what credit notes take off what was taken over."""
        for one in self:
            # sudo: transfers of this very record
            credits = one.sudo().transfer_ids._credits()
            credited = one.currency_id.round(sum(credits.mapped("amount")))
            more = credited - one.amount_credited
            one._record(
                {
                    "amount_credited": credited,
                    "amount_subrogated": one.amount_subrogated - more,
                    "amount_excess": one.amount_excess + more,
                }
            )


class RecouvTransfer(models.Model):
    """What an insurer took over: credits on it, and what comes back of it."""

    _inherit = "recouv.transfer"

    def _after_following(self):
        """EXTENDS: a credit note on what an insurer took over is owed back to it."""
        result = super()._after_following()
        theirs = self.filtered(lambda one: one.kind == "subrogation").followed_id
        # sudo: who posts a credit note may not book indemnities; only what is owed
        # back is noted
        payments = self.env["recouv.insurance.payment"].sudo()
        found = payments.search(
            [("transfer_ids", "in", theirs.ids), ("undone_on", "=", False)]
        )
        found._follow_credits()
        return result

    def _credits(self):
        """Return the credits that followed these transfers and stand."""
        return self.search([("followed_id", "in", self.ids), ("state", "=", "posted")])

    def _net_with_credits(self):
        """Settle what the holder owes with the credits that followed, elevated."""
        items = self.target_line_id | self._credits().target_line_id
        open_ones = items.filtered(lambda item: not item.reconciled)
        if len(open_ones) > 1:
            open_ones._reconcile_plan([open_ones])

    def _claim_come_back(self):
        """Return the claim of what this brought back, made at once where it has none,
        so that it is traced wherever it goes; none where it is not followed."""
        # sudo: the practice's own item and claim; what brought it back was checked
        own = self.sudo()
        if not own.target_claim_id:
            item, today = own.target_line_id, fields.Date.context_today(self)
            debtor = item.partner_id.id
            engine = own.env["recouv.engine"]
            engine = engine.with_context(recouv_agreed_items=item.ids)
            engine._create_claims(own.company_id, today, (debtor - 1, debtor))
            own.invalidate_recordset(["target_claim_id"])
        return own.target_claim_id
