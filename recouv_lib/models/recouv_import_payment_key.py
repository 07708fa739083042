from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..lib import import_rows
from ..lib.table_file import header_words
from ..lib.table_values import written_forms

# of so many equal payments of a day, the former numbers are looked for
MAX_TWINS = 20


class RecouvImport(models.Model):
    """What tells one payment from another where the file gives them no number.

    Its invoice (or its patient, where none is named), day, sum and means. How the sum
    was written, a means or a patient mapped later make no other payment of it; another
    means does, be it in a file of its own. Numbers made before that were of the text as
    written: they are found, and made anew.
    """

    _inherit = "recouv.import"

    # --- its number ---------------------------------------------------------------

    def _number_of_payments(self, values, seen):
        """Twins of one file are numbered, so that the second of two equal payments of
        a day is not lost, and another export finds the same numbers.
        """
        invoice = values.get("invoice_number", "")
        patient = "" if invoice else values.get("patient_number", "")
        day = str(values.get("date", ""))
        amount = self._sum_of_payment(values)
        means = filter(None, [header_words(values.get("method", ""))])
        base = "~" + import_rows.digest(invoice, patient, day, amount, *means)
        number, rank = base, 1
        while self._seen_key(number) in seen:
            rank += 1
            number = f"{base}#{rank}"
        return number

    def _sum_of_payment(self, values):
        """The sum as a text, the same from a CSV and from a workbook."""
        amount = float(values.get("amount", 0))
        return str(self.company_id.currency_id.round(amount))

    # --- numbers made before ------------------------------------------------------

    def _recognise_former(self, items):
        """Find what was imported under a number made of the text as it was written."""
        new = [
            item
            for item in items
            if item.action == "create" and item.number.startswith("~")
        ]
        former = {item.number: self._former_numbers(item) for item in new}
        known = self.env["recouv.import.key"]._known(
            self.company_id, "payments", set().union(*former.values())
        )
        taken = set()
        for item in new:
            for number in former[item.number]:
                if number in known and number not in taken:
                    taken.add(number)
                    self._recognise(item, *known[number])
                    break

    def _former_numbers(self, item):
        """Return the numbers that this row may have had, the likeliest first."""
        values = item.values
        invoice, day = values.get("invoice_number", ""), str(values.get("date", ""))
        patient, means = values.get("patient_number", ""), values.get("method", "")
        # columns that were perhaps not mapped then
        patients = dict.fromkeys((patient, "") if invoice else (patient,))
        amount = values.get("amount", Decimal())
        rounded = Decimal(self._sum_of_payment(values))
        sums = [*written_forms(amount), *written_forms(rounded)]

        def bases(how):
            for who in patients:
                for text in dict.fromkeys(sums):
                    yield import_rows.digest(invoice, who, day, text, how)

        rank = min(int(item.number.partition("#")[2] or 1), MAX_TWINS)
        # of an import that goes on, the rows behind it have theirs
        twins = range(rank if self.line_done else 1, rank + 1)
        found = _twins(bases(means), twins)
        if means:  # without a means, rows of several were twins of one another
            who = "" if invoice else patient
            bare = import_rows.digest(invoice, who, day, self._sum_of_payment(values))
            found += _twins([bare, *bases("")], range(1, MAX_TWINS + 1))
        return found

    def _import_items(self, items):
        """EXTENDS: a payment found by its former number is known by the new one."""
        if self.kind == "payments":
            Key = self.env["recouv.import.key"].sudo()  # written by the import alone
            numbers = {item.key: item.number for item in items if item.key}
            for key in Key.browse(numbers):
                if key.number != numbers[key.id]:
                    key.number = numbers[key.id]
        return super()._import_items(items)

    # --- the same payment, come by another way ------------------------------------

    def _warn_of_payments_here(self, items):
        """Tell of new payments that resemble one of their invoice: same day and sum.

        It was taken at the desk, came with the bank or with another file; it may be a
        second one all the same, so it is not refused.
        """
        new = [item for item in items if item.action == "create" and item.vals["move"]]
        here = self._payments_here(new)
        standing = {item.key for item in items if item.key}
        for item in new:
            move, day = item.vals["move"], item.vals["date"]
            for name, sums, key, number in here.get((move.id, day), ()):
                same = any(
                    move.currency_id.compare_amounts(one, item.vals["amount"]) == 0
                    for one in sums
                )
                if same and key not in standing and not _came_alike(item, number):
                    item.warn(
                        self.env._(
                            "%(invoice)s has a payment of this day and sum already: "
                            "%(payment)s. If it is the same, cancel one of the two.",
                            invoice=move.name,
                            payment=name,
                        )
                    )
                    break

    def _payments_here(self, items):
        """Return {(invoice id, day): [(name, sums, id of its key, its number)]}."""
        if not items:
            return {}
        found = {}
        for move, day, *payment in self.env.execute_query(self._sql_here(items)):
            name, part, whole, key, number = payment
            one = (name, (part, whole), key, number)
            found.setdefault((move, day), []).append(one)
        return found

    @api.model
    def _sql_here(self, items):
        for model in ("move", "move.line", "partial.reconcile", "payment"):
            self.env[f"account.{model}"].flush_model()
        self.env["recouv.import.key"].flush_model()
        return SQL(
            """SELECT d.move_id, COALESCE(p.date, e.date), COALESCE(p.name, e.name),
                      r.debit_amount_currency, abs(c.amount_currency), k.id, k.number
                 FROM account_move_line d
                 JOIN account_partial_reconcile r ON r.debit_move_id = d.id
                 JOIN account_move_line c ON c.id = r.credit_move_id
                 JOIN account_move e ON e.id = c.move_id
                 LEFT JOIN account_payment p ON p.id = e.origin_payment_id
                 LEFT JOIN recouv_import_key k ON k.payment_id = p.id
                WHERE d.move_id = ANY(%(moves)s)
                  AND COALESCE(p.date, e.date) = ANY(%(days)s)
                  AND (p.id IS NOT NULL OR e.statement_line_id IS NOT NULL)
                UNION
               SELECT x.invoice_id, p.date, p.name, p.amount, p.amount, k.id, k.number
                 FROM account_move__account_payment x
                 JOIN account_payment p ON p.id = x.payment_id
                 LEFT JOIN recouv_import_key k ON k.payment_id = p.id
                WHERE x.invoice_id = ANY(%(moves)s) AND p.date = ANY(%(days)s)
                  AND p.state IN ('in_process', 'paid')
                  AND p.payment_type = 'inbound'
                ORDER BY 1, 2, 3""",
            moves=list({item.vals["move"].id for item in items}),
            days=list({item.vals["date"] for item in items}),
        )


def _twins(bases, numbers):
    """Return the numbers that equal payments of one file had."""
    bases = [f"~{base}" for base in bases]
    return [b if n == 1 else f"{b}#{n}" for n in numbers for b in bases]


def _came_alike(item, number):
    """Whether a payment came as this row does: with a number, or as its twin."""
    if not number:
        return False
    if not item.number.startswith("~"):
        return not number.startswith("~")
    return number.partition("#")[0] == item.number.partition("#")[0]
