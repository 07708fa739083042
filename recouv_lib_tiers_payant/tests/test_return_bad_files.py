import io
from unittest.mock import patch

import openpyxl

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.recouv_lib.lib import table_file

from ..lib import return_tables
from ..models import recouv_return_file_apply
from .return_table_common import HEADERS, ReturnTableCommon

FORMULA = '=HYPERLINK("http://example.com","x")'
HTML = "<img src=x onerror=alert(1)>"


@tagged("post_install", "-at_install")
class TestReturnBadFiles(ReturnTableCommon):
    """Whatever is in a file: read where it can be, told where not, never obeyed."""

    # --- alphabets --------------------------------------------------------------------

    def test_a_table_in_two_bytes_a_letter_is_read(self):
        for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
            with self.subTest(encoding):
                share = self.sent_share(70.0)
                data = self.text(self.row(share)).encode(encoding)
                file = self.take_in(data)
                self.assertEqual(self.amounts(share), ("paid", 70.0, 0.0))
                self.assertIn(share.invoice_number, file.line_ids.raw)
                self.check_trace(file)

    def test_a_table_that_begins_with_a_mark_is_read_whatever_its_order(self):
        share = self.sent_share(70.0)
        data = b"\xfe\xff" + self.text(self.row(share)).encode("utf-16-be")
        file = self.take_in(data)
        self.assertEqual(share.state, "paid")
        self.assertIn(share.invoice_number, file.line_ids.raw)
        self.check_trace(file)

    def check_trace(self, file):
        """Every byte is shown once, in order, as letters."""
        trace = self.env["recouv.return.trace"].with_user(self.biller)
        rows = trace.browse(file.action_trace()["res_id"])._rows()
        self.assertEqual([rows[0]["start"], rows[-1]["end"]], [0, file.size])
        self.assertTrue(rows[0]["raw"].startswith("N° facture;"))
        for one, following in zip(rows, rows[1:], strict=False):
            self.assertEqual(one["end"], following["start"])

    def test_a_large_table_in_two_bytes_a_letter_is_known_by_its_beginning(self):
        text = self.text(*[self.row(self.sent_share(70.0))] * 3000)
        for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
            head = text.encode(encoding)[: 64 * 1024 - 1]
            self.assertTrue(return_tables.looks_like_table(head, "a.csv"), encoding)

    def test_half_a_letter_at_the_end_is_told(self):
        data = self.text(self.row(self.sent_share(70.0))).encode("utf-16")[:-1]
        file, _told = self.take(data, "a.csv")
        self.assertIn("UTF-8", file.failure_message)
        with self.assertRaisesRegex(UserError, "“a.csv” was not taken in.*UTF-8"):
            file.action_map_columns()
        self.assertEqual(file.state, "draft")

    # --- too much ---------------------------------------------------------------------

    def test_one_endless_line_is_told_and_never_held_in_memory(self):
        long = "x" * (table_file.MAX_LINE + 10)
        data = self.text(*[self.row(self.sent_share(70.0))] * 30) + long
        file, _told = self.take(data.encode("cp1252"), "a.csv")
        profile = self.env["recouv.return.profile"].with_user(self.biller)
        profile = profile.browse(file.action_map_columns()["res_id"])
        profile.action_read_file()
        for _done in file._run_batches():
            pass
        self.assertEqual(file.state, "draft")
        self.assertIn("longer than any", file.failure_message)
        trace = self.env["recouv.return.trace"].with_user(self.biller)
        rows = trace.browse(file.action_trace()["res_id"])._rows(1000)
        self.assertLessEqual(max(len(row["raw"]) for row in rows), 4096)
        self.assertEqual(rows[-1]["end"], file.size)

    def test_a_number_that_no_index_takes_is_cut_and_its_bytes_are_kept(self):
        share = self.sent_share(70.0)
        noise = "".join(chr(0x4E00 + rank * 37 % 20000) for rank in range(9000))
        row = self.row(share, **{"N° facture": noise, "Motif": noise,
                                 "Référence virement": noise})  # fmt: skip
        file = self.take_in(self.text(row).encode())
        line = file.line_ids
        self.assertEqual(line.outcome, "to_settle")
        self.assertEqual(len(line.invoice_number), 64)
        self.assertLessEqual(len(line.payment_id.label1), 500)
        self.assertIn(noise, line.raw)

    def test_a_file_that_ends_its_process_again_and_again_is_set_aside(self):
        share = self.sent_share(70.0)
        with patch.object(recouv_return_file_apply, "DIRECT_BYTES", 0):
            file, _told = self.take(self.return_of(share))
        file, starts = file.sudo(), []
        for _each in range(recouv_return_file_apply.MAX_STARTS):
            starts.append(file._begin())
        self.assertTrue(all(starts))
        self.assertFalse(file._begin())
        self.assertFalse(file.is_queued)
        self.assertIn("never advanced", file.failure_message)
        self.assertEqual(share.state, "transmitted")
        file.action_apply()
        self.assertEqual((file.starts, file.is_queued), (0, False))
        self.assertEqual(share.state, "paid")

    def test_a_file_that_advances_is_begun_as_often_as_it_takes(self):
        with patch.object(recouv_return_file_apply, "DIRECT_BYTES", 0):
            file, _told = self.take(self.return_of(self.sent_share(70.0)))
        file = file.sudo()
        self.assertTrue(file._begin())
        self.assertEqual(file.starts, 1)
        file._has_advanced()
        self.assertEqual(file.starts, 0)

    # --- names ------------------------------------------------------------------------

    def test_the_name_of_a_file_is_no_path_and_hides_nothing(self):
        share = self.sent_share(70.0)
        name = "../../tmp/<b>retour\u202e\r\n.rsp"
        file, told = self.take(self.return_of(share), name)
        self.assertFalse(told)
        self.assertEqual(file.name, "<b>retour .rsp")
        files, told = self.take(b"%PDF-1.7", "/etc/facture.pdf")
        self.assertFalse(files)
        self.assertIn("facture.pdf is a PDF", told["facture.pdf"])

    def test_a_file_without_a_name_is_named(self):
        attachment = self.env["ir.attachment"].with_user(self.biller)
        attachment = attachment.create({"name": "\x7f", "raw": b"%PDF"})
        Return = self.env["recouv.return.file"].with_user(self.biller)
        _files, told = Return._take(attachment)
        self.assertIn("Return is a PDF", told["Return"])

    # --- what others wrote ------------------------------------------------------------

    def hostile(self):
        share = self.sent_share(70.0)
        row = self.row(
            share, **{"Motif": f"{HTML}{FORMULA}", "Statut": "Rejeté",
                      "Montant payé": "0", "Référence virement": HTML}
        )  # fmt: skip
        data = self.text(row).replace("N° facture", f"{HTML};N° facture", 1)
        data = data.replace(f"\n{share.invoice_number}", f"\n;{share.invoice_number}")
        return share, self.take_in(data.encode(), f"{HTML}.csv")

    def test_html_in_a_file_is_text_on_every_screen(self):
        share, file = self.hostile()
        self.assertEqual(share.state, "rejected")
        profile = file.profile_id
        trace = self.env["recouv.return.trace"].with_user(self.biller)
        trace = trace.browse(file.action_trace()["res_id"])
        rejection = self.env["recouv.rejection"].search([("share_id", "=", share.id)])
        for html in (profile.preview, trace.page):
            self.assertNotIn("<img", html)
        self.assertIn("&lt;img", profile.preview)
        self.assertIn("&lt;img", trace.page)
        self.assertIn(HTML, rejection.label)

    def test_a_formula_of_a_payer_leaves_as_text(self):
        self.biller.group_ids += self.env.ref("base.group_allow_export")
        share = self.sent_share(70.0)
        row = self.row(share, **{"Motif": FORMULA, "Statut": "Rejeté",
                                 "Montant payé": "0"})  # fmt: skip
        line = self.take_in(self.text(row).encode()).line_ids
        self.assertEqual(line.label, FORMULA)
        exported = line.export_data(["invoice_number", "label", "asked"])["datas"][0]
        self.assertEqual(exported, [share.invoice_number, f"'{FORMULA}", 70.0])
        reason = self.env["recouv.rejection"].search([("share_id", "=", share.id)])
        exported = reason.reason_id.with_user(self.biller).export_data(["name"])[
            "datas"
        ][0]
        self.assertTrue(exported[0].startswith("'="))

    def test_a_formula_in_a_workbook_is_not_computed(self):
        share = self.sent_share(70.0)
        book = openpyxl.Workbook()
        book.active.append(HEADERS)
        book.active.append(self.row(share, **{"Motif": "=1+1"}))
        stream = io.BytesIO()
        book.save(stream)
        file = self.take_in(stream.getvalue(), "a.xlsx")
        self.assertEqual(share.state, "paid")
        self.assertNotIn("2", file.line_ids.label or "")

    # --- another practice -------------------------------------------------------------

    def test_the_return_of_another_practice_finds_and_says_nothing_of_it(self):
        share = self.sent_share(70.0, total=100.0)
        data = self.return_of(share)
        mine = self.taken(data, "a.rsp")
        other = self.env["res.company"].create({"name": "Other practice"})
        other._recouv_create_transfer_settings()
        self.biller.company_ids += other
        Return = self.env["recouv.return.file"].with_user(self.biller)
        both = Return.with_context(allowed_company_ids=[other.id, self.company.id])
        attachment = self.env["ir.attachment"].with_user(self.biller)
        attachment = attachment.create({"name": "b.rsp", "raw": data})
        file, told = both.with_company(other)._take(attachment)
        self.assertFalse(told)
        self.assertNotEqual(file, mine)
        self.assertEqual(file.company_id, other)
        line = file.line_ids
        self.assertFalse(line.share_id)
        self.assertFalse(line._resembling())
        for said in (line.message, file.failure_message, file.control_text):
            self.assertNotIn(share.move_id.name, said or "")
            self.assertNotIn("a.rsp", said or "")
        self.assertEqual((file.count_known, file.twice_count), (0, 0))
        self.assertEqual(self.amounts(share), ("paid", 70.0, 0.0))

    def test_a_file_that_somebody_else_uploaded_is_neither_taken_nor_deleted(self):
        public = self.env["ir.attachment"].create(
            {"name": "logo.png", "raw": b"no return", "public": True}
        )
        Return = self.env["recouv.return.file"].with_user(self.biller)
        with self.assertRaisesRegex(UserError, "upload the file anew"):
            Return.create_document_from_attachment("", public.ids)
        self.assertTrue(public.exists())
