from odoo import fields, models


class SmsTracker(models.Model):
    """Ties a text to its notice, so that the provider's reports reach it."""

    _inherit = "sms.tracker"

    recouv_notice_id = fields.Many2one(
        "recouv.notice", ondelete="cascade", index="btree_not_null"
    )

    def _action_update_from_sms_state(
        self, sms_state, failure_type=False, failure_reason=False
    ):
        # EXTENDS 'sms': the gateway's answer, and later its delivery reports
        result = super()._action_update_from_sms_state(
            sms_state, failure_type=failure_type, failure_reason=failure_reason
        )
        self.recouv_notice_id._sms_reported(sms_state, failure_type, failure_reason)
        return result

    def _action_update_from_provider_error(self, provider_error):
        # EXTENDS 'sms': a report that the text did not arrive
        result = super()._action_update_from_provider_error(provider_error)
        reason = self.env.context.get("sms_known_failure_reason")
        self.recouv_notice_id._sms_reported("error", f"sms_{provider_error}", reason)
        return result
