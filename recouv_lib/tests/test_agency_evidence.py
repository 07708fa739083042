"""Money held for others is recorded by what was done, and typed by nobody: also not by
who speaks to the server past the screens."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import TODAY
from .test_agency_remittance import RemittanceCommon
from .test_funds_transfer import DEDICATED, OWN, TransferFileCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReceiptEvidence(RemittanceCommon):
    """What an agent may say of money received, and what only its acts say."""

    def line_values(self, receipt, **values):
        return {
            "receipt_id": receipt.id,
            "claim_id": self.other_mirror.id,
            "amount_principal": 500.0,
            **values,
        }

    def test_nothing_is_laid_on_a_receipt_that_was_recorded(self):
        receipt = self.bank_receipt(100.0)
        lines = self.env["recouv.receipt.line"].with_user(self.agent)
        with self.assertRaisesRegex(UserError, "undo it instead"):
            lines.create(self.line_values(receipt))
        with self.assertRaises(UserError):
            self.other_mirror.with_user(self.agent).write(
                {"receipt_line_ids": [Command.create(self.line_values(receipt))]}
            )
        self.assertEqual(receipt.line_ids.amount, 100.0)

    def test_a_line_is_not_moved_onto_a_receipt_that_was_recorded(self):
        receipt = self.bank_receipt(100.0)
        draft = self.receipt(50.0, self.other_mirror)
        with self.assertRaisesRegex(UserError, "receipt_id"):
            draft.line_ids.receipt_id = receipt

    def test_on_a_draft_only_what_is_laid_is_typed(self):
        receipt = self.receipt(100.0)
        for name, value in (
            ("fee_move_id", self.item(self.old).move_id.id),
            ("remittance_id", False),
            ("owed_back_on", TODAY),
            ("deducted_in_id", False),
            ("residual_after", 0.0),
            ("remit_due", TODAY),
            ("is_known_instalment", True),
        ):
            with self.subTest(name), self.assertRaisesRegex(UserError, name):
                receipt.line_ids.write({name: value})
            with self.subTest(name), self.assertRaisesRegex(UserError, name):
                receipt.line_ids.create(self.line_values(receipt, **{name: value}))
        receipt.line_ids.amount_principal = 60.0
        self.assertEqual(receipt.overpaid, 40.0)

    def test_no_default_says_what_only_an_act_knows(self):
        """A context is from outside too."""
        receipts = self.env["recouv.receipt"].with_user(self.agent)
        forged = receipts.with_context(
            default_state="cleared",
            default_name="QT9",
            default_overpaid_booked=90.0,
            default_remit_due=TODAY,
        ).create(
            {
                "company_id": self.agency.id,
                "partner_id": self.mirror.partner_id.id,
                "amount": 100.0,
                "line_ids": [
                    Command.create(
                        {"claim_id": self.mirror.id, "amount_principal": 100.0}
                    )
                ],
            }
        )
        self.assertEqual((forged.state, forged.overpaid_booked), ("draft", 0.0))
        self.assertFalse(forged.name or forged.line_ids.remit_due)

    def test_more_than_was_received_is_not_recorded(self):
        receipt = self.receipt(100.0)
        line = receipt.line_ids
        try:
            line.amount_principal = 500.0
        except ValidationError:
            return  # refused at once is refused
        with self.assertRaisesRegex(ValidationError, "more is laid"):
            receipt.action_confirm()

    def test_lines_of_a_draft_change_places_in_one_go(self):
        """What a sum of two lines exceeds in between is no error."""
        receipt = self.receipt(200.0, self.mirror | self.other_mirror)
        first, second = receipt.line_ids
        receipt.write(
            {
                "line_ids": [
                    Command.update(second.id, {"amount_principal": 150.0}),
                    Command.update(first.id, {"amount_principal": 50.0}),
                ]
            }
        )
        self.assertEqual(receipt.overpaid, 0.0)
        first.unlink()
        self.assertEqual(receipt.overpaid, 50.0)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestOrderEvidence(TransferFileCommon):
    """What the bank is told to pay is what both books say."""

    def setUp(self):
        super().setUp()
        self.set_terms(remit_iban="FR1420041010050500013M02606")

    def test_a_remittance_is_not_rewritten(self):
        self.bank_receipt(120.0)
        remittance = self.remit()
        for name, value in {
            "amount_fee": -5000.0,
            "amount_cost": -1.0,
            "state": "draft",
            "ordered_item_id": False,
            "exported_on": False,
            "creditor_partner_id": self.agency.partner_id.id,
            "date": TODAY,
            "mandate_id": False,
            "line_ids": [Command.clear()],
        }.items():
            with self.subTest(name), self.assertRaises(UserError):
                remittance.write({name: value})
        self.assertEqual(remittance.amount, 91.2)

    def test_a_draft_is_ordered_by_its_button_alone(self):
        self.bank_receipt(120.0)
        draft = self.prepare()
        with self.assertRaisesRegex(UserError, "state"):
            draft.state = "posted"
        with self.assertRaisesRegex(UserError, "amount_fee"):
            draft.amount_fee = -5000.0
        draft.date = "2026-06-20"
        with self.assertRaises(UserError), self.captured():
            draft.action_export_transfers()

    def test_neither_remittance_nor_sweep_is_made_by_hand(self):
        for model, values in (
            ("recouv.remittance", {"mandate_id": self.mandate.id}),
            ("recouv.sweep", {"amount": 9999.0}),
        ):
            mine = self.env[model].with_user(self.agency_manager)
            with self.subTest(model), self.assertRaisesRegex(UserError, "by hand"):
                mine.create({"company_id": self.agency.id, **values})

    def test_the_bank_pays_the_sum_that_was_booked(self):
        """Whatever a screen would compute anew of the receipts."""
        self.bank_receipt(120.0)
        remittance = self.remit()
        remittance.sudo().amount_fee = -5000.0
        with self.captured() as files:
            remittance.action_export_transfers()
        self.assertIn("91.20", files[0])

    def test_a_remittance_without_its_entry_is_not_paid(self):
        self.bank_receipt(120.0)
        remittance = self.remit()
        remittance.sudo().ordered_item_id = False
        with self.assertRaisesRegex(UserError, "no entry"), self.captured():
            remittance.action_export_transfers()

    def test_fees_leave_as_they_were_booked(self):
        self.profile.sudo().own_bank_id = self.account_of(OWN)
        sweep = self.swept()
        sweep.sudo().amount = 9999.0
        with self.captured() as files:
            sweep.action_export_transfers()
        self.assertIn("28.80", files[0])

    # --- once -----------------------------------------------------------------------

    def again(self, action):
        dialog = self.env[action["res_model"]].with_user(self.agency_manager)
        return dialog.with_context(**action["context"]).create({})

    def test_a_file_is_not_made_twice_without_a_word(self):
        self.bank_receipt(120.0)
        remittance = self.remit()
        with self.captured() as files:
            remittance.action_export_transfers()
            action = remittance.action_export_transfers()
            dialog = self.again(action)
            self.assertEqual(len(files), 1)
            self.assertIn(remittance.name, dialog.summary)
            with self.assertRaisesRegex(UserError, "why"):
                dialog.action_make_again()
            dialog.reason = "The bank lost it"
            dialog.action_make_again()
        self.assertEqual(len(files), 2)
        self.assertIn("The bank lost it", remittance.exported_again)
        self.assertIn(self.agency_manager.name, remittance.exported_again)

    def test_what_was_exported_is_left_out_of_the_next_file(self):
        self.bank_receipt(60.0)
        first = self.remit()
        self.bank_receipt(80.0, self.other_mirror)
        second = self.remit()
        with self.captured() as files:
            first.action_export_transfers()
            dialog = self.again((first | second).action_export_transfers())
            self.assertEqual(dialog.new_count, 1)
            dialog.action_leave_out()
        self.assertNotIn(first.name, files[1])
        self.assertIn(second.name, files[1])
        self.assertFalse((first | second).mapped("exported_again")[0])

    def test_sweeps_and_refunds_too(self):
        self.profile.sudo().own_bank_id = self.account_of(OWN)
        sweep = self.swept()
        refund = self.refunded(account_number=OWN)
        with self.captured() as files:
            for order, export in (
                (sweep, sweep.action_export_transfers),
                (refund, refund.action_export_refunds),
            ):
                export()
                action = export()
                self.assertEqual(action["res_model"], "recouv.order.again", order)
        self.assertEqual(len(files), 2)

    def test_the_dialog_takes_orders_only_and_asks_for_rights(self):
        self.bank_receipt(120.0)
        remittance = self.remit()
        with self.captured():
            remittance.action_export_transfers()
        dialogs = self.env["recouv.order.again"].with_user(self.agency_manager)
        with self.assertRaises(UserError):
            dialogs.create({"model": "res.partner", "record_ids": "1"}).summary  # noqa: B018
        with self.assertRaises(AccessError):
            remittance.with_user(self.agent).export_again("Once more")

    # --- sweeping -------------------------------------------------------------------

    def test_fees_are_swept_once(self):
        self.swept()
        sweeps = self.env["recouv.sweep"].with_user(self.agency_manager)
        with self.assertRaisesRegex(UserError, "nothing else"):
            sweeps._sweep(self.agency)
        self.assertTrue(self.profile.sudo().swept_on)

    def test_the_dedicated_account_is_the_one_that_pays(self):
        self.bank_receipt(120.0)
        with self.captured() as files:
            self.remit().action_export_transfers()
        self.assertIn(DEDICATED, files[0])
