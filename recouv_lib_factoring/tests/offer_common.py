"""Test ground of sales: offers, decisions and signatures in one line each."""

from unittest.mock import patch

from odoo.addons.recouv_lib.tests.common import TODAY

from .factoring_common import PDF, FactoringCommon


class OfferCommon(FactoringCommon):
    """The contract asks for no check unless a test does; deeds are not printed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # no fee, so that only the tests of the books need its accounts and taxes
        cls.set_terms(needs_check=False, commission_rate=0.0)
        cls.enterClassContext(
            patch.object(
                type(cls.env["ir.cron"]),
                "_commit_progress",
                lambda self, *args, **kwargs: 1000.0,
            )
        )
        for model in ("recouv.assignment", "recouv.factoring.contract"):
            name = "_print_deed" if model.endswith("assignment") else "_print_contract"
            cls.enterClassContext(
                patch.object(type(cls.env[model]), name, lambda self, *args: PDF)
            )

    @classmethod
    def set_terms(cls, **terms):
        """Change the terms of the contract as if it had been signed with them."""
        cls.contract.sudo().write(terms)

    @classmethod
    def item(cls, move):
        return move.line_ids.filtered(lambda x: x.display_type == "payment_term")

    @classmethod
    def sell(cls, moves):
        """Offer, accept and sign; return the schedule."""
        schedule = cls.offer(moves)
        cls.accept(schedule)
        cls.sign(schedule)
        return schedule

    @classmethod
    def make_draft_contract(cls, **values):
        """A contract nobody has signed, made by the practitioner."""
        contracts = cls.env["recouv.factoring.contract"].with_user(cls.practitioner)
        return contracts.create(
            {
                "mandate_id": cls.mandate.id,
                "valid_from": TODAY,
                "commission_rate": 4.0,
                "legal_opinion": "JVBERi0xLjQ=",
                **values,
            }
        )
