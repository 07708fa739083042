from odoo import fields, models


class RecouvBankMatchLine(models.Model):
    """An open item that a movement may pay, and how much of it."""

    _name = "recouv.bank.match.line"
    _description = "Item of a bank match"
    _order = "match_id, date_due, id"
    _check_company_auto = True

    match_id = fields.Many2one(
        "recouv.bank.match",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    # Set null: an invoice may be reset to draft while its match is only proposed.
    move_line_id = fields.Many2one(
        "account.move.line",
        "Journal item",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    label = fields.Char("Number", readonly=True)
    partner_id = fields.Many2one("res.partner", "Debtor", readonly=True)
    date_due = fields.Date("Due date", readonly=True)
    currency_id = fields.Many2one(related="match_id.match_currency_id")
    residual = fields.Monetary(
        "Still open", readonly=True, help="When it was proposed."
    )
    amount = fields.Monetary("Paid by this movement", readonly=True)
