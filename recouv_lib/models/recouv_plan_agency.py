from odoo import SUPERUSER_ID, Command, api, fields, models
from odoo.exceptions import LockError, UserError

from .recouv_placement_line import HELD


class RecouvPlan(models.Model):
    """A settlement that an agency agreed, within its powers, binds the practice.

    The agency has no invoice to credit. Once the sum is paid in time, the practice gets
    a settlement of its own on its own claim, of the same sums and dates: its books make
    the credit note of it, its users read it, and should the payment bounce its manager
    takes the discount back. Nothing else crosses: no note, no user's name. What the
    practice's books refuse (a locked period) is told to the practice, and tried again.
    """

    _inherit = "recouv.plan"

    agency_name = fields.Char(
        "Agreed by the agency",
        readonly=True,
        copy=False,
        help="Agreed with the debtor in your name, within the powers of the mandate.",
    )
    # the practice's own record of it: only the methods below, elevated, read it
    practice_plan_id = fields.Many2one(
        "recouv.plan",
        groups=fields.NO_ACCESS,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    def _is_agencys(self):
        self.ensure_one()
        return "mandatary" in self.claim_ids.mapped("capacity")

    def _to_settle(self):
        """EXTENDS: of what went back to the practice no sum is read here any more; what
        it was given a settlement for is settled by that one."""
        return (
            super()
            ._to_settle()
            .filtered(
                lambda plan: (
                    not plan._is_agencys()
                    # sudo: whether the practice has its own record of it
                    or plan.sudo().practice_plan_id
                    or len(plan.claim_ids._held_lines()) == len(plan.claim_ids)
                )
            )
        )

    def _settle(self):
        """EXTENDS: what an agency agreed is credited in the practice's books."""
        there = self.filtered(lambda plan: plan._is_agencys())
        if there:
            there.lock_for_update()
        for plan in there:
            plan._settle_there()
        return super(RecouvPlan, self - there)._settle()

    def _settle_there(self):
        own = self._practice_record()
        if not own.settled_on and not own._settle_or_tell():
            self._tell_failure(
                self.env._(
                    "The practice's books do not take the credit note yet: the "
                    "practice was told why."
                )
            )
            return
        self._record(
            {"settled_on": fields.Date.context_today(self), "failure_message": False}
        )
        self.claim_ids.invalidate_recordset(["settlement", "suspension"])

    def _settle_or_tell(self):
        """Credit the rest of a practice's own settlement, or tell the practice why not.

        :return: whether it was credited
        """
        ready = self._to_settle()
        try:
            with self.env.cr.savepoint():
                ready._settle()
        except (UserError, LockError) as error:
            self._tell_failure(str(error))
            return False
        if not ready:
            self._tell_failure(
                self.env._(
                    "The practice's books do not show it as paid in time: look at the "
                    "payments of its claims."
                )
            )
        return bool(ready)

    # --- the practice's own record --------------------------------------------------

    def _practice_record(self):
        """Return the practice's settlement for this one of its agency, made once."""
        self.ensure_one()
        # superuser: no user of the agency signs a record of the practice
        mine = self.with_user(SUPERUSER_ID)
        lines = mine.claim_ids._placed_lines().values()
        claims = mine.claim_ids.browse().union(*(line.claim_id for line in lines))
        practice = claims.company_id
        there = practice._recouv_for_people(mine)
        if not mine.practice_plan_id:
            own = there._record_new(mine._practice_values(claims, practice))
            mine._record({"practice_plan_id": own.id})
            own._log_by_agency()
        return there.browse(mine.practice_plan_id.id)

    def _practice_values(self, claims, practice):
        return {
            "company_id": practice.id,
            "kind": self.kind,
            "partner_id": claims.partner_id.id,
            "signatory_id": claims.partner_id._recouv_signatory().id,
            "claim_ids": [Command.set(claims.ids)],
            "currency_id": self.currency_id.id,
            "amount_start": self.amount_start,
            "amount_set_aside": self.amount_set_aside,
            "amount_total": self.amount_total,
            "grace_days": self.grace_days,
            "date_agreed": self.date_agreed,
            "date_end": self.date_end,
            "source": self.source,
            "state": "agreed",
            "agency_name": self.company_id.name,
            "line_ids": [
                Command.create(
                    {
                        "date": line.date,
                        "amount": line.amount,
                        "amount_cumulated": line.amount_cumulated,
                    }
                )
                for line in self.line_ids
            ],
        }

    def _log_by_agency(self):
        text = self.env._(
            "%(agency)s agreed with the debtor on %(amount)s, which was paid in time: "
            "the rest is credited.",
            agency=self.agency_name,
            amount=self._money(self.amount_total),
        )
        for record in (self, *self.claim_ids):
            record.message_post(body=text)

    # --- not kept after all ---------------------------------------------------------

    def _check_may_take_back(self):
        """EXTENDS: the practice takes back what its books credited."""
        if self._is_agencys():
            raise UserError(
                self.env._(
                    "%(plan)s: the credit note is the practice's, which takes it back "
                    "from its own agreements.",
                    plan=self.display_name,
                )
            )
        return super()._check_may_take_back()

    def action_take_credit_back(self):
        """EXTENDS: the agency's settlement is credited no more either."""
        result = super().action_take_credit_back()
        # superuser: the practice reads no record of its agency, nor signs one
        agencys = self.with_user(SUPERUSER_ID).search(
            [("practice_plan_id", "in", self.ids)]
        )
        agencys._record(
            {
                "settled_on": False,
                "credit_taken_back_on": fields.Date.context_today(self),
            }
        )
        return result


class RecouvClaim(models.Model):
    """What an agency may settle: invoices of one practice, which it credits."""

    _inherit = "recouv.claim"

    def _check_agreeable(self, kind):
        """EXTENDS: a discount is that of one practice, and credited by it alone."""
        super()._check_agreeable(kind)
        mirrors = self.filtered(lambda claim: claim.capacity == "mandatary")
        if kind != "settlement" or not mirrors:
            return
        # sudo: whether it is one debtor of one practice, not which
        books = self.browse().sudo().union(*(claim._on_books() for claim in mirrors))
        if len(books.company_id) > 1 or len(books.partner_id) > 1:
            raise UserError(
                self.env._(
                    "A settlement covers claims of one practice; these are of "
                    "%(names)s. Agree on each apart.",
                    names=", ".join(mirrors.creditor_partner_id.mapped("display_name")),
                )
            )

    def _check_creditable(self):
        """EXTENDS: a mirror stands on the invoice of its practice."""
        if self.capacity != "mandatary":
            return super()._check_creditable()
        try:
            return self._on_books()._check_creditable()
        except UserError as error:
            # in its own words: whom the practice invoiced is none of its business
            raise UserError(
                self.env._(
                    "%(claim)s stands on no invoice: what is remitted could not "
                    "be credited.",
                    claim=self.display_name,
                )
            ) from error

    def _end_mirror(self, close_reason, reason):
        """EXTENDS: what was paid in time, and not credited yet, goes with the claim."""
        plans = self.plan_ids.filtered(lambda plan: plan.kind == "settlement")
        # what was read of the books before this moment may be old
        plans.invalidate_recordset(["amount_cashed"])
        for plan in plans._to_settle():
            plan._practice_record()
        return super()._end_mirror(close_reason, reason)


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS 'account': money on what an agency settled wakes the cron too."""
        partials = super().create(vals_list)
        # sudo: only whether a settlement waits, whoever books the payment
        lines = self.env["recouv.placement.line"].sudo()
        waiting = [
            ("kind", "=", "settlement"),
            ("state", "=", "agreed"),
            ("settled_on", "=", False),
        ]
        if partials and lines.search_count(
            [
                ("claim_id.move_line_id", "in", partials.debit_move_id.ids),
                ("state", "in", HELD),
                ("agency_claim_id.plan_ids", "any", waiting),
            ],
            limit=1,
        ):
            cron = self.env.ref("recouv_lib.ir_cron_settle", raise_if_not_found=False)
            if cron:
                # sudo: who books a payment need not be allowed to run crons
                cron.sudo()._trigger()
        return partials
