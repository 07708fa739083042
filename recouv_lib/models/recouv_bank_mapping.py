from odoo import api, fields, models

from ..lib import bank_csv

# Keys of selections become external ids, so they are words and not the signs.
DELIMITERS = {"semicolon": ";", "comma": ",", "tab": "\t", "bar": "|"}
DATE_FORMATS = {
    "dmy": "%d/%m/%Y",
    "dmy_short": "%d/%m/%y",
    "iso": "%Y-%m-%d",
    "dmy_points": "%d.%m.%Y",
    "dmy_dashes": "%d-%m-%Y",
    "compact": "%Y%m%d",
}
DECIMALS = {"comma": ",", "point": "."}


class RecouvBankMapping(models.Model):
    """How the CSV export of one bank is read; set once per bank account."""

    _name = "recouv.bank.mapping"
    _description = "CSV mapping of a bank"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    journal_id = fields.Many2one(
        "account.journal",
        "Bank account",
        domain="[('type', 'in', ('bank', 'cash', 'credit'))]",
        check_company=True,
        help="Empty: for any account of the company.",
    )
    delimiter = fields.Selection(
        [
            ("semicolon", "Semicolon"),
            ("comma", "Comma"),
            ("tab", "Tab"),
            ("bar", "Vertical bar"),
        ],
        help="Empty: found out from the file.",
    )
    encoding = fields.Selection(
        [("utf-8-sig", "UTF-8"), ("cp1252", "Windows (cp1252)")],
        help="Empty: found out from the file.",
    )
    date_format = fields.Selection(
        [
            ("dmy", "31/12/2026"),
            ("dmy_short", "31/12/26"),
            ("iso", "2026-12-31"),
            ("dmy_points", "31.12.2026"),
            ("dmy_dashes", "31-12-2026"),
            ("compact", "20261231"),
        ],
        help="Empty: the format that reads the most lines.",
    )
    decimal_separator = fields.Selection(
        [("comma", "1 234,56"), ("point", "1,234.56")], required=True, default="comma"
    )
    header_row = fields.Integer(
        "Line of the headers", default=1, help="0: the file has no headers."
    )
    skip_last = fields.Integer("Lines left out at the end")
    column_date = fields.Char("Booking date", required=True)
    column_value_date = fields.Char("Value date")
    column_amount = fields.Char("Amount")
    column_debit = fields.Char("Debit")
    column_credit = fields.Char("Credit")
    column_direction = fields.Char("Direction", help="A column that says D or C.")
    column_label = fields.Char("Label")
    column_details = fields.Char("More text")
    column_name = fields.Char("Payer's name")
    column_iban = fields.Char("Payer's IBAN")
    column_reference = fields.Char("Bank's reference")
    column_currency = fields.Char("Currency")

    _header_row_positive = models.Constraint(
        "CHECK(header_row >= 0 AND skip_last >= 0)",
        "The numbers of lines must not be negative.",
    )

    def _to_reader(self):
        """The mapping as the reader of CSV files wants it."""
        self.ensure_one()
        return bank_csv.CsvMapping(
            columns={name: self[f"column_{name}"] for name in bank_csv.COLUMNS},
            delimiter=DELIMITERS.get(self.delimiter, ""),
            encoding=self.encoding or "",
            date_format=DATE_FORMATS.get(self.date_format, ""),
            decimal_separator=DECIMALS[self.decimal_separator],
            header_row=self.header_row,
            skip_last=self.skip_last,
        )

    @api.model
    def _vals_from_file(self, data):
        """Values of a first mapping, guessed from the bytes of a file."""
        guessed = bank_csv.guess_mapping(data)
        vals = {f"column_{name}": column for name, column in guessed.columns.items()}
        vals.setdefault("column_date", "1")
        names = {sign: name for name, sign in DELIMITERS.items()}
        vals["delimiter"] = names.get(guessed.delimiter)
        return {**vals, "header_row": guessed.header_row}
