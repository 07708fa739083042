from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.recouv_lib.lib import html_pdf

from .insurance_common import InsuranceCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestInsuranceHandover(InsuranceCommon):
    """The insurer's collection service takes claims, insured or not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the papers are written in the language of who gets them
        cls.insurer.lang = "en_US"
        cls.sale = cls.invoice(cls.patient, 100, date(2026, 5, 1))

    def handover(self, *claims, send=True):
        claims = self.env["recouv.claim"].union(*claims) or self.claim(self.sale)
        claims.with_user(self.practitioner).action_give_to_insurer()
        found = self.env["recouv.insurance.handover"].with_user(self.practitioner)
        found = found.search([], order="id desc", limit=1)
        if send:
            found.action_send()
        return found

    def test_the_own_relance_pauses_and_goes_on_when_called_back(self):
        claim = self.claim(self.sale)
        step = claim.next_step_id
        one = self.handover()
        self.assertEqual((one.state, claim.holder), ("sent", "insurer"))
        self.assertEqual(claim.suspension, "hold")
        self.assertFalse(self.propose(date(2026, 6, 15)).notice_ids)
        one._recall("Sans résultat")
        claim.invalidate_recordset()
        self.assertEqual((claim.holder, claim.suspension), ("practice", "none"))
        self.assertEqual(claim.next_step_id, step)
        self.assertTrue(self.propose(date(2026, 6, 16)).notice_ids)

    def test_an_uninsured_claim_goes_without_a_policy(self):
        one = self.env["recouv.insurance.handover"].with_user(self.practitioner).create(
            {"insurer_id": self.insurer.id,
             "claim_ids": [Command.set(self.claim(self.sale).ids)]}
        )  # fmt: skip
        one.action_send()
        self.assertFalse(one.policy_id)
        self.assertEqual(one.state, "sent")

    def test_what_the_service_collects_is_the_practices_less_its_costs(self):
        one = self.handover()
        recovery = one.env["recouv.insurance.recovery"]._take_from_insurer(
            one, 60, 9, date(2026, 6, 15), journal=self.bank
        )
        self.assertEqual(self.sale.amount_residual, 40)
        self.assertEqual((recovery.amount_insurer, self.money(recovery)), (0, 51))
        cost = self.company._recouv_insurance_account(
            "recouv_insurance_cost_account_id"
        )
        self.assertEqual(self.balance(cost), 9)
        self.assertEqual(self.insurer_balance(), 0)
        with self.assertRaisesRegex(UserError, "money came"):
            one.undo("Erreur")
        recovery.undo("Erreur")
        self.assertEqual(self.balance(cost), 0)
        self.assertEqual(self.insurer_balance(), 0)

    def test_the_dialog_records_what_was_collected(self):
        one = self.handover()
        wizard = self.env["recouv.insurance.recover"].with_user(self.practitioner)
        with Form(wizard.with_context(default_handover_id=one.id)) as form:
            form.amount = 100
            form.costs = 12
            self.assertEqual(form.amount_due, 88)
            form.way = "journal"
            form.journal_id = self.bank
        form.record.action_confirm()
        self.assertEqual(self.claim(self.sale).settlement, "paid")

    def test_a_disputed_or_held_claim_stays(self):
        self.env["recouv.hold"].create(
            {"claim_ids": self.claim(self.sale).ids, "reason": "dispute"}
        )
        with self.assertRaisesRegex(UserError, "disputed"):
            self.handover()

    def test_a_claim_is_with_the_service_once(self):
        self.handover()
        with self.assertRaisesRegex(UserError, "somebody else"):
            self.handover()

    def test_one_hand_over_for_each_debtor(self):
        other = self.invoice(self.make_patient("Dominique"), 50, date(2026, 5, 2))
        self.handover(self.claim(self.sale), self.claim(other), send=False)
        found = self.env["recouv.insurance.handover"].search([])
        self.assertEqual(found.partner_id, self.patient | other.partner_id)

    def test_it_is_called_back_with_a_reason_by_a_manager(self):
        one = self.handover()
        with self.assertRaises(UserError):
            one._recall("")
        with self.assertRaises(UserError):
            one.with_user(self.secretary)._recall("Non")
        one.undo("Mauvais service")
        self.assertEqual(self.claim(self.sale).holder, "practice")

    # --- the dossier ----------------------------------------------------------------

    def attach(self, name="lettre.pdf", **values):
        files = self.env["ir.attachment"].with_user(self.secretary)
        return files.create(
            {"name": name, "raw": self.page, "company_id": self.company.id, **values}
        )

    def test_what_is_sent_is_printed_and_kept(self):
        self.sale.invoice_line_ids.name = "Consultation HBJD001"
        self.sale.narration = "Genou droit"
        claim = self.claim(self.sale)
        [notice] = self.prove(self.propose(date(2026, 6, 15)), date(2026, 6, 15))
        notice._record({"document_id": self.attach("relance.pdf").id})
        one = self.handover(send=False)
        # joined by the secretary, sent by the manager
        told = {"document_ids": self.attach().ids, "note": "Joignable le matin"}
        one.with_user(self.secretary).write(told)
        self.printed.clear()
        one.action_send()
        [front] = self.printed
        for words in (
            "POL-1", one.name, self.patient.name, claim.reference, "Joignable le matin",
            "100", "Exhibit no. 1", "Reminder of", "Exhibit no. 2", "lettre.pdf",
        ):  # fmt: skip
            self.assertIn(words, front)
        for care in ("Consultation", "HBJD001", "Genou"):
            self.assertNotIn(care, front)
        self.assertTrue(one.document_id.raw.startswith(b"%PDF"))
        self.assertEqual(
            (one.document_id.res_model, one.document_id.res_id), (one._name, one.id)
        )
        action = one.with_user(self.secretary).action_print_dossier()
        self.assertIn(str(one.document_id.id), action["url"])

    def test_it_names_the_limit_and_what_is_covered(self):
        with freeze_time("2026-05-01"):
            self.limit(self.clinic, 400, start=date(2026, 5, 1), reference="G-77")
            sale = self.invoice(self.clinic, 500, date(2026, 5, 1))
        self.printed.clear()
        self.handover(self.claim(sale))
        [front] = self.printed
        self.assertIn("G-77", front)
        self.assertIn("400", front)

    def test_a_letter_with_a_personal_word_is_named_and_not_joined(self):
        run = self.propose(date(2026, 6, 15))
        run.notice_ids.write({"personal_note": "Comment va votre genou ?"})
        [notice] = self.prove(run, date(2026, 6, 15))
        proof, letter = self.attach("preuve.pdf"), self.attach("courrier.pdf")
        notice._record({"document_id": letter.id, "proof_ids": proof.ids})
        self.assertEqual(len(notice._insurer_documents()), 1)
        self.printed.clear()
        self.handover()
        [front] = self.printed
        self.assertIn("personal word, not joined", front)
        self.assertNotIn("genou", front)

    def test_the_document_of_an_invoice_is_refused(self):
        one = self.handover(send=False).with_user(self.practitioner)
        bill = self.attach("facture.pdf", res_model="account.move", res_id=self.sale.id)
        one.with_user(self.secretary).write({"document_ids": bill.ids})
        with self.assertRaisesRegex(UserError, "facture.pdf"), self.cr.savepoint():
            one.action_send()
        one.invalidate_recordset()
        self.assertEqual((one.state, self.claim(self.sale).holder),
                         ("draft", "practice"))  # fmt: skip

    def test_what_changed_while_it_was_printed_is_not_sent(self):
        one = self.handover(send=False).with_user(self.practitioner)

        def pay_meanwhile(_program, html, **_options):
            self.pay(self.sale, 30)
            return self.page

        with patch.object(html_pdf, "print_html", pay_meanwhile):
            with self.assertRaisesRegex(UserError, "changed"), self.cr.savepoint():
                one.action_send()
        one.invalidate_recordset()
        self.assertEqual((one.state, one.name), ("draft", False))
        self.pay(self.sale, 30)
        self.printed.clear()
        one.action_send()
        [front] = self.printed
        self.assertIn("70", front)

    def test_what_was_refused_is_not_printed(self):
        one = self.handover(send=False).with_user(self.practitioner)
        self.pay(self.sale)
        self.printed.clear()
        with self.assertRaisesRegex(UserError, "nothing is owed"):
            one.action_send()
        self.assertFalse(self.printed)

    def test_it_is_looked_at_before(self):
        one = self.handover(send=False).with_user(self.secretary)
        self.assertIn("recouv.download", one.action_print_dossier()["url"])
        self.assertFalse(one.document_id)
        one.claim_ids = False
        with self.assertRaisesRegex(UserError, "choose the claims"):
            one.action_print_dossier()

    def test_several_debtors_have_their_parts_and_sums_by_currency(self):
        gbp = self.setup_other_currency("GBP", rates=[("2020-01-01", 2.0)])
        other = self.make_patient("Dominique")
        sale = self.invoice(other, 50, date(2026, 5, 2), currency_id=gbp.id)
        claims = self.claim(self.sale) | self.claim(sale)
        one = self.env["recouv.insurance.handover"].with_user(self.practitioner).create(
            {"insurer_id": self.insurer.id, "claim_ids": [Command.set(claims.ids)]}
        )  # fmt: skip
        self.printed.clear()
        one.action_send()
        [front] = self.printed
        for words in (self.patient.name, "Dominique", "£", "uninsured"):
            self.assertIn(words, front)

    # --- the own relance --------------------------------------------------------------

    def test_what_was_proposed_before_does_not_leave(self):
        run = self.propose(date(2026, 6, 15))
        self.assertTrue(run.notice_ids)
        one = self.handover()
        run.action_execute()
        states = set(run.notice_ids.mapped("state"))
        self.assertLessEqual(states, {"cancelled"})
        # lifting the suspension by hand does not wake the relance up
        one.hold_id.action_lift()
        self.assertFalse(self.propose(date(2026, 6, 16)).notice_ids)

    def test_what_is_suspended_or_of_a_minor_stays(self):
        self.env["recouv.hold"].create(
            {"claim_ids": self.claim(self.sale).ids, "reason": "over_indebted"}
        )
        with self.assertRaisesRegex(UserError, "suspended"):
            self.handover()

    def test_its_papers_go_with_its_claims(self):
        one = self.handover(send=False).with_user(self.practitioner)
        letter = self.attach(res_model=one._name, res_id=one.id)
        one.write({"document_ids": letter.ids})
        one.action_send()
        papers = (one.document_id | letter).sudo()
        one._recall("Payé")
        self.pay(self.sale)
        with freeze_time("2037-01-15"):
            purges = self.env["recouv.purge"].with_user(self.practitioner)
            purges._run(self.company)
        self.assertTrue(self.claim(self.sale).purged_on)
        self.assertFalse(papers.exists())
