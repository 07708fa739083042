from odoo import fields, models


class RecouvPurgeWizard(models.TransientModel):
    """The dry run tells files of payers and identities as well."""

    _inherit = "recouv.purge.wizard"

    sent_file_count = fields.Integer(
        "Transmitted files (B2)", compute="_compute_dry_run"
    )
    return_file_count = fields.Integer("Return files", compute="_compute_dry_run")
    identity_count = fields.Integer(
        "Social-security identities", compute="_compute_dry_run"
    )
