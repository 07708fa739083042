from odoo import models
from odoo.tools import format_date


class RecouvPrice(models.Model):
    """The account of a price: what was sold, what it cost, what is paid and when."""

    _inherit = "recouv.price"

    def action_print(self):
        """Download the account of this price, for the assignor."""
        self.ensure_one()
        self.check_access("read")
        kind = self.kind == "price" and self.env._("price") or self.env._("holdback")
        name = f"{kind}-{(self.schedule or '').replace('/', '-')}.pdf"
        return self.env["recouv.document"]._download(name, self._print_account())

    def _print_account(self):
        """Return the PDF: nominal, commission, tax, financing, holdback, price."""
        # sudo: the language in which the contract of both parties is written
        lang = self.contract_id.sudo()._text_lang()
        words = self.with_context(lang=lang)
        return self.env["recouv.document"]._print(
            "recouv_lib_factoring.price_account",
            words._account_values(),
            company=self.company_id,
            title=words.env._("Account of the sale %s", self.schedule or ""),
            recipient=self.creditor_partner_id,
            lang=lang,
        )

    def _account_values(self):
        mandate = self.contract_id.mandate_id
        return {
            "contract": self.contract_id.name,
            "sold_on": format_date(self.env, self.date),
            "rows": self._account_rows(),
            "total": self._account_total(),
            "due": format_date(self.env, self.date_due),
            "paid": self.paid_on and format_date(self.env, self.paid_on),
            "account": mandate.remit_iban or "",
        }

    def _account_total(self):
        labels = {
            "price": self.env._("Price to be paid to you"),
            "holdback": self.env._("Holdback released to you"),
        }
        return labels[self.kind], self.currency_id.format(self.amount)

    def _account_rows(self):
        """Return [(label, sum)] of what was fixed with the deed that both signed."""
        # sudo: sums of the deed, which the buyer has signed too
        schedule, money = self.sudo().assignment_id, self.currency_id.format
        _ = self.env._
        nominal = _("Nominal of the receivables sold (%s)", schedule.accepted_count)
        rows = [(nominal, money(schedule.amount_nominal))]
        if self.kind == "holdback":
            return rows
        taken = (
            (_("Commission, before tax"), schedule.amount_commission),
            (_("Financing"), schedule.amount_financing),
            (_("VAT"), schedule.amount_vat),
            (_("Holdback, paid later"), schedule.amount_holdback),
        )
        return rows + [
            (label, f"– {money(amount)}") for label, amount in taken if amount
        ]
