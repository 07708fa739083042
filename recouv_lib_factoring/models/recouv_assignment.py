from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .recouv_assignment_line import OFFERED

STAGES = [
    ("draft", "Draft"),
    ("submitted", "Submitted"),
    ("waiting_due", "Waiting for the due date"),
    ("decided", "Decided"),
    ("transferred", "Transferred"),
    ("cancelled", "Cancelled"),
]
STATES = [*STAGES[:-1], ("paid", "Paid"), STAGES[-1]]
#: receivables of one schedule at most: its deed is read, and locks stay short
MOST_LINES = 1000


class RecouvAssignment(models.Model):
    """Receivables that a practice offers and sells to its buyer in one deed.

    The practice's own record; the buyer works its offers (``recouv.purchase``). A
    draft is prepared and shows what stands against each receivable; it is submitted
    (``recouv_assignment_submit.py``), decided line by line by the buyer, signed as the
    writing that the law asks for (C. civ. 1322, ``recouv_assignment_deed.py``), and
    transferred in the books of both.
    """

    _name = "recouv.assignment"
    _inherit = ["recouv.evidence.mixin"]
    _description = "Schedule of assigned receivables"
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char("Number", required=True, copy=False, default="/", readonly=True)
    company_id = fields.Many2one(
        "res.company",
        "Practice",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    contract_id = fields.Many2one(
        "recouv.factoring.contract",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('company_id', '=', company_id), ('state', '=', 'signed')]",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    stage = fields.Selection(
        STAGES, required=True, default="draft", readonly=True, copy=False
    )
    is_from_posting = fields.Boolean(
        "Filled at posting",
        readonly=True,
        copy=False,
        help="Offered by the daily job once its invoices were sent.",
    )
    line_ids = fields.One2many("recouv.assignment.line", "assignment_id", copy=False)
    submitted_on = fields.Datetime(readonly=True, copy=False)
    submitted_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    # --- the deed
    deed_id = fields.Many2one("ir.attachment", readonly=True, copy=False)
    signed_on = fields.Datetime("Deed signed on", readonly=True, copy=False)
    transferred_on = fields.Date(readonly=True, copy=False)
    # --- the price, fixed with the deed
    amount_nominal = fields.Monetary("Nominal", readonly=True, copy=False)
    amount_commission = fields.Monetary("Commission", readonly=True, copy=False)
    amount_vat = fields.Monetary("VAT", readonly=True, copy=False)
    amount_financing = fields.Monetary("Financing", readonly=True, copy=False)
    amount_holdback = fields.Monetary("Holdback", readonly=True, copy=False)
    amount_price = fields.Monetary(
        "To be paid now",
        readonly=True,
        copy=False,
        help="Nominal less commission, its VAT, financing and holdback.",
    )
    # --- what came of its lines
    line_count = fields.Integer("Receivables", compute="_compute_counts")
    amount_total = fields.Monetary("Sum offered", compute="_compute_counts")
    fit_count = fields.Integer("May be offered", compute="_compute_counts")
    unfit_count = fields.Integer("Not eligible", compute="_compute_counts")
    waiting_count = fields.Integer("Awaiting the buyer", compute="_compute_counts")
    due_count = fields.Integer("Waiting for the due date", compute="_compute_counts")
    accepted_count = fields.Integer("Accepted", compute="_compute_counts")
    amount_accepted = fields.Monetary("Sum accepted", compute="_compute_counts")
    refused_count = fields.Integer("Refused", compute="_compute_counts")
    withdrawn_count = fields.Integer("Withdrawn", compute="_compute_counts")

    _number_once = models.UniqueIndex(
        "(company_id, name) WHERE name <> '/'",
        "This number is taken by another schedule of the practice: try again.",
    )
    # drafts to complete, decided ones to sign
    _stage_idx = models.Index("(company_id, stage)")

    @api.depends("line_ids.state", "line_ids.code", "line_ids.amount")
    def _compute_counts(self):
        rows = self.env["recouv.assignment.line"]._read_group(
            [("assignment_id", "in", self.ids)],
            ["assignment_id", "state", "code"],
            ["__count", "amount:sum"],
        )
        for assignment in self:
            mine = [row[1:] for row in rows if row[0] == assignment]
            assignment.update(assignment._counts_of(mine))

    def _counts_of(self, rows):
        """Return the counts from [(state, code, count, sum)]."""

        def total(rank, *states, fit=None):
            return sum(
                row[rank]
                for row in rows
                if row[0] in states and fit in (None, not row[1])
            )

        sold = ("accepted", "transferred", "bought_back")
        return {
            "line_count": total(2, *dict.fromkeys(row[0] for row in rows)),
            "amount_total": total(3, "draft", *OFFERED, fit=True)
            + total(3, "refused", *sold[1:]),
            "fit_count": total(2, "draft", fit=True),
            "unfit_count": total(2, "draft", fit=False) + total(2, "removed"),
            "waiting_count": total(2, "submitted"),
            "due_count": total(2, "waiting_due"),
            "accepted_count": total(2, *sold),
            "amount_accepted": total(3, *sold),
            "refused_count": total(2, "refused"),
            "withdrawn_count": total(2, "withdrawn"),
        }

    # --- what happened is not edited ------------------------------------------------

    def _editable_fields(self):
        """EXTENDS: a draft is prepared; what was submitted is not edited."""
        if self.stage == "draft":
            return frozenset({"contract_id", "date", "line_ids"})
        return frozenset()

    @api.model
    def _creatable_fields(self):
        return frozenset(
            {"company_id", "contract_id", "currency_id", "date", "line_ids"}
        )

    def _is_deletable(self):
        return self.stage == "draft" or super()._is_deletable()

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS: each has its number in the practice's own series."""
        assignments = super().create(vals_list)
        numbering = self.env["recouv.collection"]
        for assignment in assignments.filtered(lambda a: a.name == "/"):
            number = numbering._next_number(assignment.company_id, "BC")
            assignment._record({"name": number})
        return assignments

    # --- preparing ------------------------------------------------------------------

    @api.model
    def _draft(self, contract, currency, is_from_posting=False):
        """Return the open draft of a contract in a currency, made if there is none.

        One that somebody submits at this moment is left alone: who posts an invoice
        waits for nobody.
        """
        drafts = self.search(
            [
                ("contract_id", "=", contract.id),
                ("currency_id", "=", currency.id),
                ("stage", "=", "draft"),
                ("is_from_posting", "=", is_from_posting),
            ]
        )
        return drafts._held_open()[:1] or self._record_new(
            [
                {
                    "company_id": contract.company_id.id,
                    "contract_id": contract.id,
                    "currency_id": currency.id,
                    "is_from_posting": is_from_posting,
                }
            ]
        )

    def _held_open(self):
        """Return those of these that nobody submits until this transaction ends.

        Several may add to one at once. Who began before it was submitted is run again
        by Odoo, and then finds that it was.
        """
        if not self:
            return self
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM recouv_assignment WHERE id IN %s
                      FOR SHARE SKIP LOCKED""",
                tuple(self.ids),
            )
        )
        held = {row[0] for row in rows}
        return self.filtered(lambda one: one.id in held)

    def _hold_open(self):
        """Let nobody submit these while something is added to them.

        :raise UserError: somebody does at this moment
        """
        if taken := self - self._held_open():
            raise UserError(taken._recouv_busy())

    @api.model
    def _offer(self, items):
        """Put receivables on the draft schedule of their practice's contract.

        :param items: receivable journal items
        :return: the drafts they stand on
        :raise UserError: a practice without a contract in force
        """
        today, drafts = fields.Date.context_today(self), self.browse()
        for (company, currency), mine in items.grouped(
            lambda item: (item.company_id, item.currency_id)
        ).items():
            contract = self._contract_of(company, today)
            draft = self._draft(contract, currency)
            draft._add(mine)
            drafts |= draft
        return drafts

    @api.model
    def _contract_of(self, company, day):
        contract = self.env["recouv.factoring.contract"]._in_force(company, day)
        if not contract:
            raise UserError(
                self.env._(
                    "%s has no factoring contract in force: have one signed by both "
                    "parties first.",
                    company.name,
                )
            )
        contract._check_in_force(day)
        return contract

    def _add(self, items):
        """Add receivables to a draft, those that stand on one already left alone."""
        self.ensure_one()
        lines = self.env["recouv.assignment.line"]
        known = lines.search(
            [("origin_line_id", "in", items.ids), ("state", "=", "draft")]
        ).origin_line_id
        return lines.create(
            [
                {"assignment_id": self.id, "origin_line_id": item.id}
                for item in items - known
            ]
        )

    def _split(self, lines):
        """Move lines of this schedule to another one of the same contract."""
        self.ensure_one()
        other = self._record_new(
            [
                {
                    "company_id": self.company_id.id,
                    "contract_id": self.contract_id.id,
                    "currency_id": self.currency_id.id,
                    "date": self.date,
                    "stage": self.stage,
                    "is_from_posting": self.is_from_posting,
                    "submitted_on": self.submitted_on,
                    "submitted_by_id": self.submitted_by_id.id,
                }
            ]
        )
        lines._record({"assignment_id": other.id})
        # sudo: the buyer's record shows the number under which it was offered
        lines.sudo().purchase_id._record({"schedule": other.name})
        self.invalidate_recordset(["line_ids"])
        (self | other)._settle_stage()
        return other

    # --- where it stands ------------------------------------------------------------

    def _settle_stage(self):
        """Say by its lines where each stands that is submitted and not transferred."""
        for assignment in self:
            if assignment.stage in ("draft", "transferred"):
                continue
            assignment.invalidate_recordset(["line_ids"])
            stage = assignment._stage_of(set(assignment.line_ids.mapped("state")))
            if stage != assignment.stage:
                assignment._record({"stage": stage})

    @api.model
    def _stage_of(self, states):
        for state, stage in (
            ("submitted", "submitted"),
            ("accepted", "decided"),
            ("waiting_due", "waiting_due"),
            ("refused", "decided"),
        ):
            if state in states:
                return stage
        return "cancelled"

    def _lock(self):
        """Two users who act at once meet here; the second sees what the first did."""
        self._recouv_lock_rows()
        self.line_ids.invalidate_recordset()

    def _check_manager(self):
        self.check_access("write")
        manager = self.env.user.has_group("recouv_lib.group_manager")
        if not (self.env.su or manager):
            raise AccessError(self.env._("Only a manager signs a sale."))

    # --- actions --------------------------------------------------------------------

    def action_look(self):
        """Look again at what stands against each receivable of a draft."""
        self.check_access("write")
        self.line_ids.filtered(lambda line: line.state == "draft")._look()
        return True

    def action_open(self):
        """Open these schedules."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib_factoring.recouv_assignment_action"
        )
        if len(self) == 1:
            return action | {"views": [(False, "form")], "res_id": self.id}
        return action | {"domain": [("id", "in", self.ids)], "context": {}}

    def action_view_lines(self):
        """Open the receivables of these schedules."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib_factoring.recouv_assignment_line_action"
        )
        return action | {"domain": [("assignment_id", "in", self.ids)], "context": {}}
