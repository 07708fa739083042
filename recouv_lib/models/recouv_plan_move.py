from odoo import Command, api, models
from odoo.tools import SQL


class RecouvClaim(models.Model):
    """A claim that moves takes along what was agreed and what suspends it.

    What comes back to the same debtor (a payer refused it) is the same debt: its claim
    joins the agreement and the suspensions of the claim before, as long as the sums of
    the agreement still fit. Who else owes it has agreed on nothing: there it ends, and
    says why.
    """

    _inherit = "recouv.claim"

    def _take_over(self):
        """Carry agreements and suspensions from the claim before to these claims."""
        for claim in self:
            before = claim._claim_before()
            if not before or before == claim:
                continue
            plans = before.plan_ids.filtered(lambda p, c=claim: c not in p.claim_ids)
            for plan in plans & before._live_plans():
                plan._follow(claim)
            if claim.partner_id == before.partner_id:
                claim._take_over_holds(before)

    def _claim_before(self):
        """Return the claim that this debt was for the same debtor before.

        What lies between is another's: the part of a payer that refused it. Where the
        debtor never owed it, the claim it comes from.
        """
        self.ensure_one()
        before, seen = self.origin_claim_id, self
        while before and before.partner_id != self.partner_id and before not in seen:
            seen |= before
            before = before.origin_claim_id
        found = before and before.partner_id == self.partner_id
        return before if found else self.origin_claim_id

    def _take_over_holds(self, before):
        """What suspended the claim before suspends this one: same debt, same person."""
        holds = before._active_holds().filtered(
            lambda hold: (
                not hold.plan_id
                and before in hold.claim_ids
                and self not in hold.claim_ids
            )
        )
        partial = holds.filtered("amount_disputed")
        (holds - partial).write({"claim_ids": [Command.link(self.id)]})
        for hold in partial:
            self._take_over_disputed(hold, before)

    def _take_over_disputed(self, hold, before):
        """Dispute here what the claim before no longer owes of a disputed sum.

        A disputed amount belongs to one claim: the case itself moves when nothing of
        the sum stayed behind, else it is shared.
        """
        stays = min(hold.amount_disputed, max(0.0, before.amount_residual_currency))
        goes = self.currency_id.round(
            min(hold.amount_disputed - stays, self.amount_residual_currency)
        )
        if goes <= 0:
            return
        if not stays:
            hold.write({"claim_ids": [Command.set(self.ids)], "amount_disputed": goes})
            before.message_post(
                body=self.env._("Its dispute goes on with %s.", self.display_name)
            )
            return
        hold._split(self, amount_disputed=goes)
        hold.amount_disputed = stays

    def _close(self, reason):
        """EXTENDS: an agreement about an invoice that changed cannot go on."""
        result = super()._close(reason)
        for plan in self._live_plans() if self else ():
            plan._cancel((plan.claim_ids & self)._closed_agreement_text(reason))
        return result

    def _closed_agreement_text(self, reason):
        names = ", ".join(self.mapped("display_name"))
        if reason == "debtor_changed":
            return self.env._("%s: another debtor owes it now.", names)
        return self.env._("%s: the invoice was changed. Agree anew.", names)


class RecouvPlan(models.Model):
    _inherit = "recouv.plan"

    def _follow(self, claim):
        """Let this agreement cover ``claim`` too, or end it where it cannot."""
        self.ensure_one()
        if claim.partner_id != self.partner_id or claim.currency_id != self.currency_id:
            self._cancel(self.env._("%s: another debtor owes it now.", claim.reference))
            return
        self._record({"claim_ids": [Command.link(claim.id)]})
        self.hold_ids.write({"claim_ids": [Command.link(claim.id)]})
        self.env.flush_all()
        self.invalidate_recordset()
        if not self._sums_fit():
            self._cancel(
                self.env._(
                    "%s came back with another sum. Agree anew.", claim.reference
                )
            )

    def _sums_fit(self):
        """Whether what is still to be paid under it, and what it left out and was not
        credited, is what its claims owe."""
        self.env.flush_all()
        owed, _aside = self.claim_ids._owed_now(self.kind)
        left = self.amount_start - self.amount_paid - self._left_out()
        return not self.currency_id.compare_amounts(left, owed)

    def _left_out(self):
        """Return what was credited since of the sum that it left out."""
        sql = self._left_out_sql(SQL.identifier(self._table))
        return float(
            self._derived_rows({"left_out": sql}, self.ids)[self.id]["left_out"]
        )


class RecouvTransfer(models.Model):
    _inherit = "recouv.transfer"

    @api.model
    def _link_target_claims(self, company):
        """EXTENDS: the claims just tied to the one before take over what it had."""
        waiting = self.search(
            [
                ("company_id", "=", company.id),
                ("kind", "=", "back_to_debtor"),
                ("state", "=", "posted"),
                ("target_claim_id", "=", False),
            ]
        )
        result = super()._link_target_claims(company)
        waiting.target_claim_id._take_over()
        return result


class RecouvDerivedMixin(models.AbstractModel):
    _inherit = "recouv.derived.mixin"

    @api.model
    def _derived_reads(self):
        """EXTENDS: what came back, what bounced and where it had been laid."""
        names = {
            "recouv.transfer": ("target_claim_id", "amount_currency", "kind", "state"),
            "recouv.bounce": ("collection_id", "recorded_at", "undone_on"),
            "recouv.collection": ("payment_id", "undone_on"),
            "recouv.collection.line": ("collection_id", "move_line_id", "amount"),
        }
        return super()._derived_reads() + [
            self.env[model]._fields[name]
            for model, wanted in names.items()
            for name in wanted
        ]
