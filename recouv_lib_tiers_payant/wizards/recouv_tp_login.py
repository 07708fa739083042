from odoo import fields, models


class RecouvTpLogin(models.TransientModel):
    """Name the person of the agency who will work this practice's rejections."""

    _name = "recouv.tp.login"
    _description = "Open a login for rejections"

    mandate_id = fields.Many2one("recouv.mandate", required=True, readonly=True)
    practice_name = fields.Char(related="mandate_id.practice_name")
    name = fields.Char("Name of the agent", required=True)
    email = fields.Char(
        "E-mail", required=True, help="It becomes the login; an invitation is sent."
    )

    def action_open(self):
        """Make the login, and go back to the mandate."""
        self.ensure_one()
        self.mandate_id._tp_open_login(self.name, self.email)
        return {"type": "ir.actions.act_window_close"}
