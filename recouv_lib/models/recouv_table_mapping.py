from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command

from ..lib import import_rows
from ..lib.table_file import find_columns, header_words


class RecouvTableMapping(models.Model):
    """Which column of a source's table is which, for one dialog, said once.

    Kept for the company and recognised again by the headers of the next table, in
    whatever order. What a dialog reads by itself needs none.
    """

    _name = "recouv.table.mapping"
    _description = "Columns of a table"
    _order = "dialog, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    dialog = fields.Char("Model of the dialog", required=True, readonly=True)
    header_fingerprint = fields.Char(required=True, readonly=True)
    header_ids = fields.One2many("recouv.table.header", "mapping_id", readonly=True)
    column_ids = fields.One2many("recouv.table.column", "mapping_id")

    # two who choose at once: the second one is told so
    _source_once = models.UniqueIndex(
        "(company_id, dialog, header_fingerprint)",
        "The columns of this table are chosen already. Open the dialog again.",
    )

    @api.depends("dialog")
    def _compute_display_name(self):
        for mapping in self:
            # sudo: the name of one of our own dialogs
            model = self.env["ir.model"].sudo()._get(mapping.dialog)
            mapping.display_name = model.name or mapping.dialog

    @api.constrains("column_ids")
    def _check_columns(self):
        for mapping in self:
            headers = mapping.column_ids.header_id
            if len(headers) < len(mapping.column_ids.filtered("header_id")):
                raise ValidationError(
                    self.env._("A column of the table is read as one thing only.")
                )

    # --- for the dialogs --------------------------------------------------------------

    @api.model
    def _recognise(self, dialog, headers):
        """Return the mapping kept for such a table, or none.

        :param dialog: ``recouv.table.dialog``
        """
        return self.search(
            [
                ("company_id", "=", dialog.company_id.id),
                ("dialog", "=", dialog._name),
                ("header_fingerprint", "=", import_rows.fingerprint(headers)),
            ],
            limit=1,
        )

    @api.model
    def _get_or_create(self, dialog, headers):
        """Return the mapping of such a table: a new one says what the words say."""
        if known := self._recognise(dialog, headers):
            return known
        columns = dialog._table_columns()
        guessed = find_columns(headers, columns)
        mapping = self.create(
            {
                "company_id": dialog.company_id.id,
                "dialog": dialog._name,
                "header_fingerprint": import_rows.fingerprint(headers),
                "header_ids": [
                    Command.create({"sequence": rank, "name": header})
                    for rank, header in enumerate(headers)
                    if header
                ],
            }
        )
        by_name = {one.name: one for one in mapping.header_ids}
        mapping.column_ids = [
            Command.create(
                {
                    "sequence": rank,
                    "name": name,
                    "label": column.label,
                    "is_required": column.required,
                    "header_id": by_name[headers[guessed[name]]].id
                    if name in guessed
                    else False,
                }
            )
            for rank, (name, column) in enumerate(columns.items())
        ]
        return mapping

    def _found(self, headers):
        """Return ``{name: index}`` of the columns that are read, in this table."""
        by_words = {header_words(header): rank for rank, header in enumerate(headers)}
        chosen = {
            column.name: header_words(column.header_id.name)
            for column in self.column_ids.filtered("header_id")
        }
        return {
            name: by_words[words] for name, words in chosen.items() if words in by_words
        }

    def action_done(self):
        """Go back to the dialog, which reads the table so.

        :raise ValidationError: a column that must be there was not chosen
        """
        self.ensure_one()
        missing = self.column_ids.filtered(
            lambda column: column.is_required and not column.header_id
        )
        if missing:
            raise ValidationError(
                self.env._(
                    "Say which column is “%s”.", "”, “".join(missing.mapped("label"))
                )
            )
        dialogs = self.env[self.dialog]
        dialog = dialogs.browse(self.env.context.get("recouv_dialog_id") or ()).exists()
        if not dialog:
            return {"type": "ir.actions.act_window_close"}
        return dialog._shown()


class RecouvTableHeader(models.Model):
    """A header of the source's table, as it stands there."""

    _name = "recouv.table.header"
    _description = "Header of a table"
    _order = "mapping_id, sequence, id"
    _check_company_auto = True

    mapping_id = fields.Many2one(
        "recouv.table.mapping", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="mapping_id.company_id", store=True, index=True, precompute=True
    )
    sequence = fields.Integer()
    name = fields.Char("Column of the file", required=True)


class RecouvTableColumn(models.Model):
    """What a dialog reads, and the column that it is read from."""

    _name = "recouv.table.column"
    _description = "Column that is read"
    _order = "mapping_id, sequence, id"
    _check_company_auto = True

    mapping_id = fields.Many2one(
        "recouv.table.mapping", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="mapping_id.company_id", store=True, index=True, precompute=True
    )
    sequence = fields.Integer()
    name = fields.Char(required=True, readonly=True)
    label = fields.Char("Is read as", readonly=True)
    is_required = fields.Boolean("Must be there", readonly=True)
    header_id = fields.Many2one(
        "recouv.table.header",
        "Column of the file",
        check_company=True,
        ondelete="set null",
        domain="[('mapping_id', '=', mapping_id)]",
        help="Empty: the table does not have it.",
    )

    _name_once = models.UniqueIndex("(mapping_id, name)")

    @api.constrains("header_id")
    def _check_header(self):
        for column in self:
            if column.header_id and column.header_id.mapping_id != column.mapping_id:
                raise ValidationError(
                    self.env._(
                        "“%s” is no column of this table.", column.header_id.name
                    )
                )
        self.mapping_id._check_columns()
