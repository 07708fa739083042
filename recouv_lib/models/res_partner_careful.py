from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..lib.months import add_months
from .account_move_screens import READERS
from .recouv_engine import Blocker

MAJORITY_MONTHS = 18 * 12  # code civil, art. 414
PROTECTIONS = [
    ("tutelle", "Guardianship (tutelle)"),
    ("curatelle", "Curatorship (curatelle)"),
]
# which wish of a person forbids a channel
FORBIDDING = {
    "sms": ("recouv_no_sms",),
    "call": ("recouv_no_call",),
    "email": ("recouv_no_email", "recouv_shared_mailbox"),
    "letter": ("recouv_no_home_letter",),
    "registered_letter": ("recouv_no_home_letter",),
}
PAPER = ("letter", "registered_letter")


class ResPartner(models.Model):
    """People to be careful with: who may be written to in their place, and how.

    Minors (the debtor is the parent who engaged the care; care may be confidential:
    code de la santé publique L1111-5), deceased (the estate), protected adults (code
    civil 467, 475) and people whose address, number or mailbox others read. The rules
    stand here; the engine's blockers and the channels ask.
    """

    _inherit = "res.partner"

    recouv_minor = fields.Boolean("Minor", groups=READERS)
    recouv_birth_date = fields.Date("Date of birth", groups=READERS, copy=False)
    recouv_minor_decided_on = fields.Date(
        "Contact decided on",
        groups="recouv_lib.group_manager",
        readonly=True,
        copy=False,
        help="The day the practitioner decided that the parent may be contacted.",
    )
    # of this company's people: never copied to another company's
    recouv_guardian_id = fields.Many2one(
        "res.partner",
        "Parent or guardian",
        groups=READERS,
        copy=False,
        domain="[('id', '!=', id), ('company_id', 'in', (company_id, False))]",
        help="The parent who engaged the care of a minor; the guardian or curator of "
        "a protected adult.",
    )
    recouv_protection = fields.Selection(
        PROTECTIONS, "Legal protection", groups=READERS
    )
    recouv_deceased_on = fields.Date("Deceased on", groups=READERS)
    recouv_estate_contact_id = fields.Many2one(
        "res.partner",
        "Notary or contact of the estate",
        groups=READERS,
        copy=False,
        domain="[('id', '!=', id), ('company_id', 'in', (company_id, False))]",
    )
    recouv_no_sms = fields.Boolean("No SMS", groups=READERS)
    recouv_no_call = fields.Boolean("No call", groups=READERS)
    recouv_no_voicemail = fields.Boolean("No voice message", groups=READERS)
    recouv_no_email = fields.Boolean("No e-mail", groups=READERS)
    recouv_no_home_letter = fields.Boolean("No letter at home", groups=READERS)
    recouv_shared_mailbox = fields.Boolean(
        "Shared mailbox",
        groups=READERS,
        help="Others read this e-mail address: nothing is sent there.",
    )
    recouv_safe_contact_id = fields.Many2one(
        "res.partner",
        "Safe contact",
        groups=READERS,
        copy=False,
        domain="[('id', '!=', id), ('company_id', 'in', (company_id, False))]",
        help="The address, number and e-mail to use instead of the person's own.",
    )
    recouv_caution = fields.Char(
        "Caution", compute="_compute_recouv_caution", groups=READERS
    )

    @api.constrains(
        "recouv_guardian_id", "recouv_estate_contact_id", "recouv_safe_contact_id"
    )
    def _check_recouv_other_person(self):
        for person in self:
            others = (
                person.recouv_guardian_id
                | person.recouv_estate_contact_id
                | person.recouv_safe_contact_id
            )
            if person in others:
                raise UserError(
                    self.env._(
                        "%(name)s cannot stand in for himself: choose another contact.",
                        name=person.display_name,
                    )
                )
            if any(
                other.company_id and other.company_id != person.company_id
                for other in others
                if person.company_id
            ):
                raise UserError(
                    self.env._(
                        "%(name)s: the other contact belongs to another company.",
                        name=person.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS 'base': a death or a protection suspends until a human looks."""
        persons = super().create(vals_list)
        for person, vals in zip(persons, vals_list, strict=True):
            person._recouv_suspend_careful(vals)
        return persons

    def write(self, vals):
        """EXTENDS 'base': as at creation."""
        result = super().write(vals)
        self._recouv_suspend_careful(vals)
        return result

    def _recouv_suspend_careful(self, vals):
        if vals.get("recouv_deceased_on"):
            self._recouv_suspend_person("deceased")
        if vals.get("recouv_protection"):
            self._recouv_suspend_person("protected")

    def _recouv_suspend_person(self, reason):
        """Suspend these persons where they have open claims, once each."""
        holds = self.env["recouv.hold"]
        today = fields.Date.context_today(self)
        for person in self.commercial_partner_id & self:
            claims = self.env["recouv.claim"].search(
                [("partner_id", "=", person.id), ("closed_on", "=", False)]
            )
            for company in claims.company_id or self.env.company:
                known = holds.search_count(
                    holds._standing_domain(today)
                    & holds._same_person_domain(person, company, reason),
                    limit=1,
                )
                if not known:
                    holds.create(
                        {
                            "company_id": company.id,
                            "partner_id": person.id,
                            "reason": reason,
                        }
                    )

    # --- what they are --------------------------------------------------------------

    def _recouv_is_minor(self, today=None):
        """Whether the person is under eighteen today, by birth date or by the flag."""
        self.ensure_one()
        today = today or fields.Date.context_today(self)
        if self.recouv_birth_date:
            return add_months(self.recouv_birth_date, MAJORITY_MONTHS) > today
        return self.recouv_minor

    @api.model
    def _recouv_minor_sql(self, alias, today):
        """Return :meth:`_recouv_is_minor` for the partner row ``alias``."""
        return SQL(
            """COALESCE(%(p)s.recouv_birth_date + interval '18 years' > %(today)s,
                        %(p)s.recouv_minor, FALSE)""",
            p=SQL.identifier(alias),
            today=today,
        )

    @api.model
    def _recouv_minor_to_decide_domain(self, today):
        """Minors who owe something and for whom nobody has decided yet."""
        born = fields.Date.subtract(today, years=18)
        return (
            Domain("recouv_birth_date", ">", born)
            | Domain([("recouv_birth_date", "=", False), ("recouv_minor", "=", True)])
        ) & Domain(
            [
                ("recouv_minor_decided_on", "=", False),
                ("recouv_claim_ids", "any", [("closed_on", "=", False)]),
            ]
        )

    @api.depends_context("lang")
    @api.depends(
        "recouv_minor",
        "recouv_birth_date",
        "recouv_deceased_on",
        "recouv_protection",
        "recouv_no_sms",
        "recouv_no_call",
        "recouv_no_voicemail",
        "recouv_no_email",
        "recouv_no_home_letter",
        "recouv_shared_mailbox",
        "recouv_safe_contact_id",
        "recouv_hold_ids",
    )
    def _compute_recouv_caution(self):
        for person in self:
            words = person._recouv_caution_words()
            person.recouv_caution = bool(words) and self.env._(
                "Caution: %(words)s", words=", ".join(words)
            )

    def _recouv_caution_words(self):
        """Return what whoever speaks or writes to this person must know first."""
        self.ensure_one()
        _ = self.env._
        words = []
        if self.recouv_deceased_on:
            day = format_date(self.env, self.recouv_deceased_on)
            words.append(_("deceased on %(date)s", date=day))
        if self._recouv_is_minor():
            words.append(_("minor: speak to the parent only"))
        if self.recouv_protection == "tutelle":
            words.append(_("under guardianship: the guardian acts"))
        if self.recouv_protection == "curatelle":
            words.append(_("under curatorship: the curator assists"))
        if self._recouv_is_over_indebted():
            words.append(_("over-indebtedness file: ask for no payment"))
        return words + self._recouv_wishes()

    def _recouv_wishes(self):
        names = (
            "recouv_no_call",
            "recouv_no_voicemail",
            "recouv_no_sms",
            "recouv_no_email",
            "recouv_no_home_letter",
            "recouv_shared_mailbox",
        )
        labels = self.fields_get(names, ["string"])
        wishes = [labels[name]["string"].lower() for name in names if self[name]]
        if self.recouv_safe_contact_id:
            wishes.append(self.env._("use the safe contact"))
        return wishes

    def _recouv_is_over_indebted(self, company=None):
        """Whether a file found admissible stands against asking for payment."""
        today = fields.Date.context_today(self)
        holds = self.env["recouv.hold"]
        domain = holds._standing_domain(today) & holds._same_person_domain(
            self, company or self.env.companies, "over_indebted"
        )
        return bool(
            self.ids
            and holds.search_count(
                # a file of which no date is known is taken for admissible
                domain
                & (
                    Domain("admissible_on", "!=", False)
                    | Domain("filed_on", "=", False)
                ),
                limit=1,
            )
        )

    # --- who acts, who is written to ------------------------------------------------

    def _recouv_signatory(self):
        """Return who signs a plan or an acknowledgment for this person.

        The parent of a minor, the guardian of a tutelle (code civil 473, 475); in a
        curatelle the person herself, assisted; empty where nobody may.
        """
        self.ensure_one()
        if self.recouv_deceased_on:
            return self.browse()
        if self._recouv_is_minor() or self.recouv_protection == "tutelle":
            return self.recouv_guardian_id
        return self

    def _recouv_plan_obstacle(self, company=None):
        """Return why no plan nor acknowledgment may be asked of him, or None.

        While an over-indebtedness file is admissible the debtor may not pay earlier
        debts (code de la consommation L722-5).
        """
        self.ensure_one()
        if self._recouv_is_over_indebted(company):
            return self.env._(
                "%(name)s has an admissible over-indebtedness file: no plan and no "
                "acknowledgment may be asked for (art. L722-5 code de la "
                "consommation).",
                name=self.display_name,
            )
        if self.recouv_deceased_on:
            return self.env._(
                "%s is deceased: nothing can be agreed with a dead person. Record what "
                "the estate pays, and write to its contact.",
                self.display_name,
            )
        if not self._recouv_signatory():
            return self.env._(
                "Nobody can sign for %(name)s: name the parent or the guardian first.",
                name=self.display_name,
            )
        return None

    def _recouv_awaits_decision(self):
        """Whether the practitioner has still to say if the parent may be contacted."""
        self.ensure_one()
        # sudo: whether a decision was taken, nothing more; its date is the manager's
        return self._recouv_is_minor() and not self.sudo().recouv_minor_decided_on

    def _recouv_contact(self, channel):
        """Return the contact to use for this debtor on a channel.

        The estate of a deceased, the parent of a minor, the guardian of a tutelle,
        else the safe contact where it can be reached so, else the person.
        """
        self.ensure_one()
        stand_in = self._recouv_stand_in()
        if stand_in:
            return stand_in
        safe = self.recouv_safe_contact_id
        phones = safe and safe._recouv_phones()
        reachable = {"email": safe.email, "sms": phones, "call": phones}
        if channel in PAPER:
            return safe if safe.street else self
        return safe if reachable.get(channel) else self

    def _recouv_stand_in(self):
        if self.recouv_deceased_on:
            return self.recouv_estate_contact_id
        if self._recouv_is_minor() or self.recouv_protection == "tutelle":
            return self.recouv_guardian_id
        return self.browse()

    @api.model
    def _recouv_recipient_sql(self, alias):
        """Return the id to whom a letter to the partner row ``alias`` goes.

        The same rule as :meth:`_recouv_contact`.
        """
        return SQL(
            """COALESCE(CASE
                WHEN %(p)s.recouv_deceased_on IS NOT NULL
                THEN %(p)s.recouv_estate_contact_id
                WHEN %(p)s.recouv_protection = 'tutelle' OR %(minor)s
                THEN %(p)s.recouv_guardian_id
                WHEN %(p)s.recouv_safe_contact_id IS NOT NULL
                THEN (SELECT safe.id FROM res_partner safe
                       WHERE safe.id = %(p)s.recouv_safe_contact_id
                         AND COALESCE(safe.street, '') <> '')
                END, %(p)s.id)""",
            p=SQL.identifier(alias),
            minor=self._recouv_minor_sql(alias, fields.Date.context_today(self)),
        )

    def _recouv_letter_recipient(self):
        """Return who receives a letter to this debtor.

        :raise UserError: no letter may leave, or the practitioner decides first
        """
        self.ensure_one()
        if forbidden := self._recouv_forbidden("letter"):
            raise UserError(forbidden)
        if self._recouv_awaits_decision():
            raise UserError(
                self.env._(
                    "%s is a minor: the practitioner decides first who is written to.",
                    self.display_name,
                )
            )
        return self._recouv_contact("letter")

    def _recouv_forbidden(self, channel):
        """Return why this debtor may not be contacted on ``channel``, or None.

        Nobody in his place, or the wish of whom the channel would reach.
        """
        self.ensure_one()
        target = self._recouv_contact(channel)
        if self._recouv_needs_stand_in() and not self._recouv_stand_in():
            return self.env._(
                "Nobody is named to be contacted in the place of %(name)s.",
                name=self.display_name,
            )
        for wish in FORBIDDING.get(channel, ()):
            if target[wish]:
                return self.env._(
                    "%(name)s: %(wish)s.",
                    name=target.display_name,
                    wish=target.fields_get([wish], ["string"])[wish]["string"],
                )
        return None

    def _recouv_needs_stand_in(self):
        return (
            bool(self.recouv_deceased_on)
            or self.recouv_protection == "tutelle"
            or self._recouv_is_minor()
        )

    # --- what a human decides -------------------------------------------------------

    def action_recouv_decide_minor(self):
        """The practitioner decides: the parent who engaged the care is contacted.

        :raise AccessError: not a manager; UserError: no parent was named
        """
        if not self.env.user.has_group("recouv_lib.group_manager"):
            raise AccessError(
                self.env._("The practitioner decides whether to contact the parent.")
            )
        for person in self.filtered(lambda p: not p.recouv_guardian_id):
            raise UserError(
                self.env._(
                    "%(name)s is a minor: choose the parent who engaged the care "
                    "first.",
                    name=person.display_name,
                )
            )
        self.check_access("read")
        # sudo: a practitioner may not edit contacts; only this day is written, and
        # the group was checked above
        self.sudo().write({"recouv_minor_decided_on": fields.Date.context_today(self)})
        return True


class RecouvHold(models.Model):
    _inherit = "recouv.hold"

    @api.model
    def _same_person_domain(self, persons, companies, reason):
        return Domain(
            [
                ("company_id", "in", companies.ids),
                ("reason", "=", reason),
                "|",
                ("partner_id", "in", persons.ids),
                ("claim_ids.partner_id", "in", persons.ids),
            ]
        )


class AccountMove(models.Model):
    """Confidential care: nobody is contacted before the practitioner decides."""

    _inherit = "account.move"

    recouv_confidential = fields.Boolean(
        "Confidential care",
        groups=READERS,
        # what replaces an invoice is of the same care; the decision is taken anew
        copy=True,
        help="A minor may ask that his parents do not know (art. L1111-5 code de la "
        "santé publique). Nothing leaves before the practitioner decides; then no "
        "notice names the patient or a date of care.",
    )
    recouv_confidential_decision = fields.Selection(
        [("contact", "Contact, without patient nor date"), ("never", "No contact")],
        "Practitioner's decision",
        groups="recouv_lib.group_manager",
        copy=False,
        tracking=True,
    )


class RecouvEngine(models.AbstractModel):
    _inherit = "recouv.engine"

    @api.model
    def _claim_blockers(self, company, today):
        """EXTENDS: whom the practice is careful with is told before anything else."""
        return [
            *self._careful_blockers(today),
            *super()._claim_blockers(company, today),
        ]

    @api.model
    def _careful_blockers(self, today):
        _ = self.env._
        minor = self.env["res.partner"]._recouv_minor_sql("p", today)
        return [
            Blocker(
                "confidential",
                _("The care is confidential: the practitioner decides first."),
                # payers had it from the practice, and tell nobody by answering
                SQL(
                    "m.recouv_confidential AND c.capacity <> 'payer_followup' "
                    "AND m.recouv_confidential_decision IS DISTINCT FROM 'contact'"
                ),
            ),
            Blocker(
                "minor",
                _(
                    "The debtor is a minor: choose the parent who engaged the care, "
                    "then let the practitioner decide."
                ),
                SQL(
                    "%s AND (p.recouv_guardian_id IS NULL "
                    "OR p.recouv_minor_decided_on IS NULL)",
                    minor,
                ),
            ),
            Blocker(
                "deceased",
                _("The debtor is deceased: name the notary or contact of the estate."),
                SQL(
                    "p.recouv_deceased_on IS NOT NULL "
                    "AND p.recouv_estate_contact_id IS NULL"
                ),
            ),
            Blocker(
                "protected",
                _("The debtor is a protected adult: name the guardian or curator."),
                SQL("p.recouv_protection IS NOT NULL AND p.recouv_guardian_id IS NULL"),
            ),
        ]
