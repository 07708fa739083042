from dataclasses import dataclass, replace

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..lib import wording

CLAIM, GROUP = "claim", "group"
# seen from the future or the past, these are no reason worth a row in the run
SILENT_CODES = ("not_due", "ladder_end")


@dataclass(frozen=True)
class Blocker:
    """One reason why something does not leave.

    ``code`` is stored, ``message`` is read by a human, ``sql`` is true when it
    blocks, in the ``capacities`` given, or in all. Scope *claim*: aliases ``c`` claim,
    ``l`` item, ``m`` invoice, ``p`` debtor, ``x`` what is known of both (see
    ``_facts_sql``). Scope *group*: alias ``g``, a debtor's proposal.
    """

    code: str
    message: str
    sql: SQL
    scope: str = CLAIM
    capacities: tuple = ()


class RecouvEngine(models.AbstractModel):
    """Which claims leave, and why the others do not.

    One set-based statement per batch of debtors classifies every open claim
    (:meth:`_blockers`) and builds the notices (``_proposal_sql``); the same text
    answers *why was this not relanced?*, so that the explanation cannot differ
    from what the run does. Other add-ons register blockers by extending
    :meth:`_blockers`.
    """

    _name = "recouv.engine"
    _description = "Relance engine"

    # --- what may be collected ------------------------------------------------------

    @api.model
    def _item_domain(self, company):
        """Return the domain of the journal items a claim may stand on."""
        domain = Domain(
            [
                ("company_id", "=", company.id),
                ("parent_state", "=", "posted"),
                ("account_id.account_type", "=", "asset_receivable"),
                ("reconciled", "=", False),
                ("amount_residual", ">", 0),
                ("partner_id", "!=", False),
            ]
        )
        return domain

    @api.model
    def _item_query(self, company, debtors=None, domain=None):
        """Return the ORM query of open items (record rules apply).

        :param debtors: (after, up to): bounds on the debtor's id, None for all
        """
        domain = self._item_domain(company) if domain is None else domain
        query = self.env["account.move.line"]._search(domain)
        if debtors:
            query.add_where(
                SQL(
                    "account_move_line.partner_id > %s "
                    "AND account_move_line.partner_id <= %s",
                    *debtors,
                )
            )
        return query

    # --- blockers -------------------------------------------------------------------

    @api.model
    def _blockers(self, company, today):
        """Return the blockers in the order in which they are told.

        :param company: the company whose claims are looked at
        :param today: the day of the run
        """
        return self._claim_blockers(company, today) + self._group_blockers(
            company, today
        )

    @api.model
    def _blockers_in(self, company, today, capacity):
        """Return the blockers of claims in one capacity: what can only be false is not
        even planned."""
        return [
            replace(blocker, capacities=())
            for blocker in self._blockers(company, today)
            if not blocker.capacities or capacity in blocker.capacities
        ]

    @api.model
    def _facts_sql(self, today):
        """Return the look-up ``x`` on claim ``c`` of item ``l``.

        ``amount`` is what no notice may ask of it now, in its currency; ``held`` are
        the reasons of the holds in force. Looked up once: what makes a hold stand is
        long to say, and PostgreSQL took longer to plan it for each blocker than to
        answer.
        """
        claim = SQL.identifier("c")
        return SQL(
            """LATERAL (
                SELECT LEAST(%(not_asked)s, GREATEST(0, l.amount_residual_currency))
                           AS amount,
                       %(held)s AS held
                OFFSET 0) x""",
            not_asked=self.env["recouv.claim"]._not_asked_sql(claim, today),
            held=self.env["recouv.hold"]._reasons_sql(claim, today),
        )

    @api.model
    def _claim_blockers(self, company, today):
        """Return what blocks a claim by itself, whatever else its debtor owes."""
        return (
            self._decision_blockers(today)
            + self._invoice_blockers(today)
            + self._schedule_blockers()
        )

    @api.model
    def _decision_blockers(self, today):
        """What a human decided, here or by moving the due date."""
        _ = self.env._
        return [
            Blocker(
                "not_due", _("It is not past due."), SQL("c.date_due >= %s", today)
            ),
            Blocker(
                "in_review",
                _("It is to be reviewed first: put it under its schedule or not."),
                SQL("c.in_review"),
            ),
            Blocker(
                "hold",
                _("It is suspended: lift the suspension to go on."),
                SQL("x.held <> '{}'"),
            ),
            Blocker(
                "placed",
                _("It was handed over: the practice no longer writes itself."),
                SQL("c.holder <> 'practice'"),
                capacities=("creditor",),
            ),
        ]

    @api.model
    def _invoice_blockers(self, today):
        """What Odoo's own records say: invoice, item, debtor, books, limitation."""
        _ = self.env._
        return [
            Blocker(
                "blocked",
                _("The invoice is marked as blocked in Odoo."),
                SQL("m.payment_state = 'blocked'"),
            ),
            Blocker(
                "no_followup",
                _("The item is marked “no follow-up” in Odoo."),
                SQL("l.no_followup"),
            ),
            Blocker(
                "not_sent",
                _("The invoice was never sent: send it or mark it as handed over."),
                SQL(
                    "m.move_type IN ('out_invoice', 'out_receipt') "
                    "AND m.is_move_sent IS NOT TRUE"
                ),
            ),
            Blocker(
                "archived",
                _("The debtor is archived: unarchive or suspend."),
                SQL("p.active IS NOT TRUE"),
            ),
            Blocker(
                "time_barred",
                _("The right to sue has expired: only a human may write."),
                SQL("c.limitation_date < %s", today),
            ),
            Blocker(
                "transfer_broken",
                _("Its transfer entry was undone by hand: mend the books first."),
                self.env["recouv.transfer"]._broken_claim_sql("c"),
            ),
        ]

    @api.model
    def _schedule_blockers(self):
        """Where the claim stands on its schedule."""
        _ = self.env._
        return [
            Blocker(
                "no_policy",
                _("No policy fits it: choose one, or complete the rules."),
                SQL("c.policy_id IS NULL"),
            ),
            Blocker(
                "ladder_end",
                _("The schedule is over: decide what comes next."),
                SQL("c.next_step_id IS NULL"),
            ),
            Blocker(
                "awaiting_proof",
                _("The proof of the last contact is awaited."),
                SQL("c.next_date IS NULL"),
            ),
        ]

    @api.model
    def _group_blockers(self, company, today):
        """Return what blocks all that one debtor owes in one currency."""
        return self._sum_blockers() + self._contact_blockers(company, today)

    @api.model
    def _sum_blockers(self):
        """The net sum: nothing is asked of who owes nothing net."""
        _ = self.env._
        return [
            Blocker(
                "payment_in_progress",
                _("A payment under way covers it."),
                SQL(
                    "g.payments < 0 AND g.total + g.credits + g.payments <= 0 "
                    "AND g.total + g.credits > 0"
                ),
                GROUP,
            ),
            Blocker(
                "net_credit",
                _("Open credits cover it: the debtor owes nothing net."),
                SQL("g.total + g.credits + g.payments <= 0 AND g.has_member"),
                GROUP,
            ),
        ]

    @api.model
    def _contact_blockers(self, company, today):
        """One conversation per debtor, at its pace, with what a letter needs."""
        _ = self.env._
        return [
            Blocker(
                "awaiting_proof",
                _("Another notice to this debtor is under way."),
                SQL("g.is_live"),
                GROUP,
            ),
            Blocker(
                "not_due",
                _("Its next step is not due yet."),
                SQL("g.next_date > %s", today),
                GROUP,
            ),
            Blocker(
                "contact_ceiling",
                _("The debtor was contacted too recently or too often."),
                self._ceiling_sql(company, today),
                GROUP,
            ),
            Blocker(
                "not_named",
                _("A mise en demeure or a hand-over needs an earlier proven notice."),
                SQL("NOT g.lead_is_member"),
                GROUP,
            ),
            Blocker(
                "below_minimum",
                _("The net sum is below the step's minimum."),
                SQL("g.total_company + g.credits_company < g.min_amount"),
                GROUP,
            ),
            Blocker(
                "missing_data",
                self._missing_data_message(company),
                self._missing_data_sql(company),
                GROUP,
            ),
        ]

    @api.model
    def _ceiling_sql(self, company, today):
        """Contact ceilings of the company (law.md §6.4; CPC none: product defaults)."""
        config = company._recouv_config()
        return SQL(
            """(g.bucket <= 0 AND (g.last_proven > %(today)s - %(gap)s::int
                                  OR g.last_try >= %(today)s)
                OR g.channel = 'call' AND (g.calls_7 >= %(calls_7)s
                                           OR g.calls_30 >= %(calls_30)s))""",
            today=today,
            gap=config.recouv_min_days_between,
            calls_7=config.recouv_max_calls_7,
            calls_30=config.recouv_max_calls_30,
        )

    @api.model
    def _missing_data_message(self, company):
        missing = company._recouv_missing_identity()
        if missing:
            return self.env._(
                "Complete the practice's own data first: %(missing)s.",
                missing=", ".join(missing),
            )
        return self.env._(
            "A letter needs the debtor's street, postcode and city: complete them."
        )

    @api.model
    def _missing_data_sql(self, company):
        """A letter needs both addresses; what others may see needs a neutral sender."""
        return SQL(
            """(g.channel IN ('letter', 'registered_letter') AND (%(sender)s
                 OR COALESCE(g.street, '') = '' OR COALESCE(g.zip, '') = ''
                 OR COALESCE(g.city, '') = '')
             OR g.channel IN ('sms', 'email') AND %(reveals)s)""",
            sender=bool(company._recouv_missing_identity()),
            reveals=bool(wording.revealing_words(company._recouv_sender())),
        )

    @api.model
    def _case_sql(self, blockers, scope):
        """Return the SQL CASE that gives the first blocking code, or NULL."""
        whens = [
            SQL("WHEN %s THEN %s", self._blocks_sql(blocker), blocker.code)
            for blocker in blockers
            if blocker.scope == scope
        ]
        return SQL("(CASE %s END)", SQL(" ").join(whens))

    @api.model
    def _blocks_sql(self, blocker):
        if not blocker.capacities:
            return blocker.sql
        return SQL("(c.capacity IN %s AND %s)", blocker.capacities, blocker.sql)

    @api.model
    def _blocker_messages(self):
        """Return {code: message} in the user's language, skips of execution
        included."""
        company, today = self.env.company, fields.Date.context_today(self)
        _ = self.env._
        messages = {
            "paid": _("It was paid meanwhile."),
            "credited": _("It was credited meanwhile."),
            "settled": _("It was settled meanwhile."),
            "transferred": _("It was transferred meanwhile."),
            "doubtful": _("It was moved to doubtful accounts meanwhile."),
            "written_off": _("It was written off meanwhile."),
            "not_posted": _("The invoice is no longer posted."),
            "redated": _("Its due date was moved."),
            "changed": _("Its schedule moved on meanwhile."),
            "removed": _("Removed by hand."),
            "undone": _("Undone by hand."),
            "closed": _("The claim was closed."),
        }
        for blocker in reversed(self._blockers(company, today)):
            messages[blocker.code] = blocker.message
        return messages

    # --- explanation ----------------------------------------------------------------

    @api.model
    def _explain_claim(self, claim):
        """Return the reasons for one claim, as :meth:`recouv.claim._explain`."""
        company, today = claim.company_id, fields.Date.context_today(self)
        settlement = claim.settlement
        if claim.closed_on:
            return [self._reason("closed", today)]
        if not claim._stands_on_posted():
            return [self._reason("not_posted", today)]
        if settlement != "open":
            return [self._reason(settlement, today)]
        gate = company._recouv_live_gaps(claim.capacity)
        if gate:
            return [{"code": "not_live", "message": gate[0], "until": False}]
        row = self._classify(company, today, claim.capacity, claims=claim)[claim.id]
        code = row["code"] or row["group_code"]
        if not code:
            return [self._next_reason(claim, row)]
        if not row["code"] and code == "not_due":
            # past due, its next step is not: what leaves and when is the answer
            return [self._next_reason(claim, row) | {"code": code}]
        reason = self._reason(code, today, self._until(claim, code, row))
        if not row["code"]:  # a code may be the claim's own or its debtor's
            reason["message"] = self._group_message(code, company, today)
        return [reason]

    @api.model
    def _group_message(self, code, company, today):
        blockers = self._group_blockers(company, today)
        return next(blocker.message for blocker in blockers if blocker.code == code)

    @api.model
    def _explain_item(self, item):
        """Return the one reason for a journal item that has no claim."""
        today = fields.Date.context_today(self)
        _ = self.env._
        if item.parent_state != "posted":
            return self._reason("not_posted", today)
        if item.reconciled or not item.amount_residual:
            return {"code": "paid", "message": _("Nothing is owed."), "until": False}
        if item.amount_residual < 0:
            return {
                "code": "net_credit",
                "message": _("It is a credit."),
                "until": False,
            }
        gaps = item.company_id._recouv_live_gaps()
        if gaps:
            return {"code": "not_live", "message": gaps[0], "until": False}
        due = item.date_maturity or item.date
        if due >= today:
            return self._reason("not_due", today, due)
        followed = item.company_id._recouv_config().recouv_journal_ids
        if item.journal_id not in followed:
            message = _("The journal %s is not relanced.", item.journal_id.name)
            return {"code": "not_followed", "message": message, "until": False}
        return {
            "code": "next_run",
            "message": _("The next run opens its claim."),
            "until": today,
        }

    @api.model
    def _reason(self, code, today, until=False):
        return {
            "code": code,
            "message": self._blocker_messages().get(code, code),
            "until": until,
        }

    @api.model
    def _until(self, claim, code, row):
        """Return the day from which the reason no longer holds, False if unknown."""
        if code == "hold":
            ends = claim._active_holds().mapped("date_to")
            return max(ends) if ends and all(ends) else False
        if code == "not_due":
            return row["next_date"] or claim.next_date or claim.date_due
        if code == "contact_ceiling" and row["last_proven"]:
            gap = claim.company_id._recouv_config().recouv_min_days_between
            return fields.Date.add(row["last_proven"], days=gap)
        return False

    @api.model
    def _next_reason(self, claim, row):
        step = self.env["recouv.step"].browse(row["step_id"])
        lead = self.env["recouv.claim"].browse(row["lead_id"])
        message = self.env._(
            "“%(step)s” leaves on %(date)s.",
            step=step.name,
            date=format_date(self.env, row["next_date"]),
        )
        if lead != claim:
            message += " " + self.env._(
                "The oldest invoice, %(lead)s, carries the step; this one rides along.",
                lead=lead.display_name,
            )
        return {"code": "next", "message": message, "until": row["next_date"]}

    # --- writing rows in SQL --------------------------------------------------------

    @api.model
    def _insert_columns(self, model, values):
        """Return (columns, expressions) to insert rows of ``model`` in SQL.

        What is not given comes from the field definitions: constant defaults and
        the audit columns. :raise AssertionError: an unknown stored compute would
        be left empty (see :meth:`_register_hook`).
        """
        known = {
            "create_uid": SQL("%s", self.env.uid),
            "write_uid": SQL("%s", self.env.uid),
            "create_date": SQL("%s", self.env.cr.now()),
            "write_date": SQL("%s", self.env.cr.now()),
        }
        defaults = self.env[model].default_get(
            [
                name
                for name, field in self.env[model]._fields.items()
                if field.store
                and field.column_type
                and name not in values
                and not field.compute
                and field.default is not None
            ]
        )
        for name, value in defaults.items():
            field = self.env[model]._fields[name]
            if field.column_type:
                known[name] = SQL("%s", field.convert_to_column(value, self.env[model]))
        known.update(values)
        return (
            SQL(", ").join(SQL.identifier(name) for name in known),
            SQL(", ").join(known.values()),
        )

    def _register_hook(self):
        """Refuse to start when a bulk-inserted model grew a stored compute."""
        result = super()._register_hook()
        for model in (
            "recouv.claim",
            "recouv.notice",
            "recouv.notice.line",
            "recouv.run.skip",
        ):
            for name, field in self.env[model]._fields.items():
                if field.store and field.compute and field.column_type:
                    raise AssertionError(
                        f"{model}.{name} is stored and computed, but {model} is "
                        "inserted in SQL: its value would stay empty."
                    )
        return result

    @api.model
    def _checkpoint(self):
        """Commit what is finished, so that a crash loses nothing and locks are short.

        The one commit of the engine: between two batches of a run, where the rows
        are consistent. Tests replace it by a flush.
        """
        self.env.cr.commit()  # pylint: disable=invalid-commit

    @api.model
    def _abandon(self):
        """Drop what the failed batch wrote, back to the last checkpoint."""
        self.env.cr.rollback()
