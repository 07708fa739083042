from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.recouv_lib.tests.canary_common import (
    QUIET,
    SECRET,
    SHARED_BY_CONTRACT,
)
from odoo.addons.recouv_lib.tests.common import TODAY
from odoo.addons.recouv_lib.tests.test_agency_canary import CanaryCase

from .bought_common import BoughtCommon

# both parties read it, and what it agrees
SHARED_BY_CONTRACT.add("recouv.factoring.contract")


class SaleCanaryCase(CanaryCase, BoughtCommon):
    """A receivable is sold, notified, disputed; both sides hold words of their own."""

    @classmethod
    def work_at_the_agency(cls):
        super().work_at_the_agency()
        cls.sold_invoice = cls.old_invoice(ref=SECRET, narration=SECRET)
        cls.sold_invoice.invoice_line_ids.name = f"{SECRET} HBJD001"
        cls.line = cls.sold(cls.sold_invoice)
        cls.bought = cls.line.purchase_id.claim_id
        cls.buyer_run(cls)
        cls.dispute(cls, cls.line)
        cls.env.flush_all()


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


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPracticeCanary(SaleCanaryCase):
    """The practice reads nothing of its buyer: no note, no message, no step."""

    @classmethod
    def mark(cls, company):
        """INSTEAD: the marks are on what the buyer holds."""
        super().mark(cls.agency)

    def test_the_practice_reads_no_word_of_its_buyer(self):
        with mute_logger(*QUIET):
            told = self.walk(self.practitioner, ["read_all", "read_web"])
        own = {
            (model, way)
            for mark, model, way in told
            if mark == SECRET and model.startswith("recouv.")
        }
        # what the practice itself wrote with that word, before anything was marked
        mine = {
            (model, way)
            for model, way in own
            if model in ("recouv.hold", "recouv.claim", "recouv.run.skip")
        }
        self.assertEqual(own - mine, set())

    def test_the_line_tells_a_word_and_sums(self):
        line = self.line.with_user(self.practitioner)
        self.assertEqual(line.standing, "disputed")
        self.assertNotIn(SECRET, str(line.read()))
