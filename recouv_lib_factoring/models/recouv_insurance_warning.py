from odoo import api, fields, models
from odoo.tools import format_amount, format_date

from odoo.addons.recouv_lib.models.account_move_screens import READERS

from .recouv_insurance_cover import CODES, COVERED


class ResPartner(models.Model):
    """What the practice is told of a debtor before it treats; it stays free."""

    _inherit = "res.partner"

    recouv_insurance_message = fields.Char(
        "Credit insurance", compute="_compute_recouv_insurance", groups=READERS
    )
    recouv_limit_ids = fields.One2many(
        "recouv.insurance.limit", "partner_id", "Credit limits", groups=READERS
    )
    recouv_insurance_asks = fields.Boolean(
        "May be insured", compute="_compute_recouv_insurance", groups=READERS
    )

    @api.depends("recouv_limit_ids.state", "recouv_limit_ids.revoked_on")
    @api.depends_context("company")
    def _compute_recouv_insurance(self):
        today = fields.Date.context_today(self)
        # sudo: the policy of the user's company, of which only a sentence is told
        policies = self.env["recouv.insurance.policy"].sudo()
        in_force = policies._in_force(self.env.company, today)
        for partner in self:
            debtor = partner.commercial_partner_id
            # who only sells to the practice is no debtor
            buys = debtor.customer_rank or not debtor.supplier_rank
            policy = (in_force if buys else policies)._choose(debtor)
            covers = partner.recouv_insurance_asks = bool(policy)
            partner.recouv_insurance_message = covers and policy._debtor_message(
                debtor, today
            )

    def action_recouv_ask_limit(self):
        """Open a new request for a limit for this debtor."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "recouv.insurance.limit",
            "view_mode": "form",
            "context": {"default_partner_id": self.commercial_partner_id.id},
        }


class RecouvInsurancePolicy(models.Model):
    _inherit = "recouv.insurance.policy"

    def _debtor_message(self, debtor, day, amount=0.0):
        """Return what to know of a debtor before giving credit, False for nothing.

        :param amount: what is about to be invoiced, in the currency of the books
        """
        self.ensure_one()
        limit = self.env["recouv.insurance.limit"]._last_for(self, debtor, day)
        if limit and not limit._covers_on(day):
            return limit._not_covering_message(day)
        agreed = limit.amount_agreed if limit else self.discretionary_limit
        used = self._used_of(debtor, limit)
        left = max(0.0, agreed - used)
        compare = self.currency_id.compare_amounts
        if not limit and not agreed:
            return self.env._(
                "The credit insurer covers this debtor only once a limit is agreed. "
                "You stay free to treat."
            )
        short = limit.state == "partial" or compare(left, 0) <= 0
        if compare(amount, left) > 0 if amount else short:
            return self._left_message(agreed, used, left)
        return False

    def _used_of(self, debtor, limit):
        cover = self.env["recouv.insurance.cover"]
        items = cover._of_debtors(debtor, self.company_id)
        # of a series the limit is one, from year to year
        own = items.filtered(
            lambda row: row.policy_id and row.policy_id._series() == self._series()
        )
        losses = self.env["recouv.insurance.loss"]
        losses = losses._using_limits(debtor, self.company_id)
        return sum(own.mapped("amount_covered")) + losses._used_of(self, limit)

    def _left_message(self, agreed, used, left):
        def money(amount):
            return format_amount(self.env, amount, self.currency_id)

        return self.env._(
            "The credit insurer covers this debtor up to %(limit)s; %(used)s is used, "
            "%(left)s is left. You stay free to treat.",
            limit=money(agreed),
            used=money(used),
            left=money(left),
        )


class RecouvInsuranceLimit(models.Model):
    _inherit = "recouv.insurance.limit"

    def _not_covering_message(self, day):
        if self.state == "refused":
            said = self.env._(
                "The credit insurer refused this debtor on %s: nothing is covered.",
                format_date(self.env, self.answered_on),
            )
        elif self.revoked_on and self.revoked_on <= day:
            said = self.env._(
                "The credit insurer revoked its limit for this debtor from %s on: "
                "what is new is not covered.",
                format_date(self.env, self.revoked_on),
            )
        else:
            said = self.env._(
                "The credit insurer's limit for this debtor ended on %s: what is new "
                "is not covered.",
                format_date(self.env, self.valid_to),
            )
        return self.env._("%s You stay free to treat.", said)


class AccountMove(models.Model):
    """Of a draft: what to know before; of an invoice: what is covered and why not."""

    _inherit = "account.move"

    recouv_insurance_message = fields.Char(
        "Credit insurance",
        compute="_compute_recouv_insurance_message",
        groups=READERS,
    )
    recouv_insured_amount = fields.Monetary(
        "Within the insured limit",
        currency_field="company_currency_id",
        compute="_compute_recouv_insured",
        groups=READERS,
    )
    recouv_insurance_code = fields.Selection(
        CODES, "Cover", compute="_compute_recouv_insured", groups=READERS
    )
    recouv_insurance_policy_id = fields.Many2one(
        "recouv.insurance.policy",
        "Insurance policy",
        compute="_compute_recouv_insured",
        groups=READERS,
    )

    @api.depends(
        "partner_id", "state", "move_type", "amount_total_signed", "currency_id"
    )
    def _compute_recouv_insurance_message(self):
        today = fields.Date.context_today(self)
        # sudo: the policy of the invoice's company, of which only a sentence is told
        policies = self.env["recouv.insurance.policy"].sudo()
        for move in self:
            move.recouv_insurance_message = False
            is_sale = move.move_type in ("out_invoice", "out_receipt")
            debtor = move.partner_id.commercial_partner_id
            if not (is_sale and move.state == "draft" and debtor):
                continue
            day = move.invoice_date or today
            in_force = policies._in_force(move.company_id, day)
            if policy := in_force._choose(debtor, move.currency_id):
                move.recouv_insurance_message = policy._debtor_message(
                    debtor, day, abs(move.amount_total_signed)
                )

    def _compute_recouv_insured(self):
        sold = self.filtered(lambda m: m.move_type in ("out_invoice", "out_receipt"))
        cover = self.env["recouv.insurance.cover"]
        found = cover._of_debtors(sold.partner_id, sold.company_id)
        by_move = found.grouped("move_id")
        for move in self:
            rows = by_move.get(move._origin, cover)
            move.recouv_insured_amount = sum(rows.mapped("amount_covered"))
            move.recouv_insurance_code = rows._worst_code()
            move.recouv_insurance_policy_id = rows.policy_id[:1]


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    cover_ids = fields.One2many(
        "recouv.insurance.cover", "claim_id", "Insured items", readonly=True
    )
    insured_amount = fields.Monetary(
        "Within the insured limit",
        currency_field="company_currency_id",
        compute="_compute_insured",
    )
    insurance_code = fields.Selection(CODES, "Cover", compute="_compute_insured")

    def _compute_insured(self):
        cover = self.env["recouv.insurance.cover"]
        found = cover._of_debtors(self.partner_id, self.company_id)
        by_claim = found.grouped("claim_id")
        for claim in self:
            rows = by_claim.get(claim._origin, cover)
            claim.insured_amount = sum(rows.mapped("amount_covered"))
            claim.insurance_code = rows._worst_code()


class RecouvInsuranceCover(models.Model):
    _inherit = "recouv.insurance.cover"

    def _worst_code(self):
        """Return one code for several items: what is not whole is told first."""
        codes = self.mapped("code")
        if len(set(codes)) > 1 and set(codes) & set(COVERED):
            return "partly"
        return codes[0] if codes else False
