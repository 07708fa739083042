from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .recouv_receipt_fee import _open_on_both_sides
from .recouv_receipt_posting import _entry, _light


class RecouvSweep(models.Model):
    """Fees kept leave for the agency's own account; what it owes back comes from there.

    A fee that was swept and is given back (its payment bounced) is paid with the
    agency's own money: it orders the transfer to the dedicated account, and once the
    bank shows it the next remittance pays the practice's credit note.
    """

    _inherit = "recouv.sweep"

    def action_sweep(self):
        """Order the transfer of all fees kept so far to the agency's own account."""
        self._sweep(self.env.company)
        return {
            "type": "ir.actions.client",
            "tag": "soft_reload",
        }

    @api.model
    def _sweep(self, company, amount=None):
        """Order the transfer of fees kept on the dedicated account.

        What is to be given back to practices stays there for their next remittance.

        :param amount: all that is kept by default; never more
        :return: the sweep
        :raise UserError: nothing is kept, or less than asked
        """
        company = self._open_fees(company)
        owed = company._recouv_fees_given_back()
        kept = max(company._recouv_fees_lying() - owed, 0.0)
        amount = kept if amount is None else amount
        compare = company.currency_id.compare_amounts
        if compare(amount, 0) <= 0 or compare(amount, kept) > 0:
            raise UserError(
                self.env._(
                    "%(kept)s of fees may leave the dedicated account, and nothing "
                    "else is swept: %(owed)s are to be given back to practices.",
                    kept=company.currency_id.format(kept),
                    owed=company.currency_id.format(owed),
                )
            )
        return self._order_transfer(company, amount)

    @api.model
    def _pay_back(self, company):
        """Order the transfer, to the dedicated account, of fees that were swept and are
        owed back to practices.

        :return: the order
        :raise UserError: nothing is missing there
        """
        company = self._open_fees(company)
        missing = company._recouv_fees_missing()
        if company.currency_id.compare_amounts(missing, 0) <= 0:
            raise UserError(
                self.env._(
                    "Nothing is to be paid back: the fees given back to practices lie "
                    "on the dedicated account, or are on their way to it."
                )
            )
        return self._order_transfer(company, missing, is_return=True)

    @api.model
    def _open_fees(self, company):
        """Return the agency, elevated, once the user may order and nobody else does."""
        self.check_access("create")
        # sudo: rights on the model were checked; the agency's own entry
        company = company.sudo()
        self._lock_fees(company)
        company._recouv_check_books_open(company, fields.Date.context_today(self))
        return company

    @api.model
    def _lock_fees(self, company):
        """Of two who sweep, the second one reads what the first one left.

        :raise UserError: someone else sweeps right now
        """
        profile = company._recouv_agency_profile()
        profile._recouv_lock_rows()
        profile.swept_on = fields.Datetime.now()

    @api.model
    def _order_transfer(self, company, amount, is_return=False):
        today = fields.Date.context_today(self)
        # sudo: rights on the model were checked
        sweeps = self.sudo()
        move = sweeps._post_sweep(company, amount, today, is_return)
        return sweeps.create(
            {
                "company_id": company.id,
                "date": today,
                "amount": amount,
                "is_return": is_return,
                "move_id": move.id,
            }
        ).sudo(self.env.su)  # fmt: skip

    @api.model
    def _post_sweep(self, company, amount, today, is_return=False):
        """Book an order; its last item is what the bank is told to pay."""
        label = self.env._("Fees paid back") if is_return else self.env._("Fees swept")
        setting = company._recouv_transfer_setting
        own, sign = company.partner_id, -1 if is_return else 1
        bank = setting("transfer_account_id"), setting("recouv_ordered_account_id")
        to, by = reversed(bank) if is_return else bank
        items = [
            (label, setting("recouv_sweep_account_id"), own, sign * amount),
            (label, setting("recouv_sweep_contra_account_id"), own, -sign * amount),
            (label, to, own, amount),
            (label, by, own, -amount),
        ]
        books = self.env["account.move"].with_company(company)
        move = books.with_context(**_light(company)).create(
            _entry(company, today, label, "sweep", items)
        )
        move._post(soft=False)
        return move


class RecouvReceipt(models.Model):
    """Overpayments: owed to the debtor, on the list of refunds until ordered."""

    _inherit = "recouv.receipt"

    refund_move_id = fields.Many2one(
        "account.move",
        "Refund",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )

    def action_refund(self):
        """Order the refund of what these debtors paid too much.

        :raise AccessError: no manager
        :raise UserError: nothing is owed back
        """
        self.check_access("write")
        if not (self.env.su or self.env.user.has_group("recouv_lib.group_manager")):
            raise AccessError(self.env._("Only a manager orders a refund."))
        self._lock()
        self.invalidate_recordset(["refunded_on", "overpaid_booked"])
        # sudo: rights checked; the agency's own entries
        for receipt in self.sudo():
            receipt._refund()
        return True

    def _refund(self):
        company, today = self.company_id, fields.Date.context_today(self)
        standing = self.state in ("cleared", "remitted")
        if self.refunded_on or not self.overpaid_booked or not standing:
            raise UserError(
                self.env._("Nothing of %s is owed back.", self.display_name)
            )
        company._recouv_check_books_open(company, today)
        label = self.env._("Refund %s", self.name)
        books = self.env["account.move"].with_company(company)
        move = books.with_context(**_light(company)).create(
            _entry(company, today, label, "refund", self._refund_items(label))
        )
        move._post(soft=False)
        self.write({"refund_move_id": move.id, "refunded_on": today})
        own = self._own_items()["overpaid"]
        self.env["account.move.line"]._reconcile_plan(
            [own + move.line_ids.sorted("sequence")[0]]
        )

    def _refund_items(self, label):
        setting = self.company_id._recouv_transfer_setting
        overpaid = setting("recouv_overpaid_account_id")
        ordered = setting("recouv_ordered_account_id")
        sum_ = self.overpaid_booked
        return [
            (label, overpaid, self.partner_id, sum_),
            (label, ordered, self.partner_id, -sum_),
        ]


class ResCompany(models.Model):
    _inherit = "res.company"

    def _recouv_fees_lying(self):
        """Return the fees that lie on the dedicated account: what was paid back counts
        once the bank shows it, so that nobody else's money pays in its place."""
        self.ensure_one()
        kept = self._recouv_funds_balance("recouv_sweep_account_id")
        return self.currency_id.round(kept - self._recouv_fees_awaited())

    def _recouv_fees_awaited(self):
        """Return the fees whose transfer to the dedicated account was ordered, and that
        its bank has not shown yet."""
        # sudo: a sum of the company's own books, for whoever may see the screen
        items = self.env["account.move.line"].sudo()
        sums = items._read_group(
            [
                ("company_id", "=", self.id),
                ("account_id", "=", self.sudo().recouv_ordered_account_id.id),
                ("move_id.recouv_funds", "=", "sweep"),
                ("parent_state", "=", "posted"),
                ("balance", ">", 0),
                ("reconciled", "=", False),
            ],
            aggregates=["amount_residual:sum"],
        )
        return self.currency_id.round(sums[0][0] or 0.0)

    def _recouv_fees_given_back(self):
        """Return what credit notes still owe to practices, in both books."""
        notes = self.env["recouv.remittance"]._open_credit_notes(self)
        return self.currency_id.round(sum(map(_open_on_both_sides, notes)))

    def _recouv_fees_missing(self):
        """Return what the agency has to transfer from its own account, for fees that
        are given back and do not lie on the dedicated account any more."""
        kept = self._recouv_funds_balance("recouv_sweep_account_id")
        missing = self._recouv_fees_given_back() - kept
        return max(self.currency_id.round(missing), 0.0)

    def _recouv_funds_balance(self, fname, day=None):
        """Return the credit balance of an account of money held, until a day.

        :param fname: field of the account's setting
        """
        self.ensure_one()
        # sudo: a sum of the company's own books, for whoever may see the screen
        domain = [
            ("account_id", "=", self.sudo()[fname].id),
            ("company_id", "=", self.id),
            ("parent_state", "=", "posted"),
        ]
        if day:
            domain.append(("date", "<=", day))
        items = self.env["account.move.line"].sudo()
        sums = items._read_group(domain, aggregates=["balance:sum"])
        return self.currency_id.round(-(sums[0][0] or 0.0))
