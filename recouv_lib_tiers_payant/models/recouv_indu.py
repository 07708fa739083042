from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_amount, format_date

from odoo.addons.recouv_lib.models.recouv_day import Section

from ..lib import deadlines
from .res_partner import TIERS_PAYANT

STATES = [
    ("notified", "Notified"),
    ("contested", "Contested"),
    ("accepted", "Accepted"),
    ("won", "Cancelled by the board"),
    ("lost", "Upheld by the board"),
]
OUTCOMES = ("won", "lost")
ALARM_DAYS = 15


class RecouvIndu(models.Model):
    """A sum that a payer claims back or has kept back, and what is done about it.

    A caisse's is contested before its appeal board (commission de recours amiable)
    within the delay of the parameter ``tp_undue_contest_delay``, counted from the
    notification; after that it stands. The caisse may claim back what it paid during
    three years, fraud apart (CSS L133-4). A mutual fund has no such board, nor do these
    delays bind it: its claim is contested by a letter, whenever.
    """

    _name = "recouv.indu"
    _description = "Sum claimed back by a payer"
    _inherit = ["recouv.evidence.mixin", "recouv.undo.mixin"]
    _order = "deadline, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    payer_id = fields.Many2one("res.partner", required=True, index=True)
    reference = fields.Char("Reference of the payer")
    share_id = fields.Many2one(
        "recouv.share", "Part", index="btree_not_null", check_company=True
    )
    line_id = fields.Many2one(
        "recouv.return.line",
        "Kept back in",
        readonly=True,
        index="btree_not_null",
        check_company=True,
    )
    amount = fields.Monetary(required=True)
    notified_on = fields.Date(
        "Notified on", required=True, default=fields.Date.context_today
    )
    paid_on = fields.Date(
        "Paid on", help="When the payer had paid what it claims back."
    )
    deadline = fields.Date(
        "Contest until", compute="_compute_deadline", store=True, precompute=True
    )
    is_too_old = fields.Boolean(
        "Claimed too late",
        compute="_compute_is_too_old",
        help="The payer had three years from its payment, fraud apart (CSS L133-4).",
    )
    grounds = fields.Text("Why it is contested")
    state = fields.Selection(STATES, required=True, default="notified", readonly=True)
    contested_on = fields.Date(readonly=True)
    outcome_on = fields.Date(readonly=True)
    document_id = fields.Many2one("ir.attachment", "Letter", readonly=True)
    note = fields.Text()

    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "A sum claimed back is positive."
    )
    _line_once = models.UniqueIndex(
        "(line_id) WHERE line_id IS NOT NULL",
        "This sum kept back is known already.",
    )

    @api.depends("notified_on", "company_id", "payer_id")
    def _compute_deadline(self):
        for indu in self:
            counts = indu.notified_on and indu._is_of_caisse()
            indu.deadline = counts and deadlines.contest_deadline(
                indu.notified_on, indu._law(deadlines.UNDUE_CONTEST)
            )

    @api.depends("paid_on", "notified_on", "payer_id")
    def _compute_is_too_old(self):
        for indu in self:
            known = indu.paid_on and indu.notified_on and indu._is_of_caisse()
            indu.is_too_old = bool(known) and indu.notified_on > deadlines.undue_limit(
                indu.paid_on, indu._law(deadlines.UNDUE_LIMITATION)
            )

    def _is_of_caisse(self):
        """Whether the board and the delays of the Social Security Code apply."""
        return self.payer_id.recouv_payer_kind != "amc"

    def _law(self, code):
        """Return a legal parameter as it was on the day of the notification."""
        return self.env["recouv.legal.parameter"]._get(
            code, self.notified_on, self.company_id
        )

    @api.depends("reference", "payer_id")
    def _compute_display_name(self):
        for indu in self:
            indu.display_name = " – ".join(
                filter(None, [indu.payer_id.name, indu.reference])
            )

    @api.model
    def _creatable_fields(self):
        return frozenset(
            {"company_id", "currency_id", "payer_id", "reference", "share_id", "amount",
             "notified_on", "paid_on", "grounds", "note"}
        )  # fmt: skip

    def _editable_fields(self):
        if self.state != "notified":
            return frozenset({"note"})
        return self._creatable_fields() - {"company_id", "currency_id"}

    # --- from returns ---------------------------------------------------------------

    @api.model
    def _cron_find(self):
        """Take up the sums that payers kept back (entity 250), each once."""
        # sudo: the job of every company, which shows nothing
        self.sudo()._from_lines(
            self.env["recouv.return.line"].sudo().search(self._kept_back_domain())
        )

    @api.model
    def _kept_back_domain(self):
        """Lines by which a payer kept a sum back in real, not taken up yet.

        A positive sum is one that the payer gives back.
        """
        return (
            Domain("kind", "=", "retained")
            & Domain("paid", "<", 0)
            & Domain("outcome", "=", "done")
            & Domain("file_id.is_test", "=", False)
            & Domain("indu_ids", "=", False)
        )

    @api.model
    def _from_lines(self, lines):
        """Return the indus made of those of these lines that kept a sum back."""
        fresh = lines.filtered_domain(self._kept_back_domain()).filtered(
            lambda line: line.payment_id.payer_id or line.payer_id
        )
        return self._record_new(
            [
                {
                    "company_id": line.company_id.id,
                    "currency_id": line.currency_id.id,
                    "payer_id": (line.payment_id.payer_id or line.payer_id).id,
                    "reference": line.reference or line.invoice_number,
                    "share_id": line.share_id.id,
                    "line_id": line.id,
                    "amount": -line.paid,
                    "notified_on": line.payment_id.date
                    or fields.Date.context_today(self),
                }
                for line in fresh
            ]
        )

    # --- what is done ---------------------------------------------------------------

    def action_contest(self):
        """Print the letter to the appeal board, and record that it is contested.

        :raise UserError: too late, or no grounds given
        """
        self.ensure_one()
        self._check_state("notified")
        today = fields.Date.context_today(self)
        if self.deadline and today > self.deadline:
            raise UserError(
                self.env._(
                    "%(indu)s could be contested until %(day)s: it is too late for the "
                    "appeal board.",
                    indu=self.display_name,
                    day=format_date(self.env, self.deadline),
                )
            )
        if not (self.grounds or "").strip():
            raise UserError(self.env._("Say why the sum is contested: no care."))
        document = self._letter()
        self._record(
            {
                "state": "contested",
                "contested_on": today,
                "document_id": document.id,
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{document.id}?download=true",
            "target": "download",
        }

    def action_accept(self):
        """The payer is right."""
        return self._end("notified", "accepted")

    def action_won(self):
        """The board cancelled it: the payer owes the sum again."""
        return self._end("contested", "won")

    def action_lost(self):
        """The board upheld it; the court may be asked."""
        return self._end("contested", "lost")

    def _end(self, before, state):
        self._check_state(before)
        self._record({"state": state, "outcome_on": fields.Date.context_today(self)})
        return True

    def _check_state(self, wanted):
        self.check_access("write")
        for indu in self:
            if indu.state != wanted:
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(indu)s: it is “%(state)s”, not “%(wanted)s”.",
                        indu=indu.display_name,
                        state=labels[indu.state],
                        wanted=labels[wanted],
                    )
                )

    def _undo_obstacle(self):
        if self.state == "notified":
            return self.env._("nothing was done about it.")
        # each step may be undone, the last one first
        return None

    def _undo(self):
        for indu in self:
            if indu.state in OUTCOMES:
                indu._record({"state": "contested", "outcome_on": False})
            else:
                indu._record(
                    {"state": "notified", "contested_on": False, "outcome_on": False}
                )

    # --- the letter -----------------------------------------------------------------

    def _letter(self):
        company, payer = self.company_id, self.payer_id
        lang = payer.lang or company.partner_id.lang or self.env.lang
        words = self.with_context(lang=lang)
        content = words.env["recouv.document"]._print(
            "recouv_lib_tiers_payant.indu_body",
            words._letter_values(),
            company=company,
            title=words._letter_title(),
            recipient=payer,
            lang=lang,
        )
        return self.env["ir.attachment"].create(
            {
                "name": self.env._("appeal-%s.pdf", self.reference or self.id).replace(
                    "/", "-"
                ),
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
                "company_id": company.id,
            }
        )

    def _letter_title(self):
        if not self._is_of_caisse():
            return self.env._("Sum claimed back: our objection")
        return self.env._("Appeal to the appeal board (commission de recours amiable)")

    def _letter_values(self):
        """Return what the letter prints: its grounds as written, no person, no act."""
        company, known = self.company_id, self.is_too_old
        writer = company.with_context(lang=self.env.lang)
        return {
            "reference": self.reference or "",
            "notified": format_date(self.env, self.notified_on),
            "amount": format_amount(self.env, self.amount, self.currency_id),
            "number": self.share_id.invoice_number or "",
            "grounds": (self.grounds or "").splitlines(),
            "to_board": self._is_of_caisse(),
            "too_old": known,
            "years": int(self._law(deadlines.UNDUE_LIMITATION)) if known else 0,
            "kept_back": bool(self.line_id),
            "numbers": writer._recouv_payer_numbers(),
            "contact": self.env["recouv.notice"]._contact_text(
                company.phone or "", company.email or ""
            ),
            "sender": company._recouv_sender(),
        }


class RecouvReturnLine(models.Model):
    _inherit = "recouv.return.line"

    indu_ids = fields.One2many(
        "recouv.indu", "line_id", "Sums claimed back", groups=TIERS_PAYANT
    )


class RecouvDay(models.AbstractModel):
    _inherit = "recouv.day"

    @api.model
    def _sections(self, today):
        soon = fields.Date.add(today, days=ALARM_DAYS)
        return [
            *super()._sections(today),
            Section(
                code="tp_indus",
                sequence=98,
                label=self.env._("Sums claimed back: contest in time"),
                model="recouv.indu",
                domain=Domain("state", "=", "notified")
                & Domain("deadline", ">=", today)
                & Domain("deadline", "<=", soon),
                action="recouv_lib_tiers_payant.recouv_indu_action",
                is_alarm=True,
            ),
        ]
