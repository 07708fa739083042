from odoo import Command

from . import bank_samples as samples
from .bank_samples import Entry, Tx
from .common import RecouvCommon


class BankCommon(RecouvCommon):
    """A practice with a bank account, whose files a secretary imports."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls.company_data["default_journal_bank"]
        cls.bank.bank_account_id = cls.env["res.partner.bank"].create(
            {"acc_number": samples.IBAN, "partner_id": cls.company.partner_id.id}
        )
        # The books of Odoo's test ground are in one currency, whichever it is.
        cls.currency = cls.company.currency_id.name

    # --- files --------------------------------------------------------------------

    def camt(self, *entries, currency=None, **values):
        """A file in the currency of the books."""
        currency = currency or self.currency
        for entry in entries:
            entry.currency = currency
            for tx in entry.txs:
                tx.currency = currency
        return samples.camt(*entries, currency=currency, **values)

    def import_camt(self, *entries, user=None, **values):
        return self.import_data(self.camt(*entries, **values), user=user)

    def import_data(self, data, filename="bank.xml", user=None, **values):
        Import = self.env["recouv.bank.import"].with_user(user or self.secretary)
        return Import._import_file(data, filename, **values)

    def import_one(self, amount, **values):
        """Import one incoming (or outgoing) movement; return its statement line."""
        amount = float(amount)
        credit = amount > 0
        tx = Tx(amount=f"{abs(amount):.2f}", credit=credit, **values)
        number = self.env["recouv.bank.import"].search_count([])
        entry = Entry(
            f"{abs(amount):.2f}", credit=credit, ref=f"BANK{number}", txs=[tx]
        )
        record = self.import_camt(entry, opening=False)
        return record.sudo().line_ids

    # --- matches ------------------------------------------------------------------

    def matches_of(self, line):
        Match = self.env["recouv.bank.match"].with_user(self.secretary)
        return Match.search([("statement_line_id", "=", line.id)])

    def best_of(self, line):
        return self.matches_of(line).filtered(lambda m: m.rank == 1)[:1]

    def codes(self, match):
        return [code for code, _values in match.reasons]

    def assertMatched(self, line, *moves):
        self.assertTrue(line.is_reconciled)
        for move in moves:
            self.assertEqual(move.amount_residual, 0.0, move.name)
        self.assertFalse(
            line.move_id.line_ids.filtered(
                lambda item: item.account_id == self.bank.suspense_account_id
            )
        )

    def make_branch_user(self, company):
        return self.env["res.users"].create(
            {
                "name": "Other secretary",
                "login": "other_secretary",
                "company_id": company.id,
                "company_ids": [Command.set(company.ids)],
                "group_ids": [
                    Command.link(self.env.ref("base.group_user").id),
                    Command.link(self.env.ref("recouv_lib.group_user").id),
                ],
            }
        )
