from odoo import api, models
from odoo.tools import SQL

# what a record has of itself, or what only counts or shows it: no use of it.
# model → table.column
OWN = {
    "account.payment": {
        "account_move.origin_payment_id",
        "account_move_line.payment_id",
        "account_move__account_payment.payment_id",
    },
    "account.move": {
        "account_move_line.move_id",
        "account_payment.move_id",
        "account_move__account_payment.invoice_id",
        "account_partial_reconcile.exchange_move_id",
        "recouv_claim.move_id",
    },
    "account.move.line": {
        "account_move_line_account_tax_rel.account_move_line_id",
        "account_account_tag_account_move_line_rel.account_move_line_id",
        "account_partial_reconcile.debit_move_id",
        "account_partial_reconcile.credit_move_id",
        "account_analytic_line.move_line_id",
        "recouv_claim.move_line_id",
    },
    "recouv.claim": {"recouv_run_skip.claim_id", "recouv_read_log.claim_id"},
    "res.partner": {
        "res_partner.commercial_partner_id",
        "res_partner_res_partner_category_rel.partner_id",
        "mail_followers.partner_id",
        "recouv_run_skip.partner_id",
    },
}
# rows of these tables count as long as this holds
STANDING = {
    "recouv_notice": "x.state NOT IN ('proposed', 'cancelled')",
    "recouv_notice_line": "x.notice_id IN (SELECT id FROM recouv_notice"
    " WHERE state NOT IN ('proposed', 'cancelled'))",
    "account_move": "x.state <> 'cancel'",
    "account_move_line": "x.parent_state <> 'cancel'",
    "account_payment": "x.state <> 'canceled'",
    "recouv_claim": "x.closed_on IS NULL",
}


class RecouvImportUses(models.AbstractModel):
    """What uses records: every foreign key of the database that points at them.

    A list of models to look at would forget those of another add-on, sold invoices or
    shares of a payer; the database forgets none.
    """

    _name = "recouv.import.uses"
    _description = "What uses the records of an import"

    @api.model
    def _of(self, model, ids, gone=None):
        """Return ``{id: label}`` of the records that something uses, with what.

        :param gone: ``{table: ids}`` of rows that go, too, and count no more; None: all
            rows count, also of what was cancelled
        """
        ids = list(ids)
        rels = self._relations(model) if ids else []
        if not rels:
            return {}
        self.env.flush_all()
        every = SQL(" UNION ALL ").join(
            self._rows(table, column, gone) for table, column in rels
        )
        rows = self.env.execute_query(
            SQL(
                """WITH wanted AS MATERIALIZED (SELECT unnest(%s::int[]) AS id)
                   SELECT id, min(used) FROM (%s) u GROUP BY id""",
                ids,
                every,
            )
        )
        labels = {table: self._label(table) for table in {used for _id, used in rows}}
        return {record: labels[used] for record, used in rows}

    @api.model
    def _relations(self, model):
        """Return (table, column) of what points at these, but dialogs and numbers."""
        merge = self.env["base.partner.merge.automatic.wizard"]
        dialogs = self._tables(lambda model: model._transient)
        own = OWN[model]
        return [
            (table, column)
            for table, column in merge._get_fk_on(self.env[model]._table)
            if f"{table}.{column}" not in own
            and table not in dialogs
            and table != "recouv_import_key"
        ]

    @api.model
    def _tables(self, wanted):
        """Return the tables of such models, with those of their many2many fields."""
        models_ = [one for one in self.env.registry.values() if wanted(one)]
        relations = {
            field.relation
            for one in models_
            for field in one._fields.values()
            if field.type == "many2many" and field.store and field.relation
        }
        return {one._table for one in models_} | relations

    @api.model
    def _rows(self, table, column, gone):
        """Return the SQL of the ids that this column names."""
        conditions = []
        if gone is not None:
            if table in STANDING:
                conditions.append(SQL(STANDING[table]))  # a constant of this file
            if ids := gone.get(table):
                conditions.append(SQL("x.id <> ALL(%s::int[])", list(ids)))
            if table == "recouv_claim" and (ids := gone.get("account_move")):
                conditions.append(
                    SQL("COALESCE(x.move_id, 0) <> ALL(%s::int[])", list(ids))
                )
            if table == "account_move_line" and (ids := gone.get("account_move")):
                conditions.append(SQL("x.move_id <> ALL(%s::int[])", list(ids)))
        return SQL(
            "SELECT x.%(column)s AS id, %(name)s AS used FROM %(table)s x"
            " JOIN wanted w ON w.id = x.%(column)s WHERE %(conditions)s",
            column=SQL.identifier(column),
            name=table,
            table=SQL.identifier(table),
            conditions=SQL(" AND ").join(conditions or [SQL("TRUE")]),
        )

    @api.model
    def _label(self, table):
        """Return the name of what a table holds, as screens call it."""
        for model in self.env.registry.values():
            if model._table == table and not model._abstract:
                # sudo: only the name of the model, for the sentence
                return self.env["ir.model"].sudo()._get(model._name).name
        for model in self.env.registry.values():
            for field in model._fields.values():
                if field.type == "many2many" and field.relation == table:
                    return (
                        self.env["ir.model"].sudo()._get(model._name).name
                    )  # as above
        return table
