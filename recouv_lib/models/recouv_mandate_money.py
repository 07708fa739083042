"""Terms of money of a mandate, as narrow as the money needs them.

Stand-in for the mandate's own terms (``recouv_mandate_terms.py``, ``lib/fees.py``) and
for the dedicated journal of the agency's profile (``res_company_agency.py``): same
names, same meaning. Where those are merged, this file goes.
"""

from odoo import fields, models

from ..lib import months


class RecouvMandate(models.Model):
    _inherit = "recouv.mandate"

    fee_rate = fields.Float("Fee (%)", digits=(5, 2))
    fee_vat_rate = fields.Float("VAT on fees (%)", digits=(5, 2), default=20.0)
    fee_on_direct = fields.Boolean(
        "Fee on sums paid straight to the practice", default=True
    )
    remit_days = fields.Integer("Remitted within (days)", default=30)
    remit_frequency = fields.Selection(
        [
            ("weekly", "Every week"),
            ("fortnightly", "Every two weeks"),
            ("monthly", "Every month"),
        ],
        "Remitted",
        default="monthly",
        required=True,
    )
    remit_mode = fields.Selection(
        [
            ("net", "Net: the fee is kept"),
            ("gross", "Gross: the fee is invoiced apart"),
        ],
        "Sum remitted",
        default="gross",
        required=True,
    )
    remit_iban = fields.Char("To the account (IBAN)")
    remit_holder = fields.Char("Holder of the account")

    def _fee(self, amount, claim_amount, age_days, before=0.0):
        """Return the fee before tax of a sum received for a claim."""
        currency = self.agency_id.currency_id
        rate = self.fee_rate / 100
        return currency.round(
            currency.round((before + amount) * rate) - currency.round(before * rate)
        )

    def _remit_due(self, cleared_on):
        """Return the last day to remit what was received (CPCE R124-6 al. 2)."""
        agreed = fields.Date.add(cleared_on, days=self.remit_days)
        return min(agreed, months.add_months(cleared_on, 1))


class ResCompany(models.Model):
    _inherit = "res.company"

    recouv_dedicated_journal_id = fields.Many2one(
        "account.journal",
        "Dedicated account",
        check_company=True,
        help="Bank journal for money received for others, and for nothing else.",
    )
