import io

import xlsxwriter

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_amount, format_date

from ..models.recouv_receipt_book import MODES


class RecouvReceiptBookWizard(models.TransientModel):
    """Choose a period, then see, print or download the receipts book."""

    _name = "recouv.receipt.book.wizard"
    _description = "Receipts book of a period"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date_from = fields.Date(
        "From",
        required=True,
        default=lambda self: fields.Date.context_today(self).replace(day=1),
    )
    date_to = fields.Date(
        "To", required=True, default=lambda self: fields.Date.context_today(self)
    )

    @api.constrains("date_from", "date_to")
    def _check_period(self):
        for wizard in self:
            if wizard.date_to < wizard.date_from:
                raise ValidationError(
                    self.env._("The period ends before it begins: correct the dates.")
                )

    def _domain(self):
        return [
            ("company_id", "=", self.company_id.id),
            ("date", ">=", self.date_from),
            ("date", "<=", self.date_to),
        ]

    def _rows(self):
        return self.env["recouv.receipt.book"].search(self._domain())

    def _held(self):
        """Return the cheques received, yet not at the bank at the end of the period."""
        cheques = self.env["recouv.cheque"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("received_on", "<=", self.date_to),
                ("state", "!=", "returned"),
                ("collection_id.undone_on", "=", False),
            ],
            order="received_on, id",
        )
        return cheques.filtered(
            lambda cheque: (
                not cheque.payment_id or cheque.payment_id.date > self.date_to
            )
        )

    def _book(self):
        """Return the rows, ready to print, with totals by month and means.

        :raise UserError: nothing was received in the period
        """
        rows = self._rows()
        if not rows:
            raise UserError(self.env._("Nothing was received in this period."))
        modes = dict(rows._fields["mode"]._description_selection(self.env))
        nature = dict(rows._fields["nature"]._description_selection(self.env))
        totals = {}
        for row in rows:
            month = totals.setdefault(
                row.date.strftime("%Y-%m"), dict.fromkeys(dict(MODES), 0.0)
            )
            month[row.mode] += row.amount
        return {
            "rows": rows,
            "modes": modes,
            "natures": nature,
            "totals": totals,
            "total": sum(rows.mapped("amount")),
            "held": self._held(),
        }

    # --- what the user presses ------------------------------------------------------

    def action_view(self):
        """Show the period on the screen."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_receipt_book_action"
        )
        return action | {
            "domain": self._domain(),
            "context": {"search_default_group_month": 1},
        }

    def action_xlsx(self):
        """Download the book as a spreadsheet."""
        self.ensure_one()
        name = self.env._("receipts-%(to)s.xlsx", to=self.date_to)
        return self._download(name, self._xlsx())

    def action_pdf(self):
        """Download the book as a PDF."""
        self.ensure_one()
        document = self.env["recouv.document"]
        content = document._print(
            "recouv_lib.receipt_book",
            self._pdf_values(),
            company=self.company_id,
            title=self.env._("Receipts book"),
        )
        return self._download(
            self.env._("receipts-%(to)s.pdf", to=self.date_to), content
        )

    # --- documents ------------------------------------------------------------------

    def _headers(self):
        fnames = ("date", "number", "payer", "nature", "mode", "reference",
                  "banked_on", "amount")  # fmt: skip
        known = self.env["recouv.receipt.book"].fields_get(fnames, ["string"])
        return [known[name]["string"] for name in fnames]

    def _cells(self, row, book):
        return [
            row.number or "",
            row.payer or "",
            book["natures"][row.nature],
            book["modes"][row.mode],
            row.reference or "",
            self._banked(row),
        ]

    def _banked(self, row):
        """Say when a cheque went to the bank, and when it came if that was before."""
        day = row.banked_on and format_date(self.env, row.banked_on)
        if not row.cheque_received_on or row.cheque_received_on == row.date:
            return day or ""
        came = format_date(self.env, row.cheque_received_on)
        received = self.env._("received on %s", came)
        return f"{day} ({received})" if day else received

    def _xlsx(self):
        book, target = self._book(), io.BytesIO()
        # a payer's name that begins with = must stay a text
        workbook = xlsxwriter.Workbook(
            target, {"in_memory": True, "strings_to_formulas": False}
        )
        bold = workbook.add_format({"bold": True})
        money = workbook.add_format({"num_format": "#,##0.00"})
        day = workbook.add_format({"num_format": "dd/mm/yyyy"})
        sheet = workbook.add_worksheet(self.env._("Receipts"))
        sheet.write_row(0, 0, self._headers(), bold)
        sheet.set_column(0, 7, 16)
        for rank, row in enumerate(book["rows"], 1):
            sheet.write_datetime(rank, 0, fields.Datetime.to_datetime(row.date), day)
            for column, text in enumerate(self._cells(row, book), 1):
                sheet.write_string(rank, column, text)
            sheet.write_number(rank, 7, row.amount, money)
        sheet.write(rank + 1, 0, self.env._("Total"), bold)
        sheet.write_number(rank + 1, 7, book["total"], money)
        self._write_totals(workbook.add_worksheet(self.env._("Totals")), book, bold)
        if book["held"]:
            held = workbook.add_worksheet(self.env._("Cheques held"))
            self._write_held(held, book["held"], day, money)
        workbook.close()
        return target.getvalue()

    def _write_totals(self, sheet, book, bold):
        sheet.write_row(0, 0, [self.env._("Month"), *book["modes"].values()], bold)
        sheet.write(0, len(book["modes"]) + 1, self.env._("Total"), bold)
        for rank, (month, sums) in enumerate(book["totals"].items(), 1):
            values = [round(sums[mode], 2) for mode in book["modes"]]
            sheet.write_row(rank, 0, [month, *values, round(sum(values), 2)])

    def _write_held(self, sheet, cheques, day, money):
        sheet.write(0, 0, self._held_sentence(cheques))
        for rank, cheque in enumerate(cheques, 1):
            received = fields.Datetime.to_datetime(cheque.received_on)
            sheet.write_datetime(rank, 0, received, day)
            sheet.write_string(rank, 1, self._held_payer(cheque))
            sheet.write_number(rank, 2, cheque.amount, money)

    def _held_payer(self, cheque):
        partner = cheque.partner_id
        if self.company_id.recouv_neutral_labels:
            return partner.ref or f"P{partner.id}"
        return partner.name or ""

    def _held_sentence(self, cheques):
        if not cheques:
            return ""
        return self.env._(
            "Cheques received and not yet at the bank on %(day)s: %(count)s. They are "
            "not in the totals; the tax office may count them on the day they came.",
            day=format_date(self.env, self.date_to),
            count=len(cheques),
        )

    def _pdf_values(self):
        book = self._book()
        currency = self.company_id.currency_id

        def money(amount):
            return format_amount(self.env, amount, currency)

        return book | {
            "period": " – ".join(
                format_date(self.env, day) for day in (self.date_from, self.date_to)
            ),
            "headers": self._headers(),
            "money": money,
            "months": [
                {
                    "name": self._month_name(month),
                    "sums": [money(sums[mode]) for mode in book["modes"]],
                    "total": money(sum(sums.values())),
                }
                for month, sums in book["totals"].items()
            ],
            "lines": [
                [
                    format_date(self.env, row.date),
                    *self._cells(row, book),
                    money(row.amount),
                ]
                for row in book["rows"]
            ],
            "held_sentence": self._held_sentence(book["held"]),
            "held_lines": [
                [
                    format_date(self.env, cheque.received_on),
                    self._held_payer(cheque),
                    format_amount(self.env, cheque.amount, cheque.currency_id),
                ]
                for cheque in book["held"]
            ],
        }

    def _month_name(self, month):
        day = fields.Date.to_date(f"{month}-01")
        return format_date(self.env, day, date_format="MMMM y")

    @api.model
    def _download(self, name, content):
        return self.env["recouv.document"]._download(name, content)
