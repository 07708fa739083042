from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..lib import matching
from ..models.recouv_bank_matcher import Batch, from_units, to_units


class RecouvBankMatchWizard(models.TransientModel):
    """A person says what a movement pays: one invoice, several, or a part of one."""

    _name = "recouv.bank.match.wizard"
    _description = "Choose what a bank movement pays"

    match_id = fields.Many2one("recouv.bank.match", required=True, readonly=True)
    company_id = fields.Many2one(related="match_id.company_id")
    date = fields.Date(related="match_id.date")
    label = fields.Char(related="match_id.label")
    payer_name = fields.Char(related="match_id.payer_name")
    amount = fields.Monetary(related="match_id.amount")
    currency_id = fields.Many2one(related="match_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner",
        "Debtor",
        help="Whose invoices are paid; the payer may be someone else.",
    )
    number = fields.Char("Add the invoice", help="Number of an invoice, of any debtor.")
    line_ids = fields.One2many("recouv.bank.match.wizard.line", "wizard_id")
    rest = fields.Monetary(
        "Left over", compute="_compute_rest", help="Stays open for the debtor."
    )

    @api.model
    def default_get(self, fields):
        """Start from what was proposed."""
        values = super().default_get(fields)
        match = self.env["recouv.bank.match"].browse(values.get("match_id"))
        if match and "partner_id" in fields:
            values["partner_id"] = match.partner_id.id
        return values

    @api.depends("line_ids.amount", "amount")
    def _compute_rest(self):
        for wizard in self:
            wizard.rest = wizard.amount - sum(wizard.line_ids.mapped("amount"))

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        """Show what the debtor owes, the amount spread over the oldest."""
        self.line_ids = [Command.clear()] + [
            Command.create(vals) for vals in self._lines_of_partner()
        ]

    @api.onchange("number")
    def _onchange_number(self):
        """Add the items of an invoice by its number, as people write it."""
        if not self.number:
            return None
        present = set(self.line_ids.mapped("item_id"))
        items = self._search_number().filtered(lambda item: item.id not in present)
        if not items:
            text = self.env._("No open invoice has the number %(n)s.", n=self.number)
            return {"warning": {"title": self.number, "message": text}}
        self.number = False
        self.partner_id = self.partner_id or items[:1].partner_id
        self.line_ids = [Command.create(self._line_vals(item)) for item in items]
        return None

    # --- actions -----------------------------------------------------------------

    def action_apply(self):
        """Match the movement with what was chosen."""
        self.ensure_one()
        self.match_id._check_may_match()
        match = self._to_match()
        match._apply()
        return {"type": "ir.actions.act_window_close"}

    # --- business ----------------------------------------------------------------

    def _to_match(self):
        """The choice as a match of its own, in place of what was proposed."""
        chosen = self.line_ids.filtered(lambda line: not self._is_zero(line.amount))
        partner = self.partner_id or chosen[:1].partner_id
        if not partner:
            raise UserError(self.env._("Say whose debt this movement pays."))
        # sudo: the movement of a match that the user may read
        st_line = self.match_id.sudo().statement_line_id
        items = self._items(Domain("id", "in", chosen.mapped("item_id")))
        by_id = {item.id: item for item in items}
        lines = [
            self._allocation_vals(by_id.get(line.item_id), line.amount)
            for line in chosen
        ]
        vals = {
            "rule": "manual",
            "score": 100,
            "reasons": [["manual", {}]],
            "partner_id": partner.commercial_partner_id.id,
            "match_currency_id": self.currency_id.id,
            "rest": self.rest,
            "line_ids": [Command.create(vals) for vals in lines],
        }
        return self.env["recouv.bank.match"]._replace(st_line, {st_line.id: [vals]})

    def _is_zero(self, amount):
        return self.currency_id.is_zero(amount)

    def _allocation_vals(self, item, amount):
        if not item:
            raise UserError(self.env._("An invoice is not open any more."))
        matcher = self.env["recouv.bank.matcher"]
        vals = matcher._allocation_vals(self.company_id, item, 0, item.currency_id)
        return {**vals, "amount": amount}

    def _items(self, domain):
        """Open items of the movement's company.

        As superuser, because the items of branches are not all for a secretary;
        limited to the company of the match, whose access was checked.
        """
        match = self.match_id
        # sudo: see above
        batch = Batch(match.sudo().statement_line_id, match.company_id)
        matcher = self.env["recouv.bank.matcher"].sudo()
        return matcher.env["account.move.line"].search(
            matcher._open_domain(batch) & domain, order="date_maturity, id", limit=200
        )

    def _search_number(self):
        """Open items whose number a text names; as written, else nearly."""
        keys = matching.number_keys(self.number)
        items = self._items(Domain("move_name", "ilike", self.number))
        if items or not keys:
            return items
        figures = max(keys, key=len)
        near = self._items(Domain("move_name", "ilike", figures.lstrip("0")))
        return near.filtered(
            lambda item: matching.compare_number(item.move_name, self.number)
        )

    def _lines_of_partner(self):
        """Items of the debtor, the proposed ones with what was proposed for them."""
        if not self.partner_id:
            return []
        debtor = self.partner_id.commercial_partner_id
        items = self._items(Domain("partner_id", "=", debtor.id))
        # sudo: ids only, of items that _items lists to the user
        proposed = {
            line.sudo().move_line_id.id: line.amount for line in self.match_id.line_ids
        }
        if not proposed.keys() & set(items.ids):
            proposed = self._spread(items)
        return [
            {**self._line_vals(item), "amount": proposed.get(item.id, 0.0)}
            for item in items
        ]

    def _spread(self, items):
        currency = self.currency_id
        same = items.filtered(lambda item: item.currency_id == currency)
        book = list(self.env["recouv.bank.matcher"]._book_items(same))
        units = to_units(self.amount, currency)
        _fit, chosen = matching.choose(units, book)
        given = [(item.id, item.residual) for item in chosen]
        given = given or matching.spread(units, book)[0]
        return {item_id: from_units(part, currency) for item_id, part in given}

    def _line_vals(self, item):
        return {
            "item_id": item.id,
            "name": item.move_name or item.name,
            "partner_id": item.partner_id.id,
            "date_due": item.date_maturity or item.date,
            "item_currency_id": item.currency_id.id,
            "residual": item.amount_residual_currency,
            "amount": 0.0,
        }


class RecouvBankMatchWizardLine(models.TransientModel):
    _name = "recouv.bank.match.wizard.line"
    _description = "Item that a bank movement may pay"

    wizard_id = fields.Many2one("recouv.bank.match.wizard", ondelete="cascade")
    # A number, not a link: an item of a branch need not be one the user reads. It is
    # checked against the open items of the company when it is used.
    item_id = fields.Integer()
    name = fields.Char("Number")
    partner_id = fields.Many2one("res.partner", "Debtor")
    date_due = fields.Date("Due date")
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    item_currency_id = fields.Many2one("res.currency")
    residual = fields.Monetary("Still open", currency_field="item_currency_id")
    amount = fields.Monetary("Paid by this movement")
