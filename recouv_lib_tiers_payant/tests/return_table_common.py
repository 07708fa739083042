"""Test ground of returns that come as tables."""

from .return_common import ReturnCommon

HEADERS = ["N° facture", "Date soins", "Part", "Montant facturé", "Montant payé",
           "Statut", "Motif", "Date virement", "Référence virement"]  # fmt: skip


class ReturnTableCommon(ReturnCommon):
    """A practice whose payers answer by CSV or workbook."""

    def row(self, share, **values):
        """Cells that pay a share of 70 in full, unless told otherwise."""
        cells = {
            "N° facture": share.invoice_number,
            "Date soins": "02/06/2026",
            "Part": "AMO",
            "Montant facturé": "70,00",
            "Montant payé": "70,00",
            "Statut": "Payé",
            "Motif": "",
            "Date virement": "09/06/2026",
            "Référence virement": "CPAM 261600000012",
        } | values
        return [cells[name] for name in HEADERS]

    def text(self, *rows):
        return "\r\n".join(";".join(row) for row in (HEADERS, *rows)) + "\r\n"

    def table(self, *rows):
        return self.text(*rows).encode("cp1252")

    def take_in(self, data, name="retour.csv"):
        """Take a table in and read it as its headers say."""
        file, told = self.take(data, name)
        self.assertFalse(told)
        if file.state == "draft":
            profiles = self.env["recouv.return.profile"].with_user(self.biller)
            profiles.browse(file.action_map_columns()["res_id"]).action_read_file()
        return file
