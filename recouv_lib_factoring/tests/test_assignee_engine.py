from datetime import timedelta

from odoo.tests import freeze_time, tagged

from odoo.addons.recouv_lib.tests.common import TODAY

from .bought_common import LATER, BoughtCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAssigneeEngine(BoughtCommon):
    """What was bought is relanced by its buyer, and by nobody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls.old_invoice()
        cls.propose()
        cls.own_claim = cls.claims_of(cls.invoice)
        cls.line = cls.sold(cls.invoice)
        cls.claim = cls.line.purchase_id.claim_id

    def code(self, claim, user=None):
        return claim.with_user(user or self.agent)._explain()[0]["code"]

    # --- whose claim it is ------------------------------------------------------------

    def test_the_buyer_s_claim_stands_on_its_own_item(self):
        self.assertEqual(self.claim.capacity, "assignee")
        self.assertEqual(self.claim.company_id, self.agency)
        self.assertEqual(self.claim.holder, "buyer")
        self.assertEqual(self.claim.move_line_id, self.line.purchase_id.item_id)
        self.assertEqual(self.claim.amount_residual_currency, 120)

    def test_its_schedule_starts_with_the_notification_on_the_day_it_was_bought(self):
        first = self.claim.policy_id.step_ids.sorted()[0]
        self.assertEqual(self.claim.next_step_id, first)
        self.assertEqual(self.claim.next_date, TODAY)
        self.claim._refresh_ladder()
        self.assertEqual(self.claim.next_date, TODAY)

    def test_a_buyer_without_a_schedule_receives_the_ready_one(self):
        policy = self.claim.policy_id
        self.assertEqual(policy.company_id, self.agency)
        self.assertEqual(
            policy.step_ids.sorted().mapped("channel"),
            ["registered_letter", "sms", "call", "letter", "registered_letter",
             "handover"],
        )  # fmt: skip
        for step in policy.step_ids:
            if "letter" in step.channel:
                self.assertTrue(step.letter_template_id)

    def test_the_buyer_writes_in_that_capacity_once_it_has_bought(self):
        self.assertIn("assignee", self.agency._recouv_capacities())
        self.assertNotIn("assignee", self.company._recouv_capacities())

    def test_the_practice_s_run_leaves_it_alone(self):
        run = self.propose(TODAY + timedelta(days=3))
        self.assertFalse(run.notice_ids)
        self.assertEqual(self.own_claim.holder, "buyer")
        self.assertEqual(self.own_claim.settlement, "transferred")

    def test_what_the_practice_had_ready_does_not_leave(self):
        invoice = self.old_invoice(80.0)
        notice = self.propose(TODAY + timedelta(days=1)).notice_ids
        self.assertEqual(notice.state, "proposed")
        self.sold(invoice)
        self.assertEqual(notice.state, "cancelled")

    def test_no_creditor_claim_is_ever_opened_on_a_bought_item(self):
        item = self.line.purchase_id.item_id
        self.agency.sudo().recouv_journal_ids = item.sudo().journal_id
        self.claim.closed_on = TODAY
        self.env["recouv.engine"].sudo()._create_claims(self.agency.sudo(), TODAY)
        claims = self.env["recouv.claim"].sudo()
        self.assertEqual(claims.search([("move_line_id", "=", item.id)]), self.claim)

    def test_one_entry_of_many_items_moves_no_claim(self):
        lines = self.sold(self.old_invoice(30.0) | self.old_invoice(40.0))
        claims = lines.purchase_id.claim_id
        items = {claim: claim.move_line_id for claim in claims}
        self.env["recouv.engine"]._realign_claims(self.agency)
        claims._realign()
        self.assertEqual({claim: claim.move_line_id for claim in claims}, items)
        self.assertFalse(claims.filtered("closed_on"))

    # --- what leaves ------------------------------------------------------------------

    def test_no_rule_of_the_mandatary_stops_a_buyer(self):
        self.profile.active = False
        self.assertEqual(self.code(self.claim), "next")

    def test_what_was_given_back_is_not_asked_for(self):
        self.line.purchase_id._record({"state": "given_back"})
        self.assertEqual(self.code(self.claim), "not_bought")

    def test_a_notification_is_a_letter_of_its_own(self):
        self.notified()
        day = TODAY + LATER
        with freeze_time(day):
            other = self.sold(self.old_invoice(30.0)).purchase_id.claim_id
            other.partner_id = self.claim.partner_id
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE account_move_line SET partner_id = %s WHERE id = %s",
                [self.claim.partner_id.id, other.move_line_id.id],
            )
            self.env.invalidate_all()
            notices = self.buyer_run(day, execute=False).notice_ids
        sms = notices.filtered(lambda notice: notice.channel == "sms")
        self.assertEqual(sms.line_ids.claim_id, self.claim)

    def test_the_cron_runs_the_buyer_too(self):
        self.env["recouv.run"].sudo()._run_company(self.agency, "assignee")
        notice = self.claim.notice_line_ids.notice_id
        self.assertEqual(notice.capacity, "assignee")
        self.assertEqual(notice.run_id.company_id, self.agency)

    def test_a_paid_claim_is_not_asked_for(self):
        self.receive(self.line)
        self.claim.invalidate_recordset()
        self.assertEqual(self.claim.settlement, "paid")
        self.assertFalse(self.buyer_run(execute=False).notice_ids)

    # --- money ------------------------------------------------------------------------

    def test_collect_opens_on_the_debtor_and_lays_the_sum_on_his_items(self):
        action = self.claim.with_user(self.agent).action_collect()
        self.assertEqual(action["res_model"], "recouv.collect")
        context = action["context"]
        self.assertEqual(context["default_partner_id"], self.claim.partner_id.id)
        wizard = (
            self.env["recouv.collect"]
            .with_user(self.agent)
            .with_context(**context)
            .create({"amount": 50.0, "method": "transfer"})
        )
        self.assertEqual(wizard.company_id, self.agency)

    def test_the_bank_finds_it_by_the_reference_of_the_letter(self):
        notice = self.notified()
        journal = self.books["account.journal"].search(
            [("company_id", "=", self.agency.id), ("type", "=", "bank")], limit=1
        )
        movements = self.books["account.bank.statement.line"]
        movement = movements.with_company(self.agency).create(
            {
                "journal_id": journal.id,
                "payment_ref": notice.payment_reference,
                "amount": 120.0,
                "date": TODAY,
            }
        )
        found = self.env["recouv.bank.matcher"].sudo()._propose(movement)[movement.id]
        self.assertEqual(
            found[0]["line_ids"][0][2]["move_line_id"], self.claim.move_line_id.id
        )

    def test_bought_claims_are_aged_at_the_buyer_only(self):
        aging = self.env["recouv.report.aging"]
        self.env.flush_all()
        at_buyer = aging.with_user(self.agent).search([])
        self.assertEqual(at_buyer.claim_id, self.claim.with_user(self.agent))
        at_practice = aging.with_user(self.secretary).search([])
        self.assertNotIn(self.own_claim, at_practice.claim_id.sudo(False))

    # --- collection -------------------------------------------------------------------

    def in_collection(self):
        """The reminders are over, by a person's decision."""
        handover = self.claim.policy_id.step_ids.sorted()[-1]
        notice = (
            self.env["recouv.notice"]
            .sudo()
            .create(
                {
                    "company_id": self.agency.id,
                    "partner_id": self.claim.partner_id.id,
                    "lead_claim_id": self.claim.id,
                    "capacity": "assignee",
                    "step_id": handover.id,
                    "channel": "handover",
                    "state": "printed",
                    "currency_id": self.claim.currency_id.id,
                    "amount": 120.0,
                    "line_ids": [
                        (0, 0, {
                            "company_id": self.agency.id,
                            "claim_id": self.claim.id,
                            "kind": "claim",
                            "amount": 120.0,
                            "currency_id": self.claim.currency_id.id,
                        })
                    ],
                }
            )
        )  # fmt: skip
        notice.with_user(self.agent).action_decide_handover()
        return notice

    def test_after_the_reminders_it_passes_to_the_buyer_s_own_collection(self):
        self.in_collection()
        self.assertEqual(self.claim.collection_on, TODAY)
        self.assertEqual(self.claim.holder, "buyer")
        line = self.fresh(self.line)
        self.assertEqual(line.standing, "collection")

    def test_the_agent_s_day_shows_what_has_no_next_action(self):
        self.in_collection()
        day = self.env["recouv.day"].with_user(self.agent).read_day()
        counts = {s["code"]: s["count"] for s in day["sections"]}
        self.assertEqual(counts["bought_in_collection"], 1)

    def test_the_buyer_may_go_to_court_for_itself(self):
        litigation = self.claim.with_user(self.agency_manager)
        self.claim.formal_notice_date = TODAY - timedelta(days=30)
        action = litigation.action_take_to_court()
        file = self.env["recouv.litigation"].sudo().browse(action.get("res_id"))
        self.assertEqual(file.capacity, "assignee")
        obstacles = self.claim._court_obstacles(file)
        self.assertFalse([text for text in obstacles if "held by" in text], obstacles)
        self.assertEqual(self.claim._creditor_partner(), self.agency.partner_id)
