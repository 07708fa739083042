"""A month of invoices sold to the agency, each to its end, in two companies' books.

Accepted and paid; refused; bought back for a dispute; paid to the wrong party; lost by
the buyer. After each act both ledgers are read whole: an account that the story does
not name has no balance.
"""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.recouv_lib_factoring.tests.sale_common import SaleCommon

DUE = date(2026, 5, 4)
SOLD = date(2026, 6, 15)
#: accounts of the story, by the setting that names them
SETTINGS = {
    "buyer": "recouv_assignment_account_id",
    "holdback": "recouv_holdback_account_id",
    "commission": "recouv_commission_account_id",
    "acquired": "recouv_acquired_account_id",
    "assignors": "recouv_assignors_account_id",
    "loss": "recouv_loss_account_id",
    "transfer": "transfer_account_id",
}
TYPES = {
    "asset_receivable": "receivable",
    "liability_payable": "payable",
    "income": "income",
}


@tagged("post_install", "-at_install")
class ScenarioFactoring(SaleCommon):
    """Five receivables of 200; commission 5 %, VAT not deducted, 10 % held back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.terms(holdback_rate=10.0)
        cls.vat = cls.buyers_account("VAT", "445711", "liability_current")
        shares = cls.tax.invoice_repartition_line_ids
        shares |= cls.tax.refund_repartition_line_ids
        shares.filtered(lambda s: s.repartition_type == "tax").account_id = cls.vat
        cls.names = {
            company: cls.accounts(company) for company in (cls.company, cls.agency)
        }
        with freeze_time(DUE):
            cls.moves = {
                name: cls.make_invoice(cls.make_patient(name), 200.0, due=DUE)
                for name in ("Paid", "Refused", "Disputed", "Mistaken", "Lost")
            }

    @classmethod
    def buyers_account(cls, name, code, kind):
        accounts = cls.books["account.account"].with_company(cls.agency)
        return accounts.create(
            {
                "name": name,
                "code": code,
                "account_type": kind,
                "company_ids": [(6, 0, cls.agency.ids)],
            }
        )

    @classmethod
    def accounts(cls, company):
        """Return {account: its name in the story}."""
        company = company.sudo()
        names = {company[field]: name for name, field in SETTINGS.items()}
        journals = cls.books["account.journal"].search(
            [("company_id", "=", company.id), ("type", "in", ("bank", "cash"))]
        )
        methods = (
            journals.inbound_payment_method_line_ids
            | journals.outbound_payment_method_line_ids
        )
        banks = journals.default_account_id | methods.payment_account_id
        return names | dict.fromkeys(banks, "bank")

    # --- reading --------------------------------------------------------------------

    def ledger(self, company):
        """Return {account of the story: balance}, zeros left out."""
        self.env.flush_all()
        sums = {}
        for account, balance in self.books["account.move.line"]._read_group(
            [("company_id", "=", company.id), ("parent_state", "=", "posted")],
            ["account_id"],
            ["balance:sum"],
        ):
            name = (
                self.names[company].get(account)
                or TYPES.get(account.account_type)
                # money on its way to the bank, in this chart
                or ("bank" if account.name.startswith("Outstanding") else account.name)
            )
            sums[name] = round(sums.get(name, 0.0) + balance, 2)
        return {name: sum_ for name, sum_ in sums.items() if sum_}

    def assertLedgers(self, practice, agency):
        """Both trial balances, whole, to the cent; each is balanced."""
        self.assertEqual(self.ledger(self.company), practice)
        self.assertEqual(self.ledger(self.agency), agency)
        self.assertEqual(round(sum(practice.values()), 2), 0)
        self.assertEqual(round(sum(agency.values()), 2), 0)

    # --- acts -----------------------------------------------------------------------

    def sale(self):
        """Four of the five are accepted and sold; the refusal is a person's."""
        moves = self.env["account.move"].union(*self.moves.values())
        schedule = self.offer(moves)
        offers = self.offers_of(schedule)
        refused = self.line(schedule, "Refused").purchase_id.id
        refused = offers.filtered(lambda offer: offer.id == refused)
        refused._refuse("Too old.")
        (offers - refused).action_accept()
        self.assertTrue(self.sign(schedule))
        return schedule.sudo()

    def line(self, sale, name):
        return sale.sudo().line_ids.filtered(
            lambda line: line.move_id == self.moves[name]
        )

    def pay_there(self, purchase, amount):
        wizard = (
            self.books["account.payment.register"]
            .with_company(self.agency)
            .with_context(
                active_model="account.move.line", active_ids=purchase.item_id.ids
            )
        )
        wizard.create({"amount": amount})._create_payments()

    def pay_here(self, move):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": move.partner_id.id,
                "amount": move.amount_total,
                "date": date(2026, 6, 20),
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        return payment.move_id.line_ids.filtered(
            lambda item: item.account_type == "asset_receivable"
        )

    # --- the story ------------------------------------------------------------------

    def test_a_month_is_sold_and_each_receivable_comes_to_its_end(self):
        with freeze_time(SOLD):
            sale = self.the_sale()
        with freeze_time(date(2026, 6, 20)):
            self.the_debtor_pays_the_buyer(sale)
            self.the_debtor_pays_the_practice(sale)
        with freeze_time(date(2026, 7, 1)):
            self.the_dispute(sale)
            self.the_loss(sale)
        with freeze_time(date(2026, 9, 15)):
            self.all_is_settled(sale)

    def the_sale(self):
        """N 800 = P 672 + C 40 + v 8 + H 80."""
        sale = self.sale()
        self.assertEqual(
            (sale.amount_nominal, sale.amount_price, sale.amount_commission),
            (800, 672, 40),
        )
        self.assertLedgers(
            {
                "receivable": 200,
                "income": -1000,
                "buyer": 672,
                "holdback": 80,
                "commission": 48,
            },
            {"acquired": 800, "assignors": -752, "income": -40, "VAT": -8},
        )
        price = self.books["recouv.price"].search(
            [("assignment_id", "=", sale.id), ("kind", "=", "price")]
        )
        price.with_user(self.agency_manager).action_pay()
        self.assertEqual(sale.state, "paid")
        self.assertLedgers(
            {
                "receivable": 200,
                "income": -1000,
                "transfer": 672,
                "holdback": 80,
                "commission": 48,
            },
            {
                "acquired": 800,
                "assignors": -80,
                "transfer": -672,
                "income": -40,
                "VAT": -8,
            },
        )
        self.assertEqual(self.moves["Refused"].amount_residual, 200)
        return sale

    def the_debtor_pays_the_buyer(self, sale):
        purchase = self.line(sale, "Paid").purchase_id
        self.pay_there(purchase, 200.0)
        self.assertEqual(purchase.claim_id.settlement, "paid")
        self.assertEqual(self.ledger(self.agency)["acquired"], 600)

    def the_debtor_pays_the_practice(self, sale):
        """What he paid is owed to the buyer, and paid on to it."""
        line = self.line(sale, "Mistaken")
        item = self.pay_here(self.moves["Mistaken"])
        owed = line.with_user(self.secretary)._note_collected(item).sudo()
        self.assertEqual(line.purchase_id.claim_id.settlement, "paid")
        self.assertEqual(self.ledger(self.company)["buyer"], -200)
        owed.with_user(self.practitioner).action_pay()
        self.assertLedgers(
            {
                "receivable": 200,
                "income": -1000,
                "transfer": 472,
                "holdback": 80,
                "commission": 48,
                "bank": 200,
            },
            {
                "acquired": 400,
                "assignors": -80,
                "transfer": -472,
                "income": -40,
                "VAT": -8,
                "bank": 200,
            },
        )

    def the_dispute(self, sale):
        """200 come back; their commission of 10 and its VAT of 2 are given back."""
        line = self.line(sale, "Disputed")
        asked = self.ask_back(line)
        self.assertEqual(line.state, "transferred")
        asked.with_user(self.agency_manager).action_accept()
        self.assertEqual(asked.deed and asked.state, "accepted")
        owed = line.sudo().return_ids
        self.assertEqual(owed.amount_due, 188)
        claim = owed.transfer_id.target_claim_id
        self.assertEqual(claim.origin_claim_id, line.claim_id)
        owed.with_user(self.practitioner).action_pay()
        self.assertLedgers(
            {
                "receivable": 400,
                "income": -1000,
                "transfer": 284,
                "holdback": 80,
                "commission": 36,
                "bank": 200,
            },
            {
                "acquired": 200,
                "assignors": -80,
                "transfer": -284,
                "income": -30,
                "VAT": -6,
                "bank": 200,
            },
        )

    def the_loss(self, sale):
        """50 come in, 150 are lost: the buyer's alone."""
        before = self.ledger(self.company)
        line = self.line(sale, "Lost")
        self.pay_there(line.purchase_id, 50.0)
        purchase = line.purchase_id.with_user(self.agency_manager)
        purchase._note_loss("insolvent", "Liquidation closed, nothing left")
        self.assertEqual(line.purchase_id.claim_id.settlement, "written_off")
        self.assertEqual(self.ledger(self.company), before)
        with self.assertRaises(UserError):
            line._ask_buy_back("insolvent", None, "")
        self.assertEqual(self.ledger(self.agency)["loss"], 150)

    def all_is_settled(self, sale):
        """The holdback is released; nobody owes the other anything."""
        sale._release_holdback()
        self.assertLedgers(
            {
                "receivable": 400,
                "income": -1000,
                "transfer": 364,
                "commission": 36,
                "bank": 200,
            },
            {
                "transfer": -364,
                "income": -30,
                "VAT": -6,
                "bank": 250,
                "loss": 150,
            },
        )
        mirror = self.ledger(self.company)["transfer"]
        self.assertEqual(mirror + self.ledger(self.agency)["transfer"], 0)
