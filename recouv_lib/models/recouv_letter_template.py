from odoo import fields, models


class RecouvLetterTemplate(models.Model):
    """The words of a letter; rendered for a notice in the debtor's language.

    Placeholders are those of Odoo's templates, on model ``recouv.notice``.
    """

    _name = "recouv.letter.template"
    _description = "Letter text"
    _inherit = ["mail.render.mixin"]
    _order = "name, id"
    _unrestricted_rendering = True

    company_id = fields.Many2one(
        "res.company", help="Empty: for every company.", index=True
    )
    name = fields.Char(required=True, translate=True)
    subject = fields.Char(required=True, translate=True)
    body = fields.Html(
        required=True, translate=True, render_engine="qweb", sanitize=False
    )
    active = fields.Boolean(default=True)

    def _compute_render_model(self):
        self.render_model = "recouv.notice"
