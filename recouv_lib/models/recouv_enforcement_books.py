from odoo import api, fields, models
from odoo.exceptions import UserError

from .recouv_receipt import BOOKED
from .recouv_receipt_posting import _entry, _light

#: a receipt that stands: the sum was received
STANDING = ("received", *BOOKED)


class RecouvEnforcementLine(models.Model):
    """Money of a measure in the books.

    A cost advanced is owed to the commissaire de justice, and owed back: to the agency
    by the practice whose suit it is (code civil 1999; ``recouv_court_cost.py``), to a
    practice by its debtor where there is a title (CPCE L111-8 al. 1). What a practice
    lays out before one stays its own expense (al. 2). A cost recovered is taken from it
    again. Neither ever touches
    the dedicated account. What the officer received for the claim goes the way of any
    payment for it: a receipt of the agency, which settles the practice's invoice, and
    is remitted. In a practice's own file it is the payment that the desk records.
    """

    _inherit = "recouv.enforcement.line"

    receipt_id = fields.Many2one(
        "recouv.receipt",
        "Agency receipt",
        copy=False,
        index="btree_not_null",
        check_company=True,
        help="By which the sum was recorded already: identified on the bank's "
        "statement, say. Left empty, the receipt is made now.",
    )
    is_own_receipt = fields.Boolean("Its own receipt", readonly=True, copy=False)
    payee_id = fields.Many2one(
        "res.partner",
        "Paid to",
        compute="_compute_payee_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        domain="[('company_id', 'in', (company_id, False))]",
    )
    move_id = fields.Many2one(
        "account.move", "Entry", readonly=True, copy=False, index="btree_not_null"
    )
    back_move_id = fields.Many2one(
        "account.move",
        "Entry that takes it back",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )

    _receipt_once = models.UniqueIndex(
        "(receipt_id) WHERE receipt_id IS NOT NULL AND undone_on IS NULL",
        "This receipt is accounted for on a measure already.",
    )

    @api.depends("enforcement_id", "litigation_id")
    def _compute_payee_id(self):
        for line in self:
            officer = line.enforcement_id.officer_id or line.litigation_id.officer_id
            line.payee_id = line.payee_id or officer

    # --- CRUD -----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS: what is accounted for is booked at once.

        :raise UserError: what is missing or locked, naming the company
        """
        lines = super().create(vals_list)
        for line in lines:
            line._book()
        return lines

    # --- booking --------------------------------------------------------------------

    def _stands(self):
        """EXTENDS: a receipt that was sent back or undone counts no more."""
        return (
            super()
            ._stands()
            .filtered(
                lambda line: not line.receipt_id or line.receipt_id.state in STANDING
            )
        )

    def _book(self):
        if self.date > fields.Date.context_today(self):
            raise UserError(
                self.env._("%s: money does not move in the future.", self.display_name)
            )
        if self.kind != "received":
            self._book_cost()
        elif self.enforcement_id.is_mandatary:
            self._receive()

    def _receive(self):
        """Record the sum as any payment for these claims, or tie the one that is."""
        if self.receipt_id:
            self._check_receipt()
            return
        litigation = self.litigation_id
        receipt = self.env["recouv.receipt"].create(
            {
                "company_id": self.company_id.id,
                "partner_id": litigation.partner_id.id,
                "date": self.date,
                "method": "transfer",
                "amount": self.amount,
                "currency_id": self.currency_id.id,
                "chosen_claim_ids": litigation.line_ids.claim_id.ids,
                "memo": " ".join(filter(None, [litigation.name, self.note])),
            }
        )
        receipt._lay_out()
        receipt._confirm()
        # sudo: which receipt it made is written by this method only
        self.sudo().write({"receipt_id": receipt.id, "is_own_receipt": True})

    def _check_receipt(self):
        """:raise UserError: the receipt is not of this debtor, sum or file"""
        receipt, litigation = self.receipt_id, self.litigation_id
        same_sum = not self.currency_id.compare_amounts(receipt.amount, self.amount)
        paid = receipt.line_ids.filtered("amount").claim_id
        fits = paid & litigation.line_ids.claim_id and same_sum
        if receipt.state in STANDING and fits:
            return
        raise UserError(
            self.env._(
                "%(receipt)s is no standing receipt of %(sum)s for a claim of "
                "%(file)s.",
                receipt=receipt.display_name,
                sum=self.currency_id.format(self.amount),
                file=litigation.display_name,
            )
        )

    def _book_cost(self):
        """Post a cost advanced, or got back, in the books of who sues."""
        if self.currency_id != self.company_id.currency_id:
            raise UserError(
                self.env._(
                    "%(line)s: costs are booked in %(currency)s.",
                    line=self.display_name,
                    currency=self.company_id.currency_id.name,
                )
            )
        # sudo: rights were checked at creation; who made it, and when
        line = self.sudo()
        sign = 1 if self.kind == "advanced" else -1
        line.move_id = line._post_cost(self.date, line._cost_label(), sign)
        line._pair_costs()

    def _cost_label(self):
        parts = (self.litigation_id.name, self.display_name, self.note)
        return " – ".join(filter(None, parts))

    def _post_cost(self, day, label, sign):
        """:param sign: 1 where the cost is owed to the officer, -1 the other way"""
        company = self.company_id
        company._recouv_check_books_open(company, day)
        amount = sign * self.amount
        items = [
            (label, self._cost_account(), self._cost_owner(), amount),
            (label, self._payee_account(), self.payee_id, -amount),
        ]
        books = self.with_company(company).with_context(**_light(company))
        move = books.env["account.move"].create(
            _entry(company, day, label, "cost", items)
        )
        move._post(soft=False)
        return move

    def _is_own_expense(self):
        """Say whether this is what a practice lays out before it has a title: nobody
        owes it back (CPCE L111-8 al. 2)."""
        return self.litigation_id.capacity != "mandatary" and not self.enforcement_id

    def _cost_account(self):
        if self._is_own_expense():
            return self.company_id._recouv_cost_expense_account()
        return self.company_id._recouv_court_cost_account()

    def _cost_owner(self):
        """Return who owes the cost back: the creditor to the agency, else the debtor.

        Code civil 1999; CPCE L111-8 al. 1.
        """
        file = self.litigation_id
        if file.capacity == "mandatary":
            return file.line_ids.claim_id.creditor_partner_id[:1]
        return file.partner_id.browse() if self._is_own_expense() else file.partner_id

    def _payee_account(self):
        """:raise UserError: nobody is named, or it has no payable account here"""
        payee = self.payee_id.with_company(self.company_id)
        if not payee:
            raise UserError(
                self.env._("%s: say to whom this cost is paid.", self.display_name)
            )
        if account := payee.property_account_payable_id:
            return account
        raise UserError(
            self.env._(
                "%(officer)s has no payable account in %(company)s. Nothing was "
                "booked.",
                officer=payee.name,
                company=self.company_id.name,
            )
        )

    def _pair_costs(self):
        """Settle what was advanced with what came back; the rest stays open."""
        account = self.company_id._recouv_court_cost_account()
        items = self._siblings().move_id.line_ids.filtered(
            lambda item: item.account_id == account and not item.reconciled
        )
        if any(item.balance > 0 for item in items) and any(
            item.balance < 0 for item in items
        ):
            self.env["account.move.line"]._reconcile_plan([items])

    # --- undo -----------------------------------------------------------------------

    def _undo_obstacle(self):
        obstacle = super()._undo_obstacle()
        if obstacle:
            return obstacle
        money = self._siblings()
        left = money._sum("advanced") - self.amount
        if self.kind == "advanced" and (
            self.currency_id.compare_amounts(money._sum("recovered"), left) > 0
        ):
            return self.env._("more was recovered than would be left: undo that first.")
        if self.is_own_receipt and self.receipt_id.state in STANDING:
            return self.receipt_id._undo_obstacle()
        return None

    def _undo(self):
        """EXTENDS: the books are put right by today's entry, the receipt is undone."""
        result = super()._undo()
        today = fields.Date.context_today(self)
        for line in self:
            if line.is_own_receipt and line.receipt_id.state in STANDING:
                file = line.litigation_id.display_name
                line.receipt_id.undo(self.env._("Undone in the court file %s", file))
            # sudo: undo() checked the right to write; entries of this line only
            elif line.sudo().move_id:
                line.sudo()._unbook(today)
        return result

    def _unbook(self, today):
        label = self.env._("Undone: %s", self._cost_label())
        sign = -1 if self.kind == "advanced" else 1
        back = self._post_cost(today, label, sign)
        self.back_move_id = back
        cost, officer = self.move_id.line_ids.sorted("sequence")
        cost_back, officer_back = back.line_ids.sorted("sequence")
        cost.remove_move_reconcile()
        plan = [cost + cost_back] if cost.account_id.reconcile else []
        if not officer.reconciled:
            plan.append(officer + officer_back)
        self.env["account.move.line"]._reconcile_plan(plan)
        self._pair_costs()


class RecouvEnforcement(models.Model):
    _inherit = "recouv.enforcement"

    is_mandatary = fields.Boolean(compute="_compute_is_mandatary")

    @api.depends("litigation_id")
    def _compute_is_mandatary(self):
        for measure in self:
            measure.is_mandatary = measure.litigation_id.capacity == "mandatary"

    @api.depends("line_ids.receipt_id.state")
    def _compute_sums(self):
        # EXTENDS: it depends on the receipts too
        return super()._compute_sums()


class ResCompany(models.Model):
    _inherit = "res.company"

    recouv_court_cost_account_id = fields.Many2one(
        "account.account", "Account of enforcement costs advanced", check_company=True
    )

    def _recouv_court_cost_account(self):
        """Return the account of costs advanced, made where a company of before has
        none.

        :raise UserError: naming the company, where it cannot be used
        """
        self._recouv_need_cost_account("recouv_court_cost_account_id")
        return self._recouv_transfer_setting("recouv_court_cost_account_id")

    def _recouv_cost_expense_account(self):
        """Return the account of costs that this company bears, likewise."""
        self._recouv_need_cost_account("recouv_cost_account_id")
        return self._recouv_transfer_setting("recouv_cost_account_id")

    def _recouv_need_cost_account(self, fname):
        self.ensure_one()
        # sudo: accounts of the company's own settings
        companies = self.sudo().parent_ids
        if not any(company[fname] for company in companies):
            companies[:1]._recouv_create_transfer_settings()


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recouv_court_cost_account_id = fields.Many2one(
        related="company_id.recouv_court_cost_account_id", readonly=False
    )
