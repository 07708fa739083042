from datetime import date, timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .agency_common import AgencyCommon
from .common import TODAY


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMirror(AgencyCommon):
    """The agency's claims: its own records, the practice's sums."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls.make_invoice(due=date(2026, 1, 5), amount=120.0)
        cls.propose()
        cls.claim = cls.claims_of(cls.invoice)

    def test_the_agency_reads_its_mirror_and_nothing_of_the_practice(self):
        mirror = self.place(self.claim)
        self.assertEqual(mirror.company_id, self.agency)
        self.assertEqual(mirror.amount_residual_currency, 120.0)
        self.assertEqual(mirror.reference, self.invoice.name)
        self.assertEqual(mirror.partner_id.name, "Camille Martin")
        self.assertEqual(mirror.partner_id.company_id, self.agency)
        self.assertEqual(mirror.creditor_partner_id.name, self.company.name)
        self.assertFalse(mirror.move_line_id or mirror.move_id)
        with self.assertRaises(AccessError):
            self.claim.with_user(self.agent).read(["reference"])
        self.assertFalse(self.env["recouv.placement"].with_user(self.agent).search([]))
        with self.assertRaises(AccessError):
            self.env["recouv.placement"].search([]).with_user(self.agent).read(["date"])

    def test_a_payment_at_the_practice_is_seen_at_once(self):
        mirror = self.place(self.claim)
        self.pay(self.invoice, 50.0, TODAY)
        mirror.invalidate_recordset()
        self.assertEqual(mirror.amount_residual_currency, 70.0)
        self.pay(self.invoice, 70.0, TODAY)
        mirror.invalidate_recordset()
        self.assertEqual(mirror.settlement, "paid")

    def test_the_practice_stops_and_the_agency_writes(self):
        mirror = self.place(self.claim)
        self.assertEqual(self.claim._explain()[0]["code"], "placed")
        run = self.agency_run()
        self.assertEqual(run.notice_ids.line_ids.claim_id, mirror.sudo())
        self.assertEqual(run.notice_ids.amount, 120.0)
        self.assertFalse(self.propose(TODAY + timedelta(days=30)).notice_ids)

    def test_nothing_leaves_before_the_agency_accepted(self):
        mirror = self.place(self.claim, accept=False)
        self.assertFalse(self.agency_run().notice_ids)
        self.assertEqual(mirror.sudo()._explain()[0]["code"], "not_accepted")

    def test_a_refused_claim_goes_on_where_it_stood(self):
        before = self.claim.next_step_id, self.claim.next_date
        mirror = self.place(self.claim, accept=False)
        mirror.action_refuse_placement("Address unknown")
        self.assertEqual(self.claim.holder, "practice")
        self.assertEqual((self.claim.next_step_id, self.claim.next_date), before)
        self.assertEqual(mirror.close_reason, "refused")
        self.assertEqual(mirror.amount_residual_currency, 0)
        with self.assertRaisesRegex(UserError, "does not wait"):
            mirror.action_accept_placement()

    def test_what_the_practice_suspends_is_suspended_never_why(self):
        mirror = self.place(self.claim)
        self.claim._hold("hospitalised", "in a clinic")
        mirror.invalidate_recordset()
        self.assertEqual(mirror.suspension, "hold")
        self.assertFalse(self.agency_run().notice_ids)
        self.assertFalse(self.env["recouv.hold"].with_user(self.agent).search([]))

    def test_a_claim_is_placed_once(self):
        self.place(self.claim)
        with self.assertRaisesRegex(UserError, "somebody else holds it"):
            self.place(self.claim)

    def test_without_a_mandate_in_force_nothing_is_placed(self):
        self.mandate.state = "revoked"
        with self.assertRaisesRegex(UserError, "not in force"):
            self.place(self.claim)

    def test_two_practices_debtors_are_not_joined(self):
        first = self.place(self.claim)
        second = self.make_invoice(due=date(2026, 2, 5), amount=80.0)
        self.propose()
        again = self.place(self.claims_of(second))
        self.assertEqual(again.partner_id, first.partner_id)
