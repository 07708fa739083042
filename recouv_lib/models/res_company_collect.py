from odoo import api, fields, models

# what the name of a payment method says, where a practice named it
HINTS = {
    "cash": ("esp", "cash", "liquide"),
    "card": ("carte", "card", "cb", "tpe"),
    "cheque": ("chèque", "cheque", "chq", "check"),
    "transfer": ("virement", "transfer"),
}
METHOD_DOMAIN = (
    "[('payment_type', '=', 'inbound'), ('journal_id.company_id', '=', id),"
    " ('journal_id.type', 'in', ('bank', 'cash', 'credit'))]"
)


class ResCompany(models.Model):
    """Where the money that is taken at the desk goes."""

    _inherit = "res.company"

    recouv_cash_line_id = fields.Many2one(
        "account.payment.method.line", "Cash goes to", domain=METHOD_DOMAIN
    )
    recouv_card_line_id = fields.Many2one(
        "account.payment.method.line", "Card payments go to", domain=METHOD_DOMAIN
    )
    recouv_cheque_line_id = fields.Many2one(
        "account.payment.method.line", "Cheques go to", domain=METHOD_DOMAIN
    )
    recouv_transfer_line_id = fields.Many2one(
        "account.payment.method.line", "Bank transfers go to", domain=METHOD_DOMAIN
    )
    recouv_cheque_grace_days = fields.Integer(
        "Days after a held cheque's day",
        default=10,
        help="What a held cheque covers is not relanced until so many days after the "
        "day from which it may be banked.",
    )
    recouv_refuse_rest = fields.Boolean(
        "Refuse more than is owed",
        help="Else what is received and laid on no invoice stays a credit of the "
        "debtor.",
    )

    _recouv_cheque_grace_days_positive = models.Constraint(
        "CHECK(recouv_cheque_grace_days >= 0)",
        "The days after a held cheque's day cannot be negative.",
    )

    def _recouv_method_line(self, method):
        """Return the payment method line for a way to pay (``recouv.collection``).

        The one set for the company, else the last one used, else the one whose name
        fits, else the first of a journal of that kind.
        """
        self.ensure_one()
        kind = "cheque" if method == "cheque_later" else method
        return (
            self[f"recouv_{kind}_line_id"]
            or self._recouv_last_line(kind)
            or self._recouv_found_line(kind)
        )

    def _recouv_last_line(self, kind):
        domain = [
            ("company_id", "=", self.id),
            ("method", "=", kind),
            ("undone_on", "=", False),
        ]
        last = self.env["recouv.collection"].search(domain, limit=1, order="id desc")
        line = last.method_line_id
        return line if line.journal_id.active else line.browse()

    def _recouv_found_line(self, kind):
        journals = self.env["account.journal"].search(
            [
                *self.env["account.journal"]._check_company_domain(self),
                ("type", "=", "cash" if kind == "cash" else "bank"),
            ]
        )
        lines = journals.inbound_payment_method_line_ids
        named = lines.filtered(lambda line: self._recouv_is_named(line, kind))
        return named[:1] or self._recouv_journal_line(journals[:1], kind)

    @api.model
    def _recouv_is_named(self, line, kind):
        words = f"{line.name or ''} {line.journal_id.name or ''}".lower()
        return any(hint in words.replace("-", " ").split() for hint in HINTS[kind])

    @api.model
    def _recouv_journal_line(self, journal, kind):
        """Return the line of one journal that fits, a manual one by preference."""
        lines = journal.inbound_payment_method_line_ids
        named = lines.filtered(lambda line: self._recouv_is_named(line, kind))
        manual = lines.filtered(lambda line: line.code == "manual")
        return (named or manual or lines)[:1]
