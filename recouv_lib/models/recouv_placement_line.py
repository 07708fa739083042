from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ..lib.wording import standing_alone
from .recouv_notice import LIVE_STATES

LINE_STATES = [
    ("draft", "To hand over"),
    ("removed", "Stayed with the practice"),
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
#: live notices that a placement or its end withdraws; what is leaving is let go
WITHDRAWN_STATES = tuple(state for state in LIVE_STATES if state != "sending")
#: nobody follows what crosses from one company to the other
SILENT = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
}


class RecouvPlacementLine(models.Model):
    """One claim of the practice, tied to the agency's mirror of it.

    The schedule of sums (CPCE R124-3 1°) is fixed when it is sent; what is owed since
    is read from the books. Only the methods below know both companies.
    """

    _name = "recouv.placement.line"
    _inherit = ["recouv.evidence.mixin"]
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
    date_due = fields.Date(related="claim_id.date_due")
    state = fields.Selection(
        LINE_STATES, required=True, readonly=True, default="draft", copy=False
    )
    is_held = fields.Boolean("Held by the agency", compute="_compute_is_held")
    # --- the practitioner's review
    review_codes = fields.Char(readonly=True, copy=False)
    review_reason = fields.Char("To review because of", compute="_compute_review")
    review_state = fields.Selection(
        [("none", "Nothing"), ("to_review", "To review"), ("kept", "Kept back")],
        "Review",
        required=True,
        readonly=True,
        default="none",
        copy=False,
    )
    reviewed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    removed_code = fields.Char(readonly=True, copy=False)
    # --- the schedule of sums
    reference = fields.Char("Invoice", readonly=True, copy=False)
    invoice_date = fields.Date(readonly=True, copy=False)
    interest_since = fields.Date(
        readonly=True, copy=False, help="Presentation of the mise en demeure."
    )
    amount_principal = fields.Monetary("Principal", readonly=True, copy=False)
    amount_interest = fields.Monetary("Legal interest", readonly=True, copy=False)
    amount_total = fields.Monetary("Total", compute="_compute_amount_total")
    basis = fields.Char(compute="_compute_basis")
    # --- the agency's answer
    answered_on = fields.Date(readonly=True, copy=False)
    answer_code = fields.Char(readonly=True, copy=False)
    answer_reason = fields.Char("Reason", readonly=True, copy=False)
    seen_on = fields.Date(
        readonly=True, copy=False, help="The day the practice looked at the answer."
    )
    # who answered may be of the other company: kept as evidence, shown to nobody
    answered_by_id = fields.Many2one("res.users", groups=fields.NO_ACCESS, copy=False)
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
    # what waits for the agency, among all that was ever placed
    _waiting_idx = models.Index("(agency_claim_id) WHERE state = 'proposed'")
    # what waits for the practice: to review, to look at
    _state_idx = models.Index("(company_id, state, review_state)")

    @api.depends("claim_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line.claim_id.display_name

    @api.depends("state")
    def _compute_is_held(self):
        for line in self:
            line.is_held = line.state in HELD

    @api.depends("amount_principal", "amount_interest")
    def _compute_amount_total(self):
        for line in self:
            line.amount_total = line.amount_principal + line.amount_interest

    @api.depends("review_codes")
    @api.depends_context("lang")
    def _compute_review(self):
        today = fields.Date.context_today(self)
        company = self.company_id[:1] or self.env.company
        reviews = self.env["recouv.engine"]._placement_reviews(company, today)
        labels = {review.code: review.message for review in reviews}
        for line in self:
            codes = (line.review_codes or "").split(",")
            line.review_reason = ", ".join(labels.get(code, code) for code in codes)

    @api.depends("reference", "invoice_date", "interest_since", "amount_interest")
    @api.depends_context("lang")
    def _compute_basis(self):
        """CPCE R124-3 1°: what each sum rests on; never what care it was."""
        for line in self:
            text = self.env._(
                "Fees, note %(number)s of %(date)s",
                number=line.reference or line.claim_id.reference or "",
                date=format_date(self.env, line.invoice_date),
            )
            if line.amount_interest:
                text = self.env._(
                    "%(fees)s; interest at the legal rate since the mise en demeure "
                    "of %(date)s",
                    fees=text,
                    date=format_date(self.env, line.interest_since),
                )
            line.basis = text

    # --- what happened is not edited ------------------------------------------------

    @api.model
    def _creatable_fields(self):
        return frozenset({"placement_id", "claim_id"})

    def _is_deletable(self):
        return self.state == "draft" or super()._is_deletable()

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS: a line is born with what its practitioner looks at first."""
        lines = super().create(vals_list)
        lines._note_reviews()
        return lines

    # --- review ---------------------------------------------------------------------

    @api.model
    def _drafted(self, claims):
        """Return those of ``claims`` that are in a placement to review already."""
        lines = self.search([("claim_id", "in", claims.ids), ("state", "=", "draft")])
        return lines.claim_id

    def _verdicts(self):
        """Return {line: Verdict}, in one statement per placement's agency."""
        found = {}
        for placement, lines in self.grouped("placement_id").items():
            # sudo: the mandate's agency is named on it
            agency = placement.mandate_id.sudo().agency_id
            verdicts = lines.claim_id._placement_verdicts(agency)
            found |= {line: verdicts[line.claim_id.id] for line in lines}
        return found

    def _note_reviews(self):
        """Flag the lines at which tact asks the practitioner to look first (H1)."""
        verdicts = self._verdicts()
        if not verdicts:
            return
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE recouv_placement_line pl
                      SET review_codes = NULLIF(v.codes, ''),
                          review_state = CASE WHEN v.codes = '' THEN 'none'
                                              ELSE 'to_review' END,
                          amount_principal = v.principal
                     FROM UNNEST(%s, %s, %s::numeric[]) AS v (id, codes, principal)
                    WHERE pl.id = v.id""",
                [line.id for line in verdicts],
                [",".join(verdict.reviews) for verdict in verdicts.values()],
                [verdict.principal for verdict in verdicts.values()],
            )
        )
        self.invalidate_recordset()

    def action_keep(self):
        """The practitioner has looked: these go all the same."""
        self._check_draft()
        self.filtered(lambda line: line.review_state == "to_review")._record(
            {"review_state": "kept", "reviewed_by_id": self.env.uid}
        )
        return True

    def action_take_out(self):
        """The practitioner has looked: these stay with the practice."""
        self._check_draft()
        self._record(
            {
                "state": "removed",
                "removed_code": "taken_out",
                "answer_reason": self.env._("Taken out by the practice."),
                "reviewed_by_id": self.env.uid,
            }
        )
        return True

    def _check_draft(self):
        self.placement_id._check_manager()
        for line in self:
            if line.state != "draft":
                raise UserError(
                    self.env._(
                        "%(claim)s is no longer to be reviewed.",
                        claim=line.claim_id.display_name,
                    )
                )

    # --- what may leave -------------------------------------------------------------

    def _leave_behind(self):
        """Take out what may not leave (any more), with its reason; return the rest.

        :raise UserError: nothing may leave; names the first claim, and why
        """
        if not self:
            raise UserError(self.env._("There is no claim to hand over."))
        placement = self.placement_id
        # sudo: the mandate's agency is named on it
        agency = placement.mandate_id.sudo().agency_id
        sentences = self.claim_id._placement_messages(placement.company_id, agency)
        stay = {}
        for line, verdict in self._verdicts().items():
            if verdict.code:
                stay[verdict.code] = stay.get(verdict.code, self.browse()) | line
        left = self.browse().union(*stay.values())
        if left == self:
            code, lines = next(iter(stay.items()))
            raise UserError(
                self.env._(
                    "%(claim)s cannot be handed over: %(obstacle)s",
                    claim=lines[0].claim_id.display_name,
                    obstacle=sentences[code],
                )
            )
        for code, lines in stay.items():
            lines._record(
                {
                    "state": "removed",
                    "removed_code": code,
                    "answer_reason": standing_alone(sentences[code]),
                }
            )
        return self - left

    def _fix_sums(self):
        """Fix the schedule of sums (CPCE R124-3 1°): principal, interest, basis."""
        self.env.flush_all()
        today = fields.Date.context_today(self)
        interest = self.placement_id.company_id._recouv_config().recouv_interest
        self.env.cr.execute(
            SQL(
                """UPDATE recouv_placement_line pl
                      SET reference = c.reference, invoice_date = c.invoice_date,
                          interest_since = CASE WHEN %(interest)s
                                                THEN c.formal_notice_date END,
                          amount_interest = 0,
                          amount_principal = ROUND(
                              l.amount_residual_currency - %(not_asked)s,
                              cur.decimal_places)
                     FROM recouv_claim c
                     JOIN account_move_line l ON l.id = c.move_line_id
                     JOIN res_currency cur ON cur.id = c.currency_id
                    WHERE c.id = pl.claim_id AND pl.id = ANY(%(lines)s)""",
                interest=bool(interest),
                not_asked=self.claim_id._not_asked_sql(SQL.identifier("c"), today),
                lines=self.ids,
            )
        )
        self.invalidate_recordset()
        if interest:
            self._fix_interest(today)

    def _fix_interest(self, today):
        principals = {line.claim_id: line.amount_principal for line in self}
        accrued = self.claim_id._accrued_interest(principals, today)
        for line in self:
            if amount := accrued.get(line.claim_id):
                line._record({"amount_interest": amount})

    # --- crossing -----------------------------------------------------------------

    def _mirror(self):
        """Give the agency its own claims for these, in a flat number of statements.

        Elevated: it writes, in the mandate's agency only, contacts made of whitelisted
        values and claims made of numbers and dates. The placement says who sent them.
        """
        mandate = self.placement_id.mandate_id.sudo()
        agency = mandate.agency_id
        debtors = self._agency_debtors(agency)
        creditor = self._agency_creditor(agency)
        self._stop_own_relances()
        self._insert_mirrors(mandate, debtors, creditor)
        self._record({"state": "proposed"})
        # sudo: the holder of the practice's own claims, decided by its manager
        claims = self.claim_id.sudo().with_context(**SILENT)
        claims.write({"holder": "agency", "mandate_id": mandate.id})

    def _stop_own_relances(self):
        """What the practice had ready for these debtors does not leave any more."""
        self.claim_id._withdraw_notices("placed")

    def _agency_debtors(self, agency):
        """Return {debtor: the agency's contact}: known from this practice, or new.

        Never looked up by name or address, nor by a contact that two practices share:
        two practices' debtors are not joined.
        """
        debtors = self.claim_id.partner_id
        contacts = self._agency_contacts(agency)
        found = {
            debtor: contacts.browse(contact_id)
            for debtor, contact_id in self._known_contacts(debtors, agency).items()
        }
        missing = debtors.filtered(lambda debtor: debtor not in found)
        created = contacts.create([self._contact_values(p, agency) for p in missing])
        return found | dict(zip(missing, created, strict=True))

    def _known_contacts(self, debtors, agency):
        """Return {debtor: id of the agency's contact of him for this practice}.

        What was not followed while nothing of his was placed is refreshed.
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (pc.partner_id) pc.partner_id, ac.partner_id,
                          BOOL_OR(pl.state IN %s) OVER (PARTITION BY pc.partner_id)
                     FROM recouv_placement_line pl
                     JOIN recouv_claim pc ON pc.id = pl.claim_id
                     JOIN recouv_claim ac ON ac.id = pl.agency_claim_id
                    WHERE pc.partner_id = ANY(%s) AND pl.company_id = %s
                      AND ac.company_id = %s
                    ORDER BY pc.partner_id, ac.id DESC""",
                HELD,
                debtors.ids,
                self.company_id.id,
                agency.id,
            )
        )
        known = {}
        for debtor_id, contact_id, is_followed in rows:
            debtor = debtors.browse(debtor_id)
            known[debtor] = contact_id
            if not is_followed:
                contact = self._agency_contacts(agency).browse(contact_id)
                contact.write(self._contact_values(debtor, agency))
        return known

    @api.model
    def _agency_contacts(self, agency):
        """Return the contacts model, elevated (see _mirror), silent, in the agency.

        By the superuser: no user of the practice signs a record of the agency.
        """
        contacts = self.env["res.partner"].with_user(SUPERUSER_ID)
        return contacts.with_company(agency).with_context(**SILENT)

    @api.model
    def _contact_values(self, debtor, agency):
        """Return what the agency may know of a debtor (law.md §6.2)."""
        paper = debtor._recouv_contact("letter")
        person = debtor._recouv_stand_in() or debtor
        values = {
            "company_id": agency.id,
            "name": person.name,
            "is_company": person.is_company,
            "lang": person.lang,
            "recouv_debtor_kind": debtor.recouv_debtor_kind,
            # the wishes of who is reached, and of who is spoken of
            **{wish: any((debtor | person).mapped(wish)) for wish in WISHES},
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
        contacts = self._agency_contacts(agency)
        values = {
            "name": practice.name,
            "lang": practice.partner_id.lang,
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
        # superuser: no user of the practice signs a record of the agency
        engine = self.env["recouv.engine"].with_user(SUPERUSER_ID)
        columns, values = engine._insert_columns(
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
                         WHERE pl.id = ANY(%(lines)s)),
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
                lines=self.ids,
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

    # --- answers --------------------------------------------------------------------

    def _take_back(self, state, reason, code=None, close_reason=None):
        """The practice works its claims again, where they stood.

        :param state: ``refused`` (by the agency) or ``recalled`` (by the practice)
        :param reason: why; of a recall the practice alone reads it
        :param code: the kind of reason, for the figures
        :param close_reason: why the mirror ends, ``state`` by default
        """
        # superuser: the mirrors of these lines end with their reason, and the claims
        # go back; neither company's user signs the other's records
        lines = self.with_user(SUPERUSER_ID).with_context(**SILENT)
        unsettled = lines._awaiting_settlement()
        lines.agency_claim_id._end_mirror(
            close_reason or state, self._told_agency(state, reason, close_reason)
        )
        lines.write(
            {
                "state": state,
                "answered_on": fields.Date.context_today(self),
                "answered_by_id": self.env.uid,
                "answer_code": code,
                "answer_reason": reason,
            }
        )
        lines.claim_id._record({"holder": "practice"})
        lines.claim_id._refresh_ladder()
        unsettled._hold_until_settled()
        lines.placement_id._close_if_over()

    @api.model
    def _told_agency(self, state, reason, close_reason):
        """Return what the agency reads of it on the agreements that end: its own
        refusal, or how the debt ended; never why the practice recalled it."""
        if state != "recalled" or close_reason:
            return reason
        return self.env._("The practice has called it back.")

    def _awaiting_settlement(self):
        """Return the lines for which the agency has received money that the practice
        has not yet been given. Extended by what books that money."""
        return self.browse()

    def _hold_until_settled(self):
        """Suspend, at the practice, what the agency still owes it an account of."""
        if self:
            self.claim_id._hold("agency_account")

    def _settled_with_practice(self):
        """What the agency had received is settled: the relance may go on.

        Called by what books that money; does nothing for what is not suspended so.
        """
        # sudo: a suspension of its own kind, which money has ended
        holds = self.sudo().claim_id._active_holds()
        mine = holds.filtered(lambda hold: hold.reason == "agency_account")
        mine._narrowed_to(self.sudo().claim_id).action_lift(
            self.env._("The agency has settled its account.")
        )

    def action_recall(self):
        """Ask why these claims are called back."""
        return self.claim_id.action_recall_placement()

    def action_open_claim(self):
        """Open the practice's claim of this line."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "recouv.claim",
            "res_id": self.claim_id.id,
            "views": [(False, "form")],
        }

    def action_seen(self):
        """The practice has looked at the agency's answer."""
        self.check_access("read")
        # sudo: only the day of the look is written
        self.sudo().write({"seen_on": fields.Date.context_today(self)})
        return True
