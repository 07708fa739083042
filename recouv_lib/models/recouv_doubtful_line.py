from odoo import api, fields, models
from odoo.exceptions import UserError


class RecouvDoubtfulLine(models.Model):
    """One claim of a doubtful batch, with what it was depreciated by and released.

    A person sets its rate, or takes it out; its sums are those of the books.
    """

    _name = "recouv.doubtful.line"
    _inherit = ["recouv.evidence.mixin"]
    _description = "Doubtful receivable"
    _order = "batch_id, id"
    _check_company_auto = True

    batch_id = fields.Many2one(
        "recouv.doubtful.batch", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="batch_id.company_id", store=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(related="batch_id.state")
    claim_id = fields.Many2one(
        "recouv.claim", required=True, readonly=True, check_company=True, index=True
    )
    move_line_id = fields.Many2one(
        "account.move.line", "Receivable", readonly=True, ondelete="set null"
    )
    partner_id = fields.Many2one(related="claim_id.partner_id", string="Debtor")
    date_due = fields.Date(related="claim_id.date_due")
    step_id = fields.Many2one(related="claim_id.step_id", string="Last step proven")
    settlement = fields.Selection(related="claim_id.settlement")
    amount = fields.Monetary(currency_field="company_currency_id", readonly=True)
    amount_open = fields.Monetary(
        "Still open",
        currency_field="company_currency_id",
        compute="_compute_amount_open",
    )
    percent = fields.Float("Depreciation (%)")
    amount_depreciated = fields.Monetary(
        "Depreciation", currency_field="company_currency_id", readonly=True
    )
    amount_released = fields.Monetary(
        "Released", currency_field="company_currency_id", readonly=True
    )
    depreciated_on = fields.Date(readonly=True)
    transfer_id = fields.Many2one("recouv.transfer", readonly=True, index=True)

    _claim_uniq = models.Constraint(
        "UNIQUE(batch_id, claim_id)", "This claim is already in the batch."
    )
    _percent_range = models.Constraint(
        "CHECK(percent BETWEEN 0 AND 100)", "A depreciation lies between 0 and 100 %."
    )

    @api.depends("transfer_id", "claim_id")
    def _compute_amount_open(self):
        for line in self:
            line.amount_open = line._standing_item().amount_residual

    def _standing_item(self):
        """Return the item that is depreciated: the doubtful one, once it has moved."""
        # sudo: what is open on the claim's own items, whoever reads entries
        line = self.sudo()
        return line.transfer_id.target_line_id or line.move_line_id

    # --- what a person may change ---------------------------------------------------

    def _editable_fields(self):
        return frozenset({"percent"})

    def _is_deletable(self):
        return super()._is_deletable() or not (self.transfer_id or self.depreciated_on)

    @api.model
    def _evidence_advice(self):
        return self.env._(
            "A receivable stays in its batch, with the sums of the books: take it out, "
            "or propose anew; what is booked is brought back or released."
        )

    def write(self, vals):
        if "percent" in vals and any(line.depreciated_on for line in self):
            raise UserError(self.env._("The depreciation is booked already."))
        return super().write(vals)

    # --- booking --------------------------------------------------------------------

    @api.private
    def wanted_depreciation(self):
        """Return the depreciation of what is owed, in company currency."""
        self.ensure_one()
        return self.company_currency_id.round(self.amount * self.percent / 100)

    def _due_release(self):
        """Return what to release now: the share of what is no longer open."""
        self.ensure_one()
        still = self.company_currency_id.round(self.amount_open * self.percent / 100)
        return self.amount_depreciated - still - self.amount_released

    def _transfer(self):
        """Book the lines' transfers, once each."""
        todo = self.filtered(lambda line: line._is_moved() and not line.transfer_id)
        if not todo:
            return
        transfers = self.env["recouv.transfer"]._get_or_create(
            [line._transfer_vals() for line in todo]
        )
        transfers._post()
        for line, transfer in zip(todo, transfers, strict=True):
            line._record({"transfer_id": transfer.id})

    def _transfer_vals(self):
        item = self.move_line_id
        return {
            "kind": "doubtful",
            "origin_line_id": item.id,
            "amount_currency": item.amount_residual_currency,
            "target_partner_id": item.partner_id.id,
            "date": self.batch_id.date,
            "date_due": item.date_maturity,
            "reason": self.batch_id.display_name,
            "idempotency_key": f"doubtful:{self.id}:{item.id}",
        }

    def action_bring_back(self):
        """Bring this one back to the ordinary account, by hand."""
        self.ensure_one()
        return self.transfer_id.action_bring_back()
