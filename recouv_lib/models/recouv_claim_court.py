from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date

from ..lib import interest
from ..lib.court import ENDS

# suspensions under which nobody is sued: contested, forbidden by law, or agreed upon
FORBIDDING_HOLDS = (
    "dispute",
    "complaint",
    "over_indebted",
    "deceased",
    "minor",
    "protected",
    "hospitalised",
    "promise",
    "plan",
    "settlement",
    "cheque",
    "awaiting_reimbursement",
)
# of these, what stops no measure once a title says that the debt is owed
SETTLED_BY_TITLE = ("dispute", "complaint", "hospitalised", "awaiting_reimbursement")


class RecouvClaim(models.Model):
    """A claim before the court: what stands against it, and the interest it bears."""

    _inherit = "recouv.claim"

    litigation_line_ids = fields.One2many(
        "recouv.litigation.line", "claim_id", "Court files", readonly=True
    )
    litigation_count = fields.Integer(compute="_compute_litigation_count")

    @api.depends("litigation_line_ids")
    def _compute_litigation_count(self):
        for claim in self:
            claim.litigation_count = len(claim.litigation_line_ids.litigation_id)

    # --- crossing -------------------------------------------------------------------

    def _practice_claim(self):
        """Return the practice's own claim that this one stands for.

        The claim itself, for who sues on his own; nothing for an agency's mirror, whose
        practice is reached only through the placement.
        """
        self.ensure_one()
        return self.browse() if self.capacity == "mandatary" else self

    def _is_with_its_own(self):
        """Say whether nobody else holds it than who works it."""
        own = {"mandatary": "agency", "assignee": "buyer"}
        return self.holder == own.get(self.capacity, "practice")

    def _creditor_partner(self):
        """Return the contact of who is owed the money."""
        self.ensure_one()
        return self.company_id.partner_id

    # --- to court -------------------------------------------------------------------

    def action_take_to_court(self):
        """Open the file being prepared on these claims, or make one per debtor."""
        if not self:
            raise UserError(self.env._("Choose the claims to sue for."))
        self.env["recouv.litigation"].check_access("create")
        files = self.env["recouv.litigation"]
        for claims in self.grouped(
            lambda claim: (claim.company_id, claim.partner_id, claim.currency_id)
        ).values():
            files |= claims._open_litigations() or claims._make_litigation()
        return files._action_open()

    def _open_litigations(self):
        """Return the files of these claims that have not ended."""
        return self.env["recouv.litigation"].search(
            [("line_ids.claim_id", "in", self.ids), ("state", "not in", ENDS)]
        )

    def _make_litigation(self):
        files = self.env["recouv.litigation"].with_company(self.company_id)
        return files.create(
            {
                "company_id": self.company_id.id,
                "partner_id": self.partner_id.id,
                "currency_id": self.currency_id.id,
                "line_ids": [Command.create({"claim_id": claim.id}) for claim in self],
            }
        )

    def action_view_litigations(self):
        return self.litigation_line_ids.litigation_id._action_open()

    # --- what stands against it -----------------------------------------------------

    def _court_obstacles(self, litigation):
        """Return why this claim cannot go to court now, as sentences.

        :param litigation: the file that asks; what it did itself is no obstacle
        """
        self.ensure_one()
        _, today = self.env._, fields.Date.context_today(self)
        compare = self.currency_id.compare_amounts
        owed = compare(self.amount_residual_currency, 0) > 0
        asked = compare(self._collectable_residual(), 0) > 0
        wanted = [
            (not self.closed_on and self.settlement == "open" and owed,
             _("nothing is owed any more")),
            (asked or not owed, _("what is left of it may not be collected")),
            (not self.in_review, _("it is to be reviewed first")),
            (self._is_with_its_own() or litigation._holds(self),
             self._holder_sentence()),
            (not self.limitation_date or self.limitation_date >= today,
             _("the right to sue has expired")),
            (not self.is_fragile,
             _("its overrun has no signed quote: a manager confirms it first")),
            (not self.move_id.recouv_confidential,
             _("the care is confidential: a court file would reveal it")),
            (not self.amount_disputed,
             _("a part of it is disputed: answer the dispute first")),
            *self._formal_notice_elements(today),
            *self._hold_elements(litigation),
        ]  # fmt: skip
        return [sentence for fine, sentence in wanted if not fine]

    def _holder_sentence(self):
        labels = dict(self._fields["holder"]._description_selection(self.env))
        return self.env._("it is held by: %s", labels.get(self.holder, ""))

    def _formal_notice_elements(self, today):
        """A mise en demeure was presented, and the delay it gave is over."""
        _, presented = self.env._, self.formal_notice_date
        if not presented:
            return [(False, _("no mise en demeure was presented to the debtor"))]
        notices = self.notice_line_ids.notice_id.filtered(
            lambda n: n.step_id.is_formal_notice and n.state in ("sent", "delivered")
        )
        given = max(filter(None, notices.mapped("deadline_date")), default=None)
        return [
            (
                not given or given < today,
                given
                and _(
                    "the mise en demeure gives until %(date)s",
                    date=format_date(self.env, given),
                ),
            )
        ]

    def _hold_elements(self, litigation, day=None, but=()):
        """Return an element for each suspension that stands against the file.

        :param but: reasons that stand against nothing here
        """
        holds = self._forbidding_holds(day) - litigation.hold_id
        labels = dict(holds._fields["reason"]._description_selection(self.env))
        return [
            (False, self.env._("it is suspended: %s", labels[hold.reason]))
            for hold in holds
            if hold.reason not in but and not hold.is_partial
        ]

    def _forbidding_holds(self, day=None):
        """Return the holds in force under which nobody is sued."""
        holds = self._active_holds(day)._standing(day)
        return holds.filtered(lambda hold: hold.reason in FORBIDDING_HOLDS)

    # --- what stands against enforcing it -------------------------------------------

    def _enforcement_obstacles(self, litigation, day):
        """Return why no measure may be taken for this claim on ``day``, as sentences.

        Over-indebtedness stays any enforcement (conso L722-2); who is dead or
        protected is not reached so; what was agreed upon is kept.

        :param litigation: the file that asks; what it did itself is no obstacle
        """
        self.ensure_one()
        return [
            sentence
            for _fine, sentence in self._hold_elements(
                litigation, day, but=SETTLED_BY_TITLE
            )
        ]

    # --- interest -------------------------------------------------------------------

    def _court_interest(self, until, increased_from=None, quiet=False):
        """Return the legal interest from the mise en demeure to ``until`` (code civil
        1231-6, 1344-1), by semester, on the principal as it stood.

        :param increased_from: day from which five points are added (CMF L313-3)
        :raise UserError: a semester without rate, unless ``quiet``: then 0
        """
        self.ensure_one()
        start = self.formal_notice_date
        if not start or start >= until:
            return 0.0
        try:
            return float(self._interest_sum(start, until, increased_from))
        except interest.MissingRate as error:
            if quiet:
                return 0.0
            raise self._missing_rate(error) from error

    def _interest_sum(self, start, until, increased_from):
        lines = self._interest_lines(start, until, increased_from)
        return self.currency_id.round(float(sum(line.amount for line in lines)))

    def _interest_lines(self, start, until, increased_from=None):
        """Return the periods of interest, each with its principal and its rate.

        :raise interest.MissingRate: a semester without rate; none is extrapolated
        """
        paid = self._principal_payments(start)
        owed = self._collectable_residual() + sum(amount for _day, amount in paid)
        parts = interest.segments(
            owed, start, until, [(day or start, amount) for day, amount in paid]
        )
        rates, basis = self._court_interest_rules(until)
        cut = min(max(increased_from or until, start), until)
        usual = interest.legal_interest(_before(parts, cut), rates, basis=basis)
        raised = interest.legal_interest(
            _since(parts, cut), self._raised(rates, cut), basis=basis
        )
        return [*usual.lines, *raised.lines]

    def _raised(self, rates, day):
        points = self.env["recouv.legal.parameter"]._get(
            "legal_rate_increase", day, self.company_id
        )
        return interest.shifted(rates, points)

    def _court_interest_rules(self, until):
        """Return the rates of each semester and the days in a year."""
        parameters, company = self.env["recouv.legal.parameter"], self.company_id
        basis = parameters._get("interest_day_basis", until, company)
        return parameters._get_rates("legal_rate", company), int(basis)

    def _principal_payments(self, since):
        """Return [(day or None, amount)] that lowered the principal after ``since``;
        None for a credit note, whose sum was never owed."""
        item = self._practice_claim().move_line_id
        return [
            (
                partial.credit_move_id._recouv_money_day(partial.max_date),
                partial.debit_amount_currency,
            )
            for partial in item.matched_credit_ids
            if partial.max_date > since
        ]


def _before(parts, cut):
    """Return the segments up to the day before ``cut``."""
    return [
        interest.Segment(part.start, min(part.end, cut), part.principal)
        for part in parts
        if part.start < cut
    ]


def _since(parts, cut):
    """Return the segments from ``cut`` on."""
    return [
        interest.Segment(max(part.start, cut), part.end, part.principal)
        for part in parts
        if part.end > cut
    ]
