from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .recouv_derived_mixin import derived_search

STANDINGS = [
    ("kept", "Paid"),
    ("late", "Late"),
    ("due", "Due"),
    ("partly", "Partly paid"),
    ("waiting", "To come"),
]


class RecouvPlanLine(models.Model):
    """An instalment. What was paid under the agreement fills them in order."""

    _name = "recouv.plan.line"
    _description = "Instalment"
    _inherit = ["recouv.evidence.mixin", "recouv.derived.mixin"]
    _order = "plan_id, date, id"
    _check_company_auto = True

    plan_id = fields.Many2one(
        "recouv.plan", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="plan_id.currency_id")
    date = fields.Date("Due on", required=True, readonly=True)
    amount = fields.Monetary(required=True, readonly=True)
    amount_cumulated = fields.Monetary(
        "Sum to be paid by then", required=True, readonly=True
    )
    amount_paid = fields.Monetary(
        "Paid so far", compute="_compute_derived", search=derived_search("amount_paid")
    )
    cheque_ids = fields.One2many("recouv.cheque", "plan_line_id", readonly=True)
    has_cheque = fields.Boolean("Cheque held", compute="_compute_has_cheque")
    takes_cheque = fields.Boolean(compute="_compute_takes_cheque")
    standing = fields.Selection(
        STANDINGS, compute="_compute_derived", search=derived_search("standing")
    )

    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "An instalment must be more than zero."
    )

    @api.model
    def _evidence_advice(self):
        """EXTENDS: instalments are made with their agreement, and by nothing else."""
        return self.env["recouv.plan"]._evidence_advice()

    @api.depends("cheque_ids.state")
    def _compute_has_cheque(self):
        for line in self:
            line.has_cheque = "held" in line.cheque_ids.mapped("state")

    @api.depends("plan_id.claim_ids.capacity")
    def _compute_takes_cheque(self):
        """An agency books what it receives as receipts, on its dedicated account."""
        for line in self:
            capacities = line.plan_id.claim_ids.mapped("capacity")
            line.takes_cheque = "mandatary" not in capacities

    def action_receive_cheque(self):
        """Take a cheque that is held until the day of this instalment.

        :raise UserError: an agency's plan
        """
        self.ensure_one()
        if not self.takes_cheque:
            raise UserError(
                self.env._("Record what the agency receives under Receipts.")
            )
        plan = self.plan_id
        return self.env["recouv.collect"]._dialog(
            default_company_id=plan.company_id.id,
            default_partner_id=plan.partner_id.id,
            default_currency_id=plan.currency_id.id,
            default_move_ids=plan.claim_ids.move_id.ids,
            default_method="cheque_later",
            default_deposit_on=self.date,
            default_plan_line_id=self.id,
        )

    @api.model
    def _derived_sql(self, fname, alias):
        line = SQL.identifier(alias)
        value = {
            "amount_paid": SQL(
                "GREATEST(0, LEAST(%(l)s.amount, "
                "v.paid - %(l)s.amount_cumulated + %(l)s.amount))",
                l=line,
            ),
            "standing": SQL(
                """CASE WHEN %(l)s.amount_cumulated <= v.paid THEN 'kept'
                        WHEN %(l)s.date + v.grace_days < %(today)s THEN 'late'
                        WHEN %(l)s.date <= %(today)s THEN 'due'
                        WHEN %(l)s.amount_cumulated - %(l)s.amount < v.paid
                        THEN 'partly' ELSE 'waiting' END""",
                l=line,
                today=fields.Date.context_today(self),
            ),
        }.get(fname)
        if value is None:
            return super()._derived_sql(fname, alias)
        return SQL(
            """(SELECT %(value)s
                  FROM (SELECT lp.grace_days, %(paid)s AS paid
                          FROM recouv_plan lp WHERE lp.id = %(line)s.plan_id) v)""",
            value=value,
            line=line,
            paid=self.env["recouv.plan"]._paid_sql(SQL.identifier("lp")),
        )
