from datetime import date
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.recouv_lib.demo import clock
from odoo.addons.recouv_lib_factoring.demo import insurance

from .insurance_common import InsuranceCommon


@tagged("post_install", "-at_install")
class TestInsuranceDemo(InsuranceCommon):
    """What the demonstration plays: one insured loss, to the cent."""

    def test_the_demonstration_indemnifies_one_loss(self):
        self.policy_2026._record({"state": "draft"})
        self.policy_2026.unlink()
        practice = self.env(user=self.practitioner.id, su=False)
        with (
            patch.object(insurance, "_practice", lambda env: practice),
            patch.object(self.env.cr, "commit", lambda: None),
            clock.at(date(2026, 6, 15)),
        ):
            insurance.prepare(self.env)
            insurance.play(self.env)
            title, headers, rows = insurance.table(self.env)
        self.assertEqual(title, "Credit insurance")
        self.assertEqual(len(headers), 6)
        club = rows[0]
        self.assertEqual(club[1:5], [30000, 40000, 27000, 27000])
        self.assertEqual(club[5], 2700)
        self.assertEqual([row[1] for row in rows], [30000, 8000, 0])
        # the insurer's service writes to the club, the practice does not
        notices = self.propose(date(2026, 6, 15)).notice_ids
        self.assertNotIn(insurance.DEBTORS[0][0], notices.partner_id.mapped("name"))
