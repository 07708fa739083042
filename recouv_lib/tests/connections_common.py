"""Test ground of real connections: several people, real commits, one database.

What these tests commit stays: they work in companies of their own, which are archived
at the end with their people and schedules. Their entries stay posted; no list and no
nightly job of another test finds them.
"""

import threading
from contextlib import contextmanager, suppress
from datetime import timedelta

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name

#: seconds after which a thread waits for somebody
WAIT = 60


class ConnectionsCase(BaseCase):
    """Commits what :meth:`build` makes; each :meth:`connection` is one person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.company_ids = []
        cls.addClassCleanup(cls._put_aside)
        with cls.connection() as env:
            cls.build(env)

    @classmethod
    def build(cls, env):
        """Make what all tests of the class stand on; it is committed."""

    @classmethod
    def put_aside(cls, env):
        """Take what the tests left out of the way of others; it is committed."""

    @classmethod
    def _put_aside(cls):
        with cls.connection() as env:
            cls.put_aside(env)
            own = [("company_id", "in", cls.company_ids)]
            for model in ("res.users", "recouv.policy"):
                env[model].search(own).active = False
            companies = env["res.company"].browse(cls.company_ids)
            companies.recouv_live_on = False
            for company in companies:
                # who still holds what is another's is not archived
                with suppress(UserError), env.cr.savepoint():
                    company.active = False

    @classmethod
    @contextmanager
    def connection(cls, uid=SUPERUSER_ID, company=None):
        """An environment on a connection of its own; committed at the end.

        :param company: id of the company that the user has chosen
        """
        context = {"allowed_company_ids": [company]} if company else {}
        with cls.registry.cursor() as cr:
            yield api.Environment(cr, uid, context)

    def in_thread(self, work, company=None):
        """Run ``work(env)`` on a connection of its own; return its result or error."""
        outcome = []

        def body():
            try:
                with self.connection(company=company) as env:
                    outcome.append(work(env))
            except Exception as error:  # handed to the test, which judges it
                outcome.append(error)

        thread = threading.Thread(target=body)
        thread.start()
        thread.join(WAIT)
        self.assertFalse(thread.is_alive(), "it waited for the other connection")
        return outcome[0]

    # --- builders -------------------------------------------------------------------

    @classmethod
    def make_company(cls, env, name, chart="generic_coa", **values):
        """A French company, with a chart unless that is None."""
        france = env.ref("base.fr").id
        company = env["res.company"].create(
            {"name": name, "country_id": france, **values}
        )
        cls.company_ids.append(company.id)
        if chart:
            env["account.chart.template"].try_loading(chart, company, False)
            # the law of limitation is that of the fiscal country
            company.account_fiscal_country_id = france
        return company

    @classmethod
    def make_agency(cls, env, name):
        """An agency with its dedicated account, ready to receive."""
        agency = cls.make_company(env, name)
        agency.recouv_dedicated_journal_id = env["account.journal"].create(
            {
                "name": "Dedicated account",
                "code": "DED",
                "type": "bank",
                "company_id": agency.id,
            }
        )
        agency._recouv_funds_journal()
        return agency

    @classmethod
    def make_mandate(cls, env, practice, agency):
        """A mandate in force between two companies, by their ids."""
        mandate = env["recouv.mandate"].create(
            {"company_id": practice, "agency_id": agency, "valid_from": "2020-01-01"}
        )
        mandate._record({"state": "signed", "signed_on": "2020-01-01"})
        return mandate

    @classmethod
    def go_live(cls, company):
        """One letter as schedule, all sale journals, since long."""
        env = company.env(context={"allowed_company_ids": company.ids})
        policy = env["recouv.policy"].create(
            {
                "name": "P",
                "company_id": company.id,
                "step_ids": [
                    Command.create(
                        {"name": "Letter", "sequence": 1, "channel": "letter"}
                    )
                ],
            }
        )
        journals = env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", company.id)]
        )
        company.write(
            {
                "recouv_live_on": "2020-01-01",
                "recouv_policy_id": policy.id,
                "recouv_journal_ids": [Command.set(journals.ids)],
            }
        )

    @classmethod
    def make_invoice(cls, env, company, days=0, **debtor):
        """A posted invoice of 100, sent, due ``days`` ago.

        :param debtor: values of its debtor
        """
        env = env(context={"allowed_company_ids": [company]})
        partner = env["res.partner"].create(
            {"name": "Debtor", "company_id": company, **debtor}
        )
        due = fields.Date.today() - timedelta(days=days)
        move = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": due,
                "invoice_date_due": due,
                "invoice_line_ids": [
                    Command.create({"name": "F", "price_unit": 100, "tax_ids": []})
                ],
            }
        )
        move.action_post()
        move.is_move_sent = True
        return move
