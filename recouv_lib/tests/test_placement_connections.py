"""Two real connections: the same placement sent by two users at once."""

import threading
from datetime import date, timedelta

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged

WAIT = 60


@tagged("post_install", "-at_install")
class TestPlacementConnections(BaseCase):
    """Real commits, on companies of their own, that are put aside afterwards."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.addClassCleanup(cls.forget)
        with cls.registry.cursor() as cr:
            cls.build(api.Environment(cr, SUPERUSER_ID, {}))

    @classmethod
    def build(cls, env):
        practice = cls.company(env, "Two-handed practice")
        agency = cls.company(env, "Two-handed agency")
        cls.ids = practice.id, agency.id
        env = env(context={"allowed_company_ids": [practice.id]})
        journal = env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", practice.id)], limit=1
        )
        policy = env["recouv.policy"].create(
            {
                "name": "P",
                "company_id": practice.id,
                "step_ids": [
                    Command.create(
                        {"name": "Letter", "sequence": 1, "channel": "letter"}
                    )
                ],
            }
        )
        practice.write(
            {
                "recouv_live_on": date(2020, 1, 1),
                "recouv_policy_id": policy.id,
                "recouv_journal_ids": [Command.set(journal.ids)],
            }
        )
        mandate = env["recouv.mandate"].create(
            {
                "company_id": practice.id,
                "agency_id": agency.id,
                "valid_from": "2020-01-01",
            }
        )
        mandate._record({"state": "signed", "signed_on": "2020-01-01"})
        cls.mandate_id = mandate.id
        cls.invoice(env, journal)
        env["recouv.engine"]._create_claims(practice, fields.Date.today())

    @classmethod
    def company(cls, env, name):
        company = env["res.company"].create(
            {"name": name, "country_id": env.ref("base.fr").id}
        )
        env["account.chart.template"].try_loading("generic_coa", company, False)
        company.account_fiscal_country_id = env.ref("base.fr")
        company.currency_id = env.ref("base.EUR")
        return company

    @classmethod
    def invoice(cls, env, journal):
        debtor = env["res.partner"].create(
            {"name": "Debtor", "company_id": env.company.id}
        )
        due = fields.Date.today() - timedelta(days=40)
        move = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": debtor.id,
                "journal_id": journal.id,
                "invoice_date": due,
                "invoice_date_due": due,
                "invoice_line_ids": [
                    Command.create({"name": "F", "price_unit": 100, "tax_ids": []})
                ],
            }
        )
        move.action_post()
        move.is_move_sent = True

    @classmethod
    def forget(cls):
        """Take these companies out of the way of other tests."""
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            companies = env["res.company"].browse(cls.ids)
            env["recouv.mandate"].browse(cls.mandate_id)._recall_all("test over")
            companies.write({"recouv_live_on": False})

    def practice(self, cr):
        context = {"allowed_company_ids": [self.ids[0]]}
        return api.Environment(cr, SUPERUSER_ID, context)

    def new_placement(self):
        with self.registry.cursor() as cr:
            env = self.practice(cr)
            env["recouv.mandate"].browse(self.mandate_id)._recall_all("again")
            claim = env["recouv.claim"].search([("company_id", "=", self.ids[0])])
            return (
                env["recouv.placement"]
                .create(
                    {
                        "mandate_id": self.mandate_id,
                        "company_id": self.ids[0],
                        "line_ids": [Command.create({"claim_id": claim.id})],
                    }
                )
                .id
            )

    def in_thread(self, work):
        """Run ``work(env)`` on a connection of its own; return its result or error."""
        outcome = []

        def body():
            try:
                with self.registry.cursor() as cr:
                    outcome.append(work(self.practice(cr)))
            except Exception as error:  # handed to the test, which judges it
                outcome.append(error)

        thread = threading.Thread(target=body)
        thread.start()
        thread.join(WAIT)
        self.assertFalse(thread.is_alive(), "it waited for the other connection")
        return outcome[0]

    def send(self, env, placement_id):
        return env["recouv.placement"].browse(placement_id).action_send()

    def mirrors(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return env["recouv.claim"].search_count(
                [("company_id", "=", self.ids[1]), ("closed_on", "=", False)]
            )

    def test_two_users_who_send_at_once_send_once(self):
        placement_id = self.new_placement()
        with self.registry.cursor() as cr:
            self.send(self.practice(cr), placement_id)
            other = self.in_thread(lambda env: self.send(env, placement_id))
        self.assertIsInstance(other, UserError)
        self.assertIn("at this moment", str(other))
        self.assertEqual(self.mirrors(), 1)

    def test_who_comes_after_reads_that_it_was_sent(self):
        placement_id = self.new_placement()
        with self.registry.cursor() as cr:
            self.send(self.practice(cr), placement_id)
        other = self.in_thread(lambda env: self.send(env, placement_id))
        self.assertIsInstance(other, UserError)
        self.assertIn("was sent already", str(other))
        self.assertEqual(self.mirrors(), 1)

    def test_the_same_claim_in_two_placements_leaves_once(self):
        first = self.new_placement()
        second = self.new_placement()
        with self.registry.cursor() as cr:
            self.send(self.practice(cr), first)
            other = self.in_thread(lambda env: self.send(env, second))
        self.assertIsInstance(other, UserError)
        self.assertEqual(self.mirrors(), 1)
