import io
from random import Random

from PIL import Image
from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen.canvas import Canvas

from odoo.tests import BaseCase, tagged

from odoo.addons.recouv_lib.lib import dossier_pdf as pdf

NIR = "1 85 05 78 006 084 91"


def make_pdf(*pages, rotation=0, size=(595, 842), secret=b""):
    """A PDF with one page for each text."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=size)
    for text in pages:
        canvas.drawString(80, size[1] / 2, text)
        canvas.showPage()
    canvas.save()
    writer = PdfWriter()
    for page in PdfReader(io.BytesIO(target.getvalue())).pages:
        writer.add_page(page.rotate(rotation) if rotation else page)
    if secret:
        writer.add_attachment("notes.txt", secret)
        writer.add_metadata({"/Title": secret.decode()})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def make_picture(size=(300, 200)):
    target = io.BytesIO()
    Image.new("RGB", size, "white").save(target, "PNG")
    return target.getvalue()


def texts(content):
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


@tagged("post_install", "-at_install")
class TestDossierPdf(BaseCase):
    def test_pages_are_numbered_through_and_exhibits_labelled(self):
        parts = [
            pdf.Part(make_pdf("petition", "account")),
            pdf.Part(make_pdf("invoice"), "Exhibit no. 1"),
            pdf.Part(make_pdf("letter", "proof"), "Exhibit no. 2"),
        ]
        found = texts(pdf.assemble(parts, "J1 – {page} / {pages}"))
        self.assertEqual(len(found), 5)
        for number, text in enumerate(found, 1):
            self.assertIn(f"J1 – {number} / 5", text)
        self.assertIn("Exhibit no. 1", found[2])
        self.assertIn("Exhibit no. 2", found[3])
        self.assertNotIn("Exhibit", found[4])
        self.assertEqual(pdf.starts(parts), [1, 3, 4])

    def test_a_turned_or_landscape_page_keeps_its_words_and_number(self):
        parts = [
            pdf.Part(make_pdf("turned", rotation=90), "A"),
            pdf.Part(make_pdf("wide", size=(842, 595)), "B"),
        ]
        found = texts(pdf.assemble(parts, "{page}"))
        self.assertIn("turned", found[0])
        self.assertIn("wide", found[1])
        self.assertEqual([text.count("A") for text in found], [1, 0])

    def test_nothing_hidden_is_taken_over(self):
        source = make_pdf("shown", secret=b"diagnosis")
        self.assertIn(b"diagnosis", source)
        copy = pdf.redact(source)
        self.assertNotIn(b"diagnosis", copy)
        self.assertNotIn(b"EmbeddedFiles", copy)
        whole = pdf.assemble([pdf.Part(source)], "{page}")
        self.assertNotIn(b"diagnosis", whole)

    def test_a_masked_page_is_blank_and_its_words_are_gone(self):
        copy = pdf.redact(make_pdf("fees", "diagnosis", "total"), {2}, "withheld")
        found = texts(copy)
        self.assertIn("fees", found[0])
        self.assertEqual(found[1].strip(), "withheld")
        self.assertNotIn("diagnosis", pdf.read_text(copy))
        self.assertEqual(pdf.page_count(copy), 3)

    def test_a_social_security_number_is_found_by_its_key(self):
        self.assertEqual(pdf.find_nirs(f"no {NIR} there"), [NIR])
        self.assertEqual(pdf.find_nirs("no 185057800608491 there"), ["185057800608491"])
        self.assertFalse(pdf.find_nirs("no 1 85 05 78 006 084 92 there"))
        self.assertFalse(pdf.find_nirs("FR76 3000 6000 0112 3456 7890 189"))

    def test_a_picture_becomes_a_page(self):
        content = pdf.as_pdf(make_picture())
        self.assertEqual(pdf.page_count(content), 1)
        self.assertEqual(pdf.as_pdf(content), content)

    def test_what_cannot_be_read_is_refused(self):
        locked = PdfWriter()
        locked.add_blank_page(100, 100)
        locked.encrypt("secret")
        target = io.BytesIO()
        locked.write(target)
        for bad in (
            b"",
            b"hello",
            b"%PDF-1.4 broken",
            target.getvalue(),
            b"PK\x03\x04",
        ):
            with self.assertRaises(pdf.Unreadable):
                pdf.as_pdf(bad)

    def test_mangled_files_never_raise_anything_else(self):
        random, source = Random(7), bytearray(make_pdf("one", "two"))
        for _turn in range(150):
            mangled = bytearray(source)
            for _byte in range(random.randrange(1, 30)):
                mangled[random.randrange(8, len(mangled))] = random.randrange(256)
            try:
                pdf.page_count(pdf.redact(pdf.as_pdf(bytes(mangled))))
            except pdf.Unreadable:
                continue

    def test_pages_to_mask_as_people_write_them(self):
        self.assertEqual(pdf.read_ranges("2, 4-5", 5), {2, 4, 5})
        self.assertEqual(pdf.read_ranges("", 5), set())
        self.assertEqual(pdf.read_ranges("1;3", 3), {1, 3})
        for bad in ("6", "0", "x", "3-2", "1-9", "-1"):
            with self.assertRaises(pdf.BadRange):
                pdf.read_ranges(bad, 5)
