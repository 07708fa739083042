from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, format_amount, format_date

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

    # --- derived from the books -----------------------------------------------------

    @api.model
    def _derived_sql(self, fname, alias):
        plan, today = SQL.identifier(alias), fields.Date.context_today(self)
        if fname == "amount_paid":
            return self._paid_sql(plan)
        if fname == "amount_cashed":
            return self._paid_sql(plan, under_way=False)
        if fname == "standing":
            return self._standing_sql(plan, today)
        if fname in ("next_due_date", "next_due_amount"):
            return self._next_sql(plan, fname)
        if fname == "is_to_see":
            return self._to_see_sql(plan, today)
        return super()._derived_sql(fname, alias)

    @api.model
    def _claims_sql(self, plan):
        return SQL(
            "SELECT pcr.claim_id FROM recouv_plan_claim_rel pcr "
            "WHERE pcr.plan_id = %s.id",
            plan,
        )

    @api.model
    def _paid_sql(self, plan, under_way=True):
        """What was paid of row ``plan``: what was owed less what is owed, never
        negative; what was settled otherwise than by paying is taken off."""
        claims = self._claims_sql(plan)
        deadline = SQL("%(p)s.date_end + %(p)s.grace_days", p=plan)
        is_settlement = SQL("%s.kind = 'settlement'", plan)
        coming = self._under_way_sql(claims, is_settlement, deadline)
        return SQL(
            """GREATEST(0, %(plan)s.amount_start
                 - GREATEST(0, %(owed)s - %(coming)s)
                 - GREATEST(0, %(aside)s - COALESCE(%(plan)s.amount_set_aside, 0)))""",
            plan=plan,
            owed=self._owed_sql(claims),
            coming=coming if under_way else SQL("0"),
            aside=self._set_aside_sql(claims, is_settlement, deadline),
        )

    @api.model
    def _owed_sql(self, claims):
        """What the claims may still ask. An invoice set back to draft still owes."""
        return SQL(
            """COALESCE((
                SELECT SUM(GREATEST(0, ol.amount_residual_currency - %(never)s))
                  FROM recouv_claim oc
                  JOIN account_move_line ol ON ol.id = %(item)s
                 WHERE oc.id IN (%(claims)s) AND ol.parent_state <> 'cancel'), 0)""",
            never=self.env["recouv.claim"]._never_asked_sql(SQL.identifier("oc")),
            item=self._item_sql("oc"),
            claims=claims,
        )

    @api.model
    def _item_sql(self, claim):
        return self.env["recouv.claim"]._item_id_sql(SQL.identifier(claim))

    @api.model
    def _under_way_sql(self, claims, is_settlement, deadline):
        """Payments of these invoices that have no entry yet: the part laid on them at
        the desk, else the whole; for a settlement, those dated in time.

        A credit used in the same act is in the books already, and lowered what is owed:
        only the money counts here (``recouv.collection.line._by_money``).
        """
        return SQL(
            """COALESCE((
                SELECT SUM(CASE WHEN taken.id IS NULL THEN y.amount ELSE COALESCE((
                         SELECT SUM(tl.amount - COALESCE((
                                SELECT SUM(tr.debit_amount_currency)
                                  FROM recouv_collection_line tu
                                  JOIN account_partial_reconcile tr
                                    ON tr.credit_move_id = tu.move_line_id
                                   AND tr.debit_move_id = tl.move_line_id
                                 WHERE tu.collection_id = tl.collection_id
                                   AND tu.amount < 0), 0))
                           FROM recouv_collection_line tl
                          WHERE tl.collection_id = taken.id AND tl.amount > 0
                            AND (SELECT TRUE FROM recouv_claim tc
                                  WHERE tc.id IN (%(claims)s)
                                    AND tl.move_line_id = %(taken_on)s LIMIT 1)
                       ), 0) END)
                  FROM account_payment y
                  LEFT JOIN recouv_collection taken
                         ON taken.payment_id = y.id AND taken.undone_on IS NULL
                 WHERE y.state = 'in_process' AND y.payment_type = 'inbound'
                   AND y.move_id IS NULL
                   AND (NOT %(is_settlement)s OR y.date <= %(deadline)s)
                   AND y.id IN (
                       SELECT yl.payment_id FROM account_move__account_payment yl
                         JOIN account_move_line yi ON yi.move_id = yl.invoice_id
                         JOIN recouv_claim yc ON yi.id = %(item)s
                        WHERE yc.id IN (%(claims)s)
                          AND yc.currency_id = y.currency_id)), 0)""",
            item=self._item_sql("yc"),
            taken_on=self._item_sql("tc"),
            claims=claims,
            is_settlement=is_settlement,
            deadline=deadline,
        )

    @api.model
    def _set_aside_sql(self, claims, is_settlement, deadline):
        """What lowered the claims and is no payment under the agreement: a transfer to
        another debtor or account, unless it came back since, be it by way of a payer's
        claim (see ``recouv_plan_move``), or the agency collected it; for a settlement
        also a credit note, and money that came after its date."""
        return SQL(
            """COALESCE((
                SELECT SUM(ar.debit_amount_currency)
                  FROM recouv_claim ac
                  JOIN account_partial_reconcile ar
                    ON ar.debit_move_id = %(item)s
                  JOIN account_move_line al ON al.id = ar.credit_move_id
                  JOIN account_move am ON am.id = al.move_id
                 WHERE ac.id IN (%(claims)s)
                   AND (%(is_settlement)s AND (am.move_type = 'out_refund'
                                               OR al.date > %(deadline)s)
                        OR (SELECT TRUE FROM recouv_transfer art
                             WHERE art.move_id = am.id
                               AND art.kind <> 'collected'
                               AND art.origin_line_id = ar.debit_move_id LIMIT 1))
                ), 0) - COALESCE((
                SELECT SUM(bt.amount_currency)
                  FROM recouv_transfer bt
                  JOIN recouv_claim bc ON bc.id = bt.target_claim_id
                  LEFT JOIN recouv_transfer bu ON bu.id = bt.undone_id
                  -- by way of a payer's claim, or of two
                  LEFT JOIN recouv_claim b1 ON b1.id = bc.origin_claim_id
                                           AND b1.partner_id <> bc.partner_id
                  LEFT JOIN recouv_claim b2 ON b2.id = b1.origin_claim_id
                                           AND b2.partner_id <> bc.partner_id
                 WHERE bc.id IN (%(claims)s)
                   AND bt.kind = 'back_to_debtor' AND bt.state = 'posted'
                   AND COALESCE(bu.kind, '') <> 'doubtful'
                   AND COALESCE(b2.origin_claim_id, b1.origin_claim_id,
                                bc.origin_claim_id) IN (%(claims)s)
                ), 0)""",
            item=self._item_sql("ac"),
            claims=claims,
            is_settlement=is_settlement,
            deadline=deadline,
        )

    @api.model
    def _standing_sql(self, plan, today):
        """Where an agreement stands: what people decided, else what money says.

        Broken: an instalment, its grace days over, is not wholly paid, be it by a
        cent. Who catches up, except on a settlement, has it running again.
        """
        return SQL(
            """(CASE WHEN %(plan)s.state <> 'agreed' THEN %(plan)s.state ELSE (
                SELECT CASE WHEN now_.paid >= %(plan)s.amount_total THEN 'kept'
                            WHEN (SELECT MAX(bl.amount_cumulated)
                                    FROM recouv_plan_line bl
                                   WHERE bl.plan_id = %(plan)s.id
                                     AND bl.date + %(plan)s.grace_days < %(today)s
                                 ) > now_.paid THEN 'broken'
                            ELSE 'running' END
                  FROM (SELECT %(paid)s AS paid OFFSET 0) now_) END)""",
            plan=plan,
            today=today,
            paid=self._paid_sql(plan),
        )

    @api.model
    def _next_sql(self, plan, fname):
        """The first instalment not wholly paid: its date, or what it still lacks."""
        value = {
            "next_due_date": SQL("nl.date"),
            "next_due_amount": SQL("LEAST(nl.amount, nl.amount_cumulated - now_.paid)"),
        }[fname]
        return SQL(
            """(SELECT %(value)s
                  FROM (SELECT %(paid)s AS paid OFFSET 0) now_,
                       recouv_plan_line nl
                 WHERE nl.plan_id = %(plan)s.id AND nl.amount_cumulated > now_.paid
                   AND %(plan)s.state <> 'cancelled'
                 ORDER BY nl.date, nl.id LIMIT 1)""",
            value=value,
            plan=plan,
            paid=self._paid_sql(plan),
        )

    @api.model
    def _to_see_sql(self, plan, today):
        """Broken, and by something that came after a human last looked: an instalment
        missed since, or a payment that bounced since."""
        return SQL(
            """(%(standing)s = 'broken' AND (%(plan)s.seen_on IS NULL
                 OR %(plan)s.seen_on < (
                    SELECT MAX(sl.date) + %(plan)s.grace_days + 1
                      FROM (SELECT %(paid)s AS paid OFFSET 0) now_,
                       recouv_plan_line sl
                     WHERE sl.plan_id = %(plan)s.id
                       AND sl.date + %(plan)s.grace_days < %(today)s
                       AND sl.amount_cumulated > now_.paid)
                 OR %(plan)s.seen_on < (SELECT MAX(sb.recorded_at)
                      FROM recouv_bounce sb
                      JOIN recouv_collection_line sc
                           ON sc.collection_id = sb.collection_id
                      JOIN recouv_claim sm ON %(bounced)s = sc.move_line_id
                     WHERE sb.undone_on IS NULL AND sm.id IN (%(claims)s))))""",
            plan=plan,
            standing=self._standing_sql(plan, today),
            paid=self._paid_sql(plan),
            today=today,
            claims=self._claims_sql(plan),
            bounced=self._item_sql("sm"),
        )

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
