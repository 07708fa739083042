import logging
from collections import defaultdict

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .recouv_import_key import RECORDS
from .recouv_import_patients import QUIET

_logger = logging.getLogger(__name__)

# what goes first frees what comes next
ORDER = ("payments", "invoices", "patients")
MODELS = {
    "payments": "account.payment",
    "invoices": "account.move",
    "patients": "res.partner",
}
# cancelled at once: more of them together take more memory, not less time
BATCH = 200
# of each reason, so many are named
NAMED = 5
# more than this take longer than a person waits: done in the background
AT_ONCE = 500


class RecouvImport(models.Model):
    """Undo of an import, as long as nothing was done with what it made.

    Payments are cancelled, then invoices, then the contacts are deleted, or archived
    where a cancelled entry names them. What is in use stays, and why is said before
    and kept after: confirmed by the bank, on a deposit slip, in a locked period, paid,
    reminded, agreed on, handed over. All in one transaction, in the background where it
    is much. What it made is known by
    the numbers (``recouv.import.key``), which go too: the same file makes it anew. What
    the import only changed, on contacts that were here, is not put back.
    """

    _inherit = "recouv.import"

    undo_report = fields.Text("What became of it", readonly=True, copy=False)
    undo_left = fields.Integer("In use, kept", readonly=True, copy=False)

    # --- who, when ------------------------------------------------------------------

    def _check_undo_allowed(self):
        """The manager who imports, or who keeps the books, of this company."""
        self.check_access("read")
        groups = ("recouv_lib.group_manager", "account.group_account_user")
        may = self.env.su or any(map(self.env.user.has_group, groups))
        if not may or self.company_id - self.env.companies:
            raise AccessError(
                self.env._(
                    "Only a manager or the accountant of the company undoes its "
                    "imports."
                )
            )

    def action_ask_undo(self):
        """EXTENDS: whoever may not undo it need not give a reason."""
        self._check_undo_allowed()
        return super().action_ask_undo()

    def undo(self, reason):
        """EXTENDS: an accountant may, who does not import; one user at a time."""
        self._check_undo_allowed()
        # sudo: who may was checked; the books are undone with his own rights (_undo)
        jobs = self.sudo()
        jobs._recouv_lock_rows()
        return super(RecouvImport, jobs).undo(reason)

    def _undo_obstacle(self):
        """EXTENDS: what stayed may go later, when it is free."""
        if self.state == "undoing":
            return self.env._("It is being undone already.")
        if self.state == "running":
            return self.env._("It is at work: stop it first.")
        if self.state not in ("done", "failed", "undone"):
            return self.env._("Nothing was imported yet.")
        plan = self._undo_plan()
        if any(plan[kind]["go"] for kind in ORDER):
            return None
        if any(plan[kind]["stay"] for kind in ORDER):
            stay = self._sentences_staying(plan)
            return self.env._("all that it made is in use.") + "\n" + "\n".join(stay)
        return self.env._("nothing that it made is left.")

    def _undo_summary(self):
        """EXTENDS: how many of each go, which stay and why."""
        self._check_undo_allowed()
        return "\n".join([self.display_name, *self._sentences_of_plan()])

    def _sentences_of_plan(self):
        plan = self._undo_plan()
        go = {kind: len(plan[kind]["go"]) for kind in ORDER}
        counts = {
            "payments": self.env._("Payments to cancel: %s", go["payments"]),
            "invoices": self.env._("Invoices to cancel: %s", go["invoices"]),
            "patients": self.env._(
                "Contacts to delete, or to archive if a cancelled entry names them: %s",
                go["patients"],
            ),
        }
        lines = [counts[kind] for kind in ORDER if plan[kind]["made"]]
        if self.count_updated:
            lines.append(
                self.env._(
                    "Changed, and not put back: %s. Correct them by hand.",
                    self.count_updated,
                )
            )
        return lines + self._sentences_staying(plan)

    def _sentences_staying(self, plan):
        """Return a sentence for each reason why some stay, the first ones named."""
        lines = []
        for kind in ORDER:
            reasons = defaultdict(list)
            for record, reason in plan[kind]["stay"].items():
                reasons[reason].append(record)
            for reason, ids in reasons.items():
                some = self.env[MODELS[kind]].browse(sorted(ids)[:NAMED])
                names = ", ".join(some.mapped("display_name"))
                more = ", …" if len(ids) > NAMED else ""
                lines.append(
                    self.env._(
                        "%(count)s stay (%(names)s): %(reason)s",
                        count=len(ids),
                        names=names + more,
                        reason=reason,
                    )
                )
        return lines

    # --- what goes, what stays ------------------------------------------------------

    def _undo_plan(self):
        """Return ``{kind: {"made", "go": ids, "stay": {id: why}}}``; writes nothing.

        Each kind counts on what goes before it.
        """
        made, gone, plan = self._made(), defaultdict(set), {}
        for kind in ORDER:
            ids = made[kind]
            stay = getattr(self, f"_staying_{kind}")(ids, gone) if ids else {}
            go = [record for record in ids if record not in stay]
            gone[self.env[MODELS[kind]]._table].update(go)
            if kind == "payments":
                gone["account_move"].update(dict(self._entries(go)))
            plan[kind] = {"made": ids, "go": go, "stay": stay}
        return plan

    def _made(self):
        """Return ``{kind: ids}`` of what this import made and that is there.

        Numbers kept before it was noted who made what: what the import made was
        created in the same transaction as its number.
        """
        self.env.flush_all()
        return {
            kind: [
                record
                for (record,) in self.env.execute_query(
                    SQL(
                        """SELECT r.id FROM recouv_import_key k JOIN %(table)s r
                               ON r.id = k.%(column)s
                            WHERE k.import_id = %(job)s
                              AND COALESCE(k.is_made, r.create_date = k.create_date)
                            ORDER BY r.id""",
                        table=SQL.identifier(self.env[MODELS[kind]]._table),
                        column=SQL.identifier(RECORDS[kind]),
                        job=self.id,
                    )
                )
            ]
            for kind in ORDER
        }

    def _staying_payments(self, ids, gone):
        """Payments in a locked period, on a slip or confirmed by the bank."""
        used = self.env["recouv.import.uses"]._of("account.payment", ids, gone)
        stay = {record: self._sentence_used(label) for record, label in used.items()}
        banked = self.env.execute_query(
            SQL(
                """SELECT id FROM account_payment
                    WHERE id = ANY(%(ids)s) AND move_id IS NULL AND state = 'paid'
                    UNION
                   SELECT p.id FROM account_payment p
                     JOIN account_move_line l ON l.move_id = p.move_id
                      AND l.account_id = p.outstanding_account_id
                     JOIN account_partial_reconcile r ON r.debit_move_id = l.id
                    WHERE p.id = ANY(%(ids)s)
                    UNION
                   SELECT p.id FROM account_payment p
                     JOIN account_move_line l ON l.move_id = p.move_id
                      AND l.account_id = p.outstanding_account_id
                     JOIN account_partial_reconcile r ON r.credit_move_id = l.id
                    WHERE p.id = ANY(%(ids)s)""",
                ids=ids,
            )
        )
        sentence = self.env._("confirmed by the bank. Undo the match first.")
        stay.update({record: sentence for (record,) in banked})
        entries = dict(self._entries(ids))
        locked = self._locked(list(entries))
        stay.update({entries[move]: reason for move, reason in locked.items()})
        return stay

    def _entries(self, payments):
        """Return (id of the entry, id of its payment)."""
        return self.env.execute_query(
            SQL(
                "SELECT move_id, id FROM account_payment"
                " WHERE id = ANY(%s) AND move_id IS NOT NULL",
                payments,
            )
        )

    def _staying_invoices(self, ids, gone):
        """Invoices paid, reminded, used or in a locked period."""
        uses, stay = self.env["recouv.import.uses"], {}
        lines = dict(self._children("account_move_line", "move_id", ids))
        for line, label in uses._of("account.move.line", lines, gone).items():
            stay[lines[line]] = self._sentence_used(label)
        for move, label in uses._of("account.move", ids, gone).items():
            stay[move] = self._sentence_used(label)
        claims = dict(self._children("recouv_claim", "move_id", ids))
        for claim, label in uses._of("recouv.claim", claims, gone).items():
            stay[claims[claim]] = self.env._(
                "its claim was worked on (%s). Undo that first.", label
            )
        sentence = self.env._("paid or offset, at least in part. Undo that first.")
        stay.update(dict.fromkeys(self._paid_by_others(ids, gone), sentence))
        return stay | self._locked(ids)

    def _children(self, table, column, ids):
        """Return (id, id of its parent) of the rows of a table."""
        return self.env.execute_query(
            SQL(
                "SELECT id, %(column)s FROM %(table)s WHERE %(column)s = ANY(%(ids)s)",
                table=SQL.identifier(table),
                column=SQL.identifier(column),
                ids=ids,
            )
        )

    def _paid_by_others(self, ids, gone):
        """Return the invoices that something else than the payments that go pays."""
        rows = self.env.execute_query(
            SQL(
                """SELECT l.move_id FROM account_move_line l
                     JOIN account_partial_reconcile r ON r.debit_move_id = l.id
                     JOIN account_move_line o ON o.id = r.credit_move_id
                     JOIN account_move e ON e.id = o.move_id
                    WHERE l.move_id = ANY(%(ids)s)
                      AND COALESCE(e.origin_payment_id, 0) <> ALL(%(gone)s::int[])
                    UNION
                   SELECT l.move_id FROM account_move_line l
                     JOIN account_partial_reconcile r ON r.credit_move_id = l.id
                    WHERE l.move_id = ANY(%(ids)s)
                    UNION
                   SELECT x.invoice_id FROM account_move__account_payment x
                     JOIN account_payment p ON p.id = x.payment_id
                    WHERE x.invoice_id = ANY(%(ids)s) AND p.id <> ALL(%(gone)s::int[])
                      AND p.state IN ('in_process', 'paid')""",
                ids=ids,
                gone=list(gone.get("account_payment", ())),
            )
        )
        return [move for (move,) in rows]

    def _staying_patients(self, ids, gone):
        """Contacts that anything uses but what goes; theirs among each other count as
        long as one of both stays."""
        uses, going, stay = self.env["recouv.import.uses"], set(ids), {}
        while used := uses._of("res.partner", going, gone | {"res_partner": going}):
            stay |= {one: self._sentence_used(label) for one, label in used.items()}
            going -= used.keys()
        return stay

    def _sentence_used(self, label):
        return self.env._("in use: %s.", label)

    def _locked(self, moves):
        """Return ``{move id: why}`` of entries that the books hold fast."""
        rows = self.env.execute_query(
            SQL(
                """SELECT id, journal_id, date, inalterable_hash IS NOT NULL
                     FROM account_move WHERE id = ANY(%s) AND state = 'posted'""",
                moves,
            )
        )
        journals = self.env["account.journal"].browse(
            {journal for _i, journal, *_r in rows}
        )
        until = {
            # with his own exceptions to the locks, hence not elevated
            one.id: self.company_id.sudo(False)._get_user_fiscal_lock_date(one)
            for one in journals
        }
        sealed = self.env._("its journal is secured: correct it by a credit note.")
        closed = self.env._("its period is locked in the books.")
        return {
            move: sealed if is_sealed else closed
            for move, journal, day, is_sealed in rows
            if is_sealed or day <= until[journal]
        }

    # --- doing it -------------------------------------------------------------------

    def _undo(self):
        """EXTENDS: all that may go, and a report of it."""
        for job in self:
            plan = job._undo_plan()
            if sum(len(plan[kind]["go"]) for kind in ORDER) <= AT_ONCE:
                job._undo_one()
            else:
                job._record({"state": "undoing", "failure_message": False})
                job._wake_cron()

    @api.model
    def _cron_undo(self):
        """Undo what is too much for a person to wait for, as who asked for it.

        Each import in one transaction; where it fails, nothing of it was undone.
        """
        engine = self.env["recouv.engine"]
        for job in self.search([("state", "=", "undoing")], order="id"):
            user = job.undone_by_id
            mine = job.with_user(user).with_company(job.company_id)
            mine = mine.with_context(lang=user.lang, tz=user.tz)
            try:
                mine._check_undo_allowed()
                # sudo: as when it was asked for; the books are his own (_undo_one)
                mine.sudo()._undo_one()
                engine._checkpoint()
            except psycopg2.OperationalError:
                # somebody else wrote the same rows: the next start tries again
                engine._abandon()
                _logger.info("undo of import %s: later", job.id)
            except Exception as error:
                _logger.exception("undo of import %s failed", job.id)
                engine._abandon()
                job._record({"state": "done", "failure_message": str(error)})
                engine._checkpoint()

    def _undo_one(self):
        done, refused = {}, {}
        for kind in ORDER:
            # anew for each kind: what was refused before keeps what it uses
            ids = self._undo_plan()[kind]["go"]
            done[kind], refused[kind] = self._undo_kind(kind, ids)
        self.env.invalidate_all()
        plan = self._undo_plan()
        for kind in ORDER:
            plan[kind]["stay"] |= refused[kind]
        left = sum(len(plan[kind]["stay"]) for kind in ORDER)
        self._record(
            {
                "state": "undone",
                "undo_left": left,
                "undo_report": "\n".join(self._sentences_done(done, plan)),
            }
        )

    def _sentences_done(self, done, plan):
        counts = {
            "payments": self.env._("Payments cancelled: %s", len(done["payments"])),
            "invoices": self.env._("Invoices cancelled: %s", len(done["invoices"])),
            "patients": self.env._(
                "Contacts deleted or archived: %s", len(done["patients"])
            ),
        }
        lines = [counts[kind] for kind in ORDER if done[kind]]
        return lines + self._sentences_staying(plan)

    def _undo_kind(self, kind, ids):
        """Undo records of a kind, in batches; return those done and those refused.

        :return: (ids, ``{id: why}``)
        """
        done, refused = [], {}
        for start in range(0, len(ids), BATCH):
            some = ids[start : start + BATCH]
            refused |= self._undo_safely(kind, some)
            done += [record for record in some if record not in refused]
            self.env.flush_all()
            self.env.invalidate_all()
        return done, refused

    def _undo_safely(self, kind, ids):
        """Undo these; where one is refused, by halves, telling which and why."""
        refusals = (UserError, psycopg2.IntegrityError)
        try:
            with self.env.cr.savepoint():
                getattr(self, f"_undo_{kind}")(ids)
                self._forget_numbers(kind, ids)
                self.env.flush_all()
            return {}
        except refusals as error:
            self.env.invalidate_all()
            if len(ids) == 1:
                return {ids[0]: str(error)}
            middle = len(ids) // 2
            first = self._undo_safely(kind, ids[:middle])
            return first | self._undo_safely(kind, ids[middle:])

    def _forget_numbers(self, kind, ids):
        # sudo: written by the import alone
        keys = self.env["recouv.import.key"].sudo()
        keys.search([("import_id", "=", self.id), (RECORDS[kind], "in", ids)]).unlink()

    def _theirs(self, kind, ids):
        """Return the records with the user's own rights: what guards the books asks
        who does it."""
        records = self.env[MODELS[kind]].sudo(False).with_context(**QUIET)
        return records.browse(ids)

    def _undo_payments(self, ids):
        payments = self._theirs("payments", ids)
        payments.filtered(lambda p: p.state != "canceled").action_cancel()

    def _undo_invoices(self, ids):
        moves = self._theirs("invoices", ids)
        moves.filtered(lambda m: m.state != "cancel").button_cancel()

    def _undo_patients(self, ids):
        """Delete who is named nowhere; archive who is, in what was cancelled."""
        named = self.env["recouv.import.uses"]._of("res.partner", ids)
        partners = self._partners().browse(ids)
        kept = partners.filtered(lambda partner: partner.id in named)
        kept.write({"active": False})
        (partners - kept).unlink()
