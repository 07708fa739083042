from odoo import fields, models
from odoo.exceptions import UserError

from .recouv_insurance_cover import CODES
from .recouv_insurance_loss import INSURED


class RecouvInsuranceLossLine(models.Model):
    """One unpaid item of a loss, as it stood at the declaration."""

    _name = "recouv.insurance.loss.line"
    _inherit = ["recouv.evidence.mixin"]
    _description = "Unpaid item of a loss"
    _order = "loss_id, date_due, id"
    _check_company_auto = True

    loss_id = fields.Many2one(
        "recouv.insurance.loss", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="loss_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="loss_id.currency_id")
    move_line_id = fields.Many2one(
        "account.move.line",
        "Receivable",
        readonly=True,
        index=True,
        check_company=True,
        ondelete="set null",
    )
    move_id = fields.Many2one(
        "account.move", "Invoice", readonly=True, check_company=True
    )
    claim_id = fields.Many2one(
        "recouv.claim", readonly=True, index="btree_not_null", check_company=True
    )
    limit_id = fields.Many2one(
        "recouv.insurance.limit", readonly=True, index="btree_not_null"
    )
    reference = fields.Char("Number", readonly=True)
    invoice_date = fields.Date(readonly=True)
    date_due = fields.Date("Due date", readonly=True)
    code = fields.Selection(CODES, "Cover", readonly=True)
    amount_unpaid = fields.Monetary("Unpaid when declared", readonly=True)
    amount_limit = fields.Monetary("Limit", readonly=True)
    amount_covered = fields.Monetary("Within the limit", readonly=True)
    amount_open = fields.Monetary("Unpaid now", compute="_compute_amount_open")

    def _compute_amount_open(self):
        for line in self:
            line.amount_open = line._open_amount()

    def _is_insured(self):
        """Say whether the item counts: what was told too late, with a reason, is left
        to the insurer to decide."""
        late = self.code == "not_notified" and self.loss_id.late_note
        return bool(self.code in INSURED or late)

    def _insured_now(self):
        """Return the lines that count: as declared, or as covered now before that."""
        return self.filtered(lambda line: line._is_insured())

    # --- the books --------------------------------------------------------------------

    def _item(self):
        """Return the item that is open now: a doubtful one has moved with its claim."""
        # sudo: an item of the practice's own loss, for whoever reads the loss
        line = self.sudo()
        return (line.claim_id.move_line_id or line.move_line_id).exists()

    def _write_offs(self):
        """Return the write-offs that stand on the claim."""
        # sudo: the practice's own decision, of which only the sum is read
        acts = self.sudo().claim_id.write_off_ids
        return acts.filtered(lambda act: act.state == "decided")

    def _written_off(self):
        """Return what was given up of the item and not recovered, company currency."""
        total = 0.0
        for act in self._write_offs():
            standing = act.recovery_ids.filtered(lambda one: not one.undone_on)
            total += act.amount - sum(standing.mapped("amount"))
        return max(0.0, total)

    def _open_amount(self):
        """Return what is unpaid now in the books' currency, written off or not."""
        item = self._item()
        posted = item.parent_state == "posted" and not item.reconciled
        given_up = self._written_off() - self._income_received()
        return (item.amount_residual if posted else 0.0) + max(0.0, given_up)

    def _income_received(self):
        """Return what the insurer paid already for what was written off of it."""
        return self.loss_id._standing_payments()._income_of(self)

    def _unpaid_now(self):
        """Return what counts as unpaid: never more than what was declared."""
        if self.loss_id.declared_on:
            return min(self.amount_unpaid, self._open_amount())
        return self._open_amount()


class RecouvInsuranceLoss(models.Model):
    _inherit = "recouv.insurance.loss"

    def _unpaid_lines(self):
        """Return the items that are unpaid now: what was paid or sold while the notice
        was prepared is not told.

        :raise UserError: none is left
        """
        unpaid = self.line_ids.filtered(
            lambda line: line.currency_id.compare_amounts(line._open_amount(), 0) > 0
        )
        if not unpaid:
            raise UserError(
                self.env._(
                    "%s: nothing of it is unpaid here any more, it was paid or sold. "
                    "Withdraw it.",
                    self.display_name,
                )
            )
        return unpaid

    def _leave_out_paid(self):
        """Take what is not unpaid any more out of the notice."""
        gone = self.line_ids - self._unpaid_lines()
        if gone:
            gone._recording().unlink()
            self._set_delays()


class RecouvInsuranceCover(models.Model):
    _inherit = "recouv.insurance.cover"

    def _frozen_values(self):
        self.ensure_one()
        return {
            "code": self.code,
            "limit_id": self.limit_id.id,
            "amount_covered": self.amount_covered,
            "amount_limit": self.amount_limit,
        }

    def _loss_line_values(self):
        self.ensure_one()
        return {
            "move_line_id": self.move_line_id.id,
            "move_id": self.move_id.id,
            "claim_id": self.claim_id.id,
            # sudo: the number of an invoice that the cover shows to its reader
            "reference": self.claim_id.reference or self.sudo().move_id.name,
            "invoice_date": self.invoice_date,
            "date_due": self.date_due,
            "amount_unpaid": self.amount_residual,
            **self._frozen_values(),
        }

    def action_prepare_loss(self):
        """Prepare the overdue notice of these items now, before its delay ends.

        :raise UserError: an item that is in a loss already, or outside of any policy
        """
        self.env["recouv.insurance.loss"].check_access("write")
        for row in self:
            if row.loss_id or not row.policy_id:
                raise UserError(
                    self.env._(
                        "%s is in a loss already, or outside of any policy.",
                        row.display_name,
                    )
                )
        losses = self.env["recouv.insurance.loss"]._prepare(self)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib_factoring.recouv_insurance_loss_action"
        )
        if len(losses) == 1:
            return action | {"views": [(False, "form")], "res_id": losses.id}
        return action | {"domain": [("id", "in", losses.ids)], "context": {}}
