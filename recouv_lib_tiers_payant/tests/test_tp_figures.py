from datetime import date

from odoo.tests import freeze_time, tagged
from odoo.tools.safe_eval import safe_eval

from .rejection_common import RejectionCommon


@tagged("post_install", "-at_install")
class TestFigures(RejectionCommon):
    """Rejection rate, delays, what was recovered and lost."""

    def rows(self, groupby, *aggregates):
        self.env.flush_all()
        self.env.invalidate_all()
        return (
            self.env["recouv.report.rejection"]
            .with_user(self.biller)
            ._read_group([("company_id", "=", self.company.id)], groupby, aggregates)
        )

    def test_the_rate_of_a_payer_is_that_of_its_shares(self):
        shares = [self.make_share() for _each in range(4)]
        self.reject(shares[0])
        self.make_share(self.mutual)
        rates = {
            payer: (sent, rejected, rate)
            for payer, sent, rejected, rate in self.rows(
                ["payer_id"], "sent:sum", "rejected:sum", "rejection_rate:avg"
            )
        }
        self.assertEqual(rates[self.caisse], (4, 1, 25.0))
        self.assertEqual(rates[self.mutual], (1, 0, 0.0))

    @freeze_time("2026-06-15")
    def test_a_share_sent_again_counts_once_and_is_recovered(self):
        share = self.make_share()
        rejection = self.reject(share)
        act = rejection._treat_resend({rejection: "777000001"})
        self.pay_payer(act.share_id, date(2026, 6, 24))
        act.share_id.sudo()._set_state("paid")
        sums = self.rows(
            [],
            "sent:sum",
            "rejected:sum",
            "amount_sent:sum",
            "amount_recovered:sum",
            "days_to_pay:avg",
        )[0]
        # nine days from the second sending to the money
        self.assertEqual(sums, (1, 1, 70.0, 70.0, 9.0))

    def test_what_was_given_up_or_forclosed_is_lost(self):
        rejection = self.reject(self.make_share())
        rejection.with_user(self.boss)._treat_give_up("too late")
        late = self.make_share()
        late.sudo()._record({"limitation_date": date(2026, 1, 1)})
        self.make_share()
        with freeze_time("2026-06-15"):
            self.assertEqual(self.rows([], "amount_lost:sum")[0], (140.0,))

    def test_what_was_paid_of_a_part_before_is_not_lost(self):
        partial, rejected = self.make_share(), self.make_share()
        for share in (partial, rejected):
            self.pay_item(self.item_of(share), 30.0)
            share.sudo()._record({"limitation_date": date(2026, 1, 1)})
        rejected.sudo()._set_state("rejected")
        self.assertEqual(partial.state, "partial")
        with freeze_time("2026-06-15"):
            self.assertEqual(self.rows([], "amount_lost:sum")[0], (80.0,))

    def never_sent(self, **values):
        """A part that is booked on its payer and has not left."""
        share = self.make_share(**values)
        share.sudo()._record({"state": "draft", "sent_on": False})
        return share

    def test_what_never_left_in_time_is_lost_and_was_not_sent(self):
        self.make_share()
        late = self.never_sent(amount=50.0)
        late.sudo()._record({"limitation_date": date(2026, 1, 1)})
        back = self.never_sent(amount=20.0)
        # one that a negative acknowledgment brought back had left
        back.sudo()._record(
            {"sent_on": date(2025, 5, 4), "limitation_date": date(2026, 1, 1)}
        )
        self.never_sent(amount=10.0)
        with freeze_time("2026-06-15"):
            found = self.rows([], "sent:sum", "amount_sent:sum", "amount_lost:sum")
        self.assertEqual(found[0], (2, 90.0, 70.0))

    def test_the_practitioner_and_the_reason_are_told(self):
        practitioner = self.env["res.partner"].create({"name": "Dr Le Gall"})
        invoice = self.make_invoice(recouv_practitioner_id=practitioner.id)
        rejection = self.reject(self.make_share(invoice=invoice))
        found = self.rows(["practitioner_id", "reason_id"], "rejected:sum")
        self.assertEqual(found, [(practitioner, rejection.reason_id, 1)])


@tagged("post_install", "-at_install")
class TestCockpit(RejectionCommon):
    """One screen that says what to do first, by the money at stake."""

    def cockpit(self, user=None):
        lines = self.env["recouv.tp.cockpit"].with_user(user or self.biller)
        action = lines.action_open_cockpit()
        return lines.search(action["domain"])

    @freeze_time("2026-06-15")
    def test_the_most_money_comes_first_and_each_line_opens_its_list(self):
        big = self.reject(self.make_share(amount=90.0), "9876", "carte")
        small = self.reject(self.make_share(amount=10.0), "9875", "tarif")
        rows = self.cockpit().filtered(lambda row: row.kind == "rejection")
        self.assertEqual(rows.mapped("amount"), [90.0, 10.0])
        for row, rejection in zip(rows, (big, small), strict=True):
            action = row.action_open()
            domain = safe_eval(action["domain"])
            self.assertEqual(self.env[action["res_model"]].search(domain), rejection)

    @freeze_time("2026-06-15")
    def test_late_payers_are_named_with_what_they_owe(self):
        self.make_share()
        self.make_share(amount=30.0)
        row = self.cockpit().filtered(lambda one: one.kind == "late")
        self.assertEqual(row.detail, self.caisse.display_name)
        self.assertEqual((row.count, row.amount), (2, 100.0))
        self.assertEqual(row.first_date, date(2026, 5, 15))
        action = row.action_open()
        domain = safe_eval(action["domain"])
        self.assertEqual(self.env["recouv.share"].search_count(domain), 2)

    @freeze_time("2028-06-15")
    def test_money_about_to_be_lost_is_urgent(self):
        share = self.make_share()
        row = self.cockpit().filtered(lambda one: one.kind == "forclusion")
        self.assertTrue(row.is_urgent)
        self.assertEqual(row.first_date, share.limitation_date)

    @freeze_time("2028-06-15")
    def test_what_was_paid_is_not_about_to_be_lost(self):
        self.make_share()
        self.pay_item(self.item_of(self.make_share()), 30.0)
        row = self.cockpit().filtered(lambda one: one.kind == "forclusion")
        self.assertEqual((row.count, row.amount), (2, 110.0))

    @freeze_time("2028-06-15")
    def test_what_never_left_is_about_to_be_lost_too(self):
        sent = self.make_share()
        waits = self.make_share(amount=50.0)
        lot = self.make_lot(waits.browse(), sent=False, payer_id=self.caisse.id)
        waits.sudo()._record({"state": "draft", "sent_on": False})
        lot._add(waits.with_user(self.biller))
        lot._transmit(date(2028, 6, 1))
        self.assertEqual(waits.state, "transmitted")
        lot._acknowledge("negative", label="Lot non conforme")
        self.assertEqual(waits.state, "draft")
        # a plan is owed by nobody there, and loses nothing
        plan = self.plan_share(self.make_draft(), amount=10.0)
        plan.sudo()._record({"limitation_date": sent.limitation_date})
        row = self.cockpit().filtered(lambda one: one.kind == "forclusion")
        self.assertEqual((row.count, row.amount), (2, 120.0))
        shares = self.env["recouv.share"].with_user(self.biller)
        listed = shares.search(safe_eval(row.action_open()["domain"]))
        self.assertEqual(listed, sent | waits)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib_tiers_payant.recouv_share_action_at_risk"
        )
        mine = [*safe_eval(action["domain"]), ("company_id", "=", self.company.id)]
        self.assertEqual(shares.search(mine), sent | waits)
        day = self.env["recouv.day"].with_user(self.biller).read_day()
        counts = {one["code"]: one["count"] for one in day["sections"]}
        self.assertEqual(counts["tp_lost_30"], 2)

    def test_who_owes_a_part_is_the_same_read_and_searched(self):
        shares = self.make_share() | self.plan_share(self.make_draft())
        shares |= self.share_of(self.shared_invoice())
        paid = self.make_share()
        self.pay_item(self.item_of(paid))
        shares |= paid
        domain = [("id", "in", shares.ids)]
        found = shares.search([*domain, ("is_with_payer", "=", True)])
        self.assertEqual(found, shares.filtered("is_with_payer"))
        self.assertEqual(len(found), 2)
        left = shares.search([*domain, ("is_with_payer", "=", False)])
        self.assertEqual(left, shares - found)

    def test_nothing_of_another_company_is_counted(self):
        self.reject(self.make_share())
        other = self.env["res.company"].create({"name": "Other practice"})
        self.biller.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        lines = self.env["recouv.tp.cockpit"].with_user(self.biller)
        lines = lines.with_context(allowed_company_ids=other.ids)
        lines.action_open_cockpit()
        self.assertFalse(lines.search([("create_uid", "=", self.biller.id)]))

    def test_more_reasons_than_a_screen_holds_are_summed(self):
        for number in range(17):
            self.reject(self.make_share(), f"90{number:02d}", "carte")
        rows = self.cockpit().filtered(lambda row: row.kind == "rejection")
        self.assertEqual(len(rows), 16)
        self.assertEqual(sum(rows.mapped("count")), 17)

    def test_opening_costs_the_same_for_many(self):
        def queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.cockpit()
            return self.env.cr.sql_log_count - before

        self.reject(self.make_share())
        queries()
        few = queries()
        self.reject(
            self.env["recouv.share"].concat(*[self.make_share() for _e in range(8)])
        )
        self.assertLessEqual(queries(), few + 2)
