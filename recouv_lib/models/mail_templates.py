import re

from odoo import api, models
from odoo.exceptions import ValidationError

PLACEHOLDER = re.compile(r"\bobject\.(\w+)")


class MailRenderMixin(models.AbstractModel):
    """Keeps care out of what leaves: a text reads the closed list of a notice only."""

    _inherit = "mail.render.mixin"

    def _check_recouv_placeholders(self, parts):
        """Refuse a text on notices that reads more than ``object.text_…``.

        No act, date or place of care and no speciality may show in an SMS or an
        e-mail (art. L1110-4 and R4127-4 CSP); through ``object.`` a text could reach
        the lines of the invoice.
        """
        for template in self.filtered(lambda t: t.model == "recouv.notice"):
            for part in parts:
                for name in PLACEHOLDER.findall(str(template[part] or "")):
                    if not name.startswith("text_"):
                        raise ValidationError(
                            self.env._(
                                "%(template)s: object.%(name)s cannot be used in a "
                                "relance; only object.text_… can, which shows no care.",
                                template=template.name,
                                name=name,
                            )
                        )


class MailTemplate(models.Model):
    _inherit = "mail.template"

    @api.constrains("subject", "body_html", "model_id")
    def _check_recouv_relance(self):
        self._check_recouv_placeholders(("subject", "body_html"))


class SmsTemplate(models.Model):
    _inherit = "sms.template"

    @api.constrains("body", "model_id")
    def _check_recouv_relance(self):
        self._check_recouv_placeholders(("body",))
