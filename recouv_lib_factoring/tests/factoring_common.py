"""Test ground of factoring: a practice, its buyer, their signed contract."""

from odoo.addons.recouv_lib.tests.agency_common import AgencyCommon


class FactoringCommon(AgencyCommon):
    """``company`` sells to ``agency`` under ``contract``; users as in AgencyCommon."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.make_contract()

    @classmethod
    def make_contract(cls, **values):
        """A contract in force between the practice and the buyer."""
        contracts = cls.env["recouv.factoring.contract"].sudo()
        return contracts.create(
            {
                "company_id": cls.company.id,
                "agency_id": cls.agency.id,
                "mandate_id": cls.mandate.id,
                "valid_from": "2026-01-01",
                "commission_rate": 5.0,
                "state": "signed",
                **values,
            }
        )
