import base64
from io import BytesIO

from odoo import Command, fields, models
from odoo.exceptions import UserError

from odoo.addons.recouv_lib.lib.table_file import (
    MEGABYTE,
    FileError,
    TableFile,
    cell_text,
    file_name,
    header_words,
)
from odoo.addons.recouv_lib.lib.table_values import read_date

#: what a day's acknowledgments never are: bytes, rows; characters shown of a row
MAX_BYTES, MAX_ROWS, SHOWN = 10 * MEGABYTE, 10_000, 500
#: words of headers, as :func:`header_words` gives them
COLUMNS = {
    "lot": ("lot", "n lot", "n de lot", "numero de lot"),
    "date": ("date", "date du lot", "date lot"),
    "state": ("etat", "statut", "state", "arl", "accuse"),
    "label": ("libelle", "label", "motif", "commentaire"),
    "invoice_number": ("facture", "n facture", "n de facture", "invoice"),
}
POSITIVE = ("positif", "positive", "ok", "accepte", "acquitte", "recu", "conforme")
NEGATIVE = ("negatif", "negative", "ko", "refuse", "rejete", "non conforme")


class RecouvLotAckImport(models.TransientModel):
    """Acknowledgments in a table (CSV, XLSX): lot, date, state, label, invoice.

    Every row is answered for: recorded, or listed with the reason why not. The same
    file twice changes nothing.
    """

    _name = "recouv.lot.ack.import"
    _description = "Import acknowledgments"

    file = fields.Binary(required=True, help="CSV or XLSX.")
    filename = fields.Char()
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    is_read = fields.Boolean(readonly=True)
    recorded = fields.Integer("Acknowledgments recorded", readonly=True)
    line_ids = fields.One2many(
        "recouv.lot.ack.import.line", "wizard_id", "Rows not recorded", readonly=True
    )

    def action_import(self):
        self.ensure_one()
        table = self._open_table()
        columns = self._columns(table)
        recorded, left = 0, []
        for row in self._rows(table):
            reason = self._record_row(row, columns)
            recorded += not reason
            if reason:
                text = "; ".join(str(cell_text(cell)) for cell in row.cells)[:SHOWN]
                left.append({"number": row.number, "text": text, "reason": reason})
        self.write(
            {
                "is_read": True,
                "recorded": recorded,
                "line_ids": [Command.clear(), *map(Command.create, left)],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import acknowledgments"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _open_table(self):
        stream = BytesIO(base64.b64decode(self.file or b""))
        try:
            return TableFile(stream, known=self._known_headers, max_bytes=MAX_BYTES)
        except FileError as error:
            raise self.env["recouv.import"]._refusal(error, self.filename) from error

    def _rows(self, table):
        """Yield the rows of a table; nothing of it is recorded when it breaks.

        :raises UserError: what is wrong with the file
        """
        try:
            for count, row in enumerate(table.rows()):
                if count == MAX_ROWS:
                    raise FileError("too_many_rows", limit=MAX_ROWS)
                yield row
        except FileError as error:
            raise self.env["recouv.import"]._refusal(error, self.filename) from error

    def _known_headers(self, cells):
        words = {word for names in COLUMNS.values() for word in names}
        return sum(header_words(cell) in words for cell in cells)

    def _columns(self, table):
        """Return ``{field: index}``; lot and state must be there."""
        found = {}
        for index, header in enumerate(table.headers):
            for name, words in COLUMNS.items():
                if header_words(header) in words:
                    found.setdefault(name, index)
        if missing := {"lot", "state"} - found.keys():
            raise UserError(
                self.env._(
                    "“%(file)s” has no column “%(name)s”. Columns: lot, date, état, "
                    "libellé, facture.",
                    file=file_name(self.filename) or self.env._("The table"),
                    name={"lot": "lot", "state": "état"}[sorted(missing)[0]],
                )
            )
        return found

    def _record_row(self, row, columns):
        """Record one row; return why it could not be, or nothing."""
        if row.problem:
            return self.env._("The row cannot be read.")
        cells = {
            name: row.cells[index] if index < len(row.cells) else ""
            for name, index in columns.items()
        }
        state = self._state(cells["state"])
        if not state:
            return self.env._("The state is neither positive nor negative.")
        values = {name: str(cell_text(cell)).strip() for name, cell in cells.items()}
        values |= {"state": state, "company": self.company_id}
        # the day first, as it is written in France
        values["date"] = read_date(cells.get("date") or "", "dmy")
        if cells.get("date") and not values["date"]:
            return self.env._("The date cannot be read.")
        try:
            lot = self.env["recouv.lot"]._record_ack(values)
        except UserError as error:
            return str(error)
        if not lot:
            return self.env._("No lot that was transmitted has this number and date.")
        return None

    def _state(self, cell):
        words = header_words(str(cell_text(cell)))
        if str(cell).strip() in ("+", "-"):
            return "positive" if str(cell).strip() == "+" else "negative"
        if any(words.startswith(word) for word in NEGATIVE):
            return "negative"
        return "positive" if any(words.startswith(w) for w in POSITIVE) else None


class RecouvLotAckImportLine(models.TransientModel):
    _name = "recouv.lot.ack.import.line"
    _description = "Row of acknowledgments that was not recorded"

    wizard_id = fields.Many2one(
        "recouv.lot.ack.import", required=True, ondelete="cascade"
    )
    number = fields.Integer("Line")
    text = fields.Char("What it says")
    reason = fields.Char("Why")
