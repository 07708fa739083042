"""Test ground of the transfers: a payer, a buyer, an agency, a secretary's view."""

from datetime import date

from odoo import Command
from odoo.tests import new_test_user

from .common import RecouvCommon


class TransferCommon(RecouvCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.payer = cls.make_patient("Mutuelle de Bretagne", is_company=True)
        cls.other_payer = cls.make_patient("Caisse primaire", is_company=True)
        cls.buyer = cls.make_patient("Rachat Créances SA", is_company=True)
        cls.manager = new_test_user(
            cls.env,
            "transfer_manager",
            groups="base.group_user,recouv_lib.group_manager,"
            "account.group_account_invoice",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.biller = new_test_user(
            cls.env,
            "transfer_biller",
            groups="base.group_user,account.group_account_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        # reads items (invoicing), books transfers (relance): the usual secretary
        cls.cashier = new_test_user(
            cls.env,
            "transfer_cashier",
            groups="base.group_user,account.group_account_invoice,"
            "recouv_lib.group_user",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def receivable(cls, move):
        return move.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    @classmethod
    def plan(cls, line, kind="payer_share", amount=None, partner=None, **values):
        """A draft transfer; by ``user`` where one is given."""
        env = cls.env(user=values.pop("user")) if "user" in values else cls.env
        return env["recouv.transfer"].create(
            {
                "kind": kind,
                "origin_line_id": line.id,
                "amount_currency": amount or line.amount_residual_currency,
                "target_partner_id": (partner or cls.payer).id,
                **values,
            }
        )

    @classmethod
    def transfer(cls, move, kind="payer_share", amount=None, partner=None, **values):
        """A posted transfer of (a part of) an invoice."""
        lines = cls.receivable(move).filtered(lambda line: not line.reconciled)
        transfer = cls.plan(lines[:1], kind, amount, partner, **values)
        transfer.action_post()
        return transfer

    @classmethod
    def credit_note(cls, move, amount, day=date(2026, 6, 15)):
        refund = move._reverse_moves(
            [{"invoice_date": day, "date": day, "ref": "Too much"}]
        )
        refund.invoice_line_ids.price_unit = amount
        refund.action_post()
        return refund
