from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ..lib import court

KINDS = [
    ("attachment", "Bank account (saisie-attribution)"),
    ("earnings", "Earnings (saisie des rémunérations)"),
    ("goods", "Goods (saisie-vente)"),
    ("vehicle", "Vehicle (immobilisation or declaration)"),
    ("command", "Order to pay before seizure (commandement)"),
    ("mortgage", "Judicial mortgage or pledge"),
    ("conservatory", "Protective measure"),
    ("other", "Other measure"),
]
# measures that block assets: with them the delay of opposition begins (CPC 1416)
BLOCKING = ("attachment", "earnings", "vehicle", "conservatory", "mortgage")
# measures that a judge may allow before there is a title
BEFORE_TITLE = ("conservatory", "mortgage")
RESULTS = [
    ("pending", "Under way"),
    ("full", "Successful"),
    ("part", "Partly successful"),
    ("none", "Fruitless"),
]
LINE_KINDS = [
    ("advanced", "Cost advanced"),
    ("recovered", "Cost recovered"),
    ("received", "Sum received from the officer"),
]
SUMS = {
    "advanced": "cost_advanced",
    "recovered": "cost_recovered",
    "received": "amount_received",
}


class RecouvEnforcement(models.Model):
    """A measure of the commissaire de justice, its costs and what it brought.

    The private agency takes none itself (CPCE L122-1). An enforcement act starts
    limitation again (code civil 2244); costs of enforcement with a title are the
    debtor's (CPCE L111-8 al. 1) and stand apart from what is claimed. Its money is
    booked line by line (``recouv_enforcement_books.py``).
    """

    _name = "recouv.enforcement"
    _description = "Enforcement measure"
    _inherit = ["recouv.undo.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    litigation_id = fields.Many2one(
        "recouv.litigation",
        "Court file",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="litigation_id.company_id", store=True, index=True
    )
    partner_id = fields.Many2one(related="litigation_id.partner_id")
    currency_id = fields.Many2one(related="litigation_id.currency_id")
    kind = fields.Selection(KINDS, required=True)
    date = fields.Date(required=True, default=lambda s: fields.Date.context_today(s))
    officer_id = fields.Many2one(
        "res.partner",
        "Commissaire de justice",
        compute="_compute_officer_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        domain="[('company_id', 'in', (company_id, False))]",
    )
    in_person = fields.Boolean("Served in person")
    third_party = fields.Char("Held by", help="Bank or employer, by its name alone.")
    result = fields.Selection(RESULTS, default="pending", required=True)
    result_on = fields.Date()
    amount_blocked = fields.Monetary("Sum blocked")
    act_id = fields.Many2one("recouv.litigation.act", readonly=True, copy=False)
    line_ids = fields.One2many("recouv.enforcement.line", "enforcement_id", "Money")
    cost_advanced = fields.Monetary("Costs advanced", compute="_compute_sums")
    cost_recovered = fields.Monetary("Costs recovered", compute="_compute_sums")
    amount_received = fields.Monetary("Sums received", compute="_compute_sums")
    document = fields.Binary(attachment=True)
    document_name = fields.Char()
    note = fields.Char()
    limitation_event_ids = fields.One2many(
        "recouv.limitation.event", "enforcement_id", readonly=True
    )

    @api.depends("litigation_id")
    def _compute_officer_id(self):
        for measure in self:
            measure.officer_id = measure.officer_id or measure.litigation_id.officer_id

    @api.depends("line_ids.amount", "line_ids.kind", "line_ids.undone_on")
    def _compute_sums(self):
        for measure in self:
            for kind, name in SUMS.items():
                measure[name] = measure.line_ids._sum(kind)

    @api.depends("kind", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for measure in self:
            day = measure.date and format_date(self.env, measure.date)
            measure.display_name = " – ".join(
                filter(None, [labels.get(measure.kind), day])
            )

    @api.constrains("result", "result_on", "date")
    def _check_result(self):
        for measure in self:
            if measure.result_on and measure.result_on < measure.date:
                raise ValidationError(
                    self.env._(
                        "%s cannot have a result before its own day.",
                        measure.display_name,
                    )
                )

    # --- acts -----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """A measure needs an officer and a title in force; it interrupts limitation."""
        measures = super().create(vals_list)
        for measure in measures:
            measure._check_allowed()
            measure._start()
        return measures

    def write(self, vals):
        """The measure itself is evidence; its result comes later."""
        if {"litigation_id", "kind", "date", "in_person"} & vals.keys():
            raise UserError(
                self.env._("A measure is evidence and is not edited: undo it instead.")
            )
        # elevated: a purge takes it away after its time
        kept = "document" in vals and not self.env.su
        if kept and any(measure.document for measure in self):
            raise UserError(
                self.env._("Its document is kept: undo the measure and record it anew.")
            )
        return super().write(vals)

    def _check_allowed(self):
        litigation, before = self.litigation_id, self.kind in BEFORE_TITLE
        if not self.officer_id:
            raise UserError(self.env._("Choose the commissaire de justice."))
        if self.date > fields.Date.context_today(self):
            raise UserError(
                self.env._("A measure is recorded once it was taken, not before.")
            )
        self._check_not_suspended()
        if before and litigation.state in court.RUNNING:
            return
        if litigation.state not in court.TITLED:
            raise UserError(
                self.env._(
                    "%s has no title: nothing can be enforced (CPCE L111-2).",
                    litigation.display_name,
                )
            )
        if not litigation.title_on <= self.date <= litigation.title_until:
            raise UserError(
                self.env._(
                    "The title of %(file)s is in force from %(start)s to %(end)s.",
                    file=litigation.display_name,
                    start=format_date(self.env, litigation.title_on),
                    end=format_date(self.env, litigation.title_until),
                )
            )

    def _check_not_suspended(self):
        """Nobody is seized whose debt was suspended on the day of the measure."""
        litigation = self.litigation_id
        found = [
            self.env._("%(claim)s: %(why)s.", claim=claim.display_name, why=why)
            for claim in litigation.line_ids.claim_id
            for why in claim._enforcement_obstacles(litigation, self.date)
        ]
        if found:
            raise UserError(
                self.env._(
                    "%(file)s: nothing can be enforced on %(date)s.\n%(why)s",
                    file=litigation.display_name,
                    date=format_date(self.env, self.date),
                    why="\n".join(f"• {sentence}" for sentence in found),
                )
            )

    def _start(self):
        litigation = self.litigation_id
        if litigation.state in court.TITLED:
            self.act_id = litigation.record(
                "enforced", max(self.date, litigation._last_day())
            )
        protective = self.kind in BEFORE_TITLE
        self.env["recouv.limitation.event"].create(
            [
                {
                    "claim_id": claim.id,
                    "kind": "protective_measure" if protective else "enforcement_act",
                    "date": self.date,
                    "enforcement_id": self.id,
                    "note": litigation.name,
                }
                for claim in litigation.line_ids.claim_id
            ]
        )

    # --- what the deadlines read ----------------------------------------------------

    def _standing(self):
        return self.filtered(lambda measure: not measure.undone_on)

    def _days(self):
        """Return the days of the measures that start the title's period again."""
        return [m.date for m in self._standing() if m.kind not in BEFORE_TITLE]

    def _first_reached(self):
        """Return the first day on which the debtor was reached in person or assets
        were blocked, None if never (CPC 1416 al. 2)."""
        days = [m.date for m in self._standing() if m.in_person or m.kind in BLOCKING]
        return min(days, default=None)

    # --- undo -----------------------------------------------------------------------

    def _undo_obstacle(self):
        obstacle = super()._undo_obstacle()
        if obstacle:
            return obstacle
        if self.line_ids.filtered(lambda line: not line.undone_on):
            return self.env._("money was accounted for on it; undo that first.")
        if self.act_id and self.act_id != self.litigation_id._standing_acts()[-1:]:
            return self.env._("later acts stand on it; undo these first.")
        return None

    def _undo(self):
        self.limitation_event_ids.write({"is_void": True})

    def _record_undo(self, vals):
        """EXTENDS: the act that it made goes with it."""
        result = super()._record_undo(vals)
        for measure in self.filtered("act_id"):
            measure.act_id.undo(vals["undo_reason"])
        return result


class RecouvLimitationEvent(models.Model):
    _inherit = "recouv.limitation.event"

    enforcement_id = fields.Many2one(
        "recouv.enforcement",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )


class RecouvLitigationAct(models.Model):
    _inherit = "recouv.litigation.act"

    measure_ids = fields.One2many("recouv.enforcement", "act_id", readonly=True)


class RecouvLitigation(models.Model):
    _inherit = "recouv.litigation"

    enforcement_ids = fields.One2many("recouv.enforcement", "litigation_id", "Measures")
    cost_advanced = fields.Monetary("Costs advanced", compute="_compute_enforced")
    cost_recovered = fields.Monetary("Costs recovered", compute="_compute_enforced")
    amount_received = fields.Monetary("Sums received", compute="_compute_enforced")

    cost_ids = fields.One2many(
        "recouv.enforcement.line",
        "litigation_id",
        "Costs of the file",
        domain=[("enforcement_id", "=", False)],
        help="Costs of no measure: the petition, the service of an order.",
    )

    @api.depends(
        "enforcement_ids.line_ids.amount",
        "enforcement_ids.undone_on",
        "cost_ids.amount",
        "cost_ids.undone_on",
    )
    def _compute_enforced(self):
        for litigation in self:
            measures = litigation.enforcement_ids._standing()
            for kind, name in SUMS.items():
                own = litigation.cost_ids._sum(kind)
                litigation[name] = own + sum(measures.mapped(name))

    def _last_day(self):
        return self._standing_acts()[-1:].date or self.create_date.date()

    def action_enforce(self):
        """Open a new measure on this title."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Enforcement measure"),
            "res_model": "recouv.enforcement",
            "view_mode": "form",
            "target": "new",
            "context": {"default_litigation_id": self.id},
        }
