from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from .common import TODAY, RecouvCommon
from .transfer_common import TransferCommon

HANDOVER = [
    {"channel": "letter", "delay_days": 10, "anchor": "due_date", "deadline_days": 8},
    {"channel": "handover", "delay_days": 0, "anchor": "previous_step"},
]


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestOverrun(RecouvCommon):
    """An overrun without a signed quote is asked for, never handed over by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.recouv_policy_id = cls.make_policy(steps=HANDOVER)
        cls.manager = new_test_user(
            cls.env,
            "overrun_manager",
            groups="base.group_user,recouv_lib.group_manager",
        )

    def claim(self, amount=100.0, overrun=60.0, **values):
        """The claim of an invoice whose hand-over is next, and due."""
        move = self.make_invoice(
            amount=amount,
            due=date(2026, 5, 1),
            recouv_overrun_amount=overrun,
            **values,
        )
        self.prove(self.propose(date(2026, 5, 15)), date(2026, 5, 15))
        return self.claims_of(move)

    def handed_over(self):
        return self.propose().notice_ids.filtered(lambda n: n.channel == "handover")

    def test_an_unsigned_overrun_is_shown_apart(self):
        claim = self.claim()
        self.assertEqual((claim.amount_fragile, claim.is_fragile), (60, True))
        self.assertEqual(claim.amount_residual_currency, 100)
        found = claim.search([("is_fragile", "=", True), ("amount_fragile", ">", 50)])
        self.assertIn(claim, found)

    def test_seventy_euros_exactly_need_a_quote_and_less_do_not(self):
        self.assertTrue(self.claim(amount=70.0, overrun=10.0).is_fragile)
        self.assertFalse(self.claim(amount=69.99, overrun=10.0).is_fragile)

    def test_without_an_overrun_or_with_a_signed_quote_nothing_is_fragile(self):
        self.assertFalse(self.claim(overrun=0).is_fragile)
        signed = self.claim(recouv_quote_signed_on=date(2026, 4, 1))
        self.assertEqual((signed.amount_fragile, signed.is_fragile), (0, False))

    def test_what_was_paid_of_it_is_fragile_no_more(self):
        claim = self.claim()
        self.pay(claim.move_id, amount=70)
        self.assertEqual(claim.amount_fragile, 30)

    def test_it_is_asked_for_but_not_handed_over(self):
        claim = self.claim()
        self.assertEqual(claim.next_channel, "handover")
        run = self.propose()
        self.assertFalse(run.notice_ids)
        self.assertEqual(run.skip_ids.mapped("code"), ["unsigned_overrun"])

    def test_a_manager_confirms_it_and_may_undo_that(self):
        claim = self.claim()
        claim.with_user(self.manager).action_confirm_overrun()
        self.assertFalse(claim.is_fragile)
        self.assertEqual(claim.fragile_confirmed_by_id, self.manager)
        self.assertTrue(self.handed_over())
        confirmation = claim.overrun_confirmation_ids
        confirmation.with_user(self.manager).undo("the patient disputes the quote")
        self.assertTrue(claim.is_fragile)
        self.assertFalse(claim.fragile_confirmed_on)
        self.assertEqual(len(claim.overrun_confirmation_ids), 1)

    def test_a_signature_entered_later_frees_the_hand_over(self):
        claim = self.claim()
        claim.move_id.recouv_quote_signed_on = date(2026, 4, 1)
        self.assertTrue(self.handed_over())

    def test_a_secretary_may_not_confirm(self):
        claim = self.claim()
        with self.assertRaises(AccessError):
            claim.with_user(self.secretary).action_confirm_overrun()

    def test_there_must_be_something_to_confirm(self):
        claim = self.claim(overrun=0)
        with self.assertRaisesRegex(UserError, "no unsigned overrun"):
            claim.action_confirm_overrun()

    def test_a_claim_that_was_handed_over_keeps_its_confirmation(self):
        claim = self.claim()
        claim.action_confirm_overrun()
        claim.sudo().holder = "court"
        with self.assertRaisesRegex(UserError, "was handed over"):
            claim.overrun_confirmation_ids.undo("too late")

    def test_the_draft_invoice_warns(self):
        move = self.make_invoice(amount=100, recouv_overrun_amount=20)
        move.button_draft()
        self.assertTrue(move.recouv_needs_quote)
        move.recouv_quote_signed_on = date(2026, 5, 1)
        self.assertFalse(move.recouv_needs_quote)

    def test_where_no_law_says_so_no_quote_is_needed(self):
        claim = self.claim()
        self.company.account_fiscal_country_id = self.env.ref("base.ch")
        self.env.invalidate_all()
        self.assertFalse(claim.is_fragile)
        self.assertFalse(claim.move_id.recouv_needs_quote)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestOverrunMoved(TransferCommon):
    """Made doubtful, brought back: it is the same invoice without a quote."""

    def claim(self):
        self.company.recouv_policy_id = self.make_policy(steps=HANDOVER)
        move = self.make_invoice(
            amount=100.0, due=date(2026, 5, 1), recouv_overrun_amount=60.0
        )
        self.prove(self.propose(date(2026, 5, 15)), date(2026, 5, 15))
        return self.claims_of(move)

    def test_a_doubtful_claim_is_as_fragile_as_it_was(self):
        claim = self.claim()
        self.transfer(claim.move_id, "doubtful", partner=self.patient)
        self.assertNotEqual(claim.move_line_id.move_id, claim.move_id)
        self.assertEqual((claim.amount_fragile, claim.is_fragile), (60, True))
        run = self.propose()
        self.assertIn("unsigned_overrun", run.skip_ids.mapped("code"))
        self.assertFalse(run.notice_ids.filtered(lambda n: n.channel == "handover"))

    def test_of_an_item_brought_back_too(self):
        claim = self.claim()
        made = self.transfer(claim.move_id, "doubtful", partner=self.patient)
        made.action_reverse("by mistake")
        self.assertEqual((claim.amount_fragile, claim.is_fragile), (60, True))

    def test_a_payers_part_is_not(self):
        claim = self.claim()
        share = self.transfer(claim.move_id, amount=100)
        self.assertFalse(self.claims_of(share.target_line_id.move_id).is_fragile)
