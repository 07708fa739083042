from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount, format_date

from odoo.addons.recouv_lib.models.recouv_derived_mixin import derived_search

from .recouv_rejection_paper import join_pages
from .recouv_share import RECEIPT_TYPES

STATES = [
    ("proposed", "To decide"),
    ("told", "Patient told"),
    ("refunded", "Refunded"),
    ("dropped", "Nothing to refund"),
]
#: what applying a return says of an answer whose money nobody owes any more
TWICE = ("patient_billed", "not_booked")
#: states of a payment that has left
POSTED = ("in_process", "paid")


class RecouvRefund(models.Model):
    """An invoice that patient and payer have both paid: what the patient gets back.

    Found from the answers that pay a part which is the patient's by now, or which was
    never moved to the payer because the patient had paid it all. The sum is what was
    received beyond the invoice, never more than the payer paid nor than the patient
    did. The patient is told by a letter; the money leaves by an ordinary payment, that
    a person prepares, checks and posts.
    """

    _name = "recouv.refund"
    _description = "Paid twice: refund to a patient"
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin", "recouv.derived.mixin"]
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True)
    line_id = fields.Many2one(
        "recouv.return.line", "Answer", required=True, check_company=True, index=True
    )
    share_id = fields.Many2one(
        "recouv.share", "Payer's part", required=True, check_company=True, index=True
    )
    move_id = fields.Many2one(related="share_id.move_id", string="Invoice")
    payer_id = fields.Many2one(related="share_id.payer_id", string="Payer")
    partner_id = fields.Many2one("res.partner", "Patient", required=True, index=True)
    amount_payer = fields.Monetary("Paid by the payer", readonly=True)
    amount_patient = fields.Monetary("Paid by the patient", readonly=True)
    amount = fields.Monetary("To refund", readonly=True)
    found_on = fields.Date(readonly=True, default=fields.Date.context_today)
    state = fields.Selection(
        STATES,
        compute="_compute_state",
        compute_sudo=True,
        search=derived_search("state"),
    )
    told_on = fields.Date("Patient told on", readonly=True)
    dropped_on = fields.Date("Dropped on", readonly=True)
    document_id = fields.Many2one("ir.attachment", "Letter", readonly=True)
    payment_id = fields.Many2one(
        "account.payment", readonly=True, check_company=True, index="btree_not_null"
    )
    note = fields.Text()

    _line_once = models.UniqueIndex(
        "(line_id)", "This answer has its proposal already."
    )

    def _editable_fields(self):
        return frozenset({"note"})

    @api.depends("partner_id", "share_id")
    def _compute_display_name(self):
        for refund in self:
            number = refund.move_id.name or refund.share_id.invoice_number or ""
            refund.display_name = f"{refund.partner_id.name} – {number}"

    @api.depends("payment_id.state", "told_on", "dropped_on")
    def _compute_state(self):
        """Refunded once the payment is posted, and only as long as it is."""
        for refund in self:
            if refund.payment_id.state in POSTED:
                refund.state = "refunded"
            elif refund.dropped_on:
                refund.state = "dropped"
            else:
                refund.state = "told" if refund.told_on else "proposed"

    @api.model
    def _derived_sql(self, fname, alias):
        """The same as :meth:`_compute_state`, to search and to group by it."""
        if fname != "state":
            return super()._derived_sql(fname, alias)
        return SQL(
            """CASE WHEN EXISTS (SELECT 1 FROM account_payment ap
                                  WHERE ap.id = %(refund)s.payment_id
                                    AND ap.state IN %(posted)s) THEN 'refunded'
                    WHEN %(refund)s.dropped_on IS NOT NULL THEN 'dropped'
                    WHEN %(refund)s.told_on IS NOT NULL THEN 'told'
                    ELSE 'proposed' END""",
            refund=SQL.identifier(alias),
            posted=POSTED,
        )

    @api.model
    def _derived_reads(self):
        """EXTENDS: only its own days and its payment are read here."""
        own = [self._fields[name] for name in ("payment_id", "told_on", "dropped_on")]
        return [*own, self.env["account.payment"]._fields["state"]]

    # --- finding --------------------------------------------------------------------

    @api.model
    def _cron_find(self):
        # sudo: the job of every company, which shows nothing
        self.sudo()._find(
            self.env["recouv.return.line"]
            .sudo()
            .search(
                [
                    ("outcome", "=", "to_settle"),
                    ("issue", "in", TWICE),
                    ("share_id", "!=", False),
                    ("paid", ">", 0),
                ]
            )
        )

    @api.model
    def _find(self, lines):
        """Propose the refunds of these answers that have none yet.

        :return: the proposals made; none where the patient has not paid
        """
        known = self.search([("line_id", "in", lines.ids)]).line_id
        made = self.browse()
        for line in lines - known:
            # one after the other: each counts what the ones before it refund
            if values := self._values_of(line):
                made |= self._record_new([values])
        return made

    @api.model
    def _values_of(self, line):
        share = line.share_id
        patient, payers = share._received()
        given = share._refunded()
        owed = share.move_id.amount_total - share._credited()
        over = patient + payers + line.paid - owed
        amount = min(line.paid, over - given, patient - given)
        if line.currency_id.compare_amounts(amount, 0) <= 0:
            return None
        return {
            "company_id": line.company_id.id,
            "currency_id": line.currency_id.id,
            "line_id": line.id,
            "share_id": share.id,
            "partner_id": share.move_id.partner_id.commercial_partner_id.id,
            "amount_payer": line.paid,
            "amount_patient": patient,
            "amount": amount,
        }

    # --- deciding -------------------------------------------------------------------

    def action_tell(self):
        """Print the letters that tell patients of their refund; download them."""
        if not self:
            raise UserError(self.env._("Choose the refunds whose letters are printed."))
        self._check_state("proposed")
        if not self:
            raise UserError(self.env._("Choose the refunds to tell of."))
        pages, pdf = [], self.env["recouv.document"]
        for refund in self:
            target = refund.partner_id._recouv_contact("letter")
            if forbidden := refund.partner_id._recouv_forbidden("letter"):
                raise UserError(forbidden)
            words = refund.with_context(lang=target.lang or self.env.lang)
            pages.append(
                words.env["recouv.document"]._html(
                    "recouv_lib_tiers_payant.refund_body",
                    words._letter_values(),
                    refund.company_id,
                    words.env._("Refund of a sum paid twice"),
                    target,
                )
            )
        content = pdf._pdf(join_pages(pages), self.env._("Refunds"), (14, 20))
        document = self.env["ir.attachment"].create(
            {
                "name": self.env._("refunds-%s.pdf", fields.Date.context_today(self)),
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self[:1].id,
                "company_id": self.company_id[:1].id,
            }
        )
        today = fields.Date.context_today(self)
        self._record({"told_on": today, "document_id": document.id})
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{document.id}?download=true",
            "target": "download",
        }

    def _letter_values(self):
        company, day = self.company_id, self.move_id.invoice_date
        notices = self.env["recouv.notice"]
        return {
            "reference": self.move_id.name or "",
            "date": format_date(self.env, day) if day else "",
            "amount": format_amount(self.env, self.amount, self.currency_id),
            "contact": notices._contact_text(company.phone or "", company.email or ""),
            "sender": company._recouv_sender(),
            "privacy": notices._privacy_text(company._recouv_config()),
        }

    def action_pay(self):
        """Prepare the payment of this refund, to be checked and posted by a person."""
        self.ensure_one()
        if self.state not in ("proposed", "told"):
            self._check_state("told")
        if self.payment_id.state in (False, "canceled", "rejected"):
            payment = self.env["account.payment"].create(
                {
                    "payment_type": "outbound",
                    "partner_type": "customer",
                    "partner_id": self.partner_id.id,
                    "amount": self.amount,
                    "currency_id": self.currency_id.id,
                    "memo": self.move_id.name,
                    "company_id": self.company_id.id,
                }
            )
            self._record({"payment_id": payment.id})
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.payment",
            "res_id": self.payment_id.id,
            "view_mode": "form",
        }

    def action_drop(self):
        """Say that nothing is refunded (kept for another debt, already given back)."""
        self._check_state("proposed")
        self._discard_payment()
        self._record({"dropped_on": fields.Date.context_today(self)})
        return True

    def _check_state(self, wanted):
        self.check_access("write")
        for refund in self:
            if refund.state != wanted:
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(refund)s is “%(state)s”, not “%(wanted)s”.",
                        refund=refund.display_name,
                        state=labels[refund.state],
                        wanted=labels[wanted],
                    )
                )

    def _undo_obstacle(self):
        if self.state == "proposed" and not self.payment_id:
            return self.env._("nothing was done about it.")
        if self.payment_id.state in POSTED:
            return self.env._("its payment has left: cancel the payment first.")
        # a decision may be taken back each time
        return None

    def _undo(self):
        self._discard_payment()
        self._record({"told_on": False, "dropped_on": False})

    def _discard_payment(self):
        """Forget the payments that were prepared, and delete those not posted."""
        payments = self.payment_id
        self._record({"payment_id": False})
        payments.filtered(lambda one: one.state == "draft").unlink()


class RecouvShare(models.Model):
    _inherit = "recouv.share"

    def _received(self):
        """Return (received from the patient, received from payers) for the invoice.

        Only money: what transfers, credit notes and write-offs settled is none.
        """
        own, payers = self._invoice_items()
        return own._recouv_money(), payers._recouv_money()

    def _invoice_items(self):
        """Return (the items that the patient owes, or owed, of the invoice; those of
        its payers), elevated."""
        self.ensure_one()
        # sudo: sums of the items of the invoice of a part the user reads
        move = self.sudo().move_id
        payers = move.recouv_share_ids.transfer_id.target_line_id
        backs = (
            self.env["recouv.transfer"]
            .sudo()
            .search([("undone_id", "in", move.recouv_share_ids.transfer_id.ids)])
        )
        own = backs.target_line_id | move.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        return own, payers

    def _credited(self):
        """Return what credit notes have settled of the invoice, whoever owed it."""
        own, payers = self._invoice_items()
        partials = (own | payers).matched_credit_ids
        followed = (
            self.env["recouv.transfer"]
            .sudo()  # sudo: which of these items a credit note brought to a payer
            .search(
                [
                    ("target_line_id", "in", partials.credit_move_id.ids),
                    ("is_credit", "=", True),
                ]
            )
            .target_line_id
        )
        credits = partials.filtered(
            lambda partial: (
                partial.credit_move_id in followed
                or partial.credit_move_id.move_id.move_type == "out_refund"
            )
        )
        return sum(credits.mapped("debit_amount_currency"))

    def _refunded(self):
        """Return what is refunded already of the invoice, or proposed to be."""
        self.ensure_one()
        # sudo: a sum of the proposals of the invoice of a part the user reads
        refunds = (
            self.env["recouv.refund"]
            .sudo()
            .search(
                [
                    ("share_id.move_id", "=", self.move_id.id),
                    ("dropped_on", "=", False),
                ]
            )
        )
        return sum(refunds.mapped("amount"))


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _recouv_money(self):
        """Return what money has settled of these items, in their currency."""
        partials = self.matched_credit_ids.filtered(
            lambda partial: (
                partial.credit_move_id.move_id.origin_payment_id
                or partial.credit_move_id.move_id.statement_line_id
                or partial.credit_move_id.journal_id.type in RECEIPT_TYPES
                or partial.credit_move_id.move_id.recouv_return_payment_id
            )
        )
        return sum(partials.mapped("debit_amount_currency"))
