from odoo import fields, models
from odoo.tools import SQL


class AccountPayment(models.Model):
    """What makes Odoo's own payments fast where an import makes many at once."""

    _inherit = "account.payment"

    def _generate_journal_entry(
        self, write_off_line_vals=None, force_balance=None, line_ids=None
    ):
        """EXTENDS 'account': tell the payments of a batch their entries at once.

        Odoo writes the entry on each payment, and each time looks for all that depends
        on it, invoices, matchings and the bank's lines: two thirds of the queries of an
        imported payment. What depends on it is the same; it is asked once a batch.
        """
        own = write_off_line_vals or force_balance or line_ids
        if own or not self.env.context.get("recouv_import"):
            return super()._generate_journal_entry(
                write_off_line_vals, force_balance, line_ids
            )
        payments = self.filtered(lambda p: not p.move_id and p.outstanding_account_id)
        if not payments:
            return None
        payments = payments.with_context(
            recouv_without_analytic=not self._recouv_is_analytic()
        )
        vals_list = [payment._generate_move_vals() for payment in payments]
        payments._recouv_take_entries(self.env["account.move"].create(vals_list))
        return None

    def _recouv_is_analytic(self):
        """Return whether any model spreads the items of these companies."""
        # sudo: only whether there is one, whoever imports
        models_ = self.env["account.analytic.distribution.model"].sudo()
        companies = [*self.company_id.ids, False]
        return bool(models_.search_count([("company_id", "in", companies)], limit=1))

    def _prepare_move_line_default_vals(self, *args, **kwargs):
        """EXTENDS 'account': where nothing spreads them, no item asks for it."""
        lines = super()._prepare_move_line_default_vals(*args, **kwargs)
        if self.env.context.get("recouv_without_analytic"):
            lines = [{"analytic_distribution": False, **line} for line in lines]
        return lines

    def _recouv_take_entries(self, moves):
        """Write the entry of each payment, and that it is under way, in one statement.

        :param moves: ``account.move``, one for each payment in its order
        """
        self.flush_recordset()
        self.env["account.move"].flush_model(["name"])
        self.env.cr.execute(
            SQL(
                """UPDATE account_payment p
                      SET move_id = e.move_id, state = 'in_process',
                          write_uid = %(user)s, write_date = %(now)s
                     FROM unnest(%(payments)s, %(moves)s) AS e(payment_id, move_id)
                    WHERE p.id = e.payment_id""",
                user=self.env.uid,
                now=fields.Datetime.now(),
                payments=self.ids,
                moves=moves.ids,
            )
        )
        written = ("move_id", "state")
        self.invalidate_recordset(written)
        # as in a write of Odoo, what was written is not found out again; nor is the
        # name: a draft entry has none yet, and a number would be used up for nothing
        kept = [self._fields[name] for name in (*written, "name")]
        with self.env.protecting(kept, self):
            self.modified(written)

    def _get_outstanding_account(self, payment_type):
        """EXTENDS 'account': look it up once a batch; a commit forgets it."""
        if not self.env.context.get("recouv_import"):
            return super()._get_outstanding_account(payment_type)
        known = self.env.cr.precommit.data.setdefault("recouv.import.outstanding", {})
        key = (self.company_id.id, payment_type)
        if key not in known:
            known[key] = super()._get_outstanding_account(payment_type).id
        return self.env["account.account"].browse(known[key])
