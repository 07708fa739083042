from datetime import date
from unittest.mock import patch

from odoo.tests import freeze_time, tagged
from odoo.tests.common import warmup
from odoo.tools import SQL

from .common import TODAY
from .placement_common import PlacementCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPlacementQueries(PlacementCommon):
    """Ten or ten thousand claims: the same statements."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enterClassContext(
            patch.object(type(cls.env["recouv.document"]), "_pdf", lambda *a: b"%PDF")
        )

    def claims(self, count, prefix):
        debtors = self.env["res.partner"].create(
            [
                {"name": f"{prefix} {number}", "company_id": self.company.id}
                for number in range(count)
            ]
        )
        model = self.make_invoice(debtors[0], due=date(2026, 5, 1))
        moves = model | model.browse().create(
            [
                {**model.copy_data()[0], "partner_id": debtor.id,
                 "invoice_date": date(2026, 5, 1),
                 "invoice_date_due": date(2026, 5, 1)}
                for debtor in debtors[1:]
            ]
        )  # fmt: skip
        (moves - model).action_post()
        moves.is_move_sent = True
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        self.env.flush_all()
        self.env.invalidate_all()
        return self.claims_of(moves)

    def queries_of(self, work):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        result = work()
        self.env.flush_all()
        return self.cr.sql_log_count - before, result

    def through(self, count, prefix):
        """Hand over ``count`` claims and have them accepted.

        :return: queries of the proposal, the sending and the answer
        """
        claims = self.claims(count, prefix)
        proposed, placement = self.queries_of(lambda: self.draft(claims))
        sent, _none = self.queries_of(placement.action_send)
        # as the browser sends them: by their ids
        mirrors = self.env["recouv.claim"].browse(
            placement.sudo().line_ids.agency_claim_id.ids
        )
        mirrors = mirrors.with_user(self.agent)
        self.assertEqual(len(mirrors), count)
        accepted, _none = self.queries_of(mirrors.action_accept_placement)
        return proposed, sent, accepted

    @warmup
    def test_many_claims_cost_what_few_cost(self):
        self.through(2, "warm")
        few = self.through(8, "few")
        many = self.through(40, "many")
        for less, more in zip(few, many, strict=True):
            self.assertLessEqual(more, less + 12, f"{few} {many}")

    def test_the_verdicts_are_one_statement(self):
        claims = self.claims(12, "verdict")
        few, _verdicts = self.queries_of(
            lambda: claims[:2]._placement_verdicts(self.agency)
        )
        many, _verdicts = self.queries_of(
            lambda: claims._placement_verdicts(self.agency)
        )
        self.assertLessEqual(many, few)

    def test_the_list_of_an_agency_is_read_by_index(self):
        claims = self.env["recouv.claim"].with_user(self.agent)
        for index in (claims._next_idx, claims._pick_idx):  # setup/test drops them
            index.apply_to_database(claims)
        domain = [("capacity", "=", "mandatary"), ("closed_on", "=", False)]
        query = claims._search(domain, order=claims._order, limit=80)
        # so few rows are faster read whole: the planner would choose so
        for shortcut in ("enable_seqscan", "enable_bitmapscan", "enable_sort"):
            self.cr.execute(f"SET LOCAL {shortcut} = off")  # pylint: disable=sql-injection
        rows = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
        self.assertRegex(str(rows), "recouv_claim_+(next|pick)_idx")

    def test_what_waits_for_the_agency_is_found_by_its_line(self):
        claims = self.claims(3, "waiting")
        mirrors = self.place(claims, accept=False)
        self.place(self.claims(1, "accepted"))
        waiting = [("placement_state", "=", "proposed")]
        found = self.env["recouv.claim"].with_user(self.agent).search(waiting)
        self.assertEqual(found, mirrors)
        self.assertEqual(self.env["recouv.claim"].search(waiting), claims)
        never = self.claims(1, "never")
        self.assertIn(never, claims.search([("placement_state", "=", False)]))
