from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..lib import ladder

CHANNELS = [
    ("sms", "SMS"),
    ("call", "Call"),
    ("email", "E-mail"),
    ("letter", "Letter"),
    ("registered_letter", "Registered letter"),
    ("handover", "Hand-over"),
]


class RecouvStep(models.Model):
    """One rung of a policy: when, by which channel, and what if it fails."""

    _name = "recouv.step"
    _description = "Relance step"
    _order = "policy_id, sequence, id"
    _check_company_auto = True

    policy_id = fields.Many2one(
        "recouv.policy", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    sequence = fields.Integer(required=True, default=10)
    name = fields.Char(required=True, translate=True)
    delay_days = fields.Integer(default=0, help="Days after the anchor.")
    delay_max_days = fields.Integer(help="Indicative: should have left by then.")
    anchor = fields.Selection(
        [
            ("care_end", "End of care"),
            ("invoice_date", "Invoice date"),
            ("due_date", "Due date"),
            ("previous_step", "Previous step"),
        ],
        required=True,
        default="due_date",
    )
    channel = fields.Selection(CHANNELS, required=True, default="letter")
    condition = fields.Selection(
        [("always", "Always"), ("call_failed", "Only if the call failed")],
        required=True,
        default="always",
    )
    is_formal_notice = fields.Boolean(
        "Mise en demeure",
        help="Names only claims that an earlier proven notice named; interest, the "
        "hand-over and the proofs count from it (art. 1344 code civil).",
    )
    max_attempts = fields.Integer(default=1)
    fallback_channel = fields.Selection(
        [item for item in CHANNELS if item[0] != "handover"],
        help="Tried once when every attempt of the channel failed.",
    )
    on_exhausted = fields.Selection(
        [("next_step", "Go on to the next step"), ("hold", "Hold and ask a human")],
        required=True,
        default="next_step",
    )
    deadline_days = fields.Integer(
        default=0,
        help="Days given to the debtor: from the sending; for a registered letter, "
        "from its first presentation.",
    )
    min_amount = fields.Monetary(
        help="Below this net sum (company currency) the step does not leave."
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    approval = fields.Selection(
        [("automatic", "Automatic"), ("manual", "Approved by hand")],
        required=True,
        default="manual",
    )
    tone = fields.Selection(
        [("courteous", "Courteous"), ("firm", "Firm"), ("formal", "Formal")],
        required=True,
        default="courteous",
    )
    sms_template_id = fields.Many2one(
        "sms.template", domain=[("model", "=", "recouv.notice")]
    )
    mail_template_id = fields.Many2one(
        "mail.template", domain=[("model", "=", "recouv.notice")]
    )
    letter_template_id = fields.Many2one("recouv.letter.template")
    call_script = fields.Html(translate=True)
    offer_plan = fields.Boolean(
        "Offer instalments",
        default=True,
        help="The text offers a plan, free of charge.",
    )
    email_copy = fields.Boolean(
        "E-mail copy", help="A letter also goes by e-mail where an address is known."
    )

    _policy_sequence_uniq = models.Constraint(
        "UNIQUE(policy_id, sequence)",
        "Two steps of one policy have the same rank: give each its own.",
    )
    _delays_positive = models.Constraint(
        "CHECK(delay_days >= 0 AND deadline_days >= 0 AND max_attempts >= 1)",
        "Delays cannot be negative, and a step has at least one attempt.",
    )

    @api.constrains("is_formal_notice", "channel", "on_exhausted", "deadline_days")
    def _check_formal_notice(self):
        for step in self.filtered("is_formal_notice"):
            if step.channel != "registered_letter" or step.deadline_days <= 0:
                raise ValidationError(
                    self.env._(
                        "%(step)s: a mise en demeure goes by registered letter and "
                        "gives a precise delay in days.",
                        step=step.name,
                    )
                )
            step._check_formal_delay()

    def _check_formal_delay(self):
        fewest = self.env["recouv.legal.parameter"]._get(
            "formal_notice_delay_min", fields.Date.context_today(self), self.company_id
        )
        if self.deadline_days < fewest:
            raise ValidationError(
                self.env._(
                    "%(step)s: a mise en demeure gives a reasonable delay, %(days)d "
                    "days at least (C. civ. 1231).",
                    step=self.name,
                    days=fewest,
                )
            )

    @api.onchange("is_formal_notice")
    def _onchange_is_formal_notice(self):
        if self.is_formal_notice:
            self.update({"channel": "registered_letter", "on_exhausted": "hold"})

    def _as_rungs(self):
        """Return the steps as plain :class:`ladder.Rung`, in order."""
        return [
            ladder.Rung(
                id=step.id,
                anchor=step.anchor,
                delay_days=step.delay_days,
                channel=step.channel,
                fallback=step.fallback_channel or None,
                max_attempts=step.max_attempts,
                holds=step.on_exhausted == "hold",
                only_if_call_failed=step.condition == "call_failed",
            )
            for step in self.sorted()
        ]
