from odoo import api, fields, models


class RecouvCallOutcome(models.TransientModel):
    """Record the outcome of a call with one click; each button is an outcome."""

    _name = "recouv.call.outcome"
    _description = "Outcome of a call"

    notice_id = fields.Many2one("recouv.notice", "Call", required=True, readonly=True)
    company_id = fields.Many2one(related="notice_id.company_id")
    partner_id = fields.Many2one(related="notice_id.partner_id", string="Debtor")
    number = fields.Char(related="notice_id.sent_to", string="Number")
    currency_id = fields.Many2one(related="notice_id.currency_id")
    amount = fields.Monetary(related="notice_id.amount", string="Sum")
    line_ids = fields.One2many(related="notice_id.line_ids")
    script = fields.Html(compute="_compute_script", sanitize=True)
    outside_hours = fields.Boolean(compute="_compute_outside_hours")
    promise_date = fields.Date("Payment promised by")
    opened_on = fields.Datetime(default=lambda self: fields.Datetime.now())
    note = fields.Text(help="Kept on the claim; never shown to the debtor.")
    cause_id = fields.Many2one("recouv.cause", "Cause of non-payment")
    cause_advice = fields.Text(related="cause_id.advice")

    @api.depends("notice_id")
    def _compute_script(self):
        for wizard in self:
            notice = wizard.notice_id
            wizard.script = notice._call_script() if notice else False

    @api.depends("notice_id")
    def _compute_outside_hours(self):
        now = fields.Datetime.now()
        for wizard in self:
            company = wizard.notice_id.company_id
            wizard.outside_hours = (
                company and company._recouv_next_contact_moment(now) > now
            )

    def action_record(self):
        """Record the outcome named by the button (context ``call_outcome``)."""
        self.ensure_one()
        # what was agreed while the dialog was open, the caller has not seen
        call = self.notice_id.with_context(recouv_call_opened=self.opened_on)
        call._record_call(
            self.env.context.get("call_outcome"),
            self.note or "",
            self.promise_date,
            self.cause_id.id,
        )
        return {"type": "ir.actions.act_window_close"}
