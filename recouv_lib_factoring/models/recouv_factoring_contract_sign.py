import base64
import hashlib
import json

from odoo import SUPERUSER_ID, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from odoo.addons.recouv_lib.models.recouv_mandate import PARTIES

SIGNATURE_FIELDS = ("signatory", "position", "signed_on", "signed_by_id")


class RecouvFactoringContract(models.Model):
    """Signing and ending: each party for itself, on the same text."""

    _inherit = "recouv.factoring.contract"

    text = fields.Json(readonly=True, copy=False)
    digest = fields.Char(
        "Fingerprint of the text",
        readonly=True,
        copy=False,
        help="SHA-256 of what was signed.",
    )
    practice_signatory = fields.Char("Signed by", readonly=True, copy=False)
    practice_position = fields.Char("Acting as", readonly=True, copy=False)
    practice_signed_on = fields.Datetime(
        "Signed by the practice on", readonly=True, copy=False
    )
    agency_signatory = fields.Char("Signed by (buyer)", readonly=True, copy=False)
    agency_position = fields.Char("Acting as (buyer)", readonly=True, copy=False)
    agency_signed_on = fields.Datetime(
        "Signed by the buyer on", readonly=True, copy=False
    )
    # the account that signed is evidence, yet none of the other party's business
    practice_signed_by_id = fields.Many2one(
        "res.users", groups=fields.NO_ACCESS, copy=False
    )
    agency_signed_by_id = fields.Many2one(
        "res.users", groups=fields.NO_ACCESS, copy=False
    )
    document = fields.Binary(
        "Signed contract", attachment=True, readonly=True, copy=False
    )
    document_name = fields.Char(readonly=True, copy=False)

    def _signed_parties(self):
        """Return who has signed: a set of ``practice`` and ``agency``."""
        return {party for party in dict(PARTIES) if self[f"{party}_signed_on"]}

    def _acting_party(self):
        """Return the party for which the user may decide.

        :raise AccessError: no manager, or of neither party
        :raise UserError: of both, so that one would decide for the other
        """
        self.ensure_one()
        user = self.env.user
        if not user.has_group("recouv_lib.group_manager"):
            raise AccessError(
                self.env._("Only a manager signs or ends a contract; you are none.")
            )
        party = self._party_of(user.company_ids & self.env.companies)
        if not party:
            raise AccessError(self.env._("This contract concerns other companies."))
        if (self.company_id | self.agency_id) <= user.company_ids:
            raise UserError(
                self.env._(
                    "You belong to both parties of %s: nobody signs or decides for "
                    "the other party.",
                    self.display_name,
                )
            )
        return party

    def _record_for_both(self, vals):
        """Write what happened, for either party.

        superuser: the buyer has no right to write on a practice's contract, and
        neither party reads the other's users; what is written was decided by a method
        that checked its own. Flushed at once: a later flush would note its own user.
        """
        records = self.with_user(SUPERUSER_ID)
        records.write(vals)
        records.flush_recordset()

    # --- signing --------------------------------------------------------------------

    def action_ask_sign(self):
        """Open the dialog in which one signs."""
        self.ensure_one()
        self._check_signable(self._acting_party())
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Sign the contract"),
            "res_model": "recouv.factoring.sign",
            "view_mode": "form",
            "target": "new",
            "context": {"default_contract_id": self.id},
        }

    def _sign(self, signatory, position=""):
        """Sign for the party of the user; the second signature concludes.

        :param signatory: the name, as typed by the one who signs
        :raise UserError: what is missing in the contract
        """
        self.ensure_one()
        self.check_access("read")
        # sudo: the buyer may not write on the practice's contract, yet two signatures
        # at once must not miss each other
        self.sudo()._recouv_lock_rows()
        party = self._acting_party()
        if not (signatory or "").strip():
            raise UserError(self.env._("Type the name of who signs."))
        self._check_signable(party)
        if not self.text:
            # sudo: the text names both parties, as each knows the other
            text = self.sudo()._make_text()
            self._record_for_both({"text": text, "digest": self._digest(text)})
        values = (
            signatory.strip(),
            (position or "").strip(),
            fields.Datetime.now(),
            self.env.uid,
        )
        self._record_for_both(
            {
                f"{party}_{name}": value
                for name, value in zip(SIGNATURE_FIELDS, values, strict=True)
            }
        )
        if self._signed_parties() == dict(PARTIES).keys():
            self._conclude()

    @staticmethod
    def _digest(text):
        dump = json.dumps(text, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(dump.encode()).hexdigest()

    def _conclude(self):
        """Both have signed: it is in force from its first day, and kept printed."""
        # sudo: the text names both parties, as each knows the other
        content = self.sudo()._print_contract()
        self._record_for_both(
            {
                "state": "signed",
                "document": base64.b64encode(content),
                "document_name": self._file_name(),
            }
        )

    def action_undo_signature(self):
        """Take one's own signature back, while the other party has not signed."""
        self.ensure_one()
        party = self._acting_party()
        if self.state != "draft" or party not in self._signed_parties():
            raise UserError(
                self.env._(
                    "%s: only a signature that the other party still awaits is taken "
                    "back.",
                    self.display_name,
                )
            )
        vals = {f"{party}_{name}": False for name in SIGNATURE_FIELDS}
        self._record_for_both(vals | {"text": False, "digest": False})
        return True

    def _check_signable(self, party):
        """:raise UserError: with all that is missing"""
        if self.state != "draft":
            raise UserError(self.env._("%s is not to be signed.", self.display_name))
        if party in self._signed_parties():
            raise UserError(
                self.env._("Your party has signed %s already.", self.display_name)
            )
        if gaps := self._gaps(fields.Date.context_today(self)):
            raise UserError("\n".join(gaps))

    def _gaps(self, today):
        """Return what keeps the contract from being signed, as sentences."""
        _, gaps = self.env._, []
        contract = self.sudo()  # sudo: what both parties agreed, their addresses
        if not contract.mandate_id._on_day(today)._is_active(today):
            gaps.append(_("The collection mandate of the parties is not in force."))
        if contract.company_id.recouv_is_public:
            gaps.append(self._stop_messages()["public_creditor"])
        if contract._lacks_opinion():
            gaps.append(
                _(
                    "The buyer is neither credit institution nor financing company: "
                    "attach the legal opinion on buying due receivables "
                    "(CMF L511-5)."
                )
            )
        gaps += contract._currency_gaps()
        if contract.valid_to and contract.valid_to < today:
            gaps.append(_("The contract would be over already: correct its dates."))
        for company in contract.company_id | contract.agency_id:
            partner = company.partner_id
            if not (partner.street and partner.zip and partner.city):
                gaps.append(_("%s has no full address: complete it.", company.name))
        return gaps

    def _lacks_opinion(self):
        return (
            self.buyer_status == "none"
            and not self.legal_opinion
            and self._is_under_french_monopoly()
        )

    def _currency_gaps(self):
        """A sale is booked in both companies, item by item: in one currency."""
        practice, buyer = self.company_id, self.agency_id
        if practice.currency_id == buyer.currency_id:
            return []
        return [
            self.env._(
                "%(practice)s keeps its books in %(currency)s, %(buyer)s in "
                "%(other_currency)s: nothing could be sold between them. Choose the "
                "mandate of a buyer that keeps its books in %(currency)s.",
                practice=practice.name,
                currency=practice.currency_id.name,
                buyer=buyer.name,
                other_currency=buyer.currency_id.name,
            )
        ]

    # --- the paper ------------------------------------------------------------------

    def action_print(self):
        """Download the signed contract, else the draft."""
        self.ensure_one()
        self.check_access("read")
        if self.document:
            return {
                "type": "ir.actions.act_url",
                "url": f"/web/content/recouv.factoring.contract/{self.id}/document/"
                f"{self.document_name}?download=true",
                "target": "download",
            }
        # sudo: the text names both parties, as each knows the other
        content = self.sudo()._print_contract()
        return self.env["recouv.document"]._download(self._file_name(), content)

    def _file_name(self):
        return f"{self.name.replace('/', '-')}.pdf"

    def _printed_signatures(self):
        """Return for each party what its signature block says."""
        names = {"practice": self.practice_name, "agency": self.agency_name}
        return [
            {
                "party": name,
                "signatory": self[f"{party}_signatory"] or "",
                "position": self[f"{party}_position"] or "",
                "when": self._day_of(self[f"{party}_signed_on"]),
                "digest": self.digest or "",
            }
            for party, name in names.items()
        ]

    def _day_of(self, moment):
        if not moment:
            return ""
        local = fields.Datetime.context_timestamp(self, moment)
        return format_date(self.env, local.date())

    # --- the end --------------------------------------------------------------------

    def action_ask_end(self):
        """Open the dialog that asks from when and why."""
        self.ensure_one()
        self._acting_party()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("End the contract"),
            "res_model": "recouv.factoring.end",
            "view_mode": "form",
            "target": "new",
            "context": {"default_contract_id": self.id},
        }

    def _end(self, day, reason):
        """End the contract from ``day`` on; what was sold stays sold.

        :raise UserError: not in force, no reason, or before the notice is over
        """
        self.ensure_one()
        party = self._acting_party()
        today = fields.Date.context_today(self)
        if self.state != "signed" or self.ended_on:
            raise UserError(
                self.env._("%s is not in force: nothing to end.", self.display_name)
            )
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the contract is ended."))
        earliest = fields.Date.add(today, days=self.notice_days)
        if day < earliest:
            raise UserError(
                self.env._(
                    "The notice of %(days)s days runs until %(date)s.",
                    days=self.notice_days,
                    date=format_date(self.env, earliest),
                )
            )
        self._record_for_both(
            {"ended_on": day, "end_reason": reason.strip(), "end_party": party}
        )
        self._cron_end()
