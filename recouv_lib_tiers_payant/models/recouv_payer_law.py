from odoo import fields, models

from odoo.addons.recouv_lib.lib.letter_pages import Part, lines_of
from odoo.addons.recouv_lib.models.recouv_notice_letter_page import (
    SMALL_GAP,
    SMALL_LEAD,
    SMALL_SIZE,
    WIDTH,
)

from ..lib import deadlines


class ResCompany(models.Model):
    """By which numbers a payer finds who writes, and what the law gives them."""

    _inherit = "res.company"

    def _recouv_payer_numbers(self):
        """Return, as one line, the numbers that a payer knows the practice by."""
        self.ensure_one()
        _ = self.env._
        known = [
            self.recouv_finess and _("FINESS %s", self.recouv_finess),
            self.recouv_am_number
            and _("health-insurance number %s", self.recouv_am_number),
        ]
        return " – ".join(filter(None, known))

    def _recouv_amo_law(self):
        """Return what the law says of when a caisse pays (H9; noemie.md §4).

        :raise UserError: the delay is not known today: none is made up
        """
        self.ensure_one()
        today = fields.Date.context_today(self)
        # sudo: a public value of the law, which the agency's agents cite too
        parameters = self.env["recouv.legal.parameter"].sudo()
        days = parameters._get(deadlines.PAYMENT, today, self)
        return self.env._(
            "The compulsory part of an invoice transmitted electronically is paid "
            "within %(days)s working days; beyond that, a penalty is owed (articles "
            "D161-13-3 to D161-13-5 of the Social Security Code). It is guaranteed "
            "where the Vitale card was used and is not on the opposition list (article "
            "L161-36-3).",
            days=int(days),
        )


class RecouvNotice(models.Model):
    """A letter to a payer that is late says who writes, and by when it had to pay."""

    _inherit = "recouv.notice"

    def _small_parts(self, texts):
        """EXTENDS: numbers and law, to payers alone."""
        parts = super()._small_parts(texts)
        if self.capacity != "payer_followup":
            return parts
        text = " ".join(filter(None, self._payer_words()))
        if not text:
            return parts
        lines = lines_of(text, WIDTH, SMALL_SIZE)
        return [*parts, Part("small", lines * SMALL_LEAD + SMALL_GAP, text)]

    def _payer_words(self):
        company = self.company_id.with_context(lang=self.env.lang)
        # sudo: whether compulsory parts are claimed, whoever sends the letter
        shares = self.env["recouv.share"].sudo()
        domain = [("claim_id", "in", self._claim_lines().claim_id.ids)]
        kinds = shares.search([*domain, ("kind", "=", "amo")], limit=1).mapped("kind")
        numbers = company._recouv_payer_numbers()
        return [f"{numbers}." if numbers else "", kinds and company._recouv_amo_law()]
