from markupsafe import Markup

from odoo import api, models
from odoo.tools import format_list

from odoo.addons.recouv_lib.models.recouv_notice_letter import PAPER_CHANNELS


class RecouvNotice(models.Model):
    """What the buyer of a receivable must say to its debtor (C. civ. 1324).

    Its first letter is the notification: every content (law.md §5.2) is checked one by
    one, and printed by the letter itself, so that no template can leave one out. Each
    later contact recalls that letter and names the account of the buyer.
    """

    _inherit = "recouv.notice"

    @api.model
    def _announcing_capacities(self):
        # EXTENDS: a buyer is not who treated the debtor either
        return (*super()._announcing_capacities(), "assignee")

    def _is_notification(self, texts):
        """Say whether this letter of a buyer tells the debtor of an assignment."""
        return self.capacity == "assignee" and bool(texts["is_first"])

    def _purchases(self):
        return self._claim_lines().claim_id.purchase_ids

    # --- the account ----------------------------------------------------------------

    def _payment_account(self):
        """EXTENDS: what was bought is paid to the buyer's own account, never to the
        one that holds the money of others."""
        if self.capacity != "assignee":
            return super()._payment_account()
        return self.company_id._recouv_assignee_bank()._recouv_with_iban()

    def _render_template(self, step, template, lang, parts):
        """EXTENDS: an SMS or e-mail that does not name the account has it added."""
        texts = super()._render_template(step, template, lang, parts)
        for notice in self.filtered(
            lambda n: n.capacity == "assignee" and n.id in texts
        ):
            notice.with_context(lang=lang)._add_account(texts[notice.id])
        return texts

    def _add_account(self, parts):
        account = self._account_text()
        said = "".join(str(text) for text in parts.values())
        if not account or account in said:
            return
        sentence = self.env._(
            "To pay: %(account)s, reference %(reference)s.",
            account=account,
            reference=self._text_values()["reference"],
        )
        if "body_html" in parts:
            parts["body_html"] = parts["body_html"] + Markup("<p>%s</p>") % sentence
        else:
            parts["body"] = f"{parts['body']} {sentence}"

    # --- deadline -------------------------------------------------------------------

    def _printed_deadline(self):
        """EXTENDS: what is not due yet is not asked before it is."""
        deadline = super()._printed_deadline()
        if self.capacity != "assignee" or not deadline:
            return deadline
        return max([deadline, *filter(None, self._claim_lines().mapped("date_due"))])

    def _payment_values(self, texts):
        """EXTENDS: a notification gives a date, even by registered letter: it is no
        mise en demeure."""
        values = super()._payment_values(texts)
        if self._is_notification(texts):
            values |= {"before": texts["deadline"], "delay": False}
        return values

    # --- mentions -------------------------------------------------------------------

    def _notification_texts(self, texts):
        """Return {content: sentence} of a notification (law.md §5.2)."""
        _, law = self.env._, self._assignment_law()
        named = {
            "assignor": texts["creditor"],
            "assignor_address": texts["creditor_address"],
            "buyer": texts["practice"],
            "buyer_address": texts["address"],
            "contact": texts["contact"],
        }
        return {
            "deed": self._deed_text(named, texts),
            "effect": _(
                "%(law)s this letter notifies you of it. From its receipt, only a "
                "payment to %(buyer)s discharges you, in the ways given below.",
                law=law,
                **named,
            ),
            "defences": self._defences_text(named),
            "costs": _(
                "This assignment costs you nothing. If you have already paid "
                "%(assignor)s, tell us when and how: it is taken into account.",
                **named,
            ),
            "dispute": _(
                "If you disagree with this sum, tell us %(contact)s: nothing more is "
                "asked of you until you have been answered.",
                **named,
            ),
            "privacy": self._information_text(named, texts),
        }

    def _assignment_law(self):
        """Return the article by which a notification counts, where we know it."""
        _ = self.env._
        known = {
            "FR": _("In application of article 1324 of the Civil Code,"),
            "CH": _("In application of article 167 of the Code of Obligations,"),
        }
        return known.get(self.company_id._recouv_country().code, _("By this,"))

    def _deed_text(self, named, texts):
        days = sorted(filter(None, {p._deed_day() for p in self._purchases()}))
        values = {
            **named,
            "invoices": texts["invoices"],
            "amount": texts["principal"],
            "days": format_list(self.env, [self._long_date(day) for day in days]),
        }
        if not days:
            return ""
        if len(days) == 1:
            return self.env._(
                "By deed of %(days)s, %(assignor)s, %(assignor_address)s, has assigned "
                "to %(buyer)s, %(buyer_address)s, what you owe for %(invoices)s, of "
                "which %(amount)s remain due.",
                **values,
            )
        return self.env._(
            "By deeds of %(days)s, %(assignor)s, %(assignor_address)s, has assigned to "
            "%(buyer)s, %(buyer_address)s, what you owe for %(invoices)s, of which "
            "%(amount)s remain due.",
            **values,
        )

    def _defences_text(self, named):
        if self.company_id._recouv_country().code == "FR":
            return self.env._(
                "You keep the defences that this article gives you: those inherent in "
                "the debt (nullity, non-performance, termination, set-off of connected "
                "debts) and those born of your relations with %(assignor)s before this "
                "letter (a delay granted, a remission, set-off of other debts).",
                **named,
            )
        return self.env._(
            "You keep against us the defences that you had against %(assignor)s when "
            "you received this letter.",
            **named,
        )

    def _information_text(self, named, texts):
        """GDPR art. 14: at the first contact, where they come from another."""
        text = self.env._(
            "Your data: %(buyer)s, %(buyer_address)s, is responsible for them. "
            "%(assignor)s gave it your name, your contact details, the number, dates "
            "and sum of the invoice, and nothing about care. They serve to collect the "
            "claim that it has bought, its legitimate interest, and go to nobody but "
            "who helps it to do so, and to the courts where it comes to that. They "
            "are kept until it is settled, then for the legal periods. You may have "
            "access to them, have them corrected or erased, limit or object to their "
            "use: reach us %(contact)s. You may also complain to the authority for "
            "data protection (in France, the CNIL).",
            **named,
        )
        return " ".join(filter(None, [text, texts["privacy"]]))

    def _missing_elements(self, texts, words, contacts):
        """EXTENDS: the contents of a notification, each by its name."""
        missing = super()._missing_elements(texts, words, contacts)
        if self.capacity != "assignee":
            return missing
        wanted = self._assignee_elements(texts)
        return missing + [label for value, label in wanted if not value]

    def _assignee_elements(self, texts):
        _ = self.env._
        elements = [
            (self._payment_account(), _("bank account to pay to (a valid IBAN)")),
            (self.payment_reference, _("reference to quote with the payment")),
        ]
        if not texts["is_first"]:
            first = (texts["first_letter"], _("reference and date of the notification"))
            return [*elements, first]
        return elements + self._notification_elements(texts)

    def _notification_elements(self, texts):
        _, creditor, lines = self.env._, self._creditor(), self._claim_lines()
        purchases = self._purchases()
        printed = self._notification_texts(texts)
        needs_code = self.currency_id.name == "EUR"
        return [
            (creditor.name, _("name of the assignor")),
            (
                creditor.street and creditor.zip and creditor.city,
                _("address of the assignor"),
            ),
            (
                all(p._deed_day() for p in purchases) and printed["deed"],
                _("date of the deed of assignment"),
            ),
            (all(lines.mapped("invoice_date")), _("date of the invoice")),
            (texts["deadline"], _("date by which to pay (days given by the step)")),
            (texts["contact"], _("contact for a dispute")),
            (
                not needs_code or self._payment_qr(self._payment_account()),
                _("payment code (QR)"),
            ),
        ]

    @api.model
    def _letter_template(self, step):
        """EXTENDS: a buyer's step without a text has the buyer's own of its place."""
        if step.letter_template_id or step.policy_id.capacity != "assignee":
            return super()._letter_template(step)
        own = "formal" if step.is_formal_notice else "reminder"
        if step == step.policy_id.step_ids.sorted()[:1]:
            own = "notification"
        found = self.env.ref(
            f"recouv_lib_factoring.letter_template_assignee_{own}",
            raise_if_not_found=False,
        )
        return (found or self.env["recouv.letter.template"]).with_env(self.env)

    # --- pages ----------------------------------------------------------------------

    def _letter_parts(self, texts, words, values):
        """EXTENDS: who bought, from whom, what follows: before anything else; the
        defences and the data after the ways to pay."""
        parts = super()._letter_parts(texts, words, values)
        if self.capacity != "assignee":
            return parts
        place = next(i for i, part in enumerate(parts) if part.kind == "text") + 1
        if not texts["is_first"]:
            parts.insert(place, self._sentence_part(self._recall_sentence(texts)))
            return parts
        printed = self._notification_texts(texts)
        parts[place:place] = [
            self._sentence_part(printed[key]) for key in ("deed", "effect")
        ]
        after = next(i for i, part in enumerate(parts) if part.kind == "payment") + 1
        parts[after:after] = [
            self._sentence_part(printed[key]) for key in ("costs", "dispute")
        ]
        return [
            *parts,
            *(self._small_text(printed[k]) for k in ("defences", "privacy")),
        ]

    def _recall_sentence(self, texts):
        return self.env._(
            "By %(letter)s you were told that %(assignor)s has assigned this claim to "
            "%(buyer)s: only a payment to %(buyer)s discharges you.",
            letter=texts["first_letter"],
            assignor=texts["creditor"],
            buyer=texts["practice"],
        )

    # --- proof ----------------------------------------------------------------------

    def _refresh_claims(self):
        """EXTENDS: a letter of a buyer that was proven, presented or came back says
        whether the debtor is notified."""
        result = super()._refresh_claims()
        letters = self.filtered(
            lambda n: n.capacity == "assignee" and n.channel in PAPER_CHANNELS
        )
        letters._purchases()._note_notified()
        return result
