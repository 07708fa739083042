import base64

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date

from odoo.addons.recouv_lib.models.recouv_day import Section
from odoo.addons.recouv_lib.models.recouv_hold_case import DISPUTE_KINDS
from odoo.addons.recouv_lib.models.recouv_placement_line import SILENT

ANSWERS = [
    ("maintained", "It is owed"),
    ("taken_back", "Taken back by the practice"),
]


class RecouvPurchase(models.Model):
    _inherit = "recouv.purchase"

    dispute_answer = fields.Selection(
        ANSWERS, "The practice says", readonly=True, copy=False
    )
    dispute_answered_on = fields.Date(readonly=True, copy=False)


class RecouvAssignmentLine(models.Model):
    """A debtor who disputes at the buyer: the practice is told, and answers.

    Of the dispute only its day and kind cross; of the answer, only what the practice
    chose: no free text, so never a word about care.
    """

    _inherit = "recouv.assignment.line"

    disputed_on = fields.Date("Disputed on", readonly=True, copy=False)
    dispute_kind = fields.Selection(DISPUTE_KINDS, readonly=True, copy=False)
    dispute_answer = fields.Selection(ANSWERS, "Our answer", readonly=True, copy=False)
    dispute_answered_on = fields.Date("Answered on", readonly=True, copy=False)

    def _tell_dispute(self, kind):
        """Note that the debtors of these dispute at the buyer, and of what kind."""
        self._record(
            {
                "disputed_on": fields.Date.context_today(self),
                "dispute_kind": kind,
                "dispute_answer": False,
                "dispute_answered_on": False,
            }
        )

    def action_dispute_maintain(self):
        """One click: it is owed. The buyer is told; its agent answers the debtor."""
        self._check_disputed()
        self._answer_dispute("maintained")
        return True

    def action_dispute_take_back(self):
        """One click: the practice asks to take it back, a case for which it answers
        (law.md §5.1). It has answered once the buyer agrees."""
        if not self.env.user.has_group("recouv_lib.group_manager"):
            raise AccessError(
                self.env._("Only a manager takes a sold receivable back.")
            )
        self._check_disputed()
        for line in self:
            name, content = line._dispute_document()
            line._ask_buy_back("disputed", base64.b64encode(content), name)
        return True

    def _dispute_document(self):
        """Return (name, PDF) of what was told of the dispute: the day, the kind, by
        whom; the buyer told it."""
        kinds = dict(self._fields["dispute_kind"]._description_selection(self.env))
        title = self.env._("Dispute of a sold receivable")
        content = self.env["recouv.document"]._print(
            "recouv_lib_factoring.dispute_record_body",
            {
                "rows": [
                    (self.env._("Invoice"), self.move_id.name),
                    (self.env._("Schedule"), self.assignment_id.name),
                    (
                        self.env._("Disputed at the buyer on"),
                        format_date(self.env, self.disputed_on),
                    ),
                    (self.env._("Kind"), kinds.get(self.dispute_kind, "")),
                    (
                        self.env._("The practice asks to take it back on"),
                        format_date(self.env, fields.Date.context_today(self)),
                    ),
                ],
                "sentence": self.env._(
                    "The debtor disputes this receivable at its buyer. The practice, "
                    "which answers for its existence%(article)s, takes it back.",
                    article=self.contract_id._cited("warranty"),
                ),
            },
            company=self.company_id,
            title=title,
        )
        return f"{title}.pdf", content

    def _check_disputed(self):
        self.check_access("write")
        for line in self:
            if not line.disputed_on or line.dispute_answer:
                raise UserError(
                    self.env._(
                        "%(receivable)s waits for no answer: no dispute of it is open "
                        "at the buyer.",
                        receivable=line.move_id.display_name,
                    )
                )
            # elevated: whether its repurchase is asked
            self.env["recouv.repurchase"]._check_not_asked(line)

    def _settle_dispute(self, answer):
        """Answer the dispute that is open at the buyer, if one is, by what became of
        its repurchase; elevated."""
        if self.disputed_on and not self.dispute_answer:
            self._answer_dispute(answer)

    def _answer_dispute(self, answer):
        """Carry the answer to the buyer's record, and ask its people to go on.

        Elevated: the answer and its day, nothing else.
        """
        today = fields.Date.context_today(self)
        self._record({"dispute_answer": answer, "dispute_answered_on": today})
        # superuser: no user of the practice signs a record of the buyer
        purchases = self.sudo().purchase_id.with_user(SUPERUSER_ID)
        purchases = purchases.with_context(**SILENT)
        purchases.write({"dispute_answer": answer, "dispute_answered_on": today})
        if answer == "maintained":
            label = self.env._("The practice maintains its invoice")
            for purchase in purchases.filtered("claim_id"):
                claim = purchase.company_id._recouv_for_people(purchase.claim_id)
                claim._schedule_todo(
                    label, self.env._("Answer the debtor, then close the dispute.")
                )

    def action_report_dispute(self):
        """One click at the practice: the debtor disputes here; the buyer suspends.

        Elevated: a suspension of the buyer's own claim, without a word of why.
        """
        self.check_access("write")
        for line in self:
            # superuser: no user of the practice signs a record of the buyer
            claim = line.sudo().purchase_id.claim_id.with_user(SUPERUSER_ID)
            if line.state != "transferred" or not claim or claim.closed_on:
                raise UserError(
                    self.env._(
                        "%(receivable)s is not with the buyer.",
                        receivable=line.move_id.display_name,
                    )
                )
            claim = claim.company_id._recouv_for_people(claim).with_context(**SILENT)
            claim._hold(
                "dispute",
                claim.env._("Said to the practice."),
                dispute_kind="other",
                opened_by="counter",
            )
        return True

    @api.model
    def _to_answer_domain(self):
        """Disputes at the buyer that wait for the practice."""
        return (
            Domain("state", "=", "transferred")
            & Domain("disputed_on", "!=", False)
            & Domain("dispute_answer", "=", False)
            & Domain("standing", "=", "disputed")
            & Domain("is_back_asked", "=", False)
        )


class RecouvHold(models.Model):
    """A dispute of what was bought is told to who sold it."""

    _inherit = "recouv.hold"

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS: a new dispute on bought claims, be it of the whole person."""
        holds = super().create(vals_list)
        for hold in holds.filtered(lambda hold: hold.reason == "dispute"):
            hold._tell_assignor(holds)
        return holds

    def _tell_assignor(self, new_holds):
        """Tell the practice, unless it knows of an earlier dispute that stands.

        Elevated: the day and the kind of the dispute go to the practice's line.
        """
        # sudo: whether they are bought claims; the caller may suspend them
        claims = self.sudo()._covered_claims()
        bought = claims.filtered(lambda claim: claim.capacity == "assignee")
        for claim in bought:
            earlier = claim._active_holds() - new_holds
            if "dispute" not in earlier.mapped("reason"):
                claim.purchase_ids._record({"dispute_answer": False})
                lines = claim.purchase_ids._assignment_lines()
                lines._tell_dispute(self.dispute_kind)

    def _covered_claims(self):
        """Return the open claims that this suspension covers, its person's included."""
        if not self.partner_id:
            return self.claim_ids
        return self.claim_ids | self.env["recouv.claim"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "=", self.partner_id.id),
                ("closed_on", "=", False),
            ]
        )


class RecouvDay(models.AbstractModel):
    """What a sale leaves to a human: disputes at the practice, claims at the buyer."""

    _inherit = "recouv.day"

    @api.model
    def _sections(self, today):
        return [*super()._sections(today), *self._sold_sections()]

    @api.model
    def _sold_sections(self):
        lines = self.env["recouv.assignment.line"]
        in_collection = (
            Domain("capacity", "=", "assignee")
            & Domain("collection_on", "!=", False)
            & Domain("activity_ids", "=", False)
            & Domain("settlement", "=", "open")
            & Domain("closed_on", "=", False)
            & Domain("suspension", "=", "none")
        )
        return [
            Section(
                code="sold_disputes",
                sequence=46,
                label=self.env._("Sold, disputed at the buyer: answer"),
                model="recouv.assignment.line",
                domain=lines._to_answer_domain(),
                action="recouv_lib_factoring.recouv_sold_action",
                is_alarm=True,
            ),
            Section(
                code="bought_in_collection",
                sequence=86,
                label=self.env._("Bought claims in collection without a next action"),
                model="recouv.claim",
                domain=in_collection,
                action="recouv_lib_factoring.recouv_bought_claim_action",
            ),
        ]
