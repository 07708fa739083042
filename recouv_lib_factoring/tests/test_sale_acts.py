import base64
from unittest.mock import patch

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .sale_common import SaleCommon

IBAN = "FR7630006000011234567890189"
OWN = "FR1420041010050500013M02606"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSaleActs(SaleCommon):
    """The screens of prices, repurchases and payments to the wrong party."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls.make_invoice(cls.patient, 100.0)
        cls.sale = cls.sell(cls.move)
        cls.line = cls.sale.line_ids
        cls.price = cls.books["recouv.price"].search(
            [("assignment_id", "=", cls.sale.id)]
        )

    def as_manager(self, record):
        return record.with_user(self.agency_manager).sudo(False)

    # --- prices ---------------------------------------------------------------------

    def test_an_agent_orders_no_price(self):
        with self.assertRaises(AccessError):
            self.price.with_user(self.agent).sudo(False).action_pay()

    def test_a_price_is_paid_once(self):
        price = self.as_manager(self.price)
        price.action_pay()
        entry = price.move_id
        price.action_pay()
        self.assertEqual(price.move_id, entry)

    def test_the_account_of_a_price_is_printed_by_its_buyer_alone(self):
        pages = []
        documents = type(self.env["recouv.document"])

        def keep(_self, html, title, margins=None):
            pages.append(html)
            return b"%PDF-1.4"

        with patch.object(documents, "_pdf", keep):
            self.as_manager(self.price).action_print()
            with self.assertRaises(AccessError):
                self.price.with_user(self.practitioner).sudo(False).action_print()
        self.assertEqual(len(pages), 1)
        self.assertIn(self.creditor_there.name, pages[0])
        self.assertIn(self.contract.name, pages[0])
        self.assertNotIn("Camille Martin", pages[0])

    def test_the_practice_sees_no_price_of_the_buyer(self):
        prices = self.env["recouv.price"].with_user(self.practitioner)
        self.assertFalse(prices.search([]))

    def test_the_buyer_sees_no_schedule_of_the_practice(self):
        schedules = self.env["recouv.assignment"].with_user(self.agency_manager)
        self.assertFalse(schedules.search([]))
        price = self.as_manager(self.price)
        with self.assertRaises(AccessError):
            price.read(["assignment_id"])

    def test_a_locked_period_of_the_practice_stops_the_payment(self):
        self.company.sudo().fiscalyear_lock_date = TODAY
        with self.assertRaisesRegex(UserError, "locked"):
            self.as_manager(self.price).action_pay()
        self.assertFalse(self.price.paid_on)

    def test_the_file_for_the_bank_pays_the_account_of_the_mandate(self):
        self.set_terms(remit_iban=IBAN)
        bank = self.books["res.partner.bank"].create(
            {"acc_number": OWN, "partner_id": self.agency.partner_id.id}
        )
        self.profile.sudo().own_bank_id = bank
        price = self.as_manager(self.price)
        with self.assertRaisesRegex(UserError, "order its payment first"):
            price.action_export_transfers()
        price.action_pay()
        price.action_export_transfers()
        content = self.books["recouv.download"].search([], order="id desc", limit=1)
        root = etree.fromstring(base64.b64decode(content.content))
        texts = {element.text for element in root.iter()}
        self.assertLessEqual({IBAN, OWN, "94.00"}, texts)
        self.assertTrue(price.exported_on)
        again = price.action_export_transfers()
        self.assertEqual(again["res_model"], "recouv.order.again")
        with self.assertRaisesRegex(UserError, "why"):
            price.export_again(" ")
        price.export_again("The bank lost it")
        self.assertIn("The bank lost it", price.exported_again)

    def amended(self, day, iban):
        """An amendment of the mandate, signed, in force from a day."""
        old = self.mandate.sudo()
        new = old.copy({"replaces_id": old.id, "valid_from": day, "remit_iban": iban})
        new._record({"state": "signed", "signed_on": day})
        old._record({"replaced_by_id": new.id, "ended_on": day, "end_kind": "replaced"})
        return new

    def account_told(self, price):
        values = {}
        documents = type(self.env["recouv.document"])

        def keep(_self, _template, given, **_options):
            values.update(given)
            return b"%PDF-1.4"

        with patch.object(documents, "_print", keep):
            self.as_manager(price).action_print()
        return values["account"]

    def test_a_price_goes_to_the_account_of_the_amended_mandate(self):
        self.set_terms(remit_iban=IBAN, remit_holder="Old")
        self.amended(TODAY, OWN)
        self.as_manager(self.price).action_pay()
        self.assertEqual(self.price._bank_order().to.iban, OWN)
        self.assertEqual(self.account_told(self.price), OWN)

    def test_an_amendment_that_begins_later_changes_no_account_yet(self):
        self.set_terms(remit_iban=IBAN)
        self.amended("2026-07-01", OWN)
        self.as_manager(self.price).action_pay()
        self.assertEqual(self.price._bank_order().to.iban, IBAN)
        self.assertEqual(self.account_told(self.price), IBAN)
        # nor does it stop what is sold until then
        self.assertFalse(self.contract.sudo()._stop_code(TODAY))

    def test_the_day_tells_each_side_its_own(self):
        self.sale.sudo()._pay_price()
        refund = self.move._reverse_moves([{"invoice_date": TODAY, "date": TODAY}])
        refund.action_post()
        own = self.env["recouv.day"].with_user(self.practitioner)
        sections = {one.code: one for one in own._sections(TODAY)}
        owed = sections["sale_returns"]
        returns = own.env[owed.model].search(owed.domain)
        self.assertEqual(returns.sudo(), self.line.return_ids.sudo())
        prices = self.env["recouv.price"].with_user(self.agency_manager)
        self.assertFalse(prices.search(sections["sale_prices"].domain))

    # --- what comes back ------------------------------------------------------------

    def test_a_repurchase_from_its_dialog(self):
        line = self.line.with_user(self.practitioner)
        action = line.action_ask_buy_back()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.practitioner)
            .with_context(**action["context"])
        )
        form.reason = "disputed"
        form.file = base64.b64encode(b"%PDF letter")
        asked = form.save().action_buy_back()
        asked = self.env[asked["res_model"]].browse(asked["res_id"])
        self.assertEqual((asked.state, asked.asked_by), ("asked", "practice"))
        self.assertEqual(self.line.state, "transferred")
        with self.no_deed():
            asked.with_user(self.agency_manager).action_accept()
        owed = self.line.return_ids
        content = owed.document_id.raw
        self.assertEqual((owed.kind, content), ("bought_back", b"%PDF letter"))
        self.assertEqual(self.line.state, "bought_back")

    def test_the_buyer_asks_and_the_practice_contests_from_their_dialogs(self):
        purchase = self.as_manager(self.line.sudo().purchase_id)
        action = purchase.action_ask_buy_back()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.agency_manager)
            .with_context(**action["context"])
        )
        form.reason = "already_paid"
        form.file = base64.b64encode(b"%PDF letter")
        asked = form.save().action_buy_back()
        asked = self.env[asked["res_model"]].browse(asked["res_id"])
        action = asked.with_user(self.practitioner).action_ask_contest()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.practitioner)
            .with_context(**action["context"])
        )
        form.reason = "Nothing was paid."
        form.save().action_contest()
        asked = self.as_manager(asked)
        self.assertEqual(asked.state, "contested")
        self.assertEqual(asked.answer_reason, "Nothing was paid.")

    def test_a_payment_to_the_practice_from_its_dialog(self):
        line = self.line.with_user(self.secretary)
        with self.assertRaisesRegex(UserError, "no open payment"):
            line.action_ask_collected()
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.patient.id,
                "amount": 100.0,
                "date": TODAY,
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        self.assertIn(
            self.line, line.search([("is_paid_here", "=", True)]), "the day says so"
        )
        action = line.action_ask_collected()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.secretary)
            .with_context(**action["context"])
        )
        self.assertEqual(form.item_id.move_id, payment.move_id)
        form.save().action_note()
        self.assertEqual(self.line.return_ids.kind, "collected_by_assignor")
        self.assertFalse(line.search([("is_paid_here", "=", True)]))

    def test_its_statement_names_no_care(self):
        refund = self.move._reverse_moves([{"invoice_date": TODAY, "date": TODAY}])
        refund.action_post()
        owed = self.line.return_ids
        values = owed._statement_values()
        html = self.env["ir.qweb"]._render(
            "recouv_lib_factoring.assignment_return", values
        )
        self.assertIn(self.move.name, html)
        self.assertIn(self.sale.name, html)
        self.assertNotIn("Fees", html)

    def test_a_loss_is_prepared_from_the_bought_receivable(self):
        purchase = self.line.sudo().purchase_id
        action = purchase.with_user(self.agent).sudo(False).action_note_loss()
        draft = self.books["recouv.write.off"].browse(action["res_id"])
        self.assertEqual((draft.state, draft.claim_id), ("draft", purchase.claim_id))
