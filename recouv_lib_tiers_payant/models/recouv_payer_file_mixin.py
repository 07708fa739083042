from odoo import api, fields, models

from odoo.addons.recouv_lib.lib.months import add_months
from odoo.addons.recouv_lib.models.recouv_import_purge import PARAMETER


class RecouvPayerFileMixin(models.AbstractModel):
    """A file to or from payers serves its purpose; then its bytes and the persons that
    it names are erased. Numbers, sums and its digest stay: it is still known when it
    comes again."""

    _name = "recouv.payer.file.mixin"
    _description = "File to or from payers, erased once it has served"

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
                *self._purge_domain(),
            ]
        )

    @api.model
    def _purge_domain(self):
        """Return what else must hold of a file that may be erased."""
        return []

    def _erase_file(self):
        """Erase these files and who they were about."""
        self._forget_persons()
        self._record(
            {"content": False, "file_purged_on": fields.Date.context_today(self)}
        )

    def _forget_persons(self):
        """Empty what names people in what was read of these files."""
        raise NotImplementedError


class RecouvSentFile(models.Model):
    _name = "recouv.sent.file"
    _inherit = ["recouv.sent.file", "recouv.payer.file.mixin"]

    def _forget_persons(self):
        names = ("nir", "birth_code", "birth_rank", "member_number")
        self.invoice_ids._record(dict.fromkeys(names, False))


class RecouvReturnFile(models.Model):
    _name = "recouv.return.file"
    _inherit = ["recouv.return.file", "recouv.payer.file.mixin"]

    @api.model
    def _purge_domain(self):
        return [("is_queued", "=", False)]

    def _forget_persons(self):
        names = ("nir", "own_nir", "birth", "beneficiary", "member_number")
        self.line_ids._record(dict.fromkeys(names, False))
