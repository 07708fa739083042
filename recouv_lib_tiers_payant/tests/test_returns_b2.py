import io
from datetime import date

from odoo.tests import tagged

from ..returns import b2, b2_return
from ..returns.b2_layouts import VARIANTS
from ..returns.b2_writing import B2Writer
from ..returns.objects import (
    AMC,
    AMO,
    Answer,
    Control,
    End,
    File,
    Payment,
    PaymentEnd,
    Retained,
    SentEnd,
    SentInvoice,
    SentLot,
)
from .returns_common import ReturnsCase

SENT_ON = date(2026, 2, 27)


@tagged("post_install", "-at_install")
class TestReturnsB2(ReturnsCase):
    def writer(self, variant="PS"):
        out = B2Writer(SENT_ON, variant=variant)
        lot = out.lot("007")
        lot.invoice(
            "000000123",
            nir="1850735123456",
            nir_key="42",
            member="ABC12345",
            birth="850712",
            regime="01",
            caisse="351",
            centre="0000",
            amc_number="0012345678",
            lines=[("AMI", 1000, 600, 400), ("IFA", 250, 150, 0)],
        )
        lot.invoice("000000124", nir="2850735123456", lines=[("AMI", 1600, 1600, 0)])
        return out

    def rows(self, data):
        return list(b2.rows(io.BytesIO(data)))

    # --- what was sent -------------------------------------------------------------

    def test_both_variants_say_the_same(self):
        for variant in VARIANTS:
            for line_end in (b"", b"\r\n", b"\n"):
                found = self.sent(self.writer(variant).bytes(line_end))
                self.assertFalse(self.codes(found), variant)
                first, second = self.of(SentInvoice, found)
                self.assertEqual(first.number, "000000123")
                self.assertEqual((first.nir, first.nir_key), ("1850735123456", "42"))
                self.assertEqual((first.total, first.amo, first.amc), (1250, 750, 400))
                self.assertEqual(first.patient, 100)
                self.assertEqual(first.birth_date, date(1985, 7, 12))
                self.assertEqual(first.amc_number, "0012345678")
                self.assertEqual(
                    (first.regime, first.caisse, first.centre), ("01", "351", "0000")
                )
                self.assertEqual([line.act for line in first.lines], ["AMI", "IFA"])
                self.assertEqual(first.lines[0].coefficient, 100)
                self.assertEqual(first.care_date, SENT_ON)
                self.assertEqual((second.number, second.patient), ("000000124", 0))

    def test_a_professional_says_the_mode_of_third_party_payment(self):
        first = self.of(SentInvoice, self.sent(self.writer().bytes()))[0]
        self.assertEqual((first.mode, first.kind), ("15", "F"))
        self.assertEqual(first.member_number, "ABC12345")
        self.assertEqual(first.date, SENT_ON)

    def test_a_lot_has_its_number_and_its_sums(self):
        found = self.sent(self.writer().bytes())
        lot = self.one(SentLot, found)
        self.assertEqual((lot.number, lot.created), ("007", SENT_ON))
        self.assertEqual((lot.sender, lot.payer_body), ("351234567", "131"))
        self.assertEqual((lot.invoices, lot.total), (2, 2850))
        self.assertIs(self.one(SentEnd, found).lot, lot)
        self.assertGreater(self.one(End, found).file.passed, 5)

    def test_each_lot_counts_for_itself(self):
        out = self.writer()
        out.lot("008").invoice("000000200", lines=[("AMI", 500, 500, 0)])
        found = self.sent(out.bytes())
        self.assertFalse(self.codes(found))
        self.assertEqual([lot.total for lot in self.of(SentLot, found)], [2850, 500])
        self.assertEqual(self.one(File, found).lots, 2)

    def test_a_ccam_act_has_its_code(self):
        out = B2Writer(SENT_ON)
        lot = out.lot("001")
        lot.invoice("000000001", lines=[("ADE", 2892, 2024, 868)])
        code = {"invoice_number": "000000001", "ccam": "HBLD038", "activity": "1"}
        out.records.insert(-1, VARIANTS["PS"]["4M"].compose(**code))
        (invoice,) = self.of(SentInvoice, self.sent(out.bytes()))
        self.assertEqual(invoice.lines[0].ccam, "HBLD038")

    def test_an_individual_number_of_the_patient(self):
        out = B2Writer(SENT_ON)
        out.lot("001").invoice("000000001", lines=[("C", 2650, 1855, 0)])
        own = {"own_nir": "2120735123456", "own_nir_key": "11"}
        out.records.insert(2, VARIANTS["PS"]["2S"].compose(**own))
        (invoice,) = self.of(SentInvoice, self.sent(out.bytes()))
        self.assertEqual(invoice.own_nir, "2120735123456")

    # --- controls ------------------------------------------------------------------

    def test_totals_of_a_lot_that_disagree_are_told(self):
        out = self.writer()
        out.lots[0].close(invoices=9, total=1, amo=2, amc=3, lines=7)
        codes = self.codes(self.sent(out.bytes()))
        expected = ["invoices_6", "lines_6", "total_6", "amo_6", "amc_6"]
        self.assertEqual(codes, expected)

    def test_an_invoice_without_total_has_the_sums_of_its_lines(self):
        out = self.writer()
        out.records = [r for r in out.records if not r.startswith("5")]
        found = self.sent(out.bytes())
        first = self.of(SentInvoice, found)[0]
        self.assertFalse(first.totals)
        self.assertEqual((first.total, first.amo, first.amc), (1250, 750, 400))
        self.assertIn("no_5", self.codes(found))

    def test_a_lot_without_end_is_told(self):
        out = self.writer()
        out.lots[0].is_closed = True
        self.assertIn("no_6", self.codes(self.sent(out.bytes())))

    def test_records_outside_a_lot_or_an_invoice_are_told(self):
        out = B2Writer(SENT_ON)
        for type_ in ("4", "5", "2M", "4M", "6"):
            out.add(type_)
        out.add("2", invoice_number="000000001").add("5")
        found = self.sent(out.bytes())
        self.assertIn("alone", self.codes(found))
        self.assertEqual(len(self.of(SentInvoice, found)), 1)

    def test_a_file_without_beginning_or_end_is_read(self):
        data = self.writer().bytes()
        for part, code in ((data[128:], "no_header"), (data[:-128], "no_trailer")):
            found = self.sent(part)
            self.assertEqual(len(self.of(SentInvoice, found)), 2)
            self.assertIn(code, self.codes(found))

    # --- rows ----------------------------------------------------------------------

    def test_rows_cover_the_file_and_are_what_was_written(self):
        for variant in VARIANTS:
            for line_end in (b"", b"\r\n", b"\n\n"):
                out = self.writer(variant)
                data = out.bytes(line_end)
                rows = self.rows(data)
                self.assertCovers(rows, len(data))
                self.assertEqual([row.raw for row in rows][1:-1], out.records)
                self.assertFalse([row.fault for row in rows if row.fault])

    def test_blanks_at_the_end_of_a_line_may_be_missing(self):
        out = self.writer()
        data = b"\n".join(x.rstrip() for x in out.bytes(b"\n").split(b"\n"))
        self.assertCovers(self.rows(data), len(data))
        self.assertEqual([row.raw for row in self.rows(data)][1:-1], out.records)

    def test_a_complement_without_layout_is_kept(self):
        out = self.writer()
        record = VARIANTS["PS"]["4"].compose(complement="B")
        out.records.insert(3, record)
        found = self.sent(out.bytes())
        told = self.of(Control, found)[0]
        self.assertEqual((told.code, told.values["type"]), ("unknown", "4B"))
        self.assertIn(record, [row.raw for row in self.rows(out.bytes())])

    def test_a_file_cut_anywhere_covers_what_is_left(self):
        data = self.writer().bytes(b"\r\n")
        for size in range(0, len(data), 7):
            self.assertCovers(self.rows(data[:size]), size)
            self.sent(data[:size])


@tagged("post_install", "-at_install")
class TestReturnsB2Return(ReturnsCase):
    """The optional profile of a concentrator."""

    def record(self, kind="13", number="000000123", **values):
        values = {
            "payer_body": "011351",
            "return_kind": kind,
            "invoice_number": number,
            "date": "260227",
            "nir": "185073512345642",
            "lot": "007",
            "day": "260302",
            **values,
        }
        return b2_return.LAYOUT.compose(**values).encode() + b"\n"

    def answers(self, *records):
        return list(b2_return.answers(io.BytesIO(b"".join(records))))

    def test_the_first_thing_said_is_that_it_is_not_verified(self):
        self.assertEqual(self.codes(self.answers(self.record()))[0], "unverified")

    def test_a_payment_of_both_parts(self):
        amounts = {"asked_amo": 600, "asked_amc": 400, "paid_amo": 600, "paid_amc": 400}
        found = self.answers(self.record(**amounts))
        answer = self.one(Answer, found)
        self.assertEqual([part.kind for part in answer.parts], [AMO, AMC])
        self.assertEqual((answer.nir, answer.nir_key), ("1850735123456", "42"))
        payment = self.one(Payment, found)
        self.assertEqual((payment.amount, payment.date), (1000, date(2026, 3, 2)))
        self.assertIs(self.one(PaymentEnd, found).payment, payment)

    def test_a_rejection_of_one_part(self):
        found = self.answers(self.record("22", code="123", label="DROITS FERMES"))
        answer = self.one(Answer, found)
        self.assertEqual([(p.kind, p.state) for p in answer.parts], [(AMC, "R")])
        self.assertEqual(answer.rejections[0].part, "C")

    def test_a_retained_sum(self):
        found = self.answers(self.record(), self.record("31", paid_amo=500))
        self.assertEqual(self.one(Retained, found).amount, 500)
        self.assertEqual(self.one(Payment, found).amount, -500)

    def test_each_day_is_a_payment(self):
        found = self.answers(self.record(), self.record(day="260303"))
        self.assertEqual(len(self.of(Payment, found)), 2)

    def test_what_is_no_such_record_is_told(self):
        found = self.answers(self.record(), b"\n", b"9" * 128)
        self.assertIn("junk", self.codes(found))
        self.assertEqual(self.one(End, found).file.answers, 1)
