from odoo import api, fields, models
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__, default_lang="en_US")

#: company field -> (code in the French chart, name of a new account, its type)
RETURN_ACCOUNTS = {
    "recouv_announced_account_id": (
        "471100",
        _lt("Payers' transfers announced"),
        "asset_current",
    ),
    "recouv_allot_account_id": (
        "471200",
        _lt("Payers' money to allot"),
        "liability_current",
    ),
    "recouv_payer_debt_account_id": (
        "467150",
        _lt("Sums that payers kept back"),
        "liability_current",
    ),
}
#: company field -> (journal code, journal name)
RETURN_JOURNALS = {"recouv_return_journal_id": ("TPRET", _lt("Returns of payers"))}
#: of the account made where none is set (code in the French chart, name, type)
GIVEN_BACK = ("658200", _lt("Fees given back to payers"), "expense")


class ResCompany(models.Model):
    """Journal and accounts that returns of payers are booked with."""

    _inherit = "res.company"

    recouv_return_journal_id = fields.Many2one(
        "account.journal", "Journal of payers' returns", check_company=True
    )
    recouv_announced_account_id = fields.Many2one(
        "account.account",
        "Account of payers' transfers announced",
        check_company=True,
        help="What a payer says it paid, until the bank shows it.",
    )
    recouv_allot_account_id = fields.Many2one(
        "account.account",
        "Account of payers' money to allot",
        check_company=True,
        help="Lump sums, and what was paid for no share that we know.",
    )
    recouv_payer_debt_account_id = fields.Many2one(
        "account.account",
        "Account of sums that payers kept back",
        check_company=True,
        help="What a payer kept back from its transfers, until it is explained.",
    )
    recouv_given_back_account_id = fields.Many2one(
        "account.account",
        "Account of fees given back to payers",
        check_company=True,
        help="Bears what a payer rightly claims back and no invoice is named for.",
    )
    recouv_return_auto_apply = fields.Boolean("Apply returns at once", default=True)
    recouv_announced_days = fields.Integer(
        "Days before an announced transfer is missing", default=7
    )

    @api.model
    def _recouv_own_journals(self):
        """EXTENDS: that of returns."""
        return super()._recouv_own_journals() | RETURN_JOURNALS

    @api.model
    def _recouv_open_accounts(self):
        """EXTENDS: what returns are booked on."""
        return super()._recouv_open_accounts() | RETURN_ACCOUNTS

    def _recouv_return_settings(self):
        """Return (journal, {field: account}) that returns are booked with.

        :raise UserError: naming the company and what is missing
        """
        self.ensure_one()
        journal = self._recouv_transfer_setting("recouv_return_journal_id")
        accounts = {
            fname: self._recouv_transfer_setting(fname) for fname in RETURN_ACCOUNTS
        }
        return journal, accounts

    def _recouv_given_back_account(self):
        """Return the account of fees given back to payers, made at its first use."""
        self.ensure_one()
        # sudo: a setting of the company itself
        company = self.sudo().with_company(self)
        if not company.recouv_given_back_account_id.active:
            company.recouv_given_back_account_id = (
                company._recouv_find_or_create_account(*GIVEN_BACK)
            )
        return company.recouv_given_back_account_id
