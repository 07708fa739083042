from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class RecouvRefundBackMixin(models.AbstractModel):
    """A refund that its bank sent back: the money is the debtor's again.

    A closed account, a wrong number. The sum is owed as before, on the list of refunds,
    and may leave anew to another account; what happened is kept. A model says when and
    whereto the refund left (:meth:`_refund_order`), who may say that it came back
    (:meth:`_check_refund_rights`), what stands against it (:meth:`_check_refund_left`)
    and takes it back in its books (:meth:`_take_refund_back`).
    """

    _name = "recouv.refund.back.mixin"
    _description = "Refund that may come back from the bank"

    #: the dialog, and its field that holds the record
    _refund_back_dialog = ("", "")

    refund_back_on = fields.Date("Refund came back on", readonly=True, copy=False)
    # an inspector asks what stood on a past day
    refund_back_ordered_on = fields.Date(
        "Refund that came back, ordered on", readonly=True, copy=False
    )
    refund_history = fields.Text(
        "Refunds that came back",
        readonly=True,
        copy=False,
        help="When a refund was ordered and came back, to which account and why.",
    )

    def action_ask_refund_back(self):
        """Open the dialog that asks the day and what the bank said."""
        self.ensure_one()
        dialog, fname = self._refund_back_dialog
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("The refund came back"),
            "res_model": dialog,
            "view_mode": "form",
            "target": "new",
            "context": {f"default_{fname}": self.id},
        }

    def refund_came_back(self, on, reason):
        """Record that the bank sent the refund back on day ``on``.

        :param reason: what the bank said; kept with the record
        :raise AccessError: not for this user
        :raise UserError: no refund has left, the day is impossible or locked
        """
        self.check_access("write")
        self._check_refund_rights()
        # sudo: a row lock, and entries that only this method writes; rights checked
        refunds = self.sudo()
        refunds._recouv_lock_rows()
        for refund in refunds:
            refund._check_refund_left()
            refund._check_refund_back_day(on)
            told = refund._refund_told(on, str(reason or "").strip())
            ordered, _account = refund._refund_order()
            refund._take_refund_back(on)
            refund._keep_refund_back(
                {
                    "refund_back_on": on,
                    "refund_back_ordered_on": ordered,
                    "refund_history": told,
                }
            )
        return True

    def _refund_order(self):
        """Return (the day on which the refund was ordered, the account it went to)."""
        raise NotImplementedError

    @api.model
    def _check_refund_rights(self):
        """Raise AccessError where the user may not order or take back a refund."""
        raise NotImplementedError

    def _check_refund_left(self):
        """Raise UserError where no refund has left that could come back."""
        raise NotImplementedError

    def _take_refund_back(self, on):
        """Put back in the books what the refund had moved."""
        raise NotImplementedError

    def _keep_refund_back(self, vals):
        self.write(vals)

    def _check_refund_back_day(self, on):
        ordered, _account = self._refund_order()
        if not ordered <= on <= fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "%s: a refund comes back after it was ordered, and not in the "
                    "future.",
                    self.display_name,
                )
            )
        self.company_id._recouv_check_books_open(self.company_id, on)

    def _refund_told(self, on, reason):
        """Return what is kept of the refunds that came back, the last at the end."""
        ordered, account = self._refund_order()
        told = self.env._(
            "%(date)s, %(user)s: ordered on %(ordered)s to %(account)s, came back. "
            "%(reason)s",
            date=format_date(self.env, on),
            user=self.env.user.name,
            ordered=format_date(self.env, ordered),
            account=account or self.env._("no account"),
            reason=reason,
        )
        return "\n".join(filter(None, [self.refund_history, told.strip()]))
