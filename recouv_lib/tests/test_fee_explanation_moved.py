from odoo.tests import freeze_time, tagged

from .common import TODAY
from .transfer_common import TransferCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFeeExplanationMoved(TransferCommon):
    """What the books moved is not paid: no letter says so to who still owes it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls.make_invoice(amount=90.0)

    def settle(self, item, amount):
        """Register a payment of a journal item in Odoo's own wizard."""
        register = self.env["account.payment.register"].with_context(
            active_model="account.move.line", active_ids=item.ids
        )
        register.create({"payment_date": TODAY, "amount": amount})._create_payments()

    def sums(self):
        """Return what the letter says is paid, asked elsewhere and left."""
        wizard = self.env["recouv.fee.explanation"].with_user(self.secretary)
        values = wizard.create({"move_id": self.move.id})._letter_values()
        found = (values["paid"], values["elsewhere"], values["owed"])
        return [float("".join(c for c in text if c in "0123456789.") or 0)
                for text in found]  # fmt: skip

    def test_a_doubtful_invoice_is_still_owed(self):
        self.transfer(self.move, "doubtful", partner=self.patient)
        self.assertEqual(self.sums(), [0, 0, 90])

    def test_a_payment_of_it_is_told(self):
        transfer = self.transfer(self.move, "doubtful", partner=self.patient)
        self.settle(transfer.target_line_id, 40)
        self.assertEqual(self.sums(), [40, 0, 50])

    def test_a_payers_part_is_asked_of_the_payer(self):
        share = self.transfer(self.move, amount=60)
        self.assertEqual(self.sums(), [0, 60, 30])
        share.action_reverse("Rejected")
        self.assertEqual(self.sums(), [0, 0, 90])

    def test_what_was_sold_is_owed_to_the_buyer(self):
        self.transfer(self.move, "assignment", partner=self.buyer)
        self.assertEqual(self.sums(), [0, 90, 0])
