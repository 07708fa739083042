from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from ..models.recouv_receipt import BOOKED


class RecouvInspectorFile(models.TransientModel):
    """The inspector's file, money: owners of the account, receipts, remittances.

    Told as of a day: what was received, cashed, remitted, refunded or sent back after
    it had not happened yet. Receipts are one for every payment, remittances within a
    month of cashing (CPCE R124-6), the account serves nothing else (R124-2).
    """

    _inherit = "recouv.inspector.file"

    def _sections(self, day):
        """EXTENDS: who owns the dedicated account, receipts, remittances."""
        return [
            *super()._sections(day),
            *self._owner_files(day),
            *self._receipt_files(day),
            *self._remittance_files(day),
        ]

    # --- whose money lies on the dedicated account ----------------------------------

    def _owner_files(self, day):
        """The four lines of the account against the balance of the ledger."""
        if not self._profile().journal_id:
            return []
        _ = self.env._
        screen = self.env["recouv.dedicated.account"].create(
            {"company_id": self.company_id.id, "date": day}
        )
        names = ("practices", "unidentified", "overpayments", "fees", "total",
                 "balance", "difference", "on_its_way")  # fmt: skip
        rows = [[self._label(screen, name), screen[name]] for name in names]
        if strange := screen.foreign_move_ids:
            rows += [[], [self._label(screen, "foreign_move_ids"), ""]]
            rows += [
                [f"{format_date(self.env, move.date)} {move.name}", move.amount_total]
                for move in strange
            ]
        headers = [_("On %s", format_date(self.env, day)), _("Amount")]
        name = f"{_('3-dedicated-account')}/{_('owners')}.xlsx"
        return [(name, self._sheet(_("To whom it belongs"), headers, rows))]

    def _label(self, record, name):
        return record._fields[name].get_description(self.env, ["string"])["string"]

    # --- receipts -------------------------------------------------------------------

    def _receipt_files(self, day):
        """Every receipt numbered until the day, claim by claim."""
        receipts = self.env["recouv.receipt"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("name", "!=", False),
                ("date", "<=", day),
            ],
            order="date, id",
        )
        _ = self.env._
        headers = [
            _("Receipt number"),
            _("Received on"),
            _("Cashed on"),
            _("Debtor"),
            _("Practice"),
            _("Claim"),
            _("Interest"),
            _("Principal"),
            _("Sum"),
            _("Way to pay"),
            _("On that day"),
            _("Receipt given on"),
            _("Refunded on"),
        ]
        rows = [row for receipt in receipts for row in self._receipt_rows(receipt, day)]
        name = f"{_('4-receipts')}/{_('receipts')}.xlsx"
        return [(name, self._sheet(_("Receipts given"), headers, rows))]

    def _receipt_rows(self, receipt, day):
        """One row per claim, and one for what is owed back to the debtor."""
        methods = dict(receipt._fields["method"]._description_selection(self.env))
        head = [receipt.name, receipt.date, _until(receipt.cleared_on, day),
                receipt.partner_id.name]  # fmt: skip
        tail = [methods[receipt.method], self._receipt_state(receipt, day),
                _until(receipt.paper_on, day)]  # fmt: skip
        rows = [
            [*head, line.creditor_partner_id.name, line.reference or "",
             line.amount_interest, line.amount_principal, line.amount, *tail, ""]
            for line in receipt.line_ids.filtered("amount")
        ]  # fmt: skip
        if receipt.currency_id.compare_amounts(receipt.overpaid, 0) > 0:
            refunded = _until(receipt._refunded_by(day), day)
            owed = self.env._("Overpayment")
            rows.append([*head, "", owed, 0.0, 0.0, receipt.overpaid, *tail, refunded])
        return rows

    def _receipt_state(self, receipt, day):
        """Return what a receipt was on the day, in words of the product."""
        if _until(receipt.bounced_on, day):
            state = "bounced"
        elif _until(receipt.undone_on, day):
            state = "undone"
        elif not _until(receipt.cleared_on, day):
            state = "received"
        else:
            lines = receipt.line_ids.filtered("amount")
            left = lines.filtered(lambda line: not _remitted_on(line, day))
            state = "remitted" if lines and not left else "cleared"
        return dict(receipt._fields["state"]._description_selection(self.env))[state]

    # --- remittances ----------------------------------------------------------------

    def _remittance_files(self, day):
        _ = self.env._
        folder = _("5-remittances")
        return [
            (f"{folder}/{_('remittances')}.xlsx", self._remittance_sheet(day)),
            (f"{folder}/{_('delays')}.xlsx", self._delay_sheet(day)),
        ]

    def _remittance_sheet(self, day):
        """What was ordered until the day, each with its delay."""
        remittances = self.env["recouv.remittance"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "=", "posted"),
                ("date", "<=", day),
            ],
            order="date, id",
        )
        _ = self.env._
        headers = [
            _("Number"),
            _("Practice"),
            _("Ordered on"),
            _("Received"),
            _("Bounced payments"),
            _("Fee kept"),
            _("Court costs kept"),
            _("Transferred"),
            _("First cashed on"),
            _("To remit by"),
            _("Days since cashed"),
            _("Late"),
        ]
        rows = [self._remittance_row(remittance) for remittance in remittances]
        return self._sheet(_("Remittances"), headers, rows)

    def _remittance_row(self, remittance):
        days = [day for day in remittance.line_ids.mapped("cleared_on") if day]
        first = min(days, default=remittance.date)
        return [
            remittance.name,
            remittance.creditor_partner_id.name,
            remittance.date,
            remittance.amount_received,
            remittance.amount_back,
            remittance.amount_fee,
            remittance.amount_cost,
            remittance.amount,
            first,
            remittance.date_due or "",
            (remittance.date - first).days,
            self._late(remittance.date, remittance.date_due),
        ]

    def _late(self, done, due):
        return self.env._("LATE") if due and done > due else ""

    def _delay_sheet(self, day):
        """Every sum cashed until the day: when it was remitted, or that it waits."""
        _ = self.env._
        headers = [
            _("Cashed on"),
            _("Receipt number"),
            _("Practice"),
            _("Claim"),
            _("Sum"),
            _("To remit by"),
            _("Remittance"),
            _("Remitted on"),
            _("Days"),
            _("Late"),
        ]
        rows = [self._delay_row(line, day) for line in self._cashed_lines(day)]
        return self._sheet(_("Delays"), headers, rows)

    def _cashed_lines(self, day):
        """Return the sums that counted on the day: not yet sent back, nor undone."""
        domain = Domain(
            [
                ("company_id", "=", self.company_id.id),
                ("cleared_on", "<=", day),
                ("receipt_id.state", "in", (*BOOKED, "bounced", "undone")),
            ]
        )
        lines = self.env["recouv.receipt.line"].search(domain, order="cleared_on, id")
        return lines.filtered(
            lambda line: (
                line.amount
                and not _until(line.receipt_id.bounced_on, day)
                and not _until(line.receipt_id.undone_on, day)
            )
        )

    def _delay_row(self, line, day):
        done = _remitted_on(line, day)
        return [
            line.cleared_on,
            line.receipt_id.name,
            line.creditor_partner_id.name,
            line.reference or "",
            line.amount,
            line.remit_due or "",
            line.remittance_id.name if done else self.env._("Waits"),
            done or "",
            ((done or day) - line.cleared_on).days,
            self._late(done or day, line.remit_due),
        ]


def _until(moment, day):
    """Return the day of what happened until ``day``, else an empty text."""
    happened = moment and fields.Date.to_date(moment)
    return happened if happened and happened <= day else ""


def _remitted_on(line, day):
    """Return the day on which a sum was remitted, until ``day``, or None."""
    remittance = line.remittance_id
    done = remittance.state == "posted" and remittance.date <= day
    return remittance.date if done else None
