import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .account_move_screens import READERS
from .recouv_mandate_fee import _day

_logger = logging.getLogger(__name__)

#: what the agency's document is in the practice's books
BILLS = {"out_invoice": "in_invoice", "out_refund": "in_refund"}


class RecouvMandate(models.Model):
    """The fee invoice of the agency and the practice's bill of it, made together."""

    _inherit = "recouv.mandate"

    def action_invoice_fees(self):
        """Invoice what is due under these mandates up to today, by the agency."""
        self._check_agency_manager()
        self._invoice_due(fields.Date.context_today(self))
        return True

    @api.model
    def _cron_invoice_fees(self):
        """Invoice the fees of the month that ended, mandate by mandate (daily).

        What is invoiced is not invoiced again. One mandate at a time in a savepoint:
        where something is missing the others go on, and it is tried again tomorrow.
        """
        today = fields.Date.context_today(self)
        until = fields.Date.subtract(fields.Date.start_of(today, "month"), days=1)
        # sudo: every agency's own mandates
        mandates = self.sudo().search([("state", "!=", "draft")])
        for mandate in mandates:
            try:
                with self.env.cr.savepoint():
                    mandate._invoice_due(until)
            except UserError as error:
                _logger.warning("Fees of %s not invoiced: %s", mandate.name, error)

    def _check_agency_manager(self):
        """:raise AccessError: no manager of the agency of these mandates"""
        self.check_access("read")
        for mandate in self:
            # sudo: which company the agency is, to check who asks
            agency = mandate.sudo().agency_id
            self.env["recouv.remittance"].with_company(agency).check_access("create")
            if not self.env.su and agency not in self.env.companies:
                raise UserError(
                    self.env._("Only the agency of %s invoices its fee.", mandate.name)
                )

    def _invoice_due(self, until):
        """Invoice all that these mandates owe the agency until a day; extended."""
        return self._invoice_fees(until)

    def _invoice_fees(self, until):
        """Invoice the fees of what was received until a day, one invoice per mandate.

        A sum that bounced gives its fee back: less is invoiced or, where nothing else
        is, a credit note made; what was invoiced after it is priced anew
        (``recouv_mandate_fee.py``). The practice's bill, or credit note, is made with
        it.

        :return: the invoices and credit notes of the agency
        :raise UserError: naming the company and what is missing; nothing is made
        """
        # sudo: rights were checked; the agency's invoice and the practice's bill are
        # made of its own receipts, by this method only
        invoices = self.env["account.move"].sudo()
        for mandate in self.sudo():
            invoices |= mandate._invoice_fee(until)
        return invoices

    def _invoice_fee(self, until):
        sources = self._fee_sources(until)
        net = sources.net()
        if self.agency_id.currency_id.is_zero(net):
            # sudo: invoiced by the agency's manager, checked above
            return self.env["account.move"].sudo()
        invoice = self._make_fee_invoice(sources, until, 1 if net > 0 else -1)
        self._make_fee_bill(invoice)
        self._offset(invoice)
        sources.record(invoice)
        return invoice

    # --- the agency's invoice -------------------------------------------------------

    def _make_fee_invoice(self, sources, until, sign):
        """:param sign: 1 for an invoice, -1 for a credit note"""
        # sudo: in the agency's books, by its manager, checked above
        return self.agency_id.sudo()._recouv_make_fee_invoice(
            sources.creditor(),
            [
                (label, sign * amount, tax)
                for label, amount, tax in self._fee_rows(sources)
            ],
            until,
            "out_invoice" if sign > 0 else "out_refund",
        )

    def _fee_rows(self, sources):
        """Return the invoice's rows: no debtor, no note; the statement details them."""
        words = self.with_context(lang=self.company_id.partner_id.lang or self.env.lang)
        _ = words.env._
        tax = self._fee_tax()
        money = self.agency_id.currency_id.format
        rows = []
        for records, fee, label in (
            (
                sources.lines,
                _fees(sources.lines),
                _("Fee on sums received (%(sum)s), %(period)s"),
            ),
            (
                sources.directs,
                _fees(sources.directs),
                _("Fee on sums paid to the practice (%(sum)s), %(period)s"),
            ),
            (
                sources.backs,
                -_fees(sources.backs),
                _("Fee on bounced payments (%(sum)s), %(period)s"),
            ),
            (
                sources.direct_backs,
                -_fees(sources.direct_backs),
                _("Fee on sums no longer paid to the practice (%(sum)s), %(period)s"),
            ),
            (
                [*sources.changes],
                sum(sources.changes.values()),
                _(
                    "Fee on what stands (%(sum)s), computed anew after a bounce, "
                    "%(period)s"
                ),
            ),
        ):
            if not records:
                continue
            days = [_day(one) for one in records]
            period = " – ".join(
                dict.fromkeys(format_date(words.env, d) for d in (min(days), max(days)))
            )
            name = label % {
                "sum": money(sum(one.amount for one in records)),
                "period": period,
            }
            rows.append((name, fee, tax))
        return rows

    def _fee_tax(self):
        """Return the agency's sales tax of the mandate's rate.

        :raise UserError: the agency has no such tax
        """
        return self.agency_id._recouv_fee_tax(self.fee_vat_rate, self.name)

    # --- credit notes ---------------------------------------------------------------

    def _offset(self, document):
        """Settle a credit note with open invoices of its kind, or the other way round,
        by the same sum in both books.

        Only what is open for the same sum on both sides: where one of them has booked
        a payment that the other has not, it is left to them.

        :param document: the agency's posted document, which has its twin; elevated
        """
        other = {"out_invoice": "out_refund", "out_refund": "out_invoice"}
        opened = document.search(
            [
                ("company_id", "=", document.company_id.id),
                ("partner_id", "=", document.partner_id.id),
                ("recouv_is_court_cost", "=", document.recouv_is_court_cost),
                ("recouv_fee_twin_id", "!=", False),
                ("move_type", "=", other[document.move_type]),
                ("state", "=", "posted"),
                ("payment_state", "in", ("not_paid", "partial")),
            ],
            order="invoice_date, id",
        )
        for one in opened:
            if _is_even(one) and _is_even(document):
                both = document | one
                self.env["account.move.line"]._reconcile_plan(
                    [_partner_items(both), _partner_items(both.recouv_fee_twin_id)]
                )

    # --- the practice's bill --------------------------------------------------------

    def _make_fee_bill(self, invoice):
        """Make the practice's bill of the fee, once, of the same number and sum."""
        # sudo: the practice agreed by its mandate to be billed
        practice = self.company_id.sudo()
        return practice._recouv_make_fee_bill(invoice, [self._bill_row(invoice)])

    def _bill_row(self, invoice):
        """One row: before tax where VAT is deducted, else its tax is part of the cost
        (care is exempt: CGI 261-4-1°)."""
        tax = self.company_id.recouv_fee_tax_id
        return (
            self.env._("Fee of the collection agency, invoice %s", invoice.name),
            invoice.amount_untaxed if tax else invoice.amount_total,
            self.company_id._recouv_transfer_setting("recouv_fee_account_id"),
            tax,
        )


class AccountMove(models.Model):
    """The practice's bill of the agency's fee exists once, however it arrives."""

    _inherit = "account.move"

    recouv_fee_key = fields.Char(
        "Agency's fee invoice",
        groups=READERS,
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    # the practice's record, from the agency's invoice: read by methods, elevated
    recouv_fee_twin_id = fields.Many2one(
        "account.move",
        groups=fields.NO_ACCESS,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    recouv_fee_original_id = fields.Many2one(
        "account.move",
        "Billed already",
        groups=READERS,
        compute="_compute_recouv_fee_original_id",
        help="The bill that was made with the agency's invoice of this number.",
    )

    _recouv_fee_key_uniq = models.UniqueIndex(
        "(company_id, recouv_fee_key) WHERE recouv_fee_key IS NOT NULL",
        "This invoice of the agency is billed already.",
    )

    @api.depends("ref", "partner_id", "move_type", "recouv_fee_key")
    def _compute_recouv_fee_original_id(self):
        for move in self:
            move.recouv_fee_original_id = move._recouv_fee_original()

    def _recouv_fee_original(self):
        """Return the bill that the agency's invoice has already, or none.

        Told by supplier and number, also where spaces or case differ.
        """
        none = self.env["account.move"]
        if self.move_type not in BILLS.values() or self.recouv_fee_key or not self.ref:
            return none
        # sudo: is this supplier an agency of ours? nothing of it is shown
        agencies = (
            self.env["res.company"]
            .sudo()
            .search([("partner_id", "=", self.partner_id.commercial_partner_id.id)])
        )
        agencies |= self._recouv_agencies_like_supplier()
        keys = [_fee_key(agency, self.ref) for agency in agencies]
        return self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("recouv_fee_key", "in", keys),
                ("state", "!=", "cancel"),
            ],
            limit=1,
        ) if keys else none  # fmt: skip

    def _recouv_agencies_like_supplier(self):
        """Return agencies of this practice's mandates that bear the supplier's VAT or
        company number, or its name: an electronic invoice may have made another
        contact of it, or found none."""
        supplier = self.partner_id.commercial_partner_id
        # sudo: compares a name and two numbers
        mandates = self.env["recouv.mandate"].sudo()
        agencies = mandates.search([("company_id", "=", self.company_id.id)]).agency_id
        if not supplier:
            return agencies
        marks = _marks(supplier.vat, supplier.company_registry, supplier.name)
        return agencies.filtered(
            lambda agency: (
                marks & _marks(agency.vat, agency.company_registry, agency.name)
            )
        )

    def _post(self, soft=True):
        # EXTENDS 'account': the agency's invoice is billed once
        for move in self:
            if original := move._recouv_fee_original():
                raise UserError(
                    self.env._(
                        "The agency's invoice %(ref)s is billed already by %(bill)s: "
                        "merge this one into it (button “Merge”).",
                        ref=move.ref,
                        bill=original.display_name,
                    )
                )
        return super()._post(soft)

    def action_recouv_merge_fee(self):
        """Give the electronic invoice's files to the existing bill; drop this one."""
        self.ensure_one()
        original = self._recouv_fee_original()
        if not original or self.state != "draft":
            raise UserError(
                self.env._("No other bill has this number of the agency's invoice.")
            )
        files = self.env["ir.attachment"].search(
            [("res_model", "=", self._name), ("res_id", "=", self.id)]
        )
        files.write({"res_id": original.id})
        original.message_post(
            body=self.env._(
                "The same invoice arrived as an electronic one: its file is kept here."
            )
        )
        self.button_cancel()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": original.id,
            "view_mode": "form",
        }


def _fees(records):
    return sum(records.mapped("fee_amount"))


def _open_on_both_sides(document):
    """Return what is open of an agency's document, and of the practice's of it."""
    return min(document.amount_residual, document.recouv_fee_twin_id.amount_residual)


def _is_even(document):
    """Say whether a document is open, for the same sum, on both sides."""
    here, there = document.amount_residual, document.recouv_fee_twin_id.amount_residual
    currency = document.currency_id
    return not currency.is_zero(here) and not currency.compare_amounts(here, there)


def _partner_items(moves):
    """Return the open items of documents on their partner's account."""
    return moves.line_ids.filtered(
        lambda item: (
            item.account_type in ("asset_receivable", "liability_payable")
            and not item.reconciled
        )
    )


def _marks(*texts):
    """Return these texts without spaces and case, empty ones left out."""
    return {"".join(text.split()).casefold() for text in texts if text}


def _fee_key(agency, number):
    """Return what tells an invoice of an agency, spaces and case left aside."""
    return f"{agency.id}:{''.join((number or '').split()).upper()}"
