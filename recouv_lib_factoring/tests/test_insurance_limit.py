from datetime import date
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .insurance_common import InsuranceCommon

DAY = date(2026, 3, 2)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02")
class TestInsuranceLimit(InsuranceCommon):
    """What the insurer covers of a debtor, and what the practice is told before."""

    # --- asking and answering -----------------------------------------------------

    def test_a_limit_is_agreed_whole_or_in_part_or_refused(self):
        whole = self.limit(self.clinic, 1000)
        part = self.limit(self.gym, 1000, 400)
        self.assertEqual((whole.state, part.state), ("agreed", "partial"))
        refused = self.ask(self.make_patient("Club", is_company=True), 500)
        refused._answer(0, DAY, reason="Impayés")
        self.assertEqual(refused.state, "refused")

    def test_a_cut_or_a_refusal_has_its_reason(self):
        limit = self.ask(self.clinic, 1000)
        with self.assertRaisesRegex(UserError, "say why"):
            limit._answer(0, DAY)

    def test_no_more_is_agreed_than_was_asked_nor_an_end_before_the_start(self):
        limit = self.ask(self.clinic, 1000)
        for amount, told in ((1000.01, {}), (-1, {"reason": "x"}),
                             (1000, {"valid_to": date(2026, 3, 1)})):  # fmt: skip
            with self.subTest(amount), self.assertRaises(UserError):
                limit._answer(amount, DAY, **told)

    def test_an_answer_that_nobody_awaits_is_refused(self):
        limit = self.limit(self.clinic, 1000)
        with self.assertRaisesRegex(UserError, "no answer is awaited"):
            limit._answer(500, DAY, reason="again")

    def test_the_dialog_answers_and_revokes(self):
        limit = self.ask(self.clinic, 1000)
        model = limit.env["recouv.insurance.answer"]
        with Form(model.with_context(default_limit_id=limit.id)) as form:
            self.assertEqual(form.amount, 1000)
            form.amount = 600
            form.reason = "Prudence"
        form.record.action_confirm()
        self.assertEqual((limit.state, limit.amount_agreed), ("partial", 600))
        with Form(model.with_context(default_limit_id=limit.id)) as form:
            self.assertTrue(form.is_revocation)
            form.reason = "Bilan"
        form.record.action_confirm()
        self.assertEqual(limit.revoked_on, DAY)

    def test_one_request_at_a_time_for_a_debtor(self):
        self.ask(self.clinic, 1000)
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.ask(self.clinic, 2000)

    def test_what_was_answered_is_not_edited_nor_deleted(self):
        limit = self.limit(self.clinic, 1000)
        for values in ({"amount_agreed": 5000}, {"valid_to": DAY},
                       {"state": "draft"}, {"partner_id": self.gym.id}):  # fmt: skip
            with self.subTest(values), self.assertRaises(UserError):
                limit.write(values)
        with self.assertRaises(UserError):
            limit.unlink()

    def test_a_debtor_left_out_by_the_policy_has_no_limit(self):
        with self.assertRaises(ValidationError):
            self.ask(self.patient, 100)
        tag = self.env["res.partner.category"].create({"name": "Own group"})
        self.gym.category_id = [Command.set(tag.ids)]
        policy = self.make_insurance(
            activate=False, name="POL-2", excluded_category_ids=[Command.set(tag.ids)],
            date_from=date(2027, 1, 1), date_to=date(2027, 12, 31),
        )  # fmt: skip
        self.assertFalse(policy._covers_debtor(self.gym))
        self.assertTrue(policy._covers_debtor(self.clinic))

    def test_a_contact_of_a_debtor_stands_for_the_debtor(self):
        contact = self.make_patient("Comptable", parent_id=self.clinic.id)
        self.assertEqual(self.ask(contact, 100).partner_id, self.clinic)

    def test_an_answer_recorded_wrongly_is_undone(self):
        limit = self.limit(self.clinic, 1000)
        limit.undo("Autre débiteur")
        self.assertEqual(limit.state, "undone")
        move = self.invoice(self.clinic, 100, DAY)
        self.assertEqual(self.cover(move).code, "no_limit")
        with self.assertRaises(UserError):
            limit.undo("Encore")

    def test_asking_costs_the_fee_of_the_policy(self):
        self.policy_2026._record({"file_fee": 25})
        limit = self.ask(self.clinic, 1000)
        fee = self.policy_2026.premium_ids.filtered(lambda p: p.kind == "fee")
        self.assertEqual((fee.limit_id, fee.amount), (limit.sudo(), 25))

    # --- what an invoice consumes -------------------------------------------------

    def test_invoices_use_the_limit_in_the_order_of_their_dates(self):
        self.limit(self.clinic, 1000)
        late = self.invoice(self.clinic, 700, DAY)
        early = self.invoice(self.clinic, 600, date(2026, 2, 1), days=45)
        rows = self.cover(early, late)
        self.assertEqual(rows.mapped("amount_covered"), [600, 400])
        self.assertEqual(rows.mapped("code"), ["covered", "partly"])
        self.pay(early, 300)
        self.assertEqual(self.cover(early, late).mapped("amount_covered"), [300, 700])

    def test_what_comes_after_a_used_limit_is_not_covered(self):
        limit = self.limit(self.clinic, 1000)
        self.invoice(self.clinic, 1000, DAY)
        over = self.invoice(self.clinic, 10, DAY)
        self.assertEqual(self.cover(over).code, "limit_used")
        limit.invalidate_recordset()
        self.assertEqual((limit.amount_used, limit.amount_left), (1000, 0))

    def test_a_limit_covers_from_its_day_to_its_end(self):
        self.limit(self.clinic, 1000, start=DAY, valid_to=date(2026, 4, 1))
        before = self.invoice(self.clinic, 1, date(2026, 3, 1))
        within = self.invoice(self.clinic, 1, date(2026, 4, 1))
        after = self.invoice(self.clinic, 1, date(2026, 4, 2), days=1)
        codes = self.cover(before, within, after).mapped("code")
        self.assertEqual(codes, ["before_limit", "covered", "expired"])

    def test_a_limit_revoked_mid_way_leaves_earlier_invoices_covered(self):
        limit = self.limit(self.clinic, 1000)
        first = self.invoice(self.clinic, 100, date(2026, 2, 1), days=50)
        limit._revoke(DAY, "Bilan")
        then = self.invoice(self.clinic, 100, DAY)
        self.assertEqual(self.cover(first, then).mapped("code"), ["covered", "revoked"])

    def test_a_revocation_has_a_reason_and_a_day_within_the_limit(self):
        limit = self.limit(self.clinic, 1000, start=DAY)
        with self.assertRaises(UserError):
            limit._revoke(DAY, " ")
        with self.assertRaises(UserError):
            limit._revoke(date(2026, 3, 1), "Bilan")
        limit._revoke(DAY, "Bilan")
        with self.assertRaises(UserError):
            limit._revoke(DAY, "Encore")

    def test_a_refusal_does_not_give_way_to_an_older_limit(self):
        self.limit(self.clinic, 1000)
        self.ask(self.clinic, 2000)._answer(0, DAY, reason="Impayés")
        move = self.invoice(self.clinic, 100, DAY)
        self.assertEqual(self.cover(move).code, "refused")

    def test_without_a_request_the_policy_may_cover_a_little(self):
        self.policy_2026._record({"discretionary_limit": 150})
        one = self.invoice(self.clinic, 100, date(2026, 3, 1))
        two = self.invoice(self.clinic, 100, DAY)
        self.assertEqual(self.cover(one, two).mapped("amount_covered"), [100, 50])

    def test_what_existed_before_the_policy_is_not_covered(self):
        self.limit(self.clinic, 1000)
        old = self.invoice(self.clinic, 100, date(2025, 12, 31), days=70)
        self.assertEqual(self.cover(old).code, "before_policy")

    def test_too_long_to_pay_is_not_covered(self):
        self.limit(self.clinic, 1000)
        long = self.invoice(self.clinic, 100, DAY, days=61)
        self.assertEqual(self.cover(long).code, "credit_period")

    def test_a_patient_is_not_covered_where_the_policy_leaves_patients_out(self):
        move = self.invoice(self.patient, 100, DAY)
        self.assertEqual(self.cover(move).code, "debtor_kind")

    def test_a_new_sale_to_a_debtor_already_late_is_not_covered(self):
        self.limit(self.clinic, 1000)
        self.policy_2026._record({"notice_forfeits": False})
        old = self.invoice(self.clinic, 100, date(2026, 1, 2), days=10)
        new = self.invoice(self.clinic, 100, DAY)
        self.assertEqual(
            self.cover(old, new).mapped("code"), ["covered", "late_debtor"]
        )
        with freeze_time("2026-03-03"):
            self.pay(old, day=date(2026, 3, 3))
        # it was late when it was sold to: paying later changes nothing
        self.assertEqual(self.cover(new).code, "late_debtor")

    def test_a_disputed_invoice_is_covered_again_once_the_dispute_is_solved(self):
        self.limit(self.clinic, 1000)
        move = self.invoice(self.clinic, 100, date(2026, 1, 15))
        hold = self.env["recouv.hold"].create(
            {"claim_ids": self.claim(move).ids, "reason": "dispute",
             "amount_disputed": 40}
        )  # fmt: skip
        self.assertEqual(self.cover(move).code, "dispute")
        hold.action_lift()
        hold.date_from = date(2026, 2, 1)
        self.assertEqual(self.cover(move).code, "covered")

    def test_without_the_notice_in_time_the_cover_is_lost(self):
        self.limit(self.clinic, 1000)
        move = self.invoice(self.clinic, 100, date(2026, 1, 5), days=20)
        with freeze_time("2026-02-24"):
            self.assertEqual(self.cover(move).code, "covered")
        with freeze_time("2026-02-25"):
            self.assertEqual(self.cover(move).code, "not_notified")
        self.policy_2026._record({"notice_forfeits": False})
        with freeze_time("2026-02-25"):
            self.assertEqual(self.cover(move).code, "covered")

    def test_another_currency_is_covered_in_the_currency_of_the_books(self):
        other = self.setup_other_currency("GBP", rates=[("2020-01-01", 2.0)])
        self.limit(self.clinic, 60)
        move = self.invoice(self.clinic, 100, DAY, currency_id=other.id)
        row = self.cover(move)
        self.assertEqual((row.amount_residual, row.amount_covered), (50, 50))
        self.assertEqual(row.currency_id, self.company.currency_id)

    def test_the_invoice_and_the_claim_say_what_is_covered(self):
        self.limit(self.clinic, 150)
        one = self.invoice(self.clinic, 100, date(2026, 1, 10))
        two = self.invoice(self.clinic, 100, date(2026, 1, 12))
        seen = two.with_user(self.secretary)
        self.assertEqual(seen.recouv_insurance_code, "partly")
        self.assertEqual(seen.recouv_insured_amount, 50)
        claim = self.claim(one).with_user(self.secretary)
        self.assertEqual((claim.insured_amount, claim.insurance_code), (100, "covered"))
        found = self.env["recouv.claim"].search([("cover_ids.code", "=", "partly")])
        self.assertEqual(found, self.claim(two))

    def test_the_cover_of_many_costs_one_question(self):
        self.limit(self.clinic, 1000)
        moves = self.env["account.move"]
        for _time in range(3):
            moves |= self.make_invoice(self.clinic, 10, date(2026, 3, 20),
                                       invoice_date=DAY)  # fmt: skip
        self.env.flush_all()
        moves.invalidate_recordset()
        covers, asked = type(self.env["recouv.insurance.cover"]), []
        ask = covers._of_debtors

        def count(records, *debtors):
            asked.append(debtors)
            return ask(records, *debtors)

        with patch.object(covers, "_of_debtors", count):
            moves.mapped("recouv_insured_amount")
        self.assertEqual(len(asked), 1)

    # --- what the practice is told before it treats -------------------------------

    def message(self, partner):
        partner.invalidate_recordset()
        return partner.with_user(self.secretary).recouv_insurance_message

    def draft(self, partner, amount):
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": DAY,
                "invoice_line_ids": [
                    Command.create({"name": "x", "price_unit": amount, "tax_ids": []})
                ],
            }
        )
        return move.with_user(self.secretary)

    def test_the_practice_is_told_of_a_refusal_and_stays_free(self):
        self.ask(self.clinic, 1000)._answer(0, DAY, reason="Impayés")
        self.assertIn("refused", self.message(self.clinic))
        self.assertIn("free to treat", self.message(self.clinic))
        move = self.invoice(self.clinic, 50, DAY)  # posted all the same
        self.assertEqual(move.state, "posted")

    def test_the_practice_is_told_of_a_cut_a_revocation_and_an_end(self):
        self.limit(self.clinic, 1000, 400)
        self.assertIn("400.00", self.message(self.clinic))
        limit = self.limit(self.gym, 1000)
        self.assertFalse(self.message(self.gym))
        limit._revoke(DAY, "Bilan")
        self.assertIn("revoked", self.message(self.gym))

    def test_a_limit_that_ended_is_told(self):
        self.limit(self.clinic, 1000, valid_to=date(2026, 2, 1))
        self.assertIn("ended", self.message(self.clinic))

    def test_of_a_patient_that_is_not_insured_nothing_is_told(self):
        self.assertFalse(self.message(self.patient))
        self.assertIn("once a limit", self.message(self.clinic))

    def test_a_draft_beyond_the_limit_warns(self):
        self.limit(self.clinic, 1000)
        self.assertFalse(self.draft(self.clinic, 1000).recouv_insurance_message)
        said = self.draft(self.clinic, 1000.01).recouv_insurance_message
        self.assertIn("1,000.00", said)

    # --- who may what -------------------------------------------------------------

    def test_another_company_sees_nothing(self):
        limit = self.limit(self.clinic, 1000)
        self.invoice(self.clinic, 100, DAY)
        other = self.setup_other_company(name="Autre cabinet")["company"]
        stranger = self.secretary.copy(
            {"login": "stranger", "company_id": other.id,
             "company_ids": [Command.set(other.ids)]}
        )  # fmt: skip
        with self.assertRaises(AccessError):
            limit.with_user(stranger).read(["amount_agreed"])
        for model in ("policy", "limit", "cover", "loss", "premium", "declaration",
                      "payment", "recovery", "handover"):  # fmt: skip
            with self.subTest(model):
                found = self.env[f"recouv.insurance.{model}"].with_user(stranger)
                self.assertFalse(found.search([]))
        figures = self.env["recouv.report.insurance"].with_user(stranger)
        self.assertFalse(figures.search([]))

    def test_a_secretary_enters_no_policy(self):
        with self.assertRaises(AccessError):
            self.env["recouv.insurance.policy"].with_user(self.secretary).create(
                {"name": "X", "insurer_id": self.insurer.id}
            )
