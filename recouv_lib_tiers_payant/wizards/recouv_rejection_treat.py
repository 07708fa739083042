from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.recouv_rejection_act import CHANNELS
from ..models.recouv_rejection_reason import ACTION_CLASSES


class RecouvRejectionTreat(models.TransientModel):
    """One screen that treats one rejection, or two hundred of one cause."""

    _name = "recouv.rejection.treat"
    _description = "Treat rejections"

    rejection_ids = fields.Many2many("recouv.rejection", required=True)
    count = fields.Integer(compute="_compute_summary")
    currency_id = fields.Many2one("res.currency", compute="_compute_summary")
    amount = fields.Monetary("At stake", compute="_compute_summary")
    what_to_do = fields.Text(compute="_compute_summary")
    action = fields.Selection(ACTION_CLASSES, "What to do", required=True)
    obstacle = fields.Text(compute="_compute_obstacle")
    refused_ids = fields.Many2many("recouv.rejection", compute="_compute_obstacle")
    skip_refused = fields.Boolean("Leave those out and treat the others")
    note = fields.Text()
    until = fields.Date(
        "Wait until",
        compute="_compute_days",
        store=True,
        precompute=True,
        readonly=False,
    )
    date_due = fields.Date(
        "New due date",
        compute="_compute_days",
        store=True,
        precompute=True,
        readonly=False,
    )
    channel = fields.Selection(
        CHANNELS, help="Empty: by e-mail who has an address, the others by letter."
    )
    sent_on = fields.Date("Sent again on", default=fields.Date.context_today)
    # the one practice and payer of what is treated, if they are one
    company_id = fields.Many2one("res.company", compute="_compute_summary")
    payer_id = fields.Many2one("res.partner", compute="_compute_summary")
    lot_id = fields.Many2one(
        "recouv.lot",
        "In the lot",
        domain="[('company_id', '=', company_id), ('ack_state', '!=', 'negative'), "
        "('payer_id', 'in', [False, payer_id])]",
        help="A lot that has not left yet takes them along on the day it leaves.",
    )
    first_number = fields.Char(
        "First new number",
        size=9,
        help="Nine digits; the others count on from it. Change each below.",
    )
    line_ids = fields.One2many(
        "recouv.rejection.treat.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    @api.depends("rejection_ids")
    def _compute_summary(self):
        for wizard in self:
            rejections = wizard.rejection_ids
            wizard.count = len(rejections)
            wizard.currency_id = rejections[:1].currency_id
            wizard.amount = sum(rejections.mapped("amount_at_stake"))
            companies, payers = rejections.company_id, rejections.payer_id
            wizard.company_id = companies if len(companies) == 1 else False
            wizard.payer_id = payers if len(payers) == 1 else False
            told = dict.fromkeys(rejections.reason_id.filtered("what_to_do").mapped(
                "what_to_do"))  # fmt: skip
            wizard.what_to_do = "\n".join(told)

    @api.depends("rejection_ids")
    def _compute_days(self):
        today = fields.Date.context_today(self)
        for wizard in self:
            company = (wizard.rejection_ids.company_id or self.env.company)[:1]
            config = company._recouv_config()
            wizard.until = fields.Date.add(
                today, days=config.recouv_rejection_wait_days
            )
            wizard.date_due = fields.Date.add(
                today, days=config.recouv_rejection_due_days
            )

    @api.depends("rejection_ids", "action", "channel")
    def _compute_obstacle(self):
        for wizard in self:
            rejections = wizard.rejection_ids._origin if wizard.action else ()
            refused = (
                rejections._obstacles(wizard.action, wizard.channel)
                if rejections
                else {}
            )
            wizard.refused_ids = self.env["recouv.rejection"].union(*refused)
            wizard.obstacle = "\n".join(
                f"{one.display_name}: {why}" for one, why in list(refused.items())[:5]
            )

    @api.depends("rejection_ids", "action", "first_number")
    def _compute_line_ids(self):
        for wizard in self:
            if wizard.action != "correct_and_resend":
                wizard.line_ids = [Command.clear()]
                continue
            numbers = wizard._numbers()
            wizard.line_ids = [Command.clear()] + [
                Command.create({"rejection_id": one.id, "number": numbers.get(one)})
                for one in wizard.rejection_ids._origin
            ]

    def _numbers(self):
        """Return {rejection: number}, counted on from the first one."""
        first = (self.first_number or "").strip()
        if not (first.isdigit() and len(first) == 9):
            return {}
        return {
            one: f"{(int(first) + rank) % 10**9:09d}"
            for rank, one in enumerate(self.rejection_ids._origin)
        }

    def action_apply(self):
        """Treat them, all or none of those that can be treated so."""
        self.ensure_one()
        chosen = self.rejection_ids
        if self.skip_refused:
            chosen -= self.refused_ids
        if not chosen:
            raise UserError(self.env._("Nothing is left to treat so."))
        acts = getattr(self, f"_apply_{self.action}")(chosen)
        return self._after(acts)

    def _apply_correct_and_resend(self, chosen):
        numbers = {line.rejection_id: line.number for line in self.line_ids}
        return chosen._treat_resend(numbers, self.sent_on, self.lot_id, self.note)

    def _apply_ask_patient(self, chosen):
        return chosen._treat_ask(self.until, self.channel, self.note)

    def _apply_bill_patient(self, chosen):
        return chosen._treat_bill(self.date_due, self.note, self.channel)

    def _apply_claim_payer(self, chosen):
        return chosen._treat_claim(self.until, self.note)

    def _apply_wait(self, chosen):
        return chosen._treat_wait(self.until, self.note)

    def _apply_give_up(self, chosen):
        return chosen._treat_give_up(self.note)

    def _after(self, acts):
        """Download the letter that was printed; several stay with the acts."""
        document = acts.document_id
        if len(document) != 1:
            return {"type": "ir.actions.act_window_close"}
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{document.id}?download=true",
            "target": "new",
            "close": True,
        }


class RecouvRejectionTreatLine(models.TransientModel):
    """The new number of one corrected invoice."""

    _name = "recouv.rejection.treat.line"
    _description = "New number of a corrected invoice"

    wizard_id = fields.Many2one(
        "recouv.rejection.treat", required=True, ondelete="cascade"
    )
    rejection_id = fields.Many2one("recouv.rejection", required=True)
    patient_id = fields.Many2one(related="rejection_id.patient_id")
    old_number = fields.Char(related="rejection_id.invoice_number", string="Number")
    currency_id = fields.Many2one(related="rejection_id.currency_id")
    amount = fields.Monetary(related="rejection_id.amount_at_stake")
    number = fields.Char("New number", size=9)
