from odoo import fields, models


class RecouvRun(models.Model):
    """What the screens of a run show."""

    _inherit = "recouv.run"

    skip_summary = fields.Text(
        compute="_compute_skip_summary", help="How many were skipped, by reason."
    )

    def _compute_skip_summary(self):
        messages = self.env["recouv.engine"]._blocker_messages()
        lines = {}
        for run, code, count in self.env["recouv.run.skip"]._read_group(
            [("run_id", "in", self.ids)],
            ["run_id", "code"],
            ["__count"],
            order="__count desc",
        ):
            lines.setdefault(run, []).append(f"{count} × {messages.get(code, code)}")
        for run in self:
            run.skip_summary = "\n".join(lines.get(run._origin, []))


class RecouvRunSkip(models.Model):
    _inherit = "recouv.run.skip"

    def action_explain(self):
        return self.claim_id.action_explain()
