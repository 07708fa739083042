"""Claims ready to be handed over, and the dialogs that do it."""

from datetime import date

from odoo import Command

from .agency_common import AgencyCommon


class PlacementCommon(AgencyCommon):
    @classmethod
    def open_claim(cls, amount=120.0, debtor=None, due=date(2026, 1, 5), **values):
        """The claim of a new invoice, in its practice."""
        invoice = cls.make_invoice(debtor, amount=amount, due=due, **values)
        cls.env["recouv.engine"]._create_claims(cls.company, date(2026, 6, 15))
        return cls.claims_of(invoice)

    @classmethod
    def draft(cls, claims):
        """A placement to review, of these claims, as the practitioner."""
        return (
            cls.env["recouv.placement"]
            .with_user(cls.practitioner)
            .create(
                {
                    "mandate_id": cls.mandate.id,
                    "company_id": cls.company.id,
                    "line_ids": [Command.create({"claim_id": c.id}) for c in claims],
                }
            )
        )

    @classmethod
    def examine(cls, claims):
        """The dialog of the claims list, as the practitioner."""
        action = claims.with_user(cls.practitioner).action_place()
        return (
            cls.env[action["res_model"]]
            .with_user(cls.practitioner)
            .browse(action["res_id"])
        )

    def verdict(self, claim):
        return claim._placement_verdicts(self.agency)[claim.id]

    def sections(self, user):
        """{code: how many wait} of a user's day."""
        day = self.env["recouv.day"].with_user(user)
        return {
            section["code"]: section["count"]
            for section in day.read_day()["sections"]
            if section["count"]
        }
