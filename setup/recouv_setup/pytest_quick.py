"""pytest plugin: what a test does not have to do again.

Between two tests of a class, Odoo empties all its caches (rights, rules, views,
external ids), and each test fills them anew. Here a cache that no test has asked to be
cleared is kept: who changes what a cache holds clears it, in tests as in production,
so that what is left holds for the state to which the test is rolled back.
"""

import gc

import pytest

_cleared = set()


def _caches(registry):
    return registry._Registry__caches


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


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup():
    """What is loaded by now (Odoo, its models, the tests) stays: look at it no more."""
    if not gc.get_freeze_count():
        gc.collect()
        gc.freeze()
