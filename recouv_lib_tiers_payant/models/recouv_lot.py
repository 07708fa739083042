from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..lib import deadlines, identifiers

ACKS = [
    ("none", "Awaited"),
    ("positive", "Received and conforming"),
    ("negative", "Refused"),
]
PLAN_FIELDS = frozenset({"name", "date", "payer_id", "destination", "company_id"})


class RecouvLot(models.Model):
    """What was transmitted to payers in one go, and whether it arrived.

    The practice's billing software transmits; here its lots are recorded, by hand or
    from its B2 file, so that acknowledgments (``recouv_lot_ack.py``) and returns find
    their parts.
    """

    _name = "recouv.lot"
    _description = "Transmission lot"
    _inherit = ["recouv.evidence.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    name = fields.Char("Lot number", size=3, required=True)
    date = fields.Date(required=True, default=fields.Date.context_today)
    payer_id = fields.Many2one(
        "res.partner",
        index="btree_not_null",
        domain="[('recouv_payer_kind', '!=', False)]",
        help="Who receives it. Empty: several payers, through an intermediary.",
    )
    destination = fields.Char(help="Code of the body that received it, as in the file.")
    share_ids = fields.One2many("recouv.share", "lot_id", "Parts", readonly=True)
    past_share_ids = fields.Many2many(
        "recouv.share",
        "recouv_share_past_lot_rel",
        "lot_id",
        "share_id",
        "Parts to be sent again",
        readonly=True,
    )
    share_count = fields.Integer("Number of parts", compute="_compute_totals")
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(compute="_compute_totals")
    sent_on = fields.Date("Transmitted on", readonly=True, copy=False)
    ack_state = fields.Selection(
        ACKS,
        "Acknowledgment",
        required=True,
        default="none",
        readonly=True,
        copy=False,
    )
    ack_date = fields.Date("Acknowledged on", readonly=True, copy=False)
    ack_label = fields.Char("What it says", readonly=True, copy=False)
    ack_limit = fields.Date(
        "Acknowledgment expected by",
        readonly=True,
        copy=False,
        help="Two working days after the transmission (CSS R161-47).",
    )

    # the same number comes again after some time, but never twice on one day (no
    # contact in it: merging two deletes the rows that a unique index refuses)
    _number_uniq = models.UniqueIndex(
        "(company_id, name, date, COALESCE(destination, ''))",
        "This lot is already recorded for that day.",
    )
    # the day asks which acknowledgments did not come in time
    _awaited_idx = models.Index(
        "(company_id, ack_limit) WHERE ack_state = 'none' AND sent_on IS NOT NULL"
    )

    @api.depends("name", "date")
    def _compute_display_name(self):
        for lot in self:
            day = fields.Date.to_string(lot.date) if lot.date else ""
            lot.display_name = " · ".join(filter(None, [lot.name, day]))

    @api.depends("share_ids.amount")
    def _compute_totals(self):
        for lot in self:
            lot.share_count = len(lot.share_ids)
            lot.amount = sum(lot.share_ids.mapped("amount"))

    # --- evidence -----------------------------------------------------------------

    @api.model
    def _creatable_fields(self):
        return PLAN_FIELDS

    def _editable_fields(self):
        return frozenset() if self.sent_on else PLAN_FIELDS - {"company_id"}

    def _is_deletable(self):
        return super()._is_deletable() or not (
            self.sent_on or self.share_ids or self.past_share_ids
        )

    @api.model
    def _evidence_advice(self):
        return self.env._("What is to be sent again goes into a new lot.")

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._with_digits(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._with_digits(vals))

    @api.model
    def _with_digits(self, vals):
        """Write a lot number as three digits: 7 is 007."""
        if "name" not in vals:
            return vals
        try:
            return vals | {"name": identifiers.validate_lot(vals["name"] or "")}
        except identifiers.BadIdentifier as error:
            raise ValidationError(
                self.env["res.partner"]._recouv_identifier_message(error)
            ) from error

    # --- what is in it ------------------------------------------------------------

    def _add(self, shares):
        """Put booked parts that wait to be transmitted into this lot.

        :raises UserError: the lot has left, or a part is not ready, named
        """
        self.ensure_one()
        self.check_access("write")
        self._check_not_sent()
        for share in shares:
            share._check_sendable(self)
        shares._record({"lot_id": self.id})

    def _check_not_sent(self):
        for lot in self:
            if lot.sent_on:
                raise UserError(
                    self.env._(
                        "The lot %(lot)s was transmitted: what it holds is not changed "
                        "any more. What is to be sent again goes into a new lot.",
                        lot=lot.display_name,
                    )
                )

    def action_add_waiting(self):
        """Put all that waits for the payer of this lot into it."""
        self.ensure_one()
        self._add(self._waiting_shares())
        return True

    def _waiting_shares(self):
        domain = [
            ("company_id", "=", self.company_id.id),
            ("state", "=", "draft"),
            ("transfer_id.state", "=", "posted"),
            ("lot_id", "=", False),
        ]
        if self.payer_id:
            domain.append(("payer_id", "=", self.payer_id.id))
        return self.env["recouv.share"].search(domain)

    # --- transmission -------------------------------------------------------------

    def action_transmitted(self):
        """The user says that the software has sent these lots, on their own day."""
        self._transmit()
        return True

    def _transmit(self, day=None):
        """Record that these lots left on ``day``, their own date by default."""
        self.check_access("write")
        for lot in self.filtered(lambda one: not one.sent_on):
            lot._record_transmission(day or lot.date)

    def _record_transmission(self, day):
        if not self.share_ids:
            raise UserError(
                self.env._("The lot %(lot)s is empty.", lot=self.display_name)
            )
        if day > fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "The lot %(lot)s cannot have left on a day to come.",
                    lot=self.display_name,
                )
            )
        days = self.env["recouv.legal.parameter"]._get(
            deadlines.ACK_ALERT, day, self.company_id
        )
        limit = deadlines.acknowledgment_alert(
            day, self.company_id._recouv_calendar(), days
        )
        self._record({"sent_on": day, "ack_limit": limit})
        self.share_ids._record_transmission(day)

    # --- views --------------------------------------------------------------------

    def action_view_shares(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib_tiers_payant.recouv_share_action"
        )
        return action | {"domain": [("lot_id", "in", self.ids)], "context": {}}
