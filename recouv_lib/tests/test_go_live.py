from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import TODAY, RecouvCommon


class GoLiveCommon(RecouvCommon):
    """A practice with old unpaid invoices that is not live yet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "manager",
            groups="base.group_user,recouv_lib.group_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.company.write(
            {
                "recouv_live_on": False,
                "recouv_policy_id": False,
                "recouv_journal_ids": [Command.clear()],
            }
        )
        cls.old = cls.make_invoice(due=date(2023, 3, 1), amount=80.0)
        cls.recent = cls.make_invoice(
            cls.make_patient("Louise Bernard"), due=date(2026, 6, 1), amount=50.0
        )

    def go(self, user=None, **values):
        form = Form(self.env["recouv.go.live"].with_user(user or self.manager))
        values = {"policy_id": self.policy} | values
        for name, value in values.items():
            setattr(form, name, value)
        wizard = form.save()
        wizard.action_apply()
        return wizard


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestGoLive(GoLiveCommon):
    def test_nothing_leaves_before_the_three_decisions(self):
        run = self.env["recouv.run"].create({"company_id": self.company.id})
        with self.assertRaisesRegex(UserError, "not live"):
            run.with_user(self.secretary).action_propose()

    def test_the_screen_tells_how_much_waits(self):
        wizard = Form(self.env["recouv.go.live"].with_user(self.manager))
        self.assertEqual((wizard.item_count, wizard.item_amount), (2, 130.0))
        self.assertIn(self.journal, wizard.journal_ids)
        self.assertEqual(wizard.live_on, TODAY)

    def test_what_exists_starts_in_review_and_nothing_leaves(self):
        self.go()
        claims = self.claims_of(self.old | self.recent)
        self.assertEqual(set(claims.mapped("suspension")), {"review"})
        self.assertFalse(self.propose().notice_ids)

    def test_what_is_invoiced_afterwards_is_relanced(self):
        self.go()
        fresh = self.make_invoice(
            self.make_patient("Jules Petit"),
            due=date(2026, 6, 20),
            invoice_date=date(2026, 6, 16),
        )
        with freeze_time("2026-07-01"):
            run = self.propose(day=date(2026, 7, 1))
        self.assertEqual(run.notice_ids.line_ids.claim_id, self.claims_of(fresh))

    def test_starting_twice_opens_no_second_claim(self):
        self.go()
        self.go()
        self.assertEqual(len(self.claims_of(self.old)), 1)

    def test_stopping_stops(self):
        self.go()
        wizard = self.env["recouv.go.live"].with_user(self.manager).create({})
        wizard.action_stop()
        self.assertTrue(self.company._recouv_live_gaps())

    def test_a_secretary_cannot_start_it(self):
        with self.assertRaises(AccessError):
            self.env["recouv.go.live"].with_user(self.secretary).create(
                {"policy_id": self.policy.id}
            ).action_apply()

    def test_a_manager_cannot_start_another_company(self):
        other = self.setup_other_company(name="Other practice")["company"]
        self.env.user.company_ids -= other
        with self.assertRaises(AccessError):
            self.env["recouv.go.live"].with_user(self.manager).create(
                {
                    "company_id": other.id,
                    "policy_id": self.policy.id,
                    "journal_ids": [Command.set(self.journal.ids)],
                    "live_on": TODAY,
                }
            ).action_apply()

    def test_the_relance_does_not_start_in_another_century(self):
        with self.assertRaisesRegex(UserError, "cannot start on"):
            self.go(live_on=date(1926, 6, 1))
        self.assertFalse(self.company.recouv_live_on)

    def test_a_policy_without_steps_is_refused(self):
        empty = self.env["recouv.policy"].create({"name": "Empty"})
        with self.assertRaisesRegex(UserError, "no step"):
            self.go(policy_id=empty)

    def test_a_journal_is_needed(self):
        form = Form(self.env["recouv.go.live"].with_user(self.manager))
        form.policy_id = self.policy
        form.journal_ids.clear()
        with self.assertRaisesRegex(UserError, "journal"):
            form.save().action_apply()

    def test_another_dunning_module_is_named_and_must_be_disowned(self):
        company = type(self.company)
        with patch.object(company, "_recouv_other_dunning", lambda self: ["Rival"]):
            with self.assertRaisesRegex(UserError, "Rival"):
                self.go()
            self.go(only_dunning=True)
            self.assertFalse(self.company._recouv_live_gaps())

    def test_the_test_address_is_kept(self):
        self.go(test_email="essai@example.com", test_phone="+33612345678")
        self.assertEqual(self.company.recouv_test_email, "essai@example.com")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReview(GoLiveCommon):
    """The bulk choices of a secretary on what waits in review."""

    def setUp(self):
        super().setUp()
        self.go()
        self.claims = self.claims_of(self.old | self.recent)
        self.claim = self.claims_of(self.recent)

    def review(self, claims, **values):
        action = claims.with_user(self.secretary).action_review()
        model = self.env["recouv.review.wizard"].with_user(self.secretary)
        form = Form(model.with_context(**action["context"]))
        for name, value in values.items():
            setattr(form, name, value)
        form.save().action_apply()

    def test_put_at_step_one(self):
        self.review(self.claim, choice="first")
        run = self.propose()
        self.assertEqual(run.notice_ids.line_ids.claim_id, self.claim)
        self.assertEqual(run.notice_ids.step_id, self.policy._first_step())

    def test_already_at_step_two_on_a_date(self):
        second = self.policy.step_ids.sorted()[1]
        self.review(
            self.claim,
            choice="reached",
            policy_id=self.policy,
            step_id=second,
            reached_on=date(2026, 6, 1),
        )
        self.assertEqual(self.claim.step_id, second)
        self.assertEqual(self.claim.step_date, date(2026, 6, 1))
        self.assertTrue(self.claim.next_step_id.is_formal_notice)
        notice = self.claim.notice_ids
        self.assertTrue(notice.is_manual_entry)
        self.assertEqual((notice.state, notice.amount), ("sent", 50.0))

    def test_a_mise_en_demeure_of_the_past_counts_from_its_presentation(self):
        formal = self.policy.step_ids.filtered("is_formal_notice")
        self.review(
            self.claim,
            choice="reached",
            policy_id=self.policy,
            step_id=formal,
            reached_on=date(2026, 6, 1),
        )
        self.assertEqual(self.claim.next_step_id.channel, "handover")
        # the fifteen days that it gave have run out
        self.assertEqual(self.claim.next_date, date(2026, 6, 17))

    def test_a_debtor_gets_one_past_notice_for_all_his_claims(self):
        second = self.make_invoice(self.recent.partner_id, due=date(2026, 5, 1))
        self.go()
        claims = self.claim | self.claims_of(second)
        self.review(
            claims,
            choice="reached",
            policy_id=self.policy,
            step_id=self.policy._first_step(),
            reached_on=date(2026, 6, 1),
        )
        self.assertEqual(len(claims.notice_ids), 1)
        self.assertEqual(claims.notice_ids.line_ids.claim_id, claims)

    def test_a_day_in_the_future_is_refused(self):
        with self.assertRaisesRegex(UserError, "future"):
            self.review(
                self.claim,
                choice="reached",
                policy_id=self.policy,
                step_id=self.policy._first_step(),
                reached_on=date(2026, 7, 1),
            )

    def test_never_relance(self):
        self.review(self.claim, choice="never")
        self.assertEqual(self.claim.suspension, "hold")
        self.assertFalse(self.claim.in_review)
        self.assertFalse(self.propose().notice_ids)

    def test_decide_later_stays_in_review(self):
        self.review(self.claim, choice="later")
        self.assertTrue(self.claim.in_review)
        self.assertEqual(self.claim.suspension, "hold")

    def test_only_what_waits_is_touched(self):
        self.review(self.claim, choice="first")
        with self.assertRaisesRegex(UserError, "None of these"):
            self.review(self.claim, choice="never")

    def test_a_debt_of_years_ago_leaves_only_after_a_human_looked(self):
        self.company.recouv_live_on = date(2020, 1, 1)
        years = self.make_invoice(
            self.make_patient("Emma Durand"), due=date(2025, 1, 10)
        )
        run = self.propose()
        claim = self.claims_of(years)
        self.assertTrue(claim.is_untouched)
        skip = run.skip_ids.filtered(lambda s: s.claim_id == claim)
        self.assertEqual(skip.code, "untouched")
        claim.with_user(self.secretary).action_touch()
        self.env.invalidate_all()
        self.assertFalse(claim.is_untouched)
        notices = self.propose(day=date(2026, 6, 16)).notice_ids
        self.assertIn(claim, notices.line_ids.claim_id)

    def test_a_practice_may_switch_that_off(self):
        self.company.recouv_untouched_days = 0
        self.assertFalse(self.claims_of(self.old).is_untouched)
