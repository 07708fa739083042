from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .recouv_engine import Blocker
from .recouv_placement_line import HELD, LINE_STATES, SILENT, WITHDRAWN_STATES

#: what of a placed claim its mirror copies, and follows
CARRIED = {
    "reference",
    "maturity_rank",
    "date_due",
    "invoice_date",
    "care_end_date",
    "formal_notice_date",
}
#: of these, what the schedule and the right to sue count from
CARRIED_DATES = CARRIED - {"reference", "maturity_rank"}


class RecouvClaim(models.Model):
    """The agency's mirror of a practice's claim: its own record, the practice's sums.

    What is owed is read live from the practice's journal item, in SQL: a payment or a
    credit note there is seen at once, and nothing but a number crosses.
    """

    _inherit = "recouv.claim"

    creditor_partner_id = fields.Many2one(
        "res.partner",
        "Creditor",
        readonly=True,
        index="btree_not_null",
        help="For whom the agency collects: its own contact of the practice.",
    )
    mandate_id = fields.Many2one(
        "recouv.mandate", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    placed_on = fields.Date("Placed on", readonly=True)
    placement_state = fields.Selection(
        LINE_STATES,
        "Hand-over",
        compute="_compute_derived",
        search="_search_placement_state",
        help="Where its hand-over to the agency stands, for both sides.",
    )

    @api.model
    def _derived_sql(self, fname, alias):
        if fname != "placement_state":
            return super()._derived_sql(fname, alias)
        return SQL(
            """(CASE WHEN %(claim)s.capacity = 'mandatary' THEN (
                          SELECT pl.state FROM recouv_placement_line pl
                           WHERE pl.agency_claim_id = %(claim)s.id)
                     ELSE (SELECT pl.state FROM recouv_placement_line pl
                            WHERE pl.claim_id = %(claim)s.id AND pl.state <> 'removed'
                            ORDER BY pl.id DESC LIMIT 1) END)""",
            claim=SQL.identifier(alias),
        )

    def _search_placement_state(self, operator, value):
        """Ask first the lines, of which few are in one state, then each claim."""
        derived = self._search_derived("placement_state", operator, value)
        if operator != "in" or False in value:
            return derived

        def to_sql(model, alias, query):
            return SQL(
                """%(alias)s.id IN (
                    SELECT UNNEST(ARRAY[pl.claim_id, pl.agency_claim_id])
                      FROM recouv_placement_line pl
                     WHERE pl.state = ANY(%(states)s))""",
                alias=SQL.identifier(alias),
                states=list(value),
            )

        return Domain.custom(to_sql=to_sql) & derived

    # --- the books of the practice --------------------------------------------------

    @api.model
    def _item_id_sql(self, claim):
        """EXTENDS: a mirror stands on the item of the claim it mirrors."""
        return SQL(
            """(CASE WHEN %(claim)s.capacity = 'mandatary' THEN %(mirrored)s
                     ELSE %(own)s END)""",
            claim=claim,
            mirrored=self._mirrored_sql(claim, SQL("mirrored.move_line_id")),
            own=super()._item_id_sql(claim),
        )

    @api.model
    def _mirrored_sql(self, claim, expression):
        """Return an expression over the practice's claim ``mirrored`` of a mirror.

        Scalar look-ups by index, no join: a run asks it with nested loops off.
        """
        return SQL(
            """(SELECT %(expression)s FROM recouv_claim mirrored
                 WHERE mirrored.id = (
                    SELECT pl.claim_id FROM recouv_placement_line pl
                     WHERE pl.agency_claim_id = %(claim)s.id
                       AND pl.state IN %(held)s))""",
            expression=expression,
            claim=claim,
            held=HELD,
        )

    @api.model
    def _suspension_rank_sql(self, table):
        """EXTENDS: what the practice suspends is told as suspended, never why."""
        return SQL(
            "CASE WHEN h.company_id <> %s.company_id THEN 4 ELSE %s END",
            table,
            super()._suspension_rank_sql(table),
        )

    @api.model
    def _covering_holds_sql(self, table):
        """EXTENDS: also those of the practice's claim and of its person."""
        return SQL(
            """%(own)s
                UNION ALL
               SELECT ph.id FROM recouv_hold ph
                WHERE ph.partner_id = %(partner)s AND ph.company_id = %(company)s
                UNION ALL
               SELECT hr.hold_id FROM recouv_hold_claim_rel hr
                WHERE hr.claim_id = %(claim)s""",
            own=super()._covering_holds_sql(table),
            partner=self._mirrored_sql(table, SQL("mirrored.partner_id")),
            company=self._mirrored_sql(table, SQL("mirrored.company_id")),
            claim=self._mirrored_sql(table, SQL("mirrored.id")),
        )

    @api.model
    def _practice_hold_sql(self, table, today):
        mirrored = SQL.identifier("mirrored")
        return self._mirrored_sql(
            table, self.env["recouv.hold"]._active_sql(mirrored, today)
        )

    @api.model
    def _not_asked_sql(self, claim, today):
        """EXTENDS: what the practice may not ask, the agency does not ask either."""
        mirrored = super()._not_asked_sql(SQL.identifier("mirrored"), today)
        return SQL(
            """(%(own)s + CASE WHEN %(claim)s.capacity = 'mandatary'
                               THEN COALESCE(%(mirrored)s, 0) ELSE 0 END)""",
            own=super()._not_asked_sql(claim, today),
            claim=claim,
            mirrored=self._mirrored_sql(claim, mirrored),
        )

    def _anchors(self):
        """EXTENDS: an agency's schedule may count from the day it was given it."""
        anchors = super()._anchors()
        return anchors | {"placement": self.placed_on or anchors["due_date"]}

    def _stands_on_posted(self):
        """EXTENDS: a mirror stands on the item of its twin."""
        if self.capacity != "mandatary":
            return super()._stands_on_posted()
        twin = self._twin()
        return bool(twin) and twin._stands_on_posted()

    def _on_books(self):
        """EXTENDS: a mirror's sums are those of its twin, elevated."""
        books = super()._on_books()
        return books._twin() if books.capacity == "mandatary" else books

    # --- the tie ---------------------------------------------------------------------

    def _held_lines(self):
        """Return the lines by which an agency holds these claims now, elevated.

        For named methods that carry one fact across, never for a screen.
        """
        tied = self.filtered("mandate_id")
        # sudo: the tie of the two claims is readable by no one
        lines = self.env["recouv.placement.line"].sudo()
        if not tied:
            return lines
        return lines.search(
            [
                ("state", "in", HELD),
                "|",
                ("claim_id", "in", tied.ids),
                ("agency_claim_id", "in", tied.ids),
            ]
        )

    def _twin(self):
        """Return the other company's claim of the same debt, elevated; or none."""
        self.ensure_one()
        return self._twins()

    def _twins(self):
        """Return the other companies' claims of the same debts, elevated."""
        lines = self._held_lines()
        return (lines.claim_id | lines.agency_claim_id) - self.sudo()

    # --- what crosses when the practice's claim changes -------------------------------

    def write(self, vals):
        """EXTENDS: the mirror follows what of its claim it copies."""
        result = super().write(vals)
        if CARRIED & vals.keys():
            self._carry_to_mirrors(bool(CARRIED_DATES & vals.keys()))
        return result

    def _carry_to_mirrors(self, dates_moved):
        """Copy reference and dates of these claims to the agency's mirrors of them.

        :param dates_moved: the agency's schedule and the right to sue count anew
        """
        for line in self._held_lines():
            claim = line.claim_id
            if claim not in self:
                continue
            # superuser: no user of the practice signs a record of the agency
            mirror = line.agency_claim_id.with_user(SUPERUSER_ID)
            mirror = mirror.with_context(**SILENT)
            mirror.write({name: claim[name] for name in CARRIED})
            if dates_moved:
                mirror._refresh_ladder()
                mirror._refresh_limitation()

    def _close(self, reason):
        """EXTENDS: a debt that ends in the practice's books ends at the agency too."""
        result = super()._close(reason)
        lines = self._held_lines().filtered(lambda line: line.claim_id in self)
        if lines:
            label = dict(self._fields["close_reason"]._description_selection(self.env))
            lines._take_back("recalled", label[reason], "closed", close_reason=reason)
        return result

    def _end_mirror(self, close_reason, reason):
        """End mirrors: nothing more leaves, agreements end, nobody is reminded.

        Called with elevated rights, by who takes the claims back.
        """
        self._withdraw_notices(close_reason)
        self._live_plans()._cancel(reason)
        self.activity_ids.unlink()
        self._close(close_reason)

    def _withdraw_notices(self, code):
        """Cancel what is ready to leave for these claims; what is leaving is let go."""
        # sudo: also calls that are on another user's list
        self.env["recouv.notice"].sudo().search(
            [
                ("line_ids.claim_id", "in", self.ids),
                ("state", "in", WITHDRAWN_STATES),
            ]
        )._cancel(code)

    # --- limitation: one debt, one clock ----------------------------------------------

    def _limitation_events(self):
        """EXTENDS: an acknowledgment signed with either of them counts for both.

        Also one signed with the agency before the claim was called back: it is the
        same debt.
        """
        events = super()._limitation_events()
        if not self.mandate_id:
            return events
        for claim in self._same_debt():
            events += super(RecouvClaim, claim)._limitation_events()
        return events

    def _same_debt(self):
        """Return the other claims of this debt, elevated, past hand-overs included."""
        # sudo: of the same debt, kinds and dates of its events
        lines = self.env["recouv.placement.line"].sudo()
        if self.capacity == "mandatary":
            books = lines.search([("agency_claim_id", "=", self.id)]).claim_id
        else:
            books = self.sudo()
        placed = lines.search([("claim_id", "in", books.ids)])
        return (books | placed.agency_claim_id) - self.sudo()

    def _refresh_limitation(self):
        """EXTENDS: what interrupts it for one interrupts it for both."""
        result = super()._refresh_limitation()
        twins = self._twins().with_context(**SILENT)
        if twins:
            # by its own rule: a twin refreshes nobody else
            super(RecouvClaim, twins)._refresh_limitation()
        return result

    # --- the agency's answer --------------------------------------------------------

    def action_accept_placement(self):
        """The agency takes these claims on: its own schedule starts.

        :raise UserError: not a claim that waits for an answer
        """
        lines = self._placement_lines("proposed")
        today = fields.Date.context_today(self)
        lines.write(
            {
                "state": "accepted",
                "answered_on": today,
                "answered_by_id": self.env.uid,
            }
        )
        silent = self.with_context(**SILENT)
        silent.write({"placed_on": today})
        silent._refresh_ladder()
        return True

    def action_refuse_placement(self, reason, code=None):
        """The agency gives these claims back, with a reason that the practice reads.

        :param code: the kind of reason, for the figures
        :raise UserError: no reason, or not a claim that waits for an answer
        """
        reason = str(reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why the claim is refused."))
        lines = self._placement_lines("proposed")
        lines._take_back("refused", reason, code)
        return True

    def _placement_lines(self, state):
        """Return the lines of these mirrors, elevated, all in ``state``, locked.

        :raise UserError: a claim that is not a mirror in that state, named
        """
        self.check_access("write")
        self._lock_answer()
        # sudo: only the tie of the user's own claims to theirs
        lines = (
            self.env["recouv.placement.line"]
            .sudo()
            .search([("agency_claim_id", "in", self.ids), ("state", "=", state)])
        )
        for claim in self - lines.agency_claim_id.sudo(False):
            raise UserError(
                self.env._(
                    "%(claim)s does not wait for an answer: it was answered or "
                    "recalled meanwhile.",
                    claim=claim.display_name,
                )
            )
        return lines

    def _lock_answer(self):
        """Two who answer, or one who answers and one who recalls, meet here."""
        # sudo: the row that says where the hand-over stands
        lines = self._held_lines()
        try:
            lines.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody else is answering for these claims at this moment: look "
                    "again in a minute."
                )
            ) from error
        lines.invalidate_recordset(["state"])

    def _meet_recall(self):
        """Money for these mirrors and a recall of them do not pass each other unseen.

        Whoever comes second is told, or begins again and reads what the first one did:
        a recall keeps the relance back until the agency has settled its account.

        :raise UserError: somebody recalls one of them at this moment
        """
        self._lock_answer()
        # a new version of the row: who read before it cannot lock it any more
        if lines := self._held_lines():
            self.env.cr.execute(
                SQL(
                    "UPDATE recouv_placement_line SET write_date = write_date "
                    "WHERE id IN %s",
                    tuple(lines.ids),
                )
            )


class RecouvStep(models.Model):
    _inherit = "recouv.step"

    anchor = fields.Selection(
        selection_add=[("placement", "Placement")],
        ondelete={"placement": "set default"},
    )


class RecouvPolicy(models.Model):
    _inherit = "recouv.policy"

    @api.model
    def _mandatary_policy(self, agency):
        """Return the schedule of an agency's new claims, empty if it has none yet."""
        return self.search(
            [("company_id", "=", agency.id), ("capacity", "=", "mandatary")], limit=1
        )


class RecouvDerivedMixin(models.AbstractModel):
    _inherit = "recouv.derived.mixin"

    @api.model
    def _derived_reads(self):
        """EXTENDS: a mirror's sums are found through its placement."""
        reads = [
            field
            for name, field in self.env["recouv.placement.line"]._fields.items()
            if name in ("agency_claim_id", "claim_id", "state")
        ]
        return super()._derived_reads() + reads


class RecouvEngine(models.AbstractModel):
    """Mandatary runs pick mirrors by their debtors, not items by theirs."""

    _inherit = "recouv.engine"

    @api.model
    def _debtor_query(self, company, capacity):
        if capacity != "mandatary":
            return super()._debtor_query(company, capacity)
        return self.env["recouv.claim"]._search(self._mirror_domain(company))

    @api.model
    def _mirror_domain(self, company):
        return [
            ("company_id", "=", company.id),
            ("capacity", "=", "mandatary"),
            ("closed_on", "=", False),
        ]

    @api.model
    def _standing_sql(self, company, capacity, debtors):
        if capacity != "mandatary":
            return super()._standing_sql(company, capacity, debtors)
        query = self.env["recouv.claim"]._search(self._mirror_domain(company))
        if debtors:
            query.add_where(
                SQL(
                    "recouv_claim.partner_id > %s AND recouv_claim.partner_id <= %s",
                    *debtors,
                )
            )
        return SQL(
            """(%(mirrors)s) c
               CROSS JOIN %(line)s pl CROSS JOIN %(claim)s pc CROSS JOIN %(item)s l""",
            mirrors=query.select(SQL("recouv_claim.*")),
            line=self._lookup(
                "recouv_placement_line",
                SQL("agency_claim_id = c.id AND state IN %s", HELD),
            ),
            claim=self._lookup("recouv_claim", SQL("id = pl.claim_id")),
            item=self._lookup(
                "account_move_line",
                SQL(
                    """id = pc.move_line_id AND parent_state = 'posted'
                       AND reconciled IS NOT TRUE AND amount_residual > 0"""
                ),
            ),
        )

    @api.model
    def _claim_blockers(self, company, today):
        """EXTENDS: what keeps an agency from writing about a mirror comes first."""
        return [
            *self._mirror_blockers(today),
            *super()._claim_blockers(company, today),
        ]

    @api.model
    def _mirror_blockers(self, today):
        _, claims = self.env._, self.env["recouv.claim"]
        claim = SQL.identifier("c")
        return [
            Blocker(
                "not_accepted",
                _("The agency has not accepted it yet."),
                SQL(
                    """EXISTS (
                        SELECT 1 FROM recouv_placement_line wl
                         WHERE wl.agency_claim_id = c.id AND wl.state = 'proposed')"""
                ),
                capacities=("mandatary",),
            ),
            Blocker(
                "practice_hold",
                _("The practice has suspended it."),
                # what the practitioner has still to decide is none of the agency's
                # business either
                SQL(
                    """(COALESCE(%s, FALSE)
                        OR m.recouv_confidential AND m.recouv_confidential_decision
                           IS DISTINCT FROM 'contact')""",
                    claims._practice_hold_sql(claim, today),
                ),
                capacities=("mandatary",),
            ),
            Blocker(
                "creditor_credit",
                _("The practice has money of the debtor that it has not allocated."),
                SQL(
                    "COALESCE(%s, FALSE)",
                    claims._mirrored_sql(
                        claim, claims._open_credit_sql(SQL.identifier("mirrored"))
                    ),
                ),
                capacities=("mandatary",),
            ),
            Blocker(
                "no_mandate",
                _("Its mandate is not in force: have it renewed, or give it back."),
                self._no_mandate_sql(today),
                capacities=("mandatary",),
            ),
        ]

    @api.model
    def _no_mandate_sql(self, today):
        return SQL(
            """NOT EXISTS (
                SELECT 1 FROM recouv_mandate md
                 WHERE md.id = c.mandate_id AND md.state <> 'draft'
                   AND md.valid_from <= %(today)s
                   AND (md.ended_on IS NULL OR md.ended_on > %(today)s)
                   AND (md.tacit_renewal IS TRUE OR
                        COALESCE(md.valid_to, %(today)s) >= %(today)s))""",
            today=today,
        )
