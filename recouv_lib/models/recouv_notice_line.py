from odoo import fields, models


class RecouvNoticeLine(models.Model):
    """One invoice or credit named by a notice, with the sum as it was sent."""

    _name = "recouv.notice.line"
    _description = "Notice line"
    _order = "notice_id, kind, date_due, id"
    _check_company_auto = True

    notice_id = fields.Many2one(
        "recouv.notice", required=True, ondelete="cascade", readonly=True, index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    kind = fields.Selection(
        [("claim", "Claim"), ("credit", "Credit note")], required=True, default="claim"
    )
    claim_id = fields.Many2one("recouv.claim", readonly=True, index="btree_not_null")
    move_line_id = fields.Many2one(
        "account.move.line", readonly=True, ondelete="set null", index="btree_not_null"
    )
    label = fields.Char(readonly=True, help="The invoice's number as it was sent.")
    invoice_date = fields.Date(readonly=True)
    date_due = fields.Date(readonly=True)
    amount_original = fields.Monetary(readonly=True)
    amount = fields.Monetary(readonly=True, help="As sent; negative for a credit.")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
