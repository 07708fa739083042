"""What stands on another item than its invoice's is offered as its invoice would be."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .offer_common import OfferCommon

DEPRECIATION = {
    "recouv_depreciation_account_id": ("491000", "asset_current"),
    "recouv_depreciation_expense_account_id": ("681740", "expense"),
    "recouv_depreciation_income_account_id": ("781740", "income_other"),
}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSaleMoved(OfferCommon):
    """Doubtful, bought back, brought back from a payer: through offer and deed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls.make_invoice(cls.patient, 100.0)
        accounts = cls.env["account.account"]
        cls.company.write(
            {
                fname: accounts.create(
                    {"name": code, "code": f"9{code}", "account_type": kind}
                ).id
                for fname, (code, kind) in DEPRECIATION.items()
            }
        )

    def balance_of(self, fname):
        self.env.flush_all()
        items = self.env["account.move.line"].search(
            [
                ("account_id", "=", self.company[fname].id),
                ("parent_state", "=", "posted"),
            ]
        )
        return self.company.currency_id.round(sum(items.mapped("balance")))

    def make_doubtful(self):
        """Depreciated at 60 %; return the item on the doubtful account."""
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        claim = self.claims_of(self.move)
        values = {
            "claim_id": claim.id,
            "move_line_id": claim.move_line_id.id,
            "amount": 100.0,
            "percent": 60.0,
        }
        batch = self.env["recouv.doubtful.batch"].create(
            {"company_id": self.company.id, "date": TODAY}
        )
        batch._list([values])
        batch.action_post()
        claim.invalidate_recordset()
        return claim.move_line_id

    def buy_back(self):
        """Sold, then bought back; return the item that its debtor owes now."""
        line = self.sell(self.move).sudo().line_ids
        back = self.take_back(line, "care_not_performed").transfer_id
        # a person has looked: it may be asked for, or sold
        back.target_claim_id._active_holds().action_lift()
        return back.target_line_id

    def return_from_payer(self, due):
        """A payer took it and rejects it; return the patient's new item."""
        payer = self.make_patient("Mutuelle", is_company=True)
        share = self.env["recouv.transfer"].create(
            {
                "kind": "payer_share",
                "origin_line_id": self.item(self.move).id,
                "amount_currency": 100.0,
                "target_partner_id": payer.id,
                "date": TODAY,
            }
        )
        share.action_post()
        return share.action_reverse("Rights closed", date_due=due).target_line_id

    def test_brought_back_with_a_new_term_it_waits_for_it(self):
        self.return_from_payer(due=TODAY)
        schedule = self.offer(self.move)
        self.assertEqual(schedule.sudo().line_ids.state, "waiting_due")

    def assertSold(self, item):
        """The invoice's own button offers it; it ends signed, sold, settled."""
        invoice = self.move.with_user(self.secretary)
        invoice.invalidate_recordset()
        self.assertTrue(invoice.recouv_can_be_sold)
        schedule = self.sell(self.move)
        line = schedule.sudo().line_ids
        self.assertEqual(line.origin_line_id, item)
        self.assertEqual(
            (line.move_id, line.reference, line.invoice_date),
            (self.move, self.move.name, self.move.invoice_date),
        )
        self.assertEqual(line.purchase_id.reference, self.move.name)
        self.assertTrue(schedule.signed_on)
        self.assertEqual((line.state, schedule.stage), ("transferred", "transferred"))
        self.assertTrue(item.reconciled)
        self.assertEqual(line.purchase_id.item_id.amount_residual, 100)

    def test_a_doubtful_receivable_is_sold_and_its_depreciation_released(self):
        item = self.make_doubtful()
        self.assertEqual(self.balance_of("recouv_depreciation_account_id"), -60)
        self.assertSold(item)
        self.assertEqual(self.balance_of("recouv_depreciation_account_id"), 0)
        self.assertEqual(self.balance_of("recouv_doubtful_account_id"), 0)

    def test_what_a_later_closing_depreciated_is_released_too(self):
        item = self.make_doubtful()
        batch = self.env["recouv.doubtful.batch"].create(
            {
                "company_id": self.company.id,
                "date": TODAY,
                "depreciation_percent": 100,
            }
        )
        batch.action_propose()
        batch.action_post()
        self.assertEqual(self.balance_of("recouv_depreciation_account_id"), -100)
        self.assertSold(item)
        self.assertEqual(self.balance_of("recouv_depreciation_account_id"), 0)

    def test_bought_back_it_can_be_sold_again(self):
        self.assertSold(self.buy_back())

    def test_what_a_payer_did_not_take_can_be_sold(self):
        self.assertSold(self.return_from_payer(self.move.invoice_date_due))

    def test_the_sale_of_a_month_finds_it(self):
        item = self.make_doubtful()
        wizard = self.env["recouv.assignment.month"].with_user(self.secretary)
        day = self.move.invoice_date
        wizard = wizard.create({"date_from": day, "date_to": day})
        self.assertEqual(wizard.sudo()._items(), item)
        self.assertEqual(wizard.count, 1)

    def test_an_entry_that_is_no_receivable_of_an_invoice_is_not_sold(self):
        receivable = self.item(self.move).account_id
        entry = self.env["account.move"].create(
            {
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": self.patient.id,
                            "debit": debit,
                            "credit": credit,
                        }
                    )
                    for account, debit, credit in (
                        (receivable, 50.0, 0.0),
                        (self.move.invoice_line_ids.account_id, 0.0, 50.0),
                    )
                ]
            }
        )
        entry.action_post()
        items = entry.line_ids.filtered("debit").with_user(self.secretary)
        draft = self.env["recouv.assignment"].with_user(self.secretary)._offer(items)
        self.assertEqual(draft.line_ids.code, "not_invoice")
        with self.assertRaisesRegex(UserError, "receivable of an invoice"):
            draft._submit()

    def test_what_is_done_to_its_entry_reaches_the_offer(self):
        item = self.make_doubtful()
        schedule = self.offer(self.move)
        self.assertEqual(schedule.sudo().line_ids.state, "submitted")
        offers = self.env["recouv.assignment.line"]._offered_of(item.move_id)
        self.assertEqual(offers, schedule.sudo().line_ids)
