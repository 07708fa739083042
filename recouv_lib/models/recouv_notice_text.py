from odoo import api, fields, models
from odoo.tools import SQL, format_amount, format_date, format_list

from ..lib import iban, reference
from ..lib.wording import TEXT_KEYS
from .recouv_notice import REACHED_OUTCOMES

NBSP = "\N{NO-BREAK SPACE}"
# more invoices than this are counted in a sentence, not named
MAX_NAMED = 3


class RecouvNotice(models.Model):
    """The words and figures that SMS, e-mails and letters put in their texts.

    Each key of ``wording.TEXT_KEYS`` is also a field ``text_<key>``, so that Odoo's own
    templates read it as a plain placeholder, and a manager needs no right to write
    code in templates. All are in the recipient's language, ready formatted; a
    sentence that does not apply is empty.
    """

    _inherit = "recouv.notice"

    document_date = fields.Date(
        readonly=True, help="The date printed on the document; later letters recall it."
    )
    text_date = fields.Char(compute="_compute_texts")
    text_debtor = fields.Char(compute="_compute_texts")
    text_greeting = fields.Char(compute="_compute_texts")
    text_practice = fields.Char(compute="_compute_texts")
    text_sender = fields.Char(compute="_compute_texts")
    text_address = fields.Char(compute="_compute_texts")
    text_phone = fields.Char(compute="_compute_texts")
    text_email = fields.Char(compute="_compute_texts")
    text_contact = fields.Char(compute="_compute_texts")
    text_professional_number = fields.Char(compute="_compute_texts")
    text_amount = fields.Char(compute="_compute_texts")
    text_principal = fields.Char(compute="_compute_texts")
    text_interest_amount = fields.Char(compute="_compute_texts")
    text_currency = fields.Char(compute="_compute_texts")
    text_deadline = fields.Char(compute="_compute_texts")
    text_deadline_short = fields.Char(compute="_compute_texts")
    text_delay = fields.Char(compute="_compute_texts")
    text_references = fields.Char(compute="_compute_texts")
    text_reference = fields.Char(compute="_compute_texts")
    text_invoices = fields.Char(compute="_compute_texts")
    text_about = fields.Char(compute="_compute_texts")
    text_due_date = fields.Char(compute="_compute_texts")
    text_earlier_contacts = fields.Char(compute="_compute_texts")
    text_recall = fields.Char(compute="_compute_texts")
    text_payment_means = fields.Char(compute="_compute_texts")
    text_account = fields.Char(compute="_compute_texts")
    text_plan_offer = fields.Char(compute="_compute_texts")
    text_interest = fields.Char(compute="_compute_texts")
    text_mediator = fields.Char(compute="_compute_texts")
    text_privacy = fields.Char(compute="_compute_texts")
    text_personal_note = fields.Char(compute="_compute_texts")

    def _compute_texts(self):
        texts = self._texts()
        for notice in self:
            values = texts.get(notice.id, {})
            for key in TEXT_KEYS:
                notice[f"text_{key}"] = values.get(key, False)

    @api.model
    def mail_allowed_qweb_expressions(self):
        """What a template may print without the right to write code in templates."""
        return tuple(f"object.text_{key}" for key in TEXT_KEYS)

    # --- the texts ------------------------------------------------------------------

    def _text_values(self):
        """Return {key: text} of one notice, in the recipient's language."""
        self.ensure_one()
        return self._texts()[self.id]

    def _texts(self):
        """Return {notice id: {key: text}}; a constant number of queries for any number
        of notices."""
        contacts = self._earlier_contacts()
        return {
            notice.id: notice._in_recipient_language()._own_texts(
                contacts.get(notice.id, [])
            )
            for notice in self
        }

    def _recipient(self):
        """Return who receives it: not always the debtor (guardian, payer)."""
        return self.recipient_id or self.partner_id

    def _in_recipient_language(self):
        """Return the notice with the language in which its recipient is written to."""
        return self.with_context(lang=self._recipient_lang())

    def _recipient_lang(self):
        """Return the code of that language, which must be installed."""
        installed = dict(self.env["res.lang"].get_installed())
        wanted = (
            self._recipient().lang,
            self.partner_id.lang,
            self.company_id.partner_id.lang,
            self.env.lang,
        )
        return next((code for code in wanted if code in installed), "en_US")

    def _own_texts(self, contacts):
        return {
            **self._sender_texts(),
            **self._sum_texts(),
            **self._deadline_texts(),
            **self._contact_texts(contacts),
            **self._offer_texts(),
            "debtor": self._recipient().name or "",
            "greeting": self.env._("Dear Sir or Madam"),
            "references": ", ".join(self._claim_lines().mapped("label")),
            "reference": reference.print_reference(self.payment_reference),
            "invoices": self._invoices_text(),
            "about": self._about_text(),
            "personal_note": self.personal_note or "",
        }

    def _sender_texts(self):
        company = self.company_id
        config = company._recouv_config()
        phone, email = company.phone or "", company.email or ""
        return {
            "practice": company.name,
            # the name that may show outside a closed letter: no speciality
            "sender": company._recouv_sender(),
            "address": self._one_line_address(company.partner_id),
            "phone": phone,
            "email": email,
            "contact": self._contact_text(phone, email),
            "professional_number": config.recouv_professional_number or "",
            "mediator": self._mediator_text(config),
            "privacy": self._privacy_text(config),
        }

    def _one_line_address(self, partner):
        place = " ".join(filter(None, [partner.zip, partner.city]))
        return ", ".join(filter(None, [partner.street, partner.street2, place]))

    def _contact_text(self, phone, email):
        _ = self.env._
        if phone and email:
            return _("by phone on %(phone)s or at %(email)s", phone=phone, email=email)
        if phone:
            return _("by phone on %(phone)s", phone=phone)
        return _("at %(email)s", email=email) if email else ""

    def _mediator_text(self, config):
        """Code de la consommation L612-1 and L616-1; not for a professional."""
        if not config.recouv_mediator or not self._debtor_is_consumer():
            return ""
        return self.env._(
            "Consumer mediator: %(mediator)s.", mediator=config.recouv_mediator
        )

    def _debtor_is_consumer(self):
        return self.partner_id._recouv_debtor_kind() == "patient"

    def _privacy_text(self, config):
        if not config.recouv_privacy_url:
            return ""
        return self.env._(
            "Your personal data: %(address)s.", address=config.recouv_privacy_url
        )

    # --- sums and dates -------------------------------------------------------------

    def _claim_lines(self):
        return self.line_ids.filtered(lambda line: line.kind == "claim")

    def _sum_texts(self):
        money, lines = self._money, self._claim_lines()
        due = [line.date_due for line in lines if line.date_due]
        return {
            "amount": money(self.amount),
            "principal": money(self.amount - self.amount_interest),
            "interest_amount": money(self.amount_interest),
            "currency": self.currency_id.name,
            "due_date": self._long_date(min(due)) if due else "",
        }

    def _money(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    def _long_date(self, day):
        """Return a date as a letter writes it: 3 mai 2026, 1er juin 2026."""
        if not day:
            return ""
        lang = self.env.lang or ""
        text = format_date(self.env, day, date_format="d MMMM y")
        text = text.replace(" ", NBSP, 1)
        return f"1er{text[1:]}" if lang.startswith("fr") and day.day == 1 else text

    def _deadline_texts(self):
        """The date given; a registered letter gives days from its presentation."""
        days = self.step_id.deadline_days
        today = fields.Date.context_today(self)
        deadline = self._printed_deadline()
        return {
            "date": self._long_date(self.document_date or today),
            "deadline": self._long_date(deadline),
            "deadline_short": format_date(self.env, deadline) if deadline else "",
            "delay": self.env._("%(days)s days", days=days) if days else "",
        }

    def _printed_deadline(self):
        """The date by which to pay, as known today; False where no step gives one."""
        self.ensure_one()
        if self.deadline_date:
            return self.deadline_date
        days = self.step_id.deadline_days
        start = self.document_date or fields.Date.context_today(self)
        return fields.Date.add(start, days=days) if days else False

    def _invoices_text(self):
        """One invoice in full, a few by their numbers, many by how many they are."""
        _, numbers = self.env._, self._invoice_numbers()
        if len(numbers) == 1:
            return _(
                "invoice %(number)s of %(date)s",
                number=numbers[0],
                date=self._long_date(self._claim_lines()[0].invoice_date),
            )
        if len(numbers) <= MAX_NAMED:
            return _("invoices %(numbers)s", numbers=format_list(self.env, numbers))
        return _("the %(count)s invoices listed in this letter", count=len(numbers))

    def _about_text(self):
        """The same for a subject line, where a sentence would read badly."""
        _, numbers = self.env._, self._invoice_numbers()
        if len(numbers) == 1:
            return _("invoice no. %(number)s", number=numbers[0])
        if len(numbers) <= MAX_NAMED:
            return _("invoices no. %(numbers)s", numbers=", ".join(numbers))
        return _("%(count)s invoices", count=len(numbers))

    def _invoice_numbers(self):
        return list(dict.fromkeys(line.label or "" for line in self._claim_lines()))

    # --- earlier contacts -----------------------------------------------------------

    def _earlier_contacts(self):
        """Return {notice id: [(channel, day)]}, oldest first: the proven notices about
        the oldest claim of each. What was never delivered is never recalled."""
        leads = self.lead_claim_id | self.line_ids.claim_id
        if not self.ids or not leads:
            return {}
        self.env["recouv.notice"].flush_model()
        self.env["recouv.notice.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT mine.id, n.channel,
                          COALESCE(n.document_date, n.date_sent::date, n.proven_on) AS d
                     FROM recouv_notice mine
                     JOIN recouv_notice_line l ON l.claim_id = mine.lead_claim_id
                     JOIN recouv_notice n ON n.id = l.notice_id
                    WHERE mine.id IN %(ids)s AND n.id < mine.id
                      AND n.state IN ('sent', 'delivered')
                      AND n.proven_on IS NOT NULL AND n.channel <> 'handover'
                      AND (n.channel <> 'call' OR n.call_outcome IN %(reached)s)
                    ORDER BY mine.id, d""",
                ids=tuple(self.ids),
                reached=REACHED_OUTCOMES,
            )
        )
        contacts = {}
        for notice_id, channel, day in rows:
            contacts.setdefault(notice_id, []).append((channel, day))
        return contacts

    def _contact_texts(self, contacts):
        named = [self._named_contact(channel, day) for channel, day in contacts]
        listed = format_list(self.env, named) if named else ""
        return {"earlier_contacts": listed, "recall": self._recall_text(listed)}

    def _named_contact(self, channel, day):
        _, date = self.env._, self._long_date(day)
        match channel:
            case "sms":
                return _("our text message of %(date)s", date=date)
            case "call":
                return _("our phone call of %(date)s", date=date)
            case "email":
                return _("our e-mail of %(date)s", date=date)
            case "registered_letter":
                return _("our registered letter of %(date)s", date=date)
            case _other:
                return _("our letter of %(date)s", date=date)

    def _recall_text(self, listed):
        """Recall what was proven, in the tone of the step; empty when nothing was."""
        _, step = self.env._, self.step_id
        tone = "formal" if step.is_formal_notice else step.tone
        if not listed:
            return ""
        if tone == "formal":
            return _("Despite %(contacts)s, this sum remains unpaid.", contacts=listed)
        if tone == "firm":
            return _("You have not followed up on %(contacts)s.", contacts=listed)
        return _("This follows %(contacts)s.", contacts=listed)

    # --- ways out -------------------------------------------------------------------

    def _offer_texts(self):
        _ = self.env._
        return {
            "payment_means": self._payment_means_text(),
            "account": self._account_text(),
            "plan_offer": _(
                "If you cannot pay all at once, contact us: payment in several "
                "instalments is possible, free of charge."
            )
            if self.step_id.offer_plan
            else "",
            "interest": self._interest_text(),
        }

    def _payment_means_text(self):
        """No way to pay may be imposed (CSP R4127-53): several are named."""
        _ = self.env._
        means = [
            _("by cheque to the order of %(practice)s", practice=self.company_id.name),
            _("at the practice"),
        ]
        if self._payment_account():
            means.insert(0, _("by bank transfer"))
        return format_list(self.env, means, "or")

    def _account_text(self):
        """Name the account to pay to and whose it is; empty without a valid one."""
        account = self._payment_account()
        if not account:
            return ""
        return self.env._(
            "%(iban)s (%(holder)s)",
            iban=iban.format_iban(account.acc_number),
            holder=self._payee_name(account),
        )

    def _payment_account(self):
        """Return the account to pay to, empty when its number is no valid IBAN."""
        return self.company_id._recouv_config().recouv_bank_id._recouv_with_iban()

    def _interest_text(self):
        """Say in a mise en demeure that interest runs, where the practice claims it."""
        if not (self.step_id.is_formal_notice and self._claims_interest()):
            return ""
        if self.company_id._recouv_country().code == "CH":
            return self.env._(
                "From the first presentation of this letter, the sum bears default "
                "interest at the legal rate (articles 102 and 104 of the Swiss Code of "
                "Obligations)."
            )
        return self.env._(
            "From the first presentation of this letter, the sum bears interest at the "
            "legal rate (articles 1231-6 and 1344-1 of the Civil Code)."
        )

    # --- interest -------------------------------------------------------------------

    def _claims_interest(self):
        """Say whether the creditor claims legal interest."""
        return self.company_id._recouv_config().recouv_interest

    def _legal_interest(self):
        """Return the interest that this notice may claim today, in its currency.

        Runs from the presentation of the mise en demeure of each claim (art. 1344-1
        code civil), by semester, on the principal as it stood; zero where the practice
        does not claim it.

        :raise interest.MissingRate: a semester without rate; none is extrapolated
        """
        self.ensure_one()
        if not self._claims_interest():
            return 0.0
        today, deductions = fields.Date.context_today(self), self._open_deductions()
        total = 0.0
        for line in self._claim_lines().sorted(lambda line: (line.date_due, line.id)):
            covered = line._take_deductions(deductions)
            if line.claim_id.formal_notice_date:
                total += float(line._legal_interest(today, covered))
        return total

    def _open_deductions(self):
        """Return [[day, sum]] of the open credits that this notice deducts; a credit
        note has no day: what it takes away was never owed."""
        credits = self.line_ids.filtered(lambda line: line.kind == "credit")
        return [
            [line.move_line_id._recouv_money_day(line.date_due), -line.amount]
            for line in credits
        ]


class RecouvNoticeLine(models.Model):
    _inherit = "recouv.notice.line"

    def _take_deductions(self, deductions):
        """Take from the open credits what covers this line, the first ones first.

        :param deductions: list of [day or None, sum], lowered here
        :return: list of (day or None, sum)
        """
        left, taken = self.amount, []
        for deduction in deductions:
            part = min(left, deduction[1])
            if part > 0:
                taken.append((deduction[0], part))
                deduction[1] -= part
                left -= part
        return taken
