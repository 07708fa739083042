from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import format_amount

from .recouv_hold_case import TO_CREDIT


class RecouvHold(models.Model):
    """A founded case suspends until the sum itself has changed.

    The debtor is told that a credit note corrects his invoice: until it is posted the
    old sum is asked by nobody. The practice credits its invoice. An agency has none
    and asks the practice, whose credit note ends the agency's case too. Who wants to
    go on all the same lifts the suspension by hand.
    """

    _inherit = "recouv.hold"

    def _await_credit(self):
        """Have what is owed under these founded cases corrected.

        :return: the action to show
        :raise UserError: an agency's mandate is no longer in force
        """
        idle = self.filtered(lambda h: not h._claims_to_credit())
        # a person who owes nothing: there is nothing to correct, nor to ask
        idle.action_lift(idle._outcome_label())
        waiting = self - idle
        for hold in waiting:
            hold._ask_practice()
        claims = waiting._claims_to_credit()
        moves = claims.move_id.filtered(lambda move: move.is_sale_document(True))
        if moves:
            return self._action_credit_note(moves)
        return waiting._tell_still_suspended() if waiting else True

    def _claims_to_credit(self):
        """Return the claims of these cases, and what whole debtors still owe."""
        return self.claim_ids | self.filtered("partner_id")._covered_claims().filtered(
            lambda claim: claim.settlement == "open"
        )

    def _action_credit_note(self, moves):
        """Open Odoo's own credit note on the invoices of these cases."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_view_account_move_reversal"
        )
        return action | {
            "context": {"active_model": "account.move", "active_ids": moves.ids}
        }

    def _ask_practice(self):
        """Ask for the credit note of what an agency collects (CPCE R124-5 al. 2)."""
        self.ensure_one()
        # a claim of the practice's own keeps the mandate it was placed under
        mirrors = self._claims_to_credit().filtered(lambda c: c.capacity == "mandatary")
        for claim in mirrors:
            request = self.env["recouv.agent.request"]._ask(
                claim.mandate_id._current(), claim, "other", words=self._credit_words()
            )
            # sudo: which case asked is shown to nobody
            request.sudo()._record({"hold_id": self.id})

    def _withdraw_credit_requests(self):
        """Ask the practice no more for what this case asked it to credit."""
        requests = self.env["recouv.agent.request"]
        today = fields.Date.context_today(self)
        # sudo: the link of a request to the agency's case is shown to nobody; what
        # somebody asked in his own words stays
        asked = requests.sudo().search(
            [("hold_id", "=", self.id), ("agency_id", "=", self.company_id.id)]
        )
        still_open = asked.filtered(lambda r: not r._closed_reason(today))
        still_open._record({"withdrawn_on": today})

    def _credit_words(self):
        """What the practice reads: the outcome and the sum, never what care it was."""
        if self.amount_disputed:
            return self.env._(
                "The debtor contests %(amount)s of this invoice. %(outcome)s: please "
                "credit what is not owed; we ask for nothing meanwhile.",
                amount=format_amount(self.env, self.amount_disputed, self.currency_id),
                outcome=self._outcome_label(),
            )
        return self.env._(
            "The debtor contests this invoice. %(outcome)s: please credit what is not "
            "owed; we ask for nothing meanwhile.",
            outcome=self._outcome_label(),
        )

    def _tell_still_suspended(self):
        text = (
            self.env._(
                "The practice was asked for the credit note; it is suspended until "
                "then."
            )
            if "mandatary" in self._claims_to_credit().mapped("capacity")
            else self.env._(
                "No invoice can be credited here: it stays suspended until you have "
                "corrected the books and lift it."
            )
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": text,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # --- the credit note is posted --------------------------------------------------

    @api.model
    def _end_founded(self, refund):
        """End what waited for ``refund``, here and at the agency."""
        # sudo: whoever posts the credit note, the cases that asked for it end
        claims = (
            self.env["recouv.claim"]
            .sudo()
            .search([("move_id", "=", refund.reversed_entry_id.id)])
        )
        self.sudo()._end_founded_of(
            claims, self.env._("Credit note %(name)s", name=refund.name)
        )
        # superuser: the agency reads neither the practice's users nor its numbers
        self.with_user(SUPERUSER_ID)._end_founded_of(
            claims._twins().filtered(lambda claim: claim.capacity == "mandatary"),
            self.env._("The practice has credited it."),
        )

    @api.model
    def _end_founded_of(self, claims, note):
        # what else these cases cover waits for a credit note of its own
        cases = self.search(self._founded_domain(claims))._narrowed_to(claims)
        cases.filtered(
            lambda h: not h.partner_id or not h._left_to_credit()
        ).action_lift(note)

    @api.model
    def _founded_domain(self, claims):
        return [
            ("outcome", "in", TO_CREDIT),
            ("lifted_by_id", "=", False),
            ("undone_on", "=", False),
            "|",
            ("claim_ids", "in", claims.ids),
            "&",
            ("partner_id", "in", claims.partner_id.ids),
            ("company_id", "in", claims.company_id.ids),
        ]

    def _left_to_credit(self):
        """Return what the case of a whole debtor still waits to see credited."""
        return self._claims_to_credit().filtered(
            lambda claim: not claim._credited_since(self.create_date)
        )


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    def _credited_since(self, moment):
        """Whether a credit note of the invoice was made since, however it is dated."""
        return any(
            move.state == "posted"
            and move.move_type == "out_refund"
            and move.create_date >= moment
            for move in self._on_books().move_id.reversal_move_ids
        )


class AccountMove(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        """EXTENDS 'account': the credit note of a founded case ends it."""
        posted = super()._post(soft)
        for refund in posted.filtered(
            lambda m: m.move_type == "out_refund" and m.reversed_entry_id
        ):
            self.env["recouv.hold"]._end_founded(refund)
        return posted
