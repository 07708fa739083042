from datetime import date

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .insurance_common import InsuranceCommon

DAY = date(2026, 6, 15)
#: the delay of settled claims is over, that of the books is not
LATER = "2030-01-15"


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestInsurancePurge(InsuranceCommon):
    """What insurance knows of people goes when it is over; the books stay."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.credit = cls.limit(cls.clinic, 1000, 500, reason="Impayés ailleurs")

    # --- builders -----------------------------------------------------------------

    def count(self, day=LATER):
        with freeze_time(day):
            purges = self.env["recouv.purge"].with_user(self.practitioner)
            return purges._count(self.company)

    def purge(self, day=LATER):
        with freeze_time(day):
            purges = self.env["recouv.purge"].with_user(self.practitioner)
            return purges._run(self.company)

    def letter(self):
        return (
            self.env["ir.attachment"]
            .with_user(self.secretary)
            .create(
                {
                    "name": "lettre.pdf",
                    "raw": self.page,
                    "res_model": "recouv.insurance.loss",
                    "company_id": self.company.id,
                }
            )
        )

    def unpaid(self):
        return self.invoice(self.clinic, 100, date(2026, 5, 10), days=20)

    def loss(self, **words):
        """A declared loss with a letter and words."""
        self.policy_2026._record({"notice_forfeits": False})
        self.sale = self.unpaid()
        loss = self.loss_of(self.sale)
        loss.write(
            {
                "note": "Il est malade",
                "document_ids": [Command.link(self.letter().id)],
                **words,
            }
        )
        loss.action_notify()
        loss.action_declare()
        return loss.with_user(self.practitioner)

    def indemnified(self):
        """A loss paid by the insurer, and the rest by the debtor."""
        loss = self.loss()
        loss._settle()
        self.receive(loss)
        self.pay(self.sale, day=DAY)
        return loss.sudo()

    # --- losses -------------------------------------------------------------------

    def test_words_and_letters_of_a_paid_loss_go_its_dossier_and_sums_stay(self):
        loss = self.indemnified()
        dossier, letters = loss.document_id, loss.document_ids
        entries = loss.payment_ids.transfer_ids.move_id
        self.assertTrue(dossier and letters and entries)
        purge = self.purge()
        self.assertEqual(purge.loss_count, 1)
        self.assertTrue(loss.purged_on)
        self.assertFalse(loss.note)
        self.assertFalse(letters.exists())
        self.assertTrue(dossier.exists())
        self.assertEqual(loss.payment_ids.amount, 90)
        self.assertEqual(entries.exists().mapped("state"), ["posted"])
        self.assertEqual(self.purge().loss_count, 0)  # done once

    def test_the_dossier_of_an_indemnity_is_kept_ten_years_of_accounts(self):
        dossier = self.indemnified().document_id
        self.purge()
        self.purge("2036-12-31")
        self.assertTrue(dossier.exists())
        self.assertEqual(self.count("2037-01-01")["document_count"], 1)
        purge = self.purge("2037-01-01")
        self.assertEqual(purge.document_count, 1)
        self.assertFalse(dossier.exists())

    def test_a_loss_without_money_keeps_no_paper(self):
        loss = self.loss(late_note="Oubli")
        loss._reject("Il avait déjà des impayés")
        self.pay(self.sale, day=DAY)
        own = loss.sudo()  # who joined a letter is the one who reads it
        papers = own.document_id | own.document_ids
        self.assertEqual(len(papers), 2)
        self.purge()
        self.assertFalse(papers.exists())
        self.assertFalse(loss.late_note or loss.reject_reason)
        self.assertEqual(loss.state, "rejected")

    def test_a_claim_of_which_an_indemnity_is_to_come_is_kept(self):
        loss = self.loss()
        self.pay(self.sale, day=DAY)
        claim = self.claim(self.sale)
        self.purge()
        self.assertFalse(claim.purged_on or loss.purged_on)
        loss.action_withdraw()
        self.purge()
        self.assertTrue(claim.purged_on and loss.purged_on)

    def test_money_to_remit_keeps_the_loss(self):
        loss = self.loss()
        loss._settle()
        self.receive(loss, day=DAY)
        self.pay(self.sale, day=DAY)
        credit = loss._payments_since()
        recovery = self.env["recouv.insurance.recovery"].with_user(self.practitioner)
        recovery = recovery._take_payment(loss, credit, 0, DAY)
        self.assertTrue(loss.amount_to_remit)
        self.purge()
        self.assertFalse(loss.purged_on)
        recovery._remit(DAY, journal=self.bank)
        loss.invalidate_recordset()
        # the debtor still owes what the insurer's part left open
        self.pay(self.sale, day=DAY)
        self.purge()
        self.assertTrue(loss.purged_on)

    # --- dry run ------------------------------------------------------------------

    def test_the_dry_run_tells_what_the_purge_does_and_erases_nothing(self):
        loss = self.loss()
        loss._reject("Non garanti")
        self.pay(self.sale, day=DAY)
        counts = self.count()
        self.assertTrue(loss.document_id.sudo().exists())
        self.assertTrue(loss.note)
        self.assertEqual((counts["loss_count"], counts["limit_count"]), (1, 0))
        with freeze_time(LATER):
            wizard = self.env["recouv.purge.wizard"].with_user(self.practitioner)
            shown = wizard.create({"company_id": self.company.id})
            self.assertEqual(shown.loss_count, 1)
        purge = self.purge()
        self.assertEqual(purge.loss_count, 1)
        self.assertEqual(purge.document_count, counts["document_count"])

    def test_before_the_delay_nothing_goes(self):
        loss = self.indemnified()
        counts = self.count("2028-06-01")
        self.assertEqual((counts["loss_count"], counts["limit_count"]), (0, 0))
        self.purge("2028-06-01")
        self.assertFalse(loss.purged_on)

    def test_who_is_no_manager_erases_nothing(self):
        with self.assertRaises(AccessError):
            self.env["recouv.purge"].with_user(self.secretary)._run(self.company)

    # --- limits -------------------------------------------------------------------

    def test_a_limit_that_decides_nothing_any_more_is_erased_whole(self):
        self.policy_2026._record({"file_fee": 25})
        refused = self.limit(self.gym, 1000, 0)
        fee = self.policy_2026.premium_ids.filtered(lambda one: one.kind == "fee")
        self.assertEqual(self.count()["limit_count"], 2)
        self.assertEqual(self.purge().limit_count, 2)
        self.assertFalse((refused | self.credit).sudo().exists())
        # what it cost stays, and names nobody
        self.assertTrue(fee.exists())
        self.assertFalse(fee.limit_id)

    def test_the_last_answer_stays_while_its_insurer_covers(self):
        later = self.limit(self.clinic, 1000, 200)
        self.make_insurance(
            name="POL-30", date_from=date(2030, 1, 1), date_to=date(2030, 12, 31)
        )
        self.assertEqual(self.purge().limit_count, 1)
        self.assertTrue(later.exists())
        self.assertFalse(self.credit.exists())

    def test_a_limit_on_which_an_open_invoice_stands_is_kept(self):
        self.unpaid()
        self.assertEqual(self.purge("2029-12-01").limit_count, 0)
        self.assertTrue(self.credit.exists())

    # --- the insurer's service, and who asks what is known ------------------------

    def test_what_was_told_to_the_service_goes_with_its_claims(self):
        sale = self.unpaid()
        claim = self.claim(sale)
        claim.with_user(self.practitioner).action_give_to_insurer()
        one = self.env["recouv.insurance.handover"].search([], limit=1)
        one = one.with_user(self.practitioner)
        one.note = "Ne répond pas au téléphone"
        one.action_send()
        self.pay(sale, day=DAY)
        self.purge()
        self.assertFalse(claim.purged_on)  # it is with the service
        one._recall("Payé par sa famille")
        self.purge()
        self.assertTrue(claim.purged_on)
        self.assertFalse(one.note or one.end_reason)
        self.assertEqual(one.state, "ended")

    def test_the_debtor_is_given_what_the_insurance_holds(self):
        self.indemnified()
        data = self.clinic.with_user(self.practitioner)._recouv_access_data(
            self.company
        )
        names = self.env["ir.model"].sudo()
        for model in ("limit", "loss", "loss.line", "payment"):
            with self.subTest(model):
                name = names._get(f"recouv.insurance.{model}").name
                self.assertEqual(len(data[name]), 1)
