import base64
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .after_sale_common import AfterSaleCommon
from .factoring_common import PDF

HTML = b"<html><script>alert(1)</script></html>"
PICTURE = b"\x89PNG\r\n\x1a\n rest"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRepurchase(AfterSaleCommon):
    """One company asks with its document, the other accepts or contests (D03)."""

    def entries(self):
        self.env.flush_all()
        return self.books["account.move"].search_count([])

    def agree(self, asked, user=None):
        with self.no_deed():
            return asked.with_user(user or self.agency_manager).action_accept()

    # --- who asks, who answers --------------------------------------------------------

    def test_nothing_is_booked_before_the_buyer_agrees(self):
        before = self.entries()
        asked = self.ask_back(self.line)
        self.assertEqual(asked.state, "asked")
        self.assertEqual(self.entries(), before)
        self.line.invalidate_recordset()
        self.assertEqual(self.line.state, "transferred")
        self.assertTrue(self.line.is_back_asked and self.purchase.is_back_asked)
        self.assertFalse(self.line.return_ids)
        self.agree(asked)
        self.assertEqual(asked.state, "accepted")
        self.assertEqual(self.line.state, "bought_back")
        self.assertEqual(self.line.return_ids.repurchase_id, asked.sudo())
        self.assertBalanced(self.company, self.agency)

    def test_nobody_answers_for_the_other_party(self):
        asked = self.ask_back(self.line)
        for user in (self.practitioner, self.secretary, self.agent, self.neighbour()):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    self.agree(asked, user)
                with self.assertRaises(AccessError):
                    asked.with_user(user)._contest("No.")
        self.assertEqual(asked.state, "asked")
        self.assertEqual(self.line.state, "transferred")

    def neighbour(self):
        """A manager of a practice next door."""
        other = self.env["res.company"].sudo().create({"name": "Next door"})
        return self.make_user("next_door", other, "recouv_lib.group_manager")

    def test_the_buyer_asks_and_the_practice_accepts(self):
        asked = self.ask_back(self.purchase, "nonexistent")
        self.assertEqual((asked.asked_by, asked.state), ("agency", "asked"))
        self.assertEqual(self.line.state, "transferred")
        with self.assertRaises(AccessError):
            self.agree(asked, self.agency_manager)
        self.agree(asked, self.practitioner)
        self.assertEqual(self.line.state, "bought_back")
        owed = self.line.return_ids
        self.assertEqual((owed.reason, owed.amount), ("nonexistent", 100))
        self.assertBooks(self.agency, {"recouv_acquired_account_id": 0})

    def test_an_agent_of_the_buyer_asks_for_nothing(self):
        with self.assertRaises(AccessError):
            self.ask_back(self.purchase, user=self.agent)

    def test_who_belongs_to_both_decides_for_neither(self):
        asked = self.ask_back(self.line)
        both = self.make_user("both", self.agency, "recouv_lib.group_manager")
        # past the constraint that keeps a user from belonging to both
        self.env.cr.execute(
            "INSERT INTO res_company_users_rel (cid, user_id) VALUES (%s, %s)",
            [self.company.id, both.id],
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "both parties"):
            self.agree(asked, both)

    # --- contesting -------------------------------------------------------------------

    def test_contested_it_stays_and_who_asked_reads_why(self):
        asked = self.ask_back(self.line)
        before = self.entries()
        asked.with_user(self.agency_manager)._contest("The debtor never told us.")
        self.assertEqual(self.entries(), before)
        self.assertEqual(self.line.state, "transferred")
        own = asked.with_user(self.practitioner)
        self.assertEqual(own.state, "contested")
        self.assertEqual(own.answer_reason, "The debtor never told us.")
        with self.assertRaisesRegex(UserError, "decided already"):
            self.agree(asked)
        self.assertEqual(self.ask_back(self.line).state, "asked", "with other evidence")

    def test_contesting_needs_its_reason(self):
        asked = self.ask_back(self.line)
        with self.assertRaisesRegex(UserError, "why"):
            asked.with_user(self.agency_manager)._contest("  ")

    def test_who_asked_withdraws_it_and_the_other_does_not(self):
        asked = self.ask_back(self.line)
        with self.assertRaises(AccessError):
            asked.with_user(self.agency_manager).action_withdraw()
        asked.action_withdraw()
        self.assertEqual(asked.state, "withdrawn")
        with self.assertRaisesRegex(UserError, "decided already"):
            self.agree(asked)

    # --- what is asked ----------------------------------------------------------------

    def test_it_is_asked_once(self):
        self.ask_back(self.line)
        for sold in (self.line, self.purchase):
            with self.assertRaisesRegex(UserError, "asked already"):
                self.ask_back(sold)

    def test_the_evidence_is_a_pdf_or_a_picture(self):
        for content in (HTML, b"words", b""):
            with self.subTest(content), self.assertRaisesRegex(UserError, "attach"):
                self.ask_back(self.line, content=content)
        asked = self.ask_back(self.line, content=PICTURE)
        read = asked.with_user(self.agency_manager).file
        self.assertEqual(base64.b64decode(read), PICTURE)

    def test_a_sum_that_changed_is_looked_at_first(self):
        asked = self.ask_back(self.line)
        self.pay_buyer(60.0)
        before = self.entries()
        told = self.agree(asked)
        self.assertEqual(told["tag"], "display_notification")
        self.assertEqual((asked.state, asked.amount), ("asked", 40))
        self.assertEqual(self.entries(), before)
        self.agree(asked)
        self.assertEqual((asked.state, self.line.return_ids.amount), ("accepted", 40))

    def test_paid_meanwhile_there_is_nothing_to_accept(self):
        asked = self.ask_back(self.line)
        self.pay_buyer()
        with self.assertRaisesRegex(UserError, "nothing is owed"):
            self.agree(asked)

    def test_locked_books_of_either_side_are_named_and_nothing_is_booked(self):
        for company in (self.company, self.agency):
            asked = self.ask_back(self.line)
            company.sudo().fiscalyear_lock_date = TODAY
            before = self.entries()
            with self.subTest(company.name):
                with self.assertRaisesRegex(UserError, "locked"):
                    with self.env.cr.savepoint():
                        self.agree(asked)
                self.env.invalidate_all()
                self.assertEqual(self.entries(), before)
                self.assertEqual(asked.state, "asked")
            company.sudo().fiscalyear_lock_date = False
            asked.action_withdraw()

    # --- agreed beforehand ------------------------------------------------------------

    def test_a_ground_agreed_beforehand_needs_no_other_word(self):
        self.terms(agrees_disputed=True)
        asked = self.ask_back(self.line, "already_paid")
        self.assertEqual(asked.state, "asked")
        asked.action_withdraw()
        asked = self.ask_back(self.line, "disputed")
        self.assertEqual(asked.state, "accepted")
        self.assertTrue(asked.is_agreed_before)
        self.assertEqual(self.line.state, "bought_back")
        block = asked.sudo()._deed_signatures()[0]
        self.assertIn(self.contract.name, block["signatory"])
        self.assertTrue(block["is_plain"])

    def test_the_contract_says_what_is_agreed_beforehand(self):
        self.terms(agrees_disputed=True)
        said = " ".join(self.contract.sudo()._recourse_texts())
        self.assertIn("on these grounds: The debtor disputes it.", said)
        self.assertNotIn("It had been paid", said)

    def test_a_signed_contract_agrees_to_no_other_ground(self):
        self.assertEqual(self.contract.state, "signed")
        with self.assertRaises(UserError):
            self.contract.with_user(self.practitioner).agrees_disputed = True

    # --- who reads it -----------------------------------------------------------------

    def test_each_party_has_it_in_its_day(self):
        asked = self.ask_back(self.line)
        self.assertEqual(self.day(self.agency_manager), {"repurchases": 1})
        self.assertEqual(self.day(self.practitioner), {})
        asked.with_user(self.agency_manager)._contest("We see no dispute.")
        self.assertEqual(self.day(self.agency_manager), {})
        self.assertEqual(self.day(self.practitioner), {"repurchases_contested": 1})
        with freeze_time(TODAY + timedelta(days=8)):
            self.assertEqual(self.day(self.practitioner), {})

    def day(self, user):
        self.env.flush_all()
        day = self.env["recouv.day"].with_user(user).read_day()
        return {
            section["code"]: section["count"]
            for section in day["sections"]
            if section["code"].startswith("repurchases") and section["count"]
        }

    def test_a_company_next_door_reads_nothing_of_it(self):
        asked = self.ask_back(self.line)
        other = self.neighbour()
        self.assertFalse(self.env["recouv.repurchase"].with_user(other).search([]))
        with self.assertRaises(AccessError):
            asked.with_user(other).read(["reason"])

    def test_it_is_written_by_its_acts_alone(self):
        asked = self.ask_back(self.line)
        for user in (self.practitioner, self.agency_manager):
            with self.assertRaises(UserError):
                asked.with_user(user).write({"state": "accepted"})
            with self.assertRaises(UserError):
                asked.with_user(user).copy()
            with self.assertRaises(UserError):
                asked.with_user(user).unlink()

    def test_the_screens_load_for_the_lowest_rights(self):
        for user in (self.secretary, self.agent):
            for view in ("list", "form", "search"):
                repurchases = self.env["recouv.repurchase"].with_user(user)
                repurchases.get_views([(False, view)])

    def test_purged_it_says_nothing_of_people(self):
        asked = self.ask_back(self.line)
        asked.with_user(self.agency_manager)._contest("Words on a person")
        self.env["recouv.repurchase"].sudo()._erase_of("line_id", self.line)
        self.assertFalse(asked.debtor or asked.file or asked.answer_reason)
        self.assertEqual((asked.reason, asked.amount), ("disputed", 100))

    # --- the deed ---------------------------------------------------------------------

    def test_its_deed_says_who_what_why_and_for_how_much(self):
        self.sale._pay_price()
        self.buy_back("care_not_performed")
        asked = self.line.return_ids.repurchase_id
        text = asked.text
        said = " ".join(text["terms"])
        for words in (
            self.sale.name,
            self.contract.name,
            "The care was not given",
            "courrier.pdf",
            "100.00",
            "6.00",
            "94.00",
            self.line.return_ids.name,
            "1323",
            "1324",
        ):
            with self.subTest(words):
                self.assertIn(words, said)
        names = [party["name"] for party in text["parties"]]
        self.assertEqual(names, [self.agency.name, self.company.name])
        (row,) = text["lines"]
        self.assertEqual(row["reference"], self.move.name)
        self.assertEqual(asked.digest, self.sale._deed_digest(text))

    def test_its_deed_is_a_pdf_that_both_read_and_nobody_else(self):
        asked = self.ask_back(self.line)
        asked.with_user(self.agency_manager).action_accept()
        for user in (self.secretary, self.agent):
            own = asked.with_user(user)
            self.assertEqual(base64.b64decode(own.deed)[:5], b"%PDF-")
            self.assertIn("/deed/", own.action_print_deed()["url"])
        with self.assertRaises(AccessError):
            asked.with_user(self.neighbour()).action_print_deed()

    def test_both_signatures_are_in_it(self):
        self.buy_back()
        asked = self.line.return_ids.repurchase_id
        there, here = asked._deed_signatures()
        self.assertEqual(there["signatory"], self.agency_manager.name)
        self.assertEqual(here["signatory"], self.practitioner.name)
        self.assertTrue(there["when"] and here["when"] and there["digest"])

    def test_the_practice_keeps_the_evidence(self):
        self.assertEqual(self.buy_back().document_id.raw, PDF)
