from odoo import api, fields, models

from odoo.addons.recouv_lib.lib.months import add_months
from odoo.addons.recouv_lib.models.recouv_import_purge import PARAMETER

#: who an answer is about; numbers, sums and reasons stay
IDENTITY = ("nir", "own_nir", "birth", "beneficiary", "member_number")


class RecouvReturnFile(models.Model):
    """A return serves to find its shares; then its bytes and its persons are erased.

    Its digest stays: the same file is still known when it comes again.
    """

    _inherit = "recouv.return.file"

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
                ("is_queued", "=", False),
                ("create_date", "<", add_months(today, -months)),
            ]
        )

    def _erase_file(self):
        """Erase the files and who they were about; numbers and sums stay."""
        self.line_ids._record(dict.fromkeys(IDENTITY, False))
        self._record(
            {"content": False, "file_purged_on": fields.Date.context_today(self)}
        )


class RecouvPurge(models.Model):
    _inherit = "recouv.purge"

    return_file_count = fields.Integer("Return files", readonly=True)

    @api.model
    def _count(self, company):
        """EXTENDS: with the return files."""
        # sudo: how many, for the manager who purges
        files = self.env["recouv.return.file"].sudo()._purgeable(company)
        return {**super()._count(company), "return_file_count": len(files)}

    @api.model
    def _run(self, company):
        """EXTENDS: then the return files, which are of no claim."""
        purge = super()._run(company)
        # sudo: the right to purge this company was checked by super
        done = purge.sudo()
        files = done.env["recouv.return.file"]._purgeable(company)
        files._erase_file()
        done.return_file_count = len(files)
        done.env["recouv.engine"]._checkpoint()
        return purge
