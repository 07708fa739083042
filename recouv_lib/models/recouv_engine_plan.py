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
            self.env["recouv.hold"]._active_sql(
                SQL.identifier("c"), today, SQL("h.reason IN ('plan', 'settlement')")
            ),
        )
        return [*blockers[:place], agreed, *blockers[place:]]

    @api.model
    def _until(self, claim, code, row):
        """EXTENDS: an agreement holds back until its next instalment is missed."""
        if code == "plan":
            plan = claim._running_plan()
            return plan and fields.Date.add(plan.next_due_date, days=plan.grace_days)
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
        followed = company._recouv_config().recouv_journal_ids
        return self._item_domain(company) & fields.Domain(
            [("id", "in", items), ("journal_id", "in", followed.ids)]
        )


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    def _running_plan(self):
        """Return the agreement that suspends this claim today, if any."""
        self.ensure_one()
        holds = self._active_holds().filtered("plan_id")
        return holds.plan_id[:1]
