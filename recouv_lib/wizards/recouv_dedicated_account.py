from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..models.recouv_receipt import BOOKED

#: rows of the screen: code, fields of the accounts whose credit balance it is
ROWS = (
    ("practices", ("recouv_principals_account_id",)),
    ("unidentified", ("recouv_receipts_account_id",)),
    ("overpayments", ("recouv_overpaid_account_id",)),
    ("fees", ("recouv_sweep_account_id",)),
)
#: what an order that the bank has not debited yet still belongs to
ORDER_ROWS = {
    "remittance": "practices",
    "refund": "overpayments",
    "sweep": "fees",
    # what the agency owes the account for a refund whose payment bounced
    "back": "fees",
}


class RecouvDedicatedAccount(models.TransientModel):
    """What lies on the dedicated account, and to whom it belongs, on any day.

    Owed to the practices, receipts not yet identified, overpayments owed to debtors,
    fees not yet swept: together the balance of the account, always (CPCE R124-2). A
    transfer that was ordered stays in its line until the bank has debited it; money on
    its way to the bank (a cheque, the cash box) is deducted from what is not yet
    identified, for it is not on the account.
    """

    _name = "recouv.dedicated.account"
    _description = "Dedicated account"

    company_id = fields.Many2one(
        "res.company",
        "Agency",
        required=True,
        default=lambda self: self.env.company,
    )
    date = fields.Date(
        "On", required=True, default=lambda self: fields.Date.context_today(self)
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    practices = fields.Monetary("Owed to the practices", compute="_compute_sums")
    unidentified = fields.Monetary(
        "Receipts not yet identified", compute="_compute_sums"
    )
    overpayments = fields.Monetary(
        "Overpayments owed to debtors", compute="_compute_sums"
    )
    fees = fields.Monetary("Fees not yet swept", compute="_compute_sums")
    total = fields.Monetary("Together", compute="_compute_sums")
    balance = fields.Monetary(
        "Balance of the dedicated account", compute="_compute_sums"
    )
    difference = fields.Monetary(compute="_compute_sums")
    to_identify = fields.Monetary(
        "Receipts not yet identified",
        compute="_compute_sums",
        help="Movements of the bank of which nobody has said yet whose they are.",
    )
    on_its_way = fields.Monetary(
        "Less: on its way to the bank",
        compute="_compute_sums",
        help="Received by hand and recorded, not yet seen on the bank's statement: it "
        "is not on the account.",
    )
    foreign_move_ids = fields.Many2many(
        "account.move",
        string="Entries that do not belong there",
        compute="_compute_foreign_move_ids",
    )
    fees_owed = fields.Monetary(
        "Fees to give back",
        compute="_compute_fees_owed",
        help="Their payments bounced: what lies here stays for the practices' next "
        "remittances.",
    )
    fees_missing = fields.Monetary(
        "To pay back from the agency's own account", compute="_compute_fees_owed"
    )
    late_count = fields.Integer("Receipts past their last day", compute="_compute_late")
    late_amount = fields.Monetary("Sum past its last day", compute="_compute_late")

    def _check_manager(self):
        """:raise AccessError: the account is a manager's and an accountant's"""
        user = self.env.user
        if not (
            self.env.su
            or user.has_group("recouv_lib.group_manager")
            or user.has_group("account.group_account_readonly")
        ):
            raise AccessError(
                self.env._("The dedicated account is shown to managers only.")
            )

    @api.depends("company_id", "date")
    def _compute_sums(self):
        self._check_manager()
        for screen in self:
            company, day = screen.company_id, screen.date
            sums = {
                code: sum(company._recouv_funds_balance(name, day) for name in names)
                for code, names in ROWS
            }
            for kind, amount in screen._ordered(day).items():
                sums[ORDER_ROWS.get(kind, "unidentified")] += amount
            round_ = company.currency_id.round
            for code, amount in sums.items():
                screen[code] = round_(amount)
            screen.total = round_(sum(sums.values()))
            screen.balance = screen._account_balance(day)
            screen.difference = round_(screen.balance - screen.total)
            on_its_way = screen._hand_receipts(day)
            screen.on_its_way = -on_its_way
            screen.to_identify = round_(screen.unidentified + on_its_way)

    def _compute_display_name(self):
        for screen in self:
            screen.display_name = self.env._("Dedicated account")

    def _domain(self, accounts, day):
        return [
            ("account_id", "in", accounts.ids),
            ("company_id", "=", self.company_id.id),
            ("parent_state", "=", "posted"),
            ("date", "<=", day),
        ]

    def _ordered(self, day):
        """Return {kind: sum} of the account of transfers ordered, until a day.

        What the bank's movements took from it, and what gives an order up, is
        attributed to the kind of the order that it settles.
        """
        # sudo: sums of the agency's own books; rights were checked
        company = self.company_id.sudo()
        items = self.env["account.move.line"].sudo()
        domain = self._domain(company.recouv_ordered_account_id, day)
        sums = {}
        for item in items.search(domain):
            kind = item.move_id.recouv_funds
            if not kind or kind == "back":
                others = item.matched_credit_ids.credit_move_id
                others |= item.matched_debit_ids.debit_move_id
                kind = others.move_id[:1].recouv_funds or kind
            sums[kind] = sums.get(kind, 0.0) - item.balance
        return sums

    def _account_balance(self, day):
        # sudo: see _ordered
        company = self.company_id.sudo()
        account = company.recouv_dedicated_journal_id.default_account_id
        items = self.env["account.move.line"].sudo()
        sums = items._read_group(self._domain(account, day), aggregates=["balance:sum"])
        return company.currency_id.round(sums[0][0] or 0.0)

    def _hand_receipts(self, day):
        """Return what was recorded by hand and waited, that day, for the bank's
        movement: what was matched since counts as waiting still."""
        # sudo: see _ordered
        company = self.company_id.sudo()
        items = self.env["account.move.line"].sudo()
        domain = self._domain(company.recouv_receipts_account_id, day)
        found = items.search(
            [*domain, ("balance", ">", 0), ("move_id.recouv_funds", "=", "receipt")]
        )
        matched = found.matched_credit_ids.filtered(lambda one: one.max_date <= day)
        return sum(found.mapped("balance")) - sum(matched.mapped("amount"))

    @api.depends("company_id", "date")
    def _compute_foreign_move_ids(self):
        """What makes a difference, or is none of the kinds that may be there.

        An entry on the dedicated account that is no movement of its bank; one on the
        four lines' accounts that is neither a movement nor made by the product.
        """
        self._check_manager()
        for screen in self:
            # sudo: see _ordered
            company = screen.company_id.sudo()
            journal = company.recouv_dedicated_journal_id
            items = self.env["account.move.line"].sudo()
            on_bank = screen._domain(journal.default_account_id, screen.date)
            accounts = company.recouv_ordered_account_id
            for _code, names in ROWS:
                for name in names:
                    accounts |= company[name]
            on_lines = screen._domain(accounts, screen.date)
            wrong = items.search(
                [*on_bank, ("move_id.statement_line_id", "=", False)]
            ).move_id
            wrong |= items.search(
                [
                    *on_lines,
                    ("move_id.recouv_funds", "=", False),
                    ("journal_id", "!=", journal.id),
                    ("move_id", "not in", screen._transfer_moves().ids),
                ]
            ).move_id
            wrong |= screen._foreign_movements(journal, accounts)
            screen.foreign_move_ids = wrong

    def _transfer_moves(self):
        """Mirror entries of transfers made one by one are the product's own too."""
        # sudo: the items of the account that the screen, a manager's, adds up
        transfers = (
            self.env["recouv.transfer"]
            .sudo()
            .search(
                [
                    ("counterpart_company_id", "=", self.company_id.id),
                    ("kind", "=", "collected"),
                ]
            )
        )
        return transfers.counterpart_move_id

    def _foreign_movements(self, journal, accounts):
        """Movements of the bank booked on something else: a charge, a supplier."""
        # sudo: the items of the account that the screen, a manager's, adds up
        items = self.env["account.move.line"].sudo()
        allowed = accounts | journal.default_account_id
        return items.search(
            [
                ("journal_id", "=", journal.id),
                ("company_id", "=", self.company_id.id),
                ("parent_state", "=", "posted"),
                ("date", "<=", self.date),
                ("account_id", "not in", allowed.ids),
            ]
        ).move_id

    @api.depends("company_id")
    def _compute_fees_owed(self):
        """What is to be done today, whatever the day of the screen."""
        self._check_manager()
        for screen in self:
            screen.fees_owed = screen.company_id._recouv_fees_given_back()
            screen.fees_missing = screen.company_id._recouv_fees_missing()

    @api.depends("company_id", "date")
    def _compute_late(self):
        for screen in self:
            lines = screen.env["recouv.receipt.line"].search(
                [
                    ("company_id", "=", screen.company_id.id),
                    ("cleared_on", "<=", screen.date),
                    ("remit_due", "<", screen.date),
                    ("receipt_id.state", "in", BOOKED),
                    "|",
                    ("remittance_id.state", "!=", "posted"),
                    ("remittance_id.date", ">", screen.date),
                ]
            )
            screen.late_count = len(lines)
            screen.late_amount = sum(lines.mapped("amount"))

    # --- actions --------------------------------------------------------------------

    @api.model
    def action_open(self):
        """Open the screen on today."""
        self._check_manager()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dedicated account"),
            "res_model": self._name,
            "view_mode": "form",
        }

    def action_sweep(self):
        """Order the transfer of the fees to the agency's own account."""
        self.env["recouv.sweep"]._sweep(self.company_id)
        return True

    def action_pay_back(self):
        """Order the transfer, from the agency's own account, of fees swept that are
        given back; show it, for its file."""
        self.env["recouv.sweep"]._pay_back(self.company_id)
        return self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_sweep_action"
        )

    def action_view_items(self):
        """Open the journal items behind the four lines and the bank."""
        self._check_manager()
        # sudo: which accounts these are; the items themselves follow the user's rights
        company = self.company_id.sudo()
        accounts = company.recouv_dedicated_journal_id.default_account_id
        accounts |= company.recouv_ordered_account_id
        for _code, names in ROWS:
            for name in names:
                accounts |= company[name]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Money held for others"),
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "domain": self._domain(accounts, self.date),
            "context": {"search_default_group_by_account": 1},
        }
