from markupsafe import Markup

from odoo import api, fields, models

from ..returns import entities

#: entities of one page
PAGE = 40
FAULT = "table-warning"


class RecouvReturnTrace(models.TransientModel):
    """The bytes of a return file, entity by entity: nothing of a file is hidden.

    Read from the file itself each time, from its beginning: what is shown is what was
    received, not what was made of it.
    """

    _name = "recouv.return.trace"
    _description = "Bytes of a return file"

    file_id = fields.Many2one("recouv.return.file", required=True, readonly=True)
    line_id = fields.Many2one("recouv.return.line", readonly=True)
    offset = fields.Integer("From byte", default=0)
    size = fields.Integer(related="file_id.size")
    shown_to = fields.Integer("To byte", compute="_compute_page")
    uncovered = fields.Integer(related="file_id.uncovered")
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
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("%s, byte by byte", self.file_id.name),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_next(self):
        self.offset = min(self.shown_to, max(self.size - 1, 0))
        return self._show()

    def action_first(self):
        self.offset = 0
        return self._show()

    @api.depends("file_id", "offset")
    def _compute_page(self):
        for trace in self:
            rows = trace._rows()
            trace.shown_to = rows[-1]["end"] if rows else trace.size
            trace.page = trace._page_html(rows)

    def _rows(self):
        """The entities from the offset on, a page of them."""
        rows = []
        if not self.file_id:
            return rows
        with self.file_id._open_file() as stream:
            for row in self._entities(stream):
                if row["end"] <= self.offset:
                    continue
                rows.append(row)
                if len(rows) == PAGE:
                    break
        return rows

    def _entities(self, stream):
        """Yield the pieces of a file with their places, of whatever family it is."""
        if self.file_id.family in ("table", "b2"):
            yield from _text_lines(stream)
            return
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

    def _page_html(self, rows):
        head = (
            self.env._("Bytes"),
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
        return Markup(
            '<tr class="%s"><td>%s–%s</td><td>%s %s</td>'
            '<td><code style="white-space: pre-wrap">%s</code></td><td>%s</td></tr>'
        ) % (
            css,
            row["start"],
            row["end"],
            row["type"],
            row["label"],
            row["raw"].replace("\x00", "␀"),
            row["fault"] or "",
        )


def _text_lines(stream):
    """The lines of a text file, 128 bytes at most where it has none."""
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
