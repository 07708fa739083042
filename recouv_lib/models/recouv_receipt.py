from uuid import uuid4

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..lib.imputation import Debt, impute
from .recouv_bank_matcher import from_units, to_units

METHODS = [
    ("transfer", "Bank transfer"),
    ("card", "Card"),
    ("cheque", "Cheque"),
    ("cash", "Cash"),
]
STATES = [
    ("draft", "To record"),
    ("received", "Waits to be cashed"),
    ("cleared", "Cashed"),
    ("remitted", "Remitted"),
    ("bounced", "Bounced payment"),
    ("undone", "Undone"),
]
#: states in which the money is in the books of both companies
BOOKED = ("cleared", "remitted")
#: what a person says about a receipt; the rest is written by its own methods
PLAN_FIELDS = {
    "company_id",
    "partner_id",
    "date",
    "cleared_on",
    "method",
    "amount",
    "currency_id",
    "statement_line_id",
    "cheque_number",
    "cheque_bank",
    "memo",
    "line_ids",
    "chosen_claim_ids",
    "token",
    "refund_iban",
    "refund_holder",
}
#: what may be said once it is recorded
LATER_FIELDS = {"cleared_on", "memo", "refund_iban", "refund_holder"}
#: what a person says of one claim of a receipt, as long as it is not recorded
LAID_FIELDS = {"claim_id", "amount_interest", "amount_principal"}


class RecouvReceipt(models.Model):
    """Money that the agency received for practices, and the debts it was laid on.

    A cheque counts when it is cashed; anything else at once. What counts is booked in
    both companies together (``recouv_receipt_posting.py``), taken back in order when
    it bounces (``recouv_receipt_back.py``), and answered with a numbered receipt to
    the debtor (``recouv_receipt_paper.py``; CPCE R124-6). It stays as evidence.
    """

    _name = "recouv.receipt"
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin"]
    _description = "Receipt of the agency"
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char("Receipt No.", readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company",
        "Agency",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Debtor",
        required=True,
        index=True,
        domain="[('company_id', '=', company_id)]",
        check_company=True,
    )
    date = fields.Date("Received on", required=True, default=fields.Date.context_today)
    cleared_on = fields.Date(
        "Cashed on",
        copy=False,
        help="When the money was really received: a cheque, the day it was cashed.",
    )
    method = fields.Selection(METHODS, required=True, default="transfer")
    amount = fields.Monetary("Sum received", required=True)
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    statement_line_id = fields.Many2one(
        "account.bank.statement.line",
        "Bank movement",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    cheque_number = fields.Char()
    cheque_bank = fields.Char("Bank")
    memo = fields.Char("Reference", help="What the debtor wrote; printed nowhere.")
    chosen_claim_ids = fields.Many2many(
        "recouv.claim",
        string="The debtor's choice",
        check_company=True,
        domain="[('company_id', '=', company_id), ('capacity', '=', 'mandatary'),"
        " ('settlement', '=', 'open')]",
        help="What the debtor said the money is for (art. 1342-10 code civil); also "
        "claims of another practice.",
    )
    line_ids = fields.One2many("recouv.receipt.line", "receipt_id", "Laid on")
    state = fields.Selection(
        STATES, required=True, readonly=True, default="draft", copy=False, index=True
    )
    overpaid = fields.Monetary(
        "Owed back to the debtor",
        compute="_compute_overpaid",
        help="Received and laid on no debt.",
    )
    overpaid_booked = fields.Monetary("Overpayment booked", readonly=True, copy=False)
    refunded_on = fields.Date("Refund ordered on", readonly=True, copy=False)
    move_id = fields.Many2one(
        "account.move",
        "Entry",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Shared by the receipts of a day.",
    )
    note = fields.Char("What changed", readonly=True, copy=False)
    token = fields.Char(copy=False, default=lambda self: uuid4().hex)

    _token_uniq = models.UniqueIndex(
        "(token) WHERE token IS NOT NULL", "This money has been recorded already."
    )
    _name_uniq = models.UniqueIndex(
        "(company_id, name) WHERE name IS NOT NULL",
        "Another receipt of this agency has this number.",
    )
    # the same movement of the bank is received once
    _statement_line_uniq = models.UniqueIndex(
        "(statement_line_id) WHERE statement_line_id IS NOT NULL "
        "AND state NOT IN ('bounced', 'undone')",
        "This movement of the bank is recorded already.",
    )
    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "Enter the sum received: more than zero."
    )
    _overpaid_idx = models.Index(
        "(company_id) WHERE overpaid_booked > 0 AND refunded_on IS NULL"
    )

    # --- computes -------------------------------------------------------------------

    @api.depends("amount", "line_ids.amount")
    def _compute_overpaid(self):
        for receipt in self:
            laid = sum(receipt.line_ids.mapped("amount"))
            receipt.overpaid = receipt.currency_id.round(receipt.amount - laid)

    @api.depends("name", "partner_id")
    def _compute_display_name(self):
        for receipt in self:
            parts = filter(None, [receipt.name, receipt.partner_id.name])
            receipt.display_name = " ".join(parts) or self.env._("Agency receipt")

    # --- checks ---------------------------------------------------------------------

    @api.constrains("line_ids", "amount", "currency_id")
    def _check_laid(self):
        for receipt in self:
            if receipt.currency_id.compare_amounts(receipt.overpaid, 0) < 0:
                raise ValidationError(
                    self.env._(
                        "%(receipt)s: more is laid on debts than was received.",
                        receipt=receipt.display_name,
                    )
                )
            for line in receipt.line_ids:
                line._check_currency()

    # --- what a person may say ------------------------------------------------------

    @api.model
    def _creatable_fields(self):
        """EXTENDS: what was received; the rest is written by its own methods."""
        return PLAN_FIELDS

    def _editable_fields(self):
        """EXTENDS: what was recorded is undone, not edited; the day of cashing stands
        once it is in the books, for delays and fees count from it."""
        if self.state == "draft":
            return PLAN_FIELDS
        waits = self.state == "received"
        return LATER_FIELDS if waits else LATER_FIELDS - {"cleared_on"}

    def _is_deletable(self):
        """EXTENDS: what was never recorded is no evidence."""
        return self.state == "draft" or super()._is_deletable()

    @api.model
    def _evidence_advice(self):
        return self.env._("A receipt is not edited any more: undo it instead.")

    @api.model_create_multi
    def create(self, vals_list):
        # a movement freed in this transaction must be free in the database too
        self.flush_model(["state", "statement_line_id"])
        return super().create(vals_list)

    # --- laying ---------------------------------------------------------------------

    @api.onchange("partner_id", "amount", "date", "chosen_claim_ids", "currency_id")
    def _onchange_lay(self):
        """Lay the sum as the law does where the debtor says nothing."""
        self._lay_out()

    def action_lay_again(self):
        """Lay the sums again, on what is owed now."""
        self.filtered(lambda receipt: receipt.state == "draft")._lay_out()
        return True

    def _lay_out(self):
        """Lay each sum: the debtor's choice first, then the legal order (code civil
        1342-10), on each claim interest then principal (1343-1).

        Two receipts for one claim are not laid twice on it. A flat number of queries.
        """
        for day, receipts in self.grouped(lambda r: r.date or _today(r)).items():
            open_, owed = receipts._open_debts(day)
            for receipt in receipts:
                values = receipt._laid_values(open_, owed)
                receipt.line_ids = [Command.clear(), *map(Command.create, values)]

    def _open_debts(self, day):
        """Return ({debtor: open mirrors}, {mirror: [interest, principal]})."""
        mirrors = self.env["recouv.claim"]
        partners = self.partner_id._origin.commercial_partner_id
        found = mirrors._open_mirrors(partners, self.company_id)
        open_ = found.grouped(lambda claim: claim.partner_id.commercial_partner_id)
        owed = (found | self.chosen_claim_ids._origin)._collectable(day)
        return open_, {claim: list(sums) for claim, sums in owed.items()}

    def _laid_values(self, open_, owed):
        """Return values of the lines of one receipt, taking them from ``owed``."""
        chosen = self.chosen_claim_ids._origin
        debtor = self.partner_id._origin.commercial_partner_id
        others = open_.get(debtor, self.env["recouv.claim"]) - chosen
        found, left = [], self.amount
        for claims in (chosen, others):
            claims = claims.filtered(lambda c: c.currency_id == self.currency_id)
            for claim, interest, principal in self._lay(left, claims, owed):
                left -= interest + principal
                owed[claim][0] -= interest
                owed[claim][1] -= principal
                found.append(
                    {
                        "claim_id": claim.id,
                        "amount_interest": interest,
                        "amount_principal": principal,
                    }
                )
        return found

    def _lay(self, amount, claims, owed):
        """Return [(claim, interest, principal)] that a sum pays, zeros left out."""
        currency, day = self.currency_id, self.date or _today(self)
        debts = [
            Debt(
                claim.id,
                to_units(sum(owed[claim]), currency),
                claim.date_due or day,
                (claim.date_due or day) <= day,
                int(bool(claim.formal_notice_date)),
            )
            for claim in claims
        ]
        given = impute(to_units(amount, currency), debts)
        laid = []
        for claim in claims:
            if units := given.get(claim.id):
                part = from_units(units, currency)
                interest = currency.round(min(part, owed[claim][0]))
                laid.append((claim, interest, currency.round(part - interest)))
        return laid

    # --- recording ------------------------------------------------------------------

    def action_confirm(self):
        """Record the money: numbered, owed to the practices as soon as it is cashed.

        A second click, or a second user, changes nothing.

        :raise UserError: names the receipt and what is wrong
        """
        self._confirm()
        return True

    def _confirm(self):
        self.check_access("write")
        receipts = self._lock().filtered(lambda receipt: receipt.state == "draft")
        receipts._check_confirmable()
        # sudo: states and numbers are written by the methods of the model only
        receipts.sudo()._give_numbers()
        receipts.sudo().write({"state": "received", "paper_state": "queued"})
        receipts._note_instalments()
        at_once = receipts.filtered(lambda r: r.method != "cheque" or r.cleared_on)
        # what is booked meets a recall of its claims there; a cheque keeps it back here
        (receipts - at_once).line_ids.claim_id._meet_recall()
        at_once._clear()
        return receipts

    def _give_numbers(self):
        """Number them in the company's own series, in their order."""
        numbering = self.env["recouv.collection"]
        for company, receipts in self.grouped("company_id").items():
            first, *others = receipts
            first.name = numbering._next_number(company, "QT")
            series = self.env["ir.sequence"].search(
                [("code", "=", "recouv.qt"), ("company_id", "=", company.id)], limit=1
            )
            for receipt in others:
                receipt.name = series.next_by_id()

    def action_clear(self):
        """The cheque was cashed: from now on the sum is owed to the practices."""
        self.check_access("write")
        waiting = self._lock().filtered(lambda receipt: receipt.state == "received")
        waiting._clear()
        return True

    def _lock(self):
        """Two users at one receipt: the second one is told, or finds it done.

        :raise UserError: someone else works on one of them
        """
        # sudo: a row lock; the caller's right to write was checked
        self.sudo()._recouv_lock_rows()
        return self

    def _check_confirmable(self):
        today = fields.Date.context_today(self)
        for receipt in self:
            if receipt.date > today or (receipt.cleared_on or today) > today:
                raise UserError(
                    self.env._(
                        "%s: money cannot be received in the future.",
                        receipt.display_name,
                    )
                )
            if receipt.currency_id != receipt.company_id.currency_id:
                raise UserError(
                    self.env._(
                        "%(receipt)s is in %(currency)s: the dedicated account is in "
                        "%(other)s. Have it changed by the bank and record what came.",
                        receipt=receipt.display_name,
                        currency=receipt.currency_id.name,
                        other=receipt.company_id.currency_id.name,
                    )
                )
            receipt._check_statement_line()
        self.line_ids._check_mirrors()
        self.line_ids.filtered("amount_interest")._check_interest()

    def _check_statement_line(self):
        # sudo: the movement of the agency's own dedicated account
        movement = self.statement_line_id.sudo()
        if movement and (
            movement.journal_id != self.company_id.sudo().recouv_dedicated_journal_id
        ):
            raise UserError(
                self.env._(
                    "%s: the movement of the bank is of another account than the "
                    "dedicated one.",
                    self.display_name,
                )
            )
        if movement and self.currency_id.compare_amounts(movement.amount, self.amount):
            raise UserError(
                self.env._(
                    "%(receipt)s: the movement of the bank is of another sum.",
                    receipt=self.display_name,
                )
            )


class RecouvReceiptLine(models.Model):
    """What was laid on one claim: interest first, then principal."""

    _name = "recouv.receipt.line"
    _inherit = ["recouv.evidence.mixin"]
    _description = "Claim of a receipt"
    _order = "receipt_id desc, id"
    _check_company_auto = True

    receipt_id = fields.Many2one(
        "recouv.receipt",
        "Agency receipt",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        related="receipt_id.company_id", store=True, index=True, precompute=True
    )
    claim_id = fields.Many2one(
        "recouv.claim",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('company_id', '=', company_id), ('capacity', '=', 'mandatary')]",
    )
    reference = fields.Char(related="claim_id.reference")
    creditor_partner_id = fields.Many2one(
        related="claim_id.creditor_partner_id", store=True, index=True, precompute=True
    )
    # of the day on which it was cashed: an amendment reprices no money of before
    mandate_id = fields.Many2one(
        "recouv.mandate",
        compute="_compute_mandate_id",
        store=True,
        index=True,
        precompute=True,
    )
    currency_id = fields.Many2one(related="receipt_id.currency_id")
    amount_interest = fields.Monetary("Interest")
    amount_principal = fields.Monetary("Principal")
    amount = fields.Monetary("Paid by it", compute="_compute_amount")
    residual_after = fields.Monetary("Left to pay", readonly=True, copy=False)
    state = fields.Selection(related="receipt_id.state")
    cleared_on = fields.Date(related="receipt_id.cleared_on", store=True, index=True)
    remit_due = fields.Date(
        "To remit by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="A month from the day the money was really received (CPCE R124-6).",
    )
    is_known_instalment = fields.Boolean("Instalment of a known plan", readonly=True)

    _not_negative = models.Constraint(
        "CHECK(amount_interest >= 0 AND amount_principal >= 0)",
        "A sum laid on a debt cannot be negative.",
    )
    _once = models.UniqueIndex(
        "(receipt_id, claim_id)", "A claim stands once on a receipt."
    )

    # not on the claim's mandate: the claim follows amendments, its money does not
    @api.depends("claim_id", "receipt_id.cleared_on", "receipt_id.date")
    def _compute_mandate_id(self):
        for line in self:
            receipt = line.receipt_id
            day = receipt.cleared_on or receipt.date
            line.mandate_id = line.claim_id.mandate_id._on_day(day)

    @api.depends("amount_interest", "amount_principal")
    def _compute_amount(self):
        for line in self:
            line.amount = line.amount_interest + line.amount_principal

    @api.model
    def _creatable_fields(self):
        """EXTENDS: how a sum is laid; entries, fee and remittance follow from it."""
        return LAID_FIELDS | {"receipt_id"}

    def _editable_fields(self):
        """EXTENDS: what was recorded is not edited."""
        return LAID_FIELDS if self.receipt_id.state == "draft" else frozenset()

    def _is_deletable(self):
        return self.receipt_id.state == "draft" or super()._is_deletable()

    @api.model
    def _evidence_advice(self):
        return self.env["recouv.receipt"]._evidence_advice()

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS: a receipt that was recorded gets no further line."""
        if not self._is_recording():
            for receipt in self._parents("receipt_id", vals_list):
                if receipt.state != "draft":
                    raise UserError(
                        self.env._(
                            "%(receipt)s: %(advice)s",
                            receipt=receipt.display_name,
                            advice=self._evidence_advice(),
                        )
                    )
        return super().create(vals_list)

    def _check_currency(self):
        if self.claim_id.currency_id != self.receipt_id.currency_id:
            raise ValidationError(
                self.env._(
                    "%(claim)s is in %(currency)s: the sum received is in %(other)s.",
                    claim=self.claim_id.display_name,
                    currency=self.claim_id.currency_id.name,
                    other=self.receipt_id.currency_id.name,
                )
            )

    def _check_mirrors(self):
        """Only what was placed is received for others (CPCE R124-3)."""
        for line in self:
            claim = line.claim_id
            if claim.capacity != "mandatary" or not claim.mandate_id:
                raise UserError(
                    self.env._(
                        "%s was placed by nobody: no money is received for it.",
                        claim.display_name,
                    )
                )

    def _check_interest(self):
        """Nothing but legal interest is received beside the principal (CPCE L111-8).

        :raise UserError: naming the claim and what is owed
        """
        for day, lines in self.grouped(lambda line: line.receipt_id.date).items():
            owed = lines.claim_id._collectable(day)
            for claim, mine in lines.grouped("claim_id").items():
                interest, laid = owed[claim][0], sum(mine.mapped("amount_interest"))
                if claim.currency_id.compare_amounts(laid, interest) > 0:
                    raise UserError(
                        self.env._(
                            "%(claim)s owes %(interest)s of legal interest, not "
                            "%(laid)s: correct the receipt.",
                            claim=claim.display_name,
                            interest=claim.currency_id.format(interest),
                            laid=claim.currency_id.format(laid),
                        )
                    )


def _today(record):
    return fields.Date.context_today(record)
