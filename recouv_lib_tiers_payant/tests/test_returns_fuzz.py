"""Whatever the bytes: no crash, no byte lost, and what is written reads back."""

import contextlib
import io
import tempfile
import tracemalloc
from pathlib import Path

from hypothesis import HealthCheck, given, settings, strategies as st
from odoo.tests import tagged

from ..returns import b2, b2_return, cli, entities, noemie
from ..returns.b2_layouts import VARIANTS
from ..returns.b2_writing import B2Writer
from ..returns.layout import INTEGERS
from ..returns.messages import say
from ..returns.noemie_layouts import LAYOUTS
from ..returns.objects import NOEMIE576, NOEMIE580, Answer, Control, File
from ..returns.plain import plain
from ..returns.writing import FORMS, NoemieWriter, entity, fold, write_rows
from .returns_common import DAY, MADE, ReturnsCase

# the same cases every time: a failure is a failure of the code, not of the day
SETTINGS = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
STREAMED = sorted(set(LAYOUTS) - {"000", "999"})
TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=128)


def values_of(layout, draw):
    """Values that fit each field of *layout*."""
    values = {}
    for each in layout.fields:
        if each.constant or each.name in ("type", "complement"):
            continue
        if each.format in INTEGERS:
            values[each.name] = draw(st.integers(0, 10**each.length - 1))
        elif each.format == "A":
            values[each.name] = draw(TEXT)[: each.length]
        else:
            digits = st.text("0123456789", min_size=each.length, max_size=each.length)
            values[each.name] = draw(digits)
    return values


@st.composite
def streams(draw):
    """Texts of some entities of any type."""
    types = draw(st.lists(st.sampled_from(STREAMED), max_size=12))
    return [entity(t, **{"depth": 1} | values_of(LAYOUTS[t], draw)) for t in types]


@st.composite
def damaged(draw, whole):
    """*whole* after some accidents of transport and of editors."""
    data = bytearray(whole)
    for _accident in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, max(len(data) - 1, 0)))
        kind = draw(st.sampled_from(["flip", "drop", "insert", "cut", "line", "repeat"]))
        if kind == "flip" and data:
            data[place] = draw(st.integers(0, 255))
        elif kind == "drop":
            del data[place : place + draw(st.integers(1, 200))]
        elif kind == "insert":
            data[place:place] = draw(st.binary(max_size=20))
        elif kind == "cut" and place > 200:
            del data[place:]
        elif kind == "line":
            data[place:place] = b"\r\n"
        elif kind == "repeat":
            data += data[place : place + 700]
    return bytes(data)


def sample(family=NOEMIE580, form="chained"):
    out = NoemieWriter(MADE, family=family)
    for day in range(2):
        transfer = out.transfer(MADE, "CPAM", f"60610000001{day}")
        for number in range(4):
            transfer.invoice(f"{number:09}", amo=1000 + number, amc=300, lot="001")
        transfer.invoice("000000099", amo=(9, "R", 0), rejections=[("0250", "A@12345")])
        transfer.retained(50)
    return out.bytes(form)


def sample_b2():
    out = B2Writer(MADE)
    lot = out.lot("001")
    for number in range(4):
        lines = [("AMI", 1000, 600, 400)]
        lot.invoice(f"{number:09}", member="ABC", lines=lines)
    return out.bytes(b"\r\n")


SAMPLES = [sample(f, form) for f in (NOEMIE580, NOEMIE576) for form in FORMS]


@tagged("post_install", "-at_install")
class TestReturnsFuzz(ReturnsCase):
    def check_all(self, data):
        """Every reader on *data*: what all of them promise."""
        rows = self.typed(data)
        self.assertCovers(rows, len(data))
        bare = list(entities.entities(io.BytesIO(data)))
        self.assertEqual([r[:3] for r in bare], [r[:3] for r in rows])
        self.assertCovers(list(b2.rows(io.BytesIO(data))), len(data))
        for found in (
            self.answers(data),
            self.sent(data),
            list(b2_return.answers(io.BytesIO(data))),
        ):
            self.check_objects(found, len(data))

    def check_objects(self, found, size):
        for each in found:
            self.assertTrue(plain(each)["object"])
            if isinstance(each, Control):
                self.assertTrue(say(each))
            if isinstance(each, Answer):
                self.assertTrue(0 <= each.start <= each.end <= size)
            if isinstance(each, File):
                self.assertIsNotNone(each.end)

    @SETTINGS
    @given(st.binary(max_size=3000))
    def test_any_bytes(self, data):
        self.check_all(data)

    @SETTINGS
    @given(st.text("0129@ \r\nAZ", max_size=2000))
    def test_bytes_that_look_like_a_return(self, text):
        header = "000CP00000000000001".ljust(128)
        for data in (text, "000" + text, header + text, header + "\r\n" + text):
            self.check_all(data.encode())

    @SETTINGS
    @given(st.data())
    def test_damaged_returns(self, data):
        whole = data.draw(st.sampled_from(SAMPLES))
        self.check_all(data.draw(damaged(whole)))

    @SETTINGS
    @given(damaged(sample_b2()))
    def test_damaged_b2(self, data):
        self.check_all(data)

    @SETTINGS
    @given(streams(), st.sampled_from(FORMS))
    def test_what_is_written_reads_back(self, texts, form):
        header = entity("000", sender_kind="CP", sender="1", record_length=128)
        trailer = entity("999", sender_kind="CP", sender="1")
        data = fold(header, texts, trailer, form)
        rows = self.typed(data)
        self.assertCovers(rows, len(data))
        found = [row.raw + "@" for row in rows if row.kind == "entity"][1:-1]
        self.assertEqual(found, texts)
        self.assertFalse([row.fault for row in rows if row.fault])
        self.assertEqual(write_rows(rows, form), data)

    @SETTINGS
    @given(st.data())
    def test_fields_read_as_they_were_written(self, data):
        layouts = [*LAYOUTS.values(), *VARIANTS["PS"].values(), *VARIANTS["CP"].values()]
        layout = data.draw(st.sampled_from(layouts))
        values = values_of(layout, data.draw)
        row = layout.decode_with_care(layout.write(**values), 0, 1)
        self.assertFalse(row.fault)
        for name, value in values.items():
            expected = value.rstrip(" ") if isinstance(value, str) else value
            self.assertEqual(getattr(row, name), expected, name)

    @SETTINGS
    @given(st.data())
    def test_sums_are_those_of_what_was_written(self, data):
        cents = st.integers(0, 99_999_999)
        states = st.sampled_from("PRD ")
        part = st.none() | cents | st.tuples(cents, states, cents)
        out, total = NoemieWriter(MADE), 0
        for _payment in range(data.draw(st.integers(0, 3))):
            transfer = out.transfer(MADE, data.draw(TEXT)[:32])
            for number in range(data.draw(st.integers(0, 4))):
                parts = data.draw(part), data.draw(part)
                transfer.invoice(f"{number:09}", *parts)
            transfer.retained(data.draw(cents))
            total += transfer.amount
        form = data.draw(st.sampled_from(FORMS))
        found = self.answers(out.bytes(form))
        self.assertFalse(self.codes(found))
        self.assertEqual(self.one(File, found).amount, total)

    @SETTINGS
    @given(st.data())
    def test_the_command_line_never_fails(self, data):
        whole = data.draw(st.sampled_from([*SAMPLES, sample_b2(), b"%PDF", b""]))
        options = data.draw(st.sampled_from([[], ["--json"], ["--raw"]]))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "file"
            path.write_bytes(data.draw(damaged(whole)))
            with contextlib.redirect_stderr(io.StringIO()):
                code = cli.main([str(path), "--day", str(DAY), *options], io.StringIO())
        self.assertIn(code, (0, 2))

    def test_memory_does_not_grow_with_the_file(self):
        """Nothing of what was given is held by the reader."""
        texts = [entity("150", insurance="AS")] * 100
        header = entity("000", sender_kind="CP", sender="1", record_length=128)
        block = fold(header, texts, entity("999", sender_kind="CP", sender="1"))

        class Endless(io.RawIOBase):
            left = 2000

            def read(self, _size=-1):
                self.left -= 1
                return block if self.left >= 0 else b""

        tracemalloc.start()
        try:
            for _item in noemie.answers(Endless(), DAY):
                pass
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        self.assertLess(peak, 3_000_000)
