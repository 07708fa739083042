from dataclasses import replace

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.recouv_lib.models.recouv_engine import GROUP, Blocker
from odoo.addons.recouv_lib.models.recouv_notice_letter import PAPER_CHANNELS


class RecouvEngine(models.AbstractModel):
    """What a buyer may ask, and when: nothing before the debtor was told.

    No rule of R124 concerns a buyer, which writes for itself; that no costs are asked
    of a consumer (C. conso. L121-21) is checked on every letter's sum.
    """

    _inherit = "recouv.engine"

    # --- whose claims ---------------------------------------------------------------

    @api.model
    def _debtor_query(self, company, capacity):
        """EXTENDS: a buyer's run goes through the debtors of what it bought."""
        if capacity != "assignee":
            return super()._debtor_query(company, capacity)
        bought = Domain(
            "recouv_claim_ids",
            "any",
            [("capacity", "=", "assignee"), ("closed_on", "=", False)],
        )
        return self._item_query(company, domain=self._item_domain(company) & bought)

    @api.model
    def _claim_domain(self, company, today):
        """EXTENDS: what was bought has its claim from its purchase, never another."""
        # sudo: which items they are, for a run of the company itself
        bought = self.env["recouv.purchase"].sudo()
        bought = bought._search(
            [("company_id", "=", company.id), ("item_id", "!=", False)]
        )
        own = Domain("id", "not in", bought.subselect("item_id"))
        return super()._claim_domain(company, today) & own

    # --- blockers -------------------------------------------------------------------

    @api.model
    def _decision_blockers(self, today):
        """EXTENDS: who bought before the due date tells the debtor at once."""
        untold = SQL("(c.capacity = 'assignee' AND c.step_id IS NULL)")
        return [
            replace(blocker, sql=SQL("(%s AND NOT %s)", blocker.sql, untold))
            if blocker.code == "not_due"
            else blocker
            for blocker in super()._decision_blockers(today)
        ]

    @api.model
    def _claim_blockers(self, company, today):
        return [
            Blocker(
                "not_bought",
                self.env._("It was given back to the practice, or never bought."),
                SQL(
                    """NOT EXISTS (
                        SELECT 1 FROM recouv_purchase bp
                         WHERE bp.claim_id = c.id AND bp.state = 'bought')"""
                ),
                capacities=("assignee",),
            ),
            *super()._claim_blockers(company, today),
        ]

    @api.model
    def _contact_blockers(self, company, today):
        """EXTENDS: the first contact of a buyer is its notification, on paper."""
        untold = SQL(
            """(g.channel NOT IN %s AND COALESCE((
                    SELECT lc.step_id IS NULL
                      FROM recouv_claim lc WHERE lc.id = g.lead_id), FALSE))""",
            PAPER_CHANNELS,
        )
        return [
            Blocker(
                "not_notified",
                self.env._(
                    "The assignment was not notified to the debtor with a proof: "
                    "nothing else may leave before it (C. civ. 1324)."
                ),
                untold,
                GROUP,
                capacities=("assignee",),
            ),
            *super()._contact_blockers(company, today),
        ]
