from contextlib import contextmanager

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class RecouvEngine(models.AbstractModel):
    """Debtors in batches, and the claims of their overdue items."""

    _inherit = "recouv.engine"

    # --- batches --------------------------------------------------------------------

    @api.model
    def _debtor_batches(self, company, size, capacity="creditor"):
        """Yield (after, up to) bounds on debtor ids holding about ``size`` items
        each."""
        after = 0
        while True:
            query = self._debtor_query(company, capacity)
            debtor = SQL("%s.partner_id", SQL.identifier(query.table))
            query.add_where(SQL("%s > %s", debtor, after))
            query.order = debtor
            query.limit = size
            [[upto, count]] = self.env.execute_query(
                SQL(
                    "SELECT MAX(partner_id), COUNT(*) FROM (%s) items",
                    query.select(debtor),
                )
            )
            if not count:
                return
            yield after, upto
            if count < size:
                return
            after = upto

    @api.model
    def _debtor_query(self, company, capacity):
        """Return the ORM query whose ``partner_id`` are the debtors of a run."""
        return self._item_query(company)

    @contextmanager
    def _planned_for_many(self):
        """Tell the planner that a batch is large, for the statement inside.

        It cannot estimate how many rows a CASE leaves NULL, nor that the table it
        inserts into grows meanwhile, takes them for a handful and joins them in nested
        loops: 20,000 lines then take a minute and a half instead of two seconds.
        Compiling the statement would cost more than it saves. A statement that fails
        takes the setting back with its transaction.
        """
        self._set_nested_loops("off")
        yield
        self._set_nested_loops("on")

    @api.model
    def _set_nested_loops(self, switch):
        self.env.execute_query(
            SQL(
                """SELECT set_config('enable_nestloop', %s, true),
                          set_config('jit', 'off', true),
                          set_config('work_mem', '64MB', true)""",
                switch,
            )
        )

    @api.model
    def _lookup(self, table, condition):
        """Return a lateral look-up by index, one row at a time.

        A hash join would read the whole table again for each batch, and the time of a
        line would grow with the number of lines; ``OFFSET 0`` keeps the planner from
        turning the look-up back into one.
        """
        return SQL(
            "LATERAL (SELECT * FROM %s WHERE %s OFFSET 0)",
            SQL.identifier(table),
            condition,
        )

    # --- claims ---------------------------------------------------------------------

    @api.model
    def _create_claims(self, company, today, debtors=None, in_review=None):
        """Insert the claims of overdue items that have none.

        :param in_review: True when going live; None: by the company's start date
        :return: number of claims created
        """
        self.env.flush_all()
        columns, values = self._insert_columns(
            "recouv.claim", self._claim_values(company, in_review)
        )
        domain = self._claim_domain(company, today)
        items = self._item_query(company, debtors, domain)
        statement = SQL(
            """INSERT INTO recouv_claim (%(columns)s)
               SELECT %(values)s
                 FROM (%(items)s) l
                 LEFT JOIN recouv_transfer t ON t.target_line_id = l.id
                 CROSS JOIN %(move)s m
                 CROSS JOIN %(contact)s q
                 CROSS JOIN %(debtor)s p
                 CROSS JOIN LATERAL (SELECT %(policy)s AS id) chosen
                 LEFT JOIN (%(first_steps)s) s ON s.policy_id = chosen.id
                WHERE NOT EXISTS (
                    SELECT 1 FROM recouv_claim o
                     WHERE o.move_line_id = l.id AND o.closed_on IS NULL)
               ON CONFLICT DO NOTHING""",
            columns=columns,
            values=values,
            items=items.select(SQL("account_move_line.*")),
            move=self._lookup(
                "account_move", SQL("id = COALESCE(t.invoice_id, l.move_id)")
            ),
            contact=self._lookup("res_partner", SQL("id = l.partner_id")),
            debtor=self._lookup("res_partner", SQL("id = q.commercial_partner_id")),
            policy=self._policy_sql(company),
            first_steps=self._first_steps_sql(),
        )
        with self._planned_for_many():
            self.env.cr.execute(statement)
            count = self.env.cr.rowcount
        self.env["recouv.claim"].invalidate_model()
        return count

    @api.model
    def _claim_domain(self, company, today):
        """Overdue items of the journals chosen when going live, and transferred
        ones."""
        config = company._recouv_config()
        journals = Domain("journal_id", "in", config.recouv_journal_ids.ids)
        overdue = Domain("date_maturity", "<", today) | Domain(
            [("date_maturity", "=", False), ("date", "<", today)]
        )
        return self._item_domain(company) & journals & overdue

    @api.model
    def _claim_values(self, company, in_review):
        """Return {column: SQL} of a new claim from ``l``, ``m``, ``p`` and ``s``."""
        due = SQL("COALESCE(l.date_maturity, m.invoice_date, l.date)")
        invoiced = SQL("COALESCE(m.invoice_date, l.date)")
        care_end = SQL("COALESCE(m.recouv_care_end_date, m.invoice_date, l.date)")
        start = company._recouv_config().recouv_live_on
        review = SQL("%s < %s", invoiced, start) if start else SQL("TRUE")
        return {
            "company_id": SQL("l.company_id"),
            "currency_id": SQL("l.currency_id"),
            "move_line_id": SQL("l.id"),
            "move_id": SQL("l.move_id"),
            "maturity_rank": SQL(
                """(SELECT COUNT(*) FROM account_move_line x
                      JOIN account_account xa ON xa.id = x.account_id
                     WHERE x.move_id = l.move_id
                       AND xa.account_type = 'asset_receivable'
                       AND (COALESCE(x.date_maturity, x.date), x.id)
                        <= (COALESCE(l.date_maturity, l.date), l.id))"""
            ),
            "partner_id": SQL("p.id"),
            "reference": SQL("l.move_name"),
            "date_due": due,
            "invoice_date": invoiced,
            "care_end_date": care_end,
            "amount_original": SQL("l.amount_currency"),
            "policy_id": SQL("chosen.id"),
            "next_step_id": SQL("s.id"),
            "next_channel": SQL("s.channel"),
            "next_date": SQL(
                """(CASE s.anchor WHEN 'care_end' THEN %s WHEN 'invoice_date' THEN %s
                     ELSE %s END + COALESCE(s.delay_days, 0))""",
                care_end,
                invoiced,
                due,
            ),
            "in_review": review if in_review is None else SQL("%s", in_review),
            "limitation_date": self._limitation_sql(company, care_end, invoiced, due),
        }

    @api.model
    def _policy_sql(self, company):
        """Return the SQL CASE of the ordered rules: the first that fits chooses."""
        config = company._recouv_config()
        rules = self.env["recouv.policy.rule"].search(
            [
                ("company_id", "=", config.id),
                ("policy_id.active", "=", True),
                ("policy_id.capacity", "=", "creditor"),
            ]
        )
        default = SQL("%s::int", config.recouv_policy_id.id or None)
        if not rules:
            return default
        whens = [
            SQL("WHEN %s THEN %s", rule._condition_sql(), rule.policy_id.id)
            for rule in rules
        ]
        return SQL("(CASE %s ELSE %s END)", SQL(" ").join(whens), default)

    @api.model
    def _first_steps_sql(self):
        return SQL(
            """SELECT DISTINCT ON (policy_id) id, policy_id, anchor, delay_days, channel
                 FROM recouv_step ORDER BY policy_id, sequence, id"""
        )
