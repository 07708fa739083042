from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """The section “Receivables transfers” of the invoicing settings."""

    _inherit = "res.config.settings"

    recouv_payer_share_journal_id = fields.Many2one(
        related="company_id.recouv_payer_share_journal_id", readonly=False
    )
    recouv_assignment_journal_id = fields.Many2one(
        related="company_id.recouv_assignment_journal_id", readonly=False
    )
    recouv_collected_journal_id = fields.Many2one(
        related="company_id.recouv_collected_journal_id", readonly=False
    )
    recouv_subrogation_journal_id = fields.Many2one(
        related="company_id.recouv_subrogation_journal_id", readonly=False
    )
    recouv_doubtful_journal_id = fields.Many2one(
        related="company_id.recouv_doubtful_journal_id", readonly=False
    )
    recouv_assignment_account_id = fields.Many2one(
        related="company_id.recouv_assignment_account_id", readonly=False
    )
    recouv_holdback_account_id = fields.Many2one(
        related="company_id.recouv_holdback_account_id", readonly=False
    )
    recouv_collected_account_id = fields.Many2one(
        related="company_id.recouv_collected_account_id", readonly=False
    )
    recouv_subrogation_account_id = fields.Many2one(
        related="company_id.recouv_subrogation_account_id", readonly=False
    )
    recouv_doubtful_account_id = fields.Many2one(
        related="company_id.recouv_doubtful_account_id", readonly=False
    )
    recouv_principals_account_id = fields.Many2one(
        related="company_id.recouv_principals_account_id", readonly=False
    )
    recouv_acquired_account_id = fields.Many2one(
        related="company_id.recouv_acquired_account_id", readonly=False
    )
    recouv_assignors_account_id = fields.Many2one(
        related="company_id.recouv_assignors_account_id", readonly=False
    )
    recouv_receipts_account_id = fields.Many2one(
        related="company_id.recouv_receipts_account_id", readonly=False
    )
    recouv_transfer_company_ids = fields.Many2many(
        related="company_id.recouv_transfer_company_ids", readonly=False
    )
