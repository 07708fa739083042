from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

#: states in which the payer keeps the sum, or is to get it
OWED = ("accepted", "lost")


class RecouvIndu(models.Model):
    """The books of sums that payers claim back.

    What a payer keeps back from a transfer waits on the account of sums kept back.
    Once it stands (accepted, or upheld by the board), one entry takes it out of there,
    against the income of the invoice it was paid for or, where no part is named, the
    account of fees given back. A sum that was claimed by letter is owed to the payer
    by the same entry, until it is paid or kept back from a later transfer. A sum that
    the payer gives back settles what it had kept.
    """

    _inherit = "recouv.indu"

    move_id = fields.Many2one(
        "account.move",
        "Entry",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )

    # --- it stands ------------------------------------------------------------------

    def _end(self, before, state):
        """EXTENDS: what stands is booked at once."""
        result = super()._end(before, state)
        if state in OWED:
            # sudo: the rights were checked; the entry is made of checked values
            for indu in self.sudo():
                indu._record({"move_id": indu._book().id})
        return result

    def _book(self):
        """Book the sum as owed to the payer; nothing where the books explain it.

        :return: the entry, or none
        :raise UserError: another currency, or books that are locked
        """
        kept = self.line_id.item_id
        if kept.reconciled:
            return self.env["account.move"]
        self._check_bookable(kept)
        company = self.company_id
        journal, accounts = company._recouv_return_settings()
        owed = kept.account_id or accounts["recouv_payer_debt_account_id"]
        light = {} if company.restrictive_audit_trail else {"tracking_disable": True}
        moves = self.env["account.move"].with_company(company).with_context(**light)
        move = moves.create(self._entry_values(journal, owed))
        move._post(soft=False)
        if kept.account_id.reconcile:
            item = move.line_ids.sorted("sequence")[0]
            self.env["account.move.line"]._reconcile_plan([kept | item])
        return move

    def _check_bookable(self, kept):
        currency = self.company_id.currency_id
        if self.currency_id != currency:
            raise UserError(
                self.env._(
                    "%(indu)s is in %(currency)s: the books are in %(other)s.",
                    indu=self.display_name,
                    currency=self.currency_id.name,
                    other=currency.name,
                )
            )
        if kept and currency.compare_amounts(self.amount, kept.amount_residual) > 0:
            raise UserError(
                self.env._(
                    "%(indu)s: %(sum)s were kept back, correct the sum first.",
                    indu=self.display_name,
                    sum=currency.format(kept.amount_residual),
                )
            )

    def _entry_values(self, journal, owed):
        """Values of the entry; numbers only, no name and no act."""
        company, day = self.company_id, fields.Date.context_today(self)
        if locks := company._get_violated_lock_dates(day, False, journal):
            raise UserError(
                self.env._(
                    "%(indu)s cannot be booked on %(date)s: the books are locked "
                    "(%(locks)s). Nothing was booked.",
                    indu=self.display_name,
                    date=format_date(self.env, day),
                    locks=company._format_lock_dates(locks),
                )
            )
        words = self.with_context(lang=company.partner_id.lang or self.env.lang)
        label = words.env._("Claimed back %s", self.reference or "").strip()
        given = self._given_account()
        return {
            "move_type": "entry",
            "company_id": company.id,
            "journal_id": journal.id,
            "date": day,
            "ref": label,
            "line_ids": [
                Command.create(
                    {
                        "name": label,
                        "sequence": rank,
                        "account_id": account.id,
                        "partner_id": self.payer_id.commercial_partner_id.id,
                        "balance": balance,
                        "no_followup": True,
                        "analytic_distribution": False,
                    }
                )
                for rank, (account, balance) in enumerate(
                    ((owed, -self.amount), (given, self.amount))
                )
            ],
        }

    def _given_account(self):
        """Return the account that bears it: the income of the invoice, else its own."""
        lines = self.share_id.move_id.invoice_line_ids.filtered(
            lambda line: line.account_id.account_type == "income"
        )
        if lines:
            return max(lines, key=lambda line: abs(line.balance)).account_id
        return self.company_id._recouv_given_back_account()

    # --- what the payer does then ---------------------------------------------------

    @api.model
    def _from_lines(self, lines):
        """EXTENDS: what was accepted before is not claimed once more."""
        moving = lines.filtered(lambda line: line.kind == "retained" and line.item_id)
        for line in moving.filtered(
            lambda line: line.outcome == "done" and not line.file_id.is_test
        ):
            line._settle_kept_back()
        return super()._from_lines(
            lines.filtered(lambda line: not line.item_id.reconciled)
        )

    @api.model
    def _cron_find(self):
        """EXTENDS: sums given back settle what was kept."""
        # sudo: the job of every company, which shows nothing
        given_back = self.env["recouv.return.line"].sudo()
        given_back = given_back.search(
            [
                ("kind", "=", "retained"),
                ("paid", ">", 0),
                ("outcome", "=", "done"),
                ("file_id.is_test", "=", False),
                ("reference", "!=", False),
                ("item_id.reconciled", "=", False),
                ("item_id", "!=", False),
            ]
        )
        for line in given_back:
            line._settle_kept_back()
        return super()._cron_find()

    @api.model
    def _kept_back_domain(self):
        """EXTENDS: what the books have settled is explained."""
        return super()._kept_back_domain() & (
            Domain("item_id", "=", False) | Domain("item_id.reconciled", "=", False)
        )

    # --- undo -----------------------------------------------------------------------

    def _undo_obstacle(self):
        # sudo: whether the payer has got it since, nothing more
        item = self.sudo().move_id.line_ids.sorted("sequence")[:1]
        met = item.matched_debit_ids.debit_move_id - self.sudo().line_id.item_id
        if met:
            return self.env._("the payer was paid, or has kept it back, since.")
        return super()._undo_obstacle()

    def _undo(self):
        result = super()._undo()
        # sudo: entries of sums that the user may undo, made by the product
        for indu in self.sudo().filtered("move_id"):
            move = indu.move_id
            move.line_ids.remove_move_reconcile()
            indu._record({"move_id": False})
            reverse = move._reverse_moves(
                [{"date": fields.Date.context_today(self)}], cancel=True
            )
            if reverse.state != "posted":
                reverse._post(soft=False)
        return result

    # --- what is open ---------------------------------------------------------------

    @api.model
    def action_open_kept_back(self):
        """Open what waits on the accounts of sums kept back."""
        # sudo: an account of the companies' own settings; items by the user's rights
        companies = self.env.companies.sudo()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Sums kept back, not explained"),
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "domain": [
                ("account_id", "in", companies.recouv_payer_debt_account_id.ids),
                ("company_id", "in", companies.ids),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
            ],
            "context": {"search_default_group_by_partner": 1, "create": False},
        }


class RecouvReturnLine(models.Model):
    _inherit = "recouv.return.line"

    def _settle_kept_back(self):
        """Reconcile a sum kept or given back with what it answers, if that is open.

        The other side is of the same payer and bears the same reference: what this
        payer had kept, or what was accepted before it kept it.
        """
        mine = self.item_id
        payer = self.payment_id.payer_id or self.payer_id
        if not (self.reference and payer) or mine.reconciled:
            return
        # sudo: the books of a line that the caller handles
        indus = (
            self.env["recouv.indu"]
            .sudo()
            .search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("payer_id", "=", payer.id),
                    ("reference", "=", self.reference),
                ],
                order="id",
            )
        )
        items = indus.line_id.item_id | indus.move_id.line_ids
        other = items.filtered(
            lambda item: (
                item != mine
                and item.account_id == mine.account_id
                and item.account_id.reconcile
                and not item.reconciled
                and item.balance * mine.balance < 0
            )
        )[:1]
        if other:
            self.env["account.move.line"]._reconcile_plan([mine | other])


class AccountMove(models.Model):
    _inherit = "account.move"

    def button_draft(self):
        """EXTENDS 'account': a sum claimed back is un-booked where it was accepted."""
        # sudo: only whether one stands behind it, to refuse
        indus = self.env["recouv.indu"].sudo().search([("move_id", "in", self.ids)])
        if indus:
            raise UserError(
                self.env._(
                    "%(entry)s books a sum that a payer claims back (%(indu)s): undo "
                    "what was decided there instead.",
                    entry=indus[0].move_id.name,
                    indu=indus[0].display_name,
                )
            )
        return super().button_draft()
