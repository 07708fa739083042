from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import RecouvCommon


@tagged("post_install", "-at_install")
class TestFindTour(RecouvCommon, HttpCase):
    """The phone rings: a hotkey, some digits, the claim, in a real browser."""

    def test_a_secretary_finds_who_calls(self):
        day = fields.Date.context_today(self.company)
        self.patient.write({"phone": "+33 6 39 98 12 34", "recouv_no_voicemail": True})
        self.make_invoice(due=fields.Date.subtract(day, days=10))
        self.env["recouv.engine"]._create_claims(self.company, day)
        self.start_tour("/odoo/recouv-claims", "recouv_find_tour", login="secretary")
