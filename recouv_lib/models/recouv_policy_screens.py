from odoo import api, fields, models


class RecouvPolicy(models.Model):
    """What the screens of a policy show."""

    _inherit = "recouv.policy"

    ladder = fields.Char(
        compute="_compute_ladder", help="The steps in one line: day and channel."
    )

    @api.depends("step_ids.channel", "step_ids.delay_days", "step_ids.anchor")
    @api.depends_context("lang")
    def _compute_ladder(self):
        channels = dict(
            self.env["recouv.step"]._fields["channel"]._description_selection(self.env)
        )
        for policy in self:
            policy.ladder = " → ".join(
                f"{step._short_delay()} {channels.get(step.channel)}".strip()
                for step in policy.step_ids.sorted()
            )


class RecouvStep(models.Model):
    _inherit = "recouv.step"

    timing = fields.Char(compute="_compute_timing", help="When it leaves, in words.")

    def _short_delay(self):
        """Return “+10 d”, or nothing for a step that follows at once."""
        follows = self.anchor == "previous_step"
        if follows and not self.delay_days:
            return ""
        days = self.env._("%s d", self.delay_days)
        return f"+{days}" if follows else days

    @api.depends("delay_days", "anchor")
    @api.depends_context("lang")
    def _compute_timing(self):
        _ = self.env._
        for step in self:
            count = step.delay_days
            days = _("1 day") if count == 1 else _("%s days", count)
            words = {
                "care_end": _("%s after the end of care", days),
                "invoice_date": _("%s after the invoice", days),
                "due_date": _("%s after the due date", days),
                "previous_step": _("%s after the previous step", days),
            }
            step.timing = words.get(step.anchor)
