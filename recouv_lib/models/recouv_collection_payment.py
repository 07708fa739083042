from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command


class RecouvCollection(models.Model):
    """How a collection becomes a payment of Odoo that lands as asked.

    Odoo reconciles a credit with as much of each item as it can, in its own order. To
    put exact parts on several items, the entry of the payment is cut: one line pays
    items in full and at most one in part, each further part has its own line.
    """

    _inherit = "recouv.collection"

    def _pay(self, on, method_line=None):
        """Make the payment of this collection, dated ``on``, and reconcile it.

        :param method_line: instead of the one chosen when the money was taken
        :raise UserError: an item was paid or changed meanwhile
        """
        self.ensure_one()
        given = [(line.move_line_id, line.amount) for line in self.line_ids]
        self._lock_items(given)
        self._check_lines(
            {
                "lines": given,
                "company": self.company_id,
                "partner": self.partner_id,
                "currency": self.currency_id,
            }
        )
        left = self._use_credits(given)
        if not self.currency_id.is_zero(self.amount):
            line = method_line or self.method_line_id
            self._record({"payment_id": self._make_payment(left, on, line).id})
        return self.payment_id

    def _make_payment(self, given, on, method_line):
        items = self.env["account.move.line"].union(*(item for item, _part in given))
        payment = self.env["account.payment"].create(
            self._payment_vals(items, on, method_line)
        )
        if not payment.outstanding_account_id:
            payment.action_post()  # the bank will confirm it: no entry until then
            return payment
        discounts = self._discounts(given, on)
        given = [(item, part + discounts.get(item, 0.0)) for item, part in given]
        remitted = self._discount_items(discounts)
        cuts = self._cuts(
            given, payment.destination_account_id, sum(discounts.values())
        )
        payment._generate_journal_entry(
            line_ids=self._entry_lines(payment, cuts, remitted)
        )
        payment.action_post()
        _liquidity, counterparts, _others = payment._seek_for_lines()
        self._reconcile_cuts(counterparts.sorted("id"), cuts)
        self._record_discounts(discounts)
        return payment

    def _payment_vals(self, items, on, method_line):
        if not method_line:
            raise UserError(
                self.env._(
                    "%(company)s has no journal for this way to pay: choose one.",
                    company=self.company_id.name,
                )
            )
        return {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "amount": self.amount,
            "currency_id": self.currency_id.id,
            "date": on,
            "journal_id": method_line.journal_id.id,
            "payment_method_line_id": method_line.id,
            "memo": self.memo or self.name,
            "recouv_method": self.method,
            "invoice_ids": [Command.set(items.move_id.ids)],
        }

    # --- credits of the debtor ------------------------------------------------------

    @api.model
    def _use_credits(self, given):
        """Lay the credits that are used on the items, in full ones first.

        :return: list of (item, amount) that remains for the money received
        :raise UserError: a credit cannot be split as asked
        """
        left = {item: part for item, part in given if part > 0}
        for credit, part in given:
            if part < 0:
                self._use_credit(credit, -part, left)
        return [(item, part) for item, part in left.items() if part]

    @api.model
    def _use_credit(self, credit, wanted, left):
        currency = credit.currency_id
        order = sorted(
            left,
            key=lambda item: (left[item] < item.amount_residual_currency, -left[item]),
        )
        for item in order:
            part = currency.round(min(wanted, left[item]))
            if currency.is_zero(part):
                continue
            self._check_natural(credit, item, part)
            (credit | item).reconcile()
            left[item] = currency.round(left[item] - part)
            wanted = currency.round(wanted - part)
        if not currency.is_zero(wanted):
            raise UserError(
                self.env._(
                    "%(credit)s: more of it is used than is laid on invoices.",
                    credit=credit.move_name,
                )
            )

    @api.model
    def _check_natural(self, credit, item, part):
        """Odoo offsets as much of two items as it can: no other sum can be asked."""
        natural = min(-credit.amount_residual_currency, item.amount_residual_currency)
        if credit.currency_id.compare_amounts(part, natural):
            raise UserError(
                self.env._(
                    "%(credit)s can only be set against as much of %(number)s as it "
                    "covers: use the whole credit, or pay the invoice in full.",
                    credit=credit.move_name,
                    number=item.move_name,
                )
            )

    # --- the entry ------------------------------------------------------------------

    def _cuts(self, given, account, remitted=0.0):
        """Cut the sum into lines that Odoo can only reconcile as asked.

        :param account: where what is laid on nothing stays, as a credit
        :param remitted: discounts that are part of what is given
        :return: list of [account, amount, items paid in full, item paid in part]
        """
        cuts, none = [], self.env["account.move.line"]
        for target, pairs in _by_account(given).items():
            whole = [pair for pair in pairs if _is_whole(*pair)]
            partial = [pair for pair in pairs if not _is_whole(*pair)]
            first, *others = partial or [(none, 0.0)]
            items = none.union(*(item for item, _part in whole))
            amount = sum(part for _item, part in whole) + first[1]
            cuts.append([target, amount, items, first[0]])
            cuts += [[target, part, none, item] for item, part in others]
        given = sum(cut[1] for cut in cuts)
        rest = self.currency_id.round(self.amount + remitted - given)
        if not self.currency_id.is_zero(rest):
            self._add_rest(cuts, rest, account)
        return cuts

    def _add_rest(self, cuts, rest, account):
        """What is left joins a line that pays in full only, else has its own."""
        none = self.env["account.move.line"]
        for cut in cuts:
            if cut[0] == account and not cut[3]:
                cut[1] += rest
                return
        cuts.append([account, rest, none, none])

    @api.model
    def _entry_lines(self, payment, cuts, remitted=()):
        """Return the commands of the payment's lines; the last takes the rounding.

        :param remitted: values of further lines, which book discounts
        """
        liquidity, counterpart = payment._prepare_move_line_default_vals()
        whole = counterpart.pop("debit") - counterpart.pop("credit")
        whole -= sum(vals["balance"] for vals in remitted)
        company, vals_list = payment.company_id, []
        for account, amount, _items, _partial in cuts:
            balance = payment.currency_id._convert(
                -amount, company.currency_id, company, payment.date
            )
            vals_list.append(
                {
                    **counterpart,
                    "account_id": account.id,
                    "amount_currency": -amount,
                    "balance": balance,
                }
            )
        vals_list[-1]["balance"] += company.currency_id.round(
            whole - sum(vals["balance"] for vals in vals_list)
        )
        return [Command.create(vals) for vals in [liquidity, *vals_list, *remitted]]

    @api.model
    def _reconcile_cuts(self, counterparts, cuts):
        for line, (_account, _amount, whole, partial) in zip(
            counterparts, cuts, strict=True
        ):
            # in full first: what then is left of the line is the part that was asked
            for items in (whole, partial):
                if items:
                    (line | items).reconcile()

    # --- again, after a bounce was undone -------------------------------------------

    def _paid_lines(self):
        """Return the lines that the money itself paid, wholly or beside a credit."""
        return self.line_ids.filtered(
            lambda line: line.currency_id.compare_amounts(line._by_money(), 0) > 0
        )

    def _reconcile_again(self):
        """Lay the payment again on what it paid, as far as that is still open."""
        _liquidity, counterparts, _others = self.payment_id._seek_for_lines()
        paid = self._paid_lines()
        items = paid.move_line_id.filtered(
            lambda item: item.parent_state == "posted" and not item.reconciled
        )
        given = [
            (line.move_line_id, line._by_money())
            for line in paid
            if line.move_line_id in items
        ]
        cuts = self._cuts(given, self.payment_id.destination_account_id)
        sums = [self.currency_id.round(cut[1]) for cut in cuts]
        lines = counterparts.sorted("id")
        if sums == [-line.amount_residual_currency for line in lines]:
            self._reconcile_cuts(lines, cuts)
            return
        for item in items:  # something changed: the oldest first, nothing invented
            open_lines = lines.filtered(lambda line: not line.reconciled)
            if open_lines:
                (open_lines | item).reconcile()


def _by_account(given):
    groups = {}
    for item, part in given:
        groups.setdefault(item.account_id, []).append((item, part))
    return groups


def _is_whole(item, part):
    return not item.currency_id.compare_amounts(part, item.amount_residual_currency)
