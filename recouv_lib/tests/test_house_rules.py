"""Rules of the house that a reader would have to check by hand, file by file."""

import ast
import sys
from importlib import metadata
from pathlib import Path

from odoo import fields
from odoo.modules.module import Manifest
from odoo.release import MIN_PY_VERSION
from odoo.tests import BaseCase, TransactionCase, tagged
from odoo.tools import file_path

NOT_THE_PRODUCT = {"tests", "demo", "migrations"}
#: both parties read these, and their links are to the two companies only
TWO_COMPANIES = [
    "recouv.agent.request",
    "recouv.factoring.contract",
    "recouv.mandate",
    "recouv.mandate.document",
    "recouv.mandate.fee.line",
    "recouv.mandate.signature",
    "recouv.repurchase",
]


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
    """A link that is stored stays in its company; a tie of two is read by nobody."""

    def tables(self):
        for name in sorted(self.env.registry):
            model = self.env[name]
            if name.startswith("recouv.") and model._auto and not model._transient:
                if not model._abstract and "company_id" in model._fields:
                    yield model

    def test_every_model_checks_its_links(self):
        careless = [m._name for m in self.tables() if not m._check_company_auto]
        known = [name for name in TWO_COMPANIES if name in self.env.registry]
        self.assertEqual(careless, known)

    def test_a_tie_to_another_company_is_read_by_nobody(self):
        """By name: what points from a practice at the agency's record."""
        for model in self.tables():
            for name, field in model._fields.items():
                crosses = name.startswith("agency_") and field.type == "many2one"
                if crosses and field.comodel_name != "res.company":
                    with self.subTest(f"{model._name}.{name}"):
                        self.assertEqual(field.groups, fields.NO_ACCESS)


@tagged("post_install", "-at_install")
class TestDependencies(BaseCase):
    """Whoever installs the add-on is told what it needs."""

    addon = "recouv_lib"
    #: what Python 3.11 and later added to modules of before
    NEWER = {
        "contextlib": {"chdir"},
        "datetime": {"UTC"},
        "enum": {"StrEnum", "ReprEnum", "verify"},
        "hashlib": {"file_digest"},
        "itertools": {"batched"},
        "typing": {"Self", "Never", "override", "assert_never", "reveal_type"},
    }
    #: Odoo does not start without these: the add-on that says them adds nothing, and
    #: ``psycopg2`` would ask for another build than the one that Odoo runs with
    OF_ODOO = {"markupsafe", "psycopg2", "requests", "urllib3", "werkzeug"}

    @staticmethod
    def imported(source):
        """Yield the first names of what a file imports from elsewhere."""
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield node.module.split(".")[0]

    def names(self):
        root = Path(file_path(self.addon))
        for path in root.rglob("*.py"):
            if not {"tests", "migrations"} & set(path.relative_to(root).parts):
                yield from self.imported(path.read_text())

    def test_every_library_that_is_imported_is_declared(self):
        needed = set(self.names()) - set(sys.stdlib_module_names) - self.OF_ODOO
        needed -= {"odoo"}
        of = metadata.packages_distributions()
        declared = Manifest.for_addon(self.addon)["external_dependencies"]["python"]
        declared = {name.lower() for name in declared}
        missing = {
            name
            for name in needed
            if not declared & {each.lower() for each in of.get(name, [name])}
        }
        self.assertEqual(missing, set())

    def test_nothing_is_newer_than_the_oldest_python_of_odoo(self):
        found = []
        root = Path(file_path(self.addon))
        for path in root.rglob("*.py"):
            tree = ast.parse(path.read_text(), feature_version=MIN_PY_VERSION)
            found += [
                f"{path.relative_to(root)}: {node.module}.{alias.name}"
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom)
                for alias in node.names
                if alias.name in self.NEWER.get(node.module, ())
            ]
        self.assertEqual(found, [])

    def test_the_rule_sees_an_import_within_a_function(self):
        source = "def f():\n    from reportlab.lib import colors\n    import io\n"
        self.assertEqual(set(self.imported(source)), {"reportlab", "io"})
