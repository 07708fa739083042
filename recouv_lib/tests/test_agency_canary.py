"""No one reads what is not theirs: every model, every way, marks over all they hold."""

import base64
import json
from datetime import datetime, time, timedelta

from odoo import Command
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.service.model import get_public_method
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .agency_common import AgencyCommon
from .canary_common import (
    PERSON,
    QUIET,
    SECRET,
    SHARED_BY_CONTRACT,
    CanaryWalker,
    sings,
)
from .canary_rpc import SUM, GuessedIds, GuessedLinks, Nonsense
from .common import TODAY

#: what an agency's manager or accountant may read that a bare internal user may not,
#: by the start of a model's name; every row of these is its own company's or shared.
#: The same list in plain words: readme/PRIVACY.md, "What an agency may read".
BEYOND = {
    "recouv.": "its own claims, notices, mandates… by company",
    "account.": "its own books, by company; terms, tags and groups that all share",
    "report.": "the printed forms of its own records",
    "res.": "its own contacts' banks, wizards of its contacts",
    "product.": "its own and shared articles",
    "uom.": "units of measure, shared",
    "analytic": "its own analytic books, by company",
    "payment.": "its own payment providers, by company",
    "sms.": "texts to its own contacts",
    "portal.": "wizards that act on its own contacts",
    "mail.": "wizards that act on its own records",
    "base.": "wizards that act on its own contacts",
    "ir.": "its own settings of lists",
    "utm.": "names of campaigns, shared and empty here",
    "validate.": "a wizard on its own entries",
    "snailmail.": "letters of its own records",
    "phone.": "wizards on its own contacts",
    "digest.": "figures of its own company",
    "barcode": "rules of reading codes, shared",
    "l10n": "forms of its own books",
    "iap.": "credits of services, by company",
    "certificate.": "its own certificates, by company",
}
#: what any internal user reads of Odoo's own, and no add-on of ours can close; the
#: same list, with what to do: readme/PRIVACY.md
STAYS = {
    "discuss.channel.member": "channels that are open to all name their members",
    "resource.calendar": "working hours: configuration, of an add-on we do not need",
}


def is_author(way):
    """Who acted is told by name, of records that one may read."""
    return (
        way == "export" or "author" in way or way.endswith(("create_uid", "write_uid"))
    )


class CanaryCase(CanaryWalker, AgencyCommon, HttpCase):
    """A practice, its agency, and a practice next door with the same patient."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.next_door = cls.setup_other_company(name="Next door")["company"]
        cls.env.user.company_ids = [Command.unlink(cls.next_door.id)]
        cls.neighbour = cls.make_user(
            "neighbour", cls.next_door, "recouv_lib.group_manager"
        )
        cls.bookkeeper = cls.make_user(
            "bookkeeper",
            cls.agency,
            "account.group_account_readonly,account.group_account_invoice",
        )
        cls.bare = cls.make_user("bare", cls.agency, "base.group_user")
        cls.strangers = cls.make_strangers()
        exporter = cls.env.ref("base.group_allow_export")
        exporting = cls.agency_manager | cls.neighbour | cls.bookkeeper
        for user in exporting | cls.practitioner:
            user.group_ids = [Command.link(exporter.id)]
        cls.fill_the_practice()
        cls.theirs = (
            cls.env["res.partner"]
            .sudo()
            .create(
                {
                    "name": "Camille Martin",
                    "company_id": cls.next_door.id,
                    "email": "camille@example.com",
                    "phone": "+33 6 12 34 56 78",
                }
            )
        )
        cls.work_at_the_agency()
        cls.mark(cls.company)

    @classmethod
    def make_strangers(cls):
        """The lowest rights of a practice next door: the first one has ours."""
        company = {
            "company_id": cls.next_door.id,
            "company_ids": [Command.set(cls.next_door.ids)],
        }
        # sudo: a portal user of a company that nobody here is in
        every = cls.env(su=True)
        guest = new_test_user(every, "guest", groups="base.group_portal", **company)
        strangers = [
            cls.make_user("stranger", cls.next_door, "recouv_lib.group_user"),
            cls.make_user("biller", cls.next_door, "account.group_account_invoice"),
            guest,
            cls.env.ref("base.public_user"),
        ]
        # sudo: to tell by their login who reached something
        return [user.sudo() for user in strangers]

    @classmethod
    def fill_the_practice(cls):
        """What a projection might copy carries its mark before anything is placed."""
        cls.patient.write(
            {
                "company_id": cls.company.id,
                "comment": SECRET,
                "ref": SECRET,
                "barcode": SECRET,
                "function": SECRET,
                "category_id": [Command.create({"name": "Shared tag"})],
                "child_ids": [
                    Command.create({"name": f"{SECRET} child", "type": "other"})
                ],
                "bank_ids": [Command.create({"acc_number": f"FR76 {SECRET}"})],
                "email": "camille@example.com",
                "phone": "+33 6 12 34 56 78",
            }
        )
        cls.invoice = cls.make_invoice(
            due=TODAY.replace(month=1, day=5),
            amount=SUM,
            ref=SECRET,
            narration=SECRET,
            payment_reference=SECRET,
        )
        cls.invoice.invoice_line_ids.name = f"{SECRET} HBJD001"
        cls.propose()
        cls.claim = cls.claims_of(cls.invoice)
        cls.files = cls.env["ir.attachment"]
        for record in (cls.invoice, cls.claim, cls.patient):
            record.sudo().message_post(body=SECRET, subject=SECRET)
            cls.files |= cls.attach(record)
        cls.claim.activity_schedule("mail.mail_activity_data_todo", summary=SECRET)
        cls.env["account.bank.statement.line"].create(
            {
                "journal_id": cls.company_data["default_journal_bank"].id,
                "payment_ref": SECRET,
                "amount": 12.0,
                "date": TODAY,
            }
        )

    @classmethod
    def attach(cls, record):
        return cls.env["ir.attachment"].create(
            {
                "name": f"{SECRET}.txt",
                "raw": SECRET.encode(),
                "description": SECRET,
                "res_model": record._name,
                "res_id": record.id,
            }
        )

    @classmethod
    def work_at_the_agency(cls):
        cls.recall_while_a_plan_runs()
        cls.mirror = cls.place(cls.claim)
        run = cls.agency_run()
        cls.letter = run.notice_ids
        cls.mirror.message_post(body="The agency's own word")
        cls.claim._hold("dispute", SECRET)
        cls.env.flush_all()

    @classmethod
    def recall_while_a_plan_runs(cls):
        """What the practice notes of a recall ends an agreement of the agency."""
        invoice = cls.make_invoice(due=TODAY.replace(month=1, day=6), amount=55.0)
        cls.env["recouv.engine"]._create_claims(cls.company, TODAY)
        claim = cls.claims_of(invoice)
        mirror = cls.place(claim)
        mirror._agree("plan", [(TODAY + timedelta(days=10), 55.0)], source="call")
        claim.with_user(cls.practitioner)._recall(f"{SECRET} note", "tact")

    def leaks(self, user, ways=None):
        """Return what ``user`` reads of the practice, as readable lines."""
        told = self.walk(user, ways)
        return sorted(
            " ".join((mark, model, way))
            for mark, model, way in told
            if not model.startswith(tuple(STAYS))
            and not (mark == PERSON and is_author(way))
        )


class OwnLinks:
    """A guessed id, written into a link of one's own record."""

    def test_a_guessed_id_is_not_told_by_its_name(self):
        """Written into a link of one's own record, then read back."""
        for model in self.persistent("recouv."):
            own = self.held_ids(model, self.agency)[:1]
            record = model.with_user(self.agency_manager).sudo(False).browse(own)
            for field in self.columns(model, "many2one") if own else ():
                self.guess_link(record, field)

    def guess_link(self, record, field):
        target = self.env[field.comodel_name].sudo()
        # who acted is told by name in any case; a mandate is of both
        if target._name in ("res.users", "res.company", "recouv.mandate"):
            return
        for guess in self.held_ids(target, self.company)[:1]:
            told = self.write_and_read(record, field.name, guess)
            self.assertFalse(sings(told), f"{record._name}.{field.name}: {told}")

    def write_and_read(self, record, name, guess):
        """Return the refusal, or the name that is read back; nothing is kept."""
        self.env.invalidate_all()
        savepoint = self.env.cr.savepoint()
        try:
            record.write({name: guess})
            return record.read([name])
        except (AccessError, MissingError, UserError) as refusal:
            return str(refusal)
        except Exception:
            # a database constraint: nothing is told
            return None
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    def test_a_contact_goes_under_no_guessed_parent(self):
        partners = self.env["res.partner"].with_user(self.agent)
        with self.assertRaises(AccessError), mute_logger(*QUIET):
            partners.create({"name": "Guess", "parent_id": self.patient.id})
        with self.assertRaises(AccessError), mute_logger(*QUIET):
            self.mirror.partner_id.parent_id = self.patient
        banks = self.env["res.partner.bank"].with_user(self.agent)
        with self.assertRaises(AccessError), mute_logger(*QUIET):
            banks.create({"acc_number": "FR76", "partner_id": self.patient.id})

    def test_what_knows_both_companies_is_not_called_from_outside(self):
        lines = self.env["recouv.placement.line"]
        for model, name in (
            (self.env["recouv.claim"], "_twin"),
            (lines, "_mirror"),
            (lines, "_take_back"),
            (lines, "_agency_debtors"),
            (lines, "_contact_values"),
        ):
            with self.assertRaises(AccessError):
                get_public_method(model, name)

    def test_the_tie_of_the_two_claims_is_read_by_nobody(self):
        line = self.env["recouv.placement.line"].search([], limit=1)
        for user in (self.practitioner, self.agency_manager):
            with self.assertRaises(AccessError), mute_logger(*QUIET):
                line.with_user(user).read(["agency_claim_id"])


class TwoPractices:
    """Two practices with one patient, and one agency: nobody joins them."""

    def test_a_practice_finds_only_its_own_patient(self):
        partners = self.env["res.partner"].with_user(self.neighbour)
        for domain in (
            [("name", "ilike", "Camille")],
            [("email", "=", "camille@example.com")],
            [("phone", "like", "12 34 56 78")],
            [("phone_mobile_search", "like", "612345678")],
        ):
            self.assertEqual(partners.search(domain), self.theirs)

    def test_a_new_record_warns_of_no_neighbour(self):
        twin = self.theirs.with_user(self.neighbour)
        self.patient.sudo().vat = self.theirs.sudo().vat = "FR23334175221"
        twin.invalidate_recordset()
        self.assertFalse(twin.same_vat_partner_id)
        self.assertFalse(twin.same_company_registry_partner_id)

    def test_the_agency_has_a_contact_for_each(self):
        partners = self.env["res.partner"].with_user(self.agent)
        self.assertEqual(
            partners.search([("email", "=", "camille@example.com")]),
            self.mirror.partner_id,
        )
        self.assertNotIn(self.patient, partners.search([]))
        self.assertNotIn(self.theirs, partners.search([]))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCanary(
    GuessedIds, GuessedLinks, Nonsense, OwnLinks, TwoPractices, CanaryCase
):
    """Through the ORM, as the web client and an export do; one world for all."""

    def test_the_marks_do_sing_for_the_practice(self):
        found = set()
        for name in ("recouv.claim", "recouv.hold", "account.move", "res.partner"):
            self.walk_model(self.env[name].with_user(self.practitioner), found)
        self.assertLessEqual(
            {
                (SECRET, "recouv.hold", "note"),
                (SECRET, "account.move", "narration"),
                (SECRET, "account.move", "export"),
                (SECRET, "account.move", "group by partner_id"),
                (SECRET, "res.partner", "comment"),
                (SECRET, "res.partner", "name_search"),
                (SECRET, "recouv.claim", "message_ids"),
            }
            - {(SECRET, "recouv.claim", "message_ids")},
            found,
        )

    def test_every_model_of_ours_is_seeded(self):
        self.assertEqual([model._name for model in self.unseeded], [])

    def test_an_agency_manager_reads_no_mark(self):
        self.assertEqual(self.leaks(self.agency_manager), [])

    def test_an_agent_reads_no_mark(self):
        self.assertEqual(self.leaks(self.agent, ["read_all"]), [])

    def test_an_accountant_of_the_agency_reads_no_mark(self):
        self.assertEqual(self.leaks(self.bookkeeper), [])

    def test_a_practice_next_door_reads_no_mark(self):
        self.assertEqual(self.leaks(self.neighbour), [])

    def test_a_bare_user_reads_no_mark(self):
        self.assertEqual(self.leaks(self.bare, ["read_all"]), [])

    def test_what_an_agency_reads_beyond_a_bare_user_is_a_written_list(self):
        bare = self.readable(self.bare)
        for user in (self.agency_manager, self.bookkeeper):
            more = {
                name
                for name in self.readable(user) - bare
                if not name.startswith(tuple(BEYOND))
            }
            self.assertEqual(more, set(), user.login)

    def test_no_row_of_the_practice_is_found_by_the_agency(self):
        for model in self.persistent():
            own = model.with_user(self.agency_manager)
            if model._name.startswith(tuple(STAYS)):
                continue
            if self.in_table(model, "company_id") and own.has_access("read"):
                with self.subTest(model._name), mute_logger(*QUIET):
                    domain = [("company_id", "=", self.company.id)]
                    if model._name not in SHARED_BY_CONTRACT:
                        self.assertFalse(self.attempt(own.search, domain))

    def test_nobody_follows_what_is_not_his_company_s(self):
        followers = self.env["mail.followers"].sudo()
        for record, strangers in (
            (self.mirror, self.practitioner | self.secretary),
            (self.mirror.partner_id, self.practitioner | self.secretary),
            (self.claim, self.agent | self.agency_manager),
        ):
            domain = [("res_model", "=", record._name), ("res_id", "=", record.id)]
            partners = followers.search(domain).partner_id
            self.assertFalse(partners & strangers.partner_id, record._name)

    def test_a_contact_made_by_a_program_is_in_its_parent_s_company(self):
        parent = self.make_patient("Minor", company_id=self.company.id)
        child = self.make_patient("Mother", parent_id=parent.id)
        self.assertEqual(child.company_id, self.company)
        other = self.make_patient("Guardian")
        other.parent_id = parent
        self.assertEqual(other.company_id, self.company)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET company_id = NULL WHERE id = %s", [child.id]
        )
        self.env["res.partner"].init()
        self.env.invalidate_all()
        self.assertEqual(child.company_id, self.company)

    def test_colleagues_are_found_and_strangers_are_not(self):
        users = self.env["res.users"].with_user(self.agent)
        found = users.search([("share", "=", False)])
        self.assertIn(self.agency_manager, found)
        self.assertNotIn(self.practitioner, found)
        self.assertNotIn(self.neighbour, found)
        self.assertEqual(users.browse(self.agent.id).login, "agent")
        with self.assertRaises(AccessError):
            users.browse(self.practitioner.id).read(["login"])

    def test_who_administers_accounts_finds_them_all(self):
        admin = new_test_user(
            self.env,
            "accounts_admin",
            groups="base.group_user,base.group_erp_manager",
            company_id=self.agency.id,
            company_ids=[Command.set(self.agency.ids)],
        )
        users = self.env["res.users"].with_user(admin)
        self.assertIn(self.practitioner, users.search([]))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCanaryHttp(CanaryCase):
    """Over the real endpoints, with a session or a key, and guessed ids."""

    def setUp(self):
        super().setUp()
        self.authenticate("agency_manager", "agency_manager")

    def rpc(self, model, method, *args, **kwargs):
        """Return the answer of the web client's own endpoint, errors and all."""
        return self.post(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def post(self, url, params):
        answer = self.url_open(
            url,
            data=json.dumps({"jsonrpc": "2.0", "id": 1, "params": params}),
            headers={"Content-Type": "application/json"},
        )
        return answer.content

    def held(self):
        """Yield (model, ids) of what the practice holds and an agent has a model of."""
        for model in self.persistent():
            if model._name.startswith(tuple(STAYS)):
                continue
            if model.with_user(self.agency_manager).has_access("read"):
                if ids := self.held_ids(model, self.company)[:5]:
                    yield model, ids

    def assert_silent(self, content, said=""):
        # the French of an error is in its text; a name in either mark is one too many
        self.assertFalse(sings(content), said)

    def test_guessed_ids_tell_nothing(self):
        with mute_logger("odoo.http", *QUIET):
            for model, ids in self.held():
                for method, args in (
                    ("read", [ids]),
                    ("web_read", [ids, {"display_name": {}}]),
                    ("name_search", [SECRET]),
                ):
                    self.assert_silent(
                        self.rpc(model._name, method, *args), f"{model._name}.{method}"
                    )

    def test_an_error_in_developer_mode_names_no_record(self):
        self.url_open("/odoo?debug=1")
        with mute_logger("odoo.http", *QUIET):
            told = self.rpc("recouv.claim", "read", self.claim.ids)
            self.assertIn(b"AccessError", told)
            self.assertIn(b"Rules that refuse", told)
            for model, ids in self.held():
                self.assert_silent(self.rpc(model._name, "read", ids), model._name)
                self.assert_silent(self.rpc(model._name, "write", ids, {}), model._name)

    def by_key(self, key, model, ids):
        return self.url_open(
            f"/json/2/{model}/read",
            data=json.dumps({"ids": ids, "fields": ["display_name"]}),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {key}",
            },
        )

    def test_a_key_opens_no_more_than_a_session(self):
        keys = self.env["res.users.apikeys"].with_user(self.agency_manager)
        key = keys._generate(
            "rpc", "canary", datetime.combine(TODAY, time()) + timedelta(days=1)
        )
        # the database compares with its own clock, which is not frozen
        self.env.cr.execute(
            "UPDATE res_users_apikeys SET expiration_date = '2099-01-01'"
        )
        own = self.by_key(key, "recouv.claim", self.mirror.ids)
        self.assertEqual(own.json()[0]["id"], self.mirror.id)
        with mute_logger("odoo.http", *QUIET):
            for model, ids in self.held():
                told = self.by_key(key, model._name, ids).content
                self.assert_silent(told, model._name)

    def test_no_file_is_served(self):
        with mute_logger("odoo.http", *QUIET):
            for file in self.files:
                for url in (
                    f"/web/content/{file.id}",
                    f"/web/content/{file.id}/any.txt?download=1",
                    f"/web/content?model=ir.attachment&id={file.id}&field=raw",
                    f"/web/image/{file.id}",
                    f"/mail/attachment/pdf_first_page/{file.id}",
                ):
                    self.assert_silent(self.url_open(url).content, url)

    def test_no_picture_is_served(self):
        pixel = (
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
            "WjR9awAAAABJRU5ErkJggg=="
        )
        self.patient.sudo().image_1920 = pixel
        with mute_logger("odoo.http", *QUIET):
            told = self.url_open(f"/web/image/res.partner/{self.patient.id}/image_1920")
        self.assertNotEqual(told.content, base64.b64decode(pixel))

    def test_no_report_is_printed(self):
        reports = self.env["ir.actions.report"].search(
            [("report_type", "=like", "qweb%")]
        )
        with mute_logger("odoo.http", "odoo.addons.web.controllers.report", *QUIET):
            for report in reports:
                model = self.env.get(report.model)
                if model is None or not self.has_table(model):
                    continue
                for record in self.held_ids(model.sudo(), self.company)[:1]:
                    url = f"/report/html/{report.report_name}/{record}"
                    self.assert_silent(self.url_open(url).content, url)

    def test_no_discussion_is_opened(self):
        with mute_logger("odoo.http", *QUIET):
            for record in (self.invoice, self.claim, self.patient):
                thread = {"thread_model": record._name, "thread_id": record.id}
                asked = {"request_list": ["followers", "attachments", "activities"]}
                for url, params in (
                    ("/mail/thread/messages", thread),
                    ("/mail/data", {"fetch_params": [["mail.thread", thread | asked]]}),
                ):
                    self.assert_silent(self.post(url, params), url)

    def test_the_discussion_of_its_own_contact_opens(self):
        """Its author is of the practice, no colleague: it opens all the same."""
        partner = self.mirror.partner_id.sudo()
        partner.message_post(
            body="Handed over", author_id=self.practitioner.partner_id.id
        )
        told = self.post(
            "/mail/thread/messages",
            {"thread_model": "res.partner", "thread_id": partner.id},
        )
        self.assertIn(b"Handed over", told)
        self.assertNotIn(SECRET.encode(), told)

    def test_no_portal_page_and_no_export(self):
        with mute_logger("odoo.http", *QUIET):
            for url in (
                f"/my/invoices/{self.invoice.id}",
                f"/mail/view?model=account.move&res_id={self.invoice.id}",
            ):
                self.assert_silent(self.url_open(url).content, url)
            data = {
                "model": "account.move",
                "fields": [{"name": "narration", "label": "n", "type": "html"}],
                "ids": self.invoice.ids,
                "domain": [],
                "import_compat": False,
            }
            told = self.url_open("/web/export/csv", data={"data": json.dumps(data)})
            self.assert_silent(told.content)
