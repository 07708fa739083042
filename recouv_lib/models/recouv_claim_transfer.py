from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class RecouvClaim(models.Model):
    """Claims that stand on the new item of a transfer, not on the invoice's own."""

    _inherit = "recouv.claim"

    def _realign(self):
        # EXTENDS: an invoice that is transferred is not edited, so that these claims
        # have only their due date to follow
        carried = self._on_transfer_items()
        carried._follow_transfer_item()
        return super(RecouvClaim, self - carried)._realign()

    def _on_transfer_items(self):
        """Return the claims whose item is the new receivable of a transfer."""
        # sudo: where a claim stands does not depend on who asks
        items = (
            self.env["recouv.transfer"]
            .sudo()
            .search(
                [
                    ("target_line_id", "in", self.move_line_id.ids),
                    ("state", "=", "posted"),
                ]
            )
            .target_line_id
        )
        return self.filtered(lambda claim: claim.move_line_id in items)

    def _follow_transfer_item(self):
        for claim in self:
            due = claim.move_line_id.date_maturity
            if due and due != claim.date_due:
                claim._record({"date_due": due})
                claim._refresh_ladder()
                claim._refresh_limitation()


class RecouvEngine(models.AbstractModel):
    _inherit = "recouv.engine"

    @api.model
    def _claim_domain(self, company, today):
        """Also what came back to its debtor, or was called doubtful, in our journals.

        What a payer holds gets its claims from the add-on that follows payers up.
        """
        followed = Domain(
            "recouv_transfer_in_ids",
            "any",
            [("state", "=", "posted"), ("kind", "in", self._followed_kinds())],
        )
        overdue = Domain("date_maturity", "<", today)
        return super()._claim_domain(company, today) | (
            self._item_domain(company) & followed & overdue
        )

    @api.model
    def _followed_kinds(self):
        return ["back_to_debtor", "doubtful"]

    @api.model
    def _claim_values(self, company, in_review):
        """``t`` is the transfer that made the item, ``m`` then the first invoice."""
        values = super()._claim_values(company, in_review)
        return values | {
            "origin_claim_id": SQL("t.origin_claim_id"),
            "move_id": SQL("m.id"),
            "reference": SQL("m.name"),
            "maturity_rank": SQL(
                "CASE WHEN t.id IS NULL THEN %s ELSE 1 END", values["maturity_rank"]
            ),
        }

    @api.model
    def _create_claims(self, company, today, debtors=None, in_review=None):
        created = super()._create_claims(company, today, debtors, in_review)
        if created:
            self.env["recouv.transfer"]._link_target_claims(company)
        return created

    @api.model
    def _realign_claims(self, company):
        """Find first what was undone by hand: the run must not relance on it."""
        self.env["recouv.transfer"]._detect_broken(company)
        return super()._realign_claims(company)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    recouv_transfer_in_ids = fields.One2many(
        "recouv.transfer", "target_line_id", readonly=True
    )
