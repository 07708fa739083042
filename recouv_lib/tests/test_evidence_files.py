"""The files of evidence: neither rewritten, moved, published nor deleted by hand."""

import base64
from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tests.common import TransactionCase

from .common import TODAY
from .court_common import CourtCommon
from .test_agency_remittance import RemittanceCommon
from .test_lib_dossier_pdf import make_pdf

FORGED = b"%PDF-1.4 forged"
#: links to files that people gather themselves: the insurer's papers, what a person
#: who asks for his data is given
WORKING = {
    ("recouv.insurance.policy", "document_ids"),
    ("recouv.insurance.loss", "document_ids"),
    ("recouv.privacy.request", "document_ids"),
}


class EvidenceFileCommon(TransactionCase):
    def assertKept(self, file, user):
        """:param user: who may write on the record that the file hangs on"""
        mine, before = file.with_user(user), file.raw
        mine.invalidate_recordset()
        for values in (
            {"raw": FORGED},
            {"datas": base64.b64encode(FORGED)},
            {"db_datas": FORGED},
            {"name": "other.pdf"},
            {"mimetype": "text/plain"},
            {"res_model": "res.partner", "res_id": user.partner_id.id},
            {"res_id": 0},
            {"res_field": False},
            {"public": True},
            {"type": "url", "url": "https://example.com"},
            {"company_id": False},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                mine.write(values)
        with self.assertRaises(UserError):
            mine.unlink()
        for forged in ({"recouv_recording": True}, {"_force_unlink": True}):
            with self.subTest(context=forged), self.assertRaises(UserError):
                mine.with_context(**forged).unlink()
        # what the route that deletes a file of the chatter calls, elevated
        with self.assertRaises(UserError):
            mine.sudo()._delete_and_notify()
        file.invalidate_recordset()
        self.assertEqual(file.raw, before)


@tagged("post_install", "-at_install")
@freeze_time(date(2026, 8, 18))
class TestCourtFiles(CourtCommon, EvidenceFileCommon):
    def test_a_released_exhibit(self):
        exhibit = self.make_file(ready=False).exhibit_ids[:1]
        self.assertKept(exhibit.document_id.sudo(), self.manager)
        with self.assertRaisesRegex(UserError, "is evidence of"):
            exhibit.document_id.with_user(self.manager).write({"raw": FORGED})

    def test_its_release_undone_takes_it_away(self):
        """The named method may: the copy goes where nothing was lodged."""
        exhibit = self.make_file(ready=False).exhibit_ids[:1]
        document = exhibit.document_id
        requests = self.env["recouv.exhibit.request"].with_user(self.manager)
        request = requests.search([("claim_id", "=", exhibit.claim_id.id)])
        request.undo("The wrong page")
        self.assertFalse(document.exists())

    def test_a_dossier_that_was_exported_and_not_a_file_of_the_chatter(self):
        litigation = self.make_file()
        with patch.object(type(litigation), "_dossier", lambda _self: make_pdf("D")):
            litigation.action_export()
        self.assertKept(litigation.dossier_id.sudo(), self.manager)
        note = self.attach(litigation)
        note.write({"name": "renamed.pdf", "raw": b"other"})
        note.unlink()

    def attach(self, record):
        return self.env["ir.attachment"].with_user(self.manager).create(
            {
                "name": "note.pdf",
                "raw": b"note",
                "res_model": record._name,
                "res_id": record.id,
            }
        )  # fmt: skip

    def test_the_order_of_the_court(self):
        litigation = self.granted()
        act = litigation.act_ids.filtered(lambda one: one.kind == "granted")
        act.sudo().with_context(**self.acting()).write(
            {"document": base64.b64encode(b"order")}
        )
        file = self.env["ir.attachment"].sudo().search(
            [("res_model", "=", act._name), ("res_id", "=", act.id),
             ("res_field", "=", "document")]
        )  # fmt: skip
        self.assertKept(file, self.manager)

    def acting(self):
        from ..models.recouv_litigation_act import ACTING

        return {"recouv_acting": ACTING}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAgencyFiles(RemittanceCommon, EvidenceFileCommon):
    def files(self, record, field=False):
        return self.env["ir.attachment"].sudo().search(
            [("res_model", "=", record._name), ("res_id", "in", record.ids),
             ("res_field", "=", field)]
        )  # fmt: skip

    def test_the_receipt_that_a_debtor_was_sent(self):
        receipt = self.receive(50.0)
        with patch.object(type(receipt), "_paper_pdf", lambda _self: make_pdf("R")):
            paper = receipt.sudo()._attach_paper()
        for user in (self.agent, self.agency_manager):
            self.assertKept(paper, user)

    def test_a_party_s_copy_of_the_convention(self):
        self.mandate.sudo()._keep("convention", make_pdf("M"), "mandate.pdf")
        copies = self.env["recouv.mandate.document"].sudo().search(
            [("mandate_id", "=", self.mandate.id)]
        )  # fmt: skip
        for file in self.files(copies, "file"):
            self.assertKept(file, self.agency_manager)
            self.assertKept(file, self.practitioner)

    def paper(self):
        """The insurance of the profile, with its certificate."""
        paper = self.profile.sudo().paper_ids[:1]
        self.assertTrue(paper.file)
        return paper

    def test_a_paper_of_the_profile(self):
        paper = self.paper()
        self.assertKept(self.files(paper, "file"), self.agency_manager)
        with self.assertRaisesRegex(UserError, "kept"):
            paper.with_user(self.agency_manager).file = base64.b64encode(FORGED)

    def test_a_proof_of_a_notice(self):
        notice = self.env["recouv.notice"].sudo()._record_new(
            [{"company_id": self.agency.id, "partner_id": self.mirror.partner_id.id,
              "capacity": "mandatary", "channel": "registered_letter",
              "currency_id": self.agency.currency_id.id}]
        )  # fmt: skip
        scan = self.env["ir.attachment"].with_user(self.agency_manager).create(
            {"name": "slip.pdf", "raw": make_pdf("S")}
        )  # fmt: skip
        notice._attach_proofs(scan)
        self.assertKept(notice.proof_ids.sudo(), self.agency_manager)
        scan.write({"name": "mine.pdf"})
        scan.unlink()

    def test_no_file_is_put_beside_what_was_filed(self):
        """Odoo would show the one or the other."""
        paper = self.paper()
        files = self.env["ir.attachment"].with_user(self.agency_manager)
        where = {"res_model": paper._name, "res_id": paper.id, "res_field": "file"}
        with self.assertRaisesRegex(UserError, "in a field"):
            files.create({"name": "f.pdf", "raw": FORGED, **where})
        defaults = {f"default_{name}": value for name, value in where.items()}
        with self.assertRaisesRegex(UserError, "in a field"):
            files.with_context(**defaults).create({"name": "f.pdf", "raw": FORGED})
        loose = files.create({"name": "f.pdf", "raw": FORGED})
        with self.assertRaisesRegex(UserError, "in a field"):
            loose.write(where)
        self.assertEqual(base64.b64decode(paper.file), self.files(paper, "file").raw)

    def test_a_record_goes_with_its_files_where_its_act_says_so(self):
        draft = self.receipt(10.0)
        file = self.env["ir.attachment"].sudo().create(
            {"name": "f", "raw": b"f", "res_model": draft._name, "res_id": draft.id}
        )  # fmt: skip
        draft.unlink()
        self.assertFalse(file.exists())

    def test_history_is_not_deleted_as_if_the_module_were_uninstalled(self):
        receipt = self.receive(50.0)
        forged = receipt.with_user(self.agency_manager)
        with self.assertRaisesRegex(UserError, "part of the history"):
            forged.with_context(_force_unlink=True).unlink()

    # --- ordinary files -------------------------------------------------------------

    def ordinary(self, count):
        partner = self.mirror.partner_id
        return self.env["ir.attachment"].with_user(self.agency_manager).create(
            [
                {
                    "name": f"{rank}.txt",
                    "raw": b"text",
                    "res_model": partner._name,
                    "res_id": partner.id,
                }
                for rank in range(count)
            ]
        )  # fmt: skip

    def queries(self, work, guarded):
        """Queries of ``work(files)`` on ten files of a contact, with or without us."""
        files = self.ordinary(10)
        model = type(files)
        off = patch.object(model, "_recouv_check_evidence", lambda *_args: None)
        self.env.flush_all()
        self.env.invalidate_all()
        if not guarded:
            off.start()
        before = self.env.cr.sql_log_count
        work(files)
        self.env.flush_all()
        count = self.env.cr.sql_log_count - before
        if not guarded:
            off.stop()
        return count

    def test_an_ordinary_file_costs_no_query(self):
        def rename(files):
            files.write({"name": "other.txt"})

        def rewrite(files):
            files.write({"raw": b"other"})

        def delete(files):
            files.unlink()

        for work in (rename, rewrite, delete):
            self.queries(work, guarded=True)  # what is read once is read
            with self.subTest(work.__name__):
                with_us = self.queries(work, guarded=True)
                self.assertLessEqual(with_us, self.queries(work, guarded=False))


@tagged("post_install", "-at_install")
class TestEvidenceFilesAreNamed(TransactionCase):
    def test_every_link_to_a_file_is_kept_or_somebodys_work(self):
        """A new link is registered (``_evidence_files``), or said here to be none."""
        for name, model in self.env.items():
            if not name.startswith("recouv.") or model._abstract or model._transient:
                continue
            for field in model._fields.values():
                if field.comodel_name != "ir.attachment" or not field.store:
                    continue
                kept = model._evidence_files
                with self.subTest(model=name, field=field.name):
                    self.assertTrue(
                        kept is True
                        or field.name in kept
                        or (name, field.name) in WORKING
                    )

    def test_what_is_registered_is_a_link_to_files(self):
        for name, model in self.env.items():
            kept = model._evidence_files
            for field in () if kept is True else kept:
                with self.subTest(model=name, field=field):
                    self.assertEqual(model._fields[field].comodel_name, "ir.attachment")
