from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..lib.months import add_months
from .recouv_day import Section

KINDS = [
    ("information", "Information given"),
    ("access", "Access"),
    ("rectification", "Rectification"),
    ("objection", "Objection"),
    ("erasure", "Erasure"),
    ("limitation", "Limitation of processing"),
]
#: written by the methods alone: the register is proof
BY_METHODS = {
    "done_on",
    "done_by_id",
    "hold_id",
    "undone_on",
    "undone_by_id",
    "undo_reason",
}
#: what a request that was answered says for ever
ANSWERED = {"company_id", "partner_id", "kind", "received_on", "due_on"}


class RecouvPrivacyRequest(models.Model):
    """What a person asked about their data, until when it is answered, and how.

    The register of requests (GDPR art. 12 § 3: answered within a month of receipt, the
    parameter ``gdpr_answer_delay``). Kept as proof; never deleted by hand.
    """

    _name = "recouv.privacy.request"
    _description = "Data-protection request"
    _inherit = ["recouv.undo.mixin"]
    _order = "received_on desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one(
        "res.partner", "Person", required=True, index=True, check_company=True
    )
    kind = fields.Selection(KINDS, required=True, default="access")
    received_on = fields.Date(
        required=True, default=lambda self: fields.Date.context_today(self)
    )
    due_on = fields.Date(
        "Answer due on",
        compute="_compute_due_on",
        store=True,
        readonly=False,
        help="One month from receipt; the law allows two more, if the person is told.",
    )
    done_on = fields.Date("Answered on", copy=False)
    done_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    identity_checked = fields.Boolean(
        "Identity checked", help="Data is given to the person only."
    )
    demand = fields.Text("What is asked")
    answer = fields.Text()
    document_ids = fields.Many2many(
        "ir.attachment", "recouv_privacy_request_document_rel", string="Documents"
    )
    hold_id = fields.Many2one(
        "recouv.hold", "Suspension", readonly=True, copy=False, check_company=True
    )

    is_frozen = fields.Boolean("Frozen", compute="_compute_is_frozen")

    # the day's section: what is open, by due date
    _open_idx = models.Index("(company_id, due_on) WHERE done_on IS NULL")

    @api.depends("received_on", "company_id")
    def _compute_due_on(self):
        parameters = self.env["recouv.legal.parameter"]
        for request in self:
            if not request.received_on:
                request.due_on = False
                continue
            months = parameters._get(
                "gdpr_answer_delay", request.received_on, request.company_id
            )
            request.due_on = add_months(request.received_on, round(months))

    @api.depends("hold_id.date_to")
    def _compute_is_frozen(self):
        for request in self:
            request.is_frozen = bool(request._standing_hold())

    @api.depends("kind", "partner_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for request in self:
            request.display_name = (
                f"{kinds.get(request.kind, '')} – {request.partner_id.display_name}"
            )

    @api.constrains("received_on", "done_on")
    def _check_dates(self):
        for request in self:
            if request.received_on > fields.Date.context_today(request):
                raise ValidationError(
                    self.env._(
                        "%(request)s cannot be received in the future.",
                        request=request.display_name,
                    )
                )
            if request.done_on and request.done_on < request.received_on:
                raise ValidationError(
                    self.env._(
                        "%(request)s cannot be answered before it was received.",
                        request=request.display_name,
                    )
                )

    # --- CRUD -----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_by_methods(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_by_methods(vals)
        if not self.env.su and ANSWERED & vals.keys():
            for request in self.filtered("done_on"):
                raise UserError(
                    self.env._(
                        "%(request)s was answered: undo the answer first.",
                        request=request.display_name,
                    )
                )
        return super().write(vals)

    @api.model
    def _check_by_methods(self, vals):
        """Refuse, from a user, what only answering, freezing and undoing may write."""
        if not self.env.su and BY_METHODS & vals.keys():
            raise UserError(
                self.env._("An answer enters the register by its own button.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_register(self):
        raise UserError(
            self.env._("The register of requests is proof and is not deleted.")
        )

    # --- actions --------------------------------------------------------------------

    def action_done(self):
        """Record that the person was answered today."""
        self.filtered(lambda request: not request.done_on)._done()
        return True

    def _done(self, **values):
        self.check_access("write")
        # sudo: who, when and how is written here only; the right was checked above
        self.sudo().write(
            {
                "done_on": fields.Date.context_today(self),
                "done_by_id": self.env.uid,
                **values,
            }
        )

    def action_freeze(self):
        """Suspend everything towards the person while the request is looked into."""
        self.check_access("write")
        for request in self.filtered(lambda request: not request._standing_hold()):
            hold = request.env["recouv.hold"].create(
                {
                    "company_id": request.company_id.id,
                    "partner_id": request.partner_id.id,
                    "reason": "frozen",
                    "note": request.display_name,
                }
            )
            # sudo: the register is written by its methods; the right was checked above
            request.sudo().hold_id = hold
        return True

    def _standing_hold(self):
        """Return the suspension made for this request while it lasts."""
        today = fields.Date.context_today(self)
        return self.hold_id.filtered(
            lambda hold: not hold.date_to or hold.date_to >= today
        )

    def action_unfreeze(self):
        """The processing may go on: the suspension ends."""
        for request in self:
            request._standing_hold().action_lift(self.env._("Limitation lifted"))
        return True

    def action_give_access(self):
        """Open the export of what is held on the person."""
        self.ensure_one()
        return self._dialog("access")

    def action_rectify(self):
        """Open the dialog that corrects the person's contact data."""
        self.ensure_one()
        return self._dialog("rectification")

    def _dialog(self, kind):
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "recouv.privacy.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_partner_id": self.partner_id.id,
                "default_company_id": self.company_id.id,
                "default_request_id": self.id,
                "default_kind": kind,
                "default_identity_checked": self.identity_checked,
            },
        }

    # --- undo -----------------------------------------------------------------------

    def _undo_obstacle(self):
        if not self.done_on and not self.hold_id:
            return self.env._("It was not answered yet.")
        return super()._undo_obstacle()

    def _undo(self):
        """Open the request again; a suspension made for it ends."""
        self.action_unfreeze()
        # sudo: the register is written by its methods; undoing checked the right
        self.sudo().write({"done_on": False, "done_by_id": False})

    def _record_undo(self, vals):
        # sudo: the register is written by its methods; undoing checked the right
        return super(RecouvPrivacyRequest, self.sudo())._record_undo(vals)


class RecouvDay(models.AbstractModel):
    _inherit = "recouv.day"

    @api.model
    def _sections(self, today):
        return [
            *super()._sections(today),
            Section(
                code="privacy_request",
                sequence=80,
                label=self.env._("Data-protection requests to answer"),
                model="recouv.privacy.request",
                domain=Domain("done_on", "=", False)
                & Domain("due_on", "<=", today + timedelta(days=15)),
                action="recouv_lib.recouv_privacy_request_action",
            ),
        ]


class RecouvHold(models.Model):
    _inherit = "recouv.hold"

    reason = fields.Selection(
        selection_add=[("frozen", "Use of the data limited")],
        ondelete={"frozen": "set default"},
    )


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_recouv_privacy(self):
        """Open the dialog of data-protection requests on this person."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Data protection"),
            "res_model": "recouv.privacy.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_partner_id": self.id},
        }
