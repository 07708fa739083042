from odoo import models
from odoo.tools import SQL


class AccountMove(models.Model):
    """Tax that falls due when its service is paid (CGI, art. 269, 2, c).

    Until then it waits on an account of its own (44574). Core makes it due with
    whatever settles the receivable, money or not: who settles without money asks here.
    """

    _inherit = "account.move"

    def _recouv_taxes_on_payment(self):
        """Return the taxes of these documents that fall due on payment."""
        taxes = self.env["account.tax"]
        for move in self:
            values = move._collect_tax_cash_basis_values() or {}
            for _kind, line in values.get("to_process_lines", ()):
                own = line.tax_line_id or line.tax_ids.flatten_taxes_hierarchy()
                taxes |= own.filtered(lambda tax: tax.tax_exigibility == "on_payment")
        return taxes

    def _recouv_waiting_tax(self, item):
        """Return the tax that waits for the payment of what is left of an item.

        What waits for the whole document is shared among its terms by what each still
        owes; the last one takes what remains, so that no cent waits for ever.

        :param item: an open receivable item of this document
        :return: [(item of the tax, its amount in its currency, company currency)],
            signed as it waits
        """
        values = self._collect_tax_cash_basis_values() or {}
        left = values.get("total_residual_currency")
        if not left:
            return []
        share = item.amount_residual_currency / left
        found = []
        for kind, line in values["to_process_lines"]:
            amount = line.currency_id.round(line.amount_residual_currency * share)
            balance = line.company_currency_id.round(line.amount_residual * share)
            if kind == "tax" and (amount or balance):
                found.append((line, amount, balance))
        return found

    def _recouv_tax_on_payment_sql(self, move_id):
        """SQL true where a document bears tax due on payment: the same question as
        :meth:`_recouv_taxes_on_payment`, for statements over many.

        :param move_id: SQL of the document's id
        """
        return SQL(
            """EXISTS (
                SELECT 1 FROM account_move_line tl
                  LEFT JOIN account_tax own ON own.id = tl.tax_line_id
                 WHERE tl.move_id = %s
                   AND (own.tax_exigibility = 'on_payment' OR EXISTS (
                        SELECT 1 FROM account_move_line_account_tax_rel tr
                          JOIN account_tax base ON base.id = tr.account_tax_id
                          LEFT JOIN account_tax_filiation_rel part
                                 ON part.parent_tax = base.id
                          LEFT JOIN account_tax child ON child.id = part.child_tax
                         WHERE tr.account_move_line_id = tl.id
                           AND CASE WHEN base.amount_type = 'group'
                                    THEN child.tax_exigibility
                                    ELSE base.tax_exigibility END = 'on_payment')))""",
            move_id,
        )
