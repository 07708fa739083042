import base64
import io
import re
import zipfile

import xlsxwriter

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date


class RecouvInspectorFile(models.TransientModel):
    """The file that the public prosecutor may ask for, as of any day (requirement B14).

    One archive of PDFs and spreadsheets. Each concern adds what it knows by extending
    :meth:`_sections`; names sort as the sections do (``1-profile/…``).
    """

    _name = "recouv.inspector.file"
    _description = "Inspector's file"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date = fields.Date(
        "As of", required=True, default=lambda self: fields.Date.context_today(self)
    )

    def action_download(self):
        """Download the whole file as one archive."""
        self.ensure_one()
        name = self.env._("inspector-%(date)s.zip", date=self.date)
        return self.env["recouv.document"]._download(name, self._archive())

    def _archive(self):
        """Return the bytes of the ZIP.

        :raise UserError: not a manager of an agency
        """
        self._check_agency()
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self._sections(self.date):
                archive.writestr(name, content)
        return target.getvalue()

    def _check_agency(self):
        if not self.env.user.has_group("recouv_lib.group_manager"):
            raise UserError(self.env._("Only a manager exports the inspector's file."))
        if (
            self.company_id not in self.env.companies
            or not self.company_id.recouv_is_agency
        ):
            # sudo: the company's own name
            raise UserError(
                self.env._(
                    "%s is no collection agency: only an agency has such a file.",
                    self.company_id.sudo().name,
                )
            )

    # --- sections -------------------------------------------------------------------

    def _sections(self, day):
        """Return the files of the archive.

        :param day: the day as of which everything is told
        :return: list of (file name with its folder, bytes)
        """
        return [
            *self._profile_files(day),
            *self._mandate_files(day),
            *self._account_files(day),
        ]

    def _profile(self):
        return self.company_id._recouv_agency_profile().with_env(self.env)

    def _profile_files(self, day):
        """The profile as of the day, and the documents then in force."""
        profile = self._profile()
        papers = profile._paper("insurance", day) | profile._paper("declaration", day)
        _ = self.env._
        folder, name = _("1-profile"), _("profile")
        summary = self.env["recouv.document"]._print(
            "recouv_lib.inspector_profile",
            self._profile_values(profile, papers, day),
            company=self.company_id,
            title=_("Collection agency: situation on %s", format_date(self.env, day)),
        )
        return [
            (f"{folder}/{name}.pdf", summary),
            *(
                (f"{folder}/{self._paper_name(paper)}", base64.b64decode(paper.file))
                for paper in papers
                if paper.file
            ),
        ]

    def _paper_name(self, paper):
        """Return a name that tells the papers apart, however their files are called."""
        return _safe(f"{paper.display_name} {paper.file_name or ''}")

    def _profile_values(self, profile, papers, day):
        company = self.company_id
        return {
            "registry": company.company_registry or "",
            "gaps": profile._gaps(day),
            "papers": [
                {
                    "label": paper.display_name,
                    "issuer": paper.issuer,
                    "from": format_date(self.env, paper.date_from),
                    "to": format_date(self.env, paper.date_to) if paper.date_to else "",
                }
                for paper in papers
            ],
            "journal": profile.journal_id.name or "",
            "account": profile.journal_id.bank_account_id.acc_number or "",
            "mandates": self.env["recouv.mandate"].search_count(
                self._mandate_domain(day)
            ),
        }

    # --- mandates -------------------------------------------------------------------

    def _mandate_domain(self, day):
        in_force = self.env["recouv.mandate"]._in_force_domain(day)
        return in_force & Domain("agency_id", "=", self.company_id.id)

    def _mandate_files(self, day):
        """The list of the mandates in force on the day, and their conventions."""
        mandates = self.env["recouv.mandate"].search(
            self._mandate_domain(day), order="valid_from, id"
        )
        _ = self.env._
        folder, name = _("2-mandates"), _("mandates")
        files = [(f"{folder}/{name}.xlsx", self._mandate_sheet(mandates))]
        documents = self.env["recouv.mandate.document"].search(
            [
                ("mandate_id", "in", mandates.ids),
                ("company_id", "=", self.company_id.id),
            ],
            order="id",
        )
        for document in documents:
            name = _safe(f"{document.id}-{document.file_name}")
            files.append((f"{folder}/{name}", base64.b64decode(document.file)))
        return files

    def _mandate_sheet(self, mandates):
        _ = self.env._
        headers = [
            _("Number"),
            _("Practice"),
            _("Signed on"),
            _("In force from"),
            _("Until"),
            _("Remitted within (days)"),
            _("Sum remitted"),
        ]
        modes = dict(mandates._fields["remit_mode"]._description_selection(self.env))
        rows = [
            [
                mandate.name,
                mandate.practice_name,
                mandate.signed_on,
                mandate.valid_from,
                mandate.ended_on or mandate.valid_to or "",
                mandate.remit_days,
                modes[mandate.remit_mode],
            ]
            for mandate in mandates
        ]
        return self._sheet(_("Mandates"), headers, rows)

    # --- the dedicated account ------------------------------------------------------

    def _account_files(self, day):
        """The dedicated account on the day: books, bank, and every movement between."""
        journal = self._profile().journal_id
        if not journal:
            return []
        _ = self.env._
        folder, name = _("3-dedicated-account"), _("account")
        return [(f"{folder}/{name}.xlsx", self._account_sheet(journal, day))]

    def _account_balances(self, journal, day):
        """Return (balance of the books, last statement or empty, its balance)."""
        lines = self.env["account.move.line"]._read_group(
            [
                ("account_id", "=", journal.default_account_id.id),
                ("company_id", "child_of", self.company_id.id),
                ("parent_state", "=", "posted"),
                ("date", "<=", day),
            ],
            [],
            ["balance:sum"],
        )
        statement = self.env["account.bank.statement"].search(
            [("journal_id", "=", journal.id), ("date", "<=", day)],
            order="date desc, id desc",
            limit=1,
        )
        return lines[0][0] or 0.0, statement, statement.balance_end_real

    def _account_sheet(self, journal, day):
        _ = self.env._
        books, statement, bank = self._account_balances(journal, day)
        rows = [
            [_("Balance of the books on %s", format_date(self.env, day)), books],
            [_("Last bank statement: %s", statement.name or _("none")), bank],
            [_("Difference to explain"), books - bank],
            [],
            [_("Movements of the books after that statement"), ""],
            *self._later_movements(journal, statement, day),
        ]
        headers = [journal.bank_account_id.acc_number or journal.name, _("Amount")]
        return self._sheet(_("Dedicated account"), headers, rows)

    def _later_movements(self, journal, statement, day):
        """Entries that the last statement does not show: they explain a difference."""
        lines = self.env["account.move.line"].search(
            [
                ("account_id", "=", journal.default_account_id.id),
                ("company_id", "child_of", self.company_id.id),
                ("parent_state", "=", "posted"),
                ("date", "<=", day),
                ("statement_id", "not in", self._older_statements(journal, statement)),
            ],
            order="date, id",
        )
        return [
            [f"{format_date(self.env, line.date)} {line.move_name}", line.balance]
            for line in lines
        ]

    def _older_statements(self, journal, statement):
        if not statement:
            return []
        return (
            self.env["account.bank.statement"]
            .search([("journal_id", "=", journal.id), ("date", "<=", statement.date)])
            .ids
        )

    # --- spreadsheets ---------------------------------------------------------------

    def _sheet(self, title, headers, rows):
        """Return an XLSX of one sheet. Names may begin with =: they stay texts.

        :param rows: lists of texts, dates and numbers
        """
        target = io.BytesIO()
        book = xlsxwriter.Workbook(
            target, {"in_memory": True, "strings_to_formulas": False}
        )
        bold = book.add_format({"bold": True})
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        money = book.add_format({"num_format": "#,##0.00"})
        sheet = book.add_worksheet(title[:31])
        sheet.write_row(0, 0, headers, bold)
        sheet.set_column(0, 0, 44)
        sheet.set_column(1, max(len(headers) - 1, 1), 18)
        for rank, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                if isinstance(value, float):
                    sheet.write_number(rank, column, value, money)
                elif hasattr(value, "isoformat"):
                    moment = fields.Datetime.to_datetime(value)
                    sheet.write_datetime(rank, column, moment, day)
                elif isinstance(value, int) and not isinstance(value, bool):
                    sheet.write_number(rank, column, value)
                else:
                    sheet.write_string(rank, column, str(value or ""))
        book.close()
        return target.getvalue()


def _safe(name):
    """Return a file name without a folder or anything that a system refuses."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]+', "-", name).strip(". ") or "document"
