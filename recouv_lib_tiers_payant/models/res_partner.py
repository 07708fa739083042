from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..lib import identifiers

TIERS_PAYANT = "recouv_lib_tiers_payant.group_tiers_payant"
TP_OR_AGENT = f"{TIERS_PAYANT},recouv_lib_tiers_payant.group_tiers_payant_agent"
PAYER_KINDS = [
    ("amo", "Compulsory health insurance (AMO)"),
    ("amc", "Complementary insurance (AMC)"),
]


class ResPartner(models.Model):
    """Payers, and the social-security identity of patients.

    A number is checked and stored in one form only; what is wrong is said without
    repeating a social-security number. No field here is tracked in the chatter.
    """

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
    recouv_payer_to_check = fields.Boolean(
        "Payer to check",
        help="Made from a file that only had its code: complete name and address.",
    )
    recouv_nir = fields.Char(
        "Social-security number",
        groups=TIERS_PAYANT,
        index="btree_not_null",
        copy=False,
    )
    recouv_birth_code = fields.Char(
        "Birth date (as the caisse writes it)",
        groups=TIERS_PAYANT,
        copy=False,
        help="YYYYMMDD; not always a date: months beyond twelve exist.",
    )
    recouv_birth_rank = fields.Integer("Birth rank", groups=TIERS_PAYANT, copy=False)
    recouv_coverage_ids = fields.One2many(
        "recouv.coverage", "partner_id", "Rights", groups=TIERS_PAYANT
    )

    @api.constrains("recouv_payer_delay_days", "recouv_payer_limitation_months")
    def _check_recouv_payer_delays(self):
        for partner in self:
            if (
                partner.recouv_payer_delay_days < 0
                or partner.recouv_payer_limitation_months < 0
            ):
                raise ValidationError(
                    self.env._(
                        "%(payer)s: a delay cannot be negative.",
                        payer=partner.display_name,
                    )
                )

    @api.constrains("recouv_payer_kind", "recouv_payer_code")
    def _check_recouv_payer_code(self):
        for partner in self:
            code, kind = partner.recouv_payer_code, partner.recouv_payer_kind
            if not code:
                continue
            if not kind:
                raise ValidationError(
                    self.env._(
                        "%(payer)s has a payer code: say whether it is a caisse (AMO) "
                        "or a mutual fund (AMC).",
                        payer=partner.display_name,
                    )
                )
            self._recouv_checked(identifiers.validate_payer_code, kind, code)

    @api.constrains("recouv_birth_rank")
    def _check_recouv_birth_rank(self):
        for partner in self:
            if partner.recouv_birth_rank:
                self._recouv_checked(
                    identifiers.validate_birth_rank, partner.recouv_birth_rank
                )

    # --- one form -------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._recouv_with_identity(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._recouv_with_identity(vals))

    @api.model
    def _recouv_with_identity(self, vals):
        """Return the values with numbers in the form in which they are compared."""
        checked = dict(vals)
        if vals.get("recouv_nir"):
            checked["recouv_nir"] = self._recouv_checked(
                identifiers.validate_nir, vals["recouv_nir"]
            )
        if vals.get("recouv_birth_code"):
            checked["recouv_birth_code"] = self._recouv_checked(
                identifiers.read_birth,
                vals["recouv_birth_code"],
                fields.Date.context_today(self),
            )
        if vals.get("recouv_payer_code"):
            checked["recouv_payer_code"] = identifiers.compact(
                vals["recouv_payer_code"]
            )
        if vals.get("recouv_payer_kind") and not vals.get("recouv_debtor_kind"):
            # its delays and its letters are those of payers
            checked["recouv_debtor_kind"] = "payer"
        return checked

    @api.model
    def _recouv_checked(self, validate, *args):
        """Return what an identifier is stored as.

        :raises ValidationError: in the user's language; never with a NIR in it
        """
        try:
            return validate(*args)
        except identifiers.BadIdentifier as error:
            raise ValidationError(self._recouv_identifier_message(error)) from None

    @api.model
    def _recouv_identifier_message(self, error):
        """Return the sentence of a ``BadIdentifier`` in the user's language."""
        return self.env._(identifiers.MESSAGES[error.code], **error.values)

    # --- payers -----------------------------------------------------------------------

    @api.model
    def _recouv_find_payer(self, kind, code, company):
        """Return the payer of that code, of the company or shared; empty if unknown."""
        key = identifiers.amc_key(code) if kind == "amc" else identifiers.compact(code)
        if not key.isdigit():
            return self.browse()
        # one caisse pays for all its centres
        pattern = f"%{key}" if kind == "amc" else f"{key[:5]}%"
        payers = self.search(
            [
                ("recouv_payer_kind", "=", kind),
                ("recouv_payer_code", "=like", pattern),
                ("company_id", "in", [company.id, False]),
            ],
            order="company_id, id",
        )
        same = payers.filtered(lambda p: p._recouv_payer_key() == key)
        return (same or (payers if kind == "amo" else same))[:1]

    def _recouv_payer_key(self):
        """Return what the code of this payer is compared by."""
        if self.recouv_payer_kind == "amc":
            return identifiers.amc_key(self.recouv_payer_code)
        return identifiers.compact(self.recouv_payer_code)

    @api.model
    def _recouv_find_or_create_payer(self, kind, code, company, name=None):
        """Return the payer of that code, made and flagged where it is unknown.

        :param kind: amo or amc
        :param code: nine digits, or an AMC number, as a file has it
        :param name: what the file calls it, if anything
        """
        if payer := self._recouv_find_payer(kind, code, company):
            return payer
        code = self._recouv_checked(identifiers.validate_payer_code, kind, code)
        what = {"amo": self.env._("Caisse"), "amc": self.env._("Mutual fund")}[kind]
        return self.create(
            {
                "name": name or f"{what} {code}",
                "is_company": True,
                "company_id": company.id,
                "recouv_payer_kind": kind,
                "recouv_payer_code": code,
                "recouv_payer_to_check": True,
            }
        )
