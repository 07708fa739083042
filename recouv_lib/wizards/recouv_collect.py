from datetime import timedelta
from uuid import uuid4

from odoo import Command, api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.tools import format_date
from odoo.tools.misc import clean_context

from ..models.recouv_collection import CHEQUES, METHODS

# what nobody pays at a desk beyond what is owed: 20,000.00, in smallest coins, so that
# it suits a currency without cents too
FAR_TOO_MUCH = 2_000_000
# older money is entered by the accountant
LONG_AGO = timedelta(days=730)


class RecouvCollect(models.TransientModel):
    """“Collect”: take money from a debtor and lay it on his invoices, in one click.

    It opens on a debtor, on invoices or from the menu, with what is past due; the sum
    is laid by itself as the law does where the debtor says nothing, and each part may
    be changed.
    """

    _name = "recouv.collect"
    _description = "Collect"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one("res.partner", "Debtor", required=True)
    move_ids = fields.Many2many("account.move", string="Chosen invoices")
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    date = fields.Date(
        "Money received on",
        required=True,
        default=lambda self: fields.Date.context_today(self),
    )
    amount = fields.Monetary("Sum received")
    method = fields.Selection(METHODS, required=True, default="card")
    method_line_id = fields.Many2one(
        "account.payment.method.line",
        "Goes to",
        compute="_compute_method_line_id",
        store=True,
        readonly=False,
        domain="[('payment_type', '=', 'inbound'),"
        " ('journal_id.company_id', '=', company_id),"
        " ('journal_id.type', 'in', ('bank', 'cash', 'credit'))]",
    )
    memo = fields.Char("Reference", help="What the debtor wrote; printed nowhere.")
    line_ids = fields.One2many("recouv.collect.line", "wizard_id")
    laid = fields.Monetary("Laid on invoices", compute="_compute_rest")
    rest = fields.Monetary("Left over", compute="_compute_rest")
    held = fields.Char(compute="_compute_held")
    discount = fields.Char("Discount for paying early", compute="_compute_discount")
    cheque_number = fields.Char()
    cheque_bank = fields.Char("Bank")
    cheque_drawer = fields.Char("Drawer", help="Who signed it, if not the debtor.")
    deposit_on = fields.Date("To bank from")
    print_receipt = fields.Boolean("Print the receipt", default=True)
    send_receipt = fields.Boolean("E-mail the receipt")
    plan_line_id = fields.Many2one(
        "recouv.plan.line", "Instalment", help="The instalment that the cheque pays."
    )
    token = fields.Char(default=lambda self: uuid4().hex)
    collection_id = fields.Many2one("recouv.collection", readonly=True)

    # --- proposals ------------------------------------------------------------------

    @api.model
    def _dialog(self, **context):
        """Return the action that opens the dialog."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Collect"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": context,
        }

    @api.model
    def default_get(self, fields):
        """Start from what the debtor owes past due, or from the chosen invoices."""
        values = super().default_get(fields)
        company = self.env["res.company"].browse(
            values.get("company_id") or self.env.company.id
        )
        moves = self.env["account.move"].browse(_ids(values.get("move_ids")))
        currency = moves.currency_id[:1] or company.currency_id
        values["currency_id"] = currency.id
        last = self.env["recouv.collection"].search(
            [("company_id", "=", company.id), ("create_uid", "=", self.env.uid)],
            limit=1,
            order="id desc",
        )
        if last and "default_method" not in self.env.context:
            values["method"] = last.method
        return values

    @api.depends("method", "company_id")
    def _compute_method_line_id(self):
        for wizard in self:
            company, method = wizard.company_id, wizard.method
            wizard.method_line_id = (
                company._recouv_method_line(method) if company and method else False
            )

    @api.depends("line_ids.amount", "amount")
    def _compute_rest(self):
        for wizard in self:
            wizard.laid = sum(wizard.line_ids.mapped("amount"))
            wizard.rest = wizard.amount - wizard.laid

    @api.depends("partner_id", "company_id")
    def _compute_held(self):
        """Cheques of the debtor that wait in the drawer: not to be taken twice."""
        for wizard in self:
            cheques = self.env["recouv.cheque"].search(
                [
                    ("partner_id", "=", wizard._debtor().id),
                    ("company_id", "=", wizard.company_id.id),
                    ("state", "=", "held"),
                    ("payment_id", "=", False),
                ]
            )
            wizard.held = bool(cheques) and self.env._(
                "Cheques held: %(count)s of this debtor, %(sum)s in all.",
                count=len(cheques),
                sum=wizard.currency_id.format(sum(cheques.mapped("amount"))),
            )

    @api.depends("line_ids.amount", "date", "method", "method_line_id")
    def _compute_discount(self):
        for wizard in self:
            given = [(line.move_line_id, line.amount) for line in wizard.line_ids]
            discounts = (
                wizard.line_ids.move_line_id
                and wizard._counts_at_once()
                and self.env["recouv.collection"]._discounts(given, wizard.date)
            )
            wizard.discount = bool(discounts) and self.env._(
                "%(sum)s of discount for paying early: nothing is left to pay on "
                "%(invoices)s.",
                sum=wizard.currency_id.format(sum(discounts.values())),
                invoices=", ".join(item.move_name for item in discounts),
            )

    def _counts_at_once(self):
        """Whether the payment gets its entry now, in which a discount is booked."""
        return self.method != "cheque_later" and bool(
            # sudo: whether the journal has such an account, of the practice's own
            self.method_line_id.sudo().payment_account_id
        )

    def _debtor(self):
        return self.partner_id.commercial_partner_id._origin

    @api.onchange("company_id")
    def _onchange_company_id(self):
        self.currency_id = self.move_ids.currency_id[:1] or self.company_id.currency_id

    @api.onchange("partner_id", "company_id", "currency_id", "move_ids")
    def _onchange_partner_id(self):
        """Show what the debtor owes; the sum is what is past due or was chosen."""
        items = self._items()
        self.amount = self._proposed_amount(items)
        self._show(items)

    @api.onchange("amount", "date", "method")
    def _onchange_amount(self):
        """Lay the sum again, unless it is the one that is laid already."""
        if self.currency_id and self.currency_id.compare_amounts(
            self.amount, sum(self.line_ids.mapped("amount"))
        ):
            self._show(self._items())

    def _items(self):
        if not self.partner_id or not self.company_id:
            return self.env["account.move.line"]
        return self.env["recouv.collection"]._open_items(
            self.company_id, self._debtor(), self.currency_id
        )

    def _proposed_amount(self, items):
        if self.plan_line_id:
            return self.plan_line_id.amount - self.plan_line_id.amount_paid
        return sum(self._asked_on(items).values())

    def _asked_on(self, items):
        """Return {item: what is asked now}, for those chosen, else past due: what is
        owed, less the discount where it is paid early enough."""
        collections = self.env["recouv.collection"]
        owed = collections._owed_on(items)
        chosen = items.filtered(lambda item: item.move_id in self.move_ids._origin)
        due = items.filtered(lambda item: (item.date_maturity or item.date) < self.date)
        wanted = chosen or due.filtered(lambda i: i.amount_residual_currency > 0)
        at_once = self._counts_at_once()
        closing = collections._discounted(wanted, self.date) if at_once else {}
        return {
            item: max(min(owed[item], closing.get(item, owed[item])), 0.0)
            for item in wanted
        }

    def _show(self, items):
        given = self._laid_on(items)
        owed = self.env["recouv.collection"]._owed_on(items)
        self.line_ids = [Command.clear()] + [
            Command.create(
                {
                    "move_line_id": item.id,
                    "owed": owed[item],
                    "amount": given.get(item, 0.0),
                }
            )
            for item in items
        ]

    def _laid_on(self, items):
        """Lay the sum: on the chosen invoices first, that is the debtor's choice."""
        collections = self.env["recouv.collection"]
        asked = self._asked_on(items)
        remitted = collections._discounts(list(asked.items()), self.date)
        if remitted and not self.currency_id.compare_amounts(
            self.amount, sum(asked.values())
        ):
            return asked
        held = self._held_on(items)
        chosen = items.filtered(lambda item: item.move_id in self.move_ids._origin)
        given = collections._impute(self.amount, chosen, self.date, held)
        left = self.amount - sum(given.values())
        others = (items - chosen).filtered(lambda i: i.amount_residual_currency > 0)
        return given | collections._impute(left, others, self.date, held)

    def _held_on(self, items):
        """Return {item: what cheques in the drawer will pay of it}; only another
        cheque to bank later leaves it to them."""
        if self.method != "cheque_later":
            return {}
        return self.env["recouv.cheque"]._held_on(items)

    # --- taking ---------------------------------------------------------------------

    def action_collect(self):
        """Take the money; a second click finds what the first one did."""
        self.ensure_one()
        try:
            self.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._("This money is being taken already: one moment.")
            ) from error
        self._check_plausible()
        # what this dialog was opened on is no default of the records that follow
        clean = self.with_context(  # pylint: disable=context-overridden
            clean_context(self.env.context)
        )
        act = clean.env["recouv.collection"].with_company(self.company_id)
        act = act._take(clean._wanted())
        # writing it makes a second click, which waited, begin again and find the token
        first, self.collection_id = not self.collection_id, act
        if first and self.send_receipt:
            act._email_receipt()
        return self._then(act)

    def _check_plausible(self):
        """Refuse what can only be a typing error: an absurd sum, a year long past.

        :raise UserError: says what was typed and what is owed
        """
        owed = max(sum(self.line_ids.mapped("owed")), 0.0)
        if self.amount > max(FAR_TOO_MUCH * self.currency_id.rounding, 20 * owed):
            raise UserError(
                self.env._(
                    "%(amount)s is far more than the %(owed)s that %(debtor)s owes: "
                    "check the sum.",
                    amount=self.currency_id.format(self.amount),
                    owed=self.currency_id.format(owed),
                    debtor=self.partner_id.display_name,
                )
            )
        if self.date < fields.Date.context_today(self) - LONG_AGO:
            raise UserError(
                self.env._(
                    "%(date)s is long ago: check the day on which the money was "
                    "received.",
                    date=format_date(self.env, self.date),
                )
            )

    def _wanted(self):
        if not self.method_line_id:
            raise UserError(
                self.env._("Say in which journal the money goes (“Goes to”).")
            )
        order = {
            "company": self.company_id,
            "partner": self._debtor(),
            "method": self.method,
            "method_line": self.method_line_id,
            "amount": self.currency_id.round(self.amount),
            "currency": self.currency_id,
            "date": self.date,
            "memo": self.memo,
            "token": self.token,
            "lines": [
                (line.move_line_id, self.currency_id.round(line.amount))
                for line in self.line_ids
            ],
        }
        if self.method in CHEQUES:
            order["cheque"] = self._cheque_vals()
        return order

    def _cheque_vals(self):
        return {
            "number": self.cheque_number,
            "bank_name": self.cheque_bank,
            "drawer": self.cheque_drawer,
            "deposit_on": self.method == "cheque_later" and self.deposit_on,
            "plan_line_id": self.plan_line_id.id,
        }

    def _then(self, act):
        """Print the receipt in a request of its own: the money is booked by then, and
        nobody waits for the printing program."""
        if not self.print_receipt:
            return {"type": "ir.actions.act_window_close"}
        action = self.env.ref("recouv_lib.recouv_collection_print_action")
        return {
            "type": "ir.actions.server",
            "id": action.id,
            "context": {
                "active_model": act._name,
                "active_id": act.id,
                "active_ids": act.ids,
            },
        }


class RecouvCollectLine(models.TransientModel):
    """An open item of the debtor and what is laid on it."""

    _name = "recouv.collect.line"
    _description = "Item to collect"

    wizard_id = fields.Many2one("recouv.collect", ondelete="cascade")
    move_line_id = fields.Many2one("account.move.line", "Journal item")
    name = fields.Char("Invoice", compute="_compute_item")
    date_due = fields.Date("Due date", compute="_compute_item")
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    owed = fields.Monetary("Still owed", help="Negative: a credit of the debtor.")
    amount = fields.Monetary("Paid now", help="Negative: that much credit is used.")

    @api.depends("move_line_id")
    def _compute_item(self):
        for line in self:
            item = line.move_line_id
            line.name = item.move_name or item.name
            line.date_due = item.date_maturity or item.date


def _ids(commands):
    """Return the ids that a default for a many2many holds."""
    found = []
    for command in commands or ():
        if isinstance(command, int):
            found.append(command)
        elif command[0] == Command.SET:
            found += command[2]
        elif command[0] == Command.LINK:
            found.append(command[1])
    return found
