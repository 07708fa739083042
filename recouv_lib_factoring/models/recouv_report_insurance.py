from odoo import api, fields, models
from odoo.tools import SQL

KINDS = [
    ("premium", "Premium"),
    ("turnover", "Turnover declared"),
    ("loss", "Loss declared"),
    ("indemnity", "Indemnity received"),
    ("recovery", "Recovered later"),
]


class RecouvReportInsurance(models.Model):
    """What credit insurance costs and brings, by policy and month.

    One row per event, in the currency of the books. The cost of cover is what was paid
    for it (premiums, fees, insurance tax) less the indemnities and advances, plus what
    goes back to the insurer: its part of later recoveries, and what it paid beyond the
    indemnity. Insurance tax is never deducted (law.md §9). What was undone is not
    there.
    """

    _name = "recouv.report.insurance"
    _description = "Credit insurance by month"
    _auto = False
    _rec_name = "policy_id"
    _order = "date desc, id desc"
    _depends = {
        "recouv.insurance.premium": ["policy_id", "amount", "date", "move_id",
                                     "undone_on"],
        "recouv.insurance.policy": ["tax_rate", "insurer_id"],
        "recouv.insurance.declaration": ["state", "date_to", "undone_on"],
        "recouv.insurance.declaration.line": ["turnover", "is_insured"],
        "recouv.insurance.loss": ["state", "declared_on", "partner_id"],
        "recouv.insurance.loss.line": ["amount_unpaid", "amount_covered"],
        "recouv.insurance.payment": ["amount", "date", "undone_on", "kind",
                                     "amount_excess"],
        "recouv.insurance.recovery": ["amount_insurer", "amount_insured", "date",
                                      "undone_on"],
    }  # fmt: skip

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    policy_id = fields.Many2one(
        "recouv.insurance.policy", "Insurance policy", readonly=True
    )
    insurer_id = fields.Many2one("res.partner", readonly=True)
    partner_id = fields.Many2one("res.partner", "Debtor", readonly=True)
    kind = fields.Selection(KINDS, readonly=True)
    date = fields.Date(readonly=True)
    amount_premium = fields.Monetary("Premiums and fees", readonly=True)
    amount_turnover = fields.Monetary("Turnover covered", readonly=True)
    amount_loss = fields.Monetary("Losses declared", readonly=True)
    amount_covered = fields.Monetary("Of which within the limits", readonly=True)
    amount_indemnity = fields.Monetary("Indemnities", readonly=True)
    amount_recovered = fields.Monetary("Recovered later", readonly=True)
    amount_remitted = fields.Monetary("Given back to the insurer", readonly=True)
    amount_cost = fields.Monetary("Cost of cover", readonly=True)
    cost_rate = fields.Float(
        "Cost (% of turnover)", readonly=True, aggregator="avg", digits=(16, 3)
    )

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """The rate of a group is that of its sums, not a mean of its rows."""
        if aggregate_spec != "cost_rate:avg":
            return super()._read_group_select(aggregate_spec, query)
        cost, turnover = (
            self._field_to_sql(self._table, name, query)
            for name in ("amount_cost", "amount_turnover")
        )
        return SQL("COALESCE(100.0 * SUM(%s) / NULLIF(SUM(%s), 0), 0)", cost, turnover)

    @property
    def _table_query(self):
        return SQL(
            """SELECT e.id, e.company_id, c.currency_id, e.policy_id, y.insurer_id,
                      e.partner_id, e.kind, e.date, e.premium AS amount_premium,
                      e.turnover AS amount_turnover, e.loss AS amount_loss,
                      e.covered AS amount_covered, e.indemnity AS amount_indemnity,
                      e.recovered AS amount_recovered, e.remitted AS amount_remitted,
                      e.premium - e.indemnity + e.remitted AS amount_cost,
                      NULL::float AS cost_rate
                 FROM (%s) e JOIN res_company c ON c.id = e.company_id
                 JOIN recouv_insurance_policy y ON y.id = e.policy_id""",
            SQL(" UNION ALL ").join(self._events()),
        )

    @api.model
    def _events(self):
        return [
            SQL(
                """SELECT r.id::bigint * 8 AS id, r.company_id, r.policy_id,
                          NULL::int AS partner_id, 'premium' AS kind, r.date,
                          r.amount + ROUND(r.amount * COALESCE(ry.tax_rate, 0)::numeric
                                / 100, cu.decimal_places) AS premium,
                          0.0 AS turnover, 0.0 AS loss, 0.0 AS covered,
                          0.0 AS indemnity, 0.0 AS recovered, 0.0 AS remitted
                     FROM recouv_insurance_premium r
                     JOIN recouv_insurance_policy ry ON ry.id = r.policy_id
                     JOIN res_company co ON co.id = r.company_id
                     JOIN res_currency cu ON cu.id = co.currency_id
                    WHERE r.move_id IS NOT NULL AND r.undone_on IS NULL"""
            ),
            SQL(
                """SELECT d.id::bigint * 8 + 1, d.company_id, d.policy_id, NULL::int,
                          'turnover', d.date_to, 0.0, SUM(l.turnover), 0.0, 0.0, 0.0,
                          0.0, 0.0
                     FROM recouv_insurance_declaration d
                     JOIN recouv_insurance_declaration_line l
                       ON l.declaration_id = d.id AND l.is_insured
                    WHERE d.state = 'declared' AND d.undone_on IS NULL
                    GROUP BY d.id, d.company_id, d.policy_id, d.date_to"""
            ),
            SQL(
                """SELECT o.id::bigint * 8 + 2, o.company_id, o.policy_id, o.partner_id,
                          'loss', o.declared_on, 0.0, 0.0, SUM(l.amount_unpaid),
                          SUM(l.amount_covered), 0.0, 0.0, 0.0
                     FROM recouv_insurance_loss o
                     JOIN recouv_insurance_loss_line l ON l.loss_id = o.id
                    WHERE o.declared_on IS NOT NULL AND o.state <> 'withdrawn'
                    GROUP BY o.id, o.company_id, o.policy_id, o.partner_id,
                             o.declared_on"""
            ),
            SQL(
                """SELECT i.id::bigint * 8 + 3, i.company_id, o.policy_id, o.partner_id,
                          'indemnity', i.date, 0.0, 0.0, 0.0, 0.0, i.amount, 0.0,
                          COALESCE(i.amount_excess, 0.0)
                     FROM recouv_insurance_payment i
                     JOIN recouv_insurance_loss o ON o.id = i.loss_id
                    WHERE i.undone_on IS NULL AND i.kind <> 'repayment'"""
            ),
            SQL(
                """SELECT v.id::bigint * 8 + 4, v.company_id, o.policy_id, o.partner_id,
                          'recovery', v.date, 0.0, 0.0, 0.0, 0.0, 0.0,
                          v.amount_insurer + v.amount_insured, v.amount_insurer
                     FROM recouv_insurance_recovery v
                     JOIN recouv_insurance_loss o ON o.id = v.loss_id
                    WHERE v.undone_on IS NULL"""
            ),
        ]
