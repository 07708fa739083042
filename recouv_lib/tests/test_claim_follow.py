from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY, RecouvCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestClaimFollow(RecouvCommon):
    """A claim follows its invoice through reset, change and re-posting."""

    def instalments(self, *days):
        shares = {2: (50, 50), 3: (40, 30, 30)}[len(days)]
        return self.env["account.payment.term"].create(
            {
                "name": "Instalments",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": share, "nb_days": day}
                    )
                    for share, day in zip(shares, days, strict=True)
                ],
            }
        )

    def reposted(self, move, **values):
        move.button_draft()
        move.write(values)
        move.action_post()
        return self.claims_of(move)

    def test_posted_again_unchanged_the_claim_keeps_its_history(self):
        move = self.make_invoice(due=date(2026, 5, 1))
        self.prove(self.propose(date(2026, 5, 15)), date(2026, 5, 15))
        claim = self.reposted(move)
        self.assertEqual(len(claim), 1)
        self.assertFalse(claim.closed_on)
        self.assertTrue(claim.step_id)
        self.assertEqual(claim.move_line_id, move._recouv_receivable_items())

    def test_posted_again_with_other_maturities_claims_follow_by_rank(self):
        move = self.make_invoice(due=date(2026, 5, 1))
        move.button_draft()
        move.invoice_payment_term_id = self.instalments(0, 10)
        move.action_post()
        self.propose()
        claims = self.claims_of(move).sorted("maturity_rank")
        self.assertEqual(claims.mapped("amount_residual"), [50, 50])
        claims = self.reposted(
            move, invoice_payment_term_id=self.instalments(0, 10, 20).id
        ).sorted("maturity_rank")
        self.assertEqual(claims.mapped("date_due")[1], date(2026, 5, 11))
        self.assertEqual(
            claims.mapped("move_line_id"), move._recouv_receivable_items()[:2]
        )

    def test_fewer_instalments_close_the_claim_of_the_missing_rank(self):
        move = self.make_invoice(due=date(2026, 5, 1))
        move.button_draft()
        move.invoice_payment_term_id = self.instalments(0, 10)
        move.action_post()
        self.propose()
        claims = self.reposted(
            move, invoice_payment_term_id=False, invoice_date_due=date(2026, 5, 1)
        ).sorted("maturity_rank")
        self.assertFalse(claims[0].closed_on)
        self.assertEqual(claims[1].close_reason, "maturity_removed")

    def test_a_changed_debtor_closes_the_claim_and_opens_a_new_one(self):
        move = self.make_invoice(due=date(2026, 5, 1))
        self.prove(self.propose(date(2026, 5, 15)), date(2026, 5, 15))
        other = self.make_patient("Dominique Petit")
        old = self.reposted(move, partner_id=other.id)
        self.assertEqual(old.close_reason, "debtor_changed")
        notice = self.propose().notice_ids
        self.assertEqual(notice.partner_id, other)
        self.assertEqual(notice.step_id, self.policy.step_ids.sorted()[0])

    def test_a_cancelled_invoice_closes_its_claim(self):
        move = self.make_invoice()
        self.propose(date(2026, 6, 5))
        move.button_draft()
        move.button_cancel()
        self.assertEqual(self.claims_of(move).close_reason, "cancelled")

    def test_a_changed_end_of_care_moves_dates_and_limitation(self):
        self.policy.step_ids.sorted()[0].anchor = "care_end"
        move = self.make_invoice(due=date(2026, 6, 1))
        self.propose(date(2026, 6, 5))
        move.recouv_care_end_date = date(2026, 5, 1)
        claim = self.claims_of(move)
        self.assertEqual(claim.next_date, date(2026, 5, 11))
        self.assertEqual(claim.limitation_date, date(2028, 5, 1))

    def test_the_limitation_of_a_claim_made_in_sql_is_that_of_the_library(self):
        kinds = ["patient", "payer", "professional", "public", "insurer"]
        for kind in kinds:
            partner = self.make_patient(kind, recouv_debtor_kind=kind)
            self.make_invoice(partner, due=date(2026, 5, 31))
        self.propose()
        claims = self.env["recouv.claim"].search([("company_id", "=", self.company.id)])
        self.assertEqual(len(claims), 5)
        inserted = {claim: claim.limitation_date for claim in claims}
        claims._refresh_limitation()
        self.assertEqual(inserted, {claim: claim.limitation_date for claim in claims})

    def test_a_signed_acknowledgment_moves_the_limitation_a_letter_does_not(self):
        move = self.make_invoice(due=date(2026, 5, 1))
        self.prove(self.propose(date(2026, 5, 15)), date(2026, 5, 15))
        claim = self.claims_of(move)
        self.assertEqual(claim.limitation_date, date(2028, 5, 1))
        self.env["recouv.limitation.event"].with_user(self.secretary).create(
            {
                "claim_id": claim.id,
                "kind": "acknowledgment",
                "date": date(2026, 6, 10),
                "is_written": True,
            }
        )
        self.assertEqual(claim.limitation_date, date(2028, 6, 10))

    def test_settlement_is_typed(self):
        paid, credited, written = (self.make_invoice() for _ in range(3))
        self.propose()
        self.pay(paid)
        refund = credited._reverse_moves([{"date": TODAY}], cancel=True)
        self.assertTrue(refund)
        entry = self.env["account.move"].create(
            {
                "journal_id": self.company_data["default_journal_misc"].id,
                "date": TODAY,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "debit": debit,
                            "credit": credit,
                            "partner_id": self.patient.id,
                        }
                    )
                    for account, debit, credit in (
                        (self.company_data["default_account_expense"], 100, 0),
                        (self.company_data["default_account_receivable"], 0, 100),
                    )
                ],
            }
        )
        entry.action_post()
        (
            written._recouv_receivable_items() | entry.line_ids.filtered("credit")
        ).reconcile()
        self.assertEqual(
            [self.claims_of(move).settlement for move in (paid, credited, written)],
            ["paid", "credited", "written_off"],
        )
        found = self.env["recouv.claim"].search([("settlement", "=", "credited")])
        self.assertEqual(found, self.claims_of(credited))

    def test_a_claim_with_a_history_is_not_deleted(self):
        move = self.make_invoice()
        self.prove(self.propose(), TODAY)
        with self.assertRaisesRegex(UserError, "history"):
            self.claims_of(move).sudo().unlink()

    def test_the_invoice_says_where_it_stands_and_can_be_grouped(self):
        move = self.make_invoice(due=date(2026, 5, 1))
        self.make_invoice(due=date(2026, 8, 1))
        self.prove(self.propose(date(2026, 5, 15)), date(2026, 5, 15))
        step = self.policy.step_ids.sorted()[0]
        self.assertEqual(move.recouv_step_id, step)
        self.assertEqual(move.recouv_next_date, self.claims_of(move).next_date)
        groups = dict(
            self.env["account.move"]._read_group(
                [("partner_id", "=", self.patient.id)], ["recouv_step_id"], ["__count"]
            )
        )
        self.assertEqual(groups[step], 1)
        found = self.env["account.move"].search([("recouv_step_id", "=", step.id)])
        self.assertEqual(found, move)

    def test_alarms_before_the_right_to_sue_expires_once_each_even_after_a_gap(self):
        move = self.make_invoice(due=date(2024, 12, 1))
        self.propose()
        claim = self.claims_of(move)
        claim.sudo().limitation_date = date(2026, 12, 1)
        for day, told in (
            ("2026-06-15", 1),
            ("2026-06-16", 1),
            ("2026-09-05", 2),
            ("2026-11-20", 3),
        ):
            with freeze_time(day):
                self.env["recouv.claim"]._cron_limitation_alarms()
            self.assertEqual(len(claim.activity_ids), told, day)

    def test_a_payment_booked_on_a_contact_counts_for_the_debtor(self):
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.patient.id}
        )
        self.make_invoice(amount=100)
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": contact.id,
                "amount": 30,
                "date": TODAY,
            }
        )
        payment.action_post()
        self.assertEqual(self.propose().notice_ids.amount, 70)
