from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from .account_move_screens import READERS
from .recouv_receipt_posting import _entry, _light

#: terms of the mandate on court costs
COST_TERMS = {"cost_bearer", "cost_netting"}


class RecouvEnforcementLine(models.Model):
    """A cost that the agency advanced, passed on once to who bears it."""

    _inherit = "recouv.enforcement.line"

    cost_move_id = fields.Many2one(
        "account.move",
        "Passed on in",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The invoice to the practice, or the entry by which the agency bears it.",
    )
    cost_credit_move_id = fields.Many2one(
        "account.move",
        "Given back in",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    def _signed(self):
        return self.amount if self.kind == "advanced" else -self.amount


class RecouvMandate(models.Model):
    """Court costs that the agency advanced and did not recover: who bears them.

    Without a title they stay with the creditor (CPCE L111-8 al. 2), who owes his
    mandatary what it advanced (code civil 1999): by default the agency invoices them to
    the practice, to the cent and without VAT (débours, CGI 267 II 2°), and the
    practice's bill is made with the invoice, once, as that of the fee. What is
    recovered, or undone, afterwards is given back by a credit note in both books. Where
    the mandate says so they are kept out of what is remitted; without that term they
    never are.
    """

    _inherit = "recouv.mandate"

    cost_bearer = fields.Selection(
        [
            ("creditor", "The practice: invoiced to it, to the cent"),
            ("agency", "The agency"),
        ],
        "Court costs not recovered are borne by",
        default="creditor",
        required=True,
    )
    cost_netting = fields.Boolean(
        "Kept from remittances",
        help="Court costs that were invoiced are kept out of the sums remitted. "
        "Otherwise the practice pays them apart.",
    )

    @api.model
    def _terms(self):
        """EXTENDS: who bears court costs is signed too."""
        return super()._terms() | COST_TERMS

    @api.constrains("cost_bearer", "cost_netting")
    def _check_cost_netting(self):
        for mandate in self:
            if mandate.cost_netting and mandate.cost_bearer != "creditor":
                raise ValidationError(
                    self.env._(
                        "%s: costs that the agency bears are not kept from "
                        "remittances.",
                        mandate.display_name,
                    )
                )

    # --- passing on -----------------------------------------------------------------

    def _invoice_due(self, until):
        """EXTENDS: court costs with the fee."""
        return super()._invoice_due(until) | self._invoice_costs(until)

    def _invoice_costs(self, until):
        """Pass on the costs advanced until a day and not recovered, once each.

        :return: the documents made in the agency's books: an invoice, a credit note
            where more came back than was advanced, or the entry by which it bears them
        :raise UserError: naming the company and what is missing; nothing is made
        """
        # sudo: rights were checked by the callers; the agency's own costs, and the
        # practice's bill of them, by this method only
        documents = self.env["account.move"].sudo()
        for mandate in self.sudo():
            documents |= mandate._pass_costs_on(until)
        return documents

    def _pass_costs_on(self, until):
        # sudo: called by _invoice_costs, elevated on purpose
        none = self.env["account.move"].sudo()
        lines, backs = self._cost_sources(until)
        net = sum(line._signed() for line in lines)
        net -= sum(line._signed() for line in backs)
        if self.agency_id.currency_id.is_zero(net):
            return none  # what came back covers what was advanced: nothing to pass on
        self._check_cost_books(until)
        if self.cost_bearer == "agency":
            move = self._absorb_costs(lines, backs, net, until)
        else:
            move = self._make_cost_invoice(lines, backs, net, until)
            self._make_fee_bill(move)
            self._offset(move)
        lines.write({"cost_move_id": move.id})
        backs.write({"cost_credit_move_id": move.id})
        self._settle_costs(lines, backs, move)
        return move

    def _cost_sources(self, until):
        """Return (costs to pass on, costs passed on and undone since)."""
        costs = self.env["recouv.enforcement.line"]
        base = [
            ("company_id", "=", self.agency_id.id),
            ("kind", "in", ("advanced", "recovered")),
            ("litigation_id.line_ids.claim_id.mandate_id", "in", self._family().ids),
        ]
        lines = costs.search(
            [
                *base,
                ("date", "<=", until),
                ("undone_on", "=", False),
                ("move_id", "!=", False),
                ("cost_move_id", "=", False),
            ],
            order="date, id",
        )
        backs = costs.search(
            [
                *base,
                ("undone_on", "!=", False),
                ("cost_move_id", "!=", False),
                ("cost_credit_move_id", "=", False),
            ],
            order="date, id",
        )
        return self._own_costs(lines), self._own_costs(backs)

    def _own_costs(self, costs):
        """Return what was advanced while this mandate's terms held: an amendment does
        not say anew who bears what was spent before it."""
        return costs.filtered(lambda cost: self._on_day(cost.date) == self)

    def _check_cost_books(self, day):
        """:raise UserError: naming the company whose books are closed on that day"""
        self.agency_id._recouv_check_books_open(self.agency_id, day)
        if self.cost_bearer == "creditor":
            self.agency_id._recouv_check_fee_books(day, "sale")
            self.company_id._recouv_check_bill_books(day)
            self.company_id._recouv_cost_expense_account()

    # --- the agency's invoice, or its own expense -------------------------------------

    def _make_cost_invoice(self, lines, backs, net, until):
        # sudo: in the agency's books, by its manager, checked by the callers
        agency = self.agency_id.sudo()
        return agency._recouv_make_fee_invoice(
            (lines | backs)[:1]._cost_owner(),
            self._cost_rows(lines, backs, 1 if net > 0 else -1),
            until,
            "out_invoice" if net > 0 else "out_refund",
            cost_account=agency._recouv_court_cost_account(),
        )

    def _cost_rows(self, lines, backs, sign):
        """Return a row for each cost: file, kind and day; no debtor, no note, no tax
        (débours)."""
        words = self.with_context(lang=self.company_id.partner_id.lang or self.env.lang)
        labels = {
            "advanced": words.env._("Court cost advanced, file %(file)s, %(date)s"),
            "recovered": words.env._("Court cost recovered, file %(file)s, %(date)s"),
        }
        none = self.env["account.tax"]
        rows = []
        for found, way in ((lines, 1), (backs, -1)):
            for line in found:
                day = format_date(words.env, line.date)
                label = labels[line.kind] % {
                    "file": line.litigation_id.name,
                    "date": day,
                }
                rows.append((label, sign * way * line._signed(), none))
        return rows

    def _absorb_costs(self, lines, backs, net, until):
        """Book the costs as the agency's own expense."""
        agency = self.agency_id
        label = self.env._("Court costs borne, mandate %s", self.name)
        account = agency._recouv_court_cost_account()
        rows = [(line, 1) for line in lines] + [(line, -1) for line in backs]
        expense = agency._recouv_cost_expense_account()
        items = [(label, expense, False, net)] + [
            (line._cost_label(), account, line._cost_owner(), -way * line._signed())
            for line, way in rows
        ]
        books = self.env["account.move"].with_company(agency)
        move = books.with_context(**_light(agency)).create(
            _entry(agency, until, label, "cost", items)
        )
        move._post(soft=False)
        return move

    # --- reconciling ----------------------------------------------------------------

    def _settle_costs(self, lines, backs, move):
        """Settle the account of costs advanced with the document that passes it on."""
        account = self.agency_id._recouv_court_cost_account()
        moves = lines.move_id | backs.cost_move_id | backs.back_move_id | move
        items = moves.line_ids.filtered(
            lambda item: item.account_id == account and not item.reconciled
        )
        self.env["account.move.line"]._reconcile_plan([items])

    # --- the practice's bill --------------------------------------------------------

    def _bill_row(self, invoice):
        """EXTENDS: court costs are an expense of their own, to the cent."""
        if not invoice.recouv_is_court_cost:
            return super()._bill_row(invoice)
        return (
            self.env._(
                "Court costs advanced by the collection agency, document %s",
                invoice.name,
            ),
            invoice.amount_total,
            self.company_id._recouv_cost_expense_account(),
            self.env["account.tax"],
        )


class AccountMove(models.Model):
    _inherit = "account.move"

    recouv_is_court_cost = fields.Boolean(
        "Court costs",
        groups=READERS,
        readonly=True,
        copy=False,
        help="What the agency advanced for court files, at cost.",
    )
