import base64
import csv
from io import StringIO

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.recouv_lib.lib.table_file import Column, safe_cell
from odoo.addons.recouv_lib.lib.table_values import read_date

from ..models.recouv_solvency_check import WAITING

COLUMNS = {
    "number": Column(
        "numéro",
        ("numero", "n", "number", "controle", "check", "demande"),
        required=True,
    ),
    "result": Column(
        "résultat", ("resultat", "result", "avis", "reponse"), required=True
    ),
    "date": Column("date", ("date", "date de reponse", "date du controle")),
    "reference": Column("référence", ("reference", "reference fournisseur", "ref")),
}


class RecouvSolvencyImport(models.TransientModel):
    """Questions out, results in, as tables (CSV, XLSX)."""

    _name = "recouv.solvency.import"
    _inherit = ["recouv.table.dialog"]
    _description = "Results of solvency checks"

    recorded = fields.Integer("Results recorded")
    line_ids = fields.One2many(
        "recouv.solvency.import.line", "wizard_id", "Rows not recorded", readonly=True
    )
    questions = fields.Binary(readonly=True, attachment=False)
    questions_name = fields.Char(readonly=True)

    def action_export(self):
        """Write the table of what waits for an answer, to be sent to the provider."""
        self.ensure_one()
        checks = self.env["recouv.solvency.check"].search(
            [("company_id", "=", self.company_id.id), ("result", "in", WAITING)],
            order="id",
        )
        # a table that said “no answer” asks again; what the network answers is not
        # for a table
        checks = checks.filtered(lambda check: not check._is_asked_by_job())
        if not checks:
            raise UserError(
                self.env._("No check waits for an answer by hand or by a table.")
            )
        target = StringIO()
        writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
        rows = [check._told() for check in checks]
        names = list(dict.fromkeys(name for row in rows for name in row))
        writer.writerow(["number" if n == "reference" else n for n in names])
        for row in rows:
            writer.writerow([safe_cell(row.get(name, "")) for name in names])
        self.write(
            {
                "questions": base64.b64encode(target.getvalue().encode("utf-8-sig")),
                "questions_name": self.env._("solvency-checks.csv"),
            }
        )
        return self._shown()

    @api.model
    def _table_columns(self):
        return COLUMNS

    def _record_row(self, cells):
        texts = self._cell_texts(cells)
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
    _inherit = ["recouv.table.dialog.line"]
    _description = "Row of results that was not recorded"

    wizard_id = fields.Many2one(
        "recouv.solvency.import", required=True, ondelete="cascade"
    )
