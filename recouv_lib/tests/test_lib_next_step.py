from odoo.tests import BaseCase, tagged

from odoo.addons.recouv_lib.lib.next_step import PROFILES, Case, propose


def first(outcome, **values):
    return propose(Case(outcome, **{"can_write": True} | values))[0]


@tagged("post_install", "-at_install")
class TestNextStep(BaseCase):
    """What is best done after a call; each rule and what it may never do."""

    def test_who_forgot_gets_what_is_needed_to_pay(self):
        self.assertEqual(first("reached", cause="forgotten"), "send_details")

    def test_who_forgot_and_cannot_be_written_to_is_given_time(self):
        self.assertEqual(first("reached", cause="forgotten", can_write=False), "wait")

    def test_who_was_ill_informed_gets_an_explanation(self):
        self.assertEqual(first("reached", cause="misinformed"), "explain_fees")
        self.assertEqual(first("reached", cause="insurance_gap"), "explain_fees")

    def test_who_is_short_of_money_is_offered_instalments(self):
        self.assertEqual(first("reached", cause="money_lasting"), "offer_plan")
        self.assertEqual(first("plan"), "offer_plan")

    def test_a_critical_situation_is_left_in_peace(self):
        self.assertEqual(first("reached", cause="critical"), "wait")

    def test_who_disagrees_is_answered(self):
        self.assertEqual(first("reached", cause="disagreement"), "open_dispute")
        self.assertEqual(first("dispute"), "answer_dispute")

    def test_a_refusal_without_reason_brings_the_next_step_forward(self):
        self.assertEqual(first("refuses"), "hasten")
        self.assertEqual(first("refuses", cause="bad_faith"), "hasten")

    def test_a_refusal_with_a_reason_is_answered_first(self):
        codes = propose(Case("refuses", cause="disagreement"))
        self.assertEqual(codes[0], "open_dispute")
        self.assertIn("hasten", codes)

    def test_nobody_in_difficulty_is_hastened(self):
        for cause in ("money_temporary", "critical", "misinformed", "disagreement"):
            self.assertNotIn("hasten", propose(Case("reached", cause=cause)))

    def test_silence_three_times_takes_another_channel(self):
        self.assertEqual(first("unreachable", tries=3, more_tries=True), "next_channel")
        self.assertNotIn(
            "next_channel", propose(Case("unreachable", tries=2, more_tries=True))
        )
        # the schedule changes the channel by itself
        self.assertNotIn("next_channel", propose(Case("unreachable", tries=3)))

    def test_a_wrong_number_is_searched(self):
        self.assertEqual(first("wrong_number"), "search_number")

    def test_the_schedule_may_always_go_on(self):
        outcomes = ("reached", "voicemail", "unreachable", "wrong_number", "promise",
                    "dispute", "plan", "refuses")  # fmt: skip
        for outcome in outcomes:
            for cause in (None, "unheard_of", *PROFILES):
                codes = propose(Case(outcome, cause=cause))
                self.assertEqual(codes[-1], "go_on")
                self.assertEqual(len(codes), len(set(codes)))
