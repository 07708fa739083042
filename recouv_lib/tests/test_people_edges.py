from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .channel_common import ChannelCommon, for_real
from .common import TODAY
from .test_plan import AUGUST, JULY, PlanCommon

DEATH = date(2026, 6, 20)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPeopleEdges(PlanCommon):
    """Who dies, marries, is archived or merged while something is agreed."""

    def test_nothing_is_agreed_with_a_dead_person_and_why_is_said(self):
        self.patient.recouv_deceased_on = DEATH
        with self.assertRaisesRegex(UserError, r"Camille Martin is deceased.*estate"):
            self.agree()

    def test_a_settlement_is_not_approved_after_a_death(self):
        plan = self.agree("settlement", [(JULY, 70)])
        self.patient.recouv_deceased_on = DEATH
        with self.assertRaisesRegex(UserError, "deceased"):
            plan.with_user(self.manager).action_approve()
        self.assertEqual(plan.state, "proposed")

    def test_nor_once_a_file_of_over_indebtedness_is_admissible(self):
        plan = self.agree("settlement", [(JULY, 70)])
        self.env["recouv.hold"].create(
            {
                "company_id": self.company.id,
                "partner_id": self.patient.id,
                "reason": "over_indebted",
                "filed_on": date(2026, 5, 1),
                "admissible_on": date(2026, 6, 1),
            }
        )
        with self.assertRaisesRegex(UserError, "L722-5"):
            plan.with_user(self.manager).action_approve()

    def test_a_plan_of_who_dies_breaks_without_a_word_to_him(self):
        """Its suspension ends, that of the death does not."""
        plan = self.agree()
        self.patient.with_user(self.secretary).recouv_deceased_on = DEATH
        self.assertEqual(self.standing(plan, "2026-08-20"), "broken")
        with freeze_time("2026-08-20"):
            self.look()
            self.assertEqual(self.claim.suspension, "hold")
            run = self.propose(date(2026, 8, 20))
        self.assertFalse(run.notice_ids)

    def test_two_plans_of_two_who_are_one_both_go_on(self):
        """Odoo merges the two contacts: each agreement keeps its own claims."""
        twin = self.make_patient("Camille MARTIN")
        other = self.make_invoice(twin)
        self.env["recouv.engine"]._create_claims(self.company, TODAY)
        theirs = self.agree(claims=self.claims_of(other))
        mine = self.agree("promise", [(AUGUST, None)])
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        merge._merge((self.patient | twin).ids, self.patient)
        self.look()
        self.assertEqual((mine | theirs).mapped("standing"), ["running"] * 2)
        self.assertEqual((mine | theirs).partner_id, self.patient)
        self.assertEqual(theirs.claim_ids.move_id, other)
        self.pay(other, 30)
        self.look()
        self.assertEqual((mine.amount_paid, theirs.amount_paid), (0, 30))
        with self.assertRaisesRegex(UserError, "agreed already"):
            (mine.claim_ids | theirs.claim_ids).with_user(self.secretary)._agree(
                "plan", [(JULY, 50), (AUGUST, 120)], source="call"
            )

    def test_one_company_switched_off_is_out_of_reach(self):
        """A secretary of two practices acts on the one she looks at."""
        other = self.setup_other_company(name="Other practice")["company"]
        self.secretary.company_ids |= other
        plan = self.agree()
        hold = plan.hold_ids
        reply = self.env["recouv.inbound"].create(
            {"channel": "phone", "partner_id": self.patient.id, "text": "Hello"}
        )
        elsewhere = {"allowed_company_ids": other.ids}
        for record, act in (
            (plan, "action_cancel"),
            (plan, "action_seen"),
            (hold, "action_lift"),
            (reply, "action_handle"),
            (reply, "action_detach"),
            (reply, "action_promise"),
            (self.claim, "action_agree"),
        ):
            mine = record.with_user(self.secretary).with_context(**elsewhere)
            self.env.invalidate_all()
            with self.subTest(act=act), self.assertRaises(AccessError):
                getattr(mine, act)()
        self.env.invalidate_all()
        self.assertEqual((plan.state, reply.state), ("agreed", "to_handle"))
        self.env["recouv.inbound"].with_user(self.secretary).browse(
            reply.id
        ).action_handle()
        self.assertEqual(reply.state, "handled")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestCourtesyEdges(ChannelCommon):
    def test_an_archived_contact_gets_no_kind_word_either(self):
        self.company.recouv_courtesy_due_days = 3
        self.make_invoice(due=date(2026, 6, 17))
        self.patient.active = False
        with for_real():
            sent = self.env["recouv.courtesy"].sudo()._send_of(self.company)
        self.assertFalse(sent)

    def test_a_new_name_between_the_letter_and_the_reply(self):
        """She married: the reference of the letter still finds her, so does her new
        name, and what was sent keeps the old one."""
        move = self.make_invoice()
        notice = self.relance(f"{TODAY} 09:00:00")
        self.patient.name = "Camille Durand"
        for query in (notice.payment_reference, "Durand"):
            with self.subTest(query=query):
                find = self.env["recouv.find"].with_user(self.secretary)
                found = find.create({"query": query})
                found.action_search()
                self.assertEqual(found.claim_ids, self.claims_of(move))

    def test_a_second_company_of_the_same_person_keeps_its_own(self):
        other = self.setup_other_company(name="Other practice")["company"]
        self.secretary.company_ids = [Command.link(other.id)]
        move = self.make_invoice()
        self.propose()
        claims = self.claims_of(move).with_user(self.secretary)
        claims = claims.with_context(allowed_company_ids=other.ids)
        with self.assertRaises(AccessError):
            claims._hold("hospitalised")
