"""pytest plugin: classes of tests stand on grounds that are set up once (`grounds`)."""

import inspect

import pytest

from .grounds import Grounds

GROUNDS = Grounds()


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(obj):
    from odoo.tests import TransactionCase

    if inspect.isclass(obj) and issubclass(obj, TransactionCase):
        GROUNDS.watch(obj)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    cls = getattr(item, "cls", None)
    if GROUNDS.up and not (cls and GROUNDS.chain(cls)):
        GROUNDS.leave()


@pytest.fixture(scope="session", autouse=True)
def leave_the_last_ground(load_registry, load_http):
    """Take down what is still up, before Odoo closes its connections."""
    yield
    GROUNDS.leave()
