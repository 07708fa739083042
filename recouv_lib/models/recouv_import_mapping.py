from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..lib import import_rows
from .recouv_bank_mapping import DECIMALS, DELIMITERS
from .recouv_policy_rule import DEBTOR_KINDS

KINDS = [
    ("patients", "Patients"),
    ("invoices", "Invoices"),
    ("payments", "Payments"),
]
# The fields a column may be read as; which of them a kind of table has is said in
# `lib/import_rows.py`.
FIELDS = [
    ("number", "Number in the practice's software"),
    ("name", "Name"),
    ("first_name", "First name"),
    ("street", "Street"),
    ("street2", "Street, second line"),
    ("zip", "Postcode"),
    ("city", "City"),
    ("country", "Country"),
    ("phone", "Phone"),
    ("mobile", "Mobile phone"),
    ("email", "E-mail"),
    ("lang", "Language"),
    ("birth_date", "Birth date"),
    ("debtor_kind", "Debtor kind"),
    ("guardian_number", "Number of the guardian or payer"),
    ("patient_number", "Number of the patient"),
    ("patient_name", "Name of the patient"),
    ("patient_first_name", "First name of the patient"),
    ("payer_number", "Number of who pays"),
    ("date", "Date"),
    ("due_date", "Due date"),
    ("amount", "Amount"),
    ("residual", "Still due"),
    ("paid", "Paid already"),
    ("label", "Label"),
    ("care_end", "End of care"),
    ("practitioner", "Practitioner"),
    ("currency", "Currency"),
    ("invoice_number", "Number of the invoice"),
    ("method", "Means of payment"),
]

# countries of the practices, where nobody writes the month before the day
DAY_FIRST = frozenset(
    ("FR", "GP", "MQ", "GF", "RE", "YT", "PM", "MC", "CH", "LI", "BE", "LU")
)


class RecouvImportMapping(models.Model):
    """How the export of one program is read, and what is made of its rows.

    Saved once, recognised again by the headers of the file, in whatever order.
    """

    _name = "recouv.import.mapping"
    _description = "Mapping of an import"
    _order = "kind, name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(KINDS, required=True, default="invoices")
    header_fingerprint = fields.Char(readonly=True, index=True)
    column_ids = fields.One2many("recouv.import.column", "mapping_id", copy=True)
    # the file
    delimiter = fields.Selection(
        [
            ("semicolon", "Semicolon"),
            ("comma", "Comma"),
            ("tab", "Tab"),
            ("bar", "Vertical bar"),
        ],
        "Separator",
        help="Empty: found out from the file.",
    )
    encoding = fields.Selection(
        [
            ("utf-8-sig", "UTF-8"),
            ("utf-16", "UTF-16"),
            ("cp1252", "Windows (cp1252)"),
            ("latin-1", "ISO 8859-1"),
            ("mac_roman", "Macintosh"),
        ],
        help="Empty: found out from the file.",
    )
    date_order = fields.Selection(
        [("dmy", "Day first: 31/12/2026"), ("mdy", "Month first: 12/31/2026")],
        "Dates",
        help="Empty: found out from each column.",
    )
    decimal_separator = fields.Selection(
        [("comma", "1 234,56"), ("point", "1,234.56")],
        "Amounts",
        help="Empty: found out from each column.",
    )
    # patients
    debtor_kind = fields.Selection(DEBTOR_KINDS, "Debtors are", default="patient")
    country_id = fields.Many2one("res.country", help="Where the file names none.")
    lang = fields.Selection(
        lambda self: self.env["res.lang"].get_installed(),
        "Language",
        help="Where the file names none. Letters and messages are written in it.",
    )
    # invoices
    journal_id = fields.Many2one(
        "account.journal",
        "Sales journal",
        check_company=True,
        domain="[('type', '=', 'sale')]",
        help="A journal of its own keeps the numbers of the practice's own invoices "
        "without gaps.",
    )
    account_id = fields.Many2one(
        "account.account", "Income account", check_company=True
    )
    is_opening = fields.Boolean(
        "Already in the books",
        help="The revenue was booked elsewhere before this product came: invoices go "
        "to the transition account, never to revenue, and what was paid is deducted.",
    )
    opening_account_id = fields.Many2one(
        "account.account",
        "Transition account",
        check_company=True,
        help="The counterpart of what patients owed on the day of going live. It is "
        "balanced by the opening entry of the accountant.",
    )
    line_label = fields.Char(
        "Label of the invoices",
        default=lambda self: self.env._("Fees"),
        help="Where the file has none. It stands on what debtors receive: never an "
        "act of care.",
    )
    due_days = fields.Integer(
        "Days to pay", default=30, help="Where the file has no due date."
    )
    mark_sent = fields.Boolean(
        "They were given to the patients",
        default=True,
        help="Only an invoice that its debtor received may be relanced.",
    )
    create_patients = fields.Boolean(
        "Create patients who are not there",
        help="From the name in the invoice's row, without an address.",
    )
    # payments
    payment_journal_id = fields.Many2one(
        "account.journal",
        "Bank journal",
        check_company=True,
        domain="[('type', 'in', ('bank', 'cash', 'credit'))]",
    )
    cash_journal_id = fields.Many2one(
        "account.journal",
        "Cash journal",
        check_company=True,
        domain="[('type', '=', 'cash')]",
        help="For rows that say they were paid in cash.",
    )

    _due_days_range = models.Constraint(
        "CHECK(due_days BETWEEN 0 AND 3650)",
        "The days to pay lie between 0 and 3650.",
    )

    @api.constrains("kind")
    def _check_columns(self):
        names = dict(self.env["recouv.import.column"]._fields["field"].selection)
        for mapping in self:
            known = import_rows.HEADERS[mapping.kind]
            fields_read = [name for name in mapping.column_ids.mapped("field") if name]
            for name in fields_read:
                if name not in known or fields_read.count(name) > 1:
                    raise ValidationError(
                        self.env._(
                            "%(mapping)s: “%(field)s” is read from one column at most, "
                            "and only where the kind of file has it.",
                            mapping=mapping.name,
                            field=names[name],
                        )
                    )

    # --- reading ------------------------------------------------------------------

    def _columns(self):
        """{field: header} of the columns that are read."""
        return {line.field: line.header for line in self.column_ids if line.field}

    def _table_options(self):
        return {
            "encoding": self.encoding or "",
            "delimiter": DELIMITERS.get(self.delimiter, ""),
        }

    def _reader(self, table):
        """An `ImportReader` of the table.

        :raise FileError: a mapped column is not in it
        """
        today = fields.Date.context_today(self)
        return import_rows.ImportReader(
            table,
            self._columns(),
            date_order=self.date_order or "",
            decimal=DECIMALS.get(self.decimal_separator, ""),
            pivot=today.year % 100,
            usual=self._usual_order(),
        )

    def _usual_order(self):
        """Return how dates are written where the practice is; "" where both are."""
        country = (
            self.company_id.account_fiscal_country_id or self.company_id.country_id
        )
        return "dmy" if country.code in DAY_FIRST else ""

    def _gaps(self):
        """Return what this mapping lacks before anything can be imported, as texts."""
        self.ensure_one()
        gaps = self._column_gaps()
        _ = self.env._
        if self.kind == "invoices":
            if not self.journal_id:
                gaps.append(_("Choose the sales journal."))
            if self.is_opening and not self.opening_account_id:
                gaps.append(_("Choose the transition account."))
            if not self.is_opening and not self.account_id:
                gaps.append(_("Choose the income account."))
        if self._needs_bank() and not self.payment_journal_id:
            gaps.append(_("Choose the bank journal of the payments."))
        return gaps

    def _needs_bank(self):
        """Whether payments are made of the rows."""
        columns = self._columns().keys()
        has_paid = "paid" in columns or {"amount", "residual"} <= columns
        return self.kind == "payments" or (
            self.kind == "invoices" and not self.is_opening and has_paid
        )

    def _column_gaps(self):
        labels = dict(
            self.env["recouv.import.column"]
            ._fields["field"]
            ._description_selection(self.env)
        )
        return [
            self.env._(
                "Say which column is: %s",
                self.env._(" or ").join(labels[name] for name in group),
            )
            for group in import_rows.missing_fields(self.kind, self._columns())
        ]

    # --- guessing -----------------------------------------------------------------

    @api.model
    def _recognise(self, company, headers, kind=None):
        """The mapping saved for a file with these headers."""
        domain = [
            ("company_id", "=", company.id),
            ("header_fingerprint", "=", import_rows.fingerprint(headers)),
        ]
        if kind:
            domain.append(("kind", "=", kind))
        return self.search(domain, limit=1, order="write_date desc, id desc")

    @api.model
    def _create_for(self, company, kind, headers, name):
        """A first mapping, from the words of the headers; all columns are listed."""
        found = import_rows.guess_columns(kind, headers)
        by_header = {header: field for field, header in found.items()}
        return self.create(
            {
                "name": name,
                "company_id": company.id,
                "kind": kind,
                "header_fingerprint": import_rows.fingerprint(headers),
                "column_ids": [
                    fields.Command.create(
                        {
                            "sequence": rank,
                            "header": header,
                            "field": by_header.get(header),
                        }
                    )
                    for rank, header in enumerate(headers, start=1)
                ],
                **self._default_targets(company),
            }
        )

    @api.model
    def _default_targets(self, company):
        """The journals and account that a practice most likely means."""
        Journal = self.env["account.journal"].with_company(company)

        def first(journal_type):
            domain = [("type", "=", journal_type), ("company_id", "=", company.id)]
            return Journal.search(domain, limit=1)

        sale = company.recouv_journal_ids.filtered(lambda j: j.company_id == company)
        sale = sale[:1] or first("sale")
        return {
            "journal_id": sale.id,
            "account_id": sale.default_account_id.id,
            "payment_journal_id": first("bank").id,
            "cash_journal_id": first("cash").id,
            "country_id": company.country_id.id,
            "lang": company.partner_id.lang,
        }


class RecouvImportColumn(models.Model):
    """One column of the file, and the field it is read as."""

    _name = "recouv.import.column"
    _description = "Column of an import"
    _order = "sequence, id"
    _check_company_auto = True

    mapping_id = fields.Many2one(
        "recouv.import.mapping", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="mapping_id.company_id", store=True)
    sequence = fields.Integer()
    header = fields.Char("Column of the file", required=True)
    field = fields.Selection(
        FIELDS, "Is read as", help="Empty: the column is left out."
    )

    @api.constrains("field")
    def _check_field(self):
        self.mapping_id._check_columns()
