from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_amount

from ..lib import fees, iban, months

FREQUENCIES = [
    ("weekly", "Every week"),
    ("fortnightly", "Every two weeks"),
    ("monthly", "Every month"),
]
# once signed these make the convention; the form of the statements is not of them
TERMS = {
    "company_id",
    "agency_id",
    "agency_choice",
    "scope",
    "valid_from",
    "valid_to",
    "tacit_renewal",
    "renewal_months",
    "notice_days",
    "placement_mode",
    "fee_line_ids",
    "fee_min",
    "fee_max",
    "fee_vat_rate",
    "fee_on_direct",
    "remit_days",
    "remit_frequency",
    "remit_mode",
    "remit_iban",
    "remit_holder",
    "guarantee_terms",
    "special_terms",
    "agent_max_months",
    "agent_min_instalment",
    "agent_max_discount",
    "agent_answer_days",
    "currency_id",
}
# a month from the day the money was really received (CPCE R124-6 al. 2)
LONGEST_REMITTANCE = 30


class RecouvMandate(models.Model):
    """The terms of a mandate: fee, remittance, guarantee, the agent's own powers."""

    _inherit = "recouv.mandate"

    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    placement_mode = fields.Selection(
        [
            ("subscription", "By subscription: what ends the schedule is proposed"),
            ("case", "Case by case"),
        ],
        "Hand-over",
        required=True,
        default="case",
    )
    # --- fee: success only
    fee_line_ids = fields.One2many(
        "recouv.mandate.fee.line", "mandate_id", "Scale of fees", copy=True
    )
    fee_min = fields.Monetary(
        "Least fee per claim",
        default=0,
        help="Zero: none. Never more than what was received.",
    )
    fee_max = fields.Monetary("Most fee per claim", default=0, help="Zero: none.")
    fee_vat_rate = fields.Float(
        "VAT on fees (%)",
        digits=(5, 2),
        default=20.0,
        help="The scale is before tax. Collecting debts is taxable (CGI 261 C 1° c).",
    )
    fee_on_direct = fields.Boolean(
        "Fee on sums paid straight to the practice",
        default=True,
        help="Sums that a debtor pays to the practice after the hand-over.",
    )
    # --- remittance
    remit_days = fields.Integer(
        "Remitted within (days)",
        default=30,
        required=True,
        help="From the day the money was really received; a month at most (CPCE "
        "R124-6).",
    )
    remit_frequency = fields.Selection(
        FREQUENCIES, "Remittances are made", default="monthly", required=True
    )
    remit_mode = fields.Selection(
        [
            ("net", "Net: the fee is kept"),
            ("gross", "Gross: the fee is invoiced apart"),
        ],
        "Sum remitted",
        default="gross",
        required=True,
    )
    remit_iban = fields.Char("To the account (IBAN)", copy=True)
    remit_holder = fields.Char("Holder of the account")
    # --- guarantee and anything else
    guarantee_terms = fields.Text(
        "Guarantee", default=lambda self: self._default_guarantee()
    )
    special_terms = fields.Text("Special terms")
    # --- what the agent grants alone
    agent_max_months = fields.Integer("Longest plan (months)", default=6)
    agent_min_instalment = fields.Monetary("Smallest instalment", default=20)
    agent_max_discount = fields.Float(
        "Largest discount (%)", digits=(5, 2), default=0.0
    )
    agent_answer_days = fields.Integer(
        "Days to answer the agency",
        default=8,
        help="Beyond its powers the agency asks the practice; silence is no.",
    )
    # --- statements: the practice changes them when it likes
    statement_form = fields.Selection(
        [
            ("email", "E-mail with PDF"),
            ("spreadsheet", "E-mail with a spreadsheet"),
            ("screen", "On screen"),
        ],
        "Statement",
        default="email",
        required=True,
    )
    statement_frequency = fields.Selection(
        [*FREQUENCIES, ("quarterly", "Every three months")],
        "Statement sent",
        default="monthly",
        required=True,
    )
    statement_email = fields.Char("Statement to", help="Empty: the practice's e-mail.")
    # --- duration
    tacit_renewal = fields.Boolean("Renewed tacitly", default=True)
    renewal_months = fields.Integer("Renewed for (months)", default=12)
    notice_days = fields.Integer(
        "Notice (days)", default=30, help="Before the mandate is revoked."
    )

    _remit_within_month = models.Constraint(
        f"CHECK(remit_days BETWEEN 1 AND {LONGEST_REMITTANCE})",
        "Sums are remitted within 1 to 30 days: a month is the longest that the law "
        "allows (CPCE R124-6).",
    )
    _fee_bounds = models.Constraint(
        "CHECK(fee_min >= 0 AND fee_max >= 0 AND (fee_max = 0 OR fee_min <= fee_max))",
        "The least fee of a claim is above the most: correct them.",
    )
    _percents = models.Constraint(
        "CHECK(fee_vat_rate BETWEEN 0 AND 100 "
        "AND agent_max_discount BETWEEN 0 AND 100)",
        "VAT and discount are between 0 and 100 %.",
    )
    _positive_terms = models.Constraint(
        "CHECK(agent_max_months >= 1 AND agent_min_instalment >= 0 "
        "AND agent_answer_days >= 1 AND renewal_months >= 1 AND notice_days >= 0)",
        "A plan, a renewal and the time to answer last a month or a day at least; no "
        "sum and no notice is negative.",
    )

    @api.model
    def _default_guarantee(self):
        return self.env._(
            "The agency answers to the practice for the financial consequences of its "
            "professional liability, within the limits of that insurance, and for the "
            "whole of the sums received on the practice's behalf, which are held on "
            "the dedicated account."
        )

    @api.constrains("remit_iban")
    def _check_remit_iban(self):
        for mandate in self.filtered("remit_iban"):
            try:
                iban.validate_iban(mandate.remit_iban)
            except iban.BadIban as error:
                raise ValidationError(
                    self.env._(
                        "%(iban)s is no IBAN: correct the account of remittance.",
                        iban=mandate.remit_iban,
                    )
                ) from error

    @api.onchange("company_id")
    def _onchange_company_account(self):
        """The practice's own account receives the sums unless told otherwise."""
        for mandate in self.filtered(lambda m: not m.remit_iban):
            bank = mandate.company_id.recouv_bank_id
            mandate.remit_iban = bank.acc_number
            mandate.remit_holder = bank.acc_holder_name or mandate.company_id.name
            mandate.currency_id = mandate.company_id.currency_id

    @api.model
    def _terms(self):
        """Return the names of the fields that a signature freezes."""
        return TERMS

    # --- fee ------------------------------------------------------------------------

    def _fee_terms(self):
        """Return the scale as :mod:`lib.fees` reads it."""
        self.ensure_one()
        return fees.Terms(
            rates=[
                fees.Rate(
                    line.from_age,
                    _decimal(line.from_amount),
                    _decimal(line.rate),
                    _decimal(line.fixed),
                )
                for line in self.fee_line_ids
            ],
            least=_decimal(self.fee_min) or None,
            most=_decimal(self.fee_max) or None,
            unit=Decimal(str(self.currency_id.rounding)),
        )

    def _fee(self, amount, claim_amount, age_days, before=0.0):
        """Return the fee before tax of a sum received for a claim.

        :param amount: the sum, in the mandate's currency; negative when it bounced
        :param claim_amount: what was placed
        :param age_days: from the due date to the hand-over
        :param before: what had been received for the claim before
        :raise UserError: the scale has no line for the claim
        """
        self.ensure_one()
        try:
            due = fees.fee(
                _decimal(amount),
                age_days,
                _decimal(claim_amount),
                self._fee_terms(),
                _decimal(before),
            )
        except fees.NoRate as error:
            raise UserError(
                self.env._(
                    "The scale of %(mandate)s has no fee for a claim of %(amount)s, "
                    "%(days)s days old: amend the mandate.",
                    mandate=self.name,
                    amount=format_amount(self.env, claim_amount, self.currency_id),
                    days=age_days,
                )
            ) from error
        return float(due)

    # --- remittance -----------------------------------------------------------------

    def _remit_due(self, cleared_on):
        """Return the last day to remit what was really received on ``cleared_on``.

        A month of the calendar at most (CPCE R124-6 al. 2), less where so agreed. The
        delay is not procedural: nothing moves it on. Banks are closed on a day off,
        so the last day to order is then the working day before it, never after.
        """
        self.ensure_one()
        agreed = fields.Date.add(cleared_on, days=self.remit_days)
        delay = self.env["recouv.legal.parameter"]._get(
            "remittance_delay", cleared_on, country=self.env.ref("base.fr")
        )
        last = min(agreed, months.add_months(cleared_on, int(delay)))
        # sudo: the public holidays of where the agency works
        calendar = self.sudo().agency_id._recouv_calendar()
        return max(calendar.on_or_before(last), cleared_on)

    # --- the agent's own powers -----------------------------------------------------

    def _beyond_powers(self, duration=0, smallest=None, discount=0.0):
        """Return what goes beyond the agent's powers: of duration, smallest, discount.

        :param duration: months of the plan
        :param smallest: smallest instalment, None without one
        :param discount: percentage left to the debtor
        """
        self.ensure_one()
        beyond = []
        if duration > self.agent_max_months:
            beyond.append("duration")
        if smallest is not None and (
            self.currency_id.compare_amounts(smallest, self.agent_min_instalment) < 0
        ):
            beyond.append("smallest")
        if discount > self.agent_max_discount:
            beyond.append("discount")
        return beyond

    def _check_powers(self, claim, duration=0, smallest=None, discount=0.0):
        """Refuse what the agent may neither grant alone nor was allowed for a claim.

        :param claim: the agency's own claim
        :raise UserError: says what is beyond, and to ask the practice
        """
        beyond = self._beyond_powers(duration, smallest, discount)
        requests = self.env["recouv.agent.request"]
        if not beyond or requests._allows(claim, duration, smallest, discount):
            return
        labels = {
            "duration": self.env._("%s months at most", self.agent_max_months),
            "smallest": self.env._(
                "instalments of %s at least",
                format_amount(self.env, self.agent_min_instalment, self.currency_id),
            ),
            "discount": self.env._("a discount of %s %% at most",
                                   self.agent_max_discount),
        }  # fmt: skip
        raise UserError(
            self.env._(
                "%(mandate)s lets the agency grant %(powers)s: ask the practice first.",
                mandate=self.name,
                powers=", ".join(labels[kind] for kind in beyond),
            )
        )


def _decimal(value):
    """Return a sum or rate of the database as it is written, without binary dust."""
    return Decimal(str(round(value or 0.0, 6)))
