from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .recouv_engine import Blocker
from .recouv_notice_letter import PAPER_CHANNELS


class RecouvNotice(models.Model):
    """What could not be delivered leaves again once a human has seen to it.

    Lifting the suspension that a failure led to says that the address or the number was
    looked at: what failed before counts no more, and the step is tried anew.
    """

    _inherit = "recouv.notice"

    @api.model
    def _forgiven_sql(self):
        """True for a notice ``n`` of line ``l`` that failed and left before somebody
        lifted a suspension: of the address, for letters, or of what could not be
        delivered in any way. What left since is a new try."""
        return SQL(
            """(n.failed_on IS NOT NULL AND EXISTS (
                SELECT 1
                  FROM (SELECT ph.id FROM recouv_hold ph
                         WHERE ph.partner_id = n.partner_id
                           AND ph.company_id = n.company_id
                         UNION ALL
                        SELECT hr.hold_id FROM recouv_hold_claim_rel hr
                         WHERE hr.claim_id = l.claim_id) covering
                  JOIN recouv_hold h ON h.id = covering.id
                 WHERE h.lifted_on IS NOT NULL AND h.undone_on IS NULL
                   AND (h.reason = 'delivery_failed'
                        OR h.reason = 'address_unknown' AND n.channel IN %s)
                   AND COALESCE(n.date_sending, n.date_sent, n.failed_on)
                       < h.lifted_on))""",
            PAPER_CHANNELS,
        )


class RecouvHold(models.Model):
    _inherit = "recouv.hold"

    def action_lift(self, note=None):
        """EXTENDS: what could not be delivered is tried again."""
        lifted = self._liftable()
        result = super().action_lift(note)
        lifted._read_schedule_again()
        return result

    def _stand_again(self, reason):
        """EXTENDS: the lift is taken back, and with it the new try."""
        result = super()._stand_again(reason)
        self._read_schedule_again()
        return result

    def _read_schedule_again(self):
        undelivered = self.filtered(
            lambda h: h.reason in ("delivery_failed", "address_unknown")
        )
        claims = undelivered._covered_claims() if undelivered else None
        if claims:
            claims.filtered(lambda claim: not claim.closed_on)._refresh_ladder()


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    is_undeliverable = fields.Boolean(
        "Could not be delivered",
        compute="_compute_is_undeliverable",
        help="Every way of delivering its next step failed.",
    )

    @api.depends("next_step_id", "next_date", "closed_on")
    def _compute_is_undeliverable(self):
        waiting = self.filtered(
            lambda c: c.next_step_id and not c.next_date and not c.closed_on
        )
        failed = set()
        if waiting.ids:
            self.env.flush_all()
            rows = self.env.execute_query(
                SQL(
                    "SELECT c.id FROM recouv_claim c WHERE c.id IN %s AND %s",
                    tuple(waiting.ids),
                    self._undeliverable_sql(),
                )
            )
            failed = {id_ for (id_,) in rows}
        for claim in self:
            claim.is_undeliverable = claim.id in failed

    @api.model
    def _undeliverable_sql(self):
        """True for a claim ``c`` whose next step has failed in every way.

        OFFSET 0: look-ups by index, also in a run, which has nested loops off.
        """
        return SQL(
            """(c.next_date IS NULL AND c.next_step_id IS NOT NULL AND EXISTS (
                SELECT 1 FROM recouv_notice_line nl
                 CROSS JOIN LATERAL (SELECT * FROM recouv_notice
                                      WHERE id = nl.notice_id OFFSET 0) n
                 WHERE nl.claim_id = c.id AND n.step_id = c.next_step_id
                   AND n.failed_on IS NOT NULL AND n.state <> 'cancelled' OFFSET 0))"""
        )

    def action_send_again(self):
        """Say that the contact was seen to: what could not be delivered leaves anew,
        with the next run.

        :raise UserError: nothing failed in every way
        """
        failed = self.filtered("is_undeliverable")
        if not failed:
            raise UserError(
                self.env._(
                    "%(claims)s: no step failed in every way, so there is nothing to "
                    "send again. “Where it stands” says what is waited for.",
                    claims=", ".join(self.mapped("display_name")),
                )
            )
        known = failed._undelivered_holds()
        others = failed - known.claim_ids
        if others:
            known |= others._hold("delivery_failed")
        return known.action_lift(self.env._("To be sent again."))

    def _undelivered_holds(self):
        """Return the standing suspensions of these claims alone because nothing could
        be delivered; those that cover others too are split."""
        holds = self._active_holds().filtered(lambda h: h.reason == "delivery_failed")
        return holds._narrowed_to(self)

    def _hold_undeliverable(self):
        """EXTENDS: also where another suspension stands: it may end before a human has
        seen to the address."""
        held = self._active_holds().filtered(lambda h: h.reason == "delivery_failed")
        free = self - held._covered_claims()
        return super(RecouvClaim, free)._hold_undeliverable() if free else None


class RecouvEngine(models.AbstractModel):
    _inherit = "recouv.engine"

    @api.model
    def _schedule_blockers(self):
        """EXTENDS: no proof is awaited of what could not be delivered."""
        return [
            Blocker(
                "undeliverable",
                self.env._(
                    "Every way of delivering its next step failed: correct the "
                    "contact, then press “Send again” on the claim."
                ),
                self.env["recouv.claim"]._undeliverable_sql(),
            ),
            *super()._schedule_blockers(),
        ]
