import contextlib
import io
import logging
from dataclasses import dataclass, field

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..lib import import_rows
from ..lib.table_file import MEGABYTE, FileError, TableFile
from .recouv_import_key import RECORDS
from .recouv_import_mapping import KINDS

_logger = logging.getLogger(__name__)

# rows of one commit: a posting batch locks its journal for the time of this many,
# about a second
BATCH = {"patients": 500, "invoices": 100, "payments": 50}
# rows of one look-up when nothing is written
DRY_BATCH = 1000
# more wrong rows than this are counted, not kept: it is a wrong mapping
MAX_ERRORS = 10000
PREVIEW_ROWS = 20
MAX_NUMBER = 64
# what a person gives, and how he says it is read
FILE = frozenset({"company_id", "name", "file", "kind"})
HOW = frozenset({"mapping_id", "column_ids", "date_order", "decimal_separator"})


@dataclass
class Item:
    """A row on its way: what it was, what it becomes.

    `action`: create, update, unchanged or error; `target`: id of the record that its
    number stands for; `notes`: list of (severity, column, message).
    """

    entry: import_rows.Entry
    number: str = ""
    digest: str = ""
    facts: dict = field(default_factory=dict)
    action: str = "create"
    target: int = 0
    key: int = 0
    vals: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)

    @property
    def values(self):
        return self.entry.values

    def fail(self, message, column=""):
        self.action = "error"
        self.notes.append(("error", column, message))

    def warn(self, message, column=""):
        self.notes.append(("warning", column, message))


class RecouvImport(models.Model):
    """A file of the practice's own software: patients, invoices or payments.

    Strategy. The file is read row by row from the disk, never as a whole. *Read* goes
    through all of it, looks up what is known and counts what would happen, without
    writing. *Import* works in the background (cron), in batches: look up the numbers
    of a batch in one query each, create, keep the numbers as ``recouv.import.key``,
    move the checkpoint, commit. A kill loses at most the batch at work; the next start
    goes on behind the last checkpoint, and the keys make double work impossible. A row
    that cannot be imported is told and does not stop the others: where a batch fails,
    its halves are tried, down to the row.
    """

    _name = "recouv.import"
    _description = "Import from the practice's software"
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin"]
    _evidence_files = ()  # the file is changed with the record, the lists are copies
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    name = fields.Char("File name", required=True)
    file = fields.Binary(
        required=True,
        attachment=True,
        groups="recouv_lib.group_manager",
        help="CSV or XLSX, as the practice's software exports it.",
    )
    kind = fields.Selection(
        KINDS, "What it holds", help="Empty: found out from the file."
    )
    mapping_id = fields.Many2one(
        "recouv.import.mapping",
        "How to read it",
        check_company=True,
        domain="[('kind', '=?', kind)]",
        help="Empty: the one saved for such files, or a first one is proposed.",
    )
    state = fields.Selection(
        [
            ("draft", "To read"),
            ("previewed", "Read"),
            ("running", "At work"),
            ("done", "Imported"),
            ("failed", "Interrupted"),
            ("undoing", "Being undone"),
            ("undone", "Undone"),
        ],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
    )
    started_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    reading = fields.Json(readonly=True, copy=False)
    row_total = fields.Integer("Rows", readonly=True, copy=False)
    row_done = fields.Integer("Rows done", readonly=True, copy=False)
    line_done = fields.Integer(readonly=True, copy=False)
    count_created = fields.Integer("Created", readonly=True, copy=False)
    count_updated = fields.Integer("Updated", readonly=True, copy=False)
    count_unchanged = fields.Integer("Known already", readonly=True, copy=False)
    count_error = fields.Integer("Not imported", readonly=True, copy=False)
    count_warning = fields.Integer("To look at", readonly=True, copy=False)
    failure_message = fields.Text(readonly=True, copy=False)
    error_ids = fields.One2many("recouv.import.error", "import_id", readonly=True)

    # --- what a person writes -----------------------------------------------------

    def _editable_fields(self):
        """The file until it is read, how to read it until it is imported.

        The rest is the work's own: who wrote over RPC that somebody else started it
        would have it done with that one's rights.
        """
        free = {"draft": FILE | HOW, "previewed": HOW}
        return frozenset(free.get(self.state, ()))

    @api.model
    def _creatable_fields(self):
        return FILE | HOW

    # --- what a manager does ------------------------------------------------------

    def action_read(self):
        """Read the whole file without writing: what would happen, row by row.

        :raise UserError: the file cannot be read at all; says why
        """
        self.ensure_one()
        self._check_allowed()
        self._check_state("draft", "previewed", "done", "failed")
        self._reset()
        try:
            with self._open_table() as table:
                self._choose_mapping(table.headers)
                self._read_all(table)
        except FileError as error:
            raise UserError(self._sentence(error)) from error
        return True

    def action_start(self):
        """Let the background work import what was read.

        :raise UserError: nothing was read, or the mapping lacks something
        """
        self.ensure_one()
        self._check_allowed()
        self._check_state("previewed")
        if gaps := self._gaps():
            raise UserError("\n".join(gaps))
        self._forget_errors()
        self._record({"state": "running", "started_by_id": self.env.uid, **_NOUGHT})
        self._wake_cron()
        return True

    def action_resume(self):
        """Go on behind the last row that was imported."""
        self.ensure_one()
        self._check_allowed()
        self._check_state("failed")
        self._record({"state": "running", "failure_message": False})
        self._wake_cron()
        return True

    def action_stop(self):
        """Stop after the batch at work; what was imported stays."""
        self.ensure_one()
        self._check_allowed()
        self._check_state("running")
        self._record(
            {"state": "failed", "failure_message": self.env._("Stopped by hand.")}
        )
        return True

    def _check_allowed(self):
        """Only a manager of the company imports: the rest is done by the system."""
        self.check_access("write")
        manager = self.env.user.has_group("recouv_lib.group_manager")
        if not (self.env.su or manager) or self.company_id not in self.env.companies:
            raise AccessError(
                self.env._("Only a manager of the company imports its files.")
            )

    def _check_state(self, *states):
        if self.state not in states:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(file)s: not possible now, its state is “%(state)s”.",
                    file=self.name,
                    state=labels[self.state],
                )
            )

    def _wake_cron(self):
        # sudo: a manager may not open the scheduled actions, only wake this one
        self.env.ref("recouv_lib.ir_cron_import").sudo()._trigger()

    # --- the file -----------------------------------------------------------------

    @contextlib.contextmanager
    def _open_file(self):
        """The bytes of the file as a binary file, from the disk where it lies there."""
        self.check_access("read")
        # sudo: the file belongs to this import, which the caller may read
        attachment = self.env["ir.attachment"].sudo()
        attachment = attachment.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "=", self.id),
                ("res_field", "=", "file"),
            ],
            limit=1,
        )
        if attachment.store_fname:
            with open(attachment._full_path(attachment.store_fname), "rb") as stream:
                yield stream
        else:
            yield io.BytesIO(attachment.raw or b"")

    @contextlib.contextmanager
    def _open_table(self):
        """The table of the file, opened as the mapping says."""
        options = self.mapping_id._table_options() if self.mapping_id else {}
        with self._open_file() as stream:
            yield TableFile(
                stream,
                known=import_rows.known_headers,
                max_bytes=self.company_id.recouv_import_max_mb * MEGABYTE,
                **options,
            )

    def _choose_mapping(self, headers):
        """The mapping given, the one recognised by the headers, or a first one."""
        Mapping = self.env["recouv.import.mapping"]
        if not self.mapping_id:
            self.mapping_id = Mapping._recognise(self.company_id, headers, self.kind)
        if not self.mapping_id:
            kind = self.kind or import_rows.guess_kind(headers)
            if not kind:
                raise FileError("unknown_kind")
            self.mapping_id = Mapping._create_for(
                self.company_id, kind, headers, self.name
            )
        self.kind = self.mapping_id.kind

    # --- reading without writing --------------------------------------------------

    def _reset(self):
        self._forget_errors()
        self._record(
            {"state": "draft", "reading": False, "failure_message": False, **_NOUGHT}
        )

    def _forget_errors(self):
        # sudo: what the former reading of this very file told, by its manager
        self.env["recouv.import.error"].sudo().search(
            [("import_id", "in", self.ids)]
        ).unlink()

    def _read_all(self, table):
        """Profile the columns, then plan every row, and keep what came out."""
        reader = self.mapping_id._reader(table)
        total = reader.profile()
        self._record({"reading": {"headers": table.headers, **reader.reading()}})
        counts, shown = dict(_NOUGHT, row_total=total), []
        for items in self._plans(reader, DRY_BATCH):
            shown += [self._shown(item) for item in items[: PREVIEW_ROWS - len(shown)]]
            self._count(counts, items)
            self._keep_notes(items)
            # nothing is committed here: what a batch looked up would stay in memory
            self.env.invalidate_all()
        reading = {
            **self.reading,
            "shown": shown,
            "fields": list(reader.index),
            "unsure": reader.unsure(),
        }
        self._record({"state": "previewed", "reading": reading, **counts})

    def _plans(self, reader, size):
        """Yield the planned items of the file, batch by batch.

        Numbers seen are kept as short digests: some bytes a row are all that grows.
        """
        seen = set()
        entries = self._behind_checkpoint(reader, seen)
        for batch in import_rows.batches(entries, size):
            yield self._plan(batch, seen)

    def _behind_checkpoint(self, reader, seen):
        """The rows that were not imported yet; the numbers of the others are seen."""
        for entry in reader.entries():
            if entry.row.number > self.line_done:
                yield entry
            elif not entry.faults:
                seen.add(self._seen_key(self._number_of(entry.values, seen)))

    @api.model
    def _seen_key(self, number):
        return import_rows.digest(number)[:16]

    # --- planning -----------------------------------------------------------------

    def _plan(self, batch, seen):
        """Return an `Item` for each entry; only looks up, never writes."""
        items = [Item(entry) for entry in batch]
        for item in items:
            self._identify(item, seen)
        fine = [item for item in items if item.action != "error"]
        known = self.env["recouv.import.key"]._known(
            self.company_id, self.kind, [item.number for item in fine]
        )
        for item in fine:
            if item.number in known:
                self._recognise(item, *known[item.number])
        getattr(self, f"_plan_{self.kind}")(fine)
        return items

    def _identify(self, item, seen):
        """Give the item its number; what is unreadable or there twice is told."""
        for column, code, found in item.entry.faults:
            item.fail(self._sentence(FileError(code, found=found)), column)
        if item.action == "error":
            return
        item.number = self._number_of(item.values, seen)
        if not item.number or len(item.number) > MAX_NUMBER:
            item.fail(self.env._("The row has no number, or one that is too long."))
            return
        key = self._seen_key(item.number)
        if key in seen:
            item.fail(
                self.env._(
                    "The number %s stands in this file before: the first row counts.",
                    item.number,
                )
            )
        seen.add(key)

    def _number_of(self, values, seen):
        """The number of a row, or what stands for it where the file has none."""
        if "number" in values or self.kind == "invoices":
            return values.get("number", "")
        return getattr(self, f"_number_of_{self.kind}")(values, seen)

    @api.model
    def _recognise(self, item, target, key, digest, facts):
        item.target, item.key = target or 0, key
        item.action = "update"
        item.vals["known"] = {"digest": digest, "facts": facts or {}}

    # --- working ------------------------------------------------------------------

    @api.model
    def _cron_import(self):
        """Import what waits, file after file, as the manager who started it.

        Each batch is committed with its checkpoint; a file that fails is recorded and
        does not stop the next one. Then what is to be undone in the background.
        """
        cron = self.env["ir.cron"]
        for job in self.search([("state", "=", "running")], order="id"):
            for done in job._as_its_manager()._run_batches():
                left = max(job.row_total - job.row_done, 0)
                if not cron._commit_progress(done, remaining=left):
                    return
        self._cron_undo()

    def _as_its_manager(self):
        user = self.started_by_id or self.create_uid
        job = self.with_user(user).with_company(self.company_id)
        return job.with_context(lang=user.lang)

    def _run_batches(self):
        """Import batch by batch; yield how many rows each committed one had."""
        engine = self.env["recouv.engine"]
        try:
            self._check_allowed()
            with self._open_table() as table:
                reader = self.mapping_id._reader(table)
                reader.resume(self.reading)
                for items in self._plans(reader, BATCH[self.kind]):
                    self._import_items(items)
                    engine._checkpoint()
                    yield len(items)
                    if self._was_stopped():
                        return
            self._finish()
            engine._checkpoint()
        except psycopg2.OperationalError:
            # somebody else wrote the same rows: the next start of the cron goes on
            engine._abandon()
            _logger.info("import %s: to be continued", self.id)
        except Exception as error:
            self._record_failure(error)

    def _was_stopped(self):
        self.invalidate_recordset(["state"])
        return self.state != "running"

    def _finish(self):
        """All rows were worked: what was shown of persons is not kept."""
        reading = {name: self.reading[name] for name in ("headers", "fields")}
        self._record({"state": "done", "reading": reading})

    def _record_failure(self, error):
        _logger.exception("import %s of %s failed", self.id, self.company_id.name)
        engine = self.env["recouv.engine"]
        engine._abandon()
        text = self._sentence(error) if isinstance(error, FileError) else str(error)
        # sudo: the manager may have lost his rights meanwhile, which is the failure
        self.sudo()._record({"state": "failed", "failure_message": text})
        engine._checkpoint()

    def _import_items(self, items):
        """Write the records of a batch, its errors, its counts and the checkpoint."""
        self._apply_safely([item for item in items if item.action in _WRITTEN])
        counts = {name: self[name] for name in _NOUGHT if name.startswith("count")}
        self._count(counts, items)
        self._keep_notes(items)
        self._record(
            {
                **counts,
                "row_done": self.row_done + len(items),
                "line_done": items[-1].entry.row.number,
            }
        )

    def _apply_safely(self, items):
        """Write all items at once; where that fails, by halves, telling which row."""
        refused = (UserError, psycopg2.IntegrityError, psycopg2.DataError)
        try:
            with self.env.cr.savepoint():
                self._apply(items)
        except refused as error:
            if len(items) == 1:
                items[0].fail(str(error))
                return
            middle = len(items) // 2
            self._apply_safely(items[:middle])
            self._apply_safely(items[middle:])

    def _apply(self, items):
        new = [item for item in items if item.action == "create"]
        old = [item for item in items if item.action == "update"]
        if new:
            getattr(self, f"_create_{self.kind}")(new)
        if old:
            getattr(self, f"_update_{self.kind}")(old)
        self._keep_keys(new + old)

    def _keep_keys(self, items):
        """Remember what each number became."""
        Key = self.env["recouv.import.key"].sudo()  # written by the import alone
        Key.create(
            [
                {
                    "company_id": self.company_id.id,
                    "kind": self.kind,
                    "number": item.number,
                    "import_id": self.id,
                    RECORDS[self.kind]: item.target,
                    "is_made": item.action == "create",
                    **self._key_vals(item),
                }
                for item in items
                if not item.key
            ]
        )
        for item in items:
            if item.key:
                Key.browse(item.key).write(self._key_vals(item))

    @api.model
    def _key_vals(self, item):
        return {"digest": item.digest, "facts": item.facts}

    # --- counting and telling -----------------------------------------------------

    @api.model
    def _count(self, counts, items):
        for item in items:
            counts[_COUNTERS[item.action]] += 1
            counts["count_warning"] += any(n[0] == "warning" for n in item.notes)

    def _keep_notes(self, items):
        Error = self.env["recouv.import.error"].sudo()  # written by the import alone
        notes = [(item, *note) for item in items for note in item.notes]
        if not notes:
            return
        room = MAX_ERRORS - Error.search_count([("import_id", "=", self.id)])
        Error.create(
            [
                {
                    "import_id": self.id,
                    "row_number": item.entry.row.number,
                    "severity": severity,
                    "column": column,
                    "message": message,
                    "cells": item.entry.cells,
                }
                for item, severity, column, message in notes[: max(room, 0)]
            ]
        )


_WRITTEN = ("create", "update")
_COUNTERS = {
    "create": "count_created",
    "update": "count_updated",
    "unchanged": "count_unchanged",
    "error": "count_error",
}
_NOUGHT = dict.fromkeys(
    (*_COUNTERS.values(), "count_warning", "row_done", "line_done"), 0
)
