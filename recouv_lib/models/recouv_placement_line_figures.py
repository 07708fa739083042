from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..lib.wording import labelled
from .recouv_derived_mixin import derived_search
from .recouv_placement_line import HELD


class RecouvPlacementLine(models.Model):
    """What came of a placed claim, read from the practice's own books in SQL.

    *Collected* is what the agency received: transfers of that kind on the claim since
    it was placed, less what was taken back. *Paid directly* is money that reached the
    practice itself meanwhile. Both in the currency of the claim.
    """

    _name = "recouv.placement.line"
    _inherit = ["recouv.placement.line", "recouv.derived.mixin"]

    amount_collected = fields.Monetary(
        "Collected by the agency",
        compute="_compute_derived",
        search=derived_search("amount_collected"),
        aggregator="sum",
    )
    amount_direct = fields.Monetary(
        "Paid to the practice",
        compute="_compute_derived",
        search=derived_search("amount_direct"),
        aggregator="sum",
    )
    amount_due = fields.Monetary(
        "Still due", compute="_compute_derived", search=derived_search("amount_due")
    )
    placed_on = fields.Date(
        compute="_compute_derived",
        search=derived_search("placed_on"),
        string="Handed over on",
    )
    told_state = fields.Char("Where it stands", compute="_compute_told_state")

    # --- the books ------------------------------------------------------------------

    @api.model
    def _derived_sql(self, fname, alias):
        line = SQL.identifier(alias)
        placed = SQL("(%s) x", SQL("%s AND pl.id = %s.id", self._placed_sql(), line))
        if fname == "placed_on":
            return SQL("(SELECT x.placed_on FROM %s)", placed)
        if fname in ("amount_collected", "amount_direct"):
            money = {
                "amount_collected": self._collected_sql,
                "amount_direct": self._direct_sql,
            }[fname]
            return SQL(
                "COALESCE((SELECT SUM(e.amount) FROM %s CROSS JOIN LATERAL (%s) e), 0)",
                placed,
                money(),
            )
        if fname == "amount_due":
            return SQL(
                """COALESCE((SELECT l.amount_residual_currency
                               FROM recouv_claim c
                               JOIN account_move_line l ON l.id = c.move_line_id
                              WHERE c.id = %s.claim_id
                                AND l.parent_state = 'posted'), 0)""",
                line,
            )
        return super()._derived_sql(fname, alias)

    @api.model
    def _derived_reads(self):
        """EXTENDS: the transfers and the partial reconciliations of the claims."""
        names = {
            "recouv.placement.line": ("claim_id", "state", "answered_on"),
            "recouv.placement": ("sent_on", "date"),
            "recouv.transfer": (
                "kind",
                "state",
                "date",
                "amount_currency",
                "origin_claim_id",
                "undone_id",
                "move_id",
                "origin_line_id",
                "target_claim_id",
            ),
            "account.partial.reconcile": ("debit_move_id", "debit_amount_currency"),
        }
        return super()._derived_reads() + [
            self.env[model]._fields[name]
            for model, wanted in names.items()
            for name in wanted
        ]

    @api.model
    def _placed_sql(self):
        """Rows ``x`` of what was handed over, with its days: from when, until when."""
        return SQL(
            """SELECT pl.id, pl.claim_id, pl.agency_claim_id, pl.company_id,
                      pl.amount_principal AS amount, pc.currency_id, pc.move_line_id,
                      COALESCE(p.sent_on::date, p.date) AS placed_on,
                      CASE WHEN pl.state IN %(held)s THEN NULL
                           ELSE pl.answered_on END AS ended_on,
                      pl.state
                 FROM recouv_placement_line pl
                 JOIN recouv_placement p ON p.id = pl.placement_id
                 JOIN recouv_claim pc ON pc.id = pl.claim_id
                WHERE pl.agency_claim_id IS NOT NULL""",
            held=HELD,
        )

    @api.model
    def _collected_sql(self, until=None):
        """Sums that the agency collected for row ``x``: (id, date, amount).

        A sum that comes late still belongs to the hand-over in which it was
        collected, until the claim is handed over again.

        :param until: last day that counts, None for all
        """
        return SQL(
            """SELECT t.id, t.date, t.amount_currency - COALESCE((
                          SELECT SUM(b.amount_currency) FROM recouv_transfer b
                           WHERE b.undone_id = t.id AND b.date <= %(until)s
                             AND b.state IN ('posted', 'reversed')), 0) AS amount
                 FROM recouv_transfer t
                WHERE t.origin_claim_id = x.claim_id AND t.kind = 'collected'
                  AND t.state IN ('posted', 'reversed') AND t.date <= %(until)s
                  AND t.date >= x.placed_on
                  AND NOT EXISTS (
                      SELECT 1 FROM recouv_placement_line again
                        JOIN recouv_placement ap ON ap.id = again.placement_id
                       WHERE again.claim_id = x.claim_id AND again.id > x.id
                         AND again.agency_claim_id IS NOT NULL
                         AND COALESCE(ap.sent_on::date, ap.date) <= t.date)""",
            until=until or fields.Date.to_date("9999-12-31"),
        )

    @api.model
    def _direct_sql(self):
        """Money that reached the practice itself for row ``x``: (id, date, amount)."""
        figures = self.env["recouv.report.recovery"]
        return SQL(
            """SELECT pr.id, cl.date, pr.debit_amount_currency AS amount
                 FROM (%(items)s) i
                 JOIN account_partial_reconcile pr ON pr.debit_move_id = i.line_id
                 JOIN account_move_line cl ON cl.id = pr.credit_move_id
                 JOIN account_move cm ON cm.id = cl.move_id AND cm.state = 'posted'
                 JOIN account_journal cj ON cj.id = cm.journal_id
                 JOIN res_company co ON co.id = x.company_id
                WHERE %(kind)s = 'money' AND cl.date >= x.placed_on
                  AND (x.ended_on IS NULL OR cl.date < x.ended_on)""",
            items=figures._items_sql(),
            kind=figures._kind_sql(),
        )

    def _collected_until(self, day):
        """Return {line: what the agency collected for it until ``day``}."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT x.id, SUM(e.amount)
                     FROM (%s AND pl.id IN %s) x CROSS JOIN LATERAL (%s) e
                    GROUP BY x.id""",
                self._placed_sql(),
                tuple(self.ids) or (0,),
                self._collected_sql(day),
            )
        )
        found = dict(rows)
        return {line: float(found.get(line.id) or 0.0) for line in self}

    # --- what the agency tells ------------------------------------------------------

    @api.depends("state", "claim_id")
    @api.depends_context("lang")
    def _compute_told_state(self):
        for line in self:
            line.told_state = line._tell_state()

    def _tell_state(self):
        """Return where the claim stands with the agency, in plain words.

        Elevated: a projection of the agency's own claim, without a name of anything
        of the agency: how many steps are done, suspended, agreed, settled.
        """
        self.ensure_one()
        _, settlements = self.env._, self.env["recouv.claim"]._fields["settlement"]
        if self.state in ("draft", "proposed"):
            labels = dict(self._fields["state"]._description_selection(self.env))
            return labels[self.state]
        if self.state not in HELD:
            return self._tell_end()
        # sudo: see the docstring; the claim is the practice's own
        mirror, settled = self.sudo().agency_claim_id, self.sudo().claim_id.settlement
        if settled != "open":
            return dict(settlements._description_selection(self.env)).get(settled)
        suspended = {
            "plan": _("Instalment plan under way"),
            "dispute": _("Disputed"),
            "hold": _("Suspended"),
        }.get(mirror.suspension)
        return suspended or self._tell_step(mirror)

    def _tell_end(self):
        # sudo: whether the practice's own claim was written off
        settlement = self.sudo().claim_id.settlement
        label = dict(self._fields["state"]._description_selection(self.env))[self.state]
        if settlement == "written_off":
            return self.env._("Written off")
        return labelled(self.env, label, self.answer_reason)

    def _tell_step(self, mirror):
        step = mirror.step_id
        if not step:
            return self.env._("Accepted, the agency has not written yet")
        steps = mirror.policy_id.step_ids.sorted(lambda s: (s.sequence, s.id))
        return self.env._(
            "Step %(rank)s of the agency, on %(date)s",
            rank=list(steps).index(step) + 1 if step in steps else 1,
            date=format_date(self.env, mirror.step_date),
        )

    def action_view_claim(self):
        """Open the practice's own claim."""
        self.ensure_one()
        return self.claim_id.get_formview_action()
