"""A disputed amount now stands on the dispute, where it has its dates and its owner."""

from odoo import SUPERUSER_ID, Command, api
from odoo.tools import SQL
from odoo.tools.sql import column_exists


def migrate(cr, _version):
    """Move the amounts kept on the claims; those of a dispute of several stay whole.

    An amount that no dispute stood behind was not asked either: it becomes a dispute
    of its own, which a human then answers or ends, and is never asked in silence.
    """
    if not column_exists(cr, "recouv_claim", "amount_disputed"):
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    env.flush_all()
    _move_to_disputes(cr)
    for row in _without_dispute(cr):
        _make_dispute(env, *row)
    env.flush_all()
    cr.execute(SQL("ALTER TABLE recouv_claim DROP COLUMN amount_disputed"))


def _move_to_disputes(cr):
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


def _without_dispute(cr):
    """Return (claim, sum) of open claims whose sum no standing dispute keeps back."""
    cr.execute(
        SQL(
            """SELECT c.id, LEAST(c.amount_disputed, c.amount_original)
                 FROM recouv_claim c
                WHERE c.amount_disputed > 0 AND c.closed_on IS NULL
                  AND NOT EXISTS (
                      SELECT 1 FROM recouv_hold h
                       WHERE h.reason = 'dispute' AND h.undone_on IS NULL
                         AND COALESCE(h.date_to, CURRENT_DATE) >= CURRENT_DATE
                         AND (h.partner_id = c.partner_id
                              AND h.company_id = c.company_id
                              OR EXISTS (SELECT 1 FROM recouv_hold_claim_rel r
                                          WHERE r.hold_id = h.id
                                            AND r.claim_id = c.id)))
                ORDER BY c.id"""
        )
    )
    return cr.fetchall()


def _make_dispute(env, claim_id, amount):
    claim = env["recouv.claim"].browse(claim_id)
    if claim.settlement != "open":  # paid or credited since: nothing is asked
        return
    env["recouv.hold"].create(
        {
            "company_id": claim.company_id.id,
            "claim_ids": [Command.set(claim.ids)],
            "reason": "dispute",
            "amount_disputed": amount,
            "note": env._("Disputed before the update; no dispute stood behind it."),
        }
    )
