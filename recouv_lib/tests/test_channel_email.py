from email.message import EmailMessage

from odoo import Command
from odoo.tests import freeze_time, tagged

from .channel_common import WORKING_HOUR, ChannelCommon, html_of

EMAIL = {"channel": "email", "max_attempts": 2}
LETTER = {"channel": "letter", "anchor": "previous_step", "delay_days": 8}
BOUNCE = """From: MAILER-DAEMON@example.com
To: bounce@practice.example.com
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce.1@example.com>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"

--cut
Content-Type: text/plain; charset=utf-8

The mailbox is full.

--cut
Content-Type: message/delivery-status

Final-Recipient: rfc822; camille.martin@example.com
Action: failed
Status: 5.2.2

--cut
Content-Type: message/rfc822

From: cabinet@example.com
To: camille.martin@example.com
Message-ID: %(message_id)s

--cut--
"""


class EmailCommon(ChannelCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.use_steps(EMAIL, LETTER)

    @classmethod
    def set_up_bounces(cls):
        cls.company.alias_domain_id = cls.env["mail.alias.domain"].create(
            {"name": "practice.example.com"}
        )

    def bounce(self, notice):
        """Give Odoo's gateway the bounce that a mail server would send back."""
        self.env["mail.thread"].message_process(
            False, BOUNCE % {"message_id": notice.message_id.message_id}
        )


@tagged("post_install", "-at_install")
@freeze_time(WORKING_HOUR)
class TestChannelEmail(EmailCommon):
    def test_a_reminder_leaves_with_amount_reference_and_deadline(self):
        move = self.make_invoice()
        notice = self.relance()
        [message] = self.mail_sink.messages
        self.assertIn("camille.martin@example.com", message["To"])
        self.assertIn("cabinet@example.com", message["From"])
        self.assertIn(move.name, message["Subject"])
        for word in ("100", move.name, "22", "2026", "2 99 00 00 00"):
            self.assertIn(word, html_of(message))
        self.assertEqual(notice.state, "sent")
        self.assertIn("camille.martin@example.com", notice.sent_to)
        self.assertTrue(notice.date_sent)

    def test_without_bounces_a_reminder_is_proven_at_once_and_settings_say_so(self):
        move = self.make_invoice()
        notice = self.relance()
        self.assertEqual(str(notice.proven_on), "2026-06-15")
        self.assertEqual(self.claims_of(move).step_id, self.policy.step_ids[0])
        self.assertIn("not set up", self.company._recouv_email_proof_note())

    def test_the_message_stands_on_the_oldest_claim(self):
        move = self.make_invoice()
        self.make_invoice(due="2026-06-05")
        notice = self.relance()
        claim = self.claims_of(move)
        self.assertEqual(notice.lead_claim_id, claim)
        self.assertIn(notice.message_id, claim.message_ids)

    def test_nothing_leads_to_the_invoices_own_page(self):
        move = self.make_invoice()
        self.relance()
        text = self.mail_sink.messages[0].as_string()
        for link in ("/my/", "access_token", "/mail/view", move.access_token or "-§-"):
            self.assertNotIn(link, text)

    def test_a_reminder_shows_no_care_and_the_neutral_name_only(self):
        self.company.write(
            {"name": "Cabinet d'oncologie Rennes", "recouv_sender_name": "Dr Le Goff"}
        )
        self.make_invoice(narration="chimiothérapie")
        self.relance()
        [message] = self.mail_sink.messages
        self.assertIn("Le Goff", message["From"])
        for part in (message["From"], message["Subject"], html_of(message)):
            self.assertNotIn("oncologie", part)
            self.assertNotIn("chimio", part)

    def test_one_debtors_message_carries_nothing_of_another(self):
        other = self.make_patient("Bob Durand", email="bob@example.com")
        mine, his = self.make_invoice(), self.make_invoice(other)
        self.relance()
        texts = {m["To"]: m.as_string() for m in self.mail_sink.messages}
        self.assertEqual(len(texts), 2)
        for address, text in texts.items():
            own, foreign = (his, mine) if "bob" in address else (mine, his)
            self.assertIn(own.name, text)
            self.assertNotIn(foreign.name, text)
        for message in self.mail_sink.messages:
            self.assertFalse(list(message.iter_attachments()))

    def test_the_debtors_language_decides_the_text(self):
        template = self.env.ref("recouv_lib.mail_template_reminder")
        template.with_context(lang="fr_FR").subject = "Rappel"
        self.make_invoice()
        english = self.make_patient("Ann", lang="en_US", email="ann@example.com")
        self.make_invoice(english)
        self.relance()
        subjects = {m["To"]: m["Subject"] for m in self.mail_sink.messages}
        for address, subject in subjects.items():
            word = "Reminder" if "ann@" in address else "Rappel"
            self.assertTrue(subject.startswith(word), subject)

    def test_an_invoicing_address_of_the_debtor_is_preferred(self):
        self.patient.child_ids = [
            Command.create({"name": "X", "type": "contact", "email": "x@example.com"}),
            Command.create({"name": "F", "type": "invoice", "email": "f@example.com"}),
        ]
        self.make_invoice()
        notice = self.relance()
        [message] = self.mail_sink.messages
        self.assertIn("f@example.com", message["To"])
        self.assertEqual(notice.recipient_id.email, "f@example.com")

    def test_nobody_else_is_ever_written_to(self):
        self.patient.email = False
        self.patient.child_ids = [
            Command.create({"name": "X", "type": "contact", "email": "x@example.com"})
        ]
        self.make_invoice()
        notice = self.relance()
        self.assertEqual(notice.failure_type, "no_email")
        self.assertFalse(self.mail_sink.messages)

    def test_without_an_address_the_next_step_follows(self):
        self.patient.email = False
        move = self.make_invoice()
        self.relance()
        claim = self.claims_of(move)
        self.assertFalse(claim.step_id)
        self.assertEqual(claim.next_step_id, self.policy.step_ids[1])
        self.assertEqual(len(self.activities()), 1)

    def test_what_is_no_address_is_permanent(self):
        self.patient.email = "camille chez orange"
        self.make_invoice()
        self.assertEqual(self.relance().failure_type, "bad_email")

    def test_who_opted_out_receives_no_email(self):
        self.env["mail.blacklist"].sudo()._add("camille.martin@example.com")
        self.make_invoice()
        self.assertEqual(self.relance().failure_type, "blacklisted")
        self.assertFalse(self.mail_sink.messages)

    def test_an_address_the_server_refuses_for_good_is_wrong(self):
        self.mail_sink.refused["camille.martin@example.com"] = "550 no such user"
        move = self.make_invoice()
        notice = self.relance()
        self.assertEqual(notice.failure_type, "bad_email")
        self.assertIn("correct it", notice.failure_message)
        self.assertFalse(notice.message_id)
        self.assertNotIn("550", str(self.claims_of(move).message_ids.mapped("body")))

    def test_an_address_refused_for_now_is_tried_again(self):
        self.mail_sink.refused["camille.martin@example.com"] = "450 try later"
        move = self.make_invoice()
        self.assertEqual(self.relance().failure_type, "server")
        self.assertEqual(self.claims_of(move).next_attempt, 2)
        self.mail_sink.refused.clear()
        notice = self.relance("2026-06-16 09:00:00")
        self.assertEqual((notice.attempt, notice.state), (2, "sent"))

    def test_a_mail_server_that_is_down_fails_then_the_ladder_goes_on(self):
        self.mail_server.smtp_port = 9
        move = self.make_invoice()
        notice = self.relance()
        claim = self.claims_of(move)
        self.assertEqual((notice.state, notice.failure_type), ("failed", "server"))
        told = notice.failure_message
        self.assertTrue(told.startswith("The e-mail “"), told)
        self.assertIn("Camille Martin (camille.martin@example.com)", told)
        self.assertIn("cannot be reached", told)
        self.assertIn("Technical detail: ", told)
        self.assertEqual(claim.next_attempt, 2)
        self.relance("2026-06-16 09:00:00")
        self.assertFalse(claim.step_id)
        self.assertEqual(claim.next_step_id, self.policy.step_ids[1])
        self.assertEqual(len(self.activities()), 1)
        self.assertFalse(
            self.env["mail.mail"]
            .sudo()
            .search([("res_id", "=", claim.id), ("model", "=", "recouv.claim")])
        )

    def test_a_practice_without_an_address_sends_nothing(self):
        self.company.email = False
        self.make_invoice()
        self.assertEqual(self.relance().failure_type, "missing_data")

    def test_a_deleted_text_names_step_and_policy(self):
        self.policy.step_ids[0].mail_template_id = False
        self.make_invoice()
        notice = self.relance()
        self.assertEqual(notice.failure_type, "rendering")
        self.assertIn("Test schedule", notice.failure_message)
        self.assertFalse(self.mail_sink.messages)

    def test_a_text_that_cannot_be_rendered_fails_and_the_others_leave(self):
        broken = self.env.ref("recouv_lib.mail_template_reminder").copy()
        broken.with_context(lang="fr_FR").subject = "{{ object.text_no_such }}"
        other = self.make_policy(
            steps=[self.with_texts(EMAIL) | {"mail_template_id": broken.id}]
        )
        first = self.make_invoice()
        second = self.make_invoice(self.make_patient("Bob", email="bob@example.com"))
        self.propose(day="2026-06-02")
        self.claims_of(second).sudo().policy_id = other
        self.claims_of(second)._refresh_ladder()
        self.env["recouv.notice"].search([])._cancel("removed")
        self.relance()
        states = {n.lead_claim_id.move_id: n.failure_type for n in self.run.notice_ids}
        self.assertEqual(states, {first: False, second: "rendering"})

    def test_in_test_mode_one_address_receives_all_with_the_true_name(self):
        self.company.recouv_test_email = "essai@example.com"
        self.make_invoice()
        notice = self.relance()
        [message] = self.mail_sink.messages
        self.assertIn("essai@example.com", message["To"])
        self.assertIn("Camille Martin", message["Subject"])
        self.assertIn("camille.martin@example.com", message["Subject"])
        self.assertTrue(notice.is_test)

    def test_in_test_mode_without_an_address_nothing_reaches_the_debtor(self):
        self.company.recouv_test_phone = "06 99 99 99 99"
        self.make_invoice()
        self.assertEqual(self.relance().failure_type, "no_email")
        self.assertFalse(self.mail_sink.messages)

    def test_an_answer_lands_on_the_claim(self):
        self.set_up_bounces()
        move = self.make_invoice()
        notice = self.relance()
        [sent] = self.mail_sink.messages
        self.assertIn("catchall@practice.example.com", sent["Reply-To"])
        answer = EmailMessage()
        answer["From"], answer["To"] = "camille.martin@example.com", sent["Reply-To"]
        answer["Subject"], answer["In-Reply-To"] = "Re", sent["Message-Id"]
        answer["Message-ID"] = "<answer.1@example.com>"
        answer.set_content("Je paie vendredi.")
        self.env["mail.thread"].message_process(False, answer.as_string())
        claim = self.claims_of(move)
        self.assertIn("Je paie vendredi", "".join(claim.message_ids.mapped("body")))
        self.assertEqual(notice.state, "sent")

    def test_a_posted_letter_also_goes_by_email_where_its_step_says_so(self):
        self.policy = self.use_steps({"channel": "letter", "email_copy": True})
        self.make_invoice()
        notice = self.letter_with_document()
        notice._prove()
        notice._prove(state="delivered")
        mail = (
            self.env["mail.mail"]
            .sudo()
            .search([("mail_message_id", "=", notice.copy_message_id.id)])
        )
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.state, "outgoing")
        self.assertEqual(mail.attachment_ids, notice.document_id)
        self.assertIn("camille.martin@example.com", mail.email_to)

    def test_who_opted_out_receives_no_copy_of_a_letter_either(self):
        self.policy = self.use_steps({"channel": "letter", "email_copy": True})
        self.make_invoice()
        notice = self.letter_with_document()
        self.env["mail.blacklist"].sudo()._add("camille.martin@example.com")
        notice._prove()
        self.assertEqual(notice.state, "sent")
        self.assertFalse(notice.copy_message_id)

    def letter_with_document(self):
        notice = self.propose(day="2026-06-15").notice_ids
        document = self.env["ir.attachment"].create(
            {
                "name": "letter.pdf",
                "raw": b"%PDF-1.4",
                "mimetype": "application/pdf",
                "res_model": "recouv.notice",
                "res_id": notice.id,
            }
        )
        notice._record({"document_id": document.id})
        return notice


@tagged("post_install", "-at_install")
@freeze_time(WORKING_HOUR)
class TestEmailBounces(EmailCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_bounces()

    def settle(self, moment):
        with freeze_time(moment):
            self.env["recouv.notice"].search([("state", "=", "sent")])
            with self.enter_registry_test_mode():
                self.env.ref("recouv_lib.ir_cron_settle_emails").method_direct_trigger()

    def test_a_reminder_counts_only_when_no_bounce_came_back(self):
        move = self.make_invoice()
        notice = self.relance()
        claim = self.claims_of(move)
        self.assertEqual((notice.state, notice.proven_on), ("sent", False))
        self.assertFalse(claim.step_id)
        self.settle("2026-06-15 20:00:00")
        self.assertFalse(claim.step_id)
        self.settle("2026-06-16 09:30:00")
        self.assertEqual(claim.step_id, self.policy.step_ids[0])
        self.assertEqual(str(notice.proven_on), "2026-06-15")
        self.assertEqual(str(notice.deadline_date), "2026-06-22")

    def test_while_its_proof_is_awaited_nothing_else_leaves(self):
        self.make_invoice()
        self.relance()
        run = self.propose(day="2026-06-16")
        self.assertFalse(run.notice_ids)
        self.assertEqual(run.skip_ids.mapped("code"), ["awaiting_proof"])

    def test_a_bounced_email_does_not_escalate(self):
        move = self.make_invoice()
        notice = self.relance()
        self.bounce(notice)
        claim = self.claims_of(move)
        self.assertEqual((notice.state, notice.failure_type), ("failed", "bounced"))
        self.assertIn("mailbox is full", notice.failure_message)
        self.assertFalse(claim.step_id)
        self.settle("2026-06-20 09:30:00")
        self.assertFalse(claim.step_id)
        self.assertEqual(claim.next_step_id, self.policy.step_ids[0])
        self.assertEqual(claim.next_attempt, 2)

    def test_a_bounce_after_the_settling_delay_takes_the_proof_back(self):
        move = self.make_invoice()
        notice = self.relance()
        self.settle("2026-06-16 09:30:00")
        claim = self.claims_of(move)
        self.assertTrue(claim.step_id)
        with freeze_time("2026-06-18 09:00:00"):
            self.bounce(notice)
        self.assertFalse(claim.step_id)
        self.assertFalse(notice.proven_on)

    def test_bounced_twice_the_ladder_goes_on_and_a_human_is_told(self):
        move = self.make_invoice()
        self.bounce(self.relance())
        second = self.relance("2026-06-16 09:00:00")
        with freeze_time("2026-06-16 10:00:00"):
            self.bounce(second)
        claim = self.claims_of(move)
        self.assertFalse(claim.step_id)
        self.assertEqual(claim.next_step_id, self.policy.step_ids[1])
        self.assertEqual(len(self.activities()), 1)

    def test_a_bounce_of_something_else_touches_no_notice(self):
        move = self.make_invoice()
        notice = self.relance()
        other = self.claims_of(move).message_post(body="internal")
        self.env["mail.thread"].message_process(
            False, BOUNCE % {"message_id": other.message_id}
        )
        self.assertEqual(notice.state, "sent")

    def test_the_settings_say_when_an_email_counts(self):
        note = self.company._recouv_email_proof_note()
        self.assertIn("1 day", note)
        self.assertIn("bounce@practice.example.com", note)

    def test_settling_many_emails_asks_no_more_for_more_of_them(self):
        for i in range(6):
            partner = self.make_patient(f"P{i}", email=f"p{i}@example.com")
            self.make_invoice(partner)
        notices = self.relance()
        self.env.flush_all()
        with freeze_time("2026-06-17 09:00:00"):
            few, many = notices[:2], notices[2:]
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            few._settle()
            self.env.flush_all()
            cost = self.cr.sql_log_count - before
            self.env.invalidate_all()
            with self.assertQueryCount(cost + 8):
                many._settle()
                self.env.flush_all()
