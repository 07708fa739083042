from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_amount, format_date

STATES = [
    ("draft", "To ask"),
    ("asked", "Asked of the insurer"),
    ("agreed", "Agreed whole"),
    ("partial", "Partly agreed"),
    ("refused", "Refused"),
    ("undone", "Undone"),
]
#: the insurer has answered
ANSWERED = ("agreed", "partial", "refused")
#: what the practice says when it asks
ASK_FIELDS = frozenset(
    {"policy_id", "partner_id", "amount_asked", "days_asked", "asked_on", "note"}
)
#: days after which an insurer that has not answered is reminded
ANSWER_DAYS = 15


class RecouvInsuranceLimit(models.Model):
    """How much credit the insurer covers for one debtor, from when to when.

    The last answer decides, whatever it says: a limit that was refused or revoked does
    not give way to an older one. The practice stays free to treat: only what is covered
    changes. A limit goes on under the policy that renews its own: one of the same
    insurer, for invoices in the same currency.
    """

    _name = "recouv.insurance.limit"
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin"]
    _description = "Credit limit of an insurer"
    _order = "id desc"
    _check_company_auto = True

    policy_id = fields.Many2one(
        "recouv.insurance.policy",
        "Insurance policy",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        default=lambda self: self._default_policy(),
        domain="[('state', '=', 'active')]",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    insurer_id = fields.Many2one(
        related="policy_id.insurer_id", store=True, precompute=True
    )
    currency_id = fields.Many2one(related="policy_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner",
        "Debtor",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    amount_asked = fields.Monetary("Limit asked", required=True)
    days_asked = fields.Integer("Credit asked (days)", default=30)
    asked_on = fields.Date(readonly=True)
    state = fields.Selection(
        STATES, required=True, default="draft", readonly=True, copy=False
    )
    answered_on = fields.Date(readonly=True)
    reference = fields.Char("Insurer's reference", readonly=True)
    amount_agreed = fields.Monetary("Limit agreed", readonly=True)
    reason = fields.Char("Reason of the insurer", readonly=True)
    valid_from = fields.Date(readonly=True)
    valid_to = fields.Date("Valid until", readonly=True)
    revoked_on = fields.Date(
        "Revoked from",
        readonly=True,
        help="What is invoiced from this day on is not covered; earlier invoices are.",
    )
    revoke_reason = fields.Char("Why it was revoked", readonly=True)
    note = fields.Text()
    amount_used = fields.Monetary("Limit used", compute="_compute_used")
    amount_left = fields.Monetary("Limit left", compute="_compute_used")

    _asked_positive = models.Constraint(
        "CHECK(amount_asked > 0 AND days_asked >= 0)",
        "Ask for a limit above zero, and for a length of credit that is not negative.",
    )
    _open_once = models.UniqueIndex(
        "(company_id, partner_id, insurer_id, COALESCE(invoice_currency_id, 0)) "
        "WHERE state IN ('draft', 'asked')",
        "A request for this debtor waits already.",
    )
    # the last answer for a debtor, by the day of an invoice
    _answer_idx = models.Index(
        "(company_id, partner_id, valid_from DESC, id DESC) "
        "WHERE state IN ('agreed', 'partial', 'refused')"
    )

    @api.depends("partner_id", "state", "amount_agreed")
    @api.depends_context("lang")
    def _compute_display_name(self):
        states = dict(self._fields["state"]._description_selection(self.env))
        for limit in self:
            name = limit.partner_id.display_name or ""
            limit.display_name = f"{name} – {states.get(limit.state, '')}"

    def _compute_used(self):
        """What the debtor's open covered invoices, and what was settled by a loss, take
        of the limit now."""
        used = self.env["recouv.insurance.cover"]._used_by_debtor(self)
        losses = self.env["recouv.insurance.loss"]
        losses = losses._using_limits(self.partner_id, self.company_id)
        today = fields.Date.context_today(self)
        for limit in self:
            stands = limit._is_last() and limit._covers_on(today)
            key = (limit.company_id.id, limit.partner_id.id)
            own = losses.filtered(
                lambda one, key=key: (one.company_id.id, one.partner_id.id) == key
            )
            open_ones = used.get((*key, *limit.policy_id._series()), 0.0)
            limit.amount_used = open_ones + own._used_of(limit.policy_id, limit)
            limit.amount_left = (
                max(0.0, limit.amount_agreed - limit.amount_used) if stands else 0.0
            )

    # --- what may be written ----------------------------------------------------------

    def _editable_fields(self):
        if self.state == "draft":
            return ASK_FIELDS
        return frozenset({"note"})

    @api.model
    def _creatable_fields(self):
        return ASK_FIELDS | {"company_id"}

    def _is_deletable(self):
        return self.state == "draft" or super()._is_deletable()

    @api.model
    def _evidence_advice(self):
        return self.env._("Record the insurer's answer, or undo and ask anew.")

    @api.model_create_multi
    def create(self, vals_list):
        """A contact of a debtor stands for the debtor, who is invoiced."""
        # a request answered in this transaction must be so in the database too
        self.flush_model(["state"])
        limits = super().create([self._on_debtor(vals) for vals in vals_list])
        limits._check_policy()
        return limits

    def write(self, vals):
        result = super().write(self._on_debtor(vals))
        if {"policy_id", "partner_id"} & vals.keys():
            self._check_policy()
        return result

    @api.model
    def _on_debtor(self, vals):
        partner = self.env["res.partner"].browse(vals.get("partner_id") or ())
        if not partner:
            return vals
        return {**vals, "partner_id": partner.commercial_partner_id.id}

    def _check_policy(self):
        """:raise ValidationError: policy not in force, or the debtor left out"""
        for limit in self:
            policy = limit.policy_id
            if policy.state != "active":
                raise ValidationError(
                    self.env._(
                        "%s is not in force: put it into force first.",
                        policy.display_name,
                    )
                )
            if not policy._covers_debtor(limit.partner_id):
                raise ValidationError(
                    self.env._(
                        "%(policy)s does not cover debtors like %(debtor)s.",
                        policy=policy.display_name,
                        debtor=limit.partner_id.display_name,
                    )
                )

    # --- asking and answering ---------------------------------------------------------

    def action_ask(self):
        """Say that the insurer was asked; its fee is then due.

        :raise UserError: the debtor may not be named to the insurer
        """
        self.check_access("write")
        self._recouv_lock_rows()
        today = fields.Date.context_today(self)
        for limit in self.filtered(lambda one: one.state == "draft"):
            limit._check_policy()
            limit.partner_id._recouv_check_named_to_insurer(limit.company_id)
            limit._record({"state": "asked", "asked_on": limit.asked_on or today})
            limit._note_fee()
        return True

    def _note_fee(self):
        if not self.policy_id.file_fee:
            return
        self.env["recouv.insurance.premium"]._record_new(
            [
                {
                    "policy_id": self.policy_id.id,
                    "kind": "fee",
                    "limit_id": self.id,
                    "date": self.asked_on,
                    "amount": self.policy_id.file_fee,
                }
            ]
        )

    def action_answer(self):
        """Open the dialog that records the insurer's answer, or a revocation."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answer of the insurer"),
            "res_model": "recouv.insurance.answer",
            "view_mode": "form",
            "target": "new",
            "context": {"default_limit_id": self.id},
        }

    def _answer(self, amount, valid_from, **told):
        """Record what the insurer answered.

        :param amount: agreed; zero: refused; less than asked: partly agreed
        :param valid_from: day from which invoices are covered
        :param told: valid_to, reason, reference, answered_on
        :raise UserError: not asked, more than asked, a refusal without its reason
        """
        self.ensure_one()
        self.check_access("write")
        self._recouv_lock_rows()
        self._check_answer(amount, valid_from, told)
        compare = self.currency_id.compare_amounts
        state = "agreed" if compare(amount, self.amount_asked) >= 0 else "partial"
        self._record(
            {
                "state": state if compare(amount, 0) > 0 else "refused",
                "amount_agreed": amount,
                "valid_from": valid_from,
                "answered_on": fields.Date.context_today(self),
                **told,
            }
        )

    def _check_answer(self, amount, valid_from, told):
        if self.state != "asked":
            raise UserError(self.env._("%s: no answer is awaited.", self.display_name))
        compare = self.currency_id.compare_amounts
        if compare(amount, 0) < 0 or compare(amount, self.amount_asked) > 0:
            raise UserError(
                self.env._(
                    "%(limit)s: the insurer agrees between nothing and what was asked "
                    "(%(asked)s).",
                    limit=self.display_name,
                    asked=format_amount(self.env, self.amount_asked, self.currency_id),
                )
            )
        if compare(amount, self.amount_asked) < 0 and not told.get("reason"):
            raise UserError(
                self.env._("%s: say why it was not agreed whole.", self.display_name)
            )
        if told.get("valid_to") and told["valid_to"] < valid_from:
            raise UserError(
                self.env._("%s: it cannot end before it begins.", self.display_name)
            )

    def _revoke(self, day, reason):
        """Record that the insurer covers nothing new from ``day`` on.

        :raise UserError: no limit in force, no reason, or a day before it began
        """
        self.ensure_one()
        self.check_access("write")
        self._recouv_lock_rows()
        if self.state not in ("agreed", "partial") or self.revoked_on:
            raise UserError(
                self.env._("%s: there is no limit to revoke.", self.display_name)
            )
        if not (reason or "").strip():
            raise UserError(
                self.env._("%s: say why it was revoked.", self.display_name)
            )
        if day < self.valid_from:
            raise UserError(
                self.env._(
                    "%(limit)s: it began on %(day)s and cannot be revoked before.",
                    limit=self.display_name,
                    day=format_date(self.env, self.valid_from),
                )
            )
        self._record({"revoked_on": day, "revoke_reason": reason.strip()})

    # --- which limit ------------------------------------------------------------------

    @api.model
    def _last_for(self, policy, partner, day):
        """Return the answer that decides for a debtor on ``day``, or none."""
        return self.search(
            [
                ("company_id", "=", policy.company_id.id),
                ("insurer_id", "=", policy.insurer_id.id),
                ("invoice_currency_id", "=", policy.invoice_currency_id.id),
                ("partner_id", "=", partner.commercial_partner_id.id),
                ("state", "in", ANSWERED),
                ("valid_from", "<=", day),
            ],
            order="valid_from DESC, id DESC",
            limit=1,
        )

    def _is_last(self):
        self.ensure_one()
        if self.state not in ANSWERED:
            return False
        today = fields.Date.context_today(self)
        return self == self._last_for(self.policy_id, self.partner_id, today)

    def _covers_on(self, day):
        """Say whether what is invoiced on ``day`` is within this limit."""
        self.ensure_one()
        return (
            self.state in ("agreed", "partial")
            and self.valid_from <= day
            and (not self.valid_to or self.valid_to >= day)
            and (not self.revoked_on or self.revoked_on > day)
        )

    # --- undoing ----------------------------------------------------------------------

    def _undo_obstacle(self):
        if obstacle := super()._undo_obstacle():
            return obstacle
        if self.state == "draft":
            return self.env._("it was not asked yet; change or delete it.")
        lines = self.env["recouv.insurance.loss.line"].search(
            [("limit_id", "in", self.ids), ("loss_id.state", "in", ("settled", "paid"))]
        )
        if lines:
            return self.env._("an indemnity was settled on it.")
        return None

    def _undo(self):
        """It counts no more; the answer before it decides again."""
        self._record({"state": "undone"})
