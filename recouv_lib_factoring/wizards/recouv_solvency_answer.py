from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib import solvency


class RecouvSolvencyAnswer(models.TransientModel):
    """A person enters what was answered about one or more debtors."""

    _name = "recouv.solvency.answer"
    _description = "Result of a solvency check"

    check_ids = fields.Many2many("recouv.solvency.check", required=True)
    result = fields.Selection(
        [("clear", "Nothing negative"), ("negative", "Negative")], required=True
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    reference = fields.Char("Number of the answer")

    def action_record(self):
        """Record the result on each check that has none."""
        self.ensure_one()
        self._check_date()
        self.check_ids.check_access("write")
        for check in self.check_ids:
            check._check_unanswered()
        vals = {"provider_ref": self.reference} if len(self.check_ids) == 1 else {}
        for check in self.check_ids:
            check._conclude(self.result, self.date, vals)
        return {"type": "ir.actions.act_window_close"}

    def _check_date(self):
        today = fields.Date.context_today(self)
        if self.date > today or self.date.year < 2000:
            raise UserError(self.env._("A check is not dated later than today."))


class RecouvSolvencyOverrule(models.TransientModel):
    """Why a negative answer is not followed."""

    _name = "recouv.solvency.overrule"
    _description = "Do not follow a negative answer"

    check_id = fields.Many2one("recouv.solvency.check", required=True)
    reason = fields.Char(required=True)

    def action_overrule(self):
        """Record the manager's word."""
        self.check_id.action_overrule(self.reason)
        return {"type": "ir.actions.act_window_close"}


class RecouvSolvencyCheck(models.Model):
    _inherit = "recouv.solvency.check"

    def _check_unanswered(self):
        if self.result in ("clear", "negative"):
            raise UserError(
                self.env._(
                    "%s has its answer already: make a new check instead.",
                    self.display_name,
                )
            )
        if self._is_asked_by_job():
            raise UserError(
                self.env._(
                    "%s is answered by its provider, not by hand: ask again, or wait.",
                    self.display_name,
                )
            )

    def _is_asked_by_job(self):
        """Say whether a provider answers this over the network: nobody else does."""
        # sudo: whether somebody else answers, not who
        provider = self.sudo().provider_id
        return bool(provider.active and provider.kind == "http")

    def action_ask_overrule(self):
        """Ask why the answer is not followed."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Do not follow this answer"),
            "res_model": "recouv.solvency.overrule",
            "view_mode": "form",
            "target": "new",
            "context": {"default_check_id": self.id},
        }

    @api.model
    def _record_word(self, number, word, day, reference):
        """Record one row of a table of results.

        :return: why not, as a sentence; empty when it was recorded or was known
        """
        check = self.search(
            [("company_id", "=", self.env.company.id), ("name", "=", number)], limit=1
        )
        result = solvency.read_word(word)
        if not check:
            return self.env._("No check has this number.")
        if not result:
            return self.env._("The result is neither clear nor negative.")
        if check.result == result and check.provider_ref == (reference or False):
            return ""
        if check.result in ("clear", "negative"):
            return self.env._("Another answer was recorded before.")
        try:
            check._check_unanswered()
        except UserError as error:
            return str(error)
        if result == solvency.UNAVAILABLE:
            check._record_silence(self.env._("The table says: no answer."))
            check._record({"provider_ref": reference or False})
        else:
            check._conclude(result, day, {"provider_ref": reference or False})
        return ""
