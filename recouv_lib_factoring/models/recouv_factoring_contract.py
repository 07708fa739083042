from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.recouv_lib.models.recouv_mandate import PARTIES

STATES = [("draft", "Draft"), ("signed", "Signed"), ("ended", "Ended")]
#: what the buyer is in banking law (CMF L511-5): who is none of both buys nothing
#: that is not due yet
BUYER_STATUSES = [
    ("credit_institution", "Credit institution"),
    ("financing_company", "Financing company"),
    ("none", "Neither: due receivables only"),
]
VAT_TREATMENTS = [("taxable", "Taxable"), ("exempt", "Exempt")]
SUBMISSIONS = [
    ("manual", "By hand, from the invoices"),
    ("posting", "Every invoice, from its posting"),
]
BUYER_SIGNATURES = [
    ("acceptance", "By its acceptance of each receivable"),
    ("deed", "On each deed"),
]
#: what the parties agree on; frozen by the first signature
TERMS = frozenset(
    {
        "mandate_id",
        "valid_from",
        "valid_to",
        "notice_days",
        "submission",
        "is_automatic",
        "needs_check",
        "hand_checks_bind",
        "buyer_signature",
        "buyer_status",
        "legal_opinion",
        "legal_opinion_name",
        "commission_rate",
        "commission_fixed",
        "commission_min",
        "commission_vat",
        "commission_vat_rate",
        "financing_rate",
        "financing_vat",
        "holdback_rate",
        "holdback_days",
        "refund_commission",
        "net_returns",
        "agrees_nonexistent",
        "agrees_disputed",
        "agrees_already_paid",
        "agrees_care_not_performed",
        "limit_debtor",
        "limit_month",
        "limit_total",
        "limit_practice",
        "special_terms",
    }
)


class RecouvFactoringContract(models.Model):
    """By which a practice sells its receivables to an agency, without recourse.

    Both companies read it, so that it carries no discussion and no link to anything
    else of either. It needs the collection mandate of the same parties: what is not
    sold is reminded and collected under it (D06). Once a party has signed, its terms
    do not change any more (``recouv_factoring_contract_sign.py``).
    """

    _name = "recouv.factoring.contract"
    _inherit = ["recouv.evidence.mixin"]
    _description = "Factoring contract"
    _order = "valid_from desc, id desc"

    name = fields.Char("Number", required=True, copy=False, default="/", readonly=True)
    company_id = fields.Many2one(
        "res.company",
        "Practice",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    agency_id = fields.Many2one("res.company", "Buyer", required=True, index=True)
    practice_name = fields.Char("Name of the practice", compute="_compute_names")
    agency_name = fields.Char("Name of the buyer", compute="_compute_names")
    mandate_id = fields.Many2one(
        "recouv.mandate",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('company_id', '=', company_id), ('scope', '=', 'collection'), "
        "('state', '=', 'signed')]",
        help="The collection mandate of the same two parties: what is not bought is "
        "reminded and collected under it.",
    )
    state = fields.Selection(
        STATES, required=True, default="draft", readonly=True, copy=False
    )
    valid_from = fields.Date(
        "In force from", required=True, default=fields.Date.context_today
    )
    valid_to = fields.Date("Until", help="Empty: until one of the parties ends it.")
    notice_days = fields.Integer("Notice (days)", default=30)
    ended_on = fields.Date("No longer in force from", readonly=True, copy=False)
    end_reason = fields.Char("Why it ended", readonly=True, copy=False)
    end_party = fields.Selection(PARTIES, "Ended by", readonly=True, copy=False)
    currency_id = fields.Many2one(related="company_id.currency_id")
    # --- how it works
    submission = fields.Selection(
        SUBMISSIONS,
        "What is offered",
        required=True,
        default="manual",
        help="From its posting: an invoice is put on the next schedule when it is "
        "posted, and offered by the daily job once it was sent.",
    )
    is_automatic = fields.Boolean(
        "Accepted automatically",
        help="What passes every check is bought without anybody's look. A refusal is "
        "always confirmed by a person.",
    )
    needs_check = fields.Boolean(
        "Needs a solvency check",
        default=True,
        help="Acceptance is proposed only with a check that still counts.",
    )
    hand_checks_bind = fields.Boolean(
        "Checks entered by hand bind",
        help="A clean check before treatment binds the buyer for four months: always "
        "when the buyer's own provider answered, and by this term also when the "
        "practice entered the answer.",
    )
    buyer_signature = fields.Selection(
        BUYER_SIGNATURES, "The buyer signs", required=True, default="acceptance"
    )
    # --- the buyer
    buyer_status = fields.Selection(
        BUYER_STATUSES, "Status of the buyer", required=True, default="none"
    )
    legal_opinion = fields.Binary(
        "Legal opinion",
        attachment=True,
        copy=False,
        help="A buyer that is neither credit institution nor financing company buys "
        "due receivables only, and on a lawyer's written opinion.",
    )
    legal_opinion_name = fields.Char(copy=False)
    # --- the price
    commission_rate = fields.Float("Commission (%)", digits=(5, 2))
    commission_fixed = fields.Monetary("Commission per receivable")
    commission_min = fields.Monetary("Least commission per schedule")
    commission_vat = fields.Selection(
        VAT_TREATMENTS, "VAT on the commission", required=True, default="taxable"
    )
    commission_vat_rate = fields.Float("VAT rate (%)", digits=(5, 2), default=20.0)
    financing_rate = fields.Float(
        "Financing (% a year)",
        digits=(5, 2),
        help="On the days between payment and due date; none on what is due.",
    )
    financing_vat = fields.Selection(
        VAT_TREATMENTS, "VAT on the financing", required=True, default="exempt"
    )
    holdback_rate = fields.Float("Holdback (%)", digits=(5, 2))
    holdback_days = fields.Integer("Holdback released after (days)", default=90)
    # --- limits; zero: none
    limit_debtor = fields.Monetary(
        "Limit per debtor",
        help="0: none. What is at risk under any contract of the same two parties "
        "counts.",
    )
    limit_month = fields.Monetary(
        "Limit per month",
        help="0: none. What was offered under any contract of the same two parties "
        "counts.",
    )
    limit_total = fields.Monetary(
        "Limit in total", help="0: none. What is at risk under this contract counts."
    )
    limit_practice = fields.Monetary(
        "Limit of the practice",
        help="0: none. What is at risk under all contracts of the same two parties "
        "counts.",
    )
    special_terms = fields.Text()
    # --- what the user who looks may do
    own_party = fields.Selection(PARTIES, compute="_compute_own_party")
    is_editable = fields.Boolean(compute="_compute_own_party")
    can_sign = fields.Boolean(compute="_compute_own_party")

    _number_once = models.UniqueIndex(
        "(company_id, name) WHERE name <> '/'",
        "This number is taken by another contract of the practice: try again.",
    )
    _valid_dates = models.Constraint(
        "CHECK(valid_to IS NULL OR valid_to >= valid_from)",
        "A contract cannot end before it begins.",
    )
    _fair_rates = models.Constraint(
        "CHECK(commission_rate BETWEEN 0 AND 100 AND holdback_rate BETWEEN 0 AND 100 "
        "AND financing_rate BETWEEN 0 AND 100 AND commission_vat_rate BETWEEN 0 AND "
        "100)",
        "A rate lies between 0 and 100 %.",
    )
    _positive_sums = models.Constraint(
        "CHECK(commission_fixed >= 0 AND commission_min >= 0 AND limit_debtor >= 0 AND "
        "limit_month >= 0 AND limit_total >= 0 AND limit_practice >= 0 AND "
        "holdback_days >= 0 AND "
        "notice_days >= 0)",
        "A sum, a limit or a delay of the contract cannot be negative.",
    )
    # a sale is proposed and decided under the contract in force
    _parties_idx = models.Index("(company_id, agency_id, state)")

    @api.depends("company_id", "agency_id")
    def _compute_names(self):
        for contract in self:
            # sudo: the parties know each other's name, and nothing else of the company
            parties = contract.sudo()
            contract.practice_name = parties.company_id.name
            contract.agency_name = parties.agency_id.name

    @api.depends("name", "agency_id", "company_id")
    @api.depends_context("lang", "uid")
    def _compute_display_name(self):
        own = self.env.user.company_ids
        for contract in self:
            other = (
                contract.practice_name
                if contract.agency_id in own
                else contract.agency_name
            )
            number = contract.name if contract.name != "/" else self.env._("Contract")
            contract.display_name = " – ".join(filter(None, [number, other]))

    @api.depends("state", "company_id", "agency_id", "practice_signed_on",
                 "agency_signed_on")  # fmt: skip
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_own_party(self):
        decides = self.env.user.has_group("recouv_lib.group_manager")
        for contract in self:
            party = contract._party_of(self.env.companies)
            open_ = contract.state == "draft" and decides
            signed = contract._signed_parties()
            contract.own_party = party
            contract.is_editable = open_ and party == "practice" and not signed
            contract.can_sign = open_ and bool(party) and party not in signed

    def _party_of(self, companies):
        """Return the party that these companies are: practice, agency or False."""
        if self.company_id in companies:
            return "practice"
        return "agency" if self.agency_id in companies else False

    @api.constrains("mandate_id", "company_id", "agency_id")
    def _check_parties(self):
        for contract in self.sudo():  # sudo: whose mandate it is, nothing more
            mandate = contract.mandate_id
            if contract.company_id == contract.agency_id:
                raise ValidationError(self.env._("A practice cannot be its own buyer."))
            if (mandate.company_id, mandate.agency_id, mandate.scope) != (
                contract.company_id,
                contract.agency_id,
                "collection",
            ):
                raise ValidationError(
                    self.env._(
                        "The contract %s needs the collection mandate of the same two "
                        "parties.",
                        contract.name,
                    )
                )

    # --- what is agreed is not edited -----------------------------------------------

    def _editable_fields(self):
        """EXTENDS: a draft is prepared; what somebody signed is not edited."""
        if self.state == "draft" and not self._signed_parties():
            return TERMS
        return frozenset()

    @api.model
    def _creatable_fields(self):
        return TERMS | {"company_id", "agency_id"}

    def _is_deletable(self):
        if self.state == "draft" and not self._signed_parties():
            return True
        return super()._is_deletable()

    @api.model
    def _evidence_advice(self):
        return self.env._("Agree on a new contract, or end this one.")

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS: the buyer is the agency of the mandate; each has its number."""
        for vals in vals_list:
            if vals.get("mandate_id") and not vals.get("agency_id"):
                vals["agency_id"] = self._agency_of(vals["mandate_id"])
        contracts = super().create(vals_list)
        numbering = self.env["recouv.collection"]
        for contract in contracts.filtered(lambda c: c.name == "/"):
            number = numbering._next_number(contract.company_id, "CF")
            contract._record({"name": number})
        return contracts

    def write(self, vals):
        """EXTENDS: another mandate brings its agency along."""
        if vals.get("mandate_id") and "agency_id" not in vals:
            self.check_access("write")
            for contract in self:
                contract._check_editable(vals.keys())
            agency_id = self._agency_of(vals["mandate_id"])
            return self._recording().write({**vals, "agency_id": agency_id})
        return super().write(vals)

    @api.model
    def _agency_of(self, mandate_id):
        mandate = self.env["recouv.mandate"].browse(mandate_id)
        mandate.check_access("read")
        # sudo: the id of the agency of a mandate that the user reads
        return mandate.sudo().agency_id.id

    # --- in force -------------------------------------------------------------------

    @api.model
    def _in_force_domain(self, day):
        """Contracts under which receivables are sold on ``day``; for past days too."""
        return (
            Domain("state", "!=", "draft")
            & Domain("valid_from", "<=", day)
            & (Domain("valid_to", "=", False) | Domain("valid_to", ">=", day))
            & (Domain("ended_on", "=", False) | Domain("ended_on", ">", day))
        )

    @api.model
    def _in_force(self, company, day, agency=None):
        """Return the contract of a practice in force on ``day``, the latest one.

        :param company: the practice
        :param agency: the company that buys, any when None
        """
        domain = self._in_force_domain(day) & Domain("company_id", "=", company.id)
        if agency:
            domain &= Domain("agency_id", "=", agency.id)
        return self.search(domain, limit=1)

    def _stop_code(self, day):
        """Return why nothing is sold under it on ``day``: a code, empty when it is."""
        self.ensure_one()
        contract = self.sudo()  # sudo: dates of what both parties signed
        if not contract.filtered_domain(self._in_force_domain(day)):
            return "contract_ended"
        if not contract.mandate_id._on_day(day)._is_active(day):
            return "mandate_ended"
        return "public_creditor" if contract.company_id.recouv_is_public else ""

    @api.model
    def _stop_messages(self):
        """Return {code: sentence} of :meth:`_stop_code`."""
        _ = self.env._
        return {
            "contract_ended": _("The factoring contract is not in force."),
            "mandate_ended": _("The collection mandate is not in force."),
            "public_creditor": _(
                "The practice is a public body: its public accountant collects, "
                "nothing may be sold."
            ),
        }

    def _check_in_force(self, day):
        """:raise UserError: nothing is sold under it on ``day``"""
        for contract in self:
            if code := contract._stop_code(day):
                raise UserError(
                    self.env._(
                        "%(contract)s: %(obstacle)s",
                        contract=contract.display_name,
                        obstacle=self._stop_messages()[code],
                    )
                )

    @api.model
    def _cron_end(self):
        """Close what the calendar ended; who sells looks at the dates himself."""
        today = fields.Date.context_today(self)
        # sudo: the job of every company; only dates decide
        running = self.sudo().search([("state", "=", "signed")])
        over = running.filtered(
            lambda c: (
                (c.ended_on and c.ended_on <= today)
                or (c.valid_to and c.valid_to < today)
            )
        )
        over._record({"state": "ended"})
