from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..lib import parts
from ..models.recouv_coverage import EXEMPTIONS, FULL_AMO, NO_OVERRUN
from ..models.recouv_share import FSE_KINDS

MODES = [
    ("both", "Both payers (15)"),
    ("amo", "The compulsory part only (05)"),
    ("amc", "The complementary part only (25)"),
]
HOWS = [("rate", "By rate"), ("amount", "By amount")]


class RecouvShareSplit(models.TransientModel):
    """Share one invoice between caisse, mutual fund and patient.

    Filled in from the rights of the patient on the day of care; everything can be
    changed. The patient owes what no payer does, the overrun included.
    """

    _name = "recouv.share.split"
    _description = "Share an invoice with payers"

    move_id = fields.Many2one("account.move", "Invoice", required=True, readonly=True)
    company_id = fields.Many2one(related="move_id.company_id")
    currency_id = fields.Many2one(related="move_id.currency_id")
    patient_id = fields.Many2one("res.partner", compute="_compute_patient_id")
    total = fields.Monetary("Invoice total", related="move_id.amount_total")
    mode = fields.Selection(MODES, "Third-party payment", required=True, default="both")
    how = fields.Selection(HOWS, "Sums", required=True, default="rate")
    line_ids = fields.Many2many(
        "account.move.line",
        string="Lines that payers cover",
        domain="[('move_id', '=', move_id), ('display_type', '=', 'product')]",
        help="Empty: the whole invoice. Other lines stay with the patient.",
    )
    overrun_amount = fields.Monetary("Overrun", help="Included in what is shared.")
    amc_pays_overrun = fields.Boolean("The mutual fund pays the overrun")
    amo_coverage_id = fields.Many2one("recouv.coverage", "Rights (AMO)")
    amo_payer_id = fields.Many2one(
        "res.partner",
        "Caisse",
        compute="_compute_amo",
        store=True,
        readonly=False,
        domain="[('recouv_payer_kind', '=', 'amo')]",
    )
    amo_exemption = fields.Selection(
        EXEMPTIONS,
        "Exemption",
        compute="_compute_amo",
        store=True,
        readonly=False,
    )
    amo_rate = fields.Float(
        "Caisse (%)", compute="_compute_amo", store=True, readonly=False
    )
    amo_amount = fields.Monetary(
        "AMO part", compute="_compute_amounts", store=True, readonly=False
    )
    amc_coverage_id = fields.Many2one("recouv.coverage", "Rights (AMC)")
    amc_payer_id = fields.Many2one(
        "res.partner",
        "Mutual fund",
        compute="_compute_amc",
        store=True,
        readonly=False,
        domain="[('recouv_payer_kind', '=', 'amc')]",
    )
    amc_exemption = fields.Selection(
        EXEMPTIONS,
        "C2S or other",
        compute="_compute_amc",
        store=True,
        readonly=False,
    )
    amc_rate = fields.Float(
        "Mutual fund (%)", compute="_compute_amc", store=True, readonly=False
    )
    amc_amount = fields.Monetary(
        "AMC part", compute="_compute_amounts", store=True, readonly=False
    )
    patient_amount = fields.Monetary("Patient's part", compute="_compute_patient")
    fse_kind = fields.Selection(FSE_KINDS, "Sent as")
    invoice_number = fields.Char("Number sent", size=9)

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        move = self.env["account.move"].browse(values.get("move_id") or ())
        if not move:
            return values
        rights = move._recouv_rights()
        amo = rights.filtered(lambda c: c.kind == "amo")
        amc = rights.filtered(lambda c: c.kind == "amc")
        both = {(True, False): "amo", (False, True): "amc"}
        return values | {
            "overrun_amount": move.recouv_overrun_amount,
            "amo_coverage_id": amo.id,
            "amc_coverage_id": amc.id,
            "mode": both.get((bool(amo), bool(amc)), "both"),
        }

    # --- computes -----------------------------------------------------------------

    @api.depends("move_id")
    def _compute_patient_id(self):
        for wizard in self:
            wizard.patient_id = wizard.move_id._recouv_patient()

    @api.depends("amo_coverage_id")
    def _compute_amo(self):
        for wizard in self:
            rights = wizard.amo_coverage_id
            wizard.amo_payer_id = rights.payer_id
            wizard.amo_exemption = rights.exemption or "none"
            wizard.amo_rate = rights._rates()[0]

    @api.depends("amc_coverage_id", "amo_rate")
    def _compute_amc(self):
        for wizard in self:
            rights = wizard.amc_coverage_id
            wizard.amc_payer_id = rights.payer_id or wizard.amc_payer_id
            wizard.amc_exemption = rights.exemption or wizard.amc_exemption or "none"
            # what the caisse leaves: C2S pays all of it, and no contract pays more
            left = 100 - wizard.amo_rate
            full = wizard.amc_exemption == "c2s"
            wizard.amc_rate = left if full else min(rights.rate, left)

    @api.depends(
        "how", "mode", "amo_rate", "amc_rate", "overrun_amount", "line_ids",
        "amc_pays_overrun", "move_id",
    )  # fmt: skip
    def _compute_amounts(self):
        for wizard in self:
            if wizard.how == "amount":
                wizard.amo_amount = wizard.amo_amount if wizard._has("amo") else 0
                wizard.amc_amount = wizard.amc_amount if wizard._has("amc") else 0
                continue
            scale = 10**wizard.currency_id.decimal_places
            shared = wizard._shared(scale)
            wizard.amo_amount = shared.amo / scale if wizard._has("amo") else 0
            wizard.amc_amount = shared.amc / scale if wizard._has("amc") else 0

    @api.depends("amo_amount", "amc_amount", "total")
    def _compute_patient(self):
        for wizard in self:
            given = wizard.amo_amount + wizard.amc_amount
            wizard.patient_amount = wizard.total - given

    @api.onchange("amo_exemption")
    def _onchange_amo_exemption(self):
        if self.amo_exemption in FULL_AMO:
            self.amo_rate = 100

    def _has(self, kind):
        return self.mode in ("both", kind)

    def _base(self):
        """Return what payers share, at most the invoice."""
        lines = self.line_ids
        return sum(lines.mapped("price_total")) if lines else self.total

    def _shared(self, scale):
        base = round(self._base() * scale)
        overrun = min(max(0, round(self.overrun_amount * scale)), base)
        rates = [min(100, max(0, rate)) for rate in (self.amo_rate, self.amc_rate)]
        return parts.split(base, overrun, *rates, self.amc_pays_overrun)

    # --- action -------------------------------------------------------------------

    def action_apply(self):
        """Plan the parts; a posted invoice books them at once."""
        self.ensure_one()
        self._check()
        # sudo: plans never booked, of the same invoice, which the user replaces
        plans = self.move_id.recouv_share_ids.filtered(lambda s: s._is_plan())
        plans.sudo().unlink()
        left = self.currency_id.compare_amounts(self.patient_amount, 0) > 0
        if left and self.line_ids and self._is_exempted():
            # sudo: who may share the invoice says which of its lines payers cover
            self.move_id.sudo().recouv_not_covered = True
        shares = self.env["recouv.share"].create(self._share_vals())
        if self.move_id.state == "posted":
            shares._book()
        return {"type": "ir.actions.act_window_close"}

    def _check(self):
        """Refuse what the invoice, the rights or the law do not allow, named."""
        for kind, payer, amount in self._wanted():
            if not payer:
                raise UserError(self._no_payer_message(kind))
            if self.currency_id.compare_amounts(amount, 0) <= 0:
                raise UserError(
                    self.env._(
                        "The part of %(payer)s is not positive: give its rate or its "
                        "sum.",
                        payer=payer.display_name,
                    )
                )
        if self.currency_id.compare_amounts(self.patient_amount, 0) < 0:
            raise ValidationError(
                self.env._(
                    "The parts exceed the invoice by %(amount)s.",
                    amount=self.currency_id.format(-self.patient_amount),
                )
            )
        self._check_c2s()

    def _no_payer_message(self, kind):
        if kind == "amo":
            return self.env._("Choose the caisse that owes the compulsory part.")
        return self.env._("Choose the mutual fund that owes the complementary part.")

    def _check_c2s(self):
        """C2S and AME: both parts by payers, nothing and no overrun for the patient."""
        if not self._is_exempted() or self.line_ids:
            return
        if self.overrun_amount > 0 or (
            self.currency_id.compare_amounts(self.patient_amount, 0) > 0
        ):
            raise UserError(
                self.env._(
                    "A patient under C2S or AME owes nothing, overrun included: share "
                    "the whole invoice between the payers, or correct the exemption."
                )
            )

    def _is_exempted(self):
        return bool({self.amo_exemption, self.amc_exemption} & set(NO_OVERRUN))

    def _wanted(self):
        every = [
            ("amo", self.amo_payer_id, self.amo_amount),
            ("amc", self.amc_payer_id, self.amc_amount),
        ]
        return [part for part in every if self._has(part[0])]

    def _share_vals(self):
        rates = {"amo": self.amo_rate, "amc": self.amc_rate}
        coverages = {"amo": self.amo_coverage_id, "amc": self.amc_coverage_id}
        exemptions = {"amo": self.amo_exemption, "amc": self.amc_exemption}
        return [
            {
                "move_id": self.move_id.id,
                "payer_id": payer.id,
                "kind": kind,
                "coverage_id": coverages[kind].id
                if coverages[kind].payer_id == payer
                else False,
                "exemption": exemptions[kind] or "none",
                "rate": rates[kind] if self.how == "rate" else 0,
                "amount": amount,
                "fse_kind": self.fse_kind,
                "invoice_number": self.invoice_number,
            }
            for kind, payer, amount in self._wanted()
        ]
