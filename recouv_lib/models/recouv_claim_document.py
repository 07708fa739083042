from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class RecouvClaim(models.Model):
    """The invoice of a claim, wherever its receivable stands since.

    What was made doubtful or came back from a payer stands on an entry; what the
    practitioner decided, who was cared for and what may be collected is said on the
    invoice.
    """

    _inherit = "recouv.claim"

    @api.model
    def _document_sql(self, claim, item):
        """Return the SQL of the id of the invoice of row ``claim``, on row ``item``.

        A mirror's is that of the claim it mirrors. Of two records alone: a run asks it
        with nested loops off.
        """
        return SQL(
            """COALESCE(CASE WHEN %(claim)s.capacity = 'mandatary' THEN %(mirrored)s
                             ELSE %(claim)s.move_id END, %(item)s.move_id)""",
            claim=claim,
            item=item,
            mirrored=self._mirrored_sql(claim, SQL("mirrored.move_id")),
        )


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    @api.model
    def _recouv_not_confidential(self):
        """Return the domain of the items whose invoice is not of confidential care."""
        confidential = [("invoice_id.recouv_confidential", "=", True)]
        return Domain("move_id.recouv_confidential", "=", False) & Domain(
            # any!: transfers are not read by all who print; they only leave items out
            "recouv_transfer_in_ids", "not any!", confidential
        )  # fmt: skip


class RecouvTransfer(models.Model):
    _inherit = "recouv.transfer"

    @api.model
    def _born_item_sql(self, item):
        """Return the SQL of the id of the invoice's own item that row ``item`` replaces
        on its debtor: made doubtful, or brought back from who had bought it.

        Not what a payer has or gave back: that is a part of the invoice's item, which
        stays. Scalar look-ups by index, no join.
        """
        return SQL(
            """COALESCE((SELECT COALESCE((SELECT u.origin_line_id
                                            FROM recouv_transfer u
                                           WHERE u.id = bt.undone_id),
                                         bt.origin_line_id)
                           FROM recouv_transfer bt
                          WHERE bt.target_line_id = %(item)s.id
                            AND bt.kind IN ('doubtful', 'back_to_debtor')
                            AND bt.state IN ('posted', 'reversed')
                            AND (SELECT u.kind FROM recouv_transfer u
                                  WHERE u.id = bt.undone_id)
                                IS DISTINCT FROM 'payer_share'
                          ORDER BY bt.id LIMIT 1), %(item)s.id)""",
            item=item,
        )
