from odoo import api, fields, models

from odoo.addons.recouv_lib.models.recouv_purge_agency import COORDINATES

#: an offer that came to nothing, or ended
ENDED = ("refused", "withdrawn", "given_back")


class RecouvPurchase(models.Model):
    _inherit = "recouv.purchase"

    purged_on = fields.Date(readonly=True, copy=False)

    #: what a check said of a person, once it counts no more
    FORGOTTEN = {
        "solvency_result": "none",
        "solvency_until": False,
        "solvency_source": False,
        "is_bound": False,
        "is_contested": False,
    }

    @api.model
    def _forget_checks(self, today):
        """Erase what checks said of people, where it counts no more and decides nothing
        any more: the buyer keeps no list of persons by solvency (law.md §6.3)."""
        lapsed = self.search(
            [
                ("solvency_until", "<", today),
                ("state", "in", (*ENDED, "bought")),
            ]
        )
        lapsed._record(self.FORGOTTEN)

    @api.model
    def _purgeable(self, company, before):
        """Return the offers that ended before a day and have no claim that a purge
        erases with them."""
        return self.search(
            [
                ("company_id", "=", company.id),
                ("state", "in", ENDED),
                ("claim_id", "=", False),
                ("purged_on", "=", False),
                ("decided_on", "<", before),
            ]
        )

    def _erase(self):
        """Erase what these say of people: words, numbers; dates and sums stay."""
        self._record(
            {
                "reason": False,
                "reference": False,
                **self.FORGOTTEN,
                "purged_on": fields.Date.context_today(self),
            }
        )
        self.env["recouv.repurchase"]._erase_of("purchase_id", self)


class RecouvRepurchase(models.Model):
    _inherit = "recouv.repurchase"

    @api.model
    def _erase_of(self, tie, records):
        """Erase what the repurchases of these say of people: the name, the words, the
        document; dates, ground and sums stay, and so does the deed.

        :param tie: ``line_id`` or ``purchase_id``
        """
        # sudo: the records of the caller's own purge, found by a tie that nobody reads
        found = self.sudo().search([(tie, "in", records.ids), ("state", "!=", "asked")])
        words = ("debtor", "answer_reason", "note", "file", "file_name")
        found._record(dict.fromkeys(words, False))


class RecouvPurge(models.Model):
    """The purge of a sale: at the buyer, offers and copies of debtors; at the
    practice, reasons and the names in statements.

    An offer that the buyer did not take is erased after the delay of settled claims: it
    has no claim to go with, and its debtor owes the buyer nothing.
    """

    _inherit = "recouv.purge"

    offer_count = fields.Integer("Offers not bought", readonly=True)

    @api.model
    def _count(self, company):
        """EXTENDS: with the offers that came to nothing."""
        offers = self.env["recouv.purchase"]._purgeable(
            company, self._retention(company).settled
        )
        return {**super()._count(company), "offer_count": len(offers)}

    @api.model
    def _run(self, company):
        """EXTENDS: with the offers that came to nothing."""
        purge = super()._run(company)
        # sudo: the record of this purge, whose right was checked
        own = purge.sudo()
        offers = own.env["recouv.purchase"]._purgeable(company, purge.settled_before)
        own.offer_count = len(offers)
        offers._erase()
        self._empty_offered(offers)
        return purge

    def _erase(self, claims):
        # EXTENDS: with what the sale says of their debtors
        claims.purchase_ids._erase()
        self._empty_sold(claims)
        return super()._erase(claims)

    @api.model
    def _empty_sold(self, claims):
        """The practice's words on what it sold, and the names in its statements."""
        lines = self.env["recouv.assignment.line"].search(
            [("claim_id", "in", claims.ids)]
        )
        lines._record({"reason": False})
        self.env["recouv.repurchase"]._erase_of("line_id", lines)
        told = self.env["recouv.assignment.statement.line"].search(
            [("assignment_line_id", "in", lines.ids)]
        )
        told._record({"debtor": False})

    @api.model
    def _empty_offered(self, offers):
        """A buyer keeps no address of a debtor of whom it bought nothing."""
        gone = offers.partner_id - self._pursued(offers.partner_id)
        # sudo: contacts made for these very offers, which were checked
        contacts = gone.sudo().with_context(tracking_disable=True)
        contacts.write(dict.fromkeys(COORDINATES, False))

    @api.model
    def _pursued(self, partners):
        # EXTENDS: an offer that waits for its answer needs its debtor too
        waiting = self.env["recouv.purchase"].search(
            [
                ("partner_id", "in", partners.ids),
                ("state", "not in", ENDED),
                ("purged_on", "=", False),
            ]
        )
        return super()._pursued(partners) | waiting.partner_id


class RecouvFec(models.AbstractModel):
    _inherit = "recouv.fec"

    @api.model
    def _words(self):
        """EXTENDS: entries that move a receivable to its buyer, or from its seller."""
        words = super()._words()
        companies = self.env.company._accessible_branches()
        # sudo: which journal it is, a setting of the exported company
        journals = companies.sudo().recouv_assignment_journal_id
        return words | {journal.code: "Cession" for journal in journals}
