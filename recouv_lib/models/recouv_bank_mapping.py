from odoo import api, fields, models

from ..lib import bank_csv

DELIMITERS = [(";", ";"), (",", ","), ("\t", "Tab"), ("|", "|")]
ENCODINGS = [("utf-8-sig", "UTF-8"), ("cp1252", "Windows (cp1252)")]


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
    delimiter = fields.Selection(DELIMITERS, help="Empty: found out from the file.")
    encoding = fields.Selection(ENCODINGS, help="Empty: found out from the file.")
    date_format = fields.Selection(
        [(pattern, pattern) for pattern in bank_csv.DATE_FORMATS],
        help="Empty: the format that reads every line. %d is the day, %m the month.",
    )
    decimal_separator = fields.Selection(
        [(",", "1 234,56"), (".", "1,234.56")], required=True, default=","
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
            delimiter=self.delimiter or "",
            encoding=self.encoding or "",
            date_format=self.date_format or "",
            decimal_separator=self.decimal_separator,
            header_row=self.header_row,
            skip_last=self.skip_last,
        )

    @api.model
    def _vals_from_file(self, data):
        """Values of a first mapping, guessed from the bytes of a file."""
        guessed = bank_csv.guess_mapping(data)
        vals = {
            f"column_{name}": column for name, column in guessed.columns.items()
        }
        vals.setdefault("column_date", "1")
        return {**vals, "delimiter": guessed.delimiter, "header_row": guessed.header_row}
