"""A discount that an agency agrees: within its powers, credited by the practice."""

from datetime import date, timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .test_agency_askable import coded
from .test_agency_bounce import BounceCommon

LAST = TODAY + timedelta(days=10)
LATE = LAST + timedelta(days=1)


class AgencySettlementCommon(BounceCommon):
    """The mandate lets the agency leave 10 % to the debtor."""

    def setUp(self):
        super().setUp()
        self.set_terms(agent_max_discount=10.0)

    def agree(self, amount=108.0, day=LAST):
        return self.mirror._agree(
            "settlement", [(day, amount)], source="call", replace=True
        )

    def settlement(self):
        plan = self.agree()
        plan.with_user(self.agency_manager).action_approve()
        return plan

    def settle(self):
        self.env.flush_all()
        self.env.invalidate_all()
        self.env["recouv.plan"].sudo()._cron_settle()
        self.env.flush_all()
        self.env.invalidate_all()

    def own(self, user=None):
        """The practice's settlement, as its manager reads it."""
        plans = self.env["recouv.plan"].with_user(user or self.practitioner)
        return plans.search([("claim_ids", "in", self.claim.ids)])

    def asked(self):
        """The claims of which a run of the agency asks payment."""
        return self.agency_run().notice_ids.line_ids.claim_id

    def void_on_the_day(self, user):
        day = self.env["recouv.day"].with_user(user)
        [section] = [
            s
            for s in day._sections(fields.Date.context_today(day))
            if s.code == "settlement_void"
        ]
        return self.env["recouv.plan"].with_user(user).search(section.domain)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSettlementPowers(AgencySettlementCommon):
    def ask(self, **terms):
        requests = self.env["recouv.agent.request"].with_user(self.agent)
        return requests._ask(
            self.mandate.with_user(self.agent), self.mirror, "discount", **terms
        )

    def test_the_dialog_agrees_within_the_powers(self):
        wizard = self.env["recouv.plan.wizard"].with_user(self.agent)
        action = wizard.create(
            {
                "kind": "settlement",
                "claim_ids": [Command.set(self.mirror.ids)],
                "amount_settled": 108.0,
                "first_date": LAST,
            }
        ).action_agree()
        plan = self.env["recouv.plan"].with_user(self.agent).browse(action["res_id"])
        self.assertEqual((plan.standing, plan.amount_total), ("proposed", 108.0))
        with self.assertRaises(AccessError):
            plan.action_approve()
        plan.with_user(self.agency_manager).action_approve()
        self.env.invalidate_all()
        self.assertEqual((plan.standing, self.mirror.suspension), ("running", "plan"))

    def test_a_larger_discount_is_asked_for(self):
        with self.assertRaisesRegex(UserError, "10.* % at most.*ask"):
            self.agree(100.0)
        request = self.ask(discount=20.0)
        with self.assertRaisesRegex(UserError, "ask the practice"):
            self.agree(100.0)
        request.with_user(self.practitioner).action_grant()
        self.assertEqual(self.agree(100.0).state, "proposed")
        self.assertEqual(request.sudo().used_on, TODAY)

    def test_a_refusal_leaves_nothing(self):
        self.ask(discount=20.0).with_user(self.practitioner).action_refuse()
        with self.assertRaisesRegex(UserError, "ask the practice"):
            self.agree(100.0)
        self.assertFalse(self.env["recouv.plan"].with_user(self.agent).search([]))

    def test_it_is_paid_within_the_months_that_the_mandate_gives(self):
        with self.assertRaisesRegex(UserError, "6 months at most"):
            self.agree(day=TODAY + timedelta(days=200))
        self.ask(duration=8).with_user(self.practitioner).action_grant()
        self.assertTrue(self.agree(day=TODAY + timedelta(days=200)))

    def test_ten_percent_is_ten_percent_to_the_cent(self):
        self.pay(self.old, 0.1, TODAY)
        self.env.invalidate_all()
        self.assertGreater(100 * (119.9 - 107.91) / 119.9, 10)  # in binary
        self.assertEqual(self.agree(107.91).amount_start, 119.9)

    def test_a_claim_without_an_invoice_is_not_settled(self):
        with (
            patch.object(
                type(self.old), "is_sale_document", lambda _move, _all=False: False
            ),
            self.assertRaisesRegex(UserError, "stands on no invoice"),
        ):
            self.agree()


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSettlementOfTheAgency(AgencySettlementCommon):
    """From the agreement to the remittance, each company as its own users."""

    def test_paid_in_time_the_practice_credits_the_rest(self):
        plan = self.settlement()
        self.bank_receipt(108.0)
        self.assertFalse(self.own(), "nothing is credited before the job")
        self.settle()
        own = self.own()
        self.assertEqual((own.standing, own.settled_on), ("kept", TODAY))
        self.assertEqual(own.agency_name, self.agency.name)
        credit = own.sudo().credit_ids
        self.assertEqual(
            (credit.company_id, credit.state, credit.amount_total),
            (self.company, "posted", 12.0),
        )
        self.assertEqual(credit.reversed_entry_id, self.old)
        self.assertEqual(self.old.amount_residual, 0)
        self.assertEqual(self.claim.settlement, "settled")
        self.assertEqual(self.mirror.settlement, "settled")
        self.assertEqual((plan.standing, plan.settled_on), ("kept", TODAY))
        self.assertNotIn(self.mirror.sudo(), self.asked())
        self.settle()
        self.assertEqual(len(self.own().sudo().credit_ids), 1, "once")

    def test_the_fee_is_on_what_was_collected(self):
        self.settlement()
        self.bank_receipt(108.0)
        self.settle()
        self.assertBothBooks(108.0)
        remittance = self.remit()
        # 20 % of 108 and VAT; nothing on what was remitted to the debtor
        self.assertEqual(
            (remittance.amount_received, remittance.amount_fee, remittance.amount),
            (108.0, 25.92, 82.08),
        )
        self.assertBothBooks(0)

    def test_what_was_paid_to_the_practice_counts_too(self):
        plan = self.settlement()
        self.pay(self.old, 108.0, TODAY)
        self.settle()
        self.assertEqual(plan.settled_on, TODAY)
        self.assertEqual((self.old.amount_residual, self.mirror.settlement),
                         (0, "settled"))  # fmt: skip

    def test_neither_reads_the_others_record(self):
        plan = self.settlement()
        plan.sudo().note = "Said at home"
        self.bank_receipt(108.0)
        self.settle()
        own = self.own()
        self.assertFalse(own.note)
        self.assertNotIn(self.agent.name, "".join(own.message_ids.mapped("body")))
        with self.assertRaises(AccessError):
            own.with_user(self.agent).read(["kind"])
        with self.assertRaises(AccessError):
            plan.with_user(self.practitioner).read(["kind"])
        for record in (plan, own):
            with self.assertRaises(AccessError):
                record.read(["practice_plan_id"])

    def test_a_day_late_it_is_void(self):
        plan = self.settlement()
        with freeze_time(LATE):
            self.bank_receipt(108.0, day=LATE)
            self.settle()
            self.assertEqual(plan.standing, "broken")
            self.assertFalse(self.own() or plan.settled_on)
            self.assertEqual(self.mirror.amount_residual_currency, 12.0)
            self.assertEqual(self.mirror.suspension, "none")

    def test_one_cent_short_it_is_void(self):
        plan = self.settlement()
        self.bank_receipt(107.99)
        self.settle()
        self.assertFalse(self.own() or plan.settled_on)
        with self.assertRaisesRegex(UserError, "107.99 of.*108.00"):
            plan.action_settle()

    def test_what_a_manager_did_not_approve_credits_nothing(self):
        plan = self.agree()
        plan.with_user(self.agency_manager).action_cancel()
        self.bank_receipt(108.0)
        self.settle()
        self.assertFalse(self.own())
        self.assertEqual(self.old.amount_residual, 12.0)

    def test_an_agent_may_have_it_credited_at_once(self):
        plan = self.settlement()
        self.bank_receipt(108.0)
        self.env.invalidate_all()
        plan.with_user(self.agent).action_settle()
        self.assertEqual(self.old.amount_residual, 0)

    def test_a_payment_wakes_the_job(self):
        cron = self.env.ref("recouv_lib.ir_cron_settle")
        triggers = self.env["ir.cron.trigger"].sudo()
        domain = [("cron_id", "=", cron.id)]
        before = triggers.search_count(domain)
        self.receive(20.0, self.other_mirror)
        self.assertEqual(triggers.search_count(domain), before)
        self.settlement()
        self.receive(20.0)
        self.assertGreater(triggers.search_count(domain), before)

    # --- the practice's books refuse ------------------------------------------------

    def test_locked_books_are_told_to_the_practice_and_tried_again(self):
        plan = self.settlement()
        self.bank_receipt(108.0)
        model = type(self.env["recouv.plan"])
        with patch.object(model, "_remit", side_effect=UserError("Locked in May")):
            self.settle()
            self.settle()
        self.assertIn("the practice was told", plan.failure_message)
        self.assertEqual(self.own().failure_message, "Locked in May")
        for claim in (self.claim, self.mirror):
            told = claim.sudo().activity_ids.filtered(
                lambda a: "settlement" in a.summary
            )
            self.assertEqual(len(told), 1)
        self.assertNotIn(self.mirror.sudo(), self.asked())
        self.settle()
        self.assertEqual(self.old.amount_residual, 0)
        self.assertFalse(plan.failure_message or self.own().failure_message)

    # --- called back ----------------------------------------------------------------

    def recall(self):
        lines = self.env["recouv.placement.line"].sudo()
        lines.search([("claim_id", "=", self.claim.id)])._take_back("recalled", "x")

    def test_called_back_after_it_was_paid_it_is_credited_all_the_same(self):
        self.settlement()
        self.bank_receipt(108.0)
        self.recall()
        self.settle()
        self.assertEqual(self.own().settled_on, TODAY)
        self.assertEqual(self.old.amount_residual, 0)

    def test_called_back_unpaid_nothing_is_credited(self):
        plan = self.settlement()
        self.bank_receipt(50.0)
        with freeze_time(LATE):
            self.env.invalidate_all()
            self.assertEqual(plan.standing, "broken")
            self.recall()
            self.settle()
            self.assertFalse(self.own())
            self.assertEqual(self.old.amount_residual, 70.0)

    # --- not kept after all ---------------------------------------------------------

    def test_a_payment_that_bounces_lets_the_practice_take_it_back(self):
        plan = self.settlement()
        receipt = self.bank_receipt(108.0)
        self.settle()
        receipt._bounce(TODAY, "funds")
        with freeze_time(LATE):
            self.env.invalidate_all()
            own = self.own()
            self.assertEqual(own.standing, "broken")
            self.assertEqual(self.void_on_the_day(self.practitioner), own)
            self.assertFalse(self.void_on_the_day(self.agency_manager))
            with self.assertRaisesRegex(UserError, "the practice's"):
                plan.with_user(self.agency_manager).action_take_credit_back()
            own.action_take_credit_back()
            self.env.invalidate_all()
            self.assertEqual(self.old.amount_residual, 120.0)
            self.assertFalse(plan.settled_on or self.own().settled_on)
            self.assertEqual(self.mirror.settlement, "open")
            self.assertBothBooks(0)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSettlementBesideCodedLines(AgencySettlementCommon):
    """An invoice of 120, 30 of it a missed appointment: 90 may be settled."""

    @classmethod
    def make_placed(cls):
        result = super().make_placed()
        cls.old = cls.make_invoice(
            cls.make_patient("Nour Petit"),
            due=date(2026, 1, 5),
            invoice_line_ids=coded(30.0, 90.0),
        )
        cls.env["recouv.engine"]._create_claims(cls.company, TODAY)
        cls.claim = cls.claims_of(cls.old)
        cls.mirror = cls.place(cls.claim)
        return result

    def test_the_powers_are_measured_on_what_may_be_asked(self):
        with self.assertRaisesRegex(UserError, "10.0 % at most"):
            self.agree(80.0)
        self.assertEqual(self.agree(81.0).amount_start, 90.0)

    def test_paid_in_time_the_rest_of_what_may_be_asked_is_credited(self):
        plan = self.agree(85.0)
        plan.with_user(self.agency_manager).action_approve()
        self.bank_receipt(85.0, self.mirror)
        self.settle()
        own = self.own()
        self.assertEqual((own.amount_start, own.settled_on), (90.0, TODAY))
        self.assertEqual(own.sudo().credit_ids.amount_total, 5.0)
        self.assertEqual((plan.standing, plan.settled_on), ("kept", TODAY))
        self.assertEqual(self.old.amount_residual, 30.0, "never asked, not remitted")
        self.assertFalse(plan.failure_message)
