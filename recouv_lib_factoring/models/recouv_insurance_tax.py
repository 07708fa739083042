from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_list

from .recouv_insurance_loss import ENDED


class RecouvInsuranceLossLine(models.Model):
    _inherit = "recouv.insurance.loss.line"

    def _with_waiting_tax(self):
        """Return the lines whose open item bears tax due on payment."""
        # sudo: an item of the practice's own loss, for whoever reads the loss
        return self.filtered(
            lambda line: (
                (item := line._item().sudo())
                and not item.reconciled
                and item.move_id._recouv_taxes_on_payment()
            )
        )


class RecouvInsuranceLoss(models.Model):
    """Invoices with tax due on payment (CGI, art. 269, 2, c), told from the start.

    An indemnity is no payment of the debtor: were the receivable passed to the insurer
    for it, its tax would fall due with no money in. Written off first, the tax goes
    with the claim, the cover stays and the indemnity is income. Neither the notice nor
    the declaration waits for that: their delays run.
    """

    _inherit = "recouv.insurance.loss"

    tax_note = fields.Char("Tax due on payment", compute="_compute_tax_note")

    @api.depends("line_ids.move_line_id", "state")
    @api.depends_context("lang")
    def _compute_tax_note(self):
        for loss in self:
            over = loss.state in ("paid", *ENDED)
            lines = not over and loss.line_ids._with_waiting_tax()
            loss.tax_note = lines and loss._tax_sentence(lines) or False

    def _tax_sentence(self, lines):
        return self.env._(
            "%(invoices)s: tax due on payment waits here, and the insurer cannot take "
            "the receivable over. Have the claim written off before the indemnity is "
            "recorded: the tax goes with it, the cover stays, and the indemnity is "
            "booked as income.",
            invoices=format_list(
                self.env, [line.reference or line.display_name for line in lines]
            ),
        )


class RecouvInsurancePayment(models.Model):
    _inherit = "recouv.insurance.payment"

    def _subrogate(self, parts, day):
        """EXTENDS: nothing with tax due on payment passes to the insurer.

        :raise UserError: naming the invoice and what to do
        """
        lines = self.env["recouv.insurance.loss.line"].union(
            *(one for one, _s in parts)
        )
        if taxed := lines._with_waiting_tax()[:1]:
            raise UserError(
                self.env._(
                    "%(invoice)s bears tax due on payment, which would fall due with "
                    "no money of its debtor. Have its claim written off first: the tax "
                    "goes with it, the cover stays, and the indemnity is booked as "
                    "income. Nothing was booked.",
                    invoice=taxed.reference or taxed.display_name,
                )
            )
        return super()._subrogate(parts, day)
