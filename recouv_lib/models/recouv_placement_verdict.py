from dataclasses import dataclass

from odoo import api, fields, models
from odoo.tools import SQL

from .recouv_engine import Blocker


@dataclass(frozen=True)
class Verdict:
    """What may become of one claim that somebody wants to hand over.

    ``code`` says why it may not leave, empty when it may; ``reviews`` are the codes
    for which the practitioner looks first; ``principal`` is what the agency would ask.
    """

    code: str
    reviews: tuple
    principal: float


class RecouvEngine(models.AbstractModel):
    """Why a claim may not be handed over, and when the practitioner looks first."""

    _inherit = "recouv.engine"

    @api.model
    def _placement_blockers(self, company, agency, today):
        """Return what keeps a claim of ``company`` from going to ``agency``.

        In the order in which they are told; aliases as in :class:`Blocker`.
        """
        return [
            *self._holder_blockers(),
            *self._sum_left_blockers(agency),
            *self._careful_blockers(today),
            *self._suspended_blockers(),
            *self._invoice_blockers(today),
            *self._quote_blockers(company),
        ]

    @api.model
    def _holder_blockers(self):
        _ = self.env._
        return [
            Blocker(
                "placed",
                _("somebody else holds it already."),
                SQL("(c.holder <> 'practice' OR c.capacity <> 'creditor')"),
            ),
            Blocker(
                "closed", _("the claim was closed."), SQL("c.closed_on IS NOT NULL")
            ),
            Blocker(
                "not_posted",
                _("its invoice is no longer posted."),
                SQL("l.parent_state IS DISTINCT FROM 'posted'"),
            ),
            Blocker(
                "settled",
                _("nothing is owed on it any more."),
                SQL("(l.reconciled OR l.amount_residual <= 0)"),
            ),
        ]

    @api.model
    def _sum_left_blockers(self, agency):
        # sudo: the currency of the agency's books, nothing more
        currency = agency.sudo().currency_id
        _ = self.env._
        return [
            Blocker(
                "not_collectable",
                _("what is left of it may not be collected, or is disputed."),
                SQL("l.amount_residual_currency <= x.amount"),
            ),
            Blocker(
                "currency",
                _("the agency collects in %s only.", currency.name),
                SQL("c.currency_id <> %s", currency.id),
            ),
            Blocker(
                "creditor_credit",
                _(
                    "the debtor has money here that is not allocated: allocate it "
                    "first."
                ),
                self.env["recouv.claim"]._open_credit_sql(SQL.identifier("c")),
            ),
        ]

    @api.model
    def _suspended_blockers(self):
        _ = self.env._
        return [
            Blocker(
                "plan",
                _("an agreement with the debtor runs: let it end, or cancel it first."),
                SQL("x.held && '{promise, plan, settlement}'"),
            ),
            Blocker(
                "dispute",
                _("it is disputed: answer the dispute first."),
                SQL("x.held && '{dispute}'"),
            ),
            Blocker(
                "hold",
                _("it is suspended: lift the suspension first."),
                SQL("x.held <> '{}'"),
            ),
            Blocker(
                "in_review",
                _("it still waits for its own review: review it first."),
                SQL("c.in_review"),
            ),
        ]

    @api.model
    def _quote_blockers(self, company):
        """Law.md H5: the unsigned overrun stays out unless a manager confirms it."""
        return [
            Blocker(
                "unsigned_overrun",
                self.env._(
                    "its overrun has no signed quote: a manager confirms it first."
                ),
                self.env["recouv.claim"]._is_fragile_sql(SQL("c"), company),
            )
        ]

    @api.model
    def _placement_reviews(self, company, today):
        """Return what the practitioner looks at first (tact: CSP R4127-53, H1)."""
        _, small = self.env._, company._recouv_config().recouv_placement_small_sum
        minor = self.env["res.partner"]._recouv_minor_sql("p", today)
        return [
            Blocker("overrun", _("overrun"), SQL("m.recouv_overrun_amount > 0")),
            Blocker(
                "small_sum",
                _("small sum"),
                SQL("l.amount_residual < %s", small) if small else SQL("FALSE"),
            ),
            Blocker("protected_tariff", _("protected tariff"), self._tariff_sql()),
            Blocker("minor", _("minor"), minor),
            Blocker(
                "protected",
                _("protected adult"),
                SQL("p.recouv_protection IS NOT NULL"),
            ),
            Blocker("estate", _("deceased"), SQL("p.recouv_deceased_on IS NOT NULL")),
            Blocker(
                "confidential", _("confidential care"), SQL("m.recouv_confidential")
            ),
        ]

    @api.model
    def _tariff_sql(self):
        """The debtor or who was cared for has a protected tariff, or a line says so."""
        return SQL(
            """(p.recouv_protected_tariff
                OR COALESCE((SELECT cared.recouv_protected_tariff
                               FROM res_partner cared
                              WHERE cared.id = m.recouv_patient_id), FALSE)
                OR EXISTS (SELECT 1 FROM account_move_line charged
                            WHERE charged.move_id = m.id
                              AND charged.recouv_exclusion = 'protected_overrun'))"""
        )


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    def _placement_verdicts(self, agency):
        """Return {claim id: :class:`Verdict`}, in one statement for any number.

        :param agency: the company that would collect
        """
        self.env.flush_all()
        found = {}
        for company, claims in self.grouped("company_id").items():
            found |= claims._verdicts_of(company, agency)
        return found

    def _verdicts_of(self, company, agency):
        today, engine = fields.Date.context_today(self), self.env["recouv.engine"]
        reviews = engine._placement_reviews(company, today)
        rows = self.env.execute_query(
            SQL(
                """SELECT c.id, %(code)s, ARRAY_REMOVE(ARRAY[%(reviews)s], NULL),
                          COALESCE(l.amount_residual_currency - x.amount, 0)
                     FROM recouv_claim c
                     LEFT JOIN account_move_line l ON l.id = c.move_line_id
                     LEFT JOIN account_move m ON m.id = l.move_id
                     JOIN res_partner p ON p.id = c.partner_id
                     CROSS JOIN %(facts)s
                    WHERE c.id = ANY(%(claims)s)""",
                code=engine._case_sql(
                    engine._placement_blockers(company, agency, today), "claim"
                ),
                reviews=SQL(", ").join(
                    SQL("CASE WHEN %s THEN %s END", review.sql, review.code)
                    for review in reviews
                ),
                facts=engine._facts_sql(today),
                claims=self.ids,
            )
        )
        return {
            id_: Verdict(code or "", tuple(reviews), float(principal))
            for id_, code, reviews, principal in rows
        }

    @api.model
    def _placement_messages(self, company, agency):
        """Return {code: sentence} of what keeps claims here, in the user's language."""
        today, engine = fields.Date.context_today(self), self.env["recouv.engine"]
        blockers = engine._placement_blockers(company, agency, today)
        return {blocker.code: blocker.message for blocker in reversed(blockers)}

    @api.model
    def _open_credit_sql(self, claim):
        """Return the SQL that is true when the debtor of row ``claim`` has money at
        its company that is allocated to nothing.

        Arrays and scalar look-ups, no join: a run asks it with nested loops off.
        """
        return SQL(
            """(EXISTS (
                SELECT 1 FROM account_move_line cl
                 WHERE cl.partner_id = ANY(ARRAY(
                        SELECT cp.id FROM res_partner cp
                         WHERE cp.commercial_partner_id = %(claim)s.partner_id))
                   AND cl.company_id = %(claim)s.company_id
                   AND cl.currency_id = %(claim)s.currency_id
                   AND cl.parent_state = 'posted' AND cl.reconciled IS NOT TRUE
                   AND cl.amount_residual_currency < 0
                   AND (SELECT ca.account_type FROM account_account ca
                         WHERE ca.id = cl.account_id) = 'asset_receivable')
             OR EXISTS (
                SELECT 1 FROM account_payment y
                 WHERE y.partner_id = ANY(ARRAY(
                        SELECT cp.id FROM res_partner cp
                         WHERE cp.commercial_partner_id = %(claim)s.partner_id))
                   AND y.company_id = %(claim)s.company_id
                   AND y.currency_id = %(claim)s.currency_id
                   AND y.state = 'in_process' AND y.payment_type = 'inbound'
                   AND y.move_id IS NULL))""",
            claim=claim,
        )
