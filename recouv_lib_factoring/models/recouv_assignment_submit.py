import logging

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .recouv_assignment import MOST_LINES
from .recouv_assignment_line import OFFERED

_logger = logging.getLogger(__name__)


class RecouvAssignment(models.Model):
    """Offering a schedule to the buyer, set-based: what passes the gates becomes an
    offer in the buyer's company, the rest stays with its code and its sentence."""

    _inherit = "recouv.assignment"

    def action_submit(self):
        """Offer the schedules to the buyer; open them."""
        self._submit()
        return self.action_open()

    def _submit(self):
        """Offer the receivables of these drafts to the buyer.

        The contract's row is locked while its limits are consumed, so that two
        schedules submitted at once do not both fit (D09).

        :return: the schedules, those included that too long a draft was cut into
        :raise UserError: not a draft, nothing on it, contract or mandate not in force
        """
        self.check_access("write")
        today, done = fields.Date.context_today(self), self.browse()
        for draft in self:
            draft._lock()
            draft._check_submittable(today)
            done |= draft._cut()
        for assignment in done:
            assignment._submit_one(today)
        return done

    def _check_submittable(self, day):
        self.ensure_one()
        if self.stage != "draft":
            raise UserError(self.env._("%s was submitted already.", self.display_name))
        if not self.line_ids:
            raise UserError(
                self.env._("%s has no receivable: add some first.", self.display_name)
            )
        self.contract_id._check_in_force(day)
        # sudo: who the buyer is, which the contract tells
        agency = self.contract_id.sudo().agency_id
        self.env["res.users"]._recouv_check_apart(self.company_id, agency)

    def _cut(self):
        """Cut a draft into schedules of a length that a deed may have."""
        parts, lines = self, self.line_ids
        for start in range(MOST_LINES, len(lines), MOST_LINES):
            parts |= self._split(lines[start : start + MOST_LINES])
        return parts

    def _submit_one(self, today):
        lines = self.line_ids
        fit, rows = lines._sort_out()
        # sudo: who the buyer is, which the contract tells
        agency = self.contract_id.sudo().agency_id
        debtors = fit._buyer_debtors(agency) if fit else {}
        fit_rows = lines._within_limits(fit, debtors, today)
        rows |= fit_rows
        fit = lines.browse(
            line.id for line in fit if fit_rows[line]["state"] != "removed"
        )
        if not (fit or self.is_from_posting):
            self._refuse_empty(rows)
        purchases = fit._create_offers(fit_rows, debtors, today)
        for line, purchase in purchases.items():
            rows[line]["purchase_id"] = purchase.id
        lines._store_rows([rows[line] for line in lines])
        self._record(
            {
                "stage": "submitted",
                "submitted_on": fields.Datetime.now(),
                "submitted_by_id": self.env.uid,
            }
        )
        self._settle_stage()
        self._decide()

    def _refuse_empty(self, rows):
        line, row = next(iter(rows.items()))
        raise UserError(
            self.env._(
                "Nothing of %(schedule)s can be offered. %(line)s: %(obstacle)s",
                schedule=self.name,
                line=line.display_name,
                obstacle=row["reason"],
            )
        )

    def _decide(self):
        """Accept what the contract lets be accepted without anybody's look.

        The buyer's decisions come from its own screens (``recouv.purchase``); this is
        the automatic part, and the stage that follows from all of them.
        """
        for assignment in self.filtered(lambda a: a.contract_id.is_automatic):
            lines = assignment.line_ids.filtered(lambda line: line.state == "submitted")
            # superuser: nobody's decision but the contract's
            offers = lines.with_user(SUPERUSER_ID).purchase_id
            # a code is for a person to read, what is proposed all the same
            offers.filtered(
                lambda offer: offer.proposal == "accept" and not offer.code
            )._accept_checked()
        self._settle_stage()

    @api.model
    def _cron_sell(self):
        """Once a day, practice by practice: offer what posting has collected and what
        may be offered again, look again at what is on offer, decide what has become
        due, close what is over.

        Each schedule in a savepoint; one that fails is logged and tried tomorrow.
        """
        self.env["recouv.factoring.contract"]._cron_end()
        today = fields.Date.context_today(self)
        # sudo: the job of every buyer, by dates alone
        self.env["recouv.purchase"].sudo()._forget_checks(today)
        # sudo: the job of every practice; it decides by dates and by its own rules
        self.sudo()._offer_again(today)
        schedules = self.sudo().search(
            [
                "|",
                "|",
                ("stage", "in", ("submitted", "waiting_due")),
                # what was refused whole stays decided, and nothing of it can change
                "&",
                ("stage", "=", "decided"),
                ("line_ids.state", "in", OFFERED),
                "&",
                ("stage", "=", "draft"),
                ("is_from_posting", "=", True),
            ]
        )
        self.env["ir.cron"]._commit_progress(remaining=len(schedules))
        for schedule in schedules:
            own = schedule.with_company(schedule.company_id)
            own._try(lambda own=own: own._live_a_day(today))
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _live_a_day(self, today):
        self.ensure_one()
        if self.stage == "draft":
            self._submit_ready(today)
            return
        self.line_ids._recheck()
        self.line_ids._fall_due(today)
        waiting = self.line_ids.filtered(lambda line: line.state == "submitted")
        waiting.purchase_id._look_at_solvency()
        self._decide()

    def _submit_ready(self, today):
        """Offer what was sent meanwhile; the rest waits on the draft."""
        if self.contract_id._stop_code(today):
            return
        codes = self.line_ids._gate_codes()
        unsent = self.line_ids.filtered(lambda line: codes[line] == "not_sent")
        ready = self.line_ids - unsent
        if ready:
            draft = self._split(ready) if unsent else self
            draft._submit()
        unsent._look()

    def _try(self, work):
        """Do ``work`` in a savepoint; a schedule that fails, be it because somebody
        works on it at this moment, stops no other one."""
        try:
            with self.env.cr.savepoint():
                work()
        except (UserError, psycopg2.OperationalError) as error:
            _logger.warning("%s is left as it is: %s", self.name, error)


class RecouvAssignmentLine(models.Model):
    _inherit = "recouv.assignment.line"

    def _sort_out(self):
        """Return (lines that may be offered, {line: row to store} of all others)."""
        assignment = self.assignment_id
        messages = self.env["recouv.engine"]._sale_messages(
            assignment.company_id, assignment.currency_id
        )
        fit, rows = self.browse(), {}
        for line, (verdict, code) in self._judged().items():
            if not code:
                fit |= line
                continue
            rows[line] = line._row(
                verdict, state="removed", code=code, reason=messages.get(code, code)
            )
        return fit, rows

    def _row(self, verdict, **values):
        """Return what :meth:`_store_rows` writes of one line, from what was found."""
        return {
            "id": self.id,
            "code": None,
            "reason": None,
            "amount": verdict.amount if verdict else 0.0,
            "date_due": verdict.date_due if verdict else self.date_due or None,
            "claim_id": verdict.claim_id if verdict else None,
            # sudo: the tie to the buyer's record, kept as it is
            "purchase_id": self.sudo().purchase_id.id or None,
        } | {name: value or None for name, value in values.items()}

    def _store_rows(self, rows):
        """Write rows of :meth:`_row` in one statement."""
        if not rows:
            return
        self.env.flush_all()
        names = ("id", "state", "code", "reason", "amount", "date_due", "claim_id",
                 "purchase_id")  # fmt: skip
        self.env.cr.execute(
            SQL(
                """UPDATE recouv_assignment_line al
                      SET state = v.state, code = v.code, reason = v.reason,
                          amount = v.amount, date_due = v.date_due,
                          claim_id = v.claim_id, purchase_id = v.purchase_id,
                          write_uid = %s, write_date = %s
                     FROM UNNEST(%s, %s, %s::varchar[], %s::varchar[], %s::numeric[],
                                 %s::date[], %s::int[], %s::int[])
                       AS v (id, state, code, reason, amount, date_due, claim_id,
                             purchase_id)
                    WHERE al.id = v.id""",
                self.env.uid,
                self.env.cr.now(),
                *([row[name] for row in rows] for name in names),
            )
        )
        self.invalidate_recordset()

    def _within_limits(self, fit, debtors, today):
        """Return {line: row} of what may be offered: what exceeds a limit is removed,
        what is not due yet waits when the buyer may buy due receivables only."""
        contract = self.assignment_id.contract_id
        contract._lock_limits()
        verdicts = fit._verdicts()
        over = contract._over_limits(
            [
                (line, debtors[line.partner_id].id, verdicts[line].amount)
                for line in fit
            ],
            today,
        )
        sentences, rows = contract._limit_messages(), {}
        for line in fit:
            verdict, code = verdicts[line], over.get(line)
            waits = verdict.is_early and contract.buyer_status == "none"
            rows[line] = line._row(
                verdict,
                state="removed" if code else "waiting_due" if waits else "submitted",
                code=code,
                reason=code and sentences[code],
            )
        return rows

    def _create_offers(self, rows, debtors, today):
        """Give the buyer its own records of these; return {line: purchase}.

        Elevated: it writes, in the contract's agency only, offers made of numbers,
        dates, sums, and contacts made of whitelisted values.
        """
        if not self:
            return {}
        # superuser: no user of the practice signs a record of the buyer
        purchases = self.env["recouv.purchase"].with_user(SUPERUSER_ID)
        assignment = self.assignment_id
        agency = assignment.contract_id.sudo().agency_id
        creditor = self._buyer_creditor(agency)
        self._ask_missing(agency, today)
        solvency = self._solvency(agency, today)
        offers = purchases.with_company(agency).create(
            [
                {
                    "company_id": agency.id,
                    "contract_id": assignment.contract_id.id,
                    "schedule": assignment.name,
                    "offered_on": today,
                    "creditor_partner_id": creditor.id,
                    "partner_id": debtors[line.partner_id].id,
                    "currency_id": assignment.currency_id.id,
                    "reference": line.reference,
                    "invoice_date": line.invoice_date,
                    "date_due": rows[line]["date_due"],
                    "amount": rows[line]["amount"],
                    "state": (
                        "waiting_due"
                        if rows[line]["state"] == "waiting_due"
                        else "to_decide"
                    ),
                    **solvency[line],
                }
                for line in self
            ]
        )
        return dict(zip(self, offers, strict=True))

    # --- solvency -------------------------------------------------------------------

    def _solvency(self, agency, today):
        """Return {line: values of the offer} that say what the check tells, and what
        the rules of the contract propose.

        A clean check made before the treatment binds the buyer while it counts (D01).
        """
        company = self.company_id
        debtors = self.partner_id.with_company(company)
        found = debtors._recouv_solvencies(agency, today)
        checks = self.env["recouv.solvency.check"]
        answers = checks._answers(debtors, company, today)
        contract = self.assignment_id.contract_id
        purchases, values = self.env["recouv.purchase"], {}
        for line in self:
            result, until, check = line._counting_answer(
                agency,
                answers.get(line.partner_id.commercial_partner_id, checks),
                found[line.partner_id],
            )
            if result == "unavailable" and check.result == "pending":
                result = "none"  # asked, and nobody has failed to answer yet
            # the buyer reads what was answered, not what the seller makes of it
            contested = result == "clear" and check.result == "negative"
            told = {
                "solvency_result": "negative" if contested else result,
                "is_contested": contested,
                "solvency_until": until,
                "solvency_source": check._answered_by(agency),
                "is_bound": line._is_bound(agency, result, check),
            }
            values[line] = told | purchases._proposed(contract, told, today)
        return values

    def _counting_answer(self, agency, answers, found):
        """Return (result, until, check) of what counts for this very receivable: the
        first answer that binds the buyer for it, else the latest.

        An old clean check that was made after this treatment binds nobody, and does
        not hide a later negative one.

        :param answers: all that count for the debtor, the oldest first
        :param found: what to return where there is none
        """
        binding = (one for one in answers if self._is_bound(agency, one.result, one))
        check = next(binding, answers[-1:])
        if not check:
            return found
        result = "clear" if check._is_clear() else "negative"
        return result, check.valid_until, check

    def _is_bound(self, agency, result, check):
        """Say whether the buyer may not refuse for want of means: its own provider said
        so (or, by contract, the practice's entry), before the treatment ended."""
        if result != "clear" or check.result != "clear":
            return False
        answered = check._answered_by(agency) == "buyer"
        since = check._bound_since()
        care_end = self.move_id.recouv_care_end_date or self.invoice_date
        return bool(
            (answered or self.contract_id.hand_checks_bind)
            and check.purpose == "treatment"
            and since <= (care_end or since)
        )

    def _ask_missing(self, agency, today):
        """Ask about the debtors of whom no answer counts, when the contract wants one.

        The job asks once this is committed, and tells the buyer what was answered:
        the rows that limit the contract are locked here, and nobody waits under a lock.
        """
        if not self.assignment_id.contract_id.needs_check:
            return
        debtors = self.partner_id.with_company(self.company_id)
        found = debtors._recouv_solvencies(agency, today)
        unknown = debtors.filtered(
            lambda debtor: (
                found[debtor][0] not in ("clear", "negative")
                and not debtor._recouv_check_obstacle()
            )
        )
        if unknown:
            checks = self.env["recouv.solvency.check"].with_company(self.company_id)
            checks._ask(unknown, "submission", agency, at_once=False)
