from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.recouv_lib.models.account_move_screens import READERS

from ..lib import parts
from .recouv_coverage import NO_OVERRUN
from .recouv_share import OVER
from .res_partner import TIERS_PAYANT


class AccountMove(models.Model):
    """The patient's rights on the day of care: what they give, what to check.

    Unknown or expired rights warn and never block: who goes on is recorded.
    """

    _inherit = "account.move"

    recouv_rights_message = fields.Text(
        "Rights to check", compute="_compute_recouv_rights_message", groups=READERS
    )
    recouv_not_covered = fields.Boolean(
        "Care not covered",
        copy=False,
        tracking=True,
        groups=READERS,
        help="What payers do not owe of it, the patient does, even one who is exempted "
        "from all other care.",
    )
    recouv_sent_invoice_ids = fields.One2many(
        "recouv.sent.invoice",
        "move_id",
        "Sent by the billing software",
        readonly=True,
        groups=TIERS_PAYANT,
    )
    recouv_rights_passed_on = fields.Datetime(
        "Posted with rights to check on", readonly=True, copy=False, groups=READERS
    )
    recouv_rights_passed_by_id = fields.Many2one(
        "res.users", "Went on all the same", readonly=True, copy=False, groups=READERS
    )
    recouv_rights_passed_note = fields.Text(
        "What was to check", readonly=True, copy=False, groups=READERS
    )

    @api.depends(
        "recouv_share_ids.payer_id", "recouv_share_ids.state", "recouv_not_covered",
        "recouv_sent_invoice_ids.exemption",
        "recouv_care_end_date", "invoice_date", "partner_id", "recouv_patient_id",
        "amount_total", "amount_residual", "state",
    )  # fmt: skip
    def _compute_recouv_rights_message(self):
        for move in self:
            # sudo: payer and day of the rights, said to who posts the invoice
            gaps = move.sudo()._recouv_rights_gaps()
            move.recouv_rights_message = "\n".join(gaps)

    def _recouv_care_day(self):
        self.ensure_one()
        return (
            self.recouv_care_end_date
            or self.invoice_date
            or fields.Date.context_today(self)
        )

    def _recouv_rights_gaps(self):
        """Return what to check of the rights behind the parts, as sentences."""
        self.ensure_one()
        if self.move_type not in ("out_invoice", "out_receipt"):
            return []
        gaps = [*self._recouv_share_gaps(), *self._recouv_ended_gaps()]
        if (left := self._recouv_left_to_exempted()) > 0:
            gaps.append(self._recouv_exempted_gap(left))
        return gaps

    def _recouv_share_gaps(self):
        """What to check of parts that can still be corrected before they go."""
        day, gaps = self._recouv_care_day(), []
        for share in self.recouv_share_ids.filtered(lambda s: s.state == "draft"):
            rights = share.patient_id.recouv_coverage_ids.filtered(
                lambda c, share=share: (
                    c.payer_id == share.payer_id and c.company_id == share.company_id
                )
            )
            if not rights._on(day):
                gaps.append(self._recouv_rights_gap(share.payer_id, rights))
        return gaps

    def _recouv_ended_gaps(self):
        """Rights that would have shared this invoice, were they valid that day."""
        if not self._recouv_awaits_split():
            return []
        day, gaps = self._recouv_care_day(), []
        for rights in self._recouv_own_rights().grouped("kind").values():
            last = rights.filtered("is_third_party").sorted(
                lambda c: c.valid_to or date.max
            )[-1:]
            if last and not rights._on(day):
                gaps.append(self._recouv_rights_gap(last.payer_id, last))
        return gaps

    def _recouv_rights_gap(self, payer, rights):
        day = self._recouv_care_day()
        ended = max(filter(None, rights.mapped("valid_to")), default=None)
        names = {
            "payer": payer.display_name,
            "day": format_date(self.env, day),
            "ended": format_date(self.env, ended) if ended else "",
        }
        if ended and ended < day:
            what = self.env._(
                "%(payer)s: the rights ended on %(ended)s, before the care of %(day)s.",
                **names,
            )
        else:
            what = self.env._(
                "%(payer)s: no rights are recorded for the care of %(day)s.", **names
            )
        return f"{what} {self._recouv_rights_advice(payer.recouv_payer_kind)}"

    def _recouv_exempted_gap(self, left):
        return self.env._(
            "By the rights on %(day)s the patient owes nothing, and %(amount)s is left "
            "to them: share the whole invoice between the payers, or tick “Care not "
            "covered”.",
            day=format_date(self.env, self._recouv_care_day()),
            amount=self.currency_id.format(left),
        )

    def _recouv_rights_advice(self, kind):
        if kind == "amo":
            return self.env._(
                "Read the carte Vitale or ask ADRi for that day, then record the "
                "rights."
            )
        return self.env._(
            "Ask for the certificate of the mutual fund that covers that day, then "
            "record the rights."
        )

    # --- posting --------------------------------------------------------------------

    def action_post(self):
        """EXTENDS 'account': from the form, say first what to check of the rights."""
        # as core does for abnormal amounts: a dialog for people, never for programs
        asks = not self.env.context.get("disable_abnormal_invoice_detection", True)
        if asks and not self.env.context.get("recouv_rights_passed"):
            doubtful = self.filtered(
                lambda m: m.state == "draft" and m.recouv_rights_message
            )
            if doubtful:
                return self._recouv_ask_rights()
        return super().action_post()

    def _recouv_ask_rights(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Rights to check"),
            "res_model": "recouv.rights.warning",
            "view_mode": "form",
            "target": "new",
            "context": {"default_move_ids": self.ids},
        }

    def _recouv_pass_rights(self):
        """Record that these invoices were posted in spite of rights to check."""
        for move in self.filtered("recouv_rights_message"):
            move.write(
                {
                    "recouv_rights_passed_on": fields.Datetime.now(),
                    "recouv_rights_passed_by_id": self.env.uid,
                    "recouv_rights_passed_note": move.recouv_rights_message,
                }
            )

    def _post(self, soft=True):
        """EXTENDS 'account': where the practice wants it, rights make the parts."""
        # sudo: rights are read by their own group; who posts only receives the parts
        self.sudo()._recouv_plan_from_rights()
        return super()._post(soft)

    # --- parts by the rights --------------------------------------------------------

    def _recouv_plan_from_rights(self):
        """Plan the parts that the rights of the patients give; drafts without any."""
        wanted = self.filtered(
            lambda m: m._recouv_awaits_split() and m._recouv_rights()
        )
        vals_list = []
        for move in wanted:
            rights = move._recouv_rights()
            move._recouv_check_overrun(rights)
            # a person shares what these rights would leave to an exempted patient:
            # the invoice says so, and its relance waits
            if move._recouv_left_to_exempted() <= 0:
                vals_list += move._recouv_vals_of_rights(rights)
        self.env["recouv.share"].create(vals_list)

    def _recouv_awaits_split(self):
        """Whether posting this invoice shares it by the rights of the patient."""
        return (
            self.company_id.recouv_tp_auto_split
            and self.state == "draft"
            and self.move_type == "out_invoice"
            and not self.recouv_share_ids
            and not self.recouv_not_covered
        )

    def _recouv_patient(self):
        return self.recouv_patient_id or self.partner_id

    def _recouv_own_rights(self):
        """Return the rights that the patient ever had with this practice's payers."""
        return self._recouv_patient().recouv_coverage_ids.filtered(
            lambda c: c.company_id == self.company_id
        )

    def _recouv_rights(self):
        """Return the rights that pay the practice for the care of this invoice."""
        self.ensure_one()
        rights = self._recouv_own_rights().filtered("is_third_party")
        valid = rights._on(self._recouv_care_day())
        amo = valid.filtered(lambda c: c.kind == "amo")[:1]
        return amo | valid.filtered(lambda c: c.kind == "amc")[:1]

    def _recouv_shared(self, rights):
        """Return the sums, in the smallest unit, that rights give of this invoice."""
        scale = 10**self.currency_id.decimal_places
        return parts.split(
            round(self.amount_total * scale),
            round(min(self.recouv_overrun_amount, self.amount_total) * scale),
            *rights._rates(),
        )

    def _recouv_vals_of_rights(self, rights):
        scale = 10**self.currency_id.decimal_places
        shared, rates = self._recouv_shared(rights), rights._rates()
        sums = {"amo": (shared.amo, rates[0]), "amc": (shared.amc, rates[1])}
        return [
            {
                "move_id": self.id,
                "payer_id": right.payer_id.id,
                "kind": right.kind,
                "coverage_id": right.id,
                "exemption": right.exemption,
                "rate": sums[right.kind][1],
                "amount": sums[right.kind][0] / scale,
            }
            for right in rights
            if sums[right.kind][0] > 0
        ]

    # --- patients who owe nothing ---------------------------------------------------

    def _recouv_is_exempted(self):
        """Whether the patient owed nothing on the day of care (CSS L861-3: C2S; CASF
        L251-2: AME), by the rights or by a part."""
        valid = self._recouv_own_rights()._on(self._recouv_care_day())
        shares = self.recouv_share_ids.filtered(lambda s: s.state != "cancelled")
        kinds = {*valid.mapped("exemption"), *shares.mapped("exemption")}
        return bool(kinds & {*NO_OVERRUN})

    def _recouv_was_sent_exempted(self):
        """Whether the billing software sent it as of a patient who owes nothing."""
        # sudo: whether it did, nothing else of what was sent
        sent = self.sudo().recouv_sent_invoice_ids
        return any(invoice.exemption in NO_OVERRUN for invoice in sent)

    def _recouv_left_to_exempted(self):
        """Return what is, or would be, asked of a patient who owes nothing."""
        exempted = self._recouv_is_exempted() or self._recouv_was_sent_exempted()
        if self.recouv_not_covered or not exempted:
            return 0.0
        return self._recouv_left_to_patient()

    def _recouv_left_to_patient(self):
        """Return what payers leave to the patient; nothing is known of a draft that
        nobody has shared yet."""
        living = self.recouv_share_ids.filtered(lambda s: s.state not in OVER)
        if self.state == "posted":
            # what is planned leaves the patient's items with its booking
            plans = living.filtered(lambda share: not share.is_booked)
            items = self._recouv_patient_items()
            owed = sum(items.mapped("amount_residual_currency"))
            return owed - sum(plans.mapped("amount"))
        if living:
            return self.amount_total - sum(living.mapped("amount"))
        if self._recouv_awaits_split():
            shared = self._recouv_shared(self._recouv_rights())
            return shared.patient / 10**self.currency_id.decimal_places
        return 0.0

    def _recouv_check_overrun(self, rights):
        """Refuse an overrun where the law gives the patient nothing to pay.

        :raises UserError: naming the invoice (CSS L861-3: C2S; CASF L251-2: AME)
        """
        if self.recouv_overrun_amount > 0 and any(
            right.exemption in NO_OVERRUN for right in rights
        ):
            raise UserError(
                self.env._(
                    "%(document)s: no overrun may be asked of a patient under C2S or "
                    "AME. Correct the invoice, or the rights.",
                    document=self.display_name,
                )
            )
