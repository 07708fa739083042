import logging
from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from .account_move_screens import READERS
from .recouv_receipt import BOOKED

_logger = logging.getLogger(__name__)

#: what the agency's document is in the practice's books
BILLS = {"out_invoice": "in_invoice", "out_refund": "in_refund"}


class FeeSources(NamedTuple):
    """What a fee is due on, and what gives its fee back because it came to nothing.

    Receipt lines and payments made straight to the practice, each of both.
    """

    lines: models.Model
    directs: models.Model
    backs: models.Model
    direct_backs: models.Model

    def net(self):
        """Return the fee before tax, less what is given back."""
        due = [*self.lines, *self.directs]
        back = [*self.backs, *self.direct_backs]
        return sum(o.fee_amount for o in due) - sum(o.fee_amount for o in back)

    def creditor(self):
        """Return the agency's contact of the practice."""
        lines, directs = self.lines | self.backs, self.directs | self.direct_backs
        return (lines.creditor_partner_id | directs.creditor_partner_id)[:1]

    def record(self, invoice):
        """Write in which document each was invoiced, or its fee given back."""
        for due in (self.lines, self.directs):
            due.write({"fee_move_id": invoice.id})
        for back in (self.backs, self.direct_backs):
            back.write({"fee_credit_move_id": invoice.id})


class RecouvReceiptLine(models.Model):
    """The agency's fee on what it received: success only, once (CPCE R124-3 3°)."""

    _inherit = "recouv.receipt.line"

    fee_amount = fields.Monetary("Fee before tax", readonly=True, copy=False)
    fee_move_id = fields.Many2one(
        "account.move",
        "Fee invoice",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    fee_credit_move_id = fields.Many2one(
        "account.move",
        "Fee given back in",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )


class RecouvDirectPayment(models.Model):
    """What a debtor paid straight to the practice after the hand-over.

    The agency's own record of a day and a sum, read from the practice's books; nothing
    else crosses. A fee is due on it where the mandate says so. What stands no more (a
    bounced cheque, a reconciliation undone) is marked so and gives its fee back; what
    is reconciled again is the same payment, and is not billed again.
    """

    _name = "recouv.direct.payment"
    _description = "Payment made straight to the practice"
    _order = "date desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        related="claim_id.company_id", store=True, index=True, precompute=True
    )
    claim_id = fields.Many2one(
        "recouv.claim",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    partner_id = fields.Many2one(related="claim_id.partner_id")
    creditor_partner_id = fields.Many2one(
        related="claim_id.creditor_partner_id", store=True, precompute=True
    )
    # of the day on which it was paid: an amendment reprices no money of before
    mandate_id = fields.Many2one(
        "recouv.mandate",
        compute="_compute_mandate_id",
        store=True,
        index=True,
        precompute=True,
    )
    currency_id = fields.Many2one(related="claim_id.currency_id")
    date = fields.Date("Paid on", required=True, readonly=True)
    amount = fields.Monetary(readonly=True)
    # which item of the practice paid, as a number: the same is found once, however
    # often it is reconciled anew
    item_source = fields.Integer(readonly=True, groups=fields.NO_ACCESS)
    # which reconciliation it was: how earlier versions told payments apart
    source = fields.Integer(readonly=True, groups=fields.NO_ACCESS)
    ended_on = fields.Date(
        "Taken back on",
        readonly=True,
        help="The practice's books show this payment no more; its fee is given back.",
    )
    fee_amount = fields.Monetary("Fee before tax", readonly=True)
    fee_move_id = fields.Many2one(
        "account.move",
        "Fee invoice",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    fee_credit_move_id = fields.Many2one(
        "account.move",
        "Fee given back in",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    _source_uniq = models.UniqueIndex(
        "(claim_id, item_source) WHERE fee_move_id IS NULL AND ended_on IS NULL"
        " AND item_source IS NOT NULL",
        "This payment is known already.",
    )

    # not on the claim's mandate: the claim follows amendments, its money does not
    @api.depends("claim_id", "date")
    def _compute_mandate_id(self):
        for payment in self:
            payment.mandate_id = payment.claim_id.mandate_id._on_day(payment.date)

    @api.model
    def _find(self, agency):
        """Record what was paid at practices since the hand-over, and what of it stands
        no more.

        One statement for all claims: money only (no credit note, no transfer of ours),
        dated from the day of placement on. It tells only where the practice's books
        and these records differ.

        :return: the new ones
        """
        self._adopt(agency)
        self.env.flush_all()
        found = self.browse()
        for claim, item, day, amount in self.env.execute_query(self._find_sql(agency)):
            found |= self._follow(claim, item, day, amount)
        return found

    @api.model
    def _adopt(self, agency):
        """Give records of earlier versions, one for each reconciliation, the item that
        paid; what is reconciled no more has none, and ends."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE recouv_direct_payment d
                      SET item_source = p.credit_move_id
                     FROM account_partial_reconcile p
                    WHERE d.company_id = %s AND d.item_source IS NULL
                      AND d.ended_on IS NULL AND p.id = d.source""",
                agency.id,
            )
        )
        self.invalidate_model(["item_source"])

    @api.model
    def _follow(self, claim, item, day, amount):
        """Make the records of one payment add up to what stands of it.

        :param claim: id of the mirror
        :param item: id of the practice's item, none where no item is known
        :param amount: what it pays of the claim today
        :return: the new record, or none
        """
        # sudo: the tie to the practice's books is read by these methods only
        payments = self.sudo()
        known = payments.search([("claim_id", "=", claim)]).filtered(
            lambda one: one.item_source == (item or 0)
        )
        standing = known.filtered(lambda one: not one.ended_on)
        ended = {"ended_on": fields.Date.context_today(self)}
        billed = standing.filtered("fee_move_id")
        open_ = standing - billed
        round_ = (known[:1].currency_id or self.env.company.currency_id).round
        rest = round_(amount - sum(billed.mapped("amount")))
        if rest < 0:
            billed.write(ended)
            rest = amount
        if open_ or not rest:
            kept = open_[:1] if rest else open_.browse()
            (open_ - kept).write(ended)
            kept.write({"amount": rest, "date": day})
            return payments.browse()
        if again := known._billed_and_gone(rest):
            again.write({"ended_on": False})
            return payments.browse()
        return payments.create(
            {"claim_id": claim, "item_source": item, "date": day, "amount": rest}
        )

    def _billed_and_gone(self, amount):
        """Return one that was billed and stands no more, whose fee was not given back
        yet: where it stands again, nothing is billed and nothing given back."""
        return self.filtered(
            lambda one: (
                one.ended_on
                and one.fee_move_id
                and not one.fee_credit_move_id
                and one.amount == amount
            )
        )[:1]

    @api.model
    def _find_sql(self, agency):
        return SQL(
            """WITH standing AS (
               SELECT c.id AS claim, cl.id AS item, max(p.max_date) AS day,
                      sum(p.debit_amount_currency) AS amount
                 FROM recouv_claim c
                 JOIN recouv_placement_line pl ON pl.agency_claim_id = c.id
                 JOIN recouv_claim pc ON pc.id = pl.claim_id
                 JOIN account_partial_reconcile p ON p.debit_move_id = pc.move_line_id
                 JOIN account_move_line cl ON cl.id = p.credit_move_id
                 JOIN account_move m ON m.id = cl.move_id
                 JOIN account_journal j ON j.id = m.journal_id
                WHERE c.company_id = %(agency)s AND c.placed_on IS NOT NULL
                  AND m.state = 'posted' AND p.max_date >= c.placed_on
                  AND (pl.state IN ('proposed', 'accepted')
                       OR p.max_date <= pl.answered_on)
                  AND (m.origin_payment_id IS NOT NULL
                       OR m.statement_line_id IS NOT NULL
                       OR j.type IN ('bank', 'cash', 'credit'))
                GROUP BY c.id, cl.id),
               told AS (
               SELECT claim_id AS claim, item_source AS item, sum(amount) AS amount
                 FROM recouv_direct_payment
                WHERE company_id = %(agency)s AND ended_on IS NULL
                GROUP BY claim_id, item_source)
               SELECT COALESCE(s.claim, t.claim), COALESCE(s.item, t.item), s.day,
                      COALESCE(s.amount, 0)
                 FROM standing s
                 FULL JOIN told t ON t.claim = s.claim AND t.item = s.item
                WHERE s.amount IS DISTINCT FROM t.amount
                ORDER BY s.day, 1, 2""",
            agency=agency.id,
        )

    @api.model
    def _cron_find(self):
        """Look through the agencies, one after the other (daily)."""
        # sudo: every company's own settings
        companies = self.env["res.company"].sudo().search([])
        for agency in companies.filtered("recouv_dedicated_journal_id"):
            self._find(agency)


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
        is, a credit note made. The practice's bill, or credit note, is made with it.

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
        self._compute_fees(sources.lines, sources.directs)
        net = sources.net()
        if self.agency_id.currency_id.is_zero(net):
            # sudo: invoiced by the agency's manager, checked above
            return self.env["account.move"].sudo()
        invoice = self._make_fee_invoice(sources, until, 1 if net > 0 else -1)
        self._make_fee_bill(invoice)
        self._offset(invoice)
        sources.record(invoice)
        return invoice

    def _fee_sources(self, until):
        """Return what this mandate invoices, and gives back, until a day."""
        # sudo: receipts under the agency's own mandate
        lines = self.env["recouv.receipt.line"].sudo()
        directs = self.env["recouv.direct.payment"].sudo()
        due = [("mandate_id", "=", self.id), ("fee_move_id", "=", False)]
        back = [
            ("mandate_id", "=", self.id),
            ("fee_move_id", "!=", False),
            ("fee_credit_move_id", "=", False),
        ]
        if self.fee_on_direct:
            directs._find(self.agency_id)
        return FeeSources(
            lines.search(
                [
                    *due,
                    ("cleared_on", "<=", until),
                    ("receipt_id.state", "in", BOOKED),
                ],
                order="cleared_on, id",
            ),
            directs.search(
                [*due, ("date", "<=", until), ("ended_on", "=", False)],
                order="date, id",
            )
            if self.fee_on_direct
            else directs,
            lines.search(
                [
                    *back,
                    ("receipt_id.state", "in", ("bounced", "undone")),
                    ("receipt_id.back_move_id.date", "<=", until),
                ]
            ),
            directs.search([*back, ("ended_on", "<=", until)]),
        )

    def _compute_fees(self, lines, directs):
        """Set the fee of each, on all that was received for its claim, in order."""
        before = self._received_before(lines.claim_id | directs.claim_id)
        placed = (lines.claim_id | directs.claim_id)._placed_lines()
        # interleaved by day: the fee of one sum is what it adds
        order = sorted(
            [*lines, *directs],
            key=lambda one: (_day(one), one._name, one.id),
        )
        for one in order:
            claim = one.claim_id
            start = placed[claim.sudo(False)]
            age = (claim.placed_on - claim.date_due).days if claim.placed_on else 0
            one.fee_amount = self._fee(
                one.amount, start.amount_principal, max(age, 0), before[claim]
            )
            before[claim] += one.amount

    def _received_before(self, claims):
        """Return {claim: what was received and invoiced for it so far}."""
        before = defaultdict(float)
        domain = [("claim_id", "in", claims.ids), ("fee_move_id", "!=", False)]
        # sudo: sums of receipts of the agency's own claims
        for line in self.env["recouv.receipt.line"].sudo().search(domain):
            if line.receipt_id.state in BOOKED:
                before[line.claim_id] += line.amount
        domain.append(("ended_on", "=", False))
        for direct in self.env["recouv.direct.payment"].sudo().search(domain):
            before[direct.claim_id] += direct.amount
        return before

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
        for records, sign, label in (
            (sources.lines, 1, _("Fee on sums received (%(sum)s), %(period)s")),
            (
                sources.directs,
                1,
                _("Fee on sums paid to the practice (%(sum)s), %(period)s"),
            ),
            (sources.backs, -1, _("Fee on bounced payments (%(sum)s), %(period)s")),
            (
                sources.direct_backs,
                -1,
                _("Fee on sums no longer paid to the practice (%(sum)s), %(period)s"),
            ),
        ):
            if not records:
                continue
            days = [_day(one) for one in records]
            period = " – ".join(
                dict.fromkeys(format_date(words.env, d) for d in (min(days), max(days)))
            )
            name = label % {
                "sum": money(sum(records.mapped("amount"))),
                "period": period,
            }
            rows.append((name, sign * sum(records.mapped("fee_amount")), tax))
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


def _day(record):
    return record.cleared_on if record._name == "recouv.receipt.line" else record.date


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
