import base64

from odoo import fields, models
from odoo.exceptions import UserError


class RecouvMandateSign(models.TransientModel):
    """Sign a mandate for one's own party, on screen or with the signed paper."""

    _name = "recouv.mandate.sign"
    _description = "Sign a mandate"

    mandate_id = fields.Many2one("recouv.mandate", required=True, readonly=True)
    practice_name = fields.Char(related="mandate_id.practice_name")
    agency_name = fields.Char(related="mandate_id.agency_name")
    own_party = fields.Selection(related="mandate_id.own_party")
    means = fields.Selection(
        [
            ("typed", "On screen: I type my name"),
            ("paper", "On paper: I add the signed document"),
        ],
        "How",
        required=True,
        default="typed",
    )
    signatory = fields.Char(
        "First and last name", required=True, default=lambda self: self.env.user.name
    )
    position = fields.Char("Acting as", help="Practitioner, managing director…")
    is_accepted = fields.Boolean("I have read the convention and approve it")
    file = fields.Binary("Signed document")
    file_name = fields.Char()

    def action_print(self):
        """Read the whole text before signing."""
        return self.mandate_id.action_print()

    def action_sign(self):
        """Sign, and go back to the mandate."""
        self.ensure_one()
        if not self.is_accepted:
            raise UserError(
                self.env._("Tick that you have read the convention and approve it.")
            )
        if self.means == "paper" and not self.file:
            raise UserError(self.env._("Add the document that was signed."))
        scan = self.means == "paper" and base64.b64decode(self.file)
        self.mandate_id._sign(
            self.signatory, self.position, scan or None, self.file_name or ""
        )
        return {"type": "ir.actions.act_window_close"}
