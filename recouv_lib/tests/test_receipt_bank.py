from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..models import recouv_bank_match
from .common import TODAY
from .funds_common import FundsCommon

PRESENTED = date(2026, 3, 1)
LOCK = date(2026, 6, 30)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReceiptBank(FundsCommon):
    """What the bank brings is recorded for one practice though another refuses."""

    def receipts_of(self, movements):
        receipts = self.env["recouv.receipt"].sudo()
        return receipts.search([("statement_line_id", "in", movements.ids)])

    def reference_of(self, mirror):
        notices = self.env["recouv.notice"].sudo()
        lines = [("line_ids.claim_id", "=", mirror.id)]
        return notices.search(lines).payment_reference

    def two_movements(self):
        """One for each of two practices, the first of which is locked."""
        other = self.second_practice()
        self.agency_run()
        mine = self.movement(200.0, f"VIR {self.reference_of(self.mirror)}")
        theirs = self.movement(40.0, f"VIR {self.reference_of(other)}")
        self.company.sudo().fiscalyear_lock_date = LOCK
        return mine, theirs

    def search_again(self):
        with self.enter_registry_test_mode():
            self.env.ref("recouv_lib.ir_cron_bank_search").method_direct_trigger()

    def test_a_locked_practice_holds_up_its_own_money_only(self):
        mine, theirs = self.two_movements()
        (mine | theirs)._recouv_propose()
        receipt = self.receipts_of(mine | theirs)
        self.assertEqual(
            (receipt.statement_line_id, receipt.state), (theirs, "cleared")
        )
        match = mine.recouv_match_ids.with_user(self.agent)
        self.assertEqual((match.state, match.is_waiting), ("nothing", True))
        self.assertIn(f"books of {self.company.name}", match.reason)
        self.assertEqual(self.books(), (0, -40.0))
        self.assertEntriesBalanced()

    def test_what_was_refused_is_recorded_once_the_books_are_open(self):
        mine, theirs = self.two_movements()
        (mine | theirs)._recouv_propose()
        first = self.receipts_of(theirs).name
        self.company.sudo().fiscalyear_lock_date = False
        self.search_again()
        receipt = self.receipts_of(mine)
        self.assertEqual((receipt.state, receipt.amount), ("cleared", 200.0))
        # what was refused has cost no number
        numbers = [int(name.split("/")[-1]) for name in (first, receipt.name)]
        self.assertEqual(numbers[1], numbers[0] + 1)
        self.assertFalse(mine.recouv_match_ids)
        self.assertEqual(self.books(), (200.0, -240.0))

    def test_what_is_refused_alone_says_why(self):
        self.agency_run()
        self.company.sudo().fiscalyear_lock_date = LOCK
        movement = self.movement(200.0, f"VIR {self.reference_of(self.mirror)}")
        movement._recouv_propose()
        self.assertFalse(self.receipts_of(movement))
        self.assertIn("locked", movement.recouv_match_ids.reason)

    def test_a_batch_that_is_refused_stops_no_other(self):
        first, second = self.movement(11.0, "A"), self.movement(12.0, "B")
        (first | second)._recouv_propose()
        Line = type(self.env["account.bank.statement.line"])
        seen, propose = [], Line._recouv_propose

        refusal = UserError("locked")

        def once_refused(lines, automatic=True):
            seen.append(lines.ids)
            if len(seen) == 1:
                raise refusal
            return propose(lines, automatic)

        with (
            patch.object(Line, "_recouv_propose", once_refused),
            patch.object(recouv_bank_match, "SEARCH_BATCH", 1),
            mute_logger("odoo.addons.recouv_lib.models.account_bank_statement_line"),
        ):
            self.search_again()
        self.assertEqual(len(seen), 2)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReceiptWithoutRate(FundsCommon):
    """Where the legal rate is not known a person is told, and nothing crashes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agency_run()
        cls.company.sudo().recouv_interest = True
        cls.claim.sudo().formal_notice_date = PRESENTED
        parameters = type(cls.env["recouv.legal.parameter"])
        cls.enterClassContext(
            patch.object(parameters, "_get_rates", lambda *_args, **_kwargs: [])
        )

    def test_an_agent_is_told_which_rate_is_missing(self):
        with self.assertRaisesRegex(UserError, "rate of 2026-S1 is not known"):
            self.receipt(50.0)

    def test_a_movement_waits_for_a_person(self):
        notice = self.env["recouv.notice"].sudo().search(
            [("line_ids.claim_id", "=", self.mirror.id)]
        )  # fmt: skip
        movement = self.movement(50.0, f"VIR {notice.payment_reference}")
        movement._recouv_propose()
        match = movement.recouv_match_ids
        self.assertEqual((match.state, match.is_waiting), ("nothing", True))
        self.assertIn("2026-S1", match.reason)
        self.assertEqual(self.books(), (0, 0))

    def test_nothing_is_handed_over_without_its_rate(self):
        invoice = self.make_invoice(due=date(2026, 1, 5), amount=60.0)
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        claim = self.claims_of(invoice)
        claim.sudo().formal_notice_date = PRESENTED
        with self.assertRaisesRegex(UserError, "rate of 2026-S1 is not known"):
            self.place(claim)
