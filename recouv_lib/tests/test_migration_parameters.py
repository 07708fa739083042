from odoo.modules.module import load_script
from odoo.tests import TransactionCase, tagged
from odoo.tools import file_path

SCRIPT = "recouv_lib/migrations/19.0.3.1.0/post-migrate_parameters.py"


@tagged("post_install", "-at_install")
class TestMigrationParameters(TransactionCase):
    """Parameters of before that nothing read are deleted, the others stay."""

    def test_what_nothing_read_is_deleted_once(self):
        parameter = self.env["recouv.legal.parameter"].create(
            {
                "name": "Old",
                "code": "letter_min_gap",
                "value_float": 7,
                "unit": "day",
                "source": "A setting",
            }
        )
        self.env["ir.model.data"].create(
            {
                "module": "recouv_lib",
                "name": "legal_parameter_letter_min_gap",
                "model": parameter._name,
                "res_id": parameter.id,
                "noupdate": True,
            }
        )
        others = self.env["recouv.legal.parameter"].search([("id", "!=", parameter.id)])
        script = load_script(file_path(SCRIPT), "migrate_parameters")
        for _time in range(2):
            script.migrate(self.env.cr, "19.0.3.0.0")
            self.assertFalse(parameter.exists())
        self.assertEqual(others.exists(), others)
