from odoo import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged

from odoo.addons.recouv_lib.lib import page_mark

from .common import TODAY, RecouvCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFind(RecouvCommon):
    """One box, whatever the caller says of himself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.patient.write({"name": "Zélie Quéméner", "phone": "+33 6 39 98 12 34"})
        cls.move = cls.make_invoice()
        cls.notice = cls.propose().notice_ids
        cls.claim = cls.claims_of(cls.move)

    def find(self, text, user=None):
        claims, partners = (
            self.env["recouv.find"].with_user(user or self.secretary)._search_text(text)
        )
        return claims.sudo(), partners.sudo()

    def test_by_the_phone_in_any_way_of_writing(self):
        for text in (
            "06 39 98 12 34",
            "+33639981234",
            "0033 6.39.98.12.34",
            "98-1234",
            "1234",
        ):
            with self.subTest(text):
                self.assertEqual(self.find(text)[0], self.claim)

    def test_a_national_number_in_the_file_answers_an_international_call(self):
        self.patient.phone = "06.39.98.12.34"
        self.assertEqual(self.find("+33 6 39 98 12 34")[0], self.claim)

    def test_by_the_phone_of_a_contact_of_the_debtor(self):
        self.env["res.partner"].create(
            {"name": "Home", "parent_id": self.patient.id, "phone": "02 99 44 55 66"}
        )
        self.assertEqual(self.find("445566")[0], self.claim)

    def test_three_digits_are_too_few_for_a_phone(self):
        self.assertFalse(self.find("123")[0])

    def test_by_a_part_of_the_name(self):
        self.assertEqual(self.find("quémé")[0], self.claim)

    def test_by_the_reference_of_a_letter_spaced_or_not(self):
        text = self.notice.payment_reference
        for written in (text, text.lower(), " ".join(text)):
            self.assertEqual(self.find(written)[0], self.claim)

    def test_by_the_mark_scanned_from_a_page(self):
        mark = page_mark.make_mark(self.notice._mark_key(), self.notice.id, 1, 1)
        self.assertEqual(self.find(mark)[0], self.claim)
        self.assertFalse(self.find(mark[:-1] + "x")[0])

    def test_by_the_invoice(self):
        self.assertEqual(self.find(self.move.name)[0], self.claim)

    def test_who_owes_nothing_is_found_too(self):
        other = self.make_patient("Yann Trégastel")
        claims, partners = self.find("trégas")
        self.assertEqual((claims, partners), (claims.browse(), other))

    def test_the_box_answers_while_it_is_open(self):
        with Form(self.env["recouv.find"].with_user(self.secretary)) as form:
            form.query = "quéméner"
            self.assertEqual(form.claim_ids.ids, self.claim.ids)
            self.assertFalse(form.nothing)
            form.query = "nobody at all"
            self.assertTrue(form.nothing)
        self.assertEqual(self.claim.action_open()["res_id"], self.claim.id)

    def test_nothing_is_found_of_another_practice(self):
        other = self.setup_other_company(name="Other practice")["company"]
        self.patient.company_id = self.company
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="base.group_user,recouv_lib.group_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for text in ("1234", "quémé", self.notice.payment_reference, self.move.name):
            claims, partners = self.find(text, stranger)
            self.assertFalse(claims | claims.browse() or partners)

    def test_all_open_companies_are_searched(self):
        other = self.setup_other_company(name="Other practice")["company"]
        both = self.company | other
        self.secretary.company_ids = [Command.set(both.ids)]
        search = self.env["recouv.find"].with_user(self.secretary)
        claims, _none = (
            search.with_company(other)
            .with_context(allowed_company_ids=[other.id, self.company.id])
            ._search_text("quémé")
        )
        self.assertEqual(claims, self.claim)

    def test_odd_texts_find_nothing_and_break_nothing(self):
        for text in ("", " ", "%", "__", "'; --", "(((((", "RF00", "\\" * 9, "é" * 500):
            self.assertIsNotNone(self.find(text))
