"""What is written about payers' parts: the law's mentions, and nothing of care."""

import io
from datetime import date

from pypdf import PdfReader

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY
from odoo.addons.recouv_lib.tests.letter_common import IBAN, LetterCommon

from .rejection_common import RejectionCommon
from .return_common import NIR
from .share_common import ShareCommon

FINESS = "200102689"
MEDIATOR = "Médiateur des soins, 1 rue du Test, 75000 Paris"
PRIVACY = "https://cabinet.example/donnees"
#: of the compulsory part: delay, penalty and guarantee
AMO_LAW = ("D161-13-3", "D161-13-5", "L161-36-3")
CARE = "Psychotherapy"


def put_identity(cls):
    """The practice as its letters name it."""
    cls.company.write(
        {
            "recouv_finess": FINESS,
            "recouv_mediator": MEDIATOR,
            "recouv_privacy_url": PRIVACY,
            "phone": "+33 2 99 00 00 00",
        }
    )


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestPayerLetters(RejectionCommon):
    """Letters on rejections, penalties, refunds and indus."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        put_identity(cls)
        cls.company.recouv_bank_id = cls.env["res.partner.bank"].create(
            {
                "acc_number": IBAN,
                "partner_id": cls.company.partner_id.id,
                "allow_out_payment": True,
            }
        )
        cls.patient.write({"email": False, "recouv_nir": NIR})

    def letter(self):
        """The words of the last letter printed, spaces made plain."""
        return " ".join(self.printed[-1].replace("\u00a0", " ").split())

    def share(self, payer=None):
        share = self.make_share(payer)
        share.sudo().move_id.invoice_line_ids.name = CARE
        return share

    def treat(self, rejections, action, **values):
        wizard = (
            self.env["recouv.rejection.treat"]
            .with_user(self.biller)
            .create(
                {
                    "rejection_ids": [Command.set(rejections.ids)],
                    "action": action,
                    **values,
                }
            )
        )
        wizard.action_apply()

    def assertSays(self, *words):
        for word in words:
            self.assertIn(word, self.letter())

    def assertSilent(self, *words):
        for word in (CARE, NIR, NIR[:13], *words):
            self.assertNotIn(word, self.letter())

    # --- to the patient ---------------------------------------------------------------

    def billable(self):
        self.make_reason("5555")
        return self.reject(self.share(self.mutual), "5555", "plafond dentaire")

    def test_the_bill_says_how_to_pay_to_be_reimbursed_and_to_disagree(self):
        rejection = self.billable()
        self.treat(rejection, "bill_patient")
        self.assertSays(
            rejection.move_id.name,
            "FR76 3000 6000 0112 3456 7890 189",
            MEDIATOR,
            PRIVACY,
            "70",
            "2026",
        )
        self.assertSilent("5555", "plafond", "Mutuelle", FINESS)

    def test_the_bill_asks_for_no_costs_and_names_several_ways_to_pay(self):
        rejection = self.billable()
        words = rejection._paying_words(self.company)
        self.assertTrue(words["legal"].startswith("No collection costs"))
        self.assertIn(self.company.name, words["payment_means"])

    def test_a_text_is_too_short_for_it(self):
        self.patient.phone = "+33 6 12 34 56 78"
        rejection = self.billable()
        with self.assertRaisesRegex(UserError, "too short"):
            self.treat(rejection, "bill_patient", channel="sms")
        self.assertEqual(rejection.state, "to_do")

    def test_who_is_asked_for_a_certificate_is_asked_for_no_money(self):
        rejection = self.reject(self.share(), "0450 072", "exonération ALD non trouvée")
        self.treat(rejection, "ask_patient", channel="letter")
        self.assertSays(rejection.move_id.name, PRIVACY)
        self.assertSilent("FR76", "ALD", "0450", "CPAM")

    def test_the_refund_says_of_which_invoice_and_nothing_of_its_payer(self):
        share = self.share(self.mutual)
        self.pay_item(
            share.move_id.line_ids.filtered(
                lambda line: line.account_type == "asset_receivable"
            )
        )
        self.make_reason("5555")
        rejection = self.reject(share, "5555", "plafond")
        act = rejection._treat_bill(date(2026, 7, 15), channel="letter")
        self.pay_item(act.transfer_id.target_line_id)
        late = self.answer(
            share, status="P", paid=70.0, outcome="to_settle", issue="patient_billed"
        )
        refund = self.env["recouv.refund"]._find(late).with_user(self.biller)
        refund.action_tell()
        self.assertSays(share.move_id.name, "70", PRIVACY)
        self.assertSilent("Mutuelle", FINESS, "plafond")

    # --- to payers --------------------------------------------------------------------

    def test_a_claim_to_a_caisse_names_the_law_and_who_writes(self):
        share = self.share()
        rejection = self.reject(share, "2900 005", "facture déjà payée")
        self.treat(rejection, "claim_payer", until=date(2026, 7, 15))
        self.assertSays(share.invoice_number, FINESS, "14-20.252", *AMO_LAW)
        self.assertSilent(self.patient.name)

    def test_a_claim_to_a_mutual_fund_does_not_speak_of_caisses(self):
        rejection = self.reject(self.share(self.mutual), "9999", "doublon")
        self.treat(rejection, "claim_payer", until=date(2026, 7, 15))
        self.assertSays(FINESS)
        self.assertSilent("14-20.252", *AMO_LAW)

    def test_penalties_are_counted_as_the_law_stood(self):
        share = self.share()
        lots = self.env["recouv.lot"].with_user(self.biller)
        lot = lots.create({"name": "021", "date": date(2026, 5, 4)})
        share.sudo()._record({"lot_id": lot.id})
        self.pay_payer(share, date(2026, 5, 29))
        penalty = self.env["recouv.penalty"]._find(self.company)
        penalty.with_user(self.biller).action_claim()
        self.assertSays(
            "D161-13-3", "D161-13-5", FINESS, share.invoice_number, "021", "10 %"
        )
        self.assertSilent(self.patient.name)

    def indu(self, payer, **values):
        return (
            self.env["recouv.indu"]
            .with_user(self.biller)
            .create(
                {
                    "payer_id": payer.id,
                    "reference": "IND-1",
                    "amount": 120.0,
                    "notified_on": date(2026, 6, 1),
                    "grounds": "It was paid once only.",
                    **values,
                }
            )
        )

    def test_an_appeal_names_its_delay_its_grounds_and_who_appeals(self):
        self.indu(self.caisse, paid_on=date(2023, 5, 1)).action_contest()
        self.assertSays(
            "R142-1", "L133-4", "commission de recours amiable", "IND-1", FINESS,
            "It was paid once only.",
        )  # fmt: skip

    def test_a_mutual_fund_has_no_appeal_board_and_no_delay(self):
        indu = self.indu(
            self.mutual, notified_on=date(2026, 1, 5), paid_on=date(2020, 1, 5)
        )
        self.assertFalse(indu.deadline or indu.is_too_old)
        indu.action_contest()
        self.assertEqual(indu.state, "contested")
        self.assertSays("IND-1", FINESS)
        self.assertSilent("R142-1", "L133-4", "commission de recours amiable")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestLatePayerLetter(LetterCommon, ShareCommon):
    """The relance of a payer, printed for real."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        put_identity(cls)

    def late_letter(self, kind):
        move = self.shared_invoice(number="000000011")
        move.invoice_line_ids.name = CARE
        self.make_lot(self.share_of(move, kind), "011", date(2026, 6, 1))
        run = self.propose(date(2026, 6, 17), capacity="payer_followup")
        with freeze_time("2026-06-17 10:00:00"):
            run.action_execute()
        return run.notice_ids

    def test_a_caisse_is_told_when_it_had_to_pay(self):
        text = self.text(self.late_letter("amo"))
        for word in ("000000011", FINESS, *AMO_LAW):
            self.assertIn(word, text)
        self.assertNotIn(CARE, text)

    def test_a_mutual_fund_is_not_held_to_the_delay_of_caisses(self):
        text = self.text(self.late_letter("amc"))
        self.assertIn(FINESS, text)
        for word in AMO_LAW:
            self.assertNotIn(word, text)

    def test_letters_to_persons_have_one_page(self):
        words = {
            "greeting": "Madame, Monsieur",
            "rows": [{"reference": "FAC/2026/00001", "date": "1", "amount": "70 €"}],
            "total": "70 €",
            "date": "1 juin 2026",
            "amount": "70 €",
            "reference": "FAC/2026/00001",
            "references": "FAC/2026/00001",
            "until": "15 juillet 2026",
            "date_due": "15 juillet 2026",
            "payment_means": "par virement, par chèque ou au cabinet",
            "account": "FR76 3000 6000 0112 3456 7890 189 (Cabinet)",
            "legal": f"Aucun frais. {MEDIATOR}",
            "privacy": PRIVACY,
            "contact": "au 02 99 00 00 00",
            "sender": self.company.name,
        }
        for name in ("rejection_bill_body", "rejection_ask_body", "refund_body"):
            with self.subTest(name):
                content = self.env["recouv.document"]._print(
                    f"recouv_lib_tiers_payant.{name}",
                    words,
                    company=self.company,
                    title="Votre dossier",
                    recipient=self.patient,
                )
                self.assertEqual(len(PdfReader(io.BytesIO(content)).pages), 1)
