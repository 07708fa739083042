import base64
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.recouv_lib.tests.common import TODAY

from .offer_common import OfferCommon

RULES = "odoo.addons.base.models.ir_rule"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFactoringContract(OfferCommon):
    """The contract is made by the practice, signed by both, ended by either."""

    def buyers(self, contract):
        return contract.with_user(self.agency_manager)

    def signed(self, **values):
        contract = self.make_draft_contract(**values)
        contract._sign("Dr Jeanne Morel", "Practitioner")
        self.buyers(contract)._sign("Paul Roche", "Managing director")
        contract.invalidate_recordset()
        return contract

    def test_it_is_in_force_when_both_have_signed_the_same_text(self):
        contract = self.make_draft_contract()
        self.assertEqual(contract.agency_name, "Agence Recouv")
        contract._sign("Dr Jeanne Morel")
        self.assertEqual(contract.state, "draft")
        self.buyers(contract)._sign("Paul Roche")
        contract.invalidate_recordset()
        self.assertEqual(contract.state, "signed")
        self.assertEqual(contract.digest, contract._digest(contract.text))
        self.assertTrue(contract.document)
        in_force = self.env["recouv.factoring.contract"]._in_force(self.company, TODAY)
        self.assertIn(in_force, contract | self.contract)

    def test_it_is_numbered_for_its_practice(self):
        self.assertRegex(self.make_draft_contract().name, r"^CF/2026/\d{5}$")

    def test_its_terms_are_frozen_by_the_first_signature(self):
        contract = self.make_draft_contract()
        contract.commission_rate = 3.0
        contract._sign("Dr Jeanne Morel")
        with self.assertRaisesRegex(UserError, "not edited"):
            contract.commission_rate = 9.0
        contract.action_undo_signature()
        contract.commission_rate = 9.0
        self.assertFalse(contract.digest)

    def test_the_buyer_reads_and_writes_nothing(self):
        contract = self.make_draft_contract()
        self.assertEqual(self.buyers(contract).commission_rate, 4.0)
        with (
            self.assertRaises(AccessError),
            mute_logger(RULES),
        ):
            self.buyers(contract).write({"commission_rate": 1.0})

    def test_nobody_signs_twice_nor_for_the_other(self):
        contract = self.make_draft_contract()
        contract._sign("Dr Jeanne Morel")
        with self.assertRaisesRegex(UserError, "already"):
            contract._sign("Dr Jeanne Morel")
        with self.assertRaises(AccessError):
            contract.with_user(self.secretary)._sign("Sophie")

    def test_a_buyer_without_status_needs_a_legal_opinion(self):
        contract = self.make_draft_contract(legal_opinion=False)
        with self.assertRaisesRegex(UserError, "legal opinion"):
            contract._sign("Dr Jeanne Morel")
        contract.legal_opinion = base64.b64encode(b"%PDF-1.4 opinion")
        contract._sign("Dr Jeanne Morel")

    def test_a_bank_needs_none(self):
        contract = self.make_draft_contract(
            legal_opinion=False, buyer_status="credit_institution"
        )
        contract._sign("Dr Jeanne Morel")
        self.assertEqual(contract._signed_parties(), {"practice"})

    def test_it_needs_the_mandate_of_the_same_parties(self):
        self.mandate._record({"ended_on": TODAY, "state": "revoked"})
        contract = self.make_draft_contract()
        with self.assertRaisesRegex(UserError, "mandate"):
            contract._sign("Dr Jeanne Morel")
        other = self.mandate.sudo().copy(
            {"agency_id": self.setup_other_company(name="Third")["company"].id}
        )
        with self.assertRaises(ValidationError):
            contract.sudo().write({"mandate_id": other.id, "agency_id": self.agency.id})

    def test_two_currencies_are_found_before_it_is_signed(self):
        contract = self.make_draft_contract()
        self.agency.sudo().currency_id = self.env.ref("base.CHF")
        with self.assertRaises(UserError) as caught:
            contract._sign("Dr Jeanne Morel")
        told = str(caught.exception)
        mine = self.company.currency_id.name
        for word in (self.company.name, "Agence Recouv", mine, "CHF"):
            self.assertIn(word, told)
        self.assertFalse(contract.practice_signed_on)

    def test_either_party_ends_it_after_its_notice(self):
        contract = self.signed()
        day = TODAY + timedelta(days=30)
        with self.assertRaisesRegex(UserError, "notice"):
            contract._end(TODAY, "Enough")
        with self.assertRaisesRegex(UserError, "Say why"):
            contract._end(day, " ")
        self.buyers(contract)._end(day, "We leave the region")
        contract.invalidate_recordset()
        self.assertEqual((contract.ended_on, contract.end_party), (day, "agency"))
        self.assertFalse(contract.sudo()._stop_code(TODAY))
        self.assertEqual(contract.sudo()._stop_code(day), "contract_ended")
        with freeze_time(day):
            self.env["recouv.factoring.contract"]._cron_end()
        self.assertEqual(contract.state, "ended")

    def test_what_was_signed_is_not_deleted(self):
        contract = self.make_draft_contract()
        contract.unlink()
        with self.assertRaisesRegex(UserError, "history"):
            self.signed().unlink()

    def test_a_third_practice_sees_no_contract(self):
        contract = self.make_draft_contract()
        third = self.setup_other_company(name="Next door")["company"]
        neighbour = self.make_user("third", third, "recouv_lib.group_manager")
        found = self.env["recouv.factoring.contract"].with_user(neighbour).search([])
        self.assertFalse(found)
        with (
            self.assertRaises(AccessError),
            mute_logger(RULES),
        ):
            contract.with_user(neighbour).read(["name"])

    def test_each_party_opens_its_own_work_under_it(self):
        schedule = self.offer(self.make_invoice() | self.make_invoice(amount=60))
        mine = self.contract.with_user(self.secretary).sudo(False)
        self.assertEqual((mine.schedule_count, mine.purchase_count), (1, 0))
        found = self.env["recouv.assignment"].search(
            mine.action_view_schedules()["domain"]
        )
        self.assertEqual(found, schedule)
        theirs = self.contract.with_user(self.agent).sudo(False)
        theirs.invalidate_recordset()
        self.assertEqual((theirs.schedule_count, theirs.purchase_count), (0, 2))
        offers = self.env["recouv.purchase"].with_user(self.agent)
        opened = offers.search(theirs.action_view_purchases()["domain"])
        self.assertEqual(opened, self.offers_of(schedule))

    def test_the_dialogs_sign_and_end(self):
        contract = self.make_draft_contract()
        action = contract.action_ask_sign()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.practitioner)
            .with_context(**action["context"])
            .create({"signatory": "Dr Jeanne Morel"})
        )
        with self.assertRaisesRegex(UserError, "Tick"):
            wizard.action_sign()
        wizard.is_accepted = True
        wizard.action_sign()
        self.assertTrue(contract.practice_signed_on)
        self.buyers(contract)._sign("Paul Roche")
        contract.invalidate_recordset()
        action = contract.action_ask_end()
        end = (
            self.env[action["res_model"]]
            .with_user(self.practitioner)
            .with_context(**action["context"])
            .create({"reason": "Too dear"})
        )
        self.assertEqual(end.date, fields.Date.add(TODAY, days=30))
        end.action_end()
        self.assertEqual(contract.end_reason, "Too dear")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestContractText(OfferCommon):
    def text(self, **values):
        contract = self.make_draft_contract(**values).sudo()
        articles = contract._make_text()["articles"]
        return "\n".join(text for article in articles for text in article["texts"])

    def test_it_says_that_there_is_no_recourse(self):
        text = self.text()
        self.assertIn("does not pay, the loss is the assignee's", text)
        self.assertIn("article 1326", text)

    def test_it_says_what_the_buyer_is(self):
        self.assertIn("neither a credit institution", self.text())
        text = self.text(buyer_status="financing_company")
        self.assertIn("is a financing company", text)

    def test_it_says_price_limits_and_end(self):
        text = self.text(
            commission_rate=4.5,
            holdback_rate=10.0,
            financing_rate=6.0,
            limit_month=5000.0,
            special_terms="No calls in August.",
            is_automatic=True,
            buyer_signature="deed",
            valid_to=TODAY + timedelta(days=365),
        )
        for word in ("4.50", "10.00", "6.00", "5,000.00", "No calls in August", "2027",
                     "signs each deed", "without further"):  # fmt: skip
            self.assertIn(word, text)

    def test_it_says_what_vat_the_financing_bears(self):
        self.assertNotIn("financing is exempt", self.text())
        text = self.text(financing_rate=6.0)
        self.assertIn("The financing is exempt from VAT.", text)
        text = self.text(
            financing_rate=6.0, financing_vat="taxable", commission_vat_rate=8.1
        )
        self.assertIn("VAT on the financing: 8.10 %.", text)

    def test_it_says_the_limits_that_outlive_it(self):
        text = self.text(limit_total=100.0, limit_practice=150.0)
        self.assertIn("for the practice", text)
        self.assertIn("earlier contract of the same parties", text)

    def test_it_says_what_a_holdback_answers_for(self):
        text = self.text(holdback_rate=10.0, net_returns=False)
        self.assertIn("owed back of the same schedule", text)
