from odoo import api, fields, models
from odoo.tools import SQL

from .recouv_import_mapping import KINDS

RECORDS = {"patients": "partner_id", "invoices": "move_id", "payments": "payment_id"}


class RecouvImportKey(models.Model):
    """What an outside number became here: a second import finds it and changes nothing.

    The links are real keys of the database, so that merging two persons moves them and
    deleting a record frees its number.
    """

    _name = "recouv.import.key"
    _description = "Number in the practice's software"
    _order = "kind, number"
    _rec_name = "number"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    number = fields.Char(required=True, readonly=True)
    digest = fields.Char(
        readonly=True, help="Fingerprint of the row: tells whether it has changed."
    )
    facts = fields.Json(
        readonly=True, help="What may not change any more, as the file had it."
    )
    import_id = fields.Many2one(
        "recouv.import", readonly=True, ondelete="set null", index="btree_not_null"
    )
    partner_id = fields.Many2one(
        "res.partner", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    move_id = fields.Many2one(
        "account.move",
        "Journal entry",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
    )
    payment_id = fields.Many2one(
        "account.payment", readonly=True, ondelete="cascade", index="btree_not_null"
    )

    is_made = fields.Boolean(
        readonly=True, help="Made by the import, not one that was here before."
    )

    _number_uniq = models.UniqueIndex(
        "(company_id, kind, number)",
        "A number of the practice's software stands for one record only.",
    )

    @api.model
    def _keep_made(self, job, kind, records, number):
        """Remember what an import made besides what its rows name, to undo it.

        :param number: function of a record; begins with ``~``, as no program's does
        """
        self.create(
            [
                {
                    "company_id": job.company_id.id,
                    "kind": kind,
                    "number": number(record),
                    "import_id": job.id,
                    RECORDS[kind]: record.id,
                    "is_made": True,
                }
                for record in records
            ]
        )

    @api.model
    def _known(self, company, kind, numbers):
        """{number: (record id, key id, digest, facts)} of the numbers seen before."""
        numbers = list({number for number in numbers if number})
        if not numbers:
            return {}
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT number, %s, id, digest, facts FROM recouv_import_key
                    WHERE company_id = %s AND kind = %s AND number = ANY(%s)""",
                SQL.identifier(RECORDS[kind]),
                company.id,
                kind,
                numbers,
            )
        )
        return {number: tuple(rest) for number, *rest in rows}
