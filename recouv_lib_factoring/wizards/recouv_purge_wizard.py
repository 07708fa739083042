from odoo import fields, models


class RecouvPurgeWizard(models.TransientModel):
    """The dry run tells checks of solvency, offers not bought and insurance too."""

    _inherit = "recouv.purge.wizard"

    check_count = fields.Integer("Solvency checks", compute="_compute_dry_run")
    offer_count = fields.Integer("Offers not bought", compute="_compute_dry_run")
    limit_count = fields.Integer("Credit limits", compute="_compute_dry_run")
    loss_count = fields.Integer("Insurance losses emptied", compute="_compute_dry_run")
