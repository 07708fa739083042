from datetime import datetime, time

from odoo import Command, fields, models


class RecouvNotice(models.Model):
    _inherit = "recouv.notice"

    is_manual_entry = fields.Boolean(
        "Entered by hand",
        default=False,
        readonly=True,
        help="Sent before this product, or outside of it; the sums are those owed on "
        "the day it was entered.",
    )


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    def _enter_past_notice(self, step, day, note=None):
        """Record that ``step`` was reached on ``day`` outside of this product.

        One notice per debtor and currency, proven on ``day``.

        :return: the notices
        """
        self.check_access("write")
        # sudo: nobody makes notices by hand; these say what whoever may write the
        # claims decided in their review, and are marked as such
        notices = self.env["recouv.notice"].sudo()
        key = lambda c: (c.company_id, c.partner_id, c.currency_id)  # noqa: E731
        for claims in self.grouped(key).values():
            claims = claims.sorted(lambda c: (c.date_due or day, c.id))
            notices |= notices.create(claims._past_notice_values(step, day, note))
        notices = notices.sudo(False)
        registered = notices.filtered(lambda n: n.channel == "registered_letter")
        registered._record({"date_presented": day})
        notices._prove(on=day, date_sent=datetime.combine(day, time(12)))
        return notices

    def _past_notice_values(self, step, day, note):
        lead = self[0]
        return {
            "company_id": lead.company_id.id,
            "partner_id": lead.partner_id.id,
            "recipient_id": lead.partner_id.id,
            "lead_claim_id": lead.id,
            "capacity": lead.capacity,
            "step_id": step.id,
            "channel": step.channel,
            "state": "printed",
            "is_manual_entry": True,
            "amount": sum(self.mapped("amount_residual_currency")),
            "currency_id": lead.currency_id.id,
            "date_proposed": day,
            "personal_note": note,
            "idempotency_key": f"manual:{lead.id}:{step.id}",
            "line_ids": [Command.create(claim._past_line_values()) for claim in self],
        }

    def _past_line_values(self):
        return {
            "company_id": self.company_id.id,
            "kind": "claim",
            "claim_id": self.id,
            "move_line_id": self.move_line_id.id,
            "label": self.reference,
            "invoice_date": self.invoice_date,
            "date_due": self.date_due,
            "amount_original": self.amount_original,
            "amount": self.amount_residual_currency,
            "currency_id": self.currency_id.id,
        }
