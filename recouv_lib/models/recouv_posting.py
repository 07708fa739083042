import csv
import io

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..lib import pdf_parts
from ..lib.letter_pages import Part, lines_of, make_up
from ..lib.table_file import safe_cell

# millimetres and points of the template posting_slip
SLIP_ROOM, SLIP_LEAD, SLIP_GAP, SLIP_SIZE = 210, 4, 2.4, 8.5
NAME_WIDTH, ADDRESS_WIDTH = 36, 52


class RecouvPosting(models.Model):
    """A pile of letters that goes to the post together, in the order it is posted.

    Plain and registered letters never mix. The pile prints as one PDF, with its posting
    list or, for registered letters, its deposit slip (PDF and CSV); “all posted” is one
    click.
    """

    _name = "recouv.posting"
    _description = "Posting"
    _evidence_files = ("document_id", "slip_id")
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    kind = fields.Selection(
        [("letter", "Letters"), ("registered_letter", "Registered letters")],
        required=True,
        default="letter",
    )
    state = fields.Selection(
        [("open", "To post"), ("posted", "Mailed")],
        required=True,
        readonly=True,
        default="open",
    )
    date_posted = fields.Date("Posted on", readonly=True)
    notice_ids = fields.One2many("recouv.notice", "posting_id")
    letter_count = fields.Integer(compute="_compute_letter_count")
    document_id = fields.Many2one("ir.attachment", "All letters", readonly=True)
    slip_id = fields.Many2one("ir.attachment", "List", readonly=True)
    provider_id = fields.Many2one(
        "recouv.postal.provider",
        check_company=True,
        help="Who prints and posts; empty: the practice itself.",
    )

    @api.depends("kind", "date_posted", "create_date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for posting in self:
            day = posting.date_posted or posting.create_date
            shown = format_date(self.env, day) if day else ""
            posting.display_name = f"{labels.get(posting.kind, '')} {shown}".strip()

    @api.depends("notice_ids")
    def _compute_letter_count(self):
        counts = dict(
            self.env["recouv.notice"]._read_group(
                [("posting_id", "in", self.ids), ("state", "!=", "cancelled")],
                ["posting_id"],
                ["__count"],
            )
        )
        for posting in self:
            posting.letter_count = counts.get(posting, 0)

    def _action_open(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_posting_action"
        )
        if len(self) == 1:
            return action | {"views": [(False, "form")], "res_id": self.id}
        return action | {"domain": [("id", "in", self.ids)], "context": {}}

    # --- what a human does ----------------------------------------------------------

    def action_print(self):
        """Download one PDF of all the letters, in posting order."""
        self.ensure_one()
        self.notice_ids._printed_paper()._withdraw_settled()
        letters = self._in_posting_order()
        if not letters:
            # no error: it would undo the withdrawal of letters paid meanwhile
            return self._say(self.env._("No letter is left in this pile."))
        content = pdf_parts.write_pdf(self._pages_of(letters))
        name = self.env._("letters-%(number)s.pdf", number=self.id)
        self.document_id = self._attach(self.document_id, name, content)
        return self._download(self.document_id)

    def action_print_slip(self):
        """Download the posting list, or the deposit slip of registered letters."""
        self.ensure_one()
        content = self.env["recouv.document"]._pdf(self._slip_html(), self.display_name)
        name = self.env._("list-%(number)s.pdf", number=self.id)
        self.slip_id = self._attach(self.slip_id, name, content)
        return self._download(self.slip_id)

    def action_export_csv(self):
        """Download the deposit slip for the post office's own program."""
        self.ensure_one()
        name = self.env._("list-%(number)s.csv", number=self.id)
        content = self._slip_csv().encode("utf-8-sig")
        return self._download(self._attach(None, name, content, "text/csv"))

    def action_mark_posted(self):
        """The whole pile was posted today."""
        self._mark_posted(fields.Date.context_today(self))
        return True

    def _mark_posted(self, on):
        for posting in self:
            letters = posting.notice_ids._printed_paper()
            if not letters:
                raise UserError(
                    self.env._(
                        "%(posting)s holds no letter to post.",
                        posting=posting.display_name,
                    )
                )
            letters._mark_posted(on)
            posting.write({"state": "posted", "date_posted": on})

    def action_dissolve(self):
        """Put letters that were not posted back among the printed ones.

        :raise UserError: a postal provider holds letters of the pile and will post them
        """
        for posting in self.filtered(lambda p: p.state == "open"):
            posting._check_not_submitted()
            posting.notice_ids._record({"posting_id": False})
            posting.unlink()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_posting_action"
        )

    def _check_not_submitted(self):
        held = self.notice_ids._printed_paper().filtered("provider_ref")
        if held:
            raise UserError(
                self.env._(
                    "%(provider)s already holds %(count)s letters of %(posting)s and "
                    "will post them: they stay in this pile.",
                    provider=held[:1].provider_id.name,
                    count=len(held),
                    posting=self.display_name,
                )
            )

    # --- the pile -------------------------------------------------------------------

    def _in_posting_order(self):
        """Return the letters as the post wants them: by postcode, then by name."""
        return self.notice_ids.filtered(
            lambda n: (
                n.state not in ("cancelled", "failed", "returned") and n.document_id
            )
        ).sorted(
            lambda n: (_country_last(n), n._recipient().zip or "", n._recipient().name)
        )

    def _pages_of(self, letters):
        """Yield the pages of the letters, one letter in memory at a time."""
        for letter in letters:
            yield from pdf_parts.open_pdf(letter.document_id.raw).pages
            letter.document_id.invalidate_recordset(["raw", "datas"])

    @api.model
    def _say(self, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "warning", "message": message},
        }

    def _attach(self, old, name, content, mimetype="application/pdf"):
        attachment = self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": content,
                "mimetype": mimetype,
                "res_model": self._name,
                "res_id": self.id,
                "company_id": self.company_id.id,
            }
        )
        if old:
            # sudo: printed anew by this act, which the user may do
            old.sudo().unlink()
        return attachment

    def _download(self, attachment):
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "self",
        }

    # --- list and deposit slip ------------------------------------------------------

    def _slip_rows(self):
        return [
            {
                "number": number,
                "tracking": tracking,
                "name": to.name,
                "address": letter._one_line_address(to),
                "receipt": letter.step_id.registered_receipt,
                "reference": letter.payment_reference,
            }
            for number, (letter, to, tracking) in enumerate(self._envelopes(), 1)
        ]

    def _envelopes(self):
        """Return [(letter, addressee, tracking number)] in posting order."""
        return [
            (letter, to, tracking)
            for letter in self._in_posting_order()
            for to, tracking in letter._envelopes()
        ]

    def _slip_html(self):
        rows = self._slip_rows()
        if not rows:
            raise UserError(self.env._("No letter is left in this pile."))
        company = self.company_id
        day = self.date_posted or fields.Date.context_today(self)
        values = {
            "posting": self,
            "sheets": _sheets(rows),
            "total": len(rows),
            "sender": company._recouv_sender(),
            "sender_address": self.notice_ids[:1]._one_line_address(company.partner_id),
            "date": format_date(self.env, day),
        }
        sheets = self.env["ir.qweb"]._render("recouv_lib.posting_slip", values)
        return f"<!DOCTYPE html>{sheets}"

    def _slip_csv(self):
        """One row an envelope; columns are named, for each program to map."""
        target = io.StringIO()
        writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
        writer.writerow(
            ["number", "tracking", "name", "street", "street2", "zip", "city",
             "country", "receipt", "reference"]
        )  # fmt: skip
        for number, (letter, to, tracking) in enumerate(self._envelopes(), 1):
            row = [
                number,
                tracking,
                to.name,
                to.street,
                to.street2,
                to.zip,
                to.city,
                to.country_id.code,
                int(letter.step_id.registered_receipt),
                letter.payment_reference,
            ]
            writer.writerow([safe_cell(value) for value in row])
        return target.getvalue()


def _sheets(rows):
    """Return the rows of each sheet; a long address takes the room of its lines."""
    parts = [
        Part("row", SLIP_GAP + SLIP_LEAD * _slip_lines(row), content=row)
        for row in rows
    ]
    return [
        [part.content for part in page] for page in make_up(parts, SLIP_ROOM, SLIP_ROOM)
    ]


def _slip_lines(row):
    return max(
        lines_of(row["name"], NAME_WIDTH, SLIP_SIZE),
        lines_of(row["address"], ADDRESS_WIDTH, SLIP_SIZE),
    )


def _country_last(notice):
    """Letters abroad go after the others, by country."""
    country = notice._recipient().country_id
    home = not country or country == notice.company_id.country_id
    return "" if home else country.code or "ZZ"
