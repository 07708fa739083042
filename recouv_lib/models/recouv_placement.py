from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

STATES = [
    ("draft", "To review"),
    ("sent", "With the agency"),
    ("closed", "Closed"),
]


class RecouvPlacement(models.Model):
    """Claims handed over to the agency under one mandate, on one date.

    It is the practice's own record. The agency never reads it: it receives its own
    claims, which mirror these (``recouv_claim_mirror.py``), and accepts or refuses
    those.
    """

    _name = "recouv.placement"
    _description = "Placement with the agency"
    _order = "date desc, id desc"
    _rec_name = "name"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    mandate_id = fields.Many2one(
        "recouv.mandate",
        required=True,
        index=True,
        check_company=True,
        domain="[('company_id', '=', company_id), ('state', '=', 'signed'), "
        "('scope', '=', 'collection')]",
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    state = fields.Selection(
        STATES, required=True, readonly=True, default="draft", copy=False
    )
    sent_on = fields.Datetime(readonly=True, copy=False)
    sent_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    line_ids = fields.One2many("recouv.placement.line", "placement_id", "Claims")

    @api.depends("date")
    @api.depends_context("lang")
    def _compute_name(self):
        for placement in self:
            placement.name = self.env._(
                "Placement %(number)s of %(date)s",
                number=placement.id or "",
                date=format_date(self.env, placement.date),
            )

    # --- business -----------------------------------------------------------------

    def action_send(self):
        """Hand the claims over: the agency receives its mirrors, all or none.

        The practice's own relances stop at once.

        :raise AccessError: not a manager
        :raise UserError: no active mandate, or a claim that may not leave, named
        """
        self._check_manager()
        for placement in self.with_context(tracking_disable=True):
            placement._check_sendable()
            lines = placement.line_ids.filtered(lambda line: line.state == "draft")
            lines._check_sendable()
            lines._mirror()
            placement.write(
                {
                    "state": "sent",
                    "sent_on": fields.Datetime.now(),
                    "sent_by_id": self.env.uid,
                }
            )
        return True

    def _check_manager(self):
        self.check_access("write")
        manager = self.env.user.has_group("recouv_lib.group_manager")
        if not (self.env.su or manager):
            raise AccessError(
                self.env._("Only a manager hands claims over to the agency.")
            )

    def _check_sendable(self):
        self.ensure_one()
        if self.state != "draft":
            raise UserError(
                self.env._("%(placement)s was sent already.", placement=self.name)
            )
        # sudo: the mandate is the practice's own; its agency's identity is on it
        self.mandate_id.sudo()._check_active(fields.Date.context_today(self))
