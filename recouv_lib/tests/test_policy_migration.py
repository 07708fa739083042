from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .common import TODAY, RecouvCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPolicyMigration(RecouvCommon):
    """A claim changes policy by an explicit act; its history counts by rank."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.short = cls.make_policy(
            name="Short",
            steps=[
                {"channel": "letter", "delay_days": 5},
                {
                    "channel": "registered_letter",
                    "delay_days": 5,
                    "anchor": "previous_step",
                    "deadline_days": 15,
                    "is_formal_notice": True,
                    "on_exhausted": "hold",
                },
                {"channel": "handover", "anchor": "previous_step"},
            ],
        )
        cls.move = cls.make_invoice(due=date(2026, 5, 1))
        cls.env["recouv.engine"]._create_claims(cls.company, TODAY)
        cls.claim = cls.claims_of(cls.move)

    def climb(self, *days):
        for day in map(date.fromisoformat, days):
            with freeze_time(day):
                self.prove(self.propose(day=day), day)

    def migrate(self, policy, claims=None):
        claims = claims or self.claim
        action = claims.action_migrate_policy()
        form = Form(self.env[action["res_model"]].with_context(**action["context"]))
        form.policy_id = policy
        wizard = form.save()
        wizard.action_apply()
        return wizard

    def test_an_untouched_claim_starts_the_new_policy(self):
        self.migrate(self.short)
        self.assertEqual(self.claim.next_step_id, self.short._first_step())
        self.assertEqual(self.claim.next_date, date(2026, 5, 6))

    def test_one_letter_sent_is_one_rung_climbed(self):
        self.climb("2026-05-11")
        self.migrate(self.short)
        self.assertEqual(self.claim.step_id, self.short._first_step())
        self.assertEqual(self.claim.next_step_id, self.short.step_ids.sorted()[1])

    def test_two_letters_never_stand_for_a_mise_en_demeure(self):
        self.climb("2026-05-11", "2026-05-25")
        self.migrate(self.short)
        self.assertTrue(self.claim.next_step_id.is_formal_notice)

    def test_a_mise_en_demeure_sent_counts_as_one(self):
        self.climb("2026-05-11", "2026-05-25", "2026-06-10")
        self.migrate(self.short)
        self.assertTrue(self.claim.step_id.is_formal_notice)
        self.assertEqual(self.claim.next_step_id.channel, "handover")
        self.assertEqual(self.claim.next_date, date(2026, 6, 26))

    def test_the_history_stays_as_it_was_sent(self):
        self.climb("2026-05-11")
        sent = self.claim.notice_ids.step_id
        self.migrate(self.short)
        self.assertEqual(self.claim.notice_ids.step_id, sent)
        self.assertEqual(sent.policy_id, self.policy)

    def test_going_back_and_forth_changes_nothing(self):
        self.climb("2026-05-11")
        before = (self.claim.step_id, self.claim.next_step_id, self.claim.next_date)
        self.migrate(self.short)
        self.migrate(self.policy)
        after = (self.claim.step_id, self.claim.next_step_id, self.claim.next_date)
        self.assertEqual(before, after)

    def test_the_preview_tells_what_comes_next_and_writes_nothing(self):
        self.climb("2026-05-11")
        form = Form(
            self.env["recouv.policy.migration"].with_context(
                default_claim_ids=self.claim.ids
            )
        )
        form.policy_id = self.short
        line = form.save().line_ids
        self.assertEqual(line.next_step_id, self.short.step_ids.sorted()[1])
        self.assertEqual(self.claim.policy_id, self.policy)

    def test_a_policy_changed_without_migration_leaves_claims_alone(self):
        self.company.recouv_policy_id = self.short
        self.propose()
        self.assertEqual(self.claim.policy_id, self.policy)

    def test_a_notice_proposed_under_the_old_policy_does_not_leave(self):
        run = self.propose()
        self.migrate(self.short)
        run.notice_ids.action_approve()
        self.assertFalse(run.notice_ids._recheck())

    def test_a_policy_without_steps_is_refused(self):
        empty = self.env["recouv.policy"].create({"name": "Empty"})
        with self.assertRaisesRegex(UserError, "no step"):
            self.migrate(empty)

    def test_a_secretary_does_not_move_claims(self):
        with self.assertRaises(AccessError):
            self.env["recouv.policy.migration"].with_user(self.secretary).create(
                {"policy_id": self.short.id}
            )

    # --- undo -----------------------------------------------------------------------

    def change(self):
        return self.env["recouv.policy.change"].search([("undone_on", "=", False)])

    def test_a_change_by_mistake_is_undone_as_a_whole(self):
        self.climb("2026-05-11")
        other = self.make_invoice(due=date(2026, 5, 1))
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        claims = self.claim | self.claims_of(other)
        before = [(c.policy_id, c.step_id, c.next_step_id, c.next_date) for c in claims]
        self.migrate(self.short, claims)
        change = self.change()
        self.assertEqual(change.claim_count, 2)
        change.undo("wrong policy")
        after = [(c.policy_id, c.step_id, c.next_step_id, c.next_date) for c in claims]
        self.assertEqual(before, after)
        self.assertEqual(change.undo_reason, "wrong policy")
        with self.assertRaisesRegex(UserError, "undone already"):
            change.undo("again")

    def test_what_was_proposed_meanwhile_does_not_leave(self):
        self.migrate(self.short)
        run = self.propose()
        self.change().undo("wrong policy")
        run.notice_ids.action_approve()
        self.assertFalse(run.notice_ids._recheck())

    def test_it_is_not_undone_once_something_has_left(self):
        self.migrate(self.short)
        with freeze_time("2026-06-16"):
            self.prove(self.propose(day=date(2026, 6, 16)), date(2026, 6, 16))
            notice = self.claim.notice_ids[:1]
            notice._record({"date_sent": "2026-06-16 09:00:00"})
            with self.assertRaisesRegex(UserError, "has left since"):
                self.change().undo("late")

    def test_moved_again_the_last_change_is_undone_first(self):
        self.migrate(self.short)
        first = self.change()
        self.migrate(self.policy)
        last = self.change() - first
        with self.assertRaisesRegex(UserError, "moved again since"):
            first.undo("wrong")
        last.undo("wrong")
        first.undo("wrong")
        self.assertEqual(self.claim.policy_id, self.policy)

    def test_a_secretary_reads_changes_and_undoes_none(self):
        self.migrate(self.short)
        change = self.change().with_user(self.secretary)
        self.assertEqual(change.line_ids.previous_policy_id, self.policy)
        with self.assertRaises(AccessError):
            change.undo("mine")
        with self.assertRaises(AccessError):
            change.write({"user_id": self.secretary.id})
