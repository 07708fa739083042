from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from .recouv_insurance_loss import ENDED

KINDS = [
    ("indemnity", "Indemnity"),
    ("advance", "Advance"),
    ("repayment", "Paid back"),
]


class RecouvInsurancePayment(models.Model):
    """An advance on an indemnity, and what is paid back to the insurer.

    An insurer may pay at once when the claim is admitted in insolvency proceedings
    (law.md §9). The advance is provisional: it is owed to the insurer, on its account,
    until the loss is settled; nothing of the invoices leaves before. The settlement
    sets it against the indemnity, and the insurer takes over what it paid for; what the
    indemnity does not reach, or all when the loss is refused or withdrawn, is to be
    paid back.
    """

    _inherit = "recouv.insurance.payment"

    kind = fields.Selection(KINDS, required=True, readonly=True, default="indemnity")
    amount_applied = fields.Monetary("Set against the indemnity", readonly=True)
    applied_on = fields.Date("Set against it on", readonly=True)
    apply_count = fields.Integer(readonly=True)
    apply_move_id = fields.Many2one(
        "account.move", "Entry of the setting against", readonly=True
    )
    source_id = fields.Many2one(
        "recouv.insurance.payment",
        "Paid back of",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    repayment_ids = fields.One2many(
        "recouv.insurance.payment", "source_id", "Paid back", readonly=True
    )
    amount_counted = fields.Monetary(
        "Counts for the indemnity", compute="_compute_amount_counted"
    )
    amount_owed_back = fields.Monetary(
        "Still to pay back", compute="_compute_amount_owed_back"
    )

    @api.depends("kind", "amount", "amount_applied")
    def _compute_amount_counted(self):
        for one in self:
            counted = {"indemnity": one.amount, "advance": one.amount_applied}
            one.amount_counted = counted.get(one.kind, 0.0)

    @api.depends(
        "amount_excess", "amount_credited", "repayment_ids.undone_on", "undone_on"
    )
    def _compute_amount_owed_back(self):
        """Never more than what stands open on the insurer's account."""
        for one in self:
            owed = 0.0
            if one.kind != "repayment" and not one.undone_on and one.amount_excess:
                still = one.amount_excess - one._repaid()
                on_account = -sum(one._credit_items().mapped("amount_residual"))
                owed = max(0.0, min(still, on_account))
            one.amount_owed_back = one.currency_id.round(owed)

    def _compute_display_name(self):
        # EXTENDS: an advance and what is paid back are told apart
        result = super()._compute_display_name()
        for one in self:
            number = one.loss_id.name or ""
            if one.kind == "advance":
                one.display_name = self.env._("Advance %s", number)
            elif one.kind == "repayment":
                one.display_name = self.env._("Paid back to the insurer %s", number)
        return result

    def _repaid(self):
        return sum(self.repayment_ids._standing().mapped("amount"))

    def _credit_items(self):
        """Return what stands open for the insurer of the money of this record, and of
        credit notes on what it took over for it."""
        # sudo: items of this very record's money
        money = self.sudo()
        moves = money.bank_move_id | money.statement_line_id.move_id
        insurer = money.loss_id.insurer_id.commercial_partner_id
        items = moves.line_ids | money.transfer_ids._credits().target_line_id
        return items.filtered(
            lambda line: (
                line.balance < 0
                and line.parent_state == "posted"
                and not line.reconciled
                and line.account_id.reconcile
                and line.partner_id.commercial_partner_id == insurer
            )
        )

    # --- receiving --------------------------------------------------------------------

    @api.model
    def _take_advance(self, loss, amount, day, journal=None, movement=None):
        """Record and book an advance on a declared loss.

        :param amount: received, in the currency of the books
        :param journal: the bank journal, or ``movement``: the bank's open movement
        :raise UserError: not a manager, not declared, more than the indemnity that is
            expected, neither way, books locked; nothing was booked
        """
        loss.company_id._recouv_check_manager(self.env._("book an advance"))
        self._check_way(journal, movement)
        loss._recouv_lock_rows()
        loss._check_advance(amount, day)
        one = self._record_new(
            [
                {
                    "loss_id": loss.id,
                    "kind": "advance",
                    "amount": amount,
                    "date": day,
                    "journal_id": journal and not movement and journal.id,
                    "statement_line_id": movement and movement.id,
                }
            ]
        )
        one._check_books()
        one._check_movement(amount)
        one._move_money(self.env["account.move.line"], amount, loss.insurer_id)
        return one

    @api.model
    def _check_way(self, journal, movement):
        if not journal and not movement:
            raise UserError(
                self.env._("Say how it came: a bank journal, or the bank's movement.")
            )

    # --- set against the indemnity ----------------------------------------------------

    def _apply(self, most):
        """Set this advance against the indemnity: the insurer takes over its part.

        :param most: what is left of the indemnity
        """
        today = fields.Date.context_today(self)
        free = self.currency_id.round(self.amount - self._repaid())
        amount = min(free, most)
        self._record({"apply_count": self.apply_count + 1, "applied_on": today})
        if self.currency_id.compare_amounts(amount, 0) > 0:
            self._check_books(today)
            items = self._take_over(amount, today)
            self._settle_by_advance(items, today)
        taken = self.amount_subrogated + self.amount_income
        self._record(
            {
                "amount_applied": max(0.0, amount),
                "amount_excess": self.currency_id.round(self.amount - taken),
            }
        )

    def _settle_by_advance(self, items, day):
        """Settle the insurer's items by what its advance left open, in one entry."""
        # sudo: rights were checked; entries of checked values only
        items, given = items.sudo(), self._credit_items()
        amount = sum(items.mapped("amount_residual"))
        if (
            self.currency_id.compare_amounts(
                amount, -sum(given.mapped("amount_residual"))
            )
            > 0
        ):
            raise UserError(
                self.env._(
                    "%s: its money was settled otherwise in the books. Open that "
                    "again, then settle the loss.",
                    self.display_name,
                )
            )
        if self.currency_id.is_zero(amount):
            return
        company, label = self.company_id, self.display_name
        rows = self._mirrors(items, label)
        account = given[:1].account_id
        insurer = self.loss_id.insurer_id
        rows.append(self._plain(label, account, insurer, amount, len(rows)))
        journal = company._recouv_transfer_setting("recouv_subrogation_journal_id")
        move = self.sudo()._post_entry(journal, label, rows, day)
        own = move.line_ids.sorted("sequence")
        self.env["account.move.line"].sudo()._reconcile_plan(
            [
                *(item + own[rank] for rank, item in enumerate(items)),
                given + own[-1],
            ]
        )
        self._record({"apply_move_id": move.id})

    def _unapply(self):
        """Take the advance off the indemnity: it is provisional again."""
        # sudo: entries of this very record, whose undoing was checked
        own = self.sudo()
        if move := own.apply_move_id:
            self._reverse(move)
        if income := own.income_move_id:
            self._reverse(income)
        self._bring_back(self.env._("The settlement of the loss was undone"))
        self._record(
            {
                "amount_applied": 0.0,
                "amount_subrogated": 0.0,
                "amount_income": 0.0,
                "income_parts": False,
                "amount_credited": 0.0,
                # what is taken over anew is told anew
                "letter_id": False,
                "amount_excess": self._repaid(),
                "applied_on": False,
                "apply_move_id": False,
                "income_move_id": False,
                "transfer_ids": [Command.clear()],
            }
        )

    # --- paying back ------------------------------------------------------------------

    def action_repay(self):
        """Open the dialog that pays the insurer back what it is owed."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pay back to the insurer"),
            "res_model": "recouv.insurance.receive",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_loss_id": self.loss_id.id,
                "default_payment_id": self.id,
            },
        }

    def _repay(self, day, journal=None, movement=None):
        """Pay back what the insurer paid and does not owe.

        :raise UserError: not a manager, nothing is owed back, neither way, books locked
        """
        self.ensure_one()
        self.company_id._recouv_check_manager(self.env._("pay an insurer back"))
        self._check_way(journal, movement)
        self.loss_id._recouv_lock_rows()
        self.invalidate_recordset(["amount_owed_back"])
        owed = self.amount_owed_back
        if self.currency_id.compare_amounts(owed, 0) <= 0 or day < self.date:
            raise UserError(
                self.env._(
                    "%s: nothing is to pay back, or not on a day before it came.",
                    self.display_name,
                )
            )
        one = self._record_new(
            [
                {
                    "loss_id": self.loss_id.id,
                    "kind": "repayment",
                    "source_id": self.id,
                    "amount": owed,
                    "date": day,
                    "journal_id": journal and not movement and journal.id,
                    "statement_line_id": movement and movement.id,
                }
            ]
        )
        one._check_books()
        one._check_movement(-owed)
        one._move_money(self._credit_items(), -owed, self.loss_id.insurer_id)
        return one

    # --- undoing ----------------------------------------------------------------------

    def _undo_obstacle(self):
        """EXTENDS: what stands on an advance goes first."""
        if self.kind == "repayment":
            # what was shared since does not rest on it
            return self.env._("It was undone already.") if self.undone_on else None
        if obstacle := super()._undo_obstacle():
            return obstacle
        if self.repayment_ids._standing():
            return self.env._("a part was paid back to the insurer; undo that first.")
        if self.applied_on:
            return self.env._("the loss is settled with it; undo the settlement first.")
        return None


class RecouvInsuranceLoss(models.Model):
    """The advances of a loss follow what becomes of it."""

    _inherit = "recouv.insurance.loss"

    amount_provisional = fields.Monetary(
        "Advance received",
        compute="_compute_provisional",
        help="Less what was paid back; it is set against the indemnity.",
    )
    amount_owed_back = fields.Monetary(
        "To pay back to the insurer",
        compute="_compute_provisional",
        search="_search_amount_owed_back",
    )

    @api.depends(
        "payment_ids.amount", "payment_ids.undone_on", "payment_ids.amount_excess"
    )
    def _compute_provisional(self):
        for loss in self:
            advances = loss._advances()
            loss.amount_provisional = sum(
                one.amount - one._repaid() for one in advances
            )
            owed = loss._standing_payments().mapped("amount_owed_back")
            loss.amount_owed_back = sum(owed)

    @api.model
    def _search_amount_owed_back(self, operator, value):
        payments = self.env["recouv.insurance.payment"].search(
            [
                ("undone_on", "=", False),
                ("kind", "!=", "repayment"),
                ("amount_excess", ">", 0),
            ]
        )
        found = payments.loss_id.filtered_domain(
            [("amount_owed_back", operator, value)]
        )
        return Domain("id", "in", found.ids)

    def _advances(self):
        return self._standing_payments().filtered(lambda one: one.kind == "advance")

    def _indemnities(self):
        return self._standing_payments().filtered(lambda one: one.kind == "indemnity")

    def _check_advance(self, amount, day):
        self._check_state("declared")
        compare = self.currency_id.compare_amounts
        left = float(self._account().payable) - self.amount_provisional
        if compare(amount, 0) <= 0 or compare(amount, left) > 0:
            raise UserError(
                self.env._(
                    "%(loss)s: an advance lies between nothing and what is left of the "
                    "expected indemnity (%(left)s).",
                    loss=self.display_name,
                    left=self.currency_id.format(max(0.0, left)),
                )
            )
        if day < self.declared_on:
            raise UserError(
                self.env._(
                    "%s: an advance does not come before the declaration.",
                    self.display_name,
                )
            )

    # --- what becomes of the loss -----------------------------------------------------

    def _settle(self, amount=None, reason=None):
        """EXTENDS: what was advanced is deducted from the indemnity."""
        result = super()._settle(amount, reason)
        for advance in self._advances().sorted(lambda one: (one.date, one.id)):
            self.invalidate_recordset(["amount_received"])
            advance._apply(self.amount_payable - self.amount_received)
        if self._advances():
            self._follow_payments()
        return result

    def _reject(self, reason):
        """EXTENDS: what was advanced is owed back."""
        result = super()._reject(reason)
        self._owe_advances_back()
        return result

    def action_withdraw(self):
        """EXTENDS: what was advanced is owed back."""
        result = super().action_withdraw()
        self._owe_advances_back()
        return result

    def _owe_advances_back(self):
        # sudo: who ends a loss may not book; only what is owed back is noted
        for advance in self.sudo()._advances():
            advance._record({"amount_excess": advance.amount})

    def _undo_obstacle(self):
        """EXTENDS: a settlement goes back with its advances; before, these go first."""
        only = self._advances() and not self._indemnities()
        if self.state not in ("settled", "paid", *ENDED) or not only:
            return super()._undo_obstacle()
        if self.recovery_ids._standing():
            return self.env._("money come since was shared by it; undo that first.")
        return self._other_obstacle()

    def _undo(self):
        """EXTENDS: advances are provisional again."""
        for loss in self.filtered(lambda one: one.state in ("settled", "paid")):
            loss.company_id._recouv_check_manager(self.env._("undo a settlement"))
        for loss in self.filtered(lambda one: one.state == "paid"):
            loss._record({"state": "settled"})
        settled = self.filtered(lambda one: one.state == "settled")
        ended = self.filtered(lambda one: one.state in ENDED)
        for advance in settled._advances():
            advance._unapply()
        result = super()._undo()
        # sudo: who puts a loss back may not book; only what is owed back is noted
        for advance in ended.sudo()._advances():
            advance._record({"amount_excess": advance._repaid()})
        return result
