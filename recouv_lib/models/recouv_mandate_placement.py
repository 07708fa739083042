from odoo import api, fields, models
from odoo.exceptions import UserError

from .recouv_placement_line import HELD, SILENT


class RecouvMandate(models.Model):
    """What is placed under a mandate: found, carried over, given back."""

    _inherit = "recouv.mandate"

    @api.model
    def _placeable(self, company):
        """Return the mandate under which ``company`` places claims today, or none."""
        today = fields.Date.context_today(self)
        mandates = self.search(
            [
                ("company_id", "=", company.id),
                ("scope", "=", "collection"),
                ("state", "=", "signed"),
            ]
        )
        return mandates.filtered(lambda mandate: mandate._is_active(today))[:1]

    @api.model
    def _check_placeable(self, company):
        """Return the mandate to place under. :raise UserError: none is in force"""
        mandate = self._placeable(company)
        if not mandate:
            raise UserError(
                self.env._(
                    "%(company)s has no collection mandate in force: have one signed "
                    "by the agency and by the practice, then hand the claims over.",
                    company=company.name,
                )
            )
        return mandate

    def _is_subscription(self):
        """Whether every claim that ends its schedule is proposed by itself."""
        self.ensure_one()
        return self.placement_mode == "subscription"

    def _held_placement_lines(self):
        """Return what an agency holds under these mandates, elevated."""
        # sudo: both parties end a mandate; the tie of the claims is readable by none
        return (
            self.env["recouv.placement.line"]
            .sudo()
            .search(
                [
                    ("placement_id.mandate_id", "in", self.ids),
                    ("state", "in", HELD),
                ]
            )
        )

    def _staying_lines(self, lines):
        """Return those of ``lines`` that the agency finishes after the mandate ended.

        None; extended by what is before a court.
        """
        return lines.browse()

    def _recall_all(self, reason, code="mandate"):
        """Give back to the practice all that is placed under these mandates."""
        lines = self._held_placement_lines()
        back = lines - self._staying_lines(lines)
        if back:
            back._take_back("recalled", reason, code)

    def _on_revoked(self):
        """EXTENDS: what is placed goes back; nothing more is asked by the agency."""
        result = super()._on_revoked()
        self._recall_all(self.env._("The mandate was revoked."))
        return result

    def _on_replaced(self, new):
        """EXTENDS: what is placed goes on under the amendment."""
        result = super()._on_replaced(new)
        lines = self._held_placement_lines()
        claims = lines.claim_id | lines.agency_claim_id
        claims.with_context(**SILENT)._record({"mandate_id": new.id})
        lines.placement_id.write({"mandate_id": new.id})
        # sudo: drafts under the mandate that was replaced follow it
        drafts = self.env["recouv.placement"].sudo()
        drafts = drafts.search(
            [("mandate_id", "in", self.ids), ("state", "=", "draft")]
        )
        drafts.write({"mandate_id": new.id})
        return result
