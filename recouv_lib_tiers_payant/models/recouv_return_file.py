import contextlib
import hashlib
import io

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.recouv_lib.lib.table_file import file_name

from ..returns import messages, objects
from .recouv_return_line import OUTCOMES_LEFT
from .res_partner import TIERS_PAYANT

FAMILIES = [
    ("noemie580", "NOEMIE 580"),
    ("noemie576", "NOEMIE 576, 578, 900"),
    ("arl", "Acknowledgments (ARL)"),
    ("b2", "B2"),
    ("table", "Table (CSV, XLSX)"),
    ("pyxvital", "Pyxvital"),
]
STATES = [
    ("draft", "To read"),
    ("read", "Read"),
    ("applied", "Applied"),
    ("failed", "Interrupted"),
]
#: formats that no document confirms: read only where a person asks for it
UNPROVEN = (objects.B2_RETURN, objects.PYXVITAL)
#: a file up to this size is read and applied while the user waits; others later
DIRECT_BYTES = 200_000
CHUNK = 1024 * 1024


class RecouvReturnFile(models.Model):
    """A return file of payers, kept whole: any byte can be traced from its lines.

    Strategy. Taking a file in only keeps it and says what it is; what is no return is
    refused and nothing of it stays. It is then *read* (``recouv_return_file_read.py``)
    into announced transfers and lines, and *applied* (``recouv_return_file_apply.py``):
    each line finds its share, is booked and reconciled. Both go in bounded pieces,
    each committed with what it did, so that a kill loses at most the piece at work and
    the next start goes on behind it; keys make double work impossible. A small file is
    worked at once, a large one in the background (cron).
    """

    _name = "recouv.return.file"
    _description = "Return file"
    _inherit = ["recouv.evidence.mixin"]
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    name = fields.Char("File name", required=True)
    # whoever reads it reads the identity of patients
    content = fields.Binary("File", attachment=True, groups=TIERS_PAYANT)
    digest = fields.Char(index="btree_not_null", readonly=True, copy=False)
    size = fields.Integer("Bytes", readonly=True, copy=False)
    family = fields.Selection(FAMILIES, "Format", readonly=True)
    profile_id = fields.Many2one(
        "recouv.return.profile", "How to read it", check_company=True
    )
    date_order = fields.Selection(
        [("ymd", "YYMMDD"), ("dmy", "DDMMYY")],
        "Order of dates",
        help="Empty: found out from the file.",
    )
    found_order = fields.Char("Dates were read as", readonly=True, copy=False)
    accounting_date = fields.Date(
        "Book on", help="Empty: each transfer on its own date."
    )
    state = fields.Selection(
        STATES, required=True, default="draft", readonly=True, copy=False
    )
    is_queued = fields.Boolean("At work", readonly=True, copy=False)
    is_test = fields.Boolean("Not real", readonly=True, copy=False)
    count_test = fields.Integer("Test lines", readonly=True, copy=False)
    worked_on = fields.Datetime("Last sign of life", readonly=True, copy=False)
    offset_done = fields.Integer("Bytes read", readonly=True, copy=False)
    # what an interrupted reading kept: transfers that are whole, lines known
    resume = fields.Json(readonly=True, copy=False)
    failure_message = fields.Text(readonly=True, copy=False)
    sender = fields.Char(readonly=True, copy=False)
    reference = fields.Char(readonly=True, copy=False)
    created_on = fields.Date("Made on", readonly=True, copy=False)
    count_new = fields.Integer("New lines", readonly=True, copy=False)
    count_known = fields.Integer("Lines known already", readonly=True, copy=False)
    count_passed = fields.Integer("Totals that agree", readonly=True, copy=False)
    count_controls = fields.Integer("Points to look at", readonly=True, copy=False)
    uncovered = fields.Integer("Bytes of no entity", readonly=True, copy=False)
    controls = fields.Json(readonly=True, copy=False)
    control_text = fields.Text("To look at", compute="_compute_control_text")
    payment_ids = fields.One2many("recouv.return.payment", "file_id", "Transfers")
    line_ids = fields.One2many("recouv.return.line", "file_id", "Lines")
    payment_count = fields.Integer("Transfers", compute="_compute_counts")
    line_count = fields.Integer("Lines", compute="_compute_counts")
    unmatched_count = fields.Integer("To settle", compute="_compute_counts")
    left_count = fields.Integer("Still to apply", compute="_compute_counts")

    # the same bytes are kept once: whoever comes second is shown the first
    _digest_uniq = models.UniqueIndex(
        "(company_id, digest) WHERE digest IS NOT NULL",
        "This file was taken in already.",
    )

    # --- computes -----------------------------------------------------------------

    @api.depends("controls")
    @api.depends_context("lang")
    def _compute_control_text(self):
        for file in self:
            file.control_text = "\n".join(
                self._control_sentence(one) for one in file.controls or []
            )

    @api.model
    def _control_sentence(self, control):
        """One point that the reader found, with its place in the file."""
        text = messages.say(objects.Control(control["code"], control["values"]))
        start = control.get("start")
        if start is None:
            return text
        return self.env._("%(what)s (byte %(place)s)", what=text, place=start)

    @api.depends("payment_ids", "line_ids.outcome")
    def _compute_counts(self):
        counts = {}
        for file, outcome, count in self.env["recouv.return.line"]._read_group(
            [("file_id", "in", self.ids)], ["file_id", "outcome"], ["__count"]
        ):
            counts.setdefault(file, {})[outcome] = count
        payments = dict(
            self.env["recouv.return.payment"]._read_group(
                [("file_id", "in", self.ids)], ["file_id"], ["__count"]
            )
        )
        for file in self:
            own = counts.get(file, {})
            file.payment_count = payments.get(file, 0)
            file.line_count = sum(own.values())
            file.unmatched_count = own.get("to_settle", 0)
            file.left_count = sum(own.get(one, 0) for one in OUTCOMES_LEFT)

    # --- evidence -----------------------------------------------------------------

    def _editable_fields(self):
        return frozenset({"profile_id", "date_order", "accounting_date"})

    @api.model
    def _evidence_advice(self):
        return self.env._("Take in the file that the payer sends instead.")

    # --- actions ------------------------------------------------------------------

    @api.model
    def create_document_from_attachment(self, _ids, attachment_ids=None):
        """Take in files dropped on the list or chosen in its dialog.

        Called by the uploader of Odoo's own lists of documents.

        :return: the action that shows what came in; refusals are its notifications
        """
        attachments = self.env["ir.attachment"].browse(
            self.env["recouv.day"]._record_ids(attachment_ids or [])
        )
        files, refused = self._take(attachments)
        action = files._action_open()
        if refused:
            action["context"] = {**action.get("context", {}), "notifications": refused}
        return action

    def action_apply(self):
        """Read what was not read yet, find the shares, book and reconcile."""
        self.check_access("write")
        self._start(apply=True)
        return True

    def action_read_again(self):
        """Read the file anew, as other dates or another profile say.

        :raise UserError: something of it was applied already
        """
        self.ensure_one()
        self.check_access("write")
        # what there is nothing to do about had no effect either
        harmless = (*OUTCOMES_LEFT, "info")
        applied = [("file_id", "=", self.id), ("outcome", "not in", harmless)]
        if self.env["recouv.return.line"].search_count(applied, limit=1):
            raise UserError(
                self.env._(
                    "Lines of %s were applied already: it is not read anew.", self.name
                )
            )
        # sudo: what was read of this file and never had an effect
        file = self.sudo()
        file.line_ids.unlink()
        file.payment_ids.filtered(lambda payment: not payment.line_ids).unlink()
        file.write(
            {
                "state": "draft",
                "offset_done": 0,
                "resume": False,
                "sender": False,
                "reference": False,
            }
        )
        self._start(apply=False)
        return True

    def action_open_lines(self):
        return self._action_of_lines([("file_id", "=", self.id)])

    def action_open_unmatched(self):
        return self._action_of_lines(
            [("file_id", "=", self.id), ("outcome", "=", "to_settle")]
        )

    def action_open_payments(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib_tiers_payant.recouv_return_payment_action"
        )
        payments = self.line_ids.payment_id | self.payment_ids
        return action | {"domain": [("id", "in", payments.ids)], "context": {}}

    def action_trace(self):
        """Show the file's own bytes, entity by entity."""
        self.ensure_one()
        return self.env["recouv.return.trace"]._open(self)

    def _action_of_lines(self, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib_tiers_payant.recouv_return_line_action"
        )
        return action | {"domain": domain, "context": {}}

    def _action_open(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib_tiers_payant.recouv_return_file_action"
        )
        action["context"] = {}
        if len(self) == 1:
            action["views"] = [(False, "form")]
            action["res_id"] = self.id
        return action

    # --- taking files in ----------------------------------------------------------

    @api.model
    def _take(self, attachments, profile=None):
        """Keep each file that is a return, refuse the others, and work on them.

        :return: (files, {name: why it was refused}); a file that was there already is
            among the files, with a word in the second
        """
        self.check_access("create")
        files, told = self.browse(), {}
        for attachment in attachments:
            attachment.check_access("read")
            name = file_name(attachment.name) or self.env._("Return")
            file, refusal = self._take_one(attachment, name, profile)
            files |= file
            if refusal:
                told[name] = refusal
                # sudo: uploaded by this user for this import just now
                attachment.sudo().unlink()
        files.filtered(
            lambda file: file.state == "draft" and file.family not in UNPROVEN
        )._start()
        return files, told

    @api.model
    def _take_one(self, attachment, name, profile):
        """Return (file, message): no file when refused, a message when not taken.

        :param str name: what the file is called where it is shown
        :raise UserError: the attachment is of something or of somebody else
        """
        self._check_uploaded(attachment, name)
        with _stream_of(attachment) as stream:
            digest, size = _digest(stream)
            known = self._known(digest)
            if known:
                return known, self.env._(
                    "This file was taken in on %(day)s already: nothing was changed.",
                    day=fields.Date.to_string(known.create_date),
                )
            family, refusal = self._detect(stream, name, size)
        if refusal:
            return self.browse(), refusal
        file = self._record_new(
            [
                {
                    "name": name,
                    "family": family,
                    "digest": digest,
                    "size": size,
                    "profile_id": profile.id if profile else False,
                }
            ]
        )
        # sudo: moved, not copied, onto the file that it is
        attachment.sudo().write(
            {
                "res_model": self._name,
                "res_id": file.id,
                "res_field": "content",
                "company_id": file.company_id.id,
            }
        )
        file.invalidate_recordset(["content"])
        return file, None

    @api.model
    def _check_uploaded(self, attachment, name):
        """Refuse what this user did not upload for this import: it would be moved, or
        deleted when it is no return.

        :raise UserError: naming the file
        """
        # sudo: whose it is; the caller's right to read it was checked
        is_own = self.env.su or attachment.sudo().create_uid == self.env.user
        if attachment.res_model or not is_own:
            raise UserError(
                self.env._("%s belongs to something else: upload the file anew.", name)
            )

    @api.model
    def _known(self, digest):
        return self.search(
            [("company_id", "=", self.env.company.id), ("digest", "=", digest)], limit=1
        )

    @contextlib.contextmanager
    def _open_file(self):
        """The bytes of the file as a binary stream, from the disk where it lies."""
        self.ensure_one()
        self.check_access("read")
        # sudo: the file belongs to this record, which the caller may read
        attachment = self.env["ir.attachment"].sudo()
        attachment = attachment.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "=", self.id),
                ("res_field", "=", "content"),
            ],
            limit=1,
        )
        if not attachment:
            raise UserError(self.env._("The bytes of %s are gone.", self.name))
        with _stream_of(attachment) as stream:
            yield stream

    def _bytes_at(self, offset, length):
        """Return some bytes of the file as they are."""
        with self._open_file() as stream:
            stream.seek(offset)
            return stream.read(length)


@contextlib.contextmanager
def _stream_of(attachment):
    # sudo: where the bytes lie; the caller's right to the attachment was checked
    attachment = attachment.sudo()
    if attachment.store_fname:
        with open(attachment._full_path(attachment.store_fname), "rb") as stream:
            yield stream
    else:
        yield io.BytesIO(attachment.raw or b"")


def _digest(stream):
    """Return (SHA-256, size) of a stream, left at its beginning."""
    hasher, size = hashlib.sha256(), 0
    while chunk := stream.read(CHUNK):
        hasher.update(chunk)
        size += len(chunk)
    stream.seek(0)
    return hasher.hexdigest(), size
