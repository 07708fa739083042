from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .mandate_common import MandateCommon

LAST_DAY = TODAY + timedelta(days=8)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAgentRequest(MandateCommon):
    """Beyond its powers the agency asks, and silence is no (CPCE R124-5 al. 2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mandate = cls.make_mandate()
        for user in (cls.manager, cls.director):
            cls.mandate.with_user(user)._sign("Somebody")
        cls.claim = cls.make_mirror()

    @classmethod
    def make_mirror(cls):
        """A claim of the agency's own: what it asks about is all that matters here."""
        partner = cls.make_patient("Camille M.", company_id=cls.agency.id)
        journal = cls.env["account.journal"].search(
            [("company_id", "=", cls.agency.id), ("type", "=", "sale")], limit=1
        )
        policy = cls.make_policy(cls.agency)
        cls.go_live(cls.agency, policy, journal)
        move = cls.make_invoice(
            partner, company_id=cls.agency.id, journal=journal, amount=600
        )
        cls.env["recouv.engine"]._create_claims(cls.agency, TODAY)
        return cls.claims_of(move)

    def ask(self, user=None, kind="plan", **terms):
        terms = terms or {"duration": 12, "instalment": 10.0, "words": "Small pension"}
        requests = self.env["recouv.agent.request"].with_user(user or self.agent)
        return requests._ask(
            self.mandate.with_user(user or self.agent),
            self.claim.with_user(user or self.agent),
            kind,
            reference="INV/2026/0007",
            **terms,
        )

    # --- the answer -----------------------------------------------------------------

    def test_the_practice_says_yes_in_one_click(self):
        request = self.ask()
        self.assertEqual(request.standing, "waiting")
        request.with_user(self.manager).action_grant()
        self.env.invalidate_all()
        self.assertEqual(request.with_user(self.agent).standing, "granted")
        self.assertEqual(request.answered_on, TODAY)
        self.assertEqual(request.sudo().answered_by_id, self.manager)

    def test_the_practice_says_no_in_one_click(self):
        request = self.ask()
        request.with_user(self.manager).action_refuse()
        self.env.invalidate_all()
        self.assertEqual(request.standing, "refused")

    def test_silence_is_no(self):
        request = self.ask()
        self.assertEqual(request.answer_by, LAST_DAY)
        with freeze_time(LAST_DAY):
            self.env.invalidate_all()
            self.assertEqual(request.standing, "waiting")
        with freeze_time(LAST_DAY + timedelta(days=1)):
            self.env.invalidate_all()
            self.assertEqual(request.standing, "silent")
            found = request.search([("standing", "=", "silent")])
            self.assertEqual(found, request)
            with self.assertRaisesRegex(UserError, "silence"):
                request.with_user(self.manager).action_grant()

    def test_an_answer_changes_until_the_agency_acted(self):
        request = self.ask()
        mine = request.with_user(self.manager)
        mine.action_refuse()
        mine.action_grant()
        self.assertEqual(request.answer, "yes")
        request._use()
        with self.assertRaisesRegex(UserError, "acted"):
            mine.action_refuse()

    def test_only_a_manager_of_the_practice_answers(self):
        request = self.ask()
        for user in (self.secretary, self.agent, self.director, self.stranger):
            with self.subTest(user.login), self.assertRaises(AccessError):
                request.with_user(user).action_grant()

    def test_the_agency_withdraws_what_it_asked(self):
        request = self.ask()
        with self.assertRaises(AccessError):
            request.with_user(self.manager).action_withdraw()
        request.action_withdraw()
        self.env.invalidate_all()
        self.assertEqual(request.standing, "withdrawn")
        with self.assertRaisesRegex(UserError, "withdrew"):
            request.with_user(self.manager).action_grant()

    # --- what may be asked ----------------------------------------------------------

    def test_something_is_asked(self):
        with self.assertRaisesRegex(UserError, "what is asked"):
            self.ask(duration=0)

    def test_only_the_agency_of_the_mandate_asks(self):
        with self.assertRaises(AccessError):
            self.ask(user=self.manager)
        own = self.make_invoice()
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        with self.assertRaises(AccessError):
            self.env["recouv.agent.request"]._ask(
                self.mandate, self.claims_of(own), "plan", duration=12
            )

    def test_nothing_is_asked_under_a_mandate_that_is_over(self):
        self.mandate.with_user(self.manager)._revoke(TODAY, "Breach", is_breach=True)
        with self.assertRaisesRegex(UserError, "not in force"):
            self.ask()

    def test_the_agent_asks_by_a_dialog_on_its_claim(self):
        claim = self.claim.with_user(self.agent)
        action = claim.action_ask_practice()
        dialog = (
            self.env["recouv.agent.ask"]
            .with_user(self.agent)
            .with_context(**action["context"])
            .create({"reference": "INV/2026/0007", "duration": 10, "instalment": 60})
        )
        self.assertEqual(dialog.mandate_id, self.mandate)
        self.assertIn("6", dialog.powers)
        dialog.action_ask()
        request = self.env["recouv.agent.request"].search([])
        self.assertEqual((request.duration, request.instalment), (10, 60))
        self.assertEqual(request.company_id, self.company)

    def test_a_claim_placed_under_another_mandate_is_not_asked_about(self):
        other = self.make_mandate(company=self.third)
        self.patch(type(self.claim), "_agency_mandate", lambda claim: other)
        with self.assertRaisesRegex(UserError, "not placed under"):
            self.ask()

    # --- what a yes allows ----------------------------------------------------------

    def check(self, *terms):
        mandate = self.mandate.with_user(self.agent)
        mandate._check_powers(self.claim.with_user(self.agent), *terms)

    def test_within_its_powers_the_agent_asks_nobody(self):
        self.check(6, 20.0)

    def test_beyond_its_powers_the_agent_is_told_to_ask(self):
        with self.assertRaisesRegex(UserError, "6 months at most.*20.*ask"):
            self.check(12, 10.0)

    def test_a_yes_allows_what_was_asked_and_no_more(self):
        self.ask().with_user(self.manager).action_grant()
        self.check(12, 10.0)
        self.check(9, 15.0)
        for terms in ((13, 10.0), (12, 9.0), (12, 10.0, 5)):
            with self.subTest(terms), self.assertRaises(UserError):
                self.check(*terms)

    def test_a_no_or_a_withdrawn_request_allows_nothing(self):
        request = self.ask()
        request.with_user(self.manager).action_refuse()
        with self.assertRaises(UserError):
            self.check(12, 10.0)
        request.with_user(self.manager).action_grant()
        request.action_withdraw()
        with self.assertRaises(UserError):
            self.check(12, 10.0)

    def test_a_yes_for_a_discount_allows_no_longer_plan(self):
        request = self.ask(kind="discount", discount=20.0)
        request.with_user(self.manager).action_grant()
        self.check(6, 20.0, 20)
        with self.assertRaisesRegex(UserError, "months"):
            self.check(12, 20.0, 0)

    # --- who reads what -------------------------------------------------------------

    def test_both_read_the_words_and_neither_the_other_s_records(self):
        request = self.ask()
        words = ["reference", "amount", "duration", "words", "answer_by", "summary"]
        for user in (self.manager, self.secretary, self.agent, self.director):
            self.env.invalidate_all()
            with self.subTest(user.login):
                read = request.with_user(user).read(words)[0]
                self.assertEqual(read["reference"], "INV/2026/0007")
                self.assertEqual(read["amount"], 600)
                self.assertIn("12 months", read["summary"])
                for name in ("agency_claim_id", "asked_by_id", "answered_by_id"):
                    with self.assertRaises(AccessError):
                        request.with_user(user).read([name])
        self.assertEqual(request.create_uid, self.env.ref("base.user_root"))
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            request.with_user(self.stranger).read(["words"])

    def test_nobody_makes_or_changes_a_request_by_hand(self):
        request = self.ask()
        for user in (self.manager, self.director):
            for act in ("create", "write", "unlink"):
                self.assertFalse(request.with_user(user).has_access(act))

    # --- the day --------------------------------------------------------------------

    def section(self, user):
        day = self.env["recouv.day"].with_user(user).read_day()
        codes = {s["code"]: s["count"] for s in day["sections"]}
        return codes.get("agent_requests")

    def test_the_manager_of_the_practice_finds_it_in_the_day(self):
        request = self.ask()
        self.assertEqual(self.section(self.manager), 1)
        self.assertEqual(self.section(self.director), 0)
        self.assertIsNone(self.section(self.secretary))
        with freeze_time(LAST_DAY + timedelta(days=1)):
            self.assertEqual(self.section(self.manager), 0)
        request.with_user(self.manager).action_grant()
        self.assertEqual(self.section(self.manager), 0)

    def test_only_who_may_answer_has_the_buttons(self):
        request = self.ask()
        self.assertTrue(request.with_user(self.manager).can_answer)
        self.assertFalse(request.with_user(self.manager).can_withdraw)
        self.assertFalse(request.with_user(self.director).can_answer)
        self.assertTrue(request.with_user(self.agent).can_withdraw)
        self.assertFalse(request.with_user(self.secretary).can_answer)
        self.assertLess(date(2026, 6, 1), request.answer_by)
