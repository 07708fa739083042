from odoo import fields, models


class RecouvReturnPayment(models.Model):
    """A transfer that a payer announces (entity 071), with what it pays."""

    _name = "recouv.return.payment"
    _description = "Announced transfer"
    _order = "date desc, id desc"
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
    date = fields.Date()
    label1 = fields.Char()
    label2 = fields.Char()
    payer_body = fields.Char()
    payer_id = fields.Many2one("res.partner", "Payer", index="btree_not_null")
    amount = fields.Monetary()
    amount_retained = fields.Monetary()
    amount_lump = fields.Monetary("Lump sums")
    line_ids = fields.One2many("recouv.return.line", "payment_id", "Lines")
    statement_line_id = fields.Many2one(
        "account.bank.statement.line", index="btree_not_null", check_company=True
    )
