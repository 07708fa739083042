from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import SQL

from .recouv_day import Section

#: shorter note numbers prove nothing when they are read in a bank's text
SHORTEST_NUMBER = 4
#: days before the last day on which a remittance becomes an alarm of the day
ALARM_DAYS = 5
#: days after which what a practice owes back becomes an alarm of the day
OWED_BACK_DAYS = 15


class RecouvBankMatch(models.Model):
    """Money on the dedicated account: whoever identifies it records a receipt."""

    _inherit = "recouv.bank.match"

    def action_choose(self):
        """EXTENDS: what came on the dedicated account becomes a receipt."""
        self.ensure_one()
        if not self._is_funds():
            return super().action_choose()
        # sudo: the movement is read for the receipt that is made of it
        movement = self.sudo().statement_line_id
        receipts = self.env["recouv.receipt"]
        values = receipts._movement_values(movement)
        claims = self._named_mirrors(movement)
        values["partner_id"] = claims.partner_id[:1].id
        values["chosen_claim_ids"] = [Command.set(claims.ids)]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What is this payment for?"),
            "res_model": "recouv.receipt",
            "view_mode": "form",
            "context": {f"default_{name}": value for name, value in values.items()},
        }

    def _is_funds(self):
        # sudo: the journal of the company's own settings
        match = self.sudo()
        dedicated = match.company_id.recouv_dedicated_journal_id
        return bool(dedicated) and match.journal_id == dedicated and match.amount > 0

    def _named_mirrors(self, movement):
        """Return the mirrors whose note number the bank's text names."""
        text = " ".join(filter(None, [movement.payment_ref, movement.ref]))
        mirrors = self.env["recouv.claim"]
        query = mirrors._search(
            [
                ("company_id", "=", self.company_id.id),
                ("capacity", "=", "mandatary"),
                ("closed_on", "=", False),
                ("settlement", "=", "open"),
            ]
        )
        query.add_where(
            SQL(
                "length(recouv_claim.reference) >= %s "
                "AND position(lower(recouv_claim.reference) IN %s) > 0",
                SHORTEST_NUMBER,
                text.lower(),
            )
        )
        return mirrors.browse(query)


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def _recouv_propose(self, automatic=True):
        """EXTENDS: money on a dedicated account becomes receipts, not matches.

        Money that the agency recorded by hand already is paired with its receipt first
        (``recouv_receipt_pair.py``): it is received once. What nothing explains is on
        the list of what waits, for an agent.
        """
        funds = self.filtered(
            lambda line: (
                line.amount > 0
                and line.journal_id == line.company_id.recouv_dedicated_journal_id
            )
        )
        matches = super(AccountBankStatementLine, self - funds)._recouv_propose(
            automatic
        )
        if not funds:
            return matches
        pairs = funds._recouv_pair_receipts(automatic)
        rest = funds - pairs.statement_line_id
        refused = self.env["recouv.receipt"]._from_statement_lines(rest)
        # what was claimed back from practices; a debtor's reference goes before, also
        # where it could not be recorded
        unnamed = rest.filtered(lambda line: line not in refused)
        claimed = unnamed._recouv_pair_by("_evidence_funds", automatic)
        pairs |= claimed
        rest -= claimed.statement_line_id
        waiting = rest.filtered(lambda line: line._recouv_is_waiting())
        # sudo: matches of the movements that the user proposes for
        done = (rest - waiting).recouv_match_ids.sudo()
        done.filtered(lambda match: match.state in ("nothing", "proposed")).unlink()
        nothing = self.env["recouv.bank.match"]._replace(waiting, {})
        nothing._tell_refused(refused)
        return matches | pairs | nothing


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    def action_collect(self):
        """EXTENDS: on the agency's claims, money is received for the practice."""
        mirrors = self.filtered(lambda claim: claim.capacity == "mandatary")
        return mirrors.action_receive_money() if mirrors else super().action_collect()


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_recouv_collect(self):
        """EXTENDS: a debtor of the agency pays what was placed with it."""
        mirrors = self.env["recouv.claim"]._open_mirrors(self, self.env.company)
        if not mirrors:
            return super().action_recouv_collect()
        action = mirrors.browse().action_receive_money()
        action["context"] = {
            "default_partner_id": self.commercial_partner_id.id,
            "default_company_id": self.env.company.id,
        }
        return action


class RecouvDay(models.AbstractModel):
    """What the agency's money and the practice's news ask for today."""

    _inherit = "recouv.day"

    @api.model
    def _sections(self, today):
        sections = [*super()._sections(today), *self._receipt_sections()]
        if self.env.user.has_group("recouv_lib.group_manager"):
            sections += self._remittance_sections(today)
            sections += self._owed_sections(today)
        return sections

    @api.model
    def _receipt_sections(self):
        _ = self.env._
        return [
            Section(
                "agency_cheques",
                20,
                _("Cheques of debtors to cash"),
                "recouv.receipt",
                Domain("state", "=", "received"),
                action="recouv_lib.recouv_receipt_action",
            ),
            Section(
                "agency_papers",
                60,
                _("Receipts of debtors to print"),
                "recouv.receipt",
                Domain("paper_state", "in", ("to_print", "cancel_to_print")),
                action="recouv_lib.recouv_receipt_action",
            ),
            Section(
                "received_by_agency",
                20,
                _("Received by the agency"),
                "recouv.transfer",
                Domain(
                    [
                        ("kind", "=", "collected"),
                        ("seen_on", "=", False),
                        ("is_known_instalment", "=", False),
                        ("receipt_number", "!=", False),
                    ]
                ),
                action="recouv_lib.recouv_transfer_collected_action",
            ),
        ]

    @api.model
    def _remittance_sections(self, today):
        _ = self.env._
        soon = fields.Date.add(today, days=ALARM_DAYS)
        return [
            Section(
                "remittances",
                20,
                _("Remittances to order"),
                "recouv.remittance",
                Domain("state", "=", "draft"),
                action="recouv_lib.recouv_remittance_action",
            ),
            Section(
                "refunds",
                20,
                _("Overpayments to refund"),
                "recouv.receipt",
                Domain(
                    [
                        ("overpaid_booked", ">", 0),
                        ("refunded_on", "=", False),
                        ("state", "in", ("cleared", "remitted")),
                    ]
                ),
                action="recouv_lib.recouv_receipt_refund_action",
            ),
            Section(
                "late_remittances",
                90,
                _("Sums to remit within days"),
                "recouv.receipt.line",
                Domain("remit_due", "<=", soon)
                & Domain("receipt_id.state", "=", "cleared")
                & (
                    Domain("remittance_id", "=", False)
                    | Domain("remittance_id.state", "=", "draft")
                ),
                action="recouv_lib.recouv_receipt_line_action",
                is_alarm=True,
            ),
        ]

    @api.model
    def _owed_sections(self, today):
        """What bounced after it had gone on, and nobody has paid back yet."""
        _ = self.env._
        return [
            Section(
                "owed_back",
                92,
                _("Owed back by practices since a bounce"),
                "recouv.receipt.line",
                self._owed_back(today),
                action="recouv_lib.recouv_receipt_line_action",
                is_alarm=True,
            ),
            Section(
                "owed_by_debtors",
                93,
                _("Refunded, then bounced: owed by debtors"),
                "recouv.receipt",
                Domain("owed_item_id", "!=", False)
                & Domain("owed_item_id.reconciled", "=", False),
                action="recouv_lib.recouv_receipt_action",
                is_alarm=True,
            ),
        ]

    @api.model
    def _owed_back(self, today):
        """What bounced after its remittance and, for days, was neither deducted from
        another one nor paid back by the practice."""
        before = fields.Date.subtract(today, days=OWED_BACK_DAYS)
        claimed = Domain("deducted_in_id.ordered_item_id.balance", ">", 0) & Domain(
            "deducted_in_id.ordered_item_id.reconciled", "=", False
        )
        return (
            Domain("owed_back_on", "<=", before)
            & Domain("remittance_id.state", "=", "posted")
            & (
                Domain("deducted_in_id", "=", False)
                | Domain("deducted_in_id.state", "=", "draft")
                | claimed
            )
        )
