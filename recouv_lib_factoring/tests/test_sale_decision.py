from datetime import timedelta
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.recouv_lib.tests.common import TODAY

from .offer_common import OfferCommon

RULES = "odoo.addons.base.models.ir_rule"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPurchaseDecision(OfferCommon):
    """An agent decides; a refusal is a person's; the practice reads why."""

    def test_an_accepted_offer_is_to_be_signed(self):
        schedule = self.offer(self.make_invoice())
        offer = self.accept(schedule)
        self.assertEqual(offer.state, "accepted")
        self.assertEqual(offer.decided_by_id, self.agent)
        self.assertEqual(schedule.stage, "decided")
        self.assertTrue(schedule.is_to_sign)
        self.assertIn(
            schedule, self.env["recouv.assignment"].search([("is_to_sign", "=", True)])
        )

    def test_a_refusal_has_a_reason_that_the_practice_reads(self):
        schedule = self.offer(self.make_invoice())
        offer = self.offers_of(schedule)
        with self.assertRaisesRegex(UserError, "Say why"):
            offer._refuse(" ")
        action = offer.action_ask_refuse()
        wizard = self.env["recouv.purchase.refuse"].with_user(self.agent)
        wizard.with_context(**action["context"]).create(
            {"reason": "Too old for us"}
        ).action_refuse()
        self.assertEqual(schedule.line_ids.state, "refused")
        self.assertEqual(schedule.line_ids.reason, "Too old for us")
        self.assertEqual(schedule.stage, "decided")
        self.assertFalse(schedule.is_to_sign)

    def test_what_is_proposed_is_accepted_at_once(self):
        moves = self.make_invoice() | self.make_invoice(amount=60.0)
        offers = self.offers_of(self.offer(moves))
        offers[0].sudo().proposal = False
        told = offers.action_accept_proposed()
        self.assertEqual(offers.mapped("state"), ["to_decide", "accepted"])
        self.assertEqual(told["params"]["type"], "success")

    def test_a_decision_is_taken_back_while_nobody_signed(self):
        schedule = self.offer(self.make_invoice())
        offer = self.accept(schedule)
        offer.action_reopen()
        self.assertEqual((offer.state, schedule.stage), ("to_decide", "submitted"))
        self.assertFalse(offer.decided_by_id)
        offer._refuse("No")
        offer.action_reopen()
        self.assertEqual(offer.state, "to_decide")

    def test_a_refused_one_offered_anew_is_not_reopened(self):
        move = self.make_invoice()
        offer = self.offers_of(self.offer(move))
        offer._refuse("No")
        self.offer(move)
        with self.assertRaisesRegex(UserError, "offered anew"):
            offer.action_reopen()

    def test_what_is_decided_is_not_decided_again(self):
        offer = self.accept(self.offer(self.make_invoice()))
        with self.assertRaisesRegex(UserError, "not to be decided"):
            offer.action_accept()
        with self.assertRaisesRegex(UserError, "not to be decided"):
            offer._refuse("No")

    def test_the_contract_may_accept_by_itself_and_never_refuses_so(self):
        self.set_terms(is_automatic=True, needs_check=True)
        unknown = self.make_patient("Unknown")
        with self.solvency({self.patient: "clear", unknown: "negative"}):
            schedule = self.offer(self.make_invoice() | self.make_invoice(unknown))
        states = {line.partner_id: line.state for line in schedule.line_ids}
        self.assertEqual(states[self.patient], "accepted")
        self.assertEqual(states[unknown], "submitted")
        refused = self.offers_of(schedule).filtered(lambda o: o.state == "to_decide")
        self.assertEqual((refused.proposal, refused.code), ("refuse", "check_negative"))

    def test_nobody_writes_a_decision_by_hand(self):
        offer = self.offers_of(self.offer(self.make_invoice()))
        with self.assertRaises(UserError):
            offer.write({"state": "accepted"})

    # --- solvency -------------------------------------------------------------------

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        providers = cls.env["recouv.solvency.provider"].sudo()
        cls.provider = providers.create(
            {"name": "Bureau", "kind": "manual", "company_id": cls.agency.id}
        )

    def solvency(self, results, until=None, asked_on=TODAY):
        """Let the checks say so; who is not named has none."""
        until = until or TODAY + timedelta(days=100)

        def told(partners, agency=None, on=None):
            return {
                partner: self.told_of(results.get(partner), until, asked_on)
                for partner in partners
            }

        partners = type(self.env["res.partner"])
        return patch.object(partners, "_recouv_solvencies", told)

    def told_of(self, result, until, asked_on):
        if not result:
            return "none", False, self.env["recouv.solvency.check"]
        checks = self.env["recouv.solvency.check"].sudo()
        check = checks.new(
            {
                "purpose": "treatment",
                "date": asked_on,
                "result": result,
                "source": "provider",
                "provider_id": self.provider.id,
            }
        )
        check.create_date = asked_on
        return result, until, check.sudo(False)

    def offered(self, result, **how):
        self.set_terms(needs_check=True)
        with self.solvency({self.patient: result} if result else {}, **how):
            return self.offers_of(self.offer(self.make_invoice()))

    def test_a_clean_check_is_proposed_to_be_accepted(self):
        offer = self.offered("clear")
        self.assertEqual((offer.proposal, offer.code), ("accept", False))
        self.assertFalse(offer.is_bound, "made after the care")

    def test_a_negative_one_is_confirmed_by_a_person(self):
        offer = self.offered("negative")
        self.assertEqual((offer.proposal, offer.state), ("refuse", "to_decide"))
        offer._refuse("Insolvency proceedings")
        self.assertEqual(offer.decided_by_id, self.agent)

    def test_an_unavailable_provider_says_nothing(self):
        offer = self.offered("unavailable")
        self.assertEqual((offer.proposal, offer.code), (False, "check_unavailable"))

    def test_an_expired_one_counts_no_more_good_or_bad(self):
        yesterday = TODAY - timedelta(days=1)
        for result in ("clear", "negative"):
            offer = self.offered(result, until=yesterday)
            self.assertEqual((offer.proposal, offer.code), (False, "check_expired"))

    def test_a_missing_one_waits_for_the_answer(self):
        offer = self.offered(None)
        self.assertEqual((offer.proposal, offer.code), (False, "check_missing"))
        with self.solvency({self.patient: "clear"}):
            self.env["recouv.assignment"]._cron_sell()
        self.assertEqual((offer.proposal, offer.code), ("accept", False))

    def test_one_made_before_the_treatment_binds_the_buyer(self):
        self.set_terms(hand_checks_bind=True)
        offer = self.offered("clear", asked_on=TODAY - timedelta(days=60))
        self.assertTrue(offer.is_bound)
        with self.assertRaisesRegex(UserError, "binds you"):
            offer._refuse("No")
        offer.action_accept()


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSaleAccess(OfferCommon):
    """Who may do what: the secretary offers, the agent decides, the manager signs."""

    def test_a_secretary_signs_nothing(self):
        schedule = self.offer(self.make_invoice())
        self.accept(schedule)
        with self.assertRaises(AccessError):
            schedule.with_user(self.secretary)._sign("Sophie")

    def test_an_accountant_reads_and_offers_nothing(self):
        accountant = self.make_user(
            "bookkeeper_s", self.company, "account.group_account_invoice"
        )
        move = self.make_invoice()
        with self.assertRaises(AccessError), mute_logger(RULES):
            move.with_user(accountant).action_recouv_sell()
        schedule = self.offer(move)
        self.assertEqual(schedule.with_user(accountant).line_count, 1)

    def test_the_buyer_reads_nothing_of_the_practice_s_schedule(self):
        schedule = self.offer(self.make_invoice())
        for record in (schedule, schedule.line_ids):
            with self.assertRaises(AccessError), mute_logger(RULES):
                record.with_user(self.agent).read(["id", "display_name"])
        lines = self.env["recouv.assignment.line"].with_user(self.agency_manager)
        self.assertFalse(lines.search([]))

    def test_the_practice_reads_nothing_of_the_buyer_s_record(self):
        schedule = self.offer(self.make_invoice())
        offer = self.offers_of(schedule)
        with self.assertRaises(AccessError), mute_logger(RULES):
            offer.with_user(self.practitioner).read(["amount"])
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            schedule.line_ids.with_user(self.practitioner).read(["purchase_id"])

    def test_a_practice_next_door_sees_nothing(self):
        schedule = self.offer(self.make_invoice())
        third = self.setup_other_company(name="Next door")["company"]
        neighbour = self.make_user("next_s", third, "recouv_lib.group_manager")
        for model in ("recouv.assignment", "recouv.assignment.line", "recouv.purchase",
                      "recouv.deed"):  # fmt: skip
            self.assertFalse(self.env[model].with_user(neighbour).search([]))
        with self.assertRaises(AccessError), mute_logger(RULES):
            schedule.with_user(neighbour)._submit()

    def test_an_offer_is_made_of_a_whitelist(self):
        self.patient.write({"comment": "Secret", "ref": "HBJD001", "function": "Spy"})
        move = self.make_invoice(
            ref="HBJD001", narration="Crown", payment_reference="X"
        )
        contact = self.offers_of(self.offer(move)).partner_id
        told = contact.sudo().read()[0]
        for secret in ("Secret", "HBJD001", "Spy", "Crown"):
            self.assertNotIn(secret, str(told))

    def test_an_agent_puts_no_line_on_the_practice_s_draft(self):
        draft = self.draft(self.make_invoice())
        item = self.item(self.make_invoice(amount=60.0))
        values = {"assignment_id": draft.id, "origin_line_id": item.id}
        with self.assertRaises(AccessError), mute_logger(RULES):
            self.env["recouv.assignment.line"].with_user(self.agent).create(values)

    def test_nothing_is_added_to_what_was_submitted(self):
        schedule = self.offer(self.make_invoice())
        item = self.item(self.make_invoice(amount=60.0))
        with self.assertRaises(UserError):
            schedule.with_user(self.secretary).write(
                {"line_ids": [Command.create({"origin_line_id": item.id})]}
            )
        with self.assertRaisesRegex(UserError, "was submitted"):
            self.env["recouv.assignment.line"].with_user(self.secretary).create(
                {"assignment_id": schedule.id, "origin_line_id": item.id}
            )
