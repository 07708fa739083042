from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .bought_common import IBAN, OTHER_IBAN, BoughtCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRepurchaseDebtor(BoughtCommon):
    """Who was told of the sale is told that it came back, before anything is asked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls.old_invoice()
        cls.line = cls.sold(cls.invoice)

    def back(self, reason="disputed"):
        """Notified, then bought back; return the practice's record, its claim free."""
        self.notified()
        owed = self.take_back(self.line, reason)
        owed.transfer_id.target_claim_id._active_holds().action_lift()
        self.env.flush_all()
        self.env.invalidate_all()
        return owed.with_user(self.secretary)

    def codes(self, owed):
        claim = owed.sudo().transfer_id.target_claim_id.with_user(self.secretary)
        self.env.flush_all()
        self.env.invalidate_all()
        return [reason["code"] for reason in claim._explain()]

    def letter(self, owed):
        recipient = owed.partner_id._recouv_letter_recipient()
        return owed._debtor_letter_html(recipient)

    def test_a_notified_debtor_is_asked_for_nothing_before_he_is_told(self):
        owed = self.back()
        self.assertTrue(owed.is_debtor_to_tell)
        self.assertIn("debtor_to_tell", self.codes(owed))
        with self.assertRaisesRegex(UserError, "print the letter"):
            owed.action_debtor_told()
        owed.action_print_debtor_letter()
        self.assertEqual(owed.debtor_letter_id.raw[:5], b"%PDF-")
        self.assertIn("debtor_to_tell", self.codes(owed))
        owed.action_debtor_told()
        self.assertEqual(owed.debtor_told_on, TODAY)
        self.assertNotIn("debtor_to_tell", self.codes(owed))

    def test_not_posted_after_all_he_is_still_to_be_told(self):
        owed = self.back()
        owed.action_print_debtor_letter()
        owed.action_debtor_told()
        owed.action_debtor_not_told()
        self.assertIn("debtor_to_tell", self.codes(owed))

    def test_no_run_writes_to_him_before(self):
        owed = self.back()
        self.go_on(owed, False)
        owed.action_print_debtor_letter()
        owed.action_debtor_told()
        self.go_on(owed, True)

    def go_on(self, owed, wanted):
        self.env.flush_all()
        self.env.invalidate_all()
        run = self.env["recouv.run"].with_user(self.secretary).create(
            {"company_id": self.company.id, "date": TODAY}
        )  # fmt: skip
        run.action_propose()
        claim = owed.sudo().transfer_id.target_claim_id
        proposed = run.notice_ids.line_ids.claim_id
        self.assertEqual(claim in proposed, wanted, run.skip_ids.mapped("code"))
        run.notice_ids.sudo().unlink() if not wanted else None

    def test_a_debtor_who_was_never_notified_needs_no_letter(self):
        owed = self.take_back(self.line).with_user(self.secretary)
        self.assertFalse(owed.is_debtor_to_tell)
        self.assertNotIn("debtor_to_tell", self.codes(owed))
        with self.assertRaisesRegex(UserError, "No debtor"):
            owed.action_print_debtor_letter()

    def test_a_letter_of_the_buyer_on_its_way_counts(self):
        self.line.purchase_id._record({"notice_sent_on": TODAY})
        self.assertTrue(self.take_back(self.line).is_debtor_to_tell)

    def test_paid_since_he_needs_no_letter(self):
        owed = self.back()
        item = owed.sudo().transfer_id.target_line_id
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move.line", active_ids=item.ids
        )
        wizard.create({"payment_date": TODAY})._create_payments()
        owed.invalidate_recordset()
        self.assertFalse(owed.is_debtor_to_tell)

    def test_the_letter_says_whom_to_pay_and_what_he_keeps(self):
        html = self.letter(self.back())
        for words in (
            "By deed of",
            self.agency.name,
            "5 quai de Seine, 75010 Paris",
            self.company.name,
            self.invoice.name,
            "120.00",
            "article 1324 of the Civil Code",
            "only a payment to",
            "before is taken into account",
            "You keep the defences",
            "nothing is asked of you until you have been answered",
            "costs you nothing",
        ):
            with self.subTest(words):
                self.assertIn(words, html)
        compact = html.replace(" ", "").replace("\N{NO-BREAK SPACE}", "")
        self.assertIn(OTHER_IBAN, compact)
        self.assertNotIn(IBAN, compact)
        self.assertNotIn("Fees", html)

    def test_the_ground_is_not_told_to_whoever_opens_the_letter(self):
        html = self.letter(self.back("care_not_performed"))
        self.assertNotIn("care", html.lower().replace("careful", ""))
        self.assertIn("We are looking into this invoice", html)

    def test_what_is_missing_in_it_is_named(self):
        owed = self.back()
        self.company.sudo().recouv_bank_id = False
        with self.assertRaisesRegex(UserError, "IBAN"):
            owed.action_print_debtor_letter()
        self.patient.city = False
        with self.assertRaisesRegex(UserError, "postal address"):
            owed.action_print_debtor_letter()

    def test_the_day_of_the_practice_asks_for_it(self):
        owed = self.back()
        self.assertEqual(self.to_tell(), 1)
        owed.action_print_debtor_letter()
        owed.action_debtor_told()
        self.assertEqual(self.to_tell(), 0)

    def to_tell(self):
        self.env.flush_all()
        day = self.env["recouv.day"].with_user(self.secretary).read_day()
        counts = {one["code"]: one["count"] for one in day["sections"]}
        return counts.get("debtors_to_tell", 0)

    def test_it_is_not_handed_over_before_either(self):
        owed = self.back()
        claim = owed.sudo().transfer_id.target_claim_id
        (verdict,) = claim._placement_verdicts(self.agency).values()
        self.assertEqual(verdict.code, "debtor_to_tell")

    # --- meanwhile ------------------------------------------------------------------

    def test_while_it_is_asked_the_buyer_asks_nothing_of_the_debtor(self):
        asked = self.ask_back(self.line)
        claim = self.line.purchase_id.claim_id.with_user(self.agent)
        self.assertEqual(claim._explain()[0]["code"], "repurchase_asked")
        self.assertFalse(self.buyer_run(execute=False).notice_ids)
        asked.with_user(self.agency_manager)._contest("Nothing was said to us.")
        codes = [reason["code"] for reason in claim._explain()]
        self.assertNotIn("repurchase_asked", codes)
