from odoo import Command, api, models


class ResUsers(models.Model):
    """Whoever works for an agency has its menus, without anybody ticking a box.

    The group opens menus and columns; what may be read is said by the company alone.
    """

    _inherit = "res.users"

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'base'
        users = super().create(vals_list)
        users._recouv_give_agency_group()
        return users

    def write(self, vals):
        # EXTENDS 'base'
        done = super().write(vals)
        if "company_ids" in vals:
            self._recouv_take_agency_group()
        if {"company_ids", "group_ids"} & vals.keys():
            self._recouv_give_agency_group()
        return done

    def _recouv_give_agency_group(self):
        """Give the agency's menus to those who do relance in a company that is one."""
        group = self.env.ref("recouv_lib.group_agency", raise_if_not_found=False)
        if not group:  # the add-on is being installed
            return
        # sudo: a menu group, given for what the administrator already decided: the
        # person's companies, and the right to do relance
        for user in self.sudo():
            is_agent = user.has_group("recouv_lib.group_user") and any(
                company._recouv_agency_profile() for company in user.company_ids
            )
            if is_agent and not user.has_group("recouv_lib.group_agency"):
                user.group_ids = [Command.link(group.id)]

    def _recouv_take_agency_group(self):
        """Take the menus from those who work for no agency any more."""
        group = self.env.ref("recouv_lib.group_agency", raise_if_not_found=False)
        # sudo: a menu group only, as it was given
        for user in self.sudo():
            agencies = user.company_ids.filtered(
                lambda company: company._recouv_agency_profile()
            )
            if group and group in user.group_ids and not agencies:
                user.group_ids = [Command.unlink(group.id)]


class RecouvAgencyProfile(models.Model):
    _inherit = "recouv.agency.profile"

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS: a company becomes an agency, and its people get its menus"""
        profiles = super().create(vals_list)
        profiles._people()._recouv_give_agency_group()
        return profiles

    def write(self, vals):
        """EXTENDS: a company becomes an agency again, or ceases to be one"""
        done = super().write(vals)
        if vals.get("active"):
            self._people()._recouv_give_agency_group()
        elif "active" in vals:
            self._people()._recouv_take_agency_group()
        return done

    def _people(self):
        """Return the users of these companies."""
        # sudo: who works where, to open or close menus; nothing of it is shown
        users = self.env["res.users"].sudo()
        return users.search([("company_ids", "in", self.company_id.ids)])
