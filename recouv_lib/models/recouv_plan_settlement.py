import logging

from odoo import Command, api, fields, models
from odoo.exceptions import LockError, UserError

_logger = logging.getLogger(__name__)


class RecouvPlan(models.Model):
    """A settlement paid in time: what is remitted is credited on the invoices.

    Strategy of the cron. A payment that is reconciled with a claim under a live
    settlement triggers it; each settlement is credited in a savepoint of its own, so
    that one that the books refuse (a locked period) stops no other: the error is kept
    on the settlement and a human is told once.
    """

    _inherit = "recouv.plan"

    settled_on = fields.Date("Credited on", readonly=True)
    credit_ids = fields.One2many(
        "account.move", "recouv_plan_id", "Credit notes", readonly=True
    )
    failure_message = fields.Char("Could not be credited", readonly=True)
    credit_taken_back_on = fields.Date(
        "Discount taken back on",
        readonly=True,
        help="The settlement was not kept after all: its credit notes were reversed.",
    )

    def _to_settle(self):
        """Return the settlements whose sum is in the books and not yet credited."""
        return self.filtered(
            lambda plan: (
                plan.kind == "settlement"
                and plan.state == "agreed"
                and not plan.settled_on
                and plan.currency_id.compare_amounts(
                    plan.amount_cashed, plan.amount_total
                )
                >= 0
            )
        )

    @api.model
    def _cron_settle(self):
        """Credit the rest of every settlement that was paid in time."""
        waiting = self.search(
            [
                ("kind", "=", "settlement"),
                ("state", "=", "agreed"),
                ("settled_on", "=", False),
            ]
        )
        # what was read of the books before this moment may be old
        waiting.invalidate_recordset(["amount_cashed"])
        for plan in waiting._to_settle():
            mine = plan.company_id._recouv_for_people(plan)
            try:
                with self.env.cr.savepoint():
                    mine._settle()
            except (UserError, LockError) as error:
                _logger.warning("settlement %s: %s", plan.id, error)
                mine._tell_failure(str(error))

    def _tell_failure(self, message):
        """Keep why it could not be credited; tell a human when it is news."""
        if message == self.failure_message:
            return
        self._record({"failure_message": message})
        self.claim_ids[:1]._schedule_todo(
            self.env._("The rest of a settlement could not be credited"), message
        )

    def action_settle(self):
        """Credit the rest now."""
        ready = self._to_settle()
        for plan in self - ready:
            raise UserError(
                self.env._(
                    "%(plan)s: %(paid)s of %(total)s are in the books; nothing is "
                    "credited before all is, in time.",
                    plan=plan.display_name,
                    paid=plan._money(plan.amount_cashed),
                    total=plan._money(plan.amount_total),
                )
            )
        ready._settle()
        return True

    def _settle(self):
        """Credit what each invoice still owes, and net it at once."""
        self.lock_for_update()
        for plan in self:
            owing = plan._remitted_claims()
            for claims in owing.grouped(plan._credited_with).values():
                plan._remit(claims)
            plan._record(
                {
                    "settled_on": fields.Date.context_today(plan),
                    "failure_message": False,
                }
            )
            plan.claim_ids.invalidate_recordset(["settlement", "suspension"])

    def _remitted_claims(self):
        """Return the claims with something left that may be asked."""
        return self.claim_ids.filtered(lambda claim: claim._collectable_residual() > 0)

    @api.model
    def _credited_with(self, claim):
        """Return what one credit note is made for: an invoice, and the account on
        which it is owed now, its own or that of doubtful receivables."""
        return claim.move_id, claim.move_line_id.account_id

    def _remit(self, claims):
        """Credit on the invoice of ``claims`` what they still owe, to the cent.

        The credit note bears the account on which they stand, be it that of a
        transfer's item, and is netted with them alone: whoever else holds a part of
        the invoice was remitted nothing (see ``_recouv_follows_receivable``).
        """
        for claim in claims:
            claim._check_creditable()
        move, items = claims.move_id, claims.move_line_id
        rest = move.currency_id.round(
            sum(claim._collectable_residual() for claim in claims)
        )
        credit = self._make_credit(move, rest)
        self._balance_credit(credit, rest)
        own = credit.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        if own.account_id != items.account_id:
            own.account_id = items.account_id
        credit.action_post()
        (own + items).filtered(lambda line: not line.reconciled).reconcile()

    def _make_credit(self, move, rest):
        """Return the draft credit note; only here it may name its settlement."""
        moves = self._recording().env["account.move"].with_company(self.company_id)
        credit = moves.create(self._credit_values(move, rest))
        return credit.with_env(self.env).with_company(self.company_id)

    def _credit_values(self, move, rest):
        return {
            "move_type": "out_refund",
            "partner_id": move.partner_id.id,
            "journal_id": move.journal_id.id,
            "currency_id": move.currency_id.id,
            "fiscal_position_id": move.fiscal_position_id.id,
            "reversed_entry_id": move.id,
            "recouv_plan_id": self.id,
            "invoice_date": fields.Date.context_today(self),
            "invoice_payment_term_id": False,
            "ref": self.env._("Discount on %(invoice)s", invoice=move.name),
            "invoice_line_ids": [
                Command.create(line) for line in self._credit_lines(move, rest)
            ],
        }

    def _credit_lines(self, move, rest):
        """Spread ``rest`` over the invoice's lines, one line per account and tax."""
        charges = move.invoice_line_ids.filtered(
            lambda line: line.display_type == "product" and line.price_total
        )
        groups = charges.grouped(lambda line: (line.account_id, line.tax_ids))
        ratio = rest / move.amount_total
        return [
            {
                "name": self.env._("Discount agreed"),
                "account_id": account.id,
                "tax_ids": [Command.set(taxes.ids)],
                "quantity": 1,
                "price_unit": move.currency_id.round(
                    sum(
                        line.price_total
                        if any(taxes.mapped("price_include"))
                        else line.price_subtotal
                        for line in lines
                    )
                    * ratio
                ),
            }
            for (account, taxes), lines in groups.items()
        ]

    def _balance_credit(self, credit, rest):
        """Taxes round line by line: a line without tax takes the cents of gap."""
        gap = credit.currency_id.round(rest - credit.amount_total)
        if not gap:
            return
        first = credit.invoice_line_ids[:1]
        credit.invoice_line_ids = [
            Command.create(
                {
                    "name": self.env._("Discount agreed"),
                    "account_id": first.account_id.id,
                    "tax_ids": [Command.clear()],
                    "quantity": 1,
                    "price_unit": gap,
                }
            )
        ]

    # --- not kept after all ---------------------------------------------------------

    def action_take_credit_back(self):
        """A payment came back after the rest was credited: the remission is void.

        The settlement was conditional on payment by its date (Code civil, art. 1304-7:
        a condition that fails undoes what depended on it). The credit notes are
        reversed today, so that the invoices owe again what they did; both entries stay
        in the books. Should the money count after all, the cron credits anew.

        :raise UserError: it is kept, may still be paid in time, or was not credited
        """
        self._check_manager()
        self.lock_for_update()
        for plan in self:
            plan._check_may_take_back()
            for credit in plan._standing_credits():
                plan._take_back(credit)
            plan._record(
                {
                    "settled_on": False,
                    "credit_taken_back_on": fields.Date.context_today(plan),
                }
            )
            plan._log_taken_back()
            plan.claim_ids.invalidate_recordset(["settlement", "suspension"])
        return True

    def _check_may_end(self):
        """EXTENDS: to end what was credited is to let the discount stand."""
        if self.filtered("settled_on"):
            self._check_manager()
        return super()._check_may_end()

    def _check_may_take_back(self):
        if self.kind == "settlement" and self.settled_on and self.standing == "broken":
            return
        raise UserError(
            self.env._(
                "%(plan)s: a discount is taken back once it was credited and the sum "
                "agreed is no longer paid, its last day being over.",
                plan=self.display_name,
            )
        )

    def _standing_credits(self):
        return self.credit_ids.filtered(
            lambda credit: credit.state == "posted" and not credit.reversal_move_ids
        )

    def _take_back(self, credit):
        """Free the invoice from ``credit`` and reverse it today."""
        own = credit.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        own.remove_move_reconcile()
        today = fields.Date.context_today(self)
        text = self.env._("Settlement not kept: %(credit)s", credit=credit.name)
        values = {"date": today, "invoice_date": today, "ref": text}
        credit._reverse_moves([values], cancel=True)

    def _log_taken_back(self):
        text = self.env._(
            "%(plan)s was not kept: what had been remitted is owed again.",
            plan=self.display_name,
        )
        self.message_post(body=text)
        for claim in self.claim_ids:
            claim.message_post(body=text)

    def _undo_obstacle(self):
        """EXTENDS: what was credited stays; another agreement can follow."""
        if self.settled_on:
            return self.env._("what was remitted is credited already.")
        return super()._undo_obstacle()


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    def _collectable_residual(self):
        self.ensure_one()
        return max(0, self.amount_residual_currency - self.amount_excluded)


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS 'account': money on a claim under a settlement wakes its cron."""
        partials = super().create(vals_list)
        # sudo: only whether a settlement waits, whoever books the payment
        waiting = self.env["recouv.plan"].sudo()
        if partials and waiting.search_count(
            [
                ("kind", "=", "settlement"),
                ("state", "=", "agreed"),
                ("settled_on", "=", False),
                ("claim_ids.move_line_id", "in", partials.debit_move_id.ids),
            ],
            limit=1,
        ):
            cron = self.env.ref("recouv_lib.ir_cron_settle", raise_if_not_found=False)
            if cron:
                # sudo: who books a payment need not be allowed to run crons
                cron.sudo()._trigger()
        return partials
