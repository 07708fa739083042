from odoo import models
from odoo.exceptions import UserError


class RecouvAssignmentReturn(models.Model):
    """The commission that is given back with a receivable (contract's terms)."""

    _inherit = "recouv.assignment.return"

    def _give_commission_back(self):
        """Credit the share of the commission, in both companies; lay it against what
        is owed back. Nothing where the contract keeps it."""
        schedule = self.assignment_id
        amount = self._commission_share()
        if not schedule.contract_id.refund_commission or self.currency_id.is_zero(
            amount
        ):
            return
        refund = self._post_refund(amount)
        bill = refund.recouv_fee_twin_id
        self._record({"refund_id": bill.id, "amount_given_back": refund.amount_total})
        label = self.env._("Commission given back %s", self.name)
        there = self.transfer_id.counterpart_owed_line_id
        schedule._net(bill, self.item_id, self.date, label)
        schedule._net(refund, there, self.date, label)

    def _commission_share(self):
        """Return the commission of this part of the schedule, before tax.

        What falls on all that came back so far, less what was given back of it: once
        the whole schedule came back, its commission did too, to the cent.
        """
        schedule = self.assignment_id
        if not schedule.amount_nominal:
            return 0.0
        money = self.currency_id.round
        earlier = schedule.line_ids.return_ids.filtered(
            lambda one: (
                one != self
                and one.kind != "collected_by_assignor"
                and not one.undone_on
            )
        )
        came_back = self.amount + sum(earlier.mapped("amount"))
        due = money(schedule.amount_commission * came_back / schedule.amount_nominal)
        # what was given back bears the VAT of the commission
        factor = 1 + self._commission_vat_rate() / 100
        given = sum(money(one.amount_given_back / factor) for one in earlier)
        return max(0.0, money(due - given))

    def _commission_vat_rate(self):
        parts = self.assignment_id._fee_parts()
        return next((rate for what, _sum, rate in parts if what == "commission"), 0.0)

    def _post_refund(self, amount):
        """Post the buyer's credit note and the practice's; return the buyer's."""
        schedule = self.assignment_id
        contract, practice = schedule.contract_id, schedule.company_id
        rate = self._commission_vat_rate()
        buyer = contract.agency_id
        label = self.env._(
            "Commission given back, schedule %(schedule)s, %(number)s",
            schedule=schedule.name,
            number=self.name,
        )
        tax = buyer._recouv_fee_tax(rate, contract.name)
        refund = buyer._recouv_make_fee_invoice(
            schedule._creditor(), [(label, amount, tax)], self.date, kind="out_refund"
        )
        deducted = practice.recouv_fee_tax_id if rate else self.env["account.tax"]
        row = (
            label,
            refund.amount_untaxed if deducted else refund.amount_total,
            practice._recouv_transfer_setting("recouv_commission_account_id"),
            deducted,
        )
        practice._recouv_make_fee_bill(refund, [row])
        return refund


class RecouvAssignment(models.Model):
    """Money between the two parties after a sale."""

    _inherit = "recouv.assignment"

    def _check_money_can_move(self, day):
        """:raise UserError: a lock or a missing setting in either company, named"""
        for company in (self.company_id, self.contract_id.agency_id):
            company._recouv_transfer_setting("recouv_assignment_journal_id")
            company._recouv_check_books_open(company, day)
            company._recouv_waiting_account()

    def _check_open_alike(self, name, mine, theirs):
        """Refuse to move money that the two books do not owe and await alike.

        :param name: of what is paid
        :param mine: its item in one company
        :param theirs: its item in the other one
        :raise UserError: one side settled a part of it alone, both sums named
        """
        sums = [abs(item.amount_residual) for item in (mine, theirs)]
        if self.currency_id.compare_amounts(*sums):
            raise UserError(
                self.env._(
                    "%(name)s: %(left)s is open at %(company)s, %(other_left)s at "
                    "%(other)s: one of them settled a part of it alone. Put that right "
                    "in its books (undo the reconciliation, or let the other one book "
                    "the same), then order the payment.",
                    name=name,
                    left=self.currency_id.format(sums[0]),
                    company=mine.company_id.name,
                    other_left=self.currency_id.format(sums[1]),
                    other=theirs.company_id.name,
                )
            )

    def _move_money(self, item, day, label):
        """Settle one item by a transfer that its company's bank will show.

        :return: the entry
        """
        company, amount = item.company_id, item.amount_residual
        rows = [
            (label, item.account_id, item.partner_id, -amount),
            (label, company._recouv_waiting_account(), item.partner_id, amount),
        ]
        move = self._post_books(company, day, label, "price", rows)
        self.env["account.move.line"]._reconcile_plan(
            [item + move.line_ids.sorted("sequence")[0]]
        )
        return move

    def _net(self, document, item, day, label):
        """Lay an invoice's or credit note's item against another item, in its books."""
        own = document.line_ids.filtered(
            lambda line: line.account_type in ("asset_receivable", "liability_payable")
        )
        amount = own.amount_residual
        rows = [
            (label, own.account_id, own.partner_id, -amount),
            (label, item.account_id, item.partner_id, amount),
        ]
        move = self._post_books(item.company_id, day, label, "sale", rows)
        first, second = move.line_ids.sorted("sequence")
        self.env["account.move.line"]._reconcile_plan([own + first, item + second])


class RecouvPurchase(models.Model):
    """A loss is the buyer's alone: sold without recourse (C. civ. 1326)."""

    _inherit = "recouv.purchase"

    def action_note_loss(self):
        """Prepare the write-off of bought receivables; a manager decides it."""
        self.check_access("write")
        return self.claim_id.action_prepare_write_off()

    def _note_loss(self, reason, explanation):
        """Write bought receivables off in the buyer's books; nothing at the practice.

        :param reason: one of the reasons of ``recouv.write.off``
        :return: the write-offs, decided
        :raise UserError: not bought, nothing owed, a setting or a lock, named
        """
        for purchase in self:
            if purchase.state != "bought":
                raise UserError(self.env._("%s was not bought.", purchase.display_name))
        acts = self.env["recouv.write.off"]._prepare(
            self.claim_id, reason=reason, explanation=explanation
        )
        acts.action_decide()
        return acts


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    def _written_off_capacities(self):
        """EXTENDS: a buyer is the creditor of what it bought."""
        return [*super()._written_off_capacities(), "assignee"]

    def _written_off_holders(self):
        """EXTENDS: what a buyer holds is its own where it bought it."""
        holders = super()._written_off_holders()
        return [*holders, "buyer"] if self.capacity == "assignee" else holders
