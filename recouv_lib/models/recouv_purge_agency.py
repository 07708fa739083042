from odoo import api, models
from odoo.fields import Domain

#: what an agency knows of a debtor beside the name, which its entries bear
COORDINATES = (
    "street",
    "street2",
    "zip",
    "city",
    "phone",
    "recouv_phone2",
    "email",
    "comment",
)


class RecouvPurge(models.Model):
    """The purge beyond relance: hand-over, court files, receipts, the agency's mirrors.

    By the same delays and with the same claims. Erased: words and documents of court
    files that are theirs alone (petition notes, acts, measures, exhibits that were
    released), the copies of receipts and what debtors wrote on their payments, the
    words said at a hand-over, and the coordinates that the agency held of a debtor of
    whom nothing lives any more. Kept: dates, sums, the register of released exhibits
    (its fingerprints), and the certificate of a write-off, which justifies an entry.
    """

    _inherit = "recouv.purge"

    @api.model
    def _domain_on(self, claims, field):
        # EXTENDS: what hangs on their court files and receipts goes too
        domain = super()._domain_on(claims, field)
        for records in (
            self._court_files(claims),
            self._court_files(claims).exhibit_ids,
            self._receipts(claims),
        ):
            domain |= Domain(field, "=", records._name) & Domain(
                "res_id", "in", records.ids
            )
        return domain

    @api.model
    def _documents(self, claims):
        # EXTENDS: copies of what a practice released to the court
        exhibits = self._court_files(claims).exhibit_ids
        # sudo: documents on claims that were checked
        return super()._documents(claims) | exhibits.sudo().document_id

    def _erase(self, claims):
        # EXTENDS: the sets are read before their claims count as purged
        files, receipts = self._court_files(claims), self._receipts(claims)
        self._empty_court_files(files)
        self._empty_receipts(receipts)
        self._empty_placements(claims)
        result = super()._erase(claims)
        self._empty_contacts(claims)
        return result

    @api.model
    def _court_files(self, claims):
        """Return the court files on no claim but these, or purged ones."""
        return self._own("recouv.litigation", claims)

    @api.model
    def _receipts(self, claims):
        """Return the receipts laid on no claim but these, or purged ones."""
        found = self.env["recouv.receipt.line"].search([("claim_id", "in", claims.ids)])
        return found.receipt_id.filtered(
            lambda receipt: all(
                claim in claims or claim.purged_on
                for claim in receipt.line_ids.claim_id
            )
        )

    # --- words and documents --------------------------------------------------------

    @api.model
    def _empty_court_files(self, files):
        # a tracked change would write the old words into the messages again
        files.with_context(tracking_disable=True).write({"note": False})
        papers = {"note": False, "document": False, "document_name": False}
        files.act_ids._acting().write(papers)
        measures = files.enforcement_ids
        measures.write(papers | {"third_party": False})
        (measures.line_ids | files.cost_ids).write({"note": False})
        files.exhibit_ids._record({"answer": False})

    @api.model
    def _empty_receipts(self, receipts):
        words = ("memo", "cheque_number", "cheque_bank", "note", "refund_iban",
                 "refund_holder")  # fmt: skip
        # sudo: of receipts that are not edited; only words that a person wrote go
        receipts.sudo().write(dict.fromkeys(words, False))

    @api.model
    def _empty_placements(self, claims):
        """What both sides said of these claims: reasons of answers, requests."""
        lines = self.env["recouv.placement.line"].search(
            [("claim_id", "in", claims.ids)]
        )
        lines._record({"answer_reason": False})
        # sudo: the request of the agency's own claim, readable by no one as such
        requests = (
            self.env["recouv.agent.request"]
            .sudo()
            .search([("agency_claim_id", "in", claims.ids)])
        )
        requests.write({"words": False, "answer_words": False})

    @api.model
    def _empty_contacts(self, claims):
        """An agency keeps no address of a debtor of whom it pursues nothing."""
        copied = claims.filtered(lambda c: c.capacity in ("mandatary", "assignee"))
        gone = copied.partner_id - self._pursued(copied.partner_id)
        # sudo: contacts made for these very claims, which were checked
        contacts = gone.sudo().with_context(tracking_disable=True)
        contacts.write(dict.fromkeys(COORDINATES, False))
        contacts.child_ids.write(dict.fromkeys(COORDINATES, False))

    @api.model
    def _pursued(self, partners):
        """Return those of whom something lives; extended by what else needs them."""
        going = self.env.context.get("recouv_purge_going", ())  # in a dry run
        living = self.env["recouv.claim"].search(
            [
                ("partner_id", "in", partners.ids),
                ("purged_on", "=", False),
                ("id", "not in", going),
            ]
        )
        return living.partner_id


class ResPartner(models.Model):
    """What is held on a debtor at a court and in receipts is given too (art. 15)."""

    _inherit = "res.partner"

    @api.model
    def _recouv_paths(self, known):
        # EXTENDS: acts, measures and exhibits know their debtor by the court file
        found = list(super()._recouv_paths(known))
        if "litigation_id" in known and known["litigation_id"].store:
            found.append("litigation_id.partner_id")
        if "enforcement_id" in known and known["enforcement_id"].store:
            found.append("enforcement_id.litigation_id.partner_id")
        return found

    def _recouv_documents(self, companies):
        # EXTENDS: exhibits before a court, copies of receipts
        exhibits = self.env["recouv.exhibit"].search(
            [
                ("company_id", "in", companies.ids),
                ("litigation_id.partner_id", "=", self.id),
                ("document_id", "!=", False),
            ]
        )
        receipts = self.env["recouv.receipt"].search(
            [("company_id", "in", companies.ids), ("partner_id", "=", self.id)]
        )
        copies = self.env["ir.attachment"].search(
            [("res_model", "=", receipts._name), ("res_id", "in", receipts.ids)]
        )
        return [
            *super()._recouv_documents(companies),
            *(
                {
                    self.env._("Name"): document.name,
                    self.env._("Kept since"): self._recouv_moment(document.create_date),
                }
                for document in exhibits.document_id | copies
            ),
        ]
