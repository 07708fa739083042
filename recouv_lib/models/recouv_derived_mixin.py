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
        self._cache_derived(self._derived_fields())

    def _read_format(self, fnames, load="_classic_read"):
        """EXTENDS: a screen gets the derived fields that it shows, and no other is
        worked out for it."""
        if all(self._ids):
            shown = set(fnames).intersection(self._derived_fields())
            self._cache_derived(
                name
                for name in shown
                if any(self._fields[name]._cache_missing_ids(self))
            )
        return super()._read_format(fnames, load)

    def _cache_derived(self, names):
        """Read these derived fields of the records, together, into the cache."""
        names = sorted(names)
        if not names:
            return
        values = self._derived_values(names)
        for name in names:
            field = self._fields[name]
            rounded = field.type == "monetary" and field.get_currency_field(self)
            for record in self:
                value = values.get(record._origin.id, {}).get(name, False)
                if rounded and value and (currency := record[rounded]):
                    value = currency.round(value)
                # what the books say is no change of the record: nothing depends on it
                # that would have to be worked out again
                value = field.convert_to_cache(value, record, validate=False)
                field._update_cache(record, value)

    def _derived_values(self, names):
        """Return {id: {name: value}} as the books say it now.

        A field whose expression is long has a short one too, that answers for most
        rows (:meth:`_derived_short_sql`): PostgreSQL takes longer to plan the long one
        than to answer it, so it is asked only where it has to be.
        """
        self.env.flush_all()
        columns, left = {}, []
        for name in names:
            short = self._derived_short_sql(name, self._table)
            if short is None:
                columns[name] = self._derived_sql(name, self._table)
            else:
                columns[name], columns[f"{name}__unknown"] = short
                left.append(name)
        values = self._derived_rows(columns, self._origin.ids)
        if unknown := [
            id_
            for id_, row in values.items()
            if any(row[f"{name}__unknown"] is not False for name in left)
        ]:
            whole = {name: self._derived_sql(name, self._table) for name in left}
            for id_, row in self._derived_rows(whole, unknown).items():
                values[id_].update(row)
        return values

    @api.model
    def _derived_short_sql(self, fname, alias):
        """Return (a short SQL of field ``fname``, one that is false where it is right),
        for a field whose :meth:`_derived_sql` is long; else None."""
        return None

    def _derived_rows(self, columns, ids):
        """Return {id: {name: value}} of these SQL expressions."""
        rows = self.env.execute_query_dict(
            SQL(
                "SELECT id, %s FROM %s WHERE id IN %s",
                SQL(", ").join(
                    SQL("%s AS %s", sql, SQL.identifier(name))
                    for name, sql in columns.items()
                ),
                SQL.identifier(self._table),
                tuple(ids) or (0,),
            )
        )
        return {row.pop("id"): row for row in rows}

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
