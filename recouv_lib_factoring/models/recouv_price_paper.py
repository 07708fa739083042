from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date


class RecouvPrice(models.Model):
    """The statement of a price: how it comes about, what was set off, what is paid."""

    _inherit = "recouv.price"

    def action_print(self):
        """Download the statement of these prices."""
        self.check_access("read")
        name = "-".join(self.mapped("schedule")).replace("/", "-")
        return self.env["recouv.document"]._download(
            f"{name}.pdf", self._print_statement()
        )

    def _print_statement(self):
        """Return the PDF of the prices of one schedule, by the buyer to the practice.

        Elevated: the buyer's and the practice's addresses, which the contract names,
        and the sums of the deed that both signed.
        """
        # sudo: see the docstring; who prints may read one of the two records
        prices = self.sudo()
        contract = prices.contract_id
        contract.ensure_one()
        lang = contract._text_lang()
        words = prices.with_context(lang=lang)
        return self.env["recouv.document"]._print(
            "recouv_lib_factoring.price_statement",
            {
                "prices": [price._statement_values() for price in words],
                "contract": contract.name,
                "recourse": contract.with_context(lang=lang)._recourse_sentence(),
                "account": prices[:1]._remit_account()[1] or "",
            },
            company=contract.agency_id,
            title=words.env._("Statement of price, %s", contract.name),
            recipient=prices.creditor_partner_id[:1],
            lang=lang,
        )

    def _statement_values(self):
        money = self.currency_id.format
        day = format_date(self.env, self.paid_on or self.date_due)
        _ = self.env._
        return {
            "title": self.display_name,
            "sentence": _("Receivables assigned by deed of %s.",
                          format_date(self.env, self.date)),
            "rows": [(label, money(sum_)) for label, sum_ in self._statement_rows()],
            "told": (
                _("Transfer ordered on %s", day)
                if self.move_id
                else _("Set off on %s", day)
                if self.paid_on
                else _("To be paid by %s", day)
            ),
            "left": money(self.amount_paid),
        }  # fmt: skip

    def _statement_rows(self):
        """Return [(label, sum)] of how the sum comes about."""
        deed, _ = self.assignment_id, self.env._
        rows = []
        if self.kind == "price":
            parts = ("nominal", "commission", "vat", "financing", "holdback")
            signs = dict.fromkeys(parts[1:], -1)
            names = {
                part: deed._fields[f"amount_{part}"].get_description(self.env)["string"]
                for part in parts
            }
            rows = [
                (names[part], signs.get(part, 1) * deed[f"amount_{part}"])
                for part in parts
                if deed[f"amount_{part}"]
            ]
        rows.append((self.display_name, self.amount))
        rows += [
            (
                _(
                    "Set off: %(number)s, %(invoice)s",
                    number=part.name,
                    invoice=part.reference or "",
                ),
                -part.amount,
            )
            for part in self.deduction_ids
        ]
        if not self.currency_id.is_zero(self.amount_elsewhere):
            rows.append((_("Settled otherwise"), -self.amount_elsewhere))
        return rows


class RecouvAssignment(models.Model):
    _inherit = "recouv.assignment"

    def action_print_price(self):
        """Download the statement of what the buyer pays for this schedule."""
        self.ensure_one()
        self.check_access("read")
        # sudo: the buyer's record of what it owes for the practice's own schedule
        prices = self.env["recouv.price"].sudo()
        prices = prices.search([("assignment_id", "=", self.id)], order="id")
        if not prices:
            raise UserError(self.env._("Nothing is owed for %s.", self.display_name))
        name = f"{self.name.replace('/', '-')}.pdf"
        return self.env["recouv.document"]._download(name, prices._print_statement())
