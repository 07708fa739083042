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
        self.mandate._record({"state": "revoked", "ended_on": TODAY})
        with self.assertRaisesRegex(UserError, "not in force"):
            self.place(self.claim)

    def test_a_debtor_is_one_contact_per_practice(self):
        first = self.place(self.claim)
        second = self.make_invoice(due=date(2026, 2, 5), amount=80.0)
        self.propose()
        again = self.place(self.claims_of(second))
        self.assertEqual(again.partner_id, first.partner_id)

    def test_two_practices_debtors_are_not_joined(self):
        first = self.place(self.claim)
        other = self.setup_other_company(name="Cabinet du Port")["company"]
        other.currency_id = self.company.currency_id
        lines = self.env["recouv.placement.line"].sudo()
        known = self.claim.placement_line_ids.sudo()
        self.assertEqual(
            known._known_contacts(self.patient, self.agency),
            {self.patient: first.sudo().partner_id.id},
        )
        mandate = self.make_mandate(company_id=other.id)
        placement = self.env["recouv.placement"].sudo().create(
            {"company_id": other.id, "mandate_id": mandate.id}
        )  # fmt: skip
        theirs = lines.new({"placement_id": placement.id, "company_id": other.id})
        self.assertFalse(theirs._known_contacts(self.patient, self.agency))

    def test_an_address_that_changed_between_two_hand_overs_is_refreshed(self):
        contact = self.place(self.claim).partner_id
        self.claim.with_user(self.practitioner)._recall("back")
        self.patient.street = "9 rue Neuve"
        self.assertNotEqual(contact.street, "9 rue Neuve")
        self.place(self.claim)
        self.assertEqual(contact.street, "9 rue Neuve")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMirrorFollows(AgencyCommon):
    """What changes in the practice's books is known at the agency at once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls.make_invoice(due=date(2026, 1, 5), amount=120.0)
        cls.propose()
        cls.claim = cls.claims_of(cls.invoice)
        cls.mirror = cls.place(cls.claim)

    def repost(self, **values):
        self.invoice.button_draft()
        self.invoice.write(values)
        self.invoice.action_post()
        self.invoice.is_move_sent = True

    def test_a_moved_due_date_moves_the_mirror(self):
        self.repost(invoice_date_due=date(2026, 3, 1))
        self.assertEqual(self.claim.date_due, date(2026, 3, 1))
        self.assertEqual(self.mirror.date_due, date(2026, 3, 1))
        self.assertFalse(self.mirror.closed_on)

    def test_a_new_number_is_recalled_by_the_agency(self):
        self.claim.sudo().write({"reference": "NEW/1"})
        self.assertEqual(self.mirror.reference, "NEW/1")

    def test_a_mise_en_demeure_undone_is_undone_at_the_agency(self):
        self.claim.sudo().write({"formal_notice_date": date(2026, 5, 1)})
        self.assertEqual(self.mirror.formal_notice_date, date(2026, 5, 1))
        self.claim.sudo().write({"formal_notice_date": False})
        self.assertFalse(self.mirror.formal_notice_date)

    def test_a_cancelled_invoice_ends_at_the_agency(self):
        self.invoice.button_draft()
        self.invoice.button_cancel()
        self.env["recouv.engine"]._realign_claims(self.company)
        self.assertEqual(self.claim.close_reason, "cancelled")
        self.assertEqual(self.mirror.close_reason, "cancelled")
        self.assertFalse(self.agency_run().notice_ids)
        self.assertEqual(self.claim.placement_line_ids.state, "recalled")

    def test_another_debtor_ends_the_mirror(self):
        other = self.make_patient("Dominique Roux")
        self.repost(partner_id=other.id)
        self.env["recouv.engine"]._realign_claims(self.company)
        self.assertEqual(self.mirror.close_reason, "debtor_changed")

    def test_a_credit_note_lowers_what_the_agency_asks(self):
        refund = self.make_invoice(amount=50.0, move_type="out_refund")
        items = (self.invoice | refund).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        items.reconcile()
        self.mirror.invalidate_recordset()
        self.assertEqual(self.mirror.amount_residual_currency, 70.0)

    def test_money_not_allocated_at_the_practice_stops_the_agency(self):
        self.make_invoice(amount=30.0, move_type="out_refund")
        self.assertFalse(self.agency_run().notice_ids)
        self.assertEqual(self.mirror._explain()[0]["code"], "creditor_credit")
        self.claim.invalidate_recordset()
        self.assertTrue(self.claim.is_credit_waiting)
        day = self.env["recouv.day"].with_user(self.secretary).read_day()
        self.assertIn("placed_credits", [s["code"] for s in day["sections"]])

    def test_a_new_address_reaches_the_agency_and_nothing_else(self):
        contact = self.mirror.partner_id
        self.patient.write({"street": "9 rue Neuve", "comment": "canary"})
        self.assertEqual(contact.street, "9 rue Neuve")
        self.assertFalse(contact.comment)

    def test_what_the_agency_found_stands_until_the_practice_learns_better(self):
        contact = self.mirror.sudo().partner_id
        contact.phone = "+33612345678"
        self.patient.street = "9 rue Neuve"
        self.assertEqual(contact.phone, "+33612345678")
        self.patient.phone = "+33687654321"
        self.assertEqual(contact.phone, "+33687654321")

    def test_a_wish_is_followed_and_an_address_withdrawn(self):
        contact = self.mirror.partner_id
        self.patient.recouv_no_home_letter = True
        self.assertTrue(contact.recouv_no_home_letter)
        self.assertFalse(contact.street)

    def test_a_guardian_named_later_takes_the_place_of_the_debtor(self):
        guardian = self.make_patient("Guardian", street="1 quai Haut")
        self.patient.write(
            {"recouv_protection": "tutelle", "recouv_guardian_id": guardian.id}
        )
        contact = self.mirror.partner_id
        self.assertEqual((contact.name, contact.street), ("Guardian", "1 quai Haut"))
        guardian.street = "2 quai Haut"
        self.assertEqual(contact.street, "2 quai Haut")

    def test_an_event_of_one_side_moves_the_right_to_sue_of_both(self):
        events = self.env["recouv.limitation.event"].sudo()
        values = {
            "kind": "acknowledgment",
            "date": date(2026, 6, 1),
            "is_written": True,
        }
        start = self.claim.limitation_date
        events.create({"claim_id": self.mirror.id, **values})
        self.assertGreater(self.claim.limitation_date, start)
        self.assertEqual(self.mirror.limitation_date, self.claim.limitation_date)
        later = events.create(
            {"claim_id": self.claim.id, **values, "date": date(2026, 6, 10)}
        )
        self.assertEqual(self.mirror.limitation_date, self.claim.limitation_date)
        later.is_void = True
        self.assertEqual(self.mirror.limitation_date, self.claim.limitation_date)

    def test_what_was_signed_with_the_agency_counts_after_the_recall(self):
        self.env["recouv.limitation.event"].sudo().create(
            {
                "claim_id": self.mirror.id,
                "kind": "acknowledgment",
                "date": date(2026, 6, 1),
                "is_written": True,
            }
        )
        until = self.claim.limitation_date
        self.claim.with_user(self.practitioner)._recall("back")
        self.claim._refresh_limitation()
        self.assertEqual(self.claim.limitation_date, until)

    def test_confidential_care_is_told_as_suspended_never_why(self):
        self.invoice.recouv_confidential = True
        self.assertFalse(self.agency_run().notice_ids)
        reason = self.mirror._explain()[0]
        self.assertEqual(reason["code"], "practice_hold")
        self.assertNotIn("confidential", reason["message"])

    def test_without_an_agency_there_is_no_twin(self):
        alone = self.make_invoice(due=date(2026, 2, 5))
        self.propose()
        self.assertFalse(self.claims_of(alone)._twin())
        self.assertEqual(self.claim._twin(), self.mirror.sudo())
        self.assertEqual(self.mirror._twin(), self.claim.sudo())
        self.claim.with_user(self.practitioner)._recall("back")
        self.assertFalse(self.claim._twin() or self.mirror._twin())

    def test_interest_is_that_of_the_practices_books(self):
        self.company.recouv_interest = True
        self.claim.sudo().formal_notice_date = date(2026, 3, 1)
        asked = {self.claim: 120.0}
        own = self.claim._accrued_interest(asked, TODAY)[self.claim]
        mirrored = self.mirror._accrued_interest({self.mirror: 120.0}, TODAY)
        self.assertGreater(own, 0)
        self.assertEqual(mirrored[self.mirror], own)
