from decimal import Decimal

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date

from ..lib import iban, pain001


class RecouvRemittance(models.Model):
    """The statement of a remittance (law.md §11.8) and the order to the bank."""

    _name = "recouv.remittance"
    _inherit = ["recouv.remittance", "recouv.order.mixin"]

    # --- the statement --------------------------------------------------------------

    def action_print_statement(self):
        """Download the statement of this remittance."""
        self.ensure_one()
        self.check_access("read")
        name = f"{(self.name or self.env._('To remit')).replace('/', '-')}.pdf"
        return self.env["recouv.document"]._download(name, self._statement_pdf())

    def _statement_pdf(self, lang=None):
        """:param lang: the practice's language in the agency's file by default"""
        lang = lang or self.creditor_partner_id.lang or self.env.lang
        remittance = self.with_context(lang=lang)
        return remittance.env["recouv.document"]._print(
            "recouv_lib.remittance_statement",
            remittance._statement_values(),
            company=self.company_id,
            title=remittance.env._("Statement of remittance %s", self.name or ""),
            recipient=self.creditor_partner_id,
            lang=lang,
        )

    def _statement_values(self):
        money = self._money
        days = self.line_ids.mapped("cleared_on")
        return {
            "remittance": self,
            "period": " – ".join(
                dict.fromkeys(
                    format_date(self.env, day) for day in (min(days), max(days))
                )
            )
            if days
            else "",
            "rows": [line._statement_row(money) for line in self.line_ids],
            "backs": [line._statement_row(money) for line in self.back_line_ids],
            "received": money(self.amount_received),
            "back": money(self.amount_back),
            "fee": money(abs(self.amount_fee)),
            "is_fee_back": self.amount_fee < 0,
            "fee_numbers": self._kept_numbers(False),
            "cost": money(abs(self.amount_cost)),
            "is_cost_back": self.amount_cost < 0,
            "cost_numbers": self._kept_numbers(True),
            "is_net": self.mode == "net",
            "amount": money(abs(self.amount)),
            "is_claim": self.amount < 0,
            "account": self._dedicated_number(),
            "date": format_date(self.env, self.date),
            "due": format_date(self.env, self.date_due) if self.date_due else "",
            "balance": money(self._funds_left()),
        }

    def _dedicated_number(self):
        """Return the number of the dedicated account, to which a practice pays back."""
        # sudo: the bank account of the agency's own settings, on its own paper
        journal = self.company_id.sudo().recouv_dedicated_journal_id
        return journal.bank_account_id.acc_number or ""

    def _kept_numbers(self, is_cost):
        kept = self.fee_move_ids.filtered(
            lambda invoice: invoice.recouv_is_court_cost == is_cost
        )
        return ", ".join(kept.mapped("name"))

    def _money(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    def _funds_left(self):
        """Return what the agency still holds for this practice after it."""
        owed = self.company_id._recouv_transfer_setting("recouv_principals_account_id")
        # sudo: a sum of the agency's own account, for its own user
        sums = self.env["account.move.line"].sudo()._read_group(
            [
                ("account_id", "=", owed.id),
                ("company_id", "=", self.company_id.id),
                ("partner_id", "=", self.creditor_partner_id.id),
                ("parent_state", "=", "posted"),
            ],
            aggregates=["balance:sum"],
        )  # fmt: skip
        return -(sums[0][0] or 0.0)

    def _give_statement(self):
        """Note for the practice's entry which remittance it is; its file is printed
        when someone asks (:meth:`action_print_statement`)."""
        # elevated by the caller: the practice's own entry, no link to the agency's
        self.practice_move_id.write(
            {"narration": self.env._("Remittance %s of the agency.", self.name)}
        )

    # --- the bank -------------------------------------------------------------------

    def action_export_transfers(self):
        """Download the file of these transfers for the bank (SEPA, pain.001); asked
        first where one of them was in a file already.

        :raise UserError: an account is missing, or a remittance is not booked
        """
        return self._export_once()

    def _check_exportable(self):
        self.check_access("write")
        for remittance in self:
            if remittance.state != "posted":
                raise UserError(
                    self.env._("%s is not booked yet.", remittance.display_name)
                )
        if len(self.company_id) != 1:
            raise UserError(self.env._("One file is for one agency: choose its own."))

    def _export_orders(self):
        # nothing is ordered where fees and bounced payments took all
        paying = self.filtered(lambda r: r.ordered_item_id or r.amount > 0)
        payments = [remittance._transfer() for remittance in paying]
        action = self.company_id._recouv_download_orders("remittances", payments)
        paying._stamp_exported()
        return action

    def _transfer(self):
        # sudo: the account that the mandate itself names, else the practice's own one
        # to be paid on
        mandate = self.mandate_id.sudo()
        number = mandate.remit_iban or mandate.company_id.recouv_bank_id.acc_number
        try:
            iban.validate_iban(number or "")
        except iban.BadIban as error:
            raise UserError(
                self.env._(
                    "%(practice)s has no valid IBAN: enter it in the mandate "
                    "%(mandate)s.",
                    practice=self.creditor_partner_id.name,
                    mandate=mandate.name,
                )
            ) from error
        return pain001.Payment(
            self.name,
            Decimal(str(round(self.ordered_item_id._recouv_ordered_sum(), 2))),
            pain001.Account(
                mandate.remit_holder or self.creditor_partner_id.name, number
            ),
            self.env._("Remittance %s", self.name),
        )


class RecouvReceiptLine(models.Model):
    _inherit = "recouv.receipt.line"

    def _statement_row(self, money):
        return {
            "cleared": format_date(self.env, self.cleared_on),
            "receipt": self.receipt_id.name,
            "reference": self.claim_id.reference or "",
            "principal": money(self.amount_principal),
            "interest": money(self.amount_interest),
            "amount": money(self.amount),
            "due": format_date(self.env, self.remit_due) if self.remit_due else "",
        }
