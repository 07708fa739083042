from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__, default_lang="en_US")

#: company field -> (code in the French chart, name of a new account, its type)
MONEY_ACCOUNTS = {
    "recouv_overpaid_account_id": (
        "467600",
        _lt("Overpayments owed to debtors"),
        "liability_current",
    ),
    "recouv_sweep_account_id": (
        "467700",
        _lt("Agency's fees to sweep"),
        "liability_current",
    ),
    "recouv_sweep_contra_account_id": (
        "467800",
        _lt("Fees held on the dedicated account"),
        "asset_current",
    ),
    "recouv_ordered_account_id": (
        "467900",
        _lt("Dedicated account - transfers ordered"),
        "liability_current",
    ),
    "recouv_court_cost_account_id": (
        "467910",
        _lt("Enforcement costs advanced"),
        "asset_current",
    ),
}
#: company field -> (code in the French chart, type to fall back on)
RESULT_ACCOUNTS = {
    "recouv_interest_account_id": ("763100", ("income_other", "income")),
    "recouv_fee_account_id": ("622600", ("expense",)),
    "recouv_cost_account_id": ("622700", ("expense",)),
}


class ResCompany(models.Model):
    """Accounts of money collected for others, and of what it costs the practice."""

    _inherit = "res.company"

    recouv_overpaid_account_id = fields.Many2one(
        "account.account", "Account of overpayments", check_company=True
    )
    recouv_sweep_account_id = fields.Many2one(
        "account.account", "Account of fees to sweep", check_company=True
    )
    recouv_sweep_contra_account_id = fields.Many2one(
        "account.account", "Account of fees held on the dedicated account",
        check_company=True,
    )  # fmt: skip
    recouv_ordered_account_id = fields.Many2one(
        "account.account", "Account of transfers ordered", check_company=True
    )
    recouv_interest_account_id = fields.Many2one(
        "account.account", "Account of interest received", check_company=True
    )
    recouv_fee_account_id = fields.Many2one(
        "account.account", "Account of the agency's fees", check_company=True
    )
    recouv_cost_account_id = fields.Many2one(
        "account.account", "Account of court costs borne", check_company=True
    )
    recouv_fee_tax_id = fields.Many2one(
        "account.tax",
        "Deductible VAT on the agency's fees",
        check_company=True,
        help="Empty for a practice whose care is exempt: the VAT is then part of the "
        "cost (CGI 261-4-1°).",
    )
    recouv_refund_deadline_days = fields.Integer(
        "Days to refund overpayments", default=30
    )

    @api.model
    def _recouv_open_accounts(self):
        """EXTENDS: the accounts of money held for others."""
        return super()._recouv_open_accounts() | MONEY_ACCOUNTS

    @api.model
    def _recouv_result_accounts(self):
        """EXTENDS: what the collection costs and brings the practice."""
        return super()._recouv_result_accounts() | RESULT_ACCOUNTS

    # --- reading the settings -------------------------------------------------------

    def _recouv_funds_journal(self):
        """Return the journal of the dedicated account, ready to receive.

        What comes in and is not identified yet stays on the account of receipts to
        identify, which is made the journal's suspense account.

        :raise UserError: there is none, or it holds movements on another account
        """
        self.ensure_one()
        # sudo: the journal of the company's own settings
        company = self.sudo()
        journal = company.recouv_dedicated_journal_id
        if not journal or not journal.active:
            raise UserError(
                self.env._(
                    "%(company)s has no dedicated account: choose its bank journal in "
                    "the agency's profile. Nothing was booked.",
                    company=company.name,
                )
            )
        waiting = self._recouv_transfer_setting("recouv_receipts_account_id")
        if journal.suspense_account_id != waiting:
            company._recouv_take_suspense(journal, waiting)
        return journal

    def _recouv_take_suspense(self, journal, waiting):
        items = self.env["account.move.line"].search_count(
            [
                ("journal_id", "=", journal.id),
                ("account_id", "=", journal.suspense_account_id.id),
                ("parent_state", "=", "posted"),
            ],
            limit=1,
        )
        if items:
            raise UserError(
                self.env._(
                    "The dedicated account of %(company)s has movements waiting on "
                    "another account than %(account)s: settle them first.",
                    company=self.name,
                    account=waiting.display_name,
                )
            )
        journal.suspense_account_id = waiting

    @api.model
    def _recouv_check_books_open(self, company, day):
        """Refuse a day that is locked in a company's books.

        :raise UserError: naming the company and the lock
        """
        journal = company._recouv_transfer_setting("recouv_collected_journal_id")
        self._recouv_check_unlocked(company, day, journal)

    @api.model
    def _recouv_check_unlocked(self, company, day, journal, has_tax=False):
        """Refuse a day on which core would silently move what is booked.

        :param journal: where it is booked: sales and purchases have locks of their own
        :param has_tax: whether it bears tax: returns made have their lock too
        :raise UserError: naming the company and the lock
        """
        # sudo: lock dates of the other company, told as a refusal only
        locks = company.sudo()._get_violated_lock_dates(day, has_tax, journal)
        if locks:
            raise UserError(
                self.env._(
                    "The books of %(company)s are locked on %(date)s (%(locks)s). "
                    "Nothing was booked, in neither company.",
                    company=company.sudo().name,
                    date=fields.Date.to_string(day),
                    locks=self.env["res.company"]._format_lock_dates(locks),
                )
            )
