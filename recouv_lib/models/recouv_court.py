from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..lib import court

KINDS = [
    ("judiciary", "Civil court (tribunal judiciaire)"),
    ("commerce", "Commercial court (tribunal de commerce)"),
]


class RecouvCourt(models.Model):
    """A court that the company sues before, and the postcodes it answers for.

    The debtor's home decides (CPC 43, 1406; public order). No map of courts ships with
    the product: where none is known for a postcode, somebody is asked, nothing is
    guessed.
    """

    _name = "recouv.court"
    _description = "Court"
    _order = "name, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    kind = fields.Selection(KINDS, required=True, default="judiciary")
    street = fields.Char()
    zip = fields.Char("Postcode")
    city = fields.Char()
    phone = fields.Char()
    email = fields.Char()
    postcode_prefixes = fields.Char(
        "Debtors' postcodes",
        help="What the debtors' postcodes begin with, as “35, 22100 22110”. The "
        "longest one that fits chooses the court.",
    )

    @api.constrains("postcode_prefixes")
    def _check_prefixes(self):
        for record in self:
            try:
                court.read_prefixes(record.postcode_prefixes)
            except court.BadPrefixes as error:
                raise ValidationError(
                    self.env._(
                        "%(court)s: “%(text)s” is no beginning of a postcode. Write "
                        "two to five digits, separated by commas.",
                        court=record.name,
                        text=str(error),
                    )
                ) from error

    @api.model
    def _for_postcode(self, company, kind, postcode):
        """Return the courts of ``kind`` that answer for a postcode: none, the one, or
        several between which a human chooses."""
        known = self.search([("company_id", "=", company.id), ("kind", "=", kind)])
        prefixes = {each.id: court.read_prefixes(each.postcode_prefixes)
                    for each in known}  # fmt: skip
        return self.browse(court.courts_of(postcode, prefixes))
