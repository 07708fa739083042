import uuid

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from .res_company_transfer import KIND_FIELDS

KINDS = [
    ("payer_share", "Payer's share"),
    ("assignment", "Assignment"),
    ("collected", "Collected by the agency"),
    ("subrogation", "Subrogation"),
    ("doubtful", "Doubtful"),
    ("back_to_debtor", "Back to the debtor"),
]
STATES = [
    ("draft", "Draft"),
    ("posted", "Posted"),
    ("reversed", "Reversed"),
    ("broken", "Broken"),
]
#: states in which the entry stands in the books as we made it
BOOKED = ("posted", "reversed")
#: what a person may say about a transfer; the rest is written by its own methods
PLAN_FIELDS = {
    "kind",
    "company_id",
    "origin_line_id",
    "amount",
    "amount_currency",
    "target_partner_id",
    "target_account_id",
    "date",
    "date_due",
    "reason",
    "idempotency_key",
    "counterpart_company_id",
    "counterpart_amount",
}
#: kinds a secretary may post; the others are the manager's
DAILY_KINDS = ("payer_share", "back_to_debtor")


class RecouvTransfer(models.Model):
    """Part of an open receivable replaced by a balance on another partner or account.

    One balanced entry, in a journal of its own per company and use, is reconciled at
    once with the item; the invoice is never touched. A transfer is undone only by
    another one the other way (:meth:`action_reverse`), onto a new item. What someone
    undoes by hand all the same is found by :meth:`_detect_broken`.

    Booking is in ``recouv_transfer_posting.py``, the other company's entry in
    ``recouv_transfer_counterpart.py``, credit notes in ``recouv_transfer_credit.py``,
    detection in ``recouv_transfer_broken.py``; guards are in
    ``account_partial_reconcile.py`` and ``account_move_transfer_guard.py``.
    """

    _name = "recouv.transfer"
    _description = "Receivable transfer"
    _order = "date desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(KINDS, required=True)
    state = fields.Selection(
        STATES, required=True, default="draft", readonly=True, copy=False
    )
    origin_line_id = fields.Many2one(
        "account.move.line",
        "Receivable",
        ondelete="set null",
        index=True,
        check_company=True,
        help="The open journal item that this transfer settles, wholly or in part.",
    )
    invoice_id = fields.Many2one(
        "account.move",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        help="The document in which the receivable was born.",
    )
    debtor_id = fields.Many2one(
        "res.partner", readonly=True, copy=False, index="btree_not_null"
    )
    currency_id = fields.Many2one("res.currency", readonly=True, copy=False)
    amount_currency = fields.Monetary("Amount")
    amount = fields.Monetary(
        "Amount (company currency)",
        currency_field="company_currency_id",
        help="Taken pro rata from the receivable, never from the day's rate.",
    )
    is_credit = fields.Boolean(
        readonly=True,
        copy=False,
        help="A credit that follows a receivable already transferred.",
    )
    target_partner_id = fields.Many2one(
        "res.partner", "New debtor", index=True, check_company=True
    )
    target_account_id = fields.Many2one(
        "account.account",
        compute="_compute_target_account_id",
        store=True,
        readonly=False,
        check_company=True,
        ondelete="restrict",
    )
    date = fields.Date(
        "Accounting date", required=True, default=fields.Date.context_today
    )
    date_due = fields.Date("Due date")
    reason = fields.Char()
    idempotency_key = fields.Char(
        required=True,
        copy=False,
        default=lambda self: uuid.uuid4().hex,
        help="The same act asked twice is booked once.",
    )
    live_key = fields.Char(
        readonly=True,
        copy=False,
        help="What may live once only, by kind. Not the partner itself: merging two "
        "contacts deletes the rows that a unique index on them refuses.",
    )
    move_id = fields.Many2one(
        "account.move",
        "Entry",
        readonly=True,
        copy=False,
        index=True,
        ondelete="set null",
    )
    settling_line_id = fields.Many2one(
        "account.move.line",
        "Settling item",
        readonly=True,
        copy=False,
        index=True,
        ondelete="set null",
        help="The item of the entry that settles the receivable.",
    )
    target_line_id = fields.Many2one(
        "account.move.line",
        "New receivable",
        readonly=True,
        copy=False,
        index=True,
        ondelete="set null",
    )
    origin_claim_id = fields.Many2one(
        "recouv.claim",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    target_claim_id = fields.Many2one(
        "recouv.claim",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    undone_id = fields.Many2one(
        "recouv.transfer",
        "Brings back",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    followed_id = fields.Many2one(
        "recouv.transfer",
        "Follows",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The transfer whose holder receives this credit.",
    )
    undoing_ids = fields.One2many("recouv.transfer", "undone_id", "Brought back by")
    owes_back = fields.Boolean(
        "Price owed back",
        readonly=True,
        copy=False,
        help="The new debtor had settled it: what comes back is owed to it.",
    )
    broken_on = fields.Date(readonly=True, copy=False)
    handled_on = fields.Date(readonly=True, copy=False)
    broken_activity_id = fields.Many2one(
        "mail.activity", readonly=True, copy=False, ondelete="set null"
    )
    counterpart_company_id = fields.Many2one(
        "res.company", "Also booked in", copy=False, index="btree_not_null"
    )
    counterpart_amount = fields.Monetary(
        "Amount booked there", help="The price or the sum received; empty: the amount."
    )
    # What follows belongs to the other company: its names must not be read from here,
    # so that only the methods of this model, elevated, can.
    counterpart_partner_id = fields.Many2one(
        "res.partner", groups=fields.NO_ACCESS, copy=False, index="btree_not_null"
    )
    counterpart_move_id = fields.Many2one(
        "account.move",
        groups=fields.NO_ACCESS,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    counterpart_line_id = fields.Many2one(
        "account.move.line",
        groups=fields.NO_ACCESS,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    _idempotency_key_uniq = models.Constraint(
        "UNIQUE(idempotency_key)", "This transfer was already asked for."
    )
    _amount_positive = models.Constraint(
        "CHECK(amount_currency > 0 AND amount >= 0)",
        "A transfer needs a positive amount.",
    )
    # an item is assigned or called doubtful once at a time, shared once with a payer
    _live_key_uniq = models.UniqueIndex(
        "(live_key) WHERE state IN ('draft', 'posted')",
        "This receivable is already transferred in that way.",
    )
    # the run asks for the claims that a broken transfer blocks
    _broken_idx = models.Index(
        "(company_id) WHERE state = 'broken' AND handled_on IS NULL"
    )

    # --- computes -----------------------------------------------------------------

    @api.depends("kind", "target_partner_id", "company_id")
    def _compute_target_account_id(self):
        for transfer in self:
            if transfer.state == "draft" and not transfer.is_credit:
                transfer.target_account_id = transfer._default_target_account()
            else:
                transfer.target_account_id = transfer.target_account_id

    def _default_target_account(self):
        """Return the account of the kind in the settings, or the partner's own.

        Empty rather than an error where nothing is set: posting names what is missing.
        """
        self.ensure_one()
        fname = self._kind_fields()[1]
        # sudo: a branch takes the setting of its parent
        companies = self.company_id.sudo().parent_ids[::-1]
        if fname:
            return next((c[fname] for c in companies if c[fname]), False)
        # the account is the company's, whatever the user may read of accounting
        partner = self.target_partner_id.sudo().with_company(self.company_id)
        return partner.property_account_receivable_id

    @api.depends("kind", "invoice_id", "origin_line_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for transfer in self:
            document = transfer.invoice_id or transfer.origin_line_id.move_id
            # the user reads the transfer: its document's number is part of its name
            name = document.sudo().name or f"#{transfer.id}"
            transfer.display_name = f"{kinds.get(transfer.kind, '')} {name}"

    # --- checks -------------------------------------------------------------------

    @api.constrains("target_account_id", "kind")
    def _check_target_account(self):
        # sudo: a secretary may not read accounts; only whether it fits is told
        for transfer in self.sudo():
            account = transfer.target_account_id
            if account and not transfer._is_lawful_target(account):
                raise ValidationError(
                    self.env._(
                        "%(account)s cannot receive a transferred receivable: it must "
                        "be a reconcilable balance-sheet account, and a receivable "
                        "account for a payer or a debtor.",
                        account=account.display_name,
                    )
                )

    def _is_lawful_target(self, account):
        if self.kind in DAILY_KINDS and not self.is_credit and not self.undone_id:
            return account.account_type == "asset_receivable"
        return account.reconcile and account.account_type in (
            "asset_receivable",
            "asset_current",
            "liability_current",
        )

    # --- CRUD ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_plan_only(vals)
        # a key freed in this transaction must be free in the database too
        self.flush_model(["state", "live_key"])
        clean = self if self.env.su else self._recouv_only_defaults(PLAN_FIELDS)
        transfers = super(RecouvTransfer, clean).create(self._complete_vals(vals_list))
        transfers._check_plan()
        return transfers.with_env(self.env)

    def write(self, vals):
        self._check_plan_only(vals)
        self._check_editable(vals)
        result = super().write(vals)
        if "target_partner_id" in vals:
            for transfer in self:
                # sudo: a key that only methods write, of a transfer just written
                transfer.sudo().live_key = transfer._live_key()
        if "amount_currency" in vals:
            self._refresh_drafts()
        return result

    def _check_editable(self, vals):
        if PLAN_FIELDS & vals.keys() and any(t.state != "draft" for t in self):
            raise UserError(
                self.env._(
                    "A posted transfer is not edited: bring it back to the debtor."
                )
            )
        if {"kind", "origin_line_id", "company_id"} & vals.keys():
            raise UserError(
                self.env._("Another receivable or another kind is another transfer.")
            )

    def _refresh_drafts(self):
        # sudo: the item of a draft that the user may write
        for transfer in self.sudo():
            self._check_amount(transfer.amount_currency, transfer.currency_id)
            transfer.amount = transfer.origin_line_id._recouv_company_part(
                transfer.amount_currency
            )

    def _live_key(self):
        self.ensure_one()
        return self._live_key_of(
            {
                "kind": self.kind,
                "is_credit": self.is_credit,
                "origin_line_id": self.origin_line_id.id,
                "target_partner_id": self.target_partner_id.id,
            }
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_only_draft(self):
        for transfer in self:
            if transfer.state != "draft":
                raise UserError(
                    self.env._(
                        "%(transfer)s is booked and cannot be deleted; bring it back "
                        "to the debtor instead.",
                        transfer=transfer.display_name,
                    )
                )

    def _check_plan_only(self, vals):
        """Refuse, from a user, what only posting may write (state, entry, items)."""
        if self.env.su:
            return
        forbidden = {name for name in vals.keys() - PLAN_FIELDS if name in self._fields}
        if forbidden:
            raise UserError(
                self.env._(
                    "These fields of a transfer are written by posting it: %(names)s.",
                    names=", ".join(sorted(forbidden)),
                )
            )

    @api.model
    def _complete_vals(self, vals_list):
        """Add what follows from the item: currency, debtor, document, claim, dates."""
        lines = self.env["account.move.line"].browse(
            [vals.get("origin_line_id") or 0 for vals in vals_list]
        )
        lines.exists().check_access("read")
        documents = self._documents_of(lines)
        claims = self._claims_of(lines)
        return [
            # sudo: the access to the items was checked above
            self._complete_one(vals, line.sudo(), documents, claims)
            for vals, line in zip(vals_list, lines, strict=True)
        ]

    @api.model
    def _complete_one(self, vals, line, documents, claims):
        # sudo: the caller's right to read the item was checked just above
        if not line.exists():
            raise ValidationError(self.env._("A transfer needs a receivable item."))
        amount = vals.get("amount_currency") or (
            vals.get("amount") if line.currency_id == line.company_currency_id else 0
        )
        self._check_amount(amount, line.currency_id)
        return {
            "company_id": line.company_id.id,
            "date_due": line.date_maturity,
            **vals,
            "currency_id": line.currency_id.id,
            "debtor_id": line.partner_id.id,
            "invoice_id": documents.get(line.id, line.move_id.id),
            "origin_claim_id": vals.get("origin_claim_id") or claims.get(line.id),
            "amount_currency": amount,
            "amount": line._recouv_company_part(amount),
            "live_key": self._live_key_of(vals),
        }

    @api.model
    def _live_key_of(self, vals):
        kind, line = vals.get("kind"), vals.get("origin_line_id")
        if vals.get("is_credit") or not vals.get("target_partner_id"):
            return False
        if kind in ("assignment", "doubtful"):
            return f"{kind}:{line}"
        if kind == "payer_share":
            # two contacts of one payer are one payer
            partner = self.env["res.partner"].sudo().browse(vals["target_partner_id"])
            return f"{kind}:{line}:{partner.commercial_partner_id.id}"
        return False

    @api.model
    def _check_amount(self, amount, currency):
        """Refuse what the amount fields would silently round or store."""
        if currency.compare_amounts(amount or 0, 0) <= 0:
            raise ValidationError(self.env._("A transfer needs a positive amount."))
        if abs(amount - currency.round(amount)) > 1e-9:
            raise ValidationError(
                self.env._(
                    "%(amount)s is not an amount of %(currency)s.",
                    amount=amount,
                    currency=currency.name,
                )
            )

    @api.model
    def _documents_of(self, lines):
        """Return ``{item id: document id}`` for items that are themselves a target."""
        # sudo: only the number of the first document is taken along the chain
        known = self.sudo().search_fetch(
            [("target_line_id", "in", lines.ids)], ["target_line_id", "invoice_id"]
        )
        return {t.target_line_id.id: t.invoice_id.id for t in known if t.invoice_id}

    @api.model
    def _claims_of(self, lines):
        # sudo: the transfer records which claim it touches, whoever posts it
        claims = (
            self.env["recouv.claim"]
            .sudo()
            .search_fetch(
                [("move_line_id", "in", lines.ids), ("closed_on", "=", False)],
                ["move_line_id"],
            )
        )
        return {claim.move_line_id.id: claim.id for claim in claims}

    @api.model
    def _get_or_create(self, vals_list):
        """Return one transfer per dict of values, made once per ``idempotency_key``.

        :param vals_list: values with an ``idempotency_key`` each
        :return: transfers in the order of ``vals_list``, drafts or already posted
        :raises UserError: a draft of that key is another act
        """
        keys = [vals["idempotency_key"] for vals in vals_list]
        found = {
            t.idempotency_key: t for t in self.search([("idempotency_key", "in", keys)])
        }
        for vals in vals_list:
            if known := found.get(vals["idempotency_key"]):
                known._check_same_act(vals)
        missing = [v for v in vals_list if v["idempotency_key"] not in found]
        for transfer in self.create(missing):
            found[transfer.idempotency_key] = transfer
        return self.browse([found[key].id for key in keys])

    def _check_same_act(self, vals):
        """A key may be typed by anybody: a draft that bears it must be of the same
        receivable, to the same debtor, of the same sum.

        :raises UserError: it is another act
        """
        same = (
            self.kind == vals["kind"]
            and self.origin_line_id.id == vals["origin_line_id"]
            and self.target_partner_id.id == vals.get("target_partner_id")
            and not self.currency_id.compare_amounts(
                self.amount_currency, vals["amount_currency"]
            )
        )
        if self.state == "draft" and not same:
            raise UserError(
                self.env._(
                    "The draft %s bears the key of another transfer: delete it first.",
                    self.display_name,
                )
            )

    # --- actions ------------------------------------------------------------------

    def action_post(self):
        """Book the drafts among these transfers; a second click changes nothing."""
        self._post()
        return True

    def action_bring_back(self):
        """Open the dialog that undoes these transfers."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Bring back to the debtor"),
            "res_model": "recouv.transfer.back",
            "view_mode": "form",
            "target": "new",
            "context": {"default_transfer_ids": self.ids},
        }

    @api.private  # people come here by the dialog, which checks what they type
    def action_reverse(self, reason, date=None, date_due=None, amount=None):
        """Bring what is still open on the new debtor back to the first one.

        The origin stays settled: a new item, due on ``date_due``, is opened on its
        debtor (bill the patient after a rejection, repurchase).

        :param str reason: why, kept on the new transfer
        :param date date: accounting date, today by default
        :param date date_due: due date of the new item, the accounting date by default
        :param float amount: in the item's currency; everything still open by default
        :return: the new posted transfers
        :raises UserError: nothing open, not posted, or no reason given
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the receivable comes back."))
        self._check_rights()
        self._lock()
        vals_list = [t._back_vals(reason, date, date_due, amount) for t in self]
        # sudo: rights were checked on the transfers that are undone
        backs = self.sudo().create(vals_list).sudo(self.env.su)
        backs._post()
        backs._close_undone()
        return backs

    def _back_vals(self, reason, date, date_due, amount):
        self.ensure_one()
        self._check_can_come_back()
        # sudo: the items of this transfer's own entry; rights were checked
        target = self.sudo().target_line_id
        settling = self.sudo().settling_line_id
        date = date or fields.Date.context_today(self)
        return {
            "kind": "back_to_debtor",
            "company_id": self.company_id.id,
            "undone_id": self.id,
            "is_credit": self.is_credit,
            "owes_back": target.reconciled,
            "origin_line_id": target.id,
            "amount_currency": amount or self._back_room(),
            "target_partner_id": settling.partner_id.id,
            "target_account_id": settling.account_id.id,
            "origin_claim_id": (self.target_claim_id or self.origin_claim_id).id,
            "date": date,
            "date_due": date_due or date,
            "reason": reason,
            "idempotency_key": f"back:{self.id}:{len(self.undoing_ids)}",
            "counterpart_company_id": self.sudo().counterpart_company_id.id,
            "counterpart_partner_id": self.sudo().counterpart_partner_id.id,
        }

    def _check_can_come_back(self):
        if self.kind == "back_to_debtor":
            raise UserError(
                self.env._(
                    "%(transfer)s already brought the receivable back: make a new "
                    "transfer instead.",
                    transfer=self.display_name,
                )
            )
        if self.state != "posted":
            raise UserError(
                self.env._(
                    "%(transfer)s is not posted: there is nothing to bring back.",
                    transfer=self.display_name,
                )
            )
        if not self.currency_id.compare_amounts(self._back_room(), 0) > 0:
            raise UserError(
                self.env._(
                    "Nothing is left open of %(transfer)s: it was paid or settled.",
                    transfer=self.display_name,
                )
            )

    def _back_room(self):
        """Return how much can come back: what is open on the new debtor or, where it
        took the whole and has settled it, what it took and did not give back yet."""
        # sudo: the item of this transfer, and what followed it
        books = self.sudo()
        if not books.target_line_id.reconciled or not books._can_owe_back():
            return abs(books.target_line_id.amount_residual_currency)
        return books._credit_room()

    def _can_owe_back(self):
        return self._took_the_whole() and not self.is_credit

    def _close_undone(self):
        """Mark as reversed what these transfers have brought back entirely."""
        for undone in self.undone_id:
            # sudo: the state is written by the methods of the transfer only
            books = undone.sudo()
            if books.currency_id.is_zero(books._back_room()):
                books.state = "reversed"

    # --- for the other models -----------------------------------------------------

    def _kind_fields(self):
        """Return the company fields (journal, account) of the kind of this transfer."""
        kind = self.undone_id.kind or self.kind
        journal, account = KIND_FIELDS.get(kind, KIND_FIELDS["payer_share"])
        return journal, None if self.undone_id else account

    @api.model
    def _booked_on(self, lines=None, moves=None):
        """Return the booked transfers that use these items or entries.

        :param lines: journal items, as settling or new receivable here, or as what the
            mirror entry owes in the other company
        :param moves: entries, in either company
        """
        domain = Domain("state", "in", BOOKED)
        if lines is not None:
            domain &= Domain.OR(
                [(name, "in", lines.ids)]
                for name in (
                    "settling_line_id",
                    "target_line_id",
                    "counterpart_line_id",
                    "counterpart_owed_line_id",
                )
            )
        if moves is not None:
            domain &= Domain("move_id", "in", moves.ids) | Domain(
                "counterpart_move_id", "in", moves.ids
            )
        # sudo: a guard must see the transfers of whoever tries, in any company
        return self.sudo().search(domain)

    @api.model
    def _link_target_claims(self, company):
        """Tie the claims made since to their transfer and to the claim before.

        Called by the run after it has created claims; two statements, any number.
        """
        self.flush_model()
        self.env["recouv.claim"].flush_model()
        for query in (self._target_claim_sql(), self._chain_sql()):
            self.env.cr.execute(SQL("%s AND t.company_id = %s", query, company.id))
        self.invalidate_model(["target_claim_id"])
        self.env["recouv.claim"].invalidate_model(["origin_claim_id"])

    @api.model
    def _target_claim_sql(self):
        return SQL(
            """UPDATE recouv_transfer t SET target_claim_id = c.id
                 FROM recouv_claim c
                WHERE c.move_line_id = t.target_line_id AND c.closed_on IS NULL
                  AND t.target_claim_id IS NULL"""
        )

    @api.model
    def _chain_sql(self):
        return SQL(
            """UPDATE recouv_claim c SET origin_claim_id = t.origin_claim_id
                 FROM recouv_transfer t
                WHERE t.target_claim_id = c.id AND c.origin_claim_id IS NULL
                  AND t.origin_claim_id <> c.id"""
        )
