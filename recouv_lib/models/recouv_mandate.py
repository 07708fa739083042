from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

SCOPES = [("collection", "Collection"), ("tiers_payant", "Tiers payant")]
STATES = [
    ("draft", "Draft"),
    ("signed", "Signed"),
    ("expired", "Expired"),
    ("revoked", "Revoked"),
]


class RecouvMandate(models.Model):
    """The written convention by which a practice lets an agency collect (CPCE R124-3).

    Both companies read it, so that it carries no discussion and no link to anything
    else of the practice. Without an active one nothing is placed.
    """

    _name = "recouv.mandate"
    _description = "Collection mandate"
    _order = "valid_from desc, id desc"

    name = fields.Char("Number", required=True, copy=False, default="/", readonly=True)
    company_id = fields.Many2one(
        "res.company",
        "Practice",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    agency_id = fields.Many2one("res.company", "Agency", required=True, index=True)
    scope = fields.Selection(SCOPES, required=True, default="collection")
    state = fields.Selection(
        STATES, required=True, default="draft", readonly=True, copy=False
    )
    signed_on = fields.Date(readonly=True, copy=False)
    valid_from = fields.Date(required=True, default=fields.Date.context_today)
    valid_to = fields.Date()

    @api.constrains("company_id", "agency_id")
    def _check_two_companies(self):
        for mandate in self:
            if mandate.company_id == mandate.agency_id:
                raise ValidationError(
                    self.env._("A practice cannot be its own collection agency.")
                )

    def _is_active(self, day):
        """Say whether claims may be placed and worked under it on ``day``."""
        self.ensure_one()
        return (
            self.state == "signed"
            and self.valid_from <= day
            and (not self.valid_to or day <= self.valid_to)
        )

    def _check_active(self, day):
        """:raise UserError: the mandate does not allow anything on ``day``"""
        for mandate in self:
            if not mandate._is_active(day):
                raise UserError(
                    self.env._(
                        "The mandate %(mandate)s is not in force: have it signed by "
                        "both parties, or renew it, before placing claims.",
                        mandate=mandate.name,
                    )
                )
