from odoo import api, fields, models
from odoo.tools import SQL

from .recouv_policy_rule import DEBTOR_KINDS


class ResPartner(models.Model):
    _inherit = "res.partner"

    recouv_debtor_kind = fields.Selection(
        DEBTOR_KINDS,
        "Debtor kind",
        help="Empty: a company is a professional, a person a patient.",
    )
    recouv_claim_ids = fields.One2many("recouv.claim", "partner_id", readonly=True)
    recouv_hold_ids = fields.One2many("recouv.hold", "partner_id")
    recouv_owed = fields.Monetary(
        "Owed past due",
        compute="_compute_recouv_counts",
        groups="account.group_account_readonly,account.group_account_invoice,"
        "recouv_lib.group_user",
    )
    recouv_notice_count = fields.Integer(
        compute="_compute_recouv_counts",
        groups="account.group_account_readonly,account.group_account_invoice,"
        "recouv_lib.group_user",
    )

    def _recouv_debtor_kind(self):
        """Return the effective kind of debtor."""
        self.ensure_one()
        fallback = "professional" if self.is_company else "patient"
        return self.recouv_debtor_kind or fallback

    @api.model
    def _recouv_debtor_kind_sql(self, alias):
        """Return :meth:`_recouv_debtor_kind` for the partner row ``alias``."""
        partner = SQL.identifier(alias)
        return SQL(
            """COALESCE(%(p)s.recouv_debtor_kind, CASE WHEN %(p)s.is_company
                        THEN 'professional' ELSE 'patient' END)""",
            p=partner,
        )

    def _compute_recouv_counts(self):
        """Owed and relanced in the companies the user looks at, in one query each."""
        companies = self.env.companies.ids
        owed = dict(
            self.env["account.move.line"]._read_group(
                [
                    ("partner_id", "in", self.ids),
                    ("company_id", "in", companies),
                    ("parent_state", "=", "posted"),
                    ("account_id.account_type", "=", "asset_receivable"),
                    ("reconciled", "=", False),
                    "|",
                    ("date_maturity", "<", fields.Date.context_today(self)),
                    ("amount_residual", "<", 0),
                ],
                ["partner_id"],
                ["amount_residual:sum"],
            )
        )
        notices = dict(
            self.env["recouv.notice"]._read_group(
                [
                    ("partner_id", "in", self.ids),
                    ("company_id", "in", companies),
                    ("state", "not in", ("proposed", "cancelled")),
                ],
                ["partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.recouv_owed = max(owed.get(partner._origin, 0), 0)
            partner.recouv_notice_count = notices.get(partner._origin, 0)

    def action_recouv_claims(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_claim_action"
        )
        return action | {"domain": [("partner_id", "in", self.ids)], "context": {}}

    def action_recouv_notices(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_notice_action"
        )
        return action | {"domain": [("partner_id", "in", self.ids)], "context": {}}
