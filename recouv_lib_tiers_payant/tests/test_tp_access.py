import base64
from datetime import date

from odoo import SUPERUSER_ID, Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.recouv_lib.tests.access_common import CANARY, AccessWalk

from .rejection_common import RejectionCommon
from .return_common import NIR

DAY = "2026-06-15"
#: who reads these models: the group of third-party payers, and nobody else
SECRET = (
    "recouv.coverage",
    "recouv.indu",
    "recouv.penalty",
    "recouv.refund",
    "recouv.gap",
    "recouv.rejection",
    "recouv.rejection.act",
    "recouv.rejection.reason",
    "recouv.report.rejection",
    "recouv.return.profile",
    "recouv.return.column",
    "recouv.return.settlement",
    "recouv.sent.file",
    "recouv.sent.invoice",
    "recouv.tp.access",
)
#: an accountant reads what stands behind the books, without who was cared for
BOOKS = (
    "recouv.share",
    "recouv.lot",
    "recouv.return.file",
    "recouv.return.payment",
    "recouv.return.line",
)
#: what the agency's agent may read of this add-on
OF_AGENT = {
    "recouv.lot",
    "recouv.rejection",
    "recouv.rejection.act",
    "recouv.rejection.reason",
    "recouv.share",
}
SECRETS = (NIR, f"{CANARY} label", f"{CANARY} beneficiary", "19850713")


@tagged("post_install", "-at_install")
@freeze_time(DAY)
class TestTiersPayantAccess(AccessWalk, RejectionCommon):
    """Who reads what of payers, model by model, with numbers and names seeded."""

    addon = "recouv_lib_tiers_payant"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.setup_other_company(name="Other practice")["company"]
        cls.neighbours = [
            cls.make_user(f"other_{group}", group, company=cls.other)
            for group in (
                "recouv_lib_tiers_payant.group_tiers_payant",
                "recouv_lib.group_manager",
                "account.group_account_readonly",
                "recouv_lib.group_agency",
            )
        ]
        cls.plain = cls.make_user("plain")
        cls.portal = new_test_user(cls.env, "portal", groups="base.group_portal")
        cls.readonly = cls.make_user("readonly", "account.group_account_readonly")
        cls.agency = (
            cls.env["res.company"].with_user(SUPERUSER_ID).create({"name": "Agence"})
        )
        cls.agency_user = cls.make_user(
            "agency", "recouv_lib.group_agency", company=cls.agency
        )
        with freeze_time(DAY):
            cls.seed()
            cls.agent = cls.open_login()

    @classmethod
    def make_user(cls, login, *groups, company=None):
        company = company or cls.company
        return new_test_user(
            cls.env,
            login,
            groups=",".join(("base.group_user", *groups)),
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    @classmethod
    def open_login(cls):
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
        mandate = cls.mandate.with_user(cls.boss)
        return mandate.with_context(no_reset_password=True)._tp_open_login(
            "Nora Petit", "nora@agence.example"
        )

    @classmethod
    def seed(cls):
        """A record of every model of this practice, with numbers and names in it."""
        cls.seed_people()
        cls.share = cls.make_share(nir=NIR)
        cls.unrelated = cls.make_share(
            nir=NIR, invoice=cls.make_invoice(cls.neighbour, due=date(2026, 5, 4))
        )
        cls.rejection = cls.reject(cls.share, label=f"{CANARY} label")
        cls.rejection.note = f"{CANARY} note"
        cls.rejection._treat_wait(date(2026, 6, 30), f"{CANARY} wait")
        cls.rejection.line_id.sudo()._record(
            {
                "nir": NIR,
                "birth": "19850713",
                "beneficiary": f"{CANARY} beneficiary",
                "label": f"{CANARY} label",
            }
        )
        cls.seed_sent_and_returned()

    @classmethod
    def seed_people(cls):
        cls.patient.write(
            {
                "name": f"{CANARY} patient",
                "company_id": cls.company.id,
                "recouv_nir": NIR,
                "recouv_birth_code": "19850713",
            }
        )
        cls.neighbour = cls.make_patient(
            f"{CANARY} unrelated", company_id=cls.company.id
        )
        cls.env["res.partner.bank"].create(
            {
                "acc_number": f"FR{CANARY}",
                "partner_id": cls.neighbour.id,
                "company_id": cls.company.id,
            }
        )
        cls.rights = cls.make_rights(member_number=f"{CANARY}member"[:15])

    @classmethod
    def seed_sent_and_returned(cls):
        attachment = (
            cls.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": f"{CANARY}.rsp",
                    "datas": base64.b64encode(f"{CANARY} {NIR}".encode()),
                    "res_model": "recouv.return.file",
                    "res_id": cls.file.id,
                    "res_field": "content",
                }
            )
        )
        cls.attachment = attachment
        sent = (
            cls.env["recouv.sent.file"]
            .sudo()
            ._record_new([{"name": f"{CANARY} b2", "company_id": cls.company.id}])
        )
        cls.sent = (
            cls.env["recouv.sent.invoice"]
            .sudo()
            ._record_new(
                [
                    {
                        "file_id": sent.id,
                        "company_id": cls.company.id,
                        "currency_id": cls.company.currency_id.id,
                        "nir": NIR,
                    }
                ]
            )
        )

    # --- the house's rules ----------------------------------------------------------

    def test_every_model_belongs_to_a_company_and_has_a_global_rule(self):
        for name in self.models():
            with self.subTest(name):
                self.assertIn("company_id", self.env[name]._fields)
                self.assertIn("company_id", self.global_rules(name))

    def test_every_dialog_is_read_by_who_opened_it_only(self):
        for name in self.dialogs():
            with self.subTest(name):
                self.assertIn("create_uid", self.global_rules(name))

    def test_a_plain_portal_or_agency_user_reads_no_model(self):
        for name in (*self.models(), *self.dialogs()):
            for user in (self.plain, self.portal, self.agency_user):
                with self.subTest(name, user=user.login):
                    self.assertFalse(self.env[name].with_user(user).has_access("read"))

    def test_a_secretary_without_the_group_reads_no_rights_nor_rejections(self):
        for name in SECRET:
            with self.subTest(name):
                model = self.env[name].with_user(self.secretary)
                self.assertFalse(model.has_access("read"))

    def test_every_model_is_either_secret_or_behind_the_books(self):
        self.assertEqual(set(self.models()), {*SECRET, *BOOKS})

    def test_an_accountant_reads_and_writes_nothing(self):
        for name in self.models():
            model = self.env[name].with_user(self.readonly)
            with self.subTest(name):
                self.assertEqual(model.has_access("read"), name in BOOKS)
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(model.has_access(operation))

    def test_an_accountant_reads_no_person_behind_the_books(self):
        for name in BOOKS:
            model = self.env[name].with_user(self.readonly)
            with self.subTest(name):
                self.env.invalidate_all()
                self.mine(name).with_user(self.readonly).read()
                shown = set(model.fields_get())
                secret = {"nir", "own_nir", "birth", "beneficiary", "raw", "content",
                          "label", "member_number", "exemption"}  # fmt: skip
                self.assertFalse(shown & secret)

    def test_who_follows_payers_reads_all_of_the_practice(self):
        for name in self.models():
            if name == "recouv.tp.access":
                continue
            records = self.mine(name)
            with self.subTest(name):
                self.env.invalidate_all()
                self.assertEqual(
                    len(records.with_user(self.biller).read()), len(records)
                )

    # --- the neighbour --------------------------------------------------------------

    def test_a_neighbour_finds_opens_and_groups_nothing(self):
        for user in self.neighbours:
            for name in self.models():
                records, model = self.mine(name), self.env[name].with_user(user)
                if records and model.has_access("read"):
                    with self.subTest(name, user=user.login):
                        self.assertNothing(model, records)

    def assertNothing(self, model, records):
        """Neither found, nor opened, by any way that the web offers."""
        self.env.invalidate_all()
        domain = [("id", "in", records.ids)]
        self.assertFalse(model.search(domain))
        self.assertFalse(model.search_read(domain, ["display_name"]))
        self.assertFalse(model.name_search("", domain))
        self.assertFalse(model.web_search_read(domain, {"id": {}})["records"])
        self.assertEqual(model.formatted_read_group(domain, [], ["__count"]),
                         [{"__count": 0, "__extra_domain": [(1, "=", 1)]}])  # fmt: skip
        one = model.browse(records[0].id)
        for way in (
            lambda: one.read(["company_id"]),
            lambda: one.web_read({"company_id": {}}),
            lambda: one.copy_data(),
        ):
            self.assertRaises(AccessError, way)
        # the agency's people may not export at all
        self.assertRaises(UserError, lambda: one.export_data(["company_id"]))

    def assertRefused(self, way):
        try:
            found = way()
        except (UserError, ValueError):
            return
        self.fail(f"not refused: {found}")

    def test_a_neighbour_reads_no_canary_anywhere(self):
        for user in (*self.neighbours, self.agency_user, self.portal):
            with self.subTest(user=user.login):
                self.assertEqual(self.leaks_to(user), [])

    def test_a_plain_user_of_the_practice_reads_no_canary_but_contacts(self):
        found = {model for model, _field in self.leaks_to(self.plain)}
        self.assertEqual(found, {"res.partner", "res.partner.bank"})

    def test_who_is_not_of_the_group_reads_no_number_nor_what_payers_say(self):
        for user in (self.plain, self.readonly, self.secretary, self.agent):
            with self.subTest(user=user.login):
                self.assertEqual(self.leaks_to(user, (NIR, "19850713")), [])
        for user in (self.plain, self.readonly, self.secretary):
            with self.subTest(user=user.login):
                self.assertEqual(self.leaks_to(user, SECRETS), [])

    def test_the_canaries_do_sing_for_who_follows_payers(self):
        found = {model for model, _field in self.leaks_to(self.biller, SECRETS)}
        self.assertLessEqual(
            {
                "recouv.share",
                "recouv.return.line",
                "recouv.rejection",
                "recouv.sent.invoice",
                "res.partner",
            },
            found,
        )

    def test_the_bytes_of_a_return_open_to_the_group_only(self):
        self.env.invalidate_all()
        self.assertTrue(self.attachment.with_user(self.biller).datas)
        for user in (self.readonly, self.secretary, self.plain, self.agent,
                     *self.neighbours):  # fmt: skip
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env.invalidate_all()
                self.attachment.with_user(user).read(["datas"])

    def test_a_number_is_not_found_by_searching_for_it(self):
        """A field that is not read is no condition, order or group either."""
        for user in (self.readonly, self.secretary, self.agent):
            shares = self.env["recouv.share"].with_user(user)
            for way in (
                lambda shares=shares: shares.search([("nir", "=", NIR)]),
                lambda shares=shares: shares.search(
                    [("patient_id.recouv_nir", "=", NIR)]
                ),
                lambda shares=shares: shares.search([], order="nir"),
                lambda shares=shares: shares.formatted_read_group(
                    [], ["nir"], ["__count"]
                ),
                lambda shares=shares: shares.search([]).export_data(
                    ["patient_id/recouv_nir"]
                ),
            ):
                with self.subTest(user=user.login):
                    self.assertRefused(way)

    # --- the agency's agent -----------------------------------------------------------

    def test_the_agent_reads_rejections_and_their_people_only(self):
        readable = {
            name
            for name in self.models()
            if self.env[name].with_user(self.agent).has_access("read")
        }
        self.assertEqual(readable, OF_AGENT)
        found = {model for model, _field in self.leaks_to(self.agent)}
        self.assertLessEqual(found, {*OF_AGENT, "res.partner"})

    def test_the_agent_does_not_see_the_other_patients_nor_their_accounts(self):
        people = self.env["res.partner"].with_user(self.agent)
        self.assertIn(self.patient, people.search([]))
        self.assertIn(self.caisse, people.search([]))
        self.assertNotIn(self.neighbour, people.search([]))
        with self.assertRaises(AccessError):
            self.neighbour.with_user(self.agent).read(["name"])
        banks = self.env["res.partner.bank"].with_user(self.agent)
        self.assertFalse(banks.search([("acc_number", "ilike", CANARY)]))

    def test_the_cockpit_of_the_agent_counts_rejections_only(self):
        self.rejection.sudo()._record({"state": "to_do"})
        cockpit = self.env["recouv.tp.cockpit"].with_user(self.agent)
        cockpit.action_open_cockpit()
        lines = cockpit.search([("create_uid", "=", self.agent.id)])
        self.assertEqual(set(lines.mapped("kind")), {"rejection"})

    def readings(self):
        logs = self.env["recouv.tp.access"].search([("user_id", "=", self.agent.id)])
        return [
            (log.what, log.name) for log in logs.sorted("id") if log.what != "login"
        ]

    def test_each_part_and_lot_that_the_agent_reads_is_logged(self):
        share = self.share.with_user(self.agent)
        self.env.invalidate_all()
        share.read(["amount"])
        share.web_read({"amount": {}})
        name = share.display_name
        self.assertEqual(self.readings(), [("read", name)] * 2)
        share.search_read([], ["amount"])
        self.assertEqual(self.readings()[2:], [("read", name)])
        attempt = self.share.sudo()._next_attempt({"invoice_number": "777000001"})
        (share | attempt.with_user(self.agent)).read(["amount"])
        share.formatted_read_group([], ["payer_id"], ["amount:sum"])
        self.assertEqual(self.readings()[3:], [("list", "2 parts")] * 2)
        share.read(["display_name"])
        self.assertFalse(self.readings()[5:])
        with self.assertRaises(AccessError):
            share.copy_data()

    def test_lots_and_treatments_are_logged_too(self):
        lot = self.env["recouv.lot"].create({"name": "041", "date": date(2026, 5, 4)})
        self.share.sudo()._record({"lot_id": lot.id})
        lot.with_user(self.agent).read(["amount"])
        lot.with_user(self.agent).copy_data()
        self.assertEqual(self.readings(), [("read", lot.display_name)] * 2)
        act = self.rejection.act_ids[:1].with_user(self.agent)
        act.read(["note"])
        self.assertEqual(self.readings()[2:], [("read", act.display_name)])

    def test_the_readings_of_the_practice_are_not_logged(self):
        for user in (self.biller, self.readonly, self.boss):
            self.share.with_user(user).read(["amount"])
            self.share.with_user(user).formatted_read_group([], [], ["__count"])
        self.assertEqual(self.readings(), [])

    def test_nothing_is_left_the_day_after_the_mandate(self):
        """The login is still open: no cron has run yet."""
        for day, seen in (("2026-12-31", True), ("2027-01-01", False)):
            with freeze_time(day):
                self.env.invalidate_all()
                for name in sorted(OF_AGENT - {"recouv.rejection.reason"}):
                    model = self.env[name].with_user(self.agent)
                    if name != "recouv.lot":
                        with self.subTest(name, day=day):
                            self.assertEqual(bool(model.search([], limit=1)), seen)
                people = self.env["res.partner"].with_user(self.agent)
                self.assertEqual(self.patient in people.search([]), seen)
        with freeze_time("2027-01-01"):
            self.env.invalidate_all()
            self.assertEqual(self.leaks_to(self.agent), [])
            self.assertTrue(self.mandate.with_user(self.boss).state)
            cockpit = self.env["recouv.tp.cockpit"].with_user(self.agent)
            cockpit.action_open_cockpit()
            self.assertFalse(cockpit.search([("create_uid", "=", self.agent.id)]))

    def test_no_number_is_shown_after_the_mandate(self):
        with freeze_time("2027-01-01"), self.assertRaises(AccessError):
            self.rejection.with_user(self.agent).action_show_nir()
