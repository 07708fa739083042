from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.recouv_lib.lib.wording import standing_alone

LINE_STATES = [
    ("draft", "To submit"),
    ("removed", "Not eligible"),
    ("submitted", "Awaiting the buyer"),
    ("waiting_due", "Waiting for the due date"),
    ("accepted", "Accepted"),
    ("refused", "Refused"),
    ("withdrawn", "Withdrawn"),
    ("transferred", "Sold"),
    ("bought_back", "Bought back"),
]
#: states in which a receivable is offered to a buyer or sold to it
LIVE = ("submitted", "waiting_due", "accepted", "transferred")
#: offered, and not sold yet
OFFERED = LIVE[:-1]


class RecouvAssignmentLine(models.Model):
    """One receivable of the practice, offered or sold.

    It stands on the journal item: what is not due yet has no claim. The tie to the
    buyer's record is read by the methods of this model only, elevated.
    """

    _name = "recouv.assignment.line"
    _inherit = ["recouv.evidence.mixin"]
    _description = "Assigned receivable"
    _order = "assignment_id desc, id"
    _check_company_auto = True
    _rec_name = "reference"

    assignment_id = fields.Many2one(
        "recouv.assignment",
        "Schedule",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="assignment_id.company_id", store=True, index=True, precompute=True
    )
    contract_id = fields.Many2one(related="assignment_id.contract_id")
    # an invoice reset to draft may lose its items: what happened stays
    origin_line_id = fields.Many2one(
        "account.move.line",
        "Receivable",
        index=True,
        ondelete="set null",
        check_company=True,
    )
    move_id = fields.Many2one(
        "account.move",
        "Invoice",
        compute="_compute_origin",
        store=True,
        index=True,
        precompute=True,
        ondelete="set null",
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Debtor",
        compute="_compute_origin",
        store=True,
        precompute=True,
        index=True,
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_origin", store=True, precompute=True
    )
    reference = fields.Char(
        "Invoice number", compute="_compute_origin", store=True, precompute=True
    )
    invoice_date = fields.Date(compute="_compute_origin", store=True, precompute=True)
    date_due = fields.Date(
        "Due date", compute="_compute_origin", store=True, precompute=True
    )
    claim_id = fields.Many2one(
        "recouv.claim",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )
    state = fields.Selection(
        LINE_STATES, required=True, readonly=True, default="draft", copy=False
    )
    code = fields.Char(readonly=True, copy=False, help="Why it was not taken.")
    reason = fields.Char("Reason kept", readonly=True, copy=False)
    told_reason = fields.Char("Why not", compute="_compute_told_reason")
    amount = fields.Monetary(
        "Amount sold",
        readonly=True,
        copy=False,
        help="What was open when it was submitted, then when it was transferred.",
    )
    decided_on = fields.Date(readonly=True, copy=False)
    transfer_id = fields.Many2one(
        "recouv.transfer", readonly=True, copy=False, index="btree_not_null"
    )
    notified_on = fields.Date(
        "Debtor notified on", readonly=True, copy=False, help="C. civ. 1324"
    )
    # the buyer's record: its names must not be read from here
    purchase_id = fields.Many2one(
        "recouv.purchase",
        groups=fields.NO_ACCESS,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    # the same receivable is never offered nor sold twice, whoever asks
    _live_once = models.UniqueIndex(
        "(origin_line_id) WHERE state IN ('submitted', 'waiting_due', 'accepted', "
        "'transferred')",
        "This receivable is already offered or sold.",
    )
    # drafts, answers and what waits, of a practice
    _state_idx = models.Index("(company_id, state)")

    @api.depends("origin_line_id")
    def _compute_origin(self):
        """What identifies the receivable, kept when its item is gone: its invoice,
        wherever it stands since."""
        documents = self.origin_line_id._recouv_documents()
        for line in self.filtered("origin_line_id"):
            item = line.origin_line_id
            move = documents[item]
            line.update(
                {
                    "move_id": move.id,
                    "partner_id": item.partner_id.commercial_partner_id.id,
                    "currency_id": item.currency_id.id,
                    "reference": move.name,
                    "invoice_date": move.invoice_date or item.date,
                    "date_due": item.date_maturity or item.date,
                }
            )

    @api.depends("code", "reason")
    @api.depends_context("lang")
    def _compute_told_reason(self):
        """What was told when it was decided; of a draft, what stands against it now."""
        engine = self.env["recouv.engine"]
        for (company, currency), lines in self.grouped(
            lambda line: (line.company_id, line.currency_id)
        ).items():
            told = lines.filtered("code") and engine._sale_messages(company, currency)
            for line in lines:
                # what was kept before it was made a sentence of its own
                kept = line.reason and standing_alone(line.reason)
                line.told_reason = kept or (told.get(line.code) if line.code else False)

    @api.depends("reference", "partner_id")
    def _compute_display_name(self):
        for line in self:
            names = (line.reference, line.partner_id.display_name)
            line.display_name = " – ".join(filter(None, names))

    # --- what happened is not edited ------------------------------------------------

    @api.model
    def _creatable_fields(self):
        return frozenset({"assignment_id", "origin_line_id"})

    def _is_deletable(self):
        return self.state == "draft" or super()._is_deletable()

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS: a line is born with what stands against it, if anything; on a
        schedule that nobody submits meanwhile."""
        self._parents("assignment_id", vals_list)._hold_open()
        lines = super().create(vals_list)
        for line in lines:
            if not line.origin_line_id:
                raise UserError(self.env._("Say which receivable is offered."))
            if not line._is_recording() and line.assignment_id.stage != "draft":
                raise UserError(
                    self.env._(
                        "%s was submitted: put it on another schedule.",
                        line.assignment_id.display_name,
                    )
                )
        # posting stays light: its schedule is looked at by the daily job
        lines.filtered(
            lambda line: (
                line.state == "draft" and not line.assignment_id.is_from_posting
            )
        )._look()
        return lines

    # --- looking --------------------------------------------------------------------

    def _verdicts(self, is_offered=False):
        """Return {line: SaleVerdict or None when its item is gone}.

        :param is_offered: they are on offer already: that is no obstacle then
        """
        today = fields.Date.context_today(self)
        engine, found = self.env["recouv.engine"], {}
        for assignment, lines in self.grouped("assignment_id").items():
            items = lines.origin_line_id
            verdicts = items and engine._sale_verdicts(
                items, assignment.currency_id, today, is_offered
            )
            for line in lines:
                found[line] = verdicts and verdicts.get(line.origin_line_id.id) or None
        return found

    def _judged(self, is_offered=False):
        """Return {line: (SaleVerdict or None, code)}, the debtor's consent included."""
        verdicts = self._verdicts(is_offered)
        codes = {
            line: verdict.code if verdict else "not_posted"
            for line, verdict in verdicts.items()
        }
        codes |= self._without_consent(codes)
        return {line: (verdicts[line], codes[line]) for line in self}

    def _gate_codes(self, is_offered=False):
        """Return {line: code}: what keeps each from being sold, empty when nothing."""
        return {line: code for line, (_v, code) in self._judged(is_offered).items()}

    def _without_consent(self, codes):
        """Return {line: code} of those whose debtor has not agreed where he must."""
        fit = self.filtered(lambda line: not codes[line])
        refused = self.env["res.partner"]
        for company, lines in fit.grouped("company_id").items():
            debtors = lines.partner_id
            if not debtors._recouv_has_consent("assignment", company):
                refused |= debtors.filtered(
                    lambda one, company=company: (
                        not one._recouv_has_consent("assignment", company)
                    )
                )
        mine = fit.filtered(lambda line: line.partner_id in refused)
        return dict.fromkeys(mine, "no_consent")

    def _look(self):
        """Note on drafts what stands against them, and what is open, for the user."""
        self._store_rows(
            [
                line._row(verdict, state="draft", code=code)
                for line, (verdict, code) in self._judged().items()
            ]
        )

    def action_withdraw(self):
        """Take back what was offered and is not sold yet."""
        self.check_access("write")
        for line in self:
            if line.state not in OFFERED:
                raise UserError(
                    self.env._(
                        "%(line)s is not on offer: there is nothing to take back.",
                        line=line.display_name,
                    )
                )
        self._withdraw("taken_out")
        return True

    def action_open_invoice(self):
        """Open the invoice of this receivable."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "views": [(False, "form")],
        }

    def action_review(self):
        """Ask the manager why it may be sold despite the term of payment."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Review the sale"),
            "res_model": "recouv.sale.review.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_line_ids": [fields.Command.set(self.ids)]},
        }
