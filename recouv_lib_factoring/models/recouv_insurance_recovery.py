from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..lib import indemnity
from .recouv_insurance_money import SUBROGATION

RECEIVERS = [
    ("practice", "The practice"),
    ("insurer", "The insurer's collection service"),
]


class RecouvInsuranceRecovery(models.Model):
    """Money that a debtor paid after the indemnity, shared with the insurer.

    Net of the costs of getting it, in proportion of what each bore (law.md §9). What
    the practice received for both, it owes to the insurer until it remits it; what the
    insurer's service received, it owes to the practice, less its costs. Without an
    indemnity the whole is the practice's.
    """

    _name = "recouv.insurance.recovery"
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin", "recouv.insurance.money"]
    _description = "Recovery after an indemnity"
    _order = "date desc, id desc"
    _booked_moves = ("move_id", "bank_move_id", "dividend_move_id")
    _booked_pairs = ("move_id", "bank_move_id")
    _booked_items = ("item_id",)
    _booked_movements = ("statement_line_id", "dividend_line_id")
    _check_company_auto = True

    loss_id = fields.Many2one(
        "recouv.insurance.loss",
        "Insurance loss",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    handover_id = fields.Many2one(
        "recouv.insurance.handover",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    insurer_id = fields.Many2one("res.partner", required=True, check_company=True)
    partner_id = fields.Many2one("res.partner", "Debtor", required=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    received_by = fields.Selection(RECEIVERS, required=True, readonly=True)
    amount = fields.Monetary("Come from the debtor", readonly=True)
    costs = fields.Monetary("Costs of getting it", readonly=True)
    amount_insurer = fields.Monetary("Part of the insurer", readonly=True)
    amount_insured = fields.Monetary("Part of the practice", readonly=True)
    item_id = fields.Many2one(
        "account.move.line", "Payment", readonly=True, ondelete="set null"
    )
    transfer_ids = fields.Many2many(
        "recouv.transfer", "recouv_insurance_recovery_transfer_rel", readonly=True
    )
    move_id = fields.Many2one(
        "account.move",
        "Entry",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    remitted_on = fields.Date(readonly=True)

    _amounts = models.Constraint(
        "CHECK(amount > 0 AND costs >= 0 AND costs <= amount)",
        "A recovery is more than nothing, and its costs are at most that.",
    )
    _item_once = models.UniqueIndex(
        "(item_id, loss_id) WHERE item_id IS NOT NULL AND undone_on IS NULL",
        "This payment was shared for this loss already.",
    )

    @api.depends("loss_id", "handover_id", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for one in self:
            number = one.loss_id.name or one.handover_id.name or ""
            one.display_name = self.env._("Recovery %s", number)

    def _standing(self):
        return self.filtered(lambda one: not one.undone_on)

    def _books_refusal(self, entries):
        """EXTENDS: which payment was shared, and what of it is the insurer's."""
        payment = self.item_id.move_id
        if payment not in entries or payment == self.dividend_move_id:
            return super()._books_refusal(entries)
        return self.env._(
            "The payment %(entry)s was shared with the insurer: %(amount)s of it are "
            "its part (“%(act)s”). Have a manager undo that recovery first (button "
            "“Undo”); then take the payment back.",
            entry=payment.name,
            amount=self.currency_id.format(self.amount_insurer),
            act=self._booked_name(),
        )

    def _booked_name(self):
        """EXTENDS: of which day, as a loss may have several."""
        return f"{self.display_name} ({format_date(self.env, self.date)})"

    # --- recording --------------------------------------------------------------------

    @api.model
    def _take_payment(self, loss, item, costs, day, amount=None):
        """Share a payment that the practice received after the indemnity.

        :param item: the payment's credit item on the debtor's account
        :param costs: what it cost the practice to get it
        :param amount: what of it was for this loss; by default all that did not settle
            something else
        :raise UserError: no such payment, no indemnity, costs beyond it, more than was
            paid, books locked
        """
        loss.company_id._recouv_check_manager(self.env._("share a recovery"))
        loss._recouv_lock_rows()
        if item not in loss._payments_since():
            raise UserError(
                self.env._(
                    "%s: choose a payment of the debtor that came after the indemnity.",
                    loss.display_name,
                )
            )
        # sudo: the payment that was just checked
        # two losses of the debtor may share one payment: one after the other
        item.sudo()._recouv_lock_rows()
        amount = loss._paid_for(item) if amount is None else amount
        loss._check_part_of(item, amount)
        one = loss._new_recovery("practice", amount, costs, day, item_id=item.id)
        one._check_books()
        one._owe_insurer()
        return one

    @api.model
    def _take_from_insurer(self, source, amount, costs, day, **way):
        """Record what the insurer's service collected and sends to the practice.

        :param source: a loss or a hand-over of one debtor
        :param amount: paid by the debtor
        :param costs: kept by the service
        :param way: journal or movement, by which the practice's part came
        :raise UserError: nothing is owed to the practice any more, books locked
        """
        source.company_id._recouv_check_manager(self.env._("share a recovery"))
        source._recouv_lock_rows()
        movement, journal = way.get("movement"), way.get("journal")
        one = source._new_recovery(
            "insurer",
            amount,
            costs,
            day,
            statement_line_id=movement and movement.id,
            journal_id=journal and not movement and journal.id,
        )
        one._check_books()
        one._settle_claims(source._open_items())
        return one

    # --- what the practice received ---------------------------------------------------

    def _owe_insurer(self):
        """Take the insurer's part out of the payment: it is owed to the insurer.

        What the payment had settled of the practice's own is settled with the rest.
        Costs that it covers are no credit of the debtor: they lower the expense.
        """
        # sudo: rights were checked; the practice's own payment
        item = self.sudo().item_id
        if self.currency_id.is_zero(self.amount_insurer):
            return
        covered = self._cover_costs(item.browse())
        taken = self.amount_insurer + covered
        part = item.currency_id.round(
            abs(item.amount_currency) * taken / abs(item.balance)
        )
        pairs = self._pairs_to_open(item, part)
        settled = pairs.debit_move_id
        label, setting = self.display_name, self.company_id._recouv_transfer_setting
        debit = self._plain(label, item.account_id, item.partner_id, taken, 0)
        credit = self._plain(
            label, setting(SUBROGATION), self.insurer_id, -self.amount_insurer, 1
        )
        move = self._post_entry(
            setting("recouv_subrogation_journal_id"),
            label,
            [
                {**debit, "currency_id": item.currency_id.id, "amount_currency": part},
                credit,
                *self._covered_rows(covered),
            ],
        )
        self._record({"move_id": move.id})
        pairs.unlink()
        item._reconcile_plan([item + move.line_ids.sorted("sequence")[0]])
        for other in settled:
            if item.reconciled:
                break
            item._reconcile_plan([item + other])

    def action_remit(self):
        """Open the dialog that pays the insurer its part."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Remit to the insurer"),
            "res_model": "recouv.insurance.recover",
            "view_mode": "form",
            "target": "new",
            "context": {"default_recovery_id": self.id},
        }

    def _remit(self, day, journal=None, movement=None):
        """Pay the insurer what is its part of a payment.

        :raise UserError: remitted already, nothing to remit, neither way given
        """
        self.company_id._recouv_check_manager(self.env._("remit to the insurer"))
        self._recouv_lock_rows()
        owed = self._owed_item()
        if self.remitted_on or not owed or not (journal or movement):
            raise UserError(
                self.env._(
                    "%s: nothing is to remit, or say by which journal or movement of "
                    "the bank.",
                    self.display_name,
                )
            )
        self._record(
            {
                "journal_id": journal and not movement and journal.id,
                "statement_line_id": movement and movement.id,
            }
        )
        self._check_books(day)
        self._check_movement(-self.amount_insurer)
        self._move_money(owed, -self.amount_insurer, self.insurer_id, day)
        self._record({"remitted_on": day})

    def _owed_item(self):
        """Return the open item that is owed to the insurer, none once it is paid."""
        # sudo: an item of this very record
        lines = self.sudo().move_id.line_ids
        account = self.company_id._recouv_transfer_setting(SUBROGATION)
        return lines.filtered(
            lambda line: line.account_id == account and not line.reconciled
        )

    # --- what the insurer's service received ------------------------------------------

    def _settle_claims(self, items):
        """Settle the practice's part, which the debtor paid; it bears the costs, save
        what the money covers beyond what the debtor owes."""
        due = self.currency_id.round(self.amount - self.amount_insurer)
        # sudo: rights were checked; the practice's own items
        items = items.sudo()
        covered = self._cover_costs(items)
        transfers = (
            self.env["recouv.transfer"]
            .sudo()
            .create(
                self._collected_values(items, self.currency_id.round(due - covered))
            )
        )
        transfers._post()
        owed = transfers.target_line_id
        self._record({"transfer_ids": transfers.ids})
        net = self.currency_id.round(due - self.costs)
        self._check_movement(net)
        owed |= self._book_costs(owed, self.currency_id.round(self.costs - covered))
        if not self.currency_id.is_zero(net):
            open_items = owed.filtered(lambda line: not line.reconciled)
            self._move_money(open_items, net, self.insurer_id)

    def _collected_values(self, items, due):
        values, left = [], due
        for item in items:
            part = min(left, item.amount_residual)
            if self.currency_id.compare_amounts(part, 0) <= 0:
                continue
            left -= part
            share = part / item.amount_residual
            account = self.company_id._recouv_transfer_setting(SUBROGATION)
            values.append(
                {
                    "kind": "collected",
                    "company_id": self.company_id.id,
                    "origin_line_id": item.id,
                    "amount_currency": item.currency_id.round(
                        item.amount_residual_currency * share
                    ),
                    "target_partner_id": self.insurer_id.id,
                    "target_account_id": account.id,
                    "date": self.date,
                    "date_due": self.date,
                    "reason": self.display_name,
                    "seen_on": self.date,
                    "idempotency_key": f"recovery:{self.id}:{item.id}",
                }
            )
        if self.currency_id.compare_amounts(left, 0) > 0:
            raise UserError(
                self.env._(
                    "%(recovery)s: only %(open)s is still owed to the practice.",
                    recovery=self.display_name,
                    open=self.currency_id.format(due - left),
                )
            )
        return values

    # --- undoing ----------------------------------------------------------------------

    def _undo(self):
        """Put the entries back; the payment itself stays the debtor's."""
        self.company_id._recouv_check_manager(self.env._("undo a recovery"))
        for one in self:
            one._take_money_back()
            # sudo: entries and transfers of this very record
            if move := one.sudo().move_id:
                one._reverse(move)
            for transfer in one.sudo().transfer_ids:
                back = transfer._give_back(
                    self.env._("The recovery was recorded by mistake"),
                    date_due=transfer.date_due,
                )
                if not back:
                    continue  # the invoice itself is owed again, as it was
                # first the service, which has the claim; then its loss, if it has one
                one.handover_id._follow_back(transfer, back)
                if loss := one.loss_id:
                    loss._follow_back(transfer, back)


class RecouvInsuranceLoss(models.Model):
    _inherit = "recouv.insurance.loss"

    recovery_ids = fields.One2many(
        "recouv.insurance.recovery", "loss_id", "Come since", readonly=True
    )
    amount_to_remit = fields.Monetary(
        "To remit to the insurer", compute="_compute_amount_to_remit"
    )

    @api.depends("recovery_ids.remitted_on", "recovery_ids.undone_on")
    def _compute_amount_to_remit(self):
        for loss in self:
            waiting = loss.recovery_ids._standing().filtered(
                lambda one: one.received_by == "practice" and not one.remitted_on
            )
            loss.amount_to_remit = sum(waiting.mapped("amount_insurer"))

    def _new_recovery(self, receiver, amount, costs, day, **values):
        """Return the record of a recovery, shared; not booked yet."""
        share = self._share(amount, costs)
        return self.env["recouv.insurance.recovery"]._record_new(
            [
                {
                    "loss_id": self.id,
                    "company_id": self.company_id.id,
                    "insurer_id": self.insurer_id.id,
                    "partner_id": self.partner_id.id,
                    "received_by": receiver,
                    "amount": amount,
                    "costs": costs,
                    "amount_insurer": float(share.insurer),
                    "amount_insured": float(share.insured),
                    "date": day,
                    **values,
                }
            ]
        )

    def _share(self, amount, costs):
        """Return how a sum come now is shared.

        :raise UserError: no indemnity was received, or costs beyond the sum
        """
        paid = self.amount_received
        if self.currency_id.compare_amounts(paid, 0) <= 0:
            raise UserError(
                self.env._("%s: no indemnity was received yet.", self.display_name)
            )
        if self.currency_id.compare_amounts(costs, amount) > 0 or costs < 0:
            raise UserError(
                self.env._(
                    "%s: costs lie between nothing and what came.", self.display_name
                )
            )
        by_share = self.policy_id.recovery_basis == "share"
        theirs = self.amount_gross if by_share else paid
        earlier = self.recovery_ids._standing()
        before = sum(earlier.mapped("amount_insurer"))
        net = before + sum(earlier.mapped("amount_insured"))
        share = indemnity.share_recovery(
            *(self._exact(one) for one in (amount, costs)),
            (self._exact(theirs), self._exact(max(0.0, self.amount_settled - theirs))),
            (self._exact(net), self._exact(before)),
            Decimal(str(self.currency_id.rounding)),
        )
        # a deductible makes the share larger than what was paid, and what the insurer
        # is owed back is not what it bears
        kept = self._standing_payments()._kept()
        most = max(Decimal(0), self._exact(kept) - self._exact(before))
        insurer = min(share.insurer, most)
        return indemnity.Recovery(
            share.costs, insurer, share.insured + share.insurer - insurer
        )

    def _exact(self, amount):
        return Decimal(str(self.currency_id.round(amount)))

    def _payments_since(self):
        """Return the debtor's payments since the indemnity that were not shared."""
        first = self._indemnified_on()
        if not first:
            return self.env["account.move.line"]
        # sudo: credits of the loss's own debtor, to choose from
        found = (
            self.env["account.move.line"]
            .sudo()
            .search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("partner_id", "=", self.partner_id.id),
                    ("account_id.account_type", "=", "asset_receivable"),
                    ("parent_state", "=", "posted"),
                    ("balance", "<", 0),
                    ("date", ">=", first),
                    # what was taken back is no payment
                    ("move_id.reversal_move_ids", "=", False),
                    ("journal_id.type", "in", ("bank", "cash", "credit")),
                ]
            )
        )
        used = self.recovery_ids._standing().item_id.sudo()
        left = (found - used).filtered(
            lambda item: self.currency_id.compare_amounts(self._not_shared(item), 0) > 0
        )
        return left.sudo(self.env.su)

    def _indemnified_on(self):
        """Return the day from which money is shared: what came before lessened the
        loss, also while an advance was provisional. None before an indemnity."""
        counted = self._standing_payments().filtered("amount_counted")
        days = [one.applied_on or one.date for one in counted]
        return min(days, default=None)

    def _open_items(self):
        """Return what the debtor still owes the practice, the oldest first."""
        items = self.env["account.move.line"]
        for line in self.line_ids:
            items |= line._item()
        return items.filtered(
            lambda item: not item.reconciled and item.parent_state == "posted"
        )
