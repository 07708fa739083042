from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from ..models.recouv_claim_court import FORBIDDING_HOLDS
from .common import TODAY
from .funds_common import FundsCommon

SUSPENDED = "the practice has suspended it"
WHYS = ("Dispute", "Deceased", "Over-indebtedness", "confidential", "Minor")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCourtForAPractice(FundsCommon):
    """The agency sues for a practice: never what the practice has suspended."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.claim.sudo().formal_notice_date = date(2026, 5, 1)
        mirrors = cls.mirror.with_user(cls.agency_manager)
        action = mirrors.action_take_to_court()
        files = cls.env["recouv.litigation"].with_user(cls.agency_manager)
        cls.file = files.browse(action["res_id"])

    def suspend(self, reason, **values):
        hold = self.claim.with_user(self.practitioner)._hold(reason, **values)
        self.env.invalidate_all()
        return hold

    def said(self):
        """What stands against the claim, as the agency reads it."""
        self.env.invalidate_all()
        return "\n".join(self.file._claim_obstacles())

    def act(self, kind="filed"):
        acts = self.env["recouv.litigation.act"].with_user(self.agency_manager)
        return acts.new({"litigation_id": self.file.id, "kind": kind, "date": TODAY})

    # --- lodging --------------------------------------------------------------------

    def test_nothing_stands_against_what_the_practice_lets_go(self):
        self.assertFalse(self.said())

    def test_each_suspension_of_the_practice_keeps_it_from_court(self):
        for reason in FORBIDDING_HOLDS:
            with self.subTest(reason=reason):
                hold = self.suspend(reason)
                said = self.said()
                self.assertIn(SUSPENDED, said)
                for why in WHYS:
                    self.assertNotIn(why.lower(), said.lower())
                hold.sudo().date_to = date(2026, 6, 14)
                self.assertFalse(self.said())

    def test_a_person_suspended_by_the_practice_is_not_sued(self):
        holds = self.env["recouv.hold"].with_user(self.practitioner)
        holds.create(
            {
                "company_id": self.company.id,
                "partner_id": self.patient.id,
                "reason": "deceased",
            }
        )
        self.assertIn(SUSPENDED, self.said())

    def test_a_part_that_the_practice_was_told_is_disputed_keeps_it_all(self):
        self.suspend("dispute", amount_disputed=50)
        self.assertIn(SUSPENDED, self.said())

    def test_who_may_not_be_written_to_may_still_be_sued(self):
        self.suspend("never")
        self.suspend("address_unknown")
        self.assertFalse(self.said())

    def test_care_that_became_confidential_is_told_as_suspended(self):
        self.old.sudo().recouv_confidential = True
        self.assertIn(SUSPENDED, self.said())
        self.assertNotIn("confidential", self.said())

    def test_suspended_between_the_dossier_and_the_court(self):
        """What was complete when the dossier was made is refused at the counter."""
        self.assertFalse(self.said())
        self.suspend("over_indebted")
        with self.assertRaisesRegex(UserError, SUSPENDED):
            self.file._check_act_filed(self.act())

    def test_the_agencys_own_suspension_still_says_why(self):
        self.mirror.sudo()._hold("dispute")
        self.assertIn("suspended: Dispute", self.said())
        self.assertNotIn(SUSPENDED, self.said())

    # --- enforcing ------------------------------------------------------------------

    def measure(self, day=TODAY):
        measures = self.env["recouv.enforcement"].with_user(self.agency_manager)
        return measures.new(
            {
                "litigation_id": self.file.id,
                "kind": "attachment",
                "date": day,
                "officer_id": self.agency.partner_id.id,
            }
        )

    def test_nothing_is_enforced_that_the_practice_has_suspended(self):
        for reason in FORBIDDING_HOLDS:
            with self.subTest(reason=reason):
                hold = self.suspend(reason)
                with self.assertRaisesRegex(UserError, SUSPENDED) as caught:
                    self.measure()._check_allowed()
                for why in WHYS:
                    self.assertNotIn(why.lower(), str(caught.exception).lower())
                hold.sudo().date_to = date(2026, 6, 14)
                self.env.invalidate_all()
                self.measure()._check_not_suspended()

    def test_a_measure_taken_before_the_suspension_is_recorded(self):
        self.suspend("over_indebted")
        self.measure(date(2026, 6, 10))._check_not_suspended()

    # --- letters --------------------------------------------------------------------

    def test_no_letter_leaves_for_what_the_practice_has_suspended(self):
        for reason in FORBIDDING_HOLDS:
            with self.subTest(reason=reason):
                hold = self.suspend(reason)
                claims = self.agency_run().notice_ids.line_ids.claim_id
                self.assertNotIn(self.mirror, claims)
                hold.sudo().date_to = date(2026, 6, 14)
                self.env["recouv.notice"].sudo().search(
                    [("state", "=", "proposed")]
                )._cancel("tested")

    def test_a_letter_that_was_ready_stays_when_the_practice_suspends(self):
        run = self.agency_run()
        self.assertIn(self.mirror, run.notice_ids.line_ids.claim_id)
        self.suspend("over_indebted")
        run.action_execute()
        self.env.invalidate_all()
        lines = run.notice_ids.line_ids.filtered(
            lambda line: line.claim_id == self.mirror
        )
        left = lines.notice_id.filtered(lambda n: n.state != "cancelled")
        self.assertFalse(left)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestEnforcementHolds(FundsCommon):
    """A claim of its own: a title settles a dispute, not an over-indebtedness."""

    def setUp(self):
        super().setUp()
        self.mine = self.mirror.sudo()

    def why(self):
        self.env.invalidate_all()
        litigation = self.env["recouv.litigation"].sudo()
        return " ".join(self.mine._enforcement_obstacles(litigation, TODAY))

    def test_over_indebtedness_stays_enforcement(self):
        self.mine._hold("over_indebted")
        self.assertIn("suspended: Over-indebtedness", self.why())

    def test_a_dispute_was_settled_by_the_title(self):
        self.mine._hold("dispute")
        self.assertFalse(self.why())
