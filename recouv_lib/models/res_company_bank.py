from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..lib import iban


class ResPartnerBank(models.Model):
    _inherit = "res.partner.bank"

    @api.constrains("acc_number")
    def _check_recouv_number(self):
        """The number that letters ask to pay to is checked whenever it changes."""
        # sudo: only whether a company's letters print it is asked
        printed = self.env["res.company"].sudo()
        printed = printed.search([("recouv_bank_id", "in", self.ids)]).recouv_bank_id
        printed._recouv_check_iban()

    def _recouv_with_iban(self):
        """Return the account that a debtor can pay to: itself, if it has an IBAN."""
        try:
            iban.validate_iban(self.acc_number or "")
        except iban.BadIban:
            return self.browse()
        return self

    def _recouv_check_iban(self):
        for account in self:
            try:
                iban.validate_iban(account.acc_number or "")
            except iban.BadIban as error:
                raise ValidationError(
                    self.env._(
                        "%(number)s is no valid IBAN (%(error)s): letters could not "
                        "print how to pay. Correct it.",
                        number=account.acc_number,
                        error=error,
                    )
                ) from error


class ResCompany(models.Model):
    _inherit = "res.company"

    recouv_bank_auto_score = fields.Integer(
        "Match the bank by itself from",
        default=100,
        help="A proposal with this score or more is applied without anyone. 100: only "
        "an exact reference with an exact amount. 0: never.",
    )

    _recouv_bank_auto_score_range = models.Constraint(
        "CHECK(recouv_bank_auto_score BETWEEN 0 AND 100)",
        "The score from which the bank is matched by itself lies between 0 and 100.",
    )
