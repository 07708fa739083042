from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import format_date

IMPAIRMENT = "impairment"


class RecouvDoubtfulBatch(models.Model):
    """The impairment of bought receivables that are not lost yet, in the buyer's books.

    It is a doubtful batch that moves nothing: what was bought stays where it is
    (467500) and is asked for as before. One entry brings the impairment (681740 /
    496700, released into 781740: law.md §5.4) to what is estimated at its date, by the
    table of rates or by hand. The next one starts from there: it takes over what the
    earlier ones carry and books the difference only, up or down, so that what was
    paid, lost or given back meanwhile is released. A loss releases its own at once
    (``recouv.write.off``).
    """

    _inherit = "recouv.doubtful.batch"

    kind = fields.Selection(
        selection_add=[(IMPAIRMENT, "Bought receivables")],
        ondelete={IMPAIRMENT: "set default"},
    )
    amount_change = fields.Monetary(
        "To book",
        currency_field="company_currency_id",
        compute="_compute_amount_change",
        help="The impairment listed less what earlier entries carry.",
    )

    # INSTEAD: both kinds are prepared for one closing
    _one_draft_uniq = models.UniqueIndex(
        "(company_id, date, kind) WHERE state = 'draft'",
        "A draft of that closing date exists already: use it.",
    )

    @api.model
    def default_get(self, fields_list):
        """EXTENDS: what the table says nothing of is not listed."""
        values = super().default_get(fields_list)
        if values.get("kind") == IMPAIRMENT and "min_age_days" in values:
            steps = self.env["recouv.impairment.rate"]._steps(self.env.company)
            values["min_age_days"] = steps[0][0] if steps else 0
        return values

    @api.depends("line_ids.amount_change")
    def _compute_amount_change(self):
        for batch in self:
            batch.amount_change = sum(batch.line_ids.mapped("amount_change"))

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """EXTENDS: what it is of."""
        result = super()._compute_display_name()
        for batch in self._impairments():
            batch.display_name = self.env._(
                "Impairment at %(date)s", date=format_date(self.env, batch.date) or ""
            )
        return result

    def _impairments(self):
        return self.filtered(lambda batch: batch.kind == IMPAIRMENT)

    # --- proposing ------------------------------------------------------------------

    def action_propose(self):
        """EXTENDS: rates by age; what earlier entries carry is listed whatever its
        age, to be adjusted or released."""
        result = super().action_propose()
        for batch in self._impairments():
            batch._list_carried()
            batch._apply_rates()
        return result

    def _candidates(self):
        # EXTENDS: what was bought, old enough
        if self.kind != IMPAIRMENT:
            return super()._candidates()
        return (
            Domain("company_id", "=", self.company_id.id)
            & Domain("claim_id.capacity", "=", "assignee")
            & Domain("date_due", "<=", self.date - timedelta(days=self.min_age_days))
        )

    def _carried_lines(self):
        """Return the lines of booked impairments that still depreciate a claim."""
        lines = self.env["recouv.doubtful.line"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("batch_id.kind", "=", IMPAIRMENT),
                ("batch_id.state", "=", "posted"),
                ("depreciated_on", "!=", False),
            ]
        )
        return lines.filtered(
            lambda line: not line.company_currency_id.is_zero(line._carries())
        )

    def _list_carried(self):
        carried = self._carried_lines().grouped("claim_id")
        listed = self.line_ids.claim_id
        self.line_ids = [
            Command.create(
                {
                    "claim_id": claim.id,
                    "move_line_id": claim.move_line_id.id,
                    "amount": claim.move_line_id.amount_residual,
                }
            )
            for claim in carried
            if claim not in listed
        ]
        self._note_carried(carried)

    def _note_carried(self, carried):
        """Write on each line what earlier entries carry for its claim."""
        for line in self.line_ids:
            earlier = carried.get(line.claim_id, ())
            line.amount_carried = sum(one._carries() for one in earlier)

    def _apply_rates(self):
        steps = self.env["recouv.impairment.rate"]._steps(self.company_id)

        def rate(line):
            age = (self.date - (line.date_due or self.date)).days
            reached = [percent for days, percent in steps if days <= age]
            return reached[-1] if reached else 0.0

        for percent, lines in self.line_ids.grouped(rate).items():
            lines.write({"percent": percent})

    # --- booking --------------------------------------------------------------------

    def _drop_settled(self):
        # EXTENDS: what was settled since is released, if anything is carried for it
        if self.kind != IMPAIRMENT:
            return super()._drop_settled()
        self._note_carried(self._carried_lines().grouped("claim_id"))
        for line in self.line_ids:
            item = line.move_line_id
            is_same = line.claim_id.move_line_id == item
            line.amount = item.amount_residual if is_same else 0.0
        gone = self.line_ids.filtered(
            lambda line: not (line.amount or line.amount_carried)
        )
        return gone.unlink()

    def _lines_to_depreciate(self):
        # EXTENDS: what is carried may go down, to nothing included
        if self.kind != IMPAIRMENT:
            return super()._lines_to_depreciate()
        return self.line_ids.filtered(
            lambda line: (
                not line.depreciated_on
                and (line.wanted_depreciation() or line.amount_carried)
            )
        )

    def _depreciate(self):
        # EXTENDS: the difference from what earlier entries carry
        if self.kind != IMPAIRMENT:
            return super()._depreciate()
        lines = self._lines_to_depreciate()
        earlier = self._carried_lines().grouped("claim_id")
        for line in lines:
            line.amount_depreciated = line.wanted_depreciation()
            line.depreciated_on = self.date
            line._take_over(earlier.get(line.claim_id, line.browse()))
        changes = [(line, line.amount_change) for line in lines]
        return self._book_depreciation(changes, self.date)

    def _depreciation_account(self, fname):
        """EXTENDS: a bought receivable is no customer's (467500, thus 496700)."""
        if self.kind == IMPAIRMENT and fname == "recouv_depreciation_account_id":
            fname = "recouv_impairment_account_id"
        return super()._depreciation_account(fname)

    def _book_depreciation(self, amounts, date):
        # EXTENDS: one entry of totals; what they are made of is listed here
        if self.kind != IMPAIRMENT:
            return super()._book_depreciation(amounts, date)
        money = self.company_currency_id
        up = money.round(sum(amount for _line, amount in amounts if amount > 0))
        down = money.round(sum(amount for _line, amount in amounts if amount < 0))
        if money.is_zero(up) and money.is_zero(down):
            return None
        # sudo: an entry made of checked values only, by a manager
        moves = self.env["account.move"].sudo().with_company(self.company_id)
        move = moves.create(self._impairment_vals(up, down, date))
        move._post(soft=False)
        self.sudo().depreciation_move_ids |= move
        return move

    def _impairment_vals(self, up, down, date):
        """Return the entry that adds ``up`` and releases ``down`` (not above zero)."""
        company = self.company_id
        words = self.with_context(lang=company.partner_id.lang or self.env.lang)
        journal = company._recouv_transfer_setting("recouv_doubtful_journal_id")
        kept = self._depreciation_account("recouv_depreciation_account_id")
        sides = (
            (up, "recouv_depreciation_expense_account_id",
             words.env._("Impairment of bought receivables")),
            (down, "recouv_depreciation_income_account_id",
             words.env._("Impairment of bought receivables released")),
        )  # fmt: skip
        return {
            "move_type": "entry",
            "company_id": company.id,
            "journal_id": journal.id,
            "date": date,
            "ref": words.display_name,
            "line_ids": [
                Command.create(
                    {"name": label, "account_id": account.id, "balance": balance}
                )
                for amount, fname, label in sides
                if amount
                for account, balance in (
                    (self._depreciation_account(fname), amount),
                    (kept, -amount),
                )
            ],
        }

    # --- undoing --------------------------------------------------------------------

    def _undo_obstacle(self):
        """EXTENDS: the last one first."""
        if self.line_ids.next_line_id:
            return self.env._("a later impairment started from it: undo that one.")
        return super()._undo_obstacle()

    def _undo(self):
        """EXTENDS: what earlier entries carried stands again, less what was settled."""
        own = self._impairments()
        result = super(RecouvDoubtfulBatch, self - own)._undo()
        own._check_manager()
        today = fields.Date.context_today(self)
        for batch in own:
            changes = [
                (line, line._carries() - line.amount_carried) for line in batch.line_ids
            ]
            batch._release(changes, today)
            earlier = batch.line_ids.earlier_line_ids
            earlier._give_back()
            batch._set_state("undone")
            for before, lines in earlier.grouped("batch_id").items():
                before._release([(line, line._due_release()) for line in lines], today)
        return result


class RecouvDoubtfulLine(models.Model):
    """What an impairment carries for one claim, and what took it over."""

    _inherit = "recouv.doubtful.line"

    amount_carried = fields.Monetary(
        "Carried so far", currency_field="company_currency_id", readonly=True
    )
    amount_wanted = fields.Monetary(
        "Impairment",
        currency_field="company_currency_id",
        compute="_compute_amount_change",
    )
    amount_change = fields.Monetary(
        "To book",
        currency_field="company_currency_id",
        compute="_compute_amount_change",
    )
    next_line_id = fields.Many2one(
        "recouv.doubtful.line",
        "Taken over by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
    )
    earlier_line_ids = fields.One2many(
        "recouv.doubtful.line", "next_line_id", "Taken over", readonly=True
    )
    amount_taken_over = fields.Monetary(
        currency_field="company_currency_id", readonly=True, copy=False
    )

    @api.depends("amount", "percent", "amount_carried")
    def _compute_amount_change(self):
        for line in self:
            line.amount_wanted = line.wanted_depreciation()
            line.amount_change = line.amount_wanted - line.amount_carried

    def _carries(self):
        return self.amount_depreciated - self.amount_released

    def _take_over(self, earlier):
        """From now on this line carries what earlier ones did."""
        for line in earlier:
            amount = line._carries()
            line.write(
                {
                    "next_line_id": self.id,
                    "amount_taken_over": amount,
                    "amount_released": line.amount_released + amount,
                }
            )

    def _give_back(self):
        """These carry again what a later line had taken over."""
        for line in self:
            line.write(
                {
                    "next_line_id": False,
                    "amount_released": line.amount_released - line.amount_taken_over,
                    "amount_taken_over": 0.0,
                }
            )

    def _due_release(self):
        # EXTENDS: what was taken over is released there
        return 0.0 if self.next_line_id else super()._due_release()

    def _transfer(self):
        # EXTENDS: what was bought stays on its account
        moved = self.filtered(lambda line: line.batch_id.kind != IMPAIRMENT)
        return super(RecouvDoubtfulLine, moved)._transfer() if moved else None


class ResCompany(models.Model):
    _inherit = "res.company"

    recouv_impairment_account_id = fields.Many2one(
        "account.account", "Impairment of bought receivables", check_company=True
    )

    @api.model
    def _recouv_depreciation_codes(self):
        """EXTENDS: what was bought is a sundry debtor's (law.md §5.4)."""
        codes = super()._recouv_depreciation_codes()
        return codes | {"recouv_impairment_account_id": "496700"}


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    recouv_impairment_account_id = fields.Many2one(
        related="company_id.recouv_impairment_account_id", readonly=False
    )
