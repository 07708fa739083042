from datetime import date, datetime
from decimal import Decimal

from lxml import etree

from odoo.tests import BaseCase, tagged

from odoo.addons.recouv_lib.lib import pain001
from odoo.addons.recouv_lib.lib.pain001 import Account, BadPayment, Payment

AGENCY = Account("Agence Recouvrement & Fils", "FR76 3000 6000 0112 3456 7890 189")
CABINET = Account(
    "Cabinet de l’Étoile", "FR14 2004 1010 0505 0001 3M02 606", "psstfrpp"
)


@tagged("post_install", "-at_install")
class TestPain001(BaseCase):
    def message(self, *payments, debtor=AGENCY):
        content = pain001.message(
            "RV/2026/00001", datetime(2026, 6, 15, 9, 30), date(2026, 6, 16), debtor,
            payments,
        )  # fmt: skip
        return etree.fromstring(content)

    def values(self, root, tag):
        return [node.text for node in root.iter(f"{{{pain001.NAMESPACE}}}{tag}")]

    def test_a_transfer_says_who_what_and_how_much(self):
        root = self.message(Payment("RV/2026/00001", Decimal("96.40"), CABINET))
        self.assertEqual(self.values(root, "InstdAmt"), ["96.40"])
        self.assertEqual(
            self.values(root, "IBAN"),
            ["FR7630006000011234567890189", "FR1420041010050500013M02606"],
        )
        self.assertEqual(self.values(root, "BICFI"), ["PSSTFRPP"])
        self.assertEqual(self.values(root, "EndToEndId"), ["RV/2026/00001"])
        self.assertEqual(self.values(root, "CreDtTm"), ["2026-06-15T09:30:00"])

    def test_the_control_sum_is_that_of_all_transfers(self):
        root = self.message(
            Payment("A", Decimal("0.10"), CABINET),
            Payment("B", Decimal("0.20"), CABINET),
        )
        self.assertEqual(set(self.values(root, "CtrlSum")), {"0.30"})
        self.assertEqual(set(self.values(root, "NbOfTxs")), {"2"})

    def test_names_keep_to_the_characters_of_sepa(self):
        root = self.message(Payment("A", Decimal(1), CABINET))
        names = self.values(root, "Nm")
        self.assertEqual(names[0], "Agence Recouvrement Fils")
        self.assertEqual(names[-1], "Cabinet de l Etoile")

    def test_what_no_bank_takes_is_refused(self):
        for payments, debtor in (
            ([], AGENCY),
            ([Payment("A", Decimal(0), CABINET)], AGENCY),
            ([Payment("A", Decimal(1), Account("Cabinet", ""))], AGENCY),
            ([Payment("A", Decimal(1), CABINET)], Account("", "FR76")),
        ):
            with self.subTest(payments=payments), self.assertRaises(BadPayment):
                self.message(*payments, debtor=debtor)
