from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..lib import ladder
from .recouv_derived_mixin import derived_search
from .recouv_policy import CAPACITIES

SETTLEMENTS = [
    ("open", "Open"),
    ("paid", "Paid"),
    ("credited", "Credited"),
    ("settled", "Settled"),
    ("transferred", "Transferred"),
    ("doubtful", "Doubtful"),
    ("written_off", "Written off"),
    ("unknown", "Unknown counterpart"),
]
SUSPENSIONS = [
    ("none", "None"),
    ("hold", "Suspended"),
    ("plan", "Plan"),
    ("dispute", "Dispute"),
    ("review", "To review"),
]
HOLDERS = [
    ("practice", "Practice"),
    ("agency", "Agency"),
    ("buyer", "Buyer"),
    ("insurer", "Insurer"),
    ("court", "Court"),
]


class RecouvClaim(models.Model):
    """What Odoo has no place for about one open receivable item.

    The journal item stays the truth about money: residual, settlement and
    suspension are read from the books and the holds (:meth:`_derived_sql`). The claim
    keeps its schedule, the step reached and proven, the next one, and the day the
    right to sue expires. Claims are inserted in SQL by the run
    (``recouv.engine``); a paid claim stays, so that a reversed payment finds it
    where it stood. It ends for good (``closed_on``) only when its item is no
    longer the same debt.
    """

    _name = "recouv.claim"
    _description = "Claim"
    _inherit = ["recouv.derived.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "next_date, date_due, id"
    _rec_name = "reference"
    _rec_names_search = ["reference", "partner_id"]
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    move_line_id = fields.Many2one(
        "account.move.line", readonly=True, ondelete="set null", index=True
    )
    move_id = fields.Many2one(
        "account.move", "Invoice", readonly=True, ondelete="set null", index=True
    )
    maturity_rank = fields.Integer(
        readonly=True, help="1 for the first instalment of the invoice."
    )
    origin_claim_id = fields.Many2one(
        "recouv.claim", readonly=True, index="btree_not_null"
    )
    capacity = fields.Selection(
        CAPACITIES, required=True, readonly=True, default="creditor"
    )
    partner_id = fields.Many2one(
        "res.partner", "Debtor", required=True, readonly=True, index=True
    )
    reference = fields.Char(readonly=True)
    date_due = fields.Date("Due date", readonly=True)
    invoice_date = fields.Date(readonly=True)
    care_end_date = fields.Date("End of care", readonly=True)
    amount_original = fields.Monetary(readonly=True)
    amount_residual = fields.Monetary(
        "Owed (company currency)",
        currency_field="company_currency_id",
        compute="_compute_derived",
        search=derived_search("amount_residual"),
        aggregator="sum",
    )
    amount_residual_currency = fields.Monetary(
        "Owed",
        compute="_compute_derived",
        search=derived_search("amount_residual_currency"),
        aggregator="sum",
    )
    amount_disputed = fields.Monetary(
        "Disputed amount",
        compute="_compute_derived",
        search=derived_search("amount_disputed"),
        help="What standing disputes contest of it; no notice asks for it.",
    )
    policy_id = fields.Many2one(
        "recouv.policy", check_company=True, tracking=True, index="btree_not_null"
    )
    step_id = fields.Many2one(
        "recouv.step",
        "Last step proven",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    step_date = fields.Date(readonly=True)
    next_step_id = fields.Many2one(
        "recouv.step", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    next_date = fields.Date(readonly=True)
    next_channel = fields.Char(readonly=True)
    next_attempt = fields.Integer(readonly=True, default=1)
    holder = fields.Selection(HOLDERS, required=True, readonly=True, default="practice")
    in_review = fields.Boolean(
        "To review", readonly=True, help="Nothing leaves until a human has decided."
    )
    suspension = fields.Selection(
        SUSPENSIONS, compute="_compute_derived", search=derived_search("suspension")
    )
    settlement = fields.Selection(
        SETTLEMENTS, compute="_compute_derived", search="_search_settlement"
    )
    cause_id = fields.Many2one(
        "recouv.cause", "Cause of non-payment", tracking=True, index="btree_not_null"
    )
    limitation_date = fields.Date(
        "Right to sue expires on", readonly=True, index="btree_not_null"
    )
    limitation_possible_date = fields.Date(
        "Possible later expiry",
        readonly=True,
        help="Argued by some courts or opened by a part-payment; never relied upon.",
    )
    limitation_alarm_days = fields.Integer(
        readonly=True, default=0, help="The tightest alarm raised so far; 0: none."
    )
    formal_notice_date = fields.Date(
        "Mise en demeure presented on", readonly=True, index="btree_not_null"
    )
    closed_on = fields.Date(readonly=True)
    close_reason = fields.Selection(
        [
            ("debtor_changed", "The debtor changed"),
            ("maturity_removed", "The instalment no longer exists"),
            ("cancelled", "The invoice was cancelled"),
            ("superseded", "Replaced by another claim"),
            ("refused", "Refused by the agency"),
            ("recalled", "Recalled by the practice"),
        ],
        readonly=True,
    )
    notice_line_ids = fields.One2many("recouv.notice.line", "claim_id", readonly=True)
    hold_ids = fields.Many2many(
        "recouv.hold", "recouv_hold_claim_rel", "claim_id", "hold_id", readonly=True
    )

    _open_item_uniq = models.UniqueIndex(
        "(move_line_id) WHERE closed_on IS NULL",
        "This journal item already has an open claim.",
    )
    # the pick of a run reads the open claims of a company debtor by debtor
    _pick_idx = models.Index(
        "(company_id, capacity, partner_id) WHERE closed_on IS NULL"
    )
    # lists and calendars: what is due next in a company
    _next_idx = models.Index("(company_id, next_date) WHERE closed_on IS NULL")

    @api.depends("reference", "maturity_rank")
    def _compute_display_name(self):
        for claim in self:
            rank = f" ({claim.maturity_rank})" if claim.maturity_rank > 1 else ""
            claim.display_name = f"{claim.reference or claim.id}{rank}"

    # --- derived from the books -------------------------------------------------

    @api.model
    def _derived_sql(self, fname, alias):
        table = SQL.identifier(alias)
        today = fields.Date.context_today(self)
        if fname in ("amount_residual", "amount_residual_currency"):
            return SQL(
                "COALESCE((SELECT l.%s FROM account_move_line l WHERE l.id = "
                "%s AND l.parent_state = 'posted'), 0)",
                SQL.identifier(fname),
                self._item_id_sql(table),
            )
        if fname == "suspension":
            return self._suspension_sql(table, today)
        if fname == "amount_disputed":
            return self._disputed_sql(table, today)
        if fname == "settlement":
            return self._settlement_sql(table)
        return super()._derived_sql(fname, alias)

    @api.model
    def _derived_short_sql(self, fname, alias):
        """EXTENDS: without a hold nothing is suspended; an open item is not settled."""
        table = SQL.identifier(alias)
        if fname == "suspension":
            return self._suspension_short_sql(table, fields.Date.context_today(self))
        if fname == "settlement":
            return SQL("'open'"), SQL("NOT %s", self._is_open_sql(table))
        return super()._derived_short_sql(fname, alias)

    @api.model
    def _suspension_short_sql(self, table, today):
        """Return (what is said where no hold is in its dates, whether one is)."""
        return (
            SQL("CASE WHEN %s.in_review THEN 'review' ELSE 'none' END", table),
            SQL(
                """EXISTS (SELECT 1 FROM recouv_hold h
                            WHERE h.id = ANY(ARRAY(%(covering)s))
                              AND h.date_from <= %(today)s
                              AND COALESCE(h.date_to, %(today)s) >= %(today)s)""",
                covering=self._covering_holds_sql(table),
                today=today,
            ),
        )

    @api.model
    def _is_open_sql(self, table):
        """SQL true where row ``table`` is settled by nothing: the shortest way to say
        what almost every list and run asks first."""
        return SQL(
            """((SELECT l.reconciled AND l.parent_state = 'posted'
                   FROM account_move_line l WHERE l.id = %s) IS NOT TRUE)""",
            self._item_id_sql(table),
        )

    @api.model
    def _search_settlement(self, operator, value):
        if operator not in ("in", "not in") or set(value) != {"open"}:
            return self._search_derived("settlement", operator, value)

        def to_sql(model, alias, query):
            is_open = model._is_open_sql(SQL.identifier(alias))
            sql = is_open if operator == "in" else SQL("NOT %s", is_open)
            return SQL("%s", sql, to_flush=model._derived_reads())

        return Domain.custom(to_sql=to_sql)

    @api.model
    def _suspension_sql(self, table, today):
        """The strongest of the holds in force, looked up once: what stands is long to
        say, and saying it for each kind took PostgreSQL longer to plan than to answer.
        """
        return SQL(
            """COALESCE((SELECT (ARRAY['hold', 'plan', 'dispute', 'hold'])[
                                MAX(%(rank)s)]
                           FROM recouv_hold h
                          WHERE h.id = ANY(ARRAY(%(covering)s))
                            AND h.date_from <= %(today)s
                            AND COALESCE(h.date_to, %(today)s) >= %(today)s
                            AND %(standing)s),
                        CASE WHEN %(table)s.in_review THEN 'review' ELSE 'none' END)""",
            rank=self._suspension_rank_sql(table),
            covering=self._covering_holds_sql(table),
            today=today,
            standing=self.env["recouv.hold"]._standing_sql(today),
            table=table,
        )

    @api.model
    def _suspension_rank_sql(self, table):
        """What hold ``h`` says of row ``table``: 1 hold, 2 plan, 3 dispute, 4 a hold
        that is told before anything else."""
        return SQL("CASE h.reason WHEN 'dispute' THEN 3 ELSE 1 END")

    @api.model
    def _covering_holds_sql(self, table):
        """Select the holds that row ``table`` may be suspended by."""
        return self.env["recouv.hold"]._covering_sql(table)

    @api.model
    def _settlement_sql(self, table):
        """The kind of the last counterpart of a closed item; only money is paid."""
        return SQL(
            """(SELECT CASE WHEN l.reconciled IS NOT TRUE
                              OR l.parent_state <> 'posted' THEN 'open'
                       ELSE COALESCE((%(kind)s), 'unknown') END
                  FROM (SELECT 1) one
                  LEFT JOIN account_move_line l ON l.id = %(item)s)""",
            kind=self._settlement_kind_sql(),
            item=self._item_id_sql(table),
        )

    @api.model
    def _item_id_sql(self, claim):
        """Return the SQL of the journal item that row ``claim`` stands on.

        Its own; extended for claims that mirror another company's.
        """
        return SQL("%s.move_line_id", claim)

    @api.model
    def _settlement_kind_sql(self):
        """The typed last counterpart of item ``l``; exchange entries are none.

        It is found first, and then named: PostgreSQL plans seven tables at once for
        longer than it takes to answer.
        """
        return SQL(
            """SELECT CASE
                    WHEN t.kind = 'doubtful' THEN 'doubtful'
                    WHEN t.kind = 'collected' THEN 'paid'
                    WHEN t.id IS NOT NULL THEN 'transferred'
                    WHEN tc.undone_id IS NOT NULL THEN 'transferred'
                    WHEN tc.id IS NOT NULL THEN CASE (
                        SELECT om.move_type FROM account_move_line ol
                          JOIN account_move om ON om.id = ol.move_id
                         WHERE ol.id = tc.origin_line_id)
                        WHEN 'out_refund' THEN 'credited' ELSE 'paid' END
                    WHEN c.move_type = 'out_refund' THEN 'credited'
                    WHEN c.origin_payment_id IS NOT NULL
                      OR c.statement_line_id IS NOT NULL
                      OR (SELECT cj.type FROM account_journal cj
                           WHERE cj.id = c.journal_id) IN ('bank', 'cash', 'credit')
                         THEN 'paid'
                    WHEN EXISTS (SELECT 1 FROM recouv_write_off w
                                  WHERE w.move_id = c.id) THEN 'written_off'
                    WHEN EXISTS (
                        SELECT 1 FROM account_move_line x
                          JOIN account_account xa ON xa.id = x.account_id
                         WHERE x.move_id = c.id
                           AND xa.account_type LIKE 'expense%%') THEN 'written_off'
                    END
               FROM (SELECT cm.*, cl.id AS line_id
                       FROM account_partial_reconcile pr
                       JOIN account_move_line cl ON cl.id = pr.credit_move_id
                       JOIN account_move cm ON cm.id = cl.move_id
                      WHERE pr.debit_move_id = l.id AND cm.state = 'posted'
                        AND cm.journal_id IS DISTINCT FROM (
                            SELECT cc.currency_exchange_journal_id FROM res_company cc
                             WHERE cc.id = cm.company_id)
                      ORDER BY pr.max_date DESC, pr.id DESC LIMIT 1) c
               LEFT JOIN recouv_transfer t ON t.move_id = c.id
                                          AND t.origin_line_id = l.id
               LEFT JOIN recouv_transfer tc ON tc.counterpart_line_id = c.line_id
              LIMIT 1"""
        )

    def _stands_on_posted(self):
        """Say whether the claim has its item, posted."""
        self.ensure_one()
        return self.move_line_id.parent_state == "posted"

    # --- guards -----------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        claims = super().create(vals_list)
        claims._refresh_ladder()
        claims._refresh_limitation()
        return claims

    @api.ondelete(at_uninstall=False)
    def _unlink_except_contacted(self):
        for claim in self:
            if claim.notice_line_ids:
                raise UserError(
                    self.env._(
                        "The claim %(claim)s has a history and cannot be deleted; "
                        "suspend it instead.",
                        claim=claim.display_name,
                    )
                )

    # --- business ---------------------------------------------------------------

    def _refresh_ladder(self):
        """Store again what was reached and what comes next, from proven notices.

        Called when a notice is proven, fails or is undone, when a due date moves
        and when the policy changes. Constant number of queries for any number of
        claims.

        :return: the claims whose step is exhausted and must hold for a human
        """
        self.env["recouv.notice"].flush_model()
        contacts = self.env["recouv.notice"]._contacts_by_claim(self.ids)
        rungs = {policy: policy.step_ids._as_rungs() for policy in self.policy_id}
        held = self.browse()
        for claim in self:
            where = ladder.position(
                rungs.get(claim.policy_id, []), contacts[claim.id], claim._anchors()
            )
            claim._store_position(where)
            if where.held:
                held |= claim
        return held

    def _anchors(self):
        """Return the dates a step counts from, the due date where one is missing."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        due = self.date_due or self.invoice_date or today
        return {
            "care_end": self.care_end_date or self.invoice_date or due,
            "invoice_date": self.invoice_date or due,
            "due_date": due,
        }

    def _store_position(self, where):
        values = {
            "step_id": where.step_id or False,
            "step_date": where.step_date or False,
            "next_step_id": where.next_step_id or False,
            "next_date": where.next_date or False,
            "next_channel": where.next_channel or False,
            "next_attempt": where.next_attempt,
        }
        changed = {
            name: value
            for name, value in values.items()
            if self._fields[name].convert_to_write(self[name], self) != value
        }
        if changed:
            self._record(changed)

    def _close(self, reason):
        """End claims for good: their item is no longer this debt."""
        self._record(
            {"closed_on": fields.Date.context_today(self), "close_reason": reason}
        )

    def action_release_review(self):
        """Put reviewed claims under their schedule (going live, bulk)."""
        self.write({"in_review": False})
        self._refresh_ladder()
        return True

    def action_view_notices(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_notice_action"
        )
        return action | {
            "domain": [("line_ids.claim_id", "in", self.ids)],
            "context": {},
        }

    def _explain(self):
        """Say why nothing leaves, or what leaves next.

        :return: list of ``{code, message, until}`` in the user's language, the
            first being the one that decides
        """
        self.ensure_one()
        return self.env["recouv.engine"]._explain_claim(self)
