"""A return that is killed halfway, on real transactions: nothing is booked twice."""

import base64
from contextlib import closing, contextmanager
from datetime import date
from unittest.mock import patch

from odoo import SUPERUSER_ID, Command, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged

from ..returns.writing import NoemieWriter

LINES = 110
DAY = date.today()


class Killed(BaseException):
    """What no ``except Exception`` catches, as a kill."""


@tagged("post_install", "-at_install")
class TestReturnConnections(BaseCase):
    """The rows are committed in a company of their own, and deleted at the end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.addClassCleanup(cls._clean)
        with cls.connection() as env:
            cls._make_books(env)
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
        company = env["res.company"].create({"name": "Killed returns"})
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
        if not getattr(cls, "company_id", None):
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
            company.active = False
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
        self.assertEqual(
            self.state(file_id), ("applied", LINES, LINES, 10.0 * LINES)
        )
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
