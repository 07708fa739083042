"""Test ground of statements and figures: what the agency collects, as the practice
books it."""

from datetime import date, timedelta

from .agency_common import AgencyCommon
from .common import TODAY


class PlacementMoneyCommon(AgencyCommon):
    """Two claims handed over on TODAY: 100 due in January, 200 due a year before."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.make_invoice(due=date(2026, 1, 5), amount=100.0)
        cls.zoe = cls.make_patient("Zoe Leroy")
        cls.second = cls.make_invoice(cls.zoe, due=date(2025, 5, 1), amount=200.0)
        cls.env["recouv.engine"]._create_claims(cls.company, TODAY)
        cls.claim = cls.claims_of(cls.first)
        cls.other = cls.claims_of(cls.second)

    @classmethod
    def collect(cls, claim, amount, day):
        """What the agency received for a claim, in the practice's books."""
        transfer = cls.env["recouv.transfer"].create(
            {
                "kind": "collected",
                "origin_line_id": claim.move_line_id.id,
                "amount_currency": amount,
                "target_partner_id": cls.agency.partner_id.id,
                "date": day,
            }
        )
        transfer.action_post()
        return transfer

    @classmethod
    def remit(cls, transfer, day):
        """The agency's remittance of one sum, as the practice's bank brings it."""
        held = transfer.target_line_id
        move = cls.env["account.move"].create(
            {
                "move_type": "entry",
                "date": day,
                "ref": "Remittance RV/1",
                "journal_id": cls.company_data["default_journal_misc"].id,
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "account_id": held.account_id.id,
                            "partner_id": held.partner_id.id,
                            "balance": -held.balance,
                        },
                    ),
                    (
                        0,
                        0,
                        {
                            "account_id": cls.company.transfer_account_id.id,
                            "balance": held.balance,
                        },
                    ),
                ],
            }
        )
        move.action_post()
        (held + move.line_ids.filtered(lambda i: i.balance < 0)).reconcile()
        return move

    @classmethod
    def lines_of(cls, claim):
        return cls.env["recouv.placement.line"].search([("claim_id", "=", claim.id)])

    @classmethod
    def later(cls, days):
        return TODAY + timedelta(days=days)
