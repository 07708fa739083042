"""Test ground of tax due on payment, for any company and in all three add-ons."""

from odoo import Command


class PaymentTaxMixin:
    """``put_payment_tax`` gives a practice VAT of 20 % that falls due on payment."""

    @classmethod
    def put_payment_tax(cls):
        company = cls.company.with_env(cls.env(su=True))
        company.tax_exigibility = True
        cls.waiting_account = cls._tax_account(company, "VAT that waits", "9445740")
        cls.due_account = cls._tax_account(company, "VAT due", "9445710")
        country = company.account_fiscal_country_id.id
        own = {"name": "VAT paid", "company_id": company.id, "country_id": country}
        group = company.env["account.tax.group"].create(own)
        shares = [
            Command.create({"repartition_type": "base"}),
            Command.create(
                {"repartition_type": "tax", "account_id": cls.due_account.id}
            ),
        ]
        cls.payment_tax = company.env["account.tax"].create(
            {
                **own,
                "amount": 20.0,
                "type_tax_use": "sale",
                "tax_group_id": group.id,
                "tax_exigibility": "on_payment",
                "cash_basis_transition_account_id": cls.waiting_account.id,
                "invoice_repartition_line_ids": shares,
                "refund_repartition_line_ids": shares,
            }
        )

    @classmethod
    def _tax_account(cls, company, name, code):
        accounts = company.env["account.account"].with_company(company)
        return accounts.create(
            {
                "name": name,
                "code": code,
                "account_type": "liability_current",
                "reconcile": True,
                "company_ids": [Command.set(company.ids)],
            }
        )

    @classmethod
    def taxed_invoice(cls, net=100.0, **values):
        """A posted invoice of ``net`` and 20 % of tax due on payment."""
        fees = {"name": "Fees", "price_unit": net, "tax_ids": cls.payment_tax.ids}
        return cls.make_invoice(invoice_line_ids=[Command.create(fees)], **values)

    @classmethod
    def taxes(cls):
        """(tax that waits, tax due), credits positive."""
        found = []
        for account in (cls.waiting_account, cls.due_account):
            lines = account.env["account.move.line"].search(
                [("account_id", "=", account.id), ("parent_state", "=", "posted")]
            )
            found.append(round(-sum(lines.mapped("balance")), 2))
        return tuple(found)
