from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_amount, format_date

from .recouv_derived_mixin import derived_search

KINDS = [
    ("promise", "Promise to pay"),
    ("plan", "Payment plan"),
    ("settlement", "Settlement agreement"),
]
SOURCES = [
    ("call", "On the phone"),
    ("counter", "At the counter"),
    ("letter", "By letter"),
    ("email", "By e-mail"),
    ("sms", "By SMS"),
    ("portal", "On the debtor's page"),
    ("reply_slip", "Reply slip"),
]
STATES = [
    ("proposed", "To approve"),
    ("to_review", "To review"),
    ("agreed", "Agreed"),
    ("cancelled", "Cancelled"),
]
STANDINGS = [
    ("proposed", "To approve"),
    ("to_review", "To review"),
    ("running", "Running"),
    ("kept", "Kept"),
    ("broken", "Broken"),
    ("cancelled", "Cancelled"),
]
# standings in which a claim cannot have a second agreement
LIVE = ("proposed", "to_review", "running")
# the reason of the suspension that an agreement of each kind brings
HOLD_REASONS = {"promise": "promise", "plan": "plan", "settlement": "settlement"}
# what a person may still write on an agreement; the rest is evidence
FREE = frozenset({"note", "signatory_id", "review_note", "message_follower_ids"})


class RecouvPlan(models.Model):
    """An agreement on how a debt is paid: promise, payment plan or settlement.

    One model, for all three are sums by dates. Stored is only what people did: what
    was agreed, by whom, and whether it was approved, reviewed or cancelled. What
    money and the calendar say, paid, kept, broken, next instalment, is derived from
    the books in SQL, so that a payment fills the instalments in order as it is
    reconciled, and one that bounces empties them again.

    While it runs it suspends its claims through one ``recouv.hold``; broken, kept or
    cancelled, that hold no longer stands, and the schedule resumes where it stood.
    """

    _name = "recouv.plan"
    _description = "Agreement on payment"
    _inherit = [
        "recouv.evidence.mixin",
        "recouv.derived.mixin",
        "recouv.undo.mixin",
        "mail.thread",
    ]
    _order = "date_agreed desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, default=lambda s: s.env.company
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner", "Debtor", required=True, readonly=True, index=True
    )
    signatory_id = fields.Many2one(
        "res.partner",
        "To be signed by",
        help="Who signs, when it is not the debtor himself.",
    )
    claim_ids = fields.Many2many(
        "recouv.claim",
        "recouv_plan_claim_rel",
        "plan_id",
        "claim_id",
        "Claims",
        required=True,
        readonly=True,
        check_company=True,
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount_start = fields.Monetary(
        "Owed when agreed", readonly=True, help="What the claims owed on that day."
    )
    amount_set_aside = fields.Monetary(
        "Settled otherwise before",
        readonly=True,
        help="Settled otherwise than by paying before it was agreed; not counted.",
    )
    amount_total = fields.Monetary("Agreed sum", readonly=True)
    grace_days = fields.Integer(
        "Grace days",
        readonly=True,
        help="Days after an instalment before it counts as missed.",
    )
    date_agreed = fields.Date("Agreed on", required=True, readonly=True)
    date_end = fields.Date("Last instalment", required=True, readonly=True)
    source = fields.Selection(SOURCES, required=True, readonly=True)
    note = fields.Text(help="Internal; never shown to the debtor.")
    state = fields.Selection(
        STATES, required=True, readonly=True, default="agreed", tracking=True
    )
    cancel_reason = fields.Char("Why it was cancelled", readonly=True, tracking=True)
    review_note = fields.Char("Why it is granted", tracking=True)
    decided_by_id = fields.Many2one("res.users", "Decided by", readonly=True)
    seen_on = fields.Datetime(
        "Looked at on",
        readonly=True,
        help="When a human last looked at what was missed.",
    )
    is_to_see = fields.Boolean(
        "To look at",
        compute="_compute_derived",
        search=derived_search("is_to_see"),
        help="Broken, and nobody has looked at it since.",
    )
    line_ids = fields.One2many(
        "recouv.plan.line", "plan_id", "Instalments", readonly=True
    )
    hold_ids = fields.One2many("recouv.hold", "plan_id", "Suspensions", readonly=True)
    amount_paid = fields.Monetary(
        "Paid so far", compute="_compute_derived", search=derived_search("amount_paid")
    )
    amount_cashed = fields.Monetary(
        "Reconciled",
        compute="_compute_derived",
        search=derived_search("amount_cashed"),
        help="Paid and found in the books; without payments still under way.",
    )
    standing = fields.Selection(
        STANDINGS, compute="_compute_derived", search=derived_search("standing")
    )
    next_due_date = fields.Date(
        "Next instalment on",
        compute="_compute_derived",
        search=derived_search("next_due_date"),
    )
    next_due_amount = fields.Monetary(
        "Next instalment",
        compute="_compute_derived",
        search=derived_search("next_due_amount"),
    )
    partial_ids = fields.Many2many(
        "account.partial.reconcile",
        string="Payments",
        compute="_compute_partial_ids",
        help="What was reconciled with its invoices since it was agreed.",
    )

    # the day's work and the cron of settlements read what a human agreed
    _state_idx = models.Index("(company_id, state, kind)")

    # --- checks ---------------------------------------------------------------------

    @api.constrains("claim_ids", "partner_id", "currency_id", "company_id")
    def _check_claims(self):
        for plan in self:
            if any(
                claim.partner_id != plan.partner_id
                or claim.currency_id != plan.currency_id
                or claim.company_id != plan.company_id
                for claim in plan.claim_ids
            ):
                raise ValidationError(
                    self.env._(
                        "%(plan)s: its claims must be of one debtor, in one currency "
                        "and of one company.",
                        plan=plan.display_name,
                    )
                )

    @api.constrains("amount_total", "line_ids")
    def _check_sum(self):
        for plan in self:
            total = sum(plan.line_ids.mapped("amount"))
            if plan.currency_id.compare_amounts(total, plan.amount_total):
                raise ValidationError(
                    self.env._(
                        "%(plan)s: its instalments do not sum up.",
                        plan=plan.display_name,
                    )
                )

    @api.depends("kind", "partner_id", "date_agreed")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for plan in self:
            parts = [labels.get(plan.kind), plan.partner_id.name]
            if plan.date_agreed:
                parts.append(format_date(self.env, plan.date_agreed))
            plan.display_name = " – ".join(filter(None, parts))

    # --- what was agreed is not edited ----------------------------------------------

    def _editable_fields(self):
        return FREE

    def _is_deletable(self):
        """EXTENDS: not even by the product."""
        return False

    @api.model
    def _evidence_advice(self):
        return self.env._(
            "An agreement is made from the claims and never edited: cancel it and "
            "agree anew."
        )

    # --- derived from the books (recouv_plan_books.py) ------------------------------

    def _compute_partial_ids(self):
        for plan in self:
            plan.partial_ids = self.env["account.partial.reconcile"].search(
                [
                    ("debit_move_id", "in", plan.claim_ids.move_line_id.ids),
                    ("max_date", ">=", plan.date_agreed),
                ],
                order="max_date, id",
            )

    # --- words ----------------------------------------------------------------------

    def _money(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    def _agreed_text(self):
        """Return what is agreed and awaited, for who asks why nothing leaves."""
        self.ensure_one()
        values = {
            "amount": self._money(self.next_due_amount),
            "total": self._money(self.amount_total),
            "day": format_date(self.env, self.next_due_date),
        }
        if self.kind == "promise":
            return self.env._("%(amount)s are promised by %(day)s.", **values)
        if self.kind == "plan":
            return self.env._(
                "A payment plan runs: its next instalment, %(amount)s, is due on "
                "%(day)s.",
                **values,
            )
        return self.env._(
            "A settlement runs: %(total)s in all, %(amount)s of it by %(day)s, close "
            "the claim.",
            **values,
        )

    # --- life -----------------------------------------------------------------------

    def _start(self):
        """Suspend the claims of these agreements while they run."""
        for plan in self:
            self.env["recouv.hold"].create(
                {
                    "company_id": plan.company_id.id,
                    "claim_ids": [fields.Command.set(plan.claim_ids.ids)],
                    "reason": HOLD_REASONS[plan.kind],
                    "plan_id": plan.id,
                    "note": plan.note,
                    "date_from": min(plan.date_agreed, fields.Date.context_today(plan)),
                    "date_to": fields.Date.add(plan.date_end, days=plan.grace_days),
                }
            )
            plan.claim_ids.invalidate_recordset(["suspension"])

    def _check_manager(self):
        if not self.env.user.has_group("recouv_lib.group_manager"):
            raise AccessError(
                self.env._("Only a manager of the practice decides this.")
            )

    def _check_state(self, state):
        for plan in self:
            if plan.state != state:
                raise UserError(
                    self.env._(
                        "%(plan)s: this was decided already.", plan=plan.display_name
                    )
                )

    def _decide(self):
        """A manager lets an agreement run; its dates must still lie ahead."""
        self._check_manager()
        today = fields.Date.context_today(self)
        for plan in self:
            if plan.date_end < today:
                raise UserError(
                    self.env._(
                        "%(plan)s: its last date is already past. Agree anew.",
                        plan=plan.display_name,
                    )
                )
            # he may have died since, or his file been admitted
            if obstacle := plan.partner_id._recouv_plan_obstacle(plan.company_id):
                raise UserError(obstacle)
        for plan in self:
            (plan.claim_ids._live_plans() - plan)._replace(plan)
        self._record({"state": "agreed", "decided_by_id": self.env.uid})
        self._start()
        return True

    def action_approve(self):
        """A manager approves settlements: from now on they suspend."""
        self._check_state("proposed")
        return self._decide()

    def action_confirm_review(self):
        """A manager grants a deferment beyond the legal limit, and says why."""
        self._check_state("to_review")
        for plan in self:
            if not (plan.review_note or "").strip():
                raise UserError(
                    self.env._(
                        "%(plan)s: write first why it is granted.",
                        plan=plan.display_name,
                    )
                )
        return self._decide()

    def action_seen(self):
        """A human has looked at what was missed: it leaves the day's work."""
        self._record({"seen_on": fields.Datetime.now()})
        return True

    def _cancel(self, reason, **values):
        """End agreements; the schedule resumes at once.

        What the debtor signed keeps its effect: only undoing voids it.

        :param values: what else is recorded of the end
        """
        live = self.filtered(lambda plan: plan.state != "cancelled")
        for state, plans in live.grouped("state").items():
            plans._record(
                {
                    "state": "cancelled",
                    "cancel_reason": reason or False,
                    "state_before": state,
                    **values,
                }
            )
        live._forget_derived()

    def _forget_derived(self):
        """What was read before a decision is read again."""
        self.invalidate_recordset(self._derived_fields())
        self.hold_ids.invalidate_recordset(["is_standing"])
        self.claim_ids.invalidate_recordset(["suspension"])

    def action_cancel(self):
        """End these agreements; who did so is kept in the chatter."""
        for plan in self:
            if plan.state == "cancelled":
                raise UserError(
                    self.env._("%(plan)s was cancelled.", plan=plan.display_name)
                )
        self._check_may_end()
        self._end(self.env._("Ended by %(user)s.", user=self.env.user.name))
        return True

    def action_agree_anew(self):
        """Open the dialog on its claims; what is agreed then replaces this."""
        return self.claim_ids._still_owed().action_agree()
