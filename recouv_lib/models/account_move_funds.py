from odoo import fields, models

FUNDS_KINDS = [
    ("receipt", "Receipts"),
    ("interest", "Interest received"),
    ("back", "Taken back"),
    ("remittance", "Remittance"),
    ("refund", "Refund of an overpayment"),
    ("sweep", "Fees swept"),
]


class AccountMove(models.Model):
    """Entries of money held for others say which kind they are."""

    _inherit = "account.move"

    recouv_funds = fields.Selection(
        FUNDS_KINDS, "Funds held for others", readonly=True, copy=False
    )

    # the dedicated account and the bank's matcher ask for these entries only
    _recouv_funds_idx = models.Index(
        "(company_id, recouv_funds) WHERE recouv_funds IS NOT NULL"
    )
