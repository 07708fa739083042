from odoo import api, fields, models
from odoo.exceptions import UserError

from .recouv_insurance_money import SUBROGATION


class RecouvInsurancePayment(models.Model):
    """Money of an indemnity, and what the insurer takes over for it.

    Up to the sum received the insurer steps into the practice's rights (C. civ.
    1346-1): that part of the invoices leaves the practice by a transfer, the rest stays
    and goes on being relanced. What was written off before is income (758700). What
    exceeds the debt, because the debtor paid meanwhile, stays owed to the insurer.
    """

    _name = "recouv.insurance.payment"
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin", "recouv.insurance.money"]
    _description = "Indemnity received"
    _order = "date desc, id desc"
    _booked_moves = ("bank_move_id", "income_move_id", "apply_move_id")
    _booked_pairs = _booked_moves
    _check_company_auto = True

    loss_id = fields.Many2one(
        "recouv.insurance.loss",
        "Insurance loss",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        related="loss_id.company_id", store=True, index=True, precompute=True
    )
    policy_id = fields.Many2one(
        related="loss_id.policy_id", string="Insurance policy", store=True
    )
    currency_id = fields.Many2one(related="loss_id.currency_id")
    amount = fields.Monetary("Received", readonly=True)
    amount_subrogated = fields.Monetary("Taken over by the insurer", readonly=True)
    amount_income = fields.Monetary("For written-off claims", readonly=True)
    income_parts = fields.Json("Income by item", readonly=True, copy=False)
    amount_excess = fields.Monetary("To give back", readonly=True)
    transfer_ids = fields.Many2many(
        "recouv.transfer", "recouv_insurance_payment_transfer_rel", readonly=True
    )
    income_move_id = fields.Many2one(
        "account.move", "Entry of the income", readonly=True
    )
    letter_id = fields.Many2one(
        "ir.attachment", "Notice of subrogation", readonly=True, copy=False
    )

    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "An indemnity is more than nothing."
    )

    @api.depends("loss_id", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for one in self:
            one.display_name = self.env._("Indemnity %s", one.loss_id.name or "")

    def _standing(self):
        return self.filtered(lambda one: not one.undone_on)

    def _transfers_to_tell(self):
        # sudo: the practice's own transfers, of which number, date and sum are told
        transfers = self.sudo().transfer_ids.filtered(
            lambda one: one.currency_id.compare_amounts(one._credit_room(), 0) > 0
        )
        return transfers.sorted(lambda transfer: transfer.invoice_id.name or "")

    # --- receiving --------------------------------------------------------------------

    @api.model
    def _take(self, loss, amount, day, journal=None, movement=None):
        """Record and book money of a settled loss.

        :param amount: received, in the currency of the books
        :param journal: the bank journal, or ``movement``: the bank's open movement
        :raise UserError: not a manager, not settled, more than the indemnity, neither
            way, books locked; nothing was booked
        """
        loss.company_id._recouv_check_manager(self.env._("book an indemnity"))
        self._check_way(journal, movement)
        # two clicks, two people: the second one is told so
        loss._recouv_lock_rows()
        loss._check_receivable(amount)
        payment = self._record_new(
            [
                {
                    "loss_id": loss.id,
                    "amount": amount,
                    "date": day,
                    "journal_id": journal and not movement and journal.id,
                    "statement_line_id": movement and movement.id,
                }
            ]
        )
        payment._check_books()
        payment._check_movement(amount)
        payment._book()
        loss._follow_payments()
        return payment

    def _book(self):
        items = self._take_over(self.amount, self.date)
        self._move_money(items, self.amount, self.loss_id.insurer_id)

    def _take_over(self, amount, day):
        """Give the insurer what it pays for, up to a sum, and record what that was.

        :return: the insurer's open items, to be settled by its money
        """
        parts, left = [], amount
        for line in self.loss_id.line_ids._insured_now():
            taken = min(left, line._unpaid_now())
            if self.currency_id.compare_amounts(taken, 0) > 0:
                parts.append((line, taken))
                left -= taken
        transfers, incomes = self._subrogate(parts, day)
        income = self.currency_id.round(sum(incomes.values()))
        items = transfers.target_line_id | self._book_income(income, day)
        self._record(
            {
                "amount_subrogated": self.currency_id.round(
                    sum(transfers.mapped("amount"))
                ),
                "amount_income": income,
                "income_parts": incomes,
                "amount_excess": self.currency_id.round(left),
                "transfer_ids": transfers.ids,
            }
        )
        return items

    def _subrogate(self, parts, day):
        """Move the open part of these lines to the insurer.

        :return: (posted transfers, {line id as text: what was for a written-off claim})
        """
        vals_list, incomes = [], {}
        for line, taken in parts:
            item = line._item()
            open_part = 0.0 if item.reconciled else item.amount_residual
            moved = min(taken, open_part)
            income = self.currency_id.round(taken - moved)
            if self.currency_id.compare_amounts(income, 0) > 0:
                # text: a key of a JSON object is nothing else
                incomes[str(line.id)] = income
            if self.currency_id.compare_amounts(moved, 0) > 0:
                vals_list.append(self._transfer_values(line, item, moved, day))
        # sudo: a manager's right was checked; the practice's own items
        transfers = self.env["recouv.transfer"].sudo().create(vals_list)
        transfers._post()
        return transfers, incomes

    def _income_of(self, line):
        """Return what these paid for the written-off part of one line."""
        return sum((one.income_parts or {}).get(str(line.id), 0.0) for one in self)

    def _transfer_values(self, line, item, moved, day):
        direct = self.statement_line_id and not self.apply_count
        if direct and item.currency_id != self.currency_id:
            raise UserError(
                self.env._(
                    "%s is in another currency: book the money in a bank journal "
                    "instead of choosing the movement.",
                    line.reference or item.display_name,
                )
            )
        share = moved / item.amount_residual
        return {
            "kind": "subrogation",
            "company_id": self.company_id.id,
            "origin_line_id": item.id,
            "amount_currency": item.currency_id.round(
                item.amount_residual_currency * share
            ),
            "target_partner_id": self.loss_id.insurer_id.id,
            "date": day,
            "date_due": day,
            "reason": self.loss_id.name,
            "idempotency_key": self._transfer_key(line),
        }

    def _transfer_key(self, line):
        key = f"indemnity:{self.id}:{line.id}"
        # an advance is set against each settlement anew
        return f"{key}:{self.apply_count}" if self.apply_count else key

    def _book_income(self, amount, day):
        """Return the insurer's item for what had been written off, none without."""
        # sudo: a manager's right was checked
        items = self.env["account.move.line"].sudo()
        if self.currency_id.is_zero(amount):
            return items
        company = self.company_id
        debit, _credit = self._post_misc(
            (company._recouv_transfer_setting(SUBROGATION), self.loss_id.insurer_id),
            (
                company._recouv_insurance_account("recouv_insurance_income_account_id"),
                self.env["res.partner"],
            ),
            amount,
            day,
        )
        self._record({"income_move_id": debit.move_id.id})
        return debit

    # --- undoing ----------------------------------------------------------------------

    def _undo_obstacle(self):
        if obstacle := super()._undo_obstacle():
            return obstacle
        if self.loss_id.recovery_ids._standing():
            return self.env._("money come since was shared by it; undo that first.")
        return None

    def _undo(self):
        """Give the money back to nobody: the insurer did not pay; it is owed again."""
        self.company_id._recouv_check_manager(self.env._("undo an indemnity"))
        for payment in self:
            payment._take_money_back()
            # sudo: entries of this very record
            if income := payment.sudo().income_move_id:
                payment._reverse(income)
            payment._bring_back(self.env._("The indemnity was recorded by mistake"))

    def _bring_back(self, reason):
        """The receivables are the practice's again, as new items of the same loss."""
        # sudo: transfers of this very record, whose undoing was checked
        for transfer in self.sudo().transfer_ids:
            transfer._net_with_credits()
            if transfer.currency_id.is_zero(transfer._back_room()):
                continue  # credit notes took the whole
            back = transfer._give_back(reason, date_due=transfer.date_due)
            self.loss_id._follow_back(transfer, back)

    def _record_undo(self, vals):
        """EXTENDS: the loss waits for its indemnity again."""
        result = super()._record_undo(vals)
        self.loss_id._follow_payments()
        return result


class RecouvInsuranceLoss(models.Model):
    _inherit = "recouv.insurance.loss"

    payment_ids = fields.One2many(
        "recouv.insurance.payment", "loss_id", "Money received", readonly=True
    )
    amount_received = fields.Monetary("Received", compute="_compute_amount_received")
    amount_subrogated = fields.Monetary(
        "Taken over by the insurer", compute="_compute_amount_received"
    )
    amount_advance = fields.Monetary(
        "Advance",
        compute="_compute_amount_received",
        help="What the policy pays at once when the claim is admitted in insolvency "
        "proceedings.",
    )

    @api.depends(
        "payment_ids.amount_counted",
        "payment_ids.amount_subrogated",
        "payment_ids.undone_on",
        "insolvency_on",
    )
    def _compute_amount_received(self):
        for loss in self:
            payments = loss._standing_payments()
            loss.amount_received = sum(payments.mapped("amount_counted"))
            loss.amount_subrogated = sum(payments.mapped("amount_subrogated"))
            rate = loss.policy_id.insolvency_advance if loss.insolvency_on else 0.0
            loss.amount_advance = loss.currency_id.round(loss.amount * rate / 100)

    def _standing_payments(self):
        return self.payment_ids._standing()

    def _check_receivable(self, amount):
        self._check_state("settled")
        left = self.amount_payable - self.amount_received
        compare = self.currency_id.compare_amounts
        if compare(amount, 0) <= 0 or compare(amount, left) > 0:
            raise UserError(
                self.env._(
                    "%(loss)s: %(left)s of the indemnity is to come.",
                    loss=self.display_name,
                    left=self.currency_id.format(left),
                )
            )

    def _follow_payments(self):
        """The loss is paid once its whole indemnity has come, and only as long."""
        for loss in self._settled():
            loss.invalidate_recordset(["amount_received"])
            left = loss.amount_payable - loss.amount_received
            whole = loss.currency_id.compare_amounts(left, 0) <= 0
            came = whole and loss.amount_received
            loss._record({"state": "paid" if came else "settled"})

    def _follow_back(self, transfer, back):
        """Add what came back to the lines, so that it is indemnified another time."""
        line = self.line_ids.filtered(
            lambda one: (
                one._item() == transfer.origin_line_id
                or one.move_line_id == transfer.origin_line_id
            )
        )[:1]
        self.env["recouv.insurance.loss.line"]._record_new(
            [
                {
                    "loss_id": self.id,
                    "move_line_id": back.target_line_id.id,
                    # made doubtful or written off, it is found by its claim
                    "claim_id": back._claim_come_back().id,
                    "move_id": line.move_id.id,
                    "limit_id": line.limit_id.id,
                    "reference": line.reference,
                    "invoice_date": line.invoice_date,
                    "date_due": line.date_due,
                    "code": line.code,
                    "amount_limit": line.amount_limit,
                    "amount_covered": line.amount_covered,
                    "amount_unpaid": back.amount,
                }
            ]
        )
