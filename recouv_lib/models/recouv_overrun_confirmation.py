from odoo import api, fields, models


class RecouvOverrunConfirmation(models.Model):
    """A manager's word that an overrun without a signed quote may be claimed further.

    Kept as evidence of who decided and why; undone, the overrun is fragile again.
    """

    _name = "recouv.overrun.confirmation"
    _inherit = ["recouv.undo.mixin"]
    _description = "Confirmed overrun"
    _order = "id desc"
    _check_company_auto = True

    claim_id = fields.Many2one(
        "recouv.claim",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="claim_id.company_id", store=True, index=True, readonly=True
    )
    confirmed_by_id = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user
    )

    @api.depends("claim_id", "create_date")
    def _compute_display_name(self):
        for confirmation in self:
            confirmation.display_name = self.env._(
                "Overrun of %s", confirmation.claim_id.display_name
            )

    def _undo_obstacle(self):
        """A hand-over that left cannot be taken back by its confirmation."""
        if self.claim_id.holder != "practice":
            return self.env._("the claim was handed over.")
        return super()._undo_obstacle()

    def _undo(self):
        """Nothing to put back: what is undone counts no more."""
