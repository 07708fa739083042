from odoo import api, fields, models
from odoo.tools import SQL

from .recouv_engine import Blocker


class RecouvEngine(models.AbstractModel):
    """What is agreed holds the relance back, and the explanation says what."""

    _inherit = "recouv.engine"

    @api.model
    def _decision_blockers(self, today):
        """EXTENDS: a plan or a settlement is told before any other suspension."""
        blockers = super()._decision_blockers(today)
        place = [blocker.code for blocker in blockers].index("hold")
        agreed = Blocker(
            "plan",
            self.env._("An agreement on its payment runs."),
            SQL("x.held && '{plan, settlement}'"),
        )
        return [*blockers[:place], agreed, self._paid_settlement(today),
                *blockers[place:]]  # fmt: skip

    @api.model
    def _paid_settlement(self, today):
        """What a settlement remits is asked no more from the day its sum was paid,
        though the credit note may wait for the bank or for open books.

        A scalar look-up: PostgreSQL plans what stands in an EXISTS twice.
        """
        plans = self.env["recouv.plan"]
        return Blocker(
            "plan",
            self.env._("Its settlement was paid; the rest is to be credited."),
            SQL(
                """COALESCE((SELECT BOOL_OR(%s = 'kept')
                               FROM recouv_plan kp
                              WHERE kp.id = ANY(ARRAY(
                                    SELECT kr.plan_id FROM recouv_plan_claim_rel kr
                                     WHERE kr.claim_id = c.id))
                                AND kp.kind = 'settlement' AND kp.state = 'agreed'
                                AND kp.settled_on IS NULL), FALSE)""",
                plans._standing_sql(SQL.identifier("kp"), today),
            ),
        )

    @api.model
    def _until(self, claim, code, row):
        """EXTENDS: an agreement holds back until its next instalment is missed."""
        if code == "plan":
            plan = claim._running_plan()
            if not plan:
                return False
            return fields.Date.add(plan.next_due_date, days=plan.grace_days)
        return super()._until(claim, code, row)

    @api.model
    def _explain_claim(self, claim):
        """EXTENDS: say what is agreed."""
        reasons = super()._explain_claim(claim)
        if reasons[0]["code"] in ("plan", "hold") and (plan := claim._running_plan()):
            reasons[0]["message"] = plan._agreed_text()
        return reasons

    @api.model
    def _claim_domain(self, company, today):
        """EXTENDS: when an agreement needs claims, those of its items, due or not."""
        items = self.env.context.get("recouv_agreed_items")
        if items is None:
            return super()._claim_domain(company, today)
        Domain = fields.Domain
        followed = company._recouv_config().recouv_journal_ids
        moved = [("state", "=", "posted"), ("kind", "in", self._followed_kinds())]
        ours = Domain("journal_id", "in", followed.ids) | Domain(
            "recouv_transfer_in_ids", "any", moved
        )
        return self._item_domain(company) & Domain("id", "in", items) & ours


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    def _running_plan(self):
        """Return the agreement that suspends this claim today, if any."""
        self.ensure_one()
        holds = self._active_holds().filtered("plan_id")
        return holds.plan_id[:1]
