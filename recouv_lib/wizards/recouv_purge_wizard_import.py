from odoo import fields, models


class RecouvPurgeWizard(models.TransientModel):
    """The dry run tells the imported files as well."""

    _inherit = "recouv.purge.wizard"

    import_count = fields.Integer("Imported files", compute="_compute_dry_run")
