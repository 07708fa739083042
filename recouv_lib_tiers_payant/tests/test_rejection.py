from contextlib import contextmanager
from datetime import date
from unittest.mock import patch

from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from .rejection_common import REJECTED, SENT, RejectionCommon


@tagged("post_install", "-at_install")
class TestRejectionFromFile(RejectionCommon):
    """A rejection is made from an answer of a payer, and finds its reason."""

    def test_a_rejected_answer_becomes_work_with_owner_and_deadline(self):
        share = self.make_share()
        with freeze_time(REJECTED):
            rejection = self.reject(share)
        self.assertEqual(share.state, "rejected")
        self.assertEqual(rejection.state, "to_do")
        self.assertEqual(rejection.owner_id, self.biller)
        self.assertEqual(rejection.amount, 70.0)
        self.assertEqual(rejection.rejected_on, REJECTED)
        # forclusion on 1 July 2028, less thirty days
        self.assertEqual(rejection.deadline, date(2028, 6, 1))

    def test_the_same_answer_twice_is_one_rejection(self):
        share = self.make_share()
        lines = self.answer(share)
        first = self.env["recouv.rejection"]._from_lines(lines)
        again = self.env["recouv.rejection"]._from_lines(lines)
        self.assertEqual(first, again)
        self.assertEqual(len(share.rejection_ids), 1)

    def test_an_answer_that_found_no_share_is_left_to_who_settles_it(self):
        lines = self.answer(self.make_share())
        lines.sudo().share_id = False
        self.assertFalse(self.env["recouv.rejection"]._from_lines(lines))

    def test_a_second_cause_is_added_to_the_open_rejection(self):
        share = self.make_share()
        first = self.reject(share)
        second = self.reject(share, "0470 049", "prescription interdite à cette date")
        self.assertEqual(first, second)
        self.assertIn("prescription interdite", first.other_causes)

    def test_a_cause_of_the_invoice_goes_before_one_of_a_line(self):
        lines = self.answer(self.make_share())
        rejection = self.env["recouv.rejection"]._from_lines(
            lines,
            {
                lines.id: [
                    {"code": "1111", "label": "ligne", "level": "L"},
                    {"code": "2222", "label": "facture", "level": "F"},
                ]
            },
        )
        self.assertEqual(rejection.code, "2222")
        self.assertEqual(rejection.other_causes, "1111 ligne")

    def test_a_rejection_without_any_cause_is_work_all_the_same(self):
        lines = self.answer(self.make_share())
        rejection = self.env["recouv.rejection"]._from_lines(lines)
        self.assertFalse(rejection.reason_id)
        self.assertEqual(rejection.state, "to_do")

    def test_many_answers_cost_what_two_cost(self):
        def queries(count):
            shares = self.env["recouv.share"].concat(
                *[self.make_share() for _each in range(count)]
            )
            lines = self.answer(shares)
            causes = {
                line.id: [{"code": "0250 050", "label": "assuré absent"}]
                for line in lines
            }
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["recouv.rejection"]._from_lines(lines, causes)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(1)
        few, many = queries(2), queries(10)
        self.assertLessEqual(many, few + 6)

    def test_states_are_written_by_acts_only(self):
        rejection = self.reject(self.make_share()).with_user(self.biller)
        rejection.note = "called the caisse"
        with self.assertRaises(UserError):
            rejection.write({"state": "recovered"})
        with self.assertRaises(UserError):
            rejection.write({"amount": 1.0})
        with self.assertRaises(UserError):
            rejection.unlink()

    def test_the_biller_enters_a_rejection_known_by_letter(self):
        share = self.make_share()
        rejection = (
            self.env["recouv.rejection"]
            .with_user(self.biller)
            .create({"share_id": share.id, "label": "droits fermés à cette date"})
        )
        self.assertEqual(rejection.payer_id, self.caisse)
        self.assertTrue(rejection.reason_id)
        with self.assertRaises(UserError):
            self.env["recouv.rejection"].with_user(self.biller).create(
                {"share_id": share.id, "state": "recovered"}
            )

    def test_what_a_letter_rejects_is_sent_again(self):
        share = self.make_share()
        rejection = (
            self.env["recouv.rejection"]
            .with_user(self.biller)
            .create({"share_id": share.id, "label": "droits fermés à cette date"})
        )
        self.assertEqual(share.state, "rejected")
        rejection.reason_id.sudo().is_resend_allowed = True
        with freeze_time("2026-06-15"):
            rejection._treat_resend({rejection: "777000009"})
        self.assertEqual(rejection.state, "resent")

    def test_no_payer_rejects_what_it_was_never_sent(self):
        plan = self.plan_share(self.make_draft())
        rejections = self.env["recouv.rejection"].with_user(self.biller)
        with self.assertRaisesRegex(UserError, "post the invoice or book the part"):
            rejections.create({"share_id": plan.id, "label": "droits fermés"})
        self.assertEqual(plan.state, "draft")
        plan.move_id.action_post()
        rejections.create({"share_id": plan.id, "label": "droits fermés"})
        self.assertEqual(plan.state, "rejected")

    def test_a_paid_share_stays_paid_whatever_a_letter_says(self):
        share = self.make_share()
        share._set_state("paid")
        self.env["recouv.rejection"].with_user(self.biller).create(
            {"share_id": share.id, "label": "droits fermés à cette date"}
        )
        self.assertEqual(share.state, "paid")


@tagged("post_install", "-at_install")
class TestRejectionReason(RejectionCommon):
    """Codes are learned from files, and corrected by whoever knows better."""

    def test_a_new_code_is_learned_with_the_action_of_its_label(self):
        rejection = self.reject(self.make_share(), "9876 543", "carte non à jour")
        reason = rejection.reason_id
        self.assertTrue(reason.is_learned)
        self.assertEqual((reason.code, reason.part), ("9876543", "O"))
        self.assertEqual(reason.company_id, self.company)
        self.assertEqual(rejection.action_class, "ask_patient")

    def test_a_learned_code_is_found_again_however_it_is_written(self):
        reason = self.reject(self.make_share(), "9876 543", "carte").reason_id
        again = self.reject(self.make_share(), "9876543", "autre texte").reason_id
        short = self.reject(self.make_share(), "9876", "encore").reason_id
        self.assertEqual(again, reason)
        self.assertEqual(short, reason)

    def test_another_detail_of_a_code_is_another_reason(self):
        one = self.reject(self.make_share(), "9876 543", "carte").reason_id
        other = self.reject(self.make_share(), "9876 111", "tarif").reason_id
        self.assertNotEqual(one, other)

    def test_the_same_code_of_a_mutual_fund_is_another_reason(self):
        one = self.reject(self.make_share(), "9876", "carte").reason_id
        other = self.reject(self.make_share(self.mutual), "9876", "carte").reason_id
        self.assertNotEqual(one, other)
        self.assertEqual(other.part, "C")

    def test_words_without_a_code_are_learned_too(self):
        label = "Motif vraiment inhabituel du centre 12"
        one = self.reject(self.make_share(), "", label).reason_id
        again = self.reject(self.make_share(), "", label.upper()).reason_id
        self.assertTrue(one)
        self.assertEqual(one, again)

    def test_a_correction_re_classes_what_is_open(self):
        rejections = self.reject(
            self.make_share() + self.make_share(), "9876", "carte perdue"
        )
        rejections[1]._record({"state": "waiting"})
        reason = rejections.reason_id
        reason.with_user(self.biller).action_class = "correct_and_resend"
        self.assertEqual(rejections[0].action_class, "correct_and_resend")
        # what waits for an answer is not touched
        self.assertEqual(rejections[1].action_class, "ask_patient")
        later = self.reject(self.make_share(), "9876", "carte perdue")
        self.assertEqual(later.action_class, "correct_and_resend")

    def test_the_action_of_a_rejection_is_taught_to_its_reason(self):
        first, second = self.reject(
            self.make_share() + self.make_share(), "9876", "carte"
        ).with_user(self.biller)
        first.action_class = "wait"
        first.action_learn()
        self.assertEqual(second.action_class, "wait")

    def test_a_shared_reason_is_adapted_not_changed(self):
        shared = self.make_reason("7777", "wait", company_id=False)
        rejection = self.reject(self.make_share(), "7777", "x")
        self.assertEqual(rejection.reason_id, shared)
        as_biller = shared.with_user(self.biller)
        with self.assertRaisesRegex(UserError, "shared by every practice"):
            as_biller.action_class = "give_up"
        action = as_biller.action_adapt()
        mine = self.env["recouv.rejection.reason"].browse(action["res_id"])
        self.assertEqual(mine.company_id, self.company)
        self.assertEqual(rejection.reason_id, mine)
        mine.with_user(self.biller).action_class = "claim_payer"
        self.assertEqual(rejection.action_class, "claim_payer")
        self.assertEqual(shared.action_class, "wait")
        self.assertEqual(self.reject(self.make_share(), "7777", "x").reason_id, mine)


@tagged("post_install", "-at_install")
class TestTreatment(RejectionCommon):
    """Each treatment, its failures, and its undoing."""

    def treat(self, rejections, user=None, **values):
        wizard = (
            self.env["recouv.rejection.treat"]
            .with_user(user or self.biller)
            .create({"rejection_ids": [Command.set(rejections.ids)], **values})
        )
        wizard.action_apply()
        return rejections.act_ids.filtered(lambda act: not act.undone_on)

    # --- sending again

    @freeze_time("2026-06-15")
    def test_a_corrected_share_is_sent_again_and_stays_on_the_payer(self):
        share = self.make_share()
        transfer, claim = share.transfer_id, share.claim_id
        rejection = self.reject(share)
        self.treat(rejection, action="correct_and_resend", first_number="777000001")
        attempt = rejection.act_ids.share_id
        self.assertEqual(share.state, "corrected")
        self.assertEqual(rejection.state, "resent")
        self.assertEqual(attempt.state, "transmitted")
        self.assertEqual(attempt.attempt, 2)
        self.assertEqual(attempt.origin_share_id, share)
        self.assertEqual(attempt.invoice_number, "777000001")
        self.assertEqual((attempt.transfer_id, attempt.claim_id), (transfer, claim))
        self.assertEqual(transfer.state, "posted")
        self.assertEqual(attempt.sent_on, date(2026, 6, 15))
        # seven working days after Monday 15 June
        self.assertEqual(attempt.expected_date, date(2026, 6, 24))
        # the delay to ask for it does not start anew
        self.assertEqual(attempt.limitation_date, share.limitation_date)

    def test_a_corrected_invoice_takes_a_new_number_of_nine_digits(self):
        share = self.make_share()
        rejection = self.reject(share)
        for number, words in (
            (share.invoice_number, "sent already"),
            ("12", "nine digits"),
            ("12345678A", "nine digits"),
        ):
            with self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
                rejection._treat_resend({rejection: number})
        self.assertEqual(share.state, "rejected")

    def test_two_are_not_sent_again_under_one_number(self):
        first = self.reject(self.make_share())
        second = self.reject(self.make_share())
        with self.assertRaisesRegex(UserError, "sent already"):
            (first | second)._treat_resend(dict.fromkeys(first | second, "777000001"))
        self.assertEqual((first | second).mapped("state"), ["to_do", "to_do"])

    def test_a_share_is_not_sent_again_for_ever(self):
        self.company.recouv_share_attempts = 2
        rejection = self.reject(self.make_share())
        self.treat(rejection, action="correct_and_resend", first_number="777000001")
        again = self.reject(rejection.act_ids.share_id)
        with self.assertRaisesRegex(UserError, "2 times already"):
            self.treat(again, action="correct_and_resend", first_number="777000002")

    def test_what_sending_again_does_not_mend_is_refused(self):
        self.make_reason("2900005", "claim_payer", is_resend_allowed=False)
        rejection = self.reject(self.make_share(), "2900 005", "déjà payée")
        with self.assertRaisesRegex(UserError, "not put right"):
            self.treat(rejection, action="correct_and_resend", first_number="777000001")

    @freeze_time("2026-06-15")
    def test_the_number_of_what_was_taken_back_is_free_again(self):
        rejection = self.reject(self.make_share())
        values = {"action": "correct_and_resend", "first_number": "777000001"}
        self.treat(rejection, **values).with_user(self.biller).undo("not sent")
        act = self.treat(rejection, **values)
        self.assertEqual(act.share_id.invoice_number, "777000001")
        self.assertEqual(act.share_id.attempt, 2)
        other = self.reject(self.make_share())
        with self.assertRaisesRegex(UserError, "sent already"):
            self.treat(other, **values)

    def test_an_unanswered_attempt_is_taken_back(self):
        share = self.make_share()
        rejection = self.reject(share)
        act = self.treat(
            rejection, action="correct_and_resend", first_number="777000001"
        )
        with self.assertRaises(UserError):
            act.with_user(self.biller).undo("")
        act.with_user(self.biller).undo("wrong patient")
        self.assertEqual(share.state, "rejected")
        self.assertEqual(rejection.state, "to_do")
        self.assertEqual(act.share_id.state, "abandoned")
        self.assertEqual(share.amount_open, 70.0)

    def test_an_answered_attempt_is_not_taken_back(self):
        rejection = self.reject(self.make_share())
        act = self.treat(
            rejection, action="correct_and_resend", first_number="777000001"
        )
        act.share_id.sudo()._set_state("acknowledged")
        with self.assertRaisesRegex(UserError, "answered already"):
            act.with_user(self.biller).undo("too late")

    def waiting_lot(self, **values):
        lots = self.env["recouv.lot"].with_user(self.biller)
        return lots.create({"name": "077", "date": date(2026, 6, 16), **values})

    @freeze_time("2026-06-17")
    def test_what_goes_into_a_lot_that_has_not_left_leaves_with_it(self):
        rejection, lot = self.reject(self.make_share()), self.waiting_lot()
        resend = {"action": "correct_and_resend", "first_number": "777000001"}
        act = self.treat(rejection, lot_id=lot.id, **resend)
        attempt = act.share_id
        self.assertEqual((attempt.state, attempt.lot_id), ("draft", lot.sudo()))
        self.assertFalse(attempt.sent_on)
        self.assertEqual(rejection.state, "resent")
        # taken back, it is in no lot
        act.with_user(self.biller).undo("wrong number")
        self.assertEqual((attempt.state, attempt.lot_id.id), ("abandoned", False))
        self.assertEqual(rejection.state, "to_do")
        act = self.treat(rejection, lot_id=lot.id, **resend)
        lot.action_transmitted()
        attempt = act.share_id
        self.assertEqual((attempt.state, attempt.attempt), ("transmitted", 2))
        self.assertEqual(attempt.sent_on, date(2026, 6, 16))
        self.assertTrue(attempt.expected_date)

    def test_a_lot_of_another_payer_takes_nothing(self):
        rejection = self.reject(self.make_share())
        lot = self.waiting_lot(payer_id=self.mutual.id)
        with self.assertRaisesRegex(UserError, "not for the payer"):
            rejection._treat_resend({rejection: "777000001"}, lot=lot)

    def test_only_lots_of_the_payer_are_proposed(self):
        mine = self.waiting_lot()
        others = self.waiting_lot(name="078", payer_id=self.mutual.id)
        shares = self.make_share() + self.make_share(self.mutual)
        for rejections, payer in (
            (self.reject(shares[0]), self.caisse),
            (self.reject(shares), self.env["res.partner"]),
        ):
            wizard = (
                self.env["recouv.rejection.treat"]
                .with_user(self.biller)
                .create(
                    {
                        "rejection_ids": [Command.set(rejections.ids)],
                        "action": "correct_and_resend",
                    }
                )
            )
            self.assertEqual(wizard.payer_id, payer.with_user(self.biller))
            domain = safe_eval(
                wizard._fields["lot_id"].domain,
                {"company_id": wizard.company_id.id, "payer_id": wizard.payer_id.id},
            )
            found = self.env["recouv.lot"].search(domain)
            self.assertEqual(found & (mine | others), mine.sudo(False))

    # --- recovered

    @freeze_time("2026-06-20")
    def test_money_after_a_new_attempt_recovers_the_first_rejection(self):
        rejection = self.reject(self.make_share())
        self.treat(rejection, action="correct_and_resend", first_number="777000001")
        rejection.act_ids.share_id.sudo()._set_state("paid")
        self.assertEqual(rejection.state, "recovered")
        self.assertEqual(rejection.closed_on, date(2026, 6, 20))

    def test_money_that_nobody_announced_is_found_by_the_nightly_job(self):
        share = self.make_share()
        rejection, other = self.reject(share), self.reject(self.make_share())
        self.pay_payer(share)
        self.env["recouv.rejection"]._cron_follow()
        self.assertEqual(rejection.state, "recovered")
        self.assertEqual(other.state, "to_do")

    # --- asking the patient

    @freeze_time("2026-06-15")
    def test_the_patient_is_asked_for_a_certificate_without_a_word_of_care(self):
        rejection = self.reject(
            self.make_share(), "0450 072", "exonération ALD non trouvée"
        )
        with self.nothing_leaves():
            self.treat(rejection, action="ask_patient")
        mail = rejection.act_ids.sudo().mail_id
        self.assertEqual(mail.state, "outgoing")
        subject, body = mail.subject, str(mail.body_html)
        self.assertIn("camille@example.com", mail.email_to)
        self.assertIn(rejection.move_id.name, subject)
        for word in ("ALD", "exon", "0450", self.caisse.name):
            self.assertNotIn(word, subject + body)
        self.assertEqual(rejection.state, "waiting")
        self.assertEqual(rejection.wait_until, date(2026, 6, 30))
        self.assertEqual(rejection.act_ids.sent_to, "camille@example.com")

    @contextmanager
    def nothing_leaves(self):
        """Within, a message that leaves while its transaction is open is an error."""

        def refuse(_messages, **_options):
            raise AssertionError("it left inside the transaction")

        with (
            patch.object(type(self.env["mail.mail"]), "send", refuse),
            patch.object(type(self.env["sms.sms"]), "send", refuse),
        ):
            yield

    def queued(self, model):
        return self.env[model].sudo().search([("state", "=", "outgoing")])

    def billables(self):
        other = self.make_share(payer=self.mutual)
        return self.billable(payer=self.mutual) | self.reject(
            other, "5555", "plafond atteint"
        )

    @freeze_time("2026-06-15")
    def test_bills_wait_in_the_queue_until_all_is_booked(self):
        rejections = self.billables()
        before = self.queued("mail.mail")
        with self.nothing_leaves():
            acts = self.treat(rejections, action="bill_patient")
        mail = self.queued("mail.mail") - before
        self.assertEqual(len(mail), 1)
        self.assertEqual(acts.sudo().mail_id, mail)
        job = self.env.ref("mail.ir_cron_mail_scheduler_action")
        triggers = self.env["ir.cron.trigger"].sudo()
        self.assertTrue(triggers.search([("cron_id", "=", job.id)]))

    @freeze_time("2026-06-15")
    def test_what_could_not_be_booked_is_told_to_nobody(self):
        rejections = self.billables()
        before = self.queued("mail.mail")
        shares = type(self.env["recouv.share"])
        with (
            patch.object(shares, "_to_patient", side_effect=UserError("locked")),
            self.assertRaisesRegex(UserError, "locked"),
            self.env.cr.savepoint(),
        ):
            self.treat(rejections, action="bill_patient")
        self.env.invalidate_all()
        self.assertEqual(self.queued("mail.mail"), before)
        self.assertEqual(set(rejections.mapped("state")), {"to_do"})

    @freeze_time("2026-06-15")
    def test_a_text_waits_in_its_queue_too(self):
        self.patient.phone = "+33 6 12 34 56 78"
        rejection = self.reject(self.make_share())
        with self.nothing_leaves():
            self.treat(rejection, action="ask_patient", channel="sms")
        self.assertEqual(rejection.act_ids.sudo().sms_id.state, "outgoing")

    @freeze_time("2026-06-15")
    def test_undone_before_it_left_it_does_not_leave(self):
        self.patient.phone = "+33 6 12 34 56 78"
        rejection = self.reject(self.make_share())
        for channel, fname, state in (
            ("sms", "sms_id", "canceled"),
            ("email", "mail_id", "cancel"),
        ):
            act = self.treat(rejection, action="ask_patient", channel=channel)
            message = act.sudo()[fname]
            act.undo("wrong person")
            self.assertEqual(message.state, state)
            self.assertEqual(rejection.state, "to_do")

    @freeze_time("2026-06-15")
    def test_a_message_about_two_leaves_when_one_of_them_is_undone(self):
        acts = self.treat(
            self.reject(self.make_share() + self.make_share()), action="ask_patient"
        )
        mail = acts.sudo().mail_id
        acts[0].undo("card seen")
        self.assertEqual(mail.state, "outgoing")
        acts[1].undo("card seen too")
        self.assertEqual(mail.state, "cancel")

    @freeze_time("2026-06-15")
    def test_a_patient_without_an_e_mail_receives_a_letter(self):
        self.patient.email = False
        rejections = self.reject(self.make_share() + self.make_share())
        acts = self.treat(rejections, action="ask_patient")
        self.assertEqual(set(acts.mapped("channel")), {"letter"})
        self.assertEqual(len(acts.document_id), 1)
        self.assertEqual(acts.document_id.mimetype, "application/pdf")

    def test_a_patient_who_cannot_be_reached_is_named(self):
        self.patient.write({"email": False, "street": False})
        rejection = self.reject(self.make_share())
        with self.assertRaisesRegex(UserError, "Camille Martin has no postal"):
            self.treat(rejection, action="ask_patient")

    @freeze_time("2026-06-15")
    def test_who_cannot_be_reached_is_left_out_on_demand(self):
        self.make_reason("5555")
        nobody = self.make_patient("Sam Petit", email=False, street=False)
        share = self.make_share(
            self.mutual, invoice=self.make_invoice(nobody, invoice_date=SENT, due=SENT)
        )
        bad = self.reject(share, "5555", "plafond")
        good = self.reject(self.make_share(self.mutual), "5555", "plafond")
        for action, state in (
            ("ask_patient", "waiting"),
            ("bill_patient", "to_patient"),
        ):
            with self.assertRaisesRegex(UserError, "Petit has no postal.*1 of 2"):
                self.treat(bad + good, action=action)
            wizard = (
                self.env["recouv.rejection.treat"]
                .with_user(self.biller)
                .create({"rejection_ids": [(6, 0, (bad + good).ids)], "action": action})
            )
            self.assertEqual(wizard.refused_ids, bad.with_user(self.biller))
            self.assertIn("no postal address", wizard.obstacle)
            wizard.skip_refused = True
            wizard.action_apply()
            self.assertEqual((bad.state, good.state), ("to_do", state))

    def test_the_channel_that_is_chosen_must_reach_them(self):
        rejection = self.reject(self.make_share())
        self.patient.phone = False
        self.assertFalse(rejection._obstacles("ask_patient"))
        refused = rejection._obstacles("ask_patient", "sms")
        self.assertIn("no mobile number", refused[rejection])
        # who is not written to need not be reached
        self.patient.write({"email": False, "street": False})
        self.assertFalse(rejection._obstacles("wait"))

    def test_a_person_of_whom_nobody_is_named_is_not_written_to(self):
        self.patient.recouv_deceased_on = date(2026, 6, 1)
        rejection = self.reject(self.make_share())
        with self.assertRaisesRegex(UserError, "Nobody is named"):
            self.treat(rejection, action="ask_patient")

    def test_who_did_not_answer_comes_back_to_the_list(self):
        with freeze_time("2026-06-15"):
            rejection = self.reject(self.make_share())
            self.treat(rejection, action="wait", until=date(2026, 6, 20))
        with freeze_time("2026-06-20"):
            self.env["recouv.rejection"]._cron_follow()
            self.assertEqual(rejection.state, "waiting")
        with freeze_time("2026-06-21"):
            self.env["recouv.rejection"]._cron_follow()
            self.assertEqual(rejection.state, "to_do")

    @freeze_time("2026-06-15")
    def test_nothing_waits_beyond_its_forclusion(self):
        share = self.make_share()
        share.sudo()._record({"limitation_date": date(2026, 7, 1)})
        rejection = self.reject(share)
        with self.assertRaisesRegex(UserError, "is lost on"):
            self.treat(rejection, action="wait", until=date(2026, 7, 2))
        with self.assertRaisesRegex(UserError, "today or later"):
            self.treat(rejection, action="wait", until=date(2026, 6, 14))

    # --- billing the patient

    def billable(self, **values):
        self.make_reason("5555", "bill_patient")
        return self.reject(self.make_share(**values), "5555", "plafond atteint")

    @freeze_time("2026-06-15")
    def test_a_rejected_part_becomes_the_patients_debt_from_a_new_day(self):
        rejection = self.billable(payer=self.mutual)
        invoice, share = rejection.move_id, rejection.share_id
        act = self.treat(rejection, action="bill_patient")
        self.assertEqual(share.state, "to_patient")
        self.assertEqual(rejection.state, "to_patient")
        item = act.transfer_id.target_line_id
        self.assertEqual(item.partner_id, invoice.partner_id)
        self.assertEqual(item.amount_residual, 70.0)
        self.assertEqual(item.date_maturity, date(2026, 7, 15))
        self.assertEqual(act.channel, "email")
        share.invalidate_recordset()
        self.assertEqual(share.amount_open, 0.0)

    def test_its_schedule_starts_anew_but_its_limitation_runs_from_the_care(self):
        with freeze_time("2026-06-15"):
            rejection = self.billable(payer=self.mutual)
            act = self.treat(rejection, action="bill_patient")
        with freeze_time("2026-07-10"):
            self.propose(date(2026, 7, 10))
            self.assertFalse(self.claim_on(act))
        with freeze_time("2026-07-20"):
            self.propose(date(2026, 7, 20))
        claim = self.claim_on(act)
        self.assertEqual(claim.capacity, "creditor")
        self.assertEqual(claim.partner_id, self.patient)
        self.assertEqual(claim.date_due, date(2026, 7, 15))
        self.assertEqual(claim.origin_claim_id, rejection.share_id.claim_id)
        self.assertEqual(claim.next_date, date(2026, 7, 25))
        # two years after the care of 4 May 2026
        self.assertEqual(claim.limitation_date, date(2028, 5, 4))

    def claim_on(self, act):
        return self.env["recouv.claim"].search(
            [("move_line_id", "=", act.transfer_id.target_line_id.id)]
        )

    def test_an_exempted_person_never_owes_the_amo_part(self):
        for exemption in ("ald", "maternity", "at"):
            rejection = self.billable()
            rejection.share_id.sudo()._record({"exemption": exemption})
            with self.assertRaisesRegex(UserError, "exempted"):
                self.treat(rejection, action="bill_patient")
            self.assertEqual(rejection.share_id.state, "rejected")

    def test_a_person_with_c2s_owes_nothing_whoever_pays(self):
        self.env["recouv.coverage"].create(
            {
                "partner_id": self.patient.id,
                "payer_id": self.caisse.id,
                "kind": "amo",
                "exemption": "c2s",
                "company_id": self.company.id,
                "valid_from": date(2026, 1, 1),
            }
        )
        rejection = self.billable(payer=self.mutual)
        self.assertEqual(rejection.action_class, "claim_payer")
        with self.assertRaisesRegex(UserError, "exempted"):
            self.treat(rejection, action="bill_patient")

    def test_a_reason_that_is_the_practices_fault_is_not_billed(self):
        self.make_reason("6666", "correct_and_resend", is_patient_allowed=False)
        rejection = self.reject(self.make_share(), "6666", "cotation")
        with self.assertRaisesRegex(UserError, "does not make it the patient's"):
            self.treat(rejection, action="bill_patient")

    @freeze_time("2026-06-15")
    def test_a_patient_is_not_given_a_day_that_has_passed(self):
        rejection = self.billable()
        with self.assertRaisesRegex(UserError, "still to come"):
            self.treat(rejection, action="bill_patient", date_due=date(2026, 6, 15))

    @freeze_time("2026-06-15")
    def test_a_bill_by_mistake_goes_back_to_the_payer(self):
        rejection = self.billable(payer=self.mutual)
        act = self.treat(rejection, action="bill_patient")
        act.with_user(self.biller).undo("the mutual fund pays after all")
        share = rejection.share_id
        self.assertEqual(rejection.state, "to_do")
        self.assertEqual(share.state, "rejected")
        share.invalidate_recordset()
        self.assertEqual(share.amount_open, 70.0)
        self.assertEqual(share.transfer_id.target_line_id.partner_id, self.mutual)

    @freeze_time("2026-06-15")
    def test_a_bill_undone_leaves_what_the_payer_paid_before(self):
        rejection = self.billable(payer=self.mutual)
        share = rejection.share_id
        self.pay_item(self.item_of(share), 40.0)
        act = self.treat(rejection, action="bill_patient")
        item = act.transfer_id.target_line_id
        self.assertEqual(item.amount_residual, 30.0)
        claim, transfer = share.claim_id, share.transfer_id
        act.with_user(self.biller).undo("the mutual fund pays after all")
        share.invalidate_recordset()
        self.assertEqual((share.state, share.amount_paid), ("partial", 40.0))
        self.assertEqual((share.amount_open, share.transfer_id), (30.0, transfer))
        self.assertEqual((share.claim_id, item.amount_residual), (claim, 0.0))
        self.assertEqual(rejection.state, "to_do")
        act = self.treat(rejection, action="bill_patient")
        self.assertEqual(act.transfer_id.target_line_id.amount_residual, 30.0)

    def test_the_patients_claim_goes_with_the_bill(self):
        with freeze_time("2026-06-15"):
            rejection = self.billable(payer=self.mutual, amount=100.0)
            act = self.treat(rejection, action="bill_patient")
        with freeze_time("2026-07-20"):
            self.propose(date(2026, 7, 20))
            claim = self.claim_on(act)
            act.with_user(self.biller).undo("the mutual fund pays after all")
            self.env.invalidate_all()
            self.assertEqual(claim.settlement, "transferred")

    @freeze_time("2026-06-15")
    def test_a_draft_of_a_lot_that_did_not_leave_is_taken_back(self):
        share = self.make_share()
        rejection = self.reject(share).with_user(self.biller)
        attempt = share.sudo()._prepare_resend(
            {share.sudo(): {"invoice_number": "777000001"}}
        )[share.sudo()]
        lot = self.make_lot(attempt.with_user(self.biller), sent=False)
        acts = self.env["recouv.rejection.act"].with_user(self.biller)
        act = acts._do(rejection, "correct_and_resend", {"share_id": attempt.id})
        act.undo("not yet")
        self.assertEqual((attempt.state, share.state), ("abandoned", "rejected"))
        self.assertFalse(lot.share_ids)

    @freeze_time("2026-06-15")
    def test_a_bill_that_was_paid_is_not_undone(self):
        act = self.treat(self.billable(payer=self.mutual), action="bill_patient")
        item = act.transfer_id.target_line_id
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.patient.id,
                "amount": 70.0,
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        (item + payment.move_id.line_ids.filtered(
            lambda line: line.account_id == item.account_id)).reconcile()  # fmt: skip
        with self.assertRaisesRegex(UserError, "has paid"):
            act.with_user(self.biller).undo("no")

    # --- claiming, giving up

    @freeze_time("2026-06-15")
    def test_one_letter_claims_all_of_a_payer(self):
        rejections = self.reject(
            self.make_share() + self.make_share() + self.make_share(self.mutual),
            "2900 005",
            "facture déjà payée",
        )
        acts = self.treat(rejections, action="claim_payer", until=date(2026, 7, 15))
        self.assertEqual(len(acts.document_id), 2)
        self.assertEqual(set(rejections.mapped("state")), {"waiting"})
        rejections.act_ids[:1].with_user(self.biller).undo("not posted")
        self.assertEqual(rejections.mapped("state").count("to_do"), 1)

    def test_only_a_manager_gives_money_up_and_says_why(self):
        rejection = self.reject(self.make_share())
        with self.assertRaisesRegex(UserError, "only a manager"):
            self.treat(rejection, action="give_up", note="too late")
        with self.assertRaisesRegex(UserError, "Say why"):
            self.treat(rejection, self.boss, action="give_up")
        act = self.treat(rejection, self.boss, action="give_up", note="too late")
        self.assertEqual(rejection.state, "abandoned")
        self.assertEqual(rejection.share_id.state, "abandoned")
        self.env.invalidate_all()
        self.assertEqual(rejection.share_id.amount_open, 0.0)
        self.assertEqual(rejection.share_id.claim_id.settlement, "written_off")
        self.assertEqual(act.write_off_id.amount_currency, 70.0)
        self.env["recouv.rejection"]._cron_follow()
        self.assertEqual(rejection.state, "abandoned")

    def test_what_was_given_up_is_not_credited_to_the_caisse(self):
        share = self.make_share()
        self.plan_share(share.move_id, self.mutual, 20)._book()
        act = self.treat(
            self.reject(share), self.boss, action="give_up", note="too late"
        )
        for part in (None, "amo"):
            with (
                self.assertRaisesRegex(UserError, "written off"),
                self.env.cr.savepoint(),
            ):
                self.credit_note(share.move_id, 100, part)
        self.credit_note(share.move_id, 10, "amc")
        owed = self.env["recouv.transfer"].search([("is_credit", "=", True)])
        self.assertEqual(owed.target_partner_id, self.mutual)
        act.with_user(self.boss).undo("the caisse pays")
        self.credit_note(share.move_id, 90)
        self.env.invalidate_all()
        self.assertEqual(share.amount_open, 0)

    def test_what_was_given_up_is_taken_up_again(self):
        rejection = self.reject(self.make_share())
        act = self.treat(rejection, self.boss, action="give_up", note="too late")
        act.with_user(self.boss).undo("the caisse pays")
        self.env.invalidate_all()
        self.assertEqual(rejection.state, "to_do")
        self.assertEqual(rejection.share_id.amount_open, 70.0)

    # --- many at once

    def test_many_of_one_cause_are_treated_on_one_screen(self):
        def queries(count):
            shares = self.env["recouv.share"].concat(
                *[self.make_share() for _each in range(count)]
            )
            rejections = self.reject(shares).with_user(self.biller)
            wizard = (
                self.env["recouv.rejection.treat"]
                .with_user(self.biller)
                .create(
                    {
                        "rejection_ids": [Command.set(rejections.ids)],
                        "action": "wait",
                        "until": date(2027, 1, 1),
                    }
                )
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            wizard.action_apply()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(1)
        few, many = queries(2), queries(16)
        self.assertLessEqual(many, few + 5)

    def test_those_that_cannot_be_treated_are_left_out_on_demand(self):
        self.make_reason("6666", "correct_and_resend", is_patient_allowed=False)
        self.make_reason("5555", "bill_patient")
        bad = self.reject(self.make_share(), "6666", "cotation")
        good = self.reject(self.make_share(), "5555", "plafond")
        with self.assertRaisesRegex(UserError, "1 of 2"):
            self.treat(bad + good, action="bill_patient")
        self.treat(bad + good, action="bill_patient", skip_refused=True)
        self.assertEqual((bad.state, good.state), ("to_do", "to_patient"))

    def test_numbers_of_many_count_on_from_the_first(self):
        rejections = self.reject(self.make_share() + self.make_share())
        self.treat(rejections, action="correct_and_resend", first_number="777000001")
        self.assertEqual(
            sorted(rejections.act_ids.share_id.mapped("invoice_number")),
            ["777000001", "777000002"],
        )

    def test_what_is_ended_is_not_treated_again(self):
        rejection = self.reject(self.make_share())
        self.treat(rejection, self.boss, action="give_up", note="too late")
        with self.assertRaisesRegex(UserError, "cannot be treated"):
            self.treat(rejection, action="wait", until=date(2030, 1, 1))

    def test_the_secretary_sees_no_rejection(self):
        self.reject(self.make_share())
        rejections = self.env["recouv.rejection"].with_user(self.secretary)
        self.assertFalse(rejections.has_access("read"))

    def test_another_company_is_not_treated(self):
        rejection = self.reject(self.make_share())
        other = self.env["res.company"].create({"name": "Other practice"})
        self.biller.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        found = self.env["recouv.rejection"].with_user(self.biller).search([])
        self.assertNotIn(rejection, found)


@tagged("post_install", "-at_install")
class TestRejectionSettings(RejectionCommon):
    def test_a_share_is_sent_at_least_once(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self.company.recouv_share_attempts = 0
            self.env.flush_all()


@tagged("post_install", "-at_install")
class TestBulkQueries(RejectionCommon):
    """Many rejections of one cause cost a bounded number of queries each."""

    def rejections(self, count):
        shares = self.env["recouv.share"].union(
            *(self.make_share(self.mutual) for _one in range(count))
        )
        self.make_reason(f"77{count}")
        return self.reject(shares, f"77{count}", "plafond")

    def queries(self, work):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def growth(self, work):
        """Queries that each further rejection costs."""
        few, many = self.rejections(3), self.rejections(18)
        return (self.queries(lambda: work(many)) - self.queries(lambda: work(few))) / 15

    @freeze_time("2026-06-15")
    def test_many_of_one_cause_are_sent_again_in_one_screen(self):
        numbers = iter((500_000_000, 600_000_000))

        def send(rejections):
            wizard = (
                self.env["recouv.rejection.treat"]
                .with_user(self.biller)
                .create(
                    {
                        "rejection_ids": [Command.set(rejections.ids)],
                        "action": "correct_and_resend",
                        "first_number": f"{next(numbers)}",
                    }
                )
            )
            wizard.action_apply()
            sent.append(rejections)

        sent = []
        # the wizard's own lines cost one each
        self.assertLessEqual(self.growth(send), 3)
        rejections = sent[0]
        attempts = rejections.share_id.next_share_ids
        self.assertEqual(set(attempts.mapped("state")), {"transmitted"})
        self.assertEqual(len(set(attempts.mapped("invoice_number"))), 18)
        self.assertEqual(set(rejections.mapped("state")), {"resent"})
        self.assertEqual(sum(attempts.mapped("amount_open")), 18 * 70)

    @freeze_time("2026-06-15")
    def test_billing_many_patients_costs_little_for_each(self):
        each = self.growth(
            lambda all_: all_._treat_bill(date(2026, 7, 15), channel="letter")
        )
        self.assertLessEqual(each, 6)
