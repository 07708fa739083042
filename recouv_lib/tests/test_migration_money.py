from odoo.modules.module import load_script
from odoo.tests import tagged
from odoo.tools import file_path

from odoo.addons.recouv_lib.models.res_company_money import MONEY_ACCOUNTS

from .common import RecouvCommon

SCRIPT = "recouv_lib/migrations/19.0.3.0.0/post-migrate_agency_accounts.py"


@tagged("post_install", "-at_install")
class TestMigrationMoney(RecouvCommon):
    """A company of before receives the accounts of money held for others."""

    def test_a_company_of_before_receives_its_accounts_once(self):
        names = list(MONEY_ACCOUNTS)
        self.company.write(dict.fromkeys(names, False))
        script = load_script(file_path(SCRIPT), "migrate_agency_accounts")
        script.migrate(self.env.cr, "19.0.2.0.0")
        self.env.invalidate_all()
        given = [self.company[name] for name in names]
        self.assertTrue(all(given))
        script.migrate(self.env.cr, "19.0.3.0.0")
        self.env.invalidate_all()
        self.assertEqual([self.company[name] for name in names], given)
