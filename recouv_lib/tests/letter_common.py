"""A practice that writes letters, for the tests of everything on paper."""

import io
from datetime import date, timedelta

from pypdf import PdfReader

from odoo.addons.recouv_lib.lib import page_mark, pdf_parts

from .common import TODAY, RecouvCommon

IBAN = "FR7630006000011234567890189"
POINTS_TO_MM = 25.4 / 72


class LetterCommon(RecouvCommon):
    """Euros, a bank account, and a secretary who does all the work."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.currency_id = cls.env.ref("base.EUR")
        cls.env.ref("base.EUR").active = True
        cls.company.recouv_bank_id = cls.env["res.partner.bank"].create(
            {
                "acc_number": IBAN,
                "partner_id": cls.company.partner_id.id,
                "allow_out_payment": True,
            }
        )
        cls.first, cls.second, cls.formal = cls.policy.step_ids[:3]
        cls.first.tone, cls.second.tone, cls.formal.tone = "courteous", "firm", "formal"

    def letters(self, day=TODAY):
        """Propose and print as the secretary; return the letters."""
        run = self.propose(day)
        run.with_user(self.secretary).action_execute()
        return run.notice_ids.with_user(self.secretary)

    def next_letters(self, day, proven_on):
        """Take what is printed as posted, then print the next step's letters."""
        printed = self.env["recouv.notice"].search([("state", "=", "printed")])
        printed.with_user(self.secretary)._mark_posted(proven_on)
        return self.letters(day)

    def formal_notice(self, *moves_due):
        """A printed mise en demeure, after two posted letters."""
        with self.at(TODAY):
            self.letters()
        with self.at(TODAY + timedelta(days=12)) as day:
            self.next_letters(day, TODAY)
        with self.at(TODAY + timedelta(days=24)) as day:
            return self.next_letters(day, day - timedelta(days=12))

    def at(self, day):
        from contextlib import contextmanager

        from odoo.tests import freeze_time

        @contextmanager
        def frozen():
            with freeze_time(day):
                yield day

        return frozen()

    # --- reading what was printed ---------------------------------------------------

    def pages(self, notice):
        return pdf_parts.page_texts(PdfReader(io.BytesIO(notice.document_id.raw)))

    def text(self, notice):
        """The words of a letter on one line, plain spaces only."""
        return " ".join(" ".join(self.pages(notice)).replace("\u00a0", " ").split())

    def marks(self, notice):
        key = self.env["recouv.notice"]._mark_key()
        return [page_mark.find_marks(text, key) for text in self.pages(notice)]

    def placed_texts(self, notice, page=0):
        """[(words, millimetres from the left, from the top)] of a page."""
        placed = []
        sheet = PdfReader(io.BytesIO(notice.document_id.raw)).pages[page]
        height = float(sheet.mediabox.height)

        def visit(text, cm, tm, _font, _size):
            x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
            y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            words = " ".join(text.replace("\u00a0", " ").split())
            if words:
                placed.append((words, x * POINTS_TO_MM, (height - y) * POINTS_TO_MM))

        sheet.extract_text(visitor_text=visit)
        return placed


def sessions(test, count, **values):
    """Weekly invoices of one patient, as a physiotherapist makes them."""
    return [
        test.make_invoice(due=date(2026, 6, 1) - timedelta(days=7 * index), **values)
        for index in range(count)
    ]
