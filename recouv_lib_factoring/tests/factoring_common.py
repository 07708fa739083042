"""Test ground of factoring: a practice, its buyer, their signed contract."""

import base64
from unittest.mock import patch

from odoo.addons.recouv_lib.tests.agency_common import AgencyCommon

PDF = b"%PDF-1.4 deed"


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

    # --- the way of a sale, as its users go ------------------------------------------

    @classmethod
    def draft(cls, moves, user=None):
        """Put invoices on a draft, as the secretary; return the draft."""
        user = user or cls.secretary
        action = moves.with_user(user).action_recouv_sell()
        schedules = cls.env["recouv.assignment"].with_user(user)
        return schedules.browse(action["res_id"])

    @classmethod
    def offer(cls, moves):
        """Offer invoices, as the secretary; return the schedule."""
        return cls.draft(moves)._submit()

    @classmethod
    def offers_of(cls, schedule):
        """Return the buyer's records of a schedule, as the agent sees them."""
        return schedule.sudo().line_ids.purchase_id.with_user(cls.agent).sudo(False)

    @classmethod
    def accept(cls, schedule):
        offers = cls.offers_of(schedule)
        offers.action_accept()
        schedule.invalidate_recordset()
        return offers

    @classmethod
    def sign(cls, schedule):
        """Sign for the practice, as its practitioner."""
        done = schedule.with_user(cls.practitioner)._sign("Dr Jeanne Morel")
        schedule.invalidate_recordset()
        return done

    # --- the way back ---------------------------------------------------------------

    @classmethod
    def ask_back(cls, sold, reason="disputed", user=None, content=PDF):
        """Ask for a repurchase, of the practice's line as its practitioner or of the
        buyer's purchase as its manager; return what was asked, as who asked."""
        if not user:
            practice = sold._name == "recouv.assignment.line"
            user = cls.practitioner if practice else cls.agency_manager
        with cls.no_deed():
            return sold.with_user(user)._ask_buy_back(
                reason, base64.b64encode(content), "courrier.pdf"
            )

    @classmethod
    def take_back(cls, line, reason="disputed", user=None):
        """The practice asks and the buyer accepts; return what is owed back."""
        asked = cls.ask_back(line, reason, user)
        with cls.no_deed():
            asked.with_user(cls.agency_manager).action_accept()
        line.invalidate_recordset()
        return line.sudo().return_ids.sorted("id")[-1:]

    @classmethod
    def no_deed(cls):
        """Do not print deeds of repurchases: what they look like has its own tests."""
        repurchases = type(cls.env["recouv.repurchase"])
        return patch.object(repurchases, "_print_deed", lambda *args: PDF)
