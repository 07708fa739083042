import csv
import io

from odoo import api, fields, models

FEC_WIZARD = "l10n_fr.fec.export.wizard"
#: places of the columns in the file (arrêté of 29 July 2013; LPF A47 A-1)
JOURNAL, NUMBER, ACCOUNT, AUX, AUX_NAME, PIECE, LABEL = 0, 2, 4, 6, 7, 8, 10


class RecouvFec(models.AbstractModel):
    """Labels of the FEC without names nor acts, where a practice wants it.

    Odoo's own export (``l10n_fr_account``, not a dependency of ours) makes the file in
    one method; it is wrapped when the server loads, as automated actions do. The sums,
    numbers, dates and accounts are never touched: in the entries that move a
    receivable, the label becomes a neutral word with the entry's number, the auxiliary
    account's name its number, and the piece the entry's number. Entries of suppliers
    and others stay as they are.
    """

    _name = "recouv.fec"
    _description = "Neutral labels of the FEC"

    def _register_hook(self):
        """Wrap the export where it is installed; once per registry."""
        super()._register_hook()
        model = self.env.registry.get(FEC_WIZARD)
        if model is None or hasattr(model.generate_fec, "recouv_origin"):
            return
        origin = model.generate_fec

        def generate_fec(wizard):
            return wizard.env["recouv.fec"]._neutral_result(origin(wizard))

        generate_fec.recouv_origin = origin
        model.generate_fec = generate_fec

    @api.model
    def _neutral_result(self, result):
        """Return the export's result, its content neutral if the company wants it."""
        if not self.env.company.recouv_neutral_labels:
            return result
        content = result["file_content"].decode()
        return result | {"file_content": self._neutral_content(content).encode()}

    @api.model
    def _neutral_content(self, content):
        rows = list(csv.reader(io.StringIO(content), delimiter="|"))
        codes = self._receivable_codes()
        entries = {_entry(row) for row in rows[1:] if row[ACCOUNT] in codes}
        target = io.StringIO()
        writer = csv.writer(target, delimiter="|", lineterminator="\r\n")
        for rank, row in enumerate(rows):
            if rank and _entry(row) in entries:
                row = self._neutral_row(row)
            writer.writerow(row)
        return target.getvalue()[:-2]

    @api.model
    def _receivable_codes(self):
        accounts = self.env["account.account"].search(
            [
                *self.env["account.account"]._check_company_domain(self.env.company),
                ("account_type", "=", "asset_receivable"),
            ]
        )
        return set(accounts.mapped("code"))

    @api.model
    def _neutral_row(self, row):
        row = list(row)
        if row[LABEL] != "/":
            row[LABEL] = f"{self._word(row[JOURNAL])} {row[NUMBER]}"
        if row[PIECE] != "-":
            row[PIECE] = row[NUMBER]
        if row[AUX_NAME]:
            row[AUX_NAME] = f"Client {row[AUX]}"
        return row

    @api.model
    def _word(self, journal_code):
        """The neutral word of a journal; in French, as the file is."""
        journal = self.env["account.journal"].search(
            [
                ("code", "=", journal_code),
                ("company_id", "in", self.env.company._accessible_branches().ids),
            ],
            limit=1,
        )
        if journal.type == "sale":
            return "Honoraires"
        if journal.type in ("bank", "cash", "credit"):
            return "Encaissement"
        return "Opération"


def _entry(row):
    return row[JOURNAL], row[NUMBER]


class ResCompany(models.Model):
    _inherit = "res.company"

    recouv_neutral_labels = fields.Boolean(
        "No names in the receipts book and the FEC",
        help="Debtors appear by their number, entries by theirs: what an accountant or "
        "the tax office reads tells nobody who was cared for.",
    )
