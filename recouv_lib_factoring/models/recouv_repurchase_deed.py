import base64

from odoo import fields, models
from odoo.tools import format_amount, format_date

from odoo.addons.recouv_lib.models.recouv_document import MARGINS


class RecouvRepurchase(models.Model):
    """The deed by which a receivable goes back: an assignment too, so void without its
    writing (C. civ. 1322), between the parties at its date (1323).

    Made when both agree, kept as data with its fingerprint and printed at once.
    """

    _inherit = "recouv.repurchase"

    text = fields.Json(readonly=True)
    digest = fields.Char("Fingerprint of the text", readonly=True)
    deed = fields.Binary(attachment=True, readonly=True)
    deed_name = fields.Char(readonly=True)

    def action_print_deed(self):
        """Download the deed; there is none before both agree."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/deed/{self.deed_name}"
            "?download=true",
            "target": "download",
        }

    def _make_deed(self, owed):
        """Write the deed and keep it printed, elevated.

        :param owed: what the repurchase makes the practice owe
        """
        local = self.with_context(lang=self.contract_id._text_lang())
        text = local._deed_text(owed)
        digest = self.env["recouv.assignment"]._deed_digest(text)
        self._record({"text": text, "digest": digest})
        self._record(
            {
                "deed": base64.b64encode(local._print_deed()),
                "deed_name": f"{self.name.replace('/', '-')}.pdf",
            }
        )

    def _print_deed(self):
        """Return the PDF of the deed, in the language of the context."""
        page = self.env["ir.qweb"]._render(
            "recouv_lib_factoring.assignment_deed",
            {
                "text": self.text,
                "is_draft": False,
                "signatures": self._deed_signatures(),
            },
        )
        return self.env["recouv.document"]._pdf(
            f"<!DOCTYPE html>{page}", self.env._("Deed %s", self.name), MARGINS
        )

    def _deed_text(self, owed):
        """Return the deed as data: parties, receivable, ground, sums, date; no care."""
        _, identity = self.env._, self.contract_id.mandate_id._identity
        return {
            "title": _("Deed of reassignment of a receivable"),
            "number": self.name,
            "law": self.contract_id._law("assignment"),
            "date": format_date(self.env, owed.date),
            "parties": [
                identity(self.agency_id, _("who gives it back")),
                identity(self.company_id, _("who takes it back")),
            ],
            "terms": self._deed_terms(owed),
            "total": self._money(owed.amount),
            "lines": [
                {
                    "reference": self.reference or "",
                    "debtor": self.debtor or "",
                    "invoiced": format_date(self.env, self.invoice_date),
                    "due": format_date(self.env, self.date_due),
                    "amount": self._money(owed.amount),
                }
            ],
        }

    def _money(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    def _deed_terms(self, owed):
        _, schedule = self.env._, owed.assignment_id
        return [
            _(
                "By deed of %(day)s (schedule %(schedule)s, contract %(contract)s), "
                "%(practice)s assigned the receivable below to %(buyer)s. By this deed "
                "%(buyer)s assigns it back to %(practice)s, which accepts, for the "
                "%(amount)s that remain due of it, with its accessories.",
                day=format_date(self.env, self.purchase_id._deed_day()),
                schedule=schedule.name,
                contract=self.contract_id.name,
                practice=self.practice_name,
                buyer=self.agency_name,
                amount=self._money(owed.amount),
            ),
            _(
                "Ground, for which the assignor answers%(article)s: %(ground)s. It is "
                "shown by “%(file)s”, attached on %(day)s.",
                article=self.contract_id._cited("warranty"),
                ground=self._ground(),
                file=self.file_name or _("Evidence"),
                day=self.contract_id._day_of(self.asked_on),
            ),
            self._sum_term(owed),
            _(
                "It takes effect between the parties and against others on the date of "
                "this deed%(effect)s, against the debtor from its notification"
                "%(notification)s, which %(practice)s makes if the first assignment "
                "was notified.",
                effect=self.contract_id._cited("effect"),
                notification=self.contract_id._cited("notification"),
                practice=self.practice_name,
            ),
        ]

    def _sum_term(self, owed):
        _ = self.env._
        if self.currency_id.is_zero(owed.amount_given_back):
            return _(
                "%(practice)s owes %(buyer)s %(amount)s for it (%(number)s).",
                practice=self.practice_name,
                buyer=self.agency_name,
                amount=self._money(owed.amount),
                number=owed.name,
            )
        return _(
            "%(practice)s owes %(buyer)s %(amount)s for it, less %(given_back)s of "
            "commission given back, its VAT included: %(due)s (%(number)s).",
            practice=self.practice_name,
            buyer=self.agency_name,
            amount=self._money(owed.amount),
            given_back=self._money(owed.amount_given_back),
            due=self._money(owed.amount - owed.amount_given_back),
            number=owed.name,
        )

    def _deed_signatures(self):
        """Return for each party what its signature block says."""
        asked = (self.asked_name, self.asked_on, False)
        answered = (self.answered_name, self.answered_on, False)
        if self.is_agreed_before:
            agreed = self.env._("By the contract %s", self.contract_id.name)
            answered = (agreed, self.answered_on, True)
        by_practice = self.asked_by == "practice"
        blocks = [
            (self.agency_name, answered if by_practice else asked),
            (self.practice_name, asked if by_practice else answered),
        ]
        return [
            {
                "party": party,
                "signatory": name or "",
                "position": "",
                "when": self.contract_id._day_of(moment),
                "digest": self.digest or "",
                "is_plain": is_plain,
            }
            for party, (name, moment, is_plain) in blocks
        ]
