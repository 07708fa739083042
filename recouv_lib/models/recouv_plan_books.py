from odoo import api, fields, models
from odoo.tools import SQL


class RecouvPlan(models.Model):
    """What the books say of an agreement, in SQL: what was paid, what stands, what is
    next.

    What a transfer, a loss or the credit note of a disputed part took off the debt was
    not paid by the debtor, and fills no instalment.
    """

    _inherit = "recouv.plan"

    @api.model
    def _derived_sql(self, fname, alias):
        plan, today = SQL.identifier(alias), fields.Date.context_today(self)
        if fname == "amount_paid":
            return self._paid_sql(plan)
        if fname == "amount_cashed":
            return self._paid_sql(plan, under_way=False)
        if fname == "standing":
            return self._standing_sql(plan, today)
        if fname in ("next_due_date", "next_due_amount"):
            return self._next_sql(plan, fname)
        if fname == "is_to_see":
            return self._to_see_sql(plan, today)
        return super()._derived_sql(fname, alias)

    @api.model
    def _claims_sql(self, plan):
        return SQL(
            "SELECT pcr.claim_id FROM recouv_plan_claim_rel pcr "
            "WHERE pcr.plan_id = %s.id",
            plan,
        )

    @api.model
    def _paid_sql(self, plan, under_way=True):
        """What was paid of row ``plan``: what was owed less what is owed, never
        negative; what was settled otherwise than by paying is taken off."""
        claims = self._claims_sql(plan)
        deadline = SQL("%(p)s.date_end + %(p)s.grace_days", p=plan)
        is_settlement = SQL("%s.kind = 'settlement'", plan)
        coming = self._under_way_sql(claims, is_settlement, deadline)
        return SQL(
            """GREATEST(0, %(plan)s.amount_start
                 - GREATEST(0, %(owed)s - %(coming)s)
                 - GREATEST(0, %(aside)s - COALESCE(%(plan)s.amount_set_aside, 0))
                 - %(left_out)s)""",
            plan=plan,
            owed=self._owed_sql(claims),
            coming=coming if under_way else SQL("0"),
            aside=self._set_aside_sql(claims, is_settlement, deadline),
            left_out=self._left_out_sql(plan),
        )

    @api.model
    def _owed_sql(self, claims):
        """What the claims may still ask. An invoice set back to draft still owes."""
        return SQL(
            """COALESCE((
                SELECT SUM(GREATEST(0, ol.amount_residual_currency - %(never)s))
                  FROM recouv_claim oc
                  JOIN account_move_line ol ON ol.id = %(item)s
                 WHERE oc.id IN (%(claims)s) AND ol.parent_state <> 'cancel'), 0)""",
            never=self.env["recouv.claim"]._never_asked_sql(SQL.identifier("oc")),
            item=self._item_sql("oc"),
            claims=claims,
        )

    @api.model
    def _item_sql(self, claim):
        return self.env["recouv.claim"]._item_id_sql(SQL.identifier(claim))

    @api.model
    def _under_way_sql(self, claims, is_settlement, deadline):
        """Payments of these invoices that have no entry yet: the part laid on them at
        the desk, else the whole; for a settlement, those dated in time.

        A credit used in the same act is in the books already, and lowered what is owed:
        only the money counts here (``recouv.collection.line._by_money``).
        """
        return SQL(
            """COALESCE((
                SELECT SUM(CASE WHEN taken.id IS NULL THEN y.amount ELSE COALESCE((
                         SELECT SUM(tl.amount - COALESCE((
                                SELECT SUM(tr.debit_amount_currency)
                                  FROM recouv_collection_line tu
                                  JOIN account_partial_reconcile tr
                                    ON tr.credit_move_id = tu.move_line_id
                                   AND tr.debit_move_id = tl.move_line_id
                                 WHERE tu.collection_id = tl.collection_id
                                   AND tu.amount < 0), 0))
                           FROM recouv_collection_line tl
                          WHERE tl.collection_id = taken.id AND tl.amount > 0
                            AND (SELECT TRUE FROM recouv_claim tc
                                  WHERE tc.id IN (%(claims)s)
                                    AND tl.move_line_id = %(taken_on)s LIMIT 1)
                       ), 0) END)
                  FROM account_payment y
                  LEFT JOIN recouv_collection taken
                         ON taken.payment_id = y.id AND taken.undone_on IS NULL
                 WHERE y.state = 'in_process' AND y.payment_type = 'inbound'
                   AND y.move_id IS NULL
                   AND (NOT %(is_settlement)s OR y.date <= %(deadline)s)
                   AND y.id IN (
                       SELECT yl.payment_id FROM account_move__account_payment yl
                         JOIN account_move_line yi ON yi.move_id = yl.invoice_id
                         JOIN recouv_claim yc ON yi.id = %(item)s
                        WHERE yc.id IN (%(claims)s)
                          AND yc.currency_id = y.currency_id)), 0)""",
            item=self._item_sql("yc"),
            taken_on=self._item_sql("tc"),
            claims=claims,
            is_settlement=is_settlement,
            deadline=deadline,
        )

    @api.model
    def _set_aside_sql(self, claims, is_settlement, deadline):
        """What lowered the claims and is no payment under the agreement: a loss; a
        transfer to another debtor or account, unless it came back since, be it by way
        of a payer's claim (see ``recouv_plan_move``), or the agency collected it; for a
        settlement also a credit note, and money that came after its date."""
        return SQL(
            """COALESCE((
                SELECT SUM(ar.debit_amount_currency)
                  FROM recouv_claim ac
                  JOIN account_partial_reconcile ar
                    ON ar.debit_move_id = %(item)s
                  JOIN account_move_line al ON al.id = ar.credit_move_id
                  JOIN account_move am ON am.id = al.move_id
                 WHERE ac.id IN (%(claims)s)
                   AND (%(is_settlement)s AND (am.move_type = 'out_refund'
                                               OR al.date > %(deadline)s)
                        OR (SELECT TRUE FROM recouv_write_off aw
                             WHERE aw.move_id = am.id LIMIT 1)
                        OR (SELECT TRUE FROM recouv_transfer art
                             WHERE art.move_id = am.id
                               AND art.kind <> 'collected'
                               AND art.origin_line_id = ar.debit_move_id LIMIT 1))
                ), 0) - COALESCE((
                SELECT SUM(bt.amount_currency)
                  FROM recouv_transfer bt
                  JOIN recouv_claim bc ON bc.id = bt.target_claim_id
                  LEFT JOIN recouv_transfer bu ON bu.id = bt.undone_id
                  -- by way of a payer's claim, or of two
                  LEFT JOIN recouv_claim b1 ON b1.id = bc.origin_claim_id
                                           AND b1.partner_id <> bc.partner_id
                  LEFT JOIN recouv_claim b2 ON b2.id = b1.origin_claim_id
                                           AND b2.partner_id <> bc.partner_id
                 WHERE bc.id IN (%(claims)s)
                   AND bt.kind = 'back_to_debtor' AND bt.state = 'posted'
                   AND COALESCE(bu.kind, '') <> 'doubtful'
                   AND COALESCE(b2.origin_claim_id, b1.origin_claim_id,
                                bc.origin_claim_id) IN (%(claims)s)
                ), 0)""",
            item=self._item_sql("ac"),
            claims=claims,
            is_settlement=is_settlement,
            deadline=deadline,
        )

    @api.model
    def _left_out_sql(self, plan):
        """What was credited since of a sum that promise or plan ``plan`` left out, be
        it disputed: the debtor never had to pay it, so it fills no instalment.

        Credit notes that correct its invoices, on the item on which it stands or stood
        before it was made doubtful; one for another invoice, or of before that corrects
        none, is the debtor's own money, which he may pay with.
        """
        return SQL(
            """(CASE WHEN %(plan)s.kind <> 'settlement'
                      AND %(plan)s.amount_start > %(plan)s.amount_total
                     THEN LEAST(%(plan)s.amount_start - %(plan)s.amount_total,
                                COALESCE((
                SELECT SUM(er.debit_amount_currency)
                  FROM recouv_claim ec
                  JOIN account_move_line ei ON ei.id = %(item)s
                  JOIN account_partial_reconcile er
                    ON er.debit_move_id IN (ei.id, %(born)s)
                  JOIN account_move_line el ON el.id = er.credit_move_id
                  JOIN account_move em ON em.id = el.move_id
                 WHERE ec.id IN (%(claims)s) AND em.move_type = 'out_refund'
                   -- prepared before, it counts from when it was posted
                   AND CASE WHEN em.reversed_entry_id IS NULL THEN em.create_date
                            ELSE er.create_date END >= %(plan)s.create_date
                   AND COALESCE(em.reversed_entry_id = %(invoice)s, TRUE)
                ), 0)) ELSE 0 END)""",
            plan=plan,
            item=self._item_sql("ec"),
            born=self.env["recouv.transfer"]._born_item_sql(SQL("ei")),
            claims=self._claims_sql(plan),
            invoice=self._invoice_sql(SQL.identifier("ec")),
        )

    @api.model
    def _invoice_sql(self, claim):
        """The invoice of a claim; that of its practice's claim where it mirrors one."""
        return SQL(
            "COALESCE(%(claim)s.move_id, %(mirrored)s)",
            claim=claim,
            mirrored=self.env["recouv.claim"]._mirrored_sql(
                claim, SQL("mirrored.move_id")
            ),
        )

    @api.model
    def _standing_sql(self, plan, today):
        """Where an agreement stands: what people decided, else what money says.

        Broken: an instalment, its grace days over, is not wholly paid, be it by a
        cent. Who catches up, except on a settlement, has it running again.
        """
        return SQL(
            """(CASE WHEN %(plan)s.state <> 'agreed' THEN %(plan)s.state ELSE (
                SELECT CASE WHEN now_.paid >= %(plan)s.amount_total THEN 'kept'
                            WHEN (SELECT MAX(bl.amount_cumulated)
                                    FROM recouv_plan_line bl
                                   WHERE bl.plan_id = %(plan)s.id
                                     AND bl.date + %(plan)s.grace_days < %(today)s
                                 ) > now_.paid THEN 'broken'
                            ELSE 'running' END
                  FROM (SELECT %(paid)s AS paid OFFSET 0) now_) END)""",
            plan=plan,
            today=today,
            paid=self._paid_sql(plan),
        )

    @api.model
    def _next_sql(self, plan, fname):
        """The first instalment not wholly paid: its date, or what it still lacks."""
        value = {
            "next_due_date": SQL("nl.date"),
            "next_due_amount": SQL("LEAST(nl.amount, nl.amount_cumulated - now_.paid)"),
        }[fname]
        return SQL(
            """(SELECT %(value)s
                  FROM (SELECT %(paid)s AS paid OFFSET 0) now_,
                       recouv_plan_line nl
                 WHERE nl.plan_id = %(plan)s.id AND nl.amount_cumulated > now_.paid
                   AND %(plan)s.state <> 'cancelled'
                 ORDER BY nl.date, nl.id LIMIT 1)""",
            value=value,
            plan=plan,
            paid=self._paid_sql(plan),
        )

    @api.model
    def _to_see_sql(self, plan, today):
        """Broken, and by something that came after a human last looked: an instalment
        missed since, or a payment that bounced since; not once nothing is owed on it
        or all was written off."""
        return SQL(
            """(%(standing)s = 'broken' AND EXISTS (
                    SELECT 1 FROM recouv_plan_claim_rel sr
                      JOIN recouv_claim so ON so.id = sr.claim_id
                      LEFT JOIN account_move_line si ON si.id = %(item)s
                      LEFT JOIN recouv_write_off sw ON sw.claim_id = sr.claim_id
                                                   AND sw.state = 'decided'
                     WHERE sr.plan_id = %(plan)s.id AND sw.id IS NULL
                       AND (%(plan)s.kind = 'settlement'
                            OR si.amount_residual_currency > 0))
                 AND (%(plan)s.seen_on IS NULL
                 OR %(plan)s.seen_on < (
                    SELECT MAX(sl.date) + %(plan)s.grace_days + 1
                      FROM (SELECT %(paid)s AS paid OFFSET 0) now_,
                       recouv_plan_line sl
                     WHERE sl.plan_id = %(plan)s.id
                       AND sl.date + %(plan)s.grace_days < %(today)s
                       AND sl.amount_cumulated > now_.paid)
                 OR %(plan)s.seen_on < (SELECT MAX(sb.recorded_at)
                      FROM recouv_bounce sb
                      JOIN recouv_collection_line sc
                           ON sc.collection_id = sb.collection_id
                      JOIN recouv_claim sm ON %(bounced)s = sc.move_line_id
                     WHERE sb.undone_on IS NULL AND sm.id IN (%(claims)s))))""",
            plan=plan,
            standing=self._standing_sql(plan, today),
            paid=self._paid_sql(plan),
            today=today,
            claims=self._claims_sql(plan),
            bounced=self._item_sql("sm"),
            item=self._item_sql("so"),
        )
