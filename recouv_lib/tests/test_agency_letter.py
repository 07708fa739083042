from datetime import date, timedelta

from freezegun import freeze_time

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from odoo.addons.recouv_lib.lib.wording import COSTS_LAW

from .agency_common import AgencyCommon
from .common import TODAY
from .letter_common import LetterCommon


def texts_of(notice):
    """What an SMS says."""
    return notice.sudo()._render_texts("sms_template_id", ("body",))[notice.id]


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAgencyLetter(LetterCommon, AgencyCommon):
    """CPCE R124-4: what an agency's letters must say, and what else may leave."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agency.currency_id = cls.company.currency_id
        bank = cls.env["res.partner.bank"].sudo()
        cls.agency.recouv_bank_id = bank.create(
            {
                "acc_number": "FR7630006000011234567890189",
                "partner_id": cls.agency.partner_id.id,
                "company_id": cls.agency.id,
            }
        )
        cls.agency_policy.sudo().unlink()
        policies = cls.env["recouv.policy"].sudo()
        cls.agency_policy = policies._mandatary_policy(cls.agency)
        cls.invoice = cls.make_invoice(due=date(2026, 1, 5), amount=120.0)
        cls.propose()
        cls.claim = cls.claims_of(cls.invoice)
        cls.mirror = cls.place(cls.claim)

    def first_letter(self, day=TODAY):
        run = self.agency_run(day)
        run.action_execute()
        return run.notice_ids.with_user(self.agency_manager)

    def test_the_first_letter_carries_every_mention(self):
        notice = self.first_letter()
        self.assertEqual(notice.state, "printed", notice.failure_message)
        said = self.text(notice)
        for mention in (
            self.agency.name,
            "5 quai de Seine, 75010 Paris",
            self.company.name,
            "1 rue de la Paix, 35000 Rennes",
            *COSTS_LAW,
            notice.payment_reference[:4],
            "Une quittance vous sera remise",
            "activité de recouvrement amiable",
        ):
            self.assertIn(mention, said)

    def test_without_the_creditors_address_the_letter_is_not_made(self):
        self.mirror.creditor_partner_id.sudo().street = False
        notice = self.first_letter()
        self.assertEqual(notice.failure_type, "missing_data")
        self.assertIn("address of the creditor", notice.failure_message)

    def test_without_an_account_to_pay_to_the_letter_is_not_made(self):
        self.agency.recouv_bank_id = False
        notice = self.first_letter()
        self.assertEqual(notice.failure_type, "missing_data")
        self.assertIn("bank account to pay to", notice.failure_message)

    def test_without_the_agencys_own_address_nothing_is_proposed(self):
        self.agency.partner_id.zip = False
        self.assertFalse(self.agency_run().notice_ids)
        self.assertEqual(self.mirror.sudo()._explain()[0]["code"], "missing_data")

    def test_later_contacts_recall_the_first_letter(self):
        first = self.first_letter()
        first.sudo()._prove(on=TODAY)
        day = TODAY + timedelta(days=15)
        with freeze_time(day):
            later = self.agency_run(day).notice_ids
            self.assertEqual(later.channel, "sms")
            texts = later.sudo()._text_values()
            self.assertIn("15 juin 2026", texts["first_letter"].replace("\xa0", " "))
            self.assertIn(texts["first_letter"], texts_of(later)["body"])

    def test_nothing_but_a_letter_comes_first(self):
        with self.assertRaisesRegex(ValidationError, "R124-4"):
            self.agency_policy.step_ids[0].channel = "sms"

    def test_a_claim_placed_later_has_its_own_first_letter(self):
        first = self.first_letter()
        first.sudo()._prove(on=TODAY)
        second = self.make_invoice(due=date(2026, 2, 5), amount=80.0)
        self.propose()
        mirror = self.place(self.claims_of(second))
        day = TODAY + timedelta(days=8)
        with freeze_time(day):
            notice = self.agency_run(day).notice_ids
            self.assertEqual(notice.line_ids.claim_id, mirror.sudo())
            self.assertEqual(notice.channel, "letter")
            self.assertTrue(notice.sudo()._is_first_letter())

    def test_a_notice_line_of_the_agency_names_no_item_of_the_practice(self):
        notice = self.first_letter()
        self.assertFalse(notice.sudo().line_ids.move_line_id)

    def test_words_of_a_court_act_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "433-13"):
            self.env["recouv.letter.template"].create(
                {"name": "x", "subject": "Sommation", "body": "<p>Payez</p>"}
            )

    def test_interest_is_claimed_only_where_the_practice_does(self):
        self.claim.sudo().formal_notice_date = date(2026, 5, 15)
        self.mirror.sudo().formal_notice_date = date(2026, 5, 15)
        notice = self.agency_run().notice_ids
        self.assertEqual(notice.sudo()._legal_interest(), 0.0)
        self.company.recouv_interest = True
        self.assertAlmostEqual(notice.sudo()._legal_interest(), 0.27)

    def letters(self, count):
        """Letters of a run to debtors that the agency never wrote to."""
        for rank in range(count):
            patient = self.make_patient(f"P {count} {rank}")
            self.make_invoice(patient, due=date(2026, 1, 5), amount=50.0)
        self.propose()
        claims = self.env["recouv.claim"].search(
            [("company_id", "=", self.company.id), ("holder", "=", "practice")]
        )
        mirrors = self.place(claims).sudo()
        notices = self.agency_run().notice_ids.sudo()
        mine = notices.filtered(lambda n: n.line_ids.claim_id & mirrors)
        self.assertEqual(len(mine), count)
        return mine

    def queries(self, act):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        act()
        return self.env.cr.sql_log_count - before

    def test_letters_are_composed_in_a_flat_number_of_queries(self):
        self.company.recouv_interest = True
        letters = self.letters(10)
        few, more = letters[:3], letters
        for act in ("_compose_letters", "_refuse_wrong_sums", "_texts"):
            self.queries(getattr(few, act))  # settings are read once
            with self.subTest(act):
                grown = self.queries(getattr(more, act))
                grown -= self.queries(getattr(few, act))
                self.assertLessEqual(grown, 0)

    def test_a_batch_says_of_each_notice_what_it_says_alone(self):
        first = self.first_letter()
        first.sudo()._prove(on=TODAY)
        new = self.make_invoice(self.make_patient("Zoé Leroy"), amount=80.0)
        self.propose()
        self.place(self.claims_of(new))
        day = TODAY + timedelta(days=15)
        with freeze_time(day):
            notices = self.agency_run(day).notice_ids.sudo()
            together = notices._texts()
            self.assertEqual(len(notices), 2)
            for notice in notices:
                self.assertEqual(together[notice.id], notice._text_values())
            first_letters = [bool(texts["is_first"]) for texts in together.values()]
            self.assertEqual(sorted(first_letters), [False, True])

    def test_a_number_called_for_another_practice_counts(self):
        self.mirror.partner_id.sudo().phone = "+33612345678"
        other = self.mirror.partner_id.sudo().copy(
            {"name": "Same phone", "phone": "+33612345678"}
        )
        self.env["recouv.notice"].sudo().create(
            [
                {
                    "company_id": self.agency.id,
                    "partner_id": other.id,
                    "capacity": "mandatary",
                    "channel": "call",
                    "currency_id": self.agency.currency_id.id,
                    "state": "sent",
                    "proven_on": TODAY - timedelta(days=rank),
                }
                for rank in (1, 2)
            ]
        )
        first = self.first_letter()
        first.sudo()._prove(on=TODAY - timedelta(days=40))
        sms = self.agency_policy.step_ids[1]
        sms.sudo().write({"channel": "call"})
        self.mirror.sudo()._refresh_ladder()
        self.assertFalse(self.agency_run().notice_ids)
        self.assertEqual(self.mirror.sudo()._explain()[0]["code"], "contact_ceiling")
