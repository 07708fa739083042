"""Receivables that were sold: the practice's lines, the buyer's items and claims."""

from datetime import date, datetime, timedelta

from odoo import Command

from odoo.addons.recouv_lib.tests.common import TODAY
from odoo.addons.recouv_lib.tests.letter_common import LetterCommon

from .factoring_common import FactoringCommon

IBAN = "FR7630006000011234567890189"
SALE_DAY = TODAY - timedelta(days=5)


class BoughtCommon(FactoringCommon, LetterCommon):
    """``sell`` sells posted invoices; the buyer has an account of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agency.currency_id = cls.company.currency_id
        cls.agency.recouv_assignee_bank_id = cls.env["res.partner.bank"].create(
            {
                "acc_number": IBAN,
                "partner_id": cls.agency.partner_id.id,
                "allow_out_payment": True,
            }
        )
        books = cls.env["account.account"].sudo().with_company(cls.agency)
        cls.acquired = books.create(
            {
                "name": "Acquired receivables",
                "code": "467599",
                "account_type": "asset_receivable",
                "reconcile": True,
                "company_ids": [Command.set(cls.agency.ids)],
            }
        )
        cls.loss_account = books.search(
            [
                ("company_ids", "in", cls.agency.ids),
                ("account_type", "=", "expense"),
            ],
            limit=1,
        )
        cls.assignor = cls.make_agency_contact(
            name=cls.company.name, street="1 rue de la Paix", is_company=True
        )

    @classmethod
    def make_agency_contact(cls, **values):
        return (
            cls.env["res.partner"]
            .sudo()
            .create(
                {
                    "company_id": cls.agency.id,
                    "street": "2 place du Marché",
                    "zip": "35000",
                    "city": "Rennes",
                    "country_id": cls.env.ref("base.fr").id,
                    "lang": "fr_FR",
                    "phone": "06 12 34 56 78",
                    "email": "debiteur@example.com",
                    **values,
                }
            )
        )

    # --- selling by hand --------------------------------------------------------------

    @classmethod
    def sell(cls, moves, day=SALE_DAY, contact=None, notify=False):
        """Sell the open items of these invoices in one deed; return its lines."""
        moves = moves.sudo()
        nominal = sum(moves.mapped("amount_residual"))
        schedule = (
            cls.env["recouv.assignment"]
            .sudo()
            .create(
                {
                    "company_id": cls.company.id,
                    "contract_id": cls.contract.id,
                    "currency_id": cls.company.currency_id.id,
                    "date": day,
                    "stage": "transferred",
                    "signed_on": datetime.combine(day, datetime.min.time()),
                    "transferred_on": day,
                    "amount_nominal": nominal,
                    "amount_commission": nominal * 0.05,
                    "amount_vat": nominal * 0.01,
                }
            )
        )
        contact = contact or cls.make_agency_contact(name=moves[0].partner_id.name)
        lines = cls.env["recouv.assignment.line"].sudo()
        for move in moves:
            lines |= cls._sell_one(schedule, move, contact, day)
        lines.purchase_id._open_claims()
        return lines

    @classmethod
    def _sell_one(cls, schedule, move, contact, day):
        item = move.line_ids.filtered(lambda x: x.account_type == "asset_receivable")
        amount = item.amount_residual_currency
        claim = cls.env["recouv.claim"].sudo().search([("move_line_id", "=", item.id)])
        transfer = (
            cls.env["recouv.transfer"]
            .sudo()
            .create(
                {
                    "company_id": cls.company.id,
                    "kind": "assignment",
                    "origin_line_id": item.id,
                    "amount_currency": amount,
                    "target_partner_id": cls.agency.partner_id.id,
                    "date": day,
                }
            )
        )
        transfer._post()
        purchase = (
            cls.env["recouv.purchase"]
            .sudo()
            .create(
                {
                    "company_id": cls.agency.id,
                    "contract_id": cls.contract.id,
                    "schedule": schedule.name,
                    "offered_on": day,
                    "creditor_partner_id": cls.assignor.id,
                    "partner_id": contact.id,
                    "currency_id": move.currency_id.id,
                    "reference": move.name,
                    "invoice_date": move.invoice_date,
                    "date_due": item.date_maturity,
                    "amount": amount,
                    "state": "bought",
                    "decided_on": day,
                    "bought_on": day,
                    "item_id": cls.acquire(contact, amount, item.date_maturity, day).id,
                }
            )
        )
        claim.write({"holder": "buyer"})
        return (
            cls.env["recouv.assignment.line"]
            .sudo()
            .create(
                {
                    "assignment_id": schedule.id,
                    "origin_line_id": item.id,
                    "claim_id": claim.id,
                    "state": "transferred",
                    "amount": amount,
                    "transfer_id": transfer.id,
                    "purchase_id": purchase.id,
                }
            )
        )

    @classmethod
    def books(cls, debit, credit, amount, day, partner, due=None):
        """A posted entry in the buyer's books; return (debit, credit) items."""
        journal = cls.agency.sudo().recouv_assignment_journal_id
        entry = (
            cls.env["account.move"]
            .sudo()
            .with_company(cls.agency)
            .create(
                {
                    "move_type": "entry",
                    "journal_id": journal.id,
                    "date": day,
                    "line_ids": [
                        Command.create(
                            {
                                "account_id": account.id,
                                "partner_id": partner.id,
                                "balance": sign * amount,
                                "date_maturity": due,
                            }
                        )
                        for account, sign in ((debit, 1), (credit, -1))
                    ],
                }
            )
        )
        entry.action_post()
        return entry.line_ids.sorted("balance", reverse=True)

    @classmethod
    def acquire(cls, contact, amount, due, day):
        other = cls.agency.sudo().recouv_assignors_account_id
        return cls.books(cls.acquired, other, amount, day, contact, due)[0]

    # --- what becomes of it -----------------------------------------------------------

    @classmethod
    def receive(cls, line, amount, day=TODAY):
        """The debtor pays the buyer by its bank."""
        purchase = line.sudo().purchase_id
        payment = (
            cls.env["account.payment"]
            .sudo()
            .with_company(cls.agency)
            .create(
                {
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "partner_id": purchase.partner_id.id,
                    "amount": amount,
                    "date": day,
                    "journal_id": cls.env["account.journal"]
                    .sudo()
                    .search(
                        [("company_id", "=", cls.agency.id), ("type", "=", "bank")],
                        limit=1,
                    )
                    .id,
                    "destination_account_id": cls.acquired.id,
                }
            )
        )
        payment.action_post()
        credit = payment.move_id.line_ids.filtered(
            lambda x: x.account_id == cls.acquired
        )
        (credit | purchase.item_id).reconcile()
        return payment

    @classmethod
    def lose(cls, line, day=TODAY):
        """The buyer books what is open of it as a loss."""
        item = line.sudo().purchase_id.item_id
        loss = cls.books(
            cls.loss_account, cls.acquired, item.amount_residual, day, item.partner_id
        )[1]
        (loss | item).reconcile()

    def buyer_run(self, day=TODAY, user=None, execute=True):
        """The buyer proposes and prints what leaves on a day."""
        run = (
            self.env["recouv.run"]
            .with_user(user or self.agent)
            .create(
                {"company_id": self.agency.id, "capacity": "assignee", "date": day}
            )
        )
        run.action_propose()
        if execute:
            run.action_execute()
        return run

    def notified(self, lines, day=TODAY):
        """The notification letters of these lines were posted and presented."""
        notices = self.buyer_run(day).notice_ids
        for notice in notices:
            notice.sudo()._prove(on=day)
            if notice.channel == "registered_letter":
                notice.sudo()._record_presentation(day)
        return notices


def old_invoice(test, **values):
    """An invoice long past due, ready to be sold."""
    return test.make_invoice(due=date(2026, 3, 2), **values)
