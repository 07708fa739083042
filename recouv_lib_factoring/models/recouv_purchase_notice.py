from odoo import SUPERUSER_ID, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from odoo.addons.recouv_lib.models.recouv_notice_letter import PAPER_CHANNELS


class RecouvPurchase(models.Model):
    """The notification of what was bought, and the day that the debtor knows of it."""

    _inherit = "recouv.purchase"

    notice_id = fields.Many2one(
        "recouv.notice",
        "Notification",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )
    notice_sent_on = fields.Date("Notification sent on", readonly=True, copy=False)
    notified_on = fields.Date(
        "Debtor notified on",
        readonly=True,
        copy=False,
        help="A registered letter: the day it was first presented; a plain one: the "
        "day it was posted.",
    )

    # --- the seller's side of it ----------------------------------------------------

    def _assignment_lines(self):
        """Return the practice's lines of these purchases, elevated.

        For named methods that carry one fact across, never for a screen.
        """
        # superuser: the tie of the two records is readable by no one, and no user of
        # the buyer signs a record of the practice
        lines = self.env["recouv.assignment.line"].with_user(SUPERUSER_ID)
        return lines.search([("purchase_id", "in", self.ids)], order="id")

    def _deed_day(self):
        """Return the day of the deed by which this was bought, at the buyer's place.

        Elevated: a date that the buyer signed itself.
        """
        self.ensure_one()
        signed = self._assignment_lines()[-1:].assignment_id.signed_on
        if not signed:
            return self.bought_on
        local = self.with_context(tz=self.company_id._recouv_tz())
        return fields.Datetime.context_timestamp(local, signed).date()

    # --- notification ---------------------------------------------------------------

    def _notify(self):
        """Prepare the notification letters of these purchases, for the buyer.

        :return: the notices proposed or made for their claims
        :raise UserError: the buyer lacks a schedule or an account, named
        """
        notices = self.env["recouv.notice"]
        for agency in self.company_id:
            runs = agency._recouv_for_people(self.env["recouv.run"])
            run = runs._todays_run(agency, "assignee")
            if run.state in ("draft", "proposed", "failed"):
                run.action_propose()
            notices |= run.notice_ids
        lines = notices.line_ids.filtered(lambda line: line.claim_id in self.claim_id)
        return lines.notice_id

    def action_notify(self):
        """Prepare the notifications and show them: approve, print, post."""
        bought = self.filtered(lambda p: p.state == "bought" and p.claim_id)
        if not bought:
            raise UserError(self.env._("None of these is bought: there is nobody to "
                                       "notify."))  # fmt: skip
        bought.check_access("write")
        bought._notify()
        notices = bought.claim_id.notice_line_ids.notice_id
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib.recouv_notice_action"
        )
        return action | {"domain": [("id", "in", notices.ids)], "context": {}}

    def _note_notified(self):
        """Store when the debtor was told, from the letters proven; tell the practice.

        The one method that carries the day of the notification to the practice's line.
        """
        told = self._first_letters()
        for purchase in self:
            values = told.get(purchase.claim_id.id, {})
            values = {
                "notice_id": values.get("notice_id", False),
                "notice_sent_on": values.get("sent_on") or False,
                "notified_on": values.get("notified_on") or False,
            }
            changed = {
                name: value
                for name, value in values.items()
                if purchase._fields[name].convert_to_write(purchase[name], purchase)
                != value
            }
            if changed:
                purchase._record(changed)
        for line in self._assignment_lines():
            day = line.purchase_id.notified_on
            if line.notified_on != day:
                line._record({"notified_on": day})

    def _first_letters(self):
        """Return {claim id: first letter that stands, with its days}."""
        self.env["recouv.notice"].flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT DISTINCT ON (nl.claim_id) nl.claim_id, n.id AS notice_id,
                          COALESCE(n.date_sent::date, n.proven_on) AS sent_on,
                          CASE n.channel WHEN 'registered_letter'
                               THEN COALESCE(n.date_presented, n.date_delivered)
                               ELSE n.proven_on END AS notified_on
                     FROM recouv_notice_line nl
                     JOIN recouv_notice n ON n.id = nl.notice_id
                    WHERE nl.claim_id IN %(claims)s AND nl.kind = 'claim'
                      AND n.channel IN %(paper)s AND n.state IN ('sent', 'delivered')
                      AND n.proven_on IS NOT NULL
                    ORDER BY nl.claim_id, n.proven_on, n.id""",
                claims=tuple(self.claim_id.ids) or (0,),
                paper=PAPER_CHANNELS,
            )
        )
        return {row["claim_id"]: row for row in rows}


class RecouvAssignmentLine(models.Model):
    _inherit = "recouv.assignment.line"

    def _notify(self):
        """Have the buyer prepare the letters that tell the debtors of these lines.

        Elevated: only the buyer's run of the day is proposed; its people approve,
        print and post.
        """
        # sudo: see the docstring; the tie of the two records is readable by no one
        self.sudo().purchase_id.with_user(SUPERUSER_ID)._notify()

    def _buyer_details(self):
        """Return how a debtor pays the buyer of this sold receivable.

        Elevated: what the buyer's own letter tells the debtor anyway.

        :return: {"buyer", "address", "account", "day"}, as texts
        """
        self.ensure_one()
        # sudo: see the docstring
        line = self.sudo()
        buyer = line.purchase_id.company_id
        notices = self.env["recouv.notice"].sudo()
        account = buyer._recouv_assignee_bank()._recouv_with_iban() if buyer else None
        day = line.purchase_id._deed_day()
        return {
            "buyer": buyer.name or "",
            "address": notices._one_line_address(buyer.partner_id),
            "account": account.acc_number if account else "",
            "day": format_date(self.env, day),
        }
