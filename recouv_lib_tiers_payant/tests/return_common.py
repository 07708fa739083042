"""Test ground of returns: shares that were sent, and files that answer them."""

import base64
from datetime import date

from freezegun import freeze_time

from ..returns.writing import NoemieWriter
from .tp_common import TiersPayantCommon

TODAY = date(2026, 6, 15)
SENT = date(2026, 6, 2)
PAID_ON = date(2026, 6, 9)
NIR = "285073512345668"
REFERENCE = "261600000012"


class ReturnCommon(TiersPayantCommon):
    """A practice whose shares wait for the answers of payers."""

    @classmethod
    def setUpClass(cls):
        cls.enterClassContext(freeze_time(TODAY))
        super().setUpClass()
        cls.company._recouv_create_transfer_settings()
        cls.patient.recouv_nir = NIR
        cls.numbers = 0

    # --- what was sent ----------------------------------------------------------------

    @classmethod
    def sent_share(cls, amount=70.0, kind="amo", number=None, total=100.0, **values):
        """A share in the books that was transmitted; its own invoice unless given."""
        cls.numbers += 1
        move = values.pop("move", None) or cls.make_invoice(
            amount=total, due=SENT, invoice_date=SENT
        )
        share = cls.env["recouv.share"].create(
            {
                "move_id": move.id,
                "payer_id": (cls.caisse if kind == "amo" else cls.mutual).id,
                "kind": kind,
                "amount": amount,
                "invoice_number": number or f"{cls.numbers:09d}",
                "nir": NIR,
                "care_date": SENT,
                **values,
            }
        )
        share._book()
        share._set_state("transmitted", sent_on=SENT)
        return share

    # --- what comes back --------------------------------------------------------------

    @classmethod
    def writer(cls, day=PAID_ON, **values):
        return NoemieWriter(day, **values)

    @classmethod
    def transfer(cls, writer, day=PAID_ON, reference=REFERENCE):
        return writer.transfer(day, "CPAM RENNES", reference, "013510000")

    def answer(self, transfer, share, paid=None, state="P", rejections=(), **values):
        """Answer a share: paid as asked, unless told otherwise (cents)."""
        asked = round(share.amount * 100)
        paid = (asked if state == "P" else 0) if paid is None else paid
        part = "amo" if share.kind == "amo" else "amc"
        values = {
            "nir": share.nir[:13],
            "nir_key": share.nir[13:],
            "date": SENT,
            part: (asked, state, paid),
            **values,
        }
        number = values.pop("number", share.invoice_number)
        return transfer.invoice(number, rejections=rejections, **values)

    def return_of(self, *shares, reference=REFERENCE, **values):
        """The bytes of a file that pays these shares in full."""
        writer = self.writer(**values)
        transfer = self.transfer(writer, reference=reference)
        for share in shares:
            self.answer(transfer, share)
        return writer.bytes()

    def take(self, data, name="retour.rsp", user=None):
        """Take a file in as the biller; return (file, what was told)."""
        user = user or self.biller
        attachment = (
            self.env["ir.attachment"]
            .with_user(user)
            .create({"name": name, "datas": base64.b64encode(data)})
        )
        Return = self.env["recouv.return.file"].with_user(user)
        files, told = Return._take(attachment)
        return files, told

    def taken(self, data, name="retour.rsp"):
        """A file that is taken in and applied without a word."""
        file, told = self.take(data, name)
        self.assertFalse(told)
        self.assertFalse(file.failure_message)
        return file.sudo()

    # --- what became of it ------------------------------------------------------------

    def amounts(self, share):
        share.invalidate_recordset()
        return share.state, share.amount_paid, share.amount_open

    def balance(self, fname):
        """What stands on an account of returns."""
        account = self.company[fname]
        items = self.env["account.move.line"].search(
            [("account_id", "=", account.id), ("parent_state", "=", "posted")]
        )
        return round(sum(items.mapped("balance")), 2)
