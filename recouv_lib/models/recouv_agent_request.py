from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_amount, format_date

from .recouv_derived_mixin import derived_search

KINDS = [
    ("plan", "Payment plan"),
    ("discount", "Discount"),
    ("other", "Another proposal"),
]
STANDINGS = [
    ("waiting", "Waiting for an answer"),
    ("granted", "Granted"),
    ("refused", "Refused"),
    ("silent", "No answer: refused"),
    ("withdrawn", "Withdrawn"),
]


class RecouvAgentRequest(models.Model):
    """The agency asks a practice for more than its mandate lets it grant alone.

    CPCE R124-5 al. 2. Both parties read the words of the request and its answer, and
    nothing else passes: no link to a claim that the other could follow, no user's
    name. Silence until the last day is no; that follows from the dates alone.
    """

    _name = "recouv.agent.request"
    _inherit = ["recouv.derived.mixin"]
    _description = "Request of the agency"
    _order = "answer_by desc, id desc"

    mandate_id = fields.Many2one(
        "recouv.mandate", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="mandate_id.company_id", store=True, index=True, precompute=True
    )
    agency_id = fields.Many2one(
        related="mandate_id.agency_id", store=True, index=True, precompute=True
    )
    practice_name = fields.Char(related="mandate_id.practice_name")
    agency_name = fields.Char(related="mandate_id.agency_name")
    # the agency's own claim; the practice knows it by its reference
    agency_claim_id = fields.Many2one(
        "recouv.claim",
        groups=fields.NO_ACCESS,
        index="btree_not_null",
        ondelete="set null",
    )
    # the agency's own case that asked for a credit note
    hold_id = fields.Many2one(
        "recouv.hold",
        groups=fields.NO_ACCESS,
        index="btree_not_null",
        ondelete="set null",
    )
    asked_by_id = fields.Many2one("res.users", groups=fields.NO_ACCESS)
    answered_by_id = fields.Many2one("res.users", groups=fields.NO_ACCESS)
    reference = fields.Char("Invoice", required=True)
    kind = fields.Selection(KINDS, "Asked for", required=True)
    currency_id = fields.Many2one("res.currency", required=True)
    amount = fields.Monetary("Sum owed")
    duration = fields.Integer("Months")
    instalment = fields.Monetary("Smallest instalment")
    discount = fields.Float("Discount (%)", digits=(5, 2))
    words = fields.Text("Why", help="Read by the practice as it is written.")
    asked_on = fields.Date(required=True)
    answer_by = fields.Date("Answer until", required=True)
    answer = fields.Selection([("yes", "Yes"), ("no", "No")])
    answered_on = fields.Date()
    answer_words = fields.Char("Words of the practice")
    withdrawn_on = fields.Date()
    used_on = fields.Date("Acted upon", help="The agency agreed with the debtor.")
    standing = fields.Selection(
        STANDINGS, compute="_compute_derived", search=derived_search("standing")
    )
    summary = fields.Char("In words", compute="_compute_summary")
    can_answer = fields.Boolean(compute="_compute_can")
    can_withdraw = fields.Boolean(compute="_compute_can")

    # a claim's granted requests are asked for before an agreement
    _claim_idx = models.Index(
        "(agency_claim_id, answer) WHERE answer = 'yes' AND withdrawn_on IS NULL"
    )

    @api.depends("reference", "kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for request in self:
            label = labels.get(request.kind, "")
            request.display_name = f"{label} – {request.reference or ''}"

    @api.model
    def _derived_sql(self, fname, alias):
        if fname != "standing":
            return super()._derived_sql(fname, alias)
        today = fields.Date.context_today(self)
        return self._standing_sql(alias, today)

    @api.model
    def _standing_sql(self, alias, today):
        """Return the SQL of what became of it; an answer that never came is no."""
        return SQL(
            """(CASE WHEN %(a)s.withdrawn_on IS NOT NULL THEN 'withdrawn'
                     WHEN %(a)s.answer = 'yes' THEN 'granted'
                     WHEN %(a)s.answer = 'no' THEN 'refused'
                     WHEN %(a)s.answer_by < %(today)s THEN 'silent'
                     ELSE 'waiting' END)""",
            a=SQL.identifier(alias),
            today=today,
        )

    @api.model
    def _derived_reads(self):
        names = ("withdrawn_on", "answer", "answer_by")
        return [*super()._derived_reads(), *(self._fields[name] for name in names)]

    @api.depends("answer", "withdrawn_on", "used_on", "answer_by")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_can(self):
        decides = self.env.user.has_group("recouv_lib.group_manager")
        today = fields.Date.context_today(self)
        for request in self:
            mine, open_ = self.env.companies, not request._closed_reason(today)
            request.can_answer = decides and open_ and request.company_id in mine
            request.can_withdraw = open_ and request.agency_id in mine

    def _closed_reason(self, today):
        """Return why nothing changes any more, or None."""
        if self.withdrawn_on:
            return self.env._("the agency withdrew it")
        if self.used_on:
            return self.env._("the agency has acted upon the answer")
        if self.answer_by < today:
            return self.env._("its time was over, and silence was a refusal")
        return None

    def _record(self, vals):
        """Write for either party.

        superuser: neither may write on it by hand, nor read the other's users; the
        method that calls has checked its user. Flushed at once: a later flush would
        note its own user.
        """
        records = self.with_user(SUPERUSER_ID)
        records.write(vals)
        records.flush_recordset()

    # --- the agency -----------------------------------------------------------------

    @api.model
    def _ask(self, mandate, claim, kind, reference=None, words="", **terms):
        """Ask the practice of ``mandate`` about a claim of the agency's.

        :param claim: the agency's own claim, which the user can read
        :param kind: plan, discount or other
        :param reference: the invoice as the practice knows it; the claim's by default
        :param terms: ``duration`` (months), ``instalment``, ``discount`` (%)
        :return: the request
        :raise UserError: no mandate in force, or nothing in words or terms is asked
        """
        claim.check_access("read")
        today = fields.Date.context_today(self)
        if claim.company_id != mandate.agency_id:
            raise AccessError(self.env._("Only the agency of the mandate asks."))
        if (claim._agency_mandate() or mandate)._current() != mandate._current():
            raise UserError(
                self.env._(
                    "%(claim)s was not placed under %(mandate)s.",
                    claim=claim.display_name,
                    mandate=mandate.name,
                )
            )
        mandate._check_active(today)
        if not any(terms.values()) and not (words or "").strip():
            raise UserError(self.env._("Say what is asked of the practice."))
        # superuser: nobody makes requests by hand, and no user's name goes with them
        request = self.with_user(SUPERUSER_ID).create(
            {
                "mandate_id": mandate.id,
                "agency_claim_id": claim.id,
                "asked_by_id": self.env.uid,
                "reference": reference or claim.reference,
                "kind": kind,
                "currency_id": claim.currency_id.id,
                "amount": claim.amount_residual_currency,
                "words": (words or "").strip(),
                "asked_on": today,
                "answer_by": fields.Date.add(today, days=mandate.agent_answer_days),
                **terms,
            }
        )
        return request.with_user(self.env.user)

    def action_withdraw(self):
        """The agency no longer asks."""
        today = fields.Date.context_today(self)
        for request in self:
            request.check_access("read")
            if request.agency_id not in self.env.companies:
                raise AccessError(self.env._("Only the agency withdraws its request."))
            request._check_open(today)
        self._record({"withdrawn_on": today})

    @api.model
    def _allows(self, claim, duration=0, smallest=None, discount=0.0):
        """Say whether the practice granted these terms, or wider ones, for a claim.

        sudo: the link to the claim is shown to nobody; the caller reads the claim.
        """
        claim.check_access("read")
        granted = self.sudo().search(
            [
                ("agency_claim_id", "=", claim.id),
                ("answer", "=", "yes"),
                ("withdrawn_on", "=", False),
            ]
        )
        return any(request._covers(duration, smallest, discount) for request in granted)

    def _covers(self, duration, smallest, discount):
        """Say whether what was asked reaches as far as these terms; what was not
        asked for stays within the agency's powers."""
        mandate = self.mandate_id
        months = max(self.duration, mandate.agent_max_months)
        least = min(
            self.instalment or mandate.agent_min_instalment,
            mandate.agent_min_instalment,
        )
        compare = self.currency_id.compare_amounts
        fits = smallest is None or compare(smallest, least) >= 0
        most = max(self.discount, mandate.agent_max_discount)
        return duration <= months and fits and discount <= most

    def _use(self):
        """The agency agreed with the debtor on what was granted: it stays granted."""
        self._record({"used_on": fields.Date.context_today(self)})

    # --- the practice ---------------------------------------------------------------

    def action_grant(self):
        """One click: yes. The agency may agree on what it asked for."""
        self._answer("yes")

    def action_refuse(self):
        """One click: no."""
        self._answer("no")

    def _answer(self, answer, words=""):
        """Answer for the practice; it may change until the agency acted or time is
        over.

        :raise AccessError: not a manager of the practice
        :raise UserError: it is too late
        """
        today = fields.Date.context_today(self)
        if not self.env.user.has_group("recouv_lib.group_manager"):
            raise AccessError(self.env._("Only a manager answers the agency."))
        for request in self:
            request.check_access("read")
            own = self.env.user.company_ids & self.env.companies
            if request.company_id not in own:
                raise AccessError(self.env._("Only the practice answers its agency."))
            request._check_open(today)
        self._record(
            {
                "answer": answer,
                "answered_on": today,
                "answered_by_id": self.env.uid,
                "answer_words": words or False,
            }
        )

    def _check_open(self, today):
        if reason := self._closed_reason(today):
            raise UserError(
                self.env._(
                    "%(request)s can be answered no more: %(reason)s.",
                    request=self.display_name,
                    reason=reason,
                )
            )

    @api.model
    def _to_answer_domain(self, today):
        """Requests that wait for the practice."""
        return (
            Domain("answer", "=", False)
            & Domain("withdrawn_on", "=", False)
            & Domain("answer_by", ">=", today)
            & Domain("company_id", "in", self.env.companies.ids)
        )

    # --- in words -------------------------------------------------------------------

    @api.depends("duration", "instalment", "discount", "amount")
    @api.depends_context("lang")
    def _compute_summary(self):
        for request in self:
            request.summary = ", ".join(request._summary_parts())

    def _summary_parts(self):
        _, parts = self.env._, []
        if self.duration:
            parts.append(_("%s months", self.duration))
        if self.instalment:
            sum_ = format_amount(self.env, self.instalment, self.currency_id)
            parts.append(_("instalments of %s", sum_))
        if self.discount:
            parts.append(_("%s %% off", f"{self.discount:g}"))
        if self.answer_by:
            parts.append(_("answer until %s", format_date(self.env, self.answer_by)))
        return parts
