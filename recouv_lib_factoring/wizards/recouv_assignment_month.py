from odoo import api, fields, models
from odoo.exceptions import UserError


class RecouvAssignmentMonth(models.TransientModel):
    """Put all unpaid invoices of a month on a schedule."""

    _name = "recouv.assignment.month"
    _description = "Sell the invoices of a month"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date_from = fields.Date(
        "Invoices from",
        required=True,
        default=lambda self: fields.Date.start_of(
            fields.Date.context_today(self), "month"
        ),
    )
    date_to = fields.Date(
        "to",
        required=True,
        default=lambda self: fields.Date.end_of(
            fields.Date.context_today(self), "month"
        ),
    )
    journal_ids = fields.Many2many(
        "account.journal",
        string="Journals",
        check_company=True,
        domain="[('company_id', '=', company_id), ('type', '=', 'sale')]",
        help="Empty: all sale journals.",
    )
    count = fields.Integer("Unpaid invoices", compute="_compute_count")

    @api.depends("company_id", "date_from", "date_to", "journal_ids")
    def _compute_count(self):
        for wizard in self:
            wizard.count = len(set(wizard._items()._recouv_documents().values()))

    def _items(self):
        """Return the open receivable items of the period that nobody was offered."""
        invoices = [
            ("move_type", "in", ("out_invoice", "out_receipt")),
            ("invoice_date", ">=", self.date_from),
            ("invoice_date", "<=", self.date_to),
        ]
        if self.journal_ids:
            invoices.append(("journal_id", "in", self.journal_ids.ids))
        domain = [
            ("company_id", "=", self.company_id.id),
            ("parent_state", "=", "posted"),
            ("display_type", "=", "payment_term"),
            ("account_id.account_type", "=", "asset_receivable"),
            ("reconciled", "=", False),
            ("amount_residual", ">", 0),
            ("move_id", "any", invoices),
        ]
        items = self.env["account.move.line"].search(domain, order="date, id")
        # what stands on another item since: doubtful, bought back, brought back
        items |= self.env["recouv.transfer"]._items_still_owed(
            [("company_id", "=", self.company_id.id), ("invoice_id", "any", invoices)]
        )
        lines = self.env["recouv.assignment.line"].search(
            [
                ("origin_line_id", "in", items.ids),
                ("state", "not in", ("removed", "refused", "withdrawn")),
            ]
        )
        return items - lines.origin_line_id

    def action_add(self):
        """Put them on the draft schedule, and open it."""
        self.ensure_one()
        items = self._items()
        if not items:
            raise UserError(
                self.env._("There is no unpaid invoice of these days to sell.")
            )
        return self.env["recouv.assignment"]._offer(items).action_open()
