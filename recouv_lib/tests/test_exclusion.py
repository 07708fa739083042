from datetime import date

from odoo import Command
from odoo.tests import Form, freeze_time, tagged

from .common import TODAY, RecouvCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestExclusion(RecouvCommon):
    """Lines that may not be collected stay on the invoice and out of the notices."""

    def invoice(self, code="missed_appointment", **values):
        """100 of fees and 30 that may not be collected."""
        return self.make_invoice(
            invoice_line_ids=[
                self.line("Fees", 100.0),
                self.line("Appointment", 30.0, recouv_exclusion=code),
            ],
            **values,
        )

    def line(self, name, price, **values):
        return Command.create(
            {"name": name, "quantity": 1, "price_unit": price, "tax_ids": [], **values}
        )

    def test_a_missed_appointment_is_not_asked_for(self):
        move = self.invoice()
        notice = self.propose().notice_ids
        self.assertEqual((move.amount_residual, notice.amount), (130.0, 100.0))
        self.assertEqual(notice.line_ids.amount_original, 130.0)
        self.assertEqual(self.claims_of(move).amount_excluded, 30.0)

    def test_each_code_counts(self):
        for code in ("missed_appointment", "remote_advice", "protected_overrun"):
            patient = self.make_patient(code)
            self.invoice(code, partner=patient)
        self.assertEqual(self.propose().notice_ids.mapped("amount"), [100.0] * 3)

    def test_when_only_that_is_left_nothing_leaves(self):
        move = self.invoice()
        self.pay(move, 100.0)
        run = self.propose()
        self.assertFalse(run.notice_ids)
        self.assertEqual(run.skip_ids.code, "not_collectable")
        self.assertEqual(self.claims_of(move)._explain()[0]["code"], "not_collectable")

    def test_a_code_set_after_the_proposal_lowers_the_notice(self):
        move = self.invoice(code=False)
        notice = self.propose().notice_ids
        self.assertEqual(notice.amount, 130.0)
        move.invoice_line_ids[1].recouv_exclusion = "remote_advice"
        notice.action_approve()
        self.assertTrue(notice._recheck())
        self.assertEqual(notice.amount, 100.0)

    def test_a_code_taken_away_asks_again(self):
        move = self.invoice()
        self.propose()
        move.invoice_line_ids.recouv_exclusion = False
        self.assertEqual(self.claims_of(move).amount_excluded, 0.0)

    def test_a_coded_line_changed_in_draft_counts_as_it_is_posted_again(self):
        move = self.invoice()
        self.propose()
        move.button_draft()
        move.invoice_line_ids[1].price_unit = 50.0
        move.action_post()
        self.assertEqual(self.claims_of(move).amount_excluded, 50.0)

    def test_a_credit_note_of_the_coded_line_excludes_it_no_more(self):
        move = self.invoice()
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        refund = self.make_invoice(
            move_type="out_refund",
            reversed_entry_id=move.id,
            invoice_line_ids=[
                self.line("Appointment", 30.0, recouv_exclusion="missed_appointment")
            ],
        )
        items = move._recouv_receivable_items() | refund._recouv_receivable_items()
        items.reconcile()
        self.assertEqual(self.claims_of(move).amount_excluded, 0.0)
        self.assertEqual(self.propose().notice_ids.amount, 100.0)

    def test_each_instalment_bears_its_part(self):
        terms = self.env["account.payment.term"].create(
            {
                "name": "Two",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days}
                    )
                    for days in (0, 5)
                ],
            }
        )
        move = self.invoice(
            invoice_payment_term_id=terms.id, invoice_date=date(2026, 6, 1)
        )
        self.propose()
        self.assertEqual(self.claims_of(move).mapped("amount_excluded"), [15.0, 15.0])

    def test_the_code_is_on_the_invoice_screen(self):
        move = self.invoice()
        with Form(move.with_user(self.secretary)) as form:
            with form.recouv_charge_line_ids.edit(1) as line:
                self.assertEqual(line.recouv_exclusion, "missed_appointment")
                line.recouv_exclusion = False
            with form.recouv_charge_line_ids.edit(0) as line:
                line.recouv_exclusion = "remote_advice"
        self.assertEqual(self.propose().notice_ids.amount, 30.0)
        self.assertEqual((move.amount_total, move.amount_residual), (130.0, 130.0))
