import base64
from io import BytesIO
from itertools import islice

from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..lib.table_file import (
    MEGABYTE,
    FileError,
    TableFile,
    cell_text,
    file_name,
    find_columns,
    header_words,
)
from ..models.recouv_import_screens import _row

#: rows that the preview shows
SHOWN = 3
#: what a table entered by hand never is: bytes, rows; characters kept of a row
MAX_BYTES, MAX_ROWS, KEPT = 10 * MEGABYTE, 10_000, 500


class RecouvTableDialog(models.AbstractModel):
    """A dialog that takes a table (CSV, XLSX) in, row by row.

    What is read is shown before: each column and what it is read as, and the first
    rows. Where the words of the headers do not tell, the user says which column is
    which (``recouv.table.mapping``), once for each source. Every row is answered for:
    recorded, or listed with the reason why not. The same file twice changes nothing,
    which whoever inherits this sees to.

    Who inherits it says its columns (:meth:`_table_columns`), what one row does
    (:meth:`_record_row`) and has ``line_ids`` of ``recouv.table.dialog.line``.
    """

    _name = "recouv.table.dialog"
    _description = "Table taken in by a dialog"

    file = fields.Binary(help="CSV or XLSX.")
    filename = fields.Char()
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    preview = fields.Html(compute="_compute_preview", sanitize=False)
    is_read = fields.Boolean(readonly=True)
    recorded = fields.Integer(readonly=True)

    # --- what a dialog says -----------------------------------------------------------

    @api.model
    def _table_columns(self):
        """Return ``{name: Column}``, in the order in which they are told."""
        raise NotImplementedError

    def _record_row(self, cells):
        """Record one row.

        :param cells: ``{name: cell}`` of the columns that the table has
        :return: why it could not be (a sentence), or None
        """
        raise NotImplementedError

    # --- which column is which --------------------------------------------------------

    def action_choose_columns(self):
        """Open the choice of the columns; what is chosen is kept for the next table.

        :raise UserError: no table, or one that cannot be read
        """
        self.ensure_one()
        mappings = self.env["recouv.table.mapping"]
        mapping = mappings._get_or_create(self, self._open_table().headers)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Choose the columns"),
            "res_model": mapping._name,
            "res_id": mapping.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"recouv_dialog_id": self.id},
        }

    def _columns_of(self, table):
        """Return ``{name: index}``: as the user chose, else by the headers' words."""
        mapping = self.env["recouv.table.mapping"]._recognise(self, table.headers)
        if mapping:
            return mapping._found(table.headers)
        return find_columns(table.headers, self._table_columns())

    # --- reading ----------------------------------------------------------------------

    def action_import(self):
        """Record the rows of the table; show which were not, and why.

        :raise UserError: no table, or a column that must be there is missing
        """
        self.ensure_one()
        table = self._open_table()
        found = self._found_columns(table)
        recorded, left = 0, []
        try:
            for count, row in enumerate(table.rows()):
                if count == MAX_ROWS:
                    raise FileError("too_many_rows", limit=MAX_ROWS)
                reason = self._take_row(row, found)
                recorded += not reason
                if reason:
                    left.append(self._left_values(row, reason))
        except FileError as error:
            raise self._refusal(error) from error
        self.write(
            {
                "is_read": True,
                "recorded": recorded,
                "line_ids": [Command.clear(), *map(Command.create, left)],
            }
        )
        return self._shown()

    def _shown(self):
        return {
            "type": "ir.actions.act_window",
            # the menu's own name of this dialog
            "name": self.env["ir.model"].sudo()._get(self._name).name,
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _left_values(self, row, reason):
        text = "; ".join(str(cell_text(cell)) for cell in row.cells)
        return {"number": row.number, "text": text[:KEPT], "reason": reason}

    def _take_row(self, row, found):
        if row.problem:
            return self.env._("The row cannot be read.")
        return self._record_row(
            {
                name: row.cells[index] if index < len(row.cells) else ""
                for name, index in found.items()
            }
        )

    @api.model
    def _cell_texts(self, cells):
        return {name: str(cell_text(cell)).strip() for name, cell in cells.items()}

    def _open_table(self):
        if not (self.file or self.filename):
            raise UserError(self.env._("Choose the table first."))
        # a form that is opened again asks for the size of the file only
        content = self.with_context(bin_size=False).file
        stream = BytesIO(base64.b64decode(content or b""))
        try:
            return TableFile(stream, known=self._known_headers, max_bytes=MAX_BYTES)
        except FileError as error:
            raise self._refusal(error) from error

    def _refusal(self, error):
        return self.env["recouv.import"]._refusal(error, self.filename)

    def _known_headers(self, cells):
        columns = self._table_columns().values()
        words = {word for column in columns for word in column.words}
        return sum(header_words(cell) in words for cell in cells)

    def _found_columns(self, table):
        """Return ``{name: index}``. :raise UserError: one that must be is missing"""
        columns = self._table_columns()
        found = self._columns_of(table)
        missing = [
            column.label
            for name, column in columns.items()
            if column.required and name not in found
        ]
        if missing:
            raise UserError(
                self.env._(
                    "“%(file)s” has no column “%(missing)s”. Columns that are read: "
                    "%(columns)s. Say which column is which by “Choose the columns”.",
                    file=file_name(self.filename) or self.env._("The table"),
                    missing="”, “".join(missing),
                    columns=", ".join(column.label for column in columns.values()),
                )
            )
        return found

    # --- preview ----------------------------------------------------------------------

    @api.depends("file", "filename", "company_id")
    def _compute_preview(self):
        for dialog in self:
            dialog.preview = bool(dialog.file) and dialog._preview()

    def _preview(self):
        """Return what will be read as HTML, and why nothing can be."""
        warning = Markup()
        try:
            table = self._open_table()
            rows = list(islice(table.rows(), SHOWN))
        except FileError as error:
            return _warning(self._refusal(error))
        except UserError as error:
            return _warning(error)
        try:
            self._found_columns(table)
        except UserError as error:
            # the table is shown all the same, so that its columns can be told
            warning = _warning(error)
        return warning + self._preview_table(table, rows)

    def _preview_table(self, table, rows):
        found = self._columns_of(table)
        columns = self._table_columns()
        read_as = {index: columns[name].label for name, index in found.items()}
        unread = self.env._("not read")
        told = [
            f"→ {read_as[index]}" if index in read_as else unread
            for index in range(len(table.headers))
        ]
        body = [_row("td", [cell_text(c) for c in row.cells]) for row in rows]
        return Markup('<table class="table table-sm mb-0">%s%s%s</table>') % (
            _row("th", table.headers),
            _row("td", told),
            Markup("").join(body),
        )


class RecouvTableDialogLine(models.AbstractModel):
    """A row that was not recorded; who inherits it adds ``wizard_id``."""

    _name = "recouv.table.dialog.line"
    _description = "Row of a table that was not recorded"

    number = fields.Integer("Line")
    text = fields.Char("What it says")
    reason = fields.Char("Why")


def _warning(error):
    return Markup('<div class="alert alert-warning mb-0" role="alert">%s</div>') % error
