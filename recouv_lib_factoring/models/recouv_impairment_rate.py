from odoo import api, fields, models


class RecouvImpairmentRate(models.Model):
    """By how much a buyer depreciates what it bought, by days past due.

    The company's own estimate, which its accountant answers for: no rate comes with
    the product. The last row whose age is reached counts.
    """

    _name = "recouv.impairment.rate"
    _description = "Impairment by age"
    _order = "company_id, age_days"
    _rec_name = "age_days"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    age_days = fields.Integer("From days past due", required=True)
    percent = fields.Float("Impairment (%)", required=True, digits=(5, 2))

    _age_once = models.UniqueIndex(
        "(company_id, age_days)", "There is a rate for this age already."
    )
    _range = models.Constraint(
        "CHECK(percent BETWEEN 0 AND 100 AND age_days >= 0)",
        "A rate lies between 0 and 100 %, and an age is not negative.",
    )

    @api.model
    def _steps(self, company):
        """Return [(days past due, percent)] of a company, by age."""
        rows = self.search([("company_id", "=", company.id)], order="age_days")
        return [(row.age_days, row.percent) for row in rows]
