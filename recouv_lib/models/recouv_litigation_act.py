from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date

from ..lib import court

KINDS = [
    ("completed", "Dossier complete"),
    ("reopened", "Reopened"),
    ("filed", "Lodged"),
    ("granted", "Order granted"),
    ("partial", "Order granted in part"),
    ("rejected", "Petition rejected"),
    ("renounced", "Order not served, given up"),
    ("served", "Order served"),
    ("lapsed", "Lapsed"),
    ("opposed", "Opposition"),
    ("no_opposition", "No opposition: enforceable"),
    ("hearing", "Hearing fixed"),
    ("judgment", "Judgment"),
    ("dismissed", "Claim dismissed"),
    ("judgment_served", "Judgment served"),
    ("participates", "The debtor takes part"),
    ("agreed", "Agreement recorded: title"),
    ("refused", "Refusal or silence of the debtor"),
    ("enforced", "Enforcement measure"),
    ("paid", "Paid"),
    ("settled", "Settled out of court"),
    ("withdrawn", "Withdrawn"),
    ("over_indebted", "Over-indebtedness"),
    ("insolvent", "Insolvency proceedings"),
    ("unrecoverable", "Unrecoverable"),
]
ENDS = [
    ("settled", "Settled out of court"),
    ("paid", "Paid"),
    ("withdrawn", "Withdrawn: interruption of limitation is lost"),
    ("over_indebted", "Over-indebtedness"),
    ("insolvent", "Insolvency proceedings"),
    ("unrecoverable", "Unrecoverable"),
]
# no caller from outside can put this very object into its context
ACTING = object()
FREE = {"note"}
# acts that fix what is owed: their sums replace earlier ones
GRANTING = ("granted", "partial", "judgment", "agreed")
TITLES = ("no_opposition", "judgment_served", "agreed")
# {act: field of the file that bears its day}
DAYS = {
    "filed": "filed_on",
    "granted": "order_on",
    "partial": "order_on",
    "served": "served_on",
    "opposed": "opposed_on",
    "judgment": "judgment_on",
    "no_opposition": "title_on",
    "judgment_served": "title_on",
    "agreed": "title_on",
}


class RecouvLitigationAct(models.Model):
    """One act of a court file, on its day: evidence, never edited.

    Recording it moves the file (``lib/court.py``), and limitation where the law says
    so, nowhere else. The last one may be undone with a reason.
    """

    _name = "recouv.litigation.act"
    _description = "Court act"
    _inherit = ["recouv.undo.mixin"]
    _order = "id desc"
    _check_company_auto = True

    litigation_id = fields.Many2one(
        "recouv.litigation",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="litigation_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="litigation_id.currency_id")
    route = fields.Selection(related="litigation_id.route")
    kind = fields.Selection(KINDS, required=True, readonly=True)
    # what the dialog that ends a file asks; it becomes the kind
    end_kind = fields.Selection(ENDS, "How it ends", store=False)
    date = fields.Date(required=True, default=lambda s: fields.Date.context_today(s))
    state_before = fields.Char(readonly=True)
    received_on = fields.Date()
    in_person = fields.Boolean(
        "Handed over in person",
        help="To the debtor himself. Otherwise opposition stays open longer "
        "(CPC 1416).",
    )
    officer_id = fields.Many2one("res.partner", "Commissaire de justice")
    hearing_on = fields.Date("Date of the hearing")
    by_default = fields.Boolean(
        "Given without the debtor",
        help="It must then be served within the legal delay (CPC 478).",
    )
    granted_principal = fields.Monetary("Principal granted")
    granted_interest = fields.Monetary("Interest granted")
    granted_costs = fields.Monetary("Costs granted (dépens)")
    document = fields.Binary(attachment=True)
    document_name = fields.Char()
    note = fields.Char()
    limitation_event_ids = fields.One2many(
        "recouv.limitation.event", "act_id", readonly=True
    )
    ended_event_ids = fields.Many2many(
        "recouv.limitation.event", "recouv_act_ended_event_rel", readonly=True
    )
    voided_event_ids = fields.Many2many(
        "recouv.limitation.event", "recouv_act_voided_event_rel", readonly=True
    )

    @api.depends("kind", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for act in self:
            day = act.date and format_date(self.env, act.date)
            act.display_name = " – ".join(filter(None, [labels.get(act.kind), day]))

    def _as_dates(self):
        """Return what the file shows of these acts, in their order."""
        values = dict.fromkeys([*DAYS.values(), "hearing_on", "order_received_on"])
        values |= {
            "served_in_person": False,
            "granted_principal": 0.0,
            "granted_interest": 0.0,
            "granted_costs": 0.0,
        }
        for act in self:
            act._lay_dates(values)
        return values

    def _lay_dates(self, values):
        if self.kind == "opposed":  # the judgment replaces the order (CPC 1420)
            values["title_on"] = None
        if self.kind in DAYS:
            values[DAYS[self.kind]] = self.date
        if self.kind == "served":
            values["served_in_person"] = self.in_person
        if self.kind in ("hearing", "filed", "opposed") and self.hearing_on:
            values["hearing_on"] = self.hearing_on
        if self.kind in ("granted", "partial"):
            values["order_received_on"] = self.received_on
        if self.kind in GRANTING:
            for name in ("granted_principal", "granted_interest", "granted_costs"):
                values[name] = self[name]

    # --- recording ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Record acts one after the other, each after all its checks.

        :raise UserError: it cannot follow, or what it needs is missing
        """
        acts = self.browse()
        for vals in vals_list:
            act = super().create([self._checked(vals)])
            act._apply()
            acts |= act
        return acts

    @api.model
    def _checked(self, vals):
        """Return the values of one act, after every check.

        :raise UserError: it cannot follow, or what it needs is missing
        """
        vals = {**self.default_get(["litigation_id", "kind"]), **vals}
        vals["kind"] = vals.pop("end_kind", None) or vals.get("kind")
        litigation = self.env["recouv.litigation"].browse(vals.get("litigation_id"))
        if not litigation:
            raise UserError(self.env._("Say of which court file this act is."))
        litigation.check_access("write")
        litigation.lock_for_update()
        litigation._read_books_anew()
        draft = self.new({"date": fields.Date.context_today(self), **vals})
        draft._check_follows(litigation, litigation.state)
        draft._check_date(litigation)
        litigation._check_act(draft)
        return {**vals, "state_before": litigation.state}

    def _check_follows(self, litigation, state):
        if self.kind in court.allowed(litigation.route, state):
            return
        labels = dict(self._fields["kind"]._description_selection(self.env))
        states = dict(litigation._fields["state"]._description_selection(self.env))
        raise UserError(
            self.env._(
                "%(file)s is “%(state)s”: “%(act)s” cannot be recorded now.",
                file=litigation.display_name,
                state=states.get(state, ""),
                act=labels.get(self.kind, self.kind),
            )
        )

    def _check_date(self, litigation):
        """An act is not to come, and none comes before the one it follows."""
        if self.date > fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "%s is to come: record an act when it has happened.",
                    format_date(self.env, self.date),
                )
            )
        last = litigation._standing_acts()[-1:]
        # a dossier may be entered after the fact: what prepares it bears no date
        if last and last.kind != "completed" and self.date < last.date:
            raise UserError(
                self.env._(
                    "%(date)s is before the last act, %(last)s.",
                    date=format_date(self.env, self.date),
                    last=last.display_name,
                )
            )

    def _apply(self):
        """Let the act do what the law makes of it."""
        litigation = self.litigation_id
        if self.officer_id and not litigation.officer_id:
            litigation.officer_id = self.officer_id
        if self.kind == "filed":
            litigation.line_ids._freeze(self.date)
        self._move_limitation()
        litigation._sync()

    def _move_limitation(self):
        """End, void and make limitation events as law.md §3 says, and no others."""
        events = self.env["recouv.limitation.event"].search(
            [
                ("act_id.litigation_id", "=", self.litigation_id.id),
                ("is_void", "=", False),
            ]
        )
        ends = court.LIMITATION_ENDED.get(self.kind, ())
        ended = events.filtered(lambda e: e.kind in ends and not e.date_end)
        ended.write({"date_end": self.date})
        kinds = court.voided(self.kind, self.state_before)
        voided = events.filtered(lambda e: e.kind in kinds)
        voided.write({"is_void": True})
        self._acting().write(
            {
                "ended_event_ids": [Command.set(ended.ids)],
                "voided_event_ids": [Command.set(voided.ids)],
            }
        )
        made = court.LIMITATION_MADE.get((self.route, self.kind))
        if made:
            self._make_events(made)

    def _make_events(self, kind):
        self.env["recouv.limitation.event"].create(
            [
                {
                    "claim_id": claim.id,
                    "kind": kind,
                    "date": self.date,
                    "act_id": self.id,
                    "note": self.litigation_id.name,
                }
                for claim in self.litigation_id.line_ids.claim_id
            ]
        )

    # --- never edited ---------------------------------------------------------------

    def _acting(self):
        return self.with_context(recouv_acting=ACTING)

    def write(self, vals):
        """Refuse, from a person, to rewrite what happened."""
        if vals.keys() - FREE and self.env.context.get("recouv_acting") is not ACTING:
            raise UserError(
                self.env._("An act is evidence and is not edited: undo it instead.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("An act is evidence: undo it instead."))

    def action_recorded(self):
        """The dialog's button: saving the act has recorded it."""
        return {"type": "ir.actions.act_window_close"}

    # --- undo -----------------------------------------------------------------------

    def _undo_obstacle(self):
        """EXTENDS: only the last act, and a measure through itself."""
        obstacle = super()._undo_obstacle()
        if obstacle:
            return obstacle
        if self != self.litigation_id._standing_acts()[-1:]:
            return self.env._("later acts stand on it; undo these first.")
        if self.kind == "enforced" and self.measure_ids.filtered(
            lambda measure: not measure.undone_on
        ):
            return self.env._("undo its measure instead.")
        return self._exit_obstacle()

    def _exit_obstacle(self):
        """A file that ended starts again only where its claims are still free."""
        runs_again = self.state_before in court.RUNNING
        if self.litigation_id.state not in court.ENDS or not runs_again:
            return None
        taken = self.litigation_id.line_ids.claim_id.filtered(
            lambda claim: not claim._is_with_its_own()
        )
        if taken:
            return self.env._(
                "%s was handed over meanwhile.", ", ".join(taken.mapped("display_name"))
            )
        return None

    def _undo(self):
        """Take back what these acts did to limitation; the file reads the rest anew."""
        for act in self:
            act.limitation_event_ids.write({"is_void": True})
            act.ended_event_ids.write({"date_end": False})
            act.voided_event_ids.write({"is_void": False})

    def _record_undo(self, vals):
        """EXTENDS: the claims go where the state that comes back wants them."""
        result = super(RecouvLitigationAct, self._acting())._record_undo(vals)
        self.litigation_id._sync()
        return result
