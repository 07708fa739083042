"""What an HTTP request may call, with whatever it likes: a refusal, or nothing happens.

Methods, dialogs and links are found in the registry: a new one, of any add-on of ours,
is tried as soon as it exists.
"""

import contextlib
import re
import traceback
from inspect import Parameter, signature
from unittest.mock import patch

from psycopg2 import DataError, IntegrityError

from odoo.exceptions import (
    AccessError,
    RedirectWarning,
    UserError,
)
from odoo.fields import Command
from odoo.service.model import get_public_method
from odoo.tools import SQL, mute_logger

from odoo.addons.base.models.ir_qweb import QWebError

from .canary_common import BOOKS, QUIET, sings
from .common import TODAY

#: what a user is told in words; the server words what a constraint of a table refuses
REFUSALS = (UserError, RedirectWarning, ValueError, IntegrityError)
#: arguments of what Odoo itself defines and ours extend
KNOWN_ARGUMENTS = {
    "create": [{}],
    "write": [{}],
    "web_read": [{"id": {}, "display_name": {}}],
    "export_data": [["id", "display_name"]],
    "default_get": [["display_name"]],
    "onchange": [{}, [], {"display_name": {}}],
}
#: the sum of the invoice that the practice holds: a number tells as much as a word
SUM = 4173.19
SUM_WRITTEN = re.compile(r"4\D{0,3}173[.,]19")
#: what no screen sends, as JSON brings it
NONSENSE = (
    None,
    True,
    -1,
    2**40,
    "",
    "x" * 300,
    "2026-02-31",
    ["x"],
    [[1, "x"]],
    {"x": {"y": []}},
)
NEEDED_KINDS = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
MANY = ("one2many", "many2many")
#: lists from which dialogs are opened
OPENED_ON = ("recouv.claim", "recouv.notice", "account.move", "res.partner")


def is_of_odoo(error):
    """Whether Odoo's own conversion of a value failed, as it does in any of its models:
    its innermost frame stands in the ORM, or a number is too great for its column."""
    frames = traceback.extract_tb(error.__traceback__)
    return isinstance(error, DataError) or "/odoo/orm/" in frames[-1].filename


class RpcCalls:
    """Mixin of a case of marks: one call, undone, and what came of it."""

    def public_methods(self, model):
        """Yield the names of the methods of ``model`` that RPC reaches, ours only.

        Of what Odoo gives to every model, and ours extend, those that are tried too.
        """
        given = set(dir(self.env.registry["base"])) - set(KNOWN_ARGUMENTS)
        for name in sorted(set(dir(type(model))) - given):
            method = getattr(type(model), name, None)
            home = getattr(method, "__module__", None) or ""
            if callable(method) and ".recouv_lib" in home and name[0] != "_":
                with contextlib.suppress(AccessError, AttributeError):
                    get_public_method(model, name)
                    yield name

    def parameters(self, model, name):
        """Return the parameters that a caller may give by place."""
        found = list(signature(getattr(type(model), name)).parameters.values())[1:]
        return [parameter for parameter in found if parameter.kind in NEEDED_KINDS]

    def buttons(self, model):
        """Yield the names of the public methods that need no argument."""
        for name in self.public_methods(model):
            if name not in KNOWN_ARGUMENTS and not self.arguments(model, name):
                yield name

    def arguments(self, model, name):
        """Return a guess for each argument that the method cannot do without."""
        if name in KNOWN_ARGUMENTS:
            return KNOWN_ARGUMENTS[name]
        parameters = self.parameters(model, name)
        return ["1" for each in parameters if each.default is Parameter.empty]

    # --- one call -------------------------------------------------------------------

    @contextlib.contextmanager
    def undone(self):
        """What is done in the block is rolled back."""
        self.env.invalidate_all()
        savepoint = self.env.cr.savepoint()
        try:
            yield
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    def trouble(self, said, method, *args, own=False):
        """Return what is wrong with what a call tells, writes, or how it fails.

        :param own: the records are the caller's: only the way of failing is looked at
        """
        with self.undone():
            try:
                told = method(*args)
                self.env.flush_all()
                wrong = [] if own else self.told_or_written(said, told)
            except REFUSALS as refusal:
                named = not own and sings(str(refusal))
                wrong = [f"{said} names: {refusal}"] if named else []
            except Exception as error:
                # a job of its own commits: not in a test
                fine = is_of_odoo(error) or "commit" in str(error)
                # a row that was made of whole cloth need not print
                fine = fine or (own and isinstance(error, QWebError))
                wrong = [] if fine else [self.as_line(said, error)]
        return wrong

    def as_line(self, said, error):
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return f"{said}: {error!r} ({frame.filename}:{frame.lineno})"

    def told_or_written(self, said, told):
        if hasattr(told, "_ids"):
            told = told.ids
        tells = sings(told) or SUM_WRITTEN.search(str(told))
        wrong = [f"{said} tells"] if tells else []
        return wrong + [f"{said} writes {name}" for name in self.written()]

    # --- what was written -----------------------------------------------------------

    def counters(self):
        """Return {table: rows written in this transaction}, by PostgreSQL's account."""
        query = "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM %s"
        table = SQL.identifier("pg_stat_xact_user_tables")
        return dict(self.env.execute_query(SQL(query, table)))

    def watch(self, company):
        """Remember what ``company`` holds: everything is rolled back to that."""
        self.watched, self.before = company, self.fingerprint(company)
        self._guesses = {}
        self.counted = self.counters()

    def written(self):
        """Return the models of which a row of the company watched was changed."""
        now = self.counters()
        touched = {name for name, n in now.items() if n != self.counted.get(name)}
        self.counted = now
        found = []
        for model in self.persistent() if touched else ():
            ours = model._name.startswith("recouv.") or model._name in BOOKS
            if model._table in touched and ours:
                ids = self.held_ids(model, self.watched)
                digest = self.digest(model, ids) if ids else None
                if digest != self.before.get(model._name):
                    found.append(model._name)
        return found


class GuessedIds(RpcCalls):
    """Someone guesses ids: every public method of ours refuses, and writes nothing."""

    def try_all(self, user, most=1):
        """Call everything on the practice's ids; return what it told or changed."""
        self.watch(self.company)
        wrong = []
        for model in self.persistent("recouv."):
            ids = self.held_ids(model, self.company)[:most]
            records = model.with_user(user).sudo(False).browse(ids)
            for name in self.public_methods(model) if ids else ():
                said = f"{user.login}: {model._name}.{name}"
                arguments = self.arguments(model, name)
                wrong += self.trouble(said, getattr(records, name), *arguments)
        return wrong

    def test_an_agent_reaches_no_method_of_the_practice_s_records(self):
        with mute_logger(*QUIET):
            self.assertEqual(self.try_all(self.agent), [])

    def test_an_agency_manager_reaches_none_either(self):
        with mute_logger(*QUIET):
            self.assertEqual(self.try_all(self.agency_manager, most=3), [])

    def test_a_practice_next_door_reaches_none(self):
        with mute_logger(*QUIET):
            self.assertEqual(self.try_all(self.neighbour), [])

    def test_the_lowest_rights_reach_none(self):
        for user in self.strangers:
            with self.subTest(user.login), mute_logger(*QUIET):
                self.assertEqual(self.try_all(user), [])

    def test_what_was_written_is_seen(self):
        self.watch(self.company)
        with self.undone():
            self.claim.sudo().write({"reference": "other"})
            self.env.flush_all()
            self.assertEqual(self.written(), ["recouv.claim"])
        self.assertEqual(self.written(), [])

    def test_the_agency_s_own_records_tell_no_mark_by_their_methods(self):
        self.watch(self.company)
        claim = self.mirror.with_user(self.agency_manager)
        for name in self.public_methods(claim):
            with mute_logger(*QUIET):
                arguments = self.arguments(claim, name)
                wrong = self.trouble(name, getattr(claim, name), *arguments)
            self.assertFalse([line for line in wrong if "tells" in line], name)


class GuessedLinks(RpcCalls):
    """A guessed id in a field, a dialog, a default: it tells nothing, nothing moves."""

    def links(self, model):
        """Yield (field, an id of what the practice holds) of what a person may fill."""
        for field in model._fields.values():
            if field.type not in ("many2one", *MANY) or not field.store:
                continue
            if field.name in ("create_uid", "write_uid"):
                continue
            # its own name is known; who acted may be told; a mandate is of both
            if field.comodel_name in ("res.users", "res.company", "recouv.mandate"):
                continue
            for guess in self.guess(field.comodel_name):
                yield field, guess

    def guess(self, model_name):
        if model_name not in self._guesses:
            model = self.env[model_name].sudo()
            ids = self.held_ids(model, self.company) if self.has_table(model) else []
            preferred = {"res.partner": self.patient, "account.move": self.invoice}
            if model_name in preferred:
                ids = preferred[model_name].ids
            self._guesses[model_name] = ids[:1]
        return self._guesses[model_name]

    def as_value(self, field, guess):
        return [Command.set([guess])] if field.type in MANY else guess

    def base_values(self, model):
        """Return something of one's own for each field that must be filled."""
        values = {}
        for field in model._fields.values():
            if field.required and field.store and not field.compute:
                if field.type not in MANY:
                    values[field.name] = self.any_of_one_s_own(field)
        return {name: value for name, value in values.items() if value is not None}

    def any_of_one_s_own(self, field):
        if field.name in ("model", "res_model"):
            return "recouv.plan"
        if field.type == "many2one":
            if field.comodel_name == "res.company":
                return self.next_door.id
            target = self.env[field.comodel_name].sudo()
            own = self.has_table(target) and self.held_ids(target, self.next_door)
            return (own or [None])[0]
        if field.type == "selection":
            return next(iter(field.get_values(self.env)), None)
        dated = {"date": TODAY, "datetime": f"{TODAY} 08:00:00", "binary": b"JVBERg=="}
        if field.type in dated:
            return dated[field.type]
        return "1" if field.type in ("char", "text", "html") else 1

    def tables(self, user, transient):
        """Yield our models that ``user`` may fill, as him."""
        for name in sorted(self.env.registry):
            model = self.env[name].with_user(user).sudo(False)
            kept = model._auto and not model._abstract and not model._table_query
            if name.startswith("recouv.") and kept and model._transient == transient:
                if model.has_access("create"):
                    yield model

    # --- dialogs --------------------------------------------------------------------

    def read_through(self, record):
        """Return what a dialog shows: its values, and the marks in its lines."""
        found, specs = set(), record.fields_get(attributes=["type"])
        self.read_all(record, specs, found)
        self.read_web(record, specs, found)
        return [found, self.attempt(record.read)]

    def open_dialog(self, model, values):
        """Return what is wrong with a dialog so filled, and with its buttons."""
        said = f"{model.env.user.login}: {model._name} {sorted(values)}"

        def opened():
            return model.create(self.base_values(model) | values)

        wrong = self.trouble(said, lambda: self.read_through(opened()))
        for name in self.buttons(model):
            wrong += self.trouble(
                f"{said} {name}", lambda name=name: getattr(opened(), name)()
            )
        return wrong

    def test_a_dialog_on_guessed_ids_tells_and_does_nothing(self):
        self.watch(self.company)
        for user in (self.neighbour, *self.strangers[:1]):
            for model in self.tables(user, transient=True):
                for field, guess in self.links(model):
                    with self.subTest(model=model._name, field=field.name):
                        values = {field.name: self.as_value(field, guess)}
                        with mute_logger(*QUIET):
                            self.assertEqual(self.open_dialog(model, values), [])

    def test_a_dialog_on_a_guessed_call_shows_no_number(self):
        """What it shows of the call is read with elevated rights."""
        dialogs = self.env["recouv.call.outcome"].with_user(self.strangers[0])
        (notice,) = self.env["recouv.notice"].browse(self.held_notice())
        with self.assertRaisesRegex(AccessError, "of another company"):
            dialogs.create({"notice_id": notice.id})

    def held_notice(self):
        notices = self.env["recouv.notice"].sudo()
        return self.held_ids(notices, self.company)[:1]

    def test_a_dialog_that_names_ids_in_a_text_does_nothing(self):
        self.watch(self.company)
        for dialog, mixin in (
            ("recouv.undo", "recouv.undo.mixin"),
            ("recouv.order.again", "recouv.order.mixin"),
        ):
            model = self.env[dialog].with_user(self.neighbour)
            for target in self.persistent("recouv."):
                ids = self.held_ids(target, self.company)[:2]
                if ids and isinstance(target, self.env.registry[mixin]):
                    values = {
                        "model": target._name,
                        "record_ids": ",".join(map(str, ids)),
                        "reason": "guess",
                    }
                    with self.subTest(target._name), mute_logger(*QUIET):
                        self.assertEqual(self.open_dialog(model, values), [])

    def test_a_dialog_opened_on_guessed_ids_proposes_nothing_of_them(self):
        self.watch(self.company)
        for model in self.tables(self.neighbour, transient=True):
            for name in (
                "recouv.claim",
                "account.move",
                "res.partner",
                "recouv.notice",
            ):
                ids = self.guess(name)
                opened = model.with_context(
                    active_model=name, active_ids=ids, active_id=ids[0]
                )
                names = list(model._fields)
                with self.subTest(model._name, of=name), mute_logger(*QUIET):
                    wrong = self.trouble("default_get", opened.default_get, names)
                    self.assertEqual(wrong, [])

    # --- what is not saved yet ------------------------------------------------------

    def test_a_form_that_is_not_saved_tells_no_name_of_a_guessed_id(self):
        self.watch(self.company)
        user, shown = self.strangers[0], {"fields": {"display_name": {}}}
        others = ("account.move", "account.payment", "res.partner", "res.partner.bank")
        models = [*self.tables(user, True), *self.tables(user, False)]
        models += [self.env[name].with_user(user).sudo(False) for name in others]
        for model in models:
            for field, guess in self.links(model):
                if field.type == "many2one":
                    spec, values = {field.name: shown}, {field.name: guess}
                    default = {f"default_{field.name}": guess}
                    with self.subTest(model=model._name, field=field.name):
                        with mute_logger(*QUIET):
                            wrong = self.trouble(
                                "typed", model.onchange, values, [field.name], spec
                            )
                            opened = model.with_context(**default)
                            wrong += self.trouble(
                                "default", opened.onchange, {}, [], spec
                            )
                        self.assertEqual(wrong, [])

    def test_a_line_that_is_not_saved_tells_none_either(self):
        moves = self.env["account.move"].with_user(self.strangers[0])
        line = [Command.CREATE, "virtual", {"partner_id": self.patient.id}]
        shown = {"fields": {"partner_id": {"fields": {"display_name": {}}}}}
        with self.assertRaisesRegex(UserError, "another company"):
            moves.onchange({"line_ids": [line]}, ["line_ids"], {"line_ids": shown})

    # --- what is saved --------------------------------------------------------------

    def test_a_new_record_on_guessed_ids_tells_and_moves_nothing(self):
        self.watch(self.company)
        user = self.strangers[0]
        for model in self.tables(user, transient=False):
            for field, guess in self.links(model):
                values = {field.name: self.as_value(field, guess)}
                values = self.base_values(model) | values
                with self.subTest(model=model._name, field=field.name):
                    with mute_logger(*QUIET):
                        wrong = self.trouble(
                            model._name,
                            lambda model=model, values=values: self.read_through(
                                model.create(values)
                            ),
                        )
                    self.assertEqual(wrong, [])


class Nonsense(RpcCalls):
    """What no screen sends is refused in words, and breaks nothing.

    On one's own records, where no right refuses it before; on none at all.
    """

    @contextlib.contextmanager
    def no_paper(self):
        reports = type(self.env["ir.actions.report"])
        with patch.object(reports, "_run_wkhtmltopdf", lambda *a, **k: b"%PDF-1.4"):
            yield

    def nonsense_for(self, model, name):
        """Yield tuples of arguments for a method; one empty tuple where it has none."""
        count = len(self.parameters(model, name))
        if not count:
            yield ()
        for value in NONSENSE if count else ():
            yield (value,) * count

    def try_nonsense(self, user, company):
        wrong = []
        for name in sorted(self.env.registry):
            model = self.env[name].with_user(user).sudo(False)
            mixin = name.endswith(".mixin")
            if mixin or not name.startswith("recouv.") or not self.has_methods(model):
                continue
            ids = self.held_ids(model.sudo(), company) if self.has_table(model) else []
            for records in (model, model.browse(ids[:1])) if ids else (model,):
                wrong += self.try_methods(records)
        return wrong

    def has_methods(self, model):
        return any(True for _name in self.public_methods(model))

    def try_methods(self, records):
        wrong = []
        for name in self.public_methods(records):
            if name in KNOWN_ARGUMENTS:
                continue
            for arguments in self.nonsense_for(records, name):
                said = f"{records._name}({len(records)}).{name}{arguments}"
                method = getattr(records, name)
                wrong += self.trouble(said, method, *arguments, own=True)
        return wrong

    def test_a_secretary_breaks_nothing_of_her_own(self):
        with mute_logger(*QUIET), self.no_paper():
            self.assertEqual(self.try_nonsense(self.secretary, self.company), [])

    def test_a_practitioner_breaks_nothing_either(self):
        with mute_logger(*QUIET), self.no_paper():
            self.assertEqual(self.try_nonsense(self.practitioner, self.company), [])

    def test_an_agency_manager_breaks_nothing_either(self):
        with mute_logger(*QUIET), self.no_paper():
            self.assertEqual(self.try_nonsense(self.agency_manager, self.agency), [])

    def test_a_dialog_filled_with_nonsense_refuses_in_words(self):
        wrong = []
        for name in sorted(self.env.registry):
            model = self.env[name].with_user(self.practitioner).sudo(False)
            mine = name.startswith("recouv.") and model._transient and model._auto
            if mine and model.has_access("create"):
                with mute_logger(*QUIET), self.no_paper():
                    wrong += self.try_dialog(model)
        self.assertEqual(wrong, [])

    def try_dialog(self, model):
        """Press each button of a dialog that is empty, and of one that is absurd."""
        wrong = []
        absurd = {
            field.name: self.absurd(field)
            for field in model._fields.values()
            if field.store and not field.related and self.absurd(field) is not None
        }
        for values in ({}, absurd):
            said = f"{model._name} {'absurd' if values else 'empty'}"
            for name in self.buttons(model):
                wrong += self.trouble(
                    f"{said} {name}",
                    lambda name=name, values=values: getattr(
                        model.create(values), name
                    )(),
                    own=True,
                )
        return wrong

    def absurd(self, field):
        """Return a value that the column takes and that makes no sense."""
        return {
            "char": "é'%s\n",
            "text": "%(x)s {0}",
            "integer": -(2**31) + 1,
            "float": -1e15,
            "monetary": -1e15,
            "date": "9999-12-31",
            "datetime": "9999-12-31 23:59:59",
            "binary": "////",
            "boolean": True,
        }.get(field.type)
