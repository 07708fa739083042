from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError

from .recouv_receipt_posting import _entry, _light


class RecouvSweep(models.Model):
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

        :param amount: all that is kept by default; never more
        :return: the sweep
        :raise UserError: nothing is kept, or less than asked
        """
        self.check_access("create")
        today = fields.Date.context_today(self)
        # sudo: rights on the model were checked; the agency's own entry
        company = company.sudo()
        self._lock_fees(company)
        company._recouv_check_books_open(company, today)
        kept = company._recouv_funds_balance("recouv_sweep_account_id")
        amount = kept if amount is None else amount
        compare = company.currency_id.compare_amounts
        if compare(amount, 0) <= 0 or compare(amount, kept) > 0:
            raise UserError(
                self.env._(
                    "%(kept)s of fees are kept on the dedicated account: nothing else "
                    "is swept.",
                    kept=company.currency_id.format(kept),
                )
            )
        move = self.sudo()._post_sweep(company, amount, today)
        return self.sudo().create(
            {
                "company_id": company.id,
                "date": today,
                "amount": amount,
                "move_id": move.id,
            }
        ).sudo(self.env.su)  # fmt: skip

    @api.model
    def _lock_fees(self, company):
        """Of two who sweep, the second one reads what the first one left.

        The row of the profile is not only locked but written: whoever has read the
        books before starts anew once the first one is through.

        :raise UserError: someone else sweeps right now
        """
        profile = company._recouv_agency_profile()
        try:
            profile.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(
                self.env._("Someone else is working on this. Try again in a moment.")
            ) from error
        profile.swept_on = fields.Datetime.now()
        profile.flush_recordset(["swept_on"])

    @api.model
    def _post_sweep(self, company, amount, today):
        label = self.env._("Fees swept")
        setting = company._recouv_transfer_setting
        own = company.partner_id
        items = [
            (label, setting("recouv_sweep_account_id"), own, amount),
            (label, setting("recouv_sweep_contra_account_id"), own, -amount),
            (label, company.transfer_account_id, own, amount),
            (label, setting("recouv_ordered_account_id"), own, -amount),
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
