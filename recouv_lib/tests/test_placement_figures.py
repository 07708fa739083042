from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import TODAY
from .placement_money_common import PlacementMoneyCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlacementFigures(PlacementMoneyCommon):
    """Collected, rate and delay, by hand: 300 handed over, 40 after 10 days with the
    agency, 30 after 20 days straight to the practice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mirrors = cls.place(cls.claim | cls.other).sudo()
        cls.collected = cls.collect(cls.claim, 40.0, cls.later(10))
        cls.pay(cls.first, 30.0, cls.later(20))

    def figures(self, user, by=()):
        self.env.flush_all()
        self.env.invalidate_all()
        return (
            self.env["recouv.report.placement"]
            .with_user(user)
            ._read_group(
                [],
                list(by),
                [
                    "claim_count:sum",
                    "amount_placed:sum",
                    "amount_collected:sum",
                    "amount_direct:sum",
                    "collected_rate:avg",
                    "recovery_rate:avg",
                    "delay_days:avg",
                ],
            )
        )

    def assertFigures(self, row, expected):
        for value, wanted in zip(row, expected, strict=True):
            self.assertAlmostEqual(float(value), wanted, 2)

    def test_each_side_reads_the_same_sums_of_its_own(self):
        expected = (2, 300.0, 40.0, 30.0, 13.33, 23.33, 14.29)
        for user in (self.practitioner, self.secretary, self.agent):
            self.assertFigures(self.figures(user)[0], expected)

    def test_by_age_when_handed_over(self):
        rows = {row[0]: row[1:] for row in self.figures(self.agent, ["age"])}
        # due on 5 January: 161 days; due on 1 May of the year before: 410 days
        self.assertEqual(set(rows), {"b", "d"})
        self.assertFigures(rows["b"], (1, 100.0, 40.0, 30.0, 40.0, 70.0, 14.29))
        self.assertFigures(rows["d"], (1, 200.0, 0.0, 0.0, 0.0, 0.0, 0.0))

    def test_by_month_of_the_money_and_of_the_hand_over(self):
        rows = self.figures(self.agent, ["date:month"])
        self.assertEqual(
            [(row[0].month, row[3], row[4]) for row in rows], [(6, 40, 0), (7, 0, 30)]
        )
        rows = self.figures(self.agent, ["placed_on:month"])
        self.assertEqual([row[0].month for row in rows], [6])

    def test_by_practice_for_the_agency(self):
        rows = self.figures(self.agent, ["creditor_partner_id"])
        self.assertEqual(rows[0][0].name, self.company.name)
        self.assertFigures(rows[0][1:], (2, 300.0, 40.0, 30.0, 13.33, 23.33, 14.29))

    def test_by_step_of_the_agency(self):
        run = self.agency_run()
        self.prove(run.sudo(), TODAY)
        rows = {
            row[0]: row[1:] for row in self.figures(self.practitioner, ["step_rank"])
        }
        self.assertEqual(set(rows), {1})
        report = self.env["recouv.report.placement"]
        own = report.with_user(self.practitioner).search([])
        self.assertFalse(own.step_id)
        theirs = report.with_user(self.agent).search([])
        self.assertEqual(theirs.step_id, self.agency_policy.step_ids[0])

    def test_neither_side_reads_the_other(self):
        report = self.env["recouv.report.placement"]
        own = report.with_user(self.practitioner).search([])
        theirs = report.with_user(self.agent).search([])
        self.assertEqual(own.claim_id.company_id, self.company)
        self.assertEqual(theirs.claim_id.company_id, self.agency)
        self.assertNotIn(self.patient, theirs.partner_id)
        with self.assertRaises(AccessError):
            report.browse(own.ids).with_user(self.agent).read(["amount_placed"])

    def test_a_stranger_reads_nothing(self):
        stranger = self.make_user(
            "stranger",
            self.setup_other_company(name="Autre cabinet")["company"],
            "recouv_lib.group_manager",
        )
        self.assertFalse(
            self.env["recouv.report.placement"].with_user(stranger).search([])
        )

    def test_a_refused_claim_counts_nowhere(self):
        ali = self.make_patient("Ali Petit")
        third = self.make_invoice(ali, due=date(2026, 2, 1), amount=50.0)
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        mirror = self.place(self.claims_of(third), accept=False)
        self.assertFigures(self.figures(self.agent)[0][:2], (3, 350.0))
        mirror.action_refuse_placement("Too young")
        self.assertFigures(self.figures(self.agent)[0][:2], (2, 300.0))

    def test_what_comes_back_is_collected_no_more(self):
        self.collected.action_reverse("Cheque bounced", date=self.later(15))
        self.assertFigures(
            self.figures(self.agent)[0], (2, 300.0, 0.0, 30.0, 0.0, 10.0, 20.0)
        )

    def test_money_before_the_hand_over_or_after_a_recall_is_not_counted(self):
        line = self.lines_of(self.other)
        early = self.pay(self.second, 20.0, self.later(-3))
        line._take_back("recalled", "Wanted back")
        self.pay(self.second, 60.0, self.later(5))
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertTrue(early)
        self.assertEqual(line.amount_direct, 0.0)

    # --- the practice's live screen -------------------------------------------------

    def test_the_practice_sees_each_claim_live(self):
        line = self.lines_of(self.claim).with_user(self.secretary)
        self.assertEqual(line.amount_collected, 40.0)
        self.assertEqual(line.amount_direct, 30.0)
        self.assertEqual(line.amount_due, 30.0)
        self.assertEqual(line.placed_on, TODAY)
        found = line.search([("amount_collected", ">", 0)])
        self.assertEqual(found, line)
        self.assertEqual(line.search([("amount_due", ">", 30)]).claim_id, self.other)

    def test_it_reads_where_a_claim_stands_in_plain_words(self):
        line = self.lines_of(self.other).with_user(self.secretary)
        self.assertIn("has not written", line.told_state)
        self.prove(self.agency_run().sudo(), TODAY)
        line.invalidate_recordset()
        self.assertIn("Step 1 of the agency", line.told_state)
        self.assertNotIn(self.agency_policy.name, line.told_state)
        self.other._hold("other", "told to wait")
        self.env.invalidate_all()
        self.assertEqual(line.told_state, "Suspended")
        line.sudo()._take_back("recalled", "Wanted back")
        line.invalidate_recordset()
        self.assertIn("Wanted back", line.told_state)
