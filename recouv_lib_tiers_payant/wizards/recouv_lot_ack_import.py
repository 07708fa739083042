from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.recouv_lib.lib.table_file import Column, cell_text, header_words
from odoo.addons.recouv_lib.lib.table_values import read_date

COLUMNS = {
    "lot": Column("lot", ("lot", "n lot", "n de lot", "numero de lot"), required=True),
    "date": Column("date", ("date", "date du lot", "date lot")),
    "state": Column(
        "état", ("etat", "statut", "state", "arl", "accuse"), required=True
    ),
    "label": Column("libellé", ("libelle", "label", "motif", "commentaire")),
    "invoice_number": Column(
        "facture", ("facture", "n facture", "n de facture", "invoice")
    ),
}
POSITIVE = ("positif", "positive", "ok", "accepte", "acquitte", "recu", "conforme")
NEGATIVE = ("negatif", "negative", "ko", "refuse", "rejete", "non conforme")


class RecouvLotAckImport(models.TransientModel):
    """Acknowledgments in a table (CSV, XLSX): lot, date, state, label, invoice."""

    _name = "recouv.lot.ack.import"
    _inherit = ["recouv.table.dialog"]
    _description = "Import acknowledgments"

    recorded = fields.Integer("Acknowledgments recorded")
    line_ids = fields.One2many(
        "recouv.lot.ack.import.line", "wizard_id", "Rows not recorded", readonly=True
    )

    @api.model
    def _table_columns(self):
        return COLUMNS

    def _record_row(self, cells):
        state = self._state(cells["state"])
        if not state:
            return self.env._("The state is neither positive nor negative.")
        values = self._cell_texts(cells)
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
    _inherit = ["recouv.table.dialog.line"]
    _description = "Row of acknowledgments that was not recorded"

    wizard_id = fields.Many2one(
        "recouv.lot.ack.import", required=True, ondelete="cascade"
    )
