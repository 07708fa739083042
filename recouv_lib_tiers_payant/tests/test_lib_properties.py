"""What holds for any identifier, label, amount and table, not only for examples."""

import io
from datetime import date

from hypothesis import HealthCheck, given, settings, strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.recouv_lib.lib.table_file import FileError
from odoo.addons.recouv_lib.lib.working_days import Calendar
from odoo.addons.recouv_lib.tests.table_samples import csv_bytes

from ..lib import deadlines, identifiers, return_tables
from ..lib.identifiers import BadIdentifier
from ..lib.rejection_labels import CATEGORIES, classify, normalise_label
from ..returns.objects import Answer, End

# the same cases every time: a failure is a failure of the code, not of the day
SETTINGS = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
PLACES = st.one_of(
    st.integers(1, 95).map("{:02}".format), st.sampled_from(["2A", "2B", "99"])
)
CENTS = st.integers(-99_999_999, 99_999_999)
DAYS = st.dates(date(2010, 1, 1), date(2040, 12, 31))
CELL = st.text(
    st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=30
)
VALIDATORS = [
    value for name, value in vars(identifiers).items() if name.startswith("validate_")
]


@st.composite
def nirs(draw):
    first = draw(st.sampled_from("12"))
    year, month = draw(st.integers(0, 99)), draw(st.integers(1, 12))
    town, rank = draw(st.integers(0, 999)), draw(st.integers(1, 999))
    return f"{first}{year:02}{month:02}{draw(PLACES)}{town:03}{rank:03}"


def written(cents, separator, thousands):
    """Cents as a French or an English program writes them."""
    text = f"{abs(cents) // 100:,}".replace(",", thousands)
    return f"{'-' if cents < 0 else ''}{text}{separator}{abs(cents) % 100:02}"


@tagged("post_install", "-at_install")
class TestProperties(BaseCase):
    # --- identifiers -----------------------------------------------------------------

    @SETTINGS
    @given(nirs())
    def test_a_number_with_its_key_is_read_in_any_writing(self, number):
        full = identifiers.validate_nir(number)
        self.assertEqual(full[:13], number)
        spaced = " ".join([full[0], full[1:3], full[3:5], full[5:10], full[10:]])
        self.assertEqual(identifiers.validate_nir(spaced), full)
        self.assertEqual(identifiers.nir_root(spaced), number)

    @SETTINGS
    @given(nirs(), st.integers(0, 11))
    def test_two_digits_exchanged_are_seen(self, number, rank):
        full = identifiers.validate_nir(number)
        a, b = full[rank], full[rank + 1]
        # letters stand where only Corsica has them
        if a != b and (a + b).isdigit() and rank and "2" not in full[5]:
            wrong = full[:rank] + b + a + full[rank + 2 :]
            with self.assertRaises(BadIdentifier):
                identifiers.validate_nir(wrong)

    @SETTINGS
    @given(st.text(max_size=30), st.sampled_from(VALIDATORS))
    def test_any_text_is_a_number_or_an_error_that_says_why(self, text, validate):
        arguments = ("amo", text) if "payer" in validate.__name__ else (text,)
        try:
            found = validate(*arguments)
        except BadIdentifier as error:
            self.assertIn(error.code, identifiers.MESSAGES)
            self.assertTrue(str(error))
        else:
            self.assertTrue(found.isascii())
            # what is stored stays as it is when it is stored again
            self.assertEqual(validate(*arguments[:-1], found), found)

    @SETTINGS
    @given(st.dates(date(1900, 1, 1), date(2026, 3, 1)))
    def test_a_birth_date_survives_its_writings(self, day):
        stored = f"{day:%Y%m%d}"
        for text in (day, f"{day:%d/%m/%Y}", f"{day:%Y-%m-%d}", stored):
            self.assertEqual(identifiers.read_birth(text), stored)
        self.assertEqual(identifiers.calendar_date(stored), day)
        self.assertEqual(identifiers.read_birth(identifiers.birth_text(stored)), stored)

    # --- deadlines -------------------------------------------------------------------

    @SETTINGS
    @given(DAYS, st.integers(0, 40), st.integers(0, 100_000))
    def test_a_penalty_never_shrinks_as_days_pass(self, start, days, amount):
        terms, calendar = deadlines.PenaltyTerms(7, 100, 10, 10), Calendar("FR")
        paid_on = calendar.add(start, days)
        one = deadlines.penalty(start, paid_on, amount, calendar, terms)
        self.assertEqual(one.working_day, days)
        self.assertEqual(one.kind == "none", paid_on <= one.expected)
        if amount >= 1000:
            following = calendar.add(paid_on, 1)
            other = deadlines.penalty(start, following, amount, calendar, terms)
            self.assertLessEqual(one.amount, other.amount)

    @SETTINGS
    @given(DAYS)
    def test_an_amo_part_has_between_two_years_and_two_and_a_quarter(self, care):
        found = deadlines.forclusion_amo(care, 2)
        self.assertLess(care, found.start)
        self.assertLessEqual((found.start - care).days, 92)
        self.assertEqual(found.start.day, 1)
        self.assertEqual(found.level(found.last_day, 3), "alarm")

    # --- labels ----------------------------------------------------------------------

    @SETTINGS
    @given(st.text(max_size=120), st.text(max_size=12), st.sampled_from(["O", "C", ""]))
    def test_any_label_is_read_the_same_in_any_case(self, label, code, part):
        found = classify(label, code, part)
        self.assertIs(CATEGORIES[found.category.code], found.category)
        again = classify(normalise_label(label).upper(), code, part)
        self.assertEqual(again.category, found.category)
        exempted = classify(label, code, part, "c2s")
        self.assertFalse(exempted.is_patient_allowed)
        self.assertNotEqual(exempted.action, "bill_patient")

    # --- tables ----------------------------------------------------------------------

    @SETTINGS
    @given(CENTS, st.sampled_from(["", " ", "\u00a0", "\u202f", "."]))
    def test_french_money_is_read_to_the_cent(self, cents, thousands):
        text = written(cents, ",", thousands)
        self.assertEqual(return_tables.money_cents(text), cents, text)

    @SETTINGS
    @given(CENTS, st.sampled_from(["", ",", "'"]))
    def test_english_money_is_read_to_the_cent(self, cents, thousands):
        text = written(cents, ".", thousands)
        self.assertEqual(return_tables.money_cents(text, "."), cents, text)

    @SETTINGS
    @given(st.lists(st.tuples(st.integers(1, 999_999_999), CENTS), max_size=30))
    def test_a_table_loses_no_cent(self, rows):
        cells = [[f"{n:09}", "CPAM", written(c, ",", "")] for n, c in rows]
        data = csv_bytes([["N° facture", "Organisme", "Montant payé"], *cells])
        stream = io.BytesIO(data)
        found = list(return_tables.read(stream, return_tables.guess_profile(stream)))
        answers = [one for one in found if isinstance(one, Answer)]
        self.assertEqual([(int(one.invoice_number), one.paid) for one in answers], rows)
        self.assertEqual(found[0].paid, sum(cents for _number, cents in rows))

    @SETTINGS
    @given(st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=8))
    def test_any_cells_are_read_or_told(self, rows):
        data = csv_bytes([["Facture", "Montant payé", "Statut"], *rows])
        stream = io.BytesIO(data)
        profile = return_tables.Profile(
            columns={
                "invoice_number": "Facture", "paid": "Montant payé", "state": "Statut",
            },
            part="amo",
        )  # fmt: skip
        try:
            found = list(return_tables.read(stream, profile))
        except FileError:
            return
        self.assertIsInstance(found[-1], End)
        for one in found:
            self.assertLessEqual(getattr(one, "end", 0) or 0, len(data))
