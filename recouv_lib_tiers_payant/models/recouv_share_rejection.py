from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib import rejection_labels
from .recouv_rejection import PART_OF_KIND
from .recouv_share import MOVING
from .res_partner import TP_OR_AGENT


class RecouvShare(models.Model):
    """What becomes of a rejected share: sent again, the patient's, or given up.

    The receivable stays on the payer while it is corrected: the next attempt takes over
    transfer and claim of the one before. Only billing the patient moves it, by the
    transfer's own way back, onto a new item.
    """

    _inherit = "recouv.share"

    rejection_ids = fields.One2many(
        "recouv.rejection", "share_id", readonly=True, groups=TP_OR_AGENT
    )

    def action_enter_rejection(self):
        """Open the form of a rejection that a letter or a call told of."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Rejection"),
            "res_model": "recouv.rejection",
            "view_mode": "form",
            "context": {"default_share_id": self.id},
        }

    def _set_state(self, state, **values):
        """EXTENDS: a share that is paid after all ends its rejections."""
        result = super()._set_state(state, **values)
        if state == "paid":
            self.env["recouv.rejection"]._recover(self)
        return result

    # --- what stands where ----------------------------------------------------------

    def _rejection_deadline(self):
        """Return the day before which a rejection must be settled, or False."""
        self.ensure_one()
        if not self.limitation_date:
            return False
        margin = self.company_id._recouv_config().recouv_rejection_margin_days
        return fields.Date.subtract(self.limitation_date, days=margin)

    def _exemption(self):
        """Return the exemption of the patient on the day of care, “none” without.

        Of any payer: C2S and AME exempt from the whole, whoever owes the part.
        """
        self.ensure_one()
        day = self.care_date or fields.Date.context_today(self)
        coverages = self.env["recouv.coverage"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "=", self.patient_id.id),
                ("exemption", "!=", "none"),
                "|",
                ("valid_from", "=", False),
                ("valid_from", "<=", day),
                "|",
                ("valid_to", "=", False),
                ("valid_to", ">=", day),
            ]
        )
        kinds = [self.exemption, *coverages.mapped("exemption")]
        whole = [kind for kind in kinds if kind in rejection_labels.EXEMPTED_WHOLLY]
        return next((kind for kind in (*whole, *kinds) if kind != "none"), "none")

    # --- sending again --------------------------------------------------------------

    def _resend_obstacle(self):
        """Return why this share cannot be sent again (a sentence), or None."""
        self.ensure_one()
        most = self.company_id._recouv_config().recouv_share_attempts
        if self.state not in ("rejected", "partial"):
            return self.env._("its share is not rejected any more.")
        if self.attempt >= most:
            return self.env._(
                "it was sent %(count)s times already: claim it from the payer, or "
                "decide otherwise.",
                count=self.attempt,
            )
        today = fields.Date.context_today(self)
        if self.limitation_date and self.limitation_date < today:
            return self.env._("the right to ask for it is lost.")
        return None

    def _resend(self, number, sent_on=None, lot=None, **corrected):
        """Record that this share was corrected and sent again under a new number.

        As :meth:`_resend_all`, of one.

        :param corrected: values that the correction changed (nir, payer_id …)
        :return: the new attempt
        """
        self.ensure_one()
        return self._resend_all(
            {self: {"invoice_number": number, **corrected}}, sent_on, lot
        )[self]

    @api.model
    def _resend_all(self, corrected, sent_on=None, lot=None):
        """Record that shares were corrected and sent again under new numbers.

        The receivables and their claims stay on the payers; the delay to ask for them
        does not start anew (noemie.md §4). Set-based.

        :param corrected: ``{share: values}`` that the correction changed, the
            ``invoice_number`` always: nine digits, another than every earlier one
        :param sent_on: today by default
        :param lot: recouv.lot in which they went; one that has not left yet takes the
            attempts along, as drafts, on the day it leaves
        :return: ``{share: its new attempt}``
        :raise UserError: capped, lost, a number that was used, or a lot for others
        """
        following = self._prepare_resend(corrected)
        attempts = self.browse().union(*following.values())
        for attempt in attempts if lot else ():
            attempt._check_sendable(lot)
        if lot and not lot.sent_on:
            lot._join(attempts)
            return following
        attempts._set_state(
            "transmitted",
            sent_on=sent_on or fields.Date.context_today(self),
            lot_id=lot.id if lot else False,
        )
        attempts._date_payment()
        return following

    @api.model
    def _prepare_resend(self, corrected):
        """Return the next attempts, drafts that their lots transmit; see
        :meth:`_resend_all`.

        :raise UserError: capped, lost, or a number that was used
        """
        shares = self.browse().union(*corrected)
        for share in shares:
            if obstacle := share._resend_obstacle():
                raise UserError(share._obstacle_message(obstacle))
        numbers = {
            share: (values.get("invoice_number") or "").strip()
            for share, values in corrected.items()
        }
        self._check_new_numbers(numbers, corrected)
        return shares._next_attempts(
            {
                share: {**values, "invoice_number": numbers[share]}
                for share, values in corrected.items()
            }
        )

    def _obstacle_message(self, obstacle):
        return self.env._("%(share)s: %(why)s", share=self.display_name, why=obstacle)

    @api.model
    def _check_new_numbers(self, numbers, corrected):
        """Refuse what is no number, and one that its payer has seen already.

        :param numbers: ``{share: number}``
        :param corrected: as for :meth:`_resend_all`; it may name another payer
        :raise UserError: naming the first of them
        """
        taken = self._numbers_sent(numbers)
        for share, number in numbers.items():
            if not (number.isdigit() and len(number) == 9):
                raise UserError(
                    self.env._(
                        "%(share)s: “%(number)s” is no invoice number: nine digits.",
                        share=share.display_name,
                        number=number,
                    )
                )
            payer = corrected[share].get("payer_id") or share.payer_id.id
            key = (share.company_id.id, payer, number)
            if key in taken:
                raise UserError(
                    self.env._(
                        "%(share)s: the number %(number)s was sent already; a "
                        "corrected invoice takes a new one.",
                        share=share.display_name,
                        number=number,
                    )
                )
            taken.add(key)

    @api.model
    def _numbers_sent(self, numbers):
        """Return {(company, payer, number)} of these numbers that were sent."""
        sent = self.search_fetch(
            [
                ("company_id", "in", [share.company_id.id for share in numbers]),
                ("invoice_number", "in", list(numbers.values())),
                # an attempt that was taken back never left: its number is free
                "|",
                "|",
                ("state", "!=", "abandoned"),
                ("transfer_id", "!=", False),
                ("origin_share_id", "=", False),
            ],
            ["company_id", "payer_id", "invoice_number"],
        )
        return {
            (one.company_id.id, one.payer_id.id, one.invoice_number) for one in sent
        }

    # --- the patient's --------------------------------------------------------------

    def _patient_obstacle(self):
        """Return why the patient does not owe this share (a sentence), or None.

        Sources: CSS L161-36-3 and H8 (never the AMO part of an exempted person, nothing
        of one with C2S or AME).
        """
        self.ensure_one()
        exemption = self._exemption()
        if not rejection_labels.person_may_owe(PART_OF_KIND[self.kind], exemption):
            return self.env._(
                "the patient is exempted (%(exemption)s): this part is never asked of "
                "them.",
                exemption=self.env["recouv.coverage"]
                ._fields["exemption"]
                .convert_to_export(exemption, self.env["recouv.coverage"])
                or exemption,
            )
        if not self.move_id:
            return self.env._("it has no invoice: nothing says what the patient owes.")
        return None

    def _to_patient(self, reason, date_due=None):
        """Bring what the payer has not paid back to the debtor of the invoice.

        :param reason: why, kept on the transfer
        :param date_due: from which the patient's schedule starts
        :return: the transfer that brought it back, empty where nothing was booked
        :raise UserError: exempted, or nothing is left open
        """
        backs = self.env["recouv.transfer"]
        for share in self:
            if obstacle := share._patient_obstacle():
                raise UserError(share._obstacle_message(obstacle))
        booked = self.filtered("transfer_id")
        if booked:
            backs = booked._transfers_back(reason, date_due)
        self._set_state("to_patient")
        return backs

    def _transfers_back(self, reason, date_due):
        self.check_access("write")
        # sudo: the transfers of the user's own parts; rights on the parts are checked
        transfers = self.sudo().transfer_id.with_context(recouv_share_moving=MOVING)
        return transfers.action_reverse(reason, date_due=date_due).sudo(self.env.su)

    # --- given up -------------------------------------------------------------------

    def _abandon(self, explanation):
        """Write off what the payer has not paid; a manager decides. It is not *paid*.

        :return: the write-offs, empty where nothing was booked
        """
        acts = self.env["recouv.write.off"]
        claims = self.claim_id
        if claims:
            acts = acts._prepare(
                claims, reason="payer_rejected", explanation=explanation
            )
            acts.action_decide()
        self._set_state("abandoned")
        return acts
