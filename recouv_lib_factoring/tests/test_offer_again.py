from datetime import date

from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .offer_common import OfferCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestOfferAgain(OfferCommon):
    """What posting offered and a rule turned away comes back, once it may."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_terms(submission="posting", is_automatic=True)

    def night(self, day=TODAY):
        with freeze_time(day):
            self.env["recouv.assignment"]._cron_sell()
        self.env.flush_all()
        self.env.invalidate_all()

    def lines(self, move):
        return move.recouv_assignment_line_ids.sorted("id")

    def states(self, move):
        return self.lines(move).mapped("state")

    def over_the_month(self):
        """Two invoices of which the limit of the month takes the first only."""
        self.set_terms(limit_month=150.0)
        first = self.make_invoice(amount=100.0)
        second = self.make_invoice(amount=80.0)
        self.night()
        return first, second

    # --- limits ---------------------------------------------------------------------

    def test_the_next_month_has_room(self):
        first, second = self.over_the_month()
        self.assertEqual(self.states(first), ["accepted"])
        self.assertEqual(self.lines(second).code, "limit_month")
        self.night(date(2026, 6, 30))
        self.assertEqual(self.states(second), ["removed"])
        self.night(date(2026, 7, 1))
        self.assertEqual(self.states(second), ["removed", "accepted"])

    def test_a_higher_limit_lets_it_in(self):
        _first, second = self.over_the_month()
        self.set_terms(limit_month=200.0)
        self.night(date(2026, 6, 16))
        self.assertEqual(self.states(second), ["removed", "accepted"])

    def test_the_room_is_given_out_once(self):
        self.set_terms(limit_total=150.0)
        moves = [self.make_invoice(amount=amount) for amount in (140.0, 90.0, 80.0)]
        self.night()
        self.set_terms(limit_total=240.0)
        self.night(date(2026, 6, 16))
        found = [self.states(move)[-1] for move in moves]
        self.assertEqual(found, ["accepted", "accepted", "removed"])
        self.assertEqual(len(self.lines(moves[2])), 1)

    # --- gates ----------------------------------------------------------------------

    def test_a_completed_address_lets_it_in(self):
        self.patient.street = False
        move = self.make_invoice()
        self.night()
        self.assertEqual(self.lines(move).code, "no_address")
        self.patient.street = "1 rue Haute"
        self.night(date(2026, 6, 16))
        self.assertEqual(self.states(move), ["removed", "accepted"])

    def test_a_suspension_that_ended_lets_it_in(self):
        move = self.make_invoice()
        self.night()
        hold = self.env["recouv.hold"].create(
            {
                "partner_id": self.patient.id,
                "company_id": self.company.id,
                "reason": "hospitalised",
                "date_from": TODAY,
                "date_to": date(2026, 6, 20),
            }
        )
        self.assertEqual(self.states(move), ["withdrawn"])
        self.night(date(2026, 6, 18))
        self.assertEqual(self.states(move), ["withdrawn"])
        self.night(date(2026, 6, 22))
        self.assertEqual(self.states(move), ["withdrawn", "accepted"])
        self.assertTrue(hold.exists())

    def test_a_renewed_contract_lets_it_in(self):
        move = self.make_invoice()
        self.night()
        self.set_terms(ended_on=date(2026, 6, 16))
        self.night(date(2026, 6, 17))
        self.assertEqual(self.states(move), ["withdrawn"])
        self.make_contract(
            commission_rate=0.0,
            needs_check=False,
            submission="posting",
            is_automatic=True,
            valid_from=date(2026, 6, 18),
        )
        self.night(date(2026, 6, 18))
        self.assertEqual(self.states(move), ["withdrawn", "accepted"])

    # --- what stays as it is --------------------------------------------------------

    def test_what_the_practice_took_out_stays_out(self):
        self.set_terms(is_automatic=False)
        move = self.make_invoice()
        self.night()
        self.lines(move).with_user(self.practitioner).action_withdraw()
        self.night(date(2026, 6, 16))
        self.assertEqual(self.states(move), ["withdrawn"])

    def test_a_person_s_refusal_stands(self):
        self.set_terms(is_automatic=False)
        move = self.make_invoice()
        self.night()
        self.offers_of(self.lines(move).assignment_id)._refuse("Not this one")
        self.night(date(2026, 6, 16))
        self.assertEqual(self.states(move), ["refused"])

    def test_what_was_paid_is_not_offered_again(self):
        _first, second = self.over_the_month()
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=second.ids
        ).create({})._create_payments()
        self.night(date(2026, 7, 1))
        self.assertEqual(self.states(second), ["removed"])

    def test_what_was_offered_by_hand_since_is_left_alone(self):
        _first, second = self.over_the_month()
        self.set_terms(limit_month=0.0, is_automatic=False)
        self.offer(second).line_ids.action_withdraw()
        self.night(date(2026, 6, 16))
        self.assertEqual(self.states(second), ["removed", "withdrawn"])

    def test_by_hand_nothing_comes_back_by_itself(self):
        _first, second = self.over_the_month()
        self.set_terms(submission="manual")
        self.night(date(2026, 7, 1))
        self.assertEqual(self.states(second), ["removed"])

    def test_it_comes_back_once(self):
        _first, second = self.over_the_month()
        self.night(date(2026, 7, 1))
        self.night(date(2026, 7, 2))
        self.assertEqual(len(self.lines(second)), 2)

    # --- what one reads -------------------------------------------------------------

    def test_the_line_says_so_before_and_after(self):
        _first, second = self.over_the_month()
        self.assertIn("Will be offered again", self.lines(second).again_told)
        self.night(date(2026, 7, 1))
        old, new = self.lines(second)
        self.assertIn(new.assignment_id.name, old.again_told)
        self.assertIn(old.assignment_id.name, new.again_told)
        self.assertIn("limit of the month", new.again_told)
        found = self.env["recouv.assignment.line"].search(
            ["|", ("retried_on", "!=", False), ("retried_of_ids", "!=", False)]
        )
        self.assertLessEqual(old | new, found)
