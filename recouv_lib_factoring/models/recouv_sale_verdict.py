from dataclasses import dataclass

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.recouv_lib.lib.wording import standing_alone
from odoo.addons.recouv_lib.models.recouv_engine import CLAIM, Blocker

#: codes of the relance that say nothing about a sale: where the schedule stands, what
#: is not due yet (it waits for it), what a buyer may well remind of
NO_MATTER = frozenset(
    {
        "not_due",
        "no_policy",
        "ladder_end",
        "awaiting_proof",
        "untouched",
        "doubtful",
        "not_accepted",
        "practice_hold",
        "creditor_credit",
        # its new buyer tells the debtor
        "debtor_to_tell",
    }
)
#: states in which a receivable is offered and not sold yet
OFFERED = ("submitted", "waiting_due", "accepted")


@dataclass(frozen=True)
class SaleVerdict:
    """What may become of one receivable that somebody wants to sell.

    ``code`` says why it is not offered, empty when it is; ``amount`` is what is open,
    ``is_early`` that it is not past due, ``claim_id`` its open claim or None.
    """

    code: str
    amount: float
    date_due: object
    is_early: bool
    claim_id: int | None


class RecouvEngine(models.AbstractModel):
    """What may not be sold (law.md §5.3), one code and one sentence each.

    After its own gates come those of the relance itself, other add-ons' included: what
    is disputed, suspended, placed, or waits for a payer is not sold either. An item
    without claim is looked at as the claim it would have.
    """

    _inherit = "recouv.engine"

    @api.model
    def _sale_blockers(self, company, currency, today):
        """Return what keeps a receivable of ``company`` from being sold, in the order
        in which it is told; aliases as in :class:`Blocker`, ``m`` the invoice in which
        it was born, wherever it stands since.

        :param currency: of the schedule
        """
        own = [
            *self._sale_item_blockers(),
            *self._sale_debt_blockers(company, currency),
        ]
        told = {blocker.code for blocker in own} | NO_MATTER
        relance = self._suspended_blockers() + self._claim_blockers(company, today)
        others = [
            blocker
            for blocker in relance + self._quote_blockers(company)
            if blocker.scope == CLAIM and blocker.code not in told
        ]
        return own + others

    @api.model
    def _sale_item_blockers(self):
        _ = self.env._
        return [
            Blocker(
                "not_posted",
                _("Its invoice is no longer posted."),
                SQL("(l.parent_state, m.state) IS DISTINCT FROM ('posted', 'posted')"),
            ),
            Blocker(
                "not_invoice",
                _("It is not the receivable of an invoice to a debtor."),
                SQL(
                    """(m.move_type NOT IN ('out_invoice', 'out_receipt')
                        OR (l.move_id = m.id
                            AND l.display_type IS DISTINCT FROM 'payment_term')
                        OR (SELECT la.account_type FROM account_account la
                             WHERE la.id = l.account_id) <> 'asset_receivable')"""
                ),
            ),
            Blocker(
                "settled",
                _("Nothing is owed on it any more."),
                SQL("(l.reconciled OR l.amount_residual_currency <= 0)"),
            ),
            self._offered_blocker(),
            *self._insured_loss_blockers(),
        ]

    @api.model
    def _offered_blocker(self):
        return Blocker(
            "offered",
            self.env._("It is offered to a buyer: wait for the answer."),
            SQL(
                """EXISTS (SELECT 1 FROM recouv_assignment_line oa
                            WHERE oa.origin_line_id = l.id AND oa.state IN %s)""",
                ("submitted", "accepted", "waiting_due", "transferred"),
            ),
        )

    @api.model
    def _insured_loss_blockers(self):
        """What is told to an insurer, and what is left after its indemnity: what comes
        of that is shared with it."""

        def in_loss(*states):
            # made doubtful, it stands on another item: its claim says so
            return SQL(
                """EXISTS (SELECT 1 FROM recouv_insurance_loss_line il
                             JOIN recouv_insurance_loss lo ON lo.id = il.loss_id
                            WHERE (il.move_line_id = l.id OR il.claim_id = c.id)
                              AND lo.state IN %s)""",
                states,
            )

        return [
            Blocker(
                "insured_loss",
                self.env._(
                    "It is part of a loss told to the credit insurer: withdraw the "
                    "loss first, or leave it to the insurer."
                ),
                in_loss("noticed", "declared", "settled"),
            ),
            Blocker(
                "indemnified",
                self.env._(
                    "The credit insurer paid an indemnity for it, and what is still "
                    "recovered is shared with the insurer: it is not sold."
                ),
                in_loss("paid"),
            ),
        ]

    @api.model
    def _sale_debt_blockers(self, company, currency):
        _ = self.env._
        return [
            Blocker(
                "currency",
                _("It is not in the currency of the schedule (%s).", currency.name),
                SQL("l.currency_id <> %s", currency.id),
            ),
            Blocker(
                "books_currency",
                _(
                    "It is in another currency than the practice's books (%s): such a "
                    "receivable is not sold.",
                    company.currency_id.name,
                ),
                SQL("l.currency_id <> %s", company.currency_id.id),
            ),
            Blocker(
                "deferred_payment",
                _(
                    "A term of payment was granted to the patient at the outset: a "
                    "manager reviews the sale first (conso L312-4)."
                ),
                self._deferred_sql(company),
            ),
            Blocker(
                "payment_in_progress",
                _("Money of the debtor is under way, or waits to be allocated here."),
                self.env["recouv.claim"]._open_credit_sql(SQL.identifier("c")),
            ),
            Blocker(
                "no_address",
                _("The debtor has no full address: complete it."),
                SQL(
                    """NOT EXISTS (
                        SELECT 1 FROM res_partner pa
                         WHERE pa.id IN (p.id, p.recouv_guardian_id,
                                         p.recouv_estate_contact_id,
                                         p.recouv_safe_contact_id)
                           AND COALESCE(pa.street, '') <> ''
                           AND COALESCE(pa.zip, '') <> ''
                           AND COALESCE(pa.city, '') <> '')"""
                ),
            ),
            Blocker(
                "not_collectable",
                _("A part of it may not be collected, or is disputed."),
                SQL("x.amount > 0"),
            ),
        ]

    @api.model
    def _deferred_sql(self, company):
        """A deferment granted to a consumer leaves consumer credit law only while the
        receivable is not sold (conso L312-4 4°, law.md finding 9); a country without
        such a rule has no period, and no gate."""
        periods = self.env["recouv.legal.parameter"]._periods(
            "deferred_sale_review", company
        )
        spans = [
            SQL(
                "m.invoice_date BETWEEN %s AND %s",
                period.start or fields.Date.to_date("0001-01-01"),
                period.end or fields.Date.to_date("9999-12-31"),
            )
            for period in periods
            if period.value
        ]
        if not spans:
            return SQL("FALSE")
        return SQL(
            """(l.date_maturity > m.invoice_date AND (%(spans)s)
                AND %(kind)s <> 'professional'
                AND NOT EXISTS (SELECT 1 FROM recouv_sale_review sr
                                 WHERE sr.move_id = m.id AND sr.undone_on IS NULL))""",
            spans=SQL(" OR ").join(spans),
            kind=self.env["res.partner"]._recouv_debtor_kind_sql("p"),
        )

    @api.model
    def _sale_verdicts(self, items, currency, today, is_offered=False):
        """Return {item id: :class:`SaleVerdict`}, in one statement for any number.

        :param items: receivable items of one company
        :param is_offered: they are on offer already: that is no obstacle then
        """
        company = items.company_id
        company.ensure_one()
        self.env.flush_all()
        blockers = [
            blocker
            for blocker in self._sale_blockers(company, currency, today)
            if not (is_offered and blocker.code == "offered")
        ]
        due = SQL("COALESCE(l.date_maturity, m.invoice_date, l.date)")
        rows = self.env.execute_query(
            SQL(
                """SELECT l.id, %(code)s, GREATEST(l.amount_residual_currency, 0),
                          %(due)s, %(due)s >= %(today)s, NULLIF(c.id, 0)
                     FROM account_move_line l
                     JOIN account_move m ON m.id = %(document)s
                     JOIN res_partner q ON q.id = l.partner_id
                     JOIN res_partner p ON p.id = q.commercial_partner_id
                     CROSS JOIN LATERAL (%(claim)s LIMIT 1) c
                     CROSS JOIN %(facts)s
                    WHERE l.id = ANY(%(items)s)""",
                code=self._case_sql(blockers, CLAIM),
                due=due,
                today=today,
                document=self.env["recouv.transfer"]._document_sql("l"),
                claim=self._claim_or_would_be_sql(),
                facts=self._facts_sql(today),
                items=items.ids,
            )
        )
        return {
            id_: SaleVerdict(code or "", float(amount), day, early, claim_id)
            for id_, code, amount, day, early, claim_id in rows
        }

    @api.model
    def _claim_or_would_be_sql(self):
        """The open claim of item ``l``, or a row like the one that it would have.

        What is not due has no claim, and the relance's reasons are about claims.
        """
        own = SQL(
            "SELECT rc.* FROM recouv_claim rc "
            "WHERE rc.move_line_id = l.id AND rc.closed_on IS NULL"
        )
        return SQL(
            """%(own)s UNION ALL
               SELECT would.* FROM jsonb_populate_record(
                   NULL::recouv_claim, jsonb_build_object(
                       'id', 0, 'company_id', l.company_id, 'move_line_id', l.id,
                       'move_id', m.id, 'partner_id', p.id,
                       'currency_id', l.currency_id, 'capacity', 'creditor',
                       'holder', 'practice', 'in_review', FALSE,
                       'invoice_date', m.invoice_date, 'amount_original', l.balance,
                       'amount_excluded', %(excluded)s)) would
                WHERE NOT EXISTS (%(own)s)""",
            own=own,
            excluded=self.env["recouv.claim"]._excluded_sql(),
        )

    @api.model
    def _sale_messages(self, company, currency):
        """Return {code: sentence} of all that keeps a receivable from being sold.

        Each stands alone where it is shown, the relance's own fragments too.
        """
        today = fields.Date.context_today(self)
        blockers = self._sale_blockers(company, currency, today)
        contracts = self.env["recouv.factoring.contract"]
        messages = {
            "no_consent": self.env._(
                "The debtor has not agreed to it, which their country requires."
            ),
            "taken_out": self.env._("Taken out by the practice."),
            **contracts._stop_messages(),
            **contracts._limit_messages(),
            **{blocker.code: blocker.message for blocker in reversed(blockers)},
        }
        return {code: standing_alone(text) for code, text in messages.items()}

    # --- what the relance must know of offers ---------------------------------------

    @api.model
    def _claim_blockers(self, company, today):
        """EXTENDS: what is with the buyer for its decision is not relanced."""
        return [
            Blocker(
                "offered",
                self.env._("It is offered to a buyer: wait for the answer."),
                SQL(
                    """EXISTS (SELECT 1 FROM recouv_assignment_line oa
                                WHERE oa.origin_line_id = c.move_line_id
                                  AND oa.state IN ('submitted', 'accepted'))"""
                ),
            ),
            *super()._claim_blockers(company, today),
        ]

    @api.model
    def _holder_blockers(self):
        """EXTENDS: what is offered to a buyer is not handed over to the agency."""
        return [
            *super()._holder_blockers(),
            Blocker(
                "offered",
                self.env._("it is offered to a buyer: take it back first."),
                SQL(
                    """EXISTS (SELECT 1 FROM recouv_assignment_line oa
                                WHERE oa.origin_line_id = c.move_line_id
                                  AND oa.state IN %s)""",
                    OFFERED,
                ),
            ),
        ]
