from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.recouv_lib.models.recouv_derived_mixin import derived_search
from odoo.addons.recouv_lib.models.recouv_placement_line import SILENT

from .recouv_assignment import STATES


class RecouvAssignment(models.Model):
    """The transfer of a schedule, in the books of the practice and of its buyer.

    Strategy: lock the schedule, then its receivables; check everything in both
    companies and name what is missing; only then write, in one transaction: entries of
    25 transfers in each company, each settled at once, the buyer's claims in one
    statement, one invoice and one bill of the fee, one settling entry in each company
    that leaves one open item for the price and one for the holdback. A second call
    finds the schedule transferred and changes nothing.

    Runs elevated on checked values: this is the one place where a sale is written in
    two companies; the user who asked stays the author of the entries.
    """

    _name = "recouv.assignment"
    _inherit = ["recouv.assignment", "recouv.derived.mixin"]

    state = fields.Selection(
        STATES, compute="_compute_derived", search=derived_search("state")
    )
    bill_id = fields.Many2one(
        "account.move", "Bill of the commission", readonly=True, copy=False
    )
    settlement_move_id = fields.Many2one(
        "account.move", "Settling entry", readonly=True, copy=False
    )
    price_item_id = fields.Many2one(
        "account.move.line",
        "Price receivable",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    holdback_item_id = fields.Many2one(
        "account.move.line",
        "Holdback receivable",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    @api.model
    def _derived_sql(self, fname, alias):
        if fname != "state":
            return super()._derived_sql(fname, alias)
        return SQL(
            """(CASE WHEN %(one)s.stage = 'transferred' AND NOT EXISTS (
                          SELECT 1 FROM account_move_line pi
                           WHERE pi.id = %(one)s.price_item_id
                             AND pi.reconciled IS NOT TRUE)
                     THEN 'paid' ELSE %(one)s.stage END)""",
            one=SQL.identifier(alias),
        )

    @api.model
    def _derived_reads(self):
        """EXTENDS: the stage, and the item of the price."""
        names = ("stage", "price_item_id")
        return [*super()._derived_reads(), *(self._fields[name] for name in names)]

    # --- the transfer -----------------------------------------------------------------

    def _transfer(self):
        """Book these signed schedules in both companies, once.

        :raise AccessError: no manager of the practice
        :raise UserError: what is missing, locked or changed, named; nothing is booked
        """
        self._check_transfer_rights()
        for assignment in self:
            # sudo: rights checked; see the class
            assignment.sudo().with_context(**SILENT)._transfer_one()
        return True

    def _check_transfer_rights(self):
        if self.env.su:
            return
        self.check_access("write")
        if not self.env.user.has_group("recouv_lib.group_manager"):
            raise AccessError(self.env._("Only a manager sells receivables."))

    def _transfer_one(self):
        if not self._lock_to_transfer():
            return
        day = fields.Date.context_today(self)
        lines = self._lines_to_transfer()
        self._check_transferable(lines, day)
        self._open_claims(lines, day)
        transfers = self._post_transfers(lines, day)
        self._take_over(lines, transfers, day)
        self._give_claims_over(lines)
        self._settle(transfers, self._invoice_fee(day), day)
        lines._release_depreciations(day)
        self._record({"stage": "transferred", "transferred_on": day})

    def _lock_to_transfer(self):
        """Lock the schedule; say whether it is still to be transferred.

        :raise UserError: someone else is confirming it, or it is not decided
        """
        self.flush_recordset()
        self._recouv_lock_rows()
        if self.stage == "transferred":
            return False
        if self.stage != "decided":
            raise UserError(
                self.env._("The schedule %s is not decided yet.", self.name)
            )
        return True

    def _lines_to_transfer(self):
        """Return the accepted lines, their items locked and read afresh."""
        lines = self.line_ids.filtered(lambda line: line.state == "accepted")
        items = lines.origin_line_id
        items.flush_recordset()
        items._recouv_lock_rows()
        return lines

    # --- checks -----------------------------------------------------------------------

    def _check_transferable(self, lines, day):
        """Check the sale before anything is written, in either company."""
        if not lines:
            raise UserError(
                self.env._("Nothing of the schedule %s was accepted.", self.name)
            )
        if not self.signed_on:
            raise UserError(
                self.env._(
                    "The deed of the schedule %s is not signed by both: without it the "
                    "sale is void (C. civ. 1322). Nothing was booked.",
                    self.name,
                )
            )
        self._check_contract_stands(day)
        for line in lines:
            line._check_sellable(self.currency_id, day)
        self._check_settings(day)

    def _check_contract_stands(self, day):
        contract = self.contract_id
        if code := contract._stop_code(day):
            raise UserError(
                self.env._(
                    "The contract %(contract)s does not stand on %(date)s: %(why)s "
                    "Nothing was booked.",
                    contract=contract.name,
                    date=fields.Date.to_string(day),
                    why=contract._stop_messages()[code],
                )
            )

    def _check_settings(self, day):
        """Name what is missing or locked in one of the two companies."""
        practice, agency = self.company_id, self.contract_id.agency_id
        if not practice.currency_id == agency.currency_id == self.currency_id:
            raise UserError(
                self.env._(
                    "%(practice)s, %(agency)s and the schedule %(schedule)s must share "
                    "one currency. Nothing was booked.",
                    practice=practice.name,
                    agency=agency.name,
                    schedule=self.name,
                )
            )
        for fname in ("recouv_assignment_account_id", "recouv_holdback_account_id"):
            practice._recouv_transfer_setting(fname)
        agency._recouv_transfer_setting("recouv_assignors_account_id")
        agency._recouv_check_acquired_account()
        for company in (practice, agency):
            company._recouv_transfer_setting("recouv_assignment_journal_id")
            company._recouv_check_books_open(company, day)
        for what, _amount, _rate in self._fee_parts():
            practice._recouv_transfer_setting(f"recouv_{what}_account_id")

    # --- the transfers ----------------------------------------------------------------

    def _open_claims(self, lines, day):
        """Give a claim to the items that have none, so that their chain begins here."""
        if missing := lines.filtered(lambda line: not line.claim_id):
            engine = self.env["recouv.engine"]
            items = missing.origin_line_id.ids
            engine = engine.with_context(recouv_agreed_items=items)
            engine._create_claims(self.company_id, day)
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    """UPDATE recouv_assignment_line al SET claim_id = c.id
                         FROM recouv_claim c
                        WHERE al.id = ANY(%s) AND c.closed_on IS NULL
                          AND c.move_line_id = al.origin_line_id""",
                    missing.ids,
                )
            )
            missing.invalidate_recordset(["claim_id"])

    def _post_transfers(self, lines, day):
        """Book the sale of each line; both companies' entries are in it."""
        agency = self.contract_id.agency_id
        transfers = self.env["recouv.transfer"].with_company(self.company_id)
        transfers = transfers._get_or_create(
            [
                {
                    "kind": "assignment",
                    "company_id": self.company_id.id,
                    "assignment_line_id": line.id,
                    "origin_line_id": line.origin_line_id.id,
                    "origin_claim_id": line.claim_id.id,
                    "amount_currency": line.amount,
                    "target_partner_id": agency.partner_id.id,
                    "date": day,
                    "date_due": day,
                    "reason": self.name,
                    "idempotency_key": f"assignment:{line.id}",
                    "counterpart_company_id": agency.id,
                    "counterpart_partner_id": line.purchase_id.partner_id.id,
                }
                for line in lines
            ]
        )
        transfers._post()
        return transfers

    def _take_over(self, lines, transfers, day):
        """The buyer's items, its claims in capacity assignee, and both sides' state."""
        self.env.flush_all()
        agency = self.contract_id.agency_id
        # superuser: no user of the practice signs a record of the buyer
        engine = self.env["recouv.engine"].with_user(SUPERUSER_ID)
        columns, values = engine._insert_columns(
            "recouv.claim", self._bought_values(agency, day)
        )
        self.env.cr.execute(
            SQL(
                """WITH bought AS MATERIALIZED (
                        SELECT t.assignment_line_id AS line_id, t.id AS transfer_id,
                               t.counterpart_line_id AS item_id,
                               nextval('recouv_claim_id_seq')::int AS id
                          FROM recouv_transfer t WHERE t.id = ANY(%(transfers)s)),
                   claims AS (
                        INSERT INTO recouv_claim (%(columns)s)
                        SELECT %(values)s
                          FROM bought
                          JOIN recouv_assignment_line al ON al.id = bought.line_id
                          JOIN recouv_purchase pu ON pu.id = al.purchase_id
                          JOIN account_move_line l ON l.id = bought.item_id
                          LEFT JOIN recouv_claim pc ON pc.id = al.claim_id
                          LEFT JOIN (%(first_steps)s) s ON s.policy_id = %(policy)s),
                   purchases AS (
                        UPDATE recouv_purchase pu
                           SET state = 'bought', bought_on = %(day)s,
                               amount = al.amount, item_id = bought.item_id,
                               claim_id = bought.id
                          FROM bought
                          JOIN recouv_assignment_line al ON al.id = bought.line_id
                         WHERE pu.id = al.purchase_id)
                   UPDATE recouv_assignment_line al
                      SET state = 'transferred', transfer_id = bought.transfer_id
                     FROM bought WHERE al.id = bought.line_id""",
                transfers=transfers.ids,
                columns=columns,
                values=values,
                first_steps=engine._first_steps_sql(),
                policy=self._assignee_policy_id(agency),
                day=day,
            )
        )
        for model in ("recouv.claim", "recouv.purchase"):
            self.env[model].invalidate_model()
        lines.invalidate_recordset()

    @api.model
    def _assignee_policy_id(self, agency):
        # sudo: the buyer's schedule, chosen for its own claims; its id only
        policy = self.env["recouv.policy"].sudo()._assignee_policy(agency)
        return SQL("%s::int", policy.id or None)

    @api.model
    def _bought_values(self, agency, day):
        """Return {column: SQL} of a buyer's claim, from ``bought``, ``pu``, ``l``,
        ``pc`` (the practice's claim) and ``s`` (the first step)."""
        care_end = SQL("COALESCE(pc.care_end_date, pu.invoice_date, pu.date_due)")
        anchored = SQL(
            """(CASE s.anchor WHEN 'care_end' THEN %(care_end)s
                              WHEN 'invoice_date' THEN pu.invoice_date
                              WHEN 'due_date' THEN pu.date_due
                              ELSE %(day)s END + COALESCE(s.delay_days, 0))""",
            care_end=care_end,
            day=day,
        )
        return {
            "id": SQL("bought.id"),
            "company_id": SQL("%s", agency.id),
            "capacity": SQL("'assignee'"),
            "holder": SQL("'buyer'"),
            "move_line_id": SQL("l.id"),
            "move_id": SQL("l.move_id"),
            "maturity_rank": SQL("1"),
            "partner_id": SQL("pu.partner_id"),
            "creditor_partner_id": SQL("pu.creditor_partner_id"),
            "currency_id": SQL("l.currency_id"),
            "reference": SQL("pu.reference"),
            "date_due": SQL("pu.date_due"),
            "invoice_date": SQL("pu.invoice_date"),
            "care_end_date": care_end,
            "formal_notice_date": SQL("pc.formal_notice_date"),
            "amount_original": SQL("l.amount_currency"),
            "limitation_date": SQL("pc.limitation_date"),
            "limitation_possible_date": SQL("pc.limitation_possible_date"),
            "placed_on": SQL("%s::date", day),
            "policy_id": self._assignee_policy_id(agency),
            "next_step_id": SQL("s.id"),
            "next_channel": SQL("s.channel"),
            "next_date": SQL("CASE WHEN s.id IS NULL THEN NULL ELSE %s END", anchored),
            "in_review": SQL("FALSE"),
        }

    def _give_claims_over(self, lines):
        """The practice's claims are the buyer's now: nothing of it leaves any more."""
        claims = lines.claim_id
        claims._withdraw_notices("transferred")
        claims._record({"holder": "buyer"})
