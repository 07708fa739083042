import base64
import csv
from io import BytesIO, StringIO

from odoo import Command, fields, models
from odoo.exceptions import UserError

from odoo.addons.recouv_lib.lib.table_file import (
    FileError,
    TableFile,
    cell_text,
    header_words,
)
from odoo.addons.recouv_lib.lib.table_values import read_date
from odoo.addons.recouv_lib.models.recouv_posting import _plain_cell

#: words of headers, as :func:`header_words` gives them
COLUMNS = {
    "number": ("numero", "n", "number", "controle", "check", "demande"),
    "result": ("resultat", "result", "avis", "reponse"),
    "date": ("date", "date de reponse", "date du controle"),
    "reference": ("reference", "reference fournisseur", "ref"),
}


class RecouvSolvencyImport(models.TransientModel):
    """Questions out, results in, as tables (CSV, XLSX).

    Every row is answered for: recorded, or listed with the reason why not. The same
    file twice changes nothing.
    """

    _name = "recouv.solvency.import"
    _description = "Import results of solvency checks"

    file = fields.Binary(help="CSV or XLSX.")
    filename = fields.Char()
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    is_read = fields.Boolean(readonly=True)
    recorded = fields.Integer("Results recorded", readonly=True)
    line_ids = fields.One2many(
        "recouv.solvency.import.line", "wizard_id", "Rows not recorded", readonly=True
    )
    questions = fields.Binary(readonly=True, attachment=False)
    questions_name = fields.Char(readonly=True)

    def action_export(self):
        """Write the table of what waits for an answer, to be sent to the provider."""
        self.ensure_one()
        checks = self.env["recouv.solvency.check"].search(
            [("company_id", "=", self.company_id.id), ("result", "=", "pending")],
            order="id",
        )
        if not checks:
            raise UserError(self.env._("No check waits for an answer."))
        target = StringIO()
        writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
        rows = [check._told() for check in checks]
        names = list(dict.fromkeys(name for row in rows for name in row))
        writer.writerow(["number" if n == "reference" else n for n in names])
        for row in rows:
            writer.writerow([_plain_cell(row.get(name, "")) for name in names])
        self.write(
            {
                "questions": base64.b64encode(target.getvalue().encode("utf-8-sig")),
                "questions_name": self.env._("solvency-checks.csv"),
            }
        )
        return self._shown()

    def action_import(self):
        """Record the results of the table."""
        self.ensure_one()
        table = self._open_table()
        columns = self._columns(table)
        recorded, left = 0, []
        for row in table.rows():
            reason = self._record_row(row, columns)
            recorded += not reason
            if reason:
                text = "; ".join(str(cell_text(cell)) for cell in row.cells)
                left.append({"number": row.number, "text": text, "reason": reason})
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
            "name": self.env._("Results of solvency checks"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _open_table(self):
        if not self.file:
            raise UserError(self.env._("Choose the table of results first."))
        stream = BytesIO(base64.b64decode(self.file))
        try:
            return TableFile(stream, known=self._known_headers)
        except FileError as error:
            raise UserError(
                self.env._(
                    "%(file)s cannot be read as a table (%(why)s): save it as CSV or "
                    "XLSX.",
                    file=self.filename or "",
                    why=str(error),
                )
            ) from error

    def _known_headers(self, cells):
        words = {word for names in COLUMNS.values() for word in names}
        return sum(header_words(cell) in words for cell in cells)

    def _columns(self, table):
        """Return ``{field: index}``; number and result must be there."""
        found = {}
        for index, header in enumerate(table.headers):
            for name, words in COLUMNS.items():
                if header_words(header) in words:
                    found.setdefault(name, index)
        if {"number", "result"} - found.keys():
            raise UserError(
                self.env._(
                    "The table needs a column “numéro” (that of the check) and a "
                    "column “résultat”; “date” and “référence” are read too."
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
        texts = {name: str(cell_text(cell)).strip() for name, cell in cells.items()}
        # the day first, as it is written in France
        day = read_date(cells.get("date") or "", "dmy") or None
        today = fields.Date.context_today(self)
        if texts.get("date") and (not day or day > today or day.year < 2000):
            return self.env._("The date cannot be read, or is not past.")
        checks = self.env["recouv.solvency.check"].with_company(self.company_id)
        return checks._record_word(
            texts["number"], texts["result"], day, texts.get("reference")
        )


class RecouvSolvencyImportLine(models.TransientModel):
    _name = "recouv.solvency.import.line"
    _description = "Row of results that was not recorded"

    wizard_id = fields.Many2one(
        "recouv.solvency.import", required=True, ondelete="cascade"
    )
    number = fields.Integer("Line")
    text = fields.Char("What it says")
    reason = fields.Char("Why")
