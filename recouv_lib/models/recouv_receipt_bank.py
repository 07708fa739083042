import logging
from collections import defaultdict
from uuid import uuid4

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..lib import reference
from .recouv_bank_matcher import Batch
from .recouv_day import Section

_logger = logging.getLogger(__name__)


class RecouvReceipt(models.Model):
    """What the bank brings becomes receipts, by its reference or by a person.

    Strategy: the movements that a reference explains are recorded together, in few
    entries; where one of them is refused (a practice's books are locked, a rate is not
    known), each by itself in a savepoint. What is refused waits for a person, with the
    sentence: one practice does not hold up the others' money.
    """

    _inherit = "recouv.receipt"

    is_to_identify = fields.Boolean(
        "To identify anew",
        compute="_compute_is_to_identify",
        search="_search_is_to_identify",
        help="It was undone: the money is on the dedicated account, and nobody has "
        "said since what it is for.",
    )

    # --- by its reference -----------------------------------------------------------

    @api.model
    def _from_statement_lines(self, movements):
        """Make and confirm a receipt for each movement that a reference explains.

        The structured reference of one of the agency's notices names the debtor and
        the claims; anything else waits for an agent (``action_choose``). Several
        hundred at once cost a flat number of queries, save the entries themselves.

        :param movements: statement lines of a dedicated account, money in
        :return: {movement that was refused: why}
        """
        waiting = movements.filtered(
            lambda line: line.amount > 0 and line._recouv_is_waiting()
        )
        taken = self.search([("statement_line_id", "in", waiting.ids)]).filtered(
            lambda receipt: receipt.state not in ("bounced", "undone")
        )
        vals_list = self._identified_values(waiting - taken.statement_line_id)
        if not vals_list or not self._record_identified(vals_list):
            return {}
        refused = {}
        for vals in vals_list:
            if why := self._record_identified([vals]):
                movement = movements.browse(vals["statement_line_id"])
                _logger.info("Movement %s was not recorded: %s", movement.id, why)
                refused[movement] = why
        return refused

    @api.model
    def _record_identified(self, vals_list):
        """Record these receipts, all or none; return why not, None where they are."""
        try:
            with self.env.cr.savepoint():
                receipts = self.create(vals_list)
                receipts._lay_out()
                # sudo: as in _clear; asked first, so that what is refused costs no
                # number of the series
                books = receipts.sudo()
                books._check_books(books.line_ids.claim_id._placed_lines())
                receipts._confirm()
        except UserError as error:
            return str(error)
        return None

    @api.model
    def _identified_values(self, movements):
        """Return values of receipts of the movements that carry a known reference."""
        named = defaultdict(lambda: self.env["recouv.notice"])
        for company, lines in movements.grouped("company_id").items():
            references = self.env["recouv.bank.matcher"]._references(lines, company)
            notices = self.env["recouv.notice"].search(
                [
                    ("payment_reference", "in", list(references)),
                    ("company_id", "=", company.id),
                ]
            )
            for notice in notices:
                known = reference.canonical(notice.payment_reference)
                for line_id in references.get(known, ()):
                    named[line_id] |= notice
        return [
            self._movement_values(line) | {
                "partner_id": notice.partner_id.id,
                "chosen_claim_ids": [Command.set(self._named_claims(notice).ids)],
            }
            for line in movements
            if len(notice := named[line.id]) == 1
        ]  # fmt: skip

    @api.model
    def _named_claims(self, notice):
        return notice.line_ids.claim_id.filtered(
            lambda claim: claim.capacity == "mandatary"
        )

    @api.model
    def _movement_values(self, movement):
        return {
            "company_id": movement.company_id.id,
            "statement_line_id": movement.id,
            "date": movement.date,
            "cleared_on": movement.date,
            "method": "transfer",
            "amount": movement.amount,
            "currency_id": movement.currency_id.id,
            "memo": movement.payment_ref,
            "token": f"movement-{movement.id}-{uuid4().hex[:8]}",
        }

    # --- by a person, anew ----------------------------------------------------------

    @api.depends("state", "freed_item_id", "statement_line_id")
    def _compute_is_to_identify(self):
        for receipt in self:
            # sudo: whether the money of one's own receipt is identified since
            freed = receipt.sudo().freed_item_id
            receipt.is_to_identify = (
                receipt.state == "undone" and bool(freed) and not freed.reconciled
            )

    @api.model
    def _search_is_to_identify(self, operator, value):
        if operator != "in":
            return NotImplemented
        waiting = Domain("state", "=", "undone") & Domain(
            # any!: whoever works the receipts need not read the books
            "freed_item_id",
            "any!",
            [("reconciled", "=", False)],
        )
        return waiting if True in value else ~waiting

    def action_identify_anew(self):
        """Open a receipt of the same movement, or the one that was begun already.

        :raise UserError: its money is identified, or it never counted
        """
        self.ensure_one()
        self.check_access("write")
        if not self.is_to_identify:
            raise UserError(
                self.env._(
                    "%s has no money that waits to be identified: look for the "
                    "receipt of its movement.",
                    self.display_name,
                )
            )
        # sudo: the movement of one's own receipt, read for the next one
        movement = self.sudo().statement_line_id
        begun = self.search(
            [("statement_line_id", "=", movement.id), ("state", "=", "draft")], limit=1
        )
        values = self._movement_values(movement) | {"partner_id": self.partner_id.id}
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What is this payment for?"),
            "res_model": "recouv.receipt",
            "res_id": begun.id,
            "view_mode": "form",
            "context": {f"default_{name}": value for name, value in values.items()},
        }


class RecouvBankMatcher(models.AbstractModel):
    _inherit = "recouv.bank.matcher"

    @api.model
    def _references(self, movements, company):
        """Return {structured reference: ids of the movements that carry it}."""
        # sudo: references of movements that the caller could read
        return Batch(movements.sudo(), company).lines_by_reference()


class RecouvBankMatch(models.Model):
    _inherit = "recouv.bank.match"

    def _tell_refused(self, refused):
        """Say on the rows of these movements why they were not recorded.

        :param refused: {movement: sentence}
        """
        for match in self:
            if why := refused.get(match.statement_line_id):
                match.reasons = [["refused", {"why": why}]]

    @api.model
    def _reason_sentences(self):
        return super()._reason_sentences() | {
            "refused": self.env._("a letter's reference, but not recorded: %(why)s"),
        }


class RecouvDay(models.AbstractModel):
    _inherit = "recouv.day"

    @api.model
    def _receipt_sections(self):
        """EXTENDS: money whose receipt was undone is nobody's until it is identified
        anew."""
        return [
            *super()._receipt_sections(),
            Section(
                "receipts_to_identify",
                20,
                self.env._("Receipts undone: what is the money for?"),
                "recouv.receipt",
                Domain("is_to_identify", "=", True),
                action="recouv_lib.recouv_receipt_action",
            ),
        ]
