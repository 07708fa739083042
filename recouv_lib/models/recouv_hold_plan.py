from odoo import api, fields, models
from odoo.tools import SQL

from .recouv_derived_mixin import derived_search


class RecouvDerivedMixin(models.AbstractModel):
    _inherit = "recouv.derived.mixin"

    @api.model
    def _derived_reads(self):
        """EXTENDS: suspensions ask whether the agreement behind them still runs."""
        names = {
            "recouv.plan": None,
            "recouv.plan.line": None,
            "account.payment": ("state", "amount", "date", "move_id", "payment_type"),
            "account.partial.reconcile": ("debit_amount_currency",),
            "account.move": ("move_type", "reversed_entry_id"),
            "recouv.write.off": ("claim_id", "move_id", "state"),
        }
        return super()._derived_reads() + [
            field
            for model, wanted in names.items()
            for name, field in self.env[model]._fields.items()
            if field.store and field.column_type and (not wanted or name in wanted)
        ]


class RecouvHold(models.Model):
    """The suspension that an agreement brings stands only while it runs."""

    _name = "recouv.hold"
    _inherit = ["recouv.hold", "recouv.derived.mixin"]

    plan_id = fields.Many2one(
        "recouv.plan",
        "Agreement",
        readonly=True,
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    reason = fields.Selection(
        selection_add=[
            ("plan", "Payment plan"),
            ("settlement", "Settlement agreement"),
        ],
        ondelete={"plan": "set default", "settlement": "set default"},
    )
    is_standing = fields.Boolean(
        "In force",
        compute="_compute_derived",
        search=derived_search("is_standing"),
        help="In its dates; and its agreement, where it has one, is neither kept nor "
        "broken.",
    )

    @api.model
    def _derived_sql(self, fname, alias):
        if fname != "is_standing":
            return super()._derived_sql(fname, alias)
        today = fields.Date.context_today(self)
        return SQL(
            """(SELECT h.date_from <= %(today)s AND COALESCE(h.date_to, %(today)s)
                       >= %(today)s AND %(standing)s
                  FROM recouv_hold h WHERE h.id = %(alias)s.id)""",
            today=today,
            standing=self._standing_sql(today),
            alias=SQL.identifier(alias),
        )

    @api.model
    def _standing_sql(self, today):
        """EXTENDS: an agreement suspends while it runs.

        A scalar look-up: PostgreSQL plans what stands in an EXISTS twice, and this
        is the longest part of the statements that ask it.
        """
        plans = self.env["recouv.plan"]
        return SQL(
            """(%(standing)s AND (h.plan_id IS NULL OR (
                SELECT %(plan)s FROM recouv_plan hp
                 WHERE hp.id = h.plan_id) = 'running'))""",
            standing=super()._standing_sql(today),
            plan=plans._standing_sql(SQL.identifier("hp"), today),
        )

    def _narrowed_to(self, claims):
        """EXTENDS: an agreement stands or falls as a whole."""
        agreed = self.filtered("plan_id")
        return agreed | super(RecouvHold, self - agreed)._narrowed_to(claims)

    def _undo_obstacle(self):
        """EXTENDS: an agreement is undone as a whole."""
        obstacle = super()._undo_obstacle()
        if not obstacle and self.plan_id:
            return self.env._("it belongs to an agreement: undo or renew that.")
        return obstacle

    def _liftable(self):
        """EXTENDS: what is kept or broken suspends no more, and stays what it is."""
        return (
            super()
            ._liftable()
            .filtered(lambda h: not h.plan_id or h.plan_id.standing == "running")
        )

    def action_lift(self, note=None):
        """EXTENDS: who lifts what an agreement suspends ends the agreement.

        :raise AccessError: a manager approved it, and alone can end it
        """
        plans = self._liftable().plan_id
        plans._check_may_end()
        result = super().action_lift(note)
        plans._end(note or self.env._("Its suspension was lifted."))
        return result


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    def _active_holds(self, today=None):
        """EXTENDS: what an agreement suspended no longer covers when it ended."""
        holds = super()._active_holds(today)
        return holds.filtered(lambda hold: not hold.plan_id or hold.is_standing)
