import re
from contextlib import suppress

from odoo import api, fields, models
from odoo.tools import SQL

from ..lib import page_mark, reference

LIMIT = 30
# what people type of a telephone number
PHONE = re.compile(r"[\d\s.+()/-]+")
MIN_DIGITS = 4
# a mark as a scanner types it, on whatever keyboard
SCANNED = re.compile(r"[A-Za-z]{2}\S{24}")
# the digits that a national and an international way of writing share
SHARED_DIGITS = 9


class RecouvFind(models.TransientModel):
    """Find who calls: one box for a number, a name, a letter or an invoice.

    Digits of the phone in any way of writing, the last ones too; a part of the name;
    the reference printed on a letter, or the mark scanned from it; an invoice's number.
    Over all companies that the user has open.
    """

    _name = "recouv.find"
    _description = "Find a debtor"

    query = fields.Char("Phone, name, letter or invoice")
    claim_ids = fields.Many2many("recouv.claim", compute="_compute_found")
    partner_ids = fields.Many2many("res.partner", compute="_compute_found")
    nothing = fields.Boolean(compute="_compute_found")

    @api.depends("query")
    def _compute_found(self):
        for search in self:
            claims, partners = search._search_text(search.query or "")
            search.claim_ids, search.partner_ids = claims, partners
            search.nothing = bool(search.query) and not (claims or partners)

    def action_search(self):
        """Stay open with what was found (the Enter key)."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Find a debtor"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    @api.model
    def _search_text(self, text):
        """Return (claims, debtors without an open claim) that ``text`` may mean."""
        text = text.strip()
        if len(text) < 2:
            return self.env["recouv.claim"], self.env["res.partner"]
        claims = self._claims_by_letter(text) | self._claims_by_invoice(text)
        partners = self._partners_by_phone(text)
        if not claims and not partners:
            partners = self.env["res.partner"].search(
                [("name", "ilike", text)], limit=LIMIT
            )
        debtors = partners.commercial_partner_id
        claims |= self._open_claims(debtors)
        return claims, debtors - claims.partner_id

    @api.model
    def _open_claims(self, debtors):
        return self.env["recouv.claim"].search(
            [("partner_id", "in", debtors.ids), ("closed_on", "=", False)],
            order="partner_id, date_due, id",
            limit=4 * LIMIT,
        )

    @api.model
    def _claims_by_letter(self, text):
        """By the ISO 11649 reference, or by the mark of a page that was scanned."""
        ids = [
            parts[1]
            for found in reference.find_references(text)
            if (parts := reference.split_reference(found))
        ]
        if SCANNED.fullmatch(text):
            # what is no mark of ours may still be a name
            with suppress(page_mark.BadMark):
                key = self.env["recouv.notice"]._mark_key()
                ids.append(page_mark.read_scan(text, key).notice_id)
        notices = self.env["recouv.notice"].search([("id", "in", ids)])
        return notices.line_ids.claim_id

    @api.model
    def _claims_by_invoice(self, text):
        if not any(char.isdigit() for char in text):
            return self.env["recouv.claim"]
        return self.env["recouv.claim"].search(
            [("reference", "ilike", text)], limit=LIMIT
        )

    @api.model
    def _partners_by_phone(self, text, company=None):
        """Return the contacts whose number ends with these digits.

        :param company: look in this one only, for what comes without a user
        """
        digits = re.sub(r"\D", "", text)
        partners = self.env["res.partner"]
        if not PHONE.fullmatch(text) or len(digits) < MIN_DIGITS:
            return partners
        partners.flush_model(["phone", "recouv_phone2", "active"])
        rows = self.env.execute_query(
            SQL(
                r"""SELECT id FROM res_partner
                     WHERE active AND (
                           regexp_replace(phone, '\D', '', 'g') LIKE %(end)s
                           OR regexp_replace(recouv_phone2, '\D', '', 'g')
                              LIKE %(end)s)
                     ORDER BY id LIMIT %(limit)s""",
                end=f"%{digits[-SHARED_DIGITS:]}",
                limit=10 * LIMIT,
            )
        )
        domain = [("id", "in", [row[0] for row in rows])]
        if company:
            domain.append(("company_id", "in", (company.id, False)))
        # searched again: record rules apply
        return partners.search(domain, limit=LIMIT)


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    def action_open(self):
        """Open this claim from a list inside a dialog."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }
