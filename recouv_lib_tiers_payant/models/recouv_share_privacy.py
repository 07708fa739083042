from odoo import api, fields, models

from odoo.addons.recouv_lib.lib.months import add_months
from odoo.addons.recouv_lib.models.recouv_import_purge import PARAMETER

from .res_partner import TIERS_PAYANT


class ResPartner(models.Model):
    """A patient is told of their parts, rights and identity; a payer is no person."""

    _inherit = "res.partner"

    def _recouv_identity(self):
        """EXTENDS: with the social-security identity, to who may see it."""
        known = super()._recouv_identity()
        if self.env.user.has_group(TIERS_PAYANT):
            for name in ("recouv_nir", "recouv_birth_code", "recouv_birth_rank"):
                if self[name]:
                    known[self._recouv_label(self, name)] = self[name]
        return known

    @api.model
    def _recouv_paths(self, known):
        """EXTENDS: a part is about its patient, not about who owes it."""
        if "payer_id" in known and "patient_id" in known:
            yield "patient_id"
        else:
            yield from super()._recouv_paths(known)


class RecouvSentFile(models.Model):
    """A transmitted file serves to find its invoices; then it is erased."""

    _inherit = "recouv.sent.file"

    file_purged_on = fields.Date("File erased on", readonly=True, copy=False)

    @api.model
    def _purgeable(self, company):
        """Return the files kept long enough (legal parameter of imported files)."""
        today = fields.Date.context_today(self)
        months = round(
            self.env["recouv.legal.parameter"]._get(PARAMETER, today, company)
        )
        return self.search(
            [
                ("company_id", "=", company.id),
                ("file_purged_on", "=", False),
                ("create_date", "<", add_months(today, -months)),
            ]
        )

    def _erase_file(self):
        """Erase the files and who they were about; numbers and sums stay."""
        self.invoice_ids._record(
            {
                "nir": False,
                "birth_code": False,
                "birth_rank": False,
                "member_number": False,
            }
        )
        self._record(
            {"content": False, "file_purged_on": fields.Date.context_today(self)}
        )


class RecouvPurge(models.Model):
    _inherit = "recouv.purge"

    sent_file_count = fields.Integer("Transmitted files (B2)", readonly=True)

    @api.model
    def _count(self, company):
        """EXTENDS: with the transmitted files."""
        # sudo: how many, for the manager who purges
        files = self.env["recouv.sent.file"].sudo()._purgeable(company)
        return {**super()._count(company), "sent_file_count": len(files)}

    @api.model
    def _run(self, company):
        """EXTENDS: then the transmitted files, which are of no claim."""
        purge = super()._run(company)
        # sudo: the right to purge this company was checked by super
        done = purge.sudo()
        files = done.env["recouv.sent.file"]._purgeable(company)
        files._erase_file()
        done.sent_file_count = len(files)
        done.env["recouv.engine"]._checkpoint()
        return purge

    def _erase(self, claims):
        """EXTENDS: the social-security number goes with the last claim of the part."""
        result = super()._erase(claims)
        shares = self.env["recouv.share"].search([("claim_id", "in", claims.ids)])
        shares._record({"nir": False, "ack_label": False})
        return result
