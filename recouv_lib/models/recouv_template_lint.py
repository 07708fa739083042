import re

from odoo import api, models
from odoo.exceptions import ValidationError

from ..lib.wording import forbidden_words
from .recouv_letter_template import html_words

# whatever a text reads of a notice; only the closed list ``text_…`` shows no care
READ = re.compile(r"\bobject\.(\w+)")


class RecouvTemplateLint(models.AbstractModel):
    """What no text of a relance may say or show, whatever its channel (law.md §6.2)."""

    _name = "recouv.template.lint"
    _description = "Checks of relance texts"

    @api.model
    def _lint(self, name, *texts):
        """Raise ValidationError on the first thing that a text must not hold."""
        for text in texts:
            shown = _care_field(str(text or ""))
            if shown:
                raise ValidationError(
                    self.env._(
                        "%(template)s: “%(field)s” could reveal care. Use the texts "
                        "object.text_… of the notice.",
                        template=name,
                        field=shown,
                    )
                )
            words = forbidden_words(html_words(str(text or "")))
            if words:
                raise ValidationError(
                    self.env._(
                        "%(template)s: “%(words)s” would make it look like an act of a "
                        "court or of an officer (art. 433-13 code pénal).",
                        template=name,
                        words=words[0],
                    )
                )


class MailTemplate(models.Model):
    _inherit = "mail.template"

    @api.constrains("subject", "body_html", "model_id")
    def _check_recouv_words(self):
        for template in self.filtered(lambda t: t.model == "recouv.notice"):
            self.env["recouv.template.lint"]._lint(
                template.name, template.subject, template.body_html
            )


class SmsTemplate(models.Model):
    _inherit = "sms.template"

    @api.constrains("body", "model_id")
    def _check_recouv_words(self):
        for template in self.filtered(lambda t: t.model == "recouv.notice"):
            self.env["recouv.template.lint"]._lint(template.name, template.body)


def _care_field(text):
    """Return the first thing read that is not in the closed list, or None.

    Anything else than ``object.text_…`` could lead to the lines of the invoice, to who
    was cared for or by whom (art. L1110-4 and R4127-4 CSP).
    """
    return next((n for n in READ.findall(text) if not n.startswith("text_")), None)
