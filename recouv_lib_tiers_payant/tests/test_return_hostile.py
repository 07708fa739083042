import base64
import io
import random

from odoo.tests import tagged

from ..returns import entities
from .return_common import SENT
from .return_table_common import ReturnTableCommon

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n"
#: what people drop by mistake: the first bytes of pictures, archives, letters, pages
STRANGERS = {
    "photo.rsp": b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(400),
    "archive.csv": b"PK\x03\x04\x14\x00" + bytes(400),
    "lettre.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(400),
    "page.csv": b"<!DOCTYPE html><html><body>Session expired</body></html>",
    "donnees.rsp": b'{"lstVirements": []}',
    "zero.rsp": bytes(4096),
}


@tagged("post_install", "-at_install")
class TestReturnHostile(ReturnTableCommon):
    """Damaged and deceitful files, from the upload to the books."""

    def types_of(self, data):
        return list(entities.entities(io.BytesIO(data)))

    def assertKept(self, file, data):
        """Every byte of the file is kept, and shown in its place."""
        self.assertEqual(base64.b64decode(file.sudo().content), data)
        trace = self.env["recouv.return.trace"].with_user(self.biller)
        trace = trace.browse(file.with_user(self.biller).action_trace()["res_id"])
        end = 0
        while True:
            rows = trace._rows()
            for row in rows:
                self.assertEqual(row["start"], end)
                end = row["end"]
            if trace.is_last:
                break
            trace.action_next()
        self.assertEqual(end, len(data))

    # --- what is no return ------------------------------------------------------------

    def test_a_pdf_is_refused_under_any_name(self):
        for name in ("retour.rsp", "retour.csv", "retour.xlsx", "retour", "a.pdf.noe"):
            files, told = self.take(PDF, name)
            self.assertFalse(files, name)
            self.assertIn("PDF", told[name])

    def test_strangers_are_refused_or_wait_and_book_nothing(self):
        moves = self.env["account.move"].search_count([])
        for name, data in STRANGERS.items():
            with self.subTest(name):
                files, told = self.take(data, name)
                self.assertFalse(files)
                self.assertTrue(told[name])
        self.assertEqual(self.env["account.move"].search_count([]), moves)

    # --- NOEMIE -----------------------------------------------------------------------

    def test_records_of_another_length_are_read(self):
        share = self.sent_share()
        writer = self.writer()
        self.answer(self.transfer(writer), share)
        data = writer.bytes(length=130)
        file = self.taken(data)
        self.assertEqual(self.amounts(share), ("paid", 70.0, 0.0))
        self.assertKept(file, data)

    def test_an_entity_without_its_end_costs_nothing_and_is_told(self):
        share, other = self.sent_share(), self.sent_share()
        data = bytearray(self.return_of(share, other))
        row = next(one for one in self.types_of(bytes(data)) if one.type == "198")
        data[data.rindex(b"@", row.start, row.end)] = ord("?")
        file, _told = self.take(bytes(data))
        self.assertEqual({share.state, other.state}, {"paid"})
        self.assertTrue(file.count_controls)
        self.assertKept(file, bytes(data))

    def test_cut_anywhere_it_books_whole_answers_only(self):
        chance = random.Random(11)
        for rank in range(6):
            share, other = self.sent_share(), self.sent_share(30.0)
            reference = f"2616000001{rank:02d}"
            data = self.return_of(
                share, other, reference=reference, identification=f"CUT{rank:03d}"
            )
            cut = data[: chance.randrange(200, len(data))]
            file, told = self.take(cut, f"cut{rank}.rsp")
            with self.subTest(len(cut)):
                self.assertFalse(told)
                self.assertIn(
                    self.amounts(share)[:2], [("paid", 70), ("transmitted", 0)]
                )
                self.assertIn(
                    self.amounts(other)[:2], [("paid", 30), ("transmitted", 0)]
                )
                self.assertTrue(file.count_controls)
                self.assertKept(file, cut)

    def test_what_a_damaged_file_lost_comes_with_the_whole_one(self):
        share, other = self.sent_share(), self.sent_share()
        data = self.return_of(share, other)
        row = [one for one in self.types_of(data) if one.type == "198"][1]
        self.take(data[: row.start], "cut.rsp")
        self.assertEqual((share.state, other.state), ("paid", "transmitted"))
        file, _told = self.take(data, "whole.rsp")
        self.assertEqual(file.count_known, 1)
        self.assertEqual({share.amount_paid, other.amount_paid}, {70.0})
        self.assertEqual(self.balance("recouv_announced_account_id"), 140.0)

    def test_what_the_end_cuts_is_neither_rejected_nor_paid_in_part(self):
        for family, type_ in (("noemie580", "102"), ("noemie576", "210")):
            share = self.sent_share()
            writer = self.writer(family=family, identification=f"END{type_}")
            transfer = self.transfer(writer, reference=f"261600000{type_}")
            transfer.invoice(
                share.invoice_number, nir=share.nir[:13], amo=7000, date=SENT
            )
            data = writer.bytes()
            row = next(one for one in self.types_of(data) if one.type == type_)
            with self.subTest(family):
                file, _told = self.take(data[: row.end], f"cut-{family}.rsp")
                self.assertEqual(self.amounts(share), ("transmitted", 0.0, 70.0))
                self.assertEqual(file.line_ids.outcome, "info")
                self.assertFalse(share.rejection_ids)
                self.assertIn("coupée", file.control_text)
                self.take(data, f"whole-{family}.rsp")
                self.assertEqual(self.amounts(share), ("paid", 70.0, 0.0))

    # --- tables -----------------------------------------------------------------------

    def test_a_table_with_its_headers_alone_says_nothing(self):
        file = self.take_in(self.table())
        self.assertFalse(file.line_ids or file.payment_ids)
        self.assertNotEqual(file.state, "failed")

    def test_dates_that_cannot_be_are_told_and_their_rows_given_to_nobody(self):
        bad = ("31/02/2026", "00/13/2026", "99/99/9999", "demain")
        shares = [self.sent_share() for _one in bad]
        good = self.sent_share()
        rows = [
            self.row(share, **{"Date virement": day})
            for share, day in zip(shares, bad, strict=True)
        ]
        file = self.take_in(self.table(self.row(good), *rows))
        self.assertEqual(good.state, "paid")
        self.assertEqual({share.state for share in shares}, {"transmitted"})
        for day in bad:
            self.assertIn(day, file.control_text)
        self.assertEqual(self.balance("recouv_announced_account_id"), 70.0)

    def test_a_negative_row_takes_back_what_was_paid_and_no_more(self):
        paid, never = self.sent_share(), self.sent_share()
        self.take_in(self.table(self.row(paid)))
        back = {
            "Montant payé": "-70,00",
            "Date virement": "11/06/2026",
            "Référence virement": "CPAM 261600000099",
        }
        file = self.take_in(
            self.table(self.row(paid, **back), self.row(never, **back)), "b.csv"
        )
        self.assertEqual(self.amounts(paid)[1:], (0.0, 70.0))
        self.assertEqual(self.amounts(never), ("transmitted", 0.0, 70.0))
        left = file.line_ids.filtered(lambda line: line.outcome == "to_settle")
        self.assertEqual(left.issue, "nothing_to_recover")
