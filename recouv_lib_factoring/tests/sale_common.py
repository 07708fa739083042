"""Test ground of the money of a sale: schedules decided, ready to be transferred."""

from unittest.mock import patch

from odoo import Command

from .factoring_common import PDF, FactoringCommon


class SaleCommon(FactoringCommon):
    """``sell()`` gives a transferred schedule; books are read to the cent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.put_taxes()
        cls.books = cls.env(su=True)
        cls.put_loss_account()
        cls.terms(needs_check=False)
        # what a deed looks like has its own tests
        cls.enterClassContext(
            patch.object(
                type(cls.env["recouv.assignment"]), "_print_deed", lambda *args: PDF
            )
        )

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
    def decided(cls, moves):
        """A schedule of these invoices that the buyer accepted, elevated."""
        schedule = cls.offer(moves)
        cls.accept(schedule)
        cls.creditor_there = cls.offers_of(schedule).sudo().creditor_partner_id
        return cls.env["recouv.assignment"].sudo().browse(schedule.id)

    @classmethod
    def sell(cls, moves):
        """Offered, accepted and signed: a transferred schedule of these invoices."""
        schedule = cls.decided(moves)
        cls.sign(schedule)
        return schedule

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
