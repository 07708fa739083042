from odoo.tests import tagged

from . import ready
from .common import RecouvCommon


@tagged("post_install", "-at_install")
class TestReady(RecouvCommon):
    """A company that waited ready-made is one as the tests would have created it."""

    def made_of(self, company):
        """What a chart gives a company, without what makes it this one."""
        env = company.with_company(company).sudo().env
        own = [("company_ids", "in", company.ids)]
        mine = [("company_id", "=", company.id)]
        settings = [
            name
            for name, field in company._fields.items()
            if field.type == "many2one"
            and field.comodel_name in ("account.account", "account.journal")
        ]
        return {
            "accounts": env["account.account"].search(own).mapped("code"),
            "taxes": sorted(env["account.tax"].search(mine).mapped("name")),
            "journals": sorted(env["account.journal"].search(mine).mapped("code")),
            "settings": [name for name in settings if company.sudo()[name]],
            "currency": company.currency_id,
            "country": company.account_fiscal_country_id,
            "in": sorted(company.sudo().user_ids.ids),
        }

    def test_when_none_waits_any_more_an_equal_one_is_created(self):
        taken = self._create_company(name="First")
        while ready.take(self.env, {}):
            continue
        created = self._create_company(name="Second")
        self.assertNotEqual(created, taken)
        self.assertEqual((taken.name, created.name), ("First", "Second"))
        self.assertTrue(taken.active)
        self.assertEqual(self.made_of(taken), self.made_of(created))

    def test_another_chart_is_loaded_for_whoever_asks_for_it(self):
        waiting = self.env["ir.model.data"].sudo().search([("module", "=", ready.MARK)])
        company = self._create_company(
            name="Elsewhere", country_id=self.env.ref("base.fr").id
        )
        self.assertNotIn(company.id, waiting.mapped("res_id"))
        self.assertEqual(company.country_id.code, "FR")
