from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Datetime
from odoo.tests import freeze_time, new_test_user, tagged

from .channel_common import WORKING_HOUR
from .test_inbound import InboundCommon


@tagged("post_install", "-at_install")
@freeze_time(WORKING_HOUR)
class TestInboundGuard(InboundCommon):
    """Where a reply stands is said by its buttons, whatever is sent over RPC."""

    def setUp(self):
        super().setUp()
        self.move = self.make_invoice()
        self.reply = self.answer(self.relance()).with_user(self.secretary)

    @property
    def replies(self):
        return self.env["recouv.inbound"].with_user(self.secretary)

    def stray(self, text="Hello"):
        """A reply of nobody known, that waits to be attached."""
        reply = self.env["recouv.inbound"]._receive_stray_email(
            self.company, "who@example.com", text
        )
        return reply.with_user(self.secretary)

    def test_where_it_stands_is_not_written_by_hand(self):
        for vals in (
            {"state": "handled"},
            {"handled_on": Datetime.now()},
            {"handled_by_id": self.secretary.id},
            {"hold_id": False},
            {"text": "I pay everything"},
            {"sender": "boss@example.com"},
            {"received_on": "2020-01-01 00:00:00"},
            {"channel": "phone"},
            {"notice_id": False},
            {"remark": "x"},
            {"candidate_ids": [Command.clear()]},
            # it pauses claims already: whose it is was said
            {"partner_id": self.make_patient("Other").id},
            {"claim_ids": [Command.clear()]},
        ):
            with (
                self.subTest(**vals),
                self.assertRaisesRegex(UserError, r"Camille.*buttons"),
            ):
                self.reply.write(vals)
        self.assertEqual(self.reply.state, "to_handle")
        self.assertEqual(self.claims_of(self.move).suspension, "hold")

    def test_nor_for_many_at_once(self):
        with self.assertRaisesRegex(UserError, "buttons"):
            (self.stray() | self.reply).write({"state": "handled"})

    def test_none_is_made_handled(self):
        for vals in (
            {"state": "handled"},
            {"hold_id": self.reply.hold_id.id},
            {"handled_by_id": self.secretary.id},
            {"notice_id": self.reply.notice_id.id},
        ):
            with self.subTest(**vals), self.assertRaisesRegex(UserError, "own act"):
                self.replies.create({"channel": "phone", "text": "x", **vals})

    def test_nor_by_a_default_in_the_context(self):
        reply = self.replies.with_context(default_state="handled").create(
            {"channel": "phone", "text": "x", "partner_id": self.patient.id}
        )
        self.assertEqual(reply.state, "to_handle")
        self.assertTrue(reply.hold_id)

    def test_nor_by_a_copy(self):
        with self.assertRaisesRegex(UserError, "own act"):
            self.reply.copy()

    def test_who_it_is_from_is_chosen_once(self):
        reply = self.stray()
        reply.partner_id = self.patient
        self.assertEqual(reply.claim_ids, self.claims_of(self.move))
        with self.assertRaisesRegex(UserError, "buttons"):
            reply.partner_id = self.make_patient("Other")

    def test_attached_to_the_wrong_debtor_it_is_taken_off(self):
        """The pause of the wrong one ends, that of the right one begins."""
        twin = self.make_patient("Paul Martin")
        other = self.make_invoice(twin)
        self.env["recouv.engine"]._create_claims(self.company, self.env.cr.now().date())
        reply = self.stray()
        reply.partner_id = twin
        self.assertEqual(self.claims_of(other).suspension, "hold")
        reply.action_detach()
        self.env.invalidate_all()
        self.assertEqual(self.claims_of(other).suspension, "none")
        self.assertFalse(reply.partner_id or reply.claim_ids or reply.hold_id)
        self.assertIn("Paul Martin", reply.message_ids[:1].body)
        reply.partner_id = self.patient
        self.assertEqual(reply.claim_ids, self.claims_of(self.move))
        self.assertTrue(reply.hold_id)

    def test_what_was_handled_is_not_taken_off(self):
        self.reply.action_handle()
        self.reply.action_detach()
        self.assertEqual(self.reply.partner_id, self.patient)

    def test_handled_again_and_by_whom(self):
        self.reply.action_handle()
        with self.assertRaisesRegex(UserError, "buttons"):
            self.reply.write({"handled_by_id": self.env.uid})
        self.reply.action_reopen()
        self.assertFalse(self.reply.handled_by_id)
        self.assertTrue(self.reply.hold_id)

    def test_to_handle_again_by_two_users_pauses_once(self):
        self.reply.action_handle()
        self.reply.action_reopen()
        pause = self.reply.hold_id
        colleague = new_test_user(
            self.env,
            "colleague",
            groups="base.group_user,recouv_lib.group_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.reply.with_user(colleague).action_reopen()
        self.assertEqual(self.reply.hold_id, pause)
        claim = self.claims_of(self.move)
        self.assertEqual(claim._active_holds(), pause)
        self.reply.action_handle()
        self.env.invalidate_all()
        self.assertEqual((claim.suspension, len(claim._active_holds())), ("none", 0))

    def test_of_several_only_the_handled_ones_pause_again(self):
        waiting = self.replies.create(
            {"channel": "phone", "text": "x", "partner_id": self.patient.id}
        )
        pause = waiting.hold_id
        self.reply.action_handle()
        (waiting | self.reply).action_reopen()
        self.assertEqual(waiting.hold_id, pause)
        self.assertEqual(self.reply.state, "to_handle")
        (waiting | self.reply).action_handle()
        self.env.invalidate_all()
        self.assertEqual(self.claims_of(self.move).suspension, "none")

    def test_a_reply_does_not_come_from_the_future(self):
        with self.assertRaisesRegex(ValidationError, "future"):
            self.replies.create(
                {"channel": "phone", "received_on": Datetime.now() + timedelta(days=1)}
            )

    def test_an_accountant_writes_nothing_of_it(self):
        accountant = new_test_user(
            self.env, "books2", groups="base.group_user,account.group_account_readonly"
        )
        for act in ("action_handle", "action_reopen", "action_detach"):
            with self.subTest(act=act), self.assertRaises(AccessError):
                getattr(self.reply.with_user(accountant), act)()
            self.env.invalidate_all()
        with self.assertRaises(AccessError):
            self.reply.with_user(accountant).write({"state": "handled"})

    def test_hostile_words_stay_words(self):
        """What stands in an e-mail is text: nothing of it is run on the screen."""
        hostile = (
            "<b onclick='x()'>Hello</b><script>alert(1)</script>"
            "<img src=x onerror=alert(2)>"
        )
        reply = self.stray(hostile)
        reply.partner_id = self.patient
        reply.action_detach()
        self.assertEqual(reply.text, hostile)  # a text field: shown as it is
        self.assertEqual(reply._fields["text"].type, "text")
        self.assertNotIn("<script", "".join(reply.message_ids.mapped("body")))
        name = self.make_patient("<img src=x onerror=alert(3)>")
        reply.partner_id = name
        reply.action_detach()
        self.assertNotIn("<img", "".join(reply.message_ids.mapped("body")))
