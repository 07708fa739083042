from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

STATES = [("draft", "To send"), ("sent", "With the service"), ("ended", "Called back")]
PLAN_FIELDS = frozenset(
    {"insurer_id", "claim_ids", "date", "note", "policy_id", "document_ids"}
)


class RecouvHold(models.Model):
    _inherit = "recouv.hold"

    reason = fields.Selection(
        selection_add=[("insurer", "With the insurer's collection service")],
        ondelete={"insurer": "set default"},
    )


class RecouvInsuranceHandover(models.Model):
    """Claims given to the collection service of a credit insurer, insured or not.

    The practice's own relance pauses meanwhile, by a suspension; called back, a claim
    goes on where it stood. What the service receives is recorded as a recovery.
    """

    _name = "recouv.insurance.handover"
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin"]
    _description = "Hand-over to an insurer's collection service"
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char("Number", readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    policy_id = fields.Many2one(
        "recouv.insurance.policy",
        "Insurance policy",
        check_company=True,
        domain="[('state', '!=', 'draft')]",
        help="Empty: the claims are not insured; the service takes them all the same.",
    )
    insurer_id = fields.Many2one(
        "res.partner",
        "Collection service",
        required=True,
        compute="_compute_insurer_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        ondelete="restrict",
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    state = fields.Selection(
        STATES, required=True, default="draft", readonly=True, copy=False
    )
    claim_ids = fields.Many2many(
        "recouv.claim",
        "recouv_insurance_handover_claim_rel",
        check_company=True,
    )
    partner_id = fields.Many2one(
        "res.partner", "Debtor", compute="_compute_partner_id", store=True
    )
    hold_id = fields.Many2one(
        "recouv.hold", "Suspension", readonly=True, check_company=True, copy=False
    )
    ended_on = fields.Date("Called back on", readonly=True)
    end_reason = fields.Char("Why it was called back", readonly=True)
    note = fields.Text(
        "Told to the service", help="Printed in the dossier. No act, no care."
    )
    amount = fields.Monetary("Left unpaid", compute="_compute_amount")
    recovery_ids = fields.One2many(
        "recouv.insurance.recovery", "handover_id", readonly=True
    )

    @api.depends("policy_id")
    def _compute_insurer_id(self):
        for one in self:
            one.insurer_id = one.policy_id.insurer_id or one.insurer_id

    @api.depends("claim_ids.partner_id")
    def _compute_partner_id(self):
        for one in self:
            debtors = one.claim_ids.partner_id
            one.partner_id = debtors if len(debtors) == 1 else False

    def _compute_amount(self):
        for one in self:
            one.amount = sum(one.claim_ids.mapped("amount_residual"))

    @api.depends("name", "insurer_id")
    def _compute_display_name(self):
        for one in self:
            service = one.insurer_id.display_name
            one.display_name = " – ".join(filter(None, [one.name, service]))

    # --- what may be written ----------------------------------------------------------

    def _editable_fields(self):
        return PLAN_FIELDS if self.state == "draft" else frozenset()

    @api.model
    def _creatable_fields(self):
        return PLAN_FIELDS | {"company_id"}

    def _is_deletable(self):
        return self.state == "draft" or super()._is_deletable()

    @api.model
    def _evidence_advice(self):
        return self.env._("Call the claims back instead.")

    # --- sending and calling back -----------------------------------------------------

    def action_send(self):
        """Give the claims to the service: the practice's own relance pauses, and the
        dossier is printed and kept.

        :raise UserError: not a manager, a claim that cannot be given, named, or a paper
            that cannot be read or printed
        """
        self.company_id._recouv_check_manager(self.env._("hand over to an insurer"))
        self._recouv_lock_rows()
        for one in self:
            one._check_sendable()
        # printed before the claims are locked: the printer may take its time
        printed = {one: one._numbered()._print_to_send() for one in self}
        self._take_claims()
        for one, (content, values, exhibits) in printed.items():
            one._check_sendable()
            one._check_printed(values, exhibits)
            one._send(content)
        return True

    def _numbered(self):
        """Give it the number that its paper bears."""
        series = self.env["recouv.collection"]
        self._record({"name": series._next_number(self.company_id, "SRV")})
        return self

    def _take_claims(self):
        """Hold the claims for a moment: nobody else hands them over meanwhile."""
        # sudo: claims of the practice's own hand-over, which are only locked
        self.sudo().claim_ids._recouv_lock_rows()
        self.claim_ids.invalidate_recordset()

    def _check_sendable(self):
        if self.state != "draft" or not self.claim_ids:
            raise UserError(self.env._("%s: nothing is to send.", self.display_name))
        for claim in self.claim_ids:
            if obstacle := self._obstacle(claim):
                raise UserError(
                    self.env._(
                        "%(claim)s cannot be handed over: %(obstacle)s",
                        claim=claim.display_name,
                        obstacle=obstacle,
                    )
                )

    def _obstacle(self, claim):
        """Return why one claim cannot be given to the service (a sentence), or None."""
        _ = self.env._
        if claim.capacity != "creditor" or claim.holder != "practice":
            return _("somebody else holds it: end that first.")
        if claim.closed_on or claim.settlement != "open":
            return _("nothing is owed on it any more.")
        if claim.suspension == "dispute":
            return _("it is disputed: solve the dispute first.")
        if claim.suspension == "plan":
            return _("an agreement on its payment runs.")
        if claim.suspension in ("hold", "review"):
            return _("it is suspended: end that first.")
        if claim.partner_id._recouv_awaits_decision():
            return _("its debtor is a minor: the practitioner decides first.")
        return self._consent_obstacle(claim)

    @api.model
    def _consent_obstacle(self, claim):
        """Return why the service may not be told of a claim, or None (law.md C9)."""
        if claim.partner_id._recouv_has_consent("collection", claim.company_id):
            return None
        return self.env["recouv.consent"]._missing_sentence()

    def _send(self, content):
        """Pause the practice's own relance and keep the paper that was printed."""
        hold = self.env["recouv.hold"].create(
            {
                "company_id": self.company_id.id,
                "claim_ids": [Command.set(self.claim_ids.ids)],
                "reason": "insurer",
                "date_from": fields.Date.context_today(self),
                "note": self.note,
            }
        )
        # sudo: who holds a claim is written by methods only
        self.sudo().claim_ids.write({"holder": "insurer"})
        self.claim_ids.invalidate_recordset(["suspension"])
        self._record({"state": "sent", "hold_id": hold.id})
        self._keep_dossier(content)

    def _recall(self, reason):
        """Take the claims back: they go on where they stood.

        :raise UserError: not with the service, or no reason
        """
        self.company_id._recouv_check_manager(self.env._("call claims back"))
        self._recouv_lock_rows()
        if self.state != "sent" or not (reason or "").strip():
            raise UserError(
                self.env._(
                    "%s: it is not with the service, or say why it is called back.",
                    self.display_name,
                )
            )
        self._end()
        self._record(
            {
                "state": "ended",
                "ended_on": fields.Date.context_today(self),
                "end_reason": reason.strip(),
            }
        )

    def _end(self):
        if not self.hold_id.lifted_by_id:
            self.hold_id.action_lift(self.env._("Called back from the service"))
        # sudo: who holds a claim is written by methods only
        held = self.sudo().claim_ids.filtered(lambda claim: claim.holder == "insurer")
        held.write({"holder": "practice"})
        held._refresh_ladder()

    def action_recall(self):
        """Open the dialog that asks why the claims are called back."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Call back"),
            "res_model": "recouv.insurance.reason",
            "view_mode": "form",
            "target": "new",
            "context": {"default_handover_id": self.id},
        }

    def action_recover(self):
        """Open the dialog that records what the service collected."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Record a recovery"),
            "res_model": "recouv.insurance.recover",
            "view_mode": "form",
            "target": "new",
            "context": {"default_handover_id": self.id},
        }

    def _undo_obstacle(self):
        if obstacle := super()._undo_obstacle():
            return obstacle
        if self.state != "sent":
            return self.env._("it is not with the service.")
        if self.recovery_ids._standing():
            return self.env._("money came of it; call the claims back instead.")
        return None

    def _undo(self):
        """Nothing left: the claims go on where they stood."""
        self.company_id._recouv_check_manager(self.env._("undo a hand-over"))
        for one in self:
            one._end()
            one._record({"state": "ended"})

    # --- money ------------------------------------------------------------------------

    def _open_items(self):
        claims = self.claim_ids.sorted(lambda claim: (claim.date_due, claim.id))
        return claims.move_line_id.filtered(
            lambda item: not item.reconciled and item.parent_state == "posted"
        )

    def _follow_back(self, _transfer, back):
        """The service still has what a recovery undone leaves unpaid, on a new item:
        its claim is of this hand-over too, and nobody else relances it.

        :param back: ``recouv.transfer`` that brought it back to the debtor
        """
        if self.state != "sent":
            return
        # sudo: the practice's own claim and suspension, by methods only
        own = self.sudo()
        if claim := back._claim_come_back():
            claim.write({"holder": "insurer"})
            own.hold_id.write({"claim_ids": [Command.link(claim.id)]})
            self._record({"claim_ids": [Command.link(claim.id)]})

    def _new_recovery(self, receiver, amount, costs, day, **values):
        """Return the record of what the service collected: the practice's whole, unless
        an indemnity came for these claims; then it is shared as the loss says.

        :raise UserError: several debtors, costs beyond the sum, or an indemnity that
            came for a part of the claims only
        """
        if not self.partner_id:
            raise UserError(
                self.env._(
                    "%s has several debtors: make one hand-over for each, so that "
                    "money can be recorded.",
                    self.display_name,
                )
            )
        if not 0 <= costs <= amount:
            raise UserError(
                self.env._(
                    "%s: costs lie between nothing and what came.", self.display_name
                )
            )
        if losses := self._indemnified_losses(day):
            losses._recouv_lock_rows()
            self._check_shared_alone(losses)
            return losses._new_recovery(
                receiver, amount, costs, day, handover_id=self.id, **values
            )
        return self.env["recouv.insurance.recovery"]._record_new(
            [
                {
                    "handover_id": self.id,
                    "company_id": self.company_id.id,
                    "insurer_id": self.insurer_id.id,
                    "partner_id": self.partner_id.id,
                    "received_by": receiver,
                    "amount": amount,
                    "costs": costs,
                    "amount_insured": amount - costs,
                    "date": day,
                    **values,
                }
            ]
        )

    def _loss_lines(self):
        """Return the lines of settled losses that are about these claims."""
        claims = self.claim_ids
        about = Domain("claim_id", "in", claims.ids)
        about |= Domain("move_line_id", "in", claims.move_line_id.ids)
        return self.env["recouv.insurance.loss.line"].search(
            about & Domain("loss_id.state", "in", ("settled", "paid"))
        )

    def _indemnified_losses(self, day):
        """Return the losses of these claims whose indemnity had come on a day."""
        return self._loss_lines().loss_id.filtered(
            lambda loss: (first := loss._indemnified_on()) and first <= day
        )

    def _check_shared_alone(self, losses):
        """Money is shared with one insurer for one loss, and cannot be told apart.

        :raise UserError: several losses, claims outside of it, or another service
        """
        lines = self._loss_lines().filtered(lambda line: line.loss_id in losses)
        items = lines.move_line_id | lines.claim_id.move_line_id
        services = losses.insurer_id | self.insurer_id
        alone = len(losses) == 1 and len(services.commercial_partner_id) == 1
        if not alone or self._open_items() - items:
            raise UserError(
                self.env._(
                    "%(handover)s: an indemnity came for a part of its claims "
                    "(%(losses)s), and what is recovered of them is shared with that "
                    "insurer. Call the claims back and hand those of one loss over "
                    "alone, to the service of its insurer; then record the money.",
                    handover=self.display_name,
                    losses=", ".join(losses.mapped("display_name")),
                )
            )


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    def action_give_to_insurer(self):
        """Prepare the hand-over of these claims to the insurer's service.

        One for each debtor and policy, so that what comes can be told apart.

        :raise UserError: not a manager, or no insurer is known
        """
        self.company_id._recouv_check_manager(self.env._("hand over to an insurer"))
        handovers = self.env["recouv.insurance.handover"]
        for (company, policy, _debtor), claims in self.grouped(
            lambda one: (one.company_id, one._service_policy(), one.partner_id)
        ).items():
            if not policy:
                raise UserError(
                    self.env._(
                        "%s has no credit insurance policy: make the hand-over from "
                        "its own menu and choose the service.",
                        company.name,
                    )
                )
            handovers |= handovers.create(
                {
                    "company_id": company.id,
                    "policy_id": policy.id,
                    "claim_ids": [Command.set(claims.ids)],
                }
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib_factoring.recouv_insurance_handover_action"
        )
        return action | {"domain": [("id", "in", handovers.ids)], "context": {}}

    def _service_policy(self):
        """Return the policy whose insurer's service takes this claim: that which covers
        it; not insured, one in force today, else the last one."""
        self.ensure_one()
        rows = self.env["recouv.insurance.cover"]._of_debtors(
            self.partner_id, self.company_id
        )
        own = rows.filtered(lambda row: row.claim_id == self and row.policy_rule)
        if own:
            return own[0].policy_id
        policies = self.env["recouv.insurance.policy"]
        today = fields.Date.context_today(self)
        in_force = policies._in_force(self.company_id, today)
        return in_force[:1] or policies.search(
            [("company_id", "=", self.company_id.id), ("state", "!=", "draft")], limit=1
        )
