from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from .rejection_common import REJECTED, RejectionCommon


@tagged("post_install", "-at_install")
@freeze_time(REJECTED)
class TestRejectionStake(RejectionCommon):
    """Nobody is asked for more than what is still open of a rejected part."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_reason("5555", "bill_patient")

    def rejected(self, **values):
        share = self.make_share(payer=self.mutual, **values)
        return self.reject(share, "5555", "plafond atteint").with_user(self.biller)

    def half_paid(self):
        """70 were rejected; the fund pays 40 of them after all."""
        rejection = self.rejected()
        # read before, as a screen does
        self.assertEqual(rejection.amount_at_stake, 70.0)
        self.pay_item(self.item_of(rejection.share_id), 40.0)
        rejection.invalidate_recordset()
        return rejection

    def figures(self, *names):
        self.env.flush_all()
        self.env.invalidate_all()
        rows = self.env["recouv.report.rejection"].with_user(self.biller)
        return rows._read_group(
            [("company_id", "=", self.company.id)], [], [f"{n}:sum" for n in names]
        )[0]

    def balances(self, rejection):
        """What payer, patient and bank have of the invoice in the books."""
        invoice = rejection.sudo().move_id
        lines = self.env["account.move.line"].search(
            [
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("partner_id", "in", (self.mutual | invoice.partner_id).ids),
            ]
        )
        return {
            partner: round(sum(own.mapped("balance")), 2)
            for partner, own in lines.grouped("partner_id").items()
        }

    # --- billing the patient ----------------------------------------------------------

    def test_a_patient_is_billed_what_the_payer_left(self):
        rejection = self.half_paid()
        self.assertEqual((rejection.state, rejection.amount), ("to_do", 70.0))
        act = rejection._treat_bill(date(2026, 7, 15), channel="letter")
        letter = self.printed[-1]
        self.assertIn("30,00", letter)
        self.assertNotIn("70,00", letter)
        self.assertEqual(act.amount, 30.0)
        self.assertEqual(act.sudo().transfer_id.amount_currency, 30.0)
        # of 100: 40 came, the patient owes their own 30 and these 30
        self.assertEqual(self.balances(rejection), {self.mutual: 0, self.patient: 60})
        rejection.invalidate_recordset()
        self.assertEqual(rejection.amount_at_stake, 30.0)
        self.assertEqual(
            self.figures("amount_rejected", "amount_to_patient"), (70.0, 30.0)
        )

    def test_the_e_mail_says_the_same(self):
        rejection = self.half_paid()
        act = rejection._treat_bill(date(2026, 7, 15), channel="email")
        body = str(act.sudo().mail_id.body_html)
        self.assertIn("30,00", body)
        self.assertNotIn("70,00", body)

    def test_a_credit_note_that_halves_the_part_halves_the_bill(self):
        rejection = self.rejected()
        self.credit_note(rejection.sudo().move_id, 35.0, "amc")
        rejection.invalidate_recordset()
        self.assertEqual((rejection.amount, rejection.amount_at_stake), (70.0, 35.0))
        act = rejection._treat_bill(date(2026, 7, 15), channel="letter")
        self.assertIn("35,00", self.printed[-1])
        self.assertEqual(act.amount, 35.0)
        self.assertEqual(self.figures("amount_to_patient"), (35.0,))

    def test_undone_it_is_open_again_as_the_books_say(self):
        rejection = self.half_paid()
        rejection._treat_bill(date(2026, 7, 15), channel="letter").undo("par erreur")
        rejection.invalidate_recordset()
        self.assertEqual((rejection.state, rejection.amount_at_stake), ("to_do", 30.0))
        self.assertEqual(self.figures("amount_to_patient"), (0.0,))

    def test_a_part_billed_without_a_rejection_counts_what_was_moved(self):
        share = self.make_share(payer=self.mutual)
        self.pay_item(self.item_of(share), 40.0)
        share.with_user(self.biller)._to_patient("Terminé", date(2026, 7, 15))
        self.assertEqual(self.figures("amount_to_patient"), (30.0,))

    # --- the payer, giving up, sending again ------------------------------------------

    def test_the_payer_is_claimed_what_it_still_owes(self):
        rejection = self.half_paid()
        rejection._treat_claim(date(2026, 7, 15))
        self.assertIn("30,00", self.printed[-1])
        self.assertNotIn("70,00", self.printed[-1])
        self.assertEqual(rejection.act_ids.amount, 30.0)
        self.assertEqual(rejection.amount_at_stake, 30.0)

    def test_what_is_given_up_is_what_was_open(self):
        rejection = self.half_paid().with_user(self.boss)
        act = rejection._treat_give_up("trop tard")
        self.assertEqual((act.amount, act.write_off_id.amount), (30.0, 30.0))
        self.assertEqual(self.figures("amount_lost"), (30.0,))
        self.assertEqual(rejection.amount_at_stake, 30.0)

    def test_what_is_sent_again_keeps_what_was_asked_then(self):
        rejection = self.half_paid()
        act = rejection._treat_resend({rejection: "777000001"})
        self.assertEqual(act.amount, 30.0)
        self.pay_item(self.item_of(act.share_id), 10.0)
        rejection.invalidate_recordset()
        self.assertEqual((rejection.state, rejection.amount_at_stake), ("resent", 30.0))

    def test_nobody_is_asked_for_what_was_settled_meanwhile(self):
        rejection = self.rejected()
        # by something that is no answer of the payer, and leaves the rejection open
        item = self.item_of(rejection.share_id)
        expense = self.company_data["default_account_expense"]
        entry = self.env["account.move"].create(
            {
                "date": REJECTED,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": self.mutual.id,
                            "balance": balance,
                        }
                    )
                    for account, balance in ((item.account_id, -70.0), (expense, 70.0))
                ],
            }
        )
        entry.action_post()
        (item + entry.line_ids.filtered(lambda line: line.balance < 0)).reconcile()
        rejection.invalidate_recordset()
        self.assertEqual((rejection.state, rejection.amount_at_stake), ("to_do", 0.0))
        for treat in (
            lambda: rejection._treat_bill(date(2026, 7, 15)),
            lambda: rejection._treat_claim(date(2026, 7, 15)),
            lambda: rejection._treat_ask(date(2026, 7, 15)),
        ):
            with self.assertRaisesRegex(UserError, "nothing is owed"):
                treat()
        rejection._treat_wait(date(2026, 6, 30))
        self.assertEqual(rejection.state, "waiting")

    # --- the screens ------------------------------------------------------------------

    def test_the_dialog_says_what_is_open(self):
        rejections = self.half_paid() | self.rejected()
        dialogs = self.env["recouv.rejection.treat"].with_user(self.biller)
        context = rejections.action_treat()["context"]
        with Form(dialogs.with_context(**context)) as form:
            self.assertEqual(form.amount, 100.0)
            form.action = "correct_and_resend"
            form.first_number = "777000001"
            with form.line_ids.edit(0) as line:
                self.assertEqual(line.amount, 30.0)

    def test_the_cockpit_and_the_list_sum_what_is_open(self):
        self.half_paid()
        self.rejected()
        lines = self.env["recouv.tp.cockpit"].with_user(self.biller)
        action = lines.action_open_cockpit()
        row = lines.search(action["domain"]).filtered(lambda r: r.kind == "rejection")
        self.assertEqual((row.count, row.amount), (2, 100.0))
        rejections = self.env["recouv.rejection"].with_user(self.biller)
        [[total]] = rejections._read_group([], [], ["amount_at_stake:sum"])
        self.assertEqual(total, 100.0)
        found = rejections.search([("amount_at_stake", "<", 50)])
        self.assertEqual(found.amount_at_stake, 30.0)
