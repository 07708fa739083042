from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

SCOPES = [("collection", "Debt collection"), ("tiers_payant", "Tiers payant")]
STATES = [
    ("draft", "Draft"),
    ("signed", "Signed"),
    ("expired", "Expired"),
    ("revoked", "Revoked"),
]
PARTIES = [("practice", "Practice"), ("agency", "Agency")]
# what happened to a mandate; written by its own methods only
FACTS = {
    "name",
    "state",
    "signed_on",
    "ended_on",
    "end_kind",
    "end_reason",
    "end_party",
    "is_breach",
    "replaced_by_id",
    "convention",
}


class RecouvMandate(models.Model):
    """The written convention by which a practice lets an agency collect (CPCE R124-3).

    Both companies read it, so that it carries no discussion and no link to anything
    else of the practice. Without an active one nothing is placed. Its terms are those
    of ``recouv_mandate_terms``; once a party has signed they do not change any more:
    a change is an amendment, a new mandate that replaces this one.

    An agency's *standard terms* are a mandate of the agency with itself that nobody
    signs; a practice's draft may take them over.
    """

    _name = "recouv.mandate"
    _description = "Collection mandate"
    _order = "valid_from desc, id desc"

    name = fields.Char("Number", required=True, copy=False, default="/", readonly=True)
    company_id = fields.Many2one(
        "res.company",
        "Practice",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    agency_id = fields.Many2one("res.company", required=True, index=True)
    agency_choice = fields.Selection(
        "_select_agencies",
        "With the agency",
        compute="_compute_agency_choice",
        inverse="_inverse_agency_choice",
        help="The agencies that work in this database.",
    )
    practice_name = fields.Char("Name of the practice", compute="_compute_names")
    agency_name = fields.Char("Name of the agency", compute="_compute_names")
    scope = fields.Selection(SCOPES, required=True, default="collection")
    is_standard = fields.Boolean("Standard terms of the agency", readonly=True)
    state = fields.Selection(
        STATES, required=True, default="draft", readonly=True, copy=False
    )
    signed_on = fields.Date("Signed by both on", readonly=True, copy=False)
    valid_from = fields.Date(
        "In force from", required=True, default=fields.Date.context_today
    )
    valid_to = fields.Date("Until", help="Empty: until one of the parties ends it.")
    signature_ids = fields.One2many(
        "recouv.mandate.signature", "mandate_id", "Signatures", copy=False
    )
    document_ids = fields.One2many(
        "recouv.mandate.document", "mandate_id", "Documents", copy=False
    )
    # --- its end
    ended_on = fields.Date(
        "No longer in force from", readonly=True, copy=False, index="btree_not_null"
    )
    end_kind = fields.Selection(
        [("revoked", "Revoked"), ("replaced", "Replaced by an amendment")],
        "How it ended",
        readonly=True,
        copy=False,
    )
    end_reason = fields.Char("Why it was revoked", readonly=True, copy=False)
    end_party = fields.Selection(PARTIES, "Revoked by", readonly=True, copy=False)
    is_breach = fields.Boolean("For serious breach", readonly=True, copy=False)
    replaces_id = fields.Many2one(
        "recouv.mandate", "Amends", readonly=True, copy=False, index="btree_not_null"
    )
    replaced_by_id = fields.Many2one(
        "recouv.mandate", "Replaced by", readonly=True, copy=False
    )
    # --- what the user who looks may do
    own_party = fields.Selection(PARTIES, compute="_compute_own_party")
    is_editable = fields.Boolean(compute="_compute_own_party")
    can_sign = fields.Boolean(compute="_compute_own_party")
    can_withdraw = fields.Boolean(compute="_compute_own_party")

    _number_once = models.UniqueIndex(
        "(company_id, name) WHERE name <> '/'",
        "This number is taken by another mandate of the practice: try again.",
    )
    _standard_once = models.UniqueIndex(
        "(agency_id, scope) WHERE is_standard",
        "The agency has standard terms of this scope already: open those.",
    )
    _valid_dates = models.Constraint(
        "CHECK(valid_to IS NULL OR valid_to >= valid_from)",
        "A mandate cannot end before it begins.",
    )
    # claims are proposed and worked under the mandate in force
    _parties_idx = models.Index("(company_id, agency_id, scope, state)")

    @api.constrains("company_id", "agency_id", "is_standard")
    def _check_two_companies(self):
        for mandate in self:
            if (mandate.company_id == mandate.agency_id) != mandate.is_standard:
                raise ValidationError(
                    self.env._("A practice cannot be its own collection agency.")
                )

    @api.constrains("replaces_id", "company_id", "agency_id")
    def _check_amendment(self):
        # sudo: whose mandate it would replace, also one that the user may not read
        for mandate in self.sudo().filtered("replaces_id"):
            old = mandate.replaces_id
            if (old.company_id, old.agency_id) != (
                mandate.company_id,
                mandate.agency_id,
            ):
                raise ValidationError(
                    self.env._("An amendment is between the same two parties.")
                )

    # --- who and what ---------------------------------------------------------------

    @api.model
    def _select_agencies(self):
        # sudo: the names of the agencies that offer their services here, no more
        agencies = self.env["recouv.agency.profile"].sudo().search([]).company_id
        return [(str(agency.id), agency.name) for agency in agencies.sorted("name")]

    @api.depends("agency_id")
    def _compute_agency_choice(self):
        known = dict(self._select_agencies())
        for mandate in self:
            choice = str(mandate.agency_id.id)
            mandate.agency_choice = choice if choice in known else False

    def _inverse_agency_choice(self):
        for mandate in self.filtered("agency_choice"):
            mandate.agency_id = int(mandate.agency_choice)

    @api.depends("company_id", "agency_id")
    def _compute_names(self):
        for mandate in self:
            # sudo: the parties know each other's name, and nothing else of the company
            parties = mandate.sudo()
            mandate.practice_name = parties.company_id.name
            mandate.agency_name = parties.agency_id.name

    @api.depends("name", "agency_id", "company_id")
    @api.depends_context("lang", "uid")
    def _compute_display_name(self):
        own = self.env.user.company_ids
        for mandate in self:
            other = (
                mandate.practice_name
                if mandate.agency_id in own
                else mandate.agency_name
            )
            number = mandate.name if mandate.name != "/" else self.env._("Mandate")
            if mandate.is_standard:
                number, other = self.env._("Standard terms"), mandate.agency_name
            mandate.display_name = " – ".join(filter(None, [number, other]))

    @api.depends("state", "is_standard", "signature_ids.undone_on", "company_id",
                 "agency_id")  # fmt: skip
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_own_party(self):
        decides = self.env.user.has_group("recouv_lib.group_manager")
        for mandate in self:
            party = mandate._party_of(self.env.companies)
            signed = mandate._standing_signatures().mapped("party")
            open_ = mandate.state == "draft" and decides
            mandate.own_party = party
            mandate.is_editable = open_ and party == "practice" and not signed
            can_sign = open_ and party and party not in signed
            mandate.can_sign = can_sign and not mandate.is_standard
            mandate.can_withdraw = open_ and party in signed

    def _party_of(self, companies):
        """Return the party that these companies are: practice, agency or False.

        Standard terms are the agency's own: it edits them as a practice its draft.
        """
        if self.company_id in companies:
            return "practice"
        return "agency" if self.agency_id in companies else False

    def _standing_signatures(self):
        return self.signature_ids.filtered(lambda s: not s.undone_on)

    # --- in force -------------------------------------------------------------------

    @api.model
    def _in_force_domain(self, day):
        """Mandates under which claims may be placed and worked on ``day``.

        It holds for past days too: what ended later was in force.
        """
        running = Domain("valid_to", "=", False) | Domain("valid_to", ">=", day)
        return (
            Domain("state", "!=", "draft")
            & (Domain("signed_on", "=", False) | Domain("signed_on", "<=", day))
            & Domain("valid_from", "<=", day)
            & (Domain("ended_on", "=", False) | Domain("ended_on", ">", day))
            & (running | Domain("tacit_renewal", "=", True))
        )

    def _is_active(self, day):
        """Say whether claims may be placed and worked under it on ``day``."""
        self.ensure_one()
        return bool(self.filtered_domain(self._in_force_domain(day)))

    def _check_active(self, day):
        """:raise UserError: the mandate does not allow anything on ``day``"""
        for mandate in self:
            if not mandate._is_active(day):
                raise UserError(
                    self.env._(
                        "The mandate %(mandate)s is not in force: have it signed by "
                        "both parties, or renew it, before placing claims.",
                        mandate=mandate.name,
                    )
                )

    @api.model
    def _in_force(self, company, day, agency=None, scope="collection"):
        """Return the mandate of a practice in force on ``day``, the latest one.

        :param company: the practice
        :param agency: the company mandated, any when None
        """
        domain = self._in_force_domain(day) & Domain(
            [("company_id", "=", company.id), ("scope", "=", scope)]
        )
        if agency:
            domain &= Domain("agency_id", "=", agency.id)
        return self.search(domain, limit=1)

    def _current(self):
        """Return the mandate that now stands in place of this one: its last signed
        amendment."""
        self.ensure_one()
        mandate = self
        while mandate.replaced_by_id:
            mandate = mandate.replaced_by_id
        return mandate

    def _on_day(self, day):
        """Return the mandate whose terms held on ``day``: this one, one that it amends
        or one that amends it. Money is priced as was agreed on its day."""
        mandate = self and self._current()
        while day and day < (mandate.replaces_id.ended_on or day):
            mandate = mandate.replaces_id
        return mandate

    def _family(self):
        """Return the mandate that stands now and all that it amends, one by one."""
        family = mandate = self._current()
        while mandate.replaces_id:
            mandate = mandate.replaces_id
            family |= mandate
        return family

    # --- writing --------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS: number each for its practice; facts are not given from outside."""
        for vals in vals_list:
            if not self.env.su:
                for name in FACTS & vals.keys():
                    vals.pop(name)
            if choice := vals.pop("agency_choice", None):
                vals["agency_id"] = int(choice)
        clean = self
        if not self.env.su:
            clean = self._recouv_only_defaults(self._fields.keys() - FACTS)
        mandates = super(RecouvMandate, clean).create(vals_list).with_env(self.env)
        numbering = self.env["recouv.collection"]
        for mandate in mandates.filtered(lambda m: m.name == "/" and not m.is_standard):
            mandate._record({"name": numbering._next_number(mandate.company_id, "MR")})
        return mandates

    def write(self, vals):
        """EXTENDS: facts come from the methods, terms are frozen by a signature."""
        if not self.env.su and FACTS & vals.keys():
            raise UserError(
                self.env._("A mandate is signed and ended with its buttons.")
            )
        if vals.keys() & {"company_id", "is_standard"} and self._changes(vals):
            raise UserError(self.env._("A mandate stays with its practice."))
        if self._terms() & vals.keys():
            self._check_editable()
        return super().write(vals)

    def _changes(self, vals):
        return any(
            mandate._fields[name].convert_to_write(mandate[name], mandate) != value
            for mandate in self
            for name, value in vals.items()
            if name in ("company_id", "is_standard")
        )

    def _record(self, vals):
        """Write what happened, for either party.

        superuser: the agency has no right to write on a practice's mandate, and neither
        party reads the other's users; what is written was decided by a method that
        checked its own. Flushed at once: a later flush would note its own user.
        """
        records = self.with_user(SUPERUSER_ID)
        records.write(vals)
        records.flush_recordset()

    def _check_editable(self):
        """:raise UserError: somebody signed these terms"""
        for mandate in self:
            if mandate.state != "draft" or mandate._standing_signatures():
                raise UserError(
                    self.env._(
                        "The terms of %s are signed: amend the mandate, or have the "
                        "signature undone while the other party has not signed.",
                        mandate.display_name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_signed(self):
        for mandate in self:
            if mandate.state != "draft" or mandate.signature_ids:
                raise UserError(
                    self.env._("%s was signed: it is kept.", mandate.display_name)
                )

    # --- the standard terms of an agency --------------------------------------------

    @api.model
    def action_open_standard(self):
        """Open the agency's standard terms, made on the first time."""
        self.check_access("create")
        company = self.env.company
        if not company.recouv_is_agency:
            raise UserError(
                self.env._(
                    "%s is no collection agency: only an agency has standard terms.",
                    company.name,
                )
            )
        # sudo: opened by a manager of the agency, for his own company
        mandate = self._standard(company) or self.sudo().create(
            {
                "company_id": company.id,
                "agency_id": company.id,
                "is_standard": True,
            }
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_mandate_action"
        )
        return action | {"views": [(False, "form")], "res_id": mandate.id}

    @api.model
    def _standard(self, agency, scope="collection"):
        # sudo: the terms that the agency offers to whom it works for
        return self.sudo().search(
            [
                ("agency_id", "=", agency.id),
                ("scope", "=", scope),
                ("is_standard", "=", True),
            ],
            limit=1,
        )

    def action_take_standard(self):
        """Take over the standard terms of the agency, its scale included."""
        for mandate in self:
            mandate.check_access("write")
            mandate._check_editable()
            # sudo: an agency offers its standard terms to every practice here
            standard = self._standard(mandate.agency_id, mandate.scope)
            if not standard:
                raise UserError(
                    self.env._(
                        "%s has published no standard terms.", mandate.agency_name
                    )
                )
            mandate.write(standard._terms_to_copy())

    def _terms_to_copy(self):
        """Return the values of the terms that another mandate may take over."""
        kept = self._terms() - {
            "company_id",
            "agency_id",
            "scope",
            "valid_from",
            "valid_to",
            "remit_iban",
            "remit_holder",
            "currency_id",
        }
        data = self.copy_data()[0]
        return {
            name: data[name] for name in kept if name in data
        } | {"fee_line_ids": [(5, 0, 0), *data.get("fee_line_ids", [])]}  # fmt: skip

    # --- amendments and the end -----------------------------------------------------

    def action_amend(self):
        """Prepare the mandate that will replace this one, with the same terms."""
        self.ensure_one()
        if self.state != "signed" or self.replaced_by_id:
            raise UserError(
                self.env._("Only a mandate in force is amended: %s is not.", self.name)
            )
        today = fields.Date.context_today(self)
        values = {"replaces_id": self.id, "valid_from": max(today, self.valid_from)}
        amendment = self.copy(values)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_mandate_action"
        )
        return action | {"views": [(False, "form")], "res_id": amendment.id}

    def action_ask_revoke(self):
        """Open the dialog that asks when and why."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Revoke"),
            "res_model": "recouv.mandate.revoke",
            "view_mode": "form",
            "target": "new",
            "context": {"default_mandate_id": self.id},
        }

    def _revoke(self, day, reason, is_breach=False):
        """End the mandate from ``day`` on, by the party of the user.

        :param day: the first day on which it is no longer in force; before the end of
            the notice only for a serious breach
        :param reason: required; both parties read it
        """
        self.ensure_one()
        party = self._acting_party()
        self._check_revocation(day, reason, is_breach)
        self._record(
            {
                "ended_on": day,
                "end_kind": "revoked",
                "end_reason": reason.strip(),
                "end_party": party,
                "is_breach": is_breach,
            }
        )
        self._end_due(fields.Date.context_today(self))

    def _check_revocation(self, day, reason, is_breach):
        today = fields.Date.context_today(self)
        if self.state != "signed" or self.ended_on:
            raise UserError(
                self.env._("%s is not in force: nothing to revoke.", self.name)
            )
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the mandate is revoked."))
        earliest = today if is_breach else fields.Date.add(today, days=self.notice_days)
        if day < earliest:
            raise UserError(
                self.env._(
                    "The notice of %(days)s days runs until %(date)s; only a serious "
                    "breach ends the mandate before.",
                    days=0 if is_breach else self.notice_days,
                    date=format_date(self.env, earliest),
                )
            )

    def action_withdraw_revocation(self):
        """The party that gave notice takes it back, while the mandate runs."""
        self.ensure_one()
        if self.state != "signed" or self.end_kind != "revoked":
            raise UserError(self.env._("No notice runs for %s.", self.name))
        if self._acting_party() != self.end_party:
            raise UserError(self.env._("Only who gave notice takes it back."))
        self._record(
            dict.fromkeys(
                ("ended_on", "end_kind", "end_reason", "end_party", "is_breach"), False
            )
        )

    def _acting_party(self):
        """Return the party for which the user may decide.

        :raise AccessError: no manager, or of neither party
        :raise UserError: of both, so that one would decide for the other
        """
        self.ensure_one()
        user = self.env.user
        if not user.has_group("recouv_lib.group_manager"):
            raise AccessError(
                self.env._("Only a manager signs or ends a mandate; you are none.")
            )
        party = self._party_of(user.company_ids & self.env.companies)
        if not party:
            raise AccessError(self.env._("This mandate concerns other companies."))
        both = self.company_id | self.agency_id
        if len(both) > 1 and both <= user.company_ids:
            raise UserError(
                self.env._(
                    "You belong to both parties of %s: nobody signs or decides for "
                    "the other party.",
                    self.display_name,
                )
            )
        return party

    @api.model
    def _cron_end(self):
        """End what the calendar ends; who places claims looks at the dates himself."""
        today = fields.Date.context_today(self)
        # sudo: the job of every company; only dates decide
        self.sudo().search([("state", "=", "signed")])._end_due(today)

    def _end_due(self, today):
        """Set the state of mandates that are over on ``today``, and call the hooks."""
        # sudo: a mandate ends for both parties on its day, whoever looks
        for mandate in self.sudo():
            if mandate.state != "signed" or mandate._lasts(today):
                continue
            if mandate.end_kind == "revoked":
                mandate._record({"state": "revoked"})
                mandate._on_revoked()
            else:
                mandate._record({"state": "expired"})
                mandate._on_expired()

    def _lasts(self, day):
        """Say whether it still runs, or has still to begin, on ``day``."""
        if self.ended_on:
            return day < self.ended_on
        return self.tacit_renewal or not self.valid_to or day <= self.valid_to

    def _on_revoked(self):
        """Hook, with elevated rights: the mandate was revoked and is over today.

        What is placed under it goes back to the practice: placements extend this.
        """
        self.ensure_one()

    def _on_expired(self):
        """Hook, with elevated rights: the mandate is over, or was replaced."""
        self.ensure_one()

    def _on_replaced(self, new):
        """Hook, with elevated rights: ``new`` was signed in place of this one.

        What is placed goes on under the new one: placements extend this.
        """
        self.ensure_one()

    @api.model
    def _ending_domain(self, today):
        """Signed mandates that end within 60 days, for the alarm."""
        soon = fields.Date.add(today, days=60)
        ends = Domain("valid_to", "<=", soon) & Domain("tacit_renewal", "=", False)
        return Domain("state", "=", "signed") & (
            Domain("ended_on", "<=", soon) & Domain("end_kind", "=", "revoked")
            | Domain("ended_on", "=", False) & ends
        )
