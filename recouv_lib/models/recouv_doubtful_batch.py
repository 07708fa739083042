from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date, split_every

from .recouv_engine import Blocker

#: transfers booked in one transaction
BATCH = 100
#: what a person may say of a batch while it is a draft
PLAN_FIELDS = {
    "company_id",
    "date",
    "min_age_days",
    "only_formal_notice",
    "depreciation_percent",
}


class RecouvDoubtfulBatch(models.Model):
    """The year-end move of receivables to the doubtful account, and back.

    A batch proposes what is old enough at its date (or before a court); a human takes
    lines out; posting books one transfer per line (``recouv.transfer``, kind
    doubtful), so that each claim keeps its step and its life, standing on the new item.
    What is already doubtful is never moved again: proposing twice, or another batch
    of the same year, adds only what is new. Undoing brings back what is still open.

    A depreciation is optional (a percentage, 681740/491000, refused to a cash-basis
    practice, which has no loss to book: law.md §5.4). It is released, into 781740, for
    what was paid or brought back (:meth:`action_release`), and reviewed by a later
    batch (``recouv_doubtful_carried.py``).

    Posting goes by batches of transfers committed by the engine's checkpoint; posting
    again goes on where it stopped, for each transfer has its idempotency key.
    """

    _name = "recouv.doubtful.batch"
    _description = "Doubtful receivables of a year"
    _inherit = ["recouv.undo.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    # what else loses value without moving, another add-on says
    kind = fields.Selection(
        [("doubtful", "Doubtful receivables")],
        required=True,
        default="doubtful",
        readonly=True,
    )
    date = fields.Date(
        "Closing date", required=True, default=lambda self: self._default_date()
    )
    state = fields.Selection(
        [("draft", "Draft"), ("posted", "Posted"), ("undone", "Undone")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
    )
    min_age_days = fields.Integer(
        "Days past due at least",
        default=180,
        required=True,
        help="Claims before a court are proposed whatever their age.",
    )
    only_formal_notice = fields.Boolean(
        "Only after a mise en demeure",
        help="Leave out what no mise en demeure was presented for.",
    )
    depreciation_percent = fields.Float(
        "Depreciation (%)",
        help="Of what is owed; 0: no depreciation is added. Set it before you propose, "
        "and what is doubtful already without a depreciation is listed too. What is "
        "depreciated more keeps its own rate.",
    )
    line_ids = fields.One2many("recouv.doubtful.line", "batch_id")
    line_count = fields.Integer(compute="_compute_totals")
    amount = fields.Monetary(
        "Total", currency_field="company_currency_id", compute="_compute_totals"
    )
    amount_depreciated = fields.Monetary(
        "Depreciation",
        currency_field="company_currency_id",
        compute="_compute_totals",
    )

    _one_draft_uniq = models.UniqueIndex(
        "(company_id, date) WHERE state = 'draft'",
        "A draft of that closing date exists already: use it.",
    )
    _percent_range = models.Constraint(
        "CHECK(depreciation_percent BETWEEN 0 AND 100 AND min_age_days >= 0)",
        "A depreciation lies between 0 and 100 %, and an age is not negative.",
    )

    @api.model
    def _default_date(self):
        """The last closing date of the company."""
        today = fields.Date.context_today(self)
        year = self.env.company.compute_fiscalyear_dates(today)
        return year["date_from"] - timedelta(days=1)

    @api.depends("date", "company_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for batch in self:
            batch.display_name = self.env._(
                "Doubtful at %(date)s", date=format_date(self.env, batch.date) or ""
            )

    @api.depends("line_ids.amount", "line_ids.amount_depreciated")
    def _compute_totals(self):
        for batch in self:
            batch.line_count = len(batch.line_ids)
            batch.amount = sum(batch.line_ids.mapped("amount"))
            batch.amount_depreciated = sum(batch.line_ids.mapped("amount_depreciated"))

    @api.constrains("depreciation_percent", "company_id")
    def _check_cash_basis(self):
        for batch in self:
            if batch.depreciation_percent and batch.company_id.recouv_cash_basis:
                batch._refuse_loss()

    def _refuse_loss(self):
        raise UserError(
            self.env._(
                "%(company)s keeps its books on receipts: it has no loss to "
                "book. Leave the depreciation at 0.",
                company=self.company_id.name,
            )
        )

    def write(self, vals):
        """A rate set after the proposal counts for what is listed; a booked batch
        stands as it is."""
        self._check_writable(vals)
        result = super().write(vals)
        if "depreciation_percent" in vals:
            for batch in self:
                batch._apply_rates()
        return result

    def _check_writable(self, vals):
        if self.env.su:
            return
        if "state" in vals:
            raise UserError(self.env._("The state is written by booking and undoing."))
        if PLAN_FIELDS & vals.keys():
            self._check_state("draft")

    @api.ondelete(at_uninstall=False)
    def _unlink_only_draft(self):
        for batch in self.filtered(lambda batch: batch.state != "draft"):
            raise UserError(
                self.env._(
                    "%(batch)s is booked: undo it instead.", batch=batch.display_name
                )
            )

    # --- proposing ------------------------------------------------------------------

    def action_propose(self):
        """List anew what is doubtful at the closing date; lines taken out come back."""
        self._check_state("draft")
        for batch in self:
            rows = self.env["recouv.report.aging"].search(batch._candidates())
            rows.invalidate_recordset()  # of a view: what was read before may be old
            moves = rows.claim_id.move_line_id.move_id
            paid = moves._recouv_with_payment_under_way()
            batch.line_ids.unlink()
            batch._list(
                batch._line_vals(row)
                for row in rows
                if batch._was_owed(row)
                and row.claim_id.move_line_id.move_id not in paid
            )
        return True

    def _list(self, vals_list):
        """Add lines with these values, which only proposing does."""
        self.env["recouv.doubtful.line"]._record_new(
            [{"batch_id": self.id, **vals} for vals in vals_list]
        )

    def _was_owed(self, row):
        """Whether it was owed at the closing; what someone made doubtful after it was
        owed before by its invoice."""
        move = row.claim_id.move_line_id.move_id
        if row.is_doubtful:
            move = row.claim_id.move_id or move
        return move.date <= self.date

    def _candidates(self):
        self.ensure_one()
        aged = Domain("date_due", "<=", self.date - timedelta(days=self.min_age_days))
        if self.only_formal_notice:
            aged &= Domain("claim_id.formal_notice_date", "<=", self.date)
        found = (
            Domain("is_doubtful", "=", False)
            & (aged | Domain("holder", "=", "court"))
            & ~Domain("claim_id", "any", self._settlement_domain())
        )
        if self.depreciation_percent:
            found |= Domain("is_doubtful", "=", True)
        return (
            Domain("company_id", "=", self.company_id.id)
            & Domain("claim_id.capacity", "=", "creditor")
            & found
        )

    @api.model
    def _settlement_domain(self):
        """Claims under a settlement: it credits the invoice, whose items stay."""
        return Domain(
            "plan_ids",
            "any",
            [
                ("kind", "=", "settlement"),
                ("state", "=", "agreed"),
                ("settled_on", "=", False),
            ],
        )

    def _line_vals(self, row):
        return {
            "claim_id": row.claim_id.id,
            "move_line_id": row.claim_id.move_line_id.id,
            "amount": row.amount_residual,
            "percent": self.depreciation_percent,
            "is_depreciation_only": row.is_doubtful,
        }

    # --- posting --------------------------------------------------------------------

    def action_post(self):
        """Book the transfers, then the depreciation; the claims live on.

        :raise UserError: a draft without lines, a locked year, a missing account
        """
        self._check_manager()
        self._check_state("draft")
        for batch in self:
            if not batch.line_ids:
                raise UserError(
                    self.env._("%(batch)s: nothing is listed. Propose first.",
                               batch=batch.display_name)
                )  # fmt: skip
            batch._drop_settled()
            batch._check_depreciation()
            for ids in split_every(BATCH, batch.line_ids.ids):
                batch.line_ids.browse(ids)._transfer()
                self.env["recouv.engine"]._checkpoint()
            batch._depreciate()
            batch._set_state("posted")
        return True

    def _set_state(self, state):
        """Write it at once: the index of drafts must know when the next is made."""
        # sudo: the state is written here only, by who may book (checked by the caller)
        self.sudo().state = state
        self.flush_recordset(["state"])

    def _drop_settled(self):
        """Leave out what was paid, moved or settled since it was proposed.

        What was paid in part is taken for what is left of it.
        """
        waiting = self.line_ids.filtered(
            lambda line: line._is_moved() and not line.transfer_id
        )
        agreed = waiting.claim_id.filtered_domain(self._settlement_domain())
        paid = waiting.move_line_id.move_id._recouv_with_payment_under_way()
        gone = waiting.filtered(
            lambda line: (
                line.move_line_id.reconciled
                or line.claim_id.move_line_id != line.move_line_id
                or line.claim_id in agreed
                or line.move_line_id.move_id in paid
            )
        )
        gone.unlink()
        for line in waiting - gone:
            line._record({"amount": line.move_line_id.amount_residual})

    def _check_manager(self):
        if self.env.su or self.env.user.has_group("recouv_lib.group_manager"):
            return
        raise AccessError(
            self.env._("Only a manager of the receivables follow-up may book this.")
        )

    def _check_state(self, state):
        for batch in self.filtered(lambda batch: batch.state != state):
            raise UserError(
                self.env._(
                    "%(batch)s is no longer in the right state for this.",
                    batch=batch.display_name,
                )
            )

    # --- undoing --------------------------------------------------------------------

    def _undo_obstacle(self):
        if self.state != "posted":
            return self.env._("It is not booked.")
        return super()._undo_obstacle()

    def _undo(self):
        """Bring back what is still open, today; release what it depreciated beyond
        what earlier batches did.

        What was paid meanwhile stays paid: there is nothing to bring back.
        """
        self._check_manager()
        today = fields.Date.context_today(self)
        for batch in self:
            # sudo: whether an item is settled, of a batch that a manager may undo
            transfers = batch.line_ids.transfer_id.filtered(
                lambda t: t.state == "posted" and not t.sudo().target_line_id.reconciled
            )
            for transfer in transfers:
                transfer.action_reverse(
                    batch.display_name,
                    date=today,
                    date_due=transfer.date_due,
                )
            booked = batch.line_ids.filtered("depreciated_on")
            batch._release(
                [(line, line._carries() - line.amount_carried) for line in booked],
                today,
            )
            batch._set_state("undone")
            batch._restore_earlier(today)


class RecouvEngine(models.AbstractModel):
    _inherit = "recouv.engine"

    @api.model
    def _claim_blockers(self, company, today):
        blockers = super()._claim_blockers(company, today)
        if company.recouv_doubtful_reminders:
            return blockers
        return [
            *blockers,
            Blocker(
                "doubtful",
                self.env._(
                    "It is on the doubtful account, and this practice sends no "
                    "reminders for these."
                ),
                SQL(
                    """EXISTS (SELECT 1 FROM recouv_transfer dt
                                WHERE dt.target_line_id = l.id
                                  AND dt.kind = 'doubtful' AND dt.state = 'posted')"""
                ),
            ),
        ]


class ResCompany(models.Model):
    _inherit = "res.company"

    recouv_cash_basis = fields.Boolean(
        "Books on receipts",
        help="A practice whose income is what it received (BNC): it keeps a receipts "
        "book, and books no loss nor depreciation on what is unpaid.",
    )
    recouv_doubtful_reminders = fields.Boolean(
        "Go on reminding of doubtful receivables", default=True
    )
