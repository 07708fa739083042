from collections import defaultdict

from odoo import Command, api, models
from odoo.tools import SQL

from ..lib.table_file import header_words
from .recouv_import_patients import QUIET

# what is asked of an invoice before its payment is written
PLANNED = ["name", "state", "amount_residual", "currency_id", "partner_id"]
CASH_WORDS = {"especes", "espece", "liquide", "cash", "numeraire"}


class RecouvImport(models.Model):
    """Rows of payments become Odoo's own payments, reconciled with their invoice."""

    _inherit = "recouv.import"

    # --- looking up ---------------------------------------------------------------

    def _invoices_by_number(self, numbers):
        """{outside number: move id}: imported, or invoices that carry it."""
        numbers = {number for number in numbers if number}
        known = self.env["recouv.import.key"]._known(
            self.company_id, "invoices", numbers
        )
        found = {number: move for number, (move, *_rest) in known.items()}
        missing = list(numbers - found.keys())
        if missing:
            found.update(self._invoices_by_reference(missing))
        return found

    def _invoices_by_reference(self, numbers):
        """Invoices made in Odoo, by name, reference or payment reference, if unique."""
        names = ["name", "ref", "payment_reference", "company_id", "state", "move_type"]
        self.env["account.move"].flush_model(names)
        # one look at the invoices for each column: asked for any of the three, each
        # number would go through all of them
        found = [
            SQL(
                """SELECT %(column)s AS number, id FROM account_move
                    WHERE %(column)s = ANY(%(numbers)s) AND company_id = %(company)s
                      AND state = 'posted' AND move_type = 'out_invoice'""",
                column=SQL.identifier(name),
                numbers=numbers,
                company=self.company_id.id,
            )
            for name in ("name", "ref", "payment_reference")
        ]
        rows = self.env.execute_query(
            SQL(
                "SELECT number, min(id) FROM (%s) f GROUP BY number"
                " HAVING count(*) = 1",
                SQL(" UNION ").join(found),
            )
        )
        return dict(rows)

    # --- planning -----------------------------------------------------------------

    def _plan_payments(self, items):
        self._recognise_former(items)
        moves = self._invoices_by_number(
            {i.values.get("invoice_number") for i in items}
        )
        partners = self._partners_by_number(
            {i.values.get("patient_number") for i in items}
        )
        open_moves = self.env["account.move"].browse(set(moves.values()))
        # these only: reading one field would fetch all, of a thousand invoices
        open_moves.fetch(PLANNED)
        left = {m.id: m.amount_residual for m in open_moves if m.state == "posted"}
        for item in items:
            self._plan_payment(item, moves, partners, left)
        self._warn_of_payments_here(items)

    def _plan_payment(self, item, moves, partners, left):
        values = item.values
        item.facts = {
            "amount": self._sum_of_payment(values),
            "date": str(values.get("date", "")),
        }
        known = item.vals.pop("known", None)
        if known is not None:
            self._plan_known_payment(item, known)
        elif self._check_payment(item):
            self._plan_new_payment(item, moves, partners, left)

    def _plan_known_payment(self, item, known):
        facts = known["facts"]
        item.action = "unchanged"
        if any(facts.get(name) != value for name, value in item.facts.items()):
            item.fail(
                self.env._(
                    "The payment was imported with another date or amount: correct it "
                    "in Odoo."
                )
            )

    def _check_payment(self, item):
        compare = self.company_id.currency_id.compare_amounts
        amount = item.values.get("amount")
        if not item.values.get("date"):
            item.fail(self.env._("The payment has no date."))
        elif amount is None or compare(float(amount), 0) == 0:
            item.fail(self.env._("The payment has no amount."))
        elif compare(float(amount), 0) < 0:
            item.fail(self.env._("A negative payment is a refund: enter it by hand."))
        return item.action != "error"

    def _plan_new_payment(self, item, moves, partners, left):
        number = item.values.get("invoice_number")
        move_id = moves.get(number)
        if number and move_id not in left:
            item.fail(self.env._("The invoice %s is not known here.", number))
            return
        partner_id = partners.get(item.values.get("patient_number"))
        if not move_id and not partner_id:
            who = item.values.get("patient_number", "")
            item.fail(self.env._("The patient %s is not known here.", who))
            return
        move = self.env["account.move"].browse(move_id or [])
        self._warn_of_rest(item, move, left)
        item.vals = {
            "move": move,
            "partner_id": move.partner_id.id or partner_id,
            "amount": float(item.values["amount"]),
            "date": item.values["date"],
            "memo": number or item.values.get("number") or self.name,
            "journal": self._payment_journal(item),
        }

    def _warn_of_rest(self, item, move, left):
        """What the payment is too much for its invoice stays with the patient."""
        amount = float(item.values["amount"])
        if not move:
            item.warn(self.env._("No invoice is named: the payment is not allocated."))
            return
        if move.currency_id.compare_amounts(amount, left[move.id]) > 0:
            item.warn(
                self.env._(
                    "More than what is due on %s: the rest is not allocated.", move.name
                )
            )
        left[move.id] = max(left[move.id] - amount, 0)

    def _payment_journal(self, item):
        mapping = self.mapping_id
        words = set(header_words(item.values.get("method", "")).split())
        in_cash = words & CASH_WORDS and mapping.cash_journal_id
        return in_cash or mapping.payment_journal_id

    # --- writing ------------------------------------------------------------------

    def _create_payments(self, items):
        payments = self._register_payments([item.vals for item in items])
        for item, payment in zip(items, payments, strict=True):
            item.target = payment.id

    def _update_payments(self, items):
        """Nothing of a payment may change."""

    def _register_payments(self, wanted):
        """Create, post and reconcile payments; return them in the order given.

        :param wanted: list of {"move", "partner_id", "amount", "date", "memo",
            "journal"}; an empty move leaves the payment unallocated
        """
        # invoices that were looked up one by one are read together
        invoices = self.env["account.move"].union(*(one["move"] for one in wanted))
        together = {invoice.id: invoice for invoice in invoices}
        wanted = [
            one | {"move": together.get(one["move"].id, one["move"])} for one in wanted
        ]
        # the entries are whole as they are made: no line to add, no tax to find
        payments = self.env["account.payment"].with_context(
            **QUIET, skip_invoice_sync=True
        )
        payments = payments.create([self._payment_vals(one) for one in wanted])
        payments.action_post()
        moves = [one["move"].with_context(**QUIET) for one in wanted]
        self._reconcile_payments(payments, moves)
        return payments

    def _payment_vals(self, one):
        vals = {
            "payment_type": "inbound",
            "partner_type": "customer",
            "company_id": self.company_id.id,
            "partner_id": one["partner_id"],
            "amount": one["amount"],
            "date": one["date"],
            "memo": one["memo"],
            "journal_id": one["journal"].id,
        }
        if move := one["move"]:
            items = move._recouv_receivable_items()
            vals["currency_id"] = move.currency_id.id
            vals["destination_account_id"] = items[:1].account_id.id
            # where entries wait for the bank, this link is what says “in payment”
            vals["invoice_ids"] = [Command.set(move.ids)]
        return vals

    @api.model
    def _reconcile_payments(self, payments, moves):
        """Set the entry of each payment, where it has one, against its invoice.

        In one plan, because Odoo's work around each reconciliation is most of it.
        """
        paying = defaultdict(self.env["account.move.line"].browse)
        for payment, move in zip(payments, moves, strict=True):
            if move:
                paying[move] |= _open_receivables(payment.move_id)
        plan = []
        for move, items in paying.items():
            due = _open_receivables(move)
            if items and due:
                plan.append(items | due)
        if plan:
            items = self.env["account.move.line"].with_context(
                **QUIET, skip_invoice_sync=True
            )
            items._reconcile_plan(plan)


def _open_receivables(move):
    return move.line_ids.filtered(
        lambda item: item.account_type == "asset_receivable" and not item.reconciled
    )
