"""What a practice holds is marked; then a user reads all there is to read.

The walkers know no model by name: a new one is seeded and walked as soon as it exists.
"""

import base64
import contextlib
import json

from psycopg2 import Error as DatabaseError

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, mute_logger

#: written over every text that the practice holds
SECRET = "zzcanaryzz"
#: written over the names of its users: who acted may be told, nothing else
PERSON = "zzqxwhojkzz"
TEXTS = ("char", "text", "html")
#: columns that Odoo itself reads as code: marking them would break, not tell
TECHNICAL = {
    "parent_path",
    "model",
    "res_model",
    "res_field",
    "mimetype",
    "store_fname",
    "checksum",
    "lang",
    "tz",
    "sequence_prefix",
    "access_token",
    "code",
    "password",
    "company_registry",
    "peppol_endpoint",
    "email_normalized",
    "phone_sanitized",
}
#: both parties of a mandate read it and what is laid down in it
SHARED_BY_CONTRACT = {
    "recouv.mandate",
    "recouv.mandate.signature",
    "recouv.mandate.fee.line",
    "recouv.agent.request",
}
#: of these, what rows of the company itself must hang on
NEEDED = {"recouv.factoring.contract"}
#: rows read at most of each model and user, the newest first
ROWS = 25
#: how records are read, beside a search and their names
WAYS = ("read_all", "read_web", "export", "group", "guess_through")
QUIET = ("odoo.sql_db", "odoo.addons.base.models.ir_rule", "odoo.models")


def sings(value):
    """Return the marks found in anything that JSON or a byte string can hold."""
    if not isinstance(value, bytes):
        value = str(value).encode()
    return {mark for mark in (SECRET, PERSON) if _hidden_in(mark.encode(), value)}


def _hidden_in(mark, value):
    """Say whether ``mark`` is in ``value``, plain or in base 64 at any offset."""
    coded = (base64.b64encode(b"." * pad + mark)[4:-4] for pad in range(3))
    return mark in value or any(part in value for part in coded)


class CanaryWalker:
    """Mixin of a test case: ``mark(company)``, then ``walk(user)``."""

    # --- marking --------------------------------------------------------------------

    @classmethod
    def persistent(cls, prefix=""):
        """Yield the models that have a table of their own."""
        for name in sorted(cls.env.registry):
            model = cls.env[name]
            if name.startswith(prefix) and cls.has_table(model):
                yield model.sudo()

    @staticmethod
    def has_table(model):
        return model._auto and not (
            model._abstract or model._transient or model._table_query
        )

    @classmethod
    def columns(cls, model, *types):
        return [
            field
            for field in model._fields.values()
            if field.store and field.column_type and field.type in types
        ]

    @classmethod
    def held_ids(cls, model, company):
        """Return the ids of the rows of ``model`` that ``company`` holds."""
        if model._name in SHARED_BY_CONTRACT:
            return []
        if model._name == "res.company":
            return company.ids
        if cls.in_table(model, "company_id"):
            domain = [("company_id", "=", company.id)]
            return model.with_context(active_test=False).search(domain).ids
        if pointer := cls.pointer_of(model):
            return cls.pointed_ids(model, pointer, "res_id", company)
        return cls.child_ids(model, company)

    @staticmethod
    def in_table(model, name):
        field = model._fields.get(name)
        return bool(field and field.store and field.column_type)

    @classmethod
    def pointer_of(cls, model):
        """Return the column that names the model of what a row is about, if any."""
        if cls.in_table(model, "res_id"):
            for name in ("model", "res_model"):
                if cls.in_table(model, name):
                    return name
        return None

    @classmethod
    def pointed_ids(cls, model, pointer, target, company):
        """Ids of messages, attachments, followers… of what the company holds."""
        rows = cls.env.execute_query(
            SQL(
                "SELECT id, %s, %s FROM %s WHERE %s IS NOT NULL",
                SQL.identifier(pointer),
                SQL.identifier(target),
                SQL.identifier(model._table),
                SQL.identifier(pointer),
            )
        )
        held = {}
        for name in {name for _id, name, _target in rows if name in cls.env}:
            other = cls.env[name].sudo()
            if cls.has_table(other) and cls.in_table(other, "company_id"):
                held[name] = set(cls.held_ids(other, company))
        return [row for row, name, other in rows if other in held.get(name, ())]

    @classmethod
    def child_ids(cls, model, company):
        """Ids of the rows that go with a row of the company (a cascade)."""
        ids = []
        for field in cls.columns(model, "many2one"):
            parent = cls.env[field.comodel_name].sudo()
            followed = cls.in_table(parent, "company_id") or cls.pointer_of(parent)
            shared = field.comodel_name in ("res.company", "res.partner", "res.users")
            if field.ondelete == "cascade" and followed and not shared:
                held = cls.held_ids(parent, company)
                ids += model.search([(field.name, "in", held)]).ids
        return ids

    @classmethod
    def mark(cls, company):
        """Write a mark over every text of the company, and give it a row of each."""
        cls.env.flush_all()
        with mute_logger("odoo.sql_db"):
            cls.seed(company)
            cls.env.invalidate_all()
            held = {m: cls.held_ids(m, company) for m in cls.persistent()}
            users = cls.env["res.users"].sudo()
            people = users.search([("company_id", "=", company.id)])
            for model, ids in held.items():
                named = {"res.users": people, "res.partner": people.partner_id}
                own = named.get(model._name, model).ids
                cls.mark_rows(model, list(set(ids) - set(own)), SECRET)
            cls.mark_rows(users, people.ids, PERSON)
            cls.mark_rows(people.partner_id, people.partner_id.ids, PERSON)
        cls.env.invalidate_all()
        cls.env.registry.clear_cache()

    @classmethod
    def seed(cls, company):
        """Give the company a row of each of our models; list those that cannot be."""
        cls.unseeded, before = list(cls.persistent("recouv.")), None
        for name in NEEDED & set(cls.env.registry):
            # of the company with itself: the agency's own contracts are not these
            cls.seed_row(cls.env[name].sudo(), company)
        # a row may need one of a model that comes later
        while len(cls.unseeded) != before:
            before = len(cls.unseeded)
            cls.unseeded = [
                model
                for model in cls.unseeded
                if model._name not in SHARED_BY_CONTRACT
                and not cls.held_ids(model, company)
                and not cls.seed_row(model, company)
            ]

    @classmethod
    def mark_rows(cls, model, ids, mark):
        for field in cls.columns(model, *TEXTS) if ids else ():
            named = model._name == "res.company" and field.name == "name"
            size = getattr(field, "size", None)
            if field.name in TECHNICAL or field.company_dependent or size or named:
                continue
            with contextlib.suppress(DatabaseError), cls.env.cr.savepoint(flush=False):
                cls.mark_column(model, field, ids, mark)

    @classmethod
    def mark_column(cls, model, field, ids, mark):
        column = SQL.identifier(field.name)
        old, new = column, SQL("%s || '-' || id || ' '", mark)
        if field.translate:
            old = SQL("%s->>'en_US'", column)
        text = SQL("%s || COALESCE(%s, '')", new, old)
        if field.translate:
            text = SQL("jsonb_build_object('en_US', %s)", text)
        cls.env.cr.execute(
            SQL(
                "UPDATE %s SET %s = %s WHERE id IN %s",
                SQL.identifier(model._table),
                column,
                text,
                tuple(ids),
            )
        )

    @classmethod
    def seed_row(cls, model, company):
        """Insert a row of ``model`` for the company; say whether that could be."""
        values = {"company_id": company.id} if "company_id" in model._fields else {}
        for field in cls.columns(model, *fields.Field._by_type__):
            if field.required and field.name not in values and field.name != "id":
                values[field.name] = cls.any_value(field, company)
        names = [SQL.identifier(name) for name in values]
        with contextlib.suppress(DatabaseError), cls.env.cr.savepoint(flush=False):
            cls.env.cr.execute(
                SQL(
                    "INSERT INTO %s (%s) VALUES %s",
                    SQL.identifier(model._table),
                    SQL(", ").join(names),
                    tuple(values.values()),
                )
            )
            return True
        return False

    @classmethod
    def any_value(cls, field, company):
        """Return something that a required column takes."""
        if field.type == "many2one":
            target = cls.env[field.comodel_name].sudo()
            return (cls.held_ids(target, company) or target.search([], limit=1).ids or [0])[0]  # fmt: skip  # noqa: E501
        if field.type == "selection":
            return next(iter(field.get_values(cls.env)), None)
        if field.type in ("date", "datetime"):
            return "2026-06-01"
        if field.type in TEXTS:
            text = f"{SECRET} {field.name}"[: getattr(field, "size", None)]
            return json.dumps({"en_US": text}) if field.translate else text
        return field.type == "boolean" or 1

    # --- walking --------------------------------------------------------------------

    def readable(self, user):
        """Return the models that ``user`` may read by the access list."""
        return {
            name
            for name in self.env.registry
            if self.env[name].with_user(user).has_access("read")
            and not self.env[name]._abstract
        }

    def walk(self, user, ways=None):
        """Return {(mark, model, field or way)} of what ``user`` reads of the marks.

        :param ways: some of ``WAYS``; all of them unless told
        """
        self.env.invalidate_all()
        found = set()
        with mute_logger(*QUIET):
            for name in sorted(self.readable(user)):
                if not self.env[name]._transient:
                    self.walk_model(self.env[name].with_user(user), found, ways)
        return found

    def walk_model(self, model, found, ways=None):
        specs = self.attempt(model.fields_get, attributes=["type", "groupable"]) or {}
        ids = self.attempt(lambda: model.search([], limit=ROWS, order="id desc").ids)
        self.note(found, model, "name_search", lambda: model.name_search(SECRET))
        self.note(found, model, "name_search", lambda: model.name_search(PERSON))
        self.search_marks(model, specs, found)
        if ids:
            records = model.browse(ids)
            for way in ways or WAYS:
                getattr(self, way)(records, specs, found)

    def attempt(self, method, *args, **kwargs):
        """Return what a call gives, None where it is refused or breaks.

        What cannot be read tells nothing; a model of ours must be readable.
        """
        try:
            with self.env.cr.savepoint():
                return method(*args, **kwargs)
        except (AccessError, UserError, DatabaseError, ValueError, NotImplementedError):
            return None
        except (AttributeError, KeyError, TypeError):
            # computes of Odoo that stumble over the marks themselves
            return None

    def note(self, found, model, way, method):
        for mark in sings(self.attempt(method)):
            found.add((mark, model._name, way))

    def read_all(self, records, specs, found):
        names = [name for name in specs if name != "id"]
        rows = self.attempt(records.read, names)
        if rows is None:
            rows = [
                row
                for name in names
                for row in self.attempt(records.read, [name]) or ()
            ]
        for row in rows:
            for name, value in row.items():
                for mark in sings(value):
                    found.add((mark, records._name, name))

    def read_web(self, records, specs, found):
        """The web client's own way, with the fields of what is pointed at."""
        for name, spec in specs.items():
            if spec["type"] in ("many2one", "one2many", "many2many"):
                inner = {"display_name": {}}
                inner |= {text: {} for text in self.texts_of(records, name)[:8]}
                specification = {name: {"fields": inner}}
                self.note(
                    found,
                    records,
                    name,
                    lambda spec=specification: records.web_read(spec),
                )

    def texts_of(self, model, name):
        """Return the searchable texts, for this user, of what a field points at."""
        comodel = model.env[model._fields[name].comodel_name]
        if not comodel.has_access("read") or comodel._abstract:
            return []
        return [
            sub
            for sub, spec in comodel.fields_get(attributes=["type"]).items()
            if spec["type"] in TEXTS and comodel._fields[sub].store
        ]

    def export(self, records, specs, found):
        if not records._is_an_ordinary_table():
            return
        paths = [
            f"{name}/display_name" if spec["type"].endswith(("2one", "2many")) else name
            for name, spec in specs.items()
            if spec["type"] not in ("binary", "properties", "properties_definition")
        ]
        for start in range(0, len(paths), 20):
            part = paths[start : start + 20]
            self.note(
                found, records, "export", lambda part=part: records.export_data(part)
            )

    def group(self, records, specs, found):
        for name, spec in specs.items():
            if spec.get("groupable") and records._fields[name].store:
                self.note(
                    found,
                    records,
                    f"group by {name}",
                    lambda name=name: records.formatted_read_group(
                        [], [name], ["__count"]
                    ),
                )

    def search_marks(self, model, specs, found):
        """All rows, not only the newest: a search finds no mark."""
        names = [
            name
            for name, spec in specs.items()
            if spec["type"] in TEXTS and model._fields[name].store
        ]
        for mark in (SECRET, PERSON):
            together = [(name, "ilike", mark) for name in names]
            domain = ["|"] * (len(names) - 1) + together
            hit = self.attempt(model.search_count, domain, limit=1) if names else 0
            # one field that cannot be searched hides the others: then one by one
            for name in names if hit != 0 else ():
                if self.attempt(model.search, [(name, "ilike", mark)], limit=1):
                    found.add((mark, model._name, f"search {name}"))

    def guess_through(self, records, specs, found):
        """A search through a link tells by yes or no what may not be read."""
        for name, spec in specs.items():
            if spec["type"] not in ("many2one", "one2many", "many2many"):
                continue
            if not records._fields[name]._description_searchable:
                continue
            texts = self.texts_of(records, name)
            domain = ["|"] * (len(texts) - 1)
            domain += [(f"{name}.{text}", "ilike", SECRET) for text in texts]
            if texts and self.attempt(records.search, domain, limit=1):
                found.add((SECRET, records._name, f"search through {name}"))

    # --- what stays untouched ---------------------------------------------------------

    def fingerprint(self, company):
        """Return {table: digest} of what the company holds, as the database has it."""
        self.env.flush_all()
        digests = {}
        for model in self.persistent():
            name = model._name
            if not name.startswith("recouv.") and name not in BOOKS:
                continue
            if ids := self.held_ids(model, company):
                digests[name] = self.digest(model, ids)
        return digests

    def digest(self, model, ids):
        query = SQL(
            "SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM %s t WHERE id IN %s",
            SQL.identifier(model._table),
            tuple(ids),
        )
        return self.env.execute_query(query)[0][0]


BOOKS = (
    "account.move",
    "account.move.line",
    "account.payment",
    "account.bank.statement.line",
    "account.partial.reconcile",
    "res.partner",
    "mail.message",
    "mail.activity",
    "ir.attachment",
)
