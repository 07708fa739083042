from datetime import date, timedelta

from odoo import Command
from odoo.tests import freeze_time, tagged

from .common import TODAY, RecouvCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestEnginePropose(RecouvCommon):
    def skip_codes(self, run, move):
        skips = run.skip_ids.filtered(lambda s: s.claim_id in self.claims_of(move))
        return skips.mapped("code")

    def explained(self, move):
        item = move._recouv_receivable_items()[0]
        return item.with_user(self.secretary)._recouv_explain()[0]["code"]

    # --- what leaves ----------------------------------------------------------------

    def test_an_overdue_invoice_gets_its_first_letter(self):
        move = self.make_invoice(due=date(2026, 6, 1))
        notice = self.propose().notice_ids
        self.assertEqual(len(notice), 1)
        self.assertEqual(notice.channel, "letter")
        self.assertEqual(notice.state, "proposed")
        self.assertEqual(notice.amount, 100.0)
        self.assertEqual(notice.line_ids.claim_id, self.claims_of(move))
        self.assertEqual(notice.line_ids.label, move.name)

    def test_the_secretary_can_run_it_all(self):
        self.make_invoice()
        run = self.env["recouv.run"].with_user(self.secretary).create({"date": TODAY})
        run.action_propose()
        self.assertEqual(run.state, "proposed")
        self.assertEqual(run.notice_count, 1)
        self.assertEqual(run.to_approve_count, 1)

    def test_an_invoice_whose_delay_is_not_over_waits(self):
        move = self.make_invoice(due=date(2026, 6, 10))
        run = self.propose()
        self.assertFalse(run.notice_ids)
        self.assertEqual(self.claims_of(move).next_date, date(2026, 6, 20))
        self.assertEqual(self.explained(move), "not_due")

    def test_an_invoice_not_yet_due_has_no_claim(self):
        move = self.make_invoice(due=date(2026, 7, 1))
        self.propose()
        self.assertFalse(self.claims_of(move))
        self.assertEqual(self.explained(move), "not_due")

    def test_an_automatic_step_needs_no_human(self):
        self.policy.step_ids[0].approval = "automatic"
        self.make_invoice()
        self.assertEqual(self.propose().notice_ids.state, "queued")

    # --- net amounts ----------------------------------------------------------------

    def test_an_open_credit_note_is_deducted_and_listed(self):
        self.make_invoice(amount=100)
        refund = self.make_invoice(amount=30, move_type="out_refund")
        notice = self.propose().notice_ids
        self.assertEqual(notice.amount, 70)
        credit = notice.line_ids.filtered(lambda line: line.kind == "credit")
        self.assertEqual((credit.label, credit.amount), (refund.name, -30))

    def test_a_debtor_in_credit_is_not_relanced(self):
        move = self.make_invoice(amount=100)
        self.make_invoice(amount=130, move_type="out_refund")
        run = self.propose()
        self.assertFalse(run.notice_ids)
        self.assertEqual(self.skip_codes(run, move), ["net_credit"])
        self.assertEqual(self.explained(move), "net_credit")

    def test_an_unallocated_payment_is_deducted(self):
        move = self.make_invoice(amount=100)
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.patient.id,
                "amount": 40,
                "date": TODAY,
            }
        )
        payment.action_post()
        self.assertEqual(self.propose().notice_ids.amount, 60, move.name)

    def test_a_payment_under_way_without_entry_is_deducted(self):
        """Where an accounting app defers the entry, the item shows its whole sum."""
        move = self.make_invoice(amount=100)
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.patient.id,
                "amount": 100,
                "date": TODAY,
            }
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_payment SET state = 'in_process', move_id = NULL "
            "WHERE id = %s",
            [payment.id],
        )
        payment.invalidate_recordset()
        run = self.propose()
        self.assertFalse(run.notice_ids)
        self.assertEqual(self.skip_codes(run, move), ["payment_in_progress"])

    def test_two_currencies_are_one_conversation(self):
        other = self.setup_other_currency("CHF", rates=[("2020-01-01", 1.0)])
        self.make_invoice(amount=100, due=date(2026, 5, 1))
        swiss = self.make_invoice(amount=80, currency_id=other.id)
        run = self.propose()
        self.assertEqual(run.notice_ids.amount, 100)
        self.assertEqual(self.skip_codes(run, swiss), ["contact_ceiling"])

    def test_calls_are_counted_per_debtor_where_each_claim_has_its_notice(self):
        self.policy.grouping = "claim"
        self.policy.step_ids[:1].channel = "call"
        for _each in range(5):
            self.make_invoice()
        run = self.propose()
        self.assertEqual(len(run.notice_ids), self.company.recouv_max_calls_7)
        self.assertIn("contact_ceiling", run.skip_ids.mapped("code"))

    def test_a_text_that_left_still_counts_when_its_notice_is_undone(self):
        self.policy.step_ids[:1].channel = "sms"
        self.make_invoice()
        notice = self.propose().notice_ids
        notice._prove(date_sent="2026-06-15 10:00:00")
        notice.action_undo()
        with freeze_time(date(2026, 6, 17)):
            self.assertFalse(self.propose(date(2026, 6, 17)).notice_ids)

    def test_credits_of_another_currency_are_not_netted(self):
        self.make_invoice(amount=100)
        other = self.setup_other_currency("CHF", rates=[("2020-01-01", 1.0)])
        self.make_invoice(amount=500, move_type="out_refund", currency_id=other.id)
        self.assertEqual(self.propose().notice_ids.amount, 100)

    # --- one conversation per debtor ------------------------------------------------

    def test_twelve_sessions_make_one_notice(self):
        for day in range(12):
            self.make_invoice(amount=20, due=date(2026, 5, 15) + timedelta(days=day))
        notice = self.propose().notice_ids
        self.assertEqual(len(notice), 1)
        self.assertEqual(len(notice.line_ids), 12)
        self.assertEqual(notice.amount, 240)

    def test_never_two_notices_within_seven_days(self):
        for day in range(12):
            self.make_invoice(amount=20, due=date(2026, 6, 1) + timedelta(days=day))
        days = []
        for offset in range(30):
            day = date(2026, 6, 8) + timedelta(days=offset)
            with freeze_time(day):
                run = self.propose(day)
                if run.notice_ids:
                    days.append(day)
                    self.prove(run, day)
        gaps = [(b - a).days for a, b in zip(days, days[1:], strict=False)]
        self.assertTrue(days)
        self.assertTrue(all(gap >= 7 for gap in gaps), gaps)

    def test_the_oldest_claim_carries_the_step(self):
        old = self.make_invoice(due=date(2026, 5, 1))
        self.prove(self.propose(date(2026, 5, 20)), date(2026, 5, 20))
        young = self.make_invoice(due=date(2026, 6, 1))
        notice = self.propose().notice_ids
        self.assertEqual(notice.step_id, self.policy.step_ids.sorted()[1])
        self.assertEqual(notice.lead_claim_id, self.claims_of(old))
        self.assertIn(self.claims_of(young), notice.line_ids.claim_id)

    def test_a_mise_en_demeure_names_only_what_a_proven_notice_named(self):
        old = self.make_invoice(due=date(2026, 4, 1))
        self.prove(self.propose(date(2026, 4, 15)), date(2026, 4, 15))
        self.prove(self.propose(date(2026, 5, 1)), date(2026, 5, 1))
        young = self.make_invoice(due=date(2026, 5, 20))
        notice = self.propose().notice_ids
        self.assertEqual(notice.channel, "registered_letter")
        self.assertEqual(notice.line_ids.claim_id, self.claims_of(old))
        self.assertEqual(notice.amount, 100)
        self.assertTrue(self.claims_of(young))

    def test_one_notice_per_claim_where_the_policy_says_so(self):
        self.policy.grouping = "claim"
        for amount in (50, 60):
            self.make_invoice(amount=amount)
        self.assertEqual(sorted(self.propose().notice_ids.mapped("amount")), [50, 60])

    def test_with_one_notice_per_claim_a_credit_counts_once_on_the_oldest(self):
        self.policy.grouping = "claim"
        for day in (1, 2, 3):
            self.make_invoice(amount=100, due=date(2026, 6, day))
        self.make_invoice(amount=150, move_type="out_refund")
        run = self.propose()
        self.assertEqual(sorted(run.notice_ids.mapped("amount")), [50, 100])
        self.assertEqual(sum(run.notice_ids.line_ids.mapped("amount")), 150)
        self.assertEqual(run.skip_ids.mapped("code"), ["net_credit"])

    def test_instalments_are_separate_claims(self):
        terms = self.env["account.payment.term"].create(
            {
                "name": "Two parts",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days}
                    )
                    for days in (0, 60)
                ],
            }
        )
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.patient.id,
                "journal_id": self.journal.id,
                "invoice_date": date(2026, 5, 1),
                "invoice_payment_term_id": terms.id,
                "invoice_line_ids": [
                    Command.create({"name": "Fees", "price_unit": 100, "tax_ids": []})
                ],
            }
        )
        move.action_post()
        move.is_move_sent = True
        notice = self.propose().notice_ids
        self.assertEqual(notice.amount, 50)
        claim = self.claims_of(move)
        self.assertEqual((len(claim), claim.maturity_rank), (1, 1))
        self.propose(date(2026, 7, 15))
        self.assertEqual(sorted(self.claims_of(move).mapped("maturity_rank")), [1, 2])

    # --- what blocks ----------------------------------------------------------------

    def assertBlocked(self, move, code):
        run = self.propose()
        self.assertFalse(run.notice_ids)
        self.assertEqual(self.skip_codes(run, move), [code])
        self.assertEqual(self.explained(move), code)

    def test_an_invoice_never_sent_is_blocked_as_such(self):
        self.assertBlocked(self.make_invoice(sent=False), "not_sent")

    def test_no_followup_of_odoo_is_respected(self):
        move = self.make_invoice()
        move.no_followup = True
        self.assertBlocked(move, "no_followup")

    def test_a_blocked_invoice_of_odoo_is_respected(self):
        move = self.make_invoice()
        move.action_toggle_block_payment()
        self.assertBlocked(move, "blocked")

    def test_an_archived_debtor_is_not_written_to(self):
        move = self.make_invoice()
        self.patient.active = False
        self.assertBlocked(move, "archived")

    def test_a_held_person_is_not_written_to_even_for_later_claims(self):
        self.env["recouv.hold"].with_user(self.secretary).create(
            {
                "partner_id": self.patient.id,
                "reason": "hospitalised",
                "date_from": TODAY,
                "date_to": date(2026, 6, 30),
            }
        )
        move = self.make_invoice()
        self.assertBlocked(move, "hold")
        self.assertEqual(self.claims_of(move)._explain()[0]["until"], date(2026, 6, 30))

    def test_a_dispute_with_an_end_resumes_by_itself(self):
        move = self.make_invoice()
        self.propose(date(2026, 6, 5))
        self.claims_of(move)._hold("dispute", date_to=date(2026, 6, 20))
        self.assertEqual(self.claims_of(move).suspension, "dispute")
        self.assertFalse(self.propose().notice_ids)
        with freeze_time("2026-06-21"):
            self.assertTrue(self.propose(date(2026, 6, 21)).notice_ids)

    def test_a_time_barred_claim_leaves_the_schedule(self):
        move = self.make_invoice(due=date(2024, 6, 1))
        self.assertBlocked(move, "time_barred")

    def test_a_claim_in_review_waits_for_a_human(self):
        self.company.recouv_live_on = date(2026, 6, 10)
        move = self.make_invoice(due=date(2026, 6, 1))
        self.assertBlocked(move, "in_review")
        self.claims_of(move).with_user(self.secretary).action_release_review()
        self.assertTrue(self.propose().notice_ids)

    def test_a_debtor_without_address_gets_no_letter(self):
        self.patient.street = False
        self.assertBlocked(self.make_invoice(), "missing_data")

    def test_a_practice_without_professional_number_sends_no_letter(self):
        self.company.recouv_professional_number = False
        self.assertBlocked(self.make_invoice(), "missing_data")

    def test_below_the_minimum_of_the_step(self):
        self.policy.step_ids.min_amount = 150
        self.assertBlocked(self.make_invoice(amount=100), "below_minimum")

    def test_the_minimum_is_compared_in_company_currency(self):
        """300 JPY are 1.88 €: below a minimum of 10 €."""
        yen = self.setup_other_currency("JPY", rates=[("2020-01-01", 159.0)])
        self.policy.step_ids.min_amount = 10
        move = self.make_invoice(amount=300, currency_id=yen.id)
        self.assertBlocked(move, "below_minimum")
        self.make_invoice(amount=3000, currency_id=yen.id)
        self.assertEqual(self.propose().notice_ids.amount, 3300)

    def test_without_going_live_nothing_is_proposed(self):
        self.company.recouv_live_on = False
        move = self.make_invoice()
        with self.assertRaisesRegex(Exception, "not live"):
            self.propose()
        self.assertEqual(self.explained(move), "not_live")

    def test_another_journal_is_not_relanced(self):
        other = self.journal.copy(
            {
                "name": "Other",
                "code": "OTH",
                "default_account_id": self.journal.default_account_id.id,
            }
        )
        move = self.make_invoice(journal=other)
        self.propose()
        self.assertFalse(self.claims_of(move))
        self.assertEqual(self.explained(move), "not_followed")

    # --- again ----------------------------------------------------------------------

    def test_running_twice_the_same_day_changes_nothing(self):
        move = self.make_invoice()
        self.propose()
        second = self.propose()
        self.assertFalse(second.notice_ids)
        self.assertEqual(self.skip_codes(second, move), ["awaiting_proof"])
        self.assertEqual(len(self.claims_of(move)), 1)

    def test_a_changed_due_date_is_honoured(self):
        move = self.make_invoice(due=date(2026, 6, 1))
        self.propose(date(2026, 6, 5))
        item = move._recouv_receivable_items()
        item.date_maturity = date(2026, 6, 30)
        claim = self.claims_of(move)
        self.assertEqual(claim.date_due, date(2026, 6, 30))
        self.assertEqual(claim.next_date, date(2026, 7, 10))
        self.assertFalse(self.propose().notice_ids)

    def test_a_reversed_payment_reopens_where_it_stood(self):
        move = self.make_invoice(due=date(2026, 5, 1))
        self.prove(self.propose(date(2026, 5, 20)), date(2026, 5, 20))
        claim = self.claims_of(move)
        payment = self.pay(move)
        self.assertEqual(claim.settlement, "paid")
        self.assertFalse(self.propose().notice_ids)
        payment.action_draft()
        payment.action_cancel()
        claim.invalidate_recordset()
        self.assertEqual(claim.settlement, "open")
        self.assertEqual(claim.step_id, self.policy.step_ids.sorted()[0])
        notice = self.propose().notice_ids
        self.assertEqual(notice.step_id, self.policy.step_ids.sorted()[1])

    # --- rules ----------------------------------------------------------------------

    def test_the_first_rule_that_fits_chooses_the_policy(self):
        fast = self.make_policy(name="Fast")
        self.env["recouv.policy.rule"].create(
            [
                {"policy_id": fast.id, "amount_min": 500, "sequence": 1},
                {"policy_id": self.policy.id, "debtor_kind": "patient", "sequence": 2},
            ]
        )
        small, large = self.make_invoice(amount=499), self.make_invoice(amount=500)
        self.propose()
        self.assertEqual(self.claims_of(small).policy_id, self.policy)
        self.assertEqual(self.claims_of(large).policy_id, fast)

    # --- companies ------------------------------------------------------------------

    def test_runs_of_two_companies_do_not_touch_each_other(self):
        other = self.setup_other_company(name="Second practice")["company"]
        other.write(
            {
                "country_id": self.env.ref("base.fr").id,
                "account_fiscal_country_id": self.env.ref("base.fr").id,
                "street": "x",
                "zip": "1",
                "city": "y",
                "phone": "1",
                "recouv_professional_number": "1",
            }
        )
        env = self.env(context={"allowed_company_ids": [other.id, self.company.id]})
        journal = env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", other.id)], limit=1
        )
        self.go_live(other, self.make_policy(other), journal)
        shared = self.make_patient("Shared", company_id=False)
        mine = self.make_invoice(shared)
        self.make_invoice(shared, journal=journal, company_id=other.id)
        later = self.propose(date(2026, 6, 20))
        earlier = self.propose(TODAY, company=other)
        self.assertEqual(later.notice_ids.line_ids.claim_id, self.claims_of(mine))
        self.assertEqual(len(earlier.notice_ids), 1)
        seen = self.env["recouv.claim"].with_user(self.secretary).search([])
        self.assertEqual(seen.company_id, self.company)
        self.assertTrue(shared.with_user(self.secretary).recouv_owed)
