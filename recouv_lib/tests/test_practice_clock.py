from datetime import date
from unittest.mock import patch

from odoo.tests import freeze_time, tagged

from .common import TODAY, RecouvCommon

# the practice's clock, a moment of the server (UTC), and its day there
CLOCKS = [
    ("Europe/Paris", "2026-06-14 22:30:00", date(2026, 6, 15)),
    ("Europe/Paris", "2026-06-15 04:00:00", date(2026, 6, 15)),
    ("Indian/Reunion", "2026-06-14 20:30:00", date(2026, 6, 15)),
    ("America/Guadeloupe", "2026-06-15 03:30:00", date(2026, 6, 14)),
    ("America/Guadeloupe", "2026-06-15 04:30:00", date(2026, 6, 15)),
    ("Pacific/Tahiti", "2026-06-15 09:30:00", date(2026, 6, 14)),
    ("Pacific/Noumea", "2026-06-14 23:30:00", date(2026, 6, 15)),
]


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPracticeClock(RecouvCommon):
    """What runs by itself counts the days of the practice, not those of the server."""

    def each_clock(self):
        for zone, moment, day in CLOCKS:
            self.company.partner_id.tz = zone
            with self.subTest(zone=zone, moment=moment), freeze_time(moment):
                yield day

    def test_the_run_is_of_the_day_of_the_practice(self):
        for day in self.each_clock():
            run = self.company._recouv_for_people(self.env["recouv.run"])
            self.assertEqual(run._todays_run(self.company).date, day)

    def test_so_are_the_courtesies(self):
        self.company.write({"recouv_live_on": TODAY})
        courtesies = self.env["recouv.courtesy"].sudo()  # as the cron does
        found = []

        def before_due(_self, company, today):
            found.append((company, today))
            return []

        for day in self.each_clock():
            found.clear()

            with (
                patch.object(type(courtesies), "_before_due", before_due),
                patch.object(
                    type(self.env["res.company"]),
                    "_recouv_is_neutralized",
                    lambda _self: False,
                ),
            ):
                courtesies._cron_send()
            mine = [today for company, today in found if company == self.company]
            self.assertEqual(mine, [day])

    def test_a_promise_of_today_stands_until_the_practices_midnight(self):
        """In Pointe-à-Pitre it is still the 15th when the 16th begins in Paris."""
        self.company.partner_id.tz = "America/Guadeloupe"
        self.company.recouv_promise_grace_days = 0
        move = self.make_invoice()
        self.propose()
        claim = self.claims_of(move)
        claim.with_user(self.secretary)._agree(
            "promise", [(TODAY, None)], source="call"
        )
        for moment, suspension in (
            ("2026-06-16 03:30:00", "hold"),
            ("2026-06-16 04:30:00", "none"),
        ):
            with self.subTest(moment=moment), freeze_time(moment):
                self.env.flush_all()
                self.env.invalidate_all()
                mine = self.company._recouv_for_people(claim)
                self.assertEqual(mine.suspension, suspension)
