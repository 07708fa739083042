from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from odoo.addons.recouv_lib.models.recouv_derived_mixin import derived_search

from .recouv_coverage import EXEMPTIONS
from .res_partner import PAYER_KINDS, TIERS_PAYANT, TP_OR_AGENT

STATES = [
    ("draft", "To transmit"),
    ("transmitted", "Transmitted"),
    ("acknowledged", "Acknowledged"),
    ("paid", "Paid in full"),
    ("partial", "Paid in part"),
    ("rejected", "Rejected"),
    ("corrected", "Corrected and sent again"),
    ("to_patient", "Billed to the patient"),
    ("abandoned", "Given up"),
    ("cancelled", "Cancelled by a credit note"),
]
#: nothing more is expected of the payer under this record
OVER = ("corrected", "to_patient", "abandoned", "cancelled")
#: the payer has it and has not answered
AWAITED = ("transmitted", "acknowledged")
#: how it went out: electronic claim form, request to a mutual fund, B2, paper, AMC flow
FSE_KINDS = [
    ("F", "FSE"),
    ("D", "DRE"),
    ("B", "B2 or degraded"),
    ("P", "Paper"),
    ("A", "AMC flow"),
]
#: what a person says about a share before it is booked
PLAN_FIELDS = frozenset(
    {
        "company_id",
        "currency_id",
        "move_id",
        "patient_id",
        "payer_id",
        "kind",
        "amount",
        "rate",
        "exemption",
        "coverage_id",
        "invoice_number",
        "nir",
        "fse_kind",
        "care_date",
    }
)
#: what may still change until it is transmitted
SENDING_FIELDS = frozenset({"invoice_number", "fse_kind", "nir"})
#: journals in which money comes
RECEIPT_TYPES = ("bank", "cash", "credit")
#: mark of the parts' own transfers; no caller from outside can put it into its context
MOVING = object()


class RecouvShare(models.Model):
    """What one payer owes of one invoice.

    The invoice stays whole. :meth:`_book` moves the part from the patient's item to
    one of the payer by a ``recouv.transfer`` (``recouv_share_booking.py``); what is
    paid and open is read from that item, never stored. What happens next is recorded
    by acts: lots and acknowledgments (``recouv_lot.py``), answers of payers,
    corrections (:meth:`_next_attempt`). Credit notes are in ``recouv_share_credit.py``,
    what the relance must know in ``recouv_share_engine.py``.
    """

    _name = "recouv.share"
    _description = "Third-party payer's share"
    _inherit = ["recouv.evidence.mixin", "recouv.derived.mixin"]
    _order = "care_date desc, id desc"
    _rec_names_search = ["invoice_number", "move_id.name", "payer_id.name"]
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    currency_id = fields.Many2one("res.currency", required=True)
    move_id = fields.Many2one(
        "account.move", "Invoice", index=True, check_company=True, ondelete="restrict"
    )
    patient_id = fields.Many2one("res.partner", index=True, check_company=True)
    payer_id = fields.Many2one(
        "res.partner", required=True, index=True, ondelete="restrict"
    )
    kind = fields.Selection(PAYER_KINDS, required=True)
    coverage_id = fields.Many2one(
        "recouv.coverage", "Rights", check_company=True, index="btree_not_null"
    )
    # it tells of an illness, or of means
    exemption = fields.Selection(
        EXEMPTIONS, required=True, default="none", groups=TP_OR_AGENT
    )
    rate = fields.Float("Share (%)", digits=(5, 2))
    amount = fields.Monetary(required=True)
    amount_open = fields.Monetary(
        "Still owed", compute="_compute_derived", search=derived_search("amount_open")
    )
    amount_paid = fields.Monetary(
        "Paid by the payer",
        compute="_compute_derived",
        search=derived_search("amount_paid"),
    )
    state = fields.Selection(
        STATES, required=True, default="draft", readonly=True, index=True
    )
    transfer_id = fields.Many2one(
        "recouv.transfer",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )
    is_booked = fields.Boolean("In the books", compute="_compute_is_booked")
    claim_id = fields.Many2one(
        "recouv.claim", readonly=True, copy=False, index="btree_not_null"
    )
    invoice_number = fields.Char(
        "Number sent", size=9, index="btree_not_null", help="Nine digits, as sent."
    )
    nir = fields.Char("Social-security number", groups=TIERS_PAYANT)
    lot_id = fields.Many2one(
        "recouv.lot",
        index="btree_not_null",
        check_company=True,
        readonly=True,
        ondelete="restrict",
    )
    past_lot_ids = fields.Many2many(
        "recouv.lot",
        "recouv_share_past_lot_rel",
        "share_id",
        "lot_id",
        "Earlier lots",
        readonly=True,
        copy=False,
        help="Lots that were refused or never acknowledged.",
    )
    fse_kind = fields.Selection(FSE_KINDS, "Sent as")
    attempt = fields.Integer(default=1, readonly=True, copy=False)
    origin_share_id = fields.Many2one(
        "recouv.share", "Corrects", readonly=True, copy=False, index="btree_not_null"
    )
    next_share_ids = fields.One2many("recouv.share", "origin_share_id", "Corrected by")
    care_date = fields.Date("Date of care")
    sent_on = fields.Date(readonly=True, copy=False)
    ack_date = fields.Date("Acknowledged on", readonly=True, copy=False)
    ack_label = fields.Char(
        "Why it was refused",
        readonly=True,
        copy=False,
        help="What the last negative acknowledgment said.",
    )
    expected_date = fields.Date(
        "Payment expected on", readonly=True, copy=False, index="btree_not_null"
    )
    limitation_date = fields.Date("Lost after", readonly=True, index="btree_not_null")

    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "A payer's part must be positive."
    )
    # answers of payers look for number and lot; the day's lists for what is late
    _number_idx = models.Index("(company_id, invoice_number)")
    _awaited_idx = models.Index(
        "(company_id, expected_date) WHERE state IN ('transmitted', 'acknowledged')"
    )

    # the relance asks whether anybody owes nothing at all (C2S, AME)
    _exempted_idx = models.Index("(company_id) WHERE exemption IN ('c2s', 'ame')")

    # --- computes -----------------------------------------------------------------

    @api.depends("move_id.name", "kind", "payer_id.name", "attempt")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for share in self:
            # sudo: a name of a document and of a payer, of a share the user reads
            known = share.sudo()
            number = known.move_id.name or known.invoice_number or ""
            kind = kinds.get(share.kind, "").partition("(")[2].rstrip(")")
            share.display_name = " ".join(filter(None, [number, kind]))

    @api.depends("transfer_id.state", "state")
    def _compute_is_booked(self):
        for share in self:
            # sudo: whether a transfer stands, nothing of it
            share.is_booked = share.sudo().transfer_id.state in ("posted", "reversed")

    @api.model
    def _derived_sql(self, fname, alias):
        share = SQL.identifier(alias)
        if fname == "amount_open":
            return self._open_sql(share)
        if fname == "amount_paid":
            return self._paid_sql(share)
        return super()._derived_sql(fname, alias)

    @api.model
    def _open_sql(self, share):
        """What the payer still owes: the residual of its item; all of it before."""
        return SQL(
            """(CASE WHEN %(share)s.state = 'corrected' THEN 0
                     ELSE COALESCE((
                        SELECT GREATEST(0, l.amount_residual_currency)
                          FROM recouv_transfer t
                          JOIN account_move_line l ON l.id = t.target_line_id
                         WHERE t.id = %(share)s.transfer_id
                           AND t.state IN ('posted', 'reversed')),
                        CASE WHEN %(share)s.state IN %(over)s THEN 0
                             ELSE %(share)s.amount END) END)""",
            share=share,
            over=OVER,
        )

    @api.model
    def _paid_sql(self, share):
        """What settled the payer's item, save transfers (a credit note, a return to the
        patient) and what was written off."""
        return SQL(
            """(CASE WHEN %(share)s.state = 'corrected' THEN 0 ELSE COALESCE((
                SELECT SUM(pr.debit_amount_currency)
                  FROM recouv_transfer t
                  JOIN account_partial_reconcile pr
                    ON pr.debit_move_id = t.target_line_id
                  JOIN account_move_line cl ON cl.id = pr.credit_move_id
                 WHERE t.id = %(share)s.transfer_id
                   AND %(money)s), 0) END)""",
            share=share,
            money=self._money_sql(),
        )

    @api.model
    def _money_sql(self):
        """What settles a payer's item by its item ``cl`` is money: no transfer, no
        write-off.

        An expense is a write-off where no money came with it: a payment that leaves a
        difference to a loss, or that the bank took its fee of, is money all the same
        (the same rule as the claim's ``_settlement_kind_sql``).
        """
        return SQL(
            """(NOT EXISTS (SELECT 1 FROM recouv_transfer o
                             WHERE o.move_id = cl.move_id)
                AND NOT EXISTS (
                    SELECT 1 FROM account_move_line x
                      JOIN account_account xa ON xa.id = x.account_id
                      JOIN account_move xm ON xm.id = x.move_id
                      JOIN account_journal xj ON xj.id = xm.journal_id
                     WHERE x.move_id = cl.move_id
                       AND xa.account_type LIKE 'expense%%'
                       AND xm.origin_payment_id IS NULL
                       AND xm.statement_line_id IS NULL
                       AND xm.recouv_return_payment_id IS NULL
                       AND xj.type NOT IN %s))""",
            RECEIPT_TYPES,
        )

    @api.model
    def _derived_reads(self):
        """EXTENDS: the expressions read shares, transfers and reconciliations."""
        wanted = {
            "recouv.share": ("state", "amount", "transfer_id"),
            "recouv.transfer": ("state", "target_line_id", "move_id"),
            "account.move": (
                "origin_payment_id",
                "statement_line_id",
                "recouv_return_payment_id",
            ),
            "account.partial.reconcile": (
                "debit_move_id",
                "credit_move_id",
                "debit_amount_currency",
            ),
        }
        return super()._derived_reads() + [
            self.env[model]._fields[name]
            for model, names in wanted.items()
            for name in names
        ]

    # --- checks -------------------------------------------------------------------

    @api.constrains("payer_id", "kind")
    def _check_payer(self):
        for share in self:
            if share.payer_id.recouv_payer_kind != share.kind:
                raise ValidationError(
                    self.env._(
                        "%(payer)s is not known as a payer of that kind: say on its "
                        "form whether it is a caisse (AMO) or a mutual fund (AMC).",
                        payer=share.payer_id.display_name,
                    )
                )

    @api.constrains("move_id", "company_id", "currency_id")
    def _check_invoice(self):
        for share in self:
            # sudo: a check reads the invoice whole; it only refuses
            move = share.sudo().move_id
            if not move:
                continue
            if move.move_type not in ("out_invoice", "out_receipt"):
                raise ValidationError(
                    self.env._(
                        "%(document)s is not an invoice of a patient: only those are "
                        "shared with payers.",
                        document=move.display_name,
                    )
                )
            if (move.company_id, move.currency_id) != (
                share.company_id,
                share.currency_id,
            ):
                raise ValidationError(
                    self.env._(
                        "%(document)s and its payers' parts must be of one company "
                        "and one currency.",
                        document=move.display_name,
                    )
                )

    @api.constrains("payer_id", "move_id", "state")
    def _check_once(self):
        """One living part per payer and invoice.

        No unique index: merging two contacts deletes the rows that it refuses. Two at
        once are stopped by the transfer's own key.
        """
        for share in self.filtered(lambda s: s.move_id and s.state not in OVER):
            # sudo: a check sees every part of the invoice; it only refuses
            same = share.sudo().move_id.recouv_share_ids.filtered(
                lambda other, share=share: (
                    other != share
                    and other.state not in OVER
                    and other.payer_id.commercial_partner_id
                    == share.payer_id.commercial_partner_id
                )
            )
            if same:
                raise ValidationError(
                    self.env._(
                        "%(payer)s already has a part of this invoice. Where one "
                        "organisation pays both parts, its complementary side is "
                        "another payer, under its own number.",
                        payer=share.payer_id.display_name,
                    )
                )

    @api.constrains("amount", "move_id")
    def _check_sum(self):
        """The parts never exceed the invoice; what was given back is no part."""
        for move in self.sudo().move_id:  # sudo: sums of shares the user writes
            living = move.recouv_share_ids.filtered(lambda s: s.state not in OVER)
            total = sum(living.mapped("amount"))
            if move.currency_id.compare_amounts(total, move.amount_total) > 0:
                raise ValidationError(
                    self.env._(
                        "%(document)s: the payers' parts (%(parts)s) exceed the "
                        "invoice (%(total)s).",
                        document=move.display_name,
                        parts=move.currency_id.format(total),
                        total=move.currency_id.format(move.amount_total),
                    )
                )

    # --- evidence -----------------------------------------------------------------

    @api.model
    def _creatable_fields(self):
        return PLAN_FIELDS

    def _editable_fields(self):
        """A plan is changed freely; once booked, how it is sent; once sent, nothing."""
        if self.state != "draft":
            return frozenset()
        return SENDING_FIELDS if self.is_booked else PLAN_FIELDS - {"company_id"}

    def _is_deletable(self):
        """Return True for a plan that never left nor was booked."""
        return super()._is_deletable() or (
            self.state == "draft" and not self.is_booked and not self.sent_on
        )

    @api.model
    def _evidence_advice(self):
        return self.env._(
            "Correct it and send it again, or issue a credit note on the invoice."
        )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._complete(vals) for vals in vals_list])

    @api.model
    def _complete(self, vals):
        """Add what follows from the invoice: company, currency, patient, care, NIR."""
        move = self.env["account.move"].browse(vals.get("move_id") or ())
        self.env["res.partner"].browse(vals.get("patient_id") or ()).check_access(
            "read"
        )
        if not move:
            company = self.env["res.company"].browse(vals.get("company_id"))
            company = company or self.env.company
            return {"currency_id": company.currency_id.id, **vals}
        move.check_access("read")
        # sudo: the identity goes with the share, which only its own group reads
        known = move.sudo()
        patient = self._patient_of(known, vals)
        return {
            "company_id": known.company_id.id,
            "currency_id": known.currency_id.id,
            "patient_id": patient.id,
            "care_date": known.recouv_care_end_date
            or known.invoice_date
            or fields.Date.context_today(self),
            "nir": self._nir_for(known, patient),
            **vals,
        }

    @api.model
    def _patient_of(self, move, vals):
        # sudo: who was cared for, by the invoice that the user may read
        patient = self.env["res.partner"].sudo().browse(vals.get("patient_id") or ())
        return patient or move.recouv_patient_id or move.partner_id

    @api.model
    def _nir_for(self, move, patient):
        """Return the number of the patient, of the invoice's own practice only."""
        own = move.company_id.parent_ids
        if patient == move._recouv_patient() or not patient.company_id - own:
            return patient.recouv_nir
        return False

    # --- states -------------------------------------------------------------------

    def _set_state(self, state, **values):
        """Record where these shares stand; the one way to write a state.

        :param state: a key of STATES
        :param values: what else is known of it (``sent_on``, ``ack_date`` …)
        """
        self._record({"state": state, **values})
