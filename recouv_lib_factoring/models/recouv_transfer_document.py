from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.recouv_lib.models.recouv_transfer import BOOKED

#: transfers after which the debtor of an invoice still owes it, on another item: made
#: doubtful, bought back, or brought back from a payer that did not take it
STILL_OWED = ("doubtful", "back_to_debtor")


class RecouvTransfer(models.Model):
    """The invoice in which a receivable was born, wherever it stands since.

    What was made doubtful, bought back or rejected by a payer stands on an entry; that
    it may be sold is judged by its invoice.
    """

    _inherit = "recouv.transfer"

    @api.model
    def _still_owed_domain(self):
        return Domain("kind", "in", STILL_OWED) & Domain("state", "in", BOOKED)

    @api.model
    def _document_sql(self, item):
        """Return the SQL of the id of the document of row ``item``."""
        return SQL(
            """COALESCE((SELECT dt.invoice_id FROM recouv_transfer dt
                          WHERE dt.target_line_id = %(item)s.id
                            AND dt.kind IN %(kinds)s AND dt.state IN %(states)s
                          ORDER BY dt.id LIMIT 1), %(item)s.move_id)""",
            item=SQL.identifier(item),
            kinds=STILL_OWED,
            states=BOOKED,
        )

    @api.model
    def _items_still_owed(self, domain):
        """Return the open items on which debtors owe what was transferred.

        :param domain: of the transfers, by their invoice
        """
        # sudo: which items; whoever asks reads them by his own rights
        moved = self.sudo().search(
            self._still_owed_domain()
            & Domain(domain)
            & Domain("target_line_id.parent_state", "=", "posted")
            & Domain("target_line_id.reconciled", "=", False)
            & Domain("target_line_id.amount_residual_currency", ">", 0),
            order="id",
        )
        return moved.target_line_id.sudo(self.env.su)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _recouv_documents(self):
        """Return {item: the document in which it was born}."""
        transfers = self.env["recouv.transfer"]
        # sudo: the invoice of items that the caller reads
        moved = transfers.sudo().search(
            transfers._still_owed_domain() & Domain("target_line_id", "in", self.ids),
            order="id desc",
        )
        known = {one.target_line_id.id: one.invoice_id.id for one in moved}
        moves = self.env["account.move"]
        return {
            item: moves.browse(known.get(item.id) or item.move_id.id) for item in self
        }
