from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

# what a person writes on a held cheque; its day only with a manager and a reason
ON_PAPER = {
    "drawer",
    "number",
    "bank_name",
    "deposit_on",
    "deposit_on_reason",
    "deposit_id",
}


class RecouvCheque(models.Model):
    """A cheque in the practice's drawer, until it is banked or given back.

    One to bank later makes no payment before its day: it is no money yet. Meanwhile
    what it covers is not relanced, by a suspension like any other.
    """

    _name = "recouv.cheque"
    _inherit = ["recouv.evidence.mixin"]
    _description = "Cheque"
    _order = "deposit_on, id"
    _check_company_auto = True

    collection_id = fields.Many2one(
        "recouv.collection",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    partner_id = fields.Many2one(
        "res.partner", "Debtor", related="collection_id.partner_id", store=True
    )
    drawer = fields.Char(help="Who signed it, when it is not the debtor.")
    number = fields.Char("Cheque number")
    bank_name = fields.Char("Bank")
    amount = fields.Monetary(related="collection_id.amount", store=True)
    currency_id = fields.Many2one(related="collection_id.currency_id", store=True)
    received_on = fields.Date(required=True, readonly=True)
    deposit_on = fields.Date(
        "To bank from", required=True, help="It may not be banked before this day."
    )
    deposit_on_reason = fields.Char("Why the day was changed")
    state = fields.Selection(
        [
            ("held", "Held"),
            ("deposited", "Deposited"),
            ("bounced", "Sent back by the bank"),
            ("returned", "Given back"),
        ],
        default="held",
        required=True,
        readonly=True,
    )
    plan_line_id = fields.Many2one(
        "recouv.plan.line",
        "Instalment",
        readonly=True,
        check_company=True,
        index="btree_not_null",
        copy=False,
        help="The instalment of an agreement that it pays when it is banked.",
    )
    hold_id = fields.Many2one("recouv.hold", "Suspension", readonly=True, copy=False)
    deposit_id = fields.Many2one(
        "recouv.deposit",
        "Cheque deposit slip",
        check_company=True,
        index="btree_not_null",
        copy=False,
    )
    payment_id = fields.Many2one(related="collection_id.payment_id")
    is_cleared = fields.Boolean("Confirmed by the bank", compute="_compute_is_cleared")
    problem = fields.Char("To look at", compute="_compute_problem")
    note = fields.Text()

    # the day asks for the cheques whose day has come
    _to_bank_idx = models.Index("(company_id, deposit_on) WHERE state = 'held'")

    @api.depends("number", "partner_id", "bank_name")
    def _compute_display_name(self):
        for cheque in self:
            parts = [cheque.bank_name, cheque.number, cheque.partner_id.name]
            cheque.display_name = " ".join(filter(None, parts))

    def _compute_is_cleared(self):
        for cheque in self:
            cheque.is_cleared = (
                cheque.state == "deposited" and cheque.payment_id._recouv_is_banked()
            )

    def _compute_problem(self):
        """A held cheque for an invoice that was paid meanwhile is found by itself."""
        for cheque in self:
            labels = [line.label for line in cheque._stale_lines()]
            cheque.problem = bool(labels) and self.env._(
                "%(invoices)s: paid meanwhile. Give the cheque back, or lay it on "
                "other invoices.",
                invoices=", ".join(filter(None, labels)),
            )

    @api.constrains("collection_id", "deposit_on", "received_on")
    def _check_days(self):
        for cheque in self:
            if cheque.deposit_on < cheque.received_on:
                raise ValidationError(
                    self.env._(
                        "%s: a cheque cannot be banked before it was received.",
                        cheque.display_name,
                    )
                )

    @api.constrains("deposit_id", "state")
    def _check_slip(self):
        for cheque in self.filtered(lambda c: c.state == "held" and c.deposit_id):
            if cheque.deposit_id.state != "draft":
                raise ValidationError(
                    self.env._(
                        "%(cheque)s: the slip %(slip)s is not being prepared any "
                        "more. Put it on another one.",
                        cheque=cheque.display_name,
                        slip=cheque.deposit_id.display_name,
                    )
                )

    # --- what a person writes -------------------------------------------------------

    def _editable_fields(self):
        """What stands on the paper may be completed while it lies in the drawer."""
        return {"note"} | (ON_PAPER if self.state == "held" else set())

    def write(self, vals):
        """The day agreed with the debtor changes only with a manager and a reason."""
        moved = "deposit_on" in vals and self.filtered(
            lambda cheque: cheque.deposit_on != fields.Date.to_date(vals["deposit_on"])
        )
        if moved:
            moved._check_may_move(vals)
        result = super().write(vals)
        if moved:
            moved._cover()
        return result

    def _check_may_move(self, vals):
        if self.filtered(lambda cheque: cheque.state != "held"):
            raise UserError(self.env._("Only a held cheque may change its day."))
        if not (self.env.su or self.env.user.has_group("recouv_lib.group_manager")):
            raise AccessError(
                self.env._("Only a manager changes the day agreed for a cheque.")
            )
        if not (vals.get("deposit_on_reason") or "").strip():
            raise UserError(self.env._("Say why the day is changed."))

    # --- what it covers -------------------------------------------------------------

    def _stale_lines(self):
        """Return the lines whose invoice no longer owes what the cheque was for."""
        self.ensure_one()
        lines = self.collection_id.line_ids
        if self.state != "held" or self.payment_id or not lines:
            return lines.browse()
        owed = self.collection_id._owed_on(lines.move_line_id)
        return lines.filtered(
            lambda line: (
                line.move_line_id.parent_state != "posted"
                or line.currency_id.compare_amounts(
                    line.amount, owed.get(line.move_line_id, 0.0)
                )
                > 0
            )
        )

    def _covers_later(self):
        return self.state == "held" and not self.payment_id

    def _cover(self):
        """Suspend what a held cheque covers until some days after its day, and lift
        that suspension when it covers nothing more."""
        for cheque in self:
            if not cheque._covers_later():
                cheque._uncover()
                continue
            items = cheque.collection_id.line_ids.move_line_id
            claims = items.recouv_claim_ids.filtered(lambda claim: not claim.closed_on)
            if claims:
                cheque._suspend(claims)
            else:
                cheque._uncover()

    def _suspend(self, claims):
        if self.hold_id.lifted_by_id or self.hold_id.undone_on:
            return  # a human decided otherwise
        # nor for a claim that was taken out of it and lifted
        claims -= self.hold_id.split_ids.filtered("lifted_by_id").claim_ids
        if not claims:
            return
        days = self.company_id.recouv_cheque_grace_days
        vals = {
            "claim_ids": [Command.set(claims.ids)],
            "date_to": fields.Date.add(self.deposit_on, days=days),
        }
        if self.hold_id:
            last_day = fields.Date.to_date(vals["date_to"])
            if self.hold_id.claim_ids != claims or self.hold_id.date_to != last_day:
                self.hold_id.write(vals)
            return
        hold = self.env["recouv.hold"].create(
            {
                **vals,
                "company_id": self.company_id.id,
                "partner_id": False,
                "reason": "cheque",
                "date_from": self.received_on,
                "note": self.display_name,
            }
        )
        self._record({"hold_id": hold.id})

    def _uncover(self):
        if self.hold_id:
            holds = self.hold_id | self.hold_id.split_ids
            holds.action_lift(self.env._("Cheque: %s", self.state))
            self._record({"hold_id": False})

    @api.model
    def _cover_new(self, company):
        """A claim that began after the cheque was received is covered too."""
        domain = [
            ("company_id", "=", company.id),
            ("state", "=", "held"),
            ("collection_id.payment_id", "=", False),
        ]
        self.search(domain)._cover()

    # --- the items it was laid on ---------------------------------------------------

    @api.model
    def _held_on(self, items):
        """Return {item: what cheques held will pay of it}, those of ``self`` left
        out."""
        lines = self._lines_held_on(items).filtered(
            lambda line: line.collection_id not in self.collection_id
        )
        return {
            item: sum(mine.mapped("amount"))
            for item, mine in lines.grouped("move_line_id").items()
        }

    @api.model
    def _lines_held_on(self, items):
        """Return the lines of cheques held that are laid on these items."""
        return self.env["recouv.collection.line"].search(
            [
                ("move_line_id", "in", items.ids),
                ("collection_id.cheque_ids.state", "=", "held"),
                ("collection_id.payment_id", "=", False),
            ]
        )

    @api.model
    def _follow_items(self, moved):
        """Lay what cheques held will pay of an item on the one that replaced it.

        The same debtor owes the same sum there (the year-end move to doubtful accounts
        and its return): the cheque goes on being awaited, and suspending.

        :param moved: {item before: item after}
        """
        items = self.env["account.move.line"].union(*moved)
        lines = self._lines_held_on(items)
        for line in lines:
            line._record({"move_line_id": moved[line.move_line_id].id})
        lines.collection_id.cheque_ids._cover()

    # --- actions --------------------------------------------------------------------

    def action_give_back(self):
        """The debtor has his cheque back; what it covered is open as before.

        A cheque that counts already is given back by undoing its collection.
        """
        for cheque in self:
            if cheque.state != "held":
                raise UserError(
                    self.env._("%s is not held any more.", cheque.display_name)
                )
        paid = self.filtered("payment_id")
        if paid:
            return paid.collection_id.action_ask_undo()
        self._record({"state": "returned", "deposit_id": False})
        self._cover()
        return True

    def action_take_back(self):
        """It was not given back after all: held again."""
        for cheque in self:
            if cheque.state != "returned" or cheque.collection_id.undone_on:
                raise UserError(
                    self.env._("%s cannot be held again.", cheque.display_name)
                )
        self._record({"state": "held"})
        self._cover()
        return True

    def action_reallocate(self):
        """Lay a held cheque on what the debtor owes now (Code civil, art. 1342-10)."""
        for cheque in self:
            if not cheque._covers_later():
                raise UserError(
                    self.env._(
                        "%s counts already: it is laid on other invoices by undoing "
                        "its collection.",
                        cheque.display_name,
                    )
                )
            cheque._lay_again()
        return True

    def _lay_again(self):
        act = self.collection_id
        today = fields.Date.context_today(self)
        items = act._open_items(self.company_id, self.partner_id, self.currency_id)
        items = items.filtered(lambda item: item.amount_residual_currency > 0)
        given = act._impute(act.amount, items, today, self._held_on(items))
        self._check_laid_again(sum(given.values()))
        again = [
            Command.create(act._line_vals(self.company_id, item, part))
            for item, part in given.items()
        ]
        act._record({"line_ids": [Command.clear(), *again]})
        self._cover()

    def _check_laid_again(self, laid):
        """Refuse to make a mere credit of a cheque that was given for invoices."""
        if self.currency_id.is_zero(laid):
            raise UserError(
                self.env._(
                    "%(cheque)s: %(debtor)s owes nothing more that it could pay, other "
                    "cheques held being counted. Give the cheque back.",
                    cheque=self.display_name,
                    debtor=self.partner_id.name,
                )
            )
        act = self.collection_id
        act._check_rest(self.company_id, self.currency_id, act.amount, laid)

    def action_bounce(self):
        self.ensure_one()
        if self.state != "deposited":
            raise UserError(self.env._("%s was not deposited.", self.display_name))
        return self.payment_id.action_recouv_bounce()


class RecouvHold(models.Model):
    _inherit = "recouv.hold"

    reason = fields.Selection(
        selection_add=[("cheque", "Cheque held")], ondelete={"cheque": "set default"}
    )


class RecouvEngine(models.AbstractModel):
    _inherit = "recouv.engine"

    @api.model
    def _create_claims(self, company, today, debtors=None, in_review=None):
        created = super()._create_claims(company, today, debtors, in_review)
        if created:
            self.env["recouv.cheque"]._cover_new(company)
        return created
