import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

_logger = logging.getLogger(__name__)


class RecouvRun(models.Model):
    """What waits for an allowed hour leaves then; a staging copy sends nothing."""

    _inherit = "recouv.run"

    def _execute(self):
        """EXTENDS: refuse on a copy of the database; the queued notices stay."""
        if self.company_id._recouv_is_neutralized():
            raise UserError(
                self.env._(
                    "This database is a copy for tests: nothing leaves. Delete the "
                    "system parameter recouv.neutralized to send for real."
                )
            )
        return super()._execute()

    @api.model
    def _cron_execute_waiting(self):
        """Send what waited for the hours in which debtors may be contacted, what was
        approved in a list, and what a run that was stopped has left.

        Run by run, each in its own transactions; a run that fails is recorded on
        itself and does not stop those of other companies. One at work is left alone,
        and so is today's proposal until a person has approved something of it.
        """
        self._bury_dead_runs()
        waiting = Domain("state", "=", "queued") & (
            Domain("not_before", "=", False)
            | Domain("not_before", "<=", fields.Datetime.now())
        )
        proposed = Domain("state", "=", "proposed") & (
            Domain("date", "<", fields.Date.context_today(self))
            | Domain("notice_ids", "any", waiting & Domain("approved_on", "!=", False))
        )
        runs = self.search(
            Domain("heartbeat", "=", False)
            & Domain("notice_ids", "any", waiting)
            & (Domain("state", "in", ("executing", "done", "failed")) | proposed)
        )
        cron = self.env["ir.cron"]
        for done, run in enumerate(runs, 1):
            run.company_id._recouv_for_people(run)._execute_waiting()
            if not cron._commit_progress(1, remaining=len(runs) - done):
                break

    def _execute_waiting(self):
        try:
            self._execute()
            if not self.is_half_proposed:  # what stopped it before is over
                self.failure_message = False
        except UserError as error:
            _logger.warning("%s waits: %s", self.name, error)
        except Exception:
            # recorded on the run by _release_failed; the next company goes on
            _logger.exception("waiting notices of %s could not leave", self.name)
