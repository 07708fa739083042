import base64

from odoo import fields
from odoo.tests import HttpCase, tagged

from ..returns.writing import NoemieWriter
from .return_common import NIR
from .tp_common import TiersPayantCommon


@tagged("post_install", "-at_install")
class TestReturnTour(TiersPayantCommon, HttpCase):
    """A return is dropped on the list and worked to its end, in a real browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company._recouv_create_transfer_settings()
        cls.patient.recouv_nir = NIR
        cls.today = fields.Date.context_today(cls.company)
        cls.sent_on = fields.Date.subtract(cls.today, days=20)
        cls.paid_on = fields.Date.subtract(cls.today, days=3)
        cls.shares = cls.env["recouv.share"].union(
            *(cls.sent_share(f"{rank:09d}") for rank in range(1, 5))
        )

    @classmethod
    def sent_share(cls, number):
        share = cls.env["recouv.share"].create(
            {
                "move_id": cls.make_invoice(
                    due=cls.sent_on, invoice_date=cls.sent_on
                ).id,
                "payer_id": cls.caisse.id,
                "kind": "amo",
                "amount": 70.0,
                "invoice_number": number,
                "nir": NIR,
                "care_date": cls.sent_on,
            }
        )
        share._book()
        share._set_state("transmitted", sent_on=cls.sent_on)
        return share

    def write_return(self):
        """One part paid, two rejected for one cause, one under an unknown number."""
        writer = NoemieWriter(self.paid_on)
        transfer = writer.transfer(
            self.paid_on, "CPAM RENNES", "261600000012", "013510000"
        )
        cause = [("0250", "ASSURE ABSENT DU REFERENTIEL", "O")]
        for number, state, paid, rejections in (
            ("000000001", "P", 7000, ()),
            ("000000002", "R", 0, cause),
            ("000000003", "R", 0, cause),
            ("000000777", "P", 7000, ()),
        ):
            known = number != "000000777"
            day = self.sent_on if known else fields.Date.add(self.sent_on, days=1)
            transfer.invoice(
                number,
                amo=(7000, state, paid),
                rejections=rejections,
                nir=NIR[:13],
                nir_key=NIR[13:],
                date=day,
            )
        self.keep("tour_return", writer.bytes())

    def keep(self, name, data):
        """Lay bytes where the browser fetches them, as from the user's disk."""
        attachment = self.env["ir.attachment"].create(
            {"name": f"{name}.noe", "datas": base64.b64encode(data), "public": True}
        )
        self.env["ir.model.data"].create(
            {
                "module": "recouv_lib_tiers_payant",
                "name": name,
                "model": "ir.attachment",
                "res_id": attachment.id,
            }
        )

    def play(self, tour, url):
        self.start_tour(url, tour, login="biller", timeout=240)
        self.env.invalidate_all()

    def test_a_return_is_dropped_settled_and_its_rejections_sent_again(self):
        self.write_return()
        self.play("recouv_return_tour", "/odoo/recouv-returns")
        file = self.env["recouv.return.file"].search([])
        self.assertEqual((len(file), file.state), (1, "applied"))
        self.assertEqual(file.create_uid, self.biller)
        paid, first, second, settled = self.shares.sorted("invoice_number")
        self.assertEqual((paid | settled).mapped("state"), ["paid", "paid"])
        self.assertEqual((first | second).mapped("state"), ["corrected"] * 2)
        again = (first | second).next_share_ids.sorted("invoice_number")
        self.assertEqual(again.mapped("invoice_number"), ["000000801", "000000802"])
        self.assertEqual(again.mapped("state"), ["transmitted"] * 2)
        self.assertFalse(file.unmatched_count)

    def test_a_rejection_told_by_letter_is_entered_by_hand(self):
        self.play("recouv_letter_rejection_tour", "/odoo/recouv-shares")
        share = self.shares.sorted("invoice_number")[0]
        rejection = share.rejection_ids
        self.assertEqual((share.state, rejection.code), ("rejected", "0250"))
        self.assertEqual((rejection.amount, rejection.create_uid),
                         (70, self.biller))  # fmt: skip
