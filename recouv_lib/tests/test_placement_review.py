from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import TODAY
from .placement_common import PlacementCommon

HANDOVER = [
    {"channel": "letter", "delay_days": 10, "anchor": "due_date", "deadline_days": 8},
    {"channel": "handover", "delay_days": 0, "anchor": "previous_step"},
]


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlacementReview(PlacementCommon):
    """The practitioner looks first where tact asks for it (CSP R4127-53)."""

    def reviews(self, claim):
        return self.verdict(claim).reviews

    def test_an_ordinary_claim_needs_no_look(self):
        self.assertEqual(self.reviews(self.open_claim()), ())

    def test_an_overrun_is_looked_at_signed_or_not(self):
        claim = self.open_claim(
            recouv_overrun_amount=50.0, recouv_quote_signed_on=date(2026, 1, 1)
        )
        self.assertEqual(self.reviews(claim), ("overrun",))

    def test_a_small_sum_is_looked_at_where_the_practice_says_so(self):
        claim = self.open_claim(18.0)
        self.assertEqual(self.reviews(claim), ())
        self.company.recouv_placement_small_sum = 20.0
        self.assertEqual(self.reviews(claim), ("small_sum",))

    def test_a_protected_tariff_is_looked_at(self):
        poor = self.make_patient("Sam Petit", recouv_protected_tariff=True)
        self.assertEqual(
            self.reviews(self.open_claim(debtor=poor)), ("protected_tariff",)
        )

    def test_minors_protected_adults_and_estates_are_looked_at(self):
        parent = self.make_patient("Parent")
        minor = self.make_patient(
            "Leo", recouv_minor=True, recouv_guardian_id=parent.id
        )
        claim = self.open_claim(debtor=minor)
        self.assertEqual(self.verdict(claim).code, "minor")
        minor.with_user(self.practitioner).action_recouv_decide_minor()
        self.assertEqual(self.verdict(claim).code, "")
        self.assertEqual(self.reviews(claim), ("minor",))
        estate = self.make_patient("Old", recouv_estate_contact_id=parent.id)
        late = self.open_claim(debtor=estate)
        estate.recouv_deceased_on = date(2026, 5, 1)
        late._active_holds().action_lift()
        self.assertEqual(self.reviews(late), ("estate",))

    def test_nothing_leaves_before_the_practitioner_has_looked(self):
        claim = self.open_claim(30.0, recouv_overrun_amount=10.0)
        placement = self.draft(claim)
        self.assertEqual(placement.line_ids.review_reason, "overrun")
        self.assertEqual(placement.review_count, 1)
        with self.assertRaisesRegex(UserError, "wait for your review"):
            placement.action_send()
        placement.line_ids.action_keep()
        self.assertEqual(placement.line_ids.reviewed_by_id, self.practitioner)
        placement.action_send()
        self.assertEqual(claim.holder, "agency")

    def test_what_is_taken_out_stays_with_the_practice(self):
        claim = self.open_claim(30.0, recouv_overrun_amount=10.0)
        placement = self.draft(claim | self.open_claim())
        line = placement.line_ids.filtered(lambda line: line.claim_id == claim)
        line.action_take_out()
        placement.action_send()
        self.assertEqual((line.state, claim.holder), ("removed", "practice"))
        with self.assertRaisesRegex(UserError, "no longer to be reviewed"):
            line.action_keep()
        # it may be proposed again another day
        self.assertEqual(self.draft(claim).line_ids.state, "draft")

    def test_only_a_manager_reviews(self):
        placement = self.draft(self.open_claim(30.0, recouv_overrun_amount=10.0))
        with self.assertRaises(AccessError):
            placement.line_ids.with_user(self.secretary).action_keep()

    def test_the_day_shows_what_is_to_send_to_managers_only(self):
        self.draft(self.open_claim())
        self.assertEqual(self.sections(self.practitioner).get("placements"), 1)
        self.assertNotIn("placements", self.sections(self.secretary))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestHandoverStep(PlacementCommon):
    """The last step of the schedule proposes the hand-over."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.recouv_policy_id = cls.make_policy(steps=HANDOVER)

    def ended(self, **values):
        """A claim whose hand-over step waits, and that step's notice."""
        claim = self.open_claim(due=date(2026, 5, 1), **values)
        self.prove(self.propose(date(2026, 5, 15)), date(2026, 5, 15))
        run = self.propose()
        notice = run.notice_ids.filtered(lambda n: n.channel == "handover")
        notice.with_user(self.secretary)._deliver_handover()
        return claim, notice

    def test_case_by_case_a_manager_decides(self):
        claim, notice = self.ended()
        self.assertEqual(notice.state, "printed")
        self.assertFalse(claim.placement_state)
        self.assertTrue(claim.activity_ids)
        with self.assertRaises(AccessError):
            notice.with_user(self.secretary).action_decide_handover()
        notice.with_user(self.practitioner).action_decide_handover()
        self.assertEqual(notice.state, "sent")
        self.assertEqual(claim.placement_state, "draft")
        self.assertFalse(claim.activity_ids)

    def test_without_a_mandate_the_decision_says_what_to_do(self):
        _claim, notice = self.ended()
        self.mandate._record({"state": "draft"})
        with self.assertRaisesRegex(UserError, "no collection mandate in force"):
            notice.with_user(self.practitioner).action_decide_handover()
        self.assertEqual(notice.state, "printed")

    def test_by_subscription_every_claim_that_ends_its_schedule_is_proposed(self):
        mandates = type(self.env["recouv.mandate"])
        with patch.object(mandates, "_is_subscription", lambda self: True):
            claim, notice = self.ended()
        self.assertEqual(notice.state, "sent")
        self.assertEqual(claim.placement_state, "draft")
        self.assertFalse(claim.activity_ids)
        self.assertEqual(claim.holder, "practice")

    def test_by_subscription_what_may_not_leave_waits_for_a_manager(self):
        mandates = type(self.env["recouv.mandate"])
        with (
            patch.object(mandates, "_is_subscription", lambda self: True),
            patch.object(
                type(self.env["recouv.claim"]),
                "_open_credit_sql",
                lambda self, claim: SQL("TRUE"),
            ),
        ):
            claim, notice = self.ended()
        self.assertEqual(notice.state, "printed")
        self.assertFalse(claim.placement_state)
        self.assertTrue(claim.activity_ids)

    def test_a_claim_that_may_not_leave_is_not_decided(self):
        claim, notice = self.ended()
        claim._hold("hospitalised")
        with self.assertRaisesRegex(UserError, "lift the suspension first"):
            notice.with_user(self.practitioner).action_decide_handover()

    def test_a_decision_undone_leaves_the_draft(self):
        claim, notice = self.ended()
        notice.with_user(self.practitioner).action_decide_handover()
        notice.with_user(self.practitioner).action_undo("he calls tomorrow")
        self.assertEqual(notice.state, "printed")
        self.assertFalse(claim.placement_state)

    def test_a_decision_carried_out_is_not_undone(self):
        claim, notice = self.ended()
        notice.with_user(self.practitioner).action_decide_handover()
        claim.placement_line_ids.placement_id.with_user(self.practitioner).action_send()
        with self.assertRaisesRegex(UserError, "is with the agency"):
            notice.with_user(self.practitioner).action_undo("too late")
