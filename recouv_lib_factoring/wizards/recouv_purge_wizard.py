from odoo import fields, models


class RecouvPurgeWizard(models.TransientModel):
    """The dry run tells checks of solvency and offers not bought as well."""

    _inherit = "recouv.purge.wizard"

    check_count = fields.Integer("Solvency checks", compute="_compute_dry_run")
    offer_count = fields.Integer("Offers not bought", compute="_compute_dry_run")
