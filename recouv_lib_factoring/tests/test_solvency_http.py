import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, freeze_time, tagged

from odoo.addons.recouv_lib.tests.channel_common import serve
from odoo.addons.recouv_lib.tests.common import TODAY

from ..models.recouv_solvency_provider import INSIDE_ALLOWED
from .factoring_common import FactoringCommon


class Bureau(BaseHTTPRequestHandler):
    """A provider on the loopback: keeps what it was asked, answers what it is told."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.headers["Idempotency-Key"], body))
        self._answer()

    def do_GET(self):
        self.server.asked.append((self.headers["Idempotency-Key"], self.path))
        self._answer()

    def _answer(self):
        status, content = self.server.script.pop(0)
        if status == "hang":
            time.sleep(content)
            return
        self.send_response(status)
        self.end_headers()
        if callable(content):
            content(self.wfile)
        else:
            self.wfile.write(content)

    def log_message(self, *args):
        """Says nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args):
        """A client that hung up is part of the test."""


def told(result, number="A-1"):
    return 200, json.dumps({"id": number, "result": result}).encode()


def drip(out):
    """Send a byte now and then, for ever."""
    for _turn in range(100):
        out.write(b" ")
        out.flush()
        time.sleep(0.2)


class BureauMixin:
    """A provider that really listens, on the loopback."""

    @classmethod
    def open_bureau(cls, company):
        cls.bureau = Server(("127.0.0.1", 0), Bureau)
        serve(cls.bureau)
        cls.addClassCleanup(cls.bureau.server_close)
        cls.addClassCleanup(cls.bureau.shutdown)
        cls.bureau.asked, cls.bureau.script = [], []
        cls.env["ir.config_parameter"].sudo().set_param(INSIDE_ALLOWED, "1")
        return (
            cls.env["recouv.solvency.provider"]
            .sudo()
            .create(
                {
                    "name": "Bureau",
                    "kind": "http",
                    "url": f"http://127.0.0.1:{cls.bureau.server_port}/v1",
                    "token": "secret",
                    "active": True,
                    "timeout": 1,
                    "retries": 1,
                    "company_id": company.id,
                }
            )
        )


@tagged("post_install", "-at_install")
class TestSolvencyDrip(BureauMixin, TransactionCase):
    """With the real clock: the time given counts for the whole answer."""

    def test_an_answer_that_drips_for_ever_is_cut(self):
        provider = self.open_bureau(self.env.company)
        partner = self.env["res.partner"].create({"name": "Debtor"})
        check = self.env["recouv.solvency.check"]._record_new(
            [{"partner_id": partner.id}]
        )
        check.sudo().provider_id = provider
        self.bureau.script = [(200, drip), (200, drip)]
        start = time.monotonic()
        check._answer_now()
        self.assertEqual(check.result, "unavailable")
        # a second is given, twenty would be the whole of what drips
        self.assertLess(time.monotonic() - start, 10)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSolvencyHttp(BureauMixin, FactoringCommon):
    """A provider that answers, hangs, talks nonsense, or answers twice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = cls.open_bureau(cls.company)
        cls.clerk = cls.make_user("clerk", cls.company, "recouv_lib.group_user")

    def setUp(self):
        super().setUp()
        self.bureau.asked.clear()

    def ask(self, *script, partner=None):
        self.bureau.script = list(script)
        partner = partner or self.patient
        checks = self.env["recouv.solvency.check"].with_user(self.clerk)
        return checks.with_company(self.company)._ask(
            partner.with_user(self.clerk).with_company(self.company)
        )

    def run_job(self):
        cron = self.registry["ir.cron"]
        with patch.object(cron, "_commit_progress", return_value=60):
            self.env["recouv.solvency.check"]._cron_ask()

    def test_a_clear_answer_is_recorded_as_it_came(self):
        check = self.ask(told("clear"))
        self.assertEqual((check.result, check.provider_ref), ("clear", "A-1"))
        self.assertIn('"clear"', check.sudo().answer)
        ((key, body),) = self.bureau.asked
        self.assertEqual(key, check.idempotency_key)
        self.assertEqual(body["name"], self.patient.name)
        self.assertLessEqual(
            body.keys(),
            {"reference", "name", "street", "zip", "city", "country", "birth_date"},
        )

    def test_a_busy_provider_is_asked_again_with_the_same_key(self):
        check = self.ask((503, b""), told("clear"))
        self.assertEqual(check.result, "clear")
        keys = {key for key, _body in self.bureau.asked}
        self.assertEqual((len(self.bureau.asked), keys), (2, {check.idempotency_key}))

    def test_no_answer_is_not_a_negative_one(self):
        for script in (
            [("hang", 1.5), ("hang", 1.5)],
            [(500, b"oops")],
            [(200, b"<html>busy</html>")],
            [(200, b'{"id": "A-2", "result": "maybe"}')],
            [(302, b"")],
            [(200, b"x" * 200000)],
        ):
            with self.subTest(script[0][0:1]):
                check = self.ask(*script)
                self.assertEqual(check.result, "unavailable")
                self.assertFalse(check.valid_until)
                self.assertTrue(check.message)
                debtor = self.patient.with_user(self.clerk)
                result = debtor.with_company(self.company)._recouv_solvency()[0]
                self.assertEqual(result, "unavailable")
                check.sudo().unlink()

    def test_what_was_answered_by_hand_meanwhile_stands(self):
        providers = type(self.env["recouv.solvency.provider"])
        ask = providers._ask

        def answered_meanwhile(provider, check):
            check.sudo()._conclude("clear")
            return ask(provider, check)

        with patch.object(providers, "_ask", answered_meanwhile):
            check = self.ask(told("negative", "A-9"))
        self.assertEqual((check.result, check.sudo().source), ("clear", "hand"))
        self.assertFalse(check.message)

    def test_the_job_leaves_alone_what_was_answered_since_it_began(self):
        check = self.ask((500, b""))
        check.sudo().next_attempt = "2020-01-01 00:00:00"
        other = self.ask((500, b""), partner=self.make_patient("Dominique"))
        other.sudo().next_attempt = "2020-01-02 00:00:00"
        self.bureau.asked.clear()
        self.bureau.script = [told("negative", "A-8")]
        cron = self.registry["ir.cron"]

        def by_hand(*_args, **_options):
            if other.result == "unavailable":
                other.sudo()._conclude("clear")
            return 60

        with patch.object(cron, "_commit_progress", by_hand):
            self.env["recouv.solvency.check"]._cron_ask()
        self.assertEqual((check.result, other.result), ("negative", "clear"))
        self.assertEqual(len(self.bureau.asked), 1)

    def test_the_job_asks_again_and_gives_up_after_five(self):
        check = self.ask((500, b""))
        first = check.next_attempt
        self.assertGreater(first, fields.Datetime.now())
        for _attempt in range(4):
            check._record({"next_attempt": fields.Datetime.now()})
            self.bureau.script = [(500, b"")]
            self.run_job()
        self.assertEqual((check.attempts, check.next_attempt), (5, False))
        self.bureau.script = [told("clear")]
        check.action_ask_again()
        self.assertEqual(check.result, "clear")
        with self.assertRaisesRegex(UserError, "came already"):
            check.action_ask_again()

    def test_what_the_network_answers_is_in_no_table(self):
        self.ask((500, b""))
        wizard = (
            self.env["recouv.solvency.import"]
            .with_user(self.clerk)
            .create({"company_id": self.company.id})
        )
        with self.assertRaisesRegex(UserError, "by hand or by a table"):
            wizard.action_export()

    def test_an_answer_that_takes_its_time_is_asked_for_by_its_number(self):
        check = self.ask(told("pending", "A-9"))
        self.assertEqual(check.result, "pending")
        check._record({"next_attempt": fields.Datetime.now()})
        self.bureau.script = [told("negative", "A-9")]
        self.run_job()
        self.assertEqual((check.result, check.review), ("negative", "to_confirm"))
        self.assertEqual(self.bureau.asked[-1][1], "/v1/checks/A-9")

    def test_the_same_number_for_two_people_is_no_answer(self):
        self.ask(told("clear", "A-1"))
        other = self.env["res.partner"].create(
            {"name": "Other", "company_id": self.company.id}
        )
        check = self.ask(told("clear", "A-1"), partner=other)
        self.assertEqual(check.result, "unavailable")
        self.assertIn("A-1", check.message)

    def test_a_practice_without_its_own_uses_the_buyers_unseen(self):
        self.provider.company_id = self.agency
        self.bureau.script = [told("clear")]
        debtor = self.patient.with_user(self.clerk).with_company(self.company)
        debtor.action_recouv_check_solvency()
        check = self.env["recouv.solvency.check"].search(
            [("partner_id", "=", self.patient.id)]
        )
        self.assertEqual((check.result, check.company_id), ("clear", self.company))
        theirs = self.env["recouv.solvency.check"].with_user(self.agency_manager)
        self.assertFalse(theirs.search([]), "the buyer keeps no list of persons")

    def test_many_are_asked_about_by_the_job(self):
        people = self.env["res.partner"].create(
            [{"name": f"P{i}", "company_id": self.company.id} for i in range(7)]
        )
        checks = self.ask(partner=people)
        self.assertEqual(set(checks.mapped("result")), {"pending"})
        self.bureau.script = [told("clear", f"B-{i}") for i in range(7)]
        self.run_job()
        self.assertEqual(set(checks.mapped("result")), {"clear"})
