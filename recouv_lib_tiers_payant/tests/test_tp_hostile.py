import base64
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .return_common import SENT, ReturnCommon

#: what only an act writes, with a value that would pay, hide or redirect something
RETURN_VALUES = {
    "recouv.return.file": {
        "name": "<script>alert(1)</script>",
        "state": "applied",
        "digest": "0" * 64,
        "size": 1,
        "is_queued": True,
        "is_apply_wanted": True,
        "starts": -1,
        "offset_done": 2**31 - 1,
        "resume": {"payments": 10**9, "known": -1},
        "controls": [{"code": "junk", "values": {"size": 1}}],
        "failure_message": "<b>x</b>",
        "content": "AAAA",
        "file_purged_on": "2026-06-15",
    },
    "recouv.return.payment": {
        "amount": -1,
        "label1": "x" * 5000,
        "key": "x",
        "date": "2026-06-15",
        "is_test": True,
    },
    "recouv.return.line": {
        "paid": 1e15,
        "share_id": False,
        "outcome": "settled",
        "item_id": False,
        "payment_id": False,
        "issue": "<b>x</b>",
        "issue_values": {"amount_paid": "x"},
        "candidates": [1, 2, 3],
        "rejections": [{"code": "x"}],
        "key": "x",
        "nir": "285073512345668",
    },
}
SHARE_VALUES = {
    "state": "paid",
    "amount": -1,
    "transfer_id": False,
    "claim_id": False,
    "lot_id": False,
    "attempt": 0,
    "sent_on": "2026-06-15",
    "expected_date": "9999-12-31",
    "origin_share_id": False,
    "currency_id": 1,
    "company_id": 1,
    "patient_id": False,
}


@tagged("post_install", "-at_install")
class TestTiersPayantHostile(ReturnCommon):
    """What screens do not offer and somebody sends all the same."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = new_test_user(
            cls.env,
            "tp_reader",
            groups="base.group_user,account.group_account_readonly",
            company_id=cls.company.id,
        )
        cls.share = cls.sent_share(70.0)

    def setUp(self):
        super().setUp()
        self.file = self.taken(self.return_of(self.share))

    def records(self):
        file = self.file
        return [file, file.payment_ids, file.line_ids]

    def test_who_only_reads_books_writes_nothing_of_returns(self):
        for user in (self.reader, self.secretary):
            for record in (*self.records(), self.share):
                own = record.with_user(user)
                values = RETURN_VALUES.get(record._name, SHARE_VALUES)
                for name, value in values.items():
                    with (
                        self.subTest(user.login, record=record._name, name=name),
                        self.assertRaises(AccessError),
                    ):
                        own.write({name: value})
                with self.assertRaises(AccessError):
                    own.unlink()
                with self.assertRaises(AccessError):
                    own.create({"company_id": self.company.id})

    def test_who_follows_payers_rewrites_nothing_that_happened(self):
        for record in self.records():
            own = record.with_user(self.biller)
            for name, value in RETURN_VALUES[record._name].items():
                with (
                    self.subTest(record=record._name, name=name),
                    self.assertRaisesRegex(UserError, "not edited"),
                ):
                    own.write({name: value})
            with self.assertRaises(UserError):
                own.unlink()
            with self.assertRaisesRegex(UserError, "not made by hand"):
                own.create({"company_id": self.company.id, "name": "x"})

    def test_a_part_that_was_sent_is_not_rewritten(self):
        share = self.share.with_user(self.biller)
        for name, value in SHARE_VALUES.items():
            with (
                self.subTest(name),
                self.assertRaisesRegex(UserError, "not edited"),
            ):
                share.write({name: value})
        with self.assertRaises(UserError):
            share.unlink()
        self.assertEqual(self.amounts(self.share), ("paid", 70.0, 0.0))

    def test_a_mark_in_the_context_opens_nothing(self):
        context = {"recouv_recording": True, "recouv_share_answering": True,
                   "default_state": "paid"}  # fmt: skip
        share = self.share.with_user(self.biller).with_context(**context)
        with self.assertRaises(UserError):
            share.write({"state": "abandoned"})
        with self.assertRaises(UserError):
            self.file.line_ids.with_user(self.biller).with_context(**context).write(
                {"paid": 1.0}
            )

    def plan(self, **values):
        move = self.make_invoice(amount=100.0)
        return (
            self.env["recouv.share"]
            .with_user(self.biller)
            .create(
                {
                    "move_id": move.id,
                    "payer_id": self.caisse.id,
                    "kind": "amo",
                    "amount": 70.0,
                    **values,
                }
            )
        )

    def test_a_plan_takes_only_what_can_be(self):
        other = self.env["res.company"].create({"name": "Other practice"})
        stranger = self.env["res.partner"].create(
            {"name": "Stranger", "company_id": other.id, "recouv_payer_kind": "amo",
             "recouv_payer_code": "019990000"}
        )  # fmt: skip
        for values in (
            {"amount": 1e15},
            {"payer_id": self.patient.id},
            {"kind": "amc"},
            {"state": "paid"},
            {"transfer_id": 1},
            {"company_id": other.id},
            {"payer_id": stranger.id},
        ):
            with self.subTest(values), self.assertRaises(UserError) as told:
                self.plan(**values).flush_recordset()
            self.assertNotIn("Stranger", str(told.exception))

    def test_a_part_is_never_negative(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.plan(amount=-70.0).flush_recordset()

    def test_an_import_into_another_practice_is_refused(self):
        other = self.env["res.company"].create({"name": "Other practice"})
        wizard = self.env["recouv.b2.import"].with_user(self.biller)
        wizard = wizard.create(
            {"file": b"AAAA", "filename": "a.b2", "company_id": other.id}
        )
        sent = self.registry["recouv.sent.file"]
        with patch.object(sent, "_check_is_b2"), self.assertRaises(AccessError):
            wizard.action_import()

    def test_acknowledgments_for_another_practice_reach_none_of_its_lots(self):
        other = self.env["res.company"].create({"name": "Other practice"})
        lot = self.env["recouv.lot"].create(
            {"name": "001", "date": SENT, "company_id": other.id}
        )
        lot._record({"sent_on": SENT})
        wizard = self.env["recouv.lot.ack.import"].with_user(self.biller)
        wizard = wizard.create(
            {
                "file": base64.b64encode(b"lot;etat\n001;positif\n"),
                "filename": "a.csv",
                "company_id": other.id,
            }
        )
        with self.assertRaises(AccessError):
            wizard.action_import()
        self.assertEqual(lot.ack_state, "none")

    def test_a_file_of_another_user_is_not_traced(self):
        other = self.env["res.company"].create({"name": "Other practice"})
        foreign = new_test_user(
            self.env,
            "tp_foreign",
            groups="base.group_user,recouv_lib_tiers_payant.group_tiers_payant",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        Trace = self.env["recouv.return.trace"].with_user(foreign)
        with self.assertRaises(AccessError):
            self.assertFalse(Trace.create({"file_id": self.file.id}).page)
