from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from .common import TODAY, RecouvCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestUndoDecision(RecouvCommon):
    """What was decided on a contact or an invoice is taken back with a reason."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "decides",
            groups="base.group_user,recouv_lib.group_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def undo(self, record, method, reason="A mistake", user=None):
        """Fill the dialog that the button opens, as a secretary unless told."""
        user = user or self.secretary
        action = getattr(record.with_user(user), method)()
        dialogs = self.env[action["res_model"]].with_user(user)
        dialog = dialogs.with_context(**action["context"]).create({"reason": reason})
        self.assertEqual(dialog.summary, record.display_name)
        dialog.action_undo()

    def last_word(self, record):
        return record.message_ids.sorted("id")[-1:].body

    # --- handed over ----------------------------------------------------------------

    def unsent(self):
        return self.make_invoice(sent=False)

    def hand_over(self, move):
        move.with_user(self.secretary).action_recouv_mark_handed_over()

    def undo_handed_over(self, move, **values):
        self.undo(move, "action_recouv_ask_undo_handed_over", **values)

    def test_an_invoice_not_handed_over_after_all_is_not_relanced(self):
        move = self.unsent()
        self.hand_over(move)
        self.assertEqual((move.is_move_sent, move.recouv_handed_over_on), (True, TODAY))
        self.undo_handed_over(move, reason="The envelope was still there")
        self.assertFalse(move.is_move_sent or move.recouv_handed_over_on)
        self.assertIn("The envelope was still there", self.last_word(move))
        run = self.propose()
        self.assertFalse(run.notice_ids)
        self.assertIn("not_sent", run.skip_ids.mapped("code"))

    def test_after_a_reminder_has_left_it_is_not_taken_back(self):
        move = self.unsent()
        self.hand_over(move)
        notice = self.prove(self.propose(), TODAY)
        notice._record({"state": "sent", "date_sent": f"{TODAY} 08:00:00"})
        with self.assertRaisesRegex(UserError, f"{move.name}.*has left"):
            self.undo_handed_over(move)
        self.assertTrue(move.is_move_sent)

    def test_what_was_sent_in_another_way_was_never_handed_over(self):
        move = self.make_invoice(sent=True)
        self.hand_over(move)
        self.assertFalse(move.recouv_handed_over_on)
        with self.assertRaisesRegex(UserError, "not marked as handed over"):
            self.undo_handed_over(move)

    # --- a minor's parent -----------------------------------------------------------

    def decided(self):
        parent = self.make_patient("Ada Martin", company_id=self.company.id)
        self.patient.write(
            {
                "company_id": self.company.id,
                "recouv_birth_date": date(2015, 3, 2),
                "recouv_guardian_id": parent.id,
            }
        )
        self.patient.with_user(self.manager).action_recouv_decide_minor()
        return self.patient

    def undo_minor(self, person, **values):
        self.undo(person, "action_recouv_ask_undo_minor", **values)

    def test_a_parent_contacted_by_mistake_is_contacted_no_more(self):
        child = self.decided()
        self.make_invoice()
        self.undo_minor(child, reason="The other parent pays", user=self.manager)
        self.assertFalse(child.recouv_minor_decided_on)
        self.assertIn("The other parent pays", self.last_word(child))
        run = self.propose()
        self.assertFalse(run.notice_ids)
        self.assertIn("minor", run.skip_ids.mapped("code"))

    def test_a_secretary_does_not_take_the_decision_back(self):
        child = self.decided()
        with self.assertRaises(AccessError):
            self.undo_minor(child)
        self.assertTrue(child.recouv_minor_decided_on)

    def test_what_was_not_decided_is_not_taken_back(self):
        with self.assertRaisesRegex(UserError, "Camille Martin.*not decided"):
            self.undo_minor(self.patient, user=self.manager)

    # --- the dialog -----------------------------------------------------------------

    def test_no_other_record_and_no_empty_reason_is_taken(self):
        move = self.unsent()
        self.hand_over(move)
        dialogs = self.env["recouv.undo"].with_user(self.secretary)
        values = {"model": "account.move", "record_ids": str(move.id), "reason": "x"}
        for act in (False, "minor", "other"):
            with self.assertRaisesRegex(UserError, "cannot be undone here"):
                dialogs.create({**values, "act": act}).action_undo()
        with self.assertRaisesRegex(UserError, "why it is undone"):
            self.undo_handed_over(move, reason="  ")
        self.assertTrue(move.is_move_sent)
