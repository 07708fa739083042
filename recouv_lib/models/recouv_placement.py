from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.tools import format_date

STATES = [
    ("draft", "To review"),
    ("sent", "With the agency"),
    ("closed", "Finished"),
]
# what a person may still write on a placement; the rest is what happened
FREE = frozenset({"date", "mandate_id", "line_ids"})


class RecouvPlacement(models.Model):
    """Claims handed over to the agency under one mandate, on one date.

    It is the practice's own record. The agency never reads it: it receives its own
    claims, which mirror these (``recouv_claim_mirror.py``), and accepts or refuses
    those. A draft collects what the schedule or a manager proposes; the practitioner
    looks first at what tact asks for; then it is sent, and never edited again.
    """

    _name = "recouv.placement"
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin"]
    _description = "Placement with the agency"
    _order = "date desc, id desc"
    _rec_name = "name"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    mandate_id = fields.Many2one(
        "recouv.mandate",
        required=True,
        index=True,
        check_company=True,
        domain="[('company_id', '=', company_id), ('state', '=', 'signed'), "
        "('scope', '=', 'collection')]",
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    state = fields.Selection(
        STATES, required=True, readonly=True, default="draft", copy=False, index=True
    )
    sent_on = fields.Datetime(readonly=True, copy=False)
    sent_by_id = fields.Many2one("res.users", "Sent by", readonly=True, copy=False)
    document_id = fields.Many2one(
        "ir.attachment", "Schedule of sums", readonly=True, copy=False
    )
    line_ids = fields.One2many(
        "recouv.placement.line", "placement_id", "Claims", copy=False
    )
    line_count = fields.Integer("Claims placed", compute="_compute_counts")
    amount_total = fields.Monetary("Sum placed", compute="_compute_counts")
    review_count = fields.Integer("Awaiting your review", compute="_compute_counts")
    waiting_count = fields.Integer("Awaiting the agency", compute="_compute_counts")
    accepted_count = fields.Integer("Accepted", compute="_compute_counts")
    refused_count = fields.Integer("Refused", compute="_compute_counts")
    recalled_count = fields.Integer("Recalled", compute="_compute_counts")

    @api.depends("date")
    @api.depends_context("lang")
    def _compute_name(self):
        for placement in self:
            placement.name = self.env._(
                "Placement %(number)s of %(date)s",
                number=placement.id or "",
                date=format_date(self.env, placement.date),
            )

    @api.depends("line_ids.state", "line_ids.review_state", "line_ids.amount_total")
    def _compute_counts(self):
        rows = self.env["recouv.placement.line"]._read_group(
            [("placement_id", "in", self.ids), ("state", "!=", "removed")],
            ["placement_id", "state", "review_state"],
            ["__count", "amount_principal:sum", "amount_interest:sum"],
        )
        for placement in self:
            mine = [row[1:] for row in rows if row[0] == placement]
            count = lambda state, mine=mine: sum(r[2] for r in mine if r[0] == state)  # noqa: E731
            placement.update(
                {
                    "line_count": sum(row[2] for row in mine),
                    "amount_total": sum(row[3] + row[4] for row in mine),
                    "review_count": sum(
                        r[2] for r in mine if r[:2] == ("draft", "to_review")
                    ),
                    "waiting_count": count("proposed"),
                    "accepted_count": count("accepted"),
                    "refused_count": count("refused"),
                    "recalled_count": count("recalled"),
                }
            )

    # --- what happened is not edited ------------------------------------------------

    def _editable_fields(self):
        """EXTENDS: a draft is prepared; what was sent is not edited."""
        return FREE if self.state == "draft" else frozenset()

    @api.model
    def _creatable_fields(self):
        return FREE | {"company_id"}

    def _is_deletable(self):
        return self.state == "draft" or super()._is_deletable()

    # --- proposing ------------------------------------------------------------------

    @api.model
    def _propose(self, claims):
        """Put claims into the draft placement of their practice's mandate.

        :return: {claim: why it does not go (a sentence)}
        :raise UserError: a practice without a mandate in force
        """
        refused = {}
        for company, mine in claims.grouped("company_id").items():
            mandate = self.env["recouv.mandate"]._check_placeable(company)
            refused |= self._draft(mandate)._add(mine)
        return refused

    @api.model
    def _draft(self, mandate):
        """Return the open draft of a mandate, made when there is none."""
        draft = self.search(
            [("mandate_id", "=", mandate.id), ("state", "=", "draft")], limit=1
        )
        return draft or self.create(
            {"mandate_id": mandate.id, "company_id": mandate.company_id.id}
        )

    def _add(self, claims):
        """Add claims that may leave; return {claim: why it does not (a sentence)}."""
        self.ensure_one()
        # sudo: the mandate's agency is named on it
        agency = self.mandate_id.sudo().agency_id
        verdicts = claims._placement_verdicts(agency)
        sentences = claims._placement_messages(self.company_id, agency)
        drafted = self.env["recouv.placement.line"]._drafted(claims)
        fit = claims.filtered(lambda c: not verdicts[c.id].code) - drafted
        self.env["recouv.placement.line"].create(
            [{"placement_id": self.id, "claim_id": claim.id} for claim in fit]
        )
        return {
            claim: sentences.get(verdicts[claim.id].code)
            or self.env._("it is already in a placement to review.")
            for claim in claims - fit
        }

    # --- sending --------------------------------------------------------------------

    def action_send(self):
        """Hand the claims over: the agency receives its mirrors.

        The practice's own relances stop at once. A claim that was paid or suspended
        since it was proposed stays behind, with the reason on its line.

        :raise AccessError: not a manager
        :raise UserError: no active mandate, claims to review, or nothing may leave
        """
        self._check_manager()
        self._lock()
        for placement in self:
            placement._check_sendable()
            placement._send()
        return True

    def _lock(self):
        """Two users who send at once meet here; the second sees what the first did."""
        try:
            self.lock_for_update()
            self.line_ids.claim_id.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody else is handing these claims over at this moment: look "
                    "again in a minute."
                )
            ) from error
        self.invalidate_recordset()
        self.line_ids.invalidate_recordset()
        self.line_ids.claim_id.invalidate_recordset(["holder", "closed_on"])

    def _check_manager(self):
        self.check_access("write")
        manager = self.env.user.has_group("recouv_lib.group_manager")
        if not (self.env.su or manager):
            raise AccessError(
                self.env._("Only a manager hands claims over to the agency.")
            )

    def _check_sendable(self):
        self.ensure_one()
        if self.state != "draft":
            raise UserError(
                self.env._("%(placement)s was sent already.", placement=self.name)
            )
        # sudo: the mandate is the practice's own; its agency's identity is on it
        mandate = self.mandate_id.sudo()
        mandate._check_active(fields.Date.context_today(self))
        self.env["res.users"]._recouv_check_apart(self.company_id, mandate.agency_id)
        if self.review_count:
            raise UserError(
                self.env._(
                    "%(placement)s: %(count)s claims wait for your review. Keep them "
                    "or take them out first.",
                    placement=self.name,
                    count=self.review_count,
                )
            )

    def _send(self):
        lines = self.line_ids.filtered(lambda line: line.state == "draft")
        lines = lines._leave_behind()
        lines._fix_sums()
        lines._mirror()
        self._record(
            {
                "state": "sent",
                "sent_on": fields.Datetime.now(),
                "sent_by_id": self.env.uid,
            }
        )

    def _close_if_over(self):
        """A placement of which the agency holds nothing any more is over."""
        for placement in self:
            held = placement.line_ids.filtered("is_held")
            if placement.state == "sent" and not held:
                placement._record({"state": "closed"})

    # --- undoing --------------------------------------------------------------------

    def _undo_obstacle(self):
        """EXTENDS: what the agency took on is recalled, not undone."""
        if self.state == "draft":
            return self.env._("it was not sent.")
        if self.line_ids.filtered(
            lambda line: line.state != "proposed" and line.is_held
        ):
            return self.env._(
                "the agency has accepted claims of it: recall them instead."
            )
        if self.state != "sent":
            return self.env._("the agency holds nothing of it any more.")
        return super()._undo_obstacle()

    def _undo(self):
        self._check_manager()
        waiting = self.line_ids.filtered(lambda line: line.state == "proposed")
        waiting._take_back("recalled", self.env._("Handed over by mistake."))

    # --- actions --------------------------------------------------------------------

    def action_open(self):
        """Open this placement."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_placement_action"
        )
        return action | {"views": [(False, "form")], "res_id": self.id}

    def action_keep_all(self):
        """The practitioner has looked: what is to review goes too."""
        lines = self.line_ids.filtered(lambda line: line.review_state == "to_review")
        return lines.action_keep()

    def action_view_lines(self):
        """Open the claims of this placement, those to review first."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_placement_line_action"
        )
        search = {"search_default_to_review": 1} if self.review_count else {}
        return action | {
            "domain": [("placement_id", "=", self.id)],
            "context": {"create": False, **search},
        }
