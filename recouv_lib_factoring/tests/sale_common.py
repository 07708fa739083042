"""Test ground of the money of a sale: schedules decided, ready to be transferred."""

from odoo import Command

from odoo.addons.recouv_lib.tests.common import TODAY

from .factoring_common import FactoringCommon


class SaleCommon(FactoringCommon):
    """``sell()`` gives a transferred schedule; books are read to the cent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.put_taxes()
        cls.creditor_there = cls.contact_there("Cabinet Rennes", is_company=True)
        cls.books = cls.env(su=True)
        cls.put_loss_account()

    @classmethod
    def put_taxes(cls):
        """The buyer invoices VAT at 20 %, which exempt care does not deduct."""
        cls.tax = cls.make_tax(cls.agency, "sale")

    @classmethod
    def make_tax(cls, company, use):
        """A tax of 20 % of a company, of its fiscal country."""
        country = company.sudo().account_fiscal_country_id.id
        own = {"name": f"TVA {use}", "company_id": company.id, "country_id": country}
        group = cls.env["account.tax.group"].sudo().create(own)
        taxes = cls.env["account.tax"].sudo().with_company(company)
        return taxes.create(
            {**own, "amount": 20.0, "type_tax_use": use, "tax_group_id": group.id}
        )

    @classmethod
    def put_loss_account(cls):
        """Where the buyer's chart has none, its losses go here."""
        accounts = cls.books["account.account"].with_company(cls.agency)
        loss = accounts.create(
            {
                "name": "Losses",
                "code": "654100",
                "account_type": "expense",
                "company_ids": [Command.set(cls.agency.ids)],
            }
        )
        cls.agency.sudo().write(
            {"recouv_loss_account_id": loss.id, "recouv_loss_prior_account_id": loss.id}
        )

    @classmethod
    def contact_there(cls, name, **values):
        contacts = cls.env["res.partner"].sudo()
        return contacts.create({"name": name, "company_id": cls.agency.id, **values})

    @classmethod
    def terms(cls, **values):
        """Change the terms of the contract as if it had been signed with them."""
        cls.contract.sudo().write(values)

    @classmethod
    def receivables(cls, moves):
        return moves.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    @classmethod
    def decided(cls, moves, **values):
        """A schedule of these invoices that the buyer accepted."""
        books = cls.env["recouv.assignment"].sudo()
        assignment = books.create(
            {
                "name": values.pop("name", f"CES/{len(books.search([])) + 1:05}"),
                "company_id": cls.company.id,
                "contract_id": cls.contract.id,
                "currency_id": cls.company.currency_id.id,
                "date": TODAY,
                "stage": "decided",
                "line_ids": [
                    Command.create(cls.accepted_values(item))
                    for item in cls.receivables(moves)
                ],
                **values,
            }
        )
        return assignment

    @classmethod
    def accepted_values(cls, item):
        purchases = cls.env["recouv.purchase"].sudo()
        purchase = purchases.create(
            {
                "company_id": cls.agency.id,
                "contract_id": cls.contract.id,
                "offered_on": TODAY,
                "creditor_partner_id": cls.creditor_there.id,
                "partner_id": cls.contact_there(item.partner_id.name).id,
                "currency_id": item.currency_id.id,
                "reference": item.move_name,
                "invoice_date": item.move_id.invoice_date,
                "date_due": item.date_maturity,
                "amount": item.amount_residual_currency,
                "state": "accepted",
                "solvency_result": "clear",
                "solvency_until": "2026-10-01",
            }
        )
        return {
            "origin_line_id": item.id,
            "state": "accepted",
            "amount": item.amount_residual_currency,
            "purchase_id": purchase.id,
        }

    @classmethod
    def sell(cls, moves, **values):
        """A transferred schedule of these invoices, by the practitioner."""
        assignment = cls.decided(moves, **values)
        assignment.with_user(cls.practitioner)._transfer()
        return assignment

    # --- reading the books ----------------------------------------------------------

    def balance(self, company, account, partner=None):
        """The balance of one account of one company, posted."""
        domain = [
            ("company_id", "=", company.id),
            ("account_id", "=", account.id),
            ("parent_state", "=", "posted"),
        ]
        if partner is not None:
            domain.append(("partner_id", "=", partner.id))
        self.env.flush_all()
        items = self.books["account.move.line"].search(domain)
        return company.currency_id.round(sum(items.mapped("balance")))

    def assertBooks(self, company, expected):
        """``{setting or account: balance}`` of a company, to the cent."""
        found = {}
        for what in expected:
            account = company.sudo()[what] if isinstance(what, str) else what
            found[what] = self.balance(company, account)
        self.assertEqual(found, expected)

    def assertBalanced(self, *companies):
        """Debit is credit in each company's books."""
        for company in companies:
            self.env.flush_all()
            items = self.books["account.move.line"].search(
                [("company_id", "=", company.id), ("parent_state", "=", "posted")]
            )
            self.assertEqual(company.currency_id.round(sum(items.mapped("balance"))), 0)
