import re

from odoo import api, models
from odoo.exceptions import ValidationError

from ..lib.wording import forbidden_words
from .recouv_letter_template import html_words

# fields that lead to the lines of an invoice, to who was cared for, or by whom
CARE_FIELDS = re.compile(
    r"\b(invoice_line_ids|line_ids|move_line_id|move_id|claim_ids?|lead_claim_id|"
    r"product\w*|narration|recouv_care\w*|care_end_date|recouv_patient\w*|"
    r"recouv_practitioner\w*|recouv_quote\w*)\b"
)
EXPRESSION = re.compile(r"\{\{(.*?)\}\}|\bt-[a-z-]+\s*=\s*[\"'](.*?)[\"']", re.DOTALL)


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
    """Return the first field of an expression that may not be shown, or None."""
    for inline, attribute in EXPRESSION.findall(text):
        found = CARE_FIELDS.search(inline or attribute)
        if found:
            return found[0]
    return None
