from odoo import api, fields, models
from odoo.fields import Command, Domain

from .recouv_day import Section
from .recouv_placement_line import HELD

KINDS = [("claim", "Claim"), ("remittance", "Remittance"), ("fee", "Fees")]


class RecouvPlacementStatement(models.Model):
    """What a practice is told of its claims with one agency, for one period.

    It is the practice's own record, made from its own books: claims with the agency,
    what was collected in the period and in all, what the agency holds for it, its
    remittances and fees. Where a claim stands is told in plain words, without a name
    of anything of the agency (``recouv_placement_line_figures.py``).

    *In the period* is what was collected in all, less what the statement before told:
    so that a sum that bounced since, or was booked late, is told once and no more.
    """

    _name = "recouv.placement.statement"
    _description = "Statement of claims with the agency"
    _inherit = ["recouv.statement.mixin", "recouv.evidence.mixin"]
    _order = "date_to desc, id desc"
    _check_company_auto = True

    amount_collected = fields.Monetary("Collected in the period", readonly=True)
    amount_collected_all = fields.Monetary("Collected in all", readonly=True)
    amount_due = fields.Monetary("Still due", readonly=True)
    amount_held = fields.Monetary(
        "Held by the agency",
        readonly=True,
        help="Received for the practice and not yet remitted at the end of the period.",
    )
    amount_remitted = fields.Monetary("Remitted in the period", readonly=True)
    amount_fees = fields.Monetary("Fees of the period", readonly=True)
    line_ids = fields.One2many(
        "recouv.placement.statement.line", "statement_id", "Lines", readonly=True
    )
    claim_line_ids = fields.One2many(
        "recouv.placement.statement.line",
        "statement_id",
        "Claims",
        domain=[("kind", "=", "claim")],
        readonly=True,
    )
    money_line_ids = fields.One2many(
        "recouv.placement.statement.line",
        "statement_id",
        "Remittances and fees",
        domain=[("kind", "!=", "claim")],
        readonly=True,
    )

    @api.model
    def _pairs(self):
        """Return [(practice, agency)] that have something to tell, of any mandate."""
        # sudo: which practices have claims with which agency, for the cron
        lines = self.env["recouv.placement.line"].sudo()
        groups = lines._read_group(
            [("agency_claim_id", "!=", False)], ["company_id", "placement_id"]
        )
        pairs = {
            (company, placement.mandate_id.agency_id) for company, placement in groups
        }
        return self._in_order(pair for pair in pairs if pair[1])

    @api.model
    def _agreement_model(self):
        return "recouv.mandate"

    # --- contents -------------------------------------------------------------------

    @api.model
    def _make(self, practice, agency, period, terms, before):
        end = period[1]
        claims = self._claim_values(practice, agency, period, before)
        remittances = self._remittance_values(practice, agency, period)
        bills = self._fee_values(practice, agency, period)
        values = [*claims, *remittances, *bills]
        return self._record_new(
            [
                {
                    **self._head(practice, agency, period, terms, agency.currency_id),
                    "amount_collected": sum(v["amount_collected"] for v in claims),
                    "amount_collected_all": sum(
                        v["amount_collected_all"] for v in claims
                    ),
                    "amount_due": sum(v["amount_due"] for v in claims),
                    "amount_held": self._held(practice, agency, end),
                    "amount_remitted": sum(v["amount"] for v in remittances),
                    "amount_fees": sum(v["amount"] for v in bills),
                    "line_ids": [Command.create(vals) for vals in values],
                }
            ]
        )

    @api.model
    def _claim_values(self, practice, agency, period, before):
        # sudo: the practice's own claims, for its own statement
        lines = (
            self.env["recouv.placement.line"]
            .sudo()
            .search(
                [
                    ("company_id", "=", practice.id),
                    ("placement_id.mandate_id.agency_id", "=", agency.id),
                    ("agency_claim_id", "!=", False),
                    ("placed_on", "<=", period[1]),
                ],
                order="id",
            )
        )
        # read from the books of this very moment, whatever was read before
        lines.invalidate_recordset()
        lines.claim_id.invalidate_recordset()
        lines.agency_claim_id.invalidate_recordset()
        told = {
            line.placement_line_id: line.amount_collected_all
            for line in self._told_lines(practice, agency)
        }
        collected = lines._collected_until(period[1])
        if not before:
            earlier = lines._collected_until(fields.Date.subtract(period[0], days=1))
            told = earlier | told
        found = []
        for line in lines:
            now = collected[line] - told.get(line, 0.0)
            if line._is_to_tell(period, now):
                found.append(self._claim_vals(line, now, collected[line]))
        return found

    @api.model
    def _told_lines(self, practice, agency):
        """Return the last line told of each claim, whatever was told before it."""
        lines = self.env["recouv.placement.statement.line"]
        last = lines._read_group(
            [
                ("company_id", "=", practice.id),
                ("statement_id.agency_id", "=", agency.id),
                ("kind", "=", "claim"),
            ],
            ["placement_line_id"],
            ["id:max"],
        )
        return lines.browse([line_id for _placed, line_id in last])

    @api.model
    def _claim_vals(self, line, now, collected):
        claim = line.claim_id
        ended = line.state not in HELD
        return {
            "kind": "claim",
            "placement_line_id": line.id,
            "label": claim.display_name,
            "debtor": claim.partner_id.name,
            "date": line.placed_on,
            "amount": line.amount_principal,
            "amount_collected": now,
            "amount_collected_all": collected,
            "amount_due": 0.0 if ended else line.amount_due,
            "told_state": line._tell_state(),
        }

    @api.model
    def _held_domain(self, practice, agency):
        account = practice._recouv_transfer_setting("recouv_collected_account_id")
        return Domain(
            [
                ("company_id", "=", practice.id),
                ("account_id", "=", account.id),
                ("partner_id", "=", agency.partner_id.commercial_partner_id.id),
                ("parent_state", "=", "posted"),
            ]
        )

    @api.model
    def _held(self, practice, agency, day):
        """Return what the agency holds for the practice at the end of ``day``."""
        domain = self._held_domain(practice, agency) & Domain("date", "<=", day)
        # sudo: one balance of the practice's own books
        items = self.env["account.move.line"].sudo()
        return items._read_group(domain, [], ["amount_currency:sum"])[0][0] or 0.0

    @api.model
    def _remittance_values(self, practice, agency, period):
        """Return what left that account and is no transfer taken back."""
        # sudo: the practice's own books, for its own statement
        items = self.env["account.move.line"].sudo()
        domain = self._held_domain(practice, agency) & Domain(
            [("date", ">=", period[0]), ("date", "<=", period[1])]
        )
        found = items.search(domain, order="date, id")
        booked = (
            self.env["recouv.transfer"]
            .sudo()
            .search([("move_id", "in", found.move_id.ids)])
        )
        return [
            {
                "kind": "remittance",
                "label": move.ref or move.name,
                "date": move.date,
                "amount": -sum(lines.mapped("amount_currency")),
            }
            for move, lines in found.grouped("move_id").items()
            if move not in booked.move_id and self._is_remittance(move, lines)
        ]

    @api.model
    def _is_remittance(self, move, lines):
        """Say whether an entry on that account remits; extended by what books it."""
        kind = move["recouv_funds"] if "recouv_funds" in move._fields else None
        return sum(lines.mapped("balance")) < 0 and kind in (None, False, "remittance")

    @api.model
    def _fee_values(self, practice, agency, period):
        """Return the agency's bills of the period, credit notes negative."""
        # sudo: the practice's own bills, for its own statement
        bills = (
            self.env["account.move"]
            .sudo()
            .search(
                [
                    ("company_id", "=", practice.id),
                    ("move_type", "in", ("in_invoice", "in_refund")),
                    ("state", "=", "posted"),
                    (
                        "commercial_partner_id",
                        "=",
                        agency.partner_id.commercial_partner_id.id,
                    ),
                    ("invoice_date", ">=", period[0]),
                    ("invoice_date", "<=", period[1]),
                ],
                order="invoice_date, id",
            )
        )
        return [
            {
                "kind": "fee",
                "label": bill.ref or bill.name,
                "date": bill.invoice_date,
                "amount": bill.amount_total * (-1 if "refund" in bill.move_type else 1),
            }
            for bill in bills
        ]


class RecouvPlacementLine(models.Model):
    _inherit = "recouv.placement.line"

    def _is_to_tell(self, period, now):
        """Say whether a statement of ``period`` names this claim."""
        if self.state in HELD:
            return bool(now) or not self.currency_id.is_zero(self.amount_due)
        ended = self.answered_on and period[0] <= self.answered_on <= period[1]
        return bool(ended) or not self.currency_id.is_zero(now)


class RecouvDay(models.AbstractModel):
    _inherit = "recouv.day"

    @api.model
    def _sections(self, today):
        """EXTENDS: statements that could not be sent."""
        return [
            *super()._sections(today),
            Section(
                "statements_failed",
                90,
                self.env._("Statements of the agency not sent"),
                "recouv.placement.statement",
                Domain("state", "=", "failed"),
                action="recouv_lib.recouv_placement_statement_action",
                is_alarm=True,
            ),
        ]
