from odoo import fields, models

FAMILIES = [
    ("noemie580", "NOEMIE 580"),
    ("noemie576", "NOEMIE 576, 578, 900"),
    ("arl", "Acknowledgments (ARL)"),
    ("b2", "B2"),
    ("table", "Table (CSV, XLSX)"),
]
STATES = [
    ("draft", "Draft"),
    ("read", "Read"),
    ("applied", "Applied"),
    ("failed", "Failed"),
]


class RecouvReturnFile(models.Model):
    """A return file of payers, kept whole: any byte can be traced from its lines."""

    _name = "recouv.return.file"
    _description = "Return file"
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    name = fields.Char(required=True)
    content = fields.Binary(attachment=True)
    digest = fields.Char(index="btree_not_null", readonly=True)
    family = fields.Selection(FAMILIES, readonly=True)
    date_order = fields.Selection([("ymd", "YYMMDD"), ("dmy", "DDMMYY")])
    state = fields.Selection(STATES, required=True, default="draft", readonly=True)
    payment_ids = fields.One2many("recouv.return.payment", "file_id", "Transfers")
    line_ids = fields.One2many("recouv.return.line", "file_id", "Lines")
