from odoo import SUPERUSER_ID, fields, models
from odoo.tools import SQL

from .account_move_screens import READERS
from .recouv_placement_line import COPIED_FIELDS, HELD, SILENT, WISHES

STAND_IN_CONTACTS = (
    "recouv_guardian_id",
    "recouv_estate_contact_id",
    "recouv_safe_contact_id",
)
#: who stands for a person: a change may concern every value
STAND_INS = {
    *STAND_IN_CONTACTS,
    "recouv_deceased_on",
    "recouv_protection",
    "recouv_minor",
    "recouv_birth_date",
}
#: what of a debtor the agency's contact copies, with the values that move with it
CARRIED = {
    **dict.fromkeys(
        (*COPIED_FIELDS, "country_id", "recouv_no_home_letter"),
        {*COPIED_FIELDS, "country_id"},
    ),
    "name": {"name"},
    "lang": {"lang"},
    "email": {"email"},
    "phone": {"phone"},
    "recouv_no_email": {"email"},
    "recouv_shared_mailbox": {"email"},
    "recouv_no_call": {"phone"},
    "recouv_no_sms": {"phone"},
}


class ResPartner(models.Model):
    _inherit = "res.partner"

    recouv_protected_tariff = fields.Boolean(
        "Protected tariff",
        groups=READERS,
        copy=False,
        help="C2S, state medical aid, long illness: the practitioner looks before a "
        "hand-over. Never leaves the practice.",
    )

    # whose agency's contact a change of these persons moves
    recouv_guardian_id = fields.Many2one(index="btree_not_null")
    recouv_estate_contact_id = fields.Many2one(index="btree_not_null")
    recouv_safe_contact_id = fields.Many2one(index="btree_not_null")

    def write(self, vals):
        """EXTENDS 'base': the agency's copy of a debtor follows his address."""
        result = super().write(vals)
        if vals.keys() & (CARRIED.keys() | STAND_INS | set(WISHES)):
            self._recouv_carry_contact(vals.keys())
        return result

    def _recouv_carry_contact(self, names):
        """Refresh what the agency knows of these debtors, by the same whitelist.

        Only what changed here is written there: what the agency found by itself, an
        address for instance, stands until the practice learns better.

        :param names: the fields that changed at the practice
        """
        if names & STAND_INS:
            moved = None
        else:
            moved = set().union(*(CARRIED.get(name, ()) for name in names))
            moved |= names & set(WISHES)
        for debtor, agency, contact in self._recouv_agency_contacts():
            values = self.env["recouv.placement.line"]._contact_values(debtor, agency)
            # what the practice may not give any more is taken back
            values = dict.fromkeys((*COPIED_FIELDS, "email", "phone"), False) | values
            contact.write(
                {
                    name: value
                    for name, value in values.items()
                    if name != "company_id" and (moved is None or name in moved)
                }
            )

    def _recouv_agency_contacts(self):
        """Return [(debtor, agency, the agency's contact of him)] of what is placed.

        Elevated: the tie of the two is readable by no one. Debtors are these persons,
        or those for whom they stand.
        """
        if not self.ids:
            return []
        self.flush_model(STAND_IN_CONTACTS)
        self.env["recouv.claim"].flush_model(["partner_id"])
        self.env["recouv.placement.line"].flush_model(["state"])
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT pc.partner_id, ac.company_id, ac.partner_id
                     FROM recouv_claim pc
                     JOIN recouv_placement_line pl ON pl.claim_id = pc.id
                     JOIN recouv_claim ac ON ac.id = pl.agency_claim_id
                    WHERE pl.state IN %(held)s AND pc.partner_id IN (
                          SELECT d.id FROM res_partner d
                           WHERE d.id = ANY(%(ids)s)
                              OR d.recouv_guardian_id = ANY(%(ids)s)
                              OR d.recouv_estate_contact_id = ANY(%(ids)s)
                              OR d.recouv_safe_contact_id = ANY(%(ids)s))""",
                held=HELD,
                ids=self.ids,
            )
        )
        # superuser: no user of the practice signs a record of the agency
        persons = self.env["res.partner"].with_user(SUPERUSER_ID)
        persons = persons.with_context(**SILENT)
        companies = self.env["res.company"].sudo()
        return [
            (persons.browse(debtor), companies.browse(agency), persons.browse(contact))
            for debtor, agency, contact in rows
        ]
