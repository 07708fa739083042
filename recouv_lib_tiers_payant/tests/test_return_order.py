"""Answers in an order, and of a size, that nobody had planned for."""

from datetime import date

from odoo import fields
from odoo.tests import tagged

from .return_common import ReturnCommon

CLOSED_RIGHTS = ("0049", "DROITS FERMES A LA DATE DES SOINS", "C")


@tagged("post_install", "-at_install")
class TestReturnOrder(ReturnCommon):
    """One invoice of 100: 60 the caisse, 30 the mutual fund, 10 the patient."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls.make_invoice(
            amount=100.0, due=date(2026, 6, 2), invoice_date=date(2026, 6, 2)
        )
        cls.amo = cls.sent_share(60.0, move=cls.move, number="000000701")
        cls.amc = cls.sent_share(30.0, "amc", move=cls.move, number="000000701")

    def told(self, share, reference, identification, **values):
        """A file of its own that answers one part."""
        writer = self.writer(identification=identification)
        self.answer(self.transfer(writer, reference=reference), share, **values)
        file, _told = self.take(writer.bytes(), f"{identification}.rsp")
        self.assertFalse(file.failure_message)
        return file.sudo().line_ids

    def credit(self, amount=None):
        credit = self.move._reverse_moves([{"invoice_date": fields.Date.today()}])
        if amount:
            credit.invoice_line_ids.price_unit = amount
        credit.action_post()
        return credit

    def owed_by(self, partner):
        items = self.env["account.move.line"].search(
            [
                ("partner_id", "=", partner.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
            ]
        )
        return round(sum(items.mapped("balance")), 2)

    def rejections(self):
        return self.env["recouv.rejection"].search(
            [("share_id", "in", (self.amo | self.amc).ids)]
        )

    def test_the_mutual_fund_answers_before_the_caisse(self):
        self.told(self.amc, "261600000701", "AMC001")
        self.assertEqual(self.amounts(self.amc), ("paid", 30.0, 0.0))
        self.assertEqual(self.amounts(self.amo), ("transmitted", 0.0, 60.0))
        self.told(self.amo, "261600000702", "AMO001")
        self.assertEqual(self.amounts(self.amo), ("paid", 60.0, 0.0))
        self.assertEqual(self.owed_by(self.patient), 10.0)

    def test_the_mutual_fund_pays_what_the_caisse_then_refuses(self):
        self.told(self.amc, "261600000701", "AMC001")
        self.told(
            self.amo, "261600000702", "AMO001", state="R",
            rejections=[("0250", "ASSURE ABSENT DU REFERENTIEL", "O")],
        )  # fmt: skip
        self.assertEqual(self.amounts(self.amc), ("paid", 30.0, 0.0))
        self.assertEqual(self.amo.state, "rejected")
        self.assertEqual(self.rejections().share_id, self.amo)
        self.assertEqual(self.owed_by(self.patient), 10.0)

    def test_a_credit_note_ends_what_one_payer_refused_and_owes_what_one_paid(self):
        self.told(self.amo, "261600000701", "AMO001", paid=4000)
        self.told(
            self.amc, "261600000702", "AMC001", state="R",
            rejections=[CLOSED_RIGHTS],
        )  # fmt: skip
        self.assertEqual(self.rejections().state, "to_do")
        self.credit()
        self.assertEqual(self.owed_by(self.patient), 0.0)
        self.assertEqual(self.owed_by(self.mutual), 0.0)
        # what the caisse paid is owed back to it
        self.assertEqual(self.owed_by(self.caisse), -40.0)
        self.assertEqual(self.amc.state, "cancelled")
        # nobody is asked to treat a rejection of what is not owed any more
        self.assertEqual(self.rejections().state, "credited")
        self.assertEqual(self.rejections().closed_on, fields.Date.today())

    def test_a_credit_note_of_a_part_leaves_the_rejection_to_treat(self):
        self.told(
            self.amc, "261600000702", "AMC001", state="R",
            rejections=[CLOSED_RIGHTS],
        )  # fmt: skip
        self.credit(20.0)
        self.assertEqual(self.amc.state, "rejected")
        self.assertEqual(self.rejections().state, "to_do")

    def test_what_was_sent_again_ends_with_its_invoice(self):
        self.told(
            self.amc, "261600000702", "AMC001", state="R",
            rejections=[CLOSED_RIGHTS],
        )  # fmt: skip
        following = self.amc._resend("900000701")
        self.rejections()._record({"state": "resent"})
        self.credit(20.0)
        self.assertEqual(self.rejections().state, "resent")
        credit = self.move._reverse_moves([{"invoice_date": fields.Date.today()}])
        credit.invoice_line_ids.price_unit = 80.0
        credit.action_post()
        self.assertEqual(following.state, "cancelled")
        self.assertEqual(self.rejections().state, "credited")

    def test_a_part_lowered_since_is_paid_as_it_was_sent(self):
        self.credit(20.0)
        self.amo.invalidate_recordset()
        open_before = self.amo.amount_open
        self.assertLess(open_before, 60.0)
        line = self.told(self.amo, "261600000701", "AMO001", paid=6000)
        # more than is owed by now: a person says whose it is, nothing is lost
        self.assertIn(line.outcome, ("to_settle", "done"))
        if line.outcome == "to_settle":
            self.assertEqual(line.issue, "too_much")
            self.assertEqual(self.balance("recouv_allot_account_id"), -60.0)
        else:
            self.assertEqual(self.owed_by(self.caisse), open_before - 60.0)

    def test_money_for_a_cancelled_invoice_is_kept_for_a_person(self):
        self.credit()
        line = self.told(self.amo, "261600000701", "AMO001")
        self.assertEqual((line.outcome, line.issue), ("to_settle", "cancelled"))
        self.assertEqual(self.balance("recouv_allot_account_id"), -60.0)
        self.assertEqual(self.owed_by(self.patient), 0.0)

    def test_a_payer_that_answers_for_another_payers_part(self):
        """The caisse pays what was sent to the mutual fund: not this share's money."""
        writer = self.writer(identification="AMO009")
        transfer = self.transfer(writer, reference="261600000709")
        self.answer(transfer, self.amo)
        self.answer(transfer, self.amc, state="R", rejections=[CLOSED_RIGHTS])
        self.answer(transfer, self.amc)
        file, _told = self.take(writer.bytes(), "mixed.rsp")
        self.assertFalse(file.failure_message)
        states = (self.amounts(self.amo)[0], self.amounts(self.amc)[0])
        self.assertEqual(states, ("paid", "paid"))
        self.assertFalse(self.rejections().filtered(lambda r: r.state == "to_do"))
