from odoo import api, models
from odoo.exceptions import UserError

#: what a file says, and where it hangs; the rest (thumbnail, token) says nothing
SAID = frozenset(
    {
        "company_id",
        "datas",
        "db_datas",
        "mimetype",
        "name",
        "public",
        "raw",
        "res_field",
        "res_id",
        "res_model",
        "type",
        "url",
    }
)


class IrAttachment(models.Model):
    """The files of evidence are written and removed by the acts of the product alone.

    A released exhibit, a signed agreement, a receipt or a proof says as much as the
    record that it hangs on, and Odoo lets whoever may write on that record overwrite
    its files. So, from a person: what lies in a field of a record of ours is written
    through that record, which has its own guards; and what a model names as evidence
    (``_evidence_files``, see ``recouv.evidence.mixin``) is neither rewritten nor moved,
    published or deleted. Acts write elevated, or under the mark of recording.

    Files of other models are told by their ``res_model``, which Odoo's own check of
    access reads anyway: they cost no query.
    """

    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'base': the file in a field is made by writing the field
        if not self._recouv_may_touch():
            defaults = {
                name: self.env.context.get(f"default_{name}")
                for name in ("res_model", "res_field")
            }
            for vals in vals_list:
                self._recouv_check_field({**defaults, **vals})
        return super().create(vals_list)

    def write(self, vals):
        # EXTENDS 'base'
        if SAID & vals.keys() and not self._recouv_may_touch():
            self._recouv_check_evidence("write")
            if vals.get("res_field") or vals.get("res_model"):
                for file in self.sudo():  # sudo: where it hangs; access is checked next
                    where = {"res_model": file.res_model, "res_field": file.res_field}
                    self._recouv_check_field({**where, **vals})
        return super().write(vals)

    def unlink(self):
        # EXTENDS 'base'
        if not self._recouv_may_touch():
            self._recouv_check_evidence("unlink")
        return super().unlink()

    def _delete_and_notify(self, message=None):
        # EXTENDS 'mail': its route deletes elevated, whoever asked; no act calls it
        self._recouv_check_evidence("unlink")
        return super()._delete_and_notify(message)

    @api.model
    def _recouv_may_touch(self):
        """Say whether an act of the product, or Odoo itself, is at work."""
        return self.env["recouv.evidence.mixin"]._is_recording()

    @api.model
    def _recouv_check_field(self, vals):
        """Refuse a file that would stand in a field of ours beside what was filed."""
        if vals.get("res_field") and _is_ours(vals.get("res_model")):
            raise UserError(
                self.env._(
                    "The file %s would stand in a field of a record: file it there, by "
                    "the record's own screen.",
                    vals.get("name") or "",
                )
            )

    def _recouv_check_evidence(self, operation):
        """:raise UserError: one of these files is evidence; names it and its record"""
        # sudo: on which records they hang; what is told is checked below
        # in one query with what Odoo reads of them right after
        ours = self.sudo().filtered(lambda file: _is_ours(file.res_model))
        for model, files in ours.grouped("res_model").items():
            if model not in self.env:
                continue
            evidence = files._recouv_evidence_of(self.env[model])
            if evidence:
                evidence.sudo(False).check_access(operation)
                raise UserError(evidence[0]._recouv_evidence_refusal())

    def _recouv_evidence_of(self, model):
        """Return those of these files, of records of one model, that are evidence."""
        if model._transient:
            return self.browse()
        kept = model._evidence_files
        found = self if kept is True else self.filtered("res_field")
        rest = self - found
        if not kept or not rest:
            return found
        # sudo: whether its record points at a file; nothing of it is shown
        records = model.sudo().browse({file.res_id for file in rest if file.res_id})
        named = self.browse()
        for name in kept:
            named |= records.exists()[name]
        return found | (rest & named)

    def _recouv_evidence_refusal(self):
        record = self.env[self.res_model].browse(self.res_id)
        return self.env._(
            "The file “%(file)s” is evidence of %(record)s: it is neither changed nor "
            "deleted by hand. %(advice)s",
            file=self.name,
            record=record.sudo(False).display_name,
            advice=record._evidence_advice()
            if hasattr(record, "_evidence_advice")
            else "",
        ).strip()


def _is_ours(model):
    return bool(model) and model.startswith("recouv.")
