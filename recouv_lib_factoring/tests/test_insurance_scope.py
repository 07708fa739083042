from datetime import date

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .insurance_common import InsuranceCommon

DAY = date(2026, 3, 2)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02")
class TestInsuranceScope(InsuranceCommon):
    """Several policies in force at a time: each invoice is of exactly one of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mutual = cls.make_patient("Mutuelle des soins", is_company=True)
        cls.pounds = cls.setup_other_currency("GBP", rates=[("2020-01-01", 2.0)])

    @classmethod
    def second(cls, name="POL-P", **values):
        """A second policy of 2026: for patients unless said otherwise."""
        terms = {
            "name": name,
            "insurer_id": cls.mutual.id,
            "covers_patient": True,
            "covers_professional": False,
            "discretionary_limit": 500,
        }
        return cls.make_insurance(**(terms | values))

    def scope(self, *moves):
        """[(number of the policy, why it, cover)] of these invoices"""
        return [
            (row.policy_id.name, row.policy_rule, row.code)
            for row in self.cover(*moves)
        ]

    # --- which policy -------------------------------------------------------------

    def test_patients_and_companies_have_a_policy_each(self):
        self.second()
        self.limit(self.clinic, 1000)
        theirs = self.invoice(self.clinic, 100, date(2026, 2, 1))
        own = self.invoice(self.patient, 100, DAY)
        self.assertEqual(
            self.scope(theirs, own),
            [("POL-1", "scope", "covered"), ("POL-P", "scope", "covered")],
        )

    def test_one_policy_alone_needs_no_reason(self):
        self.limit(self.clinic, 1000)
        move = self.invoice(self.clinic, 100, DAY)
        self.assertEqual(self.scope(move), [("POL-1", "only", "covered")])

    def test_what_none_covers_says_so(self):
        self.second()
        town = self.make_patient("Mairie", is_company=True)
        town.recouv_debtor_kind = "public"
        move = self.invoice(town, 100, DAY)
        row = self.cover(move)
        self.assertEqual((row.code, row.policy_rule), ("debtor_kind", False))

    def test_a_policy_for_a_currency_goes_before_one_for_all(self):
        self.second(
            "POL-GBP", covers_professional=True, covers_patient=False,
            invoice_currency_id=self.pounds.id,
        )  # fmt: skip
        self.limit(self.clinic, 1000)
        euro = self.invoice(self.clinic, 100, date(2026, 2, 1))
        pound = self.invoice(self.clinic, 100, DAY, currency_id=self.pounds.id)
        self.assertEqual(
            self.scope(euro, pound),
            [("POL-1", "scope", "covered"), ("POL-GBP", "currency", "covered")],
        )

    def test_another_currency_than_the_policys_is_told_by_its_code(self):
        self.policy_2026._record({"invoice_currency_id": self.pounds.id})
        move = self.invoice(self.clinic, 100, DAY)
        self.assertEqual(self.scope(move), [("POL-1", False, "currency")])
        self.assertFalse(self.draft(self.clinic, 100).recouv_insurance_message)

    def test_an_old_policy_runs_out_while_the_new_one_begins(self):
        self.limit(self.clinic, 1000)
        before = self.invoice(self.clinic, 100, date(2026, 2, 28))
        new = self.second(
            "POL-2", covers_professional=True, covers_patient=False,
            date_from=DAY, date_to=date(2027, 3, 1), previous_id=self.policy_2026.id,
        )  # fmt: skip
        after = self.invoice(self.clinic, 100, DAY)
        self.assertEqual(
            self.scope(before, after),
            [("POL-1", "only", "covered"), ("POL-2", "newest", "covered")],
        )
        # limits and losses of each stay its own
        rows = self.cover(before, after)
        self.assertEqual(rows.mapped("amount_limit"), [1000, 500])
        with freeze_time("2026-04-10"):
            losses = self.loss_of(before, after)
        self.assertEqual(losses.policy_id, self.policy_2026 | new)
        self.assertEqual(losses.insurer_id, self.insurer | self.mutual)

    def test_the_rule_is_the_same_for_one_debtor_as_for_the_books(self):
        self.second()
        self.second(
            "POL-GBP", covers_professional=True, covers_patient=False,
            invoice_currency_id=self.pounds.id,
        )  # fmt: skip
        policies = self.env["recouv.insurance.policy"]._in_force(self.company, DAY)
        self.assertEqual(len(policies), 3)
        for debtor in (self.clinic, self.patient):
            for currency in (self.company.currency_id, self.pounds):
                move = self.invoice(debtor, 10, DAY, currency_id=currency.id)
                with self.subTest(debtor=debtor.name, currency=currency.name):
                    chosen = policies._choose(debtor, currency)
                    self.assertEqual(len(chosen), 1)
                    self.assertEqual(self.cover(move).policy_id, chosen)

    # --- into force ---------------------------------------------------------------

    def test_the_same_scope_twice_is_refused_and_both_are_named(self):
        with self.assertRaises(UserError) as caught:
            self.second("POL-2", covers_professional=True)
        said = str(caught.exception)
        for word in ("Mutuelle des soins POL-2", "Assurance Crédit SA POL-1",
                     "Professionals"):  # fmt: skip
            self.assertIn(word, said)
        self.assertNotIn("Patients", said)

    def test_the_same_currency_twice_is_refused_too(self):
        own = {"covers_professional": True, "covers_patient": False}
        self.second("GBP-1", invoice_currency_id=self.pounds.id, **own)
        with self.assertRaisesRegex(UserError, "GBP-1"):
            self.second("GBP-2", invoice_currency_id=self.pounds.id, **own)

    def test_a_policy_replaces_only_one_that_began_before(self):
        with self.assertRaisesRegex(ValidationError, "POL-2 cannot replace"):
            self.second("POL-2", activate=False, previous_id=self.policy_2026.id)

    def test_a_third_policy_replaces_both_before_it(self):
        own = {"covers_professional": True, "covers_patient": False}
        two = self.second("POL-2", date_from=DAY, date_to=date(2026, 12, 31),
                          previous_id=self.policy_2026.id, **own)  # fmt: skip
        three = self.second("POL-3", date_from=date(2026, 3, 9),
                            date_to=date(2026, 12, 31), previous_id=two.id,
                            **own)  # fmt: skip
        move = self.invoice(self.clinic, 10, date(2026, 3, 9))
        self.assertEqual(self.cover(move).policy_id, three)

    # --- limits -------------------------------------------------------------------

    def test_a_limit_is_asked_of_the_debtors_own_policy(self):
        own = self.second()
        limits = self.env["recouv.insurance.limit"].with_user(self.secretary)
        for debtor, policy in ((self.patient, own), (self.clinic, self.policy_2026)):
            limit = limits.create({"partner_id": debtor.id, "amount_asked": 100})
            self.assertEqual(limit.policy_id, policy)
        with Form(limits) as form:
            self.assertFalse(form.policy_id)
            form.partner_id = self.gym
            self.assertEqual(form.policy_id, self.policy_2026)
            form.partner_id = self.make_patient("Camille")
            self.assertEqual(form.policy_id, own)
            form.amount_asked = 10

    def test_limits_of_two_currencies_are_used_apart(self):
        pounds = self.second(
            "POL-GBP", insurer_id=self.insurer.id, covers_professional=True,
            covers_patient=False, invoice_currency_id=self.pounds.id,
            discretionary_limit=0,
        )  # fmt: skip
        # both requests may wait at the same insurer
        euro_limit = self.ask(self.clinic, 100)
        pound_limit = self.ask(self.clinic, 80, policy=pounds)
        euro_limit._answer(100, date(2026, 1, 1))
        euro = self.invoice(self.clinic, 90, date(2026, 2, 1))
        pound = self.invoice(self.clinic, 100, DAY, currency_id=self.pounds.id)
        self.assertEqual(self.cover(euro, pound).mapped("code"),
                         ["covered", "no_limit"])  # fmt: skip
        pound_limit._answer(80, date(2026, 1, 1))
        rows = self.cover(euro, pound)
        self.assertEqual(rows.mapped("amount_covered"), [90, 50])
        limits = (euro_limit | pound_limit).sudo()
        limits.invalidate_recordset()
        self.assertEqual(limits.mapped("amount_used"), [90, 50])
        self.assertEqual(limits.mapped("amount_left"), [10, 30])

    @mute_logger("odoo.sql_db")
    def test_one_request_at_a_time_for_a_debtor_and_a_currency(self):
        self.ask(self.clinic, 100)
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.ask(self.clinic, 100)

    # --- what the practice is told ------------------------------------------------

    def draft(self, partner, amount, **values):
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": DAY,
                "invoice_line_ids": [
                    Command.create({"name": "x", "price_unit": amount, "tax_ids": []})
                ],
                **values,
            }
        )
        return move.with_user(self.secretary)

    def test_each_debtor_is_told_by_his_own_policy(self):
        self.second(discretionary_limit=50)
        said = self.draft(self.patient, 80).recouv_insurance_message
        self.assertIn("50.00", said)
        self.assertIn(
            "once a limit", self.draft(self.clinic, 80).recouv_insurance_message
        )

    def test_the_invoice_names_its_policy(self):
        own = self.second()
        move = self.invoice(self.patient, 100, DAY).with_user(self.secretary)
        self.assertEqual(move.recouv_insurance_policy_id.id, own.id)

    # --- premium, losses, figures -------------------------------------------------

    def told_of(self, policy):
        declarations = self.env["recouv.insurance.declaration"]
        one = declarations._prepare(policy)
        return one.turnover, one.turnover_insured, one.premium

    def test_turnover_is_declared_to_its_own_policy_and_once(self):
        own = self.second()
        self.invoice(self.clinic, 1000, date(2026, 2, 1))
        self.invoice(self.patient, 300, DAY)
        town = self.make_patient("Mairie", is_company=True)
        town.recouv_debtor_kind = "public"
        self.invoice(town, 70, DAY)  # of none: told once
        turnovers = [self.told_of(one) for one in (self.policy_2026, own)]
        self.assertEqual([insured for _all, insured, _due in turnovers], [1000, 300])
        self.assertEqual(sum(whole for whole, _insured, _due in turnovers), 1370)
        self.assertEqual([due for _all, _insured, due in turnovers], [3.0, 1.8])

    def test_turnover_of_an_old_policy_ends_where_the_new_one_begins(self):
        new = self.second(
            "POL-2", covers_professional=True, covers_patient=False,
            date_from=DAY, date_to=date(2027, 3, 1), previous_id=self.policy_2026.id,
        )  # fmt: skip
        self.invoice(self.clinic, 1000, date(2026, 3, 1))
        self.invoice(self.clinic, 200, DAY)
        self.assertEqual(self.told_of(self.policy_2026)[0], 1000)
        self.assertEqual(self.told_of(new)[0], 200)

    def test_losses_use_the_year_of_their_own_policy(self):
        own = self.second(annual_deductible=40)
        self.limit(self.clinic, 1000)
        theirs = self.invoice(self.clinic, 100, date(2026, 2, 1))
        patients = self.invoice(self.patient, 100, date(2026, 2, 2))
        for move, policy, due in ((theirs, self.policy_2026, 90), (patients, own, 50)):
            loss = self.settled(move)
            self.assertEqual((loss.policy_id.id, loss.amount_payable), (policy.id, due))
        self.assertEqual((self.policy_2026.payable, own.payable), (90, 50))
        self.receive(loss)
        self.env.flush_all()
        rows = self.env["recouv.report.insurance"]._read_group(
            [("company_id", "=", self.company.id)], ["policy_id"],
            ["amount_loss:sum", "amount_indemnity:sum"],
        )  # fmt: skip
        self.assertEqual(
            {policy.id: sums for policy, *sums in rows},
            {self.policy_2026.id: [100, 0], own.id: [100, 50]},
        )

    def test_the_service_of_the_insurer_that_covers_takes_the_claim(self):
        self.second()
        self.limit(self.clinic, 1000)
        moves = [self.invoice(one, 50, DAY) for one in (self.clinic, self.patient)]
        claims = self.env["recouv.claim"].union(*map(self.claim, moves))
        claims.with_user(self.practitioner).action_give_to_insurer()
        found = self.env["recouv.insurance.handover"].search([])
        self.assertEqual(
            {(one.partner_id, one.insurer_id) for one in found},
            {(self.clinic, self.insurer), (self.patient, self.mutual)},
        )
