from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .court_common import LODGED, ORDER, CourtCommon

TODAY = date(2026, 8, 18)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestLitigationCheck(CourtCommon):
    """What stands against lodging a file, each said in a sentence."""

    def refused(self, litigation, sentence):
        self.assertIn(sentence, litigation.obstacles or "")
        with self.assertRaisesRegex(UserError, "is not complete"):
            litigation.action_complete()

    def test_a_complete_file_has_nothing_against_it(self):
        litigation = self.make_file()
        self.assertFalse(litigation.obstacles)
        self.assertEqual(litigation.state, "ready")

    def test_a_new_file_says_what_is_missing(self):
        litigation = self.make_file(
            ready=False, release=False, claimant_birth_place=False
        )
        self.refused(litigation, "place of birth")
        self.assertIn("at least one exhibit", litigation.obstacles)

    def test_a_legal_person_names_its_form_and_who_represents_it(self):
        litigation = self.make_file(ready=False, claimant_kind="entity")
        self.refused(litigation, "legal form")
        litigation.write(
            {"claimant_form": "SELARL", "claimant_representative": "sa gérante"}
        )
        litigation.action_complete()

    def test_no_mise_en_demeure(self):
        claim = self.make_claim()
        claim.sudo().formal_notice_date = False
        self.refused(self.make_file(claim, ready=False), "no mise en demeure")

    def test_the_delay_that_the_mise_en_demeure_gave(self):
        notice = self.formal_notice(self.make_invoice())
        claim = notice.line_ids.claim_id
        with self.at(date(2026, 7, 10)):
            notice.tracking_ref = "1A00915825019"
            notice._mark_posted(date(2026, 7, 10))
            notice._record_presentation(date(2026, 7, 10))
        with self.at(date(2026, 7, 25)):
            litigation = self.make_file(claim, ready=False)
            self.refused(litigation, "gives until 07/25/2026")
        with self.at(date(2026, 7, 26)):
            self.env.invalidate_all()
            litigation.action_complete()

    def test_a_time_barred_claim(self):
        claim = self.make_claim(due=date(2023, 1, 2))
        self.refused(self.make_file(claim, ready=False), "right to sue has expired")

    def test_an_open_dispute_of_all_or_of_a_part(self):
        claim = self.make_claim()
        litigation = self.make_file(claim, ready=False)
        hold = claim._hold("dispute", amount_disputed=50)
        self.env.invalidate_all()
        self.refused(litigation, "a part of it is disputed")
        hold.amount_disputed = 0
        self.env.invalidate_all()
        self.refused(litigation, "suspended: Dispute")

    def test_over_indebtedness_and_the_other_suspensions(self):
        claim = self.make_claim()
        litigation = self.make_file(claim, ready=False)
        for reason, label in (
            ("over_indebted", "Over-indebtedness"),
            ("deceased", "Deceased"),
            ("minor", "Minor"),
            ("promise", "Promise"),
        ):
            hold = claim._hold(reason)
            self.env.invalidate_all()
            self.refused(litigation, f"suspended: {label}")
            hold.undo("tested")
        self.env.invalidate_all()
        litigation.action_complete()

    def test_who_may_not_be_written_to_may_still_be_sued(self):
        claim = self.make_claim()
        claim._hold("never")
        claim._hold("address_unknown")
        self.assertEqual(self.make_file(claim).state, "ready")

    def test_a_claim_that_somebody_else_holds(self):
        claim = self.make_claim()
        litigation = self.make_file(claim, ready=False)
        claim.sudo().holder = "agency"
        self.env.invalidate_all()
        self.refused(litigation, "it is held by: Agency")

    def test_a_claim_to_review_and_one_that_was_paid(self):
        claim = self.make_claim()
        litigation = self.make_file(claim, ready=False)
        claim.in_review = True
        self.env.invalidate_all()
        self.refused(litigation, "reviewed first")
        claim.in_review = False
        self.pay(claim.move_id, day=TODAY)
        self.env.invalidate_all()
        self.refused(litigation, "nothing is owed")

    def test_paid_between_the_dossier_and_the_court(self):
        litigation = self.make_file()
        self.pay(litigation.claim_ids.move_id, day=TODAY)
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "nothing is owed"):
            self.record(litigation, "filed", LODGED)
        self.assertEqual(litigation.state, "ready")

    def test_an_unsigned_overrun_until_a_manager_confirms_it(self):
        claim = self.make_claim(recouv_overrun_amount=60.0)
        litigation = self.make_file(claim, ready=False)
        self.refused(litigation, "overrun has no signed quote")
        claim.action_confirm_overrun()
        self.env.invalidate_all()
        litigation.action_complete()

    def test_confidential_care_is_never_put_before_a_court(self):
        claim = self.make_claim()
        claim.move_id.recouv_confidential = True
        self.refused(self.make_file(claim, ready=False), "confidential")

    def test_an_address_is_needed(self):
        self.patient.street = False
        self.refused(self.make_file(ready=False), "street, postcode and city")

    # --- the court ------------------------------------------------------------------

    def test_no_court_is_guessed(self):
        self.patient.zip = "22000"
        litigation = self.make_file(ready=False)
        self.assertFalse(litigation.court_id)
        self.refused(litigation, "No court is known for 22000")

    def test_two_courts_for_one_postcode_are_a_humans_choice(self):
        self.court.copy({"name": "Tribunal de proximité de Redon"})
        litigation = self.make_file(ready=False)
        self.assertFalse(litigation.court_id)
        self.refused(litigation, "Several courts answer")
        litigation.court_id = self.court
        litigation.action_complete()

    def test_a_professional_is_asked_about_and_a_merchant_goes_to_commerce(self):
        firm = self.make_patient("Sport SARL", is_company=True)
        commerce = self.court.copy(
            {"name": "Tribunal de commerce de Rennes", "kind": "commerce"}
        )
        litigation = self.make_file(self.make_claim(partner=firm), ready=False)
        self.refused(litigation, "whether the debtor is a merchant")
        litigation.debtor_status = "merchant"
        self.assertEqual(litigation.court_id, commerce)
        litigation.debtor_status = "professional"
        self.assertEqual(litigation.court_id, self.court)

    def test_a_public_body_is_not_sued_here(self):
        body = self.make_patient(
            "Commune", is_company=True, recouv_debtor_kind="public"
        )
        litigation = self.make_file(self.make_claim(partner=body), ready=False)
        self.refused(litigation, "ask a lawyer")

    def test_postcodes_that_are_none_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "35x"):
            self.court.postcode_prefixes = "35x"

    # --- the route ------------------------------------------------------------------

    def test_an_ordinary_claim_up_to_5000_wants_an_amicable_attempt(self):
        litigation = self.make_file(ready=False, route="ordinary")
        self.refused(litigation, "amicable attempt must come first")
        litigation.amicable_kind = "mediation"
        self.refused(litigation, "amicable attempt must come first")
        litigation.amicable_on = date(2026, 7, 1)
        litigation.action_complete()

    def test_above_5000_it_wants_none(self):
        claim = self.make_claim(amount=5000.01)
        self.assertEqual(self.make_file(claim, route="ordinary").state, "ready")

    def test_an_order_to_pay_wants_none_whatever_the_sum(self):
        self.assertEqual(self.make_file(self.make_claim(amount=12.0)).state, "ready")

    def test_above_10000_a_lawyer_before_a_judge_but_not_for_the_petition(self):
        self.make_file(self.make_claim(amount=12000))
        litigation = self.make_file(
            self.make_claim(amount=12000, partner=self.make_patient("Lou")),
            ready=False,
            route="ordinary",
        )
        self.refused(litigation, "a lawyer is needed")
        litigation.lawyer_id = self.lawyer
        litigation.action_complete()

    def test_small_claims_take_5000_and_no_more(self):
        self.make_file(self.make_claim(amount=5000), route="small_claims")
        litigation = self.make_file(
            self.make_claim(amount=5000.01, partner=self.make_patient("Lou")),
            ready=False,
            route="small_claims",
        )
        self.refused(litigation, "choose another route")

    def test_interest_counts_for_the_ceiling_of_small_claims(self):
        litigation = self.make_file(
            self.make_claim(amount=4990), ready=False, route="small_claims",
            claims_interest=True,
        )  # fmt: skip
        self.refused(litigation, "choose another route")

    def test_small_claims_need_an_officer_and_no_exhibit(self):
        litigation = self.make_file(
            ready=False, release=False, route="small_claims", officer_id=False
        )
        self.refused(litigation, "commissaire de justice")
        litigation.officer_id = self.officer
        litigation.action_complete()

    def test_no_payment_is_asked_while_small_claims_wait(self):
        litigation = self.make_file(route="small_claims")
        self.record(litigation, "filed", LODGED)
        claim = litigation.claim_ids
        with self.at(LODGED):
            self.env.invalidate_all()
            self.assertEqual((claim.suspension, claim.holder), ("hold", "court"))
        self.assertEqual(litigation.hold_id.reason, "small_claims")
        # 20 September is a Sunday
        self.assertEqual(
            (litigation.next_date, litigation.next_kind),
            (date(2026, 9, 21), "answer"),
        )
        hold = litigation.hold_id
        self.record(litigation, "refused", date(2026, 9, 22))
        self.assertTrue(hold.lifted_by_id)
        self.assertEqual(claim.holder, "practice")

    def test_failed_small_claims_are_the_amicable_attempt(self):
        litigation = self.make_file(route="small_claims")
        self.record(litigation, "filed", LODGED)
        self.record(litigation, "refused", date(2026, 9, 22))
        with self.at(date(2026, 9, 23)):
            action = litigation.action_sue_otherwise()
            following = litigation.browse(action["res_id"])
            self.assertEqual(following.amicable_kind, "small_claims")
            self.env.invalidate_all()
            self.assertNotIn("amicable", following.obstacles or "")

    def test_who_takes_part_suspends_limitation_and_agrees_to_a_title(self):
        litigation = self.make_file(route="small_claims")
        self.record(litigation, "filed", LODGED)
        claim = litigation.claim_ids
        self.assertEqual(claim.limitation_date, date(2028, 3, 2))
        self.record(litigation, "participates", date(2026, 9, 1))
        self.assertFalse(claim.limitation_date)
        self.record(litigation, "agreed", ORDER, granted_principal=280)
        self.assertEqual(litigation.state, "enforceable")
        self.assertEqual(claim.limitation_date, date(2036, 9, 12))

    # --- law and currency -----------------------------------------------------------

    def test_thresholds_are_in_euros_whatever_the_currency(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "company_id": self.company.id,
             "name": date(2026, 1, 1), "rate": 2.0}
        )  # fmt: skip
        claim = self.make_claim(amount=9000, currency_id=dollar.id)
        litigation = self.make_file(claim, route="small_claims")
        self.assertEqual(litigation.currency_id, dollar)
        self.assertEqual(litigation.state, "ready")

    def test_other_laws_have_other_routes(self):
        self.company.account_fiscal_country_id = self.env.ref("base.ch")
        with self.assertRaisesRegex(UserError, "French law"):
            self.make_file(ready=False)

    def test_a_file_cannot_mix_two_claims_twice(self):
        claim = self.make_claim()
        litigation = self.make_file(claim, ready=False)
        with self.assertRaises(Exception), self.cr.savepoint():  # noqa: B017
            litigation.line_ids = [(0, 0, {"claim_id": claim.id})]
            litigation.flush_recordset()


@tagged("post_install", "-at_install")
@freeze_time(date(2026, 9, 30))
class TestLitigationSums(CourtCommon):
    """Principal and legal interest, never a fee (law.md §2)."""

    def test_interest_from_the_mise_en_demeure_by_semester(self):
        claim = self.make_claim(amount=1000)
        litigation = self.make_file(claim, ready=False, claims_interest=True)
        self.assertEqual(litigation.amount_interest, 10.23)
        self.assertEqual(litigation.amount_total, 1010.23)

    def test_without_asking_there_is_none(self):
        litigation = self.make_file(self.make_claim(amount=1000), ready=False)
        self.assertEqual(litigation.amount_total, 1000)

    def test_a_part_payment_lowers_what_bears_interest(self):
        claim = self.make_claim(amount=1000)
        self.pay(claim.move_id, amount=400, day=date(2026, 7, 1))
        litigation = self.make_file(claim, ready=False, claims_interest=True)
        # 47 days on 1,000 at 2.62 %, 91 days on 600 at 2.75 %
        self.assertEqual(litigation.amount_interest, 7.49)
        self.assertEqual(litigation.amount_principal, 600)

    def test_what_was_lodged_stays_as_it_was(self):
        claim = self.make_claim(amount=1000)
        litigation = self.make_file(claim, claims_interest=True)
        litigation.record("filed", date(2026, 9, 30))
        with self.at(date(2026, 10, 20)):
            self.pay(claim.move_id, amount=400, day=date(2026, 10, 20))
            self.env.invalidate_all()
            self.assertEqual(litigation.amount_total, 1010.23)
            self.assertEqual(litigation.line_ids.amount_owed, 600)

    def test_a_missing_rate_is_told_and_never_guessed(self):
        claim = self.make_claim(amount=1000)
        with self.at(date(2027, 2, 1)):
            litigation = self.make_file(claim, ready=False, claims_interest=True)
            self.assertIn("2027-S1", litigation.obstacles)

    def test_five_points_two_months_after_the_title(self):
        rates = self.env["recouv.legal.parameter"]
        for start, end in ((date(2027, 1, 1), date(2027, 6, 30)),):
            rates.create(
                {
                    "name": "x", "code": "legal_rate", "unit": "percent",
                    "country_id": self.env.ref("base.fr").id, "source": "test",
                    "value_float": 2.75, "valid_from": start, "valid_to": end,
                }
            )  # fmt: skip
        claim = self.make_claim(amount=1000)
        until, raised = date(2027, 3, 18), date(2027, 2, 16)
        plain = claim._court_interest(until)
        more = claim._court_interest(until, raised)
        # 30 days at 5 points more
        self.assertEqual(round(more - plain, 2), 4.11)
        self.assertEqual(claim._court_interest(until, date(2028, 1, 1)), plain)
