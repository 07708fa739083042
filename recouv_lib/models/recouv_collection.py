from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..lib.imputation import Debt, impute
from .recouv_bank_matcher import from_units, to_units

METHODS = [
    ("cash", "Cash"),
    ("card", "Card"),
    ("cheque", "Cheque"),
    ("cheque_later", "Cheque to bank later"),
    ("transfer", "Bank transfer"),
]
CHEQUES = ("cheque", "cheque_later")


class RecouvCollection(models.Model):
    """Money taken from a debtor at the desk, and the invoices it was laid on.

    One act makes one payment of Odoo, whatever the number of invoices; a cheque to bank
    later makes none until it is banked. The lines say what was asked, also where the
    payment has no entry until the bank confirms it; the journal items alone say what
    is still owed. The act stays as evidence, undone or not.
    """

    _name = "recouv.collection"
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin"]
    _description = "Collection"
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char("Receipt number", readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    partner_id = fields.Many2one(
        "res.partner", "Debtor", required=True, readonly=True, index=True
    )
    method = fields.Selection(METHODS, required=True, readonly=True)
    method_line_id = fields.Many2one(
        "account.payment.method.line", "Payment method", readonly=True
    )
    date = fields.Date("Money received on", required=True, readonly=True)
    amount = fields.Monetary(required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    memo = fields.Char(readonly=True)
    line_ids = fields.One2many("recouv.collection.line", "collection_id", readonly=True)
    rest = fields.Monetary(
        "Credit left",
        compute="_compute_rest",
        help="Received and laid on no invoice: it stays a credit of the debtor.",
    )
    payment_id = fields.Many2one(
        "account.payment",
        readonly=True,
        check_company=True,
        index="btree_not_null",
        copy=False,
    )
    cheque_ids = fields.One2many("recouv.cheque", "collection_id", readonly=True)
    bounce_ids = fields.One2many("recouv.bounce", "collection_id", readonly=True)
    state = fields.Selection(
        [
            ("held", "Cheque held"),
            ("taken", "Received"),
            ("bounced", "Sent back by the bank"),
            ("returned", "Cheque given back"),
            ("undone", "Undone"),
        ],
        compute="_compute_state",
    )
    token = fields.Char(
        readonly=True, copy=False, help="Two clicks on one dialog collect once."
    )
    receipt_prints = fields.Integer("Receipts printed", readonly=True, copy=False)

    _token_uniq = models.UniqueIndex(
        "(token) WHERE token IS NOT NULL", "This money has been taken already."
    )
    _name_uniq = models.UniqueIndex(
        "(company_id, name) WHERE name IS NOT NULL",
        "Another receipt of this company has this number.",
    )

    @api.depends("amount", "line_ids.amount")
    def _compute_rest(self):
        for act in self:
            act.rest = act.amount - sum(act.line_ids.mapped("amount"))

    @api.depends(
        "undone_on", "payment_id.state", "cheque_ids.state", "bounce_ids.undone_on"
    )
    def _compute_state(self):
        for act in self:
            cheque, payment = act.cheque_ids[:1], act.payment_id
            # a payment may also be cancelled or rejected on Odoo's own screen
            if act.undone_on or payment.state == "canceled":
                act.state = "undone"
            elif act._standing_bounce() or payment.state == "rejected":
                act.state = "bounced"
            elif cheque.state == "returned":
                act.state = "returned"
            elif cheque and not act.payment_id:
                act.state = "held"
            else:
                act.state = "taken"

    @api.depends("name", "partner_id")
    def _compute_display_name(self):
        for act in self:
            act.display_name = f"{act.name or ''} {act.partner_id.name or ''}".strip()

    def _standing_bounce(self):
        return self.bounce_ids.filtered(lambda bounce: not bounce.undone_on)[:1]

    @api.model
    def _evidence_advice(self):
        return self.env._("Undo the collection and collect anew.")

    # --- what is open ---------------------------------------------------------------

    @api.model
    def _open_items(self, company, partner, currency=None):
        """Return the open receivable items of a debtor, the due and oldest first.

        Credits of the debtor (negative residual) come with them.
        """
        domain = [
            ("company_id", "=", company.id),
            ("partner_id", "child_of", partner.commercial_partner_id.id),
            ("parent_state", "=", "posted"),
            ("reconciled", "=", False),
            ("account_id.account_type", "=", "asset_receivable"),
            ("amount_residual_currency", "!=", 0),
        ]
        if currency:
            domain.append(("currency_id", "=", currency.id))
        items = self.env["account.move.line"].search(domain)
        return items.sorted(lambda item: (item.date_maturity or item.date, item.id))

    @api.model
    def _under_way(self, items):
        """Return {item: amount} that payments without an entry already pay.

        Where an accounting application defers the entry, the item shows its whole
        residual although the money was taken.
        """
        paid = defaultdict(float)
        payments = self.env["account.payment"].search(
            [
                ("state", "=", "in_process"),
                ("move_id", "=", False),
                ("payment_type", "=", "inbound"),
                ("invoice_ids", "in", items.move_id.ids),
            ]
        )
        known = self.search([("payment_id", "in", payments.ids)])
        for line in known.line_ids.filtered(lambda line: line.amount > 0):
            paid[line.move_line_id] += line.amount - line._by_credit()
        for payment in payments - known.payment_id:
            self._spread_payment(payment, paid)
        return paid

    @api.model
    def _spread_payment(self, payment, paid):
        """A payment registered elsewhere counts on its invoices, the oldest first."""
        left = payment.amount
        due = payment.invoice_ids.line_ids.filtered(
            lambda item: (
                item.account_type == "asset_receivable"
                and item.amount_residual_currency > 0
            )
        )
        for item in due.sorted(lambda item: (item.date_maturity or item.date, item.id)):
            part = min(left, item.amount_residual_currency)
            paid[item] += part
            left -= part

    @api.model
    def _owed_on(self, items):
        """Return {item: what may still be paid on it}, a credit being negative."""
        under_way = self._under_way(items)
        return {
            item: item.currency_id.round(
                item.amount_residual_currency - under_way.get(item, 0.0)
            )
            for item in items
        }

    @api.model
    def _impute(self, amount, items, today, held=None):
        """Lay a sum on items as the law does where the debtor says nothing.

        :param held: {item: sum} that cheques held will pay, left to them
        :return: {item: amount}; Code civil, art. 1342-10
        """
        if not items:
            return {}
        owed = self._owed_on(items)
        for item, later in (held or {}).items():
            owed[item] = max(owed.get(item, 0.0) - later, 0.0)
        debts = [
            Debt(
                item.id,
                to_units(owed[item], item.currency_id),
                item.date_maturity or item.date,
                (item.date_maturity or item.date) <= today,
                self._pressing(item),
            )
            for item in items
        ]
        given = impute(to_units(amount, items.currency_id[:1]), debts)
        return {
            item: from_units(given[item.id], item.currency_id)
            for item in items
            if item.id in given
        }

    @api.model
    def _pressing(self, item):
        """1 where a mise en demeure was received: interest runs, a court may follow."""
        claims = item.recouv_claim_ids.filtered(lambda claim: not claim.closed_on)
        return int(any(claims.step_id.mapped("is_formal_notice")))

    # --- taking money ---------------------------------------------------------------

    @api.model
    def _take(self, order):
        """Take money from a debtor; all of it or nothing.

        :param order: dict with ``company``, ``partner``, ``method``, ``amount``,
            ``currency``, ``date``; ``lines``: list of (journal item, amount), credits
            used being negative; optional ``method_line``, ``memo``, ``token``,
            ``cheque`` (values of ``recouv.cheque``)
        :return: the collection; the one made before where the token is known
        :raise UserError: naming what is wrong
        """
        known = order.get("token") and self.search([("token", "=", order["token"])])
        if known:
            return known
        lines = [(item, part) for item, part in order.get("lines", ()) if part]
        order = {**order, "lines": lines}
        self._lock_items(lines)
        self._check_order(order)
        self._check_lines(order)
        act = self._record_new(self._order_vals(order))
        if act.method in CHEQUES:
            act._create_cheque(order.get("cheque") or {})
        if act.method != "cheque_later":
            act._pay(act.date)
        act.cheque_ids._cover()
        return act

    @api.model
    def _order_vals(self, order):
        company = order["company"]
        given = [
            Command.create(self._line_vals(company, item, part))
            for item, part in order["lines"]
        ]
        line = order.get("method_line") or company._recouv_method_line(order["method"])
        return {
            "name": self._next_number(company, "RC"),
            "company_id": company.id,
            "partner_id": order["partner"].commercial_partner_id.id,
            "method": order["method"],
            "method_line_id": line.id,
            "date": order["date"],
            "amount": order["amount"],
            "currency_id": order["currency"].id,
            "memo": order.get("memo"),
            "token": order.get("token"),
            "line_ids": given,
        }

    @api.model
    def _line_vals(self, company, item, part):
        left = item.amount_residual_currency - part
        return {
            "company_id": company.id,
            "move_line_id": item.id,
            "label": item.move_name or item.name,
            "date_due": item.date_maturity or item.date,
            "amount": part,
            "residual_after": max(left, 0.0) if part > 0 else min(left, 0.0),
        }

    @api.model
    def _next_number(self, company, prefix):
        """Return the next number of a company's own series (receipts, slips)."""
        code = f"recouv.{prefix.lower()}"
        # sudo: a secretary may not create the series of the company, only use it
        Sequence = self.env["ir.sequence"].sudo().with_company(company)
        domain = [("code", "=", code), ("company_id", "=", company.id)]
        series = Sequence.search(domain, limit=1)
        if not series:
            series = Sequence.create(
                {
                    "name": f"{prefix} {company.name}",
                    "code": code,
                    "prefix": f"{prefix}/%(year)s/",
                    "padding": 5,
                    "company_id": company.id,
                }
            )
        return series.next_by_id()

    def _create_cheque(self, vals):
        self.ensure_one()
        return self.env["recouv.cheque"]._record_new(
            {
                **vals,
                "collection_id": self.id,
                "company_id": self.company_id.id,
                "received_on": self.date,
                "deposit_on": vals.get("deposit_on") or self.date,
            }
        )

    # --- checks ---------------------------------------------------------------------

    @api.model
    def _lock_items(self, lines):
        """Two people at the same debtor: the second one is told.

        The invoices are locked too: a payment without an entry changes nothing else.
        """
        items = self.env["account.move.line"].union(*(item for item, _part in lines))
        items._recouv_lock_rows()
        items.move_id._recouv_lock_rows()

    @api.model
    def _check_order(self, order):
        _, currency, amount = self.env._, order["currency"], order["amount"]
        used = sum(part for _item, part in order["lines"] if part < 0)
        if amount < 0 or (currency.is_zero(amount) and not used):
            raise UserError(_("Enter the sum received: more than zero."))
        if order["date"] > fields.Date.context_today(self):
            raise UserError(_("Money cannot be received in the future."))
        self._check_cheque_order(order, used)
        laid = sum(part for _item, part in order["lines"])
        if currency.compare_amounts(laid, amount) > 0:
            raise UserError(
                _(
                    "%(laid)s are laid on invoices, but only %(amount)s are received.",
                    laid=currency.format(laid),
                    amount=currency.format(amount),
                )
            )
        self._check_rest(order["company"], currency, amount, laid)

    @api.model
    def _check_rest(self, company, currency, amount, laid):
        """Refuse what is laid on no invoice where the practice accepts no such rest."""
        if company.recouv_refuse_rest and currency.compare_amounts(amount, laid):
            raise UserError(
                self.env._(
                    "%(rest)s would be laid on no invoice, which this practice does "
                    "not accept. Correct the sum or lay it on invoices.",
                    rest=currency.format(amount - laid),
                )
            )

    @api.model
    def _check_cheque_order(self, order, used):
        if order["method"] != "cheque_later":
            return
        if used:
            raise UserError(
                self.env._("Use the credit with a payment that counts at once.")
            )
        if not (order.get("cheque") or {}).get("deposit_on"):
            raise UserError(self.env._("Say from which day the cheque may be banked."))

    @api.model
    def _check_lines(self, order):
        """Each item is one of the debtor's, and still owes what is laid on it."""
        items = self.env["account.move.line"].union(
            *(item for item, _part in order["lines"])
        )
        owed = self._owed_on(items)
        for item, part in order["lines"]:
            self._check_item(order, item)
            self._check_part(item, part, owed[item])

    @api.model
    def _check_item(self, order, item):
        _, number = self.env._, item.move_name or item.name or "/"
        if item.company_id != order["company"]:
            raise UserError(_("%s belongs to another company.", number))
        if item.partner_id.commercial_partner_id != (
            order["partner"].commercial_partner_id
        ):
            raise UserError(
                _(
                    "%(number)s is owed by %(other)s, not by %(debtor)s.",
                    number=number,
                    other=item.partner_id.name,
                    debtor=order["partner"].name,
                )
            )
        if item.currency_id != order["currency"]:
            raise UserError(
                _(
                    "%(number)s is in %(currency)s: take that currency by itself.",
                    number=number,
                    currency=item.currency_id.name,
                )
            )
        if item.account_type != "asset_receivable" or item.parent_state != "posted":
            raise UserError(_("%s is not an open receivable.", number))

    @api.model
    def _check_part(self, item, part, owed):
        currency = item.currency_id
        if (
            item.reconciled
            or part * owed <= 0
            or currency.compare_amounts(abs(part), abs(owed)) > 0
        ):
            raise UserError(
                self.env._(
                    "%(number)s still owes %(owed)s, and %(part)s were laid on it: it "
                    "was paid or changed meanwhile. Open “Collect” again.",
                    number=item.move_name or item.name or "/",
                    owed=currency.format(owed),
                    part=currency.format(part),
                )
            )

    # --- undo -----------------------------------------------------------------------

    def _undo_obstacle(self):
        obstacle = super()._undo_obstacle()
        if obstacle:
            return obstacle
        if self._standing_bounce():
            return self.env._("it bounced.")
        if self.cheque_ids.deposit_id.filtered(lambda slip: slip.state == "done"):
            return self.env._("its cheque was deposited; undo the deposit slip first.")
        if self.payment_id._recouv_is_banked():
            return self.env._("the bank confirmed it; undo that match first.")
        return None

    def _undo(self):
        for act in self:
            act.payment_id._recouv_take_back(act.name)
            act._free_credits()
        self.cheque_ids._record({"state": "returned", "deposit_id": False})
        self.cheque_ids._cover()

    def _free_credits(self):
        """The credits that were used are open again."""
        credits = self.line_ids.filtered(lambda line: line.amount < 0).move_line_id
        debts = self.line_ids.move_line_id - credits
        credits.matched_debit_ids.filtered(
            lambda partial: partial.debit_move_id in debts
        ).unlink()

    def action_open(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }

    def action_view_payment(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.payment",
            "res_id": self.payment_id.id,
            "view_mode": "form",
        }

    def action_bounce(self):
        """Open the dialog on the payment that the bank gave back.

        :raise UserError: nothing was paid with it: a cheque still held, or undone
        """
        self.ensure_one()
        if not self.payment_id:
            raise UserError(
                self.env._(
                    "%(collection)s: no payment stands in the books, so that none can "
                    "bounce.",
                    collection=self.display_name,
                )
            )
        return self.payment_id.action_recouv_bounce()


class RecouvCollectionLine(models.Model):
    """What was laid on one journal item; a credit that was used is negative."""

    _name = "recouv.collection.line"
    _inherit = ["recouv.evidence.mixin"]
    _description = "Item of a collection"
    _order = "collection_id, date_due, id"
    _check_company_auto = True

    collection_id = fields.Many2one(
        "recouv.collection", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    # Set null: an invoice may be reset to draft; what was received for it stays known.
    move_line_id = fields.Many2one(
        "account.move.line",
        "Journal item",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    label = fields.Char("Invoice", readonly=True)
    date_due = fields.Date("Due date", readonly=True)
    currency_id = fields.Many2one(related="collection_id.currency_id")
    amount = fields.Monetary("Paid by it", readonly=True)
    residual_after = fields.Monetary(
        "Left to pay", readonly=True, help="Right after this money was received."
    )

    @api.model
    def _evidence_advice(self):
        return self.env["recouv.collection"]._evidence_advice()

    def _by_money(self):
        """Return what the money itself paid here."""
        return self.currency_id.round(self.amount - self._by_credit())

    def _by_credit(self):
        """Return what a credit used in the same act paid: it lowered the residual."""
        lines = self.collection_id.line_ids
        credits = lines.filtered(lambda line: line.amount < 0).move_line_id
        partials = credits.matched_debit_ids.filtered(
            lambda partial: partial.debit_move_id == self.move_line_id
        )
        return sum(partials.mapped("debit_amount_currency"))
