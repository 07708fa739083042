from odoo.tests import tagged

from odoo.addons.recouv_lib.tests import test_house_rules


@tagged("post_install", "-at_install")
class TestTiersPayantElevation(test_house_rules.TestElevation):
    """``sudo()`` says why it is safe, here too."""

    addon = "recouv_lib_tiers_payant"
