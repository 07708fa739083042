import smtplib
from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .channel_common import ChannelCommon, for_real, html_of
from .common import TODAY
from .money_common import MoneyCommon

LOGGER = "odoo.addons.recouv_lib.models.recouv_courtesy"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCourtesyThanks(MoneyCommon, ChannelCommon):
    """Who paid is thanked once for each payment, whatever invoices it paid."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.courtesies = cls.env["recouv.courtesy"].sudo()  # as the cron does
        cls.company.recouv_courtesy_thanks = True
        cls.other = cls.make_patient("Léa Roy", email="lea.roy@example.com")
        cls.hers = cls.make_invoice(cls.other, 40)

    def send(self):
        with for_real():
            return self.courtesies._send_of(self.company)

    def movement(self, **parts):
        """One movement of the bank, a receivable line for each invoice it pays."""
        items = [
            (getattr(self, name)._recouv_receivable_items(), part)
            for name, part in parts.items()
        ]
        lines = [
            {
                "partner_id": item.partner_id.id,
                "account_id": item.account_id.id,
                "credit": part,
            }
            for item, part in items
        ]
        bank = {
            "account_id": self.bank.default_account_id.id,
            "debit": sum(parts.values()),
        }
        entry = self.env["account.move"].create(
            {
                "journal_id": self.bank.id,
                "date": TODAY,
                "line_ids": [Command.create(line) for line in [*lines, bank]],
            }
        )
        entry.action_post()
        paying = entry.line_ids.filtered("credit")
        for (item, _part), line in zip(items, paying, strict=True):
            (item | line).reconcile()
        return entry

    def test_one_movement_for_two_invoices_is_thanked_for_once(self):
        entry = self.movement(old=100, young=60)
        self.assertEqual(self.owed(self.old, self.young), [0, 0])
        sent = self.send()
        self.assertEqual((sent.kind, sent.state, sent.amount), ("thanks", "sent", 160))
        self.assertEqual(sent.move_line_ids.move_id, self.old | self.young)
        self.assertEqual(sent.date, entry.date)
        [mail] = self.mail_sink.messages
        text = mail["subject"] + html_of(mail)
        for words in (self.old.name, self.young.name, "160"):
            self.assertIn(words, text)
        self.assertFalse(self.send())

    def test_what_the_secretary_collects_in_parts_is_one_payment(self):
        act = self.collect(parts={"old": 50, "young": 30}, amount=80)
        self.assertEqual(self.paid(act), {self.old: 50, self.young: 30})
        self.assertEqual(self.owed(self.old, self.young), [50, 30])
        self.assertEqual(self.send().amount, 80)

    def test_each_debtor_of_one_movement_is_thanked_for_his_part(self):
        self.movement(old=100, hers=40, young=20)
        sent = self.send()
        self.assertEqual(
            {courtesy.partner_id: courtesy.amount for courtesy in sent},
            {self.patient: 120, self.other: 40},
        )
        for courtesy, move in ((sent[0], self.old), (sent[1], self.hers)):
            self.assertIn(move, courtesy.move_line_ids.move_id)
        self.assertFalse(self.send())

    def test_two_currencies_of_one_movement_are_two_messages(self):
        chf = self.setup_other_currency("CHF", rates=[("2020-01-01", 1.0)])
        self.foreign = self.make_invoice(amount=30, currency_id=chf.id)
        self.movement(old=100, foreign=30)
        sent = self.send()
        self.assertEqual(sent.currency_id, self.company.currency_id | chf)
        self.assertEqual(sorted(sent.mapped("amount")), [30, 100])

    def test_who_was_thanked_under_the_key_of_before_is_not_again(self):
        entry = self.movement(old=100, hers=40)
        self.courtesies.create(
            {
                "company_id": self.company.id,
                "kind": "thanks",
                "key": f"entry {entry.id}",
                "partner_id": self.patient.id,
                "amount": 100,
                "currency_id": self.company.currency_id.id,
                "state": "sent",
            }
        )
        self.assertEqual(self.send().partner_id, self.other)

    def test_what_is_wanted_twice_is_noted_once(self):
        self.movement(old=100)
        wanted = self.courtesies._thanks(self.company, TODAY)
        self.assertEqual(len(self.courtesies._note(wanted * 2)), 1)
        self.assertFalse(self.courtesies._note(wanted))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCourtesyCron(ChannelCommon):
    """A practice where something fails keeps no other one from its messages."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        data = cls.setup_other_company(name="Second cabinet")
        cls.second = data["company"]
        # as superuser: the user of these tests is not in that practice
        cls.env = cls.env(su=True)
        cls.second.write(
            {
                "country_id": cls.env.ref("base.fr").id,
                "account_fiscal_country_id": cls.env.ref("base.fr").id,
                "email": "second@example.com",
                "sequence": 100,
            }
        )
        cls.company.sequence = 1
        journal = data["default_journal_sale"]
        cls.go_live(cls.second, cls.make_policy(company=cls.second), journal)
        (cls.company | cls.second).write({"recouv_courtesy_due_days": 3})
        cls.debtor = cls.make_patient("Léa Roy", email="lea.roy@example.com")
        soon = date(2026, 6, 17)
        cls.make_invoice(due=soon, amount=80)
        cls.make_invoice(
            cls.debtor, 40, soon, company_id=cls.second.id, journal=journal
        )

    def run_cron(self, error):
        """The daily job, the first practice failing; return what was sent."""
        courtesies = self.env["recouv.courtesy"]
        before_due = type(courtesies)._before_due

        def fails_first(records, company, today):
            if company == self.company:
                raise error
            return before_due(records, company, today)

        with (
            patch.object(type(courtesies), "_before_due", fails_first),
            patch.object(
                type(self.env["res.company"]),
                "_recouv_is_neutralized",
                lambda _self: False,
            ),
            self.assertLogs(LOGGER, "ERROR") as logs,
            for_real(),
        ):
            courtesies._cron_send()
        self.assertIn(self.company.name, logs.output[0])
        return courtesies.search(
            [("company_id", "in", (self.company | self.second).ids)]
        )

    @staticmethod
    def failing_once(method, error):
        """Return ``method`` whose first call raises ``error``."""
        errors = [error]

        def call(*args, **kwargs):
            if errors:
                raise errors.pop()
            return method(*args, **kwargs)

        return call

    def test_one_message_that_does_not_leave_keeps_no_other(self):
        """A connection that breaks, a text that cannot be made."""
        courtesies = self.env["recouv.courtesy"]
        mails = self.env["mail.mail"]
        self.make_invoice(self.make_patient("Ana", email="ana@example.com"), 30,
                          date(2026, 6, 17))  # fmt: skip
        for model, name, error in (
            (mails, "send", smtplib.SMTPServerDisconnected("Connection closed")),
            (courtesies, "_mail_values", ValueError("no such field")),
        ):
            fails_first = self.failing_once(getattr(type(model), name), error)
            with (
                self.subTest(name),
                patch.object(type(model), name, fails_first),
                mute_logger(LOGGER),
                for_real(),
            ):
                sent = courtesies._send_of(self.company)
                self.assertEqual(sent.mapped("state"), ["failed", "sent"])
                self.assertTrue(sent[0].failure)
                self.assertFalse(sent[1].failure)
            sent.unlink()

    def tasks(self):
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", "res.partner"),
                ("res_id", "=", self.company.partner_id.id),
                ("user_id", "=", self.secretary.id),
            ]
        )

    def test_the_next_practice_goes_on(self):
        sent = self.run_cron(ValueError("Camille"))
        self.assertEqual((sent.company_id, sent.state), (self.second, "sent"))
        self.assertEqual((sent.partner_id, sent.amount), (self.debtor, 40))

    def test_its_responsible_is_told_once_and_no_detail(self):
        self.run_cron(ValueError("Camille"))
        self.run_cron(ValueError("Camille"))
        task = self.tasks()
        self.assertEqual(len(task), 1)
        self.assertIn(self.company.name, task.summary)
        self.assertNotIn("Camille", str(task.note))

    def test_a_message_for_people_is_told_to_them(self):
        self.run_cron(UserError("Choose a sender."))
        self.assertIn("Choose a sender.", str(self.tasks().note))
