from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL, format_date, split_every

from .recouv_engine import Blocker

#: transfers booked in one transaction
BATCH = 100
#: claims in one depreciation entry (two items each)
DEPRECIATED = 100
#: account of the setting -> code in the French chart
DEPRECIATION_ACCOUNTS = {
    "recouv_depreciation_expense_account_id": "681740",
    "recouv_depreciation_account_id": "491000",
    "recouv_depreciation_income_account_id": "781740",
}

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
    What is already doubtful is never proposed again: proposing twice, or another batch
    of the same year, adds only what is new. Undoing brings back what is still open.

    A depreciation is optional (a percentage, 681740/491000, refused to a cash-basis
    practice, which has no loss to book: law.md §5.4). It is released, into 781740, for
    what was paid or brought back (:meth:`action_release`).

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
        "Depreciation (%)", help="Of what is owed; 0: no depreciation is booked."
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
    depreciation_move_ids = fields.Many2many(
        "account.move",
        "recouv_doubtful_batch_move_rel",
        string="Depreciation entries",
        readonly=True,
        copy=False,
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
            self.line_ids.write({"percent": vals["depreciation_percent"]})
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
            items = rows.claim_id.move_line_id
            paid = items.move_id._recouv_with_payment_under_way()
            taken = items.filtered(
                lambda item, date=batch.date, paid=paid: (
                    item.date <= date and item.move_id not in paid
                )
            )
            batch.line_ids = [
                Command.clear(),
                *(
                    Command.create(batch._line_vals(row))
                    for row in rows
                    if row.claim_id.move_line_id in taken
                ),
            ]
        return True

    def _candidates(self):
        self.ensure_one()
        aged = Domain("date_due", "<=", self.date - timedelta(days=self.min_age_days))
        if self.only_formal_notice:
            aged &= Domain("claim_id.formal_notice_date", "<=", self.date)
        return (
            Domain("company_id", "=", self.company_id.id)
            & Domain("is_doubtful", "=", False)
            & Domain("claim_id.capacity", "=", "creditor")
            & (aged | Domain("holder", "=", "court"))
            & ~Domain("claim_id", "any", self._settlement_domain())
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
        waiting = self.line_ids.filtered(lambda line: not line.transfer_id)
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
            line.amount = line.move_line_id.amount_residual

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

    # --- depreciation ---------------------------------------------------------------

    def _depreciate(self):
        lines = self._lines_to_depreciate()
        for line in lines:
            line.amount_depreciated = line.wanted_depreciation()
            line.depreciated_on = self.date
        self._book_depreciation(
            [(line, line.amount_depreciated) for line in lines], self.date
        )

    def _lines_to_depreciate(self):
        return self.line_ids.filtered(
            lambda line: (
                line.percent and not line.depreciated_on and line.wanted_depreciation()
            )
        )

    def _check_depreciation(self):
        """Refuse what could not be depreciated, before anything is booked.

        :raise UserError: a practice on receipts; an account or journal is missing
        """
        self.ensure_one()
        if not self._lines_to_depreciate():
            return
        if self.company_id.recouv_cash_basis:
            self._refuse_loss()
        self.company_id._recouv_transfer_setting("recouv_doubtful_journal_id")
        for fname in DEPRECIATION_ACCOUNTS:
            self._depreciation_account(fname)

    def _depreciation_account(self, fname):
        """Return the account of one use of ``DEPRECIATION_ACCOUNTS``.

        :raise UserError: the company has none
        """
        return self.company_id._recouv_depreciation_account(fname)

    def action_release(self):
        """Release the depreciation of what was paid or brought back since."""
        self._check_manager()
        self._check_state("posted")
        today = fields.Date.context_today(self)
        for batch in self:
            batch._release(
                [(line, line._due_release()) for line in batch.line_ids], today
            )
        return True

    def _release(self, amounts, date):
        """Book the releases; one below zero (a payment bounced) is taken back."""
        released = [
            (line, amount)
            for line, amount in amounts
            if not line.company_currency_id.is_zero(amount)
        ]
        for line, amount in released:
            line.amount_released += amount
        self._book_depreciation([(line, -amount) for line, amount in released], date)

    def _book_depreciation(self, amounts, date):
        """Post entries of two items per claim; a negative amount is a release."""
        self.ensure_one()
        for chunk in split_every(DEPRECIATED, amounts, list):
            # sudo: an entry made of checked values only, by a manager
            moves = self.env["account.move"].sudo().with_company(self.company_id)
            move = moves.create(self._depreciation_vals(chunk, date))
            move._post(soft=False)
            self.sudo().depreciation_move_ids |= move

    def _depreciation_vals(self, chunk, date):
        company = self.company_id
        self = self.with_context(lang=company.partner_id.lang or self.env.lang)
        journal = company._recouv_transfer_setting("recouv_doubtful_journal_id")
        items = []
        for line, amount in chunk:
            label = self.env._(
                "Depreciation %(invoice)s", invoice=line.claim_id.reference or ""
            )
            result = (
                "recouv_depreciation_expense_account_id"
                if amount > 0
                else "recouv_depreciation_income_account_id"
            )
            for fname, balance in (
                (result, amount),
                ("recouv_depreciation_account_id", -amount),
            ):
                items.append(
                    {
                        "name": label,
                        "account_id": self._depreciation_account(fname).id,
                        "balance": balance,
                    }
                )
        return {
            "move_type": "entry",
            "company_id": company.id,
            "journal_id": journal.id,
            "date": date,
            "ref": self.display_name,
            "line_ids": [Command.create(vals) for vals in items],
        }

    # --- undoing --------------------------------------------------------------------

    def _undo_obstacle(self):
        if self.state != "posted":
            return self.env._("It is not booked.")
        return super()._undo_obstacle()

    def _undo(self):
        """Bring back what is still open, today; release every depreciation.

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
            batch._release(
                [
                    (line, line.amount_depreciated - line.amount_released)
                    for line in batch.line_ids
                ],
                today,
            )
            batch._set_state("undone")

    def action_view_entries(self):
        """Show the depreciation entries."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_journal_line"
        )
        return action | {
            "domain": [("id", "in", self.depreciation_move_ids.ids)],
            "context": {},
        }


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
    recouv_depreciation_expense_account_id = fields.Many2one(
        "account.account", "Expense of depreciation", check_company=True
    )
    recouv_depreciation_account_id = fields.Many2one(
        "account.account", "Account of depreciation", check_company=True
    )
    recouv_depreciation_income_account_id = fields.Many2one(
        "account.account", "Release of depreciation", check_company=True
    )

    @api.model
    def _recouv_depreciation_codes(self):
        """Return {setting: code of its account in the French chart}."""
        return DEPRECIATION_ACCOUNTS

    def _recouv_depreciation_account(self, fname):
        """Return the account set, else the French chart's own of that use.

        :raise UserError: neither is there
        """
        # sudo: the setting is no secret, nor is the company's chart
        company = self.sudo()
        if company[fname]:
            return company[fname]
        account = (
            self.env["account.account"]
            .sudo()
            .with_company(self)
            .search(
                [
                    ("company_ids", "in", company.root_id.ids),
                    ("code", "=", self._recouv_depreciation_codes()[fname]),
                ],
                limit=1,
            )
        )
        if not account:
            raise UserError(
                self.env._(
                    "The company %(company)s has no “%(setting)s”. Set it in the "
                    "settings of Receivables; nothing was booked.",
                    company=company.name,
                    setting=self._fields[fname].get_description(self.env)["string"],
                )
            )
        return account
