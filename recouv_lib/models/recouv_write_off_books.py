from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import split_every

from .recouv_write_off import BATCH


class RecouvWriteOff(models.Model):
    """The entries of write-offs: one each, so that each has its paper and is undone
    alone. Everything missing or locked is named before the first one."""

    _name = "recouv.write.off"
    _inherit = ["recouv.write.off", "recouv.booked.mixin"]
    _booked_moves = _booked_pairs = ("move_id",)

    move_line_id = fields.Many2one(
        "account.move.line", "Receivable", readonly=True, ondelete="set null"
    )
    loss_account_id = fields.Many2one(
        "account.account", "Booked on", readonly=True, check_company=True
    )
    move_id = fields.Many2one(
        "account.move",
        "Entry",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    undo_move_id = fields.Many2one("account.move", "Undone by", readonly=True)
    doubtful_line_id = fields.Many2one(
        "recouv.doubtful.line", "Depreciated in", readonly=True
    )
    amount_released = fields.Monetary(
        "Depreciation released",
        currency_field="company_currency_id",
        readonly=True,
    )

    # --- what stands ----------------------------------------------------------------

    @api.model
    def _booked_domain(self):
        """EXTENDS: decided, and not undone."""
        return Domain("state", "=", "decided")

    def _books_refusal(self, entries):
        """EXTENDS: a loss, by its number."""
        return self.env._(
            "%(entry)s writes a claim off: undo %(act)s instead.",
            entry=entries[:1].name,
            act=self.name,
        )

    # --- checks ---------------------------------------------------------------------

    def _check_books(self):
        """:raise UserError: an account or journal is missing, or the year locked"""
        for act in self:
            company = act.company_id
            journal = company._recouv_transfer_setting("recouv_doubtful_journal_id")
            company._recouv_check_write_off_day(journal, act.date)
            act._find_loss_account()
            if batch := act._depreciation_line().batch_id:
                batch._depreciation_account("recouv_depreciation_account_id")
                batch._depreciation_account("recouv_depreciation_income_account_id")

    def _find_loss_account(self):
        """Return the account that bears it, by the practice's books and the year."""
        company = self.company_id
        if company.recouv_cash_basis:
            return self._income_account() or company._recouv_write_off_account(
                "recouv_unreceived_account_id"
            )
        year = company.compute_fiscalyear_dates(self.date)["date_from"]
        born = self.claim_id.invoice_date or self.claim_id.date_due or self.date
        return company._recouv_write_off_account(
            "recouv_loss_prior_account_id" if born < year else "recouv_loss_account_id"
        )

    def _income_account(self):
        """Return the account on which the invoice put most of its fee, or none."""
        # sudo: an account of the practice's own invoice
        lines = self.sudo().claim_id.move_id.invoice_line_ids.filtered(
            lambda line: line.account_id.account_type in ("income", "income_other")
        )
        return lines.sorted("price_subtotal", reverse=True)[:1].account_id

    def _depreciation_line(self):
        """Return the line of a booked batch that still depreciates the claim."""
        # sudo: the practice's own batch, by who may write off
        lines = (
            self.env["recouv.doubtful.line"]
            .sudo()
            .search(
                [("claim_id", "=", self.claim_id.id), ("batch_id.state", "=", "posted")]
            )
        )
        return lines.filtered(
            lambda line: (
                line.company_currency_id.compare_amounts(
                    line.amount_depreciated, line.amount_released
                )
                > 0
            )
        )[:1]

    # --- booking --------------------------------------------------------------------

    def _book(self):
        for ids in split_every(BATCH, self.ids):
            self.browse(ids)._book_batch()

    def _book_batch(self):
        # no money came: it makes no tax due
        lines = self.env["account.move.line"].sudo().with_context(no_cash_basis=True)
        plan = []
        for act in self:
            # sudo: the practice's own item, of which the entry is made
            item = act.sudo().claim_id.move_line_id
            pairs = act._settled_pairs(item, act._post_loss(item))
            if len(pairs) > 1:
                # at once: the next term of its invoice shares the tax that this leaves
                lines._reconcile_plan(pairs)
            else:
                plan += pairs
        lines._reconcile_plan(plan)
        self.claim_id.invalidate_recordset()
        for act in self:
            act._release_depreciation()

    def _post_loss(self, item):
        # sudo: an entry made of checked values only, by a manager
        moves = self.env["account.move"].sudo().with_company(self.company_id)
        move = moves.create(self._entry_values(item))
        self._record(
            {
                "move_line_id": item.id,
                "move_id": move.id,
                "loss_account_id": self._find_loss_account().id,
            }
        )
        move._post(soft=False)
        return move

    def _settled_pairs(self, item, move):
        """Return which items the entry settles, each with its own."""
        return [item + move.line_ids.sorted("sequence")[1]]

    def _entry_values(self, item):
        company = self.company_id
        journal = company._recouv_transfer_setting("recouv_doubtful_journal_id")
        return {
            "move_type": "entry",
            "company_id": company.id,
            "journal_id": journal.id,
            "date": self.date,
            "ref": self.name,
            "line_ids": [
                Command.create(
                    {
                        "name": self.name,
                        "sequence": rank,
                        "analytic_distribution": False,
                        "tax_ids": [Command.clear()],
                        **row,
                    }
                )
                for rank, row in enumerate(self._entry_rows(item))
            ],
        }

    def _entry_rows(self, item):
        """Return the values of the loss, then of what settles the item."""
        return [
            {
                "account_id": account.id,
                "partner_id": partner.id,
                "currency_id": item.currency_id.id,
                "amount_currency": sign * item.amount_residual_currency,
                "balance": sign * item.amount_residual,
            }
            for account, partner, sign in (
                # no name on the account of the loss
                (self._find_loss_account(), self.env["res.partner"], 1),
                (item.account_id, item.partner_id, -1),
            )
        ]

    def _release_depreciation(self):
        line = self._depreciation_line()
        amount = line.amount_depreciated - line.amount_released
        if not line:
            return
        line.batch_id._release([(line, amount)], self.date)
        self._record({"doubtful_line_id": line.id, "amount_released": amount})

    # --- taking it back -------------------------------------------------------------

    def _unbook(self):
        """Reverse the entries today: the receivable is open again as it was."""
        today = fields.Date.context_today(self)
        for act in self:
            journal = act.company_id._recouv_transfer_setting(
                "recouv_doubtful_journal_id"
            )
            act.company_id._recouv_check_write_off_day(journal, today)
        for act in self:
            # sudo: the reversal of this act's own entry, by a manager
            move = act._unbooking(act.sudo().move_id)
            move.line_ids.remove_move_reconcile()
            back = move._reverse_moves([{"date": today, "ref": act.name}])
            # posting a reversal reconciles it with what it reverses
            back._post(soft=False)
            act._record({"undo_move_id": back.id})
            line = act.sudo().doubtful_line_id
            # what was undone since depreciates nothing, and nothing would release it
            if line.batch_id.state == "posted":
                line.batch_id._release([(line, -act.amount_released)], today)
        self.claim_id.invalidate_recordset()


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    @api.model
    def _derived_reads(self):
        """EXTENDS: what an entry of a write-off settled is written off."""
        fname = self.env["recouv.write.off"]._fields["move_id"]
        return [*super()._derived_reads(), fname]
