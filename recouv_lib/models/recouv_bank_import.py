import base64
import hashlib

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError

from ..lib import bank_csv, camt
from ..lib.bank_file import BankFileError, check_size
from ..lib.table_file import SentenceValues
from ..lib.wording import labelled


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
    _check_company_auto = True

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
        self._check_may_import()
        is_camt = camt.looks_like_camt(data)
        statements = self._read(data, is_camt, mapping)
        journals = [self._journal_of(one, journal, is_camt) for one in statements]
        company = self._only_company(journals)
        # As superuser from here: whoever does the bank in a practice is a secretary,
        # who may not write bank movements; company and journals were checked with the
        # rights of the user, and only movements of the file are written.
        record = self.sudo().create(
            {
                "name": filename or self.env._("Bank file"),
                "company_id": company.id,
                "file": base64.b64encode(data),
                "checksum": hashlib.sha256(data).hexdigest(),
                "file_format": "camt" if is_camt else "csv",
                "mapping_id": mapping.id if mapping and not is_camt else False,
            }
        )
        record._take(statements, journals)
        return record.sudo(False)

    @api.model
    def _check_may_import(self):
        if not (self.env.su or self.env.user.has_group("recouv_lib.group_user")):
            raise AccessError(
                self.env._("Importing bank files is for users of the follow-up.")
            )

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

    # --- which account -----------------------------------------------------------

    @api.model
    def _journal_of(self, statement, journal, is_camt):
        """The bank journal of a statement, among the companies the user works in."""
        found = journal if journal and not is_camt else self._find_journal(statement)
        if not found and journal and not journal.bank_account_id:
            found = journal
        if len(found) != 1:
            raise UserError(self._no_journal(statement, found))
        currency = found.currency_id or found.company_id.currency_id
        if statement.currency and statement.currency != currency.name:
            raise UserError(
                self.env._(
                    "The file is in %(found)s, but the account “%(journal)s” is kept "
                    "in %(expected)s.",
                    found=statement.currency,
                    journal=found.name,
                    expected=currency.name,
                )
            )
        return found

    @api.model
    def _find_journal(self, statement):
        # As superuser: the rules of contacts may hide a bank account from a secretary.
        # Only journals of companies that the user works in are looked at.
        return (
            self.env["account.journal"]
            .sudo()
            .search(
                [
                    ("company_id", "in", self.env.companies.ids),
                    ("type", "in", ("bank", "cash", "credit")),
                    ("bank_account_id.sanitized_acc_number", "=", statement.account),
                ]
            )
        )

    @api.model
    def _no_journal(self, statement, found):
        if len(found) > 1:
            return self.env._(
                "Several bank journals have the account %(account)s: %(journals)s. "
                "Leave it on one of them.",
                account=statement.account,
                journals=", ".join(found.mapped("display_name")),
            )
        if not statement.account:
            return self.env._("Say which bank account this file is of.")
        return self.env._(
            "No bank journal of %(companies)s has the account %(account)s. Enter it "
            "on the bank journal, then import again.",
            companies=", ".join(self.env.companies.mapped("name")),
            account=statement.account,
        )

    @api.model
    def _only_company(self, journals):
        """The file is kept whole, so all of it must be of one company."""
        companies = self.env["res.company"].union(*(j.company_id for j in journals))
        if len(companies) > 1:
            raise UserError(
                self.env._(
                    "This file has statements of several companies (%(companies)s). "
                    "Ask the bank for one file per company.",
                    companies=", ".join(companies.mapped("name")),
                )
            )
        return companies

    # --- taking the movements ----------------------------------------------------

    def _take(self, statements, journals):
        """Add the new movements of all statements, then look for what they pay."""
        self.ensure_one()
        lines = self.env["account.bank.statement.line"]
        notes, known, not_booked = [], 0, 0
        for statement, journal in zip(statements, journals, strict=True):
            fresh = self._fresh(statement, journal)
            known += len(statement.movements) - len(fresh)
            not_booked += statement.not_booked
            notes += [self._warning(code, vals) for code, vals in statement.warnings]
            created = self._create_lines(statement, journal, fresh)
            notes += self._statement_notes(created)
            lines |= created
        days = [line.date for line in lines]
        matches = lines._recouv_propose()
        self.write(
            {
                "count_new": len(lines),
                "count_known": known,
                "count_not_booked": not_booked,
                "count_matched": len(matches.filtered(lambda m: m.state == "applied")),
                "date_from": min(days, default=False),
                "date_to": max(days, default=False),
                "warnings": "\n".join(notes),
            }
        )

    @api.model
    def _fresh(self, statement, journal):
        """The movements whose entry is not there yet; a sum of nought is no movement.

        Looked up in slices, so that a year of movements stays a few queries.
        """
        known, Line = set(), self.env["account.bank.statement.line"]
        keys = list({movement.entry_reference for movement in statement.movements})
        for start in range(0, len(keys), 5000):
            found = Line._read_group(
                [
                    ("journal_id", "=", journal.id),
                    ("recouv_entry_reference", "in", keys[start : start + 5000]),
                ],
                ["recouv_entry_reference"],
            )
            known.update(key for (key,) in found)
        return [
            movement
            for movement in statement.movements
            if movement.amount and movement.entry_reference not in known
        ]

    def _create_lines(self, statement, journal, movements):
        """The statement lines, in a statement of their own; one flush, all or none."""
        Line = self.env["account.bank.statement.line"].with_company(journal.company_id)
        if not movements:
            return Line
        partners = self._partners(movements, journal.company_id)
        currencies = self._currencies(movements)
        vals_list = [
            self._line_vals(rank, movement, journal, partners, currencies)
            for rank, movement in enumerate(movements)
        ]
        try:
            lines = Line.create(vals_list)
            self.env.flush_all()
        except UniqueViolation as error:
            # Someone else has just imported some of them. The request is run again by
            # the server, then sees them, and leaves them out.
            raise ConcurrencyError("the same bank movements at once") from error
        self._create_statement(statement, movements, lines)
        return lines

    def _line_vals(self, rank, movement, journal, partners, currencies):
        vals = {
            "journal_id": journal.id,
            "date": movement.date,
            # Odoo shows the smallest sequence of a day last: the bank's order is kept.
            "sequence": rank + 1,
            "payment_ref": movement.label,
            "amount": float(movement.amount),
            "partner_name": movement.counterparty_name or False,
            "account_number": movement.counterparty_iban or False,
            "partner_id": partners.get(movement.counterparty_iban),
            "transaction_details": self._details(movement),
            "recouv_bank_reference": movement.reference,
            "recouv_entry_reference": movement.entry_reference,
            "recouv_import_id": self.id,
        }
        foreign = currencies.get(movement.foreign_currency)
        if foreign and movement.foreign_amount:
            vals["foreign_currency_id"] = foreign.id
            vals["amount_currency"] = float(movement.foreign_amount)
        return vals

    @api.model
    def _details(self, movement):
        return {
            "references": movement.references,
            "end_to_end_id": movement.end_to_end_id,
            "bank_reference": movement.bank_reference,
            "bank_text": movement.bank_text,
            "value_date": movement.value_date and movement.value_date.isoformat(),
            "is_reversal": movement.is_reversal,
        }

    @api.model
    def _currencies(self, movements):
        names = {movement.foreign_currency for movement in movements} - {""}
        found = self.env["res.currency"].search([("name", "in", list(names))])
        return {currency.name: currency for currency in found}

    @api.model
    def _partners(self, movements, company):
        """IBAN → the one partner of this company who has it."""
        ibans = {movement.counterparty_iban for movement in movements} - {""}
        found = self.env["recouv.bank.matcher"]._partners_by_account(ibans, company)
        return {
            iban: partners[0] for iban, partners in found.items() if len(partners) == 1
        }

    def _create_statement(self, statement, movements, lines):
        """The bank's own statement, with its balances where all of it is new."""
        vals = {
            "name": statement.identifier or self.name,
            "reference": self.name,
            "line_ids": [fields.Command.set(lines.ids)],
        }
        complete = len(movements) == len([m for m in statement.movements if m.amount])
        if complete and statement.opening is not None:
            vals["balance_start"] = float(statement.opening)
        if statement.closing is not None:
            vals["balance_end_real"] = float(statement.closing)
        self.env["account.bank.statement"].create(vals)

    # --- sentences ---------------------------------------------------------------

    @api.model
    def _statement_notes(self, lines):
        """What Odoo finds wrong with the statements that these lines are in."""
        statements = lines.statement_id.filtered("problem_description")
        return [
            labelled(self.env, one.name, one.problem_description) for one in statements
        ]

    @api.model
    def _warning(self, code, values):
        return self._sentences().get(code, code) % SentenceValues(values)

    @api.model
    def _sentence(self, error):
        """What is wrong with a file, in the user's language."""
        text = self._sentences().get(error.code, error.code) % SentenceValues(
            error.values
        )
        if error.line:
            return self.env._("Line %(line)s: %(text)s", line=error.line, text=text)
        return text

    @api.model
    def _sentences(self):
        """Error code of the readers → sentence with its values."""
        return {**self._sentences_camt(), **self._sentences_csv()}

    @api.model
    def _sentences_camt(self):
        _ = self.env._
        return {
            "empty_file": _("The file is empty."),
            "file_too_large": _("The file is larger than %(limit)s MB."),
            "too_many_movements": _("The file has more than %(limit)s movements."),
            "doctype_refused": _(
                "The file has a document type declaration, which no bank sends. It "
                "was refused."
            ),
            "broken_xml": _("The file is damaged or incomplete: %(detail)s"),
            "not_camt053": _("This is no CAMT.053 statement (found: %(found)s)."),
            "camt_version": _(
                "Version %(found)s of CAMT.053 is not read; ask the bank for 02 or 08."
            ),
            "no_statement": _("The file has no statement."),
            "no_account": _("A statement does not say of which account it is."),
            "no_date": _("An entry has no date."),
            "bad_date": _("“%(found)s” is not a date."),
            "bad_amount": _("“%(found)s” is not an amount."),
            "bad_currency": _("“%(found)s” is not a currency."),
            "bad_direction": _("“%(found)s” is neither CRDT nor DBIT."),
            "currency_mixed": _(
                "An entry is in %(found)s on an account in %(expected)s."
            ),
            "batch_mismatch": _(
                "%(date)s: the %(count)s transactions of the entry of %(amount)s do "
                "not add up to it; it was kept as one movement."
            ),
            "balance_mismatch": _(
                "Statement %(statement)s: opening balance %(opening)s and movements "
                "do not give the closing balance %(closing)s; %(gap)s is missing."
            ),
        }

    @api.model
    def _sentences_csv(self):
        _ = self.env._
        return {
            "no_mapping": _("Choose or make the mapping of this CSV file."),
            "no_movement": _("The file has no movement."),
            "no_header": _("The file ends before its headers."),
            "bad_encoding": _("The file is not in %(encoding)s."),
            "broken_csv": _("The line cannot be cut into columns: %(detail)s"),
            "currencies": _("The file mixes currencies: %(found)s."),
            "csv_column": _("The column “%(column)s” is not in the file."),
            "csv_no_date_column": _("The mapping has no column for the date."),
            "csv_no_amount_column": _("The mapping has no column for the amount."),
            "csv_date": _("“%(found)s” is not a date."),
            "csv_amount": _("“%(found)s” is not an amount."),
            "csv_both": _("There is a debit and a credit."),
            "csv_direction": _("“%(found)s” is neither debit nor credit."),
        }
