import io
from datetime import date
from unittest.mock import patch

import openpyxl
from freezegun import freeze_time
from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.recouv_lib.lib import html_pdf

from .common import TODAY
from .placement_money_common import PlacementMoneyCommon

JULY = date(2026, 7, 1)
AUGUST = date(2026, 8, 1)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlacementStatement(PlacementMoneyCommon):
    """What the practice is told, once a period, in the form it chose."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.printed = []
        cls.enterClassContext(patch.object(html_pdf, "print_html", cls.fake_print))
        mails = type(cls.env["mail.mail"])
        cls.enterClassContext(patch.object(mails, "send", cls.fake_send))
        cls.place(cls.claim | cls.other)
        cls.collected = cls.collect(cls.claim, 40.0, date(2026, 6, 25))

    @classmethod
    def fake_print(cls, _program, html, **_options):
        cls.printed.append(html)
        return b"%PDF-1.4 %%EOF"

    @staticmethod
    def fake_send(mails, **_options):
        """The server takes everything but what is addressed to nobody.example."""
        refused = mails.filtered(lambda mail: "nobody.example" in (mail.email_to or ""))
        refused.write({"state": "exception", "failure_reason": "No such mailbox"})
        (mails - refused).write({"state": "sent"})

    def generate(self, today=JULY):
        return self.env["recouv.placement.statement"]._generate(
            self.company, self.agency, today
        )

    def cron(self, today=JULY):
        with freeze_time(today):
            self.env["recouv.placement.statement"].sudo()._cron_send()
        return self.env["recouv.placement.statement"].search([])

    # --- contents -------------------------------------------------------------------

    def test_the_month_is_told_to_the_cent(self):
        statement = self.generate()
        self.assertEqual(
            (statement.date_from, statement.date_to),
            (date(2026, 6, 1), date(2026, 6, 30)),
        )
        self.assertEqual(statement.amount_collected, 40.0)
        self.assertEqual(statement.amount_collected_all, 40.0)
        self.assertEqual(statement.amount_due, 260.0)
        self.assertEqual(statement.amount_held, 40.0)
        self.assertEqual(statement.amount_remitted, 0.0)
        first = statement.claim_line_ids.filtered("amount_collected")
        self.assertEqual(first.label, self.first.name)
        self.assertEqual(first.debtor, "Camille Martin")
        self.assertEqual((first.amount, first.amount_due), (100.0, 60.0))
        self.assertEqual(first.date, TODAY)

    def test_a_remittance_and_the_fees_are_told(self):
        self.remit(self.collected, date(2026, 7, 10))
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.agency.partner_id.id,
                "invoice_date": date(2026, 7, 10),
                "ref": "FAC/7",
                "invoice_line_ids": [
                    (0, 0, {"name": "Fee", "price_unit": 8.0, "tax_ids": False})
                ],
            }
        )
        bill.action_post()
        self.generate()
        statement = self.generate(AUGUST)
        self.assertEqual(statement.amount_held, 0.0)
        self.assertEqual(statement.amount_remitted, 40.0)
        self.assertEqual(statement.amount_fees, 8.0)
        kinds = statement.money_line_ids.mapped(lambda line: (line.kind, line.label))
        self.assertEqual(
            sorted(kinds), [("fee", "FAC/7"), ("remittance", "Remittance RV/1")]
        )

    def test_the_next_one_tells_the_difference(self):
        self.generate()
        self.collect(self.claim, 10.0, date(2026, 7, 5))
        # booked late: it belonged to the month before
        self.collect(self.claim, 5.0, date(2026, 6, 28))
        statement = self.generate(AUGUST)
        self.assertEqual(statement.date_from, JULY)
        self.assertEqual(statement.amount_collected, 15.0)
        self.assertEqual(statement.amount_collected_all, 55.0)
        self.assertEqual(statement.amount_due, 245.0)

    def test_each_claim_is_read_once_however_often_it_was_told(self):
        self.generate()
        self.collect(self.claim, 15.0, date(2026, 7, 10))
        self.generate(AUGUST)
        statements = self.env["recouv.placement.statement"]
        told = statements._told_lines(self.company, self.agency)
        self.assertEqual(len(told), len(told.placement_line_id))
        again = told.filtered(
            lambda line: line.placement_line_id.claim_id == self.claim
        )
        self.assertEqual(again.amount_collected_all, 55.0)

    def test_what_bounced_is_told_as_less(self):
        self.generate()
        self.collected.action_reverse("Bounced", date=date(2026, 7, 3))
        statement = self.generate(AUGUST)
        self.assertEqual(statement.amount_collected, -40.0)
        self.assertEqual(statement.amount_held, 0.0)
        self.assertFalse(statement.money_line_ids)

    def test_a_claim_given_back_is_told_once(self):
        line = self.lines_of(self.other)
        with freeze_time(date(2026, 6, 20)):
            line._take_back("recalled", "Wanted back")
        told = self.generate().claim_line_ids.filtered(
            lambda one: one.placement_line_id == line
        )
        self.assertEqual(told.amount_due, 0.0)
        self.assertIn("Wanted back", told.told_state)
        after = self.generate(AUGUST).claim_line_ids.placement_line_id
        self.assertNotIn(line, after)

    def test_nothing_of_the_agency_is_named(self):
        lines = self.generate().line_ids
        words = " ".join(filter(None, lines.mapped("told_state")))
        for name in (self.agent.name, self.agency_policy.name):
            self.assertNotIn(name, words)

    # --- once -----------------------------------------------------------------------

    def test_a_period_is_told_once(self):
        self.assertTrue(self.generate())
        self.assertFalse(self.generate())
        self.assertFalse(self.generate(date(2026, 7, 20)))
        statement = self.env["recouv.placement.statement"].search([])
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            statement.sudo()._record_new(
                [
                    {
                        "company_id": self.company.id,
                        "agency_id": self.agency.id,
                        "currency_id": statement.currency_id.id,
                        "date_from": statement.date_from,
                        "date_to": statement.date_to,
                        "form": "screen",
                    }
                ]
            )

    def test_a_missed_period_is_told_with_the_next(self):
        self.generate()
        statement = self.generate(date(2026, 9, 1))
        self.assertEqual(
            (statement.date_from, statement.date_to), (JULY, date(2026, 8, 31))
        )

    def test_nobody_rewrites_it(self):
        statement = self.generate().with_user(self.practitioner)
        with self.assertRaises(AccessError):
            statement.write({"amount_collected": 0.0})
        with self.assertRaises(AccessError):
            statement.unlink()

    # --- sending --------------------------------------------------------------------

    def test_it_is_sent_once_with_its_pdf(self):
        statement = self.cron()
        self.assertEqual(statement.state, "sent")
        self.assertEqual(statement.sent_to, self.company.email)
        mail = self.env["mail.mail"].sudo().search([("res_id", "=", statement.id),
            ("model", "=", statement._name)])  # fmt: skip
        self.assertEqual(mail.email_to, self.company.email)
        self.assertEqual(mail.attachment_ids.mimetype, "application/pdf")
        self.assertNotIn("Camille", mail.body_html)
        self.cron(date(2026, 7, 2))
        self.assertEqual(
            self.env["mail.mail"]
            .sudo()
            .search_count([("model", "=", statement._name)]),
            1,
        )
        for words in ("Camille Martin", self.first.name, "Zoe Leroy"):
            self.assertIn(words, self.printed[0])

    def test_the_practice_chooses_a_spreadsheet_and_an_address(self):
        self.set_terms(
            statement_form="spreadsheet", statement_email="compta@example.com"
        )
        statement = self.cron()
        self.assertEqual(statement.sent_to, "compta@example.com")
        mail = self.env["mail.mail"].sudo().search([("res_id", "=", statement.id),
            ("model", "=", statement._name)])  # fmt: skip
        book = openpyxl.load_workbook(io.BytesIO(mail.attachment_ids.raw))
        totals, claims, _money = book.worksheets
        self.assertEqual(totals.cell(2, 2).value, 40.0)
        names = [row[1].value for row in claims.iter_rows(min_row=2)]
        self.assertEqual(sorted(names), ["Camille Martin", "Zoe Leroy"])

    def test_a_name_is_no_formula(self):
        self.patient.name = "=1+1"
        statement = self.generate()
        book = openpyxl.load_workbook(io.BytesIO(statement._xlsx()))
        cells = [row[1] for row in book.worksheets[1].iter_rows(min_row=2)]
        named = [cell for cell in cells if cell.value == "=1+1"]
        self.assertEqual([cell.data_type for cell in named], ["s"])

    def test_on_screen_nothing_is_sent(self):
        self.set_terms(statement_form="screen")
        statement = self.cron()
        self.assertEqual(statement.state, "ready")
        self.assertFalse(
            self.env["mail.mail"].sudo().search_count([("model", "=", statement._name)])
        )

    def test_each_week_where_so_chosen(self):
        self.set_terms(statement_frequency="weekly")
        statement = self.cron(date(2026, 6, 29))
        self.assertEqual(
            (statement.date_from, statement.date_to),
            (date(2026, 6, 22), date(2026, 6, 28)),
        )

    def test_a_failure_is_kept_told_and_tried_again(self):
        self.company.email = False
        statement = self.cron()
        self.assertEqual(statement.state, "failed")
        self.assertIn("no e-mail address", statement.failure)
        day = self.env["recouv.day"].with_user(self.secretary)
        section = next(s for s in day._sections(JULY) if s.code == "statements_failed")
        self.assertEqual(
            self.env[section.model].with_user(self.secretary).search(section.domain),
            statement.with_user(self.secretary),
        )
        self.company.email = "cabinet@example.com"
        self.cron(date(2026, 7, 2))
        self.assertEqual(statement.state, "sent")
        self.assertFalse(statement.failure)

    def test_what_the_server_refuses_is_told(self):
        self.set_terms(statement_email="a@nobody.example")
        statement = self.cron()
        self.assertEqual(statement.state, "failed")
        self.assertIn("a@nobody.example", statement.failure)
        self.assertIn("refuses this address", statement.failure)
        self.assertTrue(statement.failure.endswith("No such mailbox"))

    # --- who ------------------------------------------------------------------------

    def test_the_secretary_reads_it_and_sends_nothing(self):
        statement = self.generate().with_user(self.secretary)
        self.assertEqual(statement.read(["amount_held"])[0]["amount_held"], 40.0)
        self.assertEqual(statement.action_print()["type"], "ir.actions.act_url")
        self.assertEqual(statement.action_spreadsheet()["type"], "ir.actions.act_url")
        with self.assertRaises(AccessError):
            statement.action_send_again()
        with self.assertRaises(AccessError):
            statement.action_make_due()

    def test_a_manager_makes_and_sends_it(self):
        statements = self.env["recouv.placement.statement"]
        with freeze_time(JULY):
            statements.with_user(self.practitioner).action_make_due()
        statement = statements.with_user(self.practitioner).search([])
        statement.action_send_again()
        self.assertEqual(statement.state, "sent")

    def test_the_agency_reads_no_statement_of_the_practice(self):
        statement = self.generate()
        for user in (self.agent, self.agency_manager):
            own = {"allowed_company_ids": user.company_ids.ids}
            theirs = statement.with_user(user).with_context(**own)
            self.assertFalse(theirs.search([]))
            lines = self.env["recouv.placement.statement.line"].with_user(user)
            self.assertFalse(lines.search([]))
            with self.assertRaises(AccessError):
                theirs.read(["amount_collected"])
