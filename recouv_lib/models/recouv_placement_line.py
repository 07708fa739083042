from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

LINE_STATES = [
    ("draft", "To hand over"),
    ("proposed", "Awaiting the agency"),
    ("accepted", "Accepted"),
    ("refused", "Refused"),
    ("recalled", "Recalled"),
]
#: states in which the agency holds the claim
HELD = ("proposed", "accepted")
#: what of a debtor reaches the agency's own contact (law.md §6.2)
COPIED_FIELDS = ("street", "street2", "zip", "city")
WISHES = (
    "recouv_no_sms",
    "recouv_no_call",
    "recouv_no_voicemail",
    "recouv_no_email",
    "recouv_no_home_letter",
    "recouv_shared_mailbox",
)


class RecouvPlacementLine(models.Model):
    """One claim of the practice, tied to the agency's mirror of it.

    The schedule of sums (CPCE R124-3 1°) is fixed when it is sent; what is owed since
    is read from the books. Only the methods below know both companies.
    """

    _name = "recouv.placement.line"
    _description = "Placed claim"
    _order = "placement_id desc, id"
    _check_company_auto = True

    placement_id = fields.Many2one(
        "recouv.placement",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="placement_id.company_id", store=True, index=True
    )
    claim_id = fields.Many2one(
        "recouv.claim", required=True, index=True, check_company=True
    )
    partner_id = fields.Many2one(related="claim_id.partner_id")
    currency_id = fields.Many2one(related="claim_id.currency_id")
    state = fields.Selection(
        LINE_STATES, required=True, readonly=True, default="draft", copy=False
    )
    amount_principal = fields.Monetary("Principal", readonly=True, copy=False)
    amount_interest = fields.Monetary("Legal interest", readonly=True, copy=False)
    basis = fields.Char(readonly=True, copy=False)
    answered_on = fields.Date(readonly=True, copy=False)
    answer_reason = fields.Char("Reason", readonly=True, copy=False)
    # the agency's record: its names must not be read from here, so that only the
    # methods of this model, elevated, can
    agency_claim_id = fields.Many2one(
        "recouv.claim",
        groups=fields.NO_ACCESS,
        copy=False,
        ondelete="restrict",
    )

    _mirror_uniq = models.UniqueIndex(
        "(agency_claim_id) WHERE agency_claim_id IS NOT NULL",
        "This mirror belongs to another claim.",
    )
    _held_uniq = models.UniqueIndex(
        "(claim_id) WHERE state IN ('proposed', 'accepted')",
        "This claim is already with an agency.",
    )

    # --- what may leave -----------------------------------------------------------

    def _check_sendable(self):
        """:raise UserError: names the first claim that may not leave, and why"""
        if not self:
            raise UserError(self.env._("There is no claim to hand over."))
        # two users who send at once meet here; the second sees what the first did
        self.claim_id.lock_for_update()
        self.invalidate_recordset(["state"])
        self.claim_id.invalidate_recordset(["holder"])
        for line in self:
            if obstacle := line._obstacle():
                raise UserError(
                    self.env._(
                        "%(claim)s cannot be handed over: %(obstacle)s",
                        claim=line.claim_id.display_name,
                        obstacle=obstacle,
                    )
                )

    def _obstacle(self):
        """Return why this claim may not be handed over (a sentence), or None."""
        self.ensure_one()
        claim, _ = self.claim_id, self.env._
        if claim.holder != "practice" or claim.capacity != "creditor":
            return _("somebody else holds it already.")
        if claim.closed_on or claim.settlement != "open":
            return _("nothing is owed on it any more.")
        if claim.suspension in ("hold", "plan", "dispute"):
            return _("it is suspended: lift the suspension first.")
        if claim.is_fragile:
            return _("its overrun has no signed quote: a manager confirms it first.")
        if claim.partner_id._recouv_awaits_decision():
            return _("the practitioner has not decided to contact the parent yet.")
        return self._currency_obstacle()

    def _currency_obstacle(self):
        # sudo: the currency of the agency's books, nothing more
        agency = self.placement_id.mandate_id.sudo().agency_id
        if self.currency_id != agency.currency_id:
            return self.env._(
                "it is in %(currency)s, the agency collects in %(other)s.",
                currency=self.currency_id.name,
                other=agency.currency_id.name,
            )
        return None

    # --- crossing -----------------------------------------------------------------

    def _mirror(self):
        """Give the agency its own claims for these, in a flat number of statements.

        Elevated: it writes, in the mandate's agency only, contacts made of whitelisted
        values and claims made of numbers and dates; the user stays the author.
        """
        mandate = self.placement_id.mandate_id.sudo()
        agency = mandate.agency_id
        for line in self:
            claim = line.claim_id
            line.write(
                {
                    "amount_principal": claim.amount_residual_currency
                    - claim.amount_excluded,
                    "basis": self.env._("Fees, note %s", claim.reference),
                }
            )
        debtors = self._agency_debtors(agency)
        creditor = self._agency_creditor(agency)
        self._insert_mirrors(mandate, debtors, creditor)
        self.write({"state": "proposed"})
        self.claim_id.write({"holder": "agency", "mandate_id": mandate.id})

    def _agency_debtors(self, agency):
        """Return {debtor: the agency's contact}: known from this practice, or new.

        Never looked up by name or address: two practices' debtors are not joined.
        """
        debtors = self.claim_id.partner_id
        known = dict(
            self.env.execute_query(
                SQL(
                    """SELECT DISTINCT ON (pc.partner_id) pc.partner_id, ac.partner_id
                         FROM recouv_placement_line pl
                         JOIN recouv_claim pc ON pc.id = pl.claim_id
                         JOIN recouv_claim ac ON ac.id = pl.agency_claim_id
                        WHERE pc.partner_id IN %s AND ac.company_id = %s
                        ORDER BY pc.partner_id, ac.id DESC""",
                    tuple(debtors.ids),
                    agency.id,
                )
            )
        )
        missing = debtors.filtered(lambda debtor: debtor.id not in known)
        # sudo: see _mirror
        contacts = self.env["res.partner"].sudo().with_company(agency)
        created = contacts.create([self._contact_values(p, agency) for p in missing])
        found = {debtor: contacts.browse(known[debtor.id]) for debtor in debtors - missing}
        return found | dict(zip(missing, created, strict=True))

    @api.model
    def _contact_values(self, debtor, agency):
        """Return what the agency may know of a debtor (law.md §6.2)."""
        paper = debtor._recouv_contact("letter")
        values = {
            "company_id": agency.id,
            "name": (paper if debtor._recouv_stand_in() else debtor).name,
            "is_company": debtor.is_company,
            "lang": debtor.lang,
            "recouv_debtor_kind": debtor.recouv_debtor_kind,
            **{wish: debtor[wish] for wish in WISHES},
        }
        if not debtor._recouv_forbidden("letter"):
            values |= {name: paper[name] for name in COPIED_FIELDS}
            values["country_id"] = paper.country_id.id
        if not debtor._recouv_forbidden("email"):
            values["email"] = debtor._recouv_contact("email").email
        if not (debtor._recouv_forbidden("call") and debtor._recouv_forbidden("sms")):
            values["phone"] = debtor._recouv_contact("call").phone
        return values

    def _agency_creditor(self, agency):
        """Return the agency's contact that copies the practice's identity."""
        # sudo: the practice's identity, which its letters show anyway
        practice = self.placement_id.company_id.sudo()
        # sudo: see _mirror; found by the earlier mirrors of this practice
        rows = self.env.execute_query(
            SQL(
                """SELECT ac.creditor_partner_id FROM recouv_placement_line pl
                     JOIN recouv_claim ac ON ac.id = pl.agency_claim_id
                    WHERE pl.company_id = %s AND ac.company_id = %s
                    ORDER BY pl.id DESC LIMIT 1""",
                practice.id,
                agency.id,
            )
        )
        contacts = self.env["res.partner"].sudo().with_company(agency)
        values = {
            "name": practice.name,
            "phone": practice.phone,
            "email": practice.email,
            "country_id": practice.country_id.id,
            **{name: practice[name] for name in COPIED_FIELDS},
        }
        if rows and rows[0][0]:
            contact = contacts.browse(rows[0][0])
            contact.write(values)
            return contact
        return contacts.create(values | {"company_id": agency.id, "is_company": True})

    def _insert_mirrors(self, mandate, debtors, creditor):
        self.env.flush_all()
        columns, values = self.env["recouv.engine"]._insert_columns(
            "recouv.claim", self._mirror_values(mandate, creditor)
        )
        self.env.cr.execute(
            SQL(
                """WITH placed AS MATERIALIZED (
                        SELECT pl.id AS line_id, d.partner_id,
                               nextval('recouv_claim_id_seq')::int AS id
                          FROM recouv_placement_line pl
                          JOIN recouv_claim pc ON pc.id = pl.claim_id
                          JOIN UNNEST(%(debtors)s, %(contacts)s)
                            AS d (debtor_id, partner_id) ON d.debtor_id = pc.partner_id
                         WHERE pl.id IN %(lines)s),
                   mirrors AS (
                        INSERT INTO recouv_claim (%(columns)s)
                        SELECT %(values)s
                          FROM placed
                          JOIN recouv_placement_line pl ON pl.id = placed.line_id
                          JOIN recouv_claim pc ON pc.id = pl.claim_id)
                   UPDATE recouv_placement_line pl SET agency_claim_id = placed.id
                     FROM placed WHERE pl.id = placed.line_id""",
                debtors=[debtor.id for debtor in debtors],
                contacts=[contact.id for contact in debtors.values()],
                lines=tuple(self.ids),
                columns=columns,
                values=values,
            )
        )
        self.env["recouv.claim"].invalidate_model()
        self.invalidate_recordset(["agency_claim_id"])

    @api.model
    def _mirror_values(self, mandate, creditor):
        """Return {column: SQL} of a mirror, from ``placed``, ``pl`` and ``pc``."""
        # sudo: the agency's schedule, chosen for its own claims; its id only
        policy = self.env["recouv.policy"].sudo()._mandatary_policy(mandate.agency_id)
        return {
            "id": SQL("placed.id"),
            "company_id": SQL("%s", mandate.agency_id.id),
            "capacity": SQL("'mandatary'"),
            "holder": SQL("'agency'"),
            "partner_id": SQL("placed.partner_id"),
            "creditor_partner_id": SQL("%s", creditor.id),
            "mandate_id": SQL("%s", mandate.id),
            "policy_id": SQL("%s::int", policy.id or None),
            "currency_id": SQL("pc.currency_id"),
            "reference": SQL("pc.reference"),
            "maturity_rank": SQL("pc.maturity_rank"),
            "date_due": SQL("pc.date_due"),
            "invoice_date": SQL("pc.invoice_date"),
            "care_end_date": SQL("pc.care_end_date"),
            "formal_notice_date": SQL("pc.formal_notice_date"),
            "amount_original": SQL("pl.amount_principal"),
            "limitation_date": SQL("pc.limitation_date"),
            "limitation_possible_date": SQL("pc.limitation_possible_date"),
            "placed_on": SQL("%s", fields.Date.context_today(self)),
        }

    # --- answers ------------------------------------------------------------------

    def _take_back(self, state, reason):
        """The practice works its claims again, where they stood.

        :param state: ``refused`` (by the agency) or ``recalled`` (by the practice)
        """
        # sudo: the mirrors of these lines, which end with their reason
        mirrors = self.sudo().agency_claim_id
        mirrors._close(state)
        self.sudo().write(
            {
                "state": state,
                "answered_on": fields.Date.context_today(self),
                "answer_reason": reason,
            }
        )
        self.sudo().claim_id.write({"holder": "practice"})
        self.sudo().claim_id._refresh_ladder()
