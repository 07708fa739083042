from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

#: a payer may still be asked for it; for one to transmit, once it is in the books
WITH_PAYER = ("draft", "transmitted", "acknowledged", "partial", "rejected")


class RecouvShare(models.Model):
    """Parts of which the right to ask ends on a day (CSS L332-1, C. mut. L221-11).

    It ends on the same day for what never left, or came back by a negative
    acknowledgment: sending does not start the delay anew, nor does it wait for it. What
    was not moved to its payer is a plan, and nobody owes it there.
    """

    _inherit = "recouv.share"

    is_with_payer = fields.Boolean(
        "Owed by the payer",
        compute="_compute_is_with_payer",
        search="_search_is_with_payer",
        help="In the books, and the payer has neither paid it all nor is it over.",
    )

    # money that is lost after a day, while the payer has not paid it all
    _at_risk_idx = models.Index(
        "(company_id, limitation_date) INCLUDE (state, amount, transfer_id) "
        "WHERE state IN "
        "('draft', 'transmitted', 'acknowledged', 'partial', 'rejected')"
    )

    @api.depends("state", "is_booked")
    def _compute_is_with_payer(self):
        for share in self:
            share.is_with_payer = share.state in WITH_PAYER and (
                share.state != "draft" or share.is_booked
            )

    @api.model
    def _search_is_with_payer(self, operator, value):
        if operator != "in":
            return NotImplemented
        # the states stand alone, so that the index answers
        found = Domain("state", "in", WITH_PAYER) & (
            Domain("state", "!=", "draft")
            | Domain.custom(
                to_sql=lambda model, alias, _query: model._booked_sql(
                    SQL.identifier(alias)
                )
            )
        )
        return found if True in value else ~found

    @api.model
    def _booked_sql(self, share):
        """Whether a part is in the books; asked row by row, of few rows."""
        return SQL(
            """EXISTS (SELECT 1 FROM recouv_transfer bt
                        WHERE bt.id = %s.transfer_id
                          AND bt.state IN ('posted', 'reversed'))""",
            share,
            to_flush=[
                self._fields["transfer_id"],
                self.env["recouv.transfer"]._fields["state"],
            ],
        )

    @api.model
    def _with_payer_sql(self, share):
        """The condition of ``is_with_payer``, as statements of their own ask it."""
        return SQL(
            "(%(share)s.state IN %(states)s "
            "AND (%(share)s.state <> 'draft' OR %(booked)s))",
            share=share,
            states=WITH_PAYER,
            booked=self._booked_sql(share),
        )

    @api.model
    def _at_risk_domain(self, first, last):
        """Parts of which the right to ask ends between two days, not paid yet."""
        return (
            Domain("is_with_payer", "=", True)
            & Domain("limitation_date", ">=", first)
            & Domain("limitation_date", "<=", last)
        )
