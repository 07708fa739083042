import base64
from datetime import date, timedelta

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.recouv_lib.lib.tracking import check_digit

from .common import TODAY
from .letter_common import LetterCommon

PRINTED = TODAY + timedelta(days=24)
DEPOSITED = PRINTED + timedelta(days=1)
PRESENTED = PRINTED + timedelta(days=3)


def number(serial):
    return f"RA{serial}{check_digit(serial)}FR"


@tagged("post_install", "-at_install")
class TestRegistered(LetterCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_once(cls.begin)

    def begin(self):
        self.make_invoice(amount=79.5, due=date(2026, 6, 1))
        self.letter = self.formal_notice()
        self.claim = self.letter.lead_claim_id

    def deposit(self):
        self.letter.tracking_ref = number("47312482")
        with self.at(DEPOSITED):
            self.letter.action_mark_posted()

    def outcome(self, event, on=PRESENTED, **values):
        with self.at(on):
            self.env["recouv.registered.outcome"].with_user(self.secretary).create(
                {"notice_ids": self.letter.ids, "event": event, "date": on, **values}
            ).action_apply()

    # --- deposit --------------------------------------------------------------------

    def test_a_deposit_needs_the_tracking_number(self):
        with self.at(DEPOSITED), self.assertRaisesRegex(UserError, "tracking number"):
            self.letter.action_mark_posted()

    def test_the_deposit_proves_it(self):
        self.deposit()
        self.assertEqual(
            (self.letter.state, self.letter.proven_on), ("sent", DEPOSITED)
        )
        self.assertEqual(self.claim.step_id, self.formal)

    def test_the_next_step_waits_for_the_presentation(self):
        self.deposit()
        self.assertEqual(self.claim.next_step_id.channel, "handover")
        self.assertFalse(self.claim.next_date)
        self.assertFalse(self.letter.deadline_date)

    def test_a_wrong_check_digit_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "check digit"):
            self.letter.tracking_ref = "RA473124828FR"

    def test_a_number_serves_one_letter(self):
        self.deposit()
        twin = self.letter.sudo().copy({"tracking_ref": False, "idempotency_key": "x"})
        with self.assertRaisesRegex(ValidationError, "already"):
            twin.tracking_ref = self.letter.tracking_ref

    def test_the_deposit_slip_and_its_csv(self):
        self.letter.tracking_ref = number("47312482")
        self.letter.action_prepare_posting()
        pile = self.letter.posting_id
        pile.action_print_slip()
        self.assertTrue(pile.slip_id.raw.startswith(b"%PDF"))
        rows = pile._slip_csv().splitlines()
        self.assertEqual(len(rows), 2)
        self.assertIn("RA473124829FR;Camille Martin;2 place du Marché", rows[1])

    # --- presentation and outcome ---------------------------------------------------

    def test_the_delay_counts_from_the_presentation(self):
        self.deposit()
        self.outcome("presented")
        deadline = PRESENTED + timedelta(days=15)
        self.assertEqual(self.letter.deadline_date, deadline)
        self.assertEqual(self.claim.formal_notice_date, PRESENTED)
        self.assertEqual(self.claim.next_date, deadline + timedelta(days=1))

    def test_a_presentation_to_come_is_refused(self):
        self.deposit()
        with self.assertRaisesRegex(UserError, "which is to come"):
            self.letter._record_presentation(date(2030, 1, 1))

    def test_no_presentation_before_the_deposit(self):
        self.deposit()
        with self.assertRaisesRegex(UserError, "before its deposit"):
            self.outcome("presented", DEPOSITED - timedelta(days=1))

    def test_distributed(self):
        self.deposit()
        self.outcome("distributed")
        self.assertEqual(self.letter.state, "delivered")
        self.assertEqual(self.letter.date_delivered, PRESENTED)
        self.assertEqual(self.claim.formal_notice_date, PRESENTED)

    def test_distributed_after_a_first_presentation_keeps_the_first(self):
        self.deposit()
        self.outcome("presented")
        self.outcome("distributed", PRESENTED + timedelta(days=6))
        self.assertEqual(self.claim.formal_notice_date, PRESENTED)

    def test_unclaimed_is_valid_and_goes_on(self):
        self.deposit()
        self.outcome("unclaimed")
        self.assertEqual(self.letter.state, "sent")
        self.assertEqual(self.claim.formal_notice_date, PRESENTED)
        self.assertTrue(self.claim.next_date)

    def test_refused_goes_on(self):
        self.deposit()
        self.outcome("refused")
        self.assertEqual(self.letter.delivery_outcome, "refused")
        self.assertTrue(self.claim.next_date)

    def test_a_wrong_address_opens_the_search_and_undoes_the_formal_notice(self):
        self.deposit()
        self.outcome("presented")
        self.outcome("wrong_address", PRESENTED + timedelta(days=2))
        self.assertEqual(self.letter.state, "returned")
        self.assertFalse(self.claim.formal_notice_date)
        hold = self.patient.recouv_hold_ids
        self.assertEqual(hold.reason, "address_unknown")
        self.assertIn(
            "Search the address of Camille Martin",
            self.claim.activity_ids.mapped("summary"),
        )
        self.assertNotEqual(self.claim.step_id, self.formal)

    # --- sent again -----------------------------------------------------------------

    def came_back(self):
        """The mise en demeure came back, and its way is at an end."""
        self.deposit()
        self.outcome("wrong_address", PRESENTED)
        self.assertEqual(
            (self.claim.next_step_id, self.claim.next_date), (self.formal, False)
        )
        return PRESENTED + timedelta(days=5)

    def code(self, day):
        with self.at(day):
            return self.claim._explain()[0]["code"]

    def test_once_the_address_is_found_it_leaves_again(self):
        day = self.came_back()
        self.assertEqual(self.code(day), "hold")
        self.patient.street = "7 rue Trouvée"
        with self.at(day):
            holds = self.claim.with_user(self.secretary)._active_holds()
            self.assertEqual(
                set(holds.mapped("reason")), {"address_unknown", "delivery_failed"}
            )
            holds.action_lift()
            self.assertFalse(self.claim.is_undeliverable)
            again = self.letters(day)
        self.assertEqual(again.step_id, self.formal)
        self.assertEqual((again.amount, again.state), (79.5, "printed"))
        self.assertIn("7 rue Trouvée", self.text(again))
        again.tracking_ref = number("47312483")
        with self.at(day):
            again.action_mark_posted()
            self.assertEqual(self.claim.step_id, self.formal)

    def test_a_second_failure_holds_anew(self):
        day = self.came_back()
        with self.at(day):
            self.claim._active_holds().action_lift()
            again = self.letters(day)
            again.tracking_ref = number("47312483")
            again.action_mark_posted()
        with self.at(day + timedelta(days=2)):
            again.sudo()._record_delivery("wrong_address", day)
            self.assertTrue(self.claim.is_undeliverable)
            self.assertTrue(self.claim._active_holds())
            self.assertFalse(self.claim.next_date)

    def test_a_lift_taken_back_takes_the_new_try_back(self):
        day = self.came_back()
        with self.at(day):
            holds = self.claim._active_holds()
            holds.action_lift()
            self.assertTrue(self.claim.next_date)
            holds.undo("By mistake")
            self.assertFalse(self.claim.next_date)

    def test_without_a_suspension_it_says_what_failed_and_is_sent_again(self):
        day = self.came_back()
        with self.at(day):
            self.claim._active_holds().undo("He lives there")
        self.assertEqual(self.code(day), "undeliverable")
        with self.at(day + timedelta(days=1)):
            self.claim.with_user(self.secretary).action_send_again()
        self.assertIn(self.code(day + timedelta(days=1)), ("next", "not_due"))
        with self.at(day + timedelta(days=2)) as later:
            self.assertEqual(self.letters(later).step_id, self.formal)

    def test_nothing_failed_nothing_to_send_again(self):
        self.deposit()
        with self.assertRaisesRegex(UserError, "nothing to send again"):
            self.claim.with_user(self.secretary).action_send_again()

    def test_a_second_returned_letter_makes_no_second_hold(self):
        self.deposit()
        self.outcome("wrong_address")
        self.letter._suspend_unknown_address()
        self.assertEqual(len(self.patient.recouv_hold_ids), 1)

    def test_proofs_are_kept_with_the_letter(self):
        self.deposit()
        scan = (
            self.env["ir.attachment"]
            .with_user(self.secretary)
            .create({"name": "receipt.pdf", "datas": base64.b64encode(b"%PDF")})
        )
        self.outcome("distributed", attachment_ids=scan.ids)
        proof = self.letter.proof_ids
        self.assertEqual(
            (proof.res_model, proof.res_id), ("recouv.notice", self.letter.id)
        )
        self.assertTrue(proof.with_user(self.secretary).raw)

    def test_undone_it_was_never_presented(self):
        self.deposit()
        self.outcome("presented")
        self.letter.action_undo("posted by mistake")
        self.assertFalse(self.claim.formal_notice_date)
        self.assertEqual(self.claim.next_step_id, self.formal)

    def test_no_outcome_before_the_deposit(self):
        with self.assertRaises(UserError):
            self.outcome("presented")


@tagged("post_install", "-at_install")
class TestTwoAddressees(LetterCommon):
    """A protected adult and the curator each get a registered letter of their own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_once(cls.begin)

    def begin(self):
        self.curator = self.make_patient("Anne Martin", street="5 rue Haute")
        self.patient.write(
            {"recouv_guardian_id": self.curator.id, "recouv_protection": "curatelle"}
        )
        with self.at(TODAY):
            self.patient.recouv_hold_ids._standing().action_lift()
        self.make_invoice(amount=79.5, due=date(2026, 6, 1))
        self.letter = self.formal_notice()
        with self.at(PRINTED):
            self.letter.action_prepare_posting()
        self.pile = self.letter.posting_id

    def test_each_envelope_has_its_line_and_its_number(self):
        self.letter.tracking_ref = number("47312482")
        self.letter.copy_tracking_ref = f" {number('47312483').lower()} "
        rows = self.pile._slip_rows()
        self.assertEqual(
            [(row["number"], row["name"], row["tracking"]) for row in rows],
            [
                (1, "Camille Martin", number("47312482")),
                (2, "Anne Martin", number("47312483")),
            ],
        )
        self.assertIn("5 rue Haute", rows[1]["address"])
        table = self.pile._slip_csv().splitlines()
        self.assertEqual(len(table), 3)
        self.assertIn("Anne Martin;5 rue Haute", table[2])

    def test_both_numbers_are_needed_before_it_is_posted(self):
        self.letter.tracking_ref = number("47312482")
        with self.at(DEPOSITED), self.assertRaisesRegex(UserError, "second envelope"):
            self.pile.action_mark_posted()
        self.letter.copy_tracking_ref = number("47312483")
        self.company.recouv_registered_cost = 6.0
        with self.at(DEPOSITED):
            self.pile.action_mark_posted()
        self.assertEqual((self.letter.state, self.letter.cost), ("sent", 12.0))

    def scan(self, *lines):
        wizard = (
            self.env["recouv.mail.scan"]
            .with_user(self.secretary)
            .create({"mode": "tracking", "scans": "\n".join(lines)})
        )
        wizard.action_apply()
        return wizard.result or ""

    def test_scanned_one_after_the_other_each_envelope_has_its_number(self):
        letter = self.letter.payment_reference
        first, second = number("47312482"), number("47312483")
        result = self.scan(letter, first, letter, second)
        self.assertNotIn("✗", result)
        self.assertEqual(
            (self.letter.tracking_ref, self.letter.copy_tracking_ref), (first, second)
        )
        self.assertNotIn("✗", self.scan(letter, first), "scanned again")
        self.assertIn("both have their numbers", self.scan(letter, number("47312484")))
        self.assertEqual(self.letter.copy_tracking_ref, second)

    def test_two_envelopes_have_two_numbers(self):
        self.letter.tracking_ref = number("47312482")
        with self.assertRaisesRegex(ValidationError, "already that of"):
            self.letter.copy_tracking_ref = number("47312482")
        with self.assertRaisesRegex(ValidationError, "check digit"):
            self.letter.copy_tracking_ref = "RA473124830FR"
