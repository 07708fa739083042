from odoo import fields
from odoo.tests import freeze_time, tagged

from .common import RecouvCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 09:00:00")
class TestCronLanguage(RecouvCommon):
    """A cron has no language of its own: people read what it writes in theirs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.secretary.lang = "fr_FR"
        cls.company.recouv_responsible_id = cls.secretary

    def test_an_alarm_is_in_the_language_of_the_responsible(self):
        move = self.make_invoice()
        self.propose()
        claim = self.claims_of(move)
        claim.sudo().limitation_date = fields.Date.add(fields.Date.today(), days=20)
        self.env["recouv.claim"]._cron_limitation_alarms()
        self.assertIn("20 jours", claim.activity_ids.summary)

    def test_the_name_of_a_notice_follows_who_reads_it(self):
        self.make_invoice()
        notice = self.propose().notice_ids
        self.assertIn("Letter", notice.with_context(lang="en_US").display_name)
        self.assertIn("Courrier", notice.with_context(lang="fr_FR").display_name)
