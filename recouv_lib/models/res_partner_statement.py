from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_amount, format_date


class ResPartner(models.Model):
    """The statement of account: what a debtor owes, addressed to who is written to."""

    _inherit = "res.partner"

    def action_recouv_statement(self):
        """Download the statement of account of this debtor, a letter to whom letters
        go.

        :raise UserError: no letter may leave, or the practitioner decides first
        """
        self.ensure_one()
        debtor = self.commercial_partner_id
        return self.env["recouv.document"]._download(
            self.env._("statement-%(id)s.pdf", id=debtor.id),
            debtor._recouv_statement(
                self.env.company, debtor._recouv_letter_recipient()
            ),
        )

    def _recouv_statement(self, company, recipient, conditions=Domain.TRUE):
        """Return the PDF of the open items of the debtor in one company, credits
        included; numbers, dates and sums, never an act.

        :param recipient: whom it is addressed to: the debtor, or who stands in
        :param conditions: domain of the items, where not all belong in it
        """
        self.ensure_one()
        if self._recouv_awaits_decision():
            raise UserError(
                self.env._(
                    "%s is a minor: the practitioner decides first who is written to.",
                    self.display_name,
                )
            )
        shown = self.env["account.move.line"]._recouv_not_confidential()
        items = self._recouv_open_items(company, shown & Domain(conditions))
        payments = self._recouv_payments_on_account(company)
        lang = recipient.lang or self.lang or self.env.lang
        return self.env["recouv.document"]._print(
            "recouv_lib.statement_body",
            items.with_context(lang=lang)._recouv_statement_values(payments),
            company=company,
            recipient=recipient,
            title=self.with_context(lang=lang).env._("Statement of account"),
            lang=lang,
        )

    def _recouv_open_items(self, company, conditions=Domain.TRUE):
        """Return the open receivable items of these debtors in one company, credits
        included, the oldest first."""
        return self.env["account.move.line"].search(
            Domain(
                [
                    ("company_id", "=", company.id),
                    ("partner_id", "child_of", self.ids),
                    ("parent_state", "=", "posted"),
                    ("account_id.account_type", "=", "asset_receivable"),
                    ("reconciled", "=", False),
                ]
            )
            & Domain(conditions),
            order="date_maturity, date, id",
        )

    def _recouv_payments_on_account(self, company):
        """Return the payments of these debtors under way that have no entry yet and
        were laid on no invoice."""
        return self.env["account.payment"].search(
            [
                ("company_id", "=", company.id),
                ("partner_id", "child_of", self.ids),
                ("state", "=", "in_process"),
                ("payment_type", "=", "inbound"),
                ("move_id", "=", False),
                ("invoice_ids", "=", False),
            ]
        )


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _recouv_statement_values(self, payments):
        """Return rows and totals by currency, formatted in the context's language.

        :param payments: under way and laid on none of these items
        """
        owed = self.env["recouv.collection"]._owed_on(self)
        open_ones = self.filtered(lambda item: not item.currency_id.is_zero(owed[item]))
        totals = defaultdict(float)
        for item in open_ones:
            totals[item.currency_id] += owed[item]
        for payment in payments:
            totals[payment.currency_id] -= payment.amount
        held = self._recouv_cheques_held(owed)
        for act, part in held.items():
            totals[act.currency_id] -= part
        rows = [item._recouv_statement_row(owed[item]) for item in open_ones]
        rows += [self._recouv_payment_row(payment) for payment in payments]
        return {
            "rows": rows
            + [self._recouv_cheque_row(act, part) for act, part in held.items()],
            "totals": [format_amount(self.env, total, currency)
                       for currency, total in totals.items()],
        }  # fmt: skip

    def _recouv_statement_row(self, owed):
        day, due = self.invoice_date or self.date, self.date_maturity
        return {
            "label": self.move_name,
            "date": format_date(self.env, day),
            "due": format_date(self.env, due) if due else "",
            "amount": format_amount(self.env, self.amount_currency, self.currency_id),
            "residual": format_amount(self.env, owed, self.currency_id),
        }

    @api.model
    def _recouv_payment_row(self, payment):
        amount = format_amount(self.env, -payment.amount, payment.currency_id)
        return {
            "label": self.env._("Payment received"),
            "date": format_date(self.env, payment.date),
            "due": "",
            "amount": amount,
            "residual": amount,
        }

    def _recouv_cheques_held(self, owed):
        """Return {collection: what its cheque, to bank later, will pay of these items},
        never more than is ``owed`` on each."""
        left, held = dict(owed), defaultdict(float)
        for line in self.env["recouv.cheque"]._lines_held_on(self):
            part = max(min(line.amount, left[line.move_line_id]), 0.0)
            left[line.move_line_id] -= part
            held[line.collection_id] += part
        return {act: part for act, part in held.items() if part}

    @api.model
    def _recouv_cheque_row(self, act, part):
        amount = format_amount(self.env, -part, act.currency_id)
        return {
            "label": self.env._("Cheque received, not banked yet"),
            "date": format_date(self.env, act.date),
            "due": "",
            "amount": amount,
            "residual": amount,
        }
