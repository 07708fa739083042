from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from odoo.addons.recouv_lib.models.recouv_derived_mixin import derived_search

STATES = [
    ("nothing", "No money moves"),
    ("announced", "Announced"),
    ("partial", "Received in part"),
    ("received", "Received"),
]


class RecouvReturnPayment(models.Model):
    """A transfer that a payer announces (entity 071), with what it pays.

    Its sums are added up from its lines once they are read; whether the money has come
    is never stored: the items waiting for the bank say it (:meth:`_derived_sql`). A
    transfer whose invoices no file has told yet is booked nowhere: it waits whole, as
    long as its line does.
    """

    _name = "recouv.return.payment"
    _description = "Announced transfer"
    _inherit = ["recouv.evidence.mixin", "recouv.derived.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True)
    file_id = fields.Many2one(
        "recouv.return.file",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    date = fields.Date(readonly=True)
    date_text = fields.Char("Date as written", readonly=True)
    label1 = fields.Char("Label on the bank statement", readonly=True)
    label2 = fields.Char("Second label", readonly=True)
    payer_body = fields.Char("Paying body", readonly=True)
    payer_id = fields.Many2one("res.partner", index="btree_not_null")
    amount_amo = fields.Monetary("AMO parts paid", readonly=True)
    amount_amc = fields.Monetary("AMC parts paid", readonly=True)
    amount_lump = fields.Monetary("Lump sums", readonly=True)
    amount_retained = fields.Monetary("Sums kept back", readonly=True)
    amount = fields.Monetary(
        "Transfer announced",
        readonly=True,
        help="Parts paid and lump sums, less the sums kept back.",
    )
    line_ids = fields.One2many("recouv.return.line", "payment_id", "Lines")
    other_line_ids = fields.One2many(
        "recouv.return.line",
        "payment_id",
        "Kept back, and lump sums",
        domain=[("kind", "in", ("retained", "lump"))],
    )
    move_ids = fields.One2many("account.move", "recouv_return_payment_id", "Entries")
    state = fields.Selection(
        STATES, compute="_compute_derived", search=derived_search("state")
    )
    amount_waiting = fields.Monetary(
        "Still to come",
        compute="_compute_derived",
        search=derived_search("amount_waiting"),
    )
    statement_line_id = fields.Many2one(
        "account.bank.statement.line",
        "Bank movement",
        compute="_compute_derived",
        search=derived_search("statement_line_id"),
    )
    explanation = fields.Char(compute="_compute_explanation")
    is_substitute = fields.Boolean(
        "Of no transfer",
        readonly=True,
        help="The file ties its sums to no transfer: this stands for it.",
    )
    is_test = fields.Boolean("Of a test", readonly=True)
    offset = fields.Integer("First byte", readonly=True)
    key = fields.Char(readonly=True, required=True)

    _key_uniq = models.UniqueIndex(
        "(company_id, key)", "This announced transfer is there already."
    )

    # --- computes -----------------------------------------------------------------

    @api.depends("label1", "label2", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for payment in self:
            parts = [payment.label1, payment.label2]
            if payment.date:
                parts.append(format_date(self.env, payment.date))
            payment.display_name = " ".join(filter(None, parts)) or f"#{payment.id}"

    @api.depends("amount", "amount_amo", "amount_amc", "amount_lump", "amount_retained")
    @api.depends_context("lang")
    def _compute_explanation(self):
        """The sum, as one would write it on paper."""
        labels = (
            (1, "amount_amo", self.env._("AMO")),
            (1, "amount_amc", self.env._("AMC")),
            (1, "amount_lump", self.env._("lump sums")),
            (-1, "amount_retained", self.env._("kept back")),
        )
        for payment in self:
            payment.explanation = (
                payment._sum_text(labels) if payment.currency_id else ""
            )

    def _sum_text(self, labels):
        terms = []
        for sign, fname, label in labels:
            amount = sign * self[fname]
            if not self.currency_id.is_zero(amount):
                mark = "−" if amount < 0 else "+" if terms else ""
                shown = self.currency_id.format(abs(amount))
                terms.append(f"{mark} {shown} ({label})".strip())
        total = self.currency_id.format(self.amount)
        return f"{' '.join(terms)} = {total}" if terms else total

    # --- what the books say -------------------------------------------------------

    @api.model
    def _derived_sql(self, fname, alias):
        expressions = {
            "amount_waiting": self._waiting_sql,
            "state": self._state_sql,
            "statement_line_id": self._statement_line_sql,
        }
        expression = expressions.get(fname)
        return expression(alias) if expression else None

    @api.model
    def _items_sql(self, alias, what):
        """One aggregate of the transfer's items that wait for the bank."""
        return SQL(
            """(SELECT %s FROM account_move_line wl
                  JOIN account_move wm ON wm.id = wl.move_id
                 WHERE wm.recouv_return_payment_id = %s
                   AND wl.recouv_is_announced AND wl.parent_state = 'posted')""",
            what,
            SQL.identifier(alias, "id"),
        )

    @api.model
    def _bare_sql(self, alias):
        """What a table announced without its invoices, and nobody has settled."""
        return SQL(
            """COALESCE((SELECT SUM(nl.paid) FROM recouv_return_line nl
                          WHERE nl.payment_id = %s AND nl.kind = 'transfer'
                            AND nl.outcome = 'to_settle'), 0)""",
            SQL.identifier(alias, "id"),
        )

    @api.model
    def _waiting_sql(self, alias):
        waiting = SQL(
            """CASE WHEN COUNT(*) = 0 THEN %s
                    ELSE COALESCE(SUM(wl.amount_residual), 0) END""",
            self._bare_sql(alias),
        )
        return self._items_sql(alias, waiting)

    @api.model
    def _state_sql(self, alias):
        state = SQL(
            """CASE WHEN COUNT(*) = 0 AND %s <> 0 THEN 'announced'
                    WHEN COUNT(*) = 0 OR COALESCE(SUM(wl.balance), 0) = 0
                         THEN 'nothing'
                    WHEN BOOL_AND(wl.reconciled) THEN 'received'
                    WHEN SUM(wl.amount_residual) <> SUM(wl.balance) THEN 'partial'
                    ELSE 'announced' END""",
            self._bare_sql(alias),
        )
        return self._items_sql(alias, state)

    @api.model
    def _statement_line_sql(self, alias):
        return SQL(
            """(SELECT MIN(bm.statement_line_id) FROM %s
                 WHERE wm.recouv_return_payment_id = %s
                   AND wl.recouv_is_announced)""",
            self._settled_sql(),
            SQL.identifier(alias, "id"),
        )

    @api.model
    def _settled_sql(self):
        """Return the joins from items ``wl`` of entries ``wm`` to what settled them:
        items ``bl`` of entries ``bm``."""
        return SQL(
            """account_move_line wl
                 JOIN account_move wm ON wm.id = wl.move_id
                 JOIN account_partial_reconcile pr
                   ON wl.id IN (pr.debit_move_id, pr.credit_move_id)
                 JOIN account_move_line bl
                   ON bl.id IN (pr.debit_move_id, pr.credit_move_id)
                  AND bl.id <> wl.id
                 JOIN account_move bm ON bm.id = bl.move_id"""
        )

    @api.model
    def _derived_reads(self):
        """EXTENDS: what the books say of waiting items, and lines without invoices."""
        wanted = {
            "recouv.return.line": ("kind", "outcome", "paid", "payment_id"),
            "account.move": ("recouv_return_payment_id", "statement_line_id"),
            "account.move.line": (
                "recouv_is_announced",
                "parent_state",
                "balance",
                "amount_residual",
                "reconciled",
            ),
        }
        return [
            self.env[model]._fields[name]
            for model, names in wanted.items()
            for name in names
        ]

    @api.model
    def _missing_domain(self, today):
        """Announced so long ago that the bank should have shown it.

        Days of patience differ by company; companies of the same number go together.
        """
        domains = []
        for days, companies in self.env.companies.grouped(
            lambda company: company.recouv_announced_days
        ).items():
            domains.append(
                Domain("company_id", "in", companies.ids)
                & Domain("date", "<", fields.Date.subtract(today, days=days))
            )
        return Domain("state", "in", ("announced", "partial")) & Domain.OR(domains)

    # --- sums ---------------------------------------------------------------------

    def _add_up(self):
        """Add up what the lines say, by one statement."""
        if not self:
            return
        self.env["recouv.return.line"].flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE recouv_return_payment p
                      SET amount_amo = s.amo, amount_amc = s.amc,
                          amount_lump = s.lump, amount_retained = s.retained,
                          amount = s.amo + s.amc + s.lump + s.bare - s.retained
                     FROM (
                    SELECT w.id AS payment_id,
                           COALESCE(SUM(l.paid) FILTER (
                               WHERE l.kind = 'answer' AND l.part = 'O'), 0) AS amo,
                           COALESCE(SUM(l.paid) FILTER (
                               WHERE l.kind = 'answer' AND l.part = 'C'), 0) AS amc,
                           COALESCE(SUM(l.paid) FILTER (
                               WHERE l.kind = 'lump'), 0) AS lump,
                           COALESCE(SUM(l.paid) FILTER (
                               WHERE l.kind = 'transfer'), 0) AS bare,
                           COALESCE(-SUM(l.paid) FILTER (
                               WHERE l.kind = 'retained'), 0) AS retained
                      FROM recouv_return_payment w
                      LEFT JOIN recouv_return_line l ON l.payment_id = w.id
                     WHERE w.id IN %s
                     GROUP BY w.id) s
                    WHERE s.payment_id = p.id""",
                tuple(self.ids),
            )
        )
        self.invalidate_recordset()

    # --- evidence -----------------------------------------------------------------

    def _editable_fields(self):
        return frozenset({"payer_id"})

    @api.model
    def _evidence_advice(self):
        return self.env._("Its lines say what it is made of.")

    # --- actions ------------------------------------------------------------------

    def action_open_lines(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib_tiers_payant.recouv_return_line_action"
        )
        return action | {"domain": [("payment_id", "in", self.ids)], "context": {}}

    def _waiting_items(self):
        """Return the open items that wait for the bank to show these transfers."""
        # sudo: items of the transfers' own entries, whatever the user sees of books
        return (
            self.env["account.move.line"]
            .sudo()
            .search(
                [
                    ("move_id.recouv_return_payment_id", "in", self.ids),
                    ("recouv_is_announced", "=", True),
                    ("parent_state", "=", "posted"),
                    ("reconciled", "=", False),
                ]
            )
        )

    def action_find_in_bank(self):
        """Look for the money among the bank's movements that wait.

        :return: the proposals, or a word when there is none
        """
        self.check_access("read")
        lines = self._waiting_movements()
        # sudo: proposals only, of movements of these transfers' companies
        lines.sudo()._recouv_propose(automatic=False)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_bank_match_action"
        )
        items = self._waiting_items()
        domain = [("line_ids.move_line_id", "in", items.ids)]
        if self.env["recouv.bank.match"].search_count(domain, limit=1):
            return action | {"domain": domain, "context": {}}
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "message": self.env._("No movement of the bank looks like it yet."),
            },
        }
