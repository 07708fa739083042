"""pytest plugin: what a test does not have to do again.

Between two tests of a class, Odoo empties all its caches (rights, rules, views,
external ids), and each test fills them anew. Here a cache that no test has asked to be
cleared is kept: who changes what a cache holds clears it, in tests as in production,
so that what is left holds for the state to which the test is rolled back.

And at each write, Odoo merges anew what depends on the fields written: a tenth of the
time of all tests. Here it is merged once for the same fields.

And each `with_context`, `with_user` or `sudo` looks through all environments that the
transaction has, and a class of tests has many. Here it is found by what it is of.
"""

import gc
from weakref import WeakValueDictionary

import pytest

_cleared = set()
_frozen = False


def _caches(registry):
    return registry._Registry__caches


def _merge_triggers_once(module):
    def get_trigger_tree(registry, fields, select=bool):
        # the registry forgets this dictionary whenever fields change
        known, key = registry._field_trigger_trees, tuple(fields)
        if key not in known:
            known[key] = merge(registry, key)
        return chosen(known[key], select)

    def chosen(tree, select):
        result = module.TriggerTree([field for field in tree.root if select(field)])
        for label, subtree in tree.items():
            if part := chosen(subtree, select):
                result[label] = part
        return result

    merge = module.Registry.get_trigger_tree
    module.Registry.get_trigger_tree = get_trigger_tree


def _find_environments_by_key():
    from odoo.orm.environments import Environment
    from odoo.orm.utils import SUPERUSER_ID
    from odoo.tools import frozendict

    make = Environment.__new__

    def __new__(cls, cr, uid, context, su=False):
        if cr.transaction is None:
            return make(cls, cr, uid, context, su)
        envs = cr.transaction.envs
        known = vars(envs).setdefault("recouv_known", WeakValueDictionary())
        key = uid, bool(su) or uid == SUPERUSER_ID, frozendict(context)
        env = known.get(key)
        if env is None or env.cr is not cr or env not in envs:
            env = known[key] = make(cls, cr, uid, context, su)
        return env

    Environment.__new__ = staticmethod(__new__)


def pytest_collection_finish():
    from odoo.orm import registry as module
    from odoo.tests import HttpCase, TransactionCase

    def clear_cache(registry, *names):
        for name in names or ("default",):
            _cleared.update(module._CACHES_BY_KEY[name])
        return clear(registry, *names)

    def clear_all_caches(registry):
        _cleared.update(_caches(registry))
        return clear_all(registry)

    def set_up(self):
        kept = {}

        def put_back():
            for name, values in kept.items():
                for key, value in values.items():
                    _caches(self.registry)[name][key] = value

        def keep():
            for name, cache in _caches(self.registry).items():
                if name not in _cleared:
                    kept[name] = dict(cache._values)

        _cleared.clear()
        if isinstance(self, HttpCase):  # other threads read and clear meanwhile
            return start(self)
        self.addCleanup(put_back)  # the last one, after Odoo has cleared
        start(self)
        self.addCleanup(keep)
        return None

    clear, clear_all = module.Registry.clear_cache, module.Registry.clear_all_caches
    start = TransactionCase.setUp
    module.Registry.clear_cache = clear_cache
    module.Registry.clear_all_caches = clear_all_caches
    TransactionCase.setUp = set_up
    _merge_triggers_once(module)
    _find_environments_by_key()


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup():
    """What is loaded by now (Odoo, its models, the tests) stays: look at it no more."""
    global _frozen
    if not _frozen:  # counting what is frozen would take longer than many a test
        _frozen = True
        gc.collect()
        gc.freeze()
