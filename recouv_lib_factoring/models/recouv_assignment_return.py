from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.recouv_lib.models.recouv_derived_mixin import derived_search

RETURN_KINDS = [
    ("credited", "Credit note"),
    ("collected_by_assignor", "Paid to the practice"),
    ("bought_back", "Bought back"),
]
#: the only grounds on which a practice buys back: that the receivable exists is all
#: that it warrants (C. civ. 1326)
BUY_BACK_REASONS = [
    ("nonexistent", "It does not exist"),
    ("disputed", "The debtor disputes it"),
    ("already_paid", "It had been paid before"),
    ("care_not_performed", "The care was not given"),
]


class RecouvAssignmentReturn(models.Model):
    """What a practice owes back to the buyer of one of its receivables, and why.

    The practice's record, made by an event that follows a sold receivable: a credit
    note, a payment that the debtor made to the practice, a repurchase. Never by the
    debtor's not paying: that loss is the buyer's. It is booked in both companies by
    the transfer that it stands for, and owed until it is paid, or set off against a
    price (``recouv_price_set_off.py``).
    """

    _name = "recouv.assignment.return"
    _description = "Sum owed back to the buyer"
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin", "recouv.derived.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char("Number", readonly=True, copy=False)
    line_id = fields.Many2one(
        "recouv.assignment.line",
        "Sold receivable",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="line_id.company_id", store=True, index=True, precompute=True
    )
    assignment_id = fields.Many2one(
        related="line_id.assignment_id", store=True, index=True, precompute=True
    )
    move_id = fields.Many2one(related="line_id.move_id", string="Invoice")
    partner_id = fields.Many2one(related="line_id.partner_id", string="Debtor")
    currency_id = fields.Many2one(related="line_id.currency_id")
    kind = fields.Selection(RETURN_KINDS, required=True, readonly=True)
    reason = fields.Selection(BUY_BACK_REASONS, "Ground", readonly=True)
    note = fields.Char(readonly=True)
    date = fields.Date(required=True, readonly=True)
    is_before_notice = fields.Boolean(
        "Before the notification",
        readonly=True,
        help="The debtor had not been notified yet: the payment freed him "
        "(C. civ. 1324).",
    )
    amount = fields.Monetary("Owed back", required=True, readonly=True)
    amount_given_back = fields.Monetary(
        "Commission given back", readonly=True, help="Its VAT included."
    )
    amount_due = fields.Monetary("To pay", compute="_compute_amount_due")
    transfer_id = fields.Many2one(
        "recouv.transfer", required=True, readonly=True, index=True
    )
    item_id = fields.Many2one(
        "account.move.line",
        "Owed item",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    refund_id = fields.Many2one(
        "account.move", "Credit note of the commission", readonly=True, copy=False
    )
    document_id = fields.Many2one("ir.attachment", "Evidence", readonly=True)
    repurchase_id = fields.Many2one(
        "recouv.repurchase", readonly=True, index="btree_not_null"
    )
    paid_on = fields.Date(readonly=True, copy=False)
    state = fields.Selection(
        [
            ("owed", "To pay to the buyer"),
            ("set_off", "Set off"),
            ("paid", "Paid to the buyer"),
            ("undone", "Undone"),
        ],
        compute="_compute_derived",
        search=derived_search("state"),
    )

    _transfer_once = models.UniqueIndex("(transfer_id)", "This is owed back already.")

    @api.depends("amount", "amount_given_back", "amount_set_off")
    def _compute_amount_due(self):
        for one in self:
            one.amount_due = one.amount - one.amount_given_back - one.amount_set_off

    @api.model
    def _derived_sql(self, fname, alias):
        if fname != "state":
            return super()._derived_sql(fname, alias)
        return SQL(
            """(CASE WHEN %(one)s.undone_on IS NOT NULL THEN 'undone'
                     WHEN EXISTS (SELECT 1 FROM account_move_line oi
                                   WHERE oi.id = %(one)s.item_id
                                     AND oi.reconciled IS NOT TRUE) THEN 'owed'
                     WHEN %(one)s.paid_on IS NULL AND %(one)s.amount_set_off > 0
                     THEN 'set_off'
                     ELSE 'paid' END)""",
            one=SQL.identifier(alias),
        )

    @api.model
    def _derived_reads(self):
        """EXTENDS: the item owed, and whether it was undone."""
        names = ("item_id", "undone_on", "paid_on", "amount_set_off")
        return [*super()._derived_reads(), *(self._fields[name] for name in names)]

    @api.model
    def _evidence_advice(self):
        return self.env._("Undo it.")

    # --- making -----------------------------------------------------------------------

    @api.model
    def _note(self, line, transfer, kind, **values):
        """Record what is owed back by a transfer just booked; give commission back.

        :param line: the sold receivable
        :param transfer: what was booked, in both companies
        """
        # a repurchase leaves its settling item open, what follows its new one
        back = transfer.undone_id
        item = transfer.settling_line_id if back else transfer.target_line_id
        numbering = self.env["recouv.collection"]
        one = self._record_new(
            [
                {
                    "name": numbering._next_number(transfer.company_id, "RET"),
                    "line_id": line.id,
                    "kind": kind,
                    "date": transfer.date,
                    "amount": transfer.amount_currency,
                    "transfer_id": transfer.id,
                    "item_id": item.id,
                    **values,
                }
            ]
        )
        if kind != "collected_by_assignor":
            one._give_commission_back()
        return one

    def _action_open(self):
        """Open these, as the user who asked."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Sum owed back to the buyer"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }

    # --- paying -----------------------------------------------------------------------

    def action_pay(self):
        """Order the payment of these sums to the buyer, in both companies' books.

        :raise AccessError: no manager
        :raise UserError: nothing is owed any more; a setting or a lock, named
        """
        self._check_manager()
        # sudo: rights checked; the only place where both books are written
        for one in self.sudo():
            one._pay(fields.Date.context_today(self))
        return True

    def _check_manager(self):
        self.check_access("write")
        if not (self.env.su or self.env.user.has_group("recouv_lib.group_manager")):
            raise AccessError(self.env._("Only a manager decides this."))

    def _pay(self, day):
        self._recouv_lock_rows()
        there = self.transfer_id.counterpart_owed_line_id
        if self.paid_on or self.undone_on or self.item_id.reconciled:
            raise UserError(self.env._("%s is owed no more.", self.display_name))
        schedule, label = self.assignment_id, self.env._("Payment %s", self.name)
        schedule._check_money_can_move(day)
        schedule._check_open_alike(self.name, self.item_id, there)
        schedule._move_money(self.item_id, day, label)
        schedule._move_money(there, day, label)
        self._record({"paid_on": day})
        self.invalidate_recordset(["state"])

    # --- undoing ----------------------------------------------------------------------

    def _undo_obstacle(self):
        """EXTENDS: what was settled on it stands; so does a credit note."""
        _ = self.env._
        if self.paid_on:
            return _("it is paid.")
        if self.refund_id:
            return _("its commission was given back: sell the receivable again.")
        if self.kind == "credited":
            return _("the credit note stands.")
        if self.kind == "bought_back":
            # alone, a practice would sell it again without its buyer's word
            return _("both companies agreed on it: offer the receivable again.")
        if later := self._later_buy_backs():
            return _("%s stands on it.", later[-1:].name)
        return super()._undo_obstacle()

    def _later_buy_backs(self):
        """Return the repurchases of the same receivable made after this: they took what
        this had left."""
        others = self.line_id.return_ids - self
        return others.filtered(
            lambda one: (
                one.kind == "bought_back" and not one.undone_on and one.id > self.id
            )
        ).sorted("id")

    def _undo(self):
        """Take it out of both companies' books: the buyer is owed as before."""
        self._check_manager()
        day = fields.Date.context_today(self)
        # sudo: rights checked; the entries of both companies stand or fall together
        for one in self.sudo():
            one._take_back(day, self.env._("Undone %s", one.name))

    def _take_back(self, day, label):
        transfer = self.transfer_id
        self.assignment_id._check_money_can_move(day)
        transfer.target_claim_id._close("superseded")
        transfer._take_back(day, label)
        transfer._take_back_counterpart(day, label)


class RecouvTransfer(models.Model):
    _inherit = "recouv.transfer"

    def _after_following(self):
        """EXTENDS: a credit note on what was sold is owed back to its buyer."""
        result = super()._after_following()
        returns = self.env["recouv.assignment.return"]
        for transfer in self:
            if line := transfer._sale_line():
                returns._note(line, transfer, "credited", note=transfer.reason)
        return result


class RecouvAssignmentLine(models.Model):
    """What happens to a receivable after its sale."""

    _inherit = "recouv.assignment.line"

    return_ids = fields.One2many(
        "recouv.assignment.return", "line_id", "Owed back", readonly=True
    )

    def action_ask_buy_back(self):
        """Open the dialog that asks the buyer to give it back."""
        self._check_sold_by_manager()
        return self._event_dialog("recouv.buy.back", self.env._("Buy back"))

    def action_ask_collected(self):
        """Open the dialog that asks which payment was meant for the buyer.

        :raise UserError: the debtor has no open payment
        """
        self._check_sold_by_manager(manager=False)
        if not self._open_payments():
            raise UserError(
                self.env._(
                    "%s has no open payment here: record the payment first.",
                    self.partner_id.display_name,
                )
            )
        return self._event_dialog(
            "recouv.sale.collected", self.env._("Paid to the practice")
        )

    def _event_dialog(self, model, name):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_line_id": self.id},
        }

    def _open_payments(self):
        """Return the open credits of the debtor in the practice's books."""
        return self.env["account.move.line"].search(
            [
                ("company_id", "in", self.company_id.ids),
                ("partner_id.commercial_partner_id", "in",
                 self.partner_id.commercial_partner_id.ids),
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("amount_residual_currency", "<", 0),
                ("currency_id", "in", self.currency_id.ids),
            ]
        )  # fmt: skip

    # --- repurchase -------------------------------------------------------------------

    def _buy_back(self, repurchase, document):
        """Book a repurchase that both parties agreed on, in both companies, elevated.

        For what is still open of it at the buyer: the debtor owes the practice again,
        on a new item and a new claim chained to the one sold; the price is owed back,
        its commission as the contract says.

        :param repurchase: ``recouv.repurchase`` that is being concluded
        :param document: ir.attachment of the practice that shows its ground
        :return: the record of what is owed back
        :raise UserError: not sold, nothing open, a setting or a lock, named
        """
        self._lock_sold()
        today = fields.Date.context_today(self)
        self.assignment_id._check_money_can_move(today)
        back = self.transfer_id._give_back(
            repurchase._ground(),
            date=today,
            date_due=self.origin_line_id.date_maturity or today,
            amount=self._left_at_buyer(),
        )
        self._end_purchase()
        self._open_claim_again(back, repurchase.reason, today)
        return self.env["recouv.assignment.return"]._note(
            self,
            back,
            "bought_back",
            reason=repurchase.reason,
            note=repurchase.note,
            document_id=document.id,
            repurchase_id=repurchase.id,
        )

    def _end_purchase(self):
        """The buyer asks for it no more. What was paid to it stays the buyer's: should
        that come back (a cheque that bounces), the rest is owed to it as before."""
        purchase = self.purchase_id
        purchase.claim_id._withdraw_notices("transferred")
        if self.transfer_id.state == "reversed":
            self._record({"state": "bought_back"})
            purchase._record({"state": "given_back"})

    def _open_claim_again(self, back, reason, today):
        """Open the new claim, chained to the one sold, due or not; whatever the ground,
        nothing is asked of the debtor before a person has looked."""
        item = back.target_line_id
        debtor = item.partner_id.id
        engine = self.env["recouv.engine"]
        engine = engine.with_context(recouv_agreed_items=item.ids)
        engine._create_claims(self.company_id, today, (debtor - 1, debtor))
        back.invalidate_recordset(["target_claim_id"])
        if claim := back.target_claim_id:
            held = "dispute" if reason == "disputed" else "other"
            claim._hold(held, self.env._("Bought back: %s.", back.reason))

    # --- paid to the wrong party ------------------------------------------------------

    def _note_collected(self, item, amount=None):
        """A debtor paid the practice what it had sold: it is owed to the buyer.

        The payment leaves the practice's books for what it owes the buyer; at the buyer
        the debtor's item is settled, against the practice.

        :param item: the open credit that the payment left on the debtor's account
        :param amount: all that fits by default
        :return: the record of what is owed back
        :raise UserError: not sold, not a payment of this debtor, nothing open
        """
        self.ensure_one()
        self._check_sold_by_manager(manager=False)
        item.check_access("read")
        # sudo: rights checked; both companies' books are written together
        owed = self.sudo()._note_collected_now(item.sudo(), amount)
        return owed.sudo(self.env.su)

    def _note_collected_now(self, item, amount):
        self._lock_sold()
        today = fields.Date.context_today(self)
        self.assignment_id._check_money_can_move(today)
        self._check_is_payment(item)
        most = min(self._left_at_buyer(), abs(item.amount_residual_currency))
        amount = most if amount is None else amount
        if item.currency_id.compare_amounts(amount, most) > 0:
            raise UserError(
                self.env._(
                    "At most %s of this payment is owed to the buyer.",
                    item.currency_id.format(most),
                )
            )
        values = self.transfer_id._credit_vals(item, amount)
        values |= {"date": today, "date_due": today}
        transfer = self.env["recouv.transfer"].create(values)
        transfer._post()
        notified = self.notified_on
        paid_on = item.date
        return self.env["recouv.assignment.return"]._note(
            self,
            transfer,
            "collected_by_assignor",
            note=item.move_name,
            is_before_notice=not notified or paid_on < notified,
        )

    def _check_is_payment(self, item):
        mine = (
            item.company_id == self.company_id
            and item.partner_id.commercial_partner_id
            == self.origin_line_id.partner_id.commercial_partner_id
            and item.account_type == "asset_receivable"
            and item.currency_id == self.currency_id
            and item.parent_state == "posted"
        )
        if not mine or item.amount_residual_currency >= 0:
            raise UserError(
                self.env._("%s is no open payment of this debtor.", item.display_name)
            )

    # --- checks -----------------------------------------------------------------------

    def _check_sold_by_manager(self, manager=True):
        self.check_access("write")
        is_manager = self.env.su or self.env.user.has_group("recouv_lib.group_manager")
        if manager and not is_manager:
            raise AccessError(self.env._("Only a manager decides this."))
        if self.state != "transferred":
            raise UserError(self.env._("%s is not sold.", self.move_id.display_name))

    def _lock_sold(self):
        """Two events on one receivable meet here, elevated."""
        self._recouv_lock_rows()
        self._check_sold_by_manager()

    def _left_at_buyer(self):
        """Return what the debtor still owes the buyer, elevated.

        :raise UserError: nothing
        """
        item = self.purchase_id.item_id
        left = item.amount_residual_currency
        if self.currency_id.compare_amounts(left, 0) <= 0:
            raise UserError(
                self.env._(
                    "%s: nothing is owed to the buyer any more.",
                    self.move_id.display_name,
                )
            )
        return left
