from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_list

from odoo.addons.recouv_lib.lib.table_file import FileError

from ..lib import return_tables
from ..lib.known_tables import known_table
from ..lib.return_tables import ANSWERS, TRANSFERS, Profile

FIELDS = [
    ("invoice_number", "Number of the invoice"),
    ("lot", "Lot"),
    ("lot_date", "Date of the lot"),
    ("nir", "Social-security number"),
    ("nir_key", "Key of the social-security number"),
    ("birth", "Birth date"),
    ("name", "Name of the patient"),
    ("first_name", "First name of the patient"),
    ("care_date", "Date of care"),
    ("invoice_date", "Date of the invoice"),
    ("part", "Part (AMO, AMC)"),
    ("asked", "Amount asked"),
    ("asked_amo", "Amount asked of the AMO"),
    ("asked_amc", "Amount asked of the AMC"),
    ("paid", "Amount paid"),
    ("paid_amo", "Amount paid by the AMO"),
    ("paid_amc", "Amount paid by the AMC"),
    ("state", "Answer (paid, rejected…)"),
    ("state_amo", "Answer of the AMO"),
    ("state_amc", "Answer of the AMC"),
    ("code", "Code of the rejection"),
    ("reason", "Label of the rejection"),
    ("level", "Level of the rejection"),
    ("amc_number", "Number of the mutual fund"),
    ("member_number", "Member number"),
    ("transfer_date", "Date of the transfer"),
    ("label1", "Label of the transfer"),
    ("label2", "Second label of the transfer"),
    ("transfer_amount", "Amount of the transfer"),
    ("payer", "Name of the payer"),
    ("payer_code", "Code of the payer"),
]
KINDS = [
    (ANSWERS, "Answers about invoices"),
    (TRANSFERS, "Transfers, without their invoices"),
]
DELIMITERS = {"semicolon": ";", "comma": ",", "tab": "\t", "bar": "|"}
PREVIEW_ROWS = 5


class RecouvReturnProfile(models.Model):
    """How the tables of one program or mutual fund are read (CSV, XLSX).

    A first one is guessed from the headers and corrected by a person; it is recognised
    again by the headers of the next file, in whatever order.
    """

    _name = "recouv.return.profile"
    _description = "Profile of a table of returns"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    header_fingerprint = fields.Char(readonly=True, index=True)
    kind = fields.Selection(
        KINDS,
        "Rows are",
        required=True,
        default=ANSWERS,
        help="Transfers: each row is one, and its invoices come in another file.",
    )
    part = fields.Selection(
        [("amo", "AMO"), ("amc", "AMC")],
        "Whose answers",
        help="For tables that do not say it.",
    )
    is_cents = fields.Boolean("Amounts are in cents")
    date_order = fields.Selection(
        [("dmy", "31/12/2026"), ("mdy", "12/31/2026"), ("ymd", "2026/12/31")],
        "Order of dates",
        help="Empty: found out from each column.",
    )
    encoding = fields.Char(help="Empty: found out.")
    delimiter = fields.Selection(
        [
            ("semicolon", "Semicolon"),
            ("comma", "Comma"),
            ("tab", "Tab"),
            ("bar", "Vertical bar"),
        ],
        help="Empty: found out.",
    )
    header_row = fields.Integer("Row of the headers", help="0: found out.")
    column_ids = fields.One2many("recouv.return.column", "profile_id", copy=True)
    sample_file_id = fields.Many2one(
        "recouv.return.file", "Shown file", readonly=True, check_company=True
    )
    preview = fields.Html(compute="_compute_preview", sanitize=False)
    missing = fields.Char("Still missing", compute="_compute_missing")

    # --- computes -----------------------------------------------------------------

    @api.depends("column_ids.field", "column_ids.header", "kind")
    @api.depends_context("lang")
    def _compute_missing(self):
        labels = dict(
            self.env["recouv.return.column"]
            ._fields["field"]
            ._description_selection(self.env)
        )
        for profile in self:
            groups = [
                format_list(self.env, [labels[one] for one in group], "or")
                for group in profile._to_reader().missing()
            ]
            profile.missing = bool(groups) and "; ".join(groups)

    @api.depends("sample_file_id", "encoding", "delimiter", "header_row", "kind")
    def _compute_preview(self):
        for profile in self:
            profile.preview = profile._preview()

    def _preview(self):
        """The first rows of the file as they are, for a person to look at."""
        if not self.sample_file_id:
            return False
        try:
            with self.sample_file_id._open_file() as stream:
                headers, rows = return_tables.preview(
                    stream, self._to_reader(), PREVIEW_ROWS
                )
        except FileError as error:
            return self.env["recouv.import"]._sentence(error)
        head = Markup("").join(Markup("<th>%s</th>") % title for title in headers)
        body = Markup("").join(
            Markup("<tr>%s</tr>")
            % Markup("").join(Markup("<td>%s</td>") % cell for cell in row)
            for row in rows
        )
        return Markup(
            '<div class="table-responsive"><table class="table table-sm">'
            "<thead><tr>%s</tr></thead><tbody>%s</tbody></table></div>"
        ) % (head, body)

    # --- checks -------------------------------------------------------------------

    @api.constrains("column_ids")
    def _check_columns(self):
        for profile in self:
            names = [one.field for one in profile.column_ids if one.field]
            if len(names) != len(set(names)):
                raise ValidationError(
                    self.env._(
                        "%s: two columns are read as the same thing.", profile.name
                    )
                )

    # --- actions ------------------------------------------------------------------

    def action_read_file(self):
        """Read the file that is shown with this profile, and open it."""
        self.ensure_one()
        file = self.sample_file_id
        if not file:
            raise UserError(self.env._("Take in a file first."))
        file.check_access("write")
        if self.missing:
            raise UserError(
                self.env._("Say which columns hold: %(missing)s.", missing=self.missing)
            )
        file.profile_id = self
        if file.state == "draft":
            file._start()
        return file._action_open()

    # --- reading ------------------------------------------------------------------

    def _to_reader(self):
        """Return the `Profile` of the reader."""
        self.ensure_one()
        return Profile(
            kind=self.kind,
            columns={one.field: one.header for one in self.column_ids if one.field},
            part=self.part or "",
            is_cents=self.is_cents,
            encoding=self.encoding or "",
            delimiter=DELIMITERS.get(self.delimiter, ""),
            header_row=self.header_row,
            date_order=self.date_order or "",
        )

    @api.model
    def _recognise(self, file, stream):
        """Return the profile saved for tables with these headers."""
        key = return_tables.table_key(stream)
        return self.search(
            [
                ("company_id", "=", file.company_id.id),
                ("header_fingerprint", "=", key),
            ],
            limit=1,
        )

    @api.model
    def _create_for(self, file):
        """Make a first profile from the headers of a file, for a person to correct."""
        with file._open_file() as stream:
            guess = return_tables.guess_profile(stream)
            stream.seek(0)
            headers, _rows = return_tables.preview(stream, None, 1)
        known = known_table(headers)
        if known:
            guess = known.profile
        return self._create_from(
            file,
            known.name if known else file.name.rpartition(".")[0] or file.name,
            guess,
            headers,
        )

    @api.model
    def _create_known(self, file, stream):
        """Make the profile of a program's table that is known; empty where it is not.

        Nobody need map it: it is the company's own from then on, to be corrected.
        """
        headers, _rows = return_tables.preview(stream, None, 1)
        known = known_table(headers)
        if not known:
            return self.browse()
        return self._create_from(file, known.name, known.profile, headers)

    @api.model
    def _create_from(self, file, name, guess, headers):
        """Make a profile of the columns of a file.

        :param guess: `Profile` of the reader
        """
        with file._open_file() as stream:
            key = return_tables.table_key(stream)
        fields_of = {header: field for field, header in guess.columns.items()}
        return self.create(
            {
                "name": name,
                "kind": guess.kind,
                "date_order": guess.date_order or False,
                "company_id": file.company_id.id,
                "header_fingerprint": key,
                "sample_file_id": file.id,
                "column_ids": [
                    Command.create({"header": one, "field": fields_of.get(one)})
                    for one in headers
                ],
            }
        )


class RecouvReturnColumn(models.Model):
    """What one column of a table of returns holds."""

    _name = "recouv.return.column"
    _description = "Column of a table of returns"
    _order = "id"
    _check_company_auto = True

    profile_id = fields.Many2one(
        "recouv.return.profile",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="profile_id.company_id", store=True)
    header = fields.Char("Column", required=True)
    field = fields.Selection(FIELDS, "Holds", help="Empty: not read.")


class RecouvReturnFile(models.Model):
    """Tables of returns, read as a profile says."""

    _inherit = "recouv.return.file"

    def action_map_columns(self):
        """Open the profile of this table, guessed where there is none yet."""
        self.ensure_one()
        self.check_access("write")
        Profile = self.env["recouv.return.profile"]
        try:
            with self._open_file() as stream:
                profile = self.profile_id or Profile._recognise(self, stream)
            profile = profile or Profile._create_for(self)
        except FileError as error:
            raise self.env["recouv.import"]._refusal(error, self.name) from error
        profile.sample_file_id = self
        return {
            "type": "ir.actions.act_window",
            "res_model": profile._name,
            "res_id": profile.id,
            "views": [(False, "form")],
        }

    def _is_workbook(self):
        """Whether the rows of this file lie in a packed workbook (XLSX)."""
        if self.family != "table" or self.file_purged_on:
            return False
        return self._bytes_at(0, 4) == b"PK\x03\x04"

    def _table_encoding(self):
        """Return how the bytes of this CSV file are letters."""
        with self._open_file() as stream:
            try:
                encoding = return_tables.open_table(stream).encoding or "latin-1"
                return return_tables.piece_encoding(stream, encoding)[0]
            except FileError:
                return "latin-1"

    def _table_place(self, line):
        """Return the piece of this table that a line was read from (`places`)."""
        with self._open_file() as stream:
            for place in return_tables.places(stream):
                if place["start"] <= line.offset < place["end"]:
                    return place
        return None

    @api.model
    def _looks_like_table(self, head, name):
        return return_tables.looks_like_table(head, name)

    def _objects_of_table(self, stream):
        """Yield the objects of a table.

        :raise UserError: no profile reads it yet, or it is no table
        """
        Profile = self.env["recouv.return.profile"]
        try:
            if not self.profile_id:
                self.profile_id = Profile._recognise(
                    self, stream
                ) or Profile._create_known(self, stream)
                stream.seek(0)
            if not self.profile_id or self.profile_id.missing:
                raise UserError(
                    self.env._(
                        "%s: no profile reads such a table yet. Choose “Map the "
                        "columns”.",
                        self.name,
                    )
                )
            today = fields.Date.context_today(self)
            yield from return_tables.read(stream, self.profile_id._to_reader(), today)
        except FileError as error:
            raise UserError(self.env["recouv.import"]._sentence(error)) from error

    @api.model
    def _control_sentence(self, control):
        """EXTENDS: what the reader of tables says has its own words."""
        sentence = return_tables.MESSAGES.get(control["code"])
        if sentence:
            return self.env._(sentence, **control["values"])
        return super()._control_sentence(control)
