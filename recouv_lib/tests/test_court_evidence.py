"""A court file says what was done, also past the screens."""

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .court_common import LODGED, CourtCommon
from .test_lib_dossier_pdf import make_pdf


@tagged("post_install", "-at_install")
@freeze_time(LODGED)
class TestCourtEvidence(CourtCommon):
    """What was put before the court is not changed past its file."""

    def lodged(self):
        litigation = self.make_file()
        litigation.record("filed", LODGED)
        return litigation

    def test_the_claims_of_a_lodged_file_stay(self):
        litigation = self.lodged()
        line, other = litigation.line_ids, self.make_claim()
        with self.assertRaises(UserError):
            line.unlink()
        with self.assertRaises(UserError):
            line.create({"litigation_id": litigation.id, "claim_id": other.id})
        with self.assertRaisesRegex(UserError, "principal_filed"):
            line.principal_filed = 9999.0
        with self.assertRaisesRegex(UserError, "claim_id"):
            line.claim_id = other
        self.assertEqual(line.claim_id.holder, "court")

    def test_a_complete_file_takes_no_claim_that_nobody_examined(self):
        litigation, other = self.make_file(), self.make_claim()
        with self.assertRaisesRegex(UserError, "reopen it"):
            litigation.line_ids.create(
                {"litigation_id": litigation.id, "claim_id": other.id}
            )

    def test_a_line_is_not_moved_into_another_file(self):
        litigation = self.lodged()
        draft = self.make_file(ready=False, release=False)
        with self.assertRaisesRegex(UserError, "litigation_id"):
            draft.line_ids.litigation_id = litigation

    def test_a_draft_takes_and_gives_claims(self):
        claims = self.make_claim() + self.make_claim(200.0)
        litigation = self.make_file(claims, ready=False, release=False)
        litigation.line_ids[1:].unlink()
        self.assertEqual(litigation.claim_ids, litigation.line_ids.claim_id)
        litigation.write({"line_ids": [Command.create({"claim_id": claims[1].id})]})
        self.assertEqual(litigation.claim_ids, claims)

    def test_where_a_file_stands_is_read_from_its_acts(self):
        litigation = self.make_file()
        for name, value in {
            "state": "enforceable",
            "title_on": LODGED,
            "granted_principal": 9999.0,
            "service_deadline": LODGED,
            "next_date": LODGED,
            "name": "J1",
            "hold_id": False,
            "origin_id": False,
        }.items():
            with self.subTest(name), self.assertRaisesRegex(UserError, name):
                litigation.write({name: value})
        with self.assertRaisesRegex(UserError, "state"):
            litigation.create({"partner_id": self.patient.id, "state": "enforceable"})
        made = litigation.with_context(default_state="enforceable").create(
            {"partner_id": self.patient.id}
        )
        self.assertEqual((litigation.state, made.state), ("ready", "draft"))

    def test_an_exhibit_is_released_by_the_practice_alone(self):
        litigation = self.make_file(ready=False, release=False)
        exhibit = litigation.exhibit_ids
        paper = self.env["ir.attachment"].with_user(self.manager).create(
            {"name": "note.pdf", "raw": make_pdf("mine"),
             "res_model": exhibit._name, "res_id": exhibit.id}
        )  # fmt: skip
        forged = {"state": "released", "document_id": paper.id, "page_count": 1}
        for name, value in forged.items():
            with self.subTest(name), self.assertRaisesRegex(UserError, name):
                exhibit.write({name: value})
        with self.assertRaisesRegex(UserError, "document_id"):
            exhibit.create({"litigation_id": litigation.id, "name": "Note", **forged})
        exhibit.write({"name": "Invoice", "kind": "other"})
        self.assertEqual((exhibit.state, exhibit.name), ("draft", "Invoice"))
