from odoo import fields, models


class RecouvRunSkip(models.Model):
    """Why a claim that was due did not leave with a run."""

    _name = "recouv.run.skip"
    _description = "Claim skipped by a run"
    _order = "run_id, id"
    _check_company_auto = True

    run_id = fields.Many2one(
        "recouv.run", required=True, ondelete="cascade", readonly=True, index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    claim_id = fields.Many2one(
        "recouv.claim", ondelete="cascade", readonly=True, index="btree_not_null"
    )
    notice_id = fields.Many2one(
        "recouv.notice", ondelete="set null", readonly=True, index="btree_not_null"
    )
    partner_id = fields.Many2one("res.partner", "Debtor", readonly=True)
    code = fields.Char(required=True, readonly=True)
    reason = fields.Char(compute="_compute_reason")
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)

    def _compute_reason(self):
        messages = self.env["recouv.engine"]._blocker_messages()
        for skip in self:
            skip.reason = messages.get(skip.code, skip.code)
