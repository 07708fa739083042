from odoo import fields, models


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
