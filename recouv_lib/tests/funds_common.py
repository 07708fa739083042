"""Test ground of money at the agency: a dedicated account, placed claims."""

from datetime import date

from odoo import Command

from .agency_common import AgencyCommon
from .common import TODAY

FEE = 20.0


class FundsCommon(AgencyCommon):
    """Two invoices of one patient, placed; the agency takes money for them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        env, cls.env = cls.env, cls.env(su=True)
        cls.funds = cls.make_dedicated(cls.agency)
        cls.make_placed()
        cls.env = env

    @classmethod
    def make_placed(cls):
        """Two claims of one patient, accepted by the agency; elevated."""
        cls.old = cls.make_invoice(due=date(2026, 1, 5), amount=120.0)
        cls.young = cls.make_invoice(due=date(2026, 2, 5), amount=80.0)
        cls.env["recouv.engine"]._create_claims(cls.company, TODAY)
        cls.claim = cls.claims_of(cls.old)
        cls.other_claim = cls.claims_of(cls.young)
        cls.mirror = cls.place(cls.claim)
        cls.other_mirror = cls.place(cls.other_claim)
        cls.creditor = cls.mirror.creditor_partner_id.sudo()

    @classmethod
    def make_dedicated(cls, agency):
        """The journal of the agency's profile, ready to receive."""
        agency.with_env(cls.env)._recouv_funds_journal()
        return agency.with_env(cls.env).recouv_dedicated_journal_id

    @classmethod
    def make_mandate(cls, **values):
        """The mandate, with its fee and the way sums are remitted."""
        terms = {"fee_line_ids": [Command.create({"rate": FEE})]}
        return super().make_mandate(**terms, **values)

    def amend(self, day, **terms):
        """The mandate is replaced, from ``day`` on, by one of other terms."""
        mandate = self.mandate.sudo()
        new = mandate.copy({"replaces_id": mandate.id, "valid_from": day, **terms})
        new._record({"state": "signed", "signed_on": day})
        mandate._replace_by(new)
        return new

    # --- receiving ------------------------------------------------------------------

    def receipt(self, amount, mirrors=None, user=None, **values):
        """A receipt as the agent makes it, not confirmed yet."""
        mirrors = self.mirror if mirrors is None else mirrors
        model = self.env["recouv.receipt"].with_user(user or self.agent)
        record = model.create(
            {
                "company_id": self.agency.id,
                "partner_id": mirrors[:1].partner_id.id,
                "amount": amount,
                "date": TODAY,
                "method": "card",
                "chosen_claim_ids": [Command.set(mirrors.ids)],
                "currency_id": self.agency.currency_id.id,
                **values,
            }
        )
        record.action_lay_again()
        return record

    def receive(self, amount, mirrors=None, **values):
        """A receipt that was confirmed."""
        record = self.receipt(amount, mirrors, **values)
        record.action_confirm()
        return record

    def movement(self, amount, label="VIR", day=TODAY, journal=None):
        """A movement of the dedicated account, as the bank's file brings it."""
        journal = journal or self.funds
        return (
            self.env["account.bank.statement.line"]
            .sudo()
            .with_company(journal.company_id)
            .create(
                {
                    "journal_id": journal.id,
                    "date": day,
                    "amount": amount,
                    "payment_ref": label,
                }
            )
        )

    # --- two practices --------------------------------------------------------------

    def second_practice(self):
        """A mirror of 40 of another practice, which the same payer owes."""
        data = self.setup_other_company(name="Second cabinet")
        practice, journal = data["company"], data["default_journal_sale"]
        france = self.env.ref("base.fr")
        practice.write(
            {
                "currency_id": self.company.currency_id.id,
                "country_id": france.id,
                "account_fiscal_country_id": france.id,
            }
        )
        # as superuser: the user of these tests is not in that practice
        cls, env = type(self), self.env
        self.addCleanup(setattr, cls, "env", cls.env)
        cls.env = env(su=True)
        self.go_live(practice, self.make_policy(company=practice), journal)
        debtor = self.make_patient("C. Martin", company_id=practice.id)
        self.make_invoice(
            debtor, 40.0, date(2026, 1, 1), company_id=practice.id, journal=journal
        )
        return self.place_of(practice)

    def place_of(self, practice):
        env = self.env(su=True)
        env["recouv.engine"]._create_claims(practice, TODAY)
        claim = env["recouv.claim"].search([("company_id", "=", practice.id)])
        mandate = env["recouv.mandate"].create(
            {
                "company_id": practice.id,
                "agency_id": self.agency.id,
                "valid_from": "2026-01-01",
            }
        )
        mandate._record({"state": "signed", "signed_on": "2026-01-01"})
        placement = env["recouv.placement"].create(
            {
                "mandate_id": mandate.id,
                "company_id": practice.id,
                "date": TODAY,
                "line_ids": [Command.create({"claim_id": claim.id})],
            }
        )
        placement.action_send()
        mirror = placement.line_ids.agency_claim_id.with_user(self.agent)
        mirror.action_accept_placement()
        return mirror

    # --- reading the books ----------------------------------------------------------

    def item(self, move):
        return move.line_ids.filtered(lambda i: i.account_type == "asset_receivable")

    def balance(self, company, fname, partner=None):
        """Balance of the account of a setting, credits negative."""
        account = company.sudo()[fname]
        domain = [
            ("account_id", "=", account.id),
            ("company_id", "=", company.id),
            ("parent_state", "=", "posted"),
        ]
        if partner:
            domain.append(("partner_id", "=", partner.id))
        lines = self.env["account.move.line"].sudo().search(domain)
        return sum(lines.mapped("balance"))

    def books(self):
        """(what the practice is to get from the agency, what the agency owes it)."""
        return (
            self.balance(self.company, "recouv_collected_account_id"),
            self.balance(self.agency, "recouv_principals_account_id"),
        )

    def assertEntriesBalanced(self):
        """Every entry of both companies balances to the cent."""
        groups = (
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                [
                    ("company_id", "in", (self.company | self.agency).ids),
                    ("parent_state", "=", "posted"),
                ],
                ["move_id"],
                ["balance:sum"],
            )
        )
        for move, balance in groups:
            self.assertEqual(round(balance, 2), 0, move.name)
