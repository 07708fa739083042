import base64

from odoo import Command, fields
from odoo.tests import new_test_user

from .common import RecouvCommon
from .table_samples import csv_bytes

PATIENTS = [
    ["N° patient", "Nom", "Prénom", "Adresse", "CP", "Ville", "Mobile", "E-mail"],
    ["12", "Lefèvre", "Anaïs", "1 rue A", "35000", "Rennes", "0612345678", "a@ex.fr"],
    ["13", "Noël", "Zoé", "2 rue B", "35190", "Bécherel", "", ""],
]
INVOICES = [
    ["N° facture", "N° patient", "Date facture", "Montant", "Échéance"],
    ["F100", "12", "15/01/2026", "120,00", "14/02/2026"],
    ["F101", "13", "20/01/2026", "1 234,56", ""],
]
PAYMENTS = [
    ["N° règlement", "N° facture", "Date règlement", "Montant", "Mode"],
    ["R1", "F100", "20/02/2026", "120,00", "CB"],
    ["R2", "F101", "21/02/2026", "234,56", "Espèces"],
]


class ImportCommon(RecouvCommon):
    """A practice whose manager imports the files of its former software."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.make_manager("import_manager", cls.company)

    @classmethod
    def make_manager(cls, login, company):
        return new_test_user(
            cls.env,
            login,
            groups="base.group_user,recouv_lib.group_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    def make_import(self, rows, user=None, **values):
        """A file with these rows (or bytes), not read yet."""
        data = rows if isinstance(rows, bytes) else csv_bytes(rows)
        Import = self.env["recouv.import"].with_user(user or self.manager)
        return Import.create(
            {"name": "export.csv", "file": base64.b64encode(data), **values}
        )

    def read_file(self, rows, mapping=None, **values):
        """The file, read; ``mapping``: values to set on its mapping before."""
        job = self.make_import(rows, **values)
        job.action_read()
        if mapping:
            job.mapping_id.write(mapping)
            job.action_read()
        return job

    def run_file(self, rows, mapping=None, **values):
        """The file, read and imported to its end."""
        job = self.read_file(rows, mapping, **values)
        job.action_start()
        list(job._run_batches())
        return job

    def counts(self, job):
        names = ("created", "updated", "unchanged", "error")
        return tuple(job[f"count_{name}"] for name in names)

    def messages(self, job):
        return "\n".join(job.error_ids.mapped("message"))

    def imported(self, kind, number):
        """The record that an outside number became."""
        key = self.env["recouv.import.key"].search(
            [
                ("company_id", "=", self.company.id),
                ("kind", "=", kind),
                ("number", "=", number),
            ]
        )
        return key.partner_id or key.move_id or key.payment_id

    def stored(self, record):
        """What the database keeps of a record, without what makes it this one."""
        self.env.flush_all()
        record.invalidate_recordset()
        own = {"id", "name", "move_name", "sequence_number", "access_token", "move_id"}
        own |= {"payment_id", "origin_payment_id", "matching_number"}
        own |= {"create_uid", "create_date", "write_uid", "write_date"}
        if record._name == "account.move.line":
            own.remove("name")
        return {
            name: record[name]
            for name, field in record._fields.items()
            if field.store
            and field.column_type
            and name not in own
            and field.groups != fields.NO_ACCESS
        }
