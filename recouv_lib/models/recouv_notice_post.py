from datetime import datetime, time

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .recouv_notice_letter import PAPER_CHANNELS

# a debtor's sum no longer claims anything
SUM_CODES = ("net_credit", "payment_in_progress")
# the schedule no longer stands where this letter was printed for (A14, A15)
STEP_CODES = ("not_named", "not_due")


class RecouvNotice(models.Model):
    """From the printed letter to the letter box, and back when it is returned.

    A letter counts from the day it was posted. What was paid or suspended since it was
    printed is taken out of the pile before it is posted.
    """

    _inherit = "recouv.notice"

    posting_id = fields.Many2one(
        "recouv.posting", readonly=True, index="btree_not_null", check_company=True
    )
    alarm_raised = fields.Boolean(
        readonly=True, help="Someone was told that it is printed and not posted."
    )

    # --- what a human does ----------------------------------------------------------

    def action_prepare_posting(self):
        """Put printed letters together, registered ones apart, and open the piles."""
        ready = self._printed_paper().filtered(
            lambda n: not n.posting_id and not n.provider_ref
        )
        ready -= ready._withdraw_settled()
        postings = self.env["recouv.posting"]
        if not ready:
            # no error: it would undo the withdrawal of letters paid meanwhile
            return postings._say(
                self.env._("No printed letter waits here to be posted.")
            )
        for (company, channel), notices in ready.grouped(
            lambda n: (n.company_id, n.channel)
        ).items():
            posting = postings.create({"company_id": company.id, "kind": channel})
            notices._record({"posting_id": posting.id})
            postings |= posting
        return postings._action_open()

    def action_mark_posted(self):
        """All posted today, in one click."""
        self._mark_posted(fields.Date.context_today(self))
        return True

    def action_print_again(self):
        """Make letters again, with today's date and today's sums, before posting."""
        self._check_states(("printed",))
        self._check_not_with_provider()
        self._record({"state": "queued"})
        self._recheck()._deliver()
        return True

    def _check_not_with_provider(self):
        for notice in self.filtered("provider_ref"):
            raise UserError(
                self.env._(
                    "%(notice)s is already with the postal provider.",
                    notice=notice.display_name,
                )
            )

    def _printed_paper(self):
        return self.filtered(
            lambda n: n.state == "printed" and n.channel in PAPER_CHANNELS
        )

    # --- posted ---------------------------------------------------------------------

    def _mark_posted(self, on):
        """Record that letters left on a day; their step is reached.

        :raise UserError: not printed, no tracking number, or a printed deadline passed
        """
        self._check_states(("printed",))
        self._check_paper()
        self._check_tracking_known()
        self._check_deadline_ahead(on)
        self._check_not_future(on)
        moment = datetime.combine(on, time(12))
        # what left, left: a payment entered since does not unsay it
        for notice in self:
            notice._prove(
                on=on,
                date_sent=moment,
                cost=notice.cost or notice._postage(),
                deadline_date=notice._posted_deadline(on),
            )

    def _check_not_future(self, on):
        if on > fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "A letter cannot have been posted on %(date)s, which is to come.",
                    date=format_date(self.env, on),
                )
            )

    def _check_paper(self):
        for notice in self.filtered(lambda n: n.channel not in PAPER_CHANNELS):
            raise UserError(
                self.env._("%(notice)s is no letter.", notice=notice.display_name)
            )

    def _check_tracking_known(self):
        missing = self.filtered(
            lambda n: n.channel == "registered_letter" and not n.tracking_ref
        )
        if missing:
            raise UserError(
                self.env._(
                    "Enter the tracking number of each registered letter first: "
                    "%(letters)s.",
                    letters=", ".join(missing.mapped("display_name")),
                )
            )

    def _check_deadline_ahead(self, on):
        """A letter must not arrive after the date that it gives."""
        for notice in self.filtered(lambda n: n.channel == "letter"):
            deadline = notice._printed_deadline()
            if deadline and deadline <= on:
                raise UserError(
                    self.env._(
                        "%(notice)s asks for payment by %(deadline)s, which has "
                        "passed: print it again.",
                        notice=notice.display_name,
                        deadline=format_date(self.env, deadline),
                    )
                )

    def _posted_deadline(self, on):
        """The date printed binds; a registered letter counts from its presentation."""
        if self.channel == "letter":
            return self._printed_deadline()
        return self._deadline_from(on)

    def _postage(self):
        config = self.company_id._recouv_config()
        if self.channel == "letter":
            return config.recouv_letter_cost
        return config.recouv_registered_cost

    def _withdraw_settled(self):
        """Cancel letters that no longer say what is owed, before they are posted.

        Paid, credited, suspended or changed since the printing, the oldest claim or
        any other that the letter names, or the step before it undone: the next run
        proposes it anew.

        :return: the notices withdrawn: take them out of the pile
        """
        return self - self._still_standing(lambda n, *now: n._outdated_code(*now))

    def _outdated_code(self, facts, deductions):
        """Return why a printed letter may not be posted any more, or None."""
        for line in self.line_ids.filtered("claim_id"):
            row = facts[line.claim_id.id]
            if code := row["code"] or self._step_code(line, row):
                return code
            if line.currency_id.compare_amounts(line.amount, row["residual"]):
                return "changed"
        row = facts[self.lead_claim_id.id]
        if row["group_code"] in SUM_CODES:
            return row["group_code"]
        # of a letter that an older claim leads today, its own claim was judged above
        is_lead = row["lead_id"] == self.lead_claim_id.id
        if is_lead and row["group_code"] in STEP_CODES:
            return row["group_code"]
        if self.currency_id.compare_amounts(
            self._deducted_now(row, deductions), self._deducted_in_print()
        ):
            return "changed"
        return None

    def _deducted_now(self, row, deductions):
        if row["bucket"]:
            return row["credits"]
        return sum(deduction["amount"] for deduction in deductions)

    def _deducted_in_print(self):
        credits = self.line_ids.filtered(lambda line: line.kind == "credit")
        return sum(credits.mapped("amount"))

    # --- printed but not posted -----------------------------------------------------

    @api.model
    def _cron_printed_alarm(self):
        """Tell each practice, once per letter, what is printed and not posted."""
        waiting = self.search(
            [
                ("state", "=", "printed"),
                ("channel", "in", PAPER_CHANNELS),
                ("alarm_raised", "=", False),
                ("document_date", "!=", False),
            ]
        )
        for company, notices in waiting.grouped("company_id").items():
            days = company._recouv_config().recouv_printed_alarm_days
            limit = fields.Date.subtract(fields.Date.context_today(self), days=days)
            late = notices.filtered(lambda n, day=limit: n.document_date <= day)
            if late:
                company._recouv_for_people(late)._raise_printed_alarm()

    def _raise_printed_alarm(self):
        self._record({"alarm_raised": True})
        self.lead_claim_id[:1]._schedule_todo(
            self.env._("%(count)s printed letters are not posted", count=len(self)),
            self.env._(
                "The oldest was printed on %(date)s. Post them, or print them again.",
                date=format_date(self.env, min(self.mapped("document_date"))),
            ),
        )

    # --- returned mail --------------------------------------------------------------

    def _return_mail(self):
        """The post office brought letters back: nobody lives there.

        Letters to this person stop until someone has found the address (A12); the next
        attempt, fallback or hold follows from the schedule.
        """
        self._check_paper()
        self._check_states(("sent", "delivered"))
        for notice in self:
            notice._record({"date_presented": False, "date_delivered": False})
            notice._fail(
                "wrong_address",
                self.env._("Came back: the debtor does not live at this address."),
                state="returned",
            )
            notice._suspend_unknown_address()

    def _suspend_unknown_address(self):
        person = self.partner_id
        known = self.env["recouv.hold"].search_count(
            [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "=", person.id),
                ("reason", "=", "address_unknown"),
                ("undone_on", "=", False),
                "|",
                ("date_to", "=", False),
                ("date_to", ">=", fields.Date.context_today(self)),
            ],
            limit=1,
        )
        if known:
            return
        self.env["recouv.hold"].create(
            {
                "company_id": self.company_id.id,
                "partner_id": person.id,
                "reason": "address_unknown",
                "note": self.env._("%(notice)s came back.", notice=self.display_name),
            }
        )
        self.line_ids.claim_id[:1]._schedule_todo(
            self.env._("Search the address of %(debtor)s", debtor=person.name),
            self.env._(
                "When it is found, correct the contact and lift the suspension."
            ),
        )
