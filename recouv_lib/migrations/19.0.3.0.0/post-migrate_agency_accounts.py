"""Money held for others has accounts of its own, also in companies of before."""

from odoo import SUPERUSER_ID, api


def migrate(cr, _version):
    """Create the settings that the agency's money needs; what is set stays."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["res.company"]._recouv_create_all_transfer_settings()
