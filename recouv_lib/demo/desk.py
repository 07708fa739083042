"""What the people of one practice do in a day; each act goes through the product's
own buttons and dialogs, with the rights of the secretary or of the manager."""

import random

from odoo import Command, fields

from .bank_file import Receipt, camt_file
from .patients import CAST
from .practices import MANAGERS, SECRETARIES, company_of, user_of

# how calls end, and how often
CALLS = {
    "reached": 30,
    "voicemail": 20,
    "unreachable": 14,
    "promise": 18,
    "plan": 8,
    "refuses": 5,
    "dispute": 3,
    "wrong_number": 2,
}
# how registered letters end, and how often; those with a part end as it says
OUTCOMES = {"distributed": 62, "unclaimed": 24, "refused": 6, "wrong_address": 8}
# the chance that a debtor pays after hearing, by channel
PAYS = {
    "sms": 0.25,
    "email": 0.25,
    "call": 0.25,
    "letter": 0.22,
    "registered_letter": 0.2,
    "handover": 0.0,
}


class Desk:
    """A practice: its secretary's and its manager's sessions, what is on the table."""

    def __init__(self, env, practice):
        self.practice, self.company = practice, company_of(env, practice)
        self.secretary = self._session(env, SECRETARIES[practice.key])
        self.manager = self._session(env, MANAGERS[practice.key])
        self.draw = random.Random(f"desk {practice.key}")
        self.parts = {
            env.ref(f"recouv_demo.partner_{key}").id: key
            for key, (owner, _name, _values) in CAST.items()
            if owner == practice.key
        }
        self.balance = 18250.0
        self.registered = 0
        self.answered = set()

    def _session(self, env, login):
        context = {
            "allowed_company_ids": self.company.ids,
            "lang": "fr_FR",
            "tz": "Europe/Paris",
        }
        return env(user=user_of(env, login).id, su=False, context=context)

    def part_of(self, notice):
        """Return the part in the story of a notice's debtor, None for most."""
        return self.parts.get(notice.partner_id.id)

    def notices(self, *domain):
        return self.secretary["recouv.notice"].search(
            [("company_id", "=", self.company.id), *domain], order="id"
        )

    # --- starting -------------------------------------------------------------------

    def go_live(self, today):
        """The manager decides start date, journals and policy."""
        wizard = self.manager["recouv.go.live"].create(
            {
                "company_id": self.company.id,
                "live_on": today,
                "policy_id": self.company._recouv_schedule("action_plan").id,
            }
        )
        wizard.action_apply()

    def waiting_review(self):
        return self.secretary["recouv.claim"].search(
            [("company_id", "=", self.company.id), ("in_review", "=", True)], order="id"
        )

    def review(self, claims, choice, rank=0, reached_on=False):
        """Decide on claims in review; ``rank``: which letter of the schedule was
        sent."""
        for policy, mine in claims.grouped("policy_id").items():
            letters = policy.step_ids.filtered(lambda step: step.channel == "letter")
            self.secretary["recouv.review.wizard"].create(
                {
                    "claim_ids": [Command.set(mine.ids)],
                    "choice": choice,
                    "policy_id": policy.id,
                    "step_id": letters[rank : rank + 1].id,
                    "reached_on": reached_on,
                }
            ).action_apply()

    # --- a run ----------------------------------------------------------------------

    def propose(self):
        """The secretary has today's run proposed."""
        runs = self.secretary["recouv.run"]
        run = runs.create({"company_id": self.company.id})
        run.action_propose()
        return run

    def execute(self):
        """Today's run, approved as proposed."""
        run = self.propose()
        if run.notice_ids:
            run.action_execute()
        return run

    # --- calls ----------------------------------------------------------------------

    def make_calls(self, today):
        calls = self.notices(("channel", "=", "call"), ("state", "=", "printed"))
        for call in calls._refresh_calls():
            self._make_call(call, today)

    def _make_call(self, call, today):
        outcome = self._call_outcome(call)
        days = 24 if self.part_of(call) == "promise" else self.draw.randint(5, 12)
        promised = fields.Date.add(today, days=days)
        causes = self.secretary["recouv.cause"].search([])
        spoken = outcome in ("reached", "promise", "plan")
        self.secretary["recouv.call.outcome"].with_context(call_outcome=outcome).create(
            {
                "notice_id": call.id,
                "promise_date": promised if outcome == "promise" else False,
                "cause_id": self.draw.choice(causes.ids)
                if spoken and causes
                else False,
            }
        ).action_record()

    def _call_outcome(self, call):
        if self.part_of(call):
            return "promise" if self.part_of(call) == "promise" else "voicemail"
        return self.draw.choices([*CALLS], weights=[*CALLS.values()])[0]

    # --- letters --------------------------------------------------------------------

    def post_letters(self, today):
        """Put the printed letters in piles, print these and take them to the post."""
        ready = self.notices(
            ("channel", "in", ("letter", "registered_letter")),
            ("state", "=", "printed"),
        )
        ready -= ready._withdraw_settled()
        if not ready:
            return
        self._number(ready)
        ready.action_prepare_posting()
        for pile in ready.posting_id:
            pile.action_print()
            pile.action_print_slip()
            pile._mark_posted(today)

    def _number(self, letters):
        for letter in letters.filtered(lambda n: n.channel == "registered_letter"):
            self.registered += 1
            letter.tracking_ref = f"1A{self.company.id:03}{self.registered:08}"

    def hear_of_registered(self, today):
        """What the post office says of letters deposited three, then eight days ago."""
        for age, tell in ((3, self._presented), (8, self._ended)):
            day = fields.Date.subtract(today, days=age)
            for letter in self.notices(
                ("channel", "=", "registered_letter"),
                ("state", "=", "sent"),
                ("delivery_outcome", "=", False),
                ("is_manual_entry", "=", False),
                ("proven_on", "<=", day),
            ):
                tell(letter, today)

    def _presented(self, letter, today):
        if not letter.date_presented:
            self._tell(letter, "presented", today)

    def _ended(self, letter, today):
        part = self.part_of(letter)
        drawn = self.draw.choices([*OUTCOMES], weights=[*OUTCOMES.values()])[0]
        if part != "presented":
            self._tell(letter, part if part in OUTCOMES else drawn, today)

    def _tell(self, letter, event, today):
        self.secretary["recouv.registered.outcome"].create(
            {"notice_ids": [Command.set(letter.ids)], "event": event, "date": today}
        ).action_apply()

    # --- suspensions ----------------------------------------------------------------

    def suspend(self, key, reason, **values):
        """Suspend a person, or for a dispute what she owes now."""
        partner = self.secretary.ref(f"recouv_demo.partner_{key}")
        claims = self.secretary["recouv.claim"].search(
            [("partner_id", "=", partner.id), ("settlement", "=", "open")]
        )
        whole = reason != "dispute"
        self.secretary["recouv.hold.wizard"].create(
            {
                "company_id": self.company.id,
                "claim_ids": [Command.set([] if whole else claims.ids)],
                "partner_ids": [Command.set(partner.ids if whole else [])],
                "reason": reason,
                **values,
            }
        ).action_apply()

    # --- the bank -------------------------------------------------------------------

    def bank(self, today, apply=True):
        """Import the bank's file of the week; apply what is proposed with
        confidence."""
        receipts = self._receipts(today)
        if not receipts:
            return None
        data = camt_file(self.practice.iban, today, self.balance, receipts)
        self.balance += sum(receipt.amount for receipt in receipts)
        imported = self.secretary["recouv.bank.import"]._import_file(
            data, f"releve-{self.practice.key}-{today}.xml"
        )
        if apply:
            self.secretary["recouv.bank.match"].search(
                [
                    ("import_id", "=", imported.id),
                    ("state", "=", "proposed"),
                    ("rank", "=", 1),
                    ("score", ">=", 60),
                ]
            ).action_apply()
        return imported

    def _receipts(self, today):
        """What debtors transfer after hearing: with the reference, or in their
        words."""
        heard = self.notices(
            ("state", "in", ("sent", "delivered")),
            ("is_manual_entry", "=", False),
            ("proven_on", "<=", fields.Date.subtract(today, days=3)),
        )
        receipts = []
        for notice in heard.filtered(lambda n: n.id not in self.answered):
            self.answered.add(notice.id)
            receipt = self._receipt(notice)
            if receipt:
                receipts.append(receipt)
        return receipts

    def _receipt(self, notice):
        open_lines = notice.line_ids.filtered(
            lambda line: line.kind == "claim" and line.claim_id.settlement == "open"
        )
        if (
            self.part_of(notice)
            # what companies owe is insured: that is another story
            or notice.partner_id.is_company
            # who pays by instalments does it at the desk, or not at all
            or "plan" in open_lines.claim_id.plan_ids.mapped("kind")
            or not open_lines
            or notice.currency_id != self.company.currency_id
            or self.draw.random() > PAYS[notice.channel]
        ):
            return None
        partial = self.draw.random() < 0.12 and notice.amount > 60
        amount = round(notice.amount / 2, 2) if partial else notice.amount
        if notice.channel in ("letter", "registered_letter", "email"):
            return Receipt(amount, notice.partner_id.name, notice.payment_reference)
        typed = self._typed(open_lines)
        return Receipt(amount, notice.partner_id.name.upper(), text=typed)

    def _typed(self, lines):
        """What people type when they have only a text message before them."""
        numbers = " ".join(line.label for line in lines[:4])
        return self.draw.choice((f"Facture {numbers}", numbers, "reglement seances"))

    # --- the manager ----------------------------------------------------------------

    def decide_handovers(self, before):
        """The manager decides the hand-overs that wait since ``before``.

        Where no mandate is in force there is nobody to hand them over to.
        """
        if not self.manager["recouv.mandate"]._placeable(self.company):
            return
        self.manager["recouv.notice"].search(
            [
                ("company_id", "=", self.company.id),
                ("channel", "=", "handover"),
                ("state", "=", "printed"),
                ("date_proposed", "<=", before),
            ]
        ).action_decide_handover()
