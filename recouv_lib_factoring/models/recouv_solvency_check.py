import logging
import uuid
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

from odoo.addons.recouv_lib.lib.months import add_months

from ..lib import solvency
from .recouv_solvency_provider import NoAnswer

_logger = logging.getLogger(__name__)

RESULTS = [
    ("pending", "Awaiting the answer"),
    ("clear", "Nothing negative"),
    ("negative", "Negative"),
    ("unavailable", "No answer"),
]
#: those to which an answer is still to come
WAITING = ("pending", "unavailable")
PURPOSES = [("treatment", "Before treatment"), ("submission", "Before a sale")]
#: months that an answer counts (S0: four)
VALIDITY = "solvency_validity"
#: months after which an answer that counts no more is erased
RETENTION = "retention_solvency_check"
#: persons asked about while the user waits; more are asked by the hourly job
AT_ONCE = 5
#: a provider that did not answer is asked again, so often at most
MAX_ATTEMPTS = 5


class RecouvSolvencyCheck(models.Model):
    """One question whether something negative is known of a debtor, and its answer.

    Of the company that asks, for itself only: never shared between practices (CNIL;
    law.md §6.3). It counts four months. A clean one made before treatment binds the
    buyer for that time; a negative one expires too, and is a proposal only until a
    person has confirmed it (GDPR art. 22). A provider that is not available has said
    nothing.

    Strategy of the hourly job: each waiting check in a savepoint, committed one by
    one; one that fails keeps its reason and is tried again five times at most.
    """

    _name = "recouv.solvency.check"
    _inherit = ["recouv.evidence.mixin"]
    _description = "Solvency check"
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char("Number", required=True, readonly=True, copy=False, default="/")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Debtor",
        required=True,
        index=True,
        readonly=True,
        ondelete="restrict",
        check_company=True,
    )
    purpose = fields.Selection(PURPOSES, required=True, default="treatment")
    provider_name = fields.Char("Provider", readonly=True)
    # the buyer's provider must not be reached from a practice's record
    provider_id = fields.Many2one(
        "recouv.solvency.provider", groups=fields.NO_ACCESS, ondelete="set null"
    )
    provider_ref = fields.Char("Provider's number", readonly=True)
    source = fields.Selection(
        [("provider", "The provider itself"), ("hand", "Entered by the practice")],
        "Answered by",
        readonly=True,
        help="What the practice enters binds the buyer only by a term of the contract.",
    )
    result = fields.Selection(RESULTS, required=True, default="pending", readonly=True)
    date = fields.Date(required=True, readonly=True, default=fields.Date.context_today)
    valid_until = fields.Date(readonly=True, index=True)
    message = fields.Char(readonly=True)
    answer = fields.Text(
        "Recorded answer", readonly=True, groups="recouv_lib.group_manager"
    )
    attempts = fields.Integer(readonly=True)
    next_attempt = fields.Datetime(readonly=True)
    idempotency_key = fields.Char(
        required=True, readonly=True, default=lambda self: uuid.uuid4().hex
    )
    review = fields.Selection(
        [
            ("none", "Nothing to confirm"),
            ("to_confirm", "To confirm"),
            ("confirmed", "Refusal confirmed"),
            ("overruled", "Not followed"),
        ],
        "A person's word",
        required=True,
        default="none",
        readonly=True,
    )
    review_reason = fields.Char(readonly=True)
    reviewed_by_id = fields.Many2one("res.users", readonly=True)
    reviewed_on = fields.Date(readonly=True)

    _number_once = models.UniqueIndex(
        "(company_id, name) WHERE name <> '/'",
        "This number is taken by another check: try again.",
    )
    # an answer that comes twice is one answer
    _answer_once = models.UniqueIndex(
        "(company_id, provider_id, provider_ref) WHERE provider_ref IS NOT NULL",
        "This answer was recorded already.",
    )
    # what counts for a debtor on a day
    _counting_idx = models.Index("(company_id, partner_id, valid_until)")
    # what the hourly job asks again
    _waiting_idx = models.Index(
        "(next_attempt) WHERE result IN ('pending', 'unavailable')"
    )

    # --- asking ---------------------------------------------------------------------

    @api.model
    def _ask(self, partners, purpose="treatment", agency=None, at_once=True):
        """Ask about debtors of the current company; few at once, many by the job.

        A debtor whose check is under way is not asked about twice: the one that waits
        is renewed.

        :param partners: debtors, of whom none has refused or withheld consent
        :param purpose: ``treatment`` or ``submission``
        :param agency: the buyer (res.company), whose provider is the one that binds it;
            the practice's own serves where it has none
        :param at_once: whether the provider may be waited for now: never by whoever
            holds a lock; the job then asks, as soon as this is committed
        :return: the checks, new ones and those under way
        :raise UserError: a debtor may not be asked about, named
        """
        company = self.env.company
        debtors = partners.commercial_partner_id
        self._check_may_ask(debtors)
        under_way = self.search(
            [
                ("company_id", "=", company.id),
                ("partner_id", "in", debtors.ids),
                ("result", "in", WAITING),
            ]
        )
        missing = debtors - under_way.partner_id
        provider = self.env["recouv.solvency.provider"]._of(company, agency)
        created = self._record_new(
            [self._new_vals(debtor, purpose, provider) for debtor in missing]
        )
        # sudo: who is asked is shown to nobody
        created.sudo().provider_id = provider
        under_way._renew(purpose, provider)
        checks = under_way | created
        if at_once and len(checks) <= AT_ONCE:
            checks._answer_now()
        elif provider.kind == "http":
            # sudo: only lets the job start, as soon as this is committed
            self.env.ref("recouv_lib_factoring.ir_cron_solvency").sudo()._trigger()
        return checks

    def _renew(self, purpose, provider):
        """Ask anew what never got its answer: of today's provider, and for the stricter
        purpose; silence of the past counts no more."""
        for check in self:
            # sudo: who is asked is shown to nobody
            mine = check.sudo()
            # only a provider that the job asks is asked at a time
            is_asked = provider.kind == "http"
            values = {"next_attempt": is_asked and fields.Datetime.now()}
            if purpose == "treatment":
                values["purpose"] = purpose
            if mine.provider_id != provider:
                values |= {
                    "provider_id": provider.id,
                    "provider_name": provider.name or self.env._("By hand"),
                    "provider_ref": False,
                    "idempotency_key": uuid.uuid4().hex,
                }
            if mine.attempts >= MAX_ATTEMPTS:
                values["attempts"] = 0
            mine._record(values)

    @api.model
    def _check_may_ask(self, debtors):
        for debtor in debtors:
            if obstacle := debtor._recouv_check_obstacle():
                raise UserError(
                    self.env._(
                        "%(debtor)s cannot be checked: %(why)s",
                        debtor=debtor.display_name,
                        why=obstacle,
                    )
                )

    @api.model
    def _new_vals(self, debtor, purpose, provider):
        return {
            "name": self._next_number(),
            "company_id": self.env.company.id,
            "partner_id": debtor.id,
            "purpose": purpose,
            "provider_name": provider.name or self.env._("By hand"),
            "next_attempt": fields.Datetime.now() if provider.kind == "http" else False,
        }

    @api.model
    def _next_number(self):
        collections = self.env["recouv.collection"]
        return collections._next_number(self.env.company, "SOLV")

    def _told(self):
        """Return what leaves: who is asked about; not why, nor by whose patient."""
        self.ensure_one()
        person = self.partner_id
        told = {
            "reference": self.name,
            "name": person.name or "",
            "street": person.street or "",
            "zip": person.zip or "",
            "city": person.city or "",
            "country": person.country_id.code or "",
        }
        if person.recouv_birth_date:
            told["birth_date"] = person.recouv_birth_date.isoformat()
        return told

    def _answer_now(self):
        """Ask the provider of each check; one without an answer stops no other."""
        for check in self:
            # somebody may have answered by hand since the list was read
            check.invalidate_recordset(["result"])
            # sudo: who is asked, with which token, is shown to nobody
            provider = check.sudo().provider_id
            if provider and check.result in WAITING:
                check._ask_provider(provider)

    def _ask_provider(self, provider):
        """Ask about one. What somebody answered by hand meanwhile stands."""
        try:
            with self.env.cr.savepoint():
                answer, content = provider._ask(self)
                if answer and self._still_waits():
                    self._record_answer(answer, content)
        except NoAnswer as error:
            if self._still_waits():
                self._record_silence(str(error), error.content)

    def _still_waits(self):
        """Take the turn to record, after the call: nobody waits under a lock.

        :return: False where somebody else answered it meanwhile, or is about to
        """
        try:
            with self.env.cr.savepoint():
                # sudo: a row lock; who asks may read it
                self.sudo()._recouv_lock_rows()
        except (UserError, psycopg2.OperationalError) as error:
            _logger.info("Check %s is answered elsewhere: %s", self.name, error)
            return False
        return self.result in WAITING

    def _record_answer(self, answer, content=b""):
        """Record one answer; the same number for another debtor is no answer.

        :raise NoAnswer: the provider mixes debtors up
        """
        self.ensure_one()
        # sudo: whether the provider gave that number before, to whomever of ours
        twin = self.sudo().search(
            [
                ("company_id", "=", self.company_id.id),
                ("provider_id", "=", self.sudo().provider_id.id),
                ("provider_ref", "=", answer.reference),
                ("id", "!=", self.id),
            ],
            limit=1,
        )
        if twin:
            raise NoAnswer(
                self.env._("The number %s was answered before.", answer.reference),
                content,
            )
        vals = {
            "provider_ref": answer.reference,
            "answer": _kept(content),
            "attempts": self.sudo().attempts + 1,
            "message": False,
        }
        # sudo: what came back is kept whole, also where who asked may not read it
        check = self.sudo()
        if answer.result == solvency.PENDING:
            vals["next_attempt"] = fields.Datetime.now() + timedelta(hours=1)
            check._record(vals)
        else:
            check._conclude(answer.result, answer.day, vals, source="provider")

    def _conclude(self, result, day=None, vals=None, source="hand"):
        """Write the result down, with the day until which it counts."""
        day = day or fields.Date.context_today(self)
        months = self.env["recouv.legal.parameter"]._get(VALIDITY, day, self.company_id)
        self._record(
            {
                **(vals or {}),
                "result": result,
                "source": source,
                "date": day,
                "valid_until": add_months(day, round(months)),
                "next_attempt": False,
                "review": "to_confirm" if result == solvency.NEGATIVE else "none",
            }
        )

    def _record_silence(self, message, content=b""):
        """A provider that is not available has said nothing: no negative answer."""
        attempts = self.attempts + 1
        # sudo: whether somebody is asked, not who; a person or a table is not
        is_asked = self.sudo().provider_id.kind == "http"
        again = is_asked and attempts < MAX_ATTEMPTS
        delay = timedelta(hours=2**attempts)
        # sudo: what came back is kept whole, also where who asked may not read it
        self.sudo()._record(
            {
                "result": "unavailable",
                "attempts": attempts,
                "message": message[:500],
                "answer": _kept(content),
                "next_attempt": again and fields.Datetime.now() + delay,
            }
        )

    @api.model
    def _cron_ask(self):
        """Ask about what waits, also again where no answer came (hourly)."""
        waiting = [
            ("result", "in", WAITING),
            ("next_attempt", "<=", fields.Datetime.now()),
            # what a person or a table answers is not asked by the job
            ("provider_id.kind", "=", "http"),
        ]
        # sudo: the job of every company; who is asked is shown to nobody
        checks = self.sudo().search(waiting, order="next_attempt, id")
        for done, check in enumerate(checks, 1):
            own = check.with_company(check.company_id)
            own._answer_now()
            own._tell_offers()
            left = len(checks) - done
            if not self.env["ir.cron"]._commit_progress(1, remaining=left):
                break

    # --- by hand --------------------------------------------------------------------

    def action_answer(self):
        """Open the dialog in which a person enters what was answered."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Enter the result"),
            "res_model": "recouv.solvency.answer",
            "view_mode": "form",
            "target": "new",
            "context": {"default_check_ids": self.ids},
        }

    def action_ask_again(self):
        """Ask the provider again, where no answer came."""
        self.check_access("write")
        silent = self.filtered(lambda c: c.result in WAITING)
        if not silent:
            raise UserError(
                self.env._("An answer came already: make a new check instead.")
            )
        silent._answer_now()
        return True

    def action_confirm(self):
        """A manager confirms a negative answer; the practice stays free to treat."""
        self._review("confirmed")
        return True

    def action_overrule(self, reason):
        """A manager does not follow a negative answer, and says why.

        :raise UserError: no reason, or nothing to confirm
        """
        reason = str(reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why the answer is not followed."))
        self._review("overruled", reason)
        return True

    def _review(self, verdict, reason=False):
        if not self.env.user.has_group("recouv_lib.group_manager"):
            raise UserError(
                self.env._("Only a manager confirms a negative answer, or does not.")
            )
        for check in self:
            if check.review != "to_confirm":
                raise UserError(
                    self.env._(
                        "%(check)s: there is nothing to confirm.",
                        check=check.display_name,
                    )
                )
        self._record(
            {
                "review": verdict,
                "review_reason": reason,
                "reviewed_by_id": self.env.uid,
                "reviewed_on": fields.Date.context_today(self),
            }
        )

    @api.depends("name", "partner_id", "result")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["result"]._description_selection(self.env))
        for check in self:
            until = format_date(self.env, check.valid_until)
            label = labels.get(check.result, "")
            check.display_name = " – ".join(filter(None, (check.name, label, until)))

    # --- purge ----------------------------------------------------------------------

    @api.model
    def _purgeable(self, company):
        """Return the checks that count no more since the months of the parameter."""
        today = fields.Date.context_today(self)
        months = self.env["recouv.legal.parameter"]._get(RETENTION, today, company)
        day = add_months(today, -round(months))
        return self.search(
            Domain("company_id", "=", company.id)
            & (
                Domain("valid_until", "<", day)
                | (Domain("valid_until", "=", False) & Domain("date", "<", day))
            )
        )


def _kept(content):
    """Return what is kept of a raw answer, as text."""
    text = content.decode("utf-8", "replace").replace("\x00", "")
    return text[: solvency.MAX_ANSWER] or False
