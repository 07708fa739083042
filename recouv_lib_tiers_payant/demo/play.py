"""What ``setup/run`` calls after the demonstration of ``recouv_lib``."""

import logging

from odoo import fields

from . import cockpit, cover
from .returns import Returns

_logger = logging.getLogger(__name__)


def prepare(env):
    """Give a practice its payers, insured patients and invoices shared with them."""
    cover.prepare(env, fields.Date.today())
    _logger.info("tiers payant : droits, parts et lots d'un cabinet")
    env.cr.commit()


def play(env):
    """Take the returns of some weeks in, look in the bank, treat rejections."""
    Returns(env, fields.Date.today(), _logger.info).live()


def table(env):
    """What became of the parts: title, headers, rows."""
    return cockpit.table(env)
