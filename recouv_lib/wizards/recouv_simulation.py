from collections import Counter, defaultdict
from decimal import Decimal

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..lib import simulation
from ..models.recouv_step import CHANNELS

# the detail shown on screen; the table by month counts everything
MAX_DETAIL = 5000


class RecouvSimulation(models.TransientModel):
    """What a policy would send on today's invoices, month by month.

    Reads the open items of the company and what was proven already; writes its own
    result and nothing else. Everybody is taken as silent: nobody pays, nobody
    answers, every notice arrives, so this is the most that would leave.
    """

    _name = "recouv.simulation"
    _description = "Simulation of a policy"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    policy_id = fields.Many2one(
        "recouv.policy",
        required=True,
        domain="[('company_id', 'parent_of', company_id), "
        "('capacity', '=', 'creditor')]",
        default=lambda self: self._default_policy(),
    )
    date_from = fields.Date(
        "From", required=True, default=lambda self: fields.Date.context_today(self)
    )
    months = fields.Integer(required=True, default=6)
    from_scratch = fields.Boolean(
        "As if nothing had been sent",
        help="Ignores what was proven already and the suspensions.",
    )
    line_ids = fields.One2many("recouv.simulation.line", "simulation_id")
    event_ids = fields.One2many("recouv.simulation.event", "simulation_id")
    debtor_count = fields.Integer("Debtors", readonly=True)
    notice_count = fields.Integer("Notices", readonly=True)
    is_cut = fields.Boolean(readonly=True)

    @api.model
    def _default_policy(self):
        """Return the policy that the company's claims follow by default."""
        policy = self.env.company._recouv_config().recouv_policy_id
        return policy if policy.capacity == "creditor" else policy.browse()

    @api.depends("policy_id")
    def _compute_display_name(self):
        for wizard in self:
            name = wizard.policy_id.name
            wizard.display_name = (
                self.env._("Simulation: %(policy)s", policy=name)
                if name
                else self.env._("Simulation")
            )

    def action_simulate(self):
        """Fill the table and the detail; UserError when the policy has no step."""
        self.ensure_one()
        self.policy_id._first_step()
        if not 1 <= self.months <= 36:
            raise UserError(self.env._("Simulate between 1 and 36 months."))
        events = self._simulate()
        self.write(
            {
                "line_ids": [Command.clear()] + self._month_rows(events),
                "event_ids": [Command.clear()] + self._detail(events),
                "debtor_count": len({event.debtor[0] for event in events}),
                "notice_count": len(events),
                "is_cut": len(events) > MAX_DETAIL,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "name": self.env._("Simulation"),
        }

    # --- what is read ---------------------------------------------------------------

    def _simulate(self):
        """Return the events of :func:`simulation.simulate` on today's items."""
        return simulation.simulate(
            self._items(),
            self.policy_id._as_simulation_steps(),
            start=self.date_from,
            until=fields.Date.add(self.date_from, months=self.months),
            gap_days=self._gap_days(),
            credits=self._credits(),
        )

    def _gap_days(self):
        if self.policy_id.grouping == "claim":
            return 0
        return self.company_id._recouv_config().recouv_min_days_between

    def _items(self):
        items = self.env["account.move.line"].search(self._item_domain())
        open_claims = items.recouv_claim_ids.filtered(lambda c: not c.closed_on)
        claims = {claim.move_line_id: claim for claim in open_claims}
        contacts = self._contacts(open_claims)
        return [
            self._item(item, claims.get(item), contacts)
            for item in items
            if self.from_scratch or not self._is_stopped(claims.get(item))
        ]

    def _item_domain(self):
        journals = self.company_id._recouv_config().recouv_journal_ids
        domain = self.env["recouv.engine"]._item_domain(self.company_id) & Domain(
            "no_followup", "=", False
        )
        if journals:
            return domain & Domain("journal_id", "in", journals.ids)
        return domain & Domain("journal_id.type", "=", "sale")

    def _is_stopped(self, claim):
        return claim and (
            claim.suspension not in ("none", "review") or claim.holder != "practice"
        )

    def _contacts(self, claims):
        """Return {claim: contacts}, in the words of the simulated policy."""
        if self.from_scratch:
            return {}
        Notice = self.env["recouv.notice"]
        found = Notice._contacts_by_claim(claims.ids)
        return {
            claim: tuple(Notice._translated(found[claim.id], self.policy_id))
            for claim in claims
        }

    def _item(self, item, claim, contacts):
        move = item.move_id
        due = item.date_maturity or move.invoice_date or item.date
        invoiced = move.invoice_date or item.date
        kept = Decimal(str(claim._not_asked())) if claim else Decimal(0)
        return simulation.Item(
            id=item.id,
            debtor=self._bucket(item),
            due=due,
            amount=Decimal(str(item.amount_residual)) - kept,
            anchors={
                "due_date": due,
                "invoice_date": invoiced,
                "care_end": move.recouv_care_end_date or invoiced,
            },
            contacts=contacts.get(claim, ()),
        )

    def _bucket(self, item):
        alone = item.id if self.policy_id.grouping == "claim" else 0
        return item.partner_id.id, item.currency_id.id, alone

    def _credits(self):
        """Return what lowers each debtor's sum, in company currency."""
        rows = self.env["account.move.line"]._read_group(
            [
                ("company_id", "=", self.company_id.id),
                ("parent_state", "=", "posted"),
                ("account_id.account_type", "=", "asset_receivable"),
                ("reconciled", "=", False),
                ("amount_residual", "<", 0),
                ("partner_id", "!=", False),
            ],
            ["partner_id", "currency_id"],
            ["amount_residual:sum"],
        )
        return {
            (partner.id, currency.id, 0): Decimal(str(-amount))
            for partner, currency, amount in rows
        }

    # --- what is shown --------------------------------------------------------------

    def _month_rows(self, events):
        """Return the rows month × step × channel."""
        counts, sums = Counter(), defaultdict(Decimal)
        for event in events:
            key = event.day.replace(day=1), event.step_id, event.channel
            counts[key] += 1
            sums[key] += event.amount
        order = {step.id: step.sequence for step in self.policy_id.step_ids}
        return [
            Command.create(
                {
                    "month": month,
                    "step_id": step,
                    "channel": channel,
                    "notice_count": counts[month, step, channel],
                    "amount": float(sums[month, step, channel]),
                }
            )
            for month, step, channel in sorted(
                counts, key=lambda key: (key[0], order[key[1]], key[2])
            )
        ]

    def _detail(self, events):
        return [
            Command.create(
                {
                    "date": event.day,
                    "partner_id": event.debtor[0],
                    "step_id": event.step_id,
                    "channel": event.channel,
                    "amount": float(event.amount),
                    "item_count": len(event.item_ids),
                }
            )
            for event in events[:MAX_DETAIL]
        ]

    def action_detail(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Simulation: what would leave"),
            "res_model": "recouv.simulation.event",
            "view_mode": "list,pivot,graph,calendar",
            "domain": [("simulation_id", "=", self.id)],
        }


class RecouvSimulationLine(models.TransientModel):
    _name = "recouv.simulation.line"
    _description = "Simulated notices of a month"
    _order = "month, id"

    simulation_id = fields.Many2one(
        "recouv.simulation", required=True, ondelete="cascade", index=True
    )
    month = fields.Date("First day")
    month_label = fields.Char("Month", compute="_compute_month_label")
    step_id = fields.Many2one("recouv.step")
    channel = fields.Selection(CHANNELS)
    notice_count = fields.Integer("Notices")
    amount = fields.Monetary("Claimed")
    currency_id = fields.Many2one(related="simulation_id.currency_id")

    @api.depends("month")
    @api.depends_context("lang")
    def _compute_month_label(self):
        for line in self:
            line.month_label = line.month and line.env[
                "ir.qweb.field.date"
            ].value_to_html(line.month, {"format": "MMMM yyyy"})


class RecouvSimulationEvent(models.TransientModel):
    _name = "recouv.simulation.event"
    _description = "Simulated notice"
    _order = "date, id"

    simulation_id = fields.Many2one(
        "recouv.simulation", required=True, ondelete="cascade", index=True
    )
    date = fields.Date()
    partner_id = fields.Many2one("res.partner", "Debtor")
    step_id = fields.Many2one("recouv.step")
    channel = fields.Selection(CHANNELS)
    amount = fields.Monetary("Claimed")
    item_count = fields.Integer("Invoices")
    currency_id = fields.Many2one(related="simulation_id.currency_id")


class RecouvPolicy(models.Model):
    _inherit = "recouv.policy"

    def _as_simulation_steps(self):
        """Return the steps as :class:`simulation.Step`, in order."""
        self.ensure_one()
        steps = self.step_ids.sorted()
        return [
            simulation.Step(
                rung,
                deadline_days=step.deadline_days,
                min_amount=Decimal(str(step.min_amount)),
                is_formal=step.is_formal_notice,
            )
            for step, rung in zip(steps, steps._as_rungs(), strict=True)
        ]

    def action_simulate(self):
        """Open the simulation of this policy on today's invoices."""
        self.ensure_one()
        wizard = self.env["recouv.simulation"].create({"policy_id": self.id})
        return wizard.action_simulate()
