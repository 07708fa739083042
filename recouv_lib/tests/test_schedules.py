from datetime import date, timedelta
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, new_test_user, tagged

from ..models.recouv_schedules import SCHEDULES
from .channel_common import ChannelCommon, for_real
from .common import RecouvCommon

# letters of the add-on, by agreement with who writes them
LETTERS = {
    "letter_template_first",
    "letter_template_second",
    "letter_template_formal_notice",
    "letter_template_arrangement",
    "letter_template_last",
    "letter_template_payer_first",
    "letter_template_payer_second",
    "letter_template_payer_formal_notice",
}


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 09:00:00")
class TestSchedules(RecouvCommon):
    def ladder(self, code, *names):
        steps = self.company._recouv_schedule(code).step_ids.sorted()
        return [tuple(step[name] for name in names) for step in steps]

    def test_a_company_has_its_four_schedules_once(self):
        own = self.env["recouv.policy"].search([("company_id", "=", self.company.id)])
        ready = self.company._recouv_schedule
        codes = ("action_plan", "calendar_15", "phone_reminders", "payers")
        for code in codes:
            self.assertIn(ready(code), own, code)
        self.company._recouv_load_schedules()
        self.env["res.company"]._recouv_load_all_schedules()
        again = self.env["recouv.policy"].search([("company_id", "=", self.company.id)])
        self.assertEqual(own, again)

    def test_a_new_company_receives_them_and_a_branch_shares_its_parents(self):
        practice = self.env["res.company"].create({"name": "Cabinet neuf"})
        self.assertTrue(practice._recouv_schedule("action_plan"))
        branch = self.env["res.company"].create(
            {"name": "Antenne", "parent_id": practice.id}
        )
        self.assertFalse(
            self.env["recouv.policy"].search([("company_id", "=", branch.id)])
        )

    def test_a_settings_administrator_without_our_groups_creates_a_company(self):
        admin = new_test_user(
            self.env, "admin_only", groups="base.group_system,base.group_user"
        )
        company = self.env["res.company"].with_user(admin).create({"name": "Neuf"})
        self.assertTrue(company.sudo()._recouv_schedule("payers"))

    def test_a_schedule_the_practice_changed_stays_and_a_deleted_one_comes_back(self):
        plan = self.company._recouv_schedule("action_plan")
        plan.name = "Notre plan"
        self.company._recouv_schedule("calendar_15").unlink()
        self.company._recouv_load_schedules()
        self.assertEqual(plan.name, "Notre plan")
        self.assertTrue(self.company._recouv_schedule("calendar_15"))

    def test_the_action_plan_is_the_agencys(self):
        self.assertEqual(
            self.ladder("action_plan", "channel", "delay_days", "delay_max_days"),
            [
                ("sms", 1, 7),
                ("call", 8, 14),
                ("letter", 10, 15),
                ("letter", 11, 15),
                ("registered_letter", 11, 15),
                ("handover", 0, 0),
            ],
        )
        steps = self.company._recouv_schedule("action_plan").step_ids.sorted()
        self.assertTrue(10 <= steps[4].deadline_days <= 15)
        self.assertTrue(steps[4].is_formal_notice)
        self.assertTrue(steps[2].email_copy)

    def test_the_calendar_counts_fifteen_days_three_times_from_the_end_of_care(self):
        self.assertEqual(
            self.ladder("calendar_15", "channel", "anchor", "delay_days"),
            [
                ("sms", "care_end", 5),
                ("letter", "care_end", 15),
                ("letter", "previous_step", 15),
                ("registered_letter", "previous_step", 15),
                ("handover", "previous_step", 0),
            ],
        )

    def test_the_swiss_reminders_call_and_write_only_if_the_call_failed(self):
        self.assertEqual(
            self.ladder(
                "phone_reminders", "channel", "anchor", "delay_days", "condition"
            ),
            [
                ("letter", "invoice_date", 45, "always"),
                ("letter", "previous_step", 30, "always"),
                ("call", "previous_step", 10, "always"),
                ("letter", "previous_step", 10, "call_failed"),
                ("handover", "previous_step", 25, "always"),
            ],
        )
        steps = self.company._recouv_schedule("phone_reminders").step_ids.sorted()
        self.assertEqual(steps[0].delay_max_days, 55)
        self.assertTrue(all(steps.mapped("offer_plan")))

    def test_payers_have_a_schedule_of_their_own(self):
        payers = self.company._recouv_schedule("payers")
        self.assertEqual(payers.capacity, "payer_followup")
        self.assertNotIn("sms", payers.step_ids.mapped("channel"))

    def test_in_switzerland_the_swiss_schedule_comes_first(self):
        swiss = self.env["res.company"].create(
            {"name": "Genève", "country_id": self.env.ref("base.ch").id}
        )
        first = self.env["recouv.policy"].search(
            [("company_id", "=", swiss.id)], limit=1
        )
        self.assertEqual(first, swiss._recouv_schedule("phone_reminders"))

    def test_every_step_has_the_text_of_its_channel_and_of_its_fallback(self):
        texts = {
            "sms": "sms_template_id",
            "email": "mail_template_id",
            "call": "call_script",
        }
        for schedule in SCHEDULES:
            for step in self.company._recouv_schedule(schedule["code"]).step_ids:
                for channel in {step.channel, step.fallback_channel} & texts.keys():
                    self.assertTrue(step[texts[channel]], f"{step.name} {channel}")

    def test_every_letter_step_names_a_letter_that_exists(self):
        for schedule in SCHEDULES:
            for step in schedule["steps"]:
                channels = {step["channel"], step.get("fallback_channel")}
                if channels & {"letter", "registered_letter"}:
                    self.assertIn(step.get("letter"), LETTERS, schedule["code"])
                    self.assertTrue(
                        self.env.ref(
                            f"recouv_lib.{step['letter']}", raise_if_not_found=False
                        ),
                        step["letter"],
                    )

    def test_a_deadline_given_ends_before_the_next_step_may_leave(self):
        for schedule in SCHEDULES:
            steps = schedule["steps"]
            for step, following in zip(steps, steps[1:], strict=False):
                if following["channel"] != "handover":
                    self.assertLess(
                        step.get("deadline_days", 0),
                        following["delay_days"],
                        schedule["code"],
                    )

    def test_reminders_by_machine_are_automatic_and_paper_is_approved_by_hand(self):
        for schedule in SCHEDULES:
            for step in self.company._recouv_schedule(schedule["code"]).step_ids:
                paper = step.channel in ("letter", "registered_letter", "handover")
                expected = "manual" if paper else "automatic"
                self.assertEqual(step.approval, expected, step.name)

    def test_in_french_a_practice_reads_french(self):
        plan = self.company._recouv_schedule("action_plan")
        plan = plan.with_context(lang="fr_FR")
        steps = plan.step_ids.sorted()
        self.assertTrue(plan.name.startswith("Plan d’action"), plan.name)
        self.assertIn("semaines", plan.description)
        self.assertEqual(steps[0].name, "Rappel par SMS")
        self.assertIn("Bonjour", steps[1].call_script)
        self.assertIn("{{ object.text_debtor }}", steps[1].call_script)
        self.assertIn("in person", steps[1].with_context(lang="en_US").call_script)

    def test_a_language_installed_later_names_them_too_but_not_what_was_rewritten(self):
        plan = self.company._recouv_schedule("action_plan").with_context(lang="en_US")
        step = plan.step_ids.sorted()[0]
        plan.update_field_translations("name", {"fr_FR": False})
        step.name = "Our own reminder"
        step.update_field_translations("name", {"fr_FR": False})
        self.env["res.company"]._recouv_translate_schedules(["fr_FR"])
        french = plan.with_context(lang="fr_FR")
        self.assertTrue(french.name.startswith("Plan d’action"))
        self.assertEqual(step.with_context(lang="fr_FR").name, "Our own reminder")

    def test_in_french_the_texts_to_patients_are_french(self):
        def french(name, field):
            template = self.env.ref(f"recouv_lib.{name}").with_context(lang="fr_FR")
            return template[field]

        self.assertTrue(french("sms_template_reminder", "body").startswith("Bonjour"))
        self.assertIn("à régler avant", french("sms_template_reminder", "body"))
        self.assertIn("simple oubli", french("mail_template_reminder", "body_html"))
        self.assertIn("text_deadline", french("mail_template_reminder", "body_html"))
        self.assertIn("au plus tard", french("mail_template_second", "body_html"))

    def test_a_company_without_demo_relances_with_a_ready_schedule(self):
        self.company.recouv_policy_id = self.company._recouv_schedule("action_plan")
        self.make_invoice(self.make_patient("Ana", phone="06 10 10 10 10"))
        self.assertEqual(self.propose().notice_ids.channel, "sms")


@tagged("post_install", "-at_install")
class TestActionPlan(ChannelCommon):
    """The agency's plan, from the first text to the hand-over, day by day."""

    def test_the_whole_plan_lasts_about_two_months(self):
        self.company.recouv_policy_id = self.company._recouv_schedule("action_plan")
        due = date(2026, 5, 31)
        self.make_invoice(due=due)
        history = self.live_through(due, 75)
        channels = [channel for channel, _day in history]
        self.assertEqual(
            channels,
            ["sms", "call", "letter", "letter", "registered_letter", "handover"],
        )
        days = [(day - due).days for _channel, day in history]
        self.assertLessEqual(days[1], 14)
        self.assertTrue(all(b - a >= 7 for a, b in zip(days, days[1:], strict=False)))
        self.assertTrue(30 <= days[-1] <= 65, days)

    def live_through(self, start, days):
        """Run each day at 11:00; letters and calls are done on the day."""
        history = []
        for offset in range(1, days):
            day = start + timedelta(days=offset)
            with freeze_time(f"{day} 09:00:00"):
                for notice in self.one_day():
                    history.append((notice.channel, day))
        return history

    def one_day(self):
        """Propose and execute; do what a human does with what is ready."""
        run = self.env["recouv.run"].create({"company_id": self.company.id})
        run.action_propose()
        run.notice_ids.action_approve()
        with for_real(), self.paper_without_printing():
            run._execute()
        for notice in run.notice_ids:
            if notice.channel == "call":
                notice._record_outcome("voicemail")
            elif notice.channel == "registered_letter":
                notice._record({"date_presented": date.today() + timedelta(days=2)})
                notice._prove()
            elif notice.state == "printed":
                notice._prove()
        return run.notice_ids.filtered("proven_on")

    def paper_without_printing(self):
        def ready(notices):
            notices._record({"state": "printed"})

        return patch.object(type(self.env["recouv.notice"]), "_deliver_paper", ready)


@tagged("post_install", "-at_install")
class TestTexts(RecouvCommon):
    def test_a_text_that_reads_the_invoice_is_refused(self):
        for record, field in (
            ("sms_template_reminder", "body"),
            ("mail_template_reminder", "subject"),
        ):
            with self.assertRaisesRegex(ValidationError, "lead_claim_id"):
                self.env.ref(f"recouv_lib.{record}")[field] = (
                    "{{ object.lead_claim_id.move_id.invoice_line_ids[0].name }}"
                )

    def test_templates_of_other_models_are_left_alone(self):
        template = self.env["mail.template"].create(
            {
                "name": "Other",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "subject": "{{ object.name }}",
            }
        )
        self.assertTrue(template)

    def test_our_own_texts_use_the_closed_list_only(self):
        for model in ("sms.template", "mail.template"):
            own = self.env[model].search([("model", "=", "recouv.notice")])
            self.assertTrue(own)
            own._check_recouv_words()

    def test_the_patients_causes_of_the_sources_are_there(self):
        codes = self.env["recouv.cause"].search([]).mapped("code")
        for code in (
            "forgotten",
            "money_temporary",
            "money_lasting",
            "disagreement",
            "bad_faith",
            "misinformed",
            "insurance_gap",
            "negligence",
        ):
            self.assertIn(code, codes)

    def test_every_cause_tells_the_caller_what_works(self):
        for cause in self.env["recouv.cause"].search([("code", "!=", False)]):
            self.assertTrue(cause.advice, cause.name)
