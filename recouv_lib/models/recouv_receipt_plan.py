from odoo import fields, models
from odoo.tools import format_amount, format_date


class RecouvReceipt(models.Model):
    """What the agency receives under a payment plan, and what of it is told each time.

    The practice is told of every payment, even partial, save what is paid under a plan
    that it knows already (CPCE R124-5 al. 1). It knows a plan once it has seen one
    payment under it: that one says what was agreed. Promises and settlements are no
    plans, and what is more than the plan has due is no instalment.
    """

    _inherit = "recouv.receipt"

    def _note_instalments(self):
        """Say under which plan these sums are paid, and which are known instalments."""
        plans = self.env["recouv.plan"].search(
            [
                ("claim_ids", "in", self.line_ids.claim_id.ids),
                ("kind", "=", "plan"),
                ("standing", "=", "running"),
            ]
        )
        # what was read of the books before this moment may be old
        plans.invalidate_recordset(["amount_paid"])
        for plan in plans:
            lines = self.line_ids.filtered(
                lambda line, plan=plan: line.claim_id in plan.claim_ids
            )
            # sudo: written by the methods of the model only
            lines.sudo().write({"plan_id": plan.id})
            known = lines._within_instalments(plan)._known_to_practice(plan)
            known.sudo().write({"is_known_instalment": True})


class RecouvReceiptLine(models.Model):
    _inherit = "recouv.receipt.line"

    plan_id = fields.Many2one(
        "recouv.plan",
        "Payment plan",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        help="The plan that ran when the money was received.",
    )

    def _within_instalments(self, plan):
        """Return those that pay no more than the plan has due on their day."""
        waiting = self.search(
            [("plan_id", "=", plan.id), ("receipt_id.state", "=", "received")]
        )
        before = sum((waiting - self).mapped("amount"))
        within = self.browse()
        for receipt, lines in self.grouped("receipt_id").items():
            before += sum(lines.mapped("amount"))
            due = plan._instalments_due(receipt.cleared_on or receipt.date)
            if plan.currency_id.compare_amounts(before, due) <= 0:
                within |= lines
        return within

    def _known_to_practice(self, plan):
        """Return those whose practice has seen a payment under this plan."""
        # sudo: the day on which the practice looked, and nothing else of its books
        seen = self.sudo().search(
            [
                ("plan_id", "=", plan.id),
                ("creditor_partner_id", "in", self.creditor_partner_id.ids),
                ("transfer_id.seen_on", "!=", False),
            ]
        )
        knowing = seen.creditor_partner_id.sudo(False)
        return self.filtered(lambda line: line.creditor_partner_id in knowing)

    def _transfer_values(self, practice, day, placed):
        """EXTENDS: the practice reads what was agreed."""
        values = super()._transfer_values(practice, day, placed)
        words = self.plan_id and self._plan_words(practice)
        return values | {"plan_words": words or False}

    def _plan_words(self, practice):
        """Return what the practice reads of the plan, in its own language; of what the
        debtor owes to others, nothing."""
        env, plan = practice._recouv_for_people(self).env, self.plan_id
        steps = plan.line_ids.sorted("date")
        words = env._(
            "Agreed on %(agreed)s, instalments: %(count)s, from %(first)s to %(last)s",
            agreed=format_date(env, plan.date_agreed),
            count=len(steps),
            first=format_date(env, steps[0].date),
            last=format_date(env, steps[-1].date),
        )
        if len(plan.claim_ids.creditor_partner_id) > 1:
            return words
        total = format_amount(env, plan.amount_total, plan.currency_id)
        return env._("%(plan)s, %(total)s in all", plan=words, total=total)


class RecouvPlan(models.Model):
    _inherit = "recouv.plan"

    def _instalments_due(self, day):
        """Return what is to be paid by ``day``, and the next instalment with it: who
        pays some days early pays an instalment all the same."""
        self.ensure_one()
        differs = self.currency_id.compare_amounts
        steps = self.line_ids.sorted("date")
        open_ = steps.filtered(
            lambda s: differs(s.amount_cumulated, self.amount_paid) > 0
        )
        due = steps.filtered(lambda step: step.date <= day) | open_[:1]
        asked = max(due.mapped("amount_cumulated"), default=0.0)
        return self.currency_id.round(asked - self.amount_paid)


class RecouvTransfer(models.Model):
    _inherit = "recouv.transfer"

    plan_words = fields.Char(
        "Payment plan",
        readonly=True,
        copy=False,
        help="What the agency agreed with the debtor. Once you have seen a payment "
        "under it, the instalments that follow are not told one by one.",
    )
