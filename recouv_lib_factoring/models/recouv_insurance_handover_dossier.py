from odoo import fields, models
from odoo.exceptions import UserError


class RecouvInsuranceHandover(models.Model):
    """The paper of a hand-over to the insurer's service, kept as it was sent.

    One numbered PDF: policy, debtor, invoices by number with dates, sums and the limit
    they fall under, reminders made, list of exhibits, then these. No act and no note of
    care (CSP L1110-4, law.md §6.2).
    """

    _name = "recouv.insurance.handover"
    _inherit = ["recouv.insurance.handover", "recouv.insurance.paper"]
    _dossier_template = "recouv_lib_factoring.insurance_handover"

    document_id = fields.Many2one(
        "ir.attachment", "Hand-over dossier", readonly=True, copy=False
    )
    document_ids = fields.Many2many(
        "ir.attachment",
        "recouv_insurance_handover_document_rel",
        string="Correspondence for the dossier",
        copy=False,
        help="Letters, acknowledgments of debt. Nothing that names an act of care: the "
        "service has no right to it.",
    )

    def _told_claims(self):
        return self.claim_ids

    def _told_debtors(self):
        return self.claim_ids.partner_id

    def action_print_dossier(self):
        """Download the dossier; of what is not sent yet, as it would be."""
        self.ensure_one()
        self.check_access("read")
        if self.document_id:
            return self._action_paper(self.document_id)
        if not self.claim_ids:
            raise UserError(
                self.env._("%s: choose the claims first.", self.display_name)
            )
        self._check_consents()
        return self.env["recouv.document"]._download(
            self._dossier_name(), self._dossier()
        )

    def _check_consents(self):
        """:raise UserError: a debtor has not agreed to a collection by others"""
        for claim in self.claim_ids:
            if obstacle := self._consent_obstacle(claim):
                raise UserError(
                    self.env._(
                        "%(claim)s cannot be handed over: %(obstacle)s",
                        claim=claim.display_name,
                        obstacle=obstacle,
                    )
                )

    def _dossier_name(self):
        number = (self.name or self.env._("draft")).replace("/", "-")
        return self.env._("hand-over-%s.pdf", number)

    def _print_to_send(self):
        """Print the dossier of what is about to be sent, under its number.

        :return: (PDF, values of its front page, exhibits): :meth:`_check_printed`
            compares them
        :raise UserError: a paper cannot be read or printed
        """
        filed = self._in_insurer_language()
        exhibits = filed._dossier_exhibits()
        values = filed._dossier_values(exhibits)
        return filed._print_dossier(values, exhibits), values, exhibits

    def _check_printed(self, values, exhibits):
        """:raise UserError: what was printed is not what is sent any more"""
        if self._in_insurer_language()._dossier_values(exhibits) != values:
            raise UserError(
                self.env._(
                    "%s: its claims changed while the dossier was printed. Nothing was "
                    "sent; send it again.",
                    self.display_name,
                )
            )

    def _keep_dossier(self, content):
        document = self._keep_paper(self._dossier_name(), content)
        self._record({"document_id": document.id})

    def _dossier_title(self):
        return self.env._("Claims handed over for collection")

    def _dossier_values(self, exhibits):
        notices = self._notices()
        return {
            "head": self._dossier_head(),
            "debtors": [
                self._debtor_values(debtor, claims)
                for debtor, claims in self.claim_ids.grouped("partner_id").items()
            ],
            "contacts": [notice._court_row() for notice in notices],
            "exhibits": [(label, name) for label, name, _contents in exhibits],
            "note": self.note or "",
        }

    def _debtor_values(self, debtor, claims):
        limits = self._limits(debtor)
        return {
            "identity": self._debtor_identity(debtor),
            "claims": [
                self._claim_row(claim, limits)
                for claim in claims.sorted(lambda one: (one.date_due, one.id))
            ],
            "totals": self._totals(claims),
        }

    def _dossier_head(self):
        _, policy = self.env._, self.policy_id
        rows = [
            (_("Insurance policy"), policy.name or _("None: the claims are uninsured")),
            (_("Hand-over"), self.name),
            (_("Handed over on"), self._day(fields.Date.context_today(self))),
            (_("Collection service"), self.insurer_id.name),
            (_("Dispute"), _("None is open.")),
        ]
        return [row for row in rows if row[1]]

    def _limits(self, debtor):
        """Return {claim: row of the cover} of a debtor's items under this policy."""
        rows = self.env["recouv.insurance.cover"]._of_debtors(debtor, self.company_id)
        own = rows.filtered(
            lambda row: self.policy_id and row.policy_id == self.policy_id
        )
        return own.grouped("claim_id")

    def _claim_row(self, claim, limits):
        """Return what the dossier says of one claim: number, dates, sums, limit."""
        cover = limits.get(claim, self.env["recouv.insurance.cover"])[:1]
        limit = cover.limit_id
        money = claim.currency_id.format
        codes = dict(cover._fields["code"]._description_selection(self.env))
        reference = limit.reference or (limit and self._day(limit.answered_on))
        return {
            "number": claim.reference or "",
            "date": self._day(claim.invoice_date),
            "due": self._day(claim.date_due),
            "original": money(claim.amount_original),
            "unpaid": money(claim.amount_residual_currency),
            "limit": reference or "",
            "covered": self.currency_id.format(cover.amount_covered) if cover else "",
            "code": codes.get(cover.code, ""),
        }

    def _totals(self, claims):
        """Return what is unpaid, one sum for each currency."""
        return [
            currency.format(sum(own.mapped("amount_residual_currency")))
            for currency, own in claims.grouped("currency_id").items()
        ]
