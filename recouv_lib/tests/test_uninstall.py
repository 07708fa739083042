from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY, RecouvCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestUninstall(RecouvCommon):
    def wizard(self):
        module = self.env.ref("base.module_recouv_lib").sudo()
        return (
            self.env["base.module.uninstall"]
            .sudo()
            .create({"module_ids": [(6, 0, module.ids)]})
        )

    def test_uninstalling_says_what_is_open_and_asks(self):
        self.make_invoice()
        self.propose()
        # Over all companies: a test that commits may have left a practice of its own.
        still_open = (
            self.env["recouv.claim"]
            .sudo()
            .search_count([("closed_on", "=", False), ("settlement", "=", "open")])
        )
        wizard = self.wizard()
        self.assertIn(f"{still_open} claims still open", wizard.recouv_open_work)
        with self.assertRaisesRegex(UserError, "Still open"):
            wizard.action_uninstall()
