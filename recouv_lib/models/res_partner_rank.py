from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _increase_rank(self, field, n=1):
        # EXTENDS 'account': an entry that only moves a receivable makes nobody more of
        # a customer; hundreds of debtors are neither written nor locked for it
        if not self.env.context.get("recouv_moves_receivables"):
            return super()._increase_rank(field, n)
        new = self.filtered(lambda partner: not partner[field])
        return super(ResPartner, new)._increase_rank(field, n)
