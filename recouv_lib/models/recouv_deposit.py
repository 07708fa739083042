from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_amount, format_date

from ..lib.matching import Evidence
from ..lib.wording import labelled
from .recouv_bank_matcher import to_units

# a full sheet with its total and the place to sign stays on one page
ROWS_A_SHEET = 25
# what a person fills in
PREPARED = frozenset({"journal_id", "date", "cheque_ids"})


class RecouvDeposit(models.Model):
    """A deposit slip: the cheques that go to the bank together.

    Done, each cheque to bank later becomes a payment, laid where it was meant; one that
    counted at once is only listed. The slip is all or nothing.
    """

    _name = "recouv.deposit"
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin"]
    _description = "Deposit of cheques"
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char("Number", readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
        index=True,
    )
    journal_id = fields.Many2one(
        "account.journal",
        "Bank",
        required=True,
        check_company=True,
        domain="[('type', '=', 'bank')]",
        default=lambda self: self._default_journal(),
    )
    date = fields.Date(
        required=True, default=lambda self: fields.Date.context_today(self)
    )
    state = fields.Selection(
        [("draft", "Being prepared"), ("done", "Deposited"), ("undone", "Undone")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    cheque_ids = fields.One2many(
        "recouv.cheque", "deposit_id", check_company=True, string="Cheques"
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_totals")
    total = fields.Monetary(compute="_compute_totals")
    cheque_count = fields.Integer("Number of cheques", compute="_compute_totals")
    problem = fields.Text("To look at", compute="_compute_problem")

    @api.model
    def _default_journal(self):
        return self.env.company._recouv_method_line("cheque").journal_id

    @api.depends("cheque_ids.amount", "journal_id")
    def _compute_totals(self):
        for slip in self:
            slip.currency_id = slip._currency()
            slip.total = sum(slip.cheque_ids.mapped("amount"))
            slip.cheque_count = len(slip.cheque_ids)

    def _currency(self):
        return self.journal_id.currency_id or self.company_id.currency_id

    @api.depends("cheque_ids")
    def _compute_problem(self):
        for slip in self:
            bad = slip.cheque_ids.filtered("problem") if slip.state == "draft" else ()
            slip.problem = "\n".join(
                labelled(self.env, c.display_name, c.problem) for c in bad
            )

    @api.depends("name", "date")
    def _compute_display_name(self):
        for slip in self:
            slip.display_name = slip.name or self.env._(
                "Deposit of %s", format_date(self.env, slip.date)
            )

    # --- what a person writes -------------------------------------------------------

    def _editable_fields(self):
        """A slip is a person's until the cheques are at the bank."""
        return PREPARED if self.state == "draft" else frozenset()

    @api.model
    def _creatable_fields(self):
        return PREPARED | {"company_id"}

    @api.model
    def _evidence_advice(self):
        return self.env._("Undo the slip and make another one.")

    @api.model_create_multi
    def create(self, vals_list):
        slips = super().create(vals_list)
        for slip in slips:
            number = self.env["recouv.collection"]._next_number(slip.company_id, "REM")
            slip._record({"name": number})
        return slips

    # --- actions --------------------------------------------------------------------

    def action_add_due(self):
        """Add every held cheque whose day has come."""
        self._check_draft()
        for slip in self:
            domain = [
                ("company_id", "=", slip.company_id.id),
                ("state", "=", "held"),
                ("deposit_id", "=", False),
                ("deposit_on", "<=", slip.date),
                ("currency_id", "=", slip._currency().id),
            ]
            cheques = self.env["recouv.cheque"].search(domain)
            cheques.filtered(slip._takes).write({"deposit_id": slip.id})
        return True

    def _takes(self, cheque):
        """One that counts already goes to the bank of its payment, and no other."""
        return not cheque.payment_id or cheque.payment_id.journal_id == self.journal_id

    @api.model
    def action_new(self):
        """Open a slip with the cheques whose day has come."""
        slip = self.create({})
        slip.action_add_due()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": slip.id,
            "view_mode": "form",
        }

    def action_done(self):
        """The cheques are at the bank: those to bank later become payments."""
        self._check_draft()
        for slip in self:
            slip._check_ready()
            for cheque in slip.cheque_ids.filtered(lambda c: not c.payment_id):
                cheque.collection_id._pay(slip.date, slip._method_line())
            slip.cheque_ids._record({"state": "deposited"})
            slip._record({"state": "done"})
            slip.cheque_ids._cover()
        return True

    def _method_line(self):
        """Return how a cheque is entered in this bank's journal."""
        chosen = self.company_id._recouv_method_line("cheque")
        if chosen.journal_id == self.journal_id:
            return chosen
        return self.company_id._recouv_journal_line(self.journal_id, "cheque")

    # --- checks ---------------------------------------------------------------------

    def _check_draft(self):
        for slip in self:
            if slip.state != "draft":
                raise UserError(
                    self.env._("%s is not being prepared any more.", slip.display_name)
                )

    def _check_ready(self):
        """Refuse a slip that the bank or the books would not take, naming why."""
        self.ensure_one()
        self.lock_for_update()
        if not self.cheque_ids:
            raise UserError(self.env._("%s holds no cheque.", self.display_name))
        if self.date > fields.Date.context_today(self):
            raise UserError(self.env._("A deposit cannot be in the future."))
        for cheque in self.cheque_ids:
            problem = self._cheque_obstacle(cheque)
            if problem:
                raise UserError(
                    self.env._(
                        "%(cheque)s: %(problem)s",
                        cheque=cheque.display_name,
                        problem=problem,
                    )
                )

    def _cheque_obstacle(self, cheque):
        _ = self.env._
        if cheque.state != "held":
            return _("it is not held any more.")
        if cheque.deposit_on > self.date:
            day = format_date(self.env, cheque.deposit_on)
            return _("it may not be banked before %s.", day)
        if cheque.currency_id != self._currency():
            return _("it is in another currency.")
        if not self._takes(cheque):
            name = cheque.payment_id.journal_id.name
            return _("it was entered in the journal %s.", name)
        return cheque.problem

    # --- what its cheques were laid on ----------------------------------------------

    def _parts(self):
        """Return [(invoice item, sum)] of the cheques, one pair for each line."""
        lines = self.cheque_ids.collection_id.line_ids
        return [
            (line.move_line_id, line._by_money()) for line in lines if line.amount > 0
        ]

    def _is_told_whole(self):
        """False if a part of payments without an entry was laid on no invoice: whose
        credit it becomes, only a person can tell the bank's movement."""
        if self.cheque_ids.payment_id.move_id:
            return True
        laid = sum(part for _item, part in self._parts())
        return not self._currency().compare_amounts(laid, self.total)

    # --- undo -----------------------------------------------------------------------

    def _undo_obstacle(self):
        obstacle = super()._undo_obstacle()
        if obstacle:
            return obstacle
        if self.state != "done":
            return self.env._("it was not deposited.")
        if self.cheque_ids.filtered(lambda cheque: cheque.state != "deposited"):
            return self.env._("one of its cheques bounced.")
        if self.cheque_ids.payment_id._recouv_is_banked():
            return self.env._("the bank confirmed it; undo that match first.")
        return None

    def _undo(self):
        """The cheques are held again; payments that the deposit made are undone."""
        for slip in self:
            later = slip.cheque_ids.collection_id.filtered(
                lambda act: act.method == "cheque_later"
            )
            later.payment_id._recouv_take_back(slip.name)
            later._record({"payment_id": False})
            cheques = slip.cheque_ids
            slip._record({"state": "undone"})
            cheques._record({"state": "held", "deposit_id": False})
            cheques._cover()

    # --- the slip on paper ----------------------------------------------------------

    def action_print(self):
        """Download the slip for the bank; kept with the deposit."""
        self.ensure_one()
        page = self.env["ir.qweb"]._render(
            "recouv_lib.deposit_slip", self._slip_values()
        )
        document = self.env["ir.attachment"].create(
            {
                "name": f"{(self.name or '').replace('/', '-')}.pdf",
                "raw": self.env["recouv.collection"]._print_page(
                    page, self.env._("Deposit slip of cheques")
                ),
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
                "company_id": self.company_id.id,
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{document.id}?download=true",
            "target": "download",
        }

    def _slip_values(self):
        rows = [
            {
                "number": number,
                "drawer": cheque.drawer or cheque.partner_id.name,
                "bank": cheque.bank_name or "",
                "cheque": cheque.number or "",
                "amount": self._money(cheque.amount),
            }
            for number, cheque in enumerate(self.cheque_ids, 1)
        ]
        sheets = [
            rows[start : start + ROWS_A_SHEET]
            for start in range(0, len(rows), ROWS_A_SHEET)
        ]
        company, account = self.company_id, self.journal_id.bank_account_id
        return {
            "slip": self,
            "sheets": sheets or [[]],
            "count": len(rows),
            "total": self._money(self.total),
            # the bank knows its account by the holder's own name, not by a neutral one
            "sender": company.name,
            "sender_address": self.env["recouv.notice"]._one_line_address(
                company.partner_id
            ),
            "account": account.acc_number or "",
            "bank": self.journal_id.bank_id.name or self.journal_id.name,
            "date": format_date(self.env, self.date),
        }

    def _money(self, amount):
        return format_amount(self.env, amount, self._currency())


class RecouvBankMatcher(models.AbstractModel):
    """A deposit comes as one movement: its total names its cheques."""

    _inherit = "recouv.bank.matcher"

    @api.model
    def _rules(self):
        return [*super()._rules(), "_evidence_deposits"]

    @api.model
    def _evidence_deposits(self, batch):
        slips = self.env["recouv.deposit"].search(
            [
                ("company_id", "=", batch.company.id),
                ("state", "=", "done"),
                ("journal_id", "in", batch.lines.journal_id.ids),
            ],
            order="date desc, id desc",
            limit=500,
        )
        open_slips = slips.filtered(
            lambda slip: not slip.cheque_ids.payment_id._recouv_is_banked()
        )
        for line in batch.lines.filtered(lambda line: line.amount > 0):
            found = open_slips.filtered(lambda slip, line=line: _fits(slip, line))
            for slip in found[:1] if len(found) == 1 else ():
                items = self.env["account.move.line"].union(
                    *map(self._payment_items, slip.cheque_ids.payment_id)
                )
                if items and slip._is_told_whole():
                    values = {"number": slip.name}
                    yield Evidence(
                        line.id, "deposit", tuple(items.ids), 0, values, weight=80
                    )


def _fits(slip, line):
    currency = slip._currency()
    return (
        slip.journal_id == line.journal_id
        and currency == line.currency_id
        and not currency.compare_amounts(slip.total, line.amount)
    )


class RecouvBankMatch(models.Model):
    _inherit = "recouv.bank.match"

    deposit_id = fields.Many2one(
        "recouv.deposit",
        "Cheque deposit slip",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The slip of which this movement is the whole.",
    )

    @api.model
    def _proposal_vals(self, st_line, proposal, rank):
        """EXTENDS: a movement that is a whole slip pays what each cheque was laid on,
        where its payments have no entry that would say so."""
        vals = super()._proposal_vals(st_line, proposal, rank)
        if vals.get("rule") != "deposit":
            return vals
        given = [values for code, values in vals["reasons"] if code == "deposit"]
        slip = self.env["recouv.deposit"].search(
            [
                ("company_id", "=", st_line.company_id.id),
                ("name", "=", given[0]["number"]),
            ]
        )
        vals["deposit_id"] = slip.id
        if not slip.cheque_ids.payment_id.move_id:
            vals |= self._exact_parts(slip, given[0])
        return vals

    @api.model
    def _exact_parts(self, slip, values):
        matcher = self.env["recouv.bank.matcher"]
        units = lambda item, part: to_units(part, item.currency_id)  # noqa: E731
        lines = [
            Command.create(
                matcher._allocation_vals(
                    slip.company_id, item, units(item, part), item.currency_id
                )
            )
            for item, part in slip._parts()
        ]
        reasons = [("deposit", values), ("one", {})]
        return {"line_ids": lines, "rest": 0.0, "reasons": reasons}

    def _apply(self, is_automatic=False):
        """EXTENDS: a person may have chosen what happens to be a whole slip."""
        if not self.deposit_id:
            # sudo: matches are written by the system only, see the class
            self.sudo().deposit_id = self._whole_slip()
        return super()._apply(is_automatic)

    def _whole_slip(self):
        invoices = self.line_ids.move_line_id.move_id
        slips = self.env["recouv.deposit"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "=", "done"),
                ("cheque_ids.payment_id.invoice_ids", "in", invoices.ids),
            ]
        )
        line = self.sudo().statement_line_id  # only its sum and its journal
        return slips.filtered(lambda slip: _fits(slip, line))[:1]

    def _further_payments_under_way(self):
        """EXTENDS: a movement that is a whole slip is the money of all its cheques."""
        found = super()._further_payments_under_way()
        payments = self.deposit_id.cheque_ids.payment_id
        return found | payments.filtered(lambda payment: not payment.move_id)

    @api.model
    def _reason_sentences(self):
        sentence = self.env._("it is the total of the deposit slip %(number)s")
        return {**super()._reason_sentences(), "deposit": sentence}
