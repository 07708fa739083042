from odoo import fields, models


class RecouvPurgeWizard(models.TransientModel):
    """The dry run tells the return files as well."""

    _inherit = "recouv.purge.wizard"

    return_file_count = fields.Integer("Return files", compute="_compute_dry_run")
