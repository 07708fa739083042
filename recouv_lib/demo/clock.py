"""A past day as today, for the demonstration alone.

The product asks Odoo's fields what day it is and takes no other day, so that nobody can
date a letter back. The demonstration lives through weeks in a minute and therefore
changes what those fields answer, in this process and for the time of a ``with`` block.
"""

from contextlib import ExitStack, contextmanager
from datetime import date, datetime, time
from unittest.mock import patch

from odoo.orm import fields_temporal
from odoo.sql_db import Cursor


class _Kind:
    """Stands for ``date`` or ``datetime``, with another now."""

    def __init__(self, kind, moment):
        self._kind, self._moment = kind, moment

    def __getattr__(self, name):
        return getattr(self._kind, name)

    def __call__(self, *values, **named):
        return self._kind(*values, **named)

    def __instancecheck__(self, value):
        return isinstance(value, self._kind)

    def today(self):
        return self._moment if self._kind is datetime else self._moment.date()

    def now(self, tz=None):
        return self._moment.astimezone(tz) if tz else self._moment


@contextmanager
def at(day, hour=9):
    """Let Odoo's fields say that it is ``day``, ``hour`` o'clock UTC."""
    moment = datetime.combine(day, time(hour))
    with ExitStack() as stack:
        for kind in (date, datetime):
            fake = _Kind(kind, moment)
            stack.enter_context(patch.object(fields_temporal, kind.__name__, fake))
        stack.enter_context(patch.object(Cursor, "now", lambda cursor: moment))
        yield moment
