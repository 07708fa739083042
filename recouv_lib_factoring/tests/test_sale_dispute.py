from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .bought_common import BoughtCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSaleDispute(BoughtCommon):
    """A debtor who disputes at the buyer: the practice is told, and answers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls.sold(cls.old_invoice())
        cls.claim = cls.line.purchase_id.claim_id

    def to_answer(self):
        self.env.flush_all()
        self.line.invalidate_recordset()
        day = self.env["recouv.day"].with_user(self.secretary).read_day()
        return {s["code"]: s["count"] for s in day["sections"]}.get("sold_disputes", 0)

    def test_the_practice_is_told_the_day_and_the_kind_and_no_word(self):
        self.dispute(self.line, "price")
        line = self.fresh(self.line)
        self.assertEqual(line.standing, "disputed")
        self.assertEqual((line.disputed_on, line.dispute_kind), (TODAY, "price"))
        self.assertEqual(self.to_answer(), 1)
        self.assertNotIn("Said on the phone", str(line.read()))

    def test_a_dispute_of_the_whole_person_tells_it_too(self):
        self.env["recouv.hold"].with_user(self.agent).create(
            {
                "company_id": self.agency.id,
                "partner_id": self.claim.partner_id.id,
                "reason": "dispute",
            }
        )
        self.assertEqual(self.to_answer(), 1)

    def test_another_suspension_tells_nothing(self):
        self.claim.with_user(self.agent)._hold("hospitalised")
        self.assertFalse(self.line.disputed_on)
        self.assertEqual(self.to_answer(), 0)

    def test_it_is_owed_in_one_click(self):
        self.dispute(self.line)
        self.line.with_user(self.secretary).action_dispute_maintain()
        self.assertEqual(self.line.dispute_answer, "maintained")
        purchase = self.line.purchase_id
        self.assertEqual(purchase.dispute_answer, "maintained")
        self.assertEqual(self.to_answer(), 0)
        self.assertIn(
            "The practice maintains its invoice",
            self.claim.activity_ids.mapped("summary"),
        )

    def test_the_agent_reads_the_answer_on_the_claim(self):
        self.dispute(self.line)
        self.line.with_user(self.secretary).action_dispute_maintain()
        claim = self.claim.with_user(self.agent)
        claim.invalidate_recordset()
        self.assertEqual(claim.dispute_answer, "maintained")

    def test_it_is_taken_back_in_one_click_of_a_manager(self):
        self.dispute(self.line)
        with self.assertRaises(AccessError):
            self.line.with_user(self.secretary).action_dispute_take_back()
        self.line.with_user(self.practitioner).action_dispute_take_back()
        self.assertEqual(self.line.state, "transferred")
        self.assertEqual(self.to_answer(), 0, "it is the buyer's turn")
        with self.assertRaisesRegex(UserError, "asked already"):
            self.line.with_user(self.secretary).action_dispute_maintain()
        asked = self.env["recouv.repurchase"].with_user(self.agency_manager).search([])
        with self.no_deed():
            asked.action_accept()
        self.assertEqual(self.line.state, "bought_back")
        owed = self.line.return_ids
        self.assertEqual(owed.reason, "disputed")
        self.assertEqual(owed.document_id.raw[:5], b"%PDF-")
        self.assertEqual(self.line.purchase_id.dispute_answer, "taken_back")
        self.assertFalse(self.buyer_run(execute=False).notice_ids)

    def test_the_buyer_that_contests_lets_it_wait_for_the_practice_again(self):
        self.dispute(self.line)
        self.line.with_user(self.practitioner).action_dispute_take_back()
        asked = self.env["recouv.repurchase"].with_user(self.agency_manager).search([])
        asked._contest("The debtor has told us to be wrong.")
        self.assertEqual(self.to_answer(), 1)
        self.assertFalse(self.line.dispute_answer)

    def test_a_practice_that_contests_maintains_its_invoice(self):
        self.dispute(self.line)
        purchase = self.line.purchase_id
        asked = self.ask_back(purchase)
        asked.with_user(self.practitioner)._contest("The sum was agreed upon.")
        self.assertEqual(self.line.dispute_answer, "maintained")
        self.assertEqual(purchase.dispute_answer, "maintained")

    def test_what_is_not_disputed_waits_for_no_answer(self):
        with self.assertRaisesRegex(UserError, "waits for no answer"):
            self.line.with_user(self.secretary).action_dispute_maintain()

    def test_an_answer_is_given_once(self):
        self.dispute(self.line)
        self.line.with_user(self.secretary).action_dispute_maintain()
        with self.assertRaisesRegex(UserError, "waits for no answer"):
            self.line.with_user(self.practitioner).action_dispute_take_back()

    def test_a_new_dispute_asks_anew(self):
        hold = self.dispute(self.line)
        self.line.with_user(self.secretary).action_dispute_maintain()
        hold.action_lift()
        self.assertEqual(self.fresh(self.line).standing, "open")
        self.dispute(self.line, "insurance")
        self.assertEqual(self.to_answer(), 1)
        self.assertFalse(self.line.purchase_id.dispute_answer)

    def test_a_second_word_of_the_same_dispute_asks_nothing(self):
        self.dispute(self.line)
        self.line.with_user(self.secretary).action_dispute_maintain()
        self.dispute(self.line)
        self.assertEqual(self.line.dispute_answer, "maintained")

    def test_said_at_the_practice_it_suspends_at_the_buyer(self):
        self.line.with_user(self.secretary).action_report_dispute()
        self.claim.invalidate_recordset()
        self.assertEqual(self.claim.suspension, "dispute")
        self.assertEqual(self.claim.with_user(self.agent)._explain()[0]["code"], "hold")

    def test_the_agency_may_not_answer_for_the_practice(self):
        self.dispute(self.line)
        with self.assertRaises(AccessError):
            self.line.with_user(self.agency_manager).action_dispute_maintain()
        with self.assertRaises(AccessError):
            self.line.with_user(self.agency_manager).action_report_dispute()
