import base64

from odoo import api, fields, models
from odoo.fields import Domain

from .recouv_day import Section

#: statements printed between two commits of the job
BATCH = 20


class RecouvRemittanceAdvice(models.Model):
    """What a practice keeps of a remittance: its sums and its statement (law.md §11.8).

    The practice's own record, made with its entry; nothing in it leads to a record of
    the agency. The statement is printed by a job, so that nobody who remits waits for
    the printing program, or at the first click, whichever comes first.
    """

    _name = "recouv.remittance.advice"
    _description = "Remittance received from the agency"
    _inherit = ["recouv.evidence.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char("Number", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", "Practice", required=True, index=True, readonly=True
    )
    agency_name = fields.Char("Agency", readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    date = fields.Date(required=True, readonly=True)
    amount_received = fields.Monetary("Received for you", readonly=True)
    amount_back = fields.Monetary("Bounced payments", readonly=True)
    amount_fee = fields.Monetary("Fee kept", readonly=True)
    amount_cost = fields.Monetary("Court costs kept", readonly=True)
    amount = fields.Monetary("Transferred", readonly=True)
    move_id = fields.Many2one(
        "account.move", "Entry", readonly=True, index="btree_not_null",
        ondelete="set null", check_company=True,
    )  # fmt: skip
    statement = fields.Binary(attachment=True, readonly=True)
    statement_name = fields.Char(readonly=True)
    seen_on = fields.Date(readonly=True)
    # of the agency: only the printing of the statement, elevated, reads it
    remittance_id = fields.Many2one(
        "recouv.remittance",
        groups=fields.NO_ACCESS,
        ondelete="set null",
        index="btree_not_null",
    )

    _remittance_uniq = models.UniqueIndex(
        "(remittance_id) WHERE remittance_id IS NOT NULL",
        "This remittance was told to the practice already.",
    )
    # the job asks for what is not printed, the day for what nobody looked at
    _unseen_idx = models.Index("(company_id) WHERE seen_on IS NULL")
    _unprinted_idx = models.Index("(id) WHERE statement_name IS NULL")

    @api.model
    def _tell(self, remittance):
        """Make the practice's record of a remittance just booked, elevated by the
        caller, in the practice's company."""
        advice = self.create(
            {
                "name": remittance.name,
                "company_id": remittance.mandate_id.company_id.id,
                "agency_name": remittance.company_id.name,
                "currency_id": remittance.currency_id.id,
                "date": remittance.date,
                "amount_received": remittance.amount_received,
                "amount_back": remittance.amount_back,
                "amount_fee": remittance.amount_fee,
                "amount_cost": remittance.amount_cost,
                "amount": remittance.amount,
                "move_id": remittance.practice_move_id.id,
                "remittance_id": remittance.id,
            }
        )
        self.env.ref("recouv_lib.recouv_remittance_advice_cron")._trigger()
        return advice

    # --- the statement --------------------------------------------------------------

    @api.model
    def _cron_print(self):
        """Print the statements that wait, the oldest first, twenty between commits."""
        waiting = self.search([("statement_name", "=", False)], order="id")
        for start in range(0, len(waiting), BATCH):
            batch = waiting[start : start + BATCH]
            batch._keep_statement()
            left = len(waiting) - start - len(batch)
            if not self.env["ir.cron"]._commit_progress(len(batch), remaining=left):
                return

    def _keep_statement(self):
        """Print and keep the agency's statement of these remittances, once.

        Elevated: the agency addresses it to this very practice; debtors are in it by
        the practice's own invoice numbers only.
        """
        for advice in self.sudo().filtered(lambda one: not one.statement_name):
            # a job has no language of its own
            remittance = advice.company_id._recouv_for_people(advice.remittance_id)
            content = remittance._statement_pdf(remittance.env.lang)
            advice.write(
                {
                    "statement": base64.b64encode(content),
                    "statement_name": f"{advice.name.replace('/', '-')}.pdf",
                }
            )

    def action_download(self):
        """Download the agency's statement of this remittance.

        :raise UserError: the printing program is missing or stopped
        """
        self.ensure_one()
        self.check_access("read")
        self._keep_statement()
        self.action_seen()
        content = base64.b64decode(self.statement or b"")
        return self.env["recouv.document"]._download(self.statement_name, content)

    def action_seen(self):
        """The practice has looked at these remittances."""
        self.check_access("read")
        # sudo: only the day of the look is written
        unseen = self.sudo().filtered(lambda advice: not advice.seen_on)
        unseen.write({"seen_on": fields.Date.context_today(self)})
        return True


class RecouvRemittance(models.Model):
    _inherit = "recouv.remittance"

    def _give_statement(self):
        """EXTENDS: the practice has the remittance and its statement in its company."""
        result = super()._give_statement()
        practice = self.mandate_id.company_id
        self.env["recouv.remittance.advice"].with_company(practice)._tell(self)
        return result


class RecouvDay(models.AbstractModel):
    """What the agency remitted, and what it owes back to debtors for too long."""

    _inherit = "recouv.day"

    @api.model
    def _sections(self, today):
        sections = [*super()._sections(today), self._remittance_section()]
        if self.env.user.has_group("recouv_lib.group_manager"):
            sections.append(self._late_refund_section(today))
        return sections

    @api.model
    def _remittance_section(self):
        return Section(
            "remittances_received",
            21,
            self.env._("Remittances of the agency"),
            "recouv.remittance.advice",
            Domain("seen_on", "=", False),
            action="recouv_lib.recouv_remittance_advice_action",
        )

    @api.model
    def _late_refund_section(self, today):
        return Section(
            "late_refunds",
            91,
            self.env._("Overpayments to refund: the delay is over"),
            "recouv.receipt",
            self._late_refunds(today),
            action="recouv_lib.recouv_receipt_refund_action",
            is_alarm=True,
        )

    @api.model
    def _late_refunds(self, today):
        """Overpayments cashed longer ago than their agency gives itself to refund."""
        owed = Domain(
            [
                ("overpaid_booked", ">", 0),
                ("refunded_on", "=", False),
                ("state", "in", ("cleared", "remitted")),
            ]
        )
        # sudo: a number of days of the companies one works in
        return owed & Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain(
                "cleared_on",
                "<",
                fields.Date.subtract(
                    today, days=max(company.recouv_refund_deadline_days, 0)
                ),
            )
            for company in self.env.companies.sudo()
        )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recouv_refund_deadline_days = fields.Integer(
        related="company_id.recouv_refund_deadline_days", readonly=False
    )
