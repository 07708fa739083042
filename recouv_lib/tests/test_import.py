import base64
import csv
import io
import tracemalloc
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from ..models import recouv_import
from .common import TODAY
from .import_common import INVOICES, PATIENTS, ImportCommon
from .table_samples import csv_bytes, xlsx_bytes

LOGGER = "odoo.addons.recouv_lib.models.recouv_import"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestImport(ImportCommon):
    """Patients, and what all kinds of files have in common."""

    # --- patients -----------------------------------------------------------------

    def test_patients_become_contacts_of_the_company(self):
        job = self.run_file(PATIENTS)
        self.assertEqual((job.state, job.kind), ("done", "patients"))
        self.assertEqual(self.counts(job), (2, 0, 0, 0))
        patient = self.imported("patients", "12")
        self.assertEqual(patient.name, "Anaïs Lefèvre")
        self.assertEqual((patient.company_id, patient.ref), (self.company, "12"))
        self.assertEqual((patient.zip, patient.phone), ("35000", "0612345678"))
        self.assertEqual(patient.country_id, self.company.country_id)
        self.assertEqual(patient.recouv_debtor_kind, "patient")

    def test_reading_a_file_writes_no_patient(self):
        before = self.env["res.partner"].search_count([])
        job = self.read_file(PATIENTS)
        self.assertEqual(job.state, "previewed")
        self.assertEqual((job.row_total, *self.counts(job)), (2, 2, 0, 0, 0))
        self.assertEqual(self.env["res.partner"].search_count([]), before)
        self.assertIn("Lefèvre", job.preview)

    def test_the_same_file_twice_changes_nothing(self):
        self.run_file(PATIENTS)
        stamp = self.imported("patients", "12").write_date
        partners = self.env["res.partner"].search_count([])
        with freeze_time("2026-06-20"):
            again = self.run_file(PATIENTS)
        self.assertEqual(self.counts(again), (0, 0, 2, 0))
        self.assertEqual(self.env["res.partner"].search_count([]), partners)
        self.assertEqual(self.imported("patients", "12").write_date, stamp)

    def test_an_overlapping_file_brings_what_is_new_and_updates_what_changed(self):
        self.run_file(PATIENTS)
        moved = [*PATIENTS[2]]
        moved[3] = "9 quai C"
        job = self.run_file(
            [*PATIENTS[:2], moved, ["14", "Petit", "Ivo", "", "", "", "", ""]]
        )
        self.assertEqual(self.counts(job), (1, 1, 1, 0))
        self.assertEqual(self.imported("patients", "13").street, "9 quai C")

    def test_an_update_leaves_alone_what_the_file_does_not_say(self):
        self.run_file(PATIENTS)
        patient = self.imported("patients", "13")
        patient.write({"phone": "0200000000", "recouv_debtor_kind": "insurer"})
        self.run_file([PATIENTS[0], ["13", "Noël", "Zoé", "x", "35190", "B", "", ""]])
        self.assertEqual((patient.street, patient.phone), ("x", "0200000000"))
        self.assertEqual(patient.recouv_debtor_kind, "insurer")

    def test_a_number_twice_in_a_file_is_told_and_the_first_counts(self):
        job = self.run_file([*PATIENTS, ["12", "Autre", "", "", "", "", "", ""]])
        self.assertEqual(self.counts(job), (2, 0, 0, 1))
        self.assertEqual(job.error_ids.row_number, 4)
        self.assertIn("The number 12 stands in this file before", self.messages(job))
        self.assertEqual(self.imported("patients", "12").name, "Anaïs Lefèvre")

    def test_patients_without_numbers_are_known_by_name_birth_and_postcode(self):
        rows = [["Nom", "Prénom", "Date de naissance", "CP"]]
        rows += [["Durand", "Léo", "25/04/2012", "35000"]]
        self.assertEqual(self.counts(self.run_file(rows)), (1, 0, 0, 0))
        rows[1][0] = "DURAND"
        partners = self.env["res.partner"].search_count([])
        self.run_file(rows)
        self.assertEqual(self.env["res.partner"].search_count([]), partners)

    def test_a_contact_that_has_the_number_is_taken_over(self):
        there = self.make_patient("A. Lefevre", ref="12", company_id=self.company.id)
        job = self.run_file(PATIENTS)
        self.assertEqual(self.counts(job), (1, 1, 0, 0))
        self.assertEqual(self.imported("patients", "12"), there)
        self.assertEqual(there.name, "Anaïs Lefèvre")

    def test_words_of_countries_languages_and_kinds_are_understood(self):
        rows = [["N° patient", "Nom", "Pays", "Langue", "Type"]]
        rows += [["1", "A", "CH", "en", "Mutuelle"], ["2", "B", "Atlantide", "kl", "x"]]
        job = self.run_file(rows, {"lang": "en_US"})
        fund, other = (self.imported("patients", number) for number in "12")
        self.assertEqual(fund.country_id.code, "CH")
        self.assertEqual((fund.lang, fund.recouv_debtor_kind), ("en_US", "payer"))
        self.assertEqual(other.country_id, self.company.country_id)
        self.assertEqual((job.count_error, job.count_warning), (0, 1))
        self.assertIn("Atlantide", self.messages(job))

    def test_merged_patients_keep_their_numbers(self):
        self.run_file(PATIENTS)
        kept, gone = (self.imported("patients", number) for number in ("12", "13"))
        self.env["base.partner.merge.automatic.wizard"].sudo()._merge(
            [kept.id, gone.id], kept
        )
        self.env.invalidate_all()
        self.assertEqual(self.imported("patients", "13"), kept)
        self.assertEqual(self.counts(self.read_file(PATIENTS)), (0, 0, 2, 0))

    # --- files --------------------------------------------------------------------

    def test_a_workbook_and_wrong_encodings_are_read_alike(self):
        for data in (
            xlsx_bytes(PATIENTS), csv_bytes(PATIENTS, "cp1252"),
            csv_bytes(PATIENTS, "utf-16"), csv_bytes(PATIENTS, "mac_roman"),
        ):  # fmt: skip
            job = self.read_file(data)
            self.assertEqual(self.counts(job), (2, 0, 0, 0))
            self.assertIn("Bécherel", job.preview)

    def test_a_file_beyond_the_limit_is_refused_politely(self):
        self.company.recouv_import_max_mb = 1
        job = self.make_import(b"Nom;Ville\n" + b"x;y\n" * 300_000)
        with self.assertRaisesRegex(
            UserError, "larger than 1 MB. Export it in several"
        ):
            job.action_read()
        self.assertEqual(job.state, "draft")

    def test_a_file_that_is_no_table_says_so(self):
        with self.assertRaisesRegex(UserError, "no table"):
            self.make_import(b"%PDF-1.7 x").action_read()
        with self.assertRaisesRegex(UserError, "headers do not tell"):
            self.make_import([["foo", "bar"], ["1", "2"]]).action_read()

    def test_a_mapping_is_recognised_again_by_its_headers(self):
        first = self.read_file(PATIENTS)
        turned = [row[::-1] for row in PATIENTS]
        again = self.read_file(turned)
        self.assertEqual(again.mapping_id, first.mapping_id)
        self.assertEqual(self.counts(again), (2, 0, 0, 0))
        other = self.read_file(INVOICES)
        self.assertNotEqual(other.mapping_id, first.mapping_id)

    def test_an_unmapped_column_keeps_the_import_from_starting(self):
        job = self.read_file([["Quoi", "N° patient", "Ville"], ["A", "1", "Rennes"]])
        self.assertIn("Say which column is: Name", job.gaps)
        with self.assertRaisesRegex(UserError, "Say which column is"):
            job.action_start()
        job.mapping_id.column_ids.filtered(lambda c: c.header == "Quoi").field = "name"
        job.action_read()
        self.assertFalse(job.gaps)
        self.assertEqual(self.counts(job), (1, 0, 0, 0))

    def test_a_field_is_read_from_one_column_only(self):
        mapping = self.read_file(PATIENTS).mapping_id
        with self.assertRaisesRegex(ValidationError, "one column at most"):
            mapping.column_ids.field = "name"
        with self.assertRaisesRegex(ValidationError, "one column at most"):
            mapping.column_ids[0].field = "due_date"

    def test_dates_that_could_be_both_are_asked_for(self):
        rows = [["N° patient", "Nom", "Date de naissance"], ["1", "A", "03/04/1990"]]
        job = self.read_file(rows)
        self.assertIn("Date de naissance", job.gaps)
        self.assertEqual(job.count_error, 1)
        job.mapping_id.date_order = "dmy"
        job.action_read()
        self.assertFalse(job.gaps)
        self.assertEqual(self.counts(job), (1, 0, 0, 0))

    def test_a_french_file_whose_other_dates_begin_with_the_day_is_not_asked_for(self):
        self.run_file(PATIENTS)
        rows = [INVOICES[0], ["F9", "12", "03/04/2026", "10,00", "25/04/2026"]]
        job = self.read_file(rows)
        self.assertNotIn("Date facture", job.gaps or "")
        self.assertEqual(job.reading["orders"], {"date": "dmy", "due_date": "dmy"})
        self.company.account_fiscal_country_id = self.env.ref("base.us")
        job.action_read()
        self.assertIn("Date facture", job.gaps)

    def test_the_rows_not_imported_are_corrected_and_imported(self):
        job = self.run_file(
            [*PATIENTS, ["14", "", "=cmd", "", "", "", "", ""], ["", "Sans", *[""] * 6]]
        )
        self.assertEqual(job.count_error, 1)
        job.action_download_errors()
        [header, row] = csv.reader(io.StringIO(job._errors_csv()), delimiter=";")
        self.assertEqual(header[:3], ["N° patient", "Nom", "Prénom"])
        self.assertEqual((row[2], row[-2]), ("'=cmd", "4"))
        row[1] = "Petit"
        again = self.run_file([header, row], mapping_id=job.mapping_id.id)
        self.assertEqual(self.counts(again), (1, 0, 0, 0))

    def test_a_broken_line_costs_its_row_only(self):
        data = csv_bytes(PATIENTS) + b'\r\n14;"Petit;x\r\n15;Grand;y\r\n'
        job = self.run_file(data)
        self.assertEqual(self.counts(job), (3, 0, 0, 1))
        self.assertIn("a quote is open", self.messages(job))

    def test_a_file_ten_times_as_long_takes_no_ten_times_the_memory(self):
        """What grows with the file is a short digest of each number."""

        def peak(count):
            job = self.make_import(self.rows_of(count))
            self.env.flush_all()
            self.env.invalidate_all()
            tracemalloc.start()
            try:
                job.action_read()
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

        peak(400)  # what is loaded once is not this file's
        with patch.object(recouv_import, "DRY_BATCH", 200):
            short, long = peak(400), peak(4000)
        self.assertLess(long - short, 3600 * 300)

    # --- resuming -----------------------------------------------------------------

    def rows_of(self, count):
        return [
            ["N° patient", "Nom"],
            *([str(n), f"P{n}"] for n in range(1, count + 1)),
        ]

    def break_second_batch(self):
        """Let the second batch raise, as a kill in the middle would."""
        original, calls = type(self.env["recouv.import"])._import_items, []

        def broken(job, items):
            calls.append(items)
            if len(calls) == 2:
                raise RuntimeError("the server went down")
            return original(job, items)

        return patch.object(type(self.env["recouv.import"]), "_import_items", broken)

    def test_a_kill_in_the_middle_goes_on_behind_the_last_batch(self):
        job = self.read_file(self.rows_of(25))
        job.action_start()
        sizes = patch.dict(recouv_import.BATCH, {"patients": 10})
        with sizes, self.break_second_batch(), mute_logger(LOGGER):
            self.assertEqual(list(job._run_batches()), [10])
        self.assertEqual((job.state, job.row_done), ("failed", 10))
        self.assertEqual(job.failure_message, "the server went down")
        self.assertTrue(self.imported("patients", "10"))
        self.assertFalse(self.imported("patients", "11"))
        job.action_resume()
        with sizes:
            self.assertEqual(list(job._run_batches()), [10, 5])
        self.assertEqual((job.state, self.counts(job)), ("done", (25, 0, 0, 0)))
        self.assertEqual(job.progress, 100)

    def test_after_a_kill_a_number_of_the_first_half_is_still_a_duplicate(self):
        rows = [*self.rows_of(15), ["3", "Encore"]]
        job = self.read_file(rows)
        job.action_start()
        sizes = patch.dict(recouv_import.BATCH, {"patients": 10})
        with sizes, self.break_second_batch(), mute_logger(LOGGER):
            list(job._run_batches())
        job.action_resume()
        with sizes:
            list(job._run_batches())
        self.assertEqual(self.counts(job), (15, 0, 0, 1))

    def test_an_import_stopped_by_hand_ends_after_its_batch(self):
        job = self.read_file(self.rows_of(25))
        job.action_start()
        with patch.dict(recouv_import.BATCH, {"patients": 10}):
            batches = job._run_batches()
            self.assertEqual(next(batches), 10)
            job.action_stop()
            self.assertEqual(list(batches), [])
        self.assertEqual((job.state, job.row_done), ("failed", 10))

    def test_the_cron_imports_as_the_manager_who_started_it(self):
        job = self.read_file(PATIENTS)
        job.action_start()
        self.assertEqual(job.state, "running")
        cron = self.env.ref("recouv_lib.ir_cron_import")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((job.state, job.count_created), ("done", 2))
        key = self.env["recouv.import.key"].search(
            [("import_id", "=", job.id)], limit=1
        )
        self.assertEqual(key.partner_id.create_uid, self.manager)

    def test_one_bad_row_does_not_stop_its_batch(self):
        Partner = type(self.env["res.partner"])
        original = Partner.create

        def picky(partners, vals_list):
            if any(vals.get("name") == "P3" for vals in vals_list):
                reason = "P3 is not welcome"
                raise ValidationError(reason)
            return original(partners, vals_list)

        with patch.object(Partner, "create", picky):
            job = self.run_file(self.rows_of(5))
        self.assertEqual(self.counts(job), (4, 0, 0, 1))
        self.assertIn("P3 is not welcome", self.messages(job))

    # --- who may ------------------------------------------------------------------

    def test_a_secretary_may_not_import(self):
        with self.assertRaises(AccessError):
            self.make_import(PATIENTS, user=self.secretary)
        job = self.read_file(PATIENTS)
        seen = job.with_user(self.secretary)
        self.assertEqual(seen.name, "export.csv")
        for act in ("action_read", "action_start", "action_download_errors"):
            with self.assertRaises(AccessError):
                getattr(seen, act)()
        with self.assertRaises(AccessError):
            seen.read(["file"])
        with self.assertRaises(AccessError):
            seen.error_ids.read(["cells"])

    def test_another_company_shares_neither_numbers_nor_mappings(self):
        self.run_file(PATIENTS)
        other = self.setup_other_company(name="Other practice")["company"]
        manager = self.make_manager("other_manager", other)
        job = self.make_import(PATIENTS, user=manager, company_id=other.id)
        job.action_read()
        self.assertEqual(self.counts(job), (2, 0, 0, 0))
        self.assertEqual(job.mapping_id.company_id, other)
        job.action_start()
        list(job._run_batches())
        partners = self.env["res.partner"].search([("ref", "=", "12")])
        self.assertEqual(partners.company_id, self.company | other)
        mine = self.env["recouv.import"].with_user(self.manager)
        self.assertFalse(mine.search([("id", "=", job.id)]))

    def test_an_import_of_a_company_one_does_not_look_at_is_refused(self):
        other = self.setup_other_company(name="Other practice")["company"]
        job = self.make_import(PATIENTS)
        self.manager.company_ids = [Command.link(other.id)]
        elsewhere = job.with_context(allowed_company_ids=other.ids)
        with self.assertRaises(AccessError):
            elsewhere.action_read()

    # --- screens ------------------------------------------------------------------

    def test_a_manager_fills_in_the_form(self):
        Import = self.env["recouv.import"].with_user(self.manager)
        # the browser fills in the name of the file
        with Form(Import.with_context(default_name="patients.csv")) as form:
            form.file = base64.b64encode(csv_bytes(PATIENTS))
        job = form.save()
        job.action_read()
        with Form(job) as form, form.column_ids.edit(0) as line:
            line.field = False
        self.assertNotIn("number", job.mapping_id._columns())
        self.assertEqual(
            job.action_open_errors()["domain"], [("import_id", "in", job.ids)]
        )

    def test_the_preview_shows_markup_as_text(self):
        rows = [["N° patient", "Nom"], ["1", "<script>alert(1)</script>"]]
        job = self.read_file(rows)
        self.assertIn("&lt;script&gt;", job.preview)
        self.assertNotIn("<script>", job.preview)
