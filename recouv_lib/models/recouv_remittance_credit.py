from odoo import api, models
from odoo.exceptions import UserError

from .recouv_receipt_fee import _open_on_both_sides


class RecouvRemittance(models.Model):
    """A fee, or a court cost, that is given back: who pays the credit note, and how.

    Next fees of the practice take it up (:meth:`recouv.mandate._offset`). What is still
    open is paid with the next remittance, which is prepared for it where nothing else
    is to be remitted, out of fees that lie on the dedicated account: so it is off the
    next sweep. Where they were swept, the agency orders their transfer from its own
    account first (:meth:`recouv.sweep._pay_back`), for nobody else's money on the
    dedicated account pays it (CPCE R124-2).
    """

    _inherit = "recouv.remittance"

    @api.model
    def _open_credit_notes(self, agency, creditor=None):
        """Return the agency's credit notes of fees and court costs that its practices
        were not paid yet, the oldest first.

        :param creditor: of this one only, as the agency's contact
        """
        # sudo: documents of the agency's own books, which its director's buttons pay
        domain = [
            ("company_id", "=", agency.id),
            ("move_type", "=", "out_refund"),
            ("recouv_fee_twin_id", "!=", False),
            ("payment_state", "in", ("not_paid", "partial")),
            ("state", "=", "posted"),
        ]
        if creditor:
            domain.append(("partner_id", "=", creditor.id))
        notes = self.env["account.move"].sudo().search(domain)
        mine = notes.filtered("recouv_is_court_cost")
        for model in ("recouv.receipt.line", "recouv.direct.payment"):
            for field in ("fee_credit_move_id", "fee_change_move_id"):
                given = [(field, "in", notes.ids)]
                mine |= self.env[model].sudo().search(given)[field]
        return mine.filtered(_open_on_both_sides).sorted(
            lambda note: (note.invoice_date, note.id)
        )

    @api.model
    def _creditors_given_back(self, agency, today):
        """Return {mandate: the agency's contact of its practice} where a fee or a cost
        is still to be given back."""
        # sudo: which of the agency's own mandates a credit note is of
        mandates = self.env["recouv.mandate"].sudo()
        found = {}
        for note in self._open_credit_notes(agency):
            domain = [
                ("agency_id", "=", agency.id),
                ("company_id", "=", note.recouv_fee_twin_id.company_id.id),
                ("state", "!=", "draft"),
            ]
            mandate = mandates.search(domain, order="id desc", limit=1)
            found[mandate._on_day(today).sudo(self.env.su)] = note.partner_id
        return found

    def _credit_notes(self):
        return self._open_credit_notes(self.company_id, self.creditor_partner_id)

    def _check_pays(self, kept):
        """Nothing but a fee to give back, and it does not lie on the account."""
        if self._is_empty() and not kept:
            raise UserError(
                self.env._(
                    "%(remittance)s: the fee given back was swept, so that it does not "
                    "lie on the dedicated account any more. Pay it back from the "
                    "agency's own account (screen of the dedicated account, button "
                    "“Pay fees back”), then remit once the bank shows it.",
                    remittance=self.display_name,
                )
            )
