from odoo import api, models
from odoo.tools import format_amount, format_date


class RecouvPlacementStatement(models.Model):
    """The statement on paper, in a spreadsheet, and its e-mail.

    The e-mail says a period and no more: names and sums are in the attachment.
    """

    _inherit = "recouv.placement.statement"

    @api.model
    def _total_names(self):
        return (
            "amount_collected",
            "amount_collected_all",
            "amount_due",
            "amount_held",
            "amount_remitted",
            "amount_fees",
        )

    def _paper_values(self):
        def money(amount):
            return format_amount(self.env, amount, self.currency_id)

        def day(value):
            return format_date(self.env, value) if value else ""

        return {
            "totals": [(label, money(amount)) for label, amount in self._totals()],
            "claims": [
                {
                    "label": line.label,
                    "debtor": line.debtor,
                    "date": day(line.date),
                    "amount": money(line.amount),
                    "collected": money(line.amount_collected),
                    "collected_all": money(line.amount_collected_all),
                    "due": money(line.amount_due),
                    "state": line.told_state,
                }
                for line in self.claim_line_ids
            ],
            "collected": money(self.amount_collected),
            "collected_all": money(self.amount_collected_all),
            "due": money(self.amount_due),
            "remittances": self._money_rows("remittance", day, money),
            "fees": self._money_rows("fee", day, money),
        }

    def _money_rows(self, kind, day, money):
        return [
            {"label": line.label, "date": day(line.date), "amount": money(line.amount)}
            for line in self.money_line_ids
            if line.kind == kind
        ]

    def _fill_book(self, book, styles):
        self._write_totals(book.add_worksheet(self.env._("Totals")), styles)
        self._write_lines(
            book.add_worksheet(self.env._("Claims")),
            styles,
            self.claim_line_ids,
            ("label", "debtor", "date", "amount", "amount_collected",
             "amount_collected_all", "amount_due", "told_state"),
        )  # fmt: skip
        self._write_lines(
            book.add_worksheet(self.env._("Remittances and fees")),
            styles,
            self.money_line_ids,
            ("kind", "label", "date", "amount"),
        )

    @api.model
    def _list_action(self):
        return "recouv_lib.recouv_placement_statement_action"

    @api.model
    def _body_template(self):
        return "recouv_lib.placement_statement_body"

    def _mail_words(self):
        period = self._said_period()
        return (
            self.env._("Statement of your claims, %s", period["end"]),
            self.env._(
                "You will find attached the statement of your claims with %(agency)s, "
                "from %(start)s to %(end)s.",
                **period,
            ),
        )
