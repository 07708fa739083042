from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..lib import identifiers

NUMBERS = {
    "recouv_finess": identifiers.validate_finess,
    "recouv_am_number": identifiers.validate_am,
}


class ResCompany(models.Model):
    """The identifiers that caisses know a practice by."""

    _inherit = "res.company"

    recouv_finess = fields.Char("FINESS number")
    recouv_am_number = fields.Char(
        "Health-insurance number", help="Nine digits: the AM number (ADELI)."
    )
    recouv_tp_auto_split = fields.Boolean(
        "Share invoices by the patient's rights",
        help="An invoice that is posted without parts of payers receives those that "
        "the rights of its patient give, where third-party payment is agreed with "
        "them.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._recouv_with_numbers(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._recouv_with_numbers(vals))

    @api.model
    def _recouv_with_numbers(self, vals):
        """Return the values with checked numbers, as caisses write them.

        :raises ValidationError: a number that cannot be right
        """
        checked = dict(vals)
        for name, validate in NUMBERS.items():
            if not vals.get(name):
                continue
            try:
                checked[name] = validate(vals[name])
            except identifiers.BadIdentifier as error:
                raise ValidationError(
                    self.env["res.partner"]._recouv_identifier_message(error)
                ) from error
        return checked


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recouv_finess = fields.Char(related="company_id.recouv_finess", readonly=False)
    recouv_am_number = fields.Char(
        related="company_id.recouv_am_number", readonly=False
    )
    recouv_tp_auto_split = fields.Boolean(
        related="company_id.recouv_tp_auto_split", readonly=False
    )
