from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, split_every

#: items of one entry: two for each gap
ENTRY_GAPS = 25


class RecouvGap(models.Model):
    """Cents that a payer left open, or paid too much: settled in bulk with an entry.

    Read from the books: open items on accounts of payers, whose residual is no more
    than the practice's threshold, of shares that the payer has paid (or of its money
    that is left over). Nothing is settled by itself.
    """

    _name = "recouv.gap"
    _description = "Rounding gap of a payer"
    _auto = False
    _rec_name = "line_id"
    _order = "date desc, id desc"
    _depends = {
        "account.move.line": [
            "amount_residual", "reconciled", "parent_state", "partner_id", "account_id",
        ],
        "res.partner": ["recouv_payer_kind"],
        "res.company": ["recouv_tp_gap"],
        "recouv.share": ["transfer_id", "state"],
        "recouv.transfer": ["target_line_id"],
    }  # fmt: skip

    line_id = fields.Many2one("account.move.line", "Item", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", "Payer", readonly=True)
    share_id = fields.Many2one("recouv.share", "Part", readonly=True)
    date = fields.Date(readonly=True)
    amount = fields.Monetary(
        "Gap", readonly=True, help="Positive: not paid; negative: paid too much."
    )

    @property
    def _table_query(self):
        return SQL(
            """SELECT l.id, l.id AS line_id, l.company_id, c.currency_id, l.partner_id,
                      s.id AS share_id, l.date, l.amount_residual AS amount
                 FROM account_move_line l
                 JOIN account_account a ON a.id = l.account_id
                  AND a.account_type = 'asset_receivable'
                 JOIN res_partner p ON p.id = l.partner_id
                  AND p.recouv_payer_kind IS NOT NULL
                 JOIN res_company c ON c.id = l.company_id
                 LEFT JOIN recouv_transfer t ON t.target_line_id = l.id
                 LEFT JOIN recouv_share s ON s.transfer_id = t.id
                  AND s.state <> 'corrected'
                WHERE l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
                  AND l.currency_id = c.currency_id
                  AND l.amount_residual <> 0
                  AND abs(l.amount_residual) <= c.recouv_tp_gap
                  AND (s.state = 'partial' OR l.amount_residual < 0)"""
        )

    def action_settle(self):
        """Settle these gaps with entries of at most fifty items.

        :return: the entries
        :raise UserError: no account is set, or a gap is none any more
        """
        self.check_access("read")
        self._check_rights()
        moves = self.env["account.move"]
        for (company,), gaps in self.grouped(lambda gap: (gap.company_id,)).items():
            for ids in split_every(ENTRY_GAPS, gaps.ids):
                moves |= gaps.browse(ids)._settle(company)
        self.invalidate_model()
        return moves

    def action_settle_button(self):
        """Settle and reload the list."""
        self.action_settle()
        return True

    def _check_rights(self):
        if self.env.su or self.env.user.has_group(
            "recouv_lib_tiers_payant.group_tiers_payant"
        ):
            return
        raise UserError(self.env._("Only who follows payers settles their gaps."))

    def _settle(self, company):
        # sudo: entries of checked gaps of the user's company; threshold and account
        # are its settings. The user stays the author.
        items = self.sudo().line_id
        items.lock_for_update(allow_referencing=True)
        items.invalidate_recordset(["amount_residual", "reconciled"])
        account = company._recouv_gap_account()
        journal = company._recouv_transfer_setting("recouv_payer_share_journal_id")
        move = (
            self.env["account.move"]
            .sudo()
            .with_company(company)
            .create(
                {
                    "move_type": "entry",
                    "company_id": company.id,
                    "journal_id": journal.id,
                    "ref": self.env._("Rounding gaps of payers"),
                    "line_ids": [
                        Command.create(vals)
                        for item in items
                        for vals in self._pair(item, account)
                    ],
                }
            )
        )
        move._post(soft=False)
        settling = move.line_ids.filtered(lambda line: line.account_id != account)
        self.env["account.move.line"].sudo()._reconcile_plan(
            [item + line for item, line in zip(items, settling, strict=True)]
        )
        self._say_paid(items)
        return move

    @api.model
    def _pair(self, item, account):
        """The item that settles one gap, and its other side."""
        label = self.env._("Rounding gap")
        residual = item.amount_residual
        return [
            {
                "name": label,
                "account_id": item.account_id.id,
                "partner_id": item.partner_id.id,
                "balance": -residual,
                "no_followup": True,
            },
            {
                "name": label,
                "account_id": account.id,
                "balance": residual,
                "tax_ids": [Command.clear()],
                "analytic_distribution": False,
            },
        ]

    @api.model
    def _say_paid(self, items):
        """What was paid but for cents is paid."""
        # sudo: the parts whose own items were settled just here
        shares = (
            self.env["recouv.share"]
            .sudo()
            .search(
                [
                    ("transfer_id.target_line_id", "in", items.ids),
                    ("state", "=", "partial"),
                ]
            )
        )
        shares._set_state("paid")


class ResCompany(models.Model):
    _inherit = "res.company"

    recouv_tp_gap_account_id = fields.Many2one(
        "account.account",
        "Account of rounding gaps",
        check_company=True,
        help="Where the cents go that payers round, up or down.",
    )

    def _recouv_gap_account(self):
        """:raise UserError: no account is set for this company"""
        self.ensure_one()
        # sudo: a setting of the user's own company
        account = self.sudo()._recouv_config().recouv_tp_gap_account_id
        if not account:
            raise UserError(
                self.env._(
                    "%s has no account for rounding gaps: set it in the settings.",
                    self.name,
                )
            )
        return account


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recouv_tp_gap_account_id = fields.Many2one(
        related="company_id.recouv_tp_gap_account_id", readonly=False
    )
