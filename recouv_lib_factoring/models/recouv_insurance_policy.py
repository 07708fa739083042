from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.recouv_lib.lib.instalments import by_count
from odoo.addons.recouv_lib.lib.months import add_months

STATES = [("draft", "Draft"), ("active", "In force"), ("ended", "Closed")]
#: kinds of debtors that a policy may cover
DEBTOR_KINDS = [
    ("patient", "Patient"),
    ("professional", "Professional"),
    ("public", "Public body"),
]
BASES = [
    ("indemnity", "The indemnity and the loss left"),
    ("share", "The insured share and the rest"),
]
INSTALMENTS = [
    ("1", "Once a year"),
    ("2", "Twice a year"),
    ("4", "Quarterly"),
    ("12", "Monthly"),
]
#: what may be written of a policy in force
ALWAYS = frozenset({"document_ids", "note", "broker_id"})
#: days before its end on which a policy is to renew
RENEW_DAYS = 60


class RecouvInsurancePolicy(models.Model):
    """A credit insurance policy of one year, as the insurer wrote it.

    Every term is data of the contract: the code des assurances leaves credit insurance
    to the parties (L111-1). The product insures nobody and gives no advice: the insurer
    must be licensed (branche 14, R321-1) and whoever proposes the policy registered;
    here policies, limits and losses are recorded and their money is booked.

    Several may be in force at a time: ``recouv_insurance_scope.py`` says which of them
    an invoice is of.

    The sums of a policy are in the currency of its company's books; its year is
    accounted for in ``recouv_insurance_policy_year.py``.
    """

    _name = "recouv.insurance.policy"
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin"]
    _description = "Credit insurance policy"
    _evidence_files = ()  # papers of the insurer, gathered by the manager
    _order = "date_from desc, id desc"
    _check_company_auto = True

    name = fields.Char("Policy number", required=True, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    insurer_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        help="It must be licensed to insure credit; this product only records its "
        "policies, limits and losses.",
    )
    broker_id = fields.Many2one("res.partner", check_company=True)
    state = fields.Selection(
        STATES, required=True, default="draft", readonly=True, copy=False
    )
    date_from = fields.Date(
        "From", required=True, default=lambda self: self._default_start()
    )
    date_to = fields.Date(
        "Until",
        required=True,
        compute="_compute_date_to",
        store=True,
        readonly=False,
        precompute=True,
    )
    previous_id = fields.Many2one(
        "recouv.insurance.policy",
        "Replaces",
        copy=False,
        check_company=True,
        help="What is invoiced from the first day of this policy on is its own, also "
        "where the older one has not run out.",
    )
    document_ids = fields.Many2many(
        "ir.attachment", "recouv_insurance_policy_document_rel", string="Documents"
    )
    note = fields.Text()
    # --- what is covered
    covers_patient = fields.Boolean(
        "Patients",
        help="Trade credit policies normally leave private persons out: ask the "
        "insurer.",
    )
    covers_professional = fields.Boolean("Professionals", default=True)
    covers_public = fields.Boolean("Public bodies")
    excluded_category_ids = fields.Many2many(
        "res.partner.category",
        "recouv_insurance_policy_category_rel",
        string="Except debtors tagged",
    )
    insured_share = fields.Float("Insured share (%)", digits=(5, 2), default=90.0)
    discretionary_limit = fields.Monetary(
        "Limit without asking",
        help="Cover of a debtor for whom no limit was asked; zero: none.",
    )
    max_credit_days = fields.Integer(
        "Longest credit (days)",
        default=60,
        help="From the invoice to its due date; what is longer is not covered.",
    )
    stops_on_overdue = fields.Boolean(
        "New sales to a late debtor are not covered", default=True
    )
    # --- what is deducted
    deductible = fields.Monetary("Deductible per loss")
    annual_deductible = fields.Monetary("Deductible per year")
    minimum_claim = fields.Monetary(
        "Least loss", help="Nothing is paid for a smaller one."
    )
    maximum_sum = fields.Monetary("Most per year", help="Zero: see the multiple.")
    maximum_multiple = fields.Float(
        "Most per year (× premium)", digits=(6, 2), help="Zero: no maximum."
    )
    # --- delays
    notice_days = fields.Integer(
        "Overdue notice within (days)", default=30, help="After the due date."
    )
    notice_forfeits = fields.Boolean(
        "No cover without the notice in time", default=True
    )
    declaration_days = fields.Integer(
        "Loss declared within (days)", default=90, help="After the due date."
    )
    waiting_months = fields.Integer(
        "Waiting period (months)", default=5, help="From the declaration."
    )
    insolvency_days = fields.Integer(
        "After an insolvency (days)",
        default=30,
        help="From the admission of the claim in the proceedings, if that is sooner.",
    )
    insolvency_advance = fields.Float(
        "Advance after an insolvency (%)", digits=(5, 2), default=70.0
    )
    recovery_basis = fields.Selection(
        BASES,
        "Recoveries are shared by",
        required=True,
        default="indemnity",
        help="Net of costs, after the indemnity.",
    )
    # --- premium
    sector = fields.Char(help="Of the practice, as the table of rates names it.")
    rate_ids = fields.One2many("recouv.insurance.rate", "policy_id", "Rates", copy=True)
    minimum_premium = fields.Monetary("Least premium")
    provisional_premium = fields.Monetary(
        "Premium on account", help="Paid during the year, adjusted at its end."
    )
    instalments = fields.Selection(
        INSTALMENTS, "Premium paid", required=True, default="4"
    )
    file_fee = fields.Monetary("Fee per limit asked")
    tax_rate = fields.Float(
        "Insurance tax (%)",
        digits=(5, 2),
        help="Not deductible: booked with the premium.",
    )
    limit_ids = fields.One2many(
        "recouv.insurance.limit", "policy_id", "Limits", copy=False
    )
    premium_ids = fields.One2many(
        "recouv.insurance.premium", "policy_id", "Premiums", copy=False
    )
    declaration_ids = fields.One2many(
        "recouv.insurance.declaration", "policy_id", "Declarations", copy=False
    )
    loss_ids = fields.One2many(
        "recouv.insurance.loss", "policy_id", "Losses", copy=False
    )
    _number_once = models.UniqueIndex(
        "(company_id, insurer_id, name, date_from)", "This policy is recorded already."
    )
    _dates_ordered = models.Constraint(
        "CHECK(date_to >= date_from)", "A policy cannot end before it begins."
    )
    _percents = models.Constraint(
        "CHECK(insured_share > 0 AND insured_share <= 100 AND insolvency_advance >= 0 "
        "AND insolvency_advance <= 100 AND tax_rate >= 0 AND tax_rate <= 100)",
        "A percentage lies between 0 and 100, and the insured share above zero.",
    )
    _no_negative_sum = models.Constraint(
        "CHECK(deductible >= 0 AND annual_deductible >= 0 AND minimum_claim >= 0 AND "
        "maximum_sum >= 0 AND maximum_multiple >= 0 AND discretionary_limit >= 0 AND "
        "minimum_premium >= 0 AND provisional_premium >= 0 AND file_fee >= 0)",
        "The sums of a policy cannot be negative.",
    )
    _no_negative_delay = models.Constraint(
        "CHECK(max_credit_days >= 0 AND notice_days >= 0 AND declaration_days >= 0 AND "
        "waiting_months >= 0 AND insolvency_days >= 0)",
        "The delays of a policy cannot be negative.",
    )
    # which policy covers an invoice is asked by its date
    _period_idx = models.Index(
        "(company_id, date_from, date_to) WHERE state <> 'draft'"
    )

    @api.model
    def _default_start(self):
        return fields.Date.start_of(fields.Date.context_today(self), "year")

    @api.depends("date_from")
    def _compute_date_to(self):
        for policy in self.filtered("date_from"):
            end = add_months(policy.date_from, 12)
            policy.date_to = fields.Date.subtract(end, days=1)

    @api.depends("name", "insurer_id")
    def _compute_display_name(self):
        for policy in self:
            insurer = policy.insurer_id.display_name or ""
            policy.display_name = f"{insurer} {policy.name or ''}".strip()

    # --- what may be written ----------------------------------------------------------

    def _editable_fields(self):
        """EXTENDS: a policy in force is not rewritten; its papers are filed."""
        if self.state == "draft":
            return frozenset(self._fields) - {"state", *UNDO_FIELDS}
        return ALWAYS

    @api.model
    def _creatable_fields(self):
        return frozenset(self._fields) - {"state", *UNDO_FIELDS}

    def _is_deletable(self):
        return self.state == "draft" or super()._is_deletable()

    @api.model
    def _evidence_advice(self):
        return self.env._("Undo its entry into force, or renew it with other terms.")

    def _check_draft(self):
        """:raise UserError: the terms of a policy in force are not changed"""
        for policy in self:
            if policy.state != "draft":
                raise UserError(
                    self.env._(
                        "%s is in force: its rates are not changed any more.",
                        policy.display_name,
                    )
                )

    # --- in force ---------------------------------------------------------------------

    def action_activate(self):
        """Put the policy into force, with the instalments of its premium.

        :raise UserError: not a manager, no table of rates, or another one in force
        """
        self.company_id._recouv_check_manager(self.env._("put a policy into force"))
        for policy in self:
            policy._check_activable()
            policy._record({"state": "active"})
            policy._plan_instalments()
        return True

    def _check_activable(self):
        if self.state != "draft":
            raise UserError(self.env._("%s is in force already.", self.display_name))
        if not (self.covers_patient or self.covers_professional or self.covers_public):
            raise UserError(
                self.env._("%s: say which debtors it covers.", self.display_name)
            )
        if not self.rate_ids:
            raise UserError(
                self.env._(
                    "%s: enter its table of rates, so that the premium can be "
                    "computed.",
                    self.display_name,
                )
            )
        self._check_no_other()

    def _plan_instalments(self):
        """Make the instalments of the premium on account, dated over the year."""
        if not self.provisional_premium:
            return
        count = int(self.instalments)
        parts = by_count(
            Decimal(str(self.provisional_premium)),
            count,
            self.date_from,
            rounding=Decimal(str(self.currency_id.rounding)),
        )
        self.env["recouv.insurance.premium"]._record_new(
            [
                {
                    "policy_id": self.id,
                    "kind": "deposit",
                    # a policy of less than a year is paid within it
                    "date": min(
                        add_months(self.date_from, rank * (12 // count)), self.date_to
                    ),
                    "amount": float(part.amount),
                }
                for rank, part in enumerate(parts)
            ]
        )

    def action_renew(self):
        """Prepare the policy of the next year with the same terms, as a draft."""
        self.ensure_one()
        self.company_id._recouv_check_manager(self.env._("renew a policy"))
        start = fields.Date.add(self.date_to, days=1)
        renewed = self._recording().copy(
            {
                "name": self.name,
                "date_from": start,
                "date_to": fields.Date.subtract(add_months(start, 12), days=1),
                "previous_id": self.id,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": renewed.id,
            "view_mode": "form",
        }

    def _undo_obstacle(self):
        if obstacle := super()._undo_obstacle():
            return obstacle
        if self.state == "draft":
            return self.env._("it is not in force yet; change or delete it.")
        if self.state == "ended":
            return self._year_obstacle()
        if self.premium_ids._standing().move_id:
            return self.env._("a premium is booked on it; undo that first.")
        if self.limit_ids or self.loss_ids or self.declaration_ids:
            return self.env._("limits, losses or declarations stand on it.")
        return None

    def _undo(self):
        """One step back: a closed year is open again, to be adjusted anew; a policy in
        force is a draft again, its terms were entered wrongly."""
        self.company_id._recouv_check_manager(self.env._("undo a policy"))
        # two clicks, two people: the second one is told so
        self._recouv_lock_rows()
        for policy in self:
            back = {"ended": "active", "active": "draft"}
            policy._record({"state": back.get(policy.state, policy.state)})

    def _record_undo(self, vals):
        """EXTENDS: its instalments go with it; a draft may come into force again."""
        drafts = self.filtered(lambda policy: policy.state == "draft")
        drafts.premium_ids._standing().undo(vals["undo_reason"])
        return self._record({"undo_reason": vals["undo_reason"]})

    # --- which policy -----------------------------------------------------------------

    def _covers_debtor(self, partner):
        """Say whether the policy covers debtors of this kind."""
        self.ensure_one()
        kind = partner._recouv_debtor_kind()
        known = kind in dict(DEBTOR_KINDS) and self[f"covers_{kind}"]
        return bool(known and not partner.category_id & self.excluded_category_ids)

    @api.model
    def _renewal_domain(self, today):
        return Domain("state", "=", "active") & Domain(
            "date_to", "<=", fields.Date.add(today, days=RENEW_DAYS)
        )

    @api.constrains("insurer_id", "company_id")
    def _check_insurer(self):
        for policy in self:
            if policy.insurer_id == policy.company_id.partner_id:
                raise ValidationError(
                    self.env._("A practice cannot be its own insurer.")
                )

    def action_ask_limit(self):
        """Open a new request for a limit under this policy."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "recouv.insurance.limit",
            "view_mode": "form",
            "context": {"default_policy_id": self.id},
        }

    def action_declare_turnover(self):
        """Count the turnover of the next period that is not declared yet."""
        self.ensure_one()
        declaration = self.env["recouv.insurance.declaration"]._prepare(self)
        return {
            "type": "ir.actions.act_window",
            "res_model": declaration._name,
            "res_id": declaration.id,
            "view_mode": "form",
        }


UNDO_FIELDS = frozenset({"undone_on", "undone_by_id", "undo_reason"})
