"""Test ground of credit insurance: an insurer, its policy, debtors with limits."""

import io
from datetime import date
from unittest.mock import patch

from pypdf import PdfWriter

from odoo import Command
from odoo.tests import new_test_user

from odoo.addons.recouv_lib.lib import html_pdf
from odoo.addons.recouv_lib.tests.common import RecouvCommon


def blank_pdf():
    """Return one blank page: dossiers are put together of what the printer gives."""
    writer, target = PdfWriter(), io.BytesIO()
    writer.add_blank_page(595, 842)
    writer.write(target)
    return target.getvalue()


class InsuranceCommon(RecouvCommon):
    """A policy of 2026 (90 %, notice in 30 days, 5 months to wait) and two debtors."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.printed = []
        cls.page = blank_pdf()
        cls.enterClassContext(patch.object(html_pdf, "print_html", cls.fake_print))
        cls.practitioner = new_test_user(
            cls.env,
            "insurance_manager",
            groups="base.group_user,recouv_lib.group_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.insurer = cls.make_patient("Assurance Crédit SA", is_company=True)
        cls.clinic = cls.make_patient("Clinique du Port", is_company=True)
        cls.gym = cls.make_patient("Salle de sport", is_company=True)
        cls.bank = cls.company_data["default_journal_bank"]
        cls.policy_2026 = cls.make_insurance()

    @classmethod
    def fake_print(cls, _program, html, **_options):
        cls.printed.append(html)
        return cls.page

    # --- builders ---------------------------------------------------------------------

    @classmethod
    def make_insurance(cls, activate=True, **values):
        """A policy of the practice, entered and put into force by its manager."""
        policy = (
            cls.env["recouv.insurance.policy"]
            .with_user(cls.practitioner)
            .create(
                {
                    "name": "POL-1",
                    "insurer_id": cls.insurer.id,
                    "date_from": date(2026, 1, 1),
                    "date_to": date(2026, 12, 31),
                    "waiting_months": 5,
                    "rate_ids": [
                        Command.create({"rate": 0.6}),
                        Command.create(
                            {
                                "rate": 0.3,
                                "debtor_kind": "professional",
                                "max_days": 30,
                            }
                        ),
                    ],
                    **values,
                }
            )
        )
        if activate:
            policy.action_activate()
        return policy.sudo()

    @classmethod
    def ask(cls, partner, amount, policy=None):
        """A limit asked by the secretary."""
        limit = (
            cls.env["recouv.insurance.limit"]
            .with_user(cls.secretary)
            .create(
                {
                    "policy_id": (policy or cls.policy_2026).id,
                    "partner_id": partner.id,
                    "amount_asked": amount,
                }
            )
        )
        limit.action_ask()
        return limit

    @classmethod
    def limit(cls, partner, amount, agreed=None, start=date(2026, 1, 1), **told):
        """A limit that the insurer answered."""
        limit = cls.ask(partner, amount)
        agreed = amount if agreed is None else agreed
        if agreed < amount:
            told.setdefault("reason", "Bilans déficitaires")
        limit._answer(agreed, start, **told)
        return limit

    @classmethod
    def invoice(cls, partner, amount, day, days=30, **values):
        """An invoice with its claim, ``days`` to pay."""
        due = date.fromordinal(day.toordinal() + days)
        move = cls.make_invoice(partner, amount, due, invoice_date=day, **values)
        cls.env["recouv.engine"]._create_claims(cls.company, date(2026, 12, 31))
        return move

    @classmethod
    def cover(cls, *moves):
        """The cover of these invoices, as the secretary reads it."""
        ids = [move.id for move in moves]
        rows = cls.env["recouv.insurance.cover"].with_user(cls.secretary)
        cls.env.flush_all()
        rows.invalidate_model()
        return rows.search([("move_id", "in", ids)], order="invoice_date, id")

    @classmethod
    def loss_of(cls, *moves, user=None):
        """The loss prepared for these invoices by the secretary."""
        rows = cls.cover(*moves)
        return cls.env["recouv.insurance.loss"].with_user(cls.secretary)._prepare(rows)

    @classmethod
    def declared(cls, *moves):
        """A loss that the secretary notified and declared."""
        loss = cls.loss_of(*moves)
        loss.action_notify()
        loss.action_declare()
        return loss.with_user(cls.practitioner)

    @classmethod
    def settled(cls, *moves):
        loss = cls.declared(*moves)
        loss._settle()
        return loss

    @classmethod
    def receive(cls, loss, amount=None, day=None):
        """Money of the indemnity, entered in the bank journal by the practitioner."""
        loss = loss.with_user(cls.practitioner)
        amount = loss.amount_payable if amount is None else amount
        return loss.env["recouv.insurance.payment"]._take(
            loss, amount, day or loss.settled_on, journal=cls.bank
        )

    @classmethod
    def claim(cls, move):
        return cls.claims_of(move)[:1]

    @classmethod
    def balance(cls, account, partner=None):
        domain = [("account_id", "=", account.id), ("parent_state", "=", "posted")]
        if partner:
            domain.append(("partner_id", "=", partner.id))
        lines = cls.env["account.move.line"].search(domain)
        return round(sum(lines.mapped("balance")), 2)

    @classmethod
    def insurer_balance(cls):
        account = cls.company.recouv_subrogation_account_id
        return cls.balance(account, cls.insurer)

    @classmethod
    def money(cls, record):
        """What the bank's entry of a record brings to the bank."""
        account = record.sudo()._bank_account()
        lines = record.sudo().bank_move_id.line_ids
        return sum(lines.filtered(lambda x: x.account_id == account).mapped("balance"))
