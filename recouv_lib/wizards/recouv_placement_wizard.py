from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ..lib.wording import standing_alone

FATES = [
    ("goes", "Goes"),
    ("review", "To review first"),
    ("stays", "Stays"),
]


class RecouvPlacementWizard(models.TransientModel):
    """Hand claims over by hand, one or ten thousand: what goes, what does not, why."""

    _name = "recouv.placement.wizard"
    _description = "Hand claims over"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    mandate_id = fields.Many2one(
        "recouv.mandate",
        required=True,
        domain="[('company_id', '=', company_id), ('state', '=', 'signed'), "
        "('scope', '=', 'collection')]",
    )
    line_ids = fields.One2many("recouv.placement.wizard.line", "wizard_id", "Claims")
    goes_count = fields.Integer("Go", compute="_compute_sums")
    goes_amount = fields.Monetary("Sum that goes", compute="_compute_sums")
    review_count = fields.Integer("To review first", compute="_compute_sums")
    review_amount = fields.Monetary("Sum to review", compute="_compute_sums")
    stays_count = fields.Integer("Stay", compute="_compute_sums")
    why_they_stay = fields.Text(compute="_compute_sums")

    @api.depends("line_ids")
    def _compute_sums(self):
        for wizard in self:
            fates = wizard.line_ids.grouped("fate")
            goes, review, stays = (
                fates.get(fate, wizard.line_ids.browse())
                for fate in ("goes", "review", "stays")
            )
            wizard.update(
                {
                    "goes_count": len(goes),
                    "goes_amount": sum(goes.mapped("amount")),
                    "review_count": len(review),
                    "review_amount": sum(review.mapped("amount")),
                    "stays_count": len(stays),
                    "why_they_stay": wizard._reasons(stays),
                }
            )

    def _reasons(self, stays):
        """Return one line per reason: how many claims, which sum, why."""
        return "\n".join(
            self.env._(
                "%(count)s (%(amount)s): %(reason)s",
                count=len(lines),
                amount=format_amount(
                    self.env, sum(lines.mapped("amount")), self.currency_id
                ),
                reason=reason,
            )
            for reason, lines in stays.grouped("message").items()
        )

    # --- examining ------------------------------------------------------------------

    @api.model
    def _examine(self, claims, mandate=None):
        """Return a dialog in which each claim has its fate.

        :param claims: of one practice
        :raise UserError: no mandate in force
        """
        company = claims.company_id
        mandate = mandate or self.env["recouv.mandate"]._check_placeable(company)
        wizard = self.create({"company_id": company.id, "mandate_id": mandate.id})
        wizard._fill(claims)
        return wizard

    def _fill(self, claims):
        # sudo: the mandate's agency is named on it
        agency = self.mandate_id.sudo().agency_id
        today = fields.Date.context_today(self)
        reviews = self.env["recouv.engine"]._placement_reviews(self.company_id, today)
        labels = {review.code: review.message for review in reviews}
        sentences = claims._placement_messages(self.company_id, agency)
        sentences["in_draft"] = self.env._("it is already in a placement to review.")
        drafted = set(self.env["recouv.placement.line"]._drafted(claims).ids)
        values = []
        for claim_id, verdict in claims._placement_verdicts(agency).items():
            code = verdict.code or ("in_draft" if claim_id in drafted else "")
            named = ", ".join(labels[code_] for code_ in verdict.reviews)
            values.append(
                {
                    "wizard_id": self.id,
                    "claim_id": claim_id,
                    "amount": verdict.principal,
                    "code": code,
                    "fate": "stays" if code else "review" if named else "goes",
                    "message": standing_alone(sentences[code] if code else named),
                }
            )
        self.env["recouv.placement.wizard.line"].create(values)

    # --- actions --------------------------------------------------------------------

    def action_propose(self):
        """Put what may go into the draft placement, to review and send."""
        return self._propose_to(self._fit()).action_open()

    def action_send(self):
        """Hand over at once what needs no look; the rest waits in a draft.

        :raise UserError: nothing may leave, or the placement has claims to review
        """
        placement = self._propose_to(
            self._fit().filtered(lambda line: line.fate == "goes"), own=True
        )
        placement.action_send()
        waiting = self._fit().filtered(lambda line: line.fate == "review")
        return (self._propose_to(waiting) if waiting else placement).action_open()

    def _fit(self):
        fit = self.line_ids.filtered(lambda line: line.fate != "stays")
        if not fit:
            raise UserError(
                self.env._("None of these claims may leave: see why on each.")
            )
        return fit

    def _propose_to(self, lines, own=False):
        """Add these claims to the draft placement, or to one of their own.

        :return: the placement
        """
        if not lines:
            raise UserError(
                self.env._(
                    "Each of these claims is to be reviewed first: propose them."
                )
            )
        placements = self.env["recouv.placement"]
        if own:
            placement = placements.create(
                {"mandate_id": self.mandate_id.id, "company_id": self.company_id.id}
            )
        else:
            placement = placements._draft(self.mandate_id)
        placement._add(lines.claim_id)
        return placement


class RecouvPlacementWizardLine(models.TransientModel):
    """What becomes of one claim, and why."""

    _name = "recouv.placement.wizard.line"
    _description = "Claim to hand over"
    _order = "fate desc, code, id"

    wizard_id = fields.Many2one(
        "recouv.placement.wizard", required=True, ondelete="cascade", index=True
    )
    claim_id = fields.Many2one("recouv.claim", required=True, readonly=True)
    partner_id = fields.Many2one(related="claim_id.partner_id")
    currency_id = fields.Many2one(related="claim_id.currency_id")
    amount = fields.Monetary(readonly=True)
    fate = fields.Selection(FATES, "What becomes of it", required=True, readonly=True)
    code = fields.Char(readonly=True)
    message = fields.Char("Why", readonly=True)
