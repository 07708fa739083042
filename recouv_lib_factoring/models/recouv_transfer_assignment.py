from odoo import fields, models
from odoo.exceptions import UserError

#: acts of the sale and of the insurance bring back under this mark, which no caller
#: from outside can put into its context
GIVING_BACK = object()


class RecouvTransfer(models.Model):
    """The sale of a receivable, in the practice's books and in its buyer's."""

    _inherit = "recouv.transfer"

    assignment_line_id = fields.Many2one(
        "recouv.assignment.line",
        "Sold as",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    def _sale_line(self):
        """Return the line of the sale that this transfer is, undoes or follows."""
        first = self.undone_id or self.followed_id or self
        return first.assignment_line_id

    def _counterpart_is_agreed(self):
        """EXTENDS: the buyer agreed by the contract of the sale, looked up once for all
        of its receivables (see ``recouv.assignment._check_contract_stands``)."""
        contract = self._sale_line().assignment_id.contract_id
        mine = (contract.company_id, contract.agency_id) == (
            self.company_id,
            self.counterpart_company_id,
        )
        return (contract.state == "signed" and mine) or super()._counterpart_is_agreed()

    def _counterpart_creditor(self):
        """EXTENDS: a buyer owes its price to its own contact of the practice."""
        purchase = self._sale_line().purchase_id
        return purchase.creditor_partner_id or super()._counterpart_creditor()

    def _prepare_debtor_item(self, label, sign):
        """EXTENDS: what a buyer bought is due, dunned and aged as it was."""
        values = super()._prepare_debtor_item(label, sign)
        purchase = self._sale_line().purchase_id
        if not purchase:
            return values
        return values | {
            "date_maturity": purchase.date_due or self.date,
            "no_followup": sign < 0,
        }

    def _check_counterpart_values(self):
        """EXTENDS: what is bought must be open to reminders, payments and ageing."""
        result = super()._check_counterpart_values()
        if self._sale_line():
            self.counterpart_company_id._recouv_check_acquired_account()
        return result

    # --- coming back --------------------------------------------------------------

    def _give_back(self, *args, **kwargs):
        """Bring back what an act of the sale or of the insurance gives back; see
        ``action_reverse``."""
        mine = self.with_context(recouv_giving_back=GIVING_BACK)
        return mine.action_reverse(*args, **kwargs).with_env(self.env)

    def _check_can_come_back(self):
        """EXTENDS: what was sold, or passed to the insurer, comes back by its own act
        alone, with its ground and its document (D03)."""
        is_theirs = self._sale_line() or self.kind == "subrogation"
        if is_theirs and self.env.context.get("recouv_giving_back") is not GIVING_BACK:
            raise UserError(
                self.env._(
                    "%s passed to a buyer or to an insurer: use “Take back” on the "
                    "sold receivable, or undo the payment of the insurer.",
                    self.display_name,
                )
            )
        return super()._check_can_come_back()
