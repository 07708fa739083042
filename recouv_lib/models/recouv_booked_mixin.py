from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

#: no caller from outside can put this very object into its context
UNBOOKING = object()


class RecouvBookedMixin(models.AbstractModel):
    """An act that stands in the books by entries of its own.

    A write-off, an indemnity, a shared recovery: each says what happened, and the books
    bear it out. Whoever took its entry back by hand, un-reconciled it, or undid the
    payment that it used, would leave an act that says what the books do not. So Odoo's
    own buttons are refused as long as the act stands, with its name and what to do; the
    act takes its entries back itself (:meth:`_unbooking`).
    """

    _name = "recouv.booked.mixin"
    _description = "Act that stands in the books"

    #: fields of its entries: neither reset, cancelled nor reversed by hand
    _booked_moves = ()
    #: those of them that settled something: not un-reconciled by hand either
    _booked_pairs = ()
    #: fields of the items of payments that it used: such a payment stands
    _booked_items = ()
    #: fields of the bank's movements by which its money came or went
    _booked_movements = ()

    @api.model
    def _booked_domain(self):
        """Return which acts stand."""
        return Domain("undone_on", "=", False)

    def _unbooking(self, records):
        """Return entries or movements with the right to be taken back by this act."""
        return records.with_context(recouv_unbooking=UNBOOKING)

    def _books_refusal(self, entries):
        """Return what is told to who would take entries of this act back by hand.

        :param entries: account.move, elevated
        """
        entry = entries[:1]
        return self.env._(
            "%(entry)s is booked by “%(act)s”, which would say what the books do not. "
            "Have a manager undo “%(act)s” first (button “Undo”).",
            entry=entry.name or entry.ref or "/",
            act=self._booked_name(),
        )

    def _booked_name(self):
        """Return the name by which a person finds the act."""
        return self.display_name

    # --- which acts -------------------------------------------------------------------

    @api.model
    def _booked_models(self):
        """Return the models of such acts, elevated: a guard must see them all,
        whoever tries."""
        names = self.pool.descendants([self._name], "_inherit")
        found = [self.env[name].sudo() for name in names]
        return [model for model in found if not model._abstract]

    @api.model
    def _check_unbooked(self, moves):
        """Refuse to take these entries back while an act stands on them.

        :raise UserError: naming the act
        """
        for model in self._to_guard(moves):
            fnames = model._booked_moves, model._booked_items, model._booked_movements
            model._check_none_stands(moves, *fnames)

    @api.model
    def _check_pairs(self, items):
        """Refuse to un-reconcile these items of entries while an act stands on them.

        :raise UserError: naming the act
        """
        moves = items.filtered(
            lambda item: (
                item.move_id.move_type == "entry" and not item._recouv_is_bank_side()
            )
        ).move_id
        for model in self._to_guard(moves):
            fnames = model._booked_pairs, (), model._booked_movements
            model._check_none_stands(moves, *fnames)

    @api.model
    def _check_items(self, items):
        """Refuse to delete these items while an act uses one.

        :raise UserError: naming the act
        """
        for model in self._to_guard(items):
            for fname in model._booked_items:
                used = Domain(fname, "in", items.ids)
                if act := model.search(model._booked_domain() & used, limit=1):
                    raise UserError(act._books_refusal(act[fname].move_id))

    @api.model
    def _to_guard(self, records):
        taken_back = self.env.context.get("recouv_unbooking") is UNBOOKING
        return self._booked_models() if records and not taken_back else []

    @api.model
    def _check_none_stands(self, moves, own, items, movements):
        paths = [*own, *(f"{name}.move_id" for name in (*items, *movements))]
        if not paths:
            return
        domain = Domain.OR([Domain(path, "in", moves.ids) for path in paths])
        if act := self.search(self._booked_domain() & domain, limit=1):
            used = act.env["account.move"].union(*(act.mapped(path) for path in paths))
            raise UserError(act._books_refusal(used & moves))


class AccountMove(models.Model):
    _inherit = "account.move"

    def write(self, vals):
        # EXTENDS 'account': whatever the button, un-posting ends here
        if "state" in vals and vals["state"] != "posted":
            posted = self.filtered(lambda move: move.state == "posted")
            self.env["recouv.booked.mixin"]._check_unbooked(posted)
        return super().write(vals)

    def _reverse_moves(self, default_values_list=None, cancel=False):
        # EXTENDS 'account'
        self.env["recouv.booked.mixin"]._check_unbooked(self)
        return super()._reverse_moves(default_values_list, cancel=cancel)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _recouv_is_bank_side(self):
        """Say whether this is the side of the bank of an entry of money: its match with
        the bank's own movement is no act's."""
        journal = self.journal_id
        methods = (
            journal.inbound_payment_method_line_ids
            | journal.outbound_payment_method_line_ids
        )
        return journal.type in ("bank", "cash", "credit") and self.account_id in (
            journal.default_account_id | methods.payment_account_id
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used_by_an_act(self):
        # an act uses what stands on a debtor's account, nothing else
        posted = self.filtered(
            lambda item: (
                item.parent_state == "posted"
                and item.account_type == "asset_receivable"
            )
        )
        self.env["recouv.booked.mixin"]._check_items(posted)


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    def unlink(self):
        # EXTENDS 'account': the invoice's own widget comes here
        self._recouv_check_no_act()
        return super().unlink()

    def write(self, vals):
        # EXTENDS 'account': pointing it elsewhere is un-reconciling
        if {"debit_move_id", "credit_move_id", "amount"} & vals.keys():
            self._recouv_check_no_act()
        return super().write(vals)

    def _recouv_check_no_act(self):
        # sudo: a guard reads the items of whoever tries
        items = self.sudo().debit_move_id | self.sudo().credit_move_id
        self.env["recouv.booked.mixin"]._check_pairs(items)


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def action_undo_reconciliation(self):
        # EXTENDS 'account': said before anything is taken apart
        self.env["recouv.booked.mixin"]._check_unbooked(self.move_id)
        return super().action_undo_reconciliation()
