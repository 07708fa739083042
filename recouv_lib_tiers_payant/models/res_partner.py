from odoo import fields, models

TIERS_PAYANT = "recouv_lib_tiers_payant.group_tiers_payant"
PAYER_KINDS = [
    ("amo", "Compulsory health insurance (AMO)"),
    ("amc", "Complementary insurance (AMC)"),
]


class ResPartner(models.Model):
    """Payers, and the social-security identity of patients."""

    _inherit = "res.partner"

    recouv_payer_kind = fields.Selection(PAYER_KINDS, "Third-party payer")
    recouv_payer_code = fields.Char(
        "Payer code",
        index="btree_not_null",
        help="Scheme, fund and centre (9 digits), or the number of the mutual fund.",
    )
    recouv_payer_delay_days = fields.Integer(
        "Days to pay", help="Working days; 0: what the law gives."
    )
    recouv_payer_limitation_months = fields.Integer(
        "Months to claim", help="Shorter delay of the payer's contract; 0: the law's."
    )
    recouv_nir = fields.Char(
        "Social-security number", groups=TIERS_PAYANT, index="btree_not_null"
    )
    recouv_birth_code = fields.Char(
        "Birth date (as the caisse writes it)",
        groups=TIERS_PAYANT,
        help="YYYYMMDD; not always a date: months beyond twelve exist.",
    )
    recouv_birth_rank = fields.Integer("Birth rank", groups=TIERS_PAYANT)
