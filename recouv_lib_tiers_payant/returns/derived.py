"""Parts of an answer whose file does not tell them (576, 578, 900): by its lines, its
rejections and its sender."""

from .objects import AMC, AMO, PAID, REJECTED, UNTREATED, Part

#: senders of Table A that are mutual funds, or serve them: they pay no caisse's part
AMC_SENDERS = {"CS", "OC"}
#: a technical concentrator (OCT) hands on answers of caisses and of mutual funds
OCT = "OT"


def derive_parts(answer):
    """Parts of an answer of the 576 family: sums of its lines, states deduced.

    Where no money says whose answer it is, it is that of :func:`kind_of`.
    """
    if any(not part.is_derived for part in answer.parts):
        return
    own, paid = kind_of(answer), paid_by_lines(answer)
    kinds = [kind for kind, amount in paid.items() if amount or kind == own]
    for kind in kinds or [own]:
        amount = paid.get(kind, 0)
        rejected = REJECTED if answer.rejections else UNTREATED
        part = Part(kind, PAID if amount else rejected, paid=amount)
        part.is_derived = True
        part.start, part.end = answer.start, answer.end
        answer.parts.append(part)


def kind_of(answer):
    """Whose answer it is, by its sender (Table A) and by its rejections (294).

    :return: AMO, AMC, or "" for an OCT that does not say it
    """
    letters = {one.part for one in answer.rejections}
    if answer.file.sender_kind in AMC_SENDERS or letters == {"C"}:
        return AMC
    if answer.file.sender_kind == OCT and "O" not in letters:
        return ""
    return AMO


def paid_by_lines(answer):
    """{kind: cents} that the lines of an answer come to."""
    amo = sum(line.amo + line.local for line in answer.lines)
    amc = sum(line.amc for line in answer.lines)
    # a mutual fund that fills in one sum alone pays its own part
    if answer.file.sender_kind in AMC_SENDERS and not amc:
        amo, amc = 0, amo
    return {AMO: amo, AMC: amc}
