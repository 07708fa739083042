"""Unpaid invoices from the relance to the remittance, in the books of two companies.

Letters are taken as printed and posted (``test_scenario_relance.py`` prints them);
money comes by movements of the bank. After each act both ledgers are read whole: an
account that the story does not name has no balance.
"""

from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.recouv_lib.tests.test_agency_remittance import RemittanceCommon

DUE = date(2026, 2, 2)
#: accounts of the story, by the setting that names them
SETTINGS = {
    "held": "recouv_collected_account_id",
    "principals": "recouv_principals_account_id",
    "waiting": "recouv_receipts_account_id",
    "overpaid": "recouv_overpaid_account_id",
    "ordered": "recouv_ordered_account_id",
    "sweep": "recouv_sweep_account_id",
    "contra": "recouv_sweep_contra_account_id",
    "fee": "recouv_fee_account_id",
    "transfer": "transfer_account_id",
}
TYPES = {
    "asset_receivable": "receivable",
    "liability_payable": "payable",
    "income": "income",
}
#: what holds a name or a sum of the other company
READ = (
    "recouv.claim",
    "recouv.notice",
    "recouv.notice.line",
    "recouv.plan",
    "recouv.placement",
    "recouv.placement.line",
    "recouv.receipt",
    "recouv.receipt.line",
    "recouv.remittance",
    "recouv.remittance.advice",
    "recouv.direct.payment",
    "recouv.transfer",
    "recouv.sweep",
    "account.move",
    "account.move.line",
    "account.payment",
    "account.bank.statement.line",
)


class ScenarioAgency(RemittanceCommon):
    """A practice and its agency, which keeps 20 % and VAT, also on direct payments."""

    mode = "net"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        env, cls.env = cls.env, cls.env(su=True)
        cls.agency.recouv_live_on = date(2026, 1, 1)
        vat = cls.env["account.account"].create(
            {
                "name": "VAT",
                "code": "445711",
                "account_type": "liability_current",
                "company_ids": [Command.set(cls.agency.ids)],
            }
        )
        shares = cls.tax.invoice_repartition_line_ids
        shares |= cls.tax.refund_repartition_line_ids
        shares.filtered(lambda share: share.repartition_type == "tax").account_id = vat
        cls.bank = cls.company_data["default_journal_bank"]
        cls.names = {
            company: cls.accounts(company) for company in (cls.company, cls.agency)
        }
        cls.env = env

    @classmethod
    def make_placed(cls):
        """Nothing is placed before the story begins."""

    @classmethod
    def make_mandate(cls, **values):
        return super().make_mandate(fee_on_direct=True, **values)

    @classmethod
    def accounts(cls, company):
        """Return {account: its name in the story}."""
        names = {company[field]: name for name, field in SETTINGS.items()}
        journals = cls.env["account.journal"].search(
            [("company_id", "=", company.id), ("type", "in", ("bank", "cash"))]
        )
        names |= dict.fromkeys(journals.default_account_id, "bank")
        return names

    # --- reading --------------------------------------------------------------------

    def ledger(self, company):
        """Return {account of the story: balance}, zeros left out."""
        self.env.flush_all()
        sums = {}
        for account, balance in (
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                [("company_id", "=", company.id), ("parent_state", "=", "posted")],
                ["account_id"],
                ["balance:sum"],
            )
        ):
            name = (
                self.names[company].get(account)
                or TYPES.get(account.account_type)
                or account.name
            )
            sums[name] = sums.get(name, 0.0) + balance
        return {name: round(sum_, 2) for name, sum_ in sums.items() if round(sum_, 2)}

    def assertLedgers(self, practice, agency):
        """Both ledgers, whole, to the cent; the dedicated account is its four lines."""
        self.assertEqual(self.ledger(self.company), practice)
        self.assertEqual(self.ledger(self.agency), agency)
        self.assertEntriesBalanced()

    def assertApart(self):
        """Nobody reads a record, nor the other's debtor, across the two companies."""
        for user, own in (
            (self.agent, self.agency),
            (self.agency_manager, self.agency),
            (self.secretary, self.company),
            (self.practitioner, self.company),
        ):
            env = self.env(user=user.id, su=False)
            env = env(context={"allowed_company_ids": own.ids})
            for model in READ:
                if not env[model].has_access("read"):
                    continue
                found = env[model].search([])
                with self.subTest(user.login, model=model):
                    self.assertLessEqual(found.sudo().company_id, own)
        patients = self.env["res.partner"].with_user(self.agent)
        self.assertFalse(patients.search([("id", "in", (self.patient | self.zoe).ids)]))

    def claim_of(self, invoice):
        claim = self.claims_of(invoice).sudo()
        claim.invalidate_recordset()
        return claim

    def mirror_of(self, invoice):
        lines = self.claim_of(invoice)._all_placement_lines()
        mirror = lines.agency_claim_id.with_user(self.agent)
        mirror.invalidate_recordset()
        return mirror

    # --- acting ---------------------------------------------------------------------

    def invoices(self, *amounts):
        """Invoices of Camille, the last one of Zoé; only the practice knows them."""
        self.patient.sudo().company_id = self.company
        self.zoe = self.make_patient("Zoé Leroy", company_id=self.company.id)
        partners = [self.patient] * (len(amounts) - 1) + [self.zoe]
        return [
            self.make_invoice(partner, amount=amount, due=DUE)
            for partner, amount in zip(partners, amounts, strict=True)
        ]

    def relance(self, day, proven_on=None):
        """A run of the practice; its letters are proven, the day of the run or later.

        :return: the channels of what was proposed
        """
        with freeze_time(day):
            run = self.propose(day)
            channels = sorted(set(run.notice_ids.mapped("channel")))
            if proven_on:
                self.prove(run, proven_on)
        self.run = run
        return channels

    def bring(self, day, amount, mirror, label="VIR"):
        """A transfer on the dedicated account, identified by the agent."""
        with freeze_time(day):
            return self.bank_receipt(amount, mirror, day=day)

    def order(self, day):
        """The manager remits all that was received."""
        with freeze_time(day):
            remittance = self.remit(day)
        self.assertEqual((remittance.state, remittance.date), ("posted", day))
        self.assertFalse(remittance.is_late)
        return remittance

    def debit(self, day, amount, label, journal=None):
        """The bank shows an order; what was awaited is proposed and taken."""
        with freeze_time(day):
            return self.bank_match(self.movement(amount, label, day, journal))

    def bank_match(self, movement):
        match = movement._recouv_propose(automatic=False)[:1]
        match._apply()
        self.assertTrue(movement.is_reconciled, movement.payment_ref)


@tagged("post_install", "-at_install")
class TestScenarioAgency(ScenarioAgency):
    """From the first letter to the statement; every balance to the cent."""

    def test_from_the_first_letter_to_the_remittance(self):
        self.plan_invoice, self.desk, self.over = self.invoices(150.0, 90.0, 60.0)
        self._relance()
        self._hand_over()
        self._first_letter()
        self._plan()
        self._first_remittance()
        self._overpayment_and_desk()
        self._second_remittance()
        self._banks()
        self._statement()
        self.assertApart()

    def _relance(self):
        """Two letters, the mise en demeure, its presentation and the delay it gave."""
        self.assertEqual(self.relance(date(2026, 2, 16), date(2026, 2, 16)), ["letter"])
        self.assertEqual(self.relance(date(2026, 2, 27), date(2026, 2, 27)), ["letter"])
        formal = self.relance(date(2026, 3, 10), date(2026, 3, 12))
        self.assertEqual(formal, ["registered_letter"])
        claim = self.claim_of(self.plan_invoice)
        self.assertEqual(claim.formal_notice_date, date(2026, 3, 12))
        self.assertEqual(self.relance(date(2026, 3, 20)), [])

    def _hand_over(self):
        """The practitioner decides, looks and sends; the agency accepts."""
        day = date(2026, 4, 1)
        self.assertEqual(self.relance(day), ["handover"])
        with freeze_time(day):
            self.run.action_execute()
            notices = self.run.notice_ids.with_user(self.practitioner)
            notices.action_decide_handover()
            placement = self.env["recouv.placement"].with_user(self.practitioner)
            placement = placement.search([("state", "=", "draft")])
            self.assertEqual(len(placement.line_ids), 3)
            placement.action_keep_all()
            placement.action_send()
            for invoice in (self.plan_invoice, self.desk, self.over):
                self.assertEqual(self.claim_of(invoice).holder, "agency")
                self.mirror_of(invoice).action_accept_placement()
        self.assertEqual(self.relance(date(2026, 4, 2)), [])
        self.assertLedgers({"receivable": 300, "income": -300}, {})

    def _first_letter(self):
        day = date(2026, 4, 2)
        with freeze_time(day):
            run = self.agency_run(day)
            self.assertEqual(set(run.notice_ids.mapped("channel")), {"letter"})
            self.prove(run.sudo(), day)
        self.assertTrue(self.mirror_of(self.plan_invoice).step_id)

    def _plan(self):
        """Two instalments; the first one comes in time."""
        mirror = self.mirror_of(self.plan_invoice)
        days = (date(2026, 4, 15), date(2026, 5, 15))
        with freeze_time(date(2026, 4, 3)):
            lines = [(day, 75.0) for day in days]
            self.plan = mirror._agree("plan", lines, source="call")
        self.bring(days[0], 75.0, mirror)
        self.assertLedgers(
            {"receivable": 225, "held": 75, "income": -300},
            {"bank": 75, "principals": -75},
        )
        # the practice learns of the plan by its first payment (CPCE R124-5)
        self.assertFalse(mirror.receipt_line_ids.is_known_instalment)
        with freeze_time(days[0]):
            self.assertEqual(self.sums(days[0]), (75, 0, 0, 0))

    def _first_remittance(self):
        """20 % of 75 is 15, with VAT 18, kept; 57 goes to the practice."""
        remittance = self.order(date(2026, 5, 4))
        self.assertEqual((remittance.amount_fee, remittance.amount), (18, 57))
        self.first = remittance
        self.assertLedgers(
            {"receivable": 225, "transfer": 57, "fee": 18, "income": -300},
            {
                "bank": 75,
                "ordered": -57,
                "sweep": -18,
                "contra": 18,
                "income": -15,
                "VAT": -3,
            },
        )
        with freeze_time(date(2026, 5, 4)):
            self.assertEqual(self.sums(date(2026, 5, 4)), (57, 0, 0, 18))

    def _overpayment_and_desk(self):
        """The plan is kept; Zoé pays 70 for 60; Camille pays 40 at the practice."""
        self.bring(date(2026, 5, 15), 75.0, self.mirror_of(self.plan_invoice))
        with freeze_time(date(2026, 5, 16)):
            self.plan.invalidate_recordset()
            self.assertEqual(self.plan.standing, "kept")
        self.receipt_over = self.bring(
            date(2026, 5, 18), 70.0, self.mirror_of(self.over)
        )
        self.assertEqual(self.receipt_over.overpaid_booked, 10)
        with freeze_time(date(2026, 5, 20)):
            payment = self.pay(self.desk.sudo(), 40.0, date(2026, 5, 20))
        received = payment.outstanding_account_id or self.bank.default_account_id
        self.names[self.company][received] = "desk"
        self.assertEqual(self.mirror_of(self.desk).amount_residual_currency, 50)
        self.assertLedgers(
            {
                "receivable": 50,
                "held": 135,
                "transfer": 57,
                "fee": 18,
                "desk": 40,
                "income": -300,
            },
            {
                "bank": 220,
                "principals": -135,
                "overpaid": -10,
                "ordered": -57,
                "sweep": -18,
                "contra": 18,
                "income": -15,
                "VAT": -3,
            },
        )
        with freeze_time(date(2026, 5, 20)):
            self.assertEqual(self.sums(date(2026, 5, 20)), (192, 0, 10, 18))

    def _second_remittance(self):
        """20 % of 135 and of the 40 paid at the practice is 35, with VAT 42."""
        remittance = self.order(date(2026, 6, 1))
        self.assertEqual((remittance.amount_fee, remittance.amount), (42, 93))
        self.second = remittance
        bill = remittance.sudo().fee_move_ids.recouv_fee_twin_id
        self.assertEqual((bill.company_id, bill.amount_total), (self.company, 42))
        with freeze_time(date(2026, 6, 2)):
            self.receipt_over.with_user(self.agency_manager).action_refund()
            sweeps = self.env["recouv.sweep"].with_user(self.agency_manager)
            sweeps._sweep(self.agency)
            # all is ordered, nothing is debited yet
            self.assertEqual(self.sums(date(2026, 6, 2)), (150, 0, 10, 60))
        self.assertLedgers(
            {
                "receivable": 50,
                "transfer": 150,
                "fee": 60,
                "desk": 40,
                "income": -300,
            },
            {"bank": 220, "ordered": -220, "transfer": 60, "income": -50, "VAT": -10},
        )

    def _banks(self):
        """Both banks show what was ordered: nothing of others' money is left."""
        day = date(2026, 6, 4)
        self.debit(day, -57.0, f"VIR {self.first.name}")
        self.debit(day, -93.0, f"VIR {self.second.name}")
        self.debit(day, -60.0, "Fees swept")
        self.debit(day, -10.0, f"VIR Refund {self.receipt_over.name}")
        self.debit(day, 57.0, f"AGENCE {self.first.name}", self.bank)
        self.debit(day, 93.0, f"AGENCE {self.second.name}", self.bank)
        self.assertLedgers(
            {"receivable": 50, "bank": 150, "fee": 60, "desk": 40, "income": -300},
            {"transfer": 60, "income": -50, "VAT": -10},
        )
        with freeze_time(day):
            self.assertEqual(self.sums(day), (0, 0, 0, 0))
        for invoice, settlement, left in (
            (self.plan_invoice, "paid", 0),
            (self.over, "paid", 0),
            (self.desk, "open", 50),
        ):
            with self.subTest(invoice.name):
                claim, mirror = self.claim_of(invoice), self.mirror_of(invoice)
                self.assertEqual(claim.settlement, settlement)
                self.assertEqual(mirror.settlement, settlement)
                self.assertEqual(mirror.amount_residual_currency, left)

    def _statement(self):
        """What the practice is told of May, from its own books."""
        day = date(2026, 6, 10)
        with freeze_time(day):
            told = self.env["recouv.placement.statement"].sudo()._generate(
                self.company, self.agency, day
            )  # fmt: skip
        self.assertEqual(told.amount_collected_all, 210)
        self.assertEqual(told.amount_collected, 135)
        # on the last day of May the agency held what it remitted on 1 June
        self.assertEqual((told.amount_held, told.amount_due), (135, 50))
        advices = self.env["recouv.remittance.advice"].with_user(self.secretary)
        self.assertEqual(advices.search([]).mapped("amount"), [93, 57])


@tagged("post_install", "-at_install")
class TestScenarioRevoked(ScenarioAgency):
    """A payment bounces after its remittance, then the mandate is revoked."""

    def test_a_mandate_revoked_with_claims_placed_and_a_bounced_payment(self):
        self.kept, self.bounced = self.invoices(150.0, 60.0)
        self._place()
        self._remit_and_bounce()
        self._revoke()
        self._late_money()
        self.assertApart()

    def _place(self):
        day = date(2026, 5, 4)
        with freeze_time(day):
            engine = self.env["recouv.engine"].sudo()
            engine._create_claims(self.company, day)
            claims = self.claim_of(self.kept) | self.claim_of(self.bounced)
            self.place(claims)

    def _remit_and_bounce(self):
        """20 % of 60 is 12, with VAT 14.40; the bank takes the 60 back."""
        receipt = self.bring(date(2026, 5, 5), 60.0, self.mirror_of(self.bounced))
        first = self.order(date(2026, 5, 12))
        self.assertEqual((first.amount_fee, first.amount), (14.4, 45.6))
        self.debit(date(2026, 5, 13), -45.6, f"VIR {first.name}")
        day = date(2026, 5, 20)
        with freeze_time(day):
            receipt._bounce(day, "chargeback")
        self.debit(day, -60.0, f"REJET {receipt.name}")
        self.assertEqual(self.claim_of(self.bounced).settlement, "open")
        self.assertEqual(self.mirror_of(self.bounced).amount_residual_currency, 60)
        self.assertLedgers(
            {
                "receivable": 210,
                "held": -60,
                "transfer": 45.6,
                "fee": 14.4,
                "income": -210,
            },
            {
                "bank": -45.6,
                "principals": 60,
                "sweep": -14.4,
                "contra": 14.4,
                "income": -12,
                "VAT": -2.4,
            },
        )

    def _revoke(self):
        """For a serious breach, at once: the claims go back where they stood."""
        day = date(2026, 5, 21)
        with freeze_time(day):
            mandate = self.mandate.with_user(self.practitioner)
            mandate._revoke(day, "Letters without their mentions", is_breach=True)
            mandate.sudo()._cron_end()
            for invoice in (self.kept, self.bounced):
                claim, mirror = self.claim_of(invoice), self.mirror_of(invoice)
                self.assertEqual(claim.holder, "practice")
                self.assertTrue(mirror.closed_on)
            self.assertFalse(self.agency_run(day).notice_ids)
            with self.assertRaises(UserError):
                self.place(self.claim_of(self.kept))

    def _late_money(self):
        """Out of habit Camille pays the agency: it goes to the practice, less what it
        owes back; the fee of what bounced is given back."""
        self.bring(date(2026, 5, 26), 150.0, self.mirror_of(self.kept))
        self.assertEqual(self.claim_of(self.kept).settlement, "paid")
        second = self.order(date(2026, 6, 1))
        self.assertEqual((second.amount_received, second.amount_back), (150, 60))
        # 20 % of 150 less 20 % of 60 is 18, with VAT 21.60
        self.assertEqual((second.amount_fee, second.amount), (21.6, 68.4))
        self.debit(date(2026, 6, 2), -68.4, f"VIR {second.name}")
        self.assertLedgers(
            {"receivable": 60, "transfer": 114, "fee": 36, "income": -210},
            {"bank": 36, "sweep": -36, "contra": 36, "income": -30, "VAT": -6},
        )
        with freeze_time(date(2026, 6, 2)):
            self.assertEqual(self.sums(date(2026, 6, 2)), (0, 0, 0, 36))
        self.assertEqual(self.claim_of(self.bounced).settlement, "open")
