from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.recouv_lib.models.recouv_engine import Blocker

from .recouv_coverage import NO_OVERRUN
from .recouv_share import OVER


class RecouvEngine(models.AbstractModel):
    """What the relance must know of payers.

    A patient is asked for their own part alone: nothing while a part is not moved to
    its payer, never the compulsory part of exempted care (law.md H8). Payers are
    relanced by their own runs, once they had the part and their time to pay is over.
    """

    _inherit = "recouv.engine"

    @api.model
    def _claim_blockers(self, company, today):
        return [
            *self._patient_share_blockers(company),
            *self._payer_share_blockers(),
            *super()._claim_blockers(company, today),
        ]

    @api.model
    def _shares(self, company):
        """Say whether the company has parts at all: most runs need not look for them.

        The blockers are there all the same: their messages explain what was skipped.
        """
        # sudo: whether there is one
        shares = self.env["recouv.share"].sudo()
        return bool(shares.search_count([("company_id", "=", company.id)], limit=1))

    @api.model
    def _patient_share_blockers(self, company):
        _ = self.env._
        asks = SQL("TRUE" if self._shares(company) else "FALSE")
        return [
            Blocker(
                "payer_share_pending",
                _(
                    "A part of it is a caisse's or a mutual fund's and was not moved "
                    "to it yet: book the part, or delete it."
                ),
                SQL("(%s AND %s)", asks, self._unmoved_sql(SQL("c.move_id"))),
                capacities=("creditor",),
            ),
            Blocker(
                "exempted_share",
                _(
                    "The patient is exempted from this part of a payer: it is never "
                    "asked of them."
                ),
                SQL(
                    """(%s AND EXISTS (
                        SELECT 1 FROM recouv_transfer bt
                          JOIN recouv_share h ON h.transfer_id = bt.undone_id
                         WHERE bt.target_line_id = c.move_line_id
                           AND h.state <> 'cancelled' AND %s))""",
                    asks,
                    self._exempted_sql(),
                ),
                capacities=("creditor",),
            ),
            Blocker(
                "exempted_patient",
                _(
                    "The patient is exempted and owes nothing of this care: share the "
                    "invoice between the payers, or tick “Care not covered” on it."
                ),
                SQL(
                    "(%s AND %s)",
                    SQL("TRUE" if self._exemptions(company) else "FALSE"),
                    self._exempted_invoice_sql(),
                ),
                capacities=("creditor",),
            ),
            Blocker(
                "payer_paid_after_all",
                _(
                    "The payer has paid this part after all: settle its answer, then "
                    "refund the patient or bring the part back to the payer."
                ),
                SQL(
                    "(%s AND %s)",
                    asks,
                    self._paid_after_all_sql(SQL("c.move_line_id")),
                ),
                capacities=("creditor",),
            ),
        ]

    @api.model
    def _exempted_sql(self):
        """True for a part ``h`` that its patient may not be asked for.

        What :meth:`_patient_obstacle` says of one part: by the part itself, or by the
        rights of the patient on the day of care, of any payer.
        """

        def exempts(kind):
            return SQL(
                "(%(kind)s IN %(whole)s OR (h.kind = 'amo' AND %(kind)s <> 'none'))",
                kind=kind,
                whole=NO_OVERRUN,
            )

        return SQL(
            """(%s OR EXISTS (
                SELECT 1 FROM recouv_coverage hr
                 WHERE hr.company_id = h.company_id AND hr.partner_id = h.patient_id
                   AND COALESCE(hr.valid_from, '-infinity')
                       <= COALESCE(h.care_date, %s)
                   AND COALESCE(hr.valid_to, 'infinity')
                       >= COALESCE(h.care_date, %s)
                   AND %s))""",
            exempts(SQL("h.exemption")),
            fields.Date.context_today(self),
            fields.Date.context_today(self),
            exempts(SQL("hr.exemption")),
        )

    @api.model
    def _exemptions(self, company):
        """Say whether somebody of this company owes nothing, as :meth:`_shares`."""
        wanted = [("company_id", "=", company.id), ("exemption", "in", NO_OVERRUN)]
        return any(
            # sudo: whether there is one
            self.env[model].sudo().search_count(wanted, limit=1)
            for model in ("recouv.coverage", "recouv.sent.invoice", "recouv.share")
        )

    @api.model
    def _exempted_invoice_sql(self):
        """True where the patient of claim ``c``, of invoice ``m``, owes nothing of it.

        C2S and AME (CSS L861-3; CASF L251-2): by the rights on the day of care, by what
        the billing software sent, or by a part of it. Not where a person has said that
        the care is not covered. A claim made doubtful stands on an entry: its invoice
        is that of the item before.
        """
        today = fields.Date.context_today(self)
        return SQL(
            """(SELECT xm.move_type IN ('out_invoice', 'out_receipt')
                AND xm.recouv_not_covered IS NOT TRUE
                AND (EXISTS (
                        SELECT 1 FROM recouv_coverage hr
                         WHERE hr.exemption IN %(exempts)s
                           AND hr.company_id = xm.company_id
                           AND hr.partner_id
                               = COALESCE(xm.recouv_patient_id, xm.partner_id)
                           AND COALESCE(hr.valid_from, '-infinity') <= COALESCE(
                               xm.recouv_care_end_date, xm.invoice_date, %(today)s)
                           AND COALESCE(hr.valid_to, 'infinity') >= COALESCE(
                               xm.recouv_care_end_date, xm.invoice_date, %(today)s))
                     OR EXISTS (
                        SELECT 1 FROM recouv_sent_invoice hs
                         WHERE hs.move_id = xm.id AND hs.exemption IN %(exempts)s)
                     OR EXISTS (
                        SELECT 1 FROM recouv_share h
                         WHERE h.move_id = xm.id AND h.exemption IN %(exempts)s
                           AND h.state <> 'cancelled'))
                  FROM account_move xm
                 WHERE xm.id = COALESCE((
                       SELECT xl.move_id FROM recouv_transfer xt
                         JOIN account_move_line xl ON xl.id = xt.origin_line_id
                        WHERE xt.target_line_id = c.move_line_id
                          AND xt.kind = 'doubtful' AND xt.state = 'posted'
                        LIMIT 1), m.id))""",
            exempts=NO_OVERRUN,
            today=today,
        )

    @api.model
    def _placement_blockers(self, company, agency, today):
        """EXTENDS: what is never asked of a patient goes to no agency either."""
        never = ("exempted_share", "exempted_patient")
        return [
            *super()._placement_blockers(company, agency, today),
            *(b for b in self._patient_share_blockers(company) if b.code in never),
        ]

    @api.model
    def _paid_after_all_sql(self, item):
        """True where ``item`` is a part that came back to the patient, and money of
        its payer waits to be settled."""
        return SQL(
            """EXISTS (
                SELECT 1 FROM recouv_transfer bt
                  JOIN recouv_share h ON h.transfer_id = bt.undone_id
                  JOIN recouv_return_line rl ON rl.share_id = h.id
                 WHERE bt.target_line_id = %s AND rl.outcome = 'to_settle'
                   AND rl.issue = 'patient_billed' AND rl.paid > 0)""",
            item,
        )

    @api.model
    def _unmoved_sql(self, move):
        """True where a living part of invoice ``move`` is not with its payer, whatever
        was said of it."""
        return SQL(
            """EXISTS (
                SELECT 1 FROM recouv_share h
                 WHERE h.move_id = %s AND h.state NOT IN %s
                   AND NOT EXISTS (
                        SELECT 1 FROM recouv_transfer ht
                         WHERE ht.id = h.transfer_id
                           AND (ht.state IN ('posted', 'reversed')
                                -- what is broken is told as such
                                OR ht.state = 'broken' AND h.state <> 'draft')))""",
            move,
            OVER,
        )

    @api.model
    def _explain_item(self, item):
        """EXTENDS: an item without claim whose invoice is not shared to the end."""
        reason, today = super()._explain_item(item), fields.Date.context_today(self)
        if reason["code"] != "next_run":
            return reason
        # sudo: whether a part waits, said to who asks about the invoice
        move = item.sudo().move_id
        if any(share._is_plan() for share in move.recouv_share_ids):
            return self._reason("payer_share_pending", today)
        if move._recouv_left_to_exempted() > 0:
            return self._reason("exempted_patient", today)
        return reason

    @api.model
    def _payer_share_blockers(self):
        _ = self.env._
        return [
            Blocker(
                "share_not_sent",
                _("It was not transmitted to the payer yet: transmit it first."),
                self._share_state_sql(("draft",)),
                capacities=("payer_followup",),
            ),
            Blocker(
                "share_answered",
                _("The payer has answered: treat its rejection, there is no delay."),
                self._share_state_sql(("rejected", *OVER)),
                capacities=("payer_followup",),
            ),
        ]

    @api.model
    def _share_state_sql(self, states):
        """True for a claim on a payer all of whose part is in one of these states."""
        return SQL(
            """(SELECT h.state IN %s FROM recouv_share h
                 WHERE h.claim_id = c.id
                 ORDER BY h.attempt DESC, h.id DESC LIMIT 1)""",
            states,
        )

    # --- runs on payers -------------------------------------------------------------

    @api.model
    def _debtor_query(self, company, capacity):
        """EXTENDS: a run on payers goes through payers only."""
        if capacity != "payer_followup":
            return super()._debtor_query(company, capacity)
        return self._item_query(company, domain=self._payer_item_domain(company))

    @api.model
    def _payer_item_domain(self, company):
        return self._item_domain(company) & Domain(
            "recouv_claim_ids",
            "any",
            [("capacity", "=", "payer_followup"), ("closed_on", "=", False)],
        )


class ResCompany(models.Model):
    """In which schedule payers are relanced."""

    _inherit = "res.company"

    def _recouv_payers_policy(self):
        """Return the schedule of payers: the first one of that capacity, the ready one
        before others of the same rank."""
        self.ensure_one()
        # sudo: which schedule applies, whoever books a part
        policies = (
            self.env["recouv.policy"]
            .sudo()
            .search(
                [
                    ("company_id", "in", self.parent_ids.ids),
                    ("capacity", "=", "payer_followup"),
                ],
                order="sequence, id",
            )
        )
        return (policies.filtered(lambda p: p.company_id == self) or policies)[:1]

    def _recouv_capacities(self):
        """EXTENDS: a practice with payers' parts also relances payers."""
        capacities = super()._recouv_capacities()
        # sudo: whether there is one, for the daily run
        shares = self.env["recouv.share"].sudo()
        if shares.search_count([("company_id", "=", self.id)], limit=1):
            return [*capacities, "payer_followup"]
        return capacities

    def _recouv_live_gaps(self, capacity="creditor"):
        """EXTENDS: payers need a schedule of their own."""
        gaps = super()._recouv_live_gaps(capacity)
        if capacity == "payer_followup" and not self._recouv_payers_policy().step_ids:
            gaps.append(
                self.env._("%s: make a schedule for payers, with steps.", self.name)
            )
        return gaps


class RecouvClaim(models.Model):
    """A claim on a payer is lost when its part is (forclusion)."""

    _inherit = "recouv.claim"

    def _refresh_limitation(self):
        """EXTENDS: caisses and mutual funds have delays of their own."""
        followed = self.filtered(lambda claim: claim.capacity == "payer_followup")
        # sudo: the date of the part that the claim stands for
        shares = (
            self.env["recouv.share"]
            .sudo()
            .search([("claim_id", "in", followed.ids)], order="attempt, id")
        )
        days = {share.claim_id: share.limitation_date for share in shares}
        for claim, day in days.items():
            if day and claim.limitation_date != day:
                claim._record({"limitation_date": day, "limitation_alarm_days": 0})
        rest = self.browse(set(self.ids) - {claim.id for claim in days})
        return super(RecouvClaim, rest)._refresh_limitation()
