from odoo import fields, models


class RecouvPurgeWizard(models.TransientModel):
    """The dry run tells the solvency checks as well."""

    _inherit = "recouv.purge.wizard"

    check_count = fields.Integer("Solvency checks", compute="_compute_dry_run")
