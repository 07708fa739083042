from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.recouv_lib.models.account_move_screens import READERS

from .recouv_assignment_line import LINE_STATES, OFFERED


class AccountMove(models.Model):
    """Offering invoices for sale, and where the offer stands."""

    _inherit = "account.move"

    recouv_assignment_line_ids = fields.One2many(
        "recouv.assignment.line", "move_id", "Offers for sale", groups=READERS
    )
    recouv_sale_state = fields.Selection(
        LINE_STATES,
        "Sale",
        compute="_compute_recouv_sale_state",
        search="_search_recouv_sale_state",
        groups=READERS,
    )
    recouv_can_be_sold = fields.Boolean(
        compute="_compute_recouv_can_be_sold", groups=READERS
    )

    def _compute_recouv_sale_state(self):
        lines = self.env["recouv.assignment.line"].search(
            [("move_id", "in", self.ids)], order="id desc"
        )
        for move in self:
            latest = lines.filtered(lambda line, move=move: line.move_id == move)[:1]
            move.recouv_sale_state = latest.state

    def _search_recouv_sale_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        states = [state for state in value if state]
        found = fields.Domain(
            "recouv_assignment_line_ids", "any", [("state", "in", states)]
        )
        if False in value:
            return found | fields.Domain("recouv_assignment_line_ids", "=", False)
        return found

    def _compute_recouv_can_be_sold(self):
        today, contracts = (
            fields.Date.context_today(self),
            self.env["recouv.factoring.contract"],
        )
        sells = {
            company: bool(contracts._in_force(company, today))
            for company in self.company_id
        }
        open_items = self._recouv_items_to_sell()
        for move in self:
            move.recouv_can_be_sold = bool(
                sells.get(move.company_id)
                and move.state == "posted"
                and move.move_type in ("out_invoice", "out_receipt")
                and open_items.get(move)
            )

    def _recouv_items_to_sell(self):
        """Return {invoice: its open receivables that are neither sold nor on offer},
        its own maturities and what it is owed on since a transfer."""
        lines = self.env["recouv.assignment.line"]
        offered = lines.search(
            [("move_id", "in", self.ids), ("state", "in", OFFERED)]
        ).origin_line_id
        unpaid = self.filtered(lambda m: m.payment_state in ("not_paid", "partial"))
        own = unpaid.line_ids.filtered(
            lambda item: item.display_type == "payment_term" and not item.reconciled
        )
        found = {item: item.move_id for item in own - offered}
        found |= (self._recouv_moved_items() - offered)._recouv_documents()
        by_move = {}
        for item, move in found.items():
            by_move.setdefault(move, item.browse())
            by_move[move] |= item
        return by_move

    def action_recouv_sell(self):
        """Put these invoices on the next schedule, and open it to look and submit.

        :raise UserError: no invoice to sell among them, or no contract in force
        """
        self.env["recouv.assignment"].check_access("create")
        invoices = self.filtered(
            lambda move: (
                move.state == "posted"
                and move.move_type in ("out_invoice", "out_receipt")
            )
        )
        items = invoices.line_ids.filtered(
            lambda item: item.display_type == "payment_term" and not item.reconciled
        )
        items |= invoices._recouv_moved_items()
        if not items:
            raise UserError(
                self.env._("There is no posted, unpaid invoice to sell among these.")
            )
        return self.env["recouv.assignment"]._offer(items).action_open()

    def _recouv_moved_items(self):
        """Return the open items on which these invoices are owed since a transfer."""
        transfers = self.env["recouv.transfer"]
        return transfers._items_still_owed([("invoice_id", "in", self.ids)])
