from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..lib import wording, working_days

# other dunning engines, by technical name: two must never relance one company
OTHER_DUNNING = {
    "account_credit_control": "Account Credit Control (OCA)",
    "account_invoice_overdue_reminder": "Overdue Invoice Reminder (OCA)",
    "account_followup": "Follow-up (Odoo Enterprise)",
}


class ResCompany(models.Model):
    """Settings of the relance; a branch without its own uses its parent's."""

    _inherit = "res.company"

    # going live: nothing leaves before a manager has set these three
    recouv_live_on = fields.Date(
        "Relance live since", help="Invoices dated before it start in review."
    )
    recouv_journal_ids = fields.Many2many(
        "account.journal", "recouv_company_journal_rel", string="Journals relanced"
    )
    recouv_policy_id = fields.Many2one("recouv.policy", "Default policy")
    recouv_only_dunning = fields.Boolean(
        "Recouv-Lib alone relances this company",
        help="Confirmed by a manager where another dunning module is installed.",
    )
    recouv_test_email = fields.Char(
        "Test mode: send everything to", help="Empty: notices go to the debtors."
    )
    recouv_test_phone = fields.Char("Test mode: SMS to")
    recouv_responsible_id = fields.Many2one("res.users", "Relance responsible")
    # contact ceilings (product defaults, no legal number)
    recouv_min_days_between = fields.Integer("Days between two notices", default=7)
    recouv_max_calls_7 = fields.Integer("Calls in 7 days", default=2)
    recouv_max_calls_30 = fields.Integer("Calls in 30 days", default=4)
    recouv_contact_windows = fields.Char(
        "Hours for SMS and calls",
        help="Like “1-5 10:00-13:00 14:00-19:00”; empty: the legal parameter.",
    )
    recouv_holiday_region = fields.Char(
        help="Alsace-Moselle, or a Swiss canton, for its public holidays."
    )
    recouv_email_settle_days = fields.Integer(
        "Days before an e-mail counts",
        default=1,
        help="An e-mail is proven when no bounce came back within this delay.",
    )
    recouv_printed_alarm_days = fields.Integer(
        "Printed but not posted: alarm after", default=2
    )
    # who writes
    recouv_sender_name = fields.Char(
        "Neutral sender name",
        help="Name on SMS and envelopes: no speciality, no “santé”, no “recouvrement”.",
    )
    recouv_professional_number = fields.Char("Professional number (RPPS, ADELI)")
    recouv_mediator = fields.Char("Consumer mediator")
    recouv_privacy_url = fields.Char("Data-protection notice (address)")
    recouv_bank_id = fields.Many2one(
        "res.partner.bank", "Account to pay to", help="Printed in the payment QR code."
    )
    recouv_interest = fields.Boolean(
        "Claim legal interest",
        help="From the presentation of the mise en demeure (art. 1344-1 code civil).",
    )

    @api.constrains("recouv_sender_name")
    def _check_recouv_sender_name(self):
        for company in self:
            words = wording.revealing_words(company.recouv_sender_name or "")
            if words:
                raise ValidationError(
                    self.env._(
                        "%(company)s: the sender's name is seen by others, on SMS and "
                        "envelopes. “%(word)s” would tell them of care or of a debt.",
                        company=company.name,
                        word=words[0],
                    )
                )

    @api.constrains("recouv_bank_id")
    def _check_recouv_bank(self):
        self.recouv_bank_id._recouv_check_iban()

    # --- what a run asks ------------------------------------------------------------

    def _recouv_config(self):
        """Return the company whose settings apply: this one or the nearest parent."""
        self.ensure_one()
        company = self
        while not company.recouv_policy_id and company.parent_id:
            company = company.parent_id
        return company if company.recouv_policy_id else self

    def _recouv_capacities(self):
        """Return the capacities in which this company writes to debtors."""
        return ["creditor"]

    def _recouv_live_gaps(self, capacity="creditor"):
        """Return what keeps the relance of this company from leaving, as messages.

        A mandatary writes about others' invoices: it needs no journal of its own.
        """
        config = self._recouv_config()
        _ = self.env._
        gaps = []
        if not config.recouv_live_on:
            gaps.append(_("%s is not live: a manager must start it.", self.name))
        if not config.recouv_journal_ids and capacity == "creditor":
            gaps.append(_("%s: choose the journals to relance.", self.name))
        if not config.recouv_policy_id:
            gaps.append(_("%s: choose the default policy.", self.name))
        elif not config.recouv_policy_id.step_ids:
            gaps.append(_("The policy %s has no step.", config.recouv_policy_id.name))
        others = self._recouv_other_dunning()
        if others and not config.recouv_only_dunning:
            gaps.append(
                _(
                    "%(company)s: %(others)s could relance it too. Uninstall or "
                    "disable it for this company, then confirm that Recouv-Lib alone "
                    "relances.",
                    company=self.name,
                    others=", ".join(others),
                )
            )
        return gaps

    @api.model
    def _recouv_other_dunning(self):
        """Return the names of other dunning modules installed on the database."""
        installed = self.env["ir.module.module"]._installed()
        return [label for name, label in OTHER_DUNNING.items() if name in installed]

    def _recouv_missing_identity(self):
        """Return the labels of the sender's mandatory elements that are missing."""
        self.ensure_one()
        _ = self.env._
        wanted = [
            (self.name, _("name of the practice")),
            (self.street, _("street of the practice")),
            (self.zip, _("postcode of the practice")),
            (self.city, _("city of the practice")),
            (self.phone or self.email, _("phone or e-mail of the practice")),
            self._recouv_registration(),
            (
                not wording.revealing_words(self._recouv_sender()),
                _("neutral sender name (“%s” says too much)", self._recouv_sender()),
            ),
        ]
        return [label for value, label in wanted if not value]

    def _recouv_registration(self):
        """Return (number, label) under which who writes is registered."""
        number = self._recouv_config().recouv_professional_number
        return number, self.env._("professional number")

    def _recouv_sender(self):
        """Return the name that others may see: on SMS, e-mails and envelopes."""
        self.ensure_one()
        return self._recouv_config().recouv_sender_name or self.name or ""

    def _recouv_responsible(self):
        """Return the user to whom the relance's activities go."""
        config = self._recouv_config()
        return config.recouv_responsible_id or self.env.user

    def _recouv_for_people(self, records):
        """Return records in this company, its responsible's language and its own day.

        What a cron writes for people, activities and failures, is theirs to read. And
        its today is theirs: at noon in Nouméa the server's day has just begun.
        """
        lang = self._recouv_responsible().lang or self.env.lang
        here = records.with_company(self)
        return here.with_context(lang=lang, tz=self._recouv_tz())

    # --- hours ----------------------------------------------------------------------

    def _recouv_country(self):
        """Return the country whose law the company's claims follow."""
        return self.account_fiscal_country_id or self.country_id

    def _recouv_calendar(self):
        country = self._recouv_country().code
        return working_days.Calendar(
            country if country in ("FR", "CH") else "FR",
            self._recouv_config().recouv_holiday_region or None,
        )

    def _recouv_windows(self):
        text = self._recouv_config().recouv_contact_windows
        if text:
            return working_days.parse_windows(text)
        return self.env["recouv.legal.parameter"]._windows(
            fields.Date.context_today(self), self
        )

    def _recouv_next_contact_moment(self, moment):
        """Return the first moment (naive UTC) from ``moment`` at which to contact."""
        return working_days.next_allowed_utc(
            moment, self._recouv_windows(), self._recouv_calendar(), self._recouv_tz()
        )

    def _recouv_tz(self):
        return self.partner_id.tz or (
            "Europe/Zurich" if self._recouv_country().code == "CH" else "Europe/Paris"
        )
