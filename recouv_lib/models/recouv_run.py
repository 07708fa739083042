import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from .recouv_policy import CAPACITIES

_logger = logging.getLogger(__name__)

# items per propose batch: one statement each, bounded memory in the database
PROPOSE_BATCH = 50000
# notices per execute batch: a lock is held for the time of one re-read
EXECUTE_BATCH = 50
# letters are rendered together, starting the renderer costs most
LETTER_BATCH = 200
# a slow mail server must not make a living run look dead: a beat each so many
EMAIL_BATCH = 10
BATCHES = {
    "letter": LETTER_BATCH,
    "registered_letter": LETTER_BATCH,
    "email": EMAIL_BATCH,
}
# a run that has not shown life for so long is dead
DEAD_AFTER = timedelta(minutes=30)


class RecouvRun(models.Model):
    """A campaign of one company: propose, let a human look, execute.

    Strategy. *Propose* writes claims and notices in SQL, in batches of debtors,
    each committed. *Execute* goes in short transactions: lock some notices, read
    every sum again, skip with a code what changed, commit ``sending``; then deliver
    holding no lock; then record. A kill leaves at worst a few notices in
    ``sending``: a human says whether they left, they are never sent again by
    themselves. One run at a time works for a company and capacity (partial unique
    index on the heartbeat, not a lock that the first commit would drop); a run
    without life for half an hour is marked failed and can be resumed; proposing twice
    adds nothing.
    """

    _name = "recouv.run"
    _description = "Relance run"
    _order = "date desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    name = fields.Char(compute="_compute_name")
    date = fields.Date(
        required=True, default=lambda self: fields.Date.context_today(self)
    )
    capacity = fields.Selection(CAPACITIES, required=True, default="creditor")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("proposed", "Proposed"),
            ("executing", "Executing"),
            ("done", "Done"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="draft",
    )
    heartbeat = fields.Datetime(readonly=True)
    failure_message = fields.Text(readonly=True)
    is_half_proposed = fields.Boolean(
        "Proposal not finished",
        readonly=True,
        copy=False,
        help="It stopped before it had looked at everybody: resume it.",
    )
    notice_ids = fields.One2many("recouv.notice", "run_id", readonly=True)
    skip_ids = fields.One2many("recouv.run.skip", "run_id", readonly=True)
    notice_count = fields.Integer(compute="_compute_counts")
    skip_count = fields.Integer(compute="_compute_counts")
    to_approve_count = fields.Integer(compute="_compute_counts")

    _working_uniq = models.UniqueIndex(
        "(company_id, capacity) WHERE heartbeat IS NOT NULL",
        "Another run of this company is at work.",
    )

    @api.depends("date", "capacity")
    @api.depends_context("lang")
    def _compute_name(self):
        for run in self:
            run.name = f"{run.company_id.name} – {format_date(self.env, run.date)}"

    @api.depends("name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for run in self:
            run.display_name = run.name

    def _compute_counts(self):
        notices, waiting = {}, {}
        for run, state, count in self.env["recouv.notice"]._read_group(
            [("run_id", "in", self.ids), ("state", "!=", "cancelled")],
            ["run_id", "state"],
            ["__count"],
        ):
            notices[run] = notices.get(run, 0) + count
            if state == "proposed":
                waiting[run] = count
        skips = dict(
            self.env["recouv.run.skip"]._read_group(
                [("run_id", "in", self.ids)], ["run_id"], ["__count"]
            )
        )
        for run in self:
            run.notice_count = notices.get(run, 0)
            run.to_approve_count = waiting.get(run, 0)
            run.skip_count = skips.get(run, 0)

    # --- one at a time --------------------------------------------------------------

    def _take(self):
        """Claim the company for this run; UserError when another is at work."""
        self.ensure_one()
        self._bury_dead_runs()
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(
                    SQL(
                        """UPDATE recouv_run SET heartbeat = %s
                            WHERE id = %s AND heartbeat IS NULL""",
                        fields.Datetime.now(),
                        self.id,
                    )
                )
                taken = self.env.cr.rowcount
        except psycopg2.errors.UniqueViolation:
            taken = 0
        if not taken:
            raise UserError(
                self.env._(
                    "A run of %(company)s is already at work: wait until it ends.",
                    company=self.company_id.name,
                )
            )
        self.invalidate_recordset(["heartbeat"])
        self.env["recouv.engine"]._checkpoint()

    @api.model
    def _bury_dead_runs(self):
        """Mark failed the runs that stopped showing life; what they left stays."""
        limit = fields.Datetime.now() - DEAD_AFTER
        dead = self.sudo().search(  # housekeeping across companies: only three
            [("heartbeat", "<", limit)]  # technical fields are written
        )
        for run in dead.try_lock_for_update():
            run.write(
                {
                    "heartbeat": False,
                    "state": "failed",
                    "failure_message": self.env._(
                        "The run was interrupted. Resume it: nothing is sent twice. "
                        "Notices that were leaving wait for your word."
                    ),
                }
            )
            run._report_stranded()

    def _beat(self):
        self.heartbeat = fields.Datetime.now()
        self.env["recouv.engine"]._checkpoint()

    def _release(self, state):
        self.write({"heartbeat": False, "state": state})
        self.env["recouv.engine"]._checkpoint()

    def _release_failed(self, error):
        """Record why a run stopped, in a clean transaction."""
        _logger.exception("run %s of %s failed", self.id, self.company_id.name)
        self.env["recouv.engine"]._abandon()
        self.write({"failure_message": str(error)})
        self._report_stranded()
        self._release("failed")

    # --- propose --------------------------------------------------------------------

    def action_propose(self):
        """Create the claims that are due and propose one notice per debtor.

        :raise UserError: the company is not live, or another run is at work
        """
        for run in self._in_own_company():
            run._check_live()
            if run.state not in ("draft", "proposed", "failed"):
                raise UserError(
                    self.env._("%(run)s was executed already.", run=run.name)
                )
            run._take()
            run.is_half_proposed = True
            self.env["recouv.engine"]._checkpoint()
            try:
                run._propose()
            except Exception as error:
                run._release_failed(error)
                raise
            run.is_half_proposed = False
            run._release("proposed")
        return True

    def _in_own_company(self):
        """Yield each run as seen from its company, whatever the user's switcher
        shows.

        :raise AccessError: before anything is taken, for who may only read
        """
        self.check_access("write")
        for run in self:
            yield run.with_company(run.company_id)

    def _check_live(self):
        gaps = self.company_id._recouv_live_gaps(self.capacity)
        if gaps:
            raise UserError("\n".join(gaps))

    def _propose(self):
        engine, company = self.env["recouv.engine"], self.company_id
        engine._realign_claims(company)
        for debtors in list(
            engine._debtor_batches(company, PROPOSE_BATCH, self.capacity)
        ):
            if self.capacity == "creditor":
                engine._create_claims(company, self.date, debtors)
            engine._propose(self, debtors)
            self._beat()

    # --- execute --------------------------------------------------------------------

    def action_execute(self):
        """Approve what was not removed, and send everything approved.

        :raise UserError: another run is at work, or nothing was proposed
        """
        for run in self._in_own_company():
            if run.state not in ("proposed", "executing", "failed"):
                raise UserError(self.env._("%(run)s: propose first.", run=run.name))
            run._check_live()
            run.notice_ids.filtered(lambda n: n.state == "proposed").action_approve()
            run._execute()
        return True

    def _execute(self):
        """Send the queued notices of this run; see the class for the strategy.

        Every way of sending comes through here, so *stop* means stop.
        """
        self._check_live()
        self._take()
        try:
            self.state = "executing"
            while batch := self._next_batch():
                leaving = batch._recheck()
                self._beat()
                leaving._deliver()
                self._beat()
        except Exception as error:
            self._release_failed(error)
            raise
        if self.is_half_proposed:  # some were never looked at
            self._release("failed")
        else:
            self._release("executing" if self._left_to_send() else "done")

    def _queue_domain(self):
        now = fields.Datetime.now()
        return [
            ("run_id", "=", self.id),
            ("state", "=", "queued"),
            "|",
            ("not_before", "=", False),
            ("not_before", "<=", now),
        ]

    def _next_batch(self):
        """Lock and return some notices of one channel that may leave now."""
        while first := self._first_queued():
            size = BATCHES.get(first.channel, EXECUTE_BATCH)
            batch = first.search(
                [*self._queue_domain(), ("channel", "=", first.channel)],
                order="id",
                limit=size,
            ).try_lock_for_update()
            batch = batch.filtered(lambda notice: notice.state == "queued")
            if not batch:  # somebody else holds them: he sends them
                return batch
            leaving = batch - batch._postpone_to_allowed_hours()
            if leaving:
                return leaving
        return first

    def _first_queued(self):
        return self.env["recouv.notice"].search(
            self._queue_domain(), order="channel, id", limit=1
        )

    def _left_to_send(self):
        return self.env["recouv.notice"].search_count(
            [("run_id", "=", self.id), ("state", "in", ("proposed", "queued"))]
        )

    def _report_stranded(self):
        """What was leaving when the run died: paper is made anew, the rest is asked.

        A letter needs a human's hand to leave, so it surely did not.
        """
        stranded = self.notice_ids.filtered(lambda n: n.state == "sending")
        paper = stranded.filtered(lambda n: n.channel.endswith("letter"))
        paper._record({"state": "queued", "date_sending": False})
        # asked once, however often the run fails again
        for notice in (stranded - paper).filtered(lambda n: not n.activity_id):
            task = notice.line_ids.claim_id[:1]._schedule_todo(
                self.env._("Did it leave? %(notice)s", notice=notice.display_name),
                self.env._(
                    "The server stopped while this notice was leaving. Look whether it "
                    "left, then confirm or retry it: it is never sent again by itself."
                ),
            )
            notice._record({"activity_id": task.id})

    def action_resume(self):
        """Go on where a failed run stopped."""
        self.write({"failure_message": False})
        for run in self:
            begun = bool(run.notice_ids)
            if run.is_half_proposed or not begun:
                run.action_propose()
            if begun:
                run._execute()
        return True

    # --- scheduled ------------------------------------------------------------------

    @api.model
    def _cron_relance(self):
        """Propose and send the automatic steps of every live company.

        One company after the other, each in its own transactions: a company whose
        run fails is recorded on its run and does not stop the others.
        """
        self._bury_dead_runs()
        companies = self.env["res.company"].search([])
        live = [
            (company, capacity)
            for company in companies
            for capacity in company._recouv_capacities()
            if not company._recouv_live_gaps(capacity)
        ]
        cron = self.env["ir.cron"]
        for done, (company, capacity) in enumerate(live, 1):
            self._run_company(company, capacity)
            if not cron._commit_progress(1, remaining=len(live) - done):
                break

    @api.model
    def _run_company(self, company, capacity="creditor"):
        """Propose today's run of a company once, then send what is automatic."""
        company_run = company._recouv_for_people(self)
        try:
            run = company_run._todays_run(company, capacity)
            if run.state == "draft":
                run.action_propose()
            if run.notice_ids.filtered(lambda n: n.state == "queued"):
                run._execute()
        except UserError as error:
            _logger.warning("no run for %s: %s", company.name, error)
        except Exception:
            # recorded on the run by _release_failed; the next company goes on
            _logger.exception("the run of %s failed", company.name)

    def _todays_run(self, company, capacity="creditor"):
        today = fields.Date.context_today(self)
        domain = [
            ("company_id", "=", company.id),
            ("capacity", "=", capacity),
            ("date", "=", today),
            ("state", "!=", "failed"),
        ]
        return self.search(domain, limit=1) or self.create(
            {"company_id": company.id, "capacity": capacity, "date": today}
        )

    @api.autovacuum
    def _gc_skips(self):
        """Forget why claims were skipped in runs older than three months."""
        limit = fields.Date.subtract(fields.Date.today(), months=3)
        self.env["recouv.run.skip"].search([("run_id.date", "<", limit)]).unlink()

    # --- views ----------------------------------------------------------------------

    def _action_related(self, xmlid, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        return action | {"domain": domain, "context": {}}

    def action_view_notices(self):
        return self._action_related(
            "recouv_lib.recouv_notice_action", [("run_id", "in", self.ids)]
        )

    def action_view_skips(self):
        return self._action_related(
            "recouv_lib.recouv_run_skip_action", [("run_id", "in", self.ids)]
        )
