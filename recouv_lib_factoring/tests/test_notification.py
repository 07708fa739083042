from datetime import date, datetime, timedelta

from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .bought_common import IBAN, LATER, OTHER_IBAN, BoughtCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestNotification(BoughtCommon):
    """The debtor is told of the assignment before anything else (C. civ. 1324)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls.old_invoice()
        cls.line = cls.sold(cls.invoice)
        cls.purchase = cls.line.purchase_id
        cls.claim = cls.purchase.claim_id

    def letter(self):
        notice = self.buyer_run().notice_ids
        self.assertEqual(notice.state, "printed", notice.failure_message)
        return notice

    def failure(self):
        notice = self.buyer_run().notice_ids
        self.assertEqual(notice.state, "failed")
        return notice.failure_message

    # --- contents -------------------------------------------------------------------

    def test_the_first_letter_notifies_with_every_content(self):
        text = self.text(self.letter())
        for content in (
            "By deed of",
            self.creditor_there.name,
            "1 rue de la Paix, 35000 Rennes",
            self.agency.name,
            "5 quai de Seine, 75010 Paris",
            self.invoice.name,
            "120.00",
            "article 1324 of the Civil Code",
            "only a payment to",
            "You keep the defences",
            "costs you nothing",
            "nothing more is asked of you until you have been answered",
            "legitimate interest",
            "CNIL",
            "No collection costs are claimed from you",
        ):
            with self.subTest(content):
                self.assertIn(content, text)
        compact = text.replace(" ", "")
        self.assertIn(IBAN, compact)
        self.assertIn(self.claim.notice_line_ids.notice_id.payment_reference, compact)

    def test_it_is_registered_and_made_by_the_buyer_for_itself(self):
        notice = self.letter()
        self.assertEqual(notice.channel, "registered_letter")
        self.assertEqual(notice.capacity, "assignee")
        self.assertEqual(notice.company_id, self.agency)
        self.assertIn("to be paid no later than", self.text(notice))

    def test_it_tells_nothing_of_care_nor_of_the_practice_s_bank(self):
        text = self.text(self.letter())
        self.assertNotIn("Fees", text)
        self.assertNotIn(OTHER_IBAN, text.replace(" ", ""))

    def test_two_deeds_are_both_named(self):
        with freeze_time(TODAY - timedelta(days=1)):
            other = self.sold(self.old_invoice(30.0)).purchase_id
        self.env.flush_all()
        other.claim_id.partner_id = self.purchase.partner_id
        self.env.cr.execute(
            "UPDATE account_move_line SET partner_id = %s WHERE id = %s",
            [self.purchase.partner_id.id, other.item_id.id],
        )
        self.env.invalidate_all()
        notice = self.letter()
        self.assertEqual(notice.line_ids.claim_id, self.claim | other.claim_id)
        self.assertIn("By deeds of", self.text(notice))

    def test_what_is_not_due_yet_is_notified_and_asked_for_its_date(self):
        self.terms(buyer_status="credit_institution")
        due = TODAY + timedelta(days=60)
        line = self.sold(self.make_invoice(due=due, invoice_date=TODAY))
        notice = self.buyer_run().notice_ids.filtered(
            lambda n: n.partner_id == line.purchase_id.partner_id
        )
        self.assertEqual(notice._printed_deadline(), due)
        self.assertEqual(notice.state, "printed")

    # --- a content that is missing ----------------------------------------------------

    def test_without_the_assignor_s_address_it_is_not_rendered(self):
        self.creditor_there.city = False
        self.assertIn("address of the assignor", self.failure())

    def test_without_the_day_of_the_deed_it_is_not_rendered(self):
        self.line.assignment_id.signed_on = False
        self.purchase.bought_on = False
        self.assertIn("date of the deed", self.failure())

    def test_signed_after_midnight_it_bears_the_day_of_the_place(self):
        # 00:30 on the 16th in Paris
        self.line.assignment_id.signed_on = datetime(2026, 6, 15, 22, 30)
        self.assertEqual(self.purchase._deed_day(), date(2026, 6, 16))

    def test_without_a_contact_it_is_not_rendered(self):
        self.agency.write({"phone": False, "email": False})
        run = self.buyer_run(execute=False)
        self.assertFalse(run.notice_ids)
        self.assertEqual(run.skip_ids.code, "missing_data")

    def test_without_the_date_of_the_invoice_it_is_not_rendered(self):
        self.purchase.invoice_date = False
        self.claim.invoice_date = False
        self.assertIn("date of the invoice", self.failure())

    def test_without_an_account_of_its_own_the_buyer_writes_nothing(self):
        self.agency.recouv_assignee_bank_id = False
        self.agency.recouv_bank_id = False
        with self.assertRaisesRegex(UserError, "bought receivables are paid"):
            self.buyer_run()

    def test_the_dedicated_account_takes_no_money_of_the_buyer_s_own(self):
        account = self.agency.recouv_assignee_bank_id
        journal = self.agency.sudo().recouv_dedicated_journal_id
        journal.sudo().bank_account_id = account
        self.agency.recouv_assignee_bank_id = False
        self.agency.recouv_bank_id = account
        self.assertFalse(self.agency._recouv_assignee_bank())
        with self.assertRaisesRegex(ValidationError, "dedicated account"):
            self.agency.recouv_assignee_bank_id = account

    # --- proof ------------------------------------------------------------------------

    def test_the_practice_knows_the_day_its_debtor_was_notified(self):
        notice = self.letter()
        self.assertFalse(self.line.notified_on)
        notice.tracking_ref = "1A00915820380"
        notice._mark_posted(TODAY)
        self.assertEqual(self.purchase.notice_sent_on, TODAY)
        self.assertFalse(self.line.notified_on)
        notice._record_presentation(TODAY)
        self.assertEqual(self.line.notified_on, TODAY)
        self.assertEqual(self.purchase.notice_id, notice.sudo())

    def test_a_letter_that_comes_back_notified_nobody(self):
        self.notified()
        self.assertEqual(self.line.notified_on, TODAY)
        self.purchase.notice_id.with_user(self.agent)._return_mail()
        self.assertFalse(self.line.notified_on)
        self.assertFalse(self.purchase.notice_sent_on)

    def test_a_plain_letter_counts_from_its_posting(self):
        self.claim.policy_id.step_ids[0].channel = "letter"
        self.claim._refresh_ladder()
        notice = self.letter()
        self.assertEqual(notice.channel, "letter")
        notice._mark_posted(TODAY)
        self.assertEqual(self.line.notified_on, TODAY)

    # --- what comes after -------------------------------------------------------------

    def test_nothing_leaves_before_the_notification_is_proven(self):
        self.letter()
        day = TODAY + timedelta(days=60)
        with freeze_time(day):
            run = self.buyer_run(day, execute=False)
        self.assertFalse(run.notice_ids)

    def test_a_first_step_that_is_no_letter_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "1324"):
            self.claim.policy_id.step_ids[0].channel = "sms"

    def test_a_call_planned_first_is_blocked(self):
        sms = self.claim.policy_id.step_ids[1]
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE recouv_claim SET next_step_id = %s, next_channel = 'sms'
                WHERE id = %s""",
            [sms.id, self.claim.id],
        )
        self.env.invalidate_all()
        code = self.claim.with_user(self.agent)._explain()[0]["code"]
        self.assertEqual(code, "not_notified")

    def test_later_contacts_recall_it_and_name_the_buyer_s_account(self):
        first = self.notified()
        day = TODAY + LATER
        with freeze_time(f"{day} 09:00:00"):
            run = self.buyer_run(day, execute=False)
            sms = run.notice_ids
            self.assertEqual(sms.channel, "sms")
            template = sms.step_id.sms_template_id
            parts = sms._render_template(sms.step_id, template, "en_US", ["body"])
        said = parts[sms.id]["body"]
        self.assertIn(sms.text_first_letter, said)
        self.assertIn(IBAN, said.replace(" ", ""))
        self.assertNotEqual(first, sms)

    def test_a_text_that_forgets_the_account_has_it_added(self):
        self.notified()
        day = TODAY + LATER
        with freeze_time(f"{day} 09:00:00"):
            sms = self.buyer_run(day, execute=False).notice_ids
            template = sms.step_id.sms_template_id.sudo()
            template.body = "Please pay {{ object.text_amount }}."
            parts = sms._render_template(sms.step_id, template, "en_US", ["body"])
        self.assertIn(IBAN, parts[sms.id]["body"].replace(" ", ""))

    def test_a_later_letter_recalls_the_assignment(self):
        self.notified()
        policy = self.claim.policy_id
        self.claim.sudo().next_step_id = False
        policy.step_ids.sorted()[1:3].unlink()
        self.claim._refresh_ladder()
        day = TODAY + timedelta(days=45)
        with freeze_time(day):
            letter = self.buyer_run(day).notice_ids
            text = self.text(letter)
        self.assertIn("you were told that", text)
        self.assertIn(IBAN, text.replace(" ", ""))
        self.assertNotIn("By deed of", text)

    def test_the_buyer_s_button_prepares_the_letters(self):
        action = self.purchase.with_user(self.agent).action_notify()
        notices = self.env["recouv.notice"].sudo().search(action["domain"])
        self.assertEqual(notices.line_ids.claim_id, self.claim)
        self.assertEqual(notices.mapped("state"), ["proposed"])

    def test_nobody_is_notified_of_what_is_not_bought(self):
        self.purchase._record({"state": "given_back"})
        with self.assertRaisesRegex(UserError, "nobody to notify"):
            self.purchase.with_user(self.agent).action_notify()

    def test_the_practice_s_line_asks_the_buyer_to_notify(self):
        self.line.with_user(self.practitioner)._notify()
        self.assertEqual(self.claim.notice_line_ids.notice_id.state, "proposed")
