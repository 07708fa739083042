from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__, default_lang="en_US")

#: company field -> (code in the French chart, name of a new account, its type).
#: What the insurer owes stands on ``recouv_subrogation_account_id``.
INSURANCE_ACCOUNTS = {
    "recouv_insurance_premium_account_id": (
        "616500",
        _lt("Credit insurance"),
        "expense",
    ),
    "recouv_insurance_income_account_id": (
        "758700",
        _lt("Insurance indemnities"),
        "income_other",
    ),
    "recouv_insurance_cost_account_id": (
        "622700",
        _lt("Costs of recovery"),
        "expense",
    ),
}


class ResCompany(models.Model):
    """Accounts that credit insurance is booked with (law.md §5.4)."""

    _inherit = "res.company"

    recouv_insurance_premium_account_id = fields.Many2one(
        "account.account", "Credit insurance premiums", check_company=True
    )
    recouv_insurance_income_account_id = fields.Many2one(
        "account.account",
        "Indemnities of written-off claims",
        check_company=True,
        help="An indemnity for a claim that was written off before is income; else it "
        "takes the place of the claim.",
    )
    recouv_insurance_cost_account_id = fields.Many2one(
        "account.account", "Costs of the insurer's recovery", check_company=True
    )

    def _recouv_insurance_account(self, fname):
        """Return the account set, else the chart's own of that use, else a new one.

        :param fname: one of ``INSURANCE_ACCOUNTS``
        :raise UserError: the account that was set is archived
        """
        self.ensure_one()
        # sudo: the setting is no secret; a manager without accounting rights books
        company = self.sudo().with_company(self)
        account = company[fname] or company._recouv_find_insurance_account(fname)
        if not account.active:
            raise UserError(
                self.env._(
                    "“%(setting)s” of %(company)s is %(account)s, which is archived. "
                    "Nothing was booked.",
                    setting=self._fields[fname].get_description(self.env)["string"],
                    company=company.name,
                    account=account.display_name,
                )
            )
        return account

    def _recouv_find_insurance_account(self, fname):
        code, name, account_type = INSURANCE_ACCOUNTS[fname]
        accounts = self.env["account.account"]
        own = [("company_ids", "in", self.root_id.ids)]
        found = accounts.search([*own, ("code", "=", code)], limit=1)
        if found.internal_group == account_type.split("_")[0]:
            return found
        names = self._recouv_translations(name)
        known = accounts.search([*own, ("account_type", "=", account_type)])
        known = known.filtered(lambda account: account.name in names.values())
        return known[:1] or self._recouv_new_insurance_account(
            code, names, account_type
        )

    def _recouv_new_insurance_account(self, code, names, account_type):
        accounts = self.env["account.account"]
        account = accounts.create(
            {
                "name": names["en_US"],
                "code": accounts._search_new_account_code(code, cache=set()),
                "account_type": account_type,
                "company_ids": [fields.Command.set(self.root_id.ids)],
            }
        )
        account.update_field_translations("name", names)
        return account

    @api.model
    def _recouv_check_manager(self, what):
        """:raise UserError: who asks is no manager of the receivables follow-up"""
        if self.env.su or self.env.user.has_group("recouv_lib.group_manager"):
            return
        raise UserError(
            self.env._(
                "Only a manager of the receivables follow-up does this: %s", what
            )
        )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recouv_insurance_premium_account_id = fields.Many2one(
        related="company_id.recouv_insurance_premium_account_id", readonly=False
    )
    recouv_insurance_income_account_id = fields.Many2one(
        related="company_id.recouv_insurance_income_account_id", readonly=False
    )
    recouv_insurance_cost_account_id = fields.Many2one(
        related="company_id.recouv_insurance_cost_account_id", readonly=False
    )
