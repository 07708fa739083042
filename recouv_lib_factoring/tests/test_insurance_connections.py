"""Two real connections: two users at one loss, one indemnity, one recovery, one limit.

The second user is told at once and waits for nobody; nothing is booked twice.
"""

from datetime import timedelta
from unittest.mock import patch

import psycopg2
from psycopg2.errors import SerializationFailure

from odoo import Command, fields
from odoo.exceptions import LockError, UserError
from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.recouv_lib.lib import html_pdf
from odoo.addons.recouv_lib.tests.connections_common import ConnectionsCase

from .insurance_common import blank_pdf


@tagged("post_install", "-at_install")
class TestInsuranceConnections(ConnectionsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        page = blank_pdf()
        cls.enterClassContext(
            patch.object(html_pdf, "print_html", lambda *_html, **_options: page)
        )

    @classmethod
    def build(cls, env):
        practice = cls.make_company(env, "Practice that insures")
        practice.currency_id = env.ref("base.EUR")
        cls.practice_id = practice.id
        cls.go_live(practice)
        env = env(context={"allowed_company_ids": practice.ids})
        today = fields.Date.today()
        insurer = cls.debtor(env, "Insurer")
        policy = env["recouv.insurance.policy"].create(
            {
                "name": "POL-1",
                "insurer_id": insurer.id,
                "date_from": today - timedelta(days=200),
                "date_to": today + timedelta(days=100),
                "notice_forfeits": False,
                "stops_on_overdue": False,
                "declaration_days": 400,
                "notice_days": 400,
                "rate_ids": [Command.create({"rate": 1})],
            }
        )
        policy.action_activate()
        cls.policy_id = policy.id

    @classmethod
    def put_aside(cls, env):
        for policy in env["recouv.insurance.policy"].search([]):
            if policy.company_id.id in cls.company_ids:
                policy._record({"state": "ended"})

    @classmethod
    def debtor(cls, env, name="Club"):
        return env["res.partner"].create(
            {"name": name, "company_id": cls.practice_id, "is_company": True}
        )

    # --- builders -------------------------------------------------------------------

    def practice(self):
        return self.connection(company=self.practice_id)

    def other(self, work):
        """What becomes of the work of a second user, on a connection of its own."""
        return self.in_thread(work, self.practice_id)

    def insured(self, env, limit=1000):
        """A debtor with a limit."""
        debtor = self.debtor(env)
        one = env["recouv.insurance.limit"].create(
            {"policy_id": self.policy_id, "partner_id": debtor.id,
             "amount_asked": limit}
        )  # fmt: skip
        one.action_ask()
        one._answer(limit, fields.Date.today() - timedelta(days=200))
        return debtor

    def sell(self, env, debtor, journal=None):
        """A posted invoice of 100; of a journal that is given, without its claim."""
        due = fields.Date.today() - timedelta(days=40)
        move = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": debtor.id,
                **({"journal_id": journal} if journal else {}),
                "invoice_date": due,
                "invoice_date_due": due,
                "invoice_line_ids": [
                    Command.create({"name": "F", "price_unit": 100, "tax_ids": []})
                ],
            }
        )
        move.action_post()
        if not journal:
            company = env["res.company"].browse(self.practice_id)
            env["recouv.engine"]._create_claims(company, fields.Date.today())
        return move

    def loss(self, until="noticed"):
        """(id of a loss of one invoice, id of the invoice), committed."""
        with self.practice() as env:
            move = self.sell(env, self.insured(env))
            loss = self.prepare(env, move.id)
            steps = (
                ("noticed", loss.action_notify),
                ("declared", loss.action_declare),
                ("settled", loss._settle),
            )
            for state, act in steps:
                if until == "draft":
                    break
                act()
                if state == until:
                    break
            return loss.id, move.id

    def prepare(self, env, move_id):
        rows = env["recouv.insurance.cover"].search([("move_id", "=", move_id)])
        return env["recouv.insurance.loss"]._prepare(rows)

    def bank(self, env):
        return env["account.journal"].search(
            [("company_id", "=", self.practice_id), ("type", "=", "bank")], limit=1
        )

    def pay(self, env, move_id, amount=100):
        register = env["account.payment.register"].with_context(
            active_model="account.move", active_ids=[move_id]
        )
        return register.create(
            {"amount": amount, "journal_id": self.bank(env).id}
        )._create_payments()

    def assert_told(self, outcome):
        self.assertIsInstance(outcome, UserError)
        self.assertIn("Someone else", str(outcome))

    # --- declared once --------------------------------------------------------------

    def test_two_users_who_declare_at_once_declare_once(self):
        loss_id, _move = self.loss()

        def declare(env):
            env["recouv.insurance.loss"].browse(loss_id).action_declare()

        with self.practice() as env:
            declare(env)
            env.flush_all()
            self.assert_told(self.other(declare))
        again = self.other(declare)
        self.assertIsInstance(again, UserError)
        self.assertIn("that step is not for it", str(again))
        with self.practice() as env:
            papers = env["ir.attachment"].search(
                [("res_model", "=", "recouv.insurance.loss"), ("res_id", "=", loss_id)]
            )
            self.assertEqual(len(papers), 1)

    @mute_logger("odoo.sql_db")
    def test_two_users_who_prepare_at_once_prepare_once(self):
        with self.practice() as env:
            move_id = self.sell(env, self.insured(env)).id
        with self.practice() as env:
            # the second looked before the first had committed
            env["recouv.insurance.loss"].search_count([])
            first = self.other(lambda their: self.prepare(their, move_id).id)
            with self.assertRaises(psycopg2.Error), env.cr.savepoint():
                self.prepare(env, move_id)
                env.flush_all()
        with self.practice() as env:
            lines = env["recouv.insurance.loss.line"].search(
                [("move_id", "=", move_id)]
            )
            self.assertEqual(lines.loss_id.id, first)
            self.assertEqual(len(lines), 1)

    def test_an_item_in_two_losses_is_declared_once(self):
        loss_id, move_id = self.loss("draft")
        with self.practice() as env:
            losses = env["recouv.insurance.loss"]
            first = losses.browse(loss_id)
            line = first.line_ids
            second = losses._record_new(
                [{"policy_id": self.policy_id, "partner_id": first.partner_id.id,
                  "state": "noticed", "name": "SIN-TWICE",
                  "line_ids": [Command.create(
                      {"move_line_id": line.move_line_id.id, "move_id": move_id})]}]
            )  # fmt: skip
            for loss, act in ((first, "action_notify"), (second, "action_declare")):
                with self.subTest(act), self.assertRaisesRegex(UserError, "already"):
                    getattr(loss, act)()
            second.action_withdraw()
            first.action_notify()
            self.assertEqual(first.state, "noticed")

    # --- booked once ----------------------------------------------------------------

    def test_two_users_who_book_one_indemnity_book_it_once(self):
        loss_id, _move = self.loss("settled")

        def receive(env):
            loss = env["recouv.insurance.loss"].browse(loss_id)
            payments = env["recouv.insurance.payment"]
            payments._take(loss, 90, fields.Date.today(), journal=self.bank(env))

        with self.practice() as env:
            receive(env)
            env.flush_all()
            self.assert_told(self.other(receive))
        again = self.other(receive)
        self.assertIsInstance(again, UserError)
        with self.practice() as env:
            payments = env["recouv.insurance.loss"].browse(loss_id).payment_ids
            self.assertEqual(payments.mapped("amount"), [90])

    @mute_logger("odoo.sql_db")
    def test_who_began_before_the_other_booked_a_part_reads_it_first(self):
        loss_id, _move = self.loss("settled")

        def receive(env, amount):
            loss = env["recouv.insurance.loss"].browse(loss_id)
            payments = env["recouv.insurance.payment"]
            payments._take(loss, amount, fields.Date.today(), journal=self.bank(env))

        with self.practice() as env:
            self.assertFalse(env["recouv.insurance.loss"].browse(loss_id).payment_ids)
            self.assertIsNone(self.other(lambda their: receive(their, 50)))
            # what was read is old: Odoo runs such a request again
            with self.assertRaises(SerializationFailure), env.cr.savepoint():
                receive(env, 90)
        with self.practice() as env:
            with self.assertRaisesRegex(UserError, "40.00"):
                receive(env, 90)

    def test_two_users_who_book_one_advance_and_pay_it_back_do_so_once(self):
        loss_id, _move = self.loss("declared")

        def advance(env):
            loss = env["recouv.insurance.loss"].browse(loss_id)
            payments = env["recouv.insurance.payment"]
            payments._take_advance(
                loss, 60, fields.Date.today(), journal=self.bank(env)
            )

        def repay(env):
            loss = env["recouv.insurance.loss"].browse(loss_id)
            loss._advances()._repay(fields.Date.today(), journal=self.bank(env))

        with self.practice() as env:
            advance(env)
            env.flush_all()
            self.assert_told(self.other(advance))
        # the second one would be beyond the indemnity of 90
        self.assertIn("30.00", str(self.other(advance)))
        with self.practice() as env:
            env["recouv.insurance.loss"].browse(loss_id)._reject("Exclusion")
        with self.practice() as env:
            repay(env)
            env.flush_all()
            self.assert_told(self.other(repay))
        self.assertIn("nothing is to pay back", str(self.other(repay)))
        with self.practice() as env:
            payments = env["recouv.insurance.loss"].browse(loss_id).payment_ids
            self.assertEqual(sorted(payments.mapped("kind")), ["advance", "repayment"])

    # --- a limit --------------------------------------------------------------------

    def test_two_invoices_posted_at_once_share_one_limit(self):
        with self.practice() as env:
            debtor_id = self.insured(env, limit=150).id
            # numbers of one journal are given one after the other
            sales = env["account.journal"].search(
                [("company_id", "=", self.practice_id), ("type", "=", "sale")], limit=1
            )
            other = sales.copy(
                {
                    "name": "Other sales",
                    "code": "OTHER",
                    "default_account_id": sales.default_account_id.id,
                }
            )
            journals = (sales.id, other.id)

        def sell(env, journal):
            debtor = env["res.partner"].browse(debtor_id)
            return self.sell(env, debtor, journal).id

        with self.practice() as env:
            # the second began before the first had posted; it is run again if need be
            env["account.move"].search_count([])
            first = self.other(lambda their: sell(their, journals[0]))
            second = retrying(lambda: sell(env, journals[1]), env)
        with self.practice() as env:
            rows = env["recouv.insurance.cover"].search(
                [("move_id", "in", [first, second])], order="id"
            )
            self.assertEqual(rows.mapped("amount_covered"), [100, 50])
            self.assertEqual(rows.mapped("code"), ["covered", "partly"])
            limit = env["recouv.insurance.limit"].search(
                [("partner_id", "=", debtor_id)]
            )
            self.assertEqual((limit.amount_used, limit.amount_left), (150, 0))

    @mute_logger("odoo.sql_db")
    def test_two_answers_of_the_insurer_at_once_are_one(self):
        with self.practice() as env:
            limit = env["recouv.insurance.limit"].create(
                {"policy_id": self.policy_id, "partner_id": self.debtor(env).id,
                 "amount_asked": 100}
            )  # fmt: skip
            limit.action_ask()
            limit_id = limit.id

        def answer(env):
            one = env["recouv.insurance.limit"].browse(limit_id)
            one._answer(100, fields.Date.today())

        with self.practice() as env:
            answer(env)
            env.flush_all()
            self.assert_told(self.other(answer))

    # --- shared once ----------------------------------------------------------------

    def test_two_users_who_share_one_payment_share_it_once(self):
        loss_id, move_id = self.loss("settled")
        with self.practice() as env:
            loss = env["recouv.insurance.loss"].browse(loss_id)
            env["recouv.insurance.payment"]._take(
                loss, 90, fields.Date.today(), journal=self.bank(env)
            )
            self.pay(env, move_id, 10)
            credit = loss._payments_since()
            self.assertEqual(len(credit), 1)
            credit_id = credit.id

        def share(env):
            own = env["recouv.insurance.loss"].browse(loss_id)
            item = env["account.move.line"].browse(credit_id)
            recoveries = env["recouv.insurance.recovery"]
            recoveries._take_payment(own, item, 0, fields.Date.today())

        with self.practice() as env:
            share(env)
            env.flush_all()
            self.assert_told(self.other(share))
        again = self.other(share)
        self.assertIsInstance(again, UserError)
        with self.practice() as env:
            shared = env["recouv.insurance.loss"].browse(loss_id).recovery_ids
            self.assertEqual(shared.mapped("amount"), [10])

    # --- the insurer's service ------------------------------------------------------

    def handover(self):
        """(id of a hand-over to send, id of its invoice), committed."""
        with self.practice() as env:
            move = self.sell(env, self.insured(env))
            claim = env["recouv.claim"].search([("move_id", "=", move.id)])
            claim.action_give_to_insurer()
            found = env["recouv.insurance.handover"].search(
                [("claim_ids", "in", claim.ids)]
            )
            return found.id, move.id

    def send(self, env, handover_id):
        env["recouv.insurance.handover"].browse(handover_id).action_send()

    def test_a_cashier_does_not_wait_for_a_hand_over(self):
        handover_id, move_id = self.handover()
        with self.practice() as env:
            self.send(env, handover_id)
            env.flush_all()
            outcome = self.other(lambda their: len(self.pay(their, move_id)))
            self.assertEqual(outcome, 1)
        with self.practice() as env:
            one = env["recouv.insurance.handover"].browse(handover_id)
            self.assertEqual((one.state, one.amount), ("sent", 0))
            # my day says so, and it is called back as any other
            sections = env["recouv.day"]._insurance_manager_sections(
                fields.Date.today()
            )
            own = next(one for one in sections if one.code == "insurance_paid")
            self.assertIn(one, env["recouv.insurance.handover"].search(own.domain))
            one._recall("Payé entre-temps")
            self.assertEqual(one.claim_ids.holder, "practice")

    def test_the_dossier_is_printed_before_the_claims_are_locked(self):
        handover_id, _move = self.handover()
        page, locked = blank_pdf(), []

        def claims(env):
            return env["recouv.insurance.handover"].browse(handover_id).claim_ids

        def slow(*_html, **_options):
            taken = self.other(lambda env: claims(env).lock_for_update())
            locked.append(taken)
            return page

        with self.practice() as env:
            with patch.object(html_pdf, "print_html", slow):
                self.send(env, handover_id)
            self.assertEqual(locked, [None])
            env.flush_all()
            self.assertIsInstance(
                self.other(lambda their: claims(their).lock_for_update()), LockError
            )
        with self.practice() as env:
            one = env["recouv.insurance.handover"].browse(handover_id)
            self.assertEqual(one.state, "sent")
            self.assertIn(one.name.replace("/", "-"), one.document_id.name)

    def test_a_payment_that_came_first_keeps_the_claim_here(self):
        handover_id, move_id = self.handover()
        with self.practice() as env:
            self.pay(env, move_id)
        outcome = self.other(lambda env: self.send(env, handover_id))
        self.assertIsInstance(outcome, UserError)
        self.assertIn("nothing is owed", str(outcome))

    def test_two_users_who_send_at_once_send_once(self):
        handover_id, _move = self.handover()
        with self.practice() as env:
            self.send(env, handover_id)
            env.flush_all()
            self.assert_told(self.other(lambda their: self.send(their, handover_id)))
        again = self.other(lambda env: self.send(env, handover_id))
        self.assertIn("nothing is to send", str(again))
        with self.practice() as env:
            one = env["recouv.insurance.handover"].browse(handover_id)
            holds = env["recouv.hold"].search_count(
                [("claim_ids", "in", one.claim_ids.ids)]
            )
            self.assertEqual(holds, 1)

    # --- premiums -------------------------------------------------------------------

    def test_two_users_who_book_one_premium_make_one_bill(self):
        with self.practice() as env:
            premium_id = (
                env["recouv.insurance.premium"]
                ._record_new(
                    [{"policy_id": self.policy_id, "kind": "deposit",
                      "date": fields.Date.today(), "amount": 100}]
                )
                .id
            )  # fmt: skip

        def book(env):
            env["recouv.insurance.premium"].browse(premium_id).action_book()

        with self.practice() as env:
            book(env)
            env.flush_all()
            self.assert_told(self.other(book))
        self.assertIsNone(self.other(book))  # booked already: nothing to do
        with self.practice() as env:
            one = env["recouv.insurance.premium"].browse(premium_id)
            bills = env["account.move"].search_count(
                [("move_type", "=", "in_invoice"), ("ref", "=", one.move_id.ref),
                 ("company_id", "=", self.practice_id)]
            )  # fmt: skip
            self.assertEqual(bills, 1)

    def test_two_managers_put_one_of_two_policies_into_force(self):
        today = fields.Date.today()
        with self.practice() as env:
            drafts = env["recouv.insurance.policy"].create(
                [
                    {
                        "name": name,
                        "insurer_id": self.debtor(env, name).id,
                        "date_from": today - timedelta(days=200),
                        "date_to": today + timedelta(days=100),
                        "covers_professional": False,
                        "covers_public": True,
                        "rate_ids": [Command.create({"rate": 1})],
                    }
                    for name in ("POL-A", "POL-B")
                ]
            )

        def activate(env, policy_id):
            env["recouv.insurance.policy"].browse(policy_id).action_activate()

        one, two = drafts.ids
        with self.practice() as env:
            activate(env, one)
            env.flush_all()
            self.assert_told(self.other(lambda their: activate(their, two)))
        refused = self.other(lambda env: activate(env, two))
        self.assertIn("POL-A", str(refused))
