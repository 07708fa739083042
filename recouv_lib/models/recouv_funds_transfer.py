from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..lib import iban, pain001

#: where a refund goes: entered until the file for the bank is made
REFUND_FIELDS = {"refund_iban", "refund_holder"}


class ResCompany(models.Model):
    _inherit = "res.company"

    def _recouv_order_file(self, payments, account=None):
        """Return the file (SEPA, pain.001) of orders from the dedicated account.

        :param payments: list of ``pain001.Payment``
        :param account: ``pain001.Account`` to pay from instead
        :raise UserError: an account is missing; names whose
        """
        self.ensure_one()
        account = account or self._recouv_dedicated_account()
        now = fields.Datetime.now()
        try:
            return pain001.message(
                f"RECOUV-{self.id}-{now:%Y%m%d%H%M%S}",
                now,
                fields.Date.context_today(self),
                account,
                payments,
                self.currency_id.name,
            )
        except pain001.BadPayment as error:
            raise UserError(
                self.env._("The file for the bank cannot be made: %s.", error)
            ) from error

    def _recouv_dedicated_account(self):
        """Return the dedicated account as a bank's file names it."""
        bank = self._recouv_funds_journal().bank_account_id
        return pain001.Account(self.name, bank.acc_number or "", bank.bank_bic or "")

    def _recouv_download_orders(self, kind, payments, account=None):
        """Return the action that downloads the file of these orders."""
        today = fields.Date.to_string(fields.Date.context_today(self))
        name = f"pain001-{kind}-{today}.xml"
        content = self._recouv_order_file(payments, account)
        return self.env["recouv.document"]._download(name, content)


class RecouvReceipt(models.Model):
    """The refund of an overpayment by a file for the bank."""

    _name = "recouv.receipt"
    _inherit = ["recouv.receipt", "recouv.order.mixin"]

    _export_stamp = "refund_exported_on"

    refund_iban = fields.Char(
        "IBAN for the refund",
        copy=False,
        help="By default the account that the money came from.",
    )
    refund_holder = fields.Char("Holder of the account", copy=False)
    refund_exported_on = fields.Datetime(
        "Transfer file made on", readonly=True, copy=False
    )

    @api.constrains("refund_iban")
    def _check_refund_iban(self):
        for receipt in self.filtered("refund_iban"):
            try:
                iban.validate_iban(receipt.refund_iban)
            except iban.BadIban as error:
                raise ValidationError(
                    self.env._(
                        "%(receipt)s: the IBAN for the refund is wrong: correct it.",
                        receipt=receipt.display_name,
                    )
                ) from error

    def write(self, vals):
        """EXTENDS: once its transfer was ordered, where it goes is a manager's; once
        its file was made, nobody's."""
        if REFUND_FIELDS & vals.keys() and not self.env.su:
            self._check_refund_account_open()
        return super().write(vals)

    def _check_refund_account_open(self):
        manager = self.env.user.has_group("recouv_lib.group_manager")
        for receipt in self:
            if receipt.refund_exported_on:
                raise UserError(
                    self.env._(
                        "%s: the file for the bank was made already.",
                        receipt.display_name,
                    )
                )
            if receipt.refunded_on and not manager:
                raise AccessError(
                    self.env._("Only a manager says where a refund goes.")
                )

    def _refund(self):
        """EXTENDS: it goes back where it came from, unless told otherwise."""
        result = super()._refund()
        self._fill_refund_account()
        return result

    def _fill_refund_account(self):
        movement = self.statement_line_id
        if not self.refund_iban and _normal(movement.account_number):
            self.refund_iban = movement.account_number
            self.refund_holder = self.refund_holder or movement.partner_name

    def action_export_refunds(self):
        """Download the file of these refunds for the bank (SEPA, pain.001); asked
        first where one of them was in a file already.

        :raise AccessError: no manager
        :raise UserError: a refund was not ordered, or has no account; names it
        """
        return self._export_once()

    def _check_exportable(self):
        self.check_access("write")
        if not (self.env.su or self.env.user.has_group("recouv_lib.group_manager")):
            raise AccessError(self.env._("Only a manager orders a refund."))
        if len(self.company_id) != 1:
            raise UserError(self.env._("One file is for one agency: choose its own."))

    def _export_orders(self):
        # sudo: rights checked; accounts and entries of these receipts
        receipts = self.sudo()
        payments = [receipt._refund_transfer() for receipt in receipts]
        action = receipts.company_id._recouv_download_orders("refunds", payments)
        receipts._stamp_exported()
        return action

    def _refund_transfer(self):
        if not self.refunded_on:
            raise UserError(
                self.env._("%s: order its refund first.", self.display_name)
            )
        if not self.refund_iban:
            raise UserError(
                self.env._(
                    "%(receipt)s: enter the IBAN of %(debtor)s on it.",
                    receipt=self.display_name,
                    debtor=self.partner_id.name,
                )
            )
        return pain001.Payment(
            self.name,
            Decimal(str(round(_ordered_sum(self.refund_move_id), 2))),
            pain001.Account(
                self.refund_holder or self.partner_id.name, self.refund_iban
            ),
            self.env._("Refund %s", self.name),
        )


class RecouvSweep(models.Model):
    """Fees leave for the agency's own account, by a file for the bank."""

    _name = "recouv.sweep"
    _inherit = ["recouv.sweep", "recouv.order.mixin"]

    exported_on = fields.Datetime("Transfer file made on", readonly=True, copy=False)

    @api.depends("date", "is_return")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for sweep in self:
            day = fields.Date.to_string(sweep.date or fields.Date.today())
            sweep.display_name = (
                self.env._("Fees paid back on %(date)s", date=day)
                if sweep.is_return
                else self.env._("Fees swept on %(date)s", date=day)
            )

    def action_export_transfers(self):
        """Download the file of these transfers for the bank (SEPA, pain.001); asked
        first where one of them was in a file already.

        :raise UserError: the agency has no account of its own, or one file would be
            for several agencies
        """
        return self._export_once()

    def _check_exportable(self):
        self.env["recouv.remittance"].check_access("write")
        self.check_access("read")
        if len(self.company_id) != 1:
            raise UserError(self.env._("One file is for one agency: choose its own."))
        if len(set(self.mapped("is_return"))) > 1:
            raise UserError(
                self.env._(
                    "Fees swept leave the dedicated account, fees paid back leave the "
                    "agency's own: make one file for each."
                )
            )

    def _export_orders(self):
        # sudo: rights checked; the agency's own account and entries
        sweeps = self.sudo()
        company = sweeps.company_id
        own = company._recouv_agency_profile()._own_account()
        payer = own if sweeps[:1].is_return else None
        payments = [sweep._transfer(own) for sweep in sweeps]
        action = company._recouv_download_orders("fees", payments, payer)
        sweeps._stamp_exported()
        return action

    def _transfer(self, own):
        payee = self.company_id._recouv_dedicated_account() if self.is_return else own
        return pain001.Payment(
            f"SWEEP-{self.id}",
            Decimal(str(round(_ordered_sum(self.move_id), 2))),
            payee,
            self.env._("Fees paid back")
            if self.is_return
            else self.env._("Fees swept"),
        )


class RecouvAgencyProfile(models.Model):
    """Whose account the agency's fees go to: its own, never the dedicated one."""

    _inherit = "recouv.agency.profile"

    own_bank_id = fields.Many2one(
        "res.partner.bank",
        "Own account",
        check_company=True,
        domain="[('partner_id', '=', company_partner_id)]",
        help="To which the agency's fees are swept. Left empty: the account of the "
        "agency's other bank journal.",
    )
    company_partner_id = fields.Many2one(related="company_id.partner_id")
    swept_on = fields.Datetime("Fees last swept on", readonly=True, copy=False)

    def _own_account(self):
        """Return the account to which fees are swept.

        :raise UserError: there is none, it is no IBAN, or it is the dedicated one
        """
        company = self.company_id
        bank = self.own_bank_id or self._other_journal().bank_account_id
        number = _normal(bank.acc_number)
        if not number:
            raise UserError(
                self.env._(
                    "%s has no valid IBAN of its own: choose it in the agency profile.",
                    company.name,
                )
            )
        if number == _normal(self.journal_id.bank_account_id.acc_number):
            raise UserError(
                self.env._(
                    "The own account of %s is the dedicated one: fees are swept to "
                    "another account (CPCE R124-2).",
                    company.name,
                )
            )
        return pain001.Account(company.name, number, bank.bank_bic or "")

    def _other_journal(self):
        return self.env["account.journal"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("type", "=", "bank"),
                ("id", "!=", self.journal_id.id),
                ("bank_account_id", "!=", False),
            ],
            limit=1,
        )


def _ordered_sum(move):
    """Return what the entry of a refund or a sweep orders: its last item."""
    return move.line_ids.sorted("sequence")[-1:]._recouv_ordered_sum()


def _normal(number):
    """Return a number without separators where it is an IBAN, else an empty text."""
    try:
        return iban.validate_iban(number or "")
    except iban.BadIban:
        return ""
