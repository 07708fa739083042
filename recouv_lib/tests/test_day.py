from datetime import date, datetime
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from .channel_common import WORKING_HOUR, ChannelCommon


@tagged("post_install", "-at_install")
@freeze_time(WORKING_HOUR)
class TestDay(ChannelCommon):
    """The day of a secretary, over all her companies."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.use_steps({"channel": "letter"})
        cls.other = cls.setup_other_company(name="Cabinet du Port")["company"]
        cls.other.write(
            {field: cls.company[field] for field in ("street", "zip", "city", "phone",
             "email", "recouv_professional_number")}
            | {"country_id": cls.env.ref("base.fr").id,
               "account_fiscal_country_id": cls.env.ref("base.fr").id}
        )  # fmt: skip
        cls.secretary.company_ids = [Command.link(cls.other.id)]
        cls.day = cls.env["recouv.day"].with_user(cls.secretary)

    def my_day(self):
        return self.day.with_context(allowed_company_ids=self.company.ids).read_day()

    def section(self, code):
        return next(s for s in self.my_day()["sections"] if s["code"] == code)

    def make_letters(self, count, company=None):
        for index in range(count):
            patient = self.make_patient(f"Patient {index}")
            self.make_invoice(patient)
        return self.day.propose_today()

    def go_live_elsewhere(self):
        policy = self.make_policy(self.other, steps=[{"channel": "letter",
                                                      "delay_days": 1}])  # fmt: skip
        journal = self.env["account.journal"].search(
            [("company_id", "=", self.other.id), ("type", "=", "sale")], limit=1
        )
        self.go_live(self.other, policy, journal)
        return self.make_invoice(
            self.make_patient("Elsewhere"), company_id=self.other.id, journal=journal
        )

    # --- reading --------------------------------------------------------------------

    def test_sections_come_in_the_order_of_the_day(self):
        codes = [s["code"] for s in self.my_day()["sections"]]
        mine = ["bank", "proposals", "calls", "letters", "postings", "limitation"]
        self.assertEqual([code for code in codes if code in mine], mine)

    def test_it_shows_every_company_of_the_user_not_only_the_ticked_one(self):
        self.go_live_elsewhere()
        self.make_invoice()
        self.assertEqual(set(self.my_day()["to_propose"]),
                         {self.company.id, self.other.id})  # fmt: skip
        result = self.day.propose_today()
        self.assertEqual(result, {"count": 2, "problems": []})
        section = self.section("proposals")
        self.assertEqual(section["counts"], {self.company.id: 1, self.other.id: 1})
        self.assertEqual(section["count"], 2)
        self.assertFalse(self.my_day()["to_propose"])
        companies = {c["id"]: c["initials"] for c in self.my_day()["companies"]}
        self.assertEqual(companies[self.other.id], "PO")

    def test_a_company_that_is_not_the_users_stays_unseen(self):
        self.go_live_elsewhere()
        self.env["recouv.run"].create(
            {"company_id": self.other.id, "date": date(2026, 6, 15)}
        ).action_propose()
        self.secretary.company_ids = [Command.unlink(self.other.id)]
        self.assertEqual(self.section("proposals")["count"], 0)

    def test_a_proposal_says_who_owes_what_and_whether_it_is_the_first(self):
        self.make_invoice(amount=80)
        self.day.propose_today()
        [item] = self.section("proposals")["items"]
        self.assertEqual(item["debtor"], "Camille Martin")
        self.assertEqual(item["amount"], 80)
        self.assertTrue(item["is_first"])
        self.assertEqual(item["channel"], "letter")

    def test_reading_costs_the_same_for_one_and_for_many(self):
        self.make_letters(2)
        self.my_day()
        with self.count_queries() as few:
            self.my_day()
        for index in range(8):
            self.make_invoice(self.make_patient(f"More {index}"))
        run = self.propose(date(2026, 6, 15))
        self.assertEqual(run.notice_count, 8)
        with self.count_queries() as many:
            self.my_day()
        self.assertLessEqual(many.count, few.count + 2)

    def count_queries(self):
        self.env.invalidate_all()
        return _Counter(self.env.cr)

    def test_an_empty_day_has_no_work(self):
        counts = {s["code"]: s["count"] for s in self.my_day()["sections"]}
        self.assertFalse(counts["proposals"] or counts["calls"] or counts["letters"])

    def test_a_section_opens_its_records(self):
        self.make_letters(2)
        action = self.day.open_section("proposals")
        self.assertEqual(action["display_name"], action["name"])
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found.mapped("state"), ["proposed"] * 2)
        with self.assertRaises(UserError):
            self.day.open_section("no such section")

    def test_every_section_opens_and_its_action_travels_as_json(self):
        import json

        for section in self.my_day()["sections"]:
            action = self.day.open_section(section["code"])
            self.assertTrue(json.dumps(action, default=str))
            if action["type"] == "ir.actions.act_window":
                domain = json.loads(json.dumps(action.get("domain") or [], default=str))
                self.env[action["res_model"]].search(domain)

    # --- alarms ---------------------------------------------------------------------

    def test_yesterdays_care_without_an_invoice_is_an_alarm(self):
        draft = self.make_invoice().copy({"recouv_care_end_date": date(2026, 6, 14)})
        self.assertEqual(self.ids("late_invoices"), draft.ids)
        draft.recouv_care_end_date = date(2026, 6, 15)
        self.assertFalse(self.ids("late_invoices"))
        draft.recouv_care_end_date = date(2026, 6, 14)
        draft.action_post()
        self.assertFalse(self.ids("late_invoices"))

    def ids(self, code):
        return [item["id"] for item in self.section(code)["items"]]

    def test_a_right_to_sue_that_expires_soon_is_an_alarm(self):
        move = self.make_invoice()
        self.propose()
        claim = self.claims_of(move)
        claim.sudo().limitation_date = date(2026, 12, 20)
        self.assertFalse(self.ids("limitation"))
        claim.sudo().limitation_date = date(2026, 12, 1)
        self.assertEqual(self.ids("limitation"), claim.ids)

    def test_printed_and_not_posted_for_two_days_is_an_alarm(self):
        self.make_letters(1)
        notice = self.env["recouv.notice"].search([("state", "=", "proposed")])
        notice._record({"state": "printed", "document_date": date(2026, 6, 14)})
        self.assertFalse(self.ids("unposted"))
        notice._record({"document_date": date(2026, 6, 13)})
        self.assertEqual(self.ids("unposted"), notice.ids)

    def test_what_a_crash_left_leaving_is_an_alarm(self):
        self.make_letters(1)
        notice = self.env["recouv.notice"].search([("state", "=", "proposed")])
        notice._record({"state": "sending"})
        self.assertEqual(self.ids("stranded"), notice.ids)
        notice.run_id.heartbeat = datetime(2026, 6, 15, 9)
        self.assertFalse(self.ids("stranded"))

    def test_a_run_that_stopped_with_approved_notices_is_an_alarm(self):
        self.make_letters(1)
        notice = self.env["recouv.notice"].search([("state", "=", "proposed")])
        notice.run_id.sudo().state = "failed"
        self.assertFalse(self.ids("failed_runs"), "it is still to be approved")
        notice.action_approve()
        self.assertEqual(self.ids("failed_runs"), notice.run_id.ids)
        notice.run_id.sudo().state = "done"
        self.assertFalse(self.ids("failed_runs"))

    def test_a_run_on_others_leaves_the_relance_of_today_to_propose(self):
        self.make_invoice()
        self.env["recouv.run"].sudo().create(
            {
                "company_id": self.company.id,
                "capacity": "payer_followup",
                "state": "proposed",
            }
        )
        self.assertIn(self.company.id, self.my_day()["to_propose"])
        self.assertEqual(self.day.propose_today()["count"], 1)
        self.assertNotIn(self.company.id, self.my_day()["to_propose"])

    def test_claims_to_review_and_tasks_wait(self):
        move = self.make_invoice()
        self.propose()
        claim = self.claims_of(move)
        claim.in_review = True
        claim._schedule_todo("Look at it")
        self.assertEqual(self.ids("reviews"), claim.ids)
        self.assertEqual(self.ids("tasks"), claim.ids)

    # --- approving ------------------------------------------------------------------

    def test_what_is_ticked_leaves_and_the_rest_stays(self):
        self.make_letters(3)
        items = self.section("proposals")["items"]
        ids = [item["id"] for item in items]
        result = self.day.approve(ids[:2])
        self.assertEqual(result, {"count": 2, "problems": []})
        notices = self.env["recouv.notice"].browse(ids)
        self.assertEqual(notices.mapped("state"), ["printed", "printed", "proposed"])
        self.day.remove(ids[2:])
        self.assertEqual(notices[2].cancel_code, "removed")
        self.assertEqual(self.section("proposals")["count"], 0)

    def test_the_rest_can_be_approved_later(self):
        self.make_letters(2)
        ids = [item["id"] for item in self.section("proposals")["items"]]
        self.day.approve(ids[:1])
        self.assertEqual(self.day.approve(ids[1:])["count"], 1)

    def test_approving_twice_sends_once(self):
        self.make_letters(1)
        ids = [item["id"] for item in self.section("proposals")["items"]]
        self.day.approve(ids)
        self.assertEqual(self.day.approve(ids), {"count": 0, "problems": []})

    def test_a_company_that_is_stopped_keeps_its_proposals(self):
        self.make_letters(1)
        ids = [item["id"] for item in self.section("proposals")["items"]]
        self.company.recouv_live_on = False
        result = self.day.approve(ids)
        self.assertEqual(result["count"], 0)
        self.assertIn("not live", result["problems"][0])
        self.assertEqual(self.env["recouv.notice"].browse(ids).state, "proposed")

    def test_one_company_that_cannot_propose_does_not_stop_the_other(self):
        self.go_live_elsewhere()
        self.make_invoice()
        run = type(self.env["recouv.run"])
        real = run.action_propose

        reason = "Not today"

        def fails_here(runs):
            if runs.company_id == self.company:
                raise UserError(reason)
            return real(runs)

        with patch.object(run, "action_propose", fails_here):
            result = self.day.propose_today()
        self.assertEqual(result["count"], 1)
        self.assertIn("Not today", result["problems"][0])

    def test_an_accountant_reads_and_approves_nothing(self):
        self.make_letters(1)
        reader = new_test_user(
            self.env, "reader", groups="base.group_user,account.group_account_readonly",
            company_id=self.company.id,
        )  # fmt: skip
        ids = [item["id"] for item in self.section("proposals")["items"]]
        with self.assertRaises(AccessError):
            self.env["recouv.day"].with_user(reader).approve(ids)

    # --- paper ----------------------------------------------------------------------

    def test_letters_are_printed_and_posted_in_one_act_each(self):
        self.make_letters(3)
        self.day.approve([item["id"] for item in self.section("proposals")["items"]])
        self.assertEqual(self.section("letters")["count"], 3)
        result = self.day.print_letters()
        self.assertEqual((len(result["downloads"]), result["problems"]), (1, []))
        self.assertEqual(self.section("letters")["count"], 0)
        [pile] = self.section("postings")["items"]
        self.assertEqual(self.day.mark_posted([pile["id"]]),
                         {"count": 3, "problems": []})  # fmt: skip
        self.assertEqual(self.section("postings")["count"], 0)
        letters = self.env["recouv.posting"].browse(pile["id"]).notice_ids
        self.assertEqual(set(letters.mapped("state")), {"sent"})

    def test_a_pile_that_cannot_be_posted_says_why_and_stays(self):
        self.make_letters(1)
        self.day.approve([item["id"] for item in self.section("proposals")["items"]])
        self.day.print_letters()
        [pile] = self.section("postings")["items"]
        posting = self.env["recouv.posting"].browse(pile["id"])
        posting.notice_ids._cancel("paid")
        result = self.day.mark_posted(posting.ids)
        self.assertEqual(result["count"], 0)
        self.assertIn("no letter to post", result["problems"][0])
        self.assertEqual(posting.state, "open")


class _Counter:
    """Counts the queries between entering and leaving."""

    def __init__(self, cr):
        self.cr = cr

    def __enter__(self):
        self.before = self.cr.sql_log_count
        return self

    def __exit__(self, *_error):
        self.count = self.cr.sql_log_count - self.before
