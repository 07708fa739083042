import io
from datetime import date, timedelta

from pypdf import PdfReader

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.lib import pdf_parts

from .common import TODAY
from .letter_common import LetterCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPosting(LetterCommon):
    def pile(self, *places):
        """Printed letters to people in these places, put together."""
        for name, postcode in places:
            self.make_invoice(partner=self.make_patient(name, zip=postcode))
        letters = self.letters()
        letters.action_prepare_posting()
        return letters.posting_id

    def attached(self, action):
        number = int(action["url"].split("/")[3].split("?")[0])
        return self.env["ir.attachment"].browse(number)

    def test_a_pile_prints_in_the_order_it_is_posted(self):
        pile = self.pile(("Zoé", "35000"), ("Ali", "35000"), ("Bob", "22000"))
        document = self.attached(pile.action_print())
        pages = pdf_parts.page_texts(PdfReader(io.BytesIO(document.raw)))
        names = [next(n for n in ("Zoé", "Ali", "Bob") if n in text) for text in pages]
        self.assertEqual(names, ["Bob", "Ali", "Zoé"])

    def test_letters_abroad_go_last(self):
        patient = self.make_patient(
            "Luc", zip="1200", country_id=self.env.ref("base.ch").id
        )
        self.make_invoice(partner=patient)
        pile = self.pile(("Zoé", "35000"))
        self.assertEqual(
            pile._in_posting_order().partner_id.mapped("name"), ["Zoé", "Luc"]
        )

    def test_all_posted_in_one_click_reaches_the_step(self):
        pile = self.pile(("Zoé", "35000"), ("Ali", "35000"))
        self.company.recouv_letter_cost = 1.52
        pile.action_mark_posted()
        letters = pile.notice_ids
        self.assertEqual(set(letters.mapped("state")), {"sent"})
        self.assertEqual(set(letters.mapped("proven_on")), {TODAY})
        self.assertEqual(letters.mapped("cost"), [1.52, 1.52])
        self.assertEqual(letters.line_ids.claim_id.step_id, self.first)
        self.assertEqual((pile.state, pile.date_posted), ("posted", TODAY))

    def test_printed_and_not_posted_reaches_nothing(self):
        pile = self.pile(("Zoé", "35000"))
        self.assertFalse(pile.notice_ids.line_ids.claim_id.step_id)

    def test_what_was_paid_since_printing_leaves_the_pile(self):
        pile = self.pile(("Zoé", "35000"), ("Ali", "35000"))
        paid = pile.notice_ids[0]
        self.pay(paid.line_ids.move_line_id.move_id)
        pile.action_print()
        pile.action_mark_posted()
        self.assertEqual((paid.state, paid.cancel_code), ("cancelled", "paid"))
        self.assertEqual((pile.notice_ids - paid).state, "sent")
        self.assertEqual(pile.letter_count, 1)

    def test_what_left_left_whatever_was_paid_since(self):
        pile = self.pile(("Zoé", "35000"))
        letter = pile.notice_ids
        pile.action_print()
        self.pay(letter.line_ids.move_line_id.move_id)
        pile.action_mark_posted()
        self.assertEqual(letter.state, "sent")

    def test_what_was_suspended_since_printing_leaves_the_pile(self):
        pile = self.pile(("Zoé", "35000"), ("Ali", "35000"))
        held = pile.notice_ids[0]
        held.lead_claim_id._hold("hospitalised")
        pile.action_print()
        self.assertEqual((held.state, held.cancel_code), ("cancelled", "hold"))

    def test_a_letter_that_asks_for_more_than_is_still_due_leaves_the_pile(self):
        older, younger = self.make_invoice(), self.make_invoice(amount=50)
        letter = self.letters()
        letter.action_prepare_posting()
        self.pay(younger)
        pile = letter.posting_id
        self.assertEqual(pile.action_print()["tag"], "display_notification")
        self.assertEqual((letter.state, letter.cancel_code), ("cancelled", "paid"))
        self.assertEqual(older.payment_state, "not_paid")

    def test_a_credit_note_since_printing_takes_its_letter_out_of_the_pile(self):
        pile = self.pile(("Zoé", "35000"), ("Ali", "35000"))
        zoe = pile.notice_ids[0]
        self.make_invoice(partner=zoe.partner_id, amount=5, move_type="out_refund")
        pile.action_print()
        self.assertEqual((zoe.state, zoe.cancel_code), ("cancelled", "changed"))
        self.assertEqual((pile.notice_ids - zoe).state, "printed")

    def test_a_letter_whose_deadline_has_passed_is_printed_again(self):
        pile = self.pile(("Zoé", "35000"))
        letter = pile.notice_ids
        with self.at(TODAY + timedelta(days=8)) as day:
            with self.assertRaisesRegex(UserError, "print it again"):
                letter.action_mark_posted()
            letter.action_print_again()
            self.assertEqual(letter.state, "printed")
            self.assertEqual(letter.document_date, day)
            letter.action_mark_posted()
            self.assertEqual(letter.deadline_date, day + timedelta(days=8))

    def test_the_deadline_printed_is_the_deadline_given(self):
        pile = self.pile(("Zoé", "35000"))
        with self.at(TODAY + timedelta(days=2)):
            pile.action_mark_posted()
        self.assertEqual(pile.notice_ids.deadline_date, TODAY + timedelta(days=8))

    def test_posted_another_day(self):
        pile = self.pile(("Zoé", "35000"))
        with self.at(TODAY + timedelta(days=2)):
            self.env["recouv.posting.date"].with_user(self.secretary).create(
                {"posting_id": pile.id, "date": TODAY}
            ).action_apply()
        self.assertEqual(pile.notice_ids.proven_on, TODAY)

    def test_no_letter_is_posted_before_it_was_written(self):
        pile = self.pile(("Zoé", "35000"))
        wizard = self.env["recouv.posting.date"].with_user(self.secretary)
        for target in ({"posting_id": pile.id}, {"notice_ids": pile.notice_ids.ids}):
            with self.assertRaisesRegex(UserError, "cannot have been posted"):
                wizard.create(
                    {**target, "date": TODAY - timedelta(days=1)}
                ).action_apply()
        self.assertEqual(pile.notice_ids.state, "printed")

    def test_the_posting_list_names_every_letter(self):
        pile = self.pile(*((f"Patient {i:02}", "35000") for i in range(40)))
        slip = self.attached(pile.action_print_slip())
        pages = pdf_parts.page_texts(PdfReader(io.BytesIO(slip.raw)))
        self.assertEqual(len(pages), 2)
        for index in range(40):
            self.assertIn(f"Patient {index:02}", " ".join(pages))

    def test_a_pile_may_be_dissolved(self):
        pile = self.pile(("Zoé", "35000"))
        letters = pile.notice_ids
        pile.action_dissolve()
        self.assertFalse(pile.exists())
        self.assertEqual(letters.state, "printed")

    def test_printed_but_not_posted_raises_one_alarm(self):
        pile = self.pile(("Zoé", "35000"), ("Ali", "35000"))
        claims = pile.notice_ids.lead_claim_id
        before = len(claims.activity_ids)
        cron = self.env["recouv.notice"]._cron_printed_alarm
        with self.at(TODAY + timedelta(days=1)):
            cron()
            self.assertEqual(len(claims.activity_ids), before)
        with self.at(TODAY + timedelta(days=2)):
            cron()
            cron()
            self.assertEqual(len(claims.activity_ids), before + 1)
        with self.at(TODAY + timedelta(days=3)):
            cron()
            self.assertEqual(len(claims.activity_ids), before + 1)

    def test_a_posted_letter_raises_no_alarm(self):
        pile = self.pile(("Zoé", "35000"))
        pile.action_mark_posted()
        before = len(pile.notice_ids.lead_claim_id.activity_ids)
        with self.at(TODAY + timedelta(days=5)):
            self.env["recouv.notice"]._cron_printed_alarm()
        self.assertEqual(len(pile.notice_ids.lead_claim_id.activity_ids), before)

    def test_nothing_printed_nothing_to_put_together(self):
        self.make_invoice()
        notices = self.propose().notice_ids.with_user(self.secretary)
        said = notices.action_prepare_posting()["params"]["message"]
        self.assertIn("No printed letter", said)

    def test_registered_letters_never_mix_with_plain_ones(self):
        self.make_invoice(due=date(2026, 6, 1))
        with self.at(TODAY):
            self.letters()
        with self.at(TODAY + timedelta(days=12)) as day:
            self.next_letters(day, TODAY)
        with self.at(TODAY + timedelta(days=24)) as day:
            self.make_invoice(partner=self.make_patient("Zoé"), due=date(2026, 6, 1))
            both = self.next_letters(day, day - timedelta(days=12))
            self.assertEqual(len(both), 2)
            both.action_prepare_posting()
            self.assertEqual(len(both.posting_id), 2)
            for pile in both.posting_id:
                self.assertEqual(set(pile.notice_ids.mapped("channel")), {pile.kind})

    def test_another_company_sees_no_pile(self):
        pile = self.pile(("Zoé", "35000"))
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self.secretary.copy(
            {
                "login": "stranger",
                "company_id": other.id,
                "company_ids": [(6, 0, other.ids)],
            }
        )
        with self.assertRaises(AccessError):
            pile.with_user(stranger).with_company(other).read(["kind"])
