from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.recouv_lib.tests.canary_common import (
    QUIET,
    SECRET,
    SHARED_BY_CONTRACT,
)
from odoo.addons.recouv_lib.tests.common import TODAY
from odoo.addons.recouv_lib.tests.test_agency_canary import CanaryCase, is_author

from .bought_common import BoughtCommon

#: written over the words of the buyer
BUYERS = "zzbuyerzz"
#: where words are: ours, contacts, books, messages
TOLD = ("recouv.", "res.partner", "account.", "mail.message", "mail.activity")
# both parties read these, and what they agree
SHARED_BY_CONTRACT.update({"recouv.factoring.contract", "recouv.repurchase"})


class SaleCanaryCase(CanaryCase, BoughtCommon):
    """A receivable is sold, notified, disputed; both sides hold words of their own."""

    @classmethod
    def work_at_the_agency(cls):
        result = super().work_at_the_agency()
        cls.sold_invoice = cls.old_invoice(ref=SECRET, narration=SECRET)
        cls.sold_invoice.invoice_line_ids.name = f"{SECRET} HBJD001"
        cls.line = cls.sold(cls.sold_invoice)
        cls.bought = cls.line.purchase_id.claim_id
        cls.buyer_run(cls)
        cls.dispute(cls, cls.line)
        cls.ask_back(cls.sold(cls.old_invoice(ref=SECRET)))
        cls.env.flush_all()
        return result


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestSaleCanary(SaleCanaryCase):
    """The buyer reads nothing of the practice: no care, no note, no name of anyone."""

    def test_the_buyer_s_manager_reads_no_mark(self):
        self.assertEqual(self.leaks(self.agency_manager), [])

    def test_an_agent_reads_no_mark(self):
        self.assertEqual(self.leaks(self.agent, ["read_all"]), [])

    def test_a_practice_next_door_reads_no_mark(self):
        self.assertEqual(self.leaks(self.neighbour, ["read_all"]), [])

    def test_every_model_of_ours_is_seeded(self):
        self.assertEqual([model._name for model in self.unseeded], [])

    def test_the_tie_of_the_two_records_is_read_by_nobody(self):
        for user in (self.practitioner, self.agency_manager):
            names = self.env["recouv.assignment.line"].with_user(user).fields_get()
            self.assertNotIn("purchase_id", names)
            names = self.env["recouv.repurchase"].with_user(user).fields_get()
            hidden = {"line_id", "purchase_id", "asked_by_id", "answered_by_id", "note"}
            self.assertFalse(hidden & set(names))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPracticeCanary(SaleCanaryCase):
    """The practice reads nothing of its buyer: no note, no message, no step."""

    @classmethod
    def mark(cls, company):
        """INSTEAD: another mark, on the words that the buyer holds."""
        cls.env.flush_all()
        for model in cls.persistent():
            told = model._name.startswith(TOLD)
            if told and model._name not in SHARED_BY_CONTRACT:
                ids = cls.held_ids(model, cls.agency)
                cls.mark_rows(model, ids, BUYERS)
        cls.env.invalidate_all()

    def test_the_practice_reads_no_word_of_its_buyer(self):
        for name in sorted(self.readable(self.practitioner)):
            model = self.env[name].with_user(self.practitioner)
            if not name.startswith(TOLD) or model._transient:
                continue
            with self.subTest(name), mute_logger(*QUIET):
                rows = self.attempt(lambda m=model: m.search([]).read()) or []
                told = {
                    (field, str(value)[:80])
                    for row in rows
                    for field, value in row.items()
                    if BUYERS in str(value) and not is_author(field)
                }
                self.assertEqual(told, set())

    def test_the_marks_do_sing_for_the_buyer(self):
        claims = self.env["recouv.hold"].with_user(self.agency_manager)
        self.assertIn(BUYERS, str(claims.search([]).read()))

    def test_the_line_tells_a_word_and_sums(self):
        line = self.line.with_user(self.practitioner)
        self.assertEqual(line.standing, "disputed")
