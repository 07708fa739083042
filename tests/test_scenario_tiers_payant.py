"""One invoice shared with a caisse and a mutual fund, and relanced for the rest.

The caisse pays, the mutual fund refuses, the patient takes its part over; every balance
is asserted to the cent.
"""

from datetime import date, timedelta

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib_tiers_payant.tests.return_common import ReturnCommon

DUE = date(2026, 6, 2)
CLOSED_RIGHTS = ("0049", "DROITS FERMES CONTRAT RESILIE", "C")


@tagged("post_install", "-at_install")
class TestScenarioTiersPayant(ReturnCommon):
    """An invoice of 100.01: 60.01 the caisse, 30 the mutual fund, 10 the patient."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls.make_invoice(amount=100.01, due=DUE, invoice_date=DUE)
        cls.amo = cls.sent_share(60.01, move=cls.move, number="000000501")
        cls.amc = cls.sent_share(30.0, "amc", move=cls.move, number="000000501")

    def owed_by(self, partner):
        """What a partner owes on receivable accounts, from the ledger itself."""
        self.env.flush_all()
        items = self.env["account.move.line"].search(
            [
                ("partner_id", "=", partner.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("company_id", "=", self.company.id),
            ]
        )
        self.assertAlmostEqual(
            sum(items.mapped("balance")), sum(items.mapped("amount_residual"))
        )
        return round(sum(items.mapped("balance")), 2)

    def debts(self):
        return tuple(map(self.owed_by, (self.patient, self.caisse, self.mutual)))

    def check_books(self):
        """Every entry balances; the invoice itself was never touched."""
        entries = self.env["account.move"].search(
            [("company_id", "=", self.company.id), ("state", "=", "posted")]
        )
        for entry in entries:
            with self.subTest(entry.name):
                self.assertAlmostEqual(sum(entry.line_ids.mapped("balance")), 0.0)
        self.assertEqual(self.move.amount_total, 100.01)
        self.assertEqual(self.move.state, "posted")

    def asked_on(self, day):
        """What a run of that day asks of the patient."""
        with freeze_time(day):
            run = self.propose(day)
            notices = run.notice_ids.filtered(lambda n: n.partner_id == self.patient)
            return sum(notices.mapped("amount"))

    def answer_both(self):
        writer = self.writer()
        transfer = self.transfer(writer)
        self.answer(transfer, self.amo)
        self.answer(transfer, self.amc, state="R", rejections=[CLOSED_RIGHTS])
        return self.taken(writer.bytes())

    def rejection(self):
        return self.env["recouv.rejection"].search([("share_id", "=", self.amc.id)])

    def bill(self, due):
        wizard = (
            self.env["recouv.rejection.treat"]
            .with_user(self.biller)
            .create(
                {
                    "rejection_ids": [(6, 0, self.rejection().ids)],
                    "action": "bill_patient",
                    "date_due": due,
                }
            )
        )
        wizard.action_apply()

    def test_the_patient_is_asked_for_their_part_and_no_more(self):
        self.assertEqual(self.debts(), (10.0, 60.01, 30.0))
        self.assertEqual(self.move.amount_residual, 10.0)
        self.assertEqual(self.asked_on(date(2026, 6, 15)), 10.0)
        self.check_books()

    def test_paid_by_one_refused_by_the_other_and_taken_over_by_the_patient(self):
        self.answer_both()
        self.assertEqual(self.debts(), (10.0, 0.0, 30.0))
        self.assertEqual(self.balance("recouv_announced_account_id"), 60.01)
        # rejected is not yet the patient's
        self.assertEqual(self.asked_on(date(2026, 6, 15)), 10.0)
        self.bill(date(2026, 7, 15))
        self.assertEqual(self.debts(), (40.0, 0.0, 0.0))
        self.assertEqual(self.amounts(self.amc), ("to_patient", 0.0, 0.0))
        self.check_books()

    def test_what_was_taken_over_is_relanced_from_its_own_day(self):
        self.answer_both()
        self.bill(date(2026, 7, 15))
        with freeze_time("2026-07-27"):
            self.propose(date(2026, 7, 27))
        claims = self.env["recouv.claim"].search(
            [("partner_id", "=", self.patient.id), ("closed_on", "=", False)]
        )
        self.assertEqual(
            sorted(claims.mapped("amount_residual_currency")), [10.0, 30.0]
        )
        later = claims.filtered(lambda c: c.amount_residual_currency == 30.0)
        self.assertEqual(later.date_due, date(2026, 7, 15))
        self.assertEqual(later.next_date, date(2026, 7, 15) + timedelta(days=10))

    def test_money_of_the_patient_closes_both_and_the_books_balance(self):
        self.answer_both()
        self.bill(date(2026, 7, 15))
        with freeze_time("2026-07-20"):
            payment = self.env["account.payment"].create(
                {
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "partner_id": self.patient.id,
                    "amount": 40.0,
                    "date": date(2026, 7, 20),
                    "journal_id": self.company_data["default_journal_bank"].id,
                }
            )
            payment.action_post()
            account = payment.destination_account_id
            items = self.env["account.move.line"].search(
                [
                    ("partner_id", "=", self.patient.id),
                    ("account_id", "=", account.id),
                    ("reconciled", "=", False),
                    ("parent_state", "=", "posted"),
                ]
            )
            items.reconcile()
        self.assertEqual(self.debts(), (0.0, 0.0, 0.0))
        self.assertEqual(self.asked_on(date(2026, 8, 10)), 0.0)
        self.check_books()

    def test_the_caisse_that_takes_its_money_back_owes_again_and_not_the_patient(self):
        self.answer_both()
        writer = self.writer(identification="RET002")
        self.answer(
            self.transfer(writer, reference="261700000099"), self.amo, paid=-6001
        )
        self.taken(writer.bytes())
        self.assertEqual(self.debts(), (10.0, 60.01, 30.0))
        self.assertEqual(self.balance("recouv_announced_account_id"), 0.0)
        self.assertEqual(self.asked_on(date(2026, 6, 20)), 10.0)
        self.check_books()

    def test_an_exempted_patient_is_never_asked_for_the_part_of_the_caisse(self):
        self.amo.sudo()._record({"exemption": "ald"})
        writer = self.writer()
        self.answer(
            self.transfer(writer),
            self.amo,
            state="R",
            rejections=[("0250", "ASSURE ABSENT DU REFERENTIEL", "O")],
        )
        self.taken(writer.bytes())
        with self.assertRaises(UserError):
            self.amo.with_user(self.biller)._to_patient("no rights")
        self.assertEqual(self.debts(), (10.0, 60.01, 30.0))
        self.assertEqual(self.asked_on(date(2026, 8, 10)), 10.0)
