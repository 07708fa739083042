import base64
import json
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from unittest.mock import patch

import requests

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .channel_common import serve
from .common import TODAY
from .letter_common import LetterCommon


class Office(BaseHTTPRequestHandler):
    """A provider on the loopback: keeps what it got, answers what it is told."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = self.headers["Idempotency-Key"]
        known = self.server.letters.setdefault(
            key, {"id": f"L{len(self.server.letters)}"}
        )
        known["body"] = body
        self.server.asked.append((key, self.headers["Authorization"]))
        self._answer({"id": known["id"], "status": "accepted", "cost": 5.74})

    def do_GET(self):
        self._answer({"id": self.path.split("/")[-1], **self.server.status})

    def _answer(self, values):
        content = b"<html>" if self.server.broken else json.dumps(values).encode()
        self.send_response(500 if self.server.broken == 500 else 200)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        """Says nothing."""


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPostalProvider(LetterCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.office = HTTPServer(("127.0.0.1", 0), Office)
        cls.office.letters, cls.office.asked = {}, []
        cls.office.broken, cls.office.status = False, {}
        serve(cls.office)
        cls.addClassCleanup(cls.office.server_close)
        cls.addClassCleanup(cls.office.shutdown)
        cls.provider = cls.env["recouv.postal.provider"].create(
            {
                "name": "Office",
                "url": f"http://127.0.0.1:{cls.office.server_port}/v1",
                "token": "secret",
                "active": True,
                "company_id": cls.company.id,
            }
        )
        cls.make_once(cls.begin)

    def setUp(self):
        super().setUp()
        self.office.letters.clear()
        self.office.asked.clear()
        self.office.broken, self.office.status = False, {}

    def begin(self):
        self.make_invoice()
        self.letter = self.letters()
        self.letter.action_prepare_posting()
        self.pile = self.letter.posting_id
        self.pile.provider_id = self.provider

    def test_no_provider_is_on_by_default(self):
        fresh = self.env["recouv.postal.provider"].create(
            {"name": "New", "url": "https://example.com", "company_id": self.company.id}
        )
        self.assertFalse(fresh.active)
        self.pile.provider_id = fresh
        with self.assertRaisesRegex(UserError, "active postal provider"):
            self.pile.action_submit()

    def test_a_letter_is_handed_over_with_its_price(self):
        self.pile.action_submit()
        self.assertEqual(self.letter.provider_state, "accepted")
        self.assertEqual(self.letter.cost, 5.74)
        self.assertEqual(self.letter.state, "printed", "accepted is not posted")
        ((key, authorization),) = self.office.asked
        self.assertEqual(authorization, "Bearer secret")
        body = self.office.letters[key]["body"]
        self.assertEqual(
            base64.b64decode(body["document"]), self.letter.document_id.raw
        )
        self.assertEqual(body["recipient"]["name"], "Camille Martin")

    def test_nothing_but_the_envelope_and_its_content_leaves(self):
        self.pile.action_submit()
        (letter,) = self.office.letters.values()
        self.assertEqual(
            set(letter["body"]),
            {"reference", "registered", "receipt", "recipient", "document"},
        )

    def test_a_letter_to_two_people_is_posted_by_hand(self):
        guardian = self.make_patient("Anne Martin", street="5 rue Haute")
        self.patient.write(
            {"recouv_guardian_id": guardian.id, "recouv_protection": "curatelle"}
        )
        self.patient.recouv_hold_ids._standing().action_lift()
        self.pile.action_submit()
        self.assertFalse(self.office.asked)
        self.assertFalse(self.letter.provider_ref)
        for name in ("Camille Martin", "Anne Martin", "by hand"):
            self.assertIn(name, self.letter.provider_message)
        self.assertEqual((self.letter.state, self.pile.state), ("printed", "open"))
        self.pile.action_mark_posted()
        self.assertEqual(self.letter.state, "sent")

    def test_posted_by_the_provider_reaches_the_step(self):
        self.pile.action_submit()
        self.office.status = {"status": "posted", "date": "2026-06-16"}
        with self.at(TODAY + timedelta(days=2)):
            self.env["recouv.postal.provider"]._cron_refresh()
        self.assertEqual(self.letter.state, "sent")
        self.assertEqual(str(self.letter.proven_on), "2026-06-16")

    def test_returned_mail_is_told_by_the_provider(self):
        self.pile.action_submit()
        self.office.status = {"status": "wrong_address"}
        self.env["recouv.postal.provider"]._cron_refresh()
        self.assertEqual(self.letter.state, "returned")

    def test_a_silent_provider_leaves_the_letter_as_it_was(self):
        with patch.object(requests.Session, "send", side_effect=requests.Timeout):
            self.pile.action_submit()
        self.assertIn("does not answer", self.letter.provider_message)
        self.assertEqual(self.letter.state, "printed")
        self.assertEqual(self.pile.state, "open")

    def test_submitted_twice_it_is_one_letter(self):
        self.pile.action_submit()
        self.letter._record({"provider_ref": False})  # the first answer was lost
        self.pile.action_submit()
        self.assertEqual(len(self.office.asked), 2)
        self.assertEqual(len(self.office.letters), 1)

    def test_an_answer_that_is_no_answer(self):
        for broken in (True, 500):
            self.office.broken = broken
            self.pile.action_submit()
            self.assertTrue(self.letter.provider_message)
            self.assertFalse(self.letter.provider_ref)

    def test_an_answer_that_makes_no_sense_stops_no_other_letter(self):
        self.pile.action_submit()
        for nonsense in ({"date": "soon"}, {"date": 17}):
            self.office.status = {"status": "posted", **nonsense}
            self.env["recouv.postal.provider"]._cron_refresh()
            with self.subTest(nonsense):
                self.assertEqual(self.letter.state, "printed")
                self.assertTrue(self.letter.provider_message)
        self.office.status = {"status": "posted", "date": "2026-06-16"}
        self.env["recouv.postal.provider"]._cron_refresh()
        self.assertEqual(self.letter.state, "sent")

    def test_a_pile_that_the_provider_holds_is_not_dissolved(self):
        self.pile.action_submit()
        with self.assertRaisesRegex(UserError, "already holds 1 letters"):
            self.pile.action_dissolve()
        self.assertEqual(self.letter.posting_id, self.pile)

    def test_letters_leave_over_https_only(self):
        with self.assertRaises(ValidationError):
            self.provider.url = "http://example.com"

    def test_the_token_is_not_for_secretaries(self):
        with self.assertRaises(AccessError):
            self.provider.with_user(self.secretary).read(["token"])
