import logging
import smtplib

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import email_normalize, format_amount, format_date, formataddr

from ..lib import wording

_logger = logging.getLogger(__name__)

KINDS = [
    ("before_due", "Reminder before the due date"),
    ("before_instalment", "Reminder before an instalment"),
    ("thanks", "Thanks for a payment"),
    ("statement", "Statement of account"),
]
TEXTS = (
    "greeting",
    "amount",
    "references",
    "date",
    "contact",
    "sender",
    "privacy",
)
BATCH = 50
# claims that another one collects: a kind word from the practice would contradict it
ELSEWHERE = [("closed_on", "=", False), ("holder", "!=", "practice")]
# a payment older than this is thanked for no more: the option was just switched on
THANKS_DAYS = 3


class RecouvCourtesy(models.Model):
    """A kind word outside of the relance: before a due date, on payment, a statement.

    Each kind is an option of the company, off by default, and goes by e-mail only. It
    is no relance: no step is reached, nothing is proven, a suspended debtor gets none.

    Strategy of the cron: company by company and kind by kind, the debtors concerned
    today get one record each under a unique key, committed in state *sending* before
    anything leaves; a crash leaves it there and it is never sent a second time. Sums
    are read again just before: what was paid meanwhile is not asked for. What
    a company did not finish is dropped back to its last commit, its responsible is told
    and the next one goes on.
    """

    _name = "recouv.courtesy"
    _description = "Courtesy message"
    _evidence_files = True  # a statement as it was sent
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    key = fields.Char(required=True, readonly=True, help="What it is about; once each.")
    partner_id = fields.Many2one("res.partner", "Debtor", required=True, readonly=True)
    move_line_ids = fields.Many2many(
        "account.move.line", "recouv_courtesy_line_rel", readonly=True
    )
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    date = fields.Date(readonly=True, help="Due date, day of payment or of statement.")
    sent_to = fields.Char(readonly=True)
    state = fields.Selection(
        [("sending", "Leaving"), ("sent", "Sent"), ("failed", "Failed")],
        required=True,
        readonly=True,
        default="sending",
    )
    failure = fields.Char(readonly=True)
    text_greeting = fields.Char(compute="_compute_texts")
    text_amount = fields.Char(compute="_compute_texts")
    text_references = fields.Char(compute="_compute_texts")
    text_date = fields.Char(compute="_compute_texts")
    text_contact = fields.Char(compute="_compute_texts")
    text_sender = fields.Char(compute="_compute_texts")
    text_privacy = fields.Char(compute="_compute_texts")

    _once = models.UniqueIndex(
        "(company_id, kind, key)", "This courtesy message was sent already."
    )

    @api.depends("kind", "partner_id")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for courtesy in self:
            label = labels.get(courtesy.kind, "")
            courtesy.display_name = f"{label} – {courtesy.partner_id.display_name}"

    def _compute_texts(self):
        for courtesy in self:
            lang = courtesy._lang()
            values = courtesy.with_context(lang=lang)._texts()
            courtesy.update({f"text_{name}": values[name] for name in TEXTS})

    @api.model
    def mail_allowed_qweb_expressions(self):
        """What a template may print without the right to write code in templates."""
        return tuple(f"object.text_{name}" for name in TEXTS)

    def _texts(self):
        """Return the words of the message; no act, no care, a neutral sender."""
        self.ensure_one()
        company, notices = self.company_id, self.env["recouv.notice"]
        return {
            "greeting": self.env._("Dear Sir or Madam"),
            "amount": format_amount(self.env, self.amount, self.currency_id),
            "references": self._references(),
            "date": format_date(self.env, self.date),
            "contact": notices._contact_text(company.phone or "", company.email or ""),
            "sender": company._recouv_sender(),
            "privacy": notices._privacy_text(company._recouv_config()),
        }

    def _references(self):
        return ", ".join(dict.fromkeys(self.move_line_ids.mapped("move_name")))

    def _lang(self):
        installed = dict(self.env["res.lang"].get_installed())
        wanted = (self.partner_id.lang, self.company_id.partner_id.lang, self.env.lang)
        return next((code for code in wanted if code in installed), "en_US")

    # --- the day's messages ---------------------------------------------------------

    @api.model
    def _cron_send(self):
        """Write to the debtors of today, each once; see the class for the strategy."""
        if self.env["res.company"]._recouv_is_neutralized():
            return
        live = self.env["res.company"].search([("recouv_live_on", "!=", False)])
        for company in live:
            self._send_or_tell(company)

    @api.model
    def _send_or_tell(self, company):
        """Send what one company owes a word to; whatever fails there stops no other."""
        engine = self.env["recouv.engine"]
        # its day is that of its own clock: Tahiti's begins ten hours later
        here = self.with_company(company).with_context(tz=company._recouv_tz())
        try:
            here._send_of(company)
        except Exception as error:
            # no savepoint: each batch is committed before its messages leave
            engine._abandon()
            _logger.exception("the courtesy messages of %s failed", company.name)
            company._recouv_for_people(self)._tell_failure(company, error)
            engine._checkpoint()

    @api.model
    def _tell_failure(self, company, error):
        """Give the practice's responsible a task, one however often it fails."""
        # sudo: a task for the practice's own responsible
        practice = company.partner_id.sudo()
        summary = self.env._("Courtesy messages of %s not sent", company.name)
        user = company._recouv_responsible()
        waiting = practice.activity_ids.filtered(
            lambda task: task.summary == summary and task.user_id == user
        )
        if not waiting:
            # what is no message for people may tell of debtors: it stays in the log
            told = isinstance(error, UserError)
            practice.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                note=str(error)
                if told
                else self.env._(
                    "It is tried again every day. If it goes on, call who maintains "
                    "the system: the server's log says why."
                ),
                user_id=user.id,
            )

    @api.model
    def _send_of(self, company):
        """Send what the options of one company ask for today."""
        today = fields.Date.context_today(self)
        if not company.email or wording.revealing_words(company._recouv_sender()):
            return self.browse()
        wanted = [
            *self._before_due(company, today),
            *self._before_instalment(company, today),
            *self._thanks(company, today),
            *self._statements(company, today),
        ]
        sent = self.browse()
        for start in range(0, len(wanted), BATCH):
            batch = self._note(wanted[start : start + BATCH])
            self.env["recouv.engine"]._checkpoint()
            batch._send()
            self.env["recouv.engine"]._checkpoint()
            sent |= batch
        return sent

    @api.model
    def _note(self, wanted):
        """Create the records that do not exist yet, each once, for debtors who may be
        written to."""
        by_key = {}
        for values in wanted:
            key = values["company_id"], values["kind"], values["key"]
            by_key.setdefault(key, values)
        known = {
            (found.company_id.id, found.kind, found.key)
            for found in self.search([("key", "in", [key for *_rest, key in by_key])])
        }
        fresh = [values for key, values in by_key.items() if key not in known]
        partners = self.env["res.partner"].browse([v["partner_id"] for v in fresh])
        addresses = self._addresses(partners)
        return self.create(
            [
                {**values, "sent_to": addresses[values["partner_id"]]}
                for values in fresh
                if values["partner_id"] in addresses
            ]
        )

    @api.model
    def _addresses(self, partners):
        """Return {debtor id: address} of those who have one, did not opt out and are
        neither suspended nor archived."""
        notices = self.env["recouv.notice"]
        held = self._suspended(partners)
        found = {
            partner.id: email_normalize(
                partner._recouv_contact("email").email, strict=False
            )
            for partner in partners.filtered("active") - held
            if not partner._recouv_forbidden("email")
            and not partner._recouv_awaits_decision()
        }
        refused = notices._unsubscribed(found.values())
        return {
            partner_id: address
            for partner_id, address in found.items()
            if address and address not in refused
        }

    @api.model
    def _suspended(self, partners):
        """Return the debtors of whom anything is suspended today in this company; an
        agreement that runs suspends the relance, not a kind word."""
        today = fields.Date.context_today(self)
        holds = self.env["recouv.hold"].search(
            self.env["recouv.hold"]._standing_domain(today)
            & Domain(
                [
                    ("company_id", "=", self.env.company.id),
                    ("plan_id", "=", False),
                    "|",
                    ("partner_id", "in", partners.ids),
                    ("claim_ids.partner_id", "in", partners.ids),
                ]
            )
        )
        return (holds.partner_id | holds.claim_ids.partner_id) & partners

    # --- who gets what --------------------------------------------------------------

    @api.model
    def _items(self, company, *conditions):
        """Return open items of the journals relanced, of invoices that were sent, whose
        collection is the practice's own."""
        journals = company._recouv_config().recouv_journal_ids
        return self.env["account.move.line"].search(
            self.env["recouv.engine"]._item_domain(company)
            & Domain(
                [
                    ("journal_id", "in", journals.ids),
                    ("move_id.is_move_sent", "=", True),
                    ("move_id.payment_state", "!=", "blocked"),
                    ("no_followup", "=", False),
                    ("recouv_claim_ids", "not any", ELSEWHERE),
                    *conditions,
                ]
            )
            & self.env["account.move.line"]._recouv_not_confidential(),
            order="partner_id, date_maturity, id",
        )

    @api.model
    def _before_due(self, company, today):
        """One message for the items of a debtor that are due within the days chosen;
        what is paid by an agreement has days of its own."""
        days = company._recouv_config().recouv_courtesy_due_days
        if not days:
            return []
        last = fields.Date.add(today, days=days)
        items = self._items(
            company, ("date_maturity", ">", today), ("date_maturity", "<=", last)
        )
        return self._values_of(
            company,
            "before_due",
            self._not_agreed(items),
            key=lambda mine: f"line {mine[0].id}",
            day=lambda mine: mine[0].date_maturity,
        )

    @api.model
    def _before_instalment(self, company, today):
        """One message for an instalment of an agreement that is due within the days."""
        days = company._recouv_config().recouv_courtesy_instalment_days
        if not days:
            return []
        plans = self.env["recouv.plan"].search(
            [
                ("company_id", "=", company.id),
                ("standing", "=", "running"),
                ("claim_ids.move_id.recouv_confidential", "!=", True),
                ("next_due_date", ">", today),
                ("next_due_date", "<=", fields.Date.add(today, days=days)),
            ]
        )
        return [
            {
                "company_id": company.id,
                "kind": "before_instalment",
                "key": f"plan {plan.id} {plan.next_due_date}",
                "partner_id": plan.partner_id.id,
                "move_line_ids": [fields.Command.set(plan.claim_ids.move_line_id.ids)],
                "amount": plan.next_due_amount,
                "currency_id": plan.currency_id.id,
                "date": plan.next_due_date,
            }
            for plan in plans
        ]

    @api.model
    def _statements(self, company, today):
        """On the first days of a month, what each debtor owes, due or not."""
        if not company._recouv_config().recouv_courtesy_statement or today.day > 5:
            return []
        return self._values_of(
            company,
            "statement",
            self._items(company),
            key=lambda mine: f"{today:%Y-%m} {mine[0].partner_id.id}",
            day=lambda mine: today,
        )

    @api.model
    def _values_of(self, company, kind, items, key, day):
        """Return the values of one message for each debtor and currency that still
        owes something of it."""
        net = self._net_of(company, items)
        groups = items.filtered(net.get).grouped(
            lambda item: (item.partner_id.commercial_partner_id, item.currency_id)
        )
        return [
            {
                "company_id": company.id,
                "kind": kind,
                "key": key(mine) + ("" if currency == company.currency_id
                                    else f" {currency.name}"),
                "partner_id": partner.id,
                "move_line_ids": [fields.Command.set(mine.ids)],
                "amount": sum(net[item] for item in mine),
                "currency_id": currency.id,
                "date": day(mine),
            }
            for (partner, currency), mine in groups.items()
        ]  # fmt: skip

    # --- sending --------------------------------------------------------------------

    def _send(self):
        """Send each message and record at once how that ended: what left has left,
        whatever becomes of the next."""
        for courtesy in self._still_owed():
            failure = courtesy._send_one()
            state = "failed" if failure else "sent"
            courtesy.write({"state": state, "failure": failure})
            self.env["recouv.engine"]._checkpoint()

    def _send_one(self):
        """Send this message; return why it did not leave, or False."""
        try:
            with self.env.cr.savepoint():
                # sudo: only system users write mail.mail; the cron sends for all
                mail = self.env["mail.mail"].sudo().create(self._mail_values())
        except UserError as error:
            return str(error)
        except Exception:
            _logger.exception("courtesy message %s could not be written", self.id)
            return self.env._("It could not be written: the server's log says why.")
        try:
            mail.send()
        except smtplib.SMTPServerDisconnected as error:
            mail.write({"state": "exception", "failure_reason": str(error)})
        failure = mail.state != "sent" and self._not_sent_words(mail)
        mail.unlink()
        return failure

    def _not_sent_words(self, mail):
        return self.env["recouv.delivery"]._mail_not_sent(mail, self.company_id)

    def _mail_values(self):
        self.ensure_one()
        company, lang = self.company_id, self._lang()
        template = self.env.ref(f"recouv_lib.mail_template_courtesy_{self.kind}")
        subject, body = (
            template._render_field(part, self.ids, set_lang=lang)[self.id]
            for part in ("subject", "body_html")
        )
        address = self.sent_to
        if test := company._recouv_config().recouv_test_email:
            subject, address = f"[TEST → {address}] {subject}", test
        return {
            "subject": subject,
            "body_html": body,
            "email_from": self.env["recouv.notice"]._email_sender(company),
            "email_to": formataddr(
                (self.partner_id._recouv_contact("email").name, address)
            ),
            "reply_to": self.env["recouv.notice"]._email_sender(company),
            "author_id": company.partner_id.id,
            "record_company_id": company.id,
            "attachment_ids": [fields.Command.set(self._attachments().ids)],
            "auto_delete": False,
        }

    def _attachments(self):
        """A statement of account goes with its document."""
        if self.kind != "statement":
            return self.env["ir.attachment"]
        return self.env["ir.attachment"].create(
            {
                "name": self.env._("statement-%(date)s.pdf", date=self.date),
                "raw": self.partner_id._recouv_statement(
                    self.company_id,
                    self.partner_id._recouv_contact("email"),
                    [("recouv_claim_ids", "not any", ELSEWHERE)],
                ),
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
                "company_id": self.company_id.id,
            }
        )


class ResCompany(models.Model):
    _inherit = "res.company"

    recouv_courtesy_due_days = fields.Integer(
        "Reminder before the due date, days", help="0: none is sent."
    )
    recouv_courtesy_instalment_days = fields.Integer(
        "Reminder before an instalment, days", help="0: none is sent."
    )
    recouv_courtesy_thanks = fields.Boolean("Thank for payments")
    recouv_courtesy_statement = fields.Boolean("Monthly statement of account")


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recouv_courtesy_due_days = fields.Integer(
        related="company_id.recouv_courtesy_due_days", readonly=False
    )
    recouv_courtesy_instalment_days = fields.Integer(
        related="company_id.recouv_courtesy_instalment_days", readonly=False
    )
    recouv_courtesy_thanks = fields.Boolean(
        related="company_id.recouv_courtesy_thanks", readonly=False
    )
    recouv_courtesy_statement = fields.Boolean(
        related="company_id.recouv_courtesy_statement", readonly=False
    )
