import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..lib.table_file import SentenceValues

_logger = logging.getLogger(__name__)

STATES = [
    ("nothing", "Nothing found"),
    ("proposed", "To confirm"),
    ("applied", "Matched"),
    ("undone", "Undone"),
    ("set_aside", "Left aside"),
]
# a movement that waited longer is a person's to settle
SEARCH_DAYS = 120
SEARCH_BATCH = 500


class RecouvBankMatch(models.Model):
    """What a movement of the bank may pay, with a score and the reason for it.

    The best proposal of a movement has rank 1; a movement for which nothing was found
    has one row too, so that the list shows all that waits. Whoever does the bank in a
    practice may not write bank movements: the actions here are the only way, and they
    apply only proposals that the system made or checked.
    """

    _name = "recouv.bank.match"
    _description = "Match of a bank movement"
    _order = "date desc, statement_line_id desc, rank, id"
    _check_company_auto = True

    statement_line_id = fields.Many2one(
        "account.bank.statement.line",
        "Bank movement",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    import_id = fields.Many2one(
        "recouv.bank.import", "Bank file", readonly=True, index="btree_not_null"
    )
    journal_id = fields.Many2one("account.journal", "Bank account", readonly=True)
    date = fields.Date(readonly=True)
    label = fields.Char(readonly=True)
    payer_name = fields.Char("Payer", readonly=True)
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    rank = fields.Integer(readonly=True, default=1)
    state = fields.Selection(STATES, required=True, readonly=True, default="proposed")
    is_waiting = fields.Boolean(
        "To match", compute="_compute_is_waiting", search="_search_is_waiting"
    )
    rule = fields.Char(readonly=True, help="Code of the strongest evidence.")
    score = fields.Integer(
        readonly=True, aggregator=None, help="0 to 100: how sure this match is."
    )
    reasons = fields.Json(readonly=True)
    reason = fields.Char(compute="_compute_reason")
    partner_id = fields.Many2one("res.partner", "Debtor", readonly=True)
    match_currency_id = fields.Many2one("res.currency", readonly=True)
    line_ids = fields.One2many("recouv.bank.match.line", "match_id", readonly=True)
    invoices = fields.Char("Pays", compute="_compute_invoices")
    rest = fields.Monetary(
        "Too much",
        currency_field="match_currency_id",
        readonly=True,
        help="Stays open for the debtor.",
    )
    is_automatic = fields.Boolean("Matched by itself", readonly=True)
    payment_id = fields.Many2one(
        "account.payment",
        "Registered payment",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="Entered before the bank confirmed it; the movement is its money.",
    )
    applied_on = fields.Datetime(readonly=True)
    applied_by_id = fields.Many2one("res.users", readonly=True)
    other_ids = fields.Many2many(
        "recouv.bank.match", string="Other possibilities", compute="_compute_other_ids"
    )

    _applied_uniq = models.UniqueIndex(
        "(statement_line_id) WHERE state = 'applied'",
        "This movement is matched already.",
    )
    # The list of what waits: the best proposal of each movement.
    _waiting_idx = models.Index(
        "(company_id, date) WHERE rank = 1 AND state IN ('nothing', 'proposed')"
    )

    @api.depends("label", "payer_name")
    def _compute_display_name(self):
        for match in self:
            match.display_name = match.payer_name or match.label or "/"

    @api.depends("statement_line_id.is_reconciled", "state")
    def _compute_is_waiting(self):
        # As superuser: who may read a match need not read statement lines, and learns
        # no more from this than from the match itself.
        for match in self.sudo():
            match.is_waiting = (
                match.state in ("nothing", "proposed")
                and not match.statement_line_id.is_reconciled
            )

    def _search_is_waiting(self, operator, value):
        if operator != "in":
            return NotImplemented
        waiting = Domain("state", "in", ("nothing", "proposed")) & Domain(
            # any!: as superuser, for the reason given above.
            "statement_line_id",
            "any!",
            [("is_reconciled", "=", False)],
        )
        return waiting if True in value else ~waiting

    @api.depends("reasons")
    @api.depends_context("lang")
    def _compute_reason(self):
        sentences = self._reason_sentences()
        for match in self:
            parts = [
                sentences.get(code, code) % SentenceValues(values)
                for code, values in match.reasons or []
            ]
            match.reason = "; ".join(parts) or self.env._("Nothing found")

    @api.depends("line_ids.label")
    def _compute_invoices(self):
        for match in self:
            match.invoices = ", ".join(match.line_ids.mapped("label"))

    def _compute_other_ids(self):
        for match in self:
            match.other_ids = self.search(
                [
                    ("statement_line_id", "=", match.statement_line_id.id),
                    ("id", "!=", match.id),
                    ("state", "=", "proposed"),
                ]
            )

    # --- actions -----------------------------------------------------------------

    def action_apply(self):
        """Match as proposed. Several at once: each by itself, failures are told."""
        self._check_may_match()
        if len(self) == 1:
            return self._apply()
        done, failures = self._apply_each()
        return self._notification(done, failures)

    def action_undo(self):
        """Take a match back: the movement waits again, the invoices are open again."""
        self._check_may_match()
        for match in self:
            if match.state != "applied":
                raise UserError(self.env._("Only a match that is applied is undone."))
            # As superuser: see the class; the access was checked just before.
            match.sudo().statement_line_id.action_undo_reconciliation()
            match.sudo()._reopen_payment()
            match.sudo().statement_line_id._recouv_propose(automatic=False)

    def _reopen_payment(self):
        """The payment that the movement was taken for is under way again."""
        paid = self.payment_id.exists() | self._further_payments_under_way()
        paid.filtered(lambda p: p.state == "paid" and not p.move_id).write(
            {"state": "in_process"}
        )

    def action_set_aside(self):
        """This movement pays no invoice: it waits for the accountant instead."""
        self._check_may_match()
        # As superuser: see the class; all proposals of the movement go with it.
        matches = self.sudo().statement_line_id.recouv_match_ids
        waiting = matches.filtered(lambda m: m.state in ("nothing", "proposed"))
        waiting.write({"state": "set_aside"})

    def action_search_again(self):
        """Look again, with what has been invoiced or entered meanwhile."""
        known = self.exists()  # a second click: it was replaced by a new one
        known._check_may_match()
        # As superuser: see the class; nothing is applied here.
        known.sudo().statement_line_id._recouv_propose(automatic=False)

    def action_choose(self):
        """Open the dialog in which a person chooses what the movement pays."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What does this movement pay?"),
            "res_model": "recouv.bank.match.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_match_id": self.id},
        }

    @api.model
    def _cron_search_again(self):
        """Look again for movements for which nothing was found.

        The invoice or the letter may have been made after the statement. Company by
        company, in batches committed one after the other; what is certain is applied
        as at the import. A batch that is refused waits for the next day.
        """
        since = fields.Date.subtract(fields.Date.context_today(self), days=SEARCH_DAYS)
        domain = [("state", "=", "nothing"), ("date", ">=", since)]
        for company, found in self._read_group(
            domain, ["company_id"], ["statement_line_id:recordset"]
        ):
            lines = found.with_company(company)
            for start in range(0, len(lines), SEARCH_BATCH):
                batch = lines[start : start + SEARCH_BATCH]
                batch._recouv_propose_or_tell()
                if not self.env["ir.cron"]._commit_progress(len(batch)):
                    return

    # --- business ----------------------------------------------------------------

    def _check_may_match(self):
        """The rights of the caller, before anything is done with those of the system.

        The rule on the company is checked with it.
        """
        self.check_access("read")
        if not (self.env.su or self.env.user.has_group("recouv_lib.group_user")):
            raise AccessError(
                self.env._("Matching the bank is for users of the follow-up.")
            )

    @api.model
    def _replace(self, st_lines, proposals):
        """Keep the proposals of these movements in place of the former ones.

        :param proposals: {statement line id: list of `matching.Proposal`}
        """
        # As superuser: proposals are written by the system only, so that nobody can
        # have something else applied than what was found.
        Match = self.sudo()
        Match.search(
            [
                ("statement_line_id", "in", st_lines.ids),
                ("state", "in", ("nothing", "proposed", "set_aside")),
            ]
        ).unlink()
        vals_list = []
        for st_line in st_lines:
            found = proposals.get(st_line.id) or [None]
            vals_list += [
                self._proposal_vals(st_line, proposal, rank)
                for rank, proposal in enumerate(found, start=1)
            ]
        return Match.create(vals_list)

    @api.model
    def _proposal_vals(self, st_line, proposal, rank):
        vals = {
            "statement_line_id": st_line.id,
            "company_id": st_line.company_id.id,
            "import_id": st_line.recouv_import_id.id,
            "journal_id": st_line.journal_id.id,
            "date": st_line.date,
            "label": st_line.payment_ref,
            "payer_name": st_line.partner_name or st_line.partner_id.name,
            "amount": st_line.amount,
            "currency_id": st_line.currency_id.id,
            "rank": rank,
            "state": "proposed" if proposal else "nothing",
        }
        return {**vals, **(proposal or {})}

    def _apply_certain(self):
        """Apply what is at or above the company's threshold; 0 switches it off.

        One at a time in a savepoint: what has changed meanwhile stays for a person. A
        movement whose match a person has undone is left to that person.
        """
        # chosen first: applying the best proposal deletes the others of its movement
        for match in self.filtered(lambda match: match.rank == 1):
            threshold = match.company_id.recouv_bank_auto_score
            if not 0 < threshold <= match.score:
                continue
            others = match.statement_line_id.recouv_match_ids - match
            if not others.filtered(lambda other: other.state == "undone"):
                match._apply_one(is_automatic=True)

    def _fill_other_screen(self):
        """Where OCA's reconciliation is installed, put the best proposals into it.

        Whoever works there finds the same items chosen; both screens then write the
        same entry, and what one has matched does not wait in the other.
        """
        Line = self.env["account.bank.statement.line"]
        if "reconcile_data_info" not in Line._fields:
            return
        best = self.filtered(lambda m: m.rank == 1 and m.state == "proposed")
        # sudo: the other screen's own fields, of movements whose matches were read
        for match in best.sudo():
            for line in match.line_ids:
                match.statement_line_id._add_account_move_line(
                    line.move_line_id, keep_current=True
                )

    def _apply_each(self):
        done, failures = 0, []
        for match in self:
            error = match._apply_one()
            done += not error
            if error:
                failures.append(f"{match.display_name}: {error}")
        return done, failures

    def _apply_one(self, is_automatic=False):
        """Apply in a savepoint; return the message if it was refused, else None."""
        try:
            with self.env.cr.savepoint():
                self._apply(is_automatic)
        except UserError as error:
            _logger.info("Match %s was not applied: %s", self.id, error)
            return str(error)
        return None

    def _apply(self, is_automatic=False):
        """Write the match into the books and keep who did it."""
        self.ensure_one()
        if self.state not in ("proposed", "set_aside") or not self.partner_id:
            raise UserError(self.env._("There is nothing to match here."))
        # As superuser: a secretary does not write movements; the caller's access was
        # checked, the items are checked again under lock by what is called here.
        match = self.sudo()
        given = [(line.move_line_id, line.amount) for line in match.line_ids]
        if not all(item for item, _amount in given):
            raise UserError(self.env._("An invoice is gone since. Search again."))
        payment = match._payment_under_way()
        match.statement_line_id._recouv_settle(
            given, match.partner_id, match.match_currency_id
        )
        under_way = payment | match._further_payments_under_way()
        under_way.filtered(lambda p: p.state == "in_process").action_validate()
        match.write(
            {
                "state": "applied",
                "payment_id": payment.id,
                "is_automatic": is_automatic,
                "applied_on": fields.Datetime.now(),
                "applied_by_id": self.env.uid,
            }
        )
        (match.statement_line_id.recouv_match_ids - match).filtered(
            lambda other: other.state in ("nothing", "proposed")
        ).unlink()

    def _further_payments_under_way(self):
        """Return other payments that this movement is the money of."""
        return self.env["account.payment"]

    def _payment_under_way(self):
        """Return the registered payment without entry that this movement is, if any.

        The money has come: it may not lower what is owed a second time.
        """
        line = self.statement_line_id
        return self.env["account.payment"].search(
            [
                ("state", "=", "in_process"),
                ("move_id", "=", False),
                ("journal_id", "=", line.journal_id.id),
                ("currency_id", "=", line.currency_id.id),
                ("amount", "=", abs(line.amount)),
                ("payment_type", "=", "inbound" if line.amount > 0 else "outbound"),
                ("invoice_ids", "in", self.line_ids.move_line_id.move_id.ids),
            ],
            order="date, id",
            limit=1,
        )

    def _notification(self, done, failures):
        text = self.env._("%(done)s matched.", done=done)
        if failures:
            text += "\n" + "\n".join(failures[:10])
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": text,
                "type": "warning" if failures else "success",
                "sticky": bool(failures),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # --- sentences ---------------------------------------------------------------

    @api.model
    def _reason_sentences(self):
        """Code of an evidence or of an amount → sentence; add-ons add their own."""
        _ = self.env._
        return {
            "notice": _("carries the reference %(reference)s of a notice"),
            "structured": _("carries the reference %(reference)s of an invoice"),
            "payment": _("payment %(number)s was entered for it"),
            "number": _("names %(number)s"),
            "number_loose": _("names what may be %(number)s"),
            "iban": _("comes from the debtor's account"),
            "history": _("this account has paid for the debtor before"),
            "partner": _("the debtor is named on the movement"),
            "name": _("the payer has the debtor's name"),
            "name_close": _("the payer's name is like the debtor's"),
            "amount": _("the only open item of this amount"),
            "manual": _("chosen by a person"),
            "one": _("the amount is exact"),
            "all": _("the amount is the sum of the %(count)s items"),
            "some": _("the amount is the sum of %(count)s items"),
            "same_amount": _("several items have this amount, the oldest is taken"),
            "part": _("pays a part"),
            "excess": _("more than what is open; the rest stays for the debtor"),
            "oldest": _("pays a part of what the debtor owes, the oldest first"),
            "nothing_open": _("nothing is open any more; it stays for the debtor"),
            "third_party": _("paid by someone else"),
            "ambiguous": _("another debtor is as likely"),
        }
