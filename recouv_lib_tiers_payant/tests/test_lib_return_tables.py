import io
from datetime import date
from decimal import Decimal
from random import Random

from odoo.tests import BaseCase, tagged

from odoo.addons.recouv_lib.lib.table_file import FileError
from odoo.addons.recouv_lib.tests.table_samples import csv_bytes, xlsx_bytes

from ..lib import return_tables
from ..lib.return_tables import ANSWERS, TRANSFERS, Profile
from ..returns.objects import (
    Answer,
    Control,
    End,
    File,
    Payment,
    PaymentEnd,
    Retained,
)

TODAY = date(2026, 3, 20)
# A table as an operator exports it.
HEAD = [
    "N° facture", "Lot", "NIR", "Date de naissance", "Patient", "Date des soins",
    "Date virement", "Référence virement", "Organisme", "Montant facture",
    "Montant payé", "Statut", "Code rejet", "Motif",
]  # fmt: skip
PAID = [
    "000000042", "007", "1000199999001 67", "31/12/1950", "MARTIN", "02/03/2026",
    "13/03/2026", "152290010995", "CPAM DE LA MOSELLE", "17,50", "17,50", "Payé", "",
    "",
]  # fmt: skip


def row(**values):
    names = (
        "number", "lot", "nir", "birth", "name", "care", "day", "label", "payer",
        "asked", "paid", "state", "code", "reason",
    )  # fmt: skip
    known = dict(zip(names, PAID, strict=True)) | values
    return [known[name] for name in names]


@tagged("post_install", "-at_install")
class TestReturnTables(BaseCase):
    def parse(self, data, profile=None, **values):
        stream = io.BytesIO(data)
        profile = profile or return_tables.guess_profile(stream)
        for name, value in values.items():
            setattr(profile, name, value)
        return list(return_tables.read(stream, profile, TODAY))

    def rows(self, *rows, head=None, **values):
        return self.parse(csv_bytes([head or HEAD, *rows]), **values)

    def only(self, kind, found):
        return [one for one in found if isinstance(one, kind)]

    def answer(self, found):
        (answer,) = self.only(Answer, found)
        return answer

    def codes(self, found):
        return [one.code for one in self.only(Control, found)]

    # --- an answer --------------------------------------------------------------

    def test_a_row_is_an_answer_under_its_transfer(self):
        found = self.rows(PAID)
        answer = self.answer(found)
        self.assertEqual(answer.invoice_number, "000000042")
        self.assertEqual((answer.lot_number, answer.nir), ("007", "1000199999001"))
        self.assertEqual((answer.nir_key, answer.birth_text), ("67", "501231"))
        self.assertEqual(answer.birth_date, date(1950, 12, 31))
        self.assertEqual(answer.invoice_date, date(2026, 3, 2))
        (part,) = answer.parts
        self.assertEqual((part.kind, part.state), ("amo", "P"))
        self.assertEqual((part.asked, part.paid), (1750, 1750))
        (payment,) = self.only(Payment, found)
        self.assertIs(answer.payment, payment)
        self.assertEqual(payment.date, date(2026, 3, 13))
        self.assertEqual(payment.label1, "152290010995")
        self.assertEqual((payment.amount, payment.is_closed), (1750, True))
        self.assertFalse(self.codes(found))

    def test_a_file_opens_and_ends(self):
        found = self.rows(PAID, row(number="43", paid="10", asked="10"))
        self.assertIsInstance(found[0], File)
        self.assertIsInstance(found[-1], End)
        file = found[0]
        self.assertEqual((file.family, file.complete), ("table", True))
        self.assertEqual((file.answers, file.payments, file.paid), (2, 1, 2750))

    def test_a_rejection_keeps_its_words(self):
        answer = self.answer(
            self.rows(row(paid="0", state="Rejeté", code="0250 050", reason="inconnu"))
        )
        (rejection,) = answer.rejections
        self.assertEqual((rejection.code, rejection.label), ("0250 050", "inconnu"))
        self.assertEqual(rejection.part, "O")
        self.assertEqual((answer.parts[0].state, answer.paid), ("R", 0))

    def test_without_a_state_the_sums_and_words_tell(self):
        head = [name for name in HEAD if name != "Statut"]

        def state(**values):
            cells = row(**values)
            del cells[HEAD.index("Statut")]
            part = self.answer(self.rows(cells, head=head)).parts[0]
            self.assertTrue(part.is_derived)
            return part.state, part.paid

        self.assertEqual(state(), ("P", 1750))
        self.assertEqual(state(paid="0", reason="NIR erroné"), ("R", 0))
        self.assertEqual(state(paid="12,00", reason="tarif"), ("P", 1200))
        self.assertEqual(state(paid="0"), ("", 0))

    def test_money_that_came_is_money_though_the_row_says_rejected(self):
        answer = self.answer(self.rows(row(state="Rejeté", reason="un acte refusé")))
        self.assertEqual((answer.parts[0].state, answer.paid), ("P", 1750))

    def test_states_in_many_words(self):
        for text, state in (
            ("PAYÉ", "P"), ("Vir. effectué", "P"), ("ok", "P"), ("R", "R"),
            ("refusée", "R"), ("En attente", "D"), ("Différé", "D"),
        ):  # fmt: skip
            answer = self.answer(self.rows(row(state=text, paid="0,00")))
            self.assertEqual(answer.parts[0].state, state, text)

    def test_a_lunar_birth_is_kept_as_it_is(self):
        answer = self.answer(self.rows(row(birth="1950/31/12")))
        self.assertEqual((answer.birth_text, answer.birth_date), ("503112", None))
        answer = self.answer(self.rows(row(birth="?")))
        self.assertEqual((answer.birth_text, answer.birth_date), ("?", None))

    def test_a_sum_kept_back_lowers_the_transfer(self):
        kept = row(number="", state="Retenue", paid="5,00", reason="indu")
        found = self.rows(PAID, kept)
        (retained,) = self.only(Retained, found)
        self.assertEqual((retained.amount, retained.nature), (500, "indu"))
        (payment,) = self.only(Payment, found)
        self.assertEqual((payment.paid, payment.amount), (1750, 1250))

    # --- parts ------------------------------------------------------------------

    def test_the_part_is_said_or_follows_from_the_payer(self):
        head = ["N° facture", "Part", "Organisme", "Montant payé"]
        for part, payer, kind in (
            ("RO", "", "amo"), ("C", "CPAM", "amc"), ("", "MSA", "amo"),
            ("", "Mutuelle Exemple", "amc"),
        ):  # fmt: skip
            answer = self.answer(self.rows(["42", part, payer, "1"], head=head))
            self.assertEqual(answer.parts[0].kind, kind)
        found = self.rows(["42", "", "Untel", "1"], head=head)
        self.assertEqual(self.codes(found), ["part_unknown"])
        answer = self.answer(self.rows(["42", "", "", "1"], head=head, part="amc"))
        self.assertEqual(answer.parts[0].kind, "amc")

    def test_two_columns_are_two_parts(self):
        head = ["N° facture", "Montant AMO", "Montant AMC", "Payé AMO", "Payé AMC",
                "Etat AMO", "Etat AMC"]  # fmt: skip
        answer = self.answer(
            self.rows(["42", "10", "5", "10", "0", "P", "R"], head=head)
        )
        found = [(one.kind, one.state, one.asked, one.paid) for one in answer.parts]
        self.assertEqual(found, [("amo", "P", 1000, 1000), ("amc", "R", 500, 0)])
        answer = self.answer(self.rows(["42", "10", "", "10", "", "P", ""], head=head))
        self.assertEqual([one.kind for one in answer.parts], ["amo"])

    def test_one_sum_for_both_parts_is_shared_out_only_when_it_pays_all(self):
        head = ["N° facture", "Montant AMO", "Montant AMC", "Montant payé"]
        answer = self.answer(self.rows(["42", "10", "5", "15"], head=head))
        self.assertEqual([(p.kind, p.paid) for p in answer.parts],
                         [("amo", 1000), ("amc", 500)])  # fmt: skip
        found = self.rows(["42", "10", "5", "12"], head=head)
        self.assertEqual(self.codes(found), ["part_unknown"])
        self.assertFalse(self.only(Answer, found))

    # --- transfers --------------------------------------------------------------

    def test_rows_of_one_transfer_come_together(self):
        other = {"day": "14/03/2026", "label": "152300010995"}
        found = self.rows(PAID, row(number="43", **other), row(number="44"))
        payments = self.only(Payment, found)
        self.assertEqual([one.amount for one in payments], [3500, 1750])
        self.assertEqual([one.number for one in payments], [1, 2])
        ends = [one.payment for one in self.only(PaymentEnd, found)]
        self.assertEqual([id(one) for one in ends], [id(one) for one in payments])
        order = [one.invoice_number for one in self.only(Answer, found)]
        self.assertEqual(order, ["000000042", "44", "43"])

    def test_without_columns_of_a_transfer_there_is_none(self):
        found = self.rows(["42", "CPAM", "1,00"], head=["Facture", "Caisse", "Payé"])
        self.assertFalse(self.only(Payment, found))
        self.assertIsNone(self.answer(found).payment)

    def test_the_sum_of_a_transfer_is_checked(self):
        head = [*HEAD, "Montant virement"]
        right = self.rows([*PAID, "17,50"], head=head)
        self.assertEqual((self.codes(right), right[0].passed), ([], 1))
        wrong = self.rows([*PAID, "20,00"], head=head)
        (control,) = self.only(Control, wrong)
        self.assertEqual(control.code, "transfer_total")
        self.assertEqual(control.values["announced"], "20.00")
        self.assertEqual(control.values["computed"], "17.50")

    def test_the_transfers_of_a_claim_form_engine(self):
        data = csv_bytes(
            [
                ["Date", "Libellé virement - ligne 1", "Libellé virement - ligne 2",
                 "Organisme", "Montant"],
                ["13/03/2026", "VIR CPAM", "152290010995", "CPAM 571", "1 234,56"],
                ["14/03/2026", "VIR MGEN", "", "MGEN", "0,99"],
            ],
            "cp1252",
        )  # fmt: skip
        profile = return_tables.guess_profile(io.BytesIO(data))
        self.assertEqual((profile.kind, profile.missing()), (TRANSFERS, []))
        found = self.parse(data)
        payments = self.only(Payment, found)
        self.assertEqual([one.amount for one in payments], [123456, 99])
        self.assertEqual(payments[0].label2, "152290010995")
        self.assertEqual(payments[0].payer_body, "CPAM 571")
        self.assertEqual(payments[0].date, date(2026, 3, 13))
        self.assertFalse(self.only(Answer, found))

    # --- encodings, dates, amounts ----------------------------------------------

    def test_the_same_table_in_every_shape(self):
        expected = self.answer(self.rows(PAID))
        shapes = [
            csv_bytes([HEAD, PAID], encoding, delimiter)
            for encoding in ("utf-8", "utf-8-sig", "cp1252", "mac_roman", "utf-16")
            for delimiter in ";\t|"
        ]
        cells = row(care=date(2026, 3, 2), day=date(2026, 3, 13), asked=17.5, paid=17.5)
        shapes.append(xlsx_bytes([HEAD, cells]))
        for data in shapes:
            answer = self.answer(self.parse(data))
            self.assertEqual(answer.parts[0].paid, 1750)
            self.assertEqual(answer.invoice_date, expected.invoice_date)
            self.assertEqual(answer.invoice_number.zfill(9), "000000042")

    def test_titles_above_the_headers_and_unknown_columns_do_not_matter(self):
        head, cells = [*HEAD, "Divers"], [*PAID, "x"]
        data = csv_bytes([["Retours de mars"], [""], head, cells])
        self.assertEqual(self.answer(self.parse(data)).paid, 1750)

    def test_dates_that_could_be_both_are_read_as_the_french_write_them(self):
        either = row(care="03/04/2026", day="05/04/2026")
        found = self.rows(either)
        self.assertEqual(self.answer(found).invoice_date, date(2026, 4, 3))
        self.assertEqual(self.codes(found), ["dates_dmy", "dates_dmy"])
        found = self.rows(either, date_order="mdy")
        self.assertEqual(self.answer(found).invoice_date, date(2026, 3, 4))
        self.assertFalse(self.codes(found))

    def test_one_date_decides_for_the_other_columns(self):
        found = self.rows(row(care="03/04/2026", day="04/25/2026"))
        self.assertEqual(self.answer(found).invoice_date, date(2026, 3, 4))
        self.assertFalse(self.codes(found))

    def test_dates_in_two_orders_are_told(self):
        found = self.rows(row(care="25/03/2026"), row(number="43", care="03/25/2026"))
        self.assertEqual(self.codes(found), ["dates_mixed", "date_bad"])
        self.assertEqual(len(self.only(Answer, found)), 1)

    def test_money_in_every_writing(self):
        cents = return_tables.money_cents
        for text, found in (
            ("17,50", 1750), ("17.5", 1750), ("1 234,56", 123456), ("1.234", 123400),
            ("1.234,56", 123456), ("1,234.56", 123456), ("-5,00", -500), ("(5)", -500),
            ("17,50 €", 1750), (Decimal("17.5"), 1750), ("0", 0), ("17,505", None),
            ("1,234", None), ("x", None), (Decimal("1.005"), None),
        ):  # fmt: skip
            self.assertEqual(cents(text), found, text)
        self.assertEqual(cents("1,234", "."), 123400)
        self.assertEqual(cents("1750", is_cents=True), 1750)
        self.assertIsNone(cents("17,50", is_cents=True))

    def test_a_column_says_how_it_writes_its_decimals(self):
        found = self.rows(row(paid="12.50"), row(number="43", paid="1,234"))
        self.assertEqual([one.paid for one in self.only(Answer, found)], [1250, 123400])
        found = self.rows(row(paid="12,50"), row(number="43", paid="1,234"))
        self.assertEqual(self.codes(found), ["amount_bad"])

    # --- what is wrong ----------------------------------------------------------

    def test_a_bad_row_is_told_with_its_number_and_stops_nothing(self):
        found = self.rows(
            row(care="hier"), row(paid="dix"), row(state="???"), PAID,
            row(number="", nir=""),
        )  # fmt: skip
        self.assertEqual(len(self.only(Answer, found)), 1)
        told = {one.code: one.values for one in self.only(Control, found)}
        self.assertEqual(told["date_bad"]["row"], 2)
        self.assertEqual(told["date_bad"]["header"], "Date des soins")
        self.assertEqual(told["amount_bad"], {
            "row": 3, "header": "Montant payé", "found": "dix",
        })  # fmt: skip
        self.assertEqual(told["state_unknown"]["found"], "???")
        self.assertEqual(told["nothing_to_find"]["row"], 6)

    def test_paid_without_a_sum_is_told(self):
        found = self.rows(row(paid=""))
        self.assertEqual(self.codes(found), ["nothing_said"])
        head = ["Facture", "Caisse", "Montant facture", "Statut"]
        answer = self.answer(self.rows(["42", "CPAM", "17,50", "payé"], head=head))
        self.assertEqual(answer.paid, 1750)

    def test_a_quote_that_is_never_closed_costs_one_row(self):
        data = csv_bytes([HEAD, row(reason='"ouvert'), PAID])
        found = self.parse(data)
        self.assertEqual(self.codes(found), ["row_broken"])
        self.assertEqual(self.answer(found).paid, 1750)

    def test_of_one_fault_only_fifty_are_told(self):
        found = self.rows(*[row(paid="dix")] * 60)
        self.assertEqual(len(self.codes(found)), 50)

    def test_every_fault_has_its_sentence(self):
        values = dict.fromkeys(
            ("row", "header", "found", "announced", "computed", "fields", "column"), "x"
        )
        for code, text in return_tables.MESSAGES.items():
            self.assertNotIn("%(", text % values, code)

    def test_columns_that_are_missing_are_said_before_anything_is_read(self):
        data = csv_bytes([HEAD, PAID])
        for profile, code in (
            (Profile(ANSWERS, {"nir": "NIR"}), "fields_missing"),
            (Profile(ANSWERS, {"nir": "NIR", "paid": "Total"}), "column_missing"),
        ):
            with self.assertRaises(FileError) as caught:
                self.parse(data, profile)
            self.assertEqual(caught.exception.code, code)

    # --- traces -----------------------------------------------------------------

    def test_every_answer_knows_its_bytes(self):
        rows = [HEAD, PAID, row(number="43", name="HÉLÈNE"), row(number="44")]
        for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16"):
            for newline in ("\r\n", "\n"):
                data = csv_bytes(rows, encoding, newline=newline)
                answers = self.only(Answer, self.parse(data))
                self.assertEqual(len(answers), 3)
                self.assertEqual(answers[-1].end, len(data))
                plain = {"utf-16": "utf-16-le", "utf-8-sig": "utf-8"}
                for answer, cells in zip(answers, rows[1:], strict=True):
                    piece = data[answer.start : answer.end]
                    text = piece.decode(plain.get(encoding, encoding))
                    self.assertEqual(text.strip(), ";".join(cells))

    def test_in_a_workbook_the_place_is_the_row(self):
        answer = self.answer(self.parse(xlsx_bytes([HEAD, PAID])))
        self.assertEqual((answer.start, answer.end), (2, 2))

    # --- profiles ---------------------------------------------------------------

    def test_a_profile_is_guessed_kept_and_used_again(self):
        stream = io.BytesIO(csv_bytes([HEAD, PAID]))
        profile = return_tables.guess_profile(stream)
        self.assertEqual((profile.kind, profile.missing()), (ANSWERS, []))
        self.assertEqual(len(profile.columns), len(HEAD))
        again = Profile(**profile.as_dict())
        self.assertEqual(again, profile)
        key = return_tables.table_key(stream, profile)
        turned = io.BytesIO(csv_bytes([HEAD[::-1], PAID[::-1]]))
        self.assertEqual(return_tables.table_key(turned), key)

    def test_a_look_at_a_table_before_it_is_mapped(self):
        stream = io.BytesIO(csv_bytes([HEAD, *[PAID] * 9]))
        headers, rows = return_tables.preview(stream)
        self.assertEqual((headers, len(rows), rows[0][0]), (HEAD, 5, "000000042"))

    def test_what_looks_like_a_table(self):
        looks = return_tables.looks_like_table
        self.assertTrue(looks(csv_bytes([HEAD, PAID])))
        self.assertTrue(looks(csv_bytes([HEAD, PAID])[:-20]))
        self.assertTrue(looks(xlsx_bytes([HEAD, PAID])[:100], "Retours.XLSX"))
        for data in (b"", b"%PDF-1.7\n", b"bonjour\nmadame\n", b"000CP" + b"0" * 123,
                     bytes(range(256)) * 9):  # fmt: skip
            self.assertFalse(looks(data), data[:9])

    # --- damage -----------------------------------------------------------------

    def test_no_damage_breaks_the_reader_or_invents_money(self):
        """Flipped bytes and cuts: told, or read, never a crash, never a larger sum
        than what the file says."""
        rng = Random(5)
        whole = csv_bytes([HEAD, *[row(number=str(n)) for n in range(1, 30)]], "cp1252")
        profile = return_tables.guess_profile(io.BytesIO(whole))
        profile.encoding = "cp1252"
        for _ in range(150):
            data = bytearray(whole[: rng.randrange(len(whole))])
            for _flip in range(rng.randrange(6)):
                if data:
                    data[rng.randrange(len(data))] = rng.randrange(256)
            try:
                found = self.parse(bytes(data), Profile(**profile.as_dict()))
            except FileError as error:
                self.assertTrue(error.code)
                continue
            self.assertIsInstance(found[-1], End)
            for answer in self.only(Answer, found):
                self.assertLessEqual(answer.end, len(data))
                self.assertTrue(answer.parts)
