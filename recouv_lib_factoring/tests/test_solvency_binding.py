from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time as freeze_at

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .offer_common import OfferCommon
from .test_solvency_http import BureauMixin, told

BEFORE = TODAY - timedelta(days=60)
CARE = TODAY - timedelta(days=40)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestWhatBindsTheBuyer(OfferCommon):
    """A check binds the buyer by its own provider's word, and by nobody else's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_terms(needs_check=True)
        cls.debtor = cls.patient.with_user(cls.secretary).with_company(cls.company)

    def checked(self, result, asked_on=BEFORE, dated=None):
        """The secretary asks on a day, and enters what she was told."""
        with freeze_at(asked_on):
            checks = self.env["recouv.solvency.check"].with_user(self.secretary)
            check = checks.with_company(self.company)._ask(self.debtor)
            # the clock of the database does not follow
            self.env.cr.execute(
                "UPDATE recouv_solvency_check SET create_date = %s WHERE id = %s",
                (asked_on, check.id),
            )
            check.invalidate_recordset()
            dialog = self.env["recouv.solvency.answer"].with_user(self.secretary)
            dialog.create(
                {"check_ids": check.ids, "result": result, "date": dated or asked_on}
            ).action_record()
        return check

    def offered(self):
        move = self.make_invoice()
        move.recouv_care_end_date = CARE
        return self.offers_of(self.offer(move))

    def test_what_the_practice_enters_binds_nobody(self):
        self.checked("clear")
        offer = self.offered()
        self.assertEqual((offer.solvency_result, offer.proposal), ("clear", "accept"))
        self.assertFalse(offer.is_bound)
        self.assertEqual((offer.solvency_source, offer.code), ("hand", "check_by_hand"))
        self.assertIn("binds nobody", offer.reason)
        offer._refuse("We know better")

    def test_what_the_practice_enters_buys_nothing_by_itself(self):
        self.set_terms(is_automatic=True)
        self.checked("clear")
        offer = self.offered()
        self.env["recouv.assignment"]._cron_sell()
        self.assertEqual(offer.state, "to_decide")
        self.assertIn("looked at by a person", self.words())
        offer.action_accept_proposed()
        self.assertEqual(offer.state, "accepted")

    def test_by_a_term_of_the_contract_it_is_bought_by_itself(self):
        self.set_terms(is_automatic=True, hand_checks_bind=True)
        self.checked("clear")
        offer = self.offered()
        self.assertEqual((offer.state, offer.solvency_source), ("accepted", "hand"))
        self.assertNotIn("looked at by a person", self.words())

    def test_an_answer_entered_again_is_looked_at_before_the_deed(self):
        first = self.checked("clear")
        offer = self.offered()
        offer.action_accept()
        with freeze_at(first.valid_until + timedelta(days=1)):
            day = first.valid_until + timedelta(days=1)
            self.checked("clear", asked_on=day)
            self.assertFalse(self.sign(offer._lines().assignment_id))
        self.assertEqual((offer.state, offer.code), ("to_decide", "check_by_hand"))

    # --- an old answer that does not bind ---------------------------------------------

    def test_a_later_negative_answer_is_not_hidden_by_one_after_the_treatment(self):
        self.set_terms(hand_checks_bind=True)
        after = CARE + timedelta(days=4)
        self.checked("clear", asked_on=after)
        later = self.checked("negative", asked_on=CARE + timedelta(days=20))
        offer = self.offered()
        self.assertEqual(
            (offer.solvency_result, offer.proposal), ("negative", "refuse")
        )
        self.assertEqual(offer.solvency_until, later.valid_until)
        offer._refuse("Insolvency proceedings")

    def test_it_still_binds_for_what_was_treated_after_it(self):
        self.set_terms(hand_checks_bind=True)
        first = self.checked("clear", asked_on=CARE - timedelta(days=4))
        self.checked("negative", asked_on=CARE + timedelta(days=20))
        offer = self.offered()
        self.assertEqual((offer.solvency_result, offer.is_bound), ("clear", True))
        self.assertEqual(offer.solvency_until, first.valid_until)

    def test_by_a_term_of_the_contract_it_does(self):
        self.set_terms(hand_checks_bind=True)
        self.checked("clear")
        offer = self.offered()
        self.assertTrue(offer.is_bound)
        with self.assertRaisesRegex(UserError, "binds you"):
            offer._refuse("No")

    def test_a_check_dated_back_binds_from_the_day_it_was_asked(self):
        self.set_terms(hand_checks_bind=True)
        self.checked("clear", asked_on=TODAY - timedelta(days=1), dated=BEFORE)
        self.assertFalse(self.offered().is_bound)

    def test_the_contract_says_which(self):
        self.assertIn("own provider", self.words())
        self.set_terms(hand_checks_bind=True)
        self.assertIn("practice enters", self.words())

    def words(self):
        return " ".join(map(str, self.contract.sudo()._offer_texts()))

    # --- a negative answer that the practice does not follow --------------------------

    def overruled(self):
        check = self.checked("negative")
        check.with_user(self.practitioner).action_overrule("A namesake")
        return check

    def test_the_buyer_reads_what_was_answered(self):
        self.overruled()
        self.assertEqual(self.debtor._recouv_solvency(on=TODAY)[0], "clear")
        offer = self.offered()
        self.assertEqual(offer.solvency_result, "negative")
        self.assertTrue(offer.is_contested)
        self.assertEqual((offer.proposal, offer.code), (False, "check_contested"))
        self.assertFalse(offer.is_bound)
        self.assertNotIn("namesake", offer.reason)
        offer._refuse("Insolvency proceedings")

    def test_it_is_never_bought_by_itself(self):
        self.set_terms(is_automatic=True, hand_checks_bind=True)
        self.overruled()
        self.assertEqual(self.offered().state, "to_decide")

    def test_it_does_not_outlive_a_later_answer(self):
        self.overruled()
        self.checked("negative", asked_on=TODAY - timedelta(days=10))
        self.assertEqual(self.debtor._recouv_solvency(on=TODAY)[0], "negative")

    # --- what the buyer keeps ---------------------------------------------------------

    def test_the_buyer_keeps_no_result_that_counts_no_more(self):
        check = self.checked("negative")
        offer = self.offered()
        offer._refuse("Insolvency proceedings")
        sales = self.env["recouv.assignment"]
        with freeze_at(check.valid_until):
            sales._cron_sell()
            self.assertEqual(offer.solvency_result, "negative")
        with freeze_at(check.valid_until + timedelta(days=1)):
            sales._cron_sell()
            self.assertEqual(offer.solvency_result, "none")
            self.assertFalse(offer.solvency_until)

    # --- limits -----------------------------------------------------------------------

    def test_a_refused_offer_comes_back_only_if_it_still_fits(self):
        self.set_terms(needs_check=False, limit_total=150.0)
        first = self.offers_of(self.offer(self.make_invoice(amount=100.0)))
        first._refuse("Not now")
        second = self.offer(self.make_invoice(amount=100.0))
        self.accept(second)
        with self.assertRaisesRegex(UserError, "limit of the contract"):
            first.action_reopen()
        self.assertEqual(first.state, "refused")
        self.offers_of(second).action_reopen()
        self.offers_of(second)._refuse("Nor this one")
        first.action_reopen()
        self.assertEqual(first.state, "to_decide")

    # --- asked again ------------------------------------------------------------------

    def test_a_question_without_answer_is_asked_anew_for_the_treatment(self):
        checks = self.env["recouv.solvency.check"].with_user(self.secretary)
        checks = checks.with_company(self.company)
        first = checks._ask(self.debtor, "submission")
        first._record({"attempts": 5, "next_attempt": False})
        again = checks._ask(self.debtor, "treatment")
        self.assertEqual(again, first)
        self.assertEqual((again.purpose, again.attempts), ("treatment", 0))
        self.assertFalse(again.next_attempt, "nobody is asked by the job")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTheBuyersProvider(BureauMixin, OfferCommon):
    """A real server of the buyer: it alone binds it, and is never waited for under a
    lock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_terms(needs_check=True)
        cls.provider = cls.open_bureau(cls.agency)
        cls.debtor = cls.patient.with_user(cls.secretary).with_company(cls.company)

    def setUp(self):
        super().setUp()
        self.bureau.asked.clear()

    def run_job(self):
        with patch.object(
            self.registry["ir.cron"], "_commit_progress", return_value=60
        ):
            self.env["recouv.solvency.check"].sudo()._cron_ask()

    def test_its_own_answer_before_the_treatment_binds_it(self):
        self.bureau.script = [told("clear")]
        self.debtor.action_recouv_check_solvency()
        check = self.debtor.recouv_check_ids
        self.assertEqual(check.source, "provider")
        move = self.make_invoice()
        move.recouv_care_end_date = TODAY + timedelta(days=1)
        self.env.cr.execute(
            "UPDATE recouv_solvency_check SET create_date = %s", (TODAY,)
        )
        check.invalidate_recordset()
        offer = self.offers_of(self.offer(move))
        self.assertTrue(offer.is_bound)
        self.assertEqual((offer.solvency_source, offer.code), ("buyer", False))

    def test_before_its_contract_begins_it_is_not_asked(self):
        self.set_terms(valid_from=TODAY + timedelta(days=1))
        self.debtor.action_recouv_check_solvency()
        self.assertFalse(self.bureau.asked)
        self.assertFalse(self.debtor.recouv_check_ids.sudo().provider_id)
        with freeze_time(TODAY + timedelta(days=1)):
            self.bureau.script = [told("clear")]
            self.debtor.action_recouv_check_solvency()
        self.assertTrue(self.bureau.asked)

    def test_the_practice_s_own_provider_does_not_bind_it(self):
        self.provider.sudo().company_id = self.company
        self.bureau.script = [told("clear")]
        self.debtor.action_recouv_check_solvency()
        move = self.make_invoice()
        move.recouv_care_end_date = TODAY + timedelta(days=1)
        offer = self.offers_of(self.offer(move))
        self.assertEqual(offer.solvency_result, "clear")
        self.assertFalse(offer.is_bound)
        self.assertEqual(
            (offer.solvency_source, offer.code), ("practice", "check_by_hand")
        )

    def test_the_practice_s_own_provider_hides_no_later_answer(self):
        self.provider.sudo().company_id = self.company
        self.bureau.script = [told("clear", "P-1")]
        self.debtor.action_recouv_check_solvency()
        self.bureau.script = [told("negative", "P-2")]
        self.debtor.action_recouv_check_solvency()
        self.assertEqual(self.debtor._recouv_solvency()[0], "negative")

    def test_nobody_answers_by_hand_in_its_place(self):
        self.bureau.script = [(500, b"")]
        self.debtor.action_recouv_check_solvency()
        check = self.debtor.recouv_check_ids
        dialog = self.env["recouv.solvency.answer"].with_user(self.secretary)
        with self.assertRaisesRegex(UserError, "by its provider"):
            dialog.create(
                {"check_ids": check.ids, "result": "clear", "date": TODAY}
            ).action_record()
        self.assertEqual(check.result, "unavailable")
        reason = check._record_word(check.name, "favorable", TODAY, "R1")
        self.assertIn("by its provider", reason)

    def test_an_offer_waits_for_nobody_and_follows_the_answer(self):
        self.set_terms(is_automatic=True)
        offer = self.offers_of(self.offer(self.make_invoice()))
        self.assertFalse(self.bureau.asked, "the rows of the contract are locked")
        self.assertEqual((offer.state, offer.code), ("to_decide", "check_missing"))
        self.bureau.script = [told("clear")]
        self.run_job()
        self.assertEqual((offer.state, offer.solvency_result), ("accepted", "clear"))

    def test_an_address_inside_the_server_s_network_is_not_called(self):
        self.env["ir.config_parameter"].sudo().set_param(
            "recouv_lib_factoring.provider_inside_allowed", ""
        )
        self.debtor.action_recouv_check_solvency()
        check = self.debtor.recouv_check_ids
        self.assertEqual(check.result, "unavailable")
        self.assertIn("own network", check.message)
        self.assertFalse(self.bureau.asked)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestConsentKept(OfferCommon):
    """What a patient said is not rewritten."""

    def consent(self, **values):
        consents = self.env["recouv.consent"].with_user(self.secretary)
        return consents.create(
            {
                "partner_id": self.patient.id,
                "company_id": self.company.id,
                "purpose": "assignment",
                "given_on": TODAY,
                **values,
            }
        )

    def test_a_withdrawal_is_entered_once(self):
        consent = self.consent()
        consent.withdrawn_on = TODAY
        with self.assertRaisesRegex(UserError, "make a new one"):
            consent.withdrawn_on = False

    def test_the_form_may_follow_and_nothing_else(self):
        consent = self.consent()
        consent.write({"document": b"eA==", "document_name": "form.pdf"})
        for values in (
            {"document": b"eQ=="},
            {"purpose": "collection"},
            {"given_on": fields.Date.subtract(TODAY, days=9)},
        ):
            with self.subTest(values), self.assertRaises(UserError):
                consent.write(values)
