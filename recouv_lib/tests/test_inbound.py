import json
from email.message import EmailMessage

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, freeze_time, new_test_user, tagged

from odoo.addons.recouv_lib.lib.auto_reply import is_automatic

from .channel_common import WORKING_HOUR
from .test_channel_email import EmailCommon


class InboundCommon(EmailCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_bounces()

    def answer(self, *notices, text="Je paie vendredi.", number=1, **headers):
        """Give the gateway what the debtor writes in answer to ``notices``."""
        message = EmailMessage()
        sent = [notice.message_id.message_id for notice in notices]
        message["From"] = "Camille Martin <camille.martin@example.com>"
        message["To"] = headers.pop("to", "catchall@practice.example.com")
        message["Subject"] = headers.pop("subject", "Re: reminder")
        if sent:
            message["In-Reply-To"] = sent[-1]
            message["References"] = " ".join(sent)
        message["Message-ID"] = f"<answer.{number}@example.com>"
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(text)
        self.env["mail.thread"].message_process(False, message.as_string())
        self.env.invalidate_all()
        return self.env["recouv.inbound"].search([], limit=1)


@tagged("post_install", "-at_install")
@freeze_time(WORKING_HOUR)
class TestInboundEmail(InboundCommon):
    """An answer to an e-mail lands on the claim and pauses it until handled."""

    def test_an_answer_pauses_the_claims_of_its_notice(self):
        moves = self.make_invoice() | self.make_invoice(due="2026-06-05")
        reply = self.answer(self.relance())
        claims = self.claims_of(moves)
        self.assertEqual((reply.channel, reply.state), ("email", "to_handle"))
        self.assertEqual((reply.partner_id, reply.claim_ids), (self.patient, claims))
        self.assertIn("vendredi", reply.text)
        self.assertEqual(reply.hold_id.reason, "reply")
        self.assertEqual(set(claims.mapped("suspension")), {"hold"})
        self.assertIn(reply.message_id, reply.notice_id.lead_claim_id.message_ids)

    def test_handled_the_schedule_resumes(self):
        move = self.make_invoice()
        reply = self.answer(self.relance()).with_user(self.secretary)
        reply.action_handle()
        self.assertEqual(
            (reply.state, reply.handled_by_id), ("handled", self.secretary)
        )
        self.assertEqual(self.claims_of(move).suspension, "none")
        reply.action_reopen()
        self.env.invalidate_all()
        self.assertEqual(self.claims_of(move).suspension, "hold")

    def test_an_absence_notice_pauses_nobody(self):
        move = self.make_invoice()
        notice = self.relance()
        self.answer(notice, Auto_Submitted="auto-replied")
        self.answer(notice, number=2, subject="Absence du bureau")
        self.assertFalse(self.env["recouv.inbound"].search([]))
        self.assertEqual(self.claims_of(move).suspension, "none")

    def test_an_answer_to_two_notices_goes_to_the_newest_and_says_so(self):
        first = self.make_invoice()
        old = self.relance()
        old._settle()
        self.pay(first)
        second = self.make_invoice(due="2026-06-20")
        new = self.relance("2026-06-29 09:00:00")
        self.assertNotEqual(old, new)
        reply = self.answer(new, old)
        self.assertEqual(reply.notice_id, new)
        self.assertEqual(reply.claim_ids, self.claims_of(second))
        self.assertIn(old.payment_reference, reply.remark)

    def test_what_a_user_of_the_practice_writes_is_no_answer(self):
        self.make_invoice()
        notice = self.relance()
        self.secretary.email = "camille.martin@example.com"
        self.answer(notice)
        self.assertFalse(self.env["recouv.inbound"].search([]))

    def test_the_same_message_twice_is_kept_once(self):
        self.make_invoice()
        notice = self.relance()
        self.answer(notice)
        self.answer(notice)
        self.assertEqual(self.env["recouv.inbound"].search_count([]), 1)

    def test_a_bounce_is_no_answer(self):
        self.make_invoice()
        self.bounce(self.relance())
        self.assertFalse(self.env["recouv.inbound"].search([]))

    def test_a_sender_of_several_debtors_waits_to_be_attached(self):
        twin = self.make_patient("Paul Martin", email="camille.martin@example.com")
        moves = self.make_invoice() | self.make_invoice(twin)
        self.env["recouv.engine"]._create_claims(self.company, self.env.cr.now().date())
        reply = self.env["recouv.inbound"]._receive_stray_email(
            self.company, "Camille.Martin@example.com", "Hello"
        )
        self.assertFalse(reply.partner_id or reply.hold_id)
        self.assertEqual(reply.candidate_ids, self.patient | twin)
        self.assertIn("Several", reply.remark)
        self.assertEqual(set(self.claims_of(moves).mapped("suspension")), {"none"})
        reply.with_user(self.secretary).partner_id = twin
        self.assertEqual(reply.claim_ids, self.claims_of(moves[1]))
        self.env.invalidate_all()
        self.assertEqual(self.claims_of(moves[1]).suspension, "hold")
        self.assertEqual(self.claims_of(moves[0]).suspension, "none")

    def test_what_arrives_on_the_practices_alias_is_kept(self):
        self.env["mail.alias"].create(
            {
                "alias_name": "reglements",
                "alias_domain_id": self.company.alias_domain_id.id,
                "alias_model_id": self.env["ir.model"]._get_id("recouv.inbound"),
                "alias_defaults": repr({"company_id": self.company.id}),
            }
        )
        move = self.make_invoice()
        self.relance()
        for number, headers in ((7, {"Auto_Submitted": "auto-replied"}), (8, {})):
            reply = self.answer(
                number=number, to="reglements@practice.example.com", **headers
            )
        self.assertEqual(self.env["recouv.inbound"].search_count([]), 1)
        self.assertEqual(
            (reply.partner_id, reply.text), (self.patient, "Je paie vendredi.")
        )
        self.assertEqual(self.claims_of(move).suspension, "hold")

    def test_an_unknown_sender_waits_and_pauses_nobody(self):
        reply = self.env["recouv.inbound"]._receive_stray_email(
            self.company, "who@example.com", "Hello"
        )
        self.assertFalse(reply.partner_id or reply.claim_ids)
        self.assertIn("Nobody", reply.remark)

    def test_an_answer_becomes_a_dispute_in_one_dialog(self):
        move = self.make_invoice()
        reply = self.answer(self.relance()).with_user(self.secretary)
        action = reply.action_dispute()
        form = Form(
            self.env["recouv.hold.wizard"]
            .with_user(self.secretary)
            .with_context(**action["context"])
        )
        self.assertEqual((form.reason, form.opened_by), ("dispute", "email"))
        form.amount_disputed = 40.0
        form.save().action_apply()
        self.env.invalidate_all()
        claim = self.claims_of(move)
        self.assertEqual(reply.state, "handled")
        self.assertEqual((claim.suspension, claim.amount_disputed), ("none", 40.0))

    def test_a_letter_received_is_recorded_by_hand(self):
        move = self.make_invoice()
        self.relance()
        form = Form(self.env["recouv.inbound"].with_user(self.secretary))
        form.channel = "letter"
        form.partner_id = self.patient
        form.text = "I disagree"
        reply = form.save()
        self.env.invalidate_all()
        self.assertEqual(reply.claim_ids, self.claims_of(move))
        self.assertEqual(self.claims_of(move).suspension, "hold")

    def test_a_reply_without_debtor_is_no_promise(self):
        reply = self.env["recouv.inbound"].create({"text": "?"})
        with self.assertRaisesRegex(UserError, "Choose the debtor"):
            reply.action_promise()

    def test_a_plan_leaves_out_what_was_paid_since(self):
        paid = self.make_invoice()
        owed = self.make_invoice(due="2026-06-05")
        reply = self.answer(self.relance()).with_user(self.secretary)
        self.pay(paid)
        self.env.invalidate_all()
        action = reply.action_plan()
        wizard = Form(
            self.env[action["res_model"]]
            .with_user(self.secretary)
            .with_context(**action["context"])
        )
        wizard.save().action_agree()
        self.assertEqual(self.claims_of(owed).plan_ids.kind, "plan")
        self.assertFalse(self.claims_of(paid).plan_ids)
        self.assertEqual(reply.state, "handled")

    def test_a_plan_on_what_was_all_paid_is_refused_by_name(self):
        move = self.make_invoice()
        reply = self.answer(self.relance()).with_user(self.secretary)
        self.pay(move)
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, f"nothing is owed.*{move.name}"):
            reply.action_promise()

    def test_the_day_begins_with_the_replies(self):
        self.make_invoice()
        reply = self.answer(self.relance())
        sections = (
            self.env["recouv.day"]
            .with_user(self.secretary)
            ._sections(self.env.cr.now().date())
        )
        first = min(sections, key=lambda section: section.sequence)
        self.assertEqual(first.code, "replies")
        self.assertEqual(self.env[first.model].search(first.domain), reply)

    def test_an_accountant_reads_and_another_practice_does_not(self):
        self.make_invoice()
        reply = self.answer(self.relance())
        other = self.setup_other_company(name="Other practice")["company"]
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="base.group_user,recouv_lib.group_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        accountant = new_test_user(
            self.env, "books", groups="base.group_user,account.group_account_readonly"
        )
        self.assertTrue(reply.with_user(accountant).text)
        with self.assertRaises(AccessError):
            reply.with_user(accountant).action_handle()
        self.env.invalidate_all()
        self.assertFalse(self.env["recouv.inbound"].with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            reply.with_user(stranger).read(["text"])


@tagged("post_install", "-at_install")
@freeze_time(WORKING_HOUR)
class TestInboundSms(InboundCommon):
    def receive(self, number="+33612345678", text="Je passe demain"):
        reply = self.env["recouv.inbound"]._receive_sms(self.company, number, text)
        self.env.invalidate_all()
        return reply

    def test_an_answer_to_a_text_pauses_its_claims(self):
        self.use_steps({"channel": "sms"})
        move = self.make_invoice()
        notice = self.relance()
        reply = self.receive("06 12 34 56 78")
        self.assertEqual((reply.notice_id, reply.partner_id), (notice, self.patient))
        self.assertEqual(self.claims_of(move).suspension, "hold")

    def test_a_text_from_a_known_number_is_attached_without_a_notice(self):
        move = self.make_invoice()
        self.relance()
        reply = self.receive()
        self.assertEqual(reply.partner_id, self.patient)
        self.assertEqual(reply.claim_ids, self.claims_of(move))

    def test_stop_opts_out_and_pauses_nobody(self):
        move = self.make_invoice()
        self.relance()
        reply = self.receive(text=" Stop. ")
        self.assertEqual((reply.state, reply.hold_id.id), ("handled", False))
        refused = self.env["phone.blacklist"].search([("number", "=", "+33612345678")])
        self.assertTrue(refused)
        self.assertEqual(self.claims_of(move).suspension, "none")

    def test_who_writes_stop_in_a_sentence_is_read_by_a_human(self):
        self.make_invoice()
        self.relance()
        reply = self.receive(text="Stop, I have paid already")
        self.assertEqual(reply.state, "to_handle")
        self.assertFalse(self.env["phone.blacklist"].search([]))

    def test_a_provider_that_repeats_itself_is_heard_once(self):
        self.make_invoice()
        self.relance()
        self.assertEqual(self.receive(), self.receive())

    def test_a_number_of_two_debtors_waits(self):
        twin = self.make_patient("Paul Martin", phone="+33 6 12 34 56 78")
        self.make_invoice()
        self.make_invoice(twin)
        self.env["recouv.engine"]._create_claims(self.company, self.env.cr.now().date())
        reply = self.receive()
        self.assertFalse(reply.partner_id)
        self.assertEqual(reply.candidate_ids, self.patient | twin)

    def hand_over_the_number(self):
        """The patient was texted, then changed numbers; another debtor has his."""
        self.use_steps({"channel": "sms"})
        self.move = self.make_invoice()
        self.notice = self.relance()
        self.patient.phone = "06 99 99 99 99"
        self.heir = self.make_patient("Paul Durand", phone="+33 6 12 34 56 78")
        self.make_invoice(self.heir)
        self.env["recouv.engine"]._create_claims(self.company, self.env.cr.now().date())

    def test_who_has_the_number_today_may_have_written(self):
        self.hand_over_the_number()
        reply = self.receive()
        self.assertFalse(reply.partner_id | reply.claim_ids.partner_id)
        self.assertEqual(reply.candidate_ids, self.patient | self.heir)
        self.assertEqual(self.claims_of(self.move).suspension, "none")

    def test_who_used_to_have_the_number_and_owes_nothing_did_not_write(self):
        self.hand_over_the_number()
        self.pay(self.move)
        reply = self.receive()
        self.assertEqual((reply.partner_id, reply.notice_id.id), (self.heir, False))
        self.assertEqual(reply.claim_ids.partner_id, self.heir)

    def test_a_text_of_last_year_is_not_answered_any_more(self):
        self.hand_over_the_number()
        self.notice._record({"date_sending": "2025-06-15 09:00:00"})
        self.assertEqual(self.receive().partner_id, self.heir)

    def test_who_has_paid_since_answers_our_text_all_the_same(self):
        self.use_steps({"channel": "sms"})
        move = self.make_invoice()
        self.relance()
        self.make_patient("Paul Martin", phone="+33 6 12 34 56 78")
        self.pay(move)
        self.assertEqual(self.receive(text="I have paid").partner_id, self.patient)

    def test_nonsense_is_refused(self):
        for number, text in (("12", "Hello"), ("", "Hello"), ("+33612345678", " ")):
            with self.assertRaises(UserError):
                self.receive(number, text)


@tagged("post_install", "-at_install")
class TestSmsDoor(HttpCase):
    """The provider's door: a token, a size, a pace."""

    def setUp(self):
        super().setUp()
        self.company = self.env.company
        self.company.action_recouv_new_sms_token()
        self.token = self.company.recouv_sms_token

    def post(self, body, token=None, company=None):
        headers = {"Content-Type": "application/json"}
        if token is not False:
            headers["Authorization"] = f"Bearer {token or self.token}"
        return self.url_open(
            f"/recouv/sms/{company or self.company.id}",
            data=body if isinstance(body, (str, bytes)) else json.dumps(body),
            headers=headers,
        ).status_code

    def test_with_the_token_a_text_is_kept(self):
        self.assertEqual(self.post({"number": "+33612345678", "text": "Hello"}), 200)
        reply = self.env["recouv.inbound"].search([("sender", "=", "+33612345678")])
        self.assertEqual((reply.text, reply.company_id), ("Hello", self.company))

    def test_without_the_right_token_nothing_is(self):
        body = {"number": "+33612345678", "text": "Hello"}
        for token, company in (("wrong", None), (False, None), ("", 999999)):
            self.assertEqual(self.post(body, token or False, company), 403)
        self.company.recouv_sms_token = False
        self.assertEqual(self.post(body, "\0none"[1:]), 403)
        self.assertFalse(self.env["recouv.inbound"].search([]))

    def test_what_cannot_be_read_is_refused(self):
        for body in ("{", "[]", b"\xff\xfe", {"number": 3, "text": "x"}, {"text": "x"}):
            self.assertEqual(self.post(body), 400)
        self.assertEqual(self.post({"number": "+33612345678", "text": "x" * 5000}), 413)

    def test_too_many_a_minute_are_refused(self):
        self.env["recouv.inbound"].create(
            [
                {"channel": "sms", "sender": "+33612345678", "text": str(number)}
                for number in range(60)
            ]
        )
        self.assertEqual(self.post({"number": "+33612345678", "text": "x"}), 429)


@tagged("post_install", "-at_install")
class TestAutoReply(EmailCommon):
    def test_machines_are_told_from_people(self):
        for headers, subject in (
            ({"Auto-Submitted": "auto-generated"}, ""),
            ({"X-Autoreply": "yes"}, ""),
            ({"Precedence": "Bulk"}, ""),
            ({}, "Réponse automatique : Rappel"),
            ({}, "Out of office"),
        ):
            self.assertTrue(is_automatic(headers, subject), (headers, subject))
        for headers, subject in (
            ({}, "Re: Rappel"),
            ({"Auto-Submitted": "no"}, "Facture"),
            ({"Precedence": "normal"}, "Mon absence de paiement"),
        ):
            self.assertFalse(is_automatic(headers, subject), (headers, subject))
