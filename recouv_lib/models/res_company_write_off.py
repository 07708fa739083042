from odoo import fields, models
from odoo.exceptions import UserError

#: account of the setting -> code in the French chart (law.md §5.4)
WRITE_OFF_ACCOUNTS = {
    "recouv_loss_account_id": "654100",
    "recouv_loss_prior_account_id": "654400",
    "recouv_unreceived_account_id": "706000",
    "recouv_later_recovery_account_id": "758300",
}


class ResCompany(models.Model):
    """Accounts that irrecoverable claims are written off with, and recovered later."""

    _inherit = "res.company"

    recouv_loss_account_id = fields.Many2one(
        "account.account", "Loss on claims of the year", check_company=True
    )
    recouv_loss_prior_account_id = fields.Many2one(
        "account.account", "Loss on claims of earlier years", check_company=True
    )
    recouv_unreceived_account_id = fields.Many2one(
        "account.account",
        "Fees never received",
        check_company=True,
        help="Books on receipts: the income account on which an unpaid fee is taken "
        "back, where its invoice names none.",
    )
    recouv_later_recovery_account_id = fields.Many2one(
        "account.account", "Recovered after a write-off", check_company=True
    )

    def _recouv_write_off_account(self, fname):
        """Return the account set, else the French chart's own of that use.

        :raise UserError: neither is there
        """
        return self._recouv_set_or_chart_account(fname, WRITE_OFF_ACCOUNTS[fname])

    def _recouv_check_write_off_day(self, journal, day):
        """:raise UserError: the books of the company are locked on ``day``"""
        # sudo below: the name of the company, for the message
        if locks := self._get_violated_lock_dates(day, False, journal):
            raise UserError(
                self.env._(
                    "The books of %(company)s are locked on %(date)s (%(locks)s). "
                    "Choose a later date; nothing was booked.",
                    company=self.sudo().name,
                    date=fields.Date.to_string(day),
                    locks=self._format_lock_dates(locks),
                )
            )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recouv_loss_account_id = fields.Many2one(
        related="company_id.recouv_loss_account_id", readonly=False
    )
    recouv_loss_prior_account_id = fields.Many2one(
        related="company_id.recouv_loss_prior_account_id", readonly=False
    )
    recouv_unreceived_account_id = fields.Many2one(
        related="company_id.recouv_unreceived_account_id", readonly=False
    )
    recouv_later_recovery_account_id = fields.Many2one(
        related="company_id.recouv_later_recovery_account_id", readonly=False
    )
