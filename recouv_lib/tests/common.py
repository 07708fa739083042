"""Test ground shared by the add-ons: a practice, its patients, its schedule.

Other add-ons extend :class:`RecouvCommon` for their own tests.
"""

from datetime import date
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from . import ready

TODAY = date(2026, 6, 15)


class RecouvCommon(AccountTestInvoicingCommon):
    """A live practice with a three-step schedule; runs flush instead of committing."""

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref("recouv_lib.group_manager")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        engine = type(cls.env["recouv.engine"])
        cls.enterClassContext(
            patch.object(engine, "_checkpoint", lambda self: self.env.flush_all())
        )
        cls.enterClassContext(patch.object(engine, "_abandon", lambda self: None))
        cls.company = cls.env.company
        cls.journal = cls.company_data["default_journal_sale"]
        cls.company.write(
            {
                "street": "1 rue de la Paix",
                "zip": "35000",
                "city": "Rennes",
                "country_id": cls.env.ref("base.fr").id,
                "account_fiscal_country_id": cls.env.ref("base.fr").id,
                "phone": "+33 2 99 00 00 00",
                "email": "cabinet@example.com",
                "recouv_professional_number": "10003456789",
            }
        )
        cls.policy = cls.make_policy()
        cls.go_live(cls.company, cls.policy, cls.journal)
        cls.patient = cls.make_patient("Camille Martin")
        cls.secretary = new_test_user(
            cls.env,
            "secretary",
            groups="base.group_user,recouv_lib.group_user",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def make_once(cls, make):
        """Make what each test of the class begins with: once, in its class set-up.

        :param make: a method without arguments; what it sets on ``self`` is the class's
        """
        test = cls()
        before = set(vars(test))
        make(test)
        for name in set(vars(test)) - before:
            setattr(cls, name, getattr(test, name))

    # --- builders -------------------------------------------------------------------

    @classmethod
    def _create_company(cls, **values):
        """EXTENDS: take a company that ``setup/test`` made ready, if one is alike."""
        alike = not (cls.country_code or cls.chart_template or set(values) - {"name"})
        company = alike and ready.take(cls.env, {"name": "Test Company", **values})
        return company or super()._create_company(**values)

    @classmethod
    def go_live(cls, company, policy, journals, live_on=date(2020, 1, 1)):
        company.write(
            {
                "recouv_live_on": live_on,
                "recouv_policy_id": policy.id,
                "recouv_journal_ids": [Command.set(journals.ids)],
            }
        )

    @classmethod
    def make_policy(cls, company=None, steps=None, **values):
        """A schedule: letter at 10 days, second at +10, mise en demeure at +10."""
        steps = steps or [
            {
                "channel": "letter",
                "delay_days": 10,
                "anchor": "due_date",
                "deadline_days": 8,
            },
            {
                "channel": "letter",
                "delay_days": 10,
                "anchor": "previous_step",
                "deadline_days": 8,
            },
            {
                "channel": "registered_letter",
                "delay_days": 10,
                "anchor": "previous_step",
                "deadline_days": 15,
                "is_formal_notice": True,
                "on_exhausted": "hold",
            },
            {"channel": "handover", "delay_days": 0, "anchor": "previous_step"},
        ]
        return cls.env["recouv.policy"].create(
            {
                "name": "Test schedule",
                "company_id": (company or cls.env.company).id,
                "step_ids": [
                    Command.create(
                        {"name": f"Step {i}", "sequence": i * 10, "approval": "manual"}
                        | step
                    )
                    for i, step in enumerate(steps, 1)
                ],
                **values,
            }
        )

    @classmethod
    def make_patient(cls, name, **values):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "company_id": False,
                "street": "2 place du Marché",
                "zip": "35000",
                "city": "Rennes",
                "country_id": cls.env.ref("base.fr").id,
                "lang": "fr_FR",
                **values,
            }
        )

    @classmethod
    def make_invoice(
        cls, partner=None, amount=100.0, due=date(2026, 6, 1), sent=True, **values
    ):
        """A posted invoice of ``amount`` without tax, due on ``due``."""
        partner = partner or cls.patient
        moves = cls.env["account.move"]
        if values.get("company_id"):
            moves = moves.with_company(values["company_id"])
        move = moves.create(
            {
                "move_type": values.pop("move_type", "out_invoice"),
                "partner_id": partner.id,
                "journal_id": values.pop("journal", cls.journal).id,
                "invoice_date": values.pop("invoice_date", due),
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Fees",
                            "quantity": 1,
                            "price_unit": amount,
                            "tax_ids": [],
                        }
                    )
                ],
                **values,
            }
        )
        move.action_post()
        move.is_move_sent = sent
        return move

    @classmethod
    def pay(cls, move, amount=None, day=None):
        """Register a payment in Odoo's own wizard."""
        values = {"payment_date": day or fields.Date.today()}
        if amount is not None:
            values["amount"] = amount
        return (
            cls.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create(values)
            ._create_payments()
        )

    # --- runs -----------------------------------------------------------------------

    @classmethod
    def propose(cls, day=TODAY, company=None, **values):
        run = cls.env["recouv.run"].create(
            {"company_id": (company or cls.company).id, "date": day, **values}
        )
        run.action_propose()
        return run

    @classmethod
    def claims_of(cls, move):
        return cls.env["recouv.claim"].search([("move_id", "in", move.ids)])

    @classmethod
    def prove(cls, run, day):
        """Take a run's notices as sent and proven on ``day``."""
        notices = run.notice_ids.filtered(lambda n: n.state != "cancelled")
        for notice in notices:
            registered = notice.channel == "registered_letter"
            if registered:
                notice._record({"date_presented": day})
            notice._prove(on=day)
        return notices
