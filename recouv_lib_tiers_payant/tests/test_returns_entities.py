import io

from odoo.tests import tagged

from ..returns import entities
from ..returns.noemie_layouts import LAYOUTS
from ..returns.objects import NOEMIE576, NOEMIE580
from ..returns.writing import FORMS, entity, fold, write_rows
from .returns_common import Chopped, ReturnsCase


@tagged("post_install", "-at_install")
class TestReturnsEntities(ReturnsCase):
    def types(self, rows):
        return [row.type for row in rows if row.kind == "entity"]

    def folded(self, *texts, form="chained", **values):
        header = entity("000", sender_kind="CP", sender="1", record_length=128)
        trailer = entity("999", sender_kind="CP", sender="1")
        return fold(header, texts, trailer, form, **values)

    def faults(self, data):
        return [row.fault for row in self.typed(data) if row.fault]

    # --- forms of a file -----------------------------------------------------------

    def test_every_form_reads_the_same_entities(self):
        for family in (NOEMIE580, NOEMIE576):
            expected = None
            for form in FORMS:
                for line_end in (b"\r\n", b"\n", b"\r"):
                    data = self.paid_file(family=family).bytes(form, line_end)
                    rows = self.typed(data)
                    self.assertCovers(rows, len(data))
                    self.assertFalse(self.faults(data), form)
                    found = [r.raw for r in rows if r.kind == "entity"][1:-1]
                    self.assertEqual(expected or found, found, form)
                    expected = found

    def test_a_stream_may_give_few_bytes_at_a_time(self):
        data = self.paid_file().bytes()
        whole = self.typed(data)
        for size in (1, 7, 127, 128, 129):
            self.assertEqual(list(entities.typed(Chopped(data, size))), whole)

    def test_the_bare_rows_have_the_same_places(self):
        data = self.paid_file().bytes()
        bare = list(entities.entities(io.BytesIO(data)))
        self.assertEqual(
            [tuple(row[:4]) for row in bare],
            [tuple(row[:4]) for row in self.typed(data)],
        )
        self.assertEqual(self.types(bare), self.types(self.typed(data)))

    def test_the_place_of_an_entity_holds_its_text(self):
        data = self.paid_file().bytes()
        for row in self.typed(data):
            if row.type not in ("000", "999") and row.kind == "entity":
                # every 128th byte is a chaining flag
                places = [at for at in range(row.start, row.end) if at % 128]
                held = bytes(data[at] for at in places).decode("latin-1")
                self.assertEqual(held, row.raw + "@")

    def test_several_files_follow_each_other(self):
        data = self.paid_file().bytes() + b"\r\n" + self.paid_file().bytes("lines")
        rows = self.typed(data)
        self.assertCovers(rows, len(data))
        self.assertEqual(self.types(rows).count("000"), 2)
        self.assertEqual(self.types(rows).count("198"), 4)
        self.assertFalse(self.faults(data))

    def test_line_ends_anywhere_in_a_record_mean_nothing(self):
        plain = self.paid_file().bytes()
        for place in (80, 128, 200, 300, 640):
            data = plain[:place] + b"\r\n" + plain[place:]
            rows = self.typed(data)
            self.assertCovers(rows, len(data))
            found = [row.raw for row in rows if row.kind == "entity"]
            expected = [r.raw for r in self.typed(plain) if r.kind == "entity"]
            self.assertEqual(found, expected, place)

    def test_lines_that_an_editor_stripped(self):
        data = self.paid_file().bytes("lines", b"\n")
        stripped = b"\n".join(line.rstrip() for line in data.split(b"\n"))
        rows = self.typed(stripped)
        self.assertCovers(rows, len(stripped))
        expected = [r.raw for r in self.typed(data) if r.kind == "entity"]
        self.assertEqual([r.raw for r in rows if r.kind == "entity"], expected)

    def test_another_length_of_records_that_the_header_tells(self):
        for form in ("chained", "lines"):
            data = self.paid_file().bytes(form, length=130)
            rows = self.typed(data)
            self.assertCovers(rows, len(data))
            self.assertEqual(self.types(rows).count("198"), 2)
            self.assertFalse(self.faults(data))

    def test_a_header_that_tells_a_wrong_length(self):
        data = self.paid_file().bytes().replace(b"128      ", b"256      ", 1)
        self.assertEqual(self.types(self.typed(data)).count("198"), 2)

    def test_accents_come_through(self):
        data = self.folded(entity("295", text="REÇU LE 3, À REVOIR"))
        row = next(r for r in self.typed(data) if r.type == "295")
        self.assertEqual(row.text, "REÇU LE 3, À REVOIR")

    # --- the delimiter -------------------------------------------------------------

    def test_a_text_may_hold_the_delimiter(self):
        for text in ("a@b", "@", "@10203", "x@19804", "@" * 128):
            data = self.folded(entity("295", text=text), entity("150", insurance="AS"))
            rows = self.typed(data)
            self.assertEqual(self.types(rows), ["000", "295", "150", "999"])
            self.assertEqual(rows[1].text, text)
            self.assertFalse(rows[1].fault)

    def test_a_lost_delimiter_costs_nothing_but_itself(self):
        first = entity("198", asked=100, state="P", paid=100, sign="P")
        second = entity("199", asked=50, state="R", sign="P")
        data = self.folded(first[:-1] + "?", second, first[:-1] + " ", second)
        rows = self.typed(data)
        self.assertCovers(rows, len(data))
        self.assertEqual(self.types(rows)[1:-1], ["198", "199", "198", "199"])
        self.assertEqual(rows[1].fault, "delimiter")
        self.assertEqual((rows[1].paid, rows[2].asked), (100, 50))

    # --- what is not known ---------------------------------------------------------

    def test_an_unknown_entity_is_kept_as_it_is(self):
        data = self.folded("29805NOUVEAU CHAMP@", entity("150", insurance="AS"))
        rows = self.typed(data)
        self.assertCovers(rows, len(data))
        self.assertEqual(self.types(rows), ["000", "298", "150", "999"])
        self.assertEqual(rows[1].raw, "29805NOUVEAU CHAMP")
        self.assertEqual(rows[1].fault, "unknown")
        self.assertIsNone(rows[1].layout)

    def test_a_longer_entity_of_a_later_version_is_read_as_far_as_known(self):
        text = LAYOUTS["198"].compose(asked=100, state="P", paid=90, sign="P")
        data = self.folded(text + "000012345@", entity("150", insurance="AS"))
        row = self.typed(data)[1]
        self.assertEqual((row.paid, row.fault), (90, "length"))

    def test_a_shorter_one_is_read_when_its_fields_are_whole(self):
        text = LAYOUTS["294"].compose(code="0250", label="ABSENT", level="F", part="O")
        for size, fits in ((97, True), (120, True), (100, False)):
            data = self.folded(text[:size] + "@", entity("150", insurance="AS"))
            row = self.typed(data)[1]
            self.assertEqual(row.fault, "length")
            self.assertEqual(row.layout is not None, fits, size)

    def test_a_shifted_amount_is_never_read(self):
        """A lost character moves the fields: better no sum than a wrong one."""
        text = LAYOUTS["198"].compose(asked=12345, state="P", paid=12345, sign="P")
        for place in range(5, 20):
            damaged = text[:place] + text[place + 1 :]
            row = self.typed(self.folded(damaged + "@", entity("150")))[1]
            if row.layout:
                self.assertEqual((row.asked, row.paid), (12345, 12345), place)

    def test_a_number_that_is_none_is_told(self):
        text = LAYOUTS["198"].compose(asked=1, state="P", paid=1, sign="P")
        data = self.folded(text[:6] + "X" + text[7:] + "@")
        row = self.typed(data)[1]
        self.assertEqual((row.asked, row.paid, row.fault), (0, 1, "number:asked"))

    def test_blanks_between_entities_are_padding(self):
        first = entity("150", insurance="AS")
        data = self.folded(first + "   ", first)
        rows = self.typed(data)
        self.assertCovers(rows, len(data))
        self.assertEqual([r.kind for r in rows][1:4], ["entity", "padding", "entity"])
        self.assertFalse(self.faults(data))

    # --- damage --------------------------------------------------------------------

    def test_a_file_cut_anywhere_loses_nothing_of_what_is_left(self):
        whole = self.paid_file().bytes()
        complete = [r for r in self.typed(whole) if r.kind == "entity"]
        for size in range(len(whole)):
            data = whole[:size]
            rows = self.typed(data)
            self.assertCovers(rows, size)
            if 128 < size < len(whole) - 128:
                told = " ".join(row.fault for row in rows)
                self.assertIn("no_trailer", told)
                good = [r for r in rows if r.kind == "entity" and not r.fault]
                self.assertEqual(good, complete[: len(good)])

    def test_a_cut_file_before_a_whole_one_does_not_spoil_it(self):
        whole = self.paid_file().bytes()
        for size in (256, 384, 512):
            rows = self.typed(whole[:size] + whole)
            self.assertCovers(rows, size + len(whole))
            self.assertEqual(self.types(rows).count("000"), 2)
            self.assertEqual(self.types(rows).count("999"), 1)

    def test_a_damaged_chaining_flag_costs_nothing(self):
        whole = self.paid_file().bytes()
        expected = [r.raw for r in self.typed(whole) if r.kind == "entity"]
        for flag in b"1", b" ", b"X", b"9":
            data = whole[:256] + flag + whole[257:]
            rows = self.typed(data)
            self.assertCovers(rows, len(data))
            found = [row.raw for row in rows if row.kind == "entity"]
            self.assertEqual(found, expected, flag)
            self.assertIn("flag", " ".join(self.faults(data)))

    def test_a_file_without_header_is_read(self):
        for form in FORMS:
            whole = self.paid_file().bytes(form)
            data = whole[128:].lstrip(b"\r\n")
            rows = self.typed(data)
            self.assertCovers(rows, len(data))
            self.assertEqual(self.types(rows).count("198"), 2, form)
            self.assertIn("no_header", rows[0].fault)

    def test_bytes_that_are_no_file_are_kept(self):
        for data in (b"", b"\n", b"hello", b"\0" * 300, bytes(range(256)) * 30):
            rows = self.typed(data)
            self.assertCovers(rows, len(data))
            self.assertNotIn("entity", [row.kind for row in rows])

    def test_endless_garbage_is_given_in_pieces(self):
        header = entity("000", sender_kind="CP", sender="1", record_length=128)
        for filler in (b"0" + b"x" * 127, b"0" + b"@" * 127, b"0" + b" " * 127):
            data = header.encode() + filler * 3000
            rows = self.typed(data)
            self.assertCovers(rows, len(data))
            self.assertLess(max(len(row.raw) for row in rows), 1 << 17)

    # --- writing -------------------------------------------------------------------

    def test_what_is_read_is_written_back(self):
        for form in FORMS:
            data = self.paid_file().bytes(form)
            self.assertEqual(write_rows(self.typed(data), form), data)
        twice = self.paid_file().bytes() * 2
        self.assertEqual(write_rows(self.typed(twice)), twice)

    def test_an_entity_outside_any_file_is_not_written(self):
        rows = self.typed(self.paid_file().bytes())
        with self.assertRaises(ValueError):
            write_rows(rows[1:])
