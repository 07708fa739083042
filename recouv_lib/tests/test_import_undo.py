from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from ..models import recouv_import_undo
from .common import TODAY
from .import_common import INVOICES, PATIENTS, PAYMENTS, ImportCommon

REASON = "The wrong file"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestImportUndo(ImportCommon):
    """An import is undone as long as nothing was done with what it made."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_once(cls.begin)

    def begin(self):
        self.patients = self.run_file(PATIENTS)
        self.invoices = self.run_file(INVOICES)

    def undo(self, job, user=None):
        """Fill the dialog that the button opens; return what it said before."""
        user = user or self.manager
        self.env.flush_all()
        action = job.with_user(user).action_ask_undo()
        dialogs = self.env["recouv.undo"].with_user(user)
        dialog = dialogs.with_context(**action["context"]).create({"reason": REASON})
        summary = dialog.summary
        dialog.action_undo()
        self.env.invalidate_all()
        return summary

    def refused(self, job, words):
        with self.assertRaisesRegex(UserError, words):
            job.with_user(self.manager).undo(REASON)
        self.env.invalidate_all()

    def moves(self):
        return [self.imported("invoices", number) for number in ("F100", "F101")]

    def people(self):
        return [self.imported("patients", number) for number in ("12", "13")]

    def lock(self, day):
        self.env.flush_all()
        self.company.fiscalyear_lock_date = day

    # --- all of it ------------------------------------------------------------------

    def test_payments_are_cancelled_and_their_invoices_due_again(self):
        job = self.run_file(PAYMENTS)
        payments = self.imported("payments", "R1") | self.imported("payments", "R2")
        summary = self.undo(job)
        self.assertIn("Payments to cancel: 2", summary)
        self.assertEqual(payments.mapped("state"), ["canceled"] * 2)
        self.assertEqual([m.amount_residual for m in self.moves()], [120.0, 1234.56])
        self.assertEqual((job.state, job.undo_left), ("undone", 0))
        self.assertEqual((job.undone_by_id, job.undo_reason), (self.manager, REASON))
        self.assertIn("Payments cancelled: 2", job.undo_report)

    def test_the_same_file_then_makes_them_anew(self):
        self.undo(self.run_file(PAYMENTS))
        self.undo(self.invoices)
        self.undo(self.patients)
        for rows in (PATIENTS, INVOICES, PAYMENTS):
            job = self.run_file(rows)
            self.assertEqual(self.counts(job), (2, 0, 0, 0))
        self.assertEqual([m.amount_residual for m in self.moves()], [0, 1000.0])

    def test_invoices_are_cancelled_and_their_claims_end(self):
        moves = self.moves()
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        claims = self.env["recouv.claim"].search(
            [("move_id", "in", [m.id for m in moves])]
        )
        self.assertTrue(claims)
        self.undo(self.invoices)
        self.assertEqual([m.state for m in moves], ["cancel", "cancel"])
        self.assertTrue(all(claim.closed_on for claim in claims))

    def test_who_is_named_nowhere_is_deleted_and_others_are_archived(self):
        """A cancelled invoice names its patient: he is archived, not deleted."""
        self.undo(self.invoices)
        named, extra = self.people()
        rows = [PATIENTS[0], ["14", "Rien", "Jean", "", "35000", "Rennes", "", ""]]
        other = self.run_file(rows)
        unused = self.imported("patients", "14")
        summary = self.undo(self.patients)
        self.undo(other)
        self.assertIn("archive", summary)
        self.assertFalse(named.active or extra.active)
        self.assertFalse(unused.exists())

    def test_what_an_invoice_file_made_besides_goes_with_it(self):
        """Its patients without a number, and what was paid before."""
        rows = [
            ["N° facture", "Nom du patient", "Date facture", "Montant", "Déjà réglé"],
            ["G1", "Solène Inconnue", "15/01/2026", "80,00", "30,00"],
        ]
        job = self.run_file(
            rows, {"create_patients": True, "is_opening": False}, kind="invoices"
        )
        self.assertEqual(self.counts(job), (1, 0, 0, 0), self.messages(job))
        move = self.imported("invoices", "G1")
        person, payments = move.partner_id, move.matched_payment_ids
        self.assertEqual((move.amount_residual, len(payments)), (50.0, 1))
        summary = self.undo(job)
        self.assertIn("Payments to cancel: 1", summary)
        self.assertIn("archive if a cancelled entry names them: 1", summary)
        self.assertEqual((move.state, payments.state), ("cancel", "canceled"))
        self.assertFalse(person.active)
        self.assertEqual(job.undo_left, 0)

    # --- what stays -----------------------------------------------------------------

    def test_patients_with_invoices_stay_and_are_named(self):
        self.refused(self.patients, r"(?s)in use\..*Anaïs Lefèvre.*in use: ")
        self.assertTrue(all(person.active for person in self.people()))

    def test_a_contact_that_was_here_before_is_not_the_imports(self):
        known = self.make_patient("Jean Ancien", ref="15", company_id=self.company.id)
        rows = [PATIENTS[0], ["15", "Ancien", "Jean", "", "35000", "Rennes", "", ""]]
        job = self.run_file(rows)
        self.assertEqual(self.counts(job), (0, 1, 0, 0))
        self.refused(job, "nothing that it made is left")
        self.assertTrue(known.exists().active)

    def test_a_paid_invoice_stays_the_others_go(self):
        paid, other = self.moves()
        self.pay(paid)
        summary = self.undo(self.invoices)
        self.assertIn("Invoices to cancel: 1", summary)
        self.assertIn("paid or offset", summary)
        self.assertEqual((paid.state, other.state), ("posted", "cancel"))
        self.assertEqual(self.invoices.undo_left, 1)
        self.assertIn(paid.name, self.invoices.undo_report)

    def test_what_stayed_goes_when_it_is_free(self):
        job = self.run_file(PAYMENTS)
        paid, _partly = self.moves()
        self.refused(self.invoices, "paid or offset")
        self.undo(job)
        self.undo(self.invoices)
        self.assertEqual(paid.state, "cancel")
        self.refused(self.invoices, "nothing that it made is left")

    def test_a_claim_that_was_worked_on_keeps_its_invoice(self):
        kept, other = self.moves()
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        claim = self.env["recouv.claim"].search([("move_id", "=", kept.id)])
        claim.with_user(self.secretary)._hold("hospitalised")
        summary = self.undo(self.invoices)
        self.assertIn("its claim was worked on", summary)
        self.assertEqual((kept.state, other.state), ("posted", "cancel"))

    def test_a_reminder_that_left_keeps_its_invoice_a_proposal_does_not(self):
        moves = self.moves()
        run = self.propose()
        notices = run.notice_ids.filtered(
            lambda n: n.line_ids.claim_id.move_id & (moves[0] | moves[1])
        )
        self.assertEqual(len(notices), 2)
        sent = notices.filtered(lambda n: n.line_ids.claim_id.move_id == moves[0])
        sent._prove(on=TODAY)
        summary = self.undo(self.invoices)
        self.assertIn("Invoices to cancel: 1", summary)
        self.assertEqual([m.state for m in moves], ["posted", "cancel"])

    def test_what_lies_in_a_locked_period_stays(self):
        job = self.run_file(PAYMENTS)
        self.lock(date(2026, 2, 20))
        summary = self.undo(job)
        self.assertIn("its period is locked", summary)
        first, second = (self.imported("payments", n) for n in ("R1", "R2"))
        self.assertTrue(first)
        self.assertFalse(second)
        self.refused(self.invoices, "its period is locked|paid or offset")

    def test_a_payment_that_the_bank_confirmed_stays(self):
        job = self.run_file(PAYMENTS)
        payment = self.imported("payments", "R1")
        liquidity, *_others = payment._seek_for_lines()
        liquidity.account_id.reconcile = True
        bank = self.env["account.move"].create(
            {
                "journal_id": payment.journal_id.id,
                "date": payment.date,
                "line_ids": [
                    Command.create({"account_id": account.id, "balance": balance})
                    for account, balance in (
                        (liquidity.account_id, -120.0),
                        (payment.journal_id.default_account_id, 120.0),
                    )
                ],
            }
        )
        bank.action_post()
        (liquidity | bank.line_ids[0]).reconcile()
        summary = self.undo(job)
        self.assertIn("confirmed by the bank", summary)
        self.assertNotEqual(payment.state, "canceled")
        self.assertEqual(job.undo_left, 1)

    def test_what_a_guard_refuses_stays_and_the_others_go(self):
        kept, other = self.moves()
        original = type(kept).button_cancel
        said = f"{kept.name} was sold to a factor."

        def button_cancel(moves):
            if kept in moves:
                raise UserError(said)
            return original(moves)

        with patch.object(type(kept), "button_cancel", button_cancel):
            self.undo(self.invoices)
        self.assertEqual((kept.state, other.state), ("posted", "cancel"))
        self.assertIn("sold to a factor", self.invoices.undo_report)
        self.assertTrue(self.imported("invoices", "F100"))

    def test_a_failure_leaves_all_as_it_was(self):
        moves = self.moves()
        jobs = self.env.registry["recouv.import"]

        def broken(*_args):
            raise ValueError

        with (
            patch.object(jobs, "_sentences_done", broken),
            self.assertRaises(ValueError),
            self.env.cr.savepoint(),
        ):
            self.invoices.undo(REASON)
        self.env.invalidate_all()
        self.assertEqual([m.state for m in moves], ["posted", "posted"])
        self.assertEqual(self.invoices.state, "done")

    # --- in the background ----------------------------------------------------------

    def background(self, job):
        """Ask for it where one record is already too much to wait for."""
        with patch.object(recouv_import_undo, "AT_ONCE", 1):
            job.with_user(self.manager).undo(REASON)
        self.env.flush_all()
        self.assertEqual(job.state, "undoing")

    def cron(self):
        self.env["recouv.import"].sudo()._cron_undo()
        self.env.invalidate_all()

    def test_what_is_much_is_undone_in_the_background_as_who_asked(self):
        moves = self.moves()
        self.background(self.invoices)
        self.refused(self.invoices, "being undone already")
        self.assertEqual(moves[0].state, "posted")
        self.cron()
        self.assertEqual([m.state for m in moves], ["cancel", "cancel"])
        self.assertEqual(self.invoices.state, "undone")
        self.assertEqual(moves[0].write_uid, self.manager)
        self.assertIn("Invoices cancelled: 2", self.invoices.undo_report)

    def test_who_lost_his_right_meanwhile_undoes_nothing(self):
        moves = self.moves()
        self.background(self.invoices)
        self.manager.group_ids = self.secretary.group_ids
        with self.assertLogs("odoo.addons.recouv_lib.models.recouv_import_undo"):
            self.cron()
        self.assertEqual([m.state for m in moves], ["posted", "posted"])
        self.assertEqual(self.invoices.state, "done")
        self.assertIn("Only a manager", self.invoices.failure_message)

    # --- who, when ------------------------------------------------------------------

    def make_user(self, login, groups, company=None):
        company = company or self.company
        return new_test_user(
            self.env,
            login,
            groups=f"base.group_user,{groups}",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    def test_an_accountant_undoes_it(self):
        accountant = self.make_user("keeps_books", "account.group_account_user")
        summary = self.undo(self.invoices, accountant)
        self.assertIn("Invoices to cancel: 2", summary)
        self.assertEqual(self.invoices.undone_by_id, accountant)
        self.undo(self.patients, accountant)
        self.assertFalse(any(person for person in self.people()))

    def test_nobody_else_does(self):
        other = self.setup_other_company(name="Other practice")["company"]
        for login, groups, company in (
            ("desk", "recouv_lib.group_user", None),
            ("bills", "account.group_account_invoice", None),
            ("reads", "account.group_account_readonly", None),
            ("agent", "recouv_lib.group_agency", None),
            ("next_door", "recouv_lib.group_manager", other),
        ):
            user = self.make_user(f"undo_{login}", groups, company)
            job = self.invoices.with_user(user)
            for act in (job.action_ask_undo, lambda job=job: job.undo(REASON)):
                with self.subTest(user=login), self.assertRaises(AccessError):
                    act()
                self.env.invalidate_all()
        self.assertEqual(self.invoices.state, "done")

    def test_with_the_company_switched_off_it_is_not_undone(self):
        other = self.setup_other_company(name="Other practice")["company"]
        self.manager.company_ids |= other
        job = self.invoices.with_user(self.manager)
        job = job.with_context(allowed_company_ids=other.ids)
        with self.assertRaises(AccessError):
            job.undo(REASON)

    def test_it_needs_a_reason_and_is_not_undone_at_work(self):
        with self.assertRaisesRegex(UserError, "Say why"):
            self.invoices.with_user(self.manager).undo(" ")
        job = self.read_file(PAYMENTS)
        self.refused(job, "Nothing was imported yet")
        job.action_start()
        self.refused(job, "stop it first")

    def test_an_undone_file_does_not_go_on(self):
        self.undo(self.invoices)
        job = self.invoices.with_user(self.manager)
        for act in (job.action_read, job.action_start, job.action_resume):
            with self.subTest(act=act), self.assertRaisesRegex(UserError, "Undone"):
                act()

    # --- over RPC -------------------------------------------------------------------

    def test_where_an_import_stands_is_not_written_by_hand(self):
        """Else it would be done with the rights of whoever is said to have begun."""
        job = self.read_file(PAYMENTS)
        for vals in (
            {"state": "running"},
            {"started_by_id": self.env.uid},
            {"reading": {"orders": {}}},
            {"line_done": 3},
            {"undo_report": "x"},
            {"file": False},
        ):
            with self.subTest(**vals), self.assertRaisesRegex(UserError, "buttons"):
                job.write(vals)
        jobs = self.env["recouv.import"].with_user(self.manager)
        with self.assertRaisesRegex(UserError, "own act"):
            jobs.create({"name": "x", "file": "eA==", "started_by_id": self.env.uid})

    def test_what_the_screen_writes_it_may(self):
        job = self.make_import(PAYMENTS)
        with Form(job) as form:
            form.kind = "payments"
        job.action_read()
        with Form(job) as form:
            form.date_order = "dmy"
        self.assertEqual(job.mapping_id.date_order, "dmy")

    # --- cost -----------------------------------------------------------------------

    def test_the_preview_costs_as_much_for_many_as_for_few(self):
        def rows(count):
            for n in range(count):
                yield [f"Q{count}-{n}", "12", "15/01/2026", "10,00", ""]

        costs = []
        for count in (2, 20):
            job = self.run_file([INVOICES[0], *rows(count)])
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            plan = job._undo_plan()
            costs.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(plan["invoices"]["go"]), count)
        self.assertLessEqual(costs[1], costs[0])
