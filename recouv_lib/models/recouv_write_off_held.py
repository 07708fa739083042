from odoo import models


class RecouvClaim(models.Model):
    """A debt for which a cheque is held is not given up: its money would be owed back
    to the debtor once it came."""

    _inherit = "recouv.claim"

    def _write_off_obstacle(self):
        """EXTENDS: money of the debtor that is not in the books yet comes first."""
        return (
            super()._write_off_obstacle()
            or self._cheque_obstacle()
            or self._agency_cheque_obstacle()
        )

    def _cheque_obstacle(self):
        # sudo: cheques of the practice's own drawer, named to who gives the claim up
        cheques = self.env["recouv.cheque"].sudo()
        lines = cheques._lines_held_on(self.sudo().move_line_id)
        if not lines:
            return None
        held = lines.collection_id.cheque_ids
        return self.env._(
            "a cheque is held for it (%s): bank it or give it back first.",
            ", ".join(held.mapped("display_name")),
        )

    def _agency_cheque_obstacle(self):
        """Whether the claim was recalled since or not: the agency got the cheque."""
        lines = self._all_placement_lines()._awaiting_settlement()
        if not lines:
            return None
        return self.env._(
            "the agency holds a cheque for it (%s): wait until it is cashed, or ask "
            "the agency to give it back.",
            ", ".join(lines._receipts_held().mapped("name")),
        )
