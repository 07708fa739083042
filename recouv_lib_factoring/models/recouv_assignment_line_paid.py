from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.recouv_lib.models.recouv_derived_mixin import derived_search


class RecouvAssignmentLine(models.Model):
    """A debtor's money lies at the practice although the buyer is owed it."""

    _name = "recouv.assignment.line"
    _inherit = ["recouv.assignment.line", "recouv.derived.mixin"]

    is_paid_here = fields.Boolean(
        "Money of the debtor here",
        compute="_compute_derived",
        search=derived_search("is_paid_here"),
        help="It is sold and still owed to the buyer, and its debtor has a payment "
        "here that is allocated to nothing.",
    )

    @api.model
    def _derived_sql(self, fname, alias):
        if fname != "is_paid_here":
            return super()._derived_sql(fname, alias)
        return SQL(
            """(%(line)s.state = 'transferred' AND EXISTS (
                    SELECT 1 FROM recouv_purchase pu
                      JOIN account_move_line bi ON bi.id = pu.item_id
                     WHERE pu.id = %(line)s.purchase_id
                       AND bi.reconciled IS NOT TRUE)
                AND EXISTS (
                    SELECT 1 FROM account_move_line cl
                      JOIN account_account ca ON ca.id = cl.account_id
                     WHERE cl.partner_id = %(line)s.partner_id
                       AND cl.company_id = %(line)s.company_id
                       AND cl.currency_id = %(line)s.currency_id
                       AND ca.account_type = 'asset_receivable'
                       AND cl.parent_state = 'posted'
                       AND cl.reconciled IS NOT TRUE
                       AND cl.amount_residual_currency < 0))""",
            line=SQL.identifier(alias),
        )

    @api.model
    def _derived_reads(self):
        """EXTENDS: the sale, and the buyer's item, whose names are not told."""
        names = ("state", "purchase_id", "partner_id", "currency_id")
        item = self.env["recouv.purchase"]._fields["item_id"]
        own = [self._fields[name] for name in names]
        return [*super()._derived_reads(), *own, item]
