from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from .insurance_common import InsuranceCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestInsuranceHandover(InsuranceCommon):
    """The insurer's collection service takes claims, insured or not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sale = cls.invoice(cls.patient, 100, date(2026, 5, 1))

    def handover(self, *claims, send=True):
        claims = self.env["recouv.claim"].union(*claims) or self.claim(self.sale)
        claims.with_user(self.practitioner).action_give_to_insurer()
        found = self.env["recouv.insurance.handover"].with_user(self.practitioner)
        found = found.search([], order="id desc", limit=1)
        if send:
            found.action_send()
        return found

    def test_the_own_relance_pauses_and_goes_on_when_called_back(self):
        claim = self.claim(self.sale)
        step = claim.next_step_id
        one = self.handover()
        self.assertEqual((one.state, claim.holder), ("sent", "insurer"))
        self.assertEqual(claim.suspension, "hold")
        self.assertFalse(self.propose(date(2026, 6, 15)).notice_ids)
        one._recall("Sans résultat")
        claim.invalidate_recordset()
        self.assertEqual((claim.holder, claim.suspension), ("practice", "none"))
        self.assertEqual(claim.next_step_id, step)
        self.assertTrue(self.propose(date(2026, 6, 16)).notice_ids)

    def test_an_uninsured_claim_goes_without_a_policy(self):
        one = self.env["recouv.insurance.handover"].with_user(self.practitioner).create(
            {"insurer_id": self.insurer.id,
             "claim_ids": [Command.set(self.claim(self.sale).ids)]}
        )  # fmt: skip
        one.action_send()
        self.assertFalse(one.policy_id)
        self.assertEqual(one.state, "sent")

    def test_what_the_service_collects_is_the_practices_less_its_costs(self):
        one = self.handover()
        recovery = one.env["recouv.insurance.recovery"]._take_from_insurer(
            one, 60, 9, date(2026, 6, 15), journal=self.bank
        )
        self.assertEqual(self.sale.amount_residual, 40)
        self.assertEqual((recovery.amount_insurer, self.money(recovery)), (0, 51))
        cost = self.company._recouv_insurance_account(
            "recouv_insurance_cost_account_id"
        )
        self.assertEqual(self.balance(cost), 9)
        self.assertEqual(self.insurer_balance(), 0)
        with self.assertRaisesRegex(UserError, "money came"):
            one.undo("Erreur")
        recovery.undo("Erreur")
        self.assertEqual(self.balance(cost), 0)
        self.assertEqual(self.insurer_balance(), 0)

    def test_the_dialog_records_what_was_collected(self):
        one = self.handover()
        wizard = self.env["recouv.insurance.recover"].with_user(self.practitioner)
        with Form(wizard.with_context(default_handover_id=one.id)) as form:
            form.amount = 100
            form.costs = 12
            self.assertEqual(form.amount_due, 88)
            form.way = "journal"
            form.journal_id = self.bank
        form.record.action_confirm()
        self.assertEqual(self.claim(self.sale).settlement, "paid")

    def test_a_disputed_or_held_claim_stays(self):
        self.env["recouv.hold"].create(
            {"claim_ids": self.claim(self.sale).ids, "reason": "dispute"}
        )
        with self.assertRaisesRegex(UserError, "disputed"):
            self.handover()

    def test_a_claim_is_with_the_service_once(self):
        self.handover()
        with self.assertRaisesRegex(UserError, "somebody else"):
            self.handover()

    def test_one_hand_over_for_each_debtor(self):
        other = self.invoice(self.make_patient("Dominique"), 50, date(2026, 5, 2))
        self.handover(self.claim(self.sale), self.claim(other), send=False)
        found = self.env["recouv.insurance.handover"].search([])
        self.assertEqual(found.partner_id, self.patient | other.partner_id)

    def test_it_is_called_back_with_a_reason_by_a_manager(self):
        one = self.handover()
        with self.assertRaises(UserError):
            one._recall("")
        with self.assertRaises(UserError):
            one.with_user(self.secretary)._recall("Non")
        one.undo("Mauvais service")
        self.assertEqual(self.claim(self.sale).holder, "practice")
