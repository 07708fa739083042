from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from ..lib import identifiers
from .res_partner import PAYER_KINDS

EXEMPTIONS = [
    ("none", "None"),
    ("ald", "Long-term illness (ALD)"),
    ("maternity", "Maternity"),
    ("at", "Accident at work"),
    ("c2s", "C2S"),
    ("ame", "AME"),
    ("other", "Other"),
]
SOURCES = [
    ("card", "Carte Vitale"),
    ("adri", "Online service (ADRi, CDRi)"),
    ("paper", "Certificate on paper"),
    ("other", "Other"),
]
#: of these the caisse owes the whole tariff (CSS L160-14)
FULL_AMO = ("ald", "maternity", "at", "ame", "other")
#: patients of these owe nothing, overrun included (CSS L861-3; CASF L251-2)
NO_OVERRUN = ("c2s", "ame")


class RecouvCoverage(models.Model):
    """Rights of a patient with one payer, as they were checked on one day.

    New rights are a new record: the ones before say what was known of care before.
    """

    _name = "recouv.coverage"
    _description = "Rights"
    _order = "valid_from desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Patient",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    payer_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('recouv_payer_kind', '!=', False)]",
    )
    kind = fields.Selection(
        PAYER_KINDS,
        compute="_compute_kind",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    member_number = fields.Char(help="At most 15 letters and digits, as on the card.")
    regime = fields.Char(
        "Scheme",
        size=2,
        compute="_compute_kind",
        store=True,
        readonly=False,
        precompute=True,
    )
    rate = fields.Float(
        "Share (%)",
        digits=(5, 2),
        help="Of the tariff, overrun excluded. What the contract pays beyond it is "
        "given on the invoice.",
    )
    exemption = fields.Selection(EXEMPTIONS, required=True, default="none")
    is_third_party = fields.Boolean(
        "Third-party payment agreed",
        default=True,
        help="The payer pays the practice. Otherwise the patient pays and is "
        "reimbursed.",
    )
    valid_from = fields.Date()
    valid_to = fields.Date()
    checked_on = fields.Date(default=fields.Date.context_today)
    source = fields.Selection(SOURCES, required=True, default="card")
    document = fields.Binary(attachment=True)
    document_name = fields.Char()
    is_expired = fields.Boolean(compute="_compute_is_expired")

    # the relance asks which patients owe nothing at all
    _no_overrun_idx = models.Index(
        "(partner_id, company_id) WHERE exemption IN ('c2s', 'ame')"
    )
    _dates_order = models.Constraint(
        "CHECK (valid_from <= valid_to)", "Rights cannot end before they start."
    )
    _rate_percent = models.Constraint(
        "CHECK (rate >= 0 AND rate <= 100)", "A share is between 0 and 100 %."
    )

    @api.depends("payer_id")
    def _compute_kind(self):
        for coverage in self:
            payer = coverage.payer_id
            coverage.kind = payer.recouv_payer_kind or coverage.kind
            is_amo = payer.recouv_payer_kind == "amo"
            code = (payer.recouv_payer_code or "") if is_amo else ""
            coverage.regime = code[:2] or coverage.regime

    @api.depends("valid_to")
    def _compute_is_expired(self):
        today = fields.Date.context_today(self)
        for coverage in self:
            coverage.is_expired = bool(coverage.valid_to) and coverage.valid_to < today

    @api.depends("payer_id", "valid_to")
    def _compute_display_name(self):
        for coverage in self:
            until = format_date(self.env, coverage.valid_to)
            coverage.display_name = " – ".join(
                filter(None, [coverage.payer_id.display_name, until])
            )

    @api.onchange("exemption")
    def _onchange_exemption(self):
        if self.kind == "amo" and self.exemption in FULL_AMO:
            self.rate = 100

    # --- checks -------------------------------------------------------------------

    @api.constrains("payer_id", "kind")
    def _check_payer(self):
        for coverage in self:
            if coverage.payer_id.recouv_payer_kind != coverage.kind:
                raise ValidationError(
                    self.env._(
                        "%(payer)s is not known as a payer of that kind: say on its "
                        "form whether it is a caisse (AMO) or a mutual fund (AMC).",
                        payer=coverage.payer_id.display_name,
                    )
                )

    @api.constrains("member_number")
    def _check_member_number(self):
        for coverage in self.filtered("member_number"):
            self.env["res.partner"]._recouv_checked(
                identifiers.validate_member, coverage.member_number
            )

    @api.constrains("checked_on")
    def _check_checked_on(self):
        today = fields.Date.context_today(self)
        for coverage in self:
            if coverage.checked_on and coverage.checked_on > today:
                raise ValidationError(
                    self.env._("Rights cannot have been checked on a day to come.")
                )

    @api.constrains("partner_id", "payer_id", "kind", "valid_from", "valid_to")
    def _check_overlap(self):
        """One caisse at a time; several mutual funds, each once at a time."""
        for coverage in self:
            domain = coverage._overlap_domain()
            if coverage.kind == "amc":
                domain &= Domain("payer_id", "=", coverage.payer_id.id)
            if other := self.search(domain, limit=1):
                raise ValidationError(
                    self.env._(
                        "%(patient)s already has rights with %(payer)s on some of "
                        "these days: end them the day before the new ones start.",
                        patient=coverage.partner_id.display_name,
                        payer=other.payer_id.display_name,
                    )
                )

    def _overlap_domain(self):
        domain = Domain(
            [
                ("id", "!=", self.id),
                ("company_id", "=", self.company_id.id),
                ("partner_id", "=", self.partner_id.id),
                ("kind", "=", self.kind),
            ]
        )
        if self.valid_from:
            domain &= Domain("valid_to", "=", False) | Domain(
                "valid_to", ">=", self.valid_from
            )
        if self.valid_to:
            domain &= Domain("valid_from", "=", False) | Domain(
                "valid_from", "<=", self.valid_to
            )
        return domain

    # --- what they give -----------------------------------------------------------

    def _on(self, day):
        """Return those of these rights that cover a day."""
        return self.filtered(
            lambda c: (
                (not c.valid_from or c.valid_from <= day)
                and (not c.valid_to or c.valid_to >= day)
            )
        )

    def _rates(self):
        """Return ``(AMO percent, AMC percent)`` that these rights give together."""
        amo = self.filtered(lambda c: c.kind == "amo")[:1]
        amc = self.filtered(lambda c: c.kind == "amc")[:1]
        amo_rate = 100.0 if amo.exemption in FULL_AMO else amo.rate
        amc_rate = 100.0 - amo_rate if amc.exemption == "c2s" and amo else amc.rate
        return amo_rate, amc_rate
