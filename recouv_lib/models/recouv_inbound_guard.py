from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command

# clocks differ a little; what came “tomorrow” did not come
CLOCK_MINUTES = 10
# what a person says of a call or a letter he records
TOLD = frozenset(
    {"company_id", "channel", "sender", "text", "received_on", "partner_id"}
    | {"claim_ids"}
)
# whose reply it is, as long as that was not said
WHOSE = frozenset({"partner_id", "claim_ids"})


class RecouvInbound(models.Model):
    """What a reply says and where it stands is typed by nobody.

    Whether it was handled, when, by whom and what it paused is written by the buttons
    alone: set to “handled” over RPC it would leave the pause of its claims without
    end, and with other words it would say what the debtor never wrote.
    """

    _inherit = "recouv.inbound"

    # --- what a person writes -------------------------------------------------------

    def _editable_fields(self):
        """Whose it is, until that is said; the rest by the buttons."""
        free = {"message_follower_ids"}
        waits = self.state == "to_handle" and not self.hold_id
        return frozenset(free | WHOSE if waits else free)

    @api.model
    def _creatable_fields(self):
        return TOLD

    @api.model
    def _evidence_advice(self):
        return self.env._(
            "Use the buttons of the reply; attached to the wrong debtor: “Somebody "
            "else's”."
        )

    @api.constrains("received_on")
    def _check_received_on(self):
        limit = fields.Datetime.add(fields.Datetime.now(), minutes=CLOCK_MINUTES)
        for reply in self.filtered(lambda r: r.received_on > limit):
            raise ValidationError(
                self.env._(
                    "%s: a reply cannot have come in the future. Correct its date.",
                    reply.display_name,
                )
            )

    # --- attached to the wrong debtor ----------------------------------------------

    def action_detach(self):
        """It is somebody else's: the pause ends and it waits to be attached anew."""
        wrong = self.filtered(lambda r: r.state == "to_handle" and r.partner_id)
        wrong.hold_id._standing().action_lift(
            self.env._("The reply was somebody else's")
        )
        for reply in wrong:
            former = self.env._("Not a reply of %s", reply.partner_id.display_name)
            reply.message_post(body=former)
        wrong._record(
            {
                "partner_id": False,
                "claim_ids": [Command.clear()],
                "hold_id": False,
                "remark": self.env._("It was attached to the wrong debtor before."),
            }
        )
        return True
