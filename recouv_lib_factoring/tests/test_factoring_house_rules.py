from odoo.tests import tagged

from odoo.addons.recouv_lib.tests import test_house_rules


@tagged("post_install", "-at_install")
class TestFactoringElevation(test_house_rules.TestElevation):
    """``sudo()`` says why it is safe, here too."""

    addon = "recouv_lib_factoring"
