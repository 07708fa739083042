"""Test ground of rejections: shares on payers, and what payers answer."""

from datetime import date
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import new_test_user

from odoo.addons.recouv_lib.lib import html_pdf
from odoo.addons.recouv_lib.models.res_company_write_off import WRITE_OFF_ACCOUNTS

from .share_common import ShareCommon

SENT = date(2026, 5, 4)
REJECTED = date(2026, 6, 15)


class RejectionCommon(ShareCommon):
    """Parts as they stand once transmitted, booked on their payer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.recouv_rejection_user_id = cls.biller
        cls.patient.email = "camille@example.com"
        cls.numbers = iter(range(100_000_001, 999_999_999))
        cls.keys = iter(range(1, 10**9))
        cls.boss = new_test_user(
            cls.env,
            "boss",
            groups="base.group_user,recouv_lib.group_manager,"
            "recouv_lib_tiers_payant.group_tiers_payant",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        # PDFs are printed elsewhere; here their words count
        cls.printed = []
        cls.enterClassContext(patch.object(html_pdf, "print_html", cls.fake_print))
        for fname, code in WRITE_OFF_ACCOUNTS.items():
            cls.company[fname] = cls.env["account.account"].create(
                {
                    "name": code,
                    "code": f"9{code}",
                    "account_type": "expense" if code[0] == "6" else "income",
                }
            )
        cls.file = cls.env["recouv.return.file"].sudo().create({"name": "RSP-1"})

    @classmethod
    def fake_print(cls, _program, html, **_options):
        cls.printed.append(str(html))
        return b"%PDF-1.4 %%EOF"

    @classmethod
    def make_share(cls, payer=None, amount=70.0, invoice=None, **values):
        """A part transmitted on 4 May 2026, its receivable on the payer."""
        payer = payer or cls.caisse
        invoice = invoice or cls.make_invoice(
            invoice_date=SENT, due=SENT, recouv_care_end_date=SENT
        )
        share = (
            cls.env["recouv.share"]
            .sudo()
            .create(
                {
                    "move_id": invoice.id,
                    "payer_id": payer.id,
                    "kind": payer.recouv_payer_kind,
                    "amount": amount,
                    "invoice_number": f"{next(cls.numbers)}",
                    **values,
                }
            )
        )
        share._book()
        share._set_state("transmitted", sent_on=SENT)
        share._date_payment()
        return share.sudo(False)

    @classmethod
    def answer(cls, shares, **values):
        """Return lines of a file that say “rejected” of these shares."""
        return (
            cls.env["recouv.return.line"]
            .sudo()
            .create(
                [
                    {
                        "company_id": share.company_id.id,
                        "currency_id": share.currency_id.id,
                        "file_id": cls.file.id,
                        "share_id": share.id,
                        "part": {"amo": "O", "amc": "C"}[share.kind],
                        "invoice_number": share.invoice_number,
                        "asked": share.amount,
                        "status": "R",
                        "match_how": "number_date",
                        "key": f"key-{next(cls.keys)}",
                        **values,
                    }
                    for share in shares
                ]
            )
            .sudo(False)
        )

    @classmethod
    def reject(cls, shares, code="0250 050", label="assuré absent du référentiel"):
        """The rejections of these shares, as a return file makes them."""
        lines = cls.answer(shares)
        causes = {
            line.id: [{"code": code, "label": label, "level": "F"}] for line in lines
        }
        return cls.env["recouv.rejection"]._from_lines(lines, causes)

    @classmethod
    def make_reason(cls, code, action_class="bill_patient", **values):
        return cls.env["recouv.rejection.reason"].create(
            {
                "name": f"Reason {code}",
                "code": code,
                "company_id": cls.company.id,
                "action_class": action_class,
                "is_patient_allowed": True,
                **values,
            }
        )

    @classmethod
    def pay_payer(cls, share, day=None):
        """The payer's transfer reaches the bank: an ordinary payment, reconciled."""
        item = share.sudo().transfer_id.target_line_id
        payment = cls.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": share.payer_id.id,
                "amount": item.amount_residual_currency,
                "date": day or fields.Date.today(),
                "journal_id": cls.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        settling = payment.move_id.line_ids.filtered(
            lambda line: line.account_id == item.account_id
        )
        (item + settling).reconcile()
        return payment
