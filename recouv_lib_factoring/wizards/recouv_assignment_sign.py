from odoo import fields, models
from odoo.exceptions import UserError


class RecouvAssignmentSign(models.TransientModel):
    """Sign a deed of assignment: the practice its schedule, the buyer its copy."""

    _name = "recouv.assignment.sign"
    _description = "Sign a deed of assignment"

    assignment_id = fields.Many2one("recouv.assignment", readonly=True)
    deed_id = fields.Many2one("recouv.deed", readonly=True)
    name = fields.Char("Schedule", compute="_compute_told")
    currency_id = fields.Many2one("res.currency", compute="_compute_told")
    count = fields.Integer("Receivables", compute="_compute_told")
    amount = fields.Monetary("Nominal", compute="_compute_told")
    signatory = fields.Char(
        "First and last name", required=True, default=lambda self: self.env.user.name
    )
    position = fields.Char("Acting as", help="Practitioner, managing director…")
    is_accepted = fields.Boolean("I have read the deed and its list, and approve them")

    def _compute_told(self):
        for wizard in self:
            schedule, deed = wizard.assignment_id, wizard.deed_id
            wizard.name = schedule.name or deed.name
            wizard.currency_id = schedule.currency_id or deed.currency_id
            wizard.count = schedule.accepted_count or deed.line_count
            wizard.amount = schedule.amount_accepted or deed.amount

    def action_print(self):
        """Read the deed before signing."""
        return (self.deed_id or self.assignment_id).action_print()

    def action_sign(self):
        """Sign; what changed at the last moment is told, and nothing is signed then."""
        self.ensure_one()
        if not self.is_accepted:
            raise UserError(
                self.env._("Tick that you have read the deed and approve it.")
            )
        act = self.deed_id or self.assignment_id
        close = {"type": "ir.actions.act_window_close"}
        if act._sign(self.signatory, self.position):
            return close
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "message": self.env._(
                    "Something changed meanwhile: a receivable was paid, suspended or "
                    "its check expired. Nothing was signed; look at the list again."
                ),
                "next": close,
            },
        }
