from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.tests import freeze_time, tagged

from ..models import recouv_import
from .common import TODAY
from .import_common import INVOICES, PATIENTS, PAYMENTS, ImportCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestImportPayments(ImportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_once(cls.begin)

    def begin(self):
        self.run_file(PATIENTS)
        self.run_file(INVOICES)

    def import_rows(self, *rows, headers=None, **mapping):
        return self.run_file([headers or PAYMENTS[0], *rows], mapping)

    def test_payments_are_reconciled_with_their_invoice(self):
        job = self.run_file(PAYMENTS)
        self.assertEqual((job.kind, self.counts(job)), ("payments", (2, 0, 0, 0)))
        paid, partly = (self.imported("invoices", n) for n in ("F100", "F101"))
        self.assertEqual(paid.amount_residual, 0)
        self.assertEqual(partly.amount_residual, 1000)
        payment = self.imported("payments", "R2")
        self.assertEqual((payment.date, payment.memo), (date(2026, 2, 21), "F101"))
        self.assertEqual(payment.journal_id, job.mapping_id.cash_journal_id)

    def test_the_same_file_twice_changes_nothing(self):
        self.run_file(PAYMENTS)
        payments = self.env["account.payment"].search_count([])
        self.assertEqual(self.counts(self.run_file(PAYMENTS)), (0, 0, 2, 0))
        self.assertEqual(self.env["account.payment"].search_count([]), payments)

    def test_payments_without_numbers_are_known_again_twins_included(self):
        headers = PAYMENTS[0][1:]
        rows = [["F101", "25/02/2026", "10", "CB"]] * 2
        self.assertEqual(
            self.counts(self.import_rows(*rows, headers=headers)), (2, 0, 0, 0)
        )
        self.assertEqual(
            self.counts(self.import_rows(*rows, headers=headers)), (0, 0, 2, 0)
        )
        residual = self.imported("invoices", "F101").amount_residual
        self.assertAlmostEqual(residual, 1214.56)

    def test_more_than_is_due_stays_unallocated_with_a_warning(self):
        job = self.import_rows(["R1", "F100", "20/02/2026", "150,00", ""])
        self.assertEqual(self.counts(job), (1, 0, 0, 0))
        self.assertIn("the rest is not allocated", self.messages(job))
        self.assertEqual(self.imported("invoices", "F100").amount_residual, 0)
        payment = self.imported("payments", "R1")
        credit = payment.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        self.assertEqual(credit.amount_residual, -30)

    def test_two_payments_of_one_invoice_in_one_batch_count_in_the_order_of_days(self):
        job = self.import_rows(
            ["R1", "F100", "25/02/2026", "80,00", ""],
            ["R2", "F100", "20/02/2026", "60,00", ""],
            ["R3", "F101", "20/02/2026", "34,56", ""],
        )
        self.assertEqual(self.counts(job), (3, 0, 0, 0))
        moves = [self.imported("invoices", n) for n in ("F100", "F101")]
        self.assertEqual([m.amount_residual for m in moves], [0, 1200])
        left = [
            sum(
                line.amount_residual
                for line in self.imported("payments", number).move_id.line_ids
                if line.account_type == "asset_receivable"
            )
            for number in ("R1", "R2")
        ]
        self.assertEqual(left, [-20, 0])

    def test_an_imported_payment_is_the_one_that_odoo_would_have_made(self):
        self.import_rows(["R1", "F101", "20/02/2026", "60,00", ""])
        imported = self.imported("payments", "R1")
        move = self.imported("invoices", "F101")
        made = (
            self.env["account.payment"]
            .with_user(self.manager)
            .create(
                {
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "partner_id": move.partner_id.id,
                    "amount": 60,
                    "date": imported.date,
                    "memo": "F101",
                    "journal_id": imported.journal_id.id,
                    "destination_account_id": imported.destination_account_id.id,
                    "invoice_ids": [Command.set(move.ids)],
                }
            )
        )
        made.action_post()
        made = made.with_env(self.env)
        due = (made.move_id | move).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable" and not line.reconciled
        )
        due.reconcile()
        self.assertEqual(move.amount_residual, 1114.56)
        self.assertEqual(self.stored(imported), self.stored(made))
        self.assertEqual(self.stored(imported.move_id), self.stored(made.move_id))
        for one, other in zip(
            imported.move_id.line_ids, made.move_id.line_ids, strict=True
        ):
            self.assertEqual(self.stored(one), self.stored(other))

    def test_a_batch_of_payments_is_one_plan_of_reconciliation(self):
        rows = [["R1", "F100", "25/02/2026", "80,00", ""]]
        rows += [["R2", "F101", "20/02/2026", "60,00", ""]]
        line_class = self.env.registry["account.move.line"]
        with patch.object(
            line_class, "_reconcile_plan", autospec=True,
            side_effect=line_class._reconcile_plan,
        ) as plan:  # fmt: skip
            self.import_rows(*rows)
        self.assertEqual(plan.call_count, 1)

    def test_reading_a_long_file_holds_one_batch_of_invoices(self):
        numbers = [f"L{n}" for n in range(30)]
        rows = [[number, "12", "15/01/2026", "10", ""] for number in numbers]
        self.run_file([INVOICES[0], *rows])
        rows = [[f"R{n}", n, "20/02/2026", "10", ""] for n in numbers]
        job = self.make_import([PAYMENTS[0], *rows])
        self.env.flush_all()
        self.env.invalidate_all()
        job_class, fields = (
            self.env.registry["recouv.import"],
            (self.env["account.move"]._fields),
        )
        held, planned = [], job_class._plan_payments

        def counted(job, items):
            planned(job, items)
            held.append(
                {n: len(fields[n]._get_cache(job.env)) for n in ("state", "narration")}
            )

        with (
            patch.object(recouv_import, "DRY_BATCH", 10),
            patch.object(job_class, "_plan_payments", counted),
        ):
            job.action_read()
        self.assertEqual(job.row_total, 30)
        # of each batch its own invoices, and of these what is asked
        self.assertEqual(held, [{"state": 10, "narration": 0}] * 3)

    def test_an_invoice_that_is_not_known_is_told(self):
        job = self.import_rows(["R1", "F999", "20/02/2026", "10", ""])
        self.assertEqual(self.counts(job), (0, 0, 0, 1))
        self.assertIn("invoice F999 is not known", self.messages(job))

    def test_an_invoice_made_in_odoo_is_found_by_its_name(self):
        move = self.make_invoice(amount=50)
        self.import_rows(["R1", move.name, "20/05/2026", "50", ""])
        self.assertEqual(move.amount_residual, 0)

    def test_a_number_of_two_invoices_is_of_neither(self):
        first, second = self.make_invoice(amount=50), self.make_invoice(amount=50)
        second.ref = first.name
        job = self.import_rows(["R1", first.name, "20/05/2026", "50", ""])
        self.assertIn(f"invoice {first.name} is not known", self.messages(job))
        self.import_rows(["R2", second.name, "20/05/2026", "50", ""])
        self.assertEqual((first.amount_residual, second.amount_residual), (50, 0))

    def test_a_payment_of_a_patient_waits_for_its_invoice(self):
        headers = ["N° règlement", "N° patient", "Date règlement", "Montant"]
        job = self.import_rows(["R1", "12", "25/02/2026", "30"], headers=headers)
        self.assertEqual((job.count_created, job.count_warning), (1, 1))
        payment = self.imported("payments", "R1")
        self.assertEqual(payment.partner_id, self.imported("patients", "12"))
        self.assertEqual(self.imported("invoices", "F100").amount_residual, 120)

    def test_what_cannot_be_a_payment_is_told(self):
        job = self.import_rows(
            ["R1", "F100", "", "10", ""],
            ["R2", "F100", "25/02/2026", "-10", ""],
            ["R3", "F100", "25/02/2026", "", ""],
        )
        self.assertEqual(self.counts(job), (0, 0, 0, 3))
        for words in ("has no date", "is a refund", "has no amount"):
            self.assertIn(words, self.messages(job))

    def test_a_payment_that_changed_in_the_file_is_told(self):
        self.run_file(PAYMENTS)
        job = self.import_rows(["R1", "F100", "20/02/2026", "99,00", "CB"])
        self.assertEqual(self.counts(job), (0, 0, 0, 1))
        self.assertEqual(self.imported("payments", "R1").amount, 120)

    def test_without_a_bank_journal_nothing_starts(self):
        job = self.read_file(PAYMENTS, {"payment_journal_id": False})
        self.assertIn("Choose the bank journal", job.gaps)

    def test_where_entries_wait_for_the_bank_the_invoice_is_in_payment(self):
        bank = self.company_data["default_journal_bank"]
        bank.inbound_payment_method_line_ids.payment_account_id = False
        self.import_rows(
            ["R1", "F100", "20/02/2026", "120,00", "CB"], payment_journal_id=bank.id
        )
        payment = self.imported("payments", "R1")
        self.assertEqual(payment.invoice_ids, self.imported("invoices", "F100"))
