import hashlib
import json

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .recouv_mandate import PARTIES


class RecouvMandateSignature(models.Model):
    """Who signed a mandate for a party, when, how, and which text.

    Both parties read it. Made by the mandate's own method only; undone, with a reason,
    by the party itself and while the other has not signed.
    """

    _name = "recouv.mandate.signature"
    _inherit = ["recouv.undo.mixin"]
    _description = "Signature of a mandate"
    _order = "signed_on, id"

    mandate_id = fields.Many2one(
        "recouv.mandate", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", "Signs", required=True, index=True)
    party = fields.Selection(PARTIES, required=True)
    signatory = fields.Char("Signed by", required=True)
    position = fields.Char("Acting as")
    signed_on = fields.Datetime("Signed on", required=True)
    means = fields.Selection(
        [("typed", "On screen"), ("paper", "On paper, scanned")], "How", required=True
    )
    digest = fields.Char(
        "Fingerprint of the text", required=True, help="SHA-256 of what was signed."
    )
    # the account that signed is evidence, yet none of the other party's business
    user_id = fields.Many2one("res.users", groups=fields.NO_ACCESS)

    undone_by_id = fields.Many2one(groups=fields.NO_ACCESS)

    _once = models.UniqueIndex(
        "(mandate_id, party) WHERE undone_on IS NULL",
        "This party has signed the mandate already.",
    )

    @api.depends("signatory", "party")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["party"]._description_selection(self.env))
        for signature in self:
            label = labels.get(signature.party, "")
            signature.display_name = f"{label} – {signature.signatory}"

    def _undo_obstacle(self):
        if self.mandate_id.state != "draft":
            return self.env._("both parties have signed: revoke or amend the mandate.")
        if self.mandate_id._acting_party() != self.party:
            return self.env._("only who signed takes a signature back.")
        return super()._undo_obstacle()

    def _undo(self):
        """The terms may be edited again; their text is made anew when next signed."""
        for mandate in self.mandate_id:
            if mandate._standing_signatures() <= self:
                mandate._record({"convention": False})

    def _record_undo(self, vals):
        # superuser: nobody edits a signature; that the party may undo it was checked,
        # and its user stands in the values only
        signatures = self.with_user(SUPERUSER_ID)
        signatures.write(vals)
        signatures.flush_recordset()

    def write(self, vals):
        """EXTENDS: a signature is evidence."""
        if not self.env.su:
            raise UserError(self.env._("A signature is not edited: undo it."))
        return super().write(vals)


class RecouvMandate(models.Model):
    """Signing: each party for itself, on the same text."""

    _inherit = "recouv.mandate"

    def action_ask_sign(self):
        """Open the dialog in which one signs."""
        self.ensure_one()
        self._check_signable(self._acting_party())
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Sign the mandate"),
            "res_model": "recouv.mandate.sign",
            "view_mode": "form",
            "target": "new",
            "context": {"default_mandate_id": self.id},
        }

    def action_undo_signature(self):
        """Ask why one's own signature is taken back."""
        self.ensure_one()
        party = self._acting_party()
        own = self._standing_signatures().filtered(lambda s: s.party == party)
        if not own:
            raise UserError(self.env._("You have not signed %s.", self.display_name))
        return own.action_ask_undo()

    def _sign(self, signatory, position="", scan=None, scan_name=""):
        """Sign for the party of the user; the second signature concludes.

        :param signatory: the name, as typed by the one who signs
        :param scan: content of the paper that was signed, None when signed on screen
        :return: the signature
        :raise UserError: what is missing in the mandate or with a party
        """
        self.ensure_one()
        self.check_access("read")
        # sudo: the agency may not write on the practice's mandate, yet two signatures
        # at once must not miss each other
        self.sudo().lock_for_update()
        party = self._acting_party()
        if not (signatory or "").strip():
            raise UserError(self.env._("Type the name of who signs."))
        self._check_signable(party)
        self._freeze_convention()
        signature = self._create_signature(party, signatory, position, bool(scan))
        if scan:
            self._keep("scan", scan, scan_name)
        self.invalidate_recordset()
        if set(self._standing_signatures().mapped("party")) == dict(PARTIES).keys():
            self._conclude()
        return signature.sudo(False)

    def _create_signature(self, party, signatory, position, is_paper):
        # sudo: nobody creates a signature by hand; superuser: no user of a party shows
        signatures = self.env["recouv.mandate.signature"].with_user(SUPERUSER_ID)
        own = self.company_id if party == "practice" else self.agency_id
        signature = signatures.create(
            {
                "mandate_id": self.id,
                "company_id": own.id,
                "party": party,
                "signatory": signatory.strip(),
                "position": (position or "").strip(),
                "signed_on": fields.Datetime.now(),
                "means": "paper" if is_paper else "typed",
                "digest": self._digest(),
                "user_id": self.env.uid,
            }
        )
        return signature.with_user(self.env.user)

    def _freeze_convention(self):
        """Keep the text with the first signature; the second signs the same."""
        if not self.convention:
            # sudo: the text names both parties, as each knows the other
            self._record({"convention": self.sudo()._make_convention()})

    def _digest(self):
        text = json.dumps(self.convention, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def _conclude(self):
        """Both have signed: number, date and copies for each, the old one replaced."""
        today = fields.Date.context_today(self)
        if len(set(self._standing_signatures().mapped("digest"))) != 1:
            raise UserError(
                self.env._(
                    "The parties signed different texts of %s: undo the first "
                    "signature.",
                    self.display_name,
                )
            )
        self._record({"state": "signed", "signed_on": today})
        name = f"{self.name.replace('/', '-')}.pdf"
        # sudo: the earlier mandate of the same two parties
        self._keep("convention", self.sudo()._print_convention(), name)
        if old := self.sudo().replaces_id:
            old._replace_by(self.sudo())

    def _replace_by(self, new):
        """End this mandate on the day on which its amendment begins."""
        if self.state != "signed":
            return
        start = max(new.valid_from, new.signed_on)
        self._record(
            {"ended_on": start, "end_kind": "replaced", "replaced_by_id": new.id}
        )
        self._on_replaced(new)
        self._end_due(fields.Date.context_today(self))

    # --- what must be there ---------------------------------------------------------

    def _check_signable(self, party):
        """:raise UserError: with all that is missing (CPCE R124-2, R124-3)"""
        if self.is_standard or self.state != "draft":
            raise UserError(self.env._("%s is not to be signed.", self.display_name))
        if party in self._standing_signatures().mapped("party"):
            raise UserError(
                self.env._("Your party has signed %s already.", self.display_name)
            )
        today = fields.Date.context_today(self)
        if gaps := self._content_gaps(today) + self._agency_gaps(party, today):
            raise UserError("\n".join(gaps))

    def _content_gaps(self, today):
        """Return which of the mandatory contents is missing, as sentences."""
        _, gaps = self.env._, []
        if not self.fee_line_ids.filtered(lambda f: not f.from_age + f.from_amount):
            gaps.append(_("The scale of fees needs a line from age 0 and amount 0."))
        if not self.remit_iban:
            gaps.append(_("Say to which account (IBAN) the sums are remitted."))
        if not (self.guarantee_terms or "").strip():
            gaps.append(_("Say which guarantee the agency gives."))
        if self.valid_to and self.valid_to < today and not self.tacit_renewal:
            gaps.append(_("The mandate would be over already: correct its dates."))
        # sudo: only whether an address is there
        for company in self.sudo().company_id | self.sudo().agency_id:
            partner = company.partner_id
            if not (partner.street and partner.zip and partner.city):
                gaps.append(_("%s has no full address: complete it.", company.name))
        return gaps

    def _agency_gaps(self, party, today):
        """Return why the agency may take no mandate; it alone reads the details."""
        # sudo: only whether the agency is in order, not its papers
        _, agency = self.env._, self.sudo().agency_id
        gaps = agency._recouv_agency_gaps(today)
        declared = agency._recouv_agency_profile()._declared_on()
        if declared and self.valid_from < declared:
            gaps.append(
                _(
                    "The mandate begins before %(agency)s was declared to the public "
                    "prosecutor, on %(date)s: it may begin on that day at the "
                    "earliest (CPCE R124-2).",
                    agency=agency.name,
                    date=format_date(self.env, declared),
                )
            )
            return gaps if party == "agency" else gaps[-1:]
        if gaps and party == "practice":
            return [
                _(
                    "%s may take no mandate yet: its insurance, its dedicated account "
                    "or its declaration is not in order. It must complete its profile.",
                    agency.name,
                )
            ]
        return gaps
