import io
from datetime import date

import openpyxl

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .bought_common import IBAN, OTHER_IBAN, BoughtCommon


class SoldCase(BoughtCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls.old_invoice()
        cls.kept = cls.old_invoice(75.0)
        cls.line = cls.sold(cls.invoice)
        cls.claim = cls.line.purchase_id.claim_id

    def by_secretary(self, records):
        self.env.flush_all()
        records.invalidate_recordset()
        return records.with_user(self.secretary)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSoldMarks(SoldCase):
    """A sold invoice is seen to be sold, wherever the practice meets it."""

    def test_the_invoice_says_that_it_is_sold_and_who_holds_it(self):
        invoice = self.by_secretary(self.invoice)
        self.assertEqual(invoice.recouv_sale, "sold")
        self.assertEqual(invoice.recouv_holder, "buyer")
        self.assertEqual(invoice.recouv_sale_told, "With the buyer")
        kept = self.by_secretary(self.kept)
        self.assertFalse(kept.recouv_sale)
        self.assertFalse(kept.recouv_sale_told)

    def test_it_is_found_by_its_sale(self):
        moves = self.env["account.move"].with_user(self.secretary)
        self.env.flush_all()
        own = [("id", "in", (self.invoice | self.kept).ids)]
        sold = moves.search([*own, ("recouv_sale", "=", "sold")])
        self.assertEqual(sold, self.invoice)
        held = moves.search([*own, ("recouv_holder", "=", "buyer")])
        self.assertEqual(held, self.invoice)
        rest = ["|", ("recouv_sale", "=", False), ("recouv_sale", "!=", "sold")]
        self.assertEqual(moves.search([*own, *rest]), self.kept)
        groups = moves._read_group(own, ["recouv_sale"], ["__count"])
        self.assertEqual(dict(groups), {"sold": 1, False: 1})

    def test_it_leads_to_its_schedule_and_its_debtor_to_what_was_sold(self):
        action = self.by_secretary(self.invoice).action_recouv_sales()
        self.assertEqual(action["res_id"], self.line.assignment_id.id)
        patient = self.by_secretary(self.patient)
        self.assertEqual(patient.recouv_sold_count, 1)
        action = patient.action_recouv_sold()
        lines = self.env["recouv.assignment.line"].with_user(self.secretary)
        self.assertEqual(lines.search(action["domain"]), self.line)

    def test_it_is_owed_no_more_to_the_practice(self):
        owed = self.by_secretary(self.patient)
        self.assertEqual(owed.recouv_owed_total, 75)
        self.assertNotIn("195", owed.recouv_owes)

    def test_why_it_is_not_relanced_is_told(self):
        item = self.receivables(self.invoice).with_user(self.secretary)
        reason = self.env["recouv.engine"].with_user(self.secretary)._explain_item(item)
        self.assertEqual(reason["code"], "sold")
        self.assertIn(self.agency.name, reason["message"])
        claim = self.line.claim_id.with_user(self.secretary)
        self.assertEqual(claim._explain()[0]["code"], "sold")

    def test_the_printed_invoice_names_who_is_paid(self):
        html = self.printed(self.invoice)
        self.assertIn(self.agency.name, html)
        self.assertIn(IBAN, html.replace(" ", ""))
        self.assertNotIn(OTHER_IBAN, html.replace(" ", ""))
        self.assertNotIn("payment_communication", html)
        self.assertNotIn("was assigned", self.printed(self.kept))

    def printed(self, move):
        reports = self.env["ir.actions.report"]
        html, _kind = reports._render_qweb_html("account.report_invoice", move.ids)
        return html.decode()

    def test_the_screens_load_for_the_lowest_rights(self):
        for model, user in (
            ("account.move", self.secretary),
            ("res.partner", self.secretary),
            ("recouv.assignment.line", self.secretary),
            ("recouv.assignment.statement", self.secretary),
            ("recouv.purchase", self.agent),
            ("recouv.claim", self.agent),
            ("recouv.report.assignment", self.agent),
        ):
            with self.subTest(model):
                self.env[model].with_user(user).get_views([(False, "list")])


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPartlySold(SoldCase):
    """Of an invoice of two maturities, one is sold: the other stays the practice's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        term = cls.env["account.payment.term"].create(
            {
                "name": "In two",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50.0, "nb_days": days}
                    )
                    for days in (0, 30)
                ],
            }
        )
        cls.halved = cls.old_invoice(200.0, invoice_payment_term_id=term.id)
        items = cls.receivables(cls.halved).sorted("date_maturity")
        cls.sold_item, cls.kept_item = items
        cls.env["recouv.engine"]._create_claims(cls.company, TODAY)
        cls.half = cls.sell_item(cls.sold_item)
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def sell_item(cls, item):
        """Offer, accept and sign one receivable; return its line, elevated."""
        drafts = cls.env["recouv.assignment"].with_user(cls.secretary)
        schedule = drafts._offer(item.with_user(cls.secretary))._submit()
        cls.accept(schedule)
        cls.sign(schedule)
        return schedule.sudo().line_ids

    def test_it_is_said_to_be_sold_in_part_with_the_sums(self):
        invoice = self.by_secretary(self.halved)
        self.assertEqual(self.half.state, "transferred")
        self.assertEqual(invoice.recouv_sale, "part_sold")
        self.assertIn("100.00", invoice.recouv_sale_told)
        self.assertIn("200.00", invoice.recouv_sale_told)
        self.assertIn("With the buyer", invoice.recouv_sale_told)

    def test_it_is_found_and_counted_as_such(self):
        moves = self.env["account.move"].with_user(self.secretary)
        own = [("id", "in", (self.invoice | self.kept | self.halved).ids)]
        part = moves.search([*own, ("recouv_sale", "=", "part_sold")])
        self.assertEqual(part, self.halved)
        rest = ["|", ("recouv_sale", "=", False), ("recouv_sale", "!=", "sold")]
        self.assertEqual(moves.search([*own, *rest]), self.kept | self.halved)

    def test_what_was_not_sold_stays_in_relance_and_in_ageing(self):
        claim = self.kept_item.recouv_claim_ids
        invoice = self.by_secretary(self.halved)
        self.assertEqual(invoice.recouv_holder, "practice")
        self.assertEqual(invoice.recouv_next_date, claim.next_date)
        codes = [one["code"] for one in claim.with_user(self.secretary)._explain()]
        self.assertNotIn("sold", codes)
        aged = self.env["recouv.report.aging"].with_user(self.secretary)
        rows = aged.search([("claim_id.move_id", "=", self.halved.id)])
        self.assertEqual(rows.claim_id, claim)
        self.assertEqual(rows.amount_residual, 100)
        run = self.env["recouv.run"].with_user(self.secretary).create(
            {"company_id": self.company.id, "date": TODAY}
        )  # fmt: skip
        run.action_propose()
        proposed = run.notice_ids.line_ids.claim_id
        self.assertIn(claim, proposed)
        self.assertNotIn(self.half.claim_id, proposed)

    def test_the_rest_is_still_offered_by_the_invoice_s_own_button(self):
        invoice = self.by_secretary(self.halved)
        self.assertTrue(invoice.recouv_can_be_sold)
        schedule = self.draft(self.halved)
        self.assertEqual(schedule.sudo().line_ids.origin_line_id, self.kept_item)
        self.assertFalse(schedule.line_ids.code)

    def test_all_of_it_sold_it_is_sold(self):
        self.sell_item(self.kept_item)
        invoice = self.by_secretary(self.halved)
        self.assertEqual(invoice.recouv_sale, "sold")
        self.assertEqual(invoice.recouv_holder, "buyer")
        self.assertEqual(invoice.recouv_sale_told, "With the buyer")
        self.assertFalse(invoice.recouv_can_be_sold)

    def test_the_rest_paid_it_is_sold(self):
        self.pay(self.halved)
        self.assertEqual(self.by_secretary(self.halved).recouv_sale, "sold")

    def test_the_printed_invoice_names_both_ways_to_pay(self):
        reports = self.env["ir.actions.report"]
        html, _kind = reports._render_qweb_html(
            "account.report_invoice", self.halved.ids
        )
        said = html.decode()
        self.assertIn("Of this invoice", said)
        self.assertIn("The rest is paid to us", said)
        self.assertIn("payment_communication", said)

    def test_the_patient_s_part_sold_what_the_payer_owes_is_left(self):
        payer = self.make_patient("Mutuelle", is_company=True)
        move = self.old_invoice(100.0)
        item = self.receivables(move)
        share = self.env["recouv.transfer"].create(
            {
                "kind": "payer_share",
                "origin_line_id": item.id,
                "amount_currency": 70.0,
                "target_partner_id": payer.id,
                "date": TODAY,
            }
        )
        share.action_post()
        line = self.sell_item(item)
        self.assertEqual((line.state, line.amount), ("transferred", 30))
        invoice = self.by_secretary(move)
        self.assertEqual(invoice.recouv_sale, "part_sold")
        self.assertIn("30.00", invoice.recouv_sale_told)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSoldFollowed(SoldCase):
    """The practice follows what it sold: where it stands, and sums; nothing else."""

    def standing(self):
        return self.fresh(self.line).standing

    def test_paid_in_part_then_paid(self):
        self.assertEqual(self.standing(), "open")
        self.receive(self.line, 50.0)
        line = self.fresh(self.line)
        self.assertEqual(line.standing, "part_paid")
        self.assertEqual((line.amount_collected, line.amount_open), (50, 70))
        self.assertIn("50.00", line.told_state)
        self.receive(self.line)
        line = self.fresh(self.line)
        self.assertEqual(line.standing, "paid")
        self.assertEqual((line.amount_collected, line.amount_open), (120, 0))

    def test_lost_by_the_buyer_costs_the_practice_nothing(self):
        before = self.balance(
            self.company, self.company.sudo().recouv_assignment_account_id
        )
        self.lose(self.line)
        line = self.fresh(self.line)
        self.assertEqual(line.standing, "lost")
        self.assertEqual(line.amount_lost, 120)
        after = self.balance(
            self.company, self.company.sudo().recouv_assignment_account_id
        )
        self.assertEqual(before, after)

    def test_what_came_back_is_told_as_bought_back(self):
        self.take_back(self.line)
        self.assertEqual(self.standing(), "bought_back")
        self.assertEqual(self.by_secretary(self.invoice).recouv_sale, "bought_back")
        purchase = self.line.purchase_id
        purchase.invalidate_recordset()
        self.assertEqual(purchase.standing, "bought_back")
        self.assertEqual(purchase.amount_collected, 0)

    def test_a_payment_to_the_practice_counts_as_paid_at_the_buyer(self):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.patient.id,
                "amount": 120.0,
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        item = self.receivables(payment.move_id)
        self.line.with_user(self.secretary)._note_collected(item)
        self.assertEqual(self.standing(), "paid")

    def test_a_credit_note_is_no_payment(self):
        refund = self.invoice._reverse_moves([{"invoice_date": TODAY, "date": TODAY}])
        refund.invoice_line_ids.price_unit = 20
        refund.action_post()
        line = self.fresh(self.line)
        self.assertEqual((line.amount_collected, line.amount_open), (0, 100))
        self.assertEqual(line.standing, "open")

    def test_credited_in_full_it_is_not_told_paid(self):
        refund = self.invoice._reverse_moves([{"invoice_date": TODAY, "date": TODAY}])
        refund.action_post()
        line = self.fresh(self.line)
        self.assertEqual((line.amount_collected, line.amount_open), (0, 0))
        self.assertEqual(
            (line.standing, line.told_state), ("credited", "Credited in full")
        )
        invoice = self.by_secretary(self.invoice)
        self.assertEqual(invoice.recouv_sale_told, "Credited in full")
        statement = self.env["recouv.assignment.statement"]._generate(
            self.company, self.agency, date(2026, 7, 1)
        )
        self.assertEqual(statement.line_ids.told_state, "Credited in full")

    def test_paid_in_part_then_credited_is_paid(self):
        self.receive(self.line, 100.0)
        refund = self.invoice._reverse_moves([{"invoice_date": TODAY, "date": TODAY}])
        refund.invoice_line_ids.price_unit = 20
        refund.action_post()
        line = self.fresh(self.line)
        self.assertEqual((line.standing, line.amount_collected), ("paid", 100))

    def test_it_is_searched_and_grouped_by_where_it_stands(self):
        self.receive(self.line, 50.0)
        self.env.flush_all()
        lines = self.env["recouv.assignment.line"].with_user(self.secretary)
        self.assertEqual(lines.search([("standing", "=", "part_paid")]), self.line)
        found = lines._read_group(
            [("state", "=", "transferred")],
            ["standing"],
            ["amount_collected:sum", "amount_open:sum"],
        )
        self.assertEqual(found, [("part_paid", 50, 70)])

    # --- figures ----------------------------------------------------------------------

    def figures(self, user, side):
        self.env.flush_all()
        return self.env["recouv.report.assignment"].with_user(user)._read_group(
            [("side", "=", side)],
            [],
            ["sold_count:sum", "amount_sold:sum", "amount_price:sum",
             "amount_cost:sum", "amount_collected:sum", "amount_lost:sum",
             "loss_rate:avg", "cost_rate:avg"],
        )[0]  # fmt: skip

    def test_each_side_reads_its_own_figures(self):
        self.receive(self.line, 50.0)
        self.lose(self.line)
        # 5 % of 120 and its VAT of 20 %
        expected = (1, 120, 112.8, 7.2, 50, 70, 100 * 70 / 120, 6)
        for user, side in ((self.secretary, "practice"), (self.agent, "buyer")):
            with self.subTest(side):
                found = self.figures(user, side)
                for value, wanted in zip(found, expected, strict=True):
                    self.assertAlmostEqual(value, wanted, places=4)
        self.assertFalse(self.figures(self.secretary, "buyer")[0])
        self.assertFalse(self.figures(self.agent, "practice")[0])

    def test_the_portfolio_tells_open_overdue_collected_and_lost(self):
        self.receive(self.line, 50.0)
        self.env.flush_all()
        purchases = self.env["recouv.purchase"].with_user(self.agent)
        purchases.invalidate_model()
        late = purchases.search([("is_overdue", "=", True)])
        self.assertEqual(late, self.line.purchase_id)
        self.assertEqual((late.amount_collected, late.amount_open), (50, 70))
        self.lose(self.line)
        self.env.flush_all()
        late.invalidate_recordset()
        self.assertFalse(late.is_overdue)
        self.assertEqual((late.standing, late.amount_lost), ("lost", 70))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSoldStatement(SoldCase):
    """The practice is told by period, in the form that it chose."""

    JULY = date(2026, 7, 1)

    def generate(self, today=JULY):
        statements = self.env["recouv.assignment.statement"]
        return statements._generate(self.company, self.agency, today)

    def test_it_tells_what_was_sold_for_what_and_where_it_stands(self):
        self.receive(self.line, 50.0)
        statement = self.generate()
        self.assertEqual(statement.date_to, date(2026, 6, 30))
        self.assertEqual(statement.amount_sold, 120)
        self.assertAlmostEqual(statement.amount_cost, 7.2)
        self.assertAlmostEqual(statement.amount_price, 112.8)
        line = statement.line_ids
        self.assertEqual(line.label, self.invoice.name)
        self.assertEqual((line.amount_collected, line.amount_open), (50, 70))
        self.assertIn("Paid in part", line.told_state)

    def test_the_next_one_names_what_is_open_or_changed_and_nothing_twice(self):
        self.generate()
        self.receive(self.line)
        second = self.generate(date(2026, 8, 1))
        self.assertEqual(second.line_ids.told_state, "Paid in full")
        self.assertFalse(second.amount_sold)
        third = self.generate(date(2026, 9, 1))
        self.assertFalse(third.line_ids)
        self.assertFalse(self.generate(date(2026, 9, 1)))

    def looked_at(self, today):
        """How many lines a statement made on ``today`` reads."""
        statements = self.env["recouv.assignment.statement"]
        period = (fields.Date.subtract(today, months=1), today)
        lines = statements._lines_to_look_at(self.company, self.agency, period)
        return lines

    def age_the_books(self):
        """All that was written so far was written long ago."""
        self.env.flush_all()
        for table in (
            "account_move_line",
            "recouv_purchase",
            "recouv_assignment_line",
        ):
            self.env.cr.execute(
                f"UPDATE {table} SET write_date = '2026-06-16'"  # noqa: S608
            )
        self.env.cr.execute(
            "UPDATE recouv_assignment_statement_line SET create_date = '2026-07-01'"
        )
        self.env.invalidate_all()

    def test_what_was_told_as_closed_is_not_read_again(self):
        self.receive(self.line)
        self.generate()
        self.age_the_books()
        self.assertFalse(self.looked_at(date(2026, 8, 1)))
        # a cheque bounces: it is open, and told
        self.line.purchase_id.item_id.sudo().remove_move_reconcile()
        self.assertEqual(self.looked_at(date(2026, 8, 1)), self.line)
        told = self.generate(date(2026, 8, 1)).line_ids
        self.assertEqual(told.told_state, "With the buyer")

    def test_a_closed_one_that_changed_is_told_again(self):
        payment = self.receive(self.line)
        self.generate()
        self.age_the_books()
        payment.sudo().move_id.line_ids.remove_move_reconcile()
        self.lose(self.line)
        told = self.generate(date(2026, 8, 1)).line_ids
        self.assertIn("Loss of the buyer", told.told_state)

    def test_more_receivables_cost_no_more_queries(self):
        def cost(count, today):
            moves = self.env["account.move"]
            for _rank in range(count):
                moves |= self.old_invoice(10.0)
            self.sold(moves)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            statement = self.generate(today)
            self.env.flush_all()
            self.assertEqual(len(statement.line_ids), count + 1 + self.earlier)
            self.earlier += count
            return self.cr.sql_log_count - before

        self.earlier = 0
        cost(1, date(2026, 7, 1))
        few = cost(2, date(2026, 8, 1))
        self.assertLessEqual(cost(7, date(2026, 9, 1)), few + 2)

    def test_it_goes_by_e_mail_when_the_contract_says_so(self):
        self.contract.sudo().write({"statement_form": "spreadsheet"})
        self.company.email = "cabinet@example.com"
        sent = []

        def send(mails, **_options):
            sent.extend(mails)
            mails.write({"state": "sent"})

        self.patch(type(self.env["mail.mail"]), "send", send)
        with freeze_time(self.JULY):
            self.env["recouv.assignment.statement"].sudo()._cron_send()
        statement = self.env["recouv.assignment.statement"].search([])
        self.assertEqual(statement.state, "sent")
        self.assertEqual(sent[0].email_to, "cabinet@example.com")
        self.assertNotIn(self.patient.name, sent[0].body_html)
        book = openpyxl.load_workbook(io.BytesIO(sent[0].attachment_ids.raw))
        rows = list(book["Sold receivables"].values)
        self.assertEqual(rows[1][0], self.invoice.name)
        self.assertEqual(rows[1][4], 120)

    def test_on_screen_sends_nothing(self):
        self.contract.sudo().write({"statement_form": "screen"})
        with freeze_time(self.JULY):
            self.env["recouv.assignment.statement"].sudo()._cron_send()
        statement = self.env["recouv.assignment.statement"].search([])
        self.assertEqual(statement.state, "ready")

    def test_a_failure_is_kept_and_told(self):
        self.company.email = False
        with freeze_time(self.JULY):
            self.env["recouv.assignment.statement"].sudo()._cron_send()
        statement = self.env["recouv.assignment.statement"].search([])
        self.assertEqual(statement.state, "failed")
        day = self.env["recouv.day"].with_user(self.secretary).read_day()
        counts = {s["code"]: s["count"] for s in day["sections"]}
        self.assertEqual(counts["sale_statements_failed"], 1)

    def test_it_is_printed(self):
        statement = self.generate().with_user(self.secretary)
        self.assertEqual(statement._pdf()[:5], b"%PDF-")

    def test_nobody_writes_one_by_hand(self):
        statements = self.env["recouv.assignment.statement"].with_user(self.secretary)
        with self.assertRaises(UserError):
            statements.create({"company_id": self.company.id})

    def test_the_practice_changes_its_wish_in_a_signed_contract(self):
        contract = self.contract.with_user(self.practitioner)
        contract.statement_form = "screen"
        self.assertEqual(contract._statement_terms().form, "screen")
