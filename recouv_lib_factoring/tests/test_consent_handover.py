from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY
from odoo.addons.recouv_lib.tests.placement_common import PlacementCommon

from .insurance_common import InsuranceCommon


class ConsentMixin:
    """Consents, as the secretary records them."""

    def agree(self, partner, purpose="collection", **values):
        consents = self.env["recouv.consent"].with_user(self.secretary)
        return consents.create(
            {
                "company_id": self.company.id,
                "partner_id": partner.id,
                "purpose": purpose,
                "given_on": TODAY,
                **values,
            }
        )


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestConsentBeforeTheAgency(ConsentMixin, PlacementCommon):
    """Where fees are secret, a claim goes to the agency only as the patient agreed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.claim = cls.open_claim().with_user(cls.practitioner)
        cls.company.recouv_consent_required = True

    def code(self, claim=None):
        return self.verdict(claim or self.claim).code

    def test_without_consent_the_claim_stays_with_its_reason(self):
        self.assertEqual(self.code(), "no_consent")
        placement = self.draft(self.claim)
        with self.assertRaisesRegex(UserError, "has not agreed to a collection"):
            placement.action_send()
        self.assertEqual(self.claim.holder, "practice")

    def test_each_claim_is_judged_by_its_own_debtor(self):
        agreed = self.open_claim(60.0, debtor=self.make_patient("Agnès"))
        self.agree(agreed.partner_id)
        placement = self.draft(self.claim | agreed)
        placement.action_send()
        by_claim = {line.claim_id: line for line in placement.line_ids}
        left = by_claim[self.claim]
        self.assertEqual((left.state, left.removed_code), ("removed", "no_consent"))
        self.assertIn("record the consent first", left.answer_reason)
        self.assertEqual(agreed.holder, "agency")

    def test_consent_to_something_else_is_none(self):
        for purpose in ("billing", "assignment", "solvency"):
            self.agree(self.patient, purpose)
        self.assertEqual(self.code(), "no_consent")
        self.agree(self.patient)
        self.assertFalse(self.code())

    def test_a_consent_counts_from_its_day_until_it_is_withdrawn(self):
        self.agree(self.patient, given_on=date(2026, 6, 16))
        self.assertEqual(self.code(), "no_consent")
        consent = self.agree(self.patient, given_on=TODAY)
        self.assertFalse(self.code())
        consent.withdrawn_on = TODAY
        self.assertEqual(self.code(), "no_consent")

    def test_the_verdict_and_the_person_say_the_same(self):
        for purpose in ("billing", "collection"):
            self.agree(self.patient, purpose)
            has = self.patient._recouv_has_consent("collection", self.company)
            self.assertEqual(not self.code(), has)

    def test_a_release_by_the_authority_stands_in(self):
        self.agree(self.patient, release_ref="DSAS 2026/17")
        self.assertFalse(self.code())

    def test_what_stands_in_the_way_first_is_told_first(self):
        self.pay(self.claim.move_id, 120.0, TODAY)
        self.assertEqual(self.code(), "settled")

    def test_a_french_practice_is_not_asked(self):
        self.company.recouv_consent_required = False
        self.assertFalse(self.code())


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestConsentBeforeTheInsurer(ConsentMixin, InsuranceCommon):
    """The insurer's collection service is somebody else too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.recouv_consent_required = True
        cls.claims = cls.env["recouv.claim"].union(
            *(
                cls.claim(cls.invoice(debtor, 100, date(2026, 5, 1)))
                for debtor in (cls.patient, cls.clinic)
            )
        )

    def send(self, claim):
        claim.with_user(self.practitioner).action_give_to_insurer()
        handovers = self.env["recouv.insurance.handover"]
        one = handovers.search([("claim_ids", "in", claim.ids)], limit=1)
        one.with_user(self.practitioner).action_send()

    def test_without_consent_the_claim_stays_and_is_named(self):
        first, second = self.claims
        self.agree(second.partner_id)
        with self.assertRaises(UserError) as caught:
            self.send(first)
        self.assertIn(first.display_name, str(caught.exception))
        self.assertIn("has not agreed to a collection", str(caught.exception))
        self.send(second)
        self.assertEqual(self.claims.mapped("holder"), ["practice", "insurer"])

    def test_a_consent_taken_back_counts_no_more(self):
        claim = self.claims[0]
        consent = self.agree(claim.partner_id)
        consent.withdrawn_on = TODAY
        with self.assertRaisesRegex(UserError, "took that back"):
            self.send(claim)

    # --- limits and losses ------------------------------------------------------------

    def insured(self):
        """A limit asked and agreed with consent, and a sale that is late."""
        consent = self.agree(self.clinic, "insurance", given_on=date(2026, 1, 1))
        with freeze_time("2026-05-01"):
            self.limit(self.clinic, 1000, start=date(2026, 5, 1))
        loss = self.loss_of(self.claims[1].move_id)
        return consent, loss.with_user(self.secretary)

    def test_a_limit_is_not_asked_for_who_has_not_agreed(self):
        limits = self.env["recouv.insurance.limit"].with_user(self.secretary)
        limit = limits.create(
            {
                "policy_id": self.policy_2026.id,
                "partner_id": self.clinic.id,
                "amount_asked": 1000,
            }
        )
        with self.assertRaises(UserError) as caught:
            limit.action_ask()
        self.assertIn(self.clinic.name, str(caught.exception))
        self.assertIn("has not agreed to be named", str(caught.exception))
        # consent to a sale is none to an insurance
        self.agree(self.clinic, "assignment")
        with self.assertRaisesRegex(UserError, "named to a credit insurer"):
            limit.action_ask()
        self.assertEqual(limit.state, "draft")
        self.agree(self.clinic, "insurance")
        limit.action_ask()
        self.assertEqual(limit.state, "asked")

    def test_a_release_by_the_authority_stands_in(self):
        self.agree(self.clinic, "insurance", release_ref="VD 2026/12")
        self.assertEqual(self.ask(self.clinic, 1000).state, "asked")

    def test_a_loss_is_told_only_as_long_as_the_consent_stands(self):
        consent, loss = self.insured()
        consent.withdrawn_on = date(2026, 6, 1)
        for act in ("action_notify", "action_print_notice", "action_print_dossier"):
            with self.subTest(act), self.assertRaisesRegex(UserError, "took that back"):
                getattr(loss, act)()
        self.assertEqual(loss.state, "draft")
        self.agree(self.clinic, "insurance", given_on=date(2026, 6, 10))
        loss.late_note = "Accord retiré puis redonné"
        loss.action_notify()
        self.env["recouv.consent"].search([("withdrawn_on", "=", False)]).write(
            {"withdrawn_on": date(2026, 6, 12)}
        )
        with self.assertRaisesRegex(UserError, "took that back"):
            loss.action_declare()
        self.assertEqual((loss.state, loss.document_id.id), ("noticed", False))

    def test_where_the_law_asks_for_none_none_is_asked(self):
        self.company.recouv_consent_required = False
        self.assertEqual(self.ask(self.clinic, 1000).state, "asked")

    def test_the_dossier_of_the_service_is_not_shown_without_consent(self):
        claim = self.claims[0]
        claim.with_user(self.practitioner).action_give_to_insurer()
        one = self.env["recouv.insurance.handover"].search([], limit=1)
        with self.assertRaisesRegex(UserError, "has not agreed to a collection"):
            one.with_user(self.secretary).action_print_dossier()
