from odoo import api, fields, models
from odoo.exceptions import UserError

from .account_move_screens import READERS

FUNDS_KINDS = [
    ("receipt", "Sums collected"),
    ("interest", "Interest received"),
    ("back", "Taken back"),
    ("remittance", "Remittance"),
    ("refund", "Refund of an overpayment"),
    ("sweep", "Fees swept"),
    ("cost", "Enforcement cost"),
]

#: what tells that an entry, an invoice or a bill stands in two companies' books
MARKS = {"recouv_funds", "recouv_fee_key", "recouv_fee_twin_id", "recouv_is_court_cost"}
#: types of the accounts on which invoices and bills are owed
PARTNER_TYPES = ("asset_receivable", "liability_payable")


class AccountMove(models.Model):
    """Entries of money held for others: they say which kind they are, and stand."""

    _inherit = "account.move"

    recouv_funds = fields.Selection(
        FUNDS_KINDS,
        "Funds held for others",
        groups=READERS,
        readonly=True,
        copy=False,
    )

    # the dedicated account and the bank's matcher ask for these entries only
    _recouv_funds_idx = models.Index(
        "(company_id, recouv_funds) WHERE recouv_funds IS NOT NULL"
    )

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'account'
        names = {key.removeprefix("default_") for key in self.env.context}
        self._recouv_check_marks(names.union(*vals_list))
        return super().create(vals_list)

    def write(self, vals):
        # EXTENDS 'account': whatever the button, un-posting ends here
        self._recouv_check_marks(vals.keys())
        if "state" in vals and vals["state"] != "posted":
            self.filtered(lambda m: m.state == "posted")._recouv_check_no_funds()
        return super().write(vals)

    def _reverse_moves(self, default_values_list=None, cancel=False):
        # EXTENDS 'account'
        self._recouv_check_no_funds()
        return super()._reverse_moves(default_values_list, cancel=cancel)

    @api.model
    def _recouv_check_marks(self, names):
        """Refuse, from a person, the marks by which guards know what stands.

        Screens do not offer them; an accountant who took one off over RPC could undo
        by hand what two companies booked together.
        """
        if not self.env.su and (kept := MARKS & set(names)):
            raise UserError(
                self.env._(
                    "%s is written by the product alone.", ", ".join(sorted(kept))
                )
            )

    def _recouv_check_no_funds(self):
        """Refuse to undo by hand what stands in two companies' books.

        :raise UserError: naming the entry
        """
        for move in self.filtered("recouv_funds"):
            raise UserError(move._recouv_funds_refusal())

    def _recouv_funds_refusal(self):
        """Return what is told to who would undo this entry by hand; extended."""
        if self.recouv_funds == "cost":
            return self.env._(
                "The entry %(entry)s is of costs (%(ref)s): undo them in their "
                "enforcement measure.",
                entry=self.name,
                ref=self.ref,
            )
        return self.env._(
            "The entry %(entry)s is of money held for others (%(ref)s), booked "
            "in two companies: undo the receipt, or say that it bounced.",
            entry=self.name,
            ref=self.ref,
        )


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    def unlink(self):
        # EXTENDS 'account': the bank's own screen would take a receipt apart
        self._recouv_check_settled_funds()
        return super().unlink()

    def write(self, vals):
        # EXTENDS 'account': pointing it elsewhere is un-reconciling
        if {"debit_move_id", "credit_move_id", "amount"} & vals.keys():
            self._recouv_check_settled_funds()
        return super().write(vals)

    def _recouv_check_settled_funds(self):
        """Refuse to take apart what such an entry settled for good.

        :raise UserError: naming the entry
        """
        pairs = self.filtered(lambda partial: not partial._recouv_is_bank_pair())
        items = (pairs.debit_move_id | pairs.credit_move_id).filtered(
            lambda item: item.move_id.recouv_funds
        )
        settled = items.filtered(lambda item: item._recouv_is_settled_funds())
        # sudo: to name what stands on the entry, to whoever may not read it
        settled.move_id[:1].sudo()._recouv_check_no_funds()

    def _recouv_is_bank_pair(self):
        """Say whether it ties a receipt recorded by hand to its movement of the bank:
        the match of the two may be undone."""
        item, movement = self.debit_move_id, self.credit_move_id.statement_line_id
        # sudo: the account of the company's own settings
        waiting = item.company_id.sudo().recouv_receipts_account_id
        return bool(
            movement
            and item.move_id.recouv_funds == "receipt"
            and item.account_id == waiting
            and item.partner_id  # a receipt by the bank takes from no partner
        )


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _recouv_is_settled_funds(self):
        """Say whether this item of money held for others is settled for good.

        Not what waits for a bank's movement: a match with it may be undone.
        """
        # sudo: accounts of the company's own settings
        company = self.company_id.sudo()
        kind = self.move_id.recouv_funds
        # a remittance settles with a partner only the fees that it kept
        is_fee = kind == "remittance" and self.account_type in PARTNER_TYPES
        return (
            is_fee
            or kind == "receipt"
            or self.account_id
            in (
                company.recouv_principals_account_id,
                company.recouv_collected_account_id,
            )
        )
