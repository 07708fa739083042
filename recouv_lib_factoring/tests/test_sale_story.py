from unittest.mock import patch

from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.demo import clock
from odoo.addons.recouv_lib.tests.common import TODAY

from ..demo import books, sales
from .sale_common import SaleCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSaleStory(SaleCommon):
    """What ``setup/run`` shows of sales, from the contract to both companies' books."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for key, company in (("medical", cls.company), ("agence", cls.agency)):
            cls.env["ir.model.data"]._update_xmlids(
                [{"xml_id": f"recouv_demo.company_{key}", "record": company}]
            )
        cls.practitioner.login = "medecin"
        cls.agency_manager.login = "agence"
        # the demonstration's clock and that of the tests are one
        cls.enterClassContext(
            patch.object(clock, "at", lambda day, hour=9: freeze_time(day))
        )
        cls.told = []
        story = sales.Sales(cls.env(su=True), TODAY, cls.told.append)
        cls.sold = story.live()

    def outcomes(self):
        """Return {outcome: count} of what the table tells."""
        _title, _headers, rows = sales.table(self.env(su=True))
        found = {}
        # tests of real connections leave sales of their own companies
        for practice, outcome, _reason, count, _amount in rows:
            if practice == self.company.name:
                found[outcome] = found.get(outcome, 0) + count
        return found

    def test_a_month_is_sold_with_each_outcome(self):
        self.assertEqual(
            self.outcomes(),
            {"Sold": 8, "Refused": 1, "Not eligible": 3, "Waiting for the due date": 1},
        )
        lines = (
            self.env["recouv.assignment.line"]
            .sudo()
            .search([("company_id", "=", self.company.id)])
        )
        codes = {line.code for line in lines if line.state == "removed"}
        self.assertEqual(codes, {"dispute", "not_sent", "no_address"})

    def test_price_and_books_agree_to_the_cent(self):
        schedule = self.sold.sudo()
        nominal = sum(bill[2] for bill in sales.BILLS if not bill[3])
        self.assertAlmostEqual(schedule.amount_nominal, nominal)
        parts = (
            schedule.amount_price
            + schedule.amount_commission
            + schedule.amount_vat
            + schedule.amount_holdback
            + schedule.amount_financing
        )
        self.assertAlmostEqual(parts, nominal)
        self.assertBalanced(self.company, self.agency)

    def test_the_deed_is_kept_and_the_buyer_s_claims_are_its_own(self):
        self.assertEqual(self.sold.deed_id.sudo().raw[:4], b"%PDF")
        claims = self.sold.sudo().line_ids.purchase_id.claim_id
        self.assertEqual(claims.company_id, self.agency)
        self.assertEqual(set(claims.mapped("capacity")), {"assignee"})

    def test_it_goes_on_with_payment_repurchase_and_loss(self):
        env = self.env(su=True)
        original = self.env.cr.commit
        self.env.cr.commit = lambda: None
        try:
            books.live(env, self.sold.with_env(env), self.told.append)
        finally:
            self.env.cr.commit = original
        lines = self.sold.sudo().line_ids
        lines.invalidate_recordset()
        self.assertIn("bought_back", lines.mapped("state"))
        self.assertBalanced(self.company, self.agency)
        title, headers, rows = books.table(env)
        self.assertTrue(title and headers and rows)
