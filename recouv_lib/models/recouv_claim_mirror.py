from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .recouv_engine import Blocker
from .recouv_placement_line import HELD


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
    def _suspension_sql(self, table, today):
        """EXTENDS: what the practice suspends is told as suspended, never why."""
        return SQL(
            """(CASE WHEN %(table)s.capacity = 'mandatary' AND COALESCE(%(held)s, FALSE)
                     THEN 'hold' ELSE %(own)s END)""",
            table=table,
            held=self._practice_hold_sql(table, today),
            own=super()._suspension_sql(table, today),
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

    # --- limitation: one debt, one clock ----------------------------------------------

    def _twin(self):
        """Return the other company's claim of the same debt, elevated; or none.

        For named methods that carry one fact across, never for a screen.
        """
        self.ensure_one()
        # sudo: the tie of the two claims is readable by no one
        lines = self.env["recouv.placement.line"].sudo()
        if self.capacity == "mandatary":
            return lines.search(
                [("agency_claim_id", "=", self.id), ("state", "in", HELD)]
            ).claim_id
        if self.holder != "agency":
            return lines.claim_id
        return lines.search(
            [("claim_id", "=", self.id), ("state", "in", HELD)]
        ).agency_claim_id

    def _limitation_events(self):
        """EXTENDS: an acknowledgment signed with either of them counts for both."""
        # sudo: of the twin, kinds and dates of its events
        events = super()._limitation_events()
        twin = self._twin() if self.mandate_id else self.browse()
        return events + super(RecouvClaim, twin.sudo())._limitation_events()

    # --- the agency's answer --------------------------------------------------------

    def action_accept_placement(self):
        """The agency takes these claims on: its own schedule starts.

        :raise UserError: not a claim that waits for an answer
        """
        lines = self._placement_lines("proposed")
        lines.write(
            {"state": "accepted", "answered_on": fields.Date.context_today(self)}
        )
        self.write({"placed_on": fields.Date.context_today(self)})
        self._refresh_ladder()
        return True

    def action_refuse_placement(self, reason):
        """The agency gives these claims back, with a reason that the practice reads.

        :raise UserError: no reason, or not a claim that waits for an answer
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the claim is refused."))
        self._placement_lines("proposed")._take_back("refused", reason.strip())
        return True

    def _placement_lines(self, state):
        """Return the lines of these mirrors, elevated, all in ``state``, locked.

        :raise UserError: a claim that is not a mirror in that state, named
        """
        self.check_access("write")
        self.lock_for_update()
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
        _ = self.env._
        return [
            Blocker(
                "not_accepted",
                _("The agency has not accepted it yet."),
                SQL(
                    """(c.capacity = 'mandatary' AND EXISTS (
                        SELECT 1 FROM recouv_placement_line wl
                         WHERE wl.agency_claim_id = c.id AND wl.state = 'proposed'))"""
                ),
            ),
            Blocker(
                "practice_hold",
                _("The practice has suspended it."),
                SQL(
                    "(c.capacity = 'mandatary' AND COALESCE(%s, FALSE))",
                    self.env["recouv.claim"]._practice_hold_sql(
                        SQL.identifier("c"), today
                    ),
                ),
            ),
            Blocker(
                "no_mandate",
                _("Its mandate is not in force: have it renewed, or give it back."),
                SQL(
                    """(c.capacity = 'mandatary' AND NOT EXISTS (
                        SELECT 1 FROM recouv_mandate md
                         WHERE md.id = c.mandate_id AND md.state = 'signed'
                           AND md.valid_from <= %(today)s
                           AND COALESCE(md.valid_to, %(today)s) >= %(today)s))""",
                    today=today,
                ),
            ),
            *super()._claim_blockers(company, today),
        ]
