from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

KINDS = [
    ("deposit", "Instalment on account"),
    ("fee", "Fee of a limit request"),
    ("adjustment", "Adjustment of the year"),
]
STATES = [("draft", "To book"), ("booked", "In the books"), ("undone", "Undone")]


class RecouvInsurancePremium(models.Model):
    """A part of the premium, or a fee, and the insurer's bill of it in the books.

    Account 616500 (law.md §5.4); the insurance tax is part of the cost. A negative
    adjustment is a credit note of the insurer.
    """

    _name = "recouv.insurance.premium"
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin", "recouv.booked.mixin"]
    _description = "Credit insurance premium"
    _order = "date, id"
    # its payment is the accountant's to match and to undo
    _booked_moves = ("move_id",)
    _check_company_auto = True

    policy_id = fields.Many2one(
        "recouv.insurance.policy",
        "Insurance policy",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        related="policy_id.company_id", store=True, index=True, precompute=True
    )
    insurer_id = fields.Many2one(related="policy_id.insurer_id")
    currency_id = fields.Many2one(related="policy_id.currency_id")
    kind = fields.Selection(KINDS, required=True, readonly=True)
    limit_id = fields.Many2one(
        "recouv.insurance.limit", readonly=True, check_company=True
    )
    date = fields.Date(required=True)
    amount = fields.Monetary("Before tax", readonly=True)
    amount_tax = fields.Monetary("Insurance tax", compute="_compute_amounts")
    amount_total = fields.Monetary("Total", compute="_compute_amounts")
    reference = fields.Char("Insurer's bill no.")
    move_id = fields.Many2one(
        "account.move",
        "Insurer's bill",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    undo_move_id = fields.Many2one("account.move", "Undone by", readonly=True)
    state = fields.Selection(
        STATES,
        compute="_compute_state",
        search="_search_state",
    )

    def _editable_fields(self):
        return frozenset() if self.move_id else frozenset({"date", "reference"})

    @api.depends("amount", "policy_id.tax_rate")
    def _compute_amounts(self):
        for one in self:
            rate = one.policy_id.tax_rate
            one.amount_tax = one.currency_id.round(one.amount * rate / 100)
            one.amount_total = one.amount + one.amount_tax

    @api.depends("move_id", "undone_on")
    def _compute_state(self):
        for one in self:
            booked = "booked" if one.move_id else "draft"
            one.state = "undone" if one.undone_on else booked

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        domains = {
            "undone": Domain("undone_on", "!=", False),
            "booked": Domain("undone_on", "=", False) & Domain("move_id", "!=", False),
            "draft": Domain("undone_on", "=", False) & Domain("move_id", "=", False),
        }
        return Domain.OR([domains[one] for one in value if one in domains])

    @api.depends("kind", "policy_id", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for one in self:
            one.display_name = f"{kinds.get(one.kind, '')} {one.date or ''}".strip()

    def _standing(self):
        return self.filtered(lambda one: not one.undone_on)

    # --- booking ----------------------------------------------------------------------

    def action_book(self):
        """Book the insurer's bills of these premiums, all or none.

        :raise UserError: not a manager, a locked period, no purchase journal
        """
        self.company_id._recouv_check_manager(self.env._("book a premium"))
        self._recouv_lock_rows()
        waiting = self.filtered(lambda one: one.state == "draft")
        for one in waiting:
            one._check_bookable()
        for one in waiting:
            one._book()
        return True

    def _check_bookable(self):
        company = self.company_id
        journal = self._bill_journal()
        if not journal:
            raise UserError(
                self.env._(
                    "%s has no journal of purchases: the insurer's bill cannot be "
                    "booked.",
                    company.name,
                )
            )
        company._recouv_check_write_off_day(journal, self.date)
        company._recouv_insurance_account("recouv_insurance_premium_account_id")

    def _bill_journal(self):
        # sudo: which journal takes bills is no secret of the company's own
        return (
            self.env["account.journal"]
            .sudo()
            .search(
                [("company_id", "=", self.company_id.id), ("type", "=", "purchase")],
                limit=1,
            )
        )

    def _book(self):
        # sudo: a manager's right was checked; a bill made of checked values only
        books = self.env["account.move"].sudo().with_company(self.company_id)
        bill = books.create(self._bill_values())
        bill.action_post()
        self._record({"move_id": bill.id})

    def _bill_values(self):
        sign = 1 if self.amount > 0 else -1
        return {
            "move_type": "in_invoice" if sign > 0 else "in_refund",
            "company_id": self.company_id.id,
            "journal_id": self._bill_journal().id,
            "partner_id": self.insurer_id.id,
            "currency_id": self.currency_id.id,
            "ref": self.reference or f"{self.policy_id.name} {self.date}",
            "invoice_date": self.date,
            "date": self.date,
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": label,
                        "quantity": 1,
                        "price_unit": sign * amount,
                        "account_id": self.company_id._recouv_insurance_account(
                            "recouv_insurance_premium_account_id"
                        ).id,
                        "tax_ids": [Command.clear()],
                    }
                )
                for label, amount in self._bill_rows()
                if amount
            ],
        }

    def _bill_rows(self):
        lang = self.company_id.partner_id.lang or self.env.lang
        own = self.with_context(lang=lang)
        kinds = dict(own._fields["kind"]._description_selection(own.env))
        label = f"{kinds[self.kind]} – {self.policy_id.name}"
        # the debtor of a limit is named to nobody who reads the bill
        return [(label, self.amount), (own.env._("Insurance tax"), self.amount_tax)]

    # --- undoing ----------------------------------------------------------------------

    def _undo_obstacle(self):
        if obstacle := super()._undo_obstacle():
            return obstacle
        # sudo: whether the bill was paid
        paid = self.sudo().move_id.payment_state not in (False, "not_paid")
        if paid:
            return self.env._("its bill is paid: take the payment back first.")
        return None

    def _reopen_years(self):
        """Without its adjustment the year is open again: it is adjusted anew."""
        adjusted = self.filtered(lambda one: one.kind == "adjustment").policy_id
        for policy in adjusted.filtered(lambda one: one.state == "ended"):
            policy._record({"state": "active"})

    def _undo(self):
        """Cancel the bills by credit notes dated today."""
        self.company_id._recouv_check_manager(self.env._("undo a premium"))
        self._reopen_years()
        today = fields.Date.context_today(self)
        for one in self.filtered("move_id"):
            # sudo: the reversal of this premium's own bill, by a manager
            bill = one._unbooking(one.sudo().move_id)
            one.company_id._recouv_check_write_off_day(bill.journal_id, today)
            back = bill._reverse_moves(
                [{"date": today, "invoice_date": today, "ref": bill.ref}], cancel=True
            )
            one._record({"undo_move_id": back.id})
