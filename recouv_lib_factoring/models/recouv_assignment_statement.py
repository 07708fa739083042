from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import SQL, format_amount, format_date

from odoo.addons.recouv_lib.models.recouv_day import Section
from odoo.addons.recouv_lib.models.recouv_statement_mixin import FORMS, STATES

#: states of a line that was sold, be it taken back since
SOLD = ("transferred", "bought_back")


class RecouvAssignmentStatement(models.Model):
    """What a practice is told of what it sold to one buyer, for one period.

    Named are the receivables sold in the period, those still open at the buyer, and
    those of which something changed since the statement before: paid, lost, bought
    back.
    """

    _name = "recouv.assignment.statement"
    _description = "Statement of sold receivables"
    _inherit = ["recouv.statement.mixin", "recouv.evidence.mixin"]
    _order = "date_to desc, id desc"
    _check_company_auto = True

    # named again, so that their words are among the terms of this add-on
    form = fields.Selection(FORMS)
    state = fields.Selection(STATES)
    amount_sold = fields.Monetary("Sold in the period", readonly=True)
    amount_cost = fields.Monetary(
        "Cost of the sale",
        readonly=True,
        help="Commission, its VAT and financing of what was sold in the period.",
    )
    amount_price = fields.Monetary("Price of what was sold", readonly=True)
    amount_set_off = fields.Monetary(
        "Set off against prices",
        readonly=True,
        help="What the practice owed back, set off in the period against prices and "
        "holdbacks paid.",
    )
    amount_collected = fields.Monetary("Collected by the buyer", readonly=True)
    amount_open = fields.Monetary("Still owed to the buyer", readonly=True)
    amount_lost = fields.Monetary("Lost by the buyer", readonly=True)
    line_ids = fields.One2many(
        "recouv.assignment.statement.line", "statement_id", "Lines", readonly=True
    )

    # --- between whom ---------------------------------------------------------------

    @api.model
    def _pairs(self):
        """Return [(practice, buyer)] that sold something, under any contract."""
        # sudo: which practices sold to which buyer, for the cron
        lines = self.env["recouv.assignment.line"].sudo()
        groups = lines._read_group(
            [("state", "in", SOLD)], ["company_id", "assignment_id"]
        )
        pairs = {
            (company, assignment.contract_id.agency_id)
            for company, assignment in groups
        }
        return self._in_order(pairs)

    @api.model
    def _agreement_model(self):
        return "recouv.factoring.contract"

    # --- contents -------------------------------------------------------------------

    @api.model
    def _make(self, practice, agency, period, terms, before):
        start, end = period
        looked_at = self._lines_to_look_at(practice, agency, period)
        told = self._told_states(looked_at, agency)
        lines = looked_at.filtered(lambda line: line._is_to_tell(start, told))
        costs = lines._costs()
        values = [
            {**self._line_values(line), "amount_cost": costs[line]} for line in lines
        ]
        new = [v for v in values if v["date"] >= start]
        return self._record_new(
            [
                {
                    **self._head(practice, agency, period, terms, practice.currency_id),
                    "amount_sold": sum(v["amount"] for v in new),
                    "amount_cost": sum(v["amount_cost"] for v in new),
                    "amount_price": sum(v["amount"] - v["amount_cost"] for v in new),
                    "amount_set_off": self._set_off_in(practice, agency, period),
                    **{
                        name: sum(v[name] for v in values)
                        for name in ("amount_collected", "amount_open", "amount_lost")
                    },
                    "line_ids": [Command.create(vals) for vals in values],
                }
            ]
        )

    @api.model
    def _set_off_in(self, practice, agency, period):
        """Return what was set off in a period against the prices of a practice."""
        start, end = period
        # sudo: one sum of what the buyer paid this practice
        parts = self.env["recouv.price.deduction"].sudo()
        [[total]] = parts._read_group(
            [
                ("company_id", "=", agency.id),
                ("price_id.contract_id.company_id", "=", practice.id),
                ("date", ">=", start),
                ("date", "<=", end),
            ],
            aggregates=["amount:sum"],
        )
        return total or 0.0

    @api.model
    def _lines_to_look_at(self, practice, agency, period):
        """Return what was sold in the period, is open, or may have changed since it was
        last told, in one statement.

        What was told as closed stays so unless its items were written since: they are
        not read again, however long the practice sells. A day more, for what began
        before that statement and was written after it.
        """
        start, end = period
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT al.id
                     FROM recouv_assignment_line al
                     JOIN recouv_assignment a ON a.id = al.assignment_id
                     JOIN recouv_factoring_contract fc ON fc.id = a.contract_id
                     LEFT JOIN recouv_purchase pu ON pu.id = al.purchase_id
                     LEFT JOIN account_move_line bi ON bi.id = pu.item_id
                     LEFT JOIN LATERAL (%(last)s) told ON TRUE
                    WHERE al.company_id = %(practice)s AND fc.agency_id = %(agency)s
                      AND al.state IN %(sold)s AND a.transferred_on <= %(end)s
                      AND (a.transferred_on >= %(start)s
                           OR told.on_moment IS NULL OR told.amount_open <> 0
                           OR bi.reconciled IS NOT TRUE
                           OR GREATEST(bi.write_date, pu.write_date, al.write_date)
                              >= told.on_moment - INTERVAL '1 day')
                    ORDER BY al.id""",
                last=self._last_told_sql(agency, SQL("sl.assignment_line_id = al.id")),
                practice=practice.id,
                agency=agency.id,
                sold=SOLD,
                start=start,
                end=end,
            )
        )
        # sudo: the practice's own lines, for its own statement
        lines = self.env["recouv.assignment.line"].sudo().browse(id_ for (id_,) in rows)
        # read from the books of this very moment, whatever was read before
        lines.invalidate_recordset()
        return lines

    @api.model
    def _last_told_sql(self, agency, which):
        """Select how one sold receivable was told by the last statement of it."""
        return SQL(
            """SELECT sl.told_state, sl.amount_collected, sl.amount_open,
                      sl.create_date AS on_moment
                 FROM recouv_assignment_statement_line sl
                 JOIN recouv_assignment_statement st ON st.id = sl.statement_id
                WHERE %s AND st.agency_id = %s
                ORDER BY sl.id DESC LIMIT 1""",
            which,
            agency.id,
        )

    @api.model
    def _told_states(self, lines, agency):
        """Return {line id: (word, collected)} of the last statement that named it."""
        rows = self.env.execute_query(
            SQL(
                """SELECT al.id, told.told_state, told.amount_collected
                     FROM recouv_assignment_line al
                     JOIN LATERAL (%s) told ON TRUE
                    WHERE al.id = ANY(%s)""",
                self._last_told_sql(agency, SQL("sl.assignment_line_id = al.id")),
                lines.ids,
            )
        )
        return {id_: (word or "", float(sum_ or 0)) for id_, word, sum_ in rows}

    @api.model
    def _line_values(self, line):
        return {
            "assignment_line_id": line.id,
            "schedule": line.assignment_id.name,
            "label": line.move_id.name,
            "debtor": line.partner_id.name,
            "date": line.assignment_id.transferred_on,
            "amount": line.amount,
            "amount_collected": line.amount_collected,
            "amount_open": line.amount_open if line.state == "transferred" else 0.0,
            "amount_lost": line.amount_lost,
            "told_state": line.told_state,
        }

    # --- on paper -------------------------------------------------------------------

    @api.model
    def _list_action(self):
        return "recouv_lib_factoring.recouv_assignment_statement_action"

    @api.model
    def _body_template(self):
        return "recouv_lib_factoring.assignment_statement_body"

    @api.model
    def _total_names(self):
        return (
            "amount_sold",
            "amount_cost",
            "amount_price",
            "amount_set_off",
            "amount_collected",
            "amount_open",
            "amount_lost",
        )

    def _paper_values(self):
        def money(amount):
            return format_amount(self.env, amount, self.currency_id)

        return {
            "totals": [(label, money(amount)) for label, amount in self._totals()],
            "lines": [
                {
                    "label": line.label,
                    "debtor": line.debtor,
                    "schedule": line.schedule,
                    "date": format_date(self.env, line.date),
                    "amount": money(line.amount),
                    "cost": money(line.amount_cost),
                    "collected": money(line.amount_collected),
                    "open": money(line.amount_open),
                    "state": line.told_state,
                }
                for line in self.line_ids
            ],
        }

    def _fill_book(self, book, styles):
        self._write_totals(book.add_worksheet(self.env._("Totals")), styles)
        self._write_lines(
            book.add_worksheet(self.env._("Sold receivables")),
            styles,
            self.line_ids,
            ("label", "debtor", "schedule", "date", "amount", "amount_cost",
             "amount_collected", "amount_open", "amount_lost", "told_state"),
        )  # fmt: skip

    def _mail_words(self):
        period = self._said_period()
        return (
            self.env._("Statement of what you sold, %s", period["end"]),
            self.env._(
                "You will find attached the statement of what you sold to %(agency)s, "
                "from %(start)s to %(end)s.",
                **period,
            ),
        )


class RecouvAssignmentStatementLine(models.Model):
    """One sold receivable of a statement, as it was told."""

    _name = "recouv.assignment.statement.line"
    _description = "Line of a statement of sold receivables"
    _inherit = ["recouv.evidence.mixin"]
    _order = "statement_id, id"
    _check_company_auto = True

    statement_id = fields.Many2one(
        "recouv.assignment.statement",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="statement_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="statement_id.currency_id")
    assignment_line_id = fields.Many2one(
        "recouv.assignment.line", readonly=True, index="btree_not_null"
    )
    schedule = fields.Char(readonly=True)
    label = fields.Char("Invoice", readonly=True)
    debtor = fields.Char(readonly=True)
    date = fields.Date("Sold on", readonly=True)
    amount = fields.Monetary("Sold for collection of", readonly=True)
    amount_cost = fields.Monetary("Cost of the sale", readonly=True)
    amount_collected = fields.Monetary("Collected by the buyer", readonly=True)
    amount_open = fields.Monetary("Still owed to the buyer", readonly=True)
    amount_lost = fields.Monetary("Lost by the buyer", readonly=True)
    told_state = fields.Char("Where it stands", readonly=True)


class RecouvAssignmentLine(models.Model):
    _inherit = "recouv.assignment.line"

    def _costs(self):
        """Return {line: its part of what its schedule was billed}.

        A part is what is due up to a line less what is due before it: the lines of a
        schedule add up to its sum, to the cent.
        """
        costs = {}
        for deed in self.assignment_id:
            sold = deed.line_ids.filtered(lambda line: line.state in SOLD).sorted("id")
            nominal = sum(sold.mapped("amount")) or 1.0
            whole = deed.amount_commission + deed.amount_vat + deed.amount_financing
            money, upto, told = deed.currency_id.round, 0.0, 0.0
            for line in sold:
                upto += line.amount
                due = money(whole * upto / nominal)
                costs[line] = money(due - told)
                told = due
        return costs

    def _is_to_tell(self, start, told):
        """Say whether a statement of a period that begins on ``start`` names it.

        :param told: {line id: (word, collected)} of earlier statements
        """
        sold_now = self.assignment_id.transferred_on >= start
        is_open = self.state == "transferred" and not self.currency_id.is_zero(
            self.amount_open
        )
        word, collected = told.get(self.id, ("", 0.0))
        changed = word != self.told_state or self.currency_id.compare_amounts(
            collected, self.amount_collected
        )
        return sold_now or is_open or bool(changed)


class RecouvDay(models.AbstractModel):
    _inherit = "recouv.day"

    @api.model
    def _sections(self, today):
        """EXTENDS: statements that could not be sent."""
        return [
            *super()._sections(today),
            Section(
                "sale_statements_failed",
                91,
                self.env._("Statements of sold receivables not sent"),
                "recouv.assignment.statement",
                Domain("state", "=", "failed"),
                action="recouv_lib_factoring.recouv_assignment_statement_action",
                is_alarm=True,
            ),
        ]
