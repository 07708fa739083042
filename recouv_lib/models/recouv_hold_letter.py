from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ..lib import wording


class RecouvHold(models.Model):
    """The letters of a case: acknowledgment, answer, letter to the estate.

    Courteous, in the language of who receives them, and never a word of care: they
    name invoices by their numbers only.
    """

    _inherit = "recouv.hold"
    _evidence_files = True  # letters as they were sent

    estate_contact_id = fields.Many2one(related="partner_id.recouv_estate_contact_id")
    caution = fields.Char(compute="_compute_caution")

    def _compute_caution(self):
        for hold in self:
            hold.caution = hold._debtor().recouv_caution

    def _debtor(self):
        """Return the one debtor of a case."""
        self.ensure_one()
        return self.partner_id or self.claim_ids[:1].partner_id

    # --- actions --------------------------------------------------------------------

    def action_print_acknowledgment(self):
        """Print that the dispute or complaint was received, and when it is answered."""
        self._check_answered_reason()
        document = self._print_case_letter("acknowledgment", self._debtor_recipient())
        self.acknowledged_on = self.acknowledged_on or fields.Date.context_today(self)
        return self._action_document(document)

    def action_print_answer(self):
        """Print the answer, by the outcome or in the user's own words; keep it.

        :raise UserError: neither outcome nor own words; or words of a court
        """
        self._check_answered_reason()
        if not self.answer_text and self.outcome in (False, "withdrawn", "closed"):
            raise UserError(
                self.env._(
                    "%(case)s: record the outcome first, or write the answer in your "
                    "own words.",
                    case=self.display_name,
                )
            )
        document = self._print_case_letter("answer", self._debtor_recipient())
        self.write(
            {
                "answer_document_id": document.id,
                "answered_on": fields.Date.context_today(self),
            }
        )
        return self._action_document(document)

    def action_print_estate_letter(self):
        """Print the letter to the estate: condolences, the claim, who is the notary?"""
        self.ensure_one()
        if self.reason != "deceased":
            raise UserError(self.env._("%(case)s is no death.", case=self.display_name))
        recipient = self._debtor().recouv_estate_contact_id
        if not recipient:
            raise UserError(
                self.env._(
                    "Name the notary or the contact of the estate of %(name)s first: "
                    "nothing is written to a deceased person.",
                    name=self._debtor().display_name,
                )
            )
        document = self._print_case_letter("estate", recipient)
        self.estate_declared_on = self.estate_declared_on or fields.Date.context_today(
            self
        )
        return self._action_document(document)

    def _check_answered_reason(self):
        self.ensure_one()
        if self.reason not in ("dispute", "complaint"):
            raise UserError(
                self.env._(
                    "%(case)s is neither a dispute nor a complaint.",
                    case=self.display_name,
                )
            )
        bad = wording.forbidden_words(self.answer_text)
        if bad:
            raise UserError(
                self.env._(
                    "The answer may not look like an act of a court or of an officer: "
                    "take “%(word)s” out.",
                    word=bad[0],
                )
            )

    def _debtor_recipient(self):
        """Return who is written to; UserError where no letter may leave."""
        return self._debtor()._recouv_letter_recipient()

    # --- document -------------------------------------------------------------------

    def _print_case_letter(self, kind, recipient):
        """Return the attachment of the letter.

        :param kind: acknowledgment, answer or estate
        :param recipient: the contact it is addressed to
        :raise UserError: the address is incomplete, or the printer failed
        """
        if not (recipient.street and recipient.zip and recipient.city):
            raise UserError(
                self.env._(
                    "%(name)s has no complete postal address.",
                    name=recipient.display_name,
                )
            )
        localized = self.with_context(lang=recipient.lang or self.env.lang)
        html = localized._case_letter_html(kind, recipient.with_env(localized.env))
        content = self.env["recouv.document"]._pdf(html, self.display_name)
        return self.env["ir.attachment"].create(
            {
                "name": f"{kind}-{self.number or self.id}.pdf",
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
                "company_id": self.company_id.id,
            }
        )

    def _case_letter_html(self, kind, recipient):
        notice = self.env["recouv.notice"].new(
            {
                "company_id": self.company_id.id,
                "partner_id": self._debtor().id,
                "recipient_id": recipient.id,
                "currency_id": self.currency_id.id,
                "channel": "letter",
            }
        )
        texts = notice._sender_texts()
        subject, paragraphs = getattr(self, f"_{kind}_words")(notice)
        values = {
            "sender": {"name": texts["practice"], "lines": notice._sender_lines(texts)},
            "address": notice._address_lines(),
            "reference": self.number or f"D{self.id}",
            "place": self.env._(
                "%(city)s, %(date)s",
                city=self.company_id.city or "",
                date=notice._long_date(fields.Date.context_today(self)),
            ),
            "subject": subject,
            "paragraphs": [text for text in paragraphs if text],
            "small": " ".join(filter(None, [texts["mediator"], texts["privacy"]])),
            "contact": self._contact_words(texts),
        }
        qweb = self.env["ir.qweb"]
        style = qweb._render("recouv_lib.letter_style", {})
        page = qweb._render("recouv_lib.case_letter", values)
        return (
            f"<!DOCTYPE html><html><head><meta charset='utf-8'/>{style}</head>"
            f"<body>{page}</body></html>"
        )

    def _action_document(self, document):
        """Hand over the letter to print; the form then shows what it recorded."""
        url = f"/web/content/{document.id}?download=true"
        return {
            "type": "ir.actions.client",
            "tag": "recouv_download",
            "params": {"url": url},
        }

    # --- words ----------------------------------------------------------------------

    def _contact_words(self, texts):
        if not texts["contact"]:
            return ""
        return self.env._("Reach us %(contact)s.", contact=texts["contact"])

    def _invoice_words(self):
        """The invoices by their numbers; without any where the person is suspended."""
        numbers = [claim.reference for claim in self.claim_ids if claim.reference]
        if not numbers:
            return ""
        return self.env._("It is about: %(numbers)s.", numbers=", ".join(numbers))

    def _acknowledgment_words(self, notice):
        _, day = self.env._, notice._long_date(self.date_from)
        subject = (
            _("Your complaint of %(date)s", date=day)
            if self.reason == "complaint"
            else _("Your disagreement of %(date)s", date=day)
        )
        due = notice._long_date(self.answer_due)
        return subject, [
            _(
                "We have received what you told us on %(date)s, and thank you.",
                date=day,
            ),
            self._invoice_words(),
            _("You will have our answer by %(date)s at the latest.", date=due)
            if due
            else "",
            self._meanwhile_words(),
        ]

    def _meanwhile_words(self):
        if self.is_partial:
            return self.env._(
                "Until then we do not ask for the sum that you dispute, %(amount)s. "
                "The rest remains due.",
                amount=self._formatted(self.amount_disputed),
            )
        return self.env._("Until then we ask for no payment of it.")

    def _formatted(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    def _answer_words(self, notice):
        _, day = self.env._, notice._long_date(self.date_from)
        subject = _("Our answer to your message of %(date)s", date=day)
        if self.answer_text:
            own = [line.strip() for line in self.answer_text.splitlines()]
            return subject, [*own, self._invoice_words()]
        return subject, [
            _("We have looked into what you told us, and thank you for your patience."),
            self._invoice_words(),
            self._outcome_words(),
        ]

    def _outcome_words(self):
        _ = self.env._
        match self.outcome:
            case "founded":
                return _(
                    "You were right. A credit note corrects the invoice; you will "
                    "receive it, and we apologise."
                )
            case "partly_founded":
                return _(
                    "You were right in part. A credit note corrects the invoice; what "
                    "is left remains due."
                )
            case "unfounded":
                return _(
                    "After checking, the sum is the one agreed and remains due. If you "
                    "wish an explanation or cannot pay all at once, a call is enough."
                )
            case _other:
                return _("We remain at your disposal for any question.")

    def _estate_words(self, notice):
        _, debtor = self.env._, self._debtor()
        claims = self._covered_claims().filtered(lambda c: c.settlement == "open")
        sums = [
            wording.labelled(self.env, claim.reference, claim._formatted_residual())
            for claim in claims
            if claim.reference
        ]
        return _("Estate of %(name)s", name=debtor.name), [
            _(
                "We have learned of the death of %(name)s and offer you our sincere "
                "condolences.",
                name=debtor.name,
            ),
            _(
                "The following remains due to our practice: %(sums)s.",
                sums="; ".join(sums),
            )
            if sums
            else "",
            _(
                "Would you kindly tell us which notary is in charge of the estate, or "
                "who follows it, so that we may declare this sum there? Nothing else "
                "is expected from you for the moment."
            ),
        ]


class RecouvClaim(models.Model):
    _inherit = "recouv.claim"

    def _formatted_residual(self):
        """Return what is owed of the claim, as the reader's language writes it."""
        return format_amount(self.env, self.amount_residual_currency, self.currency_id)
