from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from .recouv_assignment_line import OFFERED

#: what the buyer reads of why something is offered no more; never the practice's why
TOLD_CODES = {
    "settled": "settled",
    "contract_ended": "contract_ended",
    "mandate_ended": "mandate_ended",
}


class RecouvAssignmentLine(models.Model):
    """What changes while a receivable is on offer: it is read again, and goes back.

    At once when an invoice is un-posted or credited and when a suspension is made;
    in any case before each decision, at the signature, and every night.
    """

    _inherit = "recouv.assignment.line"

    @api.model
    def _offered_of(self, moves):
        """Return the lines on offer of these invoices, elevated: whoever touches an
        invoice, what it is offered for must follow."""
        # sudo: see above; technical states only are read and written
        return self.sudo().search(
            [
                ("state", "in", OFFERED),
                "|",
                ("move_id", "in", moves.ids),
                ("origin_line_id.move_id", "in", moves.ids),
            ]
        )

    def _recheck(self):
        """Read the books again: withdraw what may be sold no more, correct the sums,
        put back what its due date moved.

        Elevated: it changes the states and sums of both companies' records only.

        :return: the lines of which something changed
        """
        # superuser: neither company's user signs the other's records
        lines = self.with_user(SUPERUSER_ID).filtered(lambda x: x.state in OFFERED)
        changed = lines.browse()
        for (contract, _schedule), mine in lines.grouped(
            lambda line: (line.contract_id, line.assignment_id)
        ).items():
            changed |= mine._recheck_under(contract)
        return self.browse(changed.ids)

    def _recheck_under(self, contract):
        if code := contract._stop_code(fields.Date.context_today(self)):
            self._withdraw(code)
            return self
        gone, moved, judged = {}, {}, self._judged(is_offered=True)
        for line, (verdict, code) in judged.items():
            if code:
                gone.setdefault(code, self.browse())
                gone[code] |= line
            elif line._is_moved(verdict):
                moved[line] = verdict
        for code, lines in gone.items():
            lines._withdraw(code)
        lines = self.browse().union(*moved)
        if lines:
            lines._void_signatures()
            lines._follow_books(moved, contract)
        return lines.union(*gone.values())

    def _is_moved(self, verdict):
        """Say whether sum, due date or the wait for it are no longer as offered."""
        same = self.currency_id.compare_amounts(verdict.amount, self.amount) == 0
        return not same or verdict.date_due != self.date_due or self._now_waits(verdict)

    def _now_waits(self, verdict):
        """Say whether what was to decide has become not due, by a later due date."""
        waits = verdict.is_early and self.contract_id.buyer_status == "none"
        return waits and self.state != "waiting_due"

    def _follow_books(self, verdicts, contract):
        """Write sums and dates as they are now, in both companies' records."""
        self._store_rows(
            [
                line._row(
                    verdict,
                    state="waiting_due" if line._now_waits(verdict) else line.state,
                )
                for line, verdict in verdicts.items()
            ]
        )
        self.purchase_id._follow_lines()

    def _withdraw(self, code):
        """Take lines back from the buyer, who reads that it was, never why.

        :param code: the practice's reason
        """
        # superuser: the buyer's records end with the practice's
        lines = self.with_user(SUPERUSER_ID)
        for assignment, mine in lines.grouped("assignment_id").items():
            messages = self.env["recouv.engine"]._sale_messages(
                assignment.company_id, assignment.currency_id
            )
            mine._void_signatures()
            mine._record(
                {
                    "state": "withdrawn",
                    "code": code,
                    "reason": messages.get(code, code),
                    "decided_on": fields.Date.context_today(self),
                }
            )
            mine.purchase_id._withdrawn(TOLD_CODES.get(code, "withdrawn"))
            assignment._settle_stage()

    def _void_signatures(self):
        """A deed that the buyer has not signed yet falls when its list changes."""
        self.assignment_id.filtered(
            lambda a: a.practice_signed_on and not a.signed_on
        )._void_signature()

    def _fall_due(self, today):
        """What has become due is to be decided, from today on."""
        due = self.filtered(
            lambda line: line.state == "waiting_due" and line.date_due < today
        )
        if not due:
            return
        due._record({"state": "submitted"})
        # superuser: the buyer's own records, by their dates alone
        offers = due.with_user(SUPERUSER_ID).purchase_id
        offers._record({"state": "to_decide"})
        due.assignment_id._settle_stage()


class RecouvPurchase(models.Model):
    _inherit = "recouv.purchase"

    def _follow_lines(self):
        """Write sums, dates and the wait as the practice's lines say; elevated."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE recouv_purchase pu
                      SET amount = al.amount, date_due = al.date_due,
                          state = CASE WHEN al.state = 'waiting_due'
                                       THEN 'waiting_due' ELSE pu.state END
                     FROM recouv_assignment_line al
                    WHERE al.purchase_id = pu.id AND pu.id = ANY(%s)""",
                self.ids,
            )
        )
        self.invalidate_recordset()

    def _withdrawn(self, code):
        """The practice offers these no more."""
        self._record(
            {
                "state": "withdrawn",
                "proposal": False,
                "code": code,
                "reason": self._withdrawn_messages()[code],
                "decided_on": fields.Date.context_today(self),
            }
        )

    @api.model
    def _withdrawn_messages(self):
        stops = self.env["recouv.factoring.contract"]._stop_messages()
        return {
            "withdrawn": self.env._("The practice offers it no more."),
            "settled": self.env._("Nothing is owed on it any more."),
            "contract_ended": stops["contract_ended"],
            "mandate_ended": stops["mandate_ended"],
        }


class AccountMove(models.Model):
    """What is un-posted, credited or changed is offered no more as it was."""

    _inherit = "account.move"

    def write(self, vals):
        """EXTENDS 'account': what is no longer posted is taken back from the buyer."""
        result = super().write(vals)
        if "state" in vals and vals["state"] != "posted":
            self.env["recouv.assignment.line"]._offered_of(self)._withdraw("not_posted")
        return result

    def _post(self, soft=True):
        """EXTENDS 'account': a credit note moves the offer; a contract may offer all
        that is posted."""
        posted = super()._post(soft)
        if credited := posted.reversed_entry_id:
            self.env["recouv.assignment.line"]._offered_of(credited)._recheck()
        posted._recouv_offer_posted()
        return posted

    def _recouv_offer_posted(self):
        """Put these on the next schedule of a contract that offers every invoice.

        They are offered by the daily job, once they were sent.
        """
        invoices = self.filtered(
            lambda m: m.move_type in ("out_invoice", "out_receipt")
        )
        today = fields.Date.context_today(self)
        # sudo: whoever posts, what the parties agreed on happens to the invoice
        contracts = self.env["recouv.factoring.contract"].sudo()
        schedules = self.env["recouv.assignment"].sudo()
        for company, moves in invoices.grouped("company_id").items():
            contract = contracts._in_force(company, today)
            if contract.submission != "posting" or contract._stop_code(today):
                continue
            for currency, mine in moves.grouped("currency_id").items():
                items = mine.line_ids.filtered(
                    lambda item: item.display_type == "payment_term"
                )
                draft = schedules._draft(contract, currency, is_from_posting=True)
                draft._add(items.sudo())


class RecouvHold(models.Model):
    _inherit = "recouv.hold"

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS: what is disputed or suspended is taken back from the buyer."""
        holds = super().create(vals_list)
        today = fields.Date.context_today(self)
        now = holds.filtered(lambda hold: hold.date_from <= today)
        # sudo: whoever suspends, what is offered must follow
        lines = self.env["recouv.assignment.line"].sudo()
        offered = [("state", "in", OFFERED)]
        if now.claim_ids:
            items = now.claim_ids.move_line_id.ids
            domain = [("origin_line_id", "in", items)]
            lines.search(offered + domain)._recheck()
        if persons := now.filtered("partner_id"):
            domain = [
                ("partner_id", "in", persons.partner_id.ids),
                ("company_id", "in", persons.company_id.ids),
            ]
            lines.search(offered + domain)._recheck()
        return holds
