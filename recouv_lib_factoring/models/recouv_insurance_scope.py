from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from .recouv_insurance_policy import DEBTOR_KINDS

#: why an invoice is of one policy and not of another
RULES = [
    ("only", "The only one in force then"),
    ("scope", "The only one for such debtors and currency"),
    ("currency", "Made for this currency"),
    ("newest", "Replaces an older one"),
]


class RecouvInsurancePolicy(models.Model):
    """Which policy covers an invoice, where several are in force.

    A practice may insure its patients here and its companies there, have one policy for
    each currency, or let an old one run out while the new one has begun. An invoice is
    of exactly one of them: of those in force on its date whose debtors and currency it
    fits, the one made for its currency goes before one for all currencies, and the one
    that began last before one that it replaces. No two others may fit one invoice:
    that is refused when a policy comes into force, so the rule never has to guess.

    :meth:`_choose` says it for one debtor, ``recouv.insurance.cover._policy_sql`` for
    all invoices at once; premium, limits, losses and figures follow it.
    """

    _inherit = "recouv.insurance.policy"

    invoice_currency_id = fields.Many2one(
        "res.currency",
        "Only invoices in",
        help="Empty: in any currency. The sums of the policy are in the currency of "
        "the books all the same.",
    )

    @api.constrains("previous_id", "date_from")
    def _check_previous(self):
        for policy in self.filtered("previous_id"):
            if policy.previous_id.date_from >= policy.date_from:
                raise ValidationError(
                    self.env._(
                        "%(own)s cannot replace %(other)s, which does not begin "
                        "before it.",
                        own=policy.display_name,
                        other=policy.previous_id.display_name,
                    )
                )

    # --- which one --------------------------------------------------------------------

    @api.model
    def _in_force(self, company, day):
        """Return the policies in force at ``company`` on ``day``, maybe none."""
        return self.search(
            [
                ("company_id", "=", company.id),
                ("state", "!=", "draft"),
                ("date_from", "<=", day),
                ("date_to", ">=", day),
            ]
        )

    def _choose(self, debtor, currency=None):
        """Return the one of these that covers what a debtor is invoiced, or none.

        :param currency: of the invoice; that of the books by default
        """
        fit = self.filtered(
            lambda policy: (
                policy._takes_currency(currency) and policy._covers_debtor(debtor)
            )
        )
        return fit.sorted(
            lambda policy: (
                bool(policy.invoice_currency_id),
                policy.date_from,
                policy.id,
            )
        )[-1:]

    def _takes_currency(self, currency=None):
        self.ensure_one()
        own = self.invoice_currency_id
        return not own or own == (currency or self.currency_id)

    def _series(self):
        """Return what policies that renew one another have in common: a limit goes on
        from one to the next, and not to another series."""
        return self.insurer_id.id, self.invoice_currency_id.id

    # --- into force -------------------------------------------------------------------

    def _check_no_other(self):
        """:raise UserError: another policy would cover the same invoices; both named"""
        # two managers at once: the second one is told so
        self.search([("company_id", "=", self.company_id.id)])._recouv_lock_rows()
        for other in self.search(self._same_days_domain(), order="date_from, id"):
            kinds = self._kinds() & other._kinds()
            if kinds and not self._succeeds(other) and not other._succeeds(self):
                raise UserError(self._overlap_message(other, kinds))

    def _same_days_domain(self):
        return (
            Domain("id", "!=", self.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("state", "!=", "draft")
            & Domain("date_from", "<=", self.date_to)
            & Domain("date_to", ">=", self.date_from)
            & Domain("invoice_currency_id", "=", self.invoice_currency_id.id)
        )

    def _kinds(self):
        return {kind for kind, _label in DEBTOR_KINDS if self[f"covers_{kind}"]}

    def _succeeds(self, other):
        """Say whether this one replaces the other, at once or by those between."""
        older, known = self.previous_id, self
        while older and older not in known:
            if older == other:
                return True
            known |= older
            older = older.previous_id
        return False

    def _overlap_message(self, other, kinds):
        names = [
            self._fields[f"covers_{kind}"].get_description(self.env)["string"]
            for kind, _label in DEBTOR_KINDS
            if kind in kinds
        ]
        return self.env._(
            "%(own)s and %(other)s would cover the same invoices (%(debtors)s, "
            "%(start)s to %(end)s), and an invoice is of one policy. Change the dates, "
            "debtors or currency of %(own)s, or say that it replaces %(other)s: what "
            "is invoiced from its first day on is then its own.",
            own=self.display_name,
            other=other.display_name,
            debtors=", ".join(names),
            start=format_date(self.env, max(self.date_from, other.date_from)),
            end=format_date(self.env, min(self.date_to, other.date_to)),
        )


class RecouvInsuranceCover(models.Model):
    """The same rule in the books: the policy of invoice ``m`` and debtor ``p``."""

    _inherit = "recouv.insurance.cover"

    insurer_id = fields.Many2one("res.partner", readonly=True)
    policy_rule = fields.Selection(
        RULES,
        "Why this policy",
        readonly=True,
        help="Of the policies in force on the invoice's date whose debtors and "
        "currency it fits, the one made for its currency goes first, then the one that "
        "began last.",
    )

    @api.model
    def _policy_sql(self):
        """Select an invoice's policy with ``is_eligible``, ``in_currency``, ``rule``.

        Where none fits, one that was in force then, so that it can be said why not.
        """
        return SQL(
            """SELECT f.*, CASE WHEN NOT (f.is_eligible AND f.in_currency) THEN NULL
                                WHEN COUNT(*) OVER () = 1 THEN 'only'
                                WHEN COUNT(*) FILTER (WHERE f.is_eligible
                                     AND f.in_currency) OVER () = 1 THEN 'scope'
                                WHEN COUNT(*) FILTER (WHERE f.is_eligible
                                     AND f.in_currency AND f.invoice_currency_id
                                     IS NOT NULL) OVER () = 1 THEN 'currency'
                                ELSE 'newest' END AS rule
                 FROM (SELECT y.*, %s AS is_eligible,
                              COALESCE(y.invoice_currency_id = m.currency_id, TRUE)
                              AS in_currency
                         FROM recouv_insurance_policy y
                        WHERE y.company_id = m.company_id AND y.state <> 'draft'
                          AND m.invoice_date BETWEEN y.date_from AND y.date_to) f
                ORDER BY (f.is_eligible AND f.in_currency) DESC, f.is_eligible DESC,
                         (f.invoice_currency_id IS NOT NULL) DESC, f.date_from DESC,
                         f.id DESC LIMIT 1""",
            self._eligible_sql(),
        )


class RecouvInsuranceLimit(models.Model):
    """A limit is asked under the policy that covers its debtor."""

    _inherit = "recouv.insurance.limit"

    invoice_currency_id = fields.Many2one(
        related="policy_id.invoice_currency_id", store=True, precompute=True
    )

    @api.model
    def _default_policy(self):
        """Return the policy of the debtor that is known already, else the only one."""
        today = fields.Date.context_today(self)
        policies = self.env["recouv.insurance.policy"]._in_force(
            self.env.company, today
        )
        debtor = self.env["res.partner"].browse(
            self.env.context.get("default_partner_id") or ()
        )
        if debtor:
            return policies._choose(debtor.commercial_partner_id)
        return policies if len(policies) == 1 else policies.browse()

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        """Propose the policy that covers the debtor, where the chosen one does not."""
        debtor = self.partner_id.commercial_partner_id
        if not debtor or (self.policy_id and self.policy_id._covers_debtor(debtor)):
            return
        today = fields.Date.context_today(self)
        policies = self.env["recouv.insurance.policy"]._in_force(self.company_id, today)
        self.policy_id = policies._choose(debtor) or self.policy_id

    @api.model
    def _on_debtor(self, vals):
        # EXTENDS: of several policies, the debtor's own
        vals = super()._on_debtor(vals)
        if vals.get("partner_id") and "policy_id" not in vals and not self:
            own = self.with_context(default_partner_id=vals["partner_id"])
            if policy := own._default_policy():
                return {**vals, "policy_id": policy.id}
        return vals
