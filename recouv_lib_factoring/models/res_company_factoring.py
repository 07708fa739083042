from odoo import api, fields, models
from odoo.exceptions import UserError

#: company field -> (code in the French chart, types to fall back on)
FACTORING_ACCOUNTS = {
    "recouv_commission_account_id": ("622500", ("expense",)),
    "recouv_financing_account_id": ("668000", ("expense",)),
}


class ResCompany(models.Model):
    """Accounts on which a practice bears what the sale of its receivables costs."""

    _inherit = "res.company"

    recouv_commission_account_id = fields.Many2one(
        "account.account", "Account of factoring commissions", check_company=True
    )
    recouv_financing_account_id = fields.Many2one(
        "account.account", "Account of financing charges", check_company=True
    )

    @api.model
    def _recouv_result_accounts(self):
        """EXTENDS: the accounts of what a sale costs come with them."""
        return super()._recouv_result_accounts() | FACTORING_ACCOUNTS

    def _recouv_check_acquired_account(self):
        """:raise UserError: bought receivables would be no receivables in the books"""
        account = self._recouv_transfer_setting("recouv_acquired_account_id")
        if account.account_type != "asset_receivable":
            raise UserError(
                self.env._(
                    "The account %(account)s of %(company)s, for acquired receivables, "
                    "is no receivable account: what it buys could be neither reminded "
                    "nor paid there. Choose another one; nothing was booked.",
                    account=account.display_name,
                    company=self.name,
                )
            )

    def _recouv_waiting_account(self):
        """Return the account on which a transfer under way waits for its bank.

        :raise UserError: the company has none
        """
        self.ensure_one()
        # sudo: a setting of the company's own chart
        company = self.sudo()
        if company.transfer_account_id:
            return company.transfer_account_id
        raise UserError(
            self.env._(
                "The company %s has no account of internal transfers, on which a "
                "payment waits for its bank. Nothing was booked.",
                company.name,
            )
        )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recouv_commission_account_id = fields.Many2one(
        related="company_id.recouv_commission_account_id", readonly=False
    )
    recouv_financing_account_id = fields.Many2one(
        related="company_id.recouv_financing_account_id", readonly=False
    )
