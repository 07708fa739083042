from odoo import api, fields, models
from odoo.exceptions import UserError

from .account_move_screens import READERS


class AccountMove(models.Model):
    """Agreeing from an invoice, also before it is due."""

    _inherit = "account.move"

    recouv_plan_id = fields.Many2one(
        "recouv.plan",
        "Settlement agreement",
        readonly=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
        groups=READERS,
        help="The settlement whose rest this credit note remits.",
    )

    # --- posting --------------------------------------------------------------------

    def _reconcile_reversed_moves(self, reverse_moves, move_reverse_cancel):
        """EXTENDS 'account': what a settlement remits is netted with its own items
        alone, by the settlement (see ``recouv.plan._remit``)."""
        pairs = [
            (move, reverse)
            for move, reverse in zip(self, reverse_moves, strict=False)
            # sudo: whether it remits a settlement, whoever posts
            if not reverse.sudo().recouv_plan_id
        ]
        moves = self.browse([move.id for move, _reverse in pairs])
        reverses = self.browse([reverse.id for _move, reverse in pairs])
        super(AccountMove, moves)._reconcile_reversed_moves(
            reverses, move_reverse_cancel
        )
        return reverse_moves

    # --- evidence -------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'account'
        given = any("recouv_plan_id" in vals for vals in vals_list)
        if given or "default_recouv_plan_id" in self.env.context:
            self._recouv_check_remitting()
        return super().create(vals_list)

    def write(self, vals):
        # EXTENDS 'account'
        if "recouv_plan_id" in vals:
            self._recouv_check_remitting()
        return super().write(vals)

    @api.model
    def _recouv_check_remitting(self):
        """Refuse, from a person, to say that a settlement remitted a credit note.

        :raise UserError: the claim would count as settled without an agreement
        """
        if not self.env["recouv.evidence.mixin"]._is_recording():
            raise UserError(
                self.env._(
                    "Which settlement a credit note remits is written by the "
                    "settlement itself, once it is paid in time. Agree on a "
                    "settlement instead."
                )
            )

    def _recouv_ensure_claims(self):
        """Return the open claims of these invoices, made now where they have none.

        Claims are otherwise made by the run, once overdue; an agreement before the due
        date needs them earlier. Nothing leaves before the due date all the same.

        :raise UserError: an invoice that the practice does not relance
        """
        posted = self.filtered(
            lambda m: m.state == "posted" and m.is_sale_document(True)
        )
        engine = self.env["recouv.engine"]
        for company, moves in posted.grouped("company_id").items():
            items = moves._recouv_unclaimed_items()
            if items:
                engine.with_context(recouv_agreed_items=items.ids)._create_claims(
                    company, fields.Date.context_today(self)
                )
        posted.invalidate_recordset(["recouv_claim_ids"])
        missing = posted.filtered(lambda m: m._recouv_unclaimed_items())
        if missing:
            raise UserError(
                self.env._(
                    "%(moves)s: the practice does not relance this journal, so that "
                    "nothing can be agreed here.",
                    moves=", ".join(missing.mapped("name")),
                )
            )
        return posted.recouv_claim_ids.filtered(lambda claim: not claim.closed_on)

    def _recouv_unclaimed_items(self):
        """Return the open receivable items that no open claim stands on."""
        items = self.line_ids.filtered(
            lambda item: (
                item.account_type == "asset_receivable"
                and not item.reconciled
                and item.amount_residual > 0
            )
        )
        return (
            items
            - self.recouv_claim_ids.filtered(
                lambda claim: not claim.closed_on
            ).move_line_id
        )

    def action_recouv_agree(self):
        """Open the dialog on what these invoices still owe."""
        claims = self._recouv_ensure_claims()
        return claims.filtered(lambda c: c.settlement == "open").action_agree()
