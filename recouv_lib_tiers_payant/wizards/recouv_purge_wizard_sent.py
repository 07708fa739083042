from odoo import fields, models


class RecouvPurgeWizard(models.TransientModel):
    """The dry run tells the transmitted files as well."""

    _inherit = "recouv.purge.wizard"

    sent_file_count = fields.Integer(
        "Transmitted files (B2)", compute="_compute_dry_run"
    )
