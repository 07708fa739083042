from dataclasses import dataclass

from odoo import api, models
from odoo.fields import Domain


@dataclass(frozen=True)
class Section:
    """One kind of work of the day.

    ``model`` and ``domain`` say which records wait (record rules apply), ``action`` is
    the XML id of the window that shows them, ``method`` a public method of the model
    that returns an action instead, for what needs more than a list. ``sequence``
    orders the day: replies 10, money 20, promises and instalments 30, proposals 40,
    calls 50, letters 60, returned mail 70, requests and tasks 80, alarms 90.
    """

    code: str
    sequence: int
    label: str
    model: str
    domain: Domain
    action: str = ""
    method: str = ""
    is_alarm: bool = False


class RecouvDay(models.AbstractModel):
    """Ma journée: what waits for a human today, over all companies of the user.

    Each concern adds its sections by extending :meth:`_sections`, in its own file.
    """

    _name = "recouv.day"
    _description = "The day's work"

    @api.model
    def _sections(self, today):
        """Return the sections of the day, in any order.

        :param today: the user's day
        :return: list of :class:`Section`
        """
        return []
