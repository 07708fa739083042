"""Two real connections: the same placement sent by two users at once."""

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .connections_common import ConnectionsCase


@tagged("post_install", "-at_install")
class TestPlacementConnections(ConnectionsCase):
    @classmethod
    def build(cls, env):
        euro = env.ref("base.EUR")
        practice = cls.make_company(env, "Two-handed practice")
        agency = cls.make_company(env, "Two-handed agency")
        (practice | agency).currency_id = euro
        cls.practice_id, cls.agency_id = practice.id, agency.id
        cls.go_live(practice)
        cls.mandate_id = cls.make_mandate(env, practice.id, agency.id).id
        cls.make_invoice(env, practice.id, days=40)
        env["recouv.engine"]._create_claims(practice, fields.Date.today())

    @classmethod
    def put_aside(cls, env):
        env["recouv.mandate"].browse(cls.mandate_id)._recall_all("test over")

    def practice(self):
        """A connection of somebody of the practice."""
        return self.connection(company=self.practice_id)

    def elsewhere(self, work):
        """The same person in another window."""
        return self.in_thread(work, self.practice_id)

    def new_placement(self):
        with self.practice() as env:
            env["recouv.mandate"].browse(self.mandate_id)._recall_all("again")
            claim = env["recouv.claim"].search([("company_id", "=", self.practice_id)])
            return (
                env["recouv.placement"]
                .create(
                    {
                        "mandate_id": self.mandate_id,
                        "company_id": self.practice_id,
                        "line_ids": [Command.create({"claim_id": claim.id})],
                    }
                )
                .id
            )

    def send(self, env, placement_id):
        return env["recouv.placement"].browse(placement_id).action_send()

    def mirrors(self):
        with self.connection() as env:
            return env["recouv.claim"].search_count(
                [("company_id", "=", self.agency_id), ("closed_on", "=", False)]
            )

    def test_two_users_who_send_at_once_send_once(self):
        placement_id = self.new_placement()
        with self.practice() as env:
            self.send(env, placement_id)
            other = self.elsewhere(lambda other: self.send(other, placement_id))
        self.assertIsInstance(other, UserError)
        self.assertIn("at this moment", str(other))
        self.assertEqual(self.mirrors(), 1)

    def test_who_comes_after_reads_that_it_was_sent(self):
        placement_id = self.new_placement()
        with self.practice() as env:
            self.send(env, placement_id)
        other = self.elsewhere(lambda other: self.send(other, placement_id))
        self.assertIsInstance(other, UserError)
        self.assertIn("was sent already", str(other))
        self.assertEqual(self.mirrors(), 1)

    # --- the answer -----------------------------------------------------------------

    def sent(self):
        """Send a placement; return the id of its mirror."""
        placement_id = self.new_placement()
        with self.practice() as env:
            self.send(env, placement_id)
            lines = env["recouv.placement"].browse(placement_id).line_ids
            return lines.sudo().agency_claim_id.id

    def agency(self):
        return self.connection(company=self.agency_id)

    def state_of(self, mirror_id):
        with self.connection() as env:
            lines = env["recouv.placement.line"].search(
                [("agency_claim_id", "=", mirror_id)]
            )
            return lines.state

    def test_one_agent_accepts_while_another_refuses(self):
        mirror_id = self.sent()

        def refuse(env):
            mirror = env["recouv.claim"].browse(mirror_id)
            return mirror.action_refuse_placement("no address")

        with self.agency() as env:
            env["recouv.claim"].browse(mirror_id).action_accept_placement()
            meanwhile = self.in_thread(refuse, self.agency_id)
        self.assertIn("at this moment", str(meanwhile))
        afterwards = self.in_thread(refuse, self.agency_id)
        self.assertIn("does not wait for an answer", str(afterwards))
        self.assertEqual(self.state_of(mirror_id), "accepted")

    def test_the_practice_recalls_while_the_agency_accepts(self):
        mirror_id = self.sent()

        def accept(env):
            return env["recouv.claim"].browse(mirror_id).action_accept_placement()

        with self.practice() as env:
            claims = env["recouv.claim"].search([("company_id", "=", self.practice_id)])
            claims._recall("paid")
            meanwhile = self.in_thread(accept, self.agency_id)
        self.assertIn("at this moment", str(meanwhile))
        afterwards = self.in_thread(accept, self.agency_id)
        self.assertIn("does not wait for an answer", str(afterwards))
        self.assertEqual(self.state_of(mirror_id), "recalled")
        self.assertEqual(self.mirrors(), 0)

    def test_the_same_claim_in_two_placements_leaves_once(self):
        first = self.new_placement()
        second = self.new_placement()
        with self.practice() as env:
            self.send(env, first)
            other = self.elsewhere(lambda other: self.send(other, second))
        self.assertIsInstance(other, UserError)
        self.assertEqual(self.mirrors(), 1)
