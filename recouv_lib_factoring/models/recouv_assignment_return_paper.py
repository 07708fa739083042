from odoo import models
from odoo.tools import format_date


class RecouvAssignmentReturn(models.Model):
    """The statement of what is owed back, for the buyer."""

    _inherit = "recouv.assignment.return"

    def action_print(self):
        """Download the statement of this sum."""
        self.ensure_one()
        self.check_access("read")
        name = f"{self.name.replace('/', '-')}.pdf"
        return self.env["recouv.document"]._download(name, self._print_statement())

    def _print_statement(self):
        """Return the PDF: sale, ground, sum, commission given back, what is due."""
        # sudo: the buyer's address, which the contract names
        buyer = self.sudo().assignment_id.contract_id.agency_id.partner_id
        lang = self.company_id.partner_id.lang or self.env.lang
        words = self.with_context(lang=lang)
        return self.env["recouv.document"]._print(
            "recouv_lib_factoring.assignment_return",
            words._statement_values(),
            company=self.company_id,
            title=words.env._("Statement %s", self.name),
            recipient=buyer,
            lang=lang,
        )

    def _statement_values(self):
        schedule, money = self.assignment_id, self.currency_id.format
        signed = schedule.signed_on or schedule.transferred_on
        return {
            "contract": schedule.contract_id.name,
            "schedule": schedule.name,
            "deed_date": format_date(self.env, signed),
            "sentence": self._sentence(),
            "reference": self.move_id.name,
            "date": format_date(self.env, self.date),
            "amount": money(self.amount),
            "given_back": self.amount_given_back and money(self.amount_given_back),
            "refund": self.refund_id.ref or "",
            "set_offs": [(price, money(amount)) for price, amount in self._set_offs()],
            "due": money(self.amount_due),
            "paid": self.paid_on and format_date(self.env, self.paid_on),
        }

    def _sentence(self):
        _ = self.env._
        if self.kind == "credited":
            return _(
                "A credit note was issued on this receivable since its assignment."
            )
        if self.kind == "collected_by_assignor":
            return _("Its debtor paid this sum to the assignor by mistake.")
        grounds = {
            "nonexistent": _("it does not exist"),
            "disputed": _("its debtor disputes it"),
            "already_paid": _("it had been paid before the assignment"),
            "care_not_performed": _("what it was invoiced for was not done"),
        }
        return _(
            "The assignor takes this receivable back, as its warranty of existence "
            "asks%(article)s: %(ground)s.",
            article=self.assignment_id.contract_id._cited("warranty"),
            ground=grounds[self.reason],
        )
