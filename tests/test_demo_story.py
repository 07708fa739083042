"""The list of what the demonstration must show (``setup/run`` looks for it).

The demonstration itself takes minutes and is played by ``setup/run``; here the list is
held to the models, so that a renamed state or field is found at once.
"""

from recouv_setup import story

from odoo.tests import TransactionCase, tagged

PARTS = {"a day", "agency", "third-party payers", "sales"}


@tagged("post_install", "-at_install")
class TestDemoStory(TransactionCase):
    def test_each_state_is_one_that_its_model_knows(self):
        for item in story.ITEMS:
            with self.subTest(f"{item.part}: {item.text}"):
                self.assertGreaterEqual(item.count(self.env), 0)
                self._check_values(item)
        self.assertEqual({item.part for item in story.ITEMS}, PARTS)

    def _check_values(self, item):
        """A value that the field no longer has would be missed for ever."""
        model = self.env[item.model]
        for name, _operator, value in item.domain:
            field = model._fields.get(name)
            if field is None or field.type != "selection" or not value:
                continue
            known = set(field.get_values(self.env))
            wanted = {value} if isinstance(value, str) else set(value)
            self.assertLessEqual(wanted, known)

    def test_what_is_missing_is_named(self):
        missing = story.check(self.env)
        self.assertIn("third-party payers: paid in part (0 of 1)", missing)
        self.assertIn("third-party payers: reasons of rejection (0 of 5)", missing)

    def test_values_are_counted_once(self):
        item = story.Item("a day", "kinds", "res.partner", [], 2, "is_company")
        self.env["res.partner"].create(
            [{"name": "A", "is_company": True}, {"name": "B"}, {"name": "C"}]
        )
        self.assertEqual(item.count(self.env), 2)
