from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

KINDS = [
    ("insurance", "Professional liability insurance"),
    ("declaration", "Declaration to the public prosecutor"),
]
# what may be completed after filing; the rest is evidence
LATER = {"file", "file_name", "alarm_days", "undone_on", "undone_by_id", "undo_reason"}


class RecouvAgencyPaper(models.Model):
    """A paper of the agency: an insurance with its period, the declaration.

    All are kept: an inspector asks what was in force on a past day. One filed by
    mistake is undone with a reason; it then counts no more.
    """

    _name = "recouv.agency.paper"
    _inherit = ["recouv.undo.mixin"]
    _description = "Paper of the agency"
    _order = "kind, date_from desc, id desc"
    _check_company_auto = True

    profile_id = fields.Many2one(
        "recouv.agency.profile",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        related="profile_id.company_id", store=True, index=True, precompute=True
    )
    kind = fields.Selection(KINDS, required=True, default="insurance")
    issuer = fields.Char(
        "Insurer or court",
        required=True,
        help="The insurer; for the declaration, the court near which the public "
        "prosecutor sits.",
    )
    number = fields.Char("Policy or file number")
    date_from = fields.Date("From", required=True, help="The day of the declaration.")
    date_to = fields.Date("Until", help="Last day covered; an insurance has one.")
    file = fields.Binary("Document", attachment=True, copy=False)
    file_name = fields.Char()
    alarm_days = fields.Integer(readonly=True, copy=False)

    @api.depends("kind", "number")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for paper in self:
            label = labels.get(paper.kind, "")
            paper.display_name = " ".join(filter(None, [label, paper.number]))

    @api.constrains("kind", "number", "date_from", "date_to")
    def _check_dates(self):
        for paper in self:
            if paper.kind == "insurance" and not (paper.date_to and paper.number):
                raise ValidationError(
                    self.env._(
                        "An insurance has a policy number and a last day: complete "
                        "them."
                    )
                )
            if paper.date_to and paper.date_to < paper.date_from:
                raise ValidationError(
                    self.env._(
                        "%s ends before it begins: correct its dates.",
                        paper.display_name,
                    )
                )

    def write(self, vals):
        """EXTENDS: what was filed is evidence; it is undone and filed anew."""
        if vals.keys() - LATER:
            raise UserError(
                self.env._(
                    "What was filed stays as it is: undo it with a reason and file it "
                    "anew."
                )
            )
        if "file" in vals and any(paper.file for paper in self):
            raise UserError(
                self.env._("Its document is kept: undo the paper and file it anew.")
            )
        return super().write(vals)

    def _covers(self, day):
        return self.date_from <= day and (not self.date_to or day <= self.date_to)

    def _replaced(self):
        """Say whether a later insurance is on file already."""
        self.ensure_one()
        return any(
            paper.date_to > self.date_to
            for paper in self.profile_id._standing_papers("insurance")
        )

    def _undo(self):
        """Nothing to put back: what is undone counts no more."""
