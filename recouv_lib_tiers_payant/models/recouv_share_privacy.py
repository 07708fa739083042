from odoo import api, models

from .res_partner import TIERS_PAYANT


class ResPartner(models.Model):
    """A patient is told of their parts, rights and identity; a payer is no person."""

    _inherit = "res.partner"

    def _recouv_identity(self):
        """EXTENDS: with the social-security identity, to who may see it."""
        known = super()._recouv_identity()
        if self.env.user.has_group(TIERS_PAYANT):
            for name in ("recouv_nir", "recouv_birth_code", "recouv_birth_rank"):
                if self[name]:
                    known[self._recouv_label(self, name)] = self[name]
        return known

    @api.model
    def _recouv_paths(self, known):
        """EXTENDS: a part is about its patient, not about who owes it."""
        if "payer_id" in known and "patient_id" in known:
            yield "patient_id"
        else:
            yield from super()._recouv_paths(known)
