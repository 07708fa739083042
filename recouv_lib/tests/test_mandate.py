import base64
from datetime import date, timedelta

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL, mute_logger

from .common import TODAY
from .mandate_common import MandateCommon

MONTH = timedelta(days=30)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMandate(MandateCommon):
    """The mandate between a practice and its agency (CPCE R124-3)."""

    # --- signing --------------------------------------------------------------------

    def test_both_sign_and_the_mandate_is_in_force(self):
        mandate = self.make_mandate()
        self.assertFalse(mandate._is_active(TODAY))
        self.sign(mandate, self.manager, "Paul Practitioner")
        self.assertEqual(mandate.state, "draft")
        self.sign(mandate, self.director, "Diane Director")
        self.assertEqual((mandate.state, mandate.signed_on), ("signed", TODAY))
        self.assertTrue(mandate._is_active(TODAY))
        mandate._check_active(TODAY)

    def test_the_agency_may_sign_first(self):
        mandate = self.make_mandate()
        self.sign(mandate, self.director)
        self.sign(mandate, self.manager)
        self.assertEqual(mandate.state, "signed")

    def test_a_signature_says_who_when_and_which_text(self):
        mandate = self.make_signed()
        practice, agency = mandate.signature_ids.sorted("id")
        self.assertEqual(practice.signatory, "Paul Practitioner")
        self.assertEqual((practice.party, agency.party), ("practice", "agency"))
        self.assertEqual(practice.digest, agency.digest)
        self.assertEqual(practice.sudo().user_id, self.manager)
        self.assertEqual(len(practice.digest), 64)

    def test_a_secretary_or_an_agent_signs_nothing(self):
        mandate = self.make_mandate()
        for user in (self.secretary, self.agent):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.sign(mandate, user)

    def test_a_third_company_signs_nothing(self):
        mandate = self.make_mandate()
        with self.assertRaises(AccessError):
            self.sign(mandate, self.stranger)

    def test_nobody_signs_for_the_other_party(self):
        mandate = self.make_mandate()
        self.sign(mandate, self.manager)
        with self.assertRaises(UserError):
            self.sign(mandate, self.manager, "Diane Director")

    def test_a_login_of_both_parties_signs_for_neither(self):
        mandate = self.make_mandate()
        both = self.make_user("both", self.company, "group_manager")
        with self.assertRaises(ValidationError):
            both.company_ids = [Command.link(self.agency.id)]
        # as a database may hold it from before the add-on
        self.env.cr.execute(
            SQL(
                "INSERT INTO res_company_users_rel (cid, user_id) VALUES (%s, %s)",
                self.agency.id,
                both.id,
            )
        )
        self.env.registry.clear_cache()
        with self.assertRaisesRegex(UserError, "both parties"):
            self.sign(mandate, both)

    def test_a_company_that_is_not_active_does_not_sign(self):
        self.manager.company_ids = [Command.link(self.third.id)]
        mandate = self.make_mandate().with_user(self.manager)
        with self.assertRaises(AccessError):
            mandate.with_context(allowed_company_ids=self.third.ids)._sign("X")

    def test_a_name_is_typed(self):
        with self.assertRaisesRegex(UserError, "name"):
            self.sign(self.make_mandate(), self.manager, "  ")

    def test_signing_by_dialog_asks_for_approval(self):
        mandate = self.make_mandate().with_user(self.manager)
        action = mandate.action_ask_sign()
        wizard = (
            self.env["recouv.mandate.sign"]
            .with_user(self.manager)
            .with_context(**action["context"])
            .create({"position": "Practitioner"})
        )
        with self.assertRaisesRegex(UserError, "approve"):
            wizard.action_sign()
        wizard.is_accepted = True
        wizard.action_sign()
        self.assertEqual(mandate.signature_ids.position, "Practitioner")
        self.assertEqual(mandate.signature_ids.signatory, self.manager.name)

    def test_a_paper_signed_by_hand_is_kept_by_each_party(self):
        mandate = self.make_mandate().with_user(self.director)
        wizard = self.env["recouv.mandate.sign"].with_user(self.director)
        dialog = wizard.create(
            {"mandate_id": mandate.id, "means": "paper", "is_accepted": True}
        )
        with self.assertRaisesRegex(UserError, "document"):
            dialog.action_sign()
        dialog.write({"file": base64.b64encode(b"scan"), "file_name": "scan.pdf"})
        dialog.action_sign()
        self.assertEqual(mandate.signature_ids.means, "paper")
        scans = self.env["recouv.mandate.document"].search([("kind", "=", "scan")])
        self.assertEqual(scans.company_id, self.company | self.agency)
        self.assertEqual({base64.b64decode(scan.file) for scan in scans}, {b"scan"})

    def test_a_signature_is_undone_while_the_other_has_not_signed(self):
        mandate = self.make_mandate()
        signature = self.sign(mandate, self.manager)
        signature.undo("Wrong rate")
        self.assertFalse(mandate.convention)
        self.env.invalidate_all()
        mandate.fee_line_ids[0].rate = 12
        self.sign(mandate, self.manager)
        self.assertEqual(len(mandate._standing_signatures()), 1)
        self.assertEqual(len(mandate.signature_ids), 2)

    def test_a_signature_of_the_other_party_is_not_undone(self):
        signature = self.sign(self.make_mandate(), self.manager)
        for user in (self.director, self.agent, self.stranger):
            with self.subTest(user.login), self.assertRaises(UserError):
                signature.with_user(user).undo("No")

    def test_a_signature_is_undone_no_more_once_both_signed(self):
        mandate = self.make_mandate()
        first = self.sign(mandate, self.manager)
        self.sign(mandate, self.director)
        with self.assertRaisesRegex(UserError, "both parties have signed"):
            first.undo("Too late")

    def test_a_signature_is_neither_made_nor_edited_by_hand(self):
        signature = self.sign(self.make_mandate(), self.manager)
        with self.assertRaises(UserError):
            signature.with_user(self.manager).signatory = "Another"
        with self.assertRaises(AccessError):
            self.env["recouv.mandate.signature"].with_user(self.manager).create(
                {
                    "mandate_id": signature.mandate_id.id,
                    "company_id": self.company.id,
                    "party": "agency",
                    "signatory": "X",
                    "signed_on": "2026-06-15 10:00:00",
                    "means": "typed",
                    "digest": "0",
                }
            )

    # --- what must be there ---------------------------------------------------------

    def test_without_a_mandatory_content_nobody_signs(self):
        cases = {
            "scale": {"fee_line_ids": [Command.clear()]},
            "account": {"remit_iban": False},
            "guarantee": {"guarantee_terms": "  "},
            "over already": {"valid_from": date(2026, 1, 1),
                             "valid_to": date(2026, 6, 1), "tacit_renewal": False},
        }  # fmt: skip
        for word, values in cases.items():
            mandate = self.make_mandate()
            mandate.write(values)
            with self.subTest(word), self.assertRaisesRegex(UserError, word):
                self.sign(mandate, self.manager)

    def test_a_scale_that_misses_young_claims_is_not_signed(self):
        mandate = self.make_mandate(scale=[{"from_age": 30, "rate": 10}])
        with self.assertRaisesRegex(UserError, "age 0"):
            self.sign(mandate, self.manager)

    def test_a_party_without_address_does_not_sign(self):
        self.agency.street = False
        with self.assertRaisesRegex(UserError, "Loire Conseil has no full address"):
            self.sign(self.make_mandate(), self.manager)

    def test_no_mandate_before_the_declaration(self):
        mandate = self.make_mandate(valid_from=date(2020, 3, 1))
        for user in (self.manager, self.director):
            with self.subTest(user.login), self.assertRaisesRegex(UserError, "R124-2"):
                self.sign(mandate, user)
        mandate.valid_from = date(2020, 3, 2)
        self.sign(mandate, self.manager)

    def test_an_agency_that_is_not_in_order_takes_no_mandate(self):
        mandate = self.make_mandate()
        with freeze_time("2027-01-05"):
            with self.assertRaisesRegex(UserError, "RC-2026"):
                self.sign(mandate, self.director)
            # the practice reads that it is so, not the agency's papers
            with self.assertRaisesRegex(UserError, "not in order") as caught:
                self.sign(mandate, self.manager)
        self.assertNotIn("RC-2026", str(caught.exception))

    def test_bad_terms_are_refused(self):
        cases = [
            {"remit_days": 31},
            {"remit_days": 0},
            {"fee_min": 10, "fee_max": 5},
            {"fee_vat_rate": 101},
            {"agent_max_discount": -1},
            {"agent_max_months": 0},
            {"valid_to": date(2026, 1, 1)},
        ]
        for values in cases:
            with (
                self.subTest(values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                self.make_mandate(**values)
                self.env.flush_all()

    def test_an_account_that_is_no_iban_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "no IBAN"):
            self.make_mandate(remit_iban="FR7630006000011234567890188")

    def test_a_practice_is_not_its_own_agency(self):
        with self.assertRaisesRegex(ValidationError, "its own"):
            self.make_mandate(agency=self.company)

    # --- frozen ---------------------------------------------------------------------

    def test_terms_are_frozen_by_the_first_signature(self):
        mandate = self.make_mandate()
        self.sign(mandate, self.manager)
        mine = mandate.with_user(self.manager)
        for values in (
            {"fee_min": 5},
            {"agent_max_months": 12},
            {"remit_days": 10},
            {"fee_line_ids": [Command.create({"from_age": 9})]},
        ):
            with self.subTest(values), self.assertRaisesRegex(UserError, "signed"):
                mine.write(values)
        for act in (lambda: mine.fee_line_ids[0].write({"rate": 1}),
                    lambda: mine.fee_line_ids[0].unlink(), mine.unlink):  # fmt: skip
            with self.assertRaises(UserError):
                act()

    def test_no_line_is_moved_into_a_signed_scale(self):
        signed = self.make_signed()
        standard = self.standard()
        standard.write({"fee_line_ids": [Command.create({"rate": 15})]})
        draft = self.make_mandate()
        theirs = draft.fee_line_ids[0].with_user(self.manager)
        for line in (standard.fee_line_ids, theirs):
            with (
                self.subTest(line.env.user.login),
                self.assertRaisesRegex(UserError, "stays there"),
            ):
                line.write({"mandate_id": signed.id, "from_age": 5, "rate": 50})
        self.env.invalidate_all()
        self.assertEqual(signed.fee_line_ids.mapped("rate"), [10, 20])
        # what is saved with its own mandate is an edit like any other
        theirs.write({"mandate_id": draft.id, "rate": 11})
        self.assertEqual(theirs.rate, 11)

    def test_the_form_of_the_statements_stays_free(self):
        mandate = self.make_signed().with_user(self.manager)
        mandate.write({"statement_form": "screen", "statement_frequency": "quarterly"})
        self.assertEqual(mandate.statement_form, "screen")

    def test_nobody_writes_that_a_mandate_is_signed(self):
        mandate = self.make_mandate()
        for user in (self.manager, self.director):
            with self.subTest(user.login), self.assertRaises(UserError):
                mandate.with_user(user).state = "signed"
        made = (
            self.env["recouv.mandate"]
            .with_user(self.manager)
            .create(
                {"agency_id": self.agency.id, "state": "signed", "signed_on": TODAY}
            )
        )
        self.assertEqual((made.state, made.signed_on), ("draft", False))

    def test_a_mandate_stays_with_its_practice(self):
        self.manager.company_ids = [Command.link(self.third.id)]
        mandate = self.make_mandate().with_user(self.manager)
        with self.assertRaises(UserError):
            mandate.company_id = self.third

    # --- who sees what --------------------------------------------------------------

    def test_both_parties_read_it_and_nobody_else(self):
        mandate = self.make_signed()
        for user in (self.manager, self.secretary, self.director, self.agent):
            with self.subTest(user.login):
                self.env.invalidate_all()
                theirs = mandate.with_user(user)
                self.assertEqual(theirs.read(["name"])[0]["name"], mandate.name)
                self.assertEqual(len(theirs.fee_line_ids), 2)
                self.assertEqual(len(theirs.signature_ids), 2)
                self.assertEqual(len(theirs.document_ids), 1)
        self.env.invalidate_all()
        for records in (mandate, mandate.fee_line_ids, mandate.signature_ids,
                        mandate.document_ids):  # fmt: skip
            theirs = records.with_user(self.stranger)
            with self.subTest(records._name):
                self.assertFalse(theirs.search([("id", "in", records.ids)]))
                with self.assertRaises(AccessError):
                    theirs.read(["display_name"])

    def test_the_agency_writes_no_term(self):
        mandate = self.make_mandate().with_user(self.director)
        for act in (
            lambda: mandate.write({"fee_min": 50}),
            lambda: mandate.write({"statement_form": "screen"}),
            lambda: mandate.fee_line_ids[0].write({"rate": 50}),
            mandate.unlink,
            mandate.action_take_standard,
        ):
            with self.assertRaises(AccessError):
                act()

    def test_no_user_of_a_party_shows_to_the_other(self):
        mandate = self.make_signed()
        for signature in mandate.signature_ids:
            self.assertEqual(signature.create_uid, self.env.ref("base.user_root"))
        with self.assertRaises(AccessError):
            mandate.signature_ids.with_user(self.director).read(["user_id"])
        self.assertEqual(mandate.write_uid, self.env.ref("base.user_root"))

    def test_each_party_keeps_its_own_copy(self):
        mandate = self.make_signed()
        copies = self.env["recouv.mandate.document"].search(
            [("mandate_id", "=", mandate.id)]
        )
        self.assertEqual(copies.company_id, self.company | self.agency)
        theirs = copies.filtered(lambda c: c.company_id == self.agency)
        files = self.env["ir.attachment"].sudo().search(
            [("res_model", "=", copies._name), ("res_id", "=", theirs.id),
             ("res_field", "=", "file")]
        )  # fmt: skip
        self.env.invalidate_all()
        self.assertTrue(files.with_user(self.director).read(["datas"])[0]["datas"])
        for user in (self.manager, self.stranger, self.secretary):
            with self.subTest(user.login), self.assertRaises(AccessError):
                files.with_user(user).read(["datas"])
        for user in (self.manager, self.director):
            for act in ("write", "unlink", "create"):
                self.assertFalse(copies.with_user(user).has_access(act))

    def test_an_agency_is_chosen_by_its_name(self):
        mandates = self.env["recouv.mandate"].with_user(self.manager)
        choices = dict(mandates._select_agencies())
        self.assertEqual(choices[str(self.agency.id)], "Loire Conseil")
        self.assertNotIn(str(self.third.id), choices)
        mandate = mandates.create({"agency_choice": str(self.agency.id)})
        self.assertEqual(mandate.sudo().agency_id, self.agency)
        self.assertEqual(mandate.agency_name, "Loire Conseil")
        self.assertIn("Loire Conseil", mandate.display_name)
        seen = mandate.with_user(self.director)
        self.assertIn(self.company.name, seen.display_name)

    def test_the_two_lists_group_by_the_other_party(self):
        self.make_mandate()
        for user, field in ((self.manager, "agency_id"), (self.director, "company_id")):
            groups = (
                self.env["recouv.mandate"]
                .with_user(user)
                .web_read_group([], [field], ["__count"])
            )
            self.assertEqual(groups["groups"][0]["__count"], 1)

    # --- numbers --------------------------------------------------------------------

    def test_each_practice_counts_its_own(self):
        first, second = self.make_mandate(), self.make_mandate()
        other = self.make_mandate(company=self.third)
        self.assertEqual(first.name, "MR/2026/00001")
        self.assertEqual(second.name, "MR/2026/00002")
        self.assertEqual(other.name, "MR/2026/00001")

    def test_a_number_is_given_once(self):
        mandate, other = self.make_mandate(), self.make_mandate()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            other.sudo().name = mandate.name
            self.env.flush_all()

    # --- standard terms -------------------------------------------------------------

    def standard(self):
        mandates = self.env["recouv.mandate"].with_user(self.director)
        action = mandates.action_open_standard()
        return mandates.browse(action["res_id"])

    def test_an_agency_publishes_its_terms_and_a_practice_takes_them(self):
        standard = self.standard()
        standard.write(
            {"fee_min": 12, "notice_days": 45,
             "fee_line_ids": [Command.create({"rate": 15})]}
        )  # fmt: skip
        self.assertEqual(self.standard(), standard)
        mandate = self.make_mandate().with_user(self.manager)
        mandate.action_take_standard()
        self.assertEqual((mandate.fee_min, mandate.notice_days), (12, 45))
        self.assertEqual(mandate.fee_line_ids.mapped("rate"), [15])
        self.assertEqual(mandate.remit_iban, "FR7630006000011234567890189")
        self.assertEqual(mandate.company_id, self.company)

    def test_standard_terms_are_read_by_the_agency_alone_and_never_signed(self):
        standard = self.standard()
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            standard.with_user(self.manager).read(["fee_min"])
        with self.assertRaisesRegex(UserError, "not to be signed"):
            self.sign(standard, self.director)

    def test_an_agency_without_standard_terms_offers_none(self):
        with self.assertRaisesRegex(UserError, "no standard terms"):
            self.make_mandate().with_user(self.manager).action_take_standard()

    def test_a_practice_has_no_standard_terms(self):
        with self.assertRaisesRegex(UserError, "no collection agency"):
            self.env["recouv.mandate"].with_user(self.manager).action_open_standard()

    # --- in force -------------------------------------------------------------------

    def test_dates_say_what_is_in_force(self):
        mandate = self.make_signed(
            valid_from=TODAY + MONTH, valid_to=TODAY + 2 * MONTH, tacit_renewal=False
        )
        mandates = self.env["recouv.mandate"]
        for day, active in (
            (TODAY, False),
            (TODAY + MONTH, True),
            (TODAY + 2 * MONTH, True),
            (TODAY + 2 * MONTH + timedelta(days=1), False),
        ):
            with self.subTest(day=day):
                self.assertEqual(mandate._is_active(day), active)
                found = mandates._in_force(self.company, day, self.agency)
                self.assertEqual(found, mandate if active else mandates)

    def test_a_tacit_renewal_goes_on(self):
        mandate = self.make_signed(valid_to=date(2026, 12, 31))
        self.assertTrue(mandate._is_active(date(2028, 1, 1)))

    def test_nothing_is_in_force_before_both_signed_it(self):
        mandate = self.make_signed(valid_from=date(2026, 1, 1))
        self.assertFalse(mandate._is_active(date(2026, 6, 14)))
        self.assertTrue(mandate._is_active(TODAY))

    def test_placing_under_a_draft_is_refused_by_name(self):
        mandate = self.make_mandate()
        with self.assertRaisesRegex(UserError, mandate.name):
            mandate._check_active(TODAY)

    def test_the_calendar_ends_a_mandate(self):
        mandate = self.make_signed(valid_to=date(2026, 6, 20), tacit_renewal=False)
        with freeze_time("2026-06-20"):
            mandate._cron_end()
            self.assertEqual(mandate.state, "signed")
        with freeze_time("2026-06-21"):
            mandate._cron_end()
            self.assertEqual(mandate.state, "expired")
        self.assertTrue(mandate._is_active(date(2026, 6, 20)))

    # --- the end --------------------------------------------------------------------

    def test_a_party_revokes_with_its_notice(self):
        mandate = self.make_signed()
        theirs = mandate.with_user(self.director)
        with self.assertRaisesRegex(UserError, "30 days"):
            theirs._revoke(TODAY + timedelta(days=29), "We stop")
        theirs._revoke(TODAY + MONTH, "We stop")
        self.assertEqual((mandate.state, mandate.end_party), ("signed", "agency"))
        self.assertTrue(mandate._is_active(TODAY + timedelta(days=29)))
        self.assertFalse(mandate._is_active(TODAY + MONTH))
        with freeze_time(TODAY + MONTH):
            mandate._cron_end()
        self.assertEqual(mandate.state, "revoked")

    def test_a_serious_breach_ends_it_at_once(self):
        mandate = self.make_signed()
        called = []
        self.patch(type(mandate), "_on_revoked", lambda self: called.append(self.id))
        wizard = self.env["recouv.mandate.revoke"].with_user(self.manager)
        dialog = wizard.create(
            {"mandate_id": mandate.id, "is_breach": True, "reason": "No remittance"}
        )
        self.assertEqual(dialog.date, TODAY)
        dialog.action_revoke()
        self.assertEqual((mandate.state, mandate.ended_on), ("revoked", TODAY))
        self.assertEqual(mandate.end_reason, "No remittance")
        self.assertEqual(called, mandate.ids)
        self.assertFalse(mandate._is_active(TODAY))

    def test_a_revocation_says_why_and_is_made_by_a_manager_of_a_party(self):
        mandate = self.make_signed()
        with self.assertRaisesRegex(UserError, "why"):
            mandate.with_user(self.manager)._revoke(TODAY + MONTH, " ")
        for user in (self.secretary, self.agent, self.stranger):
            with self.subTest(user.login), self.assertRaises(AccessError):
                mandate.with_user(user)._revoke(TODAY + MONTH, "No")

    def test_who_gave_notice_takes_it_back_while_it_runs(self):
        mandate = self.make_signed()
        mandate.with_user(self.manager)._revoke(TODAY + MONTH, "Other agency")
        with self.assertRaisesRegex(UserError, "gave notice"):
            mandate.with_user(self.director).action_withdraw_revocation()
        mandate.with_user(self.manager).action_withdraw_revocation()
        self.assertFalse(mandate.ended_on)
        self.assertTrue(mandate._is_active(TODAY + 2 * MONTH))
        with self.assertRaisesRegex(UserError, "No notice"):
            mandate.with_user(self.manager).action_withdraw_revocation()

    def test_a_draft_is_not_revoked(self):
        with self.assertRaisesRegex(UserError, "not in force"):
            self.make_mandate().with_user(self.manager)._revoke(TODAY + MONTH, "No")

    def test_an_amendment_replaces_the_mandate_when_both_signed_it(self):
        old = self.make_signed()
        action = old.with_user(self.manager).action_amend()
        new = old.browse(action["res_id"])
        new.with_user(self.manager).agent_max_months = 10
        self.assertEqual(new.fee_line_ids.mapped("rate"), [10, 20])
        self.sign(new, self.manager)
        self.assertTrue(old._is_active(TODAY))
        self.sign(new, self.director)
        self.assertEqual((old.state, old.end_kind), ("expired", "replaced"))
        self.assertEqual(old._current(), new)
        self.assertFalse(old._is_active(TODAY))
        self.assertTrue(new._is_active(TODAY))
        self.assertEqual(self.env["recouv.mandate"]._in_force(self.company, TODAY), new)

    def test_an_amendment_that_begins_later_leaves_the_old_one_until_then(self):
        old = self.make_signed()
        new = old.browse(old.with_user(self.manager).action_amend()["res_id"])
        new.with_user(self.manager).valid_from = TODAY + MONTH
        self.sign(new, self.manager)
        self.sign(new, self.director)
        self.assertEqual(old.state, "signed")
        for day in (TODAY + timedelta(days=29), TODAY + MONTH):
            active = old if day < TODAY + MONTH else new
            self.assertEqual(
                self.env["recouv.mandate"]._in_force(self.company, day), active
            )

    def test_an_amendment_is_between_the_same_parties(self):
        theirs = self.make_mandate(company=self.third)
        with self.assertRaisesRegex(ValidationError, "same two parties"):
            self.make_mandate(replaces_id=theirs.id)

    # --- fee, remittance, powers ----------------------------------------------------

    def test_the_fee_follows_the_scale(self):
        mandate = self.make_mandate(fee_min=8, fee_max=50)
        self.assertEqual(mandate._fee(100, 100, 30), 10)
        self.assertEqual(mandate._fee(100, 100, 180), 20)
        self.assertEqual(mandate._fee(20, 100, 30), 8)
        self.assertEqual(mandate._fee(20, 100, 30, before=20), 0)
        self.assertEqual(mandate._fee(5, 100, 30), 5)
        self.assertEqual(mandate._fee(1000, 1000, 30), 50)
        self.assertEqual(mandate._fee(33.35, 100, 30, before=100), 3.34)

    def test_a_claim_outside_the_scale_has_no_fee_but_a_message(self):
        mandate = self.make_mandate(scale=[{"from_amount": 50, "rate": 10}])
        with self.assertRaisesRegex(UserError, "amend"):
            mandate._fee(10, 40, 0)

    def test_two_lines_for_the_same_case_are_refused(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            self.make_mandate(scale=[{"rate": 10}, {"rate": 12}])
            self.env.flush_all()

    def test_money_is_remitted_within_a_month(self):
        mandate = self.make_mandate()
        # 28 February 2026 is a Saturday: the order is given on Friday, never after
        self.assertEqual(mandate._remit_due(date(2026, 1, 31)), date(2026, 2, 27))
        self.assertEqual(mandate._remit_due(date(2026, 6, 15)), date(2026, 7, 15))
        mandate.remit_days = 10
        self.assertEqual(mandate._remit_due(date(2026, 6, 15)), date(2026, 6, 25))

    def test_powers_of_the_agent(self):
        mandate = self.make_mandate()  # 6 months, 20 each, no discount
        self.assertFalse(mandate._beyond_powers(6, 20, 0))
        self.assertEqual(mandate._beyond_powers(7, 20, 0), ["duration"])
        self.assertEqual(mandate._beyond_powers(6, 19.99, 0), ["smallest"])
        self.assertEqual(
            mandate._beyond_powers(9, 5, 10), ["duration", "smallest", "discount"]
        )

    # --- the day --------------------------------------------------------------------

    def section(self, user, code):
        day = self.env["recouv.day"].with_user(user).read_day()
        return next((s for s in day["sections"] if s["code"] == code), None)

    def test_the_other_party_finds_the_mandate_to_sign_in_its_day(self):
        mandate = self.make_mandate()
        self.assertEqual(self.section(self.director, "mandates_to_sign")["count"], 0)
        self.sign(mandate, self.manager)
        self.assertEqual(self.section(self.director, "mandates_to_sign")["count"], 1)
        self.assertEqual(self.section(self.manager, "mandates_to_sign")["count"], 0)
        self.assertIsNone(self.section(self.agent, "mandates_to_sign"))
        self.sign(mandate, self.director)
        self.assertEqual(self.section(self.director, "mandates_to_sign")["count"], 0)

    def test_both_are_told_of_a_mandate_that_ends(self):
        self.make_signed(valid_to=TODAY + MONTH, tacit_renewal=False)
        self.make_signed(valid_to=TODAY + MONTH)
        self.make_signed(valid_to=TODAY + 3 * MONTH, tacit_renewal=False)
        for user in (self.manager, self.director):
            with self.subTest(user.login):
                self.assertEqual(self.section(user, "mandates_end")["count"], 1)
