from datetime import date

from odoo.tests import freeze_time, tagged

from .common import TODAY, RecouvCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestEnginePropose(RecouvCommon):
    def test_an_overdue_invoice_gets_its_first_letter(self):
        move = self.make_invoice(due=date(2026, 6, 1))
        run = self.propose()
        notice = run.notice_ids
        self.assertEqual(len(notice), 1)
        self.assertEqual(notice.channel, "letter")
        self.assertEqual(notice.amount, 100.0)
        self.assertEqual(notice.line_ids.claim_id, self.claims_of(move))
