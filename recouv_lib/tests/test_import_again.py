from datetime import date, datetime
from unittest.mock import patch

from odoo import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged

from ..lib import import_rows
from .common import TODAY
from .import_common import INVOICES, PATIENTS, PAYMENTS, ImportCommon
from .table_samples import xlsx_bytes
from .transfer_common import TransferCommon

# without a number of their own
HEADERS = PAYMENTS[0][1:]
DAY = date(2026, 2, 25)


class AgainCommon(ImportCommon):
    """Practices export each week: the files overlap, and differ in shape."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_once(cls.begin)

    def begin(self):
        self.run_file(PATIENTS)
        self.run_file(INVOICES)

    def payments(self):
        return self.env["account.payment"].search(
            [("company_id", "=", self.company.id)], order="id"
        )

    def defer_entries(self):
        """As with an accounting application: no entry until the bank confirms it."""
        self.startPatcher(
            patch.object(
                self.env.registry["account.move"],
                "_get_invoice_in_payment_state",
                lambda self: "in_payment",
            )
        )
        bank = self.company_data["default_journal_bank"]
        bank.inbound_payment_method_line_ids.payment_account_id = False
        return {"payment_journal_id": bank.id}

    def left(self, number="F101"):
        move = self.imported("invoices", number)
        move.invalidate_recordset(["amount_residual"])
        return move.amount_residual


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestImportPaymentsAgain(AgainCommon):
    def import_rows(self, *rows, headers=None, **mapping):
        return self.run_file([headers or HEADERS, *rows], mapping)

    def workbook(self, *rows, headers=None):
        return self.run_file(xlsx_bytes([headers or HEADERS, *rows]))

    def keys_of(self, job):
        # sudo: the import alone writes them
        return self.env["recouv.import.key"].sudo().search([("import_id", "=", job.id)])

    def make_former(self, job, text, method="CB", patient="", twin=""):
        """Give the payment of a row the number that it had before this version."""
        old = import_rows.digest("F101", patient, str(DAY), text, method)
        key = self.keys_of(job)
        key.write({"number": f"~{old}{twin}"})
        key.facts = {name: key.facts[name] for name in ("amount", "date")}
        return key

    def test_a_workbook_brings_the_payments_of_the_csv_once(self):
        self.import_rows(
            ["F101", "25/02/2026", "45,00", "CB"],
            ["F101", "26/02/2026", "45,50", "CB"],
        )
        job = self.workbook(
            ["F101", datetime(2026, 2, 25), 45, "CB"],
            ["F101", datetime(2026, 2, 26), 45.5, "CB"],
        )
        self.assertEqual(self.counts(job), (0, 0, 2, 0))
        self.assertEqual(self.payments().mapped("amount"), [45, 45.5])
        self.assertAlmostEqual(self.left(), 1144.06)

    def test_a_csv_brings_the_payments_of_the_workbook_once(self):
        self.workbook(["F101", datetime(2026, 2, 25), 45.5, "CB"])
        job = self.import_rows(["F101", "25/02/2026", "45,50", "CB"])
        self.assertEqual(self.counts(job), (0, 0, 1, 0))
        self.assertAlmostEqual(self.left(), 1189.06)

    def test_a_means_or_a_patient_mapped_later_makes_no_other_payment(self):
        row = ["F101", "25/02/2026", "45,00"]
        self.import_rows(row, headers=HEADERS[:3])
        job = self.import_rows([*row, "CB"])
        self.assertEqual(self.counts(job), (0, 0, 1, 0))
        headers = [*HEADERS, "N° patient"]
        job = self.import_rows([*row, "CB", "13"], headers=headers)
        self.assertEqual((self.counts(job), job.count_warning), ((0, 0, 1, 0), 0))
        self.assertAlmostEqual(self.left(), 1189.56)

    def test_payments_of_two_patients_without_invoice_stay_two(self):
        headers = ["N° patient", "Date règlement", "Montant"]
        rows = [[number, "25/02/2026", "30"] for number in ("12", "13")]
        job = self.import_rows(*rows, headers=headers)
        self.assertEqual(self.counts(job), (2, 0, 0, 0))
        job = self.import_rows(*rows, headers=headers)
        self.assertEqual(self.counts(job), (0, 0, 2, 0))

    def test_two_equal_payments_of_one_file_by_two_means_are_two(self):
        rows = [["F101", "25/02/2026", "10", means] for means in ("CB", "Espèces")]
        job = self.import_rows(*rows)
        self.assertEqual((self.counts(job), job.count_warning), ((2, 0, 0, 0), 0))
        self.assertAlmostEqual(self.left(), 1214.56)
        self.assertEqual(self.counts(self.import_rows(*rows)), (0, 0, 2, 0))
        self.assertAlmostEqual(self.left(), 1214.56)

    def test_another_means_in_another_file_is_another_payment(self):
        card, cash = (["F101", "25/02/2026", "10", how] for how in ("CB", "Espèces"))
        self.import_rows(card)
        job = self.import_rows(cash)
        self.assertEqual((self.counts(job), job.count_warning), ((1, 0, 0, 0), 1))
        self.assertIn("has a payment of this day and sum already", self.messages(job))
        for rows in ([cash], [card], [cash, card], [["F101", *cash[1:3], "ESPECES"]]):
            again = self.import_rows(*rows)
            self.assertEqual(self.counts(again), (0, 0, len(rows), 0))
            self.assertEqual(again.count_warning, 0)
        self.assertAlmostEqual(self.left(), 1214.56)

    def test_two_without_a_means_are_each_known_with_theirs(self):
        rows = [["F101", "25/02/2026", "10", means] for means in ("CB", "Espèces")]
        self.import_rows(*[row[:3] for row in rows], headers=HEADERS[:3])
        job = self.import_rows(*reversed(rows))
        self.assertEqual(self.counts(job), (0, 0, 2, 0))
        self.assertEqual(self.counts(self.import_rows(rows[0])), (0, 0, 1, 0))
        self.assertAlmostEqual(self.left(), 1214.56)

    # --- numbers made before ------------------------------------------------------

    def test_a_payment_under_its_former_number_is_known(self):
        for text in ("45", "45.0", "45.00", "45.0000"):
            with self.subTest(text), self.env.cr.savepoint() as savepoint:
                job = self.import_rows(["F101", "25/02/2026", "45,00", "CB"])
                self.make_former(job, text)
                for again in (
                    self.import_rows(["F101", "25/02/2026", "45,00", "CB"]),
                    self.workbook(["F101", datetime(2026, 2, 25), 45, "CB"]),
                ):
                    self.assertEqual(self.counts(again), (0, 0, 1, 0))
                self.assertEqual(len(self.payments()), 1)
                self.assertAlmostEqual(self.left(), 1189.56)
                savepoint.rollback()

    def test_a_former_number_without_means_or_patient_is_known_with_them(self):
        row = ["F101", "25/02/2026", "45,00"]
        job = self.import_rows(row, headers=HEADERS[:3])
        key = self.make_former(job, "45.00", method="")
        headers = [*HEADERS, "N° patient"]
        again = self.import_rows([*row, "CB", "13"], headers=headers)
        self.assertEqual(self.counts(again), (0, 0, 1, 0))
        # it is found at once from now on
        values = self.values() | {"method": "CB"}
        self.assertEqual(key.number, again._number_of_payments(values, set()))

    def values(self):
        return {"invoice_number": "F101", "date": DAY, "amount": 45}

    def test_twins_of_former_numbers_are_each_known_and_a_third_is_new(self):
        row = ["F101", "25/02/2026", "10", "CB"]
        job = self.import_rows(row, row)
        keys = self.keys_of(job)
        old = import_rows.digest("F101", "", str(DAY), "10", "CB")
        for key, twin in zip(keys.sorted("payment_id"), ("", "#2"), strict=True):
            key.number = f"~{old}{twin}"
        again = self.import_rows(row, row, row)
        self.assertEqual(self.counts(again), (1, 0, 2, 0))
        self.assertAlmostEqual(self.left(), 1204.56)
        self.assertEqual(self.counts(self.import_rows(row, row, row)), (0, 0, 3, 0))

    def test_reading_alone_renames_nothing(self):
        job = self.import_rows(["F101", "25/02/2026", "45,00", "CB"])
        key = self.make_former(job, "45.00")
        number = key.number
        again = self.read_file([HEADERS, ["F101", "25/02/2026", "45,00", "CB"]])
        self.assertEqual((self.counts(again), key.number), ((0, 0, 1, 0), number))

    # --- come by another way ------------------------------------------------------

    def test_a_payment_taken_here_before_is_told_and_not_refused(self):
        move = self.imported("invoices", "F101")
        taken = self.pay(move, amount=45, day=DAY)
        job = self.import_rows(["F101", "25/02/2026", "45,00", "CB"])
        self.assertEqual((self.counts(job), job.count_warning), ((1, 0, 0, 0), 1))
        self.assertIn(f"of this day and sum already: {taken.name}", self.messages(job))
        self.assertAlmostEqual(self.left(), 1144.56)

    def test_a_payment_under_way_without_entry_is_told_too(self):
        row = ["F101", "25/02/2026", "45,00", "CB"]
        self.import_rows(row, **self.defer_entries())
        self.assertFalse(self.payments().move_id)
        self.assertEqual(self.read_file([HEADERS, row]).count_warning, 0)
        job = self.read_file([PAYMENTS[0], ["R9", *row]])
        self.assertEqual(job.count_warning, 1)

    def test_a_movement_of_the_bank_on_the_invoice_is_told(self):
        move = self.imported("invoices", "F101")
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.company_data["default_journal_bank"].id,
                "date": DAY,
                "payment_ref": "VIR",
                "amount": 45,
                "partner_id": move.partner_id.id,
            }
        )
        _liquidity, suspense, _other = line._seek_for_lines()
        due = move._recouv_receivable_items()
        suspense.account_id = due.account_id
        (suspense | due).reconcile()
        job = self.read_file([HEADERS, ["F101", "25/02/2026", "45,00", "CB"]])
        self.assertEqual(job.count_warning, 1)

    def test_a_number_given_later_is_told(self):
        self.import_rows(["F101", "25/02/2026", "45,00", "CB"])
        job = self.read_file([PAYMENTS[0], ["R9", "F101", "25/02/2026", "45,00", "CB"]])
        self.assertEqual((self.counts(job), job.count_warning), ((1, 0, 0, 0), 1))

    def test_payments_of_another_day_sum_or_number_are_not_told(self):
        self.pay(self.imported("invoices", "F101"), amount=45, day=DAY)
        job = self.import_rows(
            ["F101", "26/02/2026", "45,00", "CB"],
            ["F101", "25/02/2026", "44,00", "CB"],
            ["F100", "25/02/2026", "45,00", "CB"],
        )
        self.assertEqual((self.counts(job), job.count_warning), ((3, 0, 0, 0), 0))
        rows = [["R1", "F100", "27/02/2026", "5", "CB"]]
        self.run_file([PAYMENTS[0], *rows])
        rows += [["R2", "F100", "27/02/2026", "5", "CB"]]
        job = self.run_file([PAYMENTS[0], *rows])
        self.assertEqual((self.counts(job), job.count_warning), ((1, 0, 1, 0), 0))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestImportInvoicesAgain(AgainCommon, TransferCommon):
    """What the practice's software says was paid is told, and books nothing."""

    HEADERS = ["N° facture", "N° patient", "Date facture", "Montant", "Reste dû"]
    REST = (0, 0, 1, 0)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "again_manager",
            groups="base.group_user,recouv_lib.group_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def begin(self):
        self.run_file(PATIENTS)
        self.file("100,00")
        self.move = self.imported("invoices", "F1")

    def file(self, left, total="100,00", headers=None):
        row = ["F1", "12", "15/01/2026", total, left]
        return self.run_file([headers or self.HEADERS, row])

    def assertTold(self, job, left, here):
        self.assertEqual((self.counts(job), job.count_warning), (self.REST, 1))
        said = self.messages(job).replace("\xa0", " ").replace("$ ", "")
        self.assertRegex(
            said, f"says that \\D*{left}\\D* is left.*here it is \\D*{here}"
        )

    def assertSilent(self, job):
        self.assertEqual((self.counts(job), job.count_warning), (self.REST, 0))

    def test_less_left_in_the_file_is_told_and_books_nothing(self):
        entries = self.env["account.move"].search_count([])
        self.assertTold(self.file("0"), "0.00", "100.00")
        self.assertTold(self.file("60,00"), "60.00", "100.00")
        self.assertEqual(self.left("F1"), 100)
        self.assertEqual(self.env["account.move"].search_count([]), entries)

    def test_the_same_or_more_left_in_the_file_is_not_told(self):
        self.assertSilent(self.file("100,00"))
        self.pay(self.move, amount=40)
        self.assertSilent(self.file("60,00"))
        self.assertSilent(self.file("80,00"))
        self.assertTold(self.file("59,99"), "59.99", "60.00")

    def test_a_payment_under_way_without_entry_is_taken_off(self):
        row = ["F1", "25/02/2026", "40,00", "CB"]
        self.run_file([HEADERS, row], self.defer_entries())
        self.assertEqual(self.left("F1"), 100)
        self.assertSilent(self.file("60,00"))
        self.assertTold(self.file("50,00"), "50.00", "60.00")

    def test_what_the_file_calls_paid_is_told_too(self):
        headers = [*self.HEADERS[:4], "Déjà réglé"]
        self.assertSilent(self.file("0", headers=headers))
        self.assertTold(self.file("30,00", headers=headers), "70.00", "100.00")

    def test_a_file_of_what_is_left_alone_says_less_of_the_same_invoice(self):
        headers = [*self.HEADERS[:3], "Reste dû"]
        for left, shown in (("40,00", "40.00"), ("0,00", "0.00")):
            job = self.run_file([headers, ["F1", "12", "15/01/2026", left]])
            self.assertTold(job, shown, "100.00")

    def test_a_part_on_a_payer_counts_with_the_rest(self):
        share = self.transfer(self.move, amount=70)
        # the file may speak of all, or of the patient's part alone
        self.assertSilent(self.file("100,00"))
        self.assertSilent(self.file("30,00"))
        self.assertTold(self.file("70,00"), "70.00", "100.00")
        self.assertTold(self.file("0"), "0.00", "100.00")
        self.env["account.payment.register"].with_context(
            active_model="account.move.line", active_ids=share.target_line_id.ids
        ).create({"payment_date": TODAY})._create_payments()
        self.assertSilent(self.file("30,00"))
        self.assertTold(self.file("0"), "0.00", "30.00")

    def test_a_doubtful_invoice_is_still_owed(self):
        self.transfer(self.move, kind="doubtful", partner=self.move.partner_id)
        self.assertSilent(self.file("100,00"))
        self.assertTold(self.file("0"), "0.00", "100.00")

    def test_a_credit_note_lowers_what_is_left_here(self):
        self.credit_note(self.move, 30)
        self.assertSilent(self.file("70,00"))
        self.assertTold(self.file("20,00"), "20.00", "70.00")

    def test_what_the_agency_collected_is_paid(self):
        self.transfer(self.move, kind="collected", partner=self.buyer, amount=40)
        self.assertSilent(self.file("60,00"))
        self.assertTold(self.file("20,00"), "20.00", "60.00")

    def test_of_a_transfer_undone_by_hand_nothing_is_said(self):
        # sudo: its methods alone write the state
        self.transfer(self.move, amount=70).sudo().state = "broken"
        self.assertSilent(self.file("0"))

    def test_a_cheque_held_is_taken_off(self):
        action = self.move.with_user(self.secretary).action_recouv_collect()
        model = self.env["recouv.collect"].with_user(self.secretary)
        form = Form(model.with_context(**action["context"]))
        form.amount, form.print_receipt = 40, False
        form.method, form.deposit_on = "cheque_later", "2026-07-10"
        form.save().action_collect()
        self.assertEqual(self.left("F1"), 100)
        self.assertSilent(self.file("60,00"))
        self.assertTold(self.file("0"), "0.00", "60.00")

    def test_of_a_sold_or_cancelled_invoice_nothing_is_said(self):
        with self.env.cr.savepoint() as savepoint:
            self.transfer(self.move, kind="assignment", partner=self.buyer)
            self.assertSilent(self.file("0"))
            savepoint.rollback()
        self.move.button_draft()
        self.assertSilent(self.file("0"))

    def test_many_known_invoices_are_compared_in_few_queries(self):
        rows = [[f"G{n}", "12", "15/01/2026", "100", "100"] for n in range(60)]
        self.run_file([self.HEADERS, *rows])
        rows = [[*row[:4], "0"] for row in rows]
        job = self.read_file([self.HEADERS, *rows])
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(80):
            job.action_read()
        self.assertEqual(job.count_warning, 60)
