from datetime import date

from odoo import SUPERUSER_ID, Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, new_test_user, tagged

from .rejection_common import RejectionCommon

AGENT = "recouv_lib_tiers_payant.group_tiers_payant_agent"


@tagged("post_install", "-at_install")
class TestTiersPayantAgent(RejectionCommon):
    """The agency on rejections: one practice, until the mandate ends."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agency = cls.make_company("Agence Relance")
        cls.mandate = (
            cls.env["recouv.mandate"]
            .sudo()
            .create(
                {
                    "company_id": cls.company.id,
                    "agency_id": cls.agency.id,
                    "scope": "tiers_payant",
                    "valid_from": date(2026, 1, 1),
                    "valid_to": date(2026, 12, 31),
                    "state": "signed",
                    "signed_on": date(2026, 1, 1),
                    "tacit_renewal": False,
                }
            )
        )

    @classmethod
    def make_company(cls, name):
        """A company that the test's own user does not enter."""
        return cls.env["res.company"].with_user(SUPERUSER_ID).create({"name": name})

    def open_login(self, email="nora@agence.example"):
        mandate = self.mandate.with_user(self.boss)
        with freeze_time("2026-06-15"):
            return mandate.with_context(no_reset_password=True)._tp_open_login(
                "Nora Petit", email
            )

    def test_the_practices_manager_opens_a_login_of_one_company(self):
        user = self.open_login()
        self.assertEqual(user.company_ids, self.company)
        self.assertTrue(user.has_group(AGENT))
        self.assertFalse(user.has_group("recouv_lib.group_user"))
        self.assertFalse(user.has_group("account.group_account_invoice"))
        log = self.env["recouv.tp.access"].search([("user_id", "=", user.id)])
        self.assertEqual(log.what, "login")

    def test_nobody_else_opens_one_nor_without_a_mandate(self):
        with freeze_time("2026-06-15"):
            with self.assertRaises(AccessError):
                self.mandate.with_user(self.biller)._tp_open_login("N", "n@a.example")
            other = (
                self.env["recouv.mandate"]
                .sudo()
                .create(
                    {
                        "company_id": self.company.id,
                        "agency_id": self.agency.id,
                        "scope": "collection",
                        "valid_from": date(2026, 1, 1),
                        "state": "signed",
                        "signed_on": date(2026, 1, 1),
                    }
                )
            )
            with self.assertRaisesRegex(UserError, "no mandate on third-party"):
                other.with_user(self.boss)._tp_open_login("N", "n@a.example")
            with self.assertRaisesRegex(UserError, "no e-mail address"):
                self.mandate.with_user(self.boss)._tp_open_login("N", "nobody")
        with freeze_time("2027-01-01"), self.assertRaisesRegex(UserError, "in force"):
            self.mandate.with_user(self.boss)._tp_open_login("N", "n@a.example")

    def test_a_login_opens_one_practice_only(self):
        self.open_login()
        with self.assertRaisesRegex(UserError, "in use"):
            self.open_login()

    def home_of(self, user):
        """What the web client shows this user first, as the user asks for it."""
        home = user.sudo().action_id
        self.assertEqual(home.sudo().type, "ir.actions.server")
        server = self.env["ir.actions.server"].with_user(user).browse(home.id)
        return server.run()

    @freeze_time("2026-06-15")
    def test_the_agent_lands_on_the_cockpit(self):
        user = self.open_login()
        self.reject(self.make_share())
        action = self.home_of(user)
        self.assertEqual(action["res_model"], "recouv.tp.cockpit")
        rows = self.env[action["res_model"]].with_user(user).search(action["domain"])
        self.assertEqual((sum(rows.mapped("count")), rows.amount), (1, 70.0))
        rejection = self.env["recouv.rejection"].with_user(user).search([])
        self.assertEqual(rejection.amount_at_stake, 70.0)
        # of whom nothing is awaited, the screen is empty, and no error
        self.assertTrue(self.home_of(self.open_login("omar@agence.example")))

    def test_a_closed_login_opens_nothing_if_it_is_woken(self):
        user = self.open_login()
        self.mandate.with_user(self.boss).action_tp_close_logins()
        self.assertFalse(user.sudo().action_id)
        user.sudo().action_unarchive()
        self.assertFalse(user.has_group(AGENT))
        self.assertFalse(
            self.env["recouv.rejection"].with_user(user).has_access("read")
        )

    def test_the_same_person_comes_back_under_the_same_login(self):
        user = self.open_login()
        self.mandate.with_user(self.boss).action_tp_close_logins()
        again = self.open_login()
        self.assertEqual(again, user)
        self.assertTrue(user.active and user.has_group(AGENT))
        self.assertTrue(user.sudo().action_id)
        log = self.env["recouv.tp.access"].search([("user_id", "=", user.id)])
        self.assertEqual(log.sorted("id").mapped("what"), ["login", "closed", "login"])

    def test_a_closed_login_of_somebody_else_is_not_taken_over(self):
        other = new_test_user(self.env, "paul@example.com", groups="base.group_user")
        other.action_archive()
        with self.assertRaisesRegex(UserError, "in use"):
            self.open_login("paul@example.com")
        self.assertFalse(other.active)

    @freeze_time("2026-06-15")
    def test_the_agent_treats_rejections_and_all_is_logged(self):
        user = self.open_login()
        rejection = self.reject(self.make_share()).with_user(user)
        rejection.web_read({"code": {}, "amount": {}})
        rejection.action_treat()
        wizard = (
            self.env["recouv.rejection.treat"]
            .with_user(user)
            .create(
                {
                    "rejection_ids": [Command.set(rejection.ids)],
                    "action": "correct_and_resend",
                    "first_number": "777000001",
                }
            )
        )
        wizard.action_apply()
        self.assertEqual(rejection.state, "resent")
        with self.assertRaises(UserError):
            rejection.export_data(["code"])
        logs = (
            self.env["recouv.tp.access"]
            .with_user(self.boss)
            .search([("user_id", "=", user.id), ("what", "!=", "login")])
        )
        self.assertEqual(set(logs.mapped("what")), {"read", "act"})
        self.assertEqual(logs.rejection_id, rejection)
        self.assertEqual(logs.mandate_id, self.mandate)

    def looked_at(self, user):
        """What the log says that this login read, the oldest first."""
        rows = self.env["recouv.tp.access"].with_user(self.boss).search(
            [("user_id", "=", user.id), ("what", "in", ("read", "list", "export"))],
            order="id",
        )  # fmt: skip
        return [(row.what, row.name) for row in rows]

    @freeze_time("2026-06-15")
    def test_the_agents_look_at_a_contact_is_logged(self):
        user = self.open_login()
        self.reject(self.make_share())
        contacts = self.env["res.partner"].with_user(user)
        patient = contacts.browse(self.patient.id)
        patient.web_read({"phone": {}, "email": {}})
        self.assertEqual(self.looked_at(user), [("read", "Camille Martin")])
        contacts.search_read([("id", "=", patient.id)], ["street"])
        contacts.formatted_read_group([("id", "=", patient.id)], ["city"], ["__count"])
        self.assertEqual(
            self.looked_at(user)[1:],
            [("read", "Camille Martin"), ("list", "1 contacts")],
        )

    @freeze_time("2026-06-15")
    def test_payers_and_names_alone_are_no_reading_of_a_person(self):
        user = self.open_login()
        self.reject(self.make_share())
        contacts = self.env["res.partner"].with_user(user)
        contacts.browse(self.caisse.id).read(["phone"])
        contacts.browse(self.company.partner_id.id).read(["email"])
        contacts.browse(user.partner_id.id).read(["email"])
        contacts.browse(self.patient.id).read(["display_name"])
        self.assertFalse(self.looked_at(user))

    @freeze_time("2026-06-15")
    def test_the_practice_reads_its_own_contacts_without_a_log(self):
        self.patient.with_user(self.biller).read(["phone"])
        logs = self.env["recouv.tp.access"].sudo()
        self.assertFalse(logs.search([("user_id", "=", self.biller.id)]))

    @freeze_time("2026-06-15")
    def test_the_agent_asks_a_patient_and_claims_from_a_payer(self):
        user = self.open_login()
        first, second = self.reject(self.make_share() + self.make_share())
        first.with_user(user)._treat_ask(date(2026, 6, 30), "email")
        self.assertEqual(first.state, "waiting")
        second.with_user(user)._treat_claim(date(2026, 6, 30))
        self.assertEqual(second.state, "waiting")

    @freeze_time("2026-06-15")
    def test_the_agent_neither_bills_patients_nor_gives_up(self):
        user = self.open_login()
        self.make_reason("5555")
        rejection = self.reject(self.make_share(), "5555", "x").with_user(user)
        with self.assertRaises(AccessError):
            rejection._treat_bill(date(2026, 7, 15))
        with self.assertRaises(AccessError):
            rejection._treat_give_up("no")

    @freeze_time("2026-06-15")
    def test_the_agent_reads_nothing_else_of_the_practice(self):
        user = self.open_login()
        self.reject(self.make_share())
        for model in ("account.move", "account.move.line", "recouv.claim",
                      "recouv.notice", "recouv.placement", "recouv.coverage",
                      "recouv.return.file", "recouv.transfer", "recouv.write.off",
                      "recouv.tp.access"):  # fmt: skip
            self.assertFalse(self.env[model].with_user(user).has_access("read"), model)
        share = self.env["recouv.share"].with_user(user).search([], limit=1)
        with self.assertRaises(AccessError):
            share.read(["nir"])
        with self.assertRaises(AccessError):
            share.patient_id.read(["recouv_nir"])
        with self.assertRaises(AccessError):
            share.sudo(False).write({"amount": 1})

    @freeze_time("2026-06-15")
    def test_the_agent_sees_only_parts_that_were_rejected_and_their_lots(self):
        user = self.open_login()
        share, other = self.make_share(), self.make_share()
        lots = self.env["recouv.lot"].create(
            [{"name": name, "date": date(2026, 5, 4)} for name in ("041", "042")]
        )
        share._record({"lot_id": lots[0].id})
        other._record({"lot_id": lots[1].id})
        shares = self.env["recouv.share"].with_user(user)
        self.assertFalse(shares.search([]))
        rejection = self.reject(share)
        self.assertEqual(shares.search([]), share)
        self.assertEqual(self.env["recouv.lot"].with_user(user).search([]), lots[0])
        with self.assertRaises(AccessError):
            other.with_user(user).read(["amount"])
        rejection.with_user(user)._treat_resend({rejection: "777000001"})
        attempt = share.next_share_ids
        self.assertEqual(shares.search([]), share | attempt)
        third = attempt._next_attempt({"invoice_number": "777000002"})
        self.assertEqual(shares.search([]), share | attempt | third)
        # whoever works in the practice sees them all
        mine = self.env["recouv.share"].with_user(self.biller)
        self.assertIn(other, mine.search([]))

    def readings(self, user):
        logs = self.env["recouv.tp.access"].search(
            [("user_id", "=", user.id), ("what", "in", ("read", "list"))]
        )
        return [(log.what, log.name) for log in logs.sorted("id")]

    @freeze_time("2026-06-15")
    def test_a_list_is_one_row_of_the_log_with_its_count(self):
        user = self.open_login()
        found = self.reject(self.make_share() + self.make_share()).with_user(user)
        found.web_search_read([("id", "in", found.ids)], {"code": {}, "amount": {}})
        self.assertEqual(self.readings(user), [("list", "2 rejections")])
        found.search_read([("id", "in", found.ids)], ["code"])
        found.read(["code"])
        self.assertEqual(self.readings(user), [("list", "2 rejections")] * 3)
        found[0].read(["code"])
        self.assertEqual(self.readings(user)[3:], [("read", found[0].display_name)])

    @freeze_time("2026-06-15")
    def test_names_alone_and_other_peoples_readings_are_not_logged(self):
        user = self.open_login()
        found = self.reject(self.make_share() + self.make_share())
        found.with_user(user).read(["display_name"])
        found.with_user(self.biller).read(["code"])
        self.assertEqual(self.readings(user), [])
        self.assertEqual(self.readings(self.biller), [])

    @freeze_time("2026-06-15")
    def test_a_number_is_shown_one_by_one_and_each_look_is_logged(self):
        user = self.open_login()
        share = self.make_share(nir="185057800608436")
        rejection = self.reject(share).with_user(user)
        action = rejection.action_show_nir()
        self.assertEqual(action["params"]["message"], "185057800608436")
        log = self.env["recouv.tp.access"].search([("what", "=", "nir")])
        self.assertEqual((log.user_id, log.rejection_id), (user, rejection))

    def test_the_log_is_rewritten_by_nobody(self):
        self.open_login()
        log = self.env["recouv.tp.access"].search([], limit=1).with_user(self.boss)
        with self.assertRaises(AccessError):
            log.what = "read"
        with self.assertRaises(AccessError):
            log.unlink()
        self.assertFalse(
            self.env["recouv.tp.access"].with_user(self.biller).has_access("read")
        )

    def test_the_end_of_the_mandate_closes_its_logins(self):
        user = self.open_login()
        rejection = self.reject(self.make_share())
        with freeze_time("2027-01-01"):
            with self.assertRaises(AccessError):
                rejection.with_user(user).note = "too late"
            self.env["recouv.mandate"]._cron_end()
        self.assertFalse(user.active)
        self.assertEqual(self.mandate.state, "expired")
        closed = self.env["recouv.tp.access"].search([("what", "=", "closed")])
        self.assertEqual(closed.user_id, user)

    def test_a_revocation_closes_them_too(self):
        user = self.open_login()
        with freeze_time("2026-06-20"):
            self.mandate.with_user(self.boss)._revoke(
                date(2026, 6, 20), "breach of secrecy", is_breach=True
            )
        self.assertFalse(user.active)
        self.assertFalse(user.sudo().action_id)
        self.assertFalse(user.has_group(AGENT))

    def test_the_practice_closes_them_at_any_time(self):
        user = self.open_login()
        with self.assertRaises(AccessError):
            self.mandate.with_user(self.biller).action_tp_close_logins()
        self.mandate.with_user(self.boss).action_tp_close_logins()
        self.assertFalse(user.active)

    def test_such_a_login_has_no_other_company_and_no_other_group(self):
        user = self.open_login()
        other = self.make_company("Another practice")
        with self.assertRaises(ValidationError):
            user.sudo().company_ids = [Command.link(other.id)]
        with self.assertRaisesRegex(ValidationError, "nothing else"):
            user.sudo().group_ids = [
                Command.link(self.env.ref("recouv_lib.group_user").id)
            ]
        with self.assertRaises(ValidationError):
            new_test_user(
                self.env,
                "both",
                groups=f"base.group_user,{AGENT},account.group_account_invoice",
                company_id=self.company.id,
                company_ids=[Command.set(self.company.ids)],
            )
