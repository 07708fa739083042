import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date, formatLang

from ..lib import court, dossier_pdf, interest

# a French court reads French
LANG = "fr_FR"


class RecouvLitigation(models.Model):
    """The exported dossier: one numbered PDF, from the petition to the last exhibit.

    Petition data, account of the sums and list of exhibits come first; then the
    exhibits in the order of the list: what the practice released, then the notices with
    their proofs. The first pages are printed twice, for the list names the page of each
    exhibit. No act and no care is anywhere but in an exhibit that was released.
    """

    _inherit = "recouv.litigation"
    # what else hangs on it came by its chatter
    _evidence_files = ("dossier_id",)

    dossier_id = fields.Many2one("ir.attachment", readonly=True, copy=False)
    dossier_on = fields.Datetime("Exported on", readonly=True, copy=False)

    def action_export(self):
        """Make the dossier, keep it, and download it."""
        self.ensure_one()
        self.check_access("write")
        if not self.line_ids:
            raise UserError(self.env._("Add the claims to sue for."))
        content = self._dossier()
        document = self.env["ir.attachment"].create(
            {
                "name": f"{self.name}.pdf",
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
                "company_id": self.company_id.id,
            }
        )
        self._record({"dossier_id": document.id, "dossier_on": fields.Datetime.now()})
        self.message_post(body=self._export_message(content))
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{document.id}?download=true",
            "target": "download",
        }

    def _export_message(self, content):
        return self.env._(
            "Dossier exported: %(pages)s pages, SHA-256 %(print)s.",
            pages=dossier_pdf.page_count(content),
            print=hashlib.sha256(content).hexdigest(),
        )

    def _dossier(self):
        """Return the PDF. :raise UserError: the printing program fails"""
        filed = self._in_french()
        exhibits = filed._dossier_exhibits()
        parts = [
            dossier_pdf.Part(part, label if not index else "")
            for label, _name, contents in exhibits
            for index, part in enumerate(contents)
        ]
        front = filed._front(exhibits, 0)
        front = filed._front(exhibits, dossier_pdf.page_count(front))
        return dossier_pdf.assemble(
            [dossier_pdf.Part(front), *parts], f"{self.name} – {{page}} / {{pages}}"
        )

    def _in_french(self):
        installed = dict(self.env["res.lang"].get_installed())
        return self.with_context(lang=LANG if LANG in installed else self.env.lang)

    def _front(self, exhibits, front_pages):
        """Return the first pages; ``front_pages``: how many they are, 0 if unknown."""
        return self.env["recouv.document"]._print(
            "recouv_lib.litigation_dossier",
            {
                **self._petition_values(),
                "claims": self._account_rows(),
                "contacts": self._contact_rows(),
                "exhibits": self._exhibit_rows(exhibits, front_pages),
            },
            company=self.company_id,
            title=self._petition_title(),
            lang=self.env.lang,
        )

    # --- petition -------------------------------------------------------------------

    def _petition_title(self):
        _ = self.env._
        return {
            court.PAYMENT_ORDER: _("Petition for an order to pay"),
            court.SMALL_CLAIMS: _("Request for the small-claims procedure"),
            court.INTERIM: _("Interim proceedings: data of the claim"),
            court.ORDINARY: _("Ordinary claim: data of the writ"),
        }[self.route]

    def _petition_values(self):
        """Return the mentions of CPC 54, 57 and 1407, in the context's language."""
        return {
            "is_draft": self.state == "draft",
            "recipient": self._recipient_lines(),
            "claimant": self._claimant_lines(),
            "mandatary": self._mandatary_lines(),
            "debtor": self._debtor_lines(),
            "amicable": self._amicable_text(),
            "words": self._petition_words(),
            "principal": self._money(self.amount_principal),
            "interest": self._money(self.amount_interest),
            "other": self._money(0.0),
            "total": self._money(self.amount_total),
            "asks_interest": self.claims_interest,
        }

    def _petition_words(self):
        """Return the sentences of the petition, whole, so that they translate well."""
        _, until = self.env._, format_date(self.env, self._sums_day())
        today = format_date(self.env, fields.Date.context_today(self))
        invoices = filter(None, self.line_ids.claim_id.mapped("reference"))
        return {
            "object": _(
                "The claimant asks that the debtor be ordered to pay the sums below "
                "(articles %s).",
                self._articles(),
            ),
            "ground": _(
                "Ground: contractual claim; unpaid fees, invoices %s. The sum is due "
                "and its amount is fixed.",
                ", ".join(invoices),
            ),
            "sums": _("Sums asked, on %s", until),
            "interest": _(
                "With interest at the legal rate on the principal from %s until full "
                "payment (articles 1231-6 and 1344-1 of the Civil Code).",
                until,
            ),
            "total": _("Total: %s", self._money(self.amount_total)),
            "place": ", ".join(filter(None, [self.company_id.city, today])),
        }

    def _sums_day(self):
        return self.filed_on or fields.Date.context_today(self)

    def _recipient_lines(self):
        """Who reads it: the court or, for small claims, the officer."""
        to = self.officer_id if self.route == court.SMALL_CLAIMS else self.court_id
        place = " ".join(filter(None, [to.zip, to.city]))
        return [line for line in (to.name, to.street, place) if line]

    def _claimant_lines(self):
        _ = self.env._
        if self.claimant_kind == "entity":
            more = [
                self.claimant_form,
                self.claimant_representative
                and _("represented by %s", self.claimant_representative),
            ]
        else:
            more = [
                self.claimant_profession,
                self.claimant_nationality
                and _("nationality: %s", self.claimant_nationality),
                self._birth_text(),
            ]
        return [line for line in (self.claimant_name, *more, self.claimant_address)
                if line]  # fmt: skip

    def _birth_text(self):
        if not self.claimant_birth_date:
            return ""
        return self.env._(
            "born on %(day)s in %(place)s",
            day=format_date(self.env, self.claimant_birth_date),
            place=self.claimant_birth_place or "…",
        )

    def _mandatary_lines(self):
        """Any mandatary may lodge a petition (CPC 1407)."""
        if self.capacity != "mandatary":
            return []
        address = self.env["recouv.notice"]._one_line_address
        return [self.company_id.name, address(self.company_id.partner_id)]

    def _debtor_lines(self):
        debtor = self.partner_id
        place = " ".join(filter(None, [debtor.zip, debtor.city]))
        lines = (debtor.name, debtor.street, debtor.street2, place)
        return [line for line in lines if line]

    def _articles(self):
        return {
            court.PAYMENT_ORDER: "1405 à 1422 du code de procédure civile",
            court.SMALL_CLAIMS: "L. 125-1 et R. 125-1 à R. 125-8 du code des "
            "procédures civiles d’exécution",
            court.INTERIM: "834 et 835 du code de procédure civile",
            court.ORDINARY: "54 et 56 du code de procédure civile",
        }[self.route]

    def _amicable_text(self):
        if not self.amicable_kind:
            return ""
        labels = dict(self._fields["amicable_kind"]._description_selection(self.env))
        day = self.amicable_on and format_date(self.env, self.amicable_on)
        words = " – ".join(filter(None, [labels[self.amicable_kind], day]))
        return self.env._("Amicable attempt: %s.", words)

    # --- account of the sums --------------------------------------------------------

    def _account_rows(self):
        return [line._account_row(self._sums_day()) for line in self.line_ids]

    # --- exhibits -------------------------------------------------------------------

    def _dossier_exhibits(self):
        """Return [(label, name, [PDF])]: what was released, then the notices."""
        found = []
        for exhibit in self.exhibit_ids._released():
            found.append((exhibit.name, [exhibit.document_id.raw]))
        for notice in self._notices():
            documents = notice._court_documents()
            if documents:
                found.append((notice._court_name(), documents))
        return [
            (self.env._("Exhibit no. %s", number), name, contents)
            for number, (name, contents) in enumerate(found, 1)
        ]

    def _exhibit_rows(self, exhibits, front_pages):
        rows, page = [], front_pages + 1
        for number, (_label, name, contents) in enumerate(exhibits, 1):
            count = sum(dossier_pdf.page_count(content) for content in contents)
            rows.append(
                {
                    "number": number,
                    "name": name,
                    "page": page if front_pages else "",
                    "pages": count,
                }
            )
            page += count
        return rows

    def _notices(self):
        """Return the proven notices that name these claims, the first ones first."""
        lines = self.env["recouv.notice.line"].search(
            [
                ("claim_id", "in", self.line_ids.claim_id.ids),
                ("kind", "=", "claim"),
                ("notice_id.proven_on", "!=", False),
            ]
        )
        return lines.notice_id.sorted(lambda n: (n.proven_on, n.id))

    def _contact_rows(self):
        return [notice._court_row() for notice in self._notices()]


class RecouvLitigationLine(models.Model):
    _inherit = "recouv.litigation.line"

    def _account_row(self, until):
        """Return what the account of the sums says of one claim, ready to print."""
        claim, money = self.claim_id, self.litigation_id._money
        return {
            "label": claim.reference or "",
            "date": format_date(self.env, claim.invoice_date),
            "due": format_date(self.env, claim.date_due),
            "notice": format_date(self.env, claim.formal_notice_date),
            "original": money(claim.amount_original),
            "lowered": money(claim.amount_original - self.amount_principal),
            "principal": money(self.amount_principal),
            "interest": money(self.amount_interest),
            "periods": self._period_rows(until),
        }

    def _period_rows(self, until):
        start = self.formal_notice_date
        if not (self.litigation_id.claims_interest and start and start < until):
            return []
        try:
            lines = self.claim_id._interest_lines(start, until)
        except interest.MissingRate:
            return []  # a draft; lodging is refused, and says which rate is missing
        return [self._period_row(line) for line in lines]

    def _period_row(self, line):
        money = self.litigation_id._money
        return {
            "words": self.env._(
                "%(start)s to %(end)s: %(days)s days at %(percent)s %% on "
                "%(principal)s",
                start=format_date(self.env, line.start),
                end=format_date(self.env, line.end),
                days=line.days,
                percent=formatLang(self.env, float(line.percent)),
                principal=money(float(line.principal)),
            ),
            "amount": money(self.currency_id.round(float(line.amount))),
        }


class RecouvNotice(models.Model):
    _inherit = "recouv.notice"

    def _court_documents(self):
        """Return the PDFs of this notice and of its proofs that can be read."""
        documents = [*self.document_id, *self.proof_ids.sorted("id")]
        return [pdf for each in documents if (pdf := self._court_pdf(each))]

    @api.model
    def _court_pdf(self, attachment):
        """Return a proof as a PDF, None for what is neither PDF nor picture."""
        try:
            return dossier_pdf.as_pdf(attachment.raw or b"")
        except dossier_pdf.Unreadable:
            return None

    def _court_name(self):
        """Name the notice as the list of exhibits does."""
        _, day = self.env._, format_date(self.env, self.proven_on)
        if self.step_id.is_formal_notice:
            name = _("Mise en demeure of %s", day)
        else:
            name = _("Reminder of %s", day)
        if self._court_tracking():
            name += " – " + _("registered letter %s", self._court_tracking())
        if self.proof_ids:
            name += " – " + _("with its proofs")
        return name

    def _court_row(self):
        labels = dict(self._fields["channel"]._description_selection(self.env))
        presented = self.date_presented or self.date_delivered
        return {
            "date": format_date(self.env, self.proven_on),
            "channel": labels.get(self.channel, ""),
            "amount": format_amount(self.env, self.amount, self.currency_id),
            "presented": format_date(self.env, presented) if presented else "",
            "tracking": self._court_tracking(),
        }

    def _court_tracking(self):
        """The post's number; what a provider calls an SMS proves nothing to a judge."""
        if self.channel != "registered_letter":
            return ""
        return ", ".join(filter(None, [self.tracking_ref, self.copy_tracking_ref]))
