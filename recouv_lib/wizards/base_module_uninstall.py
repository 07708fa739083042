from odoo import api, fields, models
from odoo.exceptions import UserError

MODULE = "recouv_lib"


class BaseModuleUninstall(models.TransientModel):
    """Uninstalling says what is still open, and asks; the books stay as they are."""

    _inherit = "base.module.uninstall"

    recouv_open_work = fields.Text(compute="_compute_recouv_open_work")
    recouv_confirmed = fields.Boolean("I know that this history is lost")

    @api.depends("module_ids")
    def _compute_recouv_open_work(self):
        for wizard in self:
            ours = MODULE in wizard._get_modules().mapped("name")
            wizard.recouv_open_work = "\n".join(self._recouv_open()) if ours else False

    @api.model
    def _recouv_open(self):
        """Return what would be lost, one sentence each, over all companies."""
        # sudo: only numbers are shown, to the administrator who may drop the tables
        env, _ = self.env(su=True), self.env._
        counts = [
            (
                env["recouv.claim"].search_count(
                    [("closed_on", "=", False), ("settlement", "=", "open")]
                ),
                _("claims still open"),
            ),
            (
                env["recouv.notice"].search_count(
                    [("state", "in", ("proposed", "queued", "sending", "printed"))]
                ),
                _("notices proposed, approved or waiting to be posted"),
            ),
            (
                env["recouv.notice"].search_count(
                    [("channel", "=", "registered_letter"), ("proven_on", "!=", False)]
                ),
                _("registered letters with their proofs"),
            ),
            (
                env["recouv.hold"].search_count([("date_to", "=", False)]),
                _("suspensions under way"),
            ),
            (
                env["recouv.transfer"].search_count([("state", "=", "posted")]),
                _("posted transfers (their entries stay in the books)"),
            ),
        ]
        return [f"{count} {label}" for count, label in counts if count]

    def action_uninstall(self):
        for wizard in self:
            if wizard.recouv_open_work and not wizard.recouv_confirmed:
                raise UserError(
                    self.env._(
                        "Still open:\n%(work)s\n\nExport what you need, then tick the "
                        "box to uninstall all the same. Journal entries stay.",
                        work=wizard.recouv_open_work,
                    )
                )
        return super().action_uninstall()
