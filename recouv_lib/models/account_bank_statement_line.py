import logging

from odoo import Command, fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)


class AccountBankStatementLine(models.Model):
    """Movements of the bank: where they come from, and what they pay.

    Matching writes only the entry of the movement itself: the line on the suspense
    account gives way to lines on the debtors' accounts, each reconciled with its item.
    Claims read what follows from the books; nothing here writes them.
    """

    _inherit = "account.bank.statement.line"

    recouv_bank_reference = fields.Char(
        "Bank's unique reference",
        readonly=True,
        copy=False,
        help="What makes this movement unique on its account: an import that brings it "
        "again leaves it out.",
    )
    recouv_entry_reference = fields.Char(
        "Bank's entry",
        readonly=True,
        copy=False,
        help="The bank's entry of which this movement is a part.",
    )
    recouv_import_id = fields.Many2one(
        "recouv.bank.import", "Bank file", readonly=True, index="btree_not_null"
    )
    recouv_match_ids = fields.One2many(
        "recouv.bank.match", "statement_line_id", "Proposed matches", readonly=True
    )

    _recouv_bank_reference_uniq = models.UniqueIndex(
        "(journal_id, recouv_bank_reference) WHERE recouv_bank_reference IS NOT NULL",
        "This movement of the bank has been imported already.",
    )
    # Answers "which of these entries are here already" during an import.
    _recouv_entry_reference_idx = models.Index(
        "(journal_id, recouv_entry_reference) WHERE recouv_entry_reference IS NOT NULL"
    )

    def action_undo_reconciliation(self):
        """EXTENDS 'account': a match that is undone here is no longer applied."""
        result = super().action_undo_reconciliation()
        if not self:  # Odoo undoes nothing with each item that it writes
            return result
        # As superuser: whoever may undo the movement may not write proposals by hand.
        applied = self.sudo().recouv_match_ids.filtered(lambda m: m.state == "applied")
        applied.write({"state": "undone"})
        return result

    # --- proposals ---------------------------------------------------------------

    def _recouv_is_waiting(self):
        """True if nobody has said yet what this posted movement is."""
        self.ensure_one()
        if self.is_reconciled or self.state != "posted":
            return False
        _liquidity, suspense, other = self._seek_for_lines()
        return bool(suspense) and not other

    def _recouv_propose(self, automatic=True):
        """Look for what these movements pay and keep the proposals.

        What was proposed before and not applied is replaced. With ``automatic``, a
        proposal at or above the company's threshold is applied at once. The number of
        queries does not depend on the number of movements.

        :return: the ``recouv.bank.match`` records made
        """
        # Browsed anew, so that all are read together, wherever they come from.
        lines = self.browse(self.ids)
        waiting = lines.filtered(lambda line: line._recouv_is_waiting())
        if not waiting:
            return self.env["recouv.bank.match"]
        found = self.env["recouv.bank.matcher"]._propose(waiting)
        matches = self.env["recouv.bank.match"]._replace(waiting, found)
        if automatic:
            matches._apply_certain()
        matches = matches.exists()  # what was not chosen is gone
        matches._fill_other_screen()
        return matches

    def _recouv_propose_or_tell(self):
        """Look again for what these pay; a refusal stops no other batch."""
        try:
            with self.env.cr.savepoint():
                self._recouv_propose()
        except UserError as error:
            _logger.warning("Bank movements %s wait: %s", self.ids, error)

    # --- writing the books -------------------------------------------------------

    def _recouv_settle(self, given, partner, currency):
        """Say what this movement pays, in the books; all of it or nothing.

        :param given: list of (item, amount), the amount with the sign of the item's
            residual, in ``currency`` (one of the movement's)
        :param partner: debtor for whom what is left stays as an open credit
        :raise UserError: when an item or the movement changed since, or is being
            changed by someone else
        """
        self.ensure_one()
        items = self.env["account.move.line"].union(*(item for item, _sum in given))
        self._recouv_lock(items)
        self._recouv_check(given, currency)
        with self.env.cr.savepoint():
            lines = self._recouv_write_counterparts(given, partner, currency)
            pairs = zip(lines, given, strict=False)
            plan = [line | item for line, (item, _amount) in pairs]
            if plan:
                self.env["account.move.line"]._reconcile_plan(plan)
            if not self.is_reconciled:
                raise UserError(self.env._("This movement could not be matched whole."))

    def _recouv_lock(self, items):
        """Two people, or a cashier, may be at the same item: the second one is told."""
        self._recouv_lock_rows()
        items._recouv_lock_rows()

    def _recouv_check(self, given, currency):
        """Nothing is given that is not open any more."""
        if not self._recouv_is_waiting():
            raise UserError(
                self.env._(
                    "“%(label)s” is matched already. Undo that match first.",
                    label=self.payment_ref or self.display_name,
                )
            )
        for item, amount in given:
            self._recouv_check_item(item, amount, currency)

    def _recouv_check_item(self, item, amount, currency):
        # The company itself or one of its branches.
        if self.company_id not in item.company_id.parent_ids:
            raise UserError(self.env._("An item of another company cannot be paid."))
        residual = item.amount_residual_currency
        # An item in a third currency is limited by the reconciliation itself.
        excess = item.currency_id == currency and (
            currency.compare_amounts(abs(amount), abs(residual)) > 0
            or amount * residual < 0
        )
        if item.reconciled or item.parent_state != "posted" or excess:
            raise UserError(
                self.env._(
                    "%(number)s has changed since this match was proposed. "
                    "Search again.",
                    number=item.move_name or item.name or "/",
                )
            )

    def _recouv_write_counterparts(self, given, partner, currency):
        """Replace the suspense line; return the new lines in the order of ``given``."""
        liquidity, suspense, _other = self._seek_for_lines()
        vals_list = self._recouv_counterparts(given, partner, currency, suspense)
        commands = [Command.delete(line.id) for line in suspense]
        commands += [Command.create(vals) for vals in vals_list]
        self.move_id.with_context(
            skip_account_move_synchronization=True,
            skip_readonly_check=True,
            force_delete=True,
        ).write({"line_ids": commands})
        return (self.move_id.line_ids - liquidity).sorted("id")

    def _recouv_counterparts(self, given, partner, currency, suspense):
        """Values of the lines that take the place of the suspense line.

        The last one takes what rounding leaves, so that the entry balances to the cent.
        """
        vals_list = [
            self._recouv_counterpart(item, amount, currency) for item, amount in given
        ]
        whole = sum(suspense.mapped("amount_currency"))
        rest = whole - sum(vals["amount_currency"] for vals in vals_list)
        if not vals_list or self._recouv_is_rest(rest, suspense, vals_list, currency):
            self._recouv_check_rest(rest, whole)
            vals_list.append(self._recouv_rest(given, partner, suspense))
        *others, last = vals_list
        for name in ("amount_currency", "balance"):
            whole = sum(suspense.mapped(name))
            last[name] = whole - sum(vals[name] for vals in others)
        return vals_list

    def _recouv_check_rest(self, rest, whole):
        """A movement cannot pay more than it is: that would make up a debt."""
        if rest * whole < 0:
            raise UserError(
                self.env._("More is given to invoices than this movement brings.")
            )

    def _recouv_is_rest(self, rest, suspense, vals_list, currency):
        """A real rest, not the cent that converting each part has left."""
        if currency == suspense.currency_id:
            return not currency.is_zero(rest)
        cent = suspense.currency_id.rounding
        return abs(rest) > cent * len(vals_list)

    def _recouv_counterpart(self, item, amount, currency):
        company_currency = self.company_id.currency_id
        amounts = self._prepare_counterpart_amounts_using_st_line_rate(
            currency, -amount if currency == company_currency else 0.0, -amount
        )
        return {
            "name": self.payment_ref or item.move_name,
            "account_id": item.account_id.id,
            "partner_id": item.partner_id.id,
            "currency_id": self._recouv_transaction_currency().id,
            "amount_currency": amounts["amount_currency"],
            "balance": amounts["balance"],
        }

    def _recouv_rest(self, given, partner, suspense):
        """What is paid too much stays open for the debtor."""
        receivable = self.env["account.account"].union(
            *(item.account_id for item, _amount in given)
        )
        receivable = receivable.filtered(
            lambda account: account.account_type == "asset_receivable"
        )
        owner = partner.with_company(self.company_id)
        account = receivable[:1] or owner.property_account_receivable_id
        return {
            "name": self.payment_ref or "/",
            "account_id": account.id,
            "partner_id": partner.id,
            "currency_id": suspense.currency_id.id,
        }

    def _recouv_transaction_currency(self):
        return self.foreign_currency_id or self.currency_id
