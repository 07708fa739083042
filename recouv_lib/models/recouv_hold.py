from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, format_date

REASONS = [
    ("dispute", "Dispute"),
    ("promise", "Promise to pay"),
    ("awaiting_reimbursement", "Awaiting reimbursement"),
    ("hospitalised", "Hospitalised"),
    ("over_indebted", "Over-indebtedness"),
    ("deceased", "Deceased"),
    ("minor", "Minor"),
    ("protected", "Protected adult"),
    ("address_unknown", "Address unknown"),
    ("delivery_failed", "Could not be delivered"),
    ("complaint", "Complaint"),
    ("explanation", "Explanation of the fees asked"),
    ("never", "Never relance"),
    ("other", "Other"),
]


class RecouvHold(models.Model):
    """A dated suspension of claims, or of a person and then also of what comes.

    Never deleted: it is lifted by its end date, so that the history stays.
    """

    _name = "recouv.hold"
    _description = "Suspension"
    _order = "date_from desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Debtor",
        index="btree_not_null",
        help="Suspends the whole person, future claims included.",
    )
    claim_ids = fields.Many2many(
        "recouv.claim",
        "recouv_hold_claim_rel",
        "hold_id",
        "claim_id",
        check_company=True,
    )
    reason = fields.Selection(REASONS, required=True, default="other")
    date_from = fields.Date(
        required=True, default=lambda self: fields.Date.context_today(self)
    )
    date_to = fields.Date(help="Last day of the suspension; empty: until lifted.")
    note = fields.Text(help="Internal; never shown to the agency nor to the debtor.")
    lifted_by_id = fields.Many2one("res.users", readonly=True)
    lift_note = fields.Char(readonly=True)
    split_from_id = fields.Many2one(
        "recouv.hold",
        "Split from",
        readonly=True,
        check_company=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The suspension that also covered these claims, from which they were "
        "taken out.",
    )
    split_ids = fields.One2many(
        "recouv.hold", "split_from_id", "Taken out of it", readonly=True
    )

    _dates_ordered = models.Constraint(
        "CHECK(date_to IS NULL OR date_to >= date_from - 1)",
        "A suspension cannot end before it begins.",
    )
    # the engine asks for the holds of a person and of a claim
    _person_idx = models.Index("(company_id, partner_id, date_from, date_to)")

    @api.depends("reason", "date_to")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["reason"]._description_selection(self.env))
        for hold in self:
            until = f" → {format_date(self.env, hold.date_to)}" if hold.date_to else ""
            hold.display_name = f"{labels.get(hold.reason, '')}{until}"

    @api.constrains("reason", "partner_id", "claim_ids")
    def _check_target(self):
        for hold in self:
            if not hold.partner_id and not hold.claim_ids:
                raise ValidationError(
                    self.env._("Say what is suspended: claims, or a person.")
                )

    @api.model
    @api.model_create_multi
    def create(self, vals_list):
        """A contact of the debtor stands for the debtor: claims are his."""
        return super().create([self._on_debtor(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._on_debtor(vals))

    @api.model
    def _on_debtor(self, vals):
        partner = self.env["res.partner"].browse(vals.get("partner_id") or ())
        if not partner:
            return vals
        return {**vals, "partner_id": partner.commercial_partner_id.id}

    def _active_sql(self, claim, today, extra=None):
        """Return the SQL that is true when a hold covers row ``claim`` on ``today``.

        OFFSET 0: look-ups by index, also in a run, which has nested loops off; and the
        conditions, which are long, are planned once.
        """
        return SQL(
            """(EXISTS (SELECT 1 FROM (%(covering)s) covering
                         CROSS JOIN LATERAL (SELECT * FROM recouv_hold
                                              WHERE id = covering.id OFFSET 0) h
                         WHERE h.date_from <= %(today)s
                           AND COALESCE(h.date_to, %(today)s) >= %(today)s
                           AND %(standing)s AND %(extra)s OFFSET 0))""",
            covering=self._covering_sql(claim),
            today=today,
            standing=self._standing_sql(today),
            extra=extra or SQL("TRUE"),
        )

    @api.model
    def _reasons_sql(self, claim, today):
        """Return the SQL array of the reasons for which row ``claim`` is suspended on
        ``today``."""
        return SQL(
            """ARRAY(SELECT h.reason FROM recouv_hold h
                      WHERE h.id = ANY(ARRAY(%(covering)s))
                        AND h.date_from <= %(today)s
                        AND COALESCE(h.date_to, %(today)s) >= %(today)s
                        AND %(standing)s)""",
            covering=self._covering_sql(claim),
            today=today,
            standing=self._standing_sql(today),
        )

    @api.model
    def _covering_sql(self, claim):
        """Select the holds of row ``claim`` and of its person, whatever their dates."""
        return SQL(
            """SELECT ph.id FROM recouv_hold ph
                WHERE ph.partner_id = %(claim)s.partner_id
                  AND ph.company_id = %(claim)s.company_id
                UNION ALL
               SELECT hr.hold_id FROM recouv_hold_claim_rel hr
                WHERE hr.claim_id = %(claim)s.id""",
            claim=claim,
        )

    @api.model
    def _standing_sql(self, today):
        """Return the SQL that is true while hold ``h``, in its dates, suspends.

        Extended by what may end or lessen a hold before its last day.
        """
        return SQL("TRUE")

    def _narrowed_to(self, claims):
        """Return holds that cover nothing but ``claims``, or a whole person.

        A hold that also covers other claims is split: the others stay suspended.
        """
        narrowed = self.browse()
        for hold in self:
            others = hold.claim_ids - claims
            if hold.partner_id or not others:
                narrowed |= hold
                continue
            narrowed |= hold._split(hold.claim_ids & claims)
            hold.claim_ids = others
        return narrowed

    def _split(self, claims, **values):
        """Return a suspension like this one, of ``claims`` alone."""
        self.ensure_one()
        return self.copy(
            {
                "claim_ids": [Command.set(claims.ids)],
                "split_from_id": self.id,
                **values,
            }
        )

    # --- lifting --------------------------------------------------------------------

    def _liftable(self):
        """Return those that suspend now or will: what is over stays as it was."""
        today = fields.Date.context_today(self)
        return self.filtered(
            lambda h: not h.date_to or h.date_to >= max(today, h.date_from)
        )

    def action_lift(self, note=None):
        """End the holds yesterday: what they suspended may leave again today.

        One to come never begins; one that is over is left as it is.
        """
        for hold in self._liftable():
            hold.write(hold._lift_values(note))
        return True

    def _lift_values(self, note):
        today = fields.Date.context_today(self)
        return {
            "date_to": fields.Date.subtract(max(today, self.date_from), days=1),
            "lifted_by_id": self.env.uid,
            "lift_note": note or False,
        }
