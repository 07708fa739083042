from odoo import fields
from odoo.tests import HttpCase, tagged

from .agency_common import AgencyCommon


@tagged("post_install", "-at_install")
class TestPlacementTour(AgencyCommon, HttpCase):
    """From the practice to the agency and back, each in a browser of their own."""

    def test_a_practitioner_places_an_agent_accepts_the_practitioner_reads_it(self):
        today = fields.Date.context_today(self.company)
        move = self.make_invoice(due=fields.Date.subtract(today, days=40))
        self.env["recouv.engine"]._create_claims(self.company, today)
        claim = self.claims_of(move)
        for url, tour, user in (
            ("recouv-claims", "send", self.practitioner),
            ("recouv-to-accept", "accept", self.agent),
            ("recouv-placed", "answer", self.practitioner),
        ):
            name = f"recouv_placement_{tour}_tour"
            self.start_tour(f"/odoo/{url}", name, login=user.login)
        self.assertEqual(claim.placement_state, "accepted")
        self.assertEqual(claim.placement_line_ids.placement_id.sent_by_id.login,
                         "practitioner")  # fmt: skip
