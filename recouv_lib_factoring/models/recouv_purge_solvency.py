from odoo import api, fields, models


class RecouvPurge(models.Model):
    """Checks that count no more are erased with their answers."""

    _inherit = "recouv.purge"

    check_count = fields.Integer("Solvency checks", readonly=True)

    @api.model
    def _count(self, company):
        """EXTENDS: with the checks that count no more."""
        # sudo: how many, for the manager who purges
        checks = self.env["recouv.solvency.check"].sudo()._purgeable(company)
        return {**super()._count(company), "check_count": len(checks)}

    @api.model
    def _run(self, company):
        """EXTENDS: then the checks, which are of no claim."""
        purge = super()._run(company)
        # sudo: the right to purge this company was checked by super
        done = purge.sudo()
        checks = done.env["recouv.solvency.check"]._purgeable(company)
        done.check_count = len(checks)
        checks.unlink()
        done.env["recouv.engine"]._checkpoint()
        return purge
