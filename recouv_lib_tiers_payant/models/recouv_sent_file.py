import base64
import hashlib
from io import BytesIO

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.recouv_lib.lib.table_file import MEGABYTE, file_name

from ..lib import identifiers
from ..returns import b2, detect, messages, objects

#: which parts the payers of each mode owe the practice (B2, type 2, 115-116)
MODES = {
    "00": (),
    "05": ("amo",),
    "06": ("amo",),
    "10": ("amo",),
    "15": ("amo", "amc"),
    "25": ("amc",),
}
CREATED_AT_ONCE = 500
MAX_BYTES = 20 * MEGABYTE


class RecouvSentFile(models.Model):
    """A B2 file that the practice's software sent, kept whole: where shares come from.

    Each invoice of it becomes a row that stays until its invoice is found here: nothing
    is dropped. The same file, or the same invoice in another file, changes nothing.
    """

    _name = "recouv.sent.file"
    _description = "Transmitted file (B2)"
    _inherit = ["recouv.evidence.mixin"]
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True)
    name = fields.Char(required=True)
    content = fields.Binary("File", attachment=True)
    digest = fields.Char(readonly=True)
    is_sent = fields.Boolean("Transmitted by the software", default=True)
    controls = fields.Text("What does not agree", readonly=True)
    invoice_ids = fields.One2many("recouv.sent.invoice", "file_id", "Invoices")
    invoice_count = fields.Integer(compute="_compute_counts")
    waiting_count = fields.Integer("Not found", compute="_compute_counts")
    known_count = fields.Integer(
        "Known from another file", readonly=True, help="They were not taken in twice."
    )

    _digest_uniq = models.UniqueIndex(
        "(company_id, digest)", "This file was imported before."
    )

    @api.depends("invoice_ids.state")
    def _compute_counts(self):
        counts = {
            (file, state): count
            for file, state, count in self.env["recouv.sent.invoice"]._read_group(
                [("file_id", "in", self.ids)], ["file_id", "state"], ["__count"]
            )
        }
        for file in self:
            waiting = counts.get((file._origin, "waiting"), 0)
            file.waiting_count = waiting
            file.invoice_count = waiting + counts.get((file._origin, "applied"), 0)

    @api.model
    def _import(self, data, name, company, is_sent=True):
        """Read a file, keep it, and make the parts of the invoices that are found.

        :param data: its bytes
        :param is_sent: the software has transmitted its lots
        :return: the record, that of the first time for a file known already
        :raises UserError: not a B2 file, and what it is instead
        """
        digest = hashlib.sha256(data).hexdigest()
        same = [("company_id", "=", company.id), ("digest", "=", digest)]
        if known := self.search(same):
            known.invoice_ids._apply()
            return known
        name = file_name(name) or self.env._("B2 file")
        if len(data) > MAX_BYTES:
            raise UserError(
                self.env._(
                    "“%(file)s” is larger than %(limit)s MB, as no transmission is. "
                    "Take in the files of each day, one by one.",
                    file=name,
                    limit=MAX_BYTES // MEGABYTE,
                )
            )
        self._check_is_b2(data, name)
        file = self._record_new(
            [
                {
                    "company_id": company.id,
                    "name": name,
                    "content": base64.b64encode(data),
                    "digest": digest,
                    "is_sent": is_sent,
                }
            ]
        )
        file._read(data)
        file.invoice_ids._apply()
        return file

    @api.model
    def _check_is_b2(self, data, name):
        try:
            found = detect.detect(data[: detect.OPENING])
        except detect.NotAReturn as error:
            _ = self.env._
            what = {
                "empty": _("It is empty."),
                "pdf": _("It is a PDF."),
                "zip": _("It is a workbook or an archive."),
            }.get(error.code, "")
            advice = _(
                "“%(file)s” is no B2 file. Take the file that the billing software "
                "wrote for the transmission.",
                file=name,
            )
            raise UserError(f"{advice} {what}".strip()) from error
        if found != detect.B2:
            raise UserError(
                self.env._(
                    "“%(file)s” is a return of the payers and not what was sent: "
                    "import it under Returns.",
                    file=name,
                )
            )

    def _read(self, data):
        """Keep each invoice of the file, and what its totals say."""
        told, rows, known = [], [], 0
        for item in b2.sent(BytesIO(data), fields.Date.context_today(self)):
            if isinstance(item, objects.Control):
                told.append(messages.say(item))
            elif isinstance(item, objects.SentInvoice):
                rows.append(self._row_of(item))
        rows, known = self.env["recouv.sent.invoice"]._only_new(self.company_id, rows)
        invoices = self.env["recouv.sent.invoice"]
        for start in range(0, len(rows), CREATED_AT_ONCE):
            invoices._record_new(rows[start : start + CREATED_AT_ONCE])
        self._record({"controls": "\n".join(told) or False, "known_count": known})

    def _row_of(self, item):
        scale = 10**self.company_id.currency_id.decimal_places
        return {
            "file_id": self.id,
            "company_id": self.company_id.id,
            "currency_id": self.company_id.currency_id.id,
            "lot_number": identifiers.lot_key(item.lot.number).zfill(3),
            "lot_date": item.lot.created or item.lot.file.created or False,
            "destination": item.lot.payer_body,
            "number": item.number.strip(),
            "nir": self._nir_of(item),
            "birth_code": self._birth_of(item),
            "birth_rank": item.birth_rank,
            "care_date": item.care_date or item.date or False,
            "date": item.date or False,
            "payer_code": item.regime + item.caisse + item.centre,
            "amc_number": item.amc_number.strip(),
            "member_number": item.member_number.strip(),
            "mode": item.mode,
            "exemption": self._exemption_of(item),
            "fse_kind": "F" if item.kind == "F" else "B",
            "is_dre": item.split == "E",
            "total": item.total / scale,
            "amo": item.amo / scale,
            "amc": item.amc / scale,
            "offset": item.start,
            "size": item.end - item.start,
        }

    def _nir_of(self, item):
        """Return thirteen characters with their key, without it where it is left out:
        it never is 00."""
        root = identifiers.nir_root(item.nir)
        key = item.nir_key.strip()
        return (root + key if key.strip("0") else root) or False

    def _birth_of(self, item):
        return item.birth_date.strftime("%Y%m%d") if item.birth_date else False

    def _exemption_of(self, item):
        """Return our exemption from nature of insurance, justification and contract."""
        if item.contract == "89":
            return "c2s"
        by_insurance = {"30": "maternity", "41": "at"}.get(item.insurance)
        by_reason = {"": "none", "0": "none", "4": "ald"}.get(item.exemption, "other")
        return by_insurance or by_reason

    def action_apply(self):
        """Search again for the invoices of what waits."""
        self.check_access("write")
        self.invoice_ids._apply()
        return True

    def action_view_waiting(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib_tiers_payant.recouv_sent_invoice_action"
        )
        return action | {
            "domain": [("file_id", "in", self.ids)],
            "context": {"search_default_waiting": 1},
        }
