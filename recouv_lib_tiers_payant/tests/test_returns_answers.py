import io
from datetime import date

from odoo.tests import tagged

from ..returns import entities, noemie
from ..returns.messages import CONTROLS, euros, say
from ..returns.noemie_layouts import LAYOUTS
from ..returns.objects import (
    AMC,
    AMO,
    ARL,
    NOEMIE576,
    NOEMIE580,
    Answer,
    Control,
    End,
    File,
    Lot,
    Lump,
    Payment,
    PaymentEnd,
    Retained,
)
from ..returns.physical import CHAINED, LINES, UNFOLDED_FORM
from ..returns.writing import FORMS, NoemieWriter, entity, fold
from .returns_common import DAY, MADE, ReturnsCase


@tagged("post_install", "-at_install")
class TestReturnsAnswers(ReturnsCase):
    def part(self, answer, kind):
        part = answer.part(kind)
        return part and (part.asked, part.state, part.paid)

    # --- what is said --------------------------------------------------------------

    def test_a_file_says_who_sent_it_and_when(self):
        found = self.answers(self.paid_file(reference="N580").bytes())
        file = self.one(File, found)
        self.assertIs(found[0], file)
        self.assertEqual((file.sender_kind, file.sender), ("CP", "00000000000131"))
        self.assertEqual(file.created, MADE)
        self.assertEqual((file.reference, file.reference_text), ("580", "N580"))
        self.assertEqual(file.family, NOEMIE580)
        self.assertTrue(file.complete and file.is_real)
        self.assertIsInstance(found[-1], End)

    def test_a_test_file_is_not_real(self):
        file = self.one(File, self.answers(self.writer(flow="T").bytes()))
        self.assertFalse(file.is_real)

    def test_a_transfer_is_what_the_bank_will_show(self):
        found = self.answers(self.paid_file().bytes())
        payment = self.one(Payment, found)
        self.assertEqual(payment.label1, "CPAM DE L AIN")
        self.assertEqual(payment.label2, "606100000012")
        self.assertEqual((payment.date, payment.payer_body), (MADE, "011"))
        self.assertEqual(payment.payee, "000000351234567")
        self.assertEqual((payment.paid, payment.paid_amo), (3500, 2500))
        self.assertEqual((payment.retained, payment.lump), (800, 5000))
        self.assertEqual(payment.amount, 3500 + 5000 - 800)
        self.assertTrue(payment.is_closed)

    def test_an_answer_has_its_two_parts(self):
        paid, rejected = self.of(Answer, self.answers(self.paid_file().bytes()))
        self.assertEqual(self.part(paid, AMO), (2500, "P", 2500))
        self.assertEqual(self.part(paid, AMC), (1000, "P", 1000))
        self.assertEqual(paid.part(AMC).amc_number, "0012345678")
        self.assertEqual(paid.part(AMC).member_number, "ABC12345")
        self.assertEqual(paid.paid, 3500)
        self.assertEqual(self.part(rejected, AMO), (1600, "R", 0))
        self.assertIsNone(rejected.part(AMC))

    def test_an_answer_says_whose_invoice_it_is(self):
        paid = self.of(Answer, self.answers(self.paid_file().bytes()))[0]
        self.assertEqual(paid.invoice_number, "000000123")
        self.assertEqual((paid.lot_number, paid.lot_date), ("007", date(2026, 2, 27)))
        self.assertEqual((paid.nir, paid.nir_key), ("1850735123456", "42"))
        self.assertEqual(paid.birth_date, date(1985, 7, 12))
        self.assertEqual((paid.name, paid.first_name), ("DUPONT", "MARIE"))
        self.assertEqual((paid.invoice_kind, paid.return_kind), ("F", "01"))
        self.assertIs(paid.payment.file, paid.file)

    def test_a_rejection_has_its_code_and_label(self):
        rejected = self.of(Answer, self.answers(self.paid_file().bytes()))[1]
        (reason,) = rejected.rejections
        self.assertEqual(reason.code, "0250")
        self.assertEqual(reason.label, "ASSURE ABSENT DU REFERENTIEL")
        self.assertEqual((reason.part, reason.level), ("O", "F"))

    def test_a_lunar_birth_month_is_kept_as_written(self):
        out = self.writer()
        out.transfer(MADE).invoice("000000001", amo=100, birth="852100")
        answer = self.one(Answer, self.answers(out.bytes()))
        self.assertEqual((answer.birth_text, answer.birth_date), ("852100", None))

    def test_a_negative_sum_lowers_the_transfer(self):
        out = self.writer()
        transfer = out.transfer(MADE)
        transfer.invoice("000000001", amo=5000)
        transfer.invoice("000000001", amo=(1200, "P", -1200))
        found = self.answers(out.bytes())
        self.assertEqual(self.one(Payment, found).amount, 3800)
        self.assertEqual(self.of(Answer, found)[1].part(AMO).paid, -1200)
        self.assertFalse(self.codes(found))

    def test_a_retained_sum_names_its_debt(self):
        retained = self.one(Retained, self.answers(self.paid_file().bytes()))
        self.assertEqual((retained.amount, retained.balance), (800, 200))
        self.assertEqual((retained.nature, retained.operation), ("IND", "RPR"))
        self.assertEqual(retained.reference, "DETTE 1")
        self.assertIsNotNone(retained.payment)

    def test_a_retained_sum_may_be_written_negative(self):
        """Which sign a retained sum has is not proven: the control total tells."""
        out = self.writer()
        transfer = out.transfer(MADE)
        transfer.invoice("000000001", amo=5000)
        out.add("250", 3, amount=700, sign="N", nature="IND")
        transfer.close(announced=4300)
        found = self.answers(out.bytes(total=4300))
        self.assertEqual(self.one(Payment, found).amount, 4300)
        self.assertEqual(self.one(End, found).file.amount, 4300)
        self.assertFalse(self.codes(found))

    def test_a_lump_sum_comes_with_its_details(self):
        lump = self.one(Lump, self.answers(self.paid_file().bytes()))
        self.assertEqual((lump.code, lump.amount), ("00012", 5000))
        self.assertEqual(lump.details[0].label, "FORFAIT MEDECIN TRAITANT")

    def test_comments_go_with_their_invoice(self):
        out = self.writer()
        out.transfer(MADE).invoice("000000001", amo=100, comments=["A REVOIR"])
        self.assertEqual(
            self.one(Answer, self.answers(out.bytes())).comments, [("", "A REVOIR")]
        )

    def test_every_form_says_the_same(self):
        for family in (NOEMIE580, NOEMIE576):
            told = []
            for form in FORMS:
                found = self.answers(self.paid_file(family=family).bytes(form))
                self.assertFalse(self.codes(found), form)
                told.append([
                    (a.invoice_number, [(p.kind, p.state, p.paid) for p in a.parts])
                    for a in self.of(Answer, found)
                ])  # fmt: skip
            self.assertEqual(told[0], told[1])
            self.assertEqual(told[0], told[2])

    # --- the older family ----------------------------------------------------------

    def test_in_the_older_family_sums_are_those_of_the_lines(self):
        found = self.answers(self.paid_file(family=NOEMIE576).bytes())
        paid, rejected = self.of(Answer, found)
        self.assertEqual(self.part(paid, AMO), (None, "P", 2500))
        self.assertEqual(self.part(paid, AMC), (None, "P", 1000))
        self.assertTrue(paid.part(AMO).is_derived)
        self.assertEqual(self.part(rejected, AMO), (None, "R", 0))
        self.assertEqual(rejected.rejections[0].code, "0250")
        self.assertEqual(self.one(End, found).file.family, NOEMIE576)
        self.assertEqual(self.one(Payment, found).amount, 3500 + 5000 - 800)

    def test_in_the_older_family_the_lot_stands_before_the_invoices(self):
        found = self.answers(self.paid_file(family=NOEMIE576).bytes())
        lot = self.one(Lot, found)
        self.assertEqual((lot.number, lot.created), ("007", date(2026, 2, 27)))
        self.assertEqual(lot.answers, 2)
        for answer in self.of(Answer, found):
            self.assertEqual(answer.lot_number, "007")
            self.assertIs(answer.lot, lot)

    def test_a_signal_on_a_paid_invoice_is_no_rejection_of_it(self):
        out = self.writer(family=NOEMIE576)
        out.transfer(MADE).invoice("000000001", amo=100, rejections=[("S1", "NOTE")])
        answer = self.one(Answer, self.answers(out.bytes()))
        self.assertEqual(answer.part(AMO).state, "P")

    def kinds_of(self, sender_kind, **values):
        """{kind: (state, cents)} of one answer of a sender of that kind."""
        out = self.writer(family=NOEMIE576, sender_kind=sender_kind)
        out.transfer(MADE).invoice("000000001", **values)
        answer = self.one(Answer, self.answers(out.bytes()))
        return {part.kind: (part.state, part.paid) for part in answer.parts}

    def test_who_sends_a_rejection_says_whose_part_it_is(self):
        rejections = [("0460", "ADHERENT INCONNU")]
        for sender_kind, kind in (("CP", AMO), ("MA", AMO), ("OC", AMC), ("CS", AMC)):
            found = self.kinds_of(sender_kind, rejections=rejections)
            self.assertEqual(found, {kind: ("R", 0)})

    def test_a_concentrator_does_not_say_whose_rejection_it_hands_on(self):
        rejections = [("0460", "ADHERENT INCONNU")]
        found = self.kinds_of("OT", rejections=rejections)
        self.assertEqual(found, {"": ("R", 0)})
        # money says it
        found = self.kinds_of("OT", amc=1000, rejections=rejections)
        self.assertEqual(found, {AMC: ("P", 1000)})

    def test_a_mutual_fund_pays_its_own_part_alone(self):
        self.assertEqual(self.kinds_of("OC", amo=1000), {AMC: ("P", 1000)})
        self.assertEqual(self.kinds_of("OC", amc=1000), {AMC: ("P", 1000)})

    def test_a_rejection_of_the_complementary_part_says_so_itself(self):
        out = self.writer()
        out.transfer(MADE).invoice(
            "000000001", rejections=[("0460", "ADHERENT INCONNU", "C")]
        )
        answer = self.one(Answer, self.answers(out.bytes()))
        self.assertEqual(self.part(answer, AMC), (None, "R", 0))
        self.assertIsNone(answer.part(AMO))

    def test_an_act_that_is_taken_back(self):
        out = self.writer(family=NOEMIE576)
        out.transfer(MADE).invoice("000000001", amo=(0, "P", -960))
        found = self.answers(out.bytes())
        self.assertEqual(self.one(Answer, found).lines[0].amo, -960)
        self.assertEqual(self.one(Payment, found).amount, -960)

    def test_the_local_regime_of_alsace_counts_with_the_caisse(self):
        out = self.writer(family=NOEMIE576)
        transfer = out.transfer(MADE)
        transfer.invoice("000000001")
        out.add("210", 8, paid=700, local_paid=300, amc_paid=0, sign="P")
        answer = self.one(Answer, self.answers(out.bytes()))
        self.assertEqual(answer.part(AMO).paid, 1000)
        self.assertIsNone(answer.part(AMC))

    # --- acknowledgments -----------------------------------------------------------

    def test_lots_without_money_are_acknowledgments(self):
        out = self.writer(reference="0930")
        out.acknowledge("001", MADE)
        out.acknowledge("002", MADE, [("9999", "LOT NON CONFORME")])
        found = self.answers(out.bytes())
        self.assertEqual(self.one(End, found).file.family, ARL)
        accepted, refused = self.of(Lot, found)
        self.assertTrue(accepted.is_accepted)
        self.assertFalse(refused.is_accepted)
        self.assertEqual(refused.rejections[0].label, "LOT NON CONFORME")
        self.assertFalse(self.codes(found))

    def test_an_acknowledgment_may_refuse_one_invoice(self):
        out = self.writer()
        out.acknowledge("001", MADE)
        out.add("100", 3, invoice_number="000000009")
        out.add("290", 4, code="1", label="FACTURE NON CONFORME")
        found = self.answers(out.bytes())
        self.assertEqual(self.one(End, found).file.family, ARL)
        answer = self.one(Answer, found)
        self.assertEqual(answer.rejections[0].label, "FACTURE NON CONFORME")
        self.assertTrue(self.one(Lot, found).is_accepted)

    def test_a_transfer_alone_is_no_acknowledgment(self):
        out = self.writer()
        out.transfer(MADE)
        file = self.one(End, self.answers(out.bytes())).file
        self.assertEqual(file.family, NOEMIE580)

    # --- controls ------------------------------------------------------------------

    def test_totals_that_agree_are_counted_and_not_told(self):
        found = self.answers(self.paid_file().bytes())
        self.assertFalse(self.codes(found))
        self.assertEqual(self.one(End, found).file.passed, 4)

    def test_totals_that_disagree_are_told_and_stop_nothing(self):
        out = self.paid_file()
        out.transfers[0].close(announced=1, count=77)
        found = self.answers(out.bytes(total=2, records=3))
        self.assertEqual(
            self.codes(found), ["total_990", "count_990", "total_999", "records_999"]
        )
        control = self.of(Control, found)[0]
        self.assertEqual(control.values["announced"], 1)
        self.assertEqual(control.values["computed"], 7700)
        self.assertEqual(len(self.of(Answer, found)), 2)

    def test_a_control_may_close_any_level(self):
        out = self.writer()
        transfer = out.transfer(MADE)
        for number in range(3):
            transfer.invoice(f"{number:09}", amo=100)
            out.add("990", 99, count=1, total=100, sign="P")
        transfer.close()
        out.add("990", 99, count=1, total=300, sign="P")
        self.assertFalse(self.codes(self.answers(out.bytes())))

    def test_every_control_has_a_french_sentence(self):
        out = self.paid_file()
        out.transfers[0].close(announced=1, count=77)
        out.add("295", 1, text="SEUL")
        out.texts.append("29801X@")
        data = out.bytes(total=2)
        for control in self.of(Control, self.answers(data[:-128] + b"junk")):
            self.assertIn(control.code, CONTROLS)
            self.assertTrue(say(control))

    def test_only_the_first_faults_of_a_kind_are_told_all_are_counted(self):
        header = entity("000", sender_kind="CP", sender="1", record_length=128)
        data = fold(header, ["29801X@"] * 200, "")
        found = self.answers(data)
        self.assertEqual(self.codes(found).count("unknown"), noemie.TOLD)
        self.assertEqual(self.one(End, found).file.faults["unknown"], 200)

    def test_two_answers_on_one_part_are_told(self):
        out = self.writer()
        out.transfer(MADE).invoice("000000001", amo=100)
        out.add("198", 4, asked=100, state="R", sign="P")
        found = self.answers(out.bytes())
        self.assertIn("contradiction", self.codes(found))
        self.assertEqual(len(self.one(Answer, found).parts), 2)

    def test_a_sum_without_invoice_is_kept_and_told(self):
        out = self.writer()
        out.transfer(MADE)
        out.add("198", 4, asked=100, state="P", paid=100, sign="P")
        found = self.answers(out.bytes(total=100))
        self.assertIn("orphan", self.codes(found))
        answer = self.one(Answer, found)
        self.assertEqual((answer.invoice_number, answer.paid), ("", 100))
        self.assertEqual(self.one(Payment, found).amount, 100)

    def test_an_unknown_sign_is_told(self):
        out = self.writer()
        out.transfer(MADE).invoice("000000001")
        out.add("198", 4, asked=100, state="P", paid=100, sign="Z")
        self.assertIn("sign", self.codes(self.answers(out.bytes())))

    def test_amounts_are_said_as_the_french_write_them(self):
        self.assertEqual(euros(123456789), "1\u202f234\u202f567,89")
        self.assertEqual(euros(-5), "-0,05")

    # --- dates ---------------------------------------------------------------------

    def test_the_order_of_dates_is_found_out(self):
        for order in ("YMD", "DMY"):
            found = self.answers(self.paid_file(order=order).bytes())
            self.assertEqual(self.one(File, found).date_order, order)
            self.assertEqual(self.one(Payment, found).date, MADE)
            self.assertEqual(self.of(Answer, found)[0].lot_date, date(2026, 2, 27))

    def test_the_order_of_dates_may_be_imposed(self):
        found = self.answers(self.paid_file().bytes(), order="DMY")
        self.assertEqual(self.one(File, found).date_order, "DMY")
        self.assertEqual(self.one(File, found).created, date(2002, 3, 26))

    def test_each_file_has_its_own_order(self):
        data = self.paid_file(order="DMY").bytes() + self.paid_file().bytes()
        orders = [file.date_order for file in self.of(File, self.answers(data))]
        self.assertEqual(orders, ["DMY", "YMD"])

    # --- several files, damage -----------------------------------------------------

    def test_each_file_counts_for_itself(self):
        data = self.paid_file().bytes() * 3
        found = self.answers(data)
        self.assertEqual([f.index for f in self.of(File, found)], [1, 2, 3])
        for end in self.of(End, found):
            self.assertEqual((end.file.answers, end.file.amount), (2, 7700))
        self.assertEqual([e.file.end for e in self.of(End, found)][-1], len(data))

    def test_files_of_several_forms_may_follow_each_other(self):
        out = self.writer()
        transfer = out.transfer(MADE)
        for number in range(300):
            transfer.invoice(f"{number:09}", amo=100)
        large = out.bytes(UNFOLDED_FORM)
        small = self.paid_file()
        data = small.bytes(CHAINED) + small.bytes(LINES) + large + small.bytes(CHAINED)
        found = self.answers(data)
        self.assertFalse(self.codes(found))
        forms = [file.form for file in self.of(File, found)]
        self.assertEqual(forms, [CHAINED, LINES, UNFOLDED_FORM, CHAINED])

    def test_a_cut_file_gives_what_was_whole_and_says_so(self):
        out = self.writer()
        transfer = out.transfer(MADE)
        for number in range(20):
            transfer.invoice(f"{number:09}", amo=100)
        data = out.bytes()[:2048]
        found = self.answers(data)
        self.assertIn("no_trailer", self.codes(found))
        file = self.one(End, found).file
        self.assertFalse(file.complete)
        self.assertTrue(0 < file.answers < 20)
        self.assertTrue(self.one(PaymentEnd, found).payment.is_closed)

    def test_a_file_cut_anywhere_gives_no_sum_that_is_not_whole(self):
        for family in ("noemie580", "noemie576"):
            out = NoemieWriter(MADE, family=family)
            transfer = out.transfer(MADE)
            for number in (1, 2):
                transfer.invoice(f"{number:09}", amo=7000, amc=3000)
            data = out.bytes()
            for cut in range(len(data)):
                for answer in self.of(Answer, self.answers(data[:cut])):
                    paid = [part.paid for part in answer.parts]
                    self.assertIn(paid, ([], [7000], [7000, 3000]), (family, cut))

    def test_the_answer_that_the_end_cuts_is_told(self):
        out = NoemieWriter(MADE, family="noemie576")
        out.transfer(MADE).invoice("000000001", amo=7000)
        data = out.bytes()
        row = next(r for r in entities.entities(io.BytesIO(data)) if r.type == "210")
        found = self.answers(data[: row.end])
        answer = self.one(Answer, found)
        self.assertTrue(answer.is_cut)
        self.assertFalse(answer.parts)
        self.assertIn("answer_cut", self.codes(found))

    def test_offsets_of_an_answer_hold_its_entities(self):
        data = self.paid_file().bytes()
        for answer in self.of(Answer, self.answers(data)):
            held = data[answer.start : answer.end].decode("latin-1")
            self.assertIn("102", held[:4])
            self.assertTrue(held.endswith("@"))
            for part in answer.parts:
                self.assertTrue(answer.start < part.start < part.end <= answer.end)

    def test_nothing_to_read_gives_nothing(self):
        for data in (b"", b"   \r\n", b"hello"):
            self.assertFalse(self.of(Answer, self.answers(data)))

    def test_every_entity_of_the_norm_has_a_reader(self):
        reading = noemie.Reading(io.BytesIO(), DAY)
        self.assertEqual({row.type for row in reading.by_class}, set(LAYOUTS))
