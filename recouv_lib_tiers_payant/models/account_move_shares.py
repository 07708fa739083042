from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.recouv_lib.models.account_move_screens import READERS

from .recouv_share import OVER

CREDIT_PARTS = [
    ("all", "All parts, in proportion"),
    ("amo", "The compulsory part (AMO)"),
    ("amc", "The complementary part (AMC)"),
    ("patient", "The patient's part"),
]


class AccountMove(models.Model):
    """An invoice and the parts of it that payers owe."""

    _inherit = "account.move"

    # a suspension, a plan or a call about the invoice is about what the patient owes
    recouv_claim_ids = fields.One2many(domain=[("capacity", "!=", "payer_followup")])
    recouv_share_ids = fields.One2many(
        "recouv.share", "move_id", "Payers' parts", groups=READERS, copy=False
    )
    recouv_share_count = fields.Integer(
        compute="_compute_recouv_shares", groups=READERS
    )
    recouv_amo_amount = fields.Monetary(
        "AMO part", compute="_compute_recouv_shares", groups=READERS
    )
    recouv_amc_amount = fields.Monetary(
        "AMC part", compute="_compute_recouv_shares", groups=READERS
    )
    recouv_patient_amount = fields.Monetary(
        "Patient's part", compute="_compute_recouv_shares", groups=READERS
    )
    recouv_credit_part = fields.Selection(
        CREDIT_PARTS,
        "This credit lowers",
        default="all",
        copy=False,
        groups=READERS,
        help="Which part of the invoice the credit note takes from: every payer's and "
        "the patient's in proportion, or one of them.",
    )

    @api.depends("recouv_share_ids.amount", "recouv_share_ids.state", "amount_total")
    def _compute_recouv_shares(self):
        for move in self:
            living = move.recouv_share_ids.filtered(lambda s: s.state not in OVER)
            sums = {"amo": 0.0, "amc": 0.0}
            for share in living:
                sums[share.kind] += share.amount
            move.recouv_share_count = len(move.recouv_share_ids)
            move.recouv_amo_amount = sums["amo"]
            move.recouv_amc_amount = sums["amc"]
            move.recouv_patient_amount = move.amount_total - sum(sums.values())

    # --- items --------------------------------------------------------------------

    def _recouv_patient_items(self):
        """Return the open items that the patient owes of this invoice: its own, and
        those that came back from payers."""
        self.ensure_one()
        backs = self.recouv_transfer_ids.filtered(
            lambda transfer: (
                transfer.kind == "back_to_debtor" and transfer.state == "posted"
            )
        )
        items = self._recouv_open_receivables() + backs.target_line_id
        return items.filtered(
            lambda item: not item.reconciled and item.amount_residual_currency > 0
        )

    # --- posting ------------------------------------------------------------------

    def _post(self, soft=True):
        """EXTENDS 'account': the parts of payers move to them with the invoice."""
        posted = super()._post(soft)
        # sudo: the parts were planned by those who may; posting the invoice books them
        shares = posted.sudo().recouv_share_ids.filtered(
            lambda share: share.state == "draft"
        )
        shares._book()
        return posted

    def write(self, vals):
        """EXTENDS 'account': a corrected end of care moves the payers' delays."""
        result = super().write(vals)
        if "recouv_care_end_date" in vals:
            # sudo: dates of the parts follow the invoice, whoever corrects it
            self.sudo().recouv_share_ids._follow_care_date()
        return result

    def button_cancel(self):
        """EXTENDS 'account': a cancelled draft has no parts."""
        result = super().button_cancel()
        # sudo: plans that were never booked nor sent, of an invoice that is no more
        plans = self.sudo().recouv_share_ids.filtered(lambda s: s._is_plan())
        plans.filtered(lambda s: s.move_id.state == "cancel").unlink()
        return result

    def unlink(self):
        """EXTENDS 'account': a draft that is deleted takes its plans along."""
        # sudo: as above; what left keeps the invoice from being deleted
        self.sudo().recouv_share_ids.filtered(lambda s: s._is_plan()).unlink()
        return super().unlink()

    def _recouv_check_not_transferred(self):
        """EXTENDS: say in the trade's words why a shared invoice is not edited."""
        # sudo: a guard must see the parts of whoever tries
        booked = self.sudo().recouv_share_ids.filtered("is_booked")
        if booked:
            raise UserError(
                self.env._(
                    "%(document)s is shared with %(payers)s, who owe their parts: it "
                    "is not edited any more. Issue a credit note: it is shared out "
                    "over the parts; then make a new invoice.",
                    document=booked[0].move_id.name,
                    payers=", ".join(set(booked.payer_id.mapped("display_name"))),
                )
            )
        return super()._recouv_check_not_transferred()

    # --- screens ------------------------------------------------------------------

    def action_recouv_shares(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib_tiers_payant.recouv_share_action"
        )
        return action | {"domain": [("move_id", "in", self.ids)], "context": {}}

    def action_recouv_split(self):
        """Open the dialog that shares this invoice with payers."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Share with payers"),
            "res_model": "recouv.share.split",
            "view_mode": "form",
            "target": "new",
            "context": {"default_move_id": self.id},
        }


class RecouvShare(models.Model):
    _inherit = "recouv.share"

    def _is_plan(self):
        """Say whether this part is only planned: neither booked nor sent."""
        self.ensure_one()
        return self.state == "draft" and not self.is_booked and not self.sent_on
