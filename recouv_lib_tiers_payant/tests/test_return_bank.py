from datetime import date

from odoo import Command
from odoo.tests import tagged

from odoo.addons.recouv_lib.models.recouv_day import Section

from .return_common import PAID_ON, REFERENCE, ReturnCommon

BANKED = date(2026, 6, 10)


@tagged("post_install", "-at_install")
class TestReturnBank(ReturnCommon):
    """Announced transfers and the bank: what came, what did not, what nobody said."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls.company_data["default_journal_bank"]
        cls.company.recouv_bank_auto_score = 0

    def movement(self, amount, label="VIR CPAM ILLE ET VILAINE", day=BANKED):
        return self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank.id,
                "date": day,
                "amount": amount,
                "payment_ref": label,
            }
        )

    def announce(self, *amounts, retained=0):
        writer = self.writer()
        transfer = self.transfer(writer)
        for amount in amounts:
            self.answer(transfer, self.sent_share(amount))
        if retained:
            transfer.retained(retained, reference="DETTE1")
        return self.taken(writer.bytes()).payment_ids

    def best(self, movement):
        return movement.recouv_match_ids.filtered(lambda match: match.rank == 1)

    def test_a_movement_with_the_reference_is_the_announced_transfer(self):
        payment = self.announce(70.0, 30.0)
        self.assertEqual(payment.state, "announced")
        movement = self.movement(100.0, f"VIR CPAM {REFERENCE}")
        movement._recouv_propose()
        match = self.best(movement)
        self.assertEqual(match.rule, "announced_reference")
        self.assertEqual(match.score, 100)
        self.assertIn(REFERENCE, match.reason)
        match.with_user(self.biller).action_apply()
        payment.invalidate_recordset()
        self.assertEqual(payment.state, "received")
        self.assertEqual(payment.amount_waiting, 0.0)
        self.assertEqual(payment.statement_line_id, movement)

    def test_above_the_threshold_nobody_is_asked(self):
        self.company.recouv_bank_auto_score = 90
        payment = self.announce(70.0)
        movement = self.movement(70.0, f"VIR {REFERENCE}")
        movement._recouv_propose()
        self.assertTrue(movement.is_reconciled)
        payment.invalidate_recordset()
        self.assertEqual(payment.state, "received")

    def test_the_same_amount_alone_is_only_a_proposal(self):
        self.company.recouv_bank_auto_score = 90
        self.announce(70.0)
        movement = self.movement(70.0, "VIREMENT SEPA RECU")
        movement._recouv_propose()
        self.assertFalse(movement.is_reconciled)
        self.assertTrue(self.best(movement).rule.startswith("announced_"))

    def test_sums_kept_back_explain_the_transfer(self):
        payment = self.announce(70.0, 30.0, retained=800)
        self.assertEqual(payment.amount, 92.0)
        self.assertIn("92", payment.explanation)
        self.assertIn("8", payment.explanation)
        movement = self.movement(92.0, f"VIR {REFERENCE}")
        movement._recouv_propose()
        self.best(movement).with_user(self.biller).action_apply()
        payment.invalidate_recordset()
        self.assertEqual(payment.state, "received")

    def test_undoing_the_match_makes_the_transfer_wait_again(self):
        payment = self.announce(70.0)
        movement = self.movement(70.0, f"VIR {REFERENCE}")
        movement._recouv_propose()
        match = self.best(movement)
        match.with_user(self.biller).action_apply()
        match.with_user(self.biller).action_undo()
        payment.invalidate_recordset()
        self.assertEqual(payment.state, "announced")
        self.assertFalse(payment.statement_line_id)

    def test_money_that_came_before_its_return_is_found(self):
        self.company.recouv_bank_auto_score = 90
        movement = self.movement(70.0, f"VIR {REFERENCE}")
        movement._recouv_propose()
        self.assertEqual(self.best(movement).state, "nothing")
        payment = self.announce(70.0)
        self.assertTrue(movement.is_reconciled)
        self.assertEqual(payment.state, "received")

    def test_a_person_looks_for_the_money(self):
        payment = self.announce(70.0).with_user(self.biller)
        told = payment.action_find_in_bank()
        self.assertEqual(told["tag"], "display_notification")
        self.movement(70.0, f"VIR {REFERENCE}")
        found = payment.action_find_in_bank()
        self.assertEqual(found["res_model"], "recouv.bank.match")
        match = self.env["recouv.bank.match"].search(found["domain"])
        self.assertEqual(len(match), 1)

    def test_two_lists_announced_or_received_alone(self):
        payment = self.announce(70.0)
        payer_money = self.movement(55.0)
        rent = self.movement(44.0, "VIR LOCATAIRE MARTIN")
        (payer_money | rent)._recouv_propose()
        missing = self.env.ref("recouv_lib_tiers_payant.recouv_return_missing_action")
        Payment = self.env["recouv.return.payment"].with_user(self.biller)
        self.assertEqual(
            Payment.search([("state", "in", ("announced", "partial"))]), payment
        )
        self.assertIn("announced", missing.domain)
        action = self.env.ref(
            "recouv_lib_tiers_payant.recouv_return_unannounced_action"
        )
        domain = [
            ("is_waiting", "=", True),
            ("rank", "=", 1),
            ("recouv_is_payer", "=", True),
            ("recouv_is_announced", "=", False),
        ]
        self.assertEqual(action.domain, str(domain))
        found = self.env["recouv.bank.match"].search(domain)
        self.assertEqual(found.statement_line_id, payer_money)

    def test_the_day_shows_what_did_not_come(self):
        payment = self.announce(70.0)
        day = self.env["recouv.day"].with_user(self.biller)
        for today, expected in ((PAID_ON, 0), (date(2026, 6, 20), 1)):
            section = next(
                one
                for one in day._sections(today)
                if isinstance(one, Section) and one.code == "transfers_missing"
            )
            found = self.env[section.model].search(section.domain)
            self.assertEqual(len(found & payment), expected)

    def test_the_rest_of_a_transfer_that_came_in_part_is_found(self):
        payment = self.announce(70.0)
        item = payment._waiting_items()
        other = self.company_data["default_account_revenue"]
        move = self.env["account.move"].create(
            {
                "journal_id": self.company_data["default_journal_misc"].id,
                "line_ids": [
                    Command.create({"account_id": other.id, "balance": 30.0}),
                    Command.create(
                        {"account_id": item.account_id.id, "balance": -30.0}
                    ),
                ],
            }
        )
        move.action_post()
        (item | move.line_ids.filtered(lambda one: one.balance < 0)).reconcile()
        payment.invalidate_recordset()
        self.assertEqual((payment.state, payment.amount_waiting), ("partial", 40.0))
        movement = self.movement(40.0, f"VIR {REFERENCE}")
        movement._recouv_propose()
        self.assertEqual(self.best(movement).rule, "announced_reference")

    def test_a_transfer_of_an_unknown_payer_is_found_by_its_reference(self):
        payment = self.announce(70.0)
        payment.payer_id = False
        movement = self.movement(70.0, f"VIR {REFERENCE}")
        movement._recouv_propose()
        match = self.best(movement)
        self.assertEqual(match.rule, "announced_reference")
        match.with_user(self.biller).action_apply()
        payment.invalidate_recordset()
        self.assertEqual(payment.state, "received")
