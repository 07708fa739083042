from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.misc import clean_context

# no caller from outside can put this very object into its context
RECORDING = object()


class RecouvEvidenceMixin(models.AbstractModel):
    """What happened: written by the acts of the product, typed by nobody.

    What screens do not offer, a user may still send over RPC. So whatever says who
    paid, what was agreed or what was sent is written under a mark in the context that
    only this file sets: it is an object, and no value from outside can be it. A model
    says what a person may write all the same (:meth:`_editable_fields`), what a person
    gives when making one (:meth:`_creatable_fields`) and what to do instead
    (:meth:`_evidence_advice`).

    Stands before ``recouv.undo.mixin`` in ``_inherit``: an undo is recorded too.
    """

    _name = "recouv.evidence.mixin"
    _description = "Record of what happened"

    # its files say what happened too; a model with a chatter names those that do
    _evidence_files = True

    # --- what a model says ----------------------------------------------------------

    def _editable_fields(self):
        """Return the names of what a person may write on this one record."""
        return frozenset()

    @api.model
    def _creatable_fields(self):
        """Return the names of what a person may give; none: made by its act alone."""
        return frozenset()

    def _is_deletable(self):
        """Return whether this one record may be deleted; history may not."""
        return self._is_recording()

    @api.model
    def _evidence_advice(self):
        """Return a sentence: what to do instead of editing."""
        return self.env._("Use its buttons.")

    # --- how the acts write ---------------------------------------------------------

    def _recording(self):
        """Return these records with the right to record; never hand them out."""
        context = clean_context(self.env.context)
        return self.with_context(context, recouv_recording=RECORDING)  # pylint: disable=context-overridden

    @api.model
    def _is_recording(self):
        return self.env.su or self.env.context.get("recouv_recording") is RECORDING

    def _record(self, vals):
        """Write what happened; every act of the product goes through here."""
        return self._recording().write(vals)

    @api.model
    def _record_new(self, vals_list):
        """Make records of what happened, and return them without that right."""
        return self._recording().create(vals_list).with_env(self.env)

    def _record_undo(self, vals):
        """EXTENDS recouv.undo.mixin"""
        self._record(vals)

    # --- what a person is refused ---------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse, from a person, to make what only an act makes, and to give what
        only an act knows, be it as a default in the context."""
        if self._is_recording():
            return super().create(vals_list)
        self.check_access("create")
        allowed = self._creatable_fields()
        for vals in vals_list:
            self._check_creatable(vals.keys(), allowed)
        clean = self._recouv_only_defaults(allowed)
        return super(RecouvEvidenceMixin, clean).create(vals_list).with_env(self.env)

    def write(self, vals):
        """Refuse, from a person, to rewrite what happened."""
        if not self._is_recording():
            self.check_access("write")
            for record in self:
                record._check_editable(vals.keys())
        return super().write(vals)

    @api.model
    def _parents(self, fname, vals_list):
        """Return the records to which lines that are being made belong."""
        given = self.env.context.get(f"default_{fname}")
        ids = {vals.get(fname) or given for vals in vals_list}
        return self.env[self._fields[fname].comodel_name].browse(filter(None, ids))

    @api.model
    def _check_creatable(self, names, allowed):
        if allowed and names <= allowed:
            return
        raise UserError(
            self.env._(
                "%(what)s: it is recorded by its own act and not made by hand "
                "(%(names)s). %(advice)s",
                # sudo: only the name of the model, for the message
                what=self.env["ir.model"].sudo()._get(self._name).name,
                names=", ".join(sorted(names - allowed)),
                advice=self._evidence_advice(),
            )
        )

    def _check_editable(self, names):
        evidence = names - self._editable_fields()
        if evidence:
            raise UserError(
                self.env._(
                    "%(record)s says what happened, and that is not edited: "
                    "%(names)s. %(advice)s",
                    record=self.display_name,
                    names=", ".join(sorted(evidence)),
                    advice=self._evidence_advice(),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        for record in self:
            if not record._is_deletable():
                raise UserError(
                    self.env._(
                        "%(record)s is part of the history and cannot be deleted. "
                        "%(advice)s",
                        record=record.display_name,
                        advice=record._evidence_advice(),
                    )
                )
