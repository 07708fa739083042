from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib.months import add_months

PARAMETER = "retention_import_files"


class RecouvImport(models.Model):
    """A file holds all that the practice's software knew of its patients.

    Once imported it serves only to answer questions on the import: the purge erases it
    after the months of the legal parameter :data:`PARAMETER`, with the rows that were
    told. What it made, its counts and its numbers (as fingerprints) stay, so that the
    same file still changes nothing.
    """

    _inherit = "recouv.import"

    file_purged_on = fields.Date("File erased on", readonly=True, copy=False)

    def action_read(self):
        """EXTENDS: a file that was erased cannot be read again."""
        self._check_file_there()
        return super().action_read()

    def action_resume(self):
        """EXTENDS: a file that was erased cannot go on."""
        self._check_file_there()
        return super().action_resume()

    def _check_file_there(self):
        for job in self.filtered("file_purged_on"):
            raise UserError(
                self.env._(
                    "%(file)s was erased on %(day)s: upload it again as a new import.",
                    file=job.name,
                    day=fields.Date.to_string(job.file_purged_on),
                )
            )

    @api.model
    def _purgeable(self, company):
        """Return the imports whose file was kept long enough; none at work."""
        today = fields.Date.context_today(self)
        parameters = self.env["recouv.legal.parameter"]
        months = round(parameters._get(PARAMETER, today, company))
        return self.search(
            [
                ("company_id", "=", company.id),
                ("file_purged_on", "=", False),
                ("state", "!=", "running"),
                ("write_date", "<", add_months(today, -months)),
            ],
            order="id",
        )

    def _erase_file(self):
        """Erase the file, what was shown of it and the rows that were told."""
        # the lists of wrong rows that were downloaded hang on the import, too
        self.env["ir.attachment"].search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)]
            # a condition on res_field, or the search leaves the file itself out
            + ["|", ("res_field", "=", False), ("res_field", "!=", False)]
        ).unlink()
        self._forget_errors()
        today = fields.Date.context_today(self)
        self._record({"reading": False, "file_purged_on": today})


class RecouvPurge(models.Model):
    _inherit = "recouv.purge"

    import_count = fields.Integer("Imported files", readonly=True)

    @api.model
    def _count(self, company):
        """EXTENDS: with the imported files."""
        imports = self.env["recouv.import"]._purgeable(company)
        return {**super()._count(company), "import_count": len(imports)}

    @api.model
    def _run(self, company):
        """EXTENDS: then the imported files, which are of no claim."""
        purge = super()._run(company)
        # sudo: the right to purge this company was checked by super
        done = purge.sudo()
        imports = done.env["recouv.import"]._purgeable(company)
        imports._erase_file()
        done.import_count = len(imports)
        done.env["recouv.engine"]._checkpoint()
        return purge
