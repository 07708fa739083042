from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..lib.months import add_months

# what somebody must answer
ANSWERED_REASONS = ("dispute", "complaint")
DISPUTE_KINDS = [
    ("price", "Price"),
    ("insurance", "Insurance or third-party payer"),
    # without a word more: what was done is nobody's business here (law.md §6.2)
    ("care", "Care"),
    ("other", "Other"),
]
OUTCOMES = [
    ("founded", "Founded"),
    ("partly_founded", "Partly founded"),
    ("unfounded", "Unfounded"),
    ("withdrawn", "Withdrawn"),
    ("answered", "Answered"),
    ("closed", "Closed without answer"),
]
OUTCOMES_OF = {
    "dispute": ("founded", "partly_founded", "unfounded", "withdrawn"),
    "complaint": ("founded", "partly_founded", "answered", "withdrawn", "closed"),
}
# outcomes after which the sum itself must change before the schedule goes on
TO_CREDIT = ("founded", "partly_founded")
SOURCES = [
    ("call", "Call"),
    ("letter", "Letter"),
    ("email", "E-mail"),
    ("sms", "SMS"),
    ("counter", "At the practice"),
]
FILE_FIELDS = {"admissible_on", "measures_until"}
# what was decided of a case, for each of the claims it covers
DECIDED = (
    "acknowledged_on",
    "answered_on",
    "answer_document_id",
    "answer_text",
    "outcome",
    "outcome_on",
)


class RecouvHold(models.Model):
    """A case is a suspension with more on it: who answers, by when, with what outcome.

    A dispute of a part of the sum suspends nothing: what is disputed is not asked, the
    rest stays collectable. A dispute of the whole suspends the claim. How it is lifted,
    and what is undone, is in ``recouv_hold_lift.py``; what a founded case waits for, in
    ``recouv_hold_credit.py``.
    """

    _name = "recouv.hold"
    _inherit = ["recouv.hold", "recouv.undo.mixin"]

    reason = fields.Selection(
        selection_add=[("reply", "Reply to handle")],
        ondelete={"reply": "set default"},
    )
    number = fields.Char(readonly=True, copy=False, index="btree_not_null")
    opened_by = fields.Selection(SOURCES, "Received by")
    owner_id = fields.Many2one(
        "res.users",
        "Who answers",
        compute="_compute_owner_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('company_ids', 'in', company_id), ('share', '=', False)]",
    )
    ack_due = fields.Date(
        "Acknowledge by", compute="_compute_due", store=True, precompute=True
    )
    acknowledged_on = fields.Date(copy=False)
    answer_due = fields.Date(
        compute="_compute_due",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        help="By the delay of the company's settings for a dispute, by the legal "
        "parameters for a complaint.",
    )
    answered_on = fields.Date(copy=False)
    answer_document_id = fields.Many2one(
        "ir.attachment", "Answer sent", readonly=True, copy=False
    )
    answer_text = fields.Text(
        copy=False, help="Printed in the letter instead of the usual words."
    )
    outcome = fields.Selection(OUTCOMES, readonly=True, copy=False)
    outcome_on = fields.Date(readonly=True, copy=False)
    # dispute
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    amount_disputed = fields.Monetary(
        "Disputed amount",
        help="Empty: the whole claim. A part: the rest stays collectable.",
    )
    dispute_kind = fields.Selection(
        DISPUTE_KINDS, help="The kind and nothing more: never write what care it was."
    )
    is_partial = fields.Boolean(compute="_compute_is_partial")
    # over-indebtedness (code de la consommation, livre VII)
    file_number = fields.Char("File number (Banque de France)")
    filed_on = fields.Date()
    admissible_on = fields.Date("Admissible since")
    measures_until = fields.Date("Plan or measures until")
    # estate
    estate_declared_on = fields.Date("Claim declared to the estate on")
    # lifting
    lifted_on = fields.Datetime(readonly=True, copy=False)
    date_to_before = fields.Date(readonly=True, copy=False)
    history = fields.Text(readonly=True, copy=False)

    _disputed_positive = models.Constraint(
        "CHECK(amount_disputed IS NULL OR amount_disputed >= 0)",
        "A disputed amount cannot be negative.",
    )

    # --- values by reason -----------------------------------------------------------

    @api.depends("reason", "company_id")
    def _compute_owner_id(self):
        for hold in self.filtered(lambda h: not h.owner_id):
            answered = hold.reason in ANSWERED_REASONS and hold.company_id
            hold.owner_id = answered and hold.company_id._recouv_responsible()

    @api.depends("reason", "date_from", "company_id")
    def _compute_due(self):
        for hold in self:
            hold.ack_due = hold.answer_due = False
            if not hold.date_from or not hold.company_id:
                continue
            try:
                hold._set_due()
            except (OverflowError, ValueError) as error:  # no year after 9999
                raise ValidationError(
                    self.env._("A suspension cannot begin on such a day: correct it.")
                ) from error

    def _set_due(self):
        if self.reason == "complaint":
            self.ack_due = self._complaint_ack_due()
            self.answer_due = self._complaint_answer_due()
        elif self.reason == "dispute":
            days = self.company_id._recouv_config().recouv_dispute_days
            calendar = self.company_id._recouv_calendar()
            self.answer_due = calendar.add(self.date_from, days)

    def _complaint_ack_due(self):
        """The legal parameter's working days after the complaint came."""
        days = self._parameter("complaint_ack_delay")
        return self.company_id._recouv_calendar().add(self.date_from, days)

    def _complaint_answer_due(self):
        return add_months(self.date_from, self._parameter("complaint_answer_delay"))

    def _parameter(self, code):
        parameters = self.env["recouv.legal.parameter"]
        return int(parameters._get(code, self.date_from, self.company_id))

    @api.depends("claim_ids")
    def _compute_currency_id(self):
        for hold in self:
            currency = hold.claim_ids[:1].currency_id
            hold.currency_id = currency or hold.company_id.currency_id

    @api.depends("reason", "amount_disputed", "claim_ids")
    def _compute_is_partial(self):
        for hold in self:
            owed = hold.claim_ids[:1].amount_residual_currency
            hold.is_partial = (
                hold.reason == "dispute"
                and bool(hold.amount_disputed)
                and hold.currency_id.compare_amounts(hold.amount_disputed, owed) < 0
            )

    # --- guards ---------------------------------------------------------------------

    @api.constrains("amount_disputed", "claim_ids", "partner_id", "reason")
    def _check_amount_disputed(self):
        for hold in self.filtered("amount_disputed"):
            if hold.reason != "dispute":
                raise ValidationError(
                    self.env._("Only a dispute has a disputed amount.")
                )
            if len(hold.claim_ids) != 1 or hold.partner_id:
                raise ValidationError(
                    self.env._(
                        "A disputed amount belongs to one claim: make one dispute for "
                        "each, or leave the amount empty to suspend them all."
                    )
                )
            claim = hold.claim_ids
            if (
                hold.currency_id.compare_amounts(
                    hold.amount_disputed, claim.amount_original
                )
                > 0
            ):
                raise ValidationError(
                    self.env._(
                        "%(claim)s: more is disputed than was ever asked.",
                        claim=claim.display_name,
                    )
                )

    @api.constrains("filed_on", "admissible_on", "measures_until")
    def _check_file_dates(self):
        for hold in self:
            days = [hold.filed_on, hold.admissible_on, hold.measures_until]
            known = [day for day in days if day]
            if known != sorted(known):
                raise ValidationError(
                    self.env._(
                        "An over-indebtedness file is filed, then admissible, then "
                        "followed by measures: put its dates in that order."
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS: a complaint is numbered; the dates of a file end its suspension.

        Every question on fees is answered (CSP R4127-53): who asks is left in peace
        for the days of the settings.
        """
        holds = super().create(vals_list)
        for hold in holds.filtered(
            lambda h: h.reason == "explanation" and not h.date_to
        ):
            days = hold.company_id._recouv_config().recouv_explanation_days
            hold.date_to = fields.Date.add(hold.date_from, days=days)
        for hold in holds.filtered(lambda h: h.reason == "complaint" and not h.number):
            hold.number = hold._next_complaint_number()
        holds.filtered(lambda h: h.admissible_on and not h.date_to)._follow_file()
        return holds

    def write(self, vals):
        """EXTENDS: the dates of an over-indebtedness file move its end."""
        result = super().write(vals)
        if FILE_FIELDS & vals.keys() and "date_to" not in vals:
            self.filtered(lambda h: not h.lifted_by_id)._follow_file()
        return result

    def _next_complaint_number(self):
        # sudo: a secretary makes no sequence; its number alone is used
        sequences = self.env["ir.sequence"].sudo()
        company = self.company_id
        found = sequences.search(
            [("code", "=", "recouv.complaint"), ("company_id", "=", company.id)],
            limit=1,
        ) or sequences.create(
            {
                "name": self.env._("Complaints"),
                "code": "recouv.complaint",
                "company_id": company.id,
                "prefix": "R%(year)s-",
                "padding": 3,
            }
        )
        return found.next_by_id()

    def _follow_file(self):
        """End with the measures, else at the longest time that the law allows.

        Code de la consommation L722-2 and L722-3: from the day the file is admissible
        until the plan or the measures, two years at most.
        """
        for hold in self.filtered(lambda h: h.reason == "over_indebted"):
            if hold.measures_until:
                hold.date_to = hold.measures_until
            elif hold.admissible_on:
                years = self.env["recouv.legal.parameter"]._get(
                    "overindebtedness_max", hold.admissible_on, hold.company_id
                )
                hold.date_to = add_months(hold.admissible_on, round(years * 12))

    # --- what suspends --------------------------------------------------------------

    @api.model
    def _standing_sql(self, today):
        """EXTENDS: what was undone, or disputes a part only, suspends nothing."""
        return SQL(
            """(%s AND h.undone_on IS NULL AND NOT (
                    h.reason = 'dispute' AND COALESCE(h.amount_disputed, 0) > 0
                    AND h.amount_disputed < COALESCE(%s, 0)))""",
            super()._standing_sql(today),
            self._disputable_sql(),
        )

    @api.model
    def _disputable_sql(self):
        """What could be asked of the one claim of hold ``h``, were nothing disputed.

        Scalar look-ups by index, no join: a run asks it with nested loops switched off.
        """
        return SQL(
            """(SELECT MAX((SELECT COALESCE((
                    SELECT i.amount_residual_currency FROM account_move_line i
                     WHERE i.id = %s), 0) - COALESCE(k.amount_excluded, 0)
                  FROM recouv_claim k WHERE k.id = hk.claim_id))
                  FROM recouv_hold_claim_rel hk WHERE hk.hold_id = h.id)""",
            self.env["recouv.claim"]._item_id_sql(SQL.identifier("k")),
        )

    def _standing(self, today=None):
        """Return the holds that are in force today, as people see them."""
        today = today or fields.Date.context_today(self)
        return self.filtered(
            lambda h: (
                not h.undone_on
                and h.date_from <= today
                and (not h.date_to or h.date_to >= today)
            )
        )

    @api.model
    def _standing_domain(self, today):
        return Domain(
            [("undone_on", "=", False), ("date_from", "<=", today)]
        ) & Domain.OR([[("date_to", "=", False)], [("date_to", ">=", today)]])

    @api.model
    def _to_answer_domain(self, today):
        """Cases in force that nobody has answered and that have an answer due."""
        return self._standing_domain(today) & Domain(
            [
                ("reason", "in", ANSWERED_REASONS),
                ("answered_on", "=", False),
                ("outcome", "=", False),
                ("answer_due", "!=", False),
            ]
        )

    # --- closing --------------------------------------------------------------------

    def _split(self, claims, **values):
        """EXTENDS: what was answered and decided goes along, under the same number."""
        kept = {
            name: self._fields[name].convert_to_write(self[name], self)
            for name in (*DECIDED, "number")
        }
        return super()._split(claims, **kept | values)

    def action_close_case(self, outcome=None):
        """Record the outcome (context ``outcome`` of the button) of open cases.

        Founded: the sum itself must change before anything is asked again (see
        :meth:`_await_credit`). Otherwise the schedule resumes.

        :raise UserError: not a dispute nor a complaint, or closed already
        """
        outcome = outcome or self.env.context.get("case_outcome")
        for hold in self:
            hold._check_closable(outcome)
        self.write({"outcome": outcome, "outcome_on": fields.Date.context_today(self)})
        if outcome in TO_CREDIT:
            return self._await_credit()
        self.action_lift(self._outcome_label())
        return True

    def _check_closable(self, outcome):
        if outcome not in OUTCOMES_OF.get(self.reason, ()):
            raise UserError(
                self.env._(
                    "%(case)s: choose an outcome that fits a %(reason)s.",
                    case=self.display_name,
                    reason=self._reason_label(),
                )
            )
        if self.outcome or self.undone_on or self.lifted_by_id:
            raise UserError(
                self.env._("%(case)s is closed already.", case=self.display_name)
            )

    def _reason_label(self):
        return dict(self._fields["reason"]._description_selection(self.env)).get(
            self.reason, ""
        )

    def _outcome_label(self):
        labels = dict(self._fields["outcome"]._description_selection(self.env))
        return ", ".join({labels[hold.outcome] for hold in self if hold.outcome})

    def _covered_claims(self):
        """Return the claims that these holds cover, those of whole debtors included."""
        persons = self.env["recouv.claim"].search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("closed_on", "=", False),
            ]
        )
        return self.claim_ids | persons

    def action_view_claims(self):
        """Open the claims of these cases."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_claim_action"
        )
        return action | {
            "domain": [("id", "in", self._covered_claims().ids)],
            "context": {},
        }


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    @api.model
    def _disputed_sql(self, claim, today):
        """What standing disputes contest of row ``claim``, in its currency.

        Scalar look-ups by index (see :meth:`recouv.hold._disputable_sql`).
        """
        return SQL(
            """COALESCE((SELECT SUM((
                    SELECT h.amount_disputed FROM recouv_hold h
                     WHERE h.id = hd.hold_id AND h.reason = 'dispute'
                       AND h.undone_on IS NULL AND h.date_from <= %(today)s
                       AND COALESCE(h.date_to, %(today)s) >= %(today)s))
                  FROM recouv_hold_claim_rel hd
                 WHERE hd.claim_id = %(claim)s.id), 0)""",
            claim=claim,
            today=today,
        )

    @api.model
    def _not_asked_sql(self, claim, today):
        """EXTENDS: what is disputed is not asked, the rest is."""
        return SQL(
            "(%s + %s)",
            super()._not_asked_sql(claim, today),
            self._disputed_sql(claim, today),
        )

    def _not_asked(self):
        """Return what may not be asked of this claim now, in company currency."""
        self.ensure_one()
        kept = self.amount_excluded + self.amount_disputed
        owed = self.amount_residual_currency
        return kept * self.amount_residual / owed if owed else 0.0

    def _active_holds(self, today=None):
        """EXTENDS: what was undone never was."""
        return super()._active_holds(today).filtered(lambda h: not h.undone_on)


class ResCompany(models.Model):
    _inherit = "res.company"

    recouv_dispute_days = fields.Integer("Working days to answer a dispute", default=10)
    recouv_explanation_days = fields.Integer(
        "Days of pause after an explanation of the fees", default=15
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recouv_dispute_days = fields.Integer(
        related="company_id.recouv_dispute_days", readonly=False
    )
    recouv_explanation_days = fields.Integer(
        related="company_id.recouv_explanation_days", readonly=False
    )
