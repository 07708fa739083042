from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount
from odoo.tools.pdf import merge_pdf

from odoo.addons.recouv_lib.models.recouv_derived_mixin import derived_search
from odoo.addons.recouv_lib.models.recouv_engine import Blocker


class RecouvAssignmentReturn(models.Model):
    """The debtor of what was bought back is told that the practice is whom he owes.

    Who was notified of the sale pays the buyer, and rightly so, until he is told that
    it came back (C. civ. 1324): before that the practice asks him for nothing. A letter
    of its own, by no schedule: it is owed whatever the ground of the repurchase.
    """

    _inherit = "recouv.assignment.return"

    debtor_letter_id = fields.Many2one(
        "ir.attachment", "Letter to the debtor", readonly=True, copy=False
    )
    debtor_told_on = fields.Date("Debtor told on", readonly=True, copy=False)
    is_debtor_to_tell = fields.Boolean(
        "Debtor to tell",
        compute="_compute_derived",
        search=derived_search("is_debtor_to_tell"),
        help="He was told of the sale, and not yet that it came back.",
    )

    @api.model
    def _derived_sql(self, fname, alias):
        if fname != "is_debtor_to_tell":
            return super()._derived_sql(fname, alias)
        return self._to_tell_sql(SQL.identifier(alias))

    @api.model
    def _to_tell_sql(self, one):
        """Whether the debtor of row ``one`` was told of the sale, a letter on its way
        included, owes the practice since, and was not told so."""
        return SQL(
            """(%(one)s.kind = 'bought_back' AND %(one)s.undone_on IS NULL
                AND %(one)s.debtor_told_on IS NULL
                AND EXISTS (SELECT 1 FROM recouv_transfer tt
                              JOIN account_move_line ti ON ti.id = tt.target_line_id
                             WHERE tt.id = %(one)s.transfer_id
                               AND ti.parent_state = 'posted'
                               AND ti.reconciled IS NOT TRUE)
                AND EXISTS (SELECT 1 FROM recouv_assignment_line tl
                              LEFT JOIN recouv_purchase tp ON tp.id = tl.purchase_id
                             WHERE tl.id = %(one)s.line_id
                               AND COALESCE(tl.notified_on, tp.notice_sent_on)
                                   IS NOT NULL))""",
            one=one,
        )

    @api.model
    def _derived_reads(self):
        """EXTENDS: the letter of this repurchase, and those of the sale."""
        own = ("kind", "debtor_told_on", "transfer_id", "line_id")
        return [
            *super()._derived_reads(),
            *(self._fields[name] for name in own),
            self.env["recouv.assignment.line"]._fields["notified_on"],
            self.env["recouv.purchase"]._fields["notice_sent_on"],
            self.env["recouv.transfer"]._fields["target_line_id"],
        ]

    # --- what a person does -----------------------------------------------------------

    def action_print_debtor_letter(self):
        """Print the letters that tell the debtors, one after the other.

        :raise UserError: nobody to tell, an address or an account that is missing
        """
        self.check_access("write")
        waiting = self.filtered("is_debtor_to_tell")
        if not waiting:
            raise UserError(
                self.env._(
                    "No debtor of these is to be told: none was notified of the sale, "
                    "or all know that it came back."
                )
            )
        letters = [one._make_debtor_letter() for one in waiting]
        name = self.env._("Receivables taken back.pdf")
        return self.env["recouv.document"]._download(name, merge_pdf(letters))

    def action_debtor_told(self):
        """One click: the letters were posted today; what is owed may be asked again."""
        self.check_access("write")
        for one in self:
            if not one.debtor_letter_id:
                raise UserError(
                    self.env._(
                        "%s: print the letter to its debtor first.", one.display_name
                    )
                )
        self._record({"debtor_told_on": fields.Date.context_today(self)})
        return True

    def action_debtor_not_told(self):
        """One click: they were not posted after all, or came back."""
        self.check_access("write")
        self._record({"debtor_told_on": False})
        return True

    # --- the letter -------------------------------------------------------------------

    def _make_debtor_letter(self):
        """Print the letter of one, and keep it.

        :return: the PDF
        :raise UserError: who is written to, his address or our account is missing
        """
        recipient = self.partner_id._recouv_letter_recipient()
        if not (recipient.street and recipient.zip and recipient.city):
            raise UserError(
                self.env._(
                    "%(name)s has no complete postal address.",
                    name=recipient.display_name,
                )
            )
        lang = recipient.lang or self.env.lang
        local = self.with_context(lang=lang).with_company(self.company_id)
        html = local._debtor_letter_html(recipient.with_env(local.env))
        content = self.env["recouv.document"]._pdf(html, self.display_name)
        # sudo: the user may write on the record to which the letter belongs
        letter = self.env["ir.attachment"].sudo().create(
            {
                "name": f"{self.name.replace('/', '-')}.pdf",
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
                "company_id": self.company_id.id,
            }
        )  # fmt: skip
        self._record({"debtor_letter_id": letter.id})
        return content

    def _debtor_letter_html(self, recipient):
        notice = self.env["recouv.notice"].new(
            {
                "company_id": self.company_id.id,
                "partner_id": self.partner_id.id,
                "recipient_id": recipient.id,
                "currency_id": self.currency_id.id,
                "channel": "letter",
            }
        )
        texts = notice._sender_texts()
        subject, paragraphs = self._debtor_words(notice, texts)
        today = notice._long_date(fields.Date.context_today(self))
        qweb = self.env["ir.qweb"]
        page = qweb._render(
            "recouv_lib.case_letter",
            {
                "sender": {
                    "name": texts["practice"],
                    "lines": notice._sender_lines(texts),
                },
                "address": notice._address_lines(),
                "reference": self._payment_words(),
                "place": f"{self.company_id.city or ''}, {today}".strip(", "),
                "subject": subject,
                "paragraphs": [text for text in paragraphs if text],
                "small": " ".join(filter(None, [texts["mediator"], texts["privacy"]])),
                "contact": self._contact_words(texts),
            },
        )
        style = qweb._render("recouv_lib.letter_style", {})
        return (
            f"<!DOCTYPE html><html><head><meta charset='utf-8'/>{style}</head>"
            f"<body>{page}</body></html>"
        )

    def _payment_words(self):
        """Return the reference to quote, by which the payment finds its invoice."""
        return self.move_id.payment_reference or self.move_id.name or self.name

    def _contact_words(self, texts):
        if not texts["contact"]:
            raise UserError(
                self.env._(
                    "%s: enter a phone number or an e-mail address of the practice: "
                    "the debtor may have a question.",
                    self.company_id.name,
                )
            )
        return self.env._("Reach us %(contact)s.", contact=texts["contact"])

    def _debtor_words(self, notice, texts):
        """Return (subject, paragraphs): who owes whom by which deeds, whom to pay and
        how, what he may hold against it; no care, no ground that tells of care."""
        account = notice._account_text()
        if not account:
            raise UserError(
                self.env._(
                    "%s: set the bank account (a valid IBAN) on which debtors pay.",
                    self.company_id.name,
                )
            )
        # sudo: the item that the debtor owes, of a record that the user reads
        item = self.sudo().transfer_id.target_line_id
        amount = format_amount(
            self.env, item.amount_residual_currency, item.currency_id
        )
        # elevated: the buyer's name, address and deed, as the debtor was told them
        named = self.line_id._buyer_details() | {"practice": texts["practice"]}
        named |= {
            "invoice": self.move_id.name,
            "invoiced": notice._long_date(self.move_id.invoice_date),
            "back": notice._long_date(self.date),
            "amount": amount,
            "law": notice._assignment_law(),
            "iban": account,
            "reference": self._payment_words(),
        }
        return self._debtor_sentences(notice, named)

    def _debtor_sentences(self, notice, named):
        _ = self.env._
        subject = _("Invoice %(invoice)s: it is owed to us again", **named)
        return subject, [
            _(
                "By deed of %(day)s, we had assigned to %(buyer)s, %(address)s, what "
                "you owe for invoice %(invoice)s of %(invoiced)s. By deed of %(back)s, "
                "%(buyer)s has assigned it back to %(practice)s: %(amount)s are owed.",
                **named,
            ),
            _(
                "%(law)s this letter notifies you of it. From its receipt, only a "
                "payment to %(practice)s discharges you. What you paid to %(buyer)s "
                "before is taken into account: tell us when and how.",
                **named,
            ),
            self._asked_words(),
            _(
                "To pay: %(iban)s, reference %(reference)s.",
                **named,
            ),
            notice._defences_text({"assignor": named["buyer"]}),
            _("This costs you nothing."),
        ]

    def _asked_words(self):
        """Say that nothing is asked for the time being, on any ground."""
        if self.reason == "disputed":
            return self.env._(
                "We know that you disagree: nothing is asked of you until you have "
                "been answered."
            )
        return self.env._(
            "We are looking into this invoice: nothing is asked of you until you have "
            "heard from us."
        )


class RecouvEngine(models.AbstractModel):
    """Nothing is asked of a debtor who believes that he owes a buyer."""

    _inherit = "recouv.engine"

    @api.model
    def _back_untold_sql(self):
        """Whether claim ``c`` came back from a buyer and its debtor does not know."""
        returns = self.env["recouv.assignment.return"]
        return SQL(
            """EXISTS (SELECT 1 FROM recouv_transfer bt
                         JOIN recouv_assignment_return br ON br.transfer_id = bt.id
                        WHERE bt.target_line_id = c.move_line_id AND %s)""",
            returns._to_tell_sql(SQL.identifier("br")),
        )

    @api.model
    def _claim_blockers(self, company, today):
        """EXTENDS: what was bought back is not relanced before its debtor is told."""
        return [
            Blocker(
                "debtor_to_tell",
                self.env._(
                    "Its debtor was told that it was sold: write to him first that it "
                    "came back (C. civ. 1324)."
                ),
                self._back_untold_sql(),
            ),
            *super()._claim_blockers(company, today),
        ]

    @api.model
    def _holder_blockers(self):
        """EXTENDS: nor is it handed over to an agency before that."""
        return [
            *super()._holder_blockers(),
            Blocker(
                "debtor_to_tell",
                self.env._("its debtor believes that it is sold: write to him first."),
                self._back_untold_sql(),
            ),
        ]
