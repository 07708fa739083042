import base64

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib import bank_csv, camt
from ..lib.bank_file import BankFileError


class RecouvBankImportWizard(models.TransientModel):
    """Takes in a file of the bank; a CSV file is shown as it will be read."""

    _name = "recouv.bank.import.wizard"
    _description = "Import a bank file"

    file = fields.Binary("Bank file", help="CAMT.053 (XML) or CSV.")
    filename = fields.Char()
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    is_csv = fields.Boolean(compute="_compute_is_csv")
    journal_id = fields.Many2one(
        "account.journal",
        "Bank account",
        domain="[('type', 'in', ('bank', 'cash', 'credit')),"
        " ('company_id', '=', company_id)]",
        help="A CAMT.053 file says itself of which account it is.",
    )
    mapping_id = fields.Many2one(
        "recouv.bank.mapping",
        "How to read it",
        compute="_compute_mapping_id",
        store=True,
        readonly=False,
        domain="[('company_id', '=', company_id),"
        " ('journal_id', 'in', (False, journal_id))]",
    )
    preview = fields.Html(compute="_compute_preview", sanitize=False)

    @api.depends("file")
    def _compute_is_csv(self):
        for wizard in self:
            wizard.is_csv = bool(wizard.file) and not camt.looks_like_camt(
                wizard._data()
            )

    @api.depends("journal_id", "is_csv")
    def _compute_mapping_id(self):
        """The mapping saved for this account, if there is one only."""
        for wizard in self:
            found = self.env["recouv.bank.mapping"].search(
                [
                    ("company_id", "=", wizard.company_id.id),
                    ("journal_id", "=", wizard.journal_id.id),
                ],
                limit=2,
            )
            if wizard.is_csv and wizard.journal_id and len(found) == 1:
                wizard.mapping_id = found

    @api.depends("file", "mapping_id", "is_csv")
    def _compute_preview(self):
        for wizard in self:
            wizard.preview = wizard._preview() if wizard.is_csv else False

    # --- actions -----------------------------------------------------------------

    def action_import(self):
        """Import the file and open what it brought."""
        self.ensure_one()
        record = self.env["recouv.bank.import"]._import_file(
            self._data(), self.filename, self.journal_id, self.mapping_id
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    def action_guess_mapping(self):
        """Make a first mapping from the file, to be looked at and corrected."""
        self.ensure_one()
        Mapping = self.env["recouv.bank.mapping"]
        try:
            vals = Mapping._vals_from_file(self._data())
        except BankFileError as error:
            sentence = self.env["recouv.bank.import"]._sentence(error)
            raise UserError(sentence) from error
        self.mapping_id = Mapping.create(
            {
                "name": self.journal_id.name or self.filename or self.env._("Bank"),
                "company_id": self.company_id.id,
                "journal_id": self.journal_id.id,
                **vals,
            }
        )
        return self._reopen()

    # --- business ----------------------------------------------------------------

    def _data(self):
        if not self.file:
            raise UserError(self.env._("Choose a file first."))
        # A dialog may ask for the size of the file only.
        return base64.b64decode(self.with_context(bin_size=False).file)

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import a bank file"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _preview(self):
        """The first lines as they will be read, or what is wrong, as HTML."""
        if not self.mapping_id:
            return self._preview_raw()
        try:
            mapping = self.mapping_id._to_reader()
            result = bank_csv.read_csv(self._data(), mapping)
        except BankFileError as error:
            result = bank_csv.CsvResult(None, [error])
        if result.errors:
            to_sentence = self.env["recouv.bank.import"]._sentence
            return _table([[to_sentence(error)] for error in result.errors[:10]])
        movements = result.statement.movements[:5]
        rows = [[m.date, m.amount, m.label, m.counterparty_name] for m in movements]
        return _table(rows)

    def _preview_raw(self):
        try:
            mapping = bank_csv.guess_mapping(self._data())
            headers, rows = bank_csv.preview(self._data(), mapping)
        except BankFileError as error:
            return _table([[self.env["recouv.bank.import"]._sentence(error)]])
        return _table([headers, *rows])


def _table(rows):
    cells = (
        Markup("<tr>%s</tr>") % Markup("").join(Markup("<td>%s</td>") % c for c in row)
        for row in rows
    )
    return Markup('<table class="table table-sm">%s</table>') % Markup("").join(cells)
