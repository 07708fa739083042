from odoo import api, models
from odoo.fields import Domain

from .recouv_day import Section
from .recouv_day_sections import OPEN_CLAIM


class RecouvDay(models.AbstractModel):
    """What debtors said, what must be answered, whom to be careful with."""

    _inherit = "recouv.day"

    @api.model
    def _sections(self, today):
        return [*super()._sections(today), *self._case_sections(today)]

    @api.model
    def _case_sections(self, today):
        _, holds = self.env._, self.env["recouv.hold"]
        sections = [
            Section(
                "replies",
                10,
                _("Replies to handle"),
                "recouv.inbound",
                Domain("state", "=", "to_handle"),
                action="recouv_lib.recouv_inbound_action",
            ),
            Section(
                "address_searches",
                70,
                _("Addresses to search"),
                "recouv.hold",
                holds._standing_domain(today)
                & Domain("reason", "=", "address_unknown"),
                action="recouv_lib.recouv_hold_action",
            ),
            Section(
                "answers_due",
                80,
                _("Disputes and complaints to answer"),
                "recouv.hold",
                holds._to_answer_domain(today) & Domain("answer_due", "<=", today),
                action="recouv_lib.recouv_hold_case_action",
            ),
        ]
        if self.env.user.has_group("recouv_lib.group_manager"):
            sections += self._careful_sections(today)
        return sections

    @api.model
    def _careful_sections(self, today):
        """What the practitioner alone decides."""
        _ = self.env._
        return [
            Section(
                "minors",
                80,
                _("Minors: contact the parent?"),
                "res.partner",
                self.env["res.partner"]._recouv_minor_to_decide_domain(today),
                action="recouv_lib.res_partner_minor_action",
            ),
            Section(
                "confidential",
                80,
                _("Confidential care: contact the debtor?"),
                "account.move",
                Domain(
                    [
                        ("recouv_confidential", "=", True),
                        ("recouv_confidential_decision", "=", False),
                        ("state", "=", "posted"),
                        "|",
                        ("payment_state", "in", ("not_paid", "partial")),
                        # made doubtful or brought back, it is owed on an entry
                        ("recouv_claim_ids", "any", OPEN_CLAIM),
                    ]
                ),
                action="recouv_lib.account_move_confidential_action",
            ),
        ]
