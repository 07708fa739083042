from datetime import date

from odoo.tests import Form, freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY
from odoo.addons.recouv_lib.tests.letter_common import LetterCommon

from ..models.recouv_share import MOVING
from .share_common import CARE, ShareCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestShareEngine(ShareCommon):
    """Patients are asked for their own part alone, payers in time."""

    def code_of(self, claim):
        return claim._explain()[0]["code"]

    def test_the_patient_is_relanced_for_their_part_alone(self):
        move = self.shared_invoice(care=date(2026, 5, 1))
        run = self.propose()
        notice = run.notice_ids
        self.assertEqual(notice.partner_id, self.patient)
        self.assertEqual(notice.amount, 10)
        own = self.claims_of(move).filtered(lambda c: c.capacity == "creditor")
        self.assertEqual(own.amount_residual, 10)

    def test_the_patient_is_not_relanced_while_a_part_is_not_moved(self):
        move = self.make_invoice(due=date(2026, 5, 1))
        self.plan_share(move)
        run = self.propose()
        self.assertFalse(run.notice_ids)
        self.assertEqual(run.skip_ids.mapped("code"), ["payer_share_pending"])
        claim = self.claims_of(move)
        reason = claim._explain()[0]
        self.assertEqual(reason["code"], "payer_share_pending")
        self.assertIn("book the part", reason["message"])

    def test_whatever_was_said_of_a_part_that_was_not_moved(self):
        share = self.plan_share(self.make_invoice(due=date(2026, 5, 1)))
        share._set_state("rejected")
        self.assertEqual(
            self.propose().skip_ids.mapped("code"), ["payer_share_pending"]
        )
        share._set_state("abandoned")
        self.assertTrue(self.propose().notice_ids)

    def test_it_is_explained_before_any_run(self):
        move = self.make_invoice(due=date(2026, 5, 1))
        self.plan_share(move)
        item = move.line_ids.filtered(lambda x: x.account_type == "asset_receivable")
        self.assertEqual(item._recouv_explain()[0]["code"], "payer_share_pending")

    def test_what_came_back_is_relanced_like_any_other(self):
        move = self.shared_invoice(care=date(2026, 4, 1))
        share = self.share_of(move, "amc")
        share.sudo().transfer_id.action_reverse(
            "No rights", date=date(2026, 5, 1), date_due=date(2026, 5, 2)
        )
        run = self.propose()
        self.assertEqual(sum(run.notice_ids.mapped("amount")), 30)

    def paid_after_all(self, share, **values):
        """The answer of a payer that pays what the patient was billed."""
        file = self.env["recouv.return.file"].sudo().create({"name": "RSP-1"})
        return (
            self.env["recouv.return.line"]
            .sudo()
            .create(
                {
                    "company_id": share.company_id.id,
                    "currency_id": share.currency_id.id,
                    "file_id": file.id,
                    "share_id": share.id,
                    "status": "P",
                    "paid": 20.0,
                    "outcome": "to_settle",
                    "issue": "patient_billed",
                    "key": "late",
                    **values,
                }
            )
        )

    def came_back(self):
        """The mutual fund's part of an invoice, billed to the patient."""
        move = self.shared_invoice(care=date(2026, 4, 1))
        share = self.share_of(move, "amc")
        share.sudo().transfer_id.action_reverse(
            "No rights", date=date(2026, 5, 1), date_due=date(2026, 5, 2)
        )
        back = share.sudo().transfer_id.undoing_ids.target_line_id
        self.assertEqual(share.state, "to_patient")
        return share, back

    def test_a_patient_is_left_alone_where_the_payer_paid_after_all(self):
        share, back = self.came_back()
        line = self.paid_after_all(share)
        run = self.propose()
        # their own part is theirs all the same
        self.assertEqual(sum(run.notice_ids.mapped("amount")), 10)
        self.assertIn("payer_paid_after_all", run.skip_ids.mapped("code"))
        reason = back._recouv_explain()[0]
        self.assertEqual(reason["code"], "payer_paid_after_all")
        self.assertIn("refund the patient", reason["message"])
        line.outcome = "settled"
        self.assertNotEqual(back._recouv_explain()[0]["code"], reason["code"])

    def test_an_answer_without_money_stops_no_relance(self):
        share, _back = self.came_back()
        self.paid_after_all(share, paid=0.0)
        self.assertEqual(sum(self.propose().notice_ids.mapped("amount")), 30)

    def test_the_exempted_compulsory_part_is_blocked_however_it_came_back(self):
        move = self.make_draft(care=date(2026, 4, 1))
        share = self.plan_share(move, exemption="ald", amount=100)
        move.action_post()
        move.is_move_sent = True
        share.sudo().transfer_id.with_context(
            recouv_share_moving=MOVING
        ).action_reverse(
            "By a script", date=date(2026, 5, 1), date_due=date(2026, 5, 2)
        )
        run = self.propose()
        self.assertFalse(run.notice_ids)
        self.assertEqual(run.skip_ids.mapped("code"), ["exempted_share"])

    def brought_back(self, payer, **values):
        """The codes of a run after a script brought a part back to the patient."""
        move = self.make_draft(care=date(2026, 4, 1))
        share = self.plan_share(move, payer, amount=100, **values)
        move.action_post()
        move.is_move_sent = True
        share.sudo().transfer_id.with_context(
            recouv_share_moving=MOVING
        ).action_reverse(
            "By a script", date=date(2026, 5, 1), date_due=date(2026, 5, 2)
        )
        return self.propose().skip_ids.mapped("code")

    def test_nothing_of_c2s_is_asked_of_the_patient(self):
        codes = self.brought_back(self.mutual, exemption="c2s")
        self.assertEqual(codes, ["exempted_share"])

    def test_rights_of_the_day_of_care_exempt_too(self):
        self.make_rights(self.caisse, exemption="ame")
        self.assertEqual(self.brought_back(self.mutual), ["exempted_share"])

    def test_the_complementary_part_of_a_long_illness_may_be_asked(self):
        self.make_rights(self.caisse, exemption="ald")
        self.assertEqual(self.brought_back(self.mutual), [])

    def test_rights_of_another_time_exempt_nothing(self):
        self.make_rights(
            self.caisse,
            exemption="ame",
            valid_from=date(2025, 1, 1),
            valid_to=date(2025, 12, 31),
        )
        self.assertEqual(self.brought_back(self.mutual), [])

    def test_who_owes_nothing_is_not_relanced_for_an_invoice_nobody_shared(self):
        self.make_rights(self.caisse, exemption="c2s")
        move = self.make_invoice(due=date(2026, 5, 1), recouv_care_end_date=CARE)
        item = move.line_ids.filtered(lambda x: x.account_type == "asset_receivable")
        self.assertEqual(item._recouv_explain()[0]["code"], "exempted_patient")
        run = self.propose()
        self.assertFalse(run.notice_ids)
        self.assertEqual(run.skip_ids.mapped("code"), ["exempted_patient"])
        claim = self.claims_of(move)
        self.assertIn("share the invoice", claim._explain()[0]["message"])
        # care that no payer owes is the patient's
        move.with_user(self.secretary).recouv_not_covered = True
        self.assertNotEqual(self.code_of(claim), "exempted_patient")
        self.assertEqual(self.propose().notice_ids.amount, 100)

    def test_what_a_part_under_c2s_leaves_is_not_asked_either(self):
        move = self.make_draft(care=date(2026, 4, 1))
        self.plan_share(move, exemption="c2s")
        move.action_post()
        move.is_move_sent = True
        run = self.propose()
        self.assertFalse(run.notice_ids)
        self.assertEqual(run.skip_ids.mapped("code"), ["exempted_patient"])

    def test_who_owed_nothing_at_another_time_is_relanced(self):
        ended = {"valid_from": date(2025, 1, 1), "valid_to": date(2025, 12, 31)}
        self.make_rights(self.caisse, exemption="c2s", **ended)
        self.make_invoice(due=date(2026, 5, 1), recouv_care_end_date=CARE)
        self.assertEqual(self.propose().notice_ids.amount, 100)

    def test_no_agency_collects_from_who_owes_nothing(self):
        self.make_rights(self.caisse, exemption="ame")
        self.make_invoice(due=date(2026, 5, 1), recouv_care_end_date=CARE)
        claim = self.propose().skip_ids.claim_id
        agency = self.env["res.company"].create({"name": "Agency"})
        verdict = claim._placement_verdicts(agency)[claim.id]
        self.assertEqual(verdict.code, "exempted_patient")

    def test_nor_once_it_is_doubtful(self):
        """A doubtful claim stands on an entry: the rights are those of its invoice."""
        self.make_rights(self.caisse, exemption="c2s")
        move = self.make_invoice(due=date(2026, 5, 1), recouv_care_end_date=CARE)
        claim = self.propose().skip_ids.claim_id
        items = move.line_ids.filtered(lambda x: x.account_type == "asset_receivable")
        self.env["recouv.transfer.doubtful"].create(
            {"line_ids": items.ids, "reason": "Year's end"}
        ).action_confirm()
        self.assertNotEqual(claim.move_line_id, items)
        agency = self.env["res.company"].create({"name": "Agency"})
        verdict = claim._placement_verdicts(agency)[claim.id]
        self.assertEqual(verdict.code, "exempted_patient")
        self.assertFalse(self.propose(date(2026, 6, 20)).notice_ids)

    def test_it_is_said_on_the_posted_invoice_and_ticked_there(self):
        self.make_rights(self.caisse, exemption="c2s")
        move = self.make_invoice(due=date(2026, 5, 1), recouv_care_end_date=CARE)
        with Form(move.with_user(self.secretary)) as form:
            self.assertIn("owes nothing", form.recouv_rights_message)
            form.recouv_not_covered = True
        self.assertFalse(move.recouv_rights_message)

    # --- payers ---------------------------------------------------------------------

    def payers_run(self, day):
        return self.propose(day, capacity="payer_followup")

    def test_a_practice_with_parts_also_relances_payers(self):
        self.assertNotIn("payer_followup", self.company._recouv_capacities())
        self.shared_invoice()
        self.assertIn("payer_followup", self.company._recouv_capacities())

    def test_a_payer_has_its_delay_and_then_one_letter_for_all_its_items(self):
        moves = [self.shared_invoice(number=f"00000001{n}") for n in (1, 2)]
        for move in moves:
            self.make_lot(
                move.recouv_share_ids.filtered(lambda s: s.kind == "amo"),
                name=f"01{moves.index(move)}",
                day=date(2026, 6, 1),
            )
        expected = self.share_of(moves[0]).expected_date
        self.assertEqual(expected, date(2026, 6, 10))
        # 7 days after the day that the payer had
        self.assertFalse(self.payers_run(date(2026, 6, 16)).notice_ids)
        run = self.payers_run(date(2026, 6, 17))
        self.assertEqual(run.notice_ids.partner_id, self.caisse)
        self.assertEqual(run.notice_ids.amount, 140)
        self.assertEqual(
            sorted(run.notice_ids.line_ids.mapped("label")),
            ["000000011", "000000012"],
        )

    def test_what_was_never_sent_is_not_asked_for(self):
        share = self.share_of(self.shared_invoice())
        self.assertEqual(self.code_of(share.claim_id), "share_not_sent")

    def test_a_payer_that_has_rejected_is_not_asked_again(self):
        share = self.share_of(self.shared_invoice())
        self.make_lot(share)
        share._set_state("rejected")
        self.assertEqual(self.code_of(share.claim_id), "share_answered")

    def test_a_patients_run_never_writes_to_a_payer(self):
        move = self.shared_invoice(care=date(2026, 4, 1))
        self.make_lot(move.recouv_share_ids, day=date(2026, 4, 2))
        self.assertEqual(self.propose().notice_ids.partner_id, self.patient)

    def test_the_invoice_shows_the_patients_relance_only(self):
        move = self.shared_invoice(care=date(2026, 4, 1))
        self.propose()
        self.assertEqual(move.recouv_claim_ids.partner_id, self.patient)

    def test_without_a_schedule_for_payers_it_is_said(self):
        self.shared_invoice()
        self.payers_policy.active = False
        gaps = self.company._recouv_live_gaps("payer_followup")
        self.assertIn("schedule for payers", gaps[0])

    def test_a_part_that_is_paid_is_asked_for_no_more(self):
        share = self.share_of(self.shared_invoice())
        self.make_lot(share, day=date(2026, 6, 1))
        self.pay_item(self.item_of(share))
        self.assertFalse(self.payers_run(date(2026, 6, 30)).notice_ids)
        self.assertEqual(share.claim_id.settlement, "paid")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPayerLetter(LetterCommon, ShareCommon):
    """A whole run on payers, to the printed letter."""

    def test_one_letter_lists_the_items_and_tells_nothing_of_care(self):
        self.patient.name = "Zébulon Secret"
        moves = [self.shared_invoice(number=f"00000001{n}") for n in (1, 2)]
        for rank, move in enumerate(moves):
            move.invoice_line_ids.name = "Psychotherapy"
            self.make_lot(self.share_of(move), f"01{rank}", date(2026, 6, 1))
        run = self.propose(date(2026, 6, 17), capacity="payer_followup")
        with freeze_time("2026-06-17 10:00:00"):
            run.action_execute()
            text = self.text(run.notice_ids)
        self.assertIn("000000011", text)
        self.assertIn("000000012", text)
        self.assertIn("140,00", text)
        for secret in ("Zébulon", "Psychotherapy"):
            self.assertNotIn(secret, text)
