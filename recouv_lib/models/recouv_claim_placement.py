from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .recouv_derived_mixin import derived_search


class RecouvClaim(models.Model):
    """Handing claims over and calling them back: the practice's side."""

    _inherit = "recouv.claim"

    placement_line_ids = fields.One2many(
        "recouv.placement.line", "claim_id", "Hand-overs", readonly=True
    )
    is_credit_waiting = fields.Boolean(
        "Money to allocate",
        compute="_compute_derived",
        search=derived_search("is_credit_waiting"),
        help="It is with the agency, and its debtor has money here that is allocated "
        "to nothing: the agency waits.",
    )

    @api.model
    def _derived_sql(self, fname, alias):
        if fname != "is_credit_waiting":
            return super()._derived_sql(fname, alias)
        claim = SQL.identifier(alias)
        return SQL(
            """(CASE WHEN %(claim)s.capacity = 'creditor'
                      AND %(claim)s.holder = 'agency' AND %(claim)s.closed_on IS NULL
                     THEN %(credit)s ELSE FALSE END)""",
            claim=claim,
            credit=self._open_credit_sql(claim),
        )

    # --- handing over ---------------------------------------------------------------

    def action_place(self):
        """Open the dialog that says what goes to the agency, what does not, and why.

        :raise AccessError: not a manager
        :raise UserError: claims of several practices, or no mandate in force
        """
        self._check_placing_manager()
        if len(self.company_id) != 1:
            raise UserError(
                self.env._("Choose claims of one practice at a time to hand over.")
            )
        wizard = self.env["recouv.placement.wizard"]._examine(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Hand over to the agency"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def _check_placing_manager(self):
        if not (self.env.su or self.env.user.has_group("recouv_lib.group_manager")):
            raise AccessError(
                self.env._("Only a manager hands claims over to the agency.")
            )

    def action_view_placements(self):
        """Open the hand-overs of these claims."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_placement_line_action"
        )
        return action | {"domain": [("claim_id", "in", self.ids)], "context": {}}

    # --- calling back ---------------------------------------------------------------

    def action_recall_placement(self):
        """Open the dialog that asks why these claims are called back."""
        self._check_placing_manager()
        return self._action_dialog(
            "recouv.placement.recall",
            self.env._("Call back from the agency"),
            default_claim_ids=self.ids,
        )

    def _recall(self, reason, code=None):
        """Take these claims back from the agency; the relance resumes where it stood.

        :param reason: why, which the agency does not read
        :raise AccessError: not a manager
        :raise UserError: no reason, or a claim that no agency holds, named
        """
        self._check_placing_manager()
        self.check_access("write")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the claim is called back."))
        self._lock_answer()
        lines = self._held_lines().filtered(lambda line: line.claim_id in self)
        for claim in self - lines.claim_id.sudo(False):
            raise UserError(
                self.env._("No agency holds %(claim)s.", claim=claim.display_name)
            )
        lines._take_back("recalled", reason.strip(), code)

    # --- what the agency does with its own -------------------------------------------

    def action_ask_refusal(self):
        """Open the dialog that asks why these claims are refused."""
        return self._action_dialog(
            "recouv.placement.refusal",
            self.env._("Refuse the claims"),
            default_claim_ids=self.ids,
        )
