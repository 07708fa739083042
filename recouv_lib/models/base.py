from collections import defaultdict

from odoo import Command, api, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.tools import SQL

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

#: what a spreadsheet takes for the beginning of a formula
FORMULAS = ("=", "@", "{=")
#: names told to who comes second
SHOWN = 5
#: PostgreSQL has no greater number for an id
MAX_ID = 2**31
#: what belongs to a record and bears no company: who may read that one may link to it
OF_A_RECORD = ("mail.message", "mail.activity")


class Base(models.AbstractModel):
    """A refusal across companies names only what the user may read, and a guessed id
    tells nothing; who comes second to what another works on is told; what leaves in a
    file is text, whoever wrote it.
    """

    _inherit = "base"

    #: which files hanging on records of a model are evidence (``ir_attachment.py``):
    #: none, all (True), or those that these fields of the record point at
    _evidence_files = ()

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS 'base': a dialog of ours is opened on one's own records only."""
        records = super().create(vals_list)
        records._recouv_check_dialog()
        return records

    def write(self, vals):
        """EXTENDS 'base': nor is it turned towards others afterwards."""
        result = super().write(vals)
        self._recouv_check_dialog(vals)
        return result

    def onchange(self, values, field_names, fields_spec):
        """EXTENDS 'web': what was not saved yet tells the name of no guessed id."""
        self._recouv_check_guesses(values)
        return super().onchange(values, field_names, fields_spec)

    def export_data(self, fields_to_export):
        """EXTENDS 'base': what a file, a debtor or a payer wrote is no formula.

        Odoo's CSV writer quotes formulas, its XLSX writer makes them live.
        """
        result = super().export_data(fields_to_export)
        if self._name.startswith("recouv."):
            result["datas"] = [
                [_bare_text(cell) for cell in row] for row in result["datas"]
            ]
        return result

    def _recouv_only_defaults(self, allowed):
        """Return self with the context's defaults of these fields only.

        Over RPC a person may put any default into the context, of what only methods
        write too.
        """
        context = {
            key: value
            for key, value in self.env.context.items()
            if not key.startswith("default_") or key[len("default_") :] in allowed
        }
        return self.with_context(context)  # pylint: disable=context-overridden

    def unlink(self):
        """EXTENDS 'base': that a module is being uninstalled is said by Odoo alone.

        Over RPC a person may put its mark into the context, and Odoo would then ask
        none of the guards of what happened.
        """
        marked = self.env.context.get(MODULE_UNINSTALL_FLAG) and not self.env.su
        if marked and self._name.startswith("recouv."):
            self = self.with_context(**{MODULE_UNINSTALL_FLAG: False})  # noqa: PLW0642
        return super().unlink()

    def _recouv_lock_rows(self):
        """Let one user at a time act on these records, as they stand now.

        Held until the end of the transaction, and marked: who began before and comes
        later is run again by Odoo, and then reads what was done here. Others may still
        refer to these records meanwhile.

        :raise UserError: somebody else is at it right now; nobody waits
        """
        if not self:
            return
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(self._recouv_busy()) from error
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET id = id WHERE id IN %s",
                SQL.identifier(self._table),
                self._ids,
            )
        )
        self.invalidate_recordset()

    def _recouv_busy(self):
        """Return what who comes second is told; of what he may not read, no name."""
        readable = self.sudo(False)._filtered_access("read")[:SHOWN]
        if not readable:
            return self.env._("Someone else is working on this. Try again in a moment.")
        return self.env._(
            "Someone else is working on %s at this moment: look again in a minute.",
            ", ".join(readable.mapped("display_name")),
        )

    def _check_company(self, fnames=None):
        """EXTENDS 'base': Odoo names the other company's record in its refusal.

        A guessed id would so be told by its name, a patient's for instance.
        """
        try:
            result = super()._check_company(fnames)
            self._recouv_check_links(fnames)
            return result
        except UserError as error:
            hidden = not self.env.su and self._recouv_hidden_links(fnames)
            if not hidden:
                raise
            raise self._recouv_crossing(hidden[0]) from error

    def _recouv_check_links(self, fnames):
        """Refuse a link of ours from one company's record to another's, elevated.

        Odoo checks the links marked for it; ours are checked one and all, because the
        name of what is linked is shown whatever one may read. Branches are one company
        with their root. What elevated methods link on purpose is not looked at.

        :raise UserError: the link points at another company
        """
        if self.env.su or not self._name.startswith("recouv."):
            return
        if "company_id" not in self._fields:
            return
        for field in self._recouv_links(fnames):
            for record in self.sudo():
                roots = record[field.name].company_id.root_id
                if roots - record.company_id.root_id and record.company_id:
                    raise self._recouv_crossing(field)
        for name in self._fields if fnames is None else fnames:
            field = self._fields[name]
            if field.comodel_name == "mail.message" and field.type == "many2one":
                # sudo: what is linked, then looked at with the user's own rights
                self._recouv_check_readable(field, self.sudo().mapped(name))

    def _recouv_links(self, fnames):
        """Return the stored links to records of one company, among ``fnames``."""
        return [
            field
            for name, field in self._fields.items()
            if field.type in ("many2one", "many2many")
            and field.store
            and not field.related
            and (fnames is None or name in fnames)
            and self._recouv_is_of_one_company(field)
        ]

    def _recouv_is_of_one_company(self, field):
        """Whether what ``field`` points at belongs to one company."""
        return (
            field.comodel_name not in ("res.company", "res.users")
            and "company_id" in self.env[field.comodel_name]._fields
            # a mandate is of two companies
            and "agency_id" not in self.env[field.comodel_name]._fields
        )

    def _recouv_check_dialog(self, fnames=None):
        """Refuse a dialog that points at a record of a company the user is not in.

        Odoo shows the name of what a link points at, and what a dialog shows of it,
        with elevated rights: a guessed id would tell a patient's name, number and debt.
        What elevated methods open on purpose is not looked at.

        :raise AccessError: says which field, and nothing of the record
        """
        if self.env.su or not self._transient or not self._name.startswith("recouv."):
            return
        for field in self._recouv_links(fnames):
            # sudo: only the company of what is pointed at
            self._recouv_check_reach(field, self.sudo().mapped(field.name))

    def _recouv_check_guesses(self, values):
        """Refuse a link, typed on a screen or sent as a default, to such a record.

        Looked at together, a query or two for each model: a form is long.

        :param values: what :meth:`onchange` is given, lines included; nonsense is left
            to Odoo
        """
        if self.env.su or not isinstance(values, dict):
            return
        defaults = {
            key[len("default_") :]: value
            for key, value in self.env.context.items()
            if key.startswith("default_")
        }
        guesses = defaultdict(set)
        self._recouv_guesses(defaults | values, guesses)
        by_model = defaultdict(set)
        for field, ids in guesses.items():
            by_model[field.comodel_name] |= ids
        # sudo: whether they are there, and of which company
        there = {
            name: self.env[name].sudo().browse(ids).exists()
            for name, ids in by_model.items()
        }
        for field, ids in guesses.items():
            targets = there[field.comodel_name].filtered(lambda r, ids=ids: r.id in ids)
            if field.comodel_name in OF_A_RECORD:
                self._recouv_check_readable(field, targets)
            else:
                self._recouv_check_reach(field, targets)

    def _recouv_guesses(self, values, guesses):
        """Add the ids that ``values`` link to, by field; not what is linked already."""
        for name, value in values.items():
            field = self._fields.get(name)
            if not field:
                continue
            if field.type == "many2one" and (
                field.comodel_name in OF_A_RECORD
                or self._recouv_is_of_one_company(field)
            ):
                value = value[0] if isinstance(value, list | tuple) and value else value
                # sudo: what the record points at already may stay
                if _is_id(value) and value not in self.sudo().mapped(name).ids:
                    guesses[field].add(value)
            elif field.type in ("one2many", "many2many"):
                self._recouv_guessed_lines(field, value, guesses)

    def _recouv_guessed_lines(self, field, commands, guesses):
        lines = self.env[field.comodel_name]
        for command in commands if isinstance(commands, list | tuple) else ():
            if not (isinstance(command, list | tuple) and len(command) == 3):
                continue
            known = command[1] if command[0] == Command.UPDATE else False
            if isinstance(command[2], dict):
                lines.browse(known if _is_id(known) else ())._recouv_guesses(
                    command[2], guesses
                )

    def _recouv_check_reach(self, field, targets):
        """:raise AccessError: one of ``targets`` (elevated) is of another's company"""
        # branches are one company with their root
        known = self.env.user.company_ids.root_id
        if targets.company_id.root_id - known:
            raise AccessError(str(self._recouv_crossing(field)))

    def _recouv_crossing(self, field):
        return UserError(
            self.env._(
                "“%(field)s” would point at a record of another company: choose one of "
                "your own.",
                field=field._description_string(self.env),
            )
        )

    def _recouv_check_readable(self, field, targets):
        """:raise AccessError: the user may not read one of ``targets`` (elevated)"""
        seen = targets.with_env(self.env)
        if seen._filtered_access("read") != seen:
            raise AccessError(str(self._recouv_crossing(field)))

    def _recouv_hidden_links(self, fnames):
        """Return the checked fields that point at what the user may not read."""
        checked = [
            field
            for name, field in self._fields.items()
            if field.relational and field.check_company
            # what is refused by its company alone is searched in all fields
            if fnames is None or name in fnames or "company_id" in fnames
        ]
        # sudo: to find what is pointed at; only the field's own label is told
        return [
            field
            for field in checked
            for target in [self.sudo().mapped(field.name).sudo(False)]
            if target._filtered_access("read") != target
        ]


def _is_id(value):
    return type(value) is int and 0 < value < MAX_ID


def _bare_text(cell):
    """A cell of an export; a text that a spreadsheet would compute gets a quote.

    Signs in front are left to the writers: “-12” and “+33…” are no formulas in XLSX,
    and CSV quotes them itself.
    """
    is_formula = isinstance(cell, str) and cell.lstrip().startswith(FORMULAS)
    return f"'{cell}" if is_formula else cell
