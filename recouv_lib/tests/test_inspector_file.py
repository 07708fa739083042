import base64
import io
import zipfile
from datetime import date, timedelta

import openpyxl

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .mandate_common import PDF, MandateCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInspectorFile(MandateCommon):
    """What the public prosecutor may ask for, as of any day (B14)."""

    certificate = "1-profile/Professional liability insurance RC-2026 certificate.pdf"

    def export(self, day=TODAY, user=None):
        wizard = self.env["recouv.inspector.file"].with_user(user or self.director)
        dialog = wizard.create({"date": day})
        content = dialog.with_company(dialog.company_id)._archive()
        archive = zipfile.ZipFile(io.BytesIO(content))
        return {name: archive.read(name) for name in archive.namelist()}

    def rows(self, content):
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        return [list(row) for row in sheet.iter_rows(values_only=True)]

    def test_one_archive_has_all_sections(self):
        mandate = self.make_signed()
        files = self.export()
        self.assertEqual(
            sorted(name.split("/")[0] for name in files),
            ["1-profile"] * 3
            + ["2-mandates"] * 2
            + ["3-dedicated-account"] * 2
            + ["4-receipts"]
            + ["5-remittances"] * 2,
        )
        self.assertTrue(files["1-profile/profile.pdf"].startswith(b"%PDF"))
        self.assertEqual(files[self.certificate], b"%PDF-1.4 certificate")
        rows = self.rows(files["2-mandates/mandates.xlsx"])
        self.assertEqual(rows[1][:2], [mandate.name, self.company.name])
        self.assertIn(PDF, files.values())

    def test_papers_of_the_same_name_are_both_there(self):
        files = self.export()
        self.assertEqual(len([n for n in files if n.startswith("1-profile/")]), 3)

    def test_it_shows_the_mandates_of_that_day(self):
        mandate = self.make_signed(valid_from=date(2026, 6, 15))
        mandate.with_user(self.manager)._revoke(
            TODAY + timedelta(days=30), "Other agency"
        )
        with freeze_time("2026-09-01"):
            mandate._cron_end()
            for day, count in (
                (date(2026, 6, 14), 0),
                (TODAY, 1),
                (date(2026, 7, 14), 1),
                (date(2026, 7, 15), 0),
            ):
                files = self.export(day)
                rows = self.rows(files["2-mandates/mandates.xlsx"])
                with self.subTest(day=day):
                    self.assertEqual(len(rows) - 1, count)

    def test_the_dedicated_account_is_explained_to_the_cent(self):
        journal = self.profile.journal_id
        principals = self.env["account.account"].search(
            [("company_ids", "in", self.agency.ids),
             ("account_type", "=", "liability_current")], limit=1
        )  # fmt: skip
        for day, amount in ((date(2026, 6, 1), 100), (date(2026, 6, 20), 40)):
            self.env["account.move"].create(
                {
                    "journal_id": journal.id,
                    "date": day,
                    "line_ids": [
                        Command.create(
                            {"account_id": journal.default_account_id.id,
                             "debit": amount}
                        ),
                        Command.create(
                            {"account_id": principals.id, "credit": amount}
                        ),
                    ],
                }
            ).action_post()  # fmt: skip
        rows = self.rows(self.export()["3-dedicated-account/account.xlsx"])
        self.assertEqual(rows[1][1], 100)
        self.assertEqual(rows[3], ["Difference to explain", 100])
        later = self.export(date(2026, 6, 30))
        rows = self.rows(later["3-dedicated-account/account.xlsx"])
        self.assertEqual(rows[1][1], 140)

    def test_the_last_bank_statement_stands_beside_the_books(self):
        journal = self.profile.journal_id
        self.env["account.bank.statement"].create(
            {
                "name": "June",
                "balance_start": 0,
                "balance_end_real": 80,
                "line_ids": [
                    Command.create(
                        {"journal_id": journal.id, "date": date(2026, 6, 10),
                         "payment_ref": "Transfer", "amount": 80}
                    )
                ],
            }
        )  # fmt: skip
        rows = self.rows(self.export()["3-dedicated-account/account.xlsx"])
        self.assertEqual([row[1] for row in rows[1:4]], [80, 80, 0])
        self.assertIn("June", rows[2][0])
        self.assertEqual(len(rows), 6)

    def test_an_agency_out_of_order_still_exports_and_says_so(self):
        self.profile.paper_ids.undo("Wrong company")
        files = self.export()
        self.assertEqual([n for n in files if n.startswith("1-")],
                         ["1-profile/profile.pdf"])  # fmt: skip

    def test_file_names_carry_no_path(self):
        self.profile.paper_ids.undo("Wrong")
        self.make_paper(self.profile, file_name="../../etc/passwd")
        names = [name for name in self.export() if "passwd" in name]
        self.assertEqual(len(names), 1)
        self.assertEqual(names[0].count("/"), 1)
        self.assertNotIn("../", names[0])

    def test_a_copied_file_of_another_company_is_not_in_it(self):
        mandate = self.make_signed()
        files = self.export()
        conventions = [n for n in files if n.endswith(".pdf") and "2-" in n]
        self.assertEqual(len(conventions), 1)
        self.assertEqual(base64.b64decode(mandate.with_user(self.director)
                                          .document_ids.file), PDF)  # fmt: skip

    def test_only_a_manager_of_an_agency_exports(self):
        for user in (self.agent, self.secretary):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.export(user=user)
        with self.assertRaisesRegex(UserError, "no collection agency"):
            self.export(user=self.manager)
        wizard = self.env["recouv.inspector.file"].with_user(self.manager)
        theirs = wizard.create({"company_id": self.agency.id})
        with self.assertRaises(UserError):
            theirs.action_download()
