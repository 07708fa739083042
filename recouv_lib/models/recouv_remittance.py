from collections import defaultdict

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from .recouv_receipt_fee import _open_on_both_sides
from .recouv_receipt_posting import _entry, _light

FREQUENCY_DAYS = {"weekly": 7, "fortnightly": 14}
#: days before the last day on which a remittance is urgent
ALARM_DAYS = 5


class RecouvRemittance(models.Model):
    """What the agency hands over to one practice, within a month (CPCE R124-6).

    Gross: all that was received, the fee being paid apart. Net: the fee is kept, where
    the mandate says so (R124-3 4°), and waits on the dedicated account to be swept.
    What bounced after its remittance is deducted; where nothing more is received, it is
    claimed back from the practice. Entries of both companies are posted together and
    reconciled; the transfer itself is awaited from both banks.
    """

    _name = "recouv.remittance"
    _inherit = ["recouv.evidence.mixin"]
    _description = "Remittance to a practice"
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char("Number", readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company",
        "Agency",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    mandate_id = fields.Many2one(
        "recouv.mandate",
        required=True,
        index=True,
        domain="[('agency_id', '=', company_id)]",
    )
    creditor_partner_id = fields.Many2one(
        "res.partner", "Practice", readonly=True, check_company=True
    )
    mode = fields.Selection(
        [("net", "Net"), ("gross", "Gross")], compute="_compute_mode", store=True
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    state = fields.Selection(
        [("draft", "To remit"), ("posted", "Ordered"), ("void", "Given up")],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
    )
    line_ids = fields.One2many(
        "recouv.receipt.line", "remittance_id", "Sums collected", readonly=True
    )
    back_line_ids = fields.One2many(
        "recouv.receipt.line", "deducted_in_id", "Bounced, deducted", readonly=True
    )
    fee_move_ids = fields.Many2many(
        "account.move", string="Fee invoices kept", readonly=True, copy=False
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount_received = fields.Monetary("Received", compute="_compute_amounts")
    amount_back = fields.Monetary("Bounced payments", compute="_compute_amounts")
    amount_fee = fields.Monetary("Fee kept", readonly=True, copy=False)
    amount_cost = fields.Monetary("Court costs kept", readonly=True, copy=False)
    amount = fields.Monetary("To transfer", compute="_compute_amounts")
    date_due = fields.Date("To remit by", compute="_compute_date_due", store=True)
    is_late = fields.Boolean(compute="_compute_is_late")
    move_id = fields.Many2one(
        "account.move", "Entry", readonly=True, copy=False, index="btree_not_null"
    )
    ordered_item_id = fields.Many2one(
        "account.move.line", readonly=True, copy=False, ondelete="set null"
    )
    is_paid = fields.Boolean("Debited by the bank", compute="_compute_is_paid")
    exported_on = fields.Datetime("Transfer file made on", readonly=True, copy=False)
    # of the practice's books: only the methods of the money, elevated, read it
    practice_move_id = fields.Many2one(
        "account.move",
        groups=fields.NO_ACCESS,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    _name_uniq = models.UniqueIndex(
        "(company_id, name) WHERE name IS NOT NULL",
        "Another remittance has this number.",
    )
    # one at a time for a mandate: what is received meanwhile joins it
    _draft_uniq = models.UniqueIndex(
        "(mandate_id) WHERE state = 'draft'",
        "A remittance to this practice is being prepared already.",
    )

    # --- computes -------------------------------------------------------------------

    @api.depends("mandate_id", "state")
    def _compute_mode(self):
        for remittance in self:
            if remittance.state == "draft":
                remittance.mode = remittance.mandate_id.remit_mode
            else:
                remittance.mode = remittance.mode

    @api.depends("line_ids.amount", "back_line_ids.amount", "amount_fee", "amount_cost")
    def _compute_amounts(self):
        for remittance in self:
            received = sum(remittance.line_ids.mapped("amount"))
            back = sum(remittance.back_line_ids.mapped("amount"))
            remittance.amount_received = received
            remittance.amount_back = back
            kept = remittance.amount_fee + remittance.amount_cost
            remittance.amount = received - back - kept

    @api.depends("line_ids.remit_due")
    def _compute_date_due(self):
        for remittance in self:
            days = remittance.line_ids.filtered("remit_due").mapped("remit_due")
            remittance.date_due = min(days, default=False)

    @api.depends("date_due", "state", "date")
    def _compute_is_late(self):
        today = fields.Date.context_today(self)
        for remittance in self:
            done = remittance.date if remittance.state == "posted" else today
            remittance.is_late = bool(
                remittance.date_due and done > remittance.date_due
            )

    @api.depends("ordered_item_id.reconciled")
    def _compute_is_paid(self):
        for remittance in self:
            remittance.is_paid = remittance.ordered_item_id.reconciled

    @api.depends("name", "creditor_partner_id", "date")
    def _compute_display_name(self):
        for remittance in self:
            name = remittance.name or self.env._("To remit")
            practice = remittance.creditor_partner_id.name
            remittance.display_name = " – ".join(filter(None, [name, practice]))

    # --- what a person may say ------------------------------------------------------

    def _editable_fields(self):
        """EXTENDS: its day, before it is ordered; all else is written by its acts."""
        return {"date"} if self.state == "draft" else frozenset()

    # --- preparing ------------------------------------------------------------------

    @api.model
    def _cron_prepare(self):
        """Prepare what is due, agency by agency; a manager orders it (daily)."""
        today = fields.Date.context_today(self)
        # sudo: every company's own settings
        companies = self.env["res.company"].sudo().search([])
        for agency in companies.filtered("recouv_dedicated_journal_id"):
            self._prepare(agency, today)

    def action_prepare(self):
        """Prepare the remittances of the company to every practice, now."""
        self.check_access("create")
        self._prepare(self.env.company, fields.Date.context_today(self), force=True)
        return self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_remittance_action"
        )

    def action_invoice_fees(self):
        """Invoice the fees due today under all mandates of the company; show them."""
        self.check_access("create")
        mandates = self.env["recouv.mandate"].search(
            [("agency_id", "=", self.env.company.id), ("state", "!=", "draft")]
        )
        mandates.action_invoice_fees()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Fee invoices"),
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": [
                ("company_id", "=", self.env.company.id),
                ("id", "in", self._fee_invoices(mandates).ids),
            ],
        }

    @api.model
    def _fee_invoices(self, mandates):
        lines = self.env["recouv.receipt.line"].search(
            [("mandate_id", "in", mandates.ids), ("fee_move_id", "!=", False)]
        )
        directs = self.env["recouv.direct.payment"].search(
            [("mandate_id", "in", mandates.ids), ("fee_move_id", "!=", False)]
        )
        return (lines.fee_move_id | directs.fee_move_id
                | lines.fee_change_move_id | directs.fee_change_move_id)  # fmt: skip

    @api.model
    def _prepare(self, agency, today, force=False):
        """Gather what was cashed and not remitted, one remittance per mandate.

        At the mandate's frequency, or sooner where the last day comes near. With it
        what bounced since its remittance, and the fee that is given back for it, also
        where nothing else was received.

        :param force: also what is not due yet
        :return: the drafts
        """
        self._forget_unremitted(agency)
        lines, backs = self._open_lines(agency), self._open_backs(agency)
        by_mandate = self._drafts_by_mandate(agency, today)
        groups = (lines | backs).grouped(lambda line: line.mandate_id._on_day(today))
        creditors = self._creditors_given_back(agency, today)
        for mandate in groups | creditors:
            found = groups.get(mandate, lines.browse())
            mine = found & lines
            if not force and not self._is_time(mandate, mine, today):
                continue
            values = {"company_id": agency.id, "mandate_id": mandate.id, "date": today}
            draft = by_mandate.get(mandate) or self._record_new([values])
            creditor = found.creditor_partner_id[:1] or creditors[mandate]
            draft._take(mine, found & backs, creditor)
            by_mandate[mandate] = draft
        return self.union(*by_mandate.values())

    @api.model
    def _drafts_by_mandate(self, agency, today):
        """Return {mandate: its draft}; a draft goes on under the amendment, for sums
        are remitted as is agreed today."""
        drafts = self.search([("company_id", "=", agency.id), ("state", "=", "draft")])
        found = {draft.mandate_id: draft for draft in drafts}
        for draft in drafts:
            mandate = draft.mandate_id._on_day(today)
            if mandate not in found:
                del found[draft.mandate_id]
                # sudo: the terms of a draft that the job or a manager prepares
                draft.sudo().mandate_id = mandate
                found[mandate] = draft
        return found

    @api.model
    def _open_lines(self, agency):
        lines = self.env["recouv.receipt.line"]
        return lines.search(
            [
                ("company_id", "=", agency.id),
                ("receipt_id.state", "=", "cleared"),
                ("remittance_id", "=", False),
            ],
            order="cleared_on, id",
        ).filtered("amount")

    @api.model
    def _open_backs(self, agency):
        """Return what bounced after its remittance and was not deducted yet."""
        lines = self.env["recouv.receipt.line"]
        return lines.search(
            [
                ("company_id", "=", agency.id),
                ("owed_back_on", "!=", False),
                ("remittance_id.state", "=", "posted"),
                ("deducted_in_id", "=", False),
            ],
            order="owed_back_on, id",
        )

    @api.model
    def _is_time(self, mandate, lines, today):
        """Say whether sums of a mandate are to be remitted today.

        :param lines: what was received; none where sums are only to be claimed back
        """
        days = lines.filtered("remit_due").mapped("remit_due")
        if days and today >= fields.Date.subtract(min(days), days=ALARM_DAYS):
            return True
        before = self.search(
            [("mandate_id", "in", mandate._family().ids), ("state", "=", "posted")],
            limit=1,
        )
        since = before.date or min(lines.mapped("cleared_on"), default=None)
        if since is None:
            return True  # a fee is given back to whom nothing was remitted yet
        if days := FREQUENCY_DAYS.get(mandate.remit_frequency):
            return (today - since).days >= days
        return (today.year, today.month) > (since.year, since.month)

    def _take(self, lines, backs, creditor):
        """Put receipts, and what the practice owes back, into this draft."""
        # sudo: which remittance a receipt is in is written by the methods only
        lines.sudo().write({"remittance_id": self.id})
        backs.sudo().write({"deducted_in_id": self.id})
        self.sudo().creditor_partner_id = creditor

    def _is_empty(self):
        return not self.line_ids and not self.back_line_ids

    @api.model
    def _forget_unremitted(self, agency):
        """Free sums that bounced while their remittance was a draft, and that stayed
        in it as if the practice owed them back.

        Both items of the agency are settled with each other: nothing is owed. Nothing
        leaves sums in that state any more, but earlier versions did.
        """
        # sudo: the agency's own receipts and entries, by its own act
        lines = self.env["recouv.receipt.line"].sudo()
        lines = lines.search(
            [
                ("company_id", "=", agency.id),
                ("owed_back_on", "!=", False),
                "|",
                ("remittance_id", "=", False),
                ("remittance_id.state", "!=", "posted"),
            ]
        )
        lines.write(
            {"remittance_id": False, "deducted_in_id": False, "owed_back_on": False}
        )
        pairs = [line.funds_item_id + line.back_item_id for line in lines]
        self.env["account.move.line"].sudo()._reconcile_plan(
            [pair for pair in pairs if not any(pair.mapped("reconciled"))]
        )

    def action_void(self):
        """Give a draft up: its receipts wait for the next one."""
        self.check_access("write")
        # sudo: the drafts of remittances that the user may write
        for remittance in self.sudo():
            # sudo: the rights on the remittance were checked
            if remittance.state != "draft":
                raise UserError(
                    self.env._("%s is booked already.", remittance.display_name)
                )
            remittance.line_ids.write({"remittance_id": False})
            remittance.back_line_ids.write({"deducted_in_id": False})
            remittance.write({"state": "void"})
        return True

    # --- ordering -------------------------------------------------------------------

    def action_remit(self):
        """Book these remittances in both companies; the transfer is then ordered.

        :raise UserError: what is missing or locked, naming the company
        """
        self.check_access("write")
        self._lock()
        for remittance in self.filtered(lambda r: r.state == "draft"):
            # sudo: rights checked; the only place where both books are written
            remittance.sudo()._remit()
        return True

    def action_claim_back(self):
        """Claim from the practice what bounced beyond what is remitted to it.

        Booked in both companies as a remittance that the practice pays; both banks'
        movements are awaited.

        :raise UserError: what is missing or locked, naming the company
        """
        self.check_access("write")
        self._lock()
        for remittance in self.filtered(lambda r: r.state == "draft"):
            # sudo: rights checked; the only place where both books are written
            remittance.sudo()._remit(is_claim=True)
        return True

    def _lock(self):
        # sudo: a row lock; the caller's right to write was checked
        self.sudo()._recouv_lock_rows()

    def _remit(self, is_claim=False):
        """:param is_claim: the practice may owe more than it is remitted"""
        # an order is of the day on which it is given: its delay is told to inspectors
        self.date = max(self.date, fields.Date.context_today(self))
        self._forget_unremitted(self.company_id)
        self._check_remittable()
        if not is_claim:
            self._check_backs()
        fees = self._fees_to_keep()
        kept = self._share_fees(fees)
        self._check_pays(kept)
        self.write(
            {
                "name": self.env["recouv.collection"]._next_number(
                    self.company_id, "RV"
                ),
                "fee_move_ids": [Command.set([invoice.id for invoice in kept])],
                **self._kept_sums(kept),
            }
        )
        self._post_there(kept)
        self._post_here(kept)
        self.write({"state": "posted"})
        self.line_ids.transfer_id.write({"remitted_on": self.date})
        self._finish_receipts()
        self._give_statement()

    def _check_remittable(self):
        if self._is_empty() and not self._credit_notes():
            raise UserError(
                self.env._("%s: there is nothing to remit.", self.display_name)
            )
        agency, practice = self.company_id, self.mandate_id.company_id
        agency._recouv_funds_journal()
        for company in (agency, practice):
            company._recouv_transfer_setting("recouv_collected_journal_id")
            company._recouv_check_books_open(company, self.date)
        for fname in (
            "recouv_principals_account_id",
            "recouv_ordered_account_id",
            "recouv_sweep_account_id",
            "recouv_sweep_contra_account_id",
        ):
            agency._recouv_transfer_setting(fname)
        practice._recouv_transfer_setting("recouv_collected_account_id")
        if not practice.transfer_account_id:
            raise UserError(
                self.env._(
                    "The company %s has no account of internal transfers, on which "
                    "the remittance waits for its bank. Nothing was booked.",
                    practice.name,
                )
            )

    def _check_backs(self):
        if self.currency_id.compare_amounts(self.amount_received, self.amount_back) < 0:
            raise UserError(
                self.env._(
                    "%(remittance)s: %(back)s that bounced is more than the %(sum)s "
                    "received: wait for the next receipts, or claim it back.",
                    remittance=self.display_name,
                    back=self.currency_id.format(self.amount_back),
                    sum=self.currency_id.format(self.amount_received),
                )
            )

    def _fees_to_keep(self):
        """Return the open invoices of the agency that this remittance keeps, where the
        mandate says so, and the credit notes that it pays: credit notes first."""
        costs, mandates = [], self.mandate_id._family()
        if self.mode == "net":
            mandates._invoice_fees(self.date)
            costs.append(False)
        if self.mandate_id.cost_netting:
            mandates._invoice_costs(self.date)
            costs.append(True)
        return self._credit_notes() | self.env["account.move"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "=", self.creditor_partner_id.id),
                ("move_type", "=", "out_invoice"),
                ("recouv_fee_twin_id", "!=", False),
                ("recouv_is_court_cost", "in", costs),
                ("payment_state", "in", ("not_paid", "partial")),
                ("state", "=", "posted"),
            ],
            order="invoice_date, id",
        )

    def _share_fees(self, documents):
        """Return {document: what is kept for it}, never more than what is remitted.

        A fee that is given back is paid (less than zero) out of fees that still lie on
        the dedicated account, never out of other practices' money: what was swept the
        agency pays back to it first.
        """
        left, kept = self.amount_received - self.amount_back, {}
        fees = self.company_id._recouv_fees_lying()
        for document in documents:
            sign = -1 if document.move_type == "out_refund" else 1
            room = left if sign > 0 else fees
            part = min(room, _open_on_both_sides(document))
            if self.currency_id.compare_amounts(part, 0) > 0:
                kept[document] = sign * part
                left -= sign * part
                fees += sign * part
        return kept

    def _kept_sums(self, kept):
        """Return the values of what is kept: fees, and court costs apart."""
        sums = {"amount_fee": 0.0, "amount_cost": 0.0}
        for invoice, part in kept.items():
            name = "amount_cost" if invoice.recouv_is_court_cost else "amount_fee"
            sums[name] += part
        return sums

    # --- the practice's books -------------------------------------------------------

    def _post_there(self, kept):
        """Practice: what the agency held becomes a transfer under way, less its fee."""
        practice = self.mandate_id.company_id
        agency = self.company_id.partner_id
        books = self.with_company(practice).with_context(**_light(practice))
        held = practice._recouv_transfer_setting("recouv_collected_account_id")
        label = self.env._("Remittance %s", self.name)
        groups = self._items_there()
        items = [(label, held, agency, -amount) for amount, _items in groups]
        for invoice, part in kept.items():
            bill = _open_item(invoice.recouv_fee_twin_id)
            items.append((label, bill.account_id, bill.partner_id, part))
        net = self.amount_received - self.amount_back - sum(kept.values())
        if not self.currency_id.is_zero(net):
            items.append((label, practice.transfer_account_id, agency, net))
        move = books.env["account.move"].create(
            _entry(practice, self.date, label, "remittance", items)
        )
        move._post(soft=False)
        self.practice_move_id = move
        lines = move.line_ids.sorted("sequence")
        _reconcile(groups, lines, [
            _open_item(invoice.recouv_fee_twin_id) for invoice in kept
        ])  # fmt: skip

    def _items_there(self):
        """Return [(sum, items)] of what the agency held, by entry of the practice.

        Sums are positive for what it received, negative for what bounced since; by
        entry, because reconciling one item with a thousand costs more than linearly.
        """
        groups = defaultdict(lambda: [0.0, self.env["account.move.line"]])
        for line in self.line_ids:
            for item, amount in line._held_items():
                group = groups[item.move_id]
                group[0] += amount
                group[1] |= item
        for line in self.back_line_ids:
            for item, amount in line._owed_back_items():
                group = groups[item.move_id, "back"]
                group[0] -= amount
                group[1] |= item
        return [(self.currency_id.round(one), items) for one, items in groups.values()]

    # --- the agency's books ---------------------------------------------------------

    def _post_here(self, kept):
        """Agency: nothing is owed to the practice any more; a transfer is ordered."""
        agency = self.company_id
        books = self.with_company(agency).with_context(**_light(agency))
        setting = agency._recouv_transfer_setting
        owed = setting("recouv_principals_account_id")
        label = self.env._("Remittance %s", self.name)
        creditor = self.creditor_partner_id
        groups = self._items_here()
        items = [(label, owed, creditor, amount) for amount, _items in groups]
        for invoice, part in kept.items():
            due = _open_item(invoice)
            items.append((label, due.account_id, due.partner_id, -part))
        net = self.amount_received - self.amount_back - sum(kept.values())
        if not self.currency_id.is_zero(net):
            items.append((label, setting("recouv_ordered_account_id"), creditor, -net))
        fee = self.currency_id.round(sum(kept.values()))
        if fee:
            own = agency.partner_id
            items.append((label, setting("recouv_sweep_contra_account_id"), own, fee))
            items.append((label, setting("recouv_sweep_account_id"), own, -fee))
        move = books.env["account.move"].create(
            _entry(agency, self.date, label, "remittance", items)
        )
        move._post(soft=False)
        lines = move.line_ids.sorted("sequence")
        ordered = lines.filtered(
            lambda item: item.account_id == setting("recouv_ordered_account_id")
        )
        self.write({"move_id": move.id, "ordered_item_id": ordered.id})
        _reconcile(groups, lines, [_open_item(invoice) for invoice in kept])

    def _items_here(self):
        """Return [(sum, items)] of what the agency owes the practice, by entry."""
        groups = defaultdict(lambda: [0.0, self.env["account.move.line"]])
        for line in self.line_ids:
            group = groups[line.funds_item_id]
            group[0] += line.amount
            group[1] |= line.funds_item_id
        for line in self.back_line_ids:
            group = groups[line.back_item_id]
            group[0] -= line.amount
            group[1] |= line.back_item_id
        return [(self.currency_id.round(one), items) for one, items in groups.values()]

    def _finish_receipts(self):
        """A receipt is remitted when all that it brought to practices is."""
        receipts = self.line_ids.receipt_id.filtered(lambda r: r.state == "cleared")
        waiting = receipts.line_ids.filtered(
            lambda line: line.amount and line.remittance_id.state != "posted"
        ).receipt_id
        (receipts - waiting).write({"state": "remitted"})


class RecouvReceiptLine(models.Model):
    _inherit = "recouv.receipt.line"

    remittance_id = fields.Many2one(
        "recouv.remittance",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )
    deducted_in_id = fields.Many2one(
        "recouv.remittance",
        "Deducted in",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )

    # what waits to be remitted, by last day
    _to_remit_idx = models.Index("(company_id, remit_due) WHERE remittance_id IS NULL")

    def _is_remitted(self):
        """Say whether this sum was ordered to its practice; a draft is no order."""
        # sudo: whether it was ordered; an agent reads no remittance
        return self.sudo().remittance_id.state == "posted"

    def _leave_drafts(self):
        """Take these sums out of remittances that were not ordered yet.

        A draft that is left empty is given up. Elevated by the caller.
        """
        waiting = self.filtered(lambda line: line.remittance_id.state == "draft")
        drafts = waiting.remittance_id
        waiting.write({"remittance_id": False})
        drafts.filtered(lambda draft: draft._is_empty()).write({"state": "void"})

    def _held_items(self):
        """Yield (item of the practice, sum) by which the agency holds this money."""
        if self.amount_principal:
            yield self.transfer_id.target_line_id, self.amount_principal
        if self.amount_interest:
            yield self.interest_item_id, self.amount_interest

    def _owed_back_items(self):
        """Yield (item of the practice, sum) that it owes back since a bounce."""
        if self.amount_principal:
            yield self.back_held_item_id, self.amount_principal
        if self.amount_interest:
            yield self.interest_back_item_id, self.amount_interest


def _open_item(move):
    """Return the open item of an invoice or bill on its partner's account."""
    return move.line_ids.filtered(
        lambda item: (
            item.account_type in ("asset_receivable", "liability_payable")
            and not item.reconciled
        )
    )[:1]


def _reconcile(groups, lines, documents):
    """Reconcile the first lines of an entry with their groups, the next ones with the
    documents whose fee was kept."""
    plan = [items + line for (_amount, items), line in zip(groups, lines, strict=False)]
    plan += [
        document + line
        for document, line in zip(documents, lines[len(groups) :], strict=False)
    ]
    lines.env["account.move.line"]._reconcile_plan(plan)
