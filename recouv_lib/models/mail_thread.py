from odoo import api, models
from odoo.tools import html2plaintext


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        # EXTENDS 'mail': a bounced reminder is no reminder
        result = super()._routing_handle_bounce(email_message, message_dict)
        bounced = message_dict.get("bounced_message")
        if bounced:
            # the gateway has no user of the company; only outcomes are written
            notices = (
                self.env["recouv.notice"]
                .sudo()
                .search([("message_id", "in", bounced.ids), ("channel", "=", "email")])
            )
            reason = html2plaintext(message_dict.get("body") or "").strip()
            notices._email_bounced(reason[:500] or self.env._("The e-mail bounced."))
        return result
