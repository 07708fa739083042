from markupsafe import Markup

from odoo import api, fields, models

from odoo.addons.recouv_lib.lib.table_file import FileError

from ..lib import return_tables
from ..returns import entities

#: entities of one page
PAGE = 40
FAULT = "table-warning"
#: families whose pieces are lines of text
TEXTS = ("b2", "pyxvital")


class RecouvReturnTrace(models.TransientModel):
    """The bytes of a return file, entity by entity: nothing of a file is hidden.

    Read from the file itself each time, from its beginning: what is shown is what was
    received, not what was made of it. A workbook is packed: there its rows and cells
    are shown, as any spreadsheet names them.
    """

    _name = "recouv.return.trace"
    _description = "Bytes of a return file"

    file_id = fields.Many2one("recouv.return.file", required=True, readonly=True)
    line_id = fields.Many2one("recouv.return.line", readonly=True)
    offset = fields.Integer("From byte", default=0)
    size = fields.Integer(related="file_id.size")
    shown_to = fields.Integer("To byte", compute="_compute_page")
    uncovered = fields.Integer(related="file_id.uncovered")
    is_workbook = fields.Boolean(compute="_compute_page")
    is_last = fields.Boolean(compute="_compute_page")
    page = fields.Html(compute="_compute_page", sanitize=False)

    @api.model
    def _open(self, file, line=None):
        file.check_access("read")
        trace = self.create(
            {
                "file_id": file.id,
                "line_id": line.id if line else False,
                "offset": line.offset if line else 0,
            }
        )
        return trace._show()

    def _show(self):
        title = (
            self.env._("%s, cell by cell", self.file_id.name)
            if self.is_workbook
            else self.env._("%s, byte by byte", self.file_id.name)
        )
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_next(self):
        self.offset = self.offset if self.is_last else self.shown_to
        return self._show()

    def action_first(self):
        self.offset = 0
        return self._show()

    @api.depends("file_id", "offset")
    def _compute_page(self):
        for trace in self:
            trace.is_workbook = trace.file_id._is_workbook()
            rows = trace._rows(PAGE + 1)
            trace.is_last = len(rows) <= PAGE
            rows = rows[:PAGE]
            trace.shown_to = rows[-1]["end"] if rows else trace.size
            trace.page = trace._page_html(rows)

    def _rows(self, limit=PAGE):
        """The entities from the offset on, a page of them."""
        rows = []
        if not self.file_id:
            return rows
        with self.file_id._open_file() as stream:
            for row in self._entities(stream):
                if row["end"] <= self.offset:
                    continue
                rows.append(row)
                if len(rows) == limit:
                    break
        return rows

    def _entities(self, stream):
        """Yield the pieces of a file with their places, of whatever family it is."""
        if self.file_id.family == "table":
            yield from self._table_rows(stream)
        elif self.file_id.family in TEXTS:
            yield from _text_lines(stream)
        else:
            for row in entities.entities(stream):
                layout = row.layout
                yield {
                    "start": row.start,
                    "end": row.end,
                    "type": row.type or row.kind,
                    "label": layout.label if layout else "",
                    "raw": row.raw,
                    "fault": row.fault,
                }

    def _table_rows(self, stream):
        """The lines of a CSV file, or the rows of a workbook."""
        try:
            for place in return_tables.places(stream):
                yield {
                    "start": place["start"],
                    "end": place["end"],
                    "type": self._place_name(place),
                    "label": "",
                    "raw": place["text"].rstrip("\r\n"),
                    "fault": "",
                }
        except FileError:
            # what is no table any more is shown as it is
            stream.seek(0)
            yield from _text_lines(stream)

    def _place_name(self, place):
        if place["sheet"]:
            return self.env._(
                "Sheet “%(sheet)s”, row %(row)s", sheet=place["sheet"], row=place["row"]
            )
        return self.env._("Line %s", place["row"])

    def _page_html(self, rows):
        place = self.env._("Row") if self.is_workbook else self.env._("Bytes")
        head = (
            place,
            self.env._("Entity"),
            self.env._("As received"),
            self.env._("To look at"),
        )
        cells = Markup("").join(Markup("<th>%s</th>") % title for title in head)
        body = Markup("").join(self._row_html(row) for row in rows)
        return Markup(
            '<table class="table table-sm"><thead><tr>%s</tr></thead>'
            "<tbody>%s</tbody></table>"
        ) % (cells, body)

    def _row_html(self, row):
        line = self.line_id
        own = line and line.offset <= row["start"] < line.offset + max(line.size, 1)
        css = "table-info" if own else FAULT if row["fault"] else ""
        place = str(row["start"])
        if not self.is_workbook:
            place = f"{row['start']}–{row['end']}"
        return Markup(
            '<tr class="%s"><td>%s</td><td>%s %s</td>'
            '<td><code style="white-space: pre-wrap">%s</code></td><td>%s</td></tr>'
        ) % (
            css,
            place,
            row["type"],
            row["label"],
            row["raw"].replace("\x00", "␀"),
            row["fault"] or "",
        )


def _text_lines(stream):
    """The lines of a text file, 4096 bytes at most where it has none."""
    start = 0
    while piece := stream.readline(4096):
        yield {
            "start": start,
            "end": start + len(piece),
            "type": "",
            "label": "",
            "raw": piece.decode("latin-1").rstrip("\r\n"),
            "fault": "",
        }
        start += len(piece)
