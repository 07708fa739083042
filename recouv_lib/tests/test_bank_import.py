import base64
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tests import Form, freeze_time, tagged

from ..lib.camt import read_camt
from . import bank_samples as samples
from .bank_common import BankCommon
from .bank_samples import Entry, Tx
from .common import TODAY


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestBankImport(BankCommon):
    def lines(self, journal=None):
        return self.env["account.bank.statement.line"].search(
            [("journal_id", "=", (journal or self.bank).id)], order="id"
        )

    # --- what is taken in ----------------------------------------------------------

    def test_a_secretary_imports_a_statement(self):
        record = self.import_camt(
            Entry("60.00", ref="A1", txs=[Tx(name="DUPONT", text="Merci")]),
            Entry("10.00", ref="A2", credit=False, info="FRAIS"),
            opening="5.00",
        )
        lines = self.lines()
        self.assertEqual(record.count_new, 2)
        self.assertEqual(lines.mapped("amount"), [60.0, -10.0])
        self.assertEqual(lines.mapped("payment_ref"), ["Merci", "FRAIS"])
        self.assertEqual(lines[0].partner_name, "DUPONT")
        self.assertEqual(lines.statement_id.balance_start, 5.0)
        self.assertEqual(lines.statement_id.balance_end_real, 55.0)
        self.assertTrue(lines.statement_id.is_complete)
        self.assertFalse(record.warnings)
        self.assertEqual(set(lines.mapped("state")), {"posted"})

    def test_the_file_is_kept_as_it_came(self):
        data = self.camt(Entry("60.00", ref="A1"))
        record = self.import_data(data, "june.xml")
        self.assertEqual(base64.b64decode(record.file), data)
        self.assertEqual(record.name, "june.xml")
        self.assertEqual(record.create_uid, self.secretary)

    def test_version_08_is_read_as_version_02(self):
        for version in ("02", "04", "08"):
            ref = f"V{version}"
            tx = Tx(amount="60.00", name="DUPONT", iban=samples.PAYER_IBAN, text=ref)
            self.import_camt(Entry("60.00", ref=ref, txs=[tx]), version=version)
        lines = self.lines()
        self.assertEqual(lines.mapped("payment_ref"), ["V02", "V04", "V08"])
        self.assertEqual(set(lines.mapped("partner_name")), {"DUPONT"})
        self.assertEqual(set(lines.mapped("account_number")), {samples.PAYER_IBAN})

    def test_a_batch_becomes_one_line_per_payer(self):
        self.import_camt(
            Entry(
                "60.00",
                ref="B1",
                txs=[Tx(amount="25.00", text="one"), Tx(amount="35.00", text="two")],
            )
        )
        self.assertEqual(self.lines().mapped("amount"), [25.0, 35.0])

    def test_what_is_not_booked_yet_waits_for_the_next_file(self):
        record = self.import_camt(
            Entry("60.00", ref="A1"), Entry("10.00", ref="A2", status="PDNG")
        )
        self.assertEqual((record.count_new, record.count_not_booked), (1, 1))

    def test_a_known_account_names_the_payer(self):
        self.env["res.partner.bank"].create(
            {"acc_number": samples.PAYER_IBAN, "partner_id": self.patient.id}
        )
        line = self.import_one(60, iban=samples.PAYER_IBAN)
        self.assertEqual(line.partner_id, self.patient)

    def test_details_in_another_currency_are_kept(self):
        other = self.setup_other_currency("CHF")
        line = self.import_one(60, instructed="90.00", instructed_currency="CHF")
        self.assertEqual(line.foreign_currency_id, other)
        self.assertEqual(line.amount_currency, 90.0)

    # --- nothing twice -------------------------------------------------------------

    def test_the_same_file_twice_adds_nothing(self):
        data = self.camt(Entry("60.00", ref="A1"), Entry("60.00", ref="A2"))
        self.import_data(data)
        again = self.import_data(data)
        self.assertEqual((again.count_new, again.count_known), (0, 2))
        self.assertEqual(len(self.lines()), 2)

    def test_files_that_overlap_add_what_is_new(self):
        self.import_camt(Entry("60.00", ref="A1"), Entry("10.00", ref="A2"))
        record = self.import_camt(Entry("10.00", ref="A2"), Entry("5.00", ref="A3"))
        self.assertEqual((record.count_new, record.count_known), (1, 1))
        self.assertEqual(self.lines().mapped("amount"), [60.0, 10.0, 5.0])

    def test_two_equal_deposits_of_one_day_are_both_kept(self):
        entries = [Entry("50.00", info="DEPOT"), Entry("50.00", info="DEPOT")]
        record = self.import_camt(*entries)
        self.assertEqual(record.count_new, 2)
        again = self.import_camt(*entries, identifier="ST-2")
        self.assertEqual((again.count_new, again.count_known), (0, 2))

    def test_a_batch_that_comes_again_with_its_details_is_not_doubled(self):
        self.import_camt(Entry("60.00", ref="B1"))
        again = self.import_camt(
            Entry("60.00", ref="B1", txs=[Tx(amount="25.00"), Tx(amount="35.00")])
        )
        self.assertEqual(again.count_new, 0)
        self.assertEqual(len(self.lines()), 1)

    def test_the_same_reference_on_another_day_is_another_movement(self):
        self.import_camt(Entry("60.00", ref="0001", day="2026-06-10"))
        self.import_camt(Entry("60.00", ref="0001", day="2026-06-11"))
        self.assertEqual(len(self.lines()), 2)

    def test_the_database_refuses_a_movement_twice(self):
        line = self.import_one(60)
        with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            line.copy({"recouv_bank_reference": line.recouv_bank_reference})
            self.env.flush_all()

    def test_two_people_at_once_double_nothing(self):
        """What the second one does not see yet is found by the database; the request
        is then run again by the server, and sees it."""
        data = self.camt(Entry("60.00", ref="A1"))
        self.import_data(data)
        Import = type(self.env["recouv.bank.import"])
        blind = patch.object(Import, "_fresh", lambda _self, st, _j: st.movements)
        with blind, self.assertRaises(ConcurrencyError), self.env.cr.savepoint():
            self.import_data(data)
        self.assertEqual(len(self.lines()), 1)

    # --- which account -------------------------------------------------------------

    def test_an_unknown_account_is_named(self):
        self.bank.bank_account_id = False
        with self.assertRaisesRegex(UserError, samples.IBAN):
            self.import_camt(Entry("60.00"))
        self.assertFalse(self.lines())

    def test_an_account_on_two_journals_is_refused(self):
        self.bank.copy(
            {"code": "BNKX", "bank_account_id": self.bank.bank_account_id.id}
        )
        with self.assertRaisesRegex(UserError, "Several bank journals"):
            self.import_camt(Entry("60.00"))

    def test_the_account_of_another_company_is_not_found(self):
        other = self.setup_other_company(name="Other practice")
        journal = other["default_journal_bank"]
        self.bank.bank_account_id = False
        journal.bank_account_id = self.env["res.partner.bank"].create(
            {"acc_number": samples.IBAN, "partner_id": other["company"].partner_id.id}
        )
        with self.assertRaisesRegex(UserError, "No bank journal"):
            self.import_camt(Entry("60.00"))
        self.assertFalse(self.lines(journal))

    def test_a_file_in_another_currency_is_refused(self):
        with self.assertRaisesRegex(UserError, "JPY"):
            self.import_camt(Entry("60.00"), currency="JPY")

    def test_statements_of_two_companies_are_not_mixed(self):
        other = self.setup_other_company(name="Other practice")
        iban = samples.PAYER_IBAN
        other["default_journal_bank"].bank_account_id = self.env[
            "res.partner.bank"
        ].create({"acc_number": iban, "partner_id": other["company"].partner_id.id})
        both = (self.company | other["company"]).ids
        entry = Entry("60.00", currency=self.currency)
        data = samples.document(
            samples.statement([entry], currency=self.currency),
            samples.statement([entry], currency=self.currency, iban=iban),
        )
        Import = self.env["recouv.bank.import"].with_context(allowed_company_ids=both)
        with self.assertRaisesRegex(UserError, "several companies"):
            Import._import_file(data, "bank.xml")

    # --- what is wrong is said ------------------------------------------------------

    def test_balances_that_do_not_agree_are_told(self):
        record = self.import_camt(Entry("60.00"), opening="0.00", closing="70.00")
        self.assertIn("10.00", record.warnings)

    def test_a_missing_statement_is_told(self):
        self.import_camt(Entry("60.00", ref="A1", day="2026-06-09"))
        record = self.import_camt(
            Entry("5.00", ref="A2"), opening="100.00", identifier="ST-3"
        )
        self.assertTrue(record.warnings)

    def test_a_damaged_file_is_refused_whole(self):
        data = self.camt(Entry("60.00", ref="A1"), Entry("10.00", ref="A2"))
        for cut in (0, 10, len(data) // 2, len(data) - 5):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self.import_data(data[:cut])
        self.assertFalse(self.lines())

    def test_who_does_not_follow_up_does_not_import(self):
        nobody = self.env["res.users"].create(
            {
                "name": "Nobody",
                "login": "nobody",
                "company_id": self.company.id,
                "company_ids": [(6, 0, self.company.ids)],
            }
        )
        nobody.group_ids = self.env.ref("base.group_user")
        with self.assertRaises(AccessError):
            self.import_camt(Entry("60.00"), user=nobody)

    # --- CSV ------------------------------------------------------------------------

    CSV = (
        "Date;Libellé;Débit;Crédit\n"
        "10/06/2026;VIR DUPONT;;60,00\n"
        "11/06/2026;FRAIS;-3,10;\n"
    )

    def mapping(self, **values):
        return (
            self.env["recouv.bank.mapping"]
            .with_user(self.secretary)
            .create(
                {
                    "name": "My bank",
                    "journal_id": self.bank.id,
                    "column_date": "Date",
                    "column_label": "Libellé",
                    "column_debit": "Débit",
                    "column_credit": "Crédit",
                    **values,
                }
            )
        )

    def import_csv(self, text, mapping=None, encoding="utf-8"):
        return self.import_data(
            text.encode(encoding),
            "bank.csv",
            journal=self.bank,
            mapping=mapping or self.mapping(),
        )

    def test_a_csv_file_is_read_by_its_mapping(self):
        record = self.import_csv(self.CSV)
        self.assertEqual(record.file_format, "csv")
        self.assertEqual(self.lines().mapped("amount"), [60.0, -3.1])

    def test_the_same_csv_twice_adds_nothing(self):
        mapping = self.mapping()
        self.import_csv(self.CSV, mapping)
        again = self.import_csv(self.CSV, mapping, encoding="cp1252")
        self.assertEqual((again.count_new, again.count_known), (0, 2))

    def test_one_wrong_line_and_nothing_is_imported(self):
        text = self.CSV + "31/02/2026;X;;1,00\n12/06/2026;Y;;many\n"
        with self.assertRaises(UserError) as caught:
            self.import_csv(text)
        self.assertIn("Line 4", str(caught.exception))
        self.assertIn("Line 5", str(caught.exception))
        self.assertFalse(self.lines())

    def test_a_csv_without_mapping_asks_for_one(self):
        with self.assertRaisesRegex(UserError, "mapping"):
            self.import_data(b"a;b\n", "x.csv", journal=self.bank)

    def test_the_dialog_finds_out_how_to_read_a_file(self):
        Wizard = self.env["recouv.bank.import.wizard"].with_user(self.secretary)
        with Form(Wizard) as form:
            form.file = base64.b64encode(self.CSV.encode("cp1252"))
            form.journal_id = self.bank.with_user(self.secretary)
        wizard = form.record
        self.assertTrue(wizard.is_csv)
        self.assertFalse(wizard.mapping_id)
        wizard.action_guess_mapping()
        self.assertEqual(wizard.mapping_id.column_credit, "Crédit")
        self.assertIn("VIR DUPONT", wizard.preview)
        action = wizard.action_import()
        self.assertEqual(
            self.env[action["res_model"]].browse(action["res_id"]).count_new, 2
        )

    def test_the_mapping_saved_for_an_account_is_taken_again(self):
        mapping = self.mapping()
        Wizard = self.env["recouv.bank.import.wizard"].with_user(self.secretary)
        wizard = Wizard.create(
            {"file": base64.b64encode(self.CSV.encode()), "journal_id": self.bank.id}
        )
        self.assertEqual(wizard.mapping_id, mapping)

    def test_the_preview_cannot_carry_markup(self):
        Wizard = self.env["recouv.bank.import.wizard"].with_user(self.secretary)
        text = self.CSV.replace("VIR DUPONT", "<script>x</script>")
        wizard = Wizard.create(
            {"file": base64.b64encode(text.encode()), "mapping_id": self.mapping().id}
        )
        self.assertNotIn("<script>", wizard.preview)

    # --- size -----------------------------------------------------------------------

    def test_looking_for_known_movements_is_one_query(self):
        self.import_camt(*(Entry(f"{n}.00", ref=f"A{n}") for n in range(1, 30)))
        many = [Entry(f"{n}.00", ref=f"A{n}") for n in range(1, 1001)]
        statement = read_camt(self.camt(*many))[0]
        Import = self.env["recouv.bank.import"]
        Import._fresh(statement, self.bank)
        with self.assertQueryCount(1):
            fresh = Import._fresh(statement, self.bank)
        self.assertEqual(len(fresh), 971)
