import base64
from datetime import date

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .agency_common import AgencyCommon
from .common import TODAY
from .mandate_common import MandateCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAgencyProfile(MandateCommon):
    """What a company must have before it collects for others (CPCE R124-2)."""

    def gaps(self, day=TODAY, user=None):
        company = self.agency.with_user(user or self.director)
        return "\n".join(company._recouv_agency_gaps(day))

    def test_an_agency_in_order_lacks_nothing(self):
        self.assertEqual(self.gaps(), "")
        self.assertTrue(self.profile.is_complete)
        self.agency._recouv_check_agency(TODAY)

    def test_a_practice_is_no_agency(self):
        self.assertFalse(self.company.recouv_is_agency)
        self.assertTrue(self.agency.recouv_is_agency)
        with self.assertRaisesRegex(UserError, "not declared as a collection agency"):
            self.company._recouv_check_agency(TODAY)
        found = self.env["res.company"].search([("recouv_is_agency", "=", True)])
        self.assertIn(self.agency, found)
        self.assertNotIn(self.company, found)

    def test_a_company_becomes_an_agency_and_ceases_to_be(self):
        self.third.recouv_is_agency = True
        self.assertTrue(self.third.recouv_agency_profile_ids)
        self.third.recouv_is_agency = False
        self.assertFalse(self.third.recouv_is_agency)
        self.third.recouv_is_agency = True
        self.assertEqual(len(self.third.recouv_agency_profile_ids), 1)

    def test_the_dedicated_account_is_read_on_the_company(self):
        self.assertEqual(
            self.agency.recouv_dedicated_journal_id, self.profile.journal_id
        )
        self.agency.recouv_dedicated_journal_id = False
        self.assertFalse(self.profile.journal_id)
        self.assertIn("No dedicated account", self.gaps())

    def test_an_agency_signs_its_papers_by_its_register(self):
        document = self.env["recouv.document"]
        both = self.agency | self.company
        both.recouv_professional_number = "10000000001"
        both.company_registry = "73282932000074"
        self.assertIn("73282932000074", document._registration(self.agency))
        self.assertIn("10000000001", document._registration(self.company))
        self.agency.company_registry = False
        self.assertIn("10000000001", document._registration(self.agency))

    # --- who has the agency's menus -------------------------------------------------

    def has_menus(self, user):
        return user.has_group("recouv_lib.group_agency")

    def test_people_of_an_agency_have_its_menus_without_a_box_to_tick(self):
        self.assertTrue(self.has_menus(self.agent))
        self.assertTrue(self.has_menus(self.director))
        for stranger in (self.manager, self.secretary, self.stranger):
            self.assertFalse(self.has_menus(stranger), stranger.name)
        late = self.make_user("a_late", self.agency, "group_user")
        self.assertTrue(self.has_menus(late))

    def test_an_accountant_without_relance_gets_no_menu_of_it(self):
        user = new_test_user(
            self.env,
            "a_books",
            groups="account.group_account_user",
            company_id=self.agency.id,
            company_ids=[Command.set(self.agency.ids)],
        )
        self.assertFalse(self.has_menus(user))
        user.group_ids = [Command.link(self.env.ref("recouv_lib.group_user").id)]
        self.assertTrue(self.has_menus(user))

    def test_who_leaves_the_agency_leaves_its_menus(self):
        self.agent.write(
            {
                "company_ids": [Command.set(self.third.ids)],
                "company_id": self.third.id,
            }
        )
        self.assertFalse(self.has_menus(self.agent))
        self.agency.recouv_is_agency = False
        self.assertFalse(self.has_menus(self.director))
        self.agency.recouv_is_agency = True
        self.assertTrue(self.has_menus(self.director))

    # --- insurance ------------------------------------------------------------------

    def test_an_expired_insurance_is_named(self):
        self.assertIn("RC-2026", self.gaps(date(2027, 1, 1)))
        self.assertEqual(self.gaps(date(2026, 12, 31)), "")

    def test_an_insurance_that_has_not_begun_covers_nothing(self):
        self.assertIn("No liability insurance", self.gaps(date(2025, 12, 31)))

    def test_the_next_insurance_takes_over(self):
        self.make_paper(
            self.profile,
            number="RC-2027",
            date_from=date(2027, 1, 1),
            date_to=date(2027, 12, 31),
        )
        self.assertEqual(self.gaps(date(2027, 1, 1)), "")

    def test_an_insurance_without_its_certificate_does_not_count(self):
        self.profile.paper_ids.filtered(lambda p: p.kind == "insurance").undo("Wrong")
        self.assertIn("No liability insurance", self.gaps())
        paper = self.make_paper(self.profile, number="RC-B", file=False)
        self.assertIn("RC-B has no document", self.gaps())
        paper.with_user(self.director).file = base64.b64encode(b"certificate")
        self.assertEqual(self.gaps(), "")

    def test_an_insurance_has_a_number_and_an_end(self):
        for values in ({"number": False}, {"date_to": False},
                       {"date_to": date(2025, 1, 1)}):  # fmt: skip
            with self.subTest(values), self.assertRaises(ValidationError):
                self.make_paper(self.profile, **values)

    def test_what_was_filed_is_undone_and_not_changed(self):
        paper = self.profile.paper_ids[0].with_user(self.director)
        for values in ({"date_to": date(2030, 1, 1)}, {"number": "X"},
                       {"file": base64.b64encode(b"other")}):  # fmt: skip
            with self.subTest(values), self.assertRaises(UserError):
                paper.write(values)
        with self.assertRaises(AccessError):
            paper.unlink()
        with self.assertRaisesRegex(UserError, "why"):
            paper.undo("")

    # --- declaration ----------------------------------------------------------------

    def test_without_declaration_nothing_leaves(self):
        declaration = self.profile.paper_ids.filtered(lambda p: p.kind != "insurance")
        declaration.undo("Filed for another company")
        self.assertIn("public prosecutor is missing", self.gaps())

    def test_a_declaration_without_its_document_does_not_count(self):
        self.profile.paper_ids.filtered(lambda p: p.kind != "insurance").undo("Wrong")
        self.make_paper(self.profile, kind="declaration", date_to=False, file=False)
        self.assertIn("has no document", self.gaps())

    # --- dedicated account ----------------------------------------------------------

    def make_journal(self, **values):
        return self.env["account.journal"].create(
            {"name": "Another", "code": "ANO", "type": "bank",
             "company_id": self.agency.id, **values}
        )  # fmt: skip

    def test_cash_is_no_dedicated_account(self):
        with self.assertRaisesRegex(ValidationError, "no bank journal"):
            self.profile.journal_id = self.make_journal(type="cash")

    def test_an_account_that_another_journal_uses_is_refused(self):
        account = self.profile.journal_id.default_account_id
        self.make_journal(name="Daily bank", default_account_id=account.id)
        self.assertIn("also that of “Daily bank”", self.gaps())
        with self.assertRaisesRegex(ValidationError, "Daily bank"):
            self.profile.journal_id = self.profile.journal_id

    def test_an_account_that_payments_of_another_journal_use_is_refused(self):
        other = self.make_journal(name="Card")
        account = self.profile.journal_id.default_account_id
        other.inbound_payment_method_line_ids[0].payment_account_id = account
        self.assertIn("“Card”", self.gaps())

    def test_an_iban_that_another_journal_uses_is_refused(self):
        bank = self.env["res.partner.bank"].create(
            {"acc_number": "FR7630006000011234567890189",
             "partner_id": self.agency.partner_id.id}
        )  # fmt: skip
        self.profile.journal_id.bank_account_id = bank
        self.assertEqual(self.gaps(), "")
        self.make_journal(name="Same bank", bank_account_id=bank.id)
        self.assertIn("Same bank", self.gaps())

    def test_the_only_bank_account_serves_the_agency_itself(self):
        others = self.env["account.journal"].search(
            [("company_id", "=", self.agency.id), ("type", "=", "bank"),
             ("id", "!=", self.profile.journal_id.id)]
        )  # fmt: skip
        others.active = False
        self.assertIn("only bank journal", self.gaps())

    def test_own_money_on_the_account_is_named_until_it_is_reversed(self):
        journal = self.profile.journal_id
        expense = self.env["account.account"].search(
            [("company_ids", "in", self.agency.ids), ("account_type", "=", "expense")],
            limit=1,
        )
        move = self.env["account.move"].create(
            {
                "journal_id": journal.id,
                "date": TODAY,
                "line_ids": [
                    Command.create({"account_id": expense.id, "debit": 12}),
                    Command.create(
                        {"account_id": journal.default_account_id.id, "credit": 12}
                    ),
                ],
            }
        )
        move.action_post()
        self.assertIn("own money", self.gaps())
        move._reverse_moves(cancel=True)
        self.assertEqual(self.gaps(), "")

    def test_an_archived_account_is_no_account(self):
        self.profile.journal_id.active = False
        self.assertIn("no bank journal in use", self.gaps())

    # --- people ---------------------------------------------------------------------

    def test_a_manager_completes_it_and_an_agent_reads_it(self):
        profile = self.profile.with_user(self.agent)
        self.assertFalse(profile.gaps)
        with self.assertRaises(AccessError):
            profile.journal_id = False
        action = self.env["recouv.agency.profile"].with_user(self.director)
        self.assertEqual(action.action_open_own()["res_id"], self.profile.id)

    def test_others_read_no_profile(self):
        self.env.invalidate_all()
        for user in (self.manager, self.secretary, self.stranger):
            for records in (self.profile, self.profile.paper_ids):
                with self.subTest(user.login), self.assertRaises(AccessError):
                    records.with_user(user).read(["display_name"])

    def test_a_company_has_one_profile(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            self.env["recouv.agency.profile"].create({"company_id": self.agency.id})

    def test_the_tax_of_the_fee(self):
        taxes = self.env["account.tax"].search(
            [("company_id", "=", self.agency.id), ("type_tax_use", "=", "sale")]
        )
        tax = taxes[0].copy(
            {"name": "VAT 20", "amount": 20, "price_include_override": "tax_excluded"}
        )
        self.assertEqual(self.agency._recouv_fee_tax(20, "M").amount, 20)
        self.profile.fee_tax_id = tax
        self.assertEqual(self.agency._recouv_fee_tax(20, "M"), tax)
        with self.assertRaisesRegex(UserError, "no sales tax"):
            self.agency._recouv_fee_tax(7.7, "M")

    # --- alarms ---------------------------------------------------------------------

    def alarms(self):
        return self.profile.activity_ids.mapped("summary")

    def test_an_insurance_about_to_end_is_told_three_times(self):
        profiles, seen = self.env["recouv.agency.profile"], []
        for day in ("2026-10-01", "2026-11-02", "2026-11-03", "2026-12-01",
                    "2026-12-02", "2026-12-21", "2026-12-30"):  # fmt: skip
            with freeze_time(day):
                profiles._cron_alarms()
                seen.append(len(self.alarms()))
        self.assertEqual(seen, [0, 1, 1, 2, 2, 3, 3])
        self.assertEqual(self.profile.activity_ids.user_id, self.director)

    def test_a_renewed_insurance_raises_no_alarm(self):
        self.make_paper(
            self.profile, number="RC-2027", date_to=date(2027, 12, 31),
            date_from=date(2027, 1, 1),
        )  # fmt: skip
        with freeze_time("2026-12-21"):
            self.env["recouv.agency.profile"]._cron_alarms()
        self.assertFalse(self.alarms())

    def section(self, user, code):
        day = self.env["recouv.day"].with_user(user).read_day()
        return next(s["count"] for s in day["sections"] if s["code"] == code)

    def test_the_day_of_the_director_says_what_is_missing(self):
        self.assertEqual(self.section(self.director, "agency_gaps"), 0)
        self.assertEqual(self.section(self.director, "insurance_ends"), 0)
        with freeze_time("2026-12-15"):
            self.assertEqual(self.section(self.director, "insurance_ends"), 1)
            self.assertEqual(self.section(self.manager, "insurance_ends"), 0)
        with freeze_time("2027-01-01"):
            self.assertEqual(self.section(self.director, "agency_gaps"), 1)
            self.assertEqual(self.section(self.manager, "agency_gaps"), 0)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAgencyGate(AgencyCommon):
    """While the agency is not in order, nothing leaves in its name."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        invoice = cls.make_invoice(due=date(2026, 1, 5))
        cls.make_invoice(cls.make_patient("Someone else"), due=date(2026, 5, 5))
        cls.own_run = cls.propose()
        cls.mirror = cls.place(cls.claims_of(invoice))

    def test_a_mandatary_without_profile_writes_nothing(self):
        self.profile.sudo().active = False
        self.assertFalse(self.agency_run().notice_ids)
        self.assertEqual(self.mirror.sudo()._explain()[0]["code"], "agency_profile")

    def test_a_mandatary_in_order_writes(self):
        self.assertTrue(self.agency_run().notice_ids)

    def test_a_practice_writes_in_its_own_name_whatever_its_profile(self):
        self.assertTrue(self.own_run.notice_ids)

    def test_an_insurance_that_ends_between_proposal_and_sending_stops_it(self):
        notice = self.agency_run().notice_ids
        self.assertEqual(notice.state, "proposed")
        with freeze_time("2027-01-01"):
            self.assertFalse(notice._recheck())
        self.assertEqual(notice.state, "cancelled")
        skips = self.env["recouv.run.skip"].sudo()
        skip = skips.search([("notice_id", "=", notice.id)])
        self.assertEqual(skip.mapped("code"), ["agency_profile"])

    def test_the_reason_names_what_is_missing(self):
        engine = self.env["recouv.engine"]
        blocker = engine._agency_blockers(self.agency, date(2027, 2, 1))[0]
        self.assertIn("RC-2026", blocker.message)
