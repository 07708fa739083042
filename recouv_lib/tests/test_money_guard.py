"""What screens do not offer, sent over RPC by people who work with the money."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .test_court_cost import CourtCostCommon
from .test_fee_guard import FeeGuardCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMarksOfTheBooks(FeeGuardCommon):
    """The marks by which guards know what stands are nobody's to take off."""

    def setUp(self):
        super().setUp()
        self.bank_receipt(120.0)
        self.remittance = self.remit().sudo()
        self.invoice = self.remittance.fee_move_ids
        self.bill = self.invoice.recouv_fee_twin_id

    def test_a_mark_is_not_taken_off(self):
        for move, user, values in (
            (self.remittance.move_id, self.agency_accountant, {"recouv_funds": False}),
            (self.remittance.practice_move_id, self.accountant, {"recouv_funds": ""}),
            (self.bill, self.accountant, {"recouv_fee_key": False}),
            (self.bill, self.secretary, {"recouv_fee_key": "1:X"}),
            (self.invoice, self.agency_accountant, {"recouv_is_court_cost": True}),
        ):
            with self.assertRaisesRegex(UserError, "written by the product alone"):
                self.seen_by(user, move).write(values)
        with self.assertRaises(UserError):
            move = self.seen_by(self.agency_accountant, self.invoice)
            move.recouv_fee_twin_id = False

    def test_a_bill_does_not_take_the_place_of_the_agencys(self):
        moves = self.env["account.move"].with_user(self.accountant)
        bill = {"move_type": "in_invoice", "partner_id": self.patient.id}
        key = f"{self.agency.id}:FAC/2026/9"
        with self.assertRaisesRegex(UserError, "written by the product alone"):
            moves.create({**bill, "recouv_fee_key": key})
        with self.assertRaisesRegex(UserError, "written by the product alone"):
            moves.with_context(default_recouv_fee_key=key).create(bill)
        self.assertFalse(moves.create(bill).recouv_fee_key)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReceiptsOverRpc(FeeGuardCommon):
    """An agent says what came in; entries, fee and remittance follow from it."""

    def setUp(self):
        super().setUp()
        self.done = self.bank_receipt(120.0)
        self.remittance = self.remit()

    def test_a_recorded_receipt_gets_no_further_line(self):
        lines = self.env["recouv.receipt.line"].with_user(self.agent)
        values = {
            "receipt_id": self.done.id,
            "claim_id": self.other_mirror.id,
            "amount_principal": 50.0,
        }
        said = self.refusal(lambda: lines.create(values))
        self.assertIn("undo it instead", said)
        line = [Command.create(values)]
        said = self.refusal(lambda: self.done.write({"line_ids": line}))
        self.assertIn("undo it instead", said)
        self.env.invalidate_all()
        self.assertEqual(self.done.line_ids.claim_id, self.mirror)

    def test_a_line_is_neither_remitted_nor_invoiced_by_hand(self):
        """It would never reach the practice, nor its fee the agency."""
        receipt = self.receipt(80.0, self.other_mirror)
        line = receipt.line_ids
        invoice = self.remittance.sudo().fee_move_ids
        for values in (
            {"remittance_id": self.remittance.id},
            {"fee_move_id": invoice.id},
            {"remit_due": "2099-01-01"},
            {"receipt_id": self.done.id},
        ):
            with self.assertRaisesRegex(UserError, "undo it instead"):
                line.write(values)
        context = {
            "default_remittance_id": self.remittance.id,
            "default_fee_move_id": invoice.id,
        }
        receipt.with_context(**context).action_lay_again()
        self.assertFalse(receipt.line_ids.remittance_id)
        self.assertFalse(receipt.line_ids.fee_move_id)

    def test_a_receipt_is_not_born_recorded(self):
        receipts = self.env["recouv.receipt"].with_user(self.agent)
        values = {
            "company_id": self.agency.id,
            "partner_id": self.other_mirror.partner_id.id,
            "amount": 10.0,
            "date": TODAY,
        }
        with self.assertRaises(UserError):
            receipts.create({**values, "state": "cleared"})
        receipt = receipts.with_context(
            default_state="cleared", default_name="QT/1", default_undone_on=TODAY
        ).create(values)
        self.assertEqual(
            (receipt.state, receipt.name, receipt.undone_on), ("draft", False, False)
        )
        self.assertTrue(receipt.unlink())

    def test_a_manager_does_not_rewrite_a_remittance(self):
        remittances = self.env["recouv.remittance"].with_user(self.agency_manager)
        remittance = remittances.browse(self.remittance.id)
        for values in (
            {"state": "draft"},
            {"amount_fee": 0.0},
            {"fee_move_ids": [Command.clear()]},
            {"date": "2026-01-01"},
            {"line_ids": [Command.clear()]},
        ):
            with self.assertRaises(UserError):
                remittance.write(values)
        with self.assertRaisesRegex(UserError, "not made by hand"):
            remittances.create({"mandate_id": self.mandate.id})

    def test_the_day_of_a_remittance_that_waits_is_a_managers(self):
        self.bank_receipt(80.0, self.other_mirror)
        draft = self.prepare()
        self.assertEqual(draft.state, "draft")
        draft.date = "2026-06-09"
        with self.assertRaisesRegex(UserError, "mandate_id"):
            draft.mandate_id = False


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCourtCostsOverRpc(CourtCostCommon):
    """What was advanced counts until it is undone, in the books too."""

    def test_a_cost_is_undone_by_its_button_alone(self):
        line = self.cost(25.79)
        for values in (
            {"undone_on": "2026-06-01"},
            {"cost_move_id": line.sudo().move_id.id},
            {"amount": 1.0},
            {"receipt_id": False},
        ):
            with self.assertRaisesRegex(UserError, "undo it and enter it anew"):
                line.write(values)
        line.note = "Service of the order"
        self.assertEqual(self.costs(), 25.79)

    def test_a_cost_is_not_born_passed_on(self):
        passed = self.cost(25.79)
        invoice = self.pass_on()
        self.assertEqual(passed.cost_move_id, invoice)
        lines = self.file.cost_ids
        lines = lines.with_context(
            default_cost_move_id=invoice.id, default_undone_on="2026-06-01"
        )
        line = lines.create(
            {
                "litigation_id": self.file.id,
                "kind": "advanced",
                "amount": 10.0,
                "date": TODAY,
                "payee_id": self.officer.id,
            }
        )
        self.assertFalse(line.cost_move_id or line.undone_on)
        with self.assertRaisesRegex(UserError, "not made by hand"):
            lines.create({**line.copy_data()[0], "cost_move_id": invoice.id})


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDefaultsOfTheContext(FeeGuardCommon):
    """What only a method writes is no default that a person puts into the context."""

    def test_a_mandate_is_not_born_signed(self):
        mandates = self.env["recouv.mandate"].with_user(self.practitioner)
        mandate = mandates.with_context(
            default_state="signed", default_signed_on="2026-01-01"
        ).create({"company_id": self.company.id, "agency_id": self.agency.id})
        self.assertEqual((mandate.state, mandate.signed_on), ("draft", False))

    def test_a_transfer_is_not_born_posted(self):
        move = self.make_invoice()
        transfers = self.env["recouv.transfer"].with_user(self.secretary)
        transfer = transfers.with_context(
            default_state="posted", default_move_id=move.id
        ).create(
            {
                "kind": "payer_share",
                "origin_line_id": self.item(move).id,
                "amount_currency": 10.0,
                "target_partner_id": self.make_patient("Mutuelle").id,
            }
        )
        self.assertEqual((transfer.state, transfer.move_id.id), ("draft", False))

    def test_an_act_is_undone_by_its_button(self):
        """A hold marked as undone would let the relance go on, and say why not."""
        hold = self.env["recouv.hold"].with_user(self.secretary).create(
            {
                "company_id": self.company.id,
                "partner_id": self.patient.id,
                "reason": "other",
                "note": "Asked for",
            }
        )  # fmt: skip
        for values in ({"undone_on": "2026-06-01"}, {"undo_reason": "x"}):
            with self.assertRaisesRegex(UserError, "undone by its button"):
                hold.write(values)
        hold.undo("entered twice")
        self.assertTrue(hold.undone_on)
        self.assertEqual(hold.undone_by_id, self.secretary)
