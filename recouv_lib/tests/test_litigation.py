from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .court_common import FREE, LODGED, ORDER, SERVED, CourtCommon

TODAY = date(2026, 8, 18)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestLitigation(CourtCommon):
    """The order to pay, from the dossier to the title (law.md §4.1)."""

    def test_claims_of_one_debtor_make_one_file_and_it_is_found_again(self):
        claims = self.make_claim() | self.make_claim(amount=200.0)
        litigation = self.make_file(claims, ready=False)
        self.assertEqual(litigation.claim_ids, claims)
        self.assertEqual(litigation.amount_principal, 500)
        self.assertEqual(litigation.court_id, self.court)
        again = claims.with_user(self.manager).action_take_to_court()
        self.assertEqual(again["res_id"], litigation.id)
        found = litigation.search([("claim_ids", "in", claims[:1].ids)])
        self.assertEqual(found, litigation)

    def test_two_debtors_make_two_files(self):
        claims = self.make_claim() | self.make_claim(partner=self.make_patient("Lou"))
        action = claims.with_user(self.manager).action_take_to_court()
        files = self.env["recouv.litigation"].search(action["domain"])
        self.assertEqual(len(files), 2)
        with self.assertRaisesRegex(ValidationError, "of one debtor"):
            files[0].line_ids = [(0, 0, {"claim_id": files[1].claim_ids.id})]

    def test_a_new_order_follows_the_law_of_september_2026(self):
        litigation = self.granted()
        self.assertEqual(litigation.service_deadline, date(2026, 12, 14))
        self.assertEqual(
            (litigation.next_date, litigation.next_kind),
            (date(2026, 12, 14), "service"),
        )
        self.served(litigation)
        self.assertEqual(litigation.opposition_until, date(2026, 11, 16))
        self.assertEqual(litigation.enforceable_from, FREE)

    def test_an_order_of_the_day_before_follows_the_older_law(self):
        litigation = self.granted(day=date(2026, 8, 31))
        self.assertEqual(litigation.service_deadline, date(2027, 3, 1))
        self.served(litigation)
        self.assertEqual(litigation.enforceable_from, date(2026, 11, 17))

    def test_an_order_not_served_in_time_is_void(self):
        litigation = self.granted()
        with self.assertRaisesRegex(UserError, "has not lapsed"):
            self.record(litigation, "lapsed", date(2026, 12, 14))
        with self.assertRaisesRegex(UserError, "void"):
            self.record(litigation, "served", date(2026, 12, 15), in_person=True)
        self.record(litigation, "lapsed", date(2026, 12, 15))
        self.assertEqual(litigation.state, "lapsed")
        self.assertEqual(litigation.claim_ids.holder, "practice")

    def test_served_on_the_last_day_is_in_time(self):
        litigation = self.granted()
        self.record(litigation, "served", date(2026, 12, 14), in_person=True)
        self.assertEqual(litigation.state, "served")

    def test_it_is_not_enforced_before_its_day(self):
        litigation = self.served()
        with self.assertRaisesRegex(UserError, "from 12/16/2026"):
            self.record(litigation, "no_opposition", date(2026, 12, 15))
        self.titled(litigation)
        self.assertEqual(litigation.state, "enforceable")
        self.assertEqual(litigation.title_until, date(2036, 12, 16))
        self.assertEqual(litigation.next_kind, "title")

    def test_not_served_in_person_opposition_stays_open(self):
        litigation = self.titled(in_person=False)
        self.assertFalse(litigation.opposition_until)
        self.record(litigation, "opposed", date(2027, 2, 1))
        self.assertEqual(litigation.state, "opposed")
        self.assertFalse(litigation.title_on)

    def test_served_in_person_a_late_opposition_is_refused(self):
        litigation = self.titled()
        with self.assertRaisesRegex(UserError, "ended on 11/16/2026"):
            self.record(litigation, "opposed", date(2027, 2, 1))

    def test_a_debtor_overseas_or_abroad_has_more_time(self):
        self.patient.write({"zip": "97400", "city": "Saint-Denis"})
        litigation = self.make_file(court_id=self.court.id)
        self.served(self.granted(litigation))
        self.assertEqual(litigation.distance, "overseas")
        self.assertEqual(litigation.opposition_until, date(2026, 12, 15))

    def test_a_debtor_abroad_holds_back_the_enforcement(self):
        self.patient.write({"zip": "1000", "country_id": self.env.ref("base.be").id})
        litigation = self.served(self.granted(self.make_file(court_id=self.court.id)))
        self.assertEqual(litigation.opposition_until, date(2027, 1, 15))
        self.assertEqual(litigation.enforceable_from, date(2027, 1, 16))

    def test_an_opposition_above_ten_thousand_wants_a_lawyer_in_fifteen_days(self):
        litigation = self.served(self.granted(self.make_file(self.make_claim(12000))))
        self.record(litigation, "opposed", date(2026, 11, 2))
        self.assertEqual(
            (litigation.next_date, litigation.next_kind),
            (date(2026, 11, 17), "lawyer"),
        )
        litigation.lawyer_id = self.lawyer
        self.assertEqual(litigation.next_kind, "limitation")

    def test_an_opposition_on_a_small_sum_wants_none(self):
        litigation = self.served()
        self.record(litigation, "opposed", date(2026, 11, 2))
        self.assertFalse(litigation.lawyer_deadline)

    def test_hearing_judgment_and_its_service_make_the_title(self):
        litigation = self.served()
        self.record(litigation, "opposed", date(2026, 11, 2))
        with self.assertRaisesRegex(UserError, "date of the hearing"):
            self.record(litigation, "hearing", date(2026, 11, 20))
        self.record(
            litigation, "hearing", date(2026, 11, 20), hearing_on=date(2027, 1, 12)
        )
        self.assertEqual(litigation.next_date, date(2027, 1, 12))
        self.record(
            litigation, "judgment", date(2027, 2, 9), granted_principal=250,
            by_default=True,
        )  # fmt: skip
        self.assertEqual(litigation.judgment_deadline, date(2027, 8, 9))
        self.assertEqual(litigation.granted_principal, 250)
        self.record(litigation, "judgment_served", date(2027, 3, 1))
        self.assertEqual(litigation.title_on, date(2027, 3, 1))

    def test_a_rejected_petition_opens_the_ordinary_route(self):
        litigation = self.make_file()
        self.record(litigation, "filed", LODGED)
        self.record(litigation, "rejected", ORDER)
        self.assertEqual(litigation.claim_ids.holder, "practice")
        action = litigation.action_sue_otherwise()
        following = litigation.browse(action["res_id"])
        self.assertEqual(
            (following.route, following.origin_id), ("ordinary", litigation)
        )
        self.assertEqual(following.claimant_birth_place, "Brest")

    def test_a_partial_order_is_taken_or_not_served(self):
        litigation = self.make_file()
        self.record(litigation, "filed", LODGED)
        with self.assertRaisesRegex(UserError, "record a partial order"):
            self.record(litigation, "granted", ORDER, granted_principal=100)
        with self.assertRaisesRegex(UserError, "only"):
            self.record(litigation, "partial", ORDER, granted_principal=301)
        self.record(litigation, "partial", ORDER, granted_principal=100)
        self.record(litigation, "renounced", SERVED)
        self.assertEqual(litigation.state, "rejected")

    def test_acts_come_in_order_and_not_from_the_future(self):
        litigation = self.make_file()
        with self.assertRaisesRegex(UserError, "cannot be recorded now"):
            litigation.record("served", TODAY)
        with self.assertRaisesRegex(UserError, "is to come"):
            litigation.record("filed", LODGED)
        self.record(litigation, "filed", LODGED)
        with self.assertRaisesRegex(UserError, "before the last act"):
            self.record(litigation, "granted", TODAY, granted_principal=300)

    def test_the_end_dialog_ends_the_file(self):
        litigation = self.granted()
        context = litigation.action_end()["context"]
        acts = self.env["recouv.litigation.act"].with_user(self.manager)
        with self.at(SERVED):
            acts.with_context(**context).create({"end_kind": "insolvent"})
        self.assertEqual((litigation.state, litigation.ended_on), ("insolvent", SERVED))

    def test_paid_is_what_the_books_say(self):
        litigation = self.granted()
        with self.assertRaisesRegex(UserError, "still owed"):
            self.record(litigation, "paid", SERVED)
        with self.at(SERVED):
            self.pay(litigation.claim_ids.move_id, day=SERVED)
            litigation.record("paid", SERVED)
        self.assertEqual(litigation.state, "paid")
        self.assertFalse(litigation.next_date)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestLitigationHolder(CourtCommon):
    """While it runs, the court holds the claims; limitation moves by the law alone."""

    def events(self, litigation, **values):
        return [
            (event.kind, event.date, event.is_void)
            for event in litigation.claim_ids.limitation_event_ids
        ]

    def test_the_claim_is_the_courts_from_lodging_and_comes_back(self):
        litigation = self.make_file()
        claim = litigation.claim_ids
        self.assertEqual(claim.holder, "practice")
        self.record(litigation, "filed", LODGED)
        self.assertEqual(claim.holder, "court")
        run = self.propose(date(2026, 9, 1))
        self.assertFalse(run.notice_ids)
        self.record(litigation, "withdrawn", ORDER)
        self.assertEqual(claim.holder, "practice")

    def test_the_petition_moves_nothing_and_the_service_does(self):
        litigation = self.granted()
        claim = litigation.claim_ids
        self.assertEqual(claim.limitation_date, date(2028, 3, 2))
        self.assertFalse(self.events(litigation))
        self.served(litigation)
        self.assertEqual(self.events(litigation), [("order_service", SERVED, False)])
        self.assertEqual(claim.limitation_date, date(2028, 10, 15))

    def test_the_title_lasts_ten_years(self):
        litigation = self.titled()
        self.assertEqual(litigation.claim_ids.limitation_date, date(2036, 12, 16))

    def test_a_withdrawal_takes_the_interruption_back(self):
        litigation = self.served()
        self.record(litigation, "withdrawn", date(2026, 11, 2))
        self.assertEqual(self.events(litigation), [("order_service", SERVED, True)])
        self.assertEqual(litigation.claim_ids.limitation_date, date(2028, 3, 2))

    def test_an_ordinary_claim_interrupts_until_its_end(self):
        litigation = self.make_file(
            ready=False, route="ordinary", amicable_kind="conciliation",
            amicable_on=date(2026, 7, 1),
        )  # fmt: skip
        litigation.action_complete()
        self.record(litigation, "filed", LODGED, hearing_on=date(2026, 11, 3))
        claim = litigation.claim_ids
        self.assertFalse(claim.limitation_date)
        self.assertEqual(litigation.next_kind, "hearing")
        self.record(litigation, "judgment", date(2026, 12, 1), granted_principal=300)
        self.assertEqual(claim.limitation_date, date(2028, 12, 1))
        self.record(litigation, "judgment_served", date(2027, 1, 4))
        self.assertEqual(claim.limitation_date, date(2037, 1, 4))

    def test_a_dismissed_claim_never_interrupted(self):
        litigation = self.make_file(
            ready=False, route="interim", amicable_kind="urgent"
        )
        litigation.action_complete()
        self.record(litigation, "filed", LODGED)
        self.record(litigation, "dismissed", ORDER)
        self.assertEqual(self.events(litigation), [("court_claim", LODGED, True)])
        self.assertEqual(litigation.claim_ids.limitation_date, date(2028, 3, 2))

    def test_undoing_an_act_puts_everything_back(self):
        litigation = self.served()
        act = litigation._standing_acts()[-1]
        with self.at(date(2026, 11, 2)):
            act.undo("wrong day")
        self.assertEqual(litigation.state, "granted")
        self.assertFalse(litigation.served_on)
        self.assertEqual(litigation.claim_ids.limitation_date, date(2028, 3, 2))
        with self.at(date(2026, 11, 2)):
            litigation._standing_acts()[-1].undo("and the order")
            litigation._standing_acts()[-1].undo("and the petition")
        self.assertEqual((litigation.state, litigation.claim_ids.holder),
                         ("ready", "practice"))  # fmt: skip

    def test_undoing_a_withdrawal_gives_the_interruption_back(self):
        litigation = self.served()
        self.record(litigation, "withdrawn", date(2026, 11, 2))
        litigation._standing_acts()[-1].undo("not withdrawn after all")
        self.assertEqual(litigation.state, "served")
        self.assertEqual(litigation.claim_ids.holder, "court")
        self.assertEqual(litigation.claim_ids.limitation_date, date(2028, 10, 15))

    def test_undoing_a_judgment_reopens_the_instance(self):
        litigation = self.make_file(
            ready=False, route="interim", amicable_kind="urgent"
        )
        litigation.action_complete()
        self.record(litigation, "filed", LODGED)
        act = self.record(litigation, "judgment", ORDER, granted_principal=300)
        self.assertTrue(litigation.claim_ids.limitation_date)
        act.undo("it was adjourned")
        self.assertFalse(litigation.claim_ids.limitation_date)

    def test_only_the_last_act_is_undone(self):
        litigation = self.granted()
        with self.assertRaisesRegex(UserError, "later acts"):
            litigation._standing_acts()[0].undo("the first")

    def test_a_withdrawal_is_not_undone_once_another_holds_the_claim(self):
        litigation = self.granted()
        self.record(litigation, "withdrawn", SERVED)
        litigation.claim_ids.sudo().holder = "agency"
        with self.assertRaisesRegex(UserError, "handed over meanwhile"):
            litigation._standing_acts()[-1].undo("too late")

    def test_acts_are_evidence(self):
        litigation = self.granted()
        act = litigation._standing_acts()[-1]
        with self.assertRaisesRegex(UserError, "not edited"):
            act.date = TODAY
        with self.assertRaisesRegex(UserError, "undo it instead"):
            act.sudo().unlink()
        with self.assertRaisesRegex(UserError, "reopen it"):
            litigation.route = "ordinary"
        with self.assertRaisesRegex(UserError, "history"):
            litigation.sudo().unlink()

    def test_a_secretary_reads_and_does_not_write(self):
        litigation = self.granted()
        mine = litigation.with_user(self.secretary)
        self.assertEqual(mine.state, "granted")
        self.assertTrue(mine.next_step)
        with self.assertRaises(AccessError):
            mine.record("served", TODAY)
        with self.assertRaises(AccessError):
            mine.claim_ids.action_take_to_court()
        with self.assertRaises(AccessError):
            mine.action_export()

    def test_another_company_reads_nothing_of_it(self):
        litigation = self.granted()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self.manager.copy(
            {"login": "stranger", "company_id": other.id,
             "company_ids": [(6, 0, other.ids)]}
        )  # fmt: skip
        for records in (litigation, litigation.act_ids, litigation.line_ids,
                        litigation.exhibit_ids, self.court):  # fmt: skip
            seen = records.with_user(stranger)
            self.assertFalse(seen.search([("id", "in", records.ids)]), records)
            with self.assertRaises(AccessError):
                seen.read(["display_name"])
        self.assertFalse(
            self.env["recouv.exhibit.request"].with_user(stranger).search([])
        )
