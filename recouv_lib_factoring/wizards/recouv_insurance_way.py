from odoo import api, fields, models
from odoo.exceptions import UserError


class RecouvInsuranceWay(models.AbstractModel):
    """By which way money came or went: a bank journal, or a movement of the bank."""

    _name = "recouv.insurance.way"
    _description = "Way of money of a credit insurance"

    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(required=True, default=fields.Date.context_today)
    way = fields.Selection(
        [
            ("statement", "On the bank's statement"),
            ("journal", "Entered in a bank journal"),
        ],
        "It is",
        required=True,
        default="statement",
    )
    movement_ids = fields.Many2many(
        "account.bank.statement.line", compute="_compute_movement_ids"
    )
    movement_id = fields.Many2one(
        "account.bank.statement.line",
        "Bank movement",
        domain="[('id', 'in', movement_ids)]",
    )
    journal_id = fields.Many2one(
        "account.journal",
        "Bank journal",
        domain="[('company_id', '=', company_id), ('type', '=', 'bank')]",
    )

    def _compute_company_id(self):
        raise NotImplementedError

    def _wanted(self):
        """Return the sum that the movement must have, signed as the bank does."""
        raise NotImplementedError

    def _wanted_fields(self):
        return []

    @api.depends(lambda self: self._wanted_fields())
    def _compute_movement_ids(self):
        for wizard in self:
            wanted = wizard._wanted()
            # sudo: open movements of the practice's own bank, to choose from
            movements = (
                self.env["account.bank.statement.line"]
                .sudo()
                .search(
                    [
                        ("company_id", "=", wizard.company_id.id),
                        ("is_reconciled", "=", False),
                        ("amount", "=", wanted),
                    ],
                    limit=80,
                )
            )
            wizard.movement_ids = movements.filtered("id") if wanted else False

    def _way(self):
        """Return the journal or the movement, as the methods of the money want it."""
        if self.way == "statement" and not self.movement_id:
            raise UserError(self.env._("Choose the movement of the bank."))
        if self.way == "journal" and not self.journal_id:
            raise UserError(self.env._("Choose the bank journal."))
        if self.way == "journal":
            return {"journal": self.journal_id, "movement": None}
        return {"journal": None, "movement": self.movement_id}
