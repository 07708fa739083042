from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TODAY
from .funds_common import FundsCommon
from .tax_common import PaymentTaxMixin
from .transfer_common import TransferCommon
from .write_off_common import WriteOffCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTaxCollected(PaymentTaxMixin, FundsCommon):
    """Money that the agency collects is money: the practice's tax falls due."""

    @classmethod
    def make_placed(cls):
        """The older one bears 20 of tax in 120."""
        cls.put_payment_tax()
        cls.old = cls.taxed_invoice(100.0, due=date(2026, 1, 5))
        cls.young = cls.make_invoice(due=date(2026, 2, 5), amount=80.0)
        cls.env["recouv.engine"]._create_claims(cls.company, TODAY)
        cls.claim = cls.claims_of(cls.old)
        cls.other_claim = cls.claims_of(cls.young)
        cls.mirror = cls.place(cls.claim)
        cls.other_mirror = cls.place(cls.other_claim)
        cls.creditor = cls.mirror.creditor_partner_id.sudo()

    def test_what_is_collected_makes_the_tax_due(self):
        self.assertEqual(self.taxes(), (20.0, 0))
        receipt = self.receive(200.0, self.mirror | self.other_mirror)
        self.assertEqual(receipt.state, "cleared")
        self.assertEqual((self.old | self.young).mapped("amount_residual"), [0, 0])
        self.assertEqual(self.taxes(), (0, 20.0))
        self.assertEqual(self.books(), (200.0, -200.0))
        self.assertEntriesBalanced()
        self.assertFalse(receipt.sudo().line_ids.transfer_id._detect_broken())

    def test_a_part_makes_its_share_due(self):
        self.receive(60.0)
        self.assertEqual(self.old.amount_residual, 60.0)
        self.assertEqual(self.taxes(), (10.0, 10.0))

    def test_sent_back_the_tax_waits_again(self):
        self.receive(120.0)._bounce(TODAY, "funds")
        self.assertEqual(self.old.amount_residual, 120.0)
        self.assertEqual(self.taxes(), (20.0, 0))
        self.assertEqual(self.books(), (0, 0))
        self.assertEntriesBalanced()
        self.receive(120.0)
        self.assertEqual(self.old.amount_residual, 0)
        self.assertEqual(self.taxes(), (0, 20.0))

    def test_of_two_payments_of_a_day_each_has_its_share(self):
        receipts = self.receipt(90.0) | self.receipt(30.0)
        receipts.action_confirm()
        self.assertEqual(len(receipts.sudo().line_ids.transfer_id.move_id), 1)
        self.assertEqual(self.taxes(), (0, 20.0))
        receipts[0]._bounce(TODAY, "funds")
        self.assertEqual(self.old.amount_residual, 90.0)
        self.assertEqual(self.taxes(), (15.0, 5.0))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTaxOfTransfers(PaymentTaxMixin, TransferCommon):
    """An agency outside of this database collects too; other transfers are no money."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.put_payment_tax()
        cls.move = cls.taxed_invoice(100.0)

    def collected(self, amount=None):
        transfer = self.plan(
            self.receivable(self.move), "collected", amount, self.buyer
        ).with_user(self.manager)
        transfer.action_post()
        return transfer

    def back(self, transfer, **values):
        wizard = self.env["recouv.transfer.back"].with_user(self.manager)
        wizard.create(
            {"transfer_ids": transfer.ids, "reason": "It bounced", **values}
        ).action_confirm()

    def test_only_money_makes_tax_due(self):
        for kind in ("payer_share", "assignment", "subrogation", "doubtful"):
            draft = self.plan(self.receivable(self.move), kind, 50)
            with self.subTest(kind), self.assertRaisesRegex(UserError, "VAT paid"):
                draft.action_post()
            draft.unlink()
        self.assertEqual(self.taxes(), (20.0, 0))
        self.collected(60.0)
        self.assertEqual(self.taxes(), (10.0, 10.0))

    def test_brought_back_the_invoice_itself_is_owed_again(self):
        transfer = self.collected()
        self.back(transfer)
        self.assertEqual(transfer.state, "taken_back")
        self.assertEqual(self.move.amount_residual, 120.0)
        self.assertEqual(self.taxes(), (20.0, 0))
        self.assertTrue(transfer.sudo().target_line_id.reconciled)
        self.pay(self.move, 120.0, TODAY)
        self.assertEqual(self.taxes(), (0, 20.0))

    def test_it_comes_back_as_a_whole_in_open_books(self):
        transfer = self.collected()
        with self.assertRaisesRegex(UserError, "as a whole"):
            self.back(transfer, amount=50.0)
        with self.assertRaisesRegex(UserError, "before it was booked"):
            self.back(transfer, date=date(2026, 6, 1))
        self.company.fiscalyear_lock_date = TODAY
        with self.assertRaisesRegex(UserError, "locked"):
            self.back(transfer)
        self.assertEqual(transfer.state, "posted")
        self.assertEqual(self.taxes(), (0, 20.0))

    def test_many_ask_the_same_as_one(self):
        plain = self.make_invoice()
        mixed = self.make_invoice(
            invoice_line_ids=[
                Command.create({"name": "Care", "price_unit": 50, "tax_ids": []}),
                Command.create(
                    {"name": "x", "price_unit": 50, "tax_ids": self.payment_tax.ids}
                ),
            ]
        )
        moves = self.env["account.move"]
        self.env.flush_all()
        for move, expected in ((plain, False), (mixed, True), (self.move, True)):
            query = moves._recouv_tax_on_payment_sql(move.id)
            [[found]] = self.env.execute_query(query.__class__("SELECT %s", query))
            self.assertEqual((found, bool(move._recouv_taxes_on_payment())),
                             (expected, expected))  # fmt: skip


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTaxWrittenOff(PaymentTaxMixin, WriteOffCommon):
    """Tax that nobody paid is not due: the loss is net, and nothing is declared."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.put_payment_tax()
        cls.taxed = cls.taxed_invoice(100.0, due=date(2026, 1, 5))
        cls.env["recouv.engine"]._create_claims(cls.company, TODAY)
        cls.taxed_claim = cls.claims_of(cls.taxed)

    def loss(self):
        return self.balance(self.company.recouv_loss_account_id)

    def receivable(self, move):
        return move.line_ids.filtered(lambda x: x.account_type == "asset_receivable")

    def test_the_loss_is_net_and_the_tax_waits_no_more(self):
        act = self.written_off(self.taxed_claim)
        self.assertEqual((self.loss(), self.taxes()), (100.0, (0, 0)))
        self.assertEqual((act.amount_currency, act.amount_tax), (120.0, 20.0))
        self.assertEqual(self.taxed.amount_residual, 0)
        self.assertEqual(self.taxed_claim.settlement, "written_off")
        self.assertFalse(self.taxed.tax_cash_basis_created_move_ids)
        waited = self.taxed.line_ids.filtered("tax_line_id")
        self.assertTrue(waited.reconciled)
        self.assertIn("Of which tax that is not due", self.printed[-1])

    def test_undone_it_waits_again_and_falls_due_with_the_payment(self):
        act = self.written_off(self.taxed_claim)
        act.undo("She came back")
        self.assertEqual((self.loss(), self.taxes()), (0, (20.0, 0)))
        self.assertEqual(self.taxed.amount_residual, 120.0)
        self.assertFalse(self.taxed.line_ids.filtered("tax_line_id").reconciled)
        self.pay(self.taxed, 120.0, TODAY)
        self.assertEqual((self.loss(), self.taxes()), (0, (0, 20.0)))

    def test_what_was_paid_before_stays_due(self):
        self.pay(self.taxed, 60.0, TODAY)
        self.assertEqual(self.taxes(), (10.0, 10.0))
        act = self.written_off(self.taxed_claim)
        self.assertEqual((self.loss(), self.taxes()), (50.0, (0, 10.0)))
        self.assertEqual(act.amount_tax, 10.0)
        act.undo("She came back")
        self.assertEqual((self.loss(), self.taxes()), (0, (10.0, 10.0)))

    def test_without_such_tax_nothing_changes(self):
        act = self.written_off()
        self.assertEqual((self.loss(), act.amount_tax), (120.0, 0))
        self.assertEqual(len(act.sudo().move_id.line_ids), 2)
        self.assertNotIn("tax that is not due", self.printed[-1])

    def test_books_on_receipts_give_the_fee_back_without_its_tax(self):
        self.company.recouv_cash_basis = True
        income = self.taxed.invoice_line_ids.account_id
        before = self.balance(income)
        self.written_off(self.taxed_claim)
        self.assertEqual(self.balance(income) - before, 100.0)
        self.assertEqual((self.loss(), self.taxes()), (0, (0, 0)))

    def test_each_term_takes_its_share_to_the_cent(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Three times",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": part, "nb_days": days}
                    )
                    for part, days in ((33.33, 0), (33.33, 30), (33.34, 60))
                ],
            }
        )
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        move = self.taxed_invoice(
            33.34, due=date(2026, 2, 1), invoice_payment_term_id=term.id
        )
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        claims = self.claims_of(move)
        self.assertEqual(len(claims), 3)
        waits, _due = self.taxes()
        first = self.written_off(claims[0])
        self.assertAlmostEqual(self.taxes()[0], waits - first.amount_tax)
        rest = self.written_off(claims[1:])
        self.assertEqual(self.taxes(), (20.0, 0))
        self.assertAlmostEqual(sum((first | rest).mapped("amount_tax")), 6.67)
        self.assertAlmostEqual(self.loss(), 33.34)
        self.assertEqual(move.amount_residual, 0)
        first.undo("She came back")
        self.pay(move, move.amount_residual, TODAY)
        waits, due = self.taxes()
        self.assertEqual((waits, due), (20.0, round(first.amount_tax, 2)))

    def test_money_that_comes_later_settles_the_invoice_itself(self):
        act = self.written_off(self.taxed_claim)
        self.money(120.0)
        wizard = self.env["recouv.write.off.recover"].with_user(self.secretary)
        wizard = wizard.create({"write_off_id": act.id})
        with self.assertRaisesRegex(UserError, "Undo the write-off"):
            wizard.action_confirm()
        act.undo("He paid")
        payment = self.env["account.payment"].search([], order="id desc", limit=1)
        items = self.receivable(payment.move_id) | self.receivable(self.taxed)
        items.reconcile()
        self.assertEqual((self.loss(), self.taxes()), (0, (0, 20.0)))
        self.assertEqual(self.taxed.amount_residual, 0)

    def test_its_tax_is_not_unreconciled_by_hand(self):
        act = self.written_off(self.taxed_claim)
        waited = self.taxed.line_ids.filtered("tax_line_id")
        with self.assertRaisesRegex(UserError, act.name):
            waited.remove_move_reconcile()
