from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class RecouvPlan(models.Model):
    """The acknowledgment of debt: printed to be signed, then kept with its date.

    Signed by the debtor it opens a new limitation period (art. 2240 and 2231 code
    civil; law.md §3); its contents follow art. 1376, for Switzerland art. 82 LP.
    """

    _inherit = "recouv.plan"
    # what else hangs on it came by its chatter
    _evidence_files = ("ack_document_id",)

    ack_date = fields.Date("Acknowledgment signed on", readonly=True, tracking=True)
    ack_document_id = fields.Many2one(
        "ir.attachment", "Signed acknowledgment", readonly=True
    )
    acknowledgment_ids = fields.One2many(
        "recouv.limitation.event", "plan_id", "Acknowledgments", readonly=True
    )

    def action_sign(self):
        """Open the dialog that keeps the signed document."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Signed acknowledgment of debt"),
            "res_model": "recouv.plan.sign",
            "view_mode": "form",
            "target": "new",
            "context": {"default_plan_id": self.id},
        }

    def _acknowledge(self, day, document):
        """Keep the signed document; the limitation starts again from its day.

        :param day: the day it was signed, not in the future
        :param document: the scan, an ``ir.attachment``
        """
        self.ensure_one()
        if self.state == "cancelled":
            raise UserError(
                self.env._("%(plan)s was cancelled.", plan=self.display_name)
            )
        if day > fields.Date.context_today(self):
            raise UserError(self.env._("It cannot be signed in the future."))
        if self.ack_date:
            raise UserError(
                self.env._(
                    "%(plan)s: the acknowledgment signed on %(day)s is kept already.",
                    plan=self.display_name,
                    day=format_date(self.env, self.ack_date),
                )
            )
        self._record({"ack_date": day, "ack_document_id": document.id})
        self.env["recouv.limitation.event"].create(
            [
                {
                    "claim_id": claim.id,
                    "kind": "acknowledgment",
                    "date": day,
                    "is_written": True,
                    "by_debtor": True,
                    "document_id": document.id,
                    "plan_id": self.id,
                }
                for claim in self.claim_ids
            ]
        )

    # --- the document ---------------------------------------------------------------

    def action_print(self):
        """Print the acknowledgment to sign, in the debtor's language."""
        self.ensure_one()
        document = self.env["ir.attachment"].create(
            {
                "name": self.env._("Acknowledgment of debt") + f" {self.id}.pdf",
                "raw": self._print_acknowledgment(),
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
                "company_id": self.company_id.id,
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{document.id}?download=true",
            "target": "self",
        }

    def _print_acknowledgment(self):
        """Return the PDF. :raise UserError: the printing program fails"""
        return self.env["recouv.document"]._pdf(
            self._acknowledgment_html(), self.display_name
        )

    def _acknowledgment_html(self):
        plan = self.with_context(lang=self._debtor_lang())
        qweb = plan.env["ir.qweb"]
        return "".join(
            [
                "<!DOCTYPE html><html><head><meta charset='utf-8'/>",
                qweb._render("recouv_lib.letter_style", {}),
                "</head><body>",
                qweb._render(
                    "recouv_lib.plan_acknowledgment", plan._acknowledgment_values()
                ),
                "</body></html>",
            ]
        )

    def _debtor_lang(self):
        installed = dict(self.env["res.lang"].get_installed())
        wanted = (self.signatory_id.lang, self.partner_id.lang, self.env.lang)
        return next((code for code in wanted if code in installed), "en_US")

    def _acknowledgment_values(self):
        _, creditor = self.env._, self._creditor()
        return {
            "title": _("Acknowledgment of debt and payment plan"),
            "creditor": self._party(creditor),
            "number": self._creditor_number(),
            "agent": self._agent_text(),
            "debtor": self._party(self._signatory()),
            "acting": self._acting_text(),
            "recognition": _(
                "I acknowledge that I owe %(creditor)s the sum of:",
                creditor=creditor.name,
            ),
            "figures": _("in figures (%(currency)s)", currency=self.currency_id.name),
            "words": _("in words"),
            "invoices": self._acknowledged_invoices(),
            "lines": [
                (format_date(self.env, line.date), self._money(line.amount))
                for line in self.line_ids
            ],
            "total": self._money(self.amount_total),
            "clauses": self._clauses(),
            "originals": _("Made in 2 originals, one for each party."),
        }

    def _signatory(self):
        return self.signatory_id or self.partner_id

    def _creditor(self):
        """Return to whom the debt is owed: an agency acts for a practice."""
        return self.claim_ids[:1]._creditor_partner()

    def _creditor_number(self):
        """Return the creditor's professional number, where the file knows it."""
        if self._creditor() != self.company_id.partner_id:
            return False
        return self.company_id._recouv_config().recouv_professional_number

    def _agent_text(self):
        """Say who acts for the creditor, empty where he acts himself."""
        agent = self.company_id.partner_id
        if self._creditor() == agent:
            return ""
        return self.env._(
            "represented by %(agent)s, which holds its written mandate",
            agent=self._party(agent),
        )

    def _party(self, partner):
        town = " ".join(filter(None, [partner.zip, partner.city]))
        parts = [partner.name, partner.street, partner.street2, town]
        return ", ".join(filter(None, parts))

    def _acting_text(self):
        """Who signs for another says so; no reason is given."""
        if self._signatory() == self.partner_id:
            return ""
        return self.env._("acting for %(debtor)s", debtor=self.partner_id.name)

    def _acknowledged_invoices(self):
        """Return [(reference, date, sum acknowledged)]; never an act, nor what is
        disputed and was left out."""
        return [
            (
                claim.reference,
                format_date(self.env, claim.invoice_date),
                self._money(claim.amount_residual_currency - self._left_out_of(claim)),
            )
            for claim in self.claim_ids.sorted("date_due")
        ]

    def _left_out_of(self, claim):
        """Return what is disputed of ``claim`` where this agreement leaves it out."""
        gap = self.currency_id.compare_amounts(self.amount_total, self.amount_start)
        if self.kind == "settlement" or not gap:
            return 0
        return min(claim._disputed_on_both_sides(), claim.amount_residual_currency)

    def _clauses(self):
        """Return the paragraphs after the table (law.md §11.6)."""
        _ = self.env._
        clauses = [_("No fee and no interest is added.")]
        if self.kind == "settlement":
            clauses.append(
                _(
                    "Paid in full by these dates, this sum closes the debt of "
                    "%(owed)s. Otherwise this agreement is void and the whole "
                    "remains due.",
                    owed=self._money(self.amount_start),
                )
            )
        else:
            clauses.append(
                _(
                    "If an instalment remains unpaid %(days)s days after a formal "
                    "notice that recalls this clause, the whole balance becomes due.",
                    days=self.grace_days,
                )
            )
        if self.company_id._recouv_country().code == "CH":
            clauses.append(
                _(
                    "This agreement is an unconditional acknowledgment of debt within "
                    "the meaning of art. 82 of the Swiss Debt Enforcement Act (LP)."
                )
            )
        return [Markup("%s") % clause for clause in clauses]


class RecouvLimitationEvent(models.Model):
    _inherit = "recouv.limitation.event"

    plan_id = fields.Many2one(
        "recouv.plan",
        "Agreement",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
