from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.recouv_lib.lib import iban, pain001
from odoo.addons.recouv_lib.models.recouv_derived_mixin import derived_search


class RecouvPrice(models.Model):
    """A price, or a holdback, that a buyer owes an assignor.

    The buyer's own record. Paying it books the transfer in both companies, settles what
    is owed, and leaves the transfer itself to be matched with both banks.
    """

    _name = "recouv.price"
    _description = "Price owed to an assignor"
    _inherit = ["recouv.evidence.mixin", "recouv.derived.mixin"]
    _order = "date_due, id"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", "Buyer", required=True, index=True)
    contract_id = fields.Many2one(
        "recouv.factoring.contract", required=True, index=True, ondelete="restrict"
    )
    creditor_partner_id = fields.Many2one(
        "res.partner", "Assignor", required=True, index=True, check_company=True
    )
    kind = fields.Selection(
        [("price", "Price"), ("holdback", "Holdback")], required=True
    )
    schedule = fields.Char()
    date = fields.Date("Sold on", required=True)
    date_due = fields.Date("To pay by", required=True)
    currency_id = fields.Many2one("res.currency", required=True)
    amount = fields.Monetary(required=True)
    item_id = fields.Many2one(
        "account.move.line",
        "Owed item",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
    )
    paid_on = fields.Date(readonly=True, copy=False)
    move_id = fields.Many2one(
        "account.move", "Entry", readonly=True, copy=False, check_company=True
    )
    exported_on = fields.Datetime("Transfer file made on", readonly=True, copy=False)
    state = fields.Selection(
        [("due", "To pay"), ("paid", "Paid")],
        compute="_compute_derived",
        search=derived_search("state"),
    )
    # the practice's record: only the methods of the money, elevated, read it
    assignment_id = fields.Many2one(
        "recouv.assignment",
        groups=fields.NO_ACCESS,
        index="btree_not_null",
        ondelete="restrict",
    )

    _one_each = models.UniqueIndex(
        "(assignment_id, kind)", "This price is owed already."
    )
    _due_idx = models.Index("(company_id, date_due) WHERE paid_on IS NULL")

    @api.model
    def _derived_sql(self, fname, alias):
        if fname != "state":
            return super()._derived_sql(fname, alias)
        return SQL(
            """(CASE WHEN EXISTS (SELECT 1 FROM account_move_line oi
                                   WHERE oi.id = %s.item_id
                                     AND oi.reconciled IS NOT TRUE)
                     THEN 'due' ELSE 'paid' END)""",
            SQL.identifier(alias),
        )

    @api.model
    def _derived_reads(self):
        """EXTENDS: the item owed."""
        return [*super()._derived_reads(), self._fields["item_id"]]

    @api.depends("schedule", "kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for price in self:
            price.display_name = f"{kinds.get(price.kind, '')} {price.schedule or ''}"

    # --- paying -----------------------------------------------------------------------

    def action_pay(self):
        """Order these payments: booked in both companies, awaited from both banks.

        :raise AccessError: no manager of the buyer
        :raise UserError: what is missing or locked, naming the company
        """
        self.check_access("write")
        if not (self.env.su or self.env.user.has_group("recouv_lib.group_manager")):
            raise AccessError(self.env._("Only a manager pays a price."))
        self._pay(fields.Date.context_today(self))
        return True

    def _pay(self, day):
        """Book the payment of these prices in both companies; once each."""
        self.flush_recordset()
        # sudo: a row lock; the caller's right to write was checked
        self.sudo()._recouv_lock_rows()
        self.invalidate_recordset(["paid_on"])
        # sudo: rights checked; the only place where both books are written
        todo = self.sudo().filtered(lambda price: not price.paid_on)
        for price in todo:
            price._check_payable(day)
        for price in todo:
            price._pay_one(day)
        return todo

    def _check_payable(self, day):
        self.assignment_id._check_money_can_move(day)
        mine, theirs = self.item_id, self._practice_item()
        if mine.reconciled and theirs.reconciled:
            raise UserError(
                self.env._("%s: nothing of it is owed any more.", self.display_name)
            )
        self.assignment_id._check_open_alike(self.display_name, mine, theirs)

    def _practice_item(self):
        return self.assignment_id[f"{self.kind}_item_id"]

    def _pay_one(self, day):
        self._set_off(day)
        label = self.env._("Payment %s", self.display_name)
        move = self.env["account.move"]
        if not self.item_id.reconciled:
            move = self.assignment_id._move_money(self.item_id, day, label)
            self.assignment_id._move_money(self._practice_item(), day, label)
        self._record({"paid_on": day, "move_id": move.id})
        self.invalidate_recordset(["state"])
        self.assignment_id.invalidate_recordset(["state"])

    # --- the file for the bank --------------------------------------------------------

    def action_export_transfers(self):
        """Download the file of these payments for the bank (SEPA, pain.001).

        :raise UserError: one is not ordered, an account is missing, or one file would
            be for several buyers
        """
        self.check_access("write")
        if len(self.company_id) != 1:
            raise UserError(self.env._("One file is for one buyer: choose its own."))
        # sudo: rights checked; that the file was made is written here only
        prices = self.sudo()._to_transfer()
        company = prices.company_id
        own = company._recouv_agency_profile()._own_account()
        payments = [price._bank_order() for price in prices]
        action = company._recouv_download_orders("prices", payments, own)
        prices._record({"exported_on": fields.Datetime.now()})
        return action

    def _to_transfer(self):
        """Return those that a bank has to transfer something for.

        :raise UserError: all of it was set off
        """
        left = self.filtered(lambda price: not price.paid_on or price.move_id)
        if not left:
            raise UserError(
                self.env._("All of it was set off: there is nothing to transfer.")
            )
        return left

    def _bank_order(self):
        if not self.paid_on:
            raise UserError(
                self.env._("%s: order its payment first.", self.display_name)
            )
        mandate, number = self._remit_account()
        try:
            iban.validate_iban(number or "")
        except iban.BadIban as error:
            raise UserError(
                self.env._(
                    "%(practice)s has no valid IBAN: enter it in the mandate "
                    "%(mandate)s.",
                    practice=self.creditor_partner_id.name,
                    mandate=mandate.name,
                )
            ) from error
        return pain001.Payment(
            f"PRICE-{self.id}",
            # what was booked, so that both banks show what both books await
            Decimal(str(round(self.move_id.amount_total, 2))),
            pain001.Account(mandate.remit_holder or mandate.company_id.name, number),
            self.display_name,
        )

    def _remit_account(self):
        """Return (mandate, number) of the account that a price is paid to.

        The one that the mandate of the same parties names today, an amendment of it
        included, else the practice's own.
        """
        today = fields.Date.context_today(self)
        mandate = self.contract_id.mandate_id._on_day(today)
        return (
            mandate,
            mandate.remit_iban or mandate.company_id.recouv_bank_id.acc_number,
        )


class RecouvAssignment(models.Model):
    _inherit = "recouv.assignment"

    def _open_prices(self, there, day):
        """Tell the buyer what it owes for this schedule, and by when."""
        contract = self.contract_id
        due = {
            "price": day,
            "holdback": fields.Date.add(day, days=contract.holdback_days),
        }
        # sudo: the buyer's record of its own debt, made with the sale
        self.env["recouv.price"].sudo()._record_new(
            [
                {
                    "company_id": contract.agency_id.id,
                    "contract_id": contract.id,
                    "creditor_partner_id": self._creditor().id,
                    "kind": kind,
                    "schedule": self.name,
                    "date": day,
                    "date_due": due[kind],
                    "currency_id": self.currency_id.id,
                    "amount": self[f"amount_{kind}"],
                    "item_id": there[kind].id,
                    "assignment_id": self.id,
                }
                for kind in ("price", "holdback")
                if there[kind]
            ]
        )

    def _prices(self, kind):
        # sudo: the buyer's record of what it owes for this schedule
        prices = self.env["recouv.price"].sudo()
        return prices.search([("assignment_id", "in", self.ids), ("kind", "=", kind)])

    def _pay_price(self, day=None):
        """Pay the price of these schedules, in both companies (by the buyer's acts)."""
        return self._prices("price")._pay(day or fields.Date.context_today(self))

    def _release_holdback(self, day=None):
        """Pay the holdback of these schedules, in both companies."""
        return self._prices("holdback")._pay(day or fields.Date.context_today(self))


class RecouvBankMatcher(models.AbstractModel):
    _inherit = "recouv.bank.matcher"

    @api.model
    def _awaited_funds(self):
        """EXTENDS: prices ordered, and received."""
        return [*super()._awaited_funds(), "price"]
