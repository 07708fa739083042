from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, new_test_user, tagged

from .common import TODAY, RecouvCommon

NO_RECORDS = ("abc", None, 3, 1e300, float("nan"), [["x"]], ["1"], [True], [0], [2**40])


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestHostileValues(RecouvCommon):
    """What no screen offers may still be sent: it gets a clear no, and changes
    nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls.make_invoice()
        cls.env["recouv.engine"]._create_claims(cls.company, TODAY)
        cls.claim = cls.claims_of(cls.move)
        cls.manager = new_test_user(
            cls.env,
            "hostile_manager",
            groups="base.group_user,recouv_lib.group_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    # --- the claim ------------------------------------------------------------------

    def test_nobody_types_where_a_claim_stands(self):
        for user in (self.secretary, self.manager):
            claim = self.claim.with_user(user)
            for values in (
                {"closed_on": TODAY},
                {"policy_id": False},
                {"holder": "agency"},
                {"partner_id": self.company.partner_id.id},
                {"move_line_id": False},
                {"amount_original": 1.0},
                {"limitation_date": TODAY},
                {"next_date": date(2099, 1, 1), "cause_id": False},
            ):
                with self.assertRaisesRegex(UserError, "not edited by hand"):
                    claim.write(values)

    def test_no_mark_sent_from_outside_opens_it(self):
        for mark in (True, 1, "recording", {}):
            claim = self.claim.with_user(self.secretary)
            with self.assertRaises(UserError):
                claim.with_context(recouv_recording=mark).write({"closed_on": TODAY})

    def test_nobody_makes_a_claim_by_hand(self):
        values = {
            "partner_id": self.patient.id,
            "currency_id": self.company.currency_id.id,
        }
        with self.assertRaisesRegex(UserError, "from its invoice"):
            self.env["recouv.claim"].with_user(self.manager).create(values)
        with self.assertRaises(AccessError):
            self.env["recouv.claim"].with_user(self.secretary).create(values)

    def test_a_person_still_says_why_it_is_not_paid(self):
        cause = self.env["recouv.cause"].search([], limit=1)
        self.claim.with_user(self.secretary).cause_id = cause
        self.assertEqual(self.claim.cause_id, cause)

    # --- what screens call ----------------------------------------------------------

    def test_my_day_takes_records_only(self):
        day = self.env["recouv.day"].with_user(self.secretary)
        for call in (day.approve, day.remove, day.print_postings, day.mark_posted):
            for nonsense in NO_RECORDS:
                with self.assertRaisesRegex(UserError, "no records"):
                    call(nonsense)
        self.assertEqual(day.approve([2**31 - 1])["count"], 0)

    def test_a_call_session_takes_calls_only(self):
        session = self.env["recouv.call.session"].with_user(self.secretary)
        for nonsense in NO_RECORDS:
            with self.assertRaises(UserError):
                session.take(nonsense)
            with self.assertRaises(UserError):
                session.apply_next(nonsense, "todo")
        for outcome in ({}, [], "nothing", None, 3):
            with self.assertRaisesRegex(UserError, "no outcome"):
                session.record(1, outcome)
        with self.assertRaisesRegex(UserError, "no outcome"):
            session.record(1, "reached", "not a dict")

    def test_a_call_is_not_dated_by_nonsense(self):
        session = self.env["recouv.call.session"]
        for nonsense in ("tomorrow", 3, [1], "2026-02-31"):
            with self.assertRaisesRegex(UserError, "no day"):
                session._day(nonsense)
        self.assertEqual(session._day("2026-07-01"), date(2026, 7, 1))
        self.assertIsNone(session._day(""))

    def test_an_undo_wants_a_reason_in_words(self):
        plan = self.claim.with_user(self.secretary)._agree(
            "promise", [(date(2026, 7, 1), None)], source="call"
        )
        for nothing in (None, False, "", "  ", 0, []):
            with self.assertRaisesRegex(UserError, "why it is undone"):
                plan.undo(nothing)
        plan.undo(17)
        self.assertEqual(plan.undo_reason, "17")

    # --- dialogs --------------------------------------------------------------------

    def test_the_dialog_of_undo_reads_numbers_only(self):
        plan = self.claim._agree("promise", [(date(2026, 7, 1), None)], source="call")
        ids = f"{plan.id},x,²,-1,{'9' * 40},"
        dialog = self.env["recouv.undo"].new(
            {"model": "recouv.plan", "record_ids": ids}
        )
        self.assertEqual(dialog._records(), plan)
        dialog.record_ids = False
        self.assertFalse(dialog._records())

    def test_a_dialog_that_is_emptied_waits(self):
        collect = self.env["recouv.collect"].new({"method": False})
        self.assertFalse(collect.method_line_id)
        collect = self.env["recouv.collect"].new({"company_id": False})
        self.assertFalse(collect.method_line_id)
        self.assertFalse(self.env["recouv.explain"].new({}).line_ids)
        fees = self.env["recouv.fee.explanation"].new({"company_id": False})
        self.assertFalse(fees.days)
        recover = self.env["recouv.write.off.recover"].new({})
        self.assertFalse(recover.credit_ids)

    def test_a_plan_of_absurd_sums_says_so(self):
        dialog = self.env["recouv.plan.wizard"].new(
            {"claim_ids": [Command.set(self.claim.ids)]}
        )
        for absurd in (1e300, float("inf"), float("nan")):
            with patch.object(type(dialog), "_wanted", lambda _self, sum_=absurd: sum_):
                self.assertIn("no sum", dialog._instalments()[1])
        dialog.first_date = date(9999, 12, 31)
        self.assertIn("too far away", dialog._instalments()[1])

    def test_a_suspension_begins_on_a_possible_day(self):
        for reason in ("dispute", "complaint"):
            with self.assertRaisesRegex(ValidationError, "such a day"):
                self.env["recouv.hold"].create(
                    {
                        "claim_ids": [Command.set(self.claim.ids)],
                        "reason": reason,
                        "date_from": date(9999, 12, 31),
                    }
                )
