import io

import openpyxl

from odoo.tests import Form, tagged

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
        with self.assertRaises(Exception), Form(profile) as form:
            with form.column_ids.edit(0) as column:
                column.field = "paid"
