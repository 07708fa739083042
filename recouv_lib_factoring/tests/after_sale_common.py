"""One receivable was sold; what happens to it afterwards, on either side."""

from odoo.addons.recouv_lib.tests.common import TODAY

from .sale_common import SaleCommon


class AfterSaleCommon(SaleCommon):
    """``line`` is sold by ``sale``, bought as ``purchase``: 100, less 5 % and VAT."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls.make_invoice(cls.patient, 100.0)
        cls.sale = cls.sell(cls.move)
        cls.line = cls.sale.line_ids
        cls.purchase = cls.line.sudo().purchase_id

    # --- acts -----------------------------------------------------------------------

    @classmethod
    def credit_note(cls, amount):
        refund = cls.move._reverse_moves([{"invoice_date": TODAY, "date": TODAY}])
        refund.invoice_line_ids.price_unit = amount
        refund.action_post()
        return refund

    def pay_practice(self, amount=100.0, day=TODAY):
        """The debtor pays the practice: an open credit on his account there."""
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.patient.id,
                "amount": amount,
                "date": day,
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        return payment.move_id.line_ids.filtered(
            lambda item: item.account_type == "asset_receivable"
        )

    def pay_buyer(self, amount=None):
        """The debtor pays the buyer, in Odoo's own wizard."""
        item = self.purchase.item_id.sudo()
        wizard = (
            self.books["account.payment.register"]
            .with_company(self.agency)
            .with_context(active_model="account.move.line", active_ids=item.ids)
        )
        values = {"payment_date": TODAY} | ({"amount": amount} if amount else {})
        return wizard.create(values)._create_payments()

    def buy_back(self, reason="disputed", user=None):
        return self.take_back(self.line, reason, user)

    def settlement(self, claim):
        claim.invalidate_recordset()
        return claim.settlement
