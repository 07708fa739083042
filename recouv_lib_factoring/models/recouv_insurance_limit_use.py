from odoo import api, fields, models
from odoo.tools import SQL


class RecouvInsuranceLoss(models.Model):
    """A limit is of the debtor, not of the loss: what one loss took of it, another does
    not have (law.md §9).

    A settled loss goes on using what it was settled for within the limit: the insurer
    bears it, although the invoices left the practice's books. What the insurer got back
    since makes room again, in proportion. A limit that the insurer agreed after the
    settlement is a new one: it knew of the loss.
    """

    _inherit = "recouv.insurance.loss"

    amount_limit_used = fields.Monetary(
        "Limit still used", compute="_compute_amount_limit_used", store=True
    )
    amount_limit_left = fields.Monetary(
        "Limit left by other losses",
        compute="_compute_amount_limit_left",
        help="The limit is for all losses of the debtor together.",
    )

    @api.depends(
        "state",
        "amount_loss",
        "amount_payable",
        "payment_ids.kind",
        "payment_ids.amount",
        "payment_ids.amount_applied",
        "payment_ids.amount_subrogated",
        "payment_ids.amount_income",
        "payment_ids.undone_on",
        "recovery_ids.amount_insurer",
        "recovery_ids.undone_on",
    )
    def _compute_amount_limit_used(self):
        for loss in self:
            used = loss.amount_loss if loss._settled() else 0.0
            if used and loss.amount_payable:
                back = min(1.0, loss._come_back() / loss.amount_payable)
                used = loss.currency_id.round(used * (1 - back))
            loss.amount_limit_used = used

    def _come_back(self):
        """Return what the insurer got back of its indemnity, or is owed of it."""
        payments = self._standing_payments()
        kept = payments._kept()
        shared = self.recovery_ids._standing().mapped("amount_insurer")
        return sum(payments.mapped("amount_counted")) - kept + sum(shared)

    @api.depends("state", "line_ids.code", "policy_id.loss_ids.state")
    def _compute_amount_limit_left(self):
        for loss in self:
            loss.amount_limit_left = loss._limit_left()

    # --- what others use --------------------------------------------------------------

    def _limit_agreed(self):
        """Return the limit of the debtor, as it was when the loss was declared."""
        insured = self.line_ids._insured_now()
        return self.amount_limit or max([0.0, *insured.mapped("amount_limit")])

    def _limit_left(self):
        """Return what other losses leave of it to this one."""
        return max(0.0, self._limit_agreed() - self._limit_elsewhere())

    def _limit_elsewhere(self):
        """Return what other losses of the debtor use of this one's limit: those that
        were settled, and those that wait for it and were declared before."""
        others = self._under_same_limit()
        settled = others._settled()._since_limit(self._answered_on())
        if self.settled_on:
            own = (self.settled_on, self.id)
            settled = settled.filtered(lambda one: (one.settled_on, one.id) < own)
        used = sum(settled.mapped("amount_limit_used"))
        for other in (others - settled)._declared_before(self):
            room = max(0.0, other._limit_agreed() - used)
            used += min(other._insured_unpaid(), room)
        return used

    def _under_same_limit(self):
        """Return the debtor's other losses under policies that renew this one's."""
        policy = self.policy_id
        return self.search(
            [
                ("id", "!=", self.id),
                ("company_id", "=", self.company_id.id),
                ("partner_id", "=", self.partner_id.id),
                ("policy_id.insurer_id", "=", policy.insurer_id.id),
                ("policy_id.invoice_currency_id", "=", policy.invoice_currency_id.id),
            ]
        )

    def _declared_before(self, loss):
        """Return those of these that wait for their settlement and were declared before
        a loss, the oldest first."""

        def rank(one):
            return (one.declared_on, one.id)

        waiting = self.filtered(
            lambda one: (
                one.state == "declared"
                and (not loss.declared_on or rank(one) < rank(loss))
            )
        )
        return waiting.sorted(rank)

    def _insured_unpaid(self):
        insured = self.line_ids._insured_now()
        return sum(line._unpaid_now() for line in insured)

    def _answered_on(self):
        """Return when the insurer agreed the limit, False for one agreed beforehand."""
        insured = self.line_ids._insured_now()
        own = insured.sorted("amount_limit", reverse=True)[:1]
        return own.limit_id.answered_on

    def _since_limit(self, answered_on):
        """Return those of these that were settled since a limit was agreed."""
        return self.filtered(
            lambda one: not answered_on or one.settled_on >= answered_on
        )

    @api.model
    def _using_limits(self, debtors, companies):
        """Return the losses of these debtors that use a limit still."""
        return self.search(
            [
                ("company_id", "in", companies.ids),
                ("partner_id", "in", debtors.commercial_partner_id.ids),
                ("amount_limit_used", ">", 0),
            ]
        )

    def _used_of(self, policy, limit):
        """Return what these use of the limit of one debtor.

        :param policy: one of the series
        :param limit: ``recouv.insurance.limit``, none where it was agreed beforehand
        """
        own = self.filtered(lambda one: one.policy_id._series() == policy._series())
        found = own._since_limit(limit.answered_on)
        return sum(found.mapped("amount_limit_used"))


class RecouvInsurancePayment(models.Model):
    _inherit = "recouv.insurance.payment"

    def _kept(self):
        """Return what the insurer bears: what it took over, and what was income."""
        return sum(one.amount_subrogated + one.amount_income for one in self)


class RecouvInsuranceCover(models.Model):
    _inherit = "recouv.insurance.cover"

    @api.model
    def _used_by_losses_sql(self):
        """What settled losses use of the limit of item ``i``."""
        return SQL(
            """SELECT COALESCE(SUM(lx.amount_limit_used), 0) AS amount
                 FROM recouv_insurance_loss lx
                 JOIN recouv_insurance_policy ly ON ly.id = lx.policy_id
                WHERE lx.company_id = i.company_id AND lx.partner_id = i.partner_id
                  AND ly.insurer_id = i.insurer_id
                  AND ly.invoice_currency_id IS NOT DISTINCT FROM i.invoice_currency_id
                  AND (i.answered_on IS NULL OR lx.settled_on >= i.answered_on)"""
        )
