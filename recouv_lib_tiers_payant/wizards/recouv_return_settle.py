from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.recouv_return_settlement import CHOICES

MAX_CANDIDATES = 20


class RecouvReturnSettle(models.TransientModel):
    """Ask a person what a line of a return is, with the shares that resemble it."""

    _name = "recouv.return.settle"
    _description = "Settle a line of a return"

    line_id = fields.Many2one("recouv.return.line", required=True, readonly=True)
    company_id = fields.Many2one(related="line_id.company_id")
    currency_id = fields.Many2one(related="line_id.currency_id")
    outcome = fields.Selection(related="line_id.outcome")
    message = fields.Char(related="line_id.message")
    invoice_number = fields.Char(related="line_id.invoice_number")
    beneficiary = fields.Char(related="line_id.beneficiary")
    status = fields.Selection(related="line_id.status")
    asked = fields.Monetary(related="line_id.asked")
    paid = fields.Monetary(related="line_id.paid")
    choice = fields.Selection(CHOICES, required=True, default="share")
    candidate_ids = fields.One2many(
        "recouv.return.candidate", "settle_id", "Shares that resemble it"
    )
    share_id = fields.Many2one(
        "recouv.share", "Payer's part", domain="[('company_id', '=', company_id)]"
    )
    account_id = fields.Many2one(
        "account.account", domain="[('company_ids', 'in', company_id)]"
    )
    is_anyway = fields.Boolean(
        "Book it all the same",
        help="Though the share owes less: what is left stays open for the payer.",
    )
    note = fields.Char()

    @api.model
    def _open(self, line):
        """Open the dialog about a line, with the shares that resemble it."""
        dialog = self.create(
            {
                "line_id": line.id,
                "choice": self._likely_choice(line),
                "share_id": self._likely_share(line).id,
                "candidate_ids": [
                    Command.create({"share_id": share.id, "why": why})
                    for share, why in line._resembling()[:MAX_CANDIDATES]
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What is this line?"),
            "res_model": self._name,
            "res_id": dialog.id,
            "view_mode": "form",
            "target": "new",
        }

    @api.model
    def _likely_choice(self, line):
        if line.outcome in ("done", "settled"):
            return "taken_off"
        if line.issue == "patient_billed" and line.paid > 0:
            return "patient"
        return "share" if line.kind == "answer" else "account"

    @api.model
    def _likely_share(self, line):
        """The part that the patient was billed is known already."""
        is_billed = line.issue in ("patient_billed", "billed_back")
        return line.share_id if is_billed else line.share_id.browse()

    def action_settle(self):
        """Do what was chosen."""
        self.ensure_one()
        if self.choice in ("share", "patient") and not self.share_id:
            raise UserError(self.env._("Choose the share that this line answers."))
        self.env["recouv.return.settlement"]._settle(
            self.line_id,
            self.choice,
            share=self.share_id,
            account=self.account_id,
            note=self.note,
            is_anyway=self.is_anyway,
        )
        return {"type": "ir.actions.act_window_close"}


class RecouvReturnCandidate(models.TransientModel):
    """One share that a line may be about, and what speaks for it."""

    _name = "recouv.return.candidate"
    _description = "Share that resembles a line of a return"

    settle_id = fields.Many2one(
        "recouv.return.settle", required=True, ondelete="cascade"
    )
    share_id = fields.Many2one(
        "recouv.share", "Payer's part", required=True, readonly=True
    )
    currency_id = fields.Many2one(related="share_id.currency_id")
    patient_id = fields.Many2one(related="share_id.patient_id")
    payer_id = fields.Many2one(related="share_id.payer_id")
    care_date = fields.Date(related="share_id.care_date")
    amount = fields.Monetary(related="share_id.amount")
    amount_open = fields.Monetary(related="share_id.amount_open")
    state = fields.Selection(related="share_id.state")
    why = fields.Char("What fits", readonly=True)

    def action_choose(self):
        """Settle the line on this share."""
        self.ensure_one()
        dialog = self.settle_id
        choice = dialog.choice if dialog.choice == "patient" else "share"
        dialog.write({"choice": choice, "share_id": self.share_id.id})
        return self.settle_id.action_settle()
