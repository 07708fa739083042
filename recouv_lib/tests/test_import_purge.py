from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .import_common import PATIENTS, ImportCommon

LATER = date(2026, 10, 1)


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestImportPurge(ImportCommon):
    """An imported file is erased when nobody asks about it any more."""

    def file_of(self, job):
        """The attachments that hold what the practice's software knew."""
        return self.env["ir.attachment"].search(
            [
                ("res_model", "=", "recouv.import"),
                ("res_id", "=", job.id),
                "|",
                ("res_field", "=", False),
                ("res_field", "!=", False),
            ]
        )

    def imported_long_ago(self, rows=None):
        """An import of 15 June, its write date too (a test's clock stands still)."""
        job = self.run_file(rows or PATIENTS)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE recouv_import SET write_date = '2026-06-15' WHERE id = %s",
            [job.id],
        )
        job.invalidate_recordset()
        return job

    def purge(self, day=LATER):
        with freeze_time(day):
            purges = self.env["recouv.purge"].with_user(self.manager)
            return purges._run(self.company)

    def test_file_and_wrong_rows_go_counts_and_records_stay(self):
        wrong = [*PATIENTS, ["12", "Autre", "", "", "", "", "", ""]]
        job = self.imported_long_ago(wrong)
        job.action_download_errors()
        self.assertEqual(len(self.file_of(job)), 2)
        done = self.purge()
        self.assertEqual(done.import_count, 1)
        self.assertFalse(self.file_of(job))
        self.assertFalse(job.error_ids or job.reading)
        self.assertEqual(job.file_purged_on, LATER)
        self.assertEqual(self.counts(job), (2, 0, 0, 1))
        self.assertTrue(self.imported("patients", "12"))

    def test_the_same_file_still_changes_nothing(self):
        self.imported_long_ago()
        self.purge()
        self.assertEqual(self.counts(self.run_file(PATIENTS)), (0, 0, 2, 0))

    def test_a_file_erased_is_not_read_again(self):
        job = self.imported_long_ago()
        self.purge()
        with self.assertRaisesRegex(UserError, "upload it again"):
            job.action_read()

    def test_a_file_imported_lately_stays(self):
        job = self.imported_long_ago()
        self.assertEqual(self.purge(date(2026, 9, 1)).import_count, 0)
        self.assertTrue(self.file_of(job))

    def test_a_file_at_work_stays(self):
        job = self.imported_long_ago()
        job._record({"state": "running"})
        self.env.flush_all()
        self.env.cr.execute("UPDATE recouv_import SET write_date = '2026-06-15'")
        self.assertEqual(self.purge().import_count, 0)
        self.assertTrue(self.file_of(job))

    def test_a_file_that_was_never_imported_goes_too(self):
        job = self.make_import(PATIENTS)
        self.env.flush_all()
        self.env.cr.execute("UPDATE recouv_import SET write_date = '2026-06-15'")
        self.assertEqual(self.purge().import_count, 1)
        self.assertFalse(self.file_of(job))

    def test_another_practices_file_stays(self):
        job = self.imported_long_ago()
        other = self.setup_other_company()["company"]
        with freeze_time(LATER):
            self.env["recouv.purge"].sudo()._run(other)
        self.assertTrue(self.file_of(job))

    def test_the_dry_run_tells_the_files(self):
        job = self.imported_long_ago()
        with freeze_time(LATER):
            wizard = self.env["recouv.purge.wizard"].with_user(self.manager).create({})
            self.assertEqual((wizard.claim_count, wizard.import_count), (0, 1))
            self.assertTrue(self.file_of(job))
            wizard.is_understood = True
            wizard.action_purge()
        self.assertFalse(self.file_of(job))

    def test_a_missing_delay_is_an_error_never_a_guess(self):
        parameters = self.env["recouv.legal.parameter"]
        parameters.search([("code", "=", "retention_import_files")]).unlink()
        with self.assertRaisesRegex(UserError, "retention_import_files"):
            self.purge()
