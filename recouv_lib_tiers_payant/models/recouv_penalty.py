from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount, format_date

from ..lib import deadlines
from .recouv_share import RECEIPT_TYPES

KINDS = [("flat", "Flat sum"), ("percent", "Percentage of the part")]
STATES = [
    ("to_claim", "To claim"),
    ("claimed", "Claimed"),
    ("received", "Received"),
    ("dropped", "Not claimed"),
]


class RecouvPenalty(models.Model):
    """What a caisse owes for a part that it paid late (D161-13-4 and -5).

    One euro for an invoice paid on the eighth or ninth working day, ten per cent of the
    AMO part from the tenth on; owed in the half-year after the payment. The values are
    legal parameters. Nothing is booked: the sum is claimed by a letter, and its money
    is booked when it comes, as a lump sum of a return or from the bank statement.

    Found each night from what payers have paid: one per share, by its unique index. The
    delay is that of electronic claims: parts sent on paper have none.
    """

    _name = "recouv.penalty"
    _description = "Penalty of a payer that paid late"
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin"]
    _order = "half_year desc, payer_id, id"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True)
    share_id = fields.Many2one(
        "recouv.share", "Payer's part", required=True, index=True, check_company=True
    )
    payer_id = fields.Many2one("res.partner", required=True, index=True)
    invoice_number = fields.Char(related="share_id.invoice_number")
    amount_share = fields.Monetary(
        "Part", compute="_compute_amount_share", help="Less what was credited of it."
    )
    sent_on = fields.Date(readonly=True)
    expected_date = fields.Date("Expected on", readonly=True)
    paid_on = fields.Date("Paid on", readonly=True)
    working_days = fields.Integer(readonly=True, aggregator="avg")
    kind = fields.Selection(KINDS, required=True)
    amount = fields.Monetary("Penalty", readonly=True)
    half_year = fields.Char(readonly=True, help="Half-year in which it is owed.")
    due_date = fields.Date("Owed until", readonly=True)
    state = fields.Selection(STATES, required=True, default="to_claim", readonly=True)
    claimed_on = fields.Date(readonly=True)
    document_id = fields.Many2one("ir.attachment", "Letter", readonly=True)

    _share_once = models.UniqueIndex(
        "(share_id)", "This share has its penalty already."
    )

    @api.depends("share_id", "amount")
    def _compute_display_name(self):
        for penalty in self:
            penalty.display_name = self.env._(
                "Penalty %(share)s", share=penalty.share_id.display_name
            )

    @api.depends("share_id")
    def _compute_amount_share(self):
        self.env["recouv.share"].flush_model(["amount", "transfer_id"])
        self.env["recouv.transfer"].flush_model(["followed_id", "state"])
        rows = self.env.execute_query(
            SQL(
                "SELECT s.id, %s FROM recouv_share s WHERE s.id IN %s",
                self._part_sql(),
                tuple(self.share_id.ids) or (0,),
            )
        )
        parts = dict(rows)
        for penalty in self:
            penalty.amount_share = parts.get(penalty.share_id.id, 0.0)

    @api.model
    def _part_sql(self):
        """What the payer was to bear of part ``s``: credit notes that followed it to
        the payer lower it, and with it the percentage that is owed."""
        return SQL(
            """(s.amount - COALESCE((
                    SELECT SUM(ft.amount_currency) FROM recouv_transfer ft
                     WHERE ft.followed_id = s.transfer_id AND ft.is_credit
                       AND ft.state IN ('posted', 'reversed')), 0))"""
        )

    # --- finding --------------------------------------------------------------------

    @api.model
    def _cron_find(self):
        """Find the parts that were paid late since last time, company by company."""
        # sudo: the job of every company; each is read apart
        shares = self.env["recouv.share"].sudo()
        for (company,) in shares._read_group([], ["company_id"]):
            self.sudo()._find(company)

    @api.model
    def _find(self, company):
        """Make the penalties of what was paid late and has none yet.

        :return: the penalties made
        """
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT s.id, s.payer_id, s.currency_id, %(part)s AS amount,
                          s.sent_on, s.ack_date, p.paid_on
                     FROM recouv_share s
                     JOIN LATERAL (%(paid_on)s) p ON TRUE
                    WHERE s.company_id = %(company)s AND s.kind = 'amo'
                      AND s.state = 'paid' AND s.sent_on IS NOT NULL
                      AND s.fse_kind IS DISTINCT FROM 'P'
                      AND s.expected_date < p.paid_on
                      AND NOT EXISTS (SELECT 1 FROM recouv_penalty x
                                       WHERE x.share_id = s.id)""",
                part=self._part_sql(),
                company=company.id,
                paid_on=self._paid_on_sql(),
            )
        )
        values = [self._values_of(company, row) for row in rows]
        return self._record_new([one for one in values if one])

    @api.model
    def _paid_on_sql(self):
        """The day of the last money that settled part ``s``: as announced where a
        return announced it, whenever it was booked.

        Credit notes, write-offs, rounding gaps and transfers are no money (the same
        rule as ``account.move.line._recouv_money``).
        """
        return SQL(
            """SELECT MAX(COALESCE(rp.date, pr.max_date)) AS paid_on
                 FROM recouv_transfer t
                 JOIN account_partial_reconcile pr
                   ON pr.debit_move_id = t.target_line_id
                 JOIN account_move_line cl ON cl.id = pr.credit_move_id
                 JOIN account_move cm ON cm.id = cl.move_id
                 JOIN account_journal j ON j.id = cm.journal_id
                 LEFT JOIN recouv_return_payment rp
                   ON rp.id = cm.recouv_return_payment_id
                WHERE t.id = s.transfer_id
                  AND (cm.origin_payment_id IS NOT NULL
                       OR cm.statement_line_id IS NOT NULL
                       OR cm.recouv_return_payment_id IS NOT NULL
                       OR j.type IN %s)""",
            RECEIPT_TYPES,
        )

    @api.model
    def _values_of(self, company, row):
        """Return the values of a penalty, None where the payer was in time."""
        terms = self._terms(company, row["paid_on"])
        share = self.env["recouv.share"].browse(row["id"])
        start = deadlines.payment_start(
            row["sent_on"], row["ack_date"], share._parameter(deadlines.PAYMENT_START)
        )
        currency = self.env["res.currency"].browse(row["currency_id"])
        found = deadlines.penalty(
            start,
            row["paid_on"],
            round(row["amount"] * 100),
            company._recouv_calendar(),
            terms,
        )
        if found.kind == "none" or not found.amount:
            return None
        due = deadlines.penalty_due(row["paid_on"])
        return {
            "company_id": company.id,
            "currency_id": currency.id,
            "share_id": row["id"],
            "payer_id": row["payer_id"],
            "sent_on": row["sent_on"],
            "expected_date": found.expected,
            "paid_on": row["paid_on"],
            "working_days": found.working_day,
            "kind": found.kind,
            "amount": found.amount / 100,
            "due_date": due,
            "half_year": f"{due.year} S{1 if due.month <= 6 else 2}",
        }

    @api.model
    def _terms(self, company, day):
        """Return the law's terms on the day of payment."""

        def value(code):
            return self.env["recouv.legal.parameter"]._get(code, day, company)

        return deadlines.PenaltyTerms(
            delay=int(value(deadlines.PAYMENT)),
            flat=round(value(deadlines.PENALTY_AMOUNT) * 100),
            percent=value(deadlines.PENALTY_PERCENT),
            percent_from=int(value(deadlines.PENALTY_PERCENT_FROM)),
        )

    # --- claiming -------------------------------------------------------------------

    def action_claim(self):
        """Claim these by one letter per payer and half-year; download it.

        :raise UserError: one is not to claim any more
        """
        self._check_state("to_claim")
        today = fields.Date.context_today(self)
        for (company, payer, half), mine in self.grouped(
            lambda one: (one.company_id, one.payer_id, one.half_year)
        ).items():
            document = mine._letter(company, payer, half)
            mine._record(
                {
                    "state": "claimed",
                    "claimed_on": today,
                    "document_id": document.id,
                }
            )
        if len(self.document_id) != 1:
            return True
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.document_id.id}?download=true",
            "target": "download",
        }

    def action_received(self):
        """Say that the payer paid these penalties."""
        self._check_state("claimed")
        self._record({"state": "received"})
        return True

    def action_drop(self):
        """Say that these are not claimed."""
        self._check_state("to_claim")
        self._record({"state": "dropped"})
        return True

    def _check_state(self, wanted):
        self.check_access("write")
        for penalty in self:
            if penalty.state != wanted:
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(penalty)s: it is “%(state)s”, not “%(wanted)s”.",
                        penalty=penalty.display_name,
                        state=labels[penalty.state],
                        wanted=labels[wanted],
                    )
                )

    def _undo_obstacle(self):
        if self.state == "to_claim":
            return self.env._("nothing was done about it.")
        # what is done to a penalty may be undone each time
        return None

    def _undo(self):
        self._record({"state": "to_claim", "claimed_on": False})

    def _letter(self, company, payer, half_year):
        lang = payer.lang or company.partner_id.lang or self.env.lang
        words = self.with_context(lang=lang)
        content = words.env["recouv.document"]._print(
            "recouv_lib_tiers_payant.penalty_body",
            words._letter_values(company, half_year),
            company=company,
            title=words.env._("Late payments: penalties of %s", half_year),
            recipient=payer,
            lang=lang,
        )
        return self.env["ir.attachment"].create(
            {
                "name": self.env._("penalties-%s.pdf", half_year),
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self[:1].id,
                "company_id": company.id,
            }
        )

    def _letter_values(self, company, half_year):
        """Return what the letter prints: numbers, days and sums, no person, no act."""
        writer = company.with_context(lang=self.env.lang)
        terms = self._terms(company, max(self.mapped("paid_on")))

        def day(value):
            return format_date(self.env, value) if value else ""

        def money(value):
            return format_amount(self.env, value, self[:1].currency_id)

        return {
            "half_year": half_year,
            "delay": terms.delay,
            "flat": money(terms.flat / 100),
            "percent": f"{terms.percent:g}",
            "percent_from": terms.percent_from,
            "numbers": writer._recouv_payer_numbers(),
            "rows": [
                {
                    "number": one._number_told(),
                    "sent": day(one.sent_on),
                    "expected": day(one.expected_date),
                    "paid": day(one.paid_on),
                    "days": one.working_days,
                    "part": money(one.amount_share),
                    "amount": money(one.amount),
                }
                for one in self
            ],
            "total": money(sum(self.mapped("amount"))),
            "sender": company._recouv_sender(),
            "contact": self.env["recouv.notice"]._contact_text(
                company.phone or "", company.email or ""
            ),
        }

    def _number_told(self):
        """Return the invoice's number with its lot, by which a payer finds it."""
        number, lot = self.invoice_number or "", self.share_id.lot_id.name
        if not lot:
            return number
        return self.env._("%(number)s, lot %(lot)s", number=number, lot=lot)
