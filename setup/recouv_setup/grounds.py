"""Class set-ups that many test classes share, made once for all of them.

Nearly each class of tests begins with the same practice, agency, users: what the
``setUpClass`` of a common base class makes takes seconds. Here such a base class, a
*ground*, is set up for itself, and the classes that derive from it start from there:
each in a savepoint, as Odoo puts each test of a class in one. Grounds stand on each
other in the same way (an agency on a practice); what the next class does not stand on
is taken down first. A class gets what it would have made itself:

* only where nothing that it defines differs from its ground, save what comes after
  the ground: its own ``setUpClass``, ``setUp`` and tests;
* on the same frozen day;
* never with a browser: other threads than the test's read and write there.
"""

import contextlib
import sys
from collections import deque
from copy import copy, deepcopy
from functools import wraps
from pathlib import Path
from unittest.mock import _patch

from . import paths

#: what a class may define without being set up otherwise
OWN = {
    "setUp",
    "setUpClass",
    "tearDown",
    "freeze_time",
    "pytestmark",
    "test_tags",
    "test_module",
    "test_class",
    "test_sequence",
    "tearDown_exceptions",
    "_class_cleanups",
    "_classSetupFailed",
}
#: what unittest and Python keep on a class
PYTHONS = {"tearDown_exceptions", "_class_cleanups", "_classSetupFailed"}
CALLBACKS = ("precommit", "postcommit", "prerollback", "postrollback")


class Ground:
    """A base class that is set up: how it was before, and how to take it down."""

    def __init__(self, cls, before, frozen):
        self.cls, self.before, self.frozen = cls, before, frozen
        self.cleanups = list(cls._class_cleanups)
        cls._class_cleanups.clear()
        self.made = set(vars(cls)) - set(before)
        # what tests may add to, which no database rolls back
        self.values = [
            (value, copy(value))
            for value in map(vars(cls).get, self.made - PYTHONS)
            if isinstance(value, (list, dict, set))
        ]

    def put_back(self):
        """What the tests of a class did to our lists and dictionaries is undone."""
        for value, made in self.values:
            value.clear()
            value.extend(made) if isinstance(value, list) else value.update(made)

    def take_down(self):
        errors = _clean(self.cleanups)
        restore(self.cls, self.before)
        if errors:
            raise errors[0]


def _clean(cleanups):
    """Run all *cleanups*, the last one first; return what went wrong."""
    errors = []
    while cleanups:
        function, args, kwargs = cleanups.pop()
        try:
            function(*args, **kwargs)
        except Exception as error:  # the others are still to be done
            errors.append(error)
    return errors


def restore(cls, before):
    """Give the class *cls* the attributes that it had *before*."""
    now = dict(vars(cls))
    for name in set(now) - set(before) - PYTHONS:
        delattr(cls, name)
    for name in set(before) - PYTHONS:
        if now.get(name) is not before[name]:
            setattr(cls, name, before[name])


class Grounds:
    """The grounds that are up, the first one below the others."""

    def __init__(self):
        self.up = []
        #: class -> names that it defines itself
        self.defined = {}
        #: class -> when its tests live, as `freeze_time` says
        self.clocks = {}
        self.known = set()
        self.chains = {}
        #: the class for which grounds are being set up: its clock is theirs
        self.guest = None

    # --- which class stands on which ground ------------------------------------------

    def watch(self, cls):
        """Let *cls*, and what it derives from, stand on grounds."""
        for base in cls.__mro__:
            if base not in self.defined:
                self.defined[base] = frozenset(vars(base))
                # a ground that is up has that of the class for which it was set up
                self.clocks[base] = getattr(base, "freeze_time", None)
                if "setUpClass" in vars(base) and _is_ours(base):
                    self.known.add(base)
                    self._wrap(base)

    def _wrap(self, ground):
        original = vars(ground)["setUpClass"].__func__

        @wraps(original)
        def setUpClass(cls):
            # a decorator may have said by now of which country the class is
            said = _meant(set(vars(cls)) - self.defined[cls])
            chain = self.chain(cls, said)
            if not chain:
                self.leave()
            if not (chain and chain[-1] is ground and self.stand(cls, chain)):
                original(cls)

        ground.setUpClass = classmethod(setUpClass)

    def chain(self, cls, said=frozenset()):
        """The grounds under *cls*, each one standing on the one before.

        :param said: names that *cls* has got besides those that it defines
        """
        if said or cls not in self.chains:
            chain = self._chain(cls, said)
            if said:
                return chain
            self.chains[cls] = chain
        return self.chains[cls]

    def _chain(self, cls, said):
        from odoo.tests import HttpCase

        if issubclass(cls, HttpCase):
            return []
        for place, base in enumerate(cls.__mro__[1:], 1):
            if (
                base in self.known
                # nothing comes between it and what it derives from
                and base.__mro__ == cls.__mro__[place:]
                and not (self._own(cls, place) | said) & self._read(base)
            ):
                return [*self.chain(base), base]
        return []

    def _own(self, cls, place):
        """Names that *cls* and what is before *place* in its order define."""
        return _meant(*(self.defined[one] for one in cls.__mro__[:place]))

    def _read(self, ground):
        """Names that the set-up of *ground* may read."""
        return _meant(*(self.defined[one] for one in ground.__mro__))

    def moment(self, cls):
        """At which frozen moment the tests of *cls* live, comparable; none if today."""
        if not self.clocks[cls]:
            return None
        freezer = self.clocks[cls].freezer
        names = ("time_to_freeze", "tz_offset", "tick", "auto_tick_seconds")
        return tuple(str(getattr(freezer, name)) for name in names)

    # --- up and down -----------------------------------------------------------------

    def stand(self, cls, chain):
        """Let *cls* begin where the last of *chain* ends; return whether it may."""
        frozen = self.moment(self.guest or cls)
        while self.up and (
            self.up[0].frozen != frozen
            or [ground.cls for ground in self.up] != chain[: len(self.up)]
        ):
            self.up.pop().take_down()
        for base in chain[len(self.up) :]:
            self._set_up(base, self.guest or cls)
        place = cls.__mro__.index(chain[-1])
        if self._own(cls, place) & set().union(*(one.made for one in self.up)):
            self.leave()
            return False
        _begin(cls, self)
        return True

    def _set_up(self, base, guest):
        before, outer = dict(vars(base)), self.guest
        self.guest = guest
        try:
            base.freeze_time = self.clocks[guest]  # Odoo stops it before all else
            base.setUpClass()
            base.env.flush_all()
        except BaseException:
            _clean(base._class_cleanups)
            restore(base, before)
            self.leave()
            raise
        finally:
            self.guest = outer
        self.up.append(Ground(base, before, self.moment(guest)))

    def leave(self):
        """Take all down."""
        while self.up:
            self.up.pop().take_down()

    def put_back(self):
        for ground in self.up:
            ground.put_back()


def _meant(*names):
    """Of all these names, those by which a class may be set up otherwise."""
    found = set().union(*names) - OWN
    return {name for name in found if not name.startswith(("test_", "__"))}


def _is_ours(cls):
    from odoo.tests import TransactionCase

    module = sys.modules.get(cls.__module__)
    path = Path(getattr(module, "__file__", None) or "/")
    folders = [paths.ROOT / name for name in (*paths.addons(), "tests")]
    return issubclass(cls, TransactionCase) and any(map(path.is_relative_to, folders))


def _begin(cls, grounds):
    """As Odoo begins a test, within its class: all is undone when *cls* ends."""
    env, cr, registry = cls.env, cls.env.cr, cls.env.registry
    env.flush_all()
    transaction = env.transaction
    envs, default = list(transaction.envs), transaction.default_env
    callbacks = [getattr(cr, name) for name in CALLBACKS]
    called = [(deque(one._funcs), deepcopy(one.data)) for one in callbacks]
    patches = list(_patch._active_patches)
    sequence = registry.registry_sequence
    before = dict(vars(cls))

    def end():
        try:
            savepoint.close()
            for one, (funcs, data) in zip(callbacks, called, strict=True):
                one._funcs, one.data = funcs, data
            with cls.muted_registry_logger:
                registry.clear_all_caches()
            transaction.envs.clear()
            transaction.envs.update(envs)
            transaction.default_env = default
            for one in envs:
                one.clear()
            grounds.put_back()
            for one in [p for p in _patch._active_patches if p not in patches]:
                one.stop()
            restore(cls, before)
            if registry.registry_invalidated or registry.registry_sequence != sequence:
                grounds.leave()  # the models have changed: Odoo makes them anew
        except BaseException:
            with contextlib.suppress(Exception):
                grounds.leave()
            raise

    from odoo.sql_db import Savepoint

    savepoint = Savepoint(cr)
    cls.addClassCleanup(end)
