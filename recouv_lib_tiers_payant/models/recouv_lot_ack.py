from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib import identifiers
from .recouv_lot import ACKS
from .recouv_share import AWAITED, OVER

STATES = dict(ACKS)


class RecouvLot(models.Model):
    """Acknowledgments (ARL): whether a lot arrived, by hand or from a file.

    A positive one only says that the lot conforms: the payer may still reject. A
    negative one sends its parts back to be transmitted again, in a new lot. Neither
    overwrites an answer of the payer, and the same one twice changes nothing.
    """

    _inherit = "recouv.lot"

    # --- from a file --------------------------------------------------------------

    @api.model
    def _record_ack(self, values):
        """Record one acknowledgment that a file holds.

        :param values: ``lot`` (number), ``state`` (positive, negative); if known
            ``date`` (of the lot), ``ack_date``, ``label``, ``invoice_number`` (only
            that part is meant), ``destination`` (code of the body), ``company``
        :return: the lot, empty where no lot fits
        :raises ValueError: a state that is none
        """
        state = values["state"]
        if state not in ("positive", "negative"):
            raise ValueError(f"no state of an acknowledgment: {state}")
        lot = self._find_acknowledged(values)
        if lot:
            lot._acknowledge(
                state,
                day=values.get("ack_date"),
                label=values.get("label"),
                number=values.get("invoice_number"),
            )
        return lot

    @api.model
    def _find_acknowledged(self, values):
        """Return the lot of that number and date; of its number alone, the newest one
        that still waits for its acknowledgment."""
        key = identifiers.lot_key(values.get("lot"))
        if not key:
            return self.browse()
        company = values.get("company") or self.env.company
        domain = [
            ("company_id", "=", company.id),
            ("name", "=", key.zfill(3)),
            ("sent_on", "!=", False),
        ]
        if values.get("date"):
            day = ("date", "=", values["date"]), ("sent_on", "=", values["date"])
            lots = self.search([*domain, "|", *day])
        else:
            lots = self.search(domain)
            lots = lots.filtered(lambda lot: lot.ack_state == "none")[:1] or lots[:1]
        return lots._the_one_of(values)

    def _the_one_of(self, values):
        """Return the only lot of these that holds the invoice, or that the body got."""
        if len(self) <= 1:
            return self
        body = identifiers.compact(values.get("destination"))
        number = identifiers.invoice_key(values.get("invoice_number"))
        fits = self.filtered(
            lambda lot: (
                (body and body in (lot.destination, lot.payer_id.recouv_payer_code))
                or (number and lot._shares_of(number))
            )
        )
        return fits if len(fits) == 1 else self.browse()

    # --- acts ---------------------------------------------------------------------

    def _acknowledge(self, state, day=None, label=None, number=None):
        """Record an acknowledgment on these lots, or on one invoice of them.

        :param state: positive or negative
        :param day: day it was given, today by default
        :param label: what it says
        :param number: invoice number as sent, when it speaks of that one alone
        """
        self.check_access("write")
        day = day or fields.Date.context_today(self)
        for lot in self:
            lot._check_was_sent()
            shares = lot._shares_of(identifiers.invoice_key(number))
            if not number:
                lot._record_ack_state(state, day, label)
            if state == "negative":
                shares._send_back(label)
            elif number or lot.ack_state == "positive":
                shares._acknowledged(day)

    def _check_was_sent(self):
        if not self.sent_on:
            raise UserError(
                self.env._(
                    "The lot %(lot)s was not transmitted yet: say first when it left.",
                    lot=self.display_name,
                )
            )

    def _record_ack_state(self, state, day, label):
        """A refusal stands: what was refused is sent again in another lot."""
        if self.ack_state in (state, "negative"):
            return
        self._record({"ack_state": state, "ack_date": day, "ack_label": label})

    def _shares_of(self, number):
        """Return the parts of this lot, or those sent under that number."""
        if not number:
            return self.share_ids
        return self.share_ids.filtered(
            lambda share: identifiers.invoice_key(share.invoice_number) == number
        )

    def action_acknowledged(self):
        """Positive acknowledgment of the lots that are chosen."""
        self._acknowledge("positive")
        return True

    def action_refused(self):
        """Ask what the negative acknowledgment of these lots says."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Negative acknowledgment"),
            "res_model": "recouv.lot.refusal",
            "view_mode": "form",
            "target": "new",
            "context": {"default_lot_ids": self.ids},
        }

    @api.model
    def _late_domain(self, today):
        """Lots whose acknowledgment has not come in time (CSS R161-47).

        Not those of which everything was sent again: nothing waits for them any more.
        """
        return [
            ("ack_state", "=", "none"),
            ("sent_on", "!=", False),
            ("ack_limit", "<", today),
            ("share_ids", "!=", False),
        ]


class RecouvShare(models.Model):
    """What becomes of a part when it leaves, arrives or is refused."""

    _inherit = "recouv.share"

    def _check_sendable(self, lot):
        if self.state != "draft" or not self.is_booked:
            raise UserError(
                self.env._(
                    "%(share)s cannot be put into a lot: it must be in the books and "
                    "wait to be transmitted.",
                    share=self.display_name,
                )
            )
        if lot.company_id != self.company_id or lot.payer_id not in (
            lot.payer_id.browse(),
            self.payer_id,
        ):
            raise UserError(
                self.env._(
                    "%(share)s is not for the payer of the lot %(lot)s.",
                    share=self.display_name,
                    lot=lot.display_name,
                )
            )

    def _record_transmission(self, day):
        """Record that these parts left; one that left before is one attempt further.

        A lot is often said to have left when its answers are there already: what was
        answered, billed or cancelled meanwhile only learns its day.
        """
        leaving = self.filtered(lambda share: share.state == "draft")
        again = leaving.filtered("sent_on")
        for attempt, shares in again.grouped("attempt").items():
            shares._record({"attempt": attempt + 1})
        leaving._set_state("transmitted", sent_on=day, ack_date=False, ack_label=False)
        told_late = (self - leaving).filtered(lambda share: not share.sent_on)
        told_late._record({"sent_on": day})
        # the claim of what is over here may be the next attempt's, with its own days
        (leaving | told_late).filtered(lambda s: s.state not in OVER)._date_payment()

    def _acknowledged(self, day):
        waiting = self.filtered(lambda share: share.state == "transmitted")
        if waiting:
            waiting._set_state("acknowledged", ack_date=day)
            waiting._date_payment()

    def _send_back(self, label=None):
        """Make refused parts ready to be transmitted again; answers stand."""
        for lot, shares in (
            self.filtered(lambda s: s.state in AWAITED).grouped("lot_id").items()
        ):
            past = [fields.Command.link(lot.id)] if lot else []
            shares._set_state("draft", ack_label=label, lot_id=False, past_lot_ids=past)

    def action_leave_lot(self):
        """Take these parts out of a lot that has not left."""
        self.check_access("write")
        self.lot_id._check_not_sent()
        self._record({"lot_id": False})
        return True

    def action_send_again(self):
        """Say that a lot never arrived: its parts wait for a new one.

        For the lots whose acknowledgment did not come (CSS R161-47: two working days
        to send again).
        """
        self.check_access("write")
        self._send_back(self.env._("No acknowledgment came."))
        return True
