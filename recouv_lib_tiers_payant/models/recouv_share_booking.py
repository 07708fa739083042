from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..lib import deadlines
from .recouv_share import MOVING, OVER

#: parameter of the years in which each kind of payer can be asked
LIMITATIONS = {
    "amo": deadlines.LIMITATION_AMO,
    "amc": deadlines.LIMITATION_AMC,
}
#: what the next attempt takes over from the one it corrects
PLAN_COPIED = (
    "company_id",
    "currency_id",
    "move_id",
    "patient_id",
    "payer_id",
    "kind",
    "coverage_id",
    "exemption",
    "rate",
    "amount",
    "invoice_number",
    "nir",
    "fse_kind",
    "care_date",
)


class RecouvShare(models.Model):
    """Parts of payers in the books: moved to them, dated, corrected."""

    _inherit = "recouv.share"

    # --- booking ------------------------------------------------------------------

    def _book(self):
        """Move the drafts among these parts to their payers, with a claim on each.

        Set-based: one entry for each 25 transfers, one statement for the claims. The
        invoices stay as they are; their patients owe what is left.

        :return: the shares booked now; what is booked already is left out
        :raises UserError: an invoice not posted, nothing open, books that refuse
        """
        self.check_access("write")
        drafts = self.filtered(lambda s: s.state == "draft" and not s.is_booked)
        if not drafts:
            return drafts
        transfers = self.env["recouv.transfer"]
        vals_list = drafts._transfer_vals()
        booked = transfers._get_or_create(vals_list)
        booked.with_context(recouv_share_moving=MOVING)._post()
        for share, transfer in zip(drafts, booked, strict=True):
            share._record({"transfer_id": transfer.id})
        drafts._date_limitation()
        for company, shares in drafts.grouped("company_id").items():
            shares._open_claims(company)
        return drafts

    def _transfer_vals(self):
        """Return the values of one transfer per part."""
        items = self._origin_items()
        today = fields.Date.context_today(self)
        return [
            {
                "kind": "payer_share",
                "company_id": share.company_id.id,
                "origin_line_id": items[share].id,
                "amount_currency": share.amount,
                "target_partner_id": share.payer_id.id,
                "date": share._booking_day(items[share], today),
                "date_due": share.expected_date or share._payment_day(today),
                "idempotency_key": share._transfer_key(),
            }
            for share in self
        ]

    def _booking_day(self, item, today):
        """Return the day of the invoice, or today where its period is closed."""
        # sudo: the journal of a setting, and the locks of the company
        company = self.sudo().company_id
        journal = company._recouv_transfer_setting("recouv_payer_share_journal_id")
        # the locks as they are for the user, with the exceptions granted to them
        locked = self.company_id._get_violated_lock_dates(item.date, False, journal)
        return max(today, item.date) if locked else item.date

    def _transfer_key(self):
        """One transfer per part, and another one after it came back to the patient."""
        # sudo: how often this part was booked, nothing else
        return f"share:{self.id}:{self.sudo().transfer_id.id or 0}"

    def _origin_items(self):
        """Return ``{share: item of the patient}`` that can give each part.

        The invoice's own open item, or what came back of an earlier attempt. Largest
        first; what an item gives to one part is not given to the next.

        :raises UserError: the invoice is not posted, or no item is large enough
        """
        free, found = {}, {}
        for share in self:
            move = share._check_bookable()
            for item in move._recouv_patient_items():
                free.setdefault(item, item.amount_residual_currency)
            fits = [
                item
                for item in move._recouv_patient_items()
                if share.currency_id.compare_amounts(free[item], share.amount) >= 0
            ]
            if not fits:
                raise UserError(share._too_much_message())
            found[share] = max(fits, key=lambda item: free[item])
            free[found[share]] -= share.amount
        return found

    def _check_bookable(self):
        # sudo: the items of the invoice of a part the user may write
        move = self.sudo().move_id
        if move.state != "posted":
            raise UserError(
                self.env._(
                    "%(share)s: the part is moved to its payer once the invoice is "
                    "posted.",
                    share=self.display_name,
                )
            )
        return move

    def _too_much_message(self):
        return self.env._(
            "%(share)s: no instalment of the invoice still owes %(amount)s. Lower the "
            "part, or give the invoice one due date.",
            share=self.display_name,
            amount=self.currency_id.format(self.amount),
        )

    # --- dates --------------------------------------------------------------------

    def _parameter(self, code):
        return self.env["recouv.legal.parameter"]._get(
            code, fields.Date.context_today(self), self.company_id
        )

    def _payment_day(self, sent_on, ack_date=None):
        """Return the last day on which the payer is in time (D161-13-3).

        The payer's own working days where they are known, else what the law gives the
        AMO. A part not sent yet counts from the day that is given.
        """
        self.ensure_one()
        days = self.payer_id.recouv_payer_delay_days or self._parameter(
            deadlines.PAYMENT
        )
        start = deadlines.payment_start(
            sent_on, ack_date, self._parameter(deadlines.PAYMENT_START)
        )
        return deadlines.payment_expected(
            start, self.company_id._recouv_calendar(), days
        )

    def _limitation_day(self):
        """Return the last day on which the payer can be asked (L332-1; L221-11)."""
        self.ensure_one()
        day = self.care_date or fields.Date.context_today(self)
        code = LIMITATIONS[self.kind]
        # sudo: an accident at work counts otherwise, whoever books the part
        exemption = self.sudo().exemption
        if self.kind == "amo" and exemption == "at":
            code = deadlines.LIMITATION_ACCIDENT
        parameters = self.env["recouv.legal.parameter"]
        years = {code: parameters._get(code, day, self.company_id)}
        return deadlines.forclusion(
            self.kind,
            day,
            years,
            self.payer_id.recouv_payer_limitation_months,
            exemption,
        ).last_day

    def _date_limitation(self):
        """Record until when each payer can be asked; one write for each day."""
        days = defaultdict(self.browse)
        for share in self:
            days[share._limitation_day()] |= share
        for day, shares in days.items():
            shares._record({"limitation_date": day})

    def _follow_care_date(self):
        """Count again until when payers can be asked, where the care date moved."""
        for move, shares in self.grouped("move_id").items():
            if day := move.recouv_care_end_date:
                shares._record({"care_date": day})
        self._date_limitation()
        self.sudo().claim_id._refresh_limitation()  # sudo: the claims on the payers

    def _date_payment(self):
        """Record when each payer is expected to pay, on the part and on its item."""
        days = defaultdict(self.browse)
        for share in self.filtered("sent_on"):
            days[share._payment_day(share.sent_on, share.ack_date)] |= share
        for day, shares in days.items():
            shares._record({"expected_date": day})
            shares._move_due_dates(day)

    def _move_due_dates(self, day):
        """Date the payers' items and their claims; the schedule counts from there."""
        # sudo: the due date of the payer's own item and the claim that stands on it
        claims = self.sudo().claim_id.filtered(lambda c: not c.closed_on)
        claims.write({"date_due": day})
        claims._refresh_ladder()
        # sudo: as above; the invoice itself keeps its dates
        items = self.sudo().transfer_id.target_line_id.filtered(
            lambda item: not item.reconciled and item.date_maturity != day
        )
        items.write({"date_maturity": day})

    # --- claims -------------------------------------------------------------------

    def _open_claims(self, company):
        """Open the claim of each booked part, in one statement, and tie them."""
        # sudo: a claim is inserted by the engine, whoever books the part
        engine = self.sudo().env["recouv.engine"]
        engine._create_payer_claims(company, self.sudo().transfer_id.target_line_id)
        self.env["recouv.transfer"].sudo()._link_target_claims(company)
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE recouv_share h SET claim_id = c.id
                     FROM recouv_transfer t
                     JOIN recouv_claim c ON c.move_line_id = t.target_line_id
                                        AND c.closed_on IS NULL
                    WHERE t.id = h.transfer_id AND h.id IN %s""",
                tuple(self.ids),
            )
        )
        self.invalidate_recordset(["claim_id"])

    # --- corrections --------------------------------------------------------------

    def _next_attempt(self, vals=None, reason=None):
        """Make the corrected part that follows this one; see :meth:`_next_attempts`."""
        self.ensure_one()
        return self._next_attempts({self: vals or {}}, reason)[self]

    def _next_attempts(self, corrected, reason=None):
        """Make the corrected parts that follow these, which become *corrected*.

        A payer's item goes on where payer and amount are the same; else it is brought
        back to the patient and booked anew, all in one transaction. Set-based.

        :param corrected: ``{part: values}`` of what is corrected (payer, number, NIR,
            amount, kind of sending)
        :param reason: kept on the transfers that bring wrong parts back
        :return: ``{part: the new one}``, drafts that are ready to be transmitted
        """
        booked = self.filtered("is_booked")
        moved = booked.filtered(lambda share: share._is_moved_by(corrected[share]))
        if moved:
            moved._take_back(reason or self.env._("Corrected"))
        self._set_state("corrected")
        self.flush_recordset()
        following = self._record_new(
            [
                share._next_vals(share in booked - moved) | corrected[share]
                for share in self
            ]
        )
        pairs = dict(zip(self, following, strict=True))
        self.browse([pairs[share].id for share in booked - moved])._date_limitation()
        self.browse([pairs[share].id for share in moved])._book()
        return pairs

    def _is_moved_by(self, vals):
        """Whether a correction changes who owes this part, or how much."""
        return any(
            self._fields[name].convert_to_write(self[name], self) != vals[name]
            for name in ("payer_id", "amount")
            if name in vals
        )

    def _next_vals(self, is_kept):
        """Values of the next attempt; where ``is_kept`` it takes over the payer's item
        and the claim on it."""
        kept = {"transfer_id": self.transfer_id.id, "claim_id": self.claim_id.id}
        return {
            name: self._fields[name].convert_to_write(self[name], self)
            for name in PLAN_COPIED
        } | {
            "origin_share_id": self.id,
            "attempt": self.attempt + 1,
            **(kept if is_kept else {}),
        }

    def _take_back(self, reason):
        """Bring what the payer still owes of this part back to the patient's item."""
        # sudo: the item of the user's own part; rights on the part were checked
        transfer = self.sudo().transfer_id
        self.check_access("write")
        return transfer.with_context(recouv_share_moving=MOVING).action_reverse(reason)

    def _check_patient_may_owe(self):
        """Refuse to ask a patient for what the law exempts them from (H8).

        :raises UserError: naming the part and what can be done instead
        """
        for share in self:
            if obstacle := share._patient_obstacle():
                raise UserError(
                    self.env._(
                        "%(share)s: %(why)s Correct it and send it again, claim it "
                        "from the payer, or give it up.",
                        share=share.display_name,
                        why=obstacle,
                    )
                )


class RecouvEngine(models.AbstractModel):
    _inherit = "recouv.engine"

    @api.model
    def _create_payer_claims(self, company, items):
        """Insert the claims on payers' items, under the payers' schedule.

        :param items: journal items that transfers to payers have made
        """
        if not items:
            return
        self.env.flush_all()
        columns, values = self._insert_columns(
            "recouv.claim", self._payer_claim_values(company)
        )
        self.env.cr.execute(
            SQL(
                """INSERT INTO recouv_claim (%(columns)s)
                   SELECT %(values)s
                     FROM account_move_line l
                     JOIN recouv_transfer t ON t.target_line_id = l.id
                     JOIN recouv_share h ON h.transfer_id = t.id
                                        AND h.state NOT IN %(over)s
                     JOIN account_move m ON m.id = t.invoice_id
                     JOIN res_partner q ON q.id = l.partner_id
                     JOIN res_partner p ON p.id = q.commercial_partner_id
                     CROSS JOIN (SELECT %(policy)s AS id) chosen
                     LEFT JOIN (%(first)s) s ON s.policy_id = chosen.id
                    WHERE l.id IN %(items)s AND l.reconciled IS NOT TRUE
                   ON CONFLICT DO NOTHING""",
                columns=columns,
                values=values,
                over=OVER,
                policy=SQL("%s::int", company._recouv_payers_policy().id or None),
                first=self._first_steps_sql(),
                items=tuple(items.ids),
            )
        )
        self.env["recouv.claim"].invalidate_model()

    @api.model
    def _payer_claim_values(self, company):
        """``h`` is the part: its number is what the payer knows, its dates count."""
        return self._claim_values(company, False) | {
            "capacity": SQL("'payer_followup'"),
            "reference": SQL("COALESCE(NULLIF(h.invoice_number, ''), m.name)"),
            "limitation_date": SQL("h.limitation_date"),
        }
