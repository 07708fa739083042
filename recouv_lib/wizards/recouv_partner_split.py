from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class RecouvPartnerSplit(models.TransientModel):
    """Find the patients that two companies share, and give each company its own.

    For each: one company keeps the record, every other one gets a copy (name,
    address, contacts), and what it had written about the patient follows its copy:
    drafts, entries that nothing locks, payments, claims, notices, suspensions. Entries
    locked by the inalterability hash or by a closing date are never touched: the
    company that has them keeps the record; where two have some, the patient stays
    shared and the wizard says so.
    """

    _name = "recouv.partner.split"
    _description = "Split shared patients"

    line_ids = fields.One2many("recouv.partner.split.line", "split_id")
    count = fields.Integer("Shared patients", compute="_compute_count")

    @api.model
    def default_get(self, fields_list):
        """List the shared patients; AccessError for who may not split."""
        values = super().default_get(fields_list)
        self.env["res.partner"]._check_may_split()
        # what two companies share is seen by neither alone: an administrator looks
        shared = self.env["res.partner"].sudo()._recouv_shared_debtors()
        values["line_ids"] = [
            Command.create(self._line_values(debtor, roots))
            for debtor, roots in shared.items()
        ]
        return values

    @api.model
    def _line_values(self, debtor, roots):
        locked = debtor._recouv_locked_roots()
        family = debtor._recouv_family()
        has_login = bool(family.with_context(active_test=False).user_ids)
        return {
            "has_login": has_login,
            "partner_id": debtor.id,
            "company_ids": [Command.set(roots.ids)],
            "locked_ids": [Command.set(locked.ids)],
            "keeper_id": (locked or roots)[:1].id,
            "is_chosen": len(locked) < 2 and not has_login,
        }

    @api.depends("line_ids")
    def _compute_count(self):
        for wizard in self:
            wizard.count = len(wizard.line_ids)

    def action_apply(self):
        """Split the chosen patients; UserError when one may not be split."""
        self.ensure_one()
        chosen = self.line_ids.filtered("is_chosen")
        if not chosen:
            raise UserError(self.env._("Choose at least one patient."))
        chosen._check_keeper()
        # who acts for another is split after him, so that the other's copy finds him
        for line in chosen.sorted(lambda line: line.partner_id._recouv_acts_for()):
            line.partner_id._recouv_split(line.keeper_id)
        return {"type": "ir.actions.act_window_close"}


class RecouvPartnerSplitLine(models.TransientModel):
    _name = "recouv.partner.split.line"
    _description = "Shared patient"

    split_id = fields.Many2one("recouv.partner.split", ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Patient", required=True)
    company_ids = fields.Many2many(
        "res.company", "recouv_split_company_rel", string="Shared by"
    )
    locked_ids = fields.Many2many(
        "res.company", "recouv_split_locked_rel", string="Has locked entries"
    )
    keeper_id = fields.Many2one(
        "res.company",
        "Keeps the record",
        required=True,
        domain="[('id', 'in', company_ids)]",
    )
    is_chosen = fields.Boolean("Split it")
    has_login = fields.Boolean()
    problem = fields.Char(compute="_compute_problem")

    @api.depends("locked_ids", "keeper_id", "has_login")
    def _compute_problem(self):
        for line in self:
            line.problem = False
            if line.has_login:
                line.problem = self.env._("Has a login: take it away first.")
            elif len(line.locked_ids) > 1:
                line.problem = self.env._(
                    "Locked entries in several companies: stays shared."
                )
            elif line.locked_ids._origin - line.keeper_id._origin:
                line.problem = self.env._("The company with locked entries keeps it.")

    def _check_keeper(self):
        for line in self.filtered("problem"):
            raise UserError(
                self.env._(
                    "%(patient)s: %(problem)s",
                    patient=line.partner_id.name,
                    problem=line.problem,
                )
            )
