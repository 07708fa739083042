from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from ..lib import court
from .recouv_court import KINDS as COURT_KINDS

ROUTES = [
    (court.PAYMENT_ORDER, "Order to pay (injonction de payer)"),
    (court.SMALL_CLAIMS, "Small-claims procedure (procédure simplifiée)"),
    (court.INTERIM, "Interim order (référé)"),
    (court.ORDINARY, "Ordinary claim (assignation)"),
]
STATES = [
    ("draft", "In preparation"),
    ("ready", "Complete"),
    ("filed", "Lodged"),
    ("negotiating", "In talks"),
    ("granted", "Order granted"),
    ("partial", "Granted in part"),
    ("served", "Served"),
    ("opposed", "Opposed"),
    ("hearing", "Hearing"),
    ("judgment", "Judgment"),
    ("enforceable", "Enforceable"),
    ("enforcing", "Enforcement"),
    ("paid", "Paid"),
    ("settled", "Settled"),
    ("withdrawn", "Withdrawn"),
    ("over_indebted", "Over-indebtedness"),
    ("insolvent", "Insolvency proceedings"),
    ("unrecoverable", "Unrecoverable"),
    ("rejected", "Rejected"),
    ("refused", "Refused by the debtor"),
    ("dismissed", "Dismissed"),
    ("lapsed", "Lapsed"),
]
DEBTOR_STATUSES = [
    ("person", "Private person"),
    ("merchant", "Merchant or commercial company"),
    ("professional", "Professional who is no merchant"),
]
AMICABLE_KINDS = [
    ("conciliation", "Conciliation by a conciliateur de justice"),
    ("mediation", "Mediation"),
    ("participatory", "Participatory procedure"),
    ("small_claims", "Small-claims procedure that failed"),
    ("urgent", "Dispensed: manifest urgency or other legitimate ground"),
]
CLAIMANT_KINDS = [("person", "Person"), ("entity", "Legal person")]
# what was put before the court is not changed afterwards
PETITION_FIELDS = {
    "route",
    "line_ids",
    "claims_interest",
    "partner_id",
    "debtor_status",
    "claimant_kind",
    "claimant_name",
    "claimant_address",
}
# who the claimant is, taken over from his last file
CLAIMANT_FIELDS = (
    "claimant_kind",
    "claimant_name",
    "claimant_address",
    "claimant_profession",
    "claimant_nationality",
    "claimant_birth_date",
    "claimant_birth_place",
    "claimant_form",
    "claimant_representative",
)


class RecouvLitigation(models.Model):
    """A court file on claims of one debtor, by one route.

    What happened are its acts (``recouv.litigation.act``), each on its day; the state
    and every date are read from the acts that stand, by the table of ``lib/court.py``,
    so that undoing the last act brings back what stood before. Deadlines follow the
    law of the day that decides them. While it runs, the claims are held by the court:
    nothing else is written to the debtor.
    """

    _name = "recouv.litigation"
    _description = "Court file"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "next_date, id desc"
    _rec_names_search = ["name", "partner_id", "court_number"]
    _check_company_auto = True

    name = fields.Char("Number", readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
    )
    partner_id = fields.Many2one("res.partner", "Debtor", required=True, index=True)
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda s: s.env.company.currency_id
    )
    route = fields.Selection(
        ROUTES, required=True, default=court.PAYMENT_ORDER, tracking=True
    )
    line_ids = fields.One2many("recouv.litigation.line", "litigation_id", "Claims")
    claim_ids = fields.Many2many(
        "recouv.claim", compute="_compute_claim_ids", search="_search_claim_ids"
    )
    capacity = fields.Selection(
        related="line_ids.claim_id.capacity", string="Acting as"
    )
    act_ids = fields.One2many("recouv.litigation.act", "litigation_id", readonly=True)
    origin_id = fields.Many2one(
        "recouv.litigation",
        "Follows the file",
        readonly=True,
        index="btree_not_null",
        check_company=True,
    )
    # before whom, against whom, by whom
    debtor_status = fields.Selection(
        DEBTOR_STATUSES,
        compute="_compute_debtor_status",
        store=True,
        readonly=False,
        precompute=True,
        help="A merchant is sued before the commercial court.",
    )
    court_kind = fields.Selection(COURT_KINDS, compute="_compute_court_kind")
    court_id = fields.Many2one(
        "recouv.court",
        compute="_compute_court_id",
        store=True,
        readonly=False,
        check_company=True,
        tracking=True,
        domain="[('company_id', '=', company_id), ('kind', '=?', court_kind)]",
        help="The debtor's home decides (CPC 43, 1406).",
    )
    court_number = fields.Char("Court's number", copy=False, help="RG or order number.")
    officer_id = fields.Many2one(
        "res.partner",
        "Commissaire de justice",
        check_company=True,
        domain="[('company_id', 'in', (company_id, False))]",
    )
    lawyer_id = fields.Many2one(
        "res.partner",
        check_company=True,
        domain="[('company_id', 'in', (company_id, False))]",
    )
    claimant_kind = fields.Selection(CLAIMANT_KINDS, "Claimant is a")
    claimant_name = fields.Char("Claimant")
    claimant_address = fields.Char("Home or registered office")
    claimant_profession = fields.Char("Profession")
    claimant_nationality = fields.Char("Nationality")
    claimant_birth_date = fields.Date("Born on")
    claimant_birth_place = fields.Char("Born at")
    claimant_form = fields.Char("Legal form")
    claimant_representative = fields.Char("Represented by")
    amicable_kind = fields.Selection(
        AMICABLE_KINDS,
        "Amicable attempt",
        help="Needed before an ordinary claim up to the legal sum (CPC 750-1).",
    )
    amicable_on = fields.Date("Amicable attempt ended on")
    claims_interest = fields.Boolean(
        "Ask for legal interest",
        default=lambda self: self.env.company._recouv_config().recouv_interest,
        help="From the presentation of the mise en demeure (art. 1344-1 code civil).",
    )
    note = fields.Text(help="Internal; it is in no document.")
    hold_id = fields.Many2one("recouv.hold", "Suspension", readonly=True, copy=False)
    # sums
    amount_principal = fields.Monetary("Principal", compute="_compute_amounts")
    amount_interest = fields.Monetary("Legal interest", compute="_compute_amounts")
    amount_total = fields.Monetary("Asked", compute="_compute_amounts")
    amount_owed = fields.Monetary(
        "Owed today",
        compute="_compute_owed",
        help="Principal left and interest to date.",
    )
    # read from the acts
    state = fields.Selection(
        STATES,
        compute="_compute_from_acts",
        store=True,
        index=True,
        tracking=True,
    )
    filed_on = fields.Date("Lodged on", compute="_compute_from_acts", store=True)
    order_on = fields.Date("Order of", compute="_compute_from_acts", store=True)
    order_received_on = fields.Date(compute="_compute_from_acts", store=True)
    served_on = fields.Date(compute="_compute_from_acts", store=True)
    served_in_person = fields.Boolean(compute="_compute_from_acts", store=True)
    opposed_on = fields.Date("Notice of opposition", compute="_compute_from_acts",
                             store=True)  # fmt: skip
    hearing_on = fields.Date(compute="_compute_from_acts", store=True)
    judgment_on = fields.Date("Judgment of", compute="_compute_from_acts", store=True)
    title_on = fields.Date(
        "Enforceable since", compute="_compute_from_acts", store=True
    )
    ended_on = fields.Date(compute="_compute_from_acts", store=True)
    granted_principal = fields.Monetary(compute="_compute_from_acts", store=True)
    granted_interest = fields.Monetary(compute="_compute_from_acts", store=True)
    granted_costs = fields.Monetary(
        "Costs granted (dépens)", compute="_compute_from_acts", store=True
    )

    # a claim's open files; what the day asks for
    _next_idx = models.Index("(company_id, state, next_date)")

    # --- computed -------------------------------------------------------------------

    @api.depends("line_ids.claim_id")
    def _compute_claim_ids(self):
        for litigation in self:
            litigation.claim_ids = litigation.line_ids.claim_id

    @api.model
    def _search_claim_ids(self, operator, value):
        return [("line_ids.claim_id", operator, value)]

    @api.depends("partner_id")
    def _compute_debtor_status(self):
        """A patient is a private person; of a professional somebody must say it."""
        for litigation in self:
            known = litigation.partner_id and (
                litigation.partner_id._recouv_debtor_kind() == "patient"
            )
            litigation.debtor_status = "person" if known else False

    @api.depends("debtor_status")
    def _compute_court_kind(self):
        kinds = {"merchant": "commerce", "person": "judiciary",
                 "professional": "judiciary"}  # fmt: skip
        for litigation in self:
            litigation.court_kind = kinds.get(litigation.debtor_status, False)

    @api.depends("partner_id", "debtor_status", "route")
    def _compute_court_id(self):
        """The one court known for the debtor's postcode; none is guessed."""
        for litigation in self:
            found = litigation._courts()
            litigation.court_id = found if len(found) == 1 else False

    def _courts(self):
        courts = self.env["recouv.court"]
        kind, postcode = self.court_kind, self.partner_id.zip
        if self.route == court.SMALL_CLAIMS or not (kind and postcode):
            return courts
        return courts._for_postcode(self.company_id, kind, postcode)

    @api.depends(
        "line_ids.claim_id", "line_ids.principal_filed", "filed_on", "claims_interest"
    )
    def _compute_amounts(self):
        for litigation in self:
            lines = litigation.line_ids
            litigation.amount_principal = sum(lines.mapped("amount_principal"))
            litigation.amount_interest = sum(lines.mapped("amount_interest"))
            litigation.amount_total = (
                litigation.amount_principal + litigation.amount_interest
            )

    @api.depends("line_ids.claim_id", "title_on", "claims_interest")
    def _compute_owed(self):
        today = fields.Date.context_today(self)
        for litigation in self:
            since = litigation._increased_from()
            litigation.amount_owed = sum(
                line.amount_owed + line._interest(today, since, quiet=True)
                for line in litigation.line_ids
            )

    def _increased_from(self):
        """Return the first day of the increased legal rate, None without a title."""
        if not self.title_on:
            return None
        months = self._parameter("legal_rate_increase_after", self.title_on)
        return court.increase_from(self.title_on, months)

    @api.depends("act_ids.kind", "act_ids.undone_on", "route")
    def _compute_from_acts(self):
        """Read the state and the dates from the acts that stand, in their order."""
        for litigation in self:
            acts = litigation._standing_acts()
            litigation.state = court.replay(litigation.route, acts.mapped("kind"))
            litigation.update(acts._as_dates())
            ended = litigation.state in court.ENDS and acts[-1:].date
            litigation.ended_on = ended

    def _standing_acts(self):
        return self.act_ids.filtered(lambda act: not act.undone_on).sorted("id")

    def _parameter(self, code, day):
        return round(
            self.env["recouv.legal.parameter"]._get(code, day, self.company_id)
        )

    # --- guards ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """A file bears a number, and takes the claimant's identity from the last."""
        files = super().create(vals_list)
        for litigation in files:
            litigation._start()
        return files

    def _start(self):
        self._check_country()
        if not self.name:
            self._record({"name": self._next_number()})
        known = self.search(
            [("company_id", "=", self.company_id.id), ("id", "!=", self.id)],
            order="id desc",
        ).filtered(lambda other: other._creditor() == self._creditor())[:1]
        values = known and {name: known[name] for name in CLAIMANT_FIELDS}
        self._fill(values or self._claimant_defaults())
        if not self.exhibit_ids:
            self._propose_exhibits()

    def _fill(self, values):
        """Write what is still empty."""
        self.write({name: value for name, value in values.items() if not self[name]})

    def _creditor(self):
        claim = self.line_ids.claim_id[:1]
        return claim._creditor_partner() if claim else self.company_id.partner_id

    def _claimant_defaults(self):
        creditor = self._creditor()
        return {
            "claimant_name": creditor.name,
            "claimant_address": self.env["recouv.notice"]._one_line_address(creditor),
        }

    def _check_country(self):
        country = self.company_id._recouv_country()
        if country.code != "FR":
            raise UserError(
                self.env._(
                    "%(company)s follows the law of %(country)s: these routes are "
                    "those of French law.",
                    company=self.company_id.name,
                    country=country.name or self.env._("no country"),
                )
            )

    def _next_number(self):
        # sudo: makes the company's own series once; its number alone is used
        series = self.env["ir.sequence"].sudo().with_company(self.company_id)
        domain = [
            ("code", "=", "recouv.litigation"),
            ("company_id", "=", self.company_id.id),
        ]
        found = series.search(domain, limit=1) or series.create(
            {
                "name": self.env._("Court files"),
                "code": "recouv.litigation",
                "company_id": self.company_id.id,
                "prefix": "J%(year)s-",
                "padding": 3,
            }
        )
        return found.next_by_id()

    @api.depends("name", "partner_id")
    def _compute_display_name(self):
        for litigation in self:
            parts = [litigation.name, litigation.partner_id.name]
            litigation.display_name = " – ".join(filter(None, parts))

    @api.constrains("line_ids", "partner_id", "currency_id", "company_id")
    def _check_claims(self):
        for litigation in self:
            if any(
                claim.partner_id != litigation.partner_id
                or claim.currency_id != litigation.currency_id
                or claim._creditor_partner() != litigation._creditor()
                for claim in litigation.line_ids.claim_id
            ):
                raise ValidationError(
                    self.env._(
                        "%(file)s: its claims must be of one debtor, of one creditor "
                        "and in one currency. Make one file for each.",
                        file=litigation.display_name,
                    )
                )

    def write(self, vals):
        """What was put before the court stays as it was put."""
        if PETITION_FIELDS & vals.keys():
            for litigation in self.filtered(lambda f: f.state != "draft"):
                raise litigation._petition_error()
        return super().write(vals)

    def _petition_error(self):
        return UserError(
            self.env._(
                "%(file)s is complete or lodged: reopen it, or undo its last act, "
                "before you change what it asks.",
                file=self.display_name,
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Court files are history: withdraw them instead."))

    def _read_books_anew(self):
        """Forget what was read of the claims: a payment may have come since."""
        self.line_ids.claim_id.invalidate_recordset()
        self.line_ids.invalidate_recordset()

    # --- who holds the claims -------------------------------------------------------

    def _holds(self, claim):
        """Return whether it is this file that holds ``claim``."""
        return self.state in court.RUNNING and claim in self.line_ids.claim_id

    def _sync(self):
        """Hold the claims while the file runs, give them back when it does not."""
        for litigation in self:
            running = litigation.state in court.RUNNING
            for line in litigation.line_ids:
                if running:
                    line._hold_claim()
                else:
                    line._give_back()
            litigation._sync_payment_hold()

    def _sync_payment_hold(self):
        """No payment is asked between the officer's letter and the recorded outcome
        of the small-claims procedure (CPCE R125-7)."""
        waiting = self.route == court.SMALL_CLAIMS and self.state in (
            "filed",
            "negotiating",
        )
        if waiting and not self.hold_id:
            hold = self.env["recouv.hold"].create(
                {
                    "company_id": self.company_id.id,
                    "claim_ids": [Command.set(self.line_ids.claim_id.ids)],
                    "reason": "small_claims",
                    "date_from": self.filed_on,
                    "note": self.name,
                }
            )
            self._record({"hold_id": hold.id})
        elif not waiting and self.hold_id:
            self.hold_id.action_lift(self.name)
            self._record({"hold_id": False})

    # --- actions --------------------------------------------------------------------

    def _action_open(self):
        """Open these files: the form of one, the list of several."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_litigation_action"
        )
        action |= {"domain": [("id", "in", self.ids)], "context": {}}
        if len(self) == 1:
            action |= {"views": [(False, "form")], "res_id": self.id}
        return action

    def action_record(self):
        """Open the dialog of the act that the button's context names."""
        self.ensure_one()
        kind = self.env.context.get("act_kind")
        acts = self.env["recouv.litigation.act"]
        labels = dict(acts._fields["kind"]._description_selection(self.env))
        return {
            "type": "ir.actions.act_window",
            "name": labels.get(kind, ""),
            "res_model": acts._name,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_litigation_id": self.id,
                "default_kind": kind,
                **self._act_defaults(kind),
            },
        }

    def _act_defaults(self, kind):
        """Propose what was asked as what is granted, and who is known."""
        values = {"default_officer_id": self.officer_id.id}
        if kind in ("granted", "judgment", "agreed"):
            values |= {
                "default_granted_principal": self.amount_principal,
                "default_granted_interest": self.amount_interest,
            }
        return values

    @api.private  # people record acts by their dialog
    def record(self, kind, date=None, **values):
        """Record an act; return it.

        :param kind: a key of ``recouv.litigation.act.kind``
        :param date: its day, today by default
        :raise UserError: it cannot follow, or something it needs is missing
        """
        self.ensure_one()
        return self.env["recouv.litigation.act"].create(
            {
                "litigation_id": self.id,
                "kind": kind,
                "date": date or fields.Date.context_today(self),
                **values,
            }
        )

    def action_end(self):
        """Open the dialog that says how the file ends."""
        action = self.with_context(act_kind="settled").action_record()
        action["context"] |= {"default_end_kind": "settled"}
        return action | {"name": self.env._("End the file")}

    def action_complete(self):
        """The dossier is complete: nothing stands against lodging it."""
        self.record("completed")
        return True

    def action_reopen(self):
        self.record("reopened")
        return True

    def action_undo_last(self):
        """Ask why the last act is undone."""
        self.ensure_one()
        last = self._standing_acts()[-1:]
        if not last:
            raise UserError(self.env._("%s: nothing was recorded.", self.display_name))
        return last.action_ask_undo()

    def action_sue_otherwise(self):
        """Make a file by another route for the claims of one that led to nothing."""
        self.ensure_one()
        if self.state not in court.ENDS:
            raise UserError(self.env._("%s has not ended.", self.display_name))
        claims = self.line_ids.claim_id
        found = claims._open_litigations() or claims._make_litigation()
        if not found.origin_id and found.state == "draft":
            found._record({"origin_id": self.id, **self._next_route()})
        return found._action_open()

    def _next_route(self):
        """After a failed order or small claim, the ordinary route (CPC 1409); a failed
        small claim counts as the amicable attempt (CPC 750-1)."""
        values = {"route": court.ORDINARY}
        if self.route == court.SMALL_CLAIMS and self.state == "refused":
            values |= {"amicable_kind": "small_claims", "amicable_on": self.ended_on}
        return values


class RecouvHold(models.Model):
    _inherit = "recouv.hold"

    reason = fields.Selection(
        selection_add=[("small_claims", "Small-claims procedure")],
        ondelete={"small_claims": "set default"},
    )


class RecouvLimitationEvent(models.Model):
    _inherit = "recouv.limitation.event"

    act_id = fields.Many2one(
        "recouv.litigation.act",
        "Court act",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
