from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, freeze_time, tagged

from ..lib.wording import revealing_words
from .common import TODAY, RecouvCommon


@tagged("post_install", "-at_install")
class TestRevealingWords(TransactionCase):
    def test_a_speciality_care_or_a_debt_reveals(self):
        for name, word in {
            "Centre de santé du Port": "sante",
            "Cabinet d’oncologie": "oncologie",
            "CABINET DE KINÉSITHÉRAPIE": "kinesitherapie",
            "Service recouvrement": "recouvrement",
        }.items():
            self.assertEqual(revealing_words(name), [word])

    def test_a_name_or_a_place_reveals_nothing(self):
        for name in ("Dr Le Goff", "Cabinet des Halles", "Maison du Pont Vert", ""):
            self.assertEqual(revealing_words(name), [])


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSenderName(RecouvCommon):
    def test_a_name_that_reveals_care_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "oncologie"):
            self.company.recouv_sender_name = "Cabinet d'oncologie"

    def test_a_practice_whose_own_name_reveals_needs_a_neutral_one_first(self):
        self.company.name = "Clinique dentaire du Port"
        for channel in ("letter", "sms", "email"):
            self.policy.step_ids[:1].channel = channel
            with self.subTest(channel):
                move = self.make_invoice()
                run = self.propose()
                self.assertFalse(run.notice_ids)
                self.assertEqual(set(run.skip_ids.mapped("code")), {"missing_data"})
                [reason] = self.claims_of(move)._explain()[:1]
                self.assertIn("neutral sender name", reason["message"])
        self.company.recouv_sender_name = "Cabinet du Port"
        self.assertTrue(self.propose().notice_ids)
