"""Rules of the house that a reader would have to check by hand, file by file."""

import ast
from pathlib import Path

from odoo import fields
from odoo.tests import BaseCase, TransactionCase, tagged
from odoo.tools import file_path

NOT_THE_PRODUCT = {"tests", "demo", "migrations"}
#: stored links to a model of companies that no company check guards, and why
UNCHECKED = {
    # its mandator is another company on purpose: both parties read the mandate
    "mandate_id": "the mandate is of two companies: checked when it is used",
    # history that names who did it: a user may leave the company, the fact stays
    "res.users": "who acted is kept, whatever companies they join or leave",
    "res.company": "a company is what the others are checked against",
}


@tagged("post_install", "-at_install")
class TestElevation(BaseCase):
    """``sudo()`` says why it is safe."""

    addon = "recouv_lib"

    def sources(self):
        root = Path(file_path(self.addon))
        for path in sorted(root.rglob("*.py")):
            if not NOT_THE_PRODUCT & set(path.relative_to(root).parts):
                yield path.relative_to(root), path.read_text()

    @staticmethod
    def elevates(node):
        """``x.sudo()``; ``x.sudo(False)`` lowers."""
        return (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "sudo"
            and not node.args
        )

    @staticmethod
    def is_explained(functions, lines, number):
        """Say whether the function around a line says why, in a comment or its text."""
        around = [f for f in functions if f.lineno <= number <= f.end_lineno]
        if not around:
            return False
        function = max(around, key=lambda f: f.lineno)
        said = (ast.get_docstring(function) or "").lower()
        comments = [line for line in lines[function.lineno : number] if "# " in line]
        words = ("sudo", "elevated", "superuser")
        return bool(comments) or any(word in said for word in words)

    def test_every_elevation_says_why(self):
        silent = []
        for path, source in self.sources():
            tree, lines = ast.parse(source), source.split("\n")
            functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
            silent += [
                f"{path}:{node.func.end_lineno}"
                for node in ast.walk(tree)
                if self.elevates(node)
                and not self.is_explained(functions, lines, node.func.end_lineno)
            ]
        self.assertEqual(silent, [])

    def test_the_rule_sees_what_is_silent(self):
        source = "def silent(self):\n    return self.sudo()\n"
        tree = ast.parse(source)
        self.assertFalse(self.is_explained(tree.body, source.split("\n"), 2))
        source = "def told(self):\n    # sudo: a count\n    return self.sudo()\n"
        tree = ast.parse(source)
        self.assertTrue(self.is_explained(tree.body, source.split("\n"), 3))


@tagged("post_install", "-at_install")
class TestLinks(TransactionCase):
    """A link that is stored stays in its company, is read by nobody, or is listed."""

    def links(self):
        """Yield the stored links of our models to records of a company."""
        for name in sorted(self.env.registry):
            model = self.env[name]
            if not name.startswith("recouv.") or not model._auto or model._transient:
                continue
            for field in model._fields.values():
                if field.type in ("many2one", "many2many") and field.store:
                    yield model, field

    def is_guarded(self, model, field):
        other = self.env[field.comodel_name]
        return (
            field.check_company
            or field.related
            or field.groups == fields.NO_ACCESS
            or "company_id" not in other._fields
            or field.name in UNCHECKED
            or field.comodel_name in UNCHECKED
        )

    def test_every_stored_link_stays_in_its_company(self):
        loose = [
            f"{model._name}.{field.name}"
            for model, field in self.links()
            if not self.is_guarded(model, field)
        ]
        self.assertEqual(loose, [])

    def test_a_checked_link_belongs_to_a_model_that_checks(self):
        careless = {
            model._name
            for model, field in self.links()
            if field.check_company and not model._check_company_auto
        }
        self.assertEqual(careless, set())
