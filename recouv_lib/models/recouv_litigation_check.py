from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date

from ..lib import court

EURO = "EUR"


class RecouvLitigation(models.Model):
    """What the law asks before a file is lodged, and before each act is recorded."""

    _inherit = "recouv.litigation"

    obstacles = fields.Text(
        "What is missing",
        compute="_compute_obstacles",
        help="What stands against lodging the file.",
    )

    @api.depends_context("lang")
    @api.depends(
        "state",
        "route",
        "line_ids.claim_id",
        "court_id",
        "officer_id",
        "lawyer_id",
        "debtor_status",
        "claims_interest",
        "amicable_kind",
        "amicable_on",
        "claimant_kind",
        "claimant_name",
        "claimant_address",
        "claimant_profession",
        "claimant_nationality",
        "claimant_birth_date",
        "claimant_birth_place",
        "claimant_form",
        "claimant_representative",
        "exhibit_ids.state",
    )
    def _compute_obstacles(self):
        for litigation in self:
            found = []
            if litigation.state in court.PREPARING:
                found = litigation._obstacles()
            litigation.obstacles = bool(found) and "\n".join(f"• {s}" for s in found)

    def _obstacles(self):
        """Return what stands against lodging the file, as sentences."""
        return [
            *self._claim_obstacles(),
            *self._person_obstacles(),
            *self._identity_obstacles(),
            *self._route_obstacles(),
            *self._exhibit_obstacles(),
        ]

    def _claim_obstacles(self):
        claims = self.line_ids.claim_id
        if not claims:
            return [self.env._("Add the claims to sue for.")]
        return [
            self.env._("%(claim)s: %(why)s.", claim=claim.display_name, why=why)
            for claim in claims
            for why in claim._court_obstacles(self)
        ]

    def _person_obstacles(self):
        """Who is sued: a full address, and what decides the court."""
        _, debtor = self.env._, self.partner_id
        lines = [
            (debtor.name, _("Enter the debtor's name.")),
            (
                debtor.street and debtor.zip and debtor.city,
                _("Enter the debtor's street, postcode and city (CPC 54)."),
            ),
            (
                debtor._recouv_debtor_kind() != "public",
                _("A public body is sued before other courts: ask a lawyer."),
            ),
            (
                self.debtor_status,
                _("Say whether the debtor is a merchant: it decides the court."),
            ),
        ]
        return [sentence for fine, sentence in lines if not fine]

    def _identity_obstacles(self):
        """The claimant's mentions (CPC 54, 57, 1407)."""
        _ = self.env._
        lines = [
            (self.claimant_kind, _("person or legal person")),
            (self.claimant_name, _("name")),
            (self.claimant_address, _("home or registered office")),
        ]
        if self.claimant_kind == "person":
            lines += [
                (self.claimant_profession, _("profession")),
                (self.claimant_nationality, _("nationality")),
                (self.claimant_birth_date, _("day of birth")),
                (self.claimant_birth_place, _("place of birth")),
            ]
        elif self.claimant_kind == "entity":
            lines += [
                (self.claimant_form, _("legal form")),
                (self.claimant_representative, _("organ that represents it")),
            ]
        missing = [label for fine, label in lines if not fine]
        if not missing:
            return []
        return [_("Complete the claimant's identity (CPC 54): %s.", ", ".join(missing))]

    def _exhibit_obstacles(self):
        """Exhibits are joined to the petition (CPC 1407)."""
        _ = self.env._
        asked = self.exhibit_ids.filtered(lambda e: e.state == "asked")
        if asked:
            names = ", ".join(asked.mapped("name"))
            return [_("These exhibits were asked for and not answered: %s.", names)]
        released = self.exhibit_ids.filtered(lambda e: e.state == "released")
        if self.route != court.SMALL_CLAIMS and not released:
            return [_("Release at least one exhibit: the invoice to begin with.")]
        return []

    # --- the route ------------------------------------------------------------------

    def _route_obstacles(self):
        today = fields.Date.context_today(self)
        try:
            interest = sum(line._interest(today) for line in self.line_ids)
        except UserError as error:
            return [str(error)]
        principal = self._in_euro(sum(self.line_ids.mapped("amount_principal")))
        total = principal + self._in_euro(interest)
        if self.route == court.SMALL_CLAIMS:
            return self._small_claims_obstacles(total, today)
        return [
            *self._court_obstacles(),
            *self._lawyer_obstacles(total, today),
            *self._amicable_obstacles(principal, today),
        ]

    def _in_euro(self, amount):
        """The thresholds of the law are in euros."""
        euro = self.env.ref(f"base.{EURO}")
        if self.currency_id == euro:
            return amount
        today = fields.Date.context_today(self)
        return self.currency_id._convert(amount, euro, self.company_id, today)

    def _small_claims_obstacles(self, total, today):
        _, parameters = self.env._, self.env["recouv.legal.parameter"]
        ceiling = parameters._get("small_claims_ceiling", today, self.company_id)
        found = []
        if self.line_ids and not court.fits_small_claims(total, ceiling):
            found.append(
                _(
                    "The small-claims procedure takes up to %(sum)s, principal and "
                    "interest (CPCE R125-1): choose another route.",
                    sum=self._euros(ceiling),
                )
            )
        if not self.officer_id:
            found.append(_("Choose the commissaire de justice (CPCE L125-1)."))
        return found

    def _court_obstacles(self):
        if self.court_id:
            return []
        found, kind = self._courts(), self.court_kind
        if len(found) > 1:
            return [
                self.env._(
                    "Several courts answer for %(zip)s: choose one of %(courts)s.",
                    zip=self.partner_id.zip,
                    courts=", ".join(found.mapped("name")),
                )
            ]
        if not (kind and self.partner_id.zip):
            return [self.env._("Choose the court.")]
        labels = dict(self._fields["court_kind"]._description_selection(self.env))
        return [
            self.env._(
                "No court is known for %(zip)s: enter the %(kind)s of the debtor's "
                "home under Configuration, Courts, with its postcodes, then choose it.",
                zip=self.partner_id.zip,
                kind=labels[kind],
            )
        ]

    def _lawyer_obstacles(self, total, today):
        """Needed before a judge; for an order only once it is opposed (CPC 1418)."""
        if self.route == court.PAYMENT_ORDER or self.lawyer_id:
            return []
        threshold = self._euro_parameter("ip_lawyer_threshold", today)
        if not court.needs_lawyer(total, threshold):
            return []
        return [
            self.env._(
                "Above %s a lawyer is needed: choose one (CPC 761).",
                self._euros(threshold),
            )
        ]

    def _amicable_obstacles(self, principal, today):
        ceiling = self._euro_parameter("prior_amicable_ceiling", today)
        if not court.needs_amicable_attempt(self.route, principal, ceiling):
            return []
        if self.amicable_kind and (self.amicable_on or self.amicable_kind == "urgent"):
            return []
        return [
            self.env._(
                "Up to %s an amicable attempt must come first: say which, and when it "
                "ended (CPC 750-1).",
                self._euros(ceiling),
            )
        ]

    def _euro_parameter(self, code, day):
        return self.env["recouv.legal.parameter"]._get(code, day, self.company_id)

    def _euros(self, amount):
        return format_amount(self.env, amount, self.env.ref(f"base.{EURO}"))

    # --- before each act ------------------------------------------------------------

    def _check_act(self, act):
        """Raise a UserError where ``act`` (a new record) cannot be recorded."""
        check = getattr(self, f"_check_act_{act.kind}", None)
        if check:
            check(act)

    def _check_act_completed(self, act):
        found = self._obstacles()
        if found:
            raise UserError(
                self.env._(
                    "%(file)s is not complete:\n%(why)s",
                    file=self.display_name,
                    why="\n".join(f"• {sentence}" for sentence in found),
                )
            )

    def _check_act_filed(self, act):
        """Between the dossier and the court a claim may have been paid or disputed."""
        self._check_act_completed(act)

    def _check_act_served(self, act):
        if act.date > self.service_deadline:
            raise UserError(
                self.env._(
                    "The order of %(order)s had to be served by %(date)s: it is void "
                    "(CPC 1411). Record that it lapsed.",
                    order=format_date(self.env, self.order_on),
                    date=format_date(self.env, self.service_deadline),
                )
            )
        if not (act.officer_id or self.officer_id):
            raise UserError(
                self.env._("Say which commissaire de justice served the order.")
            )

    def _check_act_lapsed(self, act):
        limit = (
            self.judgment_deadline
            if self.state == "judgment"
            else self.service_deadline
        )
        if not limit or act.date <= limit:
            raise UserError(
                self.env._(
                    "%(file)s has not lapsed: it can be served until %(date)s.",
                    file=self.display_name,
                    date=limit and format_date(self.env, limit) or "…",
                )
            )

    def _check_act_no_opposition(self, act):
        if act.date < self.enforceable_from:
            raise UserError(
                self.env._(
                    "The order can be enforced from %(date)s, if no opposition was "
                    "received by then (CPC 1422).",
                    date=format_date(self.env, self.enforceable_from),
                )
            )

    def _check_act_opposed(self, act):
        """Once the delay is over there is a title; open, it may still be opposed."""
        until = self.opposition_until
        if self.state in court.TITLED and until and act.date > until:
            raise UserError(
                self.env._(
                    "The delay of opposition ended on %s (CPC 1416).",
                    format_date(self.env, until),
                )
            )

    def _check_act_hearing(self, act):
        if not act.hearing_on or act.hearing_on < act.date:
            raise UserError(self.env._("Enter the date of the hearing."))

    def _check_granted(self, act):
        """What is granted is a sum, and no more than what was asked of principal."""
        asked, granted = self.amount_principal, act.granted_principal
        if self.currency_id.compare_amounts(granted, 0) <= 0:
            raise UserError(self.env._("Enter the principal that was granted."))
        if self.currency_id.compare_amounts(granted, asked) > 0:
            raise UserError(
                self.env._(
                    "%(granted)s were granted, but only %(asked)s were asked.",
                    granted=format_amount(self.env, granted, self.currency_id),
                    asked=format_amount(self.env, asked, self.currency_id),
                )
            )

    def _check_act_granted(self, act):
        self._check_granted(act)
        if self.currency_id.compare_amounts(
            act.granted_principal, self.amount_principal
        ):
            raise UserError(
                self.env._("Less than asked was granted: record a partial order.")
            )

    def _check_act_partial(self, act):
        self._check_granted(act)

    def _check_act_judgment(self, act):
        self._check_granted(act)

    def _check_act_agreed(self, act):
        self._check_granted(act)

    def _check_act_paid(self, act):
        owed = sum(self.line_ids.mapped("amount_owed"))
        if self.currency_id.compare_amounts(owed, 0) > 0:
            raise UserError(
                self.env._(
                    "%(file)s: %(owed)s are still owed in the books.",
                    file=self.display_name,
                    owed=format_amount(self.env, owed, self.currency_id),
                )
            )
