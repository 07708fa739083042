"""Receivables that were sold, from the day after: notified, reminded, paid, lost."""

from datetime import date, timedelta

from odoo.addons.recouv_lib.tests.common import TODAY
from odoo.addons.recouv_lib.tests.letter_common import LetterCommon

from .sale_common import SaleCommon

IBAN = "FR7630006000011234567890189"
OTHER_IBAN = "FR1420041010050500013M02606"
LATER = timedelta(days=32)


class BoughtCommon(SaleCommon, LetterCommon):
    """The buyer is paid on an account of its own; its agent does all the work."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agency.currency_id = cls.company.currency_id
        banks = cls.env["res.partner.bank"].sudo()
        for company, name, number in (
            (cls.agency, "recouv_assignee_bank_id", IBAN),
            (cls.company, "recouv_bank_id", OTHER_IBAN),
        ):
            company[name] = banks.create(
                {"acc_number": number, "partner_id": company.partner_id.id}
            )
        cls.company.sudo().write(
            {"street": "1 rue de la Paix", "zip": "35000", "city": "Rennes"}
        )
        accounts = cls.env["account.account"].sudo().with_company(cls.agency)
        loss = accounts.search(
            [("company_ids", "in", cls.agency.ids), ("account_type", "=", "expense")],
            limit=1,
        )
        cls.agency.sudo().write(
            {"recouv_loss_account_id": loss.id, "recouv_loss_prior_account_id": loss.id}
        )

    @classmethod
    def make_patient(cls, name, **values):
        """EXTENDS: with what a text and a call need; letters are read in English."""
        ways = {
            "phone": "06 12 34 56 78",
            "email": "debiteur@example.com",
            "lang": "en_US",
        }
        return super().make_patient(name, **(ways | values))

    @classmethod
    def contact_there(cls, name, **values):
        """EXTENDS: with what a letter, a text and a call need."""
        place = {
            "street": "2 place du Marché",
            "zip": "35000",
            "city": "Rennes",
            "country_id": cls.env.ref("base.fr").id,
            "phone": "06 12 34 56 78",
            "email": "debiteur@example.com",
        }
        return super().contact_there(name, **(place | values))

    @classmethod
    def old_invoice(cls, amount=120.0, **values):
        """An invoice long past due, ready to be sold."""
        return cls.make_invoice(amount=amount, due=date(2026, 3, 2), **values)

    @classmethod
    def sold(cls, moves):
        """Sell these invoices; return the practice's lines, elevated."""
        return cls.sell(moves).sudo().line_ids

    # --- what becomes of it -----------------------------------------------------------

    def buyer_run(self, day=TODAY, user=None, execute=True):
        """The buyer proposes, and prints what leaves on a day."""
        runs = self.env["recouv.run"].with_user(user or self.agent)
        values = {"company_id": self.agency.id, "capacity": "assignee", "date": day}
        run = runs.create(values)
        run.action_propose()
        if execute:
            run.action_execute()
        return run

    def notified(self, day=TODAY):
        """The notification letters of the day were posted and presented."""
        notices = self.buyer_run(day).notice_ids
        for notice in notices:
            notice._prove(on=day)
            if notice.channel == "registered_letter":
                notice._record_presentation(day)
        return notices

    def receive(self, line, amount=None, day=TODAY):
        """The debtor pays the buyer, in Odoo's own wizard."""
        item = line.sudo().purchase_id.item_id
        wizard = (
            self.books["account.payment.register"]
            .with_company(self.agency)
            .with_context(active_model="account.move.line", active_ids=item.ids)
        )
        values = {"payment_date": day} | ({"amount": amount} if amount else {})
        return wizard.create(values)._create_payments()

    def lose(self, line):
        """The buyer's manager writes off what is open of it."""
        purchase = line.purchase_id.with_user(self.agency_manager)
        return purchase._note_loss("other", "Introuvable depuis un an.")

    def dispute(self, line, kind="price", **values):
        """An agent of the buyer notes that the debtor disputes."""
        claim = line.purchase_id.claim_id.with_user(self.agent)
        return claim._hold("dispute", "Said on the phone.", dispute_kind=kind, **values)

    def fresh(self, line):
        """The line as its practice reads it now."""
        self.env.flush_all()
        line.invalidate_recordset()
        return line.with_user(self.secretary)
