"""What ``setup/run`` calls: :func:`prepare`, then :func:`play`."""

import logging

from odoo import fields

from . import invoices, patients, practices
from .story import Story

_logger = logging.getLogger(__name__)


def prepare(env):
    """Make companies, users, patients and posted invoices, as of today; commit.

    :param env: environment of the superuser on a database without demo data
    """
    env = env(context=dict(env.context, no_reset_password=True, **invoices.QUIET))
    _load_french(env)
    practices.make_companies(env)
    practices.set_schedules(env)
    practices.make_users(env)
    _logger.info("sociétés et utilisateurs créés (mot de passe = identifiant)")
    patients.make_patients(env)
    invoices.make_invoices(env, fields.Date.today(), _logger.info)
    env.cr.commit()


def _load_french(env):
    """French first: a chart of accounts keeps the language it was loaded in."""
    if env["res.lang"]._get_data(code="fr_FR"):
        return
    env["res.lang"]._activate_lang("fr_FR")
    modules = env["ir.module.module"].search([("state", "=", "installed")])
    modules._update_translations(["fr_FR"])


def play(env):
    """Live through ten weeks of relance, up to the proposal of today; commits."""
    Story(env, fields.Date.today(), _logger.info).live()
