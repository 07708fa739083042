"""What every other test takes for granted of the machine that setup/ has built."""

import subprocess

from odoo.orm.registry import TriggerTree
from odoo.tests import HttpCase, TransactionCase, tagged
from odoo.tools import mute_logger
from odoo.tools.misc import find_in_path


@tagged("post_install", "-at_install")
class TestEnvironment(TransactionCase):
    def test_french_is_loaded_and_no_demo_data(self):
        self.assertTrue(self.env["res.lang"]._get_data(code="fr_FR"))
        self.assertEqual(self.env.user.lang, "en_US")
        self.assertFalse(self.env["ir.module.module"].search([("demo", "=", True)]))

    def test_a_letter_can_be_rendered(self):
        page = b"<meta charset='utf-8'><p>Relev\xc3\xa9</p>"
        done = subprocess.run(
            [find_in_path("wkhtmltopdf"), "-q", "-", "-"],
            input=page,
            capture_output=True,
            check=True,
        )
        self.assertTrue(done.stdout.startswith(b"%PDF-"))

    def test_the_database_has_its_files(self):
        company = self.env.company
        self.assertTrue(company.logo_web or company.logo)


@tagged("post_install", "-at_install")
class TestCaches(TransactionCase):
    """What Odoo keeps in its caches, from one test to the next (pytest_quick)."""

    def cached(self):
        return dict(self.registry._Registry__caches["groups"]._values)

    def test_1_a_cache_is_filled(self):
        self.env["res.groups"]._get_group_definitions()
        self.assertTrue(self.cached())

    def test_2_it_is_kept_for_the_next_test_until_somebody_clears_it(self):
        self.assertTrue(self.cached())
        self.env["res.groups"].create({"name": "New"})

    def test_3_what_was_cleared_is_not_kept(self):
        self.assertFalse(self.cached())

    def test_what_depends_on_fields_is_what_odoo_merges(self):
        model = self.env["account.move"]
        fields = [model._fields[name] for name in ("partner_id", "amount_total")]
        fields.append(self.env["res.partner"]._fields["name"])

        def select(field):
            return field.store and len(field.name) % 2

        trees = [self.registry.get_field_trigger_tree(field) for field in fields]
        merged = TriggerTree.merge(trees, select)
        for _again in range(2):
            found = self.registry.get_trigger_tree(fields, select)
            self.assertEqual(repr(found), repr(merged))
        self.assertTrue(merged)


@tagged("post_install", "-at_install")
class TestBrowser(HttpCase):
    def test_a_page_answers(self):
        self.assertEqual(self.url_open("/web/login").status_code, 200)

    def test_a_real_browser_logs_in(self):
        self.browser_js(
            "/odoo",
            "console.log('test successful')",
            "!!document.querySelector('.o_main_navbar')",
            login="admin",
            timeout=120,
        )


@tagged("post_install", "-at_install")
class TestKeptBrowser(HttpCase):
    """One Chromium for all tours (pytest_browser): no tour finds what another left."""

    STORE = (
        "document.cookie = 'left=mark'; localStorage.left = 'mark';"
        "sessionStorage.left = 'mark';"
    )
    FIND = (
        "[document.cookie, localStorage.left, sessionStorage.left]"
        ".some((text) => String(text).includes('mark'))"
    )

    def assert_nothing_left(self):
        said = f"console.log({self.FIND} ? 'found' : 'test successful')"
        self.browser_js("/web/login", said, timeout=10)

    def test_1_a_page_stores_something(self):
        self.browser_js(
            "/web/login",
            f"{self.STORE} window.open('/web/login'); console.log('test successful')",
        )

    def test_2_the_next_finds_nothing_of_it(self):
        self.assert_nothing_left()

    def test_3_after_a_failure_neither(self):
        failing = f"{self.STORE} console.error('wrong')"
        with self.assertRaises(AssertionError), mute_logger(self._logger.name):
            self.browser_js("/web/login", failing)
        self.assert_nothing_left()
