from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ..lib.tracking import BadTracking, read_tracking

OUTCOMES = [
    ("distributed", "Distributed"),
    ("unclaimed", "Unclaimed"),
    ("refused", "Refused"),
    ("wrong_address", "Wrong address"),
]


class RecouvNotice(models.Model):
    """The life of a registered letter: deposit, presentation, outcome.

    Proven from its deposit; the delay it gives, and the next step, count from its first
    presentation. Unclaimed or refused, it stays valid (Cass. 1re civ., 20 January 2021,
    no 19-20.680) and the schedule goes on; only a wrong address undoes it.
    """

    _inherit = "recouv.notice"

    delivery_outcome = fields.Selection(OUTCOMES, "Outcome", readonly=True)

    @api.constrains("tracking_ref", "copy_tracking_ref")
    def _check_tracking_ref(self):
        for notice in self:
            if notice.channel == "registered_letter" and not notice.provider_id:
                numbers = [notice.tracking_ref, notice.copy_tracking_ref]
                for number in filter(None, numbers):
                    notice._check_tracking_number(number)

    def _check_tracking_number(self, number):
        try:
            read_tracking(number)
        except BadTracking as error:
            raise ValidationError(self._bad_tracking_message(error)) from error
        twice = self.tracking_ref == self.copy_tracking_ref
        twin = self if twice else self._letter_tracked(number)
        if twin:
            raise ValidationError(
                self.env._(
                    "The tracking number %(number)s is already that of %(notice)s.",
                    number=number,
                    notice=twin.display_name,
                )
            )

    def _letter_tracked(self, number):
        """Return another letter one of whose envelopes has this number."""
        return self.search(
            [
                ("id", "!=", self.id),
                ("company_id", "=", self.company_id.id),
                ("state", "!=", "cancelled"),
                "|",
                ("tracking_ref", "=", number),
                ("copy_tracking_ref", "=", number),
            ],
            limit=1,
        )

    @api.model
    def _bad_tracking_message(self, error):
        if error.code == "check":
            return self.env._(
                "The check digit of the tracking number is wrong (%(error)s): scan or "
                "type it again.",
                error=error,
            )
        return self.env._(
            "This is no tracking number of a registered letter (%(error)s).",
            error=error,
        )

    def write(self, vals):
        """EXTENDS: a tracking number is kept compact, as it was checked."""
        if all(n.channel == "registered_letter" for n in self):
            vals = vals | {
                name: "".join(vals[name].split()).upper()
                for name in ("tracking_ref", "copy_tracking_ref")
                if vals.get(name)
            }
        return super().write(vals)

    def _refresh_claims(self):
        """EXTENDS: a mise en demeure presented, returned or undone moves the day from
        which interest runs and a hand-over is possible."""
        result = super()._refresh_claims()
        formal = self.filtered("step_id.is_formal_notice")
        formal.line_ids.claim_id._refresh_formal_notice()
        return result

    # --- what the post office says --------------------------------------------------

    def _record_presentation(self, on):
        """Record the first presentation: the delay given runs from it."""
        self._check_registered(("sent", "delivered"))
        if on > fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "A letter cannot have been presented on %(date)s, which is to "
                    "come.",
                    date=format_date(self.env, on),
                )
            )
        for notice in self:
            if notice.proven_on and on < notice.proven_on:
                raise UserError(
                    self.env._(
                        "%(notice)s cannot be presented before its deposit.",
                        notice=notice.display_name,
                    )
                )
            notice._record({"date_presented": on})
            notice._record({"deadline_date": notice._deadline_from(on)})
        self._refresh_claims()

    def _record_delivery(self, outcome, on):
        """Record how a registered letter ended.

        :param outcome: a key of ``OUTCOMES``
        :param on: day of the outcome; the presentation where none was recorded
        """
        self._check_registered(("sent", "delivered"))
        self._record({"delivery_outcome": outcome})
        if outcome == "wrong_address":
            return self._return_mail()
        for notice in self.filtered(lambda n: not n.date_presented):
            notice._record_presentation(on)
        if outcome == "distributed":
            self._record({"state": "delivered", "date_delivered": on})
        return None

    def _check_registered(self, states):
        self._check_states(states)
        for notice in self.filtered(lambda n: n.channel != "registered_letter"):
            raise UserError(
                self.env._(
                    "%(notice)s is no registered letter.", notice=notice.display_name
                )
            )

    def _attach_proofs(self, attachments):
        """Keep a copy of each scan with each notice, readable by who reads it."""
        for notice in self:
            copies = self.env["ir.attachment"]
            for attachment in attachments:
                copies |= attachment.copy(
                    {
                        "res_model": self._name,
                        "res_id": notice.id,
                        "company_id": notice.company_id.id,
                    }
                )
            notice.proof_ids |= copies


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    def _refresh_formal_notice(self):
        """Store the first presentation of a mise en demeure that names each claim."""
        first = {}
        lines = self.env["recouv.notice.line"].search(
            [
                ("claim_id", "in", self.ids),
                ("kind", "=", "claim"),
                ("notice_id.step_id.is_formal_notice", "=", True),
                ("notice_id.date_presented", "!=", False),
                ("notice_id.state", "in", ("sent", "delivered")),
            ]
        )
        for line in lines:
            day = line.notice_id.date_presented
            first[line.claim_id] = min(day, first.get(line.claim_id, day))
        for claim in self:
            if claim.formal_notice_date != first.get(claim, False):
                claim._record({"formal_notice_date": first.get(claim, False)})
