from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import TODAY, RecouvCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPartnerSplit(RecouvCommon):
    """A patient of two practices becomes two patients, each with his own past."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_data = cls.setup_other_company(name="Other practice")
        cls.other = cls.other_data["company"]
        cls.env.user.company_ids |= cls.other
        cls.other.write(
            {
                "country_id": cls.env.ref("base.fr").id,
                "account_fiscal_country_id": cls.env.ref("base.fr").id,
                "street": "3 rue du Bac",
                "zip": "35000",
                "city": "Rennes",
                "phone": "+33 2 99 00 00 01",
                "recouv_professional_number": "10003456788",
            }
        )
        cls.other_journal = cls.other_data["default_journal_sale"]
        cls.go_live(
            cls.other,
            cls.make_policy(company=cls.other, name="Theirs"),
            cls.other_journal,
        )
        cls.patient.company_id = False
        cls.mine = cls.make_invoice(due=date(2026, 6, 1))
        cls.theirs = cls.make_invoice(
            due=date(2026, 6, 2),
            journal=cls.other_journal,
            company_id=cls.other.id,
            amount=70.0,
        )
        cls.admin_user = new_test_user(
            cls.env,
            "split_admin",
            groups="base.group_system,recouv_lib.group_manager",
            company_id=cls.company.id,
            company_ids=[Command.set((cls.company | cls.other).ids)],
        )
        cls.their_secretary = new_test_user(
            cls.env,
            "their_secretary",
            groups="base.group_user,recouv_lib.group_user",
            company_id=cls.other.id,
            company_ids=[Command.set(cls.other.ids)],
        )

    def wizard(self):
        return Form(self.env["recouv.partner.split"].with_user(self.admin_user)).save()

    def split(self, keeper=None):
        wizard = self.wizard()
        line = wizard.line_ids.filtered(self.is_mine)
        (wizard.line_ids - line).is_chosen = False
        line.keeper_id = keeper or self.company
        wizard.action_apply()
        return self.theirs.partner_id

    def is_mine(self, line):
        return line.partner_id == self.patient

    def as_told(self, item):
        return item.id, item.balance, item.name

    def test_the_shared_patient_is_found(self):
        line = self.wizard().line_ids.filtered(self.is_mine)
        self.assertEqual(line.company_ids, self.company | self.other)
        self.assertTrue(line.is_chosen)

    def test_a_patient_of_one_practice_is_not_listed(self):
        alone = self.make_patient("Louise Bernard", company_id=False)
        self.make_invoice(alone)
        self.assertNotIn(alone, self.wizard().line_ids.partner_id)

    def test_a_payer_may_be_shared(self):
        payer = self.make_patient(
            "CPAM", company_id=False, recouv_debtor_kind="payer", is_company=True
        )
        self.make_invoice(payer)
        self.make_invoice(payer, journal=self.other_journal, company_id=self.other.id)
        self.assertNotIn(payer, self.wizard().line_ids.partner_id)

    def test_each_practice_gets_its_own_record(self):
        copy = self.split()
        self.assertNotEqual(copy, self.patient)
        self.assertEqual(self.patient.company_id, self.company)
        self.assertEqual(copy.company_id, self.other)
        self.assertEqual(
            (copy.name, copy.street), (self.patient.name, "2 place du Marché")
        )
        self.assertEqual(self.mine.partner_id, self.patient)

    def test_the_entries_follow_with_their_sums_untouched(self):
        before = self.theirs.line_ids.mapped(self.as_told)
        terms = (self.theirs.invoice_date_due, self.theirs.amount_residual)
        copy = self.split()
        self.assertEqual(self.theirs.line_ids.partner_id, copy)
        self.assertEqual(self.theirs.commercial_partner_id, copy)
        after = self.theirs.line_ids.mapped(self.as_told)
        self.assertEqual(before, after)
        self.assertEqual(
            terms, (self.theirs.invoice_date_due, self.theirs.amount_residual)
        )

    def test_the_relance_follows_where_it_stood(self):
        run = self.propose(company=self.other)
        self.prove(run, TODAY)
        claim = self.claims_of(self.theirs)
        step = claim.step_id
        copy = self.split()
        self.assertEqual(claim.partner_id, copy)
        self.assertEqual(run.notice_ids.partner_id, copy)
        self.env["recouv.engine"]._realign_claims(self.other)
        self.assertFalse(claim.closed_on)
        self.assertEqual(claim.step_id, step)

    def test_holds_follow_their_company(self):
        hold = self.env["recouv.hold"].create(
            {"company_id": self.other.id, "partner_id": self.patient.id}
        )
        copy = self.split()
        self.assertEqual(hold.partner_id, copy)

    def test_drafts_follow(self):
        draft = self.theirs.copy()
        copy = self.split()
        self.assertEqual(draft.partner_id, copy)

    def test_payments_follow_and_stay_reconciled(self):
        payment = self.pay(self.theirs)
        copy = self.split()
        self.assertEqual(payment.partner_id, copy)
        self.assertEqual(self.theirs.amount_residual, 0.0)
        self.assertEqual(self.mine.amount_residual, 100.0)

    def test_contacts_of_the_patient_are_copied(self):
        self.env["res.partner"].create(
            {"name": "Mother", "parent_id": self.patient.id, "type": "invoice"}
        )
        copy = self.split()
        self.assertEqual(copy.child_ids.mapped("name"), ["Mother"])
        self.assertEqual(copy.child_ids.company_id, self.other)
        self.assertEqual(self.patient.child_ids.company_id, self.company)

    # --- people to be careful with --------------------------------------------------

    def why_suspended(self, partner):
        return partner.sudo().recouv_hold_ids.filtered(lambda h: h.reason == "other")

    def test_a_minor_stays_a_minor_with_the_parent_both_may_know(self):
        parent = self.make_patient("Anne Martin")
        self.patient.write(
            {"recouv_birth_date": date(2015, 3, 1), "recouv_guardian_id": parent.id}
        )
        copy = self.split()
        for person in (self.patient, copy):
            self.assertTrue(person._recouv_is_minor(TODAY))
            self.assertEqual(person.recouv_guardian_id, parent)
        self.assertFalse(copy.recouv_minor_decided_on)
        self.assertFalse(self.propose(company=self.other).notice_ids)
        self.assertFalse(self.why_suspended(copy))

    def test_a_safe_contact_of_the_patients_own_is_that_of_the_copy(self):
        safe = self.env["res.partner"].create(
            {"name": "Friend", "parent_id": self.patient.id, "street": "9 rue Sûre"}
        )
        self.patient.write(
            {"recouv_no_home_letter": True, "recouv_safe_contact_id": safe.id}
        )
        copy = self.split()
        self.assertEqual(copy.recouv_safe_contact_id, copy.child_ids)
        self.assertEqual(self.patient.recouv_safe_contact_id, safe)
        self.assertEqual(copy._recouv_contact("letter").company_id, self.other)

    def test_a_contact_of_the_other_practice_is_not_pointed_to(self):
        theirs = self.make_patient("Their notary", company_id=self.other.id)
        self.patient.recouv_safe_contact_id = theirs
        copy = self.split()
        self.assertEqual(copy.recouv_safe_contact_id, theirs)
        self.assertFalse(self.patient.recouv_safe_contact_id)
        hold = self.why_suspended(self.patient)
        self.assertEqual(hold.company_id, self.company)
        self.assertIn("Safe contact", hold.note)
        self.assertFalse(self.propose().notice_ids)
        self.assertFalse(self.why_suspended(copy))

    def test_the_copy_never_points_to_the_keepers_contact(self):
        mine = self.make_patient("My notary", company_id=self.company.id)
        self.patient.write(
            {
                "recouv_deceased_on": date(2026, 5, 1),
                "recouv_estate_contact_id": mine.id,
            }
        )
        copy = self.split()
        self.assertEqual(self.patient.recouv_estate_contact_id, mine)
        self.assertFalse(copy.recouv_estate_contact_id)
        self.assertEqual(copy.recouv_deceased_on, date(2026, 5, 1))
        self.assertEqual(self.why_suspended(copy).company_id, self.other)
        self.assertFalse(self.propose(company=self.other).notice_ids)

    def test_a_parent_who_is_split_too_acts_for_the_copy_as_a_copy(self):
        parent = self.make_patient("Anne Martin")
        self.make_invoice(parent)
        self.make_invoice(parent, journal=self.other_journal, company_id=self.other.id)
        self.patient.write({"recouv_minor": True, "recouv_guardian_id": parent.id})
        wizard = self.wizard()
        chosen = wizard.line_ids.filtered(
            lambda line: line.partner_id in self.patient | parent
        )
        (wizard.line_ids - chosen).is_chosen = False
        chosen.keeper_id = self.company
        wizard.action_apply()
        self.assertEqual(self.patient.recouv_guardian_id, parent)
        guardian = self.theirs.partner_id.recouv_guardian_id
        self.assertEqual((guardian.name, guardian.company_id),
                         ("Anne Martin", self.other))  # fmt: skip

    def test_a_child_of_no_company_keeps_no_parent_of_another_practice(self):
        """Billed by the other practice alone: its copy of the parent. By both: nobody
        until each names its own."""
        parent = self.make_patient("Anne Martin")
        theirs, both = self.make_patient("Zoé Martin"), self.make_patient("Max Martin")
        for person in parent | theirs | both:
            self.make_invoice(
                person, journal=self.other_journal, company_id=self.other.id
            )
        for person in parent | both:
            self.make_invoice(person)
        (theirs | both).write({"recouv_minor": True, "recouv_guardian_id": parent.id})
        wizard = self.wizard()
        chosen = wizard.line_ids.filtered(lambda line: line.partner_id == parent)
        (wizard.line_ids - chosen).is_chosen = False
        chosen.keeper_id = self.company
        wizard.action_apply()
        self.assertEqual(theirs.recouv_guardian_id.company_id, self.other)
        self.assertFalse(both.recouv_guardian_id)
        holds = self.env["recouv.hold"].search([("partner_id", "=", both.id)])
        self.assertEqual(holds.company_id, self.company | self.other)

    # --- who sees what --------------------------------------------------------------

    def test_a_user_of_either_practice_sees_only_his_own(self):
        copy = self.split()
        see = self.env["res.partner"].with_user(self.their_secretary)
        self.assertFalse(see.search([("id", "=", self.patient.id)]))
        self.assertTrue(see.search([("id", "=", copy.id)]))
        self.assertEqual(
            self.theirs.with_user(self.their_secretary).partner_id.name,
            "Camille Martin",
        )

    def test_a_closed_period_keeps_the_record_with_its_company(self):
        self.other.sudo().fiscalyear_lock_date = date(2026, 6, 10)
        line = self.wizard().line_ids.filtered(self.is_mine)
        self.assertEqual((line.locked_ids, line.keeper_id), (self.other, self.other))
        with self.assertRaisesRegex(UserError, "locked entries keeps it"):
            self.split(keeper=self.company)

    def test_locked_entries_in_two_companies_stay_shared(self):
        self.other.sudo().fiscalyear_lock_date = date(2026, 6, 10)
        self.company.sudo().fiscalyear_lock_date = date(2026, 6, 10)
        line = self.wizard().line_ids.filtered(self.is_mine)
        self.assertFalse(line.is_chosen)
        self.assertIn("stays shared", line.problem)

    def test_hashed_entries_are_never_touched(self):
        self.other_journal.restrict_mode_hash_table = True
        self.theirs.button_hash()
        self.assertTrue(self.theirs.inalterable_hash)
        with self.assertRaises(UserError):
            self.split(keeper=self.company)
        self.assertEqual(self.theirs.partner_id, self.patient)

    def test_a_patient_with_a_login_is_told(self):
        new_test_user(self.env, "portal_patient", groups="base.group_portal")
        user = self.env["res.users"].search([("login", "=", "portal_patient")])
        user.partner_id = self.patient
        line = self.wizard().line_ids.filtered(self.is_mine)
        self.assertIn("login", line.problem)

    def test_a_manager_who_is_no_administrator_may_not(self):
        manager = new_test_user(
            self.env, "plain_manager", groups="recouv_lib.group_manager"
        )
        with self.assertRaises(AccessError):
            Form(self.env["recouv.partner.split"].with_user(manager))
        with self.assertRaises(AccessError):
            self.patient.with_user(manager)._recouv_split(self.company)

    def test_a_new_patient_belongs_to_the_live_company(self):
        partner = self.env["res.partner"].create({"name": "New"})
        self.assertEqual(partner.company_id, self.company)

    def test_a_new_company_partner_may_be_shared(self):
        partner = self.env["res.partner"].create({"name": "CPAM", "is_company": True})
        self.assertFalse(partner.company_id)

    def test_a_company_that_is_not_live_changes_nothing(self):
        self.company.recouv_live_on = False
        self.assertFalse(self.env["res.partner"].create({"name": "New"}).company_id)
