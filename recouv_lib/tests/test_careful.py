from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from .channel_common import WORKING_HOUR, ChannelCommon, html_of
from .common import TODAY, RecouvCommon
from .letter_common import LetterCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCareful(RecouvCommon):
    """Minors, confidential care, deceased, protected: what stops, who decides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.parent_contact = cls.make_patient("Anne Martin", street="5 rue Haute")
        cls.manager = new_test_user(
            cls.env,
            "practitioner",
            groups="base.group_user,recouv_lib.group_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.move = cls.make_invoice()

    def code(self):
        self.env.invalidate_all()
        return self.claims_of(self.move)._explain()[0]["code"]

    # --- minors ---------------------------------------------------------------------

    def test_a_minor_is_not_contacted_before_the_practitioner_decides(self):
        self.patient.recouv_birth_date = date(2012, 3, 1)
        run = self.propose()
        self.assertFalse(run.notice_ids)
        self.assertEqual(run.skip_ids.code, "minor")
        self.patient.recouv_guardian_id = self.parent_contact
        self.assertFalse(self.propose(date(2026, 6, 16)).notice_ids)
        self.patient.with_user(self.manager).action_recouv_decide_minor()
        notice = self.propose(date(2026, 6, 17)).notice_ids
        self.assertEqual(notice.recipient_id, self.parent_contact)

    def test_the_secretary_does_not_decide(self):
        self.patient.write(
            {"recouv_minor": True, "recouv_guardian_id": self.parent_contact.id}
        )
        patient = self.patient.with_user(self.secretary)
        with self.assertRaises(AccessError):
            patient.action_recouv_decide_minor()
        with self.assertRaises(AccessError):
            patient.recouv_minor_decided_on = TODAY
        with self.assertRaises(AccessError):
            self.move.with_user(self.secretary).recouv_confidential_decision = "contact"

    def test_a_decision_needs_the_parent(self):
        self.patient.recouv_minor = True
        with self.assertRaisesRegex(UserError, "parent who engaged"):
            self.patient.with_user(self.manager).action_recouv_decide_minor()

    def test_who_comes_of_age_is_his_own_debtor(self):
        self.patient.write(
            {"recouv_birth_date": date(2008, 6, 15), "recouv_minor": True}
        )
        self.assertFalse(self.patient._recouv_is_minor())
        self.assertEqual(self.propose().notice_ids.recipient_id, self.patient)

    def test_a_day_younger_is_a_minor(self):
        self.patient.recouv_birth_date = date(2008, 6, 16)
        self.assertTrue(self.patient._recouv_is_minor())
        self.assertFalse(self.propose().notice_ids)

    def test_nobody_stands_in_for_himself(self):
        with self.assertRaises(UserError):
            self.patient.recouv_guardian_id = self.patient

    def test_a_contact_of_another_company_stands_in_for_nobody(self):
        other = self.setup_other_company(name="Other practice")["company"]
        stranger = self.make_patient("Stranger", company_id=other.id)
        self.patient.company_id = self.company
        with self.assertRaises(UserError):
            self.patient.recouv_safe_contact_id = stranger

    # --- confidential ---------------------------------------------------------------

    def test_confidential_care_waits_for_the_practitioner(self):
        self.move.recouv_confidential = True
        run = self.propose()
        self.assertEqual(run.skip_ids.code, "confidential")
        self.assertEqual(self.code(), "confidential")
        self.move.with_user(self.manager).recouv_confidential_decision = "never"
        self.assertFalse(self.propose(date(2026, 6, 16)).notice_ids)
        self.move.with_user(self.manager).recouv_confidential_decision = "contact"
        self.assertTrue(self.propose(date(2026, 6, 17)).notice_ids)

    def test_what_replaces_an_invoice_is_of_the_same_confidential_care(self):
        self.move.recouv_confidential = True
        self.move.with_user(self.manager).recouv_confidential_decision = "contact"
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=self.move.ids)
            .create({"journal_id": self.move.journal_id.id})
        )
        action = wizard.modify_moves()
        corrected = self.env["account.move"].browse(action["res_id"])
        corrected.action_post()
        corrected.is_move_sent = True
        self.assertTrue(corrected.recouv_confidential)
        self.assertFalse(corrected.recouv_confidential_decision)
        run = self.propose(date(2026, 7, 1))
        self.assertFalse(run.notice_ids)
        self.assertIn("confidential", run.skip_ids.mapped("code"))

    def test_the_practitioner_finds_what_to_decide_in_his_day(self):
        self.patient.recouv_minor = True
        self.move.recouv_confidential = True
        self.propose()
        day = self.env["recouv.day"].with_user(self.manager)
        sections = {section.code: section for section in day._sections(TODAY)}
        for code, record in (("minors", self.patient), ("confidential", self.move)):
            section = sections[code]
            found = (
                self.env[section.model].with_user(self.manager).search(section.domain)
            )
            self.assertIn(record, found)
            self.assertTrue(self.env.ref(section.action))

    # --- deceased and protected -----------------------------------------------------

    def test_a_death_suspends_and_the_estate_is_written_to_after_a_human_lifts(self):
        self.propose()
        self.secretary.group_ids |= self.env.ref("base.group_partner_manager")
        self.patient.with_user(self.secretary).recouv_deceased_on = TODAY
        hold = self.patient.recouv_hold_ids
        self.assertEqual(hold.reason, "deceased")
        self.assertEqual(self.code(), "deceased")
        with self.assertRaisesRegex(UserError, "notary"):
            hold.action_lift()
        self.patient.recouv_estate_contact_id = self.parent_contact
        self.assertEqual(self.code(), "hold")
        self.env["recouv.notice"].search([])._cancel("test")
        hold.action_lift()
        notice = self.propose(date(2026, 6, 16)).notice_ids
        self.assertEqual(notice.recipient_id, self.parent_contact)

    def test_a_death_recorded_twice_suspends_once(self):
        self.propose()
        self.patient.recouv_deceased_on = TODAY
        self.patient.recouv_deceased_on = date(2026, 6, 14)
        self.assertEqual(len(self.patient.recouv_hold_ids), 1)

    def test_a_guardian_signs_and_a_curator_assists(self):
        self.patient.write(
            {
                "recouv_protection": "tutelle",
                "recouv_guardian_id": self.parent_contact.id,
            }
        )
        self.assertEqual(self.patient._recouv_signatory(), self.parent_contact)
        self.patient.recouv_protection = "curatelle"
        self.assertEqual(self.patient._recouv_signatory(), self.patient)
        self.patient.recouv_deceased_on = TODAY
        self.assertFalse(self.patient._recouv_signatory())
        self.assertTrue(self.patient._recouv_plan_obstacle())

    def test_a_protected_adult_without_guardian_is_not_contacted(self):
        self.propose()
        self.patient.recouv_protection = "curatelle"
        self.assertEqual(self.code(), "protected")

    def test_the_caution_says_it_all_to_who_may_read_it(self):
        self.patient.write({"recouv_no_voicemail": True, "recouv_minor": True})
        caution = self.patient.with_user(self.secretary).recouv_caution
        self.assertIn("minor", caution)
        self.assertIn("no voice message", caution)
        plain = new_test_user(self.env, "plain", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.patient.with_user(plain).read(["recouv_caution"])
        with self.assertRaises(AccessError):
            self.patient.with_user(plain).read(["recouv_minor"])

    # --- merge ----------------------------------------------------------------------

    def test_a_person_merged_with_another_keeps_claims_and_cases(self):
        twin = self.make_patient("Camille MARTIN")
        other = self.make_invoice(twin, due=date(2026, 5, 20))
        self.propose()
        claims = self.claims_of(self.move | other)
        hold = self.env["recouv.hold"].create(
            {"partner_id": twin.id, "reason": "hospitalised"}
        )
        claims[0]._hold("dispute", amount_disputed=30.0)
        reply = self.env["recouv.inbound"].create(
            {"channel": "phone", "partner_id": twin.id, "text": "I pay on Friday"}
        )
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        merge._merge((self.patient | twin).ids, self.patient)
        self.env.invalidate_all()
        self.assertEqual(claims.partner_id, self.patient)
        self.assertEqual((hold.partner_id, reply.partner_id), (self.patient,) * 2)
        self.assertEqual(set(claims.mapped("suspension")), {"hold"})
        run = self.propose(date(2026, 6, 16))
        self.assertFalse(run.notice_ids)
        self.assertFalse(claims.filtered("closed_on"))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCarefulLetters(LetterCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_patient("Anne Martin", street="5 rue Haute")

    def test_a_letter_about_a_child_goes_to_the_parent_with_initials_only(self):
        self.patient.write(
            {
                "name": "Zoé Le Gall",
                "recouv_minor": True,
                "recouv_guardian_id": self.other.id,
            }
        )
        self.patient.action_recouv_decide_minor()
        self.make_invoice()
        [letter] = self.letters()
        text = self.text(letter)
        self.assertIn("5 rue Haute", text)
        self.assertIn("Z. L. G.", text)
        self.assertNotIn("Gall", text)

    def test_the_payer_of_another_finds_for_whom_by_initials(self):
        child = self.make_patient("Zoé Legall")
        self.make_invoice(recouv_patient_id=child.id)
        text = self.text(self.letters())
        self.assertIn("(Z. L.)", text)
        self.assertNotIn("Legall", text)

    def test_confidential_care_shows_neither_patient_nor_date(self):
        child = self.make_patient("Zoé Legall")
        move = self.make_invoice(
            recouv_patient_id=child.id, invoice_date=date(2026, 4, 23)
        )
        move.recouv_confidential = True
        move.recouv_confidential_decision = "contact"
        text = self.text(self.letters())
        self.assertIn(move.name, text)
        for words in ("Z. L.", "Legall", "23/04", "04/23", "23 avril", "April 23"):
            self.assertNotIn(words, text)

    def test_a_protected_adult_and_the_guardian_both_get_the_letter(self):
        self.make_invoice()
        for protection, first in (("tutelle", self.other), ("curatelle", self.patient)):
            with self.subTest(protection):
                self.env["recouv.notice"].search([])._cancel("test")
                self.patient.write(
                    {
                        "recouv_guardian_id": self.other.id,
                        "recouv_protection": protection,
                    }
                )
                self.patient.recouv_hold_ids._standing().action_lift()
                [letter] = self.letters()
                self.assertEqual(letter.state, "printed", letter.failure_message)
                pages = self.pages(letter)
                second = self.patient if first == self.other else self.other
                self.assertEqual(len(pages), 2)
                self.assertIn(first.street, pages[0])
                self.assertIn(second.street, pages[1])
                self.assertEqual(len(self.marks(letter)), 2)

    def protected_letter(self, protection, **values):
        """The pages of the letter to a protected adult, protected by ``other``."""
        self.patient.write(
            {
                "recouv_guardian_id": self.other.id,
                "recouv_protection": protection,
                **values,
            }
        )
        self.patient.recouv_hold_ids._standing().action_lift()
        self.make_invoice()
        [letter] = self.letters()
        self.assertEqual(letter.state, "printed", letter.failure_message)
        self.assertEqual(len(self.marks(letter)), len(letter._envelopes()))
        return self.pages(letter)

    def safe(self, **values):
        return self.make_patient("Marc Roy", **{"street": "9 quai Sud"} | values)

    def test_beside_the_guardians_the_copy_goes_to_the_safe_address(self):
        for street, second in (("9 quai Sud", "9 quai Sud"), (False, "2 place du")):
            with self.subTest(street=street):
                self.env["recouv.notice"].search([])._cancel("test")
                safe = self.safe(street=street)
                pages = self.protected_letter("tutelle", recouv_safe_contact_id=safe.id)
                self.assertEqual(len(pages), 2)
                self.assertIn("5 rue Haute", pages[0])
                self.assertIn(second, pages[1])
                self.assertEqual("2 place" in "".join(pages), not street)

    def test_where_no_letter_goes_home_the_guardian_alone_has_it(self):
        pages = self.protected_letter("tutelle", recouv_no_home_letter=True)
        self.assertEqual(len(pages), 1)
        self.assertIn("5 rue Haute", pages[0])

    def test_the_curator_has_his_copy_of_a_letter_to_the_safe_address(self):
        """Served on the debtor alone it could not be held against him."""
        pages = self.protected_letter(
            "curatelle",
            recouv_no_home_letter=True,
            recouv_safe_contact_id=self.safe().id,
        )
        self.assertEqual(len(pages), 2)
        self.assertIn("9 quai Sud", pages[0])
        self.assertIn("5 rue Haute", pages[1])
        self.assertNotIn("2 place du Marché", "".join(pages))

    def test_who_is_guardian_and_safe_contact_has_one_letter(self):
        for protection in ("tutelle", "curatelle"):
            with self.subTest(protection):
                self.env["recouv.notice"].search([])._cancel("test")
                pages = self.protected_letter(
                    protection, recouv_safe_contact_id=self.other.id
                )
                self.assertEqual(len(pages), 1)
                self.assertIn("5 rue Haute", pages[0])

    def test_a_letter_goes_to_the_safe_address_and_never_home(self):
        self.patient.write(
            {"recouv_no_home_letter": True, "recouv_safe_contact_id": self.other.id}
        )
        self.make_invoice()
        text = self.text(self.letters())
        self.assertIn("5 rue Haute", text)
        self.assertNotIn("2 place du Marché", text)

    def test_without_a_safe_address_no_letter_leaves(self):
        self.patient.recouv_no_home_letter = True
        self.make_invoice()
        [letter] = self.letters()
        self.assertEqual((letter.state, letter.failure_type), ("failed", "forbidden"))
        self.assertFalse(letter.document_id)

    def test_the_address_asked_for_is_that_of_who_receives_it(self):
        self.patient.write({"street": False, "recouv_safe_contact_id": self.other.id})
        self.make_invoice()
        self.assertTrue(self.propose().notice_ids)
        self.other.zip = False
        self.assertEqual(
            self.propose(date(2026, 6, 16)).skip_ids.mapped("code"), ["awaiting_proof"]
        )


@tagged("post_install", "-at_install")
@freeze_time(WORKING_HOUR)
class TestSafeContact(ChannelCommon):
    """What a person forbids never leaves by another door."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.safe = cls.make_patient(
            "Sophie Blanc", phone="06 11 22 33 44", email="sophie@example.com"
        )

    def test_a_forbidden_sms_takes_the_fallback(self):
        self.use_steps({"channel": "sms", "fallback_channel": "email"})
        self.patient.recouv_no_sms = True
        self.make_invoice()
        notice = self.relance()
        self.assertEqual((notice.state, notice.failure_type), ("failed", "forbidden"))
        self.assertFalse(self.provider.sent)
        claim = notice.lead_claim_id
        self.assertEqual((claim.next_channel, claim.suspension), ("email", "none"))

    def test_a_shared_mailbox_receives_nothing(self):
        self.use_steps({"channel": "email"}, {"channel": "letter"})
        self.patient.recouv_shared_mailbox = True
        self.make_invoice()
        notice = self.relance()
        self.assertEqual(notice.failure_type, "forbidden")
        self.assertFalse(self.mail_sink.messages)
        self.assertEqual(notice.lead_claim_id.next_channel, "letter")

    def test_an_email_goes_to_the_safe_mailbox_only(self):
        self.use_steps({"channel": "email"})
        self.patient.write(
            {"recouv_no_email": True, "recouv_safe_contact_id": self.safe.id}
        )
        self.make_invoice()
        self.relance()
        [message] = self.mail_sink.messages
        self.assertIn("sophie@example.com", message["To"])
        self.assertNotIn("camille.martin@example.com", message.as_string())
        self.assertIn("Sophie Blanc", message["To"])

    def test_a_text_goes_to_the_safe_number_only(self):
        self.use_steps({"channel": "sms"})
        self.patient.recouv_safe_contact_id = self.safe
        self.make_invoice()
        self.relance()
        self.assertEqual(
            [number for number, *_rest in self.provider.sent], ["+33611223344"]
        )

    def test_a_call_is_made_to_the_safe_number_and_says_no_voice_message(self):
        self.use_steps({"channel": "call", "call_script": "<p>Hello</p>"})
        self.patient.write(
            {"recouv_no_voicemail": True, "recouv_safe_contact_id": self.safe.id}
        )
        self.make_invoice()
        notice = self.relance()
        self.assertEqual(notice.sent_to, "+33611223344")
        self.assertEqual(notice.phone, "06 11 22 33 44")
        self.assertIn("voice message", notice._call_script())
        dialog = self.env["recouv.call.outcome"].create({"notice_id": notice.id})
        self.assertTrue(dialog.no_voicemail)
        self.assertIn("voice message", dialog.with_user(self.secretary).sudo().caution)

    def test_a_forbidden_call_is_not_prepared(self):
        self.use_steps({"channel": "call"}, {"channel": "letter"})
        self.patient.recouv_no_call = True
        self.make_invoice()
        self.assertEqual(self.relance().failure_type, "forbidden")
        self.assertNotIn(
            self.env.ref("recouv_lib.mail_activity_type_call"),
            self.activities().activity_type_id,
        )

    def test_no_email_copy_of_a_letter_either(self):
        self.use_steps({"channel": "letter", "email_copy": True})
        self.patient.recouv_no_email = True
        self.make_invoice()
        notice = self.relance()
        self.assertFalse(notice._copy_addresses())

    def test_the_message_of_confidential_care_names_no_date(self):
        self.use_steps({"channel": "email"})
        move = self.make_invoice(invoice_date=date(2026, 4, 23))
        move.recouv_confidential = True
        move.recouv_confidential_decision = "contact"
        self.relance()
        [message] = self.mail_sink.messages
        for words in ("23/04", "04/23", "23 avril", "April 23", "23\u00a0avril"):
            self.assertNotIn(words, html_of(message))
