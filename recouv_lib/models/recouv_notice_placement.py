from odoo import models
from odoo.exceptions import UserError


class RecouvNotice(models.Model):
    """The last step of a schedule: its claims go into a placement.

    Under a mandate by subscription they are proposed at once, each claim that ends its
    schedule; case by case, when a manager decides. Nothing leaves by itself: a
    placement is reviewed and sent by a manager.
    """

    _inherit = "recouv.notice"

    def _deliver_handover(self):
        """EXTENDS: by subscription nobody need decide on each claim."""
        proposed = self.browse()
        for company, notices in self.grouped("company_id").items():
            # sudo: whether the practice's own mandate is by subscription
            mandate = self.env["recouv.mandate"].sudo()._placeable(company)
            if mandate and mandate._is_subscription():
                proposed |= notices._propose_subscribed()
        return super(RecouvNotice, self - proposed)._deliver_handover()

    def _propose_subscribed(self):
        """Propose what may leave; what may not waits for a manager's decision.

        :return: the notices whose claims are all proposed
        """
        # sudo: the mandate says that what ends its schedule is proposed; a manager
        # reviews and sends
        placements = self.env["recouv.placement"].sudo()
        refused = placements._propose(self._claim_lines().claim_id)
        stay = self.env["recouv.claim"].browse(claim.id for claim in refused)
        ready = self.filtered(lambda n: not n._claim_lines().claim_id & stay)
        ready._prove()
        return ready

    def action_decide_handover(self):
        """EXTENDS: the claims go into the draft placement of the practice's mandate.

        :raise UserError: no mandate in force; a claim that may not leave, and why
        """
        self._check_states(("printed",))
        claims = self._claim_lines().claim_id
        claims._check_placing_manager()
        refused = self.env["recouv.placement"]._propose(claims)
        drafted = self.env["recouv.placement.line"]._drafted(claims)
        for claim in claims - drafted:
            raise UserError(
                self.env._(
                    "%(claim)s cannot be handed over: %(obstacle)s",
                    claim=claim.display_name,
                    obstacle=refused[claim],
                )
            )
        # sudo: the task to decide may be another user's
        self.activity_id.sudo().unlink()
        return super().action_decide_handover()

    # --- undoing --------------------------------------------------------------------

    def _undo_obstacle(self):
        """EXTENDS: what the agency holds is called back, not undone."""
        obstacle = super()._undo_obstacle()
        if not obstacle and self.channel == "handover":
            claims = self._claim_lines().claim_id
            # what a buyer holds, it bought: nobody handed it over
            own = ("practice", "buyer")
            placed = claims.filtered(lambda claim: claim.holder not in own)
            if placed:
                return self.env._(
                    "%s is with the agency: call it back.", placed[0].display_name
                )
        return obstacle

    def _undo(self):
        """EXTENDS: a hand-over not decided is in no placement."""
        handovers = self.filtered(lambda notice: notice.channel == "handover")
        lines = self.env["recouv.placement.line"].search(
            [
                ("claim_id", "in", handovers._claim_lines().claim_id.ids),
                ("state", "=", "draft"),
            ]
        )
        # sudo: a draft holds nothing yet; the reason is kept on the claim
        lines.sudo().unlink()
        return super()._undo()
