from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_amount


class RecouvPolicy(models.Model):
    """The policy as patients read it: on the wall of the waiting room, on the quote.

    Made from the steps themselves, so that the wall and the letters never differ.
    Plain and courteous; who reads it learns nothing of any care. It tells beforehand
    that an unpaid sum may be handed over (RGPD art. 13) and that no reminder costs a
    fee (CPCE L111-8).
    """

    _inherit = "recouv.policy"

    def action_print_policy(self):
        """Download the policy for the waiting room and the quote."""
        self.ensure_one()
        return self._download_policy(self.company_id)

    def _download_policy(self, company):
        """Return the download of the policy in the name of ``company``."""
        return self.env["recouv.document"]._download(
            self.env._("payment-policy-%(id)s.pdf", id=self.id),
            self._print_policy(company),
        )

    def _print_policy(self, company):
        """Return the PDF, in the language of the practice.

        :param company: who prints it: the policy's company, or a branch that uses it
        :raise UserError: not made for patients, or without a step
        """
        if self.capacity != "creditor":
            raise UserError(
                self.env._(
                    "%(policy)s is not for patients: it is not printed for them.",
                    policy=self.name,
                )
            )
        self._first_step()
        localized = self.with_context(lang=self._print_lang(company))
        return self.env["recouv.document"]._print(
            "recouv_lib.policy_body",
            {"sections": localized._policy_sections(company.with_env(localized.env))},
            company=company,
            title=localized.env._("Paying your invoice"),
            lang=localized.env.lang,
        )

    def _print_lang(self, company):
        installed = dict(self.env["res.lang"].get_installed())
        lang = company.partner_id.lang
        return lang if lang in installed else self.env.lang

    # --- what it says ---------------------------------------------------------------

    def _policy_sections(self, company):
        """Return [{title, texts, items}] in the language of the context."""
        _, config = self.env._, company._recouv_config()
        sections = [
            (_("When to pay"), self._when_texts(), []),
            (_("How to pay"), self._means_texts(config), []),
            (_("If a payment is late"), self._late_texts(), self._step_items()),
            (_("If you cannot pay all at once"), self._help_texts(company), []),
            (_("No fee for a reminder"), self._fee_texts(company), []),
            (_("If you have a question or disagree"), self._question_texts(config), []),
            (_("Your personal data"), self._data_texts(config), []),
        ]
        return [
            {"title": title, "texts": [t for t in texts if t], "items": items}
            for title, texts, items in sections
        ]

    def _when_texts(self):
        return [self.env._("Each invoice says by which day it is to be paid.")]

    def _means_texts(self, config):
        """No means of payment is imposed (CSP R4127-53)."""
        _, account = self.env._, config.recouv_bank_id
        number = account.sanitized_acc_number or ""
        transfer = number and _(
            "By transfer: IBAN %(iban)s, with the number of the invoice.",
            iban=" ".join(number[i : i + 4] for i in range(0, len(number), 4)),
        )
        return [
            _(
                "At the practice or from a distance: no means of payment is imposed "
                "on you, and a receipt is given on request."
            ),
            transfer,
        ]

    def _late_texts(self):
        return [
            self.env._(
                "A payment is easily forgotten. We then remind you, in this order:"
            )
        ]

    def _help_texts(self, company):
        contact = self.env["recouv.notice"]._contact_text(
            company.phone or "", company.email or ""
        )
        return [
            self.env._(
                "Tell us before the due date if you can: payment in several "
                "instalments can be agreed, free of charge."
            ),
            contact and self.env._("Reach us %(contact)s.", contact=contact),
        ]

    def _fee_texts(self, company):
        """The cost of a reminder stays with the creditor; the article is French."""
        _, config = self.env._, company._recouv_config()
        free = _("No fee is ever asked for a reminder, a call or a letter.")
        if company._recouv_country().code == "FR":
            free = _(
                "No fee is ever asked for a reminder, a call or a letter (article "
                "L. 111-8 of the code des procédures civiles d'exécution)."
            )
        interest = config.recouv_interest and _(
            "Legal interest may be added from a mise en demeure on."
        )
        return [free, interest]

    def _question_texts(self, config):
        _ = self.env._
        mediator = config.recouv_mediator and _(
            "Consumer mediator: %(mediator)s.", mediator=config.recouv_mediator
        )
        return [
            _(
                "Every question on an invoice is answered, and our reminders wait "
                "meanwhile. If you disagree, tell us: you will have our answer first."
            ),
            mediator,
        ]

    def _data_texts(self, config):
        """Who may receive the data is told beforehand (RGPD art. 13)."""
        return [
            self.env._(
                "A sum that stays unpaid may be handed over to a collection agency, "
                "with your name, your contact details and the sum: never what it was "
                "for. You are told before."
            ),
            self.env["recouv.notice"]._privacy_text(config),
        ]

    # --- the steps ------------------------------------------------------------------

    def _step_items(self):
        return [step._patient_words() for step in self.step_ids.sorted()]


class RecouvStep(models.Model):
    _inherit = "recouv.step"

    def _patient_words(self):
        """Return this step as a patient reads it: when, by which way, time left."""
        _ = self.env._
        words = [
            _(
                "%(when)s: %(what)s.",
                when=self._patient_when(),
                what=self._patient_what(),
            )
        ]
        if self.channel == "handover":
            return words[0]
        if self.condition == "call_failed":
            words.append(_("Only if our call did not reach you."))
        if self.min_amount:
            amount = format_amount(self.env, self.min_amount, self.currency_id)
            words.append(_("For sums of %(amount)s and more.", amount=amount))
        if self.deadline_days:
            days = self._days_words(self.deadline_days)
            words.append(_("You then have %(days)s to pay or to call us.", days=days))
        return " ".join(words)

    def _patient_when(self):
        _ = self.env._
        days = self._days_words(self.delay_days, self.delay_max_days)
        match self.anchor, days:
            case "care_end", "":
                return _("On the day of your last appointment")
            case "invoice_date", "":
                return _("On the day of the invoice")
            case "due_date", "":
                return _("On the due date")
            case "previous_step", "":
                return _("Then")
            case "care_end", days:
                return _("%(days)s after your last appointment", days=days)
            case "invoice_date", days:
                return _("%(days)s after the invoice", days=days)
            case "due_date", days:
                return _("%(days)s after the due date", days=days)
            case _other:
                return _("%(days)s later", days=days)

    def _days_words(self, days, longest=0):
        """Return “10 days”, “10 to 15 days”, “1 day”, or nothing for no delay."""
        _ = self.env._
        if longest > days:
            return _("%(first)s to %(last)s days", first=days, last=longest)
        if days == 1:
            return _("1 day")
        return _("%(count)s days", count=days) if days else ""

    def _patient_what(self):
        _ = self.env._
        if self.is_formal_notice:
            return _("a mise en demeure by registered letter")
        match self.channel:
            case "sms":
                return _("a reminder by text message")
            case "call":
                return _("a phone call")
            case "email":
                return _("a reminder by e-mail")
            case "letter":
                return _("a reminder by letter")
            case "registered_letter":
                return _("a registered letter")
            case _other:
                return _("the sum may be handed over to a collection agency")


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    def action_recouv_print_policy(self):
        """Download the policy of this company for its patients."""
        return self.company_id._recouv_print_policy()


class ResCompany(models.Model):
    _inherit = "res.company"

    def _recouv_print_policy(self):
        """Return the download of the policy in force, in this company's name."""
        policy = self._recouv_config().recouv_policy_id
        if not policy:
            raise UserError(
                self.env._("%s: choose the default policy.", self.display_name)
            )
        return policy._download_policy(self)
