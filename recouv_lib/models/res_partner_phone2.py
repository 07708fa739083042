from odoo import fields, models

from ..lib import phone
from .account_move_screens import READERS


class ResPartner(models.Model):
    """A second number: practices' files have two, Odoo 19 contacts one.

    The number that Odoo knows (``phone``) is the one that is tried first. The second
    one is tried where the first is of no use: no mobile for a text, none that can be
    dialled for a call. The finder looks at both.
    """

    _inherit = "res.partner"

    recouv_phone2 = fields.Char("Second phone", groups=READERS)

    def _recouv_phones(self):
        """Return the numbers of a contact as they are written, the first one first."""
        self.ensure_one()
        return [number for number in (self.phone, self.recouv_phone2) if number]

    def _recouv_mobile(self, country_code):
        """Return the first number that takes a text (+33…), or None.

        :param country_code: where a national number is dialled
        """
        found = (phone.mobile(text, country_code) for text in self._recouv_phones())
        return next(filter(None, found), None)

    def _recouv_dialled(self, country_code):
        """Return every number that can be called (+33…), the first one first."""
        found = (phone.e164(text, country_code) for text in self._recouv_phones())
        return list(dict.fromkeys(filter(None, found)))
