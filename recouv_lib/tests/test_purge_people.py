from datetime import date

from odoo import Command
from odoo.tests import freeze_time, tagged

from .test_privacy import PDF, PrivacyCommon

LONG_AGO = "2026-05-20 10:00:00"


@tagged("post_install", "-at_install")
@freeze_time("2030-01-10")
class TestPurgePeople(PrivacyCommon):
    """What stands on a person goes too, once nothing of that person lives."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pay(cls.move, day=date(2026, 5, 10))
        cls.own = {"company_id": cls.company.id}

    def purge(self):
        return self.env["recouv.purge"].with_user(self.manager)._run(self.company)

    def dry_run(self):
        return self.env["recouv.purge.wizard"].with_user(self.manager).create({})

    def hold(self, **values):
        return self.env["recouv.hold"].create(
            {
                **self.own,
                "partner_id": self.patient.id,
                "reason": "over_indebted",
                "date_from": date(2026, 4, 1),
                "date_to": date(2026, 5, 1),
                "note": "lost his job",
                "file_number": "000126001234",
                **values,
            }
        )

    def reply(self, **values):
        return (
            self.env["recouv.inbound"]
            .sudo()
            .create(
                {
                    **self.own,
                    "channel": "sms",
                    "sender": "+33612345678",
                    "text": "I am in hospital",
                    "received_on": LONG_AGO,
                    **values,
                }
            )
        )

    def courtesy(self):
        with freeze_time(LONG_AGO):
            courtesy = (
                self.env["recouv.courtesy"]
                .sudo()
                .create(
                    {
                        **self.own,
                        "kind": "statement",
                        "key": "2026-05 1",
                        "partner_id": self.patient.id,
                        "currency_id": self.company.currency_id.id,
                        "sent_to": "cm@example.com",
                        "state": "sent",
                    }
                )
            )
            self.env.flush_all()
        # the moment of a transaction is not frozen
        self.env.cr.execute(
            "UPDATE recouv_courtesy SET create_date = %s WHERE id = %s",
            (LONG_AGO, courtesy.id),
        )
        courtesy.invalidate_recordset()
        self.file = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": "statement.pdf",
                    "raw": PDF,
                    "res_model": courtesy._name,
                    "res_id": courtesy.id,
                }
            )
        )
        return courtesy

    def cheque(self):
        with freeze_time(LONG_AGO):
            act = self.env["recouv.collection"]._take(
                {
                    "company": self.company,
                    "partner": self.patient,
                    "method": "cheque",
                    "amount": 20,
                    "currency": self.company.currency_id,
                    "date": date(2026, 5, 20),
                    "memo": "from his sister",
                    "cheque": {"drawer": "Luc Martin", "number": "123"},
                }
            )
            act.cheque_ids._record({"state": "deposited"})
        return act.cheque_ids

    # --- what goes ------------------------------------------------------------------

    def test_the_words_of_a_persons_suspension_go_with_the_claims(self):
        hold = self.hold()
        purge = self.purge()
        self.assertFalse(hold.note or hold.file_number)
        self.assertEqual(
            (hold.reason, hold.date_to), ("over_indebted", date(2026, 5, 1))
        )
        self.assertEqual(purge.people_count, 1)

    def test_the_file_number_of_a_suspended_claim_goes_too(self):
        hold = self.hold(partner_id=False, claim_ids=[Command.set(self.claim.ids)])
        self.purge()
        self.assertFalse(hold.note or hold.file_number)

    def test_a_reply_that_nobody_could_attach_goes(self):
        reply = self.reply(candidate_ids=[Command.set(self.patient.ids)])
        message = reply.message_post(body="who is it?")
        self.purge()
        self.assertFalse(reply.text or reply.sender or reply.candidate_ids)
        self.assertFalse(message.exists())

    def test_a_courtesy_message_keeps_its_day_only(self):
        courtesy = self.courtesy()
        purge = self.purge()
        self.assertFalse(courtesy.sent_to)
        self.assertFalse(self.file.exists())
        self.assertEqual((courtesy.state, purge.document_count), ("sent", 1))

    def test_who_signed_a_cheque_and_why_is_forgotten(self):
        cheque = self.cheque()
        self.purge()
        self.assertFalse(cheque.drawer or cheque.number)
        self.assertFalse(cheque.collection_id.memo)
        self.assertEqual(cheque.amount, 20)

    def test_what_was_asked_about_data_goes_the_register_stays(self):
        request = self.env["recouv.privacy.request"].create(
            {
                "partner_id": self.patient.id,
                "kind": "access",
                "received_on": date(2026, 5, 1),
                "demand": "all that you know of my divorce",
            }
        )
        request.sudo().write(
            {"done_on": date(2026, 5, 20), "answer": "a@b.fr → c@d.fr"}
        )
        self.purge()
        self.assertFalse(request.demand or request.answer)
        self.assertEqual(request.done_on, date(2026, 5, 20))

    # --- what stays -----------------------------------------------------------------

    def live(self):
        """The patient owes again: what is known of him serves."""
        self.make_invoice(due=date(2029, 6, 1))
        self.propose(date(2029, 12, 1))

    def test_while_something_of_the_person_lives_all_stays(self):
        self.live()
        hold, cheque = self.hold(), self.cheque()
        purge = self.purge()
        self.assertEqual((hold.note, cheque.drawer), ("lost his job", "Luc Martin"))
        self.assertEqual(purge.people_count, 0)

    def test_what_is_recent_or_contested_stays(self):
        recent = self.hold(date_from=date(2029, 1, 1), date_to=date(2029, 6, 1))
        contested = self.hold(reason="complaint", date_to=False, file_number=False)
        reply = self.reply(received_on="2029-06-01 10:00:00")
        self.purge()
        self.assertTrue(recent.note and contested.note and reply.text)

    def test_a_cheque_still_in_the_drawer_stays(self):
        cheque = self.cheque()
        cheque._record({"state": "held"})
        self.purge()
        self.assertEqual(cheque.drawer, "Luc Martin")

    def test_another_companys_words_stay(self):
        other = self.setup_other_company(name="Other practice")["company"]
        hold = self.hold(company_id=other.id)
        self.purge()
        self.assertEqual(hold.note, "lost his job")

    # --- the dry run ----------------------------------------------------------------

    def test_the_dry_run_counts_what_the_purge_then_erases(self):
        self.hold(), self.reply(), self.courtesy(), self.cheque()
        wizard = self.dry_run()
        counted = [
            wizard[name]
            for name in ("claim_count", "people_count", "document_count",
                         "message_count")
        ]  # fmt: skip
        self.assertEqual(wizard.people_count, 5)
        self.assertTrue(self.file.exists())
        purge = self.purge()
        self.assertEqual(
            [purge.claim_count, purge.people_count, purge.document_count,
             purge.message_count], counted,
        )  # fmt: skip
        again = self.dry_run()
        self.assertEqual((again.people_count, again.has_work), (0, False))
