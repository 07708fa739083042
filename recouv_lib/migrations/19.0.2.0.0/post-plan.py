from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Promises still awaited become agreements."""
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["recouv.plan"]._from_promises()
