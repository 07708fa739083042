from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .recouv_transfer import BOOKED


class RecouvTransfer(models.Model):
    """Transfers that someone undid past the guards: found, said, put right.

    The guards refuse every button; a database administrator, a script or a module
    that writes SQL still gets through. What is found blocks its claims.
    """

    _inherit = "recouv.transfer"

    @api.model
    def _intact_sql(self):
        """SQL true where the entry of transfer ``t`` still stands as it was posted."""
        return SQL(
            """EXISTS (
                SELECT 1
                  FROM account_move m
                  JOIN account_move_line s ON s.id = t.settling_line_id
                                          AND s.move_id = m.id
                  JOIN account_move_line g ON g.id = t.target_line_id
                                          AND g.move_id = m.id
                  JOIN account_move_line o ON o.id = t.origin_line_id
                 WHERE m.id = t.move_id
                   AND m.state = 'posted' AND o.parent_state = 'posted'
                   AND g.account_id = t.target_account_id
                   AND abs(g.balance) = t.amount AND abs(s.balance) = t.amount
                   AND s.partner_id IS NOT DISTINCT FROM o.partner_id
                   AND s.account_id = o.account_id
                   AND (t.owes_back OR t.amount = (
                        SELECT COALESCE(sum(p.amount), 0)
                          FROM account_partial_reconcile p
                         WHERE (p.debit_move_id, p.credit_move_id)
                            IN ((o.id, s.id), (s.id, o.id)))))
               AND (t.counterpart_company_id IS NULL OR EXISTS (
                    SELECT 1 FROM account_move c
                      JOIN account_move_line i ON i.id = t.counterpart_line_id
                                              AND i.move_id = c.id
                     WHERE c.id = t.counterpart_move_id AND c.state = 'posted'
                       AND (COALESCE(t.undone_id, t.followed_id) IS NOT NULL
                            OR CASE WHEN t.kind = 'collected'
                            -- one item holds all that a day collected for a practice
                            THEN -i.amount_currency = (
                                 SELECT SUM(COALESCE(rl.amount_principal, 0)
                                            + COALESCE(rl.amount_interest, 0))
                                   FROM recouv_receipt_line rl
                                  WHERE rl.funds_item_id = i.id)
                            ELSE abs(i.amount_currency) = COALESCE(
                                 NULLIF(t.counterpart_amount, 0), t.amount_currency)
                            END)))"""
        )

    @api.model
    def _detect_broken(self, companies=None):
        """Mark the booked transfers that someone undid past the guards.

        Their claims are blocked (:meth:`_broken_claim_sql`) and an activity is raised.

        :param companies: res.company to look at, all by default
        :return: the transfers that were found broken now
        """
        where = SQL("t.state IN %s AND NOT (%s)", BOOKED, self._intact_sql())
        if companies:
            where = SQL("%s AND t.company_id IN %s", where, tuple(companies.ids))
        # sudo: the books decide here, not the user who looks
        broken = self.sudo()._browse_sql(where)
        broken._mark_broken()
        return broken

    @api.model
    def _browse_sql(self, where):
        """Return the transfers ``t`` for which an SQL condition holds in the books."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL("SELECT t.id FROM recouv_transfer t WHERE %s ORDER BY t.id", where)
        )
        return self.browse(row[0] for row in rows)

    def _mark_broken(self):
        if not self:
            return
        self.write({"state": "broken", "broken_on": fields.Date.context_today(self)})
        for transfer in self:
            transfer.broken_activity_id = transfer._schedule_mending()

    def _schedule_mending(self):
        """Ask for the books to be put right, on the claim or else on the invoice."""
        document = self.origin_claim_id or self.invoice_id
        if not document:
            return False
        return document.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("A receivable transfer was undone by hand"),
            note=self.env._(
                "The entry or the reconciliation of %(transfer)s no longer stands as "
                "it was posted. Its claims are blocked until this is put right.",
                transfer=self.display_name,
            ),
            user_id=self.company_id._recouv_responsible().id,
        )

    @api.model
    def _cron_detect_broken(self):
        """Look through the companies one after the other (daily)."""
        for company in self.env["res.company"].search([]):
            self._detect_broken(company)

    @api.model
    def _broken_claim_sql(self, claim_alias):
        """SQL true where claim ``claim_alias`` stands on a broken transfer.

        For the engine's registry of blockers, code ``transfer_broken``.
        """
        claim = SQL.identifier(claim_alias)
        return SQL(
            """EXISTS (SELECT 1 FROM recouv_transfer t
                WHERE t.state = 'broken' AND t.handled_on IS NULL
                  AND t.company_id = %(claim)s.company_id
                  AND (%(claim)s.move_line_id IN (t.origin_line_id, t.target_line_id)
                       OR %(claim)s.id IN (t.origin_claim_id, t.target_claim_id)))""",
            claim=claim,
        )

    def action_recheck(self):
        """Look again at broken transfers whose books were put right by hand."""
        self._check_rights()
        broken = self.filtered(lambda transfer: transfer.state == "broken")
        whole = self._browse_sql(
            SQL("t.id IN %s AND %s", tuple(broken.ids) or (0,), self._intact_sql())
        )
        if still := broken - whole:
            raise UserError(
                self.env._(
                    "%(transfer)s is still broken: its entry or reconciliation does "
                    "not stand as it was posted.",
                    transfer=still[0].display_name,
                )
            )
        # sudo: rights checked above; the state is written by methods only
        for transfer in broken.sudo():
            transfer._mark_mended()
        return True

    def _mark_mended(self):
        back = self.undoing_ids and self.target_line_id.reconciled
        self.write({"state": "reversed" if back else "posted", "broken_on": False})
        self.broken_activity_id.unlink()

    def action_handled(self):
        """Say that a broken transfer was settled otherwise: its claims go on."""
        self._check_rights()
        # sudo: rights checked above; this state is written by methods only
        broken = self.filtered(lambda t: t.state == "broken").sudo()
        broken.handled_on = fields.Date.context_today(self)
        broken.broken_activity_id.action_feedback()
        return True
