from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_date

REASONS = [
    ("not_found", "The debtor cannot be found"),
    ("insolvent", "The debtor has nothing that can be seized"),
    ("insolvency", "Over-indebtedness or bankruptcy: the debt is wiped out"),
    ("deceased", "The debtor died, the estate is refused or empty"),
    ("expired", "The right to sue has expired"),
    ("too_small", "Pursuing costs more than is owed"),
    ("other", "Another reason"),
]
STATES = [
    ("draft", "To decide"),
    ("decided", "Written off"),
    ("rejected", "Not written off"),
    ("undone", "Undone"),
]
#: what a person says of a write-off while it waits for the decision
PLAN_FIELDS = frozenset({"reason", "explanation", "date"})
#: several practices' claims may be written off in one click
BATCH = 50


class RecouvWriteOff(models.Model):
    """A claim given up as irrecoverable: why, what was tried, who decided, the entry.

    Anyone who follows the claims prepares it, a manager decides; the certificate is
    printed at the decision and kept. The claim is then settled as *written off*. The
    debt itself is not forgiven: money that comes later is taken
    (``recouv_write_off_recovery.py``).

    Books (``recouv_write_off_books.py``). An accrual practice books a loss
    (654100/654400). A practice on receipts books none: its income is what it received
    (law.md §5.4), so there is nothing to lose. Yet the invoice put a fee on an income
    account and on the debtor's, and only an entry can close an item: leaving it open
    would keep it in every list of what is owed and have it relanced again. The entry
    therefore takes the fee back from that same income account. It is no expense, no
    receipt, and enters neither the receipts book nor the result on receipts.
    """

    _name = "recouv.write.off"
    _description = "Write-off of an irrecoverable claim"
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char("Number", readonly=True, copy=False)
    company_id = fields.Many2one("res.company", required=True, index=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    claim_id = fields.Many2one(
        "recouv.claim", required=True, readonly=True, index=True, check_company=True
    )
    currency_id = fields.Many2one(related="claim_id.currency_id")
    partner_id = fields.Many2one(
        related="claim_id.partner_id", string="Debtor", store=True, index=True
    )
    date = fields.Date(
        "Accounting date", required=True, default=fields.Date.context_today
    )
    state = fields.Selection(STATES, required=True, readonly=True, default="draft")
    reason = fields.Selection(REASONS)
    explanation = fields.Text(
        help="What shows that nothing more can be had. It is printed on the "
        "certificate: no act, no care."
    )
    attempts = fields.Text("What was tried", readonly=True)
    agency_opinion = fields.Text("Opinion of the agency", readonly=True)
    opinion_on = fields.Date("Opinion given on", readonly=True)
    amount_currency = fields.Monetary("Written off", readonly=True)
    amount = fields.Monetary(
        "Written off (company currency)",
        currency_field="company_currency_id",
        readonly=True,
    )
    amount_open = fields.Monetary(
        related="claim_id.amount_residual_currency", string="Owed"
    )
    is_cash_basis = fields.Boolean("Books on receipts", readonly=True)
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_on = fields.Datetime(readonly=True)
    reject_reason = fields.Char("Why it is not written off", readonly=True)
    document_id = fields.Many2one("ir.attachment", "Certificate", readonly=True)

    _claim_uniq = models.UniqueIndex(
        "(claim_id) WHERE state IN ('draft', 'decided')",
        "This claim is written off already, or waits for that decision.",
    )

    @api.depends("name", "claim_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for act in self:
            # sudo: the claim's number is part of the name of its own write-off
            claim = act.sudo().claim_id.display_name or ""
            act.display_name = " – ".join(
                filter(None, [act.name or self.env._("Write-off"), claim])
            )

    def _editable_fields(self):
        """EXTENDS: a draft is written by whoever prepares it."""
        return PLAN_FIELDS if self.state == "draft" else frozenset()

    @api.model
    def _evidence_advice(self):
        return self.env._("Undo it, or prepare another one from the claim.")

    # --- preparing ------------------------------------------------------------------

    @api.model
    def _prepare(self, claims, **values):
        """Return the drafts of these claims, those that wait already included.

        :param values: reason, explanation, agency_opinion, opinion_on
        :raise UserError: a claim that cannot be written off, named
        """
        waiting = self.search([("claim_id", "in", claims.ids), ("state", "=", "draft")])
        if values and waiting:
            waiting._record(values)
        new = claims - waiting.claim_id
        for claim in new:
            if obstacle := claim._write_off_obstacle():
                raise UserError(
                    self.env._(
                        "%(claim)s cannot be written off: %(obstacle)s",
                        claim=claim.display_name,
                        obstacle=obstacle,
                    )
                )
        return waiting | self._record_new(
            [
                {"company_id": claim.company_id.id, "claim_id": claim.id} | values
                for claim in new
            ]
        )

    # --- the decision ---------------------------------------------------------------

    def action_decide(self):
        """Write these claims off: entry, certificate, agency told; all or none.

        :raise AccessError: not a manager
        :raise UserError: names the claim, the account or the lock; nothing was booked
        """
        self._check_manager()
        acts = self.with_context(tracking_disable=True)
        acts.claim_id.lock_for_update()
        acts.invalidate_recordset(["state"])
        acts._check_decidable()
        acts._check_books()
        for act in acts:
            act._freeze()
            act._end_placement()
        acts._book()
        for act in acts:
            act._keep_certificate()
        return True

    def action_reject(self):
        """Go on with these claims: they are not given up."""
        self._check_manager()
        for act in self.filtered(lambda act: act.state == "draft"):
            act._record({"state": "rejected"})
        return True

    def _check_manager(self):
        self.check_access("write")
        if self.env.su or self.env.user.has_group("recouv_lib.group_manager"):
            return
        raise AccessError(self.env._("Only a manager writes a claim off."))

    def _check_decidable(self):
        for act in self:
            if obstacle := act._decision_obstacle():
                raise UserError(
                    self.env._(
                        "%(act)s cannot be decided: %(obstacle)s",
                        act=act.display_name,
                        obstacle=obstacle,
                    )
                )

    def _decision_obstacle(self):
        _ = self.env._
        if self.state != "draft":
            return _("it was decided already.")
        if not self.reason:
            return _("say for which reason.")
        if not (self.explanation or "").strip():
            return _("say what shows that nothing more can be had.")
        return self.claim_id._write_off_obstacle()

    def _freeze(self):
        """Keep what is given up, what was tried, and who decided."""
        claim = self.claim_id
        self._record(
            {
                "name": self.env["recouv.collection"]._next_number(
                    self.company_id, "IRR"
                ),
                "state": "decided",
                "attempts": self._in_paper_lang()._attempts_text(),
                "amount_currency": claim.amount_residual_currency,
                "amount": claim.amount_residual,
                "is_cash_basis": self.company_id.recouv_cash_basis,
                "decided_by_id": self.env.uid,
                "decided_on": fields.Datetime.now(),
            }
        )

    def _end_placement(self):
        """The agency's mirror ends; nobody asks for this claim any more.

        Elevated: it closes the agency's own record of this very claim, with a reason.
        """
        if lines := self.claim_id._held_lines():
            lines._take_back(
                "recalled",
                self.env._("Written off by the practice"),
                "closed",
                close_reason="written_off",
            )

    # --- what was tried -------------------------------------------------------------

    def _attempts_text(self):
        """Return one line per proven contact, the agency's included, oldest first."""
        labels = dict(
            self.env["recouv.notice"]
            ._fields["channel"]
            ._description_selection(self.env)
        )
        return "\n".join(
            self._attempt_text(row, labels) for row in self._attempt_rows()
        )

    def _attempt_rows(self):
        """Return the proven contacts of the claim and of its mirrors.

        Elevated, in SQL: of the agency's contacts only the day, the channel and
        whether a proof is kept.
        """
        self.env["recouv.notice"].flush_model()
        mirrors = self.claim_id._all_placement_lines().agency_claim_id
        return self.env.execute_query_dict(
            SQL(
                """SELECT n.proven_on, n.channel, n.date_presented,
                          n.company_id <> %(company)s AS by_agency,
                          EXISTS (SELECT 1 FROM recouv_notice_proof_rel p
                                   WHERE p.recouv_notice_id = n.id) AS is_kept
                     FROM recouv_notice n
                     JOIN recouv_notice_line nl ON nl.notice_id = n.id
                    WHERE nl.claim_id IN %(claims)s AND nl.kind = 'claim'
                      AND n.proven_on IS NOT NULL AND n.channel <> 'handover'
                    ORDER BY n.proven_on, n.id""",
                company=self.company_id.id,
                claims=(self.claim_id.id, *mirrors.ids),
            )
        )

    def _attempt_text(self, row, labels):
        _ = self.env._
        parts = [labels.get(row["channel"], row["channel"])]
        if row["by_agency"]:
            parts.append(_("by the agency"))
        if row["date_presented"]:
            parts.append(
                _("presented on %s", format_date(self.env, row["date_presented"]))
            )
        if row["is_kept"]:
            parts.append(_("proof kept"))
        day = format_date(self.env, row["proven_on"])
        return _("%(day)s: %(contact)s", day=day, contact=", ".join(parts))

    # --- undoing --------------------------------------------------------------------

    def _undo_obstacle(self):
        if self.state != "decided":
            return self.env._("it is not decided.")
        if self.recovery_ids.filtered(lambda one: not one.undone_on):
            return self.env._("money came for it since: undo that first.")
        return super()._undo_obstacle()

    def _undo(self):
        """The claim is owed again, by today's entry; it stays with the practice."""
        self._check_manager()
        self._unbook()
        for act in self:
            act._record({"state": "undone"})
        self.claim_id._refresh_ladder()
        for act in self:
            act._offer_placement()

    def _offer_placement(self):
        """Put a claim that the agency held back into the placement to review, and say
        so on it; where that cannot be, say what to do."""
        claim = self.claim_id
        lines = claim._all_placement_lines().filtered(
            lambda line: line.state == "recalled" and line.answer_code == "closed"
        )
        if not lines:
            return
        try:
            refused = self.env["recouv.placement"]._propose(claim)
        except UserError as error:  # no mandate in force
            refused = {claim: str(error)}
        claim.message_post(body=self._offer_sentence(refused.get(claim)))

    def _offer_sentence(self, obstacle):
        """:param obstacle: why the claim does not go back by itself, or None"""
        if obstacle:
            return self.env._(
                "The write-off was undone. The agency held this claim; it stays with "
                "the practice: %s Hand it over again from its own menu when that is "
                "settled.",
                obstacle,
            )
        return self.env._(
            "The write-off was undone. The agency held this claim: it is in the "
            "placement to review; send it, or take the claim out."
        )


class RecouvClaim(models.Model):
    """A claim may be given up, and what came for it later is told apart."""

    _inherit = "recouv.claim"

    close_reason = fields.Selection(
        selection_add=[("written_off", "Written off by the practice")]
    )
    write_off_ids = fields.One2many("recouv.write.off", "claim_id", readonly=True)
    write_off_id = fields.Many2one(
        "recouv.write.off", "Write-off", compute="_compute_write_off"
    )
    amount_written_off = fields.Monetary("Written off", compute="_compute_write_off")
    amount_recovered_later = fields.Monetary(
        "Recovered after the write-off", compute="_compute_write_off"
    )

    @api.depends("write_off_ids.state", "write_off_ids.amount_recovered")
    def _compute_write_off(self):
        for claim in self:
            act = claim.write_off_ids.filtered(lambda act: act.state == "decided")[:1]
            claim.write_off_id = act
            claim.amount_written_off = act.amount_currency
            claim.amount_recovered_later = act.amount_recovered

    def action_prepare_write_off(self):
        """Prepare the write-off of these claims; a manager decides.

        :raise UserError: a claim that cannot be written off, named
        """
        acts = self.env["recouv.write.off"]._prepare(self)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_write_off_action"
        )
        if len(acts) == 1:
            return action | {
                "views": [(False, "form")],
                "res_id": acts.id,
                "context": {},
            }
        return action | {"domain": [("id", "in", acts.ids)], "context": {}}

    def _write_off_obstacle(self):
        """Return why this claim cannot be written off (a sentence), or None."""
        self.ensure_one()
        _ = self.env._
        if self.capacity not in self._written_off_capacities():
            return _("only its creditor writes it off; tell them what you think.")
        if self.holder not in self._written_off_holders():
            return _("somebody else holds it: end that first.")
        if self.closed_on or self.settlement != "open":
            return _("nothing is owed on it any more.")
        if self.plan_ids and self._live_plans():
            return _("an agreement stands on it: end the agreement first.")
        # sudo: whether a payment without an entry is under way
        if self.sudo().move_line_id.move_id._recouv_with_payment_under_way():
            return _("a payment is under way.")
        return None

    @api.model
    def _written_off_capacities(self):
        """Return the capacities in which the company is itself the creditor."""
        return ["creditor"]

    def _written_off_holders(self):
        """Return who may hold a claim that is written off: nobody else's is."""
        return ["practice", "agency"]

    def _all_placement_lines(self):
        """Return every placement line of these claims, elevated: for named methods
        that carry a fact across, never for a screen."""
        # sudo: the tie of the two companies' claims is readable by no one
        return (
            self.env["recouv.placement.line"]
            .sudo()
            .search([("claim_id", "in", self.ids)])
        )

    # --- the agency's opinion -------------------------------------------------------

    def action_give_opinion(self):
        """Open the dialog in which the agency says that nothing more can be had."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Irrecoverable"),
            "res_model": "recouv.write.off.opinion",
            "view_mode": "form",
            "target": "new",
            "context": {"default_claim_ids": self.ids},
        }

    def _give_opinion(self, reason, opinion):
        """Propose to the practices that these claims of the agency be written off.

        As superuser it makes, for each, a draft of the claim that it mirrors, made of a
        reason and a text; nobody of the agency signs it, who proposed stands in the
        agency's own claim. The practice decides; the agency reads nothing of it.

        :raise UserError: not the agency's claims, no text, or not open any more
        """
        self.check_access("write")
        if not (opinion or "").strip():
            raise UserError(self.env._("Say what shows that nothing more can be had."))
        for claim in self:
            claim._check_opinion()
            twin = claim._twin().with_user(SUPERUSER_ID)
            twin.env["recouv.write.off"]._prepare(
                twin,
                reason=reason,
                agency_opinion=opinion.strip(),
                opinion_on=fields.Date.context_today(self),
            )
            claim.message_post(
                body=self.env._("Proposed to the practice to write it off: %s", opinion)
            )

    def _check_opinion(self):
        if self.capacity != "mandatary" or self.closed_on or not self._twin():
            raise UserError(
                self.env._("%(claim)s is not with the agency.", claim=self.display_name)
            )
        if self.settlement != "open" or self._live_plans():
            raise UserError(
                self.env._(
                    "%(claim)s is settled, or an agreement stands on it.",
                    claim=self.display_name,
                )
            )
