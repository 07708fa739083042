import base64

from odoo import fields, models


class RecouvB2Import(models.TransientModel):
    """Takes in the B2 file that the billing software has written."""

    _name = "recouv.b2.import"
    _description = "Import a transmitted file (B2)"

    file = fields.Binary("B2 file", required=True)
    filename = fields.Char()
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    is_sent = fields.Boolean(
        "The software has transmitted it",
        default=True,
        help="Its lots count as transmitted on their own day.",
    )

    def action_import(self):
        """Import the file and open what it brought."""
        self.ensure_one()
        record = self.env["recouv.sent.file"]._import(
            base64.b64decode(self.file or b""),
            self.filename,
            self.company_id,
            self.is_sent,
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }
