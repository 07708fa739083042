from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ..lib import indemnity

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


class RecouvInsuranceLoss(models.Model):
    """The account of a loss: what is unpaid and insured, what the policy deducts, what
    the insurer grants (law.md §9)."""

    _inherit = "recouv.insurance.loss"

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

    @api.depends("state", "line_ids.amount_unpaid", "payment_ids.undone_on")
    def _compute_account(self):
        for loss in self:
            if loss._settled():
                unpaid = loss._insured_unpaid()
                loss.amount_unpaid = loss.currency_id.round(unpaid)
                loss.amount = loss.amount_payable
            else:
                account = loss._account()
                loss.amount_unpaid = float(account.unpaid)
                loss.amount = float(account.payable)

    @api.model
    def _account_fields(self):
        """Return the names of what the settlement fixes; zero again once undone."""
        return ACCOUNT_FIELDS

    def _account(self):
        """Return the account of the loss as the books stand now."""
        self.ensure_one()
        return indemnity.indemnity(
            _decimal(self._insured_unpaid(), self.currency_id),
            _decimal(self._limit_left(), self.currency_id),
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

    # --- settling ---------------------------------------------------------------------

    def _settle(self, amount=None, reason=None):
        """Record the insurer's account; losses of a policy one after the other.

        :param amount: what the insurer grants; computed by the policy by default
        :param reason: why it grants another sum, required then
        :raise UserError: not a manager, not declared, another sum without its reason
        """
        self.ensure_one()
        self.company_id._recouv_check_manager(self.env._("settle a loss"))
        self._recouv_lock_rows()
        # the debtor's limit, the year's deductible and maximum: by one loss at a time
        (self.policy_id | self._under_same_limit().policy_id)._recouv_lock_rows()
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


def _decimal(amount, currency):
    return Decimal(str(currency.round(amount)))
