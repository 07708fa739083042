from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class RecouvOrderMixin(models.AbstractModel):
    """An order to the bank: its file is made once, and again with a reason only.

    Each file bears another number, so that a bank executes both: who makes one of
    orders that were in a file already is asked first. Rows are locked, so that of two
    users who ask at once the second one is told.

    A model says which field bears the day of the file (:attr:`_export_stamp`), what
    may be exported (:meth:`_check_exportable`) and makes it (:meth:`_export_orders`).
    Stands after ``recouv.evidence.mixin``: what was done again is recorded.
    """

    _name = "recouv.order.mixin"
    _description = "Order to the bank"

    #: name of the field that bears when the file was made
    _export_stamp = "exported_on"

    exported_again = fields.Text(
        "File made again",
        readonly=True,
        copy=False,
        help="When the file for the bank was made once more, by whom and why.",
    )

    # --- what a model says ----------------------------------------------------------

    def _check_exportable(self):
        """Check rights and state of these orders, of one company.

        :raise UserError: names the order and what to do first
        """
        raise NotImplementedError

    def _export_orders(self):
        """Make the file of these orders, note when, and return its download."""
        raise NotImplementedError

    # --- once -----------------------------------------------------------------------

    def _export_once(self):
        """Return the download of the file; where one was made of some of them already,
        the dialog that asks what to do.

        :raise UserError: someone else works on one of them
        """
        self._check_exportable()
        self._lock_orders()
        if self._exported():
            return self._ask_again()
        return self._export_orders()

    def export_new(self):
        """Make the file of those that were in none yet."""
        self._check_exportable()
        self._lock_orders()
        new = self - self._exported()
        if not new:
            raise UserError(
                self.env._("Each of them was in a file for the bank already.")
            )
        return new._export_orders()

    def export_again(self, reason):
        """Make the file of all, also of those that were in one already.

        :param reason: why; kept with each of them
        :raise UserError: no reason
        """
        reason = str(reason or "").strip()
        self._check_exportable()
        if not reason:
            raise UserError(self.env._("Say why the file is made again."))
        self._lock_orders()
        for order in self._exported():
            # sudo: rights checked; that the file was made is written here only
            order.sudo().exported_again = order._again_text(reason)
        return self._export_orders()

    def _again_text(self, reason):
        """Return what is kept of the files made again, the last one at the end."""
        told = self.env._(
            "%(date)s, %(user)s: %(reason)s",
            date=format_date(self.env, fields.Date.context_today(self)),
            user=self.env.user.name,
            reason=reason,
        )
        return "\n".join(filter(None, [self.exported_again, told]))

    def _exported(self):
        return self.filtered(self._export_stamp)

    def _lock_orders(self):
        # sudo: a row lock; the caller's rights were checked
        self.sudo()._recouv_lock_rows()

    def _ask_again(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("File for the bank"),
            "res_model": "recouv.order.again",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_record_ids": ",".join(map(str, self.ids)),
            },
        }

    def _stamp_exported(self):
        # sudo: that the file was made is written by the methods of the orders only
        self.sudo().write({self._export_stamp: fields.Datetime.now()})


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _recouv_ordered_sum(self):
        """Return what this item, on the account of transfers ordered, tells the bank
        to pay: the sum that was booked, whatever a screen computes.

        :raise UserError: it is not in the books
        """
        # sudo: the item of an order that the user may export
        item = self.sudo()
        if item.parent_state == "posted" and item.balance < 0:
            return -item.balance
        raise UserError(
            self.env._(
                "This order has no entry in the books, so it is not paid. Have its "
                "entry looked at first."
            )
        )
