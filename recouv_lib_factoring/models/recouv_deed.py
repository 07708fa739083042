from odoo import SUPERUSER_ID, fields, models
from odoo.exceptions import AccessError, UserError

DEED_STATES = [
    ("to_sign", "To sign"),
    ("signed", "Signed"),
    ("void", "Without effect"),
]


class RecouvDeed(models.Model):
    """The buyer's own copy of a deed by which a practice assigns receivables.

    The practice's schedule is not read by the buyer: this record holds the text that
    both sign, its fingerprint, and the printed deed once it is signed.
    """

    _name = "recouv.deed"
    _inherit = ["recouv.evidence.mixin"]
    _description = "Deed of assignment"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char("Schedule", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", "Buyer", required=True, index=True, readonly=True
    )
    contract_id = fields.Many2one(
        "recouv.factoring.contract", required=True, readonly=True, ondelete="restrict"
    )
    practice_name = fields.Char("Assignor", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary("Nominal", readonly=True)
    line_count = fields.Integer("Receivables", readonly=True)
    state = fields.Selection(
        DEED_STATES, required=True, readonly=True, default="to_sign", index=True
    )
    text = fields.Json(readonly=True)
    digest = fields.Char("Fingerprint of the text", readonly=True)
    practice_signatory = fields.Char("Signed by (practice)", readonly=True)
    practice_signed_on = fields.Datetime("Signed by the practice on", readonly=True)
    signatory = fields.Char("Signed by", readonly=True)
    position = fields.Char("Acting as", readonly=True)
    signed_on = fields.Datetime("Signed on", readonly=True)
    signed_by_id = fields.Many2one("res.users", readonly=True)
    file = fields.Binary("Deed", attachment=True, readonly=True)
    file_name = fields.Char(readonly=True)
    # the practice's schedule: nothing of it is read from here
    assignment_id = fields.Many2one(
        "recouv.assignment", groups=fields.NO_ACCESS, index="btree_not_null"
    )

    def action_print(self):
        """Download the deed, as a draft while it is not signed."""
        self.ensure_one()
        self.check_access("read")
        if self.file:
            return {
                "type": "ir.actions.act_url",
                "url": f"/web/content/recouv.deed/{self.id}/file/{self.file_name}"
                "?download=true",
                "target": "download",
            }
        # sudo: the buyer's own copy of the text; only its language is the practice's
        content = self.sudo().assignment_id._print_deed(self.text)
        name = f"{self.name.replace('/', '-')}.pdf"
        return self.env["recouv.document"]._download(name, content)

    def action_ask_sign(self):
        """Open the dialog in which the buyer signs."""
        self.ensure_one()
        self._check_signable()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Sign the deed"),
            "res_model": "recouv.assignment.sign",
            "view_mode": "form",
            "target": "new",
            "context": {"default_deed_id": self.id},
        }

    def _check_signable(self):
        self.check_access("read")
        if not self.env.user.has_group("recouv_lib.group_manager"):
            raise AccessError(self.env._("Only a manager signs a purchase."))
        if self.state != "to_sign":
            raise UserError(self.env._("%s is not to be signed.", self.display_name))

    def _sign(self, signatory, position=""):
        """Sign for the buyer: the receivables are transferred at once.

        :return: False when something changed at the practice meanwhile: the deed falls
        """
        self.ensure_one()
        self._check_signable()
        if not (signatory or "").strip():
            raise UserError(self.env._("Type the name of who signs."))
        # superuser: the buyer signs what the practice signed; its schedule is worked
        # by its own methods, and nothing of it is told
        assignment = self.with_user(SUPERUSER_ID).assignment_id
        self.sudo()._recouv_lock_rows()  # sudo: its own deed, read above
        assignment._lock()
        self.invalidate_recordset()
        self._check_signable()
        if assignment.line_ids._recheck():
            return False
        if expired := assignment._send_back_expired():
            expired._void_signatures()
            return False
        self._record(
            {
                "signatory": signatory.strip(),
                "position": (position or "").strip(),
                "signed_on": fields.Datetime.now(),
                "signed_by_id": self.env.uid,
            }
        )
        assignment._conclude(self.with_user(SUPERUSER_ID))
        return True
