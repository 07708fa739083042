"""Five months of posted invoices and the payments that came by themselves."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from odoo import Command

from .patients import role
from .practices import MANAGERS, PRACTICES, company_of, user_of

BATCH = 60
COLLEAGUES = {
    "kine": "Paul Guézennec",
    "dentaire": "Inès Bertolucci",
    "medical": "Denis Aulagnier",
}
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_notrack": True,
    "lang": "fr_FR",
}


@dataclass
class Bill:
    """An invoice to post; ``paid``: (day, part of the amount) paid unasked.

    ``mark``: what is odd about it: unsent, blocked or exempt.
    """

    partner: object
    day: date
    amount: float
    label: str
    days: int = 15
    paid: tuple = ()
    journal: str = "HONO"
    mark: str = ""
    values: dict = field(default_factory=dict)


class Book:
    """Draws and posts the invoices of one practice, as of ``today``."""

    def __init__(self, env, practice, today):
        self.practice, self.today = practice, today
        self.company = company_of(env, practice)
        self.env = env(
            context=dict(env.context, allowed_company_ids=self.company.ids, **QUIET)
        )
        self.draw = random.Random(f"invoices {practice.key}")
        self.patients = self.env["res.partner"].search(
            [("company_id", "=", self.company.id), ("ref", "!=", False)], order="ref"
        )
        self.usual = self.patients.filtered(lambda p: not p.get_external_id()[p.id])
        self.bills = []

    def days_ago(self, number):
        return self.today - timedelta(days=number)

    def role(self, name):
        return role(self.env, name)

    # --- drawing --------------------------------------------------------------------

    def bill(self, partner, ago, amount, label, **named):
        """Note an invoice of ``ago`` days ago."""
        bill = Bill(partner, self.days_ago(ago), amount, label, **named)
        self.bills.append(bill)
        return bill

    def habit(self, rank):
        """Half of them pay by themselves."""
        return "good" if rank % 2 == 0 else "slow"

    def payments(self, habit, ago, days=15):
        """What comes unasked: all in time, or only a part of what is old."""
        due = self.days_ago(ago - days)
        if habit == "good":
            day = due + timedelta(days=self.draw.randint(-9, 6))
            return ((day, 1),) if day < self.today else ()
        chance = self.draw.random()
        if ago > 95 and chance < 0.6:
            return ((due + timedelta(days=self.draw.randint(0, 9)), 1),)
        return ((due, 0.5),) if chance > 0.93 and due < self.today else ()

    def draw_all(self):
        getattr(self, f"_draw_{self.practice.key}")()
        self.bills.sort(key=lambda bill: bill.day)

    def _draw_kine(self):
        """Series of twelve sessions, an invoice each, and a few single ones."""
        for rank, patient in enumerate(self.usual):
            if rank < 6:
                self._series(
                    patient, (130, 104, 88, 76, 66, 58)[rank], self.habit(rank)
                )
                continue
            for _number in range(self.draw.choice((1, 1, 2))):
                ago = self.draw.randint(6, 148)
                self._single(patient, ago, self.draw.choice((24.5, 27, 33.4)), rank)
        for name, ago in (("twelve_sessions", 84), ("parent", 97)):
            self._series(self.role(name), ago, "slow")
        for name, first in (("deceased", 89), ("english", 89), ("landline", 60)):
            for ago in (first, first - 14, first - 28):
                self.bill(self.role(name), ago, 27.0, "Séance de rééducation")
        for ago in (47, 40):
            self.bill(self.role("promise"), ago, 54.0, "Bilan et séances")
        for name, first in (("unclaimed", 136), ("presented", 92)):
            for ago in (first, first - 7, first - 14):
                self.bill(self.role(name), ago, 58.6, "Bilan et séances")
        child = {"recouv_patient_id": self.role("child").id}
        self.bill(self.role("parent"), 40, 33.4, "Séance pédiatrique", values=child)

    def _series(self, patient, first, habit):
        ends = {"recouv_care_end_date": self.days_ago(max(first - 11 * 4, 1))}
        for number in range(12):
            ago = first - number * 4
            self.bill(
                patient,
                ago,
                24.5,
                f"Séance {number + 1}/12",
                paid=self.payments(habit, ago),
                values=ends,
            )

    def _single(self, patient, ago, amount, rank, **named):
        paid = self.payments(self.habit(rank), ago)
        self.bill(patient, ago, amount, "Honoraires", paid=paid, **named)

    def _draw_dentaire(self):
        """Care of some tens of euros, and signed quotes of hundreds or thousands."""
        for rank, patient in enumerate(self.usual):
            for _number in range(self.draw.choice((1, 2, 2))):
                ago = self.draw.randint(4, 146)
                amount = self.draw.choice((28.92, 43.38, 69.4, 122.0, 180.0))
                self._single(patient, ago, amount, rank)
            if rank % 4 == 1:
                self._quote(patient, self.draw.randint(20, 120), rank)
        self._quote(self.role("disputed"), 94, 1, amount=1250.0)
        self._quote(self.role("handed_over"), 138, 1, amount=2380.0)
        self._quote(self.role("refused"), 120, 1, amount=890.0)
        self.bill(self.role("wrong_address"), 134, 312.5, "Soins conservateurs")
        self._quote(self.role("instalments"), 78, 1, amount=1860.0, term=True)
        francs = {"currency_id": self.env.ref("base.CHF").id}
        self.bill(self.role("swiss"), 58, 1480.0, "Couronne", values=francs)

    def _quote(self, patient, ago, rank, amount=None, term=None):
        amount = amount or self.draw.choice((620.0, 780.0, 950.0, 1420.0, 2150.0))
        in_three = term or (amount > 900 and self.draw.random() < 0.4)
        values = {
            "recouv_overrun_amount": round(amount * 0.6, 2),
            "recouv_quote_signed_on": self.days_ago(ago + 21),
            "recouv_care_end_date": self.days_ago(ago),
        }
        paid = self.payments(self.habit(rank), ago, days=30)
        if in_three:
            values["invoice_payment_term_id"] = self.term.id
            paid = ((self.days_ago(ago), 1 / 3),)
        self.bill(
            patient, ago, amount, "Prothèse selon devis", days=30, journal="HON2",
            paid=paid, values=values,
        )  # fmt: skip

    def _draw_medical(self):
        """Many small invoices of doctors and nurses, and what is odd."""
        for rank, patient in enumerate(self.usual):
            for _number in range(self.draw.choice((1, 2, 2, 3))):
                ago = self.draw.randint(3, 149)
                nurse = self.draw.random() < 0.4
                amounts = (6.3, 9.15, 14.75, 18.9) if nurse else (30, 30, 36.5, 60)
                journal = "HON2" if nurse else "HONO"
                amount = self.draw.choice(amounts)
                self._single(patient, ago, amount, rank, journal=journal)
        for name in ("hospitalised", "no_address", "never", "credit"):
            for ago in (71, 46):
                self.bill(self.role(name), ago, 30.0, "Consultation")
        self.bill(self.role("company"), 64, 420.0, "Visites d’embauche", days=30)
        for ago in (82, 54, 33):
            self.bill(self.role("payer"), ago, 186.4, "Part complémentaire", days=10)
        self.bill(self.role("old_debt"), 690, 96.5, "Soins à domicile")
        self.bill(self.role("barred_debt"), 800, 64.0, "Soins à domicile")
        for rank, mark in ((1, "unsent"), (3, "blocked"), (5, "exempt")):
            self.bill(self.usual[rank], 24, 30.0, "Consultation", days=8, mark=mark)

    # --- posting --------------------------------------------------------------------

    @property
    def term(self):
        """Three monthly instalments."""
        terms = self.env["account.payment.term"]
        name = "En 3 fois sans frais"
        of_company = [("name", "=", name), ("company_id", "=", self.company.id)]
        return terms.search(of_company) or terms.create(
            {
                "name": name,
                "company_id": self.company.id,
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": part, "nb_days": days}
                    )
                    for part, days in ((33.34, 0), (33.33, 30), (33.33, 60))
                ],
            }
        )

    def post(self):
        """Create and post the invoices, oldest first; return them in that order."""
        self.moves = self.env["account.move"]
        journals = {
            journal.code: journal.id
            for journal in self.env["account.journal"].search(
                [("company_id", "=", self.company.id), ("type", "=", "sale")]
            )
        }
        doctors = self._practitioners()
        for start in range(0, len(self.bills), BATCH):
            values = [
                self._move_values(bill, journals, doctors)
                for bill in self.bills[start : start + BATCH]
            ]
            moves = self.env["account.move"].create(values)
            moves.action_post()
            self.moves |= moves
        self._mark_sent()
        return self.moves

    def _practitioners(self):
        manager = user_of(self.env, MANAGERS[self.practice.key]).partner_id
        colleague = self.env["res.partner"].create(
            {"name": COLLEAGUES[self.practice.key], "company_id": self.company.id}
        )
        return [manager.id, colleague.id]

    def _move_values(self, bill, journals, doctors):
        line = {"name": bill.label, "price_unit": bill.amount, "tax_ids": False}
        return {
            "move_type": "out_invoice",
            "partner_id": bill.partner.id,
            "journal_id": journals[bill.journal],
            "invoice_date": bill.day,
            "invoice_date_due": bill.day + timedelta(days=bill.days),
            "invoice_payment_term_id": False,
            "recouv_practitioner_id": doctors[bill.partner.id % 2],
            "invoice_line_ids": [Command.create(line)],
            **bill.values,
        }

    def _mark_sent(self):
        """Invoices are handed to the patients, but for the one that was forgotten."""
        (self.moves - self.marked("unsent")).is_move_sent = True

    def marked(self, mark):
        """Return the invoices with this oddity."""
        pairs = zip(self.bills, self.moves, strict=True)
        return self.env["account.move"].union(
            *(move for bill, move in pairs if bill.mark == mark)
        )

    # --- payments that came unasked ------------------------------------------------

    def pay(self):
        """Post the payments in one go and reconcile each with its invoice."""
        chosen = [
            (move, day, part)
            for bill, move in zip(self.bills, self.moves, strict=True)
            for day, part in bill.paid
        ]
        payments = self.receive(
            [(m, d, m.amount_total * part) for m, d, part in chosen]
        )
        self.env["account.move.line"]._reconcile_plan(
            [
                receivable(move) + receivable(payment.move_id)
                for (move, _day, _part), payment in zip(chosen, payments, strict=True)
            ]
        )

    def receive(self, wanted):
        """Post payments for [(invoice, day, sum)], not yet tied to the invoices."""
        journal = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "bank")], limit=1
        )
        payments = self.env["account.payment"].create(
            [
                {
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "partner_id": move.partner_id.id,
                    "amount": move.currency_id.round(amount),
                    "currency_id": move.currency_id.id,
                    "date": day,
                    "journal_id": journal.id,
                    "memo": move.name,
                }
                for move, day, amount in wanted
            ]
        )
        payments.action_post()
        return payments


def receivable(move):
    """Return the open receivable items of a move."""
    return move.line_ids.filtered(
        lambda item: item.account_type == "asset_receivable" and not item.reconciled
    )


def make_invoices(env, today, say):
    """Post the invoices of every practice."""
    _set_currency(env)
    for practice in PRACTICES:
        book = Book(env, practice, today)
        book.draw_all()
        book.post()
        book.pay()
        if practice.key in _ODDITIES:
            _ODDITIES[practice.key](book)
        say(
            f"{practice.name}: {len(book.patients)} patients, "
            f"{len(book.moves)} factures"
        )


def _set_currency(env):
    """The franc of the Swiss patient, at one rate."""
    franc = env.ref("base.CHF")
    franc.active = True
    env["res.currency.rate"].create(
        {"currency_id": franc.id, "name": date(2020, 1, 1), "rate": 0.94}
    )


# --- what is not simply paid or unpaid ----------------------------------------------


def _open_moves(book, partner):
    return book.moves.filtered(
        lambda move: move.partner_id == partner and move.payment_state == "not_paid"
    )


def _refund(book, move, amount):
    """Post a credit note on an invoice."""
    label = f"Avoir sur {move.name}"
    refund = book.env["account.move"].create(
        {
            "move_type": "out_refund",
            "partner_id": move.partner_id.id,
            "journal_id": move.journal_id.id,
            "reversed_entry_id": move.id,
            "invoice_date": book.days_ago(30),
            "invoice_line_ids": [
                Command.create({"name": label, "price_unit": amount, "tax_ids": False})
            ],
        }
    )
    refund.action_post()
    return refund


def _odd_kine(book):
    """A session cancelled with a credit note, a payment that nobody allocated."""
    first = _open_moves(book, book.role("twelve_sessions"))[:1]
    refund = _refund(book, first, first.amount_total)
    (receivable(first) + receivable(refund)).reconcile()
    second = _open_moves(book, book.role("english"))[:1]
    book.receive([(second, book.days_ago(72), 20.0)])


def _odd_medical(book):
    """More credit than debt; blocked; exempt from follow-up."""
    _refund(book, _open_moves(book, book.role("credit"))[:1], 75.0)
    book.marked("blocked").action_toggle_block_payment()
    receivable(book.marked("exempt")).no_followup = True


_ODDITIES = {"kine": _odd_kine, "medical": _odd_medical}
