"""What ``setup/run`` calls after the demonstration of ``recouv_lib``: its agency is
then in order, and its practices have worked for ten weeks."""

import importlib
import logging

from odoo import fields

from . import sales

_logger = logging.getLogger(__name__)
#: parts told by files of their own, in the order in which they are played
PARTS = ("insurance",)


def _part(name):
    return importlib.import_module(f"{__package__}.{name}")


def prepare(env):
    """Make what must be there before the story; commit."""
    for name in PARTS:
        _part(name).prepare(env)
    env.cr.commit()


def play(env):
    """Sell a month of one practice's invoices, live on with them, insure another."""
    sold = sales.Sales(env, fields.Date.today(), _logger.info).live()
    env.cr.commit()
    _part("notices").live(env, sold.with_env(env), _logger.info)
    _part("books").live(env, sold.with_env(env), _logger.info)
    for name in PARTS:
        _part(name).play(env)
    env.cr.commit()


def tables(env):
    """What became of the sales, both companies' books, and what was insured."""
    return [module.table(env) for module in (sales, *map(_part, ("books", *PARTS)))]


def table(env):
    """What became of the sales: title, headers, rows."""
    return sales.table(env)
