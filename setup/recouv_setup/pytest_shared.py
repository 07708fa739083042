"""pytest plugin: several processes share one list of tests, class by class.

Each process collects all tests; a file per class in the folder that RECOUV_SHARED
names says who took it. What is long goes first, so that all end at the same time.
Then come the classes that stand on common grounds, ground by ground: each process
begins at another place of that list, so that they seldom set up the same ones. A
process beyond the number of cores takes the long ones last: browsers want a core each.
"""

import hashlib
import os
from itertools import groupby
from pathlib import Path

import pytest

from . import testing
from .pytest_grounds import GROUNDS

FOLDER = Path(os.environ["RECOUV_SHARED"])
#: a class with a browser, or a module of functions (wheels), counts as many tests
LONG = 500
#: which one of how many processes this is, from 0
NUMBER, PROCESSES = map(int, os.environ.get("RECOUV_SHARE", "0/1").split("/"))
_ran = 0


def _unit(item):
    """What is run by one process: the class of a test, or its module."""
    return item.parent.nodeid


def _weight(items):
    from odoo.tests import HttpCase

    of_class = items[0].cls
    is_long = of_class is None or issubclass(of_class, HttpCase)
    return len(items) + LONG * is_long


def _is_mine(name):
    """Take the class *name*, unless another process did."""
    try:
        (FOLDER / hashlib.sha256(name.encode()).hexdigest()).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _grounds(items):
    """What the class of a test stands on, comparable: alike ones follow each other."""
    cls = items[0].cls
    chain = GROUNDS.chain(cls) if cls in GROUNDS.defined else []
    names = [f"{one.__module__}.{one.__qualname__}" for one in chain]
    return [str(GROUNDS.moment(cls)), *names] if chain else []


def _ordered(units):
    """Those that stand alone, the longest first; then all others from our place on."""
    alone = [unit for unit in units if not _grounds(unit[1])]
    others = [unit for unit in units if _grounds(unit[1])]
    others.sort(key=lambda unit: _grounds(unit[1]))
    place = len(others) * NUMBER // PROCESSES
    others = [*others[place:], *others[:place]]
    alone.sort(key=lambda unit: -_weight(unit[1]))
    return [*alone, *others] if NUMBER < testing.cores() else [*others, *alone]


def _mine(session):
    """Yield the tests that this process runs, taking a class when it needs one."""
    units = [(name, list(items)) for name, items in groupby(session.items, _unit)]
    for name, items in _ordered(units):
        if _is_mine(name):
            yield from items


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    global _ran
    if session.testsfailed or session.config.option.collectonly:
        return None  # pytest's own loop says what is wrong, or lists
    tests = _mine(session)
    item = next(tests, None)
    while item is not None:
        following = next(tests, None)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        _ran += 1
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        item = following
    return True


def pytest_sessionfinish(session):
    """Tell who started us how many tests there are, and how many ran here."""
    (FOLDER / f"{os.getpid()}.count").write_text(f"{session.testscollected} {_ran}")
