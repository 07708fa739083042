from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import split_every

#: claims in one depreciation entry (two items each)
DEPRECIATED = 100
#: account of the setting -> code in the French chart
DEPRECIATION_ACCOUNTS = {
    "recouv_depreciation_expense_account_id": "681740",
    "recouv_depreciation_account_id": "491000",
    "recouv_depreciation_income_account_id": "781740",
}


class RecouvDoubtfulBatch(models.Model):
    """What a doubtful batch depreciates at its closing date, and releases later."""

    _name = "recouv.doubtful.batch"
    _inherit = ["recouv.doubtful.batch", "recouv.booked.mixin"]
    _booked_moves = ("depreciation_move_ids",)

    depreciation_move_ids = fields.Many2many(
        "account.move",
        "recouv_doubtful_batch_move_rel",
        string="Depreciation entries",
        readonly=True,
        copy=False,
    )

    def _depreciate(self):
        """Book the difference from what earlier entries carry, and take that over."""
        lines = self._lines_to_depreciate()
        earlier = self._carried_lines().grouped("claim_id")
        for line in lines:
            line._record(
                {
                    "amount_depreciated": line.wanted_depreciation(),
                    "depreciated_on": self.date,
                }
            )
            line._take_over(earlier.get(line.claim_id, line.browse()))
        self._book_depreciation(
            [(line, line.amount_change) for line in lines], self.date
        )

    def _lines_to_depreciate(self):
        """Return what gets or has a depreciation; that one may go down to nothing."""
        return self.line_ids.filtered(
            lambda line: (
                not line.depreciated_on
                and (line.wanted_depreciation() or line.amount_carried)
            )
        )

    def _check_depreciation(self):
        """Refuse what could not be depreciated, before anything is booked.

        :raise UserError: a practice on receipts; an account or journal is missing, or
            the year locked
        """
        self.ensure_one()
        lines = self._lines_to_depreciate()
        if not lines:
            return
        if self.company_id.recouv_cash_basis and max(lines.mapped("amount_change")) > 0:
            self._refuse_loss()
        self._check_open_on(self.date)
        for fname in DEPRECIATION_ACCOUNTS:
            self._depreciation_account(fname)

    def _check_open_on(self, day):
        """Posting would book it on the first open day, in another year; a human
        decides instead.

        :raise UserError: the journal is missing, or locked on ``day``
        """
        company = self.company_id
        journal = company._recouv_transfer_setting("recouv_doubtful_journal_id")
        company._recouv_check_write_off_day(journal, day)

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
        if released:
            self._check_open_on(date)
        for line, amount in released:
            line._record({"amount_released": line.amount_released + amount})
        self._book_depreciation([(line, -amount) for line, amount in released], date)

    def _book_depreciation(self, amounts, date):
        """Post entries of two items per claim; a negative amount is a release."""
        self.ensure_one()
        booked = [
            one for one in amounts if not self.company_currency_id.is_zero(one[1])
        ]
        for chunk in split_every(DEPRECIATED, booked, list):
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

    # --- whose entries these are ----------------------------------------------------

    @api.model
    def _booked_domain(self):
        """EXTENDS: undone ones too, whose releases are entries beside the first."""
        return Domain.TRUE

    def _books_refusal(self, entries):
        """EXTENDS: by release; no entry of it is ever taken back."""
        return self.env._(
            "%(entry)s books the depreciation of “%(batch)s”, which says for each "
            "claim what was depreciated and released. Release it there (button "
            "“Release what was paid”), or have a manager undo “%(batch)s”.",
            entry=entries[:1].name or "/",
            batch=self.display_name,
        )


class ResCompany(models.Model):
    _inherit = "res.company"

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
        return self._recouv_set_or_chart_account(
            fname, self._recouv_depreciation_codes()[fname]
        )
