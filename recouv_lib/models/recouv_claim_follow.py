from odoo import api, fields, models
from odoo.tools import SQL

from ..lib import limitation

# our debtor kinds in the words of lib/limitation.py
LIMITATION_DEBTORS = {"payer": "payer_amo", "public": "public_body"}


class RecouvClaim(models.Model):
    """How a claim follows its invoice: re-posting, moved dates, limitation, holds."""

    _inherit = "recouv.claim"

    limitation_event_ids = fields.One2many("recouv.limitation.event", "claim_id")

    # --- the invoice changed --------------------------------------------------------

    def _realign(self):
        """Follow items that were reset to draft, changed and posted again.

        A claim finds its item by invoice and rank of maturity: item ids survive a
        reset but may then belong to another maturity or another debtor. A changed
        debtor, or a rank that no longer exists, closes the claim (the next run opens
        a new one); a moved date is honoured.
        """
        moves = self.move_id.filtered(lambda move: move.state == "posted")
        cancelled = self.filtered(lambda c: c.move_id.state == "cancel")
        cancelled._close("cancelled")
        items = {}
        for move in moves:
            for rank, item in enumerate(move._recouv_receivable_items(), 1):
                items[move, rank] = item
        followers = self.filtered(lambda c: c.move_id in moves)
        targets = {
            claim: items.get((claim.move_id, claim.maturity_rank))
            for claim in followers
        }
        # free the items first: two claims may swap theirs
        moved = followers.filtered(lambda c: targets[c] != c.move_line_id)
        moved._record({"move_line_id": False})
        moved.flush_recordset()
        for claim in followers:
            claim._follow(targets[claim])

    def _follow(self, item):
        """Stand on ``item`` (empty: its rank is gone), or close."""
        if not item:
            self._close("maturity_removed")
        elif item.partner_id.commercial_partner_id != self.partner_id:
            self._close("debtor_changed")
        else:
            move = item.move_id
            dates = {
                "date_due": item.date_maturity or move.invoice_date or item.date,
                "invoice_date": move.invoice_date or item.date,
                "care_end_date": move.recouv_care_end_date
                or move.invoice_date
                or item.date,
            }
            same = all(self[name] == value for name, value in dates.items())
            self._record(
                {
                    "move_line_id": item.id,
                    "reference": move.name,
                    "amount_original": item.amount_currency,
                    **dates,
                }
            )
            if not same:
                self._refresh_ladder()
                self._refresh_limitation()

    def _gone_code(self):
        """Return why a claim is no longer an open item (code of a skip)."""
        self.ensure_one()
        if self.closed_on:
            return "closed"
        if not self._stands_on_posted():
            return "not_posted"
        return self.settlement if self.settlement != "open" else "changed"

    # --- limitation -----------------------------------------------------------------

    def _refresh_limitation(self):
        """Compute again when the right to sue expires (law.md §3; conso L218-2)."""
        parameters = self.env["recouv.legal.parameter"]
        for claim in self:
            company = claim.company_id
            durations = parameters._limitation_durations(
                fields.Date.context_today(self), company
            )
            found = limitation.limitation(
                claim._limitation_case(), claim._limitation_events(), durations
            )
            moved = claim.limitation_date != found.alarm_date
            claim._record(
                {
                    "limitation_date": found.alarm_date,
                    "limitation_possible_date": found.possible_date,
                    "limitation_alarm_days": 0
                    if moved
                    else claim.limitation_alarm_days,
                }
            )

    def _limitation_case(self):
        anchors = self._anchors()
        return limitation.Case(
            creditor="practice",
            debtor=self._limitation_debtor(),
            country=self.company_id._recouv_country().code,
            care_end=anchors["care_end"],
            invoice_date=anchors["invoice_date"],
            due_date=anchors["due_date"],
        )

    def _limitation_debtor(self):
        kind = self.partner_id._recouv_debtor_kind()
        return LIMITATION_DEBTORS.get(kind, kind)

    def _limitation_events(self):
        return [
            limitation.Event(
                kind=event.kind,
                day=event.date,
                end=event.date_end or None,
                void=event.is_void,
                written=event.is_written,
                by_debtor=event.by_debtor,
            )
            for event in self.limitation_event_ids
        ]

    @api.model
    def _cron_limitation_alarms(self):
        """Raise an activity when a right to sue comes within each alarm delay.

        The delays are the legal parameter ``limitation_alarm_days``. A day on which
        the server was down loses no alarm, and none is raised twice.
        """
        today = fields.Date.context_today(self)
        text = self.env["recouv.legal.parameter"]._get("limitation_alarm_days", today)
        for days in sorted(int(part) for part in text.split(",")):
            for claim in self._limitation_within(today, days):
                left = (claim.limitation_date - today).days
                read = claim.company_id._recouv_for_people(claim)
                read._schedule_todo(
                    read.env._("The right to sue expires in %(days)s days", days=left),
                    read.env._("Propose a signed plan, or choose the court route."),
                )
                claim.limitation_alarm_days = days

    @api.model
    def _limitation_within(self, today, days):
        """Return open claims that expire within ``days`` and were not told so yet."""
        return self.search(
            [
                ("closed_on", "=", False),
                ("settlement", "=", "open"),
                ("limitation_date", ">=", today),
                ("limitation_date", "<=", fields.Date.add(today, days=days)),
                "|",
                ("limitation_alarm_days", "=", 0),
                ("limitation_alarm_days", ">", days),
            ]
        )

    # --- holds and activities -------------------------------------------------------

    def _active_holds(self, today=None):
        """Return the holds that cover these claims today."""
        today = today or fields.Date.context_today(self)
        return self.env["recouv.hold"].search(
            [
                "|",
                ("claim_ids", "in", self.ids),
                "&",
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("date_from", "<=", today),
                "|",
                ("date_to", "=", False),
                ("date_to", ">=", today),
            ]
        )

    def _hold(self, reason, note=None, **values):
        """Suspend claims, one hold per company; return the holds."""
        return self.env["recouv.hold"].create(
            [
                {
                    "company_id": company.id,
                    "claim_ids": [fields.Command.set(claims.ids)],
                    "reason": reason,
                    "note": note,
                    **values,
                }
                for company, claims in self.grouped("company_id").items()
            ]
        )

    def _hold_undeliverable(self):
        """A mise en demeure that nobody could deliver holds until a human looks."""
        self._hold(
            "delivery_failed", self.env._("Every way of delivering this step failed.")
        )

    def _schedule_todo(self, summary, note=""):
        """Raise one activity on these claims, on the practice's responsible.

        :return: the activities
        """
        tasks = self.env["mail.activity"]
        for claim in self:
            tasks |= claim.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                note=note,
                user_id=claim.company_id._recouv_responsible().id,
            )
        return tasks


class RecouvEngine(models.AbstractModel):
    _inherit = "recouv.engine"

    @api.model
    def _realign_claims(self, company):
        """Find, in one query, the claims whose item is no longer theirs; mend them."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT c.id
                     FROM recouv_claim c
                     LEFT JOIN account_move_line l ON l.id = c.move_line_id
                     LEFT JOIN account_move m ON m.id = c.move_id
                     LEFT JOIN res_partner p ON p.id = l.partner_id
                    WHERE c.company_id = %s AND c.closed_on IS NULL
                      AND c.capacity = 'creditor'
                      AND (m.state = 'cancel'
                           OR m.state = 'posted'
                              AND (l.id IS NULL
                                   OR p.commercial_partner_id
                                      IS DISTINCT FROM c.partner_id
                                   OR l.move_id IS DISTINCT FROM c.move_id
                                      AND NOT EXISTS (
                                        SELECT 1 FROM recouv_transfer t
                                         WHERE t.target_line_id = l.id)
                                   OR l.date_maturity IS DISTINCT FROM c.date_due
                                      AND l.date_maturity IS NOT NULL))""",
                company.id,
            )
        )
        self.env["recouv.claim"].browse(id_ for (id_,) in rows)._realign()

    @api.model
    def _limitation_sql(self, company, care_end, invoiced, due):
        """The alarm date of a new claim; the same rule as :mod:`lib.limitation`.

        A claim just created has no event: only the start and the length matter.
        """
        whens = [
            SQL(
                "WHEN %s = %s THEN %s",
                self.env["res.partner"]._recouv_debtor_kind_sql("p"),
                kind,
                self._limitation_rule_sql(company, kind, (care_end, invoiced, due)),
            )
            for kind in ("patient", "payer", "professional", "public", "insurer")
        ]
        return SQL("(CASE %s END)::date", SQL(" ").join(whens))

    @api.model
    def _limitation_rule_sql(self, company, kind, dates):
        """Start and length of the rule of ``kind``, as :func:`limitation.rule_of`."""
        care_end, invoiced, due = dates
        rule = limitation.rule_of(
            limitation.Case(
                creditor="practice",
                debtor=LIMITATION_DEBTORS.get(kind, kind),
                country=company._recouv_country().code,
            )
        )
        start = {
            "next_quarter": SQL(
                "date_trunc('quarter', %s::timestamp) + interval '3 months'", care_end
            ),
            "due_date": SQL("%s", due),
        }.get(rule.start, SQL("LEAST(%s, %s, %s)", care_end, invoiced, due))
        years = self.env["recouv.legal.parameter"]._get(
            rule.code, fields.Date.context_today(self), company
        )
        return SQL("(%s + make_interval(months => %s))::date", start, round(years * 12))
