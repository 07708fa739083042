from odoo import api, fields, models
from odoo.exceptions import UserError


class RecouvNotice(models.Model):
    """The second envelope of a letter: a protected adult and who protects him.

    A letter to one of them alone is not served (code civil, art. 467 and 475): each
    envelope has its line on the slip and, registered, its own tracking number.
    """

    _inherit = "recouv.notice"

    has_copy = fields.Boolean("Two addressees", compute="_compute_has_copy")
    copy_tracking_ref = fields.Char(
        "Second tracking number",
        index="btree_not_null",
        copy=False,
        help="Of the envelope to the other addressee: a protected adult and his "
        "guardian or curator both get the letter.",
    )

    @api.depends("channel", "partner_id")
    def _compute_has_copy(self):
        for notice in self:
            notice.has_copy = bool(notice._copy_recipient())

    def _editable_fields(self):
        return super()._editable_fields() | {"copy_tracking_ref"}

    def _envelopes(self):
        """Return [(addressee, tracking number)], one for each envelope to post."""
        self.ensure_one()
        envelopes = [(self._recipient(), self.tracking_ref or "")]
        if other := self._copy_recipient():
            envelopes.append((other, self.copy_tracking_ref or ""))
        return envelopes

    def _check_tracking_known(self):
        """EXTENDS: also that of the second envelope."""
        result = super()._check_tracking_known()
        missing = self.filtered(
            lambda n: (
                n.channel == "registered_letter"
                and n.has_copy
                and not n.copy_tracking_ref
            )
        )
        if missing:
            raise UserError(
                self.env._(
                    "Each of these goes to two people: enter the tracking number of "
                    "the second envelope first: %(letters)s.",
                    letters=", ".join(missing.mapped("display_name")),
                )
            )
        return result

    def _postage(self):
        """EXTENDS: each envelope has its stamp."""
        return super()._postage() * len(self._envelopes())
