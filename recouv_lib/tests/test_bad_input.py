from datetime import date
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY, RecouvCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestBadInput(RecouvCommon):
    """What goes wrong in a practice gets a clear message and loses nothing."""

    def misc_receivable(self, amount, **values):
        """A receivable posted by a miscellaneous entry, as opening balances are."""
        accounts = self.company_data
        entry = self.env["account.move"].create(
            {
                "journal_id": accounts["default_journal_misc"].id,
                "date": date(2026, 6, 1),
                "line_ids": [
                    Command.create(
                        {
                            "account_id": accounts["default_account_receivable"].id,
                            "partner_id": self.patient.id,
                            "debit": amount,
                            **values,
                        }
                    ),
                    Command.create(
                        {
                            "account_id": accounts["default_account_revenue"].id,
                            "credit": amount,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        return entry

    def test_a_policy_without_steps_is_named(self):
        self.policy.step_ids.unlink()
        self.make_invoice()
        with self.assertRaisesRegex(UserError, "Test schedule has no step"):
            self.propose()

    @mute_logger("odoo.sql_db")
    def test_two_steps_of_one_rank_are_refused(self):
        with self.assertRaises(IntegrityError):
            self.policy.step_ids.sorted()[1].sequence = 10
            self.env.flush_all()

    def test_a_mise_en_demeure_cannot_be_the_first_step(self):
        with self.assertRaisesRegex(ValidationError, "first step"):
            self.make_policy(
                steps=[
                    {
                        "channel": "registered_letter",
                        "is_formal_notice": True,
                        "deadline_days": 15,
                        "on_exhausted": "hold",
                    }
                ]
            )

    def test_a_mise_en_demeure_gives_a_precise_delay_by_registered_letter(self):
        step = self.policy.step_ids.filtered("is_formal_notice")
        with self.assertRaisesRegex(ValidationError, "precise delay"):
            step.deadline_days = 0
        with self.assertRaisesRegex(ValidationError, "10 days at least"):
            step.deadline_days = 9
        with self.assertRaisesRegex(ValidationError, "registered"):
            step.channel = "letter"

    def test_an_entry_without_due_date_counts_from_its_own_date(self):
        entry = self.misc_receivable(80)
        entry.line_ids.no_followup = False
        self.company.recouv_journal_ids |= entry.journal_id
        item = entry.line_ids.filtered("debit")
        item.date_maturity = False
        self.propose()
        claim = self.claims_of(entry)
        self.assertEqual(claim.date_due, date(2026, 6, 1))

    def test_opening_balances_keep_odoo_s_no_follow_up(self):
        entry = self.misc_receivable(80)
        self.company.recouv_journal_ids |= entry.journal_id
        run = self.propose()
        self.assertFalse(run.notice_ids)
        self.assertEqual(run.skip_ids.mapped("code"), ["no_followup"])

    def test_zero_and_negative_amounts_are_not_claims(self):
        free = self.make_invoice(amount=0)
        refund = self.make_invoice(amount=50, move_type="out_refund")
        self.propose()
        self.assertFalse(self.claims_of(free | refund))

    def test_draft_invoices_have_no_claim_and_say_so(self):
        move = self.make_invoice()
        move.button_draft()
        self.propose()
        self.assertFalse(self.claims_of(move))
        reason = move._recouv_receivable_items()._recouv_explain()[0]
        self.assertEqual(reason["code"], "not_posted")
        self.assertTrue(reason["message"])

    def test_merged_debtors_keep_one_conversation_and_all_history(self):
        twin = self.make_patient("Camille Martin (twin)")
        first = self.make_invoice(due=date(2026, 5, 1))
        second = self.make_invoice(twin, due=date(2026, 5, 1))
        self.prove(self.propose(date(2026, 5, 15)), date(2026, 5, 15))
        self.env["base.partner.merge.automatic.wizard"].sudo()._merge(
            [self.patient.id, twin.id], self.patient
        )
        self.env.invalidate_all()
        notice = self.propose().notice_ids
        self.assertEqual(notice.partner_id, self.patient)
        self.assertEqual(
            notice.line_ids.claim_id, self.claims_of(first) | self.claims_of(second)
        )
        self.assertEqual(len(self.claims_of(second)), 1)
        self.assertTrue(self.claims_of(second).step_id)

    def test_a_branch_uses_its_parent_s_policy(self):
        branch = self.env["res.company"].create(
            {
                "name": "Annexe",
                "parent_id": self.company.id,
                "street": "x",
                "zip": "1",
                "city": "y",
                "phone": "1",
                "country_id": self.env.ref("base.fr").id,
            }
        )
        self.env.user.company_ids |= branch
        env = self.env(context={"allowed_company_ids": [branch.id, self.company.id]})
        self.patient.with_company(
            branch
        ).property_account_receivable_id = self.company_data[
            "default_account_receivable"
        ]
        move = self.make_invoice(company_id=branch.id)
        self.assertEqual(move.company_id, branch)
        run = env["recouv.run"].create({"company_id": branch.id, "date": TODAY})
        run.action_propose()
        self.assertEqual(run.notice_ids.line_ids.claim_id.move_id, move)
        self.assertEqual(run.notice_ids.step_id.policy_id, self.policy)

    def test_another_dunning_module_must_be_settled_first(self):
        company = type(self.env["res.company"])
        self.make_invoice()
        with patch.object(
            company, "_recouv_other_dunning", lambda self: ["Account Credit Control"]
        ):
            with self.assertRaisesRegex(UserError, "Account Credit Control"):
                self.propose()
            self.company.recouv_only_dunning = True
            self.assertTrue(self.propose().notice_ids)

    def test_a_missing_legal_duration_is_named(self):
        self.company.account_fiscal_country_id = self.env.ref("base.be")
        self.make_invoice()
        with self.assertRaisesRegex(UserError, "limitation"):
            self.propose()

    def test_a_payment_under_way_counts_where_entries_are_deferred(self):
        """With an accounting application a registered payment may have no entry."""
        move_class = type(self.env["account.move"])
        move = self.make_invoice(amount=100)
        with patch.object(
            move_class, "_get_invoice_in_payment_state", lambda self: "in_payment"
        ):
            method = self.company_data["default_journal_bank"]
            method.inbound_payment_method_line_ids.payment_account_id = False
            payment = self.pay(move)
            self.assertFalse(payment.move_id)
            self.assertEqual(move.payment_state, "in_payment")
            run = self.propose()
            self.assertFalse(run.notice_ids)
            self.assertEqual(run.skip_ids.mapped("code"), ["payment_in_progress"])

    def test_a_server_clock_elsewhere_does_not_change_the_day(self):
        self.env.user.tz = "Pacific/Auckland"
        move = self.make_invoice(due=date(2026, 6, 5))
        with freeze_time("2026-06-14 23:00:00"):  # the 15th in Auckland
            run = self.env["recouv.run"].create({"company_id": self.company.id})
            self.assertEqual(run.date, date(2026, 6, 15))
            run.action_propose()
        self.assertEqual(run.notice_ids.line_ids.claim_id, self.claims_of(move))
