from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL

from .recouv_day import Section
from .recouv_receipt_book import MONEY

#: the same as MONEY, for searches on items
MONEY_DOMAIN = Domain.OR(
    [
        Domain("journal_id.type", "in", ("bank", "cash", "credit")),
        Domain("move_id.origin_payment_id", "!=", False),
        Domain("move_id.statement_line_id", "!=", False),
    ]
)


class RecouvWriteOffRecovery(models.Model):
    """Money that came for a claim after its write-off.

    It came as any payment, and waits as a credit of the debtor: the entry moves it to
    758300 or, for a practice on receipts, back to the income account from which the
    fee was taken; the receipts book counts the payment itself.
    """

    _name = "recouv.write.off.recovery"
    _description = "Recovery after a write-off"
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin", "recouv.booked.mixin"]
    _order = "date desc, id desc"
    _booked_moves = _booked_pairs = ("move_id",)
    _booked_items = ("item_id",)
    _check_company_auto = True

    write_off_id = fields.Many2one(
        "recouv.write.off",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        related="write_off_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="write_off_id.currency_id")
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date("Received on", readonly=True, required=True)
    amount_currency = fields.Monetary("Received", readonly=True)
    amount = fields.Monetary(
        "Received (company currency)",
        currency_field="company_currency_id",
        readonly=True,
    )
    item_id = fields.Many2one(
        "account.move.line", "Payment", readonly=True, ondelete="set null"
    )
    move_id = fields.Many2one(
        "account.move", "Entry", readonly=True, ondelete="restrict"
    )
    undo_move_id = fields.Many2one("account.move", "Undone by", readonly=True)

    @api.depends("write_off_id", "date")
    def _compute_display_name(self):
        for one in self:
            one.display_name = f"{one.write_off_id.display_name} {one.date or ''}"

    @api.model
    def _evidence_advice(self):
        return self.env._("Undo it, and record it again.")

    # --- booking --------------------------------------------------------------------

    @api.model
    def _take(self, write_off, item, amount, day):
        """Book (a part of) a credit of the debtor as recovered.

        :param item: the open credit on the debtor's account
        :param amount: in its currency, positive
        :param day: accounting date
        :raise UserError: too much, another debtor's, locked, or no account
        """
        write_off._check_recoverable(item, amount, day)
        # sudo: the credit that was just checked
        item = item.sudo()
        part = item._recouv_company_part(amount)
        # sudo: an entry made of checked values only, by who may record money
        moves = self.env["account.move"].sudo().with_company(write_off.company_id)
        move = moves.create(self._entry_values(write_off, item, amount, abs(part), day))
        move._post(soft=False)
        debit = move.line_ids.filtered(lambda line: line.balance > 0)
        self.env["account.move.line"].sudo()._reconcile_plan([item + debit])
        return self._record_new(
            [
                {
                    "write_off_id": write_off.id,
                    "date": item.date,
                    "amount_currency": amount,
                    "amount": abs(part),
                    "item_id": item.id,
                    "move_id": move.id,
                }
            ]
        )

    @api.model
    def _entry_values(self, write_off, item, amount, part, day):
        company = write_off.company_id
        label = self.env._("Recovered after %s", write_off.name)
        partner = self.env["res.partner"]
        return {
            "move_type": "entry",
            "company_id": company.id,
            "journal_id": company._recouv_transfer_setting(
                "recouv_doubtful_journal_id"
            ).id,
            "date": day,
            "ref": label,
            "line_ids": [
                Command.create(
                    {
                        "name": label,
                        "account_id": account.id,
                        "partner_id": owner.id,
                        "currency_id": item.currency_id.id,
                        "amount_currency": sign * amount,
                        "balance": sign * part,
                        "analytic_distribution": False,
                        "tax_ids": [Command.clear()],
                    }
                )
                for account, owner, sign in (
                    (item.account_id, item.partner_id, 1),
                    (write_off._recovery_account(), partner, -1),
                )
            ],
        }

    # --- undoing --------------------------------------------------------------------

    def _undo(self):
        """The money is a credit of the debtor again."""
        today = fields.Date.context_today(self)
        for one in self:
            # sudo: the reversal of this act's own entry
            move = one._unbooking(one.sudo().move_id)
            one.company_id._recouv_check_write_off_day(move.journal_id, today)
            debit = move.line_ids.filtered(lambda line: line.balance > 0)
            debit.remove_move_reconcile()
            back = move._reverse_moves([{"date": today, "ref": move.ref}])
            # posting a reversal reconciles it with what it reverses
            back._post(soft=False)
            one._record({"undo_move_id": back.id})


class RecouvWriteOff(models.Model):
    _inherit = "recouv.write.off"

    recovery_ids = fields.One2many(
        "recouv.write.off.recovery", "write_off_id", "Recovered later"
    )
    amount_recovered = fields.Monetary(
        "Recovered later", compute="_compute_amount_recovered"
    )

    @api.depends("recovery_ids.amount_currency", "recovery_ids.undone_on")
    def _compute_amount_recovered(self):
        for act in self:
            standing = act.recovery_ids.filtered(lambda one: not one.undone_on)
            act.amount_recovered = sum(standing.mapped("amount_currency"))

    def action_recover(self):
        """Open the dialog that records money come after the write-off."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Recovered later"),
            "res_model": "recouv.write.off.recover",
            "view_mode": "form",
            "target": "new",
            "context": {"default_write_off_id": self.id},
        }

    def _recovery_account(self):
        if self.is_cash_basis:
            # sudo: an account of the act itself
            return self.sudo().loss_account_id
        return self.company_id._recouv_write_off_account(
            "recouv_later_recovery_account_id"
        )

    def _open_credits(self):
        """Return the debtor's payments that settle nothing yet; a credit note is no
        money."""
        # sudo: what waits on the account of the write-off's own debtor
        return (
            self.env["account.move.line"]
            .sudo()
            .search(
                Domain(
                    [
                        ("company_id", "=", self.company_id.id),
                        ("partner_id", "=", self.partner_id.commercial_partner_id.id),
                        ("account_id.account_type", "=", "asset_receivable"),
                        ("parent_state", "=", "posted"),
                        ("reconciled", "=", False),
                        ("balance", "<", 0),
                        ("currency_id", "=", self.currency_id.id),
                        ("date", ">=", self.date),
                    ]
                )
                & MONEY_DOMAIN,
                order="date, id",
            )
            .sudo(self.env.su)
        )

    def _check_recoverable(self, item, amount, day):
        self.check_access("write")
        compare = self.currency_id.compare_amounts
        left = self.amount_currency - self.amount_recovered
        if self.state != "decided" or compare(left, 0) <= 0:
            raise UserError(
                self.env._("%s: nothing is left to recover.", self.display_name)
            )
        if item not in self._open_credits():
            raise UserError(
                self.env._(
                    "%s: choose a payment of its debtor that came since and settles "
                    "nothing yet.",
                    self.display_name,
                )
            )
        # sudo: what is left of the credit that was just checked
        most = min(left, abs(item.sudo().amount_residual_currency))
        if compare(amount, 0) <= 0 or compare(amount, most) > 0:
            raise UserError(
                self.env._(
                    "%(act)s: enter a sum up to %(most)s.",
                    act=self.display_name,
                    most=self.currency_id.format(most),
                )
            )
        journal = self.company_id._recouv_transfer_setting("recouv_doubtful_journal_id")
        self.company_id._recouv_check_write_off_day(journal, day)
        self._recovery_account()

    @api.model
    def _with_money_since(self, companies):
        """Return the write-offs whose debtor has a payment that settles nothing."""
        self.flush_model()
        self.env["recouv.write.off.recovery"].flush_model()
        self.env["account.move.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT w.id FROM recouv_write_off w
                     JOIN res_partner p ON p.id = w.partner_id
                    WHERE w.state = 'decided' AND w.company_id IN %(companies)s
                      AND w.amount_currency > COALESCE((
                          SELECT SUM(r.amount_currency)
                            FROM recouv_write_off_recovery r
                           WHERE r.write_off_id = w.id AND r.undone_on IS NULL), 0)
                      AND EXISTS (
                          SELECT 1 FROM account_move_line l
                            JOIN account_account a ON a.id = l.account_id
                            JOIN account_move m ON m.id = l.move_id
                            JOIN account_journal j ON j.id = l.journal_id
                           WHERE l.partner_id = p.commercial_partner_id
                             AND l.company_id = w.company_id
                             AND a.account_type = 'asset_receivable'
                             AND l.parent_state = 'posted' AND l.balance < 0
                             AND l.reconciled IS NOT TRUE AND l.date >= w.date
                             AND %(money)s)""",
                money=MONEY,
                companies=tuple(companies.ids) or (0,),
            )
        )
        return self.browse([row[0] for row in rows])


class RecouvDay(models.AbstractModel):
    _inherit = "recouv.day"

    @api.model
    def _sections(self, today):
        """EXTENDS: irrecoverable claims to decide, and money that came for them."""
        _ = self.env._
        acts = self.env["recouv.write.off"]
        late = acts._with_money_since(self.env.companies)
        sections = [
            *super()._sections(today),
            Section(
                "written_off_money",
                75,
                _("Money come for written-off claims"),
                "recouv.write.off",
                Domain("id", "in", late.ids),
                action="recouv_lib.recouv_write_off_action",
            ),
        ]
        if self.env.user.has_group("recouv_lib.group_manager"):
            sections.append(
                Section(
                    "write_offs",
                    85,
                    _("Write-offs to decide"),
                    "recouv.write.off",
                    Domain("state", "=", "draft"),
                    action="recouv_lib.recouv_write_off_action",
                )
            )
        return sections
