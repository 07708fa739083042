from odoo import Command, fields
from odoo.tests import HttpCase, tagged

from .channel_common import ChannelCommon, for_real

EMAIL = {"channel": "email"}
CALL = {"channel": "call", "call_script": "<p>Hello</p>"}
LETTER = {"channel": "letter"}


@tagged("post_install", "-at_install")
class TestDayTour(ChannelCommon, HttpCase):
    """A whole day of a secretary of two practices, in a real browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.company)
        cls.other = cls.setup_other_company(name="Cabinet du Port")["company"]
        cls.other.write(
            {name: cls.company[name] for name in ("street", "zip", "city", "phone",
             "email", "recouv_professional_number")}
            | {"country_id": cls.env.ref("base.fr").id,
               "account_fiscal_country_id": cls.env.ref("base.fr").id}
        )  # fmt: skip
        cls.other_journal = cls.env["account.journal"].search(
            [("company_id", "=", cls.other.id), ("type", "=", "sale")], limit=1
        )
        cls.secretary.company_ids = [Command.link(cls.other.id)]
        for company, journal, counts in (
            (cls.company, cls.journal, (12, 3, 3)),
            (cls.other, cls.other_journal, (8, 3, 0)),
        ):
            for step, count in zip((EMAIL, CALL, LETTER), counts, strict=True):
                cls.make_due(company, journal, step, count)

    @classmethod
    def make_due(cls, company, journal, step, count):
        """``count`` debtors of ``company`` whose turn has come for this step."""
        template = cls.env.ref("recouv_lib.mail_template_reminder")
        policy = cls.make_policy(
            company,
            steps=[
                {"delay_days": 3, "anchor": "due_date", "deadline_days": 8}
                | {"mail_template_id": template.id, **step},
                LETTER | {"delay_days": 30, "anchor": "previous_step"},
            ],
        )
        cls.go_live(company, policy, journal)
        for index in range(count):
            name = f"{company.id} {step['channel']} {index}"
            cls.make_invoice(
                cls.make_patient(
                    name, phone="+33612345678", email=f"{company.id}{index}@example.com"
                ),
                due=fields.Date.subtract(cls.today, days=10),
                company_id=company.id,
                journal=journal,
            )
        cls.env["recouv.engine"]._create_claims(company, cls.today)

    def notices(self, channel):
        return self.env["recouv.notice"].search(
            [
                ("company_id", "in", (self.company + self.other).ids),
                ("channel", "=", channel),
                ("step_id", "!=", False),
            ]
        )

    def play(self, tour):
        with for_real():
            self.start_tour("/odoo/recouv-day", tour, login="secretary", timeout=180)

    def check_the_day_is_done(self):
        self.assertEqual(self.notices("email").mapped("state"), ["sent"] * 20)
        self.assertEqual(len(self.mail_sink.messages), 20)
        calls = self.notices("call")
        self.assertEqual(len(calls.filtered("call_outcome")), 6)
        self.assertEqual(calls.caller_id, self.secretary)
        letters = self.notices("letter")
        self.assertEqual(letters.mapped("state"), ["sent"] * 3)
        self.assertEqual(letters.posting_id.state, "posted")
        runs = letters.run_id | calls.run_id
        self.assertEqual(runs.create_uid, self.secretary)

    def test_a_day_of_a_secretary_takes_forty_clicks_at_most(self):
        self.play("recouv_day_tour")
        self.check_the_day_is_done()
        outcomes = sorted(self.notices("call").mapped("call_outcome"))
        self.assertEqual(
            outcomes,
            ["dispute", "promise", "reached", "refuses", "unreachable", "voicemail"],
        )

    def test_the_same_day_without_a_mouse(self):
        self.play("recouv_day_keyboard_tour")
        self.check_the_day_is_done()
