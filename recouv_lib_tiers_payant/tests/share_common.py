"""Test ground of shares: rights, shared invoices, lots."""

from datetime import date

from odoo import Command

from .tp_common import TiersPayantCommon

CARE = date(2026, 6, 1)
#: a valid number of social security, and one of a birth in Corsica
NIR = "185057800608436"
CORSICAN = "2840520123456"


class ShareCommon(TiersPayantCommon):
    """Invoices shared 70 / 20 / 10 between caisse, mutual fund and patient."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.payers_policy = cls.make_policy(
            capacity="payer_followup",
            steps=[
                {
                    "channel": "letter",
                    "delay_days": 7,
                    "anchor": "due_date",
                    "deadline_days": 14,
                    "letter_template_id": cls.env.ref(
                        "recouv_lib.letter_template_payer_first"
                    ).id,
                }
            ],
        )
        cls.env["recouv.policy"].search(
            [
                ("capacity", "=", "payer_followup"),
                ("company_id", "=", cls.company.id),
                ("id", "!=", cls.payers_policy.id),
            ]
        ).active = False

    @classmethod
    def make_draft(cls, amount=100.0, care=CARE, partner=None, **values):
        """A draft invoice without tax."""
        return cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (partner or cls.patient).id,
                "journal_id": cls.journal.id,
                "invoice_date": care,
                "invoice_date_due": care,
                "invoice_payment_term_id": False,
                "recouv_care_end_date": care,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Fees", "price_unit": amount, "tax_ids": []}
                    )
                ],
                **values,
            }
        )

    @classmethod
    def plan_share(cls, move, payer=None, amount=70.0, **values):
        payer = payer or cls.caisse
        return (
            cls.env["recouv.share"]
            .with_user(cls.biller)
            .create(
                {
                    "move_id": move.id,
                    "payer_id": payer.id,
                    "kind": payer.recouv_payer_kind,
                    "amount": amount,
                    **values,
                }
            )
        )

    @classmethod
    def shared_invoice(cls, amo=70.0, amc=20.0, number="000000012", **values):
        """A posted invoice of 100, its parts booked with it."""
        move = cls.make_draft(**values)
        if amo:
            cls.plan_share(move, cls.caisse, amo, invoice_number=number)
        if amc:
            cls.plan_share(move, cls.mutual, amc, invoice_number=number)
        move.action_post()
        move.is_move_sent = True
        return move

    @classmethod
    def share_of(cls, move, kind="amo"):
        return move.recouv_share_ids.filtered(lambda s: s.kind == kind).with_user(
            cls.biller
        )

    @classmethod
    def make_lot(cls, shares, name="012", day=date(2026, 6, 2), sent=True, **values):
        lot = (
            cls.env["recouv.lot"]
            .with_user(cls.biller)
            .create({"name": name, "date": day, **values})
        )
        lot._add(shares)
        if sent:
            lot._transmit(day)
        return lot

    @classmethod
    def make_rights(cls, payer=None, **values):
        payer = payer or cls.caisse
        return (
            cls.env["recouv.coverage"]
            .with_user(cls.biller)
            .create(
                {
                    "partner_id": cls.patient.id,
                    "payer_id": payer.id,
                    "rate": 70 if payer.recouv_payer_kind == "amo" else 30,
                    "valid_from": date(2026, 1, 1),
                    "valid_to": date(2026, 12, 31),
                    "checked_on": date(2026, 5, 1),
                    **values,
                }
            )
        )

    @classmethod
    def pay_item(cls, item, amount=None, day=date(2026, 6, 10)):
        """Money of a payer on its own item."""
        values = {"payment_date": day}
        if amount is not None:
            values["amount"] = amount
        return (
            cls.env["account.payment.register"]
            .with_context(active_model="account.move.line", active_ids=item.ids)
            .create(values)
            ._create_payments()
        )

    @classmethod
    def credit_note(cls, move, amount, part=None, day=date(2026, 6, 15)):
        refund = move._reverse_moves(
            [{"invoice_date": day, "date": day, "ref": "Too much"}]
        )
        refund.invoice_line_ids.price_unit = amount
        if part:
            refund.recouv_credit_part = part
        refund.action_post()
        return refund

    def item_of(self, share):
        return share.sudo().transfer_id.target_line_id

    def assertBalanced(self, *moves):
        for move in moves:
            self.assertAlmostEqual(sum(move.line_ids.mapped("balance")), 0)
