import base64
from datetime import date

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.recouv_lib.tests.common import TODAY

from .share_common import ShareCommon

SENT = date(2026, 6, 2)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestLot(ShareCommon):
    """What is transmitted, acknowledged, refused, and sent again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls.shared_invoice()
        cls.amo, cls.amc = cls.share_of(cls.move), cls.share_of(cls.move, "amc")

    def test_a_transmitted_lot_sends_its_parts(self):
        lot = self.make_lot(self.amo)
        self.assertEqual(lot.sent_on, SENT)
        self.assertEqual((self.amo.state, self.amo.sent_on), ("transmitted", SENT))
        self.assertEqual(self.amc.state, "draft")

    def test_its_number_has_three_digits(self):
        self.assertEqual(self.make_lot(self.amo, "7").name, "007")
        with self.assertRaises(ValidationError):
            self.make_lot(self.amc, "ABC")

    def test_the_same_lot_is_not_recorded_twice(self):
        self.make_lot(self.amo)
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            self.make_lot(self.amc, sent=False).flush_recordset()

    def test_nothing_is_added_to_what_has_left(self):
        lot = self.make_lot(self.amo)
        with self.assertRaisesRegex(UserError, "was transmitted"):
            lot._add(self.amc)
        with self.assertRaisesRegex(UserError, "not edited"):
            lot.name = "013"

    def test_an_empty_lot_does_not_leave(self):
        lot = self.make_lot(self.amo.browse(), sent=False)
        with self.assertRaisesRegex(UserError, "empty"):
            lot.action_transmitted()

    def test_it_did_not_leave_tomorrow(self):
        with self.assertRaisesRegex(UserError, "day to come"):
            self.make_lot(self.amo, day=date(2026, 6, 16))

    def test_only_booked_parts_for_its_payer(self):
        plan = self.plan_share(self.make_draft())
        with self.assertRaisesRegex(UserError, "in the books"):
            self.make_lot(plan)
        with self.assertRaisesRegex(UserError, "not for the payer"):
            self.make_lot(self.amo, "013", payer_id=self.mutual.id)

    def test_all_that_waits_for_a_payer_goes_in(self):
        self.shared_invoice()
        lot = self.make_lot(self.amo.browse(), sent=False, payer_id=self.caisse.id)
        lot.action_add_waiting()
        self.assertEqual(lot.share_count, 2)
        self.assertEqual(lot.amount, 140)

    def test_the_biller_makes_a_lot_from_the_list(self):
        shares = self.amo + self.amc
        action = shares.action_make_lot()
        form = Form(
            self.env["recouv.lot.make"]
            .with_user(self.biller)
            .with_context(**action["context"])
        )
        form.name = "21"
        form.is_sent = True
        opened = form.save().action_apply()
        lot = self.env["recouv.lot"].browse(opened["res_id"])
        self.assertEqual((lot.name, lot.share_ids), ("021", shares.sudo()))
        self.assertEqual(set(shares.mapped("state")), {"transmitted"})

    def test_a_part_leaves_a_lot_that_has_not_left(self):
        lot = self.make_lot(self.amo, sent=False)
        self.amo.action_leave_lot()
        self.assertFalse(lot.share_ids)
        self.make_lot(self.amo, "013")
        with self.assertRaises(UserError):
            self.amo.action_leave_lot()

    def test_what_was_answered_before_anybody_said_it_left_stands(self):
        self.pay_item(self.item_of(self.amo))
        self.amc._set_state("rejected")
        waiting = self.share_of(self.shared_invoice(number="000000034"))
        lot = self.make_lot(waiting, sent=False)
        (self.amo + self.amc)._record({"lot_id": lot.id})
        lot.with_user(self.biller).action_transmitted()
        self.assertEqual((self.amo.state, self.amc.state), ("paid", "rejected"))
        self.assertEqual(waiting.state, "transmitted")
        self.assertEqual(set(lot.share_ids.mapped("sent_on")), {SENT})
        # late payers owe their penalty from that day on
        self.assertTrue(self.amo.expected_date)
        self.assertEqual(self.amo.attempt, 1)

    def test_what_is_over_does_not_come_back_by_its_lot(self):
        for number, state in enumerate(
            ("to_patient", "abandoned", "cancelled", "acknowledged"), 40
        ):
            share = self.share_of(self.shared_invoice(number=f"{number:09d}"))
            lot = self.make_lot(share, f"{number:03d}", sent=False)
            share._set_state(state, ack_date=date(2026, 6, 3))
            lot.action_transmitted()
            self.assertEqual((share.state, share.sent_on), (state, SENT))
            self.assertEqual(share.ack_date, date(2026, 6, 3))

    def test_a_corrected_part_does_not_keep_its_lot_from_leaving(self):
        lot = self.make_lot(self.amo + self.amc, sent=False)
        self.amo._set_state("rejected")
        attempt = self.amo._resend("777000001", sent_on=date(2026, 6, 10))
        expected = attempt.expected_date
        lot.action_transmitted()
        self.assertEqual((self.amo.state, self.amc.state), ("corrected", "transmitted"))
        self.assertEqual(attempt.expected_date, expected)
        self.assertEqual(attempt.sudo().claim_id.date_due, expected)

    def test_the_secretary_transmits_nothing(self):
        lot = self.make_lot(self.amo, sent=False)
        with self.assertRaises(AccessError):
            lot.with_user(self.secretary).action_transmitted()

    # --- acknowledgments ------------------------------------------------------------

    def test_a_positive_one_says_that_the_parts_arrived(self):
        lot = self.make_lot(self.amo)
        lot.action_acknowledged()
        self.assertEqual((lot.ack_state, lot.ack_date), ("positive", TODAY))
        self.assertEqual((self.amo.state, self.amo.ack_date), ("acknowledged", TODAY))

    def test_a_whole_list_is_acknowledged_at_once(self):
        lots = self.make_lot(self.amo) + self.make_lot(self.amc, "013")
        lots.action_acknowledged()
        self.assertEqual(set(lots.mapped("ack_state")), {"positive"})

    def test_a_negative_one_sends_the_parts_back_with_its_label(self):
        lot = self.make_lot(self.amo)
        self.refuse(lot, "Lot non conforme")
        self.assertEqual((self.amo.state, self.amo.lot_id.id), ("draft", False))
        self.assertEqual(self.amo.ack_label, "Lot non conforme")
        self.assertEqual(self.amo.past_lot_ids, lot.sudo())
        self.assertEqual(lot.ack_state, "negative")

    def refuse(self, lot, label, number=None):
        action = lot.action_refused()
        form = Form(
            self.env["recouv.lot.refusal"]
            .with_user(self.biller)
            .with_context(**action["context"])
        )
        form.label = label
        if number:
            form.invoice_number = number
        form.save().action_apply()

    def test_what_is_sent_again_is_the_next_attempt_in_a_new_lot(self):
        self.refuse(self.make_lot(self.amo), "Signature")
        self.make_lot(self.amo, "013", date(2026, 6, 4))
        self.assertEqual((self.amo.attempt, self.amo.state), (2, "transmitted"))
        self.assertFalse(self.amo.ack_label)
        self.assertEqual(self.amo.sent_on, date(2026, 6, 4))

    def test_one_invoice_of_a_lot_may_be_refused_alone(self):
        other = self.share_of(self.shared_invoice(number="000000034"))
        lot = self.make_lot(self.amo + other)
        self.refuse(lot, "NIR", "34")
        self.assertEqual((self.amo.state, other.state), ("transmitted", "draft"))
        self.assertEqual(lot.ack_state, "none")

    def test_it_never_overwrites_an_answer(self):
        lot = self.make_lot(self.amo + self.amc)
        self.amo._set_state("rejected")
        self.amc._set_state("paid")
        lot._acknowledge("positive")
        self.refuse(lot, "Late")
        self.assertEqual((self.amo.state, self.amc.state), ("rejected", "paid"))

    def test_the_same_one_twice_changes_nothing(self):
        lot = self.make_lot(self.amo)
        lot._acknowledge("positive", date(2026, 6, 3), "OK")
        lot._acknowledge("positive", date(2026, 6, 5), "OK again")
        self.assertEqual((lot.ack_date, lot.ack_label), (date(2026, 6, 3), "OK"))
        self.assertEqual(self.amo.ack_date, date(2026, 6, 3))

    def test_a_refusal_stands(self):
        lot = self.make_lot(self.amo)
        self.refuse(lot, "Lot non conforme")
        lot._acknowledge("positive")
        self.assertEqual(lot.ack_state, "negative")
        self.assertEqual(self.amo.state, "draft")

    def test_what_has_not_left_is_not_acknowledged(self):
        lot = self.make_lot(self.amo, sent=False)
        with self.assertRaisesRegex(UserError, "not transmitted"):
            lot.action_acknowledged()

    # --- from a file ----------------------------------------------------------------

    def test_a_file_names_the_lot_by_number_and_date(self):
        lot = self.make_lot(self.amo)
        found = self.env["recouv.lot"]._record_ack(
            {"lot": "12", "date": SENT, "state": "positive", "label": "ARL"}
        )
        self.assertEqual(found, lot.sudo())
        self.assertEqual(self.amo.state, "acknowledged")

    def test_a_number_that_came_again_is_the_newest_that_waits(self):
        self.make_lot(self.amo, day=date(2026, 5, 4))
        newest = self.make_lot(self.amc)
        found = self.env["recouv.lot"]._record_ack({"lot": "012", "state": "positive"})
        self.assertEqual(found, newest.sudo())

    def test_two_lots_of_one_day_are_told_apart_by_their_body(self):
        first = self.make_lot(self.amo, destination="131")
        self.make_lot(self.amc, destination="351")
        lots = self.env["recouv.lot"]
        row = {"lot": "012", "date": SENT, "state": "positive"}
        self.assertFalse(lots._record_ack(row))
        self.assertEqual(lots._record_ack(row | {"destination": "131"}), first.sudo())

    def test_an_unknown_lot_is_told(self):
        lots = self.env["recouv.lot"]
        self.assertFalse(lots._record_ack({"lot": "999", "state": "positive"}))
        self.assertFalse(lots._record_ack({"lot": "", "state": "positive"}))
        with self.assertRaises(ValueError):
            lots._record_ack({"lot": "012", "state": "maybe"})

    def import_table(self, text):
        wizard = (
            self.env["recouv.lot.ack.import"]
            .with_user(self.biller)
            .create({"file": base64.b64encode(text.encode()), "filename": "arl.csv"})
        )
        wizard.action_import()
        return wizard

    def test_a_table_is_taken_in_and_every_row_answered_for(self):
        lot = self.make_lot(self.amo)
        wizard = self.import_table(
            "Lot;Date;État;Libellé;Facture\n"
            "012;02/06/2026;positif;;\n"
            "999;02/06/2026;positif;;\n"
            "012;02/06/2026;peut-être;;\n"
        )
        self.assertEqual(wizard.recorded, 1)
        self.assertEqual(lot.ack_state, "positive")
        self.assertEqual(wizard.line_ids.mapped("number"), [3, 4])
        self.assertIn("No lot", wizard.line_ids[0].reason)

    def test_a_table_refuses_one_invoice(self):
        self.make_lot(self.amo)
        self.import_table("Lot;Etat;Motif;Facture\n12;négatif;NIR absent;12\n")
        self.assertEqual((self.amo.state, self.amo.ack_label), ("draft", "NIR absent"))

    def test_a_table_without_its_columns_is_refused(self):
        with self.assertRaisesRegex(UserError, "no column"):
            self.import_table("A;B\n1;2\n")

    # --- the alarm ------------------------------------------------------------------

    def late(self, day):
        lots = self.env["recouv.lot"]
        return lots.search(lots._late_domain(day))

    def test_it_is_late_after_two_working_days(self):
        # Friday 5 June 2026: Tuesday 9 is the second working day
        lot = self.make_lot(self.amo, day=date(2026, 6, 5)).sudo()
        self.assertEqual(lot.ack_limit, date(2026, 6, 9))
        self.assertNotIn(lot, self.late(date(2026, 6, 9)))
        self.assertIn(lot, self.late(date(2026, 6, 10)))

    def test_a_lot_of_which_all_was_sent_again_alarms_nobody(self):
        lot = self.make_lot(self.amo, day=date(2026, 6, 5)).sudo()
        self.amo.action_send_again()
        self.assertNotIn(lot, self.late(date(2026, 6, 10)))
        self.assertEqual(lot.past_share_ids, self.amo.sudo())

    def test_the_day_of_who_follows_payers_shows_it(self):
        self.make_lot(self.amo)
        day = self.env["recouv.day"].with_user(self.biller)
        codes = {section.code: section for section in day._sections(TODAY)}
        self.assertTrue(codes["late_acks"].is_alarm)
        records = self.env["recouv.lot"].search(codes["late_acks"].domain)
        self.assertTrue(records)
        secretary = self.env["recouv.day"].with_user(self.secretary)
        self.assertNotIn("late_acks", [s.code for s in secretary._sections(TODAY)])

    def test_what_never_arrived_is_sent_again(self):
        self.make_lot(self.amo)
        self.amo.action_send_again()
        self.assertEqual(self.amo.state, "draft")
        self.make_lot(self.amo, "014", date(2026, 6, 10))
        self.assertEqual(self.amo.attempt, 2)

    # --- screens ------------------------------------------------------------------

    def test_the_screens_of_who_follows_payers_open(self):
        lot = self.make_lot(self.amo)
        rights = self.make_rights()
        for record in (lot, self.amo, rights, self.caisse, self.patient):
            with Form(record.with_user(self.biller)) as form:
                self.assertEqual(form.record.id, record.id)
