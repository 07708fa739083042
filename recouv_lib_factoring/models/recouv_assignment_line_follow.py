from odoo import api, fields, models
from odoo.tools import SQL, format_amount

from odoo.addons.recouv_lib.models.account_move_screens import READERS

#: of the buyer's sums, those that the practice is told
SUMS = ("amount_collected", "amount_lost", "amount_open")


class RecouvAssignmentLine(models.Model):
    """What the practice knows of what it sold: where it stands, and sums.

    A projection of the buyer's own record, read in SQL: paid, paid in part, disputed,
    in collection, lost. No name, note nor step of the buyer's crosses.
    """

    _name = "recouv.assignment.line"
    _inherit = ["recouv.assignment.line", "recouv.sale.standing.mixin"]

    amount_open = fields.Monetary("Still owed to the buyer")
    amount_collected = fields.Monetary("Collected by the buyer")
    amount_lost = fields.Monetary("Lost by the buyer")
    standing = fields.Selection(
        help="At the buyer. Who sold without recourse owes nothing for what is lost."
    )
    told_state = fields.Char("In words", compute="_compute_told_state")

    @api.model
    def _derived_sql(self, fname, alias):
        if fname not in (*SUMS, "standing"):
            return super()._derived_sql(fname, alias)
        line = SQL.identifier(alias)
        told = SQL(
            """(SELECT %s FROM recouv_purchase sold WHERE sold.id = %s.purchase_id)""",
            self.env["recouv.purchase"]._derived_sql(fname, "sold"),
            line,
        )
        if fname in SUMS:
            return SQL("COALESCE(%s, 0)", told)
        return SQL(
            """(CASE %(line)s.state WHEN 'bought_back' THEN 'bought_back'
                                    WHEN 'transferred' THEN %(told)s END)""",
            line=line,
            told=told,
        )

    @api.model
    def _derived_reads(self):
        """EXTENDS: what the purchases' own values read."""
        names = [self._fields[name] for name in ("state", "purchase_id")]
        reads = self.env["recouv.purchase"]._derived_reads()
        return [*super()._derived_reads(), *names, *reads]

    @api.model
    def _is_back_sql(self, alias):
        """Whether row ``alias`` was bought back, be it what was left of it: nothing is
        open at the buyer."""
        return SQL(
            """(%(line)s.state = 'bought_back'
                OR (%(line)s.state = 'transferred' AND EXISTS (
                        SELECT 1 FROM recouv_purchase bp
                          JOIN account_move_line bi ON bi.id = bp.item_id
                         WHERE bp.id = %(line)s.purchase_id AND bi.reconciled
                           AND %(bought_back)s)))""",
            line=SQL.identifier(alias),
            bought_back=self.env["recouv.purchase"]._bought_back_sql(
                SQL.identifier("bp")
            ),
        )

    def _is_with_buyer(self):
        """Say whether the buyer is whom the debtor of this owes, or has paid."""
        return self.state == "transferred" and self.standing != "bought_back"

    @api.depends("standing", "amount_collected", "amount_lost")
    @api.depends_context("lang")
    def _compute_told_state(self):
        labels = dict(self._fields["standing"]._description_selection(self.env))
        for line in self:
            line.told_state = line._tell(labels.get(line.standing, ""))

    def _tell(self, label):
        """Return where it stands with the sum that goes with it."""
        amount = {
            "part_paid": self.amount_collected,
            "lost": self.amount_lost,
        }.get(self.standing)
        if not amount:
            return label
        return f"{label} ({format_amount(self.env, amount, self.currency_id)})"


class AccountMove(models.Model):
    """Sold invoices are marked wherever an invoice is seen."""

    _inherit = "account.move"

    recouv_sale = fields.Selection(
        [
            ("offered", "Offered for sale"),
            ("sold", "Sold"),
            ("bought_back", "Bought back"),
        ],
        "Assignment",
        compute="_compute_derived",
        search="_search_recouv_sale",
        groups=READERS,
    )
    recouv_sale_told = fields.Char(
        "At the buyer", compute="_compute_recouv_sale_told", groups=READERS
    )

    def _search_recouv_sale(self, operator, value):
        return self._search_derived("recouv_sale", operator, value)

    @api.depends("recouv_assignment_line_ids.told_state")
    @api.depends_context("lang")
    def _compute_recouv_sale_told(self):
        for move in self:
            sold = move.recouv_assignment_line_ids.filtered("standing")
            move.recouv_sale_told = bool(sold) and sold.sorted("id")[-1].told_state

    @api.model
    def _derived_sql(self, fname, alias):
        """EXTENDS: the last sale of the invoice; who bought it holds it."""
        if fname == "recouv_sale":
            return self._sale_sql(alias)
        if fname == "recouv_holder":
            return SQL(
                "(CASE WHEN %s THEN 'buyer' ELSE %s END)",
                self._is_sold_sql(alias),
                super()._derived_sql(fname, alias),
            )
        return super()._derived_sql(fname, alias)

    @api.model
    def _sale_sql(self, alias):
        return SQL(
            """(SELECT CASE WHEN %(back)s THEN 'bought_back'
                            WHEN al.state = 'transferred' THEN 'sold'
                            ELSE 'offered' END
                  FROM recouv_assignment_line al
                 WHERE al.move_id = %(move)s.id
                   AND al.state IN ('submitted', 'waiting_due', 'accepted',
                                    'transferred', 'bought_back')
                 ORDER BY al.id DESC LIMIT 1)""",
            back=self.env["recouv.assignment.line"]._is_back_sql("al"),
            move=SQL.identifier(alias),
        )

    @api.model
    def _is_sold_sql(self, alias):
        return SQL(
            """EXISTS (SELECT 1 FROM recouv_assignment_line sal
                        WHERE sal.move_id = %(move)s.id AND sal.state = 'transferred'
                          AND NOT %(back)s)""",
            move=SQL.identifier(alias),
            back=self.env["recouv.assignment.line"]._is_back_sql("sal"),
        )

    def _recouv_sold_notice(self):
        """Return what a sold invoice, printed again, tells its debtor; else "".

        Elevated, for whoever may print it: what the buyer's own letter tells.
        """
        self.ensure_one()
        # sudo: see the docstring
        lines = self.sudo().recouv_assignment_line_ids
        sold = lines.filtered(lambda line: line._is_with_buyer())[:1]
        if not sold:
            return ""
        return self.env._(
            "This receivable was assigned to %(buyer)s, %(address)s, by deed of "
            "%(day)s. Once you have been notified of it, only a payment to %(buyer)s "
            "discharges you: %(account)s.",
            **sold._buyer_details(),
        )

    def action_recouv_sales(self):
        """Open the schedule by which the invoice was sold."""
        schedules = self.recouv_assignment_line_ids.assignment_id
        return schedules._get_records_action()


class ResPartner(models.Model):
    """What was sold of a debtor's invoices."""

    _inherit = "res.partner"

    recouv_sold_count = fields.Integer(
        compute="_compute_recouv_sold_count", groups=READERS
    )

    def _compute_recouv_sold_count(self):
        debtors = self.commercial_partner_id
        counts = dict(
            self.env["recouv.assignment.line"]._read_group(
                [
                    ("partner_id", "child_of", debtors.ids),
                    ("state", "=", "transferred"),
                ],
                ["partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            family = partner.commercial_partner_id
            partner.recouv_sold_count = sum(
                count
                for debtor, count in counts.items()
                if debtor.commercial_partner_id == family
            )

    def action_recouv_sold(self):
        """Show what was sold of this debtor, and where it stands."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "recouv_lib_factoring.recouv_sold_action"
        )
        debtors = self.commercial_partner_id
        return action | {"domain": [("partner_id", "child_of", debtors.ids)]}


class RecouvEngine(models.AbstractModel):
    _inherit = "recouv.engine"

    @api.model
    def _explain_item(self, item):
        """EXTENDS: what was sold is asked by who bought it."""
        if message := item.sudo()._recouv_sold_message():  # of an item one reads
            return {"code": "sold", "message": message, "until": False}
        return super()._explain_item(item)

    @api.model
    def _explain_claim(self, claim):
        """EXTENDS: the same for a claim whose item was sold."""
        item = claim.move_line_id
        # sudo: whether the claim one reads was sold, and where that stands
        if claim.capacity == "creditor" and (
            message := item.sudo()._recouv_sold_message()
        ):
            return [{"code": "sold", "message": message, "until": False}]
        return super()._explain_claim(claim)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _recouv_sold_message(self):
        """Say to whom this item was sold and where it stands; empty when it was not.

        Called elevated: the buyer's name and a word, nothing of its records.
        """
        line = self.env["recouv.assignment.line"].search(
            [("origin_line_id", "in", self.ids), ("state", "=", "transferred")],
            limit=1,
        )
        if not (line and line._is_with_buyer()):
            return ""
        return self.env._(
            "It was sold to %(buyer)s, which asks for it now. There: %(state)s.",
            buyer=line.assignment_id.contract_id.agency_id.name,
            state=line.told_state.lower(),
        )
