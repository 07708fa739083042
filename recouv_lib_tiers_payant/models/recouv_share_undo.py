from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .recouv_share import MOVING


class RecouvTransfer(models.Model):
    """A part that was billed to the patient by mistake, taken out of the books again.

    It is no further transfer: what the payer has paid stands on its first item, and
    only there the rest may be owed again.
    """

    _inherit = "recouv.transfer"

    def _withdraw(self, reason):
        """Take a way back to the patient, which nobody has touched, out of the books.

        Elevated by the caller. The item of the first debtor is settled with the
        reversal; the payer's own item is open again as it was.

        :param reason: what the entry says; no name, no act
        :raises UserError: someone is at work on it, or the books are locked today
        """
        self.ensure_one()
        self.env["recouv.return.line"]._lock_items(
            self.target_line_id | self.origin_line_id
        )
        today = fields.Date.context_today(self)
        journal = self.company_id._recouv_transfer_setting(self._kind_fields()[0])
        if self.company_id._get_violated_lock_dates(today, False, journal):
            raise UserError(
                self.env._("The books are locked today: nothing was booked.")
            )
        self._take_back(today, f"{reason} {self.invoice_id.name or ''}".strip())
        self.undone_id.state = "posted"

    def _prepare_taking_back(self, day, label):
        """EXTENDS: what comes back of a part is no money that is held for others."""
        vals = super()._prepare_taking_back(day, label)
        return vals | {"recouv_funds": False} if self.undone_id else vals


class RecouvShare(models.Model):
    """Treatments of a rejected part that are undone."""

    _inherit = "recouv.share"

    def _undo_resend(self):
        """Take back an attempt that nobody has answered.

        One that was sent to another payer gives the debt back to the first one.
        """
        self.ensure_one()
        origin, back = self.origin_share_id, self.env["recouv.transfer"]
        if self.transfer_id - origin.transfer_id:
            back = self._take_back(self.env._("Sent to another payer by mistake"))
        values = {"transfer_id": False, "claim_id": False}
        if not self.lot_id.sent_on:
            values["lot_id"] = False
        self._set_state("abandoned", **values)
        self.flush_recordset()
        origin._set_state("rejected")
        if back:
            origin._book_back(back)

    def _book_back(self, back):
        """Put on the payer of this part what ``back`` brought to the patient."""
        self.ensure_one()
        # sudo: the item of the part's own way back; the transfer checks the rights
        item = back.sudo().target_line_id
        transfer = self.env["recouv.transfer"]._get_or_create(
            [
                {
                    "kind": "payer_share",
                    "company_id": self.company_id.id,
                    "origin_line_id": item.id,
                    "target_partner_id": self.payer_id.id,
                    "amount_currency": item.amount_residual_currency,
                    "date_due": self.expected_date or fields.Date.context_today(self),
                    "reason": back.reason,
                    "idempotency_key": f"again:{back.id}",
                }
            ]
        )
        transfer.with_context(recouv_share_moving=MOVING)._post()
        self._record({"transfer_id": transfer.id, "claim_id": False})
        self._open_claims(self.company_id)

    def _undo_bill(self, back):
        """Take back what was billed to the patient by mistake: the payer owes it again,
        and what it has paid before stands."""
        self.ensure_one()
        self.check_access("write")
        # first: another living part of this payer is told before anything is booked
        self._set_state("rejected")
        # sudo: the way back of the user's own part, untouched by its patient
        back.sudo()._withdraw(self.env._("Billed to the patient by mistake"))
        self._follow_books()
        self._open_claims(self.company_id)


class RecouvClaim(models.Model):
    """What was billed to the patient by mistake went back to its payer."""

    _inherit = "recouv.claim"

    @api.model
    def _settlement_kind_sql(self):
        """EXTENDS: an item whose way back was taken out of the books."""
        return SQL(
            """SELECT COALESCE((%s), CASE WHEN EXISTS (
                        SELECT 1 FROM recouv_transfer wt
                         WHERE wt.target_line_id = l.id AND wt.state = 'taken_back'
                           AND wt.undone_id IS NOT NULL) THEN 'transferred' END)""",
            super()._settlement_kind_sql(),
        )
