from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date


class RecouvGoLive(models.TransientModel):
    """Start the relance of a company: the three decisions without which nothing leaves.

    What is unpaid today becomes claims *in review*: nothing leaves for them before a
    human has decided, one by one or in bulk. Started again, it changes the decisions
    and opens the claims that are missing, never a second one for an item.
    """

    _name = "recouv.go.live"
    _description = "Go live"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    live_on = fields.Date(
        "Start date",
        required=True,
        compute="_compute_settings",
        store=True,
        precompute=True,
        readonly=False,
        help="Invoices dated before it start in review.",
    )
    journal_ids = fields.Many2many(
        "account.journal",
        string="Journals to relance",
        compute="_compute_settings",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('type', '=', 'sale'), ('company_id', 'parent_of', company_id)]",
    )
    policy_id = fields.Many2one(
        "recouv.policy",
        "Default policy",
        compute="_compute_settings",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('company_id', 'parent_of', company_id), "
        "('capacity', '=', 'creditor')]",
    )
    test_email = fields.Char(
        "Send everything to",
        compute="_compute_settings",
        store=True,
        precompute=True,
        readonly=False,
        help="Test mode: e-mails go to this address instead of the debtors'. Empty "
        "when you are ready.",
    )
    test_phone = fields.Char(
        "SMS to",
        compute="_compute_settings",
        store=True,
        precompute=True,
        readonly=False,
    )
    other_dunning = fields.Char(
        "Other dunning modules", compute="_compute_other_dunning"
    )
    only_dunning = fields.Boolean(
        "Recouv-Lib alone relances this company",
        compute="_compute_settings",
        store=True,
        precompute=True,
        readonly=False,
        help="The others are disabled for this company: two of them must never "
        "relance one debtor.",
    )
    item_count = fields.Integer(
        "Unpaid and past due", compute="_compute_items", help="They start in review."
    )
    item_amount = fields.Monetary("Owed", compute="_compute_items")
    currency_id = fields.Many2one(related="company_id.currency_id")
    missing_identity = fields.Text(
        "Missing on the letters", compute="_compute_other_dunning"
    )

    @api.depends("company_id")
    def _compute_settings(self):
        """Propose what the company has, else the sale journals and today."""
        for wizard in self:
            config = wizard.company_id._recouv_config()
            journals = config.recouv_journal_ids or self.env["account.journal"].search(
                [("type", "=", "sale"), ("company_id", "=", wizard.company_id.id)]
            )
            wizard.update(
                {
                    "live_on": config.recouv_live_on
                    or fields.Date.context_today(wizard),
                    "journal_ids": [Command.set(journals.ids)],
                    "policy_id": config.recouv_policy_id,
                    "test_email": config.recouv_test_email,
                    "test_phone": config.recouv_test_phone,
                    "only_dunning": config.recouv_only_dunning,
                }
            )

    @api.depends("company_id")
    def _compute_other_dunning(self):
        for wizard in self:
            wizard.other_dunning = ", ".join(wizard.company_id._recouv_other_dunning())
            wizard.missing_identity = ", ".join(
                wizard.company_id._recouv_missing_identity()
            )

    @api.depends("company_id", "journal_ids")
    def _compute_items(self):
        for wizard in self:
            [(count, amount)] = self.env["account.move.line"]._read_group(
                wizard._item_domain(), [], ["__count", "amount_residual:sum"]
            )
            wizard.item_count, wizard.item_amount = count, amount

    def _item_domain(self):
        """What a run would open a claim for, in the journals chosen here."""
        today = fields.Date.context_today(self)
        overdue = Domain("date_maturity", "<", today) | Domain(
            [("date_maturity", "=", False), ("date", "<", today)]
        )
        journals = Domain("journal_id", "in", self.journal_ids.ids)
        return self.env["recouv.engine"]._item_domain(self.company_id) & (
            journals & overdue
        )

    # --- actions --------------------------------------------------------------------

    def action_apply(self):
        """Write the decisions and open the claims of what is unpaid, in review.

        :raise AccessError: not a manager of this company
        :raise UserError: a decision is missing
        """
        self.ensure_one()
        self._check_allowed()
        self._check_complete()
        # the rights to write a company are the administrator's; a manager of the
        # relance writes these six fields of his own company, checked just above
        self.company_id.sudo().write(self._company_values())
        self.env["recouv.engine"]._create_claims(
            self.company_id, fields.Date.context_today(self), in_review=True
        )
        return self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_claim_review_action"
        )

    def _check_allowed(self):
        manager = self.env.user.has_group("recouv_lib.group_manager")
        if not manager or self.company_id not in self.env.companies:
            raise AccessError(
                self.env._("Only a manager of the company starts its relance.")
            )

    def _check_start(self):
        """Refuse a day long past: what is older than the start waits for review."""
        config = self.company_id._recouv_config()
        earliest = fields.Date.subtract(fields.Date.context_today(self), years=1)
        if self.live_on < earliest and self.live_on != config.recouv_live_on:
            raise UserError(
                self.env._(
                    "%(company)s: the relance cannot start on %(date)s. What exists on "
                    "that day waits for review; choose today, or a day of this year.",
                    company=self.company_id.name,
                    date=format_date(self.env, self.live_on),
                )
            )

    def _check_complete(self):
        self._check_start()
        if not self.journal_ids:
            raise UserError(self.env._("Choose at least one journal."))
        if not self.policy_id:
            raise UserError(self.env._("Choose the default policy."))
        self.policy_id._first_step()
        if self.other_dunning and not self.only_dunning:
            raise UserError(
                self.env._(
                    "%(others)s could relance this company too. Uninstall it or "
                    "disable it for this company, then confirm that Recouv-Lib alone "
                    "relances.",
                    others=self.other_dunning,
                )
            )

    def _company_values(self):
        return {
            "recouv_live_on": self.live_on,
            "recouv_journal_ids": [Command.set(self.journal_ids.ids)],
            "recouv_policy_id": self.policy_id.id,
            "recouv_only_dunning": self.only_dunning,
            "recouv_test_email": self.test_email,
            "recouv_test_phone": self.test_phone,
        }

    def action_stop(self):
        """Stop the relance of the company: nothing leaves any more."""
        self.ensure_one()
        self._check_allowed()
        # as in action_apply: one field of the manager's own company
        self.company_id.sudo().write({"recouv_live_on": False})
        return {"type": "ir.actions.act_window_close"}
