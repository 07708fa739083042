from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    # Open invoices by the digits of their number: the search for the numbers that
    # payers copy into a transfer (recouv.bank.matcher._evidence_numbers).
    _recouv_number_idx = models.Index(
        "(regexp_replace(move_name, '[^0-9]', '', 'g')) "
        "WHERE display_type = 'payment_term' AND reconciled IS NOT TRUE"
    )
