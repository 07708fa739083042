from odoo import api, models

from ..lib import court

#: written by the acts of a file and by what makes it, by nobody's hand
KEPT = frozenset({"name", "hold_id", "origin_id", "dossier_id", "dossier_on"})
#: what a person says of an exhibit until the practice is asked for it
EXHIBIT_FIELDS = frozenset({"sequence", "kind", "name", "claim_id"})


class RecouvLitigation(models.Model):
    """Where a court file stands is read from its acts, also by who speaks to the
    server past the screens: a title that nobody gave would be enforced."""

    _name = "recouv.litigation"
    _inherit = ["recouv.litigation", "recouv.evidence.mixin"]

    @api.model
    def _kept_fields(self):
        """Return the names of what only acts write: what is read from them, too."""
        derived = {
            name
            for name, field in self._fields.items()
            if field.store and field.compute and field.readonly
        }
        return KEPT | derived

    def _editable_fields(self):
        return self._fields.keys() - self._kept_fields() - {"company_id"}

    @api.model
    def _creatable_fields(self):
        return self._fields.keys() - self._kept_fields()

    @api.model
    def _evidence_advice(self):
        return self.env._("Record its acts, or undo the last one.")


class RecouvLitigationLine(models.Model):
    """A claim enters and leaves a court file while the file is being prepared."""

    _name = "recouv.litigation.line"
    _inherit = ["recouv.litigation.line", "recouv.evidence.mixin"]

    def _editable_fields(self):
        if self.litigation_id.state == "draft":
            return frozenset({"claim_id"})
        return super()._editable_fields()

    @api.model
    def _creatable_fields(self):
        return frozenset({"litigation_id", "claim_id"})

    def _is_deletable(self):
        return self.litigation_id.state == "draft" or super()._is_deletable()

    @api.model
    def _evidence_advice(self):
        return self.env._("Reopen the file, or undo its last act.")

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS: what is complete or lodged takes no further claim.

        :raise UserError: names the file
        """
        if not self._is_recording():
            for file in self._parents("litigation_id", vals_list):
                if file.state != "draft":
                    raise file._petition_error()
        return super().create(vals_list)


class RecouvExhibit(models.Model):
    """What a document is called and of which claim is said until it is asked for; that
    it was released, and which copy, is the practice's answer alone."""

    _name = "recouv.exhibit"
    _inherit = ["recouv.exhibit", "recouv.evidence.mixin"]

    def _editable_fields(self):
        if self.state in ("draft", "refused"):
            return EXHIBIT_FIELDS
        if self.litigation_id.state in court.PREPARING:
            return frozenset({"sequence"})
        return super()._editable_fields()

    @api.model
    def _creatable_fields(self):
        return EXHIBIT_FIELDS | {"litigation_id"}

    def _is_deletable(self):
        return self.state == "draft" or super()._is_deletable()

    @api.model
    def _evidence_advice(self):
        return self.env._("Ask the practice for it: it releases its documents.")
