from odoo import fields, models


class RecouvFactoringContract(models.Model):
    """What was done under a contract, one click away: each party sees its own."""

    _inherit = "recouv.factoring.contract"

    schedule_count = fields.Integer("Schedules", compute="_compute_work_counts")
    purchase_count = fields.Integer(
        "Receivables offered", compute="_compute_work_counts"
    )

    def _compute_work_counts(self):
        """Count what the user reads: own schedules, or own offers."""
        schedules, purchases = map(
            self._counts_under, ("recouv.assignment", "recouv.purchase")
        )
        for contract in self:
            contract.schedule_count = schedules.get(contract.id, 0)
            contract.purchase_count = purchases.get(contract.id, 0)

    def _counts_under(self, model):
        groups = self.env[model]._read_group(
            [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
        )
        return {contract.id: count for contract, count in groups}

    def action_view_schedules(self):
        """Open the schedules that the practice sold or offered under this contract."""
        return self._open_under("recouv_lib_factoring.recouv_assignment_action")

    def action_view_purchases(self):
        """Open what the buyer was offered under this contract."""
        return self._open_under("recouv_lib_factoring.recouv_purchase_action")

    def _open_under(self, xmlid):
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        return action | {
            "domain": [("contract_id", "in", self.ids)],
            "context": {},
        }
