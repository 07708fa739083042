from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_amount, format_date, format_datetime, html2plaintext

#: ours, yet not about the debtor: staff, or mechanics
NOT_ABOUT_THE_DEBTOR = {
    "recouv.read.log",
    "recouv.privacy.request",
    "recouv.purge",
    "recouv.run.skip",
}
#: mechanics, in any model
NOT_DATA = {
    "id",
    "create_uid",
    "write_uid",
    "write_date",
    "idempotency_key",
    "live_key",
    "access_token",
    "maturity_rank",
    "next_channel",
    "next_attempt",
    "next_code",
    "previous_state",
    "token",
}
#: for a program only: a person reads sums with their currency
NOT_TO_READ = {"create_date", "currency_id"}
#: what the practice noted for itself; a human decides whether it is given
INTERNAL_NOTES = {
    "cancel_reason",
    "deposit_on_reason",
    "history",
    "lift_note",
    "note",
    "personal_note",
    "remark",
    "review_note",
    "undo_reason",
}


class ResPartner(models.Model):
    """What the product holds on a debtor, gathered for the debtor (GDPR art. 15)."""

    _inherit = "res.partner"

    def _recouv_access_data(self, companies, with_notes=False):
        """Return what is held on this person in ``companies``.

        Read with the user's own rights. People other than the debtor (relatives, staff)
        are left out; so is what invoices say of care: only number, dates and sums.

        :param with_notes: also the practice's internal notes
        :return: ``{section title: [{label: value}]}``, values ready for JSON
        """
        self.ensure_one()
        data = {self.env._("Identity"): [self._recouv_identity()]}
        for model, domain in self._recouv_access_sources(companies).items():
            records = self.env[model].search(domain)
            if rows := [self._recouv_row(record, with_notes) for record in records]:
                data[self.env["ir.model"]._get(model).name] = rows
        data |= self._recouv_books(companies)
        data[self.env._("Messages")] = self._recouv_messages(companies, with_notes)
        data[self.env._("Documents")] = self._recouv_documents(companies)
        return {title: rows for title, rows in data.items() if rows}

    def _recouv_identity(self):
        names = ("name", "ref", "street", "street2", "zip", "city", "phone",
                 "recouv_phone2", "email", "vat")  # fmt: skip
        known = {self._recouv_label(self, name): self[name] for name in names}
        lang = dict(self.env["res.lang"].get_installed()).get(self.lang)
        known |= {
            self._recouv_label(self, "lang"): lang,
            self.env._("Country"): self.country_id.name,
        }
        return {label: value for label, value in known.items() if value}

    @api.model
    def _recouv_label(self, record, name):
        return record._fields[name].get_description(self.env, ["string"])["string"]

    def _recouv_access_sources(self, companies):
        """Return {model: domain} of every model of ours that concerns the debtor.

        Found by their fields, so that what another part adds is given too.
        """
        sources = {}
        own = Domain("company_id", "in", companies.ids)
        for name, model in self.env.registry.items():
            if not self._recouv_is_source(name, model):
                continue
            terms = [
                Domain(path, "=", self.id) for path in self._recouv_paths(model._fields)
            ]
            if terms and self.env[name].has_access("read"):
                sources[name] = own & Domain.OR(terms)
        return dict(sorted(sources.items()))

    @api.model
    def _recouv_is_source(self, name, model):
        return (
            name.startswith("recouv.")
            and not (model._abstract or model._transient)
            and model._auto
            and name not in NOT_ABOUT_THE_DEBTOR
            and "company_id" in model._fields
        )

    @api.model
    def _recouv_paths(self, known):
        """Return the paths from a model to its debtor."""
        if "partner_id" in known and known["partner_id"].store:
            yield "partner_id"
        elif "debtor_id" in known and known["debtor_id"].store:
            yield "debtor_id"
        if "claim_ids" in known:
            yield "claim_ids.partner_id"
        if "claim_id" in known and known["claim_id"].store:
            yield "claim_id.partner_id"

    def _recouv_row(self, record, with_notes):
        row = {}
        for name, field in record._fields.items():
            if not self._recouv_is_given(name, field, with_notes):
                continue
            if not record._has_field_access(field, "read"):
                continue
            value = record[name]
            if isinstance(value, models.BaseModel):
                value = self._recouv_own_names(value)
            elif field.type == "selection":
                labels = dict(field._description_selection(self.env))
                value = labels.get(value, "")
            if value not in (False, None, ""):
                row[self._recouv_label(record, name)] = self._recouv_plain(
                    value, field, record
                )
        return row

    @api.model
    def _recouv_is_given(self, name, field, with_notes):
        if name in NOT_DATA or not field.store or field.type in ("binary", "json"):
            return False
        if name in INTERNAL_NOTES and not with_notes:
            return False
        if name in NOT_TO_READ and self.env.context.get("recouv_to_read"):
            return False
        if field.type in ("one2many", "many2many"):
            return False
        return field.type != "many2one" or field.comodel_name not in (
            "res.users",
            "res.company",
            "ir.attachment",
            "recouv.run",
        )

    def _recouv_own_names(self, records):
        """Name what a field points to; other people are not named."""
        if records._name == "res.partner":
            records &= self | self.child_ids
        if records._name.startswith("mail."):
            return ""
        return ", ".join(records.mapped("display_name"))

    @api.model
    def _recouv_plain(self, value, field, record):
        """Return a value as a program reads it, or, with the context key
        ``recouv_to_read``, as a person does."""
        if field.type == "html":
            return html2plaintext(value)
        if self.env.context.get("recouv_to_read"):
            return self._recouv_readable(value, field, record)
        if field.type == "datetime":
            return fields.Datetime.to_string(value)
        return fields.Date.to_string(value) if field.type == "date" else value

    @api.model
    def _recouv_readable(self, value, field, record):
        if field.type == "date":
            return format_date(self.env, value)
        if field.type == "datetime":
            return format_datetime(self.env, value, dt_format="short")
        if field.type == "boolean":
            return self.env._("Yes")
        if field.type == "monetary":
            currency = record[field.get_currency_field(record)]
            return format_amount(self.env, value, currency)
        return value

    @api.model
    def _recouv_moment(self, moment):
        if self.env.context.get("recouv_to_read"):
            return format_datetime(self.env, moment, dt_format="short")
        return fields.Datetime.to_string(moment)

    def _recouv_books(self, companies):
        """Invoices (number, dates, sums, no act) and payments."""
        invoices = self.env["account.move"].search(
            [
                ("company_id", "in", companies.ids),
                ("partner_id", "child_of", self.id),
                ("move_type", "in", ("out_invoice", "out_refund")),
                ("state", "=", "posted"),
            ]
        )
        payments = self.env["account.payment"].search(
            [
                ("company_id", "in", companies.ids),
                ("partner_id", "child_of", self.id),
            ]
        )
        return {
            self.env._("Invoices"): [
                self._recouv_figures(
                    move,
                    "name",
                    "invoice_date",
                    "invoice_date_due",
                    "amount_total",
                    "amount_residual",
                )  # fmt: skip
                for move in invoices
            ],
            self.env._("Payments"): [
                self._recouv_figures(payment, "name", "date", "amount", "memo")
                for payment in payments
            ],
        }

    @api.model
    def _recouv_figures(self, record, *names):
        return {
            self._recouv_label(record, name): self._recouv_plain(
                record[name] or "", record._fields[name], record
            )
            if record[name]
            else ""
            for name in names
        }

    def _recouv_is_debtor_of(self, company):
        """Say whether this person was ever invoiced, or relanced, by the company."""
        self.ensure_one()
        # sudo: only whether there is one; companies' own contacts are no debtors
        companies = self.env["res.company"].sudo()
        if companies.search_count([("partner_id", "=", self.id)], limit=1):
            return False
        return bool(self._recouv_claims_in(company)) or bool(
            self.env["account.move"].search_count(
                [
                    ("company_id", "=", company.id),
                    ("partner_id", "child_of", self.id),
                    ("move_type", "in", ("out_invoice", "out_refund", "out_receipt")),
                ],
                limit=1,
            )
        )

    def _recouv_claims_in(self, companies):
        return self.env["recouv.claim"].search(
            [("company_id", "in", companies.ids), ("partner_id", "=", self.id)]
        )

    def _recouv_messages(self, companies, with_notes):
        """What was written about the claims; internal notes only where asked for."""
        claims = self._recouv_claims_in(companies)
        notices = self.env["recouv.notice"].search(
            [("company_id", "in", companies.ids), ("partner_id", "=", self.id)]
        )
        messages = self.env["mail.message"].search(
            Domain("message_type", "!=", "notification")
            & (
                Domain([("model", "=", claims._name), ("res_id", "in", claims.ids)])
                | Domain([("model", "=", notices._name), ("res_id", "in", notices.ids)])
                | Domain([("model", "=", self._name), ("res_id", "=", self.id)])
            ),
            order="date, id",
        )
        if not with_notes:
            messages = messages.filtered(lambda message: not message.is_internal)
        return [
            {
                self.env._("Date"): self._recouv_moment(message.date),
                self.env._("From"): self._recouv_author(message),
                self.env._("Text"): html2plaintext(message.body or ""),
            }
            for message in messages
        ]

    def _recouv_author(self, message):
        is_own = message.author_id in self | self.child_ids
        return self.name if is_own else self.env._("The practice")

    def _recouv_documents(self, companies):
        """Name the letters and proofs kept; they are given on request."""
        notices = self.env["recouv.notice"].search(
            [("company_id", "in", companies.ids), ("partner_id", "=", self.id)]
        )
        documents = notices.document_id | notices.proof_ids
        return [
            {
                self.env._("Name"): document.name,
                self.env._("Kept since"): self._recouv_moment(document.create_date),
            }
            for document in documents
        ]
