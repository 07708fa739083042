from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError, ValidationError


class ResUsers(models.Model):
    """Nobody works for a practice and for the agency that collects for it.

    The agency reads nothing of a practice (CSP L1110-4; design §6): a user of both
    would carry what the record rules keep apart.
    """

    _inherit = "res.users"

    @api.constrains("company_ids")
    def _check_recouv_apart(self):
        agencies, practices = self.env["res.company"]._recouv_sides()
        # sudo: a constraint counts all companies of a user
        for user in self.sudo():
            own = user.company_ids
            if user.id != SUPERUSER_ID and own & agencies and own & practices:
                raise ValidationError(
                    self.env._(
                        "%(user)s cannot belong to the practice %(practice)s and to "
                        "the agency %(agency)s: make two logins.",
                        user=user.name,
                        practice=(own & practices)[0].name,
                        agency=(own & agencies)[0].name,
                    )
                )

    @api.model
    def _recouv_in_both(self, practice, agency):
        """Return the active users that belong to both companies."""
        # sudo: their names tell a manager whom to take out of one of them
        return self.sudo().search(
            [
                ("company_ids", "in", practice.ids),
                ("company_ids", "in", agency.ids),
                ("id", "!=", SUPERUSER_ID),
            ]
        )

    @api.model
    def _recouv_check_apart(self, practice, agency):
        """:raise UserError: names the users that belong to both companies"""
        if users := self._recouv_in_both(practice, agency):
            raise UserError(
                self.env._(
                    "These users belong to the practice and to the agency: %(names)s. "
                    "The agency must read nothing of the practice: take each out of "
                    "one of the two companies, then hand the claims over.",
                    names=", ".join(users.mapped("name")),
                )
            )


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model
    def _recouv_sides(self):
        """Return (agencies, practices): the companies that no user may have both of.

        An agency is named on a mandate or declared as one; a practice has given a
        mandate or relances its own invoices.
        """
        # sudo: which company is which, to refuse; nothing of it is shown
        companies = self.sudo()
        mandates = self.env["recouv.mandate"].sudo().search([])
        agencies = mandates.agency_id
        if "recouv_is_agency" in self._fields:
            agencies |= companies.search([("recouv_is_agency", "=", True)])
        live = companies.search([("recouv_live_on", "!=", False)])
        return agencies, (mandates.company_id | live) - agencies
