from odoo import api, fields, models
from odoo.tools import SQL, format_amount

from odoo.addons.recouv_lib.models.account_move_screens import READERS
from odoo.addons.recouv_lib.models.recouv_derived_mixin import derived_search
from odoo.addons.recouv_lib.models.recouv_transfer import BOOKED

from .recouv_transfer_document import STILL_OWED

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
            ("part_sold", "Partly sold"),
            ("sold", "Sold"),
            ("bought_back", "Bought back"),
        ],
        "Assignment",
        compute="_compute_derived",
        search=derived_search("recouv_sale"),
        groups=READERS,
    )
    recouv_sale_told = fields.Char(
        "At the buyer", compute="_compute_recouv_sale_told", groups=READERS
    )

    @api.depends("recouv_assignment_line_ids.told_state")
    @api.depends_context("lang")
    def _compute_recouv_sale_told(self):
        for move in self:
            followed = move.recouv_assignment_line_ids.filtered("standing")
            sold = followed.filtered(lambda line: line._is_with_buyer())
            shown = sold or followed.sorted("id")[-1:]
            told = ", ".join(dict.fromkeys(shown.sorted("id").mapped("told_state")))
            if sold and move.recouv_sale == "part_sold":
                told = self.env._(
                    "%(sold)s of %(total)s: %(state)s",
                    sold=move.currency_id.format(sum(sold.mapped("amount"))),
                    total=move.currency_id.format(move.amount_total),
                    state=told,
                )
            move.recouv_sale_told = told or False

    @api.model
    def _derived_sql(self, fname, alias):
        """EXTENDS: what became of its sale; who bought all of it holds it."""
        if fname == "recouv_sale":
            return self._sale_sql(alias)
        if fname == "recouv_holder":
            # what is left of a part sold has a holder of its own, or no claim yet
            return SQL(
                """(CASE WHEN NOT %(sold)s THEN %(holder)s
                         WHEN %(left)s THEN NULLIF(%(holder)s, 'buyer')
                         ELSE 'buyer' END)""",
                sold=self._is_sold_sql(alias),
                left=self._is_left_sql(alias),
                holder=super()._derived_sql(fname, alias),
            )
        return super()._derived_sql(fname, alias)

    @api.model
    def _derived_reads(self):
        """EXTENDS: the sales, and the transfers that leave something here."""
        lines = self.env["recouv.assignment.line"]
        transfers = self.env["recouv.transfer"]._fields
        names = ("invoice_id", "kind", "state", "target_line_id", "is_credit")
        return [
            *super()._derived_reads(),
            *lines._derived_reads(),
            lines._fields["move_id"],
            *(transfers[name] for name in names),
        ]

    @api.model
    def _sale_sql(self, alias):
        return SQL(
            """(CASE WHEN %(sold)s THEN CASE WHEN %(left)s THEN 'part_sold'
                                             ELSE 'sold' END
                     ELSE (SELECT CASE WHEN %(back)s THEN 'bought_back'
                                       ELSE 'offered' END
                             FROM recouv_assignment_line al
                            WHERE al.move_id = %(move)s.id
                              AND al.state IN ('submitted', 'waiting_due', 'accepted',
                                               'transferred', 'bought_back')
                            ORDER BY al.id DESC LIMIT 1) END)""",
            sold=self._is_sold_sql(alias),
            left=self._is_left_sql(alias),
            back=self.env["recouv.assignment.line"]._is_back_sql("al"),
            move=SQL.identifier(alias),
        )

    @api.model
    def _is_sold_sql(self, alias):
        """Whether a buyer owns invoice ``alias``, or one of its receivables."""
        return SQL(
            """EXISTS (SELECT 1 FROM recouv_assignment_line sal
                        WHERE sal.move_id = %(move)s.id AND sal.state = 'transferred'
                          AND NOT %(back)s)""",
            move=SQL.identifier(alias),
            back=self.env["recouv.assignment.line"]._is_back_sql("sal"),
        )

    @api.model
    def _is_left_sql(self, alias):
        """Whether something of invoice ``alias`` is open and is not the buyer's: a
        maturity, what a payer owes, what came back."""
        return SQL(
            """(EXISTS (SELECT 1 FROM account_move_line ul
                          JOIN account_account ua ON ua.id = ul.account_id
                         WHERE ul.move_id = %(move)s.id
                           AND ua.account_type = 'asset_receivable'
                           AND ul.parent_state = 'posted'
                           AND ul.reconciled IS NOT TRUE AND ul.amount_residual > 0)
                OR EXISTS (SELECT 1 FROM recouv_transfer ut
                             JOIN account_move_line ui ON ui.id = ut.target_line_id
                            WHERE ut.invoice_id = %(move)s.id AND ut.kind IN %(kinds)s
                              AND ut.state IN %(states)s AND ut.is_credit IS NOT TRUE
                              AND ui.parent_state = 'posted'
                              AND ui.reconciled IS NOT TRUE
                              AND ui.amount_residual > 0))""",
            move=SQL.identifier(alias),
            kinds=("payer_share", *STILL_OWED),
            states=BOOKED,
        )

    # --- on paper -------------------------------------------------------------------

    def _recouv_sold_lines(self):
        """Return what the buyer owns of this invoice, elevated: for whoever prints."""
        # sudo: see the docstring
        lines = self.sudo().recouv_assignment_line_ids
        return lines.filtered(lambda line: line._is_with_buyer())

    def _recouv_sold_notice(self):
        """Return what a sold invoice, printed again, tells its debtor; else "".

        Elevated, for whoever may print it: what the buyer's own letter tells.
        """
        self.ensure_one()
        sold = self._recouv_sold_lines()
        if not sold:
            return ""
        details = sold[:1]._buyer_details()
        if self._recouv_is_paid_here():
            amount = self.currency_id.format(sum(sold.mapped("amount")))
            return self.env._(
                "Of this invoice, %(amount)s were assigned to %(buyer)s, %(address)s, "
                "by deed of %(day)s. Once you have been notified of it, only a payment "
                "to %(buyer)s discharges you of that part: %(account)s. The rest is "
                "paid to us.",
                amount=amount,
                **details,
            )
        return self.env._(
            "This receivable was assigned to %(buyer)s, %(address)s, by deed of "
            "%(day)s. Once you have been notified of it, only a payment to %(buyer)s "
            "discharges you: %(account)s.",
            **details,
        )

    def _recouv_is_paid_here(self):
        """Say whether the debtor pays this invoice, or a part of it, to its issuer;
        elevated, for whoever may print it."""
        self.ensure_one()
        # sudo: see the docstring
        return self.sudo().recouv_sale != "sold"

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
