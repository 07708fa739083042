from odoo import api, models
from odoo.tools import SQL

from .recouv_engine import SILENT_CODES


class RecouvEngine(models.AbstractModel):
    """What the propose stage writes: notices, their lines, and who is left out."""

    _inherit = "recouv.engine"

    @api.model
    def _numbered_cte(self):
        return SQL(
            """numbered AS MATERIALIZED (
                SELECT nextval('recouv_notice_id_seq')::int AS id, proposal.*
                  FROM proposal WHERE code IS NULL)"""
        )

    @api.model
    def _notice_cte(self, run):
        values = {
            "id": SQL("n.id"),
            "company_id": SQL("%s", run.company_id.id),
            "run_id": SQL("%s", run.id),
            "partner_id": SQL("n.partner_id"),
            "recipient_id": SQL("n.recipient_id"),
            "lead_claim_id": SQL("n.lead_id"),
            "capacity": SQL("%s", run.capacity),
            "step_id": SQL("n.step_id"),
            "channel": SQL("n.channel"),
            "state": SQL(
                "CASE n.approval WHEN 'automatic' THEN 'queued' ELSE 'proposed' END"
            ),
            "attempt": SQL("n.attempt"),
            "amount": SQL("n.total + n.credits + n.payments"),
            "currency_id": SQL("n.currency_id"),
            "date_proposed": SQL("%s", run.date),
            "idempotency_key": SQL(
                "concat_ws(':', n.lead_id, n.step_id, n.channel, n.attempt)"
            ),
        }
        columns, expressions = self._insert_columns("recouv.notice", values)
        return SQL(
            """ins_notice AS (INSERT INTO recouv_notice (%s)
                              SELECT %s FROM numbered n RETURNING 1)""",
            columns,
            expressions,
        )

    @api.model
    def _line_cte(self, run):
        values = {
            "notice_id": SQL("n.id"),
            "company_id": SQL("%s", run.company_id.id),
            "kind": SQL("'claim'"),
            "claim_id": SQL("r.id"),
            "move_line_id": SQL("r.line_id"),
            "label": SQL("r.reference"),
            "invoice_date": SQL("r.invoice_date"),
            "date_due": SQL("r.date_due"),
            "amount_original": SQL("r.amount_original"),
            "amount": SQL("r.residual"),
            "currency_id": SQL("r.currency_id"),
        }
        columns, expressions = self._insert_columns("recouv.notice.line", values)
        return SQL(
            """ins_line AS (
                INSERT INTO recouv_notice_line (%(columns)s)
                SELECT %(expressions)s
                  FROM numbered n
                  JOIN ranked r ON (r.partner_id, r.currency_id, r.bucket)
                                 = (n.partner_id, n.currency_id, n.bucket)
                  JOIN recouv_step s ON s.id = n.step_id
                 WHERE %(member)s)""",
            columns=columns,
            expressions=expressions,
            member=self._member_sql(),
        )

    @api.model
    def _credit_line_cte(self, run):
        return self._deduction_cte(
            run, "ins_credit", "credit", SQL("x.id"), "move_name"
        )

    @api.model
    def _payment_line_cte(self, run):
        return self._deduction_cte(
            run, "ins_payment", "payment", SQL("NULL::int"), "name"
        )

    @api.model
    def _deduction_cte(self, run, name, source, item, label):
        """The lines that lower the sum: one per open credit or payment under way."""
        values = {
            "notice_id": SQL("n.id"),
            "company_id": SQL("%s", run.company_id.id),
            "kind": SQL("'credit'"),
            "move_line_id": item,
            "label": SQL("x.%s", SQL.identifier(label)),
            "invoice_date": SQL("x.date"),
            "date_due": SQL("x.date"),
            "amount_original": SQL("x.amount"),
            "amount": SQL("x.amount"),
            "currency_id": SQL("x.currency_id"),
        }
        columns, expressions = self._insert_columns("recouv.notice.line", values)
        return SQL(
            """%(name)s AS (
                INSERT INTO recouv_notice_line (%(columns)s)
                SELECT %(expressions)s
                  FROM numbered n JOIN %(source)s x
                    ON (x.partner_id, x.currency_id) = (n.partner_id, n.currency_id)
                 WHERE n.bucket = 0)""",
            name=SQL.identifier(name),
            columns=columns,
            expressions=expressions,
            source=SQL.identifier(source),
        )

    @api.model
    def _share_line_cte(self, run):
        """Where each claim has its notice: its own share of the credits, in one
        line."""
        values = {
            "notice_id": SQL("n.id"),
            "company_id": SQL("%s", run.company_id.id),
            "kind": SQL("'credit'"),
            "label": SQL("%s", self._share_label()),
            "amount_original": SQL("n.credits"),
            "amount": SQL("n.credits"),
            "currency_id": SQL("n.currency_id"),
        }
        columns, expressions = self._insert_columns("recouv.notice.line", values)
        return SQL(
            """ins_share AS (
                INSERT INTO recouv_notice_line (%(columns)s)
                SELECT %(expressions)s FROM numbered n
                 WHERE n.bucket <> 0 AND n.credits <> 0)""",
            columns=columns,
            expressions=expressions,
        )

    @api.model
    def _share_label(self):
        return self.env._("Credits and payments")

    @api.model
    def _skip_cte(self, run):
        """A skip per claim whose next step was due: its own code, or its group's."""
        values = {
            "run_id": SQL("%s", run.id),
            "company_id": SQL("%s", run.company_id.id),
            "claim_id": SQL("cl.id"),
            "partner_id": SQL("cl.partner_id"),
            "code": SQL("COALESCE(cl.code, proposal.code)"),
            "amount": SQL("cl.residual"),
            "currency_id": SQL("cl.currency_id"),
        }
        columns, expressions = self._insert_columns("recouv.run.skip", values)
        return SQL(
            """ins_skip AS (
                INSERT INTO recouv_run_skip (%(columns)s)
                SELECT %(expressions)s
                  FROM cl
                  LEFT JOIN proposal ON (proposal.partner_id, proposal.currency_id,
                                         proposal.bucket)
                                      = (cl.partner_id, cl.currency_id, cl.bucket)
                 WHERE (cl.next_date <= %(today)s OR cl.next_date IS NULL)
                   AND COALESCE(cl.code, proposal.code) IS NOT NULL
                   AND COALESCE(cl.code, proposal.code) NOT IN %(silent)s
                RETURNING 1)""",
            columns=columns,
            expressions=expressions,
            today=run.date,
            silent=SILENT_CODES,
        )
