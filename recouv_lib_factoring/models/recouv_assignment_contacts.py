from odoo import api, models
from odoo.tools import SQL

from odoo.addons.recouv_lib.models.recouv_placement_line import COPIED_FIELDS

from .recouv_assignment_line import OFFERED


class RecouvAssignmentLine(models.Model):
    """The buyer's own contacts of debtors and assignor, by the whitelist of hand-overs.

    A debtor of this practice that the buyer knows already, from a hand-over or an
    earlier offer, keeps his contact there; two practices' debtors are never joined.
    """

    _inherit = "recouv.assignment.line"

    def _buyer_debtors(self, agency):
        """Return {debtor: the buyer's contact}: known from this practice, or new.

        Elevated, see ``recouv.placement.line._agency_contacts``.
        """
        placements = self.env["recouv.placement.line"]
        contacts = placements._agency_contacts(agency)
        debtors, company = self.partner_id, self.company_id
        known = self._buyer_known(debtors, company, agency)
        missing = debtors.filtered(lambda debtor: debtor.id not in known)
        created = contacts.create(
            [
                # who is offered may soon owe the buyer: no write for it when it buys
                placements._contact_values(debtor, agency) | {"customer_rank": 1}
                for debtor in missing
            ]
        )
        found = dict(zip(missing, created, strict=True))
        for debtor in debtors - missing:
            contact_id, is_followed = known[debtor.id]
            found[debtor] = contacts.browse(contact_id)
            if not is_followed:
                found[debtor].write(placements._contact_values(debtor, agency))
        return found

    @api.model
    def _buyer_known(self, debtors, company, agency):
        """Return {debtor id: (contact id, whether it follows the practice's)}."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT k.debtor_id, MAX(k.contact_id), BOOL_OR(k.is_followed)
                     FROM (%s) k
                    WHERE k.debtor_id = ANY(%s)
                    GROUP BY k.debtor_id""",
                self._buyer_known_sql(company, agency),
                debtors.ids,
            )
        )
        return {debtor: (contact, followed) for debtor, contact, followed in rows}

    @api.model
    def _buyer_known_sql(self, company, agency):
        return SQL(
            """SELECT al.partner_id AS debtor_id, pu.partner_id AS contact_id,
                      al.state IN %(offered)s AS is_followed
                 FROM recouv_assignment_line al
                 JOIN recouv_purchase pu ON pu.id = al.purchase_id
                WHERE al.company_id = %(company)s AND pu.company_id = %(agency)s
                UNION ALL
               SELECT pc.partner_id, ac.partner_id, pl.state IN ('proposed', 'accepted')
                 FROM recouv_placement_line pl
                 JOIN recouv_claim pc ON pc.id = pl.claim_id
                 JOIN recouv_claim ac ON ac.id = pl.agency_claim_id
                WHERE pl.company_id = %(company)s AND ac.company_id = %(agency)s""",
            offered=OFFERED,
            company=company.id,
            agency=agency.id,
        )

    def _buyer_creditor(self, agency):
        """Return the buyer's contact that copies the practice's identity."""
        # sudo: the practice's identity, which its letters show anyway
        practice = self.company_id.sudo()
        # sudo: see _buyer_debtors; found by the earlier offers or mirrors of it
        earlier = self.env.execute_query(
            SQL(
                """(SELECT pu.creditor_partner_id FROM recouv_assignment_line al
                      JOIN recouv_purchase pu ON pu.id = al.purchase_id
                     WHERE al.company_id = %(practice)s
                       AND pu.company_id = %(agency)s LIMIT 1)
                   UNION ALL
                   (SELECT ac.creditor_partner_id FROM recouv_placement_line pl
                      JOIN recouv_claim ac ON ac.id = pl.agency_claim_id
                     WHERE pl.company_id = %(practice)s AND ac.company_id = %(agency)s
                       AND ac.creditor_partner_id IS NOT NULL LIMIT 1)
                   LIMIT 1""",
                practice=practice.id,
                agency=agency.id,
            )
        )
        contacts = self.env["recouv.placement.line"]._agency_contacts(agency)
        values = {
            "name": practice.name,
            "phone": practice.phone,
            "email": practice.email,
            "country_id": practice.country_id.id,
            **{name: practice[name] for name in COPIED_FIELDS},
        }
        if earlier:
            contact = contacts.browse(earlier[0][0])
            contact.write(values)
            return contact
        return contacts.create(values | {"company_id": agency.id, "is_company": True})


class RecouvPlacementLine(models.Model):
    _inherit = "recouv.placement.line"

    def _known_contacts(self, debtors, agency):
        """EXTENDS: a debtor offered before has his contact at the agency already."""
        known = super()._known_contacts(debtors, agency)
        others = debtors.filtered(lambda debtor: debtor not in known)
        lines = self.env["recouv.assignment.line"]
        for debtor_id, (contact_id, _f) in lines._buyer_known(
            others, self.company_id, agency
        ).items():
            debtor = debtors.browse(debtor_id)
            known[debtor] = contact_id
            contact = self._agency_contacts(agency).browse(contact_id)
            contact.write(self._contact_values(debtor, agency))
        return known


class ResPartner(models.Model):
    """What the sale asks of a debtor, and what follows his address."""

    _inherit = "res.partner"

    def _recouv_agency_contacts(self):
        """EXTENDS: the contact of what is offered follows until it is sold.

        What was sold is the buyer's own: the practice tells nothing more of him.
        """
        known = super()._recouv_agency_contacts()
        lines = self.env["recouv.assignment.line"]
        # sudo: the tie to the buyer's contact is readable by no one; superuser: no
        # user of the practice signs a record of the agency
        offered = lines.sudo().search(
            [("partner_id", "in", self.ids), ("state", "in", OFFERED)]
        )
        if not offered:
            return known
        places = {(debtor.id, contact.id) for debtor, _agency, contact in known}
        contacts = self.env["recouv.placement.line"]
        for line in offered:
            agency, contact = line.purchase_id.company_id, line.purchase_id.partner_id
            if (line.partner_id.id, contact.id) not in places:
                places.add((line.partner_id.id, contact.id))
                silent = contacts._agency_contacts(agency)
                known.append(
                    (
                        silent.browse(line.partner_id.id),
                        agency,
                        silent.browse(contact.id),
                    )
                )
        return known
