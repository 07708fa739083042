import csv
import io
from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .bought_common import BoughtCommon

LATER = date(2040, 6, 15)
COLUMNS = 18


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSalePrivacy(BoughtCommon):
    """What a sale copied of people goes when it is over; what must stay, stays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls.sold(cls.old_invoice())
        cls.purchase = cls.line.purchase_id
        cls.claim = cls.purchase.claim_id

    def purge(self, company, user):
        purges = self.env["recouv.purge"].with_user(user).with_company(company)
        return purges._run(company.with_env(purges.env))

    def dead_offer(self, state="refused", **values):
        """An offer that came to nothing."""
        return (
            self.env["recouv.purchase"]
            .sudo()
            .create(
                {
                    "company_id": self.agency.id,
                    "contract_id": self.contract.id,
                    "offered_on": TODAY,
                    "creditor_partner_id": self.creditor_there.id,
                    "partner_id": self.contact_there("Refusée Martin").id,
                    "currency_id": self.company.currency_id.id,
                    "reference": "F/1",
                    "amount": 50.0,
                    "state": state,
                    "decided_on": TODAY,
                    "reason": "Des mots sur une personne",
                    **values,
                }
            )
        )

    def test_a_paid_purchase_is_erased_with_its_claim_and_its_contact(self):
        self.receive(self.line)
        with freeze_time(LATER):
            self.purge(self.agency, self.agency_manager)
        self.assertTrue(self.claim.purged_on)
        self.assertTrue(self.purchase.purged_on)
        self.assertFalse(self.purchase.reference)
        contact = self.purchase.partner_id
        self.assertFalse(contact.street or contact.email or contact.phone)
        self.assertEqual(self.purchase.amount, 120)

    def test_an_offer_not_bought_is_erased_after_the_delay(self):
        refused = self.dead_offer()
        self.purge(self.agency, self.agency_manager)
        self.assertEqual(refused.reason, "Des mots sur une personne")
        with freeze_time(LATER):
            purge = self.purge(self.agency, self.agency_manager)
        self.assertEqual(purge.offer_count, 1)
        self.assertFalse(refused.reason or refused.reference)
        self.assertFalse(refused.partner_id.street)

    def test_a_debtor_of_whom_something_is_open_is_kept(self):
        refused = self.dead_offer(
            partner_id=self.purchase.partner_id.id, decided_on="2010-01-01"
        )
        self.purge(self.agency, self.agency_manager)
        self.assertFalse(refused.reason)
        self.assertTrue(self.purchase.partner_id.street)

    def test_the_practice_s_statement_forgets_the_name(self):
        self.env["recouv.assignment.statement"]._generate(
            self.company, self.agency, date(2026, 7, 1)
        )
        told = self.env["recouv.assignment.statement.line"].search([])
        self.assertEqual(told.debtor, self.patient.name)
        with freeze_time(LATER):
            self.purge(self.company, self.practitioner)
        self.assertFalse(told.debtor)
        self.assertEqual(told.amount, 120)

    def test_who_is_no_manager_erases_nothing(self):
        with self.assertRaises(AccessError):
            self.purge(self.agency, self.agent)

    def test_the_debtor_is_told_at_the_first_contact_where_his_data_come_from(self):
        text = self.text(self.buyer_run().notice_ids)
        for said in (self.creditor_there.name, "nothing about care", "object", "CNIL"):
            self.assertIn(said, text)

    # --- FEC --------------------------------------------------------------------------

    def test_the_entries_of_a_sale_are_neutral_where_the_practice_wants_it(self):
        fec = self.env["recouv.fec"].with_company(self.company)
        code = self.company.sudo().recouv_assignment_journal_id.code
        self.assertEqual(fec._words()[code], "Cession")
        receivable = self.patient.property_account_receivable_id.code
        row = [code, "Cessions", "ASG/1", "20260615", receivable, "Clients", "9",
               self.patient.name, "Bordereau Martin", "20260615",
               f"Cession {self.patient.name}", "0", "120,00", "", "", "20260615",
               "120,00", "EUR"]  # fmt: skip
        content = self.written([[f"c{i}" for i in range(COLUMNS)], row])
        neutral = fec._neutral_content(content)
        self.assertNotIn("Martin", neutral)
        self.assertIn("Cession ASG/1", neutral)

    def test_the_labels_of_the_books_name_no_debtor(self):
        moves = self.line.transfer_id.move_id | self.purchase.item_id.move_id
        for item in moves.sudo().line_ids:
            said = f"{item.name} {item.ref} {item.move_id.ref}"
            self.assertNotIn(self.patient.name, said)

    def written(self, rows):
        target = io.StringIO()
        csv.writer(target, delimiter="|", lineterminator="\r\n").writerows(rows)
        return target.getvalue()
