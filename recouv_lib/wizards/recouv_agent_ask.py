from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_amount

from ..models.recouv_agent_request import KINDS


class RecouvAgentAsk(models.TransientModel):
    """Ask the practice for more than its mandate lets the agency grant."""

    _name = "recouv.agent.ask"
    _description = "Ask the practice"

    claim_id = fields.Many2one("recouv.claim", required=True, readonly=True)
    mandate_id = fields.Many2one(
        "recouv.mandate", required=True, default=lambda self: self._only_mandate()
    )
    currency_id = fields.Many2one(related="claim_id.currency_id")
    powers = fields.Char("You may grant alone", compute="_compute_powers")
    kind = fields.Selection(KINDS, "Asked for", required=True, default="plan")
    reference = fields.Char("Invoice, as the practice knows it", required=True)
    duration = fields.Integer("Months")
    instalment = fields.Monetary("Smallest instalment")
    discount = fields.Float("Discount (%)", digits=(5, 2))
    words = fields.Text(
        "Why", help="Read by the practice as it is written; no health, no care."
    )

    @api.model
    def _only_mandate(self):
        """Return the one mandate in force of the agency, empty when there are more."""
        mandates = self.env["recouv.mandate"]
        today = fields.Date.context_today(self)
        found = mandates.search(
            mandates._in_force_domain(today)
            & Domain("agency_id", "in", self.env.companies.ids),
            limit=2,
        )
        return found if len(found) == 1 else mandates

    @api.depends("mandate_id")
    def _compute_powers(self):
        for wizard in self:
            mandate = wizard.mandate_id
            wizard.powers = mandate and self.env._(
                "%(months)s months, instalments of %(amount)s, %(discount)s %% off",
                months=mandate.agent_max_months,
                amount=format_amount(
                    self.env, mandate.agent_min_instalment, mandate.currency_id
                ),
                discount=f"{mandate.agent_max_discount:g}",
            )

    def action_ask(self):
        """Send the request; the practice finds it in its day."""
        self.ensure_one()
        terms = {"duration": self.duration, "instalment": self.instalment}
        if self.kind == "discount":
            terms = {"discount": self.discount}
        self.env["recouv.agent.request"]._ask(
            self.mandate_id,
            self.claim_id,
            self.kind,
            reference=self.reference,
            words=self.words,
            **(terms if self.kind != "other" else {}),
        )
        return {"type": "ir.actions.act_window_close"}
