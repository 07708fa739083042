from odoo import Command, api, fields, models


class RecouvPlan(models.Model):
    """What was a mere suspension before agreements existed."""

    _inherit = "recouv.plan"

    @api.model
    def _from_promises(self):
        """Make an agreement of each promise still awaited; idempotent.

        A promise without a last day, of several debtors or currencies, or whose claims
        are no longer owed stays the suspension it was.

        :return: the agreements made
        """
        today = fields.Date.context_today(self)
        holds = self.env["recouv.hold"].search(
            [
                ("reason", "=", "promise"),
                ("plan_id", "=", False),
                ("claim_ids", "!=", False),
                ("date_from", "<=", today),
                ("date_to", ">=", today),
            ]
        )
        made = self.browse()
        for hold in holds:
            made |= self._from_promise(hold)
        return made

    @api.model
    def _from_promise(self, hold):
        claims = hold.claim_ids.filtered(
            lambda claim: not claim.closed_on and claim.settlement == "open"
        )
        if len(claims.partner_id) != 1 or len(claims.currency_id) != 1:
            return self.browse()
        sums, aside = claims._owed_now("promise")
        if sums <= 0:
            return self.browse()
        plan = self._record_new(
            {
                "company_id": hold.company_id.id,
                "kind": "promise",
                "partner_id": claims.partner_id.id,
                "signatory_id": claims.partner_id.id,
                "claim_ids": [Command.set(claims.ids)],
                "currency_id": claims.currency_id.id,
                "amount_start": sums,
                "amount_set_aside": aside,
                "amount_total": sums,
                "grace_days": 0,
                "date_agreed": hold.date_from,
                "date_end": hold.date_to,
                "source": "call",
                "note": hold.note,
                "line_ids": [
                    Command.create(
                        {
                            "date": hold.date_to,
                            "amount": sums,
                            "amount_cumulated": sums,
                        }
                    )
                ],
            }
        )
        hold.plan_id = plan
        return plan
