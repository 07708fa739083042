from datetime import date, timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.recouv_lib.tests.common import TODAY

from .offer_common import OfferCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSaleGates(OfferCommon):
    """Each reason why a receivable is not offered has its code and its sentence."""

    def code_of(self, move):
        line = self.draft(move).line_ids
        self.assertEqual(bool(line.told_reason), bool(line.code))
        return line.code or ""

    def test_an_invoice_past_due_may_be_offered(self):
        self.assertEqual(self.code_of(self.make_invoice()), "")

    def test_what_was_not_sent_is_not_offered(self):
        self.assertEqual(self.code_of(self.make_invoice(sent=False)), "not_sent")

    def test_a_paid_invoice_is_not_offered(self):
        paid, open_ = self.make_invoice(), self.make_invoice(amount=50.0)
        draft = self.draft(paid | open_)
        self.pay(paid)
        draft.action_look()
        self.assertEqual(draft.line_ids[0].code, "settled")
        self.assertFalse(draft.line_ids[1].code)

    def test_money_that_waits_to_be_allocated_comes_first(self):
        move = self.make_invoice()
        credit = self.make_invoice(amount=20.0, move_type="out_refund")
        self.assertEqual(credit.payment_state, "not_paid")
        self.assertEqual(self.code_of(move), "payment_in_progress")

    def test_a_payment_under_way_comes_first(self):
        move = self.make_invoice()
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.patient.id,
                "amount": 30.0,
            }
        )
        payment.action_post()
        self.assertEqual(self.code_of(move), "payment_in_progress")

    def test_a_disputed_receivable_is_not_offered(self):
        move = self.make_invoice()
        self.propose()
        self.claims_of(move)._hold("dispute", "Wrong date")
        self.assertIn(self.code_of(move), ("dispute", "hold"))

    def test_a_suspended_person_is_not_sold_even_without_a_claim(self):
        self.env["recouv.hold"].create(
            {"partner_id": self.patient.id, "reason": "hospitalised"}
        )
        self.assertEqual(self.code_of(self.make_invoice()), "hold")

    def test_a_placed_claim_is_not_sold(self):
        move = self.make_invoice(due=TODAY - timedelta(days=60))
        self.propose()
        self.place(self.claims_of(move))
        self.assertEqual(self.code_of(move), "placed")

    def test_what_was_offered_is_not_placed(self):
        move = self.make_invoice(due=TODAY - timedelta(days=60))
        self.propose()
        self.offer(move)
        claim = self.claims_of(move)
        verdict = claim._placement_verdicts(self.agency)[claim.id]
        self.assertEqual(verdict.code, "offered")

    def test_a_debtor_without_an_address_is_not_sold(self):
        move = self.make_invoice(self.make_patient("Nowhere", street=False))
        self.assertEqual(self.code_of(move), "no_address")

    def test_another_currency_needs_its_own_schedule(self):
        francs = self.env.ref("base.CHF")
        francs.active = True
        move = self.make_invoice(currency_id=francs.id)
        draft = self.draft(move)
        self.assertEqual(draft.currency_id, francs)
        mine = self.draft(self.make_invoice(amount=70.0))
        self.assertNotEqual(mine, draft)
        mine.line_ids = [Command.create({"origin_line_id": self.item(move).id})]
        self.assertEqual(mine.line_ids[-1].code, "currency")

    def test_a_receivable_in_another_currency_than_the_books_says_so(self):
        francs = self.env.ref("base.CHF")
        francs.active = True
        move = self.make_invoice(currency_id=francs.id)
        self.assertEqual(self.code_of(move), "books_currency")
        line = self.draft(move).line_ids
        self.assertIn("currency than the practice's books", line.told_reason)

    def test_a_part_that_may_not_be_collected_keeps_it_here(self):
        move = self.make_invoice()
        move.invoice_line_ids.recouv_exclusion = "missed_appointment"
        self.assertEqual(self.code_of(move), "not_collectable")

    def test_a_minor_without_a_guardian_is_not_sold(self):
        minor = self.make_patient("Young", recouv_birth_date=date(2015, 1, 1))
        self.assertEqual(self.code_of(self.make_invoice(minor)), "minor")

    def test_what_another_add_on_blocks_is_not_sold(self):
        from odoo.tools import SQL

        from odoo.addons.recouv_lib.models.recouv_engine import Blocker

        pending = Blocker(
            "payer_share_pending", "A part is a payer's.", SQL("c.move_id IS NOT NULL")
        )
        engine = type(self.env["recouv.engine"])
        original = engine._claim_blockers
        with patch.object(
            engine,
            "_claim_blockers",
            lambda self, company, today: [pending, *original(self, company, today)],
        ):
            self.assertEqual(self.code_of(self.make_invoice()), "payer_share_pending")

    def test_a_debtor_who_has_not_agreed_is_not_sold_where_the_country_asks_it(self):
        partners = type(self.env["res.partner"])
        with patch.object(
            partners, "_recouv_has_consent", lambda self, purpose, company=None: False
        ):
            self.assertEqual(self.code_of(self.make_invoice()), "no_consent")

    def test_a_public_body_sells_nothing(self):
        move = self.make_invoice()
        self.company.recouv_is_public = True
        with self.assertRaisesRegex(UserError, "public"):
            self.draft(move)

    def test_without_a_contract_nothing_is_sold(self):
        self.contract._record({"state": "draft"})
        with self.assertRaisesRegex(UserError, "no factoring contract"):
            self.draft(self.make_invoice())

    def test_without_the_mandate_nothing_is_sold(self):
        self.mandate._record({"ended_on": TODAY, "state": "revoked"})
        with self.assertRaisesRegex(UserError, "mandate"):
            self.draft(self.make_invoice())


@tagged("post_install", "-at_install")
class TestDeferredPayment(OfferCommon):
    """Conso L312-4 since 20 November 2026: a term granted at the outset."""

    def draft_on(self, day, term):
        with freeze_time(day + timedelta(days=term + 5)):
            return self.draft(
                self.make_invoice(due=day + timedelta(days=term), invoice_date=day)
            )

    def test_before_that_day_a_term_is_no_obstacle(self):
        draft = self.draft_on(date(2026, 11, 1), 15)
        self.assertFalse(draft.line_ids.code)

    def test_from_that_day_on_a_manager_reviews_it_first(self):
        draft = self.draft_on(date(2026, 11, 20), 15)
        line = draft.line_ids
        self.assertEqual(line.code, "deferred_payment")
        with self.assertRaises(AccessError):
            line.move_id.with_user(self.secretary)._recouv_review_sale("x")
        wizard = self.env["recouv.sale.review.wizard"].with_user(self.practitioner)
        with freeze_time("2026-12-10"):
            wizard.create(
                {"line_ids": [Command.set(line.ids)], "reason": "Agreed after the care"}
            ).action_review()
        self.assertFalse(line.code)
        review = self.env["recouv.sale.review"].search([])
        self.assertEqual(review.reviewed_by_id, self.practitioner)
        review.with_user(self.practitioner).undo("Counsel disagrees")
        with freeze_time("2026-12-10"):
            draft.action_look()
        self.assertEqual(line.code, "deferred_payment")

    def test_due_on_receipt_is_no_term(self):
        self.assertFalse(self.draft_on(date(2026, 11, 20), 0).line_ids.code)

    def test_a_professional_is_no_consumer(self):
        self.patient.recouv_debtor_kind = "professional"
        self.assertFalse(self.draft_on(date(2026, 11, 20), 15).line_ids.code)

    def test_another_country_has_no_such_gate(self):
        self.company.account_fiscal_country_id = self.env.ref("base.ch")
        self.assertFalse(self.draft_on(date(2026, 11, 20), 15).line_ids.code)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSaleSubmission(OfferCommon):
    def test_a_secretary_offers_and_the_buyer_has_its_own_record(self):
        schedule = self.offer(self.make_invoice(amount=120.0))
        self.assertEqual(schedule.stage, "submitted")
        offer = self.offers_of(schedule)
        self.assertEqual(offer.company_id, self.agency)
        self.assertEqual((offer.amount, offer.state), (120.0, "to_decide"))
        self.assertEqual(offer.partner_id.company_id, self.agency)
        self.assertEqual(offer.partner_id.name, "Camille Martin")
        self.assertNotEqual(offer.partner_id, self.patient)

    def test_what_is_not_eligible_stays_with_its_reason(self):
        good, bad = self.make_invoice(), self.make_invoice(sent=False)
        schedule = self.offer(good | bad)
        removed = schedule.line_ids.filtered(lambda x: x.move_id == bad)
        self.assertEqual(removed.state, "removed")
        self.assertEqual(removed.code, "not_sent")
        self.assertIn("never sent", removed.reason)
        self.assertEqual(len(self.offers_of(schedule)), 1)

    def test_nothing_to_offer_says_why_and_the_draft_stays(self):
        draft = self.draft(self.make_invoice(sent=False))
        with self.assertRaisesRegex(UserError, "never sent"):
            draft.action_submit()
        self.assertEqual(draft.stage, "draft")

    def test_a_debtor_keeps_his_contact_from_one_offer_to_the_next(self):
        first = self.offer(self.make_invoice())
        second = self.offer(self.make_invoice(amount=60.0))
        self.assertEqual(
            self.offers_of(first).partner_id, self.offers_of(second).partner_id
        )
        self.assertEqual(
            self.offers_of(first).creditor_partner_id,
            self.offers_of(second).creditor_partner_id,
        )

    def test_a_debtor_handed_over_before_has_the_same_contact(self):
        old = self.make_invoice(due=TODAY - timedelta(days=60))
        self.propose()
        mirror = self.place(self.claims_of(old))
        schedule = self.offer(self.make_invoice(amount=60.0))
        self.assertEqual(self.offers_of(schedule).partner_id, mirror.partner_id)

    def test_and_one_offered_before_keeps_his_contact_at_the_hand_over(self):
        schedule = self.offer(self.make_invoice(amount=60.0))
        contact = self.offers_of(schedule).partner_id
        old = self.make_invoice(due=TODAY - timedelta(days=60))
        self.propose()
        self.assertEqual(self.place(self.claims_of(old)).partner_id, contact)

    def test_two_practices_debtors_are_never_joined(self):
        mine = self.offers_of(self.offer(self.make_invoice())).partner_id
        lines = self.env["recouv.assignment.line"]
        other = self.setup_other_company(name="Next door")["company"]
        self.assertFalse(lines._buyer_known(self.patient, other, self.agency))
        self.assertTrue(lines._buyer_known(self.patient, self.company, self.agency))
        self.assertTrue(mine)

    def test_the_address_follows_while_it_is_offered_and_no_more_once_sold(self):
        schedule = self.offer(self.make_invoice())
        contact = self.offers_of(schedule).sudo().partner_id
        self.patient.street = "9 rue Neuve"
        self.assertEqual(contact.street, "9 rue Neuve")
        self.accept(schedule)
        self.sign(schedule)
        self.patient.street = "1 autre rue"
        self.assertEqual(contact.street, "9 rue Neuve")

    def test_the_same_receivable_is_offered_once(self):
        move = self.make_invoice()
        self.offer(move)
        again = self.draft(move)
        self.assertEqual(again.line_ids.code, "offered")
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            again.line_ids._record({"state": "submitted"})
            self.env.flush_all()
        self.assertIn("_live_once", str(caught.exception))

    def test_what_is_not_due_waits_and_is_decided_when_it_is(self):
        move = self.make_invoice(due=TODAY + timedelta(days=3), invoice_date=TODAY)
        schedule = self.offer(move)
        self.assertEqual(schedule.stage, "waiting_due")
        self.assertEqual(self.offers_of(schedule).state, "waiting_due")
        with freeze_time(TODAY + timedelta(days=3)):
            self.env["recouv.assignment"]._cron_sell()
        self.assertEqual(schedule.stage, "waiting_due")
        with freeze_time(TODAY + timedelta(days=4)):
            self.env["recouv.assignment"]._cron_sell()
        self.assertEqual(schedule.line_ids.state, "submitted")
        self.assertEqual(self.offers_of(schedule).state, "to_decide")

    def test_a_bank_buys_what_is_not_due(self):
        self.set_terms(buyer_status="credit_institution")
        move = self.make_invoice(due=TODAY + timedelta(days=3), invoice_date=TODAY)
        self.assertEqual(self.offer(move).stage, "submitted")

    def test_a_contract_may_offer_all_that_is_posted(self):
        self.set_terms(submission="posting", is_automatic=True)
        first = self.make_invoice()
        unsent = self.make_invoice(amount=60.0, sent=False)
        draft = first.recouv_assignment_line_ids.assignment_id
        self.assertEqual((draft.stage, draft.is_from_posting), ("draft", True))
        self.env["recouv.assignment"]._cron_sell()
        self.assertEqual(first.recouv_sale_state, "accepted")
        self.assertEqual(unsent.recouv_sale_state, "draft")
        unsent.is_move_sent = True
        self.env["recouv.assignment"]._cron_sell()
        unsent.invalidate_recordset(["recouv_sale_state"])
        self.assertEqual(unsent.recouv_sale_state, "accepted")

    def test_a_whole_month_is_put_on_a_schedule_at_once(self):
        june = self.make_invoice() | self.make_invoice(amount=60.0)
        self.make_invoice(due=date(2026, 5, 4))
        wizard = (
            self.env["recouv.assignment.month"].with_user(self.secretary).create({})
        )
        self.assertEqual(wizard.count, 2)
        draft = self.env["recouv.assignment"].browse(wizard.action_add()["res_id"])
        self.assertEqual(draft.line_ids.move_id, june)
        with self.assertRaisesRegex(UserError, "no unpaid invoice"):
            wizard.action_add()

    def test_a_long_draft_is_cut_into_schedules(self):
        moves = self.env["account.move"]
        for amount in range(1, 6):
            moves |= self.make_invoice(amount=amount * 10.0)
        path = "odoo.addons.recouv_lib_factoring.models.recouv_assignment_submit"
        with patch(f"{path}.MOST_LINES", 2):
            done = self.offer(moves)
        self.assertEqual([len(s.line_ids) for s in done], [2, 2, 1])
        self.assertEqual(set(done.mapped("stage")), {"submitted"})

    def test_what_waits_at_the_buyer_is_not_relanced(self):
        move = self.make_invoice(due=TODAY - timedelta(days=60))
        self.propose()
        self.offer(move)
        explained = self.claims_of(move)._explain()
        self.assertEqual(explained[0]["code"], "offered")

    def test_a_practice_takes_back_what_it_offered(self):
        schedule = self.offer(self.make_invoice())
        offer = self.offers_of(schedule)
        schedule.line_ids.with_user(self.secretary).action_withdraw()
        self.assertEqual(schedule.line_ids.state, "withdrawn")
        self.assertEqual(offer.state, "withdrawn")
        self.assertEqual(schedule.stage, "cancelled")

    def test_many_receivables_take_a_flat_number_of_statements(self):
        def cost(count):
            moves = self.env["account.move"]
            for rank in range(count):
                patient = self.make_patient(f"P{count}-{rank}")
                moves |= self.make_invoice(patient)
            draft = self.draft(moves)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            draft._submit()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        few = cost(3)
        self.assertLess(cost(12) - few, 25)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSaleLimits(OfferCommon):
    def test_a_debtor_s_limit_lets_in_what_fits(self):
        self.set_terms(limit_debtor=150.0)
        first, second = self.make_invoice(), self.make_invoice()
        other = self.make_invoice(self.make_patient("Other"))
        schedule = self.offer(first | second | other)
        states = {line.move_id: line.state for line in schedule.line_ids}
        self.assertEqual(states[first], "submitted")
        self.assertEqual(states[second], "removed")
        self.assertEqual(states[other], "submitted")
        over = schedule.line_ids.filtered(lambda x: x.move_id == second)
        self.assertEqual(over.code, "limit_debtor")
        self.assertIn("limit for this debtor", over.reason)

    def test_the_limit_of_the_month_counts_what_was_offered_in_it(self):
        self.set_terms(limit_month=100.0)
        self.offer(self.make_invoice())
        patient = self.make_patient("Other")
        draft = self.draft(self.make_invoice(patient))
        with self.assertRaisesRegex(UserError, "limit of the month"):
            draft._submit()
        with freeze_time("2026-07-02"):
            later = self.offer(self.make_invoice(patient, amount=90.0))
        self.assertEqual(later.stage, "submitted")

    def test_a_refusal_releases_what_it_used(self):
        self.set_terms(limit_total=100.0)
        offer = self.offers_of(self.offer(self.make_invoice()))
        contract = self.contract.sudo()
        self.assertEqual(contract._exposure(), 100.0)
        seen = self.contract.with_user(self.practitioner)
        self.assertEqual((seen.exposure_total, seen.exposure_month), (100.0, 100.0))
        debtor = offer.sudo().partner_id
        used = contract._exposures(fields.Date.context_today(contract))
        self.assertEqual(used, {debtor.id: (100.0, 100.0, 100.0)})
        offer._refuse("Not for us")
        self.assertEqual(contract._exposure(), 0.0)
        self.assertEqual(self.offer(self.make_invoice()).stage, "submitted")

    # --- a contract that follows another one ------------------------------------------

    def succeeded(self, **terms):
        """End the contract; the same parties sign another one."""
        self.contract._record({"ended_on": TODAY, "state": "ended"})
        return self.make_contract(
            valid_from=TODAY, needs_check=False, commission_rate=0.0, **terms
        )

    def test_a_debtor_s_limit_counts_what_the_earlier_contract_left(self):
        self.accept(self.offer(self.make_invoice()))
        successor = self.succeeded(limit_debtor=150.0)
        draft = self.draft(self.make_invoice())
        self.assertEqual(draft.contract_id, successor)
        with self.assertRaisesRegex(UserError, "limit for this debtor"):
            draft._submit()
        other = self.make_invoice(self.make_patient("Other"))
        self.assertEqual(self.offer(other).stage, "submitted")

    def test_the_month_goes_on_under_the_contract_that_follows(self):
        self.offer(self.make_invoice())
        self.succeeded(limit_month=150.0)
        draft = self.draft(self.make_invoice(self.make_patient("Other")))
        with self.assertRaisesRegex(UserError, "limit of the month"):
            draft._submit()

    def test_the_limit_of_the_practice_counts_all_its_contracts(self):
        self.offer(self.make_invoice())
        successor = self.succeeded(limit_practice=150.0)
        patient = self.make_patient("Other")
        over = self.make_invoice(patient)
        schedule = self.offer(over | self.make_invoice(patient, amount=50.0))
        removed = schedule.line_ids.filtered(lambda line: line.state == "removed")
        self.assertEqual((removed.move_id, removed.code), (over, "limit_practice"))
        self.assertIn("limit of the practice", removed.reason)
        seen = successor.with_user(self.practitioner).sudo(False)
        self.assertEqual((seen.exposure_total, seen.exposure_practice), (50.0, 150.0))

    def test_the_limit_of_the_contract_is_its_own(self):
        self.offer(self.make_invoice())
        self.succeeded(limit_total=100.0)
        patient = self.make_patient("Other")
        self.assertEqual(self.offer(self.make_invoice(patient)).stage, "submitted")

    def test_another_buyer_or_practice_shares_no_limit(self):
        other = self.make_contract(state="ended")
        third = self.setup_other_company(name="Third")["company"]
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE recouv_factoring_contract SET agency_id = %s WHERE id = %s",
            [third.id, other.id],
        )
        self.env.invalidate_all()
        contract = self.contract.sudo()
        self.assertEqual(contract._same_parties(), contract)
        draft = self.make_draft_contract()
        self.assertNotIn(draft, contract._same_parties())
