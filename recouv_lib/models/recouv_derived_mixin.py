from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


def derived_search(fname):
    """Return the ``search`` of the derived field ``fname``."""
    return lambda model, operator, value: model._search_derived(fname, operator, value)


class RecouvDerivedMixin(models.AbstractModel):
    """Fields whose value is an SQL expression over the books.

    A claim's settlement, its residual or its suspension are never stored: the
    journal items and the holds already say them, and a stored copy would have to
    be written inside a cashier's payment. A model declares such a field with
    ``compute="_compute_derived"`` and ``search=derived_search(<its name>)``, and gives
    its expression in :meth:`_derived_sql`; it is then read, searched, sorted, grouped
    and summed like a column.
    """

    _name = "recouv.derived.mixin"
    _description = "Fields derived from the books in SQL"

    @api.model
    def _derived_sql(self, fname, alias):
        """Return the SQL of field ``fname`` for the row ``alias``, None if it has
        none."""
        return None

    def _field_to_sql(self, alias, field_expr, query=None):
        # asked for every field of every row read: a stored one never has an expression
        field = self._fields.get(field_expr)
        derived = field is not None and not field.store
        sql = self._derived_sql(field_expr, alias) if derived else None
        if sql is None:
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        return SQL("%s", sql, to_flush=self._derived_reads())

    @api.model
    def _derived_reads(self):
        """Return the stored fields that the expressions read, to write them first."""
        names = {
            "recouv.claim": None,
            "recouv.hold": None,
            "recouv.notice": ("state", "proven_on"),
            "account.move.line": (
                "amount_residual",
                "amount_residual_currency",
                "reconciled",
                "parent_state",
            ),
        }
        return [
            field
            for model, wanted in names.items()
            for name, field in self.env[model]._fields.items()
            if field.store and field.column_type and (not wanted or name in wanted)
        ]

    @api.model
    def _derived_fields(self):
        return [
            name
            for name, field in self._fields.items()
            if field.compute == "_compute_derived"
        ]

    def _compute_derived(self):
        """Read every derived field of the records in one query."""
        names = self._derived_fields()
        for record in self:
            record.update(dict.fromkeys(names, False))
        self.env.flush_all()
        columns = SQL(", ").join(
            SQL("%s AS %s", self._derived_sql(name, self._table), SQL.identifier(name))
            for name in names
        )
        rows = self.env.execute_query_dict(
            SQL(
                "SELECT id, %s FROM %s WHERE id IN %s",
                columns,
                SQL.identifier(self._table),
                tuple(self._origin.ids) or (0,),
            )
        )
        values = {row.pop("id"): row for row in rows}
        for record in self:
            record.update(values.get(record._origin.id, {}))

    @api.model
    def _search_derived(self, fname, operator, value):
        """Return the domain of ``(fname, operator, value)`` on the SQL expression."""
        field = self._fields[fname]
        if operator in ("any", "not any") or (
            operator.endswith("like") and field.type == "many2one"
        ):
            return NotImplemented

        def to_sql(model, alias, query):
            return field.condition_to_sql(fname, operator, value, model, alias, query)

        return Domain.custom(to_sql=to_sql)
