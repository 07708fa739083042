from datetime import date, timedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from .common import TODAY
from .court_common import SERVED, CourtCommon
from .test_agency_bounce import BackCommon

EARLY = TODAY + timedelta(days=10)
PRESENTED = date(2026, 5, 1)


def coded(price, rest):
    """Lines of an invoice: ``rest`` of care, ``price`` for a missed appointment."""
    lines = [
        {"name": "Fees", "price_unit": rest},
        {
            "name": "Appointment",
            "price_unit": price,
            "recouv_exclusion": "missed_appointment",
        },
    ]
    return [Command.create({"quantity": 1, "tax_ids": [], **line}) for line in lines]


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAgencyAsks(BackCommon):
    """An invoice of 120, 30 of it a missed appointment: the agency asks 90, whatever
    the way."""

    mode = "gross"

    @classmethod
    def make_placed(cls):
        result = super().make_placed()
        cls.old = cls.make_invoice(
            cls.make_patient("Nour Petit"),
            due=date(2026, 1, 5),
            invoice_line_ids=coded(30.0, 90.0),
        )
        cls.env["recouv.engine"]._create_claims(cls.company, TODAY)
        cls.claim = cls.claims_of(cls.old)
        cls.mirror = cls.place(cls.claim)
        return result

    def dispute(self, amount):
        """The debtor disputes a part with the practice."""
        hold = self.claim.with_user(self.practitioner)._hold(
            "dispute", amount_disputed=amount
        )
        self.env.invalidate_all()
        return hold

    # --- letter and agreement ---------------------------------------------------------

    def test_the_letter_asks_what_may_be_collected(self):
        notice = self.agency_run().notice_ids.filtered(
            lambda n: n.partner_id == self.mirror.partner_id
        )
        self.assertEqual(notice.amount, 90.0)

    def test_a_plan_is_of_what_the_letter_asks(self):
        with self.assertRaisesRegex(UserError, "a difference of"):
            self.mirror._agree("plan", [(EARLY, 120.0)], source="call")
        plan = self.mirror._agree("plan", [(EARLY, 90.0)], source="call")
        self.assertEqual((plan.amount_start, plan.amount_paid), (90.0, 0.0))
        self.receive(40.0)
        plan.invalidate_recordset()
        self.assertEqual((plan.amount_paid, plan.standing), (40.0, "running"))
        self.receive(50.0)
        plan.invalidate_recordset()
        self.assertEqual((plan.amount_paid, plan.standing), (90.0, "kept"))

    def test_a_plan_leaves_out_what_is_disputed_with_the_practice(self):
        self.dispute(20.0)
        plan = self.mirror._agree("plan", [(EARLY, 70.0)], source="call")
        self.assertEqual((plan.amount_total, plan.amount_start), (70.0, 90.0))

    def test_its_dialog_leaves_out_what_is_disputed_with_the_practice(self):
        self.dispute(20.0)
        action = self.mirror.action_agree()
        dialogs = self.env[action["res_model"]].with_user(self.agent)
        form = Form(dialogs.with_context(**action["context"]))
        self.assertEqual((form.amount_owed, form.amount_disputed), (90.0, 20.0))
        form.count = 2
        action = form.save().action_agree()
        plan = self.env["recouv.plan"].with_user(self.agent).browse(action["res_id"])
        self.assertEqual(plan.line_ids.mapped("amount"), [35.0, 35.0])

    # --- the receipt ------------------------------------------------------------------

    def test_who_pays_what_was_asked_has_paid(self):
        receipt = self.receive(90.0)
        line = receipt.line_ids
        self.assertEqual((line.amount, line.residual_after), (90.0, 0.0))
        self.assertTrue(line._paper_row()["is_whole"])
        self.assertEqual(self.old.amount_residual, 30.0)
        self.assertEqual(self.books(), (90.0, -90.0))

    def test_a_part_leaves_what_may_be_asked(self):
        self.assertEqual(self.receive(50.0).line_ids.residual_after, 40.0)

    def test_who_pays_all_of_the_invoice_is_owed_the_rest_back(self):
        receipt = self.receive(120.0)
        self.assertEqual(receipt.line_ids.amount, 90.0)
        self.assertEqual(receipt.overpaid_booked, 30.0)
        self.assertEqual(self.balance(self.agency, "recouv_overpaid_account_id"), -30.0)
        self.assertEqual(self.books(), (90.0, -90.0))
        self.assertEqual(self.old.amount_residual, 30.0)
        invoice = self.invoice_fees()
        self.assertEqual(invoice.amount_untaxed, 18.0)  # 20 % of 90
        self.assertEntriesBalanced()

    def test_more_typed_by_hand_is_owed_back_too(self):
        receipt = self.receipt(120.0)
        receipt.line_ids.amount_principal = 120.0
        receipt.action_confirm()
        self.assertEqual((receipt.line_ids.amount, receipt.overpaid), (90.0, 30.0))
        self.assertIn("owed back", receipt.note)
        self.assertEqual(self.books(), (90.0, -90.0))

    def test_after_the_recall_it_is_the_same(self):
        self.claim.with_user(self.practitioner)._recall("Among us")
        receipt = self.receive(120.0)
        self.assertEqual((receipt.line_ids.amount, receipt.overpaid), (90.0, 30.0))

    def test_who_pays_what_he_disputed_has_paid_it(self):
        self.dispute(20.0)
        receipt = self.receive(70.0)
        # disputed, and owed until it is decided
        self.assertEqual(receipt.line_ids.residual_after, 20.0)
        receipt = self.receive(20.0)
        self.assertEqual((receipt.line_ids.amount, receipt.overpaid), (20.0, 0.0))

    def test_interest_runs_on_what_is_asked(self):
        self.company.sudo().recouv_interest = True
        self.claim.sudo().formal_notice_date = PRESENTED
        asked = self.claim.sudo()._accrued_interest({self.claim.sudo(): 90.0}, TODAY)
        interest, principal = self.mirror._collectable(TODAY)[self.mirror]
        self.assertEqual(interest, asked[self.claim.sudo()])
        self.assertEqual(principal, 90.0)
        self.dispute(20.0)
        asked = self.claim.sudo()._accrued_interest({self.claim.sudo(): 70.0}, TODAY)
        interest, principal = self.mirror._collectable(TODAY)[self.mirror]
        self.assertEqual(interest, asked[self.claim.sudo()])
        self.assertEqual(principal, 90.0)

    # --- the court --------------------------------------------------------------------

    def test_the_agency_sues_for_what_may_be_collected(self):
        self.claim.sudo().formal_notice_date = PRESENTED
        mirrors = self.mirror.with_user(self.agency_manager)
        action = mirrors.action_take_to_court()
        files = self.env["recouv.litigation"].with_user(self.agency_manager)
        file = files.browse(action["res_id"])
        self.assertEqual(file.amount_principal, 90.0)
        self.assertFalse(file._claim_obstacles())
        self.receive(90.0)
        self.env.invalidate_all()
        self.assertEqual(file.line_ids.amount_owed, 0)
        self.assertIn("may not be collected", " ".join(file._claim_obstacles()))


@tagged("post_install", "-at_install")
@freeze_time(date(2026, 8, 18))
class TestCourtAsks(CourtCommon):
    """A practice's petition leaves out what may not be collected."""

    def claim(self):
        return self.make_claim(invoice_line_ids=coded(30.0, 300.0))

    def test_the_petition_asks_what_may_be_collected(self):
        claim = self.claim()
        file = self.make_file(claim, claims_interest=True)
        line = file.line_ids
        self.assertEqual(file.amount_principal, 300.0)
        plain = self.make_claim(300.0)
        until = date(2026, 8, 18)
        self.assertEqual(line.amount_interest, plain._court_interest(until))
        row = line._account_row(until)
        self.assertIn("30.00", row["lowered"])
        self.record(file, "filed", date(2026, 8, 18))
        self.assertEqual((line.principal_filed, line.amount_owed), (300.0, 300.0))

    def test_a_file_ends_as_paid_when_that_is_paid(self):
        claim = self.claim()
        file = self.granted(self.make_file(claim))
        with self.assertRaisesRegex(UserError, "still owed"):
            self.record(file, "paid", SERVED)
        with self.at(SERVED):
            self.pay(claim.move_id, 300.0, day=SERVED)
            self.env.invalidate_all()
            file.record("paid", SERVED)
        self.assertEqual(file.state, "paid")

    def test_what_may_not_be_collected_is_not_sued_for(self):
        claim = self.claim()
        self.pay(claim.move_id, 300.0, date(2026, 8, 1))
        self.env.invalidate_all()
        file = self.make_file(claim, ready=False)
        self.assertIn("may not be collected", " ".join(file._claim_obstacles()))
