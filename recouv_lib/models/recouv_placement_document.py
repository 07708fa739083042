import base64

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date

# more claims than this are printed by the night's job or on demand
PRINTED_AT_ONCE = 200


class RecouvPlacement(models.Model):
    """The bordereau: one schedule of sums per placement, beside the framework mandate.

    Cass. 2e civ. 5 Feb 2026 n° 23-22.049: the mandate and its schedules make one
    convention. The sums are fixed on the lines when they are sent, so that printing
    later prints the same.
    """

    _inherit = "recouv.placement"

    def action_print_schedule(self):
        """Download the schedule of sums; the first print is kept."""
        self.ensure_one()
        self.check_access("read")
        if self.state == "draft":
            raise UserError(
                self.env._("The schedule of sums is fixed when the claims are sent.")
            )
        self._keep_schedule()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.document_id.id}?download=true",
            "target": "download",
        }

    def _keep_schedule(self):
        """Print the schedules that were not printed yet, and keep them."""
        for placement in self.filtered(lambda p: not p.document_id):
            title = placement._schedule_title()
            # sudo: whoever prints first, the document belongs to the placement
            document = (
                self.env["ir.attachment"]
                .sudo()
                .create(
                    {
                        "name": f"{title}.pdf",
                        "datas": base64.b64encode(placement._print_schedule(title)),
                        "res_model": placement._name,
                        "res_id": placement.id,
                        "company_id": placement.company_id.id,
                    }
                )
            )
            placement.sudo()._record({"document_id": document.id})

    def _schedule_title(self):
        return self.env._(
            "Schedule of sums no. %(number)s, mandate %(mandate)s",
            number=self.id,
            # sudo: the number of the practice's own mandate
            mandate=self.mandate_id.sudo().name,
        )

    def _print_schedule(self, title):
        """Return the PDF. :raise UserError: the printing program is missing"""
        # sudo: the practice's own lines, all of them
        lines = self.sudo().line_ids.filtered("reference")
        agency = self.mandate_id.sudo().agency_id
        return self.env["recouv.document"]._print(
            "recouv_lib.placement_schedule",
            {
                "creditor": self.company_id.name,
                "agency": agency.name,
                "sent": format_date(self.env, self.sent_on),
                "rows": [line._schedule_row() for line in lines],
                "totals": self._schedule_totals(lines),
            },
            company=self.company_id,
            title=title,
            recipient=agency.partner_id,
            lang=self.company_id.partner_id.lang,
        )

    @api.model
    def _schedule_totals(self, lines):
        """Return [(principal, interest, total)], formatted, one per currency."""
        return [
            tuple(
                format_amount(self.env, sum(mine.mapped(name)), currency)
                for name in ("amount_principal", "amount_interest", "amount_total")
            )
            for currency, mine in lines.grouped("currency_id").items()
        ]

    def _send(self):
        """EXTENDS: a short schedule is printed when the claims leave."""
        result = super()._send()
        if len(self.line_ids) <= PRINTED_AT_ONCE:
            self._keep_schedule_or_later()
        return result

    def _keep_schedule_or_later(self):
        """A printer that is missing delays the paper, never the hand-over."""
        try:
            self._keep_schedule()
        except UserError:
            # sudo: starts the job, nothing is read
            self.env.ref("recouv_lib.ir_cron_placement_schedule").sudo()._trigger()

    @api.model
    def _cron_print_schedules(self):
        """Print, each night, the schedules that nobody printed yet."""
        waiting = [("state", "!=", "draft"), ("document_id", "=", False)]
        for placement in self.search(waiting):
            placement.company_id._recouv_for_people(placement)._keep_schedule()


class RecouvPlacementLine(models.Model):
    _inherit = "recouv.placement.line"

    def _schedule_row(self):
        """Return the row of the schedule: what R124-3 1° asks, and nothing of care."""
        self.ensure_one()
        money = lambda amount: format_amount(self.env, amount, self.currency_id)  # noqa: E731
        return {
            "debtor": self.partner_id.name,
            "reference": self.reference,
            "due": format_date(self.env, self.date_due),
            "basis": self.basis,
            "principal": money(self.amount_principal),
            "interest": money(self.amount_interest),
            "total": money(self.amount_total),
        }
