from collections import defaultdict

from odoo import api, fields, models

from .recouv_courtesy import ELSEWHERE

# an open claim that is paid as agreed
AGREED = [
    ("closed_on", "=", False),
    ("plan_ids", "any", [("standing", "=", "running")]),
]


class RecouvCourtesy(models.Model):
    """What a courtesy message may still ask for, read again before it leaves."""

    _inherit = "recouv.courtesy"

    @api.model
    def _not_agreed(self, items):
        """Return those of these items that are not paid by a running agreement: the
        due date of their invoice was put off with the debtor."""
        return items.search(
            [("id", "in", items.ids), ("recouv_claim_ids", "not any", AGREED)],
            order="partner_id, date_maturity, id",
        )

    @api.model
    def _net_of(self, company, items):
        """Return {item: what its debtor still has to pay of it}.

        Payments under way and cheques held are taken off what they pay; open credits
        and payments laid on nothing yet, off what has been owed for longest.
        """
        debtors = items.partner_id.commercial_partner_id
        every = debtors._recouv_open_items(
            company, [("recouv_claim_ids", "not any", ELSEWHERE)]
        )
        owed = self.env["recouv.collection"]._owed_on(every)
        free, net = defaultdict(float), {}
        for payment in debtors._recouv_payments_on_account(company):
            free[_debtor_key(payment)] += payment.amount
        for item in every.filtered(lambda item: owed[item] < 0):
            free[_debtor_key(item)] -= owed[item]
        for item, later in self.env["recouv.cheque"]._held_on(every).items():
            owed[item] = max(owed[item] - later, 0.0)
        for item in every.filtered(lambda item: owed[item] > 0):
            used = min(free[_debtor_key(item)], owed[item])
            free[_debtor_key(item)] -= used
            net[item] = item.currency_id.round(owed[item] - used)
        return {item: net.get(item, 0.0) for item in items}

    def _asked_now(self):
        """Return the items and the sum this message may still speak of; a sum of 0 when
        nothing is owed."""
        self.ensure_one()
        items = self.move_line_ids
        if self.kind == "before_due":
            items = self._not_agreed(items)
        if self.kind in ("before_due", "statement"):
            net = self._net_of(self.company_id, items)
            return items.filtered(net.get), sum(net.values())
        if self.kind == "before_instalment":
            plan = self.env["recouv.plan"].browse(int(self.key.split()[1]))
            awaited = plan.standing == "running" and plan.next_due_date == self.date
            return items, plan.next_due_amount if awaited else 0.0
        return items, self.amount

    def _still_owed(self):
        """Read the sums again; what was paid or agreed on meanwhile is not sent, and
        says so."""
        standing = self.browse()
        for courtesy in self:
            items, amount = courtesy._asked_now()
            if courtesy.currency_id.compare_amounts(amount, 0) <= 0:
                paid = self.env._("Paid or agreed on meanwhile: nothing was sent.")
                courtesy.write({"state": "failed", "failure": paid})
                continue
            if courtesy.currency_id.compare_amounts(amount, courtesy.amount):
                courtesy.write(
                    {"amount": amount, "move_line_ids": [fields.Command.set(items.ids)]}
                )
            standing |= courtesy
        return standing


def _debtor_key(record):
    """Return to whom and in what currency an item or a payment counts."""
    return record.partner_id.commercial_partner_id, record.currency_id
