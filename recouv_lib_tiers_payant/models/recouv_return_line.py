from odoo import api, fields, models
from odoo.tools import format_date

from .res_partner import TIERS_PAYANT

PARTS = [("O", "AMO"), ("C", "AMC")]
STATUSES = [("P", "Payment"), ("R", "Rejection"), ("D", "Deferral")]
HOWS = [
    ("number_lot_nir", "Number, lot and social-security number"),
    ("number_date", "Number and date"),
    ("number", "Number alone: the file says no more"),
    ("nir_date_amount", "Social-security number, date and amount"),
    ("manual", "By hand"),
    ("none", "Not found"),
]
KINDS = [
    ("answer", "Answer about an invoice"),
    ("retained", "Sum kept back"),
    ("lump", "Lump sum"),
    ("lot", "Acknowledgment of a lot"),
    ("transfer", "Transfer without its invoices"),
]
OUTCOMES = [
    ("new", "Read"),
    ("matched", "To book"),
    ("done", "Applied"),
    ("to_settle", "To settle"),
    ("settled", "Settled by hand"),
    ("info", "Nothing to do"),
]
#: outcomes of lines that still wait for the machine
OUTCOMES_LEFT = ("new", "matched")


class RecouvReturnLine(models.Model):
    """One answer of a return file about one share, or a sum of no share.

    Written by reading and applying only; a person settles what found no share by the
    dialog (:class:`RecouvReturnSettlement` keeps what was chosen). ``key`` is what
    makes a line itself, in whatever file it comes again.
    """

    _name = "recouv.return.line"
    _description = "Return line"
    _inherit = ["recouv.evidence.mixin"]
    _order = "file_id desc, offset, id"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True)
    file_id = fields.Many2one(
        "recouv.return.file",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    payment_id = fields.Many2one(
        "recouv.return.payment", "Transfer", index="btree_not_null", check_company=True
    )
    share_id = fields.Many2one(
        "recouv.share", "Payer's part", index="btree_not_null", check_company=True
    )
    payer_id = fields.Many2one(related="share_id.payer_id", string="Payer")
    kind = fields.Selection(KINDS, required=True, default="answer", readonly=True)
    outcome = fields.Selection(OUTCOMES, required=True, default="new", readonly=True)
    part = fields.Selection(PARTS, readonly=True)
    status = fields.Selection(STATUSES, "Answer", readonly=True)
    is_derived = fields.Boolean(
        "Answer deduced",
        readonly=True,
        help="The file does not say paid or rejected; its lines do.",
    )
    invoice_number = fields.Char("Number", index="btree_not_null", readonly=True)
    invoice_kind = fields.Char("Sent as", readonly=True)
    lot = fields.Char(readonly=True)
    lot_date = fields.Date(readonly=True)
    invoice_date = fields.Date(readonly=True)
    care_date = fields.Date("Date of care", readonly=True)
    nir = fields.Char("Social-security number", groups=TIERS_PAYANT, readonly=True)
    own_nir = fields.Char(
        "Patient's own number",
        groups=TIERS_PAYANT,
        readonly=True,
        help="Of a patient insured through someone else, where the file has both.",
    )
    birth = fields.Char("Born", groups=TIERS_PAYANT, readonly=True)
    beneficiary = fields.Char("Patient", groups=TIERS_PAYANT, readonly=True)
    amc_number = fields.Char("Mutual fund", groups=TIERS_PAYANT, readonly=True)
    member_number = fields.Char(groups=TIERS_PAYANT, readonly=True)
    asked = fields.Monetary(readonly=True)
    paid = fields.Monetary(
        readonly=True,
        help="What it adds to the transfer: negative for a sum taken back or kept.",
    )
    reference = fields.Char("Reference of the debt", readonly=True)
    code = fields.Char(readonly=True)
    # words of payers name care, persons and illnesses
    label = fields.Char("What the payer says", groups=TIERS_PAYANT, readonly=True)
    rejections = fields.Json(groups=TIERS_PAYANT, readonly=True)
    match_how = fields.Selection(
        HOWS, "Found by", required=True, default="none", readonly=True
    )
    issue = fields.Char(readonly=True, help="Code of what stands against it.")
    issue_values = fields.Json(readonly=True)
    message = fields.Char("Why", compute="_compute_message")
    candidates = fields.Json(readonly=True)
    item_id = fields.Many2one(
        "account.move.line",
        "Journal item",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    settlement_ids = fields.One2many(
        "recouv.return.settlement", "line_id", groups=TIERS_PAYANT
    )
    is_test = fields.Boolean(
        "Of a test", readonly=True, help="A test or a demonstration: never applied."
    )
    offset = fields.Integer("First byte", readonly=True)
    size = fields.Integer("Bytes", readonly=True)
    raw = fields.Text("As received", compute="_compute_raw", groups=TIERS_PAYANT)
    place = fields.Char(
        "Place in the file", compute="_compute_raw", groups=TIERS_PAYANT
    )
    key = fields.Char(readonly=True, required=True)

    # the same answer is kept once per company, whatever file brings it again
    _key_uniq = models.UniqueIndex(
        "(company_id, key)", "This line of a return is there already."
    )
    # what is left to do of a file, transfer by transfer
    _left_idx = models.Index(
        "(file_id, payment_id, id) WHERE outcome IN ('new', 'matched')"
    )
    # the list of what waits for a person
    _to_settle_idx = models.Index("(company_id) WHERE outcome = 'to_settle'")

    # --- computes -----------------------------------------------------------------

    @api.depends("invoice_number", "part", "kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        parts = dict(PARTS)
        for line in self:
            what = line.invoice_number or line.reference or line.code or ""
            kind = parts.get(line.part) or kinds.get(line.kind, "")
            line.display_name = f"{kind} {what}".strip()

    @api.depends("issue", "issue_values", "match_how")
    @api.depends_context("lang")
    def _compute_message(self):
        sentences = self._issue_sentences()
        for line in self:
            values = {
                name: self._show_value(name, value)
                for name, value in (line.issue_values or {}).items()
            }
            sentence = sentences.get(line.issue, line.issue or "")
            line.message = bool(sentence) and sentence % values

    def _show_value(self, name, value):
        if name.startswith("amount"):
            return self.currency_id.format(value)
        if name.startswith("day"):
            return format_date(self.env, value) if value else "?"
        return value

    def _compute_raw(self):
        for line in self:
            line.raw, line.place = line._raw_and_place()

    def _raw_and_place(self):
        """Return (what the file says, where): bytes, or sheet, row and cells.

        :return: text as it stands in the file, and the place as a person looks it up
        """
        file = self.file_id
        if file.file_purged_on:
            return "", ""
        if file._is_workbook():
            found = file._table_place(self)
            return (found["text"], self._cells_name(found)) if found else ("", "")
        if not self.size:
            return "", ""
        place = self.env._(
            "Bytes %(first)s to %(last)s",
            first=self.offset,
            last=self.offset + self.size - 1,
        )
        encoding = file._table_encoding() if file.family == "table" else "latin-1"
        raw = file._bytes_at(self.offset, self.size)
        return raw.decode(encoding, "replace"), place

    def _cells_name(self, found):
        names = list(found["cells"]) or [str(found["row"])]
        return self.env._(
            "Sheet “%(sheet)s”, row %(row)s, cells %(first)s to %(last)s",
            sheet=found["sheet"],
            row=found["row"],
            first=names[0],
            last=names[-1],
        )

    # --- evidence -----------------------------------------------------------------

    @api.model
    def _evidence_advice(self):
        return self.env._("Settle it with its button.")

    # --- actions ------------------------------------------------------------------

    def action_settle(self):
        """Open the dialog in which a person says what this line is."""
        self.ensure_one()
        return self.env["recouv.return.settle"]._open(self)

    def action_search_again(self):
        """Look for the shares again: one may have been entered meanwhile."""
        self.check_access("write")
        waiting = self.filtered(lambda line: line.outcome == "to_settle")
        waiting._search_again()
        return True

    def action_trace(self):
        """Show the line's bytes in its file, with what stands around them."""
        self.ensure_one()
        return self.env["recouv.return.trace"]._open(self.file_id, self)
