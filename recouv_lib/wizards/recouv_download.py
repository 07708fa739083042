from odoo import fields, models


class RecouvDownload(models.TransientModel):
    """A file made for the one who asked for it; swept away like a dialog."""

    _name = "recouv.download"
    _description = "File to download"

    name = fields.Char(required=True, readonly=True)
    content = fields.Binary(required=True, readonly=True)
