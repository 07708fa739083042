from odoo import api, fields, models


class RecouvLitigationLine(models.Model):
    """One claim of a court file, with the sums asked for it.

    Until the file is lodged the sums are today's; from then on they are what the court
    was asked, kept as they were.
    """

    _name = "recouv.litigation.line"
    _description = "Claim of a court file"
    _order = "date_due, id"
    _check_company_auto = True

    litigation_id = fields.Many2one(
        "recouv.litigation",
        required=True,
        ondelete="cascade",
        index=True,
        check_company=True,
    )
    company_id = fields.Many2one(
        related="litigation_id.company_id", store=True, index=True
    )
    claim_id = fields.Many2one(
        "recouv.claim",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    currency_id = fields.Many2one(related="claim_id.currency_id")
    date_due = fields.Date(related="claim_id.date_due", store=True)
    limitation_date = fields.Date(related="claim_id.limitation_date")
    formal_notice_date = fields.Date(related="claim_id.formal_notice_date")
    principal_filed = fields.Monetary("Principal asked", readonly=True, copy=False)
    interest_filed = fields.Monetary("Interest asked", readonly=True, copy=False)
    holder_before = fields.Char(readonly=True, copy=False)
    amount_principal = fields.Monetary("Principal", compute="_compute_amounts")
    amount_interest = fields.Monetary("Legal interest", compute="_compute_amounts")
    amount_owed = fields.Monetary("Owed today", compute="_compute_amounts")

    _claim_once = models.Constraint(
        "UNIQUE(litigation_id, claim_id)", "This claim is in the file already."
    )

    @api.depends("claim_id", "litigation_id.filed_on", "litigation_id.claims_interest")
    def _compute_amounts(self):
        today = fields.Date.context_today(self)
        for line in self:
            owed = line.claim_id._collectable_residual()
            line.amount_owed = owed
            if line.litigation_id.filed_on:
                line.amount_principal = line.principal_filed
                line.amount_interest = line.interest_filed
            else:
                line.amount_principal = owed
                line.amount_interest = line._interest(today, quiet=True)

    def _interest(self, until, increased_from=None, quiet=False):
        """Return the legal interest until a day, 0 where it is not claimed.

        :param increased_from: from that day on at the increased rate (CMF L313-3)
        :param quiet: 0 where a rate is missing, for screens; the checks tell it
        """
        if not self.litigation_id.claims_interest:
            return 0.0
        return self.claim_id._court_interest(until, increased_from, quiet=quiet)

    def _freeze(self, day):
        """Keep what is asked of the court on the day the file is lodged."""
        for line in self:
            line._record(
                {
                    "principal_filed": line.claim_id._collectable_residual(),
                    "interest_filed": line._interest(day),
                }
            )

    # --- who holds the claim --------------------------------------------------------

    def _hold_claim(self):
        if self.claim_id.holder != "court":
            self._record({"holder_before": self.claim_id.holder})
            self.claim_id._record({"holder": "court"})

    def _give_back(self):
        """The claim goes back to who held it, where it stood."""
        if self.holder_before and self.claim_id.holder == "court":
            self.claim_id._record({"holder": self.holder_before})
        if self.holder_before:
            self._record({"holder_before": False})
