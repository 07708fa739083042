from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date


class RecouvWriteOff(models.Model):
    """The certificate of irrecoverability: kept as printed at the decision.

    It names the debtor and the invoice, no act and no care; it stays in the practice.
    """

    _inherit = "recouv.write.off"

    def action_print(self):
        """Download the certificate; of a draft, as it would be."""
        self.ensure_one()
        if self.document_id:
            return {
                "type": "ir.actions.act_url",
                "url": f"/web/content/{self.document_id.id}?download=true",
                "target": "download",
            }
        return self.env["recouv.document"]._download(
            self._certificate_name(), self._certificate()
        )

    def _certificate_name(self):
        number = (self.name or self.claim_id.reference or "").replace("/", "-")
        return self.env._("write-off-%s.pdf", number)

    def _keep_certificate(self):
        attachment = self.env["ir.attachment"].create(
            {
                "name": self._in_paper_lang()._certificate_name(),
                "raw": self._certificate(),
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
                "company_id": self.company_id.id,
            }
        )
        self._record({"document_id": attachment.id})

    def _certificate(self):
        act = self._in_paper_lang()
        return self.env["recouv.document"]._print(
            "recouv_lib.write_off_body",
            act._certificate_values(),
            company=self.company_id,
            title=act.env._("Certificate of irrecoverability"),
            lang=act.env.lang,
        )

    def _in_paper_lang(self):
        """Return the act in the language of its company, whoever decides."""
        lang = self.company_id.partner_id.lang or self.env.lang
        return self.with_context(lang=lang)

    def _certificate_values(self):
        if not self.claim_id:
            raise UserError(self.env._("Choose a claim."))
        reasons = dict(self._fields["reason"]._description_selection(self.env))
        amount = self.amount_currency or self.amount_open
        opinion_on = self.opinion_on
        # sudo: names of the entry, its account and who decided, for the paper
        return {
            "rows": self._certificate_rows(amount),
            "reason": reasons.get(self.reason, ""),
            "explanation": (self.explanation or "").splitlines(),
            "attempts": (self.attempts or self._attempts_text()).splitlines(),
            "opinion": (self.agency_opinion or "").splitlines(),
            "opinion_on": format_date(self.env, opinion_on) if opinion_on else "",
            "cash_basis": (
                self.is_cash_basis
                if self.state == "decided"
                else self.company_id.recouv_cash_basis
            ),
            "account": self.loss_account_id.sudo().display_name,
            "entry": self.sudo().move_id.name,
            "decided_by": self.decided_by_id.sudo().name,
            "decided_on": self.decided_on
            and format_date(
                self.env, fields.Datetime.context_timestamp(self, self.decided_on)
            ),
        }

    def _certificate_rows(self, amount):
        _, claim = self.env._, self.claim_id

        def day(value):
            return format_date(self.env, value) if value else ""

        def money(value):
            return format_amount(self.env, value, claim.currency_id)

        rows = [
            (_("Number"), self.name or ""),
            (_("Debtor"), claim.partner_id.name),
            (_("Invoice"), claim.display_name),
            (_("Dated"), day(claim.invoice_date)),
            (_("Due on"), day(claim.date_due)),
            (_("Mise en demeure presented on"), day(claim.formal_notice_date)),
            (_("Original amount"), money(claim.amount_original)),
            (_("Written off"), money(amount)),
        ]
        if not self.company_currency_id.is_zero(self.amount_tax):
            tax = format_amount(self.env, self.amount_tax, self.company_currency_id)
            rows.append((_("Of which tax that is not due, unpaid as it was"), tax))
        return [(label, value) for label, value in rows if value]
