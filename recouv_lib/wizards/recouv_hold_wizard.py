from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.recouv_hold import REASONS
from ..models.recouv_hold_case import DISPUTE_KINDS, SOURCES


class RecouvHoldWizard(models.TransientModel):
    """Suspend claims or debtors in bulk, or lift what suspends them.

    Opened on claims, on invoices (their open claims) and on partners (then the
    person is suspended, what comes later too). Lifting a suspension that also covers
    other claims lifts it for the chosen ones only.
    """

    _name = "recouv.hold.wizard"
    _description = "Suspend or lift in bulk"

    mode = fields.Selection(
        [("hold", "Suspend"), ("lift", "Lift")], required=True, default="hold"
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    claim_ids = fields.Many2many("recouv.claim")
    partner_ids = fields.Many2many("res.partner", string="Debtors")
    claim_count = fields.Integer(compute="_compute_claim_count")
    whole_debtor = fields.Boolean(
        "The whole debtor", help="Also what this debtor will owe later."
    )
    reason = fields.Selection(REASONS, default="other")
    date_from = fields.Date(
        required=True, default=lambda self: fields.Date.context_today(self)
    )
    date_to = fields.Date("Until", help="Last day; empty: until someone lifts it.")
    amount_disputed = fields.Monetary(
        "Disputed amount", help="Empty: all of it. A part: the rest stays collectable."
    )
    dispute_kind = fields.Selection(
        DISPUTE_KINDS, help="The kind and nothing more: never write what care it was."
    )
    opened_by = fields.Selection(SOURCES, "Received by")
    owner_id = fields.Many2one("res.users", "Who answers")
    answer_due = fields.Date(help="Empty: by the usual delay.")
    file_number = fields.Char("File number (Banque de France)")
    filed_on = fields.Date()
    admissible_on = fields.Date("Admissible since")
    inbound_id = fields.Many2one("recouv.inbound", "Answers")
    currency_id = fields.Many2one("res.currency", compute="_compute_claim_count")
    note = fields.Text(help="Internal; never shown to the agency nor to the debtor.")
    hold_ids = fields.Many2many(
        "recouv.hold",
        compute="_compute_hold_ids",
        store=True,
        readonly=False,
        string="Suspensions to lift",
    )
    lift_note = fields.Char("Why it is lifted")

    @api.model
    def default_get(self, fields_list):
        """Take the debtors from the contacts list when opened from there."""
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "res.partner":
            ids = self.env.context.get("active_ids") or ()
            chosen = self.env["res.partner"].browse(ids)
            values["partner_ids"] = [Command.set(chosen.commercial_partner_id.ids)]
        return values

    @api.depends("claim_ids")
    def _compute_claim_count(self):
        for wizard in self:
            wizard.claim_count = len(wizard.claim_ids)
            wizard.currency_id = wizard.claim_ids[:1].currency_id

    @api.depends("mode", "claim_ids", "partner_ids")
    def _compute_hold_ids(self):
        for wizard in self:
            wizard.hold_ids = wizard._active_holds() if wizard.mode == "lift" else False

    def _active_holds(self):
        today = fields.Date.context_today(self)
        holds = self.claim_ids._active_holds()
        return holds | self.env["recouv.hold"].search(
            [
                ("partner_id", "in", self.partner_ids.ids),
                ("company_id", "=", self.company_id.id),
                ("undone_on", "=", False),
                ("date_from", "<=", today),
                "|",
                ("date_to", "=", False),
                ("date_to", ">=", today),
            ]
        )

    # --- actions --------------------------------------------------------------------

    def action_apply(self):
        """Suspend or lift; UserError when nothing was chosen."""
        self.ensure_one()
        if self.mode == "lift":
            self._lift()
        else:
            self._hold()
            self.inbound_id._handle()
        return {"type": "ir.actions.act_window_close"}

    def _hold(self):
        if not self.claim_ids and not self.partner_ids:
            raise UserError(self.env._("Choose at least one claim or debtor."))
        if not self.reason:
            raise UserError(self.env._("Give the reason of the suspension."))
        if self.reason == "promise" and self.date_to and not self._persons():
            return self._agree_promise()
        dates = self._case_values()
        if self.claim_ids and not self.whole_debtor:
            self.claim_ids._hold(self.reason, self.note, **dates, **self._amount())
        self.env["recouv.hold"].create(
            [
                {
                    "company_id": company.id,
                    "partner_id": partner.id,
                    "reason": self.reason,
                    "note": self.note,
                    **dates,
                }
                for company, partner in self._persons()
            ]
        )

    def _agree_promise(self):
        """A promise by a date is an agreement, one for each debtor and currency."""
        groups = self.claim_ids.grouped(
            lambda claim: (claim.company_id, claim.partner_id, claim.currency_id)
        )
        for claims in groups.values():
            claims._agree(
                "promise",
                [(self.date_to, None)],
                source=self.opened_by or "call",
                note=self.note,
                replace=True,
            )

    def _case_values(self):
        """What every suspension made here bears; empty values keep their defaults."""
        names = {
            "dispute": ("dispute_kind", "opened_by", "owner_id", "answer_due"),
            "complaint": ("opened_by", "owner_id", "answer_due"),
            "over_indebted": ("file_number", "filed_on", "admissible_on"),
        }.get(self.reason, ())
        given = {
            name: self._fields[name].convert_to_write(self[name], self)
            for name in names
        }
        return {
            "date_from": self.date_from,
            "date_to": self.date_to,
            **{name: value for name, value in given.items() if value},
        }

    def _amount(self):
        """The disputed amount belongs to one claim."""
        alone = self.reason == "dispute" and len(self.claim_ids) == 1
        return {"amount_disputed": self.amount_disputed} if alone else {}

    def _persons(self):
        """Return the (company, debtor) pairs to suspend as persons."""
        pairs = [(self.company_id, partner) for partner in self.partner_ids]
        if self.whole_debtor:
            pairs += [(claim.company_id, claim.partner_id) for claim in self.claim_ids]
        return list(dict.fromkeys(pairs))

    def _lift(self):
        if not self.hold_ids:
            raise UserError(self.env._("Nothing suspends them today."))
        if self.claim_ids and not self.partner_ids:
            holds = self.hold_ids._narrowed_to(self.claim_ids)
        else:
            holds = self.hold_ids
        holds.action_lift(self.lift_note)
