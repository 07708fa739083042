import base64
import random
from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.recouv_lib.lib.table_file import FileError

from ..lib import return_tables
from ..models import recouv_return_file_read
from .return_common import PAID_ON, SENT, ReturnCommon


@tagged("post_install", "-at_install")
class TestReturnFile(ReturnCommon):
    """Files that are taken in, whatever they are, whatever state they are in."""

    def refused(self, data, name="retour.rsp"):
        """Take in what is no return; nothing of it stays. Return what was said."""
        before = self.env["ir.attachment"].search_count([])
        files, told = self.take(data, name)
        self.assertFalse(files)
        self.assertEqual(self.env["ir.attachment"].search_count([]), before)
        return told[name]

    # --- refused ----------------------------------------------------------------------

    def test_a_pdf_is_refused_whatever_its_name(self):
        self.assertIn("PDF", self.refused(b"%PDF-1.7\n%\xe2\xe3 return", "retour.rsp"))

    def test_an_empty_file_is_refused(self):
        self.assertIn("empty", self.refused(b""))
        self.assertIn("empty", self.refused(b"   \r\n  "))

    def test_any_other_file_is_refused(self):
        noise = random.Random(3).randbytes(5000)
        self.assertIn("no return", self.refused(noise))
        self.assertIn("no return", self.refused(b"Dear Sir,\nno money today.\n"))

    def test_what_was_sent_is_not_what_came_back(self):
        sent = b"000TP00000351234567".ljust(128)
        self.assertIn("sent", self.refused(sent * 3))

    def test_several_files_at_once_each_on_its_own(self):
        share = self.sent_share()
        attachments = self.env["ir.attachment"].with_user(self.biller)
        for name, data in (("a.rsp", self.return_of(share)), ("b.pdf", b"%PDF-1.4")):
            attachments |= attachments.create(
                {"name": name, "datas": base64.b64encode(data)}
            )
        Return = self.env["recouv.return.file"].with_user(self.biller)
        action = Return.create_document_from_attachment("", attachments.ids)
        self.assertEqual(list(action["context"]["notifications"]), ["b.pdf"])
        self.assertEqual(Return.browse(action["res_id"]).name, "a.rsp")
        self.assertEqual(share.state, "paid")

    # --- kept whole -------------------------------------------------------------------

    def test_a_file_is_kept_whole_and_every_line_has_its_bytes(self):
        share = self.sent_share()
        data = self.return_of(share)
        file = self.taken(data)
        self.assertEqual(base64.b64decode(file.content), data)
        self.assertEqual(file.uncovered, 0)
        line = file.line_ids
        self.assertIn(share.invoice_number, line.raw)
        self.assertEqual(file._bytes_at(line.offset, line.size).decode(), line.raw)

    def test_every_byte_of_a_file_is_shown(self):
        share = self.sent_share()
        file = self.taken(self.return_of(share))
        trace = self.env["recouv.return.trace"].with_user(self.biller)
        trace = trace.browse(file.with_user(self.biller).action_trace()["res_id"])
        rows = trace._rows()
        self.assertEqual(rows[0]["start"], 0)
        for one, following in zip(rows, rows[1:], strict=False):
            self.assertEqual(one["end"], following["start"])
        self.assertEqual(rows[-1]["end"], file.size)
        self.assertIn("071", trace.page)

    def test_a_line_shows_where_it_stands(self):
        share = self.sent_share()
        file = self.taken(self.return_of(share))
        line = file.line_ids.with_user(self.biller)
        trace = self.env["recouv.return.trace"].browse(line.action_trace()["res_id"])
        self.assertIn("table-info", trace.with_user(self.biller).page)

    def test_a_return_is_evidence(self):
        file = self.taken(self.return_of(self.sent_share())).with_user(self.biller)
        for record, vals in (
            (file, {"state": "draft"}),
            (file.line_ids, {"paid": 1.0}),
            (file.payment_ids, {"amount": 1.0}),
        ):
            with self.assertRaises(UserError):
                record.write(vals)

    # --- the same again ---------------------------------------------------------------

    def test_the_same_file_twice_changes_nothing(self):
        share = self.sent_share()
        data = self.return_of(share)
        file = self.taken(data)
        again, told = self.take(data, "copy.rsp")
        self.assertEqual(again, file)
        self.assertIn("already", told["copy.rsp"])
        self.assertEqual(len(file.line_ids), 1)
        self.assertEqual(self.balance("recouv_announced_account_id"), 70.0)

    def test_an_overlapping_file_adds_only_what_is_new(self):
        first, second = self.sent_share(), self.sent_share()
        self.taken(self.return_of(first))
        file = self.taken(self.return_of(first, second, identification="RET777"))
        self.assertEqual((file.count_known, file.count_new), (1, 1))
        self.assertEqual(file.line_ids.share_id, second)
        payment = file.line_ids.payment_id
        self.assertEqual(payment.amount, 140.0)
        self.assertEqual(payment.amount_waiting, 140.0)

    def test_two_transmissions_in_one_file_one_of_them_known(self):
        first, second = self.sent_share(), self.sent_share()
        one = self.return_of(first)
        two = self.return_of(second, reference="261700000013", identification="RET2")
        self.taken(one)
        file = self.taken(one + two)
        self.assertEqual((file.count_known, file.count_new), (1, 1))
        self.assertEqual(second.state, "paid")

    def test_the_same_transmission_twice_in_one_file_counts_once(self):
        share = self.sent_share()
        data = self.return_of(share)
        file = self.taken(data + data)
        self.assertEqual(len(file.line_ids), 1)
        self.assertEqual(share.amount_paid, 70.0)

    def test_two_equal_answers_of_one_file_are_two(self):
        share = self.sent_share()
        writer = self.writer()
        transfer = self.transfer(writer)
        self.answer(transfer, share, paid=2000)
        self.answer(transfer, share, paid=2000)
        file = self.taken(writer.bytes())
        self.assertEqual(len(file.line_ids), 2)
        self.assertEqual(self.amounts(share), ("partial", 40.0, 30.0))

    def test_reading_again_counts_what_a_killed_reading_kept_once(self):
        share = self.sent_share()
        self.company.recouv_return_auto_apply = False
        file, _told = self.take(self.return_of(share))
        lines = file.line_ids
        file.sudo().write({"offset_done": 0, "state": "failed"})
        file.action_apply()
        self.assertEqual(file.line_ids, lines)
        self.assertEqual((file.count_known, file.state), (0, "applied"))

    # --- damaged ----------------------------------------------------------------------

    def test_a_truncated_file_gives_what_is_whole_and_says_so(self):
        first, second = self.sent_share(), self.sent_share()
        data = self.return_of(first, second)
        file, _told = self.take(data[: len(data) - 300])
        self.assertEqual(first.state, "paid")
        self.assertTrue(file.count_controls)
        self.assertTrue(file.control_text)

    def test_flipped_bytes_never_stop_a_file(self):
        share = self.sent_share()
        data = bytearray(self.return_of(share))
        chance = random.Random(5)
        for _each in range(8):
            broken = bytearray(data)
            for place in chance.sample(range(128, len(data)), 6):
                broken[place] = chance.randrange(256)
            file, _told = self.take(bytes(broken), f"{_each}.rsp")
            self.assertEqual(len(file), 1)
            self.assertNotEqual(file.state, "failed")

    def test_totals_that_disagree_are_told_and_block_nothing(self):
        share = self.sent_share()
        writer = self.writer()
        transfer = self.transfer(writer)
        self.answer(transfer, share)
        transfer.close(announced=9900)
        file = self.taken(writer.bytes())
        self.assertEqual(share.state, "paid")
        codes = {control["code"] for control in file.controls}
        self.assertIn("total_990", codes)

    def test_dates_that_cannot_exist_are_kept_as_written(self):
        share = self.sent_share()
        writer = self.writer()
        transfer = self.transfer(writer)
        self.answer(transfer, share, birth="852500", lot_date="269999")
        file = self.taken(writer.bytes())
        self.assertEqual(file.line_ids.birth, "852500")
        self.assertFalse(file.line_ids.lot_date)
        self.assertEqual(share.state, "paid")

    def test_dates_day_first_are_found_out(self):
        share = self.sent_share()
        day = date(2026, 6, 29)
        writer = self.writer(day, order="DMY")
        self.answer(self.transfer(writer, day), share)
        file = self.taken(writer.bytes())
        self.assertEqual(file.found_order, "DMY")
        self.assertEqual(file.payment_ids.date, day)

    def test_a_person_may_say_the_order_and_read_again(self):
        self.company.recouv_return_auto_apply = False
        file, _told = self.take(self.return_of(self.sent_share()))
        file.date_order = "dmy"
        file.action_read_again()
        self.assertEqual(file.found_order, "DMY")
        self.assertEqual(len(file.line_ids), 1)
        self.assertNotEqual(file.sudo().payment_ids.date, PAID_ON)

    def test_what_was_applied_is_not_read_anew(self):
        file = self.taken(self.return_of(self.sent_share()))
        with self.assertRaises(UserError):
            file.with_user(self.biller).action_read_again()

    def test_the_old_family_is_read_too(self):
        share = self.sent_share()
        writer = self.writer(family="noemie576")
        transfer = self.transfer(writer)
        transfer.invoice(
            share.invoice_number,
            nir=share.nir[:13],
            amo=7000,
            date=SENT,
            lot="001",
            lot_date=SENT,
        )
        file = self.taken(writer.bytes())
        self.assertEqual(file.family, "noemie576")
        self.assertEqual(share.state, "paid")

    # --- queries ----------------------------------------------------------------------

    def test_queries_do_not_grow_with_the_lines(self):
        few = self.queries(5)
        many = self.queries(17)
        self.assertLess(many - few, 20)

    def queries(self, count):
        shares = [self.sent_share(10.0) for _each in range(count)]
        reference = f"2616000{count:05d}"
        data = self.return_of(*shares, reference=reference)
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.taken(data, f"{count}.rsp")
        return self.env.cr.sql_log_count - before

    # --- read again -------------------------------------------------------------------

    def test_a_file_with_nothing_to_do_is_read_again(self):
        self.company.recouv_return_auto_apply = False
        share = self.sent_share()
        writer = self.writer()
        transfer = self.transfer(writer)
        self.answer(transfer, share)
        self.answer(transfer, self.sent_share(), state=" ", paid=0)
        file, _told = self.take(writer.bytes())
        self.assertEqual(sorted(file.line_ids.mapped("outcome")), ["info", "new"])
        file.action_read_again()
        self.assertEqual(len(file.line_ids), 2)
        file.action_apply()
        self.assertEqual(share.state, "paid")

    # --- large files ------------------------------------------------------------------

    def large(self, transfers=4, invoices=3):
        """A return of several transfers about invoices that nobody knows."""
        writer = self.writer()
        for number in range(transfers):
            transfer = self.transfer(writer, reference=f"26160000{number:04d}")
            for rank in range(invoices):
                transfer.invoice(
                    f"{9000 + number * 100 + rank:09d}", amo=1000, date=SENT
                )
            transfer.retained(100, nature="IND", reference=f"D{number}")
        return writer.bytes()

    def slices(self, data, steps):
        """Read a file in slices of so many pieces, as a cron that is cut short.

        :return: (the file, how many lines each slice had to look at)
        """
        Return = self.env["recouv.return.file"].with_user(self.biller)
        with patch.object(type(Return), "_start", lambda *_args, **_kw: None):
            file, _told = self.take(data)
        file, looked = file.sudo(), []
        add = recouv_return_file_read.Reading._add

        def counted(reading, *args):
            looked[-1] += 1
            return add(reading, *args)

        with (
            patch.object(recouv_return_file_read, "READ_BATCH", 1),
            patch.object(recouv_return_file_read.Reading, "_add", counted),
        ):
            while file.state == "draft":
                looked.append(0)
                pieces = file._read_batches()
                for _piece in zip(range(steps), pieces, strict=False):
                    self.env.flush_all()
                    self.env.invalidate_all()
                pieces.close()
                self.assertLess(len(looked), 20)
        return file, looked

    def test_a_reading_that_is_cut_short_goes_on_behind_what_it_kept(self):
        data = self.large()
        file, looked = self.slices(data, 5)
        self.assertEqual(len(file.line_ids), 16)
        self.assertEqual(file.line_ids.payment_id.mapped("amount"), [29.0] * 4)
        self.assertEqual(
            (file.count_new, file.count_known, file.resume), (16, 0, False)
        )
        self.assertGreater(len(looked), 2)
        # each slice looks at what is left, and at the transfer that was open
        self.assertLess(sum(looked), 16 + 4 * len(looked))

    def test_slices_and_one_go_read_the_same(self):
        def said(file):
            return sorted(
                file.line_ids.mapped(
                    lambda line: (
                        line.kind,
                        line.invoice_number,
                        line.paid,
                        line.offset,
                    )
                )
            )

        data = self.large()
        whole = self.taken(data)
        in_one_go = said(whole)
        file, _looked = self.slices(data + b"\r\n", 4)
        # the same answers in another file: known, every one
        self.assertEqual((file.count_new, file.count_known), (0, 16))
        self.assertEqual(len(in_one_go), 16)

    def test_a_table_that_is_too_large_says_so(self):
        data = b"N facture;Montant paye\r\n" + b"000000001;1,00\r\n" * 10
        file, _told = self.take(data, "a.csv")
        with patch.object(
            return_tables,
            "open_table",
            side_effect=FileError("file_too_large", limit=100),
        ):
            file.sudo()._start(apply=False)
        self.assertIn("100", file.failure_message)
        self.assertEqual(file.state, "draft")
