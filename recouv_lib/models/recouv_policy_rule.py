from odoo import fields, models
from odoo.tools import SQL

DEBTOR_KINDS = [
    ("patient", "Patient"),
    ("payer", "Payer (fund, mutual)"),
    ("professional", "Professional"),
    ("public", "Public body"),
    ("insurer", "Insurer"),
]


class RecouvPolicyRule(models.Model):
    """One ordered rule: the first that fits an item chooses its policy."""

    _name = "recouv.policy.rule"
    _description = "Rule that chooses a policy"
    _order = "sequence, id"
    _check_company_auto = True

    policy_id = fields.Many2one(
        "recouv.policy", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    debtor_kind = fields.Selection(DEBTOR_KINDS, help="Empty: any debtor.")
    journal_ids = fields.Many2many(
        "account.journal", check_company=True, help="Empty: any journal."
    )
    practitioner_id = fields.Many2one("res.partner", help="Empty: any practitioner.")
    amount_min = fields.Monetary(
        "Amount from", help="In company currency; an item below it does not fit."
    )
    recurrence_min = fields.Integer(
        "Recurrence from",
        help="Fits a debtor who already has this many relanced claims, paid or not.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    def _condition_sql(self):
        """Return the SQL that is true for an item ``l`` (move ``m``, partner ``p``)."""
        self.ensure_one()
        terms = [SQL("TRUE")]
        if self.debtor_kind:
            kind = self.env["res.partner"]._recouv_debtor_kind_sql("p")
            terms.append(SQL("%s = %s", kind, self.debtor_kind))
        if self.journal_ids:
            terms.append(SQL("m.journal_id IN %s", tuple(self.journal_ids.ids)))
        if self.practitioner_id:
            terms.append(SQL("m.recouv_practitioner_id = %s", self.practitioner_id.id))
        if self.amount_min:
            terms.append(SQL("l.balance >= %s", self.amount_min))
        if self.recurrence_min:
            terms.append(
                SQL(
                    """(SELECT COUNT(*) FROM recouv_claim r
                         WHERE r.partner_id = l.partner_id
                           AND r.company_id = l.company_id
                           AND r.step_id IS NOT NULL) >= %s""",
                    self.recurrence_min,
                )
            )
        return SQL("(%s)", SQL(" AND ").join(terms))
