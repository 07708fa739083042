from odoo import api, fields, models


class RecouvDoubtfulBatch(models.Model):
    """A later batch reviews what earlier ones depreciate.

    What is lost on a receivable is estimated anew at each closing (PCG, art. 214-25).
    So a batch also lists, for their depreciation alone, the claims that earlier ones
    depreciate, whatever their age, and with a rate those that someone made doubtful
    without depreciating them. It takes over what is carried for each and books the
    difference only, up or down: what was paid or brought back meanwhile is released.
    """

    _inherit = "recouv.doubtful.batch"

    amount_change = fields.Monetary(
        "To book",
        currency_field="company_currency_id",
        compute="_compute_amount_change",
        help="The depreciation listed less what earlier entries carry.",
    )

    @api.depends("line_ids.amount_change")
    def _compute_amount_change(self):
        for batch in self:
            batch.amount_change = sum(batch.line_ids.mapped("amount_change"))

    # --- proposing ------------------------------------------------------------------

    def action_propose(self):
        """EXTENDS: what earlier entries carry is listed too, to be adjusted."""
        result = super().action_propose()
        for batch in self:
            batch._list_carried()
            batch._apply_rates()
        return result

    def _carried_lines(self):
        """Return the lines of booked batches of this kind that still depreciate."""
        lines = self.env["recouv.doubtful.line"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("batch_id.kind", "=", self.kind),
                ("batch_id.state", "=", "posted"),
                ("depreciated_on", "!=", False),
            ]
        )
        return lines.filtered(
            lambda line: not line.company_currency_id.is_zero(line._carries())
        )

    def _list_carried(self):
        """List what is carried beside what was proposed; what a closing after this one
        estimated is not estimated again."""
        carried = self._carried_lines().grouped("claim_id")
        later = {
            claim
            for claim, lines in carried.items()
            if max(lines.mapped("depreciated_on")) > self.date
        }
        self.line_ids.filtered(lambda line: line.claim_id in later).unlink()
        listed = self.line_ids.claim_id
        self._list(
            {
                "claim_id": claim.id,
                "move_line_id": claim.move_line_id.id,
                "is_depreciation_only": True,
            }
            for claim in carried
            if claim not in listed and claim not in later
        )
        self._read_anew()

    def _read_anew(self):
        """Write on each line what earlier entries carry for its claim and, where it
        does not move, what is owed on it now."""
        staying = self.line_ids.filtered(lambda line: not line._is_moved())
        items = self._depreciated_items(staying.claim_id)
        for line in staying:
            item = line.move_line_id
            stands = item in items and line.claim_id.move_line_id == item
            line._record({"amount": item.amount_residual if stands else 0.0})
        self._note_carried(self._carried_lines().grouped("claim_id"))

    def _note_carried(self, carried):
        for line in self.line_ids:
            earlier = carried.get(line.claim_id, ())
            carried_so_far = sum(one._carries() for one in earlier)
            line._record({"amount_carried": carried_so_far})

    def _depreciated_items(self, claims):
        """Return the items of ``claims`` that are depreciated where they stand."""
        transfers = self.env["recouv.transfer"].search(
            [
                ("target_line_id", "in", claims.move_line_id.ids),
                ("kind", "=", "doubtful"),
                ("state", "=", "posted"),
            ]
        )
        return transfers.target_line_id

    def _apply_rates(self):
        """The batch's rate counts for what is listed, but never lowers what is
        depreciated already: that is decided claim by claim."""
        carried = self._carried_lines().grouped("claim_id")

        def rate(line):
            earlier = carried.get(line.claim_id, ())
            return max([self.depreciation_percent, *(one.percent for one in earlier)])

        for percent, lines in self.line_ids.grouped(rate).items():
            lines.write({"percent": percent})

    # --- booking --------------------------------------------------------------------

    def _drop_settled(self):
        """EXTENDS: of what does not move, leave out what changes nothing."""
        self._read_anew()
        staying = self.line_ids.filtered(lambda line: not line._is_moved())
        staying.filtered(lambda line: line._is_idle()).unlink()
        return super()._drop_settled()

    # --- undoing --------------------------------------------------------------------

    def _undo_obstacle(self):
        """EXTENDS: the last one first."""
        if later := self.line_ids.next_line_id.batch_id:
            return self.env._(
                "%(batch)s started from it: undo that one first.",
                batch=later[0].display_name,
            )
        return super()._undo_obstacle()

    def _restore_earlier(self, date):
        """What earlier lines carried stands again, less what was settled since."""
        earlier = self.line_ids.earlier_line_ids
        earlier._give_back()
        earlier.invalidate_recordset(["amount_open"])
        for batch, lines in earlier.grouped("batch_id").items():
            batch._release([(line, line._due_release()) for line in lines], date)


class RecouvDoubtfulLine(models.Model):
    """What a line carries of earlier depreciations, and what took it over."""

    _inherit = "recouv.doubtful.line"

    is_depreciation_only = fields.Boolean(
        "Depreciation only",
        readonly=True,
        help="It stands on its account already: only its depreciation is booked.",
    )
    amount_carried = fields.Monetary(
        "Carried so far", currency_field="company_currency_id", readonly=True
    )
    amount_wanted = fields.Monetary(
        "Depreciation needed",
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

    def _is_moved(self):
        """Whether booking moves it to the doubtful account."""
        self.ensure_one()
        return not self.is_depreciation_only

    def _is_idle(self):
        """Whether there is nothing to book for it."""
        return self.company_currency_id.is_zero(self.amount_change)

    def _carries(self):
        return self.amount_depreciated - self.amount_released

    def _take_over(self, earlier):
        """From now on this line carries what earlier ones did."""
        for line in earlier:
            amount = line._carries()
            line._record(
                {
                    "next_line_id": self.id,
                    "amount_taken_over": amount,
                    "amount_released": line.amount_released + amount,
                }
            )

    def _give_back(self):
        """These carry again what a later line had taken over."""
        for line in self:
            line._record(
                {
                    "next_line_id": False,
                    "amount_released": line.amount_released - line.amount_taken_over,
                    "amount_taken_over": 0.0,
                }
            )

    def _due_release(self):
        """EXTENDS: what was taken over is released there."""
        return 0.0 if self.next_line_id else super()._due_release()
