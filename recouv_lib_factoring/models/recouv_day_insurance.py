from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.recouv_lib.models.recouv_day import Section

from .recouv_insurance_limit import ANSWER_DAYS
from .recouv_insurance_loss import ALARM_DAYS


class RecouvDay(models.AbstractModel):
    """What credit insurance leaves to a human, and the delays that cost the cover."""

    _inherit = "recouv.day"

    @api.model
    def _sections(self, today):
        """EXTENDS: insurance, where a company of the user has a policy."""
        sections = super()._sections(today)
        # who has no policy sees nothing of it
        if not self.env["recouv.insurance.policy"].search_count([], limit=1):
            return sections
        sections = [*sections, *self._insurance_sections(today)]
        if self.env.user.has_group("recouv_lib.group_manager"):
            sections += self._insurance_manager_sections(today)
        return sections

    @api.model
    def _insurance_sections(self, today):
        _, soon = self.env._, fields.Date.add(today, days=ALARM_DAYS)
        action = "recouv_lib_factoring.recouv_insurance_loss_action"
        return [
            Section(
                "insurance_notices",
                81,
                _("Credit insurance: overdue notices to send"),
                "recouv.insurance.loss",
                Domain("state", "=", "draft"),
                action=action,
                is_alarm=True,
            ),
            Section(
                "insurance_declarations",
                82,
                _("Credit insurance: losses to declare"),
                "recouv.insurance.loss",
                Domain("state", "=", "noticed") & Domain("declare_by", "<=", soon),
                action=action,
                is_alarm=True,
            ),
            Section(
                "insurance_indemnities",
                83,
                _("Credit insurance: indemnities that are due"),
                "recouv.insurance.loss",
                Domain("state", "in", ("declared", "settled"))
                & Domain("payable_from", "<=", today)
                & (Domain("state", "=", "declared") | Domain("amount_payable", ">", 0)),
                action=action,
            ),
            Section(
                "insurance_answers",
                84,
                _("Credit insurance: limits without an answer"),
                "recouv.insurance.limit",
                Domain("state", "=", "asked")
                & Domain(
                    "asked_on", "<=", fields.Date.subtract(today, days=ANSWER_DAYS)
                ),
                action="recouv_lib_factoring.recouv_insurance_limit_action",
            ),
        ]

    @api.model
    def _insurance_manager_sections(self, today):
        _ = self.env._
        policies = self.env["recouv.insurance.policy"]
        return [
            Section(
                "insurance_premiums",
                85,
                _("Credit insurance: premiums to book"),
                "recouv.insurance.premium",
                Domain("state", "in", ["draft"]) & Domain("date", "<=", today),
                action="recouv_lib_factoring.recouv_insurance_premium_action",
            ),
            Section(
                "insurance_remittances",
                86,
                _("Credit insurance: money to remit"),
                "recouv.insurance.recovery",
                Domain(
                    [
                        ("received_by", "=", "practice"),
                        ("amount_insurer", ">", 0),
                        ("remitted_on", "=", False),
                        ("undone_on", "=", False),
                    ]
                ),
                action="recouv_lib_factoring.recouv_insurance_recovery_action",
            ),
            Section(
                "insurance_owed_back",
                86,
                _("Credit insurance: sums to pay back"),
                "recouv.insurance.loss",
                Domain("amount_owed_back", ">", 0),
                action="recouv_lib_factoring.recouv_insurance_loss_action",
            ),
            Section(
                "insurance_paid",
                87,
                _("Credit insurance: with the service, yet nothing is owed"),
                "recouv.insurance.handover",
                Domain("state", "=", "sent")
                & Domain("claim_ids", "not any", [("settlement", "=", "open")]),
                action="recouv_lib_factoring.recouv_insurance_handover_action",
            ),
            Section(
                "insurance_policies_end",
                97,
                _("Credit insurance: policies to renew or to adjust"),
                "recouv.insurance.policy",
                policies._renewal_domain(today),
                action="recouv_lib_factoring.recouv_insurance_policy_action",
                is_alarm=True,
            ),
        ]
