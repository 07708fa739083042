"""Test ground of the agency: a second company, its users, a signed mandate."""

from datetime import date

from odoo import Command
from odoo.tests import HttpCase, new_test_user

from .common import TODAY, RecouvCommon
from .mandate_common import ProfileMixin

AGENCY_STEPS = [
    {
        "channel": "letter",
        "delay_days": 0,
        "anchor": "placement",
        "deadline_days": 10,
    },
    {
        "channel": "letter",
        "delay_days": 15,
        "anchor": "previous_step",
        "deadline_days": 10,
    },
]


class AgencyCommon(ProfileMixin, RecouvCommon):
    """A practice (``company``), an agency in the same database, their mandate."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agency = cls.setup_other_company(name="Agence Recouv")["company"]
        cls.agency.write(
            {
                "street": "5 quai de Seine",
                "zip": "75010",
                "city": "Paris",
                "country_id": cls.env.ref("base.fr").id,
                "account_fiscal_country_id": cls.env.ref("base.fr").id,
                "phone": "+33 1 40 00 00 00",
                "email": "agence@example.com",
                "company_registry": "73282932000074",
                "currency_id": cls.company.currency_id.id,
            }
        )
        cls.agent = cls.make_user("agent", cls.agency, "recouv_lib.group_user")
        cls.agency_manager = cls.make_user(
            "agency_manager", cls.agency, "recouv_lib.group_manager"
        )
        cls.practitioner = cls.make_user(
            "practitioner", cls.company, "recouv_lib.group_manager"
        )
        # nobody is in a practice and in an agency
        cls.env.user.company_ids = [Command.unlink(cls.agency.id)]
        env, cls.env = cls.env, cls.env(su=True)
        cls.agency_policy = cls.make_policy(
            company=cls.agency, steps=AGENCY_STEPS, capacity="mandatary"
        )
        cls.agency.write(
            {"recouv_live_on": TODAY, "recouv_policy_id": cls.agency_policy.id}
        )
        cls.profile = cls.make_profile(cls.agency)
        if issubclass(cls, HttpCase):  # a browser lives today
            cls.make_paper(
                cls.profile,
                number="RC-LATER",
                date_from=date(2027, 1, 1),
                date_to=date(2099, 12, 31),
            )
        cls.mandate = cls.make_mandate()
        cls.env = env

    @classmethod
    def make_user(cls, login, company, group):
        return new_test_user(
            cls.env,
            login,
            groups=f"base.group_user,{group}",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    @classmethod
    def make_mandate(cls, **values):
        """A mandate in force between the practice and the agency."""
        mandate = cls.env["recouv.mandate"].create(
            {
                "company_id": cls.company.id,
                "agency_id": cls.agency.id,
                "valid_from": "2026-01-01",
                "fee_line_ids": [Command.create({"rate": 10.0})],
                **values,
            }
        )
        mandate._record({"state": "signed", "signed_on": "2026-01-01"})
        return mandate

    def set_terms(self, **terms):
        """Change the terms of the mandate as if it had been signed with them."""
        self.mandate._record({"state": "draft"})
        self.mandate.sudo().write(terms)
        self.mandate._record({"state": "signed"})

    @classmethod
    def agency_run(cls, day=TODAY, **values):
        """Propose a run of the agency, as its manager."""
        run = (
            cls.env["recouv.run"]
            .with_user(cls.agency_manager)
            .create(
                {
                    "company_id": cls.agency.id,
                    "date": day,
                    "capacity": "mandatary",
                    **values,
                }
            )
        )
        run.action_propose()
        return run

    @classmethod
    def place(cls, claims, accept=True):
        """Hand claims over, as the practitioner; return the agency's mirrors."""
        placement = (
            cls.env["recouv.placement"]
            .with_user(cls.practitioner)
            .create(
                {
                    "mandate_id": cls.mandate.id,
                    "company_id": cls.company.id,
                    "date": TODAY,
                    "line_ids": [
                        Command.create({"claim_id": claim.id}) for claim in claims
                    ],
                }
            )
        )
        placement.action_keep_all()
        placement.action_send()
        mirrors = placement.sudo().line_ids.agency_claim_id
        if accept:
            mirrors.with_user(cls.agent).action_accept_placement()
        return mirrors.with_user(cls.agent)
