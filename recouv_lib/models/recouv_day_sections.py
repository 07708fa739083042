from odoo import api, fields, models
from odoo.fields import Domain

from .recouv_day import Section
from .recouv_notice_letter import PAPER_CHANNELS

# a registered letter without news for so long is worth a look at the post's site
REGISTERED_SILENT_DAYS = 3
# alarm of the right to sue (requirement A30; law.md §3)
LIMITATION_DAYS = 180
OPEN_CLAIM = Domain("closed_on", "=", False) & Domain("settlement", "=", "open")


class RecouvDay(models.AbstractModel):
    """The sections of what the relance itself leaves to a human."""

    _inherit = "recouv.day"

    @api.model
    def _sections(self, today):
        return [
            *super()._sections(today),
            *self._money_sections(),
            *self._sending_sections(),
            *self._paper_sections(today),
            *self._claim_sections(today),
            *self._alarm_sections(today),
        ]

    @api.model
    def _money_sections(self):
        return [
            Section(
                code="bank",
                sequence=20,
                label=self.env._("Payments to match"),
                model="recouv.bank.match",
                domain=Domain("is_waiting", "=", True) & Domain("rank", "=", 1),
                action="recouv_lib.recouv_bank_match_action",
            )
        ]

    @api.model
    def _sending_sections(self):
        return [
            Section(
                code="proposals",
                sequence=40,
                label=self.env._("Notices to approve"),
                model="recouv.notice",
                domain=Domain("state", "=", "proposed"),
                action="recouv_lib.recouv_notice_action",
            ),
            Section(
                code="handovers",
                sequence=45,
                label=self.env._("Hand-overs to decide"),
                model="recouv.notice",
                domain=Domain("channel", "=", "handover")
                & Domain("state", "=", "printed"),
                action="recouv_lib.recouv_notice_action",
            ),
            Section(
                code="calls",
                sequence=50,
                label=self.env._("Calls to make"),
                model="recouv.notice",
                domain=Domain("channel", "=", "call") & Domain("state", "=", "printed"),
                action="recouv_lib.recouv_notice_call_action",
            ),
        ]

    @api.model
    def _paper_sections(self, today):
        silent = fields.Date.subtract(today, days=REGISTERED_SILENT_DAYS)
        return [
            Section(
                code="letters",
                sequence=60,
                label=self.env._("Letters to print"),
                model="recouv.notice",
                domain=self._printed_paper() & Domain("posting_id", "=", False),
                action="recouv_lib.recouv_notice_action",
            ),
            Section(
                code="postings",
                sequence=61,
                label=self.env._("Letters to post"),
                model="recouv.posting",
                domain=Domain("state", "=", "open"),
                action="recouv_lib.recouv_posting_action",
            ),
            Section(
                code="registered",
                sequence=70,
                label=self.env._("Registered letters: news to enter"),
                model="recouv.notice",
                domain=Domain("channel", "=", "registered_letter")
                & Domain("state", "=", "sent")
                & Domain("delivery_outcome", "=", False)
                & Domain("proven_on", "<=", silent),
                action="recouv_lib.recouv_notice_action",
            ),
        ]

    @api.model
    def _printed_paper(self):
        """Letters that wait here for the post; a provider posts its own."""
        return (
            Domain("state", "=", "printed")
            & Domain("channel", "in", PAPER_CHANNELS)
            & Domain("provider_ref", "=", False)
        )

    @api.model
    def _claim_sections(self, today):
        mine = (
            Domain("user_id", "=", self.env.uid)
            & Domain("date_deadline", "<=", today)
            & Domain("activity_type_id.category", "!=", "phonecall")
        )
        return [
            Section(
                code="reviews",
                sequence=46,
                label=self.env._("Claims to review"),
                model="recouv.claim",
                domain=OPEN_CLAIM & Domain("in_review", "=", True),
                action="recouv_lib.recouv_claim_action",
            ),
            Section(
                code="tasks",
                sequence=80,
                label=self.env._("Your tasks on claims"),
                model="recouv.claim",
                domain=Domain("activity_ids", "any", mine),
                action="recouv_lib.recouv_claim_action",
            ),
        ]

    # --- alarms ---------------------------------------------------------------------

    @api.model
    def _alarm_sections(self, today):
        soon = fields.Date.add(today, days=LIMITATION_DAYS)
        return [
            self._alarm(
                "limitation",
                90,
                self.env._("The right to sue expires within 180 days"),
                OPEN_CLAIM
                & Domain("limitation_date", ">=", today)
                & Domain("limitation_date", "<=", soon),
            ),
            self._alarm(
                "unposted",
                91,
                self.env._("Printed and not posted"),
                self._unposted_domain(today),
                model="recouv.notice",
            ),
            self._alarm(
                "stranded",
                92,
                self.env._("Did it leave? The server stopped meanwhile"),
                Domain("state", "=", "sending")
                & Domain("run_id.heartbeat", "=", False),
                model="recouv.notice",
            ),
            self._alarm(
                "failed_runs",
                92,
                self.env._("A run stopped: resume it"),
                Domain("state", "=", "failed")
                & (
                    Domain("notice_ids", "any", [("state", "=", "queued")])
                    | Domain("is_half_proposed", "=", True) & Domain("date", "=", today)
                ),
                model="recouv.run",
            ),
            self._alarm(
                "late_invoices",
                93,
                self.env._("Care before today without a posted invoice"),
                self._late_invoice_domain(today),
                model="account.move",
                action="account.action_move_out_invoice_type",
            ),
            self._alarm(
                "untouched",
                94,
                self.env._("Nobody touched it for long"),
                OPEN_CLAIM & Domain("is_untouched", "=", True),
            ),
        ]

    @api.model
    def _alarm(self, code, sequence, label, domain, model="recouv.claim", action=None):
        window = {
            "recouv.claim": "recouv_lib.recouv_claim_action",
            "recouv.notice": "recouv_lib.recouv_notice_action",
            "recouv.run": "recouv_lib.recouv_run_action",
        }
        return Section(
            code=code,
            sequence=sequence,
            label=label,
            model=model,
            domain=domain,
            action=action or window[model],
            is_alarm=True,
        )

    @api.model
    def _unposted_domain(self, today):
        """Each practice says after how many days it wants to be told."""
        late = [
            Domain("company_id", "=", company.id)
            & Domain(
                "document_date",
                "<=",
                fields.Date.subtract(
                    today, days=company._recouv_config().recouv_printed_alarm_days
                ),
            )
            for company in self.env.companies
        ]
        return self._printed_paper() & Domain.OR(late)

    @api.model
    def _late_invoice_domain(self, today):
        """Draft invoices of care that ended before today (requirement A20)."""
        started = fields.Datetime.to_datetime(today)
        undated = Domain("recouv_care_end_date", "=", False)
        return (
            Domain("move_type", "=", "out_invoice")
            & Domain("state", "=", "draft")
            & (
                Domain("recouv_care_end_date", "<", today)
                | undated & Domain("create_date", "<", started)
            )
        )
