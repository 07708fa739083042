from odoo import api, models
from odoo.exceptions import ValidationError

from ..lib import deadlines


class RecouvLegalParameter(models.Model):
    """Words that the deadlines of tiers payant understand."""

    _inherit = "recouv.legal.parameter"

    @api.constrains("code", "value_char")
    def _check_payment_start(self):
        for parameter in self.filtered(lambda p: p.code == deadlines.PAYMENT_START):
            if parameter.value_char not in deadlines.STARTS:
                raise ValidationError(
                    self.env._(
                        "%(name)s is one of these words: %(words)s.",
                        name=parameter.name,
                        words=", ".join(deadlines.STARTS),
                    )
                )
