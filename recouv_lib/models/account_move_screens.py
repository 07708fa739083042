from odoo import fields, models

# who reads the relance from an invoice; a portal user reads invoices, never this
READERS = (
    "account.group_account_readonly,account.group_account_invoice,recouv_lib.group_user"
)


class AccountMove(models.Model):
    """What the invoice screens show of the relance, and what they press."""

    _inherit = "account.move"

    recouv_patient_id = fields.Many2one(groups=READERS)
    recouv_practitioner_id = fields.Many2one(groups=READERS)
    recouv_care_end_date = fields.Date(groups=READERS)
    recouv_overrun_amount = fields.Monetary(groups=READERS)
    recouv_quote_signed_on = fields.Date(groups=READERS)
    recouv_quote_document_id = fields.Many2one(groups=READERS)
    recouv_claim_ids = fields.One2many(groups=READERS)
    recouv_step_id = fields.Many2one(groups=READERS)
    recouv_next_date = fields.Date(groups=READERS)
    recouv_holder = fields.Selection(groups=READERS)
    recouv_suspension = fields.Selection(groups=READERS)
    recouv_limitation_date = fields.Date(groups=READERS)
    recouv_notice_count = fields.Integer(groups=READERS)
    recouv_notice_ids = fields.Many2many(
        "recouv.notice",
        string="Notices",
        compute="_compute_recouv_notice_ids",
        groups=READERS,
    )
    recouv_claim_count = fields.Integer(
        compute="_compute_recouv_claim_count", groups=READERS
    )

    def _compute_recouv_notice_ids(self):
        for move in self:
            move.recouv_notice_ids = move.recouv_claim_ids.notice_ids.sorted(
                "id", reverse=True
            )

    def _compute_recouv_claim_count(self):
        for move in self:
            move.recouv_claim_count = len(move.recouv_claim_ids)

    def action_recouv_claims(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_claim_action"
        )
        return action | {"domain": [("move_id", "in", self.ids)], "context": {}}

    def action_recouv_suspend(self):
        return self._recouv_claims_dialog("action_suspend")

    def action_recouv_lift(self):
        return self._recouv_claims_dialog("action_lift")

    def _recouv_claims_dialog(self, name):
        """Open a dialog of the claims on the open claims of these invoices."""
        claims = self.recouv_claim_ids.filtered(lambda claim: not claim.closed_on)
        return getattr(claims, name)()


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    recouv_claim_ids = fields.One2many(groups=READERS)
