from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from ..lib import parts
from .share_common import ShareCommon


@tagged("post_install", "-at_install")
class TestParts(ShareCommon):
    """Sums are shared out to the cent, whatever the rates."""

    def test_the_parts_sum_to_the_invoice(self):
        for total in (1, 99, 2513, 10001, 123457):
            for amo, amc in ((70, 30), (60, 40), (33.33, 66.67), (70, 20), (100, 0)):
                shared = parts.split(total, 0, amo, amc)
                self.assertEqual(sum(shared), total)
                self.assertGreaterEqual(min(shared), 0)

    def test_rates_that_make_the_whole_leave_no_cent_to_the_patient(self):
        self.assertEqual(parts.split(2513, 0, 70, 30).patient, 0)

    def test_the_overrun_is_the_patients(self):
        self.assertEqual(parts.split(5000, 2000, 70, 30), (2100, 900, 2000))

    def test_unless_the_contract_pays_it(self):
        shared = parts.split(5000, 2000, 70, 30, amc_pays_overrun=True)
        self.assertEqual(shared, (2100, 2900, 0))

    def test_a_fund_never_gets_more_than_the_caisse_leaves(self):
        self.assertEqual(parts.split(1000, 0, 70, 100), (700, 300, 0))

    def test_rates_that_cannot_be_are_refused(self):
        for wrong in ((100, 0, 120, 0), (100, 0, -1, 0), (100, 200, 70, 0)):
            with self.assertRaises(ValueError):
                parts.split(*wrong)

    def test_proportions_sum_and_never_exceed_a_weight(self):
        for amount in range(0, 120):
            shared = parts.in_proportion(amount, [70, 20, 10])
            self.assertEqual(sum(shared), min(amount, 100))
            self.assertTrue(
                all(s <= w for s, w in zip(shared, (70, 20, 10), strict=True))
            )

    def test_nothing_is_shared_over_nothing(self):
        self.assertEqual(parts.in_proportion(50, [0, 0]), [0, 0])
        self.assertEqual(parts.in_proportion(50, []), [])


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestShareSplit(ShareCommon):
    """The dialog that shares one invoice."""

    def dialog(self, move, user=None):
        return Form(
            self.env["recouv.share.split"]
            .with_user(user or self.biller)
            .with_context(default_move_id=move.id)
        )

    def parts_of(self, move):
        return {share.kind: share.amount for share in move.recouv_share_ids}

    def test_it_opens_with_the_rights_of_the_day_of_care(self):
        self.make_rights()
        self.make_rights(self.mutual, rate=20)
        move = self.make_draft(25.13)
        with self.dialog(move) as form:
            self.assertEqual(form.amo_payer_id, self.caisse)
            self.assertEqual((form.amo_amount, form.amc_amount), (17.59, 5.03))
            self.assertAlmostEqual(form.patient_amount, 2.51)
        form.record.action_apply()
        self.assertEqual(self.parts_of(move), {"amo": 17.59, "amc": 5.03})

    def test_a_draft_is_only_planned_and_a_posted_one_booked(self):
        self.make_rights()
        draft, posted = self.make_draft(), self.make_invoice()
        posted.recouv_care_end_date = date(2026, 6, 1)
        for move in (draft, posted):
            with self.dialog(move) as form:
                pass
            form.record.action_apply()
        self.assertFalse(draft.recouv_share_ids.is_booked)
        self.assertTrue(posted.recouv_share_ids.is_booked)

    def test_sharing_anew_replaces_the_plan(self):
        self.make_rights()
        move = self.make_draft()
        for rate in (70, 60):
            with self.dialog(move) as form:
                form.amo_rate = rate
            form.record.action_apply()
        self.assertEqual(self.parts_of(move), {"amo": 60})

    def test_long_term_illness_makes_it_all_the_caisses(self):
        self.make_rights(exemption="ald", rate=100)
        move = self.make_draft()
        with self.dialog(move) as form:
            self.assertEqual(form.amo_amount, 100)
        form.record.action_apply()
        self.assertEqual(move.recouv_share_ids.exemption, "ald")

    def test_under_c2s_the_patient_owes_nothing(self):
        self.make_rights()
        self.make_rights(self.mutual, exemption="c2s", rate=0)
        move = self.make_draft()
        with self.dialog(move) as form:
            self.assertEqual((form.amo_amount, form.amc_amount), (70, 30))
            self.assertEqual(form.patient_amount, 0)
        form.record.action_apply()
        self.assertEqual(self.parts_of(move), {"amo": 70, "amc": 30})

    def test_under_c2s_no_overrun_is_asked(self):
        self.make_rights()
        self.make_rights(self.mutual, exemption="c2s", rate=0)
        with self.dialog(self.make_draft()) as form:
            form.overrun_amount = 10
        with self.assertRaisesRegex(UserError, "C2S"):
            form.record.action_apply()

    def test_one_part_only_leaves_the_other_to_the_patient(self):
        self.make_rights()
        self.make_rights(self.mutual)
        for mode, expected in (("amo", {"amo": 70}), ("amc", {"amc": 30})):
            move = self.make_draft()
            with self.dialog(move) as form:
                form.mode = mode
            form.record.action_apply()
            self.assertEqual(self.parts_of(move), expected)

    def test_sums_can_be_given(self):
        self.make_rights()
        move = self.make_draft()
        with self.dialog(move) as form:
            form.how = "amount"
            form.amo_amount = 12.34
        form.record.action_apply()
        self.assertEqual(self.parts_of(move), {"amo": 12.34})

    def test_only_the_lines_that_payers_cover(self):
        self.make_rights()
        move = self.make_draft()
        move.write(
            {
                "invoice_line_ids": [
                    (0, 0, {"name": "Not covered", "price_unit": 50, "tax_ids": []})
                ]
            }
        )
        covered = move.invoice_line_ids.filtered(lambda line: line.name == "Fees")
        with self.dialog(move) as form:
            form.line_ids.add(covered)
            self.assertEqual(form.amo_amount, 70)
            self.assertEqual(form.patient_amount, 80)

    def test_lines_that_payers_do_not_cover_are_the_patients_under_c2s(self):
        self.make_rights()
        self.make_rights(self.mutual, exemption="c2s", rate=0)
        move = self.make_draft()
        not_covered = {"name": "Not covered", "price_unit": 50, "tax_ids": []}
        move.write({"invoice_line_ids": [(0, 0, not_covered)]})
        with self.dialog(move) as form:
            form.line_ids.add(
                move.invoice_line_ids.filtered(lambda line: line.name == "Fees")
            )
        form.record.action_apply()
        self.assertEqual(self.parts_of(move), {"amo": 70, "amc": 30})
        self.assertTrue(move.recouv_not_covered)
        self.assertFalse(move.recouv_rights_message)

    def test_more_than_the_invoice_is_refused(self):
        self.make_rights()
        with self.dialog(self.make_draft()) as form:
            form.how = "amount"
            form.amo_amount = 120
        with self.assertRaisesRegex(ValidationError, "exceed the invoice by"):
            form.record.action_apply()

    def test_a_payer_must_be_named(self):
        with self.dialog(self.make_draft()) as form:
            form.mode = "amo"
        with self.assertRaisesRegex(UserError, "Choose the caisse"):
            form.record.action_apply()

    def test_a_payer_without_sum_is_refused(self):
        with self.dialog(self.make_draft()) as form:
            form.mode = "amo"
            form.amo_payer_id = self.caisse
        with self.assertRaisesRegex(UserError, "not positive"):
            form.record.action_apply()

    def test_the_secretary_has_no_such_dialog(self):
        with self.assertRaises(AccessError):
            self.dialog(self.make_draft(), self.secretary)
