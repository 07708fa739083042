import hashlib

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError

from ..lib import bank_csv, camt
from ..lib.bank_file import BankFileError, check_size


class RecouvBankImport(models.Model):
    """A bank file, kept as it came, with what was made of it.

    An import is all or nothing, and adds only what is not there yet: every movement has
    a reference that is unique on its account, and of an entry of which one movement is
    there, all are. The same file twice, files that overlap and two people at once
    therefore double nothing.
    """

    _name = "recouv.bank.import"
    _description = "Bank file"
    _order = "id desc"

    name = fields.Char("File name", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    file = fields.Binary(readonly=True, attachment=True)
    checksum = fields.Char(readonly=True, index=True, help="SHA-256 of the file.")
    file_format = fields.Selection(
        [("camt", "CAMT.053"), ("csv", "CSV")], "Format", readonly=True
    )
    mapping_id = fields.Many2one("recouv.bank.mapping", readonly=True)
    line_ids = fields.One2many(
        "account.bank.statement.line", "recouv_import_id", readonly=True
    )
    date_from = fields.Date("From", readonly=True)
    date_to = fields.Date("To", readonly=True)
    count_new = fields.Integer("New movements", readonly=True)
    count_known = fields.Integer("Already there", readonly=True)
    count_not_booked = fields.Integer("Not booked yet", readonly=True)
    count_matched = fields.Integer("Matched by itself", readonly=True)
    warnings = fields.Text("To look at", readonly=True)

    def action_open_matches(self):
        """The movements of this file, with what they may pay."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_bank_match_action"
        )
        action["domain"] = [("import_id", "=", self.id)]
        action["context"] = {}
        return action

    # --- business ----------------------------------------------------------------

    @api.model
    def _import_file(self, data, filename, journal=None, mapping=None):
        """Read a bank file and add its new movements.

        :param bytes data: the file
        :param journal: the bank account, where the file does not say it (CSV)
        :param mapping: ``recouv.bank.mapping`` for a CSV file
        :return: the ``recouv.bank.import`` record
        :raise UserError: with everything that is wrong with the file; then nothing of
            it was taken
        """
        is_camt = camt.looks_like_camt(data)
        statements = self._read(data, is_camt, mapping)
        journals = [self._journal_of(one, journal, is_camt) for one in statements]
        company = self._only_company(journals)
        # As superuser from here: whoever does the bank in a practice is a secretary,
        # who may not write entries; company and journals were checked with the rights
        # of the user, and only movements of the file are written.
        record = self.sudo().create(
            {
                "name": filename or self.env._("Bank file"),
                "company_id": company.id,
                "file": self._to_base64(data),
                "checksum": hashlib.sha256(data).hexdigest(),
                "file_format": "camt" if is_camt else "csv",
                "mapping_id": mapping.id if mapping and not is_camt else False,
            }
        )
        record._take(statements, journals)
        return record.sudo(False)

    @api.model
    def _to_base64(self, data):
        return fields.Binary().convert_to_cache(data, self) and __import__(
            "base64"
        ).b64encode(data)

    @api.model
    def _read(self, data, is_camt, mapping):
        """The statements of a file; every error as one sentence a line."""
        try:
            check_size(data)
            if is_camt:
                return camt.read_camt(data)
            if not mapping:
                raise BankFileError("no_mapping")
            result = bank_csv.read_csv(data, mapping._to_reader())
        except BankFileError as error:
            raise UserError(self._sentence(error)) from error
        if result.errors:
            text = "\n".join(self._sentence(error) for error in result.errors)
            raise UserError(
                self.env._("Nothing was imported:\n%(errors)s", errors=text)
            )
        return [result.statement]
