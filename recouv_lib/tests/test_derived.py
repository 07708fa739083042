"""What is derived from the books reads the same by whatever way it is asked."""

from datetime import timedelta

from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from .common import TODAY, RecouvCommon

SHOWN = ("settlement", "suspension", "amount_residual_currency", "amount_disputed")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDerived(RecouvCommon):
    """A list that shows one such field works out no other, and says the same."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        names = ("open", "paid", "part", "held", "disputed", "over", "review", "never")
        cls.moves = {
            name: cls.make_invoice(cls.make_patient(f"Louise {name.title()}"))
            for name in names
        }
        cls.env["recouv.engine"]._create_claims(cls.company, TODAY)
        cls.claims = {name: cls.claims_of(move) for name, move in cls.moves.items()}
        cls.every = cls.env["recouv.claim"].union(*cls.claims.values())
        cls.pay(cls.moves["paid"])
        cls.pay(cls.moves["part"], 30.0)
        cls.hold("held", "hospitalised")
        # in its dates, and suspends nothing: the rest is still collected
        cls.hold("disputed", "dispute", amount_disputed=40.0)
        cls.hold(
            "over", "other",
            date_from=TODAY - timedelta(days=9), date_to=TODAY - timedelta(days=1),
        )  # fmt: skip
        cls.claims["review"].in_review = True
        cls.hold("never", "never")
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def hold(cls, name, reason, **values):
        cls.env["recouv.hold"].create(
            {
                "company_id": cls.company.id,
                "claim_ids": [(6, 0, cls.claims[name].ids)],
                "reason": reason,
                "date_from": TODAY,
                **values,
            }
        )

    def whole(self, name):
        """The field by its whole expression, as a search or a group asks it."""
        claims = self.every
        sql = claims._derived_sql(name, claims._table)
        rows = self.env.execute_query(
            SQL("SELECT id, %s FROM recouv_claim WHERE id IN %s", sql, claims._ids)
        )
        return dict(rows)

    def test_a_short_answer_is_the_whole_one(self):
        for name in SHOWN:
            whole = self.whole(name)
            self.env.invalidate_all()
            read = {row["id"]: row[name] for row in self.every.read([name])}
            self.assertEqual(read, whole, name)
            self.env.invalidate_all()
            one_by_one = {claim.id: claim[name] for claim in self.every}
            self.assertEqual(one_by_one, whole, name)

    def test_it_says_what_happened(self):
        said = {name: claim.suspension for name, claim in self.claims.items()}
        self.assertEqual(
            said,
            {
                "open": "none",
                "paid": "none",
                "part": "none",
                "held": "hold",
                "disputed": "none",
                "over": "none",
                "review": "review",
                "never": "hold",
            },
        )
        self.assertEqual(self.claims["paid"].settlement, "paid")
        self.assertEqual(self.claims["part"].settlement, "open")

    def test_a_search_for_what_is_open_is_the_long_one(self):
        claims, own = self.env["recouv.claim"], ("id", "in", self.every.ids)
        kinds = dict(claims._fields["settlement"].selection)
        for kind in kinds:
            found = claims.search([own, ("settlement", "=", kind)])
            self.assertEqual(
                found, self.every.filtered(lambda c, k=kind: c.settlement == k), kind
            )
        closed = claims.search([own, ("settlement", "!=", "open")])
        self.assertEqual(closed, self.claims["paid"])
        mixed = claims.search([own, ("settlement", "in", ("open", "paid"))])
        self.assertEqual(mixed, self.every)
        self.assertFalse(claims.search([own, ("settlement", "=", False)]))

    def test_a_list_works_out_only_what_it_shows(self):
        self.every.with_user(self.secretary).read(["reference", "settlement"])
        claims = self.every.with_user(self.secretary)
        cached = {
            name
            for name in claims._derived_fields()
            if not any(claims._fields[name]._cache_missing_ids(claims))
        }
        self.assertEqual(cached, {"settlement"})

    def test_an_invoice_says_the_same_of_its_claim(self):
        moves = self.env["account.move"].union(*self.moves.values())
        moves |= self.make_invoice(due=TODAY + timedelta(days=30))
        read = {row["id"]: row["recouv_suspension"] for row in moves.read(
            ["recouv_suspension"])}  # fmt: skip
        wanted = {move.id: self.claims_of(move).suspension or False for move in moves}
        self.assertEqual(read, wanted)

    def test_a_payment_is_seen_by_the_next_reading(self):
        claim = self.claims["open"]
        self.assertEqual(claim.read(["settlement"])[0]["settlement"], "open")
        self.pay(self.moves["open"])
        claim.invalidate_recordset()
        self.assertEqual(claim.read(["settlement"])[0]["settlement"], "paid")
        self.assertEqual(claim.amount_residual_currency, 0.0)
