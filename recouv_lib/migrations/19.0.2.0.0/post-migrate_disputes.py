"""A disputed amount now stands on the dispute, where it has its dates and its owner."""

from odoo.tools import SQL
from odoo.tools.sql import column_exists


def migrate(cr, _version):
    """Move the amounts kept on the claims; those of a dispute of several stay whole."""
    if not column_exists(cr, "recouv_claim", "amount_disputed"):
        return
    cr.execute(
        SQL(
            """UPDATE recouv_hold h SET amount_disputed = c.amount_disputed
                 FROM recouv_hold_claim_rel r JOIN recouv_claim c ON c.id = r.claim_id
                WHERE r.hold_id = h.id AND h.reason = 'dispute'
                  AND h.partner_id IS NULL AND h.amount_disputed IS NULL
                  AND c.amount_disputed > 0
                  AND h.id = (SELECT MAX(s.id) FROM recouv_hold s
                                JOIN recouv_hold_claim_rel sr ON sr.hold_id = s.id
                               WHERE sr.claim_id = c.id AND s.reason = 'dispute'
                                 AND COALESCE(s.date_to, CURRENT_DATE) >= CURRENT_DATE)
                  AND (SELECT COUNT(*) FROM recouv_hold_claim_rel o
                        WHERE o.hold_id = h.id) = 1"""
        )
    )
    cr.execute(SQL("ALTER TABLE recouv_claim DROP COLUMN amount_disputed"))
