from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.recouv_lib.models.recouv_day import Section
from odoo.addons.recouv_lib.models.recouv_derived_mixin import derived_search
from odoo.addons.recouv_lib.models.recouv_engine import Blocker

from .recouv_assignment_return import BUY_BACK_REASONS


class RecouvFactoringContract(models.Model):
    """The grounds of repurchase to which both parties agree beforehand."""

    _inherit = "recouv.factoring.contract"

    agrees_nonexistent = fields.Boolean("Agreed beforehand: it does not exist")
    agrees_disputed = fields.Boolean("Agreed beforehand: the debtor disputes it")
    agrees_already_paid = fields.Boolean("Agreed beforehand: it had been paid before")
    agrees_care_not_performed = fields.Boolean(
        "Agreed beforehand: the care was not given"
    )

    def _agrees_to(self, reason):
        """Say whether a repurchase on this ground needs no other word of the party
        that is asked."""
        return bool(self[f"agrees_{reason}"])

    def _recourse_texts(self):
        """EXTENDS: how a repurchase is agreed on."""
        grounds = dict(
            self.env["recouv.repurchase"]
            ._fields["reason"]
            ._description_selection(self.env)
        )
        agreed = [
            grounds[reason]
            for reason, _label in BUY_BACK_REASONS
            if self._agrees_to(reason)
        ]
        texts = [
            *super()._recourse_texts(),
            self.env._(
                "The party that asks for it states the ground and attaches the "
                "document; the other accepts or contests it. A deed is made of what "
                "both agree on, and nothing is booked before."
            ),
        ]
        if agreed:
            texts.append(
                self.env._(
                    "Each party agrees beforehand to what the other asks, with its "
                    "document, on these grounds: %s.",
                    "; ".join(agreed),
                )
            )
        return texts


class RecouvAssignmentLine(models.Model):
    """The practice asks its buyer to give a receivable back."""

    _inherit = "recouv.assignment.line"

    is_back_asked = fields.Boolean(
        "Repurchase asked",
        compute="_compute_derived",
        search=derived_search("is_back_asked"),
        help="One party asked for it; the other has not answered yet.",
    )

    @api.model
    def _derived_sql(self, fname, alias):
        if fname != "is_back_asked":
            return super()._derived_sql(fname, alias)
        return SQL(
            """EXISTS (SELECT 1 FROM recouv_repurchase rr
                        WHERE rr.line_id = %s.id AND rr.state = 'asked')""",
            SQL.identifier(alias),
        )

    @api.model
    def _derived_reads(self):
        """EXTENDS: what was asked, and of which line."""
        asked = self.env["recouv.repurchase"]._fields
        return [*super()._derived_reads(), asked["line_id"], asked["state"]]

    def _ask_buy_back(self, reason, file, file_name, note=None):
        """Ask the buyer to give this one back; see ``recouv.repurchase._ask``."""
        self.ensure_one()
        self._check_sold_by_manager()
        # sudo: rights checked; the tie to the buyer's record is read by nobody
        return self.env["recouv.repurchase"]._ask(
            self.sudo(), "practice", reason, file, file_name, note
        )


class RecouvPurchase(models.Model):
    """The buyer asks the practice to take a receivable back."""

    _inherit = "recouv.purchase"

    is_back_asked = fields.Boolean(
        "Repurchase asked",
        compute="_compute_derived",
        search=derived_search("is_back_asked"),
        help="One party asked for it; the other has not answered yet.",
    )

    @api.model
    def _derived_sql(self, fname, alias):
        if fname != "is_back_asked":
            return super()._derived_sql(fname, alias)
        return self._back_asked_sql(SQL("%s.id", SQL.identifier(alias)))

    @api.model
    def _back_asked_sql(self, purchase_id):
        return SQL(
            """EXISTS (SELECT 1 FROM recouv_repurchase rr
                        WHERE rr.purchase_id = %s AND rr.state = 'asked')""",
            purchase_id,
        )

    @api.model
    def _derived_reads(self):
        """EXTENDS: what was asked, and of which purchase."""
        asked = self.env["recouv.repurchase"]._fields
        return [*super()._derived_reads(), asked["purchase_id"], asked["state"]]

    def action_ask_buy_back(self):
        """Open the dialog that asks the practice to take it back."""
        self._check_bought_by_manager()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask to take it back"),
            "res_model": "recouv.buy.back",
            "view_mode": "form",
            "target": "new",
            "context": {"default_purchase_id": self.id},
        }

    def _ask_buy_back(self, reason, file, file_name, note=None):
        """Ask the practice to take this one back; see ``recouv.repurchase._ask``.

        :param note: the practice's own words: none here
        """
        self.ensure_one()
        self._check_bought_by_manager()
        # elevated: the practice's line, of which nothing but its number is told
        line = self._assignment_lines().filtered(lambda one: one.state == "transferred")
        return self.env["recouv.repurchase"]._ask(
            line[-1:], "agency", reason, file, file_name
        )

    def _check_bought_by_manager(self):
        self.ensure_one()
        self.check_access("write")
        if not (self.env.su or self.env.user.has_group("recouv_lib.group_manager")):
            raise AccessError(self.env._("Only a manager decides on a repurchase."))
        if self.state != "bought":
            raise UserError(self.env._("%s was not bought.", self.display_name))


class RecouvEngine(models.AbstractModel):
    _inherit = "recouv.engine"

    @api.model
    def _claim_blockers(self, company, today):
        """EXTENDS: while its repurchase is asked, a buyer asks nothing of its debtor:
        by one party at least it is not owed, or not to the buyer."""
        asked = SQL(
            """EXISTS (SELECT 1 FROM recouv_purchase ap
                        WHERE ap.claim_id = c.id AND %s)""",
            self.env["recouv.purchase"]._back_asked_sql(SQL("ap.id")),
        )
        return [
            Blocker(
                "repurchase_asked",
                self.env._("Its repurchase is asked: answer or withdraw that first."),
                asked,
                capacities=("assignee",),
            ),
            *super()._claim_blockers(company, today),
        ]


class RecouvDay(models.AbstractModel):
    _inherit = "recouv.day"

    @api.model
    def _sections(self, today):
        """EXTENDS: repurchases that the other company asks for, or contests."""
        sections = super()._sections(today)
        if not self.env.user.has_group("recouv_lib.group_manager"):
            return sections
        asked = self.env["recouv.repurchase"]
        return [
            *sections,
            Section(
                code="repurchases",
                sequence=45,
                label=self.env._("Repurchases asked: accept or contest"),
                model="recouv.repurchase",
                domain=asked._to_answer_domain(),
                action="recouv_lib_factoring.recouv_repurchase_action",
                is_alarm=True,
            ),
            Section(
                code="repurchases_contested",
                sequence=47,
                label=self.env._("Repurchases contested these days"),
                model="recouv.repurchase",
                domain=asked._contested_domain(today),
                action="recouv_lib_factoring.recouv_repurchase_action",
            ),
        ]
