from odoo import fields
from odoo.tests import HttpCase, tagged

from .mandate_common import MandateCommon


@tagged("post_install", "-at_install")
class TestMandateTour(MandateCommon, HttpCase):
    """A practice prepares and signs a mandate in the browser, then the agency does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        today = fields.Date.context_today(cls.company)
        cls.make_paper(
            cls.profile,
            number="RC-NOW",
            date_from=today,
            date_to=fields.Date.add(today, years=1),
        )
        standard = cls.env["recouv.mandate"].with_user(cls.director)
        terms = standard.browse(standard.action_open_standard()["res_id"])
        terms.write({"fee_line_ids": [(0, 0, {"rate": 18})]})

    def test_the_two_parties_sign_one_after_the_other(self):
        self.start_tour(
            "/odoo/recouv-mandates", "recouv_mandate_practice_tour", login="p_manager"
        )
        mandate = self.env["recouv.mandate"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        self.assertEqual(mandate.signature_ids.party, "practice")
        self.assertEqual(mandate.fee_line_ids.rate, 18)
        self.start_tour(
            "/odoo/recouv-mandates", "recouv_mandate_agency_tour", login="a_director"
        )
        self.env.invalidate_all()
        self.assertEqual(mandate.state, "signed")
        self.assertEqual(
            set(mandate.signature_ids.mapped("signatory")),
            {self.manager.name, self.director.name},
        )
