"""A return that is killed halfway, or that two people take in at once, on real
transactions: nothing is booked twice."""

import base64
import itertools
import threading
from contextlib import closing, contextmanager, suppress
from datetime import date
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import ValidationError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from ..returns.writing import NoemieWriter

LINES = 110
DAY = date.today()


class Killed(BaseException):
    """What no ``except Exception`` catches, as a kill."""


@tagged("post_install", "-at_install")
class TestReturnConnections(BaseCase):
    """Each test commits its rows in a company of its own, and deletes them."""

    ranks = itertools.count(1)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())

    def setUp(self):
        super().setUp()
        type(self).company_id = None
        self.addCleanup(self._clean)
        with self.connection() as env:
            self._make_books(env)
            env.cr.commit()

    @classmethod
    @contextmanager
    def connection(cls):
        with closing(cls.registry.cursor()) as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    def files(self, env):
        own = env(context={"allowed_company_ids": [self.company_id]})
        return own["recouv.return.file"]

    @classmethod
    def _make_books(cls, env):
        company = env["res.company"].create(
            {"name": f"Killed returns {next(cls.ranks)}"}
        )
        cls.company_id = company.id
        env = env(context={"allowed_company_ids": company.ids})
        company._recouv_create_transfer_settings()
        receivable, income = (
            env["account.account"].create(
                {
                    "name": name,
                    "code": code,
                    "account_type": kind,
                    "reconcile": kind == "asset_receivable",
                }
            )
            for name, code, kind in (
                ("Payers", "411900", "asset_receivable"),
                ("Fees", "706900", "income"),
            )
        )
        journal = env["account.journal"].create(
            {"name": "Old items", "code": "OLDR", "type": "general"}
        )
        payer = env["res.partner"].create(
            {
                "name": "Caisse",
                "company_id": company.id,
                "recouv_payer_kind": "amo",
                "recouv_payer_code": "019990000",
            }
        )
        owed = [
            Command.create(
                {"account_id": receivable.id, "partner_id": payer.id, "debit": 10}
            )
            for _each in range(LINES)
        ]
        fees = Command.create({"account_id": income.id, "credit": 10 * LINES})
        move = env["account.move"].create(
            {"journal_id": journal.id, "date": DAY, "line_ids": [*owed, fees]}
        )
        move.action_post()
        cls._make_shares(env, company, payer, move)

    @classmethod
    def _make_shares(cls, env, company, payer, move):
        items = move.line_ids.filtered("debit")
        env.flush_all()
        for rank, item in enumerate(items, start=1):
            env.cr.execute(
                "INSERT INTO recouv_transfer (company_id, kind, state, target_line_id,"
                " currency_id, amount_currency, amount, target_partner_id, date,"
                " idempotency_key) VALUES (%s, 'payer_share', 'posted', %s, %s, 10, 10,"
                " %s, %s, %s) RETURNING id",
                (
                    company.id,
                    item.id,
                    company.currency_id.id,
                    payer.id,
                    DAY,
                    f"killed:{company.id}:{rank}",
                ),
            )
            transfer = env.cr.fetchone()[0]
            env.cr.execute(
                "INSERT INTO recouv_share (company_id, currency_id, payer_id, kind,"
                " exemption, amount, state, transfer_id, invoice_number, care_date,"
                " attempt) VALUES (%s, %s, %s, 'amo', 'none', 10, 'transmitted', %s,"
                " %s, %s, 1)",
                (
                    company.id,
                    company.currency_id.id,
                    payer.id,
                    transfer,
                    f"{rank:09d}",
                    DAY,
                ),
            )

    @classmethod
    def _clean(cls):
        if not cls.company_id:
            return
        with cls.connection() as env:
            for table in (
                "recouv_return_settlement",
                "recouv_return_line",
                "account_partial_reconcile",
                "recouv_share",
                "recouv_transfer",
                "account_move_line",
                "account_move",
                "recouv_return_payment",
                "recouv_return_file",
            ):
                # pylint: disable=sql-injection
                env.cr.execute(
                    f"DELETE FROM {table} WHERE company_id = %s", [cls.company_id]
                )
            company = env["res.company"].browse(cls.company_id)
            env["res.partner"].search([("company_id", "=", company.id)]).unlink()
            company.write({"active": False, "name": f"{company.name} #{company.id}"})
            env.cr.commit()

    def data(self):
        writer = NoemieWriter(DAY)
        transfer = writer.transfer(DAY, "CAISSE", "269900000012", "019990000")
        for number in range(1, LINES + 1):
            transfer.invoice(f"{number:09d}", amo=1000, date=DAY)
        return writer.bytes()

    def take(self):
        """Keep the file, committed, as an upload leaves it for the background."""
        with self.connection() as env:
            files = self.files(env)
            attachment = env["ir.attachment"].create(
                {"name": "killed.rsp", "datas": base64.b64encode(self.data())}
            )
            # nothing of it is worked before the upload is over
            with patch.object(type(files), "_start", lambda *_args, **_kw: None):
                file, _told = files._take(attachment)
            file.sudo().write({"is_queued": True, "is_apply_wanted": True})
            env.cr.commit()
            return file.id

    def state(self, file_id):
        with self.connection() as env:
            file = self.files(env).browse(file_id)
            payment = file.line_ids.payment_id
            paid = env["recouv.share"].search_count(
                [("company_id", "=", self.company_id), ("state", "=", "paid")]
            )
            return (
                file.state,
                len(file.line_ids),
                paid,
                sum(payment.mapped("amount_waiting")),
            )

    def killed_after(self, file_id, steps):
        """Work on a file until a kill in the middle of a piece, after some pieces."""
        with self.connection() as env:
            file = self.files(env).browse(file_id)
            Line = type(env["recouv.return.line"])
            tell, count = Line._tell_shares, [0]

            def kill(lines, *args):
                tell(lines, *args)
                count[0] += 1
                if count[0] > steps:
                    raise Killed

            with patch.object(Line, "_tell_shares", kill), self.assertRaises(Killed):
                for _step in file._run_batches():
                    pass
            env.cr.rollback()

    def test_a_killed_return_goes_on_and_books_nothing_twice(self):
        file_id = self.take()
        self.killed_after(file_id, 1)
        state, lines, paid, waiting = self.state(file_id)
        self.assertEqual((state, lines), ("read", LINES))
        self.assertEqual((paid, waiting), (49, 490.0))
        with self.connection() as env:
            for _step in self.files(env).browse(file_id)._run_batches():
                pass
        self.assertEqual(self.state(file_id), ("applied", LINES, LINES, 10.0 * LINES))
        self.work_again(file_id)

    def work_again(self, file_id):
        """One who works on an applied file changes nothing; two at once neither."""
        with self.connection() as first, self.connection() as second:
            self.files(first).browse(file_id).lock_for_update()
            file = self.files(second).browse(file_id)
            self.assertEqual(list(file._run_batches()), [])
            second.cr.rollback()
            first.cr.rollback()
        with self.connection() as env:
            self.files(env).browse(file_id).action_apply()
            env.cr.commit()
        self.assertEqual(self.state(file_id)[2:], (LINES, 10.0 * LINES))

    # --- the server ends the connection -----------------------------------------------

    def cut_after(self, file_id, steps):
        """Work on a file until its connection is ended from another one, in the middle
        of a piece: what a worker killed by the system leaves in the database."""
        with self.connection() as env:
            file = self.files(env).browse(file_id)
            env.cr.execute("SELECT pg_backend_pid()")
            worker = env.cr.fetchone()[0]
            Line = type(env["recouv.return.line"])
            tell, count = Line._tell_shares, [0]

            def cut(lines, *args):
                tell(lines, *args)
                count[0] += 1
                if count[0] > steps:
                    with self.connection() as other:
                        other.cr.execute("SELECT pg_terminate_backend(%s)", [worker])
                    lines.env.cr.execute("SELECT 1")

            with patch.object(Line, "_tell_shares", cut):
                for _step in file._run_batches():
                    pass

    def test_a_connection_that_is_cut_leaves_whole_pieces(self):
        file_id = self.take()
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.Error):
            self.cut_after(file_id, 1)
        state, lines, paid, waiting = self.state(file_id)
        self.assertEqual((state, lines, paid, waiting), ("read", LINES, 49, 490.0))
        with self.connection() as env:
            file = self.files(env).browse(file_id)
            # it still waits for the background, which goes on with it
            self.assertTrue(file.is_queued)
            for _step in file._run_batches():
                pass
        self.assertEqual(self.state(file_id), ("applied", LINES, LINES, 10.0 * LINES))

    # --- two people take in the same file ---------------------------------------------

    def upload(self, results):
        """Upload the file as a request does; note what came of it."""
        with self.connection() as env:
            files = self.files(env)

            def work():
                attachment = files.env["ir.attachment"].create(
                    {"name": "killed.rsp", "datas": base64.b64encode(self.data())}
                )
                file, told = files._take(attachment)
                return file.id, told

            try:
                results.append(retrying(work, env))
            except ValidationError as error:
                results.append((None, str(error)))

    def test_two_people_who_take_in_one_file_have_one(self):
        files = self.registry["recouv.return.file"]
        detect, meeting = files._detect, threading.Barrier(2)

        def meet(*args):
            """Both have seen that it is not known, and none has recorded it yet."""
            found = detect(*args)
            with suppress(threading.BrokenBarrierError):
                meeting.wait(30)
            return found

        results = []
        with (
            patch.object(files, "_detect", meet),
            patch.object(files, "_start", lambda *_args, **_kw: None),
            mute_logger("odoo.sql_db"),
        ):
            people = [
                threading.Thread(target=self.upload, args=(results,))
                for _person in range(2)
            ]
            for person in people:
                person.start()
            for person in people:
                person.join(60)
        self.assertEqual(len(results), 2)
        taken = [file for file, _told in results if file]
        refused = [told for file, told in results if not file]
        self.assertEqual(len(taken), 1)
        self.assertIn("taken in already", refused[0])
        # whoever comes later is shown the first
        with self.connection() as env:
            self.assertEqual(self.files(env).search([]).ids, taken)
        later = []
        self.upload(later)
        self.assertEqual(later[0][0], taken[0])
        self.assertTrue(later[0][1])
