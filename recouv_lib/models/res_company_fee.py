from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command

from .recouv_receipt_fee import _fee_key
from .recouv_receipt_posting import _light


class ResCompany(models.Model):
    """A fee of the agency: its invoice and the practice's bill, made together.

    Used for the collection of claims (mandate), for court costs passed on at cost and
    for the purchase of claims (factoring). All
    of it runs elevated, on values that the caller has checked; the other company agreed
    to it by the signed mandate or contract.
    """

    _inherit = "res.company"

    def _recouv_fee_tax(self, rate, contract):
        """Return this agency's sales tax of a rate, none for no rate.

        The one that its profile names, else one for services, never one by chance.

        :param contract: the name of what asks for it, for the message
        :raise UserError: the agency has no such tax
        """
        # sudo: the tax of the contract's rate in the agency's books
        taxes = self.env["account.tax"].sudo().with_company(self)
        if not rate:
            return taxes
        chosen = self._recouv_agency_profile().fee_tax_id
        if chosen and chosen.amount == rate:
            return chosen
        found = taxes.search(
            [
                ("company_id", "parent_of", self.id),
                ("type_tax_use", "=", "sale"),
                ("amount_type", "=", "percent"),
                ("amount", "=", rate),
                ("price_include", "=", False),
            ]
        )
        if found:
            return found.sorted(_service_first)[:1]
        raise UserError(
            self.env._(
                "The company %(company)s has no sales tax of %(rate)s %% (excluded "
                "from prices), which the mandate %(mandate)s asks for. Nothing was "
                "invoiced.",
                company=self.name,
                rate=rate,
                mandate=contract,
            )
        )

    def _recouv_make_fee_invoice(
        self, creditor, rows, day, kind="out_invoice", cost_account=None
    ):
        """Post this agency's invoice of its fee (or its credit note).

        :param creditor: the agency's own contact of the practice
        :param rows: list of (label, amount before tax, tax)
        :param cost_account: of court costs passed on at cost, not of a fee
        """
        self._recouv_check_fee_books(day, "sale", any(tax for *_row, tax in rows))
        # sudo: see the class
        books = self.env["account.move"].sudo().with_company(self)
        invoice = books.with_context(**_light(self)).create(
            {
                "move_type": kind,
                "company_id": self.id,
                "partner_id": creditor.id,
                # who booked it may be of the practice: no name of it goes there
                "invoice_user_id": False,
                "currency_id": self.currency_id.id,
                "invoice_date": day,
                "invoice_date_due": day,
                "invoice_payment_term_id": False,
                "recouv_is_court_cost": bool(cost_account),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": label,
                            "quantity": 1,
                            "price_unit": amount,
                            "tax_ids": [Command.set(tax.ids)],
                            **({"account_id": cost_account.id} if cost_account else {}),
                        }
                    )
                    for label, amount, tax in rows
                ],
            }
        )
        invoice.action_post()
        return invoice

    def _recouv_make_fee_bill(self, invoice, rows):
        """Make this practice's bill of an agency's invoice, once, of the same sum.

        :param invoice: the agency's posted invoice, or its credit note
        :param rows: list of (label, amount, account, tax)
        :raise UserError: the books are locked, a journal is missing, or the sums differ
        """
        agency = invoice.company_id
        has_tax = any(tax for *_row, tax in rows)
        self._recouv_check_bill_books(invoice.invoice_date, has_tax)
        # sudo: see the class
        books = self.env["account.move"].sudo().with_company(self)
        bill = books.with_context(**_light(self)).create(
            {
                "move_type": invoice.move_type.replace("out_", "in_"),
                "company_id": self.id,
                "partner_id": agency.partner_id.id,
                "ref": invoice.name,
                "recouv_fee_key": _fee_key(agency, invoice.name),
                "recouv_is_court_cost": invoice.recouv_is_court_cost,
                "currency_id": invoice.currency_id.id,
                "invoice_date": invoice.invoice_date,
                "date": invoice.invoice_date,
                "invoice_date_due": invoice.invoice_date_due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": label,
                            "quantity": 1,
                            "price_unit": amount,
                            "account_id": account.id,
                            "tax_ids": [Command.set(tax.ids)],
                        }
                    )
                    for label, amount, account, tax in rows
                ],
            }
        )
        bill.action_post()
        self._recouv_check_same_sum(invoice, bill)
        invoice.recouv_fee_twin_id = bill
        return bill

    def _recouv_check_same_sum(self, invoice, bill):
        if invoice.currency_id.compare_amounts(bill.amount_total, invoice.amount_total):
            raise UserError(
                self.env._(
                    "The bill of %(practice)s would be %(bill)s, the agency's invoice "
                    "is %(invoice)s: correct the deductible VAT in its settings.",
                    practice=self.name,
                    bill=bill.currency_id.format(bill.amount_total),
                    invoice=bill.currency_id.format(invoice.amount_total),
                )
            )

    def _recouv_check_bill_books(self, day, has_tax=False):
        """:raise UserError: this practice's books cannot take a bill of that day"""
        self._recouv_check_fee_books(day, "purchase", has_tax)

    def _recouv_check_fee_books(self, day, kind, has_tax=False):
        """Refuse what these books cannot take on that day.

        :param kind: type of the journal, ``sale`` or ``purchase``
        :raise UserError: no such journal, or one of the locks of its documents
        """
        # sudo: whether the books can take the document
        journals = self.env["account.journal"].sudo()
        domain = [("company_id", "parent_of", self.id), ("type", "=", kind)]
        journal = journals.search(domain, limit=1)
        if not journal:
            raise UserError(self._recouv_no_journal(kind))
        self._recouv_check_unlocked(self, day, journal, has_tax)

    def _recouv_no_journal(self, kind):
        _ = self.env._
        if kind == "sale":
            return _(
                "The company %s has no sales journal: its fee cannot be invoiced. "
                "Nothing was invoiced.",
                self.name,
            )
        return _(
            "The company %s has no purchase journal: the agency's fee cannot be "
            "billed there. Nothing was invoiced.",
            self.name,
        )


def _service_first(tax):
    """A fee is a service, whose tax is due when it is paid (CGI 269-2 c): a chart has
    another tax of the same rate for goods."""
    return {"service": 0, "consu": 2}.get(tax.tax_scope, 1)
