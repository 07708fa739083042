from datetime import date

from odoo.tests import freeze_time, tagged
from odoo.tests.common import warmup
from odoo.tools import SQL

from .common import TODAY, RecouvCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestEngineQueries(RecouvCommon):
    """The number of queries does not grow with the number of lines."""

    def invoices(self, count):
        for number in range(count):
            self.make_invoice(self.make_patient(f"Debtor {number}"))
        self.env.flush_all()
        self.env.invalidate_all()

    def queries_of(self, work):
        before = self.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    @warmup
    def test_proposing_many_lines_costs_no_more_than_three(self):
        self.invoices(3)
        few = self.queries_of(self.propose)
        self.env["recouv.notice"].search([])._cancel("test")
        self.invoices(12)
        many = self.queries_of(lambda: self.propose(date(2026, 6, 16)))
        self.assertLessEqual(many, few)
        self.assertLessEqual(many, 60)
        self.assertEqual(self.env["recouv.claim"].search_count([]), 15)

    def plan_of(self, statement):
        return self.env.execute_query(SQL("EXPLAIN %s", statement))

    def test_what_suspends_is_planned_once(self):
        """Planning took ten times what executing took: an EXISTS within an EXISTS is
        planned four times, an expression that is read twice, twice.

        These plans had 2,069 and 3,203 lines.
        """
        engine, claims = self.env["recouv.engine"], self.env["recouv.claim"]
        ctes = engine._classification_ctes(
            self.company, TODAY, "creditor", SQL("TRUE"), None
        )
        run = SQL("WITH %s SELECT * FROM proposal", ctes)
        self.assertLess(len(self.plan_of(run)), 750)
        suspension = claims._derived_sql("suspension", "recouv_claim")
        state = SQL("SELECT %s FROM recouv_claim WHERE id = 1", suspension)
        self.assertLess(len(self.plan_of(state)), 800)
