import io

import xlsxwriter
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize, format_amount, format_date

MONEY_FORMAT = "#,##0.00"


class RecouvPlacementStatement(models.Model):
    """The statement on paper, in a spreadsheet, and its e-mail.

    The e-mail says a period and no more: names and sums are in the attachment.
    """

    _inherit = "recouv.placement.statement"

    # --- files ----------------------------------------------------------------------

    def _in_language(self):
        lang = self.company_id.partner_id.lang or self.env.lang
        return self.with_context(lang=lang)

    def _file_name(self, extension):
        return self.env._(
            "statement-%(day)s.%(extension)s", day=self.date_to, extension=extension
        )

    def action_print(self):
        """Download the statement as a PDF."""
        self.ensure_one()
        return self.env["recouv.document"]._download(
            self._file_name("pdf"), self._pdf()
        )

    def action_spreadsheet(self):
        """Download the statement as a spreadsheet."""
        self.ensure_one()
        return self.env["recouv.document"]._download(
            self._file_name("xlsx"), self._xlsx()
        )

    def _pdf(self):
        statement = self._in_language()
        return self.env["recouv.document"]._print(
            "recouv_lib.placement_statement_body",
            statement._paper_values(),
            company=self.company_id,
            title=statement.env._(
                "Statement of %(agency)s, %(start)s to %(end)s",
                agency=self.agency_name,
                start=format_date(statement.env, self.date_from),
                end=format_date(statement.env, self.date_to),
            ),
            lang=statement.env.lang,
        )

    def _totals(self):
        """Return [(label, sum)], in the order in which they are read."""
        names = (
            "amount_collected",
            "amount_collected_all",
            "amount_due",
            "amount_held",
            "amount_remitted",
            "amount_fees",
        )
        return [
            (self._fields[name].get_description(self.env)["string"], self[name])
            for name in names
        ]

    def _paper_values(self):
        def money(amount):
            return format_amount(self.env, amount, self.currency_id)

        def day(value):
            return format_date(self.env, value) if value else ""

        return {
            "totals": [(label, money(amount)) for label, amount in self._totals()],
            "claims": [
                {
                    "label": line.label,
                    "debtor": line.debtor,
                    "date": day(line.date),
                    "amount": money(line.amount),
                    "collected": money(line.amount_collected),
                    "collected_all": money(line.amount_collected_all),
                    "due": money(line.amount_due),
                    "state": line.told_state,
                }
                for line in self.claim_line_ids
            ],
            "collected": money(self.amount_collected),
            "collected_all": money(self.amount_collected_all),
            "due": money(self.amount_due),
            "remittances": self._money_rows("remittance", day, money),
            "fees": self._money_rows("fee", day, money),
        }

    def _money_rows(self, kind, day, money):
        return [
            {"label": line.label, "date": day(line.date), "amount": money(line.amount)}
            for line in self.money_line_ids
            if line.kind == kind
        ]

    def _xlsx(self):
        """Return the spreadsheet: totals, claims, remittances and fees."""
        statement = self._in_language()
        output = io.BytesIO()
        # strings stay strings: a name that begins with “=” is no formula
        book = xlsxwriter.Workbook(
            output, {"in_memory": True, "strings_to_formulas": False}
        )
        styles = {
            "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True}),
            "money": book.add_format({"num_format": MONEY_FORMAT}),
            "date": book.add_format({"num_format": "dd/mm/yyyy"}),
        }
        statement._write_totals(book.add_worksheet(statement.env._("Totals")), styles)
        statement._write_lines(
            book.add_worksheet(statement.env._("Claims")),
            styles,
            statement.claim_line_ids,
            ("label", "debtor", "date", "amount", "amount_collected",
             "amount_collected_all", "amount_due", "told_state"),
        )  # fmt: skip
        statement._write_lines(
            book.add_worksheet(statement.env._("Remittances and fees")),
            styles,
            statement.money_line_ids,
            ("kind", "label", "date", "amount"),
        )
        book.close()
        return output.getvalue()

    def _write_totals(self, sheet, styles):
        sheet.set_column(0, 0, 32)
        sheet.set_column(1, 1, 14)
        sheet.write_string(0, 0, self.display_name, styles["head"])
        for rank, (label, amount) in enumerate(self._totals(), 1):
            sheet.write_string(rank, 0, label)
            sheet.write_number(rank, 1, amount, styles["money"])

    @api.model
    def _write_lines(self, sheet, styles, lines, names):
        kinds = dict(lines._fields["kind"]._description_selection(self.env))
        sheet.set_column(0, len(names) - 1, 18)
        for column, name in enumerate(names):
            label = lines._fields[name].get_description(self.env)["string"]
            sheet.write_string(0, column, label, styles["head"])
        for row, line in enumerate(lines, 1):
            for column, name in enumerate(names):
                value = line[name]
                if name == "date":
                    if value:
                        sheet.write_datetime(row, column, value, styles["date"])
                elif name.startswith("amount"):
                    sheet.write_number(row, column, value, styles["money"])
                else:
                    text = kinds[value] if name == "kind" else value
                    sheet.write_string(row, column, text or "")

    # --- sending --------------------------------------------------------------------

    def _send(self, force=False):
        """Send each in the practice's form, once; a failure is kept and told."""
        for statement in self:
            if statement.form == "screen" or (statement.state == "sent" and not force):
                continue
            try:
                with self.env.cr.savepoint():
                    sent_to = statement._deliver()
            except UserError as error:
                statement._record({"state": "failed", "failure": str(error)})
            else:
                statement._record(
                    {
                        "state": "sent",
                        "failure": False,
                        "sent_on": fields.Datetime.now(),
                        "sent_to": sent_to,
                    }
                )

    def _deliver(self):
        """Send the e-mail and return its address.

        :raise UserError: no address, nothing printed, or the server refused it
        """
        config = self.company_id._recouv_config()
        terms = self._terms(self.company_id, self.agency_id)
        address = config.recouv_test_email or terms.email
        if not email_normalize(address):
            raise UserError(
                self.env._(
                    "%s has no e-mail address for its statements: enter it in the "
                    "mandate or in the company.",
                    self.company_id.name,
                )
            )
        # sudo: a message to the practice itself
        mail = self.env["mail.mail"].sudo().create(self._mail_values(address))
        mail.send(raise_exception=False)
        if mail.exists() and mail.state != "sent":
            raise UserError(
                mail.failure_reason or self.env._("The e-mail server refused it.")
            )
        return address

    def _mail_values(self, address):
        statement = self._in_language()
        sheet = self.form == "spreadsheet"
        name = statement._file_name("xlsx" if sheet else "pdf")
        content = self._xlsx() if sheet else self._pdf()
        attachment = self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": content,
                "res_model": self._name,
                "res_id": self.id,
                "company_id": self.company_id.id,
            }
        )
        text = statement.env._(
            "You will find attached the statement of your claims with %(agency)s, from "
            "%(start)s to %(end)s.",
            agency=self.agency_name,
            start=format_date(statement.env, self.date_from),
            end=format_date(statement.env, self.date_to),
        )
        return {
            "subject": statement.env._(
                "Statement of your claims, %s", format_date(statement.env, self.date_to)
            ),
            "body_html": Markup("<p>%s</p>") % text,
            "email_to": address,
            "email_from": self.env["recouv.notice"]._email_sender(self.company_id),
            "record_company_id": self.company_id.id,
            "attachment_ids": [fields.Command.link(attachment.id)],
            "auto_delete": False,
            "model": self._name,
            "res_id": self.id,
        }
