from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.recouv_lib.models.recouv_derived_mixin import derived_search

from .recouv_rejection import OPEN_STATES

#: these ask somebody for money, or for what brings it
ASKS = ("ask_patient", "bill_patient", "claim_payer")
#: these decide over the sum; the others leave it where it is
DECIDES = ("correct_and_resend", "bill_patient", "give_up")


class RecouvRejection(models.Model):
    """What a rejection is about now.

    What was rejected is what the payer owed on that day. It may pay a part of it later,
    or a credit note lower it: nobody is asked for more than what is still open. So what
    is at stake is read from the books while a rejection is open; once it is decided, it
    is what was decided then.
    """

    _name = "recouv.rejection"
    _inherit = ["recouv.rejection", "recouv.derived.mixin"]

    amount_at_stake = fields.Monetary(
        "At stake",
        compute="_compute_derived",
        search=derived_search("amount_at_stake"),
        help="What is still owed of the part; once it is decided, what was decided.",
    )

    @api.model
    def _derived_sql(self, fname, alias):
        """EXTENDS: what is open of the part, or what was decided."""
        if fname != "amount_at_stake":
            return super()._derived_sql(fname, alias)
        return SQL(
            """(CASE WHEN %(rejection)s.state IN %(open_states)s
                     THEN COALESCE((SELECT %(open)s FROM recouv_share sk
                                     WHERE sk.id = %(rejection)s.share_id),
                                   %(rejection)s.amount)
                     ELSE COALESCE((SELECT act.amount FROM recouv_rejection_act act
                                     WHERE act.rejection_id = %(rejection)s.id
                                       AND act.undone_on IS NULL
                                       AND act.action IN %(decides)s
                                     ORDER BY act.id DESC LIMIT 1),
                                   %(rejection)s.amount) END)""",
            rejection=SQL.identifier(alias),
            open_states=OPEN_STATES,
            open=self.env["recouv.share"]._open_sql(SQL("sk")),
            decides=DECIDES,
        )

    @api.model
    def _derived_reads(self):
        """EXTENDS: the part, its transfer, and the acts."""
        wanted = {
            "recouv.rejection": ("state", "amount", "share_id"),
            "recouv.rejection.act": ("rejection_id", "action", "amount", "undone_on"),
            "recouv.share": ("state", "amount", "transfer_id"),
            "recouv.transfer": ("state", "target_line_id"),
        }
        return super()._derived_reads() + [
            self.env[model]._fields[name]
            for model, names in wanted.items()
            for name in names
        ]

    def _at_stake(self):
        """Return {rejection: values of its act}: what is open before it is treated."""
        self.invalidate_recordset(["amount_at_stake"])
        return {one: {"amount": one.amount_at_stake} for one in self}

    def _obstacle(self, action):
        """EXTENDS: nobody is asked for what was paid or credited meanwhile."""
        if (
            action in ASKS
            and self.state in OPEN_STATES
            and self.currency_id.is_zero(self.amount_at_stake)
        ):
            return self.env._("nothing is owed of it any more.")
        return super()._obstacle(action)
