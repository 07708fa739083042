from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.recouv_lib.lib import pdf_parts

from .common import TODAY
from .money_common import MoneyCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCollect(MoneyCommon):
    """One sum, many invoices, in Odoo's own payment, as a secretary takes it."""

    # --- what the dialog proposes ---------------------------------------------------

    def test_an_absurd_sum_is_a_typing_error(self):
        form = self.dialog(amount=1_000_000.0)
        with self.assertRaisesRegex(UserError, "far more than the .* owes"):
            form.save().action_collect()
        self.assertEqual(self.owed(self.old, self.young), [100, 60])

    def test_money_of_long_ago_is_a_typing_error(self):
        form = self.dialog(date=date(1926, 6, 15))
        with self.assertRaisesRegex(UserError, "long ago"):
            form.save().action_collect()
        self.assertEqual(self.owed(self.old, self.young), [100, 60])

    def test_the_sum_proposed_is_what_is_past_due(self):
        self.make_invoice(amount=30, due=date(2026, 7, 1))
        form = self.dialog()
        self.assertEqual(form.amount, 160)
        self.assertEqual(form.rest, 0)
        self.assertEqual([line["amount"] for line in self.rows(form)], [100, 60, 0])

    def rows(self, form):
        return form.line_ids._records

    def test_a_chosen_invoice_is_the_debtors_choice(self):
        form = self.dialog(self.young)
        self.assertEqual(form.amount, 60)
        self.assertEqual([line["amount"] for line in self.rows(form)], [0, 60])

    def test_a_claim_opens_it_on_its_invoice(self):
        claim = self.claims_of(self.young).with_user(self.secretary)
        context = claim.action_collect()["context"]
        self.assertEqual(context["default_move_ids"], self.young.ids)

    def test_a_smaller_sum_is_laid_on_the_oldest(self):
        form = self.dialog(amount=120)
        self.assertEqual([line["amount"] for line in self.rows(form)], [100, 20])

    def test_a_mise_en_demeure_is_paid_first(self):
        formal = self.policy.step_ids.filtered("is_formal_notice")
        self.claims_of(self.young).sudo().step_id = formal
        form = self.dialog(amount=80)
        self.assertEqual([line["amount"] for line in self.rows(form)], [20, 60])

    def test_cheques_in_the_drawer_are_told(self):
        self.collect_later(amount=100)
        self.assertIn("Cheques held: 1", self.dialog().held)

    # --- what lands in the books ----------------------------------------------------

    def test_one_payment_pays_many_invoices(self):
        act = self.collect()
        self.assertEqual(self.owed(self.old, self.young), [0, 0])
        self.assertEqual(act.payment_id.amount, 160)
        self.assertEqual(len(self.payments()), 1)
        self.assertEqual(act.state, "taken")
        self.assertBalanced(act.payment_id)

    def payments(self):
        return self.env["account.payment"].search(
            [("partner_id", "=", self.patient.id), ("company_id", "=", self.company.id)]
        )

    def test_parts_of_several_invoices_land_as_asked(self):
        third = self.make_invoice(amount=40, due=date(2026, 5, 15))
        self.third = third
        act = self.collect(
            amount=75.55, parts={"old": 10.05, "third": 25.5, "young": 40}
        )
        self.assertEqual(self.owed(self.old, third, self.young), [89.95, 14.5, 20])
        self.assertEqual(act.rest, 0)
        self.assertBalanced(act.payment_id)

    def test_a_part_of_the_older_and_the_whole_younger(self):
        self.collect(amount=70, parts={"old": 10, "young": 60})
        self.assertEqual(self.owed(self.old, self.young), [90, 0])

    def test_instalments_of_one_invoice_are_paid_one_by_one(self):
        terms = self.env["account.payment.term"].create(
            {
                "name": "Two",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": d}
                    )
                    for d in (0, 30)
                ],
            }
        )
        move = self.make_invoice(
            amount=200,
            due=date(2026, 4, 1),
            invoice_payment_term_id=terms.id,
            invoice_date_due=False,
        )
        first, second = move._recouv_receivable_items()
        form = self.dialog(move, amount=100)
        for index, row in enumerate(self.rows(form)):
            with form.line_ids.edit(index) as line:
                line.amount = 100 if row["move_line_id"] == second.id else 0
        form.save().action_collect()
        owed = self.env["recouv.collection"]._owed_on(first | second)
        self.assertEqual([owed[first], owed[second]], [100, 0])

    def test_more_than_is_owed_stays_a_credit(self):
        form = self.dialog(amount=200)
        self.assertEqual(form.rest, 40)
        wizard = form.save()
        wizard.action_collect()
        act = wizard.collection_id
        self.assertEqual(act.rest, 40)
        self.assertEqual(self.owed(self.old, self.young), [0, 0])

    def test_more_than_is_owed_may_be_refused(self):
        self.company.recouv_refuse_rest = True
        with self.assertRaisesRegex(UserError, "laid on no invoice"):
            self.collect(amount=200)

    def test_a_credit_of_the_debtor_is_used(self):
        credit = self.make_invoice(amount=30, move_type="out_refund")
        form = self.dialog(amount=130)
        for index, row in enumerate(self.rows(form)):
            with form.line_ids.edit(index) as line:
                used = row["owed"] < 0
                line.amount = row["owed"]
                self.assertTrue(used or line.amount > 0)
        self.assertEqual(form.rest, 0)
        form.save().action_collect()
        self.assertEqual(self.owed(self.old, self.young), [0, 0])
        self.assertEqual(credit.amount_residual, 0)

    def test_a_credit_alone_may_pay(self):
        self.credit = self.make_invoice(amount=60, move_type="out_refund")
        act = self.collect(amount=0, parts={"young": 60, "credit": -60})
        self.assertFalse(act.payment_id)
        self.assertEqual(self.owed(self.young), [0])

    def test_a_credit_is_not_stretched(self):
        """Odoo sets off all that it can: what it cannot do is said, not done wrong."""
        self.credit = self.make_invoice(amount=30, move_type="out_refund")
        with self.assertRaisesRegex(UserError, "use the whole credit"):
            self.collect(amount=0, parts={"young": 10, "credit": -10})

    # --- ways to pay ----------------------------------------------------------------

    def test_each_way_to_pay_finds_its_journal(self):
        for method, journal in {
            "cash": self.cash,
            "card": self.bank,
            "cheque": self.bank,
            "transfer": self.bank,
        }.items():
            with self.subTest(method):
                move = self.make_invoice(amount=10)
                act = self.collect(move, method=method)
                self.assertEqual(act.payment_id.journal_id, journal)
                self.assertEqual(act.payment_id.recouv_method, method)
                self.assertEqual(self.owed(move), [0])

    def test_the_journal_of_the_settings_goes_first(self):
        desk = self.bank.copy({"name": "Terminal"})
        self.company.recouv_card_line_id = desk.inbound_payment_method_line_ids[:1]
        self.assertEqual(self.dialog(method="card").method_line_id.journal_id, desk)

    def test_the_last_journal_used_is_proposed_again(self):
        desk = self.bank.copy({"name": "Terminal"})
        line = desk.inbound_payment_method_line_ids[:1]
        self.collect(self.young, method="card", method_line_id=line)
        self.assertEqual(self.dialog(method="card").method_line_id, line)

    # --- one click, one payment -----------------------------------------------------

    def test_two_clicks_take_the_money_once(self):
        wizard = self.dialog().save()
        wizard.action_collect()
        wizard.action_collect()
        self.assertEqual(len(self.payments()), 1)

    def test_the_same_dialog_sent_twice_takes_the_money_once(self):
        form = self.dialog()
        first = form.save()
        second = first.copy({"token": first.token})
        first.action_collect()
        second.action_collect()
        self.assertEqual(len(self.payments()), 1)
        self.assertEqual(first.collection_id, second.collection_id)

    # --- bad input ------------------------------------------------------------------

    def refused(self, message, **values):
        with self.assertRaisesRegex(UserError, message):
            self.collect(**values)

    def test_nothing_and_less_than_nothing_are_refused(self):
        self.refused("more than zero", amount=0)
        self.refused("more than zero", amount=-5)

    def test_more_cannot_be_laid_than_is_received(self):
        self.refused("only .* are received", amount=50, parts={"old": 60})

    def test_an_invoice_takes_no_more_than_it_owes(self):
        self.refused("still owes", amount=200, parts={"young": 61})

    def test_a_negative_part_of_an_invoice_is_refused(self):
        self.refused("still owes", amount=50, parts={"old": -10, "young": 60})

    def test_money_of_tomorrow_is_refused(self):
        self.refused("in the future", date=date(2026, 6, 16))

    def test_an_invoice_paid_meanwhile_is_said(self):
        wizard = self.dialog().save()
        self.pay(self.young)
        with self.assertRaisesRegex(UserError, "paid or changed meanwhile"):
            wizard.action_collect()

    def order(self, items, **values):
        return {
            "company": self.company,
            "partner": self.patient,
            "method": "card",
            "amount": 10,
            "currency": self.company.currency_id,
            "date": TODAY,
            "lines": [(item, 10) for item in items],
            **values,
        }

    def take(self, items, **values):
        Collection = self.env["recouv.collection"].with_user(self.secretary)
        return Collection._take(self.order(items, **values))

    def test_an_invoice_of_someone_else_is_refused(self):
        other = self.make_invoice(self.make_patient("Louise Bernard"))
        with self.assertRaisesRegex(UserError, "is owed by Louise Bernard"):
            self.take(other._recouv_receivable_items())

    def test_an_invoice_in_another_currency_is_refused(self):
        other = self.setup_other_currency("CHF")
        move = self.make_invoice(currency_id=other.id)
        with self.assertRaisesRegex(UserError, "is in CHF"):
            self.take(move._recouv_receivable_items())

    def test_an_invoice_in_another_currency_is_paid_in_it(self):
        other = self.setup_other_currency("CHF")
        move = self.make_invoice(amount=90, currency_id=other.id)
        act = self.collect(move)
        self.assertEqual(act.currency_id, other)
        self.assertEqual(act.payment_id.amount, 90)
        self.assertEqual(self.owed(move), [0])
        self.assertBalanced(act.payment_id)

    def test_an_invoice_of_another_company_is_refused(self):
        data = self.setup_other_company(name="Other practice")
        move = self.make_invoice(
            company_id=data["company"].id, journal=data["default_journal_sale"]
        )
        item = move._recouv_receivable_items()
        with self.assertRaisesRegex(UserError, "another company"):
            self.env["recouv.collection"]._take(self.order(item))
        with self.assertRaises(AccessError):
            self.take(item)

    def test_several_debtors_at_once_are_refused(self):
        other = self.make_invoice(self.make_patient("Louise Bernard"))
        with self.assertRaisesRegex(UserError, "one debtor"):
            (self.old | other).with_user(self.secretary).action_recouv_collect()

    def test_a_journal_is_needed(self):
        form = self.dialog()
        form.method_line_id = self.env["account.payment.method.line"]
        with self.assertRaisesRegex(UserError, "which journal"):
            form.save().action_collect()

    # --- each company by itself -----------------------------------------------------

    def test_a_shared_secretary_collects_company_by_company(self):
        data = self.setup_other_company(name="Other practice")
        other = data["company"]
        move = self.make_invoice(
            amount=25, company_id=other.id, journal=data["default_journal_sale"]
        )
        self.secretary.company_ids |= other
        model = self.env["recouv.collect"].with_user(self.secretary)
        form = Form(
            model.with_context(
                allowed_company_ids=[self.company.id, other.id],
                default_company_id=other.id,
                default_partner_id=self.patient.id,
                default_print_receipt=False,
            )
        )
        self.assertEqual(form.amount, 25)
        wizard = form.save()
        wizard.action_collect()
        act = wizard.collection_id
        self.assertEqual(act.company_id, other)
        self.assertEqual(act.payment_id.company_id, other)
        self.assertEqual(self.owed(move), [0])
        self.assertEqual(self.owed(self.old), [100])

    def test_another_practice_does_not_see_it(self):
        other = self.setup_other_company(name="Other practice")["company"]
        act = self.collect()
        outsider = self.secretary.copy({"login": "outsider"})
        outsider.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        self.assertFalse(self.env["recouv.collection"].with_user(outsider).search([]))
        with self.assertRaises(AccessError):
            act.with_user(outsider).read(["amount"])

    # --- undo -----------------------------------------------------------------------

    def test_money_taken_by_mistake_is_undone(self):
        act = self.collect()
        act.undo("wrong patient")
        self.assertEqual(self.owed(self.old, self.young), [100, 60])
        self.assertEqual(act.state, "undone")
        self.assertEqual(act.undone_by_id, self.secretary)
        self.assertEqual(act.payment_id.state, "canceled")
        self.assertTrue(self.propose().notice_ids)

    def test_undoing_gives_the_credit_back(self):
        self.credit = self.make_invoice(amount=30, move_type="out_refund")
        act = self.collect(amount=70, parts={"old": 100, "credit": -30})
        self.assertEqual(self.owed(self.old, self.credit), [0, 0])
        act.undo("wrong")
        self.assertEqual(self.owed(self.old, self.credit), [100, -30])

    def test_a_reason_is_needed_to_undo(self):
        act = self.collect()
        with self.assertRaisesRegex(UserError, "Say why"):
            act.undo(" ")

    def test_undone_once_is_enough(self):
        act = self.collect()
        act.undo("wrong")
        with self.assertRaisesRegex(UserError, "undone already"):
            act.undo("again")

    def test_a_payment_is_undone_from_its_own_screen(self):
        payment = self.collect().payment_id
        action = payment.with_user(self.secretary).action_recouv_undo()
        self.assertEqual(action["res_model"], "recouv.undo")

    # --- receipt --------------------------------------------------------------------

    def text_of(self, act):
        with patch.object(type(act), "_attach_receipt", _content):
            content = act._attach_receipt()
        return "".join(pdf_parts.page_texts(pdf_parts.open_pdf(content)))

    def test_the_receipt_says_who_paid_what_for_which_invoice(self):
        self.patient.lang = "en_US"
        act = self.collect(amount=120)
        text = self.text_of(act)
        for said in ("Camille Martin", act.name, self.old.name, self.young.name,
                     "120.00", "40.00"):  # fmt: skip
            self.assertIn(said, text)
        self.assertNotIn("Fees", text, "no act, no care")
        self.assertNotIn("DUPLICATE", text)

    def test_the_second_receipt_is_a_duplicate(self):
        self.patient.lang = "en_US"
        act = self.collect()
        act.action_print_receipt()
        self.assertEqual(act.receipt_prints, 1)
        self.assertIn("DUPLICATE", self.text_of(act))

    def test_the_receipt_of_a_payment_registered_elsewhere(self):
        payment = self.pay(self.old, amount=70).with_user(self.secretary)
        payment.action_recouv_receipt()
        act = payment.recouv_collection_ids
        self.assertEqual(act.line_ids.amount, 70)
        self.assertEqual(act.line_ids.residual_after, 30)
        payment.action_recouv_receipt()
        self.assertEqual(len(payment.recouv_collection_ids), 1)
        self.assertEqual(act.receipt_prints, 2)

    def test_there_is_no_receipt_for_what_was_undone(self):
        act = self.collect()
        act.undo("wrong")
        with self.assertRaisesRegex(UserError, "No receipt"):
            act.action_print_receipt()

    def test_the_receipt_leaves_by_itself_after_collecting(self):
        wizard = self.dialog(print_receipt=True).save()
        action = wizard.action_collect()
        self.assertEqual(action["type"], "ir.actions.server")
        server = self.env["ir.actions.server"].with_user(self.secretary)
        done = server.browse(action["id"]).with_context(**action["context"]).run()
        self.assertEqual(done["type"], "ir.actions.act_url")
        self.assertEqual(wizard.collection_id.receipt_prints, 1)

    def test_receipts_are_numbered_company_by_company(self):
        first, second = self.collect(self.young), self.collect(self.old)
        self.assertEqual(int(second.name[-5:]), int(first.name[-5:]) + 1)

    def test_the_receipt_goes_by_email_without_a_word_of_care(self):
        self.patient.write({"email": "camille@example.com", "lang": "en_US"})
        self.company.recouv_sender_name = "Cabinet Paix"
        act = self.collect(send_receipt=True)
        mail = self.env["mail.mail"].search(
            [("model", "=", act._name), ("res_id", "=", act.id)]
        )
        self.assertIn("camille@example.com", mail.email_to)
        self.assertIn("Cabinet Paix", mail.email_from)
        self.assertIn("160.00", mail.body_html)
        self.assertTrue(mail.attachment_ids)

    def test_no_address_is_said(self):
        act = self.collect()
        with self.assertRaisesRegex(UserError, "no e-mail"):
            act.action_email_receipt()

    # --- owes -----------------------------------------------------------------------

    def test_the_debt_is_told_on_a_new_invoice(self):
        run = self.propose()
        self.prove(run, TODAY)
        draft = self.young.copy().with_user(self.secretary)
        for said in ("Camille Martin owes", "160.00", "05/01/2026", "1 notice"):
            self.assertIn(said, draft.recouv_owes)
        self.assertFalse(self.young.with_user(self.secretary).recouv_owes)

    def test_a_promise_not_kept_is_told(self):
        with freeze_time("2026-06-01"):
            claim = self.old._recouv_ensure_claims()
            claim._agree("promise", [(date(2026, 6, 10), None)], source="call")
        patient = self.patient.with_user(self.secretary)
        self.assertIn("agreement not kept", patient.recouv_owes)

    def test_who_owes_nothing_is_not_told_of(self):
        self.collect()
        patient = self.patient.with_user(self.secretary)
        self.assertFalse(patient.recouv_owes)
        self.assertEqual(patient.recouv_owed_total, 0)
        self.assertFalse(self.young.copy().recouv_owes)

    def test_two_currencies_are_told_apart(self):
        data = self.setup_other_company(name="Other practice")
        francs = self.setup_other_currency("CHF", rates=[("2020-01-01", 2.0)])
        data["company"].currency_id = francs
        self.make_invoice(
            amount=90,
            due=date(2026, 6, 10),
            company_id=data["company"].id,
            journal=data["default_journal_sale"],
            currency_id=francs.id,
        )
        self.secretary.company_ids = [Command.link(data["company"].id)]
        both = self.company | data["company"]
        patient = self.patient.with_user(self.secretary)
        patient = patient.with_context(allowed_company_ids=both.ids)
        for said in ("160.00", "05/01/2026", "90.00", "since 06/10/2026"):
            self.assertIn(said, patient.recouv_owes)
        self.assertNotIn("250.00", patient.recouv_owes)
        # in one sum, at the day's rate: 90 francs are 45 here
        self.assertEqual(patient.recouv_owed_total, 205)
        self.assertEqual(patient.recouv_oldest_due, date(2026, 5, 1))

    def test_money_under_way_counts_in_the_currency_of_the_books(self):
        francs = self.setup_other_currency("CHF", rates=[("2020-01-01", 2.0)])
        other = self.make_patient("Louise Bernard")
        move = self.make_invoice(other, amount=90, currency_id=francs.id)
        self.pay(move, 30)
        # 60 francs are left, be the payment in the books or not: 30 here
        self.assertIn("30.00", other.with_user(self.secretary).recouv_owes)

    def test_a_company_tells_nothing_of_another_ones_debts(self):
        data = self.setup_other_company(name="Other practice")
        draft = self.make_invoice(
            due=date(2026, 7, 1),
            company_id=data["company"].id,
            journal=data["default_journal_sale"],
        ).copy()
        self.assertFalse(draft.recouv_owes)

    def test_the_owed_fields_are_not_for_the_portal(self):
        plain = self.secretary.copy({"login": "plain"})
        plain.group_ids = [Command.set(self.env.ref("base.group_user").ids)]
        with self.assertRaises(AccessError):
            self.patient.with_user(plain).read(["recouv_owes"])


def _content(act):
    return act._receipt_pdf()
