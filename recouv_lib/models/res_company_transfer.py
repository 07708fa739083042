from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__, default_lang="en_US")

#: company field -> (journal code, journal name), one journal per use
TRANSFER_JOURNALS = {
    "recouv_payer_share_journal_id": ("TRPAY", _lt("Transfers to payers")),
    "recouv_assignment_journal_id": ("TRASG", _lt("Assignments of receivables")),
    "recouv_collected_journal_id": ("TRCOL", _lt("Collected by the agency")),
    "recouv_subrogation_journal_id": ("TRSUB", _lt("Subrogations")),
    "recouv_doubtful_journal_id": ("TRDBT", _lt("Doubtful receivables")),
}

#: company field -> (code in the French chart, name of a new account, its type).
#: 416000, 467000 and 471000 are in that chart; the sub-accounts of 467 are not.
TRANSFER_ACCOUNTS = {
    "recouv_assignment_account_id": (
        "467100",
        _lt("Assignee / factor"),
        "asset_current",
    ),
    "recouv_holdback_account_id": (
        "467200",
        _lt("Assignee's holdback"),
        "asset_current",
    ),
    "recouv_collected_account_id": (
        "467300",
        _lt("Agency - funds to receive"),
        "asset_current",
    ),
    "recouv_principals_account_id": (
        "467400",
        _lt("Principals - funds to remit"),
        "liability_current",
    ),
    # a receivable account, so that a bought claim is dunned, paid and aged
    "recouv_acquired_account_id": (
        "467500",
        _lt("Acquired receivables"),
        "asset_receivable",
    ),
    "recouv_subrogation_account_id": (
        "467000",
        _lt("Credit insurer"),
        "asset_current",
    ),
    "recouv_assignors_account_id": (
        "467000",
        _lt("Assignors - prices to pay"),
        "liability_current",
    ),
    "recouv_receipts_account_id": (
        "471000",
        _lt("Receipts not yet identified"),
        "asset_current",
    ),
    # a receivable account, so that a doubtful claim is still dunned, paid and aged
    "recouv_doubtful_account_id": (
        "416000",
        _lt("Doubtful receivables"),
        "asset_receivable",
    ),
}

#: kind of transfer -> fields of its journal and of its target account; a payer's
#: share and a return to the debtor go to the partner's own receivable account
KIND_FIELDS = {
    "payer_share": ("recouv_payer_share_journal_id", None),
    "assignment": ("recouv_assignment_journal_id", "recouv_assignment_account_id"),
    "collected": ("recouv_collected_journal_id", "recouv_collected_account_id"),
    "subrogation": ("recouv_subrogation_journal_id", "recouv_subrogation_account_id"),
    "doubtful": ("recouv_doubtful_journal_id", "recouv_doubtful_account_id"),
}

#: kind of transfer -> accounts (debit, credit) of the other company's mirror entry
COUNTERPART_FIELDS = {
    "assignment": ("recouv_acquired_account_id", "recouv_assignors_account_id"),
    "subrogation": ("recouv_acquired_account_id", "recouv_assignors_account_id"),
    "collected": ("recouv_receipts_account_id", "recouv_principals_account_id"),
}

#: the chart that has this account is taken for the French one
FRENCH_PLAN_ACCOUNT = "467000"
#: accounts of that chart that are used as they are, not given a neighbour
FRENCH_PLAN_ACCOUNTS = ("416000", "467000", "471000")


class ResCompany(models.Model):
    """Journals and accounts that transfers of receivables are booked with."""

    _inherit = "res.company"

    recouv_payer_share_journal_id = fields.Many2one(
        "account.journal", "Journal of payers' shares", check_company=True
    )
    recouv_assignment_journal_id = fields.Many2one(
        "account.journal", "Journal of assignments", check_company=True
    )
    recouv_collected_journal_id = fields.Many2one(
        "account.journal", "Journal of sums the agency collected", check_company=True
    )
    recouv_subrogation_journal_id = fields.Many2one(
        "account.journal", "Journal of subrogations", check_company=True
    )
    recouv_doubtful_journal_id = fields.Many2one(
        "account.journal", "Journal of doubtful receivables", check_company=True
    )
    recouv_assignment_account_id = fields.Many2one(
        "account.account", "Account of the assignee", check_company=True
    )
    recouv_holdback_account_id = fields.Many2one(
        "account.account", "Account of the assignee's holdback", check_company=True
    )
    recouv_collected_account_id = fields.Many2one(
        "account.account", "Account of funds the agency holds", check_company=True
    )
    recouv_subrogation_account_id = fields.Many2one(
        "account.account", "Account of the credit insurer", check_company=True
    )
    recouv_doubtful_account_id = fields.Many2one(
        "account.account", "Account of doubtful receivables", check_company=True
    )
    recouv_principals_account_id = fields.Many2one(
        "account.account", "Account of funds owed to principals", check_company=True
    )
    recouv_acquired_account_id = fields.Many2one(
        "account.account", "Account of acquired receivables", check_company=True
    )
    recouv_assignors_account_id = fields.Many2one(
        "account.account", "Account of prices owed to assignors", check_company=True
    )
    recouv_receipts_account_id = fields.Many2one(
        "account.account", "Account of receipts to identify", check_company=True
    )
    recouv_transfer_company_ids = fields.Many2many(
        "res.company",
        "recouv_transfer_company_rel",
        "company_id",
        "practice_id",
        "Companies that may book transfers here",
        help="A transfer of one of these companies may post its mirror entry in this "
        "company's books.",
    )

    # --- what is declared ---------------------------------------------------------

    @api.model
    def _recouv_own_journals(self):
        """Return {field: (code, name)} of the journals that each company gets, one for
        each use. Extended."""
        return dict(TRANSFER_JOURNALS)

    @api.model
    def _recouv_open_accounts(self):
        """Return {field: (code in the French chart, name of a new account, its type)}
        of the accounts on which items stay open until something settles them; each
        company gets its own. Extended."""
        return dict(TRANSFER_ACCOUNTS)

    @api.model
    def _recouv_result_accounts(self):
        """Return {field: (code in the French chart, types to fall back on)} of the
        accounts of income and expense: those of the chart are taken. Extended."""
        return {}

    # --- checks -------------------------------------------------------------------

    @api.constrains(lambda company: company._recouv_own_journals())
    def _check_recouv_transfer_journals(self):
        for company in self:
            for fname in self._recouv_own_journals():
                # sudo: a setting of the company that is being written
                journal = company.sudo()[fname]
                if journal and journal.type != "general":
                    raise ValidationError(
                        self.env._(
                            "The journal %(journal)s is not a miscellaneous journal: "
                            "transfers of receivables cannot be booked in it.",
                            journal=journal.display_name,
                        )
                    )

    @api.constrains(lambda company: company._recouv_open_accounts())
    def _check_recouv_transfer_accounts(self):
        for company in self:
            for fname in self._recouv_open_accounts():
                # sudo: a setting of the company that is being written
                account = company.sudo()[fname]
                if account and not account.reconcile:
                    raise ValidationError(
                        self.env._(
                            "The account %(account)s does not allow reconciliation: "
                            "a transferred receivable could never be settled on it.",
                            account=account.display_name,
                        )
                    )

    # --- reading the settings -----------------------------------------------------

    def _recouv_transfer_setting(self, fname):
        """Return the journal or account in ``fname``, a branch taking its parent's.

        :raises UserError: naming the missing setting and the company
        """
        self.ensure_one()
        # a secretary may not read accounts; the setting itself is no secret
        for company in self.sudo().parent_ids[::-1]:
            if record := company[fname]:
                self._recouv_check_usable(record, fname)
                return record
        raise UserError(
            self.env._(
                "The company %(company)s has no “%(setting)s”. Set it in Settings, "
                "Invoicing, Receivables transfers; nothing was booked.",
                company=self.sudo().name,
                setting=self._fields[fname].get_description(self.env)["string"],
            )
        )

    def _recouv_check_usable(self, record, fname):
        """Refuse what is archived, or an account that lost its reconciliation."""
        is_open = fname in self._recouv_open_accounts()
        if record.active and (not is_open or record.reconcile):
            return
        # sudo: the name of the company whose setting is missing
        raise UserError(
            self.env._(
                "“%(setting)s” of %(company)s is %(record)s, which is archived or does "
                "not allow reconciliation. Nothing was booked.",
                setting=self._fields[fname].get_description(self.env)["string"],
                company=self.sudo().name,
                record=record.display_name,
            )
        )

    # --- creating the settings ----------------------------------------------------

    @api.model
    def _recouv_create_all_transfer_settings(self):
        """Give every company that has a chart its journals and accounts (install)."""
        # sudo: at installation, for every company; called by no one else
        companies = self.sudo().search(
            [("chart_template", "!=", False), ("parent_id", "=", False)]
        )
        for company in companies:
            company._recouv_create_transfer_settings()

    def _recouv_create_transfer_settings(self):
        """Create or find the journals and accounts that are not set yet.

        Running it again changes nothing. An account of the user's is never taken
        over: where its code is in use under another name, the next free code is used.
        """
        self.ensure_one()
        # sudo: whoever installs a chart, the settings it needs are created
        company = self.sudo().with_company(self)
        for fname, (code, name) in self._recouv_own_journals().items():
            if not company[fname]:
                company[fname] = company._recouv_find_or_create_journal(code, name)
        for fname, (code, name, account_type) in self._recouv_open_accounts().items():
            if not company[fname]:
                company[fname] = company._recouv_find_or_create_account(
                    code, name, account_type
                )
            elif account_type == "asset_receivable":
                # set before it had to be one: made so as long as nothing is on it
                company[fname]._recouv_take_for(account_type)
        for fname, (code, types) in self._recouv_result_accounts().items():
            if not company[fname]:
                company[fname] = company._recouv_find_result_account(code, types)

    def _recouv_find_or_create_journal(self, code, name):
        journals = self.env["account.journal"].with_context(active_test=False)
        existing = journals.search(
            [("company_id", "=", self.id), ("code", "=like", f"{code[:4]}%")]
        )
        names = self._recouv_translations(name)
        for journal in existing:
            if journal.type == "general" and journal.name in names.values():
                return journal
        taken = set(existing.mapped("code"))
        free = next(
            candidate
            for candidate in (code, *(f"{code[:4]}{i}" for i in range(100)))
            if candidate not in taken
        )
        journal = journals.create(
            {
                "name": names["en_US"],
                "code": free,
                "type": "general",
                "company_id": self.id,
                "show_on_dashboard": False,
            }
        )
        journal.update_field_translations("name", names)
        return journal

    def _recouv_find_or_create_account(self, code, name, account_type):
        accounts = self.env["account.account"].with_company(self)
        own = [("company_ids", "in", self.root_id.ids)]
        if not accounts.search([*own, ("code", "=", FRENCH_PLAN_ACCOUNT)], limit=1):
            code = self._recouv_receivable_code()
        elif code in FRENCH_PLAN_ACCOUNTS:
            existing = accounts.search([*own, ("code", "=", code)], limit=1)
            if existing._recouv_take_for(account_type):
                return existing
        return self._recouv_create_account(code, name, account_type)

    def _recouv_find_result_account(self, code, types):
        """Return the chart's own account of a kind of income or expense, or none."""
        accounts = self.env["account.account"].with_company(self)
        own = [("company_ids", "in", self.root_id.ids)]
        found = accounts.search([*own, ("code", "=like", f"{code[:4]}%")], limit=1)
        for account_type in types:
            if not found:
                wanted = [*own, ("account_type", "=", account_type)]
                found = accounts.search(wanted, order="code", limit=1)
        return found

    def _recouv_set_or_chart_account(self, fname, code):
        """Return the account set in ``fname``, else the one of ``code`` in the chart.

        :raise UserError: neither is there
        """
        self.ensure_one()
        # sudo: the setting is no secret, nor is the company's chart
        company = self.sudo().with_company(self)
        if company[fname]:
            return company[fname]
        account = company.env["account.account"].search(
            [("company_ids", "in", company.root_id.ids), ("code", "=", code)], limit=1
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

    def _recouv_receivable_code(self):
        """Code from which ours are counted in a chart that we do not know.

        Near the receivable account, yet not right behind it: a chart counts its own
        further accounts (a foreign tax's, say) from there.
        """
        receivable = self.env["account.account"].search(
            [
                ("company_ids", "in", self.root_id.ids),
                ("account_type", "=", "asset_receivable"),
            ],
            order="code",
            limit=1,
        )
        code = receivable.code or "1000"
        return f"{code[:-3]}7{code[-2:]}" if code.isdigit() and len(code) > 5 else code

    def _recouv_create_account(self, code, name, account_type):
        accounts = self.env["account.account"].with_company(self)
        names = self._recouv_translations(name)
        known = accounts.search(
            [
                ("company_ids", "in", self.root_id.ids),
                ("code", "=like", f"{code[:3]}%"),
                ("reconcile", "=", True),
                ("account_type", "=", account_type),
            ]
        ).filtered(lambda account: account.name in names.values())
        if known:
            return known[0]
        # an empty cache: the wished code itself is tried first
        account = accounts.create(
            {
                "name": names["en_US"],
                "code": accounts._search_new_account_code(code, cache=set()),
                "account_type": account_type,
                "reconcile": True,
                "company_ids": [fields.Command.set(self.root_id.ids)],
            }
        )
        account.update_field_translations("name", names)
        return account

    def _recouv_translations(self, lazy_name):
        """Return ``{lang: name}`` of a lazy string in every installed language."""
        languages = [code for code, _name in self.env["res.lang"].get_installed()]
        return {lang: lazy_name._translate(lang) for lang in {*languages, "en_US"}}


class AccountAccount(models.Model):
    _inherit = "account.account"

    def _recouv_take_for(self, account_type):
        """Say whether a chart's own account can be used, made fit where it is unused.

        Odoo's French chart has 416000 as a current asset: a doubtful receivable could
        be neither dunned nor paid on it. An account with entries is left alone.
        """
        if not self:
            return False
        if self.reconcile and (
            account_type != "asset_receivable" or self.account_type == account_type
        ):
            return True
        # sudo: whether an account has entries, in any company
        items = self.env["account.move.line"].sudo()
        if items.search_count([("account_id", "=", self.id)], limit=1):
            return False
        self.write({"account_type": account_type, "reconcile": True})
        return True
