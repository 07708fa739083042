from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount, format_date

from .recouv_plan import LIVE


class RecouvClaim(models.Model):
    """Agreements on claims: the one way to make them, and what they suspend."""

    _inherit = "recouv.claim"

    plan_ids = fields.Many2many(
        "recouv.plan",
        "recouv_plan_claim_rel",
        "claim_id",
        "plan_id",
        "Agreements",
        readonly=True,
    )

    # --- which agreements are a claim's is not edited -------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._check_agreements_untouched(*vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_agreements_untouched(vals)
        return super().write(vals)

    @api.model
    def _check_agreements_untouched(self, *vals_list):
        """Refuse to write, from this side, what is evidence on the other."""
        plans = self.env["recouv.plan"]
        named = any("plan_ids" in vals for vals in vals_list)
        if named and not plans._is_recording():
            raise UserError(plans._evidence_advice())

    # --- derived --------------------------------------------------------------------

    @api.model
    def _suspension_rank_sql(self, table):
        """EXTENDS: a running plan or settlement says so; a promise is a hold."""
        return SQL(
            "CASE WHEN h.reason IN ('plan', 'settlement') THEN 2 ELSE %s END",
            super()._suspension_rank_sql(table),
        )

    @api.model
    def _settlement_kind_sql(self):
        """EXTENDS: what a settlement's credit note closed is settled, not credited."""
        return SQL(
            """SELECT CASE WHEN EXISTS (
                        SELECT 1 FROM account_partial_reconcile sr
                          JOIN account_move_line sl ON sl.id = sr.credit_move_id
                          JOIN account_move sm ON sm.id = sl.move_id
                         WHERE sr.debit_move_id = l.id AND sm.state = 'posted'
                           AND sm.recouv_plan_id IS NOT NULL) THEN 'settled'
                      ELSE (%s) END""",
            super()._settlement_kind_sql(),
        )

    # --- agreeing -------------------------------------------------------------------

    def _agree(
        self,
        kind,
        lines,
        *,
        source,
        date_agreed=None,
        note=None,
        replace=False,
        is_part=False,
        **values,
    ):
        """Record what was agreed with a debtor on these claims, and suspend them.

        A settlement waits for a manager, and so does a deferment granted before the
        due date beyond the legal limit; anything else runs at once.

        :param kind: promise, plan or settlement
        :param lines: [(date, amount)] in order; an amount of None is all that is owed
        :param source: who said it, a key of :data:`recouv_plan.SOURCES`
        :param replace: end the agreement that these claims already have
        :param is_part: the sum is that of a signed document, be more owed by now
        :param values: further fields of ``recouv.plan`` (signatory_id, grace_days…)
        :return: the agreement
        :raise UserError: what cannot be agreed, and what to do
        """
        self._check_agreeable(kind)
        today = fields.Date.context_today(self)
        agreed_on = date_agreed or today
        if agreed_on > today:
            raise UserError(self.env._("It cannot have been agreed in the future."))
        start, aside = self._owed_for_agreement(kind)
        lines = self._agreed_lines(kind, lines, start, is_part)
        state = self._first_state(kind, agreed_on, lines[-1]["date"])
        replaced = self._replaced_by(replace, state)
        plan = self.env["recouv.plan"]._record_new(
            {
                **self._agreement_values(kind, lines, agreed_on),
                "amount_start": start,
                "amount_set_aside": aside,
                "source": source,
                "note": note,
                **values,
            }
        )
        replaced._replace(plan)
        plan.filtered(lambda p: p.state == "agreed")._start()
        self._log_agreement(plan)
        return plan

    def _agreement_values(self, kind, lines, agreed_on):
        last_day = lines[-1]["date"]
        return {
            "company_id": self.company_id.id,
            "kind": kind,
            "partner_id": self.partner_id.id,
            "signatory_id": self.partner_id._recouv_signatory().id,
            "claim_ids": [Command.set(self.ids)],
            "currency_id": self.currency_id.id,
            "amount_total": lines[-1]["amount_cumulated"],
            "grace_days": self.company_id._recouv_grace_days(kind),
            "date_agreed": agreed_on,
            "date_end": last_day,
            "state": self._first_state(kind, agreed_on, last_day),
            "line_ids": [Command.create(line) for line in lines],
        }

    def _check_agreeable(self, kind):
        """One debtor, one currency, one company, all open, nothing against it."""
        if not self:
            raise UserError(self.env._("Choose at least one claim that is still owed."))
        self._check_one_debt()
        for claim in self:
            claim._check_still_owed(kind)
        if obstacle := self.partner_id._recouv_plan_obstacle(self.company_id):
            raise UserError(obstacle)

    def _check_one_debt(self):
        one_company = self.env._("of one company")
        one_debtor = self.env._("of one debtor")
        one_currency = self.env._("in one currency")
        for found, label in (
            (self.company_id, one_company),
            (self.partner_id, one_debtor),
            (self.currency_id, one_currency),
        ):
            if len(found) > 1:
                raise UserError(
                    self.env._(
                        "An agreement covers claims %(what)s; these are of "
                        "%(names)s. Agree on each apart.",
                        what=label,
                        names=", ".join(found.mapped("display_name")),
                    )
                )

    def _check_still_owed(self, kind):
        if self.closed_on or self.settlement != "open":
            raise UserError(
                self.env._("%(claim)s is no longer owed.", claim=self.display_name)
            )
        if kind == "settlement":
            self._check_creditable()

    def _check_creditable(self):
        """:raise UserError: no credit note could lower what this claim asks for"""
        if not self.move_id.is_sale_document(True):
            raise UserError(
                self.env._(
                    "%(claim)s stands on no invoice: what is remitted could not "
                    "be credited.",
                    claim=self.display_name,
                )
            )
        owing = self.move_line_id.partner_id.commercial_partner_id
        if owing != self.move_id.commercial_partner_id:
            raise UserError(
                self.env._(
                    "%(claim)s is owed by %(payer)s on an invoice of %(debtor)s: what "
                    "is remitted could not be credited. Bring the rest back to "
                    "%(debtor)s, or write it off.",
                    claim=self.display_name,
                    payer=owing.display_name,
                    debtor=self.move_id.commercial_partner_id.display_name,
                )
            )

    def _owed_for_agreement(self, kind):
        """Return :meth:`_owed_now`. :raise UserError: nothing is owed"""
        owed, aside = self._owed_now(kind)
        if self.currency_id.compare_amounts(owed, 0) <= 0:
            raise UserError(
                self.env._(
                    "Nothing is owed any more on %(claims)s: payments under way cover "
                    "it.",
                    claims=", ".join(self.mapped("display_name")),
                )
            )
        return owed, aside

    def _owed_now(self, kind):
        """Return (what is owed and not yet on its way, what was settled otherwise)."""
        self.env.flush_all()
        plans, round_ = self.env["recouv.plan"], self.currency_id[:1].round
        ids = SQL(", ").join(SQL("%s", id_) for id_ in self.ids or [0])
        never = SQL("'infinity'::date")
        [[owed, aside]] = self.env.execute_query(
            SQL(
                "SELECT GREATEST(0, %s - %s), %s",
                plans._owed_sql(ids),
                plans._under_way_sql(ids, SQL("FALSE"), never),
                plans._set_aside_sql(ids, SQL("%s", kind == "settlement"), never),
            )
        )
        return round_(float(owed)), round_(float(aside))

    # --- what was agreed ------------------------------------------------------------

    def _agreed_lines(self, kind, lines, owed, is_part):
        """Return the values of the instalments, each with the sum due by then.

        :raise UserError: dates in the past or out of order, sums that do not fit
        """
        today, currency = fields.Date.context_today(self), self.currency_id
        cumulated, values = 0, []
        for day, amount in lines:
            amount = (
                self._undisputed(owed) if amount is None else currency.round(amount)
            )
            self._check_agreed_line(day, amount, values, today)
            cumulated = currency.round(cumulated + amount)
            values.append(
                {"date": day, "amount": amount, "amount_cumulated": cumulated}
            )
        if not values:
            raise UserError(self.env._("Give at least one date and one sum."))
        self._check_agreed_sum(kind, cumulated, owed, is_part)
        return values

    def _undisputed(self, owed):
        """Return what may be asked of ``owed`` while a part of it is disputed."""
        left = self.currency_id.round(owed - self._disputed_on_both_sides())
        return left if self.currency_id.compare_amounts(left, 0) > 0 else owed

    def _check_agreed_line(self, day, amount, before, today):
        _ = self.env._
        if not day:
            raise UserError(_("Each sum needs the day by which it is paid."))
        if day < today:
            raise UserError(
                _(
                    "%(day)s is already past: agree on days to come.",
                    day=format_date(self.env, day),
                )
            )
        if before and day <= before[-1]["date"]:
            raise UserError(
                _(
                    "The instalments are not in order: %(day)s does not come after "
                    "%(before)s.",
                    day=format_date(self.env, day),
                    before=format_date(self.env, before[-1]["date"]),
                )
            )
        if self.currency_id.compare_amounts(amount, 0) <= 0:
            raise UserError(
                _(
                    "The sum of %(day)s must be more than zero.",
                    day=format_date(self.env, day),
                )
            )

    def _check_agreed_sum(self, kind, total, owed, is_part):
        """All, or all that is not disputed, for a plan; all or part for a promise and
        for what was signed; less for a settlement."""
        compare = self.currency_id.compare_amounts
        sign = compare(total, owed)
        whole = sign == 0 or compare(total, self._undisputed(owed)) == 0
        fits = {
            "plan": whole or is_part and sign < 0,
            "promise": sign <= 0,
            "settlement": sign < 0,
        }
        if fits[kind]:
            return
        values = {
            name: format_amount(self.env, amount, self.currency_id)
            for name, amount in (
                ("total", total),
                ("owed", owed),
                ("gap", abs(total - owed)),
            )
        }
        if kind == "settlement":
            raise UserError(
                self.env._(
                    "A settlement asks for less than what is owed: %(total)s were "
                    "given, %(owed)s are owed.",
                    **values,
                )
            )
        asked = self._undisputed(owed)
        if kind == "plan" and compare(asked, owed):
            raise UserError(
                self.env._(
                    "The instalments sum up to %(total)s: agree on %(asked)s, which is "
                    "not disputed, or on all of %(owed)s.",
                    asked=format_amount(self.env, asked, self.currency_id),
                    **values,
                )
            )
        raise UserError(
            self.env._(
                "The instalments sum up to %(total)s but %(owed)s are owed: a "
                "difference of %(gap)s.",
                **values,
            )
        )

    def _first_state(self, kind, agreed_on, last_day):
        if kind == "settlement":
            return "proposed"
        if any(claim._deferred_too_long(agreed_on, last_day) for claim in self):
            return "to_review"
        return "agreed"

    def _deferred_too_long(self, agreed_on, last_day):
        """Is it a deferment at the outset beyond what leaves consumer credit out?

        Only delays on a debt already due are free of that limit (conso L312-4 4° and
        9°; law.md finding 9). Counted from the end of care; France, patients.
        """
        self.ensure_one()
        if self.company_id._recouv_country().code != "FR":
            return False
        if self.partner_id._recouv_debtor_kind() != "patient":
            return False
        anchors = self._anchors()
        if agreed_on > anchors["due_date"]:
            return False
        days = self.env["recouv.legal.parameter"]._get(
            "deferred_payment_max_days", agreed_on, self.company_id
        )
        return last_day > fields.Date.add(anchors["care_end"], days=int(days))

    def _still_owed(self):
        """Return those on which something can still be agreed."""
        return self.filtered(
            lambda claim: not claim.closed_on and claim.settlement == "open"
        )

    # --- one agreement at a time ----------------------------------------------------

    def _live_plans(self):
        """Return the agreements that run, or wait for a manager, on these claims."""
        return self.env["recouv.plan"].search(
            [("claim_ids", "in", self.ids), ("standing", "in", LIVE)]
        )

    def _replaced_by(self, replace, state):
        """Return the agreements that end when one in ``state`` is made.

        :raise UserError: there are, and none may be replaced by this user
        """
        plans = self._live_plans()
        if state != "agreed":  # what runs goes on until a manager has decided
            plans = plans.filtered(lambda plan: plan.state != "agreed")
        is_manager = self.env.user.has_group("recouv_lib.group_manager")
        decided = plans.filtered(lambda p: p.kind == "settlement" and p.decided_by_id)
        if decided and not is_manager:
            raise UserError(
                self.env._(
                    "%(plan)s was approved by a manager, who alone can replace it.",
                    plan=decided[0].display_name,
                )
            )
        if plans and not replace:
            raise UserError(
                self.env._(
                    "%(plan)s is agreed already: replace it, or cancel it first.",
                    plan=plans[0].display_name,
                )
            )
        return plans

    def _log_agreement(self, plan):
        for claim in self:
            claim.message_post(
                body=self.env._(
                    "%(plan)s: %(amount)s, last on %(day)s (%(said)s).",
                    plan=plan.display_name,
                    amount=plan._money(plan.amount_total),
                    day=format_date(self.env, plan.date_end),
                    said=dict(plan._fields["source"]._description_selection(self.env))[
                        plan.source
                    ],
                )
            )

    # --- actions --------------------------------------------------------------------

    def action_agree(self):
        """Open the dialog that computes instalments on the claims still owed."""
        self._check_agreeable("plan")
        return self._action_dialog(
            "recouv.plan.wizard",
            self.env._("Agree on payment"),
            default_claim_ids=self.ids,
        )


class RecouvNotice(models.Model):
    _inherit = "recouv.notice"

    def _after_conversation(self, outcome, note, until):
        """EXTENDS: a promise made on the phone is an agreement on all that is owed."""
        if outcome != "promise":
            return super()._after_conversation(outcome, note, until)
        claims = self.line_ids.claim_id._still_owed()
        if not claims or not claims._owed_now("promise")[0]:
            return super()._after_conversation(outcome, note, until)
        return claims._agree(
            "promise", [(until, None)], source="call", note=note, replace=True
        )

    def _check_nothing_agreed_since(self):
        """Refuse a promise that would replace what the caller has not seen.

        What runs suspends, and withdraws the call when it is opened: it came later.
        What waits for a manager does not: when it was made decides.

        :raise UserError: the agreement, named
        """
        opened = self.env.context.get("recouv_call_opened") or self.caller_since
        for plan in self.line_ids.claim_id._live_plans():
            if plan.state == "agreed" or (opened and plan.create_date > opened):
                raise UserError(
                    self.env._(
                        "%(plan)s was agreed since this call was opened. Record "
                        "“Reached” instead; to replace the agreement, agree anew from "
                        "the claim.",
                        plan=plan.display_name,
                    )
                )
