from datetime import date

from odoo.tests import BaseCase, tagged

from ..lib.ladder import FAILED, PROVEN, Contact, Rung, position

ANCHORS = {
    "care_end": date(2026, 3, 20),
    "invoice_date": date(2026, 3, 25),
    "due_date": date(2026, 4, 1),
}
SMS = Rung(1, "due_date", 5, "sms", max_attempts=2)
LETTER = Rung(2, "previous_step", 10, "letter")
FORMAL = Rung(3, "previous_step", 10, "registered_letter", holds=True)
HANDOVER = Rung(4, "previous_step", 0, "handover")
LADDER = (SMS, LETTER, FORMAL, HANDOVER)


def proven(rung, on, **values):
    return Contact(rung.id, rung.channel, PROVEN, on, counts_from=on, **values)


def failed(rung, on, channel=None, **values):
    return Contact(rung.id, channel or rung.channel, FAILED, on, **values)


@tagged("post_install", "-at_install")
class TestLadder(BaseCase):
    def where(self, *contacts, rungs=LADDER):
        return position(rungs, contacts, ANCHORS)

    def test_a_new_claim_waits_for_its_first_step(self):
        at = self.where()
        self.assertEqual((at.step_id, at.next_step_id), (None, 1))
        self.assertEqual(at.next_date, date(2026, 4, 6))
        self.assertEqual((at.next_channel, at.next_attempt), ("sms", 1))

    def test_each_anchor_counts_from_its_own_day(self):
        for anchor, day in ANCHORS.items():
            at = self.where(rungs=[Rung(1, anchor, 3, "letter")])
            self.assertEqual((at.next_date - day).days, 3)

    def test_a_proven_step_leads_to_the_next(self):
        at = self.where(proven(SMS, date(2026, 4, 7)))
        self.assertEqual((at.step_id, at.step_date), (1, date(2026, 4, 7)))
        self.assertEqual((at.next_step_id, at.next_date), (2, date(2026, 4, 17)))

    def test_a_failure_is_no_reminder_and_is_tried_again_next_day(self):
        at = self.where(failed(SMS, date(2026, 4, 7)))
        self.assertEqual((at.step_id, at.next_step_id, at.next_attempt), (None, 1, 2))
        self.assertEqual(at.next_date, date(2026, 4, 8))

    def test_exhausted_attempts_do_not_block_the_ladder(self):
        at = self.where(failed(SMS, date(2026, 4, 7)), failed(SMS, date(2026, 4, 8)))
        self.assertEqual((at.step_id, at.next_step_id), (None, 2))
        self.assertEqual(at.next_date, date(2026, 4, 18))

    def test_no_number_makes_a_second_attempt_useless(self):
        at = self.where(failed(SMS, date(2026, 4, 7), permanent=True))
        self.assertEqual(at.next_step_id, 2)

    def test_the_fallback_channel_comes_before_the_next_step(self):
        rung = Rung(1, "due_date", 5, "email", fallback="letter")
        at = self.where(failed(rung, date(2026, 4, 7)), rungs=[rung, LETTER])
        self.assertEqual((at.next_step_id, at.next_channel), (1, "letter"))
        at = self.where(
            failed(rung, date(2026, 4, 7)),
            failed(rung, date(2026, 4, 9), channel="letter"),
            rungs=[rung, LETTER],
        )
        self.assertEqual(at.next_step_id, 2)

    def test_a_mise_en_demeure_nobody_could_deliver_holds(self):
        at = self.where(
            proven(SMS, date(2026, 4, 7)),
            proven(LETTER, date(2026, 4, 17)),
            failed(FORMAL, date(2026, 5, 1)),
        )
        self.assertTrue(at.held)
        self.assertEqual((at.step_id, at.next_step_id, at.next_date), (2, 3, None))

    def test_the_step_after_a_registered_letter_waits_for_its_presentation(self):
        earlier = [proven(SMS, date(2026, 4, 7)), proven(LETTER, date(2026, 4, 17))]
        deposited = Contact(3, "registered_letter", PROVEN, date(2026, 5, 2))
        at = self.where(*earlier, deposited)
        self.assertEqual((at.next_step_id, at.next_date), (4, None))
        presented = Contact(
            3,
            "registered_letter",
            PROVEN,
            date(2026, 5, 2),
            counts_from=date(2026, 5, 5),
            deadline=date(2026, 5, 20),
        )
        at = self.where(*earlier, presented)
        self.assertEqual(at.next_date, date(2026, 5, 21))

    def test_nothing_leaves_before_the_delay_given_ran_out(self):
        at = self.where(proven(SMS, date(2026, 4, 7), deadline=date(2026, 4, 30)))
        self.assertEqual(at.next_date, date(2026, 5, 1))

    def test_a_letter_only_if_the_call_failed(self):
        call = Rung(1, "due_date", 5, "call", max_attempts=1)
        letter = Rung(2, "previous_step", 10, "letter", only_if_call_failed=True)
        ladder = [call, letter, HANDOVER]
        day = date(2026, 4, 7)
        spoken = self.where(proven(call, day, reached=True), rungs=ladder)
        voicemail = self.where(proven(call, day), rungs=ladder)
        unreachable = self.where(failed(call, day), rungs=ladder)
        self.assertEqual(spoken.next_step_id, HANDOVER.id)
        self.assertEqual(voicemail.next_step_id, 2)
        self.assertEqual(unreachable.next_step_id, 2)

    def test_the_end_of_the_schedule(self):
        at = self.where(*(proven(rung, date(2026, 5, rung.id)) for rung in LADDER))
        self.assertEqual((at.step_id, at.next_step_id, at.next_date), (4, None, None))

    def test_a_late_retry_never_moves_the_ladder_back(self):
        at = self.where(proven(LETTER, date(2026, 5, 2)), failed(SMS, date(2026, 5, 9)))
        self.assertEqual((at.step_id, at.next_step_id), (2, 3))
