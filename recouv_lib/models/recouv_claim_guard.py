from odoo import api, models
from odoo.exceptions import UserError

from .recouv_evidence_mixin import RECORDING

# written by the engine, the books and the acts of the product, by nobody's hand
KEPT = frozenset(
    {
        "amount_original",
        "capacity",
        "care_end_date",
        "close_reason",
        "closed_on",
        "company_id",
        "creditor_partner_id",
        "currency_id",
        "date_due",
        "formal_notice_date",
        "holder",
        "invoice_date",
        "limitation_date",
        "limitation_possible_date",
        "mandate_id",
        "maturity_rank",
        "move_id",
        "move_line_id",
        "next_attempt",
        "next_channel",
        "next_date",
        "next_step_id",
        "origin_claim_id",
        "partner_id",
        "policy_id",
        "reference",
        "step_date",
        "step_id",
    }
)


class RecouvClaim(models.Model):
    """What a claim is, where it stands and who holds it is typed by nobody.

    Screens do not offer it, but a user may send anything over RPC: a secretary who
    closes a claim so, or moves it to another policy, would stop a relance unseen. The
    mark is that of ``recouv.evidence.mixin``; the engine inserts in SQL.
    """

    _inherit = "recouv.claim"

    def _record(self, vals):
        """Write what an act of the product decided."""
        return self.with_context(recouv_recording=RECORDING).write(vals)

    @api.model
    def _is_recording(self):
        return self.env.su or self.env.context.get("recouv_recording") is RECORDING

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS: a claim follows from an invoice, by nobody's hand."""
        if not self._is_recording():
            self.check_access("create")
            raise UserError(
                self.env._(
                    "A claim is made from its invoice, by the relance or by the "
                    "buttons of the invoice."
                )
            )
        return super().create(vals_list)

    def write(self, vals):
        """EXTENDS: refuse, from a person, what only acts write."""
        kept = KEPT & vals.keys()
        if self and kept and not self._is_recording():
            self.check_access("write")
            raise UserError(
                self.env._(
                    "%(claim)s: %(names)s is not edited by hand. Use its buttons.",
                    claim=self[:1].display_name,
                    names=", ".join(sorted(kept)),
                )
            )
        return super().write(vals)
