"""Test ground of write-offs: accounts of the loss, a claim handed over."""

from datetime import date
from unittest.mock import patch

from odoo.addons.recouv_lib.lib import html_pdf
from odoo.addons.recouv_lib.models.recouv_depreciation import DEPRECIATION_ACCOUNTS
from odoo.addons.recouv_lib.models.res_company_write_off import WRITE_OFF_ACCOUNTS

from .agency_common import AgencyCommon
from .common import TODAY

PDF = b"%PDF-1.4 %%EOF"
TYPES = {"6": "expense", "7": "income", "4": "asset_current"}


class WriteOffCommon(AgencyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.printed = []
        cls.enterClassContext(patch.object(html_pdf, "print_html", cls.fake_print))
        for fname, code in (WRITE_OFF_ACCOUNTS | DEPRECIATION_ACCOUNTS).items():
            cls.company[fname] = cls.env["account.account"].create(
                {"name": code, "code": f"9{code}", "account_type": TYPES[code[0]]}
            )
        cls.invoice = cls.make_invoice(due=date(2026, 1, 5), amount=120.0)
        cls.env["recouv.engine"]._create_claims(cls.company, TODAY)
        cls.claim = cls.claims_of(cls.invoice)

    @classmethod
    def fake_print(cls, _program, html, **_options):
        cls.printed.append(html)
        return PDF

    @classmethod
    def draft(cls, claims=None, **values):
        """Write-offs prepared by the secretary."""
        claims = (claims or cls.claim).with_user(cls.secretary)
        acts = cls.env["recouv.write.off"].with_user(cls.secretary)
        acts = acts._prepare(claims)
        acts.write(
            {"reason": "insolvent", "explanation": "Nothing to seize.", **values}
        )
        return acts

    @classmethod
    def written_off(cls, claims=None, **values):
        acts = cls.draft(claims, **values).with_user(cls.practitioner)
        acts.action_decide()
        return acts

    @classmethod
    def balance(cls, account):
        lines = cls.env["account.move.line"].search(
            [("account_id", "=", account.id), ("parent_state", "=", "posted")]
        )
        return sum(lines.mapped("balance"))

    @classmethod
    def money(cls, amount=50.0, partner=None):
        """A payment of the debtor that settles nothing."""
        payment = cls.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": (partner or cls.patient).id,
                "amount": amount,
                "journal_id": cls.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        return payment
