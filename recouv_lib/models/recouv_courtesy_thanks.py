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
        something; payers and those who bought a receivable are not thanked.

        A payment is an entry: one movement of the bank pays several invoices by a line
        each, and one deposit holds the cheques of several debtors.
        """
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
        groups = partials.filtered("debit_move_id.partner_id").grouped(
            lambda partial: (
                partial.credit_move_id.move_id,
                partial.debit_move_id.partner_id.commercial_partner_id,
                partial.debit_currency_id,
            )
        )
        thanked = self._thanked_by_entry(company, partials.credit_move_id.move_id)
        return [
            {
                "company_id": company.id,
                "kind": "thanks",
                "key": f"entry {entry.id} {debtor.id}"
                + ("" if currency == company.currency_id else f" {currency.name}"),
                "partner_id": debtor.id,
                "move_line_ids": [fields.Command.set(mine.debit_move_id.ids)],
                "amount": sum(mine.mapped("debit_amount_currency")),
                "currency_id": currency.id,
                "date": entry.date,
            }
            for (entry, debtor, currency), mine in groups.items()
            if (_entry_key(entry), debtor) not in thanked
        ]

    @api.model
    def _thanked_by_entry(self, company, entries):
        """Return {(key, debtor)} of those thanked when a key named the entry alone."""
        keys = [_entry_key(entry) for entry in entries]
        found = self.search(
            [
                ("company_id", "=", company.id),
                ("kind", "=", "thanks"),
                ("key", "in", keys),
            ]
        )
        return {(courtesy.key, courtesy.partner_id) for courtesy in found}


def _entry_key(entry):
    return f"entry {entry.id}"
