"""What to do after a call, from its outcome, the cause named and what happened before.

Plain Python. The seeds say: listen, foresee objections, offer instalments and deferred
cashing, negotiate (law.md §10.1); four profiles of debtors drive the next step (S001,
001-23): who forgot, who was ill-informed, who is short of money, and bad faith, for
which hand-over comes faster. Nothing here ever adds a fee or a threat.
"""

from dataclasses import dataclass

# codes of recouv.cause → profile
PROFILES = {
    "forgotten": "forgetting",
    "late": "forgetting",
    "not_collected": "forgetting",
    "negligence": "forgetting",
    "interrupted": "waiting",
    "critical": "waiting",
    "misinformed": "misinformed",
    "insurance_gap": "misinformed",
    "money_temporary": "difficulty",
    "money_lasting": "difficulty",
    "disagreement": "dispute",
    "systematic": "refusal",
    "bad_faith": "refusal",
}
# after so many tries nobody answered, another channel is better
TRIES = 3

# for each profile of a debtor who was spoken to, the best first
BY_PROFILE = {
    "forgetting": ("send_details", "wait"),
    "waiting": ("wait", "offer_plan"),
    "misinformed": ("explain_fees", "send_details"),
    "difficulty": ("offer_plan", "wait"),
    "dispute": ("open_dispute", "explain_fees"),
    "refusal": ("hasten",),
    None: ("send_details", "wait", "offer_plan"),
}
BY_OUTCOME = {
    "promise": ("send_details",),
    "plan": ("offer_plan",),
    "dispute": ("answer_dispute", "explain_fees"),
    "voicemail": ("send_details",),
    "wrong_number": ("search_number",),
}


@dataclass(frozen=True)
class Case:
    """One call that ended.

    ``outcome``: of the call; ``cause``: code of the cause of non-payment or None;
    ``tries``: how often nobody answered in this step, this call included;
    ``can_write``: an e-mail or a mobile number is known; ``more_tries``: the schedule
    would call again.
    """

    outcome: str
    cause: str | None = None
    tries: int = 0
    can_write: bool = False
    more_tries: bool = False


def propose(case):
    """Return the codes of what may be done now, the best first.

    ``go_on``, letting the schedule go on, is always the last and always possible.
    """
    codes = [code for code in _wished(case) if _possible(code, case)]
    return [*dict.fromkeys(codes), "go_on"]


def _wished(case):
    profile = PROFILES.get(case.cause)
    if case.outcome == "unreachable":
        return _after_silence(case)
    if case.outcome == "reached":
        return BY_PROFILE[profile]
    if case.outcome == "refuses":
        return _after_refusal(profile)
    return BY_OUTCOME.get(case.outcome, ())


def _after_refusal(profile):
    """A refusal with a reason is answered first; without one the rest comes sooner."""
    if profile in (None, "refusal", "forgetting"):
        return ("hasten",)
    return (*BY_PROFILE[profile], "hasten")


def _after_silence(case):
    if case.tries >= TRIES:
        return ("next_channel", "search_number", "send_details")
    return ("send_details", "search_number")


def _possible(code, case):
    if code == "send_details":
        return case.can_write
    if code == "next_channel":
        return case.more_tries
    return True
