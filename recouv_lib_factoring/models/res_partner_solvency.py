from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from odoo.addons.recouv_lib.models.account_move_screens import READERS

SOLVENCY = [
    ("clear", "Nothing negative"),
    ("negative", "Negative"),
    ("pending", "Awaiting the answer"),
    ("unavailable", "No answer"),
    ("expired", "No longer valid"),
    ("none", "Not checked"),
]


class ResPartner(models.Model):
    """A practice sees before it treats what was answered about a patient."""

    _inherit = "res.partner"

    recouv_solvency = fields.Selection(
        SOLVENCY, "Solvency", compute="_compute_recouv_solvency", groups=READERS
    )
    recouv_solvency_message = fields.Char(
        compute="_compute_recouv_solvency", groups=READERS
    )
    recouv_check_ids = fields.One2many(
        "recouv.solvency.check",
        "partner_id",
        "Solvency checks",
        groups="recouv_lib.group_user,account.group_account_readonly",
    )

    @api.depends("recouv_check_ids.result", "recouv_check_ids.review")
    @api.depends_context("company", "lang")
    def _compute_recouv_solvency(self):
        company, today = self.env.company, fields.Date.context_today(self)
        # sudo: whoever treats is told the result; the answer itself is not shown
        people = self.sudo()
        self.recouv_solvency = "none"
        self.recouv_solvency_message = False
        if not people.env.company._recouv_warns_of_solvency():
            return
        checks = people.env["recouv.solvency.check"]
        counting = checks._counting(people, company, today)
        latest = people._recouv_latest_checks(company)
        for partner in self:
            debtor = partner.sudo().commercial_partner_id
            check = counting.get(debtor) or latest.get(debtor) or checks
            state = check._state_on(today)
            partner.recouv_solvency = state
            partner.recouv_solvency_message = partner._recouv_solvency_words(
                state, check
            )

    def _recouv_latest_checks(self, company):
        """Return {debtor: the latest check of this company}."""
        checks = self.env["recouv.solvency.check"].search(
            Domain("company_id", "=", company.id)
            & Domain("partner_id", "in", self.commercial_partner_id.ids),
            order="date, id",
        )
        return {check.partner_id: check for check in checks}

    def _recouv_solvency_words(self, state, check):
        """Return what the practice is told before it treats; nothing when clear."""
        _ = self.env._
        day = format_date(self.env, check.valid_until or check.date)
        return {
            "none": _("Solvency was not checked: the buyer may refuse this debtor."),
            "pending": _("The solvency check has no answer yet."),
            "unavailable": _(
                "The solvency check found no answer; this says nothing about the "
                "person. Ask again."
            ),
            "expired": _(
                "The solvency check counts no more since %(day)s: ask again.", day=day
            ),
            "negative": _(
                "The solvency check is negative until %(day)s: the buyer may refuse "
                "this debtor. You stay free to treat.",
                day=day,
            ),
        }.get(state, False)

    def _recouv_solvency(self, agency=None, on=None):
        """Return what counts about one debtor in the current company on a day.

        :param agency: the buyer (res.company) it would bind
        :param on: the day, today by default
        :return: (result, valid_until, check): result is clear, negative, unavailable
            or none; what expired is none, with its check
        """
        self.ensure_one()
        on = on or fields.Date.context_today(self)
        return self._recouv_solvencies(agency, on)[self]

    def _recouv_solvencies(self, agency=None, on=None):
        """Return {debtor: (result, valid_until, check)} in two queries for any number;
        see :meth:`_recouv_solvency`."""
        on = on or fields.Date.context_today(self)
        company = self.env.company
        counting = self.env["recouv.solvency.check"]._counting(self, company, on)
        latest = self._recouv_latest_checks(company)
        found = {}
        for partner in self:
            debtor = partner.commercial_partner_id
            check = counting.get(debtor)
            if check:
                result = "clear" if check._is_clear() else "negative"
            else:
                check = latest.get(debtor, self.env["recouv.solvency.check"])
                silent = check.result in ("unavailable", "pending")
                result = "unavailable" if silent else "none"
            found[partner] = (result, check.valid_until, check)
        return found

    def _recouv_check_obstacle(self):
        """Return why this person may not be asked about, or None."""
        self.ensure_one()
        if not self._recouv_has_consent("solvency"):
            return self.env._(
                "no consent to a solvency check is recorded. Record it first."
            )
        if not (self.name or "").strip():
            return self.env._("the name is missing.")
        return None

    def action_recouv_check_solvency(self):
        """Ask now, before treatment; the answer counts four months."""
        # a secretary may make a check of her own company only
        checks = self.env["recouv.solvency.check"]
        checks.check_access("create")
        agency = self._recouv_buyer()
        checks._ask(self, "treatment", agency)
        return True

    def _recouv_buyer(self):
        """Return the buyer of the current company, if it has one today; elevated."""
        # sudo: the contract names it; its provider is used unseen
        contracts = self.env["recouv.factoring.contract"].sudo()
        today = fields.Date.context_today(self)
        return contracts._in_force(self.env.company, today).agency_id

    def action_recouv_checks(self):
        """Open what was asked about this person."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Solvency checks"),
            "res_model": "recouv.solvency.check",
            "view_mode": "list,form",
            "domain": [("partner_id", "in", self.commercial_partner_id.ids)],
        }


class RecouvSolvencyCheck(models.Model):
    _inherit = "recouv.solvency.check"

    def _state_on(self, day):
        """Return the state that a practice reads of this check (none if empty)."""
        if not self:
            return "none"
        if self.result in ("pending", "unavailable"):
            return self.result
        if self.valid_until < day:
            return "expired"
        return "clear" if self._is_clear() else "negative"
