from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount


class RecouvInsuranceLoss(models.Model):
    """The papers of a loss: the dossier of its declaration, the notice of subrogation.

    The dossier is one numbered PDF: account of the sums, list of invoices by number,
    contacts, then the reminders with their proofs and the correspondence that the
    practice joined. An invoice itself is not in it: it may name care (law.md §6.2).
    """

    _name = "recouv.insurance.loss"
    _inherit = ["recouv.insurance.loss", "recouv.insurance.paper"]
    # the correspondence is the manager's to gather
    _evidence_files = ("document_id", "subrogation_id", "letter_ids")
    _dossier_template = "recouv_lib_factoring.insurance_dossier"

    document_id = fields.Many2one("ir.attachment", "Dossier", readonly=True, copy=False)
    subrogation_id = fields.Many2one(
        "ir.attachment", "Notice of subrogation", readonly=True, copy=False
    )
    subrogation_on = fields.Date("Debtor told on", readonly=True, copy=False)
    letter_ids = fields.Many2many(
        "ir.attachment", compute="_compute_letter_ids", string="Notices of subrogation"
    )
    amount_untold = fields.Monetary(
        "Not told to the debtor yet", compute="_compute_amount_untold"
    )

    # --- overdue notice ---------------------------------------------------------------

    def action_print_notice(self):
        """Download the overdue notice for the insurer: who owes what since when."""
        self.ensure_one()
        self.check_access("read")
        self._check_may_tell()
        self._unpaid_lines()  # a refusal is in the language of who prints
        told = self._in_insurer_language()
        content = told._insurer_page(
            "recouv_lib_factoring.insurance_notice",
            told._notice_values(),
            told.env._("Overdue notice"),
        )
        number = (self.name or "").replace("/", "-")
        name = told.env._("overdue-notice-%s.pdf", number)
        return self.env["recouv.document"]._download(name, content)

    def _notice_values(self):
        """Return head and rows; what is owed is as the books stand now."""
        lines = self._unpaid_lines()
        unpaid = sum(line._open_amount() for line in lines)
        return {
            "policy": self.policy_id.name,
            "head": self._debtor_rows(),
            "rows": [
                row | {"unpaid": self._money(line._open_amount())}
                for line, row in ((one, one._dossier_row()) for one in lines)
            ],
            "total": self._money(unpaid),
        }

    # --- dossier ----------------------------------------------------------------------

    def action_print_dossier(self):
        """Download the dossier; of a loss not declared yet, as it would be."""
        self.ensure_one()
        if self.document_id:
            return self._action_paper(self.document_id)
        return self.env["recouv.document"]._download(
            self._dossier_name(), self._dossier()
        )

    def _dossier_name(self):
        return self.env._("loss-%s.pdf", (self.name or "").replace("/", "-"))

    def _keep_dossier(self):
        document = self._keep_paper(self._dossier_name(), self._dossier())
        self._record({"document_id": document.id})

    def _dossier(self):
        """EXTENDS: :raise UserError: the debtor may not be named to the insurer"""
        self._check_may_tell()
        return super()._dossier()

    def _dossier_title(self):
        return self.env._("Declaration of a loss")

    def _told_claims(self):
        return self.line_ids.claim_id

    def _told_debtors(self):
        return self.partner_id

    def _dossier_values(self, exhibits):
        account, limit = self._account(), self._limit_left()
        shared = self.currency_id.compare_amounts(limit, self.amount_limit) < 0
        left = [(self.env._("Limit left by other losses"), self._money(limit))]
        return {
            "head": self._dossier_head(),
            "claims": [line._dossier_row() for line in self.line_ids],
            "account": [
                (self.env._("Unpaid"), self._money(float(account.unpaid))),
                (self.env._("Limit"), self._money(self.amount_limit)),
                *(left if shared else []),
                (self.env._("Loss within the limit"), self._money(float(account.loss))),
            ],
            "contacts": [notice._court_row() for notice in self._notices()],
            "exhibits": [(label, name) for label, name, _contents in exhibits],
            "declared": self.declared_on or fields.Date.context_today(self),
        }

    def _debtor_rows(self):
        """Return [(label, value)]: which policy, which loss, which debtor."""
        _ = self.env._
        rows = [
            (_("Insurance policy"), self.policy_id.name),
            (_("Insurance loss"), self.name),
        ]
        rows = [(label, value) for label, value in rows if value]
        return rows + self._debtor_identity(self.partner_id)

    def _dossier_head(self):
        _ = self.env._
        rows = [
            (_("Overdue notice sent on"), self._day(self.noticed_on)),
            (_("Claim admitted on"), self._day(self.insolvency_on)),
            (_("Dispute"), _("None is open.")),
        ]
        return self._debtor_rows() + [row for row in rows if row[1]]

    def _money(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    # --- subrogation ------------------------------------------------------------------

    def action_tell_debtor(self):
        """Print the notice of subrogation to the debtor, once the indemnity has come;
        a further one for each part that comes later.

        C. civ. 1346-5: the debtor may be held to it from the day of the notice; what is
        paid to the practice in good faith before frees the debtor.

        :raise UserError: nothing was subrogated, or nobody may be written to
        """
        self.ensure_one()
        self.check_access("write")
        if not self.amount_subrogated:
            raise UserError(
                self.env._("%s: the insurer took nothing over.", self.display_name)
            )
        self._recouv_lock_rows()
        if untold := self._untold_payments():
            document = self._keep_paper(
                self.env._("subrogation-%s.pdf", (self.name or "").replace("/", "-")),
                self._subrogation_letter(),
            )
            # sudo: who writes to the debtor may not book; only which letter told of
            # this money is noted, also where an earlier one is no more
            before = (self._standing_payments() - untold).filtered(
                lambda one: one.amount_subrogated and not one.letter_id
            )
            before.sudo()._record({"letter_id": (self.subrogation_id or document).id})
            untold.sudo()._record({"letter_id": document.id})
            self._record(
                {
                    "subrogation_id": document.id,
                    "subrogation_on": fields.Date.context_today(self),
                }
            )
        return self._action_paper(self.subrogation_id)

    def _subrogation_letter(self):
        debtor = self.partner_id
        if forbidden := debtor._recouv_forbidden("letter"):
            raise UserError(forbidden)
        if debtor._recouv_awaits_decision():
            raise UserError(
                self.env._(
                    "%s is a minor: the practitioner decides first who is written to.",
                    debtor.display_name,
                )
            )
        recipient = debtor._recouv_contact("letter")
        if not (recipient.street and recipient.zip and recipient.city):
            raise UserError(
                self.env._(
                    "%(name)s has no complete postal address.",
                    name=recipient.display_name,
                )
            )
        installed = dict(self.env["res.lang"].get_installed())
        lang = recipient.lang if recipient.lang in installed else self.env.lang
        told = self.with_context(lang=lang)
        return told.env["recouv.document"]._print(
            "recouv_lib_factoring.insurance_subrogation",
            told._subrogation_values(),
            company=self.company_id,
            title=told.env._("Your invoices: whom to pay from now on"),
            recipient=recipient,
            lang=lang,
        )

    @api.depends("payment_ids.letter_id", "subrogation_id")
    def _compute_letter_ids(self):
        for loss in self:
            loss.letter_ids = loss.subrogation_id | loss.payment_ids.letter_id

    @api.depends(
        "payment_ids.letter_id", "payment_ids.amount_subrogated",
        "payment_ids.undone_on", "subrogation_on",
    )  # fmt: skip
    def _compute_amount_untold(self):
        for loss in self:
            untold = loss._untold_payments()
            loss.amount_untold = sum(untold.mapped("amount_subrogated"))

    def _untold_payments(self):
        """Return the money for which the insurer took something over, of which no
        letter told the debtor."""
        untold = self._standing_payments().filtered(
            lambda one: (
                not one.letter_id
                and one.currency_id.compare_amounts(one.amount_subrogated, 0) > 0
            )
        )
        if self.subrogation_on and not self.payment_ids.letter_id:
            # told before letters were noted with the money, or the letters were erased
            return untold.filtered(
                lambda one: (one.applied_on or one.date) > self.subrogation_on
            )
        return untold

    def _subrogation_values(self):
        untold = self._untold_payments()
        told = (self._standing_payments() - untold).filtered("amount_subrogated")
        insurer = self.insurer_id
        place = " ".join(filter(None, [insurer.zip, insurer.city]))
        bank = insurer.bank_ids[:1]
        left = sum(line.amount_open for line in self.line_ids)
        return {
            "number": self.name,
            "rows": [
                {
                    "number": transfer.invoice_id.name,
                    "date": self._day(transfer.invoice_id.invoice_date),
                    # less what was credited since
                    "amount": transfer.currency_id.format(transfer._credit_room()),
                }
                for transfer in untold._transfers_to_tell()
            ],
            "total": self._money(sum(untold.mapped("amount_subrogated"))),
            "earlier": told and self._day(self.subrogation_on),
            "replaced": not told and self._day(self.subrogation_on),
            "insurer": insurer.name,
            "address": ", ".join(filter(None, [insurer.street, place])),
            "account": bank.acc_number or "",
            "left": self._money(left)
            if self.currency_id.compare_amounts(left, 0) > 0
            else "",
        }


class RecouvInsuranceLossLine(models.Model):
    _inherit = "recouv.insurance.loss.line"

    def _dossier_row(self):
        """Return what the dossier says of one invoice: no act, no care."""
        loss = self.loss_id
        # sudo: the sum of an invoice of the practice's own loss
        move = self.sudo().move_id
        labels = dict(self._fields["code"]._description_selection(self.env))
        original = move.company_currency_id and abs(move.amount_total_signed)
        return {
            "number": self.reference or "",
            "date": loss._day(self.invoice_date),
            "due": loss._day(self.date_due),
            "original": loss._money(original or self.amount_unpaid),
            "unpaid": loss._money(self.amount_unpaid),
            "covered": loss._money(self.amount_covered),
            "code": labels.get(self.code, ""),
        }
