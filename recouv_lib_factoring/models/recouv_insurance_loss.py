import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import format_date

from odoo.addons.recouv_lib.lib.months import add_months

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
#: a loss of which no indemnity is to come any more
ENDED = ("rejected", "withdrawn")
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

    The account of the loss is in ``recouv_insurance_loss_account.py``, its items in
    ``recouv_insurance_loss_line.py``, the dossier in
    ``recouv_insurance_loss_dossier.py``, the money in ``recouv_insurance_payment.py``
    and ``recouv_insurance_recovery.py``.
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
        self._set_delays()

    def _set_delays(self):
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

        :raise UserError: nothing is unpaid any more, past the policy's delay without a
            reason, or the debtor may not be named to the insurer
        """
        self.check_access("write")
        self._recouv_lock_rows()
        self._check_may_tell()
        today = fields.Date.context_today(self)
        for loss in self:
            loss._check_state("draft")
            loss._check_once()
            loss._leave_out_paid()
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
        if other := self._other_standing():
            raise UserError(
                self.env._(
                    "%(loss)s: %(invoice)s is in %(other)s already. Withdraw one of "
                    "them.",
                    loss=self.display_name,
                    invoice=other.reference or "",
                    other=other.loss_id.display_name,
                )
            )

    def _other_standing(self):
        """Return a line of another loss that stands on one of the same items."""
        return self.env["recouv.insurance.loss.line"].search(
            Domain("loss_id", "!=", self.id)
            & Domain("loss_id.state", "not in", ENDED)
            & (
                Domain("move_line_id", "in", self.line_ids.move_line_id.ids)
                | Domain("claim_id", "in", self.line_ids.claim_id.ids)
            ),
            limit=1,
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

    # --- dialogs ----------------------------------------------------------------------

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
        return self._other_obstacle()

    def _other_obstacle(self):
        """Return why one that was ended is not taken up again, or None: the insurer
        would be told of the same item twice."""
        if self.state not in ENDED or not (other := self._other_standing()):
            return None
        return self.env._(
            "%(invoice)s is in %(other)s by now. Withdraw that one first.",
            invoice=other.reference or "",
            other=other.loss_id.display_name,
        )

    def _undo(self):
        """Go back to the step before; what was sent stays in the papers."""
        back = {
            "noticed": {"state": "draft", "noticed_on": False},
            "declared": {"state": "noticed", "declared_on": False, "amount_limit": 0},
            "settled": {
                "state": "declared",
                "settled_on": False,
                "difference_reason": False,
                **dict.fromkeys(self._account_fields(), 0),
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

    def _record_undo(self, vals):
        """EXTENDS: a step back may be taken again."""
        return self._record({"undo_reason": vals["undo_reason"]})
