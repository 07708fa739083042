from decimal import Decimal

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..lib import instalments
from ..lib.months import add_months
from ..models.recouv_plan import KINDS, SOURCES


class RecouvPlanWizard(models.TransientModel):
    """Agree on payment: instalments computed, seen and changed, then one click.

    Opened on claims, on invoices (their claims, made when missing) and on a debtor.
    """

    _name = "recouv.plan.wizard"
    _description = "Agree on payment"

    kind = fields.Selection(KINDS, required=True, default="plan")
    claim_ids = fields.Many2many("recouv.claim", string="Claims")
    company_id = fields.Many2one("res.company", compute="_compute_claims")
    partner_id = fields.Many2one("res.partner", "Debtor", compute="_compute_claims")
    currency_id = fields.Many2one("res.currency", compute="_compute_claims")
    amount_owed = fields.Monetary("Owed", compute="_compute_claims")
    amount_disputed = fields.Monetary(
        "Disputed, left out",
        compute="_compute_claims",
        help="Disputed with you or with the practice: it is not asked meanwhile.",
    )
    replaced_ids = fields.Many2many(
        "recouv.plan", string="Replaces", compute="_compute_claims"
    )
    method = fields.Selection(
        [("count", "A number of instalments"), ("amount", "An amount a month")],
        "Computed from",
        required=True,
        default="count",
    )
    count = fields.Integer("Number of instalments", default=3)
    amount_monthly = fields.Monetary("Amount a month")
    amount_first = fields.Monetary(
        "First payment", help="Another sum at the first date; empty: like the others."
    )
    amount_settled = fields.Monetary(
        "Reduced sum", help="Paid in time it closes the claims; the rest is credited."
    )
    first_date = fields.Date(
        "First date", required=True, default=lambda self: self._default_first_date()
    )
    line_ids = fields.One2many(
        "recouv.plan.wizard.line",
        "wizard_id",
        "Instalments",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    amount_lines = fields.Monetary("Sum", compute="_compute_difference")
    amount_difference = fields.Monetary("Difference", compute="_compute_difference")
    warning = fields.Char(compute="_compute_warning")
    is_deferred = fields.Boolean("Deferred too long", compute="_compute_warning")
    source = fields.Selection(SOURCES, "Said", required=True, default="call")
    date_agreed = fields.Date(
        "Agreed on", required=True, default=lambda self: fields.Date.context_today(self)
    )
    signatory_id = fields.Many2one("res.partner", "Signed by")
    note = fields.Text(help="Internal; never shown to the debtor.")
    inbound_id = fields.Many2one("recouv.inbound", "Answers")
    # sent back by the screen: which agreements stood under “It replaces”
    shown_plans = fields.Char(
        compute="_compute_shown_plans", store=True, readonly=False
    )

    @api.model
    def _default_first_date(self):
        return fields.Date.add(fields.Date.context_today(self), days=7)

    @api.depends("claim_ids", "kind")
    def _compute_claims(self):
        for wizard in self:
            claims = wizard.claim_ids._origin
            wizard.company_id = claims.company_id[:1]
            wizard.partner_id = claims.partner_id[:1]
            wizard.currency_id = claims.currency_id[:1]
            owed = claims._owed_for_agreement(wizard.kind)[0] if claims else 0
            wizard.amount_owed = owed
            wizard.amount_disputed = owed - claims._undisputed(owed) if claims else 0
            wizard.replaced_ids = claims._live_plans() if claims else False

    # --- computing ------------------------------------------------------------------

    @api.depends(
        "kind",
        "method",
        "count",
        "amount_monthly",
        "amount_first",
        "amount_settled",
        "first_date",
        "claim_ids",
    )
    def _compute_line_ids(self):
        for wizard in self:
            lines, _message = wizard._instalments()
            wizard.line_ids = [
                Command.clear(),
                *(
                    Command.create({"date": line.day, "amount": float(line.amount)})
                    for line in lines
                ),
            ]

    @api.depends(
        "line_ids.amount", "amount_owed", "amount_disputed", "amount_settled", "kind"
    )
    def _compute_difference(self):
        for wizard in self:
            total = sum(wizard.line_ids.mapped("amount"))
            wizard.amount_lines = total
            wizard.amount_difference = wizard._wanted() - total

    def _wanted(self):
        """Return the sum that the instalments must reach: what is disputed is neither
        asked nor acknowledged; a reduced sum is what was agreed."""
        if self.kind == "settlement":
            return self.amount_settled
        wanted = self.amount_owed - self.amount_disputed
        return self.currency_id.round(wanted) if self.currency_id else wanted

    def _instalments(self):
        """Return ([instalments], message): what is asked for, or why it cannot be."""
        if not (self.first_date and self.currency_id):
            return [], False
        method, size = self._method()
        try:
            lines = method(
                self._wanted(),
                size,
                self.first_date,
                rounding=Decimal(str(self.currency_id.rounding)),
                first_sum=self.amount_first if self.kind == "plan" else 0,
            )
        except instalments.BadInstalments as error:
            return [], self._bad_messages()[error.code]
        return lines, False

    def _method(self):
        if self.kind != "plan":
            return instalments.by_count, 1
        if self.method == "amount":
            return instalments.by_amount, self.amount_monthly
        return instalments.by_count, self.count

    def _bad_messages(self):
        _ = self.env._
        return {
            "no_sum": _("Give the sum to be paid."),
            "no_count": _("Give the number of instalments."),
            "too_many": _("That is too many instalments."),
            "no_monthly": _("Give the amount a month."),
            "too_small": _("The instalments would be of nothing."),
            "no_number": _("This is no sum that can be paid: correct it."),
            "too_late": _("The last date is too far away: choose an earlier one."),
            "first_too_large": _("The first payment is more than what is owed."),
        }

    # --- checking -------------------------------------------------------------------

    @api.depends("line_ids.amount", "line_ids.date", "kind", "claim_ids", "first_date")
    def _compute_warning(self):
        for wizard in self:
            _lines, message = wizard._instalments()
            wizard.warning = message or wizard._absurd()
            wizard.is_deferred = wizard._is_deferred()

    def _is_deferred(self):
        days = [day for day in self.line_ids.mapped("date") if day]
        return bool(days) and any(
            claim._deferred_too_long(
                self.date_agreed or fields.Date.context_today(self), max(days)
            )
            for claim in self.claim_ids._origin
        )

    def _absurd(self):
        """Return why the practice would not grant this plan (settings), or False."""
        if self.kind != "plan" or not self.company_id:
            return False
        config = self.company_id._recouv_config()
        today = fields.Date.context_today(self)
        days = [day for day in self.line_ids.mapped("date") if day]
        longest = config.recouv_plan_max_months
        if days and max(days) > add_months(today, longest):
            return self.env._(
                "The practice grants %(months)s months at most: fewer instalments, or "
                "larger ones.",
                months=longest,
            )
        # the last one takes the rest and may be smaller
        regular = self.line_ids.mapped("amount")[:-1]
        smallest = self._smallest()
        if regular and self.currency_id.compare_amounts(min(regular), smallest) < 0:
            return self.env._(
                "The practice asks for %(amount)s an instalment at least.",
                amount=self.currency_id.format(smallest),
            )
        return False

    def _smallest(self):
        return self.company_id._recouv_smallest_instalment(
            self.currency_id, fields.Date.context_today(self)
        )

    # --- agreeing -------------------------------------------------------------------

    @api.depends("claim_ids", "kind")
    def _compute_shown_plans(self):
        for wizard in self:
            plans = wizard.claim_ids._origin._live_plans()
            wizard.shown_plans = ",".join(map(str, plans.ids))

    def _check_replaced_were_shown(self):
        """:raise UserError: a colleague agreed on these claims meanwhile"""
        shown = (self.shown_plans or "").split(",")
        for plan in self.claim_ids._live_plans():
            if str(plan.id) not in shown:
                raise UserError(
                    self.env._(
                        "%(plan)s was agreed while this dialog was open. Close it and "
                        "agree anew if that is to be replaced.",
                        plan=plan.display_name,
                    )
                )

    def action_agree(self):
        """Record the agreement and open it; a manager's own settlement is approved.

        :raise UserError: what cannot be agreed, or would replace what was not shown
        """
        self.ensure_one()
        self._check_replaced_were_shown()
        if not self.line_ids and self.warning:
            raise UserError(self.warning)
        if absurd := self._absurd():
            raise UserError(absurd)
        lines = self.line_ids.sorted(lambda line: line.sequence or line.id)
        values = {"signatory_id": self.signatory_id.id} if self.signatory_id else {}
        plan = self.claim_ids._agree(
            self.kind,
            [(line.date, line.amount) for line in lines],
            source=self.source,
            date_agreed=self.date_agreed,
            note=self.note,
            replace=True,
            **values,
        )
        if plan.state == "proposed" and self.env.user.has_group(
            "recouv_lib.group_manager"
        ):
            plan.action_approve()
        self.inbound_id._agreed(plan)
        return {
            "type": "ir.actions.act_window",
            "res_model": "recouv.plan",
            "res_id": plan.id,
            "view_mode": "form",
        }


class RecouvPlanWizardLine(models.TransientModel):
    _name = "recouv.plan.wizard.line"
    _description = "Instalment to agree on"
    _order = "sequence, id"

    wizard_id = fields.Many2one("recouv.plan.wizard", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    sequence = fields.Integer()
    date = fields.Date("Due on", required=True)
    amount = fields.Monetary(required=True)
