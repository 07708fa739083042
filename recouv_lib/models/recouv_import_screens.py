import csv
import io

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..lib.table_file import SentenceValues, file_name, safe_cell


class RecouvImport(models.Model):
    """What the screens of an import show, and its sentences."""

    _inherit = "recouv.import"

    progress = fields.Float(compute="_compute_progress")
    preview = fields.Html(
        compute="_compute_preview", sanitize=False, groups="recouv_lib.group_manager"
    )
    gaps = fields.Text("Before it can be imported", compute="_compute_gaps")
    column_ids = fields.One2many(related="mapping_id.column_ids", readonly=False)
    date_order = fields.Selection(related="mapping_id.date_order", readonly=False)
    decimal_separator = fields.Selection(
        related="mapping_id.decimal_separator", readonly=False
    )

    @api.depends("row_done", "row_total", "state")
    def _compute_progress(self):
        for job in self:
            done = job.state == "done"
            share = job.row_done / job.row_total if job.row_total else 0
            job.progress = 100 if done else min(100 * share, 100)

    @api.depends("reading", "state")
    @api.depends_context("lang")
    def _compute_preview(self):
        for job in self:
            shown = (job.reading or {}).get("shown")
            job.preview = job._preview_table(shown) if shown else False

    @api.depends("mapping_id", "reading", "state")
    @api.depends_context("lang")
    def _compute_gaps(self):
        for job in self:
            ready = job.state == "previewed"
            job.gaps = "\n".join(job._gaps()) if ready else False

    # --- actions ------------------------------------------------------------------

    def action_open_errors(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_import_error_action"
        )
        return action | {"domain": [("import_id", "in", self.ids)], "context": {}}

    def action_download_errors(self):
        """Download the rows that were not imported, to correct and import again."""
        self.ensure_one()
        self._check_allowed()
        attachment = self.env["ir.attachment"].create(
            {
                "name": self.env._("errors-%s.csv", self.name.rsplit(".", 1)[0]),
                "raw": self._errors_csv().encode("utf-8-sig"),
                "mimetype": "text/csv",
                "res_model": self._name,
                "res_id": self.id,
                "company_id": self.company_id.id,
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "self",
        }

    def _errors_csv(self):
        """The file's own columns, then line and problem; read again by its mapping."""
        headers = (self.reading or {}).get("headers", [])
        target = io.StringIO()
        writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
        writer.writerow([*headers, self.env._("Line"), self.env._("Problem")])
        errors = self.error_ids.filtered(lambda error: error.severity == "error")
        for number, rows in errors.grouped("row_number").items():
            cells = list(rows[0].cells or [])[: len(headers)]
            cells += [""] * (len(headers) - len(cells))
            problem = " ".join(rows.mapped("message"))
            writer.writerow([safe_cell(cell) for cell in (*cells, number, problem)])
        return target.getvalue()

    # --- preview ------------------------------------------------------------------

    def _shown(self, item):
        """A planned row as the preview shows it."""
        values = {
            name: value.isoformat() if hasattr(value, "isoformat") else str(value)
            for name, value in item.values.items()
        }
        messages = [message for _severity, _column, message in item.notes]
        return {
            "line": item.entry.row.number,
            "action": item.action,
            "values": values,
            "messages": messages,
        }

    def _preview_table(self, shown):
        """The first rows as they will be read."""
        labels = dict(
            self.env["recouv.import.column"]
            ._fields["field"]
            ._description_selection(self.env)
        )
        names = self.reading.get("fields", [])
        head = [self.env._("Line"), "", *(labels[name] for name in names), ""]
        rows = [_row("th", head)]
        for one in shown:
            values = [self._shown_value(name, one["values"]) for name in names]
            action = self._action_labels()[one["action"]]
            cells = [one["line"], action, *values, " ".join(one["messages"])]
            rows.append(_row("td", cells, one["action"] == "error"))
        table = Markup('<table class="table table-sm o_table">%s</table>')
        return table % Markup("").join(rows)

    def _shown_value(self, name, values):
        text = values.get(name, "")
        is_date = text and name in (self.reading.get("orders") or {})
        return format_date(self.env, text) if is_date else text

    @api.model
    def _action_labels(self):
        return {
            "create": self.env._("New"),
            "update": self.env._("Updated"),
            "unchanged": self.env._("Known already"),
            "error": self.env._("Not imported"),
        }

    def _gaps(self):
        """Return what stands against importing what was read, as texts."""
        self.ensure_one()
        gaps = self.mapping_id._gaps() if self.mapping_id else []
        for code, header in (self.reading or {}).get("unsure", []):
            gaps.append(self._sentences_column()[f"column_{code}"] % {"header": header})
        return gaps

    # --- sentences ----------------------------------------------------------------

    @api.model
    def _sentence(self, error):
        """What is wrong with a file or a cell, in the user's language."""
        text = self._sentences().get(error.code, error.code)
        text = text % SentenceValues(error.values)
        if error.line:
            return self.env._("Line %(line)s: %(text)s", line=error.line, text=text)
        return text

    @api.model
    def _refusal(self, error, name):
        """Return the `UserError` that tells of a file by its name.

        :param error: `FileError`
        :param name: what the user calls the file
        """
        what = self._sentence(error)
        name = file_name(name)
        if not name:
            return UserError(what)
        return UserError(
            self.env._("“%(file)s” was not taken in. %(what)s", file=name, what=what)
        )

    @api.model
    def _sentences(self):
        return {
            **self._sentences_file(),
            **self._sentences_row(),
            **self._sentences_column(),
        }

    @api.model
    def _sentences_file(self):
        _ = self.env._
        return {
            "empty_file": _("The file is empty: export it again."),
            "no_row": _("The file has no row: export it again."),
            "file_too_large": _(
                "The file is larger than %(limit)s MB. Export it in several parts, "
                "by year for example, or let an administrator raise the limit."
            ),
            "old_xls": _("This is an old Excel file: save it as .xlsx or .csv."),
            "not_a_table": _("This is no table: export it as .xlsx or .csv."),
            "broken_xlsx": _(
                "The workbook is damaged or incomplete (%(detail)s). Open it in a "
                "spreadsheet and save it anew, as .xlsx or .csv."
            ),
            "zip_bomb": _(
                "The workbook unpacks to more than %(limit)s MB: refused. Save its one "
                "table as .csv."
            ),
            "xml_entities": _(
                "The workbook declares entities in %(part)s, as no spreadsheet does: "
                "refused. Open it in a spreadsheet and save it anew."
            ),
            "too_many_rows": _("The file has more than %(limit)s rows: split it."),
            "line_too_long": _(
                "A line is longer than any table's: this is no CSV file. Export it "
                "again, as .csv or .xlsx."
            ),
            "bad_encoding": _(
                "The file is not in %(encoding)s. Export it again in UTF-8 or as .xlsx."
            ),
            "no_header": _(
                "The file ends before its headers: check the row of the headers."
            ),
            "column_missing": _("The column “%(column)s” is not in the file."),
            "unknown_kind": _(
                "Say whether these are patients, invoices or payments: the headers do "
                "not tell."
            ),
        }

    @api.model
    def _sentences_row(self):
        _ = self.env._
        return {
            "broken_quote": _("The line cannot be cut into columns: a quote is open."),
            "too_many_columns": _("The line has far more columns than the headers."),
            "date_bad": _("“%(found)s” is not a date."),
            "date_unsure": _("“%(found)s”: day and month could be exchanged."),
            "amount_bad": _("“%(found)s” is not an amount."),
            "amount_unsure": _("“%(found)s” could be thousands or decimals."),
        }

    @api.model
    def _sentences_column(self):
        _ = self.env._
        return {
            "column_date_unsure": _(
                "Column “%(header)s”: say under “Columns” whether its dates begin with "
                "the day or the month, then read the file again."
            ),
            "column_amount_unsure": _(
                "Column “%(header)s”: say under “Columns” how its amounts are written, "
                "then read the file again."
            ),
        }


def _row(tag, cells, wrong=False):
    cell = Markup(f"<{tag}>%s</{tag}>")
    style = Markup(' class="table-danger"') if wrong else Markup("")
    return Markup("<tr%s>%s</tr>") % (style, Markup("").join(cell % c for c in cells))
