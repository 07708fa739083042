import io

import xlsxwriter
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import email_normalize, format_date

from ..lib.statement_period import last_period
from .recouv_mandate_statement import StatementTerms

MONEY_FORMAT = "#,##0.00"
STATES = [
    ("ready", "Made, to read"),
    ("sent", "Sent to the practice"),
    ("failed", "Could not be sent"),
]
FORMS = [
    ("email", "E-mail with PDF"),
    ("spreadsheet", "E-mail with a spreadsheet"),
    ("screen", "On screen"),
]


class RecouvStatementMixin(models.AbstractModel):
    """What a practice is told by period, by who works for it or buys from it.

    It is the practice's own record, made from its own books, kept as told: what
    changes later shows in the next one. A model says between whom (:meth:`_pairs`),
    by which agreement (:meth:`_agreement_model`), and what is in it (:meth:`_make`,
    :meth:`_paper_values`, :meth:`_fill_book`).

    Sending. Daily, one practice and agency after the other: made once (a unique index)
    and committed, then sent; a failure is kept on the statement, told in the day of
    the practice, and tried again the next day. The e-mail says a period and no more:
    names and sums are in the attachment.
    """

    _name = "recouv.statement.mixin"
    _inherit = ["recouv.evidence.mixin"]
    _description = "Statement by period"

    company_id = fields.Many2one(
        "res.company", "Practice", required=True, index=True, readonly=True
    )
    # hidden on screens: a practice reads its agency's name, not its company
    agency_id = fields.Many2one("res.company", required=True, readonly=True)
    agency_name = fields.Char("Agency", readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    date_from = fields.Date("From", required=True, readonly=True)
    date_to = fields.Date("To", required=True, readonly=True)
    form = fields.Selection(FORMS, required=True, readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True, default="ready")
    sent_on = fields.Datetime(readonly=True)
    sent_to = fields.Char(readonly=True)
    failure = fields.Char("Why it could not be sent", readonly=True)

    _period_uniq = models.UniqueIndex(
        "(company_id, agency_id, date_to)",
        "The statement of this period exists already: open it.",
    )
    _dates = models.Constraint(
        "CHECK(date_from <= date_to)", "A period ends after it begins."
    )
    _failed_idx = models.Index("(company_id) WHERE state = 'failed'")

    @api.depends("agency_name", "date_from", "date_to")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for statement in self:
            statement.display_name = self.env._(
                "%(agency)s, %(start)s to %(end)s",
                agency=statement.agency_name or "",
                start=format_date(self.env, statement.date_from) or "",
                end=format_date(self.env, statement.date_to) or "",
            )

    @api.model
    def _evidence_advice(self):
        return self.env._("What changed shows in the next statement.")

    # --- what a model says ----------------------------------------------------------

    @api.model
    def _pairs(self):
        """Return [(practice, agency)] that have something to tell, in any state."""
        return []

    @api.model
    def _agreement_model(self):
        """Return the model of what practice and agency signed; it has
        ``_statement_terms()``."""
        raise NotImplementedError

    @api.model
    def _terms(self, practice, agency):
        """Return the ``StatementTerms`` that the practice chose, by what the two
        signed last."""
        # sudo: the terms of the practice's own agreement
        agreements = self.env[self._agreement_model()].sudo()
        last = agreements.search(
            [
                ("company_id", "=", practice.id),
                ("agency_id", "=", agency.id),
                ("state", "!=", "draft"),
            ],
            limit=1,
        )
        return last._statement_terms() if last else StatementTerms("screen")

    @api.model
    def _in_order(self, pairs):
        """Return pairs of active practices, in a fixed order."""
        return sorted(
            ((practice, agency) for practice, agency in pairs if practice.active),
            key=lambda pair: (pair[0].id, pair[1].id),
        )

    @api.model
    def _head(self, practice, agency, period, terms, currency):
        """Return what every statement says of itself."""
        return {
            "company_id": practice.id,
            "agency_id": agency.id,
            "agency_name": agency.name,
            "currency_id": currency.id,
            "date_from": period[0],
            "date_to": period[1],
            "form": terms.form,
        }

    @api.model
    def _make(self, practice, agency, period, terms, before):
        """Make the statement of ``period``.

        :param before: the one before, empty for the first
        """
        raise NotImplementedError

    @api.model
    def _list_action(self):
        """Return the XML id of the window of these statements."""
        raise NotImplementedError

    @api.model
    def _body_template(self):
        """Return the XML id of the template of the printed body."""
        raise NotImplementedError

    @api.model
    def _total_names(self):
        """Return the fields that are its totals, in the order they are read."""
        raise NotImplementedError

    def _totals(self):
        """Return [(label, sum)], in the order in which they are read."""
        return [
            (self._fields[name].get_description(self.env)["string"], self[name])
            for name in self._total_names()
        ]

    def _paper_values(self):
        """Return what the template of the body needs."""
        raise NotImplementedError

    def _fill_book(self, book, styles):
        """Write the sheets of the spreadsheet."""
        raise NotImplementedError

    def _mail_words(self):
        """Return (subject, text) of the e-mail: a period and no more."""
        raise NotImplementedError

    def _said_period(self):
        """Return the names and days that the words of a statement need."""
        return {
            "agency": self.agency_name,
            "start": format_date(self.env, self.date_from),
            "end": format_date(self.env, self.date_to),
        }

    # --- by schedule ----------------------------------------------------------------

    @api.model
    def _cron_send(self):
        """Make and send what is due in every practice, and try again what failed."""
        today = fields.Date.context_today(self)
        for practice, agency in self._pairs():
            try:
                with self.env.cr.savepoint():
                    statement = self._generate(practice, agency, today)
            except UserError as error:
                self._tell_failure(practice, agency, error)
                continue
            self.env["recouv.engine"]._checkpoint()
            statement._send()
            self.env["recouv.engine"]._checkpoint()
        for statement in self.search([("state", "=", "failed")]):
            statement._send()
            self.env["recouv.engine"]._checkpoint()

    def _tell_failure(self, practice, agency, error):
        """The statement could not even be made: the practice's responsible is told."""
        # sudo: a task for the practice's own responsible
        practice.partner_id.sudo().activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Statement of %s not made", agency.name),
            note=str(error),
            user_id=practice._recouv_responsible().id,
        )

    @api.model
    def _generate(self, practice, agency, today):
        """Make the statement of the last period that is over; none twice.

        Elevated: reads the practice's own books, and the projection of its claims.

        :return: the new statement, empty when that period was told already
        """
        statements = self.sudo().with_company(practice)
        terms = self._terms(practice, agency)
        start, end = last_period(terms.frequency, today)
        before = statements.search(
            [("company_id", "=", practice.id), ("agency_id", "=", agency.id)], limit=1
        )
        if before:
            start = fields.Date.add(before.date_to, days=1)
        if start > end:
            return self.browse()
        lang = practice.partner_id.lang or self.env.lang
        return statements.with_context(lang=lang)._make(
            practice, agency, (start, end), terms, before
        )

    # --- by hand --------------------------------------------------------------------

    @api.model
    def action_make_due(self):
        """Make what is due now for the user's practices, and show all."""
        if not self.env.user.has_group("recouv_lib.group_manager"):
            raise AccessError(self.env._("Only a manager makes statements."))
        today = fields.Date.context_today(self)
        for practice, agency in self._pairs():
            if practice in self.env.companies:
                self._generate(practice, agency, today)
        return self.env["ir.actions.act_window"]._for_xml_id(self._list_action())

    def action_send_again(self):
        """Send it (again), to the address that the practice has now."""
        self.check_access("read")
        if not self.env.user.has_group("recouv_lib.group_manager"):
            raise AccessError(self.env._("Only a manager sends statements."))
        # sudo: what is sent goes to the practice's own address
        self.sudo()._send(force=True)
        return True

    # --- files ----------------------------------------------------------------------

    def _in_language(self):
        lang = self.company_id.partner_id.lang or self.env.lang
        return self.with_context(lang=lang)

    def _file_name(self, extension):
        return self.env._(
            "statement-%(day)s.%(extension)s", day=self.date_to, extension=extension
        )

    def action_print(self):
        """Download the statement as a PDF."""
        self.ensure_one()
        return self.env["recouv.document"]._download(
            self._file_name("pdf"), self._pdf()
        )

    def action_spreadsheet(self):
        """Download the statement as a spreadsheet."""
        self.ensure_one()
        return self.env["recouv.document"]._download(
            self._file_name("xlsx"), self._xlsx()
        )

    def _pdf(self):
        statement = self._in_language()
        return self.env["recouv.document"]._print(
            self._body_template(),
            statement._paper_values(),
            company=self.company_id,
            title=statement.env._(
                "Statement of %(agency)s, %(start)s to %(end)s",
                **statement._said_period(),
            ),
            lang=statement.env.lang,
        )

    def _xlsx(self):
        """Return the spreadsheet, in the language of the practice."""
        statement = self._in_language()
        output = io.BytesIO()
        # strings stay strings: a name that begins with “=” is no formula
        book = xlsxwriter.Workbook(
            output, {"in_memory": True, "strings_to_formulas": False}
        )
        styles = {
            "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True}),
            "money": book.add_format({"num_format": MONEY_FORMAT}),
            "date": book.add_format({"num_format": "dd/mm/yyyy"}),
        }
        statement._fill_book(book, styles)
        book.close()
        return output.getvalue()

    def _write_totals(self, sheet, styles):
        sheet.set_column(0, 0, 32)
        sheet.set_column(1, 1, 14)
        sheet.write_string(0, 0, self.display_name, styles["head"])
        for rank, (label, amount) in enumerate(self._totals(), 1):
            sheet.write_string(rank, 0, label)
            sheet.write_number(rank, 1, amount, styles["money"])

    @api.model
    def _write_lines(self, sheet, styles, lines, names):
        words = {
            name: dict(lines._fields[name]._description_selection(self.env))
            for name in names
            if lines._fields[name].type == "selection"
        }
        sheet.set_column(0, len(names) - 1, 18)
        for column, name in enumerate(names):
            label = lines._fields[name].get_description(self.env)["string"]
            sheet.write_string(0, column, label, styles["head"])
        for row, line in enumerate(lines, 1):
            for column, name in enumerate(names):
                value = line[name]
                if lines._fields[name].type == "date":
                    if value:
                        sheet.write_datetime(row, column, value, styles["date"])
                elif lines._fields[name].type == "monetary":
                    sheet.write_number(row, column, value, styles["money"])
                else:
                    text = words.get(name, {}).get(value, value)
                    sheet.write_string(row, column, text or "")

    # --- sending --------------------------------------------------------------------

    def _send(self, force=False):
        """Send each in the practice's form, once; a failure is kept and told."""
        for statement in self:
            if statement.form == "screen" or (statement.state == "sent" and not force):
                continue
            try:
                with self.env.cr.savepoint():
                    sent_to = statement._deliver()
            except UserError as error:
                statement._record({"state": "failed", "failure": str(error)})
            else:
                statement._record(
                    {
                        "state": "sent",
                        "failure": False,
                        "sent_on": fields.Datetime.now(),
                        "sent_to": sent_to,
                    }
                )

    def _deliver(self):
        """Send the e-mail and return its address.

        :raise UserError: no address, nothing printed, or the server refused it
        """
        config = self.company_id._recouv_config()
        terms = self._terms(self.company_id, self.agency_id)
        address = config.recouv_test_email or terms.email
        if not email_normalize(address):
            raise UserError(
                self.env._(
                    "%s has no e-mail address for its statements: enter it in the "
                    "mandate, the contract or the company.",
                    self.company_id.name,
                )
            )
        # sudo: a message to the practice itself
        mail = self.env["mail.mail"].sudo().create(self._mail_values(address))
        mail.send(raise_exception=False)
        if mail.exists() and mail.state != "sent":
            told = self.env["recouv.delivery"]
            raise UserError(told._mail_not_sent(mail, self.company_id))
        return address

    def _mail_values(self, address):
        statement = self._in_language()
        sheet = self.form == "spreadsheet"
        name = statement._file_name("xlsx" if sheet else "pdf")
        content = self._xlsx() if sheet else self._pdf()
        attachment = self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": content,
                "res_model": self._name,
                "res_id": self.id,
                "company_id": self.company_id.id,
            }
        )
        subject, text = statement._mail_words()
        return {
            "subject": subject,
            "body_html": Markup("<p>%s</p>") % text,
            "email_to": address,
            "email_from": self.env["recouv.notice"]._email_sender(self.company_id),
            "record_company_id": self.company_id.id,
            "attachment_ids": [fields.Command.link(attachment.id)],
            "auto_delete": False,
            "model": self._name,
            "res_id": self.id,
        }
