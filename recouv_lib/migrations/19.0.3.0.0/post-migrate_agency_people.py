"""People of an agency have its menus, also those who were there before."""

from odoo import SUPERUSER_ID, api


def migrate(cr, _version):
    """Give the menus to whoever does relance in a company that is an agency."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["recouv.agency.profile"].search([])._people()._recouv_give_agency_group()
