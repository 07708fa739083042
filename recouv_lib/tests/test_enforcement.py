from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .court_common import SERVED, CourtCommon

TODAY = date(2026, 8, 18)
SEIZED = date(2027, 1, 20)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestEnforcement(CourtCommon):
    """Measures of the officer, their costs and what they brought."""

    def measure(self, litigation, day=SEIZED, kind="attachment", **values):
        with self.at(day):
            return (
                self.env["recouv.enforcement"]
                .with_user(self.manager)
                .create(
                    {
                        "litigation_id": litigation.id,
                        "kind": kind,
                        "date": day,
                        **values,
                    }
                )
            )

    def test_a_measure_needs_a_title(self):
        with self.assertRaisesRegex(UserError, "has no title"):
            self.measure(self.served())

    def test_a_protective_measure_may_come_before(self):
        litigation = self.served()
        self.measure(litigation, date(2026, 11, 2), "conservatory")
        self.assertEqual(litigation.state, "served")
        kinds = litigation.claim_ids.limitation_event_ids.mapped("kind")
        self.assertIn("protective_measure", kinds)

    def test_the_first_measure_starts_the_enforcement(self):
        litigation = self.titled()
        measure = self.measure(litigation)
        self.assertEqual(litigation.state, "enforcing")
        self.assertEqual(measure.officer_id, self.officer)
        self.assertEqual(litigation.title_until, date(2037, 1, 20))
        self.assertEqual(litigation.claim_ids.limitation_date, date(2037, 1, 20))

    def test_a_seizure_begins_the_delay_of_opposition(self):
        litigation = self.titled(in_person=False)
        self.assertFalse(litigation.opposition_until)
        self.measure(litigation)
        # 20 February 2027 is a Saturday
        self.assertEqual(litigation.opposition_until, date(2027, 2, 22))

    def test_it_ends_with_the_title_and_does_not_precede_it(self):
        litigation = self.titled()
        for day in (SERVED, date(2037, 1, 5)):
            with self.assertRaisesRegex(UserError, "in force from"):
                self.measure(litigation, day)

    def test_an_officer_and_a_past_day(self):
        litigation = self.titled()
        litigation.officer_id = False
        with self.assertRaisesRegex(UserError, "Choose the commissaire"):
            self.measure(litigation, officer_id=False)
        litigation.officer_id = self.officer
        with self.at(SEIZED), self.assertRaisesRegex(UserError, "once it was taken"):
            self.env["recouv.enforcement"].create(
                {"litigation_id": litigation.id, "kind": "goods",
                 "date": date(2027, 3, 1)}
            )  # fmt: skip

    def test_costs_stand_apart_from_the_claim(self):
        litigation = self.titled()
        measure = self.measure(litigation)
        lines = [("advanced", 120), ("recovered", 100), ("received", 80)]
        with self.at(date(2027, 2, 20)):
            measure.line_ids = [
                (0, 0, {"kind": kind, "amount": amount}) for kind, amount in lines
            ]
        self.assertEqual(
            (litigation.cost_advanced, litigation.cost_recovered,
             litigation.amount_received),
            (120, 100, 80),
        )  # fmt: skip
        self.assertEqual(litigation.amount_total, 300)
        self.assertEqual(sum(litigation.line_ids.mapped("amount_owed")), 300)

    def test_no_more_cost_comes_back_than_was_advanced(self):
        measure = self.measure(self.titled())
        with self.assertRaisesRegex(ValidationError, "recovered than advanced"):
            measure.line_ids = [(0, 0, {"kind": "recovered", "amount": 1})]

    def test_money_accounted_for_is_undone_not_edited(self):
        litigation = self.titled()
        measure = self.measure(litigation)
        measure.line_ids = [(0, 0, {"kind": "advanced", "amount": 120})]
        with self.assertRaisesRegex(UserError, "undo it and enter it anew"):
            measure.line_ids.amount = 10
        with self.assertRaisesRegex(UserError, "undo that first"):
            measure.undo("wrong debtor")
        measure.line_ids.undo("typed twice")
        self.assertEqual(measure.cost_advanced, 0)
        measure.undo("wrong debtor")
        self.assertEqual(litigation.state, "enforceable")
        self.assertEqual(litigation.title_until, date(2036, 12, 16))
        self.assertEqual(litigation.claim_ids.limitation_date, date(2036, 12, 16))

    def test_a_measure_is_evidence_and_its_result_comes_later(self):
        measure = self.measure(self.titled())
        with self.assertRaisesRegex(UserError, "not edited"):
            measure.kind = "goods"
        with self.assertRaisesRegex(ValidationError, "before its own day"):
            measure.write({"result": "part", "result_on": SERVED})
        measure.write({"result": "none", "result_on": date(2027, 2, 1)})

    def test_its_act_is_undone_through_the_measure(self):
        litigation = self.titled()
        self.measure(litigation)
        with self.assertRaisesRegex(UserError, "undo its measure"):
            litigation._standing_acts()[-1].undo("x")

    def test_unrecoverable_gives_the_claim_back_to_decide(self):
        litigation = self.titled()
        self.measure(litigation)
        self.record(litigation, "unrecoverable", date(2027, 6, 1))
        self.assertEqual(litigation.claim_ids.holder, "practice")
        # the title itself is not lost
        self.assertEqual(litigation.claim_ids.limitation_date, date(2037, 1, 20))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCourtDay(CourtCommon):
    """The day warns at 45, 30 and 10 days, and says what may go on."""

    def sections(self, day):
        self.env.invalidate_all()
        found = self.env["recouv.day"].with_user(self.secretary)._sections(day)
        return {
            section.code: self.env["recouv.litigation"].search(section.domain)
            for section in found
            if section.model == "recouv.litigation"
        }

    def alarm(self, litigation, day):
        with self.at(day):
            litigation.invalidate_recordset()
            return litigation.alarm

    def test_alarms_come_at_45_30_and_10_days(self):
        litigation = self.granted()  # to serve by 14 December
        for day, level in (
            (date(2026, 10, 29), "none"),
            (date(2026, 10, 30), "soon"),
            (date(2026, 11, 14), "near"),
            (date(2026, 12, 4), "close"),
            (date(2026, 12, 14), "close"),
            (date(2026, 12, 15), "over"),
        ):
            self.assertEqual(self.alarm(litigation, day), level, day)

    def test_the_day_shows_a_deadline_from_45_days_on(self):
        litigation = self.granted()
        self.assertFalse(self.sections(date(2026, 10, 29))["court_deadlines"])
        found = self.sections(date(2026, 10, 30))["court_deadlines"]
        self.assertEqual(found, litigation)

    def test_a_delay_that_is_over_lets_one_go_on(self):
        litigation = self.served()
        self.assertFalse(self.sections(date(2026, 12, 15))["court_go_on"])
        self.assertEqual(self.sections(date(2026, 12, 16))["court_go_on"], litigation)
        self.assertEqual(self.alarm(litigation, date(2026, 12, 20)), "none")

    def test_an_ended_file_warns_nobody(self):
        litigation = self.granted()
        self.record(litigation, "withdrawn", SERVED)
        self.assertFalse(self.sections(date(2026, 12, 14))["court_deadlines"])

    def test_the_screen_of_the_day_reads_them(self):
        self.granted()
        with self.at(date(2026, 12, 10)):
            day = self.env["recouv.day"].with_user(self.secretary).read_day()
        section = next(s for s in day["sections"] if s["code"] == "court_deadlines")
        self.assertEqual((section["count"], section["is_alarm"]), (1, True))
        self.assertEqual(section["items"][0]["date"], "2026-12-14")
        self.assertEqual(section["items"][0]["amount"], 300)
