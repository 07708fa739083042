from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date


class RecouvReportBalanceWizard(models.TransientModel):
    """Choose the day of an aged balance: the last closing, unless said otherwise."""

    _name = "recouv.report.balance.wizard"
    _description = "Day of an aged balance"

    date = fields.Date(
        "At the end of", required=True, default=lambda self: self._default_date()
    )

    @api.model
    def _default_date(self):
        today = fields.Date.context_today(self)
        year = self.env.company.compute_fiscalyear_dates(today)
        return year["date_from"] - timedelta(days=1)

    def action_view(self):
        """Show the balance of that day."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_report_balance_action"
        )
        day = format_date(self.env, self.date)
        title = self.env._("Aged balance at %s", day)
        return action | {
            "name": title,
            "display_name": title,  # what the web client shows first
            "context": {"recouv_at": fields.Date.to_string(self.date)},
        }
