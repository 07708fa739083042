"""A practice, its collection agency and a third company, each with its people."""

import base64
from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.tests import new_test_user

from .common import RecouvCommon

PDF = b"%PDF-1.4 convention"


class ProfileMixin:
    """Makes an agency that may write for others."""

    @classmethod
    def make_profile(cls, agency):
        """Insurance for 2026, declaration of 2020, an account for nothing else."""
        journal = agency.recouv_dedicated_journal_id or cls.env[
            "account.journal"
        ].create(
            {
                "name": "Dedicated account",
                "code": "512D",
                "type": "bank",
                "company_id": agency.id,
            }
        )
        profile = cls.env["recouv.agency.profile"].create(
            {"company_id": agency.id, "journal_id": journal.id}
        )
        cls.make_paper(profile)
        cls.make_paper(
            profile,
            kind="declaration",
            issuer="Nantes",
            number="2020/17",
            date_from=date(2020, 3, 2),
            date_to=False,
        )
        return profile

    @classmethod
    def make_paper(cls, profile, **values):
        return cls.env["recouv.agency.paper"].create(
            {
                "profile_id": profile.id,
                "kind": "insurance",
                "issuer": "Assurances de l'Exemple",
                "number": "RC-2026",
                "date_from": date(2026, 1, 1),
                "date_to": date(2026, 12, 31),
                "file": base64.b64encode(b"%PDF-1.4 certificate"),
                "file_name": "certificate.pdf",
                **values,
            }
        )


class MandateCommon(ProfileMixin, RecouvCommon):
    """The agency is in order; conventions are not really printed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        mandates = type(cls.env["recouv.mandate"])
        cls.enterClassContext(
            patch.object(mandates, "_print_convention", lambda self: PDF)
        )
        cls.agency = cls.make_company("Loire Conseil", "44000", "Nantes")
        cls.third = cls.make_company("Third practice", "75000", "Paris")
        cls.manager = cls.make_user("p_manager", cls.company, "group_manager")
        cls.agent = cls.make_user("a_agent", cls.agency, "group_user")
        cls.director = cls.make_user("a_director", cls.agency, "group_manager")
        cls.stranger = cls.make_user("t_manager", cls.third, "group_manager")
        cls.profile = cls.make_profile(cls.agency)

    @classmethod
    def make_company(cls, name, zip_code, city):
        company = cls.setup_other_company(name=name)["company"]
        france = cls.env.ref("base.fr").id
        company.write(
            {
                "street": "90 boulevard de l'Exemple",
                "zip": zip_code,
                "city": city,
                "country_id": france,
                "account_fiscal_country_id": france,
            }
        )
        return company

    @classmethod
    def make_user(cls, login, company, *groups):
        names = ["base.group_user", *(f"recouv_lib.{group}" for group in groups)]
        return new_test_user(
            cls.env,
            login,
            name=login.replace("_", " ").title(),
            groups=",".join(names),
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    @classmethod
    def make_mandate(cls, company=None, agency=None, scale=None, **values):
        """A draft with 10 % before six months, 20 % after."""
        scale = scale or [{"rate": 10.0}, {"from_age": 180, "rate": 20.0}]
        return cls.env["recouv.mandate"].create(
            {
                "company_id": (company or cls.company).id,
                "agency_id": (agency or cls.agency).id,
                "currency_id": (company or cls.company).currency_id.id,
                "valid_from": date(2026, 6, 15),
                "remit_iban": "FR7630006000011234567890189",
                "fee_line_ids": [Command.create(line) for line in scale],
                **values,
            }
        )

    def sign(self, mandate, user, name="Somebody"):
        return mandate.with_user(user)._sign(name)

    def make_signed(self, **values):
        """A mandate that both have signed."""
        mandate = self.make_mandate(**values)
        self.sign(mandate, self.manager, "Paul Practitioner")
        self.sign(mandate, self.director, "Diane Director")
        self.env.invalidate_all()
        return mandate
