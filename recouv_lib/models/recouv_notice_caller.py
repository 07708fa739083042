from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.fields import Domain
from odoo.tools import format_time

# who opened a call and went away gives it back after so long
TAKEN_FOR = timedelta(minutes=15)
CALLS = Domain("channel", "=", "call") & Domain("state", "=", "printed")


class RecouvNotice(models.Model):
    """Two users on the calls of a day: what one has opened is not given to the other.

    Taking is a lock of milliseconds on the notice's row, never one that lasts as long
    as a conversation; who took it, and when, stands on the notice and expires.
    """

    _inherit = "recouv.notice"

    caller_id = fields.Many2one(
        "res.users", "Called by", readonly=True, copy=False, index="btree_not_null"
    )
    caller_since = fields.Datetime(readonly=True, copy=False)

    @api.model
    def _free_calls(self, skipped=()):
        """Return the domain of calls that this user may take now."""
        over = fields.Datetime.now() - TAKEN_FOR
        return (
            CALLS
            & Domain("id", "not in", list(skipped))
            & (
                Domain("caller_id", "in", (False, self.env.uid))
                | Domain("caller_since", "<", over)
            )
        )

    @api.model
    def _take_call(self, skipped=()):
        """Take and return the next free call still to make, or none.

        :param skipped: ids of calls that the user put off
        """
        taken = self.browse()
        refused = list(skipped)
        while call := self.search(self._free_calls(refused), order="id", limit=1):
            refused.append(call.id)
            locked = call.try_lock_for_update()
            if locked and locked._refresh_calls():
                locked._record_caller()
                return locked
        return taken

    def _record_caller(self):
        self._record({"caller_id": self.env.uid, "caller_since": fields.Datetime.now()})

    def _release_call(self):
        """Give back calls that this user took and did not make."""
        mine = self.filtered(
            lambda n: n.state == "printed" and n.caller_id == self.env.user
        )
        mine._record({"caller_id": False, "caller_since": False})

    def _record_outcome(self, outcome, note="", until=None):
        """EXTENDS: refuse what another recorded, or is on the phone about."""
        self._lock_call()
        self._check_not_recorded()
        self._check_not_taken()
        if outcome == "promise":
            self._check_nothing_agreed_since()
        self._record_caller()
        return super()._record_outcome(outcome, note, until)

    def _lock_call(self):
        """Two users at one call: the second is told, and nothing is recorded twice."""
        try:
            self.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "Someone else is recording the call to %s at this moment.",
                    self.partner_id.name,
                )
            ) from error

    def _check_not_recorded(self):
        if self.state == "printed" or not self.call_outcome or not self.caller_id:
            return
        outcomes = dict(self._fields["call_outcome"]._description_selection(self.env))
        raise UserError(
            self.env._(
                "%(user)s already recorded “%(outcome)s” for %(debtor)s at %(time)s: "
                "this cannot be done any more.",
                # sudo: only the name of a colleague of another company
                user=self.caller_id.sudo().name,
                outcome=outcomes[self.call_outcome],
                debtor=self.partner_id.name,
                time=format_time(self.env, self.caller_since, time_format="short"),
            )
        )

    def _check_not_taken(self):
        taken_until = self.caller_since and self.caller_since + TAKEN_FOR
        if (
            self.caller_id
            and self.caller_id != self.env.user
            and taken_until > fields.Datetime.now()
        ):
            raise UserError(
                self.env._(
                    "%(user)s is calling %(debtor)s since %(time)s.",
                    user=self.caller_id.sudo().name,  # as above
                    debtor=self.partner_id.name,
                    time=format_time(self.env, self.caller_since, time_format="short"),
                )
            )
