import logging
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import format_amount, format_date

from odoo.addons.recouv_lib.lib.months import add_months

from ..lib import indemnity
from .recouv_insurance_cover import CODES

_logger = logging.getLogger(__name__)

STATES = [
    ("draft", "To notify"),
    ("noticed", "Overdue notice sent"),
    ("declared", "Declared"),
    ("settled", "Loss settled"),
    ("paid", "Indemnity received"),
    ("rejected", "Rejected by the insurer"),
    ("withdrawn", "Claim withdrawn"),
]
OPEN = ("draft", "noticed", "declared", "settled")
#: covers that count for an indemnity
INSURED = ("covered", "partly", "limit_used")
#: days before a deadline on which the overdue notice is prepared
ALARM_DAYS = 10


class RecouvInsuranceLoss(models.Model):
    """One debtor's unpaid invoices, from the overdue notice to the indemnity.

    Overdue notice, declaration with its dossier, waiting period, indemnity: each has
    the delay of the policy. What was covered is kept as it stood at the declaration, so
    that a limit revoked since changes nothing; what is unpaid is read in the books on
    the day of the settlement, so that a payment received meanwhile counts.

    The dossier is in ``recouv_insurance_loss_dossier.py``, the money in
    ``recouv_insurance_payment.py`` and ``recouv_insurance_recovery.py``.
    """

    _name = "recouv.insurance.loss"
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin"]
    _description = "Credit insurance loss"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char("Number", readonly=True, copy=False)
    policy_id = fields.Many2one(
        "recouv.insurance.policy",
        "Insurance policy",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        related="policy_id.company_id", store=True, index=True, precompute=True
    )
    insurer_id = fields.Many2one(
        related="policy_id.insurer_id", store=True, precompute=True
    )
    currency_id = fields.Many2one(related="policy_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner",
        "Debtor",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    state = fields.Selection(
        STATES, required=True, default="draft", readonly=True, copy=False
    )
    line_ids = fields.One2many("recouv.insurance.loss.line", "loss_id", readonly=True)
    # --- the delays of the policy
    date_due = fields.Date("First due date", readonly=True)
    notice_by = fields.Date("Overdue notice by", readonly=True)
    noticed_on = fields.Date("Overdue notice sent on", readonly=True)
    declare_by = fields.Date("Declare by", readonly=True)
    declared_on = fields.Date(readonly=True)
    insolvency_on = fields.Date(
        "Claim admitted on",
        help="In the debtor's insolvency proceedings; it shortens the waiting period.",
    )
    payable_from = fields.Date("Indemnity due from", compute="_compute_payable_from",
                               search="_search_payable_from")  # fmt: skip
    late_note = fields.Char(
        "Why it was late", help="The insurer may refuse what is notified too late."
    )
    note = fields.Text(help="Internal; not in the dossier.")
    document_ids = fields.Many2many(
        "ir.attachment",
        "recouv_insurance_loss_document_rel",
        string="Correspondence for the dossier",
        help="Letters, signed quotes, acknowledgments. Nothing that names an act of "
        "care: the insurer has no right to it.",
    )
    # --- the account
    amount_unpaid = fields.Monetary("Unpaid", compute="_compute_account")
    amount = fields.Monetary("Expected indemnity", compute="_compute_account")
    amount_limit = fields.Monetary("Limit", readonly=True)
    amount_settled = fields.Monetary("Unpaid when settled", readonly=True)
    amount_loss = fields.Monetary("Loss within the limit", readonly=True)
    amount_gross = fields.Monetary("Insured share", readonly=True)
    amount_deductible = fields.Monetary("Deductible", readonly=True)
    amount_absorbed = fields.Monetary("Taken by the yearly deductible", readonly=True)
    amount_capped = fields.Monetary("Beyond the most per year", readonly=True)
    amount_computed = fields.Monetary("Computed indemnity", readonly=True)
    amount_payable = fields.Monetary("Indemnity", readonly=True)
    difference_reason = fields.Char("Why it differs", readonly=True)
    settled_on = fields.Date(readonly=True)
    reject_reason = fields.Char("Why it was rejected", readonly=True)

    # two who prepare at once: the second one is told so
    _draft_once = models.UniqueIndex(
        "(policy_id, partner_id) WHERE state = 'draft'",
        "An overdue notice of this debtor is being prepared already.",
    )

    @api.depends("name", "partner_id")
    def _compute_display_name(self):
        for loss in self:
            # sudo: the debtor's name is part of the name of the practice's own loss
            debtor = loss.sudo().partner_id.display_name or ""
            loss.display_name = " – ".join(filter(None, [loss.name, debtor]))

    @api.depends("declared_on", "insolvency_on", "policy_id")
    def _compute_payable_from(self):
        for loss in self:
            policy, days = loss.policy_id, []
            if loss.declared_on:
                days.append(add_months(loss.declared_on, policy.waiting_months))
                if admitted := loss.insolvency_on:
                    start = max(admitted, loss.declared_on)
                    days.append(fields.Date.add(start, days=policy.insolvency_days))
            loss.payable_from = min(days, default=False)

    @api.model
    def _search_payable_from(self, operator, value):
        declared = self.search([("declared_on", "!=", False)])
        return Domain("id", "in", declared.filtered_domain(
            [("payable_from", operator, value)]).ids)  # fmt: skip

    @api.depends("state", "line_ids.amount_unpaid", "payment_ids.undone_on")
    def _compute_account(self):
        for loss in self:
            account = loss._account()
            loss.amount_unpaid = float(account.unpaid)
            loss.amount = (
                loss.amount_payable
                if loss.state in ("settled", "paid")
                else float(account.payable)
            )

    def _settled(self):
        return self.filtered(lambda loss: loss.state in ("settled", "paid"))

    # --- what may be written ----------------------------------------------------------

    def _editable_fields(self):
        names = {"note", "late_note"}
        if self.state in ("draft", "noticed"):
            names |= {"document_ids"}
        if self.state in ("draft", "noticed", "declared"):
            names |= {"insolvency_on"}
        return frozenset(names)

    @api.model
    def _evidence_advice(self):
        return self.env._("Use its buttons, or undo the step.")

    # --- preparing --------------------------------------------------------------------

    @api.model
    def _cron_prepare(self):
        """Prepare the overdue notices whose delay ends soon (daily).

        Company by company, one savepoint each; what is prepared once is not again.
        """
        # sudo: every company's own policies
        policies = self.env["recouv.insurance.policy"].sudo().search([])
        for company in policies.company_id:
            try:
                with self.env.cr.savepoint():
                    self.sudo().with_company(company)._prepare_due(company)
            except UserError as error:
                _logger.warning("Overdue notices of %s: %s", company.name, error)

    @api.model
    def _prepare_due(self, company):
        """Prepare the losses of debtors whose overdue notice is due within days.

        :return: the drafts made or completed
        """
        today = fields.Date.context_today(self)
        rows = self.env["recouv.insurance.cover"].search(
            [
                ("company_id", "=", company.id),
                ("code", "in", INSURED),
                ("loss_id", "=", False),
                ("date_due", "<", today),
                ("notice_by", "<=", fields.Date.add(today, days=ALARM_DAYS)),
            ]
        )
        return self._prepare(rows)

    @api.model
    def _prepare(self, rows):
        """Make one draft per debtor and policy of these rows, or complete the one that
        waits; what was noticed or declared already is not touched.

        :param rows: ``recouv.insurance.cover``
        """
        made = self.browse()
        for (policy, debtor), own in rows.grouped(
            lambda row: (row.policy_id, row.partner_id)
        ).items():
            if not policy:
                continue
            loss = self.search(
                [("policy_id", "=", policy.id), ("partner_id", "=", debtor.id),
                 ("state", "=", "draft")], limit=1,
            ) or self._record_new(
                [{"policy_id": policy.id, "partner_id": debtor.id,
                  "name": self._next_number(policy.company_id)}]
            )  # fmt: skip
            loss._take(own)
            made |= loss
        return made

    @api.model
    def _next_number(self, company):
        return self.env["recouv.collection"]._next_number(company, "SIN")

    def _take(self, rows):
        """Add rows of the debtor's cover that are not in a loss yet; set the delays."""
        known = self.line_ids.move_line_id
        self._record(
            {
                "line_ids": [
                    Command.create(row._loss_line_values())
                    for row in rows
                    if row.move_line_id not in known
                ]
            }
        )
        first = min(filter(None, self.line_ids.mapped("date_due")), default=False)
        policy = self.policy_id
        self._record(
            {
                "date_due": first,
                "notice_by": first and fields.Date.add(first, days=policy.notice_days),
                "declare_by": first
                and fields.Date.add(first, days=policy.declaration_days),
            }
        )

    # --- overdue notice and declaration -----------------------------------------------

    def action_notify(self):
        """Say that the insurer was told that the debtor is late.

        :raise UserError: past the policy's delay without a reason, or the debtor may
            not be named to the insurer
        """
        self.check_access("write")
        self._recouv_lock_rows()
        self._check_may_tell()
        today = fields.Date.context_today(self)
        for loss in self:
            loss._check_state("draft")
            loss._check_once()
            loss._check_in_time("notice_by", today)
            loss._record({"state": "noticed", "noticed_on": today})
        return True

    def action_declare(self):
        """Declare the losses with their dossiers; what is covered is kept from now on.

        :raise UserError: a dispute is open, nothing is unpaid, the delay has passed
            without a reason, the debtor may not be named to the insurer, or the dossier
            cannot be printed
        """
        self.check_access("write")
        self._recouv_lock_rows()
        self._check_may_tell()
        today = fields.Date.context_today(self)
        for loss in self:
            loss._check_state("noticed")
            loss._check_once()
            loss._check_in_time("declare_by", today)
            loss._freeze_cover()
            loss._check_declarable()
            loss._record({"state": "declared", "declared_on": today})
            loss._keep_dossier()
        return True

    def _check_state(self, *states):
        if self.state not in states:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(loss)s is “%(state)s”: that step is not for it.",
                    loss=self.display_name,
                    state=labels[self.state],
                )
            )

    def _check_once(self):
        """:raise UserError: one of its items is in another loss that stands"""
        lines = self.env["recouv.insurance.loss.line"]
        other = lines.search(
            Domain("loss_id", "!=", self.id)
            & Domain("loss_id.state", "not in", ("withdrawn", "rejected"))
            & (
                Domain("move_line_id", "in", self.line_ids.move_line_id.ids)
                | Domain("claim_id", "in", self.line_ids.claim_id.ids)
            ),
            limit=1,
        )
        if other:
            raise UserError(
                self.env._(
                    "%(loss)s: %(invoice)s is in %(other)s already. Withdraw one of "
                    "them.",
                    loss=self.display_name,
                    invoice=other.reference or "",
                    other=other.loss_id.display_name,
                )
            )

    def _check_in_time(self, fname, today):
        """Past the delay, the insurer may refuse: who goes on says why."""
        if self[fname] and self[fname] < today and not self.late_note:
            raise UserError(
                self.env._(
                    "%(loss)s: the policy's delay ended on %(day)s and the cover may "
                    "be lost. Say why it is late (“%(field)s”), then go on.",
                    loss=self.display_name,
                    day=format_date(self.env, self[fname]),
                    field=self._fields["late_note"].get_description(self.env)["string"],
                )
            )

    def _freeze_cover(self):
        """Keep what is unpaid and covered as it stands now, item by item."""
        cover = self.env["recouv.insurance.cover"]
        rows = cover._of_debtors(self.partner_id, self.company_id)
        rows = rows.filtered(lambda row: row.policy_id == self.policy_id)
        by_claim, by_item = rows.grouped("claim_id"), rows.grouped("move_line_id")
        limits = [0.0]
        for line in self.line_ids:
            row = (line.claim_id and by_claim.get(line.claim_id)) or by_item.get(
                line.move_line_id, cover
            )
            # what was written off meanwhile keeps the cover that it had
            gone = {} if line._written_off() else {"code": False}
            values = row._frozen_values() if row else gone
            line._record({"amount_unpaid": line._open_amount(), **values})
            if line._is_insured():
                limits.append(line.amount_limit)
        self._record({"amount_limit": max(limits)})

    def _check_declarable(self):
        disputed = self.line_ids.filtered(lambda line: line.code == "dispute")
        if disputed:
            raise UserError(
                self.env._(
                    "%(loss)s: %(invoice)s is disputed. Solve the dispute first: the "
                    "insurer pays nothing before.",
                    loss=self.display_name,
                    invoice=disputed[0].reference or "",
                )
            )
        if self._account().unpaid <= 0:
            raise UserError(
                self.env._(
                    "%s: nothing of it is unpaid and covered; withdraw it.",
                    self.display_name,
                )
            )

    # --- indemnity --------------------------------------------------------------------

    def _account(self):
        """Return the account of the loss as the books stand now."""
        self.ensure_one()
        insured = self.line_ids._insured_now()
        unpaid = sum(line._unpaid_now() for line in insured)
        limit = self.amount_limit or max([0.0, *insured.mapped("amount_limit")])
        return indemnity.indemnity(
            _decimal(unpaid, self.currency_id),
            _decimal(limit, self.currency_id),
            self.policy_id._terms(),
            self._year_before(),
        )

    def _year_before(self):
        """Return what the losses of the policy settled before this one have used."""
        others = (self.policy_id.loss_ids - self)._settled()
        if self.settled_on:
            others = others.filtered(
                lambda o: (o.settled_on, o.id) < (self.settled_on, self.id)
            )
        return indemnity.Year(
            _decimal(sum(others.mapped("amount_absorbed")), self.currency_id),
            _decimal(sum(others.mapped("amount_payable")), self.currency_id),
        )

    def action_settle(self):
        """Open the dialog that records the insurer's account of the loss."""
        return self._action_dialog("recouv.insurance.settle", self.env._("Indemnity"))

    def action_receive(self):
        """Open the dialog that books the money of the indemnity."""
        return self._action_dialog(
            "recouv.insurance.receive", self.env._("Indemnity received")
        )

    def action_recover(self):
        """Open the dialog that shares money come since."""
        return self._action_dialog(
            "recouv.insurance.recover", self.env._("Record a recovery")
        )

    def _action_dialog(self, model, title):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_loss_id": self.id},
        }

    def _settle(self, amount=None, reason=None):
        """Record the insurer's account; losses of a policy one after the other.

        :param amount: what the insurer grants; computed by the policy by default
        :param reason: why it grants another sum, required then
        :raise UserError: not a manager, not declared, another sum without its reason
        """
        self.ensure_one()
        self.company_id._recouv_check_manager(self.env._("settle a loss"))
        self._recouv_lock_rows()
        # the year's deductible and maximum are used by one loss at a time
        self.policy_id._recouv_lock_rows()
        self._check_state("declared")
        account = self._account()
        amount = float(account.payable) if amount is None else amount
        self._check_granted(amount, account, reason)
        self._record(
            {
                "state": "settled",
                "amount_settled": float(account.unpaid),
                "settled_on": fields.Date.context_today(self),
                "amount_loss": float(account.loss),
                "amount_gross": float(account.gross),
                "amount_deductible": float(account.deductible),
                "amount_absorbed": float(account.absorbed),
                "amount_capped": float(account.capped),
                "amount_computed": float(account.payable),
                "amount_payable": amount,
                "difference_reason": reason,
            }
        )

    def _check_granted(self, amount, account, reason):
        compare = self.currency_id.compare_amounts
        if compare(amount, 0) < 0 or compare(amount, float(account.unpaid)) > 0:
            raise UserError(
                self.env._(
                    "%(loss)s: an indemnity lies between nothing and what is unpaid "
                    "(%(unpaid)s).",
                    loss=self.display_name,
                    unpaid=format_amount(
                        self.env, float(account.unpaid), self.currency_id
                    ),
                )
            )
        if compare(amount, float(account.payable)) and not (reason or "").strip():
            raise UserError(
                self.env._(
                    "%(loss)s: the policy gives %(computed)s; say why the insurer "
                    "grants another sum.",
                    loss=self.display_name,
                    computed=format_amount(
                        self.env, float(account.payable), self.currency_id
                    ),
                )
            )

    # --- other ends -------------------------------------------------------------------

    def _reject(self, reason):
        """Record that the insurer pays nothing; the claims stay as they are."""
        self.check_access("write")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the insurer rejects it."))
        self._recouv_lock_rows()
        for loss in self:
            loss._check_state("noticed", "declared")
            loss._record({"state": "rejected", "reject_reason": reason.strip()})

    def action_withdraw(self):
        """Take losses back that the debtor paid, or that shall not be declared."""
        self.check_access("write")
        self._recouv_lock_rows()
        for loss in self:
            loss._check_state("draft", "noticed", "declared")
            loss._record({"state": "withdrawn"})
        return True

    def _undo_obstacle(self):
        """EXTENDS: one step back at a time; money first."""
        if self.state == "draft":
            return self.env._("nothing was sent yet: withdraw it.")
        if self.state == "paid" or self._standing_payments():
            return self.env._("an indemnity was received: undo that first.")
        return None

    def _undo(self):
        """Go back to the step before; what was sent stays in the papers."""
        back = {
            "noticed": {"state": "draft", "noticed_on": False},
            "declared": {"state": "noticed", "declared_on": False, "amount_limit": 0},
            "settled": {
                "state": "declared",
                "settled_on": False,
                "difference_reason": False,
                **dict.fromkeys(ACCOUNT_FIELDS, 0),
            },
            "rejected": {"state": "noticed", "reject_reason": False},
            "withdrawn": {"state": "draft"},
        }
        for loss in self:
            if loss.state == "settled":
                loss.company_id._recouv_check_manager(self.env._("undo a settlement"))
                loss._check_last_settled()
            state = loss.state
            values = dict(back[state])
            if state == "rejected" and loss.declared_on:
                values["state"] = "declared"
            if state == "withdrawn":
                values["state"] = loss._state_before()
            loss._record(values)

    def _state_before(self):
        if self.declared_on:
            return "declared"
        return "noticed" if self.noticed_on else "draft"

    def _check_last_settled(self):
        """What came after was computed with what this one used of the year."""
        later = (
            (self.policy_id.loss_ids - self)
            ._settled()
            .filtered(
                lambda loss: (loss.settled_on, loss.id) > (self.settled_on, self.id)
            )
        )
        uses_year = self.amount_absorbed or self.policy_id._maximum() is not None
        if later and uses_year:
            raise UserError(
                self.env._(
                    "%(later)s was settled after %(loss)s with what was left of the "
                    "year: undo it first.",
                    later=later[0].display_name,
                    loss=self.display_name,
                )
            )

    def _record_undo(self, vals):
        """EXTENDS: a step back may be taken again."""
        return self._record({"undo_reason": vals["undo_reason"]})


ACCOUNT_FIELDS = (
    "amount_settled",
    "amount_loss",
    "amount_gross",
    "amount_deductible",
    "amount_absorbed",
    "amount_capped",
    "amount_computed",
    "amount_payable",
)


class RecouvInsuranceLossLine(models.Model):
    """One unpaid item of a loss, as it stood at the declaration."""

    _name = "recouv.insurance.loss.line"
    _inherit = ["recouv.evidence.mixin"]
    _description = "Unpaid item of a loss"
    _order = "loss_id, date_due, id"
    _check_company_auto = True

    loss_id = fields.Many2one(
        "recouv.insurance.loss", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="loss_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="loss_id.currency_id")
    move_line_id = fields.Many2one(
        "account.move.line",
        "Receivable",
        readonly=True,
        index=True,
        check_company=True,
        ondelete="set null",
    )
    move_id = fields.Many2one(
        "account.move", "Invoice", readonly=True, check_company=True
    )
    claim_id = fields.Many2one(
        "recouv.claim", readonly=True, index="btree_not_null", check_company=True
    )
    limit_id = fields.Many2one(
        "recouv.insurance.limit", readonly=True, index="btree_not_null"
    )
    reference = fields.Char("Number", readonly=True)
    invoice_date = fields.Date(readonly=True)
    date_due = fields.Date("Due date", readonly=True)
    code = fields.Selection(CODES, "Cover", readonly=True)
    amount_unpaid = fields.Monetary("Unpaid when declared", readonly=True)
    amount_limit = fields.Monetary("Limit", readonly=True)
    amount_covered = fields.Monetary("Within the limit", readonly=True)
    amount_open = fields.Monetary("Unpaid now", compute="_compute_amount_open")

    def _compute_amount_open(self):
        for line in self:
            line.amount_open = line._open_amount()

    def _is_insured(self):
        """Say whether the item counts: what was told too late, with a reason, is left
        to the insurer to decide."""
        late = self.code == "not_notified" and self.loss_id.late_note
        return bool(self.code in INSURED or late)

    def _insured_now(self):
        """Return the lines that count: as declared, or as covered now before that."""
        return self.filtered(lambda line: line._is_insured())

    # --- the books --------------------------------------------------------------------

    def _item(self):
        """Return the item that is open now: a doubtful one has moved with its claim."""
        # sudo: an item of the practice's own loss, for whoever reads the loss
        line = self.sudo()
        return (line.claim_id.move_line_id or line.move_line_id).exists()

    def _write_offs(self):
        """Return the write-offs that stand on the claim."""
        # sudo: the practice's own decision, of which only the sum is read
        acts = self.sudo().claim_id.write_off_ids
        return acts.filtered(lambda act: act.state == "decided")

    def _written_off(self):
        """Return what was given up of the item and not recovered, company currency."""
        total = 0.0
        for act in self._write_offs():
            standing = act.recovery_ids.filtered(lambda one: not one.undone_on)
            total += act.amount - sum(standing.mapped("amount"))
        return max(0.0, total)

    def _open_amount(self):
        """Return what is unpaid now in the books' currency, written off or not."""
        item = self._item()
        posted = item.parent_state == "posted" and not item.reconciled
        return (item.amount_residual if posted else 0.0) + self._written_off()

    def _unpaid_now(self):
        """Return what counts as unpaid: never more than what was declared."""
        if self.loss_id.declared_on:
            return min(self.amount_unpaid, self._open_amount())
        return self._open_amount()


class RecouvInsuranceCover(models.Model):
    _inherit = "recouv.insurance.cover"

    def _frozen_values(self):
        self.ensure_one()
        return {
            "code": self.code,
            "limit_id": self.limit_id.id,
            "amount_covered": self.amount_covered,
            "amount_limit": self.amount_limit,
        }

    def _loss_line_values(self):
        self.ensure_one()
        return {
            "move_line_id": self.move_line_id.id,
            "move_id": self.move_id.id,
            "claim_id": self.claim_id.id,
            # sudo: the number of an invoice that the cover shows to its reader
            "reference": self.claim_id.reference or self.sudo().move_id.name,
            "invoice_date": self.invoice_date,
            "date_due": self.date_due,
            "amount_unpaid": self.amount_residual,
            **self._frozen_values(),
        }

    def action_prepare_loss(self):
        """Prepare the overdue notice of these items now, before its delay ends.

        :raise UserError: an item that is in a loss already, or outside of any policy
        """
        self.env["recouv.insurance.loss"].check_access("write")
        for row in self:
            if row.loss_id or not row.policy_id:
                raise UserError(
                    self.env._(
                        "%s is in a loss already, or outside of any policy.",
                        row.display_name,
                    )
                )
        losses = self.env["recouv.insurance.loss"]._prepare(self)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib_factoring.recouv_insurance_loss_action"
        )
        if len(losses) == 1:
            return action | {"views": [(False, "form")], "res_id": losses.id}
        return action | {"domain": [("id", "in", losses.ids)], "context": {}}


def _decimal(amount, currency):
    return Decimal(str(currency.round(amount)))
