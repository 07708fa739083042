import base64
import csv
import io

from odoo import fields, models
from odoo.exceptions import UserError

from ..lib import page_mark, reference, tracking
from ..lib.wording import labelled


class RecouvMailScan(models.TransientModel):
    """One field and a scanner: returned letters, tracking numbers, reply slips.

    Returned: each line is the mark of a page that came back. Tracking: the mark of a
    letter, then the number on its form, and so on; or a CSV file with one letter a
    line. Reply slips: the mark of a letter whose signed slip came back. A line that
    cannot be read stops nothing: it is shown again.
    """

    _name = "recouv.mail.scan"
    _description = "Scan letters"

    mode = fields.Selection(
        [
            ("returned", "Returned mail"),
            ("tracking", "Tracking numbers"),
            ("slip", "Reply slips"),
        ],
        required=True,
        default="returned",
    )
    scans = fields.Text(help="One scan a line; a scanner ends each by itself.")
    csv_file = fields.Binary("CSV file", attachment=False)
    result = fields.Text(readonly=True)

    def action_apply(self):
        """Read the scans; show what was done and what could not be."""
        self.ensure_one()
        lines = self._lines()
        if not lines:
            raise UserError(self.env._("Scan a letter first."))
        done, problems = getattr(self, f"_read_{self.mode}")(lines)
        self.write(
            {"scans": False, "csv_file": False, "result": "\n".join(problems + done)}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Scan letters"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _lines(self):
        lines = [line.strip() for line in (self.scans or "").splitlines()]
        return [line for line in lines + self._csv_cells() if line]

    def _csv_cells(self):
        """Return letter, number, letter, number… of the file, heading left out."""
        if not self.csv_file:
            return []
        text = base64.b64decode(self.csv_file).decode("utf-8-sig", "replace")
        delimiter = ";" if ";" in text.partition("\n")[0] else ","
        cells = []
        for row in csv.reader(io.StringIO(text), delimiter=delimiter):
            if len(row) >= 2 and self._looks_like_letter(row[0]):
                cells += row[:2]
        return cells

    def _looks_like_letter(self, text):
        return bool(reference.split_reference(text)) or text.strip().upper().startswith(
            page_mark.PREFIX
        )

    # --- returned -------------------------------------------------------------------

    def _read_returned(self, lines):
        done, problems = [], []
        for line in lines:
            try:
                notice = self._notice_of(line)
                if notice.state == "returned":
                    continue  # another page of the same letter
                notice._return_mail()
                done.append(
                    self.env._("%(letter)s: returned", letter=notice.display_name)
                )
            except UserError as error:
                problems.append(labelled(self.env, f"✗ {line}", str(error)))
        return done, problems

    # --- tracking -------------------------------------------------------------------

    def _read_tracking(self, lines):
        done, problems = [], []
        if len(lines) % 2:
            problems.append(
                self.env._("✗ %(scan)s: no number follows this letter", scan=lines[-1])
            )
        for letter, number in zip(lines[::2], lines[1::2], strict=False):
            try:
                notice = self._notice_of(letter)
                known = self._set_tracking(notice, number)
                done.append(labelled(self.env, notice.display_name, known))
            except UserError as error:
                problems.append(labelled(self.env, f"✗ {letter} {number}", str(error)))
        return done, problems

    def _set_tracking(self, notice, number):
        notice._check_registered(("printed", "sent"))
        try:
            compact = tracking.read_tracking(number)
        except tracking.BadTracking as error:
            raise UserError(notice._bad_tracking_message(error)) from error
        with self.env.cr.savepoint():
            notice[self._tracking_field(notice, compact)] = compact
        return compact

    def _tracking_field(self, notice, number):
        """Return where a number goes: that of a second envelope comes second."""
        if not notice.has_copy or notice.tracking_ref in (False, number):
            return "tracking_ref"
        if notice.copy_tracking_ref not in (False, number):
            raise UserError(
                self.env._(
                    "%s goes in two envelopes, and both have their numbers: correct "
                    "them on the letter.",
                    notice.display_name,
                )
            )
        return "copy_tracking_ref"

    # --- reply slips ----------------------------------------------------------------

    def _read_slip(self, lines):
        """Make the plan of each reply slip that came back."""
        done, problems = [], []
        for line in dict.fromkeys(lines):
            try:
                with self.env.cr.savepoint():
                    plan = self._notice_of(line)._accept_slip()
                done.append(self.env._("%(letter)s: agreed", letter=plan.display_name))
            except UserError as error:
                problems.append(labelled(self.env, f"✗ {line}", str(error)))
        return done, problems

    # --- the letter -----------------------------------------------------------------

    def _notice_of(self, scan):
        """Return the letter of a page mark, or of the reference printed on it."""
        Notice = self.env["recouv.notice"]
        parts = reference.split_reference(scan)
        if parts:
            notice = Notice.search([("id", "=", parts[1])])
        else:
            notice = Notice.search([("id", "=", self._marked_id(scan))])
        if not notice:
            raise UserError(self.env._("this letter is not one of yours."))
        return notice

    def _marked_id(self, scan):
        key = self.env["recouv.notice"]._mark_key()
        try:
            return page_mark.read_scan(scan, key).notice_id
        except page_mark.BadMark as error:
            if error.code == "forged":
                message = self.env._("this mark was not made here.")
            else:
                message = self.env._("this is no mark of a letter.")
            raise UserError(message) from error
