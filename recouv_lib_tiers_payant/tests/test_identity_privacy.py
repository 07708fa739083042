from datetime import date

from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .share_common import CARE, ShareCommon

NIR = "1850578006084"
LATER = date(2040, 6, 15)


@tagged("post_install", "-at_install")
class TestIdentityPrivacy(ShareCommon):
    """A social-security identity is erased once it serves nothing any more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time(TODAY):
            cls.patient.write({"recouv_nir": NIR, "recouv_birth_code": "19850515"})
            cls.rights = cls.make_rights(member_number="A1234", exemption="ald")
        cls.env.cr.execute(
            "UPDATE res_partner SET create_date = %s WHERE id = %s",
            (CARE, cls.patient.id),
        )
        cls.env.cr.execute(
            "UPDATE recouv_coverage SET create_date = %s WHERE partner_id = %s",
            (CARE, cls.patient.id),
        )
        cls.purges = cls.env["recouv.purge"].sudo()

    def forgettable(self):
        return self.purges._forgettable(
            self.company, self.purges._retention(self.company)
        )

    def test_who_is_treated_now_keeps_theirs(self):
        with freeze_time(TODAY):
            self.assertNotIn(self.patient, self.forgettable())

    def test_long_after_it_goes_with_member_number_and_exemption(self):
        with freeze_time(LATER):
            self.assertIn(self.patient, self.forgettable())
            self.assertGreaterEqual(
                self.purges._count(self.company)["identity_count"], 1
            )
            done = self.purges._run(self.company)
        self.assertGreaterEqual(done.identity_count, 1)
        self.assertFalse(self.patient.recouv_nir)
        self.assertFalse(self.patient.recouv_birth_code)
        self.assertFalse(self.rights.member_number)
        self.assertEqual(self.rights.exemption, "none")
        self.assertTrue(self.rights.exists())

    def test_an_open_part_keeps_it(self):
        with freeze_time(TODAY):
            share = self.share_of(self.shared_invoice())
        with freeze_time(LATER):
            self.assertNotIn(self.patient, self.forgettable())
            claims = self.env["recouv.claim"].sudo()
            claims.search([("company_id", "=", self.company.id)]).write(
                {"purged_on": LATER}
            )
            self.assertIn(self.patient, self.forgettable())
            self.patient._forget_identity()
        self.assertFalse(share.nir)
        self.assertEqual((share.exemption, share.amount), ("none", 70.0))

    def test_a_recent_invoice_keeps_it(self):
        with freeze_time(date(2040, 5, 2)):
            self.make_draft(care=date(2040, 5, 1))
        with freeze_time(LATER):
            self.assertNotIn(self.patient, self.forgettable())

    def test_rights_checked_lately_keep_it(self):
        with freeze_time(LATER):
            self.rights.write({"checked_on": date(2040, 1, 5)})
            self.assertNotIn(self.patient, self.forgettable())

    def test_the_wizard_tells_how_many(self):
        with freeze_time(LATER):
            wizard = (
                self.env["recouv.purge.wizard"]
                .sudo()
                .create({"company_id": self.company.id})
            )
            self.assertEqual(
                wizard.identity_count,
                self.purges._count(self.company)["identity_count"],
            )

    def test_other_practices_are_left_alone(self):
        other = self.env["res.company"].create({"name": "Other practice"})
        self.patient.company_id = self.company
        with freeze_time(LATER):
            found = self.purges._forgettable(other, self.purges._retention(other))
        self.assertNotIn(self.patient, found)
