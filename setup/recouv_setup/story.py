"""What the demonstration shows when it is over: the states that it must have in place.

One item a line of :data:`ITEMS`, one domain an item. ``setup/run`` looks for them when
it has made the demonstration, and says how many it found of each and which are missing.
"""

import textwrap
from collections import defaultdict
from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """One state that the demonstration must have in place.

    ``distinct`` counts the values of a field instead of the records.
    """

    part: str
    text: str
    model: str
    domain: list
    least: int = 1
    distinct: str = ""

    def count(self, env):
        """How many there are."""
        model = env[self.model].sudo()
        if self.distinct:
            return len(model._read_group(self.domain, [self.distinct]))
        return model.search_count(self.domain)


AGENCY = [("claim_ids.capacity", "=", "mandatary")]
PRACTICE = [("claim_ids.capacity", "=", "creditor")]
INDENT = {"initial_indent": " " * 11, "subsequent_indent": " " * 13}
LOST = [("claim_id.capacity", "=", "assignee"), ("state", "=", "decided")]


def _day():
    part = "a day"

    def holds(text, reason, *more):
        return Item(part, text, "recouv.hold", [("reason", "=", reason), *more])

    def plans(text, kind, *standings):
        domain = [("kind", "=", kind), ("standing", "in", standings), *PRACTICE]
        return Item(part, text, "recouv.plan", domain)

    return [
        Item(part, "reply to handle", "recouv.inbound", [("state", "=", "to_handle")]),
        Item(part, "payment to match", "recouv.bank.match",
             [("is_waiting", "=", True), ("rank", "=", 1)]),
        Item(part, "notice to approve", "recouv.notice", [("state", "=", "proposed")]),
        Item(part, "call to make", "recouv.notice",
             [("channel", "=", "call"), ("state", "=", "printed")]),
        Item(part, "call made", "recouv.notice",
             [("channel", "=", "call"), ("state", "in", ("sent", "delivered"))]),
        Item(part, "letter to print", "recouv.notice",
             [("channel", "=", "letter"), ("state", "=", "printed")]),
        Item(part, "mail returned", "recouv.notice",
             [("delivery_outcome", "in",
               ("wrong_address", "unclaimed", "refused"))]),
        plans("plan running", "plan", "running", "kept"),
        plans("plan broken", "plan", "broken"),
        plans("promise broken", "promise", "broken"),
        plans("settlement kept", "settlement", "kept"),
        plans("settlement to approve", "settlement", "proposed", "to_review"),
        plans("deferment to review", "promise", "to_review"),
        holds("dispute of a part", "dispute", ("amount_disputed", ">", 0)),
        holds("complaint", "complaint"),
        holds("deceased", "deceased"),
        holds("hospitalised", "hospitalised"),
        Item(part, "protected adult", "res.partner",
             [("recouv_protection", "!=", False)]),
        Item(part, "minor", "res.partner",
             [("recouv_birth_date", ">", "today -18y")]),
        Item(part, "cheque kept until its day", "recouv.cheque",
             [("state", "=", "held")]),
        Item(part, "cheque banked", "recouv.deposit", []),
        Item(part, "payment sent back", "recouv.bounce", []),
        Item(part, "money taken at the desk", "recouv.collection",
             [("method", "in", ("cash", "card"))]),
        Item(part, "request for one's data", "recouv.privacy.request", []),
        Item(part, "file imported, but for a row", "recouv.import",
             [("state", "=", "done"), ("error_ids", "!=", False)]),
        Item(part, "claim to review", "recouv.claim",
             [("in_review", "=", True), ("settlement", "=", "open")]),
        Item(part, "right to sue near its end", "recouv.claim",
             [("limitation_alarm_days", ">", 0)]),
        Item(part, "doubtful at the closing", "recouv.doubtful.batch",
             [("state", "=", "posted"), ("line_ids.depreciated_on", "!=", False)]),
        Item(part, "care not invoiced yet", "account.move",
             [("move_type", "=", "out_invoice"), ("state", "=", "draft")]),
    ]  # fmt: skip


def _agency():
    part = "agency"
    both = [("kind", "=", "collected"), ("counterpart_move_id.state", "=", "posted")]
    return [
        Item(part, "placement accepted", "recouv.placement.line",
             [("state", "=", "accepted")]),
        Item(part, "placement refused", "recouv.placement.line",
             [("state", "=", "refused")]),
        Item(part, "first letter of the agency", "recouv.notice",
             [("capacity", "=", "mandatary"), ("channel", "=", "letter"),
              ("state", "in", ("sent", "delivered"))]),
        Item(part, "plan kept", "recouv.plan", [("standing", "=", "kept"), *AGENCY]),
        Item(part, "plan broken", "recouv.plan",
             [("standing", "=", "broken"), *AGENCY]),
        Item(part, "payment receipted", "recouv.receipt",
             [("state", "in", ("cleared", "remitted")), ("paper_state", "!=", "none")]),
        Item(part, "payment remitted", "recouv.remittance", [("state", "=", "posted")]),
        Item(part, "court file with a deadline", "recouv.litigation",
             [("service_deadline", "!=", False)]),
        Item(part, "in the agency's books", "account.move",
             [("recouv_funds", "=", "receipt"), ("state", "=", "posted")]),
        Item(part, "in the practice's books", "recouv.transfer",
             [("state", "=", "posted"), *both]),
    ]  # fmt: skip


def _third_party_payers():
    part = "third-party payers"

    def shares(text, state):
        return Item(part, text, "recouv.share", [("state", "=", state)])

    def rejections(text, state):
        return Item(part, text, "recouv.rejection", [("state", "=", state)])

    return [
        shares("paid", "paid"),
        shares("paid in part", "partial"),
        Item(part, "reasons of rejection", "recouv.rejection", [], 5, "code"),
        Item(part, "sum kept back", "recouv.return.line", [("kind", "=", "retained")]),
        Item(part, "line of no invoice", "recouv.return.line",
             [("kind", "=", "answer"), ("outcome", "=", "to_settle"),
              ("share_id", "=", False)]),
        Item(part, "late payer", "recouv.share",
             [("state", "in", ("transmitted", "acknowledged")),
              ("expected_date", "<", "today")]),
        Item(part, "penalty of a late payer", "recouv.penalty", []),
        rejections("rejection corrected and sent again", "resent"),
        rejections("rejection billed to its patient", "to_patient"),
        Item(part, "transfer found in the bank", "recouv.return.payment",
             [("state", "=", "received"), ("statement_line_id", "!=", False)]),
    ]  # fmt: skip


def _sales():
    part = "sales"

    def lines(text, state):
        return Item(part, text, "recouv.assignment.line", [("state", "=", state)])

    return [
        lines("accepted and sold", "transferred"),
        Item(part, "refused for solvency", "recouv.purchase",
             [("state", "=", "refused"), ("solvency_result", "=", "negative")]),
        lines("refused by a gate", "removed"),
        lines("repurchased for dispute", "bought_back"),
        Item(part, "repurchase agreed", "recouv.repurchase",
             [("state", "=", "accepted"), ("reason", "=", "disputed")]),
        Item(part, "paid to the wrong party", "recouv.assignment.return",
             [("kind", "=", "collected_by_assignor"), ("state", "=", "paid")]),
        Item(part, "lost by the buyer", "recouv.write.off",
             LOST),
        Item(part, "insured loss indemnified", "recouv.insurance.loss",
             [("state", "=", "paid")]),
    ]  # fmt: skip


ITEMS = [*_day(), *_agency(), *_third_party_payers(), *_sales()]


def check(env):
    """Say how many there are of each state; return the names of those missing."""
    missing, told = [], defaultdict(list)
    for item in ITEMS:
        found = item.count(env)
        told[item.part].append(f"{item.text} {found}")
        if found < item.least:
            missing.append(f"{item.part}: {item.text} ({found} of {item.least})")
    if debited := debited_for_a_loss(env):
        missing.append(f"sales: {debited} lost by the buyer and debited to a practice")
    for part, texts in told.items():
        print(textwrap.fill(f"{part}: {', '.join(texts)}", 76, **INDENT), flush=True)
    return missing


def debited_for_a_loss(env):
    """How many receivables that the buyer lost are owed back by their practice."""
    lost = env["recouv.write.off"].search(LOST)
    return env["recouv.assignment.return"].search_count(
        [
            ("line_id.purchase_id.claim_id", "in", lost.claim_id.ids),
            ("state", "!=", "undone"),
        ]
    )
