from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    recouv_import_max_mb = fields.Integer(
        "Largest file to import (MB)",
        default=100,
        help="A larger one is refused before anything of it is read.",
    )

    _recouv_import_max_mb_range = models.Constraint(
        "CHECK(recouv_import_max_mb BETWEEN 1 AND 2000)",
        "The largest file to import lies between 1 and 2000 MB.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recouv_import_max_mb = fields.Integer(
        related="company_id.recouv_import_max_mb", readonly=False
    )
