from datetime import date

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .insurance_common import InsuranceCommon

DAY = date(2026, 3, 2)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02")
class TestInsurancePolicy(InsuranceCommon):
    """The contract of a year, its premium by turnover and its adjustment."""

    def next_year(self, **values):
        terms = {
            "activate": False,
            "name": "POL-2",
            "date_from": date(2027, 1, 1),
            "date_to": date(2027, 12, 31),
        }
        return self.make_insurance(**(terms | values)).with_user(self.practitioner)

    # --- the contract -------------------------------------------------------------

    def test_a_policy_lasts_a_year_unless_said_otherwise(self):
        policy = self.env["recouv.insurance.policy"].new({"date_from": "2027-02-15"})
        self.assertEqual(policy.date_to, date(2028, 2, 14))

    def test_an_invoice_is_covered_by_one_policy(self):
        policy = self.next_year()
        policy.write({"date_from": date(2026, 12, 31)})
        with self.assertRaisesRegex(UserError, "POL-1"):
            policy.action_activate()
        policy.write({"date_from": date(2027, 1, 1)})
        policy.action_activate()

    def test_a_policy_without_rates_or_debtors_does_not_come_into_force(self):
        for values, said in (
            ({"rate_ids": False}, "table of rates"),
            ({"covers_professional": False}, "which debtors"),
        ):
            policy = self.next_year(**values)
            with self.subTest(said), self.assertRaisesRegex(UserError, said):
                policy.action_activate()
            policy.unlink()

    @mute_logger("odoo.sql_db")
    def test_terms_that_no_contract_has_are_refused(self):
        for values in (
            {"insured_share": 0},
            {"insured_share": 101},
            {"deductible": -1},
            {"notice_days": -1},
            {"date_to": date(2026, 6, 1)},
        ):
            with self.subTest(values), self.assertRaises(IntegrityError):
                with self.cr.savepoint():
                    self.next_year(**values)
                    self.env.flush_all()
        with self.assertRaises(ValidationError):
            self.next_year(insurer_id=self.company.partner_id.id)

    def test_the_terms_in_force_are_not_rewritten_its_papers_are_filed(self):
        policy = self.policy_2026.with_user(self.practitioner)
        policy.write({"note": "Avenant reçu"})
        for values in ({"insured_share": 95}, {"state": "draft"}, {"name": "X"}):
            with self.subTest(values), self.assertRaises(UserError):
                policy.write(values)
        with self.assertRaises(UserError):
            policy.rate_ids[0].rate = 0.1
        with self.assertRaises(UserError):
            policy.unlink()

    def test_no_rate_is_moved_into_a_policy_in_force(self):
        policy = self.policy_2026.with_user(self.practitioner)
        rates = policy.rate_ids.mapped("rate")
        draft = self.make_insurance(
            activate=False,
            name="POL-2027",
            date_from=date(2027, 1, 1),
            date_to=date(2027, 12, 31),
        )
        rate = draft.with_user(self.practitioner).rate_ids[0]
        with self.assertRaisesRegex(UserError, "stays there"):
            rate.write({"policy_id": policy.id, "max_days": 77, "rate": 9})
        self.env.invalidate_all()
        self.assertEqual(policy.rate_ids.mapped("rate"), rates)
        rate.write({"policy_id": draft.id, "rate": 0.3})
        self.assertEqual(rate.rate, 0.3)

    def test_a_policy_is_put_into_force_by_a_manager(self):
        policy = self.next_year()
        with self.assertRaises(UserError):
            policy.with_user(self.secretary).action_activate()

    def test_a_policy_entered_wrongly_is_a_draft_again(self):
        policy = self.next_year(provisional_premium=100)
        policy.action_activate()
        self.assertEqual(len(policy.premium_ids), 4)
        policy.undo("Mauvaise franchise")
        self.assertEqual(policy.state, "draft")
        self.assertFalse(policy.premium_ids._standing())
        policy.write({"deductible": 50})
        policy.action_activate()
        self.assertEqual(len(policy.premium_ids._standing()), 4)

    def test_a_policy_on_which_a_limit_stands_is_not_undone(self):
        self.limit(self.clinic, 100)
        with self.assertRaisesRegex(UserError, "stand on it"):
            self.policy_2026.with_user(self.practitioner).undo("Erreur")

    def test_it_is_renewed_with_its_terms_and_its_limits_go_on(self):
        self.limit(self.clinic, 1000)
        action = self.policy_2026.with_user(self.practitioner).action_renew()
        renewed = self.env["recouv.insurance.policy"].browse(action["res_id"])
        self.assertEqual(renewed.previous_id, self.policy_2026)
        self.assertEqual(
            (renewed.date_from, renewed.date_to, renewed.state),
            (date(2027, 1, 1), date(2027, 12, 31), "draft"),
        )
        self.assertEqual(len(renewed.rate_ids), 2)
        renewed.with_user(self.practitioner).action_activate()
        with freeze_time("2027-01-10"):
            move = self.invoice(self.clinic, 100, date(2027, 1, 10))
            self.assertEqual(self.cover(move).code, "covered")
            self.assertEqual(self.cover(move).policy_id, renewed)

    # --- premiums -----------------------------------------------------------------

    def test_instalments_add_up_to_the_cent(self):
        policy = self.next_year(provisional_premium=100.01, instalments="12")
        policy.action_activate()
        parts = policy.premium_ids.sorted("date")
        self.assertEqual(len(parts), 12)
        self.assertAlmostEqual(sum(parts.mapped("amount")), 100.01)
        self.assertEqual(parts[11].date, date(2027, 12, 1))

    def instalment(self, amount=1000.0, **values):
        self.policy_2026._record({"tax_rate": 9.0, **values})
        return self.env["recouv.insurance.premium"]._record_new(
            [{"policy_id": self.policy_2026.id, "kind": "deposit", "date": DAY,
              "amount": amount}]
        ).with_user(self.practitioner)  # fmt: skip

    def test_a_premium_is_booked_with_its_tax_on_its_account(self):
        one = self.instalment()
        one.action_book()
        bill = one.sudo().move_id
        self.assertEqual((bill.move_type, bill.state), ("in_invoice", "posted"))
        self.assertEqual(bill.amount_total, 1090)
        account = self.company._recouv_insurance_account(
            "recouv_insurance_premium_account_id"
        )
        self.assertEqual(bill.invoice_line_ids.account_id, account)
        self.assertEqual(account.account_type, "expense")
        self.assertFalse(bill.invoice_line_ids.tax_ids)
        one.action_book()  # a second click changes nothing
        self.assertEqual(one.sudo().move_id, bill)

    def test_a_premium_booked_by_mistake_is_undone_by_a_credit_note(self):
        one = self.instalment()
        one.action_book()
        one.undo("Double")
        self.assertEqual(one.state, "undone")
        self.assertEqual(one.undo_move_id.sudo().move_type, "in_refund")
        self.assertEqual(one.sudo().move_id.payment_state, "reversed")
        found = self.env["recouv.insurance.premium"].search(
            [("state", "in", ["undone"])]
        )
        self.assertIn(one.sudo(), found)

    def test_a_paid_bill_is_not_undone(self):
        one = self.instalment()
        one.action_book()
        self.pay(one.sudo().move_id)
        with self.assertRaisesRegex(UserError, "paid"):
            one.undo("Double")

    def test_locked_books_take_no_premium(self):
        one = self.instalment()
        self.company.fiscalyear_lock_date = date(2026, 3, 31)
        with self.assertRaisesRegex(UserError, "locked"):
            one.action_book()
        self.assertFalse(one.sudo().move_id)

    def test_a_secretary_books_no_premium(self):
        with self.assertRaises(UserError):
            self.instalment().with_user(self.secretary).action_book()

    def test_the_account_is_found_by_its_code_or_made_once(self):
        fname = "recouv_insurance_income_account_id"
        made = self.company._recouv_insurance_account(fname)
        self.assertEqual(made.account_type, "income_other")
        self.assertEqual(self.company._recouv_insurance_account(fname), made)
        self.company[fname] = made
        made.active = False
        with self.assertRaisesRegex(UserError, "archived"):
            self.company._recouv_insurance_account(fname)

    # --- turnover -----------------------------------------------------------------

    def sell_a_quarter(self):
        self.invoice(self.clinic, 10000, date(2026, 1, 10))
        self.invoice(self.clinic, 2000, date(2026, 2, 10), days=45)
        self.invoice(self.clinic, 900, date(2026, 2, 12), days=90)  # not covered
        self.invoice(self.patient, 5000, date(2026, 3, 1), days=0)  # not covered
        note = self.invoice(self.gym, 1000, date(2026, 3, 1))
        refund = note._reverse_moves(
            [{"invoice_date": date(2026, 3, 2), "date": date(2026, 3, 2)}]
        )
        refund.invoice_line_ids.price_unit = 400
        refund.action_post()

    def declare(self, until="2026-04-01"):
        declarations = self.env["recouv.insurance.declaration"]
        policy = self.policy_2026.with_user(self.secretary)
        with freeze_time(until):
            one = declarations.with_user(self.secretary)._prepare(policy)
            one.action_declare()
        return one

    def test_turnover_is_counted_in_the_books_by_rate(self):
        self.sell_a_quarter()
        one = self.declare()
        self.assertEqual(one.date_to, date(2026, 3, 31))
        self.assertEqual((one.turnover, one.turnover_insured), (18500, 12600))
        # 10,000 + 1,000 - 400 at 0.3 %, 2,000 at 0.6 %
        self.assertEqual(one.premium, 43.8)

    def test_an_open_period_is_not_declared_and_none_twice(self):
        declarations = self.env["recouv.insurance.declaration"]
        one = declarations._prepare(self.policy_2026)
        with self.assertRaisesRegex(UserError, "not over"):
            one.action_declare()
        one = self.declare()
        two = declarations._prepare(self.policy_2026)
        self.assertEqual(two.date_from, date(2026, 4, 1))
        two.write({"date_from": date(2026, 3, 1)})
        with self.assertRaisesRegex(UserError, "declared already"):
            two.action_count()
        with self.assertRaises(UserError):
            one.write({"date_to": date(2026, 4, 30)})

    def test_a_part_without_a_rate_is_named(self):
        policy = self.next_year()
        policy.write(
            {"rate_ids": [Command.clear(),
                          Command.create({"rate": 1, "max_days": 10})]}
        )  # fmt: skip
        policy.action_activate()
        with freeze_time("2027-02-01"):
            self.invoice(self.clinic, 100, date(2027, 1, 10))
            declarations = self.env["recouv.insurance.declaration"]
            with self.assertRaisesRegex(UserError, "30 days"):
                declarations._prepare(policy.sudo())

    def test_the_year_is_adjusted_to_its_turnover(self):
        self.policy_2026._record({"minimum_premium": 30})
        paid = self.instalment(40.0, instalments="1")
        paid.action_book()
        self.sell_a_quarter()
        policy = self.policy_2026.with_user(self.practitioner)
        with freeze_time("2027-01-05"):
            with self.assertRaisesRegex(UserError, "not declared"):
                policy.action_adjust()
            self.declare("2027-01-05")
            policy.action_adjust()
        self.assertEqual(policy.state, "ended")
        rest = policy.premium_ids.filtered(lambda p: p.kind == "adjustment")
        self.assertAlmostEqual(rest.amount, 3.8)

    def test_parts_that_meet_in_one_rate_are_summed_exactly(self):
        # 0.70 and 0.10 at 0.625 % are 0.005: half a cent, which is rounded up
        policy = self.next_year()
        policy.write({"rate_ids": [Command.clear(), Command.create({"rate": 0.625})]})
        policy.action_activate()
        with freeze_time("2027-02-01"):
            self.invoice(self.clinic, 0.7, date(2027, 1, 10), days=10)
            self.invoice(self.clinic, 0.1, date(2027, 1, 10), days=20)
            one = self.env["recouv.insurance.declaration"]._prepare(policy.sudo())
        self.assertEqual((one.turnover_insured, one.premium), (0.8, 0.01))

    def adjust(self, least=0.0, paid=40.0):
        """Sales that bear 43.80, an instalment, and the year's adjustment."""
        self.policy_2026._record({"minimum_premium": least})
        self.instalment(paid, instalments="1").action_book()
        self.sell_a_quarter()
        policy = self.policy_2026.with_user(self.practitioner)
        with freeze_time("2027-01-05"):
            self.declare("2027-01-05")
            policy.action_adjust()
        rest = policy.premium_ids.filtered(lambda p: p.kind == "adjustment")
        return policy, rest

    def test_the_least_premium_is_owed_whatever_the_turnover(self):
        policy, rest = self.adjust(least=100.0, paid=40.0)
        self.assertEqual(rest.amount, 60)
        self.assertEqual(policy._year_premium(), 100)

    def test_a_least_premium_that_was_paid_leaves_nothing_to_adjust(self):
        policy, rest = self.adjust(least=100.0, paid=100.0)
        self.assertFalse(rest)
        self.assertEqual((policy.state, policy._year_premium()), ("ended", 100))

    def test_a_year_without_adjustment_is_opened_and_adjusted_again(self):
        policy, rest = self.adjust(least=100.0, paid=100.0)
        self.assertFalse(rest)
        with self.assertRaises(UserError):
            policy.with_user(self.secretary).undo("Chiffre d'affaires faux")
        with freeze_time("2027-01-06"):
            policy.undo("Chiffre d'affaires faux")
            self.assertEqual(policy.state, "active")
            # the instalment that is booked stands
            deposit = policy.premium_ids._standing()
            self.assertEqual((deposit.state, deposit.amount), ("booked", 100))
            with self.assertRaisesRegex(UserError, "a premium is booked"):
                policy.undo("Encore")
            self.policy_2026._record({"minimum_premium": 120.0})
            policy.action_adjust()
        again = policy.premium_ids.filtered(lambda p: p.kind == "adjustment")
        self.assertEqual((policy.state, again.amount), ("ended", 20))
        with self.assertRaisesRegex(UserError, "undo that premium"):
            policy.undo("Par le haut")
        again.with_user(self.practitioner).undo("Erreur")
        self.assertEqual(policy.state, "active")

    def test_a_year_of_nothing_at_all_is_opened_again(self):
        self.policy_2026._record({"instalments": "1"})
        with freeze_time("2027-01-05"):
            self.declare("2027-01-05")
            policy = self.policy_2026.with_user(self.practitioner)
            policy.action_adjust()
            self.assertEqual((policy.state, policy._year_premium()), ("ended", 0))
            policy.undo("Trop tôt")
            self.assertEqual(policy.state, "active")

    def test_fees_count_neither_for_the_least_premium_nor_for_the_most(self):
        self.policy_2026._record({"file_fee": 500})
        with freeze_time("2026-03-02"):
            self.ask(self.gym, 100)
        policy, rest = self.adjust(least=100.0, paid=40.0)
        self.assertEqual((rest.amount, policy._year_premium()), (60, 100))

    def test_an_adjustment_that_is_undone_opens_the_year_again(self):
        policy, rest = self.adjust()
        with freeze_time("2027-01-06"):
            rest.action_book()
            rest.undo("Chiffre d'affaires faux")
            self.assertEqual(policy.state, "active")
            policy.declaration_ids.undo("Recompté")
            self.declare("2027-01-06")
            policy.action_adjust()
        again = policy.premium_ids._standing().filtered(
            lambda p: p.kind == "adjustment"
        )
        self.assertAlmostEqual(again.amount, 3.8)

    def test_the_most_of_the_year_knows_what_the_turnover_bore_so_far(self):
        self.policy_2026._record({"maximum_multiple": 25, "provisional_premium": 40})
        self.sell_a_quarter()
        self.assertEqual(self.policy_2026.maximum, 1000)
        self.declare()
        self.policy_2026.invalidate_recordset()
        self.assertEqual(self.policy_2026.maximum, 1095)

    def test_what_is_not_in_the_books_is_not_told_as_booked(self):
        one = self.instalment()
        self.assertEqual(self.policy_2026.premium_booked, 0)
        one.action_book()
        self.policy_2026.invalidate_recordset()
        self.assertEqual(self.policy_2026.premium_booked, 1000)

    def test_a_short_policy_is_paid_within_its_days(self):
        policy = self.next_year(
            provisional_premium=100, date_to=date(2027, 6, 30), instalments="4"
        )
        policy.action_activate()
        self.assertLessEqual(max(policy.premium_ids.mapped("date")), policy.date_to)

    def test_a_premium_paid_too_much_comes_back_as_a_credit_note(self):
        self.instalment(100.0, instalments="1").action_book()
        self.sell_a_quarter()
        with freeze_time("2027-01-05"):
            self.declare("2027-01-05")
            policy = self.policy_2026.with_user(self.practitioner)
            policy.action_adjust()
            rest = policy.premium_ids.filtered(lambda p: p.kind == "adjustment")
            rest.action_book()
        self.assertAlmostEqual(rest.amount, -56.2)
        self.assertEqual(rest.sudo().move_id.move_type, "in_refund")
        self.assertAlmostEqual(rest.sudo().move_id.amount_total, 61.26)

    def test_an_instalment_not_booked_holds_the_adjustment_back(self):
        self.instalment(40.0, instalments="1")
        with freeze_time("2027-01-05"):
            self.declare("2027-01-05")
            with self.assertRaisesRegex(UserError, "book the instalment"):
                self.policy_2026.with_user(self.practitioner).action_adjust()

    def test_the_most_of_the_year_follows_the_premium(self):
        self.policy_2026._record({"maximum_multiple": 25, "provisional_premium": 200})
        self.assertEqual(self.policy_2026.maximum, 5000)
        self.policy_2026._record({"maximum_sum": 1234})
        self.assertEqual(self.policy_2026.maximum, 1234)

    # --- the day ------------------------------------------------------------------

    def codes(self, user):
        day = self.env["recouv.day"].with_user(user).read_day()
        return {s["code"]: s["count"] for s in day["sections"]}

    def test_the_day_tells_what_insurance_asks(self):
        self.instalment()
        with freeze_time("2026-03-20"):
            self.ask(self.clinic, 100)
        with freeze_time("2026-11-15"):
            codes = self.codes(self.practitioner)
            self.assertEqual(codes["insurance_answers"], 1)
            self.assertEqual(codes["insurance_premiums"], 1)
            self.assertEqual(codes["insurance_policies_end"], 1)
            self.assertNotIn("insurance_premiums", self.codes(self.secretary))

    def test_who_has_no_policy_sees_nothing_of_it(self):
        self.policy_2026.with_context(active_test=False)._record({"state": "draft"})
        self.policy_2026.premium_ids.unlink()
        self.policy_2026.unlink()
        self.assertNotIn("insurance_notices", self.codes(self.secretary))
