import io
from datetime import date

import openpyxl
from lxml import etree

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from ..returns import pyxvital
from .return_common import ReturnCommon

HEADERS = ["N° facture", "Date soins", "N° SS", "Part", "Montant facturé",
           "Montant payé", "Statut", "Motif", "Date virement", "Référence virement",
           "Organisme"]  # fmt: skip


@tagged("post_install", "-at_install")
class TestReturnProfile(ReturnCommon):
    """Tables of payers: mapped once, recognised from then on."""

    def row(self, share, paid=None, status="Payé", reason=""):
        return [
            share.invoice_number,
            "02/06/2026",
            share.nir,
            "AMO" if share.kind == "amo" else "AMC",
            f"{share.amount:.2f}".replace(".", ","),
            f"{share.amount if paid is None else paid:.2f}".replace(".", ","),
            status,
            reason,
            "09/06/2026",
            "MUT 261600000012",
            "MUTUELLE DE L EXEMPLE",
        ]

    def csv(self, *rows):
        lines = [";".join(HEADERS), *(";".join(row) for row in rows)]
        return "\r\n".join(lines).encode("cp1252")

    def map_columns(self, file):
        action = file.action_map_columns()
        profile = self.env["recouv.return.profile"].with_user(self.biller)
        return profile.browse(action["res_id"])

    def test_an_unknown_table_waits_for_its_columns(self):
        share = self.sent_share()
        file, told = self.take(self.csv(self.row(share)), "mutuelle.csv")
        self.assertFalse(told)
        self.assertEqual((file.family, file.state), ("table", "draft"))
        self.assertTrue(file.failure_message)
        profile = self.map_columns(file)
        self.assertFalse(profile.missing)
        self.assertIn(share.invoice_number, profile.preview)
        profile.action_read_file()
        self.assertEqual(file.state, "applied")
        self.assertEqual(share.state, "paid")

    def test_the_next_table_of_the_same_program_is_recognised(self):
        first, second = self.sent_share(), self.sent_share(30.0, "amc")
        file, _told = self.take(self.csv(self.row(first)), "a.csv")
        self.map_columns(file).action_read_file()
        rows = self.row(second, 0.0, "Rejeté", "Adhérent inconnu")
        file = self.taken(self.csv(rows), "b.csv")
        self.assertEqual(file.state, "applied")
        self.assertEqual(second.state, "rejected")
        self.assertEqual(file.line_ids.label, "Adhérent inconnu")

    def test_an_overlapping_table_changes_nothing(self):
        first, second = self.sent_share(), self.sent_share()
        file, _told = self.take(self.csv(self.row(first)), "a.csv")
        self.map_columns(file).action_read_file()
        file = self.taken(self.csv(self.row(first), self.row(second)), "b.csv")
        self.assertEqual((file.count_known, file.count_new), (1, 1))
        self.assertEqual(second.state, "paid")

    def test_a_workbook_is_read_too(self):
        share = self.sent_share()
        book = openpyxl.Workbook()
        book.active.append(HEADERS)
        book.active.append(self.row(share))
        stream = io.BytesIO()
        book.save(stream)
        file, _told = self.take(stream.getvalue(), "mutuelle.xlsx")
        self.map_columns(file).action_read_file()
        self.assertEqual(share.state, "paid")

    def test_a_wrong_column_is_corrected_by_a_person(self):
        share = self.sent_share()
        data = self.csv(self.row(share)).replace("Montant payé".encode("cp1252"), b"X1")
        file, _told = self.take(data, "a.csv")
        profile = self.map_columns(file)
        column = profile.column_ids.filtered(lambda one: one.header == "X1")
        self.assertFalse(column.field)
        column.field = "paid"
        profile.action_read_file()
        self.assertEqual(self.amounts(share), ("paid", 70.0, 0.0))

    def test_rows_that_cannot_be_read_are_told(self):
        share = self.sent_share()
        bad = self.row(share)
        bad[5] = "beaucoup"
        other = self.sent_share()
        file, _told = self.take(self.csv(bad, self.row(other)), "a.csv")
        self.map_columns(file).action_read_file()
        self.assertEqual((share.state, other.state), ("transmitted", "paid"))
        self.assertIn("beaucoup", file.control_text)

    def test_two_columns_are_never_the_same_thing(self):
        share = self.sent_share()
        file, _told = self.take(self.csv(self.row(share)), "a.csv")
        profile = self.map_columns(file)
        with self.assertRaises(ValidationError), Form(profile) as form:
            with form.column_ids.edit(0) as column:
                column.field = "paid"

    # --- tables without transfers -----------------------------------------------------

    def bare(self, *rows):
        """A table that does not say which transfer its rows came with."""
        lines = [HEADERS, *rows]
        text = "\r\n".join(";".join(line[:8]) for line in lines)
        return text.encode("cp1252")

    def overlap(self):
        """A part paid in part, told by two tables; return (share, the second file)."""
        share, other = self.sent_share(), self.sent_share()
        first = self.row(share, 30.0)
        file, _told = self.take(self.bare(first), "a.csv")
        self.map_columns(file).action_read_file()
        self.assertEqual(self.amounts(share), ("partial", 30.0, 40.0))
        file = self.taken(self.bare(first, self.row(other)), "b.csv")
        self.assertEqual(other.state, "paid")
        return share, file

    def test_an_overlap_of_tables_without_transfers_books_nothing_twice(self):
        share, file = self.overlap()
        self.assertEqual(self.amounts(share), ("partial", 30.0, 40.0))
        line = file.line_ids.filtered(lambda one: one.outcome == "to_settle")
        self.assertEqual(line.issue, "perhaps_known")
        self.assertIn("a.csv", line.message)
        self.assertFalse(line.item_id)
        self.assertEqual(self.balance("recouv_announced_account_id"), 100.0)
        self.assertEqual(self.balance("recouv_allot_account_id"), 0.0)
        line.with_user(self.biller).action_search_again()
        self.assertEqual(line.outcome, "to_settle")

    def test_a_person_may_say_that_it_is_another_payment(self):
        share, file = self.overlap()
        line = file.line_ids.filtered(lambda one: one.outcome == "to_settle")
        line = line.with_user(self.biller)
        settlements = self.env["recouv.return.settlement"].with_user(self.biller)
        settlement = settlements._settle(line, "share", share=share)
        self.assertEqual(self.amounts(share), ("partial", 60.0, 10.0))
        self.assertEqual(self.balance("recouv_announced_account_id"), 130.0)
        settlement.undo("it was the same")
        self.assertEqual(self.amounts(share), ("partial", 30.0, 40.0))
        self.assertEqual(self.balance("recouv_announced_account_id"), 100.0)
        settlements._settle(line, "not_ours", note="the same")
        self.assertEqual(line.outcome, "settled")

    def test_a_rejection_told_again_by_a_table_is_no_news(self):
        share, other = self.sent_share(), self.sent_share()
        paid = self.row(other)
        bad = self.row(share, 0.0, "Rejeté", "Droits fermés")
        file, _told = self.take(self.bare(paid, bad), "a.csv")
        self.map_columns(file).action_read_file()
        self.assertEqual(share.state, "rejected")
        third = self.row(self.sent_share())
        file = self.taken(self.bare(third, bad), "b.csv")
        line = file.line_ids.filtered(lambda one: one.status == "R")
        self.assertEqual((line.outcome, line.issue), ("info", "perhaps_known"))

    def test_money_that_waits_already_is_not_booked_by_an_overlap(self):
        share = self.sent_share()
        lost = ["999999999", *self.row(share, 30.0)[1:]]
        lost[2] = "1850735123456"
        file, _told = self.take(self.bare(lost), "a.csv")
        self.map_columns(file).action_read_file()
        self.assertEqual(file.line_ids.outcome, "to_settle")
        file = self.taken(self.bare(lost, self.row(share)), "b.csv")
        self.assertIn("perhaps_known", file.line_ids.mapped("issue"))
        self.assertEqual(self.balance("recouv_allot_account_id"), -30.0)

    # --- where a row stands -----------------------------------------------------------

    def test_a_row_of_a_csv_file_is_traced_to_its_bytes(self):
        share = self.sent_share()
        data = self.csv(self.row(share, 0.0, "Rejeté", "Adhérent inconnu"))
        file, _told = self.take(data, "a.csv")
        self.map_columns(file).action_read_file()
        line = file.line_ids.with_user(self.biller)
        self.assertEqual(
            data[line.offset : line.offset + line.size].decode("cp1252"), line.raw
        )
        self.assertIn("Adhérent inconnu", line.raw)
        self.assertIn(str(line.offset), line.place)
        trace = self.env["recouv.return.trace"].with_user(self.biller)
        trace = trace.browse(line.action_trace()["res_id"])
        self.assertFalse(trace.is_workbook)
        trace.action_first()
        rows = trace._rows()
        self.assertEqual([row["start"] for row in rows][0], 0)
        self.assertEqual(rows[-1]["end"], len(data))
        self.assertEqual("".join(row["raw"] for row in rows).count("facture"), 1)
        self.assertIn("table-info", trace.page)
        self.assertIn("Adhérent inconnu", trace.page)

    def test_a_row_of_a_workbook_is_traced_to_its_cells(self):
        share = self.sent_share()
        book = openpyxl.Workbook()
        book.active.title = "Retours"
        book.active.append(HEADERS)
        book.active.append(self.row(share))
        stream = io.BytesIO()
        book.save(stream)
        file, _told = self.take(stream.getvalue(), "mutuelle.xlsx")
        self.map_columns(file).action_read_file()
        line = file.line_ids.with_user(self.biller)
        self.assertIn("Retours", line.place)
        self.assertIn("A2", line.place)
        self.assertIn(f"A2: {share.invoice_number}", line.raw)
        trace = self.env["recouv.return.trace"].with_user(self.biller)
        trace = trace.browse(line.action_trace()["res_id"])
        self.assertTrue(trace.is_workbook)
        # the screen says that there it goes by rows, not by bytes
        form = etree.fromstring(trace.get_view(view_type="form")["arch"])
        told = form.xpath("//div[@role='status'][@invisible='not is_workbook']")
        self.assertIn("XLSX", told[0].text)
        self.assertIn("table-info", trace.page)
        self.assertTrue(trace.is_last)


@tagged("post_install", "-at_install")
class TestKnownTables(ReturnCommon):
    """Tables of programs that are known are read without being mapped."""

    TRANSFERS = (
        "Date;Libellé virement - ligne 1;Libellé virement - ligne 2;Organisme;Montant"
    )

    def transfers(self, *rows):
        return "\r\n".join([self.TRANSFERS, *rows]).encode("cp1252")

    def test_the_transfers_of_the_fse_engine_are_read_at_once(self):
        data = self.transfers(
            "09/06/2026;VIR CPAM;261600000012;CPAM 35;100,00",
            "10/06/2026;VIR MUT;99;Mutuelle;20,50",
        )
        file = self.taken(data, "virements.csv")
        self.assertEqual(file.profile_id.kind, "transfers")
        self.assertEqual(sorted(file.payment_ids.mapped("amount")), [20.5, 100.0])
        self.assertEqual(set(file.line_ids.mapped("kind")), {"transfer"})
        self.assertEqual(set(file.line_ids.mapped("outcome")), {"to_settle"})
        self.assertFalse(file.line_ids.item_id)
        self.assertEqual(self.balance("recouv_announced_account_id"), 0.0)
        again = self.transfers("09/06/2026;VIR CPAM;261600000012;CPAM 35;100,00")
        self.assertEqual(self.taken(again, "encore.csv").count_known, 1)

    def test_they_are_announced_and_not_received_until_their_invoices_come(self):
        share = self.sent_share()
        data = self.transfers("09/06/2026;VIR CPAM;262;CPAM 35;70,00")
        payment = self.taken(data, "virements.csv").payment_ids
        self.assertEqual((payment.state, payment.amount_waiting), ("announced", 70.0))
        payments = self.env["recouv.return.payment"].with_user(self.biller)
        payments = payments.with_context(allowed_company_ids=self.company.ids)
        missing = payments._missing_domain(date(2026, 7, 15))
        self.assertEqual(payments.search(missing), payment)
        detailed = self.taken(self.return_of(share, reference="262")).payment_ids
        payment.invalidate_recordset()
        self.assertEqual((payment.state, payment.amount_waiting), ("nothing", 0.0))
        self.assertEqual(payments.search(missing), detailed)

    def test_the_return_that_tells_their_invoices_takes_their_place(self):
        share = self.sent_share()
        data = self.transfers("09/06/2026;VIR CPAM;262;CPAM 35;70,00")
        line = self.taken(data, "virements.csv").line_ids
        self.taken(self.return_of(share, reference="262"))
        self.assertEqual((line.outcome, line.issue), ("info", "detailed"))
        self.assertEqual(share.state, "paid")
        self.assertEqual(self.balance("recouv_announced_account_id"), 70.0)

    def test_what_a_return_told_already_is_no_news(self):
        share = self.sent_share()
        self.taken(self.return_of(share, reference="262"))
        data = self.transfers("09/06/2026;VIR CPAM;262;CPAM 35;70,00")
        line = self.taken(data, "virements.csv").line_ids
        self.assertEqual((line.outcome, line.issue), ("info", "detailed"))
        self.assertIn("retour.rsp", line.message)

    def test_a_transfer_without_invoices_is_booked_where_a_person_says(self):
        share = self.sent_share()
        data = self.transfers("09/06/2026;VIR CPAM;262;CPAM 35;70,00")
        line = self.taken(data, "virements.csv").line_ids.with_user(self.biller)
        settlements = self.env["recouv.return.settlement"].with_user(self.biller)
        with self.assertRaises(UserError):
            settlements._settle(line, "share", share=share)
        account = self.company_data["default_account_revenue"]
        settlements._settle(line, "account", account=account)
        self.assertEqual(line.outcome, "settled")
        self.assertEqual(self.balance("recouv_announced_account_id"), 70.0)
        self.assertEqual(line.payment_id.state, "announced")
        self.assertEqual(line.payment_id.amount_waiting, 70.0)

    def test_a_result_of_pyxvital_is_read_when_a_person_asks(self):
        paid, refused = self.sent_share(), self.sent_share()
        other = self.sent_share()
        data = pyxvital.write(
            date(2026, 6, 9),
            "VIR CPAM 7",
            [
                (paid.invoice_number, 7000, 0, ("X", "Y")),
                (refused.invoice_number, "0250 050 absent", None, ("X", "Y")),
                ("999999999", 1000, 0, ("X", "Y")),
            ],
        )
        file, told = self.take(data, "RSP.par")
        self.assertFalse(told)
        self.assertEqual((file.family, file.state), ("pyxvital", "draft"))
        file.with_user(self.biller).action_apply()
        self.assertEqual(self.amounts(paid), ("paid", 70.0, 0.0))
        self.assertEqual(refused.state, "rejected")
        self.assertEqual(other.state, "transmitted")
        lines = file.line_ids
        self.assertEqual(
            lines.filtered("share_id").mapped("match_how"), ["number", "number"]
        )
        unknown = lines.filtered(lambda one: one.outcome == "to_settle")
        self.assertEqual(unknown.paid, 10.0)
        self.assertIn("non vérifié", file.control_text)
        self.assertIn("999999999", unknown.raw)
