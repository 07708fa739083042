from odoo import api, fields, models
from odoo.exceptions import UserError

SHOWN = 30


class RecouvPurgeWizard(models.TransientModel):
    """Show what a purge would erase; erase only once its number was typed."""

    _name = "recouv.purge.wizard"
    _description = "Purge"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    claim_count = fields.Integer("Claims", compute="_compute_dry_run")
    notice_count = fields.Integer("Notices emptied", compute="_compute_dry_run")
    message_count = fields.Integer("Messages and SMS", compute="_compute_dry_run")
    document_count = fields.Integer("Documents", compute="_compute_dry_run")
    log_count = fields.Integer("Readings", compute="_compute_dry_run")
    people_count = fields.Integer("Other records emptied", compute="_compute_dry_run")
    has_work = fields.Boolean(compute="_compute_dry_run")
    claim_ids = fields.Many2many(
        "recouv.claim", string="The first claims", compute="_compute_dry_run"
    )
    settled_before = fields.Date(compute="_compute_dry_run")
    unpaid_before = fields.Date("Time-barred before", compute="_compute_dry_run")
    typed_count = fields.Integer("Type the number of claims to erase")
    is_understood = fields.Boolean("I know that this cannot be undone")

    @api.depends("company_id")
    def _compute_dry_run(self):
        purges = self.env["recouv.purge"]
        for wizard in self:
            retention = purges._retention(wizard.company_id)
            counts = purges._count(wizard.company_id)
            claims = counts.pop("claims")
            wizard.update(counts)
            wizard.has_work = bool(claims or any(counts.values()))
            wizard.claim_count = len(claims)
            wizard.claim_ids = claims[:SHOWN]
            wizard.settled_before = retention.settled
            wizard.unpaid_before = retention.unpaid

    def action_purge(self):
        """Erase for good, after the number typed was checked again."""
        self.ensure_one()
        self.invalidate_recordset(["claim_count"])
        if not self.is_understood or self.typed_count != self.claim_count:
            raise UserError(
                self.env._(
                    "Nothing was erased. Type %(count)s, the number of claims, and "
                    "tick that it cannot be undone.",
                    count=self.claim_count,
                )
            )
        purge = self.env["recouv.purge"]._run(self.company_id)
        return {
            "type": "ir.actions.act_window",
            "res_model": "recouv.purge",
            "res_id": purge.id,
            "views": [(False, "form")],
        }
