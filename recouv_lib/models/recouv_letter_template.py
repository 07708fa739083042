import re
from functools import lru_cache

from lxml import html
from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import is_html_empty

from ..lib.wording import TEXT_KEYS, forbidden_words

# the same placeholders as in Odoo's own templates, from a closed list
PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
TEXT_PLACEHOLDER = re.compile(r"object\.text_(\w+)")


class RecouvLetterTemplate(models.Model):
    """The words of a letter, put in the debtor's language.

    Placeholders are written ``{{ object.text_deadline }}``; only the texts of a notice
    (``wording.TEXT_KEYS``) may be used, so that nothing that reveals care
    can enter a letter. A paragraph left empty by its placeholders is not printed. The
    table of invoices, the ways to pay and the practice's contact are printed by the
    letter itself.
    """

    _name = "recouv.letter.template"
    _description = "Letter text"
    _order = "name, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", help="Empty: for every company.", index=True
    )
    name = fields.Char(required=True, translate=True)
    subject = fields.Char(required=True, translate=True)
    body = fields.Html(required=True, translate=True)
    consequences = fields.Html(
        translate=True,
        help="What follows if nothing is paid; mandatory in every letter.",
    )
    active = fields.Boolean(default=True)
    placeholder_help = fields.Text(compute="_compute_placeholder_help")

    def _compute_placeholder_help(self):
        self.placeholder_help = "\n".join(
            f"{{{{ object.text_{key} }}}}" for key in TEXT_KEYS
        )

    @api.constrains("subject", "body", "consequences")
    def _check_placeholders(self):
        for template in self:
            for field in ("subject", "body", "consequences"):
                template._check_text(str(template[field] or ""))

    def _check_text(self, text):
        unknown = unknown_placeholders(text)
        if unknown:
            raise ValidationError(
                self.env._(
                    "%(template)s: the placeholder %(placeholder)s cannot be used in a "
                    "letter. Allowed: %(allowed)s.",
                    template=self.name,
                    placeholder=unknown[0],
                    allowed=", ".join(f"object.text_{key}" for key in TEXT_KEYS),
                )
            )
        words = forbidden_words(html_words(text))
        if words:
            raise ValidationError(
                self.env._(
                    "%(template)s: “%(words)s” would make the letter look like an act "
                    "of a court or of an officer (art. 433-13 code pénal). Use other "
                    "words.",
                    template=self.name,
                    words=words[0],
                )
            )

    # --- rendering ------------------------------------------------------------------

    def _compose(self, texts):
        """Put the texts of a notice in the words of the letter.

        Read the template in the recipient's language first (``with_context(lang=)``).

        :param texts: {key: text} of :meth:`recouv.notice._text_values`
        :return: {"subject": text, "paragraphs": [(html, plain text)],
            "consequences": [(html, plain text)]}
        """
        self.ensure_one()
        return {
            "subject": fill(self.subject, texts),
            "paragraphs": self._paragraphs("body", texts),
            "consequences": self._paragraphs("consequences", texts),
        }

    def _paragraphs(self, field, texts):
        """Return the paragraphs that the texts leave something in."""
        found = []
        escaped = {key: html_lines(text) for key, text in texts.items()}
        for source in top_elements(str(self[field] or "")):
            filled = fill(source, escaped)
            if not is_html_empty(filled):
                found.append((Markup(filled), html_words(filled)))
        return found


def html_lines(text):
    """Return a text as HTML, keeping the line breaks that a person typed."""
    return escape(text or "").replace("\n", Markup("<br/>"))


def fill(source, texts):
    """Replace the placeholders of a text that was checked when it was saved."""
    return PLACEHOLDER.sub(
        lambda found: texts.get(_key(found[1])) or "", str(source or "")
    )


def unknown_placeholders(source):
    """Return the placeholders, or pieces of code, that a letter may not contain."""
    source = str(source or "")
    asked = PLACEHOLDER.findall(source)
    unknown = [each for each in asked if _key(each) not in TEXT_KEYS]
    code = re.findall(r"\bt-[a-z-]+\s*=|<t[ >/]", source)
    return unknown + code


@lru_cache(maxsize=64)
def top_elements(source):
    """Return the top elements of an HTML text, each as HTML: the paragraphs."""
    if is_html_empty(source):
        return ()
    return tuple(
        element
        if isinstance(element, str)
        else html.tostring(element, encoding="unicode", with_tail=False)
        for element in html.fragments_fromstring(source)
    )


def html_words(source):
    """Return the text of a piece of HTML, a line break for each ``br`` or block."""
    broken = re.sub(r"(?i)<br\s*/?>|</(p|li|div|h\d)>", "\n", str(source or ""))
    if not broken.strip():
        return ""
    words = html.fragment_fromstring(broken, create_parent="div").text_content()
    return words.strip("\n")


def _key(expression):
    found = TEXT_PLACEHOLDER.fullmatch(expression)
    return found[1] if found else None
