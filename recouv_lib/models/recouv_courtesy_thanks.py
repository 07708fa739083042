from odoo import api, fields, models
from odoo.fields import Domain

from .recouv_courtesy import THANKS_DAYS


class RecouvCourtesy(models.Model):
    """Thanking a patient who has paid the practice."""

    _inherit = "recouv.courtesy"

    @api.model
    def _thankful_items(self, company):
        """What debtors owe the practice itself: in the journals relanced, or by a claim
        of the practice where it came back from a payer or was made doubtful."""
        items = self.env["account.move.line"]
        journals = company._recouv_config().recouv_journal_ids
        return (
            Domain("account_id.account_type", "=", "asset_receivable")
            & items._recouv_not_confidential()
            & Domain("recouv_claim_ids", "not any", [("capacity", "!=", "creditor")])
            & (
                Domain("journal_id", "in", journals.ids)
                | Domain("recouv_claim_ids", "any", [("capacity", "=", "creditor")])
            )
        )

    @api.model
    def _thanks(self, company, today):
        """One message for each payment of the last days by which a patient settled
        something; payers and those who bought a receivable are not thanked."""
        if not company._recouv_config().recouv_courtesy_thanks:
            return []
        since = fields.Date.subtract(today, days=THANKS_DAYS)
        partials = self.env["account.partial.reconcile"].search(
            [
                ("company_id", "=", company.id),
                ("max_date", ">=", since),
                ("debit_move_id", "any", self._thankful_items(company)),
                ("credit_move_id.journal_id.type", "in", ("bank", "cash", "credit")),
            ]
        )
        return [
            {
                "company_id": company.id,
                "kind": "thanks",
                "key": f"entry {credit.move_id.id}",
                "partner_id": mine.debit_move_id.partner_id[
                    :1
                ].commercial_partner_id.id,
                "move_line_ids": [fields.Command.set(mine.debit_move_id.ids)],
                "amount": sum(mine.mapped("debit_amount_currency")),
                "currency_id": mine[0].debit_currency_id.id,
                "date": credit.date,
            }
            for credit, mine in partials.grouped("credit_move_id").items()
            if mine.debit_move_id.partner_id and len(mine.debit_currency_id) == 1
        ]
