from odoo import fields, models
from odoo.exceptions import UserError


class RecouvFactoringSign(models.TransientModel):
    """Sign a factoring contract for one's own party."""

    _name = "recouv.factoring.sign"
    _description = "Sign a factoring contract"

    contract_id = fields.Many2one(
        "recouv.factoring.contract", required=True, readonly=True
    )
    practice_name = fields.Char(related="contract_id.practice_name")
    agency_name = fields.Char(related="contract_id.agency_name")
    own_party = fields.Selection(related="contract_id.own_party")
    signatory = fields.Char(
        "First and last name", required=True, default=lambda self: self.env.user.name
    )
    position = fields.Char("Acting as", help="Practitioner, managing director…")
    is_accepted = fields.Boolean("I have read the contract and approve it")

    def action_print(self):
        """Read the whole text before signing."""
        return self.contract_id.action_print()

    def action_sign(self):
        """Sign, and go back to the contract."""
        self.ensure_one()
        if not self.is_accepted:
            raise UserError(
                self.env._("Tick that you have read the contract and approve it.")
            )
        self.contract_id._sign(self.signatory, self.position)
        return {"type": "ir.actions.act_window_close"}
