from odoo import api, fields, models


class RecouvClaim(models.Model):
    """A bought claim: the buyer's own, on the buyer's own item, under its schedule.

    What only the purchase knows (deed, assignor, day it was bought) is read there.
    """

    _inherit = "recouv.claim"

    purchase_ids = fields.One2many("recouv.purchase", "claim_id", readonly=True)
    collection_on = fields.Date(
        "In collection since",
        readonly=True,
        copy=False,
        help="The reminders are over: an agent works it, or a court.",
    )
    dispute_answer = fields.Selection(
        related="purchase_ids.dispute_answer", string="The practice says"
    )

    def _anchors(self):
        """EXTENDS: the buyer's schedule counts from the day it bought."""
        anchors = super()._anchors()
        bought = self.purchase_ids[:1].bought_on
        return anchors | {"assignment": bought or anchors["due_date"]}

    def _on_transfer_items(self):
        """EXTENDS: one entry carries many bought items; each claim keeps its own."""
        bought = self.filtered(lambda claim: claim.capacity == "assignee")
        return super(RecouvClaim, self - bought)._on_transfer_items() | bought

    def action_collect(self):
        """EXTENDS: money on what was bought is laid on this debtor's items."""
        bought = self.filtered(lambda claim: claim.capacity == "assignee")
        if not bought:
            return super().action_collect()
        return self.env["recouv.collect"]._dialog(
            default_partner_id=bought.partner_id[:1].id,
            default_company_id=bought.company_id[:1].id,
        )

    def action_view_purchase(self):
        """Open what the buyer knows of this claim."""
        return self.purchase_ids._get_records_action()

    # --- collection -----------------------------------------------------------------

    def _pass_to_collection(self):
        """The reminders of bought claims are over: agents work them now."""
        waiting = self.filtered(lambda claim: not claim.collection_on)
        waiting.write({"collection_on": fields.Date.context_today(self)})


class RecouvNotice(models.Model):
    _inherit = "recouv.notice"

    def action_decide_handover(self):
        """EXTENDS: a buyer hands nothing over; its own collection begins."""
        own = self.filtered(lambda notice: notice.capacity == "assignee")
        own._decide_collection()
        others = self - own
        return super(RecouvNotice, others).action_decide_handover() if others else True

    def _decide_collection(self):
        """The reminders of these are over, by the word of a person."""
        self._check_states(("printed",))
        # sudo: the task to decide may be another user's
        self.activity_id.sudo().unlink()
        self._claim_lines().claim_id._pass_to_collection()
        self._prove()

    def _undo(self):
        """EXTENDS: back from collection to the reminders."""
        own = self.filtered(
            lambda n: n.capacity == "assignee" and n.channel == "handover"
        )
        own._claim_lines().claim_id.write({"collection_on": False})
        return super()._undo()


class RecouvDerivedMixin(models.AbstractModel):
    _inherit = "recouv.derived.mixin"

    @api.model
    def _derived_reads(self):
        """EXTENDS: what is bought is known by its purchase."""
        purchases = self.env["recouv.purchase"]._fields
        names = ("claim_id", "item_id", "state")
        return super()._derived_reads() + [purchases[name] for name in names]
