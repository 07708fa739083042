import logging
import time

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.tools import SQL

from .recouv_return_file import DIRECT_BYTES
from .recouv_return_line_apply import ENTRY_LINES, NO_DETAILS

_logger = logging.getLogger(__name__)

#: seconds that the cron works at least: going through a large file up to where it was
#: must not take all of its time (a worker has 120 by default)
SLICE = 45
#: answers whose shares are looked for together
MATCH_BATCH = 500
#: pieces after which what was read of the database is forgotten: memory must not grow
#: with the file
FORGET = 10
#: starts of the cron that end before anything is done, after which a file is set aside
MAX_STARTS = 5


class RecouvReturnFile(models.Model):
    """Applying: from lines to money, piece by piece, resumable.

    Runs elevated on what was read; the caller's right to write the file was checked,
    shares and transfers are of its company only, and the user stays the author of the
    entries. Each piece is committed: at most fifty items are booked between two
    commits, in a journal of returns alone, so that nobody waits for it.
    """

    _inherit = "recouv.return.file"

    is_apply_wanted = fields.Boolean(readonly=True, copy=False)
    starts = fields.Integer("Starts without progress", readonly=True, copy=False)

    def _start(self, apply=None):
        """Have these files worked: small ones now, the others by the cron.

        :param apply: whether to apply what is read; None: as the company wishes
        """
        for file in self:
            wanted = (
                file.company_id.recouv_return_auto_apply if apply is None else apply
            )
            # sudo: how a file stands is written by the machine only
            file.sudo().write(
                {
                    "is_queued": True,
                    "is_apply_wanted": wanted,
                    "failure_message": False,
                    "starts": 0,
                }
            )
        small = self.filtered(lambda file: file.size <= DIRECT_BYTES)
        for file in small:
            for _done in file._run_batches():
                pass
        if any(file.is_queued for file in self):
            self._wake_cron()

    def _wake_cron(self):
        # sudo: whoever takes in a file may not open the scheduled actions
        cron = self.env.ref("recouv_lib_tiers_payant.ir_cron_return_file").sudo()
        cron._trigger()

    @api.model
    def _cron_work(self):
        """Work on the files that wait, one after the other, as who took them in."""
        cron, start = self.env["ir.cron"], time.monotonic()
        for file in self.search([("is_queued", "=", True)], order="id"):
            if not file._begin():
                continue
            user = file.create_uid
            own = file.with_user(user).with_company(file.company_id)
            for _done in own.with_context(lang=user.lang)._run_batches():
                file._has_advanced()
                left = max(file.size - file.offset_done, 0)
                more = cron._commit_progress(1, remaining=left + 1)
                if not more and time.monotonic() - start > SLICE:
                    return

    def _begin(self):
        """Count one more start; return whether this file may be worked on.

        One that ends its process each time before anything of it is done, by what it
        takes, would keep all that wait behind it: it is set aside and told.
        """
        engine = self.env["recouv.engine"]
        try:
            self._take_turn()
        except LockError:
            return False
        if self.starts >= MAX_STARTS:
            self._record_failure(
                UserError(
                    self.env._(
                        "%(file)s was begun %(count)s times and never advanced: it may "
                        "be damaged. Ask for it in several parts, or press “Apply” to "
                        "try once more.",
                        file=self.name,
                        count=self.starts,
                    )
                )
            )
            return False
        self.starts += 1
        engine._checkpoint()
        return True

    def _has_advanced(self):
        if self.starts:
            self.starts = 0

    # --- the work -----------------------------------------------------------------

    def _run_batches(self):
        """Read and apply what is left; yield after each committed piece."""
        self.ensure_one()
        engine = self.env["recouv.engine"]
        # sudo: see the class
        file = self.sudo().with_company(self.company_id)
        try:
            self.check_access("write")
            # a lock met before the first piece must not forget that it is queued
            engine._checkpoint()
            for number, step in enumerate(file._steps(), start=1):
                engine._checkpoint()
                yield step
                if not number % FORGET:
                    self.env.invalidate_all()
                file._take_turn()
            file.write({"is_queued": False})
            engine._checkpoint()
        except (psycopg2.OperationalError, psycopg2.errors.UniqueViolation, LockError):
            # somebody else is at the same rows: the next start goes on
            engine._abandon()
            _logger.info("return file %s: to be continued", self.id)
        except Exception as error:
            file._record_failure(error)

    def _steps(self):
        self._take_turn()
        if not self._is_read():
            yield from self._read_batches()
        if self.is_apply_wanted and not self.is_test:
            yield from self._apply_batches()

    def _take_turn(self):
        """One process works on a file at a time; who comes second leaves it.

        :raises LockError: another one is at work
        """
        self.lock_for_update(allow_referencing=True)
        self.invalidate_recordset(["is_queued", "state"])

    def _is_read(self):
        return 0 < self.size <= self.offset_done

    def _record_failure(self, error):
        """Say what stopped; what was committed stays, the next start goes on."""
        engine = self.env["recouv.engine"]
        engine._abandon()
        refused = isinstance(error, UserError)
        if not refused:
            _logger.exception("return file %s failed", self.id)
        # what the program says of itself may quote the file: it is the log's alone
        message = str(error) if refused else self._failure_sentence()
        state = self.state if refused else "failed"
        self.write({"is_queued": False, "state": state, "failure_message": message})
        engine._checkpoint()

    @api.model
    def _failure_sentence(self):
        return self.env._(
            "It stopped on an error that nobody foresaw; what was done stays. Start it "
            "again; if it stops once more, the server's log says why."
        )

    # --- applying -----------------------------------------------------------------

    def _apply_batches(self):
        """Find shares, then book; yield how many lines each piece had."""
        self._check_books()
        # untracked, as the entries themselves: the invoices' chatter would cost more
        # than the booking; except where the law's audit trail is switched on
        is_audited = self.company_id.restrictive_audit_trail
        light = {} if is_audited else {"tracking_disable": True}
        Line = self.env["recouv.return.line"].with_context(**light)
        while lines := Line.search(self._left("new"), order="id", limit=MATCH_BATCH):
            lines._look_up()
            yield len(lines)
        self._name_payers()
        order = "payment_id, id"
        while lines := Line.search(
            self._left("matched"), order=order, limit=ENTRY_LINES
        ):
            lines = lines.grouped("payment_id")[lines[0].payment_id]
            lines._apply()
            self.worked_on = fields.Datetime.now()
            yield len(lines)
        self._bare_transfers()._forget_detailed()
        self.write({"state": "applied", "failure_message": False})
        # the money of a part may have joined a transfer that another file announced
        (self.payment_ids | self._own_payments())._look_in_bank()
        yield 0

    def _bare_transfers(self):
        """Transfers that another file announced without their invoices, and wait."""
        return self.env["recouv.return.line"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("file_id", "!=", self.id),
                ("kind", "=", "transfer"),
                ("outcome", "=", "to_settle"),
                ("issue", "=", NO_DETAILS),
                ("item_id", "=", False),
            ]
        )

    def _left(self, outcome):
        return [("file_id", "=", self.id), ("outcome", "=", outcome)]

    def _check_books(self):
        """Name what is missing or locked before the first entry.

        :raise UserError: naming setting, or days and locks
        """
        journal, _accounts = self.company_id._recouv_return_settings()
        real = self._own_payments().filtered(lambda one: not one.is_test)
        days = {self.accounting_date} - {False} or set(real.mapped("date"))
        for day in sorted(filter(None, days)):
            # the lock as it is for the user, with the exceptions granted to them
            locks = self.company_id._get_violated_lock_dates(day, False, journal)
            if locks:
                raise UserError(
                    self.env._(
                        "%(file)s cannot be booked on %(date)s: the books are locked "
                        "(%(locks)s). Give another date to book on; nothing was "
                        "booked.",
                        file=self.name,
                        date=fields.Date.to_string(day),
                        locks=self.env["res.company"]._format_lock_dates(locks),
                    )
                )

    def _name_payers(self):
        """Give each transfer the payer of most of its shares, where none is known."""
        self.env["recouv.return.line"].flush_model()
        self.env["recouv.return.payment"].flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE recouv_return_payment p SET payer_id = s.payer_id
                     FROM (SELECT DISTINCT ON (l.payment_id) l.payment_id, h.payer_id
                             FROM recouv_return_line l
                             JOIN recouv_share h ON h.id = l.share_id
                            WHERE l.file_id = %s
                            GROUP BY l.payment_id, h.payer_id
                            ORDER BY l.payment_id, COUNT(*) DESC, h.payer_id) s
                    WHERE s.payment_id = p.id AND p.payer_id IS NULL""",
                self.id,
            )
        )
        self.env["recouv.return.payment"].invalidate_model(["payer_id"])
