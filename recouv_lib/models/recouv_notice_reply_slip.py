from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..lib import instalments
from ..lib.letter_pages import Part, lines_of
from ..lib.months import add_months
from .recouv_plan import LIVE

# Millimetres and points of report/recouv_reply_slip_templates.xml; change both.
SLIP_WIDTH, SLIP_SIZE, SLIP_LEAD = 166, 9, 4.2
SLIP_HEAD, SLIP_ROW, SLIP_FOOT = 18, 5, 34
SLIP_MOST = 12  # rows that still fit on a page with the letter's end


class RecouvStep(models.Model):
    _inherit = "recouv.step"

    plan_instalments = fields.Integer(
        "Instalments proposed",
        default=0,
        help="A letter of this step ends with a reply slip that proposes as many "
        "monthly instalments; its return makes the plan. 0: instalments are offered in "
        "words.",
    )

    _plan_instalments_range = models.Constraint(
        f"CHECK(plan_instalments BETWEEN 0 AND {SLIP_MOST})",
        f"A reply slip holds {SLIP_MOST} instalments at most.",
    )


class RecouvNotice(models.Model):
    """The reply slip of a letter: instalments proposed, whose return makes the plan.

    What was proposed is kept on the notice as it was printed. Interest is left out: a
    plan bears none (conso L312-4). The slip carries what an acknowledgment of debt
    needs, the sum in figures and words by the debtor's own hand (CIV 1376).
    """

    _inherit = "recouv.notice"

    plan_proposal = fields.Json(
        "Instalments proposed", readonly=True, help="[[date, sum]] as printed."
    )
    has_proposal = fields.Boolean(compute="_compute_has_proposal")
    slip_plan_id = fields.Many2one(
        "recouv.plan",
        "Agreement made by its slip",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )

    @api.depends("plan_proposal")
    def _compute_has_proposal(self):
        for notice in self:
            notice.has_proposal = bool(notice.plan_proposal)

    # --- proposing ------------------------------------------------------------------

    def _letter_parts(self, texts, words, values):
        """EXTENDS: the slip comes last, where it can be cut off."""
        parts = super()._letter_parts(texts, words, values)
        slip = self._slip_values(texts)
        if not slip:
            return parts
        lines = sum(
            lines_of(slip[name], SLIP_WIDTH, SLIP_SIZE) for name in ("to", "text")
        )
        height = SLIP_HEAD + lines * SLIP_LEAD + len(slip["rows"]) * SLIP_ROW
        return [*parts, Part("slip", height + SLIP_FOOT, slip)]

    def _slip_values(self, texts):
        """Return what the slip says, None where the letter proposes nothing."""
        proposal = self._propose_plan()
        if self.plan_proposal != proposal:
            self._record({"plan_proposal": proposal})
        if not proposal:
            return None
        _ = self.env._
        total = sum(amount for _day, amount in proposal)
        return {
            "text": _(
                "I acknowledge that I owe %(practice)s the sum of %(total)s for "
                "%(invoices)s and will pay it in %(count)s instalments, without any "
                "fee or interest, on the days below.",
                practice=texts["practice"],
                total=self._money(total),
                invoices=texts["invoices"],
                count=len(proposal),
            ),
            "to": self._slip_return_text(texts),
            "debtor": texts["debtor"],
            "reference": texts["reference"],
            "rows": [
                {
                    "day": format_date(self.env, day),
                    "amount": self._money(amount),
                }
                for day, amount in proposal
            ],
        }

    def _slip_return_text(self, texts):
        """Where the slip goes once it is cut off, which the letter's head said."""
        company = self.company_id
        parts = [company.name, self._one_line_address(company.partner_id)]
        address = ", ".join(filter(None, parts))
        if not texts["email"]:
            return self.env._("To be sent back to: %(address)s.", address=address)
        return self.env._(
            "To be sent back to: %(address)s, or as a picture to %(email)s.",
            address=address,
            email=texts["email"],
        )

    def _propose_plan(self):
        """Return [[date, sum]] for the slip, False where none is due.

        None to who may not be granted one: a professional, a payer, someone
        over-indebted (law.md §2.3), or for parts below the practice's smallest.
        """
        self.ensure_one()
        step, total = self.step_id, self.amount - self.amount_interest
        count = step.plan_instalments
        if not (step.offer_plan and count > 1 and self._debtor_is_consumer()):
            return False
        start = self.document_date or fields.Date.context_today(self)
        smallest = self.company_id._recouv_smallest_instalment(self.currency_id, start)
        if self.currency_id.compare_amounts(total / count, smallest) < 0:
            return False
        first = self._printed_deadline() or add_months(start, 1)
        parts = instalments.by_count(
            total, count, first, rounding=self.currency_id.rounding
        )
        return [[str(part.day), float(part.amount)] for part in parts]

    # --- its return -----------------------------------------------------------------

    def action_accept_slip(self):
        """The signed slip came back: the plan is made; show it."""
        self.ensure_one()
        plan = self._accept_slip()
        return {
            "type": "ir.actions.act_window",
            "res_model": plan._name,
            "res_id": plan.id,
            "views": [(False, "form")],
        }

    def _accept_slip(self):
        """Make the plan that this letter proposed, on what is owed now.

        The slip comes back once: while its plan lives, that one is returned.
        Instalments whose day has passed meanwhile begin in the first month to come.

        :return: the agreement
        :raise UserError: the letter proposed nothing, or nothing is owed any more
        """
        self.ensure_one()
        if not self.plan_proposal:
            raise UserError(
                self.env._(
                    "%(letter)s proposed no instalments: agree on them from the claim.",
                    letter=self.display_name,
                )
            )
        if self.slip_plan_id.standing in LIVE:
            return self.slip_plan_id
        if self.slip_plan_id.replaced_by_id.standing in LIVE:
            raise UserError(
                self.env._(
                    "%(letter)s: its slip was accepted, and %(plan)s was agreed since.",
                    letter=self.display_name,
                    plan=self.slip_plan_id.replaced_by_id.display_name,
                )
            )
        claims = self.line_ids.claim_id._still_owed()
        claims._check_agreeable("plan")
        owed, _aside = claims._owed_for_agreement("plan")
        signed = sum(amount for _day, amount in self.plan_proposal)
        owed = self.currency_id.round(min(owed, signed))
        parts = instalments.by_count(
            owed,
            len(self.plan_proposal),
            self._first_day_to_come(),
            rounding=self.currency_id.rounding,
        )
        lines = [(part.day, float(part.amount)) for part in parts]
        plan = claims._agree(
            "plan", lines, source="reply_slip", replace=True, is_part=True
        )
        self._record({"slip_plan_id": plan.id})
        return plan

    def _first_day_to_come(self):
        first = date.fromisoformat(self.plan_proposal[0][0])
        today = fields.Date.context_today(self)
        late = next(n for n in range(600) if add_months(first, n) >= today)
        return add_months(first, late)
