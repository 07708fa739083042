from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.recouv_lib.lib import dossier_pdf

LANG = "fr_FR"
#: models whose documents name acts of care: they go to no insurer
CARE_MODELS = frozenset({"account.move", "account.move.line", "sale.order"})


class RecouvInsurancePaper(models.AbstractModel):
    """A numbered PDF for a credit insurer: front page, then exhibits.

    Exhibits are the reminders with their proofs and the correspondence that the
    practice joined. What names care is left out (CSP L1110-4, law.md §6.2): an invoice
    or quote is refused, a letter with a personal word is named and not joined.

    Who inherits it has ``company_id``, ``insurer_id`` and ``document_ids``, and says
    its claims and debtors, and the title, template and values of its front page.
    """

    _name = "recouv.insurance.paper"
    _description = "Papers for a credit insurer"

    def _told_claims(self):
        """Return the claims that the paper is about."""
        raise NotImplementedError

    def _told_debtors(self):
        """Return who is named to the insurer."""
        raise NotImplementedError

    def _check_may_tell(self):
        """:raise UserError: a debtor may not be named to the insurer (law.md C9)"""
        for one in self:
            one._told_debtors()._recouv_check_named_to_insurer(one.company_id)

    # --- printing ---------------------------------------------------------------------

    #: template of the front page
    _dossier_template = None

    def _dossier_title(self):
        """Return the title of the front page."""
        raise NotImplementedError

    def _dossier_values(self, exhibits):
        """Return the values of the front page.

        :param exhibits: [(label, name, [PDF])]
        """
        raise NotImplementedError

    def _in_insurer_language(self):
        return self.with_context(lang=self._insurer_lang())

    def _insurer_page(self, template, values, title):
        """Print a page to the insurer, in its language, which self speaks already."""
        return self.env["recouv.document"]._print(
            template,
            values,
            company=self.company_id,
            title=title,
            recipient=self.insurer_id,
            lang=self.env.lang,
        )

    def _dossier(self):
        """Return the PDF.

        :raise UserError: a paper cannot be read or printed
        """
        filed = self._in_insurer_language()
        exhibits = filed._dossier_exhibits()
        return filed._print_dossier(filed._dossier_values(exhibits), exhibits)

    def _print_dossier(self, values, exhibits):
        front = self._insurer_page(
            self._dossier_template, values, self._dossier_title()
        )
        return self._assemble(front, exhibits)

    # --- putting together -------------------------------------------------------------

    def _assemble(self, front, exhibits):
        """Return one PDF, each page numbered, each exhibit marked.

        :param front: PDF
        :param exhibits: [(label, name, [PDF])]
        """
        parts = [
            dossier_pdf.Part(content, label if not index else "")
            for label, _name, contents in exhibits
            for index, content in enumerate(contents)
        ]
        return dossier_pdf.assemble(
            [dossier_pdf.Part(front), *parts], f"{self.name} – {{page}} / {{pages}}"
        )

    def _dossier_exhibits(self):
        """Return [(label, name, [PDF])]: reminders with proofs, then correspondence."""
        found = []
        for notice in self._notices():
            if documents := notice._insurer_documents():
                found.append((notice._insurer_name(), documents))
        # sudo: a paper that a colleague joined to this very record
        for document in self.sudo().document_ids:
            found.append((document.name, [self._readable(document)]))
        return [
            (self.env._("Exhibit no. %s", number), name, contents)
            for number, (name, contents) in enumerate(found, 1)
        ]

    def _readable(self, document):
        if document.res_model in CARE_MODELS:
            raise UserError(
                self.env._(
                    "“%(name)s” is the document of an invoice: it may name care, which "
                    "the insurer has no right to know. Take it out of the dossier.",
                    name=document.name,
                )
            )
        try:
            return dossier_pdf.as_pdf(document.raw or b"")
        except dossier_pdf.Unreadable as error:
            raise UserError(
                self.env._(
                    "“%(name)s” is neither a PDF nor a picture that can be read: take "
                    "it out of the dossier, or join it as a PDF.",
                    name=document.name,
                )
            ) from error

    def _notices(self):
        """Return the proven reminders of the claims, the oldest first."""
        lines = self.env["recouv.notice.line"].search(
            [
                ("claim_id", "in", self._told_claims().ids),
                ("kind", "=", "claim"),
                ("notice_id.proven_on", "!=", False),
            ]
        )
        return lines.notice_id.sorted(lambda n: (n.proven_on, n.id))

    # --- keeping ----------------------------------------------------------------------

    def _keep_paper(self, name, content):
        return self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
                "company_id": self.company_id.id,
            }
        )

    def _action_paper(self, document):
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{document.id}?download=true",
            "target": "download",
        }

    # --- words ------------------------------------------------------------------------

    def _insurer_lang(self):
        installed = dict(self.env["res.lang"].get_installed())
        wanted = (self.insurer_id.lang, self.company_id.partner_id.lang, LANG)
        return next((code for code in wanted if code in installed), self.env.lang)

    def _debtor_identity(self, debtor):
        """Return [(label, value)] of who owes: no more than an insurer needs."""
        _ = self.env._
        place = " ".join(filter(None, [debtor.zip, debtor.city]))
        address = ", ".join(filter(None, [debtor.street, debtor.street2, place]))
        rows = [
            (_("Debtor"), debtor.name),
            (_("Address"), address),
            (_("Registered under no."), debtor.is_company and debtor.vat),
        ]
        return [(label, value) for label, value in rows if value]

    def _day(self, day):
        return format_date(self.env, day) if day else ""


class RecouvNotice(models.Model):
    _inherit = "recouv.notice"

    def _insurer_documents(self):
        """Return the PDFs that an insurer may have of this reminder.

        A personal word in a letter may speak of the care: then the proofs only.
        """
        if not self.personal_note:
            return self._court_documents()
        proofs = self.proof_ids.sorted("id")
        return [pdf for each in proofs if (pdf := self._court_pdf(each))]

    def _insurer_name(self):
        name = self._court_name()
        if self.personal_note:
            name += " – " + self.env._("the letter has a personal word, not joined")
        return name
