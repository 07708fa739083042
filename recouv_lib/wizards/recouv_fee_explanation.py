from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date, get_lang

from ..models.recouv_hold_case import SOURCES

#: transfers that leave a sum with the debtor, on another item
OWN_KINDS = ("doubtful", "back_to_debtor")
#: those by which somebody else became the creditor
SOLD_KINDS = ("assignment", "subrogation")


class RecouvFeeExplanation(models.TransientModel):
    """Explain the fees of one invoice to its debtor, on request.

    Every question on fees is answered (CSP R4127-53). It is the only document with
    the lines of the invoice: printed for a closed envelope or the hand, never sent by
    SMS or e-mail, never kept, and only for the debtor whose identity was checked. The
    relance waits meanwhile; the suspension is undone like any other.
    """

    _name = "recouv.fee.explanation"
    _description = "Explain the fees"
    _check_company_auto = True

    move_id = fields.Many2one(
        "account.move", "Invoice", required=True, check_company=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one("res.partner", "Debtor", compute="_compute_partner_id")
    caution = fields.Char(compute="_compute_partner_id")
    opened_by = fields.Selection(SOURCES, "Asked by", required=True, default="call")
    identity_checked = fields.Boolean(
        "Identity checked",
        help="Who asks is the debtor: an identity paper seen, or data asked that only "
        "the debtor knows.",
    )
    days = fields.Integer(
        "Days of pause",
        compute="_compute_days",
        store=True,
        readonly=False,
        precompute=True,
    )

    @api.depends("move_id")
    def _compute_partner_id(self):
        for wizard in self:
            wizard.partner_id = wizard.move_id.commercial_partner_id
            wizard.caution = wizard.partner_id.recouv_caution

    @api.depends("company_id")
    def _compute_days(self):
        for wizard in self:
            company = wizard.company_id
            config = company and company._recouv_config()
            wizard.days = config.recouv_explanation_days

    # --- doing it -------------------------------------------------------------------

    def action_print(self):
        """Print the letter, suspend for some days, log who checked the identity.

        :raise UserError: identity not checked, or an invoice whose lines may not be
            told to its debtor
        """
        self.ensure_one()
        self._check_may_explain()
        content = self._print_letter()
        hold = self._suspend()
        self._log(hold)
        name = self.env._("explanation-%(id)s.pdf", id=self.move_id.id)
        return self.env["recouv.document"]._download(name, content, close=True)

    def _check_may_explain(self):
        invoice = self.move_id.display_name
        if not self.identity_checked:
            raise UserError(
                self.env._(
                    "Check who asks first: the lines of %(invoice)s are told to its "
                    "debtor only.",
                    invoice=invoice,
                )
            )
        if self.days < 0:
            raise UserError(self.env._("The days of pause cannot be negative."))
        if self.move_id.state != "posted" or not self.move_id.is_sale_document():
            raise UserError(self.env._("%s is no posted customer invoice.", invoice))
        if obstacle := self._secrecy() or self.partner_id._recouv_forbidden("letter"):
            raise UserError(obstacle)

    def _secrecy(self):
        """Return why the lines may not be told to this debtor, or None.

        Professional secrecy holds towards a payer, a spouse, heirs, and the parents of
        a minor who asked for confidence (CSP L1110-4, L1111-5).
        """
        _, move, debtor = self.env._, self.move_id, self.partner_id
        patient = move.recouv_patient_id
        if move.recouv_confidential:
            return _(
                "The care of %s is confidential: the practitioner explains it to the "
                "patient in person.",
                move.display_name,
            )
        if debtor.recouv_deceased_on:
            return _(
                "%s is deceased: the practitioner decides what the heirs are told.",
                debtor.display_name,
            )
        if not (patient or debtor)._recouv_debtor_kind() == "patient":
            return _("%s is no patient.", debtor.display_name)
        if debtor._recouv_awaits_decision():
            return _(
                "%s is a minor: the practitioner decides first who is written to.",
                debtor.display_name,
            )
        if not debtor._recouv_is_minor() and debtor._recouv_contact("letter") != debtor:
            return _(
                "The letter to %s would go to somebody else: explain it in person.",
                debtor.display_name,
            )
        if patient and patient != debtor and not patient._recouv_is_minor():
            return _(
                "%(invoice)s is for another adult than its debtor: explain it to "
                "%(patient)s in person.",
                invoice=move.display_name,
                patient=patient.display_name,
            )
        return None

    def _suspend(self):
        """Return the hold of the request; one that stands already is prolonged."""
        today = fields.Date.context_today(self)
        until = fields.Date.add(today, days=self.days)
        claims = self._claims()
        standing = claims._active_holds().filtered(
            lambda h: h.reason == "explanation" and h.claim_ids == claims
        )[:1]
        if standing:
            standing.date_to = max(standing.date_to or until, until)
            return standing
        # an invoice without a claim yet: whoever asks is left in peace all the same
        target = {"claim_ids": claims.ids} if claims else {
            "partner_id": self.partner_id.id
        }  # fmt: skip
        return self.env["recouv.hold"].create(
            {
                "company_id": self.move_id.company_id.id,
                "reason": "explanation",
                "opened_by": self.opened_by,
                "date_from": today,
                "date_to": until,
                **target,
            }
        )

    def _claims(self):
        return self.move_id.recouv_claim_ids.filtered(lambda c: not c.closed_on)

    def _log(self, hold):
        """Note who checked and printed, and when; not a word of the lines."""
        told = self.env._(
            "%(date)s, %(user)s: identity of the debtor checked, explanation of the "
            "fees of %(invoice)s printed. The relance waits until %(until)s.",
            date=format_date(self.env, fields.Date.context_today(self)),
            user=self.env.user.name,
            invoice=self.move_id.name,
            until=format_date(self.env, hold.date_to),
        )
        hold.note = "\n".join(filter(None, [hold.note, told]))
        for claim in self._claims():
            claim.message_post(body=told)
        self.env["recouv.read.log"]._log(self._claims(), "access")

    # --- the letter -----------------------------------------------------------------

    def _print_letter(self):
        recipient = self.partner_id._recouv_contact("letter")
        document = self.env["recouv.document"]
        lang = recipient.lang
        if lang not in dict(self.env["res.lang"].get_installed()):
            lang = self.env.lang
        localized = self.with_context(lang=lang)
        return document._print(
            "recouv_lib.fee_explanation_body",
            localized._letter_values(),
            company=self.move_id.company_id,
            title=localized.env._(
                "Invoice %(number)s: explanation of our fees", number=self.move_id.name
            ),
            recipient=recipient,
            lang=lang,
        )

    def _letter_values(self):
        """Return lines, sums and words, in the language of the context."""
        move, company = self.move_id, self.move_id.company_id
        overrun, (owed, elsewhere) = move.recouv_overrun_amount, self._owed()
        lines = move.recouv_charge_line_ids.sorted(lambda one: (one.sequence, one.id))
        excluded = sum(self._claims().mapped("amount_excluded"))
        contact = self.env["recouv.notice"]._contact_text(
            company.phone or "", company.email or ""
        )
        return {
            "rows": [self._row(line) for line in lines],
            "total": self._money(move.amount_total),
            "tax": move.amount_tax and self._money(move.amount_tax),
            "overrun": self._money(overrun) if overrun > 0 else "",
            "paid": self._money(move.amount_total - owed - elsewhere),
            "elsewhere": self._money(elsewhere) if elsewhere > 0 else "",
            "owed": self._money(owed),
            "excluded": self._money(excluded) if excluded > 0 else "",
            "pause": self._pause_words(),
            "contact": contact and self.env._("Reach us %(contact)s.", contact=contact),
        }

    def _owed(self):
        """Return what the debtor owes of the invoice, wherever the books show it, and
        what is asked of somebody else: neither is paid."""
        move = self.move_id
        # sudo: sums of the invoice's own transfers, for who prints its lines
        transfers = move.sudo().recouv_transfer_ids

        def left(*kinds):
            items = transfers.filtered(lambda one: one.kind in kinds).target_line_id
            return sum(items.mapped("amount_residual_currency"))

        sold = transfers.filtered(
            lambda t: t.kind in SOLD_KINDS and t.state == "posted"
        )
        owed = move.amount_residual + left(*OWN_KINDS)
        elsewhere = left("payer_share") + sum(sold.mapped("amount_currency"))
        return owed - move._recouv_payments_under_way(), elsewhere

    def _pause_words(self):
        until = fields.Date.add(fields.Date.context_today(self), days=self.days)
        return self.env._(
            "We send you no reminder of this invoice until %(date)s, so that you can "
            "read this at leisure. If something remains unclear, or if you disagree, "
            "tell us: you will have an answer. Payment in several instalments can be "
            "agreed, free of charge.",
            date=format_date(self.env, until, date_format="long"),
        )

    def _row(self, line):
        """One line; the price is what makes the sum, discount and taxes included."""
        each = line.price_total / line.quantity if line.quantity else line.price_unit
        return {
            "label": line.name or "",
            "quantity": self._quantity(line.quantity),
            "price": self._money(each),
            "total": self._money(line.price_total),
        }

    def _quantity(self, quantity):
        """Return it without useless zeros, with the comma or point of the reader."""
        lang = self.env["res.lang"].browse(get_lang(self.env).id)
        return lang.format("%g", quantity)

    def _money(self, amount):
        return format_amount(self.env, amount, self.move_id.currency_id)
