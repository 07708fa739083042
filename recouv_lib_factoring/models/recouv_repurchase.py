import base64
import binascii

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .recouv_assignment_return import BUY_BACK_REASONS

ASKERS = [("practice", "Practice"), ("agency", "Buyer")]
REPURCHASE_STATES = [
    ("asked", "To answer"),
    ("accepted", "Accepted"),
    ("contested", "Contested"),
    ("withdrawn", "Withdrawn"),
]
#: what evidence may be: one party's file is opened by the other's people
EVIDENCE = (b"%PDF", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


class RecouvRepurchase(models.Model):
    """A sold receivable that one party wants to come back, and what the other says.

    Who sells warrants that a receivable exists, and not that it is paid (C. civ. 1326):
    it comes back on four grounds only, each with the document that shows it (D03). One
    party asks; the other accepts or contests, unless the contract that both signed
    agrees to that ground beforehand. Nothing is booked before that, in either company.

    Both parties read it, as they read their contract: so it carries no discussion, and
    what ties it to the records of either is read by nobody. The entries are in
    ``recouv_assignment_return.py``, the deed in ``recouv_repurchase_deed.py``.
    """

    _name = "recouv.repurchase"
    _inherit = ["recouv.evidence.mixin"]
    _description = "Repurchase of a sold receivable"
    _order = "asked_on desc, id desc"

    name = fields.Char("Number", readonly=True)
    company_id = fields.Many2one("res.company", "Practice", required=True, index=True)
    agency_id = fields.Many2one("res.company", "Buyer", required=True, index=True)
    practice_name = fields.Char("Name of the practice", compute="_compute_names")
    agency_name = fields.Char("Name of the buyer", compute="_compute_names")
    contract_id = fields.Many2one(
        "recouv.factoring.contract", required=True, index=True, ondelete="restrict"
    )
    schedule = fields.Char()
    reference = fields.Char("Invoice")
    debtor = fields.Char(help="As the buyer knows him.")
    invoice_date = fields.Date()
    date_due = fields.Date("Due date")
    currency_id = fields.Many2one("res.currency", required=True)
    amount = fields.Monetary(
        "Still open", help="At the buyer: when it was asked, then when it came back."
    )
    reason = fields.Selection(BUY_BACK_REASONS, "Ground", required=True)
    file = fields.Binary("Evidence", attachment=True)
    file_name = fields.Char()
    state = fields.Selection(REPURCHASE_STATES, required=True, default="asked")
    asked_by = fields.Selection(ASKERS, "Asked by", required=True)
    asked_on = fields.Datetime(required=True)
    asked_name = fields.Char("Asked in the name of", help="Who asked, as signed.")
    answered_on = fields.Datetime("Answered on")
    answered_name = fields.Char("Answered by")
    answer_reason = fields.Char("Why it is contested")
    is_agreed_before = fields.Boolean(
        "Agreed beforehand", help="The contract agrees to this ground for every sale."
    )
    can_answer = fields.Boolean(compute="_compute_can")
    can_withdraw = fields.Boolean(compute="_compute_can")
    # the records of either party, and who of its people acted: read by nobody
    line_id = fields.Many2one(
        "recouv.assignment.line",
        groups=fields.NO_ACCESS,
        required=True,
        index=True,
        ondelete="restrict",
    )
    purchase_id = fields.Many2one(
        "recouv.purchase",
        groups=fields.NO_ACCESS,
        required=True,
        index=True,
        ondelete="restrict",
    )
    asked_by_id = fields.Many2one("res.users", groups=fields.NO_ACCESS)
    answered_by_id = fields.Many2one("res.users", groups=fields.NO_ACCESS)
    note = fields.Char(groups=fields.NO_ACCESS, help="The practice's own.")

    _asked_once = models.UniqueIndex(
        "(line_id) WHERE state = 'asked'",
        "The repurchase of this receivable is asked already.",
    )
    # what waits for an answer, on either side
    _state_idx = models.Index("(state, company_id, agency_id)")

    @api.depends("company_id", "agency_id")
    def _compute_names(self):
        for one in self:
            # sudo: the parties know each other's name, and nothing else of the company
            parties = one.sudo()
            one.practice_name = parties.company_id.name
            one.agency_name = parties.agency_id.name

    @api.depends("name", "reference")
    def _compute_display_name(self):
        for one in self:
            one.display_name = " – ".join(filter(None, [one.name, one.reference]))

    @api.depends("state", "asked_by")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_can(self):
        decides = self.env.user.has_group("recouv_lib.group_manager")
        for one in self:
            party = one._party_of(self.env.companies)
            open_ = decides and bool(party) and one.state == "asked"
            one.can_answer = open_ and party != one.asked_by
            one.can_withdraw = open_ and party == one.asked_by

    def _party_of(self, companies):
        """Return the party that these companies are: practice, agency or False."""
        if self.company_id in companies:
            return "practice"
        return "agency" if self.agency_id in companies else False

    def _ground(self):
        """Return the ground in words."""
        grounds = self._fields["reason"]._description_selection(self.env)
        return dict(grounds)[self.reason]

    @api.model
    def _evidence_advice(self):
        return self.env._("Withdraw it, and ask anew.")

    def _record(self, vals):
        """Write for either party.

        superuser: neither writes on it by hand, nor reads the other's users; the method
        that calls has checked its own. Flushed at once: a later flush would note its
        own user.
        """
        records = self.with_user(SUPERUSER_ID)
        records.write(vals)
        records.flush_recordset()

    # --- asking ---------------------------------------------------------------------

    @api.model
    def _ask(self, line, asked_by, reason, file, file_name, note=None):
        """Ask the other party for a repurchase; conclude it where the contract agrees.

        :param line: the practice's sold line, elevated, its own party's rights checked
        :param asked_by: practice or agency
        :param reason: one of ``BUY_BACK_REASONS``
        :param file: in base 64, the document that shows it; the other party reads it
        :param note: the practice's own words, which the buyer does not read
        :raise UserError: not sold, no lawful ground, no document, nothing open, asked
            already
        """
        self._check_ground(reason)
        self._check_evidence(file, line)
        line._lock_sold()
        self._check_not_asked(line)
        values = self._asked_values(line) | {
            "asked_by": asked_by,
            "reason": reason,
            "file": file,
            "file_name": file_name,
            "note": note,
            "asked_on": fields.Datetime.now(),
            "asked_name": self.env.user.name,
            "asked_by_id": self.env.uid,
        }
        # superuser: nobody makes one by hand, and no user's name goes with it
        one = self.with_user(SUPERUSER_ID).create(values).with_user(self.env.user)
        if one.sudo().contract_id._agrees_to(reason):  # sudo: a term of both parties
            one._conclude(is_agreed_before=True)
        return one

    @api.model
    def _check_ground(self, reason):
        if reason not in dict(BUY_BACK_REASONS):
            raise UserError(
                self.env._(
                    "A receivable sold without recourse is bought back only when it "
                    "does not exist, is disputed or had been paid (C. civ. 1326)."
                )
            )

    @api.model
    def _check_evidence(self, file, line):
        """Refuse what shows nothing, and what a browser would run for the other
        party's people."""
        if not file:
            raise UserError(
                self.env._("%s: attach what shows it.", line.move_id.display_name)
            )
        try:
            content = base64.b64decode(file, validate=False)
        except (binascii.Error, ValueError):
            content = b""
        if not content.startswith(EVIDENCE):
            raise UserError(
                self.env._(
                    "%s: attach the evidence as a PDF or as a picture (JPEG, PNG): the "
                    "other party opens it.",
                    line.move_id.display_name,
                )
            )

    @api.model
    def _check_not_asked(self, line):
        # sudo: whether one waits, whoever asked
        known = self.sudo().search(
            [("line_id", "=", line.id), ("state", "=", "asked")], limit=1
        )
        if known:
            raise UserError(
                self.env._(
                    "The repurchase of %(invoice)s is asked already (%(number)s): "
                    "answer or withdraw it first.",
                    invoice=line.reference or "",
                    number=known.name,
                )
            )

    @api.model
    def _asked_values(self, line):
        """Return what both parties know of a sold line."""
        purchase, contract = line.purchase_id, line.contract_id
        practice = line.company_id
        return {
            "name": self.env["recouv.collection"]._next_number(practice, "RAC"),
            "company_id": practice.id,
            "agency_id": contract.agency_id.id,
            "contract_id": contract.id,
            "schedule": purchase.schedule,
            "reference": purchase.reference,
            "debtor": purchase.partner_id.name,
            "invoice_date": purchase.invoice_date,
            "date_due": purchase.date_due,
            "currency_id": line.currency_id.id,
            "amount": line._left_at_buyer(),
            "line_id": line.id,
            "purchase_id": purchase.id,
        }

    def action_withdraw(self):
        """Who asked asks no more."""
        for one in self:
            one._take_answer_turn(answers=False)
        self._record({"state": "withdrawn", "answered_on": fields.Datetime.now()})
        return True

    # --- answering ------------------------------------------------------------------

    def action_accept(self):
        """One click: agreed. Books of both companies and deed, at once.

        What changed since it was asked is shown first, and accepted by another click.

        :raise AccessError: no manager of the party that is asked
        :raise UserError: answered already, nothing open, a setting or a lock, named
        """
        changed = self.browse()
        for one in self:
            if not one._accept():
                changed |= one
        return changed._say_changed() if changed else True

    def _accept(self):
        """Accept one; return False when its sum had to be corrected first."""
        self._take_answer_turn(answers=True)
        # sudo: what is open at the buyer, which both parties know
        left = self.sudo().line_id._left_at_buyer()
        if self.currency_id.compare_amounts(left, self.amount):
            self._record({"amount": left})
            return False
        self._conclude(
            answered_name=self.env.user.name,
            answered_by_id=self.env.uid,
        )
        return True

    def _say_changed(self):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "message": self.env._(
                    "%s: what is open has changed since it was asked. Nothing of it "
                    "was booked: look at the sum, and accept again.",
                    ", ".join(self.mapped("display_name")),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_ask_contest(self):
        """Open the dialog that asks why it is contested."""
        for one in self:
            one._check_answerable(answers=True)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Contest"),
            "res_model": "recouv.repurchase.contest",
            "view_mode": "form",
            "target": "new",
            "context": {"default_repurchase_ids": [fields.Command.set(self.ids)]},
        }

    def _contest(self, reason):
        """Say no: the receivable stays where it is.

        :param reason: why; who asked reads it as it is written
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Say why it is contested."))
        for one in self:
            one._take_answer_turn(answers=True)
            one._record(
                {
                    "state": "contested",
                    "answer_reason": reason.strip(),
                    "answered_on": fields.Datetime.now(),
                    "answered_name": self.env.user.name,
                    "answered_by_id": self.env.uid,
                }
            )
            if one.asked_by == "agency":
                # sudo: the practice's own line, whose rights were checked
                one.sudo().line_id._settle_dispute("maintained")

    def _take_answer_turn(self, answers):
        """Let one user at a time decide on one, as it stands now; see
        :meth:`_check_answerable`."""
        self._check_answerable(answers)
        # sudo: neither party writes on it by hand; checked just above
        self.sudo()._recouv_lock_rows()
        self.invalidate_recordset()
        self._check_answerable(answers)
        if answers:
            # sudo: events on the receivable itself meet here too
            self.sudo().line_id._lock_sold()

    def _check_answerable(self, answers):
        """Refuse who may not decide.

        :param answers: it is the party that is asked who decides, else who asked
        :raise AccessError: no manager, or of the wrong party
        :raise UserError: of both parties, or it is decided already
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env.su:
            self._check_own_party(answers)
        if self.state != "asked":
            raise UserError(self.env._("%s is decided already.", self.display_name))

    def _check_own_party(self, answers):
        user = self.env.user
        if not user.has_group("recouv_lib.group_manager"):
            raise AccessError(self.env._("Only a manager decides on a repurchase."))
        if (self.company_id | self.agency_id) <= user.company_ids:
            raise UserError(
                self.env._(
                    "You belong to both parties of %s: nobody signs or decides for "
                    "the other party.",
                    self.display_name,
                )
            )
        party = self._party_of(user.company_ids & self.env.companies)
        if not party or (party != self.asked_by) != answers:
            raise AccessError(
                self.env._(
                    "%s: who asked withdraws it, the other party answers.",
                    self.display_name,
                )
            )

    # --- both agree -----------------------------------------------------------------

    def _conclude(self, **answer):
        """Book it in both companies, and make its deed.

        :param answer: who agreed, or that the contract did
        """
        # superuser: neither company's user signs a record of the other; what is done
        # is what both parties agreed on, and nothing else
        one = self.with_user(SUPERUSER_ID).with_company(self.company_id)
        one = one.with_context(bin_size=False)
        line = one.line_id
        owed = line._buy_back(one, one._evidence_of_the_practice())
        self._record(
            {
                "state": "accepted",
                "amount": owed.amount,
                "answered_on": fields.Datetime.now(),
                **answer,
            }
        )
        one._make_deed(owed)
        line._settle_dispute("taken_back")

    def _evidence_of_the_practice(self):
        """Keep the document with the practice's own record too."""
        return self.env["ir.attachment"].create(
            {
                "name": self.file_name or self.env._("Evidence"),
                "datas": self.file,
                "res_model": self.line_id._name,
                "res_id": self.line_id.id,
                "company_id": self.company_id.id,
            }
        )

    def _action_open(self):
        return self._get_records_action(name=self.env._("Repurchase"))

    # --- what waits -----------------------------------------------------------------

    @api.model
    def _own_domain(self, asked):
        """Return the repurchases that the user's companies asked for, or are asked."""
        mine, operator = self.env.companies.ids, "=" if asked else "!="
        practice = Domain("company_id", "in", mine)
        buyer = Domain("agency_id", "in", mine)
        return (practice & Domain("asked_by", operator, "practice")) | (
            buyer & Domain("asked_by", operator, "agency")
        )

    @api.model
    def _to_answer_domain(self):
        return Domain("state", "=", "asked") & self._own_domain(asked=False)

    @api.model
    def _contested_domain(self, today):
        """What was contested in these days: who asked is told."""
        since = fields.Datetime.to_datetime(fields.Date.subtract(today, days=7))
        return (
            Domain("state", "=", "contested")
            & Domain("answered_on", ">=", since)
            & self._own_domain(asked=True)
        )
