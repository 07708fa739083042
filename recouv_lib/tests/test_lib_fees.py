import random
import unittest
from decimal import Decimal as D

from hypothesis import HealthCheck, given, settings, strategies as st

from odoo.addons.recouv_lib.lib.fees import NoRate, Rate, Terms, fee, rate_for

SCALE = (
    Rate(0, D(0), D(10)),
    Rate(0, D(1000), D(8)),
    Rate(180, D(0), D(20)),
    Rate(180, D(1000), D(15), fixed=D(30)),
    Rate(365, D(0), D(30)),
)
TERMS = Terms(SCALE)
CENTS = st.integers(1, 500_000).map(lambda cents: D(cents) / 100)
ACTS = st.one_of(
    CENTS,  # a sum is received
    st.integers(0, 20),  # the one of this rank bounces
    st.just("invoice"),
)


@st.composite
def terms_of(draw):
    """A scale of one line, with or without bounds."""
    rate = Rate(0, D(0), D(draw(st.integers(0, 60))), D(draw(st.integers(0, 40))))
    least = draw(st.none() | st.integers(0, 50).map(D))
    most = draw(st.none() | st.integers(0, 300).map(D))
    if least is not None and most is not None:
        most += least
    return Terms((rate,), least, most)


class Ledger:
    """What an agency invoices for one claim, as ``recouv_mandate_fee`` does it."""

    def __init__(self, terms):
        self.terms = terms
        self.received = []  # [sum, does it stand, its fee as invoiced or None]
        self.invoiced = D(0)

    def bounce(self, rank):
        if rank < len(self.received):
            self.received[rank][1] = False

    def invoice(self):
        """Invoice new sums, give back what bounced, price the others anew."""
        first = [one for one in self.received if one[2] is not None]
        new = [one for one in self.received if one[2] is None]
        before = D(0)
        for one in [*first, *new]:
            fee_ = D(0)
            if one[1]:
                fee_ = fee(one[0], 0, D(100), self.terms, before)
                before += one[0]
            self.invoiced += fee_ - (one[2] or 0)
            one[2] = fee_

    def standing(self):
        return sum(one[0] for one in self.received if one[1])


class TestFees(unittest.TestCase):
    """The agency's fee on success (CPCE R124-3 3°)."""

    def test_a_young_small_claim_costs_the_first_rate(self):
        self.assertEqual(fee(D(100), 30, D(100), TERMS), D("10.00"))

    def test_the_scale_goes_by_age_then_by_amount(self):
        vectors = {
            (0, 999): 10,
            (0, 1000): 8,
            (179, 5000): 8,
            (180, 999): 20,
            (180, 1000): 15,
            (365, 5000): 30,
        }
        for (age, amount), percent in vectors.items():
            with self.subTest(age=age, amount=amount):
                self.assertEqual(rate_for(age, D(amount), TERMS).percent, percent)

    def test_a_claim_placed_before_its_due_date_is_of_no_age(self):
        self.assertEqual(rate_for(-5, D(10), TERMS).percent, 10)

    def test_what_the_scale_does_not_know_is_an_error(self):
        terms = Terms((Rate(30, D(50), D(10)),))
        for age, amount in ((29, 100), (30, 49)):
            with self.subTest(age=age), self.assertRaises(NoRate):
                fee(D(10), age, D(amount), terms)

    def test_nothing_received_costs_nothing(self):
        terms = Terms(SCALE, least=D(15))
        self.assertEqual(fee(D(0), 400, D(2000), terms), 0)

    def test_a_fixed_sum_is_due_once(self):
        first = fee(D(1000), 200, D(2000), TERMS)
        second = fee(D(1000), 200, D(2000), TERMS, before=D(1000))
        self.assertEqual((first, second), (D(180), D(150)))

    def test_the_least_is_due_once_and_never_more_than_received(self):
        terms = Terms(SCALE, least=D(15))
        self.assertEqual(fee(D(10), 0, D(60), terms), D(10))
        self.assertEqual(fee(D(20), 0, D(60), terms, before=D(10)), D(5))
        self.assertEqual(fee(D(30), 0, D(60), terms, before=D(30)), D(0))

    def test_the_most_bounds_the_whole_claim(self):
        terms = Terms(SCALE, most=D(100))
        self.assertEqual(fee(D(900), 0, D(2000), terms), D(72))
        self.assertEqual(fee(D(1100), 0, D(2000), terms, before=D(900)), D(28))

    def test_half_a_cent_is_rounded_up(self):
        self.assertEqual(fee(D("0.05"), 0, D(10), TERMS), D("0.01"))
        self.assertEqual(fee(D("0.04"), 0, D(10), TERMS), D("0.00"))

    def test_another_currency_has_its_own_rounding(self):
        swiss = Terms(SCALE, unit=D("0.05"))
        self.assertEqual(fee(D("10.30"), 0, D(100), swiss), D("1.05"))
        self.assertEqual(fee(D("10.20"), 0, D(100), swiss), D("1.00"))

    def test_a_bounced_payment_gives_its_fee_back(self):
        taken = fee(D("33.33"), 0, D(100), TERMS, before=D("33.33"))
        given = fee(D("-33.33"), 0, D(100), TERMS, before=D("66.66"))
        self.assertEqual(taken, -given)

    def test_any_instalments_cost_what_one_payment_costs(self):
        chance = random.Random(20260615)
        for _round in range(500):
            least = chance.choice((None, D(chance.randint(0, 50))))
            most = chance.choice((None, (least or 0) + D(chance.randint(0, 300))))
            terms = Terms(SCALE, least, most)
            age, amount = chance.randint(-10, 800), D(chance.randint(1, 500000)) / 100
            parts = [D(chance.randint(0, 40000)) / 100 for _n in range(5)]
            before, fees = D(0), []
            for part in parts:
                fees.append(fee(part, age, amount, terms, before))
                before += part
            whole = fee(sum(parts), age, amount, terms)
            self.assertEqual(sum(fees), whole)
            self.assertTrue(all(0 <= cost for cost in fees))
            self.assertLessEqual(whole, sum(parts))
            self.assertLessEqual(whole, most if most is not None else whole)
            self.assertEqual(whole, whole.quantize(D("0.01")))


class TestBounces(unittest.TestCase):
    """What was invoiced and not given back is the fee of what stands."""

    # the same cases every time: a failure is a failure of the code, not of the day
    @settings(
        max_examples=200,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(terms=terms_of(), acts=st.lists(ACTS, max_size=25))
    def test_in_any_order_it_ends_with_the_fee_of_what_stands(self, terms, acts):
        ledger = Ledger(terms)
        for act in [*acts, "invoice"]:
            if act == "invoice":
                ledger.invoice()
                due = fee(D(ledger.standing()), 0, D(100), terms)
                self.assertEqual(ledger.invoiced, due)
            elif isinstance(act, D):
                ledger.received.append([act, True, None])
            else:
                ledger.bounce(act)
        self.assertTrue(all(one[2] >= 0 for one in ledger.received))
