from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, groupby

from ..lib import ladder, reference
from .recouv_policy import CAPACITIES
from .recouv_step import CHANNELS

STATES = [
    ("proposed", "Proposed"),
    ("queued", "Approved"),
    ("sending", "Leaving"),
    ("printed", "Ready"),
    ("sent", "Sent"),
    ("delivered", "Delivered"),
    ("failed", "Failed"),
    ("returned", "Returned"),
    ("cancelled", "Cancelled"),
]
# a notice in one of these states keeps its debtor out of the next proposal
LIVE_STATES = ("proposed", "queued", "sending", "printed")
FAILURES = [
    ("no_number", "No mobile number"),
    ("no_email", "No e-mail address"),
    ("bad_number", "Wrong number"),
    ("bad_email", "Wrong e-mail address"),
    ("blacklisted", "Opted out"),
    ("credit", "No SMS credit"),
    ("server", "Provider or server error"),
    ("bounced", "Bounced"),
    ("unreachable", "Unreachable"),
    ("wrong_address", "Wrong address"),
    ("forbidden", "Not allowed for this person"),
    ("missing_data", "Mandatory element missing"),
    ("rendering", "Document could not be made"),
    ("other", "Other"),
]
CALL_OUTCOMES = [
    ("reached", "Reached"),
    ("voicemail", "Voicemail"),
    ("unreachable", "Unreachable"),
    ("wrong_number", "Wrong number"),
    ("promise", "Promise to pay"),
    ("dispute", "Dispute"),
    ("plan", "Asks for instalments"),
    ("refuses", "Refuses"),
]
# outcomes of a call in which the debtor was spoken to
REACHED_OUTCOMES = ("reached", "promise", "dispute", "plan", "refuses")
# trying the same channel again cannot help
PERMANENT_FAILURES = (
    "no_number",
    "no_email",
    "bad_number",
    "bad_email",
    "blacklisted",
    "wrong_address",
    "forbidden",
)
# our own fault, nothing left: no attempt, the step is proposed again
NEVER_LEFT_FAILURES = ("rendering", "missing_data")
# what a person may write; the rest is what happened, and only methods record it
USER_FIELDS = frozenset({"personal_note", "tracking_ref", "proof_ids", "posting_id"})


class RecouvNotice(models.Model):
    """One communication to one debtor, from proposal to proof.

    Inserted in SQL by the run; carries no thread. A step is reached only through
    :meth:`_prove`; a failure goes through :meth:`_fail`. Both let the claims read
    their position again. Channels live in their own files (``recouv_notice_sms``…)
    and implement ``_deliver_<channel>``.
    """

    _name = "recouv.notice"
    _inherit = ["recouv.evidence.mixin"]
    _description = "Notice"
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    run_id = fields.Many2one("recouv.run", readonly=True, index="btree_not_null")
    partner_id = fields.Many2one("res.partner", "Debtor", required=True, readonly=True)
    lead_claim_id = fields.Many2one(
        "recouv.claim",
        readonly=True,
        index="btree_not_null",
        help="The oldest claim, which carries the step.",
    )
    recipient_id = fields.Many2one("res.partner", readonly=True)
    capacity = fields.Selection(
        CAPACITIES, required=True, readonly=True, default="creditor"
    )
    step_id = fields.Many2one(
        "recouv.step", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    channel = fields.Selection(CHANNELS, required=True, readonly=True)
    state = fields.Selection(
        STATES, required=True, readonly=True, default="proposed", index=True
    )
    failure_type = fields.Selection(FAILURES, readonly=True)
    failure_message = fields.Char(readonly=True)
    cancel_code = fields.Char(readonly=True, help="Why it did not leave after all.")
    attempt = fields.Integer(readonly=True, default=1)
    amount = fields.Monetary("Net sum", readonly=True)
    amount_interest = fields.Monetary("Legal interest", readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    call_outcome = fields.Selection(CALL_OUTCOMES, readonly=True)
    cost = fields.Float(readonly=True, help="What the sending cost the practice.")
    date_proposed = fields.Date(readonly=True)
    approved_on = fields.Datetime(
        readonly=True, help="When a person let it leave; empty: its step is automatic."
    )
    date_sending = fields.Datetime(readonly=True)
    date_sent = fields.Datetime(readonly=True)
    date_presented = fields.Date("Presented on", readonly=True)
    date_delivered = fields.Date("Received on", readonly=True)
    proven_on = fields.Date(
        "Proven on", readonly=True, help="From this day its step counts as reached."
    )
    failed_on = fields.Date(readonly=True)
    not_before = fields.Datetime(
        readonly=True, help="Waits for the hours in which debtors may be contacted."
    )
    deadline_date = fields.Date("Deadline given", readonly=True)
    personal_note = fields.Text(help="A personal word, printed in the letter.")
    document_id = fields.Many2one("ir.attachment", readonly=True)
    tracking_ref = fields.Char("Tracking number", index="btree_not_null")
    proof_ids = fields.Many2many("ir.attachment", "recouv_notice_proof_rel")
    idempotency_key = fields.Char(readonly=True)
    line_ids = fields.One2many("recouv.notice.line", "notice_id", readonly=True)
    payment_reference = fields.Char(
        compute="_compute_payment_reference",
        search="_search_payment_reference",
        help="ISO 11649; a transfer that carries it is matched by itself.",
    )

    _live_key_uniq = models.UniqueIndex(
        "(idempotency_key) WHERE state NOT IN ('failed', 'returned', 'cancelled')",
        "This notice exists already.",
    )
    # contacts of a debtor: ceilings, awaiting proof
    _debtor_idx = models.Index("(company_id, partner_id, state)")
    # what a run or the cron has to send
    _queue_idx = models.Index("(company_id, channel, id) WHERE state = 'queued'")

    @api.depends("channel", "partner_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["channel"]._description_selection(self.env))
        for notice in self:
            notice.display_name = (
                f"{labels.get(notice.channel, '')} {notice.id} – "
                f"{notice.partner_id.display_name}"
            )

    def _compute_payment_reference(self):
        for notice in self:
            notice.payment_reference = (
                reference.make_reference(notice.id) if notice._origin.id else False
            )

    @api.model
    def _search_payment_reference(self, operator, value):
        if operator != "in":
            return NotImplemented
        found = [reference.split_reference(text) for text in value if text]
        return [("id", "in", [parts[1] for parts in found if parts])]

    # --- what happened is not edited ------------------------------------------------

    def _editable_fields(self):
        return USER_FIELDS

    def _is_deletable(self):
        """EXTENDS: what never left is no history."""
        return self.state in ("proposed", "cancelled")

    # --- history for the ladder -----------------------------------------------------

    @api.model
    def _contacts_by_claim(self, claim_ids):
        """Return {claim id: [ladder.Contact]} in one query."""
        contacts = {claim_id: [] for claim_id in claim_ids}
        if not claim_ids:
            return contacts
        self.env["recouv.hold"].flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT l.claim_id, n.step_id AS rung_id, n.channel, n.proven_on,
                          n.failed_on, n.date_presented, n.deadline_date,
                          n.failure_type, n.call_outcome, n.is_last_attempt
                     FROM recouv_notice_line l
                     JOIN recouv_notice n ON n.id = l.notice_id
                    WHERE l.claim_id IN %s AND l.kind = 'claim'
                      AND n.state <> 'cancelled'
                      AND (n.proven_on IS NOT NULL OR n.failed_on IS NOT NULL)
                      AND COALESCE(n.failure_type, '') NOT IN %s AND NOT %s
                    ORDER BY n.id""",
                tuple(claim_ids),
                NEVER_LEFT_FAILURES,
                self._forgiven_sql(),
            )
        )
        for row in rows:
            contacts[row.pop("claim_id")].append(self._as_contact(row))
        return contacts

    @api.model
    def _as_contact(self, row):
        failed = row["failed_on"] is not None
        registered = row["channel"] == "registered_letter"
        return ladder.Contact(
            rung_id=row["rung_id"],
            channel=row["channel"],
            outcome=ladder.FAILED if failed else ladder.PROVEN,
            on=row["failed_on"] or row["proven_on"],
            counts_from=row["date_presented"] if registered else row["proven_on"],
            deadline=row["deadline_date"],
            permanent=row["failure_type"] in PERMANENT_FAILURES,
            reached=row["call_outcome"] in REACHED_OUTCOMES,
        )

    # --- outcomes -------------------------------------------------------------------

    def _prove(self, on=None, state="sent", **values):
        """Record that notices reached their proof; their claims move on.

        :param on: day of proof, today by default
        :param state: ``sent`` or ``delivered``
        """
        on = on or fields.Date.context_today(self)
        for notice in self:
            notice._record(
                {
                    "state": state,
                    "proven_on": on,
                    "failed_on": False,
                    "failure_type": False,
                    "failure_message": False,
                    "deadline_date": notice._deadline_from(on),
                    **values,
                }
            )
        self._refresh_claims()

    def _deadline_from(self, on):
        """The deadline given: from the sending, or from the first presentation."""
        self.ensure_one()
        days = self.step_id.deadline_days
        start = self.date_presented if self.channel == "registered_letter" else on
        return start + timedelta(days=days) if days and start else False

    def _fail(self, failure_type, message=None, on=None, state="failed"):
        """Record a failure. It is no reminder and is never recalled in a letter."""
        self._record(
            {
                "state": state,
                "proven_on": False,
                "failed_on": on or fields.Date.context_today(self),
                "failure_type": failure_type,
                "failure_message": message,
            }
        )
        self._refresh_claims()
        self._ask_a_human()

    def _refresh_claims(self):
        claims = self.line_ids.claim_id
        held = claims._refresh_ladder()
        if held:
            held._hold_undeliverable()

    def _ask_a_human(self):
        """Raise an activity on the claims whose step nothing more will be tried for."""
        for notice in self.filtered(lambda n: n._is_given_up()):
            claim = notice.line_ids.claim_id[:1]
            claim._schedule_todo(
                self.env._(
                    "%(notice)s could not be delivered", notice=notice.display_name
                ),
                notice.failure_message or "",
            )

    def _is_given_up(self):
        """Whether neither another attempt nor the fallback channel is left."""
        claim = self.lead_claim_id or self.line_ids.claim_id[:1]
        return claim.next_step_id != self.step_id or not claim.next_date

    def _cancel(self, code):
        """Withdraw notices that have not left; the line and its code stay."""
        self._record({"state": "cancelled", "cancel_code": code})
        self._refresh_claims()

    # --- what a human does ----------------------------------------------------------

    def action_approve(self):
        """Let proposed notices leave with the next execution, by hand or scheduled."""
        self.filtered(lambda n: n.state == "proposed")._record(
            {"state": "queued", "approved_on": fields.Datetime.now()}
        )
        return True

    def action_remove(self):
        """Take notices out of a proposal; the next run proposes anew."""
        self._check_states(("proposed", "queued"))
        self._cancel("removed")
        return True

    def action_retry(self):
        """After a crash, a human says that the notice did not leave: it leaves anew."""
        self._check_states(("sending",))
        self._check_run_is_over()
        now = fields.Datetime.now()
        self._record({"state": "queued", "date_sending": False, "not_before": now})
        return True

    def action_confirm_left(self):
        """After a crash, a human says that the notice did leave."""
        self._check_states(("sending",))
        self._check_run_is_over()
        self._prove(date_sent=fields.Datetime.now())
        return True

    def _check_run_is_over(self):
        """Refuse to judge what a living run is sending at this moment."""
        for run in self.run_id.filtered("heartbeat"):
            raise UserError(
                self.env._(
                    "%(run)s is still sending: wait until it ends.", run=run.name
                )
            )

    def _check_states(self, allowed):
        for notice in self.filtered(lambda n: n.state not in allowed):
            raise UserError(
                self.env._(
                    "%(notice)s is in state %(state)s: this cannot be done any more.",
                    notice=notice.display_name,
                    state=dict(
                        self._fields["state"]._description_selection(self.env)
                    ).get(notice.state),
                )
            )

    # --- hours ----------------------------------------------------------------------

    def _postpone_to_allowed_hours(self):
        """Let SMS wait for the hours in which debtors may be contacted.

        :return: the notices that wait, with the moment in ``not_before``
        """
        later = self.browse()
        now = fields.Datetime.now()
        for notice in self.filtered(lambda n: n.channel == "sms"):
            moment = notice.company_id._recouv_next_contact_moment(now)
            if moment > now:
                notice._record({"not_before": moment})
                later |= notice
        return later

    # --- delivery -------------------------------------------------------------------

    def _deliver(self):
        """Hand the notices to their channels; each records its own outcome.

        Called with the notices in state ``sending``, committed, holding no lock.
        """
        for channel, notices in groupby(self, key=lambda notice: notice.channel):
            batch = self.browse([notice.id for notice in notices])
            getattr(batch, f"_deliver_{channel}")()

    def _deliver_handover(self):
        """The schedule is over: a manager decides; nothing leaves by itself."""
        for notice in self:
            task = notice.line_ids.claim_id[:1]._schedule_todo(
                self.env._("Decide the hand-over"),
                self.env._("The schedule ended without payment, plan or dispute."),
            )
            notice._record({"state": "printed", "activity_id": task.id})

    def action_decide_handover(self):
        """Record the decision: the claims are ready to be handed over."""
        self._check_states(("printed",))
        self._prove()
        return True
