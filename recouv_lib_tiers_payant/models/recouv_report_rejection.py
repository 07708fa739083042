from odoo import api, fields, models
from odoo.tools import SQL

from .recouv_rejection import STATES
from .recouv_rejection_reason import ACTION_CLASSES
from .res_partner import PAYER_KINDS


class RecouvReportRejection(models.Model):
    """What payers rejected and what became of it, one row per share that was sent, or
    lost before it was.

    A share counts once, whatever its attempts: the attempt that was corrected carries
    its rejection, the later ones only what is paid. Sums are in the share's currency.

    * rate: rejected / sent, in number of shares; the sum rejected is what was open on
      that day;
    * recovered: paid by the payer after a rejection; to the patient: what was moved to
      them in the books;
    * lost: given up, or what was not paid of it when the right to ask for it ended
      (forclusion);
    * days to pay: from the day it was sent to the last money that settled it.
    """

    _name = "recouv.report.rejection"
    _description = "Rejections and delays of payers"
    _auto = False
    _rec_name = "share_id"
    _order = "date desc, id desc"
    _depends = {
        "recouv.share": [
            "state",
            "amount",
            "sent_on",
            "limitation_date",
            "payer_id",
            "transfer_id",
            "attempt",
        ],
        "recouv.rejection": ["share_id", "reason_id", "state", "amount", "part"],
        "account.move": ["recouv_practitioner_id"],
        "recouv.rejection.act": ["rejection_id", "action", "amount", "undone_on"],
        "recouv.transfer": ["amount_currency", "target_line_id", "state", "undone_id"],
        "account.partial.reconcile": ["debit_move_id", "max_date"],
        "account.move.line": ["reconciled", "amount_residual_currency"],
    }

    share_id = fields.Many2one("recouv.share", "Payer's part", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    payer_id = fields.Many2one("res.partner", readonly=True)
    practitioner_id = fields.Many2one("res.partner", readonly=True)
    kind = fields.Selection(PAYER_KINDS, readonly=True)
    date = fields.Date("Sent on", readonly=True)
    reason_id = fields.Many2one("recouv.rejection.reason", readonly=True)
    action_class = fields.Selection(ACTION_CLASSES, "What to do", readonly=True)
    rejection_state = fields.Selection(STATES, "Became", readonly=True)
    sent = fields.Integer("Shares sent", readonly=True)
    rejected = fields.Integer("Shares rejected", readonly=True)
    rejection_rate = fields.Float(
        "Rejection rate (%)", readonly=True, aggregator="avg", digits=(16, 1)
    )
    amount_sent = fields.Monetary("Sent", readonly=True)
    amount_rejected = fields.Monetary("Sum rejected", readonly=True)
    amount_recovered = fields.Monetary("Recovered", readonly=True)
    amount_to_patient = fields.Monetary("Billed to the patient", readonly=True)
    amount_lost = fields.Monetary("Lost", readonly=True)
    days_to_pay = fields.Float(
        "Days to pay", readonly=True, aggregator="avg", digits=(16, 1)
    )

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """The rate of a group is that of its shares, not the mean of its rows."""
        if aggregate_spec != "rejection_rate:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "COALESCE(100.0 * SUM(%s) / NULLIF(SUM(%s), 0), 0)",
            self._field_to_sql(self._table, "rejected", query),
            self._field_to_sql(self._table, "sent", query),
        )

    @property
    def _table_query(self):
        return SQL(
            """SELECT s.id, s.id AS share_id, s.company_id, s.currency_id, s.payer_id,
                      m.recouv_practitioner_id AS practitioner_id, s.kind,
                      s.sent_on AS date, r.reason_id, r.action_class,
                      r.state AS rejection_state,
                      CASE WHEN %(first)s THEN 1 ELSE 0 END AS sent,
                      CASE WHEN r.id IS NOT NULL AND %(first)s
                           THEN 1 ELSE 0 END AS rejected,
                      CASE WHEN r.id IS NULL THEN 0.0 ELSE 100.0 END AS rejection_rate,
                      CASE WHEN %(first)s THEN s.amount ELSE 0 END AS amount_sent,
                      CASE WHEN %(first)s THEN COALESCE(r.amount, 0) ELSE 0 END
                          AS amount_rejected,
                      CASE WHEN r.state = 'recovered' AND %(first)s THEN r.amount
                           ELSE 0 END AS amount_recovered,
                      CASE WHEN s.state = 'to_patient'
                           THEN COALESCE((%(billed)s), s.amount)
                           ELSE 0 END AS amount_to_patient,
                      CASE WHEN r.state = 'abandoned' THEN r.given_up
                           WHEN %(lost)s THEN %(open)s ELSE 0 END AS amount_lost,
                      CASE WHEN s.state = 'paid' THEN (%(paid_on)s) - s.sent_on END
                          AS days_to_pay
                 FROM recouv_share s
                 LEFT JOIN account_move m ON m.id = s.move_id
                 LEFT JOIN LATERAL (
                      SELECT x.id, x.reason_id, x.action_class, x.state, x.amount,
                             CASE WHEN x.state = 'abandoned' THEN %(at_stake)s END
                                 AS given_up
                        FROM recouv_rejection x WHERE x.share_id = s.id
                       ORDER BY x.id LIMIT 1) r ON TRUE
                WHERE s.sent_on IS NOT NULL OR %(lost)s""",
            first=SQL("s.attempt = 1 AND s.sent_on IS NOT NULL"),
            lost=SQL(
                "(s.limitation_date < %s AND %s)",
                fields.Date.context_today(self),
                self.env["recouv.share"]._with_payer_sql(SQL("s")),
            ),
            at_stake=self.env["recouv.rejection"]._derived_sql("amount_at_stake", "x"),
            billed=self._billed_sql(),
            open=self.env["recouv.share"]._open_sql(SQL("s")),
            paid_on=self._paid_on_sql(),
        )

    @api.model
    def _billed_sql(self):
        """What was moved from the payer of share ``s`` to the patient."""
        return SQL(
            """SELECT SUM(u.amount_currency) FROM recouv_transfer u
                WHERE u.undone_id = s.transfer_id
                  AND u.state IN ('posted', 'reversed')"""
        )

    @api.model
    def _paid_on_sql(self):
        """The last day on which something settled the payer's item of share ``s``."""
        return SQL(
            """SELECT MAX(pr.max_date)
                 FROM recouv_transfer t
                 JOIN account_partial_reconcile pr
                   ON pr.debit_move_id = t.target_line_id
                WHERE t.id = s.transfer_id"""
        )
