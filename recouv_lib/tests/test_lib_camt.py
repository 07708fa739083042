import random
from datetime import date
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..lib.bank_file import MAX_BYTES, BankFileError
from ..lib.camt import looks_like_camt, read_camt
from .bank_samples import IBAN, PAYER_IBAN, Entry, Tx, camt, document, statement


@tagged("post_install", "-at_install")
class TestLibCamt(BaseCase):
    def one(self, *entries, **values):
        return read_camt(camt(*entries, **values))[0]

    def movement(self, tx, version="02", **values):
        values.setdefault("amount", "60.00")
        entry = Entry(txs=[tx], **values)
        return self.one(entry, version=version, opening=False).movements[0]

    def assertRefused(self, code, data):
        with self.assertRaises(BankFileError) as caught:
            read_camt(data)
        self.assertEqual(caught.exception.code, code)
        return caught.exception

    # --- what is read --------------------------------------------------------------

    def test_a_statement_says_its_account_and_balances(self):
        found = self.one(Entry("60.00"), opening="-5.00")
        self.assertEqual(found.account, IBAN)
        self.assertEqual(found.identifier, "ST-1")
        self.assertEqual(found.currency, "EUR")
        self.assertEqual(found.opening, Decimal("-5.00"))
        self.assertEqual(found.closing, Decimal("55.00"))
        self.assertFalse(found.warnings)

    def test_every_version_reads_the_same(self):
        tx = Tx(
            amount="60.00",
            name="DUPONT & FILS",
            iban=PAYER_IBAN,
            text="facture 12",
            ref="RF18539007547034",
            end_to_end="E2E-1",
        )
        for version in ("02", "04", "08"):
            found = self.movement(tx, version, ref="A1")
            self.assertEqual(found.amount, Decimal("60.00"), version)
            self.assertEqual(found.counterparty_name, "DUPONT & FILS", version)
            self.assertEqual(found.counterparty_iban, PAYER_IBAN, version)
            self.assertEqual(found.references, ["RF18539007547034"], version)
            self.assertEqual(found.text, "facture 12", version)
            self.assertEqual(found.end_to_end_id, "E2E-1", version)
            self.assertEqual(found.bank_reference, "A1", version)
            self.assertEqual(found.date, date(2026, 6, 10), version)

    def test_a_debit_is_negative_and_names_the_one_paid(self):
        found = self.movement(Tx(name="BAILLEUR", credit=False), credit=False)
        self.assertEqual(found.amount, Decimal("-60.00"))
        self.assertEqual(found.counterparty_name, "BAILLEUR")

    def test_a_returned_payment_still_names_the_one_who_had_paid(self):
        tx = Tx(name="DUPONT", credit=False, reversal=True)
        found = self.movement(tx, credit=False, reversal=True)
        self.assertEqual(found.amount, Decimal("-60.00"))
        self.assertTrue(found.is_reversal)
        self.assertEqual(found.counterparty_name, "DUPONT")

    def test_the_label_is_never_empty(self):
        self.assertEqual(self.movement(Tx(), info="COTISATION").label, "COTISATION")
        self.assertEqual(self.one(Entry("1.00")).movements[0].label, "/")

    def test_an_order_in_another_currency_keeps_its_amount(self):
        tx = Tx(instructed="90.00", instructed_currency="CHF")
        found = self.movement(tx)
        self.assertEqual(found.foreign_amount, Decimal("90.00"))
        self.assertEqual(found.foreign_currency, "CHF")

    def test_a_yen_account_has_no_decimals(self):
        entry = Entry("6000", currency="JPY")
        found = self.one(entry, currency="JPY", opening="0", closing="6000")
        self.assertEqual(found.movements[0].amount, Decimal("6000"))

    def test_only_what_is_booked_is_a_movement(self):
        found = self.one(Entry("60.00"), Entry("5.00", status="PDNG"))
        self.assertEqual(len(found.movements), 1)
        self.assertEqual(found.not_booked, 1)

    def test_several_statements_in_one_file(self):
        data = document(
            statement([Entry("60.00")]),
            statement([Entry("5.00")], iban=PAYER_IBAN, identifier="ST-2"),
        )
        self.assertEqual([st.account for st in read_camt(data)], [IBAN, PAYER_IBAN])

    def test_utf_16_and_latin_1_are_read(self):
        text = camt(Entry("60.00", info="prélèvement")).decode()
        for name in ("UTF-16", "ISO-8859-1"):
            data = text.replace("UTF-8", name).encode(name)
            self.assertTrue(looks_like_camt(data))
            self.assertEqual(read_camt(data)[0].movements[0].label, "prélèvement", name)

    # --- batches -------------------------------------------------------------------

    def test_a_batch_is_cut_where_its_amounts_agree(self):
        for version in ("02", "04", "08"):
            txs = [Tx(amount="25.00", text="a"), Tx(amount="35.00", text="b")]
            found = self.one(Entry("60.00", ref="B1", txs=txs), version=version)
            amounts = [movement.amount for movement in found.movements]
            self.assertEqual(amounts, [Decimal("25.00"), Decimal("35.00")])
            keys = {movement.entry_reference for movement in found.movements}
            self.assertEqual(len(keys), 1)
            self.assertEqual(len({m.reference for m in found.movements}), 2)

    def test_a_batch_that_does_not_add_up_stays_whole_and_is_told(self):
        txs = [Tx(amount="25.00", text="a", ref="R1"), Tx(amount="30.00", text="b")]
        found = self.one(Entry("60.00", txs=txs))
        self.assertEqual([m.amount for m in found.movements], [Decimal("60.00")])
        self.assertEqual(found.movements[0].text, "a b")
        self.assertEqual(found.movements[0].references, ["R1"])
        self.assertEqual([code for code, _v in found.warnings], ["batch_mismatch"])

    def test_a_batch_without_amounts_stays_whole(self):
        found = self.one(Entry("60.00", txs=[Tx(text="a"), Tx(text="b")]))
        self.assertEqual(len(found.movements), 1)

    # --- references ----------------------------------------------------------------

    def test_the_reference_does_not_depend_on_the_file(self):
        one = self.one(Entry("60.00", ref="A1"), Entry("10.00", ref="A2"))
        two = self.one(Entry("10.00", ref="A2"), identifier="ST-9", version="08")
        self.assertEqual(one.movements[1].reference, two.movements[0].reference)

    def test_without_a_bank_reference_the_content_is_the_key(self):
        def key(**values):
            return self.movement(Tx(**values)).reference

        self.assertEqual(key(text="soins  mars"), key(text="SOINS MARS"))
        self.assertNotEqual(key(text="soins mars"), key(text="soins avril"))
        self.assertNotEqual(key(iban=PAYER_IBAN), key())

    def test_what_banks_write_for_nothing_is_no_reference(self):
        found = self.one(Entry("1.00", ref="NONREF"), Entry("2.00", ref="NONREF"))
        references = {movement.reference for movement in found.movements}
        self.assertEqual(len(references), 2)
        self.assertFalse(found.movements[0].bank_reference)

    def test_twins_of_one_day_are_numbered(self):
        found = self.one(Entry("50.00"), Entry("50.00"), Entry("50.00", ref="A"))
        self.assertEqual(len({m.reference for m in found.movements}), 3)

    # --- balances ------------------------------------------------------------------

    def test_a_gap_between_the_balances_is_told(self):
        found = self.one(Entry("60.00"), opening="0.00", closing="70.00")
        ((code, values),) = found.warnings
        self.assertEqual(code, "balance_mismatch")
        self.assertEqual(values["gap"], "10.00")

    def test_a_page_of_a_statement_has_interim_balances(self):
        data = camt(Entry("60.00"), opening="5.00")
        data = data.replace(b"OPBD", b"ITBD").replace(b"CLBD", b"ITBD")
        found = read_camt(data)[0]
        self.assertEqual((found.opening, found.closing), (Decimal(5), Decimal(65)))

    # --- what is refused -----------------------------------------------------------

    def test_what_is_no_statement_is_named(self):
        good = camt(Entry("60.00"))
        self.assertRefused("empty_file", b"")
        self.assertRefused("empty_file", b" \n")
        self.assertRefused("broken_xml", b"Date;Amount\n")
        self.assertRefused("not_camt053", good.replace(b"camt.053", b"camt.054"))
        self.assertRefused("not_camt053", b"<html/>")
        self.assertRefused("camt_version", good.replace(b"001.02", b"001.13"))
        self.assertRefused("no_statement", document())
        self.assertRefused("no_account", good.replace(b"IBAN>", b"BIC>"))

    def test_what_is_wrong_inside_is_named(self):
        good = camt(Entry("60.00"))
        cases = {
            "bad_amount": (
                b">60.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts",
                b">sixty</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts",
            ),
            "bad_direction": (b"CRDT</CdtDbtInd><Sts", b"PLUS</CdtDbtInd><Sts"),
            "bad_date": (b"<BookgDt><Dt>2026-06-10", b"<BookgDt><Dt>2026-02-30"),
            "currency_mixed": (b"<Ccy>EUR", b"<Ccy>CHF"),
        }
        for code, (before, after) in cases.items():
            self.assertIn(before, good, code)
            self.assertRefused(code, good.replace(before, after))

    def test_numbers_that_only_python_reads_are_refused(self):
        for text in ("NaN", "Infinity", "1_000", "1e3", "-60.00", "٦٠"):
            self.assertRefused(
                "bad_amount",
                camt(Entry("1")).replace(
                    b'Ccy="EUR">1<', f'Ccy="EUR">{text}<'.encode()
                ),
            )

    def test_entities_and_document_types_are_refused(self):
        good = camt(Entry("60.00", info="&x;")).decode().replace("&amp;x;", "&x;")
        head = '<?xml version="1.0" encoding="UTF-8"?>\n'
        attacks = [
            '<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
            '<!DOCTYPE Document [<!ENTITY x SYSTEM "http://127.0.0.1:9/">]>',
            '<!DOCTYPE Document SYSTEM "http://127.0.0.1:9/x.dtd">',
            '<!DOCTYPE Document [<!ENTITY a "aaaaaaaaaa"><!ENTITY x "'
            + "&a;" * 50
            + '">]>',
        ]
        for attack in attacks:
            text = good.replace(head, head + attack)
            self.assertRefused("doctype_refused", text.encode())
            wide = text.replace("UTF-8", "UTF-16").encode("utf-16")
            self.assertRefused("doctype_refused", wide)

    def test_size_and_depth_have_limits(self):
        self.assertRefused("file_too_large", b"<" + b" " * MAX_BYTES)
        good = camt(Entry("60.00", info="DEEP"))
        deep = b"<x>" * 5000 + b"</x>" * 5000
        self.assertRefused("broken_xml", good.replace(b"DEEP", deep))

    # --- fuzzing -------------------------------------------------------------------

    def test_a_cut_file_is_refused_wherever_it_is_cut(self):
        data = camt(Entry("60.00", ref="A1", txs=[Tx(name="X", text="y")]))
        for end in range(len(data) - 1):
            with self.assertRaises(BankFileError):
                read_camt(data[:end])

    def test_no_mutation_ends_in_another_error(self):
        dice = random.Random(19)
        txs = [Tx(amount="25.00", name="A", iban=PAYER_IBAN), Tx(amount="35.00")]
        for version in ("02", "08"):
            data = camt(Entry("60.00", ref="B", txs=txs), version=version)
            for _turn in range(1500):
                mutant = mutate(data, dice)
                try:
                    read_camt(mutant)
                except BankFileError:
                    continue

    def test_swapped_values_end_in_a_clear_error_or_a_reading(self):
        """Mutations that stay well-formed reach deeper than broken bytes."""
        dice = random.Random(53)
        data = camt(Entry("60.00", ref="B", txs=[Tx(name="A", text="t")])).decode()
        words = ["60.00", "2026-06-10", "CRDT", "EUR", "BOOK", "B", "OPBD", "Nm", "Dt"]
        values = ["", "0", "9" * 40, "\u00e9", "2026-13-99", "XXX", "Amt", "x" * 3000]
        for _turn in range(1500):
            word = dice.choice(words)
            try:
                read_camt(data.replace(word, dice.choice(values)).encode())
            except BankFileError as error:
                self.assertTrue(error.code)


def mutate(data, dice):
    """Bytes with a few deletions, flips, doublings or a cut."""
    found = bytearray(data)
    for _change in range(dice.randint(1, 4)):
        at = dice.randrange(len(found) or 1)
        kind = dice.random()
        if kind < 0.3:
            del found[at : at + dice.randint(1, 30)]
        elif kind < 0.6 and found:
            found[at] = dice.randrange(256)
        elif kind < 0.7:
            found = found[:at]
        else:
            found[at:at] = found[at : at + dice.randint(1, 200)]
        found = found or bytearray(b"<")
    return bytes(found)
